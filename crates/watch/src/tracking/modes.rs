//! What is believed of a thing that may move in one of several ways: an interacting multiple model.
//!
//! For each way of moving there is one normal distribution of the state, and for each way and class
//! together one probability. So what a sensor says of the class tells how the thing moves, and how it
//! moves tells of the class. A mover keeps its way of moving until it decides anew, after a random
//! time without memory; then it takes each way with the share that its class has for it. The chances
//! after any span of time follow exactly: exp(Q dt) of a chain with the rates Q = (1 shares' - I) / time.
//! Sources: Blom and Bar-Shalom, "The interacting multiple model algorithm" (1988); Bar-Shalom, Li and
//! Kirubarajan, "Estimation with applications", 11.6.6.

use nalgebra::{Matrix2, Matrix4, Vector2, Vector4};
use serde::Serialize;
use sight::geo::EnuPoint;

use super::class::{CLASSES, ClassWeights};
use super::config::TrackerConfig;
use super::kinematics::{Drift, Gaussian, Turn};
use super::motion::{MOTIONS_MAX, Mode, Motion, scaled_shares};

/// A way of moving that is less likely is left out until something makes it likelier.
const LIVE_MIN: f64 = 1e-5;

/// What hardly fits the ground is left so much sooner and no more.
const FIT_LEFT_MIN: f64 = 0.1;

/// Share of a mixture below which a part is left out.
const PART_MIN: f64 = 1e-6;

/// One way in which a thing may move.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct ModeBelief {
    /// Its place in [`TrackerConfig::motions`].
    pub(crate) motion: u8,
    /// Where the thing is and how fast, if it moves so.
    pub(crate) state: Gaussian,
    pub(crate) turn: Turn,
    /// Chance that it moves so and is of the class; over all ways and classes they add up to one.
    pub(crate) weights: ClassWeights,
}

/// All ways in which a thing may move, in the order of [`TrackerConfig::motions`]; none where one
/// motion serves everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Modes(Vec<ModeBelief>);

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
}

/// How common each way of moving is at a place.
struct Here {
    fit: [f64; MOTIONS_MAX],
    /// For each class with a sum of one.
    shares: [ClassWeights; MOTIONS_MAX],
}

