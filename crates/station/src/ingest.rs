//! Doors for sensors and units: sockets around `wire`'s codecs, and the one way in to the core.

pub mod limits;
pub mod sapient;

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use watch::journal::Input;

/// The station's clock, which a demonstration may run faster than the wall's.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The way in to the core: what goes in is journalled, made durable and acted on in order.
#[derive(Debug, Clone)]
pub struct Intake {
    submissions: mpsc::Sender<Submission>,
}

/// Inputs that wait to be journalled, and whom to tell.
#[derive(Debug)]
pub struct Submission {
    pub inputs: Vec<Input>,
    /// Answered once all inputs are durable, with the place of the last one in the record.
    pub done: oneshot::Sender<Result<u64, IntakeError>>,
}

/// Why inputs were not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    #[error("the station is shutting down")]
    Closed,
    #[error("the record cannot be written: {0}")]
    NotDurable(String),
}

impl Intake {
    /// An intake and the end at which the core's runtime takes submissions out.
    pub fn channel(bound: usize) -> (Self, mpsc::Receiver<Submission>) {
        let (submissions, receiver) = mpsc::channel(bound);
        (Self { submissions }, receiver)
    }

    /// Waits until the inputs are durable; gives the place of the last one in the record.
    ///
    /// Waits as well while the queue is full, so that a flood at a door slows its sender.
    pub async fn submit(&self, inputs: Vec<Input>) -> Result<u64, IntakeError> {
        let (done, durable) = oneshot::channel();
        let submission = Submission { inputs, done };
        self.submissions.send(submission).await.map_err(|_closed| IntakeError::Closed)?;
        durable.await.map_err(|_dropped| IntakeError::Closed)?
    }
}
