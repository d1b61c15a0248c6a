//! One sensor that looks: its cells, and the rate in each, 64 cells of a row at a time.

use std::sync::Arc;

use crate::coverage::haze::Haze;
use crate::coverage::rates::{Even, Make};
use crate::coverage::reach::Reach;

/// Cells of a row that are painted together: those of one word of bits.
pub(crate) const BLOCK: usize = 64;
/// Most metres between two places of a lattice of mean extinctions.
const LATTICE_M: f64 = 400.0;

/// A sensor ready to be painted.
pub(crate) struct Look {
    reach: Arc<Reach>,
    rates: Rates,
}

enum Rates {
    Even(Arc<Even>),
    Patchy { make: Arc<Make>, lattice: Lattice },
}

/// Mean extinctions at every few cells of a window, row by row.
struct Lattice {
    /// Cells from one place to the next, a divisor of [`BLOCK`].
    every: usize,
    cols: usize,
    mean_per_m: Vec<f32>,
}

impl Look {
    /// A sensor in air that is the same along all its looks.
    pub(crate) fn in_even_air(reach: Arc<Reach>, even: Arc<Even>) -> Self {
        Self { reach, rates: Rates::Even(even) }
    }

    pub(crate) fn in_patchy_air(reach: Arc<Reach>, make: Arc<Make>, haze: &Haze) -> Self {
        let lattice = Lattice::new(&reach, haze);
        Self { reach, rates: Rates::Patchy { make, lattice } }
    }

    /// Calls `put(row, first column, rates)` for blocks of cells of the grid rows `from..to`.
    ///
    /// Cells that are not looked at have rate 0; blocks without a rate are left out, and no rate lies off the grid.
    pub(crate) fn paint(
        &self,
        (from, to): (usize, usize),
        mut put: impl FnMut(usize, usize, &[i32; BLOCK]),
    ) {
        let (first, end) = self.reach.row_span();
        let reach_m = match &self.rates {
            Rates::Even(even) => even.reach_m,
            Rates::Patchy { .. } => f32::INFINITY,
        };
        for row in from.max(first)..to.min(end) {
            for (at, &bits) in self.reach.row_words(row - first).iter().enumerate() {
                if bits == 0 {
                    continue;
                }
                let ranges_m = Ranges::of(&self.reach, row - first, at * BLOCK);
                if ranges_m.nearest() > reach_m {
                    continue;
                }
                let rates = match &self.rates {
                    Rates::Even(even) => even_block(even, &ranges_m, bits),
                    Rates::Patchy { make, lattice } => {
                        let mean_per_m = lattice.block(row - first, at * BLOCK);
                        patchy_block(make, &mean_per_m, &ranges_m, bits)
                    }
                };
                put(row, self.reach.first_col() + at * BLOCK, &rates);
            }
        }
    }
}

/// Where a block of cells lies from its sensor.
struct Ranges {
    /// East and north metres of the first cell.
    first: [f32; 2],
    col_m: f32,
}

impl Ranges {
    fn of(reach: &Reach, window_row: usize, window_col: usize) -> Self {
        let (east_m, north_m) = reach.offset(window_row, window_col as f64);
        Self { first: [narrow(east_m), narrow(north_m)], col_m: narrow(reach.col_m()) }
    }

    #[inline]
    fn at(&self, cell: usize) -> f32 {
        let [first_m, north_m] = self.first;
        let east_m = first_m + cell as f32 * self.col_m;
        (east_m * east_m + north_m * north_m).sqrt()
    }

    /// No cell of the block is nearer.
    fn nearest(&self) -> f32 {
        let [first_m, north_m] = self.first;
        let last_m = first_m + (BLOCK - 1) as f32 * self.col_m;
        let aside_m = first_m.max(-last_m).max(0.0);
        (aside_m * aside_m + north_m * north_m).sqrt()
    }
}

fn even_block(even: &Even, ranges_m: &Ranges, bits: u64) -> [i32; BLOCK] {
    let entries: [u32; BLOCK] = std::array::from_fn(|cell| even.entry(ranges_m.at(cell)));
    let mut rates = [0; BLOCK];
    each_set(bits, |cell| rates[cell] = even.at(entries[cell]));
    rates
}

fn patchy_block(
    make: &Make,
    mean_per_m: &[f32; BLOCK],
    ranges_m: &Ranges,
    bits: u64,
) -> [i32; BLOCK] {
    let ranges_m: [f32; BLOCK] = std::array::from_fn(|cell| ranges_m.at(cell));
    let depths: [f32; BLOCK] = std::array::from_fn(|cell| ranges_m[cell] * mean_per_m[cell]);
    let mut rates = [0; BLOCK];
    each_set(bits, |cell| rates[cell] = make.rate(ranges_m[cell], depths[cell]));
    rates
}

#[inline]
fn each_set(mut bits: u64, mut act: impl FnMut(usize)) {
    while bits != 0 {
        act(bits.trailing_zeros() as usize % BLOCK);
        bits &= bits - 1;
    }
}

impl Lattice {
    fn new(reach: &Reach, haze: &Haze) -> Self {
        let cell_m = reach.col_m().max(reach.row_m());
        let mut every = BLOCK;
        while every > 1 && every as f64 * cell_m > LATTICE_M {
            every /= 2;
        }
        let (rows, cols) = (reach.rows().div_ceil(every) + 1, reach.cols() / every + 1);
        let mean_per_m = (0..rows * cols)
            .map(|at| {
                let (row, col) = (at / cols * every, at % cols * every);
                let (east_m, north_m) = reach.offset(row, col as f64);
                narrow(haze.mean_per_m(east_m, north_m))
            })
            .collect();
        Self { every, cols, mean_per_m }
    }

    /// Mean extinctions of a block of cells, linear between the places of the lattice.
    fn block(&self, window_row: usize, window_col: usize) -> [f32; BLOCK] {
        let at = window_row / self.every * self.cols + window_col / self.every;
        let down = (window_row % self.every) as f32 / self.every as f32;
        let steps = BLOCK / self.every;
        let above = &self.mean_per_m[at..][..=steps];
        let below = &self.mean_per_m[at + self.cols..][..=steps];
        let mut means = [0.0; BLOCK];
        for (step, cells) in means.chunks_exact_mut(self.every).enumerate() {
            let left = above[step] + (below[step] - above[step]) * down;
            let right = above[step + 1] + (below[step + 1] - above[step + 1]) * down;
            let slope = (right - left) / self.every as f32;
            for (cell, mean) in cells.iter_mut().enumerate() {
                *mean = left + slope * cell as f32;
            }
        }
        means
    }
}

#[expect(clippy::cast_possible_truncation, reason = "seven digits are plenty for a range")]
fn narrow(value: f64) -> f32 {
    value as f32
}
