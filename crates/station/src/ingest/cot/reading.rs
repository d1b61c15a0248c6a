//! What an event means to a border: somebody's place, a call, a sighting, a note, a message, or nothing.

use sight::coverage::view::Cone;
use sight::geo::Wgs84;
use sight::sector::UnitId;
use watch::call::{Call, CallKind, CallWord};
use watch::detection::{
    Class, DetectionReport, ReportedPlace, ReportedPosition, Source, StatusReport,
};
use watch::mark::Mark;
use watch::message::Message;
use wire::cot::Event;
use wire::text;

use super::phones::Phones;
use super::sensor;
use super::{DOOR, limits, name};
use crate::ingest::refuse_far;
use crate::ingest::rejections::Refusal;

/// What is to be journalled; its time is put in by the caller, who checks it.
#[derive(Debug, PartialEq)]
pub(super) enum Meaning {
    Position(StatusReport),
    Call(Call),
    /// A person marked somebody.
    Sighting(DetectionReport),
    /// A person marked a place.
    Note(Message),
    /// A person marked a sensor.
    Mark(Mark),
    Wrote(Message),
    /// Right, and of no use here.
    Nothing,
}

/// Calls by type; the longer types first, as one may begin another.
const CALLS: [(&str, CallKind); 5] = [
    ("b-a-o-tbl", CallKind::Emergency),
    ("b-a-o-pan", CallKind::Attention),
    ("b-a-o-opn", CallKind::InContact),
    ("b-a-g", CallKind::GeofenceLeft),
    ("b-a-o", CallKind::Other),
];

pub(super) fn meaning(event: &Event, phones: &Phones) -> Result<Meaning, Refusal> {
    let kind = event.kind.as_str();
    if kind.starts_with("b-a-o") || kind.starts_with("b-a-g") {
        return call(event, phones).map(Meaning::Call);
    }
    if kind == "b-t-f" {
        return chat(event, phones);
    }
    if kind.starts_with("b-m-p-") {
        return match sensor::looks(event)? {
            Some((looks, model)) => mark(event, (looks, model), phones),
            None => note(event, phones),
        };
    }
    match kind.split('-').collect::<Vec<_>>()[..] {
        ["a", "f" | "a", ..] => position(event, phones),
        ["a", _, ..] => sighting(event, phones),
        _ => Ok(Meaning::Nothing),
    }
}

/// A friendly place: a unit's own, or a mark of one that its person set.
fn position(event: &Event, phones: &Phones) -> Result<Meaning, Refusal> {
    let Some(unit) = phones.unit(&event.uid) else {
        // Whoever marks where friends are has not seen anybody who may be crossing.
        return if author(event, phones).is_some() {
            Ok(Meaning::Nothing)
        } else {
            Err(stranger("event@uid", &event.uid))
        };
    };
    let place = place(event, phones)?;
    Ok(Meaning::Position(StatusReport {
        source: Source::Unit(unit.clone()),
        report_id: format!("{DOOR}-{}", name(&event.uid)),
        observed_at: event.time,
        detecting: true,
        note: String::new(),
        location: Some(place),
        weather: None,
        impaired: None,
    }))
}

fn call(event: &Event, phones: &Phones) -> Result<Call, Refusal> {
    let emergency = event.detail("emergency");
    let cancelled = event.kind == "b-a-o-can"
        || emergency.and_then(|e| e.attribute("cancel")).is_some_and(|told| told.trim() == "true");
    let called = CALLS.iter().find(|(kind, _)| event.kind.starts_with(kind));
    let kind = called.map_or(CallKind::Other, |(_, kind)| *kind);
    let (caller_uid, unit) =
        author(event, phones).map_or((None, None), |(uid, unit)| (Some(uid), Some(unit.clone())));
    let named = emergency.map(wire::cot::xml::Element::text).filter(|text| !text.trim().is_empty());
    let named = named.or_else(|| callsign(event).map(str::to_owned));
    let named = named.unwrap_or_else(|| caller_uid.unwrap_or(&event.uid).to_owned());
    Ok(Call {
        door: DOOR.to_owned(),
        device: device(&event.uid)?,
        name: name(&named),
        unit,
        word: if cancelled { CallWord::CalledOff } else { CallWord::Raised(kind) },
        observed_at: event.time,
        // A call without a place that can be is a call all the same.
        place: place(event, phones).ok(),
    })
}

fn sighting(event: &Event, phones: &Phones) -> Result<Meaning, Refusal> {
    let Some((_, unit)) = author(event, phones) else {
        return Err(stranger("link@uid", &event.uid));
    };
    let class = class_of(&event.kind);
    Ok(Meaning::Sighting(DetectionReport {
        source: Source::Unit(unit.clone()),
        report_id: format!("{DOOR}-{}", name(&event.uid)),
        object_id: device(&event.uid)?,
        observed_at: event.time,
        position: ReportedPosition::Place(place(event, phones)?),
        confidence: None,
        classes: class.map(|class| (class, phones.class_confidence())).into_iter().collect(),
        remarks: watch::detection::Remarks::default(),
    }))
}

