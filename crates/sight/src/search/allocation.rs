//! Where effort pays most: the continuous optimum, and whole teams.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use super::DetectionLaw;

/// A piece of ground that the target may be in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Probability of area: chance that the target is here, 0 to 1.
    pub poa: f64,
    /// Square metres.
    pub area_m2: f64,
}

/// Effort by region and what it is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Allocation {
    /// Effective sweep (sweep width times track length) by region, square metres, in the order of the regions.
    pub effort_m2: Vec<f64>,
    /// Probability of success: sum of POA times POD.
    pub pos: f64,
}

/// Koopman's allocation: the most probability of success that a total effort can buy under random search.
///
/// Every region that gets effort ends with the same density `poa / area * exp(-coverage)`; the others lie below it.
/// Regions without area or probability get nothing.
pub fn allocate(regions: &[Region], total_m2: f64) -> Allocation {
    let mut order: Vec<usize> = (0..regions.len())
        .filter(|at| regions[*at].poa > 0.0 && regions[*at].area_m2 > 0.0)
        .collect();
    order.sort_by(|a, b| density(&regions[*b]).total_cmp(&density(&regions[*a])).then(a.cmp(b)));
    let mut effort_m2 = vec![0.0; regions.len()];
    if total_m2 > 0.0 && !order.is_empty() {
        let level = level(regions, &order, total_m2);
        for &at in &order {
            let coverage = (libm::log(density(&regions[at])) - level).max(0.0);
            effort_m2[at] = coverage * regions[at].area_m2;
        }
    }
    let pos = success(regions, &effort_m2, DetectionLaw::RandomSearch);
    Allocation { effort_m2, pos }
}

/// Whole teams, each with the same effective sweep: the best integer allocation.
///
/// One team after the other goes where it adds most. That is the optimum because each further team in a region adds less
/// than the one before (the laws are concave). Returns teams by region and the probability of success.
pub fn assign_teams(
    regions: &[Region],
    teams: usize,
    team_m2: f64,
    law: DetectionLaw,
) -> (Vec<usize>, f64) {
    let gain = |at: usize, sent: usize| {
        let region = &regions[at];
        let pod = |teams: usize| law.pod(teams as f64 * team_m2 / region.area_m2);
        region.poa * (pod(sent + 1) - pod(sent))
    };
    let mut sent = vec![0; regions.len()];
    let mut next: BinaryHeap<Offer> = (0..regions.len())
        .filter(|at| regions[*at].poa > 0.0 && regions[*at].area_m2 > 0.0)
        .map(|at| Offer { gain: gain(at, 0), at })
        .collect();
    for _ in 0..teams {
        let Some(best) = next.pop() else { break };
        sent[best.at] += 1;
        next.push(Offer { gain: gain(best.at, sent[best.at]), at: best.at });
    }
    let effort_m2: Vec<f64> = sent.iter().map(|teams| *teams as f64 * team_m2).collect();
    let pos = success(regions, &effort_m2, law);
    (sent, pos)
}

/// What one more team would add; the first region wins a tie.
struct Offer {
    gain: f64,
    at: usize,
}

impl Ord for Offer {
    fn cmp(&self, other: &Self) -> Ordering {
        self.gain.total_cmp(&other.gain).then(other.at.cmp(&self.at))
    }
}

impl PartialOrd for Offer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Offer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Offer {}

fn density(region: &Region) -> f64 {
    region.poa / region.area_m2
}

/// Logarithm of the density that is left everywhere effort goes, for regions in descending order of density.
fn level(regions: &[Region], order: &[usize], total_m2: f64) -> f64 {
    let (mut area_m2, mut weighted) = (0.0, 0.0);
    let mut level = f64::INFINITY;
    for &at in order {
        let log_density = libm::log(density(&regions[at]));
        if log_density <= level && level.is_finite() {
            break;
        }
        area_m2 += regions[at].area_m2;
        weighted += regions[at].area_m2 * log_density;
        level = (weighted - total_m2) / area_m2;
    }
    level
}

fn success(regions: &[Region], effort_m2: &[f64], law: DetectionLaw) -> f64 {
    let each = regions.iter().zip(effort_m2);
    each.filter(|(region, _)| region.area_m2 > 0.0).fold(0.0, |pos, (region, effort_m2)| {
        pos + region.poa * law.pod(effort_m2 / region.area_m2)
    })
}
