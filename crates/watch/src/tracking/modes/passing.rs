//! What the passing of time does to ways of moving: movers decide anew, and go on.

use jiff::Timestamp;
use sight::geo::EnuPoint;

use super::flight::HEIGHT_SHARE;
use super::mixture::{moments, turn_moments};
use super::{LIVE_MIN, ModeBelief, Modes, scale_to_one, total_of};
use crate::tracking::class::{CLASSES, ClassWeights};
use crate::tracking::config::TrackerConfig;
use crate::tracking::ground::Ground;
use crate::tracking::kinematics::{Drift, Gaussian, Turn};
use crate::tracking::motion::{MOTIONS_MAX, Motion, scaled_shares};

/// What hardly fits the ground is left so much sooner and no more.
const FIT_LEFT_MIN: f64 = 0.1;

/// Share of a mixture below which a part is left out.
const PART_MIN: f64 = 1e-6;

/// What a span of time does to beliefs, ready to be applied to many.
#[derive(Debug, Clone)]
pub(crate) struct Interval<'a> {
    pub(crate) config: &'a TrackerConfig,
    pub(crate) dt_s: f64,
    /// Chance to be still there.
    pub(crate) survival: f64,
    /// For each class the chance that a mover decided anew on ground that suits it.
    decided: ClassWeights,
    /// Of each way of moving on such ground.
    shares: Vec<ClassWeights>,
    drifts: Vec<Drift>,
    /// On the flat, dry and far from roads, where most is.
    plain: Here,
    /// Room for the next belief.
    spare: Vec<ModeBelief>,
}

/// How common each way of moving is at a place.
#[derive(Debug, Clone)]
pub(super) struct Here {
    fit: [f64; MOTIONS_MAX],
    /// For each class with a sum of one.
    pub(super) shares: [ClassWeights; MOTIONS_MAX],
}

impl Here {
    pub(super) fn at(
        point: EnuPoint,
        sigma_m: f64,
        common: &[ClassWeights],
        config: &TrackerConfig,
    ) -> Self {
        Self::on(&config.ground.at(point), (point, sigma_m), common, config)
    }

    fn on(
        ground: &Ground,
        (point, sigma_m): (EnuPoint, f64),
        common: &[ClassWeights],
        config: &TrackerConfig,
    ) -> Self {
        let mut here = Self { fit: [1.0; MOTIONS_MAX], shares: [ClassWeights::ZERO; MOTIONS_MAX] };
        let mut totals = ClassWeights::ZERO;
        for (place, motion) in config.motions.iter().enumerate() {
            here.fit[place] = ground.fit(point, sigma_m, motion);
            here.shares[place] = common[place].scaled(here.fit[place]);
            totals.add_scaled(&here.shares[place], 1.0);
        }
        for (shares, common) in here.shares.iter_mut().zip(common) {
            for class in CLASSES {
                let total = totals.get(class);
                // A class that cannot move here at all moves as it does elsewhere.
                let share = if total > 0.0 { shares.get(class) / total } else { common.get(class) };
                shares.set(class, share);
            }
        }
        here
    }
}

impl<'a> Interval<'a> {
    pub(crate) fn new(dt_s: f64, config: &'a TrackerConfig) -> Self {
        let shares = scaled_shares(&config.motions);
        let nowhere = (EnuPoint::new(0.0, 0.0), 0.0);
        let mut interval = Self {
            config,
            dt_s,
            survival: config.survival(dt_s),
            decided: ClassWeights::ZERO,
            plain: Here::on(&Ground::default(), nowhere, &shares, config),
            shares,
            drifts: config.motions.iter().map(|motion| Drift::over(dt_s, motion)).collect(),
            spare: Vec::new(),
        };
        if !config.motions.is_empty() {
            interval.decided = interval.decided_within(1.0);
        }
        interval
    }

    /// For each class the chance that a mover decided anew whose way of moving fits the ground so well.
    fn decided(&self, fit: f64) -> ClassWeights {
        if fit > 0.99 { self.decided } else { self.decided_within(fit.max(FIT_LEFT_MIN)) }
    }

    /// What does not fit the ground is left the sooner.
    fn decided_within(&self, share: f64) -> ClassWeights {
        let mut decided = ClassWeights::ZERO;
        for class in CLASSES {
            let after_s = share * self.config.decides_after_s[class as usize];
            decided.set(class, -libm::expm1(-self.dt_s / after_s));
        }
        decided
    }
}

/// Spans of time that end together, each made ready once.
#[derive(Debug)]
pub(crate) struct Intervals<'a> {
    end: Timestamp,
    config: &'a TrackerConfig,
    known: Vec<(Timestamp, Interval<'a>)>,
    /// The one that was asked for last.
    last: usize,
}

impl<'a> Intervals<'a> {
    pub(crate) fn to(end: Timestamp, config: &'a TrackerConfig) -> Self {
        Self { end, config, known: Vec::new(), last: 0 }
    }

    pub(crate) fn end(&self) -> Timestamp {
        self.end
    }

