//! Forward and backward fields, and the least-detected crossing where they meet.

pub(crate) mod passage;
mod spread;

use self::spread::{Ends, Side, Spread};
use super::{Hazard, LeastDetected, Net, TIME_BITS, Times};
use crate::crossing::going::PASSED;

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
        let key_max = asked.key_max();
        let spread = |ticks, side| Spread { net: self, ticks, hazard: held, key_max, side };
        rayon::join(
            || {
                let ends = Ends::of(self.len(), ways().map(|way| way.far));
                spread(&times.ticks, Side::Far).keys(&self.from_far, ends)
            },
            || {
                let ends = Ends::of(self.len(), ways().map(|way| way.near));
                spread(&times.ticks_back, Side::Both).keys(&self.from_near, ends)
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
        let step = usize::from(way.step);
        let ticks = times.ticks[way.far as usize][step];
        let step = self.step_key(hazard, (way.far, step), ticks)?;
        let mean = u32::midpoint(hazard[way.far as usize], hazard[way.near as usize]);
        Some(step + key_of(mean, times.barrier_ticks[way_over as usize]))
    }

    /// Cost and time of one step that leads somewhere in one key: cost decides, time breaks ties.
    ///
    /// A knight's move passes the same two nodes whichever way it goes, so it may be taken from either end.
    fn step_key(&self, hazard: &[u32], (node, step): (u32, usize), ticks: u16) -> Option<u64> {
        if ticks == 0 {
            return None;
        }
        let offsets = self.layout.offsets(node);
        let at = |step: usize| hazard[node.wrapping_add_signed(offsets[step]) as usize];
        let (here, there) = (hazard[node as usize], at(step));
        let mean = match PASSED.get(step.wrapping_sub(8)) {
            None => u32::midpoint(here, there),
            Some((first, second)) => (here + there + at(*first) + at(*second)) / 4,
        };
        Some(key_of(mean, u32::from(ticks)))
    }
}

fn held(hazard: &Hazard) -> Vec<u32> {
    hazard.iter().map(|hazard| (*hazard).min(HAZARD_MAX)).collect()
}

/// The key of some time spent at a hazard.
#[inline]
fn key_of(hazard: u32, ticks: u32) -> u64 {
    let cost = (u64::from(hazard) * u64::from(ticks)).min(STEP_COST_MAX);
    (cost << TIME_BITS) + u64::from(ticks)
}

#[cfg(test)]
mod tests;
