//! The heavy worker: one thread that computes what the core asks for, what somebody waits for before assessments.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use watch::heavy::{HeavyRequest, HeavyResult};
use watch::journal::RequestId;

use super::intake::Lanes;
use crate::limits::ARRIVALS_WAITING_MAX;

/// What waits for the heavy worker.
#[derive(Debug, Default)]
pub(super) struct HeavyQueue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Only the newest: an assessment of conditions that have passed helps nobody.
    assess: Option<(RequestId, HeavyRequest)>,
    arrivals: VecDeque<(RequestId, HeavyRequest)>,
    stopping: bool,
}

impl HeavyQueue {
    /// Queues a request; the oldest question for arrivals gives way when too many wait.
    pub(super) fn push(&self, id: RequestId, request: HeavyRequest) {
        let mut waiting = self.lock();
        match request {
            HeavyRequest::Assess(_) => waiting.assess = Some((id, request)),
            HeavyRequest::Arrivals { .. } | HeavyRequest::BuyBack(_) => {
                if waiting.arrivals.len() >= ARRIVALS_WAITING_MAX {
                    waiting.arrivals.pop_front();
                }
                waiting.arrivals.push_back((id, request));
            }
        }
        drop(waiting);
        self.arrived.notify_one();
    }

    pub(super) fn stop(&self) {
        self.lock().stopping = true;
        self.arrived.notify_all();
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.lock().stopping
    }

    /// Computes until told to stop.
    pub(super) fn work(
        &self,
        intake: &Lanes,
        mut compute: impl FnMut(&HeavyRequest) -> HeavyResult,
    ) {
        while let Some((id, request)) = self.next() {
            intake.push_computed(id, compute(&request));
        }
    }

    fn next(&self) -> Option<(RequestId, HeavyRequest)> {
        let idle = |w: &mut Waiting| w.assess.is_none() && w.arrivals.is_empty() && !w.stopping;
        let mut waiting =
            self.arrived.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        if waiting.stopping {
            return None;
        }
        waiting.arrivals.pop_front().or_else(|| waiting.assess.take())
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
