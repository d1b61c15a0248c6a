//! What the whole watch sees now: detection rates per cell and the watch state of each stretch.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::geo::EnuPoint;
use crate::sector::{Mover, SensorId, StretchId};

/// Everything that changes from minute to minute and that an assessment depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conditions {
    pub mover: Mover,
    /// What each weather station said last; empty means clear air.
    pub weather: Vec<WeatherAt>,
    /// True when the weather is older than its limit, so that states which depend on it are unknown.
    pub weather_stale: bool,
    /// What each sensor of the sector is doing; a sensor that is not listed has never reported.
    pub sensors: BTreeMap<SensorId, SensorCondition>,
}

/// Weather at one place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WeatherAt {
    pub point: EnuPoint,
    pub visibility_m: f64,
    pub wind_mps: f64,
    /// The visibility is reduced by dust or sand, so the thermal ratio applies.
    pub dust: bool,
}

/// What one sensor is doing now.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SensorCondition {
    pub health: Health,
    /// Where a moving sensor is; `None` for one that stands where the sector file says.
    pub moved_to: Option<MovedTo>,
}

/// Present place of a drone, balloon or patrol.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MovedTo {
    pub point: EnuPoint,
    pub height_m: f64,
}

/// Whether a sensor may be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    Working,
    /// It says itself that it cannot detect (fault, blocked lens, grounded).
    Down,
    /// Its last heartbeat is older than the limit.
    Stale,
    /// It never registered.
    NeverHeard,
}

/// The state of one stretch for one kind of mover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WatchState {
    Watched,
    Degraded,
    Blind,
    Unknown,
}

/// The watch state of one stretch and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StretchAssessment {
    pub stretch: StretchId,
    pub state: WatchState,
    /// Chance that the least-detected crossing through this stretch is detected, all assumptions at their worse end.
    pub probability: f64,
    /// The same with stale inputs believed and the dust ratio at its better end.
    pub probability_high: f64,
    /// How long that crossing takes.
    pub crossing_s: f64,
    /// Causes, dearest first; each says what the probability would be without it.
    pub reasons: Vec<Reason>,
    /// The one act that would raise the probability most.
    pub repair: Option<Repair>,
}

/// Something that keeps a stretch from being watched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    pub cause: Cause,
    /// The stretch's probability if this cause alone were removed.
    pub probability_without: f64,
}

/// What can keep a stretch from being watched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Cause {
    /// Ground hides the crossing or no sensor reaches it, in any weather.
    Terrain,
    Dust,
    Outage {
        sensor: SensorId,
    },
    StaleHeartbeat {
        sensor: SensorId,
    },
    NobodyAssigned,
}

/// What would help most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Repair {
    RestoreSensor {
        sensor: SensorId,
        probability_with: f64,
    },
    /// Put an observer (patrol, mobile checkpoint) at this place on the least-detected crossing.
    PostObserver {
        at: EnuPoint,
        probability_with: f64,
    },
}

/// The whole watch assessed under one set of conditions.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    pub stretches: Vec<StretchAssessment>,
}
/// A sector over its terrain, with all that weather cannot change.
#[derive(Debug)]
pub struct Model {
    sector: crate::sector::Sector,
    grid: crate::terrain::Grid,
}

// Scaffold: `build`, `assess`, `digest` and `p_look` get their substance with the coverage room.
impl Model {
    pub fn build(
        sector: crate::sector::Sector,
        grid: crate::terrain::Grid,
    ) -> Result<Self, String> {
        Ok(Self { sector, grid })
    }

    pub fn sector(&self) -> &crate::sector::Sector {
        &self.sector
    }

    pub fn grid(&self) -> &crate::terrain::Grid {
        &self.grid
    }
}

pub fn assess(_: &Model, _: &Conditions) -> Assessment {
    Assessment { stretches: Vec::new() }
}

impl Assessment {
    pub fn digest(&self) -> [u8; 32] {
        [0; 32]
    }

    pub fn p_look(&self, _: &Model, _: &SensorId, _: EnuPoint, _: Mover) -> f64 {
        0.5
    }
}
