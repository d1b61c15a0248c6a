//! What a door has let in and refused since the station started.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use wire::text;

use crate::ingest::limits;

/// Seconds over which a rate is told.
const RATE_S: u64 = 10;
/// One for each of them, and one for the second that has only begun.
const RATE_SLOTS: usize = 11;

/// Counts over all connections of a door. Each is exact; together they are no snapshot.
#[derive(Debug)]
pub struct Counters {
    connected: AtomicU64,
    connections: AtomicU64,
    turned_away: AtomicU64,
    throttled: AtomicU64,
    cut_off: AtomicU64,
    accepted: AtomicU64,
    rejected: AtomicU64,
    redacted: AtomicU64,
    ignored: AtomicU64,
    sent: AtomicU64,
    bytes: AtomicU64,
    opened: Instant,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    last_end: String,
    trouble: Option<String>,
    last_fault: Option<Fault>,
    /// Messages by the second in which they came, counted from the opening, in a ring.
    lately: [(u64, u64); RATE_SLOTS],
}

/// What went wrong at a door, and when by station time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub at: Timestamp,
    pub what: String,
}

/// What the messages of one connection, or of all, came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages used.
    pub accepted: u64,
    /// Messages, or parts of them, that could not be used.
    pub rejected: u64,
    /// Values dropped because the station may not keep them.
    pub redacted: u64,
    /// Messages that are right and say nothing of use, such as an object reported lost.
    pub ignored: u64,
}

impl Counts {
    /// Messages dealt with, well or badly.
    pub fn messages(self) -> u64 {
        self.accepted + self.rejected + self.ignored
    }

    /// The same with what another count grew by.
    #[must_use]
    pub fn plus(self, before: Self, after: Self) -> Self {
        Self {
            accepted: self.accepted + after.accepted - before.accepted,
            rejected: self.rejected + after.rejected - before.rejected,
            redacted: self.redacted + after.redacted - before.redacted,
            ignored: self.ignored + after.ignored - before.ignored,
        }
    }
}

impl Default for Counters {
    fn default() -> Self {
        let zero = AtomicU64::default;
        Self {
            connected: zero(),
            connections: zero(),
            turned_away: zero(),
            throttled: zero(),
            cut_off: zero(),
            accepted: zero(),
            rejected: zero(),
            redacted: zero(),
            ignored: zero(),
            sent: zero(),
            bytes: zero(),
            opened: Instant::now(),
            told: Mutex::default(),
        }
    }
}

impl Counters {
    /// Connections open now.
    pub fn connected(&self) -> u64 {
        self.connected.load(Ordering::Relaxed)
    }

    /// Connections ever accepted.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Connections closed at once because the door was full.
    pub fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// How often a sender was read more slowly because it sent too much.
    pub fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    /// Connections ended because they took nothing, or a message by the byte.
    pub fn cut_off(&self) -> u64 {
        self.cut_off.load(Ordering::Relaxed)
    }

    /// Messages sent.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Bytes read.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// What the messages of all connections came to.
    pub fn counts(&self) -> Counts {
        Counts {
            accepted: self.accepted.load(Ordering::Relaxed),
            rejected: self.rejected.load(Ordering::Relaxed),
            redacted: self.redacted.load(Ordering::Relaxed),
            ignored: self.ignored.load(Ordering::Relaxed),
        }
    }

    /// Messages a second over the last ten.
    pub fn messages_per_s(&self) -> f64 {
        let second = self.second();
        let lately = self.told().lately;
        // The second that has only begun would make the rate look lower than it is.
        let whole = lately.iter().filter(|(at, _)| *at < second && *at + RATE_S >= second);
        whole.map(|(_, messages)| *messages).sum::<u64>() as f64 / RATE_S as f64
    }

    /// Why the connection that ended last did so; empty before the first.
    pub fn last_end(&self) -> String {
        self.told().last_end.clone()
    }

    /// What keeps the door from its work now, if something does.
    pub fn trouble(&self) -> Option<String> {
        self.told().trouble.clone()
    }

    pub(in crate::ingest) fn set_trouble(&self, trouble: Option<String>) {
        self.told().trouble = trouble.map(|what| text::clean(&what, limits::NOTE_CHARS));
    }

    /// What went wrong last.
    pub fn last_fault(&self) -> Option<Fault> {
        self.told().last_fault.clone()
    }

    /// Notes what went wrong; a sender's own words are made fit to be shown.
    pub fn fault(&self, at: Timestamp, what: &str) {
        let what = text::clean(what, limits::NOTE_CHARS);
        self.told().last_fault = Some(Fault { at, what });
    }

    pub(in crate::ingest) fn turn_away(&self) {
        self.turned_away.fetch_add(1, Ordering::Relaxed);
    }

    pub(in crate::ingest) fn cut_off_one(&self) {
        self.cut_off.fetch_add(1, Ordering::Relaxed);
    }

    /// A sender is too fast and is not read for so long.
    pub(in crate::ingest) fn throttle(&self, at: Timestamp, who: &str, pause: Duration) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
        let pause_ms = pause.as_millis();
        self.fault(at, &format!("{who} sends too fast: not read for {pause_ms} ms"));
    }

    pub(crate) fn send(&self, messages: u64) {
        self.sent.fetch_add(messages, Ordering::Relaxed);
    }

    pub(crate) fn open(&self) {
        self.connected.fetch_add(1, Ordering::Relaxed);
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn close(&self, end: &str) {
        self.connected.fetch_sub(1, Ordering::Relaxed);
        end.clone_into(&mut self.told().last_end);
    }

    /// Adds what one connection counted since it was last asked, and the bytes that it took.
    pub(in crate::ingest) fn add(&self, before: Counts, now: Counts, bytes: usize) {
        self.accepted.fetch_add(now.accepted - before.accepted, Ordering::Relaxed);
        self.rejected.fetch_add(now.rejected - before.rejected, Ordering::Relaxed);
        self.redacted.fetch_add(now.redacted - before.redacted, Ordering::Relaxed);
        self.ignored.fetch_add(now.ignored - before.ignored, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        let messages = now.messages() - before.messages();
        if messages > 0 {
            self.came(messages);
        }
    }

    fn came(&self, messages: u64) {
        let second = self.second();
        let mut told = self.told();
        let place = usize::try_from(second % RATE_SLOTS as u64).unwrap_or_default();
        if let Some(slot) = told.lately.get_mut(place) {
            if slot.0 != second {
                *slot = (second, 0);
            }
            slot.1 += messages;
        }
    }

    fn second(&self) -> u64 {
        // An untouched slot is of second 0, which must lie too far back to be counted.
        self.opened.elapsed().as_secs() + RATE_S + 1
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
