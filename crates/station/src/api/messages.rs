//! `/api/messages`: what people in the field wrote to the desk, and what it answers.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use watch::detection::ReportedPlace;
use watch::journal::Input;
use watch::message::{Asked, AskedKind, AskedStage, Became, Kept, Message, Standing};
use wire::text;

use super::Api;
use super::commands::{person, read_key, said_by};
use super::problem::Problem;
use super::sector::{LonLat, round};
use super::shown::Seen;
use crate::identity::Viewer;
use crate::ingest::cot::{self, Reply, chat};
use crate::ingest::limits::NOTE_CHARS;
use crate::runtime::live::KeptMessages;

/// How the desk's own words are told from the field's.
const DESK: &str = "desk";

#[derive(Debug, Serialize)]
pub(super) struct MessagesView {
    version: u64,
    /// In the order in which they came; older ones are in the record alone.
    messages: Vec<MessageView>,
}

#[derive(Debug, Serialize)]
struct MessageView {
    id: u64,
    door: String,
    name: String,
    unit: Option<String>,
    text: String,
    written_at: String,
    arrived_at: String,
    at: Option<LonLat>,
    /// The uid of the phone that can be answered.
    phone: Option<String>,
    /// What a parent asks by it.
    asked: Option<AskedView>,
    /// Number of the entry that it came by.
    entry: Option<u64>,
}

/// What a parent asks, and how far that has come.
#[derive(Debug, Serialize)]
struct AskedView {
    kind: AskedKind,
    /// All places that it names, in its order.
    places: Vec<LonLat>,
    /// What is to be followed.
    track: Option<u64>,
    stage: AskedStage,
    /// Whose order it became.
    sensor: Option<String>,
    task: Option<u64>,
    by: Option<String>,
    note: String,
    changed_at: String,
    /// Number of the entry by which the desk answered last.
    entry: Option<u64>,
}

/// What the desk answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    /// The number of the message.
    message: u64,
    text: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Sent {
    status: &'static str,
    phone: String,
    /// Number of the entry that the answer is.
    index: Option<u64>,
}

pub(super) async fn messages(Seen(shown): Seen) -> Json<MessagesView> {
    let KeptMessages { version, kept } = shown.outlook.live().read().messages.value.clone();
    Json(MessagesView { version, messages: kept.iter().map(MessageView::of).collect() })
}

/// Sends words to the phone that wrote, once they are in the record.
pub(super) async fn answer(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Sent>, Problem> {
    let key = read_key(&headers)?;
    let (by, rest) = said_by(&body)?;
    let Answer { message: number, text: words } = serde_json::from_value(rest)
        .map_err(|error| Problem::bad_request("body-wrong", "body", error.to_string()))?;
    let (by, words) = (person(by, &viewer)?, words_of(&words)?);
    let id = format!("{DESK}-{key}");
    let KeptMessages { kept, .. } = api.handle.live().read().messages.value.clone();
    let asked = kept.iter().find(|kept| kept.number == number).ok_or_else(|| {
        let detail = format!("there is no message {number}, or it is in the record alone");
        Problem::new(StatusCode::NOT_FOUND, "message-unknown", detail).at("message")
    })?;
    let phone = phone_of(&asked.message).ok_or_else(|| {
        let detail = format!("message {number} is no chat of a phone: nobody can be answered");
        Problem::new(StatusCode::CONFLICT, "no-phone", detail).at("message")
    })?;
    let away = || {
        let detail = format!("the phone {phone} is not connected: nobody would read it");
        Problem::new(StatusCode::CONFLICT, "phone-away", detail).at("message")
    };
    if !api.handle.correspondents().is_reached(phone) {
        return Err(away());
    }
    let now = api.handle.now();
    let answer = Message {
        door: DESK.to_owned(),
        id: id.clone(),
        name: by.0,
        unit: asked.message.unit.clone(),
        text: words.clone(),
        written_at: now,
        place: None,
        asked: None,
    };
    // The same key is the same answer: it is in the record once, and phones know it by its id.
    let before = kept.iter().find(|kept| kept.message.door == DESK && kept.message.id == id);
    let index = match before {
        Some(before) => before.entry,
        None => Some(api.handle.submit(vec![Input::Wrote(answer)]).await?.index),
    };
    let to = (phone, asked.message.name.as_str());
    let event = chat::answer(&api.handle.station_uid(), to, (&id, &words), now);
    let reply = Reply { event, then_protobuf: false };
    if !api.handle.correspondents().send(phone, reply) {
        return Err(away());
    }
    Ok(Json(Sent { status: "sent", phone: phone.to_owned(), index }))
}

/// Words as they are kept and sent: nothing is left out or cut off behind the writer's back.
fn words_of(told: &str) -> Result<String, Problem> {
    let words = text::clean(told, NOTE_CHARS + 1);
    if words.trim().is_empty() || words.chars().count() > NOTE_CHARS {
        let got = told.chars().count();
        let detail = format!("must hold 1 to {NOTE_CHARS} characters to be read, got {got}");
        return Err(Problem::bad_request("text-wrong", "text", detail));
    }
    Ok(words)
}

/// The phone that wrote a chat.
fn phone_of(message: &Message) -> Option<&str> {
    if message.door == cot::DOOR { chat::writer_of(&message.id) } else { None }
}

impl MessageView {
    fn of(kept: &Kept) -> Self {
        let message = &kept.message;
        let asked = message.asked.as_ref().zip(kept.standing.as_ref());
        Self {
            id: kept.number,
            door: message.door.clone(),
            name: message.name.clone(),
            unit: message.unit.as_ref().map(|unit| unit.0.clone()),
            text: message.text.clone(),
            written_at: message.written_at.to_string(),
            arrived_at: kept.arrived_at.to_string(),
            at: message.place.map(lon_lat),
            phone: phone_of(message).map(str::to_owned),
            asked: asked.map(|(asked, standing)| AskedView::of(asked, standing)),
            entry: kept.entry,
        }
    }
}

impl AskedView {
    fn of(asked: &Asked, standing: &Standing) -> Self {
        let (sensor, task) = match &standing.became {
            Some(Became::Pointing(sensor, _)) => (Some(sensor.0.clone()), None),
            Some(Became::Task(task)) => (None, Some(task.0)),
            None => (None, None),
        };
        Self {
            kind: asked.kind,
            places: asked.places.iter().copied().map(lon_lat).collect(),
            track: asked.track.map(|track| track.0),
            stage: standing.stage,
            sensor,
            task,
            by: standing.by.as_ref().map(|by| by.0.clone()),
            note: standing.note.clone(),
            changed_at: standing.changed_at.to_string(),
            entry: standing.entry,
        }
    }
}

fn lon_lat(place: ReportedPlace) -> LonLat {
    [round(place.lon_deg, 6), round(place.lat_deg, 6)]
}
