//! The projection in `SQLite`: alerts, tasks, track points and what stays of them, the strip's history, rejections.
//!
//! Every transaction carries the index up to which the record has been taken in, so a store is either up to date
//! to a known entry or not there. Times are milliseconds since 1970 UTC, places metres in the sector's frame.

mod forgetting;
mod recalled;
mod traces;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, params};
use sight::coverage::{StretchAssessment, WatchState};
use sight::sector::SensorId;
use watch::alert::Alert;
use watch::audit::{Audit, Audited};
use watch::detection::Rejection;
use watch::dispatch::Task;
use watch::journal::{Input, Output, TrackId, TrackView};

pub(crate) use self::forgetting::forget;
pub(crate) use self::recalled::recalled;
pub(crate) use self::traces::due as traces_due;
use super::Stepped;

use crate::limits::{STRIP_ROWS_MAX, TRACK_POINT_STEP_M, TRACK_POINT_STEP_S};

/// Raised whenever the tables change; a store of another version is built anew.
const VERSION: i64 = 4;

const TABLES: &str = "
    CREATE TABLE progress (applied INTEGER NOT NULL, record TEXT NOT NULL);
    CREATE TABLE alerts (
        id INTEGER PRIMARY KEY, raised_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, stretch INTEGER,
        track INTEGER, document TEXT NOT NULL);
    CREATE TABLE tasks (
        id INTEGER PRIMARY KEY, alert INTEGER NOT NULL, unit TEXT NOT NULL, sent_at INTEGER NOT NULL,
        document TEXT NOT NULL);
    CREATE TABLE track_points (
        track INTEGER NOT NULL, at INTEGER NOT NULL, east_m REAL NOT NULL, north_m REAL NOT NULL,
        existence REAL NOT NULL, PRIMARY KEY (track, at)) WITHOUT ROWID;
    CREATE TABLE track_sensors (
        track INTEGER NOT NULL, sensor TEXT NOT NULL, PRIMARY KEY (track, sensor)) WITHOUT ROWID;
    CREATE TABLE strip (entry INTEGER PRIMARY KEY, at INTEGER NOT NULL, states TEXT NOT NULL);
    CREATE INDEX strip_at ON strip (at);
    CREATE TABLE rejections (
        door TEXT NOT NULL, field TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL,
        first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, PRIMARY KEY (door, field, reason)) WITHOUT ROWID;
    CREATE TABLE recalled (agency TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
";

/// Why the query store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("query store {}: {source}", path.display())]
    Sqlite { path: PathBuf, source: rusqlite::Error },
    #[error("query store {}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
}

/// The one writer of the query store.
#[derive(Debug)]
pub struct Projection {
    connection: Connection,
    path: PathBuf,
    /// Index of the last entry that was taken in.
    applied: u64,
    /// The last stored point of each live track.
    stored: BTreeMap<TrackId, LastPoint>,
    states: String,
}

/// The last point of a track that the store has.
#[derive(Debug, Clone)]
struct LastPoint {
    at_ms: i64,
    east_m: f64,
    north_m: f64,
    /// Who is known to have seen it; the store may know of more.
    seen_by: Vec<SensorId>,
}

