//! What a parent asks: from its Task to the desk's message, and back to its acknowledgements.

use jiff::Timestamp;
use sight::geo::LocalFrame;
use watch::detection::ReportedPlace;
use watch::journal::{Input, TrackId};
use watch::message::{Asked, AskedKind, AskedStage, Message, Standing};
use wire::sapient::place::{Area, Location};
use wire::sapient::task::{Control, Order, Task, TaskStatus};
use wire::text;

use super::said::track_of;
use super::{DOOR, limits};
use crate::ingest::rejections::Refusal;
use crate::ingest::sapient::place::{Surroundings, reported};

/// The message that tells the desk of a task; an error names each field of it that nobody could act on.
pub(super) fn told_to_desk(
    task: &Task,
    frame: &LocalFrame,
    now: Timestamp,
) -> Result<Input, Vec<Refusal>> {
    let asked = read(task, frame)?;
    let followed = asked.as_ref().and_then(|asked| asked.track);
    let followed = followed.map(|track| format!(" track {}", track.0)).unwrap_or_default();
    Ok(message(task, (&in_words(task, &followed), asked), now))
}

/// The message that tells the desk of a task which is handed on to one of its sensors.
pub(super) fn told_of_sensor(task: &Task, sensor: &str, now: Timestamp) -> Input {
    message(task, (&format!("to {sensor}: {}", in_words(task, "")), None), now)
}

fn message(task: &Task, (words, asked): (&str, Option<Asked>), now: Timestamp) -> Input {
    let control = match task.control() {
        Control::Start | Control::Unspecified => "",
        Control::Stop => " stop",
        Control::Pause => " pause",
    };
    Input::Wrote(Message {
        door: DOOR.to_owned(),
        id: format!("{}{control}", id_of(task)),
        name: "parent".to_owned(),
        unit: None,
        text: text::clean(words, limits::NOTE_CHARS),
        written_at: now,
        place: asked.as_ref().and_then(|asked| asked.places.first().copied()),
        asked,
    })
}

fn id_of(task: &Task) -> String {
    task.task_id().to_ascii_uppercase()
}

/// What is asked; a pause is told in words alone.
fn read(task: &Task, frame: &LocalFrame) -> Result<Option<Asked>, Vec<Refusal>> {
    let told = |kind, places, track| Asked { task: id_of(task), kind, places, track };
    match task.control() {
        Control::Pause => return Ok(None),
        Control::Stop => return Ok(Some(told(AskedKind::Stop, Vec::new(), None))),
        Control::Start | Control::Unspecified => {}
    }
    let places = |locations, path: &str| places(locations, path, frame);
    let order = task.command.as_ref().and_then(|command| command.command.as_ref());
    let asked = match order {
        Some(Order::LookAt(area)) => match &area.fov {
            Some(Area::LocationList(list)) => {
                let path = "task.command.look_at.location_list";
                told(AskedKind::LookAt, places(&list.locations, path)?, None)
            }
            Some(Area::RangeBearing(_)) | None => {
                return Err(vec![Refusal::new(
                    "task.command.look_at.range_bearing",
                    "must be places: the station stands nowhere that a bearing could be counted from",
                )]);
            }
        },
        Some(Order::MoveTo(list)) => {
            told(AskedKind::MoveTo, places(&list.locations, "task.command.move_to")?, None)
        }
        Some(Order::Patrol(list)) => {
            told(AskedKind::Patrol, places(&list.locations, "task.command.patrol")?, None)
        }
        Some(Order::Follow(object)) => {
            let track = followed(&object.follow_object_id).map_err(|refusal| vec![refusal])?;
            told(AskedKind::Follow, Vec::new(), Some(track))
        }
        Some(
            Order::Request(_)
            | Order::DetectionThreshold(_)
            | Order::DetectionReportRate(_)
            | Order::ClassificationThreshold(_)
            | Order::ModeChange(_),
        )
        | None => told(AskedKind::Other, Vec::new(), None),
    };
    Ok(Some(asked))
}

fn places(
    locations: &[Location],
    path: &str,
    frame: &LocalFrame,
) -> Result<Vec<ReportedPlace>, Vec<Refusal>> {
    let most = watch::limits::PATROL_PLACES_MAX;
    if locations.len() > most {
        let reason = format!("must hold at most {most} places, got {}", locations.len());
        return Err(vec![Refusal::new(format!("{path}.locations"), reason)]);
    }
    let surroundings = Surroundings { frame, utm_zone: None };
    let (mut places, mut refusals) = (Vec::new(), Vec::new());
    for (index, location) in locations.iter().enumerate() {
        match reported(location, &format!("{path}.locations[{index}]"), surroundings) {
            Ok(place) => places.push(place),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() { Ok(places) } else { Err(refusals) }
}

fn followed(object_id: &str) -> Result<TrackId, Refusal> {
    track_of(object_id).ok_or_else(|| {
        let reason = format!("must be an object that this station told of, got {object_id}");
        Refusal::new("task.command.follow.follow_object_id", reason)
    })
}

/// A task as the desk reads it.
fn in_words(task: &Task, followed: &str) -> String {
    let order = task.command.as_ref().and_then(|command| command.command.as_ref());
    let asked = order.map_or("no command", word_of);
    let control = match task.control() {
        Control::Stop => "no longer ",
        Control::Pause => "for now not ",
        Control::Start | Control::Unspecified => "",
    };
    let told = [task.task_name(), task.task_description()];
    let told: Vec<&str> = told.into_iter().filter(|part| !part.trim().is_empty()).collect();
    let between = if told.is_empty() { "" } else { ": " };
    format!("task {control}{asked}{followed}{between}{}", told.join("; "))
}

/// What an order asks, in a word.
fn word_of(order: &Order) -> &'static str {
    match order {
        Order::Request(_) => "request",
        Order::DetectionThreshold(_) => "detection threshold",
        Order::DetectionReportRate(_) => "rate of reports",
        Order::ClassificationThreshold(_) => "classification threshold",
        Order::ModeChange(_) => "change of mode",
        Order::LookAt(_) => "look at",
        Order::MoveTo(_) => "move to",
        Order::Patrol(_) => "patrol",
        Order::Follow(_) => "follow",
    }
}

/// How something asked stands, as an acknowledgement has it; nothing of what the desk was only told of, or the parent took back.
pub(super) fn status_of(standing: &Standing) -> Option<(TaskStatus, &str)> {
    let (status, otherwise) = match standing.stage {
        AskedStage::Told | AskedStage::Withdrawn => return None,
        AskedStage::TakenOn => (TaskStatus::Accepted, "taken on"),
        AskedStage::Done => (TaskStatus::Completed, "done"),
        AskedStage::Failed => (TaskStatus::Failed, "it could not be done"),
        AskedStage::Declined => (TaskStatus::Rejected, "the desk declines"),
    };
    let note = standing.note.as_str();
    Some((status, if note.trim().is_empty() { otherwise } else { note }))
}