    pub(crate) fn config(&self) -> &'a TrackerConfig {
        self.config
    }

    /// `None` when no time passes.
    pub(crate) fn since(&mut self, start: Timestamp) -> Option<&mut Interval<'a>> {
        if start >= self.end {
            return None;
        }
        if self.known.get(self.last).is_none_or(|(known, _)| *known != start) {
            let place = self.known.iter().position(|(known, _)| *known == start);
            self.last = place.unwrap_or_else(|| {
                let dt_s = self.end.duration_since(start).as_secs_f64();
                self.known.push((start, Interval::new(dt_s, self.config)));
                self.known.len() - 1
            });
        }
        self.known.get_mut(self.last).map(|(_, interval)| interval)
    }
}

impl Modes {
    /// Lets movers decide anew and go on. `whole` is their state however they move.
    pub(crate) fn predict(&mut self, interval: &mut Interval<'_>, whole: &Gaussian) {
        let mut after = std::mem::take(&mut interval.spare);
        after.clear();
        let ground = interval.config.ground.at(whole.point());
        let taken_off = if ground == Ground::default() {
            self.pass(interval, &interval.plain, &mut after)
        } else {
            let place = (whole.point(), whole.position_sigma_m());
            let here = Here::on(&ground, place, &interval.shares, interval.config);
            self.pass(interval, &here, &mut after)
        };
        let total = total_of(&after);
        if scale_to_one(after.iter_mut().map(|mode| &mut mode.weights), total) {
            self.flight = taken_off.and_then(|share| self.flown(share, interval, whole));
            std::mem::swap(&mut self.ways, &mut after);
        }
        interval.spare = after;
    }

    /// Returns what share of those that then fly left the ground, where the height of one that flies is known.
    fn pass(
        &self,
        interval: &Interval<'_>,
        here: &Here,
        after: &mut Vec<ModeBelief>,
    ) -> Option<f64> {
        let config = interval.config;
        let mut taken_off = None;
        let mut leaving = [ClassWeights::ZERO; MOTIONS_MAX];
        let mut all_leaving = ClassWeights::ZERO;
        for (leaving, mode) in leaving.iter_mut().zip(&self.ways) {
            let decided = interval.decided(here.fit[usize::from(mode.motion)]);
            *leaving = mode.weights.times(&decided);
            all_leaving.add_scaled(leaving, 1.0);
        }
        for ((motion, figures), shares) in (0_u8..).zip(&config.motions).zip(&here.shares) {
            let mut weights = all_leaving.times(shares);
            let mut parts = [0.0; MOTIONS_MAX];
            for (place, mode) in self.ways.iter().enumerate() {
                parts[place] = leaving[place].times(shares).sum();
                if mode.motion == motion {
                    let mut kept = mode.weights;
                    kept.add_scaled(&leaving[place], -1.0);
                    parts[place] += kept.sum();
                    weights.add_scaled(&kept, 1.0);
                }
            }
            if weights.sum() < LIVE_MIN {
                continue;
            }
            let counts = figures.climbing.is_some() && weights.sum() >= HEIGHT_SHARE;
            if self.flight.is_some() && counts {
                let flew = self.ways.iter().zip(parts).filter(|(mode, _)| mode.motion == motion);
                let flew: f64 = flew.map(|(_, part)| part).sum();
                taken_off = Some(1.0 - flew / parts.iter().sum::<f64>());
            }
            let (mut state, mut turn) = self.mixed(&parts, figures, &config.motions);
            let drift = &interval.drifts[usize::from(motion)];
            drift.apply(&mut state, &mut turn, &config.ground);
            after.push(ModeBelief { motion, state, turn, weights });
        }
        taken_off
    }

    /// State and turn of those that move in a new way, from the shares of those that moved in another.
    fn mixed(
        &self,
        parts: &[f64; MOTIONS_MAX],
        into: &Motion,
        motions: &[Motion],
    ) -> (Gaussian, Turn) {
        let total: f64 = parts.iter().sum();
        let shares = parts.map(|part| part / total);
        let from = |mode: &ModeBelief| &motions[usize::from(mode.motion)];
        let parts = self.ways.iter().zip(&shares).filter(|(_, share)| **share > PART_MIN);
        let states = parts.clone();
        let mut state = moments(states.map(|(mode, share)| (*share, mode.state.spread())));
        let turn = if into.turning.is_some() {
            let unknown = Turn::unknown(into.turning);
            let turns = parts.clone().map(|(mode, share)| {
                let turn = if from(mode).turning.is_some() { &mode.turn } else { &unknown };
                (*share, &mode.state.mean, turn)
            });
            turn_moments(turns, &state.mean)
        } else {
            Turn::NONE
        };
        if into.slowing_s.is_none() {
            // What starts to move may take any speed of its new way.
            let starts = parts.filter(|(mode, _)| from(mode).slowing_s.is_some());
            let started: f64 = starts.map(|(_, share)| share).sum();
            let speed2 = started * into.speed_sigma_mps * into.speed_sigma_mps;
            state.covariance.m22 += speed2;
            state.covariance.m44 += speed2;
        }
        (state, turn)
    }
}
