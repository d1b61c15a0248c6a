//! Long ranges: an azimuthal-equidistant window in which straight lines from the eye are geodesics.
//!
//! A straight line in longitude and latitude leaves the geodesic by about `d² tan(lat) / 8R`: 21 m
//! at 40 km and 34 degrees north, 130 m at 100 km.

use rayon::prelude::*;

use crate::geo::{LocalFrame, WGS84_A_M, WGS84_E2, Wgs84, metres_per_degree};
use crate::terrain::{Cell, Grid, VOID};

use super::{Disc, MinimumHeights, Request, Visible, minimum_heights, viewshed};

/// From this radius on a window in degrees is off by more than a cell of 30 m.
pub const FAR_M: f64 = 40_000.0;
/// Most cells from the eye to the edge of a window; larger radii get larger cells.
const REACH_MAX: f64 = 6_000.0;
/// Places are computed at nodes so many cells apart and interpolated between them: 2 km at 30 m,
/// where the second differences that this leaves out are below 0.1 m.
const NODE: usize = 64;

/// Computes what is visible through a window in metres around the observer.
///
/// The ground is resampled (bilinear, rounded to whole metres) to square cells east and north of
/// the observer in the azimuthal-equidistant projection, as fine as the finer spacing of the grid
/// but for radii beyond 6 000 such cells; the kernel runs there, and each cell of the grid within
/// the radius is as visible as the nearest cell of the window. Nothing is visible when the request
/// is refused.
pub fn viewshed_far(grid: &Grid, request: &Request) -> Visible {
    let Some(far) = Far::new(grid, request) else { return Visible::nothing() };
    let inside = viewshed(&far.window, &far.request);
    let words = super::fill(&far.disc, |window_row, bits| {
        for (cell, near) in far.cells_of(grid, window_row) {
            if inside.is_visible(near) {
                let at = cell.col - far.disc.first_col();
                bits[at / 64] |= 1 << (at % 64);
            }
        }
    });
    Visible::of(&far.disc, words)
}

/// Computes least heights through such a window: each cell of the grid has what the nearest cell of the window has.
pub fn minimum_heights_far(grid: &Grid, request: &Request) -> MinimumHeights {
    let Some(far) = Far::new(grid, request) else { return MinimumHeights::nothing() };
    let inside = minimum_heights(&far.window, &far.request);
    let mut heights = MinimumHeights::of(&far.disc);
    for window_row in 0..far.disc.rows() {
        for (cell, near) in far.cells_of(grid, window_row) {
            if let Some(metres) = inside.at(near) {
                heights.set(cell, f64::from(metres));
            }
        }
    }
    heights
}

/// The window in metres of a request, and where the cells of the grid lie in it.
struct Far {
    disc: Disc,
    window: Grid,
    /// The same from the middle of the observer's cell.
    request: Request,
    nodes: Nodes,
}

impl Far {
    fn new(grid: &Grid, request: &Request) -> Option<Self> {
        let disc = Disc::new(grid, request).ok()?;
        let (lon_deg, lat_deg) = grid.place_of(disc.observer());
        let observer = Wgs84::new(lon_deg, lat_deg).ok()?;
        let around = Around::new(observer);
        let (cell_m, radius_m) = (window_cell_m(&disc, request), reached_m(&disc, request));
        let mut window = around.window(grid, cell_m, radius_m + 2.0 * cell_m);
        // Beside a void or on the edge the ground under the observer cannot be interpolated; it is known.
        let middle = window.posts_m.len() / 2;
        window.posts_m[middle] = grid.post_m(disc.observer()).unwrap_or(VOID);
        let (middle_row, middle_col) = window.position_of(observer);
        let nodes = Nodes::new(disc.rows(), disc.cols(), |row, col| {
            let (lon_deg, lat_deg) = (
                grid.west_deg + (disc.first_col() as f64 + col) * grid.lon_step_deg,
                grid.north_deg - (disc.first_row() as f64 + row) * grid.lat_step_deg,
            );
            let (east_m, north_m) = around.offset(lon_deg, lat_deg);
            (middle_row - north_m / cell_m, middle_col + east_m / cell_m)
        });
        Some(Self { disc, window, request: Request { observer, ..*request }, nodes })
    }

