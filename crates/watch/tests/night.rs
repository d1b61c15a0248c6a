//! A short night on a flat sector, told to the core entry by entry.

#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sight::coverage::{Health, Model};
use sight::geo::EnuPoint;
use sight::sector::{SensorId, UnitId, parse};
use sight::terrain::Grid;
use watch::Core;
use watch::alert::{Alert, AlertKind, Outcome, Priority, Stage};
use watch::detection::{
    Class, DetectionReport, Registration, ReportedPlace, ReportedPosition, ReportedWeather, Source,
    StatusReport,
};
use watch::dispatch::{TaskKind, TaskStage};
use watch::heavy;
use watch::journal::{
    AlertId, Command, CommandRefused, CommandRequest, Entry, Input, Output, PersonId, decode,
    encode,
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

struct Night {
    core: Core,
    now: Timestamp,
    entries: Vec<Entry>,
    outputs: Vec<Output>,
    reports: u32,
}

fn model() -> Arc<Model> {
    let sector = parse(SECTOR, &|_| Ok(LINE.as_bytes().to_vec())).unwrap();
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
    fn begin() -> Self {
        let mut night = Self {
            core: Core::new(model()),
            now: "2026-11-20T19:00:00Z".parse().unwrap(),
            entries: Vec::new(),
            outputs: Vec::new(),
            reports: 0,
        };
        let source = Source::Sensor(SensorId("radar".into()));
        night.take(Input::Registered(Registration {
            source,
            node_id: "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f01".into(),
            name: "radar".into(),
            status_interval_s: 10.0,
        }));
        night.hear("radar");
        night
    }

    /// Journals an input (through its bytes), steps, and does at once whatever heavy work is asked for.
    fn take(&mut self, input: Input) -> Vec<Output> {
        let entry = decode(&encode(&Entry { at: self.now, input })).unwrap();
        self.entries.push(entry.clone());
        let mut outputs = self.core.step(&entry, None);
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
        for (id, request) in asked {
            let result = heavy::compute(self.core.model(), &request);
            let computed = Entry {
                at: self.now,
                input: Input::Computed { request: id, digest: result.digest() },
            };
            self.entries.push(computed.clone());
            outputs.extend(self.core.step(&computed, Some(result)));
        }
        self.outputs.extend(outputs.clone());
        outputs
    }

    fn pass(&mut self, seconds: i64) {
        for _ in 0..seconds {
            self.now += SignedDuration::from_secs(1);
            self.take(Input::Tick);
        }
    }

    fn hear(&mut self, sensor: &str) {
        self.reports += 1;
        self.take(Input::Status(StatusReport {
            source: Source::Sensor(SensorId(sensor.into())),
            report_id: format!("status-{}", self.reports),
            observed_at: self.now,
            detecting: true,
            note: String::new(),
            location: None,
            weather: Some(ReportedWeather { visibility_m: 10_000.0, wind_mps: 3.0, dust: false }),
        }));
    }

    /// The radar reports somebody so many metres east of the line (negative: beyond it).
    fn see(&mut self, east_of_line_m: f64, north_m: f64) {
        self.reports += 1;
        let report_id = format!("report-{:05}", self.reports);
        let report = self.report_at(east_of_line_m, north_m, report_id);
        self.take(Input::Detected(report));
    }

    fn report_at(&self, east_of_line_m: f64, north_m: f64, report_id: String) -> DetectionReport {
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
                east_sigma_m: Some(10.0),
                north_sigma_m: Some(10.0),
            }),
            confidence: Some(0.9),
            classes: vec![(Class::Person, 0.8)],
        }
    }

    /// Somebody walks east at 1.4 m/s and is seen every five seconds, with heartbeats in between.
    fn walk(&mut self, from_m: f64, to_m: f64) {
        let mut east_m = from_m;
        while east_m < to_m {
            self.see(east_m, 0.0);
            self.hear("radar");
            self.pass(5);
            east_m += 7.0;
        }
    }

    fn command(&mut self, key: &str, command: Command) -> Result<(), CommandRefused> {
        let request = CommandRequest { by: PersonId("officer".into()), key: key.into(), command };
        let outputs = self.take(Input::Commanded(request));
        outputs
            .into_iter()
            .find_map(|output| {
                if let Output::CommandDone { result, .. } = output { Some(result) } else { None }
            })
            .unwrap()
    }

    fn alert(&self) -> &Alert {
        self.core.alerts().find(|alert| alert.track.is_some()).unwrap()
    }

    fn dispatch(&mut self, key: &str, reason: &str) -> Result<(), CommandRefused> {
        let (alert, unit) = (self.alert().id, UnitId("patrol".into()));
        self.command(
            key,
            Command::Dispatch { alert, unit, task: TaskKind::Approach, reason: reason.into() },
        )
    }
}

