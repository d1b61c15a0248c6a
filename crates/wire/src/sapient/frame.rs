//! The TCP framing: four bytes of length, little end first, then one message.

use prost::Message as _;

use super::SapientMessage;
use crate::limits::{SAPIENT_MESSAGE_BYTES_MAX, SAPIENT_SKIP_BYTES_MAX};

const PREFIX_BYTES: usize = 4;

/// Why a frame cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// The frame is skipped and the next one is read.
    #[error("frame length must be at most {max}, got {got}")]
    TooLong { got: usize, max: usize },
    /// Nothing that follows can be trusted: the connection must be closed.
    #[error("frame length {got} is no plausible length: the stream is out of step")]
    OutOfStep { got: usize },
}

/// Cuts a byte stream into messages. Holds at most one message and what was pushed last.
#[derive(Debug, Default)]
pub struct FrameDecoder {
    buffer: Vec<u8>,
    /// Bytes of `buffer` already handed out.
    taken: usize,
    /// Bytes of an oversized frame that are still to come.
    skip: usize,
    out_of_step: bool,
}

impl FrameDecoder {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes as they come off the stream. Drain [`FrameDecoder::next_frame`] before the next push.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.out_of_step {
            return;
        }
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        self.buffer.drain(..self.taken);
        self.taken = 0;
        self.buffer.extend_from_slice(bytes.get(skipped..).unwrap_or_default());
    }

    /// The next whole message without its prefix, or why it was dropped; `None` until more bytes come.
    pub fn next_frame(&mut self) -> Option<Result<&[u8], FrameFault>> {
        let waiting = self.buffer.get(self.taken..)?;
        let (prefix, rest) = waiting.split_first_chunk::<PREFIX_BYTES>()?;
        let length = usize::try_from(u32::from_le_bytes(*prefix)).unwrap_or(usize::MAX);
        if length > SAPIENT_MESSAGE_BYTES_MAX {
            return Some(Err(self.refuse(length)));
        }
        if rest.len() < length {
            return None;
        }
        let start = self.taken + PREFIX_BYTES;
        self.taken = start + length;
        self.buffer.get(start..self.taken).map(Ok)
    }

    /// Bytes held of a frame that has not come whole.
    pub fn pending(&self) -> usize {
        self.buffer.len() - self.taken
    }

    fn refuse(&mut self, length: usize) -> FrameFault {
        if length > SAPIENT_SKIP_BYTES_MAX {
            self.out_of_step = true;
            self.buffer = Vec::new();
            self.taken = 0;
            return FrameFault::OutOfStep { got: length };
        }
        let end = self.taken + PREFIX_BYTES + length;
        let have = end.min(self.buffer.len());
        self.skip = end - have;
        self.taken = have;
        FrameFault::TooLong { got: length, max: SAPIENT_MESSAGE_BYTES_MAX }
    }
}

/// Writes a message with its length before it.
pub fn encode_frame(message: &SapientMessage) -> Result<Vec<u8>, FrameFault> {
    let length = message.encoded_len();
    let prefix = u32::try_from(length)
        .ok()
        .filter(|_| length <= SAPIENT_MESSAGE_BYTES_MAX)
        .ok_or(FrameFault::TooLong { got: length, max: SAPIENT_MESSAGE_BYTES_MAX })?;
    let mut frame = Vec::with_capacity(PREFIX_BYTES + length);
    frame.extend_from_slice(&prefix.to_le_bytes());
    message.encode_raw(&mut frame);
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame_of(payload: &[u8]) -> Vec<u8> {
        let mut frame = u32::try_from(payload.len()).unwrap().to_le_bytes().to_vec();
        frame.extend_from_slice(payload);
        frame
    }

    #[test]
    fn the_length_prefix_is_little_endian() {
        let message = SapientMessage { node_id: Some("a".repeat(300)), ..Default::default() };

        let frame = encode_frame(&message).unwrap();

        assert_eq!(frame[..4], [47, 1, 0, 0], "303 bytes: tag, two bytes of length, 300 of text");
        assert_eq!(frame.len(), 307);
    }

    #[test]
    fn an_oversized_frame_is_skipped_and_the_next_one_read() {
        let mut decoder = FrameDecoder::new();
        let huge = SAPIENT_MESSAGE_BYTES_MAX + 1;
        decoder.push(&u32::try_from(huge).unwrap().to_le_bytes());
        assert_eq!(
            decoder.next_frame(),
            Some(Err(FrameFault::TooLong { got: huge, max: SAPIENT_MESSAGE_BYTES_MAX }))
        );

        let mut rest = vec![0xff; huge];
        rest.extend(frame_of(b"after"));
        for chunk in rest.chunks(60_000) {
            decoder.push(chunk);
            assert!(decoder.pending() < 100, "skipped bytes are not kept");
        }

        assert_eq!(decoder.next_frame(), Some(Ok(&b"after"[..])));
        assert_eq!(decoder.next_frame(), None);
    }

    #[test]
    fn an_absurd_length_puts_the_stream_out_of_step_for_good() {
        let mut decoder = FrameDecoder::new();
        decoder.push(b"GET / HTTP/1.1\r\n");

        assert!(matches!(decoder.next_frame(), Some(Err(FrameFault::OutOfStep { .. }))));
        decoder.push(&frame_of(b"late"));
        assert_eq!(decoder.next_frame(), None);
    }

    #[test]
    fn an_empty_frame_is_a_frame() {
        let mut decoder = FrameDecoder::new();
        decoder.push(&[0, 0, 0, 0]);

        assert_eq!(decoder.next_frame(), Some(Ok(&[][..])));
    }

    proptest! {
        #[test]
        fn frames_come_out_as_they_went_in_however_they_are_cut(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..8),
            cut in 1_usize..50,
        ) {
            let stream: Vec<u8> = payloads.iter().flat_map(|payload| frame_of(payload)).collect();
            let mut decoder = FrameDecoder::new();
            let mut got = Vec::new();
            for chunk in stream.chunks(cut) {
                decoder.push(chunk);
                while let Some(frame) = decoder.next_frame() {
                    got.push(frame.unwrap().to_vec());
                }
            }

            prop_assert_eq!(got, payloads);
            prop_assert_eq!(decoder.pending(), 0);
        }

        #[test]
        fn arbitrary_bytes_never_panic(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..16)) {
            let mut decoder = FrameDecoder::new();
            for chunk in chunks {
                decoder.push(&chunk);
                while let Some(frame) = decoder.next_frame() {
                    if let Ok(bytes) = frame {
                        drop(super::super::decode(bytes));
                    }
                }
            }
        }
    }
}
