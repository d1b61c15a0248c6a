//! What earlier builds wrote is read by this one, and leads to the same core.
//!
//! `testdata/record/journal-J-snapshot-S` is a data directory as a build of these versions left it. When this build makes of an
//! entry something else than that one, this is where it is noticed: raise `JOURNAL_VERSION`, and keep a directory of the new one
//! beside the old ones (`keep_what_this_build_writes`).

use std::path::PathBuf;

use ::watch::SNAPSHOT_VERSION;
use ::watch::detection::{
    Class, DetectionReport, Registration, ReportedPlace, ReportedPosition, Source, StatusReport,
};
use ::watch::journal::{self, JOURNAL_VERSION};
use sight::sector::SensorId;

use super::snapshots::{begin, checked, copied, erase};
use super::*;
use crate::record;
use crate::record::seal;
use crate::runtime::health::Unread;
use crate::runtime::stepper::Stepper;
use crate::snapshot;

const TO: &str = "WATCHLINE_TEST_KEEP";

fn of_this_build() -> PathBuf {
    let versions = format!("journal-{JOURNAL_VERSION}-snapshot-{SNAPSHOT_VERSION}");
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/record")).join(versions)
}

#[test]
fn what_a_build_of_the_same_versions_wrote_leads_to_the_same_core() {
    let home = copied(&of_this_build());
    let by = seal::signer(&record::disk::RealDisk, home.path()).unwrap().verifier();
    let snapshot = snapshot::newest_first(home.path(), &by, 1).next().unwrap().unwrap();
    let after = snapshot.entries();
    let drill = configured(home.path(), SignIn::Off).model;

    let read = Stepper::restore(Arc::clone(&drill), &snapshot.state, snapshot.unanswered).unwrap();

    let mut played = Stepper::new(drill);
    record::read(home.path(), |index, payload| {
        if index <= after {
            played.replay(payload)?;
        }
        Ok(())
    })
    .unwrap();
    assert!(read.core().tracks().next().is_some(), "there is something to lose");
    assert_eq!(read.core().state_hash(), played.core().state_hash());
    assert!(read.core().snapshot() == played.core().snapshot());
}

#[test]
fn a_station_goes_on_with_what_a_build_of_the_same_versions_left_even_after_an_erasure() {
    let home = copied(&of_this_build());
    let station = begin(home.path());
    assert_eq!(checked(&station), Unread::None, "the query store is not among it");
    station.handle().submit_blocking(vec![act("after")]).unwrap();
    station.stop();

    let home = copied(&of_this_build());
    erase(home.path());
    let station = begin(home.path());
    assert!(matches!(checked(&station), Unread::Held { .. }));
    station.handle().submit_blocking(vec![act("after")]).unwrap();
    station.stop();
    begin(home.path()).stop();
}

#[test]
fn a_snapshot_of_another_version_is_refused_in_words_where_there_is_no_other_way() {
    let home = copied(&of_this_build());
    erase(home.path());
    let by = seal::signer(&record::disk::RealDisk, home.path()).unwrap();
    let name = std::fs::read_dir(home.path().join("store/snapshots")).unwrap().next().unwrap();
    let path = name.unwrap().path();
    let mut bytes = std::fs::read(&path).unwrap();
    let state = bytes.windows(6).position(|six| six == b"WLCORE").unwrap();
    bytes[state + 6] = SNAPSHOT_VERSION + 1;
    bytes.truncate(bytes.len() - 64);
    bytes.extend(by.vouch(&bytes));
    std::fs::write(&path, &bytes).unwrap();

    let disk = FaultyDisk::default();
    let refused = start_on(home.path(), (&disk, &disk), Computer::compute).unwrap_err().to_string();

    let later = format!("it has version {}", SNAPSHOT_VERSION + 1);
    assert!(refused.contains(&later) && refused.contains("was erased"), "{refused}");
}

/// Directories that builds of other journals' versions left, with the version of each.
fn of_older_builds() -> Vec<(u8, PathBuf)> {
    let kept = of_this_build().parent().unwrap().to_owned();
    let directories = std::fs::read_dir(kept).unwrap().map(|entry| entry.unwrap().path());
    let versioned = directories.filter_map(|path| {
        let name = path.file_name()?.to_str()?;
        let version = name.strip_prefix("journal-")?.split('-').next()?.parse().ok()?;
        (version != JOURNAL_VERSION).then_some((version, path))
    });
    versioned.collect()
}

