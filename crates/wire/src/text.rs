//! Text from outside, made fit to be stored and shown.

/// Keeps at most `chars_max` characters; drops control, direction-changing and invisible ones.
///
/// Tabs and line ends become spaces. Bidirectional overrides (U+202A-202E, U+2066-2069) and marks
/// could make a note read as something it does not say (Unicode TR 36).
pub fn clean(text: &str, chars_max: usize) -> String {
    let spaced = text.chars().map(|c| if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c });
    let kept: String = spaced.filter(|c| !is_hidden(*c)).take(chars_max).collect();
    kept.trim().to_owned()
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
                | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_direction_or_hides_is_dropped() {
        assert_eq!(clean("a\u{202e}b\u{200f}c\u{7}\n d\u{feff}", 99), "abc  d");
    }

    #[test]
    fn arabic_and_accents_stay() {
        assert_eq!(clean(" برج ٤ é ", 99), "برج ٤ é");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(clean(&"é".repeat(100), 3), "ééé");
    }
}
