//! The strip between far edge and near edge as a graph, and the least-detected ways through it.

use crate::sector::{Barrier, BarrierKind, Mover, Sector, Settings, StretchId};
use crate::terrain::Cell;

use super::going::{Going, NOWHERE, PASSED, Zone, opposite};
use super::pace::{Goer, Pace, TICKS_PER_S};
use super::queue::RadixHeap;

/// Most hazard that a node may have: 1/4 per second.
const HAZARD_MAX: u64 = 1 << 18;
/// Most that one step may cost: 16, a detection as good as certain. It leaves a key room for four thousand such steps.
const STEP_COST_MAX: u64 = 16 << 24;
/// Low bits of a key that hold the time of a path, in ticks.
const TIME_BITS: u32 = 24;
/// Costs are counted in 2^-24: rates in 2^-20 per second times ticks of 1/16 s.
const COST_ONE: f64 = (1_u32 << 24) as f64;
/// Not reached.
pub(crate) const UNREACHED: u64 = u64::MAX;

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

    /// The node of a terrain cell.
    pub(crate) fn node_at(&self, going: &Going, cell: Cell) -> Option<usize> {
        let at = cell.row / going.factor * going.cols + cell.col / going.factor;
        Some(self.node_of[at]).filter(|node| *node != NOWHERE).map(|node| node as usize)
    }

    /// How long each step takes a mover.
    pub(crate) fn times(&self, mover: Mover, sector: &Sector, going: &Going) -> Times {
        let pace = Pace::new(Goer::Mover(mover), &sector.settings);
        let lengths_m = going.step_lengths_m();
        let level = mover == Mover::Drone;
        let ticks = (0..self.cells.len())
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
        Times { ticks, barrier_ticks }
    }

    /// The least-detected crossing through each stretch; `None` where no way leads through it.
    ///
    /// A crossing runs from the far edge to the near edge, and the stretch through which it *first* crosses the line owns
    /// it: a forward field over the far side alone meets a backward field over all ground at the ways over (SIGHT.md).
    pub(crate) fn least_detected(
        &self,
        times: &Times,
        hazard: &Hazard,
    ) -> Vec<Option<LeastDetected>> {
        let (forward, backward) =
            rayon::join(|| self.forward(times, hazard), || self.backward(times, hazard));
        self.by_stretch
            .iter()
            .map(|ways| {
                ways.iter()
                    .filter_map(|&way_over| {
                        let way = &self.ways_over[way_over as usize];
                        let (before, after) =
                            (forward[way.far as usize], backward[way.near as usize]);
                        if before == UNREACHED || after == UNREACHED {
                            return None;
                        }
                        let over = self.way_over_key(times, hazard, way_over)?;
                        Some(LeastDetected { key: before + over + after, way_over })
                    })
                    .min_by_key(|least| least.key)
            })
            .collect()
    }

    /// Least keys from the far edge to each far node, over the far side alone.
    fn forward(&self, times: &Times, hazard: &Hazard) -> Vec<u64> {
        let mut keys = vec![UNREACHED; self.cells.len()];
        let mut queue = RadixHeap::new();
        for &seed in &self.from_far {
            keys[seed as usize] = 0;
            queue.push(0, seed);
        }
        while let Some((key, node)) = queue.pop() {
            if key > keys[node as usize] {
                continue;
            }
            for step in 0..16 {
                let to = self.next[node as usize][step];
                if to == NOWHERE || !self.is_far[to as usize] {
                    continue;
                }
                if let Some(more) = self.step_key(times, hazard, node, step)
                    && key + more < keys[to as usize]
                {
                    keys[to as usize] = key + more;
                    queue.push(key + more, to);
                }
            }
        }
        keys
    }

    /// Least keys from each node to the near edge, over all ground.
    fn backward(&self, times: &Times, hazard: &Hazard) -> Vec<u64> {
        let mut keys = vec![UNREACHED; self.cells.len()];
        let mut queue = RadixHeap::new();
        for &seed in &self.from_near {
            keys[seed as usize] = 0;
            queue.push(0, seed);
        }
        while let Some((key, node)) = queue.pop() {
            if key > keys[node as usize] {
                continue;
            }
            for step in 0..16 {
                let from = self.next[node as usize][step];
                if from == NOWHERE {
                    continue;
                }
                if let Some(more) = self.step_key(times, hazard, from, opposite(step))
                    && key + more < keys[from as usize]
                {
                    keys[from as usize] = key + more;
                    queue.push(key + more, from);
                }
            }
        }
        keys
    }

    /// Cost and time of one step in one key: cost decides, time breaks ties.
    fn step_key(&self, times: &Times, hazard: &Hazard, from: u32, step: usize) -> Option<u64> {
        let ticks = u64::from(times.ticks[from as usize][step]);
        if ticks == 0 {
            return None;
        }
        let next = &self.next[from as usize];
        let at = |node: u32| u64::from(hazard[node as usize]).min(HAZARD_MAX);
        let mean = if step < 8 {
            u64::midpoint(at(from), at(next[step]))
        } else {
            let (first, second) = PASSED[step - 8];
            if next[first] == NOWHERE || next[second] == NOWHERE {
                return None;
            }
            (at(from) + at(next[step]) + at(next[first]) + at(next[second])) / 4
        };
        Some(key_of(mean, ticks))
    }

    fn way_over_key(&self, times: &Times, hazard: &Hazard, way_over: u32) -> Option<u64> {
        let way = &self.ways_over[way_over as usize];
        let step = self.step_key(times, hazard, way.far, usize::from(way.step))?;
        let ticks = u64::from(times.barrier_ticks[way_over as usize]);
        let at = |node: u32| u64::from(hazard[node as usize]).min(HAZARD_MAX);
        let mean = u64::midpoint(at(way.far), at(way.near));
        Some(step + key_of(mean, ticks))
    }
}

/// The key of some time spent at a hazard.
fn key_of(hazard: u64, ticks: u64) -> u64 {
    ((hazard * ticks).min(STEP_COST_MAX) << TIME_BITS) + ticks
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

#[cfg(test)]
mod tests;
