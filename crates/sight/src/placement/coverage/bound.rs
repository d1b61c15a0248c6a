//! No choice among all candidates does better than this, the screened-out ones included.

use rayon::prelude::*;

use super::CoverageTask;
use crate::placement::cover::{Chosen, most_to_add};
use crate::placement::kit::{Cut, Kit};
use crate::placement::window::{Open, Window};

/// Candidates that the bound shows to be worth another look; more are not looked at again.
const RECALLED_MAX: usize = 64;

/// A selection, and what was open before each of its picks.
pub(super) struct Held {
    gains: Vec<u64>,
    opens: Vec<Open>,
}

impl Held {
    pub(super) fn new(open: &Open, chosen: &Chosen, windows: &[Window]) -> Self {
        let mut opens = vec![open.clone()];
        for pick in &chosen.picks {
            let mut next = opens[opens.len() - 1].clone();
            next.close(&windows[*pick]);
            opens.push(next);
        }
        Self { gains: chosen.gains.clone(), opens }
    }

    /// What each candidate would add, exactly, after each number of picks: by number, then by candidate.
    pub(super) fn marginals(
        &self,
        kit: &Kit<'_>,
        task: &CoverageTask<'_>,
        exact: &Cut<'_>,
        tick: &(dyn Fn() + Sync),
    ) -> Vec<Vec<u64>> {
        let by_site: Vec<Vec<u64>> = task
            .sites
            .par_iter()
            .map(|site| {
                tick();
                let window = kit.window(site, exact);
                self.opens.iter().map(|open| open.gain(&window)).collect()
            })
            .collect();
        let number = |at: usize| by_site.iter().map(|gains| gains[at]).collect();
        (0..self.opens.len()).map(number).collect()
    }

    /// Candidates that the screening left out and that would have added more than the one that was picked.
    pub(super) fn worth_recalling(&self, marginals: &[Vec<u64>], pool: &[usize]) -> Vec<usize> {
        let mut worth: Vec<(u64, usize)> = (0..marginals.first().map_or(0, Vec::len))
            .filter(|at| pool.binary_search(at).is_err())
            .filter_map(|at| {
                let excess =
                    |(number, gain): (usize, &u64)| marginals[number][at].checked_sub(*gain);
                let most = self.gains.iter().enumerate().filter_map(excess).max()?;
                (most > 0).then_some((most, at))
            })
            .collect();
        worth.sort_by_key(|(most, at)| (std::cmp::Reverse(*most), *at));
        worth.truncate(RECALLED_MAX);
        worth.into_iter().map(|(_, at)| at).collect()
    }

    /// No selection within the limits adds more weight than this.
    pub(super) fn bound(&self, marginals: &[Vec<u64>], task: &CoverageTask<'_>) -> f64 {
        let costs: Vec<f64> = task.sites.iter().map(|site| site.cost).collect();
        let mut covered = 0;
        let mut least = f64::INFINITY;
        for (number, gains) in marginals.iter().enumerate() {
            let more = most_to_add(gains, &costs, task.limits.count, task.limits.budget);
            least = least.min(covered as f64 + more);
            covered += self.gains.get(number).copied().unwrap_or(0);
        }
        least.min(self.opens[0].total() as f64)
    }
}
