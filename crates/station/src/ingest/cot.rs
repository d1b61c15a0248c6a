//! One Cursor on Target connection as a state machine: bytes in, journal inputs and replies out.
//!
//! Patrols' positions move the sector's units, calls for help become alerts, what people mark
//! becomes sightings, what they write reaches the desk. An event that cannot be used is counted
//! and journalled as a rejection; the protocol has no answer for it, and the connection goes on.

pub mod board;
pub mod chat;
mod correspondents;
pub mod outgoing;
mod phones;
mod reading;
mod sensor;
#[cfg(test)]
pub(in crate::ingest) mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sight::sector::UnitId;
use watch::detection::Rejection;
use watch::journal::Input;
use watch::mark::Mark;
use wire::cot::frame::StreamDecoder;
use wire::cot::negotiation::Step as Agreement;
use wire::cot::{CotError, Event, Message, Point};
use wire::text;

use self::reading::Meaning;
use self::sensor::Sensors;
use super::door::Counts;
use super::rejections::{Refusal, Rejections};
use super::{limits, refuse_time};
use crate::pki::Identity;

pub use self::correspondents::{Correspondents, Ticket};
pub use self::phones::{Phones, UnknownUnit};

/// How this door is called in rejections.
pub const DOOR: &str = "cot";

/// Sides that a person may have marked and that the picture has no place for.
const SIDES: [&str; 4] = ["h", "s", "j", "k"];

/// One connection's conversation.
#[derive(Debug)]
pub struct Session {
    phones: Arc<Phones>,
    /// The phone and its unit that the certificate names, if the connection came with one.
    vouched: Option<Vouched>,
    decoder: StreamDecoder,
    rejections: Rejections,
    counts: Counts,
    refused: Option<String>,
    /// The uid by which the phone told its own place first.
    own_uid: Option<String>,
    /// Phones that spoke by this connection, and those of them that nobody was told of yet.
    spoke: BTreeSet<String>,
    spoke_first: Vec<String>,
    /// Devices that called for help by this connection.
    calls: BTreeSet<String>,
    /// Where each mark was told to be, so that a repeated one is no second sighting.
    marks: BTreeMap<String, (String, f64, f64)>,
    /// Sensors that were marked by this connection.
    sensors: Sensors,
}

/// The phone at the other end, as its certificate has it.
#[derive(Debug)]
struct Vouched {
    uid: String,
    unit: UnitId,
    /// The uid under which others are shown its unit.
    shown_as: String,
}

/// What a step of the conversation asks of the connection, in this order.
#[derive(Debug, Default, PartialEq)]
pub struct Step {
    /// To be journalled and made durable first.
    pub inputs: Vec<Input>,
    /// To be sent when the inputs are durable.
    pub replies: Vec<Reply>,
}

/// What the station answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub event: Event,
    /// Everything after it goes out in protobuf.
    pub then_protobuf: bool,
}

impl Session {
    pub fn new(phones: Arc<Phones>, now: Timestamp) -> Self {
        Self {
            phones,
            vouched: None,
            decoder: StreamDecoder::new(),
            rejections: Rejections::new(DOOR, now),
            counts: Counts::default(),
            refused: None,
            own_uid: None,
            spoke: BTreeSet::new(),
            spoke_first: Vec::new(),
            calls: BTreeSet::new(),
            marks: BTreeMap::new(),
            sensors: Sensors::default(),
        }
    }

    /// The same for a connection that came with a certificate: whatever uids and links an event names, it is the
    /// word of this phone or nobody's. An error says why it cannot speak at all.
    pub fn vouched_for_by(mut self, identity: Option<&Identity>) -> Result<Self, String> {
        let Some(identity) = identity else { return Ok(self) };
        let Identity::Phone { uid, unit } = identity else {
            return Err(format!("{identity}: its certificate is for another door"));
        };
        let Some(unit) = self.phones.named(unit) else {
            return Err(format!("{identity}: the sector has no such unit"));
        };
        let unit = unit.clone();
        let shown_as = self.phones.device_of(&unit).unwrap_or(uid).to_owned();
        self.phones = Arc::new(self.phones.only(uid, &unit));
        self.vouched = Some(Vouched { uid: uid.clone(), unit, shown_as });
        Ok(self)
    }

    /// The uid under which the phone's unit is shown to others, when a certificate says whose phone it is.
    pub fn shown_as(&self) -> Option<&str> {
        self.vouched.as_ref().map(|vouched| vouched.shown_as.as_str())
    }

