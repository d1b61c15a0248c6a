//! `GET /api/messages`: what people in the field wrote to the desk.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use watch::message::Kept;

use super::Api;
use super::sector::{LonLat, round};

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
}

pub(super) async fn messages(State(api): State<Arc<Api>>) -> Json<MessagesView> {
    let (version, kept) = api.handle.live().read().messages.value.clone();
    Json(MessagesView { version, messages: kept.iter().map(MessageView::of).collect() })
}

impl MessageView {
    fn of(kept: &Kept) -> Self {
        let message = &kept.message;
        let at = message.place.map(|place| [round(place.lon_deg, 6), round(place.lat_deg, 6)]);
        Self {
            id: kept.number,
            door: message.door.clone(),
            name: message.name.clone(),
            unit: message.unit.as_ref().map(|unit| unit.0.clone()),
            text: message.text.clone(),
            written_at: message.written_at.to_string(),
            arrived_at: kept.arrived_at.to_string(),
            at,
        }
    }
}
