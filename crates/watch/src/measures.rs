//! By what a period is accounted for. Each measure has a definition with a version, which every report prints.
//!
//! A measure for which nothing speaks is `None`, never nought: no trials demonstrate nothing, and a line that nobody
//! watched was not quiet.

pub mod availability;
pub mod bound;
pub mod coverage;
pub mod outcomes;
pub mod queue;
pub mod timeliness;

pub use self::definition::{DEFINITIONS, Definition, definition};

mod definition;

/// Why a measure cannot be worked out of what was given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct MeasureError {
    pub field: &'static str,
    pub reason: String,
}

impl MeasureError {
    pub(crate) fn new(field: &'static str, reason: impl Into<String>) -> Self {
        Self { field, reason: reason.into() }
    }
}

/// A part of a whole; `None` of nothing.
pub(crate) fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}
