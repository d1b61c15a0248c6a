//! Heartbeats.

use prost::{Enumeration, Message};

use crate::sapient::place::{Location, LocationOrRangeBearing};

/// A node's heartbeat: its health, place and view.
#[derive(Clone, PartialEq, Message)]
pub struct StatusReport {
    /// Mandatory; ULID.
    #[prost(string, optional, tag = "1")]
    pub report_id: Option<String>,
    /// Mandatory.
    #[prost(enumeration = "System", optional, tag = "2")]
    pub system: Option<i32>,
    /// Mandatory.
    #[prost(enumeration = "Info", optional, tag = "3")]
    pub info: Option<i32>,
    /// ULID of the present task.
    #[prost(string, optional, tag = "4")]
    pub active_task_id: Option<String>,
    /// Mandatory: one of the registered mode names.
    #[prost(string, optional, tag = "5")]
    pub mode: Option<String>,
    #[prost(message, optional, tag = "6")]
    pub power: Option<Power>,
    #[prost(message, optional, tag = "7")]
    pub node_location: Option<Location>,
    #[prost(message, optional, tag = "8")]
    pub field_of_view: Option<LocationOrRangeBearing>,
    /// Areas not covered.
    #[prost(message, repeated, tag = "10")]
    pub obscuration: Vec<LocationOrRangeBearing>,
    #[prost(message, repeated, tag = "11")]
    pub status: Vec<Status>,
    /// Areas covered now.
    #[prost(message, repeated, tag = "12")]
    pub coverage: Vec<LocationOrRangeBearing>,
}

/// Where the node's power comes from and what is left.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Power {
    /// Battery, 0 to 100 percent.
    #[prost(int32, optional, tag = "3")]
    pub level: Option<i32>,
    #[prost(enumeration = "PowerSource", tag = "4")]
    pub source: i32,
    #[prost(enumeration = "PowerStatus", tag = "5")]
    pub status: i32,
}

/// One line of a status report.
#[derive(Clone, PartialEq, Message)]
pub struct Status {
    #[prost(enumeration = "StatusLevel", optional, tag = "1")]
    pub status_level: Option<i32>,
    /// Free text.
    #[prost(string, optional, tag = "3")]
    pub status_value: Option<String>,
    /// Mandatory.
    #[prost(enumeration = "StatusType", optional, tag = "4")]
    pub status_type: Option<i32>,
}

/// Health of the node as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum System {
    Unspecified = 0,
    Ok = 1,
    Warning = 2,
    Error = 3,
    Goodbye = 5,
}

/// Whether this report says anything new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum Info {
    Unspecified = 0,
    New = 1,
    Unchanged = 2,
}

/// Where power comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum PowerSource {
    Unspecified = 0,
    Other = 1,
    Mains = 2,
    InternalBattery = 3,
    ExternalBattery = 4,
    Generator = 5,
    SolarPv = 6,
    WindTurbine = 7,
    FuelCell = 8,
}

/// Health of the power supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum PowerStatus {
    Unspecified = 0,
    Ok = 1,
    Fault = 2,
}

/// What a status line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum StatusType {
    Unspecified = 0,
    InternalFault = 1,
    ExternalFault = 2,
    Illumination = 3,
    Weather = 4,
    Clutter = 5,
    Exposure = 6,
    MotionSensitivity = 7,
    PtzStatus = 8,
    Pd = 9,
    Far = 10,
    NotDetecting = 11,
    Platform = 12,
    Other = 13,
}

/// How grave a status line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum StatusLevel {
    Unspecified = 0,
    InformationStatus = 2,
    WarningStatus = 3,
    ErrorStatus = 4,
}
