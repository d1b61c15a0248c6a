//! Alerts: why a person is called, and what became of it. An alert never ends by itself.

pub mod desk;
pub mod rules;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;
use sight::sector::{SensorId, StretchId, UnitId};
use sight::tagged;

use crate::call::{CallKind, Caller};
use crate::journal::{AlertId, PersonId, TaskId, TrackId};

/// One call on a person's attention.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    pub id: AlertId,
    pub kind: AlertKind,
    pub priority: Priority,
    pub stage: Stage,
    pub raised_at: Timestamp,
    /// When anything about it last changed.
    pub changed_at: Timestamp,
    pub point: Option<EnuPoint>,
    pub stretch: Option<StretchId>,
    pub track: Option<TrackId>,
    pub sensor: Option<SensorId>,
    /// Chance, in 0..1, that what it is about is really there (the track's existence, say).
    pub confidence: f64,
    /// Every person-alert asks "needs help?": `None` until a person has answered.
    pub needs_help: Option<bool>,
    pub tasks: Vec<TaskId>,
    /// Who calls for help, when somebody does.
    pub caller: Option<Caller>,
    pub history: Vec<Act>,
}

tagged! {
    "kind", "AlertKind",
    /// What an alert is about.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub enum AlertKind {
        /// A track heads for the line and would reach it in `in_s` seconds.
        CrossingPredicted { in_s: f64 },
        /// A track has crossed the line.
        Crossed,
        /// Someone has not moved for long, out in the open.
        PossibleDistress { still_s: f64 },
        /// Stretches went blind; `length_m` of line at present.
        SightLost { length_m: f64 },
        /// A sensor stopped reporting or says that it cannot detect.
        SensorLost,
        /// Somebody calls for help by their own device.
        CalledForHelp { call: CallKind },
    }
}

/// How soon a person must look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    Low,
    Medium,
    High,
}

tagged! {
    "stage", "Stage",
    /// Where an alert stands in its life.
    #[derive(Debug, Clone, PartialEq)]
    pub enum Stage {
        Raised,
        Acknowledged { by: PersonId, at: Timestamp },
        Assigned { unit: UnitId, by: PersonId, at: Timestamp },
        Closed { outcome: Outcome, by: PersonId, at: Timestamp },
    }
}

/// What an alert turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Person,
    Animal,
    Herder,
    Lawful,
    Assisted,
    Nothing,
    Restored,
    Test,
}

/// One line of an alert's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Act {
    pub at: Timestamp,
    /// `None` when a named rule acted.
    pub by: Option<PersonId>,
    /// `raised`, `escalated`, `acknowledged`, `dispatched`, `task-accepted`, `on-scene`, `closed` ...
    pub what: String,
    pub reason: String,
    /// Number of the entry that it came of; `None` where the build that took it in did not keep it.
    #[serde(default)]
    pub entry: Option<u64>,
}
