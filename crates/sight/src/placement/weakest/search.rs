//! The search for pieces that raise the weakest crossing: ways are learnt from every answer, and pieces are held against all of them.

use std::borrow::Cow;

use rayon::prelude::*;

use super::bound::{Mixture, Relaxed};
use super::ways::{Raises, Ways};
use super::worth::Worth;
use super::{WeakestTask, chance, cost, weakest};
use crate::coverage::scene::{Crossings, Scene, Sums};
use crate::crossing::net::{Asked, Fields};
use crate::placement::effect::with;
use crate::placement::kit::{Exposure, Kit};
use crate::placement::site::Limits;
use crate::viewshed::Kernel;

/// Most candidates that are asked which ground most of them see.
const SAMPLED: usize = 500;
/// Candidates kept for each way by what they raise it, at most.
const KEPT_FOR_A_WAY: usize = 24;
/// Most candidates that are chosen from, and most nodes that all of them together see: 0.5 GB.
const POOL_MAX: usize = 1_500;
const POOL_NODES_MAX: usize = 64 << 20;
/// Candidates whose exposures are worked out before these nodes are counted again.
const POOLED: usize = 64;
/// Rounds in which ways are learnt that the best mixtures of pieces miss.
const PRICED: usize = 10;
/// Steps of the search for such a mixture.
const STEPS: u32 = 100;
/// What those mixtures are to reach: even odds.
pub(super) const GOAL: f64 = core::f64::consts::LN_2;
/// Most ways learnt from one answer: at first, and while pieces are chosen.
const LEARNT_FIRST: usize = 250;
const LEARNT: usize = 48;

/// A candidate to choose from.
pub(super) struct Member {
    pub(super) at: usize,
    pub(super) exposure: Exposure,
    pub(super) raises: Raises,
}

/// A pick and what it was picked against: stretch, cost before and after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pick {
    pub(super) member: usize,
    pub(super) against: usize,
    pub(super) costs: (f64, f64),
}

/// The watch with some pieces, by their numbers in the pool.
pub(super) struct Held {
    pub(super) members: Vec<usize>,
    pub(super) crossings: Crossings,
    pub(super) worth: Worth,
    fields: Fields,
}

/// The work on one task.
pub(super) struct Search<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) task: &'a WeakestTask<'a>,
    pub(super) base: Sums,
    pub(super) ways: Ways,
    pub(super) pool: Vec<Member>,
}

impl<'a> Search<'a> {
    pub(super) fn new(scene: &'a Scene<'a>, task: &'a WeakestTask<'a>, base: Sums) -> Self {
        Self { scene, task, base, ways: Ways::default(), pool: Vec::new() }
    }

    /// The pieces that were found best.
    pub(super) fn picks(&mut self, kit: &Kit<'_>, tick: &(dyn Fn() + Sync)) -> Vec<Pick> {
        let open = self.scene.fields(&self.base);
        self.learn(&open);
        self.learn_hidden(kit, &open);
        self.fill_pool(kit, tick);
        self.learn_priced(&open);
        let nobody = self.held(Vec::new(), open);
        let best = self.improved(&nobody);
        self.told(nobody, &best)
    }

    /// Adds the ways that fields tell of to those that are known.
    pub(super) fn learn(&mut self, fields: &Fields) {
        let most = if self.pool.is_empty() { LEARNT_FIRST } else { LEARNT };
        let first = self.ways.learn((self.scene, &self.base), fields, most);
        if first < self.ways.each.len() && !self.pool.is_empty() {
            let index = self.ways.index(first, self.base.len());
            let each = self.pool.par_iter_mut();
            each.for_each(|member| member.raises.extend(index.raises(&member.exposure)));
        }
    }

    /// Learns the ways that fewest of the candidates see.
    fn learn_hidden(&mut self, kit: &Kit<'_>, open: &Fields) {
        let sites = self.task.sites;
        let every = sites.len().div_ceil(SAMPLED).max(1);
        let sampled: Vec<_> = sites.iter().step_by(every).collect();
        let exposures: Vec<Exposure> =
            sampled.par_iter().map(|site| kit.exposure(site, Kernel::Xdraw)).collect();
        let fields = self.fields_beside(open, &with(&self.base, &exposures));
        self.learn(&fields);
    }

    /// Keeps the candidates that the best mixture takes, and those that raise single ways most.
    fn fill_pool(&mut self, kit: &Kit<'_>, tick: &(dyn Fn() + Sync)) {
        let sites = self.task.sites;
        let index = self.ways.index(0, self.base.len());
        let screened: Vec<Raises> = sites
            .par_iter()
            .map(|site| {
                tick();
                index.raises(&kit.exposure(site, Kernel::Xdraw))
            })
            .collect();
        let mut order = self.worth_keeping(&screened);
        order.truncate(POOL_MAX);
        let mut nodes = 0;
        for few in order.chunks(POOLED) {
            let first = self.pool.len();
            self.pool.par_extend(few.par_iter().map(|&at| {
                let exposure = kit.exposure(&sites[at], Kernel::Exact);
                Member { at, raises: index.raises(&exposure), exposure }
            }));
            nodes += self.pool[first..].iter().map(|member| member.exposure.len()).sum::<usize>();
            if nodes > POOL_NODES_MAX {
                break;
            }
        }
    }

