//! The record that the last build of format 1 wrote is brought up to date, whatever fails.

use super::super::disk::RealDisk;
use super::super::tests::once::{HOW, Once};
use super::super::tests::plugged::{Plugged, home_of, some_ways};
use super::*;

/// A copy of the record that the last build of format 1 wrote.
fn old_record() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let from = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/record-format-1");
    for part in ["record", "keys"] {
        std::fs::create_dir(home.path().join(part)).unwrap();
        for file in std::fs::read_dir(Path::new(from).join(part)).unwrap() {
            let file = file.unwrap().path();
            std::fs::copy(&file, home.path().join(part).join(file.file_name().unwrap())).unwrap();
        }
    }
    home
}

/// Who brings it up to date, and why.
fn two() -> [PersonId; 2] {
    ["A. Popa", "M. Ionescu"].map(|name| PersonId(name.to_owned()))
}

const WHY: &str = "the new version";

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
    let what = Audited::KeyChanged { with, reason: WHY.into() };
    assert_eq!(who, Input::Audited(Audit { by: Some(first), what }));
    assert!(new == old, "what entries say is another");
    // Entries of the oldest version that this build reads.
    let read: Vec<Input> = old.iter().map(|entry| journal::read(entry).unwrap().input).collect();
    assert!(old.iter().all(|entry| entry[0] == 7 && journal::decode(entry).is_err()));
    assert!(matches!(&read[0], Input::Opened { .. }), "{:?}", read[0]);
    let acts = read.iter().filter(|input| matches!(input, Input::Commanded(_))).count();
    let rejected = read.iter().filter(|input| matches!(input, Input::Rejected(_))).count();
    assert_eq!((acts, rejected), (3, 6), "{read:?}");
    let Input::Migrated(migration) = last.input else { panic!("{last:?}") };
    let by = seal::verifier(&backup.join("keys/record.vkey")).unwrap();
    assert_eq!(by.open(&migration.checkpoint).unwrap().root, migration.root);
    assert_eq!((migration.format, migration.entries), (1, 42));
    assert!(!home.join(DRAFT).join(READY).exists());
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
    let migrated = migrate(&lock, (&two(), WHY), &RealDisk).unwrap();

    assert_eq!(migrated.entries, 42);
    let kept = migrated.backup.join("record/segment-0000000001");
    assert_eq!(std::fs::read(kept).unwrap(), before);
    // There is nothing to do a second time.
    let again = migrate(&lock, (&two(), WHY), &RealDisk).unwrap_err();
    assert!(matches!(again, RecordError::Format { found: 2, .. }), "{again}");
    drop(lock);
    assert_is_up_to_date(home.path());
}

/// That no station starts on what an interrupted migration left, or else it is done; then it is gone on with.
fn assert_goes_on(home: &Path, when: &str) {
    let opened = Journal::open(DataLock::take(home).unwrap(), |_, _| Ok(()));
    match opened.map(drop) {
        Ok(()) => {}
        Err(RecordError::Migrating { .. } | RecordError::Format { found: 1, .. }) => {
            let lock = DataLock::take(home).unwrap();
            let migrated = migrate(&lock, (&two(), WHY), &Plugged::of(home));
            migrated.unwrap_or_else(|error| panic!("{when}: {error}"));
        }
        Err(other) => panic!("{when}: {other}"),
    }
    assert_is_up_to_date(home);
}

#[test]
fn whenever_the_plug_is_pulled_a_migration_is_gone_on_with_and_no_station_starts_meanwhile() {
    let whole = {
        let home = old_record();
        let disk = Plugged::of(home.path());
        migrate(&DataLock::take(home.path()).unwrap(), (&two(), WHY), &disk).unwrap();
        disk.asked()
    };
    assert!(whole > 80, "{whole}");
    let mut left_behind = 0;
    for moment in 0..=whole {
        let home = old_record();
        let disk = Plugged::until(home.path(), moment);
        let is_done = migrate(&DataLock::take(home.path()).unwrap(), (&two(), WHY), &disk).is_ok();
        assert_eq!(is_done, moment == whole, "{moment}");
        for way in some_ways(moment) {
            let left = home_of(home.path(), &disk.left_in(way));
            assert_goes_on(left.path(), &format!("pulled after {moment}, left in way {way}"));
            left_behind += 1;
        }
    }
    println!("counted: {left_behind} migrations after the plug was pulled at {whole} moments");
}

#[test]
fn whichever_request_of_a_migration_fails_once_the_next_one_ends_it() {
    for how in HOW {
        for moment in 0.. {
            let home = old_record();
            let disk = Once::after(moment, how);
            let when = format!("{how:?} at {moment}");
            let migrated = migrate(&DataLock::take(home.path()).unwrap(), (&two(), WHY), &disk);
            assert!(migrated.is_ok() || disk.has_failed(), "{when}");
            assert_goes_on(home.path(), &when);
            if !disk.has_failed() {
                assert!(moment > 80, "{moment} requests");
                println!("counted: {moment} migrations of which a request failed");
                break;
            }
        }
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
    let refused = migrate(&lock, (&two(), WHY), &RealDisk).unwrap_err();
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
        migrate(&lock, (&two(), WHY), &RealDisk).unwrap_err(),
        reading::count(home.path()).unwrap_err(),
    ] {
        assert!(refused.to_string().contains("a later version of this program"), "{refused}");
    }
    drop(lock);
    let opened = Journal::open(DataLock::take(home.path()).unwrap(), |_, _| Ok(()));
    assert!(matches!(opened, Err(RecordError::Format { found: 3, .. })));
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}