/// By the type's dimension and, on the ground, its function: units, equipment that drives.
fn class_of(kind: &str) -> Option<Class> {
    match kind.split('-').skip(2).collect::<Vec<_>>()[..] {
        ["A", ..] => Some(Class::Aircraft),
        ["G", "E", "V", ..] => Some(Class::Vehicle),
        ["G", "U", ..] => Some(Class::Group),
        _ => None,
    }
}

fn note(event: &Event, phones: &Phones) -> Result<Meaning, Refusal> {
    let Some((uid, unit)) = author(event, phones) else {
        return Err(stranger("link@uid", &event.uid));
    };
    let words = [
        callsign(event).map(str::to_owned),
        event.detail("remarks").map(wire::cot::xml::Element::text),
    ];
    let words: Vec<String> =
        words.into_iter().flatten().filter(|word| !word.trim().is_empty()).collect();
    let place = place(event, phones)?;
    let told = text::clean(&words.join(": "), limits::NOTE_CHARS);
    let shown = if told.is_empty() { "a marked place".to_owned() } else { told };
    Ok(Meaning::Note(Message {
        door: DOOR.to_owned(),
        id: device(&event.uid)?,
        name: name(uid),
        unit: Some(unit.clone()),
        text: shown,
        written_at: event.time,
        place: Some(place),
        asked: None,
    }))
}

/// A sensor of theirs, with its view.
fn mark(
    event: &Event,
    (looks, model): (Cone, Option<&str>),
    phones: &Phones,
) -> Result<Meaning, Refusal> {
    let Some((uid, unit)) = author(event, phones) else {
        return Err(stranger("link@uid", &event.uid));
    };
    let called = callsign(event).filter(|called| !called.trim().is_empty());
    let called = called.unwrap_or(&event.uid);
    let called = model.map_or_else(|| called.to_owned(), |model| format!("{called} ({model})"));
    Ok(Meaning::Mark(Mark {
        door: DOOR.to_owned(),
        device: name(uid),
        id: device(&event.uid)?,
        name: name(&called),
        unit: unit.clone(),
        place: place(event, phones)?,
        looks,
        told_at: event.time,
        until: event.stale,
    }))
}

fn chat(event: &Event, phones: &Phones) -> Result<Meaning, Refusal> {
    let Some((uid, unit)) = author(event, phones) else {
        return Err(stranger("link@uid", &event.uid));
    };
    let told = event.detail("remarks").map(wire::cot::xml::Element::text).unwrap_or_default();
    let told = text::clean(&told, limits::NOTE_CHARS);
    if told.is_empty() {
        return Err(Refusal::new("remarks", "must hold the message, and is empty"));
    }
    let chat = event.detail("__chat").and_then(|chat| chat.attribute("senderCallsign"));
    let callsign = chat.or_else(|| callsign(event)).unwrap_or(uid);
    Ok(Meaning::Wrote(Message {
        door: DOOR.to_owned(),
        id: device(&event.uid)?,
        name: name(callsign),
        unit: Some(unit.clone()),
        text: told,
        written_at: event.time,
        place: None,
        asked: None,
    }))
}

/// The known device that an event is of, or that made it, with its unit.
fn author<'a>(event: &'a Event, phones: &'a Phones) -> Option<(&'a str, &'a UnitId)> {
    let links = event.details().filter(|detail| matches!(detail.name.as_str(), "link" | "creator"));
    let linked = links.filter_map(|link| link.attribute("uid"));
    // A chat's uid names its sender in second place.
    let chats = super::chat::writer_of(&event.uid);
    let named = std::iter::once(event.uid.as_str()).chain(linked).chain(chats);
    let mut known = named.filter_map(|uid| Some((uid, phones.unit(uid)?)));
    known.next()
}

fn callsign(event: &Event) -> Option<&str> {
    event.detail("contact").and_then(|contact| contact.attribute("callsign"))
}

fn place(event: &Event, phones: &Phones) -> Result<ReportedPlace, Refusal> {
    let point = &event.point;
    let place = Wgs84::new(point.lon_deg, point.lat_deg)
        .map_err(|fault| Refusal::new("point", fault.to_string()))?;
    refuse_far(place, "point", phones.frame())?;
    // The standard makes it one sigma where it is an error at all; nothing here is known to the metre's hundredth.
    let sigma_m = point.ce_m.filter(|ce_m| (0.01..=limits::SIGMA_MAX_M).contains(ce_m));
    Ok(ReportedPlace {
        lon_deg: point.lon_deg,
        lat_deg: point.lat_deg,
        // Heights above the ellipsoid are no heights above sea, and the station has no geoid.
        height_m: None,
        height_sigma_m: None,
        east_sigma_m: sigma_m,
        north_sigma_m: sigma_m,
    })
}

/// A device's id as it is kept; one that would have to be cut could be taken for another's.
fn device(uid: &str) -> Result<String, Refusal> {
    let kept = text::clean(uid, limits::UID_CHARS + 1);
    if kept.chars().count() > limits::UID_CHARS {
        let reason = format!("must hold at most {} characters", limits::UID_CHARS);
        return Err(Refusal::new("event@uid", reason));
    }
    Ok(kept)
}

fn stranger(field: &str, uid: &str) -> Refusal {
    let reason = format!("no unit of the sector has the device {:?}", name(uid));
    Refusal::new(field, reason)
}
