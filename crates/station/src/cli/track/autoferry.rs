//! `watchline track eval autoferry`: the Autoferry recordings.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;
use watch::metrics::Score;
use watch::metrics::autoferry::{self, Recording, Sensor};

use super::source;
use crate::cli::cpu::Stopwatch;
use crate::cli::{Answer, Outcome, Output};

/// Real radar, lidar, infrared and visible detections against GNSS truth.
///
/// GOSPA with cut-off 20 m, order 2, sampled at each radar message, as the published baselines are.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  watchline track eval autoferry --dir testdata/autoferry --scenario 2 --sensors rlic"
)]
pub(crate) struct Autoferry {
    /// Holds the scenario's two JSON files under their published names, or the same with .gz.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Number of the scenario.
    #[arg(long, value_name = "N")]
    scenario: u32,
    /// Letters of the sensors to use: r(adar), l(idar), i(nfrared), c(amera).
    #[arg(long, value_name = "LETTERS", default_value = "rlic")]
    sensors: String,
}

#[derive(Serialize)]
struct Report {
    scenario: u32,
    sensors: String,
    looks: usize,
    #[serde(flatten)]
    score: Score,
    ms_per_look_cpu: f64,
}

impl Autoferry {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let sensors = self.chosen()?;
        let recording = Recording::new(&self.read("detections")?, &self.read("groundTruth")?)?;
        let mut stopwatch = Stopwatch::default();
        let score = autoferry::evaluate(&recording, &sensors, &mut |work| stopwatch.time(work))?;
        let report = Report {
            scenario: self.scenario,
            sensors: self.sensors,
            looks: recording.looks.len(),
            score,
            ms_per_look_cpu: stopwatch.mean_ms(),
        };
        out.answer(&report, |report| {
            format!(
                "scenario {} with {}: rms GOSPA {:.2} m over {} samples (localisation {:.2} m, missed {:.2}, false {:.2} per sample, {} identity switches), {:.3} ms of CPU per look",
                report.scenario,
                report.sensors,
                report.score.gospa_rms,
                report.score.samples,
                report.score.localisation,
                report.score.missed,
                report.score.false_tracks,
                report.score.id_switches,
                report.ms_per_look_cpu,
            )
        })?;
        Ok(Answer::Yes)
    }

    fn chosen(&self) -> anyhow::Result<Vec<Sensor>> {
        let Some(stranger) =
            self.sensors.chars().find(|letter| Sensor::from_letter(*letter).is_none())
        else {
            return Ok(self.sensors.chars().filter_map(Sensor::from_letter).collect());
        };
        bail!("--sensors: `{stranger}` in `{}` is none of r, l, i, c", self.sensors)
    }

    fn read<T: DeserializeOwned>(&self, what: &str) -> anyhow::Result<Vec<T>> {
        let path = self.dir.join(format!("scenario{}_{what}.json", self.scenario));
        serde_json::from_str(&source::text(&path)?)
            .with_context(|| format!("parse {}", path.display()))
    }
}
