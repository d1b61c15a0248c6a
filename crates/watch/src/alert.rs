//! Alerts: why a person is called, and what became of it. An alert never ends by itself.

pub mod acts;
pub mod desk;
pub mod flood;
pub mod hold;
pub mod life;
pub mod load;
pub mod nuisance;
pub mod rules;
pub mod suppression;
pub mod urgency;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;
use sight::sector::{Rule, SensorId, StretchId, UnitId};
use sight::tagged;

use self::life::Life;
use self::nuisance::Air;
use crate::call::{CallKind, Caller};
use crate::journal::{AlertId, PersonId, TaskId, TrackId};

/// One call on a person's attention.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    pub id: AlertId,
    pub kind: AlertKind,
    pub priority: Priority,
    pub stage: Stage,
    /// Where it stands among the states of ISA-18.2.
    #[serde(default)]
    pub life: Life,
    pub raised_at: Timestamp,
    /// When anything about it last changed.
    pub changed_at: Timestamp,
    pub point: Option<EnuPoint>,
    pub stretch: Option<StretchId>,
    pub track: Option<TrackId>,
    pub sensor: Option<SensorId>,
    /// What gave cause for it, beside a track and a sensor.
    #[serde(default)]
    pub origin: Origin,
    /// Chance, in 0..1, that what it is about is really there (the track's existence, say).
    pub confidence: f64,
    /// Every person-alert asks "needs help?": `None` until a person has answered.
    pub needs_help: Option<bool>,
    pub tasks: Vec<TaskId>,
    /// Who calls for help, when somebody does.
    pub caller: Option<Caller>,
    pub history: Vec<Act>,
}

/// What gave cause for an alert.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// A zone, a barrier or a weather station, by its id.
    pub place: Option<String>,
    /// Everybody whose word it came of, or who is lost.
    pub sensors: Vec<SensorId>,
    /// What the air was like when it was raised.
    pub air: Air,
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
        /// A track beyond the line has come nearer to it, to `distance_m`.
        Approach { distance_m: f64 },
        /// A track has stayed near one place by the line for `for_s` seconds.
        Loitering { for_s: f64 },
        /// A track is in a zone that nobody may enter.
        ZoneEntry,
        /// A person says that a barrier is damaged.
        BarrierDamage,
        /// Ground sensors were hit one after the other, so many times.
        GroundPattern { hits: u32 },
        /// `length_m` of line have been blind for `for_s` seconds, and nobody is there.
        Unwatched { length_m: f64, for_s: f64 },
        /// Dust that blinds is expected in `in_s` seconds, for `for_s` seconds.
        DustAhead { in_s: f64, for_s: f64 },
    }
}

impl AlertKind {
    /// The rule that calls for it.
    pub fn rule(&self) -> Rule {
        match self {
            Self::CrossingPredicted { .. } => Rule::CrossingPredicted,
            Self::Crossed => Rule::Crossed,
            Self::PossibleDistress { .. } => Rule::PossibleDistress,
            Self::SightLost { .. } => Rule::SightLost,
            Self::SensorLost => Rule::SensorLost,
            Self::CalledForHelp { .. } => Rule::CalledForHelp,
            Self::Approach { .. } => Rule::Approach,
            Self::Loitering { .. } => Rule::Loitering,
            Self::ZoneEntry => Rule::ZoneEntry,
            Self::BarrierDamage => Rule::BarrierDamage,
            Self::GroundPattern { .. } => Rule::GroundPattern,
            Self::Unwatched { .. } => Rule::Unwatched,
            Self::DustAhead { .. } => Rule::DustAhead,
        }
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
    /// What people have done about an alert.
    #[derive(Debug, Clone, PartialEq)]
    pub enum Stage {
        Raised,
        Acknowledged { by: PersonId, at: Timestamp },
        Assigned { unit: UnitId, by: PersonId, at: Timestamp },
        Closed { outcome: Outcome, by: PersonId, at: Timestamp },
    }
}

/// What an alert turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

impl Outcome {
    /// Whether nobody need have been called; tests are neither.
    pub fn is_nuisance(self) -> Option<bool> {
        match self {
            Self::Person | Self::Assisted | Self::Restored => Some(false),
            Self::Animal | Self::Herder | Self::Lawful | Self::Nothing => Some(true),
            Self::Test => None,
        }
    }

    /// The word by which it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Animal => "animal",
            Self::Herder => "herder",
            Self::Lawful => "lawful",
            Self::Assisted => "assisted",
            Self::Nothing => "nothing",
            Self::Restored => "restored",
            Self::Test => "test",
        }
    }
}

impl Priority {
    /// The word by which it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One line of an alert's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Act {
    pub at: Timestamp,
    /// `None` when a named rule acted.
    pub by: Option<PersonId>,
    /// `raised`, `escalated`, `acknowledged`, `shelved`, `dispatched`, `on-scene`, `closed` ...
    pub what: String,
    pub reason: String,
    /// Number of the entry that it came of; `None` where the build that took it in did not keep it.
    #[serde(default)]
    pub entry: Option<u64>,
}
