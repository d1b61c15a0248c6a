//! A sector: its line, stretches, sensors, barriers, units and zones, resolved and checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::geo::{Azimuth, EnuPoint, LocalFrame, Wgs84};

/// Words for people, by language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    pub en: String,
    pub ar: String,
}

/// A sensor's name in the sector file, such as `tower-4-thermal`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SensorId(pub String);

/// A unit's name in the sector file, such as `patrol-2`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitId(pub String);

/// A stretch's number along the line, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StretchId(pub u32);

/// What the planner watches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mover {
    Walker,
    Group,
    Donkey,
    Vehicle,
    Drone,
}

/// Everything a sector file says, checked, in SI units and one metric frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Sector {
    pub name: String,
    pub title: Text,
    /// What must be said wherever the sector is shown ("exercise terrain, invented posts").
    pub notices: Vec<Text>,
    pub terrain: TerrainSource,
    pub frame: LocalFrame,
    pub line: Line,
    pub stretches: Vec<Stretch>,
    /// How far beyond the line the sector's far edge lies.
    pub far_depth_m: f64,
    /// How far inside the line its near edge lies.
    pub near_depth_m: f64,
    pub sensors: Vec<Sensor>,
    pub barriers: Vec<Barrier>,
    pub units: Vec<Unit>,
    pub zones: Vec<Zone>,
    pub settings: Settings,
}

/// Where the elevation comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum TerrainSource {
    /// Paths relative to the sector file: `.hgt`, `.hgt.gz` or `GeoTIFF`.
    Files(Vec<String>),
    /// Generated from a seed; labelled as exercise terrain wherever it is shown.
    Exercise(ExerciseTerrain),
}

/// Recipe of generated terrain.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExerciseTerrain {
    pub seed: u64,
    pub west_deg: f64,
    pub south_deg: f64,
    pub east_deg: f64,
    pub north_deg: f64,
    pub spacing_arcsec: f64,
}

/// Which side of the directed line is beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    Left,
    Right,
}

/// The watched line, directed, with km posts counted from its start.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub places: Vec<Wgs84>,
    pub points: Vec<EnuPoint>,
    /// The last vertex is joined to the first.
    pub closed: bool,
    /// Which side of the line the watch faces.
    pub far_side: Side,
    /// The km post at the first vertex, in metres.
    pub start_m: f64,
    pub length_m: f64,
}

/// A piece of the line, 250 m by default; the unit of the watch state.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    pub id: StretchId,
    /// Chainage of its ends along the line, km post 0 at [`Line::start_m`].
    pub from_m: f64,
    pub to_m: f64,
    /// Vertices from end to end, in the sector's frame.
    pub points: Vec<EnuPoint>,
}

/// A sensor's place, pointing and kind, as planned. What it does now is in `Conditions`.
#[derive(Debug, Clone, PartialEq)]
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

/// A barrier along part of the line.
#[derive(Debug, Clone, PartialEq)]
pub struct Barrier {
    pub id: String,
    pub name: Text,
    pub kind: BarrierKind,
    pub from_m: f64,
    pub to_m: f64,
    pub delay_s: f64,
    pub delay_sd_s: f64,
}

/// What a barrier is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BarrierKind {
    Fence,
    Wire,
    Berm,
    Trench,
    River,
}

/// People who can be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    pub id: UnitId,
    pub name: Text,
    pub agency: String,
    /// The UUID by which its radio or tablet registers at the SAPIENT door.
    pub node_id: String,
    pub mobility: Mobility,
    pub place: Wgs84,
    pub point: EnuPoint,
}

/// How a unit moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mobility {
    Foot,
    Vehicle,
}

/// A named area with rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    pub id: String,
    pub name: Text,
    pub kind: ZoneKind,
    pub ring: Vec<EnuPoint>,
}

/// What a zone is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ZoneKind {
    /// Movement here is ordinary: a village, a field, a grazing permit.
    Ordinary,
    /// Entry raises an alert.
    Restricted,
}

/// The sector's assumptions; every one has a default and can be set in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Refraction coefficient k for optical sensors (DOMAIN 2: 1/7).
    pub refraction: f64,
    /// Refraction coefficient k for radar (DOMAIN 2: 1/4).
    pub radar_refraction: f64,
    /// A sensor not heard from for longer is `unknown`.
    pub heartbeat_limit_s: f64,
    /// Weather older than this is `unknown`.
    pub weather_limit_s: f64,
    /// Johnson cycles for 50 % detection.
    pub n50_detect: f64,
    /// Ratio of thermal to visible extinction in dust: low and high end (THERMAL.md).
    pub dust_ratio: [f64; 2],
    /// Temperature difference between a person and the ground.
    pub contrast_k: f64,
    /// Absolute humidity.
    pub humidity_gm3: f64,
    /// Critical dimension by mover, metres (DOMAIN 2).
    pub critical_dimension_m: BTreeMap<Mover, f64>,
    /// Walking speed and the like by mover on flat ground, m/s.
    pub flat_speed_mps: BTreeMap<Mover, f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            refraction: 1.0 / 7.0,
            radar_refraction: 0.25,
            heartbeat_limit_s: 30.0,
            weather_limit_s: 1_800.0,
            n50_detect: 1.0,
            dust_ratio: [0.4, 0.65],
            contrast_k: 3.0,
            humidity_gm3: 8.0,
            critical_dimension_m: BTreeMap::from([
                (Mover::Walker, 0.95),
                (Mover::Group, 1.3),
                (Mover::Donkey, 1.2),
                (Mover::Vehicle, 2.3),
                (Mover::Drone, 0.4),
            ]),
            flat_speed_mps: BTreeMap::from([
                (Mover::Walker, 1.4),
                (Mover::Group, 1.1),
                (Mover::Donkey, 1.25),
                (Mover::Vehicle, 9.0),
                (Mover::Drone, 12.0),
            ]),
        }
    }
}
