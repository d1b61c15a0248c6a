//! A record as another agency is given it, for the commands that play one.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use watch::journal::{self, Output};
use watch::subject::RetentionClass;

use super::output::spinner;
use crate::config::Config;
use crate::identity::People;
use crate::record;
use crate::release::{Gate, Labels, Policy, World};
use crate::shipped;

/// A night in an agency's world.
pub(super) struct Given {
    /// What the sector is called.
    pub(super) sector: String,
    pub(super) policy: Arc<Policy>,
    pub(super) world: World,
    /// Up to when it was followed.
    pub(super) until: Timestamp,
}

/// Plays a record into the world of an agency up to a time, by the policy that is in force in the data directory; by that of the
/// configuration where there is none. What was erased is passed over.
///
/// At that time the agency had what was older than the delay on which it is given anything. `each` sees what every step led to.
pub(super) fn play(
    (agency, config): (&str, &Path),
    (data, to): (&Path, Option<Timestamp>),
    mut each: impl FnMut(&[Output]),
) -> anyhow::Result<Given> {
    let config = Config::read(config)?;
    let model = Arc::new(shipped::load_model(&config.sector)?);
    let agreed = People::read(data)?;
    let policy = match agreed.in_force() {
        Some(agreed) => {
            let labels = Labels(agreed.policy.labels.clone());
            let name = format!("in force in {}", data.display());
            let text = (agreed.policy.text.as_str(), labels);
            Some(Arc::new(Policy::of(&name, text, model.sector())?))
        }
        None => config.release.read(model.sector())?,
    };
    let policy = policy.context("release.policy is not set, so nothing is given to anybody")?;
    let at = to.unwrap_or_else(Timestamp::now);
    let gate = Gate::of(agency, &policy, &model, at)
        .with_context(|| format!("the policy gives {agency} nothing"))?;
    let until = at.saturating_sub(gate.delay()).unwrap_or(Timestamp::MIN);
    let waiting = spinner("replaying what is given");
    let (mut gate, mut world, mut last_at) = (Some(gate), None, None);
    record::read_classes(data, &RetentionClass::ALL, |_, content| {
        let entry = journal::decode(content)?;
        if entry.at > until {
            return Ok(());
        }
        if let Some(gate) = gate.take() {
            world = Some(World::begin(gate, model.grid(), entry.at)?.listened_to());
        }
        if let Some(world) = &mut world {
            world.take(&entry);
            each(&world.drain());
        }
        last_at = Some(entry.at);
        Ok(())
    })?;
    waiting.finish_and_clear();
    let mut world: World = world.context("the record has no entry of that time")?;
    // Time passes in whole seconds, so that it does not tell when something that is withheld was taken last.
    let last_at = last_at.unwrap_or(until);
    let until = Timestamp::from_second(last_at.as_second()).unwrap_or(last_at);
    world.pass_time(until);
    each(&world.drain());
    Ok(Given { sector: config.sector, policy, world, until })
}
