//! Why the record cannot be opened, read or written.

use std::path::PathBuf;

use jiff::Timestamp;

use super::note::NoteFault;
use super::{Refusal, segment};
use crate::limits::ENTRY_BYTES_MAX;

/// Why the record cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error(
        "data directory {} is in use by another station ({holder}); stop that one or choose another directory",
        directory.display()
    )]
    InUse { directory: PathBuf, holder: String },
    #[error("record: cannot {doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: std::io::Error },
    #[error(
        "record: {} is damaged at byte {offset}: entry {index} is not intact ({problem}) although it was stored; \
         restore the file from a copy",
        path.display()
    )]
    Corrupt { path: PathBuf, offset: u64, index: u64, problem: String },
    #[error("record: {} is damaged: {problem}; restore the file from a copy", path.display())]
    Header { path: PathBuf, problem: &'static str },
    #[error("record: {} is missing; restore the file from a copy", path.display())]
    Missing { path: PathBuf },
    #[error("record: there is none in {}", directory.display())]
    Absent { directory: PathBuf },
    #[error("record: entry {index}: {source}")]
    Refused { index: u64, source: Refusal },
    #[error(
        "record: {} does not hold: {problem}; somebody changed the record, or took an older copy of it: \
         restore it from a copy that `watchline record verify` accepts",
        path.display()
    )]
    Unsealed { path: PathBuf, problem: String },
    #[error("record: it cannot be gone on with from entry {entries}: {problem}")]
    Beginning { entries: u64, problem: String },
    #[error("record: {}: {source}", path.display())]
    Note { path: PathBuf, source: NoteFault },
    #[error(
        "record: entry {index} was erased, so what came of it cannot be computed again: \
         start from a snapshot that was taken after it"
    )]
    Erased { index: u64 },
    #[error(
        "record: some of the {entries} entries before {from} were erased, so it is played again from then on: {to} lies before that"
    )]
    BeforeErasure { entries: u64, from: Timestamp, to: Timestamp },
    #[error("record: entry {index} cannot be read: {problem}; restore it from a copy")]
    Unreadable { index: u64, problem: String },
    #[error("record: entry {index}: {problem}")]
    Leaf { index: u64, problem: String },
    #[error("record: {}: {problem}", path.display())]
    Key { path: PathBuf, problem: &'static str },
    #[error(
        "record: {} has format {found}, this build reads {}: {}",
        path.display(),
        segment::FORMAT,
        if *found < segment::FORMAT {
            "bring it up to date by `watchline record migrate DIR`"
        } else {
            "it was written by a later version of this program, which alone can go on with it"
        }
    )]
    Format { path: PathBuf, found: u32 },
    #[error(
        "record: {} says that a migration was interrupted: run `watchline record migrate DIR` again",
        path.display()
    )]
    Migrating { path: PathBuf },
    #[error("record: an entry must have 1 to {ENTRY_BYTES_MAX} bytes, got {bytes}")]
    Size { bytes: usize },
}
