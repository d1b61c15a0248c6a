//! What the steps into the rows of a tile add.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use super::super::kernel::{Rows, beyond, chunk};
use super::super::spread::{Side, Spread};
use super::super::tiles::REACH;
use super::super::{STEP_COST_MAX, TIME_BITS, TOLLED, UNREACHED};
use super::{Ground, MARGIN, Patch};
use crate::crossing::going::PASSED;
use crate::lanes::Lanes;

/// Bytes in a line of a processor's cache.
const LINE: usize = 64;
/// Parts of the steps into a row, one bit each: from rows above, from rows below, along it.
const PART_OF: [u8; 16] = [4, 2, 2, 2, 4, 1, 1, 1, 2, 2, 2, 2, 1, 1, 1, 1];
pub(super) const PART_OF_SIDE: [u8; 2] = [1, 2];
pub(super) const ALONG: u8 = 4;
pub(super) const ALL: u8 = 7;
/// Some steps cross barriers.
pub(super) const CROSS: u8 = 8;

impl<const R: usize, const C: usize> Patch<R, C> {
    /// Asks for what a row needs to be near when it is wanted, and for the row that is brought with it.
    #[inline(always)]
    pub(super) fn fetch<L: Lanes>(&self, ground: Ground<'_, L>, (row, side): (usize, Rows)) {
        if row >= R {
            return;
        }
        let Ground { lanes, spread, known } = ground;
        let brought = if side == Rows::Above { row + 2 * REACH } else { row };
        let near = &self.rows[brought];
        if self.loaded >> brought & 1 == 0 {
            for node in (near.node..near.node + (near.until - near.from)).step_by(LINE / 8) {
                lanes.fetch(known, node);
                lanes.fetch(spread.hazard, node);
            }
        }
        let missing = (PART_OF_SIDE[side as usize] | ALONG) & !self.priced[row];
        for (step, _) in PART_OF.iter().enumerate().filter(|(_, part)| *part & missing != 0) {
            let (row, step, _) = spread.way.row_and_step(row + REACH, step);
            let near = &self.rows[row];
            let first = near.ticks + step * near.width + MARGIN.saturating_sub(near.from);
            for at in (0..C).step_by(LINE / 2) {
                lanes.fetch(&spread.times.ticks, first + at);
            }
            lanes.fetch(&spread.times.ticks, first + C - 1);
        }
    }

    /// Works out what some parts of the steps into a row add.
    #[inline(always)]
    pub(super) fn price(&mut self, spread: &Spread<'_>, row: usize, parts: u8) {
        let missing = parts & !self.priced[row];
        let at = Self::at(row);
        let mut is_tolled = false;
        let mut room = [0; C];
        for (step, _) in PART_OF.iter().enumerate().filter(|(_, part)| *part & missing != 0) {
            let mean = self.mean(at, step);
            let ticks = self.ticks_in(spread, (row, step), &mut room);
            for ((key, ticks), mean) in self.steps[row][step].iter_mut().zip(ticks).zip(&mean) {
                let cost = (u64::from(*mean) * u64::from(*ticks)).min(STEP_COST_MAX);
                let there = (cost << TIME_BITS) + u64::from(*ticks);
                *key = if *ticks == 0 { UNREACHED } else { there };
                is_tolled |= *ticks == TOLLED;
            }
        }
        self.priced[row] |= missing;
        if is_tolled {
            self.priced[row] |= CROSS;
            self.charge(spread, row);
        }
        if spread.side == Side::Far {
            self.shut(spread, row);
        }
    }

    /// The mean hazard along each step of a row.
    #[inline(always)]
    fn mean(&self, at: usize, step: usize) -> [u32; C] {
        let hazard =
            |step: usize| -> &[u32; C] { chunk(&self.hazard, beyond(at, step, Self::STRIDE)) };
        let (here, there): (&[u32; C], _) = (chunk(&self.hazard, at), hazard(step));
        let mut mean = [0; C];
        match PASSED.get(step.wrapping_sub(8)) {
            None => {
                for ((mean, here), there) in mean.iter_mut().zip(here).zip(there) {
                    *mean = (here + there) / 2;
                }
            }
            Some((first, second)) => {
                let (first, second) = (hazard(*first), hazard(*second));
                for at in 0..C {
                    mean[at] = (here[at] + there[at] + first[at] + second[at]) / 4;
                }
            }
        }
        mean
    }

    /// Ticks of the step into each node of a row from the neighbour to which `step` leads.
    #[inline(always)]
    pub(super) fn ticks_in<'t>(
        &self,
        spread: &'t Spread<'_>,
        (row, step): (usize, usize),
        room: &'t mut [u16; C],
    ) -> &'t [u16; C] {
        let (row, step, aside) = spread.way.row_and_step(row + REACH, step);
        let near = &self.rows[row];
        let first = MARGIN.wrapping_add_signed(aside);
        let (from, until) = (near.from.max(first), near.until.min(first + C));
        let ticks = &spread.times.ticks[near.ticks + step * near.width..];
        if until.saturating_sub(from) == C {
            return chunk(ticks, first - near.from);
        }
        room.fill(0);
        if from < until {
            let known = &ticks[from - near.from..until - near.from];
            room[from - first..until - first].copy_from_slice(known);
        }
        room
    }

    /// Puts in what barriers charge.
    #[cold]
    #[inline(never)]
    fn charge(&mut self, spread: &Spread<'_>, row: usize) {
        for (node, col) in self.nodes(row) {
            for step in 0..16 {
                let is_tolled = spread.net.next(node, step).is_some_and(|from| {
                    spread.times.of(spread.net, spread.way.taken(node, step, from)) == TOLLED
                });
                if is_tolled && let Some(key) = spread.key_into(node, step) {
                    self.steps[row][step][col] = key;
                }
            }
        }
    }

    /// Shuts the steps into nodes that the field does not enter.
    #[inline(always)]
    fn shut(&mut self, spread: &Spread<'_>, row: usize) {
        let mut shut = [0; C];
        for (node, col) in self.nodes(row) {
            shut[col] = if spread.may_enter(node) { 0 } else { UNREACHED };
        }
        if shut != [0; C] {
            for keys in &mut self.steps[row] {
                keys.iter_mut().zip(&shut).for_each(|(key, shut)| *key |= shut);
            }
        }
    }
}
