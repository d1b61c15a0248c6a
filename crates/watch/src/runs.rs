//! When the station's program started and ended: by its number a start is told from every other, and a clean end from a plug that was
//! pulled.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A start of the station's program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Counted from 1 over the whole record.
    pub number: u64,
    /// What the machine's clock said then; the entry's own time is never before that of an earlier entry.
    pub wall: Timestamp,
    /// The program's version.
    pub program: String,
    /// Nothing where the record tells of no run before.
    pub last_ended: Option<Ended>,
    /// Whether a demonstration leads the station's time on, so that it is not held against what the machine counts.
    pub time_is_led: bool,
}

/// How a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// The station stopped and wrote that down.
    Cleanly,
    /// It did not: it was killed, its machine lost power, or its disk took nothing more.
    Uncleanly,
}

impl Ended {
    /// As it is said to people.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Cleanly => "the run before ended cleanly",
            Self::Uncleanly => {
                "the run before did not end cleanly: it was killed, or power or disk failed"
            }
        }
    }
}

/// The runs of a record so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runs {
    /// The number of the last start; 0 before any.
    last: u64,
    /// It started and has not ended.
    is_on: bool,
}

impl Runs {
    /// The number of the next start, and how the run before it ended.
    pub fn next(&self) -> (u64, Option<Ended>) {
        let ended = if self.is_on { Ended::Uncleanly } else { Ended::Cleanly };
        (self.last.saturating_add(1), (self.last > 0).then_some(ended))
    }

    pub(crate) fn begin(&mut self, start: &Start) {
        (self.last, self.is_on) = (start.number, true);
    }

    pub(crate) fn end(&mut self) {
        self.is_on = false;
    }
}
