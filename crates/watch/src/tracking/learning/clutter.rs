//! How often a sensor reports what is not there, over all it sees and spot by spot.
//!
//! A report counts by its share of being no mover's, never as such. Nor does that alone make a spot
//! bad, for somebody may stand there: things that are there are found look after look, false reports
//! come as they please. Their number differs from one look to the next by as much as a Poisson
//! number does; that of standing people hardly differs at all.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;

use super::Learning;
use super::polar::{SECTORS, Spot};
use super::tally::Tally;
use crate::tracking::scan::Clutter;

/// Spots that are remembered of one sensor; those with the fewest reports go first.
const SPOTS_MAX: usize = 2_048;
/// False reports that the prior of the overall rate is worth.
const PRIOR_REPORTS: f64 = 1.0;
/// Looks that a spot is taken to have had before the first was counted.
const PRIOR_LOOKS: f64 = 10.0;
/// A spot with fewer reports in memory is no worse than its surroundings.
const HOT_REPORTS: f64 = 5.0;
/// Nor is one at which they are less than so many times as dense.
const HOT_TIMES: f64 = 4.0;
/// Reports of which less is left are forgotten.
const FAINT: f64 = 0.05;
/// The learned overall rate stays within so many times the setting.
const SCALE: (f64, f64) = (0.02, 50.0);
/// No spot is taken to hold more false reports in a look: what moves through must stay in sight.
const HOT_PER_LOOK_MAX: f64 = 5.0;

/// A report of a sensor, and whose it may be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Loose {
    pub(crate) spot: Spot,
    /// Share of it that is of nothing which was seen to move.
    pub(crate) share: f64,
    /// Share of it that is of nothing at all.
    pub(crate) nobodys: f64,
    /// Chance that the sensor finds a mover there.
    pub(crate) chance: f64,
}

/// What has been counted of one sensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ClutterCount {
    /// Where it stood last.
    from: EnuPoint,
    /// What the settings said then.
    set: Clutter,
    expected: f64,
    looks: [f64; SECTORS],
    spots: BTreeMap<Spot, SpotCount>,
}

/// What has been counted at one spot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct SpotCount {
    reports: f64,
    nobodys: f64,
    chances: f64,
    /// Reports about it in the last look.
    last: f64,
    /// Half the squared difference between successive looks, and their mean.
    change: f64,
    level: f64,
}

/// What follows from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ClutterFigures {
    /// Times the setting, away from the spots.
    pub(super) scale: f64,
    /// How many spots err far more often.
    pub(super) spots: usize,
    /// What they and their neighbours add to that, per m² or rad, by spot.
    hot: Vec<(Spot, f64)>,
}

impl Default for ClutterCount {
    fn default() -> Self {
        Self {
            from: EnuPoint::new(0.0, 0.0),
            set: Clutter { per_m2: 0.0, per_rad: 0.0 },
            expected: 0.0,
            looks: [0.0; SECTORS],
            spots: BTreeMap::new(),
        }
    }
}

impl Default for ClutterFigures {
    fn default() -> Self {
        Self { scale: 1.0, spots: 0, hot: Vec::new() }
    }
}

impl ClutterCount {
    /// Counts a look of the sensor.
    pub(super) fn look(&mut self, tally: &Tally) {
        self.from = tally.from;
        self.set = tally.set;
        self.expected += tally.expected_clutter;
        for (looks, share) in self.looks.iter_mut().zip(tally.looked) {
            *looks += share;
        }
        let mut now: BTreeMap<Spot, f64> = BTreeMap::new();
        for loose in &tally.loose {
            *now.entry(loose.spot).or_default() += loose.share;
            let count = self.spots.entry(loose.spot).or_default();
            count.reports += loose.share;
            count.nobodys += loose.nobodys;
            count.chances += loose.share * loose.chance;
        }
        let before = self.spots.iter().filter(|(spot, count)| {
            count.last > 0.0 && spot.middle().is_none_or(|middle| tally.sees.contains(middle))
        });
        let mut touched: BTreeSet<Spot> = before.map(|(spot, _)| *spot).collect();
        touched.extend(now.keys().flat_map(|spot| spot.about()));
        for spot in touched {
            let Some(count) = self.spots.get_mut(&spot) else { continue };
            let reports: f64 = spot.about().filter_map(|near| now.get(&near)).sum();
            let change = reports - count.last;
            count.change += change * change / 2.0;
            count.level += f64::midpoint(reports, count.last);
            count.last = reports;
        }
    }

