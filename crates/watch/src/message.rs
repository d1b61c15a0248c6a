//! What people in the field write to the desk: kept as it came, in order, and never acted on by itself.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::UnitId;

use crate::detection::ReportedPlace;
use crate::limits;

/// One message, fit to be shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// `cot` ...
    pub door: String,
    /// The sender's own id for it: the same one twice is the same message once.
    pub id: String,
    /// What the sender is called.
    pub name: String,
    /// The unit of the sector that writes.
    pub unit: Option<UnitId>,
    pub text: String,
    pub written_at: Timestamp,
    /// The place that it is about.
    pub place: Option<ReportedPlace>,
}

/// A message that came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Counted from 1.
    pub number: u64,
    pub arrived_at: Timestamp,
    pub message: Message,
}

/// The last messages, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Messages {
    kept: VecDeque<Kept>,
    ever: u64,
}

impl Messages {
    pub fn kept(&self) -> impl Iterator<Item = &Kept> {
        self.kept.iter()
    }

    /// How many ever came; grows with each, so it tells one state from the next.
    pub fn ever(&self) -> u64 {
        self.ever
    }

    /// Keeps a message unless it is there already.
    pub fn take(&mut self, message: &Message, now: Timestamp) {
        let same = |kept: &Kept| kept.message.id == message.id && kept.message.name == message.name;
        if self.kept.iter().any(same) {
            return;
        }
        self.ever += 1;
        self.kept.push_back(Kept { number: self.ever, arrived_at: now, message: message.clone() });
        let spare = self.kept.len().saturating_sub(limits::MESSAGES_KEPT);
        self.kept.drain(..spare);
    }
}
