//! What is done when a thread of the station ends by itself.

use std::sync::Arc;

use crate::runtime::Shared;

/// Says so when the core's thread ends, however it ends, and lets nobody wait for it.
pub(super) struct Alarm(pub(super) Arc<Shared>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if !self.0.intake.is_stopping() {
            tracing::error!("the core's thread ended: restart the station");
            self.0.health.core_stopped();
            self.0.intake.stop();
        }
        self.0.intake.give_up();
        self.0.ended.send_replace(true);
    }
}

/// Says so when the worker's thread ends although nobody stopped it. The core goes on without it.
pub(super) struct WorkerAlarm(pub(super) Arc<Shared>);

impl Drop for WorkerAlarm {
    fn drop(&mut self) {
        if !self.0.heavy.is_stopping() {
            tracing::error!("the worker's thread ended: restart the station");
            self.0.health.worker_stopped();
        }
    }
}
