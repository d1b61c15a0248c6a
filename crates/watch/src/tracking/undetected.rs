//! Where things may be that nobody has found: a Poisson intensity over a grid of cells.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use sight::geo::EnuPoint;

use super::DetectionChance;
use super::bernoulli::Look;
use super::config::{Birthline, TrackerConfig};
use super::scan::Scan;

/// So far from a line, in its sigmas, nobody is expected because of it.
const BIRTHLINE_SIGMAS: f64 = 4.0;

/// Expected movers per square metre in each cell, row by row from the south-west.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Undetected {
    south_west: EnuPoint,
    cell_m: f64,
    rows: usize,
    columns: usize,
    per_m2: Vec<f64>,
    /// The same of cells that nobody watches; all states of the filter share it.
    #[serde(serialize_with = "as_list")]
    expected_per_m2: Arc<Vec<f64>>,
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
            expected_per_m2: Arc::default(),
        };
        let centres =
            (0..rows * columns).map(|cell| undetected.centre(cell / columns, cell % columns));
        let mut expected: Vec<f64> = centres.map(|centre| config.expected_at(centre)).collect();
        for line in &config.birthlines {
            undetected.expect_along(line, &mut expected);
        }
        undetected.expected_per_m2 = Arc::new(expected);
        let at_start = undetected.expected_per_m2.iter().map(|density| density * config.at_start);
        undetected.per_m2 = at_start.collect();
        undetected
    }

    /// Adds what is to be expected along a line: normal across it, alike along it.
    fn expect_along(&self, line: &Birthline, expected: &mut [f64]) {
        let pairs = || line.points.windows(2).map(|pair| (pair[0], pair[1]));
        let length_m: f64 = pairs().map(|(from, to)| from.distance_m(to)).sum();
        if !(length_m > 0.0 && line.expected > 0.0) {
            return;
        }
        let sigma_m = line.sigma_m.max(self.cell_m / 2.0);
        let reach_m = BIRTHLINE_SIGMAS * sigma_m;
        let mut away_m = vec![f64::INFINITY; expected.len()];
        for (from, to) in pairs() {
            let corner = |pick: fn(f64, f64) -> f64, off_m: f64| {
                self.cell(EnuPoint::new(
                    pick(from.east_m, to.east_m) + off_m,
                    pick(from.north_m, to.north_m) + off_m,
                ))
            };
            let (first, last) = (corner(f64::min, -reach_m), corner(f64::max, reach_m));
            for row in first.0..=last.0 {
                for column in first.1..=last.1 {
                    let away = &mut away_m[row * self.columns + column];
                    *away = away.min(distance_m(self.centre(row, column), from, to));
                }
            }
        }
        let peak = line.expected / (length_m * sigma_m * libm::sqrt(std::f64::consts::TAU));
        let near = expected.iter_mut().zip(away_m).filter(|near| near.1 <= reach_m);
        for (density, away_m) in near {
            let sigmas = away_m / sigma_m;
            *density += peak * libm::exp(-sigmas * sigmas / 2.0);
        }
    }

    /// Draws every cell back to what is expected of a place that nobody watches.
    pub(crate) fn predict(&mut self, survival: f64) {
        for (density, expected) in self.per_m2.iter_mut().zip(self.expected_per_m2.iter()) {
            *density = survival * *density + (1.0 - survival) * expected;
        }
    }

    /// Lowers the intensity where the scan looked: what was there would have been seen.
    ///
    /// `share` of the sight model's chance is to be expected at a point.
    pub(crate) fn miss(
        &mut self,
        scan: &Scan,
        p_detect: &DetectionChance<'_>,
        config: &TrackerConfig,
        share: impl Fn(EnuPoint) -> f64,
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
                let centre = self.centre(row, column);
                let look = Look::at(centre, &config.class_prior, scan, p_detect);
                if look.p_detect <= 0.0 {
                    continue;
                }
                let missed = 1.0 - look.p_detect * share(centre);
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

    /// Bytes on the heap that are its own.
    pub(crate) fn bytes(&self) -> usize {
        self.per_m2.len() * size_of::<f64>()
    }

    /// Points outside the grid take their nearest cell.
    pub(crate) fn per_m2(&self, point: EnuPoint) -> f64 {
        let (row, column) = self.cell(point);
        self.per_m2[row * self.columns + column]
    }

    fn cell(&self, point: EnuPoint) -> (usize, usize) {
        (
            clamped_cell((point.north_m - self.south_west.north_m) / self.cell_m, self.rows),
            clamped_cell((point.east_m - self.south_west.east_m) / self.cell_m, self.columns),
        )
    }

    fn centre(&self, row: usize, column: usize) -> EnuPoint {
        EnuPoint::new(
            self.south_west.east_m + (column as f64 + 0.5) * self.cell_m,
            self.south_west.north_m + (row as f64 + 0.5) * self.cell_m,
        )
    }
}

fn as_list<S: Serializer>(cells: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(cells)
}

/// From a point to the nearest of a segment.
fn distance_m(point: EnuPoint, from: EnuPoint, to: EnuPoint) -> f64 {
    let (along, off) = (to.to_vector() - from.to_vector(), point.to_vector() - from.to_vector());
    let length2 = along.norm_squared();
    let share = if length2 > 0.0 { (along.dot(&off) / length2).clamp(0.0, 1.0) } else { 0.0 };
    (off - along * share).norm()
}

/// Number of the cell, of `count`, that holds a place which is so many cells from the first one's start; ends clamped.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..count before the cast"
)]
pub(crate) fn clamped_cell(cells: f64, count: usize) -> usize {
    let last = count.saturating_sub(1) as f64;
    // Of what is not negative, a cast takes the floor.
    cells.clamp(0.0, last) as usize
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

    #[test]
    fn along_a_line_as_many_are_expected_as_it_says() {
        let line = Birthline {
            points: vec![
                EnuPoint::new(250.0, 50.0),
                EnuPoint::new(250.0, 250.0),
                EnuPoint::new(750.0, 250.0),
            ],
            sigma_m: 30.0,
            expected: 3.0,
        };
        let config = TrackerConfig { expected_per_m2: 0.0, birthlines: vec![line], ..config() };
        config.check().unwrap();

        let undetected = Undetected::new(&TrackerConfig { cell_m: 10.0, ..config });

        let all: f64 = undetected.expected_per_m2.iter().sum::<f64>() * 100.0;
        // What lies off the ends and in the bend is counted a little differently.
        assert!((2.7..3.4).contains(&all), "{all}");
        let (on, off) = (EnuPoint::new(500.0, 255.0), EnuPoint::new(500.0, 455.0));
        assert!(undetected.per_m2(on) > 1e3 * undetected.per_m2(off));
    }

    fn config() -> TrackerConfig {
        let area =
            Area { south_west: EnuPoint::new(0.0, 0.0), north_east: EnuPoint::new(1_000.0, 500.0) };
        TrackerConfig { cell_m: 100.0, ..TrackerConfig::for_area(area) }
    }
}
