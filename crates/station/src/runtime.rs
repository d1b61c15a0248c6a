//! A running station: the core's thread, the heavy worker, the query store and the doors, under one handle.

pub(crate) mod again;
mod cameras;
mod checking;
pub mod clock;
mod disclosing;
mod doors;
mod drones;
mod erasures;
pub mod floor;
pub mod health;
mod heavy;
mod intake;
mod keeper;
pub mod live;
mod page;
mod parent;
mod phones;
mod plain;
mod protecting;
pub(crate) mod questions;
mod radars;
mod recovery;
mod releasing;
mod retention;
mod start;
pub mod stepper;
mod tls;
pub(crate) mod without;
mod witnesses;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use ::watch::dispatch::Task;
use ::watch::journal::{AlertId, CommandRefused, Input, RequestId, TrackId};
use ::watch::pointing::Pointing;
use ::watch::seam::SeamMessage;
use ::watch::tracking::TrackLineage;
use jiff::Timestamp;
use sight::coverage::Model;
use sight::placement::BuyBack;
use tokio::sync::{broadcast, oneshot, watch};

use self::clock::StationClock;
use self::erasures::Erasures;
use self::health::Health;
use self::heavy::HeavyQueue;
use self::intake::{Lanes, Submission};
use self::live::Live;
use self::questions::Questions;
use crate::disclosures::Disclosures;
use crate::ingest::camera::CameraBoard;
use crate::ingest::cot::Correspondents;
use crate::ingest::door::DoorBoard;
use crate::ingest::drone::DroneBoard;
use crate::ingest::snapshots::Snapshots;
use crate::ingest::stations::Stations;
use crate::ingest::{Intake, IntakeError};
use crate::release::Partners;
use crate::store::sqlite::{self, StoreError, StripRow};

pub use self::cameras::{CameraIn, CamerasConfig, UnknownCamera};
pub(crate) use self::erasures::{Stays, WantedErasure, check_erasable, of_date};
#[cfg(test)]
pub(crate) use self::{parent::scene, phones::drafts, radars::datagrams};

pub use self::drones::{DronesConfig, KlvIn, MavlinkIn};
pub use self::page::{PageTls, allow_files};
pub use self::parent::{ParentConfig, ParentTls};
pub use self::phones::CotConfig;
pub use self::plain::{MqttConfig, NmeaConfig, PlainConfig};
pub use self::radars::{AsterixConfig, RadarsIn, TracksOut};
pub use self::retention::KeepDays;
pub use self::start::{StartError, Station, StationConfig};
pub use self::tls::TlsConfig;
pub(crate) use self::witnesses::{Assurance, WitnessState};
pub use self::witnesses::{WitnessIn, Witnessing};

/// What a sender is told once its inputs are durable and the core has taken them.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// Index in the record of the submission's last input.
    pub index: u64,
    /// The station time at which they were taken.
    pub at: Timestamp,
    /// For each command: its key and what came of it.
    pub commands: Vec<(String, Result<(), CommandRefused>)>,
    /// Heavy requests that the inputs led to.
    pub asked: Vec<RequestId>,
    /// What a neighbouring sector must be told.
    pub said: Vec<SeamMessage>,
}

/// Why inputs were not taken. None of them counts; the sender may try again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    #[error(
        "the station is overloaded: {limit} inputs of this kind wait already; send again later"
    )]
    Overloaded { limit: usize },
    #[error("not stored: {problem}; the station goes on by itself when the disk does")]
    NotStored { problem: String },
    #[error("not stored: {problem}")]
    Changed { problem: String },
    #[error("one input is too large to store: {bytes} bytes")]
    TooLarge { bytes: usize },
    #[error("the station is stopping")]
    Stopped,
}

/// Something that a door or the desk must act on.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A task must be told to its unit.
    SendTask(Task),
    /// An order must be told to its sensor.
    SendPointing(Pointing),
    /// Ways for this alert are ready in the live picture.
    Proposals { alert: AlertId },
    /// Moves that were asked for.
    Moves { request: RequestId, answer: Arc<BuyBack> },
}

/// What the doors, the desk and the core's thread share.
#[derive(Debug)]
struct Shared {
    /// The data directory.
    data: PathBuf,
    model: Arc<Model>,
    clock: StationClock,
    intake: Lanes,
    /// The open doors, in the order in which they were opened.
    doors: Mutex<Vec<DoorBoard>>,
    drones: DroneBoard,
    stations: Arc<Stations>,
    correspondents: Correspondents,
    snapshots: Snapshots,
    cameras: CameraBoard,
    questions: Questions,
    partners: Partners,
    erasures: Erasures,
    disclosures: Arc<Disclosures>,
    heavy: HeavyQueue,
    live: Live,
    health: Arc<Health>,
    witnessing: Arc<Witnessing>,
    events: broadcast::Sender<Event>,
    /// True once the core's thread has ended.
    ended: watch::Sender<bool>,
}

