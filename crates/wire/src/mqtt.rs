//! MQTT 3.1.1 as a client that listens: packets that come from a broker, and those that are sent to it.
//!
//! Of the OASIS standard of 29 October 2014. Messages come at quality of service 0 or 1, for no more
//! is asked for. A message that is longer than anybody reads is stepped over and told by its length,
//! so that the broker can be told that it came: else it would come again for ever.

pub mod topic;

use crate::limits::{MQTT_PACKET_BYTES_MAX, MQTT_SUBSCRIPTIONS_MAX};

const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;
const PUBLISH: u8 = 0x30;
const PUBACK: u8 = 0x40;
const SUBSCRIBE: u8 = 0x82;
const SUBACK: u8 = 0x90;
const PINGREQ: u8 = 0xc0;
const PINGRESP: u8 = 0xd0;
const DISCONNECT: u8 = 0xe0;
/// Octets in which the rest of a packet is counted.
const LENGTH_OCTETS_MAX: usize = 4;
/// What a broker answers a subscription that it refuses.
const REFUSED: u8 = 0x80;

/// What a broker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet {
    Connected {
        /// It remembers the client: what was not acknowledged comes again.
        session_present: bool,
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
    #[error("the broker refuses the client: {0}")]
    Refused(&'static str),
}

/// Finds packets in bytes that come in any pieces. Never holds more than one packet of the largest size and a read.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// A message too long to be read, and the bytes of it that are still to come.
    skipped: Option<(Publish, usize)>,
}

impl Decoder {
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
        let sort = Sort::of(kind)?;
        if length > MQTT_PACKET_BYTES_MAX {
            if sort != Sort::Publish {
                return Err(MqttError::TooLong(length));
            }
            return self.skip(kind, length, begins);
        }
        let ends = begins + length;
        let Some(body) = self.buffer.get(begins..ends) else { return Ok(None) };
        let packet = sort.read(kind, body)?;
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
        let head = match Publish::head(kind, here) {
            Ok(head) => head,
            Err(MqttError::Short { .. }) => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let (publish, payload) = head;
        let payload_bytes = (length + payload.len()).saturating_sub(here.len());
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
    let mut length = 0;
    for (place, octet) in rest.iter().take(LENGTH_OCTETS_MAX).enumerate() {
        length |= usize::from(octet & 0x7f) << (7 * place);
        if octet & 0x80 == 0 {
            return Ok(Some((*kind, length, place + 2)));
        }
    }
    if rest.len() < LENGTH_OCTETS_MAX { Ok(None) } else { Err(MqttError::Length) }
}

/// What a packet of a broker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    ConnAck,
    Publish,
    SubAck,
    PingResp,
}

impl Sort {
    fn of(kind: u8) -> Result<Self, MqttError> {
        match kind {
            CONNACK => Ok(Self::ConnAck),
            SUBACK => Ok(Self::SubAck),
            PINGRESP => Ok(Self::PingResp),
            _ if kind & 0xf0 == PUBLISH => Ok(Self::Publish),
            _ => Err(MqttError::Kind(kind)),
        }
    }

    fn read(self, kind: u8, body: &[u8]) -> Result<Packet, MqttError> {
        let short = |packet, field| MqttError::Short { packet, field };
        match self {
            Self::ConnAck => match *body {
                [flags, 0] => Ok(Packet::Connected { session_present: flags & 1 == 1 }),
                [_, code] => Err(MqttError::Refused(refusal(code))),
                _ => Err(short("connack", "return code")),
            },
            Self::SubAck => {
                let [high, low, codes @ ..] = body else { return Err(short("suback", "number")) };
                let granted = codes.iter().map(|code| *code != REFUSED).collect();
                Ok(Packet::Subscribed { id: u16::from_be_bytes([*high, *low]), granted })
            }
            Self::PingResp => Ok(Packet::Pong),
            Self::Publish => {
                let (publish, payload) = Publish::head(kind, body)?;
                let (payload_bytes, payload) = (payload.len(), Some(payload.to_vec()));
                Ok(Packet::Published(Publish { payload, payload_bytes, ..publish }))
            }
        }
    }
}

