//! Elevation as `GeoTIFF`, whole and by a window, and classes.

#![no_main]

use std::io::Cursor;

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use sight::terrain::geotiff::{Source, as_numbers};
use sight::terrain::{Bounds, tile_from_bytes, tile_within};

/// A corner of the seeds' ground.
const WINDOW: Bounds =
    Bounds { west_deg: 1.83, south_deg: 42.275, east_deg: 1.84, north_deg: 42.289 };

fuzz_target!(|bytes: &[u8]| within_bar(|| decoded(bytes)));

fn decoded(bytes: &[u8]) {
    if let Ok(grid) = tile_from_bytes("fuzz.tif", bytes) {
        assert_eq!(grid.posts_m.len(), grid.width * grid.height);
    }
    if let Ok(Some(grid)) = tile_within("fuzz.tif", bytes, &WINDOW) {
        assert_eq!(grid.posts_m.len(), grid.width * grid.height);
    }
    if let Ok(mut source) = Source::open_codes("fuzz.tif", Cursor::new(as_numbers(bytes.to_vec())))
        && let Ok(Some((layout, classes))) = source.classes(&WINDOW, 0_u8, |_| 1)
    {
        assert_eq!(classes.len(), layout.width * layout.height);
    }
}
