//! What a door has let in and refused since the station started.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::ingest::sapient::Counts;

/// Counts over all connections of a door. Each is exact; together they are no snapshot.
#[derive(Debug, Default)]
pub struct Counters {
    connected: AtomicU64,
    connections: AtomicU64,
    turned_away: AtomicU64,
    accepted: AtomicU64,
    rejected: AtomicU64,
    redacted: AtomicU64,
    ignored: AtomicU64,
    last_end: Mutex<String>,
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

    /// What the messages of all connections came to.
    pub fn counts(&self) -> Counts {
        Counts {
            accepted: self.accepted.load(Ordering::Relaxed),
            rejected: self.rejected.load(Ordering::Relaxed),
            redacted: self.redacted.load(Ordering::Relaxed),
            ignored: self.ignored.load(Ordering::Relaxed),
        }
    }

    /// Why the connection that ended last did so; empty before the first.
    pub fn last_end(&self) -> String {
        self.last_end.lock().map(|end| end.clone()).unwrap_or_default()
    }

    pub(super) fn turn_away(&self) {
        self.turned_away.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn open(&self) {
        self.connected.fetch_add(1, Ordering::Relaxed);
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn close(&self, end: &str) {
        self.connected.fetch_sub(1, Ordering::Relaxed);
        if let Ok(mut last) = self.last_end.lock() {
            end.clone_into(&mut last);
        }
    }

    /// Adds what one session counted since it was last asked.
    pub(super) fn add(&self, before: Counts, now: Counts) {
        self.accepted.fetch_add(now.accepted - before.accepted, Ordering::Relaxed);
        self.rejected.fetch_add(now.rejected - before.rejected, Ordering::Relaxed);
        self.redacted.fetch_add(now.redacted - before.redacted, Ordering::Relaxed);
        self.ignored.fetch_add(now.ignored - before.ignored, Ordering::Relaxed);
    }
}
