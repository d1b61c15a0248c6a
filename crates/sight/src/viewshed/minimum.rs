//! The least height above ground at which a target is seen, for every cell.

use crate::terrain::{Cell, Grid, VOID};

use super::wedge::{Facing, Turned, Wedge};
use super::{Disc, Request, skyline};

/// Least heights above ground of a window of a grid, so that person, vehicle and drone are one
/// comparison each.
#[derive(Debug, Clone, PartialEq)]
pub struct MinimumHeights {
    pub first_row: usize,
    pub first_col: usize,
    pub rows: usize,
    pub cols: usize,
    metres: Vec<f32>,
}

impl MinimumHeights {
    /// No cell at all.
    pub(super) fn nothing() -> Self {
        Self { first_row: 0, first_col: 0, rows: 0, cols: 0, metres: Vec::new() }
    }

    pub(super) fn of(disc: &Disc) -> Self {
        let (rows, cols) = (disc.rows(), disc.cols());
        Self {
            first_row: disc.first_row(),
            first_col: disc.first_col(),
            rows,
            cols,
            metres: vec![f32::NAN; rows * cols],
        }
    }

    /// Metres above the ground of a cell from which on a target is seen; `None` for a void and
    /// outside the radius.
    pub fn at(&self, cell: Cell) -> Option<f32> {
        let row = cell.row.checked_sub(self.first_row).filter(|&row| row < self.rows)?;
        let col = cell.col.checked_sub(self.first_col).filter(|&col| col < self.cols)?;
        Some(self.metres[row * self.cols + col]).filter(|metres| !metres.is_nan())
    }

    /// The window row-major, `rows * cols`; NaN for voids and outside the radius.
    pub fn raster(&self) -> &[f32] {
        &self.metres
    }

    pub(super) fn set(&mut self, cell: Cell, metres: f64) {
        let at = (cell.row - self.first_row) * self.cols + cell.col - self.first_col;
        #[expect(clippy::cast_possible_truncation, reason = "seven digits of a height are plenty")]
        let metres = metres as f32;
        self.metres[at] = metres;
    }
}

/// Computes least heights over the disc of a request, whose target height and kernel do not count.
///
/// What [`super::r3`] sees at some target height is what has a least height no greater, but for
/// rounding: the sweep is in f64 and kept as f32. No cell at all when the request is refused.
pub fn minimum_heights(grid: &Grid, request: &Request) -> MinimumHeights {
    let Ok(disc) = Disc::new(grid, request) else { return MinimumHeights::nothing() };
    let turned = Turned::window(grid, &disc);
    let mut heights = MinimumHeights::of(&disc);
    heights.set(disc.observer(), 0.0);
    for facing in [Facing::North, Facing::South, Facing::West, Facing::East] {
        let wedge = Wedge::new(facing, grid, &turned, &disc);
        skyline::sweep(&disc, &wedge, |axial, first, posts_m, over_m| {
            let posts = posts_m.iter().zip(over_m).zip(first..);
            for ((_, over_m), lateral) in posts.filter(|((post_m, _), _)| **post_m != VOID) {
                heights.set(wedge.cell(axial, lateral), (-over_m).max(0.0));
            }
        });
    }
    heights
}
