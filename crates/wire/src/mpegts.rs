//! MPEG transport streams (ISO/IEC 13818-1), as far as the metadata beside the video goes.
//!
//! Tables say which streams carry KLV: private data with the registration `KLVA` (asynchronous) or
//! metadata in packets (synchronous, MISB ST 1402). Their packets are put together; all else is
//! passed over. Bytes may come in pieces of any size and may begin or break off anywhere.

mod pes;
mod section;

use std::collections::BTreeMap;

use crate::limits::TS_STREAMS_MAX;
use pes::{Packing, Pes};
use section::{Section, crc32};

const PACKET_BYTES: usize = 188;
const SYNC: u8 = 0x47;
const PID_TABLES: u16 = 0;
const STREAM_PRIVATE: u8 = 0x06;
const STREAM_METADATA: u8 = 0x15;
const DESCRIPTOR_REGISTRATION: u8 = 5;

/// KLV as one packet of the stream carried it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    pub pid: u16,
    /// Presentation time in steps of 1/90,000 s; `None` where the sender gives none.
    pub pts: Option<u64>,
    /// One or more KLV packets, one behind the other.
    pub klv: Vec<u8>,
}

/// What went wrong so far, for the health of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults {
    /// Bytes passed over in search of the beat of packets.
    pub skipped_bytes: u64,
    /// Packets of followed streams that are missing.
    pub gaps: u64,
    /// Tables whose checksum or shape is wrong.
    pub tables: u64,
    /// Metadata packets that broke off or are not what they claim to be.
    pub broken: u64,
    /// Streams beyond the limit, which are not followed.
    pub streams: u64,
}

/// Takes a transport stream apart.
#[derive(Debug, Default)]
pub struct Demuxer {
    rest: Vec<u8>,
    streams: BTreeMap<u16, Stream>,
    faults: Faults,
}

#[derive(Debug, Default)]
struct Stream {
    /// Four bits that go up with each packet.
    counter: Option<u8>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// A table of programmes, or of one programme's streams.
    Table(Section),
    Klv(Pes),
}

impl Default for Kind {
    fn default() -> Self {
        Self::Table(Section::default())
    }
}

/// A packet's head, and what it carries.
struct Packet<'a> {
    pid: u16,
    starts: bool,
    counter: u8,
    /// The sender says that the counter jumps here.
    jumps: bool,
    payload: &'a [u8],
}

impl Demuxer {
    pub fn new() -> Self {
        let tables = BTreeMap::from([(PID_TABLES, Stream::default())]);
        Self { streams: tables, ..Self::default() }
    }

    pub fn faults(&self) -> Faults {
        self.faults
    }

