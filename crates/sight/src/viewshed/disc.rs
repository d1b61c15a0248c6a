//! The disc of cells around an observer: window, spans and metric spacing.

use crate::geo::{WGS84_A_M, metres_per_degree};
use crate::terrain::{Cell, Grid};

use super::{Request, ViewshedError};

/// The cells within a radius of an observer, clipped to the grid, and their spacing in metres.
///
/// Spacing is that of the WGS84 ellipsoid at the observer's row and constant over the disc.
#[derive(Debug, Clone, PartialEq)]
pub struct Disc {
    observer: Cell,
    eye_m: f64,
    target_height_m: f64,
    /// Squared metres between rows and between columns.
    row_m2: f64,
    col_m2: f64,
    drop_per_m2: f64,
    first_row: usize,
    first_col: usize,
    cols: usize,
    spans: Vec<(usize, usize)>,
}

impl Disc {
    /// Lays a request over a grid.
    pub fn new(grid: &Grid, request: &Request) -> Result<Self, ViewshedError> {
        let observer = request.check(grid)?;
        let ground_m = grid.post_m(observer).map_or(0.0, f64::from);
        let (_, lat_deg) = grid.place_of(observer);
        let (lat_m, lon_m) = metres_per_degree(lat_deg);
        let (row_m, col_m) = (lat_m * grid.lat_step_deg, lon_m * grid.lon_step_deg);
        let mut disc = Self {
            observer,
            eye_m: ground_m + request.observer_height_m,
            target_height_m: request.target_height_m,
            row_m2: row_m * row_m,
            col_m2: col_m * col_m,
            drop_per_m2: (1.0 - request.refraction) / (2.0 * WGS84_A_M),
            first_row: observer.row - reach(observer.row, request.radius_m / row_m),
            first_col: 0,
            cols: 0,
            spans: Vec::new(),
        };
        let below = reach(grid.height - 1 - observer.row, request.radius_m / row_m);
        disc.spans = (disc.first_row..=observer.row + below)
            .map(|row| disc.span_of(row, grid.width, request.radius_m))
            .collect();
        let start = disc.spans.iter().map(|span| span.0).min().unwrap_or(observer.col);
        let end = disc.spans.iter().map(|span| span.1).max().unwrap_or(observer.col);
        disc.first_col = start / 64 * 64;
        disc.cols = end - disc.first_col;
        Ok(disc)
    }

    /// The columns of a row that lie inside the radius; exact to the last cell.
    fn span_of(&self, row: usize, width: usize, radius_m: f64) -> (usize, usize) {
        let inside = |cols: usize| {
            self.distance2(row.abs_diff(self.observer.row), cols) <= radius_m * radius_m
        };
        let guess = reach(width, radius_m / libm::sqrt(self.col_m2));
        // Columns shrink with the square root, so search rather than trust rounding.
        let half = partition(guess + 1, inside);
        let start = self.observer.col.saturating_sub(half.saturating_sub(1));
        let end = (self.observer.col + half).min(width);
        if half == 0 { (self.observer.col, self.observer.col) } else { (start, end) }
    }

    /// Squared ground distance in square metres of an offset in rows and columns.
    pub fn distance2(&self, rows: usize, cols: usize) -> f64 {
        let (rows, cols) = (rows as f64, cols as f64);
        rows * rows * self.row_m2 + cols * cols * self.col_m2
    }

    /// Height that curvature and refraction take from a post at an offset.
    pub fn drop_m(&self, rows: usize, cols: usize) -> f64 {
        self.drop_per_m2 * self.distance2(rows, cols)
    }

    pub fn observer(&self) -> Cell {
        self.observer
    }

    /// Height of the eye above the grid's datum.
    pub fn eye_m(&self) -> f64 {
        self.eye_m
    }

    pub fn target_height_m(&self) -> f64 {
        self.target_height_m
    }

    pub fn first_row(&self) -> usize {
        self.first_row
    }

    /// A multiple of 64.
    pub fn first_col(&self) -> usize {
        self.first_col
    }

    pub fn rows(&self) -> usize {
        self.spans.len()
    }

    pub fn cols(&self) -> usize {
        self.cols
    }

    pub fn words_per_row(&self) -> usize {
        self.cols.div_ceil(64)
    }

    pub fn spans(&self) -> &[(usize, usize)] {
        &self.spans
    }
}

/// Whole cells in a distance of `cells`, at most `limit`.
fn reach(limit: usize, cells: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative, and the cast saturates"
    )]
    let whole = libm::floor(cells) as usize;
    // One more than the rounded quotient: the exact test decides.
    whole.saturating_add(1).min(limit)
}

/// The first index below `end` for which `holds` fails, when it holds up to there.
fn partition(end: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) { low = middle + 1 } else { high = middle }
    }
    low
}
