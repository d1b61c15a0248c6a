//! How well any choice could do at most: no better than on the ways that are known, nor on a mixture of them.
//!
//! For a way w the cost under a choice S is at most `base_w + sum of raise_{c,w} over c in S`: it is linear, and the weakest
//! crossing costs no more than any way. Raises are often far beyond what any goal t asks of a way, and what is beyond is of no
//! use elsewhere. So for any t a choice whose weakest crossing costs t or more gives each way
//! `base_w + sum of min(raise_{c,w}, t - base_w) >= t`, and for any weights of the ways that add up to one also
//! `sum of weight_w base_w + the greatest total of weighted raises, so cut, that the limits allow >= t`. Where some weights make
//! this less than t, no choice reaches t: covering ways with few pieces, and its dual, packing ways that no piece meets
//! several of. Weights are looked for by multiplicative weights (Arora, Hazan and Kale, 2012), and t by halving.

use std::sync::atomic::{AtomicI64, Ordering};

use rayon::prelude::*;

use super::search::{GOAL, Search};
use super::ways::Raises;
use super::{CERTAIN, weakest};
use crate::coverage::scene::Sums;
use crate::placement::effect::with;
use crate::placement::kit::Kit;
use crate::viewshed::Kernel;

/// Steps of the search for weights.
const STEPS: u32 = 300;
/// The least goal that is asked about, and how much greater each next one is.
const GOAL_MIN: f64 = 0.001;
const GOAL_FACTOR: f64 = 1.1;

/// What rounding takes away must not count.
const ALMOST: f64 = 1.0 - 1e-9;

/// What no choice exceeds, as costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Most {
    pub(super) bound: f64,
    /// The weakest crossing with every candidate in its place at once.
    pub(super) with_all: f64,
    /// No fewer pieces than this make even odds of the weakest crossing.
    pub(super) fewest: Option<usize>,
}

/// Looks how well any choice could do.
///
/// Where those candidates that were chosen from could already reach anything, cut into pieces, no look at the others would
/// say more.
pub(super) fn bound(kit: &Kit<'_>, search: &Search<'_>, tick: &(dyn Fn() + Sync)) -> Most {
    let sites = search.task.sites;
    let costs: Vec<f64> = search.pool.iter().map(|member| sites[member.at].cost).collect();
    let raises = search.pool.iter().map(|member| &member.raises).collect();
    let all = with(&search.base, search.pool.iter().map(|member| &member.exposure));
    let with_all = least(search, &all);
    let is_open = search.relaxed(raises, &costs).bound() >= CERTAIN && with_all >= CERTAIN;
    if is_open {
        return Most { bound: CERTAIN, with_all, fewest: None };
    }
    of_all(kit, search, tick)
}

fn least(search: &Search<'_>, sums: &Sums) -> f64 {
    let crossings = search.scene.crossings(&search.scene.fields(sums));
    weakest(&crossings).map_or(CERTAIN, |at| super::cost(&crossings, at))
}

/// Looks at every candidate once more, exactly, on every way that is known.
fn of_all(kit: &Kit<'_>, search: &Search<'_>, tick: &(dyn Fn() + Sync)) -> Most {
    let sites = search.task.sites;
    // Whole numbers: the order of adding makes no difference.
    let all: Vec<AtomicI64> = search.base.iter().map(|sum| AtomicI64::new(*sum)).collect();
    let index = search.ways.index(0, search.base.len());
    let raises: Vec<Raises> = sites
        .par_iter()
        .map(|site| {
            tick();
            let exposure = kit.exposure(site, Kernel::Exact);
            for (node, sum) in &exposure {
                all[*node as usize].fetch_add(i64::from(*sum), Ordering::Relaxed);
            }
            index.raises(&exposure)
        })
        .collect();
    let with_all = least(search, &all.into_iter().map(AtomicI64::into_inner).collect());
    let costs: Vec<f64> = sites.iter().map(|site| site.cost).collect();
    let problem = search.relaxed(raises.iter().collect(), &costs);
    let fewest = problem.mixture(GOAL, STEPS).fewest;
    Most { bound: problem.bound().min(with_all), with_all, fewest }
}

/// The problem over the ways that are known, in which pieces may be cut.
pub(super) struct Relaxed<'a> {
    /// By way.
    pub(super) bases: Vec<f64>,
    /// By candidate.
    pub(super) raises: Vec<&'a Raises>,
    pub(super) costs: &'a [f64],
    pub(super) count: usize,
    pub(super) budget: f64,
}

/// What a search for weights found for one goal.
pub(super) struct Mixture {
    /// No choice makes the weakest crossing cost more, where this is less than the goal.
    pub(super) bound: f64,
    /// No fewer pieces reach the goal; `None` where so many as are allowed perhaps do.
    pub(super) fewest: Option<usize>,
    /// How much of each candidate the answers to the later weights take on the mean.
    pub(super) shares: Vec<f64>,
    /// What the last weights make one take.
    pub(super) last: Vec<usize>,
}

/// Raises cut to a goal, by candidate.
struct Cut {
    bases: Vec<f64>,
    begins: Vec<usize>,
    raises: Vec<(u32, f64)>,
}

