//! Elevation tiles, plain or packed; the first byte says which.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sight::terrain::tile_from_bytes;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let name = if kind & 1 == 0 { "N34E041.hgt" } else { "N34E041.hgt.gz" };
    if let Ok(grid) = tile_from_bytes(name, bytes) {
        assert_eq!(grid.posts_m.len(), grid.width * grid.height);
    }
});
