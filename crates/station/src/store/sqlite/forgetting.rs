//! What the query store holds of a subject goes when the record's contents of it are erased.
//!
//! Held are places of tracks, of which it is known who saw them, what stays of those, and what was not let in. Alerts and tasks
//! are decisions and stay.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};
use watch::subject::{RetentionClass, Subject};

use super::{Projection, StoreError, connect, traces};
use crate::record::keyring::Day;

/// Stores of this version do not know who saw a track ...
const WITHOUT_SENSORS: i64 = 1;
/// ... and those of this one not what was recalled, nor do they give space back.
const WITHOUT_RECALLED: i64 = 2;
/// ... nor those of this one what stays of tracks.
const WITHOUT_TRACES: i64 = 3;

impl Projection {
    /// Forgets what it holds of a class before a day.
    pub(in crate::store) fn forget_before(
        &self,
        class: RetentionClass,
        day: Day,
    ) -> Result<(), StoreError> {
        forget_before_in(&self.connection, class, day)
            .map_err(|source| StoreError::Sqlite { path: self.path.clone(), source })
    }

    /// Forgets what it holds of a subject, or what of one day.
    pub(in crate::store) fn forget(
        &self,
        subject: &Subject,
        day: Option<Day>,
    ) -> Result<(), StoreError> {
        forget_in(&self.connection, subject, day)
            .map_err(|source| StoreError::Sqlite { path: self.path.clone(), source })
    }
}

/// The same of a data directory whose station is stopped; where there is no store there is nothing to forget.
pub(crate) fn forget(data: &Path, subject: &Subject, day: Option<Day>) -> Result<(), StoreError> {
    let path = data.join("store").join("watchline.sqlite");
    if !path.exists() {
        return Ok(());
    }
    let forgotten = connect(&path).and_then(|connection| {
        bring_up_to_date(&connection)?;
        forget_in(&connection, subject, day)
    });
    forgotten.map_err(|source| StoreError::Sqlite { path, source })
}