impl Relaxed<'_> {
    /// No choice makes the weakest crossing cost more.
    pub(super) fn bound(&self) -> f64 {
        let goal = |at: i32| (GOAL_MIN * libm::pow(GOAL_FACTOR, f64::from(at))).min(CERTAIN);
        let (mut low, mut high) = (0, 0);
        while goal(high) < CERTAIN {
            high += 1;
        }
        let mut least = CERTAIN;
        // Of two goals the greater is not easier to reach, so that each that is out of reach leaves lesser ones to try.
        while low <= high {
            let middle = i32::midpoint(low, high);
            let mixture = self.mixture(goal(middle), STEPS);
            if mixture.bound < goal(middle) * ALMOST {
                least = least.min(mixture.bound);
                high = middle - 1;
            } else {
                low = middle + 1;
            }
        }
        least
    }

    /// Looks for the weights that say most about a goal.
    pub(super) fn mixture(&self, goal: f64, steps: u32) -> Mixture {
        let cut = self.cut(goal);
        let ways = self.bases.len();
        let mut mixture = Mixture {
            bound: CERTAIN,
            fewest: None,
            shares: vec![0.0; self.raises.len()],
            last: Vec::new(),
        };
        let open = cut.bases.iter().filter(|base| **base < goal).count();
        if open == 0 {
            return mixture;
        }
        let weight = |base: &f64| if *base < goal { 1.0 / open as f64 } else { 0.0 };
        let mut weights: Vec<f64> = cut.bases.iter().map(weight).collect();
        let mut values = vec![0.0; ways];
        for step in 1..=steps {
            let worth = cut.worth(&weights);
            let base: f64 =
                cut.bases.iter().zip(&weights).map(|(base, weight)| base * weight).sum();
            let (more, picks) = self.best_within_limits(&worth);
            mixture.bound = mixture.bound.min(base + more);
            if base + more < goal * ALMOST {
                mixture.fewest = mixture.fewest.max(Some(fewest(&worth, goal - base)));
            }
            values.copy_from_slice(&cut.bases);
            for (pick, share) in &picks {
                for (way, raise) in cut.of(*pick) {
                    values[*way as usize] += share * raise;
                }
                if step > steps / 2 {
                    mixture.shares[*pick] += share / f64::from(steps - steps / 2);
                }
            }
            // Ways that the best answer leaves low gain weight.
            let rate = 2.0 / libm::sqrt(f64::from(step));
            for (weight, value) in weights.iter_mut().zip(&values) {
                *weight *= libm::exp(-rate * (value / goal).min(4.0));
            }
            let total: f64 = weights.iter().sum();
            for weight in &mut weights {
                *weight /= total;
            }
            mixture.last = picks.into_iter().map(|(pick, _)| pick).collect();
        }
        mixture
    }

    fn cut(&self, goal: f64) -> Cut {
        let mut begins = vec![0];
        let mut raises = Vec::new();
        for each in &self.raises {
            let open = each.iter().filter(|(way, _)| self.bases[*way as usize] < goal);
            raises.extend(
                open.map(|(way, raise)| (*way, raise.min(goal - self.bases[*way as usize]))),
            );
            begins.push(raises.len());
        }
        Cut { bases: self.bases.iter().map(|base| base.min(goal)).collect(), begins, raises }
    }

    /// The greatest total of worths: the `count` greatest, or what the budget buys when pieces may be cut.
    fn best_within_limits(&self, worth: &[f64]) -> (f64, Vec<(usize, f64)>) {
        let mut order: Vec<usize> = (0..worth.len()).filter(|at| worth[*at] > 0.0).collect();
        let by = |key: &dyn Fn(usize) -> f64, a: &usize, b: &usize| {
            key(*b).total_cmp(&key(*a)).then_with(|| a.cmp(b))
        };
        let by_worth = |a: &usize, b: &usize| by(&|at| worth[at], a, b);
        if self.count < order.len() {
            order.select_nth_unstable_by(self.count, by_worth);
        }
        let mut first: Vec<usize> = order.iter().take(self.count).copied().collect();
        first.sort_by(by_worth);
        let picks: Vec<(usize, f64)> = first.into_iter().map(|at| (at, 1.0)).collect();
        let total = |picks: &[(usize, f64)]| {
            picks.iter().map(|(at, share)| share * worth[*at]).sum::<f64>()
        };
        if self.budget.is_infinite() {
            return (total(&picks), picks);
        }
        order.sort_by(|a, b| by(&|at| worth[at] / self.costs[at], a, b));
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

impl Cut {
    fn of(&self, candidate: usize) -> &[(u32, f64)] {
        &self.raises[self.begins[candidate]..self.begins[candidate + 1]]
    }

    /// Weighted raises of each candidate.
    fn worth(&self, weights: &[f64]) -> Vec<f64> {
        let candidates = 0..self.begins.len() - 1;
        let worth = |candidate: usize| -> f64 {
            self.of(candidate).iter().map(|(way, raise)| weights[*way as usize] * raise).sum()
        };
        candidates.into_par_iter().with_min_len(256).map(worth).collect()
    }
}

/// How many of the greatest worths it takes to reach a total; one more than there are where all do not.
fn fewest(worth: &[f64], total: f64) -> usize {
    let mut order: Vec<f64> = worth.iter().copied().filter(|worth| *worth > 0.0).collect();
    order.sort_by(|a, b| b.total_cmp(a));
    let mut sum = 0.0;
    let enough = total * ALMOST;
    let reaches = |worth: &f64| {
        sum += worth;
        sum >= enough
    };
    order.iter().position(reaches).map_or(order.len() + 1, |last| last + 1)
}
