//! Forward and backward fields, and the least-detected crossing where they meet.

pub(crate) mod passage;

use super::{Hazard, LeastDetected, Net, TIME_BITS, Times};
use crate::crossing::going::{NOWHERE, PASSED};
use crate::crossing::queue::RadixHeap;

/// Most hazard that a node may have: 1/4 per second.
const HAZARD_MAX: u32 = 1 << 18;
/// Most that one step may cost: 16, a detection as good as certain. It leaves a key room for four thousand such steps.
const STEP_COST_MAX: u64 = 16 << 24;
/// A crossing that costs more, 10, is as good as certain to be detected: all but one in 20 000.
const CERTAIN_COST: u64 = 10 << 24;
/// Ticks of the longest way that a field follows, three days: the ticks of two fields and a barrier fit into a key's
/// low bits, and never carry into the cost.
const FIELD_TICKS_MAX: u64 = 1 << 22;
/// Not reached.
pub(crate) const UNREACHED: u64 = u64::MAX;

/// What a search is to find.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked<'a> {
    /// The least-detected crossing of every stretch.
    All,
    /// That of these stretches, by number, where it is not as good as certain to be detected: for others `None`.
    Uncertain(&'a [bool]),
}

impl Asked<'_> {
    fn holds(self, stretch: usize) -> bool {
        match self {
            Self::All => true,
            Self::Uncertain(stretches) => stretches.get(stretch).copied().unwrap_or(false),
        }
    }

    /// Keys above it are not followed.
    fn key_max(self) -> u64 {
        match self {
            Self::All => UNREACHED - 1,
            Self::Uncertain(_) => (CERTAIN_COST << TIME_BITS) | ((1 << TIME_BITS) - 1),
        }
    }
}

/// One field: which steps it takes, and how long they are.
struct Spread<'a> {
    net: &'a Net,
    /// Ticks of a step towards where the field spreads, by node and step.
    ticks: &'a [[u16; 16]],
    hazard: &'a [u32],
    /// Keys above it are not followed.
    key_max: u64,
}

impl Net {
    /// The least-detected crossing through each stretch; `None` where no way leads through it.
    ///
    /// A crossing runs from the far edge to the near edge, and the stretch through which it *first* crosses the line owns
    /// it: a forward field over the far side alone meets a backward field over all ground at the ways over (SIGHT.md).
    pub(crate) fn least_detected(
        &self,
        times: &Times,
        hazard: &Hazard,
        asked: Asked<'_>,
    ) -> Vec<Option<LeastDetected>> {
        let held = held(hazard);
        let (forward, backward) = self.fields(times, &held, asked);
        self.least_of(times, &held, (&forward, &backward), asked)
    }

    /// The forward field over the far side and the backward field over all ground, final at the ways over that are asked for.
    fn fields(&self, times: &Times, held: &[u32], asked: Asked<'_>) -> (Vec<u64>, Vec<u64>) {
        let ways = || {
            let lists = self.by_stretch.iter().enumerate().filter(|(at, _)| asked.holds(*at));
            lists.flat_map(|(_, ways)| ways).map(|way| &self.ways_over[*way as usize])
        };
        let spread = |ticks| Spread { net: self, ticks, hazard: held, key_max: asked.key_max() };
        rayon::join(
            || {
                let ends = Ends::of(self.cells.len(), ways().map(|way| way.far));
                let may = |to: u32| self.is_far[to as usize];
                spread(&times.ticks).keys(&self.from_far, ends, may)
            },
            || {
                let ends = Ends::of(self.cells.len(), ways().map(|way| way.near));
                spread(&times.ticks_back).keys(&self.from_near, ends, |_| true)
            },
        )
    }

    /// Where both fields meet at least cost, by stretch.
    fn least_of(
        &self,
        times: &Times,
        held: &[u32],
        (forward, backward): (&[u64], &[u64]),
        asked: Asked<'_>,
    ) -> Vec<Option<LeastDetected>> {
        let least = |(stretch, ways): (usize, &Vec<u32>)| {
            let keys = ways.iter().filter(|_| asked.holds(stretch)).filter_map(|&way_over| {
                let way = &self.ways_over[way_over as usize];
                let (before, after) = (forward[way.far as usize], backward[way.near as usize]);
                if before == UNREACHED || after == UNREACHED {
                    return None;
                }
                let over = self.way_over_key(times, held, way_over)?;
                Some(LeastDetected { key: before + over + after, way_over })
            });
            keys.min_by_key(|least| least.key).filter(|least| least.key <= asked.key_max())
        };
        self.by_stretch.iter().enumerate().map(least).collect()
    }

