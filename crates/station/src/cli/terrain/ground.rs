//! Elevation files read into one grid, for every command that takes them.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use sight::terrain::geotiff::Source;
use sight::terrain::{Bounds, Grid, Summary, is_geotiff, mosaic, tile_from_bytes};

use crate::cli::output::{Table, progress};

/// Longest `.hgt` file, packed or not: a 1 arc-second tile has 26 MB.
const HGT_BYTES_MAX: u64 = 64 << 20;

/// Elevation files joined.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) grid: Grid,
    pub(crate) files: Vec<FileFigures>,
}

/// One file in figures.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FileFigures {
    pub(crate) file: PathBuf,
    #[serde(flatten)]
    pub(crate) summary: Summary,
    /// Metres between pixels of a projected file; the other figures are those of the grid that it is laid onto.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) spacing_m: Option<[f64; 2]>,
}

impl Ground {
    /// Reads `.hgt`, `.hgt.gz`, `.hgt.zip` and `GeoTIFF` files and joins them; with bounds only what lies within, of a `GeoTIFF`
    /// only the blocks that hold it.
    ///
    /// Fails when a file cannot be honoured, when none lies within the bounds and when the whole is too large.
    pub(crate) fn read(files: &[PathBuf], within: Option<&Bounds>) -> anyhow::Result<Self> {
        let work = progress("reading terrain", files.len() as u64);
        let (mut tiles, mut figures) = (Vec::new(), Vec::new());
        for path in files {
            if let Some((tile, spacing_m)) = read_tile(path, within)? {
                let summary = tile.summary();
                figures.push(FileFigures { file: path.clone(), summary, spacing_m });
                tiles.push(tile);
            }
            work.inc(1);
        }
        work.finish_and_clear();
        anyhow::ensure!(!tiles.is_empty(), "none of the files lies within the bounds");
        Ok(Self { grid: mosaic(tiles)?, files: figures })
    }
}

/// One file's grid, with its own spacing when it is projected; `None` when it lies beside the bounds.
fn read_tile(
    path: &Path,
    within: Option<&Bounds>,
) -> anyhow::Result<Option<(Grid, Option<[f64; 2]>)>> {
    let name = path.display().to_string();
    let open = || File::open(path).with_context(|| format!("{name}: cannot be opened"));
    if is_geotiff(&name) {
        let mut source = Source::open(&name, BufReader::new(open()?))?;
        let spacing_m = source.spacing_m();
        return Ok(source.read(within)?.map(|grid| (grid, spacing_m)));
    }
    let length = open()?.metadata().with_context(|| name.clone())?.len();
    anyhow::ensure!(length <= HGT_BYTES_MAX, "{name}: {length} bytes, more than any .hgt tile has");
    let bytes = std::fs::read(path).with_context(|| format!("{name}: cannot be read"))?;
    let tile = tile_from_bytes(&name, &bytes)?;
    Ok(match within {
        Some(bounds) => tile.within(bounds).map(|tile| (tile, None)),
        None => Some((tile, None)),
    })
}

/// Figures as rows for people.
pub(crate) fn table<'a>(rows: impl Iterator<Item = (String, &'a Summary)>) -> Table {
    let mut table = Table::new([
        "file",
        "west",
        "south",
        "east",
        "north",
        "posts",
        "arc-seconds",
        "min m",
        "max m",
        "voids",
    ]);
    for (name, summary) in rows {
        let Bounds { west_deg, south_deg, east_deg, north_deg } = summary.bounds;
        let [lon_deg, lat_deg] = summary.spacing_deg.map(|step| step * 3_600.0);
        let height = |height_m: Option<i16>| height_m.map_or("-".to_owned(), |m| m.to_string());
        table.row([
            name,
            format!("{west_deg:.5}"),
            format!("{south_deg:.5}"),
            format!("{east_deg:.5}"),
            format!("{north_deg:.5}"),
            format!("{} x {}", summary.width, summary.height),
            format!("{lon_deg:.3} x {lat_deg:.3}"),
            height(summary.min_m),
            height(summary.max_m),
            summary.voids.to_string(),
        ]);
    }
    table
}
