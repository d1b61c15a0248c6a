//! Where somebody may be: last known point and reach, tips and hideouts, laid over blocks of ground on the near side.

use serde::{Deserialize, Serialize};

use super::{Cell, SearchFault};
use crate::coverage::Model;
use crate::crossing::going::Going;
use crate::crossing::pace::{Goer, Pace, TICKS_PER_S};
use crate::crossing::queue::MonotoneQueue;
use crate::geo::EnuPoint;
use crate::sector::Mover;

/// Blocks that a search may have; a finer cut is refused.
pub const BLOCKS_MAX: usize = 4_096;
/// Blocks less likely than this are left out; their chance goes to `elsewhere`.
const PRIOR_MIN: f64 = 1e-5;

/// Something that says where the target may be, and how much it weighs against the others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Clue {
    /// Seen there so long ago: anywhere within reach of `mover` since, the less likely the longer the way. Falling in a
    /// straight line from the point to the edge of reach is an assumption; people who are lost mostly stay near.
    LastSeen { at: EnuPoint, elapsed_s: f64, mover: Mover, weight: f64 },
    /// A tip or a known hideout: a normal distribution about a place.
    Place { at: EnuPoint, sigma_m: f64, weight: f64 },
}

/// A block of ground and the chance that the target is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Column from the west in letters, row from the north in numbers: `C4`.
    pub name: String,
    pub prior: f64,
    /// Ground of the block on the near side of the line, square metres.
    pub area_m2: f64,
    /// Middle of that ground.
    pub middle: EnuPoint,
    /// Corners, from the north-west clockwise.
    pub corners: [EnuPoint; 4],
}

impl Block {
    /// The block as a piece of a search.
    pub fn cell(&self, return_s: Option<f64>) -> Cell {
        Cell::new(self.name.clone(), self.prior, self.area_m2, return_s)
    }
}

/// Lays clues over blocks of about `block_m`, in the order of rows and columns.
///
/// Ground on or beyond the line and off the terrain belongs to no block: nobody is sent there, and its chance stays elsewhere.
pub fn likely_ground(
    model: &Model,
    clues: &[Clue],
    block_m: f64,
) -> Result<Vec<Block>, SearchFault> {
    let going = &model.going;
    for clue in clues {
        clue.check()?;
    }
    let chances = chances(model, clues);
    let side = side_of(going, block_m)?;
    let (rows, cols) = (going.rows.div_ceil(side), going.cols.div_ceil(side));
    let mut blocks = Vec::new();
    for at in 0..rows * cols {
        let (row, col) = (at / cols, at % cols);
        blocks.extend(block(going, &chances, (row, col), side));
    }
    blocks.retain(|block| block.prior >= PRIOR_MIN);
    if blocks.len() > BLOCKS_MAX {
        return Err(SearchFault::Sweep {
            field: "block_m",
            must: "so large that at most 4096 blocks are likely",
            value: block_m,
        });
    }
    Ok(blocks)
}

impl Clue {
    fn weight(&self) -> f64 {
        match self {
            Self::LastSeen { weight, .. } | Self::Place { weight, .. } => *weight,
        }
    }

    fn check(&self) -> Result<(), SearchFault> {
        let extent = match self {
            Self::LastSeen { elapsed_s, .. } => ("elapsed_s", *elapsed_s),
            Self::Place { sigma_m, .. } => ("sigma_m", *sigma_m),
        };
        for (field, value) in [("weight", self.weight()), extent] {
            if !(value.is_finite() && value > 0.0) {
                return Err(SearchFault::Sweep { field, must: "finite and positive", value });
            }
        }
        Ok(())
    }
}

/// Chance by cell of the going, all clues together; sums to 1 less what falls off the terrain.
fn chances(model: &Model, clues: &[Clue]) -> Vec<f64> {
    let total = clues.iter().fold(0.0, |sum, clue| sum + clue.weight());
    let mut chances = vec![0.0; model.going.points.len()];
    for clue in clues {
        let shares = match clue {
            Clue::LastSeen { at, elapsed_s, mover, .. } => reach(model, *at, *elapsed_s, *mover),
            Clue::Place { at, sigma_m, .. } => near(&model.going, *at, *sigma_m),
        };
        let share = clue.weight() / total;
        for (chance, of_clue) in chances.iter_mut().zip(shares) {
            *chance += share * of_clue;
        }
    }
    chances
}

