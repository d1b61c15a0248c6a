//! Files that people and programs bring: detections, weather, tracks of patrols.
//!
//! One upload is read whole, then stored a few rows at a time and no faster than the core takes them of
//! one sensor. What was begun is finished, whether or not whoever brought it waits for the answer.

mod keys;
mod reading;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use sight::coverage::Model;
use sight::sector::{SensorId, UnitId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use watch::detection::Source;

use self::keys::{Keys, Known};
use self::reading::Reading;
use super::door::{Budget, Counters, DoorBoard, DoorLimits};
use super::gate::{Gate, Taken, Verdict};
use super::rejections::Refusal;
use super::stations::Stations;
use super::store::store;
use super::{Intake, IntakeError, limits};

/// How this door is called.
pub const DOOR: &str = "upload";
const PROTOCOL: &str = "HTTP upload (JSON, CSV, GeoJSON, METAR and TAF, GPX, NMEA)";

/// What is let in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UploadConfig {
    /// Uploads at a time, and rows a second of one sensor or unit.
    pub limits: DoorLimits,
    /// Places of a patrol in quicker succession are passed over (A).
    pub position_step_s: f64,
}

impl Default for UploadConfig {
    fn default() -> Self {
        Self {
            limits: DoorLimits {
                connections_max: limits::UPLOADS_DEFAULT,
                messages_per_s: limits::UPLOAD_ROWS_PER_S_DEFAULT,
            },
            position_step_s: limits::POSITION_STEP_S_DEFAULT,
        }
    }
}

/// What an upload is, and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Detections {
        of: Source,
        form: Form,
    },
    /// Alarms of a ground sensor, which is where its sector file says.
    Alarms {
        sensor: SensorId,
    },
    /// Whether a sensor works.
    Status {
        sensor: SensorId,
    },
    /// Reports and forecasts as text, which name their stations.
    Weather,
    /// What one station measured.
    Measured {
        station: String,
    },
    Track {
        of: UnitId,
        form: TrackForm,
    },
}

/// How detections are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    Csv,
    GeoJson,
}

/// How a patrol's track is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackForm {
    Gpx,
    Nmea,
}

/// What came of an upload, row by row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Rows that were stored and that the core has taken.
    pub accepted: u64,
    /// Rows that came before, with another upload or with this one.
    pub repeated: u64,
    /// Rows that are right and of no use.
    pub ignored: u64,
    /// Rows that cannot be used.
    pub rejected: u64,
    /// Why, of the first of them.
    pub faults: Vec<Fault>,
}

/// Why one row cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Line of a table or a text, number of a feature, object or point.
    pub row: usize,
    pub field: String,
    pub reason: String,
}

/// Why an upload is refused as a whole, or was not finished.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    #[error("{reason}")]
    Unreadable { field: String, reason: String },
    #[error("the key was used for another upload")]
    KeyUsed,
    #[error("the upload of this key is still being taken")]
    KeyBusy,
    #[error("{} rows were stored, then: {fault}; bring it again, and what was stored is passed over", stored.accepted)]
    NotStored { stored: Answer, fault: IntakeError },
}

/// A place among those whose uploads are being taken.
#[derive(Debug)]
pub struct Place {
    counters: Arc<Counters>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.counters.close("the upload was answered");
    }
}

/// The door for uploads.
#[derive(Debug)]
pub struct UploadDoor<I> {
    board: DoorBoard,
    config: UploadConfig,
    model: Arc<Model>,
    stations: Arc<Stations>,
    intake: I,
    gate: Mutex<Gate>,
    budgets: Mutex<BTreeMap<Option<Source>, Budget>>,
    keys: Mutex<Keys>,
    places: Arc<Semaphore>,
}

