//! The ground of a sector as the tracker asks about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use sight::coverage::Model;
use sight::geo::{Azimuth, EnuPoint};
use sight::sector::{Sector, Side};

use crate::tracking::{
    Area, Birthline, Birthplace, Ground, GroundMap, Learning, Relief, RoadNet, TrackerConfig,
};

/// Side of the cells over which a slope is measured, m: two posts of 30 m, less than one of 90.
const CELL_M: f64 = 60.0;

/// Most cells; they grow beyond.
const CELLS_MAX: f64 = 4_000_000.0;

/// Of a cell that nobody has asked about yet.
const UNKNOWN: u8 = u8::MAX;
/// Added to the slope of a cell in water.
const WATER: u8 = 128;

/// Roads farther off are not near, m.
const ROAD_REACH_M: f64 = 200.0;

/// Slopes in whole degrees by cell, and whether it lies in water; each measured when it is first asked for.
///
/// What is kept depends on the model alone, so it makes no difference who asked before.
struct Cells {
    model: Arc<Model>,
    south_west: EnuPoint,
    cell_m: f64,
    columns: usize,
    rows: usize,
    figures: Vec<AtomicU8>,
}

/// How many stand along a kilometre of the far edge while nobody watches (A).
const EXPECTED_PER_KM: f64 = 0.05;
/// The same of roads (A).
const EXPECTED_PER_ROAD_KM: f64 = 0.02;
/// How far those on a road spread to its sides, m (A).
const ROAD_SIGMA_M: f64 = 60.0;
/// How many stand where a road crosses the line (A), and how far they spread, m.
const EXPECTED_AT_CROSSING: f64 = 0.1;
const CROSSING_SIGMA_M: f64 = 500.0;

/// The shipped figures for a sector, with its ground and where movers come from.
pub(super) fn tracker_config(model: &Arc<Model>) -> TrackerConfig {
    let sector = model.sector();
    let area = area_of(sector);
    TrackerConfig {
        ground: ground_of(model, &area),
        relief: Some(relief_of(model)),
        birthlines: std::iter::once(far_edge(sector)).chain(along_roads(sector)).collect(),
        birthplaces: road_crossings(sector),
        learning: Some(Learning::default()),
        ..TrackerConfig::for_area(area)
    }
}

/// The terrain's height, asked place by place.
fn relief_of(model: &Arc<Model>) -> Relief {
    let model = Arc::clone(model);
    Relief::new(move |point| model.grid().height_m(model.sector().frame.place(point)))
}

/// The box around the line and the ground on both sides of it.
fn area_of(sector: &Sector) -> Area {
    let margin_m = sector.far_depth_m.max(sector.near_depth_m) + 1_000.0;
    let points = &sector.line.points;
    let bound = |pick: fn(&EnuPoint) -> f64, least: bool| {
        let values = points.iter().map(pick);
        if least {
            values.fold(f64::INFINITY, f64::min) - margin_m
        } else {
            values.fold(f64::NEG_INFINITY, f64::max) + margin_m
        }
    };
    Area {
        south_west: EnuPoint::new(bound(|p| p.east_m, true), bound(|p| p.north_m, true)),
        north_east: EnuPoint::new(bound(|p| p.east_m, false), bound(|p| p.north_m, false)),
    }
}

/// Movers come from beyond the line: most are expected half-way into the far ground.
fn far_edge(sector: &Sector) -> Birthline {
    let line = &sector.line;
    let depth_m = sector.far_depth_m / 2.0;
    let to_far_rad = match line.far_side {
        Side::Left => -std::f64::consts::FRAC_PI_2,
        Side::Right => std::f64::consts::FRAC_PI_2,
    };
    let beyond = |chainage_m: f64| {
        let aside = Azimuth::from_radians(line.direction_at(chainage_m).radians() + to_far_rad);
        let place = line.point_at(chainage_m).to_vector() + aside.unit() * depth_m;
        EnuPoint::new(place.x, place.y)
    };
    let posts = line.posts(1_000.0);
    let inner = posts.iter().map(|(chainage_m, _)| *chainage_m);
    let chainages = std::iter::once(line.start_m).chain(inner).chain([line.end_m()]);
    Birthline {
        points: chainages.map(beyond).collect(),
        sigma_m: (depth_m / 2.0).max(1.0),
        expected: EXPECTED_PER_KM * line.length_m / 1_000.0,
    }
}

