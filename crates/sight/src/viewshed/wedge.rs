//! The four wedges around an observer: strips of posts across an axis, nearest first.

use rayon::prelude::*;

use crate::pages::Pages;
use crate::terrain::{Cell, Grid, VOID};

use super::Disc;

/// A window of a grid with rows and columns exchanged, so that a column is contiguous.
#[derive(Debug)]
pub(super) struct Turned {
    first_row: usize,
    first_col: usize,
    rows: usize,
    posts_m: Pages<i16>,
    /// The whole grid once more as it lies, if it is to be looked at again and again.
    upright_m: Option<Pages<i16>>,
    /// Columns that hold a void.
    has_void: Vec<bool>,
}

impl Turned {
    /// Turns the window of a disc.
    pub(super) fn window(grid: &Grid, disc: &Disc) -> Self {
        Self::of(grid, (disc.first_row(), disc.first_col()), (disc.rows(), disc.cols()))
    }

    /// Turns a whole grid.
    pub(super) fn whole(grid: &Grid) -> Self {
        let upright_m = Some(Pages::copied(&grid.posts_m));
        Self { upright_m, ..Self::of(grid, (0, 0), (grid.height, grid.width)) }
    }

    fn of(
        grid: &Grid,
        (first_row, first_col): (usize, usize),
        (rows, cols): (usize, usize),
    ) -> Self {
        let mut posts_m = Pages::zeroed(rows * cols);
        // Blocks of columns keep both sides of the copy in the cache.
        posts_m.par_chunks_mut(rows.max(1) * TURN_COLS).enumerate().for_each(|(block, turned)| {
            let cols = turned.len() / rows;
            for row in 0..rows {
                let start = (first_row + row) * grid.width + first_col + block * TURN_COLS;
                for (col, &post_m) in grid.posts_m[start..start + cols].iter().enumerate() {
                    turned[col * rows + row] = post_m;
                }
            }
        });
        // Counting has no way out of its loop, so that it runs over many posts at once.
        let has_void = |col: &[i16]| col.iter().filter(|post_m| **post_m == VOID).count() > 0;
        let has_void = posts_m.par_chunks(rows.max(1)).map(has_void).collect();
        Self { first_row, first_col, rows, posts_m, upright_m: None, has_void }
    }

    /// Whether a column of the disc's window may hold a void.
    fn may_hold_voids(&self, disc: &Disc) -> bool {
        let first = disc.first_col() - self.first_col;
        self.has_void[first..first + disc.cols()].contains(&true)
    }
}

/// Columns turned at a time.
const TURN_COLS: usize = 32;

/// How many strips ahead posts are asked for: rows lie too far apart for the processor to guess.
const FETCH_AHEAD: usize = 6;

/// A quarter of the disc: the cells that lie at least as far along its axis as across it.
pub(super) struct Wedge<'a> {
    pub(super) facing: Facing,
    observer: Cell,
    posts_m: &'a [i16],
    /// Index of the observer's post, and index steps per axial step.
    origin: usize,
    axial_stride: isize,
    /// First and last lateral offset inside the disc, for axial step 1 and up.
    spans: Vec<(isize, isize)>,
    /// Squared metres per axial and per lateral step.
    pub(super) axial_m2: f64,
    pub(super) lateral_m2: f64,
    pub(super) may_hold_voids: bool,
}

/// The way a wedge's axis points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Facing {
    North,
    South,
    West,
    East,
}