impl Projection {
    /// Opens the store of a data directory; one that is missing, of another version or of another record begins empty.
    ///
    /// `record` names the record (a digest of its first entry), `entries` is how many that holds.
    pub fn open(data_directory: &Path, record: &str, entries: u64) -> Result<Self, StoreError> {
        let directory = data_directory.join("store");
        let path = directory.join("watchline.sqlite");
        let io = |source| StoreError::Io { path: path.clone(), source };
        std::fs::create_dir_all(&directory).map_err(io)?;
        let is_there = path.exists();
        match Self::resume(&path, record, entries) {
            Ok(projection) => return Ok(projection),
            Err(why) if is_there => {
                tracing::warn!("{}: {why}; it is built anew from the record", path.display());
            }
            Err(_) => {}
        }
        for suffix in ["", "-wal", "-shm"] {
            let mut name = path.clone().into_os_string();
            name.push(suffix);
            match std::fs::remove_file(&name) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(io(error));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Self::begin(&path, record)
            .map_err(|source| StoreError::Sqlite { path: path.clone(), source })
    }

    fn begin(path: &Path, record: &str) -> rusqlite::Result<Self> {
        let mut connection = connect(path)?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(TABLES)?;
        transaction.execute_batch(traces::TABLE)?;
        transaction.execute("INSERT INTO progress VALUES (0, ?1)", [record])?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
        Ok(Self::over(connection, path, 0, String::new()))
    }

    fn resume(path: &Path, record: &str, entries: u64) -> rusqlite::Result<Self> {
        let connection = connect(path)?;
        check_whole(&connection, path)?;
        forgetting::bring_up_to_date(&connection)?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let (applied, known): (i64, String) =
            connection.query_row("SELECT applied, record FROM progress", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let applied = applied.cast_unsigned();
        if version != VERSION || known != record || applied > entries {
            return Err(rusqlite::Error::InvalidQuery);
        }
        let last = "SELECT states FROM strip ORDER BY entry DESC LIMIT 1";
        let states = connection.query_row(last, [], |row| row.get(0)).optional()?;
        Ok(Self::over(connection, path, applied, states.unwrap_or_default()))
    }

    fn over(connection: Connection, path: &Path, applied: u64, states: String) -> Self {
        Self { connection, path: path.to_owned(), applied, stored: BTreeMap::new(), states }
    }

    /// Index of the last entry that was taken in.
    pub fn applied(&self) -> u64 {
        self.applied
    }

    /// Takes in steps, in order, in one transaction; those already taken in are passed over.
    pub fn apply(&mut self, steps: &[Stepped]) -> Result<(), StoreError> {
        let fresh = steps.iter().skip_while(|step| step.index <= self.applied);
        let Some(last) = steps.last().filter(|last| last.index > self.applied) else {
            return Ok(());
        };
        let mut writing = Writing { stored: self.stored.clone(), states: self.states.clone() };
        let written = self.connection.transaction().and_then(|transaction| {
            for step in fresh {
                writing.step(&transaction, step)?;
            }
            transaction.execute("UPDATE progress SET applied = ?1", [last.index.cast_signed()])?;
            transaction.commit()
        });
        written.map_err(|source| StoreError::Sqlite { path: self.path.clone(), source })?;
        (self.stored, self.states, self.applied) = (writing.stored, writing.states, last.index);
        Ok(())
    }
}

/// What the writer remembers beyond the tables, until its transaction holds.
struct Writing {
    stored: BTreeMap<TrackId, LastPoint>,
    states: String,
}

impl Writing {
    fn step(&mut self, to: &Transaction<'_>, step: &Stepped) -> rusqlite::Result<()> {
        let at = step.entry.at;
        if let Input::Rejected(rejection) = &step.entry.input {
            write_rejection(to, rejection, at)?;
        }
        if let Input::Audited(Audit { what: Audited::Recalled { agency }, .. }) = &step.entry.input
        {
            recalled::write(to, agency, at)?;
        }
        if let Input::Traced(trace) = &step.entry.input {
            traces::write(to, trace, at)?;
        }
        for output in step.outputs.iter() {
            match output {
                Output::Track(track) => self.write_track(to, track)?,
                Output::TrackEnded(id) => drop(self.stored.remove(id)),
                Output::Alert(alert) => write_alert(to, alert)?,
                Output::Task(task) => write_task(to, task)?,
                Output::Stretches(stretches) => self.write_strip(to, step.index, at, stretches)?,
                Output::Compute { .. }
                | Output::Unit(_)
                | Output::Sensor(_)
                | Output::Weather(_)
                | Output::Proposals { .. }
                | Output::Moves { .. }
                | Output::SendTask(_)
                | Output::SendPointing(_)
                | Output::HandOver(_)
                | Output::CommandDone { .. } => {}
            }
        }
        Ok(())
    }

    fn write_track(&mut self, to: &Transaction<'_>, track: &TrackView) -> rusqlite::Result<()> {
        // A track that goes on after a restart is thinned as if there had been none.
        if !self.stored.contains_key(&track.id)
            && let Some(last) = last_point(to, track.id)?
        {
            self.stored.insert(track.id, last);
        }
        let at_ms = track.at.as_millisecond();
        let is_near = self.stored.get(&track.id).is_some_and(|last| {
            let (east_m, north_m) = (track.east_m - last.east_m, track.north_m - last.north_m);
            east_m.hypot(north_m) < TRACK_POINT_STEP_M
                && (at_ms - last.at_ms) as f64 / 1e3 < TRACK_POINT_STEP_S
        });
        if is_near {
            return Ok(());
        }
        let (east_m, north_m, seen_by) = (track.east_m, track.north_m, track.seen_by.clone());
        let last = LastPoint { at_ms, east_m, north_m, seen_by };
        let before = self.stored.insert(track.id, last);
        let known = before.map(|before| before.seen_by).unwrap_or_default();
        let insert = "INSERT OR IGNORE INTO track_sensors VALUES (?1, ?2)";
        for sensor in track.seen_by.iter().filter(|sensor| !known.contains(sensor)) {
            to.prepare_cached(insert)?.execute(params![track.id.0.cast_signed(), sensor.0])?;
        }
        let insert = "INSERT OR REPLACE INTO track_points VALUES (?1, ?2, ?3, ?4, ?5)";
        to.prepare_cached(insert)?.execute(params![
            track.id.0.cast_signed(),
            at_ms,
            track.east_m,
            track.north_m,
            track.existence,
        ])?;
        Ok(())
    }

    fn write_strip(
        &mut self,
        to: &Transaction<'_>,
        index: u64,
        at: Timestamp,
        stretches: &[StretchAssessment],
    ) -> rusqlite::Result<()> {
        let states: String = stretches.iter().map(|stretch| letter_of(stretch.state)).collect();
        if states != self.states {
            to.execute(
                "INSERT OR REPLACE INTO strip VALUES (?1, ?2, ?3)",
                params![index.cast_signed(), at.as_millisecond(), states],
            )?;
            self.states = states;
        }
        Ok(())
    }
}

fn last_point(of: &Transaction<'_>, track: TrackId) -> rusqlite::Result<Option<LastPoint>> {
    let select =
        "SELECT at, east_m, north_m FROM track_points WHERE track = ?1 ORDER BY at DESC LIMIT 1";
    let read = |row: &rusqlite::Row<'_>| {
        let (at_ms, east_m, north_m) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(LastPoint { at_ms, east_m, north_m, seen_by: Vec::new() })
    };
    of.prepare_cached(select)?.query_row([track.0.cast_signed()], read).optional()
}

fn write_alert(to: &Transaction<'_>, alert: &Alert) -> rusqlite::Result<()> {
    let insert = "INSERT OR REPLACE INTO alerts VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    to.prepare_cached(insert)?.execute(params![
        alert.id.0.cast_signed(),
        alert.raised_at.as_millisecond(),
        alert.changed_at.as_millisecond(),
        alert.stretch.map(|stretch| stretch.0),
        alert.track.map(|track| track.0.cast_signed()),
        document(alert)?,
    ])?;
    Ok(())
}

