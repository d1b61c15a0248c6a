//! One sensor that looks: its cells, and the rate in each, 64 cells of a row at a time.

use std::sync::Arc;

use crate::coverage::haze::Haze;
use crate::coverage::rates::{DEPTH_MAX, Even, Make};
use crate::coverage::reach::Reach;
use crate::terrain::Cell;

/// Cells of a row that are painted together: those of one word of bits.
pub(crate) const BLOCK: usize = 64;
/// Cells of a block below which each is worked out by itself.
const FEW: u32 = 20;
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

    /// Grid rows and columns that may be painted, first and one past the last; columns are multiples of [`BLOCK`].
    pub(crate) fn span(&self) -> ((usize, usize), (usize, usize)) {
        let first = self.reach.first_col();
        (self.reach.row_span(), (first, first + self.reach.cols()))
    }

    /// Calls `put(row, first column, rates)` for blocks of cells of the grid rows `from..to`.
    ///
    /// Cells that are not looked at have rate 0; blocks without a rate are left out, and no rate lies off the grid.
    pub(crate) fn paint(&self, rows: (usize, usize), put: impl FnMut(usize, usize, &[i32; BLOCK])) {
        self.paint_within(rows, |_| (0, usize::MAX), put);
    }

    /// The same for blocks that hold a column of those wanted in each row, `from..to`.
    pub(crate) fn paint_within(
        &self,
        (from, to): (usize, usize),
        wanted: impl Fn(usize) -> (usize, usize),
        mut put: impl FnMut(usize, usize, &[i32; BLOCK]),
    ) {
        let (first, end) = self.reach.row_span();
        let first_col = self.reach.first_col();
        for row in from.max(first)..to.min(end) {
            let words = self.reach.row_words(row - first);
            let (from_col, to_col) = wanted(row);
            let from_word = (from_col.saturating_sub(first_col) / BLOCK).min(words.len());
            let to_word = to_col.saturating_sub(first_col).div_ceil(BLOCK).min(words.len());
            for (at, &bits) in words.iter().enumerate().take(to_word).skip(from_word) {
                let place = (row - first, at * BLOCK);
                if bits != 0
                    && let Some(rates) = self.block(place, bits)
                {
                    put(row, first_col + at * BLOCK, &rates);
                }
            }
        }
    }

    /// Rates of the cells of a block whose bits are set; `None` where all are out of reach or behind too much dust.
    #[inline]
    fn block(&self, place: (usize, usize), bits: u64) -> Option<[i32; BLOCK]> {
        let ranges_m = Ranges::of(&self.reach, place.0, place.1);
        let nearest_m = ranges_m.nearest();
        match &self.rates {
            Rates::Even(even) => {
                (nearest_m <= even.reach_m).then(|| even_block(even, &ranges_m, bits))
            }
            Rates::Patchy { make, lattice } => (lattice.least(place) * nearest_m < DEPTH_MAX)
                .then(|| patchy_block(make, (lattice, place), &ranges_m, bits)),
        }
    }
}

/// The rate in a cell of the grid in even air, as it is painted; 0 where the sensor does not look.
pub(crate) fn rate_at(reach: &Reach, even: &Even, cell: Cell) -> i32 {
    if !reach.holds(cell) {
        return 0;
    }
    let (row, col) = (cell.row - reach.row_span().0, cell.col - reach.first_col());
    even.at(even.entry(Ranges::of(reach, row, col / BLOCK * BLOCK).at(col % BLOCK)))
}

/// Where a block of cells lies from its sensor.
struct Ranges {
    /// East and north metres of the first cell.
    first: [f32; 2],
    col_m: f32,
    /// Height of the sensing head, squared.
    head_m2: f32,
}

impl Ranges {
    fn of(reach: &Reach, window_row: usize, window_col: usize) -> Self {
        let (east_m, north_m) = reach.offset(window_row, window_col as f64);
        Self {
            first: [narrow(east_m), narrow(north_m)],
            col_m: narrow(reach.col_m()),
            head_m2: narrow(reach.head_m() * reach.head_m()),
        }
    }

