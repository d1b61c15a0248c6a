//! Doors for sensors and units: sockets around `wire`'s codecs, and the one way in to the core.

pub mod asterix;
mod bulletins;
pub mod camera;
pub mod cot;
pub mod cot_door;
pub mod datagram_door;
#[cfg(test)]
mod desk;
pub mod door;
pub mod drone;
pub mod enrolment;
mod gate;
pub mod limits;
mod liveness;
pub mod machine_link;
pub mod mqtt;
pub mod mqtt_door;
mod patrol;
pub mod receivers;
mod rejections;
mod repeats;
pub mod sapient;
pub mod sapient_door;
pub mod sapient_exchange;
pub mod sapient_parent;
pub mod snapshots;
pub mod stations;
mod store;
pub mod upload;
pub mod weather_folder;

use std::future::Future;

use jiff::Timestamp;
use sight::geo::{LocalFrame, Wgs84};
use watch::journal::Input;

use self::rejections::Refusal;

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

/// Seconds from one moment to another; negative when it lies before.
fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

/// A time that a sender's clock cannot have told: too far ahead of ours, or too old to be of use.
fn refuse_time(told: Timestamp, path: &str, now: Timestamp) -> Result<(), Refusal> {
    let age_s = seconds(told, now);
    let (ahead, old) = (limits::CLOCK_AHEAD_MAX_S, limits::REPORT_AGE_MAX_S);
    if (-ahead..=old).contains(&age_s) {
        return Ok(());
    }
    let reason = format!("must be at most {ahead} s ahead of and {old} s behind {now}, got {told}");
    Err(Refusal::new(path, reason))
}

/// The sector's frame is a plane: it says nothing sensible of places far away.
fn refuse_far(place: Wgs84, path: &str, frame: &LocalFrame) -> Result<(), Refusal> {
    let distance_m = (place.to_ecef(0.0) - frame.origin().to_ecef(0.0)).norm();
    if distance_m <= limits::PLACE_DISTANCE_MAX_M {
        return Ok(());
    }
    let (max_km, got_km) = (limits::PLACE_DISTANCE_MAX_M / 1e3, distance_m / 1e3);
    Err(Refusal::new(
        path,
        format!("must be within {max_km} km of the sector's middle, got {got_km:.0} km"),
    ))
}
