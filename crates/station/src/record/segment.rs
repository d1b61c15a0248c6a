//! A segment file: a header that names its place in the record, then frames; and how a record is read from them.
//!
//! Each header names its predecessor and how many bytes of that count. What lies beyond in the predecessor is what
//! a failed write left behind, and a segment that no chain of headers reaches was replaced whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::RecordError;
use super::frame::{Frame, FrameFault, u32_at, u64_at};
use super::keyring::IsNew;

/// Bytes before the first frame.
pub(super) const HEADER_BYTES: usize = 56;
const MAGIC: [u8; 8] = *b"WLRECORD";
const CHECKED_BYTES: usize = 48;
/// Stands beside the format of a segment from which what was erased is taken out.
const COMPACTED: u32 = 1 << 16;
/// What entries are made of: 1, the content alone; 2, a leaf and an envelope.
pub(super) const FORMAT: u32 = 2;

/// Takes one entry: its index and what its frame holds.
type Each<'a> = dyn FnMut(u64, &[u8]) -> Result<(), RecordError> + 'a;

/// The start of a segment file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Number in the file's name, from 1.
    pub(super) sequence: u64,
    /// Index of its first entry.
    pub(super) first_index: u64,
    /// The segment before it, 0 when there is none, and how many of that one's bytes count.
    pub(super) previous: u64,
    pub(super) previous_bytes: u64,
    /// Bytes of this file that were durable before its name was; of one that is compacted, bytes of the one whose place it takes.
    pub(super) carried_bytes: u64,
    /// What its entries are made of.
    pub(super) format: u32,
    /// Whether what was erased is taken out. All of it counts, and it is never the last one.
    pub(super) is_compacted: bool,
}

/// A segment that has a successor.
#[derive(Debug, Clone)]
pub(super) struct Full {
    pub(super) header: Header,
    /// As much of it as counts.
    pub(super) bytes: Vec<u8>,
    /// How many bytes its successor says that count.
    counted: u64,
}

impl Header {
    pub(super) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        let fields = [
            self.sequence,
            self.first_index,
            self.previous,
            self.previous_bytes,
            self.carried_bytes,
        ];
        for (place, field) in bytes[8..CHECKED_BYTES].chunks_exact_mut(8).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        let compacted = if self.is_compacted { COMPACTED } else { 0 };
        bytes[48..52].copy_from_slice(&(self.format | compacted).to_le_bytes());
        let sum = crc32c::crc32c(&bytes[..52]);
        bytes[52..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let header = bytes.first_chunk::<HEADER_BYTES>().ok_or("its header is cut short")?;
        if header[..8] != MAGIC {
            return Err("it does not begin like a record segment");
        }
        if u32_at(header, 52) != crc32c::crc32c(&header[..52]) {
            return Err("the checksum of its header does not fit");
        }
        Ok(Self {
            sequence: u64_at(header, 8),
            first_index: u64_at(header, 16),
            previous: u64_at(header, 24),
            previous_bytes: u64_at(header, 32),
            carried_bytes: u64_at(header, 40),
            format: u32_at(header, 48) & !COMPACTED,
            is_compacted: u32_at(header, 48) & COMPACTED != 0,
        })
    }
}

/// File name of a segment.
pub(super) fn path_of(directory: &Path, sequence: u64) -> PathBuf {
    directory.join(format!("segment-{sequence:010}"))
}

/// Where a record ends: its last segment, as far as it is intact.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) header: Header,
    /// Bytes of the last segment up to the end of its last intact frame, or all that is not torn.
    pub(super) bytes: Vec<u8>,
    /// Offset in `bytes` of the first frame of the last batch.
    pub(super) last_batch: usize,
    /// Index of the next entry.
    pub(super) next: u64,
    /// Bytes behind `bytes` that a write which was never acknowledged left there.
    pub(super) torn_bytes: usize,
}

/// Reads the entries of a record after one of them in order; `None` when there is no record yet.
///
/// Segments that hold nothing of that are not read, but for the last.
pub(super) fn read(
    directory: &Path,
    after: u64,
    each: &mut Each<'_>,
) -> Result<Option<End>, RecordError> {
    read_as(directory, FORMAT, after, each)
}

