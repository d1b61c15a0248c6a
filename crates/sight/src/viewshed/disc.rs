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
    col_spans: Vec<(usize, usize)>,
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
            col_spans: Vec::new(),
        };
        let below = reach(grid.height - 1 - observer.row, request.radius_m / row_m);
        let radius_m2 = request.radius_m * request.radius_m;
        let (Cell { row, col }, last_row) = (observer, observer.row + below);
        let reach_cols = col.max(grid.width - 1 - col);
        let by_row = halves(below.max(row - disc.first_row), reach_cols, |rows, cols| {
            disc.distance2(rows, cols) <= radius_m2
        });
        disc.spans = (disc.first_row..=last_row)
            .map(|at| span(col, (0, grid.width), by_row[at.abs_diff(row)]))
            .collect();
        let start = disc.spans.iter().map(|span| span.0).min().unwrap_or(col);
        let end = disc.spans.iter().map(|span| span.1).max().unwrap_or(col);
        disc.first_col = start / 64 * 64;
        disc.cols = end - disc.first_col;
        let by_col = halves(
            (col - disc.first_col).max(end - 1 - col),
            below.max(row - disc.first_row),
            |cols, rows| disc.distance2(rows, cols) <= radius_m2,
        );
        disc.col_spans = (disc.first_col..end)
            .map(|at| span(row, (disc.first_row, last_row + 1), by_col[at.abs_diff(col)]))
            .collect();
        Ok(disc)
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

    /// For each row of the window the grid columns inside the radius, first and one past the last.
    pub fn spans(&self) -> &[(usize, usize)] {
        &self.spans
    }

    /// For each column of the window the grid rows inside the radius.
    pub fn col_spans(&self) -> &[(usize, usize)] {
        &self.col_spans
    }

    /// Squared metres between rows and between columns.
    pub fn spacing_m2(&self) -> (f64, f64) {
        (self.row_m2, self.col_m2)
    }

    /// Share of a squared distance by which curvature less refraction lowers a post.
    pub fn drop_per_m2(&self) -> f64 {
        self.drop_per_m2
    }
}

/// The indices around `middle` and within `limits` at fewer than `half` steps from it.
fn span(middle: usize, limits: (usize, usize), half: usize) -> (usize, usize) {
    match half {
        0 => (middle, middle),
        _ => (limits.0.max((middle + 1).saturating_sub(half)), limits.1.min(middle + half)),
    }
}

/// For each offset `0..=along` how many offsets across, from 0 on and up to `across`, are inside.
///
/// Stepping from one to the next leaves no rounding of a square root to decide a cell.
fn halves(along: usize, across: usize, inside: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut half = across + 1;
    (0..=along)
        .map(|at| {
            while half > 0 && !inside(at, half - 1) {
                half -= 1;
            }
            half
        })
        .collect()
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
