//! Tiles without any hazard: all keys that count have one cost, and times alone are worked out, in half the room.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use super::super::kernel::{EAST, Rows, STEPS_FROM, WEST, beyond, chunk};
use super::super::spread::{Side, Spread};
use super::super::tiles::{Kind, REACH};
use super::super::{TIME_BITS, UNREACHED};
use super::prices::{ALL, ALONG, PART_OF_SIDE};
use super::rows::{Seen, Waiting, ahead, next, up_to};
use super::{Bits, Ground, LATE, MARGIN, NearRow, Patch, TIME, Work};
use crate::lanes::Lanes;

/// The time of what is not reached at the least cost; no sum of it and a step overflows.
const NEVER: u32 = 1 << 30;
#[expect(clippy::cast_possible_truncation, reason = "a time has 24 bits")]
const LATE_TICKS: u32 = LATE as u32;

/// What is known of the keys at hand.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Costs {
    /// Their least cost.
    least: u64,
    /// Some key costs more.
    differ: bool,
    /// Times alone do not tell: some key costs less, or takes too long.
    are_mixed: bool,
}

impl<const R: usize, const C: usize> Patch<R, C> {
    /// Does what is to be done in a tile without hazard; tells which rows have changed, or nothing where it takes more than
    /// times to tell.
    #[inline(always)]
    pub(super) fn work_quietly<L: Lanes>(
        &mut self,
        ground: Ground<'_, L>,
        (work, rows): (Work, u64),
    ) -> Option<u64> {
        self.costs = self.least_cost(ground, rows)?;
        let changed = match work {
            Work::Lower => self.lower_times(ground, rows)?,
            Work::Forget => self.forget_times(ground, rows)?,
        };
        let is_unsure = work == Work::Lower && self.costs.differ && !self.is_all_reached();
        if is_unsure || self.has_late_times(changed) {
            return None;
        }
        for row in Bits(changed) {
            let at = Self::at(row);
            for (key, time) in self.keys[at..at + C].iter_mut().zip(&self.times[at..at + C]) {
                let told = self.costs.least << TIME_BITS | u64::from(*time);
                *key = if *time == NEVER { UNREACHED } else { told };
            }
        }
        Some(changed)
    }

    /// The least cost around rows; nothing where none is reached or keys that are not followed may come up.
    #[inline(always)]
    fn least_cost<L: Lanes>(&self, ground: Ground<'_, L>, rows: u64) -> Option<Costs> {
        let around = u128::from(rows);
        let around = around | around << 1 | around << 2 | around << 3 | around << 4;
        let mut least = UNREACHED;
        for (row, near) in self.rows.iter().enumerate() {
            if around >> row & 1 == 1 {
                for key in &ground.known[near.node..near.node + (near.until - near.from)] {
                    least = least.min(*key);
                }
            }
        }
        let least = least >> TIME_BITS;
        let is_followed = least < ground.spread.key_max >> TIME_BITS;
        is_followed.then_some(Costs { least, differ: false, are_mixed: false })
    }

    /// Whether there is any hazard, barrier or shut node within reach.
    #[inline(always)]
    pub(super) fn kind(&self, spread: &Spread<'_>) -> Kind {
        for (row, near) in self.rows.iter().enumerate() {
            let nodes = near.nodes(MARGIN - REACH..MARGIN + C + REACH);
            let mut hazard = 0;
            for each in &spread.hazard[nodes.clone()] {
                hazard |= *each;
            }
            if hazard != 0 || spread.tolls.are_any_from(nodes) {
                return Kind::Other;
            }
            let is_within = (REACH..R + REACH).contains(&row);
            if spread.side == Side::Far && is_within {
                let own = near.nodes(MARGIN..MARGIN + C);
                if !spread.net.is_far[own].iter().all(|is_far| *is_far) {
                    return Kind::Other;
                }
            }
        }
        Kind::Quiet
    }

    /// Brings the times of a row and of those within reach; nothing where times alone do not tell.
    #[inline(always)]
    fn load_times_around<L: Lanes>(&mut self, ground: Ground<'_, L>, row: usize) -> Option<()> {
        let wanted = 0b1_1111_u128 << row;
        if self.loaded & wanted != wanted {
            for near in row..=row + 2 * REACH {
                self.load_times(ground, near);
            }
        }
        (!self.costs.are_mixed).then_some(())
    }

