//! The core as it was after an entry, so that a station need not play its record from the beginning.
//!
//! `DATA/store/snapshots/N` is the state after entry N, with the tree over the entries up to it. It can be thrown away: then
//! the whole record is played again. Whatever is wrong with one, it is left aside; a right one bears the signature of the
//! record's own key, for nobody could tell from the record in a short time that it is false.

mod file;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use watch::heavy::HeavyRequest;
use watch::journal::RequestId;
use watch::lasting::LastingError;

use crate::limits::SNAPSHOTS_KEPT;
use crate::record::disk::Disk;
use crate::record::note::Verifier;
use crate::record::tree::{Hash, Tree};

pub(crate) use self::writer::{Moment, SnapshotSink, start};

/// Why there is no snapshot to be had of a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotFault {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("it is not what a snapshot begins with")]
    Foreign,
    #[error("it is damaged, or another key than the record's has signed it")]
    Unsigned,
    #[error(
        "it has format {found}, this program reads format {reads}: go on with the program that wrote it"
    )]
    OtherFormat { found: String, reads: String },
    #[error(transparent)]
    Unread(#[from] LastingError),
    #[error("it cannot be read: {0}")]
    Malformed(String),
    #[error("it has {bytes} bytes, at most {most} are kept")]
    TooLarge { bytes: u64, most: u64 },
}

/// What a station goes on from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    /// Over the entries that led to the state.
    pub(crate) tree: Tree,
    /// SHA-256 of the record's first entry, by which the query store knows it.
    pub(crate) record: Hash,
    /// What the core had asked to be computed and not heard of.
    pub(crate) unanswered: BTreeMap<RequestId, HeavyRequest>,
    /// As [`watch::Core::snapshot`] wrote it; it stands after the rest.
    #[serde(skip)]
    pub(crate) state: Vec<u8>,
}

impl Snapshot {
    /// How many entries led to it.
    pub(crate) fn entries(&self) -> u64 {
        self.tree.size()
    }
}

/// The snapshots of a data directory that were taken at or after an entry, newest first; what is wrong with one is said.
///
/// With `0` all of them. Once the contents of entries have been erased, only one that was taken after the last of those can
/// be gone on from.
pub(crate) fn newest_first(
    data: &Path,
    by: &Verifier,
    at_or_after: u64,
) -> impl Iterator<Item = Result<Snapshot, LeftAside>> {
    let names = file::present(&directory(data)).unwrap_or_else(|error| {
        tracing::warn!("snapshots: {}: {error}", directory(data).display());
        BTreeMap::new()
    });
    let wanted = names.into_iter().rev().take_while(move |(entries, _)| *entries >= at_or_after);
    wanted.map(move |(entries, path)| {
        file::read(&path, entries, by).map_err(|fault| LeftAside::new(entries, &fault))
    })
}

/// A snapshot that is not gone on from, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the snapshot after entry {entries} is left aside: {why}")]
pub(crate) struct LeftAside {
    entries: u64,
    why: String,
}

impl LeftAside {
    /// Says so.
    pub(crate) fn new(entries: u64, why: &dyn std::error::Error) -> Self {
        let aside = Self { entries, why: why.to_string() };
        tracing::warn!("{aside}");
        aside
    }
}

/// Throws all away, because the record that they were taken of is no longer what it was.
pub(crate) fn forget(data: &Path) -> std::io::Result<()> {
    for path in file::present(&directory(data))?.values() {
        std::fs::remove_file(path)?;
    }
    Ok(())
}

/// Keeps the one that was just written and the one before it; others are older, or of a record that has been cut short.
fn forget_others(disk: &dyn Disk, data: &Path, entries: u64) -> std::io::Result<()> {
    let present = file::present(&directory(data))?;
    let kept = present.range(..=entries).rev().take(SNAPSHOTS_KEPT).map(|(kept, _)| *kept);
    let kept: Vec<u64> = kept.collect();
    present
        .iter()
        .filter(|(other, _)| !kept.contains(other))
        .try_for_each(|(_, path)| disk.remove(path))
}

/// Reads bytes as a snapshot that the record's key has signed.
#[cfg(any(fuzzing, test))]
pub(crate) fn fuzzed(bytes: &[u8], signer: &crate::record::note::Signer) {
    let signed = [bytes, &signer.vouch(bytes)].concat();
    if let Ok(snapshot) = file::decode(&signed, &signer.verifier()) {
        std::hint::black_box(snapshot.tree.root());
    }
}

fn directory(data: &Path) -> PathBuf {
    data.join("store").join("snapshots")
}
