//! A whole station under ten thousand detections a second: TCP, record on disk, tracker, picture.
//!
//! Fifty radars over one flat sector see the same two hundred movers once a second each. Each radar turns, tells what it
//! saw in each tenth of its turn as it leaves it, every plot with a time of its own, and has a connection of its own. What is
//! told is how long after its last byte was written a report has been counted in the picture, how long until the tracks in
//! the picture have it, what the process used of its processors (the radars' side included), and what was dropped.
//!
//! With `WATCHLINE_WATCHERS=5000` so many clients watch the live picture meanwhile, and how long an alarm takes to them is told;
//! with `WATCHLINE_TIMES=10` each radar tells everything so many times over.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench prints its figures, and stops at what it did not expect"
)]

mod watchers;

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use self::watchers::Watchers;
use jiff::Timestamp;
use sight::coverage::Model;
use sight::sector::{SensorId, parse};
use sight::terrain::Grid;
use station::api::sector::Occasion;
use station::ingest::door::DoorConfig;
use station::runtime::clock::Clock;
use station::runtime::{Station, StationConfig};
use wire::sapient::detection::{DetectionReport, Position};
use wire::sapient::place::{
    LocationCoordinateSystem, LocationDatum, RangeBearing, RangeBearingCoordinateSystem,
    RangeBearingDatum,
};
use wire::sapient::registration::{
    Capability, ConfigurationData, Coordinates, Datum, Duration as Interval, LocationType,
    ModeDefinition, ModeType, NodeDefinition, NodeType, RegionDefinition, Registration,
    StatusDefinition, TaskDefinition, TimeUnits,
};
use wire::sapient::status::{Info, StatusReport, System};
use wire::sapient::{Content, ICD_VERSION, SapientMessage, decode, encode_frame, ids};

const RADARS: usize = 50;
const MOVERS: usize = 200;
/// Each radar's turn is told in so many parts, as its beam leaves them.
const PARTS: usize = 10;
const SECONDS: usize = 30;
/// Of these the first are not counted: pages are touched and tracks begin.
const WARM_UP: usize = 5;
/// A station that is behind by then is not waited for.
const PATIENCE: Duration = Duration::from_mins(2);

const LINE: &str = r#"{"type":"LineString","coordinates":[[41.5,34.42],[41.5,34.58]]}"#;

fn main() {
    let home = tempfile::tempdir().unwrap();
    let station = Station::start(&config(home.path())).unwrap();
    let door = station.sapient_address().unwrap();
    let (tell, told) = sync_channel(RADARS * PARTS * SECONDS);
    let times = asked("WATCHLINE_TIMES").unwrap_or(1);
    let watchers = asked("WATCHLINE_WATCHERS").map(|count| {
        station::runtime::allow_files();
        Watchers::begin(station.address(), count)
    });
    let began = Instant::now();
    let cpu_s = on_processor_s();
    let radars: Vec<_> = (0..RADARS)
        .map(|radar| {
            let tell = tell.clone();
            std::thread::spawn(move || play((radar, times), door, began, &tell))
        })
        .collect();
    drop(tell);
    let over = AtomicBool::new(false);
    let ((mut counted, mut tracked, never), alarms) = std::thread::scope(|scope| {
        let alarming =
            scope.spawn(|| watchers.as_ref().map(|watchers| watchers.alarm(&station, &over)));
        let watched = watch(&station, &told);
        over.store(true, Ordering::Relaxed);
        (watched, alarming.join().unwrap())
    });
    let (took_s, used_s) = (began.elapsed().as_secs_f64(), on_processor_s() - cpu_s);
    for radar in radars {
        radar.join().unwrap();
    }
    if let Some((watchers, given)) = watchers.zip(alarms) {
        println!("{}", watchers.tell(given, took_s));
    }
    println!("refused under overload: {}", station.handle().load().1);
    if tracked.is_empty() {
        println!(
            "after {took_s:.0} s nothing but the warm-up is in the picture; {never} parts of turns never came"
        );
        station.stop();
        return;
    }
    let (counted, tracked) = (quantiles(&mut counted), quantiles(&mut tracked));
    let picture = station.handle().live().read();
    let (counters, tracks) = (picture.counters.value.clone(), picture.tracks.values().count());
    drop(picture);
    let sent = RADARS * MOVERS * SECONDS * times;
    println!(
        "{sent} detections by {RADARS} connections in {took_s:.1} s: {:.0} a second; from the last byte to the picture's \
         tracks {tracked}, to its counts {counted}; {:.2} processors used, the radars' side included; {} accepted, {} \
         rejected, {} dropped, {} late, {} looks taken again; {tracks} tracks of {MOVERS} movers; {never} parts of turns never came",
        sent as f64 / took_s,
        used_s / took_s,
        counters.accepted,
        counters.rejected,
        counters.dropped,
        counters.late,
        counters.retaken,
    );
    station.stop();
    println!("record: {:.0} bytes a detection", bytes_below(home.path()) as f64 / sent as f64);
}

