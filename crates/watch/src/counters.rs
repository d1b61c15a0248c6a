//! What came in, and what could not be used and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::detection::Rejection;
use crate::limits;

/// What came in and what could not be used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    pub accepted: u64,
    pub rejected: u64,
    /// Measurements and tracks that a limit of the tracker kept out.
    pub dropped: u64,
    /// Reports that came too late for the tracker and were kept as evidence.
    pub late: u64,
    /// Reports whose time was not believed and that were kept as evidence.
    pub mistimed: u64,
    /// Looks that the tracker took again because one that comes before them came after them.
    pub retaken: u64,
    /// (door, field, reason) to count; the rest beyond the limit are under `other`.
    pub rejections: BTreeMap<(String, String, String), u64>,
}

impl Counters {
    /// Counts a message that could not be used.
    pub fn reject(&mut self, rejection: &Rejection) {
        self.rejected += 1;
        let key = (rejection.door.clone(), rejection.field.clone(), rejection.reason.clone());
        let full = self.rejections.len() >= limits::REJECTION_KINDS_MAX;
        let key = if full && !self.rejections.contains_key(&key) {
            (rejection.door.clone(), "other".into(), "more kinds than are counted apart".into())
        } else {
            key
        };
        *self.rejections.entry(key).or_default() += 1;
    }
}
