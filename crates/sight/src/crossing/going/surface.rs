//! What lies on each cell of the net: kinds of ground, roads.

use rayon::prelude::*;

use crate::geo::{EnuPoint, LocalFrame};
use crate::sector::{GroundKind, GroundShape, RoadClass, Sector, nearest_on};
use crate::terrain::{Grid, Layout};

/// A bed is laid no narrower than a cell, so that it is not lost between cells; water so wide that no step leaps it.
const BED_CELLS: f64 = 0.5;
const WATER_CELLS: f64 = 0.75;
/// Roads are marked at points no further apart than this share of a cell.
const ROAD_STEP: f64 = 0.4;

/// Kinds of ground and roads by cell; empty where the sector names none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Surface {
    kinds: Vec<GroundKind>,
    roads: Vec<Option<RoadClass>>,
}

/// Cells as numbers of rows and columns, middles at whole numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lattice {
    frame: LocalFrame,
    west_deg: f64,
    north_deg: f64,
    lon_step_deg: f64,
    lat_step_deg: f64,
    rows: usize,
    cols: usize,
    cell_m: f64,
}

impl Surface {
    pub(super) fn lay(lattice: &Lattice, sector: &Sector, points: &[EnuPoint]) -> Self {
        let cells = points.len();
        let mut surface = Self::default();
        if let Some(cover) = &sector.land_cover {
            let kind = |point: &EnuPoint| cover.kind_at(sector.frame.place(*point));
            let laid = points.par_iter().map(|point| kind(point).unwrap_or(GroundKind::Open));
            surface.kinds = laid.collect();
        } else if !sector.going.is_empty() {
            surface.kinds = vec![GroundKind::Open; cells];
        }
        for area in &sector.going {
            for shape in &area.shapes {
                lattice.hold(shape, area.kind, points, |cell| surface.kinds[cell] = area.kind);
            }
        }
        if !sector.roads.is_empty() {
            surface.roads = vec![None; cells];
        }
        for road in &sector.roads {
            for line in &road.lines {
                lattice.along(line, |cell| {
                    let known = surface.roads[cell];
                    surface.roads[cell] =
                        Some(known.map_or(road.class, |known| known.min(road.class)));
                });
            }
        }
        surface
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.kinds.is_empty() && self.roads.is_empty()
    }

    /// The best road in a cell.
    pub(crate) fn road(&self, cell: usize) -> Option<RoadClass> {
        self.roads.get(cell).copied().flatten()
    }

    /// What somebody stands on who is in a cell and not on its road: a road leads over water, so there is dry ground there.
    pub(crate) fn kind(&self, cell: usize) -> GroundKind {
        let kind = self.kinds.get(cell).copied().unwrap_or(GroundKind::Open);
        if kind.is_water() && self.road(cell).is_some() { GroundKind::Open } else { kind }
    }
}

impl Lattice {
    /// Cells of `factor` posts of a grid each way.
    pub(super) fn new(frame: LocalFrame, grid: &Grid, factor: usize, cell_m: f64) -> Self {
        let half = (factor - 1) as f64 / 2.0;
        Self {
            frame,
            west_deg: grid.west_deg + half * grid.lon_step_deg,
            north_deg: grid.north_deg - half * grid.lat_step_deg,
            lon_step_deg: factor as f64 * grid.lon_step_deg,
            lat_step_deg: factor as f64 * grid.lat_step_deg,
            rows: grid.height.div_ceil(factor),
            cols: grid.width.div_ceil(factor),
            cell_m,
        }
    }

    /// The cells as a raster.
    pub(crate) fn layout(&self) -> Layout {
        Layout {
            west_deg: self.west_deg,
            north_deg: self.north_deg,
            lon_step_deg: self.lon_step_deg,
            lat_step_deg: self.lat_step_deg,
            width: self.cols,
            height: self.rows,
        }
    }

    /// Row and column of a point.
    fn position(&self, point: EnuPoint) -> (f64, f64) {
        let place = self.frame.place(point);
        let row = (self.north_deg - place.lat_deg()) / self.lat_step_deg;
        let col = (place.lon_deg() - self.west_deg) / self.lon_step_deg;
        (row, col)
    }

