//! The ground as a net of cells to walk over: sides of the line, edges of the sector, ways across the line.

mod surface;

use rayon::prelude::*;

use self::surface::{Lattice, Surface};
use super::pace::{Footing, Pace};
use crate::geo::{EnuPoint, Wgs84, metres_per_degree};
use crate::sector::{Beside, Sector};
use crate::terrain::{Cell, Grid};

/// The sixteen steps out of a cell, (rows down, columns right): the eight neighbours, then the knight's moves.
pub(crate) const STEPS: [(isize, isize); 16] = [
    (0, 1),
    (1, 1),
    (1, 0),
    (1, -1),
    (0, -1),
    (-1, -1),
    (-1, 0),
    (-1, 1),
    (1, 2),
    (2, 1),
    (2, -1),
    (1, -2),
    (-1, -2),
    (-2, -1),
    (-2, 1),
    (-1, 2),
];
/// The two of the eight neighbours that each knight's move passes between, by its number less eight.
pub(crate) const PASSED: [(usize, usize); 8] =
    [(0, 1), (2, 1), (2, 3), (4, 3), (4, 5), (6, 5), (6, 7), (0, 7)];

/// The step back.
pub(crate) fn opposite(step: usize) -> usize {
    if step < 8 { (step + 4) % 8 } else { 8 + (step - 8 + 4) % 8 }
}

/// Where a cell of the net lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    /// Beside the end of an open line: nobody passes.
    Beside,
    /// Beyond the far edge.
    BeyondFar,
    /// Between far edge and line.
    Far,
    /// Between line and near edge.
    Near,
    /// Inside the near edge.
    BeyondNear,
}

/// Terrain cells taken together into cells of [`crate::sector::Settings::path_cell_m`] or less.
#[derive(Debug, Clone)]
pub(crate) struct Going {
    /// Terrain cells along one side of a cell of the net.
    pub(crate) factor: usize,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    /// Column of the net by column of the terrain.
    pub(crate) col_of: Vec<u32>,
    /// Metres between rows and between columns, at the middle of the terrain.
    pub(crate) row_m: f64,
    pub(crate) col_m: f64,
    /// Mean height of the cells' posts; `None` where all are void.
    pub(crate) heights_m: Vec<Option<f32>>,
    pub(crate) zones: Vec<Zone>,
    /// The cell's middle lies beyond the line.
    pub(crate) is_far: Vec<bool>,
    /// The line runs so near that a step from here might cross it.
    pub(crate) is_close: Vec<bool>,
    pub(crate) points: Vec<EnuPoint>,
    pub(crate) surface: Surface,
    pub(crate) lattice: Lattice,
}

