//! Tiles of the ground: which of them have work to do, and which comes next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::Layout;

/// No step leads further than so many rows or columns.
pub(super) const REACH: usize = 2;

/// How the ground is cut into tiles of so many rows and columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tiling {
    tile_rows: usize,
    tile_cols: usize,
    /// Tiles side by side.
    across: usize,
    count: usize,
}

/// Nodes of one row whose keys, or whose steps, have changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChangedRow {
    pub(super) row: usize,
    pub(super) first_col: usize,
    pub(super) last_col: usize,
    /// The least key that has to do with it: what waits longest to be told.
    pub(super) least: u64,
}

/// Work on one tile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Task {
    pub(super) tile: usize,
    /// Rows of the tile to look at, one bit each.
    pub(super) rows: u64,
    /// If it is known.
    pub(super) ground: Option<Kind>,
}

/// What the ground of a tile and around it is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// There is nothing but time.
    Quiet,
    /// There is hazard, or there are barriers or shut nodes.
    Other,
}

/// Tiles that wait for work, those with the least keys first: keys further on then mostly are right at once.
pub(super) struct Front {
    tiling: Tiling,
    /// Rows to look at, by tile.
    rows: Vec<u64>,
    /// The ground by tile, as far as it is known.
    kinds: Vec<Option<Kind>>,
    /// Least key of what waits, by tile.
    least: Vec<u64>,
    heap: BinaryHeap<Reverse<(u64, usize)>>,
}

impl Tiling {
    /// Tiles have at most 64 rows.
    pub(super) fn new(layout: &Layout, (tile_rows, tile_cols): (usize, usize)) -> Self {
        let (rows, cols) = layout.size();
        let across = cols.div_ceil(tile_cols);
        Self { tile_rows, tile_cols, across, count: rows.div_ceil(tile_rows) * across }
    }

    /// How many tiles there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// First row and first column of a tile.
    pub(super) fn corner(&self, tile: usize) -> (usize, usize) {
        (tile / self.across * self.tile_rows, tile % self.across * self.tile_cols)
    }

    /// The tile that a node lies in.
    pub(super) fn tile_at(&self, (row, col): (usize, usize)) -> usize {
        row / self.tile_rows * self.across + col / self.tile_cols
    }

    /// Tiles whose nodes are within reach of the changed ones, and the rows of theirs that are.
    fn within_reach(&self, changed: &ChangedRow) -> impl Iterator<Item = (usize, u64)> {
        let Self { tile_rows, tile_cols, across, count } = *self;
        let (first_row, last_row) = (changed.row.saturating_sub(REACH), changed.row + REACH);
        let down = first_row / tile_rows..=last_row / tile_rows;
        let first = changed.first_col.saturating_sub(REACH) / tile_cols;
        let last = ((changed.last_col + REACH) / tile_cols).min(across.saturating_sub(1));
        down.take_while(move |down| down * across < count).flat_map(move |down| {
            let top = down * tile_rows;
            let from = first_row.max(top) - top;
            let until = (last_row + 1).min(top + tile_rows) - top;
            let rows = u64::MAX >> (64 - (until - from)) << from;
            (first..=last).map(move |over| (down * across + over, rows))
        })
    }
}

impl Front {
    pub(super) fn new(tiling: Tiling) -> Self {
        Self {
            tiling,
            rows: vec![0; tiling.count],
            kinds: vec![None; tiling.count],
            least: vec![u64::MAX; tiling.count],
            heap: BinaryHeap::new(),
        }
    }

    /// Notes that nodes within reach of the changed ones are to be looked at; those of one tile, `but`, are not.
    pub(super) fn note(&mut self, changed: &ChangedRow, but: Option<usize>) {
        let tiling = self.tiling;
        for task in tiling.within_reach(changed).filter(|(tile, _)| Some(*tile) != but) {
            self.note_tile(task, changed.least);
        }
    }

    /// Notes that rows of a tile are to be looked at for some key's sake.
    pub(super) fn note_tile(&mut self, (tile, new): (usize, u64), key: u64) {
        let (rows, least) = (&mut self.rows[tile], &mut self.least[tile]);
        if *rows == 0 || key < *least {
            *least = key;
            self.heap.push(Reverse((key, tile)));
        }
        *rows |= new;
    }

    /// Learns what the ground of a tile is like.
    pub(super) fn learn(&mut self, tile: usize, kind: Option<Kind>) {
        self.kinds[tile] = kind;
    }

    /// Takes the tile that bears the least key.
    pub(super) fn take(&mut self) -> Option<Task> {
        while let Some(Reverse((least, tile))) = self.heap.pop() {
            let rows = &mut self.rows[tile];
            // Since it was put there a lesser key may have come, or the tile may have been taken.
            if *rows != 0 && self.least[tile] == least {
                let (rows, ground) = (std::mem::take(rows), self.kinds[tile]);
                return Some(Task { tile, rows, ground });
            }
        }
        None
    }
}
