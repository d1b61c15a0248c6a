//! A raster as a picture: shaded ground, the classes over it, marks, a legend and a scale.

use sight::geo::{Wgs84, metres_per_degree};
use sight::terrain::{Cell, Grid, Layout};

use super::canvas::{Canvas, Rgb};
use super::{Layer, NO_CLASS};

/// Pictures are made this wide.
const WIDTH: usize = 1_200;
/// Height of the legend under a picture.
const LEGEND: usize = 70;
const PAPER: Rgb = [250, 250, 248];
const INK: Rgb = [30, 30, 34];
/// What belongs to no class: bare ground, and cells without a value.
const GROUND: Rgb = [225, 222, 214];
const UNKNOWN: Rgb = [205, 205, 208];
/// Around what has a value a picture shows this share of it more, on each side.
const MARGIN: f64 = 0.06;
/// The scale is one of these times a power of ten metres.
const ROUND: [f64; 3] = [5.0, 2.0, 1.0];

/// What a picture shows beside the raster.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sheet<'a> {
    pub(crate) title: String,
    /// Ground to shade; a raster is drawn flat without it.
    pub(crate) ground: Option<&'a Grid>,
    /// Places to mark, such as observers.
    pub(crate) marks: Vec<Wgs84>,
    /// Lines to draw under the marks.
    pub(crate) strokes: Vec<Stroke>,
}

/// A line over the ground.
#[derive(Debug, Clone)]
pub(crate) struct Stroke {
    pub(crate) places: Vec<Wgs84>,
    pub(crate) colour: Rgb,
}

/// Draws a raster with its legend.
pub(super) fn draw(layer: &Layer<'_>, sheet: &Sheet<'_>) -> Canvas {
    let map = Map::of(layer);
    let mut canvas = Canvas::new(map.width, map.height + LEGEND, PAPER);
    for y in 0..map.height {
        for x in 0..map.width {
            canvas.set(x, y, map.pixel(layer, sheet.ground, x, y));
        }
    }
    for stroke in &sheet.strokes {
        for pair in stroke.places.windows(2) {
            let ends = [pair[0], pair[1]].map(|place| map.pixel_of(place));
            canvas.line(ends, 1, stroke.colour);
        }
    }
    for mark in &sheet.marks {
        let at = map.pixel_of(*mark);
        canvas.dot(at, 5, [255, 255, 255]);
        canvas.dot(at, 4, [200, 30, 30]);
    }
    legend(&mut canvas, layer, map.height + 10);
    canvas.text((20, map.height + 46), 2, INK, &sheet.title);
    scale(&mut canvas, &map, map.height + 30);
    canvas
}

fn legend(canvas: &mut Canvas, layer: &Layer<'_>, y: usize) {
    let mut x = 20;
    for class in layer.classes {
        canvas.fill((x, y), (16, 16), class.colour);
        canvas.text((x + 22, y + 3), 2, INK, class.name);
        x += 22 + 8 * class.name.chars().count() + 24;
    }
    canvas.fill((x, y), (16, 16), UNKNOWN);
    canvas.text((x + 22, y + 3), 2, INK, "no value");
}

/// A bar of a round length at the right, at most a quarter of the picture.
fn scale(canvas: &mut Canvas, map: &Map, y: usize) {
    let longest_m = map.metres_per_px * map.width as f64 / 4.0;
    let power = 10_f64.powf(longest_m.log10().floor());
    let length_m =
        ROUND.into_iter().map(|digit| digit * power).find(|m| *m <= longest_m).unwrap_or(power);
    let length = whole(length_m / map.metres_per_px);
    let label =
        if length_m >= 1e3 { format!("{} KM", length_m / 1e3) } else { format!("{length_m} M") };
    let x = map.width.saturating_sub(length + 20);
    canvas.fill((x, y + 16), (length, 4), INK);
    canvas.text((x, y + 24), 2, INK, &label);
}

/// How cells fall on pixels.
struct Map {
    /// The part of the raster that is shown, and its first row and column.
    view: Layout,
    first: (usize, usize),
    cells_per_px: f64,
    /// A pixel is as wide as high; cells are not.
    aspect: f64,
    metres_per_px: f64,
    width: usize,
    height: usize,
}

