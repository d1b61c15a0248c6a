//! The ground of a sector as the tracker asks about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use sight::coverage::Model;
use sight::geo::EnuPoint;

use crate::tracking::{Area, Ground, GroundMap};

/// Side of the cells over which a slope is measured, m: two posts of 30 m, less than one of 90.
const CELL_M: f64 = 60.0;

/// Most cells; they grow beyond.
const CELLS_MAX: f64 = 4_000_000.0;

/// Of a cell that nobody has asked about yet.
const UNKNOWN: u8 = u8::MAX;

/// Slopes in whole degrees by cell, each measured when it is first asked for.
///
/// What is kept depends on the model alone, so it makes no difference who asked before.
struct Slopes {
    model: Arc<Model>,
    south_west: EnuPoint,
    cell_m: f64,
    columns: usize,
    rows: usize,
    degrees: Vec<AtomicU8>,
}

/// The slopes of a sector's terrain within an area; beyond it, and where no height is known, level.
pub(super) fn ground_of(model: &Arc<Model>, area: &Area) -> GroundMap {
    let slopes = Slopes::over(model, area);
    GroundMap::new(move |point| Ground { slope_deg: slopes.at(point), ..Ground::default() })
}

impl Slopes {
    fn over(model: &Arc<Model>, area: &Area) -> Self {
        let width_m = area.north_east.east_m - area.south_west.east_m;
        let height_m = area.north_east.north_m - area.south_west.north_m;
        let cell_m = CELL_M.max(libm::sqrt(width_m * height_m / CELLS_MAX));
        let (columns, rows) = (cells_along(width_m, cell_m), cells_along(height_m, cell_m));
        let degrees = (0..columns * rows).map(|_| AtomicU8::new(UNKNOWN)).collect();
        Self {
            model: Arc::clone(model),
            south_west: area.south_west,
            cell_m,
            columns,
            rows,
            degrees,
        }
    }

    fn at(&self, point: EnuPoint) -> f64 {
        let (east, north) = (
            (point.east_m - self.south_west.east_m) / self.cell_m,
            (point.north_m - self.south_west.north_m) / self.cell_m,
        );
        let inside = east >= 0.0
            && north >= 0.0
            && east < self.columns as f64
            && north < self.rows as f64;
        if !inside {
            return 0.0;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above"
        )]
        let (column, row) = (east as usize, north as usize);
        let cell = &self.degrees[row * self.columns + column];
        let known = cell.load(Ordering::Relaxed);
        if known != UNKNOWN {
            return f64::from(known);
        }
        let measured = self.measure(column, row);
        cell.store(measured, Ordering::Relaxed);
        f64::from(measured)
    }

    /// The plane's slope through the heights at the middles of a cell's sides.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an angle between 0 and 90 degrees"
    )]
    fn measure(&self, column: usize, row: usize) -> u8 {
        let height = |east: f64, north: f64| {
            let point = EnuPoint::new(
                self.south_west.east_m + (column as f64 + east) * self.cell_m,
                self.south_west.north_m + (row as f64 + north) * self.cell_m,
            );
            self.model.grid().height_m(self.model.sector().frame.place(point))
        };
        let heights = (height(0.0, 0.5), height(1.0, 0.5), height(0.5, 0.0), height(0.5, 1.0));
        let (Some(west), Some(east), Some(south), Some(north)) = heights else { return 0 };
        let rise = libm::hypot(east - west, north - south) / self.cell_m;
        libm::round(libm::atan(rise).to_degrees()).clamp(0.0, 90.0) as u8
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a length over a cell that grows with it: bounded by CELLS_MAX"
)]
fn cells_along(length_m: f64, cell_m: f64) -> usize {
    libm::ceil(length_m / cell_m).max(1.0) as usize
}
