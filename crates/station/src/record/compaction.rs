//! Segments that are full are written anew without the envelopes whose keys are destroyed, so that erasing frees the disk.
//!
//! Frames keep their numbers and leaves, so tree, tiles, checkpoints and proofs stay as they are. A segment that was written
//! anew says of how many bytes of the old one it takes the place, for its successor names that number. It gets its name when it
//! is durable. The writer of the record never touches a segment that has a successor, so a station may be running.

use std::collections::BTreeSet;
use std::path::Path;

use watch::erasure::KeyId;
use watch::subject::RetentionClass;

use super::disk::{self, Disk, Rights};
use super::frame::Frame;
use super::keyring::{Held, Keys};
use super::leaf::LEAF_BYTES;
use super::{RecordError, erasing, reading, segment};

/// What was gained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Compacted {
    /// Segments that were written anew.
    pub(crate) segments: u64,
    /// Envelopes that were taken out.
    pub(crate) envelopes: u64,
    pub(crate) bytes_freed: u64,
}

/// Takes what is erased out of all segments but the last.
pub(crate) fn compact(disk: &dyn Disk, data: &Path) -> Result<Compacted, RecordError> {
    let mut keys = reading::keys(data)?;
    let erased = erased(data, &mut keys)?;
    let directory = data.join("record");
    let mut compacted = Compacted::default();
    if erased.is_empty() {
        return Ok(compacted);
    }
    for full in segment::full(&directory)? {
        let full = full?;
        let Some((bytes, envelopes)) = without(&directory, &full, &erased)? else { continue };
        let path = segment::path_of(&directory, full.header.sequence);
        disk::put(disk, &path, Rights::Everybody, &bytes).map_err(|source| RecordError::Io {
            doing: "compact",
            path,
            source,
        })?;
        compacted.segments += 1;
        compacted.envelopes += envelopes;
        compacted.bytes_freed += (full.bytes.len() as u64).saturating_sub(bytes.len() as u64);
    }
    Ok(compacted)
}

/// Keys that the record says are destroyed, and that are.
fn erased(data: &Path, keys: &mut Keys) -> Result<BTreeSet<KeyId>, RecordError> {
    let mut said = BTreeSet::new();
    reading::bodies(data, |index, body| {
        if body.leaf.class == RetentionClass::Erasure {
            let opened =
                keys.open(index, body).map_err(|why| why.of_entry(index, body.leaf.key))?;
            said.extend(erasing::keys_of(&opened.content));
        }
        Ok(())
    })?;
    said.retain(|id| !matches!(keys.get(*id), Held::Key(_)));
    Ok(said)
}

/// A segment's bytes without the envelopes of these keys, and how many those were; `None` where it has none.
fn without(
    directory: &Path,
    full: &segment::Full,
    erased: &BTreeSet<KeyId>,
) -> Result<Option<(Vec<u8>, u64)>, RecordError> {
    let mut bytes = Vec::with_capacity(full.bytes.len());
    bytes.extend_from_slice(&full.replaced().encode());
    let mut envelopes = 0;
    full.frames(directory, &mut |frame| {
        let body = reading::body(frame.index, frame.payload)?;
        let is_erased = body.envelope.is_some() && erased.contains(&body.leaf.key);
        let payload = if is_erased { &frame.payload[..LEAF_BYTES] } else { frame.payload };
        envelopes += u64::from(is_erased);
        Frame { payload, ..frame }.encode(&mut bytes);
        Ok(())
    })?;
    Ok((envelopes > 0).then_some((bytes, envelopes)))
}