/// The same for a record of a format.
pub(super) fn read_as(
    directory: &Path,
    format: u32,
    after: u64,
    each: &mut Each<'_>,
) -> Result<Option<End>, RecordError> {
    let chain = chain(directory, format)?;
    let unread = chain.iter().skip(1).take_while(|header| header.first_index <= after).count();
    let mut next = chain.get(unread).map_or(1, |header| header.first_index.max(1));
    let mut wanted =
        |index, payload: &[u8]| if index > after { each(index, payload) } else { Ok(()) };
    for (position, header) in chain.iter().enumerate().skip(unread) {
        let path = path_of(directory, header.sequence);
        if header.first_index != next {
            return Err(corrupt(&path, 0, next, FrameFault::Index(header.first_index)));
        }
        let mut bytes = match chain.get(position + 1) {
            Some(successor) => Full::read(&path, (header, next), successor.previous_bytes)?.bytes,
            None if header.is_compacted => {
                let problem =
                    "what was erased is taken out of it, and the segment after it is gone";
                return Err(RecordError::Header { path, problem });
            }
            None => read_file(&path)?,
        };
        let walk = walk(&bytes, next, &mut wanted)?;
        next = walk.next;
        let is_last = position + 1 == chain.len();
        match walk.fault {
            Some(fault) if !(is_last && is_torn(&bytes, header, &walk, fault)) => {
                return Err(corrupt(&path, walk.end, next, fault));
            }
            Some(_) | None => {}
        }
        if is_last {
            let torn_bytes = bytes.len() - walk.end;
            bytes.truncate(walk.end);
            let (header, last_batch) = (*header, walk.last_batch);
            return Ok(Some(End { header, bytes, last_batch, next, torn_bytes }));
        }
    }
    Ok(None)
}

/// Reads entries after one up to another, by the segments alone that hold any of them.
pub(super) fn read_between(
    directory: &Path,
    (after, last): (u64, u64),
    each: &mut Each<'_>,
) -> Result<(), RecordError> {
    let chain = chain(directory, FORMAT)?;
    let mut wanted = |index, payload: &[u8]| {
        if index > after && index <= last { each(index, payload) } else { Ok(()) }
    };
    for (position, header) in chain.iter().enumerate() {
        let successor = chain.get(position + 1);
        if header.first_index > last || successor.is_some_and(|next| next.first_index <= after + 1)
        {
            continue;
        }
        let path = path_of(directory, header.sequence);
        let bytes = match successor {
            Some(next) => {
                Full::read(&path, (header, header.first_index), next.previous_bytes)?.bytes
            }
            None => read_file(&path)?,
        };
        walk(&bytes, header.first_index, &mut wanted)?;
    }
    Ok(())
}

/// The segments of a record that have successors, oldest first.
pub(super) fn full(
    directory: &Path,
) -> Result<impl Iterator<Item = Result<Full, RecordError>>, RecordError> {
    let chain = chain(directory, FORMAT)?;
    let successors: Vec<u64> = chain.iter().skip(1).map(|header| header.previous_bytes).collect();
    Ok(chain.into_iter().zip(successors).map(|(header, counted)| {
        let path = path_of(directory, header.sequence);
        Full::read(&path, (&header, header.first_index), counted)
    }))
}

impl Full {
    /// Reads what counts of a segment. It may have been compacted since its header was read.
    fn read(
        path: &Path,
        (header, next): (&Header, u64),
        counted: u64,
    ) -> Result<Self, RecordError> {
        let mut bytes = read_file(path)?;
        let damaged = |problem| RecordError::Header { path: path.to_owned(), problem };
        let now = Header::decode(&bytes).map_err(damaged)?;
        if (now.first_index, now.previous) != (header.first_index, header.previous) {
            return Err(damaged("it was replaced while it was read"));
        }
        if now.is_compacted {
            if now.carried_bytes != counted {
                return Err(damaged("it takes the place of another one than its successor names"));
            }
            return Ok(Self { header: now, bytes, counted });
        }
        let whole = usize::try_from(counted).unwrap_or(usize::MAX);
        if bytes.len() < whole {
            return Err(corrupt(path, bytes.len(), next, FrameFault::Short));
        }
        bytes.truncate(whole);
        Ok(Self { header: now, bytes, counted })
    }

    /// The header of what takes its place when what was erased is taken out of it.
    pub(super) fn replaced(&self) -> Header {
        Header { carried_bytes: self.counted, is_compacted: true, ..self.header }
    }