fn write_task(to: &Transaction<'_>, task: &Task) -> rusqlite::Result<()> {
    let insert = "INSERT OR REPLACE INTO tasks VALUES (?1, ?2, ?3, ?4, ?5)";
    to.prepare_cached(insert)?.execute(params![
        task.id.0.cast_signed(),
        task.alert.0.cast_signed(),
        task.unit.0,
        task.sent_at.as_millisecond(),
        document(task)?,
    ])?;
    Ok(())
}

fn write_rejection(
    to: &Transaction<'_>,
    rejection: &Rejection,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let upsert = "INSERT INTO rejections VALUES (?1, ?2, ?3, 1, ?4, ?4)
        ON CONFLICT DO UPDATE SET count = count + 1, last_at = excluded.last_at";
    to.prepare_cached(upsert)?.execute(params![
        rejection.door,
        rejection.field,
        rejection.reason,
        at.as_millisecond(),
    ])?;
    Ok(())
}

fn document(of: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(of).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// The strip's letter of a watch state.
pub fn letter_of(state: WatchState) -> char {
    match state {
        WatchState::Watched => 'w',
        WatchState::Degraded => 'd',
        WatchState::Blind => 'b',
        WatchState::Unknown => 'u',
    }
}

/// One change of the watch state somewhere on the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripRow {
    pub at: Timestamp,
    /// One letter for each stretch: `w`, `d`, `b` or `u`.
    pub states: String,
}

/// The strip's history from the last change before `since` on, oldest first; the newest rows when there are too many.
pub fn strip(data_directory: &Path, since: Timestamp) -> Result<Vec<StripRow>, StoreError> {
    let path = data_directory.join("store").join("watchline.sqlite");
    read_strip(&path, since).map_err(|source| StoreError::Sqlite { path, source })
}

fn read_strip(path: &Path, since: Timestamp) -> rusqlite::Result<Vec<StripRow>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    let select = "SELECT at, states FROM strip
        WHERE entry >= coalesce((SELECT max(entry) FROM strip WHERE at <= ?1), 0)
        ORDER BY entry DESC LIMIT ?2";
    let limit = i64::try_from(STRIP_ROWS_MAX).unwrap_or(i64::MAX);
    let mut statement = connection.prepare(select)?;
    let rows = statement.query_map(params![since.as_millisecond(), limit], |row| {
        let at = Timestamp::from_millisecond(row.get(0)?).unwrap_or(Timestamp::MIN);
        Ok(StripRow { at, states: row.get(1)? })
    })?;
    let mut rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    rows.reverse();
    Ok(rows)
}