    /// Cells that ground of a kind is laid on.
    fn hold(
        &self,
        shape: &GroundShape,
        kind: GroundKind,
        points: &[EnuPoint],
        mut lay: impl FnMut(usize),
    ) {
        match shape {
            GroundShape::Rings(rings) => self.fill(rings, &mut lay),
            GroundShape::Strip { points: line, width_m } => {
                let least = if kind.is_water() { WATER_CELLS } else { BED_CELLS };
                let half_m = (width_m / 2.0).max(least * self.cell_m);
                for pair in line.windows(2) {
                    self.near((pair[0], pair[1]), half_m, points).for_each(&mut lay);
                }
            }
        }
    }

    fn cell(&self, row: f64, col: f64) -> Option<usize> {
        let (row, col) = (whole(libm::round(row), self.rows)?, whole(libm::round(col), self.cols)?);
        Some(row * self.cols + col)
    }

    /// Cells whose middles lie inside an odd number of rings, row by row between crossings of the rings' edges.
    fn fill(&self, rings: &[Vec<EnuPoint>], lay: &mut impl FnMut(usize)) {
        let mut crossings: Vec<(usize, f64)> = Vec::new();
        for ring in rings {
            let corners: Vec<(f64, f64)> = ring.iter().map(|point| self.position(*point)).collect();
            for (at, &(row, col)) in corners.iter().enumerate() {
                let (to_row, to_col) = corners[(at + 1) % corners.len()];
                // From the first middle at or below the upper end to the last one above the lower end: each vertex counts once.
                let rows = within(row.min(to_row), row.max(to_row), self.rows);
                crossings.extend(rows.map(|at| {
                    let share = (at as f64 - row) / (to_row - row);
                    (at, col + share * (to_col - col))
                }));
            }
        }
        crossings.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for pair in crossings.chunk_by(|a, b| a.0 == b.0).flat_map(|row| row.chunks_exact(2)) {
            let (row, from, to) = (pair[0].0, pair[0].1, pair[1].1);
            within(from, to, self.cols).for_each(|col| lay(row * self.cols + col));
        }
    }

    /// Cells whose middles, at `points`, lie within a distance of a straight way.
    pub(crate) fn near<'a>(
        &self,
        (from, to): (EnuPoint, EnuPoint),
        within_m: f64,
        points: &'a [EnuPoint],
    ) -> impl Iterator<Item = usize> + 'a {
        // Cells need not be square: half as much again is enough up to 60 degrees from the equator.
        let around = within_m / self.cell_m * 1.5 + 1.0;
        let (start, end) = (self.position(from), self.position(to));
        let rows = within(start.0.min(end.0) - around, start.0.max(end.0) + around, self.rows);
        let cols = within(start.1.min(end.1) - around, start.1.max(end.1) + around, self.cols);
        let width = self.cols;
        rows.flat_map(move |row| cols.clone().map(move |col| row * width + col)).filter(
            move |cell| {
                let point = points[*cell];
                nearest_on(point, from, to).distance_m(point) <= within_m
            },
        )
    }

    /// Cells that a line leads through.
    fn along(&self, points: &[EnuPoint], mut lay: impl FnMut(usize)) {
        for pair in points.windows(2) {
            let (from, to) = (self.position(pair[0]), self.position(pair[1]));
            let (d_row, d_col) = (to.0 - from.0, to.1 - from.1);
            let steps = libm::ceil(libm::hypot(d_row, d_col) / ROAD_STEP).max(1.0);
            let mut step = 0.0;
            while step <= steps {
                let share = step / steps;
                if let Some(cell) = self.cell(from.0 + share * d_row, from.1 + share * d_col) {
                    lay(cell);
                }
                step += 1.0;
            }
        }
    }
}

/// Whole numbers from `low` on and below `high`, of `0..count`.
fn within(low: f64, high: f64, count: usize) -> std::ops::Range<usize> {
    let edge = |at: f64| whole(libm::ceil(at).clamp(0.0, count as f64), count + 1).unwrap_or(0);
    edge(low)..edge(high)
}

fn whole(at: f64, count: usize) -> Option<usize> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to lie among the cells"
    )]
    (at >= 0.0 && at < count as f64).then_some(at as usize)
}
