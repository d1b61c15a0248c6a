//! Whether a machine that sends of itself is still there, and what of it is news.

use jiff::Timestamp;

use super::{limits, seconds};

/// When a machine was heard, and what the core was told of it.
#[derive(Debug, Default)]
pub(super) struct Liveness {
    heard_at: Option<Timestamp>,
    told: Option<(bool, String, Timestamp)>,
    statuses: u64,
}

impl Liveness {
    /// True when it was not there before.
    pub(super) fn hear(&mut self, now: Timestamp) -> bool {
        self.heard_at.replace(now).is_none()
    }

    /// True once, when a machine that was heard no longer is.
    pub(super) fn falls_silent(&mut self, limit_s: f64, now: Timestamp) -> bool {
        let silent = self.heard_at.is_some_and(|at| seconds(at, now) > limit_s);
        if silent {
            *self = Self { statuses: self.statuses, ..Self::default() };
        }
        silent
    }

    /// The number of the next status, when there is news or the last one is some seconds old.
    pub(super) fn news(&mut self, (detecting, note): (bool, &str), now: Timestamp) -> Option<u64> {
        let told = self.told.as_ref().is_some_and(|(was, said, at)| {
            (*was, said.as_str()) == (detecting, note)
                && seconds(*at, now) < limits::MACHINE_STATUS_EVERY_S
        });
        if told {
            return None;
        }
        self.statuses += 1;
        self.told = Some((detecting, note.to_owned(), now));
        Some(self.statuses)
    }
}
