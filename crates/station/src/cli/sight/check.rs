//! `watchline sight check`: the kernels against brute force, cell by cell.

use std::path::PathBuf;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha12Rng;
use serde::Serialize;
use sight::geo::Wgs84;
use sight::terrain::{Cell, Grid, VOID};
use sight::viewshed::{Kernel, Path, Relief, Request, r3};

use crate::cli::output::{Table, progress};
use crate::cli::terrain::ground::Ground;
use crate::cli::{Answer, Outcome, Output};

/// Largest share of cells in which the lattice may differ.
const LATTICE_SHARE_MAX: f64 = 0.0015;
/// Most posts of resampled terrain.
const CELLS_MAX: usize = 200_000_000;
/// Draws for a post with ground before giving up.
const DRAWS_MAX: usize = 100_000;

/// Compares every kernel with brute force on random observers.
///
/// Brute force walks every line of sight on its own in double precision. Observers stand on random posts, 0 to 60 m
/// above ground, for targets of 0 to 5 m. Exit status 1 when the exact kernel differs anywhere, the lattice in more
/// than 0.15 % of the cells, or two paths of the processor give different bits.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
        watchline sight check --terrain N42E001.hgt --samples 200 --finer 3")]
pub(crate) struct Check {
    /// Elevation tiles that adjoin: .hgt, .hgt.gz, .hgt.zip or .tif; may be given again.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    terrain: Vec<PathBuf>,
    /// How many observers.
    #[arg(long, value_name = "N", default_value_t = 20)]
    samples: u64,
    /// Metres within which to look.
    #[arg(long, value_name = "M", default_value_t = 20_000.0)]
    radius: f64,
    /// Posts for each post of the terrain along rows and columns, bilinear between them: 3 makes 30 m of 90 m.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=9))]
    finer: u8,
    /// The same seed draws the same observers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The answer.
#[derive(Debug, Serialize)]
struct Answered {
    samples: u64,
    seed: u64,
    /// Cells compared for each kernel, over all observers.
    cells: usize,
    kernels: Vec<Compared>,
    /// Cells in which paths of the processor (plain, AVX2, AVX-512) differ.
    cells_differing_between_paths: usize,
    paths: Vec<String>,
    holds: bool,
}

/// What came of one kernel.
#[derive(Debug, Serialize)]
struct Compared {
    kernel: &'static str,
    #[serde(skip)]
    computed_by: Kernel,
    cells_differing: usize,
    /// Of all cells compared.
    share: f64,
    /// The worst observer's share.
    share_worst: f64,
}

impl Check {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let grid = self.resampled(Ground::read(&self.terrain, None)?.grid)?;
        let relief = Relief::new(&grid);
        let mut rng = ChaCha12Rng::seed_from_u64(self.seed);
        let mut answer = self.nothing_yet();
        let work = progress("observers", self.samples);
        for _ in 0..self.samples {
            let request = self.draw(&grid, &mut rng)?;
            request.check(&grid)?;
            answer.compare(&grid, &relief, &request);
            work.inc(1);
        }
        work.finish_and_clear();
        answer.conclude();
        out.answer(&answer, Answered::table)?;
        Ok(if answer.holds { Answer::Yes } else { Answer::No })
    }

    fn resampled(&self, grid: Grid) -> anyhow::Result<Grid> {
        let finer = usize::from(self.finer);
        if finer == 1 {
            return Ok(grid);
        }
        let (width, height) = (finer * (grid.width - 1) + 1, finer * (grid.height - 1) + 1);
        let cells = width * height;
        anyhow::ensure!(
            cells <= CELLS_MAX,
            "--finer {finer}: {cells} posts, more than {CELLS_MAX}"
        );
        let mut fine = Grid {
            lon_step_deg: grid.lon_step_deg / finer as f64,
            lat_step_deg: grid.lat_step_deg / finer as f64,
            width,
            height,
            posts_m: Vec::with_capacity(cells),
            ..grid.clone()
        };
        for at in 0..cells {
            let (lon_deg, lat_deg) = fine.place_of(Cell { row: at / width, col: at % width });
            let height_m = grid.height_m(Wgs84::new(lon_deg, lat_deg)?);
            #[expect(clippy::cast_possible_truncation, reason = "between posts of i16")]
            let post_m = height_m.map_or(VOID, |height_m| height_m.round() as i16);
            fine.posts_m.push(post_m);
        }
        Ok(fine)
    }

