//! Which cells a sensor can look at, and at what rate it would find a mover in each.

use crate::coverage::air::Depths;
use crate::geo::{Azimuth, Wgs84, metres_per_degree};
use crate::sector::Sensor;
use crate::sensor::{Band, RangeModel};
use crate::terrain::{Cell, Grid};
use crate::viewshed::{Disc, Kernel, Request, Visible, viewshed};

/// One detection per second, in the unit of rates: 2^-20 per second.
pub const RATE_ONE: i32 = 1 << 20;
/// Most that one sensor may add to a cell, so that sums of a thousand sensors stay far from overflowing.
pub(crate) const RATE_MAX: i32 = RATE_ONE;

/// Steps of range in a rate table.
const RANGE_STEPS: usize = 640;
/// Optical depth between two levels of a rate table.
const LEVEL_DEPTH: f64 = 0.125;
/// Levels of a rate table; past the last, a depth of 12, nothing is seen by any optics.
const LEVELS: usize = 97;
/// Cells of a row that share one optical depth.
const RUN: usize = 16;

/// The cells that one sensor can look at from one place, as bits of a window of the grid.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reach {
    /// Fractional grid row and column of the sensor.
    row: f64,
    col: f64,
    row_m: f64,
    col_m: f64,
    first_row: usize,
    /// A multiple of 64.
    first_col: usize,
    words_per_row: usize,
    words: Vec<u64>,
}

/// Whether ground may hide a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ground {
    AsItIs,
    /// Nothing is hidden: what the sensor would look at over bare flat ground.
    Bald,
}

/// From where a reach is computed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stand {
    pub(crate) place: Wgs84,
    pub(crate) height_m: f64,
    pub(crate) target_height_m: f64,
    pub(crate) refraction: f64,
    pub(crate) ground: Ground,
}

impl Reach {
    /// The cells within range and field of regard of `sensor` standing at `stand` that nothing hides.
    ///
    /// None at all from a place off the terrain or on a void.
    pub(crate) fn new(grid: &Grid, sensor: &Sensor, stand: &Stand) -> Self {
        let request = Request {
            observer: stand.place,
            observer_height_m: stand.height_m,
            target_height_m: stand.target_height_m,
            radius_m: sensor.range_max_m,
            refraction: stand.refraction,
            kernel: Kernel::Exact,
        };
        let (row, col) = grid.position_of(stand.place);
        let (north_m, east_m) = metres_per_degree(stand.place.lat_deg());
        let mut reach = Self {
            row,
            col,
            row_m: grid.lat_step_deg * north_m,
            col_m: grid.lon_step_deg * east_m,
            first_row: 0,
            first_col: 0,
            words_per_row: 0,
            words: Vec::new(),
        };
        match stand.ground {
            Ground::AsItIs => reach.take(&viewshed(grid, &request)),
            Ground::Bald => {
                if let Ok(disc) = Disc::new(grid, &request) {
                    reach.take_all(&disc);
                }
            }
        }
        if let Some(facing) = sensor.facing {
            reach.keep_field(facing, sensor.field_rad);
        }
        reach
    }

    fn take(&mut self, visible: &Visible) {
        self.first_row = visible.first_row;
        self.first_col = visible.first_col;
        self.words_per_row = visible.cols.div_ceil(64);
        self.words = (0..visible.rows).flat_map(|row| visible.row_words(row)).copied().collect();
    }

    fn take_all(&mut self, disc: &Disc) {
        self.first_row = disc.first_row();
        self.first_col = disc.first_col();
        self.words_per_row = disc.cols().div_ceil(64);
        self.words = vec![0; disc.rows() * self.words_per_row];
        let rows = self.words.chunks_mut(self.words_per_row.max(1));
        for (words, (start, end)) in rows.zip(disc.spans()) {
            for col in start - self.first_col..end - self.first_col {
                words[col / 64] |= 1 << (col % 64);
            }
        }
    }

    /// Drops the cells outside the field of regard; the sensor's own cell stays.
    fn keep_field(&mut self, facing: Azimuth, field_rad: f64) {
        for row in 0..self.rows() {
            for col in 0..self.words_per_row * 64 {
                let word = row * self.words_per_row + col / 64;
                if self.words[word] >> (col % 64) & 1 == 0 {
                    continue;
                }
                let (east_m, north_m) = self.offset(row, col as f64);
                let turn = Azimuth::from_radians(libm::atan2(east_m, north_m)).minus(facing);
                let near = libm::hypot(east_m, north_m) < self.row_m;
                if turn.abs() > field_rad / 2.0 && !near {
                    self.words[word] &= !(1 << (col % 64));
                }
            }
        }
    }

    fn rows(&self) -> usize {
        self.words.len().checked_div(self.words_per_row).unwrap_or(0)
    }

    /// East and north metres from the sensor to a cell of the window.
    fn offset(&self, window_row: usize, window_col: f64) -> (f64, f64) {
        (
            ((self.first_col as f64 + window_col) - self.col) * self.col_m,
            (self.row - (self.first_row + window_row) as f64) * self.row_m,
        )
    }

    /// Grid rows of the window, first and one past the last.
    pub(crate) fn row_span(&self) -> (usize, usize) {
        (self.first_row, self.first_row + self.rows())
    }

    pub(crate) fn holds(&self, cell: Cell) -> bool {
        let (Some(row), Some(col)) =
            (cell.row.checked_sub(self.first_row), cell.col.checked_sub(self.first_col))
        else {
            return false;
        };
        row < self.rows()
            && col < self.words_per_row * 64
            && self.words[row * self.words_per_row + col / 64] >> (col % 64) & 1 == 1
    }

