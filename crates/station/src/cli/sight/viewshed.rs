//! `watchline sight viewshed`: what can be seen from one place.

use std::f64::consts::TAU;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueEnum;
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use sight::geo::{Azimuth, Wgs84, metres_per_degree};
use sight::terrain::geotiff::Samples;
use sight::terrain::{Bounds, Grid};
use sight::viewshed::{
    FAR_M, Kernel, Limits, MinimumHeights, Relief, Request, Visible, far_cell_m, minimum_heights,
    minimum_heights_far, viewshed_far,
};

use crate::cli::output::spinner;
use crate::cli::raster::{Class, Form, Layer, Sheet};
use crate::cli::terrain::ground::Ground;
use crate::cli::{Answer, Outcome, Output};

/// In what lines of sight are straight: in degrees, and beyond 40 km in metres.
const WINDOWS: [&str; 2] = ["degrees", "azimuthal-equidistant"];
/// Classes of least height: what stands out of the ground that hides it.
const HEIGHTS: [Class; 5] = [
    Class { name: "a person, 1.7 m", from: 0.0, colour: [0xE6, 0x9F, 0x00] },
    Class { name: "a vehicle, 3 m", from: 1.7, colour: [0xF0, 0xE4, 0x42] },
    Class { name: "a drone at 50 m", from: 3.0, colour: [0x56, 0xB4, 0xE9] },
    Class { name: "a drone at 120 m", from: 50.0, colour: [0x00, 0x72, 0xB2] },
    Class { name: "nothing below 120 m", from: 120.0, colour: [0x44, 0x44, 0x4C] },
];
const CLASSES: [Class; 1] = [Class { name: "visible", from: 1.0, colour: [0xE6, 0x9F, 0x00] }];

/// What can be seen from one place, for every cell of the terrain within a radius.
///
/// The observer stands at the centre of the cell that holds the place. The ending of --out chooses the form: .png is a
/// picture with its legend, .tif a raster (1 visible, 0 not, 255 outside the radius or void), .geojson the outline of
/// what is visible, .csv one row for each visible cell. Beyond 40 km the ground is resampled to metres around the
/// observer, so that lines of sight stay straight.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: a person seen from a 10 m mast within 20 km\n  \
        watchline sight viewshed --terrain N42E001.hgt --at 1.52,42.51 --height 10 --out mast.png")]
pub(crate) struct Viewshed {
    /// Elevation tiles that adjoin: .hgt, .hgt.gz, .hgt.zip or .tif; may be given again.
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
    /// Write the least height above ground at which a target is seen, in metres, instead of what is visible.
    #[arg(long, conflicts_with_all = ["range_min", "azimuth", "elevation"])]
    minimum_height: bool,
    /// Metres nearer than which nothing is looked at.
    #[arg(long, value_name = "M", default_value_t = 0.0)]
    range_min: f64,
    /// Degrees from north between which to look, clockwise from the first to the second.
    #[arg(long, value_name = "FROM,TO", allow_hyphen_values = true, value_parser = pair)]
    azimuth: Option<(f64, f64)>,
    /// Degrees above the horizontal between which to look.
    #[arg(long, value_name = "LOW,HIGH", allow_hyphen_values = true, value_parser = pair)]
    elevation: Option<(f64, f64)>,
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
    /// Of a target of --target-height, whatever was written.
    cells_visible: usize,
    /// CPU time over all threads of what was written: the kernel alone, or the sweep for least heights; with the
    /// resampling beyond 40 km.
    cpu_ms: f64,
    kernel: KernelName,
    /// `azimuthal-equidistant` beyond 40 km, else `degrees`.
    window: &'static str,
    /// Metres between the cells of a window in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    window_cell_m: Option<f64>,
}