    /// Takes bytes in and gives the metadata that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Metadata> {
        let mut found = Vec::new();
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(packet) = all.get(at..at + PACKET_BYTES) {
            // The beat is found where the next packet begins as it should, as far as that is here yet.
            let beats = all.get(at + PACKET_BYTES).is_none_or(|next| *next == SYNC);
            if packet[0] == SYNC && beats {
                self.take(packet, &mut found);
                at += PACKET_BYTES;
            } else {
                self.faults.skipped_bytes += 1;
                at += 1;
            }
        }
        self.rest = all.split_off(at);
        found
    }

    fn take(&mut self, packet: &[u8], found: &mut Vec<Metadata>) {
        let Some(packet) = Packet::parse(packet) else { return };
        let Some(stream) = self.streams.get_mut(&packet.pid) else { return };
        if packet.payload.is_empty() {
            return;
        }
        let before = stream.counter.replace(packet.counter);
        if before == Some(packet.counter) && !packet.jumps {
            return; // Sent twice, which is allowed.
        }
        let follows = before.is_none_or(|before| (before + 1) & 15 == packet.counter);
        let whole = follows || packet.jumps;
        self.faults.gaps += u64::from(!whole);
        match &mut stream.kind {
            Kind::Table(section) => {
                if !whole {
                    section.drop_part();
                }
                let tables = section.push(&packet);
                for table in tables {
                    self.read_table(&table);
                }
            }
            Kind::Klv(pes) => {
                if !whole {
                    self.faults.broken += u64::from(pes.drop_part());
                }
                match pes.push(&packet) {
                    Ok(done) => found.extend(done.into_iter().map(|(pts, klv)| Metadata {
                        pid: packet.pid,
                        pts,
                        klv,
                    })),
                    Err(pes::Broken) => self.faults.broken += 1,
                }
            }
        }
    }

    fn read_table(&mut self, table: &[u8]) {
        if crc32(table) != 0 {
            self.faults.tables += 1;
            return;
        }
        // Eight octets of head, four of checksum.
        let body = table.get(8..table.len() - 4);
        let known = match (table[0], body) {
            (0, Some(body)) => self.read_programmes(body),
            (2, Some(body)) => self.read_streams(body).is_some(),
            (0 | 2, None) => false,
            _ => true,
        };
        self.faults.tables += u64::from(!known);
    }

    fn read_programmes(&mut self, body: &[u8]) -> bool {
        for entry in body.chunks_exact(4) {
            let programme = u16::from_be_bytes([entry[0], entry[1]]);
            if programme != 0 {
                self.follow(
                    pid_of(entry[2], entry[3]),
                    |kind| matches!(kind, Kind::Table(_)),
                    Kind::default,
                );
            }
        }
        body.len().is_multiple_of(4)
    }

    fn read_streams(&mut self, body: &[u8]) -> Option<()> {
        let about = length_of(body.get(2..4)?);
        let mut rest = body.get(4 + about..)?;
        while !rest.is_empty() {
            let (kind, pid) = (rest[0], pid_of(*rest.get(1)?, *rest.get(2)?));
            let end = 5 + length_of(rest.get(3..5)?);
            let descriptors = rest.get(5..end)?;
            let packing = match kind {
                STREAM_METADATA => Some(Packing::Cells),
                STREAM_PRIVATE if is_klv(descriptors) => Some(Packing::Bare),
                _ => None,
            };
            if let Some(packing) = packing {
                let is_same =
                    |kind: &Kind| matches!(kind, Kind::Klv(pes) if pes.packing() == packing);
                self.follow(pid, is_same, || Kind::Klv(Pes::new(packing)));
            }
            rest = &rest[end..];
        }
        Some(())
    }

    /// Follows a stream from now on, unless that is done already.
    fn follow(&mut self, pid: u16, is_same: impl Fn(&Kind) -> bool, kind: impl Fn() -> Kind) {
        if pid == PID_TABLES || self.streams.get(&pid).is_some_and(|stream| is_same(&stream.kind)) {
            return;
        }
        if self.streams.len() >= TS_STREAMS_MAX && !self.streams.contains_key(&pid) {
            self.faults.streams += 1;
            return;
        }
        self.streams.insert(pid, Stream { counter: None, kind: kind() });
    }
}

impl<'a> Packet<'a> {
    /// `None` for damaged and scrambled packets.
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let damaged = bytes[1] & 0x80 != 0;
        let scrambled = bytes[3] & 0xc0 != 0;
        let (has_field, has_payload) = (bytes[3] & 0x20 != 0, bytes[3] & 0x10 != 0);
        let field = if has_field { 1 + usize::from(bytes[4]) } else { 0 };
        let jumps = has_field && bytes[4] > 0 && bytes[5] & 0x80 != 0;
        let payload = if has_payload { bytes.get(4 + field..)? } else { &[] };
        (!damaged && !scrambled).then_some(Self {
            pid: pid_of(bytes[1], bytes[2]),
            starts: bytes[1] & 0x40 != 0,
            counter: bytes[3] & 15,
            jumps,
            payload,
        })
    }
}

fn pid_of(high: u8, low: u8) -> u16 {
    u16::from_be_bytes([high & 0x1f, low])
}

/// Twelve bits of length.
fn length_of(pair: &[u8]) -> usize {
    usize::from(pair[0] & 0x0f) << 8 | usize::from(pair[1])
}

/// True when a registration among the descriptors says that the data is KLV.
fn is_klv(mut descriptors: &[u8]) -> bool {
    while let [tag, length, rest @ ..] = descriptors {
        let Some((value, after)) = rest.split_at_checked(usize::from(*length)) else { break };
        if *tag == DESCRIPTOR_REGISTRATION && value.starts_with(b"KLVA") {
            return true;
        }
        descriptors = after;
    }
    false
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "lengths and times are cut into octets")]
mod tests;
