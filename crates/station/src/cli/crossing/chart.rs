//! The profile along the line as a raster picture: one bar for each stretch.

use sight::coverage::{DEGRADED_MIN, WATCHED_MIN};

use super::ways::Sheet;
use crate::cli::raster::canvas::{Canvas, Rgb};

const PAPER: Rgb = [250, 250, 248];
const INK: Rgb = [30, 30, 34];
const RULE: Rgb = [218, 220, 224];
const MARGIN: usize = 60;
const TOP: usize = 50;
const HIGH: usize = 220;

/// Bars in the colours of the states that their chances would have.
pub(super) fn bars(sheet: &Sheet<'_>) -> Canvas {
    let stretches = &sheet.model.sector().stretches;
    let each = (1_100 / stretches.len().max(1)).max(2);
    let wide = each * stretches.len();
    let mut canvas = Canvas::new((wide + 2 * MARGIN).max(700), TOP + HIGH + 60, PAPER);
    let title = format!("{}: {} BY KM", sheet.model.sector().name, sheet.quantity);
    canvas.text((MARGIN, 18), 2, INK, &title);
    for chance in [0.0, DEGRADED_MIN, WATCHED_MIN, 1.0] {
        let y = TOP + HIGH - pixels(chance);
        canvas.fill((MARGIN, y), (wide, 1), RULE);
        canvas.text((14, y.saturating_sub(5)), 2, INK, &format!("{chance:.1}"));
    }
    for (at, way) in sheet.ways.iter().enumerate() {
        let Some((_, chance)) = way else { continue };
        let colour = match *chance {
            high if high >= WATCHED_MIN => [0, 158, 115],
            middle if middle >= DEGRADED_MIN => [230, 159, 0],
            _ => [180, 40, 30],
        };
        let rise = pixels(*chance).max(2);
        canvas.fill((MARGIN + at * each, TOP + HIGH - rise), (each, rise), colour);
    }
    let line = &sheet.model.sector().line;
    for (km_m, _) in line.posts(5_000.0) {
        let share = (km_m - line.start_m) / line.length_m;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share")]
        let x = MARGIN + (share.clamp(0.0, 1.0) * wide as f64) as usize;
        canvas.fill((x, TOP + HIGH), (1, 8), INK);
        canvas.text((x + 3, TOP + HIGH + 8), 2, INK, &format!("{:.0}", km_m / 1e3));
    }
    canvas.text((MARGIN, TOP + HIGH + 30), 2, INK, "KM; NO BAR: NO WAY LEADS THERE");
    canvas
}

/// Height of a chance.
fn pixels(chance: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let rise = (chance.clamp(0.0, 1.0) * HIGH as f64).round() as usize;
    rise
}