    fn nothing_yet(&self) -> Answered {
        let kernels = [
            ("exact", Kernel::Exact),
            ("lattice", Kernel::Lattice { alpha: 1.0 }),
            ("xdraw", Kernel::Xdraw),
        ];
        Answered {
            samples: self.samples,
            seed: self.seed,
            cells: 0,
            kernels: kernels.map(|(kernel, computed_by)| Compared::new(kernel, computed_by)).into(),
            cells_differing_between_paths: 0,
            paths: Path::available().iter().map(|path| format!("{path:?}")).collect(),
            holds: true,
        }
    }

    fn draw(&self, grid: &Grid, rng: &mut ChaCha12Rng) -> anyhow::Result<Request> {
        let cell = (0..DRAWS_MAX)
            .map(|_| Cell {
                row: rng.random_range(0..grid.height),
                col: rng.random_range(0..grid.width),
            })
            .find(|&cell| grid.post_m(cell).is_some());
        let Some(cell) = cell else { anyhow::bail!("the terrain is void wherever it was tried") };
        let (lon_deg, lat_deg) = grid.place_of(cell);
        Ok(Request {
            observer: Wgs84::new(lon_deg, lat_deg)?,
            observer_height_m: rng.random_range(0.0..60.0),
            target_height_m: rng.random_range(0.0..5.0),
            radius_m: self.radius,
            refraction: 1.0 / 7.0,
            kernel: Kernel::Exact,
        })
    }
}

impl Compared {
    fn new(kernel: &'static str, computed_by: Kernel) -> Self {
        Self { kernel, computed_by, cells_differing: 0, share: 0.0, share_worst: 0.0 }
    }
}

impl Answered {
    fn compare(&mut self, grid: &Grid, relief: &Relief<'_>, request: &Request) {
        let truth = r3(grid, request);
        let cells = truth.cells(grid);
        self.cells += cells;
        for kernel in &mut self.kernels {
            let request = Request { kernel: kernel.computed_by, ..*request };
            let seen = relief.viewshed(&request);
            // Results over other windows than the truth's would be wrong everywhere.
            let differing = seen.differing(&truth).unwrap_or(cells);
            kernel.cells_differing += differing;
            kernel.share_worst = kernel.share_worst.max(differing as f64 / cells.max(1) as f64);
            for path in Path::available() {
                let other = relief.viewshed_by(&request, path);
                self.cells_differing_between_paths += other.differing(&seen).unwrap_or(cells);
            }
        }
    }

    fn conclude(&mut self) {
        for kernel in &mut self.kernels {
            kernel.share = kernel.cells_differing as f64 / self.cells.max(1) as f64;
        }
        let limit = |kernel: &Compared| match kernel.computed_by {
            Kernel::Exact => 0.0,
            Kernel::Lattice { .. } => LATTICE_SHARE_MAX,
            Kernel::Xdraw => 1.0,
        };
        self.holds = self.cells_differing_between_paths == 0
            && self.kernels.iter().all(|kernel| kernel.share <= limit(kernel));
    }

    fn table(&self) -> String {
        let mut table = Table::new(["kernel", "cells differing", "share %", "worst observer %"]);
        for kernel in &self.kernels {
            table.row([
                kernel.kernel.to_owned(),
                kernel.cells_differing.to_string(),
                format!("{:.4}", 100.0 * kernel.share),
                format!("{:.4}", 100.0 * kernel.share_worst),
            ]);
        }
        let paths = format!(
            "{}: {} cells differ between them",
            self.paths.join(", "),
            self.cells_differing_between_paths
        );
        format!(
            "{} observers, {} cells compared with brute force\n{table}\n{paths}",
            self.samples, self.cells
        )
    }
}
