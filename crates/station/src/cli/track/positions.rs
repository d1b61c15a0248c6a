//! `watchline track eval positions`: simulated scans of positions.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use watch::metrics::Score;
use watch::metrics::positions::{self, Settings, Start};
use watch::tracking::Learning;

use super::source;
use crate::cli::cpu::Stopwatch;
use crate::cli::{Answer, Outcome, Output};

/// Scans of positions at 1 Hz of targets in a square, with uniform clutter.
///
/// GOSPA with cut-off 50 m, order 2, from scan 10 on.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  watchline track eval positions --meas A100.meas.csv --truth A100.truth.csv --side 10000 --clutter 50 --sigma 10 --p-detect 0.9 --q 0.2"
)]
pub(crate) struct Positions {
    /// CSV with columns k,x,y.
    #[arg(long, value_name = "FILE")]
    meas: PathBuf,
    /// CSV with columns k,id,x,vx,y,vy.
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// Side of the square in m.
    #[arg(long, value_name = "M")]
    side: f64,
    /// Mean number of measurements of nothing per scan.
    #[arg(long, value_name = "N")]
    clutter: f64,
    /// Standard deviation of a position along each axis in m.
    #[arg(long, value_name = "M")]
    sigma: f64,
    /// Chance that a target is detected in a scan.
    #[arg(long, value_name = "P")]
    p_detect: f64,
    /// Spectral density of white acceleration along each axis in m²/s³.
    #[arg(long, value_name = "Q")]
    q: f64,
    /// Give the tracker the targets of the first scan.
    #[arg(long)]
    known_start: bool,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    score: Score,
    ms_per_scan_cpu: f64,
}

impl Positions {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let (measurements, truth) = (source::text(&self.meas)?, source::text(&self.truth)?);
        let case = positions::parse(&measurements, &truth).with_context(|| {
            format!("parse {} and {}", self.meas.display(), self.truth.display())
        })?;
        let settings = Settings {
            side_m: self.side,
            clutter_per_scan: self.clutter,
            sigma_m: self.sigma,
            p_detect: self.p_detect,
            q_m2ps3: self.q,
            start: if self.known_start { Start::Known } else { Start::Own },
            learning: Some(Learning::measuring()),
        };
        let mut stopwatch = Stopwatch::default();
        let score = positions::evaluate(&case, &settings, &mut |work| stopwatch.time(work))?;
        let report = Report { score, ms_per_scan_cpu: stopwatch.mean_ms() };
        out.answer(&report, |report| {
            format!(
                "rms GOSPA {:.2} m over {} scans (localisation {:.2} m, missed {:.2}, false {:.2} per scan, {} identity switches), {} tracks at the end, {:.3} ms of CPU per scan",
                report.score.gospa_rms,
                report.score.samples,
                report.score.localisation,
                report.score.missed,
                report.score.false_tracks,
                report.score.id_switches,
                report.score.tracks,
                report.ms_per_scan_cpu,
            )
        })?;
        Ok(Answer::Yes)
    }
}
