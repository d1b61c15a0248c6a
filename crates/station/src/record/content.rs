//! What is stored as one entry.

use jiff::Timestamp;
use watch::journal::{self, Entry};
use watch::subject::Subject;

use super::keyring::{Day, day_of};

/// A content, whom it tells of and when it was taken.
#[derive(Debug, Clone)]
pub struct Content {
    pub at: Timestamp,
    pub subject: Subject,
    pub bytes: Vec<u8>,
}

impl Content {
    /// An entry of the journal.
    pub fn of(entry: &Entry) -> Self {
        let subject = Subject::of(&entry.input);
        Self { at: entry.at, subject, bytes: journal::encode(entry) }
    }

    pub(super) fn day(&self) -> Day {
        day_of(self.at)
    }
}
