//! `datetime`: an instant or an interval, open at either end, and what falls into it.

use jiff::Timestamp;

use crate::api::problem::Problem;
use crate::features::Span;

/// Both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct When {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl When {
    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        let Some((since, until)) = text.split_once('/') else {
            let at = instant(text)?;
            return Ok(Self { since: Some(at), until: Some(at) });
        };
        let (since, until) = (end(since)?, end(until)?);
        if let (Some(since), Some(until)) = (since, until)
            && since > until
        {
            let detail = format!("the interval ends at {until}, before it begins at {since}");
            return Err(Problem::bad_request("time-wrong", "datetime", detail));
        }
        Ok(Self { since, until })
    }

    pub(super) fn meets(&self, span: Span) -> bool {
        let begun = self.until.is_none_or(|until| span.since <= until);
        let not_over = self.since.is_none_or(|since| span.until.is_none_or(|until| until >= since));
        begun && not_over
    }
}

/// `..` and nothing are an open end.
fn end(text: &str) -> Result<Option<Timestamp>, Problem> {
    match text {
        "" | ".." => Ok(None),
        _ => instant(text).map(Some),
    }
}

fn instant(text: &str) -> Result<Timestamp, Problem> {
    text.parse().map_err(|error| {
        let detail = format!(
            "must be a time such as 2026-11-20T19:00:00Z or two with a `/` between, got `{text}`: {error}"
        );
        Problem::bad_request("time-wrong", "datetime", detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_may_be_open_and_hold_both_their_ends() {
        let span = Span { since: at(10), until: Some(at(20)) };
        for (text, meets) in [
            ("1970-01-01T00:00:10Z", true),
            ("1970-01-01T00:00:20Z", true),
            ("1970-01-01T00:00:21Z", false),
            ("../1970-01-01T00:00:10Z", true),
            ("/1970-01-01T00:00:09Z", false),
            ("1970-01-01T00:00:20Z/..", true),
            ("1970-01-01T00:00:21Z/", false),
            ("1970-01-01T00:00:00Z/1970-01-01T00:01:00Z", true),
            ("1970-01-01T02:00:15+02:00", true),
            ("../..", true),
        ] {
            assert_eq!(When::read(text).unwrap().meets(span), meets, "{text}");
        }
    }

    #[test]
    fn what_lasts_meets_every_time_after_its_beginning() {
        let span = Span { since: at(10), until: None };
        assert!(When::read("2100-01-01T00:00:00Z").unwrap().meets(span));
        assert!(!When::read("1970-01-01T00:00:09Z").unwrap().meets(span));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for wrong in [
            "",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "2026-11-20",
            "a/b",
            "2026-11-21T00:00:00Z/2026-11-20T00:00:00Z",
            "2026-11-20T00:00:00Z/../..",
        ] {
            assert!(When::read(wrong).is_err(), "{wrong}");
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }
}
