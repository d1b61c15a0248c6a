//! A night as another agency is given it.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;
use watch::journal;
use watch::subject::RetentionClass;

use crate::cli::output::{Output, spinner};
use crate::cli::{Answer, Outcome};
use crate::config::Config;
use crate::record;
use crate::release::{Gate, World};
use crate::runtime::stepper::hex;
use crate::shipped;

/// What a night comes to in an agency's world.
#[derive(Debug, Serialize)]
struct Given {
    agency: String,
    policy: String,
    /// Entries that passed, and until when the world was followed.
    passed: u64,
    last_at: Option<Timestamp>,
    tracks: usize,
    alerts: usize,
    sensors: Vec<String>,
    units: Vec<String>,
    state_hash: String,
}

/// Plays a record into the world of an agency. What was erased is passed over.
pub(super) fn tell(
    agency: &str,
    config: &Path,
    (data, to): (&Path, Option<Timestamp>),
    out: &mut Output,
) -> Outcome {
    let config = Config::read(config)?;
    let model = Arc::new(shipped::load_model(&config.sector)?);
    let policy = config.release.read(model.sector())?;
    let policy = policy.context("release.policy is not set, so nothing is given to anybody")?;
    let at = to.unwrap_or_else(Timestamp::now);
    let gate = Gate::of(agency, &policy, &model, at)
        .with_context(|| format!("the policy gives {agency} nothing"))?;
    let waiting = spinner("replaying what is given");
    let mut gate = Some(gate);
    let (mut world, mut last_at) = (None, None);
    record::read_classes(data, &RetentionClass::ALL, |_, content| {
        let entry = journal::decode(content)?;
        if to.is_some_and(|to| entry.at > to) {
            return Ok(());
        }
        if let Some(gate) = gate.take() {
            world = Some(World::begin(gate, model.grid(), entry.at)?);
        }
        if let Some(world) = &mut world {
            world.take(&entry);
            world.pass_time(entry.at);
        }
        last_at = Some(entry.at);
        Ok(())
    })?;
    waiting.finish_and_clear();
    let world = world.context("the record has no entry of that time")?;
    let (core, sector) = (world.core(), world.model().sector());
    let given = Given {
        agency: agency.to_owned(),
        policy: policy.written().sha256.clone(),
        passed: world.passed(),
        last_at,
        tracks: core.tracks().count(),
        alerts: core.alerts().count(),
        sensors: sector.sensors.iter().map(|sensor| sensor.id.0.clone()).collect(),
        units: sector.units.iter().map(|unit| unit.id.0.clone()).collect(),
        state_hash: hex(&core.state_hash()),
    };
    out.answer(&given, |given| {
        format!(
            "{} is given {} entries by the policy {}: {} tracks, {} alerts; sensors {}; units {}.\nState hash {}",
            given.agency,
            given.passed,
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
