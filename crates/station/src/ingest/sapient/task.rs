//! Tasks to nodes and their answers.

use jiff::Timestamp;
use sight::geo::Wgs84;
use watch::detection::Source;
use watch::dispatch::{Task, TaskKind, TaskStage};
use watch::journal::{Input, PointingId, TaskId};
use watch::pointing::{Aim, Pointing};
use wire::sapient::place::{
    Area, Location, LocationCoordinateSystem, LocationDatum, LocationList, LocationOrRangeBearing,
};
use wire::sapient::task::{Command, Control, FollowObject, Order, TaskStatus};
use wire::sapient::{SapientMessage, TaskAck, ids};
use wire::text;

use super::{Directory, Refusal, Session, Step, limits};

/// Top 16 of a task id's 80 free bits: tells our tasks from anyone else's.
const MARK: u128 = 0x57_4C;
/// The same for what sensors are asked.
const SENSOR_MARK: u128 = 0x57_53;
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

/// The ULID by which an order to a sensor goes over the wire.
fn pointing_ulid(pointing: PointingId) -> String {
    // A release names an order that was sent at another time: the number alone tells which.
    ids::ulid(0, (SENSOR_MARK << MARK_SHIFT) | u128::from(pointing.0))
}

fn pointing_of_ulid(text: &str) -> Option<PointingId> {
    let (_, payload) = ids::parse_ulid(text)?;
    let number = u64::try_from(payload & u128::from(u64::MAX)).ok()?;
    (payload >> MARK_SHIFT == SENSOR_MARK).then_some(PointingId(number))
}

/// What a sensor is asked: to look at a place, to fly along some, to follow, or to stop what it was asked before.
pub(super) fn pointing(pointing: &Pointing) -> wire::sapient::Task {
    let order = match &pointing.aim {
        Aim::LookAt(place) => {
            let list = LocationList { locations: vec![location(*place)] };
            Some(Order::LookAt(LocationOrRangeBearing { fov: Some(Area::LocationList(list)) }))
        }
        Aim::Patrol(places) => {
            let locations = places.iter().map(|place| location(*place)).collect();
            Some(Order::Patrol(LocationList { locations }))
        }
        Aim::Follow(_) => pointing
            .object
            .clone()
            .map(|follow_object_id| Order::Follow(FollowObject { follow_object_id })),
        Aim::Release => None,
    };
    let control = if order.is_some() { Control::Start } else { Control::Stop };
    wire::sapient::Task {
        task_id: Some(pointing_ulid(
            pointing.stops.filter(|_| order.is_none()).unwrap_or(pointing.id),
        )),
        task_start_time: order.is_some().then(|| pointing.sent_at.into()),
        control: Some(control.into()),
        command: order.map(|order| Command { command: Some(order), command_parameter: None }),
        ..Default::default()
    }
}

fn location(place: Wgs84) -> Location {
    Location {
        x: Some(place.lon_deg()),
        y: Some(place.lat_deg()),
        coordinate_system: Some(LocationCoordinateSystem::LatLngDegM.into()),
        datum: Some(LocationDatum::Wgs84E.into()),
        ..Location::default()
    }
}

/// The order to go to the task's place. Neither the officer nor the alert is named.
pub(super) fn message(task: &Task, directory: &Directory) -> wire::sapient::Task {
    let location = location(directory.frame().place(task.to));
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
    pub(super) fn take_task_ack(
        &mut self,
        ack: &TaskAck,
        message: &SapientMessage,
        step: &mut Step,
    ) -> Result<(), Refusal> {
        let node = self.registered()?;
        if self.directory.exchange().is_asked(&node.id, ack.task_id()) {
            step.onward.push(message.clone());
            return Ok(());
        }
        let not_ours = || {
            let reason = format!("must be a task of ours for this node, got {}", ack.task_id());
            Refusal::new("task_ack.task_id", reason)
        };
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
        step.inputs.push(match node.source {
            Source::Unit(_) => {
                let task = task_of_ulid(ack.task_id()).ok_or_else(not_ours)?;
                Input::TaskReported { task, stage, note }
            }
            Source::Sensor(_) => {
                let pointing = pointing_of_ulid(ack.task_id()).ok_or_else(not_ours)?;
                Input::PointingReported { pointing, stage, note }
            }
            Source::Weather(_) => return Err(not_ours()),
        });
        Ok(())
    }
}

fn is_arrival(note: &str) -> bool {
    note.to_lowercase().starts_with(ON_SCENE)
}
