//! Rain over a surface: flow is routed downhill and wears the ground by stream power.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rayon::prelude::*;

/// Exponent of drained area in the stream-power law (0.3 to 0.6 in the field).
const AREA_EXPONENT: f64 = 0.55;
/// Wear per unit of time: with it a wadi that drains 50 km² eats back some 14 km in time 1.
const WEAR: f64 = 0.8;
/// Mean fall from cell to cell over a filled hollow; it varies, so that the way out winds.
const FALL_M: f64 = 0.02;

/// A square grid of heights over a plane of metres, south row first.
pub(super) struct Surface {
    low_m: (f64, f64),
    spacing_m: f64,
    width: usize,
    height: usize,
    heights_m: Vec<f64>,
    /// Cells that take up all water and do not wear.
    floor: Vec<bool>,
}

impl Surface {
    pub(super) fn new(
        low_m: (f64, f64),
        high_m: (f64, f64),
        spacing_m: f64,
        height_m: &(dyn Fn(f64, f64) -> f64 + Sync),
        is_floor: &(dyn Fn(f64, f64) -> bool + Sync),
    ) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few thousand cells"
        )]
        let cells = |span_m: f64| libm::ceil(span_m / spacing_m) as usize + 1;
        let (width, height) = (cells(high_m.0 - low_m.0), cells(high_m.1 - low_m.1));
        let place = |at: usize| {
            let (row, col) = (at / width, at % width);
            (low_m.0 + col as f64 * spacing_m, low_m.1 + row as f64 * spacing_m)
        };
        let over = |at: usize| {
            let (east_m, north_m) = place(at);
            (height_m(east_m, north_m), is_floor(east_m, north_m))
        };
        let (heights_m, floor) = (0..width * height).into_par_iter().map(over).unzip();
        Self { low_m, spacing_m, width, height, heights_m, floor }
    }

    /// Height by cubic B-spline, which rounds edges off; the border's value outside.
    pub(super) fn height_m(&self, east_m: f64, north_m: f64) -> f64 {
        let (col, across) = split((east_m - self.low_m.0) / self.spacing_m, self.width);
        let (row, along) = split((north_m - self.low_m.1) / self.spacing_m, self.height);
        let (across, along) = (spline(across), spline(along));
        let row_m = |d_row: usize| {
            let start = near(row, d_row, self.height) * self.width;
            (0..4)
                .map(|d| across[d] * self.heights_m[start + near(col, d, self.width)])
                .sum::<f64>()
        };
        (0..4).map(|d_row| along[d_row] * row_m(d_row)).sum()
    }

    /// Routes rain to the floor and wears the ground for some time.
    ///
    /// Each cell falls towards the cell it drains to by `K A^m S`, solved implicitly from the
    /// floor upwards (Braun & Willett 2013, n = 1), which is stable for any time.
    pub(super) fn wear(&mut self, time: f64) {
        let (order, receivers) = self.route();
        let cell_m2 = self.spacing_m * self.spacing_m;
        let mut drained_m2 = vec![cell_m2; self.heights_m.len()];
        for &at in order.iter().rev() {
            if receivers[at] != at {
                drained_m2[receivers[at]] += drained_m2[at];
            }
        }
        let reach_m: Vec<f64> = drained_m2
            .par_iter()
            .map(|&drained_m2| time * WEAR * libm::pow(drained_m2, AREA_EXPONENT))
            .collect();
        for &at in &order {
            let into = receivers[at];
            if into != at {
                let pull = reach_m[at] / self.distance_m(at, into);
                let worn_m = (self.heights_m[at] + pull * self.heights_m[into]) / (1.0 + pull);
                // A hollow is filled up to where it spills: sediment, not a lake.
                self.heights_m[at] = worn_m.max(self.heights_m[into]);
            }
        }
    }

    /// For each cell the cell it drains to (itself on the floor), and an order in which every
    /// cell comes after its receiver (priority flood: Barnes, Lehman & Mulla 2014).
    fn route(&self) -> (Vec<usize>, Vec<usize>) {
        let cells = self.heights_m.len();
        let mut receivers: Vec<usize> = (0..cells).collect();
        let mut filled_m = self.heights_m.clone();
        let mut rank = vec![usize::MAX; cells];
        let mut reached = self.floor.clone();
        let mut order = Vec::with_capacity(cells);
        let mut next: BinaryHeap<Reverse<(i64, usize)>> = (0..cells)
            .filter(|&at| self.floor[at])
            .map(|at| Reverse((level(self.heights_m[at]), at)))
            .collect();
        if next.is_empty() {
            // No valley in sight: the lowest cell takes the water.
            let lowest =
                (0..cells).min_by(|&a, &b| self.heights_m[a].total_cmp(&self.heights_m[b]));
            next.extend(lowest.map(|at| Reverse((level(self.heights_m[at]), at))));
            if let Some(at) = lowest {
                reached[at] = true;
            }
        }
        while let Some(Reverse((_, at))) = next.pop() {
            rank[at] = order.len();
            order.push(at);
            receivers[at] = self.steepest(at, &filled_m, &rank);
            for neighbour in self.neighbours(at) {
                if !reached[neighbour] {
                    reached[neighbour] = true;
                    filled_m[neighbour] = filled_m[neighbour].max(filled_m[at] + fall_m(neighbour));
                    next.push(Reverse((level(filled_m[neighbour]), neighbour)));
                }
            }
        }
        (order, receivers)
    }

    /// The neighbour, among those already drained, towards which the filled ground falls most.
    fn steepest(&self, at: usize, filled_m: &[f64], rank: &[usize]) -> usize {
        if self.floor[at] {
            return at;
        }
        let fall = |into: usize| (filled_m[at] - filled_m[into]) / self.distance_m(at, into);
        self.neighbours(at)
            .filter(|&into| rank[into] < rank[at])
            .max_by(|&a, &b| fall(a).total_cmp(&fall(b)))
            .unwrap_or(at)
    }

    fn neighbours(&self, at: usize) -> impl Iterator<Item = usize> {
        let (row, col) = (at / self.width, at % self.width);
        let (last_row, last_col) = (self.height - 1, self.width - 1);
        let width = self.width;
        (row.saturating_sub(1)..=(row + 1).min(last_row))
            .flat_map(move |row| {
                (col.saturating_sub(1)..=(col + 1).min(last_col)).map(move |col| row * width + col)
            })
            .filter(move |&neighbour| neighbour != at)
    }

    fn distance_m(&self, at: usize, other: usize) -> f64 {
        let straight =
            at / self.width == other / self.width || at % self.width == other % self.width;
        if straight { self.spacing_m } else { self.spacing_m * std::f64::consts::SQRT_2 }
    }
}

