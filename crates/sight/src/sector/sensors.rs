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
    /// Directions in which something close by stands before it: a mast, a roof, a tree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obscured: Vec<Arc>,
    /// Nothing is looked for beyond this range.
    pub range_max_m: f64,
    /// Time between two looks at the same place.
    pub revisit_s: f64,
    pub kind: SensorKind,
}

/// Directions from one azimuth clockwise over a width.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Arc {
    pub from: Azimuth,
    pub width_rad: f64,
}

impl Arc {
    pub fn holds(&self, azimuth: Azimuth) -> bool {
        Azimuth::from_radians(azimuth.radians() - self.from.radians()).radians() <= self.width_rad
    }
}

impl Sensor {
    /// True when something close by hides this direction.
    pub fn is_obscured(&self, azimuth: Azimuth) -> bool {
        self.obscured.iter().any(|arc| arc.holds(azimuth))
    }
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
    /// People who stop or count what passes a road or gate, whatever the weather.
    Checkpoint(GroundFigures),
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
    /// Standard deviation of the line of sight's shaking within one look, microradians: mast, wind, stabilisation.
    #[serde(default)]
    pub jitter_urad: f64,
}

impl Optics {
    /// Angle that a row or column of this many pixels sees.
    pub fn view_rad(&self, pixels: u32) -> f64 {
        2.0 * libm::atan(f64::from(pixels) * self.pitch_um * 1e-3 / (2.0 * self.focal_mm))
    }
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
    /// Signal lost to clutter and vegetation on this ground against the clear ground of the half range.
    #[serde(default)]
    pub clutter_db: f64,
    /// Nothing is found nearer than this, while the pulse still goes out.
    #[serde(default)]
    pub range_min_m: f64,
}

/// A seismic or passive ground sensor, or a checkpoint.
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
