//! The query store: a projection of the record that can be thrown away and built again.
//!
//! One thread writes. The core never waits for it: when it falls too far behind it stops, says so, and the next
//! start brings it up to date from the record.

pub mod sqlite;

use std::sync::Arc;
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
    let writer = std::thread::Builder::new()
        .name("store".into())
        .spawn(move || write(projection, &receiver, &health))?;
    Ok((StoreSink { steps: Some(sender) }, writer))
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

/// Writes what comes, as much at once as waits, and tries again for as long as it fails.
fn write(mut projection: Projection, steps: &Receiver<Stepped>, health: &Health) {
    while let Ok(first) = steps.recv() {
        let mut batch = vec![first];
        batch.extend(steps.try_iter().take(STORE_BATCH_MAX - 1));
        let mut tries = 0;
        while let Err(error) = projection.apply(&batch) {
            health.store_fails(&error.to_string());
            tries += 1;
            if tries == STORE_TRIES_MAX {
                return;
            }
            std::thread::park_timeout(RECORD_RETRY);
        }
        if tries > 0 {
            health.store_works();
        }
    }
}
