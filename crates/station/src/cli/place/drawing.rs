//! The watch before and after a placement, side by side.

use sight::coverage::{DEGRADED_MIN, RateField, WATCHED_MIN, WatchState};

use super::Plan;
use super::files::Sheet;
use crate::cli::raster::canvas::{Canvas, Rgb};
use crate::cli::sight::picture::{Map, colour_of};
use crate::cli::sight::state::word;
use crate::colour::cividis;

/// Width of each map, and of what lies between them.
const WIDTH: usize = 600;
const GAP: usize = 12;
/// Height of a heading over each map, and of the legend under both.
const HEADING: usize = 26;
const LEGEND: usize = 64;
const PAPER: Rgb = [250, 250, 248];
const INK: Rgb = [30, 30, 34];
const PIECE: Rgb = [0, 114, 178];
const SENSOR: Rgb = [200, 30, 30];
const WHITE: Rgb = [255, 255, 255];

/// One map of the sector.
struct Side<'a> {
    title: String,
    field: &'a RateField,
    chances: &'a [f64],
    with_pieces: bool,
}

pub(super) fn before_and_after(sheet: &Sheet<'_>) -> Canvas {
    let (before, after) = sides(sheet.plan);
    let map = Map::of(sheet.model, WIDTH);
    let (width, height) = map.size();
    let mut canvas = Canvas::new(2 * width + GAP, height + HEADING + LEGEND, PAPER);
    draw(&mut canvas, sheet, &map, (&before, 0));
    draw(&mut canvas, sheet, &map, (&after, width + GAP));
    let y = height + HEADING + 10;
    for x in 0..160 {
        canvas.fill((20 + x, y), (1, 16), cividis(x as f64 / 159.0));
    }
    canvas.text((20, y + 24), 2, INK, "0  DETECTED IN A MINUTE  1");
    let mut x = 280;
    for state in [WatchState::Watched, WatchState::Degraded, WatchState::Blind] {
        canvas.fill((x, y), (16, 16), colour_of(state));
        canvas.text((x + 22, y + 3), 2, INK, word(state));
        x += 120;
    }
    for (colour, words) in [(SENSOR, "sensor"), (PIECE, "placed, by rank")] {
        let at = (i64::try_from(x + 8).unwrap_or(0), i64::try_from(y + 8).unwrap_or(0));
        canvas.dot(at, 7, WHITE);
        canvas.dot(at, 6, colour);
        canvas.text((x + 22, y + 3), 2, INK, words);
        x += 130;
    }
    canvas.text((280, y + 24), 2, INK, &sheet.model.sector().name);
    canvas
}

fn sides(plan: &Plan) -> (Side<'_>, Side<'_>) {
    let side =
        |title: String, field, chances, with_pieces| Side { title, field, chances, with_pieces };
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    match plan {
        Plan::Coverage(plan) => (
            side(
                format!("BEFORE: {} OF THE GROUND WATCHED", percent(plan.before)),
                &plan.field_before,
                &plan.chances_before[..],
                false,
            ),
            side(
                format!("AFTER: {}; AT MOST {}", percent(plan.after), percent(plan.bound)),
                &plan.field_after,
                &plan.chances_after[..],
                true,
            ),
        ),
        Plan::Weakest(plan) => (
            side(
                format!("BEFORE: WEAKEST CROSSING DETECTED WITH {:.3}", plan.before),
                &plan.field_before,
                &plan.chances_before[..],
                false,
            ),
            side(
                format!("AFTER: {:.3}; AT MOST {:.3}", plan.after, plan.bound),
                &plan.field_after,
                &plan.chances_after[..],
                true,
            ),
        ),
    }
}

fn draw(canvas: &mut Canvas, sheet: &Sheet<'_>, map: &Map, (side, left): (&Side<'_>, usize)) {
    let model = sheet.model;
    canvas.text((left + 8, 8), 2, INK, &side.title);
    let (width, height) = map.size();
    for y in 0..height {
        for x in 0..width {
            canvas.set(left + x, HEADING + y, map.ground(model, side.field, x, y));
        }
    }
    let [right, down] = [left, HEADING].map(|at| i64::try_from(at).unwrap_or(0));
    let on_map = |point| {
        let (x, y) = map.pixel_of(model, point);
        let (wide, high) = (i64::try_from(width).unwrap_or(0), i64::try_from(height).unwrap_or(0));
        ((0..wide).contains(&x) && (0..high).contains(&y)).then_some((x + right, y + down))
    };
    for (stretch, chance) in model.sector().stretches.iter().zip(side.chances) {
        let state = match *chance {
            high if high >= WATCHED_MIN => WatchState::Watched,
            middle if middle >= DEGRADED_MIN => WatchState::Degraded,
            _ => WatchState::Blind,
        };
        for pair in stretch.points.windows(2) {
            if let [Some(from), Some(to)] = [on_map(pair[0]), on_map(pair[1])] {
                canvas.line([from, to], 2, colour_of(state));
            }
        }
    }
    for sensor in &model.sector().sensors {
        if let Some(at) = on_map(sensor.point) {
            canvas.dot(at, 4, WHITE);
            canvas.dot(at, 3, SENSOR);
        }
    }
    if side.with_pieces {
        pieces(canvas, sheet.plan, &on_map);
    }
}

fn pieces(
    canvas: &mut Canvas,
    plan: &Plan,
    on_map: &impl Fn(sight::geo::EnuPoint) -> Option<(i64, i64)>,
) {
    let sites: Vec<&sight::placement::Site> = match plan {
        Plan::Coverage(plan) => plan.pieces.iter().map(|piece| &piece.site).collect(),
        Plan::Weakest(plan) => plan.pieces.iter().map(|piece| &piece.site).collect(),
    };
    for (rank, site) in sites.iter().enumerate() {
        let places: Vec<(i64, i64)> =
            site.posts.iter().filter_map(|post| on_map(post.point)).collect();
        for pair in places.windows(2) {
            canvas.line([pair[0], pair[1]], 1, PIECE);
        }
        for at in &places {
            canvas.dot(*at, 9, WHITE);
            canvas.dot(*at, 8, PIECE);
        }
        if let Some((x, y)) = places.first()
            && let (Ok(x), Ok(y)) = (usize::try_from(*x - 3), usize::try_from(*y - 5))
        {
            canvas.text((x, y), 2, WHITE, &(rank + 1).to_string());
        }
    }
}
