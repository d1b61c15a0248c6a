//! The life of alerts: raised, acknowledged, assigned, closed with an outcome - each by a person.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;
use sight::sector::{SensorId, StretchId, UnitId};

use super::{Act, Alert, AlertKind, Outcome, Priority, Stage};
use crate::call::Caller;
use crate::journal::{AlertId, CommandRefused, Output, PersonId, TaskId, TrackId};
use crate::limits;

/// All alerts that are open, and the last closed ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AlertDesk {
    alerts: BTreeMap<AlertId, Alert>,
    next: u64,
    /// Alerts that a flood beyond the limit kept from being raised.
    pub flooded: u64,
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
    pub confidence: f64,
    /// The rule in words, for the history.
    pub rule: &'static str,
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

    /// An entry is taken in: what is done from now on comes of it.
    pub fn begin(&mut self, entry: u64) {
        self.entry = entry;
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

    /// Raises a new alert.
    pub fn raise(&mut self, finding: Finding, now: Timestamp) {
        if self.open().count() >= limits::ALERTS_OPEN_MAX {
            self.flooded += 1;
            return;
        }
        self.next += 1;
        let alert = Alert {
            id: AlertId(self.next),
            kind: finding.kind,
            priority: finding.priority,
            stage: Stage::Raised,
            raised_at: now,
            changed_at: now,
            point: finding.point,
            stretch: finding.stretch,
            track: finding.track,
            sensor: finding.sensor,
            confidence: finding.confidence,
            needs_help: None,
            tasks: Vec::new(),
            caller: None,
            history: vec![Act {
                at: now,
                by: None,
                what: "raised".into(),
                reason: finding.rule.into(),
                entry: Some(self.entry),
            }],
        };
        self.changed.insert(alert.id);
        self.alerts.insert(alert.id, alert);
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
        alert.confidence = finding.confidence;
        alert.changed_at = now;
        if graver {
            let reason = finding.rule.into();
            let entry = Some(self.entry);
            alert.note(Act { at: now, by: None, what: "escalated".into(), reason, entry });
        }
        self.changed.insert(id);
    }

    /// A person has seen it.
    pub fn acknowledge(
        &mut self,
        id: AlertId,
        by: &PersonId,
        now: Timestamp,
    ) -> Result<(), CommandRefused> {
        let entry = Some(self.entry);
        let alert = self.open_mut(id)?;
        if !matches!(alert.stage, Stage::Raised) {
            return Err(refused(
                "stage-wrong",
                "alert",
                format!("alert {} is already acknowledged", id.0),
            ));
        }
        alert.stage = Stage::Acknowledged { by: by.clone(), at: now };
        alert.changed_at = now;
        alert.note(Act {
            at: now,
            by: Some(by.clone()),
            what: "acknowledged".into(),
            reason: String::new(),
            entry,
        });
        self.changed.insert(id);
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
        let what = match answer {
            Help::Needed => {
                alert.needs_help = Some(true);
                alert.priority = Priority::High;
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
        if matches!(alert.stage, Stage::Raised) {
            let reason = format!("alert {} must be acknowledged before it is closed", id.0);
            return Err(refused("stage-wrong", "alert", reason));
        }
        let by = act.by.clone().unwrap_or_else(|| PersonId(String::new()));
        alert.stage = Stage::Closed { outcome, by, at: act.at };
        alert.changed_at = act.at;
        alert.note(Act { entry, ..act });
        let tasks = alert.tasks.clone();
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
