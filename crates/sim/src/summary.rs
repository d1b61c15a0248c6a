//! What truly happened in a night, and what the sensors made of it.

use jiff::Timestamp;
use serde::Serialize;
use sight::geo::EnuPoint;
use sight::sector::{Mover, SensorId, StretchId, UnitId};

use crate::scenario::Kind;

/// A first report within this time of a crossing counts as made at the line.
const AT_LINE_S: f64 = 30.0;

/// The truth of a night so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    pub scenario: String,
    pub seed: u64,
    pub from: Timestamp,
    pub until: Timestamp,
    pub counts: Counts,
    /// Every crossing of the line up to `until`, in order of time; both ways, animals included.
    pub crossings: Vec<Crossing>,
    pub sensors: Vec<SensorTally>,
    pub movers: Vec<MoverTally>,
}

/// Totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    pub messages: u64,
    pub detections: u64,
    /// Detections of nothing.
    pub false_alarms: u64,
    /// Messages to the simulator that it had no use for.
    pub unused: u64,
}

/// One mover's way over the line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Crossing {
    pub mover: String,
    pub kind: Kind,
    /// Whose watch state applies; `None` for animals on their own.
    pub planned_as: Option<Mover>,
    /// People, animals or vehicles.
    pub bodies: usize,
    pub at: Timestamp,
    pub departed_at: Timestamp,
    pub point: EnuPoint,
    /// Chainage from km post 0, metres.
    pub chainage_m: f64,
    pub stretch: StretchId,
    /// From beyond the line to inside.
    pub inward: bool,
    pub seen: Seen,
    /// When the first true report of this mover since its last crossing reached the station.
    pub first_report_at: Option<Timestamp>,
    /// How long before the crossing that was; negative: after it.
    pub lead_s: Option<f64>,
    /// True reports before the crossing.
    pub reports_before: u64,
    /// Who reported it before the crossing, or after it if nobody did before.
    pub sensors: Vec<SensorId>,
    pub units: Vec<UnitId>,
}

/// Whether and when a crossing was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// Reported in time to act.
    Before,
    /// First reported within half a minute of the crossing.
    AtLine,
    /// Only when it was already inside.
    After,
    Missed,
}

impl Seen {
    /// What a lead makes of a crossing; `None` when nobody reported it.
    pub(crate) fn with_lead(lead_s: Option<f64>) -> Self {
        match lead_s {
            None => Self::Missed,
            Some(lead_s) if lead_s.abs() <= AT_LINE_S => Self::AtLine,
            Some(lead_s) if lead_s > 0.0 => Self::Before,
            Some(_) => Self::After,
        }
    }
}

/// What one sensor did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SensorTally {
    pub sensor: SensorId,
    /// Looks at bodies in reach and in sight.
    pub looks: u64,
    pub hits: u64,
    pub detections: u64,
    pub false_alarms: u64,
}

/// What became of one mover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoverTally {
    pub mover: String,
    pub kind: Kind,
    pub reports: u64,
    pub first_report_at: Option<Timestamp>,
    pub crossings: usize,
}
