//! Records whole, changed, cut short and begun anew, and what the commands say of them.

use watch::erasure::{ErasedBy, Erasure, KeyId};
use watch::journal::{Entry, Input, PersonId};
use watch::subject::Subject;

use super::*;
use crate::cli::Voice;
use crate::record::disk::RealDisk;
use crate::record::tests::append;
use crate::record::{Content, DataLock, Journal};

/// Bytes that an entry of 40 takes in a segment: its frame, leaf and envelope.
const ENTRY_BYTES: usize = 24 + 90 + 72 + 40;

/// Ten entries, of which eight are signed; returns the checkpoint after the first five.
pub(in crate::cli) fn night(home: &Path) -> PathBuf {
    let mut journal = Journal::open(DataLock::take(home).unwrap(), |_, _| Ok(())).unwrap();
    let mut at = 0_u8;
    let mut put = |journal: &mut Journal, count: u8| {
        let entries: Vec<_> = (at..at + count).map(|at| vec![at; 40]).collect();
        at += count;
        append(journal, &entries).unwrap();
    };
    put(&mut journal, 5);
    journal.seal().unwrap();
    let older = home.join("older");
    std::fs::copy(home.join("record/checkpoint"), &older).unwrap();
    put(&mut journal, 3);
    journal.seal().unwrap();
    put(&mut journal, 2);
    older
}

/// A record that tells of recordings whose contents are their names.
pub(in crate::cli) fn recorded(home: &Path, names: &[&str]) {
    use sha2::Digest as _;

    let at: Timestamp = "2026-11-27T08:00:00Z".parse().unwrap();
    let mut journal = Journal::open(DataLock::take(home).unwrap(), |_, _| Ok(())).unwrap();
    let media = home.join("store/media/tower-1");
    std::fs::create_dir_all(&media).unwrap();
    for name in names {
        std::fs::write(media.join(format!("{name}.mp4")), name).unwrap();
        let recording = watch::footage::Recording {
            sensor: sight::sector::SensorId("tower-1".into()),
            file: format!("tower-1/{name}.mp4"),
            began_at: at,
            ended_at: at,
            frames: 1,
            bytes: name.len() as u64,
            sha256: sha2::Sha256::digest(name).into(),
        };
        let entry = Entry::new(at, Input::Recorded(recording));
        journal.append(&[Content::of(&entry)]).unwrap();
    }
    journal.seal().unwrap();
}

fn verified(home: &Path, from: Option<PathBuf>) -> (Answer, serde_json::Value) {
    let verify = Verify { data: home.to_owned(), keys: None, from, witnesses: None };
    answered(|out| verify.run(out)).unwrap()
}

/// What a command answers as JSON.
pub(in crate::cli) fn answered(
    run: impl FnOnce(&mut Output) -> Outcome,
) -> anyhow::Result<(Answer, serde_json::Value)> {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("answer");
    let file = std::fs::File::create(&path).unwrap();
    let mut out = Output::to_writer(Voice::Machine, Box::new(file));
    let answer = run(&mut out)?;
    out.flush()?;
    Ok((answer, serde_json::from_slice(&std::fs::read(&path)?)?))
}

#[test]
fn a_record_that_nobody_touched_holds_and_so_do_proofs_from_it() {
    let home = tempfile::tempdir().unwrap();
    let older = night(home.path());

    let (answer, told) = verified(home.path(), Some(older));

    assert_eq!(
        (answer, &told["entries"], &told["entries_signed"]),
        (Answer::Yes, &10.into(), &8.into())
    );
    let (out, keys) = (home.path().join("proof"), home.path().join("keys/record.vkey"));
    for entry in 1..=8 {
        let prove = Prove {
            data: home.path().to_owned(),
            entry,
            open: false,
            out: out.clone(),
            taking: Taking::default(),
        };
        answered(|to| prove.run(to)).unwrap();
        let check = Check { file: out.clone(), keys: keys.clone() };
        let (answer, told) = answered(|to| check.run(to)).unwrap();
        assert_eq!((answer, &told["entry"]), (Answer::Yes, &entry.into()));
    }
    let prove = Prove {
        data: home.path().to_owned(),
        entry: 9,
        open: false,
        out,
        taking: Taking::default(),
    };
    let refused = prove.run(&mut Output::to_writer(Voice::Machine, Box::new(std::io::sink())));
    assert!(refused.unwrap_err().to_string().contains("entries 1 to 8 have been signed"));
}

