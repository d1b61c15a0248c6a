//! Where things may be that nobody has found: a Poisson intensity over a grid of cells.

use serde::Serialize;
use sight::geo::EnuPoint;

use super::DetectionChance;
use super::bernoulli::Look;
use super::config::TrackerConfig;
use super::scan::Scan;

/// Expected movers per square metre in each cell, row by row from the south-west.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Undetected {
    south_west: EnuPoint,
    cell_m: f64,
    rows: usize,
    columns: usize,
    per_m2: Vec<f64>,
    /// The same of cells that nobody watches.
    expected_per_m2: Vec<f64>,
}

impl Undetected {
    /// Nobody has looked anywhere yet.
    pub(crate) fn new(config: &TrackerConfig) -> Self {
        let width_m = config.area.north_east.east_m - config.area.south_west.east_m;
        let height_m = config.area.north_east.north_m - config.area.south_west.north_m;
        let columns = cells_along(width_m, config.cell_m);
        let rows = cells_along(height_m, config.cell_m);
        let mut undetected = Self {
            south_west: config.area.south_west,
            cell_m: config.cell_m,
            rows,
            columns,
            per_m2: Vec::new(),
            expected_per_m2: Vec::new(),
        };
        let centres =
            (0..rows * columns).map(|cell| undetected.centre(cell / columns, cell % columns));
        undetected.expected_per_m2 = centres.map(|centre| config.expected_at(centre)).collect();
        let at_start = undetected.expected_per_m2.iter().map(|density| density * config.at_start);
        undetected.per_m2 = at_start.collect();
        undetected
    }

    /// Draws every cell back to what is expected of a place that nobody watches.
    pub(crate) fn predict(&mut self, survival: f64) {
        for (density, expected) in self.per_m2.iter_mut().zip(&self.expected_per_m2) {
            *density = survival * *density + (1.0 - survival) * expected;
        }
    }

    /// Lowers the intensity where the scan looked: what was there would have been seen.
    pub(crate) fn miss(
        &mut self,
        scan: &Scan,
        p_detect: &DetectionChance<'_>,
        config: &TrackerConfig,
    ) {
        let (first, last) = scan
            .sees
            .bounds()
            .map_or(((0, 0), (self.rows - 1, self.columns - 1)), |(south_west, north_east)| {
                (self.cell(south_west), self.cell(north_east))
            });
        let worth = scan.worth();
        for row in first.0..=last.0 {
            for column in first.1..=last.1 {
                let look = Look::at(self.centre(row, column), &config.class_prior, scan, p_detect);
                let missed = 1.0 - look.p_detect;
                self.per_m2[row * self.columns + column] *=
                    if worth < 1.0 { libm::pow(missed, worth) } else { missed };
            }
        }
    }

    /// Gives a track that is hardly there any more back to the cell where it was last.
    pub(crate) fn recycle(&mut self, point: EnuPoint, existence: f64) {
        let (row, column) = self.cell(point);
        self.per_m2[row * self.columns + column] += existence / (self.cell_m * self.cell_m);
    }

    /// Points outside the grid take their nearest cell.
    pub(crate) fn per_m2(&self, point: EnuPoint) -> f64 {
        let (row, column) = self.cell(point);
        self.per_m2[row * self.columns + column]
    }

    fn cell(&self, point: EnuPoint) -> (usize, usize) {
        (
            clamped_cell(point.north_m - self.south_west.north_m, self.cell_m, self.rows),
            clamped_cell(point.east_m - self.south_west.east_m, self.cell_m, self.columns),
        )
    }

    fn centre(&self, row: usize, column: usize) -> EnuPoint {
        EnuPoint::new(
            self.south_west.east_m + (column as f64 + 0.5) * self.cell_m,
            self.south_west.north_m + (row as f64 + 0.5) * self.cell_m,
        )
    }
}

/// Number of the cell that holds an offset, of `count` cells of one side length, ends clamped.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..count before the cast"
)]
pub(crate) fn clamped_cell(offset_m: f64, cell_m: f64, count: usize) -> usize {
    let last = count.saturating_sub(1) as f64;
    libm::floor(offset_m / cell_m).clamp(0.0, last) as usize
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the configuration's check bounds it"
)]
fn cells_along(length_m: f64, cell_m: f64) -> usize {
    libm::ceil(length_m / cell_m).max(1.0) as usize
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::tracking::Area;

    #[test]
    fn an_unwatched_place_goes_back_to_what_is_expected_there() {
        let config = config();
        let mut undetected = Undetected::new(&config);
        undetected.per_m2[3] = 0.0;

        for _ in 0..200 {
            undetected.predict(config.survival(config.stay_s / 10.0));
        }

        assert_relative_eq!(undetected.per_m2[3], config.expected_per_m2, max_relative = 1e-6);
    }

    #[test]
    fn a_lost_track_raises_the_intensity_of_its_own_cell_only() {
        let config = config();
        let mut undetected = Undetected::new(&config);
        let here = EnuPoint::new(620.0, 130.0);

        undetected.recycle(here, 0.1);

        assert_relative_eq!(undetected.per_m2(here), config.expected_per_m2 + 0.1 / 10_000.0);
        assert_relative_eq!(undetected.per_m2(EnuPoint::new(720.0, 130.0)), config.expected_per_m2);
    }

    fn config() -> TrackerConfig {
        let area =
            Area { south_west: EnuPoint::new(0.0, 0.0), north_east: EnuPoint::new(1_000.0, 500.0) };
        TrackerConfig { cell_m: 100.0, ..TrackerConfig::for_area(area) }
    }
}
