//! The chance of interruption over the next hours: a table, rows, and a picture of km by hour.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use serde::Serialize;
use sight::coverage::{Conditions, Model, TimelyPassage};
use sight::crossing::Light;

use super::ways::Form;
use crate::cli::output::Table;
use crate::cli::raster::canvas::{Canvas, Rgb};
use crate::colour::cividis;

const PAPER: Rgb = [250, 250, 248];
const INK: Rgb = [30, 30, 34];
/// Where no way leads nobody is missed.
const NO_WAY: Rgb = [225, 222, 214];
/// Room for the hours' names, and for the weakest chance of each.
const LEFT: usize = 150;
const RIGHT: usize = 110;
const ROW: usize = 26;

/// One hour's answer.
pub(super) struct Hour {
    pub(super) at: Timestamp,
    pub(super) conditions: Conditions,
    /// By stretch.
    pub(super) met: Vec<Option<TimelyPassage>>,
}

/// One hour's weakest stretch, and how the whole line stands.
#[derive(Debug, Serialize)]
pub(super) struct HourTold {
    at: String,
    p_interrupt: f64,
    p_detect: f64,
    km: Option<f64>,
    /// Mean over the line, by length; stretches that no way leads over are left out.
    mean_p_interrupt: Option<f64>,
    /// Least visibility that is told of; `null` in clear air.
    visibility_m: Option<f64>,
    light: Light,
    /// No weather is told of that time, so that the worst is taken.
    weather_stale: bool,
}

impl Hour {
    fn chance(&self, stretch: usize) -> Option<f64> {
        self.met.get(stretch)?.as_ref().map(|met| met.interruption.p_interrupt)
    }

    fn mean(&self, model: &Model) -> Option<f64> {
        let (mut sum, mut length_m) = (0.0, 0.0);
        for (at, stretch) in model.sector().stretches.iter().enumerate() {
            let Some(chance) = self.chance(at) else { continue };
            let own_m = stretch.to_m - stretch.from_m;
            sum += chance * own_m;
            length_m += own_m;
        }
        (length_m > 0.0).then(|| sum / length_m)
    }

    pub(super) fn told(&self, model: &Model) -> HourTold {
        let chance = |met: &&TimelyPassage| met.interruption.p_interrupt;
        let weakest = self.met.iter().flatten().min_by(|a, b| chance(a).total_cmp(&chance(b)));
        let from_m = |met: &TimelyPassage| {
            model.sector().stretches.get(met.passage.stretch.0 as usize).map(|s| s.from_m / 1e3)
        };
        let visibilities =
            self.conditions.weather.iter().filter_map(|weather| weather.visibility_m);
        HourTold {
            at: self.at.to_string(),
            p_interrupt: weakest.as_ref().map_or(1.0, chance),
            p_detect: weakest.map_or(1.0, |met| met.passage.probability),
            km: weakest.and_then(from_m),
            mean_p_interrupt: self.mean(model),
            visibility_m: visibilities.reduce(f64::min),
            light: self.conditions.light,
            weather_stale: self.conditions.weather_stale,
        }
    }
}

pub(super) fn table(hours: &[HourTold]) -> String {
    let mut table = Table::new([
        "at",
        "light",
        "visibility m",
        "weakest km",
        "p interrupted",
        "p detected",
        "mean p interrupted",
    ]);
    for hour in hours {
        let visibility = match hour.visibility_m {
            _ if hour.weather_stale => "unknown".to_owned(),
            Some(visibility_m) => format!("{visibility_m:.0}"),
            None => "clear".to_owned(),
        };
        table.row([
            hour.at.clone(),
            if hour.light == Light::Night { "night" } else { "day" }.to_owned(),
            visibility,
            hour.km.map_or_else(|| "-".to_owned(), |km| format!("{km:.2}")),
            format!("{:.3}", hour.p_interrupt),
            format!("{:.3}", hour.p_detect),
            hour.mean_p_interrupt.map_or_else(|| "-".to_owned(), |mean| format!("{mean:.3}")),
        ]);
    }
    table.to_string()
}

/// Rows for a table, or the picture.
pub(super) fn write(form: Form, path: &Path, model: &Model, hours: &[Hour]) -> anyhow::Result<()> {
    if form == Form::Chart {
        return picture(model, hours).write_png(path);
    }
    let mut out = String::from("at,stretch,from_km,p_interrupt\n");
    for hour in hours {
        for (at, stretch) in model.sector().stretches.iter().enumerate() {
            let chance = hour.chance(at).map_or_else(String::new, |chance| format!("{chance:.6}"));
            writeln!(out, "{},{},{:.3},{chance}", hour.at, stretch.id.0, stretch.from_m / 1e3)?;
        }
    }
    std::fs::write(path, out).with_context(|| format!("--out {}", path.display()))
}

/// One row for each hour, one column of colour for each stretch, dark where nobody would be met.
fn picture(model: &Model, hours: &[Hour]) -> Canvas {
    let stretches = &model.sector().stretches;
    let each = (1_000 / stretches.len().max(1)).max(1);
    let wide = each * stretches.len();
    let (width, top) = (LEFT + wide + RIGHT, 50);
    let bottom = top + ROW * hours.len();
    let mut canvas = Canvas::new(width.max(700), bottom + 90, PAPER);
    let title = format!("{}: PROBABILITY OF INTERRUPTION BY KM AND HOUR", model.sector().name);
    canvas.text((20, 18), 2, INK, &title);
    canvas.text((LEFT + wide + 10, top - 14), 2, INK, "WEAKEST");
    for (row, hour) in hours.iter().enumerate() {
        let y = top + ROW * row;
        let told = hour.told(model);
        let at = hour.at.strftime("%d. %H:%MZ").to_string();
        let dark = if hour.conditions.light == Light::Night { " N" } else { "" };
        canvas.text((20, y + 8), 2, INK, &format!("{at}{dark}"));
        for stretch in 0..stretches.len() {
            let colour = hour.chance(stretch).map_or(NO_WAY, cividis);
            canvas.fill((LEFT + stretch * each, y), (each, ROW - 2), colour);
        }
        let label = format!("{:.2}", told.p_interrupt);
        canvas.text((LEFT + wide + 10, y + 8), 2, INK, &label);
    }
    let line = &model.sector().line;
    for (km_m, _) in line.posts(5_000.0) {
        let share = (km_m - line.start_m) / line.length_m;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share")]
        let x = LEFT + (share.clamp(0.0, 1.0) * wide as f64) as usize;
        canvas.fill((x, bottom), (1, 8), INK);
        canvas.text((x + 3, bottom + 6), 2, INK, &format!("{:.0}", km_m / 1e3));
    }
    for x in 0..200 {
        canvas.fill((LEFT + x, bottom + 36), (1, 16), cividis(x as f64 / 199.0));
    }
    canvas.text((LEFT, bottom + 60), 2, INK, "0  NEVER MET IN TIME    ALWAYS  1");
    canvas.text((LEFT + 320, bottom + 40), 2, INK, "KM ALONG THE LINE; N: NIGHT");
    canvas
}
