//! Starts a station: lock, doors, recovery from the record, threads; and stops it in the opposite order.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ::watch::dispatch::{Task, TaskStage};
use ::watch::journal::{self, Entry, Input};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use sight::coverage::Model;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, oneshot, watch};

use super::clock::{Clock, StationClock};
use super::health::Health;
use super::heavy::HeavyQueue;
use super::intake::Lanes;
use super::keeper::Keeper;
use super::live::{Live, Picture};
use super::stepper::{Stepper, hex};
use super::{Event, Handle, Shared};
use crate::api;
use crate::api::sector::Occasion;
use crate::ingest::door::{Door, DoorError, Nodes};
use crate::ingest::sapient::Directory;
use crate::limits::{EVENTS_WAITING_MAX, STORE_BATCH_MAX};
use crate::record::{DataLock, Journal, RecordError};
use crate::store::sqlite::{Projection, StoreError};
use crate::store::{self, Stepped};

const PAGE: &str = "page";
const SAPIENT: &str = "SAPIENT door";
/// How long open connections may take to end when the station stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a station needs to start.
#[derive(Debug, Clone)]
pub struct StationConfig {
    pub model: Arc<Model>,
    pub data_directory: PathBuf,
    pub clock: Clock,
    /// Where the page and the interface listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where the SAPIENT door listens, if it is open.
    pub sapient_listen: Option<SocketAddr>,
    pub occasion: Occasion,
}

/// Why a station does not start. Nothing of it runs then.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "{what} must listen on this machine alone (127.0.0.1 or [::1]) until people can sign in, got {address}"
    )]
    NotLoopback { what: &'static str, address: SocketAddr },
    #[error(
        "{what}: port {} is in use on {}; stop the program that holds it (`ss -ltnp 'sport = :{}'` shows it) \
         or choose another port", address.port(), address.ip(), address.port()
    )]
    PortInUse { what: &'static str, address: SocketAddr },
    #[error("{what}: cannot listen on {address}: {source}")]
    Listen { what: &'static str, address: SocketAddr, source: std::io::Error },
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Door(DoorError),
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
}

/// A station that runs until [`Station::stop`] or until it is dropped.
#[derive(Debug)]
pub struct Station {
    handle: Handle,
    address: SocketAddr,
    sapient_address: Option<SocketAddr>,
    runtime: Option<tokio::runtime::Runtime>,
    farewell: Option<oneshot::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

/// What the record held: the core it leads to and how far the query store has come.
struct Recovered {
    journal: Journal,
    stepper: Stepper,
    projection: Projection,
    last_at: Timestamp,
}

impl Station {
    /// Takes the data directory, replays its record, and opens the doors.
    pub fn start(config: &StationConfig) -> Result<Self, StartError> {
        let listener = listen(PAGE, config.listen)?;
        let address = listener.local_addr().map_err(StartError::Thread)?;
        if let Some(address) = config.sapient_listen {
            // Only tried here: replaying a long record first would make a wrong port slow to find out.
            drop(listen(SAPIENT, address)?);
        }
        let lock = DataLock::take(&config.data_directory)?;
        let began = Instant::now();
        let recovered = recover(config, lock)?;
        let entries = recovered.journal.next_index() - 1;
        let hash = hex(&recovered.stepper.core().state_hash());
        tracing::info!(
            "record: {entries} entries replayed in {:.1?}, state hash {hash}",
            began.elapsed()
        );
        let health = Arc::new(Health::recovered(entries, hash));
        let shared = Arc::new(share(config, &recovered, Arc::clone(&health)));
        let threads = start_threads(recovered, &shared, health).map_err(StartError::Thread)?;
        let mut station = Self {
            handle: Handle { shared },
            address,
            sapient_address: None,
            runtime: None,
            farewell: None,
            threads,
        };
        // From here on dropping the station stops its threads.
        station.open_doors(listener, config)?;
        Ok(station)
    }

    /// Where the page and the interface are.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the SAPIENT door is, when it is open.
    pub fn sapient_address(&self) -> Option<SocketAddr> {
        self.sapient_address
    }

    /// The way in.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Runs a future on the station's own runtime and waits for it; not to be called from async code.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.as_ref().expect("the runtime lives until the station stops").block_on(future)
    }

    /// The station's own runtime, for tasks that live no longer than it.
    pub fn runtime(&self) -> &tokio::runtime::Handle {
        self.runtime.as_ref().expect("the runtime lives until the station stops").handle()
    }

    /// Finishes what was accepted, closes the doors and ends. Returns the last state hash.
    pub fn stop(mut self) -> [u8; 32] {
        self.end();
        self.handle.live().read().state_hash.value
    }

    fn open_doors(
        &mut self,
        listener: TcpListener,
        config: &StationConfig,
    ) -> Result<(), StartError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("doors")
            .enable_all()
            .build()
            .map_err(StartError::Thread)?;
        let (farewell, farewell_said) = oneshot::channel::<()>();
        let handle = self.handle.clone();
        let (occasion, directory) = (config.occasion, config.data_directory.clone());
        let opened = runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let router = api::router(handle, occasion, directory);
            tokio::spawn(async move {
                let until = async { drop(farewell_said.await) };
                if let Err(error) =
                    axum::serve(listener, router).with_graceful_shutdown(until).await
                {
                    tracing::error!("page: {error}");
                }
            });
            Ok(())
        });
        opened.map_err(StartError::Thread)?;
        if let Some(address) = config.sapient_listen {
            self.sapient_address = Some(runtime.block_on(open_sapient(address, &self.handle))?);
        }
        (self.runtime, self.farewell) = (Some(runtime), Some(farewell));
        Ok(())
    }

    fn end(&mut self) {
        drop(self.farewell.take());
        self.handle.shared.intake.stop();
        self.handle.shared.heavy.stop();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the station panicked");
            }
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(FAREWELL);
        }
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        self.end();
    }
}

