//! One tile at hand: its keys and those around it, and what steps between them add.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

mod prices;
mod quiet;
mod rows;

use std::ops::Range;

use self::prices::CROSS;
use super::kernel::Around;
use super::spread::Spread;
use super::tiles::{ChangedRow, Kind, REACH, Task};
use super::{FIELD_TICKS_MAX, TIME_BITS, TOLLED, UNREACHED};
use crate::lanes::Lanes;

/// Times above it are near the longest that a field tells.
const LATE: u64 = FIELD_TICKS_MAX - TOLLED as u64;
const TIME: u64 = (1 << TIME_BITS) - 1;
/// Columns at hand on either side of a tile: no fewer than a step reaches.
const MARGIN: usize = 8;

/// What is done with the keys of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// They are lowered to the least that steps give.
    Lower,
    /// Those that no step bears any more are forgotten.
    Forget,
}

/// A row as far as it lies in the tile or near it.
#[derive(Debug, Clone, Copy, Default)]
struct NearRow {
    /// Columns with nodes, counted from the margin on.
    from: usize,
    until: usize,
    /// The node of the first.
    node: usize,
    /// Its place in the table of ticks, and how far it is from there to the next step's.
    ticks: usize,
    width: usize,
    /// Some key's time is near the longest.
    is_late: bool,
}

impl NearRow {
    /// The nodes in some of its columns.
    #[inline(always)]
    fn nodes(&self, cols: Range<usize>) -> Range<usize> {
        let from = cols.start.clamp(self.from, self.until);
        let until = cols.end.clamp(self.from, self.until);
        self.node + (from - self.from)..self.node + (until - self.from)
    }
}

/// What a tile is worked out from.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a, L> {
    pub(super) lanes: L,
    pub(super) spread: &'a Spread<'a>,
    /// Keys by node.
    pub(super) known: &'a [u64],
}

/// A tile of R rows and C columns.
pub(super) struct Patch<const R: usize, const C: usize> {
    /// Its rows and those within reach, each with its margins.
    keys: Vec<u64>,
    hazard: Vec<u32>,
    /// Times of the keys in a tile without hazard.
    times: Vec<u32>,
    costs: quiet::Costs,
    rows: Vec<NearRow>,
    /// Rows whose keys and hazard are here, one bit each.
    loaded: u128,
    /// What the step from each neighbour adds, by row of the tile.
    steps: Vec<[[u64; C]; 16]>,
    /// The parts of them that have been worked out.
    priced: Vec<u8>,
}

/// What work on a tile has changed.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) tile: usize,
    pub(super) ground: Option<Kind>,
    pub(super) rows: Vec<ChangedRow>,
    /// First node of each changed row in the tile, and how many follow.
    nodes: Vec<(usize, usize)>,
    /// Their new keys, one row after another.
    keys: Vec<u64>,
}

impl<const R: usize, const C: usize> Patch<R, C> {
    const STRIDE: usize = C + 2 * MARGIN;

    pub(super) fn new() -> Self {
        const { assert!(R <= 64 && REACH <= MARGIN) }
        let cells = (R + 2 * REACH) * Self::STRIDE;
        Self {
            keys: vec![UNREACHED; cells],
            hazard: vec![0; cells],
            times: vec![0; cells],
            costs: quiet::Costs::default(),
            rows: vec![NearRow::default(); R + 2 * REACH],
            loaded: 0,
            steps: vec![[[UNREACHED; C]; 16]; R],
            priced: vec![0; R],
        }
    }

