//! Sections of tables, put together from packets.

use super::Packet;
use crate::limits::TS_SECTION_BYTES_MAX;

/// Filled up with this where no section follows.
const STUFFING: u8 = 0xff;
const HEAD_BYTES: usize = 3;
const LEAST_BYTES: usize = 12;

/// A table section that is being put together.
#[derive(Debug, Default)]
pub(super) struct Section {
    part: Vec<u8>,
}

impl Section {
    pub(super) fn drop_part(&mut self) {
        self.part.clear();
    }

    /// Takes a payload in and gives the sections that it completes.
    pub(super) fn push(&mut self, packet: &Packet<'_>) -> Vec<Vec<u8>> {
        let payload = packet.payload;
        let mut done = Vec::new();
        if !packet.starts {
            if !self.part.is_empty() {
                self.part.extend_from_slice(payload);
                self.cut(&mut done);
            }
            return done;
        }
        let pointer = payload.first().map_or(0, |pointer| usize::from(*pointer));
        let (end_of_last, begin) = payload
            .get(1..)
            .unwrap_or_default()
            .split_at(pointer.min(payload.len().saturating_sub(1)));
        if !self.part.is_empty() {
            self.part.extend_from_slice(end_of_last);
            self.cut(&mut done);
        }
        self.part = begin.to_vec();
        self.cut(&mut done);
        done
    }

    fn cut(&mut self, done: &mut Vec<Vec<u8>>) {
        while self.part.first().is_some_and(|first| *first != STUFFING) {
            let Some(head) = self.part.get(..HEAD_BYTES) else { return };
            let bytes = HEAD_BYTES + super::length_of(&head[1..]);
            if !(LEAST_BYTES..=TS_SECTION_BYTES_MAX).contains(&bytes) {
                break;
            }
            if self.part.len() < bytes {
                return;
            }
            let rest = self.part.split_off(bytes);
            done.push(std::mem::replace(&mut self.part, rest));
        }
        self.part.clear();
    }
}

/// CRC of a section (polynomial 0x04C11DB7); zero over a section with its checksum.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _bit| {
            if crc & 1 << 31 == 0 { crc << 1 } else { crc << 1 ^ 0x04c1_1db7 }
        })
    })
}
