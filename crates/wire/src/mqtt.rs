//! MQTT 5 and 3.1.1 as a client that listens: packets that come from a broker, and those that are sent to it.
//!
//! Of the OASIS standards of 7 March 2019 and 29 October 2014. Which of them a broker speaks is told by the form of
//! its first word. Messages come at quality of service 0 or 1, for no more is asked for. A message that is longer than anybody reads is stepped over and told by its length,
//! so that the broker can be told that it came: else it would come again for ever.

mod properties;
mod sent;
pub mod topic;

use self::properties::Properties;
use crate::limits::MQTT_PACKET_BYTES_MAX;

pub use self::sent::{Hello, acknowledge, connect, disconnect, ping, subscribe};

const CONNACK: u8 = 0x20;
const PUBLISH: u8 = 0x30;
const SUBACK: u8 = 0x90;
const PINGRESP: u8 = 0xd0;
const DISCONNECT: u8 = 0xe0;
/// Octets in which the rest of a packet is counted.
const LENGTH_OCTETS_MAX: usize = 4;
/// What a broker answers that it refuses is at least this.
const REFUSED: u8 = 0x80;

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// 3.1.1.
    V3,
    #[default]
    V5,
}

/// What a broker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    Connected {
        /// It remembers the client: what was not acknowledged comes again.
        session_present: bool,
        /// What it speaks.
        version: Version,
        /// How often it wants to hear something, where that is not what the client said.
        keep_alive_s: Option<u16>,
    },
    /// Of each subscription, whether it was granted.
    Subscribed {
        id: u16,
        granted: Vec<bool>,
    },
    Published(Publish),
    Pong,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publish {
    pub topic: String,
    /// `None` where the payload is longer than is read.
    pub payload: Option<Vec<u8>>,
    pub payload_bytes: usize,
    /// By what it is acknowledged, where it must be.
    pub id: Option<u16>,
    /// The broker sent it before.
    pub duplicate: bool,
    /// The broker kept it: it was said some time ago.
    pub retained: bool,
}

/// Why bytes are no packet; what follows them cannot be read either.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MqttError {
    #[error("the length of a packet must take at most 4 octets, and goes on")]
    Length,
    #[error("packet must hold at most {MQTT_PACKET_BYTES_MAX} bytes, got {0}")]
    TooLong(usize),
    #[error("packet of kind 0x{0:02x} must not come from a broker")]
    Kind(u8),
    #[error("{packet} is not whole: {field} is missing")]
    Short { packet: &'static str, field: &'static str },
    #[error("message must come at quality of service 0 or 1, got {0}")]
    Quality(u8),
    #[error("topic must be UTF-8 without wildcards and null")]
    Topic,
    #[error("properties of a packet must be those of the standard, and whole")]
    Properties,
    #[error("the broker does not speak this version of mqtt")]
    Version,
    #[error("the broker refuses the client: {0}")]
    Refused(&'static str),
    #[error("the broker ends the connection: {0}")]
    Ended(&'static str),
}

/// Finds packets in bytes that come in any pieces. Never holds more than one packet of the largest size and a read.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// As the client said, and from the broker's first word on as the broker does.
    version: Version,
    /// A message too long to be read, and the bytes of it that are still to come.
    skipped: Option<(Publish, usize)>,
}

impl Decoder {
    /// For what comes after a client's first word in this version.
    pub fn speaking(version: Version) -> Self {
        Self { version, ..Self::default() }
    }