impl Map {
    fn of(layer: &Layer<'_>) -> Self {
        let (layout, first) = view(layer);
        let middle_deg = layout.north_deg - layout.lat_step_deg * layout.height as f64 / 2.0;
        let (north_m, east_m) = metres_per_degree(middle_deg);
        let aspect = (layout.lat_step_deg * north_m) / (layout.lon_step_deg * east_m);
        let cells_per_px = layout.width as f64 / WIDTH as f64;
        let height = whole(layout.height as f64 * aspect / cells_per_px).clamp(1, 4 * WIDTH);
        let metres_per_px = cells_per_px * layout.lon_step_deg * east_m;
        Self { view: layout, first, cells_per_px, aspect, metres_per_px, width: WIDTH, height }
    }

    /// Row and column of the raster.
    fn cell(&self, x: usize, y: usize) -> (usize, usize) {
        let at = |pixel: usize, scale: f64, count: usize| {
            whole(((pixel as f64 + 0.5) * scale).floor()).min(count.saturating_sub(1))
        };
        (
            self.first.0 + at(y, self.cells_per_px / self.aspect, self.view.height),
            self.first.1 + at(x, self.cells_per_px, self.view.width),
        )
    }

    fn pixel_of(&self, place: Wgs84) -> (i64, i64) {
        let layout = &self.view;
        let col = (place.lon_deg() - layout.west_deg) / layout.lon_step_deg + 0.5;
        let row = (layout.north_deg - place.lat_deg()) / layout.lat_step_deg + 0.5;
        (nearest(col / self.cells_per_px), nearest(row * self.aspect / self.cells_per_px))
    }

    fn pixel(&self, layer: &Layer<'_>, ground: Option<&Grid>, x: usize, y: usize) -> Rgb {
        let (row, col) = self.cell(x, y);
        let at = row * layer.layout.width + col;
        let class = layer.class_at(at);
        let base = match layer.colour_of(class) {
            Some(colour) => colour,
            None if class == NO_CLASS && layer.samples.value(at).is_none() => UNKNOWN,
            None => GROUND,
        };
        let shade =
            ground.map_or(1.0, |grid| shade(grid, layer.layout.corner(row as f64, col as f64)));
        base.map(|channel| {
            let lit = f64::from(channel) * (0.35 + 0.65 * shade);
            u8::try_from(nearest(lit)).unwrap_or(u8::MAX)
        })
    }
}

/// What has a value and a margin around it; all of a raster that has none.
fn view(layer: &Layer<'_>) -> (Layout, (usize, usize)) {
    let layout = &layer.layout;
    let (mut rows, mut cols) = ((usize::MAX, 0), (usize::MAX, 0));
    for at in (0..layer.samples.len()).filter(|at| layer.samples.value(*at).is_some()) {
        let (row, col) = (at / layout.width, at % layout.width);
        rows = (rows.0.min(row), rows.1.max(row + 1));
        cols = (cols.0.min(col), cols.1.max(col + 1));
    }
    if rows.0 >= rows.1 {
        return (*layout, (0, 0));
    }
    let side = (rows.1 - rows.0).max(cols.1 - cols.0);
    let margin = whole(side as f64 * MARGIN);
    let span = |(from, to): (usize, usize), count: usize| {
        let from = from.saturating_sub(margin);
        (from, (to + margin).min(count) - from)
    };
    let ((row, height), (col, width)) = (span(rows, layout.height), span(cols, layout.width));
    (layout.window((row, col), (height, width)), (row, col))
}

/// Light from the north-west: the rise towards it over two cells.
fn shade(grid: &Grid, (lon_deg, lat_deg): (f64, f64)) -> f64 {
    let cell = Wgs84::new(lon_deg, lat_deg).ok().and_then(|place| grid.cell_at(place));
    let Some(cell) = cell else { return 1.0 };
    let behind = Cell { row: cell.row.saturating_sub(2), col: cell.col.saturating_sub(2) };
    let (Some(here_m), Some(behind_m)) = (grid.post_m(cell), grid.post_m(behind)) else {
        return 1.0;
    };
    let (north_m, _) = metres_per_degree(lat_deg);
    let run_m = 2.0 * grid.lat_step_deg * north_m;
    (0.72 - 2.2 * (f64::from(here_m) - f64::from(behind_m)) / run_m).clamp(0.35, 1.0)
}

/// The nearest whole number; far beyond any picture it stays at a million.
fn nearest(value: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    let whole = value.round().clamp(-1e6, 1e6) as i64;
    whole
}

/// A length in pixels; none below zero.
fn whole(length: f64) -> usize {
    usize::try_from(nearest(length)).unwrap_or(0)
}
