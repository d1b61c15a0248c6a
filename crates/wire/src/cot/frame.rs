//! Streams and datagrams of TAK: where one message ends and the next begins, in either version.

use super::CotError;
use crate::limits::COT_EVENT_BYTES_MAX;

/// Every message of version 1 starts with this byte; no XML does.
pub const MAGIC: u8 = 0xbf;
/// The one protobuf version there is.
pub const VERSION: u64 = 1;

const CLOSING: &[u8] = b"</event>";
/// How a message begins: with the tag of its first or second field.
const FIRST_TAGS: [u8; 2] = [0x0a, 0x12];
/// A length of 63 bits takes at most nine bytes.
const VARINT_BYTES_MAX: usize = 9;

/// In what a message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// Version 0.
    Xml,
    /// Version 1.
    Protobuf,
}

/// One message as it lay in a stream or datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame<'a> {
    /// An event in XML.
    Xml(&'a [u8]),
    /// A protobuf message.
    Protobuf(&'a [u8]),
}

impl Frame<'_> {
    pub fn version(&self) -> Version {
        match self {
            Self::Xml(_) => Version::Xml,
            Self::Protobuf(_) => Version::Protobuf,
        }
    }
}

/// Cuts a TCP stream into messages of either version, told apart by their first byte.
///
/// Holds at most one message and what was pushed last. A message that is too long is reported
/// once and skipped: one in XML up to its end, one in protobuf by its length.
#[derive(Debug, Default)]
pub struct StreamDecoder {
    buffer: Vec<u8>,
    taken: usize,
    /// Bytes after `taken` that were searched for the end of an event in vain.
    searched: usize,
    skip: Skip,
}

#[derive(Debug, Default, PartialEq)]
enum Skip {
    #[default]
    Nothing,
    /// Bytes of a message that is too long.
    Bytes(u64),
    /// An event that is too long, up to its closing tag.
    Event,
}

impl StreamDecoder {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes as they come. Drain [`StreamDecoder::next_frame`] before the next push.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message, or why one was dropped; `None` until more bytes come.
    pub fn next_frame(&mut self) -> Option<Result<Frame<'_>, CotError>> {
        self.go_on_skipping();
        let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
        if self.skip == Skip::Nothing && self.searched == 0 {
            self.taken += self.waiting().iter().take_while(|byte| blank(byte)).count();
        }
        match (&self.skip, self.waiting().first()) {
            (Skip::Nothing, Some(&MAGIC)) => self.next_protobuf(),
            (Skip::Nothing, Some(_)) => self.next_xml(),
            (Skip::Bytes(_) | Skip::Event, _) | (_, None) => None,
        }
    }

    /// Bytes held of a message that has not come whole.
    pub fn pending(&self) -> usize {
        self.waiting().len()
    }

    fn waiting(&self) -> &[u8] {
        self.buffer.get(self.taken..).unwrap_or_default()
    }

    fn take(&mut self, length: usize) -> &[u8] {
        let from = self.taken;
        self.taken += length;
        self.searched = 0;
        self.buffer.get(from..self.taken).unwrap_or_default()
    }

    fn go_on_skipping(&mut self) {
        match self.skip {
            Skip::Nothing => {}
            Skip::Bytes(left) => {
                let here = usize::try_from(left).unwrap_or(usize::MAX).min(self.pending());
                self.taken += here;
                let left = left - here as u64;
                self.skip = if left == 0 { Skip::Nothing } else { Skip::Bytes(left) };
            }
            Skip::Event => {
                let end = find(self.waiting(), CLOSING);
                // The closing tag itself may lie across two reads.
                let keep = CLOSING.len() - 1;
                self.taken +=
                    end.map_or(self.pending().saturating_sub(keep), |at| at + CLOSING.len());
                self.skip = if end.is_some() { Skip::Nothing } else { Skip::Event };
            }
        }
    }

    fn next_protobuf(&mut self) -> Option<Result<Frame<'_>, CotError>> {
        let after_magic = self.waiting().get(1..)?;
        let (length, prefix) = match varint(after_magic) {
            Varint::Whole(value, bytes) => (value, 1 + bytes),
            Varint::Cut => return None,
            Varint::Endless => {
                // Nothing says where the next message starts: look for it from the next byte.
                self.take(1);
                return Some(Err(CotError::Protobuf("length does not end".to_owned())));
            }
        };
        let bytes = usize::try_from(length).unwrap_or(usize::MAX);
        if bytes > COT_EVENT_BYTES_MAX {
            self.take(prefix);
            self.skip = Skip::Bytes(length);
            return Some(Err(CotError::TooLong(bytes)));
        }
        if self.pending() < prefix + bytes {
            return None;
        }
        let frame = self.take(prefix + bytes);
        frame.get(prefix..).map(|payload| Ok(Frame::Protobuf(payload)))
    }

    fn next_xml(&mut self) -> Option<Result<Frame<'_>, CotError>> {
        let from = self.searched.saturating_sub(CLOSING.len() - 1);
        let end = find(self.waiting().get(from..)?, CLOSING).map(|at| from + at + CLOSING.len());
        match end {
            Some(length) if length <= COT_EVENT_BYTES_MAX => {
                Some(Ok(Frame::Xml(self.take(length))))
            }
            Some(length) => {
                self.take(length);
                Some(Err(CotError::TooLong(length)))
            }
            None if self.pending() > COT_EVENT_BYTES_MAX => {
                let length = self.pending();
                self.searched = 0;
                self.skip = Skip::Event;
                Some(Err(CotError::TooLong(length)))
            }
            None => {
                self.searched = self.pending();
                None
            }
        }
    }
}

