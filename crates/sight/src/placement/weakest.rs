//! Placing so that the weakest crossing of a line is detected more often: find it, raise it, find the next.

mod bound;
mod improve;
mod search;
mod ways;
mod worth;

use self::search::{Pick, Search};
use super::PlacementError;
use super::asset::Asset;
use super::effect::{self, Effect};
use super::kit::Kit;
use super::site::{Limits, Site};
use crate::coverage::live::{is_relied_on, worse_air};
use crate::coverage::reach::Ground;
use crate::coverage::scene::{Assumed, Crossings, Scene, Views};
use crate::coverage::{Conditions, LiveField, Model, RateField};
use crate::sector::StretchId;

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
    /// The weakest crossing without it and the pieces after it where it raises that, else the one that it raises most: its
    /// stretch, and its chance of detection before and after.
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
    /// No fewer pieces could give even odds of detecting the weakest crossing; `None` where so few as asked for perhaps could.
    pub fewest: Option<usize>,
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

/// Chooses among candidates so that the least-detected crossing over the whole line is detected most often.
///
/// The chance of the weakest crossing is not submodular: two pieces may do together what neither does alone, so that no share
/// of the optimum is promised, and pieces taken one by one lead astray. So choices are weighed as wholes on all ways through
/// the line that are known, and whatever way the best of them leaves open is learnt (`weakest/improve.rs`). Where nothing
/// raises the weakest crossing, the rest of the line decides. What is proven is the bound: a choice can raise the weakest
/// crossing no more than it raises any single way, and no more than a mixture of ways (`weakest/bound.rs`).
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
    let assumed =
        Assumed { air: &air, ground: Ground::AsItIs, working: &working, views: Views::AsTold };
    let base = scene.sums(&assumed);
    let field = LiveField::new(model, conditions).field().clone();
    let mut search = Search::new(&scene, task, base);
    let picks = search.picks(&kit, tick);
    let most = bound::bound(&kit, &search, tick);
    Ok(search.plan(&kit, &picks, field, &most))
}

impl Search<'_> {
    fn plan(
        &self,
        kit: &Kit<'_>,
        picks: &[Pick],
        field: RateField,
        most: &bound::Most,
    ) -> WeakestPlan {
        let site = |pick: &Pick| &self.task.sites[self.pool[pick.member].at];
        let exposures: Vec<_> =
            picks.iter().map(|pick| self.pool[pick.member].exposure.clone()).collect();
        let effects = effect::effects(self.scene, &self.base, &exposures);
        let least = |chances: &[f64]| chances.iter().copied().fold(1.0, f64::min);
        let (before, after) = (least(&effects.before), least(&effects.after));
        let mut field_after = field.clone();
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
            survivors: self.pool.len(),
            before,
            after,
            bound: chance(most.bound).max(after),
            with_all: chance(most.with_all).max(after),
            fewest: most.fewest,
            effect: effects.of_all,
            chances_before: effects.before,
            chances_after: effects.after,
            field_before: field,
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

#[cfg(test)]
mod tests;
