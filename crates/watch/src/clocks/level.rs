//! What is usual of one kind of message, and the least delay of a while.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::roster::seconds_between;

/// A while is over after this long and with at least so many messages.
const WINDOW_S: f64 = 10.0;
const WINDOW_MESSAGES: u32 = 3;
/// Whiles from which the usual delay is learned.
const LEARNED_FROM: u32 = 6;

/// The usual lead of a kind of message over its arrival: minus the least delay of its way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Level {
    window: Window,
    windows: u32,
    /// Most and least of the whiles so far.
    most_s: f64,
    least_s: f64,
}

impl Level {
    /// Learns from one message, until enough is known.
    pub(super) fn learn(&mut self, ahead_s: f64, arrived: Timestamp) {
        if self.windows >= LEARNED_FROM {
            return;
        }
        let Some(ahead_s) = self.window.add(ahead_s, arrived) else { return };
        if self.windows == 0 {
            (self.most_s, self.least_s) = (ahead_s, ahead_s);
        }
        self.most_s = self.most_s.max(ahead_s);
        self.least_s = self.least_s.min(ahead_s);
        self.windows += 1;
    }

    /// The usual lead; `None` while it is being learned.
    pub(super) fn usual_s(&self) -> Option<f64> {
        (self.windows >= LEARNED_FROM).then_some(self.most_s)
    }

    /// Takes note that messages now come sooner than while it was learned.
    pub(super) fn shorten(&mut self, ahead_s: f64) {
        (self.most_s, self.least_s) = (ahead_s, ahead_s - self.spread_s());
    }

    /// By how much one while differs from another.
    pub(super) fn spread_s(&self) -> f64 {
        self.most_s - self.least_s
    }
}

/// A while of messages.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Window {
    since: Option<Timestamp>,
    messages: u32,
    most_s: f64,
}

impl Window {
    /// Takes one message; returns the greatest lead when the while is over.
    pub(super) fn add(&mut self, ahead_s: f64, arrived: Timestamp) -> Option<f64> {
        let since = *self.since.get_or_insert(arrived);
        self.most_s = if self.messages == 0 { ahead_s } else { self.most_s.max(ahead_s) };
        self.messages += 1;
        if self.messages < WINDOW_MESSAGES || seconds_between(since, arrived) < WINDOW_S {
            return None;
        }
        Some(std::mem::take(self).most_s)
    }
}