/// A crash at any instant leaves a whole transaction or none (RECORD.md, "Stores, as measured").
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    // Holds for what is begun here: what is forgotten takes no space.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What is deleted is overwritten.
    connection.pragma_update(None, "secure_delete", "ON")?;
    Ok(connection)
}

/// Refuses a store of which a page is not what it was: to build it anew takes less than to find out later. What is missing of
/// a last page that is cut short is read as zeros, which may pass for what was there.
fn check_whole(connection: &Connection, path: &Path) -> rusqlite::Result<()> {
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    let is_cut = bytes.checked_rem(page.cast_unsigned()).is_none_or(|more| more > 0);
    let fault = match &*found {
        "ok" if is_cut => format!("{bytes} bytes are no whole pages of {page}"),
        "ok" => return Ok(()),
        _ => found,
    };
    Err(rusqlite::Error::ToSqlConversionFailure(fault.into()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sight::sector::StretchId;
    use watch::journal::Entry;

    use super::*;

    #[test]
    fn the_strip_tells_each_change_once_and_what_held_before() {
        let home = tempfile::tempdir().unwrap();
        let mut projection = Projection::open(home.path(), "r", 0).unwrap();
        let steps = ["wwd", "wwd", "wbd", "wwu"].map(str::to_owned);
        let steps: Vec<Stepped> =
            (1..).zip(&steps).map(|(index, states)| step(index, states)).collect();

        projection.apply(&steps).unwrap();

        let rows = strip(home.path(), seconds(3)).unwrap();
        let told: Vec<_> = rows.iter().map(|row| (row.at, row.states.as_str())).collect();
        assert_eq!(told, [(seconds(3), "wbd"), (seconds(4), "wwu")]);
        let all = strip(home.path(), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(all.len(), 3);
        assert_eq!(strip(home.path(), seconds(2)).unwrap(), all);
    }

    #[test]
    fn a_store_goes_on_after_the_last_entry_it_took_in() {
        let home = tempfile::tempdir().unwrap();
        let mut projection = Projection::open(home.path(), "r", 0).unwrap();
        projection.apply(&[step(1, "w"), step(2, "d")]).unwrap();
        drop(projection);

        let mut projection = Projection::open(home.path(), "r", 5).unwrap();

        assert_eq!(projection.applied(), 2);
        projection.apply(&[step(2, "u"), step(3, "b")]).unwrap();
        let states: Vec<_> = strip(home.path(), Timestamp::UNIX_EPOCH)
            .unwrap()
            .into_iter()
            .map(|r| r.states)
            .collect();
        assert_eq!(states, ["w", "d", "b"]);
    }

    #[test]
    fn a_store_of_another_record_or_ahead_of_it_or_broken_begins_anew() {
        let home = tempfile::tempdir().unwrap();
        for (record, entries) in [("other", 9), ("r", 1)] {
            let mut projection = Projection::open(home.path(), "r", 9).unwrap();
            projection.apply(&[step(1, "w"), step(2, "d")]).unwrap();
            drop(projection);

            assert_eq!(Projection::open(home.path(), record, entries).unwrap().applied(), 0);
        }
        std::fs::write(home.path().join("store/watchline.sqlite"), "not a database").unwrap();
        assert_eq!(Projection::open(home.path(), "r", 9).unwrap().applied(), 0);
    }

    fn step(index: u64, states: &str) -> Stepped {
        let stretches = (0..).zip(states.chars()).map(|(id, letter)| stretch(id, letter)).collect();
        Stepped {
            index,
            entry: Entry::new(seconds(index), Input::Tick),
            outputs: Arc::new(vec![Output::Stretches(stretches)]),
        }
    }

    fn stretch(id: u32, letter: char) -> StretchAssessment {
        let all =
            [WatchState::Watched, WatchState::Degraded, WatchState::Blind, WatchState::Unknown];
        StretchAssessment {
            stretch: StretchId(id),
            state: all.into_iter().find(|state| letter_of(*state) == letter).unwrap(),
            probability: 0.5,
            probability_high: 0.5,
            crossing_s: 1.0,
            reasons: Vec::new(),
            repair: None,
        }
    }

    fn seconds(count: u64) -> Timestamp {
        Timestamp::from_second(count.cast_signed()).unwrap()
    }
}