    /// Calls `paint(row, col, rate)` for every cell of the grid rows `from..to` that this sensor can find a mover in.
    pub(crate) fn rates(
        &self,
        (from, to): (usize, usize),
        rates: &Rates<'_>,
        mut paint: impl FnMut(usize, usize, i32),
    ) {
        let (first, end) = self.row_span();
        for row in from.max(first)..to.min(end) {
            for run in self.runs(row - first) {
                self.run_rates(&run, rates, |col, rate| paint(row, col, rate));
            }
        }
    }

    fn run_rates(&self, run: &Run, rates: &Rates<'_>, mut paint: impl FnMut(usize, i32)) {
        let (middle_m, north_m) = self.offset(run.row, run.start as f64 + (RUN - 1) as f64 / 2.0);
        let level = rates.level(middle_m, north_m);
        let mut bits = run.bits;
        while bits != 0 {
            let col = run.start + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let (east_m, _) = self.offset(run.row, col as f64);
            let rate = rates.at(&level, libm::sqrt(east_m * east_m + north_m * north_m));
            if rate > 0 {
                paint(self.first_col + col, rate);
            }
        }
    }

    /// The runs of a window row that hold a cell.
    fn runs(&self, row: usize) -> impl Iterator<Item = Run> + '_ {
        let words = &self.words[row * self.words_per_row..][..self.words_per_row];
        words.iter().enumerate().filter(|(_, word)| **word != 0).flat_map(move |(at, word)| {
            (0..64 / RUN).filter_map(move |run| {
                let bits = word >> (run * RUN) & ((1 << RUN) - 1);
                (bits != 0).then_some(Run { row, start: at * 64 + run * RUN, bits })
            })
        })
    }
}

/// Up to [`RUN`] neighbouring cells of one window row.
struct Run {
    row: usize,
    start: usize,
    bits: u64,
}

/// A sensor's detection rate for one mover by range and optical depth; weather does not change it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RateTable {
    step_m: f64,
    /// Rates by level of depth, then by range.
    rates: Vec<i32>,
    levels: usize,
}

impl RateTable {
    /// `-ln(1 - P_look) / T_look` in units of 2^-20 per second, at most [`RATE_MAX`].
    pub(crate) fn new(model: &RangeModel, range_max_m: f64, revisit_s: f64) -> Self {
        let step_m = range_max_m / (RANGE_STEPS - 1) as f64;
        let levels = match model.band() {
            Band::Unweakened => 1,
            Band::Thermal | Band::Visible => LEVELS,
        };
        let rates = (0..levels * RANGE_STEPS)
            .map(|at| {
                let depth = (at / RANGE_STEPS) as f64 * LEVEL_DEPTH;
                let range_m = (at % RANGE_STEPS) as f64 * step_m;
                fixed_rate(model.p_look(range_m, depth), revisit_s)
            })
            .collect();
        Self { step_m, rates, levels }
    }
}

/// The rate of a chance per look, in fixed point.
pub(crate) fn fixed_rate(p_look: f64, revisit_s: f64) -> i32 {
    let per_s = -libm::log1p(-p_look.clamp(0.0, 1.0)) / revisit_s;
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the cap")]
    let fixed = libm::round((per_s * f64::from(RATE_ONE)).clamp(0.0, f64::from(RATE_MAX))) as i32;
    fixed
}

/// A rate table under one state of the air.
pub(crate) struct Rates<'a> {
    table: &'a RateTable,
    depths: Depths,
    /// When the air is the same everywhere the depth follows from the range: one row is enough.
    even: Option<Vec<i32>>,
}

/// Two neighbouring rows of a rate table and the share of the second in 1/256.
pub(crate) struct Level {
    below: usize,
    above: usize,
    share: i64,
}

impl<'a> Rates<'a> {
    pub(crate) fn new(table: &'a RateTable, depths: Depths) -> Self {
        let even = match &depths {
            Depths::Even { per_m } => {
                let row = (0..RANGE_STEPS)
                    .map(|step| table.mixed(&table.level(per_m * step as f64 * table.step_m), step))
                    .collect();
                Some(row)
            }
            Depths::Polar { .. } => None,
        };
        Self { table, depths, even }
    }

    fn level(&self, east_m: f64, north_m: f64) -> Level {
        if self.even.is_some() {
            return Level { below: 0, above: 0, share: 0 };
        }
        self.table.level(self.depths.towards(east_m, north_m))
    }

    fn at(&self, level: &Level, range_m: f64) -> i32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a range is not negative and at most a few steps too far"
        )]
        let step = ((range_m / self.table.step_m + 0.5) as usize).min(RANGE_STEPS - 1);
        match &self.even {
            Some(row) => row[step],
            None => self.table.mixed(level, step),
        }
    }
}

impl RateTable {
    fn level(&self, depth: f64) -> Level {
        let at = (depth / LEVEL_DEPTH).clamp(0.0, (self.levels - 1) as f64);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to the levels"
        )]
        let (below, share) = (at as usize, ((at - libm::floor(at)) * 256.0) as i64);
        Level { below, above: (below + 1).min(self.levels - 1), share }
    }

    fn mixed(&self, level: &Level, step: usize) -> i32 {
        let below = i64::from(self.rates[level.below * RANGE_STEPS + step]);
        let above = i64::from(self.rates[level.above * RANGE_STEPS + step]);
        let mixed = below + (above - below) * level.share / 256;
        i32::try_from(mixed).expect("a mix of two rates lies between them")
    }
}
