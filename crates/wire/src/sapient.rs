//! SAPIENT (BSI Flex 335 v2.0): messages, framing, ids and validation.
//!
//! Messages are plain structs with `prost` field numbers. Every field that the standard lets be
//! absent is an `Option`, so that zero, false and "" can be told from nothing. The wire name
//! `type` is spelled `kind` here. [`validate`] says what the wire format itself cannot.

pub mod alert;
pub mod detection;
pub mod envelope;
pub mod frame;
pub mod ids;
pub mod link;
pub mod place;
pub mod registration;
mod shape;
pub mod status;
pub mod task;
pub mod validate;

pub use alert::{Alert, AlertAck};
pub use detection::DetectionReport;
pub use envelope::{Content, Error, SapientMessage};
pub use frame::{FrameDecoder, FrameFault, encode_frame};
pub use link::Timestamp;
pub use registration::{Registration, RegistrationAck};
pub use status::StatusReport;
pub use task::{Task, TaskAck};
pub use validate::{FieldFault, validate};

use prost::Message as _;

/// The only version spoken, as `icd_version` gives it.
pub const ICD_VERSION: &str = "BSI Flex 335 v2.0";

/// Why bytes are not a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    #[error("message must hold at most {max} bytes, got {got}")]
    TooLong { got: usize, max: usize },
    #[error("message must hold at most {max} parts, got more")]
    TooManyParts { max: usize },
    #[error("message must hold at most {max} fields, got more")]
    TooManyFields { max: usize },
    #[error("message must nest at most {max} deep, got more")]
    TooDeep { max: usize },
    #[error("not a sapient message: {0}")]
    Malformed(String),
}

/// Reads one message, without its length prefix. Checks size, count and depth before it allocates.
pub fn decode(bytes: &[u8]) -> Result<SapientMessage, Undecodable> {
    shape::check(bytes)?;
    SapientMessage::decode(bytes).map_err(|fault| Undecodable::Malformed(fault.to_string()))
}

/// Writes one message, without its length prefix.
pub fn encode(message: &SapientMessage) -> Vec<u8> {
    message.encode_to_vec()
}
