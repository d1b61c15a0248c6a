//! What barriers charge the steps that cross them: time, its spread, and the chance that their own sensors notice.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::going::Going;
use super::super::pace::TICKS_PER_S;
use super::{COST_ONE, Net};
use crate::geo::EnuPoint;
use crate::sector::{Barrier, Mover, Sector, Toll, crossing_point};

/// Ticks in the table of steps that stand for an entry here.
pub(crate) const TOLLED: u16 = u16::MAX;
/// Longest that one crossing of barriers takes: 3 days less a little.
const TICKS_MAX: f64 = 4e6;
/// Most that one crossing may cost: 16, a detection as good as certain.
const COST_MAX: f64 = 16.0 * COST_ONE;
/// The longest step, a knight's move, in cells.
const STEP_CELLS: f64 = 2.3;

/// What a step pays for the barriers that it crosses.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Charge {
    pub(crate) delay_s: f64,
    /// Squared standard deviation of the delay.
    pub(crate) variance_s2: f64,
    /// -ln(1 - p) of being noticed by the barriers themselves.
    own: f64,
}

/// A step that crosses barriers: what the way itself takes, and what they charge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TolledStep {
    pub(crate) walk_ticks: u16,
    pub(crate) charge: Charge,
}

/// All that barriers charge one mover.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tolls {
    /// In the order of node and step.
    steps: Vec<((u32, u8), TolledStep)>,
    /// By way over the line.
    over: Vec<Charge>,
}

impl TolledStep {
    pub(crate) fn ticks(&self) -> u32 {
        u32::from(self.walk_ticks) + self.charge.ticks()
    }
}

impl Charge {
    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            delay_s: self.delay_s + other.delay_s,
            variance_s2: self.variance_s2 + other.variance_s2,
            own: self.own + other.own,
        }
    }

    fn add(&mut self, toll: Toll) {
        self.delay_s += toll.delay_s;
        self.variance_s2 += toll.delay_sd_s * toll.delay_sd_s;
        self.own += -libm::log1p(-toll.p_detect.clamp(0.0, 1.0));
    }

    pub(crate) fn ticks(&self) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "delays are not negative, and clamped"
        )]
        let ticks = (self.delay_s * TICKS_PER_S).clamp(0.0, TICKS_MAX) as u32;
        ticks
    }

    /// What being noticed by the barriers costs, in 2^-24.
    pub(crate) fn cost(&self) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and clamped"
        )]
        let cost = libm::round(self.own * COST_ONE).clamp(0.0, COST_MAX) as u64;
        cost
    }
}

impl Tolls {
    /// What is charged for a step, if anything is.
    #[cold]
    pub(crate) fn of(&self, node: u32, step: usize) -> Option<TolledStep> {
        let step = u8::try_from(step).ok()?;
        let at = self.steps.binary_search_by_key(&(node, step), |(place, _)| *place).ok()?;
        Some(self.steps[at].1)
    }

    /// Whether a step out of one of these nodes is charged.
    pub(crate) fn are_any_from(&self, nodes: Range<usize>) -> bool {
        let first = self.steps.partition_point(|((node, _), _)| (*node as usize) < nodes.start);
        self.steps.get(first).is_some_and(|((node, _), _)| (*node as usize) < nodes.end)
    }

    /// The charge of a way over the line, by its number.
    pub(crate) fn over(&self, way_over: u32) -> Charge {
        self.over[way_over as usize]
    }

    /// The same delays, noticed only on steps whose two ends both count.
    pub(crate) fn counting(&self, net: &Net, counts: impl Fn(u32) -> bool) -> Self {
        let steps = self.steps.iter().map(|&((node, step), mut tolled)| {
            let to = net.next(node, usize::from(step));
            if !(counts(node) && to.is_some_and(&counts)) {
                tolled.charge.own = 0.0;
            }
            ((node, step), tolled)
        });
        let over = self.over.iter().zip(&net.ways_over).map(|(charge, way)| {
            let own = if counts(way.far) && counts(way.near) { charge.own } else { 0.0 };
            Charge { own, ..*charge }
        });
        Self { steps: steps.collect(), over: over.collect() }
    }
}

