//! What can be seen from one place: the request, the visible window and the kernels behind it.

mod azimuthal;
mod bits;
mod bundle;
mod disc;
mod envelope;
mod lattice;
mod limits;
mod minimum;
mod r3;
mod rays;
mod skyline;
mod strip;
mod sweep;
mod view;
mod visible;
mod wedge;
mod xdraw;

use rayon::prelude::*;

use crate::geo::{Wgs84, metres_per_degree};
use crate::terrain::{Cell, Grid};

pub use crate::lanes::Path;
pub use azimuthal::{FAR_M, far_cell_m, minimum_heights_far, viewshed_far};
pub use disc::Disc;
pub use limits::Limits;
pub use minimum::{MinimumHeights, minimum_heights};
pub use r3::r3;
use sweep::Skyline;
pub use visible::Visible;
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
    /// Takes twice as much memory as the grid's posts: a copy as they lie and one turned, both on large pages.
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
