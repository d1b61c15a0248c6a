//! `watchline track metrics`: estimates against the truth.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use watch::metrics::summary::{Judging, Summary, parse, summarise};

use super::{consistency_in_words, source};
use crate::cli::{Answer, Outcome, Output};

/// Judges estimates against the truth: OSPA, GOSPA, T-GOSPA, SIAP, identity, consistency.
///
/// Samples are numbered by `k`. With covariances the errors are checked against them (NEES).
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  watchline track metrics --estimates tracks.csv --truth truth.csv --c 50 --p 2"
)]
pub(crate) struct Metrics {
    /// CSV with columns k,id,x,y and, when known, pxx,pxy,pyy.
    #[arg(long, value_name = "FILE")]
    estimates: PathBuf,
    /// CSV with columns k,id,x,y.
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// Cut-off distance in m.
    #[arg(long, value_name = "M")]
    c: f64,
    /// Order of the metrics.
    #[arg(long, value_name = "P", default_value_t = 2.0)]
    p: f64,
    /// What a change of identity costs in T-GOSPA, in m; half the cut-off unless given.
    #[arg(long, value_name = "M")]
    switch: Option<f64>,
    /// Time between samples in s.
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    step: f64,
}

impl Metrics {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        ensure!(positive(self.c), "--c must be positive, got {}", self.c);
        ensure!((1.0..=10.0).contains(&self.p), "--p must lie in 1..=10, got {}", self.p);
        ensure!(positive(self.step), "--step must be positive, got {}", self.step);
        let switch_m = self.switch.unwrap_or(self.c / 2.0);
        ensure!(positive(switch_m), "--switch must be positive, got {switch_m}");
        let (estimates, truth) = (source::text(&self.estimates)?, source::text(&self.truth)?);
        let run = parse(&estimates, &truth).with_context(|| {
            format!("parse {} and {}", self.estimates.display(), self.truth.display())
        })?;
        let judging = Judging { c_m: self.c, p: self.p, switch_m, step_s: self.step };
        out.answer(&summarise(&run, &judging), in_words)?;
        Ok(Answer::Yes)
    }
}

fn in_words(summary: &Summary) -> String {
    let Summary { score, t_gospa, siap, .. } = summary;
    let bound = if t_gospa.exact { "" } else { " at most" };
    let confirm = summary
        .time_to_confirm_s
        .map_or_else(|| "nothing was ever found".into(), |s| format!("found after {s:.1} s"));
    let nees = summary
        .nees
        .map_or_else(|| "no covariances".into(), |nees| consistency_in_words("NEES", &nees));
    format!(
        "{} samples: OSPA {:.2} m, GOSPA {:.2} m (rms {:.2} m: localisation {:.2} m, missed {:.2}, false {:.2} per sample)\n\
         T-GOSPA{bound} {:.1} m, {} identity switches\n\
         SIAP: completeness {:.3}, ambiguity {:.3}, spuriousness {:.3}, {:.2} m off, longest track {:.3} of a life\n\
         {:.2} false tracks an hour, {confirm}; {nees}",
        score.samples,
        summary.ospa,
        summary.gospa,
        score.gospa_rms,
        score.localisation,
        score.missed,
        score.false_tracks,
        t_gospa.distance_m,
        score.id_switches,
        siap.completeness,
        siap.ambiguity,
        siap.spuriousness,
        siap.positional_m,
        siap.longest_segment,
        summary.false_tracks_per_hour,
    )
}
