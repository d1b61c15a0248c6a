//! What tracking costs, and how well it does on the workloads that Stone Soup is given by `tools/stonesoup-bench.sh`.
//!
//! Figures are processor time of the thread, the least of several rounds: a busy machine adds, it
//! never takes away. Words after `--` choose what is measured: a workload's name, `full`, `late`. The workloads are written to `target/tracking-bench` for the peer to read.

mod workload;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustix::time::{ClockId, clock_gettime};
use sight::geo::EnuPoint;
use sight::sector::SensorId;
use watch::detection::Class;
use watch::metrics::Score;
use watch::metrics::positions::{self, Case, Settings, Start};
use watch::tracking::{
    Area, ClassWeights, Clutter, Footprint, Learning, Measurement, Pose, Scan, Sighting, Tracker,
    TrackerConfig,
};
use workload::Workload;

const ROUNDS: usize = 5;

fn main() {
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |name: &str| words.is_empty() || words.iter().any(|word| word == name);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/tracking-bench");
    fs::create_dir_all(&folder).expect("target can be written");
    let mut figures = String::from("name,start,ms_per_scan,gospa_rms\n");
    for workload in workload::ALL.into_iter().filter(|workload| is_wanted(workload.name)) {
        let texts = workload.texts();
        fs::write(folder.join(format!("{}.meas.csv", workload.name)), &texts.measurements)
            .expect("target can be written");
        fs::write(folder.join(format!("{}.truth.csv", workload.name)), &texts.truth)
            .expect("target can be written");
        let case = positions::parse(&texts.measurements, &texts.truth).expect("written as read");
        for (start, word) in [(Start::Known, "known"), (Start::Own, "own")] {
            let (ms, score) = least(&case, &workload, start);
            say(&format!(
                "{} with {word} start: {ms:.3} ms a scan, rms GOSPA {:.1} m",
                workload.name, score.gospa_rms
            ));
            writeln!(figures, "{},{word},{ms:.4},{:.3}", workload.name, score.gospa_rms)
                .expect("a string takes all");
        }
    }
    fs::write(folder.join("watchline.csv"), figures).expect("target can be written");
    if is_wanted("full") {
        full_feature(5_000, 10, TrackerConfig::for_area);
        full_feature(5_000, 10, one_motion);
        full_feature(5_000, 10, learning);
    }
    if is_wanted("late") {
        for reach_m in [6_000.0, 1_000.0] {
            late_scan(1_000, reach_m, one_motion);
            late_scan(1_000, reach_m, TrackerConfig::for_area);
            late_scan(1_000, reach_m, learning);
        }
    }
}

fn least(case: &Case, workload: &Workload, start: Start) -> (f64, Score) {
    let settings = Settings {
        side_m: workload.side_m,
        clutter_per_scan: workload.clutter,
        sigma_m: workload::SIGMA_M,
        p_detect: workload::P_DETECT,
        q_m2ps3: 0.2,
        start,
        learning: None,
    };
    let mut best = (f64::INFINITY, Score::default());
    for _ in 0..ROUNDS {
        let (mut spent, mut scans) = (Duration::ZERO, 0_u32);
        let score = positions::evaluate(case, &settings, &mut |work| {
            spent += time(work);
            scans += 1;
        })
        .expect("the settings are in range");
        let ms = spent.as_secs_f64() * 1e3 / f64::from(scans.max(1));
        if ms < best.0 {
            best = (ms, score);
        }
    }
    best
}

/// Range and bearing, classes, a chance of detection that differs from place to place and class to class.
fn full_feature(tracks: u32, looks: u32, config: fn(Area) -> TrackerConfig) {
    let mut field = Field::new(tracks, 0.0, config);
    let motions = field.motions.clone();
    field.settle();
    let mut least_s = f64::INFINITY;
    for look in 0..looks {
        let scan = field.scan(look, 6.0 + 0.05 * f64::from(look));
        let spent = time(&mut || {
            field.observe(&scan);
        });
        least_s = least_s.min(spent.as_secs_f64());
    }
    let held = field.tracker.held() as f64;
    say(&format!(
        "range, bearing, class, map of chances and {motions}, {held:.0} tracks: {:.2} us a track and scan; 20 scans a second take {:.1} % of a core",
        least_s * 1e6 / held,
        least_s * 20.0 * 100.0,
    ));
}

fn learning(area: Area) -> TrackerConfig {
    // Few hits prove a track here, so that every one is learned from.
    let learning = Some(Learning { proof_hits: 2.0, ..Learning::default() });
    TrackerConfig { learning, ..TrackerConfig::for_area(area) }
}

fn one_motion(area: Area) -> TrackerConfig {
    TrackerConfig { motions: Vec::new(), ..TrackerConfig::for_area(area) }
}

