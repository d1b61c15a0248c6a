//! Units, tasks and the officer's choice. Nothing here sends anybody without a person's command.

pub mod board;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::crossing::Arrival;
use sight::geo::EnuPoint;
use sight::sector::{Mobility, UnitId};

use crate::journal::{AlertId, PersonId, TaskId};

/// What a unit may be asked to do. There is no other verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskKind {
    Observe,
    Approach,
    Assist,
    Inspect,
    Escort,
    Search,
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskStage {
    Sent,
    Accepted,
    Declined,
    OnScene,
    Done,
}

/// One unit sent to one place for one alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub id: TaskId,
    pub alert: AlertId,
    pub unit: UnitId,
    pub kind: TaskKind,
    pub to: EnuPoint,
    pub stage: TaskStage,
    pub sent_at: Timestamp,
    /// The officer, the reason and the alternatives that were on the screen.
    pub by: PersonId,
    pub reason: String,
    pub alternatives: Vec<Proposal>,
    /// Expected travel time when sent.
    pub travel_s: Option<f64>,
    /// Number of the entry by which it was sent; `None` where the build that took it in did not keep it.
    #[serde(default)]
    pub entry: Option<u64>,
}

/// One unit that could go, best first by arrival.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    pub arrival: Arrival,
    /// False when it is already on a task.
    pub free: bool,
}

/// A unit as last heard of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitState {
    pub id: UnitId,
    pub mobility: Mobility,
    pub point: EnuPoint,
    /// When its position was last reported; `None` before the first report.
    pub heard_at: Option<Timestamp>,
    pub task: Option<TaskId>,
}