    /// The cells of a row of the disc that are not void, each with the nearest cell of the window.
    fn cells_of(&self, grid: &Grid, window_row: usize) -> impl Iterator<Item = (Cell, Cell)> {
        let (start, end) = self.disc.spans()[window_row];
        let row = self.disc.first_row() + window_row;
        (start..end).map(move |col| Cell { row, col }).filter_map(move |cell| {
            grid.post_m(cell)?;
            let at = cell.col - self.disc.first_col();
            Some((cell, nearest(self.nodes.at(window_row, at))?))
        })
    }
}

/// Metres between the cells of the window that [`viewshed_far`] computes in; `None` when the request is refused.
pub fn far_cell_m(grid: &Grid, request: &Request) -> Option<f64> {
    Disc::new(grid, request).ok().map(|disc| window_cell_m(&disc, request))
}

fn window_cell_m(disc: &Disc, request: &Request) -> f64 {
    let (row_m2, col_m2) = disc.spacing_m2();
    libm::sqrt(row_m2.min(col_m2)).max(reached_m(disc, request) / REACH_MAX)
}

/// The radius, or the way to the farthest corner of the disc's window when that is less: ground beyond it is unknown.
fn reached_m(disc: &Disc, request: &Request) -> f64 {
    let observer = disc.observer();
    let reach = |at: usize, first: usize, count: usize| (at - first).max(first + count - 1 - at);
    let rows = reach(observer.row, disc.first_row(), disc.rows());
    let cols = reach(observer.col, disc.first_col(), disc.cols());
    // Spacing is the observer's; a grid that reaches far from its row is wider by less than a tenth.
    request.radius_m.min(1.1 * libm::sqrt(disc.distance2(rows, cols)))
}

/// The projection about one place.
struct Around {
    frame: LocalFrame,
    /// Radii of curvature along the meridian and across it.
    meridian_m: f64,
    normal_m: f64,
}

impl Around {
    fn new(observer: Wgs84) -> Self {
        let sin_lat = libm::sin(observer.lat_deg().to_radians());
        let w2 = 1.0 - WGS84_E2 * sin_lat * sin_lat;
        let normal_m = WGS84_A_M / libm::sqrt(w2);
        let meridian_m = normal_m * (1.0 - WGS84_E2) / w2;
        Self { frame: LocalFrame::at(observer), meridian_m, normal_m }
    }

    /// Metres east and north: the direction is the normal section's, the distance the arc over
    /// the chord with the radius of curvature that way (Euler). Within 0.1 m of the geodesic's at
    /// 200 km.
    fn offset(&self, lon_deg: f64, lat_deg: f64) -> (f64, f64) {
        let Ok(place) = Wgs84::new(lon_deg, lat_deg) else { return (f64::NAN, f64::NAN) };
        let enu = self.frame.enu_from_wgs84(place, 0.0);
        let level_m = libm::hypot(enu.x, enu.y);
        if level_m == 0.0 {
            return (0.0, 0.0);
        }
        let (sin, cos) = (enu.x / level_m, enu.y / level_m);
        let radius_m = 1.0 / (cos * cos / self.meridian_m + sin * sin / self.normal_m);
        let arc_m = 2.0 * radius_m * libm::asin((enu.norm() / (2.0 * radius_m)).min(1.0));
        (arc_m * sin, arc_m * cos)
    }

