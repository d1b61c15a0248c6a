//! `GET /api/floor`: the desk of alerts from above - suppressions, floods, what shifts bear, and what is nuisance.

use axum::Json;
use jiff::Timestamp;
use serde::Serialize;
use sight::sector::Rule;
use watch::alert::Priority;
use watch::alert::flood::Group;
use watch::alert::load::{Shift, Waits};
use watch::alert::nuisance::Air;
use watch::alert::suppression::{How, Subject, Suppression};
use watch::journal::PersonId;

use super::sector::round;
use super::shown::Seen;
use crate::runtime::floor::{Floor, Nuisance};

#[derive(Debug, Serialize)]
pub(super) struct FloorView {
    suppressions: Vec<SuppressionView>,
    flood: FloodView,
    /// Alerts that go on now, those that have for longer than they should, and those that come again and again.
    standing: usize,
    stale: Vec<u64>,
    chattering: Vec<u64>,
    /// Alerts that no room was left for since the record began.
    kept_out: u64,
    /// The newest first.
    shifts: Vec<ShiftView>,
    nuisance: Vec<NuisanceView>,
}

#[derive(Debug, Serialize)]
struct SuppressionView {
    id: u64,
    how: How,
    rule: Option<Rule>,
    #[serde(flatten)]
    subject: Subject,
    by: PersonId,
    reason: String,
    since: String,
    until: String,
    entry: u64,
}

#[derive(Debug, Serialize)]
struct FloodView {
    since: Option<String>,
    floods: u64,
    calls_in_10_min: usize,
    groups: Vec<GroupView>,
}

#[derive(Debug, Serialize)]
struct GroupView {
    rule: Rule,
    priority: Priority,
    alerts: Vec<u64>,
}

#[derive(Debug, Serialize)]
struct ShiftView {
    from: String,
    until: String,
    /// Low, medium, high.
    calls: [u64; 3],
    shares: Option<[f64; 3]>,
    calls_per_operator_in_10_min: f64,
    most_calls_in_10_min: u64,
    windows_in_flood: u64,
    acknowledged: u64,
    acknowledged_after_p50_s: Option<u32>,
    acknowledged_after_p90_s: Option<u32>,
    operators: Vec<OperatorView>,
}

#[derive(Debug, Serialize)]
struct OperatorView {
    /// Empty for all beyond those that are told apart.
    name: PersonId,
    acknowledged: u64,
    closed: u64,
    shelved: u64,
    acknowledged_after_p50_s: Option<u32>,
    acknowledged_after_p90_s: Option<u32>,
}

#[derive(Debug, Serialize)]
struct NuisanceView {
    sensor: String,
    air: Air,
    nuisance: u64,
    real: u64,
    tests: u64,
    /// Share of nuisance, near a half while little is known.
    share: f64,
    per_day: Option<f64>,
}

pub(super) async fn floor(Seen(shown): Seen) -> Json<FloorView> {
    let (floor, now) = {
        let picture = shown.outlook.live().read();
        (picture.floor.value.clone(), picture.now)
    };
    Json(FloorView::of(&floor, now))
}

impl FloorView {
    fn of(floor: &Floor, now: Timestamp) -> Self {
        let ids = |alerts: &[watch::journal::AlertId]| alerts.iter().map(|id| id.0).collect();
        let nuisance = floor.nuisance.iter().flat_map(|(sensor, by_air)| {
            by_air.iter().map(|(air, learned)| NuisanceView::of(&sensor.0, *air, learned))
        });
        Self {
            suppressions: floor.suppressions.iter().map(SuppressionView::of).collect(),
            flood: FloodView {
                since: floor.flood_since.map(|since| since.to_string()),
                floods: floor.floods,
                calls_in_10_min: floor.calls,
                groups: floor.groups.iter().map(GroupView::of).collect(),
            },
            standing: floor.standing,
            stale: ids(&floor.stale),
            chattering: ids(&floor.chattering),
            kept_out: floor.kept_out,
            shifts: floor.shifts.iter().rev().map(|shift| ShiftView::of(shift, now)).collect(),
            nuisance: nuisance.collect(),
        }
    }
}

impl SuppressionView {
    fn of(kept: &Suppression) -> Self {
        Self {
            id: kept.id.0,
            how: kept.how,
            rule: kept.rule,
            subject: kept.subject.clone(),
            by: kept.by.clone(),
            reason: kept.reason.clone(),
            since: kept.since.to_string(),
            until: kept.until.to_string(),
            entry: kept.entry,
        }
    }
}

impl GroupView {
    fn of(group: &Group) -> Self {
        let alerts = group.alerts.iter().map(|id| id.0).collect();
        Self { rule: group.rule, priority: group.priority, alerts }
    }
}

impl ShiftView {
    fn of(shift: &Shift, now: Timestamp) -> Self {
        let operators = shift.operators.iter().map(|(name, operator)| OperatorView {
            name: name.clone(),
            acknowledged: operator.acknowledged,
            closed: operator.closed,
            shelved: operator.shelved,
            acknowledged_after_p50_s: operator.waits.quantile_s(0.5),
            acknowledged_after_p90_s: operator.waits.quantile_s(0.9),
        });
        let waits: &Waits = &shift.waits;
        Self {
            from: shift.from.to_string(),
            until: shift.until.to_string(),
            calls: shift.calls,
            shares: shift.shares().map(|shares| shares.map(|share| round(share, 4))),
            calls_per_operator_in_10_min: round(shift.calls_per_operator(now), 3),
            most_calls_in_10_min: shift.most_in_window,
            windows_in_flood: shift.windows_in_flood,
            acknowledged: waits.count(),
            acknowledged_after_p50_s: waits.quantile_s(0.5),
            acknowledged_after_p90_s: waits.quantile_s(0.9),
            operators: operators.collect(),
        }
    }
}

impl NuisanceView {
    fn of(sensor: &str, air: Air, learned: &Nuisance) -> Self {
        let tally = learned.tally;
        Self {
            sensor: sensor.to_owned(),
            air,
            nuisance: tally.nuisance,
            real: tally.real,
            tests: tally.tests,
            share: round(tally.share(), 3),
            per_day: learned.per_day,
        }
    }
}
