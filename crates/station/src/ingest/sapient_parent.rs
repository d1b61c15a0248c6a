//! The station as a node of a parent fusion node: registers there, and tells its state, tracks and alerts.
//!
//! What the parent asks is told to the desk; a person decides, and the station's own nodes are tasked
//! by its own desk alone. This is the conversation; the socket is the runtime's.

mod said;

use std::collections::BTreeMap;

use jiff::Timestamp;
use sight::sector::{Sector, SensorId};
use watch::alert::Alert;
use watch::journal::{AlertId, Input, SensorState, TrackId, TrackView};
use watch::message::Message;
use wire::sapient::alert::AlertAckStatus;
use wire::sapient::ids::canonical_uuid;
use wire::sapient::status::Info;
use wire::sapient::task::TaskStatus;
use wire::sapient::{Content, FrameDecoder, SapientMessage, Task, TaskAck, Timestamp as Moment};
use wire::text;

use self::said::{alert, lost, registration, status, track};
use super::{limits, seconds};

/// How this way out is called among the doors.
pub const DOOR: &str = "sapient-parent";
/// What it speaks.
pub const PROTOCOL: &str = "SAPIENT (BSI Flex 335 v2.0), as a node of a parent";

/// What the parent is told of.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    pub tracks: Vec<TrackView>,
    pub alerts: Vec<Alert>,
    pub sensors: Vec<SensorState>,
    /// Metres of line that are blind or unknown, and of all line.
    pub dark_m: f64,
    pub line_m: f64,
}

/// One connection to a parent.
#[derive(Debug)]
pub struct Child<'a> {
    sector: &'a Sector,
    /// The node id by which the station speaks.
    node_id: String,
    decoder: FrameDecoder,
    standing: Standing,
    /// Counts what is said, for ids that are never the same.
    said: u64,
    status_at: Option<Timestamp>,
    last_status: Option<String>,
    tracks: BTreeMap<TrackId, TrackView>,
    alerts: BTreeMap<AlertId, Timestamp>,
    /// Sensors that the parent may speak to, by node id; none where nothing is handed on.
    below: BTreeMap<String, SensorId>,
}

/// Where the registration stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    Asked(Timestamp),
    /// By the parent of this node id, if it told it.
    Admitted(Option<String>),
}

/// What a step of the conversation asks of the connection, in this order.
#[derive(Debug, Default, PartialEq)]
pub struct Step {
    /// To be journalled and made durable first.
    pub inputs: Vec<Input>,
    /// To be sent when the inputs are durable.
    pub messages: Vec<SapientMessage>,
    /// To be handed on to these nodes of the station then.
    pub down: Vec<(String, SapientMessage)>,
    /// The parent has let the station in, and calls itself so.
    pub admitted_by: Option<String>,
    /// Messages that were read.
    pub taken: u64,
    /// What people should know.
    pub faults: Vec<String>,
    /// Why the connection ends after that.
    pub close: Option<String>,
}

impl<'a> Child<'a> {
    /// Begins: the registration is the first thing that is sent.
    pub fn begin(sector: &'a Sector, node_id: String, now: Timestamp) -> (Self, SapientMessage) {
        let child = Self {
            sector,
            node_id,
            decoder: FrameDecoder::new(),
            standing: Standing::Asked(now),
            said: 0,
            status_at: None,
            last_status: None,
            tracks: BTreeMap::new(),
            alerts: BTreeMap::new(),
            below: BTreeMap::new(),
        };
        let first = child.envelope(Content::Registration(registration(sector)), now);
        (child, first)
    }

    /// The same for a station that hands on what its parent and its sensors say to one another. Units are people, and
    /// are told by their own desk alone.
    #[must_use]
    pub fn handing_on(mut self) -> Self {
        let sensors = self.sector.sensors.iter();
        let named = |id: &str| canonical_uuid(id).unwrap_or_else(|| id.to_owned());
        self.below = sensors.map(|sensor| (named(&sensor.node_id), sensor.id.clone())).collect();
        self
    }

    /// Says to the parent that a task did not reach its node.
    pub fn undelivered(&self, task: &Task, now: Timestamp) -> SapientMessage {
        self.answer(task, TaskStatus::Rejected, "the node is not connected, or takes nothing", now)
    }

