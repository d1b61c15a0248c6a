//! The station as a node of a parent fusion node: registers there, and tells its state, tracks and alerts.
//!
//! What the parent asks is told to the desk; a person decides, and the station's own nodes are tasked
//! by its own desk alone. This is the conversation; the socket is the runtime's.

mod asked;
mod registration;
mod said;
mod telling;

use std::collections::BTreeMap;

use jiff::Timestamp;
use sight::sector::{Sector, SensorId};
use watch::alert::Alert;
use watch::journal::{AlertId, Input, SensorState, TrackId, TrackView};
use watch::message::{AskedStage, Kept};
use wire::sapient::alert::AlertAckStatus;
use wire::sapient::ids::canonical_uuid;
use wire::sapient::task::TaskStatus;
use wire::sapient::{
    Content, FrameDecoder, FrameFault, SapientMessage, Task, TaskAck, Timestamp as Moment,
};
use wire::text;

use self::registration::registration;
use super::rejections::Refusal;
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
    /// What the parent asked, and how that stands.
    pub asked: Vec<Kept>,
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
    told: Told,
    /// Sensors that the parent may speak to, by node id; none where nothing is handed on.
    below: BTreeMap<String, SensorId>,
}

/// What the parent has been told, so that only what changed is told next.
#[derive(Debug, Default)]
struct Told {
    tracks: BTreeMap<TrackId, TrackView>,
    alerts: BTreeMap<AlertId, Timestamp>,
    /// How what it asked stood, by its own id.
    asked: BTreeMap<String, AskedStage>,
}

/// What is left of a connection that was cut off, for the next one to go on with.
#[derive(Debug)]
pub struct Left {
    at: Timestamp,
    parent: Option<String>,
    told: Told,
}