/// Opens the SAPIENT door, and sends out of it what units have not been told.
async fn open_sapient(address: SocketAddr, handle: &Handle) -> Result<SocketAddr, StartError> {
    let directory = Arc::new(Directory::of_sector(handle.model().sector()));
    let door =
        Door::open(address, directory, handle.clone()).await.map_err(|error| match error {
            DoorError::NotLoopback(address) => StartError::NotLoopback { what: SAPIENT, address },
            DoorError::Bind { address, source }
                if source.kind() == std::io::ErrorKind::AddrInUse =>
            {
                StartError::PortInUse { what: SAPIENT, address }
            }
            DoorError::Bind { .. } => StartError::Door(error),
        })?;
    let address = door.address().map_err(StartError::Thread)?;
    tokio::spawn(send_tasks(handle.clone(), door.nodes()));
    tokio::spawn(door.serve());
    Ok(address)
}

/// Tells units their tasks. A task may be told twice, after a restart or a gap; its id says that it is the same.
async fn send_tasks(handle: Handle, nodes: Nodes) {
    let mut events = handle.events();
    send_untold(&handle, &nodes);
    loop {
        match events.recv().await {
            Ok(Event::SendTask(task)) => {
                let delivery = nodes.send_task(&task);
                tracing::info!("task {} for {}: {delivery:?}", task.id.0, task.unit.0);
            }
            Ok(Event::Proposals { .. }) => {}
            Err(RecvError::Lagged(_)) => send_untold(&handle, &nodes),
            Err(RecvError::Closed) => return,
        }
    }
}

/// Sends every task that no unit has answered.
fn send_untold(handle: &Handle, nodes: &Nodes) {
    let untold: Vec<Task> = {
        let picture = handle.live().read();
        picture.tasks.values().filter(|task| task.stage == TaskStage::Sent).cloned().collect()
    };
    for task in untold {
        nodes.send_task(&task);
    }
}

