//! Placing so that most ground is watched: screening, lazy greedy, swaps, and a bound over all candidates.

mod bound;

use std::collections::BTreeMap;

use rayon::prelude::*;

use self::bound::Held;
use super::PlacementError;
use super::asset::Asset;
use super::cover::{Choice, Chosen};
use super::effect::{self, Effect};
use super::kit::{Cut, Kit};
use super::site::{Limits, Site, stops_along};
use super::window::{Open, Window};
use crate::coverage::live::{is_relied_on, worse_air};
use crate::coverage::reach::Ground;
use crate::coverage::scene::{Assumed, Scene, Views};
use crate::coverage::{Conditions, LiveField, Model, RATE_ONE, RateField};
use crate::crossing::going::Zone;
use crate::sector::{GroundKind, GroundShape};
use crate::viewshed::Kernel;

/// Survivors of the screening that are worked out exactly, at most about so many.
const SURVIVORS: usize = 1_500;

/// Length of bed that one cell stands for, and most cells of one bed.
const BED_STEP_M: f64 = 50.0;
const BED_STOPS_MAX: usize = 100_000;

/// What counts as watched ground, and how much ground counts.
#[derive(Debug, Clone, PartialEq)]
pub struct CoverageGoal {
    /// A cell is watched when whoever stays this long there is detected with at least this chance.
    pub stay_s: f64,
    pub chance: f64,
    /// Weight of ground up to so far from the line, on either side, nearest first; farther ground between the edges counts once.
    pub weights: Vec<(f64, u8)>,
}

impl Default for CoverageGoal {
    /// Assumptions: a minute, even odds, ground within 500 m of the line four times, within 2 km twice.
    fn default() -> Self {
        Self { stay_s: 60.0, chance: 0.5, weights: vec![(500.0, 4), (2_000.0, 2)] }
    }
}

/// One chosen piece and why it was chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct CoveragePiece {
    pub site: Site,
    /// Share of all weight that it added when it was chosen.
    pub gain: f64,
    /// Ground that it watches, and of that what nobody else would, sensors and pieces alike.
    pub watched_km2: f64,
    pub alone_km2: f64,
    /// Length of the beds of dry valleys that only it watches.
    pub wadi_alone_m: f64,
    /// What the line would lose without it.
    pub effect: Effect,
}

/// Where to put the pieces, what that brings, and how much any other choice could bring at most.
#[derive(Debug, Clone, PartialEq)]
pub struct CoveragePlan {
    pub pieces: Vec<CoveragePiece>,
    pub candidates: usize,
    /// Candidates worked out exactly to choose from; the bound is about all.
    pub survivors: usize,
    /// Share of all weight watched before, with the plan, and at most with any choice among the candidates.
    pub before: f64,
    pub after: f64,
    pub bound: f64,
    /// The best share of all, where all choices were few enough to try.
    pub optimum: Option<f64>,
    pub effect: Effect,
    /// Chance of detection by stretch.
    pub chances_before: Vec<f64>,
    pub chances_after: Vec<f64>,
    pub field_before: RateField,
    pub field_after: RateField,
}

impl CoveragePlan {
    /// How much of what could be added at most was missed at most: 0 when the plan is proven best.
    pub fn gap(&self) -> f64 {
        let most = self.bound - self.before;
        if most > 0.0 { ((self.bound - self.after) / most).max(0.0) } else { 0.0 }
    }
}

/// Chooses among candidates for the most watched ground.
///
/// Pieces are taken one by one by what they add, then swapped while that helps. A cell counts for a piece when the piece alone
/// watches it; what several find together counts in the field and the stretches that are told. `tick` is called once for each
/// candidate screened and once for each held against the bound.
pub fn cover(
    model: &Model,
    conditions: &Conditions,
    task: &CoverageTask<'_>,
    tick: &(dyn Fn() + Sync),
) -> Result<CoveragePlan, PlacementError> {
    task.check()?;
    let scene = Scene::new(model, conditions);
    let air = worse_air(model, conditions);
    let field = LiveField::new(model, conditions).field().clone();
    let need = task.goal.need();
    let ground = Counted::new(model, &field, task.goal, need);
    let kit = Kit::new(model, task.asset, &air, conditions.mover);
    let cut = Cut { open: &ground.open, need, kernel: Kernel::Xdraw };
    let screened: Vec<u64> = task
        .sites
        .par_iter()
        .map(|site| {
            tick();
            ground.open.gain(&kit.window(site, &cut))
        })
        .collect();
    let mut pool = survivors(model, task.sites, &screened);
    let exact = Cut { kernel: Kernel::Exact, ..cut };
    let mut windows: Vec<Window> =
        pool.par_iter().map(|at| kit.window(&task.sites[*at], &exact)).collect();
    let mut chosen = task.choose(&pool, &windows, &ground.open);
    let held = Held::new(&ground.open, &chosen, &windows);
    let marginals = held.marginals(&kit, task, &exact, tick);
    let recalled = held.worth_recalling(&marginals, &pool);
    if !recalled.is_empty() {
        windows.par_extend(recalled.par_iter().map(|at| kit.window(&task.sites[*at], &exact)));
        pool.extend(recalled);
        let again = task.choose(&pool, &windows, &ground.open);
        if again.total() > chosen.total() {
            chosen = again;
        }
    }
    let bound = held.bound(&marginals, task).max(chosen.total() as f64);
    let optimum = (pool.len() == task.sites.len())
        .then(|| task.choice(&pool, &windows, |choice| choice.exhaustive(&ground.open)))
        .flatten();
    let told = Told { scene: &scene, kit: &kit, ground: &ground, field };
    Ok(told.plan(task, (&pool, &windows, &chosen), (bound, optimum)))
}