#[test]
fn what_builds_of_older_versions_wrote_is_read_and_no_core_goes_on_with_it() {
    let older = of_older_builds();
    assert!(older.iter().any(|(version, _)| *version == 8), "{older:?}");
    for (version, kept) in older {
        let home = copied(&kept);
        let segment = home.path().join("record/segment-0000000001");
        let before = std::fs::read(&segment).unwrap();
        let (mut registered, mut walked, mut acted) = (0, 0, 0);
        // Opening holds every entry against what was signed.
        let journal =
            record::Journal::open(record::DataLock::take(home.path()).unwrap(), |_, content| {
                assert_eq!((content[0], journal::decode(content).is_err()), (version, true));
                let entry = journal::read(content).unwrap();
                if let Input::Registered(told) = &entry.input {
                    assert_eq!(told.source, source());
                    registered += 1;
                } else if let Input::Detected(report) = &entry.input {
                    assert_eq!(report.report_id, format!("report-{walked}"));
                    assert_eq!(report.classes, [(Class::Person, 0.8)]);
                    walked += 1;
                } else if let Input::Commanded(_) = &entry.input {
                    acted += 1;
                }
                Ok(())
            });
        drop(journal.unwrap());
        assert_eq!((registered, walked, acted), (1, 40, 1), "version {version}");

        let disk = FaultyDisk::default();
        let refused = start_on(home.path(), (&disk, &disk), Computer::compute).unwrap_err();

        let told = refused.to_string();
        assert!(told.contains(&format!("entry has version {version}")), "{told}");
        assert_eq!(std::fs::read(&segment).unwrap(), before, "nothing was added");
    }
}

/// Not a test of its own: makes the directory that the others read, in `WATCHLINE_TEST_KEEP`.
#[test]
#[ignore = "writes what later builds must read"]
fn keep_what_this_build_writes() {
    let to = PathBuf::from(std::env::var_os(TO).unwrap());
    let home = tempfile::tempdir().unwrap();
    let station = begin(home.path());
    let handle = station.handle();
    handle.submit_blocking(vec![registered(), act("one"), rejection()]).unwrap();
    for second in 0..40 {
        let at = handle.now();
        handle.submit_blocking(vec![well(second, at), seen(second, at)]).unwrap();
        std::thread::park_timeout(Duration::from_secs(1));
    }
    wait_for("a track", || handle.live().read().tracks.values().next().map(drop));
    station.stop();
    for part in ["record", "keys", "keys/subjects", "store/tiles", "store/snapshots"] {
        std::fs::create_dir_all(to.join(part)).unwrap();
        for entry in std::fs::read_dir(home.path().join(part)).unwrap() {
            let from = entry.unwrap().path();
            if from.is_file() {
                std::fs::copy(&from, to.join(part).join(from.file_name().unwrap())).unwrap();
            }
        }
    }
}

fn source() -> Source {
    Source::Sensor(SensorId("tower-1".into()))
}

pub(super) fn registered() -> Input {
    Input::Registered(Registration {
        source: source(),
        node_id: "6f1c2b7e-31a5-4f6e-9c55-0a1f4f3f1d01".into(),
        name: "tower-1".into(),
        status_interval_s: 10.0,
        follows: false,
    })
}

pub(super) fn well(second: u32, at: Timestamp) -> Input {
    Input::Status(StatusReport {
        source: source(),
        report_id: format!("status-{second}"),
        observed_at: at,
        detecting: true,
        note: String::new(),
        location: None,
        weather: None,
        impaired: None,
    })
}

/// Somebody who walks north.
pub(super) fn seen(second: u32, at: Timestamp) -> Input {
    Input::Detected(DetectionReport {
        source: source(),
        report_id: format!("report-{second}"),
        object_id: "object-1".into(),
        observed_at: at,
        position: ReportedPosition::Place(ReportedPlace {
            lon_deg: 41.002,
            lat_deg: 34.417 + 0.000_012 * f64::from(second),
            height_m: None,
            height_sigma_m: None,
            east_sigma_m: Some(10.0),
            north_sigma_m: Some(10.0),
        }),
        confidence: Some(0.9),
        classes: vec![(Class::Person, 0.8)],
        remarks: ::watch::detection::Remarks::default(),
    })
}
