//! The record: an append-only journal on disk that acknowledges nothing before it is durable.
//!
//! `DATA/record/segment-NNNNNNNNNN` files hold frames ([`frame`]) behind a header ([`segment`]). Entries are counted
//! from 1. A batch is written and synced as one; the next one is written only when that has succeeded.
//!
//! When a write or a sync fails, nothing about the file may be trusted any more: Linux may drop the pages that it
//! could not write and report success the next time. So the segment is never written again. The next append begins
//! a new segment that carries a copy of whatever shared the last page with the failed write, and whose header says
//! how much of the old one counts. What this cannot find is a whole tail that somebody cut off cleanly, or damage
//! to the very last batch, which looks like a write that was never finished.
//!
//! Checksums find what went wrong; that nobody changed entries on purpose is found by the signed checkpoint of the tree over
//! them ([`seal`]). The tree holds leaves that tell nothing of anybody ([`leaf`]); what an entry says lies beside its leaf in an
//! envelope ([`envelope`]) under a key of its subject ([`keyring`]), and is gone for good when that is destroyed.

pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod compaction;
mod content;
pub(crate) mod cosign;
pub(crate) mod disk;
pub(crate) mod envelope;
mod erasing;
mod error;
mod frame;
pub(crate) mod keyring;
mod keys;
pub(crate) mod leaf;
mod lock;
pub(crate) mod migration;
pub(crate) mod note;
mod opening;
pub(crate) mod proof;
mod reading;
pub(crate) mod recordings;
pub(crate) mod seal;
mod segment;
pub(crate) mod tail;
pub(crate) mod tiles;
pub(crate) mod times;
pub(crate) mod tree;
pub(crate) mod witnessed;

use std::path::{Path, PathBuf};

use watch::erasure::KeyId;

use self::disk::{Disk, DiskFile, RealDisk, Rights};
use self::envelope::{Nonces, Opened, SALT_BYTES};
use self::frame::Frame;
use self::keyring::{Closed, Keyring};
use self::leaf::{Body, Leaf};
use self::note::{Signer, Verifier};
use self::segment::Header;
use self::tiles::TileWriter;
use self::tree::{Hash, Tree};
use crate::limits::ENTRY_BYTES_MAX;

pub use self::content::Content;
pub use self::error::RecordError;
pub(crate) use self::keyring::is_any_erased;
pub use self::lock::DataLock;
pub(crate) use self::opening::Opening;
pub(crate) use self::reading::{
    bodies, bodies_after, entries, keys, leaves, read_after, read_classes,
};
pub use self::reading::{count, read};

/// Why a reader would not take an entry.
pub type Refusal = Box<dyn std::error::Error + Send + Sync>;

/// Page of the operating system's cache: what one failed write can take with it.
const PAGE_BYTES: u64 = 4_096;

/// The one writer of a data directory's record.
pub struct Journal {
    _lock: DataLock,
    disk: Box<dyn Disk>,
    directory: PathBuf,
    segment: Segment,
    /// Index of the next entry.
    next: u64,
    /// A write failed: the segment must not be written again.
    failing: bool,
    segment_bytes_max: u64,
    batch: Vec<u8>,
    body: Vec<u8>,
    signer: Signer,
    keyring: Keyring,
    nonces: Nonces,
    /// Keys that an entry says are destroyed, and that could not be destroyed yet.
    owed: Vec<KeyId>,
    /// Over all entries.
    tree: Tree,
    tiles: TileWriter,
}

/// A checkpoint that was signed just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Entries under it.
    pub entries: u64,
    /// The signed note.
    pub note: String,
}

/// The segment that is being written.
struct Segment {
    header: Header,
    file: Box<dyn DiskFile>,
    /// Bytes known to be durable.
    length: u64,
    /// Whole frames at its end, from the first that touches the page in which the file ends.
    last_page: Vec<u8>,
}

impl Journal {
    /// Opens a record, or begins one, and hands every entry that it holds to `each`, in order.
    ///
    /// A tail that was never acknowledged is cut off. Entries of the last batch are written and synced once more
    /// before this returns, because after a crash they may be in the cache alone.
    pub fn open(
        lock: DataLock,
        each: impl FnMut(u64, &[u8]) -> Result<(), Refusal>,
    ) -> Result<Self, RecordError> {
        Self::open_on(Box::new(RealDisk), lock, each)
    }

    pub(crate) fn open_on(
        disk: Box<dyn Disk>,
        lock: DataLock,
        each: impl FnMut(u64, &[u8]) -> Result<(), Refusal>,
    ) -> Result<Self, RecordError> {
        Opening::read(&*disk, &lock, &Tree::default(), each)?.go_on(disk, lock)
    }