/// Puts a version 1 message into a stream.
pub fn encode_stream(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![MAGIC];
    prost::encoding::encode_varint(payload.len() as u64, &mut frame);
    frame.extend_from_slice(payload);
    frame
}

/// Puts a version 1 message into a datagram.
pub fn encode_datagram(payload: &[u8]) -> Vec<u8> {
    let mut datagram = vec![MAGIC];
    prost::encoding::encode_varint(VERSION, &mut datagram);
    datagram.push(MAGIC);
    datagram.extend_from_slice(payload);
    datagram
}

/// The one message of a datagram, in either version.
pub fn decode_datagram(datagram: &[u8]) -> Result<Frame<'_>, CotError> {
    if datagram.len() > COT_EVENT_BYTES_MAX {
        return Err(CotError::TooLong(datagram.len()));
    }
    let Some(header) = datagram.strip_prefix(&[MAGIC]) else { return Ok(Frame::Xml(datagram)) };
    let Varint::Whole(version, bytes) = varint(header) else {
        return Err(CotError::Protobuf("version does not end".to_owned()));
    };
    let rest = header.get(bytes..).unwrap_or_default();
    match rest.strip_prefix(&[MAGIC]) {
        Some(payload) if version == VERSION => Ok(Frame::Protobuf(payload)),
        // Some send to one address what they would put into a stream: a length, and a message of so much.
        None if version == rest.len() as u64
            && rest.first().is_some_and(|tag| FIRST_TAGS.contains(tag)) =>
        {
            Ok(Frame::Protobuf(rest))
        }
        None if version == VERSION => {
            Err(CotError::Protobuf("no message after the version".to_owned()))
        }
        Some(_) | None => Err(CotError::wrong("version", "1", &version.to_string())),
    }
}

enum Varint {
    /// Value and number of bytes.
    Whole(u64, usize),
    Cut,
    Endless,
}

fn varint(bytes: &[u8]) -> Varint {
    let mut value = 0;
    for (place, byte) in bytes.iter().take(VARINT_BYTES_MAX).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Varint::Whole(value, place + 1);
        }
    }
    if bytes.len() < VARINT_BYTES_MAX { Varint::Cut } else { Varint::Endless }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests;
