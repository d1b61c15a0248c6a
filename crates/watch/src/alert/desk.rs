//! All alerts: raised by rules, and taken through their life by people.

mod turning;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;
use sight::sector::{Alerting, SensorId, StretchId, UnitId};

use super::flood::{self, Flood, Group};
use super::hold::Holds;
use super::life::{Event, Life};
use super::load::Load;
use super::nuisance::{Air, Nuisance};
use super::suppression::Suppressions;
use super::{Act, Alert, AlertKind, Origin, Outcome, Priority, Stage, urgency};
use crate::call::Caller;
use crate::journal::{AlertId, CommandRefused, Output, PersonId, TaskId, TrackId};
use crate::limits;
use crate::roster::seconds_between;

/// All alerts that are open, and the last closed ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AlertDesk {
    alerts: BTreeMap<AlertId, Alert>,
    next: u64,
    /// Alerts that a flood beyond the limit kept from being raised.
    pub flooded: u64,
    #[serde(default)]
    holds: Holds,
    #[serde(default)]
    suppressions: Suppressions,
    #[serde(default)]
    flood: Flood,
    #[serde(default)]
    load: Load,
    #[serde(default)]
    nuisance: Nuisance,
    /// Alerts raised since the last drain, whose air is yet to be noted.
    #[serde(skip)]
    fresh: BTreeSet<AlertId>,
    /// Alerts changed since the last drain.
    #[serde(skip)]
    changed: BTreeSet<AlertId>,
    /// Number of the entry that is being taken in.
    #[serde(skip)]
    entry: u64,
}

/// What a rule found, before it is an alert.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub kind: AlertKind,
    pub priority: Priority,
    pub point: Option<EnuPoint>,
    pub stretch: Option<StretchId>,
    pub track: Option<TrackId>,
    pub sensor: Option<SensorId>,
    /// A zone, a barrier or a weather station.
    pub place: Option<String>,
    /// Whose word it came of.
    pub sensors: Vec<SensorId>,
    pub confidence: f64,
    /// Whether its alert stays when it is over.
    pub latches: bool,
    /// The rule in words, for the history.
    pub rule: String,
}

impl Finding {
    /// One about nothing but its kind yet; the time left where it tells it.
    pub fn of(kind: AlertKind, alerting: &Alerting, left_s: Option<f64>, rule: &str) -> Self {
        Self {
            kind,
            priority: urgency::priority(alerting, kind.rule(), left_s),
            point: None,
            stretch: None,
            track: None,
            sensor: None,
            place: None,
            sensors: Vec::new(),
            confidence: 1.0,
            latches: alerting.rule(kind.rule()).latches,
            rule: rule.to_owned(),
        }
    }
}

/// A person's answer to "needs help?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Help {
    Needed,
    NotNeeded,
}