impl Viewshed {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let form = Form::of(&self.out)?;
        let (request, limits) = (self.request(), self.limits());
        limits.check()?;
        let far = self.radius > FAR_M;
        let grid = Ground::read(&self.terrain, Some(&self.bounds()))
            .context("no terrain within the radius of --at")?
            .grid;
        request.check(&grid)?;
        let work = spinner("looking around");
        let relief = (!far).then(|| Relief::new(&grid));
        let look = || match &relief {
            Some(relief) => relief.viewshed(&request),
            None => viewshed_far(&grid, &request),
        };
        let (mut seen, mut cpu_ms) = timed(look);
        limits.cut(&grid, &request, &mut seen);
        let mut heights = None;
        if self.minimum_height {
            let least;
            let sweep = if far { minimum_heights_far } else { minimum_heights };
            (least, cpu_ms) = timed(|| sweep(&grid, &request));
            heights = Some(least);
        }
        work.finish_and_clear();
        self.write(form, &grid, (&seen, heights.as_ref()))?;
        let answer = Answered {
            cells: seen.cells(&grid),
            cells_visible: seen.cells_visible(),
            cpu_ms,
            window_cell_m: far.then(|| far_cell_m(&grid, &request)).flatten(),
            kernel: self.kernel,
            window: WINDOWS[usize::from(far)],
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

    fn limits(&self) -> Limits {
        let mut limits = Limits { range_min_m: self.range_min, ..Limits::default() };
        if let Some((from, to)) = self.azimuth {
            let whole = (to - from).abs() >= 360.0;
            let sweep = if whole { TAU } else { Azimuth::from_degrees(to - from).radians() };
            limits.azimuths = (Azimuth::from_degrees(from), sweep);
        }
        if let Some((low, high)) = self.elevation {
            limits.elevations_rad = (low.to_radians(), high.to_radians());
        }
        limits
    }

    /// The degrees that hold the radius, and some posts more.
    fn bounds(&self) -> Bounds {
        let (lon_deg, lat_deg) = (self.at.lon_deg(), self.at.lat_deg());
        let (north_m, _) = metres_per_degree(lat_deg);
        let north_deg = self.radius.max(0.0) * 1.02 / north_m + 0.01;
        // The parallel nearer the pole is the shorter.
        let (_, east_m) = metres_per_degree((lat_deg.abs() + north_deg).min(89.0));
        let east_deg = self.radius.max(0.0) * 1.02 / east_m + 0.01;
        Bounds {
            west_deg: lon_deg - east_deg,
            south_deg: lat_deg - north_deg,
            east_deg: lon_deg + east_deg,
            north_deg: lat_deg + north_deg,
        }
    }

    fn write(
        &self,
        form: Form,
        grid: &Grid,
        (seen, heights): (&Visible, Option<&MinimumHeights>),
    ) -> anyhow::Result<()> {
        let raster = seen.raster(grid);
        let (quantity, samples, classes) = match heights {
            Some(heights) => ("minimum_height_m", Samples::Floats(heights.raster()), &HEIGHTS[..]),
            None => ("visible", Samples::Bytes(&raster), &CLASSES[..]),
        };
        let layout = grid.layout().window((seen.first_row, seen.first_col), (seen.rows, seen.cols));
        let layer = Layer { layout, quantity, samples, classes };
        let title = format!(
            "EYE {} M, TARGET {} M, {} KM",
            self.height,
            self.target_height,
            self.radius / 1e3
        );
        layer.write(
            form,
            &self.out,
            &Sheet { title, ground: Some(grid), marks: vec![self.at], ..Sheet::default() },
        )
    }
}

/// What work gives, and the milliseconds that all threads together spent on it.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let now_ms = || {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 * 1e-6
    };
    let from_ms = now_ms();
    let done = work();
    (done, now_ms() - from_ms)
}

/// Reads two numbers with a comma between them.
fn pair(text: &str) -> anyhow::Result<(f64, f64)> {
    let (first, second) = text.split_once(',').context("expected two numbers such as 350,80")?;
    let number = |text: &str| {
        let value: f64 =
            text.trim().parse().with_context(|| format!("{text:?} is not a number"))?;
        anyhow::ensure!(value.is_finite(), "{text:?} is not a number of degrees");
        Ok(value)
    };
    Ok((number(first)?, number(second)?))
}

/// Reads `LON,LAT`.
fn place(text: &str) -> anyhow::Result<Wgs84> {
    let (lon_deg, lat_deg) = pair(text).context("expected LON,LAT such as 1.52,42.51")?;
    Ok(Wgs84::new(lon_deg, lat_deg)?)
}