    /// Takes bytes as they come from the parent.
    pub fn receive(&mut self, bytes: &[u8], now: Timestamp) -> Step {
        let mut step = Step::default();
        let mut decoder = std::mem::take(&mut self.decoder);
        decoder.push(bytes);
        while let Some(frame) = decoder.next_frame() {
            step.taken += 1;
            let message = match frame {
                Ok(frame) => wire::sapient::decode(frame).map_err(|fault| fault.to_string()),
                Err(fault) => {
                    step.close = Some(format!("the parent's bytes: {fault}"));
                    break;
                }
            };
            match message.and_then(validated) {
                Ok(message) => self.take(&message, now, &mut step),
                Err(fault) => step.faults.push(fault),
            }
            if step.close.is_some() {
                break;
            }
        }
        self.decoder = decoder;
        step
    }

    /// What is to be told now: the status when it is due, and what changed since it was told last.
    pub fn tell(&mut self, scene: &Scene, now: Timestamp) -> Step {
        let mut step = Step::default();
        if let Standing::Asked(at) = &self.standing {
            if seconds(*at, now) > limits::REGISTER_WITHIN_S {
                let patience = limits::REGISTER_WITHIN_S;
                step.close = Some(format!("the parent did not answer within {patience} s"));
            }
            return step;
        }
        self.tell_status(scene, now, &mut step);
        self.tell_tracks(scene, now, &mut step);
        self.tell_alerts(scene, now, &mut step);
        step
    }

    fn tell_status(&mut self, scene: &Scene, now: Timestamp, step: &mut Step) {
        let is_due = self.status_at.is_none_or(|at| {
            let since_s = seconds(at, now);
            !(0.0..said::STATUS_INTERVAL_S).contains(&since_s)
        });
        if !is_due {
            return;
        }
        self.status_at = Some(now);
        let words = said::state_in_words(scene);
        let repeats = self.last_status.as_ref() == Some(&words);
        let info = if repeats { Info::Unchanged } else { Info::New };
        let report_id = self.next_id(now);
        let content = status(report_id, scene, &words, info);
        self.last_status = Some(words);
        step.messages.push(self.envelope(content, now));
    }

    fn tell_tracks(&mut self, scene: &Scene, now: Timestamp, step: &mut Step) {
        let mut before = std::mem::take(&mut self.tracks);
        for view in &scene.tracks {
            let is_known = before.remove(&view.id).is_some_and(|known| known == *view);
            if !is_known {
                let report_id = self.next_id(now);
                let content = Content::DetectionReport(track(view, report_id, self));
                // The time is that of the track, not of its telling.
                step.messages.push(self.envelope(content, view.at));
            }
            self.tracks.insert(view.id, view.clone());
        }
        for gone in before.into_values() {
            let report_id = self.next_id(now);
            let content = Content::DetectionReport(lost(&gone, report_id, self));
            step.messages.push(self.envelope(content, now));
        }
    }

    fn tell_alerts(&mut self, scene: &Scene, now: Timestamp, step: &mut Step) {
        let shown: Vec<AlertId> = scene.alerts.iter().map(|alert| alert.id).collect();
        self.alerts.retain(|id, _| shown.contains(id));
        for told in &scene.alerts {
            if self.alerts.insert(told.id, told.changed_at) != Some(told.changed_at) {
                let content = Content::Alert(alert(told, self));
                step.messages.push(self.envelope(content, now));
            }
        }
    }

    fn take(&mut self, message: &SapientMessage, now: Timestamp, step: &mut Step) {
        if let Some(node) = self.node_below(message) {
            self.hand_down(node, message, now, step);
            return;
        }
        match &message.content {
            Some(Content::RegistrationAck(ack)) if ack.acceptance() => {
                let parent = message.node_id.as_deref().and_then(canonical_uuid);
                step.admitted_by.clone_from(&parent);
                self.standing = Standing::Admitted(parent);
            }
            Some(Content::RegistrationAck(ack)) => {
                let reasons = text::clean(&ack.ack_response_reason.join("; "), limits::NOTE_CHARS);
                step.close = Some(format!("the parent does not let this station in: {reasons}"));
            }
            Some(Content::AlertAck(ack)) => {
                if ack.alert_ack_status() == AlertAckStatus::Rejected {
                    let why = text::clean(&ack.reason.join("; "), limits::NOTE_CHARS);
                    step.faults.push(format!("the parent rejects alert {}: {why}", ack.alert_id()));
                }
            }
            Some(Content::Task(task)) => self.take_task(message, task, now, step),
            Some(Content::Error(error)) => {
                let told = text::clean(&error.error_message.join("; "), limits::NOTE_CHARS);
                step.faults.push(format!("the parent could not use a message: {told}"));
            }
            Some(
                Content::Registration(_)
                | Content::StatusReport(_)
                | Content::DetectionReport(_)
                | Content::TaskAck(_)
                | Content::Alert(_),
            )
            | None => {
                let what = "the parent sent what only nodes send".to_owned();
                step.messages.push(self.envelope(said::error(&what), now));
                step.faults.push(what);
            }
        }
    }

