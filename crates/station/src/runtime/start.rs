//! Starts a station: lock, doors, recovery from the record, threads; and stops it in the opposite order.

mod alarm;
mod error;

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ::watch::audit::ReleasePolicy;
use ::watch::heavy::{Computer, HeavyRequest, HeavyResult};
use ::watch::runs::Start;
use jiff::Timestamp;
use sight::coverage::Model;
use tokio::sync::{broadcast, oneshot, watch};
use tokio::time::timeout;
use wire::asterix::track::Origin;

use self::alarm::{Alarm, WorkerAlarm};
use super::cameras::{CamerasConfig, open_cameras};
use super::clock::{Clock, Faces, Machine, StationClock};
use super::doors::{COT, PAGE, SAPIENT, bind, listen, open_sapient};
use super::drones::{DronesConfig, open_drones};
use super::erasures::{Erasing, Erasures};
use super::health::Health;
use super::heavy::HeavyQueue;
use super::intake::Lanes;
use super::keeper::Keeper;
use super::live::{Live, Picture};
use super::page;
use super::parent::{ParentConfig, open_parent};
use super::phones::{CotConfig, open_cot};
use super::plain::{PlainConfig, open_plain, open_upload};
use super::questions::Questions;
use super::radars::{AsterixConfig, open_asterix};
use super::recovery::{Recovered, recover};
use super::releasing::Settled;
use super::retention::{KeepDays, Retention};
use super::stepper::hex;
use super::tls::{Keys, TlsConfig};
use super::witnesses::{WitnessIn, Witnessing, open_witnesses};
use super::{Handle, Shared, checking, disclosing, phones, protecting, releasing};
use crate::api;
use crate::api::sector::Occasion;
use crate::connections::{self, Places};
use crate::identity::{self, AtStart, Certifier, SignIn, Warden};
use crate::ingest::camera::CameraBoard;
use crate::ingest::cot::Correspondents;
use crate::ingest::door::{CivilTime, DoorBoard, DoorConfig, Holders, Tls};
use crate::ingest::drone::DroneBoard;
use crate::ingest::snapshots::Snapshots;
use crate::limits::{EVENTS_WAITING_MAX, PAGE_CONNECTIONS_MAX};
use crate::record::disk::{Disk, RealDisk};
use crate::record::note::Verifier;
use crate::record::{DataLock, seal};
use crate::release::{Partners, ReleaseConfig};
use crate::snapshot::{self, SnapshotSink};
use crate::store;

pub use self::error::StartError;

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
    /// The SAPIENT door, if it is open.
    pub sapient: Option<DoorConfig>,
    /// The doors for phones, if they are open.
    pub cot: Option<CotConfig>,
    /// Radars in and tracks out, as far as they are set.
    pub asterix: AsterixConfig,
    /// The fusion node above this station, if there is one.
    pub parent: Option<ParentConfig>,
    /// Drones, as far as they are set.
    pub drones: DronesConfig,
    /// Cameras whose pictures are pulled.
    pub cameras: CamerasConfig,
    /// The doors at which nobody registers.
    pub plain: PlainConfig,
    /// The same doors by TLS; each needs its plain one.
    pub tls: TlsConfig,
    /// Who signs that they have seen this record.
    pub witnesses: Vec<WitnessIn>,
    /// For how long what entries say is kept.
    pub keep: KeepDays,
    pub occasion: Occasion,
    /// Whether people must sign in.
    pub sign_in: SignIn,
    /// What other agencies are given.
    pub release: ReleaseConfig,
}

/// Does heavy work: [`Computer::compute`].
pub(super) type Compute = fn(&mut Computer, &HeavyRequest) -> HeavyResult;

/// What the station is built upon.
pub(super) struct Parts {
    pub(super) disk: Box<dyn Disk>,
    /// Where snapshots are written.
    pub(super) snapshot_disk: Box<dyn Disk>,
    pub(super) compute: Compute,
    /// What it reads the time from.
    pub(super) faces: Box<dyn Faces>,
}

/// What is to be opened by TLS.
#[derive(Default)]
struct Secured {
    sapient: Option<(DoorConfig, Tls)>,
    cot: Option<(DoorConfig, Tls)>,
    page: Option<(Tls, Certifier)>,
}

