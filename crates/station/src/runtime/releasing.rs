//! The threads of other agencies' worlds: each follows the record by itself, so that nothing waits for any of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use ::watch::audit::{Audit, Audited};
use ::watch::journal::{self, Input};
use ::watch::subject::RetentionClass;
use jiff::{SignedDuration, Timestamp};

use super::stepper::hex;
use super::{Handle, Shared, SubmitError};
use crate::limits::WORLD_TURN;
use crate::record::RecordError;
use crate::record::tail::Tail;
use crate::release::{Gate, Partner, Policy, ReleaseConfig, World, given};

/// Classes of what may be given to anybody.
const CLASSES: [RetentionClass; 4] = [
    RetentionClass::Detection,
    RetentionClass::Equipment,
    RetentionClass::Field,
    RetentionClass::Weather,
];

/// Starts a world for each agency that a policy names.
pub(super) fn start(
    shared: &Arc<Shared>,
    policy: &Arc<Policy>,
    (config, data): (&ReleaseConfig, &PathBuf),
) -> std::io::Result<Vec<JoinHandle<()>>> {
    let now = shared.clock.now();
    for agency in given(policy, &shared.model, now) {
        tracing::info!("{agency} is given what the policy {} says", short(policy));
    }
    let named = policy.agencies().into_iter();
    let others = named.filter(|agency| Some(agency) != config.agency.as_ref());
    let start = |agency: String| {
        let following = Following {
            shared: Arc::clone(shared),
            policy: Arc::clone(policy),
            data: data.clone(),
            begins_before: SignedDuration::from_secs_f64(config.hours * 3_600.0),
            agency,
        };
        let thread = std::thread::Builder::new().name("world".into());
        thread.spawn(move || following.run())
    };
    others.map(start).collect()
}

/// Writes into the record by which policy other agencies are given anything from here on.
pub(super) fn write_down(handle: &Handle, policy: &Policy) -> Result<(), SubmitError> {
    let what = Audited::Releasing { policy: hex(&policy.digest()) };
    handle.submit_blocking(vec![Input::Audited(Audit { by: None, what })]).map(drop)
}

fn short(policy: &Policy) -> String {
    hex(&policy.digest()[..6])
}

/// One agency's thread.
struct Following {
    shared: Arc<Shared>,
    policy: Arc<Policy>,
    data: PathBuf,
    begins_before: SignedDuration,
    agency: String,
}

impl Following {
    /// Makes one world after the other, each for as long as nothing of what it is given is over.
    fn run(self) {
        let handle = Handle { shared: Arc::clone(&self.shared) };
        while !self.shared.intake.is_stopping() {
            let now = self.shared.clock.now();
            match Gate::of(&self.agency, &self.policy, &self.shared.model, now) {
                Some(gate) => {
                    if let Err(problem) = self.follow(gate, now) {
                        // Nothing is shown rather than something that is not known to be right.
                        tracing::error!("the world of {}: {problem}", self.agency);
                    }
                    handle.partners().remove(&self.agency);
                }
                None if self.policy.next_end(now).is_none() => return,
                None => {}
            }
            std::thread::park_timeout(WORLD_TURN);
        }
    }

    fn follow(&self, gate: Gate, now: Timestamp) -> Result<(), String> {
        let told = |error: RecordError| error.to_string();
        let (delay, ends_at) = (gate.delay(), gate.ends_at());
        let before = |at: Timestamp, by: SignedDuration| at.saturating_sub(by).unwrap_or(at);
        let begins = before(before(now, delay), self.begins_before);
        let mut world = World::begin(gate, self.shared.model.grid(), begins)?;
        let mut tail = Tail::since(&self.data, begins).map_err(told)?;
        let mut shown = None;
        while !self.shared.intake.is_stopping() {
            if ends_at.is_some_and(|ends_at| self.shared.clock.now() >= ends_at) {
                return Ok(());
            }
            let (last, known_until) = {
                let picture = self.shared.live.read();
                (picture.seq, picture.now)
            };
            // All that was taken until then is durable, and what comes was taken no earlier. The station's own time passes
            // in whole seconds whatever comes; so does the world's, and nothing that is withheld hurries it.
            let until = known_until.min(before(self.shared.clock.now(), delay));
            let until = Timestamp::from_second(until.as_second()).unwrap_or(until);
            tail.read((last, until), &CLASSES, |content| {
                world.take(&journal::decode(content)?);
                Ok(())
            })
            .map_err(told)?;
            world.pass_time(until);
            let partner = shown.get_or_insert_with(|| {
                let partner = Partner::of(&self.agency, &world, self.shared.clock.speed());
                self.shared.partners.put(Arc::clone(&partner));
                partner
            });
            partner.refresh(&world);
            std::thread::park_timeout(WORLD_TURN);
        }
        Ok(())
    }
}
