//! How well any choice could do at most: no better than on the ways that are known, nor on a mixture of them.
//!
//! For a way w the cost under a choice S is at most `base_w + sum of raise_{c,w} over c in S`: it is linear, and the weakest
//! crossing costs no more than any way. So for any weights of the ways that add up to one the best choice reaches at most
//! `sum of weight_w base_w + the greatest total of weighted raises that the limits allow`. The weights that make this least give
//! the relaxed problem's optimum (Lagrange); they are looked for by multiplicative weights (Arora, Hazan and Kale, 2012), and
//! every step on the way is a bound already.

use rayon::prelude::*;

use super::{CERTAIN, Search, weakest};
use crate::coverage::scene::Sums;
use crate::placement::kit::Kit;
use crate::viewshed::Kernel;

const STEPS: u32 = 300;

/// What no choice exceeds, as costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Most {
    pub(super) bound: f64,
    /// The weakest crossing with every candidate in its place at once.
    pub(super) with_all: f64,
}

/// Looks at every candidate once more, exactly, on every way that is known.
pub(super) fn bound(kit: &Kit<'_>, search: &Search<'_>, tick: &(dyn Fn() + Sync)) -> Most {
    let sites = search.task.sites;
    let empty = || (Vec::new(), search.base.clone());
    // Few at a time, so that their sums need not be kept.
    let (raises, all) = sites
        .par_iter()
        .enumerate()
        .fold(empty, |(mut raises, mut all): (Vec<_>, Sums), (at, site)| {
            tick();
            let exposure = kit.exposure(site, Kernel::Exact);
            for (node, sum) in &exposure {
                all[*node as usize] += sum;
            }
            raises.push((at, search.raises(&search.ways, &exposure)));
            (raises, all)
        })
        .reduce(empty, |mut a, b| {
            a.0.extend(b.0);
            let sums = a.1.iter_mut().zip(b.1).zip(&search.base);
            // Whole numbers: the order of adding makes no difference.
            sums.for_each(|((sum, more), base)| *sum += more - base);
            a
        });
    let crossings = search.scene.crossings(&search.scene.fields(&all));
    let with_all = weakest(&crossings).map_or(CERTAIN, |at| super::cost(&crossings, at));
    let mut raises = raises;
    raises.sort_by_key(|(at, _)| *at);
    let problem = Relaxed {
        bases: search.ways.iter().map(|way| way.base).collect(),
        raises: raises.into_iter().map(|(_, raises)| raises).collect(),
        costs: sites.iter().map(|site| site.cost).collect(),
        count: search.task.limits.count,
        budget: search.task.limits.budget,
    };
    Most { bound: problem.bound().min(with_all), with_all }
}

/// The problem over the ways that are known.
pub(super) struct Relaxed {
    pub(super) bases: Vec<f64>,
    /// By candidate, then by way.
    pub(super) raises: Vec<Vec<f64>>,
    pub(super) costs: Vec<f64>,
    pub(super) count: usize,
    pub(super) budget: f64,
}

impl Relaxed {
    pub(super) fn bound(&self) -> f64 {
        let ways = self.bases.len();
        if ways == 0 {
            return CERTAIN;
        }
        // Costs beyond certain are all alike, and a single way is a bound too.
        let single = (0..ways).map(|way| {
            let weights: Vec<f64> = (0..ways).map(|at| f64::from(u8::from(at == way))).collect();
            self.most(&weights).0
        });
        let mut least = single.fold(CERTAIN, f64::min);
        let scale = least.max(1e-9);
        let mut weights = vec![1.0 / ways as f64; ways];
        for step in 1..=STEPS {
            let (most, values) = self.most(&weights);
            least = least.min(most);
            // Ways that the best answer leaves low gain weight.
            let rate = 2.0 / libm::sqrt(f64::from(step));
            for (weight, value) in weights.iter_mut().zip(values) {
                *weight *= libm::exp(-rate * (value / scale).min(4.0));
            }
            let total: f64 = weights.iter().sum();
            for weight in &mut weights {
                *weight /= total;
            }
        }
        least
    }

    /// The bound that some weights give, and what the answer to them makes of each way.
    fn most(&self, weights: &[f64]) -> (f64, Vec<f64>) {
        let worth: Vec<f64> = self
            .raises
            .par_iter()
            .map(|raises| raises.iter().zip(weights).map(|(raise, weight)| raise * weight).sum())
            .collect();
        let (more, picks) = self.best_within_limits(&worth);
        let base: f64 = self.bases.iter().zip(weights).map(|(base, weight)| base * weight).sum();
        let mut values = self.bases.clone();
        for (pick, share) in picks {
            let raises = values.iter_mut().zip(&self.raises[pick]);
            raises.for_each(|(value, raise)| *value += share * raise);
        }
        (base + more, values)
    }

    /// The greatest total of worths: the `count` greatest, or what the budget buys when pieces may be cut.
    fn best_within_limits(&self, worth: &[f64]) -> (f64, Vec<(usize, f64)>) {
        let mut order: Vec<usize> = (0..worth.len()).filter(|at| worth[*at] > 0.0).collect();
        let by = |key: &dyn Fn(usize) -> f64, order: &mut Vec<usize>| {
            order.sort_by(|a, b| key(*b).total_cmp(&key(*a)).then_with(|| a.cmp(b)));
        };
        by(&|at| worth[at], &mut order);
        let picks: Vec<(usize, f64)> = order.iter().take(self.count).map(|at| (*at, 1.0)).collect();
        let total = |picks: &[(usize, f64)]| {
            picks.iter().map(|(at, share)| share * worth[*at]).sum::<f64>()
        };
        if self.budget.is_infinite() {
            return (total(&picks), picks);
        }
        by(&|at| worth[at] / self.costs[at], &mut order);
        let mut left = self.budget;
        let mut bought = Vec::new();
        for at in order {
            if left <= 0.0 {
                break;
            }
            bought.push((at, (left / self.costs[at]).min(1.0)));
            left -= self.costs[at];
        }
        if total(&bought) < total(&picks) {
            (total(&bought), bought)
        } else {
            (total(&picks), picks)
        }
    }
}
