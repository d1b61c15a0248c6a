//! An intake for tests of doors: keeps what it takes, and can be made to fail.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use tokio::sync::mpsc;
use watch::journal::Input;

use super::{Intake, IntakeError};

/// More than any test sends without reading.
const INPUTS_KEPT: usize = 200_000;

/// Keeps what is submitted; fails as often as it is told to first.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    taken: mpsc::Sender<Input>,
    pub(super) failures: Arc<AtomicUsize>,
    pub(super) now: Arc<Mutex<Timestamp>>,
}

impl Desk {
    pub(super) fn new() -> (Self, mpsc::Receiver<Input>) {
        let (taken, receiver) = mpsc::channel(INPUTS_KEPT);
        let now = "2026-11-20T19:00:00Z".parse().unwrap();
        (Self { taken, failures: Arc::default(), now: Arc::new(Mutex::new(now)) }, receiver)
    }
}

impl Intake for Desk {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn submit(&self, inputs: Vec<Input>) -> Result<(), IntakeError> {
        let fails = |left: usize| left.checked_sub(1);
        if self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fails).is_ok() {
            return Err(IntakeError::NotNow("disk full".into()));
        }
        for input in inputs {
            self.taken.send(input).await.unwrap();
        }
        Ok(())
    }
}
