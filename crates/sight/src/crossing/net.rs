//! The strip between far edge and near edge as a graph, and the least-detected ways through it.

mod fields;

use crate::sector::{Barrier, BarrierKind, Mover, Sector, Settings, StretchId};

pub(crate) use self::fields::passage::{Cost, Escape, Steps};
pub(crate) use self::fields::{Asked, UNREACHED};
use super::going::{Going, NOWHERE, Zone, opposite};
use super::pace::{Goer, Pace, TICKS_PER_S};

/// Low bits of a key that hold the time of a path, in ticks.
const TIME_BITS: u32 = 24;
/// Costs are counted in 2^-24: rates in 2^-20 per second times ticks of 1/16 s.
pub(crate) const COST_ONE: f64 = (1_u32 << 24) as f64;
/// The nodes between far and near edge, their steps and the steps that cross the line.
#[derive(Debug, Clone)]
pub(crate) struct Net {
    /// Cell of the going by node.
    pub(crate) cells: Vec<u32>,
    /// Node by cell of the going.
    node_of: Vec<u32>,
    is_far: Vec<bool>,
    /// Node one step away, by node and step.
    next: Vec<[u32; 16]>,
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

/// Ticks of every step of one mover, by node and step; 0 where no way leads.
#[derive(Debug, Clone)]
pub(crate) struct Times {
    ticks: Vec<[u16; 16]>,
    /// Ticks of the steps back: from the node that each step leads to.
    ticks_back: Vec<[u16; 16]>,
    /// Ticks that barriers add, by way over.
    barrier_ticks: Vec<u32>,
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

    pub(crate) fn time_s(self) -> f64 {
        (self.key & ((1 << TIME_BITS) - 1)) as f64 / TICKS_PER_S
    }
}

impl Net {
    pub(crate) fn new(sector: &Sector, going: &Going) -> Self {
        let mut node_of = vec![NOWHERE; going.zones.len()];
        let mut cells = Vec::new();
        for (cell, zone) in going.zones.iter().enumerate() {
            if matches!(zone, Zone::Far | Zone::Near) {
                node_of[cell] = index(cells.len());
                cells.push(index(cell));
            }
        }
        let next: Vec<[u32; 16]> = cells
            .iter()
            .map(|cell| {
                std::array::from_fn(|step| {
                    going.step_from(*cell as usize, step).map_or(NOWHERE, |to| node_of[to])
                })
            })
            .collect();
        let edge = |side: Zone, beyond: Zone| {
            let on_edge = |cell: usize| {
                going.zones[cell] == side
                    && (0..8).any(|step| {
                        going.step_from(cell, step).is_none_or(|to| going.zones[to] == beyond)
                    })
            };
            (0..index(cells.len())).filter(|node| on_edge(cells[*node as usize] as usize)).collect()
        };
        let mut net = Self {
            is_far: cells.iter().map(|cell| going.is_far[*cell as usize]).collect(),
            from_far: edge(Zone::Far, Zone::BeyondFar),
            from_near: edge(Zone::Near, Zone::BeyondNear),
            node_of,
            cells,
            next,
            ways_over: Vec::new(),
            by_stretch: vec![Vec::new(); sector.stretches.len()],
        };
        net.find_ways_over(sector, going);
        net
    }

    fn find_ways_over(&mut self, sector: &Sector, going: &Going) {
        let point = |node: u32| going.points[self.cells[node as usize] as usize];
        for far in (0..index(self.cells.len())).filter(|node| self.is_far[*node as usize]) {
            for (step, &near) in self.next[far as usize].iter().enumerate() {
                if near == NOWHERE || self.is_far[near as usize] {
                    continue;
                }
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

    /// The nodes, or [`NOWHERE`], that a row of the terrain lies in, by column of the going.
    pub(crate) fn nodes_of_row(&self, going: &Going, terrain_row: usize) -> &[u32] {
        &self.node_of[terrain_row / going.factor * going.cols..][..going.cols]
    }

    /// How long each step takes a mover.
    pub(crate) fn times(&self, mover: Mover, sector: &Sector, going: &Going) -> Times {
        let pace = Pace::new(Goer::Mover(mover), &sector.settings);
        let lengths_m = going.step_lengths_m();
        let level = mover == Mover::Drone;
        let ticks: Vec<[u16; 16]> = (0..self.cells.len())
            .map(|node| {
                std::array::from_fn(|step| {
                    let to = self.next[node][step];
                    if to == NOWHERE {
                        return 0;
                    }
                    let (from, to) = (self.cells[node], self.cells[to as usize]);
                    let rise_m = if level { 0.0 } else { going.rise_m(from as usize, to as usize) };
                    let ticks = pace.ticks(lengths_m[step], rise_m).unwrap_or(0);
                    u16::try_from(ticks).unwrap_or(u16::MAX)
                })
            })
            .collect();
        let barrier_ticks = self
            .ways_over
            .iter()
            .map(|way| barrier_ticks(&sector.barriers, way.chainage_m, mover, &sector.settings))
            .collect();
        let back = |step: usize, to: u32| match to {
            NOWHERE => 0,
            to => ticks[to as usize][opposite(step)],
        };
        let ticks_back =
            self.next.iter().map(|next| std::array::from_fn(|step| back(step, next[step])));
        Times { ticks_back: ticks_back.collect(), ticks, barrier_ticks }
    }
}

/// Time that the barriers at a chainage take; a trench or a river holds a vehicle until it is bridged (DOMAIN 5).
fn barrier_ticks(barriers: &[Barrier], chainage_m: f64, mover: Mover, settings: &Settings) -> u32 {
    let total_s: f64 = barriers
        .iter()
        .filter(|barrier| (barrier.from_m..barrier.to_m).contains(&chainage_m))
        .map(|barrier| match (mover, barrier.kind) {
            (Mover::Drone, _) => 0.0,
            (Mover::Vehicle, BarrierKind::Trench | BarrierKind::River) => {
                barrier.delay_s.max(settings.vehicle_bridging_s)
            }
            _ => barrier.delay_s,
        })
        .sum();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a day at most per barrier, and clamped"
    )]
    let ticks = (total_s * TICKS_PER_S).clamp(0.0, 4e6) as u32;
    ticks
}

fn index(number: usize) -> u32 {
    u32::try_from(number).expect("a grid has fewer than 2^32 cells")
}
