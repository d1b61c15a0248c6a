//! Rows of a tile one after another: keys lowered, and keys forgotten.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use super::super::UNREACHED;
use super::super::kernel::{Adding, Exact, Plain, Rows, chunk};
use super::prices::{ALL, ALONG, PART_OF_SIDE};
use super::{Ground, Patch, is_late};
use crate::lanes::Lanes;

/// Whether a row has neighbours in its own row, outside the tile or with other steps, that have not been asked yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Fresh,
    Known,
}

/// Rows of a tile that wait to take keys from rows above and from rows below, one bit each.
pub(super) struct Waiting {
    pub(super) sides: [u64; 2],
    pub(super) fresh: u64,
    pub(super) changed: u64,
}

impl<const R: usize, const C: usize> Patch<R, C> {
    /// Lowers keys row by row, down and up again, until nothing changes; tells which rows have changed.
    #[inline(always)]
    pub(super) fn lower<L: Lanes>(&mut self, ground: Ground<'_, L>, rows: u64) -> u64 {
        let mut waiting = Waiting { sides: [rows, rows], fresh: rows, changed: 0 };
        while waiting.sides != [0, 0] {
            for side in [Rows::Above, Rows::Below] {
                let mut passed = 0;
                while let Some(row) = next(waiting.sides[side as usize] & !passed, side) {
                    passed |= up_to(row, side);
                    self.lower_row(ground, (row, side), &mut waiting);
                }
            }
        }
        waiting.changed
    }

    /// Lowers the keys of a row to what rows on one side and ways along it give.
    #[inline(always)]
    fn lower_row<L: Lanes>(
        &mut self,
        ground: Ground<'_, L>,
        (row, side): (usize, Rows),
        waiting: &mut Waiting,
    ) {
        let seen = waiting.take(row, side);
        let parts = PART_OF_SIDE[side as usize] | ALONG;
        self.load_around(ground, row);
        if parts & !self.priced[row] != 0 {
            self.fetch(ground, (ahead(row, side), side));
            self.price(ground.spread, row, parts);
        }
        let known: [u64; C] = *chunk(&self.keys, Self::at(row));
        let mut keys = known;
        if self.is_plain(row) {
            self.lower_by(Plain, (row, side), seen, &mut keys);
        }
        if !self.is_plain(row) || is_late(&keys) {
            keys = known;
            self.lower_by(Exact, (row, side), seen, &mut keys);
        }
        for key in &mut keys {
            *key = if *key > ground.spread.key_max { UNREACHED } else { *key };
        }
        if keys != known {
            self.store(row, &keys);
            waiting.change(row, R);
        }
    }

    #[inline(always)]
    fn lower_by(
        &self,
        adding: impl Adding,
        (row, side): (usize, Rows),
        seen: Seen,
        keys: &mut [u64; C],
    ) {
        let around = self.around(row);
        let known = *keys;
        around.pull(adding, side, keys);
        if seen == Seen::Fresh || *keys != known {
            around.sweep_along(adding, keys);
        }
    }

    /// Forgets keys row by row until every key is borne; tells which rows have changed.
    #[inline(always)]
    pub(super) fn forget<L: Lanes>(&mut self, ground: Ground<'_, L>, rows: u64) -> u64 {
        let mut waiting = Waiting { sides: [rows, 0], fresh: 0, changed: 0 };
        while waiting.sides != [0, 0] {
            for side in [Rows::Above, Rows::Below] {
                let mut passed = 0;
                while let Some(row) = next(waiting.either() & !passed, side) {
                    passed |= up_to(row, side);
                    waiting.take_both(row);
                    self.forget_row(ground, row, &mut waiting);
                }
            }
        }
        waiting.changed
    }

    #[inline(always)]
    fn forget_row<L: Lanes>(&mut self, ground: Ground<'_, L>, row: usize, waiting: &mut Waiting) {
        self.load_around(ground, row);
        let known: [u64; C] = *chunk(&self.keys, Self::at(row));
        if known == [UNREACHED; C] {
            return;
        }
        if ALL & !self.priced[row] != 0 {
            self.fetch(ground, (row + 1, Rows::Above));
            self.price(ground.spread, row, ALL);
        }
        let mut keys = known;
        if self.is_plain(row) {
            self.forget_by(Plain, row, &mut keys);
        } else {
            self.forget_by(Exact, row, &mut keys);
        }
        if keys != known {
            self.store(row, &keys);
            waiting.change(row, R);
        }
    }

    #[inline(always)]
    fn forget_by(&self, adding: impl Adding, row: usize, keys: &mut [u64; C]) {
        let around = self.around(row);
        let mut borne = [UNREACHED; C];
        around.pull(adding, Rows::Above, &mut borne);
        around.pull(adding, Rows::Below, &mut borne);
        let mut are_borne = true;
        for (key, borne) in keys.iter().zip(&borne) {
            are_borne &= borne <= key || *key == 0;
        }
        if !are_borne {
            around.forget(adding, &borne, keys);
        }
    }
}

impl Waiting {
    #[inline(always)]
    pub(super) fn take(&mut self, row: usize, side: Rows) -> Seen {
        let seen = if self.fresh >> row & 1 == 1 { Seen::Fresh } else { Seen::Known };
        self.sides[side as usize] &= !(1 << row);
        self.fresh &= !(1 << row);
        seen
    }

    /// Rows that wait for either side.
    #[inline(always)]
    pub(super) fn either(&self) -> u64 {
        self.sides[0] | self.sides[1]
    }

    /// Takes a row that is to be held against both sides at once.
    #[inline(always)]
    pub(super) fn take_both(&mut self, row: usize) {
        self.sides = self.sides.map(|rows| rows & !(1 << row));
    }

    /// Rows below a changed one take from above again, and rows above it from below.
    #[inline(always)]
    pub(super) fn change(&mut self, row: usize, rows: usize) {
        let bit = 1_u64 << row;
        self.changed |= bit;
        self.sides[Rows::Above as usize] |= (bit << 1 | bit << 2) & u64::MAX >> (64 - rows);
        self.sides[Rows::Below as usize] |= bit >> 1 | bit >> 2;
    }
}

/// The next row of a sweep: downwards what takes from above, upwards what takes from below.
#[inline(always)]
pub(super) fn next(rows: u64, side: Rows) -> Option<usize> {
    (rows != 0).then(|| match side {
        Rows::Above => rows.trailing_zeros() as usize,
        Rows::Below => 63 - rows.leading_zeros() as usize,
    })
}

/// The next row in a sweep, whether or not there is one.
#[inline(always)]
pub(super) fn ahead(row: usize, side: Rows) -> usize {
    match side {
        Rows::Above => row + 1,
        Rows::Below => row.wrapping_sub(1),
    }
}

/// The row and those before it in a sweep.
#[inline(always)]
pub(super) fn up_to(row: usize, side: Rows) -> u64 {
    match side {
        Rows::Above => u64::MAX >> (63 - row),
        Rows::Below => u64::MAX << row,
    }
}
