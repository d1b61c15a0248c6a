//! `watchline terrain import`: elevation files joined into one that a sector names.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use sight::terrain::geotiff::{self, Samples};
use sight::terrain::{Bounds, Summary};

use super::ground::{Ground, table};
use crate::cli::output::spinner;
use crate::cli::{Answer, Outcome, Output};

/// Joins elevation files into one packed .tif that a sector file can name.
///
/// The result is in WGS84 longitude and latitude at the finest spacing of the files, in whole metres; voids stay voids.
/// Name it under files in the sector file's terrain table.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: the ground round Abu Kamal from two tiles of different kind\n  \
        watchline terrain import N34E040.hgt utm37.tif --bounds 40.6,34.1,41.4,34.8 --out my-sector/terrain.tif")]
pub(crate) struct Import {
    /// Elevation files: .hgt, .hgt.gz, .hgt.zip, .tif.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Only posts within these degrees are taken.
    #[arg(long, value_name = "WEST,SOUTH,EAST,NORTH", value_parser = bounds, allow_hyphen_values = true)]
    bounds: Option<Bounds>,
    /// Where to write, ending in .tif. Never overwrites.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// The answer.
#[derive(Debug, Serialize)]
struct Answered {
    out: PathBuf,
    bytes: u64,
    #[serde(flatten)]
    summary: Summary,
}

impl Import {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let name = self.out.display();
        anyhow::ensure!(geotiff_named(&self.out), "--out {name}: the ending must be .tif");
        anyhow::ensure!(!self.out.exists(), "--out {name}: is there already: choose another name");
        let grid = Ground::read(&self.files, self.bounds.as_ref())?.grid;
        let work = spinner("writing");
        let named = || format!("cannot write {name}");
        let mut file = BufWriter::new(File::create_new(&self.out).with_context(named)?);
        geotiff::write(&mut file, &grid.layout(), "height_m", Samples::Heights(&grid.posts_m))
            .with_context(named)?;
        file.flush().with_context(named)?;
        let bytes = std::fs::metadata(&self.out).with_context(named)?.len();
        work.finish_and_clear();
        let answer = Answered { out: self.out.clone(), bytes, summary: grid.summary() };
        out.answer(&answer, |answer| {
            table([(answer.out.display().to_string(), &answer.summary)].into_iter())
        })?;
        Ok(Answer::Yes)
    }
}

fn geotiff_named(path: &std::path::Path) -> bool {
    sight::terrain::is_geotiff(&path.display().to_string())
}

/// Reads `WEST,SOUTH,EAST,NORTH`.
fn bounds(text: &str) -> Result<Bounds, String> {
    let number = |part: &str| {
        part.trim().parse().map_err(|error: std::num::ParseFloatError| format!("{part:?}: {error}"))
    };
    let numbers = text.split(',').map(number).collect::<Result<Vec<f64>, String>>()?;
    let [west_deg, south_deg, east_deg, north_deg] = *numbers.as_slice() else {
        return Err("must be four numbers WEST,SOUTH,EAST,NORTH in degrees".to_owned());
    };
    if west_deg < east_deg && south_deg < north_deg {
        Ok(Bounds { west_deg, south_deg, east_deg, north_deg })
    } else {
        Err("west must lie before east and south before north".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Voice;

    #[test]
    fn what_is_imported_can_be_looked_into_and_is_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let testdata =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/terrain");
        let files = ["i16-tiles-zstd-p2.tif", "utm31-90m.tif"].map(|name| testdata.join(name));
        let import = || Import {
            files: files.to_vec(),
            bounds: Some(bounds("1.82,42.27,1.85,42.29").unwrap()),
            out: directory.path().join("terrain.tif"),
        };
        let mut out = Output::to_writer(Voice::Machine, Box::new(std::io::sink()));

        import().run(&mut out).unwrap();

        let made = Ground::read(&[directory.path().join("terrain.tif")], None).unwrap();
        let direct = Ground::read(&files, Some(&bounds("1.82,42.27,1.85,42.29").unwrap())).unwrap();
        assert_eq!(made.grid.posts_m, direct.grid.posts_m);
        assert!(import().run(&mut out).unwrap_err().to_string().contains("is there already"));
    }

    #[test]
    fn bounds_that_are_none_are_refused() {
        for text in ["", "1,2,3", "2,1,1,2", "1,nan,2,3", "a,b,c,d", "1,2,x,3,4"] {
            assert!(bounds(text).is_err(), "{text}");
        }
    }
}
