//! Forward and backward fields, and the least-detected crossing where they meet.

mod kernel;
pub(crate) mod passage;
mod patch;
mod repair;
mod spread;
mod through;
mod tiles;

use std::borrow::Cow;

use rayon::prelude::*;

use self::repair::Changed;
use self::spread::{Side, Spread, TILE_COLS, TILE_ROWS, Way};
use super::{Hazard, LeastDetected, Net, TIME_BITS, TOLLED, Times, Tolls};
use crate::crossing::going::PASSED;

/// Most hazard that a node may have: 1/4 per second.
const HAZARD_MAX: u32 = 1 << 18;
/// Most that one step may cost: 16, a detection as good as certain. It leaves a key room for four thousand such steps.
const STEP_COST_MAX: u64 = 16 << 24;
/// A crossing that costs more, 10, is as good as certain to be detected: all but one in 20 000.
pub(super) const CERTAIN_COST: u64 = 10 << 24;
/// Ticks of a way up to which a field tells its time, three days; beyond them it counts steps.
const FIELD_TICKS_MAX: u64 = 1 << 22;
/// Most ticks in a field: those of two fields and a barrier fit into a key's low bits and never carry into the cost.
const TICKS_TOP: u64 = 3 << 21;
/// Not reached.
pub(crate) const UNREACHED: u64 = u64::MAX;

/// Less than one node in so many may differ for a repair to be cheaper than a field spread anew.
const REPAIR_SHARE: usize = 8;
/// Nodes looked at together for what differs.
const CHUNK: usize = 1 << 16;

/// What the fields are to tell.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked<'a> {
    /// The least-detected crossing of every stretch.
    All,
    /// That of these stretches, by number, where it is not as good as certain to be detected: for others `None`.
    Uncertain(&'a [bool]),
}

impl Asked<'_> {
    pub(crate) fn holds(self, stretch: usize) -> bool {
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

/// The forward field over the far side and the backward field over all ground, under a hazard that they can follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fields {
    hazard: Vec<u32>,
    forward: Vec<u64>,
    backward: Vec<u64>,
    key_max: u64,
}

impl Fields {
    /// Under which they were spread, by node.
    pub(crate) fn hazard(&self) -> &Hazard {
        &self.hazard
    }

    /// The nodes at which a hazard differs from theirs, in order, and the hazard there.
    fn differing(&self, hazard: &Hazard) -> Vec<(u32, u32)> {
        let pairs = self.hazard.par_chunks(CHUNK).zip(hazard.par_chunks(CHUNK)).enumerate();
        let nodes = pairs.map(|(chunk, (known, new))| {
            let pairs = (super::index(chunk * CHUNK)..).zip(known.iter().zip(new));
            let differ = pairs.filter(|(_, (known, new))| **known != (**new).min(HAZARD_MAX));
            differ.map(|(node, (_, new))| (node, *new)).collect::<Vec<_>>()
        });
        nodes.collect::<Vec<_>>().concat()
    }
}

impl Net {
    /// Spreads both fields out, as far as is asked.
    ///
    /// A crossing runs from the far edge to the near edge, and the stretch through which it *first* crosses the line owns
    /// it: a forward field over the far side alone meets a backward field over all ground at the ways over (SIGHT.md).
    pub(crate) fn fields(&self, times: &Times, hazard: &Hazard, asked: Asked<'_>) -> Fields {
        self.fields_under((times, &times.tolls), hazard, asked)
    }

    /// The same with tolls of one's own.
    fn fields_under(
        &self,
        (times, tolls): (&Times, &Tolls),
        hazard: &Hazard,
        asked: Asked<'_>,
    ) -> Fields {
        self.fields_up_to((times, tolls), held(hazard), asked.key_max())
    }

    fn fields_up_to(
        &self,
        (times, tolls): (&Times, &Tolls),
        hazard: Vec<u32>,
        key_max: u64,
    ) -> Fields {
        let spreads = self.spreads((times, tolls), &hazard, key_max);
        let (forward, backward) = rayon::join(|| spreads[0].keys(), || spreads[1].keys());
        Fields { hazard, forward, backward, key_max }
    }

