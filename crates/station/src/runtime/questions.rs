//! Questions to the core that the live picture does not answer; its thread answers them between batches.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use watch::Core;
use watch::journal::TrackId;
use watch::tracking::TrackLineage;

use crate::limits::QUESTIONS_MAX;

/// Questions that wait.
#[derive(Debug, Default)]
pub(crate) struct Questions(Mutex<Vec<Question>>);

#[derive(Debug)]
struct Question {
    track: TrackId,
    reply: oneshot::Sender<Option<TrackLineage>>,
}

impl Questions {
    /// Asks what a track was made of; `None` when too many questions wait.
    pub(crate) fn ask(&self, track: TrackId) -> Option<oneshot::Receiver<Option<TrackLineage>>> {
        let mut waiting = self.lock();
        if waiting.len() >= QUESTIONS_MAX {
            return None;
        }
        let (reply, answer) = oneshot::channel();
        waiting.push(Question { track, reply });
        Some(answer)
    }

    pub(crate) fn answer(&self, core: &Core) {
        let waiting = std::mem::take(&mut *self.lock());
        for Question { track, reply } in waiting {
            // Who asked may have gone away.
            drop(reply.send(core.lineage(track)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Question>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
