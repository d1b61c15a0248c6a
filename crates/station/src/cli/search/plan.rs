//! `watchline search plan`: from clues to blocks of ground, and the first allocation.

use std::path::PathBuf;

use anyhow::Context as _;
use sight::crossing::Light;
use sight::geo::Wgs84;
use sight::search::{Clue, Search, Searcher, Sighting, SweepConditions, likely_ground};
use sight::sector::{GroundKind, Mover, Sector};

use super::case::{Case, OtherTeams, Teams};
use super::export;
use crate::cli::output::spinner;
use crate::cli::sight::assumed::{light_parser, mover_parser};
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
    /// How much the sector's wells, caves, shelters and hideouts and its wadis together weigh against the last sighting's 1.
    #[arg(long, value_name = "WEIGHT")]
    hideouts: Option<f64>,
    /// How well such a place is known, metres.
    #[arg(long, value_name = "M", default_value_t = 150.0)]
    hideout_sigma_m: f64,
    /// Length of a block's side.
    #[arg(long, value_name = "M", default_value_t = 500.0)]
    block_m: f64,
    /// Mean hours after which somebody who can move may be back in cleared ground beside a road or the line; elsewhere the
    /// walk from there comes on top. Left out for one who cannot move.
    #[arg(long, value_name = "H")]
    return_hours: Option<f64>,
    #[command(flatten)]
    teams: Teams,
    /// Teams of another kind beside those on foot: dog, vehicle or drone, with how many, such as dog:2.
    #[arg(long = "also", value_name = "KIND:N", value_parser = other_teams)]
    others: Vec<OtherTeams>,
    /// Whether it is dark while they search.
    #[arg(long, value_name = "day|night", default_value = "day", value_parser = light_parser())]
    light: Light,
    /// Meteorological visibility, metres: dust and fog narrow what eyes and cameras sweep.
    #[arg(long, value_name = "M", default_value_t = 40_000.0)]
    visibility_m: f64,
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
        let sweeps = self.visibility_m.is_finite() && self.visibility_m > 0.0;
        anyhow::ensure!(sweeps, "--visibility-m must be positive, got {}", self.visibility_m);
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
            others: self.others,
            conditions: SweepConditions { light: self.light, visibility_m: self.visibility_m },
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
        let mut since = None;
        if let Some(text) = &self.last_seen {
            let [lon_deg, lat_deg] =
                numbers("--last-seen", text)?.try_into().map_err(|_other: Vec<f64>| {
                    anyhow::anyhow!("--last-seen must be LON,LAT, got {text}")
                })?;
            let at = sector.frame.point(Wgs84::new(lon_deg, lat_deg).context("--last-seen")?);
            let elapsed_s = self.hours_ago * 3_600.0;
            since = Some(Sighting { at, elapsed_s, mover: self.mover, light: self.light });
        }
        clues.extend(since.map(|seen| Clue::LastSeen { seen, weight: 1.0 }));
        if let Some(weight) = self.hideouts {
            anyhow::ensure!(
                !sector.places.is_empty() || sector.names_ground(GroundKind::Wadi),
                "--hideouts {weight}: the sector names no [[place]] and no wadi; add them or leave it out"
            );
            clues.push(Clue::Hideouts { since, sigma_m: self.hideout_sigma_m, weight });
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
        anyhow::ensure!(
            !clues.is_empty(),
            "give at least one clue: --last-seen, --tip or --hideouts"
        );
        Ok(clues)
    }
}

/// `KIND:N`.
fn other_teams(text: &str) -> Result<OtherTeams, String> {
    let wrong = || "must be dog, vehicle or drone, a colon and how many, such as dog:2".to_owned();
    let (kind, count) = text.split_once(':').ok_or_else(wrong)?;
    let searcher = match kind {
        "dog" => Searcher::Dog,
        "vehicle" => Searcher::Vehicle,
        "drone" => Searcher::Drone,
        _ => return Err(wrong()),
    };
    let count = count.parse().ok().filter(|count| *count <= 1_000).ok_or_else(wrong)?;
    Ok(OtherTeams { searcher, count, figures: searcher.figures() })
}

/// Numbers between commas; the first part that is none is named.
fn numbers(flag: &str, text: &str) -> anyhow::Result<Vec<f64>> {
    let number = |part: &str| {
        let wrong = || format!("{flag} {text}: {part:?} is not a number");
        part.trim().parse().with_context(wrong)
    };
    text.split(',').map(number).collect()
}
