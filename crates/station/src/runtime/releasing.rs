//! The threads of other agencies' worlds: each follows the record by itself, so that nothing waits for any of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use ::watch::audit::{Audit, Audited, ReleasePolicy};
use ::watch::journal::{self, Input};
use ::watch::subject::RetentionClass;
use jiff::{SignedDuration, Timestamp};

use super::start::{StartError, StationConfig};
use super::{Handle, Shared, SubmitError};
use crate::identity::{People, SignIn};
use crate::limits::WORLD_TURN;
use crate::record::RecordError;
use crate::record::tail::Tail;
use crate::release::{Gate, Labels, Over, Partner, Policy, World, given};

/// Classes of what may be given to anybody.
const CLASSES: [RetentionClass; 4] = [
    RetentionClass::Detection,
    RetentionClass::Equipment,
    RetentionClass::Field,
    RetentionClass::Weather,
];

/// What a policy is called that is told of without its file.
const AGREED: &str = "that two people agreed to";
/// Characters by which people tell one policy from another.
const SHA256_SHORT: usize = 12;

/// By what a station gives other agencies anything when it starts.
pub(super) struct Settled {
    pub(super) file: Option<ReleasePolicy>,
    pub(super) policy: Option<Arc<Policy>>,
    /// Whether it was in force before this start.
    is_old: bool,
    /// Why nothing is given although something was agreed to.
    pub(super) problem: Option<String>,
    /// What the record must be told where nobody keeps a list of people.
    told: Vec<Audited>,
}

/// Holds the file that the configuration names against what is in force.
pub(super) fn settle(config: &StationConfig) -> Result<Settled, StartError> {
    let file = config.release.written()?;
    let mut people = match config.sign_in {
        SignIn::Required => People::read(&config.data_directory)?,
        SignIn::Off => People::default(),
    };
    let is_first = people.in_force().is_none();
    let told = people.settle_release(file.as_ref(), Timestamp::UNIX_EPOCH)?;
    let is_old = !is_first;
    let mut settled = Settled { file, policy: None, is_old, problem: None, told };
    let Some(in_force) = people.in_force() else { return Ok(settled) };
    match config.release.parse(&in_force.policy, config.model.sector()) {
        Ok(policy) => settled.policy = Some(Arc::new(policy)),
        Err(fault) if is_first => return Err(fault.into()),
        // It was well when it was agreed to, and the sector is another since. To refuse the start would leave no way to agree
        // to something else.
        Err(fault) => settled.problem = Some(fault.to_string()),
    }
    Ok(settled)
}

impl Settled {
    /// Writes into the record by what other agencies are given anything, where nobody signs in who could agree to it.
    pub(super) fn write_down(self, sign_in: SignIn, handle: &Handle) -> Result<(), SubmitError> {
        if sign_in == SignIn::Required || self.told.is_empty() {
            return Ok(());
        }
        let told = self.told.into_iter();
        let told = told.map(|what| Input::Audited(Audit { by: None, what })).collect();
        handle.submit_blocking(told).map(drop)
    }
}

impl Settled {
    /// Takes back what was given and was over while the station did not run, which it did last at a time; the record is told.
    pub(super) fn take_back_since(
        &self,
        then: Timestamp,
        handle: &Handle,
    ) -> Result<(), SubmitError> {
        let Some(policy) = self.policy.as_ref().filter(|_| self.is_old) else { return Ok(()) };
        let (now, sector) = (handle.now(), handle.model().sector());
        let mut agencies = policy.agencies();
        agencies.retain(|agency| policy.takes_back(agency, sector, (policy, then, now)));
        if agencies.is_empty() {
            return Ok(());
        }
        handle.partners().recall(&agencies, now);
        let told = agencies.into_iter().map(|agency| Audited::Recalled { agency });
        let told = told.map(|what| Input::Audited(Audit { by: None, what })).collect();
        handle.submit_blocking(told).map(drop)
    }
}

impl Handle {
    /// Gives other agencies what a policy says from now on; what they were given before ends at once. Returns those that are
    /// given less than before.
    pub(crate) fn release(&self, policy: &ReleasePolicy) -> Vec<String> {
        let sector = self.model().sector();
        let labels = Labels(policy.labels.clone());
        let parsed = Policy::of(AGREED, (&policy.text, labels), sector);
        let problem = parsed.as_ref().err().map(ToString::to_string);
        let (now, parsed) = (self.now(), parsed.ok().map(Arc::new));
        let recalled = self.partners().policy().map_or_else(Vec::new, |before| {
            let mut agencies = before.agencies();
            agencies.retain(|agency| {
                let takes_back =
                    |after: &Arc<Policy>| after.takes_back(agency, sector, (&before, now, now));
                parsed.as_ref().is_none_or(takes_back)
            });
            agencies
        });
        self.shared.health.gives(problem);
        self.partners().release(parsed, (&recalled, now));
        recalled
    }
}

