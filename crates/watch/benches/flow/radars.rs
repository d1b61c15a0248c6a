//! Fifty radars side by side and the two hundred movers that they all see.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use sight::coverage::Model;
use sight::sector::{SensorId, parse};
use sight::terrain::Grid;
use watch::detection::{DetectionReport, Registration, ReportedPosition, Source, StatusReport};
use watch::journal::Input;

pub(crate) const RADARS: usize = 50;
pub(crate) const MOVERS: usize = 200;
/// Each radar's turn is told in so many parts, as its beam leaves them.
pub(crate) const PARTS: usize = 10;

const LINE: &str = r#"{"type":"LineString","coordinates":[[41.5,34.42],[41.5,34.58]]}"#;

/// What one radar tells at once.
pub(crate) struct Told {
    pub(crate) radar: usize,
    pub(crate) arrives: Timestamp,
    /// The stamp of its last plot, if it tells of any.
    pub(crate) last_seen: Option<Timestamp>,
    pub(crate) inputs: Vec<Input>,
}

pub(crate) fn began() -> Timestamp {
    Timestamp::from_second(1_795_000_000).expect("a time of this century")
}

pub(crate) fn registered(radar: usize) -> Input {
    Input::Registered(Registration {
        source: source(radar),
        node_id: node_id(radar),
        name: format!("radar {radar}"),
        status_interval_s: 10.0,
        follows: false,
    })
}

/// What every radar tells of one part of its turn. Plots are stamped while they are written, some microseconds apart.
pub(crate) fn told(part: usize) -> impl Iterator<Item = Told> {
    (0..RADARS).map(move |radar| {
        // Radars turn apart from each other.
        let due_us = 1_000_000 * part / PARTS + radar * 1_000_000 / PARTS / RADARS + 500_000;
        let sent = began() + Duration::from_micros(due_us as u64);
        let on_its_way_us = 500 + (part * 7_919 + radar * 104_729) % 3_000;
        let arrives = sent + Duration::from_micros(on_its_way_us as u64);
        let mut inputs = Vec::new();
        if part.is_multiple_of(5 * PARTS) {
            inputs.push(status(radar, part, sent));
        }
        let turn_s = (part / PARTS) as f64;
        let is_in = |mover: &usize| part_of(radar, *mover, turn_s) == part % PARTS;
        let mut last_seen = None;
        for (place, mover) in (0..MOVERS).filter(is_in).enumerate() {
            let seen = sent + Duration::from_micros(4 * place as u64);
            let at_s = due_us as f64 / 1e6;
            inputs.push(Input::Detected(detection(radar, (part, place), mover, (seen, at_s))));
            last_seen = Some(seen);
        }
        Told { radar, arrives, last_seen, inputs }
    })
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

fn detection(
    radar: usize,
    (part, place): (usize, usize),
    mover: usize,
    (seen, at_s): (Timestamp, f64),
) -> DetectionReport {
    let (from, to) = (radar_at(radar), mover_at(mover, at_s));
    let (east_m, north_m) = (to[0] - from[0], to[1] - from[1]);
    // A few metres of noise that is the same in every run.
    let number = part * MOVERS + place;
    let noise_m = ((number * 7_919 + radar * 104_729) % 1_000) as f64 / 100.0 - 5.0;
    DetectionReport {
        source: source(radar),
        report_id: format!("{radar:02}-{part:06}-{place:03}"),
        object_id: format!("{mover:026}"),
        observed_at: seen,
        position: ReportedPosition::Polar {
            azimuth_deg: azimuth_deg(from, to),
            azimuth_sigma_deg: Some(0.3),
            elevation_deg: None,
            elevation_sigma_deg: None,
            range_m: Some(east_m.hypot(north_m) + noise_m),
            range_sigma_m: Some(6.0),
        },
        confidence: Some(0.9),
        classes: Vec::new(),
        remarks: watch::detection::Remarks::default(),
    }
}

fn status(radar: usize, part: usize, sent: Timestamp) -> Input {
    Input::Status(StatusReport {
        source: source(radar),
        report_id: format!("status-{radar}-{part}"),
        observed_at: sent,
        detecting: true,
        note: String::new(),
        location: None,
        weather: None,
        impaired: None,
    })
}

fn source(radar: usize) -> Source {
    Source::Sensor(SensorId(format!("radar-{radar}")))
}

fn node_id(radar: usize) -> String {
    format!("6f1c2b7e-31a5-4f6e-9c55-{radar:012x}")
}

pub(crate) fn model() -> Model {
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
        .expect("a string takes all");
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
