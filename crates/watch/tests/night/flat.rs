//! A flat sector with one radar and one patrol, and a core that is told its night entry by entry.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sight::coverage::Model;
use sight::sector::{SensorId, UnitId, parse};
use sight::terrain::Grid;
use watch::Core;
use watch::alert::Alert;
use watch::detection::{
    Class, DetectionReport, Registration, ReportedPlace, ReportedPosition, ReportedWeather, Source,
    StatusReport,
};
use watch::dispatch::TaskKind;
use watch::heavy::{Computer, HeavyResult};
use watch::journal::{
    Command, CommandRefused, CommandRequest, Entry, Input, Output, PersonId, decode, encode,
};

const SECTOR: &str = r#"
name = "flat"
title = { en = "Flat", ar = "منبسط" }

[terrain]
files = ["N34E041.hgt"]

[line]
file = "line.geojson"
far_side = "left"
far_depth_m = 3000.0
near_depth_m = 2000.0

[[sensor]]
id = "radar"
name = { en = "Radar", ar = "رادار" }
node_id = "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f01"
kind = "radar"
at = [41.505, 34.5]
height_m = 20.0
range_max_m = 8000.0
revisit_s = 5.0
radar = { walker_half_range_m = 9000.0, notch_mps = 0.3, range_sigma_m = 8.0, azimuth_sigma_deg = 0.4 }

[[unit]]
id = "patrol"
name = { en = "Patrol", ar = "دورية" }
agency = "border-guard"
node_id = "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f02"
mobility = "vehicle"
at = [41.515, 34.49]
"#;

/// A line that runs north along 41.5 E; beyond it is west.
const LINE: &str = r#"{"type": "Feature", "properties": {}, "geometry":
    {"type": "LineString", "coordinates": [[41.5, 34.47], [41.5, 34.53]]}}"#;

/// Entries after which the twin goes on from its own bytes.
const REBORN_EVERY: usize = 47;

pub(crate) struct Night {
    pub(crate) core: Core,
    /// Hears the same and is written down and read back again and again: whatever the night, it must answer alike.
    twin: Core,
    computer: Computer,
    pub(crate) now: Timestamp,
    pub(crate) entries: Vec<Entry>,
    pub(crate) outputs: Vec<Output>,
    /// Whether heavy work is done when it is asked for.
    pub(crate) worker_works: bool,
    reports: u32,
}

pub(crate) fn model() -> Arc<Model> {
    model_with("")
}

/// The same with more in its file.
pub(crate) fn model_with(more: &str) -> Arc<Model> {
    let sector = parse(&format!("{SECTOR}{more}"), &|_| Ok(LINE.as_bytes().to_vec())).unwrap();
    let step_deg = 1.0 / 1_200.0;
    let (width, height) = (241, 241);
    let grid = Grid {
        west_deg: 41.4,
        north_deg: 34.6,
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width,
        height,
        posts_m: vec![200; width * height],
    };
    Arc::new(Model::build(sector, grid).unwrap())
}

impl Night {
    pub(crate) fn begin() -> Self {
        Self::begin_with("")
    }

    /// Begins in a sector with more in its file.
    pub(crate) fn begin_with(more: &str) -> Self {
        let model = model_with(more);
        let mut night = Self {
            core: Core::new(Arc::clone(&model)),
            twin: Core::new(Arc::clone(&model)),
            computer: Computer::new(model),
            now: "2026-11-20T19:00:00Z".parse().unwrap(),
            entries: Vec::new(),
            outputs: Vec::new(),
            worker_works: true,
            reports: 0,
        };
        let source = Source::Sensor(SensorId("radar".into()));
        night.take(Input::Registered(Registration {
            source,
            node_id: "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f01".into(),
            name: "radar".into(),
            status_interval_s: 10.0,
            follows: false,
        }));
        night.hear("radar");
        night
    }

