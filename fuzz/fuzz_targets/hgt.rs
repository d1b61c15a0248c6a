//! Elevation tiles, plain or packed; the first byte says which.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use sight::terrain::tile_from_bytes;

fuzz_target!(|bytes: &[u8]| within_bar(|| decoded(bytes)));

fn decoded(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let name = ["N34E041.hgt", "N34E041.hgt.gz", "N34E041.hgt.zip"][usize::from(kind % 3)];
    if let Ok(grid) = tile_from_bytes(name, bytes) {
        assert_eq!(grid.posts_m.len(), grid.width * grid.height);
    }
}