/// What a barrier takes at a place: an opening's toll where one is within reach and quicker.
///
/// The net does not see how people walk within a cell, so an opening serves all who cross within half a cell of it.
fn toll_at(
    barrier: &Barrier,
    at: EnuPoint,
    mover: Mover,
    (sector, cell_m): (&Sector, f64),
) -> Toll {
    let settings = &sector.settings;
    let over = barrier.toll(mover, settings);
    if mover == Mover::Drone {
        return over;
    }
    let opening = barrier.toll_at_opening(at, cell_m / 2.0, mover, settings);
    opening.filter(|through| through.delay_s < over.delay_s).unwrap_or(over)
}

impl Net {
    /// What all barriers charge a mover; steps that cross one are marked [`TOLLED`] in the table of ticks.
    pub(super) fn tolls(
        &self,
        mover: Mover,
        (sector, going): (&Sector, &Going),
        ticks: &mut [u16],
    ) -> Tolls {
        let mut tolls =
            Tolls { over: self.charges_on_line(mover, (sector, going)), ..Tolls::default() };
        for ((node, step), charge) in self.charges_elsewhere(mover, (sector, going)) {
            let walk_ticks = &mut ticks[self.layout.place_of_step(node, usize::from(step))];
            // Where no way leads a barrier makes none.
            if *walk_ticks == 0 {
                continue;
            }
            let tolled = TolledStep { walk_ticks: *walk_ticks, charge };
            *walk_ticks = TOLLED;
            tolls.steps.push(((node, step), tolled));
        }
        tolls
    }

    /// What the barriers along the line charge each way over it.
    fn charges_on_line(&self, mover: Mover, (sector, going): (&Sector, &Going)) -> Vec<Charge> {
        let cell_m = going.row_m.max(going.col_m);
        let charge = |chainage_m: f64| {
            let mut charge = Charge::default();
            for barrier in &sector.barriers {
                let stands = |[from_m, to_m]: [f64; 2]| (from_m..to_m).contains(&chainage_m);
                if barrier.along_m.is_some_and(stands) {
                    let at = sector.line.point_at(chainage_m);
                    charge.add(toll_at(barrier, at, mover, (sector, cell_m)));
                }
            }
            charge
        };
        self.ways_over.iter().map(|way| charge(way.chainage_m)).collect()
    }

    /// What all other barriers charge each step that crosses them, by node and step.
    fn charges_elsewhere(
        &self,
        mover: Mover,
        (sector, going): (&Sector, &Going),
    ) -> BTreeMap<(u32, u8), Charge> {
        let mut charges: BTreeMap<(u32, u8), Charge> = BTreeMap::new();
        let cell_m = going.row_m.max(going.col_m);
        let elsewhere = sector.barriers.iter().filter(|barrier| barrier.along_m.is_none());
        let walls = elsewhere.filter(|_| mover != Mover::Drone).flat_map(|barrier| {
            barrier.points.windows(2).map(move |pair| (barrier, (pair[0], pair[1])))
        });
        for (barrier, wall) in walls {
            let cells = going.lattice.near(wall, STEP_CELLS * cell_m, &going.points);
            for node in cells.filter_map(|cell| self.layout.node_at(cell)) {
                for (step, at) in self.crossings_of(node, wall, going) {
                    let toll = toll_at(barrier, at, mover, (sector, cell_m));
                    charges.entry((node, step)).or_default().add(toll);
                }
            }
        }
        charges
    }

    /// The steps out of a node that cross a straight wall, and where.
    fn crossings_of(
        &self,
        node: u32,
        wall: (EnuPoint, EnuPoint),
        going: &Going,
    ) -> impl Iterator<Item = (u8, EnuPoint)> {
        let from = going.points[self.layout.cell_of(node)];
        (0..16_u8).filter_map(move |step| {
            let to = self.next(node, usize::from(step))?;
            let to = going.points[self.layout.cell_of(to)];
            Some((step, crossing_point((from, to), wall)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charge_sums_delays_variances_and_costs() {
        let mut charge = Charge::default();
        charge.add(Toll { delay_s: 30.0, delay_sd_s: 3.0, p_detect: 0.5 });
        charge.add(Toll { delay_s: 60.0, delay_sd_s: 4.0, p_detect: 0.5 });

        assert_eq!(charge.ticks(), 1_440);
        assert!((charge.variance_s2.sqrt() - 5.0).abs() < 1e-12);
        // Unnoticed by both with a quarter: ln 4.
        assert!((charge.cost() as f64 / COST_ONE - 4_f64.ln()).abs() < 1e-6);
        charge.add(Toll { delay_s: 0.0, delay_sd_s: 0.0, p_detect: 1.0 });
        assert_eq!(charge.cost(), 16 << 24);
    }
}
