//! The strip between far edge and near edge as a graph, and the least-detected ways through it.

mod charges;
mod fields;
mod layout;

use rayon::prelude::*;

use crate::pages::Pages;
use crate::sector::{Mover, Sector, StretchId};

pub(crate) use self::charges::Charge;
use self::charges::{TOLLED, Tolls};
use self::fields::CERTAIN_COST;
pub(crate) use self::fields::passage::{Cost, Escape, Steps};
pub(crate) use self::fields::{Asked, Fields, UNREACHED};
use self::layout::Layout;
pub(crate) use self::layout::Run;
use super::going::{Going, PASSED, Zone};
use super::pace::{Goer, Light, Pace, TICKS_PER_S};

/// Low bits of a key that hold the time of a path, in ticks.
pub(crate) const TIME_BITS: u32 = 24;
/// Costs are counted in 2^-24: rates in 2^-20 per second times ticks of 1/16 s.
pub(crate) const COST_ONE: f64 = (1_u32 << 24) as f64;
/// The nodes between far and near edge, their steps and the steps that cross the line.
#[derive(Debug, Clone)]
pub(crate) struct Net {
    pub(crate) layout: Layout,
    /// The steps out of each node that lead somewhere, one bit each. A knight's move needs the two nodes that it passes.
    steps: Vec<u16>,
    is_far: Vec<bool>,
    from_far: Vec<u32>,
    from_near: Vec<u32>,
    pub(crate) ways_over: Vec<WayOver>,
    /// Of the ways over, those that lead through each stretch.
    by_stretch: Vec<Vec<u32>>,
}

/// One step across the line, from the far side to the near side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WayOver {
    pub(crate) far: u32,
    pub(crate) near: u32,
    step: u8,
    pub(crate) chainage_m: f64,
}

/// Ticks of every step of one mover; 0 where no way leads, as everywhere outside [`Net::steps`], and [`TOLLED`] where barriers
/// are crossed.
#[derive(Debug)]
pub(crate) struct Times {
    /// By row of the ground, step and node ([`Layout::place_of_step`]): a tile needs what lies in thousands of small pages.
    ticks: Pages<u16>,
    pub(crate) tolls: Tolls,
}

impl Times {
    /// Ticks of a step that leads somewhere.
    #[inline]
    pub(crate) fn of(&self, net: &Net, (node, step): (u32, usize)) -> u16 {
        self.ticks[net.layout.place_of_step(node, step)]
    }
}

/// Hazard by node: detections per second in 2^-20.
pub(crate) type Hazard = [u32];

/// The least-detected crossing through a stretch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LeastDetected {
    key: u64,
    /// Number of its step across the line.
    pub(crate) way_over: u32,
}

impl LeastDetected {
    /// Chance that it is detected: `1 - exp(-cost)`.
    pub(crate) fn probability(self) -> f64 {
        -libm::expm1(-((self.key >> TIME_BITS) as f64) / COST_ONE)
    }

    /// The same at a cost in 2^-24 if that is less.
    pub(crate) fn at_most(self, cost: u64) -> Self {
        let time = self.key & ((1 << TIME_BITS) - 1);
        Self { key: cost.min(self.key >> TIME_BITS) << TIME_BITS | time, ..self }
    }

    /// The same way at another cost in 2^-24, unless that is as good as certain.
    pub(crate) fn unless_certain(self, cost: u64) -> Option<Self> {
        let time = self.key & ((1 << TIME_BITS) - 1);
        (cost <= CERTAIN_COST).then_some(Self { key: cost << TIME_BITS | time, ..self })
    }

    /// What it costs: `-ln(1 - probability)`.
    pub(crate) fn cost(self) -> f64 {
        (self.key >> TIME_BITS) as f64 / COST_ONE
    }

    pub(crate) fn time_s(self) -> f64 {
        (self.key & ((1 << TIME_BITS) - 1)) as f64 / TICKS_PER_S
    }
}

impl Net {
    pub(crate) fn new(sector: &Sector, going: &Going) -> Self {
        let layout = Layout::new(going);
        let is_node = |cell: usize| matches!(going.zones[cell], Zone::Far | Zone::Near);
        let mut steps = vec![0; layout.len()];
        let mut is_far = vec![false; layout.len()];
        let (mut from_far, mut from_near) = (Vec::new(), Vec::new());
        for cell in (0..going.zones.len()).filter(|cell| is_node(*cell)) {
            let Some(node) = layout.node_at(cell) else { continue };
            steps[node as usize] = steps_from(going, cell, is_node);
            is_far[node as usize] = going.is_far[cell];
            let borders = |on: Zone| {
                (0..8)
                    .any(|step| going.step_from(cell, step).is_none_or(|to| going.zones[to] == on))
            };
            match going.zones[cell] {
                Zone::Far if borders(Zone::BeyondFar) => from_far.push(node),
                Zone::Near if borders(Zone::BeyondNear) => from_near.push(node),
                Zone::Far | Zone::Near | Zone::Beside | Zone::BeyondFar | Zone::BeyondNear => {}
            }
        }
        let mut net = Self {
            layout,
            steps,
            is_far,
            from_far,
            from_near,
            ways_over: Vec::new(),
            by_stretch: vec![Vec::new(); sector.stretches.len()],
        };
        net.find_ways_over(sector, going);
        net
    }

