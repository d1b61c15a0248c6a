//! `watchline sim`: nights without waiting, for studies and for the proof that the same seed gives the same night.

mod calibrate;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;
use sight::coverage::Model;
use sim::Scenario;
use watch::Core;
use watch::clocks::ClockStanding;
use watch::roster::Worth;
use watch::tracking::Standing;

use super::output::{Output, Table, progress};
use super::{Answer, Outcome};
use crate::exercise::account::Totals;
use crate::exercise::{Desk, Exercise};
use crate::runtime::stepper::hex;
use crate::shipped;

/// Plays simulated nights through the real way of the data, as fast as the computer can.
#[derive(Debug, Subcommand)]
pub(crate) enum Simulate {
    Run(Run),
    Batch(Batch),
    Calibrate(calibrate::Calibrate),
}

/// Plays one night and tells who crossed, who was noticed and what the watch state had said.
///
/// The same sector, scenario, seed and build give the same state hash, byte for byte.
#[derive(Debug, Args)]
#[command(after_help = "Example: the night of the demonstration, in seconds\n  \
    watchline sim run --scenario upper-euphrates --seed 7\n  watchline --json sim run --scenario my-night.toml --sector my-sector/")]
pub(crate) struct Run {
    #[command(flatten)]
    what: What,
    /// All that is random in the night comes from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Plays many nights that differ by their seed and adds them up: how often does the watch state keep its word?
#[derive(Debug, Args)]
#[command(
    after_help = "Example: twenty nights\n  watchline sim batch --scenario upper-euphrates --nights 20"
)]
pub(crate) struct Batch {
    #[command(flatten)]
    what: What,
    /// The first night's seed; the others follow.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, default_value_t = 10)]
    nights: u64,
}

#[derive(Debug, Args)]
struct What {
    /// A scenario file, or the name of one that ships (upper-euphrates, andorra).
    #[arg(long, default_value = "upper-euphrates")]
    scenario: String,
    /// A sector file or the name of one that ships; the scenario's own name when left out.
    #[arg(long)]
    sector: Option<String>,
    /// Let a script acknowledge and dispatch, so that units move as well.
    #[arg(long)]
    officer: bool,
}

/// One night in numbers.
#[derive(Debug, Serialize)]
struct Night {
    scenario: String,
    sector: String,
    seed: u64,
    entries: u64,
    messages: u64,
    detections: u64,
    false_alarms: u64,
    alerts: usize,
    #[serde(flatten)]
    totals: Totals,
    /// Sensors that the tracker does not take at their word at the end.
    doubted: Vec<Doubted>,
    state_hash: String,
}

/// A sensor that is doubted, left out, sees less than its weather explains, or has a clock that is wrong.
#[derive(Debug, Serialize)]
struct Doubted {
    sensor: String,
    #[serde(flatten)]
    worth: Worth,
    clock: ClockStanding,
}

impl Doubted {
    fn all(core: &Core) -> Vec<Self> {
        let doubted = core.roster().sensors().filter(|sensor| {
            sensor.worth.standing >= Standing::Doubted
                || sensor.worth.obscured_to.is_some()
                || matches!(sensor.clock.standing, ClockStanding::Off | ClockStanding::Drifting)
        });
        let told = doubted.map(|sensor| Self {
            sensor: sensor.id.0.clone(),
            worth: sensor.worth,
            clock: sensor.clock.standing,
        });
        told.collect()
    }
}

impl Simulate {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::Run(run) => run.run(out),
            Self::Batch(batch) => batch.run(out),
            Self::Calibrate(calibrate) => calibrate.run(out),
        }
    }
}

impl Run {
    fn run(self, out: &mut Output) -> Outcome {
        let (model, scenario) = self.what.load()?;
        let (night, account) = self.what.play(&model, &scenario, self.seed)?;
        out.answer(&night, |night| {
            let names: Vec<&str> =
                night.doubted.iter().map(|doubted| doubted.sensor.as_str()).collect();
            let doubted = if names.is_empty() {
                "Every sensor is taken at its word.".to_owned()
            } else {
                format!("Not taken at their word: {}.", names.join(", "))
            };
            format!(
                "{account}\n\n{} entries, {} messages, {} detections ({} of nothing), {} alerts. {doubted}\nState hash {}",
                night.entries, night.messages, night.detections, night.false_alarms, night.alerts, night.state_hash
            )
        })?;
        Ok(Answer::Yes)
    }
}

impl Batch {
    fn run(self, out: &mut Output) -> Outcome {
        let (model, scenario) = self.what.load()?;
        let mut nights = Vec::new();
        for seed in self.seed..self.seed.saturating_add(self.nights) {
            nights.push(self.what.play(&model, &scenario, seed)?.0);
        }
        out.answer(&nights, |nights| {
            let mut table = Table::new([
                "seed",
                "crossings",
                "noticed",
                "in time",
                "expected at least",
                "alerts",
                "false",
            ]);
            for night in nights {
                table.row([
                    night.seed.to_string(),
                    night.totals.crossings.to_string(),
                    night.totals.detected.to_string(),
                    night.totals.in_time.to_string(),
                    format!("{:.1}", night.totals.expected_at_least),
                    night.alerts.to_string(),
                    night.false_alarms.to_string(),
                ]);
            }
            table.to_string()
        })?;
        Ok(Answer::Yes)
    }
}

impl What {
    fn load(&self) -> anyhow::Result<(Arc<Model>, Scenario)> {
        let scenario = load_scenario(&self.scenario)?;
        let sector = self.sector.as_deref().unwrap_or(&scenario.sector);
        Ok((Arc::new(shipped::load_model(sector)?), scenario))
    }

    fn play(
        &self,
        model: &Arc<Model>,
        scenario: &Scenario,
        seed: u64,
    ) -> anyhow::Result<(Night, crate::exercise::account::Account)> {
        let desk = if self.officer { Desk::Scripted } else { Desk::Empty };
        let exercise = Exercise::new(model, scenario, seed, desk)?;
        let length_s = exercise.end().duration_since(exercise.start()).as_secs();
        let bar = progress("playing", u64::try_from(length_s).unwrap_or(0));
        let (account, core, summary) = exercise.play(|_| bar.inc(1));
        bar.finish_and_clear();
        let night = Night {
            scenario: scenario.name.clone(),
            sector: model.sector().name.clone(),
            seed,
            entries: core.entries(),
            messages: summary.counts.messages,
            detections: summary.counts.detections,
            false_alarms: summary.counts.false_alarms,
            alerts: core.alerts().count(),
            totals: account.totals(),
            doubted: Doubted::all(&core),
            state_hash: hex(&core.state_hash()),
        };
        Ok((night, account))
    }
}

/// Reads a scenario file, or one that ships.
pub(crate) fn load_scenario(name_or_path: &str) -> anyhow::Result<Scenario> {
    let text = match shipped::scenario(name_or_path) {
        Some(text) => text,
        None => std::fs::read_to_string(Path::new(name_or_path)).with_context(|| {
            format!(
                "scenario `{name_or_path}`: no such file and none of that name ships (shipped: {})",
                shipped::scenario_names().join(", ")
            )
        })?,
    };
    sim::scenario::parse(&text).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("scenario `{name_or_path}`:\n  {}", faults.join("\n  "))
    })
}
