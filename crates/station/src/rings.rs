//! Traces the outlines of classes of cells as closed rings along cell edges.

use std::collections::BTreeMap;

/// A corner of a cell: row and column of corners, (0, 0) the north-west corner of the first cell.
pub(crate) type Corner = (u32, u32);

/// One patch of cells of one class that share edges: its outer ring, then its holes.
///
/// Rings are closed (first corner last), never touch themselves, and turn anticlockwise outside and clockwise round
/// holes, as RFC 7946 wants. Patches that meet in a corner only are apart, so a patch's inside is in one piece.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Patch {
    pub(crate) class: u8,
    pub(crate) cells: usize,
    pub(crate) rings: Vec<Vec<Corner>>,
}

/// The patches of every class but `none`, in the order of their northmost, then westmost cell.
///
/// `classes` is row-major; memory is some 6 bytes a cell beside the rings.
pub(crate) fn patches(classes: &[u8], width: usize, none: u8) -> Vec<Patch> {
    let cells = Cells::of(classes, width, none);
    let mut patches: Vec<Patch> = cells
        .members
        .iter()
        .map(|(class, cells)| Patch { class: *class, cells: *cells, rings: Vec::new() })
        .collect();
    let mut walked = vec![false; classes.len()];
    for at in 0..classes.len() {
        let (row, col) = cells.row_col(at);
        let Some(patch) = cells.patch(row, col) else { continue };
        if walked[at] || cells.patch(row - 1, col) == Some(patch) {
            continue;
        }
        for ring in cells.walk((row, col), patch, &mut walked) {
            patches[patch as usize].rings.push(ring);
        }
    }
    for patch in &mut patches {
        // The outer ring is the only one that turns anticlockwise; it was begun first, but splitting may reorder.
        patch.rings.sort_by_key(|ring| turns_clockwise(ring));
    }
    patches
}

/// True for the ring of a hole.
fn turns_clockwise(ring: &[Corner]) -> bool {
    let twice: i64 = ring
        .windows(2)
        .map(|edge| {
            let (row, col) = (i64::from(edge[0].0), i64::from(edge[0].1));
            let (next_row, next_col) = (i64::from(edge[1].0), i64::from(edge[1].1));
            // Rows run south, so the usual sign is turned round.
            next_col * row - col * next_row
        })
        .sum();
    twice < 0
}

/// Cells with the patch that each belongs to.
struct Cells {
    /// Number of the patch, [`NO_PATCH`] for none.
    patch_of: Vec<u32>,
    width: usize,
    /// Class and number of cells of each patch.
    members: Vec<(u8, usize)>,
}

const NO_PATCH: u32 = u32::MAX;

impl Cells {
    fn of(classes: &[u8], width: usize, none: u8) -> Self {
        let mut cells = Self {
            patch_of: vec![NO_PATCH; classes.len()],
            width: width.max(1),
            members: Vec::new(),
        };
        for at in 0..classes.len() {
            if classes[at] != none && cells.patch_of[at] == NO_PATCH {
                let count = cells.flood(classes, at);
                cells.members.push((classes[at], count));
            }
        }
        cells
    }

    /// Numbers the patch that holds a cell; returns how many cells it has.
    fn flood(&mut self, classes: &[u8], from: usize) -> usize {
        let patch = u32::try_from(self.members.len()).unwrap_or(NO_PATCH - 1);
        let mut open = vec![from];
        self.patch_of[from] = patch;
        let mut count = 0;
        while let Some(at) = open.pop() {
            count += 1;
            for next in self.beside(at) {
                if classes[next] == classes[at] && self.patch_of[next] == NO_PATCH {
                    self.patch_of[next] = patch;
                    open.push(next);
                }
            }
        }
        count
    }

    /// The up to four cells that share an edge with one.
    fn beside(&self, at: usize) -> impl Iterator<Item = usize> + use<> {
        let (col, width, end) = (at % self.width, self.width, self.patch_of.len());
        let west = (col > 0).then(|| at - 1);
        let east = (col + 1 < width && at + 1 < end).then(|| at + 1);
        [at.checked_sub(width), west, east, Some(at + width).filter(|south| *south < end)]
            .into_iter()
            .flatten()
    }