#[test]
fn any_byte_of_the_record_that_is_changed_is_noticed() {
    let home = tempfile::tempdir().unwrap();
    let older = night(home.path());
    let record = home.path().join("record");
    let mut files = vec![record.join("segment-0000000001"), record.join("checkpoint")];
    files.push(home.path().join("keys/master.key"));
    let keys = std::fs::read_dir(home.path().join("keys/subjects")).unwrap();
    files.extend(keys.map(|key| key.unwrap().path()));
    assert_eq!(files.len(), 4, "one subject, one key");
    for path in files {
        let file = path.display();
        let bytes = std::fs::read(&path).unwrap();
        // The last two entries are not signed, and look like a write that was not finished.
        let is_segment = path.ends_with("segment-0000000001");
        let signed = if is_segment { bytes.len() - 2 * ENTRY_BYTES } else { bytes.len() };
        for at in 0..signed {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            std::fs::write(&path, &changed).unwrap();
            let (answer, told) = verified(home.path(), Some(older.clone()));
            assert_eq!(answer, Answer::No, "{file} byte {at}: {told}");
        }
        std::fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(verified(home.path(), Some(older)).0, Answer::Yes);
    // Nor does it help to take the checkpoint away.
    std::fs::remove_file(record.join("checkpoint")).unwrap();
    let (answer, told) = verified(home.path(), None);
    assert_eq!(answer, Answer::No, "{told}");
    assert!(told["problem"].as_str().unwrap().contains("nothing is signed"), "{told}");
}

#[test]
fn entries_changed_with_their_checksums_are_found_between_two_checkpoints() {
    let home = tempfile::tempdir().unwrap();
    let older = night(home.path());
    let forged = tempfile::tempdir().unwrap();
    // The same record, but for its seventh entry, written by whoever has all but the key that signs.
    let segment = "record/segment-0000000001";
    for part in ["record", "keys/subjects"] {
        std::fs::create_dir_all(forged.path().join(part)).unwrap();
    }
    let key =
        std::fs::read_dir(home.path().join("keys/subjects")).unwrap().next().unwrap().unwrap();
    let key = Path::new("keys/subjects").join(key.file_name());
    for file in [segment.as_ref(), "keys/master.key".as_ref(), key.as_path()] {
        std::fs::copy(home.path().join(file), forged.path().join(file)).unwrap();
    }
    let file = std::fs::OpenOptions::new().write(true).open(forged.path().join(segment)).unwrap();
    file.set_len(56 + 6 * ENTRY_BYTES as u64).unwrap();
    let mut journal = Journal::open(DataLock::take(forged.path()).unwrap(), |_, _| Ok(())).unwrap();
    append(&mut journal, &[vec![99; 40], vec![7; 40], vec![8; 40], vec![9; 40]]).unwrap();
    drop(journal);
    std::fs::copy(forged.path().join(segment), home.path().join(segment)).unwrap();

    let (answer, told) = verified(home.path(), Some(older.clone()));

    assert_eq!((answer, &told["first_bad_entry"]), (Answer::No, &6.into()), "{told}");
    assert!(told["problem"].as_str().unwrap().contains("between entry 6 and 8"), "{told}");
    // Neither does a station go on with it.
    let lock = DataLock::take(home.path()).unwrap();
    let refused = Journal::open(lock, |_, _| Ok(())).unwrap_err().to_string();
    assert!(refused.contains("somebody changed the record"), "{refused}");
    // Nor does a checkpoint help that is older than the change: what it signed is still there.
    std::fs::copy(older, home.path().join("record/checkpoint")).unwrap();
    assert_eq!(verified(home.path(), None).0, Answer::Yes);
}

#[test]
fn a_record_cut_short_or_begun_anew_is_found_against_a_checkpoint_that_others_kept() {
    let home = tempfile::tempdir().unwrap();
    night(home.path());
    let kept = home.path().join("kept");
    let (record, keys) = (home.path().join("record"), home.path().join("keys"));
    std::fs::copy(record.join("checkpoint"), &kept).unwrap();
    std::fs::remove_dir_all(&record).unwrap();
    let mut journal = Journal::open(DataLock::take(home.path()).unwrap(), |_, _| Ok(())).unwrap();
    append(&mut journal, &[vec![0; 40], vec![1; 40]]).unwrap();
    journal.seal().unwrap();
    drop(journal);

    assert_eq!(verified(home.path(), None).0, Answer::Yes);
    let (answer, told) = verified(home.path(), Some(kept));
    assert_eq!((answer, &told["first_bad_entry"]), (Answer::No, &3.into()), "{told}");
    // A record that was signed goes on only with its own key.
    std::fs::remove_file(keys.join("record.key")).unwrap();
    let lock = DataLock::take(home.path()).unwrap();
    let refused = Journal::open(lock, |_, _| Ok(())).unwrap_err().to_string();
    assert!(refused.contains("restore it from a copy"), "{refused}");
}

/// Erases what a subject's keys keep.
pub(in crate::cli) fn erase(home: &Path, subject: &str) {
    let lock = DataLock::take(home).unwrap();
    let mut journal = Journal::open_bodies(Box::new(RealDisk), lock, |_, _, _| Ok(())).unwrap();
    let subject: Subject = subject.parse().unwrap();
    let keys: Vec<KeyId> =
        journal.keys().filter(|(_, of, _)| **of == subject).map(|(id, _, _)| id).collect();
    let by = ErasedBy::People([PersonId("a".into()), PersonId("b".into())]);
    let erasure = Erasure { by, reason: "their right".into(), keys };
    let entry = Entry::new(Timestamp::UNIX_EPOCH, Input::Erased(erasure));
    journal.erase(&Content::of(&entry)).unwrap();
    journal.seal().unwrap();
}

#[test]
fn what_was_erased_is_told_from_what_is_missing_and_from_what_was_changed() {
    let home = tempfile::tempdir().unwrap();
    night(home.path());
    let keys = home.path().join("keys");
    let of_night =
        std::fs::read_dir(keys.join("subjects")).unwrap().next().unwrap().unwrap().path();
    let key = std::fs::read(&of_night).unwrap();
    let contents = |told: &serde_json::Value| {
        ["intact", "erased", "missing", "changed", "unopened", "to_be_erased"]
            .map(|what| told["contents"][what].as_u64().unwrap())
    };

    // A key that nobody destroyed is missing.
    std::fs::remove_file(&of_night).unwrap();
    let (answer, told) = verified(home.path(), None);
    assert_eq!((answer, contents(&told)), (Answer::No, [0, 0, 10, 0, 0, 0]), "{told}");
    assert_eq!(told["first_bad_entry"], 1);
    let lock = DataLock::take(home.path()).unwrap();
    let refused = Journal::open(lock, |_, _| Ok(())).unwrap_err();
    assert!(matches!(refused, RecordError::Unreadable { index: 1, .. }), "{refused}");
    // So it is when somebody destroyed it and the record says nothing of that.
    std::fs::write(&of_night, vec![0; key.len()]).unwrap();
    assert_eq!(contents(&verified(home.path(), None).1), [0, 0, 10, 0, 0, 0]);
    std::fs::write(&of_night, &key).unwrap();

    erase(home.path(), "detection/tower-1");
    let (answer, told) = verified(home.path(), None);
    assert_eq!((answer, contents(&told)), (Answer::Yes, [1, 10, 0, 0, 0, 0]), "{told}");
    assert!(std::fs::read(&of_night).unwrap().iter().all(|byte| *byte == 0));
    let lock = DataLock::take(home.path()).unwrap();
    let refused = Journal::open(lock, |_, _| Ok(())).unwrap_err();
    assert!(matches!(refused, RecordError::Erased { index: 1 }), "{refused}");
    // A key that comes back from a copy is told of, and destroyed again by whoever opens the record.
    std::fs::write(&of_night, &key).unwrap();
    let (answer, told) = verified(home.path(), None);
    assert_eq!((answer, contents(&told)), (Answer::Yes, [11, 0, 0, 0, 0, 10]), "{told}");
    let lock = DataLock::take(home.path()).unwrap();
    drop(Journal::open_bodies(Box::new(RealDisk), lock, |_, _, _| Ok(())).unwrap());
    assert_eq!(contents(&verified(home.path(), None).1), [1, 10, 0, 0, 0, 0]);

    // An envelope that was changed with its checksum is found, with keys, without the key and without any.
    let segment = home.path().join("record/segment-0000000001");
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[56 + 24 + 90 + 50] ^= 1;
    let checksum = crc32c::crc32c(&bytes[56..60]);
    let checksum = crc32c::crc32c_append(checksum, &bytes[64..56 + ENTRY_BYTES]);
    bytes[60..64].copy_from_slice(&checksum.to_le_bytes());
    std::fs::write(&segment, bytes).unwrap();
    let (answer, told) = verified(home.path(), None);
    assert_eq!((answer, contents(&told)), (Answer::No, [1, 9, 0, 1, 0, 0]), "{told}");
    std::fs::remove_dir_all(keys.join("subjects")).unwrap();
    std::fs::remove_file(keys.join("master.key")).unwrap();
    let (answer, told) = verified(home.path(), None);
    assert_eq!((answer, contents(&told)), (Answer::No, [0, 0, 0, 1, 10, 0]), "{told}");
    assert_eq!(told["first_bad_entry"], 1);
}

#[test]
fn a_proof_says_what_an_entry_says_only_when_it_is_opened_and_never_once_it_is_erased() {
    let home = tempfile::tempdir().unwrap();
    night(home.path());
    let out = home.path().join("proof");
    let prove = |open| {
        let prove = Prove {
            data: home.path().to_owned(),
            entry: 3,
            open,
            out: out.clone(),
            taking: Taking::default(),
        };
        answered(|to| prove.run(to))
    };
    let check = || {
        let check = Check { file: out.clone(), keys: home.path().join("keys/record.vkey") };
        answered(|to| check.run(to)).unwrap()
    };

    prove(false).unwrap();
    let (answer, told) = check();
    assert_eq!(
        (answer, told.get("says"), &told["class"]),
        (Answer::Yes, None, &"detection".into())
    );
    prove(true).unwrap();
    let disclosed = std::fs::read(&out).unwrap();
    let (answer, told) = check();
    assert_eq!((answer, &told["says"]), (Answer::Yes, &"02".repeat(40).into()), "{told}");

    erase(home.path(), "detection/tower-1");
    let refused = prove(true).unwrap_err().to_string();
    assert!(refused.contains("entry 3 was erased"), "{refused}");
    prove(false).unwrap();
    assert_eq!(check().0, Answer::Yes);
    // Whoever was shown it before can still prove that it was so.
    std::fs::write(&out, disclosed).unwrap();
    assert_eq!(check().1["says"], "02".repeat(40));
}

/// An entry as it lies in a segment, taken apart: where its batch begins, its leaf and envelope.
#[derive(Debug, Clone, PartialEq)]
struct Forged {
    batch_first: u64,
    body: Vec<u8>,
}

/// Where a segment's entries begin, and where in a leaf its time stands.
const SEGMENT_HEAD_BYTES: usize = 56;
const TIME_AT: std::ops::Range<usize> = 2..10;

/// The entries of a segment.
fn taken_apart(segment: &[u8]) -> Vec<Forged> {
    segment[SEGMENT_HEAD_BYTES..]
        .chunks(ENTRY_BYTES)
        .map(|frame| Forged {
            batch_first: u64::from_le_bytes(frame[16..24].try_into().unwrap()),
            body: frame[24..].to_vec(),
        })
        .collect()
}

/// A segment of entries, numbered as they follow each other and with all their sums right.
fn put_together(head: &[u8], entries: &[Forged]) -> Vec<u8> {
    let mut segment = head[..SEGMENT_HEAD_BYTES].to_vec();
    for (index, Forged { batch_first, body }) in (1_u64..).zip(entries) {
        let length = u32::try_from(body.len()).unwrap().to_le_bytes();
        let place = [index.to_le_bytes(), batch_first.to_le_bytes()].concat();
        let sum = crc32c::crc32c(&[&length[..], &place, body].concat());
        segment.extend([&length[..], &sum.to_le_bytes(), &place, body].concat());
    }
    segment
}

fn moved(entry: &Forged, from: u64) -> Forged {
    let before = u64::from(entry.batch_first > from);
    Forged { batch_first: entry.batch_first - before, body: entry.body.clone() }
}

#[test]
fn entries_dropped_swapped_or_backdated_with_their_sums_made_right_are_found() {
    let home = tempfile::tempdir().unwrap();
    let older = night(home.path());
    let path = home.path().join("record/segment-0000000001");
    let whole = std::fs::read(&path).unwrap();
    let entries = taken_apart(&whole);
    assert_eq!(put_together(&whole, &entries), whole, "frames are forged as they are written");
    let mut forged: Vec<(String, Vec<Forged>)> = Vec::new();
    for at in 0..8 {
        let first = at as u64 + 1;
        let mut dropped: Vec<Forged> = entries.iter().map(|entry| moved(entry, first)).collect();
        dropped.remove(at);
        forged.push((format!("entry {first} dropped"), dropped));
        for other in at + 1..10 {
            let mut swapped = entries.clone();
            (swapped[at].body, swapped[other].body) =
                (entries[other].body.clone(), entries[at].body.clone());
            forged.push((format!("entries {first} and {} swapped", other + 1), swapped));
        }
        for earlier_ms in [1, 1_000, 3_600_000, 94_608_000_000_i64] {
            let mut backdated = entries.clone();
            let time = &mut backdated[at].body[TIME_AT];
            let told = i64::from_le_bytes(time.try_into().unwrap());
            time.copy_from_slice(&(told - earlier_ms).to_le_bytes());
            forged.push((format!("entry {first} backdated by {earlier_ms} ms"), backdated));
        }
        let mut twice = entries.clone();
        twice.insert(at, entries[at].clone());
        forged.push((format!("entry {first} twice"), twice));
    }
    for (what, entries) in forged {
        std::fs::write(&path, put_together(&whole, &entries)).unwrap();
        for from in [None, Some(older.clone())] {
            let (answer, told) = verified(home.path(), from);
            assert_eq!(answer, Answer::No, "{what}: {told}");
            assert!(told["problem"].is_string(), "{what}: {told}");
        }
        // Nor does a station go on with it.
        let lock = DataLock::take(home.path()).unwrap();
        assert!(Journal::open(lock, |_, _| Ok(())).is_err(), "{what}");
    }
    std::fs::write(&path, whole).unwrap();
    assert_eq!(verified(home.path(), Some(older)).0, Answer::Yes);
}