/// Things that come come along roads.
fn along_roads(sector: &Sector) -> impl Iterator<Item = Birthline> {
    sector.roads.iter().flat_map(|road| &road.lines).map(|line| {
        let length_m: f64 = line.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
        Birthline {
            points: line.clone(),
            sigma_m: ROAD_SIGMA_M,
            expected: EXPECTED_PER_ROAD_KM * length_m / 1_000.0,
        }
    })
}

/// Where roads cross the line.
fn road_crossings(sector: &Sector) -> Vec<Birthplace> {
    let pieces = sector.roads.iter().flat_map(|road| &road.lines).flat_map(|line| line.windows(2));
    let crossing = pieces.filter(|pair| sector.line.is_crossed(pair[0], pair[1]));
    let places = crossing.map(|pair| {
        let middle = pair[0].to_vector().lerp(&pair[1].to_vector(), 0.5);
        Birthplace {
            centre: sector.line.beside(EnuPoint::new(middle.x, middle.y)).point,
            sigma_m: CROSSING_SIGMA_M,
            expected: EXPECTED_AT_CROSSING,
        }
    });
    places.collect()
}

/// The ground of a sector within an area; beyond it, and where no height is known, level and dry.
fn ground_of(model: &Arc<Model>, area: &Area) -> GroundMap {
    let cells = Cells::over(model, area);
    let lines = model.sector().roads.iter().flat_map(|road| &road.lines);
    let roads = RoadNet::new(lines.map(Vec::as_slice), ROAD_REACH_M);
    GroundMap::new(move |point| {
        let figures = cells.at(point);
        Ground {
            slope_deg: f64::from(figures % WATER),
            in_water: figures >= WATER,
            road: roads.near(point),
        }
    })
}

impl Cells {
    fn over(model: &Arc<Model>, area: &Area) -> Self {
        let width_m = area.north_east.east_m - area.south_west.east_m;
        let height_m = area.north_east.north_m - area.south_west.north_m;
        let cell_m = CELL_M.max(libm::sqrt(width_m * height_m / CELLS_MAX));
        let (columns, rows) = (cells_along(width_m, cell_m), cells_along(height_m, cell_m));
        let figures = (0..columns * rows).map(|_| AtomicU8::new(UNKNOWN)).collect();
        Self {
            model: Arc::clone(model),
            south_west: area.south_west,
            cell_m,
            columns,
            rows,
            figures,
        }
    }

    fn at(&self, point: EnuPoint) -> u8 {
        let (east, north) = (
            (point.east_m - self.south_west.east_m) / self.cell_m,
            (point.north_m - self.south_west.north_m) / self.cell_m,
        );
        let inside =
            east >= 0.0 && north >= 0.0 && east < self.columns as f64 && north < self.rows as f64;
        if !inside {
            return 0;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above"
        )]
        let (column, row) = (east as usize, north as usize);
        let cell = &self.figures[row * self.columns + column];
        let known = cell.load(Ordering::Relaxed);
        if known != UNKNOWN {
            return known;
        }
        let measured = self.slope_deg(column, row) + self.water(column, row);
        cell.store(measured, Ordering::Relaxed);
        measured
    }

    /// The plane's slope through the heights at the middles of a cell's sides.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an angle between 0 and 90 degrees"
    )]
    fn slope_deg(&self, column: usize, row: usize) -> u8 {
        let height = |east: f64, north: f64| {
            let point = self.within(column, row, (east, north));
            self.model.grid().height_m(self.model.sector().frame.place(point))
        };
        let heights = (height(0.0, 0.5), height(1.0, 0.5), height(0.5, 0.0), height(0.5, 1.0));
        let (Some(west), Some(east), Some(south), Some(north)) = heights else { return 0 };
        let rise = libm::hypot(east - west, north - south) / self.cell_m;
        libm::round(libm::atan(rise).to_degrees()).clamp(0.0, 90.0) as u8
    }

    fn water(&self, column: usize, row: usize) -> u8 {
        let kind = self.model.sector().ground_kind(self.within(column, row, (0.5, 0.5)));
        if kind.is_water() { WATER } else { 0 }
    }

    /// The point at shares of a cell's sides from its south-west corner.
    fn within(&self, column: usize, row: usize, (east, north): (f64, f64)) -> EnuPoint {
        EnuPoint::new(
            self.south_west.east_m + (column as f64 + east) * self.cell_m,
            self.south_west.north_m + (row as f64 + north) * self.cell_m,
        )
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a length over a cell that grows with it: bounded by CELLS_MAX"
)]
fn cells_along(length_m: f64, cell_m: f64) -> usize {
    libm::ceil(length_m / cell_m).max(1.0) as usize
}