/// Starts the thread that has a world made for each agency that the policy in force names.
pub(super) fn start(
    shared: &Arc<Shared>,
    config: &StationConfig,
) -> std::io::Result<JoinHandle<()>> {
    let worlds = Worlds {
        shared: Arc::clone(shared),
        data: config.data_directory.clone(),
        begins_before: SignedDuration::from_secs_f64(config.release.hours * 3_600.0),
        own: config.release.agency.clone(),
        followed: None,
        threads: Vec::new(),
    };
    std::thread::Builder::new().name("worlds".into()).spawn(move || worlds.run())
}

/// All of them.
struct Worlds {
    shared: Arc<Shared>,
    data: PathBuf,
    begins_before: SignedDuration,
    own: Option<String>,
    /// By which there are threads.
    followed: Option<Arc<Policy>>,
    threads: Vec<JoinHandle<()>>,
}

impl Worlds {
    fn run(mut self) {
        while !self.shared.intake.is_stopping() {
            let policy = self.shared.partners.policy();
            if !policy.as_ref().is_none_or(|policy| self.follows(policy)) {
                // Threads of the one before end by themselves.
                if let Some(policy) = &policy {
                    self.follow(policy);
                }
                self.followed = policy;
            }
            self.threads.retain(|thread| !thread.is_finished());
            std::thread::park_timeout(WORLD_TURN);
        }
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a thread of another agency's world panicked");
            }
        }
    }

    fn follows(&self, policy: &Arc<Policy>) -> bool {
        self.followed.as_ref().is_some_and(|followed| Arc::ptr_eq(followed, policy))
    }

    fn follow(&mut self, policy: &Arc<Policy>) {
        let now = self.shared.clock.now();
        let short: String = policy.written().sha256.chars().take(SHA256_SHORT).collect();
        for agency in given(policy, &self.shared.model, now) {
            tracing::info!("{agency} is given what the policy {short} says");
        }
        let named = policy.agencies().into_iter();
        for agency in named.filter(|agency| Some(agency) != self.own.as_ref()) {
            let following = Following {
                shared: Arc::clone(&self.shared),
                policy: Arc::clone(policy),
                data: self.data.clone(),
                begins_before: self.begins_before,
                agency: agency.clone(),
            };
            let thread = std::thread::Builder::new().name("world".into());
            match thread.spawn(move || following.run()) {
                Ok(thread) => self.threads.push(thread),
                Err(fault) => tracing::error!("the world of {agency}: {fault}"),
            }
        }
    }
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
        while self.goes_on() {
            let now = self.shared.clock.now();
            match Gate::of(&self.agency, &self.policy, &self.shared.model, now) {
                Some(gate) => {
                    if let Err(problem) = self.follow(gate, now) {
                        // Nothing is shown rather than something that is not known to be right.
                        tracing::error!("the world of {}: {problem}", self.agency);
                    }
                    self.end(&handle, now);
                }
                None if self.policy.next_end(now).is_none() => return,
                None => {}
            }
            std::thread::park_timeout(WORLD_TURN);
        }
    }

    /// Whether the station runs and what the world is made by is in force.
    fn goes_on(&self) -> bool {
        !self.shared.intake.is_stopping() && self.shared.partners.is_by(&self.policy)
    }

    /// Ends a world that began at a time; what was given for so long and is over is told to the record.
    fn end(&self, handle: &Handle, began: Timestamp) {
        let (now, policy) = (self.shared.clock.now(), &self.policy);
        let sector = self.shared.model.sector();
        let is_over = policy.takes_back(&self.agency, sector, (policy, began, now));
        let why = if is_over { Over::Recalled } else { Over::Changed };
        handle.partners().remove(&self.agency, policy, (why, now));
        if is_over && self.goes_on() {
            let what = Audited::Recalled { agency: self.agency.clone() };
            let told = vec![Input::Audited(Audit { by: None, what })];
            if let Err(fault) = handle.submit_blocking(told) {
                tracing::error!("what {} is given no more: {fault}", self.agency);
            }
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
        while self.goes_on() {
            if ends_at.is_some_and(|ends_at| self.shared.clock.now() >= ends_at) {
                return Ok(());
            }
            let (last, known_until) = {
                let picture = self.shared.live.read();
                (picture.seq, picture.now)
            };
            // What comes was taken no earlier.
            let until = world.goes_up_to(known_until, self.shared.clock.now());
            tail.read((last, until), &CLASSES, |content| {
                if self.goes_on() {
                    world.take(&journal::decode(content)?);
                }
                Ok(())
            })
            .map_err(told)?;
            world.pass_time(until);
            let partner = shown.get_or_insert_with(|| {
                let around = (self.shared.clock.speed(), self.shared.stations.silent());
                let partner = Partner::of(&self.agency, &world, around);
                self.shared.partners.put(Arc::clone(&partner), &self.policy);
                partner
            });
            partner.refresh(&world);
            std::thread::park_timeout(WORLD_TURN);
        }
        Ok(())
    }
}
