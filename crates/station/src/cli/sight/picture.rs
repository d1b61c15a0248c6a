//! Pictures of coverage and of the strip, each with its legend.

use sight::coverage::{Assessment, Model, RateField, WatchState};
use sight::terrain::Cell;

use super::coverage::STAY_S;
use super::state::word;
use crate::cli::raster::canvas::{Canvas, Rgb};
use crate::colour::cividis;

/// Pictures are made about this wide.
const WIDTH: usize = 1_200;
/// Height of a legend under a picture.
const LEGEND: usize = 60;
const PAPER: Rgb = [250, 250, 248];
const INK: Rgb = [30, 30, 34];

/// The sector from above: shaded ground, the chance of detection over it, line by state, sensors.
pub(super) fn coverage(model: &Model, assessment: &Assessment) -> Canvas {
    let map = Map::of(model, WIDTH);
    let mut canvas = Canvas::new(map.width, map.height + LEGEND, PAPER);
    for y in 0..map.height {
        for x in 0..map.width {
            canvas.set(x, y, map.ground(model, assessment.field(), x, y));
        }
    }
    for (stretch, assessed) in model.sector().stretches.iter().zip(&assessment.stretches) {
        for pair in stretch.points.windows(2) {
            let ends = [pair[0], pair[1]].map(|point| map.pixel_of(model, point));
            canvas.line(ends, 2, colour_of(assessed.state));
        }
    }
    for sensor in &model.sector().sensors {
        let (x, y) = map.pixel_of(model, sensor.point);
        canvas.dot((x, y), 4, [255, 255, 255]);
        canvas.dot((x, y), 3, [200, 30, 30]);
    }
    let y = map.height + 10;
    for x in 0..200 {
        canvas.fill((20 + x, y), (1, 16), cividis(x as f64 / 199.0));
    }
    canvas.text((20, y + 22), 2, INK, &format!("0  DETECTED IN {STAY_S:.0} S  1"));
    state_legend(&mut canvas, (280, y), assessment);
    canvas.text((280, y + 22), 2, INK, &format!("{}: DOTS ARE SENSORS", model.sector().name));
    canvas
}

/// The line by km: one column of colour for each stretch, its chance as a curve below.
pub(super) fn strip(model: &Model, assessment: &Assessment) -> Canvas {
    let stretches = &assessment.stretches;
    let each = (WIDTH / stretches.len().max(1)).max(2);
    let width = (each * stretches.len()).max(700) + 40;
    let (bar, curve) = (60, 100);
    let mut canvas = Canvas::new(width, 20 + bar + 10 + curve + 30 + LEGEND, PAPER);
    for (at, assessed) in stretches.iter().enumerate() {
        let x = 20 + at * each;
        canvas.fill((x, 20), (each, bar), colour_of(assessed.state));
        let rise = |chance: f64| pixels(chance.clamp(0.0, 1.0) * curve as f64);
        let bottom = 20 + bar + 10 + curve;
        let (low, high) = (rise(assessed.probability), rise(assessed.probability_high));
        canvas.fill((x, bottom - high), (each, high), [205, 210, 220]);
        canvas.fill((x, bottom - low), (each, low), [70, 90, 130]);
    }
    let start_m = model.sector().line.start_m;
    for (km_m, _) in model.sector().line.posts(5_000.0) {
        let share = (km_m - start_m) / model.sector().line.length_m;
        let x = 20 + pixels(share * (each * stretches.len()) as f64);
        canvas.fill((x, 20 + bar), (1, 10 + curve + 6), INK);
        canvas.text((x + 3, 20 + bar + 10 + curve + 8), 2, INK, &format!("{:.0}", km_m / 1e3));
    }
    let y = 20 + bar + 10 + curve + 34;
    state_legend(&mut canvas, (20, y), assessment);
    let caption = "KM; BELOW: CHANCE OF DETECTION, WORSE END DARK, BETTER END LIGHT";
    canvas.text((20, y + 22), 2, INK, caption);
    canvas
}

