//! A case: the file that a search is kept in, and the next allocation that follows from it.

use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use sight::geo::{EnuPoint, LocalFrame, Wgs84};
use sight::search::{
    Block, DetectionLaw, Party, Region, Search, Searcher, SweepConditions, SweepFigures,
    send_parties,
};

use super::rounds::{deal, distance_m, legs_of};
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
    /// Teams of other kinds beside those on foot.
    #[serde(default)]
    pub(super) others: Vec<OtherTeams>,
    #[serde(default)]
    pub(super) conditions: SweepConditions,
    pub(super) search: Search,
}

/// Teams of one kind, with the figures that they searched by when the case was opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct OtherTeams {
    pub(super) searcher: Searcher,
    pub(super) count: usize,
    pub(super) figures: SweepFigures,
}

/// Those who search, and how well.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, clap::Args)]
pub(super) struct Teams {
    /// Teams on foot that can be sent at once.
    #[arg(long = "teams", default_value_t = 4, value_name = "N")]
    pub(super) count: usize,
    /// Hours that a team searches before it must rest.
    #[arg(long, default_value_t = 2.0, value_name = "H")]
    pub(super) team_hours: f64,
    /// Speed at which a team on foot searches, metres per second.
    #[arg(long, default_value_t = 0.6, value_name = "MPS")]
    pub(super) speed_mps: f64,
    /// Effective sweep width of a team on foot on open ground by day, metres; dark, dust and ground narrow it.
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
    /// No way of sending these teams would add more.
    pos_next_bound: f64,
    allocation: Vec<Assignment>,
}

/// A team in a block.
#[derive(Debug, Serialize)]
pub(super) struct Assignment {
    pub(super) team: String,
    /// Its how manieth block this is.
    pub(super) stop: usize,
    pub(super) block: String,
    pub(super) searcher: Searcher,
    /// What it sweeps there.
    pub(super) track_m: f64,
    /// From the block before, as the crow flies; not taken off its time.
    pub(super) way_m: f64,
    /// Effective sweep width there, in this light and air.
    pub(super) sweep_width_m: f64,
    poa: f64,
    /// Chance that all teams sent to the block find the target if it is there.
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

