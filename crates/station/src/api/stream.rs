//! `GET /api/stream`: the live picture over a WebSocket. Changes are written once for all clients.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::MissedTickBehavior;

use super::picture::{ChangesView, PictureView};
use super::problem::Problem;
use super::shown::{Seen, Shown};
use crate::identity::Viewer;
use crate::limits::{STREAM_HEARTBEAT, STREAM_INTERVAL, STREAM_SEND_PATIENCE};

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Told {
    Picture(PictureView),
    Changes(ChangesView),
}

/// A message for every client, and the entry up to which it tells.
#[derive(Debug, Clone)]
pub(super) struct Broadcast {
    seq: u64,
    text: Utf8Bytes,
}

pub(super) async fn stream(
    Seen(shown): Seen,
    viewer: Viewer,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let Ok(place) = Arc::clone(&shown.streams).try_acquire_owned() else {
        let detail = "too many live streams are open; close one";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "streams-full", detail));
    };
    // Clients have nothing to say.
    let upgrade = upgrade.max_message_size(1_024);
    Ok(upgrade.on_upgrade(move |socket| tell(shown, viewer, socket, place)))
}

/// Tells one client everything until it goes away, or may not be told any more.
async fn tell(
    shown: Arc<Shown>,
    viewer: Viewer,
    mut socket: WebSocket,
    _place: OwnedSemaphorePermit,
) {
    let lapsed = viewer.lapsed();
    let over = shown.outlook.over();
    tokio::pin!(lapsed, over);
    let mut changes = shown.changes.subscribe();
    let (mut seq, picture) = whole(&shown);
    if !send(&mut socket, picture).await {
        return;
    }
    loop {
        let text = tokio::select! {
            () = &mut lapsed => return refuse(&mut socket).await,
            // What was released has changed: whoever comes again is shown what is released now.
            () = &mut over => return,
            heard = socket.recv() => match heard {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
            change = changes.recv() => match change {
                Ok(change) if change.seq < seq => continue,
                Ok(change) => change.text,
                Err(RecvError::Lagged(_)) => {
                    let picture;
                    (seq, picture) = whole(&shown);
                    picture
                }
                Err(RecvError::Closed) => return,
            },
        };
        if !send(&mut socket, text).await {
            return;
        }
    }
}

/// Ends a stream whose client is not signed in any more (RFC 6455, section 7.4.1: policy).
async fn refuse(socket: &mut WebSocket) {
    let reason = Utf8Bytes::from_static("not signed in any more");
    let close = Message::Close(Some(CloseFrame { code: close_code::POLICY, reason }));
    drop(tokio::time::timeout(STREAM_SEND_PATIENCE, socket.send(close)).await);
}

async fn send(socket: &mut WebSocket, text: Utf8Bytes) -> bool {
    let sent = tokio::time::timeout(STREAM_SEND_PATIENCE, socket.send(Message::Text(text))).await;
    matches!(sent, Ok(Ok(())))
}

fn whole(shown: &Shown) -> (u64, Utf8Bytes) {
    let picture = shown.outlook.live().read();
    (picture.seq, text_of(&Told::Picture(PictureView::of(&picture, shown.around()))))
}

fn text_of(told: &Told) -> Utf8Bytes {
    serde_json::to_string(told).expect("views hold strings, numbers and lists of them").into()
}

/// Writes what changed, at most five times a second, and at least once a second that the station lives.
pub(super) async fn publish(shown: Arc<Shown>) {
    let mut clock = tokio::time::interval(STREAM_INTERVAL);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = shown.outlook.live().read().seq;
    let mut told_at = Instant::now();
    loop {
        tokio::select! {
            _ = clock.tick() => {}
            () = shown.outlook.over() => return,
        }
        let seq = shown.outlook.live().read().seq;
        if shown.changes.receiver_count() == 0 {
            // Whoever comes gets a whole picture that is at least as new.
            told = seq;
            continue;
        }
        if seq == told && told_at.elapsed() < STREAM_HEARTBEAT {
            continue;
        }
        let change = change_since(&shown, told);
        (told, told_at) = (change.seq, Instant::now());
        // The last client may have gone meanwhile.
        drop(shown.changes.send(change));
    }
}

fn change_since(shown: &Shown, since: u64) -> Broadcast {
    let picture = shown.outlook.live().read();
    let told = ChangesView::since(&picture, since, shown.around())
        .map_or_else(|| Told::Picture(PictureView::of(&picture, shown.around())), Told::Changes);
    Broadcast { seq: picture.seq, text: text_of(&told) }
}

/// The message that clients would be sent, as text.
#[cfg(test)]
pub(super) fn told_since(shown: &Shown, since: u64) -> String {
    change_since(shown, since).text.to_string()
}
