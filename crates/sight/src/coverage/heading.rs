//! What radars find of a mover whose way is known: whoever walks across a beam hides in the clutter notch.
//!
//! Rates by cell take every heading for equally likely. That is right for the mean mover and wrong for each: one way leads
//! towards the radar, and every look may find who is on it; the next leads round the radar, and none ever does. A way that has
//! been found has its headings. So its chance is worked out once more, step by step: where a step lies in a radar's notch that
//! radar counts for nothing, elsewhere for what it is worth over all headings.

use std::sync::Arc;

use rayon::prelude::*;

use crate::coverage::haze::Haze;
use crate::coverage::look::rate_at;
use crate::coverage::rates::Even;
use crate::coverage::reach::{Ground, Reach};
use crate::coverage::scene::{Crossings, Scene, Sums, Views};
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
    /// Over all headings, as they are painted.
    rates: Arc<Even>,
}

/// A straight part of a way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leg {
    pub(crate) from: EnuPoint,
    pub(crate) to: EnuPoint,
    pub(crate) takes_s: f64,
}

impl Beam {
    /// Of these radars, those that may look at some of these places.
    pub(crate) fn near(
        beams: &[Self],
        places: impl Iterator<Item = EnuPoint>,
        slack_m: f64,
    ) -> Vec<&Self> {
        let none = [f64::INFINITY, f64::NEG_INFINITY];
        let (mut east, mut north) = (none, none);
        if beams.is_empty() {
            return Vec::new();
        }
        for place in places {
            for (span, at) in [(&mut east, place.east_m), (&mut north, place.north_m)] {
                *span = [span[0].min(at), span[1].max(at)];
            }
        }
        let is_near = |beam: &&Self| {
            let reach_m = beam.range_m + slack_m;
            let within =
                |span: [f64; 2], at: f64| span[0] - reach_m <= at && at <= span[1] + reach_m;
            within(east, beam.at.east_m) && within(north, beam.at.north_m)
        };
        beams.iter().filter(is_near).collect()
    }

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
    pub(crate) fn beams(&self, working: &[bool], ground: Ground, views: Views) -> Vec<Beam> {
        let each = self.model.sector().sensors.iter().enumerate();
        let at_work = each.filter(|(index, _)| working[*index]);
        at_work
            .filter_map(|(index, sensor)| {
                let SensorKind::Radar(figures) = &sensor.kind else { return None };
                let stance = self.stance(index, views);
                // Air does not weaken a radar.
                let even = Haze::Even { per_m: 0.0 };
                Some(Beam {
                    at: self.point_of(index),
                    range_m: sensor.range_max_m,
                    notch_mps: figures.notch_mps,
                    reach: self.model.reach(index, stance, self.mover.target_height_m, ground)?,
                    rates: self.mover.makes[index].even(&even)?,
                })
            })
            .collect()
    }

    /// The radars in whose notch a leg lies.
    pub(crate) fn hidden_from<'b>(&self, leg: &Leg, beams: &[&'b Beam]) -> Vec<&'b Beam> {
        let (from, to) = (leg.from.to_vector(), leg.to.to_vector());
        let middle = from.lerp(&to, 0.5);
        let slack_m = (to - from).norm() / 2.0 + self.node_m();
        let is_near = |beam: &Beam| {
            let reach_m = beam.range_m + slack_m;
            (middle - beam.at.to_vector()).norm_squared() <= reach_m * reach_m
        };
        beams.iter().copied().filter(|beam| is_near(beam) && !beam.clears(leg)).collect()
    }

    /// The hazard at a node without some radars; `None` where none of them looks.
    pub(crate) fn hazard_without(&self, beams: &[&Beam], (node, sum): (u32, i64)) -> Option<u32> {
        let rates = |beam: &&Beam| {
            let rate = |cell| i64::from(rate_at(&beam.reach, &beam.rates, cell));
            self.cells_of(node).map(rate).sum::<i64>()
        };
        let lost: i64 = beams.iter().map(rates).sum();
        (lost > 0).then(|| self.hazard_at(node, (sum - lost).max(0)))
    }

    /// The middle of a node.
    fn point(&self, node: u32) -> EnuPoint {
        self.model.going.points[self.model.net.layout.cell_of(node)]
    }

    /// A node's cells lie within so many metres of its middle.
    pub(crate) fn node_m(&self) -> f64 {
        self.model.going.row_m + self.model.going.col_m
    }

    /// The cells of the terrain that a node is made of.
    fn cells_of(&self, node: u32) -> impl Iterator<Item = Cell> {
        let (going, grid) = (&self.model.going, self.model.grid());
        let cell = self.model.net.layout.cell_of(node);
        let of = |at: usize, count: usize| at * going.factor..((at + 1) * going.factor).min(count);
        let (rows, cols) = (of(cell / going.cols, grid.height), of(cell % going.cols, grid.width));
        rows.flat_map(move |row| cols.clone().map(move |col| Cell { row, col }))
    }

    /// The costs of a way's steps on its own headings, none of them more than given.
    pub(crate) fn costs_headed(
        &self,
        steps: &Steps,
        mut costs: Vec<Cost>,
        (sums, beams): (&Sums, &[Beam]),
    ) -> Vec<Cost> {
        let places = steps.nodes.iter().map(|node| self.point(*node));
        let beams = Beam::near(beams, places, self.node_m());
        if !beams.is_empty() {
            for ((step, to), cost) in steps.each().zip(&steps.nodes[1..]).zip(&mut costs) {
                self.head((step, *to), cost, (sums, &beams));
            }
        }
        costs
    }

    /// Takes from one step's cost what its heading hides.
    fn head(
        &self,
        (step, to): ((u32, usize), u32),
        cost: &mut Cost,
        (sums, beams): (&Sums, &[&Beam]),
    ) {
        let takes_s = cost.ticks as f64 / TICKS_PER_S;
        let leg = Leg { from: self.point(step.0), to: self.point(to), takes_s };
        let hidden_from = self.hidden_from(&leg, beams);
        if hidden_from.is_empty() {
            return;
        }
        let (mut known, mut met) = (0, 0);
        for node in self.model.net.touched(step) {
            let sum = sums[node as usize];
            let hazard = self.hazard_at(node, sum);
            known += u64::from(hazard);
            met += u64::from(self.hazard_without(&hidden_from, (node, sum)).unwrap_or(hazard));
        }
        if met < known {
            // What barriers notice stays; the rest is as much less as the hazard is.
            let own = cost.barriers.cost().min(cost.detection);
            let watched = u128::from(cost.detection - own) * u128::from(met) / u128::from(known);
            cost.detection = own + u64::try_from(watched).unwrap_or(u64::MAX / 2);
        }
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
            let times = &self.mover.times;
            let steps = self.model.net.steps_of((times, &times.tolls), fields, least);
            Some(least.at_most(self.cost_of(&steps, fields, (sums, beams))))
        };
        least.into_par_iter().map(told).collect()
    }

    /// What a way costs on its own headings under the hazard of fields.
    pub(crate) fn cost_of(&self, steps: &Steps, fields: &Fields, of: (&Sums, &[Beam])) -> u64 {
        let costs = self.model.net.costs_along(steps, &self.mover.times, fields.hazard());
        self.costs_headed(steps, costs, of).iter().map(|cost| cost.detection).sum()
    }
}