    /// Those on foot as a kind of searcher.
    fn on_foot(&self) -> SweepFigures {
        let (open_m, speed_mps) = (self.sweep_width_m, self.speed_mps);
        SweepFigures { open_m, speed_mps, ..Searcher::Foot.figures() }
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
        case.others.iter().try_for_each(|other| other.figures.check()).with_context(named)?;
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
    pub(super) fn place(&self, point: EnuPoint) -> anyhow::Result<[f64; 2]> {
        let [lon_deg, lat_deg] = self.origin;
        let origin = Wgs84::new(lon_deg, lat_deg).context("origin of the case")?;
        let place = LocalFrame::at(origin).place(point);
        Ok([place.lon_deg(), place.lat_deg()])
    }

    /// How one kind of searcher sweeps.
    pub(super) fn figures(&self, searcher: Searcher) -> SweepFigures {
        let known = self.others.iter().find(|other| other.searcher == searcher);
        match known {
            _ if searcher == Searcher::Foot => self.teams.on_foot(),
            Some(other) => other.figures.clone(),
            None => searcher.figures(),
        }
    }

    /// Where the teams should go next.
    pub(super) fn standing(&self) -> anyhow::Result<Standing> {
        let regions = self.search.regions();
        let foot = (Searcher::Foot, self.teams.count);
        let others = self.others.iter().map(|other| (other.searcher, other.count));
        let kinds: Vec<(Searcher, usize)> = std::iter::once(foot).chain(others).collect();
        let figures: Vec<SweepFigures> =
            kinds.iter().map(|(searcher, _)| self.figures(*searcher)).collect();
        let width_m = |figures: &SweepFigures, block: &Block| {
            figures.mean_width_m(&block.ground, &self.conditions)
        };
        let track_m = |figures: &SweepFigures| self.teams.team_hours * 3_600.0 * figures.speed_mps;
        let party = |(figures, (_, teams)): (&SweepFigures, &(Searcher, usize))| Party {
            teams: *teams,
            team_m2: self
                .blocks
                .iter()
                .map(|block| width_m(figures, block) * track_m(figures))
                .collect(),
        };
        let whole: Vec<Party> = figures.iter().zip(&kinds).map(party).collect();
        let legs: Vec<usize> = whole.iter().map(|all| legs_of(&all.team_m2, &regions)).collect();
        let parties: Vec<Party> =
            whole.iter().zip(&legs).map(|(all, legs)| cut(all, *legs)).collect();
        let plan = send_parties(&regions, &parties);
        let middles: Vec<EnuPoint> = self.blocks.iter().map(|block| block.middle).collect();
        let pods: Vec<f64> = (0..regions.len())
            .map(|at| pod(&regions[at], parties.iter().zip(&plan.sent), at))
            .collect();
        let gain = |at: usize| regions[at].poa * pods[at];
        let mut allocation = Vec::new();
        for (kind, (searcher, teams)) in kinds.iter().enumerate() {
            let rounds = deal(plan.sent[kind].clone(), (*teams, legs[kind]), gain, &middles);
            let leg_m = track_m(&figures[kind]) / legs[kind] as f64;
            for (number, round) in rounds.iter().enumerate() {
                let mut last = None;
                for (stop, (at, spent)) in round.iter().enumerate() {
                    let block = &self.blocks[*at];
                    let way_m = last.map_or(0.0, |last| distance_m(last, block.middle));
                    last = Some(block.middle);
                    allocation.push(Assignment {
                        team: format!("{} {}", word(*searcher), number + 1),
                        stop: stop + 1,
                        block: block.name.clone(),
                        searcher: *searcher,
                        track_m: *spent as f64 * leg_m,
                        way_m,
                        sweep_width_m: width_m(&figures[kind], block),
                        poa: regions[*at].poa,
                        pod: pods[*at],
                        at: self.place(block.middle)?,
                    });
                }
            }
        }
        let pos = self.search.pos();
        Ok(Standing {
            pos,
            residual: 1.0 - pos,
            elsewhere: self.search.elsewhere(),
            pos_next: plan.pos,
            pos_next_bound: plan.pos_bound,
            allocation,
        })
    }
}

/// The same effort in as many parts, each of which may go to a block of its own.
fn cut(party: &Party, legs: usize) -> Party {
    let leg_m2 = |team_m2: &f64| team_m2 / legs as f64;
    Party { teams: party.teams * legs, team_m2: party.team_m2.iter().map(leg_m2).collect() }
}

/// Chance that all that is sent to a region finds what is there.
fn pod<'a>(
    region: &Region,
    sent: impl Iterator<Item = (&'a Party, &'a Vec<usize>)>,
    at: usize,
) -> f64 {
    let effort_m2: f64 = sent.map(|(party, sent)| sent[at] as f64 * party.team_m2[at]).sum();
    DetectionLaw::RandomSearch.pod(effort_m2 / region.area_m2)
}

/// A searcher as people write it.
pub(super) fn word(searcher: Searcher) -> &'static str {
    match searcher {
        Searcher::Foot => "foot",
        Searcher::Dog => "dog",
        Searcher::Vehicle => "vehicle",
        Searcher::Drone => "drone",
    }
}

impl Standing {
    pub(super) fn assignments(&self) -> &[Assignment] {
        &self.allocation
    }

    pub(super) fn text(&self) -> String {
        let mut table = Table::new(["team", "block", "track km", "sweep m", "poa %", "pod %"]);
        for row in &self.allocation {
            table.row([
                if row.stop == 1 { row.team.clone() } else { String::new() },
                row.block.clone(),
                format!("{:.1}", row.track_m / 1e3),
                format!("{:.0}", row.sweep_width_m),
                format!("{:.1}", 100.0 * row.poa),
                format!("{:.0}", 100.0 * row.pod),
            ]);
        }
        format!(
            "{table}\nfound by now with {:.1} %; the teams above would add {:.1} % of what is left ({:.1} % \
             at the very most); elsewhere {:.1} %",
            100.0 * self.pos,
            100.0 * self.pos_next,
            100.0 * self.pos_next_bound,
            100.0 * self.elsewhere
        )
    }
}
