//! A case: the file that a search is kept in, and the next allocation that follows from it.

use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use sight::geo::{LocalFrame, Wgs84};
use sight::search::{Block, DetectionLaw, Search, assign_teams};

use crate::cli::output::Table;

/// The longest case file that is read.
const CASE_BYTES_MAX: u64 = 16 << 20;

/// A search as it is kept in a file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Case {
    pub(super) sector: String,
    /// Longitude and latitude that the blocks' metres count from.
    pub(super) origin: [f64; 2],
    pub(super) blocks: Vec<Block>,
    pub(super) teams: Teams,
    pub(super) search: Search,
}

/// Those who search, and how well.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, clap::Args)]
pub(super) struct Teams {
    /// Teams that can be sent at once.
    #[arg(long = "teams", default_value_t = 4, value_name = "N")]
    pub(super) count: usize,
    /// Hours that a team searches before it must rest.
    #[arg(long, default_value_t = 2.0, value_name = "H")]
    pub(super) team_hours: f64,
    /// Speed at which a team searches, metres per second.
    #[arg(long, default_value_t = 0.6, value_name = "MPS")]
    pub(super) speed_mps: f64,
    /// Effective sweep width of a team in this light and ground, metres.
    #[arg(long, default_value_t = 60.0, value_name = "M")]
    pub(super) sweep_width_m: f64,
}

/// What a search says: how likely it would have found by now, and where to look next.
#[derive(Debug, Serialize)]
pub(super) struct Standing {
    /// Cumulative probability of success of what was swept so far.
    pos: f64,
    /// Chance that the target would still be unfound.
    residual: f64,
    /// Chance that the target is in none of the blocks, given that nothing was found.
    elsewhere: f64,
    /// Probability of success that the allocation would add.
    pos_next: f64,
    allocation: Vec<Assignment>,
}

#[derive(Debug, Serialize)]
pub(super) struct Assignment {
    pub(super) block: String,
    pub(super) teams: usize,
    pub(super) track_m: f64,
    poa: f64,
    pod: f64,
    pub(super) at: [f64; 2],
}

impl Teams {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        for (flag, value) in [
            ("--team-hours", self.team_hours),
            ("--speed-mps", self.speed_mps),
            ("--sweep-width-m", self.sweep_width_m),
        ] {
            anyhow::ensure!(
                value.is_finite() && value > 0.0,
                "{flag} must be positive, got {value}"
            );
        }
        anyhow::ensure!(self.count <= 1_000, "--teams must be at most 1000, got {}", self.count);
        Ok(())
    }

    /// Metres that one team walks.
    fn track_m(&self) -> f64 {
        self.team_hours * 3_600.0 * self.speed_mps
    }
}

impl Case {
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let named = || format!("--case {}", path.display());
        let length = std::fs::metadata(path).with_context(named)?.len();
        anyhow::ensure!(
            length <= CASE_BYTES_MAX,
            "--case {}: {length} bytes, at most {CASE_BYTES_MAX} are read",
            path.display()
        );
        let text = std::fs::read_to_string(path).with_context(named)?;
        let case: Self = serde_json::from_str(&text).with_context(named)?;
        case.teams.check().with_context(named)?;
        case.search.check().with_context(named)?;
        anyhow::ensure!(
            case.blocks.len() == case.search.cells().len(),
            "--case {}: blocks and cells must be as many, got {} and {}",
            path.display(),
            case.blocks.len(),
            case.search.cells().len()
        );
        Ok(case)
    }

    /// Writes beside and renames, so that a full disk leaves the old file.
    pub(super) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let named = || format!("--case {}", path.display());
        let beside = path.with_extension("json.new");
        std::fs::write(&beside, serde_json::to_vec_pretty(self)?).with_context(named)?;
        std::fs::rename(&beside, path).with_context(named)
    }

    /// Longitude and latitude of a point of the case.
    pub(super) fn place(&self, point: sight::geo::EnuPoint) -> anyhow::Result<[f64; 2]> {
        let [lon_deg, lat_deg] = self.origin;
        let origin = Wgs84::new(lon_deg, lat_deg).context("origin of the case")?;
        let place = LocalFrame::at(origin).place(point);
        Ok([place.lon_deg(), place.lat_deg()])
    }

    /// Where the teams should go next.
    pub(super) fn standing(&self) -> anyhow::Result<Standing> {
        let regions = self.search.regions();
        let effort_m2 = self.teams.track_m() * self.teams.sweep_width_m;
        let law = DetectionLaw::RandomSearch;
        let (sent, pos_next) = assign_teams(&regions, self.teams.count, effort_m2, law);
        let mut allocation = Vec::new();
        for ((block, region), teams) in self.blocks.iter().zip(&regions).zip(sent) {
            if teams > 0 {
                allocation.push(Assignment {
                    block: block.name.clone(),
                    teams,
                    track_m: teams as f64 * self.teams.track_m(),
                    poa: region.poa,
                    pod: law.pod(teams as f64 * effort_m2 / region.area_m2),
                    at: self.place(block.middle)?,
                });
            }
        }
        allocation.sort_by(|a, b| (b.poa * b.pod).total_cmp(&(a.poa * a.pod)));
        let pos = self.search.pos();
        let elsewhere = self.search.elsewhere();
        Ok(Standing { pos, residual: 1.0 - pos, elsewhere, pos_next, allocation })
    }
}

impl Standing {
    pub(super) fn assignments(&self) -> &[Assignment] {
        &self.allocation
    }

    pub(super) fn text(&self) -> String {
        let mut table = Table::new(["block", "teams", "track km", "poa %", "pod %"]);
        for row in &self.allocation {
            table.row([
                row.block.clone(),
                row.teams.to_string(),
                format!("{:.1}", row.track_m / 1e3),
                format!("{:.1}", 100.0 * row.poa),
                format!("{:.0}", 100.0 * row.pod),
            ]);
        }
        format!(
            "{table}\nfound by now with {:.1} %; the teams above would add {:.1} % of what is left; elsewhere {:.1} %",
            100.0 * self.pos,
            100.0 * self.pos_next,
            100.0 * self.elsewhere
        )
    }
}
