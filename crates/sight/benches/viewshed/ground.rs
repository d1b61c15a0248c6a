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

/// Whole tiles where they lie beside the repository, else the crops that are checked in.
pub(crate) const TILES: [Tile; 3] = [
    Tile {
        name: "N42E001",
        crop: "N42E001-r200-c400",
        west_deg: 1,
        north_deg: 43,
        row: 200,
        col: 400,
    },
    Tile { name: "N43E007", crop: "N43E007-r0-c700", west_deg: 7, north_deg: 44, row: 0, col: 700 },
    Tile {
        name: "S29W072",
        crop: "S29W072-r750-c800",
        west_deg: -72,
        north_deg: -28,
        row: 750,
        col: 800,
    },
];
const FOLDER: &str = "../../../shared/data/terrain";
const CROP_SIDE: usize = 200;

/// A real tile, and the part of it that is checked in.
#[derive(Clone, Copy)]
pub(crate) struct Tile {
    name: &'static str,
    crop: &'static str,
    west_deg: i16,
    north_deg: i16,
    /// The crop's first post.
    row: u16,
    col: u16,
}

/// Ground at a cell size in metres, bilinear between the posts of the real tile.
pub(crate) fn resampled(tile: Tile, cell_m: f64) -> (String, Grid) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = format!("{}.hgt", tile.name);
    let (made, coarse) = match std::fs::read(root.join(FOLDER).join(&file)) {
        Ok(bytes) => ("resampled to 30 m", tile_from_bytes(&file, &bytes).expect("a tile")),
        Err(_) => (
            "a crop of it mirrored five times either way and resampled to 30 m",
            mirrored(&crop(root, tile), 5),
        ),
    };
    let name = format!("{} (3 arc-seconds), {made}", tile.name);
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
    (name, fine)
}

/// A grid beside its mirror images, so many times either way; edges meet without a step.
fn mirrored(tile: &Grid, times: usize) -> Grid {
    let fold = |at: usize, side: usize| {
        if (at / side).is_multiple_of(2) { at % side } else { side - 1 - at % side }
    };
    let (width, height) = (tile.width * times, tile.height * times);
    let post = |at: usize| {
        tile.posts_m[fold(at / width, tile.height) * tile.width + fold(at % width, tile.width)]
    };
    Grid { width, height, posts_m: (0..width * height).map(post).collect(), ..tile.clone() }
}

fn crop(root: &Path, tile: Tile) -> Grid {
    let packed = std::fs::read(root.join(format!("testdata/{}.i16be.gz", tile.crop)))
        .expect("the crop is checked in");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).expect("a whole crop");
    let step_deg = 1.0 / 1_200.0;
    Grid {
        west_deg: f64::from(tile.west_deg) + f64::from(tile.col) * step_deg,
        north_deg: f64::from(tile.north_deg) - f64::from(tile.row) * step_deg,
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width: CROP_SIDE,
        height: CROP_SIDE,
        posts_m: bytes.as_chunks::<2>().0.iter().map(|&post| i16::from_be_bytes(post)).collect(),
    }
}
