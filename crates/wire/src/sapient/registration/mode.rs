//! Modes of a node, what it detects in each and how well.

use prost::{Enumeration, Message};

use super::{Duration, LocationType, TaskDefinition, VelocityType};

/// One way of working: what it detects and what it may be asked.
#[derive(Clone, PartialEq, Message)]
pub struct ModeDefinition {
    /// Mandatory.
    #[prost(string, optional, tag = "1")]
    pub mode_name: Option<String>,
    /// Mandatory.
    #[prost(enumeration = "ModeType", optional, tag = "2")]
    pub mode_type: Option<i32>,
    #[prost(string, optional, tag = "3")]
    pub mode_description: Option<String>,
    /// Mandatory.
    #[prost(message, optional, tag = "4")]
    pub settle_time: Option<Duration>,
    #[prost(message, optional, tag = "5")]
    pub maximum_latency: Option<Duration>,
    #[prost(enumeration = "ScanType", optional, tag = "6")]
    pub scan_type: Option<i32>,
    #[prost(enumeration = "TrackingType", optional, tag = "7")]
    pub tracking_type: Option<i32>,
    /// Temporary modes.
    #[prost(message, optional, tag = "8")]
    pub duration: Option<Duration>,
    #[prost(message, repeated, tag = "9")]
    pub mode_parameter: Vec<ModeParameter>,
    #[prost(message, repeated, tag = "10")]
    pub detection_definition: Vec<DetectionDefinition>,
    /// Mandatory.
    #[prost(message, optional, tag = "11")]
    pub task: Option<TaskDefinition>,
}

/// A named setting of a mode.
#[derive(Clone, PartialEq, Message)]
pub struct ModeParameter {
    /// Mandatory.
    #[prost(string, optional, tag = "1")]
    pub kind: Option<String>,
    /// Mandatory.
    #[prost(string, optional, tag = "2")]
    pub value: Option<String>,
}

/// What detections in a mode look like and how well they are made.
#[derive(Clone, PartialEq, Message)]
pub struct DetectionDefinition {
    /// Mandatory.
    #[prost(message, optional, tag = "1")]
    pub location_type: Option<LocationType>,
    #[prost(message, repeated, tag = "2")]
    pub detection_performance: Vec<PerformanceValue>,
    #[prost(message, repeated, tag = "3")]
    pub detection_report: Vec<DetectionReport>,
    #[prost(message, repeated, tag = "4")]
    pub detection_class_definition: Vec<DetectionClassDefinition>,
    #[prost(message, repeated, tag = "5")]
    pub behaviour_definition: Vec<BehaviourDefinition>,
    #[prost(message, optional, tag = "6")]
    pub velocity_type: Option<VelocityType>,
    #[prost(message, optional, tag = "7")]
    pub geometric_error: Option<GeometricError>,
}

/// How well places are known.
#[derive(Clone, PartialEq, Message)]
pub struct GeometricError {
    /// Mandatory: such as a standard deviation.
    #[prost(string, optional, tag = "1")]
    pub kind: Option<String>,
    /// Mandatory.
    #[prost(string, optional, tag = "2")]
    pub units: Option<String>,
    /// Mandatory.
    #[prost(string, optional, tag = "3")]
    pub variation_type: Option<String>,
    #[prost(message, repeated, tag = "4")]
    pub performance_value: Vec<PerformanceValue>,
}

/// One figure of performance; the number travels as text.
#[derive(Clone, PartialEq, Message)]
pub struct PerformanceValue {
    /// Mandatory.
    #[prost(string, optional, tag = "1")]
    pub kind: Option<String>,
    /// Mandatory.
    #[prost(string, optional, tag = "2")]
    pub units: Option<String>,
    /// Mandatory: number as text.
    #[prost(string, optional, tag = "3")]
    pub unit_value: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub variation_type: Option<String>,
}

/// One kind of line that detection reports may carry.
#[derive(Clone, PartialEq, Message)]
pub struct DetectionReport {
    /// Mandatory.
    #[prost(enumeration = "DetectionReportCategory", optional, tag = "1")]
    pub category: Option<i32>,
    /// Mandatory.
    #[prost(string, optional, tag = "2")]
    pub kind: Option<String>,
    /// Mandatory.
    #[prost(string, optional, tag = "3")]
    pub units: Option<String>,
    #[prost(bool, optional, tag = "4")]
    pub on_change: Option<bool>,
}

/// Which classes a mode tells apart.
#[derive(Clone, PartialEq, Message)]
pub struct DetectionClassDefinition {
    #[prost(enumeration = "ConfidenceDefinition", optional, tag = "1")]
    pub confidence_definition: Option<i32>,
    #[prost(message, repeated, tag = "2")]
    pub class_performance: Vec<PerformanceValue>,
    #[prost(message, repeated, tag = "3")]
    pub class_definition: Vec<ClassDefinition>,
    #[prost(message, repeated, tag = "4")]
    pub taxonomy_dock_definition: Vec<TaxonomyDockDefinition>,
}

/// A top class.
#[derive(Clone, PartialEq, Message)]
pub struct ClassDefinition {
    /// Mandatory.
    #[prost(string, optional, tag = "1")]
    pub kind: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub units: Option<String>,
    #[prost(message, repeated, tag = "3")]
    pub sub_class: Vec<SubClass>,
}

/// A class below another; nests.
#[derive(Clone, PartialEq, Message)]
pub struct SubClass {
    /// Mandatory.
    #[prost(string, optional, tag = "1")]
    pub kind: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub units: Option<String>,
    /// Mandatory: 0 for the top class, 1 for the class below it, and so on.
    #[prost(int32, optional, tag = "3")]
    pub level: Option<i32>,
    #[prost(message, repeated, tag = "4")]
    pub sub_class: Vec<SubClass>,
}

/// A behaviour the node can name.
#[derive(Clone, PartialEq, Message)]
pub struct BehaviourDefinition {
    /// Mandatory.
    #[prost(string, optional, tag = "1")]
    pub kind: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub units: Option<String>,
}

/// Where a foreign class list is joined to the standard one.
#[derive(Clone, PartialEq, Message)]
pub struct TaxonomyDockDefinition {
    /// Mandatory.
    #[prost(string, optional, tag = "1")]
    pub dock_class_namespace: Option<String>,
    /// Mandatory.
    #[prost(string, optional, tag = "2")]
    pub dock_class: Option<String>,
    #[prost(message, repeated, tag = "3")]
    pub extension_subclass: Vec<ExtensionSubclass>,
}

/// One class of a foreign list.
#[derive(Clone, PartialEq, Message)]
pub struct ExtensionSubclass {
    /// Mandatory.
    #[prost(string, optional, tag = "1")]
    pub subclass_namespace: Option<String>,
    /// Mandatory.
    #[prost(string, optional, tag = "2")]
    pub subclass_name: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub units: Option<String>,
}

/// How a mode comes and goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum ModeType {
    Unspecified = 0,
    Permanent = 1,
    Temporary = 2,
    Default = 3,
}

/// How a sensor looks round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum ScanType {
    Unspecified = 0,
    Fixed = 1,
    Scanning = 2,
    Steerable = 3,
}

/// How far a node joins detections over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum TrackingType {
    Unspecified = 0,
    None = 1,
    Tracklet = 2,
    Track = 3,
    TrackWithReId = 4,
}

/// What a detection line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum DetectionReportCategory {
    Unspecified = 0,
    Detection = 1,
    Track = 2,
    Object = 3,
    Signal = 4,
}

/// Whether one class or several come with a confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum ConfidenceDefinition {
    Unspecified = 0,
    SingleClass = 1,
    MultiClass = 2,
}
