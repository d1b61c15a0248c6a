//! Outlines of ground made of square blocks: polygons with holes that any map accepts.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Blocks of a grid, row by row from the north-west.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blocks {
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) inside: Vec<bool>,
}

/// A corner between blocks: row and column, both counted from the north-west.
type Corner = (usize, usize);
/// Corners one after the other, the last like the first.
type Ring = Vec<Corner>;

/// A way along a side of a block, with the ground at its left hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Heading {
    West,
    South,
    East,
    North,
}

impl Blocks {
    fn holds(&self, row: usize, col: usize) -> bool {
        row < self.rows && col < self.cols && self.inside[row * self.cols + col]
    }
}

impl Heading {
    fn from(self, (row, col): Corner) -> Corner {
        match self {
            Self::West => (row, col - 1),
            Self::South => (row + 1, col),
            Self::East => (row, col + 1),
            Self::North => (row - 1, col),
        }
    }

    /// To the left, straight on, to the right: blocks that touch at a corner alone are kept apart.
    fn turns(self) -> [Self; 3] {
        match self {
            Self::West => [Self::South, Self::West, Self::North],
            Self::South => [Self::East, Self::South, Self::West],
            Self::East => [Self::North, Self::East, Self::South],
            Self::North => [Self::West, Self::North, Self::East],
        }
    }
}

/// Polygons, each an outer ring (counter-clockwise, north up) and its holes (clockwise), without needless corners.
pub(super) fn outline(blocks: &Blocks) -> Vec<Vec<Ring>> {
    let (mut outer, mut holes) = (Vec::new(), Vec::new());
    for ring in rings(blocks) {
        if doubled_area(&ring) > 0 { outer.push(vec![ring]) } else { holes.push(ring) }
    }
    for hole in holes {
        let around = outer
            .iter_mut()
            .filter(|polygon| is_within(&hole, &polygon[0]))
            .min_by_key(|polygon| doubled_area(&polygon[0]));
        if let Some(polygon) = around {
            polygon.push(hole);
        }
    }
    for polygon in &mut outer {
        polygon.iter_mut().for_each(straighten);
    }
    outer
}

/// Every closed way along the edge of the ground; none meets itself.
fn rings(blocks: &Blocks) -> Vec<Ring> {
    let mut edges = edges(blocks);
    let mut rings = Vec::new();
    while let Some((&start, headings)) = edges.iter().next() {
        let Some(&first) = headings.iter().next() else {
            edges.remove(&start);
            continue;
        };
        let (mut way, mut heading, mut corner) = (vec![start], first, start);
        loop {
            take(&mut edges, corner, heading);
            corner = heading.from(corner);
            // Where the way meets itself it has closed a ring.
            if let Some(at) = way.iter().position(|passed| *passed == corner) {
                let mut ring = way.split_off(at);
                ring.push(corner);
                rings.push(ring);
            }
            way.push(corner);
            let open = edges.get(&corner);
            let next =
                heading.turns().into_iter().find(|turn| open.is_some_and(|o| o.contains(turn)));
            // As many ways lead out of a corner as into it: only the first one can be exhausted.
            let Some(turn) = next else { break };
            heading = turn;
        }
    }
    rings
}

fn take(edges: &mut BTreeMap<Corner, BTreeSet<Heading>>, corner: Corner, heading: Heading) {
    if let Some(headings) = edges.get_mut(&corner) {
        headings.remove(&heading);
        if headings.is_empty() {
            edges.remove(&corner);
        }
    }
}

/// Sides of blocks with ground on one hand only, from each corner.
fn edges(blocks: &Blocks) -> BTreeMap<Corner, BTreeSet<Heading>> {
    let mut edges: BTreeMap<Corner, BTreeSet<Heading>> = BTreeMap::new();
    for row in 0..blocks.rows {
        for col in 0..blocks.cols {
            if !blocks.holds(row, col) {
                continue;
            }
            let north = row.checked_sub(1).is_some_and(|row| blocks.holds(row, col));
            let west = col.checked_sub(1).is_some_and(|col| blocks.holds(row, col));
            let sides = [
                (north, (row, col + 1), Heading::West),
                (west, (row, col), Heading::South),
                (blocks.holds(row + 1, col), (row + 1, col), Heading::East),
                (blocks.holds(row, col + 1), (row + 1, col + 1), Heading::North),
            ];
            for (_, corner, heading) in sides.into_iter().filter(|(shared, ..)| !shared) {
                edges.entry(corner).or_default().insert(heading);
            }
        }
    }
    edges
}