/// Falls from 1 at the point to 0 at the edge of reach, over travel time; scaled to a sum of 1.
fn reach(model: &Model, at: EnuPoint, elapsed_s: f64, mover: Mover) -> Vec<f64> {
    let going = &model.going;
    let pace = Pace::new(Goer::Mover(mover), &model.sector().settings);
    let lengths_m = going.step_lengths_m();
    let mut ticks = vec![u64::MAX; going.points.len()];
    let mut queue = MonotoneQueue::new();
    if let Some(start) = going.cell_at(model.grid(), model.sector().frame.place(at)) {
        ticks[start] = 0;
        queue.push(0, number(start));
    }
    let share = |ticks: u64| (1.0 - ticks as f64 / (TICKS_PER_S * elapsed_s)).max(0.0);
    while let Some((so_far, cell)) = queue.pop() {
        let cell = cell as usize;
        if so_far > ticks[cell] || share(so_far) <= 0.0 {
            continue;
        }
        for (step, length_m) in lengths_m.iter().enumerate() {
            let Some(to) = going.step_from(cell, step) else { continue };
            let Some(more) = pace.ticks(*length_m, going.rise_m(cell, to)) else { continue };
            let total = so_far + u64::from(more);
            if total < ticks[to] {
                ticks[to] = total;
                queue.push(total, number(to));
            }
        }
    }
    let mut shares: Vec<f64> = ticks.into_iter().map(share).collect();
    let sum = shares.iter().fold(0.0, |sum, share| sum + share);
    if sum > 0.0 {
        for share in &mut shares {
            *share /= sum;
        }
    }
    shares
}

/// A normal distribution about a place; what falls off the terrain is not given to other ground.
fn near(going: &Going, at: EnuPoint, sigma_m: f64) -> Vec<f64> {
    let area_m2 = going.row_m * going.col_m;
    // A place is not known better than a cell is large.
    let variance_m2 = sigma_m * sigma_m + area_m2 / 12.0;
    let peak = area_m2 / (std::f64::consts::TAU * variance_m2);
    let share = |point: &EnuPoint| {
        let distance_m = point.distance_m(at);
        peak * libm::exp(-distance_m * distance_m / (2.0 * variance_m2))
    };
    let mut shares: Vec<f64> = going.points.iter().map(share).collect();
    let sum = shares.iter().fold(0.0, |sum, share| sum + share);
    if sum > 1.0 {
        for share in &mut shares {
            *share /= sum;
        }
    }
    shares
}

/// Cells along one side of a block.
fn side_of(going: &Going, block_m: f64) -> Result<usize, SearchFault> {
    let cell_m = libm::sqrt(going.row_m * going.col_m);
    if !(block_m.is_finite() && block_m >= cell_m) {
        let must = "finite and not below the cells of the sector's net";
        return Err(SearchFault::Sweep { field: "block_m", must, value: block_m });
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at least 1, and the cast saturates"
    )]
    let side = libm::round(block_m / cell_m) as usize;
    Ok(side.min(going.rows.max(going.cols)))
}

fn block(going: &Going, chances: &[f64], (row, col): (usize, usize), side: usize) -> Option<Block> {
    let rows = row * side..((row + 1) * side).min(going.rows);
    let cols = col * side..((col + 1) * side).min(going.cols);
    let corner = |row: usize, col: usize, north: f64, east: f64| {
        let EnuPoint { east_m, north_m } = going.points[row * going.cols + col];
        EnuPoint::new(east_m + east * going.col_m / 2.0, north_m + north * going.row_m / 2.0)
    };
    let corners = [
        corner(rows.start, cols.start, 1.0, -1.0),
        corner(rows.start, cols.end - 1, 1.0, 1.0),
        corner(rows.end - 1, cols.end - 1, -1.0, 1.0),
        corner(rows.end - 1, cols.start, -1.0, -1.0),
    ];
    let (mut prior, mut count) = (0.0, 0_u32);
    let (mut east_m, mut north_m) = (0.0, 0.0);
    for cell in rows.flat_map(|row| cols.clone().map(move |col| row * going.cols + col)) {
        if going.is_far[cell] || going.heights_m[cell].is_none() {
            continue;
        }
        prior += chances[cell];
        count += 1;
        east_m += going.points[cell].east_m;
        north_m += going.points[cell].north_m;
    }
    (count > 0).then(|| Block {
        name: format!("{}{}", letters(col), row + 1),
        prior: f64::min(prior, 1.0),
        area_m2: f64::from(count) * going.row_m * going.col_m,
        middle: EnuPoint::new(east_m / f64::from(count), north_m / f64::from(count)),
        corners,
    })
}

/// A, B, ... Z, AA, AB, ...
fn letters(mut column: usize) -> String {
    let mut name = Vec::new();
    loop {
        name.push(char::from(b'A' + u8::try_from(column % 26).expect("a remainder of 26")));
        if column < 26 {
            return name.into_iter().rev().collect();
        }
        column = column / 26 - 1;
    }
}

fn number(cell: usize) -> u32 {
    u32::try_from(cell).expect("a grid has fewer than 2^32 cells")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_as_on_a_sheet() {
        assert_eq!(
            [0, 25, 26, 51, 53, 701, 702].map(letters),
            ["A", "Z", "AA", "AZ", "BB", "ZZ", "AAA"]
        );
    }
}
