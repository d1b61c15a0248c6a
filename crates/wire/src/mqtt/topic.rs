//! Topics of MQTT: which filters are ones, and what they match (MQTT 3.1.1, 4.7).

use crate::limits::MQTT_TOPIC_BYTES_MAX;

/// Whether a message may have such a topic.
pub fn is_name(topic: &str) -> bool {
    !topic.is_empty() && !topic.contains(['+', '#', '\0'])
}

/// Why a text is no filter.
pub fn filter_fault(filter: &str) -> Option<&'static str> {
    let mut levels = filter.split('/').rev();
    let last = levels.next().unwrap_or_default();
    let stray = |level: &str| level.contains('#') || level.contains('+') && level != "+";
    match () {
        () if filter.is_empty() => Some("must not be empty"),
        () if filter.len() > MQTT_TOPIC_BYTES_MAX => Some("must take at most 1024 bytes"),
        () if filter.contains(char::is_control) => Some("must hold no control characters"),
        () if last != "#" && stray(last) || levels.any(stray) => {
            Some("may have `+` for a whole level, and `#` for all that follow")
        }
        () => None,
    }
}

/// Whether messages of a topic come by a filter; those that begin with `$` only where the filter does.
pub fn matches(topic: &str, filter: &str) -> bool {
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    let mut names = topic.split('/');
    for level in filter.split('/') {
        if level == "#" {
            return true;
        }
        match names.next() {
            Some(name) if level == "+" || level == name => {}
            Some(_) | None => return false,
        }
    }
    names.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_match_as_the_standard_s_examples_do() {
        for (filter, topic, fits) in [
            ("sport/tennis/player1/#", "sport/tennis/player1", true),
            ("sport/tennis/player1/#", "sport/tennis/player1/ranking", true),
            ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true),
            ("sport/#", "sport", true),
            ("#", "sport/tennis", true),
            ("sport/tennis/+", "sport/tennis/player1", true),
            ("sport/tennis/+", "sport/tennis/player1/ranking", false),
            ("sport/+", "sport", false),
            ("sport/+", "sport/", true),
            ("+/+", "/finance", true),
            ("/+", "/finance", true),
            ("+", "/finance", false),
            ("#", "$SYS/uptime", false),
            ("+/uptime", "$SYS/uptime", false),
            ("$SYS/#", "$SYS/uptime", true),
            ("a/b", "a/b/c", false),
        ] {
            assert_eq!(matches(topic, filter), fits, "{filter} {topic}");
        }
    }

    #[test]
    fn what_is_no_filter_says_why() {
        for filter in ["#", "+", "a/+/b", "a/#", "/", "$SYS/#", "+/+/#"] {
            assert_eq!(filter_fault(filter), None, "{filter}");
        }
        for filter in ["", "a#", "a/#/b", "a+", "a/b+/c", "##", "a\0", "#/"] {
            assert!(filter_fault(filter).is_some(), "{filter}");
        }
        assert!(filter_fault(&"a/".repeat(513)).is_some());
        assert!(is_name("a/b") && !is_name("") && !is_name("a/+") && !is_name("#"));
    }
}