    fn way_over_key(&self, times: &Times, hazard: &[u32], way_over: u32) -> Option<u64> {
        let way = &self.ways_over[way_over as usize];
        let (next, step) = (&self.next[way.far as usize], usize::from(way.step));
        let ticks = times.ticks[way.far as usize][step];
        let step = step_key(next, hazard, (way.far, step), ticks)?;
        let mean = u32::midpoint(hazard[way.far as usize], hazard[way.near as usize]);
        Some(step + key_of(mean, times.barrier_ticks[way_over as usize]))
    }
}

fn held(hazard: &Hazard) -> Vec<u32> {
    hazard.iter().map(|hazard| (*hazard).min(HAZARD_MAX)).collect()
}

/// The nodes that a field is wanted at.
struct Ends {
    is_end: Vec<bool>,
    left: usize,
}

impl Ends {
    fn of(nodes: usize, ends: impl Iterator<Item = u32>) -> Self {
        let mut is_end = vec![false; nodes];
        ends.for_each(|end| is_end[end as usize] = true);
        let left = is_end.iter().filter(|is_end| **is_end).count();
        Self { is_end, left }
    }

    /// Crosses a node off the list; true when it was the last.
    fn reach(&mut self, node: u32) -> bool {
        self.left -= usize::from(std::mem::take(&mut self.is_end[node as usize]));
        self.left == 0
    }
}

impl Spread<'_> {
    /// Least keys from the seeds to each node that `may` be entered, until all ends are reached (Dijkstra, 1959).
    ///
    /// Keys of the ends are final; others may be too high, or not reached.
    fn keys(&self, seeds: &[u32], mut ends: Ends, may: impl Fn(u32) -> bool) -> Vec<u64> {
        let mut keys = vec![UNREACHED; self.net.cells.len()];
        if ends.left == 0 {
            return keys;
        }
        let mut queue = RadixHeap::new();
        for &seed in seeds {
            keys[seed as usize] = 0;
            queue.push(0, seed);
        }
        while let Some((key, node)) = queue.pop() {
            if key > keys[node as usize] {
                continue;
            }
            if ends.reach(node) {
                break;
            }
            let (next, ticks) = (&self.net.next[node as usize], &self.ticks[node as usize]);
            for step in 0..16 {
                let to = next[step];
                if to == NOWHERE || key >= keys[to as usize] || !may(to) {
                    continue;
                }
                let Some(more) = step_key(next, self.hazard, (node, step), ticks[step]) else {
                    continue;
                };
                let is_in_time = (key + more) & ((1 << TIME_BITS) - 1) <= FIELD_TICKS_MAX;
                if is_in_time && key + more < keys[to as usize] && key + more <= self.key_max {
                    keys[to as usize] = key + more;
                    queue.push(key + more, to);
                }
            }
        }
        keys
    }
}

/// Cost and time of one step between two nodes in one key: cost decides, time breaks ties.
///
/// A knight's move passes the same two nodes whichever way it goes, so `next` may be either end's.
#[inline]
fn step_key(
    next: &[u32; 16],
    hazard: &[u32],
    (node, step): (u32, usize),
    ticks: u16,
) -> Option<u64> {
    if ticks == 0 {
        return None;
    }
    let at = |node: u32| hazard[node as usize];
    let mean = if step < 8 {
        u32::midpoint(at(node), at(next[step]))
    } else {
        let (first, second) = PASSED[step - 8];
        if next[first] == NOWHERE || next[second] == NOWHERE {
            return None;
        }
        (at(node) + at(next[step]) + at(next[first]) + at(next[second])) / 4
    };
    Some(key_of(mean, u32::from(ticks)))
}

/// The key of some time spent at a hazard.
#[inline]
fn key_of(hazard: u32, ticks: u32) -> u64 {
    let cost = (u64::from(hazard) * u64::from(ticks)).min(STEP_COST_MAX);
    (cost << TIME_BITS) + u64::from(ticks)
}

#[cfg(test)]
mod tests;