/// Positive when counter-clockwise with north up.
fn doubled_area(ring: &[Corner]) -> i64 {
    let signed = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
    ring.windows(2)
        .map(|pair| {
            let ((row, col), (to_row, to_col)) = (pair[0], pair[1]);
            signed(to_col) * signed(row) - signed(col) * signed(to_row)
        })
        .sum()
}

/// Whether a hole lies within a ring: the empty block beside its first side does.
fn is_within(hole: &[Corner], ring: &[Corner]) -> bool {
    // Ground is at the left hand, so the hole is at the right.
    let ((row, col), (to_row, to_col)) = (hole[0], hole[1]);
    let (in_row, in_col) = match (to_row.cmp(&row), to_col.cmp(&col)) {
        (Ordering::Greater, _) => (row, col - 1),
        (Ordering::Less, _) => (to_row, col),
        (Ordering::Equal, Ordering::Greater) => (row, col),
        (Ordering::Equal, Ordering::Less | Ordering::Equal) => (row - 1, to_col),
    };
    // Sides that run north or south east of the block's middle, in its row.
    let crossings = ring.windows(2).filter(|pair| {
        let ((row, col), (to_row, to_col)) = (pair[0], pair[1]);
        col == to_col && col > in_col && row.min(to_row) == in_row
    });
    crossings.count() % 2 == 1
}

/// Leaves out corners at which the way goes straight on.
fn straighten(ring: &mut Ring) {
    ring.pop();
    let count = ring.len();
    let turns = |at: usize| {
        let (before, here, after) =
            (ring[(at + count - 1) % count], ring[at], ring[(at + 1) % count]);
        !((before.0 == here.0 && here.0 == after.0) || (before.1 == here.1 && here.1 == after.1))
    };
    let mut kept: Ring = (0..count).filter(|at| turns(*at)).map(|at| ring[at]).collect();
    kept.extend(kept.first().copied());
    *ring = kept;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_block_is_a_square_counter_clockwise_with_north_up() {
        let outlined = outline(&drawn(&["#"]));

        assert_eq!(outlined.len(), 1);
        assert_eq!(outlined[0].len(), 1);
        assert_eq!(outlined[0][0].len(), 5);
        assert_eq!(doubled_area(&outlined[0][0]), 2);
    }

    #[test]
    fn a_hole_belongs_to_the_smallest_ring_around_it() {
        let outlined = outline(&drawn(&[
            "#######", //
            "#.....#", "#.###.#", "#.#.#.#", "#.###.#", "#.....#", "#######",
        ]));

        let holes: Vec<_> = outlined.iter().map(|polygon| polygon.len() - 1).collect();
        assert_eq!(holes, [1, 1]);
        assert_eq!(outlined.iter().map(|polygon| area(polygon)).sum::<i64>(), 2 * (24 + 8));
    }

    #[test]
    fn blocks_that_touch_at_a_corner_are_two_polygons() {
        assert_eq!(outline(&drawn(&["#.", ".#"])).len(), 2);
        assert_eq!(outline(&drawn(&[".#", "#."])).len(), 2);
    }

    proptest! {
        #[test]
        fn outlines_hold_as_much_ground_as_the_blocks_and_no_ring_meets_itself(
            cols in 1_usize..9, inside in prop::collection::vec(any::<bool>(), 1..80)
        ) {
            let rows = inside.len() / cols;
            let inside = inside[..rows * cols].to_vec();
            let count = i64::try_from(inside.iter().filter(|inside| **inside).count()).unwrap();

            let outlined = outline(&Blocks { rows, cols, inside });

            prop_assert_eq!(outlined.iter().map(|polygon| area(polygon)).sum::<i64>(), 2 * count);
            for ring in outlined.iter().flatten() {
                let corners: BTreeSet<_> = ring.iter().collect();
                prop_assert_eq!(corners.len() + 1, ring.len());
            }
            for polygon in &outlined {
                prop_assert!(doubled_area(&polygon[0]) > 0);
                prop_assert!(polygon[1..].iter().all(|hole| doubled_area(hole) < 0));
            }
        }
    }

    fn area(polygon: &[Ring]) -> i64 {
        polygon.iter().map(|ring| doubled_area(ring)).sum()
    }

    fn drawn(rows: &[&str]) -> Blocks {
        let inside = rows.iter().flat_map(|row| row.bytes().map(|byte| byte == b'#')).collect();
        Blocks { rows: rows.len(), cols: rows[0].len(), inside }
    }
}