    /// Does what is to be done in one tile and tells what has changed.
    #[inline(always)]
    pub(super) fn work<L: Lanes>(
        &mut self,
        (ground, work): (Ground<'_, L>, Work),
        (task, corner): (Task, (usize, usize)),
        outcome: &mut Outcome,
    ) {
        self.lay_out(ground.spread, corner);
        let kind = task.ground.unwrap_or_else(|| self.kind(ground.spread));
        outcome.ground = Some(kind);
        let quietly = match kind {
            Kind::Quiet => self.work_quietly(ground, (work, task.rows)),
            Kind::Other => None,
        };
        let changed = if let Some(changed) = quietly {
            changed
        } else {
            self.loaded = 0;
            self.priced.fill(0);
            match work {
                Work::Lower => self.lower(ground, task.rows),
                Work::Forget => self.forget(ground, task.rows),
            }
        };
        outcome.tile = task.tile;
        outcome.rows.clear();
        outcome.nodes.clear();
        outcome.keys.clear();
        for row in Bits(changed) {
            self.tell(row, corner, ground.known, outcome);
        }
    }

    /// Finds the rows of the tile and those around it; what they hold is brought when it is wanted.
    #[inline(always)]
    fn lay_out(&mut self, spread: &Spread<'_>, (top, left): (usize, usize)) {
        let runs = spread.net.layout.runs();
        for (row, near) in self.rows.iter_mut().enumerate() {
            *near = NearRow::default();
            let run = (top + row).checked_sub(REACH).and_then(|row| runs.get(row));
            let Some(run) = run else { continue };
            let first = run.first_col.max(left.saturating_sub(MARGIN));
            let end = run.end_col.min(left + C + MARGIN);
            if first < end {
                near.from = first + MARGIN - left;
                near.until = end + MARGIN - left;
                near.node = run.first + first - run.first_col;
                near.ticks = run.first_of_step(0) + first - run.first_col;
                near.width = run.nodes().len();
            }
        }
        self.loaded = 0;
        self.priced.fill(0);
    }

    /// Brings a row of the tile and those within reach of it.
    #[inline(always)]
    fn load_around<L: Lanes>(&mut self, ground: Ground<'_, L>, row: usize) {
        let wanted = 0b1_1111_u128 << row;
        if self.loaded & wanted != wanted {
            for near in row..=row + 2 * REACH {
                self.load(ground, near);
            }
        }
    }

    #[inline(always)]
    fn load<L: Lanes>(&mut self, ground: Ground<'_, L>, row: usize) {
        if self.loaded >> row & 1 == 1 {
            return;
        }
        self.loaded |= 1 << row;
        let NearRow { from, until, node, .. } = self.rows[row];
        let nodes = node..node + (until - from);
        let at = row * Self::STRIDE;
        let keys = &mut self.keys[at..at + Self::STRIDE];
        keys[..from].fill(UNREACHED);
        keys[from..until].copy_from_slice(&ground.known[nodes.clone()]);
        keys[until..].fill(UNREACHED);
        self.rows[row].is_late = is_late(keys);
        let hazard = &mut self.hazard[at..at + Self::STRIDE];
        hazard[..from].fill(0);
        hazard[from..until].copy_from_slice(&ground.spread.hazard[nodes]);
        hazard[until..].fill(0);
    }

    /// Where a row's first column lies.
    #[inline(always)]
    fn at(row: usize) -> usize {
        (row + REACH) * Self::STRIDE + MARGIN
    }

    #[inline(always)]
    fn around(&self, row: usize) -> Around<'_, C> {
        Around {
            keys: &self.keys,
            stride: Self::STRIDE,
            at: Self::at(row),
            steps: &self.steps[row],
        }
    }

    /// No time in the row or around it, and none that a step adds, comes near the longest.
    #[inline(always)]
    fn is_plain(&self, row: usize) -> bool {
        let near = &self.rows[row..=row + 2 * REACH];
        self.priced[row] & CROSS == 0 && near.iter().all(|near| !near.is_late)
    }

    #[inline(always)]
    fn store(&mut self, row: usize, keys: &[u64; C]) {
        self.keys[Self::at(row)..][..C].copy_from_slice(keys);
        let all = (row + REACH) * Self::STRIDE;
        self.rows[row + REACH].is_late = is_late(&self.keys[all..all + Self::STRIDE]);
    }

    /// The nodes of a row of the tile, and their columns there.
    #[inline(always)]
    fn nodes(&self, row: usize) -> impl Iterator<Item = (u32, usize)> + use<R, C> {
        let NearRow { from, until, node, .. } = self.rows[row + REACH];
        (from.max(MARGIN)..until.min(MARGIN + C))
            .map(move |col| (crate::crossing::net::index(node + col - from), col - MARGIN))
    }

    /// Tells what of a row has changed.
    #[inline(always)]
    fn tell(&self, row: usize, (top, left): (usize, usize), known: &[u64], outcome: &mut Outcome) {
        let NearRow { from, until, node, .. } = self.rows[row + REACH];
        let (from, until) = (from.max(MARGIN), until.min(MARGIN + C));
        let node = node + (from - self.rows[row + REACH].from);
        let at = (row + REACH) * Self::STRIDE;
        let now = &self.keys[at + from..at + until];
        let mut changed =
            ChangedRow { row: top + row, first_col: usize::MAX, last_col: 0, least: UNREACHED };
        for (at, (now, known)) in now.iter().zip(&known[node..]).enumerate() {
            if now != known {
                let col = left + from - MARGIN + at;
                changed.first_col = changed.first_col.min(col);
                changed.last_col = col;
                changed.least = changed.least.min(*now).min(*known);
            }
        }
        if changed.first_col < usize::MAX {
            outcome.rows.push(changed);
            outcome.nodes.push((node, now.len()));
            outcome.keys.extend_from_slice(now);
        }
    }
}

impl Outcome {
    /// Puts the new keys where they belong.
    pub(super) fn store(&self, keys: &mut [u64]) {
        let mut rest = &self.keys[..];
        for &(node, count) in &self.nodes {
            let (now, after) = rest.split_at(count);
            keys[node..node + count].copy_from_slice(now);
            rest = after;
        }
    }
}

/// Some key's time is near the longest that a field tells.
#[inline(always)]
fn is_late(keys: &[u64]) -> bool {
    let mut is_late = false;
    for key in keys {
        is_late |= key & TIME > LATE && *key != UNREACHED;
    }
    is_late
}

/// Numbers of the bits that are set.
struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let bit = self.0.trailing_zeros() as usize;
        self.0 &= self.0.checked_sub(1)?;
        Some(bit)
    }
}