/// A station with a page and a door for sensors.
fn config(home: &std::path::Path) -> StationConfig {
    StationConfig {
        model: Arc::new(model()),
        data_directory: home.to_owned(),
        clock: Clock::Wall,
        listen: "127.0.0.1:0".parse().unwrap(),
        sapient: Some(DoorConfig::at("127.0.0.1:0".parse().unwrap())),
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
    }
}

/// A number from the environment.
fn asked(name: &str) -> Option<usize> {
    let told = std::env::var(name).ok()?;
    Some(told.parse().unwrap_or_else(|_| panic!("{name} must be a number, got {told:?}")))
}

fn quantiles(waits: &mut [f64]) -> String {
    if waits.is_empty() {
        return "never".to_owned();
    }
    waits.sort_by(f64::total_cmp);
    let at = |percent: usize| waits[(waits.len() - 1) * percent / 100];
    format!("half within {:.0} ms, p99 {:.0} ms, at most {:.0} ms", at(50), at(99), at(100))
}

/// A part of a turn that was told: by which radar, how many it had told by then, when, and what the last of it was stamped.
struct Part {
    radar: usize,
    number: u64,
    written: Instant,
    stamp: Timestamp,
}

/// How long each part of each radar's turn took into the counts of the picture and into its tracks, in milliseconds, and how
/// many were not there at the end. Looks come to the tracks in the order of their times: one is there when a later one is.
fn watch(station: &Station, told: &Receiver<Part>) -> (Vec<f64>, Vec<f64>, usize) {
    let began = Instant::now();
    let sensors: Vec<SensorId> =
        (0..RADARS).map(|radar| SensorId(format!("radar-{radar}"))).collect();
    let (mut open, mut unseen): (Vec<Part>, Vec<Part>) = (Vec::new(), Vec::new());
    let (mut counted, mut tracked) = (Vec::new(), Vec::new());
    let mut speaking = true;
    while (speaking || !open.is_empty() || unseen.len() > RADARS) && began.elapsed() < PATIENCE {
        loop {
            match told.try_recv() {
                Ok(part) => open.push(part),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    speaking = false;
                    break;
                }
            }
        }
        let (seen, newest) = {
            let picture = station.handle().live().read();
            let count = |id| picture.sensors.get(id).map_or(0, |sensor| sensor.detections);
            let seen: Vec<u64> = sensors.iter().map(count).collect();
            (seen, picture.tracks.values().map(|track| track.last_seen_at).max())
        };
        let now = Instant::now();
        let warm = (WARM_UP * MOVERS) as u64;
        let waited_ms = |part: &Part| now.duration_since(part.written).as_secs_f64() * 1e3;
        for part in open.extract_if(.., |part| seen[part.radar] >= part.number) {
            counted.extend((part.number > warm).then(|| waited_ms(&part)));
            unseen.push(part);
        }
        let is_tracked = |part: &mut Part| newest.is_some_and(|newest| newest > part.stamp);
        let there = unseen.extract_if(.., is_tracked).filter(|part| part.number > warm);
        tracked.extend(there.map(|part| waited_ms(&part)));
        std::thread::park_timeout(Duration::from_millis(2));
    }
    (counted, tracked, open.len())
}

