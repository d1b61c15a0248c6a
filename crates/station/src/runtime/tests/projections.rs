//! Whatever becomes of the query store, it is built again from the record, row by row.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::types::Value;
use sight::sector::UnitId;
use tempfile::TempDir;

use super::super::recovery::recover;
use super::kept::{registered, seen, well};
use super::snapshots::{begin, copied};
use super::*;
use crate::record;
use crate::record::DataLock;
use crate::record::disk::RealDisk;
use crate::store::Stepped;
use crate::store::sqlite::Projection;
use ::watch::call::{Call, CallKind, CallWord};
use ::watch::detection::ReportedPlace;
use ::watch::dispatch::TaskKind;
use ::watch::journal::TrackId;
use ::watch::trace::{Trace, TracePlace};

/// Rows of every table.
type Rows = BTreeMap<String, Vec<Vec<Value>>>;

fn store_of(home: &Path) -> PathBuf {
    home.join("store/watchline.sqlite")
}

fn rows_of(home: &Path) -> Rows {
    let store = Connection::open(store_of(home)).unwrap();
    let select = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut tables = store.prepare(select).unwrap();
    let names: Vec<String> =
        tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let read = |name: &String| {
        let mut statement = store.prepare(&format!("SELECT * FROM {name} ORDER BY 1, 2")).unwrap();
        let columns = statement.column_count();
        let rows = statement
            .query_map([], |row| (0..columns).map(|column| row.get(column)).collect())
            .unwrap()
            .map(Result::unwrap)
            .collect();
        (name.clone(), rows)
    };
    names.iter().map(read).collect()
}

/// Brings the store up to date as the start of a station does.
fn brought_up_to_date(home: &Path) -> Rows {
    let config = configured(home, SignIn::Off);
    drop(recover(&config, Box::new(RealDisk), DataLock::take(home).unwrap()).unwrap());
    rows_of(home)
}

/// Somebody calls for help.
fn called(observed_at: Timestamp) -> Input {
    Input::Called(Call {
        door: "cot".into(),
        device: "phone".into(),
        name: "phone".into(),
        unit: None,
        word: CallWord::Raised(CallKind::Emergency),
        observed_at,
        place: Some(ReportedPlace {
            lon_deg: 41.01,
            lat_deg: 34.415,
            height_m: None,
            height_sigma_m: None,
            east_sigma_m: None,
            north_sigma_m: None,
        }),
    })
}

/// What stays of a track of a day that is over.
fn traced() -> Input {
    let place = TracePlace::of(Timestamp::UNIX_EPOCH, 41.01, 34.415).unwrap();
    Input::Traced(Trace { track: TrackId(1), seen_by: Vec::new(), places: vec![place] })
}

/// What stations recorded and projected: one was stopped while somebody walked, and the next went on.
fn lively() -> (TempDir, Rows) {
    let home = tempfile::tempdir().unwrap();
    let mut second = 0;
    for watch in 0..2 {
        let station = begin(home.path());
        let handle = station.handle();
        handle
            .submit_blocking(vec![registered(), rejection(), traced(), called(handle.now())])
            .unwrap();
        let until = second + 6;
        while second < until || handle.live().read().tracks.values().next().is_none() {
            assert!(second < 60, "nobody is tracked");
            let at = handle.now();
            handle.submit_blocking(vec![well(second, at), seen(second, at)]).unwrap();
            std::thread::park_timeout(Duration::from_secs(1));
            second += 1;
        }
        let alert = wait_for("an alert", || {
            handle.live().read().alerts.values().next().map(|alert| alert.id)
        });
        let command = Command::Dispatch {
            alert,
            unit: UnitId("patrol-1".into()),
            task: TaskKind::Observe,
            reason: "somebody walks there".into(),
        };
        for (what, command) in
            [("acknowledge", Command::Acknowledge { alert }), ("dispatch", command)]
        {
            let (by, key) = (PersonId("desk".into()), format!("{what}-{watch}"));
            let request = CommandRequest { by, key, command };
            handle.submit_blocking(vec![Input::Commanded(request)]).unwrap();
        }
        station.stop();
    }
    let rows = brought_up_to_date(home.path());
    for (table, rows) in &rows {
        // Nobody took back what another agency was given.
        assert!(!rows.is_empty() || table == "recalled", "nothing is in {table}");
    }
    (home, rows)
}

#[test]
fn a_store_that_is_gone_or_damaged_is_built_again_row_by_row_and_an_interrupted_building_goes_on() {
    let (home, rows) = lively();

    let gone = copied(home.path());
    std::fs::remove_dir_all(gone.path().join("store")).unwrap();
    assert_eq!(brought_up_to_date(gone.path()), rows, "all of store/ is gone");

    let whole = std::fs::read(store_of(home.path())).unwrap();
    let page = usize::from(u16::from_be_bytes([whole[16], whole[17]]));
    let spoilt = (0..whole.len()).step_by(page).map(|at| {
        let mut bytes = whole.clone();
        bytes[at..at + page].fill(0xA5);
        (format!("the page at {at}"), bytes)
    });
    let cut = [0, 100, page, whole.len() / 2, whole.len() - 1]
        .map(|length| (format!("all but {length} bytes"), whole[..length].to_vec()));
    let mut damages = 0;
    for (what, bytes) in spoilt.chain(cut) {
        let damaged = copied(home.path());
        std::fs::write(store_of(damaged.path()), bytes).unwrap();
        assert_eq!(brought_up_to_date(damaged.path()), rows, "{what} is damaged");
        damages += 1;
    }
    println!("counted: {damages} stores that were damaged");

    interrupted(home.path(), &rows);
}

/// Building is interrupted after some of the record, and what was written last is torn.
fn interrupted(home: &Path, rows: &Rows) {
    let Value::Text(name) = &rows["progress"][0][1] else { panic!("{:?}", rows["progress"]) };
    let mut steps = Vec::new();
    let model = configured(home, SignIn::Off).model;
    replay_record(model, home, |index, entry, outputs, _| {
        let (entry, outputs) = (entry.clone(), Arc::new(outputs.to_vec()));
        steps.push(Stepped { index, entry, outputs });
        true
    })
    .unwrap();
    let entries = record::entries(home).unwrap();
    for done in [0, 1, steps.len() / 3, steps.len() - 1] {
        let begun = copied(home);
        std::fs::remove_dir_all(begun.path().join("store")).unwrap();
        let mut projection = Projection::open(begun.path(), name, entries).unwrap();
        for some in steps[..done].chunks(50) {
            projection.apply(some).unwrap();
        }
        // As the process left it when it was killed.
        let killed = copied(begun.path());
        drop(projection);
        let log = killed.path().join("store/watchline.sqlite-wal");
        let written = std::fs::read(&log).unwrap();
        for quarters in 0..=4 {
            let torn = copied(killed.path());
            let kept = &written[..written.len() * quarters / 4];
            std::fs::write(torn.path().join("store/watchline.sqlite-wal"), kept).unwrap();
            let rebuilt = brought_up_to_date(torn.path());
            assert_eq!(&rebuilt, rows, "after {done} steps, {quarters} quarters of the log");
        }
    }
    println!("counted: 20 stores whose building was interrupted");
}