impl Publish {
    /// A message without its payload, and the bytes of that.
    fn head(kind: u8, body: &[u8]) -> Result<(Self, &[u8]), MqttError> {
        let short = |field| MqttError::Short { packet: "message", field };
        let quality = kind >> 1 & 0b11;
        let [high, low, rest @ ..] = body else { return Err(short("topic")) };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (topic, rest) = rest.split_at_checked(length).ok_or(short("topic"))?;
        let (id, payload) = match (quality, rest) {
            (0, payload) => (None, payload),
            (1, [high, low, payload @ ..]) => (Some(u16::from_be_bytes([*high, *low])), payload),
            (1, _) => return Err(short("number")),
            (quality, _) => return Err(MqttError::Quality(quality)),
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
        Ok((publish, payload))
    }
}

/// Why a broker does not let somebody in (table 3.1).
fn refusal(code: u8) -> &'static str {
    match code {
        1 => "it does not speak version 3.1.1",
        2 => "it does not take the client's name",
        3 => "it is not there for anybody just now",
        4 => "user or password is wrong",
        5 => "the client may not come in",
        _ => "it gives a reason that the standard does not know",
    }
}

/// As whom a client comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hello<'a> {
    pub client_id: &'a str,
    pub user: Option<&'a str>,
    pub password: Option<&'a str>,
    /// A broker that hears nothing for half as long again takes the client for gone.
    pub keep_alive_s: u16,
}

/// The first packet: a client that the broker is to remember when it goes.
pub fn connect(hello: &Hello<'_>) -> Vec<u8> {
    let Hello { client_id, user, password, keep_alive_s } = *hello;
    let password = password.filter(|_| user.is_some());
    let flags = u8::from(user.is_some()) << 7 | u8::from(password.is_some()) << 6;
    let mut body = Vec::new();
    push_text(&mut body, "MQTT");
    body.extend([4, flags]);
    body.extend(keep_alive_s.to_be_bytes());
    push_text(&mut body, client_id);
    for text in [user, password].into_iter().flatten() {
        push_text(&mut body, text);
    }
    packet(CONNECT, &body)
}

/// Asks for topics, each at least once; at most as many as [`MQTT_SUBSCRIPTIONS_MAX`].
pub fn subscribe<'a>(id: u16, filters: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut body = id.to_be_bytes().to_vec();
    for filter in filters.take(MQTT_SUBSCRIPTIONS_MAX) {
        push_text(&mut body, filter);
        body.push(1);
    }
    packet(SUBSCRIBE, &body)
}

/// Says that a message is in safe hands.
pub fn acknowledge(id: u16) -> Vec<u8> {
    packet(PUBACK, &id.to_be_bytes())
}

/// Says that the client is still there.
pub fn ping() -> Vec<u8> {
    packet(PINGREQ, &[])
}

/// Takes leave.
pub fn disconnect() -> Vec<u8> {
    packet(DISCONNECT, &[])
}

/// A text with its length; what is longer than that can say is cut at a character.
fn push_text(body: &mut Vec<u8>, text: &str) {
    let cut = text.floor_char_boundary(usize::from(u16::MAX));
    let text = text.get(..cut).unwrap_or_default();
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    body.extend(length.to_be_bytes());
    body.extend(text.as_bytes());
}

fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![kind];
    let mut left = body.len();
    loop {
        let octet = u8::try_from(left & 0x7f).unwrap_or_default();
        left >>= 7;
        packet.push(if left > 0 { octet | 0x80 } else { octet });
        if left == 0 {
            break;
        }
    }
    packet.extend(body);
    packet
}

#[cfg(test)]
mod tests;
