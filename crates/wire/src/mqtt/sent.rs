//! Packets that a client sends.

use super::{DISCONNECT, Version, properties};
use crate::limits::MQTT_SUBSCRIPTIONS_MAX;

const CONNECT: u8 = 0x10;
const PUBACK: u8 = 0x40;
const SUBSCRIBE: u8 = 0x82;
const PINGREQ: u8 = 0xc0;
/// Of MQTT 5: that a session outlives its connection for ever, as it does in 3.1.1.
const SESSION_STAYS: [u8; 6] = [5, properties::SESSION_EXPIRY, 0xff, 0xff, 0xff, 0xff];

/// As whom a client comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hello<'a> {
    pub version: Version,
    pub client_id: &'a str,
    pub user: Option<&'a str>,
    pub password: Option<&'a str>,
    /// A broker that hears nothing for half as long again takes the client for gone.
    pub keep_alive_s: u16,
}

/// The first packet: a client that the broker is to remember when it goes.
pub fn connect(hello: &Hello<'_>) -> Vec<u8> {
    let Hello { version, client_id, user, password, keep_alive_s } = *hello;
    let password = password.filter(|_| user.is_some());
    let flags = u8::from(user.is_some()) << 7 | u8::from(password.is_some()) << 6;
    let mut body = Vec::new();
    push_text(&mut body, "MQTT");
    let level = match version {
        Version::V3 => 4,
        Version::V5 => 5,
    };
    body.extend([level, flags]);
    body.extend(keep_alive_s.to_be_bytes());
    if version == Version::V5 {
        body.extend(SESSION_STAYS);
    }
    push_text(&mut body, client_id);
    for text in [user, password].into_iter().flatten() {
        push_text(&mut body, text);
    }
    packet(CONNECT, &body)
}

/// Asks for topics, each at least once; at most as many as [`MQTT_SUBSCRIPTIONS_MAX`].
pub fn subscribe<'a>(version: Version, id: u16, filters: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut body = id.to_be_bytes().to_vec();
    if version == Version::V5 {
        body.push(0);
    }
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

pub(super) fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
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
