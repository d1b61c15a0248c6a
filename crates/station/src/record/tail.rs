//! Follows a record while it grows: from a time on, entry by entry, without a lock and without holding up who writes it.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use watch::subject::RetentionClass;

use super::frame::{Frame, FrameFault};
use super::keyring::{Closed, Keys};
use super::leaf::Body;
use super::reading::{body, keys};
use super::segment::{self, FORMAT, HEADER_BYTES, Header};
use super::{RecordError, Refusal};
use crate::limits::ENTRY_BYTES_MAX;

/// Bytes that are read at once: more than the largest entry.
const STRETCH_BYTES: usize = 4 * ENTRY_BYTES_MAX;
/// Keys may be destroyed while they are known.
const KEYS_KNOWN_FOR: Duration = Duration::from_secs(10);

/// How far a record was followed.
#[derive(Debug)]
pub(crate) struct Tail {
    data: PathBuf,
    directory: PathBuf,
    keys: (Instant, Keys),
    /// Entries taken before this are passed over.
    from: Timestamp,
    header: Header,
    /// Of the first byte of the segment that was not read.
    offset: u64,
    /// Index of the next entry.
    next: u64,
}

impl Tail {
    /// Before the first entry that was taken at a time or later.
    pub(crate) fn since(data: &Path, from: Timestamp) -> Result<Self, RecordError> {
        let directory = data.join("record");
        let absent = || RecordError::Absent { directory: data.to_owned() };
        let chain = segment::chain(&directory, FORMAT)?;
        let mut begins = *chain.first().ok_or_else(absent)?;
        for header in chain.iter().rev() {
            begins = *header;
            if first_at(&directory, header)?.is_some_and(|at| at < from) {
                break;
            }
        }
        Ok(Self {
            data: data.to_owned(),
            directory,
            keys: (Instant::now(), keys(data)?),
            from,
            header: begins,
            offset: HEADER_BYTES as u64,
            next: begins.first_index.max(1),
        })
    }

