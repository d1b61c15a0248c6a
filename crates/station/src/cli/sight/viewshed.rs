//! `watchline sight viewshed`: what can be seen from one place.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueEnum;
use serde::Serialize;
use sight::geo::Wgs84;
use sight::terrain::Grid;
use sight::terrain::geotiff::Samples;
use sight::viewshed::{Kernel, Relief, Request, Visible};

use super::ground;
use crate::cli::cpu::Stopwatch;
use crate::cli::output::spinner;
use crate::cli::raster::{Class, Form, Layer, Sheet};
use crate::cli::{Answer, Outcome, Output};

const CLASSES: [Class; 1] = [Class { name: "visible", from: 1.0, colour: [0xE6, 0x9F, 0x00] }];

/// What can be seen from one place, for every cell of the terrain within a radius.
///
/// The observer stands at the centre of the cell that holds the place. The ending of --out chooses the form: .png is a
/// picture with its legend, .tif a raster (1 visible, 0 not, 255 outside the radius or void), .geojson the outline of
/// what is visible, .csv one row for each visible cell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: a person seen from a 10 m mast within 20 km\n  \
        watchline sight viewshed --terrain N42E001.hgt --at 1.52,42.51 --height 10 --out mast.png")]
pub(crate) struct Viewshed {
    /// Elevation tiles that adjoin: .hgt, .hgt.gz or .tif; may be given again.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    terrain: Vec<PathBuf>,
    /// Longitude and latitude of the observer in degrees.
    #[arg(long, value_name = "LON,LAT", allow_hyphen_values = true, value_parser = place)]
    at: Wgs84,
    /// Metres of the eye above ground.
    #[arg(long, value_name = "M", allow_hyphen_values = true)]
    height: f64,
    /// Metres of the target above ground that must be seen.
    #[arg(long, value_name = "M", default_value_t = 1.7, allow_hyphen_values = true)]
    target_height: f64,
    /// Metres within which to look.
    #[arg(long, value_name = "M", default_value_t = 20_000.0)]
    radius: f64,
    /// `exact` equals brute force in every cell; `lattice` errs in about one of ten thousand and takes half the time;
    /// `xdraw` is for screening only.
    #[arg(long, value_enum, default_value_t = KernelName::Exact)]
    kernel: KernelName,
    /// Refraction coefficient: 1/7 for light, 1/4 for radar, 1 for a flat earth.
    #[arg(long, value_name = "K", default_value_t = 0.142_857, allow_hyphen_values = true)]
    refraction: f64,
    /// Where to write: .png, .tif, .geojson or .csv.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// A kernel by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
enum KernelName {
    Exact,
    Lattice,
    Xdraw,
}

impl KernelName {
    fn kernel(self) -> Kernel {
        match self {
            Self::Exact => Kernel::Exact,
            Self::Lattice => Kernel::Lattice { alpha: 1.0 },
            Self::Xdraw => Kernel::Xdraw,
        }
    }
}

/// The answer.
#[derive(Debug, Serialize)]
struct Answered {
    out: PathBuf,
    /// Cells within the radius whose height is known.
    cells: usize,
    cells_visible: usize,
    /// CPU time of the kernel alone, on one thread.
    cpu_ms: f64,
    kernel: KernelName,
}

impl Viewshed {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let form = Form::of(&self.out)?;
        let grid = ground::read(&self.terrain)?;
        let request = self.request();
        request.check(&grid)?;
        let work = spinner("looking around");
        let relief = Relief::new(&grid);
        let (mut watch, mut seen) = (Stopwatch::default(), Visible::nothing());
        watch.time(&mut || seen = relief.viewshed(&request));
        work.finish_and_clear();
        self.write(form, &grid, &seen)?;
        let answer = Answered {
            cells: seen.cells(&grid),
            cells_visible: seen.cells_visible(),
            cpu_ms: watch.mean_ms(),
            kernel: self.kernel,
            out: self.out,
        };
        out.answer(&answer, |answer| {
            let share = 100.0 * answer.cells_visible as f64 / answer.cells.max(1) as f64;
            format!(
                "{}: {} of {} cells visible ({share:.1} %), {:.1} ms of CPU",
                answer.out.display(),
                answer.cells_visible,
                answer.cells,
                answer.cpu_ms
            )
        })?;
        Ok(Answer::Yes)
    }

    fn request(&self) -> Request {
        Request {
            observer: self.at,
            observer_height_m: self.height,
            target_height_m: self.target_height,
            radius_m: self.radius,
            refraction: self.refraction,
            kernel: self.kernel.kernel(),
        }
    }

    fn write(&self, form: Form, grid: &Grid, seen: &Visible) -> anyhow::Result<()> {
        let window = grid.layout().window((seen.first_row, seen.first_col), (seen.rows, seen.cols));
        let raster = seen.raster(grid);
        let layer = Layer {
            layout: window,
            quantity: "visible",
            samples: Samples::Bytes(&raster),
            classes: &CLASSES,
        };
        let title = format!(
            "EYE {} M, TARGET {} M, {} KM",
            self.height,
            self.target_height,
            self.radius / 1e3
        );
        layer.write(form, &self.out, &Sheet { title, ground: Some(grid), marks: vec![self.at] })
    }
}

/// Reads `LON,LAT`.
fn place(text: &str) -> anyhow::Result<Wgs84> {
    let (lon, lat) = text.split_once(',').context("expected LON,LAT such as 1.52,42.51")?;
    let degrees = |text: &str| {
        text.trim().parse().with_context(|| format!("{text:?} is not a number of degrees"))
    };
    Ok(Wgs84::new(degrees(lon)?, degrees(lat)?)?)
}