    /// Fields under another hazard, byte for byte as if spread anew.
    ///
    /// Of those known the one that differs least is repaired. Which one makes no difference to what is asked for.
    pub(crate) fn fields_from<'a>(
        &self,
        known: impl IntoIterator<Item = Cow<'a, Fields>>,
        (times, hazard): (&Times, &Hazard),
        asked: Asked<'_>,
    ) -> Fields {
        let enough = known.into_iter().filter(|known| known.key_max >= asked.key_max());
        let differing = enough.map(|known| (known.differing(hazard), known));
        match differing.min_by_key(|(nodes, _)| nodes.len()) {
            Some((changes, known)) if changes.len() <= hazard.len() / REPAIR_SHARE => {
                self.repaired(known.into_owned(), times, &changes)
            }
            Some(_) | None => self.fields(times, hazard, asked),
        }
    }

    /// Fields after the hazard has changed at some nodes, in order, byte for byte as if spread anew.
    pub(crate) fn fields_after(
        &self,
        known: Fields,
        times: &Times,
        changes: &[(u32, u32)],
    ) -> Fields {
        if changes.len() <= known.hazard.len() / REPAIR_SHARE {
            return self.repaired(known, times, changes);
        }
        let Fields { mut hazard, key_max, .. } = known;
        for (node, now) in changes {
            hazard[*node as usize] = (*now).min(HAZARD_MAX);
        }
        self.fields_up_to((times, &times.tolls), hazard, key_max)
    }

    fn repaired(&self, mut fields: Fields, times: &Times, changes: &[(u32, u32)]) -> Fields {
        let changed = Changed::made(&mut fields.hazard, changes);
        let Fields { hazard: now, forward, backward, key_max } = &mut fields;
        let [ahead, back] = self.spreads((times, &times.tolls), now, *key_max);
        rayon::join(
            || ahead.repair::<TILE_ROWS, TILE_COLS>(&changed, forward),
            || back.repair::<TILE_ROWS, TILE_COLS>(&changed, backward),
        );
        fields
    }

    /// The forward and the backward field.
    fn spreads<'a>(
        &'a self,
        (times, tolls): (&'a Times, &'a Tolls),
        hazard: &'a [u32],
        key_max: u64,
    ) -> [Spread<'a>; 2] {
        let (way, side) = (Way::Onward, Side::Far);
        let seeds = &self.from_far;
        let forward = Spread { net: self, seeds, times, tolls, way, hazard, key_max, side };
        let (way, side) = (Way::Back, Side::Both);
        let backward = Spread { seeds: &self.from_near, way, side, ..forward };
        [forward, backward]
    }

    /// The least-detected crossing through each stretch; `None` where no way leads through it, or none that is asked for.
    pub(crate) fn least_detected(
        &self,
        times: &Times,
        fields: &Fields,
        asked: Asked<'_>,
    ) -> Vec<Option<LeastDetected>> {
        self.least_under((times, &times.tolls), fields, asked)
    }

    fn least_under(
        &self,
        of: (&Times, &Tolls),
        fields: &Fields,
        asked: Asked<'_>,
    ) -> Vec<Option<LeastDetected>> {
        let least = |(stretch, ways): (usize, &Vec<u32>)| {
            let keys = ways.iter().filter(|_| asked.holds(stretch)).filter_map(|&way_over| {
                let way = &self.ways_over[way_over as usize];
                let before = fields.forward[way.far as usize];
                let after = fields.backward[way.near as usize];
                if before == UNREACHED || after == UNREACHED {
                    return None;
                }
                let over = self.way_over_key(of, &fields.hazard, way_over)?;
                Some(LeastDetected { key: before + over + after, way_over })
            });
            keys.min_by_key(|least| least.key).filter(|least| least.key <= asked.key_max())
        };
        self.by_stretch.iter().enumerate().map(least).collect()
    }

    fn way_over_key(
        &self,
        (times, tolls): (&Times, &Tolls),
        hazard: &[u32],
        way_over: u32,
    ) -> Option<u64> {
        let way = &self.ways_over[way_over as usize];
        let step = (way.far, usize::from(way.step));
        let step = self.step_key((times, tolls), hazard, step)?;
        let at = |node: u32| hazard[node as usize].min(HAZARD_MAX);
        let mean = u32::midpoint(at(way.far), at(way.near));
        let charge = tolls.over(way_over);
        Some(step + key_of(mean, charge.ticks()) + (charge.cost() << TIME_BITS))
    }

    /// Cost and time of one step in one key, cost first; `None` where none leads.
    fn step_key(
        &self,
        (times, tolls): (&Times, &Tolls),
        hazard: &[u32],
        (node, step): (u32, usize),
    ) -> Option<u64> {
        let to = self.next(node, step)?;
        let ticks = Some(times.of(self, (node, step))).filter(|ticks| *ticks > 0)?;
        let at = |node: u32| hazard[node as usize].min(HAZARD_MAX);
        let mean = match PASSED.get(step.wrapping_sub(8)) {
            None => u32::midpoint(at(node), at(to)),
            Some((first, second)) => {
                let passed = |step: usize| self.next(node, step).map_or(0, at);
                (at(node) + at(to) + passed(*first) + passed(*second)) / 4
            }
        };
        let tolled = if ticks == TOLLED { tolls.of(node, step) } else { None };
        match tolled {
            // On the way and held up by barriers at the hazard that is there, and noticed by them.
            Some(tolled) => {
                Some(key_of(mean, tolled.ticks()) + (tolled.charge.cost() << TIME_BITS))
            }
            None => Some(key_of(mean, u32::from(ticks))),
        }
    }
}

fn held(hazard: &Hazard) -> Vec<u32> {
    hazard.par_iter().map(|hazard| (*hazard).min(HAZARD_MAX)).collect()
}

/// The key of some time spent at a hazard.
#[inline]
fn key_of(hazard: u32, ticks: u32) -> u64 {
    let cost = (u64::from(hazard) * u64::from(ticks)).min(STEP_COST_MAX);
    (cost << TIME_BITS) + u64::from(ticks)
}

/// The key after a step. Beyond the longest time a step counts as one tick, so that keys keep their order.
#[inline]
fn after(key: u64, step: u64) -> u64 {
    const TIME: u64 = (1 << TIME_BITS) - 1;
    let there = key.saturating_add(step);
    if there & TIME <= FIELD_TICKS_MAX || there == UNREACHED {
        return there;
    }
    let counted = (key & TIME).max(FIELD_TICKS_MAX) + 1;
    there & !TIME | counted.min(TICKS_TOP)
}

#[cfg(test)]
mod tests;
