//! Placing so that the weakest crossing of a line is detected more often: find it, raise it, find the next.

mod bound;

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::PlacementError;
use super::asset::Asset;
use super::coverage::may_join;
use super::effect::{self, Effect, with};
use super::kit::Kit;
use super::site::{Limits, Site};
use crate::coverage::live::{is_relied_on, worse_air};
use crate::coverage::reach::Ground;
use crate::coverage::scene::{Assumed, Crossings, Scene, Sums};
use crate::coverage::{Conditions, LiveField, Model, RateField, WATCHED_MIN};
use crate::crossing::net::COST_ONE;
use crate::sector::StretchId;
use crate::viewshed::Kernel;

/// Candidates kept for each way by what they raise it.
const KEPT_FOR_A_WAY: usize = 12;
/// Candidates tried in full for each piece.
const TRIED: usize = 6;
/// Rounds of swaps; each goes over all pieces.
const SWAP_ROUNDS: usize = 2;
/// A cost, 16, at which a crossing is as good as certain to be detected.
const CERTAIN: f64 = 16.0;

/// What is to be placed where, and how much of it.
#[derive(Debug, Clone, Copy)]
pub struct WeakestTask<'a> {
    pub asset: &'a Asset,
    pub sites: &'a [Site],
    pub limits: &'a Limits,
}

/// One chosen piece, and the crossing that it was chosen against.
#[derive(Debug, Clone, PartialEq)]
pub struct WeakestPiece {
    pub site: Site,
    /// The weakest crossing when it was chosen led through this stretch, with this chance of detection and then that.
    pub against: StretchId,
    pub raised: (f64, f64),
    /// What the line would lose without it.
    pub effect: Effect,
}

/// Where to put the pieces, and how well any other choice could do at most.
#[derive(Debug, Clone, PartialEq)]
pub struct WeakestPlan {
    pub pieces: Vec<WeakestPiece>,
    pub candidates: usize,
    /// Candidates that were chosen from; the bound is about all.
    pub survivors: usize,
    /// Chance that the weakest crossing is detected: before, with the plan, at most with any choice, and with every candidate
    /// at once.
    pub before: f64,
    pub after: f64,
    pub bound: f64,
    pub with_all: f64,
    pub effect: Effect,
    pub chances_before: Vec<f64>,
    pub chances_after: Vec<f64>,
    pub field_before: RateField,
    pub field_after: RateField,
}

impl WeakestPlan {
    /// Share of what could be gained at most that was missed at most.
    pub fn gap(&self) -> f64 {
        let most = self.bound - self.before;
        if most > 0.0 { ((self.bound - self.after) / most).max(0.0) } else { 0.0 }
    }
}

/// A way through the line, and how long whoever takes it stays exposed to each node: what a candidate raises it by is linear.
struct Way {
    stretch: usize,
    /// Cost under the watch as it is without any piece.
    base: f64,
    /// Node and cost for each unit of a node's sum.
    stays: Vec<(u32, f64)>,
}

/// Chooses among candidates so that the least-detected crossing over the whole line is detected most often.
///
/// The chance of the weakest crossing is not submodular: two pieces may do together what neither does alone, so that no share
/// of the optimum is promised. What is proven is the bound: a choice can raise the weakest crossing no more than it raises any
/// single way, and no more than a mixture of ways (see `weakest/bound.rs`).
pub fn raise_weakest(
    model: &Model,
    conditions: &Conditions,
    task: &WeakestTask<'_>,
    tick: &(dyn Fn() + Sync),
) -> Result<WeakestPlan, PlacementError> {
    task.limits.check()?;
    let scene = Scene::new(model, conditions);
    let air = worse_air(model, conditions);
    let kit = Kit::new(model, task.asset, &air, conditions.mover);
    let working = scene.working(is_relied_on);
    let assumed = Assumed { air: &air, ground: Ground::AsItIs, working: &working };
    let base = scene.sums(&assumed);
    let field = LiveField::new(model, conditions).field().clone();
    let mut search = Search { scene: &scene, task, base, field, ways: Vec::new() };
    search.ways = search.ways_under(&search.base);
    let screened: Vec<Vec<f64>> = task
        .sites
        .par_iter()
        .map(|site| {
            tick();
            search.raises(&search.ways, &kit.exposure(site, Kernel::Xdraw))
        })
        .collect();
    let kept = best_for_each_way(&screened, search.ways.len());
    drop(screened);
    let pool: Vec<Member> = kept
        .into_par_iter()
        .map(|at| Member { at, exposure: kit.exposure(&task.sites[at], Kernel::Exact) })
        .collect();
    let mut chosen = search.greedy(&pool);
    search.swap(&pool, &mut chosen);
    let most = bound::bound(&kit, &search, tick);
    Ok(search.plan(&kit, &pool, &chosen, &most))
}

