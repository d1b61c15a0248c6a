//! Joining tiles into one grid: shared edges once, missing tiles void.

use rayon::prelude::*;

use super::bilinear::bilinear;
use super::{Cell, Grid, TerrainError, VOID};

/// Most posts a mosaic may have: 31 one arc-second tiles.
const POSTS_MAX: usize = 400_000_000;
/// Spacings that differ by no more than this share are the same spacing.
const SPACING_SHARE: f64 = 1e-9;
/// Tiles may lie off their neighbours' posts by this share of a step: rounding in file headers.
const OFFSET_SHARE: f64 = 0.01;

/// Joins tiles into the smallest grid that holds them all.
///
/// The grid takes spacing and lattice of the finest tile (of several the northmost, then westmost). Tiles on the same
/// lattice are copied post by post; others are laid onto it, each post bilinear between four of theirs, rounded to
/// metres, and void next to their voids. Where tiles overlap, the finest (then northmost, then westmost) that is not
/// void there gives the post, whatever order they come in. Gaps between tiles are void. A mosaic does not wrap at the
/// 180th meridian.
pub fn mosaic(mut tiles: Vec<Grid>) -> Result<Grid, TerrainError> {
    if tiles.len() == 1 {
        return tiles.pop().ok_or(TerrainError::NoTiles);
    }
    tiles.sort_by(|a, b| {
        fineness(a)
            .cmp(&fineness(b))
            .then(b.north_deg.total_cmp(&a.north_deg))
            .then(a.west_deg.total_cmp(&b.west_deg))
    });
    let mut whole = frame(&tiles)?;
    whole.posts_m = vec![VOID; whole.width * whole.height];
    for tile in &tiles {
        match offset(&whole, tile) {
            Some(at) => paste(&mut whole, tile, at),
            None => lay(&mut whole, tile),
        }
    }
    Ok(whole)
}

/// Area of a tile's cell in the bits of a single-precision number: spacings that differ by rounding are equal, and the
/// order is a total one.
fn fineness(tile: &Grid) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "rounds spacings together")]
    let area = (tile.lon_step_deg * tile.lat_step_deg) as f32;
    area.to_bits()
}

fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() <= SPACING_SHARE * a
}

/// The grid that holds all tiles, without posts yet.
fn frame(tiles: &[Grid]) -> Result<Grid, TerrainError> {
    let finest = tiles.first().ok_or(TerrainError::NoTiles)?;
    let (lon_step_deg, lat_step_deg) = (finest.lon_step_deg, finest.lat_step_deg);
    let (mut west_deg, mut north_deg) = (finest.west_deg, finest.north_deg);
    let (mut east_deg, mut south_deg) = (f64::NEG_INFINITY, f64::INFINITY);
    for tile in tiles {
        let bounds = tile.bounds();
        // On the lattice the tile's own corner is taken, so that copies of it stay where they are.
        let on_lattice = offset(finest, tile).is_some();
        let snap = |edge_deg: f64, from_deg: f64, step_deg: f64| {
            let steps = libm::round((edge_deg - from_deg) / step_deg);
            if on_lattice { edge_deg } else { from_deg + steps * step_deg }
        };
        west_deg = west_deg.min(snap(tile.west_deg, finest.west_deg, lon_step_deg));
        north_deg = north_deg.max(snap(tile.north_deg, finest.north_deg, lat_step_deg));
        east_deg = east_deg.max(bounds.east_deg);
        south_deg = south_deg.min(bounds.south_deg);
    }
    let width = libm::round((east_deg - west_deg) / lon_step_deg) + 1.0;
    let height = libm::round((north_deg - south_deg) / lat_step_deg) + 1.0;
    if width * height > POSTS_MAX as f64 {
        return Err(TerrainError::TooLarge { posts: width * height, limit: POSTS_MAX });
    }
    Ok(Grid {
        west_deg,
        north_deg,
        lon_step_deg,
        lat_step_deg,
        width: whole_number(width),
        height: whole_number(height),
        posts_m: Vec::new(),
    })
}

/// Rows and columns from a grid's first post to a tile's; `None` when the tile's posts lie off the grid's lattice.
fn offset(whole: &Grid, tile: &Grid) -> Option<(f64, f64)> {
    let row = (whole.north_deg - tile.north_deg) / whole.lat_step_deg;
    let col = (tile.west_deg - whole.west_deg) / whole.lon_step_deg;
    let on_lattice = |offset: f64| (offset - libm::round(offset)).abs() <= OFFSET_SHARE;
    let same = is_same(whole.lon_step_deg, tile.lon_step_deg)
        && is_same(whole.lat_step_deg, tile.lat_step_deg);
    (same && on_lattice(row) && on_lattice(col)).then(|| (libm::round(row), libm::round(col)))
}

fn paste(whole: &mut Grid, tile: &Grid, (row0, col0): (f64, f64)) {
    let (row0, col0) = (whole_number(row0), whole_number(col0));
    for row in 0..tile.height {
        let from = &tile.posts_m[row * tile.width..][..tile.width];
        let into = &mut whole.posts_m[(row0 + row) * whole.width + col0..][..tile.width];
        for (post, &height_m) in into.iter_mut().zip(from) {
            if *post == VOID {
                *post = height_m;
            }
        }
    }
}

