//! What witnesses signed of a record, kept beside it: `DATA/record/witnessed/NUMBER` is the newest checkpoint that the
//! witness of that key number has signed, `DATA/keys/witnesses.vkey` the keys of all that were ever asked.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::cosign::Witness;
use super::disk::{RealDisk, Rights};
use super::note::{Checkpoint, NoteFault, Verifier};
use super::seal::{opened, put_durably};
use super::{RecordError, lock};

/// A checkpoint that a witness has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Witnessed {
    pub(crate) checkpoint: Checkpoint,
    pub(crate) witness: String,
    pub(crate) at: Timestamp,
}

fn directory(data: &Path) -> PathBuf {
    data.join("record").join("witnessed")
}

fn keys_path(data: &Path) -> PathBuf {
    data.join("keys").join("witnesses.vkey")
}

impl Witnessed {
    /// What a note says that bears both signatures.
    pub(crate) fn open(note: &str, by: &Verifier, witness: &Witness) -> Result<Self, NoteFault> {
        let checkpoint = by.open(note)?;
        Ok(Self { checkpoint, witness: witness.name().to_owned(), at: witness.saw(note)? })
    }

    /// The newest that is kept of a witness.
    pub(crate) fn newest(
        data: &Path,
        by: &Verifier,
        witness: &Witness,
    ) -> Result<Option<Self>, RecordError> {
        let path = directory(data).join(witness.number());
        if path.exists() { of_file(&path, by, witness).map(Some) } else { Ok(None) }
    }

    /// All that are kept; the keys are those of the data directory or, before them, one's own.
    pub(crate) fn all(
        data: &Path,
        by: &Verifier,
        own: &[Witness],
    ) -> Result<Vec<Self>, RecordError> {
        let directory = directory(data);
        let failed = |source| RecordError::Io { doing: "read", path: directory.clone(), source };
        if !directory.exists() {
            return Ok(Vec::new());
        }
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(&directory).map_err(failed)? {
            paths.push(entry.map_err(failed)?.path());
        }
        paths.sort();
        let known = [own, &known(data)?].concat();
        let mut all = Vec::new();
        for path in paths.iter().filter(|path| path.extension().is_none()) {
            let of_path = |witness: &&Witness| path.ends_with(witness.number());
            let witness = known.iter().find(of_path).ok_or_else(|| RecordError::Note {
                path: path.clone(),
                source: NoteFault::Note("no witness is known by the number of its name"),
            })?;
            all.push(of_file(path, by, witness)?);
        }
        Ok(all)
    }
}

fn of_file(path: &Path, by: &Verifier, witness: &Witness) -> Result<Witnessed, RecordError> {
    let (note, _) = opened(path, by)?;
    let fault = |source| RecordError::Note { path: path.to_owned(), source };
    // Nothing stands there that nobody signed.
    if note.lines().count() != 6 {
        return Err(fault(NoteFault::Note(
            "it has other lines than a checkpoint and two signatures",
        )));
    }
    Witnessed::open(&note, by, witness).map_err(fault)
}

/// Keeps what a witness has signed; durable when this returns.
pub(crate) fn keep(data: &Path, witness: &Witness, note: &str) -> Result<(), RecordError> {
    let directory = directory(data);
    lock::make_directory(&RealDisk, &directory)?;
    put_durably(&RealDisk, &directory.join(witness.number()), Rights::Everybody, note)
}

/// The keys of the witnesses that were ever asked.
pub(crate) fn known(data: &Path) -> Result<Vec<Witness>, RecordError> {
    let path = keys_path(data);
    if path.exists() { of_keys(&path) } else { Ok(Vec::new()) }
}

/// Keys of witnesses in a file, one in a line.
pub(crate) fn of_keys(path: &Path) -> Result<Vec<Witness>, RecordError> {
    let read = std::fs::read_to_string(path);
    let text =
        read.map_err(|source| RecordError::Io { doing: "read", path: path.to_owned(), source })?;
    let fault = |source| RecordError::Note { path: path.to_owned(), source };
    text.lines().map(|line| Witness::parse(line).map_err(fault)).collect()
}

/// Adds witnesses to those that were ever asked.
pub(crate) fn remember(data: &Path, witnesses: &[Witness]) -> Result<(), RecordError> {
    let mut all = known(data)?;
    let before = all.len();
    for witness in witnesses {
        if !all.contains(witness) {
            all.push(witness.clone());
        }
    }
    if all.len() == before {
        return Ok(());
    }
    let text: String = all.iter().map(Witness::to_text).collect();
    put_durably(&RealDisk, &keys_path(data), Rights::Everybody, &text)
}