impl<'a> Wedge<'a> {
    pub(super) fn new(facing: Facing, grid: &'a Grid, turned: &'a Turned, disc: &Disc) -> Self {
        let observer = disc.observer();
        let (row_m2, col_m2) = disc.spacing_m2();
        let upright = matches!(facing, Facing::North | Facing::South);
        let (posts_m, stride, origin) = if upright {
            (
                turned.upright_m.as_deref().unwrap_or(&grid.posts_m),
                grid.width,
                observer.row * grid.width + observer.col,
            )
        } else {
            let (row, col) = (observer.row - turned.first_row, observer.col - turned.first_col);
            (&turned.posts_m[..], turned.rows, col * turned.rows + row)
        };
        let (across, axial_m2, lateral_m2) =
            if upright { (observer.col, row_m2, col_m2) } else { (observer.row, col_m2, row_m2) };
        let outwards = matches!(facing, Facing::South | Facing::East);
        let stride = stride.cast_signed();
        Self {
            facing,
            observer,
            posts_m,
            origin,
            axial_stride: if outwards { stride } else { -stride },
            spans: lateral_spans(facing, disc, across),
            axial_m2,
            lateral_m2,
            may_hold_voids: turned.may_hold_voids(disc),
        }
    }

    /// Whether rows (or columns) grow along the axis.
    pub(super) fn faces_outwards(&self) -> bool {
        matches!(self.facing, Facing::South | Facing::East)
    }

    /// How many strips there are.
    pub(super) fn depth(&self) -> usize {
        self.spans.len()
    }

    /// The lateral offsets of the first and the last post of a strip.
    pub(super) fn span(&self, axial: usize) -> (isize, isize) {
        self.spans[axial - 1]
    }

    /// So many posts at an axial step from a lateral offset on, whatever strip they are of; none
    /// where the grid ends before.
    pub(super) fn posts(&self, axial: usize, start: isize, count: usize) -> Option<&'a [i16]> {
        let middle = self.origin.strict_add_signed(axial.cast_signed() * self.axial_stride);
        let start = middle.checked_add_signed(start)?;
        self.posts_m.get(start..start + count)
    }

    /// The lateral offset of the first post of a strip, and its posts.
    pub(super) fn strip(&self, axial: usize) -> (isize, &'a [i16]) {
        let (first, last) = self.spans[axial - 1];
        let middle = self.origin.strict_add_signed(axial.cast_signed() * self.axial_stride);
        let start = middle.strict_add_signed(first);
        (first, &self.posts_m[start..=middle.strict_add_signed(last)])
    }

    /// The posts of a strip soon to come, empty beyond the last.
    pub(super) fn ahead(&self, axial: usize) -> &'a [i16] {
        let soon = axial + FETCH_AHEAD;
        if soon <= self.depth() { self.strip(soon).1 } else { &[] }
    }

    /// The grid's cell at an axial and a lateral offset.
    pub(super) fn cell(&self, axial: usize, lateral: isize) -> Cell {
        let Cell { row, col } = self.observer;
        match self.facing {
            Facing::North => Cell { row: row - axial, col: col.strict_add_signed(lateral) },
            Facing::South => Cell { row: row + axial, col: col.strict_add_signed(lateral) },
            Facing::West => Cell { row: row.strict_add_signed(lateral), col: col - axial },
            Facing::East => Cell { row: row.strict_add_signed(lateral), col: col + axial },
        }
    }
}

/// The lateral offsets of each strip: inside the disc and inside the wedge.
fn lateral_spans(facing: Facing, disc: &Disc, across: usize) -> Vec<(isize, isize)> {
    let Cell { row, col } = disc.observer();
    let (row, col) = (row - disc.first_row(), col - disc.first_col());
    let clip = |(axial, &(start, end)): (usize, &(usize, usize))| {
        let reach = (axial + 1).cast_signed();
        let offset = |at: usize| at.cast_signed() - across.cast_signed();
        let clipped = (offset(start).max(-reach), (offset(end) - 1).min(reach));
        (start < end).then_some(clipped)
    };
    let outwards: Vec<_> = match facing {
        Facing::North => disc.spans()[..row].iter().rev().enumerate().map_while(clip).collect(),
        Facing::South => disc.spans()[row + 1..].iter().enumerate().map_while(clip).collect(),
        Facing::West => disc.col_spans()[..col].iter().rev().enumerate().map_while(clip).collect(),
        Facing::East => disc.col_spans()[col + 1..].iter().enumerate().map_while(clip).collect(),
    };
    outwards
}
