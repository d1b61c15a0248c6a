//! Doors for sensors and units: sockets around `wire`'s codecs, and the one way in to the core.

pub mod door;
pub mod limits;
pub mod sapient;

use std::future::Future;

use jiff::Timestamp;
use watch::journal::Input;

/// The way in to the core: what goes in is journalled, made durable and acted on in order.
pub trait Intake: Send + Sync + 'static {
    /// Station time, which a demonstration may run faster than the wall's.
    fn now(&self) -> Timestamp;

    /// Resolves once all inputs are durable and the core has taken them; on an error none has been.
    fn submit(&self, inputs: Vec<Input>) -> impl Future<Output = Result<(), IntakeError>> + Send;
}

/// Why inputs were not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// Too much waits, or the record cannot be written just now: the same inputs may be sent again.
    #[error("not taken yet: {0}")]
    NotNow(String),
    /// These inputs, or any, will never be taken.
    #[error("not taken: {0}")]
    Never(String),
}
