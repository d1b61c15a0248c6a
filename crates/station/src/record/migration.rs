//! A record of format 1 is made anew in the present format, beside the old one, which stays as it is.
//!
//! `DATA/migration` is a data directory of its own until everything in it is durable and proven; then `migration/ready` is put
//! there, and what is in it takes its place step by step. Whenever the process is killed, the next run either begins anew or goes
//! on with the steps; in between no station starts. The old record and its keys are kept in `DATA/record-format-1`.
//!
//! Leaves are others than those of the old record, so it cannot be gone on with: the new one has a key and a name of its own, and
//! its last entries tell who did it, and the old one's root and signed checkpoint.

use std::fs::File;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use watch::audit::{Audit, Audited};
use watch::erasure::Migration;
use watch::journal::{self, Entry, Input, PersonId};
use watch::subject::Subject;

use super::note::Checkpoint;
use super::seal::{self, Following};
use super::tree::{self, Hash};
use super::{Content, DataLock, Journal, RecordError, reading, segment};
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

/// Brings a record up to date; `step` is asked before everything that changes a file's name.
pub(crate) fn migrate(
    lock: &DataLock,
    who: (&[PersonId; 2], &str),
    step: &mut dyn FnMut() -> std::io::Result<()>,
) -> Result<Migrated, RecordError> {
    let data = lock.directory();
    let draft = data.join(DRAFT);
    let failed = |source| RecordError::Io { doing: "migrate", path: draft.clone(), source };
    if !draft.join(READY).exists() {
        let newest = old_checkpoint(data)?;
        step().and_then(|()| remove(&draft)).map_err(failed)?;
        make(data, &draft, newest, who)?;
        step().map_err(failed)?;
        seal::put_durably(&draft.join(READY), 0o644, "")?;
    }
    put_in_place(data, &draft, step).map_err(failed)?;
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
    data: &Path,
    draft: &Path,
    (note, checkpoint): (String, Checkpoint),
    ([first, second], reason): (&[PersonId; 2], &str),
) -> Result<(), RecordError> {
    let mut journal = Journal::open(DataLock::take(draft)?, |_, _| Ok(()))?;
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
    let last = [who, Input::Migrated(migration)].map(|input| Entry { at: last_at, input });
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
fn put_in_place(
    data: &Path,
    draft: &Path,
    step: &mut dyn FnMut() -> std::io::Result<()>,
) -> std::io::Result<()> {
    let (record, keys, backup) = (data.join("record"), data.join("keys"), data.join(BACKUP));
    let kept = backup.join("record");
    if !kept.exists() {
        step()?;
        std::fs::create_dir_all(backup.join("keys"))?;
        for name in ["record.key", "record.vkey"] {
            step()?;
            std::fs::copy(keys.join(name), backup.join("keys").join(name))?;
            sync(&backup.join("keys").join(name))?;
        }
        sync(&backup.join("keys"))?;
        sync(&backup)?;
        step()?;
        std::fs::rename(&record, &kept)?;
        sync(&backup)?;
        sync(data)?;
    }
    for name in KEYS {
        let from = draft.join("keys").join(name);
        if from.exists() {
            step()?;
            std::fs::rename(&from, keys.join(name))?;
        }
    }
    sync(&keys)?;
    let made = draft.join("record");
    if made.exists() {
        step()?;
        std::fs::rename(&made, &record)?;
        sync(data)?;
    }
    step()?;
    remove(draft)?;
    sync(data)
}

fn sync(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

/// Removes a directory; one that is not there is removed already.
fn remove(directory: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A copy of the record that the last build of format 1 wrote.
    fn old_record() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let from = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/record-format-1");
        for part in ["record", "keys"] {
            std::fs::create_dir(home.path().join(part)).unwrap();
            for file in std::fs::read_dir(Path::new(from).join(part)).unwrap() {
                let file = file.unwrap().path();
                std::fs::copy(&file, home.path().join(part).join(file.file_name().unwrap()))
                    .unwrap();
            }
        }
        home
    }

    fn two() -> [PersonId; 2] {
        ["A. Popa", "M. Ionescu"].map(|name| PersonId(name.to_owned()))
    }

    /// That the new record holds and says what the old one said, and from where it came.
    fn assert_is_up_to_date(home: &Path) {
        let backup = home.join(BACKUP);
        let mut old = Vec::new();
        segment::read_as(&backup.join("record"), OLD_FORMAT, 0, &mut |_, bytes| {
            old.push(bytes.to_vec());
            Ok(())
        })
        .unwrap();
        let mut new = Vec::new();
        let entries = reading::read(home, |_, content| {
            new.push(content.to_vec());
            Ok(())
        });
        assert_eq!((entries.unwrap(), old.len()), (44, 42));
        let last = journal::read(&new.pop().unwrap()).unwrap();
        let who = journal::read(&new.pop().unwrap()).unwrap().input;
        let [first, with] = two();
        let what = Audited::KeyChanged { with, reason: "the new version".into() };
        assert_eq!(who, Input::Audited(Audit { by: Some(first), what }));
        assert!(new == old, "what entries say is another");
        // Entries of the oldest version that this build reads.
        let read: Vec<Input> =
            old.iter().map(|entry| journal::read(entry).unwrap().input).collect();
        assert!(old.iter().all(|entry| entry[0] == 7 && journal::decode(entry).is_err()));
        assert!(matches!(&read[0], Input::Opened { .. }), "{:?}", read[0]);
        let acts = read.iter().filter(|input| matches!(input, Input::Commanded(_))).count();
        let rejected = read.iter().filter(|input| matches!(input, Input::Rejected(_))).count();
        assert_eq!((acts, rejected), (3, 6), "{read:?}");
        let Input::Migrated(migration) = last.input else { panic!("{last:?}") };
        let by = seal::verifier(&backup.join("keys/record.vkey")).unwrap();
        assert_eq!(by.open(&migration.checkpoint).unwrap().root, migration.root);
        assert_eq!((migration.format, migration.entries), (1, 42));
        assert!(!home.join(DRAFT).exists());
        // It can be gone on with.
        Journal::open(DataLock::take(home).unwrap(), |_, _| Ok(())).unwrap().seal().unwrap();
    }

    #[test]
    fn a_record_of_the_old_format_is_refused_with_what_to_do_and_then_brought_up_to_date() {
        let home = old_record();
        let before = std::fs::read(home.path().join("record/segment-0000000001")).unwrap();
        for refused in [
            reading::count(home.path()).unwrap_err(),
            Journal::open(DataLock::take(home.path()).unwrap(), |_, _| Ok(())).unwrap_err(),
        ] {
            assert!(matches!(refused, RecordError::Format { found: 1, .. }), "{refused}");
            assert!(refused.to_string().contains("watchline record migrate"), "{refused}");
        }
        assert_eq!(std::fs::read(home.path().join("record/segment-0000000001")).unwrap(), before);

        let lock = DataLock::take(home.path()).unwrap();
        let migrated = migrate(&lock, (&two(), "the new version"), &mut || Ok(())).unwrap();

        assert_eq!(migrated.entries, 42);
        let kept = migrated.backup.join("record/segment-0000000001");
        assert_eq!(std::fs::read(kept).unwrap(), before);
        // There is nothing to do a second time.
        let again = migrate(&lock, (&two(), "the new version"), &mut || Ok(())).unwrap_err();
        assert!(matches!(again, RecordError::Format { found: 2, .. }), "{again}");
        drop(lock);
        assert_is_up_to_date(home.path());
    }

    #[test]
    fn a_migration_that_is_killed_anywhere_is_gone_on_with_and_no_station_starts_meanwhile() {
        for kill_at in 0.. {
            let home = old_record();
            let mut steps = 0;
            let lock = DataLock::take(home.path()).unwrap();
            let killed = migrate(&lock, (&two(), "the new version"), &mut || {
                steps += 1;
                if steps > kill_at { Err(std::io::Error::other("killed")) } else { Ok(()) }
            });
            drop(lock);
            if killed.is_ok() {
                assert!(kill_at > 8, "{kill_at} steps");
                return;
            }
            let opened = Journal::open(DataLock::take(home.path()).unwrap(), |_, _| Ok(()));
            let refused = opened.unwrap_err();
            assert!(
                matches!(
                    refused,
                    RecordError::Migrating { .. } | RecordError::Format { found: 1, .. }
                ),
                "{kill_at}: {refused}"
            );
            let lock = DataLock::take(home.path()).unwrap();
            migrate(&lock, (&two(), "the new version"), &mut || Ok(())).unwrap();
            drop(lock);
            assert_is_up_to_date(home.path());
        }
    }

    #[test]
    fn an_old_record_that_is_not_what_was_signed_is_not_brought_up_to_date() {
        let home = old_record();
        let path = home.path().join("record/segment-0000000001");
        let mut bytes = std::fs::read(&path).unwrap();
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let lock = DataLock::take(home.path()).unwrap();
        let refused = migrate(&lock, (&two(), "the new version"), &mut || Ok(())).unwrap_err();
        assert!(matches!(refused, RecordError::Corrupt { .. }), "{refused}");
        assert!(!home.path().join(BACKUP).exists());
    }

    #[test]
    fn a_record_of_a_later_format_is_refused_in_words() {
        let home = tempfile::tempdir().unwrap();
        drop(Journal::open(DataLock::take(home.path()).unwrap(), |_, _| Ok(())).unwrap());
        let path = home.path().join("record/segment-0000000001");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[48..52].copy_from_slice(&3_u32.to_le_bytes());
        let checksum = crc32c::crc32c(&bytes[..52]);
        bytes[52..56].copy_from_slice(&checksum.to_le_bytes());
        std::fs::write(&path, &bytes).unwrap();
        let lock = DataLock::take(home.path()).unwrap();
        for refused in [
            migrate(&lock, (&two(), "the new version"), &mut || Ok(())).unwrap_err(),
            reading::count(home.path()).unwrap_err(),
        ] {
            assert!(refused.to_string().contains("a later version of this program"), "{refused}");
        }
        drop(lock);
        let opened = Journal::open(DataLock::take(home.path()).unwrap(), |_, _| Ok(()));
        assert!(matches!(opened, Err(RecordError::Format { found: 3, .. })));
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
}
