//! Long strips with sensors along a line: a real tile, resampled to 30 m and mirrored.

use std::fmt::Write as _;

use sight::sector::{Sector, parse};
use sight::terrain::{Cell, Grid};

/// A strip and what stands on it.
pub(crate) struct Plan {
    pub(crate) cols: usize,
    pub(crate) rows: usize,
    /// Sensors of each of [`KINDS`].
    pub(crate) counts: [usize; 6],
    /// The line's table and the settings.
    pub(crate) line: &'static str,
}

/// What stands along the line: the rest of the sensor's table.
const KINDS: [(&str, &str); 6] = [
    (
        "camera",
        "kind = 'thermal-camera'\nheight_m = 15\nrange_max_m = 12000\nrevisit_s = 60\n\
         optics = { pixels_across = 640, pixels_down = 512, pitch_um = 15, focal_mm = 225 }\n",
    ),
    (
        "radar",
        "kind = 'radar'\nheight_m = 20\nrange_max_m = 20000\nrevisit_s = 4\n\
         radar = { walker_half_range_m = 9000 }\n",
    ),
    (
        "balloon",
        "kind = 'balloon'\nheight_m = 300\nrange_max_m = 20000\nrevisit_s = 90\n\
         optics = { pixels_across = 1280, pixels_down = 1024, pitch_um = 12, focal_mm = 300 }\n\
         limits = { wind_mps = 20, visibility_m = 1000 }\n",
    ),
    (
        "drone",
        "kind = 'drone'\nheight_m = 120\nrange_max_m = 5000\nrevisit_s = 60\n\
         optics = { pixels_across = 640, pixels_down = 512, pitch_um = 12, focal_mm = 75 }\n\
         limits = { wind_mps = 12, visibility_m = 2000 }\n",
    ),
    (
        "ground",
        "kind = 'ground-sensor'\nheight_m = 0\nrange_max_m = 150\nrevisit_s = 10\n\
         ground = { radius_m = 60, p_detect = 0.6 }\n",
    ),
    (
        "observer",
        "kind = 'observer'\nheight_m = 2\nrange_max_m = 2500\nrevisit_s = 30\n\
         observer = { walker_half_range_m = 700 }\n",
    ),
];

/// The tile beside its mirror images, cut to the plan.
pub(crate) fn strip(tile: &Grid, plan: &Plan) -> Grid {
    let fold = |at: usize, side: usize| {
        if (at / side).is_multiple_of(2) { at % side } else { side - 1 - at % side }
    };
    let (cols, rows) = (plan.cols, plan.rows);
    let post = |at: usize| {
        tile.posts_m[fold(at / cols, tile.height) * tile.width + fold(at % cols, tile.width)]
    };
    let posts_m = (0..rows * cols).map(post).collect();
    Grid { width: cols, height: rows, posts_m, ..tile.clone() }
}

/// The highest post within 1.5 km: whoever puts up a tower looks for a hill.
fn highest(grid: &Grid, near: Cell) -> Cell {
    let rows = near.row - 50..near.row + 50;
    let cells =
        rows.flat_map(|row| (near.col - 50..near.col + 50).map(move |col| Cell { row, col }));
    cells.max_by_key(|cell| grid.post_m(*cell)).expect("a neighbourhood")
}

/// A line along the middle of the strip with all its sensors beside it.
pub(crate) fn sector(grid: &Grid, plan: &Plan) -> Sector {
    // Between the first and the last three hundredths of the strip.
    let col = |at: usize, of: usize| plan.cols * (3 * of + 94 * at) / (100 * of);
    let end = |at: usize| grid.place_of(Cell { row: plan.rows / 2, col: col(at, 1) });
    let (west, east) = (end(0), end(1));
    let line = format!(
        r#"{{"type":"LineString","coordinates":[[{},{}],[{},{}]]}}"#,
        west.0, west.1, east.0, east.1
    );
    let mut toml = format!(
        "name = 'strip'\ntitle = {{ en = 'Strip', ar = 'شريط' }}\n\
         terrain = {{ files = ['N42E001.hgt', 'N42E002.hgt', 'N42E003.hgt', 'N42E004.hgt'] }}\n\
         [line]\nfile = 'line.geojson'\nfar_side = 'left'\n{}",
        plan.line
    );
    let mut number = 0;
    for ((kind, figures), count) in KINDS.into_iter().zip(plan.counts) {
        for at in 0..count {
            // Beside the line, up to three kilometres to either side.
            let row = plan.rows / 2 - 100 + at * 37 % 200;
            let near = Cell { row, col: col(2 * at + 1, 2 * count) };
            let (lon_deg, lat_deg) = grid.place_of(highest(grid, near));
            number += 1;
            write!(
                toml,
                "[[sensor]]\nid = '{kind}-{at}'\nname = {{ en = '{kind}', ar = 'جهاز' }}\n\
                 node_id = '00000000-0000-4000-8000-{number:012}'\nat = [{lon_deg}, {lat_deg}]\n\
                 {figures}"
            )
            .expect("a string takes all");
        }
    }
    parse(&toml, &|_| Ok(line.clone().into_bytes())).expect("a sector")
}
