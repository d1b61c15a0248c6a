//! Which pieces promise most on the ways that are known, until the ways that they leave tell nothing new.

use rayon::prelude::*;

use super::CERTAIN;
use super::search::{Held, Search};
use super::ways::Raises;
use super::worth::Worth;
use crate::placement::coverage::may_join;

/// Choices that are looked at, and so many one after another that came to nothing.
const IMPROVED: usize = 150;
const MISSES: usize = 30;
/// Of the ways that a piece must raise so many are asked about before all are gone over.
const ASKED: usize = 16;

impl Search<'_> {
    /// Chooses what promises most on all ways that are known, looks which ways that leaves, and learns them, until nothing
    /// promises more than is held.
    ///
    /// What is promised is never less than what is so (Benders, 1962): where no promise is better, no single piece and no two
    /// do more elsewhere.
    pub(super) fn improved(&mut self, nobody: &Held) -> Held {
        let mut best = self.tried(nobody, Vec::new());
        let mut misses = 0;
        for _ in 0..IMPROVED {
            if misses >= MISSES || best.worth.is_most() {
                break;
            }
            let mut members = self.rearranged(&best);
            if members == best.members {
                let Some(pairs) = self.rearranged_by_two(&best) else { break };
                members = pairs;
            }
            let other = self.tried(&best, members);
            misses += 1;
            if other.worth.beats(best.worth) {
                (best, misses) = (other, 0);
            }
        }
        best
    }

    /// Members of which none promises more elsewhere, and one more where there is room.
    fn rearranged(&self, best: &Held) -> Vec<usize> {
        let (mut members, mut worth) = (best.members.clone(), best.worth);
        loop {
            let before = worth;
            if let Some((promised, member)) = self.promising(&members, worth) {
                members.push(member);
                worth = promised;
            }
            for place in 0..members.len() {
                let mut rest = members.clone();
                rest.remove(place);
                if let Some((promised, member)) = self.promising(&rest, worth) {
                    members[place] = member;
                    worth = promised;
                }
            }
            if !worth.beats(before) {
                return members;
            }
        }
    }

    /// Members of which two have gone elsewhere, where that promises more.
    fn rearranged_by_two(&self, best: &Held) -> Option<Vec<usize>> {
        let count = best.members.len();
        let pairs: Vec<(usize, usize)> =
            (0..count).flat_map(|a| (0..a).map(move |b| (a, b))).collect();
        let each = pairs.into_par_iter().filter_map(|(later, earlier)| {
            let mut members = best.members.clone();
            members.remove(later);
            members.remove(earlier);
            let without = self.promised(&self.costs(&members));
            members.push(self.promising(&members, without)?.1);
            let (promised, member) = self.promising(&members, best.worth)?;
            members.push(member);
            Some((promised, members))
        });
        let each: Vec<(Worth, Vec<usize>)> = each.collect();
        each.into_iter()
            .reduce(|a, b| if b.0.beats(a.0) { b } else { a })
            .map(|(_, members)| members)
    }

    /// The member that promises most beside others, if that is more than a worth.
    fn promising(&self, members: &[usize], worth: Worth) -> Option<(Worth, usize)> {
        if members.len() >= self.task.limits.count {
            return None;
        }
        let costs = self.costs(members);
        // Whoever does not raise the weakest ways cannot raise the weakest crossing.
        let enough = worth.least_cost();
        let mut low: Vec<usize> = (0..costs.len()).filter(|way| costs[*way] < enough).collect();
        low.sort_by(|a, b| costs[*a].total_cmp(&costs[*b]).then_with(|| a.cmp(b)));
        low.truncate(ASKED);
        let each = (0..self.pool.len()).into_par_iter().with_min_len(16).filter_map(|member| {
            let raises = &self.pool[member].raises;
            let lifts = |way: &usize| costs[*way] + raise_of(raises, *way) >= enough;
            if !low.iter().all(lifts) || !self.fits(members, member) {
                return None;
            }
            let mut costs = costs.clone();
            add(&mut costs, raises);
            let promised = self.promised(&costs);
            promised.beats(worth).then_some((promised, member))
        });
        each.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
    }

    /// Of some members the one that promises most beside others.
    pub(super) fn best_next(&self, members: &[usize], of: &[usize]) -> Option<usize> {
        let costs = self.costs(members);
        let promised = |member: &usize| {
            let mut costs = costs.clone();
            add(&mut costs, &self.pool[*member].raises);
            self.promised(&costs)
        };
        let each = of.iter().map(|member| (promised(member), *member));
        each.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1))).map(|best| best.1)
    }

    /// What each known way costs at most with some members.
    fn costs(&self, members: &[usize]) -> Vec<f64> {
        let mut costs: Vec<f64> = self.ways.each.iter().map(|way| way.base).collect();
        for member in members {
            add(&mut costs, &self.pool[*member].raises);
        }
        costs
    }

    /// What a watch is worth at most under which known ways cost so much.
    fn promised(&self, costs: &[f64]) -> Worth {
        let stretches = &self.scene.model.sector().stretches;
        let mut least = vec![CERTAIN; stretches.len()];
        for (way, cost) in self.ways.each.iter().zip(costs) {
            least[way.stretch] = least[way.stretch].min(*cost);
        }
        Worth::of(stretches, least.into_iter())
    }

    /// Within budget, far enough from all, and not chosen yet.
    fn fits(&self, members: &[usize], member: usize) -> bool {
        let site = |member: usize| &self.task.sites[self.pool[member].at];
        let spent: f64 = members.iter().map(|member| site(*member).cost).sum();
        let spacing_m = self.task.limits.spacing_m;
        let may_stand = |other: &usize| may_join(site(*other), site(member), spacing_m);
        spent + site(member).cost <= self.task.limits.budget
            && !members.contains(&member)
            && members.iter().all(may_stand)
    }
}

fn add(costs: &mut [f64], raises: &Raises) {
    for (way, raise) in raises {
        costs[*way as usize] += raise;
    }
}

fn raise_of(raises: &Raises, way: usize) -> f64 {
    let found = raises.binary_search_by_key(&way, |(way, _)| *way as usize);
    found.map_or(0.0, |at| raises[at].1)
}
