//! A record that has been read, from its beginning or from an entry on, and is not yet gone on with.

use super::disk::Disk;
use super::note::Signer;
use super::seal::{self, Following};
use super::segment::{self, End};
use super::tiles::TileWriter;
use super::tree::Tree;
use super::{DataLock, Journal, RecordError, Refusal, Segment, lock};
use crate::limits::SEGMENT_BYTES_MAX;

/// What was read, and what is needed to write after it.
pub(crate) struct Opening {
    signer: Signer,
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
        lock: &DataLock,
        from: &Tree,
        mut each: impl FnMut(u64, &[u8]) -> Result<(), Refusal>,
    ) -> Result<Self, RecordError> {
        let directory = lock.directory().join("record");
        lock::make_directory(&directory)?;
        let signer = seal::signer(lock.directory())?;
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
        let end = segment::read(&directory, entries, &mut |index, payload| {
            tiles.push(following.take(payload));
            each(index, payload)
        })?;
        let found = end.as_ref().map_or(0, |end| end.next - 1);
        if found < entries {
            return Err(unfit(format!("{found} entries are there")));
        }
        let tree = following.into_tree(&directory)?;
        Ok(Self { signer, end, tree, tiles })
    }

    /// Makes its end durable, or begins it, so that it can be written.
    pub(crate) fn go_on(self, disk: Box<dyn Disk>, lock: DataLock) -> Result<Journal, RecordError> {
        let Self { signer, end, tree, tiles } = self;
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
            signer,
            tree,
            tiles,
        })
    }
}