    #[inline]
    fn at(&self, cell: usize) -> f32 {
        let [first_m, north_m] = self.first;
        let east_m = first_m + cell as f32 * self.col_m;
        (east_m * east_m + north_m * north_m + self.head_m2).sqrt()
    }

    /// No cell of the block is nearer.
    fn nearest(&self) -> f32 {
        let [first_m, north_m] = self.first;
        let last_m = first_m + (BLOCK - 1) as f32 * self.col_m;
        let aside_m = first_m.max(-last_m).max(0.0);
        (aside_m * aside_m + north_m * north_m + self.head_m2).sqrt()
    }
}

fn even_block(even: &Even, ranges_m: &Ranges, bits: u64) -> [i32; BLOCK] {
    let mut rates = [0; BLOCK];
    if bits.count_ones() < FEW {
        each_set(bits, |cell| rates[cell] = even.at(even.entry(ranges_m.at(cell))));
        return rates;
    }
    // All at once: four or more to an instruction.
    let entries: [u32; BLOCK] = std::array::from_fn(|cell| even.entry(ranges_m.at(cell)));
    each_set(bits, |cell| rates[cell] = even.at(entries[cell]));
    rates
}

fn patchy_block(
    make: &Make,
    (lattice, place): (&Lattice, (usize, usize)),
    ranges_m: &Ranges,
    bits: u64,
) -> [i32; BLOCK] {
    let mut rates = [0; BLOCK];
    let lines = lattice.lines(place);
    if bits.count_ones() < FEW {
        each_set(bits, |cell| {
            let range_m = ranges_m.at(cell);
            rates[cell] = make.rate(range_m, range_m * lattice.mean_per_m(&lines, cell));
        });
        return rates;
    }
    let ranges_m: [f32; BLOCK] = std::array::from_fn(|cell| ranges_m.at(cell));
    let means: [f32; BLOCK] = std::array::from_fn(|cell| lattice.mean_per_m(&lines, cell));
    each_set(bits, |cell| rates[cell] = make.rate(ranges_m[cell], ranges_m[cell] * means[cell]));
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

    /// The places of the lattice above and below a block of cells.
    fn round(&self, (window_row, window_col): (usize, usize)) -> (&[f32], &[f32]) {
        let at = window_row / self.every * self.cols + window_col / self.every;
        let steps = BLOCK / self.every;
        (&self.mean_per_m[at..][..=steps], &self.mean_per_m[at + self.cols..][..=steps])
    }

    /// No cell of a block has less.
    fn least(&self, place: (usize, usize)) -> f32 {
        let (above, below) = self.round(place);
        above.iter().chain(below).copied().fold(f32::INFINITY, f32::min)
    }

    /// Mean extinctions along a block of cells: where each step of the lattice starts, and what a cell adds.
    fn lines(&self, place: (usize, usize)) -> [(f32, f32); BLOCK] {
        let (above, below) = self.round(place);
        let down = (place.0 % self.every) as f32 / self.every as f32;
        let at = |step: usize| above[step] + (below[step] - above[step]) * down;
        let mut lines = [(0.0, 0.0); BLOCK];
        let mut left = at(0);
        for (step, line) in lines.iter_mut().enumerate().take(BLOCK / self.every) {
            let right = at(step + 1);
            *line = (left, (right - left) / self.every as f32);
            left = right;
        }
        lines
    }

    #[inline]
    fn mean_per_m(&self, lines: &[(f32, f32); BLOCK], cell: usize) -> f32 {
        // A power of two.
        let step = cell >> self.every.trailing_zeros();
        let (left, slope) = lines[step % BLOCK];
        left + slope * (cell & (self.every - 1)) as f32
    }
}

#[expect(clippy::cast_possible_truncation, reason = "seven digits are plenty for a range")]
fn narrow(value: f64) -> f32 {
    value as f32
}
