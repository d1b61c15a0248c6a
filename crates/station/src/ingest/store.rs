//! Puts inputs into the record: offered again and again while the station cannot write.

use tokio::time::{Instant, sleep};
use watch::journal::Input;

use super::{Intake, IntakeError, limits};

/// Offers inputs until they are durable. Nothing more is read meanwhile, which slows the sender.
pub(super) async fn store<I: Intake>(intake: &I, inputs: Vec<Input>) -> Result<(), IntakeError> {
    if inputs.is_empty() {
        return Ok(());
    }
    let give_up_at = Instant::now() + limits::STORE_WITHIN;
    let [mut wait, longest] = limits::STORE_RETRY;
    loop {
        match intake.submit(inputs.clone()).await {
            Ok(()) => return Ok(()),
            Err(fault @ IntakeError::Never(_)) => return Err(fault),
            Err(fault @ IntakeError::NotNow(_)) if Instant::now() >= give_up_at => {
                return Err(fault);
            }
            Err(IntakeError::NotNow(_)) => sleep(wait).await,
        }
        wait = (wait * 2).min(longest);
    }
}
