//! One SAPIENT connection as a state machine: bytes in, journal inputs and replies out.
//!
//! A node registers, sends its status, then its detections. What may not be kept is dropped here,
//! before anything is journalled (see [`class`]). Replies go out only after the inputs that stand
//! beside them are durable. A message that cannot be used is answered with an error that names the
//! field, journalled as a rejection, and the connection goes on.

mod alert;
pub(in crate::ingest) mod class;
mod detection;
mod directory;
mod memory;
pub(in crate::ingest) mod place;
mod registration;
mod remarks;
mod reply;
mod status;
mod task;
mod utm;
mod velocity;
mod view;

use std::sync::Arc;

use jiff::Timestamp;
use watch::detection::{Rejection, Source};
use watch::dispatch::Task;
use watch::journal::Input;
use watch::pointing::Pointing;
use wire::sapient::{Content, FrameDecoder, FrameFault, SapientMessage};
use wire::text;

use self::registration::Node;
use super::door::Counts;
use super::rejections::{Refusal, Rejections};
use super::{limits, refuse_time, seconds};
use crate::pki::Identity;

pub use self::directory::Directory;
pub use self::task::{task_of_ulid, task_ulid};

/// How this door is called in rejections.
pub const DOOR: &str = "sapient";

/// One connection's conversation.
#[derive(Debug)]
pub struct Session {
    directory: Arc<Directory>,
    /// Whom the certificate names that the connection came with.
    vouched: Option<Arc<Identity>>,
    decoder: FrameDecoder,
    opened_at: Timestamp,
    node: Option<Node>,
    refusals: u32,
    rejections: Rejections,
    counts: Counts,
    /// The last refusal in words, until it is told.
    refused: Option<String>,
    closed: bool,
    alerts: alert::Allowance,
}

/// What a step of the conversation asks of the connection, in this order.
#[derive(Debug, Default, PartialEq)]
pub struct Step {
    /// To be journalled and made durable first.
    pub inputs: Vec<Input>,
    /// To be sent when the inputs are durable.
    pub replies: Vec<SapientMessage>,
    /// To be handed on to the parent then.
    pub onward: Vec<SapientMessage>,
    /// Why the connection ends after that.
    pub close: Option<String>,
}

impl Session {
    pub fn new(directory: Arc<Directory>, now: Timestamp) -> Self {
        Self {
            directory,
            vouched: None,
            decoder: FrameDecoder::new(),
            opened_at: now,
            node: None,
            refusals: 0,
            rejections: Rejections::new(DOOR, now),
            counts: Counts::default(),
            refused: None,
            closed: false,
            alerts: alert::Allowance::new(now),
        }
    }

    /// The same for a connection that came with a certificate: nobody but whom it names may register or go on.
    #[must_use]
    pub fn vouched_for_by(mut self, identity: Option<Arc<Identity>>) -> Self {
        self.vouched = identity;
        self
    }

    /// Who speaks, once registered.
    pub fn source(&self) -> Option<&Source> {
        self.node.as_ref().map(|node| &node.source)
    }

