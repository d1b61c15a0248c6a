//! Stations that go on from a snapshot, and those that must not.

use tempfile::TempDir;

use super::super::again::replay_until;
use super::super::health::Unread;
use super::super::without::replay_without;
use super::*;
use crate::record::disk::RealDisk;
use crate::record::{self, Content, DataLock, Journal, RecordError};
use ::watch::erasure::{ErasedBy, Erasure, KeyId};
use ::watch::journal::{Entry, decode};

#[test]
fn a_station_that_starts_from_a_snapshot_is_the_one_that_stopped() {
    let home = tempfile::tempdir().unwrap();
    let (stopped, entries) = run(home.path(), &["one", "two"]);

    let station = begin(home.path());

    let condition = station.handle().health().now();
    assert_eq!((condition.recovered_entries, &condition.recovered_hash), (entries, &stopped));
    assert_ne!(condition.unread, Unread::None);
    assert_eq!(checked(&station), Unread::Held { entries });
    station.handle().submit_blocking(vec![act("three")]).unwrap();
    let hash = hex(&station.stop());
    let acts = ["one", "two", "three"].map(str::to_owned).to_vec();
    assert_eq!(acts_and_hash(home.path()), (acts, hash));
}

#[test]
fn what_was_recorded_after_the_snapshot_is_played_again() {
    let home = tempfile::tempdir().unwrap();
    run(home.path(), &["one"]);
    let station = start_on(home.path(), (&FaultyDisk::default(), &full()), Computer::compute);
    let station = station.unwrap();
    station.handle().submit_blocking(vec![act("two"), rejection()]).unwrap();
    let stopped = hex(&station.stop());
    let (old, entries) = (snapshots(home.path()), record::entries(home.path()).unwrap());
    assert!(old.len() == 1 && old[0] < entries, "{old:?}, {entries}");

    let station = begin(home.path());

    assert_eq!(station.handle().health().now().recovered_hash, stopped);
    assert_eq!(checked(&station), Unread::Held { entries: old[0] });
    station.stop();
}

#[test]
fn a_damaged_snapshot_is_left_aside_for_the_one_before_and_that_for_the_whole_record() {
    let home = tempfile::tempdir().unwrap();
    run(home.path(), &["one"]);
    let (stopped, _) = run(home.path(), &["two"]);
    let two = snapshots(home.path());
    for (left, name) in [(Some(two[0]), two[1]), (None, two[0])] {
        let path = home.path().join(format!("store/snapshots/{name:020}"));
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[300] ^= 1;
        std::fs::write(&path, bytes).unwrap();

        let copy = copied(home.path());
        let station = begin(copy.path());

        assert_eq!(station.handle().health().now().recovered_hash, stopped);
        let unread = left.map_or(Unread::None, |entries| Unread::Held { entries });
        assert_eq!(checked(&station), unread);
        station.stop();
    }
}

#[test]
fn a_snapshot_is_left_aside_when_the_record_or_what_follows_from_it_does_not_reach_it() {
    let home = tempfile::tempdir().unwrap();
    run(home.path(), &["one"]);
    let before = copied(home.path());
    run(home.path(), &["two"]);
    let newest = snapshots(home.path())[1];
    let name = format!("store/snapshots/{newest:020}");

    // Of a later time than the record.
    let cut = copied(before.path());
    std::fs::copy(home.path().join(&name), cut.path().join(&name)).unwrap();
    // Without the hashes of the tree, or with others.
    let (untiled, mistiled) = (copied(home.path()), copied(home.path()));
    std::fs::remove_file(untiled.path().join("store/tiles/level-0")).unwrap();
    let tiles = mistiled.path().join("store/tiles/level-0");
    let mut hashes = std::fs::read(&tiles).unwrap();
    hashes[5] ^= 1;
    std::fs::write(&tiles, hashes).unwrap();
    // Without the query store, or the checkpoint.
    let (unprojected, unsigned) = (copied(home.path()), copied(home.path()));
    std::fs::remove_file(unprojected.path().join("store/watchline.sqlite")).unwrap();
    std::fs::remove_file(unsigned.path().join("record/checkpoint")).unwrap();

    let older = Unread::Held { entries: snapshots(before.path())[0] };
    for (home, unread) in [
        (cut, older),
        (untiled, Unread::None),
        (mistiled, Unread::None),
        (unprojected, Unread::None),
        (unsigned, Unread::None),
    ] {
        let (_, hash) = acts_and_hash(home.path());
        let station = begin(home.path());
        assert_eq!(station.handle().health().now().recovered_hash, hash);
        assert_eq!(checked(&station), unread);
        station.stop();
        // And the next start has one again.
        let station = begin(home.path());
        assert!(matches!(checked(&station), Unread::Held { .. }));
        station.stop();
    }
}