/// A candidate to choose from.
struct Member {
    at: usize,
    exposure: Vec<(u32, i64)>,
}

/// A pick and what it was picked against: stretch, cost before and after.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pick {
    member: usize,
    against: usize,
    costs: (f64, f64),
}

/// How good a watch is: the weakest crossing, the one it was about, and how much of the line is how far from watched.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
struct Worth(f64, f64, f64);

/// The work on one task.
pub(crate) struct Search<'a> {
    scene: &'a Scene<'a>,
    task: &'a WeakestTask<'a>,
    base: Sums,
    /// Rates without any piece.
    field: RateField,
    /// Every way found so far.
    ways: Vec<Way>,
}

impl Search<'_> {
    /// The least-detected way through each stretch under sums, described for the watch without any piece.
    fn ways_under(&self, sums: &Sums) -> Vec<Way> {
        let model = self.scene.model;
        let times = &self.scene.mover.times;
        let hazard = self.scene.hazard(sums);
        let base = self.scene.hazard(&self.base);
        let cells = (model.going.factor * model.going.factor) as f64;
        let passages = model.net.passages((times, &times.tolls), &hazard);
        let each = passages.into_par_iter().enumerate();
        let way = |(stretch, steps): (usize, Option<_>)| {
            let steps = steps?;
            let costs = model.net.costs_along(&steps, times, &base);
            let total: u64 = costs.iter().map(|cost| cost.detection).sum();
            let stays = model.net.stays_along(&steps, times);
            let stays = stays.into_iter().map(|(node, ticks)| (node, ticks / cells / COST_ONE));
            Some(Way { stretch, base: total as f64 / COST_ONE, stays: stays.collect() })
        };
        each.filter_map(way).collect()
    }

    /// By how much an exposure raises the cost of each way.
    fn raises(&self, ways: &[Way], exposure: &[(u32, i64)]) -> Vec<f64> {
        let mut sums = vec![0_i64; self.base.len()];
        for (node, sum) in exposure {
            sums[*node as usize] = *sum;
        }
        ways.iter()
            .map(|way| way.stays.iter().map(|(node, per)| per * sums[*node as usize] as f64).sum())
            .collect()
    }

    /// Adds pieces one by one, each against the weakest crossing that is left.
    fn greedy(&mut self, pool: &[Member]) -> Vec<Pick> {
        let mut picks: Vec<Pick> = Vec::new();
        while picks.len() < self.task.limits.count {
            let Some(pick) = self.next(pool, &picks) else { break };
            picks.push(pick);
        }
        picks
    }

    fn sums_of(&self, pool: &[Member], picks: &[Pick]) -> Sums {
        with(&self.base, picks.iter().map(|pick| &pool[pick.member].exposure))
    }

    /// The piece that raises the weakest crossing most, of those that hit it; `None` where none does.
    fn next(&mut self, pool: &[Member], picks: &[Pick]) -> Option<Pick> {
        let sums = self.sums_of(pool, picks);
        let mut ways = self.ways_under(&sums);
        let fields = self.scene.fields(&sums);
        let crossings = self.scene.crossings(&fields);
        let against = weakest(&crossings)?;
        let before = cost(&crossings, against);
        let hit = ways.iter().position(|way| way.stretch == against)?;
        let weakest_way = ways.swap_remove(hit);
        let mut hitting: Vec<(f64, usize)> = (0..pool.len())
            .into_par_iter()
            .filter(|member| self.fits(pool, picks, *member))
            .map(|member| {
                let raise = dot(&weakest_way, &pool[member].exposure);
                (raise, member)
            })
            .filter(|(raise, _)| *raise > 0.0)
            .collect();
        self.ways.push(weakest_way);
        hitting.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        hitting.truncate(TRIED);
        let tried: Vec<(Worth, usize, f64)> = hitting
            .into_par_iter()
            .map(|(_, member)| {
                let more = with(&sums, [&pool[member].exposure]);
                let crossings = self.scene.crossings_beside(&fields, &more);
                (self.worth(&crossings, against), member, cost(&crossings, against))
            })
            .collect();
        let best = tried.into_iter().reduce(|a, b| if b.0 > a.0 { b } else { a })?;
        Some(Pick { member: best.1, against, costs: (before, best.2) })
    }

    /// Within budget, far enough from all, and not chosen yet.
    fn fits(&self, pool: &[Member], picks: &[Pick], member: usize) -> bool {
        let site = |member: usize| &self.task.sites[pool[member].at];
        let spent: f64 = picks.iter().map(|pick| site(pick.member).cost).sum();
        let spacing_m = self.task.limits.spacing_m;
        spent + site(member).cost <= self.task.limits.budget
            && picks.iter().all(|pick| {
                pick.member != member && may_join(site(pick.member), site(member), spacing_m)
            })
    }

    fn worth(&self, crossings: &Crossings, against: usize) -> Worth {
        let enough = -libm::log1p(-WATCHED_MIN);
        let stretches = self.scene.model.sector().stretches.iter().enumerate();
        let watched = stretches
            .map(|(at, stretch)| cost(crossings, at).min(enough) * (stretch.to_m - stretch.from_m));
        let least = weakest(crossings).map_or(CERTAIN, |at| cost(crossings, at));
        Worth(least, cost(crossings, against), watched.sum())
    }

    /// Takes pieces out one by one and puts them where the weakest crossing is then, while that helps.
    fn swap(&mut self, pool: &[Member], picks: &mut Vec<Pick>) {
        let whole = |search: &Self, picks: &[Pick]| {
            let fields = search.scene.fields(&search.sums_of(pool, picks));
            let crossings = search.scene.crossings(&fields);
            let Worth(least, _, watched) = search.worth(&crossings, 0);
            Worth(least, watched, 0.0)
        };
        let mut best = whole(self, picks);
        for _ in 0..SWAP_ROUNDS {
            let before = best;
            for place in 0..picks.len() {
                let mut trial = picks.clone();
                trial.remove(place);
                let Some(pick) = self.next(pool, &trial) else { continue };
                trial.push(pick);
                let worth = whole(self, &trial);
                if worth > best {
                    best = worth;
                    *picks = trial;
                }
            }
            if best <= before {
                break;
            }
        }
    }

    fn plan(
        &self,
        kit: &Kit<'_>,
        pool: &[Member],
        picks: &[Pick],
        most: &bound::Most,
    ) -> WeakestPlan {
        let site = |pick: &Pick| &self.task.sites[pool[pick.member].at];
        let exposures: Vec<_> =
            picks.iter().map(|pick| pool[pick.member].exposure.clone()).collect();
        let effects = effect::effects(self.scene, &self.base, &exposures);
        let least = |chances: &[f64]| chances.iter().copied().fold(1.0, f64::min);
        let (before, after) = (least(&effects.before), least(&effects.after));
        let mut field_after = self.field.clone();
        for pick in picks {
            kit.paint(site(pick), &mut field_after);
        }
        let pieces = picks.iter().zip(effects.of_each).map(|(pick, effect)| WeakestPiece {
            site: site(pick).clone(),
            against: self.scene.model.sector().stretches[pick.against].id,
            raised: (chance(pick.costs.0), chance(pick.costs.1)),
            effect,
        });
        WeakestPlan {
            pieces: pieces.collect(),
            candidates: self.task.sites.len(),
            survivors: pool.len(),
            before,
            after,
            bound: chance(most.bound).max(after),
            with_all: chance(most.with_all).max(after),
            effect: effects.of_all,
            chances_before: effects.before,
            chances_after: effects.after,
            field_before: self.field.clone(),
            field_after,
        }
    }
}

