//! Directions in which something is, at a range that is not known yet.
//!
//! One bearing says where to look, not how far. A bearing that no track claims starts a bank: a row of
//! hypotheses along it, each a share of the range wide, so that all know their range equally well in
//! proportion (Peach, "Bearings-only tracking using a set of range-parameterised extended Kalman
//! filters", 1995). Each says how much undetected traffic there is to be expected, how well the sensor
//! sees there, and how well the ground there fits the elevation. Later measurements of any sensor
//! weigh them anew. A bank whose range has become known is a track from then on; one that is looked at in
//! vain goes back to the undetected. No bank is ever reported as a track.

use std::fmt;

use jiff::Timestamp;
use nalgebra::{Matrix2, Vector2};
use serde::{Deserialize, Serialize};
use sight::geo::{Azimuth, EnuPoint};
use sight::sector::SensorId;

use super::bernoulli::Bernoulli;
use super::class::ClassWeights;
use super::config::{ConfigError, within};
use super::kinematics::{Gaussian, Mixture};
use super::modes::Intervals;

/// Figures of banks. All are assumptions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Banks {
    /// Most banks kept; those that are least likely to be of anything are dropped beyond, and counted. 0 keeps none.
    pub most: usize,
    /// The range at which the first hypothesis begins.
    pub nearest_m: f64,
    /// How many times farther each hypothesis ends than it begins.
    pub ratio: f64,
    /// A bank becomes a track when one sigma of its place is less than this share of its range.
    pub known_share: f64,
    /// A bank ends when its existence falls below this.
    pub end_below: f64,
}

impl Default for Banks {
    fn default() -> Self {
        Self { most: 64, nearest_m: 50.0, ratio: 1.3, known_share: 0.15, end_below: 0.05 }
    }
}

impl Banks {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        within("banks.most", self.most as f64, 0.0, 10_000.0)?;
        within("banks.nearest_m", self.nearest_m, 1.0, 1e4)?;
        within("banks.ratio", self.ratio, 1.05, 4.0)?;
        within("banks.known_share", self.known_share, 1e-3, 0.5)?;
        within("banks.end_below", self.end_below, 1e-6, 0.5)
    }
}

/// Most hypotheses of one bank.
const CELLS_MAX: usize = 40;
/// A last hypothesis ends at least this many times farther than it begins.
const SLIVER: f64 = 1.01;
/// Share of the likeliest hypothesis below which one is left out.
const FAINT: f64 = 1e-4;
/// Squared Mahalanobis distance within which two hypotheses are one.
const ALIKE: f64 = 0.5;
/// Hypotheses that lie farther from the likeliest (squared Mahalanobis distance) tell another story.
const APART: f64 = 16.0;
/// Other stories may hold this share of a bank that becomes a track.
const DOUBT: f64 = 0.02;

/// One hypothesis: the thing is about there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cell {
    /// Shares of a bank add up to one.
    pub(crate) weight: f64,
    pub(crate) state: Gaussian,
}

/// Something in a direction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bank {
    /// Existence, class and lineage; its place is that of all hypotheses together.
    pub(crate) thing: Bernoulli,
    pub(crate) cells: Vec<Cell>,
    /// Where the sensor stood that saw it last, and the way it looked.
    pub(crate) origin: EnuPoint,
}

/// What a direction is called for as long as it is known; it depends on the measurement that started it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectionId(u64);

impl fmt::Display for DirectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A direction in which something is that nobody can place yet, as others see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    pub id: DirectionId,
    /// Where the sensor stood that saw it last.
    pub origin: EnuPoint,
    pub azimuth: Azimuth,
    /// Nine times of ten it is no farther to either side.
    pub half_width_rad: f64,
    /// Nine times of ten it is between these ranges.
    pub ranges_m: [f64; 2],
    /// Chance that anything is there at all.
    pub existence: f64,
    /// Probabilities of its class; they add up to one.
    pub classes: ClassWeights,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// Sensors that contributed and when each last did.
    pub seen_by: Vec<(SensorId, Timestamp)>,
}

