//! `watchline place`: where the next pieces of an asset help most, why, and how much better any other choice could be.

mod candidates;
mod drawing;
mod figures;
mod files;
mod storm;
mod told;

use std::path::PathBuf;

use clap::ValueEnum;
use sight::coverage::{Conditions, Model};
use sight::placement::{
    Asset, AssetClass, CoverageGoal, CoveragePlan, CoverageTask, Grounds, Limits, Site,
    WeakestPlan, WeakestTask, cover, raise_weakest, suitable,
};

use self::files::Form;
use super::output::progress;
use super::sight::assumed::Assumed;
use super::{Answer, Outcome, Output};

/// Where the next towers, cameras, drones, balloons, patrols or checkpoints help most, and why there.
///
/// With `--objective coverage` the pieces watch as much ground between the far and the near edge as they can, ground near the line
/// counting more. With `--objective weakest-path` they raise the least-detected crossing over the whole line, all of them
/// together. Both print what any other choice among the candidates could reach at most. Nothing is ordered: people decide.
///
/// Candidates are made by `--from` (tops of the ground, a lattice, along the line, where ways lead over it) or given by
/// `--candidates`. What may not be used (beyond the line, too steep, forbidden, out of the units' reach) is left out, counted
/// and told. Every sensor of the sector stays; those named by `--movable` are taken up and placed anew.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples: three more towers for the weakest crossings, one camera moved for a night of dust, and what to move in a storm\n  \
        watchline place --sector upper-euphrates --asset tower --count 3 --objective weakest-path --out towers.png\n  \
        watchline place --sector upper-euphrates --asset camera --movable tower-4-thermal --count 0 \
        --weather 'METAR ORXX 201200Z 31030KT 0800 DU'\n  \
        watchline place --sector upper-euphrates --storm --weather 'METAR ORXX 201200Z 31020KT 0800 DU'"
)]
pub(crate) struct Place {
    #[command(flatten)]
    assumed: Assumed,
    /// What is placed.
    #[arg(long, required_unless_present = "storm")]
    asset: Option<Kind>,
    /// How many pieces, besides those that are moved.
    #[arg(long, value_name = "N", default_value_t = 1)]
    count: usize,
    /// What the pieces are for.
    #[arg(long, default_value = "coverage")]
    objective: Objective,
    #[command(flatten)]
    figures: figures::Figures,
    #[command(flatten)]
    candidates: candidates::Candidates,
    #[command(flatten)]
    rules: figures::Rules,
    /// Places nothing new: asks which patrol, drone or checkpoint at work, or which unit, moved where, buys back most sight.
    #[arg(long, conflicts_with_all = ["asset", "out"])]
    storm: bool,
    /// How far ahead a storm is looked at; the way there counts.
    #[arg(long, value_name = "MIN", default_value_t = 60.0)]
    horizon_min: f64,
    /// Also writes the plan: the places (.geojson), a row for each (.csv), or the watch before and after (.png).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    Tower,
    Camera,
    Drone,
    Balloon,
    Patrol,
    Checkpoint,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Objective {
    Coverage,
    WeakestPath,
}

/// Either kind of plan.
pub(super) enum Plan {
    Coverage(CoveragePlan),
    Weakest(WeakestPlan),
}

impl Kind {
    pub(super) fn class(self) -> AssetClass {
        match self {
            Self::Tower => AssetClass::Tower,
            Self::Camera => AssetClass::Camera,
            Self::Drone => AssetClass::Drone,
            Self::Balloon => AssetClass::Balloon,
            Self::Patrol => AssetClass::Patrol,
            Self::Checkpoint => AssetClass::Checkpoint,
        }
    }
}

impl Place {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let form = self.out.as_deref().map(Form::of).transpose()?;
        let horizon_min = figures::held("--horizon-min", self.horizon_min, (10.0, 360.0))?;
        let (model, mut conditions) = self.assumed.read()?;
        let Some(class) = self.asset.map(Kind::class) else {
            return storm::run((&model, conditions), (horizon_min, self.figures.drone_mps), out);
        };
        let asset = self.figures.asset(class, &model)?;
        let mut limits = self.rules.limits(&model, self.count)?;
        limits.count += self.figures.movable.len();
        limits.check()?;
        let goal = self.rules.goal()?;
        for id in &self.figures.movable {
            conditions.sensors.remove(&sight::sector::SensorId(id.clone()));
        }
        let mut sites = self.candidates.sites(&model, &asset, self.rules.cost)?;
        sites.extend(self.figures.standing(&model, &asset, self.rules.cost));
        anyhow::ensure!(
            !sites.is_empty(),
            "no candidate was made: choose another --from or a smaller --every-m"
        );
        let grounds = Grounds::new(&model, &limits, conditions.light);
        let generated = suitable(&grounds, &asset, sites)?;
        let plan = self.plan(&model, &conditions, (&asset, &limits, &goal), &generated.sites)?;
        let asked = told::Asked { asset: class, generated: &generated };
        let told = told::Told::of(&model, &plan, &asked);
        if let (Some(form), Some(path)) = (form, &self.out) {
            files::write(form, path, &files::Sheet { model: &model, plan: &plan, told: &told })?;
        }
        out.answer(&told, told::Told::text)?;
        Ok(Answer::Yes)
    }

    fn plan(
        &self,
        model: &Model,
        conditions: &Conditions,
        (asset, limits, goal): (&Asset, &Limits, &CoverageGoal),
        sites: &[Site],
    ) -> anyhow::Result<Plan> {
        // Every candidate is looked at twice: when they are screened, and for the bound.
        let bar = progress("candidates", u64::try_from(2 * sites.len())?);
        let tick = || bar.inc(1);
        let plan = match self.objective {
            Objective::Coverage => {
                let task = CoverageTask { asset, sites, limits, goal };
                Plan::Coverage(cover(model, conditions, &task, &tick)?)
            }
            Objective::WeakestPath => {
                let task = WeakestTask { asset, sites, limits };
                Plan::Weakest(raise_weakest(model, conditions, &task, &tick)?)
            }
        };
        bar.finish_and_clear();
        Ok(plan)
    }
}
