//! The plug is pulled after every single thing that the record asks of its disk.
//!
//! What was not synced may be there, be gone or be torn, and so may names in a directory. Whatever is left, a station must
//! start on it, with everything that was acknowledged and nothing that was never written; and so after a second pull, while it
//! starts.

use watch::erasure::{ErasedBy, Erasure};
use watch::journal::{Entry, Input, PersonId};

use super::super::audit::Audit;
use super::super::disk::Disk;
use super::plugged::{Plugged, files_in, home_of, some_ways, ways};
use super::*;

/// What a station did until the plug was pulled.
struct Watch {
    acknowledged: Vec<Vec<u8>>,
    /// And what it had tried to store beyond that.
    tried: Vec<Vec<u8>>,
}

/// Begins a record or goes on with it, through several segments, and signs it now and then.
fn watch(home: &Path, disk: &Plugged, known: &[Vec<u8>]) -> Watch {
    let mut watch = Watch { acknowledged: known.to_vec(), tried: known.to_vec() };
    let lock = DataLock::take(home).unwrap();
    let opened = Journal::open_on(Box::new(disk.clone()), lock, |_, _| Ok(()));
    let Ok(mut journal) = opened else { return watch };
    journal.segment_bytes_max = 300;
    for round in 0..5_u64 {
        let batch: Vec<Vec<u8>> = (0..=round).map(|at| sized(100 * round + at, 60)).collect();
        watch.tried.extend(batch.clone());
        if journal.append(&contents(round, &batch)).is_err() || journal.seal().is_err() {
            return watch;
        }
        watch.acknowledged.extend(batch);
    }
    watch
}

/// What a round stores: of two sensors by turns, and of another day every other round, so that keys are made on the way.
pub(crate) fn contents(round: u64, batch: &[Vec<u8>]) -> Vec<Content> {
    let contents = (0..).zip(batch).map(|(at, bytes)| Content {
        at: Timestamp::from_second(i64::try_from(round / 2).unwrap() * 86_400).unwrap(),
        subject: Subject::new(RetentionClass::Detection, ["tower-1", "tower-2"][at % 2]),
        bytes: bytes.clone(),
    });
    contents.collect()
}

/// Opens what was left and holds it against what was done.
fn assert_goes_on(home: &Path, watch: &Watch, when: &str) -> Vec<Vec<u8>> {
    let (mut journal, found) = reopen(home);
    assert!(found.starts_with(&watch.acknowledged), "{when}: something acknowledged is lost");
    assert!(watch.tried.starts_with(&found), "{when}: something that nobody wrote is there");
    append(&mut journal, &[b"after".to_vec()]).unwrap();
    journal.seal().unwrap();
    drop(journal);
    assert_eq!(reopen(home).1.last().unwrap(), b"after", "{when}");
    found
}

#[test]
fn whenever_the_plug_is_pulled_nothing_acknowledged_is_lost_and_the_station_starts() {
    let whole = {
        let home = tempfile::tempdir().unwrap();
        let disk = Plugged::of(home.path());
        assert_eq!(watch(home.path(), &disk, &[]).acknowledged.len(), 15);
        assert!(files_in(&home.path().join("record")).len() > 3, "several segments");
        disk.asked()
    };
    assert!(whole > 40, "{whole}");
    let mut starts = 0;
    for moment in 0..=whole {
        let home = tempfile::tempdir().unwrap();
        let disk = Plugged::until(home.path(), moment);
        let before = watch(home.path(), &disk, &[]);
        for way in ways() {
            let left = home_of(home.path(), &disk.left_in(way));
            assert_goes_on(
                left.path(),
                &before,
                &format!("pulled after {moment}, left in way {way}"),
            );
            starts += 1;
        }
    }
    println!("counted: {starts} starts after the plug was pulled at {whole} moments");
}

