//! How long a station takes to start again, whatever the length of its record.
//!
//! One radar follows twenty who walk, each told once a second, and time passes once a second: twenty-one entries a second and
//! the assessments that the core asks for. The record is made with the station's own journal and core, far from now, so that
//! what the station itself records comes after it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use sight::coverage::Model;
use sight::sector::SensorId;
use station::api::sector::Occasion;
use station::record::{Content, DataLock, Journal};
use station::runtime::clock::Clock;
use station::runtime::health::Unread;
use station::runtime::stepper::{Stepper, hex};
use station::runtime::{Station, StationConfig};
use watch::detection::{
    Class, DetectionReport, Registration, ReportedPlace, ReportedPosition, Source, StatusReport,
};
use watch::heavy::Computer;
use watch::journal::{Entry, Input, Output};

const WALKERS: u32 = 20;
const RADAR: &str = "tower-1";
const NODE: &str = "6f1c2b7e-31a5-4f6e-9c55-0a1f4f3f1d01";
const BATCH: usize = 1_000;
/// Tells a process of this bench to record until it is killed.
pub(crate) const UNTIL_KILLED: &str = "until-killed";
/// What is recorded after the last snapshot before the kill: with the time that passes meanwhile, less than after which
/// the next snapshot is written.
const TAIL: usize = 90_000;
/// Between two looks at what is waited for.
const LOOK: Duration = Duration::from_millis(20);

/// Makes a record of so many entries and starts a station on it: at first, after a kill, and after a clean stop.
pub(crate) fn restart(entries: u64) {
    let model = drill();
    let home = tempfile::tempdir().unwrap();
    make(Arc::clone(&model), home.path(), entries);

    let (station, took_s) = start(&model, home.path());
    println!("restart: {entries} entries, all played: {took_s:.2} s");
    let stopped = station.stop();
    let path = newest(home.path()).unwrap();
    println!("restart: a snapshot of {} bytes", path.metadata().unwrap().len());

    let (station, took_s) = start(&model, home.path());
    assert_eq!(station.handle().health().now().recovered_hash, hex(&stopped));
    println!("restart: after a clean stop: {took_s:.2} s");
    let began = Instant::now();
    let is_held = || matches!(station.handle().health().now().unread, Unread::Held { .. });
    wait("the check", is_held);
    println!("restart: what was not read was read within {:.1} s", began.elapsed().as_secs_f64());
    station.stop();

    kill_one_that_records(home.path(), entries);
    let (station, took_s) = start(&model, home.path());
    let health = station.handle().health().now();
    let Unread::Pending { entries: unread } = health.unread else {
        panic!("not from a snapshot: {:?}", health.unread)
    };
    let tail = health.recovered_entries - unread;
    println!("restart: after a kill, {tail} entries after the snapshot: {took_s:.2} s");
    station.stop();
}

fn start(model: &Arc<Model>, home: &Path) -> (Station, f64) {
    let config = StationConfig {
        model: Arc::clone(model),
        data_directory: home.to_owned(),
        clock: Clock::Wall,
        listen: "127.0.0.1:0".parse().unwrap(),
        sapient: None,
        cot: None,
        asterix: station::runtime::AsterixConfig::default(),
        parent: None,
        drones: station::runtime::DronesConfig::default(),
        cameras: station::runtime::CamerasConfig::default(),
        plain: station::runtime::PlainConfig::default(),
        tls: station::runtime::TlsConfig::default(),
        witnesses: Vec::new(),
        keep: station::runtime::KeepDays::default(),
        occasion: Occasion::Demonstration,
        sign_in: station::identity::SignIn::Off,
        release: station::release::ReleaseConfig::default(),
    };
    let began = Instant::now();
    let station = Station::start(&config).unwrap();
    (station, began.elapsed().as_secs_f64())
}

