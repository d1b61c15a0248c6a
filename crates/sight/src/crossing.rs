//! How long ground takes to cross, and who can be where when.

pub(crate) mod arrivals;
pub mod easi;
pub(crate) mod going;
pub(crate) mod net;
pub(crate) mod pace;
pub(crate) mod queue;

use serde::{Deserialize, Serialize};

pub use self::arrivals::{ResponseMap, arrivals, response_map};
pub use self::pace::{Footing, Light, speed_mps, speed_over_mps};

use crate::geo::EnuPoint;
use crate::sector::{Mobility, UnitId};

/// A unit that could be sent, and where it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Starter {
    pub unit: UnitId,
    pub mobility: Mobility,
    pub point: EnuPoint,
}

/// When a unit could be at a place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arrival {
    pub unit: UnitId,
    /// Travel time over the terrain; `None` when no way leads there.
    pub travel_s: Option<f64>,
    /// The way, from the unit to the place, thinned for drawing.
    pub path: Vec<EnuPoint>,
}

#[cfg(test)]
pub(crate) mod tests;
