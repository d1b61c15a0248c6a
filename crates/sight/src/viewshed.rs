//! What can be seen from one place: the request, the visible window and the kernels behind it.

mod bits;
mod bundle;
mod disc;
#[cfg(test)]
mod envelope;
#[expect(unsafe_code, reason = "vector instructions; see the module")]
mod lanes;
mod lattice;
mod r3;
mod rays;
#[cfg(test)]
mod skyline;
mod strip;
mod sweep;
mod view;
mod wedge;
mod xdraw;

use rayon::prelude::*;

use crate::geo::{Wgs84, metres_per_degree};
use crate::terrain::{Cell, Grid};

pub use disc::Disc;
pub use lanes::Path;
pub use r3::r3;
use sweep::Skyline;
use wedge::Turned;

/// Most cells from the observer to the edge of the window along a row or column.
const DEPTH_MAX: usize = 16_000;
/// Heights beyond this are no heights; within it f32 knows whole metres.
const HEIGHT_MAX_M: f64 = 1e6;

/// How visibility is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kernel {
    /// Equal to [`r3`] in every cell.
    Exact,
    /// Fixed rays, `alpha` (at least 1) for each cell of the radius; some cells differ from [`r3`].
    Lattice { alpha: f64 },
    /// The skyline passed on from ring to ring: for screening candidates only.
    Xdraw,
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
    #[error("the radius reaches {cells:.0} cells over the terrain, more than {limit}")]
    TooDeep { cells: f64, limit: usize },
}

impl Request {
    /// The observer's cell; errors say why there is none or which figure is out of bounds.
    pub fn check(&self, grid: &Grid) -> Result<Cell, ViewshedError> {
        let heights = -HEIGHT_MAX_M..=HEIGHT_MAX_M;
        let alpha = match self.kernel {
            Kernel::Lattice { alpha } => alpha,
            Kernel::Exact | Kernel::Xdraw => 1.0,
        };
        let (height_must, eye_m, target_m) =
            ("within a million metres", self.observer_height_m, self.target_height_m);
        for (field, must, value, holds) in [
            ("observer height", height_must, eye_m, heights.contains(&eye_m)),
            ("target height", height_must, target_m, heights.contains(&target_m)),
            ("radius", "finite and not negative", self.radius_m, self.radius_m >= 0.0),
            ("radius", "finite", self.radius_m, self.radius_m.is_finite()),
            ("refraction", "between -10 and 10", self.refraction, self.refraction.abs() <= 10.0),
            ("alpha", "between 1 and 8", alpha, (1.0..=8.0).contains(&alpha)),
        ] {
            if !holds {
                return Err(ViewshedError::Figure { field, must, value });
            }
        }
        let (lon_deg, lat_deg) = (self.observer.lon_deg(), self.observer.lat_deg());
        let cell =
            grid.cell_at(self.observer).ok_or(ViewshedError::Outside { lon_deg, lat_deg })?;
        grid.post_m(cell).ok_or(ViewshedError::OnVoid { lon_deg, lat_deg })?;
        self.check_depth(grid, cell)?;
        Ok(cell)
    }

    /// Refuses windows that reach further from the observer than kernels count.
    fn check_depth(&self, grid: &Grid, Cell { row, col }: Cell) -> Result<(), ViewshedError> {
        let (lat_m, lon_m) = metres_per_degree(grid.place_of(Cell { row, col }).1);
        let reach = |step_m: f64, at: usize, count: usize| {
            (self.radius_m / step_m).min(at.max(count - 1 - at) as f64)
        };
        let cells = reach(lat_m * grid.lat_step_deg, row, grid.height).max(reach(
            lon_m * grid.lon_step_deg,
            col,
            grid.width,
        ));
        if cells > DEPTH_MAX as f64 {
            return Err(ViewshedError::TooDeep { cells, limit: DEPTH_MAX });
        }
        Ok(())
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
pub fn viewshed(grid: &Grid, request: &Request) -> Visible {
    let Ok(disc) = Disc::new(grid, request) else { return Visible::nothing() };
    compute(grid, &Turned::window(grid, &disc), &disc, (request.kernel, Path::widest()))
}

/// A grid beside its transpose, so that kernels read along rows whichever way they look.
#[derive(Debug)]
pub struct Relief<'a> {
    grid: &'a Grid,
    turned: Turned,
}

impl<'a> Relief<'a> {
    /// Takes as much memory again as the grid's posts.
    pub fn new(grid: &'a Grid) -> Self {
        Self { grid, turned: Turned::whole(grid) }
    }

    /// As [`viewshed`], without turning the window each time.
    pub fn viewshed(&self, request: &Request) -> Visible {
        self.viewshed_by(request, Path::widest())
    }

    /// As [`Relief::viewshed`] on a given path; every path gives the same bits.
    pub fn viewshed_by(&self, request: &Request, path: Path) -> Visible {
        let Ok(disc) = Disc::new(self.grid, request) else { return Visible::nothing() };
        compute(self.grid, &self.turned, &disc, (request.kernel, path))
    }
}

fn compute(grid: &Grid, turned: &Turned, disc: &Disc, (kernel, path): (Kernel, Path)) -> Visible {
    let skyline = match kernel {
        Kernel::Exact => Skyline::Bounded(1.0),
        Kernel::Lattice { alpha } => Skyline::AtRays(alpha),
        Kernel::Xdraw => Skyline::AtPosts,
    };
    sweep::sweep(grid, turned, disc, skyline, path)
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
