//! A whole station in this process, on a disk that fails when told to.

mod aged;
mod clocks;
mod kept;
mod projections;
mod snapshots;

use std::path::Path;
use std::time::{Duration, Instant};

use ::watch::detection::Rejection;
use ::watch::heavy::Computer;
use ::watch::journal::{Command, CommandRequest, PersonId};

use super::clock::{Clock, Machine};
use super::start::{Compute, Parts};
use super::stepper::{hex, replay_record};
use super::*;
use crate::api::sector::Occasion;
use crate::identity::{People, SignIn};
use crate::ingest::door::DoorConfig;
use crate::limits::INTAKE_BULK_MAX;
use crate::record::disk::faulty::{Fault, FaultyDisk};
use crate::release::ReleaseConfig;

const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn a_full_disk_is_said_nothing_is_acknowledged_and_all_goes_on_when_there_is_room() {
    let (home, disk) = (tempfile::tempdir().unwrap(), FaultyDisk::default());
    let station = start(home.path(), &disk);
    let handle = station.handle();
    handle.submit_blocking(vec![act("before")]).unwrap();
    disk.set(Fault::Full);

    let refused = handle.submit_blocking(vec![act("meanwhile")]).unwrap_err();
    assert!(matches!(&refused, SubmitError::NotStored { .. }), "{refused}");
    let problem = handle.health().now().record_problem.unwrap();
    assert!(problem.contains("segment-0000000001: no storage space"), "{problem}");
    // The first assessment becomes ready meanwhile and must not be lost.
    std::thread::park_timeout(Duration::from_millis(500));
    disk.set(Fault::None);

    let after = wait_for("room", || handle.submit_blocking(vec![act("after")]).ok());
    assert_eq!(after.commands.len(), 1);
    assert_eq!(handle.health().now().record_problem, None);
    wait_for("the assessment", || handle.live().read().coverage.value.clone());
    let hash = hex(&station.stop());
    assert_eq!(acts_and_hash(home.path()), (vec!["before".into(), "after".into()], hash));
}

#[test]
fn a_failed_sync_loses_nothing_that_was_acknowledged() {
    let (home, disk) = (tempfile::tempdir().unwrap(), FaultyDisk::default());
    let station = start(home.path(), &disk);
    let handle = station.handle();
    let mut acknowledged = Vec::new();
    for number in 0..30 {
        disk.set(if number % 10 == 5 { Fault::SyncFails } else { Fault::None });
        let key = format!("act-{number}");
        if handle.submit_blocking(vec![act(&key)]).is_ok() {
            acknowledged.push(key);
        }
    }
    disk.set(Fault::None);
    wait_for("a healthy disk", || handle.submit_blocking(vec![act("last")]).ok());
    acknowledged.push("last".into());

    let hash = hex(&station.stop());

    assert_eq!(acts_and_hash(home.path()), (acknowledged, hash));
}

#[test]
fn under_a_flood_of_rejections_an_act_of_the_desk_still_gets_through() {
    let (home, disk) = (tempfile::tempdir().unwrap(), FaultyDisk::default());
    let station = start(home.path(), &disk);
    let handle = station.handle();
    // While the record fails the core pauses, so the flood meets a standing queue.
    disk.set(Fault::Full);
    handle.submit_blocking(vec![act("pause")]).unwrap_err();
    let flood: Vec<Input> = vec![rejection(); 1_000];
    let refused = station.block_on(async {
        let sent = (0..INTAKE_BULK_MAX / flood.len() + 2).map(|_| handle.submit(flood.clone()));
        let mut sent: Vec<_> = sent.map(Box::pin).collect();
        sent.iter_mut().filter_map(futures_util::FutureExt::now_or_never).count()
    });
    assert!(refused >= 2, "{refused} were refused");
    assert!(handle.load().1 >= 2_000);
    disk.set(Fault::None);

    let receipt = wait_for("the act", || handle.submit_blocking(vec![act("urgent")]).ok());

    assert_eq!(receipt.commands[0].0, "urgent");
}

#[test]
fn what_was_agreed_to_and_cannot_be_judged_by_any_more_gives_nothing_and_is_said() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("policy.cedar");
    // As an older build may have taken it.
    std::fs::write(&path, "permit(principal, action, resource == Sensor::\"tower-9\");").unwrap();
    let release = ReleaseConfig { policy: Some(path), ..ReleaseConfig::default() };
    let known = release.written().unwrap();
    let data = home.path().join("data");
    let config = StationConfig { release, ..configured(&data, SignIn::Required) };
    let refused = Station::start(&config).unwrap_err().to_string();
    assert!(refused.contains("policy.cedar") && refused.contains("tower-9"), "{refused}");
    let mut people = People::default();
    people.settle_release(known.as_ref(), Timestamp::UNIX_EPOCH).unwrap();
    people.write(&data).unwrap();

    let station = Station::start(&config).unwrap();

    assert!(station.handle().partners().policy().is_none());
    let problem = station.handle().health().now().release_problem.unwrap();
    assert!(problem.contains("tower-9"), "{problem}");
    station.stop();
}

