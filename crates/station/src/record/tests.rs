//! What the record promises, tried at every byte and under every fault.

mod compacted;
pub(crate) mod once;
pub(crate) mod plugged;
mod power;
pub(crate) mod recordings;

use std::path::Path;

use jiff::Timestamp;
use proptest::prelude::*;
use tempfile::TempDir;
use watch::subject::{RetentionClass, Subject};

use super::disk::faulty::{Fault, FaultyDisk};
use super::*;

#[test]
fn entries_come_back_in_order_after_reopening() {
    let home = tempfile::tempdir().unwrap();
    let mut journal = reopen(home.path()).0;
    assert_eq!(append(&mut journal, &entries(1..=3)).unwrap(), 3);
    assert_eq!(append(&mut journal, &entries(4..=4)).unwrap(), 4);
    drop(journal);

    let (journal, found) = reopen(home.path());

    assert_eq!(found, entries(1..=4));
    assert_eq!(journal.next_index(), 5);
}

#[test]
fn a_second_station_on_the_same_directory_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let first = DataLock::take(home.path()).unwrap();

    let refused = DataLock::take(home.path()).unwrap_err().to_string();

    assert!(refused.contains("in use by another station"), "{refused}");
    assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
    drop(first);
    assert!(DataLock::take(home.path()).is_ok());
}

#[test]
fn a_tail_cut_off_anywhere_loses_nothing_acknowledged() {
    let (home, path, whole, last_batch) = two_batches();
    for cut in last_batch..whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();

        let (mut journal, found) = reopen(home.path());
        assert_holds_first_batch(&found, cut);
        let next = journal.next_index();
        append(&mut journal, &[b"after".to_vec()]).unwrap();
        drop(journal);

        let (_, found) = reopen(home.path());
        assert_eq!(found.len() as u64, next, "cut at {cut}");
        assert_eq!(found.last().unwrap(), b"after", "cut at {cut}");
    }
}

#[test]
fn a_tail_garbled_anywhere_loses_nothing_acknowledged() {
    let (home, path, whole, last_batch) = two_batches();
    for at in last_batch..whole.len() {
        for garble in [|byte: u8| byte ^ 0x40, |_| 0, |byte: u8| !byte] {
            let mut bytes = whole.clone();
            bytes[at] = garble(bytes[at]);
            std::fs::write(&path, &bytes).unwrap();

            assert_holds_first_batch(&reopen(home.path()).1, at);
        }
    }
}

#[test]
fn damage_before_the_last_batch_is_an_error_that_names_the_entry() {
    let (home, path, whole, last_batch) = two_batches();
    for at in segment::HEADER_BYTES..last_batch {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x01;
        std::fs::write(&path, &bytes).unwrap();

        let lock = DataLock::take(home.path()).unwrap();
        match Journal::open(lock, |_, _| Ok(())) {
            Err(RecordError::Corrupt { index, .. }) => assert!((1..=3).contains(&index)),
            other => panic!("byte {at} changed, yet {other:?}"),
        }
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "opening changed a damaged file");
    }
}

#[test]
fn a_changed_header_is_an_error() {
    let (home, path, whole, _) = two_batches();
    for at in 0..segment::HEADER_BYTES {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x80;
        std::fs::write(&path, &bytes).unwrap();

        assert!(matches!(read(home.path(), |_, _| Ok(())), Err(RecordError::Header { .. })));
    }
}

#[test]
fn a_missing_segment_is_named() {
    let home = tempfile::tempdir().unwrap();
    let mut journal = reopen(home.path()).0;
    journal.segment_bytes_max = 200;
    for number in 1..=30 {
        append(&mut journal, &entries(number..=number)).unwrap();
    }
    drop(journal);
    assert_eq!(reopen(home.path()).1, entries(1..=30));
    std::fs::remove_file(segment::path_of(&home.path().join("record"), 2)).unwrap();

    let error = read(home.path(), |_, _| Ok(())).unwrap_err().to_string();

    assert!(error.contains("segment-0000000002 is missing"), "{error}");
}

