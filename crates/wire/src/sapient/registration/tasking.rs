//! What a node may be asked to do while in a mode.

use prost::{Enumeration, Message};

use super::{Duration, LocationType};
use crate::sapient::link::{Operator, RegionType};

/// What the node may be asked while in a mode.
#[derive(Clone, PartialEq, Message)]
pub struct TaskDefinition {
    #[prost(int32, optional, tag = "1")]
    pub concurrent_tasks: Option<i32>,
    /// Mandatory.
    #[prost(message, optional, tag = "2")]
    pub region_definition: Option<RegionDefinition>,
    #[prost(message, repeated, tag = "3")]
    pub command: Vec<Command>,
}

/// The kinds of region a task may name.
#[derive(Clone, PartialEq, Message)]
pub struct RegionDefinition {
    /// Mandatory, at least one.
    #[prost(enumeration = "RegionType", repeated, tag = "1")]
    pub region_type: Vec<i32>,
    #[prost(message, optional, tag = "2")]
    pub settle_time: Option<Duration>,
    /// Mandatory, at least one.
    #[prost(message, repeated, tag = "3")]
    pub region_area: Vec<LocationType>,
    #[prost(message, repeated, tag = "4")]
    pub class_filter_definition: Vec<ClassFilterDefinition>,
    #[prost(message, repeated, tag = "5")]
    pub behaviour_filter_definition: Vec<BehaviourFilterDefinition>,
}

/// A class on which regions may filter.
#[derive(Clone, PartialEq, Message)]
pub struct ClassFilterDefinition {
    #[prost(message, repeated, tag = "1")]
    pub filter_parameter: Vec<FilterParameter>,
    #[prost(message, repeated, tag = "2")]
    pub sub_class_definition: Vec<SubClassFilterDefinition>,
    /// Mandatory.
    #[prost(string, optional, tag = "3")]
    pub kind: Option<String>,
}

/// A sub-class on which regions may filter; nests.
#[derive(Clone, PartialEq, Message)]
pub struct SubClassFilterDefinition {
    #[prost(message, repeated, tag = "1")]
    pub filter_parameter: Vec<FilterParameter>,
    /// Mandatory.
    #[prost(int32, optional, tag = "2")]
    pub level: Option<i32>,
    /// Mandatory.
    #[prost(string, optional, tag = "3")]
    pub kind: Option<String>,
    #[prost(message, repeated, tag = "4")]
    pub sub_class_definition: Vec<SubClassFilterDefinition>,
}

/// A quantity to filter on and the comparisons allowed.
#[derive(Clone, PartialEq, Message)]
pub struct FilterParameter {
    /// Mandatory.
    #[prost(string, optional, tag = "1")]
    pub parameter: Option<String>,
    /// Mandatory, at least one.
    #[prost(enumeration = "Operator", repeated, tag = "2")]
    pub operators: Vec<i32>,
}

/// A behaviour on which regions may filter.
#[derive(Clone, PartialEq, Message)]
pub struct BehaviourFilterDefinition {
    #[prost(message, repeated, tag = "1")]
    pub filter_parameter: Vec<FilterParameter>,
    /// Mandatory.
    #[prost(string, optional, tag = "2")]
    pub kind: Option<String>,
}

/// A command that the node understands.
#[derive(Clone, PartialEq, Message)]
pub struct Command {
    /// Mandatory.
    #[prost(string, optional, tag = "2")]
    pub units: Option<String>,
    /// Mandatory.
    #[prost(message, optional, tag = "3")]
    pub completion_time: Option<Duration>,
    /// Mandatory.
    #[prost(enumeration = "CommandType", optional, tag = "4")]
    pub kind: Option<i32>,
}

/// Commands that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum CommandType {
    Unspecified = 0,
    Request = 1,
    DetectionThreshold = 2,
    DetectionReportRate = 3,
    ClassificationThreshold = 4,
    ModeChange = 5,
    LookAt = 6,
    MoveTo = 7,
    Patrol = 8,
    Follow = 9,
}