/// One radar: registers, and tells what is in each tenth of its turn every tenth of a second.
fn play((radar, times): (usize, usize), door: SocketAddr, began: Instant, tell: &SyncSender<Part>) {
    let mut stream = TcpStream::connect(door).unwrap();
    stream.set_nodelay(true).unwrap();
    let node = node_id(radar);
    say(&mut stream, &node, registration());
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    stream.read_exact(&mut bytes).unwrap();
    let Some(Content::RegistrationAck(ack)) = decode(&bytes).unwrap().content else {
        panic!("no answer")
    };
    assert_eq!(ack.acceptance, Some(true), "{ack:?}");
    let mut number = 0;
    for part in 0..SECONDS * PARTS {
        // Radars turn apart from each other.
        let due_ms = (1_000 * part / PARTS + radar * 1_000 / PARTS / RADARS) as u64 + 500;
        let due = began + Duration::from_millis(due_ms);
        std::thread::park_timeout(due.saturating_duration_since(Instant::now()));
        if part % (5 * PARTS) == 0 {
            say(&mut stream, &node, status(radar, part));
        }
        let turn_s = (part / PARTS) as f64;
        let mut frames = Vec::new();
        let here = (0..MOVERS).filter(|mover| part_of(radar, *mover, turn_s) == part % PARTS);
        for mover in here.flat_map(|mover| std::iter::repeat_n(mover, times)) {
            number += 1;
            let content = detection(radar, number, mover, due_ms as f64 / 1e3);
            frames.extend(encode_frame(&envelope(&node, content)).unwrap());
        }
        if !frames.is_empty() {
            stream.write_all(&frames).unwrap();
            let (written, stamp) = (Instant::now(), Timestamp::now());
            tell.send(Part { radar, number, written, stamp }).unwrap();
        }
    }
    // The rest must be in the picture before the sensor is gone.
    std::thread::park_timeout(Duration::from_secs(2));
}

fn say(stream: &mut TcpStream, node: &str, content: Content) {
    stream.write_all(&encode_frame(&envelope(node, content)).unwrap()).unwrap();
}

fn envelope(node: &str, content: Content) -> SapientMessage {
    SapientMessage {
        timestamp: Some(Timestamp::now().into()),
        node_id: Some(node.to_owned()),
        content: Some(content),
        ..Default::default()
    }
}

/// Where radars stand: side by side inside the line, metres east and north of its middle.
fn radar_at(radar: usize) -> [f64; 2] {
    [600.0, 200.0 * (radar as f64 - RADARS as f64 / 2.0)]
}

/// Movers walk to and fro along the line, 60 m apart.
fn mover_at(mover: usize, at_s: f64) -> [f64; 2] {
    let north_m = 60.0 * (mover as f64 - MOVERS as f64 / 2.0);
    [-400.0 - 300.0 * (mover % 3) as f64, north_m + 1.4 * at_s]
}

/// The part of its turn in which a radar finds a mover.
fn part_of(radar: usize, mover: usize, turn_s: f64) -> usize {
    let azimuth_deg = azimuth_deg(radar_at(radar), mover_at(mover, turn_s));
    let begins_deg = |part: &usize| 360.0 * *part as f64 / PARTS as f64;
    (0..PARTS).rfind(|part| azimuth_deg >= begins_deg(part)).unwrap_or(0)
}

fn azimuth_deg(from: [f64; 2], to: [f64; 2]) -> f64 {
    (to[0] - from[0]).atan2(to[1] - from[1]).to_degrees().rem_euclid(360.0)
}

fn detection(radar: usize, number: u64, mover: usize, at_s: f64) -> Content {
    let (from, to) = (radar_at(radar), mover_at(mover, at_s));
    let (east_m, north_m) = (to[0] - from[0], to[1] - from[1]);
    // A few metres of noise that is the same in every run.
    let noise_m = ((number * 7_919 + radar as u64 * 104_729) % 1_000) as f64 / 100.0 - 5.0;
    let polar = RangeBearing {
        azimuth: Some(azimuth_deg(from, to)),
        range: Some(east_m.hypot(north_m) + noise_m),
        azimuth_error: Some(0.3),
        range_error: Some(6.0),
        coordinate_system: Some(RangeBearingCoordinateSystem::DegreesM.into()),
        datum: Some(RangeBearingDatum::True.into()),
        ..Default::default()
    };
    Content::DetectionReport(DetectionReport {
        report_id: Some(ids::ulid(1, u128::from(number) << 16 | radar as u128)),
        object_id: Some(ids::ulid(2, mover as u128)),
        location: Some(Position::RangeBearing(polar)),
        detection_confidence: Some(0.9),
        ..Default::default()
    })
}

