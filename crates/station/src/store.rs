//! The query store: a projection of the record that can be thrown away and built again.
//!
//! One thread writes. The core never waits for it: when it falls too far behind it stops, says so, and the next
//! start brings it up to date from the record.

pub mod sqlite;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use watch::journal::{Entry, Output};

use self::sqlite::Projection;
use crate::limits::{RECORD_RETRY, STORE_BATCH_MAX, STORE_TRIES_MAX, STORE_WAITING_MAX};
use crate::runtime::health::Health;

/// One step of the core, as the projection needs it.
#[derive(Debug, Clone)]
pub struct Stepped {
    /// Index of the entry in the record.
    pub index: u64,
    pub entry: Entry,
    pub outputs: Arc<Vec<Output>>,
}

/// The core's end of the way to the writer.
#[derive(Debug)]
pub struct StoreSink {
    steps: Option<SyncSender<Stepped>>,
    /// Tells a writer that keeps failing that nobody waits for it any more.
    ended: Arc<AtomicBool>,
}

/// Why steps no longer reach the projection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stopped before entry {index}: {why}; the next start brings it up to date from the record")]
pub struct StoreBehind {
    index: u64,
    why: &'static str,
}

/// Starts the writer.
pub(crate) fn start(
    projection: Projection,
    health: Arc<Health>,
) -> std::io::Result<(StoreSink, JoinHandle<()>)> {
    let (sender, receiver) = sync_channel(STORE_WAITING_MAX);
    let sink = StoreSink { steps: Some(sender), ended: Arc::default() };
    let ended = Arc::clone(&sink.ended);
    let writer = std::thread::Builder::new()
        .name("store".into())
        .spawn(move || write(projection, &receiver, &ended, &health))?;
    Ok((sink, writer))
}

impl StoreSink {
    /// Hands over a step without ever waiting. The error comes once; later steps are dropped silently.
    pub(crate) fn push(&mut self, step: Stepped) -> Result<(), StoreBehind> {
        let Some(steps) = &self.steps else { return Ok(()) };
        let (step, why) = match steps.try_send(step) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(step)) => (step, "the disk is too slow for it"),
            Err(TrySendError::Disconnected(step)) => (step, "its writer ended"),
        };
        self.steps = None;
        Err(StoreBehind { index: step.index, why })
    }
}

impl Drop for StoreSink {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// Writes what comes, as much at once as waits, and tries again for as long as it fails.
fn write(
    mut projection: Projection,
    steps: &Receiver<Stepped>,
    ended: &AtomicBool,
    health: &Health,
) {
    while let Ok(first) = steps.recv() {
        let mut batch = vec![first];
        batch.extend(steps.try_iter().take(STORE_BATCH_MAX - 1));
        let mut tries = 0;
        while let Err(error) = projection.apply(&batch) {
            health.store_fails(&error.to_string());
            tries += 1;
            if tries == STORE_TRIES_MAX || ended.load(Ordering::Relaxed) {
                return;
            }
            std::thread::park_timeout(RECORD_RETRY);
        }
        if tries > 0 {
            health.store_works();
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use watch::journal::Input;

    use super::*;

    #[test]
    fn a_writer_that_falls_behind_is_said_once_and_the_core_never_waits() {
        let (sender, _slow) = sync_channel(2);
        let mut sink = StoreSink { steps: Some(sender), ended: Arc::default() };

        let pushed: Vec<_> = (1..=5).map(|index| sink.push(step(index))).collect();

        let behind = StoreBehind { index: 3, why: "the disk is too slow for it" };
        assert_eq!(pushed, [Ok(()), Ok(()), Err(behind), Ok(()), Ok(())]);
    }

    fn step(index: u64) -> Stepped {
        let entry = Entry { at: Timestamp::UNIX_EPOCH, input: Input::Tick };
        Stepped { index, entry, outputs: Arc::default() }
    }
}
