//! What sensors say: registrations, status, detections - after redaction, before they are believed.

pub mod locate;
mod opinion;
mod remarks;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::coverage::View;
use sight::sector::{SensorId, UnitId};

pub use self::remarks::{Behaviour, Origin, Relation, Remarks};

/// What a detected thing may be called. There is no class for a weapon, a sex or a face.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    Person,
    Group,
    Vehicle,
    Animal,
    Aircraft,
    Unknown,
}

/// Who is speaking at the door: a sensor or a unit of the sector file, by its node id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    Sensor(SensorId),
    Unit(UnitId),
    /// A weather mast or other node that only reports weather; its SAPIENT node id.
    Weather(String),
}

/// A node that has said what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    pub source: Source,
    pub node_id: String,
    pub name: String,
    /// How often it promises to send its status.
    pub status_interval_s: f64,
    /// Whether it says that it can be asked to follow what it told of.
    pub follows: bool,
}

/// A node's heartbeat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusReport {
    pub source: Source,
    pub report_id: String,
    pub observed_at: Timestamp,
    /// False when it says that it cannot detect (fault, blocked, grounded) or says goodbye.
    pub detecting: bool,
    /// Why not, in its own words, stripped of control characters.
    pub note: String,
    pub location: Option<ReportedPlace>,
    pub weather: Option<ReportedWeather>,
    /// Why it may not be relied on though it detects, by its own word.
    pub impaired: Option<Impairment>,
}

/// Why a node that detects may not be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Impairment {
    PowerFault,
    BatteryEmpty,
    Clutter,
}

/// Where a sensor says that it looks, in the frame of the globe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ViewReport {
    pub sensor: SensorId,
    /// A plain view says that the sector file is right again.
    pub view: View,
}

/// Where a node or an object is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReportedPlace {
    pub lon_deg: f64,
    pub lat_deg: f64,
    /// Height above mean sea level, when given.
    pub height_m: Option<f64>,
    /// Its error, one sigma; a height without one says nothing.
    pub height_sigma_m: Option<f64>,
    pub east_sigma_m: Option<f64>,
    pub north_sigma_m: Option<f64>,
}

/// Weather at the node that reports it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReportedWeather {
    /// `None` where it knows the wind alone, as a drone does.
    pub visibility_m: Option<f64>,
    pub wind_mps: f64,
    /// Height of the lowest layer that covers more than half the sky, where one is told.
    pub ceiling_m: Option<f64>,
    pub dust: bool,
}

/// What somebody expects of the weather at a station, in the words of a TAF.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForecastReport {
    pub station: String,
    pub heard_at: Timestamp,
    /// At most 4 096 bytes: what reads it takes no more.
    pub text: String,
    /// When dust is expected; at most [`limits::DUST_WINDOWS_MAX`](crate::limits::DUST_WINDOWS_MAX).
    pub dust: Vec<DustWindow>,
}

/// Dust that is expected at a weather station.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DustWindow {
    pub from: Timestamp,
    pub until: Timestamp,
    /// How far one sees in it, at the worst.
    pub visibility_m: f64,
}

/// One sensor's report of one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DetectionReport {
    pub source: Source,
    pub report_id: String,
    /// The sensor's own name for the object; a hint, never an identity.
    pub object_id: String,
    /// When the sensor saw it, not when the report reached us.
    pub observed_at: Timestamp,
    pub position: ReportedPosition,
    pub confidence: Option<f64>,
    /// Classes with the sensor's confidence, already mapped to ours.
    pub classes: Vec<(Class, f64)>,
    pub remarks: Remarks,
}

/// How a sensor locates an object.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportedPosition {
    Place(ReportedPlace),
    /// Seen from the sensor; a camera has no range, not every radar has an elevation.
    Polar {
        azimuth_deg: f64,
        azimuth_sigma_deg: Option<f64>,
        elevation_deg: Option<f64>,
        elevation_sigma_deg: Option<f64>,
        range_m: Option<f64>,
        range_sigma_m: Option<f64>,
    },
    /// Seen by a radar that also measures how fast the range grows.
    Doppler {
        azimuth_deg: f64,
        azimuth_sigma_deg: Option<f64>,
        elevation_deg: Option<f64>,
        elevation_sigma_deg: Option<f64>,
        range_m: f64,
        range_sigma_m: Option<f64>,
        /// Speed away from the radar.
        radial_mps: f64,
        radial_sigma_mps: Option<f64>,
    },
    /// A place whose errors in east and north hang together, as those of a ray on the ground do.
    Ellipse {
        place: ReportedPlace,
        /// Covariance of both.
        cross_m2: f64,
    },
}

/// A message that could not be used, and why. Counted and journalled; never stops anything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rejection {
    /// `sapient`, `api` ...
    pub door: String,
    pub source: Option<Source>,
    /// Path of the field at fault, such as `detection_report.location.x`.
    pub field: String,
    pub reason: String,
}
