//! Tasks to nodes and their answers.

use jiff::Timestamp;
use watch::detection::Source;
use watch::dispatch::{Task, TaskKind, TaskStage};
use watch::journal::{Input, TaskId};
use wire::sapient::alert::AlertAckStatus;
use wire::sapient::place::{Location, LocationCoordinateSystem, LocationDatum, LocationList};
use wire::sapient::task::{Command, Control, Order, TaskStatus};
use wire::sapient::{Alert, TaskAck, ids};
use wire::text;

use super::{Directory, Refusal, Session, Step, limits, reply};

/// Top 16 of a task id's 80 free bits: tells our tasks from anyone else's.
const MARK: u128 = 0x57_4C;
const MARK_SHIFT: u32 = 64;

/// With this as its reason, an acceptance or completion says that the unit has arrived and not yet that all is done.
const ON_SCENE: &str = "on scene";

/// The ULID by which a task goes over the wire.
pub fn task_ulid(task: TaskId, at: Timestamp) -> String {
    let unix_ms = u64::try_from(at.as_millisecond()).unwrap_or_default();
    ids::ulid(unix_ms, (MARK << MARK_SHIFT) | u128::from(task.0))
}

/// The task of a ULID that [`task_ulid`] wrote; `None` for any other.
pub fn task_of_ulid(text: &str) -> Option<TaskId> {
    let (_, payload) = ids::parse_ulid(text)?;
    let number = u64::try_from(payload & u128::from(u64::MAX)).ok()?;
    (payload >> MARK_SHIFT == MARK).then_some(TaskId(number))
}

/// The order to go to the task's place. Neither the officer nor the alert is named.
pub(super) fn message(task: &Task, directory: &Directory) -> wire::sapient::Task {
    let place = directory.frame().place(task.to);
    let location = Location {
        x: Some(place.lon_deg()),
        y: Some(place.lat_deg()),
        coordinate_system: Some(LocationCoordinateSystem::LatLngDegM.into()),
        datum: Some(LocationDatum::Wgs84E.into()),
        ..Location::default()
    };
    wire::sapient::Task {
        task_id: Some(task_ulid(task.id, task.sent_at)),
        task_name: Some(word(task.kind).to_owned()),
        task_description: Some(word(task.kind).to_owned()),
        task_start_time: Some(task.sent_at.into()),
        control: Some(Control::Start.into()),
        command: Some(Command {
            command: Some(Order::MoveTo(LocationList { locations: vec![location] })),
            command_parameter: None,
        }),
        ..Default::default()
    }
}

fn word(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::Observe => "observe",
        TaskKind::Approach => "approach",
        TaskKind::Assist => "assist",
        TaskKind::Inspect => "inspect",
        TaskKind::Escort => "escort",
        TaskKind::Search => "search",
    }
}

impl Session {
    pub(super) fn take_task_ack(&mut self, ack: &TaskAck, step: &mut Step) -> Result<(), Refusal> {
        let node = self.registered()?;
        if !matches!(node.source, Source::Unit(_)) {
            return Err(Refusal::new("task_ack", "only units are given tasks"));
        }
        let task = task_of_ulid(ack.task_id()).ok_or_else(|| {
            Refusal::new(
                "task_ack.task_id",
                format!("must be a task of ours, got {}", ack.task_id()),
            )
        })?;
        let note = text::clean(&ack.reason.join("; "), limits::NOTE_CHARS);
        let stage = match ack.task_status() {
            TaskStatus::Accepted | TaskStatus::Completed if is_arrival(&note) => TaskStage::OnScene,
            TaskStatus::Accepted => TaskStage::Accepted,
            TaskStatus::Completed => TaskStage::Done,
            TaskStatus::Rejected | TaskStatus::Failed | TaskStatus::Unspecified => {
                TaskStage::Declined
            }
        };
        let failed = ack.task_status() == TaskStatus::Failed;
        let note = if failed { format!("failed: {note}") } else { note };
        step.inputs.push(Input::TaskReported { task, stage, note });
        Ok(())
    }

    /// A node's own alert has no place in the core yet: it is answered as rejected, and journalled so.
    pub(super) fn take_alert(
        &mut self,
        alert: &Alert,
        now: Timestamp,
        step: &mut Step,
    ) -> Result<(), Refusal> {
        let node_id = self.registered()?.id.clone();
        self.counts.rejected += 1;
        let reason = "alerts of nodes are not taken in; send detections and status";
        let refusal = Refusal::new("alert", reason);
        if let Some(rejection) = self.rejections.journal(&[refusal], self.source().cloned(), now) {
            step.inputs.push(Input::Rejected(rejection));
        }
        let ack = reply::alert_ack(alert.alert_id.clone(), AlertAckStatus::Rejected, reason);
        step.replies.push(reply::envelope(&self.directory, Some(&node_id), now, ack));
        Ok(())
    }
}

fn is_arrival(note: &str) -> bool {
    note.to_lowercase().starts_with(ON_SCENE)
}
