//! Line that went blind, and line that stays blind while nobody is there.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::coverage::{Cause, StretchAssessment, WatchState};
use sight::geo::EnuPoint;
use sight::sector::{Rule, Sector, Stretch, StretchId};

use super::RuleMemory;
use crate::alert::AlertKind;
use crate::alert::desk::{AlertDesk, Finding};
use crate::dispatch::UnitState;
use crate::journal::AlertId;
use crate::roster::seconds_between;

/// The called person is told again when it has changed by so much, m or s.
const LENGTH_STEP_M: f64 = 1_000.0;
const TIME_STEP_S: f64 = 600.0;

/// Stretches that are blind though the ground does not hide them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Blind {
    since: BTreeMap<StretchId, Timestamp>,
    /// Why most of them are.
    why: String,
    /// Length of line of which a person was told last, though they may have closed its alert.
    told_m: Option<f64>,
    /// Whether a person was told that it stays so and nobody is there.
    told_unwatched: bool,
}

impl RuleMemory {
    /// Calls a person when line that the ground does not hide has gone blind or unknown.
    pub fn watch_sight(
        &mut self,
        sector: &Sector,
        assessed: &[StretchAssessment],
        now: Timestamp,
        desk: &mut AlertDesk,
    ) {
        let dark = |state: WatchState| matches!(state, WatchState::Blind | WatchState::Unknown);
        let sure = assessed.iter().any(|stretch| stretch.state != WatchState::Unknown);
        if self.hidden.is_none() && sure {
            self.hidden =
                Some(assessed.iter().filter(|s| dark(s.state)).map(|s| s.stretch).collect());
        }
        let Some(hidden) = &self.hidden else { return };
        let lost: Vec<&StretchAssessment> = assessed
            .iter()
            .filter(|now| dark(now.state) && !hidden.contains(&now.stretch))
            .collect();
        let mut blind = self.blind.take().unwrap_or_default();
        blind.since.retain(|id, _| lost.iter().any(|stretch| stretch.stretch == *id));
        for stretch in &lost {
            blind.since.entry(stretch.stretch).or_insert(now);
        }
        blind.why = commonest(&lost);
        let stretches: Vec<&Stretch> =
            sector.stretches.iter().filter(|one| blind.since.contains_key(&one.id)).collect();
        tell_lost(&mut blind, &stretches, sector, now, desk);
        self.blind = Some(blind);
    }

    /// Calls a person when line has been blind for long and no unit is near it.
    pub fn watch_unwatched<'a>(
        &mut self,
        sector: &Sector,
        units: impl Iterator<Item = &'a UnitState>,
        now: Timestamp,
        desk: &mut AlertDesk,
    ) {
        let alerting = &sector.alerting;
        let Some(blind) = &mut self.blind else { return };
        if blind.since.is_empty() || !alerting.rule(Rule::Unwatched).watched {
            return;
        }
        let limit_s = alerting.unwatched_after_s;
        let there: Vec<EnuPoint> = units
            .filter(|unit| unit.heard_at.is_some_and(|at| seconds_between(at, now) <= limit_s))
            .map(|unit| unit.point)
            .collect();
        let attended = |stretch: &Stretch| {
            let near = |unit: &EnuPoint| {
                let within =
                    |point: &EnuPoint| point.distance_m(*unit) <= alerting.attended_within_m;
                stretch.points.iter().any(within)
            };
            there.iter().any(near)
        };
        let long_blind = |stretch: &&Stretch| {
            let since = blind.since.get(&stretch.id);
            since.is_some_and(|since| seconds_between(*since, now) >= limit_s)
        };
        let void: Vec<&Stretch> =
            sector.stretches.iter().filter(long_blind).filter(|one| !attended(one)).collect();
        let length_m = length_m(&void);
        if length_m < alerting.sight_lost_m {
            blind.told_unwatched = false;
            return;
        }
        let Some(first) = void.iter().filter_map(|one| blind.since.get(&one.id)).min() else {
            return;
        };
        let for_s = seconds_between(*first, now);
        let kind = AlertKind::Unwatched { length_m, for_s };
        let words = format!("nobody sees it and nobody is there: {}", blind.why);
        let finding = placed(Finding::of(kind, alerting, None, &words), &void);
        match open_one(desk) {
            Some((id, AlertKind::Unwatched { length_m: told_m, for_s: told_s })) => {
                let changed = (told_m - length_m).abs() >= LENGTH_STEP_M;
                if changed || for_s - told_s >= TIME_STEP_S {
                    desk.refresh(id, &finding, now);
                }
                desk.found(id, now);
            }
            Some((id, _)) => {
                desk.refresh(id, &finding, now);
                desk.found(id, now);
            }
            None if blind.told_unwatched => {}
            None => drop(desk.raise(finding, now)),
        }
        blind.told_unwatched = true;
    }
}

