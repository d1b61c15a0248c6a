//! What the sensors turn out to be worth: how often each errs, how far it sees, whether it can be believed.
//!
//! Every scan is tallied when it is taken, and tallied anew when it is taken again. A tally counts
//! once its scan is final, that is when it is older than a late scan may be; what has been learned
//! is in force from the next epoch on. So the figures that a scan is judged by depend on scans that
//! nothing can change any more, and any order of arrival within the horizon gives the same.

mod clutter;
mod evidence;
mod polar;
mod report;
mod seen;
mod tally;
mod taught;
mod trial;
mod trust;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sight::sector::SensorId;

pub(crate) use clutter::{ClutterFigures, Loose};
pub use evidence::Innovations;
pub(crate) use evidence::{Comparison, Stray};
pub(crate) use polar::{Compass, Spot};
pub use report::SensorReport;
pub(crate) use seen::SightFigures;
pub(crate) use tally::{Tally, Word};
pub(crate) use taught::{Note, Taught};
pub(crate) use trial::{Sight, Trial};
pub use trust::{Finding, Order, Standing};

use clutter::ClutterCount;
use evidence::Evidence;
use seen::SightCount;
use trust::Trust;

/// Looks of a doubted sensor move odds and places as if so many of them repeated each other.
const DOUBT_REPEATS: f64 = 4.0;

/// What is learned, and the assumptions behind it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Learning {
    /// Clutter is weighed as it was found, not as the settings have it.
    pub clutter: bool,
    /// Chances of detection are lowered where less was seen than should have been.
    pub sight: bool,
    /// Sensors that drift or lie are weighed less, then left out.
    pub trust: bool,
    /// What is learned comes into force so often.
    pub epoch_s: u32,
    /// Counts of clutter and sight fade to a third in this time. An assumption; so are the rest.
    pub memory_s: f64,
    /// Share of what it should see that a sensor of which nothing is known sees.
    pub sight_prior: f64,
    /// How many expected hits that prior is worth.
    pub sight_prior_hits: f64,
    /// How long a thing that cannot be seen for dust or a fold of the ground stays so.
    pub hidden_s: f64,
    /// Looks that found a track before it can speak for or against sensors.
    pub proof_hits: f64,
    /// How lately another sensor must have found a track for it to judge a sensor.
    pub witness_s: f64,
}

impl Default for Learning {
    fn default() -> Self {
        Self {
            clutter: true,
            sight: true,
            trust: true,
            epoch_s: 10,
            memory_s: 900.0,
            sight_prior: 0.99,
            sight_prior_hits: 10.0,
            hidden_s: 30.0,
            proof_hits: 8.0,
            witness_s: 20.0,
        }
    }
}

impl Learning {
    /// Counts and changes nothing: for figures of consistency on workloads whose figures are given.
    pub fn measuring() -> Self {
        Self { clutter: false, sight: false, trust: false, ..Self::default() }
    }
}

/// What one sensor is worth in one epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SensorFigures {
    pub(crate) clutter: ClutterFigures,
    pub(crate) sight: SightFigures,
    pub(crate) standing: Standing,
    /// Times that the variance of its errors is what it claims.
    pub(crate) noise: f64,
}

/// What all sensors are worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    sensors: BTreeMap<SensorId, SensorFigures>,
    fresh: SensorFigures,
}

/// What has been counted of one sensor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Learned {
    clutter: ClutterCount,
    sight: SightCount,
    evidence: Evidence,
    trust: Trust,
    /// What a person decided last, and whether it was carried out.
    order: Option<Decision>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Decision {
    at: Timestamp,
    order: Order,
    is_done: bool,
}

/// Tallies that wait to be final, and what those that were taught.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Learner {
    settings: Learning,
    lag_s: f64,
    waiting: BTreeMap<(Timestamp, SensorId), Tally>,
    /// Scans before this are final, and have been counted.
    final_before: Option<Timestamp>,
    learned: BTreeMap<SensorId, Learned>,
    /// Epoch of the newest tally that counted.
    counted: Option<i64>,
    /// Figures by the epoch in which they are in force, oldest first; late scans need those of the past.
    #[serde(skip)]
    epochs: VecDeque<(i64, Arc<Figures>)>,
}

