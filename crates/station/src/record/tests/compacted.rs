//! What was erased is taken out of full segments, and nothing else changes.

use super::super::audit::{Audit, Contents};
use super::super::compaction::compact;
use super::super::seal::{self, Following, Held};
use super::once::{HOW, Once};
use super::plugged::{Plugged, home_of, ways};
use super::*;
use watch::erasure::{ErasedBy, Erasure, KeyId};
use watch::journal::{Entry, Input};

/// Sixty entries of two sensors in several segments, signed; then what the first one saw is erased.
fn erased_home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let mut journal = reopen(home.path()).0;
    journal.segment_bytes_max = 2_000;
    for number in 0..60 {
        let subject = ["tower-1", "tower-2"][usize::from(number % 3 == 0)];
        let content = Content {
            at: Timestamp::UNIX_EPOCH,
            subject: Subject::new(RetentionClass::Detection, subject),
            bytes: sized(number, 100),
        };
        journal.append(&[content]).unwrap();
    }
    let keys: Vec<KeyId> =
        journal.keys().filter(|(_, of, _)| of.name == "tower-1").map(|(id, _, _)| id).collect();
    let by = ErasedBy::Rule("a test".into());
    let erasure = Erasure { by, reason: "age".into(), keys };
    let entry = Entry::new(Timestamp::UNIX_EPOCH, Input::Erased(erasure));
    journal.erase(&Content::of(&entry)).unwrap();
    journal.seal().unwrap();
    home
}

fn verified(home: &Path) -> Contents {
    let by = seal::verifier(&home.join("keys/record.vkey")).unwrap();
    let checkpoint = seal::newest(home, &by).unwrap().map(|(_, checkpoint)| checkpoint);
    let mut following = Following::new(checkpoint);
    let mut audit = Audit::of(home).unwrap();
    bodies(home, |index, body| {
        following.take(body.hash());
        audit.take(index, body, &mut |_| ());
        Ok(())
    })
    .unwrap();
    assert_eq!(following.held(), Held::Sealed(61));
    audit.finish(&mut |_| ())
}

fn bytes_of_segments(home: &Path) -> u64 {
    let files = std::fs::read_dir(home.join("record")).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
}

#[test]
fn what_was_erased_frees_the_disk_and_the_record_holds_as_before() {
    let home = erased_home();
    let (before, bytes) = (verified(home.path()), bytes_of_segments(home.path()));
    assert_eq!((before.intact, before.erased), (21, 40));

    let compacted = compact(&RealDisk, home.path()).unwrap();

    assert_eq!(verified(home.path()), before);
    assert!(compacted.segments > 3 && compacted.envelopes >= 35, "{compacted:?}");
    assert_eq!(bytes_of_segments(home.path()), bytes - compacted.bytes_freed);
    assert_eq!(compact(&RealDisk, home.path()).unwrap().segments, 0, "nothing is left to do");
    // The record goes on, and what is erased next is taken out of the same segments.
    let lock = DataLock::take(home.path()).unwrap();
    let mut journal = Journal::open_bodies(Box::new(RealDisk), lock, |_, _, _| Ok(())).unwrap();
    append(&mut journal, &entries(1..=3)).unwrap();
    drop(journal);
    assert_eq!(count(home.path()).unwrap(), 64);
}

#[test]
fn any_byte_of_a_compacted_segment_that_is_changed_is_noticed_and_so_is_one_that_is_gone() {
    let home = erased_home();
    compact(&RealDisk, home.path()).unwrap();
    let path = segment::path_of(&home.path().join("record"), 2);
    let bytes = std::fs::read(&path).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x20;
        std::fs::write(&path, &changed).unwrap();
        assert!(count(home.path()).is_err(), "byte {at}");
    }
    std::fs::write(&path, &bytes[..bytes.len() - 30]).unwrap();
    assert!(count(home.path()).is_err());
    // Cut off between two entries, it lacks what the next one goes on from.
    std::fs::write(&path, &bytes[..segment::HEADER_BYTES]).unwrap();
    assert!(count(home.path()).is_err());
    std::fs::write(&path, &bytes).unwrap();
    // A compacted segment is never the last.
    for file in std::fs::read_dir(home.path().join("record")).unwrap() {
        let file = file.unwrap().path();
        let name = file.file_name().unwrap().to_str().unwrap();
        if name.starts_with("segment-") && name > "segment-0000000002" {
            std::fs::remove_file(&file).unwrap();
        }
    }
    let error = count(home.path()).unwrap_err();
    assert!(matches!(error, RecordError::Header { .. }), "{error}");
}

#[test]
fn a_disk_that_fails_while_a_record_is_compacted_changes_nothing_of_it() {
    for fault in [Fault::Full, Fault::SyncFails, Fault::RenameFails, Fault::DirectorySyncFails] {
        let home = erased_home();
        let before = verified(home.path());
        let disk = FaultyDisk::default();
        disk.set(fault);
        assert!(compact(&disk, home.path()).is_err(), "{fault:?}");
        assert_eq!(verified(home.path()), before, "{fault:?}");
        disk.set(Fault::None);
        assert!(compact(&disk, home.path()).unwrap().envelopes > 0);
        assert_eq!(verified(home.path()), before, "{fault:?}");
    }
}

#[test]
fn whenever_the_plug_is_pulled_while_a_record_is_compacted_it_holds_as_before() {
    let home = erased_home();
    let (before, files) = (verified(home.path()), Plugged::of(home.path()).left_in(1));
    let whole = {
        let home = home_of(home.path(), &files);
        let disk = Plugged::of(home.path());
        compact(&disk, home.path()).unwrap();
        disk.asked()
    };
    assert!(whole > 15, "{whole}");
    let mut left_behind = 0;
    for moment in 0..=whole {
        let first = home_of(home.path(), &files);
        let disk = Plugged::until(first.path(), moment);
        let is_done = compact(&disk, first.path()).is_ok();
        for way in ways() {
            let left = home_of(first.path(), &disk.left_in(way));
            let when = format!("pulled after {moment}, left in way {way}");
            assert_eq!(verified(left.path()), before, "{when}");
            let rest = compact(&Plugged::of(left.path()), left.path()).unwrap();
            assert!(!is_done || rest.segments == 0, "{when}: {rest:?}");
            assert_eq!(verified(left.path()), before, "{when}, then compacted");
            left_behind += 1;
        }
    }
    println!("counted: {left_behind} records after the plug was pulled while they were compacted");
}

#[test]
fn whichever_request_of_a_compaction_fails_once_the_record_holds_and_the_next_one_ends_it() {
    let home = erased_home();
    let (before, files) = (verified(home.path()), Plugged::of(home.path()).left_in(1));
    for how in HOW {
        for moment in 0.. {
            let home = home_of(home.path(), &files);
            let disk = Once::after(moment, how);
            let when = format!("{how:?} at {moment}");
            let failed = compact(&disk, home.path());
            assert_eq!(failed.is_err(), disk.has_failed(), "{when} is told");
            assert_eq!(verified(home.path()), before, "{when}");
            compact(&disk, home.path()).unwrap();
            assert_eq!(verified(home.path()), before, "{when}, then compacted");
            assert_eq!(compact(&disk, home.path()).unwrap().segments, 0, "{when}");
            if !disk.has_failed() {
                assert!(moment > 15, "{moment} requests");
                println!("counted: {moment} compactions of which a request failed");
                break;
            }
        }
    }
}