    /// Brings the times of a row, of those keys that have the least cost.
    #[inline(always)]
    fn load_times<L: Lanes>(&mut self, ground: Ground<'_, L>, row: usize) {
        if self.loaded >> row & 1 == 1 {
            return;
        }
        self.loaded |= 1 << row;
        let NearRow { from, until, node, .. } = self.rows[row];
        let least = self.costs.least;
        let times = &mut self.times[row * Self::STRIDE..(row + 1) * Self::STRIDE];
        times[..from].fill(NEVER);
        times[until..].fill(NEVER);
        let (mut is_less, mut is_more, mut is_late) = (false, false, false);
        let known = &ground.known[node..node + (until - from)];
        for (time, key) in times[from..until].iter_mut().zip(known) {
            let cost = key >> TIME_BITS;
            let of_key = (key & TIME) as u32;
            *time = if cost == least { of_key } else { NEVER };
            is_less |= cost < least;
            is_more |= cost > least && *key != UNREACHED;
            is_late |= cost == least && of_key > LATE_TICKS;
        }
        self.costs.differ |= is_more;
        self.costs.are_mixed |= is_less || is_late;
    }

    /// Lowers times as keys are lowered.
    #[inline(always)]
    fn lower_times<L: Lanes>(&mut self, ground: Ground<'_, L>, rows: u64) -> Option<u64> {
        let mut waiting = Waiting { sides: [rows, rows], fresh: rows, changed: 0 };
        while waiting.sides != [0, 0] {
            for side in [Rows::Above, Rows::Below] {
                let mut passed = 0;
                while let Some(row) = next(waiting.sides[side as usize] & !passed, side) {
                    passed |= up_to(row, side);
                    self.lower_row_times(ground, (row, side), &mut waiting)?;
                }
            }
        }
        Some(waiting.changed)
    }

    #[inline(always)]
    fn lower_row_times<L: Lanes>(
        &mut self,
        ground: Ground<'_, L>,
        (row, side): (usize, Rows),
        waiting: &mut Waiting,
    ) -> Option<()> {
        let seen = waiting.take(row, side);
        self.load_times_around(ground, row)?;
        self.fetch_times(ground, (row, side));
        let known: [u32; C] = *chunk(&self.times, Self::at(row));
        let mut times = known;
        self.pull_times(ground.spread, (row, side), &mut times);
        if seen == Seen::Fresh || times != known {
            self.pass_times(ground.spread, row, &mut times);
        }
        if times != known {
            self.times[Self::at(row)..][..C].copy_from_slice(&times);
            waiting.change(row, R);
        }
        Some(())
    }

    /// Asks for the ticks of the row that comes next.
    #[inline(always)]
    fn fetch_times<L: Lanes>(&mut self, ground: Ground<'_, L>, (row, side): (usize, Rows)) {
        let parts = PART_OF_SIDE[side as usize] | ALONG;
        if parts & !self.priced[row] != 0 {
            self.fetch(ground, (ahead(row, side), side));
            self.priced[row] |= parts;
        }
    }

    #[inline(always)]
    fn pull_times(&self, spread: &Spread<'_>, (row, side): (usize, Rows), into: &mut [u32; C]) {
        let mut room = [0; C];
        for step in STEPS_FROM[side as usize] {
            let ticks = self.ticks_in(spread, (row, step), &mut room);
            let from: &[u32; C] = chunk(&self.times, beyond(Self::at(row), step, Self::STRIDE));
            for ((into, from), ticks) in into.iter_mut().zip(from).zip(ticks) {
                *into = after(*from, *ticks).min(*into);
            }
        }
    }

    /// Lowers times to what ways along the row give.
    #[inline(always)]
    fn pass_times(&self, spread: &Spread<'_>, row: usize, times: &mut [u32; C]) {
        let (mut room, mut room_too) = ([0; C], [0; C]);
        let west = self.ticks_in(spread, (row, WEST), &mut room);
        let east = self.ticks_in(spread, (row, EAST), &mut room_too);
        let at = Self::at(row);
        let ends = [self.times[at - 1], self.times[at + C]];
        let beside = beside(ends, times);
        let mut is_lowered = false;
        for (col, time) in times.iter().enumerate() {
            is_lowered |= along(&beside, [west, east], col) < *time;
        }
        if !is_lowered {
            return;
        }
        let [mut eastward, mut westward] = ends;
        let (mut there, mut back) = ([0; C], [0; C]);
        for col in 0..C {
            eastward = after(eastward, west[col]).min(times[col]);
            there[col] = eastward;
            let col = C - 1 - col;
            westward = after(westward, east[col]).min(times[col]);
            back[col] = westward;
        }
        for ((time, there), back) in times.iter_mut().zip(there).zip(back) {
            *time = there.min(back);
        }
    }