/// Fall onto a cell of a filled hollow: 0.02 to 1.98 of the mean, at random but fixed.
fn fall_m(at: usize) -> f64 {
    let hash = (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hash = (hash ^ (hash >> 31)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    FALL_M * (0.02 + 1.96 * ((hash >> 40) as f64 / 16_777_216.0))
}

/// A height as an integer that sorts like it: micrometres.
#[expect(clippy::cast_possible_truncation, reason = "a few hundred metres")]
fn level(height_m: f64) -> i64 {
    (height_m * 1e6) as i64
}

/// Whole and fractional part of a position, kept inside `0..cells`.
fn split(position: f64, cells: usize) -> (usize, f64) {
    let inside = position.clamp(0.0, cells as f64 - 1.0);
    let whole = libm::floor(inside);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped above")]
    let index = whole as usize;
    (index, inside - whole)
}

/// Index of the `d`-th of the four cells around a position, kept inside.
fn near(whole: usize, d: usize, cells: usize) -> usize {
    (whole + d).saturating_sub(1).min(cells - 1)
}

/// Weights of the four cells around a position.
fn spline(share: f64) -> [f64; 4] {
    let rest = 1.0 - share;
    let (cube, rest_cube) = (share * share * share, rest * rest * rest);
    let second = (3.0 * cube - 6.0 * share * share + 4.0) / 6.0;
    let third = (3.0 * rest_cube - 6.0 * rest * rest + 4.0) / 6.0;
    [rest_cube / 6.0, second, third, cube / 6.0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_drains_to_the_floor_without_a_loop() {
        let surface = bumpy();

        let (order, receivers) = surface.route();

        assert_eq!(order.len(), surface.heights_m.len());
        for at in 0..receivers.len() {
            let mut here = at;
            let steps = (0..receivers.len()).take_while(|_| {
                let moves = receivers[here] != here;
                here = receivers[here];
                moves
            });
            assert!(steps.count() < receivers.len());
            assert!(surface.floor[here]);
        }
    }

    #[test]
    fn wear_leaves_no_hollow_and_never_touches_the_floor() {
        let mut surface = bumpy();
        let before = surface.heights_m.clone();

        surface.wear(1.0);

        let (_, receivers) = surface.route();
        for (at, &into) in receivers.iter().enumerate() {
            assert!(surface.heights_m[at] >= surface.heights_m[into]);
            assert!(!surface.floor[at] || surface.heights_m[at].to_bits() == before[at].to_bits());
        }
    }

    fn bumpy() -> Surface {
        Surface::new(
            (0.0, 0.0),
            (3_000.0, 3_000.0),
            100.0,
            &|east_m, north_m| 50.0 + 20.0 * libm::sin(east_m / 300.0) * libm::cos(north_m / 410.0),
            &|_, north_m| north_m < 50.0,
        )
    }
}
