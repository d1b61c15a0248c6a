//! `GET /api/doors`: how each door is, what comes through it, and what went wrong last.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::Api;
use crate::ingest::door::{DoorBoard, Fault};

#[derive(Debug, Serialize)]
pub(super) struct DoorsView {
    now: String,
    doors: Vec<DoorView>,
}

#[derive(Debug, Serialize)]
struct DoorView {
    name: &'static str,
    protocol: &'static str,
    address: String,
    connections_max: usize,
    messages_per_s_max: f64,
    connected: u64,
    connections: u64,
    turned_away: u64,
    throttled: u64,
    cut_off: u64,
    accepted: u64,
    rejected: u64,
    redacted: u64,
    ignored: u64,
    sent: u64,
    bytes: u64,
    messages_per_s: f64,
    /// Why the connection that ended last did so.
    last_end: Option<String>,
    last_error: Option<FaultView>,
    /// What keeps the door from its work now.
    trouble: Option<String>,
}

#[derive(Debug, Serialize)]
struct FaultView {
    at: String,
    what: String,
}

pub(super) async fn doors(State(api): State<Arc<Api>>) -> Json<DoorsView> {
    let doors = api.handle.doors().iter().map(DoorView::of).collect();
    Json(DoorsView { now: api.handle.now().to_string(), doors })
}

impl DoorView {
    fn of(door: &DoorBoard) -> Self {
        let counters = &door.counters;
        let counts = counters.counts();
        Self {
            name: door.name,
            protocol: door.protocol,
            address: door.address.to_string(),
            connections_max: door.limits.connections_max,
            messages_per_s_max: door.limits.messages_per_s,
            connected: counters.connected(),
            connections: counters.connections(),
            turned_away: counters.turned_away(),
            throttled: counters.throttled(),
            cut_off: counters.cut_off(),
            accepted: counts.accepted,
            rejected: counts.rejected,
            redacted: counts.redacted,
            ignored: counts.ignored,
            sent: counters.sent(),
            bytes: counters.bytes(),
            messages_per_s: counters.messages_per_s(),
            last_end: Some(counters.last_end()).filter(|end| !end.is_empty()),
            last_error: counters.last_fault().map(FaultView::of),
            trouble: counters.trouble(),
        }
    }
}

impl FaultView {
    fn of(fault: Fault) -> Self {
        Self { at: fault.at.to_string(), what: fault.what }
    }
}
