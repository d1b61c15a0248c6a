//! What stays of tracks that are past their age: thinned for the record, and kept as the record then has it.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, Transaction, params};
use sight::geo::{EnuPoint, LocalFrame};
use sight::sector::SensorId;
use watch::journal::TrackId;
use watch::subject::Subject;
use watch::trace::{Trace, TracePlace};

use super::StoreError;
use crate::limits::{TRACE_PLACES_MAX, TRACE_STEP_MS};
use crate::record::keyring::Day;

pub(super) const TABLE: &str = "
    CREATE TABLE traces (
        track INTEGER NOT NULL, at INTEGER NOT NULL, lon_e5 INTEGER NOT NULL, lat_e5 INTEGER NOT NULL,
        subject TEXT NOT NULL, written_at INTEGER NOT NULL, PRIMARY KEY (track, at)) WITHOUT ROWID;
";

/// What is to stay of all that tracks did before a day and that has not been written down; `None` while the store has not
/// taken in so many entries.
///
/// Reads the store beside its writer, a day's places at a time.
pub(crate) fn due(
    data: &Path,
    frame: &LocalFrame,
    (before, entries): (Day, u64),
) -> Result<Option<Vec<Trace>>, StoreError> {
    let path = data.join("store").join("watchline.sqlite");
    due_in(&path, frame, (before, entries)).map_err(|source| StoreError::Sqlite { path, source })
}

fn due_in(
    path: &Path,
    frame: &LocalFrame,
    (before, entries): (Day, u64),
) -> rusqlite::Result<Option<Vec<Trace>>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    // All of it as it was at one moment.
    let reading = connection.transaction()?;
    let applied = "SELECT applied FROM progress";
    let applied: i64 = reading.query_row(applied, [], |row| row.get(0))?;
    if applied.cast_unsigned() < entries {
        return Ok(None);
    }
    let places = places_before(&reading, frame, before)?;
    let mut sensors =
        reading.prepare("SELECT sensor FROM track_sensors WHERE track = ?1 ORDER BY sensor")?;
    let mut traces = Vec::new();
    for (track, places) in places {
        let seen_by = sensors.query_map([track.0.cast_signed()], |row| row.get(0).map(SensorId))?;
        let seen_by = seen_by.collect::<rusqlite::Result<Vec<_>>>()?;
        let parts = places.chunks(TRACE_PLACES_MAX);
        traces.extend(parts.map(|places| Trace {
            track,
            seen_by: seen_by.clone(),
            places: places.to_vec(),
        }));
    }
    Ok(Some(traces))
}

/// The first place of each step of time, by track; those that have been written down are passed over.
fn places_before(
    reading: &Transaction<'_>,
    frame: &LocalFrame,
    before: Day,
) -> rusqlite::Result<BTreeMap<TrackId, Vec<TracePlace>>> {
    let (before, _) = super::forgetting::milliseconds_of(Some(before));
    // Beside a lone min() SQLite gives the other columns of the row that has it.
    let mut thinned = reading.prepare(
        "SELECT track, min(at), east_m, north_m FROM track_points AS seen
         WHERE at < ?1
             AND at / ?3 > coalesce((SELECT max(at) / ?3 FROM traces WHERE track = seen.track), ?2)
         GROUP BY track, at / ?3 ORDER BY 1, 2",
    )?;
    let mut rows = thinned.query(params![before, i64::MIN, TRACE_STEP_MS])?;
    let mut places: BTreeMap<TrackId, Vec<TracePlace>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let track = TrackId(row.get::<_, i64>(0)?.cast_unsigned());
        let at = Timestamp::from_millisecond(row.get(1)?).unwrap_or(Timestamp::MIN);
        let place = frame.place(EnuPoint::new(row.get(2)?, row.get(3)?));
        let place = TracePlace::of(at, place.lon_deg(), place.lat_deg());
        places.entry(track).or_default().extend(place);
    }
    Ok(places)
}

pub(super) fn write(
    to: &Transaction<'_>,
    trace: &Trace,
    written_at: Timestamp,
) -> rusqlite::Result<()> {
    let subject = Subject::of_trace(trace);
    let mut insert =
        to.prepare_cached("INSERT OR REPLACE INTO traces VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    for place in &trace.places {
        insert.execute(params![
            trace.track.0.cast_signed(),
            place.at.as_millisecond(),
            place.lon_e5,
            place.lat_e5,
            subject.name,
            written_at.as_millisecond(),
        ])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sight::geo::Wgs84;
    use watch::journal::{Entry, Input};
    use watch::subject::RetentionClass;

    use super::super::{Projection, connect};
    use super::*;
    use crate::store::Stepped;

    const DAY_MS: i64 = 86_400_000;

    #[test]
    fn what_stays_of_a_track_is_a_place_a_minute_once_and_goes_by_its_own_age() {
        let home = tempfile::tempdir().unwrap();
        let mut projection = Projection::open(home.path(), "r", 9).unwrap();
        let store = connect(&home.path().join("store/watchline.sqlite")).unwrap();
        let mut put = store.prepare("INSERT INTO track_points VALUES (?1, ?2, ?3, 0, 1)").unwrap();
        // One goes east for three minutes over midnight, a place in ten seconds; another is seen once the day after.
        for step in 0..18 {
            put.execute(params![1, 6 * DAY_MS - 60_000 + step * 10_000, step * 15]).unwrap();
        }
        put.execute(params![2, 6 * DAY_MS + 5, 0]).unwrap();
        store
            .execute_batch("INSERT INTO track_sensors VALUES (1, 'tower-2'), (1, 'post-1')")
            .unwrap();
        let frame = LocalFrame::at(Wgs84::new(40.9, 34.5).unwrap());

        assert_eq!(due(home.path(), &frame, (6, 1)).unwrap(), None, "the store is behind");
        let traces = due(home.path(), &frame, (6, 0)).unwrap().unwrap();
        let [first] = &traces[..] else { panic!("{traces:?}") };
        assert_eq!((first.track, first.places.len()), (TrackId(1), 1));
        let sensors: Vec<&str> = first.seen_by.iter().map(|sensor| &*sensor.0).collect();
        assert_eq!(sensors, ["post-1", "tower-2"]);
        assert_eq!((first.places[0].lon_deg(), first.places[0].lat_deg()), (40.9, 34.5));

        let at = Timestamp::from_millisecond(40 * DAY_MS).unwrap();
        let entry = Entry::new(at, Input::Traced(first.clone()));
        projection.apply(&[Stepped { index: 1, entry, outputs: Arc::default() }]).unwrap();
        assert_eq!(due(home.path(), &frame, (6, 1)).unwrap(), Some(Vec::new()), "once");
        let traces = due(home.path(), &frame, (7, 1)).unwrap().unwrap();
        let told: Vec<(u64, usize)> =
            traces.iter().map(|trace| (trace.track.0, trace.places.len())).collect();
        assert_eq!(told, [(1, 2), (2, 1)], "what followed, a minute apart");

        let count = || -> i64 {
            store.query_row("SELECT count(*) FROM traces", [], |row| row.get(0)).unwrap()
        };
        projection.forget_before(RetentionClass::Trace, 40).unwrap();
        projection.forget(&Subject::new(RetentionClass::Trace, "tower-2"), None).unwrap();
        assert_eq!(count(), 1);
        projection.forget(&Subject::new(RetentionClass::Trace, "post-1"), Some(40)).unwrap();
        assert_eq!(count(), 0);
    }
}
