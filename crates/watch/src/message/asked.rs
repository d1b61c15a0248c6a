//! What a parent asks of the desk, and how far that has come. A person decides; nothing here orders anything.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::{SensorId, UnitId};

use crate::detection::ReportedPlace;
use crate::dispatch::TaskStage;
use crate::dispatch::board::TaskBoard;
use crate::journal::{PersonId, PointingId, TaskId, TrackId};
use crate::pointing::Aim;
use crate::roster::Roster;

/// What is asked, in the parent's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AskedKind {
    LookAt,
    MoveTo,
    Patrol,
    Follow,
    /// Something that is told in words alone.
    Other,
    /// What was asked before is no longer wanted.
    Stop,
}

/// What a parent asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The parent's own id of it.
    pub task: String,
    pub kind: AskedKind,
    /// All places that it names, in its order.
    pub places: Vec<ReportedPlace>,
    /// What is to be followed.
    pub track: Option<TrackId>,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AskedStage {
    /// The desk has been told, and nobody has decided.
    Told,
    TakenOn,
    Done,
    Failed,
    Declined,
    /// The parent took it back.
    Withdrawn,
}

/// The order that it became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Became {
    Pointing(SensorId, PointingId),
    Task(TaskId),
}

/// How far something asked has come, and by whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    pub stage: AskedStage,
    pub became: Option<Became>,
    pub by: Option<PersonId>,
    /// Why, in the words of the desk or of whoever did it.
    pub note: String,
    pub changed_at: Timestamp,
    /// Number of the entry by which the desk answered last; `None` before, and where the build that took it in did not keep it.
    #[serde(default)]
    pub entry: Option<u64>,
}

/// What the desk says of something that it was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It became the order that this one has now.
    TakenOn(Doer),
    Done,
    Failed,
    Declined,
}

/// Who does what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doer {
    Sensor(SensorId),
    Unit(UnitId),
}

impl AskedStage {
    pub fn is_over(self) -> bool {
        match self {
            Self::Told | Self::TakenOn => false,
            Self::Done | Self::Failed | Self::Declined | Self::Withdrawn => true,
        }
    }
}

impl Standing {
    pub(super) fn told(now: Timestamp) -> Self {
        let (stage, note) = (AskedStage::Told, String::new());
        Self { stage, became: None, by: None, note, changed_at: now, entry: None }
    }
}

impl Doer {
    /// The order that it has now and that is not over.
    pub(crate) fn order(&self, roster: &Roster) -> Option<Became> {
        match self {
            Self::Sensor(id) => {
                let pointing = roster.sensor(id)?.pointing.as_ref()?;
                (!pointing.is_over()).then(|| Became::Pointing(id.clone(), pointing.id))
            }
            Self::Unit(id) => roster.unit(id)?.task.map(Became::Task),
        }
    }
}

impl Became {
    /// How it ended, with a word on it; `None` while it goes on.
    pub(super) fn ended(&self, roster: &Roster, board: &TaskBoard) -> Option<(AskedStage, String)> {
        let (stage, note) = match self {
            Self::Pointing(sensor, id) => {
                let last = roster.sensor(sensor).and_then(|state| state.pointing.as_deref());
                match last {
                    Some(own) if own.id == *id => (own.stage, own.note.clone()),
                    Some(next) if next.aim == Aim::Release && next.stops == Some(*id) => {
                        (TaskStage::Done, "released by the desk".to_owned())
                    }
                    Some(_) | None => {
                        (TaskStage::Declined, "it gave way to another order".to_owned())
                    }
                }
            }
            Self::Task(id) => {
                let stage = board.get(*id).map_or(TaskStage::Declined, |task| task.stage);
                (stage, String::new())
            }
        };
        match stage {
            TaskStage::Sent | TaskStage::Accepted | TaskStage::OnScene => None,
            TaskStage::Done => Some((AskedStage::Done, note)),
            TaskStage::Declined => Some((AskedStage::Failed, note)),
        }
    }
}