/// The open alert about blind line: the whole line has one, for dust and power are not by stretches.
fn open_one(desk: &AlertDesk) -> Option<(AlertId, AlertKind)> {
    let mut open = desk.open().filter(|alert| {
        matches!(alert.kind, AlertKind::SightLost { .. } | AlertKind::Unwatched { .. })
    });
    open.next().map(|alert| (alert.id, alert.kind))
}

fn tell_lost(
    blind: &mut Blind,
    lost: &[&Stretch],
    sector: &Sector,
    now: Timestamp,
    desk: &mut AlertDesk,
) {
    let alerting = &sector.alerting;
    let length_m = length_m(lost);
    let words = "stretches that were seen are blind or unknown";
    let finding = Finding::of(AlertKind::SightLost { length_m }, alerting, None, words);
    let finding = placed(finding, lost);
    let watched = alerting.rule(Rule::SightLost).watched;
    if length_m < alerting.sight_lost_m - alerting.sight_band_m {
        blind.told_m = None;
    }
    // What a person closed while it goes on calls again when it has grown.
    let news = blind.told_m.is_none_or(|told_m| length_m - told_m >= LENGTH_STEP_M);
    match open_one(desk) {
        Some((id, _)) if length_m < alerting.sight_lost_m - alerting.sight_band_m => {
            desk.over(id, "the line is seen again", now);
        }
        Some((id, AlertKind::SightLost { length_m: told_m })) => {
            if (told_m - length_m).abs() >= LENGTH_STEP_M {
                desk.refresh(id, &finding, now);
            }
            found_beyond(id, length_m, alerting.sight_lost_m, now, desk);
        }
        Some((id, _)) => found_beyond(id, length_m, alerting.sight_lost_m, now, desk),
        None if watched && news && length_m >= alerting.sight_lost_m => {
            blind.told_m = Some(length_m);
            desk.raise(finding, now);
        }
        None => {}
    }
}

/// Within the dead band an alert that goes on goes on, and one that is over stays so.
fn found_beyond(id: AlertId, length_m: f64, least_m: f64, now: Timestamp, desk: &mut AlertDesk) {
    if length_m >= least_m {
        desk.found(id, now);
    }
}

fn placed(finding: Finding, stretches: &[&Stretch]) -> Finding {
    let middle = stretches.get(stretches.len() / 2);
    Finding {
        point: middle.map(|stretch| stretch.points[stretch.points.len() / 2]),
        stretch: middle.map(|stretch| stretch.id),
        ..finding
    }
}

fn length_m(stretches: &[&Stretch]) -> f64 {
    stretches.iter().map(|stretch| stretch.to_m - stretch.from_m).sum()
}

/// Why most of the stretches are blind, in words.
fn commonest(lost: &[&StretchAssessment]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for cause in lost.iter().filter_map(|stretch| stretch.reasons.first()) {
        *counts.entry(in_words(&cause.cause)).or_default() += 1;
    }
    let most = counts.into_iter().rev().max_by_key(|(_, count)| *count);
    most.map_or_else(|| "no cause is known".to_owned(), |(words, _)| words)
}

fn in_words(cause: &Cause) -> String {
    match cause {
        Cause::Terrain => "the ground hides it".to_owned(),
        Cause::Dust => "dust".to_owned(),
        Cause::NobodyAssigned => "nobody is assigned".to_owned(),
        Cause::Outage { sensor } => format!("{} is out", sensor.0),
        Cause::StaleHeartbeat { sensor } => format!("{} is silent", sensor.0),
        Cause::Obscured { sensor } => format!("{} is obscured", sensor.0),
        Cause::Impaired { sensor } => format!("{} is impaired", sensor.0),
        Cause::Quarantined { sensor } => format!("{} is not believed", sensor.0),
        Cause::LooksElsewhere { sensor } => format!("{} looks elsewhere", sensor.0),
    }
}
