//! A whole station whose settings keep what sensors saw for a day, through several days.

use ::watch::audit::GraveAct;
use ::watch::erasure::ErasedBy;
use ::watch::journal::{Entry, TrackId, decode};
use ::watch::subject::{RetentionClass, Subject};
use jiff::Timestamp;

use super::super::clock::tests::Set;
use super::kept::{registered, seen, well};
use super::*;
use crate::identity::Grave;
use crate::record;
use crate::runtime::WantedErasure;

const DAY: Duration = Duration::from_hours(24);

fn begin(home: &Path, faces: &Set) -> Station {
    let mut keep = KeepDays::default();
    keep.keep(RetentionClass::Detection, 1);
    let parts = Parts {
        disk: Box::new(FaultyDisk::default()),
        snapshot_disk: Box::new(FaultyDisk::default()),
        compute: Computer::compute,
        faces: Box::new(faces.clone()),
    };
    let config = StationConfig { keep, ..configured(home, SignIn::Off) };
    Station::start_with(parts, &config).unwrap()
}

/// Somebody walks until that is a track.
fn walk(station: &Station, faces: &Set) -> Vec<TrackId> {
    let handle = station.handle();
    handle.submit_blocking(vec![registered()]).unwrap();
    for second in 0..60 {
        let at = handle.now();
        handle.submit_blocking(vec![well(second, at), seen(second, at)]).unwrap();
        faces.pass(Duration::from_secs(1));
        std::thread::park_timeout(Duration::from_millis(200));
        let tracks: Vec<TrackId> =
            handle.live().read().tracks.values().map(|track| track.id).collect();
        if !tracks.is_empty() && second > 10 {
            return tracks;
        }
    }
    panic!("nobody is tracked");
}

/// What two people agree on: before and after it a snapshot is taken.
fn of_rejections() -> WantedErasure {
    let grave = Grave {
        number: 1,
        act: GraveAct::Erase { class: RetentionClass::Equipment, day: None },
        about: Some(Subject::new(RetentionClass::Equipment, "test")),
        by: PersonId("a".into()),
        reason: "drill".into(),
        until: Timestamp::MAX,
        confirmed_by: Some(PersonId("b".into())),
    };
    WantedErasure::of(grave).unwrap()
}

fn entries(home: &Path, class: RetentionClass) -> (Vec<Entry>, u64) {
    let mut entries = Vec::new();
    let erased = record::read_classes(home, &[class], |_, content| {
        entries.push(decode(content)?);
        Ok(())
    });
    (entries, erased.unwrap())
}

#[test]
fn a_station_writes_down_what_stays_of_tracks_and_then_erases_what_was_seen_of_them() {
    let home = tempfile::tempdir().unwrap();
    let faces = Set::at("2026-11-20T12:00:00Z".parse().unwrap());
    let station = begin(home.path(), &faces);
    let walked = walk(&station, &faces);
    let seen_then = entries(home.path(), RetentionClass::Detection).0.len();
    assert!(seen_then > 10, "{seen_then}");

    for day in 1..=4 {
        faces.pass(DAY);
        station.handle().submit_blocking(vec![act(&format!("day-{day}")), rejection()]).unwrap();
        station.block_on(station.handle().erase(of_rejections())).unwrap();
    }
    let told = wait_for("the rule", || {
        faces.pass(Duration::from_secs(1));
        let (said, _) = entries(home.path(), RetentionClass::Erasure);
        said.into_iter().find_map(|entry| {
            let Input::Erased(erasure) = entry.input else { return None };
            matches!(erasure.by, ErasedBy::Rule(_)).then_some(erasure)
        })
    });
    station.stop();

    assert_eq!(told.by, ErasedBy::Rule("record.keep_days.detection = 1".into()));
    let (detections, erased) = entries(home.path(), RetentionClass::Detection);
    assert_eq!((detections.len(), erased), (0, seen_then as u64));
    let (traces, _) = entries(home.path(), RetentionClass::Trace);
    let traced: Vec<TrackId> = traces
        .iter()
        .map(|entry| {
            let Input::Traced(trace) = &entry.input else { panic!("{entry:?}") };
            assert!(!trace.places.is_empty() && trace.seen_by[0].0 == "tower-1", "{trace:?}");
            trace.track
        })
        .collect();
    assert!(walked.iter().all(|track| traced.contains(track)), "{walked:?}, {traced:?}");
    let store = rusqlite::Connection::open(home.path().join("store/watchline.sqlite")).unwrap();
    let count = |table: &str| -> i64 {
        let select = format!("SELECT count(*) FROM {table}");
        store.query_row(&select, [], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("track_points"), count("traces")), (0, i64::try_from(traces.len()).unwrap()));
    drop(store);
    // And it goes on.
    begin(home.path(), &faces).stop();
}
