//! Debian's `gdal_viewshed` and GRASS `r.viewshed` on the same window, their time and their cells against the yardstick.

use std::path::Path;
use std::process::Command;

use sight::terrain::{Cell, Grid, VOID};
use sight::viewshed::{Request, Visible};

use crate::CELL_M;

const ROUNDS: usize = 5;
/// Where the raster's corner lies; any place of a projected system of the WGS84 ellipsoid will do.
const CORNER_M: (f64, f64) = (500_000.0, 4_700_000.0);

/// What a peer took and got wrong.
pub(crate) struct Peer {
    pub(crate) name: String,
    /// User and system time, less that of a run over 100 m where starting takes long.
    pub(crate) ms: f64,
    pub(crate) whole_ms: f64,
    pub(crate) wrong: usize,
}

/// Runs the peer on the window of `truth`.
pub(crate) fn gdal(grid: &Grid, request: &Request, truth: &Visible) -> Result<Peer, String> {
    let version = said("gdalinfo", &["--version"])?;
    let version = version.split(',').next().unwrap_or_default().to_owned();
    let folder = std::env::temp_dir().join(format!("watchline-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let peer = compare(&folder, grid, request, truth);
    std::fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    let (ms, whole_ms, wrong) = peer?;
    Ok(Peer { name: format!("gdal_viewshed ({version})"), ms, whole_ms, wrong })
}

/// Runs GRASS on the window of `truth`, once: it takes a hundred times as long.
pub(crate) fn grass(grid: &Grid, request: &Request, truth: &Visible) -> Result<Peer, String> {
    let version = said("grass", &["--version"])?;
    let version = version.lines().next().unwrap_or_default().to_owned();
    let folder = std::env::temp_dir().join(format!("watchline-grass-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let peer = sweep(&folder, grid, request, truth);
    std::fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    let (ms, wrong) = peer?;
    Ok(Peer { name: format!("r.viewshed ({version})"), ms, whole_ms: ms, wrong })
}

fn sweep(
    folder: &Path,
    grid: &Grid,
    request: &Request,
    truth: &Visible,
) -> Result<(f64, usize), String> {
    write_window(&folder.join("ground.bin"), grid, truth).map_err(|error| error.to_string())?;
    let observer = grid.cell_at(request.observer).ok_or("the observer is outside")?;
    let (rows, cols) = (truth.rows, truth.cols);
    let (west_m, north_m) = CORNER_M;
    let script = format!(
        "set -e\n\
         r.in.bin -s --quiet input=ground.bin output=ground bytes=2 order=little anull={VOID} \
         north={north_m} south={} west={west_m} east={} rows={rows} cols={cols}\n\
         g.region raster=ground\n\
         TIMEFORMAT='%U %S'\n\
         time r.viewshed -c -r -b --quiet input=ground output=seen coordinates={},{} \
         observer_elevation={} target_elevation={} max_distance={} refraction_coeff={} \
         memory=4000 2>messages\n\
         r.out.bin -i --quiet input=seen output=seen.bin bytes=1 null=0\n",
        north_m - rows as f64 * CELL_M,
        west_m + cols as f64 * CELL_M,
        west_m + ((observer.col - truth.first_col) as f64 + 0.5) * CELL_M,
        north_m - ((observer.row - truth.first_row) as f64 + 0.5) * CELL_M,
        request.observer_height_m,
        request.target_height_m,
        request.radius_m,
        request.refraction
    );
    std::fs::write(folder.join("sweep.sh"), script).map_err(|error| error.to_string())?;
    let told = Command::new("grass")
        .args(["--tmp-location", "EPSG:32631", "--exec", "bash", "sweep.sh"])
        .current_dir(folder)
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&told.stderr).into_owned();
    let seconds = text.lines().rev().find_map(|line| {
        let (user, system) = line.trim().split_once(' ')?;
        Some(user.parse::<f64>().ok()? + system.parse::<f64>().ok()?)
    });
    let ms = seconds.ok_or_else(|| format!("grass said: {text}"))? * 1e3;
    let bytes = std::fs::read(folder.join("seen.bin")).map_err(|error| error.to_string())?;
    let at = |row: usize, col: usize| bytes.get(row * cols + col).copied();
    Ok((ms, unlike(grid, truth, at)))
}

fn compare(
    folder: &Path,
    grid: &Grid,
    request: &Request,
    truth: &Visible,
) -> Result<(f64, f64, usize), String> {
    write_window(&folder.join("ground.img"), grid, truth).map_err(|error| error.to_string())?;
    let observer = grid.cell_at(request.observer).ok_or("the observer is outside")?;
    let x = CORNER_M.0 + ((observer.col - truth.first_col) as f64 + 0.5) * CELL_M;
    let y = CORNER_M.1 - ((observer.row - truth.first_row) as f64 + 0.5) * CELL_M;
    let command = |radius_m: f64, into: &str| {
        format!(
            "gdal_viewshed -q -ox {x} -oy {y} -oz {} -tz {} -md {radius_m} -cc {} -vv 1 -iv 0 -ov 255 -f ENVI ground.img {into}",
            request.observer_height_m,
            request.target_height_m,
            1.0 - request.refraction
        )
    };
    let whole_ms = timed(folder, &command(request.radius_m, "seen.img"))?;
    let start_ms = timed(folder, &command(100.0, "near.img"))?;
    Ok((whole_ms - start_ms, whole_ms, differing(&folder.join("seen.img"), grid, truth)?))
}

/// Posts of the window as little-endian integers, beside a header in metres.
fn write_window(path: &Path, grid: &Grid, truth: &Visible) -> std::io::Result<()> {
    let posts = (truth.first_row..truth.first_row + truth.rows).flat_map(|row| {
        let start = row * grid.width + truth.first_col;
        grid.posts_m[start..start + truth.cols].iter().flat_map(|post_m| post_m.to_le_bytes())
    });
    std::fs::write(path, posts.collect::<Vec<u8>>())?;
    let header = format!(
        "ENVI\nsamples = {}\nlines = {}\nbands = 1\nheader offset = 0\nfile type = ENVI Standard\ndata type = 2\ninterleave = bsq\nbyte order = 0\nmap info = {{UTM, 1, 1, {}, {}, {CELL_M}, {CELL_M}, 31, North, WGS-84, units=Meters}}\n",
        truth.cols, truth.rows, CORNER_M.0, CORNER_M.1
    );
    std::fs::write(path.with_extension("hdr"), header)
}

/// Median milliseconds of user and system time that a command takes.
fn timed(folder: &Path, command: &str) -> Result<f64, String> {
    let script = format!("cd '{}'; TIMEFORMAT='%U %S'; time {command}", folder.display());
    let mut each = Vec::new();
    for _ in 0..ROUNDS {
        let output = Command::new("bash").args(["-c", &script]).output();
        let output = output.map_err(|error| error.to_string())?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let seconds = told.lines().last().unwrap_or_default().split(' ').map(str::parse::<f64>);
        let seconds: f64 =
            seconds.sum::<Result<f64, _>>().map_err(|error| format!("{error}: {told}"))?;
        each.push(seconds * 1e3);
    }
    each.sort_by(f64::total_cmp);
    Ok(each[ROUNDS / 2])
}

/// Cells of the disc in which the peer's raster is not the truth.
fn differing(path: &Path, grid: &Grid, truth: &Visible) -> Result<usize, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let header =
        std::fs::read_to_string(path.with_extension("hdr")).map_err(|error| error.to_string())?;
    let field = |name: &str| {
        header.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='))
    };
    let samples: usize =
        field("samples").and_then(|text| text.trim().parse().ok()).ok_or("no samples")?;
    let map: Vec<f64> = field("map info")
        .ok_or("no map info")?
        .split(',')
        .filter_map(|word| word.trim().parse().ok())
        .collect();
    // The raster may be smaller than the window: its corner tells where it begins.
    let (&[_, _, x, y], _) = map.split_first_chunk().ok_or("a short map info")?;
    #[expect(clippy::cast_possible_truncation, reason = "a small whole number")]
    let offset = |metres: f64| (metres / CELL_M).round() as isize;
    let (left, up) = (offset(x - CORNER_M.0), offset(CORNER_M.1 - y));
    let at = |row: usize, col: usize| {
        let (row, col) = (row.checked_add_signed(-up)?, col.checked_add_signed(-left)?);
        (col < samples).then(|| bytes.get(row * samples + col).copied()).flatten()
    };
    Ok(unlike(grid, truth, at))
}

/// Cells of the disc in which a raster, by row and column of the window, is not the truth.
fn unlike(grid: &Grid, truth: &Visible, at: impl Fn(usize, usize) -> Option<u8>) -> usize {
    let window = (0..truth.rows).flat_map(|row| (0..truth.cols).map(move |col| (row, col)));
    window
        .filter(|&(row, col)| {
            let cell = Cell { row: truth.first_row + row, col: truth.first_col + col };
            let counted = truth.is_inside(cell) && grid.post_m(cell).is_some();
            counted && at(row, col).unwrap_or(0) != u8::from(truth.is_visible(cell))
        })
        .count()
}

fn said(program: &str, words: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(words).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
