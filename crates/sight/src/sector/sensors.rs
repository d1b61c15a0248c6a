//! The sensors of a sector as its file plans them.

use serde::{Deserialize, Serialize};

use super::{SensorId, Text};
use crate::geo::{Azimuth, EnuPoint, Wgs84};

/// A sensor's place, pointing and kind, as planned. What it does now is in `Conditions`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sensor {
    pub id: SensorId,
    pub name: Text,
    /// The UUID by which it registers at the SAPIENT door.
    pub node_id: String,
    pub place: Wgs84,
    pub point: EnuPoint,
    /// Height of the sensing head above ground.
    pub height_m: f64,
    /// Middle of its field of regard; `None` sees all round.
    pub facing: Option<Azimuth>,
    /// Whole width of its field of regard.
    pub field_rad: f64,
    /// Nothing is looked for beyond this range.
    pub range_max_m: f64,
    /// Time between two looks at the same place.
    pub revisit_s: f64,
    pub kind: SensorKind,
}

/// What a sensor is, with the figures of its range model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SensorKind {
    ThermalCamera(Optics),
    VisibleCamera(Optics),
    Radar(RadarFigures),
    GroundSensor(GroundFigures),
    Balloon(PlatformLimits),
    Drone(PlatformLimits),
    /// A person with binoculars or a patrol that reports by radio.
    Observer(ObserverFigures),
}

/// A camera's optics.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optics {
    pub pixels_across: u32,
    pub pixels_down: u32,
    pub pitch_um: f64,
    pub focal_mm: f64,
    /// Noise-equivalent temperature difference.
    pub netd_mk: f64,
}

/// A ground surveillance radar.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RadarFigures {
    /// Range at which one look finds a walking person with probability 0.5 over clear ground.
    pub walker_half_range_m: f64,
    /// Radial speeds below this are lost in clutter.
    pub notch_mps: f64,
    pub range_sigma_m: f64,
    pub azimuth_sigma_deg: f64,
}

/// A seismic or passive ground sensor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroundFigures {
    /// Within this distance one look finds a walker with `p_detect`.
    pub radius_m: f64,
    pub p_detect: f64,
}

/// A flying or tethered thermal camera with its weather limits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformLimits {
    pub optics: Optics,
    pub wind_limit_mps: f64,
    pub visibility_limit_m: f64,
}

/// A person who looks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObserverFigures {
    /// Range at which one look finds a walker with probability 0.5 at night with aids.
    pub walker_half_range_m: f64,
}
