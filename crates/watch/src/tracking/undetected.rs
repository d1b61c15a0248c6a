//! Where things may be that nobody has found: a Poisson intensity over a grid of cells.

use std::cell::Cell;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;

use super::bernoulli::Look;
use super::config::{Birthline, TrackerConfig};
use super::filter::Given;
use super::filter::chances::CellChances;
use super::filter::trace::Cells;
use super::scan::Scan;

/// So far from a line, in its sigmas, nobody is expected because of it.
const BIRTHLINE_SIGMAS: f64 = 4.0;

/// Expected movers per square metre in each cell, row by row from the south-west.
///
/// Between looks a cell is drawn back to what is expected of a place that nobody watches. It is brought forward only
/// when something happens to it, so that it is a function of what happened to it alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Undetected {
    south_west: EnuPoint,
    cell_m: f64,
    rows: usize,
    columns: usize,
    per_m2: Vec<f64>,
    /// When something last happened to each cell, in seconds after `begun`.
    since_s: Vec<f64>,
    begun: Option<Timestamp>,
    stay_s: f64,
    /// The same of cells that nobody watches; all states of the filter share it.
    #[serde(with = "crate::shared")]
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
            since_s: vec![0.0; rows * columns],
            begun: None,
            stay_s: config.stay_s,
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

    /// Takes over what is expected where nobody watches from one of the same place; false when it is of another.
    pub(crate) fn share_expected(&mut self, fresh: &Self) -> bool {
        let cells = fresh.expected_per_m2.len();
        let is_same = (self.rows, self.columns) == (fresh.rows, fresh.columns)
            && self.per_m2.len() == cells
            && self.since_s.len() == cells
            && self.expected_per_m2 == fresh.expected_per_m2;
        if is_same {
            self.expected_per_m2 = Arc::clone(&fresh.expected_per_m2);
        }
        is_same
    }

    /// Nothing changes before the first scan.
    pub(crate) fn begin(&mut self, at: Timestamp) {
        self.begun.get_or_insert(at);
    }

    pub(crate) fn fading(&self, now: Timestamp) -> Fading {
        let now_s = self.begun.map_or(0.0, |begun| now.duration_since(begun).as_secs_f64());
        Fading { now_s, stay_s: self.stay_s, last: Cell::new((now_s, 1.0)) }
    }

    /// Lowers the intensity where the scan looked: what was there would have been seen.
    ///
    /// `share` of the sight model's chance is to be expected at a point. With `only`, other cells are left as they are.
    /// `known` holds what was asked about cells before. Returns the cells that are lowered.
    pub(crate) fn miss(
        &mut self,
        scan: &Scan,
        given: &Given<'_>,
        (only, known): (Option<&Cells>, &mut CellChances),
        share: impl Fn(EnuPoint) -> f64,
    ) -> Vec<u32> {
        let Given { p_detect, config, .. } = *given;
        let (first, last) = scan
            .sees
            .bounds()
            .map_or(((0, 0), (self.rows - 1, self.columns - 1)), |(south_west, north_east)| {
                (self.cell(south_west), self.cell(north_east))
            });
        let worth = scan.worth();
        let fading = self.fading(scan.at);
        let mut lowered = Vec::new();
        let mut known = known.of(&scan.sensor, first, last);
        for row in first.0..=last.0 {
            for column in first.1..=last.1 {
                let cell = row * self.columns + column;
                let number = short(cell);
                if only.is_some_and(|only| !only.contains(number)) {
                    continue;
                }
                let centre = self.centre(row, column);
                if !scan.sees.contains(centre) {
                    continue;
                }
                let ask = || Look::at(centre, &config.class_prior, scan, p_detect).p_detect;
                let chance = match &mut known {
                    Some(known) => known.chance(row, column, ask),
                    None => ask(),
                };
                if chance <= 0.0 {
                    continue;
                }
                let missed = 1.0 - chance * share(centre);
                let missed = if worth < 1.0 { libm::pow(missed, worth) } else { missed };
                self.put(cell, self.faded(cell, &fading) * missed, &fading);
                lowered.push(number);
            }
        }
        lowered
    }

    /// Gives a track that is hardly there any more back to the cell where it was last.
    ///
    /// Returns the cell.
    pub(crate) fn recycle(&mut self, point: EnuPoint, existence: f64, fading: &Fading) -> u32 {
        let cell = self.number(point);
        let more = existence / (self.cell_m * self.cell_m);
        self.put(cell, self.faded(cell, fading) + more, fading);
        short(cell)
    }

    /// The cell in which a point lies.
    pub(crate) fn cell_of(&self, point: EnuPoint) -> u32 {
        short(self.number(point))
    }

    /// Takes some cells from another state.
    pub(crate) fn take_over(&mut self, other: &Self, cells: &Cells) {
        for cell in cells.iter() {
            self.per_m2[cell] = other.per_m2[cell];
            self.since_s[cell] = other.since_s[cell];
        }
    }

    pub(crate) fn put(&mut self, cell: usize, per_m2: f64, fading: &Fading) {
        self.per_m2[cell] = per_m2;
        self.since_s[cell] = fading.now_s;
    }

    /// What is expected in a cell by now.
    fn faded(&self, cell: usize, fading: &Fading) -> f64 {
        let survival = fading.since(self.since_s[cell]);
        survival * self.per_m2[cell] + (1.0 - survival) * self.expected_per_m2[cell]
    }

    /// Bytes on the heap that are its own.
    pub(crate) fn bytes(&self) -> usize {
        self.per_m2.len() * 2 * size_of::<f64>()
    }

    /// Points outside the grid take their nearest cell.
    pub(crate) fn per_m2(&self, point: EnuPoint, fading: &Fading) -> f64 {
        self.faded(self.number(point), fading)
    }

    fn number(&self, point: EnuPoint) -> usize {
        let (row, column) = self.cell(point);
        row * self.columns + column
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

/// How much of what was in a cell at some time is still itself now; one figure serves many cells.
#[derive(Debug)]
pub(crate) struct Fading {
    now_s: f64,
    stay_s: f64,
    /// A time, and the share of what was there then.
    last: Cell<(f64, f64)>,
}

impl Fading {
    fn since(&self, since_s: f64) -> f64 {
        let (known_s, share) = self.last.get();
        // Either the very same time, or another: nothing is measured with it.
        if known_s.to_bits() == since_s.to_bits() {
            return share;
        }
        let share = libm::exp(-(self.now_s - since_s).max(0.0) / self.stay_s);
        self.last.set((since_s, share));
        share
    }
}

/// The number of a cell; there are fewer than a million.
fn short(cell: usize) -> u32 {
    u32::try_from(cell).unwrap_or(u32::MAX)
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
    use jiff::SignedDuration;

    use super::*;
    use crate::tracking::Area;

    #[test]
    fn an_unwatched_place_goes_back_to_what_is_expected_there() {
        let config = config();
        let mut undetected = Undetected::new(&config);
        undetected.begin(Timestamp::UNIX_EPOCH);
        undetected.per_m2[3] = 0.0;
        let after = |stays: f64| {
            let later = SignedDuration::from_secs_f64(stays * config.stay_s);
            let fading = undetected.fading(Timestamp::UNIX_EPOCH + later);
            undetected.per_m2(EnuPoint::new(350.0, 20.0), &fading)
        };

        assert_relative_eq!(after(1.0), 0.632 * config.expected_per_m2, max_relative = 1e-3);
        assert_relative_eq!(after(20.0), config.expected_per_m2, max_relative = 1e-6);
    }

    #[test]
    fn a_lost_track_raises_the_intensity_of_its_own_cell_only() {
        let config = config();
        let mut undetected = Undetected::new(&config);
        let here = EnuPoint::new(620.0, 130.0);

        let fading = undetected.fading(Timestamp::UNIX_EPOCH);
        undetected.recycle(here, 0.1, &fading);

        let per_m2 = |point| undetected.per_m2(point, &fading);
        assert_relative_eq!(per_m2(here), config.expected_per_m2 + 0.1 / 10_000.0);
        assert_relative_eq!(per_m2(EnuPoint::new(720.0, 130.0)), config.expected_per_m2);
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
        let fading = undetected.fading(Timestamp::UNIX_EPOCH);
        assert!(undetected.per_m2(on, &fading) > 1e3 * undetected.per_m2(off, &fading));
    }

    fn config() -> TrackerConfig {
        let area =
            Area { south_west: EnuPoint::new(0.0, 0.0), north_east: EnuPoint::new(1_000.0, 500.0) };
        TrackerConfig { cell_m: 100.0, ..TrackerConfig::for_area(area) }
    }
}