    fn row_col(&self, at: usize) -> (i64, i64) {
        let signed = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        (signed(at / self.width), signed(at % self.width))
    }

    /// The patch of a cell; none outside.
    fn patch(&self, row: i64, col: i64) -> Option<u32> {
        let (row, col) = (usize::try_from(row).ok()?, usize::try_from(col).ok()?);
        if col >= self.width {
            return None;
        }
        self.patch_of.get(row * self.width + col).copied().filter(|patch| *patch != NO_PATCH)
    }

    /// Follows the edge that starts as the north edge of a cell, the patch at the left hand, and marks the north edges
    /// passed.
    fn walk(&self, start: (i64, i64), patch: u32, walked: &mut [bool]) -> Vec<Vec<Corner>> {
        let holds = |(row, col): (i64, i64)| self.patch(row, col) == Some(patch);
        let mut way = Way::default();
        let first = (start.0, start.1 + 1);
        let (mut corner, mut heading) = (first, Heading::West);
        loop {
            if heading == Heading::West {
                let passed = corner.0 * i64::try_from(self.width).unwrap_or(0) + corner.1 - 1;
                walked[usize::try_from(passed).unwrap_or(0)] = true;
            }
            corner = heading.step(corner);
            let (left, right) =
                (holds(heading.ahead_left(corner)), holds(heading.ahead_right(corner)));
            let next = match (left, right) {
                (false, _) => heading.left(),
                (true, false) => heading,
                (true, true) => heading.right(),
            };
            if next != heading {
                // With one at the right alone, two cells of the patch meet here by their corners only.
                if !left && right {
                    way.cross(place(corner));
                }
                way.corners.push(place(corner));
            }
            heading = next;
            if corner == first && heading == Heading::West {
                way.close();
                return way.rings;
            }
        }
    }
}

/// Corners passed, cut into a ring of its own wherever the way comes to a corner again.
#[derive(Default)]
struct Way {
    corners: Vec<Corner>,
    /// Where in the way it passed the corners that it may pass once more.
    crossings: BTreeMap<Corner, usize>,
    rings: Vec<Vec<Corner>>,
}

impl Way {
    /// Cuts off the loop back to this corner if the way has been here; else remembers it.
    fn cross(&mut self, here: Corner) {
        if let Some(earlier) = self.crossings.remove(&here) {
            let cut = self.corners.split_off(earlier);
            for corner in &cut {
                self.crossings.remove(corner);
            }
            self.push_ring(cut);
        }
        self.crossings.insert(here, self.corners.len());
    }

    fn close(&mut self) {
        let rest = std::mem::take(&mut self.corners);
        self.push_ring(rest);
    }

    fn push_ring(&mut self, mut ring: Vec<Corner>) {
        ring.extend(ring.first().copied());
        self.rings.push(ring);
    }
}

fn place((row, col): (i64, i64)) -> Corner {
    let whole = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
    (whole(row), whole(col))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heading {
    North,
    West,
    South,
    East,
}

impl Heading {
    fn left(self) -> Self {
        match self {
            Self::North => Self::West,
            Self::West => Self::South,
            Self::South => Self::East,
            Self::East => Self::North,
        }
    }

    fn right(self) -> Self {
        self.left().left().left()
    }

    fn step(self, (row, col): (i64, i64)) -> (i64, i64) {
        match self {
            Self::North => (row - 1, col),
            Self::West => (row, col - 1),
            Self::South => (row + 1, col),
            Self::East => (row, col + 1),
        }
    }

    /// The cell ahead of a corner at the left hand.
    fn ahead_left(self, (row, col): (i64, i64)) -> (i64, i64) {
        match self {
            Self::North => (row - 1, col - 1),
            Self::West => (row, col - 1),
            Self::South => (row, col),
            Self::East => (row - 1, col),
        }
    }

    /// The cell ahead of a corner at the right hand.
    fn ahead_right(self, (row, col): (i64, i64)) -> (i64, i64) {
        match self {
            Self::North => (row - 1, col),
            Self::West => (row - 1, col - 1),
            Self::South => (row, col - 1),
            Self::East => (row, col),
        }
    }
}
