//! What radars find of a mover whose way is known: whoever walks across a beam hides in the clutter notch.
//!
//! Rates by cell take every heading for equally likely. That is right for the mean mover and wrong for each: one way leads
//! towards the radar, and every look may find who is on it; the next leads round the radar, and none ever does. A way that has
//! been found has its headings. So its chance is worked out once more, step by step, and the lesser of the two is promised.

use std::sync::Arc;

use rayon::prelude::*;

use crate::coverage::haze::Haze;
use crate::coverage::look::rates_at;
use crate::coverage::rates::Even;
use crate::coverage::reach::{Ground, Reach};
use crate::coverage::scene::{Crossings, Scene, Sums};
use crate::crossing::net::{Cost, Fields, LeastDetected, Steps};
use crate::crossing::pace::TICKS_PER_S;
use crate::geo::EnuPoint;
use crate::sector::SensorKind;
use crate::terrain::Cell;

/// Share of the planned pace that one mover in twenty does not reach (A): paces spread by a tenth about the planned one.
const SLOW: f64 = 0.85;

/// A radar that looks.
pub(crate) struct Beam {
    at: EnuPoint,
    range_m: f64,
    notch_mps: f64,
    reach: Arc<Reach>,
    /// Rates over all headings, as they are painted, and on headings outside the notch.
    any: Arc<Even>,
    clear: Arc<Even>,
}

/// A straight part of a way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leg {
    pub(crate) from: EnuPoint,
    pub(crate) to: EnuPoint,
    pub(crate) takes_s: f64,
}

impl Beam {
    /// Whether a slow mover on a leg still comes nearer or goes farther fast enough to be told from clutter.
    fn clears(&self, leg: &Leg) -> bool {
        let (from, to) = (leg.from.to_vector(), leg.to.to_vector());
        let towards = from.lerp(&to, 0.5) - self.at.to_vector();
        let radial_m = (to - from).dot(&towards).abs() / towards.norm().max(1e-6);
        leg.takes_s > 0.0 && SLOW * radial_m / leg.takes_s >= self.notch_mps
    }
}

impl Scene<'_> {
    /// The radars among these sensors, from where they are said to be.
    pub(crate) fn beams(&self, working: &[bool], ground: Ground) -> Vec<Beam> {
        let each = self.model.sector().sensors.iter().enumerate();
        let at_work = each.filter(|(index, _)| working[*index]);
        at_work
            .filter_map(|(index, sensor)| {
                let SensorKind::Radar(figures) = &sensor.kind else { return None };
                let moved = self.conditions[index].moved_to;
                // Air does not weaken a radar.
                let even = Haze::Even { per_m: 0.0 };
                Some(Beam {
                    at: self.point_of(index),
                    range_m: sensor.range_max_m,
                    notch_mps: figures.notch_mps,
                    reach: self.model.reach(index, moved, self.mover.target_height_m, ground)?,
                    any: self.mover.makes[index].even(&even)?,
                    clear: self.mover.on_clear_headings[index].as_ref()?.even(&even)?,
                })
            })
            .collect()
    }

    /// The hazard at a node to a mover on a leg; `None` where no radar looks, so that headings make no difference.
    pub(crate) fn hazard_on(
        &self,
        leg: &Leg,
        (node, sum): (u32, i64),
        beams: &[Beam],
    ) -> Option<u32> {
        let middle = self.model.going.points[self.model.net.layout.cell_of(node)];
        // A node's cells lie within its own width of its middle.
        let slack_m = self.model.going.row_m + self.model.going.col_m;
        let near = |beam: &&Beam| middle.distance_m(beam.at) <= beam.range_m + slack_m;
        let (mut any, mut clear) = (0, 0);
        for beam in beams.iter().filter(near) {
            let clears = beam.clears(leg);
            for cell in self.cells_of(node) {
                let [of_any, of_clear] = rates_at(&beam.reach, [&beam.any, &beam.clear], cell);
                any += i64::from(of_any);
                clear += if clears { i64::from(of_clear) } else { 0 };
            }
        }
        (any > 0).then(|| self.hazard_at(node, (sum - any).max(0) + clear))
    }

    /// The cells of the terrain that a node is made of.
    fn cells_of(&self, node: u32) -> impl Iterator<Item = Cell> {
        let (going, grid) = (&self.model.going, self.model.grid());
        let cell = self.model.net.layout.cell_of(node);
        let of = |at: usize, count: usize| at * going.factor..((at + 1) * going.factor).min(count);
        let (rows, cols) = (of(cell / going.cols, grid.height), of(cell % going.cols, grid.width));
        rows.flat_map(move |row| cols.clone().map(move |col| Cell { row, col }))
    }

    /// The costs of a way's steps on its own headings; those given where that is no less in all.
    pub(crate) fn costs_headed(
        &self,
        steps: &Steps,
        costs: Vec<Cost>,
        (sums, beams): (&Sums, &[Beam]),
    ) -> Vec<Cost> {
        let total = |costs: &[Cost]| costs.iter().map(|cost| cost.detection).sum::<u64>();
        if beams.is_empty() || costs.len() + 1 != steps.nodes.len() {
            return costs;
        }
        let headed: Vec<Cost> = steps
            .nodes
            .windows(2)
            .zip(&costs)
            .map(|(pair, cost)| self.cost_headed(pair, *cost, (sums, beams)))
            .collect();
        if total(&headed) < total(&costs) { headed } else { costs }
    }

    /// One step's cost on its own heading.
    fn cost_headed(&self, pair: &[u32], cost: Cost, (sums, beams): (&Sums, &[Beam])) -> Cost {
        let net = &self.model.net;
        let point = |node: u32| self.model.going.points[net.layout.cell_of(node)];
        let takes_s = cost.ticks as f64 / TICKS_PER_S;
        let leg = Leg { from: point(pair[0]), to: point(pair[1]), takes_s };
        let touched = net.touched(pair[0], pair[1]);
        let (mut known, mut met, mut differs) = (0, 0, false);
        for node in &touched {
            let sum = sums[*node as usize];
            let hazard = self.hazard_at(*node, sum);
            let headed = self.hazard_on(&leg, (*node, sum), beams);
            differs |= headed.is_some();
            known += u64::from(hazard);
            met += u64::from(headed.unwrap_or(hazard));
        }
        if !differs || known == 0 {
            return cost;
        }
        // What barriers notice stays; the rest is as much less or more as the hazard is.
        let own = cost.barriers.cost().min(cost.detection);
        let watched = u128::from(cost.detection - own) * u128::from(met) / u128::from(known);
        Cost { detection: own + u64::try_from(watched).unwrap_or(u64::MAX / 2), ..cost }
    }

    /// Crossings as they are told: each no more likely to be detected than on the headings of its own way.
    pub(crate) fn headed(
        &self,
        least: Crossings,
        fields: &Fields,
        (sums, beams): (&Sums, &[Beam]),
    ) -> Crossings {
        if beams.is_empty() {
            return least;
        }
        let told = |least: Option<LeastDetected>| {
            let least = least?;
            let (net, times) = (&self.model.net, &self.mover.times);
            let steps = net.steps_of((times, &times.tolls), fields, least);
            let costs = net.costs_along(&steps, times, fields.hazard());
            Some(least.at_most(self.cost_of(&steps, costs, (sums, beams))))
        };
        least.into_par_iter().map(told).collect()
    }

    pub(crate) fn cost_of(&self, steps: &Steps, costs: Vec<Cost>, of: (&Sums, &[Beam])) -> u64 {
        self.costs_headed(steps, costs, of).iter().map(|cost| cost.detection).sum()
    }
}