    /// Adds bytes; take out the packets before adding more.
    pub fn push(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        if let Some((_, left)) = &mut self.skipped {
            let (skipped, rest) = bytes.split_at((*left).min(bytes.len()));
            *left -= skipped.len();
            bytes = rest;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Bytes of a packet that is not whole yet.
    pub fn pending(&self) -> usize {
        self.buffer.len() + self.skipped.as_ref().map_or(0, |(_, left)| *left)
    }

    /// The next packet, if it is there whole.
    pub fn next_packet(&mut self) -> Result<Option<Packet>, MqttError> {
        if let Some((publish, 0)) = self.skipped.take_if(|(_, left)| *left == 0) {
            return Ok(Some(Packet::Published(publish)));
        }
        if self.skipped.is_some() {
            return Ok(None);
        }
        let Some((kind, length, begins)) = head(&self.buffer)? else { return Ok(None) };
        let sort = Sort::of(kind, self.version)?;
        if length > MQTT_PACKET_BYTES_MAX {
            if sort != Sort::Publish {
                return Err(MqttError::TooLong(length));
            }
            return self.skip(kind, length, begins);
        }
        let ends = begins + length;
        let Some(body) = self.buffer.get(begins..ends) else { return Ok(None) };
        let packet = sort.read(kind, body, self.version)?;
        if let Packet::Connected { version, .. } = packet {
            self.version = version;
        }
        self.buffer.drain(..ends);
        Ok(Some(packet))
    }

    /// Steps over a message that is too long, once its topic and number are there.
    fn skip(
        &mut self,
        kind: u8,
        length: usize,
        begins: usize,
    ) -> Result<Option<Packet>, MqttError> {
        let here = self.buffer.get(begins..).unwrap_or_default();
        let (publish, before) = match Publish::head(kind, here, self.version) {
            Ok(head) => head,
            Err(MqttError::Short { .. }) => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let payload_bytes = length.checked_sub(before).ok_or(MqttError::Properties)?;
        let publish = Publish { payload_bytes, ..publish };
        let ends = begins + length;
        let left = ends.saturating_sub(self.buffer.len());
        self.buffer.drain(..ends.min(self.buffer.len()));
        self.skipped = Some((publish, left));
        self.next_packet()
    }
}

/// Kind and flags of a packet, how many bytes follow its head, and where these begin.
fn head(bytes: &[u8]) -> Result<Option<(u8, usize, usize)>, MqttError> {
    let Some((kind, rest)) = bytes.split_first() else { return Ok(None) };
    Ok(counted(rest)?.map(|(length, octets)| (*kind, length, octets + 1)))
}

/// A number of up to four octets of seven bits, and how many it took; `None` while it is not whole.
fn counted(bytes: &[u8]) -> Result<Option<(usize, usize)>, MqttError> {
    let mut number = 0;
    for (place, octet) in bytes.iter().take(LENGTH_OCTETS_MAX).enumerate() {
        number |= usize::from(octet & 0x7f) << (7 * place);
        if octet & 0x80 == 0 {
            return Ok(Some((number, place + 1)));
        }
    }
    if bytes.len() < LENGTH_OCTETS_MAX { Ok(None) } else { Err(MqttError::Length) }
}

/// What a packet of a broker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    ConnAck,
    Publish,
    SubAck,
    PingResp,
    /// Of MQTT 5 alone.
    Disconnect,
}

impl Sort {
    fn of(kind: u8, version: Version) -> Result<Self, MqttError> {
        match kind {
            CONNACK => Ok(Self::ConnAck),
            SUBACK => Ok(Self::SubAck),
            PINGRESP => Ok(Self::PingResp),
            DISCONNECT if version == Version::V5 => Ok(Self::Disconnect),
            _ if kind & 0xf0 == PUBLISH => Ok(Self::Publish),
            _ => Err(MqttError::Kind(kind)),
        }
    }

    fn read(self, kind: u8, body: &[u8], version: Version) -> Result<Packet, MqttError> {
        let short = |packet, field| MqttError::Short { packet, field };
        match self {
            Self::ConnAck => connected(body),
            Self::SubAck => {
                let [high, low, rest @ ..] = body else { return Err(short("suback", "number")) };
                let codes = match version {
                    Version::V3 => rest,
                    Version::V5 => Properties::split(rest)?.ok_or(MqttError::Properties)?.1,
                };
                let granted = codes.iter().map(|code| *code < REFUSED).collect();
                Ok(Packet::Subscribed { id: u16::from_be_bytes([*high, *low]), granted })
            }
            Self::PingResp => Ok(Packet::Pong),
            Self::Publish => {
                let (publish, before) = Publish::head(kind, body, version)?;
                let payload = body.get(before..).ok_or(MqttError::Properties)?;
                let (payload_bytes, payload) = (payload.len(), Some(payload.to_vec()));
                Ok(Packet::Published(Publish { payload, payload_bytes, ..publish }))
            }
            Self::Disconnect => {
                Err(MqttError::Ended(reason(body.first().copied().unwrap_or_default())))
            }
        }
    }
}

/// A broker's first word: of two octets in 3.1.1, and with properties in 5.
fn connected(body: &[u8]) -> Result<Packet, MqttError> {
    let session_present = |flags: u8| flags & 1 == 1;
    match *body {
        [flags, 0] => Ok(Packet::Connected {
            session_present: session_present(flags),
            version: Version::V3,
            keep_alive_s: None,
        }),
        [_, 1] => Err(MqttError::Version),
        [_, code] => Err(MqttError::Refused(refusal(code))),
        [flags, 0, ref rest @ ..] => {
            let (properties, _) = Properties::split(rest)?.ok_or(MqttError::Properties)?;
            Ok(Packet::Connected {
                session_present: session_present(flags),
                version: Version::V5,
                keep_alive_s: properties.keep_alive_s()?,
            })
        }
        [_, properties::UNSUPPORTED_VERSION, ..] => Err(MqttError::Version),
        [_, code, ..] => Err(MqttError::Refused(reason(code))),
        _ => Err(MqttError::Short { packet: "connack", field: "return code" }),
    }
}

impl Publish {
    /// A message without its payload, and how many bytes of the packet come before that.
    fn head(kind: u8, body: &[u8], version: Version) -> Result<(Self, usize), MqttError> {
        let short = |field| MqttError::Short { packet: "message", field };
        let quality = kind >> 1 & 0b11;
        let [high, low, rest @ ..] = body else { return Err(short("topic")) };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (topic, rest) = rest.split_at_checked(length).ok_or(short("topic"))?;
        let (id, rest) = match (quality, rest) {
            (0, rest) => (None, rest),
            (1, [high, low, rest @ ..]) => (Some(u16::from_be_bytes([*high, *low])), rest),
            (1, _) => return Err(short("number")),
            (quality, _) => return Err(MqttError::Quality(quality)),
        };
        // Of properties none is asked for: without a word of the client a broker may give topics no short names.
        let properties = match version {
            Version::V3 => 0,
            Version::V5 => {
                let (length, octets) = counted(rest)?.ok_or(short("properties"))?;
                length + octets
            }
        };
        let topic = std::str::from_utf8(topic).ok().filter(|topic| topic::is_name(topic));
        let publish = Self {
            topic: topic.ok_or(MqttError::Topic)?.to_owned(),
            payload: None,
            payload_bytes: 0,
            id,
            duplicate: kind & 0b1000 != 0,
            retained: kind & 1 != 0,
        };
        Ok((publish, body.len() - rest.len() + properties))
    }
}

/// Why a broker that speaks 3.1.1 does not let somebody in (table 3.1).
fn refusal(code: u8) -> &'static str {
    match code {
        2 => "it does not take the client's name",
        3 => "it is not there for anybody just now",
        4 => "user or password is wrong",
        5 => "the client may not come in",
        _ => "it gives a reason that the standard does not know",
    }
}

/// Why a broker that speaks 5 lets nobody in, or ends a connection (2.4 of the standard).
fn reason(code: u8) -> &'static str {
    match code {
        0x00 => "it takes leave",
        0x80 => "it does not say why",
        0x81 | 0x82 | 0x94 | 0x99 => "it cannot read what the client says",
        0x83 => "its own rules forbid it",
        0x85 => "it does not take the client's name",
        0x86 | 0x8c => "user or password is wrong",
        0x87 => "the client may not come in",
        0x88 | 0x89 | 0x8b => "it is not there for anybody just now",
        0x8a => "the client is banned",
        0x8d => "it heard nothing for too long",
        0x8e => "somebody else came by the same name",
        0x93 | 0x95..=0x97 | 0x9f => "it is asked for more than it gives",
        0x98 => "somebody who tends it wants it so",
        0x9c | 0x9d => "the client should go to another broker",
        _ => "it gives a reason that the standard does not know",
    }
}

#[cfg(test)]
mod tests;
