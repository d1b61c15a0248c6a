//! Packetised elementary streams of metadata, put together from packets.

use super::Packet;
use crate::limits::TS_PES_BYTES_MAX;

const START: [u8; 3] = [0, 0, 1];
const STREAM_PRIVATE: u8 = 0xbd;
const STREAM_METADATA: u8 = 0xfc;
/// Octets before the length counts.
const HEAD_BYTES: usize = 6;
/// Head of one cell of metadata: service, sequence, flags, length.
const CELL_HEAD_BYTES: usize = 5;

/// What was begun is not a packet of metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken;

/// One packet that is being put together.
#[derive(Debug)]
pub(super) struct Pes {
    part: Vec<u8>,
    packing: Packing,
}

/// How metadata lies in its packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// As it is, at any time.
    Bare,
    /// In cells, at the time of a picture.
    Cells,
}

type Done = Option<(Option<u64>, Vec<u8>)>;

impl Pes {
    pub(super) fn new(packing: Packing) -> Self {
        Self { part: Vec::new(), packing }
    }

    pub(super) fn packing(&self) -> Packing {
        self.packing
    }

    /// Forgets what was begun; true where that was something.
    pub(super) fn drop_part(&mut self) -> bool {
        let had = !self.part.is_empty();
        self.part.clear();
        had
    }

    /// Takes a payload in and gives the metadata that it completes.
    pub(super) fn push(&mut self, packet: &Packet<'_>) -> Result<Done, Broken> {
        let broke_off = packet.starts && self.drop_part();
        if !packet.starts && self.part.is_empty() {
            return Ok(None);
        }
        self.part.extend_from_slice(packet.payload);
        let done = self.complete();
        if done.is_err() {
            self.part.clear();
        }
        // One that broke off before is told only where this one tells nothing.
        if broke_off && done == Ok(None) { Err(Broken) } else { done }
    }

    fn complete(&mut self) -> Result<Done, Broken> {
        let Some(head) = self.part.get(..HEAD_BYTES) else { return Ok(None) };
        let length = usize::from(head[4]) << 8 | usize::from(head[5]);
        let is_metadata = head[..3] == START && matches!(head[3], STREAM_PRIVATE | STREAM_METADATA);
        // Only video may leave its length open.
        if !is_metadata || length == 0 || HEAD_BYTES + length > TS_PES_BYTES_MAX {
            return Err(Broken);
        }
        if self.part.len() < HEAD_BYTES + length {
            return Ok(None);
        }
        let packet = std::mem::take(&mut self.part);
        let packet = &packet[..HEAD_BYTES + length];
        let options = usize::from(*packet.get(8).ok_or(Broken)?);
        let data = packet.get(9 + options..).ok_or(Broken)?;
        let has_pts = packet[7] & 0x80 != 0;
        let pts = if has_pts && options >= 5 { packet.get(9..14).map(pts_of) } else { None };
        let klv = match self.packing {
            Packing::Bare => data.to_vec(),
            Packing::Cells => cells(data)?,
        };
        Ok(Some((pts, klv)))
    }
}

/// 33 bits in five octets, with marks between.
fn pts_of(bytes: &[u8]) -> u64 {
    let at = |index: usize| u64::from(bytes[index]);
    (at(0) >> 1 & 7) << 30 | at(1) << 22 | (at(2) >> 1) << 15 | at(3) << 7 | at(4) >> 1
}

/// The contents of metadata cells, one behind the other (ISO/IEC 13818-1, 2.12.4).
fn cells(mut data: &[u8]) -> Result<Vec<u8>, Broken> {
    let mut klv = Vec::new();
    while !data.is_empty() {
        let head = data.get(..CELL_HEAD_BYTES).ok_or(Broken)?;
        let end = CELL_HEAD_BYTES + (usize::from(head[3]) << 8 | usize::from(head[4]));
        klv.extend_from_slice(data.get(CELL_HEAD_BYTES..end).ok_or(Broken)?);
        data = &data[end..];
    }
    Ok(klv)
}
