//! A record of format 1 is made anew in the present format, beside the old one, which stays as it is.
//!
//! `DATA/migration` is a data directory of its own until everything in it is durable and proven; then `migration/ready` is put
//! there, and what is in it takes its place step by step. Whenever the process is killed, the next run either begins anew or goes
//! on with the steps; in between no station starts. The old record and its keys are kept in `DATA/record-format-1`.
//!
//! Leaves are others than those of the old record, so it cannot be gone on with: the new one has a key and a name of its own, and
//! its last entries tell who did it, and the old one's root and signed checkpoint.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use watch::audit::{Audit, Audited};
use watch::erasure::Migration;
use watch::journal::{self, Entry, Input, PersonId};
use watch::subject::Subject;

use super::disk::{self, Disk, Rights};
use super::note::Checkpoint;
use super::seal::{self, Following};
use super::tree::{self, Hash};
use super::{Content, DataLock, Journal, RecordError, lock, reading, segment};
use crate::limits::BATCH_ENTRIES_MAX;

const OLD_FORMAT: u32 = 1;
const DRAFT: &str = "migration";
const READY: &str = "ready";
const BACKUP: &str = "record-format-1";
/// Keys that the new record has in the place of the old one's.
const KEYS: [&str; 4] = ["master.key", "subjects", "record.key", "record.vkey"];

/// What was made of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Migrated {
    /// Entries that were taken over; two more tell where from and by whom.
    pub(crate) entries: u64,
    pub(crate) origin: String,
    /// Where the old record and its keys are.
    pub(crate) backup: PathBuf,
}

/// Refuses to go on with a data directory whose migration was interrupted.
pub(super) fn check_none(data: &Path) -> Result<(), RecordError> {
    let path = data.join(DRAFT).join(READY);
    if path.exists() { Err(RecordError::Migrating { path }) } else { Ok(()) }
}

/// Brings a record up to date.
pub(crate) fn migrate(
    lock: &DataLock,
    who: (&[PersonId; 2], &str),
    disk: &(impl Disk + Clone + 'static),
) -> Result<Migrated, RecordError> {
    let data = lock.directory();
    let draft = data.join(DRAFT);
    let failed = |source| RecordError::Io { doing: "migrate", path: draft.clone(), source };
    if !draft.join(READY).exists() {
        let newest = old_checkpoint(data)?;
        disk::remove_directories(disk, &draft).map_err(failed)?;
        make(disk, (data, &draft), newest, who)?;
        seal::put_durably(disk, &draft.join(READY), Rights::Everybody, "")?;
    }
    put_in_place(disk, data, &draft).map_err(failed)?;
    let by = seal::verifier(&data.join("keys").join("record.vkey"))?;
    let entries = reading::count(data)?.saturating_sub(2);
    Ok(Migrated { entries, origin: by.name().to_owned(), backup: data.join(BACKUP) })
}

/// The old record's newest checkpoint; an error where there is no record of the old format.
fn old_checkpoint(data: &Path) -> Result<(String, Checkpoint), RecordError> {
    let directory = data.join("record");
    if !directory.is_dir() {
        return Err(RecordError::Absent { directory: data.to_owned() });
    }
    segment::read_as(&directory, OLD_FORMAT, 0, &mut |_, _| Ok(()))?;
    let by = seal::verifier(&data.join("keys").join("record.vkey"))?;
    seal::newest(data, &by)?.ok_or_else(|| RecordError::Unsealed {
        path: directory.join("checkpoint"),
        problem: "it is missing".to_owned(),
    })
}

/// Makes the new record and proves that it says what the old one says.
fn make(
    disk: &(impl Disk + Clone + 'static),
    (data, draft): (&Path, &Path),
    (note, checkpoint): (String, Checkpoint),
    ([first, second], reason): (&[PersonId; 2], &str),
) -> Result<(), RecordError> {
    lock::make_directory(disk, draft)?;
    let lock = DataLock::take(draft)?;
    let mut journal = Journal::open_on(Box::new(disk.clone()), lock, |_, _| Ok(()))?;
    let mut following = Following::new(Some(checkpoint));
    let mut waiting = Vec::new();
    let mut old = Sha256::new();
    let mut last_at = jiff::Timestamp::MIN;
    let directory = data.join("record");
    segment::read_as(&directory, OLD_FORMAT, 0, &mut |index, bytes| {
        following.take(tree::leaf(bytes));
        let entry = journal::read(bytes)
            .map_err(|fault| RecordError::Refused { index, source: fault.into() })?;
        last_at = last_at.max(entry.at);
        old.update(Sha256::digest(bytes));
        let subject = Subject::of(&entry.input);
        waiting.push(Content { at: entry.at, subject, bytes: bytes.to_vec() });
        if waiting.len() == BATCH_ENTRIES_MAX {
            journal.append(&waiting)?;
            waiting.clear();
        }
        Ok(())
    })?;
    if !waiting.is_empty() {
        journal.append(&waiting)?;
    }
    let old_tree = following.into_tree(&directory)?;
    let (entries, root) = (old_tree.size(), old_tree.root());
    prove(draft, (entries, old.finalize().into()))?;
    let migration = Migration { format: OLD_FORMAT, entries, root, checkpoint: note };
    let what = Audited::KeyChanged { with: second.clone(), reason: reason.to_owned() };
    let who = Input::Audited(Audit { by: Some(first.clone()), what });
    let last = [who, Input::Migrated(migration)].map(|input| Entry::new(last_at, input));
    journal.append(&last.each_ref().map(Content::of))?;
    journal.seal()?;
    Ok(())
}

fn prove(draft: &Path, old: (u64, Hash)) -> Result<(), RecordError> {
    let mut new = Sha256::new();
    let entries = reading::read(draft, |_, content| {
        new.update(Sha256::digest(content));
        Ok(())
    })?;
    if (entries, Hash::from(new.finalize())) == old {
        return Ok(());
    }
    let problem = "what was written is not what was read".to_owned();
    Err(RecordError::Unsealed { path: draft.join("record"), problem })
}

/// Puts what is ready in its place; every step that was done before is left out.
fn put_in_place(disk: &dyn Disk, data: &Path, draft: &Path) -> std::io::Result<()> {
    let (record, keys, backup) = (data.join("record"), data.join("keys"), data.join(BACKUP));
    let kept = backup.join("record");
    if !kept.exists() {
        disk::make_directories(disk, &backup.join("keys"))?;
        for (name, rights) in [("record.key", Rights::Owner), ("record.vkey", Rights::Everybody)] {
            let key = std::fs::read(keys.join(name))?;
            disk::put(disk, &backup.join("keys").join(name), rights, &key)?;
        }
        disk.rename(&record, &kept)?;
        disk.sync_directory(&backup)?;
        disk.sync_directory(data)?;
    }
    for name in KEYS {
        let from = draft.join("keys").join(name);
        if from.exists() {
            disk.rename(&from, &keys.join(name))?;
        }
    }
    disk.sync_directory(&keys)?;
    let made = draft.join("record");
    if made.exists() {
        disk.rename(&made, &record)?;
        disk.sync_directory(data)?;
    }
    // All is in its place: whatever is left of the draft does no harm.
    disk::remove_directories(disk, draft)?;
    disk.sync_directory(data)
}

#[cfg(test)]
mod tests;
