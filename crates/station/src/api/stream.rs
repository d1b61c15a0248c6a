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

use super::picture::{ChangesView, PictureView};
use super::problem::Problem;
use super::shown::{Seen, Shown};
use crate::identity::Viewer;
use crate::limits::{
    STREAM_BYTES_PER_S, STREAM_HEARTBEAT, STREAM_INTERVAL, STREAM_MESSAGE_BYTES,
    STREAM_MESSAGES_WAITING_MAX, STREAM_SEND_PATIENCE,
};
use crate::release::Over;

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

/// The longest that a client is listened to.
const HEARD_BYTES: usize = 1_024;

/// Clients are divided into so many, by the order in which they came.
const COHORTS: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    All,
    Cohort(usize),
}

/// The picture as whoever comes is told it first. Thousands who come together are told the same.
#[derive(Debug, Default)]
struct Whole {
    /// Up to here all who were there have been told; whoever comes must not be told less.
    told: u64,
    text: Option<(u64, Utf8Bytes)>,
    /// How many came so far.
    came: usize,
}

/// A message, for whom it is, and the entry up to which it tells.
#[derive(Debug, Clone)]
pub(super) struct Broadcast {
    seq: u64,
    to: Audience,
    text: Utf8Bytes,
}

impl Broadcast {
    /// Whether a client of a cohort, who was told everything before an entry, is to be told this.
    pub(super) fn is_news_for(&self, own: Audience, seq: u64) -> bool {
        self.seq >= seq && (self.to == Audience::All || self.to == own)
    }
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
    // Clients have nothing to say. What a socket may read at once is filled with zeros each time that it is asked.
    let upgrade = upgrade.max_message_size(HEARD_BYTES).read_buffer_size(HEARD_BYTES);
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
    let (own, mut changes, (mut seq, picture)) = shown.telling.join(&shown);
    if !send(&mut socket, picture).await {
        return;
    }
    loop {
        let text = tokio::select! {
            () = &mut lapsed => return refuse(&mut socket).await,
            why = &mut over => return end(&mut socket, why).await,
            heard = socket.recv() => match heard {
                Some(Ok(ws::Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
            change = changes.recv() => match change {
                Ok(change) if !change.is_news_for(own, seq) => continue,
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
    close(socket, close_code::POLICY, "not signed in any more").await;
}

/// Ends a stream when what its agency is given has changed: whoever comes again is shown what is given now. Of what was taken
/// back nothing is told but that it was.
async fn end(socket: &mut WebSocket, why: Over) {
    let reason = match why {
        Over::Changed => "what your agency is given has changed",
        Over::Recalled => "something that your agency was given was recalled",
    };
    close(socket, close_code::RESTART, reason).await;
}

async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) {
    let reason = Utf8Bytes::from_static(reason);
    let close = ws::Message::Close(Some(CloseFrame { code, reason }));
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
    /// The cohort of who has just come, all that is told from now on, and the picture up to now.
    pub(super) fn join(
        &self,
        shown: &Shown,
    ) -> (Audience, broadcast::Receiver<Broadcast>, (u64, Utf8Bytes)) {
        let mut whole = self.lock();
        whole.came = whole.came.wrapping_add(1);
        (Audience::Cohort(whole.came % COHORTS), self.changes.subscribe(), whole.of(shown))
    }

    pub(super) fn whole(&self, shown: &Shown) -> (u64, Utf8Bytes) {
        self.lock().of(shown)
    }

    fn tell(&self, change: Broadcast) {
        let mut whole = self.lock();
        whole.told = whole.told.max(change.seq);
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
    let mut rounds = Rounds::begin(&shown, Instant::now());
    loop {
        tokio::select! {
            _ = clock.tick() => {}
            _ = shown.outlook.over() => return,
        }
        rounds.next(&shown, Instant::now());
    }
}

/// Up to where everybody was told, and whose turn it is.
#[derive(Debug)]
pub(super) struct Rounds {
    told: Told,
    turns: Turns,
}

impl Rounds {
    pub(super) fn begin(shown: &Shown, now: Instant) -> Self {
        let seq = shown.outlook.live().read().seq;
        Self { told: Told::all(seq, now), turns: Turns::default() }
    }

    /// Tells what changed, if anything did or it is time to be heard of.
    pub(super) fn next(&mut self, shown: &Shown, now: Instant) {
        if let Some(seq) = shown.telling.tell_nobody(shown) {
            self.told = Told::all(seq, now);
            return;
        }
        let newest = shown.outlook.live().read().seq;
        if newest > self.told.least() || now >= self.told.at + STREAM_HEARTBEAT {
            self.tell(shown, now);
        }
    }

    /// Tells everybody everything where that is soon done; else all what is urgent, and the rest to those whose turn it is.
    fn tell(&mut self, shown: &Shown, now: Instant) {
        let Self { told, turns } = self;
        if turns.due(now).len() == COHORTS {
            let change = change_since(shown, told.least(), Audience::All);
            let took = takes(shown.telling.changes.receiver_count(), change.text.len());
            turns.note_all(took, now);
            if took <= STREAM_INTERVAL {
                *told = Told::all(change.seq, now);
                shown.telling.tell(change);
                return;
            }
        }
        if let Some(urgent) = urgent_since(shown, told, now) {
            (told.urgent, told.at) = (urgent.seq, now);
            shown.telling.tell(urgent);
        }
        for cohort in turns.due(now) {
            let change = change_since(shown, told.cohorts[cohort], Audience::Cohort(cohort));
            told.cohorts[cohort] = change.seq;
            let clients = shown.telling.changes.receiver_count();
            turns.next[cohort] = Some(now + takes(clients, change.text.len()));
            shown.telling.tell(change);
        }
    }
}

/// How long it takes to tell all clients so many bytes, at the pace that all together are told at.
fn takes(clients: usize, bytes: usize) -> Duration {
    let all = clients.saturating_mul(bytes + STREAM_MESSAGE_BYTES);
    Duration::from_secs_f64(all as f64 / STREAM_BYTES_PER_S)
}

/// Up to which entries who was told.
#[derive(Debug)]
struct Told {
    cohorts: [u64; COHORTS],
    /// What is urgent, to all.
    urgent: u64,
    /// When all were told anything.
    at: Instant,
}

impl Told {
    fn all(seq: u64, at: Instant) -> Self {
        Self { cohorts: [seq; COHORTS], urgent: seq, at }
    }

    fn least(&self) -> u64 {
        self.cohorts.iter().copied().min().unwrap_or(self.urgent)
    }
}

/// When each cohort is told everything next. A few clients are all told at once, five times a second; of thousands one cohort
/// after the other, so that nobody waits behind megabytes for what is urgent.
#[derive(Debug, Default)]
struct Turns {
    next: [Option<Instant>; COHORTS],
}

impl Turns {
    fn due(&self, now: Instant) -> Vec<usize> {
        (0..COHORTS).filter(|cohort| self.next[*cohort].is_none_or(|next| now >= next)).collect()
    }

    /// All are due at once, which would take so long: where that is too long, they come one after the other, the first now.
    fn note_all(&mut self, took: Duration, now: Instant) {
        for (turn, next) in (0_u32..).zip(&mut self.next) {
            let share = f64::from(turn) / COHORTS as f64;
            *next = (took > STREAM_INTERVAL).then(|| now + took.mul_f64(share));
        }
    }
}

fn change_since(shown: &Shown, since: u64, to: Audience) -> Broadcast {
    let picture = shown.outlook.live().read();
    let told = ChangesView::since(&picture, since, shown.around()).map_or_else(
        || Message::Picture(PictureView::of(&picture, shown.around())),
        Message::Changes,
    );
    Broadcast { seq: picture.seq, to, text: text_of(&told) }
}

/// What is urgent; nothing where nothing is, unless it is time to be heard of.
fn urgent_since(shown: &Shown, told: &Told, now: Instant) -> Option<Broadcast> {
    let picture = shown.outlook.live().read();
    let changes = ChangesView::urgent(&picture, told.urgent, shown.around());
    let is_late = now >= told.at + STREAM_HEARTBEAT;
    let text = (is_late || changes.is_urgent()).then(|| text_of(&Message::Changes(changes)))?;
    Some(Broadcast { seq: picture.seq, to: Audience::All, text })
}

/// The message that clients would be sent, as text.
#[cfg(test)]
pub(super) fn told_since(shown: &Shown, since: u64) -> String {
    change_since(shown, since, Audience::All).text.to_string()
}

#[cfg(test)]
impl Broadcast {
    pub(super) fn is_for_all(&self) -> bool {
        self.to == Audience::All
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_clients_are_told_everything_at_once_and_thousands_one_cohort_after_the_other() {
        let now = Instant::now();
        let mut turns = Turns::default();
        assert_eq!(turns.due(now).len(), COHORTS);

        turns.note_all(takes(20, 80_000), now);
        assert_eq!(turns.due(now + STREAM_INTERVAL).len(), COHORTS);

        let took = takes(5_000, 80_000);
        assert!(took > Duration::from_secs(4), "{took:?}");
        turns.note_all(took, now);
        let due = |share: f64| turns.due(now + took.mul_f64(share)).len();
        assert_eq!([due(0.0), due(0.07), due(0.51), due(1.01)], [1, 2, 9, COHORTS]);
    }
}
