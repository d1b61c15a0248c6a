//! Giving up what is hardly there, and what the limits leave no room for.

use jiff::Timestamp;

use super::Filter;
use super::trace::{DIRECTIONS, Trace};
use crate::tracking::bernoulli::Belief;
use crate::tracking::config::TrackerConfig;

impl Filter {
    /// Gives up what is hardly there; returns how many tracks the limit cost.
    pub(super) fn prune(
        &mut self,
        now: Timestamp,
        config: &TrackerConfig,
        trace: &mut Trace,
    ) -> usize {
        trace.most = trace.most.max(self.bernoullis.len());
        let fading = self.undetected.fading(now);
        let mut open = vec![false; self.bernoullis.len()];
        for &member in self.worlds.iter().flat_map(|worlds| &worlds.members) {
            open[member] = true;
        }
        let mut keep: Vec<bool> = Vec::with_capacity(open.len());
        for (bernoulli, open) in self.bernoullis.iter().zip(&open) {
            let Belief { existence, state, .. } = &bernoulli.belief;
            let here =
                *existence >= config.recycle_below && !state.is_wider_than(config.lost_sigma_m);
            if !(here || *open) {
                let cell = self.undetected.recycle(state.point(), *existence, &fading);
                trace.recycled.push((bernoulli.label.key(), cell));
            }
            keep.push(here || *open);
        }
        let over = keep.iter().filter(|keep| **keep).count().saturating_sub(config.tracks_max);
        if over > 0 {
            // A flood is no time for fine distinctions.
            self.worlds.clear();
            self.drop_least_likely(&mut keep, over);
        }
        self.keep_only(&keep);
        over
    }

    /// Gives up directions in which hardly anything is; returns how many the limit cost.
    pub(super) fn prune_banks(
        &mut self,
        now: Timestamp,
        config: &TrackerConfig,
        trace: &mut Trace,
    ) -> usize {
        let fading = self.undetected.fading(now);
        let undetected = &mut self.undetected;
        self.banks.retain(|bank| {
            let existence = bank.thing.belief.existence;
            let here = existence >= config.banks.end_below;
            if !here {
                for cell in &bank.cells {
                    let more = existence * cell.weight;
                    let cell = undetected.recycle(cell.state.point(), more, &fading);
                    trace.recycled.push((DIRECTIONS, cell));
                }
            }
            here
        });
        let over = self.banks.len().saturating_sub(config.banks.most);
        for _ in 0..over {
            // Of equals the newest go first.
            let least = (0..self.banks.len()).rev().min_by(|&a, &b| {
                let existence = |number: usize| self.banks[number].thing.belief.existence;
                existence(a).total_cmp(&existence(b))
            });
            least.map(|number| self.banks.remove(number));
        }
        over
    }

    fn drop_least_likely(&self, keep: &mut [bool], over: usize) {
        let mut ranked: Vec<usize> = (0..keep.len()).filter(|&number| keep[number]).collect();
        // Of equals the newest go first.
        ranked.sort_by(|&a, &b| {
            let existence = |number: usize| self.bernoullis[number].belief.existence;
            existence(a).total_cmp(&existence(b)).then(b.cmp(&a))
        });
        for &number in &ranked[..over] {
            keep[number] = false;
        }
    }

    fn keep_only(&mut self, keep: &[bool]) {
        if keep.iter().all(|keep| *keep) {
            return;
        }
        let mut numbers = vec![usize::MAX; keep.len()];
        let kept = (0..keep.len()).filter(|&old| keep[old]);
        for (number, old) in kept.enumerate() {
            numbers[old] = number;
        }
        let mut keep = keep.iter();
        self.bernoullis.retain(|_| keep.next().copied().unwrap_or(true));
        for worlds in &mut self.worlds {
            worlds.renumber(&numbers);
        }
    }
}
