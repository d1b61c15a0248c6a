//! `watchline search record`: a block was swept and nothing was found.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use serde::Serialize;
use sight::crossing::Light;
use sight::search::{DetectionLaw, Searcher, SweepConditions, Swept};

use super::case::{Case, word};
use crate::cli::sight::assumed::light_parser;
use crate::cli::{Answer, Outcome, Output};

/// Writes down that a block was swept in vain; its chance falls, the others' rise.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: nine kilometres of track in block BR55, two hours after the search began\n  \
        watchline search record --case herder.json --block BR55 --track-m 9000 --at-hours 2"
)]
pub(crate) struct Record {
    /// The case.
    #[arg(long, value_name = "FILE.json")]
    case: PathBuf,
    /// Which block.
    #[arg(long, value_name = "NAME")]
    block: String,
    /// Length of all tracks together.
    #[arg(long, value_name = "M")]
    track_m: f64,
    /// Who swept it: foot, dog, vehicle or drone.
    #[arg(long, value_name = "KIND", default_value = "foot", value_parser = searcher_parser())]
    searcher: Searcher,
    /// Sweep width that was had; what the searcher has on that ground in the case's light and air when left out.
    #[arg(long, value_name = "M")]
    sweep_width_m: Option<f64>,
    /// Whether it was dark; as the case was opened when left out.
    #[arg(long, value_name = "day|night", value_parser = light_parser())]
    light: Option<Light>,
    /// Meteorological visibility that was had, metres; as the case was opened when left out.
    #[arg(long, value_name = "M")]
    visibility_m: Option<f64>,
    /// Parallel tracks that were kept, not wandering: the inverse cube law instead of random search.
    #[arg(long)]
    parallel: bool,
    /// Hours since the search began.
    #[arg(long, value_name = "H")]
    at_hours: f64,
}

#[derive(Debug, Serialize)]
struct Recorded {
    block: String,
    sweep_width_m: f64,
    pod: f64,
    pos: f64,
    residual: f64,
}

fn searcher_parser() -> impl clap::builder::TypedValueParser<Value = Searcher> {
    PossibleValuesParser::new(Searcher::ALL.map(word)).map(|given| {
        let found = Searcher::ALL.into_iter().find(|searcher| word(*searcher) == given);
        found.unwrap_or(Searcher::Foot)
    })
}

impl Record {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let mut case = Case::read(&self.case)?;
        let Some(cell) = case.blocks.iter().position(|block| block.name == self.block) else {
            let names: Vec<&str> = case.blocks.iter().map(|block| block.name.as_str()).collect();
            anyhow::bail!(
                "--block {}: the case has no such block; it has {}",
                self.block,
                names.join(", ")
            );
        };
        let conditions = SweepConditions {
            light: self.light.unwrap_or(case.conditions.light),
            visibility_m: self.visibility_m.unwrap_or(case.conditions.visibility_m),
        };
        let usual_m =
            case.figures(self.searcher).mean_width_m(&case.blocks[cell].ground, &conditions);
        let width_m = self.sweep_width_m.unwrap_or(usual_m);
        let law =
            if self.parallel { DetectionLaw::InverseCube } else { DetectionLaw::RandomSearch };
        for (flag, value) in [("--track-m", self.track_m), ("--sweep-width-m", width_m)] {
            anyhow::ensure!(
                value.is_finite() && value >= 0.0,
                "{flag} must be finite and not negative, got {value}"
            );
        }
        let effort_m2 = self.track_m * width_m;
        let swept = Swept { at_s: self.at_hours * 3_600.0, cell, effort_m2, law };
        let pod =
            case.search.record(swept).with_context(|| format!("--at-hours {}", self.at_hours))?;
        case.write(&self.case)?;
        let pos = case.search.pos();
        let recorded =
            Recorded { block: self.block, sweep_width_m: width_m, pod, pos, residual: 1.0 - pos };
        out.answer(&recorded, |told| {
            format!(
                "{}: would have been found there with {:.0} %; in all with {:.1} %",
                told.block,
                100.0 * told.pod,
                100.0 * told.pos
            )
        })?;
        Ok(Answer::Yes)
    }
}
