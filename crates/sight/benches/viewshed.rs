//! Each kernel on 20 km discs at 30 m, beside `gdal_viewshed` and GRASS `r.viewshed` on the same window; and a strip of a thousand sensors.
//!
//! Times are what threads spend on a processor, so that a busy machine does not change them much;
//! only the strip is timed by the clock. The ground is real 3 arc-second tiles resampled to square
//! cells of 30 m.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "viewshed/ground.rs"]
mod ground;
#[path = "viewshed/peer.rs"]
mod peer;
#[path = "viewshed/stopwatch.rs"]
mod stopwatch;
#[path = "viewshed/strip.rs"]
mod strip;

use sight::geo::Wgs84;
use sight::terrain::{Cell, Grid};
use sight::viewshed::{Kernel, Path, Relief, Request, Visible, minimum_heights, r3};

use stopwatch::median_ms;

const ROUNDS: usize = 41;
const CELL_M: f64 = 30.0;
const RADIUS_M: f64 = 20_000.0;
/// Where eyes stand over land, in hundredths of the tiles' rows and columns.
const EYES: [(usize, usize); 3] = [(50, 50), (20, 30), (80, 79)];
const KERNELS: [(&str, Kernel); 3] = [
    ("exact", Kernel::Exact),
    ("lattice(1)", Kernel::Lattice { alpha: 1.0 }),
    ("xdraw", Kernel::Xdraw),
];

fn main() {
    strip::measure();
    for (tile, (row, col)) in ground::TILES.into_iter().zip(EYES) {
        let (name, grid) = ground::resampled(tile, CELL_M);
        let cell = Cell { row: grid.height * row / 100, col: grid.width * col / 100 };
        println!(
            "\n{name}, eye in row {} column {} of {} x {} cells of 30 m",
            cell.row, cell.col, grid.width, grid.height
        );
        let request = request(&grid, cell);
        let truth = r3(&grid, &request);
        let inside: usize = (0..truth.rows).map(|row| truth.span(row).1 - truth.span(row).0).sum();
        let cells = truth.cells(&grid);
        println!(
            "20 km radius: {cells} cells and {} voids, {} visible",
            inside - cells,
            truth.cells_visible()
        );
        let exact_ms = kernels(&grid, &request, &truth);
        for (program, compared) in [
            ("gdal_viewshed", peer::gdal(&grid, &request, &truth)),
            ("GRASS r.viewshed", peer::grass(&grid, &request, &truth)),
        ] {
            match compared {
                Ok(peer) => println!(
                    "  {}: {:.1} ms without its start, {:.1} with ({:.1} times exact), {}",
                    peer.name,
                    peer.ms,
                    peer.whole_ms,
                    peer.ms / exact_ms,
                    wrong(peer.wrong, &truth, &grid)
                ),
                Err(why) => println!("  {program}: NOT COMPARED: {why}"),
            }
        }
    }
}

/// Prints every kernel on every path; milliseconds of the exact one on the widest.
fn kernels(grid: &Grid, request: &Request, truth: &Visible) -> f64 {
    let relief = Relief::new(grid);
    let mut exact_ms = 0.0;
    for (name, kernel) in KERNELS {
        let request = Request { kernel, ..*request };
        for path in Path::available() {
            let mut seen = Visible::nothing();
            let ms = median_ms(ROUNDS, || seen = relief.viewshed_by(&request, path));
            let differing = seen.differing(truth).expect("one window");
            println!(
                "  {name:<10} {:<6} {ms:7.3} ms, {}",
                format!("{path:?}"),
                wrong(differing, truth, grid)
            );
            if kernel == Kernel::Exact {
                exact_ms = ms;
            }
        }
    }
    let ms = median_ms(5, || drop(minimum_heights(grid, request)));
    println!("  least heights     {ms:7.3} ms");
    exact_ms
}

fn wrong(cells: usize, truth: &Visible, grid: &Grid) -> String {
    format!("{cells} cells wrong ({:.3} %)", cells as f64 / truth.cells(grid) as f64 * 100.0)
}

pub(crate) fn request(grid: &Grid, cell: Cell) -> Request {
    let (lon_deg, lat_deg) = grid.place_of(cell);
    Request {
        observer: Wgs84::new(lon_deg, lat_deg).expect("a place of the grid"),
        observer_height_m: 10.0,
        target_height_m: 1.7,
        radius_m: RADIUS_M,
        refraction: 1.0 / 7.0,
        kernel: Kernel::Exact,
    }
}