/// The ranges of the hypotheses along a bearing: where each begins and ends, nearest first.
pub(crate) fn ranges(farthest_m: f64, banks: &Banks) -> impl Iterator<Item = (f64, f64)> {
    let first = (banks.nearest_m * SLIVER < farthest_m).then_some(banks.nearest_m);
    let (ratio, mut left) = (banks.ratio, CELLS_MAX);
    let starts = std::iter::successors(first, move |start| {
        left -= 1;
        // What is left before the farthest must be worth a hypothesis.
        Some(start * ratio).filter(|start| start * SLIVER < farthest_m && left > 0)
    });
    starts.map(move |start| (start, (start * ratio).min(farthest_m)))
}

/// A hypothesis: anywhere between two ranges, as wide as the bearing errs.
pub(crate) fn cell_at(
    origin: EnuPoint,
    azimuth: Azimuth,
    (sigma_rad, speed_sigma_mps): (f64, f64),
    (from_m, to_m): (f64, f64),
) -> Gaussian {
    let along = azimuth.unit();
    let range_m = f64::midpoint(from_m, to_m);
    // A uniform distribution's variance.
    let along_m2 = (to_m - from_m) * (to_m - from_m) / 12.0;
    let across_m2 = range_m * range_m * sigma_rad * sigma_rad;
    let both = along * along.transpose();
    let place_m2 = both * along_m2 + (Matrix2::identity() - both) * across_m2;
    Gaussian::found(origin.to_vector() + along * range_m, &place_m2, speed_sigma_mps)
}

impl Bank {
    /// Bytes with what it holds on the heap.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.thing.bytes() + self.cells.len() * size_of::<Cell>()
    }

    /// Lets time pass until the end of some intervals.
    pub(crate) fn carry(&mut self, intervals: &mut Intervals<'_>) {
        let end = intervals.end();
        if let Some(interval) = intervals.since(self.thing.at) {
            self.thing.at = end;
            self.thing.belief.existence *= interval.survival;
            for cell in &mut self.cells {
                cell.state.predict(interval.dt_s, interval.config.acceleration_m2ps3);
            }
        }
    }

    /// Takes new hypotheses with their weights: few, alike ones joined, with a sum of one.
    pub(crate) fn settle(&mut self, mut cells: Vec<Cell>) {
        cells.retain(|cell| cell.weight.is_finite() && cell.weight > 0.0);
        cells.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let floor = cells.first().map_or(0.0, |cell| cell.weight * FAINT);
        cells.retain(|cell| cell.weight >= floor);
        let mut joined: Vec<Cell> = Vec::with_capacity(cells.len().min(CELLS_MAX));
        for cell in cells {
            let alike = joined.iter().position(|known| known.holds(&cell, ALIKE));
            match alike {
                Some(place) => joined[place] = joined[place].and(&cell),
                None if joined.len() < CELLS_MAX => joined.push(cell),
                None => {}
            }
        }
        let total: f64 = joined.iter().map(|cell| cell.weight).sum();
        if total > 0.0 {
            for cell in &mut joined {
                cell.weight /= total;
            }
            self.cells = joined;
        }
        if let Some(state) = merged(self.cells.iter()) {
            self.thing.belief.state = state;
        }
    }

    /// The one place that it is known to be at, and the share of the hypotheses that say so.
    pub(crate) fn known(&self, share_max: f64) -> Option<(f64, Gaussian)> {
        let best = self.cells.iter().max_by(|a, b| a.weight.total_cmp(&b.weight))?;
        let agree = || self.cells.iter().filter(|cell| best.holds(cell, APART));
        let share: f64 = agree().map(|cell| cell.weight).sum();
        let state = merged(agree())?;
        let range_m = self.origin.distance_m(state.point());
        let is_known =
            share >= 1.0 - DOUBT && state.position_sigma_m() <= share_max * range_m.max(1.0);
        is_known.then_some((share, state))
    }

    /// What people are shown of it.
    pub(crate) fn direction<'a>(&self, named: impl Fn(u16) -> Option<&'a SensorId>) -> Direction {
        let thing = &self.thing;
        let towards = self.origin.azimuth_to(thing.belief.state.point());
        let (mut width_rad, mut near_m, mut far_m) = (0.0_f64, f64::INFINITY, 0.0_f64);
        for cell in self.likely() {
            let point = cell.state.point();
            let range_m = self.origin.distance_m(point).max(1.0);
            let along = self.origin.azimuth_to(point).unit();
            let p = cell.state.position_covariance();
            let along_m = libm::sqrt(along.dot(&(p * along)).max(0.0));
            let across = Vector2::new(along.y, -along.x);
            let across_m = libm::sqrt(across.dot(&(p * across)).max(0.0));
            let off_rad = libm::fabs(self.origin.azimuth_to(point).minus(towards));
            width_rad = width_rad.max(off_rad + NINE_OF_TEN * across_m / range_m);
            near_m = near_m.min(range_m - NINE_OF_TEN * along_m);
            far_m = far_m.max(range_m + NINE_OF_TEN * along_m);
        }
        let seen_by = thing.seen_by.iter();
        Direction {
            id: DirectionId(thing.label.hash()),
            origin: self.origin,
            azimuth: towards,
            half_width_rad: width_rad,
            ranges_m: [near_m.max(0.0).min(far_m), far_m],
            existence: thing.belief.existence,
            classes: thing.belief.classes,
            first_seen_at: thing.label.at,
            last_seen_at: thing.last_seen,
            seen_by: seen_by
                .filter_map(|(number, at)| Some((named(*number)?.clone(), *at)))
                .collect(),
        }
    }

    /// The likeliest hypotheses that together hold nine tenths.
    fn likely(&self) -> impl Iterator<Item = &Cell> {
        let mut cells: Vec<&Cell> = self.cells.iter().collect();
        cells.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let mut before = 0.0;
        cells.into_iter().take_while(move |cell| {
            let wanted = before < 0.9;
            before += cell.weight;
            wanted
        })
    }
}

