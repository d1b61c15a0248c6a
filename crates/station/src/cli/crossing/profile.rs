//! `watchline crossing profile`: the least-detected crossing of every stretch, with its way.

use std::path::PathBuf;

use serde::Serialize;
use sight::coverage::{Model, Passage, crossing_profile};

use super::ways::{self, Form};
use crate::cli::output::Table;
use crate::cli::sight::assumed::Assumed;
use crate::cli::{Answer, Outcome, Output};

/// Where a careful mover would cross: for each stretch of line the crossing that is least likely to be detected.
///
/// A crossing runs from the far edge to the near edge and belongs to the stretch through which it first crosses the line.
/// The table shows the weakest stretch of each kilometre; --out and --json hold them all, with their ways.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: the profile of a shipped sector, and its ways for a map\n  \
        watchline crossing profile --sector andorra --out ways.geojson")]
pub(crate) struct Profile {
    #[command(flatten)]
    assumed: Assumed,
    /// Also writes the ways (.geojson), one row for each stretch (.csv), or the profile as a picture (.svg, .png).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The answer.
#[derive(Debug, Serialize)]
struct Told {
    sector: String,
    stretches: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    id: u32,
    from_km: f64,
    to_km: f64,
    /// Where the crossing passes the line; `null` where no way leads through the stretch.
    km: Option<f64>,
    probability: f64,
    time_s: Option<f64>,
    path: Vec<[f64; 2]>,
}

impl Profile {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let form = self.out.as_deref().map(Form::of).transpose()?;
        let (model, conditions) = self.assumed.read()?;
        let passages = crossing_profile(&model, &conditions);
        if let (Some(form), Some(path)) = (form, &self.out) {
            let ways: Vec<_> = passages
                .iter()
                .map(|passage| passage.as_ref().map(|passage| (passage, passage.probability)))
                .collect();
            let quantity = "probability of detection";
            ways::write(form, path, &ways::Sheet { model: &model, quantity, ways: &ways })?;
        }
        out.answer(&Told::of(&model, &passages), Told::text)?;
        Ok(Answer::Yes)
    }
}

impl Told {
    fn of(model: &Model, passages: &[Option<Passage>]) -> Self {
        let each = model.sector().stretches.iter().zip(passages);
        let rows = each.map(|(stretch, passage)| Row {
            id: stretch.id.0,
            from_km: stretch.from_m / 1e3,
            to_km: stretch.to_m / 1e3,
            km: passage.as_ref().map(|passage| passage.chainage_m / 1e3),
            probability: passage.as_ref().map_or(1.0, |passage| passage.probability),
            time_s: passage.as_ref().map(|passage| passage.time_s),
            path: passage.as_ref().map_or_else(Vec::new, |passage| ways::path(model, passage)),
        });
        Self { sector: model.sector().name.clone(), stretches: rows.collect() }
    }

    fn text(&self) -> String {
        let mut table = Table::new(["km", "crosses at", "p detected", "minutes"]);
        for rows in self.stretches.chunk_by(|a, b| ways::same_km(a.from_km, b.from_km)) {
            let weakest = rows.iter().min_by(|a, b| a.probability.total_cmp(&b.probability));
            let Some(weakest) = weakest else { continue };
            table.row([
                format!("{:.0}", weakest.from_km.floor()),
                weakest.km.map_or_else(|| "no way".to_owned(), |km| format!("{km:.2}")),
                format!("{:.3}", weakest.probability),
                weakest
                    .time_s
                    .map_or_else(|| "-".to_owned(), |time_s| format!("{:.0}", time_s / 60.0)),
            ]);
        }
        table.to_string()
    }
}