fn status(radar: usize, part: usize) -> Content {
    Content::StatusReport(StatusReport {
        report_id: Some(ids::ulid(3, (part as u128) << 16 | radar as u128)),
        system: Some(System::Ok.into()),
        info: Some(Info::New.into()),
        mode: Some("watch".into()),
        ..Default::default()
    })
}

fn node_id(radar: usize) -> String {
    format!("6f1c2b7e-31a5-4f6e-9c55-{radar:012x}")
}

fn model() -> Model {
    let mut toml = String::from(
        "name = \"bench\"\ntitle = { en = \"Bench\", ar = \"قياس\" }\nterrain = { files = [\"N34E041.hgt\"] }\n\
         [line]\nfile = \"line.geojson\"\nfar_side = \"left\"\nfar_depth_m = 2000.0\nnear_depth_m = 2000.0\n",
    );
    for radar in 0..RADARS {
        let [east_m, north_m] = radar_at(radar);
        let (lon, lat) = (41.5 + east_m / 91_900.0, 34.5 + north_m / 110_930.0);
        write!(
            toml,
            "[[sensor]]\nid = \"radar-{radar}\"\nname = {{ en = \"Radar\", ar = \"رادار\" }}\nnode_id = \"{}\"\n\
             kind = \"radar\"\nat = [{lon}, {lat}]\nheight_m = 20.0\nrange_max_m = 15000.0\nrevisit_s = 1.0\n\
             radar = {{ walker_half_range_m = 9000.0, notch_mps = 0.3, range_sigma_m = 6.0, azimuth_sigma_deg = 0.3, sectors = {PARTS} }}\n",
            node_id(radar),
        )
        .unwrap();
    }
    let (side, step_deg) = (361, 1.0 / 1_200.0);
    let grid = Grid {
        west_deg: 41.35,
        north_deg: 34.65,
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width: side,
        height: side,
        posts_m: vec![200; side * side],
    };
    let sector = parse(&toml, &|_| Ok(LINE.as_bytes().to_vec())).expect("a sector");
    Model::build(sector, grid).expect("sensors on the ground")
}

fn registration() -> Content {
    let degrees = LocationType {
        coordinates: Some(Coordinates::LocationUnits(LocationCoordinateSystem::LatLngDegM.into())),
        datum: Some(Datum::LocationDatum(LocationDatum::Wgs84G.into())),
        zone: None,
    };
    let region =
        RegionDefinition { region_type: vec![1], region_area: vec![degrees], ..Default::default() };
    let seconds =
        |value| Some(Interval { units: Some(TimeUnits::Seconds.into()), value: Some(value) });
    Content::Registration(Registration {
        node_definition: vec![NodeDefinition {
            node_type: Some(NodeType::Radar.into()),
            node_sub_type: vec![],
        }],
        icd_version: Some(ICD_VERSION.into()),
        capabilities: vec![Capability {
            category: Some("detection".into()),
            kind: Some("walker".into()),
            ..Default::default()
        }],
        status_definition: Some(StatusDefinition {
            status_interval: seconds(10.0),
            ..Default::default()
        }),
        mode_definition: vec![ModeDefinition {
            mode_name: Some("watch".into()),
            mode_type: Some(ModeType::Permanent.into()),
            settle_time: seconds(1.0),
            task: Some(TaskDefinition { region_definition: Some(region), ..Default::default() }),
            ..Default::default()
        }],
        config_data: vec![ConfigurationData {
            manufacturer: "a maker".into(),
            model: "one".into(),
            ..Default::default()
        }],
        ..Default::default()
    })
}

/// Seconds that this process has run on processors so far (Linux): user and system time, in hundredths.
fn on_processor_s() -> f64 {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = told.rsplit(')').next().unwrap();
    let ticks = |at: usize| after_name.split_whitespace().nth(at).unwrap().parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}

fn bytes_below(directory: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| match entry.metadata().unwrap() {
            metadata if metadata.is_dir() => bytes_below(&entry.path()),
            metadata => metadata.len(),
        })
        .sum()
}