    /// Its frames, all of which must be intact.
    pub(super) fn frames(
        &self,
        directory: &Path,
        each: &mut dyn FnMut(Frame<'_>) -> Result<(), RecordError>,
    ) -> Result<(), RecordError> {
        let mut at = HEADER_BYTES;
        let mut next = self.header.first_index;
        while at < self.bytes.len() {
            let frame = Frame::decode(&self.bytes[at..]).map_err(|fault| {
                corrupt(&path_of(directory, self.header.sequence), at, next, fault)
            })?;
            at += frame.len();
            next = frame.index + 1;
            each(frame)?;
        }
        Ok(())
    }
}

/// How far a segment's frames are intact.
struct Walk {
    end: usize,
    last_batch: usize,
    next: u64,
    fault: Option<FrameFault>,
}

fn walk(bytes: &[u8], mut next: u64, each: &mut Each<'_>) -> Result<Walk, RecordError> {
    let (mut end, mut last_batch, mut batch_first) = (HEADER_BYTES, HEADER_BYTES, 0);
    while end < bytes.len() {
        let frame = match Frame::decode(&bytes[end..]) {
            Ok(frame) if frame.index == next => frame,
            Ok(frame) => {
                let fault = Some(FrameFault::Index(frame.index));
                return Ok(Walk { end, last_batch, next, fault });
            }
            Err(fault) => return Ok(Walk { end, last_batch, next, fault: Some(fault) }),
        };
        if frame.batch_first != batch_first {
            (batch_first, last_batch) = (frame.batch_first, end);
        }
        each(frame.index, frame.payload)?;
        end += frame.len();
        next += 1;
    }
    Ok(Walk { end, last_batch, next, fault: None })
}

/// How many bytes of a last segment are intact.
#[cfg(any(fuzzing, test))]
pub(super) fn read_bytes(bytes: &[u8], each: &mut Each<'_>) -> Result<usize, RecordError> {
    let path = Path::new("fuzzed");
    let header = Header::decode(bytes)
        .map_err(|problem| RecordError::Header { path: path.to_owned(), problem })?;
    let walk = walk(bytes, header.first_index, each)?;
    match walk.fault {
        Some(fault) if !is_torn(bytes, &header, &walk, fault) => {
            Err(corrupt(path, walk.end, walk.next, fault))
        }
        Some(_) | None => Ok(walk.end),
    }
}

/// Whether what follows the intact frames can be a write that was cut off before it was acknowledged.
fn is_torn(bytes: &[u8], header: &Header, walk: &Walk, fault: FrameFault) -> bool {
    let carried = usize::try_from(header.carried_bytes).unwrap_or(usize::MAX);
    walk.end >= carried
        && !matches!(fault, FrameFault::Index(_))
        && Frame::find_batch_after(&bytes[walk.end..], walk.next).is_none()
}

/// The headers that count, oldest first: the newest segment's and, one by one, each one's predecessor's.
pub(super) fn chain(directory: &Path, format: u32) -> Result<Vec<Header>, RecordError> {
    let present = present(directory)?;
    let mut chain = Vec::new();
    let mut wanted = present.last_key_value().map_or(0, |(sequence, _)| *sequence);
    while wanted != 0 {
        let path = present
            .get(&wanted)
            .ok_or_else(|| RecordError::Missing { path: path_of(directory, wanted) })?;
        let header = read_header(path, wanted, format)?;
        chain.push(header);
        wanted = header.previous;
    }
    chain.reverse();
    Ok(chain)
}

pub(super) fn read_header(path: &Path, sequence: u64, format: u32) -> Result<Header, RecordError> {
    use std::io::Read as _;

    let failed = |source| RecordError::Io { doing: "read", path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(HEADER_BYTES as u64).read_to_end(&mut bytes).map_err(failed)?;
    let header = Header::decode(&bytes);
    let header = header.and_then(|header| {
        if header.sequence != sequence {
            return Err("its header and its file name disagree");
        }
        // Guards the walk back against going in circles.
        if header.previous >= sequence {
            return Err("its header names a later segment as the one before it");
        }
        Ok(header)
    });
    let header =
        header.map_err(|problem| RecordError::Header { path: path.to_owned(), problem })?;
    if header.format != format {
        return Err(RecordError::Format { path: path.to_owned(), found: header.format });
    }
    Ok(header)
}

/// Whether a record is yet to begin in a directory.
pub(super) fn is_new(directory: &Path) -> Result<IsNew, RecordError> {
    let Some((sequence, path)) = present(directory)?.pop_last() else { return Ok(IsNew::Yes) };
    read_header(&path, sequence, FORMAT)?;
    Ok(IsNew::No)
}

/// Whether there is a segment after one.
pub(super) fn has_later(directory: &Path, sequence: u64) -> Result<bool, RecordError> {
    Ok(present(directory)?.last_key_value().is_some_and(|(last, _)| *last > sequence))
}

/// The segment files of a directory by sequence.
fn present(directory: &Path) -> Result<BTreeMap<u64, PathBuf>, RecordError> {
    let failed = |source| RecordError::Io { doing: "list", path: directory.to_owned(), source };
    let mut present = BTreeMap::new();
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let sequence = name
            .to_str()
            .and_then(|name| name.strip_prefix("segment-"))
            .and_then(|digits| digits.parse::<u64>().ok());
        if let Some(sequence) = sequence {
            present.insert(sequence, entry.path());
        }
    }
    Ok(present)
}

fn read_file(path: &Path) -> Result<Vec<u8>, RecordError> {
    std::fs::read(path).map_err(|source| RecordError::Io {
        doing: "read",
        path: path.to_owned(),
        source,
    })
}

fn corrupt(path: &Path, offset: usize, index: u64, fault: FrameFault) -> RecordError {
    RecordError::Corrupt {
        path: path.to_owned(),
        offset: offset as u64,
        index,
        problem: fault.to_string(),
    }
}