/// A station that runs until [`Station::stop`] or until it is dropped.
#[derive(Debug)]
pub struct Station {
    handle: Handle,
    address: SocketAddr,
    page_by_tls: bool,
    sapient: Option<DoorBoard>,
    cot: Option<DoorBoard>,
    asterix: Option<DoorBoard>,
    runtime: Option<tokio::runtime::Runtime>,
    farewell: Option<oneshot::Sender<()>>,
    /// Asks the way to the parent to end, and ends with it.
    parent: Option<(oneshot::Sender<()>, tokio::task::JoinHandle<()>)>,
    warden: Option<Arc<Warden>>,
    first_code: Option<identity::Code>,
    threads: Vec<JoinHandle<()>>,
}

impl Station {
    /// Takes the data directory, replays its record, and opens the doors.
    pub fn start(config: &StationConfig) -> Result<Self, StartError> {
        let (disk, snapshot_disk) = (Box::new(RealDisk), Box::new(RealDisk));
        let (compute, faces) = (Computer::compute, Box::new(Machine));
        Self::start_with(Parts { disk, snapshot_disk, compute, faces }, config)
    }

    /// The same with parts that a test can make fail.
    pub(super) fn start_with(parts: Parts, config: &StationConfig) -> Result<Self, StartError> {
        phones::check_agencies(config)?;
        let listener = match config.tls.page {
            Some(_) => {
                page::check(config.listen, config.sign_in)?;
                bind(PAGE, config.listen)?
            }
            None => listen(PAGE, config.listen)?,
        };
        let address = listener.local_addr().map_err(StartError::Thread)?;
        if let Some(door) = config.sapient {
            // Only tried here: replaying a long record first would make a wrong port slow to find out.
            drop(listen(SAPIENT, door.listen)?);
        }
        if let Some(doors) = &config.cot {
            drop(listen(COT, doors.tcp.listen)?);
        }
        for (what, door) in config.tls.doors() {
            drop(bind(what, door.listen)?);
        }
        let lock = DataLock::take(&config.data_directory)?;
        let settled = releasing::settle(config)?;
        protecting::check(config)?;
        let began = Instant::now();
        let Parts { disk, snapshot_disk, compute, faces } = parts;
        let recovered = recover(config, disk, lock)?;
        let entries = recovered.journal.next_index() - 1;
        let hash = hex(&recovered.stepper.core().state_hash());
        tracing::info!(
            "record: {} of {entries} entries replayed in {:.1?}, state hash {hash}",
            entries - recovered.unread.size(),
            began.elapsed()
        );
        let health = Arc::new(Health::recovered(entries, hash));
        let ran_last = recovered.last_at;
        let verifier = recovered.journal.verifier();
        health.gives(settled.problem.clone());
        let shared = Arc::new(share((config, faces), (&recovered, &settled), health));
        let signer = seal::signer(&RealDisk, &config.data_directory)?;
        let (last, unread) = (recovered.unread.size(), recovered.unread.clone());
        let home = (config.data_directory.clone(), signer);
        let (snapshots, writer) = snapshot::start(snapshot_disk, home, (recovered.record, last))
            .map_err(StartError::Thread)?;
        let mut threads = start_threads((recovered, snapshots), &shared, (compute, config))
            .map_err(StartError::Thread)?;
        threads.push(writer);
        threads.push(releasing::start(&shared, config).map_err(StartError::Thread)?);
        if last > 0 {
            let unread = (config.data_directory.clone(), unread);
            threads.push(checking::start(&shared, unread).map_err(StartError::Thread)?);
        }
        let mut station = Self {
            handle: Handle { shared },
            address,
            page_by_tls: config.tls.page.is_some(),
            sapient: None,
            cot: None,
            asterix: None,
            runtime: None,
            farewell: None,
            parent: None,
            warden: None,
            first_code: None,
            threads,
        };
        // From here on dropping the station stops its threads.
        settled.take_back_since(ran_last, &station.handle).map_err(StartError::Told)?;
        station.open_doors((listener, settled.file.clone()), config)?;
        station.ask_witnesses(config, verifier)?;
        settled.write_down(config.sign_in, &station.handle).map_err(StartError::Told)?;
        Ok(station)
    }

    /// Where the page and the interface are.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where people open the page.
    pub fn page_url(&self) -> String {
        let scheme = if self.page_by_tls { "https" } else { "http" };
        format!("{scheme}://{}/", self.address)
    }

    /// The code by which the first administrator comes, where there is nobody yet.
    pub fn first_code(&self) -> Option<&identity::Code> {
        self.first_code.as_ref()
    }

    /// Where the SAPIENT door is, when it is open.
    pub fn sapient_address(&self) -> Option<SocketAddr> {
        self.sapient.as_ref().and_then(DoorBoard::socket)
    }

