//! On which terms something is given: the annotations of the policies that permit it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// Grids that places may be put on.
const COARSEN_M: std::ops::RangeInclusive<f64> = 10.0..=100_000.0;
/// Longest delay: a record is read again from so far back (A).
const DELAY_MAX_S: f64 = 24.0 * 3_600.0;
/// Longest name that takes a source's place.
const SOURCE_CHARS_MAX: usize = 64;

/// Something that can be left out of what is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// How high something is or flies.
    Altitude,
    /// What a detection takes the thing for.
    Classification,
    /// What a node says of itself in words.
    Note,
}

/// On which terms something is given; by default as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Terms {
    /// Places are put on a grid of this width; 0 leaves them.
    pub coarsen_m: f64,
    #[serde(rename = "delay_s", serialize_with = "as_seconds")]
    pub delay: SignedDuration,
    pub drop: BTreeSet<Field>,
    /// The name that takes the source's place.
    pub source: Option<String>,
    /// It is given on these terms until then; what is over is as if it had not been written.
    pub until: Option<Timestamp>,
}

/// Why an annotation cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("@{name} {problem}, got {got:?}")]
pub struct TermFault {
    pub name: String,
    problem: String,
    got: String,
}

impl Field {
    pub const ALL: [Self; 3] = [Self::Altitude, Self::Classification, Self::Note];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Altitude => "altitude",
            Self::Classification => "classification",
            Self::Note => "note",
        }
    }
}

impl Terms {
    /// Takes in one annotation of a policy that permits.
    pub fn annotate(&mut self, name: &str, value: &str) -> Result<(), TermFault> {
        let fault =
            |problem: String| TermFault { name: name.into(), problem, got: value.to_owned() };
        match name {
            "coarsen_m" => self.coarsen_m = number(value, &COARSEN_M).map_err(fault)?,
            "delay_s" => {
                let seconds = number(value, &(0.0..=DELAY_MAX_S)).map_err(fault)?;
                self.delay = SignedDuration::from_secs_f64(seconds);
            }
            "drop" => {
                for told in value.split(',').map(str::trim) {
                    let field = Field::ALL.into_iter().find(|field| field.name() == told);
                    let names = || Field::ALL.map(Field::name).join(", ");
                    let problem = || fault(format!("must name some of {}", names()));
                    self.drop.insert(field.ok_or_else(problem)?);
                }
            }
            "source" => {
                let clean = wire::text::clean(value, SOURCE_CHARS_MAX);
                if clean.is_empty() || clean != value {
                    let problem = format!("must be a name of 1 to {SOURCE_CHARS_MAX} characters");
                    return Err(fault(problem));
                }
                self.source = Some(clean);
            }
            "until" => {
                let until = value.parse::<Timestamp>().map_err(|error| {
                    fault(format!("must be a time such as 2026-12-31T00:00:00Z ({error})"))
                })?;
                self.until = Some(until);
            }
            // A policy's own name, and what people write beside it.
            "id" | "note" => {}
            _ => {
                let problem =
                    "is not known: there are coarsen_m, delay_s, drop, source, until, id and note";
                return Err(fault(problem.into()));
            }
        }
        Ok(())
    }

    /// What several permits come to: the strictest of each, until the first of them is over.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            coarsen_m: self.coarsen_m.max(other.coarsen_m),
            delay: self.delay.max(other.delay),
            drop: self.drop.union(&other.drop).copied().collect(),
            source: [&self.source, &other.source].into_iter().flatten().min().cloned(),
            until: [self.until, other.until].into_iter().flatten().min(),
        }
    }

    /// Whether whoever was given something on other terms is given no less of it on these; when they end is not asked.
    pub fn gives_all_of(&self, other: &Self) -> bool {
        let hides = self.source.is_some() && self.source != other.source;
        self.coarsen_m <= other.coarsen_m
            && self.delay <= other.delay
            && self.drop.is_subset(&other.drop)
            && !hides
    }

    /// Whether it is still given.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl TermFault {
    /// An annotation of a policy that forbids.
    pub(super) fn forbidding(name: &str, value: &str) -> Self {
        let problem = "stands with a policy that forbids: only id and note may".into();
        Self { name: name.into(), problem, got: value.into() }
    }
}

fn number(text: &str, range: &std::ops::RangeInclusive<f64>) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("must be a number of {} to {}", range.start(), range.end()))
}

fn as_seconds<S: serde::Serializer>(
    delay: &SignedDuration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(delay.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(annotations: &[(&str, &str)]) -> Terms {
        annotations.iter().fold(Terms::default(), |mut terms, (name, value)| {
            terms.annotate(name, value).unwrap();
            terms
        })
    }

    #[test]
    fn several_permits_give_on_the_strictest_terms_of_each() {
        let one = terms(&[
            ("coarsen_m", "1000"),
            ("drop", "altitude"),
            ("until", "2026-12-31T00:00:00Z"),
        ]);
        let other = terms(&[
            ("coarsen_m", "250"),
            ("delay_s", "600"),
            ("drop", "classification, note"),
            ("source", "a partner's sensor"),
            ("until", "2026-12-01T00:00:00Z"),
        ]);

        let both = one.and(&other);

        let expected = terms(&[
            ("coarsen_m", "1000"),
            ("delay_s", "600"),
            ("drop", "altitude,classification,note"),
            ("source", "a partner's sensor"),
            ("until", "2026-12-01T00:00:00Z"),
        ]);
        assert_eq!((both.clone(), other.and(&one)), (expected.clone(), expected));
        assert!(both.holds_at("2026-11-30T23:59:59Z".parse().unwrap()));
        assert!(!both.holds_at("2026-12-01T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn less_is_given_where_any_term_is_stricter() {
        let plain = terms(&[("coarsen_m", "500"), ("drop", "altitude"), ("source", "a tower")]);
        let more = terms(&[("until", "2026-12-31T00:00:00Z")]);
        assert!(more.gives_all_of(&plain) && plain.gives_all_of(&plain));
        for (name, value) in
            [("coarsen_m", "1000"), ("delay_s", "1"), ("drop", "note"), ("source", "another tower")]
        {
            let mut less = plain.clone();
            less.annotate(name, value).unwrap();
            assert!(!less.gives_all_of(&plain), "{name}");
        }
    }

    #[test]
    fn an_annotation_that_makes_no_sense_is_told_with_its_value() {
        for (name, value, told) in [
            ("coarsen_m", "5", "@coarsen_m must be a number of 10 to 100000, got \"5\""),
            ("coarsen_m", "NaN", "@coarsen_m must be a number"),
            ("delay_s", "-1", "@delay_s must be a number of 0 to 86400"),
            ("drop", "altitude,colour", "must name some of altitude, classification, note"),
            ("source", "", "must be a name of 1 to 64 characters"),
            ("source", "a\u{202e}b", "must be a name of 1 to 64 characters"),
            ("until", "tomorrow", "must be a time such as 2026-12-31T00:00:00Z"),
            ("coarsen", "100", "@coarsen is not known: there are coarsen_m"),
        ] {
            let fault = Terms::default().annotate(name, value).unwrap_err().to_string();
            assert!(fault.contains(told), "{fault}");
        }
    }
}