#[test]
fn a_plug_that_is_pulled_again_while_the_station_starts_loses_nothing_either() {
    let mut starts = 0;
    // In the middle of the first watch: a batch is written and not synced.
    for moment in [34, 43, 52, 61] {
        let first = tempfile::tempdir().unwrap();
        let disk = Plugged::until(first.path(), moment);
        let before = watch(first.path(), &disk, &[]);
        for way in some_ways(moment) {
            let left = disk.left_in(way);
            let known = assert_goes_on(
                home_of(first.path(), &left).path(),
                &before,
                &format!("pulled after {moment}, left in way {way}"),
            );
            for again in 0..12 {
                let second = home_of(first.path(), &left);
                let disk = Plugged::until(second.path(), again);
                let mut then = watch(second.path(), &disk, &known);
                // What was not acknowledged and was found once may be lost now.
                if then.acknowledged == known {
                    then.acknowledged.clone_from(&before.acknowledged);
                }
                for way in some_ways(moment) {
                    let left = home_of(second.path(), &disk.left_in(way));
                    assert_goes_on(left.path(), &then, &format!("{moment}, then {again}, {way}"));
                    starts += 1;
                }
            }
        }
    }
    println!("counted: {starts} starts after the plug was pulled again");
}

/// What an erasure of the first sensor's keys says.
fn erasure(journal: &Journal) -> Content {
    let keys = journal.keys().filter(|(_, subject, _)| subject.name == "tower-1");
    let by = ErasedBy::People([PersonId("a".into()), PersonId("b".into())]);
    let erasure =
        Erasure { by, reason: "their right".into(), keys: keys.map(|(id, _, _)| id).collect() };
    Content::of(&Entry::new(Timestamp::UNIX_EPOCH, Input::Erased(erasure)))
}

/// Opens a record whatever became of its contents, erases what the first sensor saw, and tells whether that was done.
pub(super) fn erase(home: &Path, disk: impl Disk + 'static) -> Result<(), RecordError> {
    let lock = DataLock::take(home).unwrap();
    let mut journal = Journal::open_bodies(Box::new(disk), lock, |_, _, _| Ok(()))?;
    let said = erasure(&journal);
    journal.erase(&said)?;
    journal.seal()?;
    Ok(())
}

/// How many contents are erased when a station has started on what is there; none may be missing or changed.
pub(super) fn erased_after_a_start(home: &Path, when: &str) -> u64 {
    let lock = DataLock::take(home).unwrap();
    let opened = Journal::open_bodies(Box::new(RealDisk), lock, |_, _, _| Ok(()));
    drop(opened.unwrap_or_else(|error| panic!("{when}: {error}")));
    let mut audit = Audit::of(home).unwrap();
    bodies(home, |index, body| {
        audit.take(index, body, &mut |_| ());
        Ok(())
    })
    .unwrap();
    let contents = audit.finish(&mut |_| ());
    let lost = contents.missing + contents.changed + contents.to_be_erased;
    assert_eq!(lost, 0, "{when}: {contents:?}");
    contents.erased
}

/// A home whose record went through several segments, all of it durable.
pub(super) fn watched_home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let disk = Plugged::of(home.path());
    watch(home.path(), &disk, &[]);
    home_of(home.path(), &disk.left_in(1))
}

#[test]
fn whenever_the_plug_is_pulled_an_erasure_is_whole_or_was_not_begun_and_nothing_is_missing() {
    let home = watched_home();
    let before = Plugged::of(home.path()).left_in(1);
    let whole = {
        let home = home_of(home.path(), &before);
        let disk = Plugged::of(home.path());
        erase(home.path(), disk.clone()).unwrap();
        disk.asked()
    };
    let (mut none, mut all) = (0, 0);
    for moment in 0..=whole {
        let first = home_of(home.path(), &before);
        let disk = Plugged::until(first.path(), moment);
        let is_done = erase(first.path(), disk.clone()).is_ok();
        for way in ways() {
            let left = home_of(first.path(), &disk.left_in(way));
            let when = format!("pulled after {moment}, left in way {way}");
            let erased = erased_after_a_start(left.path(), &when);
            match erased {
                0 => none += 1,
                9 => all += 1,
                some => panic!("{when}: {some} erased"),
            }
            assert!(erased == 9 || !is_done, "{when}");
        }
    }
    assert!(none > 0 && all > 0, "{none} {all}");
    println!("counted: {} starts after the plug was pulled in an erasure", none + all);
}
