//! How the station itself is: whether it stores, projects and steps.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What can be wrong with a station, as of now.
#[derive(Debug, Default)]
pub struct Health(Mutex<Condition>);

/// A station's condition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// Why nothing is stored at present.
    pub record_problem: Option<String>,
    /// Why the query store is behind.
    pub store_problem: Option<String>,
    /// The core's thread ended although nobody stopped it.
    pub core_stopped: bool,
    /// The worker's thread ended although nobody stopped it: nothing is assessed any more.
    pub worker_stopped: bool,
    /// Entries found and replayed when the station started, and the state hash they led to.
    pub recovered_entries: u64,
    pub recovered_hash: String,
}

impl Health {
    pub(super) fn recovered(entries: u64, hash: String) -> Self {
        let condition =
            Condition { recovered_entries: entries, recovered_hash: hash, ..Condition::default() };
        Self(Mutex::new(condition))
    }

    pub fn now(&self) -> Condition {
        self.lock().clone()
    }

    pub(super) fn record_stores(&self) {
        if self.lock().record_problem.take().is_some() {
            tracing::info!("record: writes succeed again");
        }
    }

    pub(super) fn record_fails(&self, problem: &str) {
        let before = self.lock().record_problem.replace(problem.to_owned());
        if before.as_deref() != Some(problem) {
            tracing::error!("nothing is acknowledged at present: {problem}");
        }
    }

    pub(crate) fn store_fails(&self, problem: &str) {
        tracing::error!("query store: {problem}");
        self.lock().store_problem = Some(problem.to_owned());
    }

    pub(crate) fn store_works(&self) {
        tracing::info!("query store: writes succeed again");
        self.lock().store_problem = None;
    }

    pub(super) fn core_stopped(&self) {
        self.lock().core_stopped = true;
    }

    pub(super) fn worker_stopped(&self) {
        self.lock().worker_stopped = true;
    }

    fn lock(&self) -> MutexGuard<'_, Condition> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