impl Here {
    fn at(point: EnuPoint, sigma_m: f64, common: &[ClassWeights], config: &TrackerConfig) -> Self {
        let ground = config.ground.at(point);
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
        let mut interval = Self {
            config,
            dt_s,
            survival: config.survival(dt_s),
            decided: ClassWeights::ZERO,
            shares: scaled_shares(&config.motions),
            drifts: config.motions.iter().map(|motion| Drift::over(dt_s, motion)).collect(),
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

impl Modes {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, ModeBelief> {
        self.0.iter()
    }

    /// What is believed of a thing that was found at a place and may be of several classes.
    pub(crate) fn born(
        place_m: Vector2<f64>,
        noise_m2: &Matrix2<f64>,
        classes: &ClassWeights,
        config: &TrackerConfig,
    ) -> Self {
        let whole = Gaussian::found(place_m, noise_m2, config.speed_sigma_mps);
        Self::started(&whole, classes, config, |motion| {
            Gaussian::found(place_m, noise_m2, motion.speed_sigma_mps)
        })
    }

    /// What is believed of a thing of which nothing but its state is known.
    pub(crate) fn known(state: Gaussian, classes: &ClassWeights, config: &TrackerConfig) -> Self {
        Self::started(&state, classes, config, |_| state)
    }

    fn started(
        whole: &Gaussian,
        classes: &ClassWeights,
        config: &TrackerConfig,
        state: impl Fn(&Motion) -> Gaussian,
    ) -> Self {
        if config.motions.is_empty() {
            return Self::default();
        }
        let common = scaled_shares(&config.motions);
        let here = Here::at(whole.point(), whole.position_sigma_m(), &common, config);
        let each = (0_u8..).zip(&config.motions).zip(&here.shares);
        let modes = each.map(|((motion, figures), shares)| ModeBelief {
            motion,
            state: state(figures),
            turn: Turn::unknown(figures.turning),
            weights: classes.times(shares),
        });
        Self::of_sound(modes.filter(|mode| mode.weights.sum() >= LIVE_MIN).collect())
            .unwrap_or_default()
    }

    /// Lets movers decide anew and go on. `whole` is their state however they move.
    pub(crate) fn predict(&mut self, interval: &Interval<'_>, whole: &Gaussian) {
        let config = interval.config;
        let here = Here::at(whole.point(), whole.position_sigma_m(), &interval.shares, config);
        let mut leaving = [ClassWeights::ZERO; MOTIONS_MAX];
        let mut all_leaving = ClassWeights::ZERO;
        for (leaving, mode) in leaving.iter_mut().zip(&self.0) {
            let decided = interval.decided(here.fit[usize::from(mode.motion)]);
            *leaving = mode.weights.times(&decided);
            all_leaving.add_scaled(leaving, 1.0);
        }
        let mut after = Vec::with_capacity(config.motions.len());
        for ((motion, figures), shares) in (0_u8..).zip(&config.motions).zip(&here.shares) {
            let mut weights = all_leaving.times(shares);
            let mut parts = [0.0; MOTIONS_MAX];
            for (place, mode) in self.0.iter().enumerate() {
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
            let (mut state, mut turn) = self.mixed(&parts, figures, &config.motions);
            let drift = &interval.drifts[usize::from(motion)];
            drift.apply(&mut state, &mut turn, &config.ground);
            after.push(ModeBelief { motion, state, turn, weights });
        }
        *self = Self::of_sound(after).unwrap_or_else(|| self.clone());
    }

    /// State and turn of those that move in a new way, from the shares of those that moved in another.
    fn mixed(&self, parts: &[f64], into: &Motion, motions: &[Motion]) -> (Gaussian, Turn) {
        let total: f64 = parts.iter().sum();
        let from = |mode: &ModeBelief| &motions[usize::from(mode.motion)];
        let parts = self.0.iter().zip(parts).filter_map(|(mode, part)| {
            let share = part / total;
            let turn = match (into.turning, from(mode).turning) {
                (Some(_), Some(_)) => mode.turn,
                (turning, _) => Turn::unknown(turning),
            };
            (share > PART_MIN).then_some((share, mode, turn))
        });
        let (mut state, turn) =
            moments(parts.clone().map(|(share, mode, turn)| (share, &mode.state, turn)));
        if into.slowing_s.is_none() {
            // What starts to move may take any speed of its new way.
            let starts = parts.filter(|(_, mode, _)| from(mode).slowing_s.is_some());
            let started: f64 = starts.map(|(share, ..)| share).sum();
            let speed2 = started * into.speed_sigma_mps * into.speed_sigma_mps;
            state.covariance.m22 += speed2;
            state.covariance.m44 += speed2;
        }
        (state, turn)
    }

    /// One belief in place of several with their shares; none of them is empty.
    pub(crate) fn merged(parts: &[(f64, &Self)]) -> Self {
        let total: f64 = parts.iter().map(|(share, _)| share).sum();
        let mut merged = Vec::with_capacity(MOTIONS_MAX);
        for motion in (0_u8..).take(MOTIONS_MAX) {
            let own = || {
                parts.iter().filter_map(|(share, modes)| {
                    let mode = modes.0.iter().find(|mode| mode.motion == motion)?;
                    Some((share / total, mode))
                })
            };
            let mut weights = ClassWeights::ZERO;
            for (share, mode) in own() {
                weights.add_scaled(&mode.weights, share);
            }
            let whole = weights.sum();
            if whole >= f64::MIN_POSITIVE {
                let (state, turn) = moments(own().map(|(share, mode)| {
                    (share * mode.weights.sum() / whole, &mode.state, mode.turn)
                }));
                merged.push(ModeBelief { motion, state, turn, weights });
            }
        }
        Self::of_sound(merged)
            .unwrap_or_else(|| parts.first().map_or_else(Self::default, |part| part.1.clone()))
    }

    /// The same after evidence that says something of the class alone.
    pub(crate) fn given(&self, likelihood: &ClassWeights) -> Self {
        let weighed =
            |mode: &ModeBelief| ModeBelief { weights: mode.weights.times(likelihood), ..*mode };
        Self::of_sound(self.0.iter().map(weighed).collect()).unwrap_or_else(|| self.clone())
    }

    /// The same after a measurement: for each way its state after it and its density under it.
    ///
    /// `likelihood` says how likely each class is to give what else was measured.
    pub(crate) fn corrected(
        &self,
        likelihood: &ClassWeights,
        hits: impl Iterator<Item = (Gaussian, f64)>,
    ) -> Self {
        let corrected = self.0.iter().zip(hits).map(|(mode, (state, density))| {
            let mut turn = mode.turn;
            turn.follow(&mode.state, &state);
            let weights = mode.weights.times(likelihood).scaled(density);
            ModeBelief { motion: mode.motion, state, turn, weights }
        });
        Self::of_sound(corrected.collect()).unwrap_or_else(|| self.clone())
    }

    /// These after evidence that is worth less than it says: odds are between before and after.
    pub(crate) fn tempered(&self, after: Self, worth: f64) -> Self {
        let blend =
            |before: f64, after: f64| libm::pow(before, 1.0 - worth) * libm::pow(after, worth);
        let blended = after.0.iter().filter_map(|mode| {
            let before = self.0.iter().find(|before| before.motion == mode.motion)?;
            let mut weights = ClassWeights::ZERO;
            for class in CLASSES {
                weights.set(class, blend(before.weights.get(class), mode.weights.get(class)));
            }
            Some(ModeBelief { weights, ..*mode })
        });
        Self::of_sound(blended.collect()).unwrap_or(after)
    }

    /// Scales the chances to a sum of one; `None` when evidence has left no sense in them.
    fn of_sound(mut modes: Vec<ModeBelief>) -> Option<Self> {
        let total: f64 = modes.iter().map(|mode| mode.weights.sum()).sum();
        if !(total >= f64::MIN_POSITIVE && total.is_finite()) {
            return None;
        }
        for mode in &mut modes {
            mode.weights = mode.weights.scaled(1.0 / total);
        }
        Some(Self(modes))
    }

    /// What is believed of the class, however the thing moves.
    pub(crate) fn classes(&self) -> ClassWeights {
        let mut classes = ClassWeights::ZERO;
        for mode in &self.0 {
            classes.add_scaled(&mode.weights, 1.0);
        }
        classes
    }

    /// The one normal distribution with the mean and covariance of all ways together.
    pub(crate) fn matched(&self) -> Gaussian {
        moments(self.0.iter().map(|mode| (mode.weights.sum(), &mode.state, Turn::NONE))).0
    }

    /// Chance of each way of moving.
    pub(crate) fn chances(&self, config: &TrackerConfig) -> Vec<(Mode, f64)> {
        let chance =
            |mode: &ModeBelief| (config.motions[usize::from(mode.motion)].mode, mode.weights.sum());
        self.0.iter().map(chance).collect()
    }
}

/// Mean and covariance of a mixture whose shares add up to one.
///
/// Sums differences from its first part, so that shares which add up to a little less move nothing.
fn moments<'a>(parts: impl Iterator<Item = (f64, &'a Gaussian, Turn)> + Clone) -> (Gaussian, Turn) {
    let base = parts.clone().next().map_or_else(Vector4::zeros, |(_, state, _)| state.mean);
    let mut mean = base;
    let mut turn = Turn::NONE;
    for (share, state, own) in parts.clone() {
        mean += (state.mean - base) * share;
        turn.rate += own.rate * share;
    }
    let mut covariance = Matrix4::zeros();
    for (share, state, own) in parts {
        let off = state.mean - mean;
        covariance += (state.covariance + off * off.transpose()) * share;
        let off_rate = own.rate - turn.rate;
        turn.variance += share * (own.variance + off_rate * off_rate);
        turn.cross += (own.cross + off * off_rate) * share;
    }
    (Gaussian { mean, covariance }, turn)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::detection::Class;
    use crate::tracking::Area;

    #[test]
    fn the_chances_after_any_span_are_those_after_its_parts() {
        let config = config();
        let (mut once, mut often) = (walker(&config), walker(&config));

        predict(&mut once, 30.0, &config);
        for _ in 0..60 {
            predict(&mut often, 0.5, &config);
        }

        for (one, other) in once.iter().zip(often.iter()) {
            assert_eq!(one.motion, other.motion);
            for class in CLASSES {
                let (one, other) = (one.weights.get(class), other.weights.get(class));
                assert_relative_eq!(one, other, epsilon = 1e-4);
            }
        }
    }

    #[test]
    fn what_nobody_sees_for_long_moves_as_its_class_does() {
        let config = config();
        let mut modes = walker(&config);

        predict(&mut modes, 3_600.0, &config);

        let chances = modes.chances(&config);
        let of = |mode| chances.iter().find(|(other, _)| *other == mode).map_or(0.0, |(_, c)| *c);
        assert_relative_eq!(of(Mode::Stop), 0.35, epsilon = 1e-9);
        assert_relative_eq!(of(Mode::Walk), 0.65, epsilon = 1e-9);
        assert_relative_eq!(of(Mode::Drive), 0.0);
    }

    #[test]
    fn a_state_as_a_whole_has_the_mean_and_spread_of_its_ways() {
        let config = config();
        let mut modes = walker(&config);
        predict(&mut modes, 1.0, &config);

        let whole = modes.matched();

        let mean: Vector4<f64> =
            modes.iter().map(|mode| mode.state.mean * mode.weights.sum()).sum();
        let second: Matrix4<f64> = modes
            .iter()
            .map(|mode| {
                let (mean, covariance) = (mode.state.mean, mode.state.covariance);
                (covariance + mean * mean.transpose()) * mode.weights.sum()
            })
            .sum();
        assert_relative_eq!(whole.mean, mean, epsilon = 1e-9);
        let expected = second - mean * mean.transpose();
        assert_relative_eq!(whole.covariance, expected, epsilon = 1e-9);
    }

    #[test]
    fn one_of_two_equal_beliefs_is_each_of_them() {
        let modes = walker(&config());

        let merged = Modes::merged(&[(0.25, &modes), (0.5, &modes)]);

        for (one, other) in merged.iter().zip(modes.iter()) {
            assert_relative_eq!(one.state.covariance, other.state.covariance, epsilon = 1e-9);
            assert_relative_eq!(one.weights.sum(), other.weights.sum(), epsilon = 1e-12);
        }
    }

    fn predict(modes: &mut Modes, dt_s: f64, config: &TrackerConfig) {
        let whole = modes.matched();
        modes.predict(&Interval::new(dt_s, config), &whole);
    }

    /// A person who was found at a place.
    fn walker(config: &TrackerConfig) -> Modes {
        let mut classes = ClassWeights::ZERO;
        classes.set(Class::Person, 1.0);
        Modes::born(Vector2::new(3.0, 4.0), &(Matrix2::identity() * 9.0), &classes, config)
    }

    fn config() -> TrackerConfig {
        TrackerConfig::for_area(Area {
            south_west: EnuPoint::new(-500.0, -500.0),
            north_east: EnuPoint::new(500.0, 500.0),
        })
    }
}
