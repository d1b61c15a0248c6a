//! What happened in a night, one line after the other: alerts, the line's watch state, sensors, tasks.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sight::coverage::{Health, StretchAssessment, WatchState};
use sight::sector::{Sector, SensorId};
use watch::alert::Alert;
use watch::journal::{AlertId, Output};

/// Events that are told; the rest is counted.
const TOLD_MAX: usize = 100_000;
/// Less line than this that changes its state is not worth a line.
const CHANGE_MIN_M: f64 = 50.0;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Event {
    pub(super) at: Timestamp,
    #[serde(flatten)]
    pub(super) what: What,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(super) enum What {
    /// An alert was raised or went on to its next stage.
    Alert {
        alert: u64,
        kind: String,
        stage: String,
        km: Option<f64>,
    },
    /// Lengths of line by watch state.
    Line {
        watched_km: f64,
        degraded_km: f64,
        blind_km: f64,
        unknown_km: f64,
    },
    Sensor {
        sensor: String,
        health: Health,
    },
    /// A task was told to its unit.
    Task {
        task: u64,
        unit: String,
    },
}

/// Follows a night and keeps what is worth telling.
#[derive(Debug, Default)]
pub(super) struct Story {
    from: Option<Timestamp>,
    alerts: BTreeMap<AlertId, String>,
    sensors: BTreeMap<SensorId, Health>,
    line_m: Option<[f64; 4]>,
    pub(super) events: Vec<Event>,
    /// Events beyond those that are told.
    pub(super) more: u64,
}

impl Story {
    /// From a time on; what was before only says how things stood.
    pub(super) fn from(from: Option<Timestamp>) -> Self {
        Self { from, ..Self::default() }
    }

    pub(super) fn take(&mut self, outputs: &[Output], at: Timestamp, sector: &Sector) {
        for output in outputs {
            let Some(what) = self.what(output, sector) else { continue };
            if self.from.is_some_and(|from| at < from) {
                continue;
            }
            if self.events.len() < TOLD_MAX {
                self.events.push(Event { at, what });
            } else {
                self.more += 1;
            }
        }
    }

    fn what(&mut self, output: &Output, sector: &Sector) -> Option<What> {
        match output {
            Output::Alert(alert) => self.alert(alert, sector),
            Output::Stretches(stretches) => self.line(stretches, sector),
            Output::Sensor(state) => {
                let health = state.condition.health;
                let known = self.sensors.insert(state.id.clone(), health);
                (known != Some(health)).then(|| What::Sensor { sensor: state.id.0.clone(), health })
            }
            Output::SendTask(task) => {
                Some(What::Task { task: task.id.0, unit: task.unit.0.clone() })
            }
            Output::Compute { .. }
            | Output::Track(_)
            | Output::TrackEnded(_)
            | Output::Task(_)
            | Output::Unit(_)
            | Output::Weather(_)
            | Output::Proposals { .. }
            | Output::Moves { .. }
            | Output::SendPointing(_)
            | Output::HandOver(_)
            | Output::CommandDone { .. } => None,
        }
    }

    fn alert(&mut self, alert: &Alert, sector: &Sector) -> Option<What> {
        let stage = word(&alert.stage, "stage");
        let known = self.alerts.insert(alert.id, stage.clone());
        let km = alert.stretch.and_then(|id| {
            let stretch = sector.stretches.iter().find(|stretch| stretch.id == id)?;
            Some(f64::midpoint(stretch.from_m, stretch.to_m) / 1e3)
        });
        let kind = word(&alert.kind, "kind");
        (known.as_ref() != Some(&stage)).then_some(What::Alert {
            alert: alert.id.0,
            kind,
            stage,
            km,
        })
    }

    fn line(&mut self, stretches: &[StretchAssessment], sector: &Sector) -> Option<What> {
        let mut line_m = [0.0; 4];
        for assessed in stretches {
            let stretch = sector.stretches.iter().find(|one| one.id == assessed.stretch);
            let length_m = stretch.map_or(0.0, |stretch| stretch.to_m - stretch.from_m);
            line_m[match assessed.state {
                WatchState::Watched => 0,
                WatchState::Degraded => 1,
                WatchState::Blind => 2,
                WatchState::Unknown => 3,
            }] += length_m;
        }
        let is_same = |known: [f64; 4]| {
            known.iter().zip(line_m).all(|(known, now)| (known - now).abs() < CHANGE_MIN_M)
        };
        if self.line_m.is_some_and(is_same) {
            return None;
        }
        self.line_m = Some(line_m);
        let [watched_km, degraded_km, blind_km, unknown_km] = line_m.map(|m| m / 1e3);
        Some(What::Line { watched_km, degraded_km, blind_km, unknown_km })
    }
}

/// The word by which a tagged value is written.
fn word(value: &impl Serialize, tag: &str) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value[tag].as_str().or(value.as_str()).unwrap_or_default().to_owned()
}

impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}  ", self.at.strftime("%Y-%m-%d %H:%M:%S"))?;
        match &self.what {
            What::Alert { alert, kind, stage, km: Some(km) } => {
                write!(f, "alert {alert} {kind} at km {km:.2}: {stage}")
            }
            What::Alert { alert, kind, stage, km: None } => {
                write!(f, "alert {alert} {kind}: {stage}")
            }
            What::Line { watched_km, degraded_km, blind_km, unknown_km } => write!(
                f,
                "line: {watched_km:.2} km watched, {degraded_km:.2} degraded, {blind_km:.2} blind, {unknown_km:.2} unknown"
            ),
            What::Sensor { sensor, health } => {
                let health = serde_json::to_value(health).unwrap_or_default();
                write!(f, "sensor {sensor}: {}", health.as_str().unwrap_or_default())
            }
            What::Task { task, unit } => write!(f, "task {task} told to {unit}"),
        }
    }
}
