//! Terrain named on the command line.

use std::path::PathBuf;

use anyhow::Context as _;
use sight::terrain::{Grid, mosaic, tile_from_bytes};

use crate::cli::output::spinner;

/// Reads tiles and joins them into one grid.
pub(super) fn read(files: &[PathBuf]) -> anyhow::Result<Grid> {
    let work = spinner("reading terrain");
    let tiles = files
        .iter()
        .map(|file| {
            let bytes = std::fs::read(file)
                .with_context(|| format!("--terrain: cannot read {}", file.display()))?;
            Ok(tile_from_bytes(&file.to_string_lossy(), &bytes)?)
        })
        .collect::<anyhow::Result<Vec<Grid>>>()?;
    let grid = mosaic(tiles)?;
    work.finish_and_clear();
    Ok(grid)
}
