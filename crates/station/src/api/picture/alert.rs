//! An alert as JSON.

use serde::Serialize;
use sight::sector::Sector;
use watch::alert::life::State;
use watch::alert::nuisance::Air;
use watch::alert::{Alert, AlertKind, Outcome, Priority, Stage};
use watch::call::{CallKind, Caller};
use watch::journal::PersonId;

use super::super::sector::{LonLat, km, place, round};

#[derive(Debug, Default, Serialize)]
pub(super) struct AlertView {
    id: u64,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    still_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length_m: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    for_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distance_m: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hits: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<CallKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<CallerView>,
    priority: &'static str,
    stage: &'static str,
    /// After ISA-18.2.
    state: Option<State>,
    /// Whether what it is about goes on.
    active: bool,
    latches: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    shelved_until: Option<String>,
    /// How often it called a person.
    calls: u32,
    raised_at: String,
    changed_at: String,
    at: Option<LonLat>,
    stretch: Option<u32>,
    km: Option<f64>,
    track: Option<u64>,
    sensor: Option<String>,
    /// A zone, a barrier or a weather station.
    place: Option<String>,
    /// Everybody whose word it came of, or who is lost.
    sensors: Vec<String>,
    air: Air,
    confidence: f64,
    needs_help: Option<bool>,
    unit: Option<String>,
    outcome: Option<Outcome>,
    by: Option<PersonId>,
    tasks: Vec<u64>,
    history: Vec<ActView>,
}

#[derive(Debug, Serialize)]
struct CallerView {
    name: String,
    unit: Option<String>,
    called_off: bool,
}

#[derive(Debug, Serialize)]
struct ActView {
    at: String,
    by: Option<PersonId>,
    what: String,
    reason: String,
    /// Number of the entry that it came of.
    entry: Option<u64>,
}

impl AlertView {
    pub(super) fn of(alert: &Alert, sector: &Sector) -> Self {
        let view = Self {
            id: alert.id.0,
            priority: priority(alert.priority),
            raised_at: alert.raised_at.to_string(),
            changed_at: alert.changed_at.to_string(),
            at: alert.point.map(|point| place(&sector.frame, point)),
            stretch: alert.stretch.map(|stretch| stretch.0),
            km: chainage_m(alert, sector).map(km),
            track: alert.track.map(|track| track.0),
            sensor: alert.sensor.as_ref().map(|sensor| sensor.0.clone()),
            place: alert.origin.place.clone(),
            sensors: alert.origin.sensors.iter().map(|sensor| sensor.0.clone()).collect(),
            air: alert.origin.air,
            state: Some(alert.life.state),
            active: alert.life.is_active,
            latches: alert.life.latches,
            shelved_until: alert.life.shelved_until.map(|until| until.to_string()),
            calls: alert.life.calls,
            confidence: round(alert.confidence, 4),
            needs_help: alert.needs_help,
            caller: alert.caller.as_ref().map(CallerView::of),
            tasks: alert.tasks.iter().map(|task| task.0).collect(),
            history: alert.history.iter().map(ActView::of).collect(),
            ..Self::default()
        };
        view.with_kind(&alert.kind).with_stage(&alert.stage)
    }

    fn with_kind(self, kind: &AlertKind) -> Self {
        match kind {
            AlertKind::CrossingPredicted { in_s } => {
                Self { kind: "crossing-predicted", in_s: Some(round(*in_s, 0)), ..self }
            }
            AlertKind::Crossed => Self { kind: "crossed", ..self },
            AlertKind::PossibleDistress { still_s } => {
                Self { kind: "possible-distress", still_s: Some(round(*still_s, 0)), ..self }
            }
            AlertKind::SightLost { length_m } => {
                Self { kind: "sight-lost", length_m: Some(round(*length_m, 0)), ..self }
            }
            AlertKind::SensorLost => Self { kind: "sensor-lost", ..self },
            AlertKind::CalledForHelp { call } => {
                Self { kind: "called-for-help", call: Some(*call), ..self }
            }
            AlertKind::Approach { distance_m } => {
                Self { kind: "approach", distance_m: Some(round(*distance_m, 0)), ..self }
            }
            AlertKind::Loitering { for_s } => {
                Self { kind: "loitering", for_s: Some(round(*for_s, 0)), ..self }
            }
            AlertKind::ZoneEntry => Self { kind: "zone-entry", ..self },
            AlertKind::BarrierDamage => Self { kind: "barrier-damage", ..self },
            AlertKind::GroundPattern { hits } => {
                Self { kind: "ground-pattern", hits: Some(*hits), ..self }
            }
            AlertKind::Unwatched { length_m, for_s } => Self {
                kind: "unwatched",
                length_m: Some(round(*length_m, 0)),
                for_s: Some(round(*for_s, 0)),
                ..self
            },
            AlertKind::DustAhead { in_s, for_s } => Self {
                kind: "dust-ahead",
                in_s: Some(round(*in_s, 0)),
                for_s: Some(round(*for_s, 0)),
                ..self
            },
        }
    }

    fn with_stage(self, stage: &Stage) -> Self {
        match stage {
            Stage::Raised => Self { stage: "raised", ..self },
            Stage::Acknowledged { by, .. } => {
                Self { stage: "acknowledged", by: Some(by.clone()), ..self }
            }
            Stage::Assigned { unit, by, .. } => {
                Self { stage: "assigned", unit: Some(unit.0.clone()), by: Some(by.clone()), ..self }
            }
            Stage::Closed { outcome, by, .. } => {
                Self { stage: "closed", outcome: Some(*outcome), by: Some(by.clone()), ..self }
            }
        }
    }
}

impl CallerView {
    fn of(caller: &Caller) -> Self {
        Self {
            name: caller.name.clone(),
            unit: caller.unit.as_ref().map(|unit| unit.0.clone()),
            called_off: caller.called_off,
        }
    }
}

impl ActView {
    fn of(act: &watch::alert::Act) -> Self {
        Self {
            at: act.at.to_string(),
            by: act.by.clone(),
            what: act.what.clone(),
            reason: act.reason.clone(),
            entry: act.entry,
        }
    }
}

/// Where along the line: abreast of its place, or the middle of its stretch.
pub(crate) fn chainage_m(alert: &Alert, sector: &Sector) -> Option<f64> {
    let of_stretch = || {
        let wanted = alert.stretch?;
        let stretch = sector.stretches.iter().find(|stretch| stretch.id == wanted)?;
        Some(f64::midpoint(stretch.from_m, stretch.to_m))
    };
    alert.point.map(|point| sector.line.chainage_m(point)).or_else(of_stretch)
}

fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Medium => "medium",
        Priority::High => "high",
    }
}
