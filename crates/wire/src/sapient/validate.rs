//! What a message must hold beyond its wire format: mandatory fields, ids, choices, ranges.
//!
//! Strictness follows the standard for what must be there and is lax in how ids are spelled. A
//! value of exactly zero is a value; text of blanks only is not.

mod alert;
mod detection;
mod envelope;
mod place;
mod registration;
mod status;
mod task;

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use super::link::Timestamp;
use super::{SapientMessage, ids};
use crate::limits::{EXCERPT_CHARS_MAX, FAULTS_MAX};
use crate::text;

/// One thing wrong with a message.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct FieldFault {
    /// Path from the envelope, such as `detection_report.classification[2].confidence`.
    pub field: String,
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Problem {
    #[error("mandatory, but missing")]
    Missing,
    #[error("mandatory, but blank")]
    Blank,
    #[error("must be a uuid, got {0:?}")]
    NotUuid(String),
    #[error("must be a ulid, got {0:?}")]
    NotUlid(String),
    #[error("must be one of the numbers of its enumeration, got {0}")]
    NotAChoice(i32),
    #[error("must be {} to {}, got {}", figure(*low), figure(*high), figure(*got))]
    OutOfRange { low: f64, high: f64, got: f64 },
    #[error("must be a finite number, got {0}")]
    NotFinite(f64),
    #[error(transparent)]
    NoSuchMoment(#[from] super::link::NoSuchMoment),
    #[error("must be {expected:?}, got {got:?}")]
    NotExactly { expected: &'static str, got: String },
    #[error("{0}")]
    Rule(&'static str),
}

/// A number as people read it: not with three hundred digits.
fn figure(number: f64) -> String {
    if number.is_finite() && number.abs() >= 1e15 {
        format!("{number:e}")
    } else {
        number.to_string()
    }
}

/// Checks a whole message. The error lists its faults, at most [`FAULTS_MAX`] of them.
pub fn validate(message: &SapientMessage) -> Result<(), Vec<FieldFault>> {
    let mut walk = Walk { path: Vec::new(), faults: Vec::new() };
    message.check(&mut walk);
    if walk.faults.is_empty() { Ok(()) } else { Err(walk.faults) }
}

/// A message that knows its own rules.
trait Check {
    fn check(&self, walk: &mut Walk);
}

/// The path to the message in hand and the faults found so far.
struct Walk {
    path: Vec<(&'static str, Option<usize>)>,
    faults: Vec<FieldFault>,
}

impl Walk {
    fn fault(&mut self, name: &'static str, problem: Problem) {
        self.fault_of((name, None), problem);
    }

    fn fault_of(&mut self, (name, index): (&'static str, Option<usize>), problem: Problem) {
        if self.faults.len() >= FAULTS_MAX {
            return;
        }
        let mut field = String::new();
        for (step, index) in &self.path {
            push_step(&mut field, step, *index);
        }
        push_step(&mut field, name, index);
        self.faults.push(FieldFault { field, problem });
    }

    /// Faults the field when it is absent; gives its value when it is there.
    fn present<T>(&mut self, name: &'static str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.fault(name, Problem::Missing);
        }
        value
    }

    fn text(&mut self, name: &'static str, value: Option<&String>) {
        if self.present(name, value).is_some_and(|text| text.trim().is_empty()) {
            self.fault(name, Problem::Blank);
        }
    }

    fn uuid(&mut self, name: &'static str, value: Option<&String>) {
        if let Some(text) = self.present(name, value) {
            self.uuid_if(name, Some(text));
        }
    }

    fn uuid_if(&mut self, name: &'static str, value: Option<&String>) {
        if let Some(text) = value
            && ids::canonical_uuid(text).is_none()
        {
            self.fault(name, Problem::NotUuid(excerpt(text)));
        }
    }

    /// Repeated ids: each is one, and is named by its number.
    fn uuids(&mut self, name: &'static str, values: &[String]) {
        for (index, text) in values.iter().enumerate() {
            if ids::canonical_uuid(text).is_none() {
                let problem = Problem::NotUuid(excerpt(text));
                self.fault_of((name, Some(index)), problem);
            }
        }
    }

    fn ulid(&mut self, name: &'static str, value: Option<&String>) {
        if let Some(text) = self.present(name, value) {
            self.ulid_if(name, Some(text));
        }
    }

    fn ulid_if(&mut self, name: &'static str, value: Option<&String>) {
        if let Some(text) = value
            && ids::parse_ulid(text).is_none()
        {
            self.fault(name, Problem::NotUlid(excerpt(text)));
        }
    }

    /// A mandatory choice: known, and not the "unspecified" of number zero.
    fn choice<E: TryFrom<i32>>(&mut self, name: &'static str, value: Option<i32>) {
        let value = self.present(name, value);
        if value == Some(0) {
            self.fault(name, Problem::NotAChoice(0));
        }
        self.choice_if::<E>(name, value);
    }

    fn choice_if<E: TryFrom<i32>>(&mut self, name: &'static str, value: Option<i32>) {
        if let Some(number) = value
            && E::try_from(number).is_err()
        {
            self.fault(name, Problem::NotAChoice(number));
        }
    }

    /// A mandatory number: finite.
    fn number(&mut self, name: &'static str, value: Option<impl Into<f64>>) {
        let value = self.present(name, value.map(Into::into));
        self.number_if(name, value);
    }

    fn number_if(&mut self, name: &'static str, value: Option<impl Into<f64>>) {
        if let Some(number) = value.map(Into::into)
            && !number.is_finite()
        {
            self.fault(name, Problem::NotFinite(number));
        }
    }

    fn within_if(
        &mut self,
        name: &'static str,
        value: Option<impl Into<f64>>,
        range: RangeInclusive<f64>,
    ) {
        let Some(got) = value.map(Into::into) else { return };
        if !range.contains(&got) {
            self.fault(name, Problem::OutOfRange { low: *range.start(), high: *range.end(), got });
        }
    }

    fn moment(&mut self, name: &'static str, value: Option<Timestamp>) {
        let value = self.present(name, value);
        self.moment_if(name, value);
    }

    fn moment_if(&mut self, name: &'static str, value: Option<Timestamp>) {
        if let Some(Err(fault)) = value.map(jiff::Timestamp::try_from) {
            self.fault(name, fault.into());
        }
    }

    fn part(&mut self, name: &'static str, value: Option<&impl Check>) {
        let value = self.present(name, value);
        self.part_if(name, value);
    }

    fn part_if(&mut self, name: &'static str, value: Option<&impl Check>) {
        if let Some(part) = value {
            self.step(name, None, part);
        }
    }

    fn parts(&mut self, name: &'static str, values: &[impl Check]) {
        for (index, part) in values.iter().enumerate() {
            self.step(name, Some(index), part);
        }
    }

    /// Mandatory and repeated: at least one.
    fn some_parts(&mut self, name: &'static str, values: &[impl Check]) {
        if values.is_empty() {
            self.fault(name, Problem::Missing);
        }
        self.parts(name, values);
    }

    fn step(&mut self, name: &'static str, index: Option<usize>, part: &impl Check) {
        self.path.push((name, index));
        part.check(self);
        self.path.pop();
    }
}

fn push_step(field: &mut String, name: &str, index: Option<usize>) {
    if !field.is_empty() {
        field.push('.');
    }
    field.push_str(name);
    if let Some(index) = index {
        // Writing to a String cannot fail.
        write!(field, "[{index}]").unwrap_or_default();
    }
}

fn excerpt(text: &str) -> String {
    text::clean(text, EXCERPT_CHARS_MAX)
}

#[cfg(test)]
mod tables;
#[cfg(test)]
mod tests;
