//! Milliseconds and wrong cells of each kernel on a 20 km disc at 30 m, beside `gdal_viewshed`.
//!
//! Time is what the thread spent on a processor, so that a busy machine does not change the
//! figures much. The ground is the real 3 arc-second tile resampled to square cells of 30 m.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "viewshed/ground.rs"]
mod ground;
#[path = "viewshed/stopwatch.rs"]
mod stopwatch;

use sight::geo::Wgs84;
use sight::terrain::{Cell, Grid};
use sight::viewshed::{Kernel, Path, Relief, Request, Visible, r3};

use stopwatch::median_ms;

const ROUNDS: usize = 25;
const KERNELS: [(&str, Kernel); 4] = [
    ("exact", Kernel::Exact),
    ("lattice(1)", Kernel::Lattice { alpha: 1.0 }),
    ("lattice(2)", Kernel::Lattice { alpha: 2.0 }),
    ("xdraw", Kernel::Xdraw),
];

fn main() {
    let (name, grid) = ground::resampled(30.0);
    let relief = Relief::new(&grid);
    println!("ground: {name}, {} x {} cells of 30 m", grid.width, grid.height);
    for (row, col) in [(50, 50), (45, 60), (55, 40)] {
        let cell = Cell { row: grid.height * row / 100, col: grid.width * col / 100 };
        let request = request(&grid, cell);
        let truth = r3(&grid, &request);
        println!(
            "observer in row {} column {}: {} cells, {} visible",
            cell.row,
            cell.col,
            truth.cells(&grid),
            truth.cells_visible()
        );
        for (kernel, request) in KERNELS.map(|(name, kernel)| (name, Request { kernel, ..request }))
        {
            for path in Path::available() {
                let mut seen = Visible::nothing();
                let ms = median_ms(ROUNDS, || seen = relief.viewshed_by(&request, path));
                let wrong = seen.differing(&truth).expect("one window");
                let share = wrong as f64 / truth.cells(&grid) as f64 * 100.0;
                println!(
                    "  {kernel:<11} {path:?}: {ms:8.3} ms, {wrong} cells wrong ({share:.3} %)"
                );
            }
        }
    }
}

fn request(grid: &Grid, cell: Cell) -> Request {
    let (lon_deg, lat_deg) = grid.place_of(cell);
    Request {
        observer: Wgs84::new(lon_deg, lat_deg).expect("a place of the grid"),
        observer_height_m: 10.0,
        target_height_m: 1.7,
        radius_m: 20_000.0,
        refraction: 1.0 / 7.0,
        kernel: Kernel::Exact,
    }
}