    /// Journals an input (through its bytes), steps, and does at once whatever heavy work is asked for.
    pub(crate) fn take(&mut self, input: Input) -> Vec<Output> {
        let entry = decode(&encode(&Entry::new(self.now, input))).unwrap();
        self.entries.push(entry.clone());
        let mut outputs = self.step(&entry, None);
        let asked: Vec<_> = outputs
            .iter()
            .filter(|_| self.worker_works)
            .filter_map(|output| {
                if let Output::Compute { id, request } = output {
                    Some((*id, request.clone()))
                } else {
                    None
                }
            })
            .collect();
        for (id, request) in asked {
            let result = self.computer.compute(&request);
            let input = Input::Computed { request: id, digest: result.digest() };
            let computed = Entry::new(self.now, input);
            self.entries.push(computed.clone());
            outputs.extend(self.step(&computed, Some(result)));
        }
        self.outputs.extend(outputs.clone());
        outputs
    }

    fn step(&mut self, entry: &Entry, result: Option<HeavyResult>) -> Vec<Output> {
        let outputs = self.core.step(entry, result.clone());
        assert_eq!(self.twin.step(entry, result), outputs, "{entry:?}");
        if self.entries.len().is_multiple_of(REBORN_EVERY) {
            let bytes = self.twin.snapshot();
            self.twin = Core::restore(&mut self.computer, &bytes).unwrap();
            assert_eq!(self.twin.state_hash(), self.core.state_hash());
            assert!(self.twin.snapshot() == bytes, "what is read back is written alike");
        }
        outputs
    }

    pub(crate) fn pass(&mut self, seconds: i64) {
        for _ in 0..seconds {
            self.now += SignedDuration::from_secs(1);
            self.take(Input::Tick);
        }
    }

    pub(crate) fn hear(&mut self, sensor: &str) {
        self.hear_ahead(sensor, 0);
    }

    /// The same by a clock that is ahead.
    pub(crate) fn hear_ahead(&mut self, sensor: &str, ahead_s: i64) {
        self.reports += 1;
        self.take(Input::Status(StatusReport {
            source: Source::Sensor(SensorId(sensor.into())),
            report_id: format!("status-{}", self.reports),
            observed_at: self.now + SignedDuration::from_secs(ahead_s),
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

    /// The radar reports somebody so many metres east of the line (negative: beyond it).
    pub(crate) fn see(&mut self, east_of_line_m: f64, north_m: f64) {
        self.reports += 1;
        let report_id = format!("report-{:05}", self.reports);
        let report = self.report_at(east_of_line_m, north_m, report_id);
        self.take(Input::Detected(report));
    }

    pub(crate) fn report_at(
        &self,
        east_of_line_m: f64,
        north_m: f64,
        report_id: String,
    ) -> DetectionReport {
        let lon_deg = 41.5 + east_of_line_m / 91_900.0;
        let lat_deg = 34.5 + north_m / 110_930.0;
        DetectionReport {
            source: Source::Sensor(SensorId("radar".into())),
            report_id,
            object_id: "object".into(),
            observed_at: self.now,
            position: ReportedPosition::Place(ReportedPlace {
                lon_deg,
                lat_deg,
                height_m: None,
                height_sigma_m: None,
                east_sigma_m: Some(10.0),
                north_sigma_m: Some(10.0),
            }),
            confidence: Some(0.9),
            classes: vec![(Class::Person, 0.8)],
            remarks: watch::detection::Remarks::default(),
        }
    }

    /// Somebody walks east at 1.4 m/s and is seen every five seconds, with heartbeats in between.
    pub(crate) fn walk(&mut self, from_m: f64, to_m: f64) {
        let mut east_m = from_m;
        while east_m < to_m {
            self.see(east_m, 0.0);
            self.hear("radar");
            self.pass(5);
            east_m += 7.0;
        }
    }

    pub(crate) fn command(&mut self, key: &str, command: Command) -> Result<(), CommandRefused> {
        let request = CommandRequest { by: PersonId("officer".into()), key: key.into(), command };
        let outputs = self.take(Input::Commanded(request));
        outputs
            .into_iter()
            .find_map(|output| {
                if let Output::CommandDone { result, .. } = output { Some(result) } else { None }
            })
            .unwrap()
    }

    pub(crate) fn alert(&self) -> &Alert {
        self.core.alerts().find(|alert| alert.track.is_some()).unwrap()
    }

    pub(crate) fn dispatch(&mut self, key: &str, reason: &str) -> Result<(), CommandRefused> {
        let (alert, unit) = (self.alert().id, UnitId("patrol".into()));
        self.command(
            key,
            Command::Dispatch { alert, unit, task: TaskKind::Approach, reason: reason.into() },
        )
    }
}