    pub(super) fn fade(&mut self, kept: f64) {
        self.expected *= kept;
        self.looks.iter_mut().for_each(|looks| *looks *= kept);
        for count in self.spots.values_mut() {
            count.reports *= kept;
            count.nobodys *= kept;
            count.chances *= kept;
            count.change *= kept;
            count.level *= kept;
        }
        self.spots.retain(|_, count| count.reports >= FAINT);
        if self.spots.len() > SPOTS_MAX {
            let mut counts: Vec<f64> = self.spots.values().map(|count| count.reports).collect();
            counts.sort_by(|a, b| b.total_cmp(a));
            let least = counts[SPOTS_MAX];
            self.spots.retain(|_, count| count.reports > least);
        }
    }

    pub(super) fn figures(&self, learning: &Learning) -> ClutterFigures {
        if !learning.clutter {
            return ClutterFigures::default();
        }
        let mut hot = Vec::new();
        let mut elsewhere = 0.0;
        for (&spot, count) in &self.spots {
            let per_look = count.reports / (PRIOR_LOOKS + self.looks[spot.sector_from(self.from)]);
            let density = per_look.min(HOT_PER_LOOK_MAX) / spot.size();
            let set = match spot {
                Spot::Ground(..) => self.set.per_m2,
                Spot::Towards(_) => self.set.per_rad,
            };
            let is_dense = count.reports >= HOT_REPORTS && density > HOT_TIMES * set;
            match (is_dense, count.is_restless()) {
                (true, true) => hot.push((spot, density)),
                // Somebody stands there.
                (true, false) => {}
                (false, _) => elsewhere += count.nobodys,
            }
        }
        let scale = (PRIOR_REPORTS + elsewhere) / (PRIOR_REPORTS + self.expected);
        ClutterFigures {
            scale: scale.clamp(SCALE.0, SCALE.1),
            spots: hot.len(),
            hot: spilled(&hot),
        }
    }
}

/// Hot spots, and those that touch them: what errs at a spot errs a little beside it too.
fn spilled(hot: &[(Spot, f64)]) -> Vec<(Spot, f64)> {
    /// A spot and the eight about it.
    const ABOUT: f64 = 9.0;
    let mut all: BTreeMap<Spot, f64> = BTreeMap::new();
    for (spot, density) in hot {
        for near in spot.about() {
            *all.entry(near).or_default() += density / ABOUT;
        }
    }
    all.extend(hot.iter().copied());
    all.into_iter().collect()
}

impl SpotCount {
    /// The number of reports changes from look to look as false reports do, and not as those of things that are there.
    ///
    /// Half the mean squared difference of successive counts is their variance however slowly their mean drifts (von
    /// Neumann, 1941). Over the mean it is 1 for Poisson numbers, and 1 - p for things that are found with chance p.
    fn is_restless(&self) -> bool {
        let chance = self.chances / self.reports.max(f64::MIN_POSITIVE);
        self.change > (1.0 - chance / 2.0) * self.level
    }
}

impl ClutterFigures {
    /// Density of false reports at a spot, where `set` is what the settings say.
    pub(crate) fn density(&self, spot: Spot, set: f64) -> f64 {
        let own = self.hot.binary_search_by(|(known, _)| known.cmp(&spot));
        self.scale * set + own.map_or(0.0, |place| self.hot[place].1)
    }

    /// Whether false reports are so common there that a track of them alone is no sign of anything.
    pub(crate) fn is_hot(&self, spot: Spot) -> bool {
        self.hot.binary_search_by(|(known, _)| known.cmp(&spot)).is_ok()
    }
}