    /// The registered node's id.
    pub fn node_id(&self) -> Option<&str> {
        self.node.as_ref().map(|node| node.id.as_str())
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Bytes held of a message that has not come whole.
    pub fn pending(&self) -> usize {
        self.decoder.pending()
    }

    /// Why a message was refused last, if one was since it was last asked.
    pub fn take_refused(&mut self) -> Option<String> {
        self.refused.take()
    }

    /// Takes bytes as they come off the connection.
    pub fn receive(&mut self, bytes: &[u8], now: Timestamp) -> Step {
        let mut step = Step::default();
        if self.closed {
            return step;
        }
        // The decoder lends frames out of its buffer, so it cannot stay part of `self` meanwhile.
        let mut decoder = std::mem::take(&mut self.decoder);
        decoder.push(bytes);
        while let Some(frame) = decoder.next_frame() {
            match frame {
                Ok(frame) => self.take_frame(frame, now, &mut step),
                Err(fault) => self.refuse_frame(fault, now, &mut step),
            }
            if self.closed {
                break;
            }
        }
        self.decoder = decoder;
        step
    }

    /// Looks at the clock: closes a connection that never registered or whose node fell silent.
    pub fn tick(&mut self, now: Timestamp) -> Step {
        let mut step = Step::default();
        if self.closed {
            return step;
        }
        let reason = match &self.node {
            None if seconds(self.opened_at, now) > limits::REGISTER_WITHIN_S => {
                format!("no registration within {} s", limits::REGISTER_WITHIN_S)
            }
            Some(node) if node.is_silent(now) => {
                format!(
                    "{} status intervals of {} s missed",
                    limits::MISSED_STATUS_MAX,
                    node.status_interval_s
                )
            }
            None | Some(_) => return step,
        };
        self.lose(reason, now, &mut step);
        step
    }

    /// The connection is gone.
    pub fn hang_up(&mut self, now: Timestamp) -> Step {
        let mut step = Step::default();
        if !self.closed {
            self.lose("the connection ended".to_owned(), now, &mut step);
        }
        step
    }

    /// The node has come back by another connection: this one ends, and nobody is disconnected.
    pub fn supersede(&mut self) -> Step {
        self.closed = true;
        Step {
            close: Some("the node registered again by another connection".to_owned()),
            ..Step::default()
        }
    }

    /// The message that gives a task to the registered node; `None` before it registers.
    pub fn task(&self, task: &Task, now: Timestamp) -> Option<SapientMessage> {
        let node = self.node.as_ref()?;
        let content = Content::Task(task::message(task, &self.directory));
        Some(reply::envelope(&self.directory, Some(&node.id), now, content))
    }

    /// The message that asks something of the registered sensor; `None` before it registers.
    pub fn pointing(&self, pointing: &Pointing, now: Timestamp) -> Option<SapientMessage> {
        let node = self.node.as_ref()?;
        let content = Content::Task(task::pointing(pointing));
        Some(reply::envelope(&self.directory, Some(&node.id), now, content))
    }

    /// Ends the conversation with a node that may come back soon.
    fn lose(&mut self, reason: String, now: Timestamp, step: &mut Step) {
        self.leave(reason, step);
        if let Some(node) = self.node.take() {
            self.directory.memory().lose(node, now);
        }
    }

    fn leave(&mut self, reason: String, step: &mut Step) {
        self.closed = true;
        if let Some(node) = &self.node {
            step.inputs.push(Input::Disconnected { node_id: node.id.clone() });
        }
        step.close = Some(reason);
    }

    fn refuse_frame(&mut self, fault: FrameFault, now: Timestamp, step: &mut Step) {
        self.refuse(&[Refusal::new("frame", fault.to_string())], &[], now, step);
        if matches!(fault, FrameFault::OutOfStep { .. }) {
            self.leave(fault.to_string(), step);
        }
    }

    fn take_frame(&mut self, frame: &[u8], now: Timestamp, step: &mut Step) {
        let before = step.inputs.len();
        let outcome = match wire::sapient::decode(frame) {
            Err(fault) => Err(vec![Refusal::new("message", fault.to_string())]),
            Ok(message) => self.take_message(&message, now, step),
        };
        let is_used = |input: &Input| !matches!(input, Input::Rejected(_));
        self.counts.accepted += u64::from(step.inputs.iter().skip(before).any(is_used));
        if let Err(refusals) = outcome {
            self.refuse(&refusals, frame, now, step);
        }
    }

    fn take_message(
        &mut self,
        message: &SapientMessage,
        now: Timestamp,
        step: &mut Step,
    ) -> Result<(), Vec<Refusal>> {
        wire::sapient::validate(message).map_err(|faults| {
            let refusals = faults
                .into_iter()
                .map(|fault| Refusal::new(fault.field, fault.problem.to_string()));
            refusals.collect::<Vec<_>>()
        })?;
        let sent_at = sent_at(message, now).map_err(|refusal| vec![refusal])?;
        self.resume(message, now, step);
        self.check_sender(message).map_err(|refusal| vec![refusal])?;
        if self.is_repeated(message, sent_at) {
            self.counts.ignored += 1;
            return Ok(());
        }
        let redacted = self.counts.redacted;
        self.take_content(message, sent_at, now, step)?;
        // What holds something that may not be kept is not handed on either.
        if self.counts.redacted == redacted {
            self.hand_on(message, step);
        }
        Ok(())
    }

    fn take_content(
        &mut self,
        message: &SapientMessage,
        sent_at: Timestamp,
        now: Timestamp,
        step: &mut Step,
    ) -> Result<(), Vec<Refusal>> {
        let Some(content) = &message.content else { return Ok(()) };
        match content {
            Content::Registration(part) => {
                self.take_registration(part, message, now, step);
                Ok(())
            }
            Content::StatusReport(part) => return self.take_status(part, sent_at, now, step),
            Content::DetectionReport(part) => self.take_detection(part, sent_at, now, step),
            Content::TaskAck(part) => self.take_task_ack(part, message, step),
            Content::Alert(part) => self.take_alert(part, sent_at, now, step),
            Content::Error(part) => {
                if !self.directory.exchange().is_for_parent(message) {
                    self.take_error(part, now, step);
                }
                Ok(())
            }
            Content::RegistrationAck(_) => Err(wrong_way("registration_ack")),
            Content::Task(_) => Err(wrong_way("task")),
            Content::AlertAck(_) => Err(wrong_way("alert_ack")),
        }
        .map_err(|refusal| vec![refusal])
    }

    /// What a registered node addresses to the parent reaches it too, its registration so that the parent knows what it can do.
    fn hand_on(&self, message: &SapientMessage, step: &mut Step) {
        let goes_up = match &message.content {
            Some(
                Content::Registration(_)
                | Content::StatusReport(_)
                | Content::DetectionReport(_)
                | Content::Alert(_)
                | Content::Error(_),
            ) => true,
            // Answers go where the question came from.
            Some(
                Content::TaskAck(_)
                | Content::RegistrationAck(_)
                | Content::Task(_)
                | Content::AlertAck(_),
            )
            | None => false,
        };
        if goes_up && self.node.is_some() && self.directory.exchange().is_for_parent(message) {
            step.onward.push(message.clone());
        }
    }

    /// One connection speaks for one node.
    fn check_sender(&self, message: &SapientMessage) -> Result<(), Refusal> {
        let sender = message.node_id.as_deref().and_then(wire::sapient::ids::canonical_uuid);
        match &self.node {
            Some(node) if sender.as_deref() != Some(node.id.as_str()) => {
                let reason = format!("must stay {} on this connection, got {:?}", node.id, sender);
                Err(Refusal::new("node_id", reason))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// True for a report that came before: sent again after a broken connection, or by somebody who recorded it.
    fn is_repeated(&self, message: &SapientMessage, sent_at: Timestamp) -> bool {
        let report_id = match &message.content {
            Some(Content::StatusReport(part)) => part.report_id(),
            Some(Content::DetectionReport(part)) => part.report_id(),
            Some(_) | None => return false,
        };
        let Some((unix_ms, payload)) = wire::sapient::ids::parse_ulid(report_id) else {
            return false;
        };
        let report = (u128::from(unix_ms) << 80 | payload, sent_at);
        self.node.as_ref().is_some_and(|node| !self.directory.memory().is_news(&node.id, report))
    }

    fn registered(&self) -> Result<&Node, Refusal> {
        self.node.as_ref().ok_or_else(|| Refusal::new("content", "a registration must come first"))
    }

    /// Journals why a message or a part of it was not used, and tells its sender.
    fn refuse(&mut self, refusals: &[Refusal], packet: &[u8], now: Timestamp, step: &mut Step) {
        self.counts.rejected += 1;
        self.refused =
            refusals.first().map(|refusal| format!("{}: {}", refusal.field, refusal.reason));
        if let Some(rejection) = self.rejections.journal(refusals, self.source().cloned(), now) {
            step.inputs.push(Input::Rejected(rejection));
        }
        let node_id = self.node_id();
        step.replies.push(reply::error(&self.directory, node_id, now, refusals, packet));
    }

    /// Journals that values were dropped that the station may not keep. Their sender did nothing wrong.
    fn redact(&mut self, redacted: &[class::Redacted], now: Timestamp, step: &mut Step) {
        for value in redacted {
            self.counts.redacted += 1;
            let source = self.node.as_ref().map(|node| node.source.clone());
            if self.rejections.is_due(value.field, now) {
                step.inputs.push(Input::Rejected(Rejection {
                    door: DOOR.to_owned(),
                    source,
                    field: value.field.to_owned(),
                    reason: format!("redacted: {}", value.what),
                }));
            }
        }
    }

    fn take_error(&mut self, error: &wire::sapient::Error, now: Timestamp, step: &mut Step) {
        let told = text::clean(&error.error_message.join("; "), limits::NOTE_CHARS);
        let refusal = Refusal::new("error", format!("the node could not use our message: {told}"));
        if let Some(rejection) = self.rejections.journal(&[refusal], self.source().cloned(), now) {
            step.inputs.push(Input::Rejected(rejection));
        }
    }
}

/// When the message was sent, if that can be.
fn sent_at(message: &SapientMessage, now: Timestamp) -> Result<Timestamp, Refusal> {
    let sent_at = message
        .timestamp
        .and_then(|moment| Timestamp::try_from(moment).ok())
        .ok_or_else(|| Refusal::new("timestamp", "mandatory, but missing"))?;
    refuse_time(sent_at, "timestamp", now)?;
    Ok(sent_at)
}

fn wrong_way(content: &'static str) -> Refusal {
    Refusal::new(content, "goes from the station to a node, not the other way")
}

#[cfg(test)]
mod tests;