/// The way into a running station; cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    /// Stores inputs, in order and together, steps the core, and returns once both are done.
    pub async fn submit(&self, inputs: Vec<Input>) -> Result<Receipt, SubmitError> {
        let (reply, answer) = oneshot::channel();
        let arrived = self.shared.clock.reading();
        self.shared.intake.push(Submission { arrived, inputs, reply })?;
        answer.await.unwrap_or(Err(SubmitError::Stopped))
    }

    /// The same for a thread that may wait.
    pub fn submit_blocking(&self, inputs: Vec<Input>) -> Result<Receipt, SubmitError> {
        let (reply, answer) = oneshot::channel();
        let arrived = self.shared.clock.reading();
        self.shared.intake.push(Submission { arrived, inputs, reply })?;
        answer.blocking_recv().unwrap_or(Err(SubmitError::Stopped))
    }

    /// What a track was made of; `None` when there is no such track.
    pub async fn lineage(&self, track: TrackId) -> Result<Option<TrackLineage>, SubmitError> {
        let limit = crate::limits::QUESTIONS_MAX;
        let answer = self.shared.questions.ask(track).ok_or(SubmitError::Overloaded { limit })?;
        // Nothing to store, but it wakes the core's thread.
        self.submit(Vec::new()).await?;
        answer.await.map_err(|_gone| SubmitError::Stopped)
    }

    /// Erases what is kept of a subject up to now, once a snapshot is durable that spares its entries; returns how many keys
    /// are destroyed.
    pub(crate) async fn erase(&self, wanted: WantedErasure) -> Result<u32, SubmitError> {
        let limit = crate::limits::GRAVES_MAX;
        let done = self.shared.erasures.ask(wanted).ok_or(SubmitError::Overloaded { limit })?;
        self.submit(Vec::new()).await?;
        done.await.map_err(|_gone| SubmitError::Stopped)
    }

    /// The watch state of the line since a time, and as it was then.
    pub(crate) fn strip(&self, since: Timestamp) -> Result<Vec<StripRow>, StoreError> {
        sqlite::strip(&self.shared.data, since)
    }

    /// Events from now on. A listener that falls far behind misses the oldest.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.shared.events.subscribe()
    }

    /// Waits until the core's thread has ended, be it that the station stops or that something broke.
    pub async fn ended(&self) {
        let mut ended = self.shared.ended.subscribe();
        // The sender lives as long as this handle.
        drop(ended.wait_for(|ended| *ended).await);
    }

    /// Station time.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// The time by which papers of others are judged; see [`StationClock::civil`].
    pub fn civil(&self) -> Timestamp {
        self.shared.clock.civil()
    }

    /// How far ahead of the station's time the wall clock is, where it is not believed.
    pub fn wall_disbelieved(&self) -> Option<jiff::SignedDuration> {
        self.shared.clock.disbelieved()
    }

    /// Leads a demonstration's clock on; see [`clock::Clock::Led`].
    pub fn lead_clock(&self, to: Timestamp) {
        self.shared.clock.lead(to);
    }

    /// How many times faster than the wall clock station time runs.
    pub fn speed(&self) -> f64 {
        self.shared.clock.speed()
    }

    pub fn model(&self) -> &Arc<Model> {
        &self.shared.model
    }

    /// The picture as people are shown it.
    pub fn live(&self) -> &Live {
        &self.shared.live
    }

    pub fn health(&self) -> &Health {
        &self.shared.health
    }

    /// How each open door is.
    pub fn doors(&self) -> Vec<DoorBoard> {
        self.shared.doors.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The phones that the desk can answer.
    pub fn correspondents(&self) -> &Correspondents {
        &self.shared.correspondents
    }

    /// The station's own uid among phones.
    pub fn station_uid(&self) -> String {
        phones::station_uid(self)
    }

    /// What drones tell of themselves.
    pub fn drones(&self) -> &DroneBoard {
        &self.shared.drones
    }

    /// Weather stations that report as text, and what is expected there.
    pub fn stations(&self) -> &Arc<Stations> {
        &self.shared.stations
    }

    /// Pictures that recorders keep of what their cameras saw.
    pub fn snapshots(&self) -> &Snapshots {
        &self.shared.snapshots
    }

    /// Cameras whose pictures are pulled.
    pub fn cameras(&self) -> &CameraBoard {
        &self.shared.cameras
    }

    /// The worlds of other agencies.
    pub fn partners(&self) -> &Partners {
        &self.shared.partners
    }

    fn door_opened(&self, door: DoorBoard) {
        self.shared.doors.lock().unwrap_or_else(PoisonError::into_inner).push(door);
    }

    /// Inputs that wait for the core, and inputs refused so far because too many did.
    pub fn load(&self) -> (usize, u64) {
        (self.shared.intake.waiting(), self.shared.intake.shed())
    }
}

/// The doors' way in: what the core cannot take now may be sent again, the rest never.
impl Intake for Handle {
    fn now(&self) -> Timestamp {
        Self::now(self)
    }

    async fn submit(&self, inputs: Vec<Input>) -> Result<(), IntakeError> {
        match Self::submit(self, inputs).await {
            Ok(_) => Ok(()),
            Err(
                error @ (SubmitError::Overloaded { .. }
                | SubmitError::NotStored { .. }
                | SubmitError::Changed { .. }),
            ) => Err(IntakeError::NotNow(error.to_string())),
            Err(error @ (SubmitError::TooLarge { .. } | SubmitError::Stopped)) => {
                Err(IntakeError::Never(error.to_string()))
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
