//! Candidates made from the ground, the line and the roads.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::CANDIDATES_MAX;
use super::site::stops_along;
use crate::coverage::Model;
use crate::geo::{Azimuth, EnuPoint, Wgs84};
use crate::terrain::Cell;

/// Every place of a square lattice within reach of the line.
pub fn lattice(model: &Model, every_m: f64, depth_m: f64) -> Vec<EnuPoint> {
    let points = &model.sector().line.points;
    let bound = |of: fn(&EnuPoint) -> f64, pick: fn(f64, f64) -> f64| {
        points.iter().map(of).reduce(pick).unwrap_or(0.0)
    };
    let (west, east) = (bound(|p| p.east_m, f64::min), bound(|p| p.east_m, f64::max));
    let (south, north) = (bound(|p| p.north_m, f64::min), bound(|p| p.north_m, f64::max));
    let count = |from: f64, to: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let count = ((to - from + 2.0 * depth_m) / every_m).clamp(0.0, 20_000.0) as u32;
        count
    };
    let cols = count(west, east);
    (0..=count(south, north))
        .flat_map(|row| (0..=cols).map(move |col| (row, col)))
        .map(|(row, col)| {
            EnuPoint::new(
                west - depth_m + f64::from(col) * every_m,
                south - depth_m + f64::from(row) * every_m,
            )
        })
        .collect()
}

/// Places that no other within `radius_m` overlooks: tops and ridge points. Of equal heights the northmost counts.
pub fn tops(model: &Model, radius_m: f64) -> Vec<EnuPoint> {
    let grid = model.grid();
    let factor = model.going.factor as f64;
    let reach = |cell_m: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let cells = libm::round(radius_m / (cell_m / factor)).clamp(1.0, 2_000.0) as usize;
        cells
    };
    let (down, right) = (reach(model.going.row_m), reach(model.going.col_m));
    // Equal heights are told apart by their number.
    let key = |at: usize| (grid.posts_m[at], std::cmp::Reverse(at));
    let in_row: Vec<usize> = (0..grid.height)
        .into_par_iter()
        .flat_map_iter(|row| {
            let cells: Vec<usize> = (row * grid.width..(row + 1) * grid.width).collect();
            highest_within(&cells, right, key)
        })
        .collect();
    let mut found: Vec<usize> = (0..grid.width)
        .into_par_iter()
        .flat_map_iter(|col| {
            let cells: Vec<usize> =
                (0..grid.height).map(|row| in_row[row * grid.width + col]).collect();
            let highest = highest_within(&cells, down, key);
            let each = highest.into_iter().enumerate();
            each.filter(move |(row, top)| *top == row * grid.width + col).map(|(_, top)| top)
        })
        .filter(|top| grid.posts_m[*top] != crate::terrain::VOID)
        .collect();
    found.sort_unstable();
    found
        .into_iter()
        .filter_map(|top| {
            let cell = Cell { row: top / grid.width, col: top % grid.width };
            let (lon_deg, lat_deg) = grid.place_of(cell);
            Wgs84::new(lon_deg, lat_deg).ok()
        })
        .map(|place| model.sector().frame.point(place))
        .collect()
}

/// For each place of a row the cell with the greatest key at most `reach` places away.
fn highest_within<K: Ord>(cells: &[usize], reach: usize, key: impl Fn(usize) -> K) -> Vec<usize> {
    // Only those that may yet be the highest wait, the highest first.
    let mut waiting: std::collections::VecDeque<usize> = std::collections::VecDeque::new();
    let mut highest = Vec::with_capacity(cells.len());
    for entering in 0..cells.len() + reach {
        if entering < cells.len() {
            while waiting.back().is_some_and(|last| key(cells[*last]) <= key(cells[entering])) {
                waiting.pop_back();
            }
            waiting.push_back(entering);
        }
        let Some(at) = entering.checked_sub(reach) else { continue };
        while waiting.front().is_some_and(|first| first + reach < at) {
            waiting.pop_front();
        }
        highest.extend(waiting.front().map(|first| cells[*first]));
    }
    highest
}

/// Places on the near side abreast of every so many metres of line.
pub fn along_the_line(model: &Model, every_m: f64, inside_m: f64) -> Vec<(f64, EnuPoint)> {
    let line = &model.sector().line;
    let turn = match line.far_side {
        crate::sector::Side::Left => std::f64::consts::FRAC_PI_2,
        crate::sector::Side::Right => -std::f64::consts::FRAC_PI_2,
    };
    line.posts(every_m)
        .into_iter()
        .map(|(chainage_m, point)| {
            let inward = line.direction_at(chainage_m).radians() + turn;
            let step = Azimuth::from_radians(inward).unit() * inside_m;
            (chainage_m, EnuPoint::new(point.east_m + step.x, point.north_m + step.y))
        })
        .collect()
}

/// Places every so many metres along each road, by the road's name.
pub fn along_roads(model: &Model, every_m: f64) -> Vec<(String, EnuPoint)> {
    let mut places = Vec::new();
    for road in &model.sector().roads {
        for line in &road.lines {
            let stops = stops_along(line, every_m, CANDIDATES_MAX);
            places.extend(stops.into_iter().map(|stop| (road.id.clone(), stop)));
        }
    }
    places
}

/// Just behind where a way leads over the line: one place for every so many metres, nearest to their middle.
pub fn ways_over(model: &Model, every_m: f64) -> Vec<(f64, EnuPoint)> {
    let mut by_piece: BTreeMap<i64, (f64, EnuPoint)> = BTreeMap::new();
    for way in &model.net.ways_over {
        #[expect(clippy::cast_possible_truncation, reason = "a line is at most some 1000 km long")]
        let piece = libm::floor(way.chainage_m / every_m) as i64;
        let middle_m = (piece as f64 + 0.5) * every_m;
        let point = model.going.points[model.net.layout.cell_of(way.near)];
        let kept = by_piece.entry(piece).or_insert((way.chainage_m, point));
        if (way.chainage_m - middle_m).abs() < (kept.0 - middle_m).abs() {
            *kept = (way.chainage_m, point);
        }
    }
    by_piece.into_values().collect()
}