    /// Opens a record whatever became of what its entries say.
    pub(crate) fn open_bodies(
        disk: Box<dyn Disk>,
        lock: DataLock,
        each: impl FnMut(u64, &Body<'_>, Result<Opened, Closed>) -> Result<(), RecordError>,
    ) -> Result<Self, RecordError> {
        Opening::read_bodies(&*disk, &lock, &Tree::default(), each)?.go_on(disk, lock)
    }

    /// Index that the next entry will have.
    pub fn next_index(&self) -> u64 {
        self.next
    }

    /// Whether the last write failed, so that nothing is stored at present.
    pub fn is_failing(&self) -> bool {
        self.failing
    }

    /// Stores entries in order and returns the index of the last once all are durable.
    ///
    /// After an error none of them counts as stored, and the next call tries anew in a new segment. (If the process
    /// dies before that call, entries of the failed one may still be found: they reached the disk, unconfirmed.)
    pub fn append(&mut self, contents: &[Content]) -> Result<u64, RecordError> {
        let is_refused = |bytes: usize| bytes == 0 || bytes > ENTRY_BYTES_MAX;
        if let Some(content) = contents.iter().find(|content| is_refused(content.bytes.len())) {
            return Err(RecordError::Size { bytes: content.bytes.len() });
        }
        if self.failing || self.segment.length >= self.segment_bytes_max {
            self.begin_segment()?;
        }
        let leaves = self.close(contents)?;
        if let Err(source) = self.segment.write(&self.batch) {
            self.failing = true;
            let path = segment::path_of(&self.directory, self.segment.header.sequence);
            return Err(RecordError::Io { doing: "write", path, source });
        }
        self.next += contents.len() as u64;
        for leaf in leaves {
            self.tree.push(leaf);
            self.tiles.push(leaf);
        }
        Ok(self.next - 1)
    }

    /// Makes frames of contents, each under the key of its subject, which is durable by then. Returns what stands for them.
    fn close(&mut self, contents: &[Content]) -> Result<Vec<Hash>, RecordError> {
        let mut salts = vec![[0; SALT_BYTES]; contents.len()];
        getrandom::fill(salts.as_flattened_mut()).map_err(no_chance)?;
        self.batch.clear();
        let mut leaves = Vec::with_capacity(contents.len());
        for ((index, content), salt) in (self.next..).zip(contents).zip(&salts) {
            let (id, key) = self.keyring.key_for(&*self.disk, &content.subject, content.day())?;
            let (class, at) = (content.subject.class, content.at);
            let leaf = Leaf { class, at, key: id, commitment: [0; 32], envelope: [0; 32] };
            self.body.clear();
            let closing = (&key, &mut self.nonces);
            let leaf =
                envelope::close((index, leaf), closing, (salt, &content.bytes), &mut self.body);
            Frame { index, batch_first: self.next, payload: &self.body }.encode(&mut self.batch);
            leaves.push(tree::leaf(&leaf.encode()));
        }
        Ok(leaves)
    }

    /// Signs all that is stored.
    pub fn seal(&mut self) -> Result<Sealed, RecordError> {
        self.tiles.flush();
        let note = seal::seal(&*self.disk, &self.directory, (&self.signer, &self.tree))?;
        Ok(Sealed { entries: self.tree.size(), note })
    }

    /// Begins segments that are smaller than those of a station.
    #[cfg(test)]
    pub(crate) fn set_segment_bytes_max(&mut self, bytes: u64) {
        self.segment_bytes_max = bytes;
    }

    /// Over all entries that are stored.
    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// What verifies what this record signs.
    pub(crate) fn verifier(&self) -> Verifier {
        self.signer.verifier()
    }

    /// Goes on in a new segment; after a failure it carries what the failed write may have damaged.
    fn begin_segment(&mut self) -> Result<(), RecordError> {
        let old = &self.segment;
        let carried = if self.failing { old.last_page.as_slice() } else { &[] };
        self.failing = true;
        let kept = old.length - carried.len() as u64;
        // When only the header would be kept, that page is in doubt too: the new segment replaces the old one.
        let replaces = kept <= segment::HEADER_BYTES as u64 && old.length < PAGE_BYTES;
        let (previous, previous_bytes) = if replaces {
            (old.header.previous, old.header.previous_bytes)
        } else {
            (old.header.sequence, kept)
        };
        let header = Header {
            sequence: old.header.sequence + 1,
            first_index: first_index(carried).unwrap_or(self.next),
            previous,
            previous_bytes,
            carried_bytes: (segment::HEADER_BYTES + carried.len()) as u64,
            format: segment::FORMAT,
            is_compacted: false,
        };
        let path = segment::path_of(&self.directory, header.sequence);
        let failed = |source| RecordError::Io { doing: "begin", path: path.clone(), source };
        let new = Segment::begin(&*self.disk, &path, header, carried).map_err(failed)?;
        // From here on the name may be on the disk, so the old segment must not be gone on with.
        let old = std::mem::replace(&mut self.segment, new);
        self.disk.sync_directory(&self.directory).map_err(failed)?;
        self.failing = false;
        if replaces {
            // What is left behind is never read, so it does no harm.
            drop(self.disk.remove(&segment::path_of(&self.directory, old.header.sequence)));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal")
            .field("directory", &self.directory)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl Segment {
    /// Begins a record.
    fn first(disk: &dyn Disk, directory: &Path) -> Result<Self, RecordError> {
        let carried_bytes = segment::HEADER_BYTES as u64;
        let header = Header {
            sequence: 1,
            first_index: 1,
            previous: 0,
            previous_bytes: 0,
            carried_bytes,
            format: segment::FORMAT,
            is_compacted: false,
        };
        let path = segment::path_of(directory, header.sequence);
        let failed = |source| RecordError::Io { doing: "begin", path: path.clone(), source };
        let segment = Self::begin(disk, &path, header, &[]).map_err(failed)?;
        disk.sync_directory(directory).map_err(failed)?;
        Ok(segment)
    }

    /// Makes a segment file whose content is durable before it has its name.
    fn begin(
        disk: &dyn Disk,
        path: &Path,
        header: Header,
        carried: &[u8],
    ) -> std::io::Result<Self> {
        let draft = path.with_extension("draft");
        let file = disk.create(&draft, Rights::Everybody)?;
        file.write_all_at(&[&header.encode(), carried].concat(), 0)?;
        file.sync()?;
        disk.rename(&draft, path)?;
        Ok(Self { header, file, length: header.carried_bytes, last_page: carried.to_vec() })
    }

    /// Goes on where a record ends, with a clean and durable tail.
    fn resume(disk: &dyn Disk, directory: &Path, end: &segment::End) -> Result<Self, RecordError> {
        let path = segment::path_of(directory, end.header.sequence);
        let failed = |source| RecordError::Io { doing: "resume", path: path.clone(), source };
        let file = disk.open(&path).map_err(failed)?;
        if end.torn_bytes > 0 {
            tracing::warn!(
                "record: {} ended in {} bytes of an unfinished write, which were cut off",
                path.display(),
                end.torn_bytes
            );
        }
        let length = end.bytes.len() as u64;
        file.set_len(length).map_err(failed)?;
        file.write_all_at(&end.bytes[end.last_batch..], end.last_batch as u64).map_err(failed)?;
        file.sync().map_err(failed)?;
        disk.sync_directory(directory).map_err(failed)?;
        let mut segment = Self { header: end.header, file, length, last_page: Vec::new() };
        segment.remember_last_page(&end.bytes[segment::HEADER_BYTES..]);
        Ok(segment)
    }

    fn write(&mut self, batch: &[u8]) -> std::io::Result<()> {
        self.file.write_all_at(batch, self.length)?;
        self.file.sync()?;
        self.length += batch.len() as u64;
        self.remember_last_page(batch);
        Ok(())
    }

    /// Takes in frames that now stand at the end and forgets those that the last page does not touch.
    fn remember_last_page(&mut self, frames: &[u8]) {
        self.last_page.extend_from_slice(frames);
        let page_starts = self.length - self.length % PAGE_BYTES;
        let mut start = self.length - self.last_page.len() as u64;
        let mut forgotten = 0;
        while let Ok(frame) = Frame::decode(&self.last_page[forgotten..]) {
            if start + frame.len() as u64 > page_starts {
                break;
            }
            start += frame.len() as u64;
            forgotten += frame.len();
        }
        self.last_page.drain(..forgotten);
    }
}

fn no_chance(error: getrandom::Error) -> RecordError {
    let source = std::io::Error::other(error.to_string());
    RecordError::Io { doing: "draw from", path: PathBuf::from("the system's chance"), source }
}

fn first_index(frames: &[u8]) -> Option<u64> {
    Frame::decode(frames).ok().map(|frame| frame.index)
}

/// Reads bytes as a segment that is the only one of its record.
#[cfg(any(fuzzing, test))]
pub(crate) fn fuzzed(bytes: &[u8]) {
    let mut each = |index, payload: &[u8]| {
        std::hint::black_box(reading::body(index, payload)?.hash());
        Ok(())
    };
    if let Ok(end) = segment::read_bytes(bytes, &mut each) {
        assert!(end <= bytes.len(), "it ends after its end");
    }
}

#[cfg(test)]
pub(crate) mod tests;
