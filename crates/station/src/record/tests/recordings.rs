//! Recordings of cameras go when what the record says of them is erased, and never before.

use watch::erasure::{ErasedBy, Erasure, KeyId};
use watch::footage::Recording;
use watch::journal::{Entry, Input};

use super::super::compaction::compact;
use super::super::recordings::clear;
use super::once::{HOW, Once};
use super::plugged::{Plugged, home_of, ways};
use super::*;

const CAMERAS: [&str; 2] = ["tower-1", "tower-2"];

/// Two cameras' recordings of two days each, and one that is being written.
fn home_of_recordings() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let mut journal = reopen(home.path()).0;
    journal.segment_bytes_max = 600;
    for day in [0, 1] {
        for camera in CAMERAS {
            let folder = home.path().join("store/media").join(camera);
            std::fs::create_dir_all(&folder).unwrap();
            for number in 0..3 {
                record(&mut journal, &folder, (camera, day, number));
            }
        }
    }
    std::fs::write(home.path().join("store/media/tower-1/being-written.part"), "x").unwrap();
    home
}

fn record(journal: &mut Journal, folder: &Path, (camera, day, number): (&str, i64, u8)) {
    let at = Timestamp::from_second(day * 86_400 + i64::from(number)).unwrap();
    let name = format!("{day}-{number}.mp4");
    let recording = Recording {
        sensor: sight::sector::SensorId(camera.into()),
        file: format!("{camera}/{name}"),
        began_at: at,
        ended_at: at,
        frames: 1,
        bytes: 1,
        sha256: [number; 32],
    };
    let entry = Entry::new(at, Input::Recorded(recording));
    journal.append(&[Content::of(&entry)]).unwrap();
    std::fs::write(folder.join(name), [number]).unwrap();
}

/// Erases what the record says of a camera's recordings of a day.
fn erase(home: &Path, camera: &str, day: i64) {
    let lock = DataLock::take(home).unwrap();
    let mut journal = Journal::open_bodies(Box::new(RealDisk), lock, |_, _, _| Ok(())).unwrap();
    let meant = journal.keys().filter(|(_, of, on)| of.name == camera && *on == day);
    let keys: Vec<KeyId> = meant.map(|(id, _, _)| id).collect();
    assert_eq!(keys.len(), 1);
    let erasure = Erasure { by: ErasedBy::Rule("a test".into()), reason: "age".into(), keys };
    let entry = Entry::new(Timestamp::UNIX_EPOCH, Input::Erased(erasure));
    journal.erase(&Content::of(&entry)).unwrap();
}

/// A home where the record's word of three recordings was erased, and the recordings are still there.
pub(crate) fn home_that_owes() -> TempDir {
    let home = home_of_recordings();
    erase(home.path(), "tower-1", 0);
    home
}

/// Whether those went, and no others.
pub(crate) fn is_cleared(home: &Path) -> bool {
    standing(home) == LEFT
}

fn standing(home: &Path) -> Vec<String> {
    let of = |camera: &str| {
        let files = std::fs::read_dir(home.join("store/media").join(camera)).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.map(|name| format!("{camera}/{name}")).collect::<Vec<_>>()
    };
    let mut all: Vec<String> = CAMERAS.iter().flat_map(|camera| of(camera)).collect();
    all.sort();
    all
}

/// All but the first camera's of the first day.
const LEFT: [&str; 10] = [
    "tower-1/1-0.mp4",
    "tower-1/1-1.mp4",
    "tower-1/1-2.mp4",
    "tower-1/being-written.part",
    "tower-2/0-0.mp4",
    "tower-2/0-1.mp4",
    "tower-2/0-2.mp4",
    "tower-2/1-0.mp4",
    "tower-2/1-1.mp4",
    "tower-2/1-2.mp4",
];

#[test]
fn recordings_go_with_the_word_of_the_record_and_no_others() {
    let home = home_of_recordings();
    let all = standing(home.path());
    assert_eq!((clear(&RealDisk, home.path()).unwrap(), standing(home.path())), (0, all));

    erase(home.path(), "tower-1", 0);
    assert_eq!(clear(&RealDisk, home.path()).unwrap(), 3);
    assert_eq!(standing(home.path()), LEFT);
    // What was taken out of full segments is told of by its leaf.
    compact(&RealDisk, home.path()).unwrap();
    assert_eq!(clear(&RealDisk, home.path()).unwrap(), 0, "nothing is left to do");
    erase(home.path(), "tower-2", 1);
    compact(&RealDisk, home.path()).unwrap();
    assert_eq!(clear(&RealDisk, home.path()).unwrap(), 3);
    assert_eq!(standing(home.path()), LEFT[..7]);
}

#[test]
fn what_keeps_recordings_from_going_is_told_and_they_go_when_it_is_tried_again() {
    for how in HOW {
        for moment in 0.. {
            let home = home_that_owes();
            let disk = Once::after(moment, how);
            let failed = clear(&disk, home.path());
            assert_eq!(failed.is_err(), disk.has_failed(), "{how:?} at {moment} is told");
            clear(&disk, home.path()).unwrap();
            assert_eq!(standing(home.path()), LEFT, "{how:?} at {moment}");
            if !disk.has_failed() {
                assert!(moment > 3, "{moment} requests");
                println!("counted: {moment} clearings of which a request failed");
                break;
            }
        }
    }
}

#[test]
fn the_plug_is_pulled_while_recordings_go_and_the_next_time_ends_it() {
    let home = home_that_owes();
    let files = Plugged::of(home.path()).left_in(1);
    let whole = {
        let home = home_of(home.path(), &files);
        let disk = Plugged::of(home.path());
        clear(&disk, home.path()).unwrap();
        disk.asked()
    };
    assert!(whole > 3, "{whole}");
    let mut left_behind = 0;
    for moment in 0..=whole {
        let first = home_of(home.path(), &files);
        let disk = Plugged::until(first.path(), moment);
        let is_done = clear(&disk, first.path()).is_ok();
        for way in ways() {
            let left = home_of(first.path(), &disk.left_in(way));
            let when = format!("pulled after {moment}, left in way {way}");
            let rest = clear(&RealDisk, left.path()).unwrap();
            assert!(!is_done || rest == 0, "{when}: {rest}");
            assert_eq!(standing(left.path()), LEFT, "{when}");
            left_behind += 1;
        }
    }
    println!("counted: {left_behind} folders after the plug was pulled while recordings went");
}

#[test]
fn of_a_record_that_cannot_be_read_no_recording_goes() {
    let home = home_that_owes();
    let before = standing(home.path());
    let segment = segment::path_of(&home.path().join("record"), 2);
    let mut bytes = std::fs::read(&segment).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&segment, bytes).unwrap();

    assert!(clear(&RealDisk, home.path()).is_err());
    assert_eq!(standing(home.path()), before);
}