    /// Where the Cursor on Target door is, when it is open.
    pub fn cot_address(&self) -> Option<SocketAddr> {
        self.cot.as_ref().and_then(DoorBoard::socket)
    }

    /// Where radars send, when that door is open.
    pub fn asterix_address(&self) -> Option<SocketAddr> {
        self.asterix.as_ref().and_then(DoorBoard::socket)
    }

    /// Messages that the SAPIENT door has dealt with, well or badly, since the station started.
    pub fn sapient_messages(&self) -> u64 {
        self.sapient.as_ref().map_or(0, |door| door.counters.counts().messages())
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
        (listener, policy): (TcpListener, Option<ReleasePolicy>),
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
        let upload = open_upload(config.plain.upload, self.address, &handle);
        let agency = config.release.agency.clone();
        let Secured { sapient: sapient_tls, cot: cot_tls, page } = self.secure(&runtime, config)?;
        let (page_tls, certifier) = page.unzip();
        let found = AtStart { policy, protection: protecting::found(config)? };
        let home = (directory.clone(), certifier, found);
        let warden = Warden::open((config.sign_in, agency), home, handle.clone());
        let (warden, first_code) = runtime.block_on(warden).map_err(StartError::People)?;
        (self.warden, self.first_code) = (Some(Arc::clone(&warden)), first_code);
        let names = page_tls.is_some().then(|| config.tls.names.clone());
        let opened = runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let router = api::router((handle, upload), warden, (occasion, names), directory);
            let until = async { drop(farewell_said.await) };
            let places = Places { what: "page", most: PAGE_CONNECTIONS_MAX };
            tokio::spawn(connections::serve(listener, (router, page_tls), places, until));
            Ok(())
        });
        opened.map_err(StartError::Thread)?;
        let mut nodes = None;
        if let Some(door) = config.sapient {
            let opening = open_sapient(door, sapient_tls, &self.handle);
            let (board, opened) = runtime.block_on(opening)?;
            (self.sapient, nodes) = (Some(board), Some(opened));
        }
        if let Some(doors) = &config.cot {
            let phones = doors.phones(&self.handle)?;
            let opening = open_cot(doors, phones, cot_tls, &self.handle);
            self.cot = Some(runtime.block_on(opening)?);
        }
        let origin = match config.occasion {
            Occasion::Real => Origin::Real,
            Occasion::Demonstration => Origin::Simulated,
        };
        let asterix = open_asterix(&config.asterix, origin, &self.handle);
        self.asterix = runtime.block_on(asterix)?;
        if let Some(parent) = &config.parent {
            let _context = runtime.enter();
            self.parent = Some(open_parent(parent, nodes, &self.handle));
        }
        runtime.spawn(disclosing::keep(self.handle.clone()));
        runtime.block_on(open_drones(&config.drones, &self.handle))?;
        runtime.block_on(open_plain(&config.plain, &self.handle))?;
        let cameras = open_cameras(&config.cameras, &config.data_directory, &self.handle);
        runtime.block_on(cameras)?;
        (self.runtime, self.farewell) = (Some(runtime), Some(farewell));
        Ok(())
    }

    fn ask_witnesses(&self, config: &StationConfig, by: Verifier) -> Result<(), StartError> {
        let _context = self.runtime().enter();
        let record = (config.data_directory.clone(), by);
        Ok(open_witnesses(&config.witnesses, record, &self.handle)?)
    }

    /// The keys for the doors that want TLS; none are made or looked after where none does.
    fn secure(
        &self,
        runtime: &tokio::runtime::Runtime,
        config: &StationConfig,
    ) -> Result<Secured, StartError> {
        let TlsConfig { names, sapient, cot, enrolment, page } = &config.tls;
        if config.tls.doors().next().is_none() && page.is_none() {
            return Ok(Secured::default());
        }
        let sector = &config.model.sector().name;
        let keys = {
            let handle = self.handle.clone();
            let time = CivilTime::new(move || handle.civil());
            Keys::of(&config.data_directory, (sector, names), time)?
        };
        let secured = |door: &Option<DoorConfig>, holders| {
            door.map(|door| Ok::<_, StartError>((door, keys.tls(holders)?))).transpose()
        };
        let opened = Secured {
            sapient: secured(sapient, Holders::Nodes)?,
            cot: secured(cot, Holders::Phones)?,
            page: page.as_ref().map(|page| keys.page(page)).transpose()?,
        };
        if let (Some(door), Some(phones)) = (enrolment, &config.cot) {
            let phones = phones.phones(&self.handle)?;
            runtime.block_on(keys.open_enrolment(*door, phones, &self.handle))?;
        }
        runtime.spawn(keys.keep(self.handle.clone()));
        Ok(opened)
    }

    fn end(&mut self) {
        drop(self.farewell.take());
        if let (Some(runtime), Some((stop, spoken))) = (&self.runtime, self.parent.take()) {
            drop(stop);
            // A parent that takes nothing misses the goodbye.
            drop(runtime.block_on(async { timeout(FAREWELL, spoken).await }));
        }
        if let Some(runtime) = &self.runtime {
            let told = self.handle.finish_disclosures();
            drop(runtime.block_on(async { timeout(FAREWELL, told).await }));
        }
        if let (Some(runtime), Some(warden)) = (&self.runtime, self.warden.take()) {
            // What cannot be written down now never is.
            drop(runtime.block_on(async { timeout(FAREWELL, warden.finish()).await }));
        }
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

/// What was taken back from other agencies, as far as the query store knows.
fn recalled(data: &Path) -> BTreeMap<String, Timestamp> {
    store::sqlite::recalled(data).unwrap_or_else(|problem| {
        tracing::warn!("what was taken back before is not told: {problem}");
        BTreeMap::new()
    })
}

fn share(
    (config, faces): (&StationConfig, Box<dyn Faces>),
    (recovered, settled): (&Recovered, &Settled),
    health: Arc<Health>,
) -> Shared {
    let heavy = HeavyQueue::default();
    for (id, request) in recovered.stepper.unanswered() {
        heavy.push(id, request.clone());
    }
    let seq = recovered.journal.next_index() - 1;
    let stations = config.plain.stations();
    stations.restore(recovered.stepper.core().weather().forecasts());
    Shared {
        data: config.data_directory.clone(),
        model: Arc::clone(&config.model),
        clock: StationClock::start(config.clock, Some(recovered.last_at), faces),
        intake: Lanes::default(),
        doors: Mutex::default(),
        drones: DroneBoard::default(),
        stations,
        correspondents: Correspondents::default(),
        snapshots: Snapshots::default(),
        cameras: CameraBoard::default(),
        questions: Questions::default(),
        partners: Partners::of_station(
            config.release.agency.clone(),
            settled.policy.clone(),
            recalled(&config.data_directory),
        ),
        erasures: Erasures::default(),
        disclosures: Arc::default(),
        heavy,
        live: Live::new(Picture::of(recovered.stepper.core(), seq)),
        health,
        witnessing: Arc::new(Witnessing::of(recovered.journal.verifier().name().to_owned(), seq)),
        events: broadcast::channel(EVENTS_WAITING_MAX).0,
        ended: watch::channel(false).0,
    }
}

/// Starts the core's thread, the heavy worker and the store's writer.
fn start_threads(
    (mut recovered, snapshots): (Recovered, SnapshotSink),
    shared: &Arc<Shared>,
    (compute, config): (Compute, &StationConfig),
) -> std::io::Result<Vec<JoinHandle<()>>> {
    let (sink, writer) = store::start(recovered.projection, Arc::clone(&shared.health))?;
    let next_tick = shared.clock.now();
    let mut computer = recovered.stepper.take_computer();
    let mut retention = Retention::new(config.keep.clone(), config.data_directory.clone());
    retention.resume();
    let (number, last_ended) = recovered.stepper.core().runs().next();
    let start = Start {
        number,
        wall: shared.clock.wall_at_start(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        last_ended,
        time_is_led: shared.clock.is_led(),
    };
    let keeper = Keeper {
        shared: Arc::clone(shared),
        journal: recovered.journal,
        stepper: recovered.stepper,
        store: sink,
        snapshots,
        start: Some(start),
        retention,
        erasing: Erasing::default(),
        next_tick,
        ticked: Instant::now(),
        refreshed: Instant::now(),
        hash_due: Instant::now(),
        sealed: (Instant::now(), 0),
        stale: false,
    };
    let core = std::thread::Builder::new().name("core".into()).spawn(move || {
        let _alarm = Alarm(Arc::clone(&keeper.shared));
        keeper.run();
    })?;
    let work = Arc::clone(shared);
    let heavy = std::thread::Builder::new().name("heavy".into()).spawn(move || {
        let _alarm = WorkerAlarm(Arc::clone(&work));
        work.heavy.work(&work.intake, |request| compute(&mut computer, request));
    })?;
    Ok(vec![core, heavy, writer])
}
