//! Whatever becomes of the files, a snapshot that can be had is whole, and of this record.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::record::disk::RealDisk;
use crate::record::disk::faulty::{Fault, FaultyDisk};
use crate::record::note::Signer;
use crate::record::tests::once::{HOW, Once};
use crate::record::tests::plugged::{Plugged, ways};
use crate::record::tree::leaf;

const DIRECTORY: &str = "WATCHLINE_TEST_SNAPSHOTS";

#[test]
fn the_newest_two_are_kept_and_come_newest_first() {
    let home = tempfile::tempdir().unwrap();
    for entries in [10, 900, 30, 40, 50] {
        keep(&RealDisk, home.path(), entries).unwrap();
    }

    assert_eq!(all(home.path(), 0), [of(50), of(40)]);
    assert_eq!(all(home.path(), 41), [of(50)]);
    assert_eq!(all(home.path(), 51), []);
    forget(home.path()).unwrap();
    assert_eq!(all(home.path(), 0), []);
}

#[test]
fn whatever_byte_is_changed_or_missing_the_one_before_is_taken() {
    let home = two();
    let path = directory(home.path()).join(format!("{:020}", 20));
    let whole = std::fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x04;
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(all(home.path(), 0), [of(10)], "byte {at}");
        std::fs::write(&path, &whole[..at]).unwrap();
        assert_eq!(all(home.path(), 0), [of(10)], "cut at {at}");
    }
}

#[test]
fn what_another_key_signed_or_bears_another_name_is_no_snapshot() {
    let home = two();
    let by = Signer::from_seed([8; 32]).verifier();
    assert_eq!(newest_first(home.path(), &by, 0).flatten().count(), 0);

    let directory = directory(home.path());
    let name = |entries: u64| directory.join(format!("{entries:020}"));
    std::fs::rename(name(20), name(21)).unwrap();
    assert_eq!(all(home.path(), 0), [of(10)]);
}

#[test]
fn a_snapshot_of_a_later_form_is_refused_in_words() {
    let home = two();
    let path = directory(home.path()).join(format!("{:020}", 20));
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 64);
    bytes[6..8].copy_from_slice(b"03");
    bytes.extend(signer().vouch(&bytes));
    std::fs::write(&path, &bytes).unwrap();

    let by = signer().verifier();
    let aside = newest_first(home.path(), &by, 0).next().unwrap().unwrap_err().to_string();
    assert!(aside.contains("it has format 03, this program reads format 02"), "{aside}");
    assert_eq!(all(home.path(), 0), [of(10)]);
}

#[test]
fn a_disk_that_fails_leaves_what_was_there() {
    for fault in [Fault::Full, Fault::SyncFails, Fault::DirectorySyncFails, Fault::RenameFails] {
        let home = two();
        let disk = FaultyDisk::default();
        disk.set(fault);

        keep(&disk, home.path(), 30).unwrap_err();

        // A name that could not be made durable may be there all the same.
        let found = all(home.path(), 0);
        assert!(found.ends_with(&[of(20), of(10)]), "{fault:?}");
        disk.set(Fault::None);
        keep(&disk, home.path(), 40).unwrap();
        assert_eq!(all(home.path(), 0)[0], of(40), "{fault:?}");
        assert_eq!(std::fs::read_dir(directory(home.path())).unwrap().count(), 2, "{fault:?}");
    }
}

#[test]
fn whenever_the_plug_is_pulled_a_whole_one_is_left() {
    let asked = {
        let home = two();
        let disk = Plugged::of(&directory(home.path()));
        keep(&disk, home.path(), 30).unwrap();
        disk.asked()
    };
    let mut left_behind = 0;
    for moment in 0..=asked {
        let home = two();
        let disk = Plugged::until(&directory(home.path()), moment);
        let is_kept = keep(&disk, home.path(), 30).is_ok();
        for way in ways() {
            let after = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(directory(after.path())).unwrap();
            for (path, bytes) in disk.left_in(way) {
                let name = path.file_name().unwrap();
                std::fs::write(directory(after.path()).join(name), bytes).unwrap();
            }
            let found = all(after.path(), 0);
            let newest = found.first().map(Snapshot::entries);
            let when = format!("pulled after {moment}, left in way {way}");
            assert!(newest == Some(30) || (!is_kept && newest == Some(20)), "{when}: {newest:?}");
            assert!(found.iter().all(|found| *found == of(found.entries())), "{when}");
            left_behind += 1;
        }
    }
    println!("counted: {left_behind} snapshots after the plug was pulled");
}

#[test]
fn whichever_request_fails_once_a_whole_one_is_left_and_the_next_is_written() {
    for how in HOW {
        for moment in 0.. {
            let home = two();
            let disk = Once::after(moment, how);
            let when = format!("{how:?} at {moment}");
            let is_kept = keep(&disk, home.path(), 30).is_ok();
            let found = all(home.path(), 0);
            let newest = found.first().map(Snapshot::entries);
            assert!(newest == Some(30) || (!is_kept && newest == Some(20)), "{when}: {newest:?}");
            assert!(found.iter().all(|found| *found == of(found.entries())), "{when}");
            keep(&RealDisk, home.path(), 40).unwrap();
            assert_eq!(all(home.path(), 0)[0], of(40), "{when}");
            if !disk.has_failed() {
                assert!(moment > 4, "{moment} requests");
                println!("counted: {moment} snapshots of which a request failed");
                break;
            }
        }
    }
}

#[test]
fn a_writer_that_is_killed_leaves_a_whole_one() {
    let home = two();
    for round in 0..20 {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "snapshot::tests::writer_that_gets_killed",
                "--ignored",
                "--nocapture",
            ])
            .env(DIRECTORY, home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let began = lines.find_map(|line| line.unwrap().strip_prefix("kept ").map(str::to_owned));
        std::thread::park_timeout(Duration::from_micros(700 * round));
        writer.kill().unwrap();
        writer.wait().unwrap();

        let found = all(home.path(), 0);
        assert!(found[0].entries() >= began.unwrap().parse().unwrap(), "round {round}");
        assert!(found.iter().all(|found| *found == of(found.entries())), "round {round}");
    }
}

/// Not a test of its own: what [`a_writer_that_is_killed_leaves_a_whole_one`] kills.
#[test]
#[ignore = "runs until it is killed"]
fn writer_that_gets_killed() {
    let home = std::env::var_os(DIRECTORY).unwrap();
    let home = Path::new(&home);
    let newest = all(home, 0)[0].entries();
    for entries in newest + 1.. {
        keep(&RealDisk, home, entries).unwrap();
        println!("kept {entries}");
    }
}

fn two() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    keep(&RealDisk, home.path(), 10).unwrap();
    keep(&RealDisk, home.path(), 20).unwrap();
    home
}

fn keep(disk: &dyn Disk, home: &Path, entries: u64) -> Result<(), SnapshotFault> {
    file::write((disk, home), (&of(entries), &signer()), file::Pace::Leisurely)?;
    Ok(forget_others(disk, home, entries)?)
}

fn all(home: &Path, at_or_after: u64) -> Vec<Snapshot> {
    newest_first(home, &signer().verifier(), at_or_after).flatten().collect()
}

fn signer() -> Signer {
    Signer::from_seed([7; 32])
}

/// A snapshot that can be told from that after any other entry.
fn of(entries: u64) -> Snapshot {
    let mut tree = Tree::default();
    (0..entries).for_each(|entry| tree.push(leaf(&entry.to_le_bytes())));
    let state = entries.to_le_bytes().repeat(40);
    Snapshot { tree, record: [3; 32], unanswered: BTreeMap::new(), state }
}
