//! Which few of many windows cover most: lazy greedy, swaps, and how far from the best that can be at most.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::window::{Open, Window};

/// Rounds of swaps; each goes over all that were chosen.
const SWAP_ROUNDS: usize = 4;
/// Selections up to this many are all tried, so that the optimum is known.
const EXHAUSTIVE_MAX: u64 = 50_000;

/// What may be chosen from, and how much of it.
pub(crate) struct Choice<'a> {
    pub(crate) windows: &'a [Window],
    /// Cost of each.
    pub(crate) costs: &'a [f64],
    pub(crate) count: usize,
    /// Most that all chosen may cost.
    pub(crate) budget: f64,
    /// Whether two may both be chosen: they stand far enough apart.
    pub(crate) may_join: &'a (dyn Fn(usize, usize) -> bool + Sync),
}

/// What the next pick is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Gain,
    GainForItsCost,
}

/// What was chosen, in order, and what each added when it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) picks: Vec<usize>,
    pub(crate) gains: Vec<u64>,
}

/// A candidate in the queue: what it would add at most, and how many had been chosen when that was counted.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Waiting {
    worth: f64,
    gain: u64,
    at: usize,
    counted_with: usize,
}

impl Eq for Waiting {}

impl Ord for Waiting {
    /// The most first; of equals the first candidate.
    fn cmp(&self, other: &Self) -> Ordering {
        self.worth.total_cmp(&other.worth).then_with(|| other.at.cmp(&self.at))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Chosen {
    pub(crate) fn total(&self) -> u64 {
        self.gains.iter().sum()
    }
}

impl Choice<'_> {
    /// The best of lazy greedy by gain and by gain for its cost, each after swaps.
    pub(crate) fn best(&self, open: &Open) -> Chosen {
        let even = self.costs.windows(2).all(|pair| pair[0].total_cmp(&pair[1]).is_eq());
        let by_gain = self.swapped(open, self.greedy(open, By::Gain));
        if even {
            return by_gain;
        }
        let by_worth = self.swapped(open, self.greedy(open, By::GainForItsCost));
        if by_worth.total() > by_gain.total() { by_worth } else { by_gain }
    }

    /// Cost-effective lazy forward selection (Leskovec et al., 2007): what a candidate adds never grows as others are
    /// chosen, so that an old count is a bound, and most need not be counted again.
    pub(crate) fn greedy(&self, open: &Open, by: By) -> Chosen {
        let mut open = open.clone();
        let worth = |gain: u64, at: usize| match by {
            By::Gain => gain as f64,
            By::GainForItsCost => gain as f64 / self.costs[at],
        };
        let counted = |open: &Open, at: usize, counted_with: usize| {
            let gain = open.gain(&self.windows[at]);
            Waiting { worth: worth(gain, at), gain, at, counted_with }
        };
        let mut queue: BinaryHeap<Waiting> =
            (0..self.windows.len()).into_par_iter().map(|at| counted(&open, at, 0)).collect();
        let mut chosen = Chosen::default();
        while let Some(first) = queue.pop() {
            let fits = self.fits(&chosen.picks, first.at);
            if chosen.picks.len() >= self.count || first.gain == 0 {
                break;
            }
            if !fits {
                continue;
            }
            if first.counted_with < chosen.picks.len() {
                queue.push(counted(&open, first.at, chosen.picks.len()));
                continue;
            }
            open.close(&self.windows[first.at]);
            chosen.picks.push(first.at);
            chosen.gains.push(first.gain);
        }
        chosen
    }

    /// Whether one more may join: within budget and far enough from all.
    fn fits(&self, picks: &[usize], at: usize) -> bool {
        let spent: f64 = picks.iter().map(|pick| self.costs[*pick]).sum();
        spent + self.costs[at] <= self.budget && picks.iter().all(|pick| (self.may_join)(*pick, at))
    }

    /// Replaces each that was chosen by whatever covers more in its place, until nothing does.
    fn swapped(&self, open: &Open, mut chosen: Chosen) -> Chosen {
        for _ in 0..SWAP_ROUNDS {
            let before = chosen.picks.clone();
            for place in 0..chosen.picks.len() {
                let mut rest = chosen.picks.clone();
                let old = rest.remove(place);
                let left = self.open_after(open, &rest);
                let replacing = (0..self.windows.len())
                    .into_par_iter()
                    .filter(|at| !rest.contains(at) && self.fits(&rest, *at))
                    .map(|at| (left.gain(&self.windows[at]), std::cmp::Reverse(at)))
                    .max();
                if let Some((gain, std::cmp::Reverse(at))) = replacing
                    && gain > left.gain(&self.windows[old])
                {
                    chosen.picks[place] = at;
                }
            }
            if chosen.picks == before {
                break;
            }
        }
        self.in_order(open, &chosen.picks)
    }

    fn open_after(&self, open: &Open, picks: &[usize]) -> Open {
        let mut left = open.clone();
        for pick in picks {
            left.close(&self.windows[*pick]);
        }
        left
    }

    /// The same picks, the one that adds most first.
    fn in_order(&self, open: &Open, picks: &[usize]) -> Chosen {
        let mut left = open.clone();
        let mut rest = picks.to_vec();
        let mut chosen = Chosen::default();
        while let Some(place) = (0..rest.len())
            .max_by_key(|place| (left.gain(&self.windows[rest[*place]]), std::cmp::Reverse(*place)))
        {
            let pick = rest.remove(place);
            chosen.gains.push(left.gain(&self.windows[pick]));
            chosen.picks.push(pick);
            left.close(&self.windows[pick]);
        }
        chosen
    }

    /// The best of all selections, where there are few enough to try them all.
    pub(crate) fn exhaustive(&self, open: &Open) -> Option<u64> {
        (selections(self.windows.len(), self.count) <= EXHAUSTIVE_MAX)
            .then(|| self.best_from(open, 0, &mut Vec::new()))
    }

    fn best_from(&self, open: &Open, first: usize, picks: &mut Vec<usize>) -> u64 {
        if picks.len() >= self.count {
            return 0;
        }
        let mut best = 0;
        for at in first..self.windows.len() {
            if !self.fits(picks, at) {
                continue;
            }
            let mut left = open.clone();
            let gain = left.gain(&self.windows[at]);
            left.close(&self.windows[at]);
            picks.push(at);
            best = best.max(gain + self.best_from(&left, at + 1, picks));
            picks.pop();
        }
        best
    }
}

/// Ways of choosing up to `count` of `of`; as many as there can be when that is more than a number holds.
fn selections(of: usize, count: usize) -> u64 {
    let mut total: u64 = 1;
    let mut ways: u64 = 1;
    for taken in 0..count.min(of) {
        let (Ok(left), Ok(number)) = (u64::try_from(of - taken), u64::try_from(taken + 1)) else {
            return u64::MAX;
        };
        let Some(more) = ways.checked_mul(left) else { return u64::MAX };
        ways = more / number;
        total = total.saturating_add(ways);
    }
    total
}

/// Most that any allowed selection could add to one that covers something already.
///
/// What all of an optimal selection add together is no more than the sum of what each adds alone (submodularity, Nemhauser,
/// Wolsey and Fisher, 1978): the `count` greatest, or what a budget buys when pieces may be cut (a knapsack's relaxation).
pub(crate) fn most_to_add(gains: &[u64], costs: &[f64], count: usize, budget: f64) -> f64 {
    let mut order: Vec<usize> = (0..gains.len()).filter(|at| gains[*at] > 0).collect();
    order.sort_by_key(|at| std::cmp::Reverse(gains[*at]));
    let by_count: f64 = order.iter().take(count).map(|at| gains[*at] as f64).sum();
    if budget.is_infinite() {
        return by_count;
    }
    order.sort_by(|a, b| (gains[*b] as f64 / costs[*b]).total_cmp(&(gains[*a] as f64 / costs[*a])));
    let (mut left, mut by_budget) = (budget, 0.0);
    for at in order {
        let share = (left / costs[at]).clamp(0.0, 1.0);
        by_budget += share * gains[at] as f64;
        left -= costs[at];
        if left <= 0.0 {
            break;
        }
    }
    by_count.min(by_budget)
}

#[cfg(test)]
mod tests;