/// Adds to a store of the version before what this one has more; it cannot be built anew once entries were erased.
pub(super) fn bring_up_to_date(connection: &Connection) -> rusqlite::Result<()> {
    let version =
        || connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
    if version()? == WITHOUT_SENSORS {
        connection.execute_batch(
            "BEGIN;
             CREATE TABLE track_sensors (
                 track INTEGER NOT NULL, sensor TEXT NOT NULL, PRIMARY KEY (track, sensor)) WITHOUT ROWID;
             PRAGMA user_version = 2;
             COMMIT;",
        )?;
    }
    if version()? == WITHOUT_RECALLED {
        connection.execute_batch(
            "PRAGMA auto_vacuum = INCREMENTAL;
             VACUUM;
             BEGIN;
             CREATE TABLE recalled (agency TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
             PRAGMA user_version = 3;
             COMMIT;",
        )?;
    }
    if version()? == WITHOUT_TRACES {
        let table = traces::TABLE;
        let more = format!("BEGIN; {table} PRAGMA user_version = 4; COMMIT;");
        connection.execute_batch(&more)?;
    }
    Ok(())
}

/// Forgets what it holds of a class before a day, and gives back the space that it took.
fn forget_before_in(
    connection: &Connection,
    class: RetentionClass,
    day: Day,
) -> rusqlite::Result<()> {
    let (before, _) = milliseconds_of(Some(day));
    let gone = match class {
        RetentionClass::Detection => {
            let points = connection.execute("DELETE FROM track_points WHERE at < ?1", [before])?;
            let unseen =
                "DELETE FROM track_sensors WHERE track NOT IN (SELECT track FROM track_points)";
            if points > 0 { points + connection.execute(unseen, [])? } else { 0 }
        }
        RetentionClass::Equipment => {
            connection.execute("DELETE FROM rejections WHERE last_at < ?1", [before])?
        }
        // By when they were written down, as their keys.
        RetentionClass::Trace => {
            connection.execute("DELETE FROM traces WHERE written_at < ?1", [before])?
        }
        RetentionClass::Station
        | RetentionClass::Decision
        | RetentionClass::Erasure
        | RetentionClass::Field
        | RetentionClass::Weather
        | RetentionClass::Footage
        | RetentionClass::Access => 0,
    };
    if gone == 0 {
        return Ok(());
    }
    let mut freed = connection.prepare("PRAGMA incremental_vacuum")?;
    let mut pages = freed.query([])?;
    while pages.next()?.is_some() {}
    drop(pages);
    empty_log(connection)
}

/// What was deleted stands in the log of writes until that is emptied.
fn empty_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

fn forget_in(connection: &Connection, subject: &Subject, day: Option<Day>) -> rusqlite::Result<()> {
    let (from, before) = milliseconds_of(day);
    match subject.class {
        // Of a track of which nobody knows who saw it, anybody may have.
        RetentionClass::Detection => connection.execute(
            "DELETE FROM track_points WHERE at >= ?2 AND at < ?3 AND (
                 track IN (SELECT track FROM track_sensors WHERE sensor = ?1)
                 OR track NOT IN (SELECT track FROM track_sensors))",
            params![subject.name, from, before],
        )?,
        // Reasons name what was told.
        RetentionClass::Equipment => connection.execute(
            "DELETE FROM rejections WHERE last_at >= ?2 AND first_at < ?3
                 AND (door = ?1 OR instr(reason, ?1) > 0)",
            params![subject.name, from, before],
        )?,
        RetentionClass::Trace => connection.execute(
            "DELETE FROM traces WHERE subject = ?1 AND written_at >= ?2 AND written_at < ?3",
            params![subject.name, from, before],
        )?,
        RetentionClass::Station
        | RetentionClass::Decision
        | RetentionClass::Erasure
        | RetentionClass::Field
        | RetentionClass::Weather
        | RetentionClass::Footage
        | RetentionClass::Access => return Ok(()),
    };
    empty_log(connection)
}

