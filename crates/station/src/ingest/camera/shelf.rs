//! One camera's recordings on disk: complete ones, with the times that their names tell, and how long they are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sight::sector::SensorId;

use crate::ingest::limits;

/// How a moment is written in a name.
const MOMENT: &str = "%Y%m%dT%H%M%S%.3fZ";
const COMPLETE: &str = ".mp4";
/// What is being written, or was when the station stopped.
const BEGUN: &str = ".part";
const DAY_S: f64 = 86_400.0;

/// How much of a camera's recordings is kept. What is older or beyond it is deleted, oldest first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Keep {
    pub bytes: u64,
    pub days: f64,
}

/// A complete recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    pub began_at: Timestamp,
    pub ended_at: Timestamp,
    pub bytes: u64,
}

/// A camera's folder.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
    sensor: SensorId,
    keep: Keep,
    files: Mutex<BTreeMap<String, Kept>>,
}

impl Shelf {
    /// Makes the folder of a camera below that of all, or finds what is in it.
    pub fn open(media: &Path, sensor: &SensorId, keep: Keep) -> io::Result<Self> {
        let folder = media.join(&sensor.0);
        fs::create_dir_all(&folder)?;
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some((began_at, ended_at)) = times_of(&name) {
                let bytes = entry.metadata()?.len();
                files.insert(name, Kept { began_at, ended_at, bytes });
            }
        }
        Ok(Self { folder, sensor: sensor.clone(), keep, files: Mutex::new(files) })
    }

    /// Recordings by name, which is in the order of time.
    pub fn recordings(&self) -> Vec<(String, Kept)> {
        if let Err(fault) = self.look() {
            tracing::warn!("{}: {fault}", self.folder.display());
        }
        self.files().iter().map(|(name, kept)| (name.clone(), *kept)).collect()
    }

    /// Number of complete recordings and their bytes.
    pub fn size(&self) -> (usize, u64) {
        let files = self.files();
        (files.len(), files.values().map(|kept| kept.bytes).sum())
    }

    /// Where a complete recording is; `None` for every other name, so that no name leads elsewhere.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let path = self.folder.join(self.files().get_key_value(name)?.0);
        path.exists().then_some(path)
    }

    /// Leaves those that went with the record's word of them.
    fn look(&self) -> io::Result<()> {
        // Held meanwhile: what is put here now gets into the list after this.
        let mut files = self.files();
        let mut there = BTreeSet::new();
        for entry in fs::read_dir(&self.folder)? {
            there.insert(entry?.file_name().to_string_lossy().into_owned());
        }
        files.retain(|name, _| there.contains(name));
        Ok(())
    }

    /// What is known of a recording.
    pub fn kept(&self, name: &str) -> Option<Kept> {
        self.files().get(name).copied()
    }

    /// Where a recording that begins now is written.
    pub(super) fn begun(&self, began_at: Timestamp) -> PathBuf {
        self.folder.join(format!("{}{BEGUN}", began_at.strftime(MOMENT)))
    }

    /// What was being written when the station stopped, and when it was begun.
    pub(super) fn left_over(&self) -> io::Result<Vec<(PathBuf, Timestamp)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(began_at) = name.strip_suffix(BEGUN).and_then(moment) {
                found.push((entry.path(), began_at));
            }
        }
        found.sort();
        Ok(found)
    }

    /// What a complete recording is called.
    pub(super) fn name(began_at: Timestamp, ended_at: Timestamp) -> String {
        format!("{}_{}{COMPLETE}", began_at.strftime(MOMENT), ended_at.strftime(MOMENT))
    }

    /// Its path below the folder of all recordings.
    pub(super) fn below_media(&self, name: &str) -> String {
        format!("{}/{name}", self.sensor.0)
    }

    /// Puts a recording that is in the record among the complete ones.
    pub(super) fn put(&self, begun: &Path, name: &str, kept: Kept) -> io::Result<()> {
        fs::rename(begun, self.folder.join(name))?;
        fs::File::open(&self.folder)?.sync_all()?;
        self.files().insert(name.to_owned(), kept);
        Ok(())
    }

    /// Deletes what is too old or too much, oldest first.
    pub(super) fn clear(&self, now: Timestamp) -> io::Result<()> {
        let age = SignedDuration::try_from_secs_f64(self.keep.days * DAY_S)
            .unwrap_or(SignedDuration::MAX);
        self.look()?;
        loop {
            let oldest = {
                let files = self.files();
                let bytes: u64 = files.values().map(|kept| kept.bytes).sum();
                let many = files.len() > limits::RECORDINGS_MAX || bytes > self.keep.bytes;
                files
                    .iter()
                    .next()
                    .filter(|(_, kept)| many || now.duration_since(kept.ended_at) > age)
                    .map(|(name, _)| name.clone())
            };
            let Some(oldest) = oldest else { return Ok(()) };
            match fs::remove_file(self.folder.join(&oldest)) {
                Err(fault) if fault.kind() != io::ErrorKind::NotFound => return Err(fault),
                Ok(()) | Err(_) => self.files().remove(&oldest),
            };
        }
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn times_of(name: &str) -> Option<(Timestamp, Timestamp)> {
    let (began, ended) = name.strip_suffix(COMPLETE)?.split_once('_')?;
    moment(began).zip(moment(ended))
}

fn moment(text: &str) -> Option<Timestamp> {
    let told = DateTime::strptime("%Y%m%dT%H%M%S%.fZ", text).ok()?;
    told.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_times_to_the_millisecond_and_sort_by_them() {
        let began: Timestamp = "2026-11-27T07:45:00.123Z".parse().unwrap();
        let ended: Timestamp = "2026-11-27T07:46:00Z".parse().unwrap();

        let name = Shelf::name(began, ended);

        assert_eq!(name, "20261127T074500.123Z_20261127T074600.000Z.mp4");
        assert_eq!(times_of(&name), Some((began, ended)));
        assert_eq!(times_of("../../keys/record.key"), None);
    }

    #[test]
    fn what_is_beyond_the_bytes_or_days_goes_oldest_first() {
        let home = tempfile::tempdir().unwrap();
        let sensor = SensorId("tower-1".into());
        let now: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        let hour = |hours: i64| now - SignedDuration::from_hours(hours);
        let fill = |shelf: &Shelf| {
            for hours in [30, 20, 2, 1] {
                let kept = Kept { began_at: hour(hours), ended_at: hour(hours), bytes: 10 };
                let begun = shelf.begun(kept.began_at);
                fs::write(&begun, [0; 10]).unwrap();
                shelf.put(&begun, &Shelf::name(kept.began_at, kept.ended_at), kept).unwrap();
            }
        };
        let left = |shelf: &Shelf| -> Vec<Timestamp> {
            shelf.recordings().iter().map(|(_, kept)| kept.began_at).collect()
        };

        let shelf = Shelf::open(home.path(), &sensor, Keep { bytes: 25, days: 7.0 }).unwrap();
        fill(&shelf);
        shelf.clear(now).unwrap();
        assert_eq!(left(&shelf), [hour(2), hour(1)]);

        let shelf = Shelf::open(home.path(), &sensor, Keep { bytes: 1_000, days: 1.0 }).unwrap();
        assert_eq!(left(&shelf), [hour(2), hour(1)], "found again");
        fill(&shelf);
        shelf.clear(now).unwrap();
        assert_eq!(left(&shelf), [hour(20), hour(2), hour(1)]);
        assert_eq!(fs::read_dir(home.path().join("tower-1")).unwrap().count(), 3);
    }

    #[test]
    fn a_recording_that_went_is_not_told_of() {
        let home = tempfile::tempdir().unwrap();
        let keep = Keep { bytes: 1_000, days: 7.0 };
        let shelf = Shelf::open(home.path(), &SensorId("tower-1".into()), keep).unwrap();
        let at: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        let names: Vec<String> = [0, 1]
            .map(|minute| at + SignedDuration::from_mins(minute))
            .map(|at| {
                let (begun, name) = (shelf.begun(at), Shelf::name(at, at));
                fs::write(&begun, "x").unwrap();
                shelf.put(&begun, &name, Kept { began_at: at, ended_at: at, bytes: 1 }).unwrap();
                name
            })
            .into();
        let path = shelf.path(&names[0]).unwrap();

        fs::remove_file(path).unwrap();

        assert_eq!(shelf.path(&names[0]), None);
        let left: Vec<String> = shelf.recordings().into_iter().map(|(name, _)| name).collect();
        assert_eq!((left.as_slice(), shelf.size()), (&names[1..], (1, 1)));
    }

    #[test]
    fn only_complete_recordings_have_a_path() {
        let home = tempfile::tempdir().unwrap();
        let keep = Keep { bytes: 1, days: 1.0 };
        let shelf = Shelf::open(home.path(), &SensorId("tower-1".into()), keep).unwrap();
        fs::write(home.path().join("secret"), "x").unwrap();

        assert_eq!(shelf.path("../secret"), None);
        assert_eq!(shelf.path("secret"), None);
    }
}
