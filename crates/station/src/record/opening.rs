//! A record that has been read, from its beginning or from an entry on, and is not yet gone on with.

use watch::erasure::KeyId;
use watch::subject::RetentionClass;

use super::disk::Disk;
use super::envelope::{Nonces, Opened};
use super::keyring::{Closed, Keyring};
use super::leaf::Body;
use super::note::Signer;
use super::seal::{self, Following};
use super::segment::{self, End};
use super::tiles::TileWriter;
use super::tree::Tree;
use super::{DataLock, Journal, RecordError, Refusal, Segment, erasing, lock, migration, reading};
use crate::limits::SEGMENT_BYTES_MAX;

/// What was read, and what is needed to write after it.
pub(crate) struct Opening {
    signer: Signer,
    keyring: Keyring,
    /// Keys that what was read says are destroyed.
    erased: Vec<KeyId>,
    end: Option<End>,
    tree: Tree,
    tiles: TileWriter,
}

impl Opening {
    /// Hands every entry after those that `from` is over to `each`, in order, and holds all against what was signed.
    ///
    /// Those before are not read, so that a tree over them is believed only as far as a signed checkpoint of later agrees;
    /// that they are still what they were is for [`super::check`] to say.
    pub(crate) fn read(
        disk: &dyn Disk,
        lock: &DataLock,
        from: &Tree,
        mut each: impl FnMut(u64, &[u8]) -> Result<(), Refusal>,
    ) -> Result<Self, RecordError> {
        Self::read_bodies(disk, lock, from, |index, body, opened| {
            let opened = opened.map_err(|why| why.of_entry(index, body.leaf.key))?;
            each(index, &opened.content).map_err(|source| RecordError::Refused { index, source })
        })
    }

    /// The same whatever became of what entries say.
    pub(super) fn read_bodies(
        disk: &dyn Disk,
        lock: &DataLock,
        from: &Tree,
        mut each: impl FnMut(u64, &Body<'_>, Result<Opened, Closed>) -> Result<(), RecordError>,
    ) -> Result<Self, RecordError> {
        migration::check_none(lock.directory())?;
        let directory = lock.directory().join("record");
        lock::make_directory(disk, &directory)?;
        let is_new = segment::is_new(&directory)?;
        let signer = seal::signer(disk, lock.directory())?;
        let mut keyring = Keyring::open(disk, lock.directory(), is_new)?;
        let mut erased = Vec::new();
        let newest = seal::newest(lock.directory(), &signer.verifier())?;
        let entries = from.size();
        let unfit = |problem| RecordError::Beginning { entries, problem };
        let signed = newest.as_ref().map_or(0, |(_, checkpoint)| checkpoint.size);
        if signed < entries {
            return Err(unfit(format!("{signed} entries were signed")));
        }
        let mut tiles = if entries == 0 {
            TileWriter::begin(lock.directory())
        } else {
            TileWriter::resume(lock.directory(), from)
                .map_err(|error| unfit(format!("store/tiles: {error}")))?
        };
        let mut following =
            Following::after(from.clone(), newest.map(|(_, checkpoint)| checkpoint));
        let end = segment::read(&directory, entries, &mut |index, bytes| {
            let body = reading::body(index, bytes)?;
            tiles.push(following.take(body.hash()));
            let opened = keyring.open_entry(index, &body);
            if body.leaf.class == RetentionClass::Erasure
                && let Ok(opened) = &opened
            {
                erased.extend(erasing::keys_of(&opened.content));
            }
            each(index, &body, opened)
        })?;
        let found = end.as_ref().map_or(0, |end| end.next - 1);
        if found < entries {
            return Err(unfit(format!("{found} entries are there")));
        }
        let tree = following.into_tree(&directory)?;
        Ok(Self { signer, keyring, erased, end, tree, tiles })
    }

    /// Makes its end durable, or begins it, so that it can be written.
    pub(crate) fn go_on(self, disk: Box<dyn Disk>, lock: DataLock) -> Result<Journal, RecordError> {
        let Self { signer, mut keyring, erased, end, tree, tiles } = self;
        // It was written down and the process died before it was done, or the keys come from an older copy.
        keyring.destroy(&*disk, &erased)?;
        keyring.tidy(&*disk);
        let directory = lock.directory().join("record");
        let (segment, next) = match end {
            Some(end) => (Segment::resume(&*disk, &directory, &end)?, end.next),
            None => (Segment::first(&*disk, &directory)?, 1),
        };
        Ok(Journal {
            _lock: lock,
            disk,
            directory,
            segment,
            next,
            failing: false,
            segment_bytes_max: SEGMENT_BYTES_MAX,
            batch: Vec::new(),
            body: Vec::new(),
            signer,
            keyring,
            nonces: Nonces::draw().map_err(super::no_chance)?,
            owed: Vec::new(),
            tree,
            tiles,
        })
    }
}