impl<I: Intake> UploadDoor<I> {
    /// A door at the address of the page.
    pub fn new(
        config: UploadConfig,
        address: SocketAddr,
        (model, stations): (Arc<Model>, Arc<Stations>),
        intake: I,
    ) -> Self {
        let board = DoorBoard::new((DOOR, PROTOCOL), address, config.limits);
        let gate = Gate::new(DOOR, Arc::clone(&model), Arc::clone(&stations), intake.now());
        let gate = Mutex::new(gate);
        let places = Arc::new(Semaphore::new(config.limits.connections_max));
        let (budgets, keys) = (Mutex::default(), Mutex::default());
        Self { board, config, model, stations, intake, gate, budgets, keys, places }
    }

    /// Whether the configuration says where a weather station is.
    pub fn knows_station(&self, name: &str) -> bool {
        self.stations.place(name).is_ok()
    }

    pub fn board(&self) -> &DoorBoard {
        &self.board
    }

    /// A place for one upload, before any of it is read; `None` while too many are being taken.
    pub fn enter(&self) -> Option<Place> {
        let counters = Arc::clone(&self.board.counters);
        let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() else {
            counters.turn_away();
            let limit = self.config.limits.connections_max;
            let what = format!("full: an upload was turned away, {limit} are taken at a time");
            counters.fault(self.intake.now(), &what);
            return None;
        };
        counters.open();
        Some(Place { counters, _permit: permit })
    }

    /// Counts an upload that was refused before its rows were read, and puts that into the record.
    pub async fn refuse(&self, field: &str, reason: &str) {
        let now = self.intake.now();
        let mut taken = Taken::default();
        self.counted(0, |gate| {
            gate.refuse(&Refusal::new(field, reason), None, now, &mut taken);
        });
        self.board.counters.fault(now, &format!("{field}: {reason}"));
        if let Err(fault) = store(&self.intake, taken.inputs).await {
            self.board.counters.fault(now, &fault.to_string());
        }
    }

    /// Counts one whose bytes did not come in time.
    pub fn cut_off(&self, reason: &str) {
        self.board.counters.cut_off_one();
        self.board.counters.fault(self.intake.now(), reason);
    }

    /// Takes an upload to its end. The same key twice is the same upload once.
    pub async fn take(
        self: Arc<Self>,
        kind: Kind,
        body: Vec<u8>,
        key: Option<String>,
    ) -> Result<Answer, UploadError> {
        if let Some(key) = &key {
            match self.keys().begin(key, (&kind, &body)) {
                Known::New => {}
                Known::Answered(answer) => return Ok(answer),
                Known::Busy => return Err(UploadError::KeyBusy),
                Known::Other => return Err(UploadError::KeyUsed),
            }
        }
        let door = Arc::clone(&self);
        // A task of its own is not given up when nobody waits for it any more.
        let whole = tokio::spawn(async move { door.read_and_store(kind, body).await });
        let ended = whole.await.unwrap_or_else(|fault| {
            let fault = IntakeError::Never(format!("the upload ended by a fault: {fault}"));
            Err(UploadError::NotStored { stored: Answer::default(), fault })
        });
        if let Some(key) = &key {
            self.keys().end(key, ended.as_ref().ok());
        }
        ended
    }

    async fn read_and_store(&self, kind: Kind, body: Vec<u8>) -> Result<Answer, UploadError> {
        let (now, step_s, bytes) = (self.intake.now(), self.config.position_step_s, body.len());
        let of = kind.source();
        let model = Arc::clone(&self.model);
        // Large files take a moment of thinking, which nobody else should wait for.
        let read = tokio::task::spawn_blocking(move || {
            Reading::of(kind, &body, (now, step_s), model.sector())
        });
        let read = read.await;
        let fault = |reason: String| Refusal::new("body", reason);
        let read = read.unwrap_or_else(|gone| Err(fault(format!("cannot be read: {gone}"))));
        match read {
            Ok(reading) => self.put_in(of, reading, bytes).await,
            Err(Refusal { field, reason }) => {
                self.refuse(&field, &reason).await;
                Err(UploadError::Unreadable { field, reason })
            }
        }
    }

