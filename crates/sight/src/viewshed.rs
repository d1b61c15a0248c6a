//! What can be seen from one place: the request, the visible window and the kernels behind it.

mod bits;
mod disc;
mod envelope;
mod exact;
mod r3;
mod wedge;

use rayon::prelude::*;

use crate::geo::Wgs84;
use crate::terrain::{Cell, Grid};

pub use disc::Disc;
pub use r3::r3;

/// How visibility is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kernel {
    /// Equal to [`r3`] in every cell.
    Exact,
}

/// Who looks, from where, how far and for what.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Request {
    /// The observer stands at the centre of the cell that holds this place.
    pub observer: Wgs84,
    /// Eye above ground.
    pub observer_height_m: f64,
    /// Part of the target that must be seen, above its ground.
    pub target_height_m: f64,
    /// Cells whose post lies further than this over the ground are outside.
    pub radius_m: f64,
    /// Refraction coefficient k (1/7 for optical and thermal, 1/4 for radar).
    pub refraction: f64,
    pub kernel: Kernel,
}

/// Why nothing can be seen from a place.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ViewshedError {
    #[error("the observer at {lon_deg}, {lat_deg} is outside the terrain")]
    Outside { lon_deg: f64, lat_deg: f64 },
    #[error("the observer at {lon_deg}, {lat_deg} stands on a void: its ground is unknown")]
    OnVoid { lon_deg: f64, lat_deg: f64 },
    #[error("{field} must be {must}, got {value}")]
    Figure { field: &'static str, must: &'static str, value: f64 },
}

impl Request {
    /// The observer's cell; errors say why there is none or which figure is out of bounds.
    pub fn check(&self, grid: &Grid) -> Result<Cell, ViewshedError> {
        let finite = "finite";
        for (field, must, value, holds) in [
            ("observer height", finite, self.observer_height_m, self.observer_height_m.is_finite()),
            ("target height", finite, self.target_height_m, self.target_height_m.is_finite()),
            ("radius", "finite and not negative", self.radius_m, self.radius_m >= 0.0),
            ("radius", finite, self.radius_m, self.radius_m.is_finite()),
            ("refraction", finite, self.refraction, self.refraction.is_finite()),
        ] {
            if !holds {
                return Err(ViewshedError::Figure { field, must, value });
            }
        }
        let (lon_deg, lat_deg) = (self.observer.lon_deg(), self.observer.lat_deg());
        let cell =
            grid.cell_at(self.observer).ok_or(ViewshedError::Outside { lon_deg, lat_deg })?;
        grid.post_m(cell).ok_or(ViewshedError::OnVoid { lon_deg, lat_deg })?;
        Ok(cell)
    }
}

/// The visible cells of a window of a grid, one bit each.
///
/// Rows and columns are those of the grid; the window starts at a column that is a multiple of 64,
/// so windows of one grid can be combined word by word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visible {
    pub first_row: usize,
    /// A multiple of 64.
    pub first_col: usize,
    pub rows: usize,
    /// Columns up to the last inside the radius; bits beyond it are 0.
    pub cols: usize,
    words_per_row: usize,
    words: Vec<u64>,
    /// For each row the grid columns inside the radius, first and one past the last.
    spans: Vec<(usize, usize)>,
}

impl Visible {
    /// A window with no cell: what an observer without a place sees.
    pub fn nothing() -> Self {
        Self {
            first_row: 0,
            first_col: 0,
            rows: 0,
            cols: 0,
            words_per_row: 0,
            words: Vec::new(),
            spans: Vec::new(),
        }
    }

    fn of(disc: &Disc, words: Vec<u64>) -> Self {
        Self {
            first_row: disc.first_row(),
            first_col: disc.first_col(),
            rows: disc.rows(),
            cols: disc.cols(),
            words_per_row: disc.words_per_row(),
            words,
            spans: disc.spans().to_vec(),
        }
    }

    /// Whether a cell of the grid is visible; cells outside the window are not.
    pub fn is_visible(&self, cell: Cell) -> bool {
        let (Some(row), Some(col)) =
            (cell.row.checked_sub(self.first_row), cell.col.checked_sub(self.first_col))
        else {
            return false;
        };
        row < self.rows
            && col < self.cols
            && self.words[row * self.words_per_row + col / 64] >> (col % 64) & 1 == 1
    }

    /// Whether a cell of the grid lies inside the radius.
    pub fn is_inside(&self, cell: Cell) -> bool {
        cell.row
            .checked_sub(self.first_row)
            .and_then(|row| self.spans.get(row))
            .is_some_and(|&(start, end)| (start..end).contains(&cell.col))
    }

    /// The bits of a window row, column [`Visible::first_col`] in the lowest bit of the first word.
    pub fn row_words(&self, window_row: usize) -> &[u64] {
        &self.words[window_row * self.words_per_row..][..self.words_per_row]
    }

    /// Grid columns inside the radius in a window row: first and one past the last.
    pub fn span(&self, window_row: usize) -> (usize, usize) {
        self.spans[window_row]
    }

    /// How many cells are visible.
    pub fn cells_visible(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many cells are inside the radius and have a height in `grid`.
    pub fn cells(&self, grid: &Grid) -> usize {
        let known = |row: usize, &(start, end): &(usize, usize)| {
            (start..end).filter(|&col| grid.post_m(Cell { row, col }).is_some()).count()
        };
        self.spans.iter().enumerate().map(|(row, span)| known(self.first_row + row, span)).sum()
    }

    /// In how many cells two results over one window differ; `None` when their windows differ.
    pub fn differing(&self, other: &Self) -> Option<usize> {
        let window = |of: &Self| (of.first_row, of.first_col, of.rows, of.cols);
        let differing = |(a, b): (&u64, &u64)| (a ^ b).count_ones() as usize;
        (window(self) == window(other))
            .then(|| self.words.iter().zip(&other.words).map(differing).sum())
    }

    /// The window row-major, `rows * cols`: 1 visible, 0 not, 255 outside the radius or void.
    pub fn raster(&self, grid: &Grid) -> Vec<u8> {
        (0..self.rows * self.cols)
            .map(|at| Cell {
                row: self.first_row + at / self.cols,
                col: self.first_col + at % self.cols,
            })
            .map(|cell| {
                let counted = self.is_inside(cell) && grid.post_m(cell).is_some();
                if counted { u8::from(self.is_visible(cell)) } else { 255 }
            })
            .collect()
    }
}

/// Computes what is visible; nothing at all when [`Request::check`] refuses the request.
///
/// The result does not depend on the number of threads.
pub fn viewshed(grid: &Grid, request: &Request) -> Visible {
    match request.kernel {
        Kernel::Exact => exact::exact(grid, request),
    }
}

/// Fills a window's words row by row on all threads.
fn fill(disc: &Disc, row_of: impl Fn(usize, &mut [u64]) + Sync) -> Vec<u64> {
    let mut words = vec![0; disc.rows() * disc.words_per_row()];
    words
        .par_chunks_mut(disc.words_per_row().max(1))
        .enumerate()
        .for_each(|(row, bits)| row_of(row, bits));
    words
}

#[cfg(test)]
mod tests;