#[test]
fn a_byte_that_was_changed_before_the_snapshot_is_found_and_nothing_is_acknowledged_any_more() {
    let home = in_small_segments();
    run(home.path(), &["last"]);
    let path = home.path().join("record/segment-0000000001");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[200] ^= 1;
    std::fs::write(&path, bytes).unwrap();

    let station = begin(home.path());

    let found = checked(&station);
    assert!(
        matches!(&found, Unread::Changed { problem } if problem.contains("segment-0000000001")),
        "{found:?}"
    );
    let refused = station.handle().submit_blocking(vec![act("after")]).unwrap_err();
    assert!(matches!(&refused, SubmitError::Changed { .. }), "{refused}");
    let health = get(&station, "/api/health");
    assert!(
        health.starts_with("HTTP/1.1 503") && health.contains("segment-0000000001"),
        "{health}"
    );
    assert!(get(&station, "/api/record").contains("\"unread\":\"changed\""));
    let entries = record::entries(home.path()).unwrap();
    station.stop();
    assert!(snapshots(home.path()).is_empty());
    assert_eq!(record::entries(home.path()).unwrap(), entries);
    let disk = FaultyDisk::default();
    let refused = start_on(home.path(), (&disk, &disk), Computer::compute).unwrap_err();
    assert!(refused.to_string().contains("segment-0000000001"), "{refused}");
}

pub(super) fn begin(home: &Path) -> Station {
    start(home, &FaultyDisk::default())
}

fn full() -> FaultyDisk {
    let disk = FaultyDisk::default();
    disk.set(Fault::Full);
    disk
}

/// A station that does some acts and stops; its last state hash and how many entries it left.
fn run(home: &Path, keys: &[&str]) -> (String, u64) {
    let station = begin(home);
    for key in keys {
        station.handle().submit_blocking(vec![act(key)]).unwrap();
    }
    wait_for("the assessment", || station.handle().live().read().coverage.value.clone());
    let hash = hex(&station.stop());
    (hash, record::entries(home).unwrap())
}

/// What the entries that were not read at the start turned out to be.
pub(super) fn checked(station: &Station) -> Unread {
    wait_for("the check", || {
        let unread = station.handle().health().now().unread;
        (!matches!(unread, Unread::Pending { .. })).then_some(unread)
    })
}

/// How many entries each snapshot is of.
fn snapshots(home: &Path) -> Vec<u64> {
    let Ok(files) = std::fs::read_dir(home.join("store/snapshots")) else { return Vec::new() };
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut entries: Vec<u64> = names.filter_map(|name| name.parse().ok()).collect();
    entries.sort_unstable();
    entries
}

/// Erases what was not let in, as `record erase` does.
pub(super) fn erase(home: &Path) {
    let lock = DataLock::take(home).unwrap();
    let mut journal = Journal::open_bodies(Box::new(RealDisk), lock, |_, _, _| Ok(())).unwrap();
    let keys: Vec<KeyId> = journal
        .keys()
        .filter(|(_, subject, _)| subject.to_string() == "equipment/test")
        .map(|(id, _, _)| id)
        .collect();
    assert_eq!(keys.len(), 1);
    let by = ErasedBy::People([PersonId("a".into()), PersonId("b".into())]);
    let input = Input::Erased(Erasure { by, reason: "their right".into(), keys });
    journal.erase(&Content::of(&Entry::new(Timestamp::now(), input))).unwrap();
    journal.seal().unwrap();
}

