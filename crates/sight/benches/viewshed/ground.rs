//! Real ground for the benches: a tile resampled to square cells.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and heights of a known tile"
)]

use std::io::Read as _;
use std::path::Path;

use sight::geo::{Wgs84, metres_per_degree};
use sight::terrain::{Cell, Grid, VOID, tile_from_bytes};

/// The whole tile where it lies beside the repository, else the crop that is checked in.
const TILE: &str = "../../../shared/data/terrain/N42E001.hgt";
const CROP: &str = "testdata/N42E001-r200-c400.i16be.gz";
const CROP_SIDE: usize = 200;

/// Ground at a cell size in metres, bilinear between the posts of the real tile.
pub(crate) fn resampled(cell_m: f64) -> (String, Grid) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (name, coarse) = match std::fs::read(root.join(TILE)) {
        Ok(bytes) => (
            "N42E001 (3 arc-seconds), resampled",
            tile_from_bytes("N42E001.hgt", &bytes).expect("a tile"),
        ),
        Err(_) => (
            "a crop of N42E001 (3 arc-seconds), mirrored three times and resampled",
            mirrored(&crop(&root.join(CROP)), 3),
        ),
    };
    let middle_deg = coarse.north_deg - coarse.lat_step_deg * coarse.height as f64 / 2.0;
    let (north_m, east_m) = metres_per_degree(middle_deg);
    let (lat_step_deg, lon_step_deg) = (cell_m / north_m, cell_m / east_m);
    let count = |posts: usize, from_deg: f64, step_deg: f64| {
        ((posts - 1) as f64 * from_deg / step_deg) as usize
    };
    let (width, height) = (
        count(coarse.width, coarse.lon_step_deg, lon_step_deg),
        count(coarse.height, coarse.lat_step_deg, lat_step_deg),
    );
    let mut fine =
        Grid { lat_step_deg, lon_step_deg, width, height, posts_m: Vec::new(), ..coarse.clone() };
    let post_m = |at: usize| {
        let (lon_deg, lat_deg) = fine.place_of(Cell { row: at / width, col: at % width });
        let height_m = coarse.height_m(Wgs84::new(lon_deg, lat_deg).expect("a place of the tile"));
        height_m.map_or(VOID, |height_m| height_m.round() as i16)
    };
    fine.posts_m = (0..width * height).map(post_m).collect();
    (name.to_owned(), fine)
}

/// A grid beside its mirror images, so many times either way; edges meet without a step.
pub(crate) fn mirrored(tile: &Grid, times: usize) -> Grid {
    let fold = |at: usize, side: usize| {
        if (at / side).is_multiple_of(2) { at % side } else { side - 1 - at % side }
    };
    let (width, height) = (tile.width * times, tile.height * times);
    let post = |at: usize| {
        tile.posts_m[fold(at / width, tile.height) * tile.width + fold(at % width, tile.width)]
    };
    Grid { width, height, posts_m: (0..width * height).map(post).collect(), ..tile.clone() }
}

fn crop(path: &Path) -> Grid {
    let packed = std::fs::read(path).expect("the crop is checked in");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).expect("a whole crop");
    let step_deg = 1.0 / 1_200.0;
    Grid {
        west_deg: 1.0 + 400.0 * step_deg,
        north_deg: 43.0 - 200.0 * step_deg,
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width: CROP_SIDE,
        height: CROP_SIDE,
        posts_m: bytes.as_chunks::<2>().0.iter().map(|&post| i16::from_be_bytes(post)).collect(),
    }
}
