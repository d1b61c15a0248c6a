//! Alerts of nodes: told to the desk in the node's own words, and answered.

use jiff::Timestamp;
use watch::detection::Source;
use watch::journal::Input;
use watch::message::Message;
use wire::sapient::Alert;
use wire::sapient::alert::{AlertAckStatus, AlertStatus, AlertType, DiscretePriority};
use wire::sapient::detection::Position;
use wire::text;

use super::{DOOR, Refusal, Session, Step, class, limits, place, reply, seconds};

const LOCATION: &str = "alert.location";
const RANGE_BEARING: &str = "alert.range_bearing";
const MINUTE_S: f64 = 60.0;

/// How many alerts a connection may still have told to the desk.
#[derive(Debug)]
pub(super) struct Allowance {
    left: f64,
    refilled_at: Timestamp,
}

impl Allowance {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { left: limits::NODE_ALERTS_PER_MINUTE, refilled_at: now }
    }

    fn spend(&mut self, now: Timestamp) -> bool {
        let gained = seconds(self.refilled_at, now).max(0.0) * limits::NODE_ALERTS_PER_MINUTE;
        self.left = (self.left + gained / MINUTE_S).min(limits::NODE_ALERTS_PER_MINUTE);
        self.refilled_at = now;
        let is_allowed = self.left >= 1.0;
        if is_allowed {
            self.left -= 1.0;
        }
        is_allowed
    }
}

impl Session {
    /// A node's alert is a message at the desk: what is alarming along the line, the core decides.
    ///
    /// It is answered once the message is durable; one that the node takes back is answered as cancelled.
    pub(super) fn take_alert(
        &mut self,
        alert: &Alert,
        sent_at: Timestamp,
        now: Timestamp,
        step: &mut Step,
    ) -> Result<(), Refusal> {
        let node = self.registered()?;
        let (node_id, name) = (node.id.clone(), node.name.clone());
        let unit = match &node.source {
            Source::Unit(unit) => Some(unit.clone()),
            Source::Sensor(_) | Source::Weather(_) => None,
        };
        let surroundings = node.surroundings(&self.directory);
        let told = match &alert.location {
            Some(Position::Location(location)) => {
                place::reported(location, LOCATION, surroundings).map(Some)
            }
            Some(Position::RangeBearing(polar)) => {
                let (here, frame) = (node.stands(&self.directory), self.directory.frame());
                place::seen_from(here, polar, RANGE_BEARING, frame).map(Some)
            }
            None => Ok(None),
        };
        if !self.alerts.spend(now) {
            let most = limits::NODE_ALERTS_PER_MINUTE;
            let reason = format!("at most {most} alerts a minute are told to the desk");
            self.answer_alert(alert, (AlertAckStatus::Rejected, &reason), (&node_id, now), step);
            self.counts.rejected += 1;
            let refusals = [Refusal::new("alert", reason)];
            let rejection = self.rejections.journal(&refusals, self.source().cloned(), now);
            step.inputs.extend(rejection.map(Input::Rejected));
            return Ok(());
        }
        let place = told.unwrap_or_else(|refusal| {
            // Its words are as good as ever.
            self.refuse(&[refusal], &[], now, step);
            None
        });
        let (words, status) = words_of(alert);
        let (text, redacted) = class::without_forbidden(&words, "alert.description");
        step.inputs.push(Input::Wrote(Message {
            door: DOOR.to_owned(),
            id: format!("{} {status:?}", alert.alert_id().to_ascii_uppercase()),
            name,
            unit,
            text: text::clean(&text, limits::NOTE_CHARS),
            written_at: sent_at,
            place,
            asked: None,
        }));
        self.redact(&redacted, now, step);
        let answer = match status {
            AlertStatus::Reject | AlertStatus::Ignore | AlertStatus::Clear => {
                (AlertAckStatus::Cancelled, "taken back by the node; the desk was told")
            }
            AlertStatus::Unspecified | AlertStatus::Active | AlertStatus::Acknowledge => {
                (AlertAckStatus::Accepted, "told to the desk")
            }
        };
        self.answer_alert(alert, answer, (&node_id, now), step);
        Ok(())
    }

    fn answer_alert(
        &self,
        alert: &Alert,
        (status, reason): (AlertAckStatus, &str),
        (node_id, now): (&str, Timestamp),
        step: &mut Step,
    ) {
        let ack = reply::alert_ack(alert.alert_id.clone(), status, reason);
        step.replies.push(reply::envelope(&self.directory, Some(node_id), now, ack));
    }
}

/// What the desk reads, and where the alert stands.
fn words_of(alert: &Alert) -> (String, AlertStatus) {
    let kind = match alert.alert_type() {
        AlertType::Unspecified => "alert",
        AlertType::Information => "information",
        AlertType::Warning => "warning",
        AlertType::Critical => "critical",
        AlertType::Error => "error",
        AlertType::Fatal => "fatal error",
        AlertType::ModeChange => "change of mode",
    };
    let priority = match alert.priority() {
        DiscretePriority::Unspecified => "",
        DiscretePriority::Low => ", low priority",
        DiscretePriority::Medium => ", medium priority",
        DiscretePriority::High => ", high priority",
    };
    let status = alert.status();
    let stands = match status {
        AlertStatus::Unspecified | AlertStatus::Active => "",
        AlertStatus::Acknowledge => " acknowledged there",
        AlertStatus::Reject => " rejected there",
        AlertStatus::Ignore => " to be ignored",
        AlertStatus::Clear => " over",
    };
    let parts = [alert.description(), alert.additional_information()];
    let told: Vec<&str> = parts.into_iter().filter(|part| !part.trim().is_empty()).collect();
    let between = if told.is_empty() { "" } else { ": " };
    (format!("{kind}{stands}{priority}{between}{}", told.join("; ")), status)
}
