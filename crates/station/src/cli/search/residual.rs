//! `watchline search residual`: what is left after what was swept, and where to look next.

use std::path::PathBuf;

use anyhow::Context as _;

use super::case::{Case, Standing};
use super::export;
use crate::cli::{Answer, Outcome, Output};

/// The chance that is left, and where the teams should look next.
///
/// Cleared ground fills again with time when the case was opened with --return-hours. The case itself is not changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: six hours after the search began, as tracks for the teams\n  \
        watchline search residual --case herder.json --at-hours 6 --out teams.gpx")]
pub(crate) struct Residual {
    /// The case.
    #[arg(long, value_name = "FILE.json")]
    case: PathBuf,
    /// Hours since the search began; the last sweep's when left out.
    #[arg(long, value_name = "H")]
    at_hours: Option<f64>,
    /// Also writes the assignments for the teams (.gpx or .geojson).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Residual {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let form = self.out.as_deref().map(export::Form::of).transpose()?;
        let mut case = Case::read(&self.case)?;
        if let Some(hours) = self.at_hours {
            case.search
                .wait_until(hours * 3_600.0)
                .with_context(|| format!("--at-hours {hours}"))?;
        }
        let standing = case.standing()?;
        if let (Some(form), Some(path)) = (form, &self.out) {
            export::write(form, path, &case, standing.assignments())?;
        }
        out.answer(&standing, Standing::text)?;
        Ok(Answer::Yes)
    }
}
