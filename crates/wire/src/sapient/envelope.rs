//! The envelope and the error message.

use prost::{Message, Oneof};

use crate::sapient::alert::{Alert, AlertAck};
use crate::sapient::detection::DetectionReport;
use crate::sapient::link::Timestamp;
use crate::sapient::registration::{Registration, RegistrationAck};
use crate::sapient::status::StatusReport;
use crate::sapient::task::{Task, TaskAck};

/// The envelope: every frame on the wire holds one.
#[derive(Clone, PartialEq, Message)]
pub struct SapientMessage {
    /// Mandatory: when it was sent, UTC.
    #[prost(message, optional, tag = "1")]
    pub timestamp: Option<Timestamp>,
    /// Mandatory; UUID of the sender.
    #[prost(string, optional, tag = "2")]
    pub node_id: Option<String>,
    /// UUID of the addressee; set on directed messages.
    #[prost(string, optional, tag = "3")]
    pub destination_id: Option<String>,
    /// Exactly one.
    #[prost(oneof = "Content", tags = "4, 5, 6, 7, 8, 9, 10, 11, 12")]
    pub content: Option<Content>,
    #[prost(string, optional, tag = "13")]
    pub additional_information: Option<String>,
}

/// What an envelope carries.
#[expect(
    clippy::large_enum_variant,
    reason = "the commonest content is the largest: a box would cost every detection an allocation"
)]
#[derive(Clone, PartialEq, Oneof)]
pub enum Content {
    #[prost(message, tag = "4")]
    Registration(Registration),
    #[prost(message, tag = "5")]
    RegistrationAck(RegistrationAck),
    #[prost(message, tag = "6")]
    StatusReport(StatusReport),
    #[prost(message, tag = "7")]
    DetectionReport(DetectionReport),
    #[prost(message, tag = "8")]
    Task(Task),
    #[prost(message, tag = "9")]
    TaskAck(TaskAck),
    #[prost(message, tag = "10")]
    Alert(Alert),
    #[prost(message, tag = "11")]
    AlertAck(AlertAck),
    #[prost(message, tag = "12")]
    Error(Error),
}

/// Says that a message could not be used, and why.
#[derive(Clone, PartialEq, Message)]
pub struct Error {
    /// Mandatory: offending bytes.
    #[prost(bytes = "vec", optional, tag = "1")]
    pub packet: Option<Vec<u8>>,
    #[prost(string, repeated, tag = "3")]
    pub error_message: Vec<String>,
}