/// Where the registration stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    Asked(Timestamp),
    /// Goes on as what the parent of this node id let in before, and has not heard from it yet.
    Resumed {
        parent: Option<String>,
        since: Timestamp,
    },
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
            told: Told::default(),
            below: BTreeMap::new(),
        };
        let first = child.registration(now);
        (child, first)
    }

    /// Goes on where it was cut off, without registering: the status is the first thing that is sent. Gives back what
    /// is left when that was too long ago.
    pub fn resume(
        sector: &'a Sector,
        node_id: String,
        left: Left,
        now: Timestamp,
    ) -> Result<Self, Left> {
        if !(0.0..=limits::RESUME_WITHIN_S).contains(&seconds(left.at, now)) {
            return Err(left);
        }
        let (child, _) = Self::begin(sector, node_id, now);
        let standing = Standing::Resumed { parent: left.parent, since: now };
        Ok(Self { standing, told: left.told, ..child })
    }

    /// What the next connection may go on with; `None` where the parent had not let the station in, or cut it off as soon
    /// as it went on: then it registers.
    pub fn leave(self, now: Timestamp) -> Option<Left> {
        let parent = match self.standing {
            Standing::Asked(_) => return None,
            Standing::Resumed { since, .. } if seconds(since, now) < limits::RESUMED_SURE_S => {
                return None;
            }
            Standing::Resumed { parent, .. } | Standing::Admitted(parent) => parent,
        };
        Some(Left { at: now, parent, told: self.told })
    }

    /// The parent that let the station in before, where it goes on with it.
    pub fn resumes_with(&self) -> Option<&str> {
        match &self.standing {
            Standing::Resumed { parent, .. } => parent.as_deref(),
            Standing::Asked(_) | Standing::Admitted(_) => None,
        }
    }

    /// Says that the station stops; nothing before the parent has let it in.
    pub fn goodbye(&mut self, now: Timestamp) -> Option<SapientMessage> {
        if let Standing::Asked(_) = self.standing {
            return None;
        }
        let report_id = self.next_id(now);
        Some(self.envelope(said::goodbye(report_id), now))
    }

    fn registration(&self, now: Timestamp) -> SapientMessage {
        self.envelope(Content::Registration(registration(self.sector)), now)
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
        let reason = vec!["the node is not connected, or takes nothing".to_owned()];
        self.answer(task.task_id(), TaskStatus::Rejected, reason, now)
    }

    /// Takes bytes as they come from the parent.
    pub fn receive(&mut self, bytes: &[u8], now: Timestamp) -> Step {
        let mut step = Step::default();
        let mut decoder = std::mem::take(&mut self.decoder);
        decoder.push(bytes);
        while let Some(frame) = decoder.next_frame() {
            step.taken += 1;
            match frame {
                Ok(frame) => self.take_frame(frame, now, &mut step),
                Err(fault) => {
                    self.refuse((vec![format!("frame: {fault}")], &[]), now, &mut step);
                    if matches!(fault, FrameFault::OutOfStep { .. }) {
                        step.close = Some(format!("the parent's bytes: {fault}"));
                    }
                }
            }
            if step.close.is_some() {
                break;
            }
        }
        self.decoder = decoder;
        step
    }

    fn take_frame(&mut self, frame: &[u8], now: Timestamp, step: &mut Step) {
        let message = match wire::sapient::decode(frame) {
            Ok(message) => message,
            Err(fault) => {
                self.refuse((vec![format!("message: {fault}")], frame), now, step);
                return;
            }
        };
        match wire::sapient::validate(&message) {
            Ok(()) => self.take(&message, frame, now, step),
            // An error about an error would never end.
            Err(faults) if matches!(message.content, Some(Content::Error(_))) => {
                step.faults.extend(faults.first().map(ToString::to_string));
            }
            Err(faults) => {
                let lines = faults.iter().map(|fault| {
                    text::clean(&format!("{}: {}", fault.field, fault.problem), limits::NOTE_CHARS)
                });
                self.refuse((lines.collect(), frame), now, step);
            }
        }
    }

    /// Tells the parent what could not be used of a message, each field by its path, and people the first of it.
    fn refuse(&self, (lines, packet): (Vec<String>, &[u8]), now: Timestamp, step: &mut Step) {
        step.faults.extend(lines.first().cloned());
        step.messages.push(self.envelope(said::error(lines, packet), now));
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
        self.tell_asked(scene, now, &mut step);
        step
    }

    fn take(&mut self, message: &SapientMessage, frame: &[u8], now: Timestamp, step: &mut Step) {
        if self.must_register(message, now, step) {
            return;
        }
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
                let what = "content: goes from a node to its parent, not the other way".to_owned();
                self.refuse((vec![what], frame), now, step);
            }
        }
    }

    /// A parent that does not know the station any more, for it was started anew, is told everything from the beginning.
    fn must_register(&mut self, message: &SapientMessage, now: Timestamp, step: &mut Step) -> bool {
        let Standing::Resumed { parent, .. } = &self.standing else { return false };
        let to = message.destination_id.as_deref().and_then(canonical_uuid);
        let is_unknown = to.is_none_or(|to| to == self.node_id)
            && matches!(&message.content, Some(Content::Error(_)));
        if is_unknown {
            self.standing = Standing::Asked(now);
            (self.told, self.status_at, self.last_status) = (Told::default(), None, None);
            step.messages.push(self.registration(now));
        } else {
            self.standing = Standing::Admitted(parent.clone());
        }
        is_unknown
    }

    /// The sensor that a message of the parent is for, where such are handed on.
    fn node_below(&self, message: &SapientMessage) -> Option<String> {
        let is_passed = match &message.content {
            Some(
                Content::RegistrationAck(_)
                | Content::Task(_)
                | Content::AlertAck(_)
                | Content::Error(_),
            ) => true,
            Some(
                Content::Registration(_)
                | Content::StatusReport(_)
                | Content::DetectionReport(_)
                | Content::TaskAck(_)
                | Content::Alert(_),
            )
            | None => false,
        };
        let sender = message.node_id.as_deref().and_then(canonical_uuid);
        let parent = match &self.standing {
            Standing::Admitted(parent) | Standing::Resumed { parent, .. } => parent.as_ref(),
            Standing::Asked(_) => None,
        };
        let is_parent = sender.is_some() && parent == sender.as_ref();
        let to = message.destination_id.as_deref().and_then(canonical_uuid)?;
        (is_passed && is_parent && self.below.contains_key(&to)).then_some(to)
    }

    /// Hands a message on; of a task the desk is told, for its people answer for what their sensors do.
    fn hand_down(&self, node: String, message: &SapientMessage, now: Timestamp, step: &mut Step) {
        if let Some(Content::Task(task)) = &message.content {
            let sensor = self.below.get(&node).map_or("", |sensor| sensor.0.as_str());
            step.inputs.push(asked::told_of_sensor(task, sensor, now));
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
        let told = if is_ours {
            asked::told_to_desk(task, &self.sector.frame, now)
        } else {
            let reason = "the nodes of this station are tasked by its own desk alone";
            Err(vec![Refusal::new("destination_id", reason)])
        };
        let (status, reasons) = match told {
            Ok(input) => {
                step.inputs.push(input);
                (TaskStatus::Accepted, vec!["told to the desk, where a person decides".to_owned()])
            }
            Err(refusals) => {
                let line = |refusal: Refusal| {
                    let line = format!("{}: {}", refusal.field, refusal.reason);
                    text::clean(&line, limits::NOTE_CHARS)
                };
                let lines: Vec<String> = refusals.into_iter().map(line).collect();
                step.faults
                    .extend(lines.first().map(|line| format!("a task of the parent: {line}")));
                (TaskStatus::Rejected, lines)
            }
        };
        step.messages.push(self.answer(task.task_id(), status, reasons, now));
    }

    fn answer(
        &self,
        task_id: &str,
        status: TaskStatus,
        reason: Vec<String>,
        now: Timestamp,
    ) -> SapientMessage {
        let ack = TaskAck {
            task_id: Some(task_id.to_owned()),
            task_status: Some(status.into()),
            associated_file: None,
            reason,
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

#[cfg(test)]
mod tests;
