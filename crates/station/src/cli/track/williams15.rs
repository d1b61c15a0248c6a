//! `watchline track eval williams15`: four targets meet, one is lost among them.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use watch::metrics::Score;
use watch::metrics::williams15;

use super::source;
use crate::cli::cpu::Stopwatch;
use crate::cli::output::progress;
use crate::cli::{Answer, Outcome, Output};

/// Four targets that meet and part again; one is lost among the others (Williams, 2015).
///
/// GOSPA with cut-off 10 m, order 2, over all scans of all runs. The filter is given the
/// published figures of the scenario.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  watchline track eval williams15 --meas testdata/williams15/meas.csv --truth testdata/williams15/truth.csv"
)]
pub(crate) struct Williams15 {
    /// CSV with columns run,k,x,y.
    #[arg(long, value_name = "FILE")]
    meas: PathBuf,
    /// CSV with columns k,id,x,y.
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
}

#[derive(Serialize)]
struct Report {
    runs: usize,
    #[serde(flatten)]
    score: Score,
    ms_per_scan_cpu: f64,
}

impl Williams15 {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let (measurements, truth) = (source::text(&self.meas)?, source::text(&self.truth)?);
        let runs = williams15::parse(&measurements, &truth).with_context(|| {
            format!("parse {} and {}", self.meas.display(), self.truth.display())
        })?;
        let bar = progress("runs", runs.scans.len() as u64);
        let mut stopwatch = Stopwatch::default();
        let score =
            williams15::evaluate(&runs, &mut |done| bar.set_position(done as u64), &mut |work| {
                stopwatch.time(work);
            })?;
        bar.finish_and_clear();
        let report = Report { runs: runs.scans.len(), score, ms_per_scan_cpu: stopwatch.mean_ms() };
        out.answer(&report, |report| {
            format!(
                "rms GOSPA {:.2} m over {} runs (localisation {:.2} m, missed {:.2}, false {:.2} per scan), {:.3} ms of CPU per scan",
                report.score.gospa_rms,
                report.runs,
                report.score.localisation,
                report.score.missed,
                report.score.false_tracks,
                report.ms_per_scan_cpu,
            )
        })?;
        Ok(Answer::Yes)
    }
}
