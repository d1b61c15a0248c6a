//! A scenario: one invented night with its movers, weather and faults, read from TOML and checked.

use jiff::Timestamp;
use sight::geo::{Azimuth, Wgs84};
use sight::sector::{Mover, SensorId, Text};

mod file;

/// One night, checked and in SI units. Times are seconds after [`Scenario::start`].
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    pub name: String,
    pub title: Text,
    /// What must be said wherever the scenario is shown: its events are invented.
    pub notice: Text,
    /// Name of the sector it is written for.
    pub sector: String,
    pub start: Timestamp,
    pub duration_s: f64,
    pub air: Air,
    pub fronts: Vec<Front>,
    pub movers: Vec<MoverPlan>,
    pub outages: Vec<Outage>,
    pub nuisance: Nuisance,
}

/// The weather before and outside any front.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Air {
    pub visibility_m: f64,
    pub wind_mps: f64,
    pub wind_from: Azimuth,
    pub temperature_c: f64,
}

/// A bank of dust or fog with a straight leading edge.
#[derive(Debug, Clone, PartialEq)]
pub struct Front {
    pub of: Murk,
    /// The leading edge passes here ...
    pub reaches: Spot,
    /// ... at this time.
    pub at_s: f64,
    pub towards: Azimuth,
    pub speed_mps: f64,
    pub visibility_m: f64,
    pub wind_mps: f64,
    pub gust_mps: f64,
    /// Depth over which it thickens from nothing to its full density.
    pub ramp_m: f64,
    /// Depth of the whole bank along its way; it thins over another `ramp_m` behind it.
    pub depth_m: f64,
}

/// What takes the sight away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Murk {
    Dust,
    Fog,
}

/// A place in a scenario.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spot {
    /// At a km post, so far beyond the line (negative: inside).
    Line {
        chainage_m: f64,
        beyond_m: f64,
    },
    Place(Wgs84),
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line { chainage_m, beyond_m } => {
                write!(f, "km {}, {beyond_m} m beyond", chainage_m / 1_000.0)
            }
            Self::Place(place) => write!(f, "{},{}", place.lon_deg(), place.lat_deg()),
        }
    }
}

/// What kind of being or thing moves.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Walker,
    Group,
    Vehicle,
    Donkey,
    ShepherdWithFlock,
    Wildlife,
    FamilyInDistress,
}

impl Kind {
    /// The planner's mover whose watch state applies; `None` for animals on their own.
    pub fn planned_as(self) -> Option<Mover> {
        match self {
            Self::Walker | Self::ShepherdWithFlock => Some(Mover::Walker),
            Self::Group | Self::FamilyInDistress => Some(Mover::Group),
            Self::Vehicle => Some(Mover::Vehicle),
            Self::Donkey => Some(Mover::Donkey),
            Self::Wildlife => None,
        }
    }

    fn wanders(self) -> bool {
        matches!(self, Self::ShepherdWithFlock | Self::Wildlife)
    }
}

/// One mover and what it is about to do.
#[derive(Debug, Clone, PartialEq)]
pub struct MoverPlan {
    pub name: String,
    pub kind: Kind,
    /// People, or animals of a flock or herd.
    pub count: u32,
    pub departs_s: f64,
    /// Speed on flat ground.
    pub speed_mps: f64,
    pub way: Way,
}

/// How it goes.
#[derive(Debug, Clone, PartialEq)]
pub enum Way {
    Travel {
        from: Spot,
        to: Spot,
        /// Prefers hidden ground to fast ground.
        careful: bool,
        pauses: Vec<Pause>,
        then: Then,
    },
    /// Drifts about a place all night, never across the line unless `may_cross`.
    Wander { around: Spot, radius_m: f64, may_cross: bool },
}

/// What happens at the end of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// It is picked up or goes indoors: nothing is left to see.
    Leaves,
    /// It sits down in the open and stays.
    Sits,
}

/// A halt on the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pause {
    pub after_s: f64,
    pub for_s: f64,
}

/// A sensor that fails for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Outage {
    pub sensor: SensorId,
    pub from_s: f64,
    pub until_s: f64,
    pub how: Failure,
}

/// How a sensor fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// It says nothing at all.
    Silent,
    /// It reports that it cannot detect.
    Fault,
}

/// False alarms per sensor and hour in calm air (A: DOMAIN 5 takes some 200 nuisance alarms a day and sector).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nuisance {
    pub camera_per_h: f64,
    pub radar_per_h: f64,
    pub ground_per_h: f64,
}

/// Something in a scenario that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} = {value}: {problem}")]
pub struct Fault {
    /// Path of the field, such as `mover[2].from.km`.
    pub field: String,
    pub value: String,
    pub problem: String,
}

impl Fault {
    pub(crate) fn new(
        field: impl Into<String>,
        value: &dyn std::fmt::Display,
        problem: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), value: value.to_string(), problem: problem.into() }
    }
}

/// Reads a scenario file. Every fault that can be found in one pass is returned.
pub fn parse(toml: &str) -> Result<Scenario, Vec<Fault>> {
    file::parse(toml)
}
