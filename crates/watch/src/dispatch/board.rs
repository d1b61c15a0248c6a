//! The task board: units ranked by arrival, the officer's choice, what became of each task.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::crossing::{Arrival, Starter};
use sight::geo::EnuPoint;
use sight::sector::{Sector, UnitId};

use super::{Proposal, Task, TaskKind, TaskStage};
use crate::alert::desk::refused;
use crate::alert::{Act, Alert};
use crate::geometry::point_inside;
use crate::journal::{AlertId, CommandRefused, Output, PersonId, RequestId, TaskId};
use crate::limits;
use crate::roster::Roster;

/// How far inside the line a unit meets what comes; no task ever leads onto or over the line.
const MEET_INSIDE_M: f64 = 60.0;

/// Tasks, and the rankings that were shown for each alert.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskBoard {
    tasks: BTreeMap<TaskId, Task>,
    next: u64,
    /// Which alert a ranking in work belongs to.
    asked: BTreeMap<RequestId, AlertId>,
    /// The last ranking shown for each open alert.
    shown: BTreeMap<AlertId, Vec<Proposal>>,
}

/// An officer's order, checked for form.
#[derive(Debug, Clone, PartialEq)]
pub struct Order<'a> {
    pub by: &'a PersonId,
    pub unit: &'a UnitId,
    pub kind: TaskKind,
    pub reason: &'a str,
    pub at: Timestamp,
    /// Number of the entry by which it came.
    pub entry: u64,
}

impl TaskBoard {
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values()
    }

    pub fn get(&self, id: TaskId) -> Option<&Task> {
        self.tasks.get(&id)
    }

    /// The last ranking shown for an open alert, best first.
    pub fn proposals(&self, alert: AlertId) -> &[Proposal] {
        self.shown.get(&alert).map_or(&[], Vec::as_slice)
    }

    /// Remembers that a ranking for this alert is being computed.
    pub fn ask(&mut self, request: RequestId, alert: AlertId) {
        self.asked.insert(request, alert);
    }

    /// Takes in a ranking: who could be there first, free units before busy ones that are as near.
    pub fn rank(
        &mut self,
        request: RequestId,
        arrivals: Vec<Arrival>,
        roster: &Roster,
        out: &mut Vec<Output>,
    ) {
        let Some(alert) = self.asked.remove(&request) else { return };
        let mut proposals: Vec<Proposal> = arrivals
            .into_iter()
            .map(|arrival| {
                let free = roster.unit(&arrival.unit).is_some_and(|unit| unit.task.is_none());
                Proposal { arrival, free }
            })
            .collect();
        proposals.sort_by(|a, b| {
            let key = |p: &Proposal| p.arrival.travel_s.unwrap_or(f64::INFINITY);
            key(a)
                .total_cmp(&key(b))
                .then(b.free.cmp(&a.free))
                .then_with(|| a.arrival.unit.cmp(&b.arrival.unit))
        });
        out.push(Output::Proposals { alert, proposals: proposals.clone() });
        self.shown.insert(alert, proposals);
    }

    /// Sends a unit, as the officer chose; the alternatives that were shown stay with the task.
    pub fn send(
        &mut self,
        alert: &Alert,
        order: &Order<'_>,
        sector: &Sector,
        roster: &Roster,
    ) -> Result<Task, CommandRefused> {
        let unit = roster.unit(order.unit).ok_or_else(|| {
            refused("unit-unknown", "unit", format!("there is no unit {}", order.unit.0))
        })?;
        if let Some(task) = unit.task {
            let reason =
                format!("{} is on task {}; choose another or close that one", order.unit.0, task.0);
            return Err(refused("unit-busy", "unit", reason));
        }
        let Some(to) = meeting_point(alert, sector) else {
            let reason = format!("alert {} has no place to send anyone to", alert.id.0);
            return Err(refused("no-place", "alert", reason));
        };
        let alternatives = self.shown.get(&alert.id).cloned().unwrap_or_default();
        let chosen = alternatives.iter().find(|proposal| &proposal.arrival.unit == order.unit);
        let travel_s = chosen.and_then(|proposal| proposal.arrival.travel_s);
        self.next += 1;
        let task = Task {
            id: TaskId(self.next),
            alert: alert.id,
            unit: order.unit.clone(),
            kind: order.kind,
            to,
            stage: TaskStage::Sent,
            sent_at: order.at,
            by: order.by.clone(),
            reason: order.reason.to_owned(),
            alternatives,
            travel_s,
            entry: Some(order.entry),
        };
        self.tasks.insert(task.id, task.clone());
        Ok(task)
    }

    /// A unit said how its task goes. Returns the task when that changed it.
    pub fn report(&mut self, id: TaskId, stage: TaskStage, out: &mut Vec<Output>) -> Option<Task> {
        let task = self.tasks.get_mut(&id)?;
        if task.is_over() || task.stage == stage {
            return None;
        }
        task.stage = stage;
        out.push(Output::Task(task.clone()));
        Some(task.clone())
    }

    /// Ends the tasks of a closed alert; returns the units that are free again.
    pub fn finish(
        &mut self,
        tasks: &[TaskId],
        alert: AlertId,
        out: &mut Vec<Output>,
    ) -> Vec<UnitId> {
        self.shown.remove(&alert);
        let mut freed = Vec::new();
        for id in tasks {
            let Some(task) = self.tasks.get_mut(id) else { continue };
            if !task.is_over() {
                task.stage = TaskStage::Done;
                freed.push(task.unit.clone());
                out.push(Output::Task(task.clone()));
            }
        }
        self.forget_oldest_done();
        freed
    }

    fn forget_oldest_done(&mut self) {
        let done: Vec<TaskId> =
            self.tasks.values().filter(|task| task.is_over()).map(|task| task.id).collect();
        for id in done.iter().take(done.len().saturating_sub(limits::TASKS_DONE_KEPT)) {
            self.tasks.remove(id);
        }
    }
}

impl Task {
    pub fn is_over(&self) -> bool {
        matches!(self.stage, TaskStage::Done | TaskStage::Declined)
    }

    /// The line that this task's stage adds to its alert's history.
    pub fn act(&self, at: Timestamp, note: &str) -> Act {
        let what = match self.stage {
            TaskStage::Sent => "task-sent",
            TaskStage::Accepted => "task-accepted",
            TaskStage::Declined => "task-declined",
            TaskStage::OnScene => "on-scene",
            TaskStage::Done => "task-done",
        };
        let reason =
            if note.is_empty() { self.unit.0.clone() } else { format!("{}: {note}", self.unit.0) };
        Act { at, by: None, what: what.into(), reason, entry: None }
    }
}

/// Where units meet what the alert is about: its place when that is inside, else the nearest place inside the line.
///
/// This is the hard geofence: the place of a task is never on or beyond the line.
pub fn meeting_point(alert: &Alert, sector: &Sector) -> Option<EnuPoint> {
    let point = alert.point?;
    let located = sector.line.beside(point);
    if located.signed_m <= -MEET_INSIDE_M {
        return Some(point);
    }
    point_inside(&sector.line, located.chainage_m, MEET_INSIDE_M)
}

/// All units as starters for a ranking.
pub fn starters(roster: &Roster) -> Vec<Starter> {
    roster
        .units()
        .map(|unit| Starter { unit: unit.id.clone(), mobility: unit.mobility, point: unit.point })
        .collect()
}