    /// Numbers of nodes, those that belong to none included.
    pub(crate) fn len(&self) -> usize {
        self.layout.len()
    }

    /// The node one step away.
    pub(crate) fn next(&self, node: u32, step: usize) -> Option<u32> {
        let leads = self.steps[node as usize] >> step & 1 == 1;
        leads.then(|| node.wrapping_add_signed(self.layout.offsets(node)[step]))
    }

    fn find_ways_over(&mut self, sector: &Sector, going: &Going) {
        let point = |node: u32| going.points[self.layout.cell_of(node)];
        for far in (0..index(self.len())).filter(|node| self.is_far[*node as usize]) {
            for step in 0..16 {
                let Some(near) = self.next(far, step).filter(|to| !self.is_far[*to as usize])
                else {
                    continue;
                };
                let (beyond, inside) =
                    (sector.line.beside(point(far)), sector.line.beside(point(near)));
                let share = beyond.signed_m / (beyond.signed_m - inside.signed_m);
                let on_line = point(far).to_vector().lerp(&point(near).to_vector(), share);
                let chainage_m =
                    sector.line.chainage_m(crate::geo::EnuPoint::new(on_line.x, on_line.y));
                let StretchId(stretch) = sector.stretch_at(chainage_m);
                self.by_stretch[stretch as usize].push(index(self.ways_over.len()));
                #[expect(clippy::cast_possible_truncation, reason = "there are sixteen")]
                self.ways_over.push(WayOver { far, near, step: step as u8, chainage_m });
            }
        }
        self.lend_to_bare_stretches(sector);
    }

    /// A stretch shorter than the net's cells may hold no way over: it takes the nearest one's.
    fn lend_to_bare_stretches(&mut self, sector: &Sector) {
        for stretch in &sector.stretches {
            let middle_m = f64::midpoint(stretch.from_m, stretch.to_m);
            let list = &mut self.by_stretch[stretch.id.0 as usize];
            if list.is_empty() {
                let distance = |way: &WayOver| (way.chainage_m - middle_m).abs();
                let nearest = (0..self.ways_over.len()).min_by(|a, b| {
                    distance(&self.ways_over[*a]).total_cmp(&distance(&self.ways_over[*b]))
                });
                list.extend(nearest.map(index));
            }
        }
    }

    /// How long each step takes a mover.
    pub(crate) fn times(
        &self,
        (mover, light): (Mover, Light),
        sector: &Sector,
        going: &Going,
    ) -> Times {
        let pace = Pace::new(Goer::Mover(mover), light, &sector.settings);
        let lengths_m = going.step_lengths_m();
        let ticks = |node: u32, step: usize| {
            let Some(to) = self.next(node, step) else { return 0 };
            let (from, to) = (self.layout.cell_of(node), self.layout.cell_of(to));
            let ticks = going.step_ticks(&pace, (from, step, to), lengths_m[step]).unwrap_or(0);
            u16::try_from(ticks).unwrap_or(TOLLED).min(TOLLED - 1)
        };
        let mut all = Pages::zeroed(16 * self.len());
        let mut rest = &mut all[..];
        let mut rows = Vec::new();
        let mut given = 0;
        for run in self.layout.runs() {
            let count = 16 * run.nodes().len();
            let from = run.first_of_step(0);
            let (of_row, after) = std::mem::take(&mut rest)[from - given..].split_at_mut(count);
            (rest, given) = (after, from + count);
            rows.push((run.nodes(), of_row));
        }
        rows.into_par_iter().for_each(|(nodes, of_row)| {
            let places = (0..16).flat_map(|step| nodes.clone().map(move |node| (node, step)));
            for (into, (node, step)) in of_row.iter_mut().zip(places) {
                *into = ticks(index(node), step);
            }
        });
        let tolls = self.tolls(mover, (sector, going), &mut all);
        Times { ticks: all, tolls }
    }
}

impl Times {
    /// How long a node takes to go through, against `per_m` seconds a metre: the mean over its steps of these lengths that
    /// no barrier holds up; `None` where none leads.
    pub(crate) fn slowness(
        &self,
        (net, node): (&Net, u32),
        lengths_m: &[f64; 16],
        per_m: f64,
    ) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0);
        for (step, length_m) in lengths_m.iter().enumerate() {
            let ticks = net.next(node, step).map_or(0, |_| self.of(net, (node, step)));
            if ticks > 0 && ticks != TOLLED {
                sum += f64::from(ticks) / TICKS_PER_S / (length_m * per_m);
                count += 1;
            }
        }
        (count > 0).then(|| sum / f64::from(count))
    }
}

/// The steps from a cell that lead to a node, past nodes only.
fn steps_from(going: &Going, cell: usize, is_node: impl Fn(usize) -> bool) -> u16 {
    let leads: [bool; 16] =
        std::array::from_fn(|step| going.step_from(cell, step).is_some_and(&is_node));
    (0..16_usize).fold(0, |bits, step| {
        let passes = match PASSED.get(step.wrapping_sub(8)) {
            Some((first, second)) => leads[*first] && leads[*second],
            None => true,
        };
        bits | u16::from(leads[step] && passes) << step
    })
}

pub(crate) fn index(number: usize) -> u32 {
    u32::try_from(number).expect("a grid has fewer than 2^32 cells")
}
