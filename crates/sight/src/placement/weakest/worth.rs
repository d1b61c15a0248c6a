//! What a watch is worth: its weakest crossing first, then the rest of the line.

use std::cmp::Ordering;

use super::{CERTAIN, chance};
use crate::coverage::WATCHED_MIN;
use crate::sector::Stretch;

/// The weakest crossing counts in so many steps of chance; what is less is settled by the rest of the line.
const STEPS: f64 = 1_000.0;
/// Metres of line times cost by which the rest must differ to count.
const MARGIN: f64 = 1.0;

/// The weakest crossing's chance of detection in [`STEPS`], and how much of the line is how far from watched.
///
/// Where no choice raises the weakest crossing, the second still tells which does more for the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Worth(f64, f64);

impl Worth {
    /// From what the least-detected crossing of each stretch costs.
    pub(super) fn of(stretches: &[Stretch], costs: impl Iterator<Item = f64>) -> Self {
        let enough = -libm::log1p(-WATCHED_MIN);
        let (mut least, mut total) = (CERTAIN, 0.0);
        for (stretch, cost) in stretches.iter().zip(costs) {
            least = least.min(cost);
            total += cost.min(enough) * (stretch.to_m - stretch.from_m);
        }
        Self(libm::floor(chance(least) * STEPS), total)
    }

    pub(super) fn level(self) -> f64 {
        self.0
    }

    /// Below this cost a crossing is too weak for a watch that is worth as much.
    pub(super) fn least_cost(self) -> f64 {
        -libm::log1p(-(self.0 / STEPS).min(1.0))
    }

    /// Nothing better is told apart.
    pub(super) fn is_most(self) -> bool {
        self.0 >= STEPS - 1.0
    }

    pub(super) fn beats(self, other: Self) -> bool {
        self.0 > other.0 || self.0 >= other.0 && self.1 > other.1 + MARGIN
    }

    pub(super) fn total_cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0).then_with(|| self.1.total_cmp(&other.1))
    }
}