/// What is to be placed where, how much of it, and what for.
#[derive(Debug, Clone, Copy)]
pub struct CoverageTask<'a> {
    pub asset: &'a Asset,
    pub sites: &'a [Site],
    pub limits: &'a Limits,
    pub goal: &'a CoverageGoal,
}

impl CoverageGoal {
    /// The least rate of a watched cell, in 2^-20 per second.
    fn need(&self) -> i32 {
        let per_s = -libm::log1p(-self.chance) / self.stay_s;
        #[expect(clippy::cast_possible_truncation, reason = "clamped")]
        let need = libm::ceil(per_s * f64::from(RATE_ONE)).clamp(1.0, f64::from(RATE_ONE)) as i32;
        need
    }
}

impl CoverageTask<'_> {
    fn check(&self) -> Result<(), PlacementError> {
        self.limits.check()?;
        let figure = |field, must, value| Err(PlacementError::Figure { field, must, value });
        let CoverageGoal { stay_s, chance, .. } = *self.goal;
        if !(stay_s.is_finite() && stay_s > 0.0) {
            return figure("stay_s", "positive and finite", stay_s);
        }
        if !(chance > 0.0 && chance < 1.0) {
            return figure("chance", "between 0 and 1", chance);
        }
        Ok(())
    }

    fn choose(&self, pool: &[usize], windows: &[Window], open: &Open) -> Chosen {
        self.choice(pool, windows, |choice| choice.best(open))
    }

    fn choice<T>(
        &self,
        pool: &[usize],
        windows: &[Window],
        act: impl FnOnce(&Choice<'_>) -> T,
    ) -> T {
        let costs: Vec<f64> = pool.iter().map(|at| self.sites[*at].cost).collect();
        let may_join = |a: usize, b: usize| {
            a != b && may_join(&self.sites[pool[a]], &self.sites[pool[b]], self.limits.spacing_m)
        };
        act(&Choice {
            windows,
            costs: &costs,
            count: self.limits.count,
            budget: self.limits.budget,
            may_join: &may_join,
        })
    }
}

/// Two pieces may stand as near as the limits say, but never at the same place in the same pose.
pub(crate) fn may_join(a: &Site, b: &Site, spacing_m: f64) -> bool {
    spacing_m <= 0.0 || a.point().distance_m(b.point()) >= spacing_m
}

/// Ground that counts.
struct Counted {
    /// What is not watched yet, by weight.
    open: Open,
    /// The same cells, each once.
    cells: Open,
    watched: u64,
    total: u64,
    cell_km2: f64,
}

impl Counted {
    fn new(model: &Model, field: &RateField, goal: &CoverageGoal, need: i32) -> Self {
        let (grid, going) = (model.grid(), &model.going);
        let weights: Vec<u8> = going
            .points
            .par_iter()
            .zip(&going.zones)
            .map(|(point, zone)| {
                if !matches!(zone, Zone::Far | Zone::Near) {
                    return 0;
                }
                let off_m = model.sector().line.signed_distance_m(*point).abs();
                let near = goal.weights.iter().find(|(within_m, _)| off_m <= *within_m);
                near.map_or(1, |(_, weight)| *weight)
            })
            .collect();
        let weight = |row: usize, col: usize| {
            let cell = row / going.factor * going.cols + going.col_of[col] as usize;
            let weight = weights[cell];
            let known = grid.posts_m[row * grid.width + col] != crate::terrain::VOID;
            if known { weight } else { 0 }
        };
        let is_open = |row: usize, col: usize| field.rates[row * field.cols + col] < need;
        let all = Open::new(grid.height, grid.width, weight);
        let open = Open::new(grid.height, grid.width, |row, col| {
            if is_open(row, col) { weight(row, col) } else { 0 }
        });
        let cells = Open::new(grid.height, grid.width, |row, col| {
            u8::from(weight(row, col) > 0 && is_open(row, col))
        });
        let cell_km2 = going.row_m * going.col_m / (going.factor * going.factor) as f64 / 1e6;
        let total = all.total();
        Self { watched: total - open.total(), open, cells, total, cell_km2 }
    }

