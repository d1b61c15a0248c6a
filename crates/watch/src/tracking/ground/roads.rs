//! Roads sorted into cells, so that the nearest is found at once.

use nalgebra::Vector2;
use sight::geo::EnuPoint;

use super::RoadNear;
use crate::tracking::undetected::clamped_cell;

/// Longest piece of a road that is kept whole, and least side of a cell, m.
const PIECE_M: f64 = 200.0;

/// Most cells; they grow beyond.
const CELLS_MAX: f64 = 250_000.0;

/// Roads of a place: which is near a point, and how it runs there.
#[derive(Debug, Clone, Default)]
pub struct RoadNet {
    reach_m: f64,
    south_west: Vector2<f64>,
    cell_m: f64,
    columns: usize,
    rows: usize,
    pieces: Vec<Piece>,
    /// For each cell, row by row from the south-west, the pieces within reach of it.
    cells: Vec<Vec<u32>>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    from: Vector2<f64>,
    along: Vector2<f64>,
    length_m: f64,
}

impl RoadNet {
    /// Takes the middles of roads; none farther from a point than `reach_m` is ever named.
    pub fn new<'a>(roads: impl IntoIterator<Item = &'a [EnuPoint]>, reach_m: f64) -> Self {
        let mut net = Self { reach_m, ..Self::default() };
        for road in roads {
            for pair in road.windows(2) {
                net.add(pair[0].to_vector(), pair[1].to_vector());
            }
        }
        net.sort();
        net
    }

    /// The nearest road; the first of equals.
    pub fn near(&self, point: EnuPoint) -> Option<RoadNear> {
        let place = point.to_vector();
        let off = (place - self.south_west) / self.cell_m;
        let inside =
            off.x >= 0.0 && off.y >= 0.0 && off.x < self.columns as f64 && off.y < self.rows as f64;
        if !inside {
            return None;
        }
        let own = &self.cells[self.cell(place)];
        let nearest = own
            .iter()
            .map(|&number| self.pieces[number as usize].nearest(place))
            .reduce(|best, other| if other.0 < best.0 { other } else { best });
        nearest.filter(|(distance_m, _)| *distance_m <= self.reach_m).map(|(_, road)| road)
    }

    fn add(&mut self, from: Vector2<f64>, to: Vector2<f64>) {
        let length_m = (to - from).norm();
        if !(length_m > 0.0 && length_m.is_finite()) {
            return;
        }
        let along = (to - from) / length_m;
        let mut done_m = 0.0;
        while done_m < length_m {
            let piece_m = PIECE_M.min(length_m - done_m);
            self.pieces.push(Piece { from: from + along * done_m, along, length_m: piece_m });
            done_m += PIECE_M;
        }
    }

    fn sort(&mut self) {
        let ends = || self.pieces.iter().flat_map(|piece| [piece.from, piece.to()]);
        let Some(first) = ends().next() else { return };
        let margin = Vector2::repeat(self.reach_m);
        let low = ends().fold(first, |low, end| low.inf(&end)) - margin;
        let span = ends().fold(first, |high, end| high.sup(&end)) + margin - low;
        self.south_west = low;
        self.cell_m = PIECE_M.max(self.reach_m).max(libm::sqrt(span.x * span.y / CELLS_MAX));
        self.columns = cells_along(span.x, self.cell_m);
        self.rows = cells_along(span.y, self.cell_m);
        self.cells = vec![Vec::new(); self.columns * self.rows];
        for number in 0..self.pieces.len() {
            let piece = self.pieces[number];
            let (first, last) = (
                self.column_row(piece.from.inf(&piece.to()) - margin),
                self.column_row(piece.from.sup(&piece.to()) + margin),
            );
            for row in first.1..=last.1 {
                for column in first.0..=last.0 {
                    let number = u32::try_from(number).unwrap_or(u32::MAX);
                    self.cells[row * self.columns + column].push(number);
                }
            }
        }
    }

    fn cell(&self, place: Vector2<f64>) -> usize {
        let (column, row) = self.column_row(place);
        row * self.columns + column
    }

    fn column_row(&self, place: Vector2<f64>) -> (usize, usize) {
        let off = place - self.south_west;
        (
            clamped_cell(off.x / self.cell_m, self.columns),
            clamped_cell(off.y / self.cell_m, self.rows),
        )
    }
}

impl Piece {
    fn to(&self) -> Vector2<f64> {
        self.from + self.along * self.length_m
    }

    fn nearest(&self, place: Vector2<f64>) -> (f64, RoadNear) {
        let on =
            self.from + self.along * (place - self.from).dot(&self.along).clamp(0.0, self.length_m);
        let road = RoadNear { point: EnuPoint::new(on.x, on.y), along: self.along };
        ((place - on).norm(), road)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a span over a cell that grows with it: bounded by CELLS_MAX"
)]
fn cells_along(span_m: f64, cell_m: f64) -> usize {
    libm::floor(span_m / cell_m) as usize + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_nearest_road_is_the_one_that_a_look_at_all_finds(
            ends in proptest::collection::vec((-5e3_f64..5e3, -5e3_f64..5e3), 2..20),
            at in (-6e3_f64..6e3, -6e3_f64..6e3),
        ) {
            let road: Vec<EnuPoint> = ends.iter().map(|&(x, y)| EnuPoint::new(x, y)).collect();
            let net = RoadNet::new([road.as_slice()], 300.0);
            let point = EnuPoint::new(at.0, at.1);

            let found = net.near(point).map(|road| point.distance_m(road.point));

            let all = net.pieces.iter().map(|piece| piece.nearest(point.to_vector()).0);
            let expected = all.fold(f64::INFINITY, f64::min);
            match found {
                Some(distance_m) => proptest::prop_assert!((distance_m - expected).abs() < 1e-9),
                None => proptest::prop_assert!(expected > 300.0),
            }
        }
    }

    #[test]
    fn without_roads_none_is_near() {
        assert_eq!(RoadNet::new([], 50.0).near(EnuPoint::new(0.0, 0.0)), None);
    }
}
