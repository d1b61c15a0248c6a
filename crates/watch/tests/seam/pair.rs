//! Two flat sectors that meet at 34.5 N, each with a radar and a core of its own.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sight::coverage::Model;
use sight::sector::{SensorId, parse};
use sight::terrain::Grid;
use watch::Core;
use watch::detection::{
    Class, DetectionReport, Registration, ReportedPlace, ReportedPosition, ReportedWeather, Source,
    StatusReport,
};
use watch::heavy::{Computer, HeavyResult};
use watch::journal::{Entry, Input, Output, decode, encode};
use watch::seam::SeamMessage;

/// The seam's latitude; the line runs north along 41.5 E.
pub(crate) const SEAM_LAT_DEG: f64 = 34.5;
pub(crate) const LON_DEG: f64 = 41.5;
pub(crate) const METRES_PER_LAT_DEG: f64 = 110_930.0;
pub(crate) const METRES_PER_LON_DEG: f64 = 91_900.0;

const NODE: &str = "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f01";

/// Entries after which the twin goes on from its own bytes.
const REBORN_EVERY: usize = 23;

/// One sector's station: its core and its journal.
pub(crate) struct Post {
    pub(crate) core: Core,
    /// Hears the same and is written down and read back again and again.
    twin: Core,
    pub(crate) entries: Vec<Entry>,
    /// What the core wants the neighbour to hear.
    pub(crate) said: Vec<SeamMessage>,
    now: Timestamp,
    computer: Computer,
    reports: u32,
}

/// The sector south of the seam, or the one north of it.
pub(crate) fn model(name: &str) -> Arc<Model> {
    let (south_deg, neighbour, end) =
        if name == "south" { (34.44, "north", "end") } else { (SEAM_LAT_DEG, "south", "start") };
    let north_deg = south_deg + 0.06;
    let middle_deg = south_deg + 0.03;
    let toml = format!(
        r#"
name = "{name}"
title = {{ en = "Flat", ar = "منبسط" }}

[terrain]
files = ["N34E041.hgt"]

[line]
file = "line.geojson"
far_side = "left"
far_depth_m = 3000.0
near_depth_m = 2000.0

[[sensor]]
id = "radar"
name = {{ en = "Radar", ar = "رادار" }}
node_id = "{NODE}"
kind = "radar"
at = [41.505, {middle_deg}]
height_m = 20.0
range_max_m = 8000.0
revisit_s = 5.0
radar = {{ walker_half_range_m = 9000.0, notch_mps = 0.3, range_sigma_m = 8.0, azimuth_sigma_deg = 0.4 }}

[[seam]]
neighbour = "{neighbour}"
end = "{end}"
overlap_m = 500.0
"#
    );
    let line = format!(
        r#"{{"type": "LineString", "coordinates": [[41.5, {south_deg}], [41.5, {north_deg}]]}}"#
    );
    let sector = parse(&toml, &|_| Ok(line.clone().into_bytes())).unwrap();
    let step_deg = 1.0 / 1_200.0;
    let (width, height) = (241, 361);
    let grid = Grid {
        west_deg: 41.4,
        north_deg: 34.65,
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width,
        height,
        posts_m: vec![200; width * height],
    };
    Arc::new(Model::build(sector, grid).unwrap())
}

impl Post {
    pub(crate) fn open(model: Arc<Model>) -> Self {
        let mut post = Self {
            core: Core::new(Arc::clone(&model)),
            twin: Core::new(Arc::clone(&model)),
            entries: Vec::new(),
            said: Vec::new(),
            now: "2026-11-20T19:00:00Z".parse().unwrap(),
            computer: Computer::new(model),
            reports: 0,
        };
        post.take(Input::Registered(Registration {
            source: Source::Sensor(SensorId("radar".into())),
            node_id: NODE.into(),
            name: "radar".into(),
            status_interval_s: 10.0,
            follows: false,
        }));
        post.hear();
        post
    }

    /// Journals an input through its bytes and does at once whatever heavy work is asked for.
    pub(crate) fn take(&mut self, input: Input) -> Vec<Output> {
        let entry = decode(&encode(&Entry::new(self.now, input))).unwrap();
        self.entries.push(entry.clone());
        let mut outputs = self.step(&entry, None);
        let asked: Vec<_> = outputs
            .iter()
            .filter_map(|output| {
                if let Output::Compute { id, request } = output {
                    Some((*id, request.clone()))
                } else {
                    None
                }
            })
            .collect();
        for (request, wanted) in asked {
            let result = self.computer.compute(&wanted);
            let input = Input::Computed { request, digest: result.digest() };
            let computed = Entry::new(self.now, input);
            self.entries.push(computed.clone());
            outputs.extend(self.step(&computed, Some(result)));
        }
        self.said.extend(outputs.iter().filter_map(|output| {
            if let Output::HandOver(message) = output { Some(message.clone()) } else { None }
        }));
        outputs
    }

    fn step(&mut self, entry: &Entry, result: Option<HeavyResult>) -> Vec<Output> {
        let outputs = self.core.step(entry, result.clone());
        assert_eq!(self.twin.step(entry, result), outputs, "{entry:?}");
        if self.entries.len().is_multiple_of(REBORN_EVERY) {
            let bytes = self.twin.snapshot();
            self.twin = Core::restore(&mut self.computer, &bytes).unwrap();
            assert_eq!(self.twin.state_hash(), self.core.state_hash());
        }
        outputs
    }

    pub(crate) fn tick(&mut self) {
        self.now += SignedDuration::from_secs(1);
        self.take(Input::Tick);
    }

    pub(crate) fn hear(&mut self) {
        self.reports += 1;
        self.take(Input::Status(StatusReport {
            source: Source::Sensor(SensorId("radar".into())),
            report_id: format!("status-{}", self.reports),
            observed_at: self.now,
            detecting: true,
            note: String::new(),
            location: None,
            weather: Some(ReportedWeather {
                visibility_m: Some(10_000.0),
                wind_mps: 3.0,
                ceiling_m: None,
                dust: false,
            }),
            impaired: None,
        }));
    }

    /// The radar reports somebody so many metres east of the line and north of the seam.
    pub(crate) fn see(&mut self, east_m: f64, north_m: f64) {
        self.reports += 1;
        self.take(Input::Detected(DetectionReport {
            source: Source::Sensor(SensorId("radar".into())),
            report_id: format!("report-{:05}", self.reports),
            object_id: "object".into(),
            observed_at: self.now,
            position: ReportedPosition::Place(ReportedPlace {
                lon_deg: LON_DEG + east_m / METRES_PER_LON_DEG,
                lat_deg: SEAM_LAT_DEG + north_m / METRES_PER_LAT_DEG,
                height_m: None,
                height_sigma_m: None,
                east_sigma_m: Some(10.0),
                north_sigma_m: Some(10.0),
            }),
            confidence: Some(0.9),
            classes: vec![(Class::Person, 0.8)],
            remarks: watch::detection::Remarks::default(),
        }));
    }
}
