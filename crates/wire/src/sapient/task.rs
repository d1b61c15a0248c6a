//! Tasks to nodes, and their answers.

use prost::{Enumeration, Message, Oneof};

use crate::sapient::link::{AssociatedFile, Operator, RegionType, Timestamp};
use crate::sapient::place::{LocationList, LocationOrRangeBearing};

/// Something a node is asked to do.
#[derive(Clone, PartialEq, Message)]
pub struct Task {
    /// Mandatory; ULID.
    #[prost(string, optional, tag = "1")]
    pub task_id: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub task_name: Option<String>,
    #[prost(string, optional, tag = "3")]
    pub task_description: Option<String>,
    #[prost(message, optional, tag = "4")]
    pub task_start_time: Option<Timestamp>,
    #[prost(message, optional, tag = "5")]
    pub task_end_time: Option<Timestamp>,
    /// Mandatory.
    #[prost(enumeration = "Control", optional, tag = "6")]
    pub control: Option<i32>,
    /// Area of the task.
    #[prost(message, repeated, tag = "7")]
    pub region: Vec<Region>,
    #[prost(message, optional, tag = "8")]
    pub command: Option<Command>,
}

/// What exactly is asked.
#[derive(Clone, PartialEq, Message)]
pub struct Command {
    /// Exactly one.
    #[prost(oneof = "Order", tags = "1, 2, 3, 4, 5, 6, 9, 10, 11")]
    pub command: Option<Order>,
    /// Extra argument.
    #[prost(string, optional, tag = "8")]
    pub command_parameter: Option<String>,
}

/// The one thing a command asks.
#[derive(Clone, PartialEq, Oneof)]
pub enum Order {
    #[prost(string, tag = "1")]
    Request(String),
    #[prost(enumeration = "DiscreteThreshold", tag = "2")]
    DetectionThreshold(i32),
    #[prost(enumeration = "DiscreteThreshold", tag = "3")]
    DetectionReportRate(i32),
    #[prost(enumeration = "DiscreteThreshold", tag = "4")]
    ClassificationThreshold(i32),
    #[prost(string, tag = "5")]
    ModeChange(String),
    #[prost(message, tag = "6")]
    LookAt(LocationOrRangeBearing),
    #[prost(message, tag = "9")]
    MoveTo(LocationList),
    #[prost(message, tag = "10")]
    Patrol(LocationList),
    #[prost(message, tag = "11")]
    Follow(FollowObject),
}

/// An area that a task is about.
#[derive(Clone, PartialEq, Message)]
pub struct Region {
    /// Mandatory.
    #[prost(enumeration = "RegionType", optional, tag = "1")]
    pub kind: Option<i32>,
    /// Mandatory; ULID.
    #[prost(string, optional, tag = "2")]
    pub region_id: Option<String>,
    /// Mandatory.
    #[prost(string, optional, tag = "3")]
    pub region_name: Option<String>,
    /// Mandatory.
    #[prost(message, optional, tag = "4")]
    pub region_area: Option<LocationOrRangeBearing>,
    #[prost(message, repeated, tag = "5")]
    pub class_filter: Vec<ClassFilter>,
    #[prost(message, repeated, tag = "6")]
    pub behaviour_filter: Vec<BehaviourFilter>,
}

/// Which classes matter inside a region.
#[derive(Clone, PartialEq, Message)]
pub struct ClassFilter {
    /// Mandatory.
    #[prost(message, optional, tag = "1")]
    pub parameter: Option<Parameter>,
    /// Mandatory.
    #[prost(string, optional, tag = "2")]
    pub kind: Option<String>,
    #[prost(message, repeated, tag = "3")]
    pub sub_class_filter: Vec<SubClassFilter>,
    #[prost(enumeration = "DiscreteThreshold", optional, tag = "4")]
    pub priority: Option<i32>,
}

/// Which sub-classes matter inside a region; nests.
#[derive(Clone, PartialEq, Message)]
pub struct SubClassFilter {
    /// Mandatory.
    #[prost(message, optional, tag = "1")]
    pub parameter: Option<Parameter>,
    /// Mandatory.
    #[prost(string, optional, tag = "2")]
    pub kind: Option<String>,
    #[prost(message, repeated, tag = "3")]
    pub sub_class_filter: Vec<SubClassFilter>,
    #[prost(enumeration = "DiscreteThreshold", optional, tag = "4")]
    pub priority: Option<i32>,
}

/// Which behaviours matter inside a region.
#[derive(Clone, PartialEq, Message)]
pub struct BehaviourFilter {
    /// Mandatory.
    #[prost(message, optional, tag = "1")]
    pub parameter: Option<Parameter>,
    #[prost(string, optional, tag = "2")]
    pub kind: Option<String>,
    #[prost(enumeration = "DiscreteThreshold", optional, tag = "3")]
    pub priority: Option<i32>,
}

/// One comparison of a filter.
#[derive(Clone, PartialEq, Message)]
pub struct Parameter {
    /// Mandatory.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// Mandatory.
    #[prost(enumeration = "Operator", optional, tag = "2")]
    pub operator: Option<i32>,
    /// Mandatory.
    #[prost(float, optional, tag = "3")]
    pub value: Option<f32>,
}

/// The object to be followed.
#[derive(Clone, PartialEq, Message)]
pub struct FollowObject {
    /// Mandatory; ULID of the object.
    #[prost(string, tag = "1")]
    pub follow_object_id: String,
}

/// A node's answer to a task; several may follow one another.
#[derive(Clone, PartialEq, Message)]
pub struct TaskAck {
    /// Mandatory; ULID.
    #[prost(string, optional, tag = "1")]
    pub task_id: Option<String>,
    /// Mandatory.
    #[prost(enumeration = "TaskStatus", optional, tag = "2")]
    pub task_status: Option<i32>,
    #[prost(message, optional, tag = "4")]
    pub associated_file: Option<AssociatedFile>,
    /// Why it was rejected or failed.
    #[prost(string, repeated, tag = "5")]
    pub reason: Vec<String>,
}

/// Begin, end or pause a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum Control {
    Unspecified = 0,
    Start = 1,
    Stop = 2,
    Pause = 3,
}

/// Low, medium or high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum DiscreteThreshold {
    Unspecified = 0,
    Low = 1,
    Medium = 2,
    High = 3,
}

/// What became of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum TaskStatus {
    Unspecified = 0,
    Accepted = 1,
    Rejected = 2,
    Completed = 3,
    Failed = 4,
}