impl Going {
    pub(crate) fn new(sector: &Sector, grid: &Grid) -> Self {
        let middle_deg = grid.north_deg - grid.lat_step_deg * grid.height as f64 / 2.0;
        let (north_m, east_m) = metres_per_degree(middle_deg);
        let (post_row_m, post_col_m) = (grid.lat_step_deg * north_m, grid.lon_step_deg * east_m);
        let post_m = libm::sqrt(post_row_m * post_col_m);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "settings keep it between 10 m and 1 km"
        )]
        let factor = libm::floor(sector.settings.path_cell_m / post_m).max(1.0) as usize;
        // The longest step is a knight's move: two cells and one.
        let close_m = 3.0 * factor as f64 * post_row_m.max(post_col_m);
        let (rows, cols) = (grid.height.div_ceil(factor), grid.width.div_ceil(factor));
        let cells: Vec<_> = (0..rows * cols)
            .into_par_iter()
            .map(|at| {
                let (row, col) = (at / cols, at % cols);
                let point = sector.frame.point(middle_of(grid, factor, row, col));
                let beside = sector.line.beside(point);
                (mean_height_m(grid, factor, row, col), zone_of(sector, &beside), beside, point)
            })
            .collect();
        let points: Vec<EnuPoint> = cells.iter().map(|cell| cell.3).collect();
        let lattice = Lattice::new(sector.frame, grid, factor, factor as f64 * post_m);
        Self {
            surface: Surface::lay(&lattice, sector, &points),
            lattice,
            factor,
            rows,
            cols,
            col_of: (0_u32..).take(cols).flat_map(|col| std::iter::repeat_n(col, factor)).collect(),
            row_m: post_row_m * factor as f64,
            col_m: post_col_m * factor as f64,
            heights_m: cells.iter().map(|cell| cell.0).collect(),
            zones: cells.iter().map(|cell| cell.1).collect(),
            is_far: cells.iter().map(|cell| cell.2.signed_m > 0.0).collect(),
            is_close: cells.iter().map(|cell| cell.2.signed_m.abs() < close_m).collect(),
            points,
        }
    }

    /// The cell of the net that holds a place; `None` off the terrain.
    pub(crate) fn cell_at(&self, grid: &Grid, place: Wgs84) -> Option<usize> {
        let Cell { row, col } = grid.cell_at(place)?;
        Some(row / self.factor * self.cols + col / self.factor)
    }

    /// The cell one step away; `None` off the net.
    pub(crate) fn step_from(&self, cell: usize, step: usize) -> Option<usize> {
        let (d_row, d_col) = STEPS[step];
        let row = (cell / self.cols).checked_add_signed(d_row).filter(|row| *row < self.rows)?;
        let col = (cell % self.cols).checked_add_signed(d_col).filter(|col| *col < self.cols)?;
        Some(row * self.cols + col)
    }

    /// Ticks of a step from one cell to another; `None` where no way leads.
    ///
    /// From road cell to road cell people keep to the road where that is quicker. Else the step leads over what lies on its
    /// cells, those that a knight's move passes included, in equal shares.
    pub(crate) fn step_ticks(
        &self,
        pace: &Pace,
        (from, step, to): (usize, usize, usize),
        length_m: f64,
    ) -> Option<u32> {
        let rise_m = self.rise_m(from, to);
        if self.surface.is_plain() {
            return pace.ticks(length_m, rise_m, &[Footing::OPEN]);
        }
        let on = |cell: usize| Footing::Ground(self.surface.kind(cell));
        let passed = |at: usize| self.step_from(from, at).map_or(Footing::OPEN, on);
        let footings = match PASSED.get(step.wrapping_sub(8)) {
            Some((first, second)) => [on(from), on(to), passed(*first), passed(*second)],
            None => [on(from), on(to), on(from), on(to)],
        };
        let over = if footings.iter().all(|footing| *footing == footings[0]) {
            pace.ticks(length_m, rise_m, &footings[..1])
        } else {
            pace.ticks(length_m, rise_m, &footings)
        };
        let road = self.surface.road(from).zip(self.surface.road(to));
        // Of two classes the slower one.
        let along = road.and_then(|(one, other)| {
            pace.ticks(length_m, rise_m, &[Footing::Road(one.max(other))])
        });
        over.into_iter().chain(along).min()
    }

    /// Length of each step.
    pub(crate) fn step_lengths_m(&self) -> [f64; 16] {
        STEPS
            .map(|(d_row, d_col)| libm::hypot(d_row as f64 * self.row_m, d_col as f64 * self.col_m))
    }

    /// Rise from one cell to another; level where either is void.
    pub(crate) fn rise_m(&self, from: usize, to: usize) -> f64 {
        match (self.heights_m[from], self.heights_m[to]) {
            (Some(from_m), Some(to_m)) => f64::from(to_m) - f64::from(from_m),
            _ => 0.0,
        }
    }
}

fn middle_of(grid: &Grid, factor: usize, row: usize, col: usize) -> Wgs84 {
    let middle = |at: usize| at as f64 * factor as f64 + (factor - 1) as f64 / 2.0;
    Wgs84::new(
        grid.west_deg + middle(col) * grid.lon_step_deg,
        grid.north_deg - middle(row) * grid.lat_step_deg,
    )
    .unwrap_or_else(|_| corner(grid))
}

/// A grid that touches the date line or a pole has cells whose middle lies off the globe.
fn corner(grid: &Grid) -> Wgs84 {
    Wgs84::new(grid.west_deg.clamp(-180.0, 180.0), grid.north_deg.clamp(-90.0, 90.0))
        .expect("clamped to the globe")
}

fn mean_height_m(grid: &Grid, factor: usize, row: usize, col: usize) -> Option<f32> {
    let (mut sum, mut count) = (0_i32, 0_i16);
    for row in row * factor..((row + 1) * factor).min(grid.height) {
        for col in col * factor..((col + 1) * factor).min(grid.width) {
            if let Some(height_m) = grid.post_m(Cell { row, col }) {
                sum += i32::from(height_m);
                count += 1;
            }
        }
    }
    (count > 0).then(|| sum as f32 / f32::from(count))
}

fn zone_of(sector: &Sector, beside: &Beside) -> Zone {
    if beside.past_end {
        Zone::Beside
    } else if beside.signed_m > sector.far_depth_m {
        Zone::BeyondFar
    } else if beside.signed_m > 0.0 {
        Zone::Far
    } else if beside.signed_m < -sector.near_depth_m {
        Zone::BeyondNear
    } else {
        Zone::Near
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_opposite_step_leads_back() {
        for (step, (rows, cols)) in STEPS.into_iter().enumerate() {
            assert_eq!(STEPS[opposite(step)], (-rows, -cols));
        }
    }

    #[test]
    fn a_knight_passes_between_the_two_cells_beside_its_way() {
        for (knight, (first, second)) in PASSED.into_iter().enumerate() {
            let (rows, cols) = STEPS[8 + knight];
            let sum = (STEPS[first].0 + STEPS[second].0, STEPS[first].1 + STEPS[second].1);
            assert_eq!(sum, (rows, cols));
        }
    }
}
