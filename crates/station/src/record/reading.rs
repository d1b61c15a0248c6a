//! Reads a record without a lock and without changing anything.

use std::path::Path;

use watch::subject::RetentionClass;

use super::keyring::{Closed, Keys};
use super::leaf::{Body, LEAF_BYTES};
use super::{RecordError, Refusal, segment};

/// Reads the content of every entry of a data directory's record in order.
///
/// Returns how many there are. A torn tail ends the record; damage before it is an error, and so is a content that was erased
/// or cannot be read.
pub fn read(
    data_directory: &Path,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), Refusal>,
) -> Result<u64, RecordError> {
    read_after(data_directory, 0, &mut each)
}

/// The same of every entry after one.
pub(crate) fn read_after(
    data_directory: &Path,
    after: u64,
    mut each: impl FnMut(u64, &[u8]) -> Result<(), Refusal>,
) -> Result<u64, RecordError> {
    let mut keys = keys(data_directory)?;
    bodies_after(data_directory, after, |index, body| {
        let opened = keys.open(index, body).map_err(|why| why.of_entry(index, body.leaf.key))?;
        each(index, &opened.content).map_err(|source| RecordError::Refused { index, source })
    })
}

/// Reads what entries of some classes say, in order, but for those that were erased, and tells how many those are.
pub(crate) fn read_classes(
    data_directory: &Path,
    classes: &[RetentionClass],
    mut each: impl FnMut(u64, &[u8]) -> Result<(), Refusal>,
) -> Result<u64, RecordError> {
    let mut keys = keys(data_directory)?;
    let mut erased = 0;
    bodies(data_directory, |index, body| {
        if !classes.contains(&body.leaf.class) {
            return Ok(());
        }
        match keys.open(index, body) {
            Ok(opened) => each(index, &opened.content)
                .map_err(|source| RecordError::Refused { index, source }),
            Err(Closed::Erased) => {
                erased += 1;
                Ok(())
            }
            Err(why) => Err(why.of_entry(index, body.leaf.key)),
        }
    })?;
    Ok(erased)
}

/// How many entries a data directory's record has.
pub fn count(data_directory: &Path) -> Result<u64, RecordError> {
    bodies(data_directory, |_, _| Ok(()))
}

/// How many entries a data directory's record holds, by its last segment alone; 0 when there is none yet.
pub(crate) fn entries(data_directory: &Path) -> Result<u64, RecordError> {
    let directory = data_directory.join("record");
    if !directory.is_dir() {
        return Ok(0);
    }
    let end = segment::read(&directory, u64::MAX, &mut |_, _| Ok(()))?;
    Ok(end.map_or(0, |end| end.next - 1))
}

/// Reads every entry of a data directory's record in order, as it lies there.
pub(crate) fn bodies(
    data_directory: &Path,
    each: impl FnMut(u64, &Body<'_>) -> Result<(), RecordError>,
) -> Result<u64, RecordError> {
    bodies_after(data_directory, 0, each)
}

/// The same of every entry after one; whole segments before it are not read.
pub(crate) fn bodies_after(
    data_directory: &Path,
    after: u64,
    mut each: impl FnMut(u64, &Body<'_>) -> Result<(), RecordError>,
) -> Result<u64, RecordError> {
    let directory = data_directory.join("record");
    let absent = || RecordError::Absent { directory: data_directory.to_owned() };
    if !directory.is_dir() {
        return Err(absent());
    }
    let end =
        segment::read(&directory, after, &mut |index, bytes| each(index, &body(index, bytes)?))?;
    Ok(end.ok_or_else(absent)?.next - 1)
}

/// The leaves of entries after one, so many or as many as there are.
pub(crate) fn leaves(
    data_directory: &Path,
    after: u64,
    count: usize,
) -> Result<Vec<[u8; LEAF_BYTES]>, RecordError> {
    let mut leaves = Vec::with_capacity(count);
    let between = (after, after + count as u64);
    segment::read_between(&data_directory.join("record"), between, &mut |index, bytes| {
        leaves.push(*body(index, bytes)?.leaf_bytes);
        Ok(())
    })?;
    Ok(leaves)
}

/// An entry as it lies in a segment.
pub(super) fn body(index: u64, bytes: &[u8]) -> Result<Body<'_>, RecordError> {
    Body::decode(bytes).map_err(|fault| RecordError::Leaf { index, problem: fault.to_string() })
}

/// The keys of a data directory, which must have them.
pub(crate) fn keys(data_directory: &Path) -> Result<Keys, RecordError> {
    Keys::load(data_directory)?.ok_or_else(|| RecordError::Key {
        path: data_directory.join("keys").join("master.key"),
        problem: "it is missing: what entries hold cannot be read without it",
    })
}
