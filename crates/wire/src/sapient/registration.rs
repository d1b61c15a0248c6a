//! What a node says about itself when it connects, and the answer.

mod coordinates;
mod mode;
mod tasking;

pub use coordinates::*;
pub use mode::*;
pub use tasking::*;

use prost::{Enumeration, Message};

use crate::sapient::place::LocationOrRangeBearing;

/// What a node says it is and can do; first message on a connection.
#[derive(Clone, PartialEq, Message)]
pub struct Registration {
    /// Mandatory, at least one.
    #[prost(message, repeated, tag = "1")]
    pub node_definition: Vec<NodeDefinition>,
    /// Mandatory: exactly `BSI Flex 335 v2.0`.
    #[prost(string, optional, tag = "2")]
    pub icd_version: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub name: Option<String>,
    /// For display.
    #[prost(string, optional, tag = "4")]
    pub short_name: Option<String>,
    /// Mandatory, at least one.
    #[prost(message, repeated, tag = "5")]
    pub capabilities: Vec<Capability>,
    /// Mandatory.
    #[prost(message, optional, tag = "6")]
    pub status_definition: Option<StatusDefinition>,
    /// Mandatory, at least one.
    #[prost(message, repeated, tag = "7")]
    pub mode_definition: Vec<ModeDefinition>,
    /// UUIDs of child nodes.
    #[prost(string, repeated, tag = "8")]
    pub dependent_nodes: Vec<String>,
    /// Child fusion node to parent.
    #[prost(message, repeated, tag = "9")]
    pub reporting_region: Vec<LocationOrRangeBearing>,
    /// Mandatory, at least one.
    #[prost(message, repeated, tag = "10")]
    pub config_data: Vec<ConfigurationData>,
}

/// One kind that the node claims to be.
#[derive(Clone, PartialEq, Message)]
pub struct NodeDefinition {
    /// Mandatory.
    #[prost(enumeration = "NodeType", optional, tag = "1")]
    pub node_type: Option<i32>,
    #[prost(string, repeated, tag = "2")]
    pub node_sub_type: Vec<String>,
}

/// One ability, as free text with an optional figure.
#[derive(Clone, PartialEq, Message)]
pub struct Capability {
    /// Mandatory: free text.
    #[prost(string, optional, tag = "1")]
    pub category: Option<String>,
    /// Mandatory.
    #[prost(string, optional, tag = "2")]
    pub kind: Option<String>,
    /// A number as text, say.
    #[prost(string, optional, tag = "3")]
    pub value: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub units: Option<String>,
}

/// What the node's status reports will hold and how often they come.
#[derive(Clone, PartialEq, Message)]
pub struct StatusDefinition {
    /// Mandatory: heartbeat period.
    #[prost(message, optional, tag = "1")]
    pub status_interval: Option<Duration>,
    /// Of the location family only.
    #[prost(message, optional, tag = "2")]
    pub location_definition: Option<LocationType>,
    #[prost(message, optional, tag = "3")]
    pub coverage_definition: Option<LocationType>,
    #[prost(message, optional, tag = "4")]
    pub obscuration_definition: Option<LocationType>,
    #[prost(message, repeated, tag = "5")]
    pub status_report: Vec<StatusReport>,
    #[prost(message, optional, tag = "6")]
    pub field_of_view_definition: Option<LocationType>,
}

/// A length of time with its unit.
#[derive(Clone, PartialEq, Message)]
pub struct Duration {
    /// Mandatory.
    #[prost(enumeration = "TimeUnits", optional, tag = "1")]
    pub units: Option<i32>,
    /// Mandatory.
    #[prost(float, optional, tag = "3")]
    pub value: Option<f32>,
}

/// One kind of line that status reports may carry.
#[derive(Clone, PartialEq, Message)]
pub struct StatusReport {
    /// Mandatory.
    #[prost(enumeration = "StatusReportCategory", optional, tag = "1")]
    pub category: Option<i32>,
    /// Mandatory.
    #[prost(string, optional, tag = "2")]
    pub kind: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub units: Option<String>,
    /// Sent on change.
    #[prost(bool, optional, tag = "4")]
    pub on_change: Option<bool>,
}

/// Make and version of the node or of a part of it; nests.
#[derive(Clone, PartialEq, Message)]
pub struct ConfigurationData {
    /// Mandatory.
    #[prost(string, tag = "1")]
    pub manufacturer: String,
    /// Mandatory.
    #[prost(string, tag = "2")]
    pub model: String,
    #[prost(string, optional, tag = "3")]
    pub serial_number: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub hardware_version: Option<String>,
    #[prost(string, optional, tag = "5")]
    pub software_version: Option<String>,
    /// Recursive.
    #[prost(message, repeated, tag = "6")]
    pub sub_components: Vec<ConfigurationData>,
}

/// The answer to a registration.
#[derive(Clone, PartialEq, Message)]
pub struct RegistrationAck {
    /// Mandatory, `false` too: absent is not a refusal.
    #[prost(bool, optional, tag = "1")]
    pub acceptance: Option<bool>,
    /// One reason per element.
    #[prost(string, repeated, tag = "3")]
    pub ack_response_reason: Vec<String>,
}

/// What a node is. Watchline refuses the five that act on things (13 to 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum NodeType {
    Unspecified = 0,
    Other = 1,
    Radar = 2,
    Lidar = 3,
    Camera = 4,
    Seismic = 5,
    Acoustic = 6,
    ProximitySensor = 7,
    PassiveRf = 8,
    Human = 9,
    Chemical = 10,
    Biological = 11,
    Radiation = 12,
    Kinetic = 13,
    Jammer = 14,
    Cyber = 15,
    Ldew = 16,
    Rfdew = 17,
    MobileNode = 18,
    PointableNode = 19,
    FusionNode = 20,
}

/// Units of a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum TimeUnits {
    Unspecified = 0,
    Nanoseconds = 1,
    Microseconds = 2,
    Milliseconds = 3,
    Seconds = 4,
    Minutes = 5,
    Hours = 6,
    Days = 7,
}

/// What a status line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum StatusReportCategory {
    Unspecified = 0,
    Sensor = 1,
    Power = 2,
    Mode = 3,
    Status = 4,
}
