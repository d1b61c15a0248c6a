//! What is believed of a thing that may move in one of several ways: an interacting multiple model.
//!
//! For each way of moving there is one normal distribution of the state, and for each way and class
//! together one probability. So what a sensor says of the class tells how the thing moves, and how it
//! moves tells of the class. A mover keeps its way of moving until it decides anew, after a random
//! time without memory; then it takes each way with the share that its class has for it. The chances
//! after any span of time follow exactly: exp(Q dt) of a chain with the rates Q = (1 shares' - I) / time.
//! Sources: Blom and Bar-Shalom, "The interacting multiple model algorithm" (1988); Bar-Shalom, Li and
//! Kirubarajan, "Estimation with applications", 11.6.6.

mod flight;
mod mixture;
mod passing;

pub(crate) use flight::HEIGHT_SHARE;
pub(crate) use mixture::Blend;
pub(crate) use passing::{Interval, Intervals};

use nalgebra::{Matrix2, Vector2};
use serde::{Deserialize, Serialize};

use super::class::{CLASSES, ClassWeights};
use super::config::TrackerConfig;
use super::kinematics::{Gaussian, Turn};
use super::motion::{MOTIONS_MAX, Mode, Motion, scaled_shares};
use super::vertical::Vertical;
use mixture::moments;
use passing::Here;

/// A way of moving that is less likely is left out until something makes it likelier.
const LIVE_MIN: f64 = 1e-5;

/// One way in which a thing may move.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Modes {
    ways: Vec<ModeBelief>,
    /// How high it is and how it climbs, if it flies; `None` until a height was measured.
    flight: Option<Vertical>,
}

impl Modes {
    pub(crate) fn is_empty(&self) -> bool {
        self.ways.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.ways.len() * size_of::<ModeBelief>()
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, ModeBelief> {
        self.ways.iter()
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
        let live = modes.filter(|mode| mode.weights.sum() >= LIVE_MIN).collect();
        Self::of_sound(live, None).unwrap_or_default()
    }

    /// Takes evidence that says something of the class alone.
    pub(crate) fn weigh(&mut self, likelihood: &ClassWeights) {
        let mut weighed = [ClassWeights::ZERO; MOTIONS_MAX];
        for (weighed, mode) in weighed.iter_mut().zip(&self.ways) {
            *weighed = mode.weights.times(likelihood);
        }
        let weighed = &mut weighed[..self.ways.len()];
        let total = weighed.iter().map(ClassWeights::sum).sum();
        if scale_to_one(weighed.iter_mut(), total) {
            for (mode, weighed) in self.ways.iter_mut().zip(weighed) {
                mode.weights = *weighed;
            }
        }
    }

    /// The same after a measurement: for each way its state after it and its density under it.
    ///
    /// `likelihood` says how likely each class is to give what else was measured.
    pub(crate) fn corrected(
        &self,
        likelihood: &ClassWeights,
        hits: impl Iterator<Item = (Gaussian, f64)>,
        flight: Option<Vertical>,
    ) -> Self {
        let corrected = self.ways.iter().zip(hits).map(|(mode, (state, density))| {
            let mut turn = mode.turn;
            turn.follow(&mode.state, state.spread());
            let weights = mode.weights.times(likelihood).scaled(density);
            ModeBelief { motion: mode.motion, state, turn, weights }
        });
        Self::of_sound(corrected.collect(), flight).unwrap_or_else(|| self.clone())
    }

    /// These after evidence that is worth less than it says: odds are between before and after.
    pub(crate) fn tempered(&self, after: Self, worth: f64) -> Self {
        let blend =
            |before: f64, after: f64| libm::pow(before, 1.0 - worth) * libm::pow(after, worth);
        let blended = after.ways.iter().filter_map(|mode| {
            let before = self.ways.iter().find(|before| before.motion == mode.motion)?;
            let mut weights = ClassWeights::ZERO;
            for class in CLASSES {
                weights.set(class, blend(before.weights.get(class), mode.weights.get(class)));
            }
            Some(ModeBelief { weights, ..*mode })
        });
        Self::of_sound(blended.collect(), after.flight).unwrap_or(after)
    }

    /// Scales the chances to a sum of one; `None` when evidence has left no sense in them.
    fn of_sound(mut ways: Vec<ModeBelief>, flight: Option<Vertical>) -> Option<Self> {
        let total = total_of(&ways);
        let is_sound = scale_to_one(ways.iter_mut().map(|mode| &mut mode.weights), total);
        is_sound.then_some(Self { ways, flight })
    }

    /// What is believed of the class, however the thing moves.
    pub(crate) fn classes(&self) -> ClassWeights {
        let mut classes = ClassWeights::ZERO;
        for mode in &self.ways {
            classes.add_scaled(&mode.weights, 1.0);
        }
        classes
    }

    /// The one normal distribution with the mean and covariance of all ways together.
    pub(crate) fn matched(&self) -> Gaussian {
        let each = self.ways.iter();
        moments(each.map(|mode| (mode.weights.sum(), mode.state.spread())))
    }

    /// Chance of each way of moving.
    pub(crate) fn chances(&self, config: &TrackerConfig) -> Vec<(Mode, f64)> {
        let chance =
            |mode: &ModeBelief| (config.motions[usize::from(mode.motion)].mode, mode.weights.sum());
        self.ways.iter().map(chance).collect()
    }
}

fn total_of(modes: &[ModeBelief]) -> f64 {
    modes.iter().map(|mode| mode.weights.sum()).sum()
}

/// Scales chances to a sum of one; returns whether evidence has left any sense in them.
fn scale_to_one<'a>(weights: impl Iterator<Item = &'a mut ClassWeights>, total: f64) -> bool {
    if !(total >= f64::MIN_POSITIVE && total.is_finite()) {
        return false;
    }
    for own in weights {
        *own = own.scaled(1.0 / total);
    }
    true
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use nalgebra::{Matrix4, Vector4};

    use sight::geo::EnuPoint;

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

        let merged = Modes::merged(&[(0.25, &modes), (0.5, &modes)], None);

        for (one, other) in merged.iter().zip(modes.iter()) {
            assert_relative_eq!(one.state.covariance, other.state.covariance, epsilon = 1e-9);
            assert_relative_eq!(one.weights.sum(), other.weights.sum(), epsilon = 1e-12);
        }
    }

    fn predict(modes: &mut Modes, dt_s: f64, config: &TrackerConfig) {
        let whole = modes.matched();
        modes.predict(&mut Interval::new(dt_s, config), &whole);
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
