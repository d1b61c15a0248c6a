//! Why a part of a message is not used, and what keeps a faulty or hostile sender from filling the journal with it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use watch::detection::{Rejection, Source};

use super::{limits, seconds};

const MINUTE_S: f64 = 60.0;

/// A field that cannot be used, and why.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub(super) field: String,
    pub(super) reason: String,
}

impl Refusal {
    pub(super) fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}

/// What one connection may still journal.
#[derive(Debug)]
pub(super) struct Rejections {
    door: &'static str,
    left: f64,
    refilled_at: Timestamp,
    /// Rejections that were answered and not journalled.
    unwritten: u64,
    /// When each redacted field was journalled last.
    redacted: BTreeMap<&'static str, Timestamp>,
}

impl Rejections {
    pub(super) fn new(door: &'static str, now: Timestamp) -> Self {
        Self {
            door,
            left: limits::REJECTIONS_PER_MINUTE,
            refilled_at: now,
            unwritten: 0,
            redacted: BTreeMap::new(),
        }
    }

    /// The journal's line about a message that was refused; `None` when there were too many of late.
    pub(super) fn journal(
        &mut self,
        refusals: &[Refusal],
        source: Option<Source>,
        now: Timestamp,
    ) -> Option<Rejection> {
        let first = refusals.first()?;
        self.refill(now);
        if self.left < 1.0 {
            self.unwritten += 1;
            return None;
        }
        self.left -= 1.0;
        let more = match refusals.len() {
            1 => String::new(),
            all => format!(" (and {} more faults)", all - 1),
        };
        let unwritten = match std::mem::take(&mut self.unwritten) {
            0 => String::new(),
            count => format!(" (after {count} rejections that were not journalled)"),
        };
        let reason = format!("{}{more}{unwritten}", first.reason);
        Some(Rejection { door: self.door.to_owned(), source, field: first.field.clone(), reason })
    }

    /// True at most once a minute for each field, so that redaction shows without doubling the journal.
    pub(super) fn is_due(&mut self, field: &'static str, now: Timestamp) -> bool {
        let due = self.redacted.get(field).is_none_or(|last| seconds(*last, now) >= MINUTE_S);
        if due {
            self.redacted.insert(field, now);
        }
        due
    }

    fn refill(&mut self, now: Timestamp) {
        let elapsed_s = seconds(self.refilled_at, now).max(0.0);
        let gained = elapsed_s * limits::REJECTIONS_PER_MINUTE / MINUTE_S;
        self.left = (self.left + gained).min(limits::REJECTIONS_PER_MINUTE);
        self.refilled_at = now;
    }
}
