//! `GET /api/stream`: the live picture over a WebSocket. Changes are written once for all clients.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::ws::{self, CloseFrame, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::MissedTickBehavior;

use super::picture::{ChangesView, PictureView, Told};
use super::problem::Problem;
use super::shown::{Seen, Shown};
use crate::identity::Viewer;
use crate::limits::{
    STREAM_BYTES_PER_S, STREAM_HEARTBEAT, STREAM_INTERVAL, STREAM_MESSAGE_BYTES,
    STREAM_MESSAGES_WAITING_MAX, STREAM_SEND_PATIENCE,
};

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Message {
    Picture(PictureView),
    Changes(ChangesView),
}

/// What all clients are told.
#[derive(Debug)]
pub(super) struct Telling {
    changes: broadcast::Sender<Broadcast>,
    whole: Mutex<Whole>,
}

/// The picture as whoever comes is told it first. Thousands who come together are told the same.
#[derive(Debug, Default)]
struct Whole {
    /// Up to here all who were there have been told; whoever comes must not be told less.
    told: u64,
    text: Option<(u64, Utf8Bytes)>,
}

/// A message for every client, and the entry up to which it tells.
#[derive(Debug, Clone)]
struct Broadcast {
    seq: u64,
    has_tracks: bool,
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
    let (mut changes, (mut seq, picture)) = shown.telling.join(&shown);
    if !send(&mut socket, picture).await {
        return;
    }
    loop {
        let text = tokio::select! {
            () = &mut lapsed => return refuse(&mut socket).await,
            // What was released has changed: whoever comes again is shown what is released now.
            () = &mut over => return,
            heard = socket.recv() => match heard {
                Some(Ok(ws::Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
            change = changes.recv() => match change {
                Ok(change) if change.seq < seq => continue,
                Ok(change) => change.text,
                Err(RecvError::Lagged(_)) => {
                    let picture;
                    (seq, picture) = shown.telling.whole(&shown);
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
    let close = ws::Message::Close(Some(CloseFrame { code: close_code::POLICY, reason }));
    drop(tokio::time::timeout(STREAM_SEND_PATIENCE, socket.send(close)).await);
}

async fn send(socket: &mut WebSocket, text: Utf8Bytes) -> bool {
    let sent =
        tokio::time::timeout(STREAM_SEND_PATIENCE, socket.send(ws::Message::Text(text))).await;
    matches!(sent, Ok(Ok(())))
}

impl Default for Telling {
    fn default() -> Self {
        let (changes, _) = broadcast::channel(STREAM_MESSAGES_WAITING_MAX);
        Self { changes, whole: Mutex::default() }
    }
}

impl Telling {
    /// All that is told from now on, and the picture up to now.
    fn join(&self, shown: &Shown) -> (broadcast::Receiver<Broadcast>, (u64, Utf8Bytes)) {
        let mut whole = self.lock();
        (self.changes.subscribe(), whole.of(shown))
    }

    fn whole(&self, shown: &Shown) -> (u64, Utf8Bytes) {
        self.lock().of(shown)
    }

    fn tell(&self, change: Broadcast) {
        let mut whole = self.lock();
        whole.told = change.seq;
        // The last client may have gone meanwhile.
        drop(self.changes.send(change));
    }

    /// Where nobody listens, takes everything up to now for told: whoever comes gets a picture that is at least as new.
    fn tell_nobody(&self, shown: &Shown) -> Option<u64> {
        let mut whole = self.lock();
        (self.changes.receiver_count() == 0).then(|| {
            whole.told = shown.outlook.live().read().seq;
            whole.told
        })
    }

    fn lock(&self) -> MutexGuard<'_, Whole> {
        self.whole.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Whole {
    fn of(&mut self, shown: &Shown) -> (u64, Utf8Bytes) {
        if let Some((seq, text)) = self.text.as_ref().filter(|(seq, _)| *seq >= self.told) {
            return (*seq, text.clone());
        }
        let picture = shown.outlook.live().read();
        let view = PictureView::of(&picture, shown.around());
        let whole = (picture.seq, text_of(&Message::Picture(view)));
        drop(picture);
        self.text = Some(whole.clone());
        whole
    }
}

fn text_of(told: &Message) -> Utf8Bytes {
    serde_json::to_string(told).expect("views hold strings, numbers and lists of them").into()
}

/// Writes what changed, at most five times a second, and at least once a second that the station lives.
pub(super) async fn publish(shown: Arc<Shown>) {
    let mut clock = tokio::time::interval(STREAM_INTERVAL);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = Told::all(shown.outlook.live().read().seq);
    let mut told_at = Instant::now();
    let mut pace = Pace::default();
    loop {
        tokio::select! {
            _ = clock.tick() => {}
            () = shown.outlook.over() => return,
        }
        if let Some(seq) = shown.telling.tell_nobody(&shown) {
            told = Told::all(seq);
            continue;
        }
        let seq = shown.outlook.live().read().seq;
        let now = Instant::now();
        let is_idle =
            seq == told.rest && seq == told.tracks && told_at.elapsed() < STREAM_HEARTBEAT;
        if is_idle || !pace.is_due(now) {
            continue;
        }
        let change = if pace.are_tracks_due(now) {
            change_since(&shown, told)
        } else {
            beside_tracks(&shown, told.rest)
        };
        (told.rest, told_at) = (change.seq, now);
        if change.has_tracks {
            told.tracks = change.seq;
        }
        pace.note(&change, shown.telling.changes.receiver_count(), now);
        shown.telling.tell(change);
    }
}

/// When what is told next. With thousands of clients tracks are told less often, so that everything else - alarms above all -
/// still reaches them at once.
#[derive(Debug, Default)]
struct Pace {
    next: Option<Instant>,
    next_tracks: Option<Instant>,
}

impl Pace {
    fn is_due(&self, now: Instant) -> bool {
        self.next.is_none_or(|next| now >= next)
    }

    fn are_tracks_due(&self, now: Instant) -> bool {
        self.next_tracks.is_none_or(|next| now >= next)
    }

    fn note(&mut self, change: &Broadcast, clients: usize, now: Instant) {
        let takes = |bytes: usize| {
            let all = clients.saturating_mul(bytes + STREAM_MESSAGE_BYTES);
            Duration::from_secs_f64(all as f64 / STREAM_BYTES_PER_S)
        };
        self.next = Some(now + takes(0));
        if change.has_tracks {
            self.next_tracks = Some(now + takes(change.text.len()));
        }
    }
}

fn change_since(shown: &Shown, told: Told) -> Broadcast {
    let picture = shown.outlook.live().read();
    let told = ChangesView::since(&picture, told, shown.around()).map_or_else(
        || Message::Picture(PictureView::of(&picture, shown.around())),
        Message::Changes,
    );
    Broadcast { seq: picture.seq, has_tracks: true, text: text_of(&told) }
}

fn beside_tracks(shown: &Shown, since: u64) -> Broadcast {
    let picture = shown.outlook.live().read();
    let told = Message::Changes(ChangesView::beside_tracks(&picture, since, shown.around()));
    Broadcast { seq: picture.seq, has_tracks: false, text: text_of(&told) }
}

/// The message that clients would be sent, as text.
#[cfg(test)]
pub(super) fn told_since(shown: &Shown, since: u64) -> String {
    change_since(shown, Told::all(since)).text.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_tracks(bytes: usize) -> Broadcast {
        Broadcast { seq: 1, has_tracks: true, text: "x".repeat(bytes).into() }
    }

    #[test]
    fn a_few_clients_are_told_everything_at_once_and_thousands_their_tracks_less_often() {
        let now = Instant::now();
        let (mut few, mut many) = (Pace::default(), Pace::default());
        assert!(few.is_due(now) && few.are_tracks_due(now));
        few.note(&with_tracks(80_000), 20, now);
        many.note(&with_tracks(80_000), 5_000, now);

        let next = now + STREAM_INTERVAL;
        assert!(few.is_due(next) && few.are_tracks_due(next));
        assert!(!many.are_tracks_due(next + STREAM_INTERVAL));
        let in_time = now + Duration::from_millis(600);
        assert!(many.is_due(in_time) && !many.are_tracks_due(in_time));

        let rest = Broadcast { has_tracks: false, ..with_tracks(1_000) };
        many.note(&rest, 5_000, in_time);
        assert!(many.are_tracks_due(now + Duration::from_secs(5)));
    }
}
