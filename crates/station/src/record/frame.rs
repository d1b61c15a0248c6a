//! One entry as bytes: length u32, CRC-32C u32, index u64, first index of its batch u64 (all little-endian), payload.
//!
//! The checksum covers everything but itself. Index and batch stand in the frame so that after damage the reader
//! can tell a batch that was never acknowledged from an entry that was.

use super::envelope::OVERHEAD_BYTES;
use super::leaf::LEAF_BYTES;
use crate::limits::ENTRY_BYTES_MAX;

/// Bytes before the payload.
pub(super) const HEADER_BYTES: usize = 24;
/// Largest payload: the leaf and the envelope of the largest content.
const PAYLOAD_BYTES_MAX: usize = LEAF_BYTES + OVERHEAD_BYTES + ENTRY_BYTES_MAX;

/// One entry as it lies in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// Place in the whole record, counted from 1.
    pub(super) index: u64,
    /// Index of the first entry that was written with it; all before that were durable by then.
    pub(super) batch_first: u64,
    pub(super) payload: &'a [u8],
}

/// Why bytes are not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameFault {
    #[error("the file ends within it")]
    Short,
    #[error("its length field says {0} bytes")]
    Length(u32),
    #[error("its checksum does not fit")]
    Checksum,
    #[error("entry {0} stands in its place")]
    Index(u64),
}

impl<'a> Frame<'a> {
    /// Bytes that it takes in a segment.
    pub(super) fn len(&self) -> usize {
        HEADER_BYTES + self.payload.len()
    }

    /// Appends the frame to `bytes`. The payload must be neither empty nor larger than [`PAYLOAD_BYTES_MAX`].
    pub(super) fn encode(&self, bytes: &mut Vec<u8>) {
        let length = u32::try_from(self.payload.len())
            .expect("the journal refuses entries above ENTRY_BYTES_MAX");
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&self.checksum(length).to_le_bytes());
        bytes.extend_from_slice(&self.index.to_le_bytes());
        bytes.extend_from_slice(&self.batch_first.to_le_bytes());
        bytes.extend_from_slice(self.payload);
    }

    /// Reads the frame at the start of `bytes`.
    pub(super) fn decode(bytes: &'a [u8]) -> Result<Self, FrameFault> {
        let (header, rest) = bytes.split_first_chunk::<HEADER_BYTES>().ok_or(FrameFault::Short)?;
        let length = u32_at(header, 0);
        let payload_bytes = length as usize;
        if payload_bytes == 0 || payload_bytes > PAYLOAD_BYTES_MAX {
            return Err(FrameFault::Length(length));
        }
        let payload = rest.get(..payload_bytes).ok_or(FrameFault::Short)?;
        let frame = Self { index: u64_at(header, 8), batch_first: u64_at(header, 16), payload };
        if frame.checksum(length) != u32_at(header, 4) {
            return Err(FrameFault::Checksum);
        }
        Ok(frame)
    }

    /// Offset of the first intact frame in `bytes` whose batch began after `index`.
    ///
    /// A batch is written only when the one before is durable, so such a frame proves that `index` was.
    pub(super) fn find_batch_after(bytes: &'a [u8], index: u64) -> Option<usize> {
        // Few eight-byte groups read as an index in reach, so the scan stays linear.
        let reach = index.saturating_add(bytes.len() as u64);
        (0..bytes.len()).find(|&offset| {
            let here = &bytes[offset..];
            let claimed = here.first_chunk::<HEADER_BYTES>().map(|header| u64_at(header, 16));
            claimed.is_some_and(|batch_first| batch_first > index && batch_first <= reach)
                && Self::decode(here).is_ok()
        })
    }

    fn checksum(&self, length: u32) -> u32 {
        let sum = crc32c::crc32c(&length.to_le_bytes());
        let sum = crc32c::crc32c_append(sum, &self.index.to_le_bytes());
        let sum = crc32c::crc32c_append(sum, &self.batch_first.to_le_bytes());
        crc32c::crc32c_append(sum, self.payload)
    }
}

/// The little-endian number at `offset`, which must leave room for it.
pub(super) fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    let (number, _) = bytes[offset..].split_first_chunk().expect("the caller's header is longer");
    u32::from_le_bytes(*number)
}

/// The little-endian number at `offset`, which must leave room for it.
pub(super) fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    let (number, _) = bytes[offset..].split_first_chunk().expect("the caller's header is longer");
    u64::from_le_bytes(*number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_frame_comes_back_as_it_was_written(
            index in 1_u64.., batch_first: u64, payload in prop::collection::vec(any::<u8>(), 1..300),
        ) {
            let frame = Frame { index, batch_first, payload: &payload };
            let mut bytes = Vec::new();
            frame.encode(&mut bytes);

            prop_assert_eq!(bytes.len(), frame.len());
            prop_assert_eq!(Frame::decode(&bytes), Ok(frame));
        }

        #[test]
        fn any_flipped_bit_is_noticed(
            payload in prop::collection::vec(any::<u8>(), 1..60), at in any::<prop::sample::Index>(), bit in 0..8_u8,
        ) {
            let mut bytes = Vec::new();
            Frame { index: 7, batch_first: 5, payload: &payload }.encode(&mut bytes);
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;

            prop_assert!(Frame::decode(&bytes).is_err());
        }

        #[test]
        fn a_later_batch_is_found_behind_any_rubbish(rubbish in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = rubbish.clone();
            Frame { index: 9, batch_first: 8, payload: b"later" }.encode(&mut bytes);

            prop_assert_eq!(Frame::find_batch_after(&bytes, 7), Some(rubbish.len()));
            prop_assert_eq!(Frame::find_batch_after(&bytes, 8), None);
        }
    }

    #[test]
    fn zeros_are_no_frame() {
        assert_eq!(Frame::decode(&[0; 64]), Err(FrameFault::Length(0)));
    }
}