fn chance(cost: f64) -> f64 {
    -libm::expm1(-cost)
}

fn cost(crossings: &Crossings, at: usize) -> f64 {
    crossings[at].map_or(CERTAIN, |crossing| crossing.cost().min(CERTAIN))
}

/// The stretch with the least-detected crossing of all.
fn weakest(crossings: &Crossings) -> Option<usize> {
    (0..crossings.len())
        .filter(|at| crossings[*at].is_some())
        .min_by(|a, b| cost(crossings, *a).total_cmp(&cost(crossings, *b)).then_with(|| a.cmp(b)))
}

/// What an exposure, sorted by node, raises a way by.
fn dot(way: &Way, exposure: &[(u32, i64)]) -> f64 {
    way.stays
        .iter()
        .filter_map(|(node, per)| {
            let at = exposure.binary_search_by_key(node, |(node, _)| *node).ok()?;
            Some(per * exposure[at].1 as f64)
        })
        .sum()
}

/// The candidates that raise each way most.
fn best_for_each_way(raises: &[Vec<f64>], ways: usize) -> Vec<usize> {
    let mut kept = BTreeSet::new();
    for way in 0..ways {
        let mut each: Vec<usize> = (0..raises.len()).filter(|at| raises[*at][way] > 0.0).collect();
        each.sort_by(|a, b| raises[*b][way].total_cmp(&raises[*a][way]).then_with(|| a.cmp(b)));
        kept.extend(each.into_iter().take(KEPT_FOR_A_WAY));
    }
    kept.into_iter().collect()
}

#[cfg(test)]
mod tests;