#[test]
fn somebody_who_walks_to_the_line_calls_one_alert_that_becomes_a_crossing() {
    let mut night = Night::begin();

    night.walk(-500.0, -200.0);
    let predicted = night.alert().clone();
    night.walk(-200.0, 120.0);

    assert!(
        matches!(predicted.kind, AlertKind::CrossingPredicted { in_s } if (60.0..900.0).contains(&in_s)),
        "{predicted:?}"
    );
    assert_eq!(predicted.stage, Stage::Raised);
    let crossed = night.alert();
    assert_eq!(crossed.id, predicted.id);
    assert_eq!(crossed.kind, AlertKind::Crossed);
    assert_eq!(crossed.priority, Priority::High);
    assert_eq!(night.core.alerts().filter(|alert| alert.track.is_some()).count(), 1);
}

#[test]
fn an_alert_stays_until_a_person_closes_it_even_when_its_track_is_gone() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    let id = night.alert().id;

    for _ in 0..360 {
        night.hear("radar");
        night.pass(10);
    }

    assert_eq!(night.core.tracks().count(), 0);
    assert!(night.core.alerts().any(|alert| alert.id == id && alert.stage == Stage::Raised));
}

#[test]
fn the_desk_acknowledges_ranks_sends_and_closes_in_that_order() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    let alert = night.alert().id;

    let too_early = night.dispatch("k1", "nearest").unwrap_err();
    night.command("k2", Command::Acknowledge { alert }).unwrap();
    let twice = night.command("k3", Command::Acknowledge { alert }).unwrap_err();
    night.command("k4", Command::Propose { alert }).unwrap();
    let silent = night.dispatch("k5", "  ").unwrap_err();
    night.dispatch("k6", "nearest free unit").unwrap();
    let busy = night.dispatch("k7", "again").unwrap_err();

    assert_eq!(too_early.code, "stage-wrong");
    assert_eq!(twice.code, "stage-wrong");
    assert_eq!(silent.code, "reason-missing");
    assert_eq!(busy.code, "unit-busy");
    let task = night.core.tasks().next().unwrap().clone();
    assert_eq!(task.reason, "nearest free unit");
    assert_eq!(
        task.alternatives.len(),
        1,
        "the ranking that was on the screen stays with the task"
    );
    assert!(task.travel_s.is_some_and(|seconds| seconds > 0.0));
    assert!(matches!(night.alert().stage, Stage::Assigned { .. }));

    night.take(Input::TaskReported {
        task: task.id,
        stage: TaskStage::OnScene,
        note: String::new(),
    });
    let close = Command::Close { alert, outcome: Outcome::Herder, reason: "known shepherd".into() };
    night.command("k8", close).unwrap();

    assert!(matches!(night.alert().stage, Stage::Closed { outcome: Outcome::Herder, .. }));
    assert!(night.core.roster().units().all(|unit| unit.task.is_none()), "its unit is free again");
    let acts: Vec<&str> = night.alert().history.iter().map(|act| act.what.as_str()).collect();
    assert_eq!(acts, ["raised", "acknowledged", "dispatched", "on-scene", "closed"]);
}

#[test]
fn no_task_ever_leads_onto_or_beyond_the_line() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    let alert = night.alert().id;
    night.command("k1", Command::Acknowledge { alert }).unwrap();

    night.dispatch("k2", "meet them").unwrap();

    let to = night.core.tasks().next().unwrap().to;
    assert!(
        night.core.model().sector().line.signed_distance_m(to) < -10.0,
        "the alert is beyond the line, the task is not"
    );
}

#[test]
fn the_core_sends_nobody_by_itself() {
    let mut night = Night::begin();

    night.walk(-500.0, 200.0);
    night.pass(600);

    assert!(
        !night.outputs.iter().any(|output| matches!(output, Output::SendTask(_) | Output::Task(_)))
    );
}

