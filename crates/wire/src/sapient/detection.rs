//! Detections.

use prost::{Message, Oneof};

use crate::sapient::link::{AssociatedDetection, AssociatedFile, Timestamp};
use crate::sapient::place::{EnuVelocity, Location, RangeBearing};

/// One sensor's report of one object.
#[derive(Clone, PartialEq, Message)]
pub struct DetectionReport {
    /// Mandatory; ULID.
    #[prost(string, optional, tag = "1")]
    pub report_id: Option<String>,
    /// Mandatory; ULID, the same for the same object.
    #[prost(string, optional, tag = "2")]
    pub object_id: Option<String>,
    /// ULID.
    #[prost(string, optional, tag = "3")]
    pub task_id: Option<String>,
    /// Special cases, such as a lost object.
    #[prost(string, optional, tag = "4")]
    pub state: Option<String>,
    /// Exactly one.
    #[prost(oneof = "Position", tags = "5, 6")]
    pub location: Option<Position>,
    /// In 0..1.
    #[prost(float, optional, tag = "7")]
    pub detection_confidence: Option<f32>,
    #[prost(message, repeated, tag = "8")]
    pub track_info: Vec<TrackObjectInfo>,
    #[prost(message, optional, tag = "9")]
    pub prediction_location: Option<PredictedLocation>,
    #[prost(message, repeated, tag = "10")]
    pub object_info: Vec<TrackObjectInfo>,
    #[prost(message, repeated, tag = "11")]
    pub classification: Vec<Classification>,
    #[prost(message, repeated, tag = "12")]
    pub behaviour: Vec<Behaviour>,
    #[prost(message, repeated, tag = "13")]
    pub associated_file: Vec<AssociatedFile>,
    #[prost(message, repeated, tag = "14")]
    pub signal: Vec<Signal>,
    #[prost(message, repeated, tag = "15")]
    pub associated_detection: Vec<AssociatedDetection>,
    #[prost(message, repeated, tag = "16")]
    pub derived_detection: Vec<DerivedDetection>,
    /// At most one.
    #[prost(oneof = "Velocity", tags = "19")]
    pub velocity: Option<Velocity>,
    #[prost(string, optional, tag = "22")]
    pub colour: Option<String>,
    /// Identity that the object itself shows, such as a tail number.
    #[prost(string, optional, tag = "23")]
    pub id: Option<String>,
}

/// Where an object is: as seen from the node, or on the globe.
#[derive(Clone, PartialEq, Oneof)]
pub enum Position {
    #[prost(message, tag = "5")]
    RangeBearing(RangeBearing),
    #[prost(message, tag = "6")]
    Location(Location),
}

/// How an object moves.
#[derive(Clone, PartialEq, Oneof)]
pub enum Velocity {
    /// Its units come from the registration.
    #[prost(message, tag = "19")]
    Enu(EnuVelocity),
}

/// Where the object is expected, and when.
#[derive(Clone, PartialEq, Message)]
pub struct PredictedLocation {
    /// At most one.
    #[prost(oneof = "PredictedPosition", tags = "1, 2")]
    pub predicted_location: Option<PredictedPosition>,
    #[prost(message, optional, tag = "3")]
    pub predicted_timestamp: Option<Timestamp>,
}

/// Where an object is expected.
#[derive(Clone, PartialEq, Oneof)]
pub enum PredictedPosition {
    #[prost(message, tag = "1")]
    RangeBearing(RangeBearing),
    #[prost(message, tag = "2")]
    Location(Location),
}

/// A named value about a track or an object.
#[derive(Clone, PartialEq, Message)]
pub struct TrackObjectInfo {
    /// Mandatory.
    #[prost(string, optional, tag = "1")]
    pub kind: Option<String>,
    /// Mandatory.
    #[prost(string, optional, tag = "2")]
    pub value: Option<String>,
    #[prost(float, optional, tag = "3")]
    pub error: Option<f32>,
}

/// A class that the sensor gives the object.
#[derive(Clone, PartialEq, Message)]
pub struct Classification {
    /// Mandatory.
    #[prost(string, optional, tag = "1")]
    pub kind: Option<String>,
    /// In 0..1.
    #[prost(float, optional, tag = "2")]
    pub confidence: Option<f32>,
    #[prost(message, repeated, tag = "3")]
    pub sub_class: Vec<SubClass>,
}

/// A class below another; nests.
#[derive(Clone, PartialEq, Message)]
pub struct SubClass {
    /// Mandatory.
    #[prost(string, optional, tag = "1")]
    pub kind: Option<String>,
    /// In 0..1.
    #[prost(float, optional, tag = "2")]
    pub confidence: Option<f32>,
    /// Mandatory: 0 for the top class, 1 for the class below it, and so on.
    #[prost(int32, optional, tag = "3")]
    pub level: Option<i32>,
    #[prost(message, repeated, tag = "4")]
    pub sub_class: Vec<SubClass>,
}

/// What the object seems to do.
#[derive(Clone, PartialEq, Message)]
pub struct Behaviour {
    /// Mandatory.
    #[prost(string, optional, tag = "1")]
    pub kind: Option<String>,
    /// In 0..1.
    #[prost(float, optional, tag = "2")]
    pub confidence: Option<f32>,
}

/// A radio signal that came with the object.
#[derive(Clone, PartialEq, Message)]
pub struct Signal {
    /// Mandatory: peak.
    #[prost(float, optional, tag = "1")]
    pub amplitude: Option<f32>,
    /// Band low edge.
    #[prost(float, optional, tag = "2")]
    pub start_frequency: Option<f32>,
    /// Mandatory.
    #[prost(float, optional, tag = "3")]
    pub centre_frequency: Option<f32>,
    /// Band high edge.
    #[prost(float, optional, tag = "4")]
    pub stop_frequency: Option<f32>,
    #[prost(float, optional, tag = "5")]
    pub pulse_duration: Option<f32>,
}

/// A detection from which this one was made.
#[derive(Clone, PartialEq, Message)]
pub struct DerivedDetection {
    #[prost(message, optional, tag = "1")]
    pub timestamp: Option<Timestamp>,
    /// Mandatory; UUID.
    #[prost(string, optional, tag = "2")]
    pub node_id: Option<String>,
    /// Mandatory; ULID.
    #[prost(string, optional, tag = "3")]
    pub object_id: Option<String>,
}