impl SensorFigures {
    /// How often its looks repeat each other, at least, while it is doubted.
    pub(crate) fn repeats(&self) -> f64 {
        if self.standing == Standing::Doubted { DOUBT_REPEATS } else { 1.0 }
    }

    fn fresh(settings: &Learning) -> Self {
        Self {
            clutter: ClutterFigures::default(),
            sight: SightFigures::fresh(settings),
            standing: Standing::Unverified,
            noise: 1.0,
        }
    }
}

impl Figures {
    pub(crate) fn of(&self, sensor: &SensorId) -> &SensorFigures {
        self.sensors.get(sensor).unwrap_or(&self.fresh)
    }
}

impl Learned {
    fn figures(&self, settings: &Learning, begins: Timestamp) -> SensorFigures {
        let decided = self.order.filter(|decision| decision.at <= begins && !decision.is_done);
        let standing = match decided.map(|decision| decision.order) {
            Some(Order::Quarantine) => Standing::Quarantined,
            None if settings.trust || self.trust.is_ordered() => self.trust.standing,
            Some(Order::Trust) | None => Standing::Unverified,
        };
        SensorFigures {
            clutter: self.clutter.figures(settings),
            sight: self.sight.figures(settings),
            standing,
            noise: if standing == Standing::Doubted { self.trust.noise } else { 1.0 },
        }
    }

    /// Looks again at what was counted, as of `now`.
    fn judge(&mut self, others: f64, now: Timestamp) {
        self.sight.judge();
        if let Some(decision) = &mut self.order
            && decision.at <= now
            && !decision.is_done
        {
            decision.is_done = true;
            self.trust.obey(decision.order, &mut self.evidence, now);
            self.sight = SightCount::default();
        }
        self.trust.follow(&self.evidence.verdict(others), now);
    }
}

impl Learner {
    /// `lag_s`: how old a scan may be against the newest and still be taken.
    pub(crate) fn new(settings: Learning, lag_s: f64) -> Self {
        Self {
            settings,
            lag_s,
            waiting: BTreeMap::new(),
            final_before: None,
            learned: BTreeMap::new(),
            counted: None,
            epochs: VecDeque::new(),
        }
    }

    /// The figures in force at the time of a scan that lies within the horizon.
    ///
    /// `sensors` are the names behind the numbers of tallies.
    pub(crate) fn figures(&mut self, at: Timestamp, sensors: &[SensorId]) -> Arc<Figures> {
        let epoch = self.epoch_of(at);
        let last = self.epochs.back().map(|(last, _)| *last);
        if last.is_none_or(|last| last < epoch) {
            // A late scan may still fall into epochs that no scan has opened yet.
            let reach = self.epoch_of(earlier(at, self.lag_s));
            for epoch in reach.max(last.map_or(epoch, |last| last + 1))..=epoch {
                self.open(epoch, sensors);
            }
        }
        // What is final now is counted now: that of a whole epoch at once would hold up the scan that opens the next.
        self.count_before(earlier(at, self.lag_s), sensors);
        let in_force = self.epochs.iter().rev().find(|(known, _)| *known <= epoch);
        in_force.map_or_else(|| self.nothing(), |(_, figures)| Arc::clone(figures))
    }

    /// Keeps what a scan taught until it is final, in place of what it taught when it was last taken.
    pub(crate) fn take(&mut self, at: Timestamp, sensor: &SensorId, tally: Tally) {
        let is_counted = self.final_before.is_some_and(|final_before| at < final_before);
        if !is_counted {
            self.waiting.insert((at, sensor.clone()), tally);
        }
    }

    /// The figures that are kept, oldest first.
    pub(crate) fn epochs(&self) -> impl Iterator<Item = (i64, &Figures)> {
        self.epochs.iter().map(|(epoch, figures)| (*epoch, figures.as_ref()))
    }

    pub(crate) fn set_epochs(&mut self, epochs: VecDeque<(i64, Arc<Figures>)>) {
        self.epochs = epochs;
    }

