//! On whose attention was called, for what, and what came of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sight::sector::{Rule, StretchId};

use crate::alert::{Alert, AlertKind, Outcome, Stage};
use crate::journal::AlertId;
use crate::measures::share;
use crate::measures::timeliness::{Case, Spread, Timeliness, spread, timeliness};

/// The alerts of a period as they stood at its end.
#[derive(Debug, Default)]
pub(super) struct Calls {
    from: Option<Timestamp>,
    alerts: BTreeMap<AlertId, Kept>,
}

/// Acts whose first time counts. An alert forgets the older ones of a long history.
const STEPS: [&str; 4] = ["acknowledged", "dispatched", "on-scene", "needs-help"];

/// An alert, and when each step was taken first.
#[derive(Debug)]
struct Kept {
    alert: Alert,
    first: BTreeMap<&'static str, Timestamp>,
}

/// What calls came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallsCame {
    /// Within the period; all else counts those too that were open when it began.
    pub raised: u32,
    /// By the words of kind, priority and outcome.
    pub by_kind: BTreeMap<&'static str, u32>,
    pub by_priority: BTreeMap<&'static str, u32>,
    pub by_outcome: BTreeMap<&'static str, u32>,
    pub open: u32,
    pub unacknowledged: u32,
    /// Alerts of somebody across the line.
    pub crossings_noticed: u32,
    /// Of judged alerts about people, the share that was no nuisance.
    pub worth_a_call: Option<f64>,
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
        self.from = Some(from);
        if !alert.is_open() && alert.changed_at < from {
            self.alerts.remove(&alert.id);
            return;
        }
        let mut first = self.alerts.remove(&alert.id).map(|kept| kept.first).unwrap_or_default();
        for step in STEPS {
            let act = alert.history.iter().find(|act| act.what == step);
            if let Some(act) = act {
                first.entry(step).or_insert(act.at);
            }
        }
        self.alerts.insert(alert.id, Kept { alert: alert.clone(), first });
    }

    pub(super) fn finish(self, to: Timestamp) -> CallsCame {
        let from = self.from.unwrap_or(to);
        let all: Vec<&Kept> = self.alerts.values().collect();
        let people: Vec<&Kept> =
            all.iter().copied().filter(|kept| is_about_people(&kept.alert)).collect();
        let cases: Vec<Case> = people.iter().map(|kept| kept.case()).collect();
        let alerts = || all.iter().map(|kept| &kept.alert);
        let count = |is: &dyn Fn(&Alert) -> bool| counted(alerts().filter(|one| is(one)));
        let aid = people.iter().filter_map(|kept| {
            let begin = kept.distress_at()?;
            Some((begin, kept.at("on-scene").filter(|at| *at >= begin)))
        });
        CallsCame {
            raised: count(&|alert| alert.raised_at >= from),
            by_kind: tally(alerts().map(|alert| alert.kind.rule().name())),
            by_priority: tally(alerts().map(|alert| alert.priority.name())),
            by_outcome: tally(alerts().filter_map(outcome).map(Outcome::name)),
            open: count(&Alert::is_open),
            unacknowledged: count(&|alert| alert.is_open() && alert.life.state.waits()),
            crossings_noticed: count(&|alert| matches!(alert.kind, AlertKind::Crossed)),
            worth_a_call: worth_a_call(&people),
            timeliness: timeliness(&cases, to),
            distress_to_aid: spread(aid),
            help_unasked: counted(people.iter().filter(|kept| kept.alert.needs_help.is_none())),
            one_by_one: all.iter().map(|kept| kept.called()).collect(),
        }
    }
}

impl Kept {
    /// When that was done first.
    fn at(&self, step: &str) -> Option<Timestamp> {
        self.first.get(step).copied()
    }

    fn case(&self) -> Case {
        Case {
            detected_at: self.alert.raised_at,
            assessed_at: self.at("acknowledged"),
            dispatched_at: self.at("dispatched"),
            arrived_at: self.at("on-scene"),
            vanish_at: None,
        }
    }

    /// From when on somebody may have been in distress.
    fn distress_at(&self) -> Option<Timestamp> {
        if self.alert.kind.rule().is_distress() {
            return Some(self.alert.raised_at);
        }
        self.at("needs-help")
    }

    fn called(&self) -> Called {
        let alert = &self.alert;
        let closed_at = match &alert.stage {
            Stage::Closed { at, .. } => Some(*at),
            Stage::Raised | Stage::Acknowledged { .. } | Stage::Assigned { .. } => None,
        };
        Called {
            id: alert.id,
            raised_at: alert.raised_at,
            kind: alert.kind.rule().name(),
            priority: alert.priority.name(),
            stretch: alert.stretch,
            needs_help: alert.needs_help,
            acknowledged_at: self.at("acknowledged"),
            dispatched_at: self.at("dispatched"),
            on_scene_at: self.at("on-scene"),
            closed_at,
            outcome: outcome(alert).map(Outcome::name),
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

/// The predictive value: of alerts that were judged, the share that was no nuisance.
fn worth_a_call(people: &[&Kept]) -> Option<f64> {
    let judged = people.iter().filter_map(|kept| outcome(&kept.alert)?.is_nuisance());
    let (worth, all) =
        judged.fold((0.0, 0.0), |(worth, all), is| (worth + f64::from(u8::from(!is)), all + 1.0));
    share(worth, all)
}

fn is_about_people(alert: &Alert) -> bool {
    match alert.kind.rule() {
        Rule::CrossingPredicted
        | Rule::Crossed
        | Rule::Approach
        | Rule::Loitering
        | Rule::ZoneEntry
        | Rule::GroundPattern
        | Rule::PossibleDistress
        | Rule::CalledForHelp => true,
        Rule::BarrierDamage
        | Rule::SightLost
        | Rule::Unwatched
        | Rule::SensorLost
        | Rule::DustAhead => false,
    }
}

fn outcome(alert: &Alert) -> Option<Outcome> {
    match &alert.stage {
        Stage::Closed { outcome, .. } => Some(*outcome),
        Stage::Raised | Stage::Acknowledged { .. } | Stage::Assigned { .. } => None,
    }
}
