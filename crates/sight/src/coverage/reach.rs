//! Which cells a sensor can look at.

use crate::geo::{Azimuth, EnuPoint, Wgs84, metres_per_degree};
use crate::sector::{Sensor, SensorKind};
use crate::terrain::{Cell, Grid};
use crate::viewshed::{Disc, FAR_M, Kernel, Request, Visible, viewshed, viewshed_far};

/// The cells that one sensor can look at from one place, as bits of a window of the grid.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reach {
    /// Fractional grid row and column of the sensor.
    row: f64,
    col: f64,
    row_m: f64,
    col_m: f64,
    /// Of the sensing head above ground: looks are as long as the slant. A ground sensor feels along the ground.
    head_m: f64,
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

impl Stand {
    /// What is asked of a viewshed from here.
    ///
    /// A viewshed's eye is in the middle of its cell. Where the post there is higher than the ground on which the sensor
    /// stands, the eye comes down by as much: over posts 90 m apart a mast below a summit would gain its own height.
    pub(crate) fn request(&self, grid: &Grid, radius_m: f64, kernel: Kernel) -> Request {
        Request {
            observer: self.place,
            observer_height_m: self.height_m - self.below_post_m(grid),
            target_height_m: self.target_height_m,
            radius_m,
            refraction: self.refraction,
            kernel,
        }
    }

    /// How much lower the ground at the place lies than the post of its cell; nought where either is unknown.
    fn below_post_m(&self, grid: &Grid) -> f64 {
        let post_m = grid.cell_at(self.place).and_then(|cell| grid.post_m(cell));
        let below_m = post_m.zip(grid.height_m(self.place));
        below_m.map_or(0.0, |(post_m, ground_m)| (f64::from(post_m) - ground_m).max(0.0))
    }
}

impl Reach {
    /// The cells within range and field of regard of `sensor` standing at `stand` that nothing hides.
    ///
    /// None at all from a place off the terrain or on a void.
    pub(crate) fn new(grid: &Grid, sensor: &Sensor, stand: &Stand) -> Self {
        let request = stand.request(grid, sensor.range_max_m, Kernel::Exact);
        match stand.ground {
            // Beyond it lines that are straight in longitude and latitude leave the geodesic by more than 20 m.
            Ground::AsItIs if request.radius_m > FAR_M => {
                Self::of_visible(grid, sensor, stand, &viewshed_far(grid, &request))
            }
            Ground::AsItIs => Self::of_visible(grid, sensor, stand, &viewshed(grid, &request)),
            Ground::Bald => {
                let mut reach = Self::empty(grid, sensor, stand);
                if let Ok(disc) = Disc::new(grid, &request) {
                    reach.take_all(&disc);
                }
                reach.keep_field(sensor);
                reach
            }
        }
    }

    /// The cells of a window that is known already, within the sensor's field of regard.
    pub(crate) fn of_visible(
        grid: &Grid,
        sensor: &Sensor,
        stand: &Stand,
        visible: &Visible,
    ) -> Self {
        let mut reach = Self::empty(grid, sensor, stand);
        reach.take(visible);
        reach.keep_field(sensor);
        reach
    }

    fn empty(grid: &Grid, sensor: &Sensor, stand: &Stand) -> Self {
        let (row, col) = grid.position_of(stand.place);
        let (north_m, east_m) = metres_per_degree(stand.place.lat_deg());
        Self {
            row,
            col,
            row_m: grid.lat_step_deg * north_m,
            col_m: grid.lon_step_deg * east_m,
            head_m: if matches!(sensor.kind, SensorKind::GroundSensor(_)) {
                0.0
            } else {
                stand.height_m
            },
            first_row: 0,
            first_col: 0,
            words_per_row: 0,
            words: Vec::new(),
        }
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

    /// Drops the cells outside the field of regard and behind what stands close by; the sensor's own cell stays.
    fn keep_field(&mut self, sensor: &Sensor) {
        if sensor.facing.is_none() && sensor.obscured.is_empty() {
            return;
        }
        let looks = |azimuth: Azimuth| {
            let in_field = |facing| azimuth.minus(facing).abs() <= sensor.field_rad / 2.0;
            sensor.facing.is_none_or(in_field) && !sensor.is_obscured(azimuth)
        };
        let near_m = self.row_m;
        self.retain(|_, at| {
            let azimuth = Azimuth::from_radians(libm::atan2(at.east_m, at.north_m));
            looks(azimuth) || libm::hypot(at.east_m, at.north_m) < near_m
        });
    }

    /// The cells of this one that pass, told by where they lie on the grid and from the sensor.
    pub(crate) fn sifted(&self, passes: impl Fn(Cell, EnuPoint) -> bool) -> Self {
        let mut sifted = self.clone();
        sifted.retain(passes);
        sifted
    }

    fn retain(&mut self, keeps: impl Fn(Cell, EnuPoint) -> bool) {
        for row in 0..self.rows() {
            for col in 0..self.words_per_row * 64 {
                let word = row * self.words_per_row + col / 64;
                if self.words[word] >> (col % 64) & 1 == 0 {
                    continue;
                }
                let (east_m, north_m) = self.offset(row, col as f64);
                let cell = Cell { row: self.first_row + row, col: self.first_col + col };
                if !keeps(cell, EnuPoint::new(east_m, north_m)) {
                    self.words[word] &= !(1 << (col % 64));
                }
            }
        }
    }

    /// East and north metres from the sensor to a place.
    pub(crate) fn offset_of(&self, grid: &Grid, place: Wgs84) -> EnuPoint {
        let (row, col) = grid.position_of(place);
        EnuPoint::new((col - self.col) * self.col_m, (self.row - row) * self.row_m)
    }

    pub(crate) fn rows(&self) -> usize {
        self.words.len().checked_div(self.words_per_row).unwrap_or(0)
    }

    /// Columns of the window, a multiple of 64; bits off the grid are 0.
    pub(crate) fn cols(&self) -> usize {
        self.words_per_row * 64
    }

    /// A multiple of 64.
    pub(crate) fn first_col(&self) -> usize {
        self.first_col
    }

    pub(crate) fn row_m(&self) -> f64 {
        self.row_m
    }

    pub(crate) fn head_m(&self) -> f64 {
        self.head_m
    }

    pub(crate) fn col_m(&self) -> f64 {
        self.col_m
    }

    /// The bits of a window row.
    pub(crate) fn row_words(&self, window_row: usize) -> &[u64] {
        &self.words[window_row * self.words_per_row..][..self.words_per_row]
    }

    /// East and north metres from the sensor to a cell of the window.
    pub(crate) fn offset(&self, window_row: usize, window_col: f64) -> (f64, f64) {
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
}
