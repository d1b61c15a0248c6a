//! Where somebody could be sent to: the weakest crossings and the high ground beside them.

use std::collections::BTreeMap;

use super::Storm;
use crate::coverage::repair::BLOCK_M;
use crate::coverage::scene::Crossings;
use crate::coverage::{Model, WATCHED_MIN};
use crate::geo::EnuPoint;

/// A higher place is looked for this far from a crossing, in cells of the net.
const HIGHER_CELLS: isize = 5;

/// A place of a block of line.
pub(super) struct Place {
    pub(super) at: EnuPoint,
    pub(super) block: i64,
}

impl Storm<'_> {
    /// The weakest crossing of every kilometre that is not watched, and the highest ground beside it.
    pub(super) fn places(&self, now: &Crossings) -> Vec<Place> {
        let model = self.scene.model;
        let mut blocks: BTreeMap<i64, usize> = BTreeMap::new();
        for (at, stretch) in model.sector().stretches.iter().enumerate() {
            if self.chances[at] >= WATCHED_MIN || now[at].is_none() {
                continue;
            }
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a line is at most some 1000 km long"
            )]
            let block = libm::floor(stretch.from_m / BLOCK_M) as i64;
            let weakest = blocks.entry(block).or_insert(at);
            if self.chances[at] < self.chances[*weakest] {
                *weakest = at;
            }
        }
        let mut places = Vec::new();
        for (block, at) in blocks {
            let Some(crossing) = now[at] else { continue };
            let near = model.net.ways_over[crossing.way_over as usize].near;
            let cell = model.net.layout.cell_of(near);
            let higher = highest_beside(model, cell);
            places.push(Place { at: model.going.points[cell], block });
            if higher != cell {
                places.push(Place { at: model.going.points[higher], block });
            }
        }
        places
    }
}

/// The highest cell of the near side around one.
fn highest_beside(model: &Model, cell: usize) -> usize {
    let going = &model.going;
    let (row, col) = (cell / going.cols, cell % going.cols);
    let mut best = cell;
    for down in -HIGHER_CELLS..=HIGHER_CELLS {
        for right in -HIGHER_CELLS..=HIGHER_CELLS {
            let at = row.checked_add_signed(down).zip(col.checked_add_signed(right));
            let Some((row, col)) = at.filter(|(row, col)| *row < going.rows && *col < going.cols)
            else {
                continue;
            };
            let at = row * going.cols + col;
            if !going.is_far[at] && going.heights_m[at] > going.heights_m[best] {
                best = at;
            }
        }
    }
    best
}
