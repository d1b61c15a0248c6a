//! Joining tiles into one grid: shared edges once, missing tiles void.

use super::{Grid, TerrainError, VOID};

/// Most posts a mosaic may have: 31 one arc-second tiles.
const POSTS_MAX: usize = 400_000_000;
/// Spacings that differ by no more than this share are the same spacing.
const SPACING_SHARE: f64 = 1e-9;
/// Tiles may lie off their neighbours' posts by this share of a step: rounding in file headers.
const OFFSET_SHARE: f64 = 0.01;

/// Joins tiles of one spacing into the smallest grid that holds them all.
///
/// Where tiles overlap, the northmost (then westmost) tile that is not void there gives the post,
/// whatever order they come in. Gaps between tiles are void. A mosaic does not wrap at the 180th
/// meridian.
pub fn mosaic(mut tiles: Vec<Grid>) -> Result<Grid, TerrainError> {
    if tiles.len() == 1 {
        return tiles.pop().ok_or(TerrainError::NoTiles);
    }
    tiles.sort_by(|a, b| {
        b.north_deg.total_cmp(&a.north_deg).then(a.west_deg.total_cmp(&b.west_deg))
    });
    let mut whole = frame(&tiles)?;
    whole.posts_m = vec![VOID; whole.width * whole.height];
    for tile in &tiles {
        paste(&mut whole, tile)?;
    }
    Ok(whole)
}

/// The grid that holds all tiles, without posts yet.
fn frame(tiles: &[Grid]) -> Result<Grid, TerrainError> {
    let first = tiles.first().ok_or(TerrainError::NoTiles)?;
    let first_deg = (first.lon_step_deg, first.lat_step_deg);
    let differs = |a: f64, b: f64| (a - b).abs() > SPACING_SHARE * a;
    let (mut west_deg, mut east_deg, mut south_deg) =
        (f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY);
    for tile in tiles {
        let other_deg = (tile.lon_step_deg, tile.lat_step_deg);
        if differs(first_deg.0, other_deg.0) || differs(first_deg.1, other_deg.1) {
            return Err(TerrainError::Spacing { first_deg, other_deg });
        }
        west_deg = west_deg.min(tile.west_deg);
        east_deg = east_deg.max(tile.west_deg + (tile.width as f64 - 1.0) * tile.lon_step_deg);
        south_deg = south_deg.min(tile.north_deg - (tile.height as f64 - 1.0) * tile.lat_step_deg);
    }
    let north_deg = first.north_deg;
    let width = libm::round((east_deg - west_deg) / first_deg.0) + 1.0;
    let height = libm::round((north_deg - south_deg) / first_deg.1) + 1.0;
    if width * height > POSTS_MAX as f64 {
        return Err(TerrainError::TooLarge { posts: width * height, limit: POSTS_MAX });
    }
    Ok(Grid {
        west_deg,
        north_deg,
        lon_step_deg: first_deg.0,
        lat_step_deg: first_deg.1,
        width: whole_number(width),
        height: whole_number(height),
        posts_m: Vec::new(),
    })
}

fn paste(whole: &mut Grid, tile: &Grid) -> Result<(), TerrainError> {
    let col0 = (tile.west_deg - whole.west_deg) / whole.lon_step_deg;
    let row0 = (whole.north_deg - tile.north_deg) / whole.lat_step_deg;
    for (field, offset, value) in
        [("west edge", col0, tile.west_deg), ("north edge", row0, tile.north_deg)]
    {
        if (offset - libm::round(offset)).abs() > OFFSET_SHARE {
            return Err(TerrainError::Misaligned { field, value });
        }
    }
    let (col0, row0) = (whole_number(libm::round(col0)), whole_number(libm::round(row0)));
    for row in 0..tile.height {
        let from = &tile.posts_m[row * tile.width..][..tile.width];
        let into = &mut whole.posts_m[(row0 + row) * whole.width + col0..][..tile.width];
        for (post, &height_m) in into.iter_mut().zip(from) {
            if *post == VOID {
                *post = height_m;
            }
        }
    }
    Ok(())
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
    fn tiles_that_do_not_fit_are_refused() {
        let mut finer = tile(2.0, 43.0, 7);
        finer.lon_step_deg /= 2.0;
        assert!(matches!(
            mosaic(vec![tile(1.0, 43.0, 5), finer]),
            Err(TerrainError::Spacing { .. })
        ));
        let shifted = tile(2.03, 43.0, 7);
        let error = mosaic(vec![tile(1.0, 43.0, 5), shifted]).unwrap_err();
        assert!(error.to_string().contains("west edge is 2.03"), "{error}");
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
