//! `watchline search plan`: from clues to blocks of ground, and the first allocation.

use std::path::PathBuf;

use anyhow::Context as _;
use sight::geo::Wgs84;
use sight::search::{Clue, Search, likely_ground};
use sight::sector::{Mover, Sector};

use super::case::{Case, Teams};
use super::export;
use crate::cli::output::spinner;
use crate::cli::sight::assumed::mover_parser;
use crate::cli::{Answer, Outcome, Output};
use crate::shipped;

/// Opens a case: where somebody may be, and where the teams should look first.
///
/// Ground on or beyond the line belongs to no block; the chance that the person is there stays `elsewhere`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: last seen three hours ago, and a tip worth as much\n  \
        watchline search plan --sector andorra --last-seen 1.55,42.52 --hours-ago 3 --tip 1.58,42.54,600 \
        --case herder.json --out teams.gpx")]
pub(crate) struct Plan {
    /// A shipped sector's name, a sector file, or the directory that holds it.
    #[arg(long, value_name = "FILE")]
    sector: String,
    /// Where the person was last seen.
    #[arg(long, value_name = "LON,LAT", allow_hyphen_values = true)]
    last_seen: Option<String>,
    /// How long ago that was, hours.
    #[arg(long, value_name = "H", default_value_t = 1.0)]
    hours_ago: f64,
    /// How the person moves.
    #[arg(long, default_value = "walker", value_parser = mover_parser())]
    mover: Mover,
    /// A place that a tip or local knowledge names, how well it is known, and how much it weighs against the last sighting's 1.
    #[arg(long, value_name = "LON,LAT,SIGMA_M[,WEIGHT]", allow_hyphen_values = true)]
    tip: Vec<String>,
    /// Length of a block's side.
    #[arg(long, value_name = "M", default_value_t = 500.0)]
    block_m: f64,
    /// Mean hours after which somebody who can move may be back in cleared ground; left out for one who cannot.
    #[arg(long, value_name = "H")]
    return_hours: Option<f64>,
    #[command(flatten)]
    teams: Teams,
    /// Where the case is kept.
    #[arg(long, value_name = "FILE.json")]
    case: PathBuf,
    /// Also writes the assignments for the teams (.gpx or .geojson).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Plan {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        self.teams.check()?;
        let form = self.out.as_deref().map(export::Form::of).transpose()?;
        anyhow::ensure!(
            !self.case.exists(),
            "--case {}: is there already; a case is not overwritten, choose another name",
            self.case.display()
        );
        let work = spinner("reading the sector");
        let model = shipped::load_model(&self.sector)?;
        let clues = self.clues(model.sector())?;
        let blocks = likely_ground(&model, &clues, self.block_m)?;
        work.finish_and_clear();
        anyhow::ensure!(
            !blocks.is_empty(),
            "the clues leave no ground on this side of the line: check --last-seen and --tip against the sector's terrain"
        );
        let return_s = self.return_hours.map(|hours| hours * 3_600.0);
        let search = Search::begin(blocks.iter().map(|block| block.cell(return_s)).collect())?;
        let origin = model.sector().frame.origin();
        let case = Case {
            sector: self.sector,
            origin: [origin.lon_deg(), origin.lat_deg()],
            blocks,
            teams: self.teams,
            search,
        };
        case.write(&self.case)?;
        let standing = case.standing()?;
        if let (Some(form), Some(path)) = (form, &self.out) {
            export::write(form, path, &case, standing.assignments())?;
        }
        out.answer(&standing, super::case::Standing::text)?;
        Ok(Answer::Yes)
    }

    fn clues(&self, sector: &Sector) -> anyhow::Result<Vec<Clue>> {
        anyhow::ensure!(
            self.hours_ago.is_finite() && self.hours_ago > 0.0,
            "--hours-ago must be positive, got {}",
            self.hours_ago
        );
        let mut clues = Vec::new();
        if let Some(text) = &self.last_seen {
            let [lon_deg, lat_deg] =
                numbers("--last-seen", text)?.try_into().map_err(|_other: Vec<f64>| {
                    anyhow::anyhow!("--last-seen must be LON,LAT, got {text}")
                })?;
            clues.push(Clue::LastSeen {
                at: sector.frame.point(Wgs84::new(lon_deg, lat_deg).context("--last-seen")?),
                elapsed_s: self.hours_ago * 3_600.0,
                mover: self.mover,
                weight: 1.0,
            });
        }
        for text in &self.tip {
            let (lon_deg, lat_deg, sigma_m, weight) = match numbers("--tip", text)?[..] {
                [lon_deg, lat_deg, sigma_m] => (lon_deg, lat_deg, sigma_m, 1.0),
                [lon_deg, lat_deg, sigma_m, weight] => (lon_deg, lat_deg, sigma_m, weight),
                _ => anyhow::bail!(
                    "--tip must be LON,LAT,SIGMA_M or LON,LAT,SIGMA_M,WEIGHT, got {text}"
                ),
            };
            let at = sector.frame.point(Wgs84::new(lon_deg, lat_deg).context("--tip")?);
            clues.push(Clue::Place { at, sigma_m, weight });
        }
        anyhow::ensure!(!clues.is_empty(), "give at least one clue: --last-seen or --tip");
        Ok(clues)
    }
}

/// Numbers between commas; the first part that is none is named.
fn numbers(flag: &str, text: &str) -> anyhow::Result<Vec<f64>> {
    let number = |part: &str| {
        let wrong = || format!("{flag} {text}: {part:?} is not a number");
        part.trim().parse().with_context(wrong)
    };
    text.split(',').map(number).collect()
}
