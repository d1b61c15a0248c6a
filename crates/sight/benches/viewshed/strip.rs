//! A thousand sensors over a border strip of 20 million cells, on all cores.

use rayon::prelude::*;

use sight::terrain::{Cell, Grid};
use sight::viewshed::{Kernel, Relief, Request, Visible};

use crate::stopwatch::{memory_peak_mb, wall_s};
use crate::{CELL_M, ground, request};

/// 600 km by 30 km at 30 m.
const COLS: usize = 20_000;
const ROWS: usize = 1_000;
const SENSORS: usize = 1_000;

pub(crate) fn measure() {
    let (name, grid) = strip();
    println!(
        "{name}, mirrored eastwards to a strip of {} x {} cells; {SENSORS} sensors of 20 km, {} threads",
        grid.width,
        grid.height,
        rayon::current_num_threads()
    );
    let cells: Vec<Cell> = (0..COLS)
        .step_by(COLS / SENSORS - 1)
        .map(|col| Cell { row: 50 + col * 389 % (ROWS - 100), col })
        .filter(|&cell| grid.post_m(cell).is_some())
        .take(SENSORS)
        .collect();
    for (name, kernel) in [("lattice(1)", Kernel::Lattice { alpha: 1.0 }), ("exact", Kernel::Exact)]
    {
        let mut seen: Vec<Visible> = Vec::new();
        let s = wall_s(|| {
            let relief = Relief::new(&grid);
            seen = cells
                .par_iter()
                .map(|&cell| relief.viewshed(&Request { kernel, ..request(&grid, cell) }))
                .collect();
        });
        let visible: usize = seen.iter().map(Visible::cells_visible).sum();
        println!(
            "  {name:<10} {s:6.2} s by the clock for {} sensors, {visible} cells seen, all windows kept",
            seen.len()
        );
    }
    println!("  memory at its peak: {:.0} MB", memory_peak_mb());
}

/// A tile's middle rows, mirrored until the strip is long enough.
fn strip() -> (String, Grid) {
    let (name, tile) = ground::resampled(ground::TILES[0], CELL_M);
    let first_row = (tile.height - ROWS) / 2;
    let fold = |col: usize| {
        let (times, at) = (col / tile.width, col % tile.width);
        if times.is_multiple_of(2) { at } else { tile.width - 1 - at }
    };
    let post_m = |at: usize| tile.posts_m[(first_row + at / COLS) * tile.width + fold(at % COLS)];
    let posts_m = (0..ROWS * COLS).map(post_m).collect();
    let north_deg = tile.north_deg - first_row as f64 * tile.lat_step_deg;
    (name, Grid { north_deg, width: COLS, height: ROWS, posts_m, ..tile })
}