/// A record as the station's own journal and core make it.
fn make(model: Arc<Model>, home: &Path, entries: u64) {
    let mut journal = Journal::open(DataLock::take(home).unwrap(), |_, _| Ok(())).unwrap();
    let sector = model.sector();
    let opened = Input::Opened { sector: sector.name.clone(), sector_digest: sector.digest() };
    let mut computer = Computer::new(Arc::clone(&model));
    let mut stepper = Stepper::new(model);
    let mut at: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
    let mut inputs = vec![opened, registered()];
    let mut batch = Vec::new();
    let mut second = 0;
    while journal.next_index() <= entries {
        for input in inputs.drain(..) {
            let entry = Entry::new(at, input);
            batch.push(Content::of(&entry));
            for output in stepper.step(&entry, None) {
                let Output::Compute { id, request } = output else { continue };
                let result = computer.compute(&request);
                let input = Input::Computed { request: id, digest: result.digest() };
                let computed = Entry::new(at, input);
                batch.push(Content::of(&computed));
                stepper.step(&computed, Some(result));
            }
        }
        if batch.len() >= BATCH {
            journal.append(&batch).unwrap();
            batch.clear();
        }
        second += 1;
        at += SignedDuration::from_secs(1);
        inputs.extend(told(second, at));
        inputs.push(Input::Tick);
    }
    journal.seal().unwrap();
}

/// A last stretch at the time of the clock, some hundred entries at once.
fn record_more(station: &Station) {
    let mut told_so_far = 0;
    for second in 0.. {
        let at = station.handle().now();
        let inputs: Vec<Input> = (0..20).flat_map(|part| told(100 * second + part, at)).collect();
        told_so_far += inputs.len();
        station.handle().submit_blocking(inputs).unwrap();
        if told_so_far >= TAIL {
            return;
        }
    }
}

fn registered() -> Input {
    Input::Registered(Registration {
        source: Source::Sensor(SensorId(RADAR.into())),
        node_id: NODE.into(),
        name: RADAR.into(),
        status_interval_s: 10.0,
        follows: false,
    })
}

/// What the radar tells in a second: all who walk, and now and then that it is well.
fn told(second: u32, at: Timestamp) -> Vec<Input> {
    let source = || Source::Sensor(SensorId(RADAR.into()));
    let seen = |walker: u32| {
        // Up and down a kilometre, each on a way of its own.
        let phase = f64::from(second % 1_400 + 70 * walker) / 1_400.0 * std::f64::consts::TAU;
        Input::Detected(DetectionReport {
            source: source(),
            report_id: format!("report-{second}-{walker}"),
            object_id: format!("object-{walker}"),
            observed_at: at,
            position: ReportedPosition::Place(ReportedPlace {
                lon_deg: 40.998 + 0.001 * f64::from(walker),
                lat_deg: 34.417 + 0.004 * phase.sin(),
                height_m: None,
                height_sigma_m: None,
                east_sigma_m: Some(10.0),
                north_sigma_m: Some(10.0),
            }),
            confidence: Some(0.9),
            classes: vec![(Class::Person, 0.8)],
            remarks: watch::detection::Remarks::default(),
        })
    };
    let mut told: Vec<Input> = (0..WALKERS).map(seen).collect();
    if second.is_multiple_of(10) {
        told.push(Input::Status(StatusReport {
            source: source(),
            report_id: format!("status-{second}"),
            observed_at: at,
            detecting: true,
            note: String::new(),
            location: None,
            weather: None,
            impaired: None,
        }));
    }
    told
}

/// A station in a process of its own that records some more and is killed.
fn kill_one_that_records(home: &Path, entries: u64) {
    let mut other = Command::new(std::env::current_exe().unwrap());
    let other = other.arg(UNTIL_KILLED).arg(home).arg(entries.to_string());
    let mut other = other.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(other.stdout.take().unwrap()).read_line(&mut line).unwrap();
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(line, "recorded\n");
}

/// What that process does: its arguments are a data directory and how many entries that has.
pub(crate) fn until_killed(home: &Path, entries: u64) {
    let (station, _) = start(&drill(), home);
    record_more(&station);
    wait("the picture", || station.handle().live().read().seq >= entries + TAIL as u64);
    println!("recorded");
    loop {
        std::thread::park();
    }
}

fn drill() -> Arc<Model> {
    let drill = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drill");
    Arc::new(station::shipped::load_model(drill).unwrap())
}

fn newest(home: &Path) -> Option<PathBuf> {
    let files = std::fs::read_dir(home.join("store/snapshots")).ok()?;
    let paths = files.map(|file| file.unwrap().path());
    paths.filter(|path| !path.ends_with("draft")).max()
}

fn wait(what: &str, is_there: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_there() {
        assert!(began.elapsed() < Duration::from_mins(10), "waited in vain for {what}");
        std::thread::park_timeout(LOOK);
    }
}