/// Sigmas on both sides that hold nine tenths of a normal distribution.
const NINE_OF_TEN: f64 = 1.645;

impl Cell {
    /// Whether another hypothesis' place lies within this one's spread.
    fn holds(&self, other: &Self, distance2_max: f64) -> bool {
        let off = other.state.point().to_vector() - self.state.point().to_vector();
        let spread = self.state.position_covariance();
        spread.try_inverse().is_some_and(|inverse| off.dot(&(inverse * off)) <= distance2_max)
    }

    pub(crate) fn scaled(&self, scale: f64) -> Self {
        Self { weight: self.weight * scale, ..*self }
    }

    fn and(&self, other: &Self) -> Self {
        let state = merged([self, other].into_iter()).unwrap_or(self.state);
        Self { weight: self.weight + other.weight, state }
    }
}

fn merged<'a>(cells: impl Iterator<Item = &'a Cell>) -> Option<Gaussian> {
    let mut mixture = Mixture::default();
    for cell in cells {
        mixture.push(cell.weight, cell.state.mean, cell.state.covariance);
    }
    mixture.merged()
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn hypotheses_touch_and_reach_from_the_nearest_to_the_farthest_range() {
        let banks = Banks { nearest_m: 100.0, ratio: 1.5, ..Banks::default() };

        let all: Vec<_> = ranges(3_000.0, &banks).collect();

        assert_relative_eq!(all[0].0, 100.0);
        assert_relative_eq!(all[all.len() - 1].1, 3_000.0, max_relative = 0.01);
        for pair in all.windows(2) {
            assert_relative_eq!(pair[0].1, pair[1].0);
        }
        assert_eq!(ranges(50.0, &banks).count(), 0);
        assert!(ranges(1e12, &Banks { ratio: 1.05, ..banks }).count() <= CELLS_MAX);
    }

    #[test]
    fn all_hypotheses_know_their_range_equally_well_in_proportion() {
        let shares: Vec<f64> = ranges(50.0 * 1.3_f64.powi(6), &Banks::default())
            .map(|(from_m, to_m)| {
                let azimuth = Azimuth::from_degrees(0.0);
                let origin = EnuPoint::new(0.0, 0.0);
                let cell = cell_at(origin, azimuth, (0.001, 3.0), (from_m, to_m));
                cell.covariance.m33.sqrt() / cell.mean.z
            })
            .collect();

        for share in &shares {
            assert_relative_eq!(*share, shares[0], max_relative = 1e-6);
        }
        assert!(shares[0] < 0.08);
    }
}