/// A scan that comes two seconds late, among twenty a second; of radars that see nearly everything, or a twelfth of it.
fn late_scan(tracks: u32, reach_m: f64, config: fn(Area) -> TrackerConfig) {
    let scans_per_s = 20;
    let mut field = Field { reach_m, ..Field::new(tracks, 10.0, config) };
    field.settle();
    let mut least_s = f64::INFINITY;
    let mut at_s = 6.0;
    let mut tracks_taken = 0;
    for round in 0..5 {
        let late = field.scan(1_000 + round, at_s + 0.501 / f64::from(scans_per_s));
        for n in 0..2 * scans_per_s {
            at_s += 1.0 / f64::from(scans_per_s);
            let scan = field.scan(n, at_s);
            field.observe(&scan);
        }
        least_s = least_s.min(time(&mut || tracks_taken = field.observe(&late)).as_secs_f64());
    }
    say(&format!(
        "a scan two seconds late, {} tracks, radars that see {reach_m} m, {}, {scans_per_s} scans a second: {:.1} ms, {tracks_taken} times a track",
        field.tracker.held(),
        field.motions,
        least_s * 1e3,
    ));
}

/// Walkers on a grid, two hundred metres apart, seen by twenty radars that each see a part of them.
struct Field {
    tracker: Tracker,
    tracks: u32,
    side: u32,
    motions: String,
    /// How far each radar sees.
    reach_m: f64,
}

const SPACING_M: f64 = 200.0;

impl Field {
    fn new(tracks: u32, horizon_s: f64, config: fn(Area) -> TrackerConfig) -> Self {
        let side = tracks.isqrt() + 1;
        let end = f64::from(side) * SPACING_M;
        let area =
            Area { south_west: EnuPoint::new(0.0, 0.0), north_east: EnuPoint::new(end, end) };
        let config = TrackerConfig {
            expected_per_m2: 1e-5,
            cell_m: 500.0,
            horizon_s,
            smoothing_lag_s: 0.0,
            ..config(area)
        };
        let motions = match config.motions.len() {
            0 => "one motion".to_owned(),
            several => format!("{several} ways of moving"),
        };
        let learns = if config.learning.is_some() { ", learning of the sensors" } else { "" };
        let motions = motions + learns;
        let tracker = Tracker::new(config).expect("the figures are in range");
        Self { tracker, tracks, side, motions, reach_m: 6_000.0 }
    }

    /// Lets every walker be seen a few times.
    fn settle(&mut self) {
        for second in 0..5 {
            let all: Vec<u32> = (0..self.tracks).collect();
            let scan = self.scan_of(&all, second, f64::from(second), Footprint::Everywhere);
            self.observe(&scan);
        }
    }

    /// Returns by how many tracks scans were taken.
    fn observe(&mut self, scan: &Scan) -> usize {
        let chance = |scan: &Scan, point: EnuPoint, class: Class| {
            let far = scan.sees.contains(point);
            let near = (point.east_m * 1e-3 + point.north_m * 7e-4).fract();
            if far { 0.6 + 0.3 * near - 0.02 * f64::from(class as u8) } else { 0.0 }
        };
        self.tracker.observe(scan, &chance).expect("the scan is sound").tracks_taken
    }

    /// One radar's look: all that it can see from where it stands.
    fn scan(&self, look: u32, at_s: f64) -> Scan {
        let stand = f64::from(look % 20);
        let end = f64::from(self.side) * SPACING_M;
        let centre =
            EnuPoint::new((stand % 5.0 + 0.5) * end / 5.0, (stand / 5.0).floor() * end / 4.0);
        let seen: Vec<u32> = (0..self.tracks)
            .filter(|&n| {
                self.place(n, at_s).distance_m(centre) < self.reach_m
                    && !(n + look).is_multiple_of(7)
            })
            .collect();
        let sees = Footprint::Disc { centre, radius_m: self.reach_m };
        self.scan_of(&seen, look % 20, at_s, sees)
    }

    fn scan_of(&self, seen: &[u32], sensor: u32, at_s: f64, sees: Footprint) -> Scan {
        let origin = match sees {
            Footprint::Disc { centre, .. } => centre,
            Footprint::Everywhere | Footprint::Wedge { .. } => EnuPoint::new(-500.0, -500.0),
        };
        let measurement = |&n: &u32| {
            let place = self.place(n, at_s);
            let off = f64::from((n * 7 + sensor * 13) % 11) - 5.0;
            Measurement {
                id: n.into(),
                sighting: Sighting::RangeBearing {
                    origin,
                    range_m: origin.distance_m(place).max(20.0) + off,
                    range_sigma_m: 8.0,
                    azimuth: origin.azimuth_to(place),
                    azimuth_sigma_rad: 0.001,
                },
                classes: ClassWeights::from_confidences(&[(Class::Person, 0.7)], 0.4),
                aloft: None,
            }
        };
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs_f64(1_000.0 + at_s);
        Scan {
            sensor: SensorId(format!("radar-{sensor}")),
            at,
            measurements: seen.iter().map(measurement).collect(),
            clutter: Clutter { per_m2: 1e-8, per_rad: 0.1 },
            sees,
            repeats: 1.0,
            pose: Pose::default(),
            notch: None,
        }
    }

    fn place(&self, n: u32, at_s: f64) -> EnuPoint {
        let (column, row) = (f64::from(n % self.side), f64::from(n / self.side));
        EnuPoint::new((column + 0.5) * SPACING_M + 1.2 * at_s, (row + 0.5) * SPACING_M)
    }
}

fn time(work: &mut dyn FnMut()) -> Duration {
    let before = spent();
    work();
    spent().saturating_sub(before)
}

fn spent() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
fn say(words: &str) {
    println!("{words}");
}
