//! `MAVLink` 2 (and 1 on the way in): what a drone says of itself, its gimbal and its camera.
//!
//! [`Decoder`] finds frames in a stream or a datagram and checks them; [`Message`] gives those of the
//! common set that matter here in SI units. Signatures are passed over: who may talk is for the
//! link to say, not for the message.

mod message;

use std::collections::BTreeMap;

use crate::limits::MAVLINK_SYSTEMS_MAX;

pub use message::{
    Attitude, Battery, CameraFootprint, Gimbal, Health, Heartbeat, Message, MountOrientation,
    Place, Position, Wind,
};
use message::{KNOWN, Payload};

const MAGIC_1: u8 = 0xfe;
const MAGIC_2: u8 = 0xfd;
/// Octets before the payload, the magic one with them.
const HEAD_1: usize = 6;
const HEAD_2: usize = 10;
const CRC_OCTETS: usize = 2;
const SIGNATURE_OCTETS: usize = 13;
/// The only flag that changes how a frame must be read.
const FLAG_SIGNED: u8 = 1;
/// Longest frame: version 2, signed.
#[cfg(test)]
const FRAME_BYTES_MAX: usize = HEAD_2 + 255 + CRC_OCTETS + SIGNATURE_OCTETS;
const MESSAGE_HEARTBEAT: u32 = 0;
/// `MAV_TYPE_GCS`, `MAV_AUTOPILOT_INVALID`, no mode, `MAV_STATE_ACTIVE` and the protocol's own version.
const STATION_HEARTBEAT: [u8; 9] = [0, 0, 0, 0, 6, 8, 0, 4, 3];

/// Who sent a frame: a system and a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sender {
    pub system: u8,
    pub component: u8,
}

/// One message with its sender.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub sender: Sender,
    pub sequence: u8,
    pub message: Message,
}

/// What was passed over so far, for the health of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults {
    /// Bytes that belong to no frame.
    pub skipped_bytes: u64,
    /// Frames of known messages whose checksum does not agree.
    pub checksums: u64,
    /// Frames that are missing by the senders' numbers.
    pub missing: u64,
    /// Frames of messages that are not read here, which is no fault of theirs.
    pub unread: u64,
}

/// Finds frames in bytes that come in pieces of any size.
#[derive(Debug, Clone, Default)]
pub struct Decoder {
    rest: Vec<u8>,
    last: BTreeMap<Sender, u8>,
    faults: Faults,
}

/// The head of a frame, in either version.
struct Head {
    octets: usize,
    payload: usize,
    /// Octets behind the checksum.
    tail: usize,
    sequence: u8,
    sender: Sender,
    id: u32,
}

impl Decoder {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn faults(&self) -> Faults {
        self.faults
    }

    /// Takes bytes in and gives the frames that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Frame> {
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        let mut frames = Vec::new();
        let mut at = 0;
        while at < all.len() {
            match Head::parse(&all[at..]) {
                Parsed::Head(head) => {
                    let length = head.octets + head.payload + CRC_OCTETS + head.tail;
                    let Some(frame) = all.get(at..at + length) else { break };
                    at += self.take(&head, frame, &mut frames);
                }
                Parsed::Short => break,
                Parsed::Nothing => {
                    self.faults.skipped_bytes += 1;
                    at += 1;
                }
            }
        }
        self.rest = all.split_off(at);
        frames
    }

    /// Reads a whole frame and gives how many octets to step over.
    fn take(&mut self, head: &Head, frame: &[u8], frames: &mut Vec<Frame>) -> usize {
        let Some(known) = KNOWN.iter().find(|known| known.id == head.id) else {
            // Its checksum cannot be tried without the message's own octet: its number counts only
            // where the sender is known already.
            self.faults.unread += 1;
            if self.last.contains_key(&head.sender) {
                self.count(head);
            }
            return frame.len();
        };
        let end = head.octets + head.payload;
        let told = u16::from_le_bytes([frame[end], frame[end + 1]]);
        if told != crc(&frame[1..end], known.crc_extra) {
            self.faults.checksums += 1;
            self.faults.skipped_bytes += 1;
            return 1;
        }
        self.count(head);
        let message = known.read(Payload::new(&frame[head.octets..end]));
        frames.push(Frame { sender: head.sender, sequence: head.sequence, message });
        frame.len()
    }

    /// Counts numbers left out.
    fn count(&mut self, head: &Head) {
        if self.last.len() >= MAVLINK_SYSTEMS_MAX && !self.last.contains_key(&head.sender) {
            return;
        }
        if let Some(before) = self.last.insert(head.sender, head.sequence) {
            let missing = head.sequence.wrapping_sub(before).wrapping_sub(1);
            self.faults.missing += u64::from(missing);
        }
    }
}

enum Parsed {
    Head(Head),
    /// It may be one, but more octets are needed.
    Short,
    Nothing,
}

impl Head {
    fn parse(bytes: &[u8]) -> Parsed {
        match bytes {
            [MAGIC_1, payload, sequence, system, component, id, ..] => Parsed::Head(Self {
                octets: HEAD_1,
                payload: usize::from(*payload),
                tail: 0,
                sequence: *sequence,
                sender: Sender { system: *system, component: *component },
                id: u32::from(*id),
            }),
            [MAGIC_2, _, flags, ..] if flags & !FLAG_SIGNED != 0 => Parsed::Nothing,
            [MAGIC_2, payload, flags, _, sequence, system, component, low, middle, high, ..] => {
                Parsed::Head(Self {
                    octets: HEAD_2,
                    payload: usize::from(*payload),
                    tail: if flags & FLAG_SIGNED == 0 { 0 } else { SIGNATURE_OCTETS },
                    sequence: *sequence,
                    sender: Sender { system: *system, component: *component },
                    id: u32::from_le_bytes([*low, *middle, *high, 0]),
                })
            }
            [MAGIC_1 | MAGIC_2, ..] => Parsed::Short,
            _ => Parsed::Nothing,
        }
    }
}

/// The heartbeat of a ground station, as a frame of version 2; drones talk to whoever sends one.
pub fn station_heartbeat(sender: Sender, sequence: u8) -> Vec<u8> {
    let [low, middle, high, _] = MESSAGE_HEARTBEAT.to_le_bytes();
    let mut frame =
        vec![MAGIC_2, 9, 0, 0, sequence, sender.system, sender.component, low, middle, high];
    frame.extend(STATION_HEARTBEAT);
    let crc_extra =
        KNOWN.iter().find(|known| known.id == MESSAGE_HEARTBEAT).map_or(0, |known| known.crc_extra);
    let sum = crc(&frame[1..], crc_extra);
    frame.extend(sum.to_le_bytes());
    frame
}

/// CRC-16/MCRF4XX over a frame and the octet that stands for the message's layout.
fn crc(bytes: &[u8], extra: u8) -> u16 {
    bytes.iter().chain([&extra]).fold(0xffff, |crc, byte| {
        (0..8).fold(
            crc ^ u16::from(*byte),
            |crc, _bit| {
                if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0x8408 }
            },
        )
    })
}

#[cfg(test)]
mod tests;