    /// The unit whose phone it is, when a certificate says so.
    pub fn vouched_unit(&self) -> Option<&UnitId> {
        self.vouched.as_ref().map(|vouched| &vouched.unit)
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Bytes held of an event that has not come whole.
    pub fn pending(&self) -> usize {
        self.decoder.pending()
    }

    /// Why an event was refused last, if one was since it was last asked.
    pub fn take_refused(&mut self) -> Option<String> {
        self.refused.take()
    }

    /// The uid of the phone at the other end, once it told its own place.
    pub fn own_uid(&self) -> Option<&str> {
        self.own_uid.as_deref()
    }

    /// Known phones that spoke by this connection for the first time since it was last asked.
    pub fn take_spoke_first(&mut self) -> Vec<String> {
        std::mem::take(&mut self.spoke_first)
    }

    /// Notes that a known phone is at the other end, or behind it.
    fn note_speaker(&mut self, uid: &str) {
        let is_new = self.phones.unit(uid).is_some()
            && self.spoke.len() < limits::PHONES_PER_CONNECTION
            && !self.spoke.contains(uid);
        if is_new {
            self.spoke.insert(uid.to_owned());
            self.spoke_first.push(uid.to_owned());
        }
    }

    /// Takes bytes as they come off the connection.
    pub fn receive(&mut self, bytes: &[u8], now: Timestamp) -> Step {
        let mut step = Step::default();
        // The decoder lends frames out of its buffer, so it cannot stay part of `self` meanwhile.
        let mut decoder = std::mem::take(&mut self.decoder);
        decoder.push(bytes);
        while let Some(frame) = decoder.next_frame() {
            self.take(frame.and_then(Message::read), now, &mut step);
        }
        self.decoder = decoder;
        step
    }

    /// Takes one message, or why it cannot be read.
    pub fn take(&mut self, message: Result<Message, CotError>, now: Timestamp, step: &mut Step) {
        let taken = match message {
            Ok(Message { event: Some(event), .. }) => self.take_event(&event, now, step),
            // A word on versions alone.
            Ok(Message { event: None, .. }) => Ok(false),
            Err(fault) => Err(Refusal::new("event", fault.to_string())),
        };
        match taken {
            Ok(true) => self.counts.accepted += 1,
            Ok(false) => self.counts.ignored += 1,
            Err(refusal) => self.refuse(refusal, now, step),
        }
    }

    /// True when the event said something of use.
    fn take_event(
        &mut self,
        event: &Event,
        now: Timestamp,
        step: &mut Step,
    ) -> Result<bool, Refusal> {
        if event.kind.starts_with("t-") {
            step.replies.extend(answer(event, now));
            let deleted = self.sensors.deleted_by(event);
            let is_deleted = deleted.is_some();
            step.inputs.extend(deleted.map(Input::Marked));
            return Ok(is_deleted);
        }
        let sent_at = sent_at(event, now)?;
        let meaning = reading::meaning(event, &self.phones)?;
        let before = step.inputs.len();
        match meaning {
            Meaning::Position(status) => {
                self.own_uid.get_or_insert_with(|| event.uid.clone());
                self.note_speaker(&event.uid);
                step.inputs.push(Input::Status(watch::detection::StatusReport {
                    observed_at: sent_at,
                    ..status
                }));
            }
            Meaning::Call(call) => {
                self.limit_calls(&call.device)?;
                let call = self.vouch(call)?;
                step.inputs.push(Input::Called(watch::call::Call { observed_at: sent_at, ..call }));
            }
            Meaning::Wrote(message) => {
                if let Some(writer) = chat::writer_of(&event.uid) {
                    self.note_speaker(writer);
                }
                step.inputs
                    .push(Input::Wrote(watch::message::Message { written_at: sent_at, ..message }));
            }
            Meaning::Sighting(report) => {
                if self.is_news(event) {
                    self.drop_side(event, now, step);
                    let report_id = format!("{}-{}", report.report_id, sent_at.as_millisecond());
                    step.inputs.push(Input::Detected(watch::detection::DetectionReport {
                        observed_at: sent_at,
                        report_id,
                        ..report
                    }));
                }
            }
            Meaning::Note(message) => {
                if self.is_news(event) {
                    let id = format!("{}-{}", message.id, sent_at.as_millisecond());
                    step.inputs.push(Input::Wrote(watch::message::Message {
                        written_at: sent_at,
                        id,
                        ..message
                    }));
                }
            }
            Meaning::Mark(mark) => {
                let mark = Mark { told_at: sent_at, ..mark };
                if self.sensors.is_news(&mark) {
                    step.inputs.push(Input::Marked(mark));
                }
            }
            Meaning::Nothing => {}
        }
        Ok(step.inputs.len() > before)
    }

    /// A phone repeats what it shows for as long as it shows it: only the first time is news, or another place.
    fn is_news(&mut self, event: &Event) -> bool {
        let here = (event.kind.clone(), event.point.lat_deg, event.point.lon_deg);
        if self.marks.get(&event.uid) == Some(&here) {
            return false;
        }
        if self.marks.len() >= limits::MARKS_MAX && !self.marks.contains_key(&event.uid) {
            self.marks.pop_first();
        }
        self.marks.insert(event.uid.clone(), here);
        true
    }

    /// Nobody must be known in order to be helped; but one connection cannot be a crowd.
    fn limit_calls(&mut self, device: &str) -> Result<(), Refusal> {
        if self.calls.len() >= limits::CALLS_PER_CONNECTION && !self.calls.contains(device) {
            let reason = format!(
                "one connection may call for at most {} devices",
                limits::CALLS_PER_CONNECTION
            );
            return Err(Refusal::new("event@uid", reason));
        }
        self.calls.insert(device.to_owned());
        Ok(())
    }

    /// Whoever calls by a certificate is known, and may take back no call but its own.
    fn vouch(&self, call: watch::call::Call) -> Result<watch::call::Call, Refusal> {
        let Some(Vouched { uid, unit, .. }) = &self.vouched else { return Ok(call) };
        // ATAK's calls have the uid of the device with `-9-1-1` behind it.
        let is_own = call
            .device
            .strip_prefix(uid.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        if call.word == watch::call::CallWord::CalledOff && !is_own {
            let reason = format!("must be a call of {uid}, to whom the certificate was issued");
            return Err(Refusal::new("event@uid", reason));
        }
        Ok(watch::call::Call { unit: Some(unit.clone()), ..call })
    }

    /// The picture knows no enemies: a side that a person marked is dropped, and that is told.
    fn drop_side(&mut self, event: &Event, now: Timestamp, step: &mut Step) {
        let side = event.kind.split('-').nth(1).unwrap_or_default();
        if !SIDES.contains(&side) {
            return;
        }
        self.counts.redacted += 1;
        if self.rejections.is_due("event@type", now) {
            step.inputs.push(Input::Rejected(Rejection {
                door: DOOR.to_owned(),
                source: None,
                field: "event@type".to_owned(),
                reason: "redacted: side".to_owned(),
            }));
        }
    }

    fn refuse(&mut self, refusal: Refusal, now: Timestamp, step: &mut Step) {
        self.counts.rejected += 1;
        self.refused = Some(format!("{}: {}", refusal.field, refusal.reason));
        if let Some(rejection) = self.rejections.journal(&[refusal], None, now) {
            step.inputs.push(Input::Rejected(rejection));
        }
    }
}

/// The station's answer to an event of the protocol's own.
fn answer(event: &Event, now: Timestamp) -> Option<Reply> {
    if event.kind == "t-x-c-t" {
        let event = protocol_event("takPong", "t-x-c-t-r", now);
        return Some(Reply { event, then_protobuf: false });
    }
    match Agreement::of(event)? {
        Agreement::Request { version } => {
            let answer = Agreement::answer(version);
            let then_protobuf = answer == Agreement::Answer { accepted: true };
            Some(Reply { event: answer.event(&event.uid, now), then_protobuf })
        }
        Agreement::Offer { .. } | Agreement::Answer { .. } => None,
    }
}

/// The station's first word: it speaks protobuf too.
pub fn offer(station: &str, now: Timestamp) -> Event {
    Agreement::Offer { version: wire::cot::frame::VERSION }.event(station, now)
}

/// An event of the protocol itself: of nothing and nowhere, good for a minute.
pub(in crate::ingest) fn protocol_event(uid: &str, kind: &str, now: Timestamp) -> Event {
    Event {
        uid: uid.to_owned(),
        kind: kind.to_owned(),
        how: "m-g".to_owned(),
        time: now,
        start: now,
        stale: now.saturating_add(SignedDuration::from_mins(1)).unwrap_or(now),
        access: None,
        qos: None,
        opex: None,
        point: Point { lat_deg: 0.0, lon_deg: 0.0, hae_m: None, ce_m: None, le_m: None },
        detail: Vec::new(),
    }
}

/// When the event was made, if that can be.
fn sent_at(event: &Event, now: Timestamp) -> Result<Timestamp, Refusal> {
    refuse_time(event.time, "event@time", now)?;
    Ok(event.time)
}

/// A name or an id from outside, fit to be stored and shown.
fn name(told: &str) -> String {
    text::clean(told, limits::NAME_CHARS)
}
