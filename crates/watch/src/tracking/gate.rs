//! Which measurements lie near which track: a uniform grid over the measurements of one scan.

use nalgebra::{Matrix2, Vector2};
use serde::{Deserialize, Serialize};

use super::undetected::clamped_cell;

/// Positions sorted into square cells, about one to a cell.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Grid {
    south_west: Vector2<f64>,
    /// The north-east end of all positions.
    high: Vector2<f64>,
    /// Cells in a metre.
    per_m: f64,
    columns: usize,
    rows: usize,
    /// Where each cell's members start in `members`; one more than there are cells.
    starts: Vec<usize>,
    members: Vec<usize>,
    positions: Vec<(f64, f64)>,
}

impl Grid {
    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        (self.starts.len() + self.members.len()) * size_of::<usize>()
            + self.positions.len() * size_of::<(f64, f64)>()
    }

    /// Sorts positions (with the numbers by which they are asked for) into cells.
    pub(crate) fn build(&mut self, positions: &[(usize, Vector2<f64>)]) {
        let mut low = Vector2::repeat(f64::INFINITY);
        let mut high = Vector2::repeat(f64::NEG_INFINITY);
        for (_, position) in positions {
            low = low.inf(position);
            high = high.sup(position);
        }
        self.members.clear();
        if positions.is_empty() {
            self.columns = 0;
            self.rows = 0;
            return;
        }
        let span = high - low;
        let share_m = libm::sqrt(span.x * span.y / positions.len() as f64);
        let longest_m = span.x.max(span.y) / positions.len() as f64;
        self.south_west = low;
        self.per_m = 1.0 / share_m.max(longest_m).max(1.0);
        self.high = high;
        self.columns = cells_along(span.x * self.per_m);
        self.rows = cells_along(span.y * self.per_m);
        self.fill(positions);
    }

    /// Calls `found` for every member whose cell touches the box around `centre`.
    pub(crate) fn near(
        &self,
        centre: Vector2<f64>,
        reach: Vector2<f64>,
        mut found: impl FnMut(usize),
    ) {
        if self.columns == 0 {
            return;
        }
        let (low, high) = (centre - reach, centre + reach);
        if high.x < self.south_west.x
            || high.y < self.south_west.y
            || low.x > self.high.x
            || low.y > self.high.y
        {
            return;
        }
        let (first, last) = (self.cell(low), self.cell(high));
        for row in first.0..=last.0 {
            let start = self.starts[row * self.columns + first.1];
            let end = self.starts[row * self.columns + last.1 + 1];
            for (member, &(east_m, north_m)) in
                self.members[start..end].iter().zip(&self.positions[start..end])
            {
                if east_m >= low.x && east_m <= high.x && north_m >= low.y && north_m <= high.y {
                    found(*member);
                }
            }
        }
    }

    /// Counting sort: members of a cell keep the order in which they came.
    fn fill(&mut self, positions: &[(usize, Vector2<f64>)]) {
        self.starts.clear();
        self.starts.resize(self.columns * self.rows + 1, 0);
        for (_, position) in positions {
            let cell = self.number(*position);
            self.starts[cell + 1] += 1;
        }
        for cell in 1..self.starts.len() {
            self.starts[cell] += self.starts[cell - 1];
        }
        let mut next = self.starts.clone();
        self.members.resize(positions.len(), 0);
        self.positions.clear();
        self.positions.resize(positions.len(), (0.0, 0.0));
        for (member, position) in positions {
            let cell = self.number(*position);
            self.members[next[cell]] = *member;
            self.positions[next[cell]] = (position.x, position.y);
            next[cell] += 1;
        }
    }

    fn number(&self, position: Vector2<f64>) -> usize {
        let (row, column) = self.cell(position);
        row * self.columns + column
    }

    fn cell(&self, position: Vector2<f64>) -> (usize, usize) {
        (
            clamped_cell((position.y - self.south_west.y) * self.per_m, self.rows),
            clamped_cell((position.x - self.south_west.x) * self.per_m, self.columns),
        )
    }
}

/// A box of ground.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Extent {
    pub(crate) low: Vector2<f64>,
    pub(crate) high: Vector2<f64>,
}

impl Extent {
    /// Whether a box around a place touches it.
    pub(crate) fn touches(&self, centre: Vector2<f64>, half: Vector2<f64>) -> bool {
        centre.x + half.x >= self.low.x
            && centre.x - half.x <= self.high.x
            && centre.y + half.y >= self.low.y
            && centre.y - half.y <= self.high.y
    }
}

/// Half sides of the box around the ellipse at which the squared Mahalanobis distance is `gate`.
pub(crate) fn reach(innovation_m2: &Matrix2<f64>, gate: f64) -> Vector2<f64> {
    Vector2::new(libm::sqrt(gate * innovation_m2.m11), libm::sqrt(gate * innovation_m2.m22))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a span over a cell that grows with it: at most the number of positions"
)]
fn cells_along(cells: f64) -> usize {
    cells as usize + 1
}

/// Disjoint sets of numbers 0..n.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups {
    parents: Vec<usize>,
}

impl Groups {
    /// Every number alone.
    pub(crate) fn reset(&mut self, count: usize) {
        self.parents.clear();
        self.parents.extend(0..count);
    }

    /// The least member of the number's set.
    pub(crate) fn root(&mut self, mut number: usize) -> usize {
        while self.parents[number] != number {
            self.parents[number] = self.parents[self.parents[number]];
            number = self.parents[number];
        }
        number
    }

    pub(crate) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        self.parents[high] = low;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_grid_finds_what_a_look_at_every_position_finds(
            places in proptest::collection::vec((-1e4_f64..1e4, -50.0_f64..50.0), 0..60),
            centre in (-1.2e4_f64..1.2e4, -80.0_f64..80.0),
            reach in (0.0_f64..5e3, 0.0_f64..60.0),
        ) {
            let positions: Vec<_> = places.iter().enumerate().map(|(n, &(x, y))| (n, Vector2::new(x, y))).collect();
            let (centre, reach) = (Vector2::new(centre.0, centre.1), Vector2::new(reach.0, reach.1));
            let mut grid = Grid::default();
            grid.build(&positions);

            let mut found = Vec::new();
            grid.near(centre, reach, |member| found.push(member));
            found.sort_unstable();

            let inside = |place: &Vector2<f64>| {
                place.x >= centre.x - reach.x && place.x <= centre.x + reach.x
                    && place.y >= centre.y - reach.y && place.y <= centre.y + reach.y
            };
            let expected: Vec<_> = positions.iter().filter(|(_, p)| inside(p)).map(|(n, _)| *n).collect();
            proptest::prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn joined_numbers_share_their_least_member_as_root() {
        let mut groups = Groups::default();
        groups.reset(6);

        groups.join(4, 2);
        groups.join(5, 4);

        assert_eq!(groups.root(5), 2);
        assert_eq!(groups.root(3), 3);
    }
}
