//! Keys of one row out of those around it, in vectors where the processor has them.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use super::{UNREACHED, after};
use crate::crossing::going::STEPS;

/// The steps that lead in from the two rows above, and from the two below.
pub(super) const STEPS_FROM: [[usize; 7]; 2] = [[5, 6, 7, 12, 13, 14, 15], [1, 2, 3, 8, 9, 10, 11]];
/// The steps from the columns before and behind.
pub(super) const WEST: usize = 4;
pub(super) const EAST: usize = 0;

/// From where a row takes keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    Above,
    Below,
}

/// How a step is added to a key.
pub(super) trait Adding: Copy {
    fn after(self, key: u64, step: u64) -> u64;
}

/// As numbers: right while no time comes near the longest that is told.
#[derive(Clone, Copy)]
pub(super) struct Plain;

/// As [`after`] defines it.
#[derive(Clone, Copy)]
pub(super) struct Exact;

impl Adding for Plain {
    #[inline(always)]
    fn after(self, key: u64, step: u64) -> u64 {
        key.saturating_add(step)
    }
}

impl Adding for Exact {
    #[inline(always)]
    fn after(self, key: u64, step: u64) -> u64 {
        after(key, step)
    }
}

/// One row of a tile and what its keys depend on.
#[derive(Clone, Copy)]
pub(super) struct Around<'a, const C: usize> {
    /// Keys of the tile and of what surrounds it, row by row.
    pub(super) keys: &'a [u64],
    pub(super) stride: usize,
    /// The row's first column.
    pub(super) at: usize,
    /// What the steps add that lead in from each neighbour.
    pub(super) steps: &'a [[u64; C]; 16],
}

/// So many values from `at` on.
#[inline(always)]
pub(super) fn chunk<T, const C: usize>(values: &[T], at: usize) -> &[T; C] {
    values[at..].first_chunk().expect("a tile has a margin")
}

/// Where the neighbour lies to which a step leads.
#[inline(always)]
pub(super) fn beyond(at: usize, step: usize, stride: usize) -> usize {
    let (rows, cols) = STEPS[step];
    at.wrapping_add_signed(rows * stride.cast_signed() + cols)
}

impl<const C: usize> Around<'_, C> {
    /// Lowers keys to what the steps from rows on one side give.
    #[inline(always)]
    pub(super) fn pull(&self, adding: impl Adding, rows: Rows, into: &mut [u64; C]) {
        for step in STEPS_FROM[rows as usize] {
            let from: &[u64; C] = chunk(self.keys, beyond(self.at, step, self.stride));
            let more = &self.steps[step];
            for ((into, from), more) in into.iter_mut().zip(from).zip(more) {
                *into = adding.after(*from, *more).min(*into);
            }
        }
    }

    /// Lowers keys to what ways along the row give.
    ///
    /// Both directions by themselves: whoever turned round would be no better off.
    #[inline(always)]
    pub(super) fn sweep_along(&self, adding: impl Adding, keys: &mut [u64; C]) {
        let (west, east) = (&self.steps[WEST], &self.steps[EAST]);
        let beside = self.beside(keys);
        let mut is_lowered = false;
        for (at, key) in keys.iter().enumerate() {
            is_lowered |= self.along(adding, &beside, at) < *key;
        }
        if !is_lowered {
            return;
        }
        let (mut eastward, mut westward) = (self.keys[self.at - 1], self.keys[self.at + C]);
        let (mut there, mut back) = ([0; C], [0; C]);
        for at in 0..C {
            eastward = adding.after(eastward, west[at]).min(keys[at]);
            there[at] = eastward;
            let at = C - 1 - at;
            westward = adding.after(westward, east[at]).min(keys[at]);
            back[at] = westward;
        }
        for ((key, there), back) in keys.iter_mut().zip(there).zip(back) {
            *key = there.min(back);
        }
    }

    /// Forgets keys of the row that no step bears any more; `borne` are the keys that steps from other rows bear.
    ///
    /// A seed's key is 0 and needs no step. Each turn forgets at once what the last has left unborne.
    #[inline(always)]
    pub(super) fn forget(&self, adding: impl Adding, borne: &[u64; C], keys: &mut [u64; C]) {
        let mut forgotten = UNREACHED;
        while forgotten == UNREACHED {
            let beside = self.beside(keys);
            forgotten = 0;
            for (at, (key, borne)) in keys.iter_mut().zip(borne).enumerate() {
                let borne = self.along(adding, &beside, at).min(*borne);
                let gone = if borne > *key && *key != 0 { UNREACHED } else { 0 };
                *key |= gone;
                forgotten |= gone;
            }
        }
    }

    /// Keys of the columns before, and of those behind.
    #[inline(always)]
    fn beside(&self, keys: &[u64; C]) -> [[u64; C]; 2] {
        let (mut before, mut behind) = ([self.keys[self.at - 1]; C], [self.keys[self.at + C]; C]);
        before[1..].copy_from_slice(&keys[..C - 1]);
        behind[..C - 1].copy_from_slice(&keys[1..]);
        [before, behind]
    }

    /// What the steps from the columns before and behind give one of the row.
    #[inline(always)]
    fn along(&self, adding: impl Adding, [before, behind]: &[[u64; C]; 2], at: usize) -> u64 {
        let (west, east) = (&self.steps[WEST], &self.steps[EAST]);
        adding.after(before[at], west[at]).min(adding.after(behind[at], east[at]))
    }
}
