//! How much of what it should see a sensor does see, by sector and ring: dust that nobody reported.
//!
//! Each look at a thing that is surely there is a trial: it was found, or it was expected to be
//! found and was not. The share found is a Beta variable whose prior says that the sight model is
//! right; cells with little to tell lean on their sector, sectors on the sensor.

use serde::{Deserialize, Serialize};

use super::Learning;
use super::polar::{RINGS, SECTORS};

pub(super) const CELLS: usize = SECTORS * RINGS;

/// Least share that is believed: some hit is always possible.
const SHARE_MIN: f64 = 0.03;
/// Most: even a sensor that never failed may be covered in the next minute.
const SHARE_MAX: f64 = 0.999;
/// Hits that a ring leans on its sector with, and a sector on the sensor.
const LEAN: f64 = 3.0;
/// Hits in a sector that show that the sensor sees there at all.
const SHOWN_HITS: f64 = 2.0;
/// Expected hits from which a cell may be called obscured, and below which it is forgotten.
const CALL: f64 = 12.0;
const FORGET: f64 = 2.0;
/// A cell whose share is surely below the first is obscured until it is above the second.
const OBSCURED_BELOW: f64 = 0.6;
const CLEAR_ABOVE: f64 = 0.8;

/// What has been counted of one sensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SightCount {
    hits: Vec<f64>,
    expected: Vec<f64>,
    obscured: Vec<bool>,
}

/// What follows from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SightFigures {
    /// By cell; empty where everything is as the sight model says.
    share: Vec<f64>,
    shown: [bool; SECTORS],
    pub(super) worst: Option<f64>,
}

impl Default for SightCount {
    fn default() -> Self {
        Self { hits: vec![0.0; CELLS], expected: vec![0.0; CELLS], obscured: vec![false; CELLS] }
    }
}

impl SightCount {
    pub(super) fn add(&mut self, cell: usize, hits: f64, expected: f64) {
        self.hits[cell] += hits;
        self.expected[cell] += expected;
    }

    pub(super) fn fade(&mut self, kept: f64) {
        self.hits.iter_mut().chain(&mut self.expected).for_each(|count| *count *= kept);
    }

    /// Looks again at which cells are obscured.
    pub(super) fn judge(&mut self) {
        for (cell, now) in self.obscured.iter_mut().enumerate() {
            let expected = self.expected[cell];
            let share = plain(self.hits[cell], expected);
            let sigma = libm::sqrt(share * (1.0 - share).max(0.0) / (expected + 2.0));
            if expected < FORGET || share > CLEAR_ABOVE {
                *now = false;
            } else if expected >= CALL && share + 2.0 * sigma < OBSCURED_BELOW {
                *now = true;
            }
        }
    }

    pub(super) fn figures(&self, learning: &Learning) -> SightFigures {
        let mut shown = [false; SECTORS];
        for (sector, shown) in shown.iter_mut().enumerate() {
            *shown = self.sector(sector).0 >= SHOWN_HITS;
        }
        let hit: f64 = self.hits.iter().sum();
        let expected: f64 = self.expected.iter().sum();
        let all = leaned(learning.sight_prior, learning.sight_prior_hits, (hit, expected));
        let mut share = Vec::with_capacity(CELLS);
        for sector in 0..SECTORS {
            let own = leaned(all, LEAN, self.sector(sector));
            for cell in sector * RINGS..(sector + 1) * RINGS {
                let own = leaned(own, LEAN, (self.hits[cell], self.expected[cell]));
                share.push(own.clamp(SHARE_MIN, SHARE_MAX));
            }
        }
        if !learning.sight {
            share.clear();
        }
        let obscured = (0..CELLS).filter(|cell| self.obscured[*cell]);
        let worst =
            obscured.map(|cell| plain(self.hits[cell], self.expected[cell])).min_by(f64::total_cmp);
        SightFigures { share, shown, worst }
    }

    fn sector(&self, sector: usize) -> (f64, f64) {
        let cells = sector * RINGS..(sector + 1) * RINGS;
        (self.hits[cells.clone()].iter().sum(), self.expected[cells].iter().sum())
    }
}

impl SightFigures {
    /// As the sight model says, nothing learned yet.
    pub(super) fn fresh(learning: &Learning) -> Self {
        SightCount::default().figures(learning)
    }

    /// Share of the chance that the sight model gives, in a cell; 1 where it is not learned.
    pub(crate) fn share(&self, cell: usize) -> f64 {
        self.share.get(cell).copied().unwrap_or(1.0)
    }

    /// Whether anything but the sight model counts.
    pub(crate) fn is_learned(&self) -> bool {
        !self.share.is_empty()
    }

    /// Whether the sensor lately found something in the sector of a cell.
    pub(crate) fn is_shown(&self, cell: usize) -> bool {
        self.shown[cell / RINGS]
    }
}

/// The share of hits when nothing else is known: the mean of a Beta variable with an even prior.
fn plain(hits: f64, expected: f64) -> f64 {
    (hits + 1.0) / (expected + 2.0)
}

/// The mean of a Beta variable: a prior worth so many expected hits, then what was counted.
///
/// More hits than were expected say that the model is modest, never that the air is clearer than clear.
fn leaned(prior: f64, prior_hits: f64, (hits, expected): (f64, f64)) -> f64 {
    (prior * prior_hits + hits.min(expected)) / (prior_hits + expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_counted_leaves_the_sight_model_alone() {
        let figures = SightCount::default().figures(&Learning::default());

        assert!((0..CELLS).all(|cell| figures.share(cell) > 0.98));
        assert_eq!(figures.worst, None);
    }

    #[test]
    fn a_cell_in_dust_is_told_from_the_clear_ones_about_it() {
        let mut count = SightCount::default();
        for cell in 0..CELLS {
            count.add(cell, 18.0, 18.0);
        }
        count.add(9, 1.0, 60.0);
        count.judge();
        let figures = count.figures(&Learning::default());

        assert!(figures.share(9) < 0.35, "{}", figures.share(9));
        assert!(figures.share(60) > 0.97);
        assert!(figures.worst.is_some_and(|share| share < 0.3));
    }

    #[test]
    fn a_cell_that_lost_its_sight_is_called_and_comes_back_by_hits() {
        let mut count = SightCount::default();
        count.add(16, 1.0, 14.0);
        count.judge();
        let lost = count.figures(&Learning::default()).worst;
        count.fade(0.5);
        count.add(16, 40.0, 40.0);
        count.judge();

        assert!(lost.is_some_and(|share| share < 0.2), "{lost:?}");
        assert_eq!(count.figures(&Learning::default()).worst, None);
    }
}