    /// Stores the rows, a few at a time and no faster than the budget of their source allows.
    async fn put_in(
        &self,
        of: Option<Source>,
        reading: Reading,
        bytes: usize,
    ) -> Result<Answer, UploadError> {
        let mut answer = Answer { ignored: reading.passed_over as u64, ..Answer::default() };
        let mut bytes = bytes;
        let mut taken = self.take_faults(of.as_ref(), &reading, &mut answer);
        let mut words = reading.words.into_iter().peekable();
        loop {
            let before = answer.clone();
            let rows = words.by_ref().take(limits::UPLOAD_CHUNK).collect::<Vec<_>>();
            let count = rows.len();
            let now = self.intake.now();
            self.counted(std::mem::take(&mut bytes), |gate| {
                for (row, word) in rows {
                    answer.count(row, gate.take(word, now, &mut taken));
                }
            });
            // A long file is no offence: it is only taken as slowly as the core can follow.
            if let Some(pause) = self.spend(of.as_ref(), count) {
                tokio::time::sleep(pause).await;
            }
            let inputs = std::mem::take(&mut taken.inputs);
            if let Err(fault) = store(&self.intake, inputs.clone()).await {
                taken.inputs = inputs;
                self.gate().undo(&taken);
                self.board.counters.fault(self.intake.now(), &fault.to_string());
                return Err(UploadError::NotStored { stored: before, fault });
            }
            taken = Taken::default();
            if words.peek().is_none() {
                break;
            }
        }
        if let Some(Fault { row, field, reason }) = answer.faults.first() {
            let what = format!("{} rows rejected; row {row}: {field}: {reason}", answer.rejected);
            self.board.counters.fault(self.intake.now(), &what);
        }
        Ok(answer)
    }

    /// Counts what the reader could make nothing of.
    fn take_faults(&self, of: Option<&Source>, reading: &Reading, answer: &mut Answer) -> Taken {
        let mut taken = Taken::default();
        let now = self.intake.now();
        self.counted(0, |gate| {
            for (row, refusal) in &reading.faults {
                gate.refuse(refusal, of.cloned(), now, &mut taken);
                answer.count(*row, Err(refusal.clone()));
            }
            let untold = reading.left_out.saturating_sub(reading.faults.len());
            gate.refuse_untold(untold);
            answer.rejected += untold as u64;
            gate.pass_over(reading.passed_over);
        });
        taken
    }

    /// Lets the gate do something and adds what it counted.
    fn counted(&self, bytes: usize, act: impl FnOnce(&mut Gate)) {
        let mut gate = self.gate();
        let before = gate.counts();
        act(&mut gate);
        self.board.counters.add(before, gate.counts(), bytes);
    }

    fn spend(&self, of: Option<&Source>, rows: usize) -> Option<Duration> {
        let (now, per_s) = (Instant::now(), self.config.limits.messages_per_s);
        let mut budgets = self.budgets.lock().unwrap_or_else(PoisonError::into_inner);
        let budget = budgets.entry(of.cloned()).or_insert_with(|| Budget::new(per_s, now));
        budget.spend(rows as u64, 0, now)
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kind {
    /// Whose words they are, where the request says that.
    fn source(&self) -> Option<Source> {
        match self {
            Self::Detections { of, .. } => Some(of.clone()),
            Self::Alarms { sensor } | Self::Status { sensor } => {
                Some(Source::Sensor(sensor.clone()))
            }
            Self::Measured { station } => Some(Source::Weather(station.clone())),
            Self::Track { of, .. } => Some(Source::Unit(of.clone())),
            Self::Weather => None,
        }
    }
}

impl Answer {
    fn count(&mut self, row: usize, verdict: Result<Verdict, Refusal>) {
        match verdict {
            Ok(Verdict::Taken) => self.accepted += 1,
            Ok(Verdict::Repeated) => self.repeated += 1,
            Ok(Verdict::Ignored) => self.ignored += 1,
            Err(Refusal { field, reason }) => {
                self.rejected += 1;
                if self.faults.len() < limits::UPLOAD_FAULTS_TOLD {
                    self.faults.push(Fault { row, field, reason });
                }
            }
        }
    }
}
