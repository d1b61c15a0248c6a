use watch::subject::Subject;

use super::super::disk::faulty::{Fault, FaultyDisk};
use super::super::{Content, DataLock, Journal};
use super::*;

const CLASSES: [RetentionClass; 1] = [RetentionClass::Detection];

fn open(home: &Path, disk: &FaultyDisk) -> Journal {
    let lock = DataLock::take(home).unwrap();
    let mut journal = Journal::open_on(Box::new(disk.clone()), lock, |_, _| Ok(())).unwrap();
    journal.set_segment_bytes_max(900);
    journal
}

/// An entry that is taken at a second and says its number.
fn content(number: u64, class: RetentionClass) -> Content {
    Content {
        at: at(number),
        subject: Subject::new(class, "tower-1"),
        bytes: format!("entry {number}").into_bytes(),
    }
}

fn at(second: u64) -> Timestamp {
    Timestamp::from_second(i64::try_from(second).unwrap()).unwrap()
}

fn read(tail: &mut Tail, last: u64, until: u64) -> Vec<String> {
    let mut found = Vec::new();
    tail.read((last, at(until)), &CLASSES, |bytes| {
        found.push(String::from_utf8(bytes.to_vec()).unwrap());
        Ok(())
    })
    .unwrap();
    found
}

#[test]
fn every_entry_is_read_once_over_all_segments_and_failed_writes() {
    let home = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let mut journal = open(home.path(), &disk);
    journal.append(&[content(1, RetentionClass::Detection)]).unwrap();
    let mut tail = Tail::since(home.path(), at(0)).unwrap();
    let mut found = Vec::new();
    for number in 2..=60_u64 {
        if number % 7 == 0 {
            disk.set(Fault::SyncFails);
            journal.append(&[content(number + 1_000, RetentionClass::Detection)]).unwrap_err();
            disk.set(Fault::None);
        }
        let last = journal.append(&[content(number, RetentionClass::Detection)]).unwrap();
        if number % 5 == 0 {
            found.extend(read(&mut tail, last, 1_000));
        }
    }
    found.extend(read(&mut tail, 60, 1_000));
    let expected: Vec<String> = (1..=60).map(|number| format!("entry {number}")).collect();
    assert_eq!(found, expected);
    assert_eq!(read(&mut tail, 60, 1_000), Vec::<String>::new());
    assert!(segment::chain(&home.path().join("record"), FORMAT).unwrap().len() > 5);
}

#[test]
fn it_begins_at_a_time_stops_at_a_time_and_at_what_is_durable_and_passes_over_other_classes() {
    let home = tempfile::tempdir().unwrap();
    let mut journal = open(home.path(), &FaultyDisk::default());
    for number in 1..=40 {
        let class =
            if number % 10 == 0 { RetentionClass::Decision } else { RetentionClass::Detection };
        journal.append(&[content(number, class)]).unwrap();
    }
    let names = |numbers: &[u64]| -> Vec<String> {
        numbers.iter().map(|number| format!("entry {number}")).collect()
    };
    let mut tail = Tail::since(home.path(), at(28)).unwrap();
    assert_eq!(read(&mut tail, 40, 31), names(&[28, 29, 31]));
    assert_eq!(read(&mut tail, 33, 40), names(&[32, 33]));
    assert_eq!(read(&mut tail, 40, 40), names(&[34, 35, 36, 37, 38, 39]));
    assert!(Tail::since(&home.path().join("nothing"), at(0)).is_err());
}

#[test]
fn what_was_erased_is_passed_over() {
    let home = tempfile::tempdir().unwrap();
    let mut journal = open(home.path(), &FaultyDisk::default());
    for (number, name) in [(1, "tower-1"), (2, "tower-2"), (3, "tower-1")] {
        let subject = Subject::new(RetentionClass::Detection, name);
        let content = Content { subject, ..content(number, RetentionClass::Detection) };
        journal.append(&[content]).unwrap();
    }
    let of_tower = journal.keys().filter(|(_, subject, _)| subject.name == "tower-1");
    let erased: Vec<_> = of_tower.map(|(id, ..)| id).collect();
    assert_eq!(erased.len(), 1);
    journal.destroy(&erased).unwrap();
    let mut tail = Tail::since(home.path(), at(0)).unwrap();
    assert_eq!(read(&mut tail, 3, 10), ["entry 2"]);
}