#[test]
fn a_full_disk_refuses_and_then_recovers_by_itself() {
    let home = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let mut journal = open_on(&disk, home.path()).0;
    append(&mut journal, &entries(1..=2)).unwrap();

    disk.set(Fault::Full);
    assert!(append(&mut journal, &entries(3..=3)).is_err());
    assert!(append(&mut journal, &entries(3..=3)).is_err());
    assert!(journal.is_failing());
    disk.set(Fault::None);

    assert_eq!(append(&mut journal, &entries(3..=3)).unwrap(), 3);
    assert!(!journal.is_failing());
    drop(journal);
    assert_eq!(reopen(home.path()).1, entries(1..=3));
}

#[test]
fn an_entry_without_bytes_or_beyond_the_limit_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut journal = reopen(home.path()).0;

    for bytes in [0, ENTRY_BYTES_MAX + 1] {
        let refused = append(&mut journal, &[vec![1; bytes]]);
        assert!(matches!(refused, Err(RecordError::Size { bytes: told }) if told == bytes));
    }
    assert_eq!(append(&mut journal, &entries(1..=1)).unwrap(), 1);
}

/// Something that happens to a record.
#[derive(Debug, Clone)]
enum Transition {
    /// Entries of these sizes are appended together.
    Append(Vec<usize>),
    Fail(Fault),
    /// The process dies and the next one opens what it finds.
    Reopen,
}