    /// Candidates worth another look, the most promising first.
    fn worth_keeping(&self, screened: &[Raises]) -> Vec<usize> {
        let costs: Vec<f64> = self.task.sites.iter().map(|site| site.cost).collect();
        let Mixture { shares, .. } =
            self.relaxed(screened.iter().collect(), &costs).mixture(GOAL, STEPS);
        let mut order: Vec<usize> = (0..shares.len()).filter(|at| shares[*at] > 0.0).collect();
        order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]).then_with(|| a.cmp(b)));
        order.append(&mut best_for_each_way(screened, self.ways.each.len()));
        let mut known = vec![false; shares.len()];
        order.retain(|at| !std::mem::replace(&mut known[*at], true));
        order
    }

    /// Learns the ways that the best mixtures of pieces miss, and by turns those that the best answers to a mixture of ways
    /// miss.
    fn learn_priced(&mut self, open: &Fields) {
        let costs: Vec<f64> = self.pool.iter().map(|member| self.site(member).cost).collect();
        for round in 0..PRICED {
            let raises = self.pool.iter().map(|member| &member.raises).collect();
            let Mixture { shares, last, .. } = self.relaxed(raises, &costs).mixture(GOAL, STEPS);
            let sums = if round % 2 == 0 { self.mixed(&shares) } else { self.sums(&last) };
            let fields = self.fields_beside(open, &sums);
            self.learn(&fields);
        }
    }

    fn site(&self, member: &Member) -> &crate::placement::Site {
        &self.task.sites[member.at]
    }

    /// Sums with some members.
    fn sums(&self, members: &[usize]) -> Sums {
        with(&self.base, members.iter().map(|member| &self.pool[*member].exposure))
    }

    /// Sums with a share of each member.
    fn mixed(&self, shares: &[f64]) -> Sums {
        let mut sums = self.base.clone();
        for (member, share) in self.pool.iter().zip(shares).filter(|(_, share)| **share > 0.0) {
            for (node, rate) in &member.exposure {
                #[expect(clippy::cast_possible_truncation, reason = "no greater than the rate")]
                let part = (share * f64::from(*rate)) as i64;
                sums[*node as usize] += part.max(1);
            }
        }
        sums
    }

    /// The problem over the ways that are known, of some candidates by what they raise those.
    pub(super) fn relaxed<'b>(&self, raises: Vec<&'b Raises>, costs: &'b [f64]) -> Relaxed<'b> {
        let Limits { count, budget, .. } = *self.task.limits;
        let bases = self.ways.each.iter().map(|way| way.base).collect();
        Relaxed { bases, raises, costs, count, budget }
    }

    fn fields_beside(&self, known: &Fields, sums: &Sums) -> Fields {
        let (times, hazard) = (&self.scene.mover.times, self.scene.hazard(sums));
        let known = [Cow::Borrowed(known)];
        self.scene.model.net.fields_from(known, (times, &hazard), Asked::All)
    }

    fn held(&self, members: Vec<usize>, fields: Fields) -> Held {
        let crossings = self.scene.crossings(&fields);
        let costs = (0..crossings.len()).map(|at| cost(&crossings, at));
        let worth = Worth::of(&self.scene.model.sector().stretches, costs);
        Held { members, crossings, worth, fields }
    }

    /// The watch with other members than a known one's, and the ways that it leaves.
    pub(super) fn tried(&mut self, known: &Held, members: Vec<usize>) -> Held {
        let fields = self.fields_beside(&known.fields, &self.sums(&members));
        self.learn(&fields);
        self.held(members, fields)
    }

    /// The pieces one after another, each against the crossing that it was chosen for; those that do nothing are left out.
    fn told(&mut self, nobody: Held, best: &Held) -> Vec<Pick> {
        let mut left = self.needed(best);
        let mut picks = Vec::new();
        let mut before = nobody;
        while let Some(member) = self.best_next(&before.members, &left) {
            left.retain(|other| *other != member);
            let members = before.members.iter().copied().chain([member]).collect();
            let after = self.tried(&before, members);
            let against = against(&before, &after);
            let costs = (cost(&before.crossings, against), cost(&after.crossings, against));
            picks.push(Pick { member, against, costs });
            before = after;
        }
        picks
    }

    /// The members without which a watch is worth less, one by one.
    fn needed(&mut self, best: &Held) -> Vec<usize> {
        let mut members = best.members.clone();
        for member in best.members.iter().rev() {
            let rest: Vec<usize> =
                members.iter().copied().filter(|other| other != member).collect();
            if !best.worth.beats(self.tried(best, rest.clone()).worth) {
                members = rest;
            }
        }
        members
    }
}

/// The weakest crossing where that is raised by a step, else the one that is raised most.
fn against(before: &Held, after: &Held) -> usize {
    let gain =
        |at: &usize| chance(cost(&after.crossings, *at)) - chance(cost(&before.crossings, *at));
    let least = weakest(&before.crossings);
    let is_raised = after.worth.level() > before.worth.level();
    let most = || (0..before.crossings.len()).max_by(|a, b| gain(a).total_cmp(&gain(b)));
    least.filter(|_| is_raised).or_else(most).unwrap_or(0)
}

/// The candidates that raise each way most, the best of every way first.
fn best_for_each_way(raises: &[Raises], ways: usize) -> Vec<usize> {
    let mut best: Vec<Vec<(f64, usize)>> = vec![Vec::new(); ways];
    for (at, raises) in raises.iter().enumerate() {
        for (way, raise) in raises {
            let best = &mut best[*way as usize];
            let place = best.partition_point(|(known, _)| known >= raise);
            if place < KEPT_FOR_A_WAY {
                best.insert(place, (*raise, at));
                best.truncate(KEPT_FOR_A_WAY);
            }
        }
    }
    let rank = |rank: usize| best.iter().filter_map(move |best| Some(best.get(rank)?.1));
    (0..KEPT_FOR_A_WAY).flat_map(rank).collect()
}
