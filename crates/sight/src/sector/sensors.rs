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
    /// By how much what it tells is older than the time that it stamps on it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub delay_s: f64,
    /// How well it knows where it stands and which way it looks, where the file says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pose: Option<Pose>,
    pub kind: SensorKind,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(delay_s: &f64) -> bool {
    *delay_s <= 0.0
}

/// Errors of a sensor's own place and pointing: alike for all that it reports, and slow to change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pose {
    /// Of its place, one sigma of each horizontal axis.
    pub position_sigma_m: f64,
    /// Of the direction in which it believes to look, one sigma.
    pub heading_sigma_deg: f64,
    /// How long such an error stays much the same.
    pub lasts_s: f64,
}

/// Poses of sensors whose file does not tell (A): towers and masts are surveyed in; a tethered
/// balloon swings in its wind, a small drone has satellite navigation and a magnetic compass.
const BALLOON_POSE: Pose = Pose { position_sigma_m: 5.0, heading_sigma_deg: 0.2, lasts_s: 60.0 };
const DRONE_POSE: Pose = Pose { position_sigma_m: 4.0, heading_sigma_deg: 0.5, lasts_s: 60.0 };

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
    /// How well it knows its place and pointing: what the file says, or what its kind has.
    pub fn pose(&self) -> Pose {
        self.pose.unwrap_or(match self.kind {
            SensorKind::Balloon(_) => BALLOON_POSE,
            SensorKind::Drone(_) => DRONE_POSE,
            SensorKind::ThermalCamera(_)
            | SensorKind::VisibleCamera(_)
            | SensorKind::Radar(_)
            | SensorKind::GroundSensor(_)
            | SensorKind::Observer(_)
            | SensorKind::Checkpoint(_) => Pose::default(),
        })
    }

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
    /// Parts of its field that are each looked at at one time, as an antenna turns; 1 sees all of it at once.
    #[serde(default = "at_once", skip_serializing_if = "is_at_once")]
    pub sectors: u16,
}

fn at_once() -> u16 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_at_once(sectors: &u16) -> bool {
    *sectors == 1
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
