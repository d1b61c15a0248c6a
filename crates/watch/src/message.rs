//! What people in the field write to the desk, and what a parent asks: kept as it came, in order, and never acted on by itself.

mod asked;

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::UnitId;

pub use self::asked::{Answer, Asked, AskedKind, AskedStage, Became, Doer, Standing};
use crate::alert::desk::refused;
use crate::detection::ReportedPlace;
use crate::dispatch::board::TaskBoard;
use crate::journal::{CommandRefused, PersonId};
use crate::limits;
use crate::roster::Roster;

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
    /// What a parent asks by it.
    pub asked: Option<Asked>,
}

/// A message that came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Counted from 1.
    pub number: u64,
    pub arrived_at: Timestamp,
    pub message: Message,
    /// How far what is asked by it has come.
    pub standing: Option<Standing>,
    /// Number of the entry that it came by; `None` where the build that took it in did not keep it.
    #[serde(default)]
    pub entry: Option<u64>,
}

/// The last messages, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Messages {
    kept: VecDeque<Kept>,
    ever: u64,
    /// How often it changed what came of something asked.
    changes: u64,
}

impl Kept {
    /// Something was asked by it, and is neither done nor off.
    fn is_open(&self) -> bool {
        self.standing.as_ref().is_some_and(|standing| !standing.stage.is_over())
    }
}

impl Messages {
    pub fn kept(&self) -> impl Iterator<Item = &Kept> {
        self.kept.iter()
    }

    /// How many ever came.
    pub fn ever(&self) -> u64 {
        self.ever
    }

    /// Grows with each message and with each step of what was asked, so it tells one state from the next.
    pub fn version(&self) -> u64 {
        self.ever + self.changes
    }

    /// Keeps a message, which came by an entry, unless it is there already.
    pub fn take(&mut self, message: &Message, entry: u64, now: Timestamp) {
        let same = |kept: &Kept| kept.message.id == message.id && kept.message.name == message.name;
        if self.kept.iter().any(same) {
            return;
        }
        let asked = message.asked.as_ref();
        if let Some(stopped) = asked.filter(|asked| asked.kind == AskedKind::Stop) {
            self.withdraw(&stopped.task, message, now);
        }
        let is_order = asked.is_some_and(|asked| asked.kind != AskedKind::Stop);
        let standing = is_order.then(|| Standing::told(now));
        self.ever += 1;
        let (number, message) = (self.ever, message.clone());
        let entry = Some(entry);
        self.kept.push_back(Kept { number, arrived_at: now, message, standing, entry });
        while self.kept.len() > limits::MESSAGES_KEPT {
            // What waits for an answer outlasts what does not.
            let oldest = self.kept.iter().position(|kept| !kept.is_open()).unwrap_or_default();
            self.kept.remove(oldest);
        }
    }

    /// Takes in what the desk says of something that it was asked.
    pub(crate) fn answer(
        &mut self,
        number: u64,
        (stage, became): (AskedStage, Option<Became>),
        (by, note): (&PersonId, &str),
        (entry, now): (u64, Timestamp),
    ) -> Result<(), CommandRefused> {
        let kept = self.kept.iter_mut().find(|kept| kept.number == number).ok_or_else(|| {
            let reason = format!("there is no message {number}, or it is in the record alone");
            refused("message-unknown", "message", reason)
        })?;
        let standing = kept.standing.as_mut().ok_or_else(|| {
            refused("nothing-asked", "message", format!("nothing is asked by message {number}"))
        })?;
        if standing.stage.is_over() {
            let reason = format!("what message {number} asks is over");
            return Err(refused("asked-over", "message", reason));
        }
        let (by, note, entry) = (Some(by.clone()), note.to_owned(), Some(entry));
        *standing = Standing { stage, became, by, note, changed_at: now, entry };
        self.changes += 1;
        Ok(())
    }

    /// What became an order ends as that does.
    pub(crate) fn follow(&mut self, roster: &Roster, board: &TaskBoard, now: Timestamp) {
        for standing in self.kept.iter_mut().filter_map(|kept| kept.standing.as_mut()) {
            let became = standing.became.as_ref().filter(|_| !standing.stage.is_over());
            if let Some((stage, note)) = became.and_then(|became| became.ended(roster, board)) {
                (standing.stage, standing.note, standing.changed_at) = (stage, note, now);
                self.changes += 1;
            }
        }
    }

    fn withdraw(&mut self, task: &str, by: &Message, now: Timestamp) {
        let is_it = |kept: &&mut Kept| {
            let asked = kept.message.asked.as_ref();
            let (door, name) = (&kept.message.door, &kept.message.name);
            kept.is_open()
                && (door, name) == (&by.door, &by.name)
                && asked.is_some_and(|asked| asked.task == task)
        };
        if let Some(kept) = self.kept.iter_mut().find(is_it) {
            let standing = Standing { stage: AskedStage::Withdrawn, ..Standing::told(now) };
            kept.standing = Some(standing);
            self.changes += 1;
        }
    }
}