fn listen(what: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    if !address.ip().is_loopback() {
        return Err(StartError::NotLoopback { what, address });
    }
    let failed = |source: std::io::Error| {
        if source.kind() == std::io::ErrorKind::AddrInUse {
            StartError::PortInUse { what, address }
        } else {
            StartError::Listen { what, address, source }
        }
    };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

/// Replays the record and brings the query store up to it; a new record begins with its sector.
fn recover(config: &StationConfig, lock: DataLock) -> Result<Recovered, StartError> {
    let directory = lock.directory().to_owned();
    let mut stepper = Stepper::new(Arc::clone(&config.model));
    let mut last_at = Timestamp::MIN;
    let mut first = None;
    let mut catching_up = None;
    let entries = count_entries(&directory)?;
    let mut journal = Journal::open(lock, |index, payload| {
        let (entry, outputs) = stepper.replay(payload)?;
        last_at = last_at.max(entry.at);
        first.get_or_insert_with(|| name_of(payload));
        if catching_up.is_none() {
            let name = first.as_deref().unwrap_or_default();
            catching_up = Some(CatchingUp::open(&directory, name, entries)?);
        }
        if let Some(catching_up) = &mut catching_up {
            catching_up.take(Stepped { index, entry, outputs: Arc::new(outputs) })?;
        }
        Ok(())
    })?;
    if journal.next_index() == 1 {
        let entry = opening(config);
        let payload = journal::encode(&entry);
        journal.append(std::slice::from_ref(&payload))?;
        let outputs = Arc::new(stepper.step(&entry, None));
        last_at = entry.at;
        let mut fresh = CatchingUp::open(&directory, &name_of(&payload), 1)?;
        fresh.take(Stepped { index: 1, entry, outputs })?;
        catching_up = Some(fresh);
    }
    let catching_up = catching_up.expect("a record holds at least its opening by now");
    Ok(Recovered { journal, stepper, projection: catching_up.finish()?, last_at })
}

/// How many entries a record holds, so that a query store ahead of it is recognised; 0 when there is none yet.
fn count_entries(directory: &Path) -> Result<u64, StartError> {
    match crate::record::read(directory, |_, _| Ok(())) {
        Ok(entries) => Ok(entries),
        Err(RecordError::Absent { .. }) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// A record's name in the query store: the digest of its first entry.
fn name_of(first_payload: &[u8]) -> String {
    hex(&Sha256::digest(first_payload))
}

fn opening(config: &StationConfig) -> Entry {
    let sector = config.model.sector();
    let input = Input::Opened { sector: sector.name.clone(), sector_digest: sector.digest() };
    Entry { at: StationClock::start(config.clock, None).now(), input }
}

/// Feeds the query store with replayed steps, many in one transaction.
struct CatchingUp {
    projection: Projection,
    steps: Vec<Stepped>,
}

impl CatchingUp {
    fn open(directory: &Path, record: &str, entries: u64) -> Result<Self, StoreError> {
        Ok(Self { projection: Projection::open(directory, record, entries)?, steps: Vec::new() })
    }

    fn take(&mut self, step: Stepped) -> Result<(), StoreError> {
        if step.index <= self.projection.applied() {
            return Ok(());
        }
        self.steps.push(step);
        if self.steps.len() >= STORE_BATCH_MAX {
            self.projection.apply(&self.steps)?;
            self.steps.clear();
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Projection, StoreError> {
        self.projection.apply(&self.steps)?;
        Ok(self.projection)
    }
}

fn share(config: &StationConfig, recovered: &Recovered, health: Arc<Health>) -> Shared {
    let heavy = HeavyQueue::default();
    for (id, request) in recovered.stepper.unanswered() {
        heavy.push(id, request.clone());
    }
    let seq = recovered.journal.next_index() - 1;
    Shared {
        model: Arc::clone(&config.model),
        clock: StationClock::start(config.clock, Some(recovered.last_at)),
        intake: Lanes::default(),
        heavy,
        live: Live::new(Picture::of(recovered.stepper.core(), seq)),
        health,
        events: broadcast::channel(EVENTS_WAITING_MAX).0,
        ended: watch::channel(false).0,
    }
}

/// Starts the core's thread, the heavy worker and the store's writer.
fn start_threads(
    recovered: Recovered,
    shared: &Arc<Shared>,
    health: Arc<Health>,
) -> std::io::Result<Vec<JoinHandle<()>>> {
    let (sink, writer) = store::start(recovered.projection, health)?;
    let next_tick = shared.clock.now();
    let keeper = Keeper {
        shared: Arc::clone(shared),
        journal: recovered.journal,
        stepper: recovered.stepper,
        store: sink,
        next_tick,
        refreshed: Instant::now(),
        hashed: Instant::now(),
        stale: false,
    };
    let core = std::thread::Builder::new().name("core".into()).spawn(move || {
        let _alarm = Alarm(Arc::clone(&keeper.shared));
        keeper.run();
    })?;
    let work = Arc::clone(shared);
    let heavy = std::thread::Builder::new()
        .name("heavy".into())
        .spawn(move || work.heavy.work(&work.model, &work.intake))?;
    Ok(vec![core, heavy, writer])
}

/// Says so when the core's thread ends, however it ends, and lets nobody wait for it.
struct Alarm(Arc<Shared>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if !self.0.intake.is_stopping() {
            tracing::error!("the core's thread ended: restart the station");
            self.0.health.core_stopped();
            self.0.intake.stop();
        }
        self.0.intake.give_up();
        self.0.ended.send_replace(true);
    }
}