impl AlertDesk {
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.values()
    }

    pub fn get(&self, id: AlertId) -> Option<&Alert> {
        self.alerts.get(&id)
    }

    pub fn is_open(&self, id: AlertId) -> bool {
        self.get(id).is_some_and(Alert::is_open)
    }

    pub fn open(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.values().filter(|alert| alert.is_open())
    }

    /// What is suppressed by design or out of service.
    pub fn suppressions(&self) -> &Suppressions {
        &self.suppressions
    }

    /// What the last shifts asked of their operators.
    pub fn load(&self) -> &Load {
        &self.load
    }

    /// What alerts turned out to be, by sensor.
    pub fn nuisance(&self) -> &Nuisance {
        &self.nuisance
    }

    pub fn flood(&self) -> &Flood {
        &self.flood
    }

    /// What waits below the highest priority, together by rule, while it is a flood.
    pub fn groups(&self) -> Vec<Group> {
        if self.flood.since().is_none() {
            return Vec::new();
        }
        flood::groups(self.open().filter(|alert| alert.life.state.waits()))
    }

    /// Alerts that came again and again within a short time.
    pub fn chattering<'a>(&'a self, alerting: &'a Alerting) -> impl Iterator<Item = AlertId> + 'a {
        let chatters = |alert: &&Alert| self.holds.chatters(alert.id, alerting.chatters_within_s);
        self.open().filter(chatters).map(|alert| alert.id)
    }

    /// An entry is taken in: what is done from now on comes of it.
    pub fn begin(&mut self, entry: u64, alerting: &Alerting, now: Timestamp) {
        self.entry = entry;
        self.load.begin(alerting, now);
        self.nuisance.begin(now);
    }

    /// Notes what the air is like where alerts were raised since the last time.
    pub fn note_air(&mut self, air: impl Fn(Option<EnuPoint>) -> Air) {
        for id in std::mem::take(&mut self.fresh) {
            if let Some(alert) = self.alerts.get_mut(&id) {
                alert.origin.air = air(alert.point);
            }
        }
    }

    /// Tells every alert that changed since the last time.
    pub fn drain(&mut self, out: &mut Vec<Output>) {
        let changed = std::mem::take(&mut self.changed);
        out.extend(
            changed
                .iter()
                .filter_map(|id| self.alerts.get(id))
                .map(|alert| Output::Alert(alert.clone())),
        );
    }

    /// Raises a new alert, unless a flood leaves no room for it: the last places are for the highest priority.
    pub fn raise(&mut self, finding: Finding, now: Timestamp) -> Option<AlertId> {
        let urgent = finding.priority == Priority::High;
        let reserved = if urgent { 0 } else { limits::ALERTS_HIGH_RESERVED };
        if self.open().count() >= limits::ALERTS_OPEN_MAX - reserved {
            self.flooded += 1;
            return None;
        }
        self.next += 1;
        let mut sensors = finding.sensors;
        sensors.truncate(limits::ALERT_SENSORS_MAX);
        let alert = Alert {
            id: AlertId(self.next),
            kind: finding.kind,
            priority: finding.priority,
            stage: Stage::Raised,
            life: Life { latches: finding.latches, ..Life::begin(now) },
            raised_at: now,
            changed_at: now,
            point: finding.point,
            stretch: finding.stretch,
            track: finding.track,
            sensor: finding.sensor,
            origin: Origin { place: finding.place, sensors, air: Air::Unknown },
            confidence: finding.confidence,
            needs_help: None,
            tasks: Vec::new(),
            caller: None,
            history: vec![Act {
                at: now,
                by: None,
                what: "raised".into(),
                reason: finding.rule,
                entry: Some(self.entry),
            }],
        };
        let (id, priority) = (alert.id, alert.priority);
        self.changed.insert(id);
        self.fresh.insert(id);
        self.holds.found(id, now);
        self.alerts.insert(id, alert);
        // What is suppressed has called nobody.
        if !self.suppress_if_covered(id, now) {
            self.flood.called(now);
            self.load.called(priority);
        }
        Some(id)
    }

    /// Brings an open alert up to date with what its rule now finds; a graver kind is written into its history.
    pub fn refresh(&mut self, id: AlertId, finding: &Finding, now: Timestamp) {
        let Some(alert) = self.alerts.get_mut(&id) else { return };
        let graver = std::mem::discriminant(&alert.kind) != std::mem::discriminant(&finding.kind)
            || finding.priority > alert.priority;
        alert.kind = finding.kind;
        alert.priority = alert.priority.max(finding.priority);
        alert.point = finding.point.or(alert.point);
        alert.stretch = finding.stretch.or(alert.stretch);
        alert.track = finding.track.or(alert.track);
        if finding.place.is_some() {
            alert.origin.place.clone_from(&finding.place);
        }
        for sensor in &finding.sensors {
            let full = alert.origin.sensors.len() >= limits::ALERT_SENSORS_MAX;
            if !full && !alert.origin.sensors.contains(sensor) {
                alert.origin.sensors.push(sensor.clone());
            }
        }
        alert.life.latches |= finding.latches;
        alert.confidence = finding.confidence;
        alert.changed_at = now;
        if graver {
            let reason = finding.rule.clone();
            let entry = Some(self.entry);
            alert.note(Act { at: now, by: None, what: "escalated".into(), reason, entry });
        }
        self.changed.insert(id);
        // A sensor more, or another place, may be what no suppression covers.
        self.release_if_uncovered(id, now);
    }

    /// A person has seen it.
    pub fn acknowledge(
        &mut self,
        id: AlertId,
        by: &PersonId,
        now: Timestamp,
    ) -> Result<(), CommandRefused> {
        self.acknowledge_because(id, (by, ""), now)
    }

    fn acknowledge_because(
        &mut self,
        id: AlertId,
        (by, reason): (&PersonId, &str),
        now: Timestamp,
    ) -> Result<(), CommandRefused> {
        let waited_s =
            self.open_alert(id)?.life.waits_since.map(|since| seconds_between(since, now));
        self.turn(id, Event::Acknowledged, act(now, Some(by), "acknowledged", reason))?;
        if let Some(alert) = self.alerts.get_mut(&id)
            && matches!(alert.stage, Stage::Raised)
        {
            alert.stage = Stage::Acknowledged { by: by.clone(), at: now };
        }
        self.load.acknowledged(by, waited_s.unwrap_or_default());
        Ok(())
    }

    /// A unit is on its way for it.
    pub fn assign(&mut self, id: AlertId, task: TaskId, unit: &UnitId, act: Act) {
        let Some(alert) = self.alerts.get_mut(&id) else { return };
        if let Some(by) = act.by.clone() {
            alert.stage = Stage::Assigned { unit: unit.clone(), by, at: act.at };
        }
        alert.tasks.push(task);
        alert.changed_at = act.at;
        alert.note(Act { entry: Some(self.entry), ..act });
        self.changed.insert(id);
    }

    /// Writes a line into an alert's history, such as a unit's arrival.
    pub fn annotate(&mut self, id: AlertId, act: Act) {
        if let Some(alert) = self.alerts.get_mut(&id) {
            alert.changed_at = act.at;
            alert.note(Act { entry: Some(self.entry), ..act });
            self.changed.insert(id);
        }
    }

    /// Says who calls.
    pub fn set_caller(&mut self, id: AlertId, caller: Caller) {
        if let Some(alert) = self.alerts.get_mut(&id) {
            alert.caller = Some(caller);
            self.changed.insert(id);
        }
    }

    /// Answers "needs help?"; a yes outranks enforcement.
    pub fn answer_help(
        &mut self,
        id: AlertId,
        answer: Help,
        by: &PersonId,
        now: Timestamp,
    ) -> Result<(), CommandRefused> {
        let entry = Some(self.entry);
        let alert = self.open_mut(id)?;
        let mut urgent = false;
        let what = match answer {
            Help::Needed => {
                alert.needs_help = Some(true);
                alert.priority = Priority::High;
                urgent = true;
                "needs-help"
            }
            Help::NotNeeded => {
                alert.needs_help = Some(false);
                "needs-no-help"
            }
        };
        alert.changed_at = now;
        let (by, reason) = (Some(by.clone()), String::new());
        alert.note(Act { at: now, by, what: what.into(), reason, entry });
        self.changed.insert(id);
        if urgent {
            self.release_if_uncovered(id, now);
        }
        Ok(())
    }

    /// Closes an acknowledged alert with what it turned out to be.
    pub fn close(
        &mut self,
        id: AlertId,
        outcome: Outcome,
        act: Act,
    ) -> Result<Vec<TaskId>, CommandRefused> {
        let entry = Some(self.entry);
        let alert = self.open_mut(id)?;
        if alert.life.state.waits() {
            let reason = format!("alert {} must be acknowledged before it is closed", id.0);
            return Err(refused("stage-wrong", "alert", reason));
        }
        let by = act.by.clone().unwrap_or_else(|| PersonId(String::new()));
        alert.stage = Stage::Closed { outcome, by: by.clone(), at: act.at };
        alert.changed_at = act.at;
        alert.note(Act { entry, ..act });
        let (tasks, told) = (alert.tasks.clone(), alert.clone());
        self.nuisance.learn(&told, outcome);
        self.load.closed(&by);
        self.changed.insert(id);
        self.forget_oldest_closed();
        Ok(tasks)
    }

    /// The open alert of that number, or why there is none.
    pub fn open_alert(&self, id: AlertId) -> Result<&Alert, CommandRefused> {
        let alert = self.get(id).ok_or_else(|| unknown(id))?;
        if alert.is_open() { Ok(alert) } else { Err(closed(id)) }
    }

    fn open_mut(&mut self, id: AlertId) -> Result<&mut Alert, CommandRefused> {
        let alert = self.alerts.get_mut(&id).ok_or_else(|| unknown(id))?;
        if alert.is_open() { Ok(alert) } else { Err(closed(id)) }
    }

    fn forget_oldest_closed(&mut self) {
        let closed: Vec<AlertId> =
            self.alerts.values().filter(|alert| !alert.is_open()).map(|alert| alert.id).collect();
        let spare = closed.len().saturating_sub(limits::ALERTS_CLOSED_KEPT);
        for id in closed.iter().take(spare) {
            self.alerts.remove(id);
        }
    }
}

impl Alert {
    pub fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Closed { .. })
    }

    /// Appends to the history; the middle of a very long one lives in the record alone.
    fn note(&mut self, act: Act) {
        if self.history.len() >= limits::ALERT_ACTS_MAX {
            self.history.remove(1);
        }
        self.history.push(act);
    }
}

/// A line of a history; its entry is noted where it is written down.
fn act(at: Timestamp, by: Option<&PersonId>, what: &str, reason: &str) -> Act {
    Act { at, by: by.cloned(), what: what.into(), reason: reason.into(), entry: None }
}

/// A refusal with its stable code, the field at fault and what to do.
pub fn refused(code: &str, field: &str, reason: String) -> CommandRefused {
    CommandRefused { code: code.into(), field: field.into(), reason }
}

fn unknown(id: AlertId) -> CommandRefused {
    refused("alert-unknown", "alert", format!("there is no alert {}", id.0))
}

fn closed(id: AlertId) -> CommandRefused {
    refused("stage-wrong", "alert", format!("alert {} is closed", id.0))
}