    /// The longitude and latitude whose [`Around::offset`] is `east_m`, `north_m`.
    fn place(&self, east_m: f64, north_m: f64) -> (f64, f64) {
        let origin = self.frame.origin();
        let (lat_m, lon_m) = metres_per_degree(origin.lat_deg());
        let (mut lon_deg, mut lat_deg) =
            (origin.lon_deg() + east_m / lon_m, origin.lat_deg() + north_m / lat_m);
        // Each round leaves some hundredth of the error.
        for _ in 0..6 {
            let (east_got_m, north_got_m) = self.offset(lon_deg, lat_deg);
            let (lat_m, lon_m) = metres_per_degree(lat_deg);
            lon_deg += (east_m - east_got_m) / lon_m;
            lat_deg += (north_m - north_got_m) / lat_m;
        }
        (lon_deg, lat_deg)
    }

    /// The ground around the place, as a grid whose spacing at the place is `cell_m` both ways.
    ///
    /// Only there are its degrees true; kernels take the spacing at the observer for the whole.
    fn window(&self, grid: &Grid, cell_m: f64, reach_m: f64) -> Grid {
        let origin = self.frame.origin();
        let (lat_m, lon_m) = metres_per_degree(origin.lat_deg());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bounded by REACH_MAX"
        )]
        let reach = libm::ceil(reach_m / cell_m) as usize;
        let side = 2 * reach + 1;
        let (lon_step_deg, lat_step_deg) = (cell_m / lon_m, cell_m / lat_m);
        let nodes = Nodes::new(side, side, |row, col| {
            let (lon_deg, lat_deg) =
                self.place((col - reach as f64) * cell_m, (reach as f64 - row) * cell_m);
            (lat_deg, lon_deg)
        });
        let mut posts_m = vec![VOID; side * side];
        posts_m.par_chunks_mut(side).enumerate().for_each(|(row, posts_m)| {
            for (col, post_m) in posts_m.iter_mut().enumerate() {
                let (lat_deg, lon_deg) = nodes.at(row, col);
                let height_m =
                    Wgs84::new(lon_deg, lat_deg).ok().and_then(|place| grid.height_m(place));
                if let Some(height_m) = height_m {
                    #[expect(clippy::cast_possible_truncation, reason = "between posts of i16")]
                    let whole_m = libm::round(height_m) as i16;
                    *post_m = whole_m;
                }
            }
        });
        Grid {
            west_deg: origin.lon_deg() - reach as f64 * lon_step_deg,
            north_deg: origin.lat_deg() + reach as f64 * lat_step_deg,
            lon_step_deg,
            lat_step_deg,
            width: side,
            height: side,
            posts_m,
        }
    }
}

/// A pair of smooth functions of row and column, known at nodes and bilinear between them.
struct Nodes {
    across: usize,
    values: Vec<(f64, f64)>,
}

impl Nodes {
    fn new(rows: usize, cols: usize, value: impl Fn(f64, f64) -> (f64, f64)) -> Self {
        let (down, across) = (rows / NODE + 2, cols / NODE + 2);
        let values = (0..down * across)
            .map(|at| value((at / across * NODE) as f64, (at % across * NODE) as f64))
            .collect();
        Self { across, values }
    }

    fn at(&self, row: usize, col: usize) -> (f64, f64) {
        let at = row / NODE * self.across + col / NODE;
        let share = |at: usize| (at % NODE) as f64 / NODE as f64;
        let (down, right) = (share(row), share(col));
        let mix = |a: (f64, f64), b: (f64, f64), share: f64| {
            (a.0 + share * (b.0 - a.0), a.1 + share * (b.1 - a.1))
        };
        let upper = mix(self.values[at], self.values[at + 1], right);
        let lower = mix(self.values[at + self.across], self.values[at + self.across + 1], right);
        mix(upper, lower, down)
    }
}

/// The cell nearest to a fractional row and column.
fn nearest((row, col): (f64, f64)) -> Option<Cell> {
    let (row, col) = (libm::round(row), libm::round(col));
    let inside = row >= 0.0 && col >= 0.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and the cast saturates"
    )]
    inside.then_some(Cell { row: row as usize, col: col as usize })
}

#[cfg(test)]
mod tests;
