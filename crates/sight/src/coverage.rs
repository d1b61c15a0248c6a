//! What the whole watch sees now: detection rates per cell and the watch state of each stretch.

pub(crate) mod air;
mod along;
pub(crate) mod assess;
mod chart;
mod corridor;
mod glance;
pub(crate) mod haze;
mod heading;
mod kept;
pub(crate) mod live;
pub(crate) mod look;
pub(crate) mod model;
mod passage;
mod profile;
pub(crate) mod rates;
pub(crate) mod reach;
pub(crate) mod reasons;
pub(crate) mod repair;
pub(crate) mod scene;
mod uneven;
pub mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use self::along::{Promise, promises_along};
pub use self::assess::{Assessor, DEGRADED_MIN, WATCHED_MIN, assess};
pub use self::corridor::{CORRIDORS_MAX, Corridor, CorridorMap, corridor_map, corridors};
use self::glance::Glances;
pub use self::live::LiveField;
pub use self::model::Model;
pub use self::passage::{
    Passage, Readiness, TimelyPassage, Waypoint, crossing_profile, interruptions,
};
pub use self::profile::LiveProfile;
pub use self::rates::RATE_ONE;
pub use self::view::View;

use crate::crossing::Light;
use crate::geo::EnuPoint;
use crate::sector::{Mover, SensorId, StretchId};
use crate::tagged;

/// Everything that changes from minute to minute and that an assessment depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conditions {
    pub mover: Mover,
    /// Whether movers and units see where they go.
    pub light: Light,
    /// What each weather station, or drone, said last; where none tells the visibility the air is clear.
    pub weather: Vec<WeatherAt>,
    /// True when the weather is older than its limit, so that states which depend on it are unknown.
    pub weather_stale: bool,
    /// What each sensor of the sector is doing; a sensor that is not listed has never reported.
    pub sensors: BTreeMap<SensorId, SensorCondition>,
    /// Where sensors say that they look; one that is not listed looks where the sector file says.
    pub views: BTreeMap<SensorId, View>,
}

/// Weather at one place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WeatherAt {
    pub point: EnuPoint,
    /// `None` where the wind alone is told, as drones do.
    pub visibility_m: Option<f64>,
    pub wind_mps: f64,
    /// Height of the cloud base above ground; `None` where there is none or nobody tells.
    pub ceiling_m: Option<f64>,
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
    /// It works, and sees less than the weather as reported explains: what it sees nobody knows.
    Obscured,
    /// It works, and says itself that it may not be relied on: its power fails, or clutter hides what it looks at.
    Impaired,
    /// What it says is not believed: others found it wrong, or a person did.
    Quarantined,
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

tagged! {
    "kind", "Cause",
    /// What can keep a stretch from being watched.
    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
        /// Dust or dirt that nobody reported.
        Obscured {
            sensor: SensorId,
        },
        /// It says itself that its power fails, or that clutter hides what it looks at.
        Impaired {
            sensor: SensorId,
        },
        Quarantined {
            sensor: SensorId,
        },
        /// It says itself that it looks elsewhere, or that something stands before it.
        LooksElsewhere {
            sensor: SensorId,
        },
    }
}

tagged! {
    "kind", "Repair",
    /// What would help most.
    #[derive(Debug, Clone, PartialEq)]
    pub enum Repair {
        RestoreSensor {
            sensor: SensorId,
            probability_with: f64,
        },
        /// Move what can be moved and is at work (a patrol, a mobile checkpoint, a drone) to this place on the least-detected
        /// crossing; no other stretch falls to a worse state for it.
        MoveSensor {
            sensor: SensorId,
            at: EnuPoint,
            probability_with: f64,
        },
        /// Put an observer (patrol, mobile checkpoint) at this place on the least-detected crossing.
        PostObserver {
            at: EnuPoint,
            probability_with: f64,
        },
    }
}

/// The whole watch assessed under one set of conditions.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    pub stretches: Vec<StretchAssessment>,
    /// Balloons and drones that wind or visibility keep down, or that hang in or above the clouds.
    pub grounded: Vec<SensorId>,
    conditions: Conditions,
    field: Arc<RateField>,
    glances: Arc<Glances>,
}

/// Detection rates of every cell of the terrain, row-major, in units of 2^-20 per second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateField {
    pub rows: usize,
    pub cols: usize,
    pub rates: Vec<i32>,
}

impl RateField {
    /// Chance that a mover who stays in a cell for some seconds is detected: `1 - exp(-rate t)`.
    pub fn probability(&self, cell: crate::terrain::Cell, seconds: f64) -> f64 {
        let rate = f64::from(self.rates[cell.row * self.cols + cell.col]) / f64::from(RATE_ONE);
        -libm::expm1(-rate * seconds)
    }
}

impl Assessment {
    /// Rates of the assumptions behind the states, on the cells of [`Model::grid`].
    pub fn field(&self) -> &RateField {
        &self.field
    }

    /// What the assessment was made for.
    pub fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// Chance that one look of this sensor finds a mover at a point, in the air as it most likely is.
    ///
    /// 0 for a sensor that is unknown, down, grounded or never heard, and where ground hides the point. A stale sensor is
    /// believed: whoever asks has just had a look from it.
    pub fn p_look(&self, model: &Model, sensor: &SensorId, at: EnuPoint, mover: Mover) -> f64 {
        self.glances.p_look(model, sensor, at, mover).unwrap_or(0.0)
    }

    /// Whether a sensor is known to see everybody with the same chance as under an earlier assessment of the same model.
    pub fn sees_alike(&self, before: &Self, model: &Model, sensor: &SensorId) -> bool {
        model.index_of(sensor).is_some_and(|index| self.glances.sees_alike(&before.glances, index))
    }

    /// SHA-256 over states, figures and rates.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"watchline assessment 1\n");
        let stretches = serde_json::to_vec(&(&self.stretches, &self.grounded))
            .expect("an assessment holds texts and finite numbers only");
        hash.update(stretches);
        let mut bytes = Vec::with_capacity(4 * self.field.cols);
        for row in self.field.rates.chunks(self.field.cols.max(1)) {
            bytes.clear();
            bytes.extend(row.iter().flat_map(|rate| rate.to_le_bytes()));
            hash.update(&bytes);
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
pub(crate) mod tests;