    fn share(&self, weight: f64) -> f64 {
        (self.watched as f64 + weight) / (self.total as f64).max(1.0)
    }
}

/// The best few of each block of ground, so that every part of the line keeps its best; all where they are few.
fn survivors(model: &Model, sites: &[Site], screened: &[u64]) -> Vec<usize> {
    let any: Vec<usize> = (0..sites.len()).filter(|at| screened[*at] > 0).collect();
    if any.len() <= SURVIVORS {
        return any;
    }
    let line = &model.sector().line;
    // As many blocks as give each eight survivors; a line is the longer side of any sector.
    let block_m = (8.0 * line.length_m / SURVIVORS as f64).max(100.0);
    let mut blocks: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for at in any {
        let chainage_m = line.chainage_m(sites[at].point());
        #[expect(clippy::cast_possible_truncation, reason = "a line is at most some 1000 km long")]
        let block = libm::floor(chainage_m / block_m) as i64;
        blocks.entry(block).or_default().push(at);
    }
    let each = SURVIVORS.div_ceil(blocks.len().max(1));
    let mut kept: Vec<usize> = blocks
        .into_values()
        .flat_map(|mut block| {
            block.sort_by_key(|at| (std::cmp::Reverse(screened[*at]), *at));
            block.truncate(each);
            block
        })
        .collect();
    kept.sort_unstable();
    kept
}

/// Cells along the beds of dry valleys, one every [`BED_STEP_M`].
fn beds(model: &Model) -> Vec<(usize, usize)> {
    let areas = model.sector().going.iter().filter(|area| area.kind == GroundKind::Wadi);
    let lines = areas.flat_map(|area| &area.shapes).filter_map(|shape| match shape {
        GroundShape::Strip { points, .. } => Some(points),
        GroundShape::Rings(_) => None,
    });
    lines
        .flat_map(|points| stops_along(points, BED_STEP_M, BED_STOPS_MAX))
        .filter_map(|point| model.cell_at(point))
        .map(|cell| (cell.row, cell.col))
        .collect()
}

/// What a plan is told from.
struct Told<'a> {
    scene: &'a Scene<'a>,
    kit: &'a Kit<'a>,
    ground: &'a Counted,
    field: RateField,
}

impl Told<'_> {
    fn plan(
        self,
        task: &CoverageTask<'_>,
        (pool, windows, chosen): (&[usize], &[Window], &Chosen),
        (bound, optimum): (f64, Option<u64>),
    ) -> CoveragePlan {
        let sites: Vec<&Site> = chosen.picks.iter().map(|pick| &task.sites[pool[*pick]]).collect();
        let working = self.scene.working(is_relied_on);
        let assumed = Assumed {
            air: self.kit.air(),
            ground: Ground::AsItIs,
            working: &working,
            views: Views::AsTold,
        };
        let base = self.scene.sums(&assumed);
        let exposures: Vec<_> =
            sites.par_iter().map(|site| self.kit.exposure(site, Kernel::Exact)).collect();
        let effects = effect::effects(self.scene, &base, &exposures);
        let mut field_after = self.field.clone();
        for site in &sites {
            self.kit.paint(site, &mut field_after);
        }
        let beds = beds(self.scene.model);
        let pieces = sites.iter().enumerate().zip(effects.of_each).map(|((at, site), effect)| {
            let mine = &windows[chosen.picks[at]];
            let mut others = self.ground.cells.clone();
            let rest = chosen.picks.iter().filter(|pick| **pick != chosen.picks[at]);
            rest.clone().for_each(|pick| others.close(&windows[*pick]));
            let blind = |(row, col): &&(usize, usize)| {
                mine.holds(*row, *col) && !rest.clone().any(|pick| windows[*pick].holds(*row, *col))
            };
            CoveragePiece {
                wadi_alone_m: beds.iter().filter(blind).count() as f64 * BED_STEP_M,
                site: (*site).clone(),
                gain: chosen.gains[at] as f64 / (self.ground.total as f64).max(1.0),
                watched_km2: self.ground.cells.gain(mine) as f64 * self.ground.cell_km2,
                alone_km2: others.gain(mine) as f64 * self.ground.cell_km2,
                effect,
            }
        });
        CoveragePlan {
            pieces: pieces.collect(),
            candidates: task.sites.len(),
            survivors: pool.len(),
            before: self.ground.share(0.0),
            after: self.ground.share(chosen.total() as f64),
            bound: self.ground.share(bound),
            optimum: optimum.map(|weight| self.ground.share(weight as f64)),
            effect: effects.of_all,
            chances_before: effects.before,
            chances_after: effects.after,
            field_before: self.field,
            field_after,
        }
    }
}

#[cfg(test)]
mod tests;