/// Fills the grid's voids with a tile of another lattice.
fn lay(whole: &mut Grid, tile: &Grid) {
    let value = |row: usize, col: usize| tile.post_m(Cell { row, col }).map_or(f64::NAN, f64::from);
    let (width, layout) = (whole.width, whole.layout());
    whole.posts_m.par_chunks_mut(width.max(1)).enumerate().for_each(|(row, posts)| {
        for (col, post) in posts.iter_mut().enumerate().filter(|(_, post)| **post == VOID) {
            let (lon_deg, lat_deg) = layout.corner(row as f64, col as f64);
            let down = (tile.north_deg - lat_deg) / tile.lat_step_deg;
            let across = (lon_deg - tile.west_deg) / tile.lon_step_deg;
            if let Some(height_m) = bilinear(value, (tile.height, tile.width), down, across) {
                #[expect(clippy::cast_possible_truncation, reason = "between four posts")]
                let height_m = libm::round(height_m) as i16;
                *post = height_m;
            }
        }
    });
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of posts, not negative and bounded by POSTS_MAX"
)]
fn whole_number(count: f64) -> usize {
    count as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terrain::Cell;

    #[test]
    fn adjoining_tiles_share_their_edge() {
        let joined = mosaic(vec![tile(2.0, 43.0, 7), tile(1.0, 43.0, 5)]).unwrap();

        assert_eq!((joined.width, joined.height), (21, 11));
        assert_eq!(joined.post_m(Cell { row: 3, col: 9 }), Some(5));
        assert_eq!(joined.post_m(Cell { row: 3, col: 10 }), Some(5));
        assert_eq!(joined.post_m(Cell { row: 3, col: 11 }), Some(7));
    }

    #[test]
    fn a_missing_tile_is_void() {
        let joined = mosaic(vec![tile(1.0, 43.0, 5), tile(2.0, 42.0, 7)]).unwrap();

        assert_eq!((joined.width, joined.height), (21, 21));
        assert_eq!(joined.post_m(Cell { row: 0, col: 20 }), None);
        assert_eq!(joined.post_m(Cell { row: 20, col: 20 }), Some(7));
        assert_eq!(joined.summary().voids, 200);
    }

    #[test]
    fn a_void_on_a_shared_edge_is_filled_by_the_neighbour() {
        let mut west = tile(1.0, 43.0, 5);
        west.posts_m[10] = VOID;

        let joined = mosaic(vec![west, tile(2.0, 43.0, 7)]).unwrap();

        assert_eq!(joined.post_m(Cell { row: 0, col: 10 }), Some(7));
    }

    #[test]
    fn the_order_of_tiles_does_not_matter() {
        let tiles = vec![tile(1.0, 43.0, 5), tile(2.0, 43.0, 6), tile(1.0, 42.0, 7)];
        let turned = tiles.iter().rev().cloned().collect();

        assert_eq!(mosaic(tiles), mosaic(turned));
    }

    #[test]
    fn a_single_row_has_no_height_between_posts() {
        let row = Grid { height: 1, posts_m: vec![5; 11], ..tile(1.0, 43.0, 5) };

        assert_eq!(row.height_m(crate::geo::Wgs84::new(1.5, 43.0).unwrap()), None);
    }

    #[test]
    fn a_coarser_tile_is_laid_onto_the_finer_lattice() {
        let mut coarse = tile(2.0, 43.0, 0);
        coarse.posts_m = (0..121_i16).map(|at| 10 * (at % 11)).collect();
        let fine = Grid { lon_step_deg: 0.05, lat_step_deg: 0.05, ..tile(1.5, 43.0, 7) };

        let joined = mosaic(vec![coarse, fine]).unwrap();

        assert!((joined.lon_step_deg - 0.05).abs() < 1e-12);
        assert_eq!((joined.width, joined.height), (31, 21));
        assert_eq!(joined.post_m(Cell { row: 0, col: 10 }), Some(7));
        assert_eq!(joined.post_m(Cell { row: 0, col: 12 }), Some(10));
        assert_eq!(joined.post_m(Cell { row: 9, col: 13 }), Some(15));
        assert_eq!(joined.post_m(Cell { row: 15, col: 3 }), None);
    }

    #[test]
    fn a_tile_off_the_lattice_is_laid_onto_it_and_its_voids_stay_void() {
        let mut shifted = tile(2.03, 43.0, 8);
        shifted.posts_m[5] = VOID;

        let joined = mosaic(vec![tile(1.0, 43.0, 5), shifted]).unwrap();

        assert_eq!((joined.width, joined.height), (21, 11));
        assert_eq!(joined.post_m(Cell { row: 0, col: 11 }), Some(8));
        assert_eq!(joined.post_m(Cell { row: 0, col: 15 }), None);
        assert_eq!(joined.post_m(Cell { row: 0, col: 16 }), None);
        assert_eq!(joined.post_m(Cell { row: 0, col: 17 }), Some(8));
        assert_eq!(mosaic(Vec::new()), Err(TerrainError::NoTiles));
    }

    #[test]
    fn tiles_across_the_globe_are_refused_rather_than_filled_with_void() {
        let fine =
            |west_deg| Grid { lon_step_deg: 1e-4, lat_step_deg: 1e-4, ..tile(west_deg, 43.0, 5) };

        let error =
            mosaic(vec![fine(-170.0), Grid { north_deg: -60.0, ..fine(170.0) }]).unwrap_err();

        assert!(matches!(error, TerrainError::TooLarge { .. }), "{error}");
    }

    fn tile(west_deg: f64, north_deg: f64, height_m: i16) -> Grid {
        Grid {
            west_deg,
            north_deg,
            lon_step_deg: 0.1,
            lat_step_deg: 0.1,
            width: 11,
            height: 11,
            posts_m: vec![height_m; 121],
        }
    }
}
