//! TAK protocol version 1: events as protobuf messages, and back.
//!
//! Details that a typed message can hold without loss travel typed; all others travel as XML text
//! in one field. An element is never split between the two.

mod detail;

use jiff::Timestamp;
use prost::Message;

use super::frame::VERSION;
use super::{CotError, Event, Point, UNKNOWN};
use crate::limits::COT_EVENT_BYTES_MAX;

pub use detail::{Contact, Detail, Group, PrecisionLocation, Status, Takv, Track};

/// The envelope.
#[derive(Clone, PartialEq, Message)]
pub struct TakMessage {
    /// Absent: the sender's last one holds.
    #[prost(message, optional, tag = "1")]
    pub tak_control: Option<TakControl>,
    #[prost(message, optional, tag = "2")]
    pub cot_event: Option<CotEvent>,
}

/// Which versions a sender reads.
#[derive(Clone, PartialEq, Message)]
pub struct TakControl {
    /// 0 counts as 1.
    #[prost(uint32, tag = "1")]
    pub min_proto_version: u32,
    /// 0 counts as 1.
    #[prost(uint32, tag = "2")]
    pub max_proto_version: u32,
    /// The sender's uid; may be empty when the event carries it.
    #[prost(string, tag = "3")]
    pub contact_uid: String,
}

/// An event. Times are milliseconds since 1970 UTC.
#[derive(Clone, PartialEq, Message)]
pub struct CotEvent {
    #[prost(string, tag = "1")]
    pub kind: String,
    #[prost(string, tag = "2")]
    pub access: String,
    #[prost(string, tag = "3")]
    pub qos: String,
    #[prost(string, tag = "4")]
    pub opex: String,
    #[prost(string, tag = "5")]
    pub uid: String,
    #[prost(uint64, tag = "6")]
    pub send_time: u64,
    #[prost(uint64, tag = "7")]
    pub start_time: u64,
    #[prost(uint64, tag = "8")]
    pub stale_time: u64,
    #[prost(string, tag = "9")]
    pub how: String,
    #[prost(double, tag = "10")]
    pub lat: f64,
    #[prost(double, tag = "11")]
    pub lon: f64,
    #[prost(double, tag = "12")]
    pub hae: f64,
    #[prost(double, tag = "13")]
    pub ce: f64,
    #[prost(double, tag = "14")]
    pub le: f64,
    #[prost(message, optional, tag = "15")]
    pub detail: Option<Detail>,
}

/// Reads a message; its event, if it holds one, is checked like one in XML.
pub fn decode(bytes: &[u8]) -> Result<(Option<TakControl>, Option<Event>), CotError> {
    if bytes.len() > COT_EVENT_BYTES_MAX {
        return Err(CotError::TooLong(bytes.len()));
    }
    let message =
        TakMessage::decode(bytes).map_err(|fault| CotError::Protobuf(fault.to_string()))?;
    let event = message.cot_event.map(event_of).transpose()?;
    Ok((message.tak_control, event))
}

/// Writes an event, with or without a word on versions.
pub fn encode(event: &Event, control: Option<TakControl>) -> Vec<u8> {
    TakMessage { tak_control: control, cot_event: Some(message_of(event)) }.encode_to_vec()
}

/// Writes a word on versions alone: its sender reads protobuf.
pub fn encode_control(uid: &str) -> Vec<u8> {
    let version = u32::try_from(VERSION).unwrap_or(u32::MAX);
    let control = TakControl {
        min_proto_version: version,
        max_proto_version: version,
        contact_uid: uid.to_owned(),
    };
    TakMessage { tak_control: Some(control), cot_event: None }.encode_to_vec()
}

fn event_of(message: CotEvent) -> Result<Event, CotError> {
    let text = |field, value: String| {
        if value.trim().is_empty() { Err(CotError::Missing { field }) } else { Ok(value) }
    };
    let some = |value: String| Some(value).filter(|value| !value.is_empty());
    Ok(Event {
        uid: text("event@uid", message.uid)?,
        kind: text("event@type", message.kind)?,
        how: message.how,
        time: moment("event@time", message.send_time)?,
        start: moment("event@start", message.start_time)?,
        stale: moment("event@stale", message.stale_time)?,
        access: some(message.access),
        qos: some(message.qos),
        opex: some(message.opex),
        point: Point::new(message.lat, message.lon, [message.hae, message.ce, message.le])?,
        detail: message.detail.unwrap_or_default().into_nodes()?,
    })
}

fn message_of(event: &Event) -> CotEvent {
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    CotEvent {
        kind: event.kind.clone(),
        access: optional(&event.access),
        qos: optional(&event.qos),
        opex: optional(&event.opex),
        uid: event.uid.clone(),
        send_time: milliseconds(event.time),
        start_time: milliseconds(event.start),
        stale_time: milliseconds(event.stale),
        how: event.how.clone(),
        lat: event.point.lat_deg,
        lon: event.point.lon_deg,
        hae: event.point.hae_m.unwrap_or(UNKNOWN),
        ce: event.point.ce_m.unwrap_or(UNKNOWN),
        le: event.point.le_m.unwrap_or(UNKNOWN),
        detail: Some(Detail::of_nodes(&event.detail)).filter(|detail| *detail != Detail::default()),
    }
}

fn moment(field: &'static str, unix_ms: u64) -> Result<Timestamp, CotError> {
    let moment =
        i64::try_from(unix_ms).ok().and_then(|unix_ms| Timestamp::from_millisecond(unix_ms).ok());
    moment.ok_or_else(|| CotError::wrong(field, "milliseconds since 1970", &unix_ms.to_string()))
}

/// Nothing on the wire is older than 1970.
fn milliseconds(moment: Timestamp) -> u64 {
    u64::try_from(moment.as_millisecond()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