    /// The sensor that a message of the parent is for, where such are handed on.
    fn node_below(&self, message: &SapientMessage) -> Option<String> {
        let is_passed = match &message.content {
            Some(Content::Task(_) | Content::AlertAck(_) | Content::Error(_)) => true,
            Some(
                Content::Registration(_)
                | Content::RegistrationAck(_)
                | Content::StatusReport(_)
                | Content::DetectionReport(_)
                | Content::TaskAck(_)
                | Content::Alert(_),
            )
            | None => false,
        };
        let sender = message.node_id.as_deref().and_then(canonical_uuid);
        let is_parent = sender.is_some() && self.standing == Standing::Admitted(sender);
        let to = message.destination_id.as_deref().and_then(canonical_uuid)?;
        (is_passed && is_parent && self.below.contains_key(&to)).then_some(to)
    }

    /// Hands a message on; of a task the desk is told, for its people answer for what their sensors do.
    fn hand_down(&self, node: String, message: &SapientMessage, now: Timestamp, step: &mut Step) {
        if let Some(Content::Task(task)) = &message.content {
            let sensor = self.below.get(&node).map_or("", |sensor| sensor.0.as_str());
            let words = format!("to {sensor}: {}", said::task_in_words(task));
            step.inputs.push(told_to_desk(task, &words, now));
        }
        step.down.push((node, message.clone()));
    }

    /// A task for this station is told to its desk; one for another is not passed on.
    fn take_task(
        &mut self,
        message: &SapientMessage,
        task: &Task,
        now: Timestamp,
        step: &mut Step,
    ) {
        let to = message.destination_id.as_deref().and_then(canonical_uuid);
        let is_ours = to.is_none_or(|to| to == self.node_id);
        let (status, reason) = if is_ours {
            step.inputs.push(told_to_desk(task, &said::task_in_words(task), now));
            (TaskStatus::Accepted, "told to the desk, where a person decides")
        } else {
            (TaskStatus::Rejected, "the nodes of this station are tasked by its own desk alone")
        };
        step.messages.push(self.answer(task, status, reason, now));
    }

    fn answer(
        &self,
        task: &Task,
        status: TaskStatus,
        reason: &str,
        now: Timestamp,
    ) -> SapientMessage {
        let ack = TaskAck {
            task_id: task.task_id.clone(),
            task_status: Some(status.into()),
            associated_file: None,
            reason: vec![reason.to_owned()],
        };
        self.envelope(Content::TaskAck(ack), now)
    }

    fn envelope(&self, content: Content, at: Timestamp) -> SapientMessage {
        SapientMessage {
            timestamp: Some(Moment::from(at)),
            node_id: Some(self.node_id.clone()),
            destination_id: None,
            content: Some(content),
            additional_information: None,
        }
    }

    /// An id that nothing else said by this connection has, nor by one before it.
    fn next_id(&mut self, now: Timestamp) -> String {
        self.said += 1;
        let unix_ms = u64::try_from(now.as_millisecond()).unwrap_or_default();
        wire::sapient::ids::ulid(unix_ms, u128::from(self.said))
    }

    fn sector(&self) -> &Sector {
        self.sector
    }

    fn node_id(&self) -> &str {
        &self.node_id
    }
}

fn told_to_desk(task: &Task, words: &str, now: Timestamp) -> Input {
    Input::Wrote(Message {
        door: DOOR.to_owned(),
        id: task.task_id().to_ascii_uppercase(),
        name: "parent".to_owned(),
        unit: None,
        text: text::clean(words, limits::NOTE_CHARS),
        written_at: now,
        place: said::place_of(task),
        asked: None,
    })
}

fn validated(message: SapientMessage) -> Result<SapientMessage, String> {
    let told = |faults: Vec<wire::sapient::FieldFault>| {
        faults.first().map(ToString::to_string).unwrap_or_default()
    };
    wire::sapient::validate(&message).map_err(told)?;
    Ok(message)
}

#[cfg(test)]
mod tests;