/// From when to when a day lasts; all time for none.
pub(super) fn milliseconds_of(day: Option<Day>) -> (i64, i64) {
    const DAY: SignedDuration = SignedDuration::from_hours(24);
    let all = (i64::MIN, i64::MAX);
    let begins = day.and_then(|day| Timestamp::from_second(day.checked_mul(DAY.as_secs())?).ok());
    let day = begins.map(|begins| {
        let ends = begins.saturating_add(DAY).unwrap_or(Timestamp::MAX);
        (begins.as_millisecond(), ends.as_millisecond())
    });
    day.unwrap_or(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 86_400_000;

    #[test]
    fn what_is_held_of_a_sensor_goes_by_day_or_whole_and_nothing_of_others() {
        let home = tempfile::tempdir().unwrap();
        drop(Projection::open(home.path(), "r", 0).unwrap());
        let path = home.path().join("store/watchline.sqlite");
        let store = connect(&path).unwrap();
        for (track, sensors) in [(1, &["tower-1", "tower-2"][..]), (2, &["tower-2"]), (3, &[])] {
            for day in [5, 6] {
                let row = params![track, day * DAY_MS + 7];
                store.execute("INSERT INTO track_points VALUES (?1, ?2, 0, 0, 1)", row).unwrap();
            }
            for sensor in sensors {
                store
                    .execute("INSERT INTO track_sensors VALUES (?1, ?2)", params![track, sensor])
                    .unwrap();
            }
        }
        let left = || -> Vec<(i64, i64)> {
            let rows = "SELECT track, at / 86400000 FROM track_points ORDER BY 1, 2";
            let mut rows = store.prepare(rows).unwrap();
            let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let tower = Subject::new(RetentionClass::Detection, "tower-1");

        forget(home.path(), &tower, Some(5)).unwrap();
        assert_eq!(left(), [(1, 6), (2, 5), (2, 6), (3, 6)]);
        forget(home.path(), &tower, None).unwrap();
        assert_eq!(left(), [(2, 5), (2, 6)]);
        forget(home.path(), &Subject::new(RetentionClass::Field, "patrol-2"), None).unwrap();
        assert_eq!(left(), [(2, 5), (2, 6)]);
    }

    #[test]
    fn what_was_not_let_in_of_a_node_goes_with_it_and_leaves_no_bytes() {
        let home = tempfile::tempdir().unwrap();
        let projection = Projection::open(home.path(), "r", 0).unwrap();
        let rows = "INSERT INTO rejections VALUES
            ('sapient', 'position', 'node Herring-77 is far away', 1, 0, 0), ('cot', 'uid', 'other', 1, 0, 0)";
        projection.connection.execute(rows, []).unwrap();

        projection.forget(&Subject::new(RetentionClass::Equipment, "Herring-77"), None).unwrap();

        let count = "SELECT count(*) FROM rejections";
        assert_eq!(projection.connection.query_row(count, [], |row| row.get::<_, i64>(0)), Ok(1));
        drop(projection);
        for file in std::fs::read_dir(home.path().join("store")).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(10).any(|ten| ten == b"Herring-77"));
        }
    }

    #[test]
    fn what_is_past_its_age_goes_by_class_and_its_space_is_given_back() {
        let home = tempfile::tempdir().unwrap();
        let projection = Projection::open(home.path(), "r", 0).unwrap();
        let store = &projection.connection;
        let point = "INSERT INTO track_points VALUES (?1, ?2, 0, 0, 1)";
        store.execute_batch("BEGIN").unwrap();
        for track in 0..20_000 {
            let day = if track < 19_000 { 5 } else { 6 };
            store.execute(point, params![track, day * DAY_MS + track]).unwrap();
        }
        store
            .execute_batch(
                "INSERT INTO track_sensors VALUES (1, 'Herring-77'), (19500, 'tower-2');
                 INSERT INTO rejections VALUES ('a', 'b', 'old', 1, 0, 432000000), ('a', 'b', 'new', 1, 0, 518400000);
                 COMMIT",
            )
            .unwrap();
        empty_log(store).unwrap();
        let bytes = || std::fs::metadata(&projection.path).unwrap().len();
        let count = |table: &str| -> i64 {
            let count = format!("SELECT count(*) FROM {table}");
            store.query_row(&count, [], |row| row.get(0)).unwrap()
        };
        let full = bytes();

        projection.forget_before(RetentionClass::Field, 7).unwrap();
        assert_eq!((count("track_points"), count("rejections")), (20_000, 2));
        projection.forget_before(RetentionClass::Detection, 6).unwrap();
        assert_eq!((count("track_points"), count("track_sensors")), (1_000, 1));
        projection.forget_before(RetentionClass::Equipment, 6).unwrap();

        assert_eq!((count("track_points"), count("rejections")), (1_000, 1));
        assert!(bytes() < full / 5, "{} of {full} bytes are still taken", bytes());
        let kept = std::fs::read(&projection.path).unwrap();
        assert!(!kept.windows(10).any(|ten| ten == b"Herring-77"));
    }

    #[test]
    fn a_store_of_the_version_before_keeps_what_it_has() {
        let home = tempfile::tempdir().unwrap();
        let mut projection = Projection::open(home.path(), "r", 0).unwrap();
        projection.apply(&[]).unwrap();
        projection
            .connection
            .execute_batch(
                "DROP TABLE track_sensors; DROP TABLE recalled; DROP TABLE traces; PRAGMA user_version = 1;
                 INSERT INTO track_points VALUES (1, 0, 0, 0, 1)",
            )
            .unwrap();
        drop(projection);

        let projection = Projection::open(home.path(), "r", 0).unwrap();

        let count = "SELECT count(*) FROM track_points WHERE track NOT IN (SELECT track FROM track_sensors)";
        assert_eq!(projection.connection.query_row(count, [], |row| row.get::<_, i64>(0)), Ok(1));
    }
}
