//! Where the points of a sector's plane fall on the terrain's grid, without the way over the globe for each.

use crate::coverage::air::Extent;
use crate::geo::{EnuPoint, LocalFrame};
use crate::terrain::{Cell, Grid};

/// Spacing of the places that are worked out in full. Between them the grid's rows and columns bend by less than
/// `2000² / (8 * 6371 km)`, 8 cm.
const SPACING_M: f64 = 2_000.0;
/// Most places along a side; a wider plane has them farther apart.
const PLACES_MAX: f64 = 512.0;

/// Rows and columns of the grid at places of the plane, between which they are linear.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chart {
    origin: EnuPoint,
    spacing_m: f64,
    rows: usize,
    cols: usize,
    /// Fractional (row, column) of the grid.
    positions: Vec<(f64, f64)>,
}

impl Chart {
    pub(crate) fn new(frame: &LocalFrame, grid: &Grid, extent: Extent) -> Self {
        let (origin, end) = (extent.south_west, extent.north_east);
        let (wide_m, high_m) = (end.east_m - origin.east_m, end.north_m - origin.north_m);
        let spacing_m = SPACING_M.max(wide_m.max(high_m) / PLACES_MAX);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to the most places"
        )]
        let count =
            |metres: f64| libm::ceil(metres / spacing_m).clamp(1.0, PLACES_MAX) as usize + 1;
        let (rows, cols) = (count(high_m), count(wide_m));
        let positions = (0..rows * cols)
            .map(|at| {
                let point = EnuPoint::new(
                    origin.east_m + (at % cols) as f64 * spacing_m,
                    origin.north_m + (at / cols) as f64 * spacing_m,
                );
                grid.position_of(frame.place(point))
            })
            .collect();
        Self { origin, spacing_m, rows, cols, positions }
    }

    /// The cell whose post is nearest to a point; `None` off the grid.
    pub(crate) fn cell_at(&self, frame: &LocalFrame, grid: &Grid, point: EnuPoint) -> Option<Cell> {
        let Some((row, col)) = self.position_of(point) else {
            return grid.cell_at(frame.place(point));
        };
        let (row, col) = (libm::round(row), libm::round(col));
        let inside =
            row >= 0.0 && col >= 0.0 && row < grid.height as f64 && col < grid.width as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above"
        )]
        inside.then_some(Cell { row: row as usize, col: col as usize })
    }

    /// `None` off the chart.
    fn position_of(&self, point: EnuPoint) -> Option<(f64, f64)> {
        let east = (point.east_m - self.origin.east_m) / self.spacing_m;
        let north = (point.north_m - self.origin.north_m) / self.spacing_m;
        let (last_row, last_col) = ((self.rows - 1) as f64, (self.cols - 1) as f64);
        if !(east >= 0.0 && north >= 0.0 && east < last_col && north < last_row) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above"
        )]
        let (row, col) = (north as usize, east as usize);
        let (up, right) = (north - row as f64, east - col as f64);
        let at = row * self.cols + col;
        let mixed = |of: fn(&(f64, f64)) -> f64| {
            let along = |at: usize| {
                let (left, right_one) = (of(&self.positions[at]), of(&self.positions[at + 1]));
                left + (right_one - left) * right
            };
            let (below, above) = (along(at), along(at + self.cols));
            below + (above - below) * up
        };
        Some((mixed(|position| position.0), mixed(|position| position.1)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geo::Wgs84;

    proptest! {
        #[test]
        fn points_fall_on_the_same_cells_as_over_the_globe(
            east_m in -70e3..70e3_f64, north_m in -45e3..45e3_f64,
        ) {
            let frame = LocalFrame::at(Wgs84::new(41.0, 34.4).unwrap());
            let step = 1.0 / 3_600.0;
            let grid = Grid {
                west_deg: 40.4, north_deg: 34.7, lon_step_deg: step, lat_step_deg: step,
                width: 4_000, height: 2_000, posts_m: Vec::new(),
            };
            let extent = Extent {
                south_west: EnuPoint::new(-50e3, -30e3), north_east: EnuPoint::new(50e3, 30e3),
            };
            let point = EnuPoint::new(east_m, north_m);

            let chart = Chart::new(&frame, &grid, extent);

            let (row, col) = grid.position_of(frame.place(point));
            if let Some((row_here, col_here)) = chart.position_of(point) {
                prop_assert!((row_here - row).abs() < 0.01 && (col_here - col).abs() < 0.01);
            } else {
                prop_assert_eq!(chart.cell_at(&frame, &grid, point), grid.cell_at(frame.place(point)));
            }
        }
    }
}