    /// Lets go of figures that no scan from `oldest` on can ask for.
    pub(crate) fn forget_before(&mut self, oldest: Timestamp) {
        let oldest = self.epoch_of(oldest);
        while self.epochs.get(1).is_some_and(|(next, _)| *next <= oldest) {
            self.epochs.pop_front();
        }
    }

    /// Takes a person's decision; it is in force from the first epoch that opens after `now`.
    pub(crate) fn order(&mut self, sensor: &SensorId, order: Order, now: Timestamp) {
        let decision = Decision { at: now, order, is_done: false };
        self.learned.entry(sensor.clone()).or_default().order = Some(decision);
    }

    fn open(&mut self, epoch: i64, sensors: &[SensorId]) {
        let begins = self.begin_of(epoch);
        self.count_before(earlier(begins, self.lag_s), sensors);
        let figures = |(id, learned): (&SensorId, &Learned)| {
            (id.clone(), learned.figures(&self.settings, begins))
        };
        let fresh = SensorFigures::fresh(&self.settings);
        let figures = Figures { sensors: self.learned.iter().map(figures).collect(), fresh };
        self.epochs.push_back((epoch, Arc::new(figures)));
    }

    /// Scans that have taught what is not counted yet.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Counts what scans before a time taught, which no scan can change any more.
    fn count_before(&mut self, before: Timestamp, sensors: &[SensorId]) {
        if self.final_before.is_some_and(|counted| counted >= before) {
            return;
        }
        self.final_before = Some(before);
        while self.waiting.first_key_value().is_some_and(|((at, _), _)| *at < before) {
            if let Some(((at, _), tally)) = self.waiting.pop_first() {
                self.count(at, &tally, sensors);
            }
        }
    }

    fn nothing(&self) -> Arc<Figures> {
        let fresh = SensorFigures::fresh(&self.settings);
        Arc::new(Figures { sensors: BTreeMap::new(), fresh })
    }

    fn count(&mut self, at: Timestamp, tally: &Tally, sensors: &[SensorId]) {
        let epoch = self.epoch_of(at);
        if let Some(counted) = self.counted.filter(|counted| *counted < epoch) {
            self.end_epochs(epoch, (epoch - counted) as f64);
        }
        self.counted = self.counted.max(Some(epoch));
        for word in &tally.words {
            if let Some(learned) = self.of(word.about, sensors) {
                learned.evidence.hear(word);
            }
        }
        let Some(own) = self.of(tally.sensor, sensors) else { return };
        own.clutter.look(tally);
        for (cell, hits, expected) in &tally.sight {
            own.sight.add(*cell, *hits, *expected);
        }
        own.evidence.add(&tally.comparison, &tally.strays);
    }

    fn of(&mut self, number: u16, sensors: &[SensorId]) -> Option<&mut Learned> {
        let sensor = sensors.get(usize::from(number))?;
        if !self.learned.contains_key(sensor) {
            self.learned.insert(sensor.clone(), Learned::default());
        }
        self.learned.get_mut(sensor)
    }

    /// Fades what was counted and judges every sensor, as of the beginning of an epoch that has a final scan.
    fn end_epochs(&mut self, epoch: i64, passed: f64) {
        let now = self.begin_of(epoch);
        let kept = libm::exp(-passed * f64::from(self.settings.epoch_s) / self.settings.memory_s);
        let mut all = Innovations::default();
        for learned in self.learned.values() {
            all.join(learned.evidence.witnessed());
        }
        for learned in self.learned.values_mut() {
            learned.clutter.fade(kept);
            learned.sight.fade(kept);
            let others = all.without(learned.evidence.witnessed()).ratio();
            learned.judge(others.unwrap_or(1.0), now);
        }
    }

    fn epoch_of(&self, at: Timestamp) -> i64 {
        at.as_second().div_euclid(i64::from(self.settings.epoch_s.max(1)))
    }

    fn begin_of(&self, epoch: i64) -> Timestamp {
        Timestamp::from_second(epoch.saturating_mul(i64::from(self.settings.epoch_s.max(1))))
            .unwrap_or(Timestamp::MIN)
    }
}

fn earlier(at: Timestamp, seconds: f64) -> Timestamp {
    at.checked_sub(SignedDuration::from_secs_f64(seconds)).unwrap_or(Timestamp::MIN)
}
