//! A sector: its line, stretches, sensors, barriers, units and zones, resolved and checked.

mod alerting;
mod barrier;
mod digest;
mod fault;
mod fields;
mod geojson;
mod ground;
mod land_cover;
mod line;
mod load;
mod parse;
mod sensors;
mod settings;

use serde::{Deserialize, Serialize};

pub use self::alerting::{Alerting, Consequence, Rule, RuleFigures};
pub(crate) use self::barrier::crossing_point;
pub use self::barrier::{Barrier, BarrierKind, Opening, OpeningKind, Toll};
pub use self::fault::Fault;
pub use self::ground::{
    GroundArea, GroundAt, GroundKind, GroundShape, Landmark, LandmarkKind, NearRoad, Road,
    RoadClass,
};
pub(crate) use self::ground::{is_inside, nearest_on};
pub use self::land_cover::LandCover;
pub use self::line::{Beside, Line, Side};
pub use self::load::load_terrain;
pub use self::parse::{Camera, parse, parse_camera};
pub use self::sensors::{
    Arc, GroundFigures, ObserverFigures, Optics, PlatformLimits, Pose, RadarFigures, Sensor,
    SensorKind,
};
pub use self::settings::Settings;
use crate::geo::{EnuPoint, LocalFrame, Wgs84};

/// The published JSON schema of the sector file; a test holds it to the parser.
pub const SCHEMA: &str = include_str!("../../../docs/sector.schema.json");

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

impl Mover {
    /// Every mover, in the order of the tables.
    pub const ALL: [Self; 5] =
        [Self::Walker, Self::Group, Self::Donkey, Self::Vehicle, Self::Drone];
}

/// Everything a sector file says, checked, in SI units and one metric frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    pub roads: Vec<Road>,
    /// Kinds of ground; where several overlap the last one counts.
    pub going: Vec<GroundArea>,
    /// Kinds of ground by pixel, where no area of `going` lies.
    ///
    /// Left out of the fingerprint while there is none, so that older records stay readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub land_cover: Option<LandCover>,
    /// Wells, caves, shelters and the like: where a search looks early.
    pub places: Vec<Landmark>,
    pub units: Vec<Unit>,
    pub zones: Vec<Zone>,
    /// Left out of the fingerprint while there are none, so that older records stay readable.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seams: Vec<Seam>,
    pub settings: Settings,
    /// Left out of the fingerprint while the file says nothing of them, so that older records stay readable.
    #[serde(skip_serializing_if = "Alerting::is_default")]
    pub alerting: Alerting,
}

/// Where the elevation comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum TerrainSource {
    /// Paths relative to the sector file: `.hgt`, `.hgt.gz`, `.hgt.zip` or `GeoTIFF`.
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

/// A piece of the line, 250 m by default; the unit of the watch state.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stretch {
    pub id: StretchId,
    /// Chainage of its ends, from km post 0.
    pub from_m: f64,
    pub to_m: f64,
    /// Vertices from end to end, in the sector's frame.
    pub points: Vec<EnuPoint>,
}

/// People who can be sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize)]
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

/// Where the line goes on as another sector's: tracks are handed over there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seam {
    /// The name of the sector on the other side.
    pub neighbour: String,
    pub end: LineEnd,
    /// How far on both sides of the seam both sectors follow a track. An assumption: as far as the
    /// sensors of each see into the other's ground.
    pub overlap_m: f64,
}

/// An end of an open line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineEnd {
    Start,
    End,
}

impl Sector {
    /// The stretch that holds a chainage; the nearer end's stretch when it lies off the line.
    pub fn stretch_at(&self, chainage_m: f64) -> StretchId {
        let after = self.stretches.partition_point(|stretch| stretch.to_m <= chainage_m);
        self.stretches[after.min(self.stretches.len() - 1)].id
    }

    pub fn sensor(&self, id: &SensorId) -> Option<&Sensor> {
        self.sensors.iter().find(|sensor| sensor.id == *id)
    }

    pub fn unit(&self, id: &UnitId) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.id == *id)
    }
}

impl Zone {
    /// True when the point lies inside the ring (even-odd rule).
    pub fn contains(&self, point: EnuPoint) -> bool {
        is_inside(point, &self.ring)
    }
}