#[test]
fn a_record_of_which_something_was_erased_is_played_again_from_the_snapshot_after_it() {
    let home = tempfile::tempdir().unwrap();
    run(home.path(), &["one"]);
    let station = begin(home.path());
    station.handle().submit_blocking(vec![rejection()]).unwrap();
    station.stop();
    run(home.path(), &["two"]);
    let model = configured(home.path(), SignIn::Off).model;
    let play = |to: Timestamp| replay_until(&model, home.path(), to, |_, _| ());
    let whole = play(Timestamp::MAX).unwrap();
    assert_eq!(whole.after, 0);
    let was = replay_without(Arc::clone(&model), home.path(), Default::default(), Timestamp::MAX);
    assert_eq!(was.unwrap().erased, 0);
    erase(home.path());

    let again = play(Timestamp::MAX).unwrap();

    // The first that was taken after it has the most to tell.
    let kept = snapshots(home.path());
    assert!(kept.len() == 2 && kept[0] == again.after, "{kept:?}, {}", again.after);
    let hash = hex(&again.stepper.core().state_hash());
    let is = replay_without(Arc::clone(&model), home.path(), Default::default(), Timestamp::MAX);
    assert!(is.unwrap().erased > 0);
    let early = play(Timestamp::UNIX_EPOCH).unwrap_err().to_string();
    assert!(early.contains("were erased, so it is played again from then on"), "{early}");
    let copy = copied(home.path());
    let station = begin(copy.path());
    assert_eq!(station.handle().health().now().recovered_hash, hash);
    station.stop();
    std::fs::remove_dir_all(home.path().join("store/snapshots")).unwrap();
    assert!(matches!(play(Timestamp::MAX), Err(RecordError::Erased { .. })));
}

/// Starts a station on a copy of a home in which a part of its store is missing.
fn begin_without(home: &Path, part: &str) -> (TempDir, Result<Station, StartError>) {
    let copied = copied(home);
    let missing = copied.path().join("store").join(part);
    if missing.is_dir() {
        std::fs::remove_dir_all(missing).unwrap();
    } else {
        std::fs::remove_file(missing).unwrap();
    }
    let disks = (&FaultyDisk::default(), &FaultyDisk::default());
    let station = start_on(copied.path(), disks, Computer::compute);
    (copied, station)
}

#[test]
fn a_station_goes_on_after_an_erasure_from_a_snapshot_and_from_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let station = begin(home.path());
    station.handle().submit_blocking(vec![act("one"), rejection()]).unwrap();
    station.stop();
    erase(home.path());

    // The query store is built again as far as it can be.
    let (_copy, built_again) = begin_without(home.path(), "watchline.sqlite");
    built_again.unwrap().stop();
    let (_copy, refused) = begin_without(home.path(), "snapshots");
    let refused = refused.unwrap_err();
    assert!(matches!(refused, StartError::Record(RecordError::Erased { .. })), "{refused}");
    let station = begin(home.path());
    station.handle().submit_blocking(vec![act("two"), rejection()]).unwrap();
    station.stop();
    begin(home.path()).stop();
}

pub(super) fn copied(home: &Path) -> TempDir {
    let copied = tempfile::tempdir().unwrap();
    copy(home, copied.path());
    copied
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// What a station recorded, in segments that hold a few entries each.
fn in_small_segments() -> TempDir {
    let whole = tempfile::tempdir().unwrap();
    run(whole.path(), &["one", "two", "three", "four", "five", "six"]);
    let home = tempfile::tempdir().unwrap();
    let lock = DataLock::take(home.path()).unwrap();
    let mut journal = Journal::open(lock, |_, _| Ok(())).unwrap();
    journal.set_segment_bytes_max(400);
    record::read(whole.path(), |_, payload| {
        journal.append(&[Content::of(&decode(payload)?)])?;
        Ok(())
    })
    .unwrap();
    journal.seal().unwrap();
    assert!(home.path().join("record/segment-0000000002").exists());
    home
}

/// The answer of the station's interface, head and body.
fn get(station: &Station, path: &str) -> String {
    use std::io::{Read as _, Write as _};

    let mut stream = std::net::TcpStream::connect(station.address()).unwrap();
    let host = station.address();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
