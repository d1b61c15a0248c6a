//! Who looks at what: noted while it happens, and told to the record.

use std::sync::{Arc, MutexGuard, OnceLock, PoisonError, Weak};

use ::watch::audit::Consulted;
use ::watch::journal::Input;
use tokio::time::Instant;

use super::Warden;
use crate::identity::consultations::{Consultations, Key, Moment, Reader};
use crate::identity::disclosed;
use crate::identity::viewer::Viewer;
use crate::limits::{CONSULTED_BATCH_MAX, CONSULTED_WAITING_MAX};
use crate::runtime::SubmitError;

/// A look of somebody at something, which is over when nobody has it any more.
#[derive(Debug)]
pub(crate) struct Look {
    warden: Weak<Warden>,
    key: Key,
    /// When it began to tell something.
    began: OnceLock<Moment>,
}

impl Look {
    /// Whoever looks is told something from now on.
    pub(crate) fn begin(&self) {
        let Some(warden) = self.warden.upgrade() else { return };
        let moment = warden.moment();
        if warden.consultations().begin(&self.key, moment) {
            self.began.get_or_init(|| moment);
        }
    }

    /// Writes into the record that it is given, and to whom, before it is.
    pub(crate) async fn give(&self) -> Result<(), SubmitError> {
        let Some(warden) = self.warden.upgrade() else { return Err(SubmitError::Stopped) };
        let now = warden.now();
        warden.handle.submit(vec![Input::Audited(self.key.audit(1, now, now))]).await.map(drop)
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        if let (Some(began), Some(warden)) = (self.began.get(), self.warden.upgrade()) {
            let moment = warden.moment();
            warden.consultations().end(&self.key, *began, moment);
        }
    }
}

impl Warden {
    /// A look that somebody who is known wants to have.
    pub(crate) fn look(
        self: &Arc<Self>,
        viewer: &Viewer,
        what: Consulted,
        why: Option<String>,
    ) -> Option<Arc<Look>> {
        let key = Key { reader: Reader::of(viewer)?, what, why };
        let warden = Arc::downgrade(self);
        Some(Arc::new(Look { warden, key, began: OnceLock::new() }))
    }

    /// Tells the record of looks, as many as it takes at once; what it does not take waits for the next turn. Whether it took
    /// some and more wait.
    pub(super) async fn tell_looks(&self) -> bool {
        let now = Instant::now();
        let told = self.consultations().told(now);
        let batch: Vec<_> = {
            let mut unwritten = self.unwritten();
            unwritten.consulted.extend(told);
            let room = CONSULTED_WAITING_MAX;
            let surplus = unwritten.consulted.len().saturating_sub(room);
            let given_up: Vec<_> = unwritten.consulted.drain(..surplus).collect();
            let batch = unwritten.consulted.len().min(CONSULTED_BATCH_MAX);
            let batch = unwritten.consulted.drain(..batch).collect();
            drop(unwritten);
            let mut consultations = self.consultations();
            for audit in &given_up {
                consultations.give_up(audit, now);
            }
            batch
        };
        if batch.is_empty() {
            return false;
        }
        let inputs = batch.iter().cloned().map(Input::Audited).collect();
        if self.handle.submit(inputs).await.is_err() {
            let mut unwritten = self.unwritten();
            for audit in batch.into_iter().rev() {
                unwritten.consulted.push_front(audit);
            }
            return false;
        }
        !self.unwritten().consulted.is_empty()
    }

    /// Takes up what was given away at the command line. What the record has been told is not kept beside it any longer.
    pub(super) async fn take_up_disclosed(&self) {
        let data = self.data.clone();
        let waiting = match tokio::task::spawn_blocking(move || disclosed::waiting(&data)).await {
            Ok(Ok(waiting)) => waiting,
            Ok(Err(fault)) => return tracing::warn!("what was given away: {fault}"),
            Err(_stopped) => return,
        };
        if waiting.is_empty() {
            return;
        }
        let (files, told): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
        if self.handle.submit(told.into_iter().map(Input::Audited).collect()).await.is_err() {
            // Taken up again at the next turn.
            return;
        }
        for file in files {
            if let Err(fault) = std::fs::remove_file(&file) {
                tracing::warn!("{}: {fault}", file.display());
            }
        }
    }

    /// Ends all looks: the station stops.
    pub(super) fn end_looks(&self) {
        let moment = self.moment();
        let told = self.consultations().finish(moment);
        self.unwritten().consulted.extend(told);
    }

    fn moment(&self) -> Moment {
        Moment { at: self.now(), now: Instant::now() }
    }

    fn consultations(&self) -> MutexGuard<'_, Consultations> {
        self.consultations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
