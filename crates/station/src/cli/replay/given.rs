//! A night as another agency is given it.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::given;
use crate::cli::output::Output;
use crate::cli::{Answer, Outcome};
use crate::runtime::stepper::hex;

/// What a night comes to in an agency's world.
#[derive(Debug, Serialize)]
struct Given {
    agency: String,
    policy: String,
    /// Entries that passed, and until when the world was followed.
    passed: u64,
    until: Timestamp,
    tracks: usize,
    alerts: usize,
    sensors: Vec<String>,
    units: Vec<String>,
    state_hash: String,
}

/// Plays a record into the world of an agency.
pub(super) fn tell(
    agency: &str,
    config: &Path,
    (data, to): (&Path, Option<Timestamp>),
    out: &mut Output,
) -> Outcome {
    let given::Given { policy, world, until, .. } =
        given::play((agency, config), (data, to), |_| ())?;
    let (core, sector) = (world.core(), world.model().sector());
    let given = Given {
        agency: agency.to_owned(),
        policy: policy.written().sha256.clone(),
        passed: world.passed(),
        until,
        tracks: core.tracks().count(),
        alerts: core.alerts().count(),
        sensors: sector.sensors.iter().map(|sensor| sensor.id.0.clone()).collect(),
        units: sector.units.iter().map(|unit| unit.id.0.clone()).collect(),
        state_hash: hex(&core.state_hash()),
    };
    out.answer(&given, |given| {
        format!(
            "{} is given {} entries up to {} by the policy {}: {} tracks, {} alerts; sensors {}; units {}.\nState hash {}",
            given.agency,
            given.passed,
            given.until,
            given.policy,
            given.tracks,
            given.alerts,
            given.sensors.join(", "),
            given.units.join(", "),
            given.state_hash
        )
    })?;
    Ok(Answer::Yes)
}
