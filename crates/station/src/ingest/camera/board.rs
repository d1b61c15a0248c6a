//! What is known of cameras while the station runs, and where their pictures are to be had.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use sight::sector::SensorId;
use tokio::sync::broadcast;

use super::{AccessUnit, Format, Shelf};
use crate::ingest::limits;

/// Seconds over which rates are told.
const RATE_S: u64 = 10;
/// One for each of them, and one for the second that has only begun.
const RATE_SLOTS: usize = 11;

/// All cameras; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct CameraBoard(Arc<Mutex<BTreeMap<SensorId, Arc<Camera>>>>);

/// One camera.
#[derive(Debug)]
pub struct Camera {
    sensor: SensorId,
    units: broadcast::Sender<Arc<AccessUnit>>,
    shelf: Arc<Shelf>,
    records: bool,
    opened: Instant,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    format: Option<Arc<Format>>,
    last_at: Option<Timestamp>,
    lost: Option<String>,
    connections: u64,
    frames: u64,
    bytes: u64,
    unrecorded: u64,
    /// Frames and bytes by the second in which they came, in a ring.
    lately: [(u64, u64, u64); RATE_SLOTS],
}

/// How a camera is.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraState {
    pub format: Option<Arc<Format>>,
    /// When its newest picture came.
    pub last_at: Option<Timestamp>,
    /// Why no pictures come.
    pub lost: Option<String>,
    /// Connections that were tried.
    pub connections: u64,
    pub frames: u64,
    pub bytes: u64,
    pub frames_per_s: f64,
    pub bytes_per_s: f64,
    pub records: bool,
    /// Pictures that came and could not be recorded.
    pub unrecorded: u64,
    pub files: usize,
    pub file_bytes: u64,
}

impl CameraBoard {
    pub fn add(&self, camera: Arc<Camera>) {
        self.cameras().insert(camera.sensor.clone(), camera);
    }

    pub fn camera(&self, id: &SensorId) -> Option<Arc<Camera>> {
        self.cameras().get(id).cloned()
    }

    /// All of them, by their ids.
    pub fn all(&self) -> Vec<Arc<Camera>> {
        self.cameras().values().cloned().collect()
    }

    fn cameras(&self) -> MutexGuard<'_, BTreeMap<SensorId, Arc<Camera>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Camera {
    pub fn new(sensor: SensorId, shelf: Shelf) -> Self {
        Self {
            sensor,
            units: broadcast::channel(limits::UNITS_WAITING_MAX).0,
            shelf: Arc::new(shelf),
            records: false,
            opened: Instant::now(),
            told: Mutex::default(),
        }
    }

    /// The same, and a recorder listens.
    #[must_use]
    pub fn recorded(self) -> Self {
        Self { records: true, ..self }
    }

    pub fn sensor(&self) -> &SensorId {
        &self.sensor
    }

    /// Its pictures from now on. A listener that falls far behind misses the oldest.
    pub fn units(&self) -> broadcast::Receiver<Arc<AccessUnit>> {
        self.units.subscribe()
    }

    #[cfg(test)]
    pub(super) fn listeners(&self) -> usize {
        self.units.receiver_count()
    }

    pub fn shelf(&self) -> &Arc<Shelf> {
        &self.shelf
    }

    pub fn state(&self) -> CameraState {
        let (files, file_bytes) = self.shelf.size();
        let second = self.second();
        let told = self.told();
        // The second that has only begun would make the rates look lower than they are.
        let whole = told.lately.iter().filter(|(at, ..)| *at < second && *at + RATE_S >= second);
        let (frames, bytes) =
            whole.fold((0, 0), |(frames, bytes), slot| (frames + slot.1, bytes + slot.2));
        CameraState {
            format: told.format.clone(),
            last_at: told.last_at,
            lost: told.lost.clone(),
            connections: told.connections,
            frames: told.frames,
            bytes: told.bytes,
            frames_per_s: frames as f64 / RATE_S as f64,
            bytes_per_s: bytes as f64 / RATE_S as f64,
            records: self.records,
            unrecorded: told.unrecorded,
            files,
            file_bytes,
        }
    }

    /// A picture came: whoever listens gets it.
    pub(super) fn show(&self, unit: AccessUnit) {
        let second = self.second();
        let bytes = unit.data.len() as u64;
        {
            let mut told = self.told();
            told.format = Some(Arc::clone(&unit.format));
            told.last_at = Some(unit.at);
            told.frames += 1;
            told.bytes += bytes;
            let place = usize::try_from(second % RATE_SLOTS as u64).unwrap_or_default();
            if let Some(slot) = told.lately.get_mut(place) {
                if slot.0 != second {
                    *slot = (second, 0, 0);
                }
                slot.1 += 1;
                slot.2 += bytes;
            }
        }
        // Nobody may be listening.
        drop(self.units.send(Arc::new(unit)));
    }

    pub(super) fn connect(&self) {
        self.told().connections += 1;
    }

    pub(super) fn lose(&self, why: Option<String>) {
        self.told().lost = why;
    }

    pub(super) fn leave_unrecorded(&self, frames: u64) {
        self.told().unrecorded += frames;
    }

    fn second(&self) -> u64 {
        // An untouched slot is of second 0, which must lie too far back to be counted.
        self.opened.elapsed().as_secs() + RATE_S + 1
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