fn transition() -> impl Strategy<Value = Transition> {
    let fault = prop::sample::select(vec![
        Fault::Full,
        Fault::SyncFails,
        Fault::DirectorySyncFails,
        Fault::RenameFails,
    ]);
    prop_oneof![
        5 => prop::collection::vec(prop_oneof![1_usize..40, 1_usize..3_000], 1..5).prop_map(Transition::Append),
        1 => fault.prop_map(Transition::Fail),
        2 => Just(Transition::Fail(Fault::None)),
        1 => Just(Transition::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The model is a list: what was acknowledged. A failed batch may be found again only by a process that died
    /// before it could go on, and then as a prefix of that batch.
    #[test]
    fn whatever_fails_nothing_acknowledged_is_lost_or_changed(
        transitions in prop::collection::vec(transition(), 1..40),
    ) {
        let home = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::default();
        let mut acknowledged: Vec<Vec<u8>> = Vec::new();
        let mut unsure: Vec<Vec<Vec<u8>>> = vec![Vec::new()];
        let mut journal = open_on(&disk, home.path()).0;
        journal.segment_bytes_max = 6_000;
        let mut written = 0_u64;
        for transition in transitions {
            match transition {
                Transition::Append(sizes) => {
                    let batch = sizes.iter().map(|&size| { written += 1; sized(written, size) }).collect::<Vec<_>>();
                    match append(&mut journal, &batch) {
                        Ok(index) => {
                            acknowledged.extend(batch);
                            unsure.truncate(1);
                            prop_assert_eq!(index, acknowledged.len() as u64);
                        }
                        Err(_) => unsure.push(batch),
                    }
                }
                // A spoilt page that nobody repairs before the process dies is a broken disk, not a crash.
                Transition::Fail(Fault::SyncFails) => {
                    disk.set(Fault::SyncFails);
                    drop(append(&mut journal, &[sized(0, 10)]));
                    disk.set(Fault::None);
                    if append(&mut journal, &[sized(1, 10)]).is_ok() {
                        acknowledged.push(sized(1, 10));
                        unsure.truncate(1);
                    }
                }
                Transition::Fail(fault) => disk.set(fault),
                Transition::Reopen => {
                    disk.set(Fault::None);
                    drop(journal);
                    let (reopened, found) = open_on(&disk, home.path());
                    journal = reopened;
                    journal.segment_bytes_max = 6_000;
                    prop_assert!(found.starts_with(&acknowledged));
                    prop_assert!(unsure.iter().any(|batch| batch.starts_with(&found[acknowledged.len()..])));
                    acknowledged = found;
                    unsure.truncate(1);
                }
            }
        }
        drop(journal);
        let found = reopen(home.path()).1;
        prop_assert!(found.starts_with(&acknowledged));
        prop_assert!(unsure.iter().any(|batch| batch.starts_with(&found[acknowledged.len()..])));
    }
}

/// Of a record in many segments, opened after each of its entries: what follows is read, and what went before is checked.
#[test]
fn a_record_is_gone_on_with_from_any_entry_that_was_signed() {
    let home = tempfile::tempdir().unwrap();
    let mut journal = reopen(home.path()).0;
    journal.segment_bytes_max = 300;
    let mut trees = vec![journal.tree().clone()];
    for number in 1..=30 {
        append(&mut journal, &entries(number..=number)).unwrap();
        trees.push(journal.tree().clone());
    }
    journal.seal().unwrap();
    drop(journal);
    assert_eq!(super::entries(home.path()).unwrap(), 30);
    for (after, tree) in (0..).zip(&trees) {
        let lock = DataLock::take(home.path()).unwrap();
        let mut found = Vec::new();
        let opening = Opening::read(&RealDisk, &lock, tree, |index, payload| {
            assert_eq!(index, after + found.len() as u64 + 1);
            found.push(payload.to_vec());
            Ok(())
        });
        let mut journal = opening.unwrap().go_on(Box::new(RealDisk), lock).unwrap();

        assert_eq!(found, entries(after + 1..=30));
        assert_eq!(*journal.tree(), trees[30]);
        let note = journal.seal().unwrap().note;
        assert_eq!(journal.verifier().open(&note).unwrap().root, trees[30].root());
        let going_on = || std::ops::ControlFlow::Continue(());
        assert_eq!(check::check(home.path(), tree, going_on).unwrap(), check::Checked::Hold);
    }
}

#[test]
fn a_tree_over_other_entries_is_not_gone_on_from_and_checks_as_changed() {
    let home = tempfile::tempdir().unwrap();
    let mut journal = reopen(home.path()).0;
    append(&mut journal, &entries(1..=20)).unwrap();
    journal.seal().unwrap();
    drop(journal);
    let other = tempfile::tempdir().unwrap();
    let mut journal = reopen(other.path()).0;
    append(&mut journal, &entries(5..=14)).unwrap();
    let tree = journal.tree().clone();
    drop(journal);

    let lock = DataLock::take(home.path()).unwrap();
    assert!(Opening::read(&RealDisk, &lock, &tree, |_, _| Ok(())).is_err());
    let checked = check::check(home.path(), &tree, || std::ops::ControlFlow::Continue(()));
    assert!(matches!(checked, Err(RecordError::Unsealed { .. })), "{checked:?}");
}

fn reopen(home: &Path) -> (Journal, Vec<Vec<u8>>) {
    open_on(&FaultyDisk::default(), home)
}

fn open_on(disk: &FaultyDisk, home: &Path) -> (Journal, Vec<Vec<u8>>) {
    let lock = DataLock::take(home).unwrap();
    let mut found = Vec::new();
    let journal = Journal::open_on(Box::new(disk.clone()), lock, |index, payload| {
        found.push(payload.to_vec());
        assert_eq!(index, found.len() as u64);
        Ok(())
    });
    (journal.unwrap(), found)
}

/// Appends bytes that stand for entries where nobody asks what they say.
pub(crate) fn append(journal: &mut Journal, entries: &[Vec<u8>]) -> Result<u64, RecordError> {
    let subject = Subject::new(RetentionClass::Detection, "tower-1");
    let content = |bytes: &Vec<u8>| Content {
        at: Timestamp::UNIX_EPOCH,
        subject: subject.clone(),
        bytes: bytes.clone(),
    };
    journal.append(&entries.iter().map(content).collect::<Vec<_>>())
}

fn entries(numbers: std::ops::RangeInclusive<u64>) -> Vec<Vec<u8>> {
    numbers.map(|number| sized(number, 12)).collect()
}

fn sized(number: u64, bytes: usize) -> Vec<u8> {
    format!("entry {number:04} ").into_bytes().into_iter().cycle().take(bytes).collect()
}

/// A record of three acknowledged entries and a batch of two more; its bytes, and where that batch begins.
fn two_batches() -> (TempDir, PathBuf, Vec<u8>, usize) {
    let home = tempfile::tempdir().unwrap();
    let mut journal = reopen(home.path()).0;
    append(&mut journal, &entries(1..=3)).unwrap();
    let path = segment::path_of(&home.path().join("record"), 1);
    let last_batch = std::fs::read(&path).unwrap().len();
    append(&mut journal, &entries(4..=5)).unwrap();
    let whole = std::fs::read(&path).unwrap();
    (home, path, whole, last_batch)
}

fn assert_holds_first_batch(found: &[Vec<u8>], at: usize) {
    assert!(found.starts_with(&entries(1..=3)), "entries lost with the tail changed at {at}");
    assert!(entries(1..=5).starts_with(found), "entries changed with the tail changed at {at}");
}