#[test]
fn phones_by_tls_refuse_the_start_where_nothing_says_whose_the_station_is() {
    let home = tempfile::tempdir().unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let tls = TlsConfig { cot: Some(DoorConfig::at(listen)), ..TlsConfig::default() };
    let config = StationConfig { tls, ..configured(home.path(), SignIn::Off) };

    let refused = Station::start(&config).unwrap_err().to_string();

    assert!(refused.contains("identity.agency") && refused.contains("border-guard"), "{refused}");
    let agency = Some("border-guard".to_owned());
    let release = ReleaseConfig { agency, ..ReleaseConfig::default() };
    Station::start(&StationConfig { release, ..config }).unwrap().stop();
}

#[test]
fn a_worker_that_ends_is_said_and_the_core_goes_on() {
    let (home, disk) = (tempfile::tempdir().unwrap(), FaultyDisk::default());
    let station = start_computing(home.path(), &disk, |_, _| panic!("a bug of ours"));
    let handle = station.handle();

    wait_for("the alarm", || handle.health().now().worker_stopped.then_some(()));

    let after = handle.submit_blocking(vec![act("after")]).unwrap();
    assert_eq!(after.commands.len(), 1);
    assert!(!handle.health().now().core_stopped);
    station.stop();
}

#[test]
fn a_store_that_cannot_be_written_is_said_and_built_again_at_the_next_start() {
    let (home, disk) = (tempfile::tempdir().unwrap(), FaultyDisk::default());
    let station = start(home.path(), &disk);
    let handle = station.handle();
    let other = rusqlite::Connection::open(home.path().join("store/watchline.sqlite")).unwrap();
    other.busy_timeout(Duration::from_secs(10)).unwrap();
    other.execute_batch("DROP TABLE progress").unwrap();

    let problem = wait_for("the problem", || {
        handle.submit_blocking(vec![rejection()]).unwrap();
        handle.health().now().store_problem
    });
    assert!(problem.contains("progress"), "{problem}");
    drop(other);
    station.stop();

    let station = start(home.path(), &disk);
    assert_eq!(station.handle().health().now().store_problem, None);
    station.stop();
    let store = rusqlite::Connection::open(home.path().join("store/watchline.sqlite")).unwrap();
    let counted: i64 =
        store.query_row("SELECT sum(count) FROM rejections", [], |row| row.get(0)).unwrap();
    assert!(counted >= 1);
}

fn start(home: &Path, disk: &FaultyDisk) -> Station {
    start_computing(home, disk, Computer::compute)
}

fn start_computing(home: &Path, disk: &FaultyDisk, compute: Compute) -> Station {
    start_on(home, (disk, disk), compute).unwrap()
}

/// With a disk for the record and one for snapshots.
fn start_on(
    home: &Path,
    (disk, snapshot_disk): (&FaultyDisk, &FaultyDisk),
    compute: Compute,
) -> Result<Station, StartError> {
    let (disk, snapshot_disk) = (Box::new(disk.clone()), Box::new(snapshot_disk.clone()));
    let parts = Parts { disk, snapshot_disk, compute, faces: Box::new(Machine) };
    Station::start_with(parts, &configured(home, SignIn::Off))
}

/// A station of the drill sector with no doors but the page.
pub(crate) fn configured(home: &Path, sign_in: SignIn) -> StationConfig {
    StationConfig {
        model: model(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drill")),
        data_directory: home.to_owned(),
        clock: Clock::Wall,
        listen: "127.0.0.1:0".parse().unwrap(),
        sapient: None,
        cot: None,
        asterix: AsterixConfig::default(),
        parent: None,
        drones: DronesConfig::default(),
        cameras: CamerasConfig::default(),
        plain: PlainConfig::default(),
        tls: TlsConfig::default(),
        witnesses: Vec::new(),
        keep: KeepDays::default(),
        occasion: Occasion::Demonstration,
        sign_in,
        release: ReleaseConfig::default(),
    }
}

fn model(sector: &str) -> Arc<Model> {
    Arc::new(crate::shipped::load_model(sector).unwrap())
}

/// The keys of all acts on a home's record, and the state hash that the record leads to.
fn acts_and_hash(home: &Path) -> (Vec<String>, String) {
    let drill = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drill");
    let mut acts = Vec::new();
    let stepper = replay_record(model(drill), home, |_, entry, _, _| {
        if let Input::Commanded(request) = &entry.input {
            acts.push(request.key.clone());
        }
        true
    });
    (acts, hex(&stepper.unwrap().core().state_hash()))
}

fn wait_for<T>(what: &str, mut find: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

fn act(key: &str) -> Input {
    let command = Command::Acknowledge { alert: AlertId(1) };
    Input::Commanded(CommandRequest { by: PersonId("desk".into()), key: key.into(), command })
}

fn rejection() -> Input {
    Input::Rejected(Rejection {
        door: "test".into(),
        source: None,
        field: "field".into(),
        reason: "reason".into(),
    })
}
