//! Alerts from nodes, and their answers.

use prost::{Enumeration, Message};

use crate::sapient::detection::Position;
use crate::sapient::link::{AssociatedDetection, AssociatedFile};

/// A node calls on its operator's attention.
#[derive(Clone, PartialEq, Message)]
pub struct Alert {
    /// Mandatory; ULID.
    #[prost(string, optional, tag = "1")]
    pub alert_id: Option<String>,
    #[prost(enumeration = "AlertType", optional, tag = "2")]
    pub alert_type: Option<i32>,
    #[prost(enumeration = "AlertStatus", optional, tag = "3")]
    pub status: Option<i32>,
    /// Operator text.
    #[prost(string, optional, tag = "4")]
    pub description: Option<String>,
    /// At most one.
    #[prost(oneof = "Position", tags = "5, 6")]
    pub location: Option<Position>,
    /// ULID of the region it came from.
    #[prost(string, optional, tag = "7")]
    pub region_id: Option<String>,
    #[prost(enumeration = "DiscretePriority", optional, tag = "8")]
    pub priority: Option<i32>,
    /// In 0..1.
    #[prost(float, optional, tag = "9")]
    pub ranking: Option<f32>,
    /// In 0..1: that it is not false.
    #[prost(float, optional, tag = "10")]
    pub confidence: Option<f32>,
    #[prost(message, repeated, tag = "11")]
    pub associated_file: Vec<AssociatedFile>,
    #[prost(message, repeated, tag = "12")]
    pub associated_detection: Vec<AssociatedDetection>,
    #[prost(string, optional, tag = "13")]
    pub additional_information: Option<String>,
}

/// The answer to an alert.
#[derive(Clone, PartialEq, Message)]
pub struct AlertAck {
    /// Mandatory; ULID.
    #[prost(string, optional, tag = "1")]
    pub alert_id: Option<String>,
    #[prost(string, repeated, tag = "4")]
    pub reason: Vec<String>,
    /// Mandatory.
    #[prost(enumeration = "AlertAckStatus", optional, tag = "5")]
    pub alert_ack_status: Option<i32>,
}

/// How grave an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum AlertType {
    Unspecified = 0,
    Information = 1,
    Warning = 2,
    Critical = 3,
    Error = 4,
    Fatal = 5,
    ModeChange = 6,
}

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum AlertStatus {
    Unspecified = 0,
    Active = 1,
    Acknowledge = 2,
    Reject = 3,
    Ignore = 4,
    Clear = 5,
}

/// How soon an alert must be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum DiscretePriority {
    Unspecified = 0,
    Low = 1,
    Medium = 2,
    High = 3,
}

/// What became of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum AlertAckStatus {
    Unspecified = 0,
    Accepted = 1,
    Rejected = 2,
    Cancelled = 3,
}
