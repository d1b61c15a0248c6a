//! Projected files laid onto a geographic grid.

use std::io::{Read, Seek};

use super::super::bilinear::bilinear;
use super::super::utm::UtmZone;
use super::super::{Grid, Layout, TerrainError, VOID};
use super::PROJECTED_POSTS_MAX;
use super::read::{Source, Window, to_post};
use super::tags::Header;
use crate::geo::metres_per_degree;

/// Places along each edge whose longitudes and latitudes bound the grid: edges are bent.
const EDGE_STEPS: usize = 64;

/// The geographic grid for a projected file.
///
/// Its steps are the pixel's metres at the middle latitude in arc-seconds, rounded down to about a twentieth, and its
/// posts lie on multiples of the steps, so that neighbouring files of one product share a lattice and join without
/// being resampled again.
pub(super) fn layout(header: &Header, zone: UtmZone) -> Layout {
    let placement = &header.placement;
    let (cols, rows) = (header.width as f64, header.height as f64);
    let (mut west, mut east) = (f64::INFINITY, f64::NEG_INFINITY);
    let (mut south, mut north) = (f64::INFINITY, f64::NEG_INFINITY);
    for step in 0..=EDGE_STEPS {
        let share = step as f64 / EDGE_STEPS as f64;
        for (col, row) in [(share, 0.0), (share, 1.0), (0.0, share), (1.0, share)] {
            let x = placement.x0 + (col * cols - 0.5) * placement.dx;
            let y = placement.y0 - (row * rows - 0.5) * placement.dy;
            let (lon_deg, lat_deg) = zone.unproject(x, y);
            (west, east) = (west.min(lon_deg), east.max(lon_deg));
            (south, north) = (south.min(lat_deg), north.max(lat_deg));
        }
    }
    let (north_m, east_m) = metres_per_degree(f64::midpoint(south, north));
    let (lon_step_deg, lat_step_deg) =
        (rounded(placement.dx / east_m), rounded(placement.dy / north_m));
    let span = |low: f64, high: f64, step: f64| {
        let first = libm::ceil(low / step - 1e-9);
        (first, (libm::floor(high / step + 1e-9) - first + 1.0).max(1.0))
    };
    let (first_col, width) = span(west, east, lon_step_deg);
    let (first_row, height) = span(south, north, lat_step_deg);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at least 1; saturates"
    )]
    let count = |posts: f64| posts as usize;
    Layout {
        west_deg: first_col * lon_step_deg,
        north_deg: (first_row + height - 1.0) * lat_step_deg,
        lon_step_deg,
        lat_step_deg,
        width: count(width),
        height: count(height),
    }
}

/// A step in degrees, rounded down to a twentieth of its leading digit's worth in arc-seconds.
fn rounded(step_deg: f64) -> f64 {
    let arcsec = step_deg * 3_600.0;
    let quantum = libm::pow(10.0, libm::floor(libm::log10(arcsec))) / 20.0;
    libm::floor(arcsec / quantum + 1e-9) * quantum / 3_600.0
}

/// Reads the pixels under a layout and lays them onto it, each post bilinear between four pixels' middles.
///
/// A post within half a pixel beyond the outermost middles takes the edge's height, so that neighbouring files leave
/// no seam; one next to a void is void. What is lost is what any bilinear resampling loses, ridges and gullies narrower
/// than a pixel; the tests hold it to `gdalwarp -r bilinear` on the same posts.
pub(super) fn read<R: Read + Seek>(
    source: &mut Source<R>,
    zone: UtmZone,
    layout: &Layout,
) -> Result<Grid, TerrainError> {
    source.check_size(layout.width.saturating_mul(layout.height), PROJECTED_POSTS_MAX)?;
    let mut grid = Grid::of(layout, vec![VOID; layout.width * layout.height]);
    let Some(window) = window_under(&source.header, zone, layout) else { return Ok(grid) };
    source.check_size(window.len(), PROJECTED_POSTS_MAX)?;
    let mut pixels = Pixels {
        heights_m: vec![f32::NAN; window.len()],
        rows: window.rows.len(),
        cols: window.cols.len(),
    };
    source.pixels(&window, |at, height_m| {
        #[expect(clippy::cast_possible_truncation, reason = "to a tenth of a millimetre")]
        let height_m = height_m as f32;
        pixels.heights_m[at] = height_m;
    })?;
    let placement = source.header.placement;
    for row in 0..layout.height {
        for col in 0..layout.width {
            let (lon_deg, lat_deg) = layout.corner(row as f64, col as f64);
            let (x, y) = zone.project(lon_deg, lat_deg);
            let across = (x - placement.x0) / placement.dx - window.cols.start as f64;
            let down = (placement.y0 - y) / placement.dy - window.rows.start as f64;
            if let Some(height_m) = pixels.height_m(down, across) {
                grid.posts_m[row * layout.width + col] = to_post(height_m);
            }
        }
    }
    Ok(grid)
}

/// The pixels around a layout's posts; `None` when the layout lies wholly beside the file.
pub(super) fn window_under(header: &Header, zone: UtmZone, layout: &Layout) -> Option<Window> {
    let placement = &header.placement;
    let (mut first, mut last) =
        ((f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::NEG_INFINITY));
    for step in 0..=EDGE_STEPS {
        let share = step as f64 / EDGE_STEPS as f64;
        for (col, row) in [(share, 0.0), (share, 1.0), (0.0, share), (1.0, share)] {
            let (lon_deg, lat_deg) = layout
                .corner(row * (layout.height as f64 - 1.0), col * (layout.width as f64 - 1.0));
            let (x, y) = zone.project(lon_deg, lat_deg);
            let across = (x - placement.x0) / placement.dx;
            let down = (placement.y0 - y) / placement.dy;
            first = (first.0.min(down), first.1.min(across));
            last = (last.0.max(down), last.1.max(across));
        }
    }
    // Two pixels more than the outermost posts need: edges bend between the places looked at.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the file"
    )]
    let span = |low: f64, high: f64, count: usize| {
        let low = (libm::floor(low) - 2.0).clamp(0.0, count as f64) as usize;
        let high = (libm::ceil(high) + 3.0).clamp(0.0, count as f64) as usize;
        (low < high).then_some(low..high)
    };
    Some(Window {
        rows: span(first.0, last.0, header.height)?,
        cols: span(first.1, last.1, header.width)?,
    })
}

/// A window of a projected file; NaN is a void.
struct Pixels {
    heights_m: Vec<f32>,
    rows: usize,
    cols: usize,
}

impl Pixels {
    /// Bilinear height at a fractional row and column of pixel middles.
    fn height_m(&self, row: f64, col: f64) -> Option<f64> {
        let value = |row: usize, col: usize| f64::from(self.heights_m[row * self.cols + col]);
        bilinear(value, (self.rows, self.cols), row, col)
    }
}
