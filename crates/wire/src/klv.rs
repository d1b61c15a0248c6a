//! Key, length, value: what a drone's video stream says of the aircraft, its camera and its targets.
//!
//! [`uas`] is the UAS Datalink Local Set (MISB ST 0601.17, the minimum set and targets), [`vmti`]
//! the targets that a video tracker found (MISB ST 0903.5), [`imapb`] its numbers (MISB ST 1201.4).
//! Lengths are BER (ITU-T X.690, short and long form), tags BER-OID.

pub mod imapb;
pub mod uas;
pub mod vmti;

use crate::limits::{KLV_BYTES_MAX, KLV_ITEMS_MAX};

/// Key of the UAS Datalink Local Set.
pub const UAS_KEY: [u8; 16] =
    [0x06, 0x0e, 0x2b, 0x34, 0x02, 0x0b, 0x01, 0x01, 0x0e, 0x01, 0x03, 0x01, 0x01, 0, 0, 0];

/// Tags and values of a local set, in their order; a value of any meaning is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocalSet {
    pub items: Vec<(u32, Vec<u8>)>,
}

/// Why octets are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KlvError {
    #[error("packet must hold at most {KLV_BYTES_MAX} bytes, got {0}")]
    TooLong(usize),
    #[error("packet does not begin with the key of a UAS local set")]
    Key,
    #[error("{what} ends too early at byte {at}")]
    Short { what: &'static str, at: usize },
    #[error("length at byte {at} is of no known form")]
    Length { at: usize },
    #[error("tag at byte {at} has more than four octets")]
    Tag { at: usize },
    #[error("at most {KLV_ITEMS_MAX} items of a set are read")]
    TooManyItems,
    #[error("checksum (tag 1) must be {expected:#06x}, got {got:#06x}")]
    Checksum { expected: u16, got: u16 },
    #[error("checksum (tag 1) must be the last item")]
    NoChecksum,
    #[error("tag {tag} ({name}) cannot hold {value}")]
    Value { tag: u32, name: &'static str, value: String },
    #[error("tag {tag} ({name}) must have {expected} bytes, got {got}")]
    Width { tag: u32, name: &'static str, expected: usize, got: usize },
}

impl LocalSet {
    /// Reads tags, lengths and values up to the end.
    pub fn decode(bytes: &[u8]) -> Result<Self, KlvError> {
        if bytes.len() > KLV_BYTES_MAX {
            return Err(KlvError::TooLong(bytes.len()));
        }
        let mut items = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            if items.len() >= KLV_ITEMS_MAX {
                return Err(KlvError::TooManyItems);
            }
            let tag = read_tag(bytes, &mut at)?;
            items.push((tag, read_value(bytes, &mut at)?.to_vec()));
        }
        Ok(Self { items })
    }

    /// Writes the items, lengths in their shortest form.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (tag, value) in &self.items {
            write_tag(&mut bytes, *tag);
            write_length(&mut bytes, value.len());
            bytes.extend(value);
        }
        bytes
    }

    /// The value of a tag; the last one where it stands twice.
    pub fn get(&self, tag: u32) -> Option<&[u8]> {
        self.items.iter().rev().find(|(known, _)| *known == tag).map(|(_, value)| value.as_slice())
    }
}

/// A number of seven bits an octet, the high bit telling that more follow (BER-OID).
fn read_tag(bytes: &[u8], at: &mut usize) -> Result<u32, KlvError> {
    let start = *at;
    let mut tag = 0_u32;
    for octet in 0.. {
        if octet == 4 {
            return Err(KlvError::Tag { at: start });
        }
        let byte = *bytes.get(*at).ok_or(KlvError::Short { what: "tag", at: *at })?;
        *at += 1;
        tag = tag << 7 | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok(tag)
}

fn write_tag(bytes: &mut Vec<u8>, tag: u32) {
    for shift in [21, 14, 7, 0] {
        let more = if shift > 0 { 0x80 } else { 0 };
        if tag >> shift > 0 || shift == 0 {
            bytes.push((tag >> shift & 0x7f) as u8 | more);
        }
    }
}

/// A length and as many octets.
fn read_value<'a>(bytes: &'a [u8], at: &mut usize) -> Result<&'a [u8], KlvError> {
    let start = *at;
    let short = |at| KlvError::Short { what: "length", at };
    let first = *bytes.get(start).ok_or(short(start))?;
    *at += 1;
    let length = if first < 0x80 {
        usize::from(first)
    } else {
        let octets = usize::from(first & 0x7f);
        if !(1..=4).contains(&octets) {
            return Err(KlvError::Length { at: start });
        }
        let told = bytes.get(*at..*at + octets).ok_or(short(start))?;
        *at += octets;
        told.iter().fold(0, |length, octet| length << 8 | usize::from(*octet))
    };
    let end = at.saturating_add(length);
    let value = bytes.get(*at..end).ok_or(KlvError::Short { what: "value", at: *at })?;
    *at = end;
    Ok(value)
}

fn write_length(bytes: &mut Vec<u8>, length: usize) {
    let all = length.to_be_bytes();
    let told = all.iter().skip_while(|octet| **octet == 0);
    if length >= 0x80 {
        bytes.push(told.clone().fold(0x80, |form, _octet| form + 1));
    } else if length == 0 {
        bytes.push(0);
    }
    bytes.extend(told);
}

/// An unsigned number of up to eight octets.
fn unsigned(bytes: &[u8]) -> Option<u64> {
    (1..=8)
        .contains(&bytes.len())
        .then(|| bytes.iter().fold(0, |number, octet| number << 8 | u64::from(*octet)))
}

#[cfg(test)]
mod tests;
