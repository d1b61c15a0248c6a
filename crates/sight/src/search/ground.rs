//! Where somebody may be: last known point and reach, tips and hideouts, laid over blocks of ground on the near side.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Cell, SearchFault};
use crate::coverage::Model;
use crate::crossing::going::Going;
use crate::crossing::pace::{Goer, Light, Pace, TICKS_PER_S};
use crate::crossing::queue::MonotoneQueue;
use crate::geo::EnuPoint;
use crate::sector::{GroundKind, Mover};

/// Blocks that a search may have; a finer cut is refused.
pub const BLOCKS_MAX: usize = 4_096;
/// Blocks less likely than this are left out; their chance goes to `elsewhere`.
const PRIOR_MIN: f64 = 1e-5;

/// Something that says where the target may be, and how much it weighs against the others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Clue {
    /// Seen there so long ago: anywhere within reach since, the less likely the longer the way. Falling in a straight line
    /// from the point to the edge of reach is an assumption; people who are lost mostly stay near.
    LastSeen { seen: Sighting, weight: f64 },
    /// A tip: a normal distribution about a place.
    Place { at: EnuPoint, sigma_m: f64, weight: f64 },
    /// The places of the sector where people rest, hide or find water, and its wadis: those within reach since somebody was
    /// seen, or all. Each place counts as much as the others, all wadis together as much as all places (an assumption).
    Hideouts { since: Option<Sighting>, sigma_m: f64, weight: f64 },
}

/// Somebody seen, and how they may have moved on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    pub at: EnuPoint,
    pub elapsed_s: f64,
    pub mover: Mover,
    pub light: Light,
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
    /// Kinds of ground in it with their shares of its area.
    #[serde(default)]
    pub ground: Vec<(GroundKind, f64)>,
    /// How long a walker takes to it from the nearest road or from the line; `None` when no way leads there.
    #[serde(default)]
    pub access_s: Option<f64>,
}

impl Block {
    /// The block as a piece of a search.
    ///
    /// `return_s` is the mean time after which somebody who can move may be back in cleared ground beside a road or the
    /// line; elsewhere the way from there comes on top. Where no way leads nobody comes back.
    pub fn cell(&self, return_s: Option<f64>) -> Cell {
        let return_s = return_s.zip(self.access_s).map(|(base_s, access_s)| base_s + access_s);
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
    let access = access(model);
    let mut blocks = Vec::new();
    for at in 0..rows * cols {
        let (row, col) = (at / cols, at % cols);
        blocks.extend(block(going, (&chances, &access), (row, col), side));
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
            Self::LastSeen { weight, .. }
            | Self::Place { weight, .. }
            | Self::Hideouts { weight, .. } => *weight,
        }
    }

    fn check(&self) -> Result<(), SearchFault> {
        let extent = match self {
            Self::LastSeen { seen, .. } => ("elapsed_s", seen.elapsed_s),
            Self::Place { sigma_m, .. } | Self::Hideouts { sigma_m, .. } => ("sigma_m", *sigma_m),
        };
        let since = match self {
            Self::Hideouts { since, .. } => since.map(|seen| ("elapsed_s", seen.elapsed_s)),
            Self::LastSeen { .. } | Self::Place { .. } => None,
        };
        for (field, value) in [("weight", self.weight()), extent].into_iter().chain(since) {
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
            Clue::LastSeen { seen, .. } => reach(model, seen),
            Clue::Place { at, sigma_m, .. } => near(&model.going, *at, *sigma_m),
            Clue::Hideouts { since, sigma_m, .. } => hideouts(model, since.as_ref(), *sigma_m),
        };
        let share = clue.weight() / total;
        for (chance, of_clue) in chances.iter_mut().zip(shares) {
            *chance += share * of_clue;
        }
    }
    chances
}

/// Falls from 1 at the point to 0 at the edge of reach, over travel time; scaled to a sum of 1.
fn reach(model: &Model, seen: &Sighting) -> Vec<f64> {
    let start = model.going.cell_at(model.grid(), model.sector().frame.place(seen.at));
    let within_s = seen.elapsed_s;
    let times_s = travel_s(model, (seen.mover, seen.light), start, within_s);
    scaled(times_s.into_iter().map(|time_s| (1.0 - time_s / within_s).max(0.0)).collect())
}