    /// Forgets times as keys are forgotten.
    #[inline(always)]
    fn forget_times<L: Lanes>(&mut self, ground: Ground<'_, L>, rows: u64) -> Option<u64> {
        let mut waiting = Waiting { sides: [rows, 0], fresh: 0, changed: 0 };
        while waiting.sides != [0, 0] {
            for side in [Rows::Above, Rows::Below] {
                let mut passed = 0;
                while let Some(row) = next(waiting.either() & !passed, side) {
                    passed |= up_to(row, side);
                    waiting.take_both(row);
                    self.forget_row_times(ground, row, &mut waiting)?;
                }
            }
        }
        Some(waiting.changed)
    }

    #[inline(always)]
    fn forget_row_times<L: Lanes>(
        &mut self,
        ground: Ground<'_, L>,
        row: usize,
        waiting: &mut Waiting,
    ) -> Option<()> {
        self.load_times_around(ground, row)?;
        if self.has_other_costs(ground.known, row) {
            return None;
        }
        let known: [u32; C] = *chunk(&self.times, Self::at(row));
        if known == [NEVER; C] {
            return Some(());
        }
        if ALL & !self.priced[row] != 0 {
            self.fetch(ground, (row + 1, Rows::Above));
            self.priced[row] |= ALL;
        }
        let mut times = known;
        self.forget_unborne(ground.spread, row, &mut times);
        if times != known {
            self.times[Self::at(row)..][..C].copy_from_slice(&times);
            waiting.change(row, R);
        }
        Some(())
    }

    /// Forgets times of a row that no step bears any more.
    #[inline(always)]
    fn forget_unborne(&self, spread: &Spread<'_>, row: usize, times: &mut [u32; C]) {
        let has_seeds = self.costs.least == 0;
        let mut borne = [NEVER; C];
        self.pull_times(spread, (row, Rows::Above), &mut borne);
        self.pull_times(spread, (row, Rows::Below), &mut borne);
        let mut are_borne = true;
        for (time, borne) in times.iter().zip(&borne) {
            are_borne &= borne <= time;
        }
        if are_borne {
            return;
        }
        let (mut room, mut room_too) = ([0; C], [0; C]);
        let west = self.ticks_in(spread, (row, WEST), &mut room);
        let east = self.ticks_in(spread, (row, EAST), &mut room_too);
        let at = Self::at(row);
        let ends = [self.times[at - 1], self.times[at + C]];
        let mut forgotten = true;
        while forgotten {
            let beside = beside(ends, times);
            forgotten = false;
            for (col, (time, borne)) in times.iter_mut().zip(&borne).enumerate() {
                let borne = along(&beside, [west, east], col).min(*borne);
                let is_gone = borne > *time && !(has_seeds && *time == 0);
                *time = if is_gone { NEVER } else { *time };
                forgotten |= is_gone;
            }
        }
    }

    /// Some key of a row costs more than the least.
    #[inline(always)]
    fn has_other_costs(&self, known: &[u64], row: usize) -> bool {
        self.costs.differ
            && self.nodes(row).any(|(node, _)| {
                let key = known[node as usize];
                key != UNREACHED && key >> TIME_BITS != self.costs.least
            })
    }

    /// Every node of the tile that is at hand is reached at the least cost.
    #[inline(always)]
    fn is_all_reached(&self) -> bool {
        (0..R).filter(|row| self.loaded >> (row + REACH) & 1 == 1).all(|row| {
            let times = &self.times[Self::at(row)..][..C];
            self.nodes(row).all(|(_, col)| times[col] != NEVER)
        })
    }

    #[inline(always)]
    fn has_late_times(&self, rows: u64) -> bool {
        let mut is_late = false;
        for row in Bits(rows) {
            for time in &self.times[Self::at(row)..][..C] {
                is_late |= *time > LATE_TICKS && *time != NEVER;
            }
        }
        is_late
    }
}

/// The time after a step; no ticks are no way.
#[inline(always)]
fn after(time: u32, ticks: u16) -> u32 {
    if ticks == 0 { NEVER } else { time + u32::from(ticks) }
}

#[inline(always)]
fn beside<const C: usize>([west, east]: [u32; 2], times: &[u32; C]) -> [[u32; C]; 2] {
    let (mut before, mut behind) = ([west; C], [east; C]);
    before[1..].copy_from_slice(&times[..C - 1]);
    behind[..C - 1].copy_from_slice(&times[1..]);
    [before, behind]
}

#[inline(always)]
fn along<const C: usize>(
    [before, behind]: &[[u32; C]; 2],
    [west, east]: [&[u16; C]; 2],
    col: usize,
) -> u32 {
    after(before[col], west[col]).min(after(behind[col], east[col]))
}
