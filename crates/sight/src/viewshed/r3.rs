//! R3, the yardstick: every line of sight walked on its own, in f64.

use crate::terrain::{Cell, Grid, VOID};

use super::{Disc, Request, Visible, fill};

/// Computes visibility by walking the line of sight to every cell on its own.
///
/// Heights are lowered by curvature less refraction at each post. A line is sampled where it
/// crosses the rows (or columns) of its major axis, linear between the two posts there. A target
/// is visible when no sample stands higher in view than it; equality is visible. A sample that
/// touches a void hides nothing, a void cell is not visible, the nearest 8 cells are.
pub fn r3(grid: &Grid, request: &Request) -> Visible {
    let Ok(disc) = Disc::new(grid, request) else { return Visible::nothing() };
    let words = fill(&disc, |window_row, bits| {
        let row = disc.first_row() + window_row;
        let (start, end) = disc.spans()[window_row];
        for col in start..end {
            if sees(grid, &disc, Cell { row, col }) {
                let at = col - disc.first_col();
                bits[at / 64] |= 1 << (at % 64);
            }
        }
    });
    Visible::of(&disc, words)
}

/// Whether the observer of `disc` sees one cell.
pub(super) fn sees(grid: &Grid, disc: &Disc, target: Cell) -> bool {
    let Some(ground_m) = grid.post_m(target) else { return false };
    let line = Line::new(grid, disc, target);
    let rise_m = line.lowered(ground_m, line.major, line.minor) + disc.target_height_m();
    (1..line.major).all(|step| {
        line.sample(step)
            .is_none_or(|sample_m| sample_m * line.major as f64 <= rise_m * step as f64)
    })
}

/// The way from the observer to a target, in steps along its major axis.
struct Line<'a> {
    grid: &'a Grid,
    disc: &'a Disc,
    /// Index of the observer's post.
    origin: usize,
    /// Cells along the major and the minor axis.
    major: usize,
    minor: usize,
    /// Index steps of one cell along each.
    major_stride: isize,
    minor_stride: isize,
    rows_are_major: bool,
}

impl<'a> Line<'a> {
    fn new(grid: &'a Grid, disc: &'a Disc, target: Cell) -> Self {
        let from = disc.observer();
        let (rows, cols) = (target.row.abs_diff(from.row), target.col.abs_diff(from.col));
        let width = grid.width.cast_signed();
        let row_stride = if target.row < from.row { -width } else { width };
        let col_stride = if target.col < from.col { -1 } else { 1 };
        let rows_are_major = rows >= cols;
        let (major, minor, major_stride, minor_stride) = if rows_are_major {
            (rows, cols, row_stride, col_stride)
        } else {
            (cols, rows, col_stride, row_stride)
        };
        let origin = from.row * grid.width + from.col;
        Self { grid, disc, origin, major, minor, major_stride, minor_stride, rows_are_major }
    }

    /// Height of a post relative to the eye, lowered by curvature less refraction.
    fn lowered(&self, post_m: i16, major: usize, minor: usize) -> f64 {
        let (rows, cols) = if self.rows_are_major { (major, minor) } else { (minor, major) };
        f64::from(post_m) - self.disc.drop_m(rows, cols) - self.disc.eye_m()
    }

    fn post(&self, major: usize, minor: usize) -> Option<f64> {
        let offset =
            major.cast_signed() * self.major_stride + minor.cast_signed() * self.minor_stride;
        let post_m = self.grid.posts_m[self.origin.strict_add_signed(offset)];
        (post_m != VOID).then(|| self.lowered(post_m, major, minor))
    }

    /// Height relative to the eye where the line crosses a row or column of posts.
    fn sample(&self, step: usize) -> Option<f64> {
        let lateral = self.minor * step;
        let (whole, rest) = (lateral / self.major, lateral % self.major);
        let near = self.post(step, whole)?;
        if rest == 0 {
            return Some(near);
        }
        let far = self.post(step, whole + 1)?;
        Some(near + (far - near) * (rest as f64 / self.major as f64))
    }
}
