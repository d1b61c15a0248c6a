//! On whose attention was called, for what, and what came of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sight::sector::StretchId;

use crate::alert::{Alert, AlertKind, Outcome, Priority, Stage};
use crate::journal::AlertId;
use crate::measures::share;
use crate::measures::timeliness::{Case, Spread, Timeliness, spread, timeliness};

/// The alerts of a period as they stood at its end.
#[derive(Debug, Default)]
pub(super) struct Calls {
    alerts: BTreeMap<AlertId, Alert>,
}

/// What calls came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallsCame {
    pub raised: u32,
    /// By the words of kind, priority and outcome.
    pub by_kind: BTreeMap<&'static str, u32>,
    pub by_priority: BTreeMap<&'static str, u32>,
    pub by_outcome: BTreeMap<&'static str, u32>,
    pub open: u32,
    pub unacknowledged: u32,
    /// Alerts of somebody across the line.
    pub crossings_noticed: u32,
    /// Of judged alerts about people, the share behind which somebody was.
    pub somebody_there: Option<f64>,
    pub timeliness: Timeliness,
    /// From the first word of distress until somebody was there.
    pub distress_to_aid: Spread,
    /// People-alerts of which nobody answered "needs help?".
    pub help_unasked: u32,
    /// One by one, in order of time.
    pub one_by_one: Vec<Called>,
}

/// One alert of the period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Called {
    pub id: AlertId,
    pub raised_at: Timestamp,
    pub kind: &'static str,
    pub priority: &'static str,
    pub stretch: Option<StretchId>,
    pub needs_help: Option<bool>,
    pub acknowledged_at: Option<Timestamp>,
    pub dispatched_at: Option<Timestamp>,
    pub on_scene_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub outcome: Option<&'static str>,
}

impl Calls {
    /// What stood open when the period began belongs to it.
    pub(super) fn take(&mut self, alert: &Alert, from: Timestamp) {
        if alert.is_open() || alert.changed_at >= from {
            self.alerts.insert(alert.id, alert.clone());
        } else {
            self.alerts.remove(&alert.id);
        }
    }

    pub(super) fn finish(self, to: Timestamp) -> CallsCame {
        let alerts: Vec<&Alert> = self.alerts.values().collect();
        let people: Vec<&Alert> =
            alerts.iter().copied().filter(|one| is_about_people(one)).collect();
        let cases: Vec<Case> = people.iter().map(|alert| case(alert)).collect();
        let count = |is: &dyn Fn(&Alert) -> bool| counted(alerts.iter().filter(|one| is(one)));
        let aid = people.iter().filter_map(|alert| {
            let begin = distress_at(alert)?;
            Some((begin, acted(alert, "on-scene").filter(|at| *at >= begin)))
        });
        CallsCame {
            raised: counted(alerts.iter()),
            by_kind: tally(alerts.iter().map(|alert| kind(&alert.kind))),
            by_priority: tally(alerts.iter().map(|alert| priority(alert.priority))),
            by_outcome: tally(alerts.iter().filter_map(|alert| outcome(alert)).map(outcome_word)),
            open: count(&|alert| alert.is_open()),
            unacknowledged: count(&|alert| matches!(alert.stage, Stage::Raised)),
            crossings_noticed: count(&|alert| matches!(alert.kind, AlertKind::Crossed)),
            somebody_there: somebody_there(&people),
            timeliness: timeliness(&cases, to),
            distress_to_aid: spread(aid),
            help_unasked: counted(people.iter().filter(|alert| alert.needs_help.is_none())),
            one_by_one: alerts.iter().map(|alert| called(alert)).collect(),
        }
    }
}

fn counted<T>(all: impl Iterator<Item = T>) -> u32 {
    u32::try_from(all.count()).unwrap_or(u32::MAX)
}

fn tally(words: impl Iterator<Item = &'static str>) -> BTreeMap<&'static str, u32> {
    words.fold(BTreeMap::new(), |mut tally, word| {
        *tally.entry(word).or_default() += 1;
        tally
    })
}

fn somebody_there(people: &[&Alert]) -> Option<f64> {
    let judged = people.iter().filter_map(|alert| match outcome(alert)? {
        Outcome::Person | Outcome::Herder | Outcome::Lawful | Outcome::Assisted => Some(1.0),
        Outcome::Animal | Outcome::Nothing => Some(0.0),
        Outcome::Restored | Outcome::Test => None,
    });
    let (there, all) = judged.fold((0.0, 0.0), |(there, all), one| (there + one, all + 1.0));
    share(there, all)
}

fn case(alert: &Alert) -> Case {
    Case {
        detected_at: alert.raised_at,
        assessed_at: acted(alert, "acknowledged"),
        dispatched_at: acted(alert, "dispatched"),
        arrived_at: acted(alert, "on-scene"),
        vanish_at: None,
    }
}

fn called(alert: &Alert) -> Called {
    let closed_at = match &alert.stage {
        Stage::Closed { at, .. } => Some(*at),
        Stage::Raised | Stage::Acknowledged { .. } | Stage::Assigned { .. } => None,
    };
    Called {
        id: alert.id,
        raised_at: alert.raised_at,
        kind: kind(&alert.kind),
        priority: priority(alert.priority),
        stretch: alert.stretch,
        needs_help: alert.needs_help,
        acknowledged_at: acted(alert, "acknowledged"),
        dispatched_at: acted(alert, "dispatched"),
        on_scene_at: acted(alert, "on-scene"),
        closed_at,
        outcome: outcome(alert).map(outcome_word),
    }
}

/// When that was done first.
fn acted(alert: &Alert, what: &str) -> Option<Timestamp> {
    alert.history.iter().find(|act| act.what == what).map(|act| act.at)
}

/// From when on somebody may have been in distress.
fn distress_at(alert: &Alert) -> Option<Timestamp> {
    match alert.kind {
        AlertKind::PossibleDistress { .. } | AlertKind::CalledForHelp { .. } => {
            Some(alert.raised_at)
        }
        AlertKind::CrossingPredicted { .. }
        | AlertKind::Crossed
        | AlertKind::SightLost { .. }
        | AlertKind::SensorLost => acted(alert, "needs-help"),
    }
}

fn is_about_people(alert: &Alert) -> bool {
    match alert.kind {
        AlertKind::CrossingPredicted { .. }
        | AlertKind::Crossed
        | AlertKind::PossibleDistress { .. }
        | AlertKind::CalledForHelp { .. } => true,
        AlertKind::SightLost { .. } | AlertKind::SensorLost => false,
    }
}

fn kind(kind: &AlertKind) -> &'static str {
    match kind {
        AlertKind::CrossingPredicted { .. } => "crossing-predicted",
        AlertKind::Crossed => "crossed",
        AlertKind::PossibleDistress { .. } => "possible-distress",
        AlertKind::SightLost { .. } => "sight-lost",
        AlertKind::SensorLost => "sensor-lost",
        AlertKind::CalledForHelp { .. } => "called-for-help",
    }
}

fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Medium => "medium",
        Priority::High => "high",
    }
}

fn outcome(alert: &Alert) -> Option<Outcome> {
    match &alert.stage {
        Stage::Closed { outcome, .. } => Some(*outcome),
        Stage::Raised | Stage::Acknowledged { .. } | Stage::Assigned { .. } => None,
    }
}

fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Person => "person",
        Outcome::Animal => "animal",
        Outcome::Herder => "herder",
        Outcome::Lawful => "lawful",
        Outcome::Assisted => "assisted",
        Outcome::Nothing => "nothing",
        Outcome::Restored => "restored",
        Outcome::Test => "test",
    }
}