fn state_legend(canvas: &mut Canvas, (mut x, y): (usize, usize), assessment: &Assessment) {
    for state in [WatchState::Watched, WatchState::Degraded, WatchState::Blind, WatchState::Unknown]
    {
        let count = assessment.stretches.iter().filter(|stretch| stretch.state == state).count();
        canvas.fill((x, y), (16, 16), colour_of(state));
        let label = format!("{} {count}", word(state));
        canvas.text((x + 22, y + 3), 2, INK, &label);
        x += 22 + 8 * label.len() + 24;
    }
}

/// Colours that stay apart with any colour vision (Okabe and Ito, 2008); unknown is never green.
pub(in crate::cli) fn colour_of(state: WatchState) -> Rgb {
    match state {
        WatchState::Watched => [0, 158, 115],
        WatchState::Degraded => [230, 159, 0],
        WatchState::Blind => [180, 40, 30],
        WatchState::Unknown => [150, 150, 156],
    }
}

/// How cells of the terrain fall on pixels: several cells to a pixel, never the other way round by more than a little.
pub(in crate::cli) struct Map {
    cells_per_px: f64,
    /// A pixel is as wide as high; cells are not.
    aspect: f64,
    width: usize,
    height: usize,
}

impl Map {
    /// The whole terrain, so many pixels wide.
    pub(in crate::cli) fn of(model: &Model, width: usize) -> Self {
        let grid = model.grid();
        let middle_deg = grid.north_deg - grid.lat_step_deg * grid.height as f64 / 2.0;
        let (north_m, east_m) = sight::geo::metres_per_degree(middle_deg);
        let aspect = (grid.lat_step_deg * north_m) / (grid.lon_step_deg * east_m);
        let cells_per_px = grid.width as f64 / width as f64;
        let height = pixels(grid.height as f64 * aspect / cells_per_px);
        Self { cells_per_px, aspect, width, height: height.clamp(1, 4 * width) }
    }

    /// Width and height in pixels.
    pub(in crate::cli) fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    fn cell(&self, model: &Model, x: usize, y: usize) -> Cell {
        let at = |pixel: usize, scale: f64, count: usize| {
            pixels(((pixel as f64 + 0.5) * scale).floor()).min(count - 1)
        };
        let grid = model.grid();
        Cell {
            row: at(y, self.cells_per_px / self.aspect, grid.height),
            col: at(x, self.cells_per_px, grid.width),
        }
    }

    pub(in crate::cli) fn pixel_of(
        &self,
        model: &Model,
        point: sight::geo::EnuPoint,
    ) -> (i64, i64) {
        let (row, col) = model.grid().position_of(model.sector().frame.place(point));
        let x = nearest(col / self.cells_per_px);
        (x, nearest(row * self.aspect / self.cells_per_px))
    }

    /// Shaded ground under the chance of being detected in [`STAY_S`].
    pub(in crate::cli) fn ground(
        &self,
        model: &Model,
        field: &RateField,
        x: usize,
        y: usize,
    ) -> Rgb {
        let (grid, cell) = (model.grid(), self.cell(model, x, y));
        let Some(height_m) = grid.post_m(cell) else { return [210, 190, 220] };
        // Light from the north-west: the rise towards it over two cells.
        let behind = Cell { row: cell.row.saturating_sub(2), col: cell.col.saturating_sub(2) };
        let rise_m =
            f64::from(height_m) - grid.post_m(behind).map_or(f64::from(height_m), f64::from);
        let step_m = grid.lat_step_deg * 111_000.0 * 2.0;
        let shade = (0.72 - 2.2 * rise_m / step_m).clamp(0.35, 1.0);
        let chance = field.probability(cell, STAY_S);
        let base: [f64; 3] =
            if chance > 0.005 { cividis(chance).map(f64::from) } else { [225.0, 222.0, 214.0] };
        base.map(|channel| {
            u8::try_from(nearest(channel * (0.35 + 0.65 * shade))).unwrap_or(u8::MAX)
        })
    }
}

/// The nearest whole number; far beyond any picture it stays at a million.
fn nearest(value: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    let whole = value.round().clamp(-1e6, 1e6) as i64;
    whole
}

/// A length in pixels; none below zero.
fn pixels(length: f64) -> usize {
    usize::try_from(nearest(length)).unwrap_or(0)
}
