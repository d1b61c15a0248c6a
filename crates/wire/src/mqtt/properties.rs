//! Properties of MQTT 5 (2.2.2 of the standard): read as far as the station needs them, and stepped over.

use super::{MqttError, counted};

pub(super) const SESSION_EXPIRY: u8 = 0x11;
const SERVER_KEEP_ALIVE: u8 = 0x13;
/// The reason of a broker that does not speak the client's version.
pub(super) const UNSUPPORTED_VERSION: u8 = 0x84;

/// The properties of one packet, as bytes.
pub(super) struct Properties<'a>(&'a [u8]);

impl<'a> Properties<'a> {
    /// Properties with their length in front, and what follows them; `None` where they are not whole.
    pub(super) fn split(bytes: &'a [u8]) -> Result<Option<(Self, &'a [u8])>, MqttError> {
        let Some((length, octets)) = counted(bytes)? else { return Ok(None) };
        let told = bytes.get(octets..).unwrap_or_default();
        Ok(told.split_at_checked(length).map(|(own, rest)| (Self(own), rest)))
    }

    /// How often the broker wants to hear something, where it says so.
    pub(super) fn keep_alive_s(&self) -> Result<Option<u16>, MqttError> {
        let mut bytes = self.0;
        let mut told = None;
        while let Some((name, rest)) = bytes.split_first() {
            let length = length_of(*name, rest).ok_or(MqttError::Properties)?;
            let (value, rest) = rest.split_at_checked(length).ok_or(MqttError::Properties)?;
            if let (SERVER_KEEP_ALIVE, [high, low]) = (*name, value) {
                told = Some(u16::from_be_bytes([*high, *low]));
            }
            bytes = rest;
        }
        Ok(told)
    }
}

/// How many bytes the value of a property takes, by its name; `None` where there is no such property or no such value.
fn length_of(name: u8, bytes: &[u8]) -> Option<usize> {
    let text = |bytes: &[u8]| {
        let [high, low, ..] = *bytes else { return None };
        Some(2 + usize::from(u16::from_be_bytes([high, low])))
    };
    match name {
        0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28..=0x2a => Some(1),
        SERVER_KEEP_ALIVE | 0x21..=0x23 => Some(2),
        0x02 | SESSION_EXPIRY | 0x18 | 0x27 => Some(4),
        0x0b => counted(bytes).ok()?.map(|(_, octets)| octets),
        0x03 | 0x08 | 0x09 | 0x12 | 0x15 | 0x16 | 0x1a | 0x1c | 0x1f => text(bytes),
        0x26 => {
            let first = text(bytes)?;
            Some(first + text(bytes.get(first..)?)?)
        }
        _ => None,
    }
}