#[test]
fn the_same_key_is_the_same_act_once() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    let alert = night.alert().id;

    let first = night.command("key", Command::Acknowledge { alert });
    let again = night.command("key", Command::Acknowledge { alert });

    assert_eq!(first, Ok(()));
    assert_eq!(again, first);
    assert_eq!(night.alert().history.iter().filter(|act| act.what == "acknowledged").count(), 1);
}

#[test]
fn a_person_who_needs_help_comes_first() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    let alert = night.alert().id;
    assert_eq!(night.alert().needs_help, None, "the question is open until a person answers it");

    night.command("k", Command::AnswerHelp { alert, needs_help: true }).unwrap();

    assert_eq!(night.alert().needs_help, Some(true));
    assert_eq!(night.alert().priority, Priority::High);
}

#[test]
fn somebody_who_stays_still_in_the_open_may_be_in_distress() {
    let mut night = Night::begin();

    for _ in 0..130 {
        night.see(300.0, 100.0);
        night.hear("radar");
        night.pass(5);
    }

    assert!(
        matches!(night.alert().kind, AlertKind::PossibleDistress { still_s } if still_s >= 480.0)
    );
    assert_eq!(night.alert().priority, Priority::High);
}

#[test]
fn a_silent_sensor_turns_stale_and_calls_a_person_once() {
    let mut night = Night::begin();

    night.pass(300);

    let radar = night.core.roster().sensor(&SensorId("radar".into())).unwrap();
    assert_eq!(radar.condition.health, Health::Stale);
    let calls =
        night.core.alerts().filter(|alert| matches!(alert.kind, AlertKind::SensorLost)).count();
    assert_eq!(calls, 1);
}

#[test]
fn a_report_from_the_future_is_refused_and_counted() {
    let mut night = Night::begin();
    let mut report = night.report_at(-400.0, 0.0, "r".into());
    report.observed_at = night.now + SignedDuration::from_secs(60);

    night.take(Input::Detected(report));
    night.pass(10);

    assert_eq!(night.core.tracks().count(), 0);
    assert_eq!(night.core.counters().rejected, 1);
    let (door, field, _) = night.core.counters().rejections.keys().next().unwrap();
    assert_eq!((door.as_str(), field.as_str()), ("core", "detection_report.timestamp"));
}

#[test]
fn a_repeated_report_changes_nothing() {
    let mut once = Night::begin();
    let mut twice = Night::begin();
    let report = once.report_at(-400.0, 0.0, "same".into());

    once.take(Input::Detected(report.clone()));
    twice.take(Input::Detected(report.clone()));
    twice.take(Input::Detected(report));
    once.pass(10);
    twice.pass(10);

    let places = |night: &Night| -> Vec<_> {
        night.core.tracks().map(|track| (track.east_m, track.existence)).collect()
    };
    assert_eq!(places(&once), places(&twice));
}

#[test]
fn replaying_the_journal_gives_the_same_state_hash() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    let alert: AlertId = night.alert().id;
    night.command("k1", Command::Acknowledge { alert }).unwrap();
    night.command("k2", Command::Propose { alert }).unwrap();
    night.dispatch("k3", "nearest").unwrap();

    let mut replayed = Core::new(model());
    let mut wanted = None;
    for entry in &night.entries {
        let computed = matches!(entry.input, Input::Computed { .. });
        let request = if computed { wanted.take() } else { None };
        let heavy = request.map(|request| heavy::compute(replayed.model(), &request));
        for output in replayed.step(entry, heavy) {
            if let Output::Compute { request, .. } = output {
                wanted = Some(request);
            }
        }
    }

    assert_eq!(replayed.state_hash(), night.core.state_hash());
    replayed
        .step(&Entry { at: night.now + SignedDuration::from_secs(1), input: Input::Tick }, None);
    assert_ne!(replayed.state_hash(), night.core.state_hash(), "the hash sees a single tick");
}

#[test]
fn positions_in_the_plane_keep_their_compass() {
    let core = Core::new(model());
    let line = &core.model().sector().line;

    let west = EnuPoint::new(line.point_at(1_000.0).east_m - 500.0, line.point_at(1_000.0).north_m);

    assert!(line.is_far(west), "beyond this line is west");
}