/// Places of the sector and wadis, half each where it has both; scaled to a sum of 1.
fn hideouts(model: &Model, since: Option<&Sighting>, sigma_m: f64) -> Vec<f64> {
    let (going, places) = (&model.going, &model.sector().places);
    let within = since.map(|seen| reach(model, seen));
    let is_within = |cell: usize| within.as_ref().is_none_or(|within| within[cell] > 0.0);
    let mut about_places = vec![0.0; going.points.len()];
    for place in places {
        for (share, of_place) in about_places.iter_mut().zip(near(going, place.point, sigma_m)) {
            *share += of_place;
        }
    }
    let is_wadi = |cell: usize| going.surface.kind(cell) == GroundKind::Wadi;
    let wadis = (0..about_places.len()).map(|cell| f64::from(is_wadi(cell))).collect();
    let [about_places, wadis] = [about_places, wadis].map(|mut shares: Vec<f64>| {
        for (cell, share) in shares.iter_mut().enumerate() {
            *share *= f64::from(is_within(cell));
        }
        scaled(shares)
    });
    scaled(about_places.into_iter().zip(wadis).map(|(place, wadi)| place + wadi).collect())
}

/// Divided by their sum; all nothing when it is nothing.
fn scaled(mut shares: Vec<f64>) -> Vec<f64> {
    let sum = shares.iter().fold(0.0, |sum, share| sum + share);
    if sum > 0.0 {
        for share in &mut shares {
            *share /= sum;
        }
    }
    shares
}

/// Walking time to each cell from the nearest road or from the line, seconds; infinite where no way leads.
fn access(model: &Model) -> Vec<f64> {
    let going = &model.going;
    let is_way_in = |cell: &usize| {
        !going.is_far[*cell] && (going.is_close[*cell] || going.surface.road(*cell).is_some())
    };
    let starts = (0..going.points.len()).filter(is_way_in);
    travel_s(model, (Mover::Walker, Light::Day), starts, f64::INFINITY)
}

