//! Directions, distances and angles outside which nothing is looked at.

use std::f64::consts::{FRAC_PI_2, TAU};

use crate::geo::Azimuth;
use crate::terrain::{Cell, Grid};

use super::{Disc, Request, ViewshedError, Visible};

/// What a sensor is turned to; the widest limits by default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Cells nearer than this over the ground are not looked at.
    pub range_min_m: f64,
    /// The first direction looked at, and how far clockwise from it, in radians.
    pub azimuths: (Azimuth, f64),
    /// Lowest and highest angle of the line of sight at the eye, in radians above the horizontal.
    pub elevations_rad: (f64, f64),
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            range_min_m: 0.0,
            azimuths: (Azimuth::from_radians(0.0), TAU),
            elevations_rad: (-FRAC_PI_2, FRAC_PI_2),
        }
    }
}

impl Limits {
    /// Says which figure is out of bounds.
    pub fn check(&self) -> Result<(), ViewshedError> {
        let (low, high) = self.elevations_rad;
        let sweep = self.azimuths.1;
        let angles = -FRAC_PI_2..=FRAC_PI_2;
        for (field, must, value, holds) in [
            (
                "least range",
                "finite and not negative",
                self.range_min_m,
                self.range_min_m >= 0.0 && self.range_min_m.is_finite(),
            ),
            ("azimuth sweep", "within a turn", sweep, (0.0..=TAU).contains(&sweep)),
            ("lowest elevation", "within a right angle", low, angles.contains(&low)),
            (
                "highest elevation",
                "at least the lowest",
                high,
                angles.contains(&high) && low <= high,
            ),
        ] {
            if !holds {
                return Err(ViewshedError::Figure { field, must, value });
            }
        }
        Ok(())
    }

    /// Drops from a result the cells outside the limits; `grid` and `request` are those it came of.
    ///
    /// The elevation of a cell is that of the target there. The observer's own cell has neither
    /// direction nor elevation and stays unless the least range excludes it.
    pub fn cut(&self, grid: &Grid, request: &Request, seen: &mut Visible) {
        if *self == Self::default() {
            return;
        }
        if let Ok(disc) = Disc::new(grid, request) {
            seen.keep(|cell| self.looks_at(grid, &disc, cell));
        }
    }

    fn looks_at(&self, grid: &Grid, disc: &Disc, cell: Cell) -> bool {
        let from = disc.observer();
        let (rows, cols) = (cell.row.abs_diff(from.row), cell.col.abs_diff(from.col));
        let range2_m2 = disc.distance2(rows, cols);
        if range2_m2 < self.range_min_m * self.range_min_m {
            return false;
        }
        if cell == from {
            return true;
        }
        let (row_m2, col_m2) = disc.spacing_m2();
        let metres = |to: usize, from: usize, spacing_m2: f64| {
            (to as f64 - from as f64) * libm::sqrt(spacing_m2)
        };
        let north_m = -metres(cell.row, from.row, row_m2);
        let east_m = metres(cell.col, from.col, col_m2);
        let turn = Azimuth::from_radians(
            Azimuth::from_radians(libm::atan2(east_m, north_m)).radians()
                - self.azimuths.0.radians(),
        );
        let ground_m = grid.post_m(cell).map_or(f64::NEG_INFINITY, f64::from);
        let rise_m = ground_m + disc.target_height_m() - disc.drop_m(rows, cols) - disc.eye_m();
        let elevation_rad = libm::atan2(rise_m, libm::sqrt(range2_m2));
        let (low, high) = self.elevations_rad;
        turn.radians() <= self.azimuths.1 && (low..=high).contains(&elevation_rad)
    }
}
