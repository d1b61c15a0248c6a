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
    /// Why other agencies are given nothing although people agreed to what they are.
    pub release_problem: Option<String>,
    /// How the entries stand that were not read when the station started.
    pub unread: Unread,
    /// Entries found and replayed when the station started, and the state hash they led to.
    pub recovered_entries: u64,
    pub recovered_hash: String,
}

/// What is known of the entries before the snapshot that a station went on from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Unread {
    /// There are none: all were read.
    #[default]
    None,
    /// So many are being read.
    Pending { entries: u64 },
    /// So many have been read since and are those that were signed.
    Held { entries: u64 },
    /// They are not, or cannot be read.
    Changed { problem: String },
}

impl Condition {
    /// Why nothing may be recorded any more, if the record was found changed.
    pub fn changed(&self) -> Option<String> {
        match &self.unread {
            Unread::Changed { problem } => Some(problem.clone()),
            Unread::None | Unread::Pending { .. } | Unread::Held { .. } => None,
        }
    }
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

    /// Tells whether other agencies are given what people agreed to.
    pub(super) fn gives(&self, problem: Option<String>) {
        if let Some(problem) = &problem {
            tracing::error!("other agencies are given nothing: {problem}");
        }
        self.lock().release_problem = problem;
    }

    pub(super) fn core_stopped(&self) {
        self.lock().core_stopped = true;
    }

    pub(super) fn worker_stopped(&self) {
        self.lock().worker_stopped = true;
    }

    /// Tells what is known of the entries that were not read at the start.
    pub(super) fn unread(&self, unread: Unread) {
        match &unread {
            Unread::None | Unread::Pending { .. } => {}
            Unread::Held { entries } => {
                tracing::info!(
                    "record: entries 1 to {entries} were read again: they are those that were signed"
                );
            }
            Unread::Changed { problem } => tracing::error!(
                "nothing is acknowledged any more, for what the station went on from is no longer what was recorded: {problem}"
            ),
        }
        self.lock().unread = unread;
    }

    /// Why nothing may be recorded after what was found, if the record was found changed.
    pub(super) fn changed(&self) -> Option<String> {
        self.lock().changed()
    }

    fn lock(&self) -> MutexGuard<'_, Condition> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