/// Travel time from the nearest of some cells to each, seconds; infinite beyond `within_s` and where no way leads.
fn travel_s(
    model: &Model,
    (mover, light): (Mover, Light),
    starts: impl IntoIterator<Item = usize>,
    within_s: f64,
) -> Vec<f64> {
    let going = &model.going;
    let pace = Pace::new(Goer::Mover(mover), light, &model.sector().settings);
    let lengths_m = going.step_lengths_m();
    let mut ticks = vec![u64::MAX; going.points.len()];
    let mut queue = MonotoneQueue::new();
    for start in starts {
        ticks[start] = 0;
        queue.push(0, number(start));
    }
    let is_within = |ticks: u64| (ticks as f64) < TICKS_PER_S * within_s;
    while let Some((so_far, cell)) = queue.pop() {
        let cell = cell as usize;
        if so_far > ticks[cell] || !is_within(so_far) {
            continue;
        }
        for (step, length_m) in lengths_m.iter().enumerate() {
            let Some(to) = going.step_from(cell, step) else { continue };
            let Some(more) = going.step_ticks(&pace, (cell, step, to), *length_m) else { continue };
            let total = so_far + u64::from(more);
            if total < ticks[to] {
                ticks[to] = total;
                queue.push(total, number(to));
            }
        }
    }
    let seconds = |ticks: u64| {
        if ticks == u64::MAX { f64::INFINITY } else { ticks as f64 / TICKS_PER_S }
    };
    ticks.into_iter().map(seconds).collect()
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

fn block(
    going: &Going,
    (chances, access): (&[f64], &[f64]),
    (row, col): (usize, usize),
    side: usize,
) -> Option<Block> {
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
    let mut kinds = BTreeMap::new();
    let mut access_s = f64::INFINITY;
    for cell in rows.flat_map(|row| cols.clone().map(move |col| row * going.cols + col)) {
        if going.is_far[cell] || going.heights_m[cell].is_none() {
            continue;
        }
        prior += chances[cell];
        count += 1;
        east_m += going.points[cell].east_m;
        north_m += going.points[cell].north_m;
        *kinds.entry(going.surface.kind(cell)).or_insert(0_u32) += 1;
        access_s = access_s.min(access[cell]);
    }
    (count > 0).then(|| Block {
        name: format!("{}{}", letters(col), row + 1),
        prior: f64::min(prior, 1.0),
        area_m2: f64::from(count) * going.row_m * going.col_m,
        middle: EnuPoint::new(east_m / f64::from(count), north_m / f64::from(count)),
        corners,
        ground: kinds
            .into_iter()
            .map(|(kind, cells)| (kind, f64::from(cells) / f64::from(count)))
            .collect(),
        access_s: access_s.is_finite().then_some(access_s),
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
    use crate::crossing::tests::small_with;

    /// A well and a cave east of the line, a wadi and a road further in.
    const GROUND: &str = r#"
[[place]]
id = "well"
name = { en = "Well", ar = "بئر" }
kind = "well"
at = [41.0115, 34.992]
[[place]]
id = "cave"
name = { en = "Cave", ar = "كهف" }
kind = "cave"
at = [41.0115, 34.984]
[[road]]
id = "road"
name = { en = "Road", ar = "طريق" }
class = "track"
path = [[41.018, 34.981], [41.018, 34.999]]
"#;

    fn seen(model: &Model, elapsed_s: f64) -> Sighting {
        let place = crate::geo::Wgs84::new(41.0115, 34.990).unwrap();
        let at = model.sector().frame.point(place);
        Sighting { at, elapsed_s, mover: Mover::Walker, light: Light::Day }
    }

    #[test]
    fn hideouts_out_of_reach_are_left_out() {
        let (_, model) = small_with(GROUND, |_, _| 50);
        let share_at = |elapsed_s: Option<f64>, lat_deg| {
            let since = elapsed_s.map(|elapsed_s| seen(&model, elapsed_s));
            let clue = Clue::Hideouts { since, sigma_m: 60.0, weight: 1.0 };
            let blocks = likely_ground(&model, &[clue], 200.0).unwrap();
            let place = crate::geo::Wgs84::new(41.0115, lat_deg).unwrap();
            let at = model.sector().frame.point(place);
            let near = blocks.iter().filter(|block| block.middle.distance_m(at) < 350.0);
            near.map(|block| block.prior).sum::<f64>()
        };

        let (well, cave) = (34.992, 34.984);
        assert!(
            (share_at(None, well) - 0.5).abs() < 0.05 && (share_at(None, cave) - 0.5).abs() < 0.05
        );
        // Some 220 m to the well and 670 m to the cave, at 0.84 m/s.
        assert!(share_at(Some(500.0), well) > 0.95 && share_at(Some(500.0), cave) < 0.05);
    }

    #[test]
    fn cleared_ground_fills_later_the_farther_it_lies_from_the_roads_and_the_line() {
        let (_, model) = small_with(GROUND, |_, _| 50);
        let clue = Clue::LastSeen { seen: seen(&model, 3_600.0), weight: 1.0 };
        let blocks = likely_ground(&model, &[clue], 100.0).unwrap();

        let longest = blocks.iter().map(|block| block.access_s.unwrap()).fold(0.0, f64::max);
        // Between line and road lie some 830 m, of which the cells by the line take 90: 370 m at 0.84 m/s, less a block.
        assert!((250.0..480.0).contains(&longest), "{longest}");
        for block in &blocks {
            let cell = block.cell(Some(3_600.0));
            assert_eq!(cell.return_s, block.access_s.map(|access_s| 3_600.0 + access_s));
            let shares: f64 = block.ground.iter().map(|(_, share)| share).sum();
            assert!((shares - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn columns_are_lettered_as_on_a_sheet() {
        assert_eq!(
            [0, 25, 26, 51, 53, 701, 702].map(letters),
            ["A", "Z", "AA", "AZ", "BB", "ZZ", "AAA"]
        );
    }
}