    /// Reads on to the entry `last`, which must be durable, or to the first that was taken after `until`. What was erased,
    /// and what is of other classes, is passed over.
    pub(crate) fn read(
        &mut self,
        (last, until): (u64, Timestamp),
        classes: &[RetentionClass],
        mut each: impl FnMut(&[u8]) -> Result<(), Refusal>,
    ) -> Result<(), RecordError> {
        if self.keys.0.elapsed() >= KEYS_KNOWN_FOR {
            self.keys = (Instant::now(), keys(&self.data)?);
        }
        while self.next <= last {
            // What a failed write left behind is in no chain.
            let (counted, successor) = self.stand()?;
            let went_on = self.stretch((last, until), (classes, counted), &mut each)?;
            if went_on {
                continue;
            }
            match successor.filter(|_| Some(self.offset) >= counted) {
                // It may begin with copies of what was read.
                Some(successor) if successor.first_index <= self.next => {
                    (self.header, self.offset) = (successor, HEADER_BYTES as u64);
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// How many bytes of the segment count, and what comes after it, where it has a successor.
    ///
    /// Meanwhile it may have been compacted; and when a write failed, all of it may have been carried into the next.
    fn stand(&mut self) -> Result<(Option<u64>, Option<Header>), RecordError> {
        if !segment::has_later(&self.directory, self.header.sequence)? {
            return Ok((None, None));
        }
        let chain = segment::chain(&self.directory, FORMAT)?;
        let here = chain.iter().position(|header| header.sequence == self.header.sequence);
        let holds_next = |header: &Header| header.first_index <= self.next;
        let Some(here) = here.or_else(|| chain.iter().rposition(holds_next)) else {
            return Err(RecordError::Absent { directory: self.data.clone() });
        };
        let (now, successor) = (chain[here], chain.get(here + 1).copied());
        if (now.sequence, now.is_compacted) != (self.header.sequence, self.header.is_compacted) {
            self.offset = HEADER_BYTES as u64;
        }
        self.header = now;
        let Some(successor) = successor else { return Ok((None, None)) };
        if !now.is_compacted {
            return Ok((Some(successor.previous_bytes), Some(successor)));
        }
        let path = segment::path_of(&self.directory, now.sequence);
        let length = std::fs::metadata(&path).map(|meta| meta.len());
        let failed = |source| RecordError::Io { doing: "read", path, source };
        Ok((Some(length.map_err(failed)?), Some(successor)))
    }

    /// Reads some bytes of the segment; false when there was no whole entry that may be read.
    fn stretch(
        &mut self,
        (last, until): (u64, Timestamp),
        (classes, counted): (&[RetentionClass], Option<u64>),
        each: &mut dyn FnMut(&[u8]) -> Result<(), Refusal>,
    ) -> Result<bool, RecordError> {
        let bytes = self.bytes(counted)?;
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            // What comes after may be being written.
            if self.next > last {
                return Ok(true);
            }
            let frame = match Frame::decode(rest) {
                Ok(frame) => frame,
                // The rest of it is in the next stretch.
                Err(FrameFault::Short) => break,
                Err(fault) => return Err(self.corrupt(fault)),
            };
            let body = body(frame.index, frame.payload)?;
            if body.leaf.at > until {
                return Ok(false);
            }
            if frame.index > self.next {
                return Err(self.corrupt(FrameFault::Index(frame.index)));
            }
            if frame.index == self.next {
                if body.leaf.at >= self.from && classes.contains(&body.leaf.class) {
                    open(&mut self.keys.1, frame.index, &body, each)?;
                }
                self.next += 1;
            }
            at += frame.len();
            self.offset += frame.len() as u64;
        }
        Ok(at > 0)
    }

    fn corrupt(&self, fault: FrameFault) -> RecordError {
        let path = segment::path_of(&self.directory, self.header.sequence);
        let problem = fault.to_string();
        RecordError::Corrupt { path, offset: self.offset, index: self.next, problem }
    }

    fn bytes(&self, counted: Option<u64>) -> Result<Vec<u8>, RecordError> {
        let path = segment::path_of(&self.directory, self.header.sequence);
        let most = counted.map_or(STRETCH_BYTES as u64, |counted| {
            counted.saturating_sub(self.offset).min(STRETCH_BYTES as u64)
        });
        let read = || {
            let mut file = File::open(&path)?;
            file.seek(SeekFrom::Start(self.offset))?;
            let mut bytes = Vec::new();
            file.take(most).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map_err(|source| RecordError::Io { doing: "read", path: path.clone(), source })
    }
}

/// What an entry says, to whoever asked, unless it was erased.
fn open(
    keys: &mut Keys,
    index: u64,
    body: &Body<'_>,
    each: &mut dyn FnMut(&[u8]) -> Result<(), Refusal>,
) -> Result<(), RecordError> {
    match keys.open(index, body) {
        Ok(opened) => {
            each(&opened.content).map_err(|source| RecordError::Refused { index, source })
        }
        Err(Closed::Erased) => Ok(()),
        Err(why) => Err(why.of_entry(index, body.leaf.key)),
    }
}

/// When the first entry of a segment was taken; `None` where it has none yet.
fn first_at(directory: &Path, header: &Header) -> Result<Option<Timestamp>, RecordError> {
    let path = segment::path_of(directory, header.sequence);
    let read = || {
        let mut bytes = Vec::new();
        File::open(&path)?.take(STRETCH_BYTES as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes: Vec<u8> =
        read().map_err(|source| RecordError::Io { doing: "read", path: path.clone(), source })?;
    let frame = bytes.get(HEADER_BYTES..).and_then(|rest| Frame::decode(rest).ok());
    frame.map(|frame| Ok(body(frame.index, frame.payload)?.leaf.at)).transpose()
}

#[cfg(test)]
mod tests;
