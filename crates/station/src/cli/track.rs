//! `watchline track`: the tracker on recorded and simulated scans; one file per subcommand in `cli/track/`.

mod autoferry;
mod metrics;
mod positions;
mod run;
mod source;
mod williams15;

use clap::Subcommand;

use watch::metrics::Consistency;

use super::{Outcome, Output};

/// The tracker on recorded and simulated scans.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example: real radar, lidar and cameras against GNSS truth\n  watchline track eval autoferry --dir testdata/autoferry --scenario 2 --sensors rlic"
)]
pub(crate) enum Track {
    Run(run::Run),
    #[command(subcommand)]
    Eval(Eval),
    Metrics(metrics::Metrics),
}

/// Runs the tracker over data with known truth and prints how far off it was.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example: real radar and lidar against GNSS truth\n  watchline track eval autoferry --dir testdata/autoferry --scenario 2 --sensors rl"
)]
pub(crate) enum Eval {
    Autoferry(autoferry::Autoferry),
    Positions(positions::Positions),
    Williams15(williams15::Williams15),
}

/// What consistency says of a filter or a sensor.
fn consistency_in_words(name: &str, consistency: &Consistency) -> String {
    let Consistency { mean, low, high, samples, consistent } = *consistency;
    let word = match (consistent, mean > high) {
        (true, _) => "as sure as it may be",
        (false, true) => "too sure of itself",
        (false, false) => "too modest",
    };
    format!("{name} {mean:.2} of {low:.2}..{high:.2} over {samples}: {word}")
}

impl Track {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::Run(command) => command.run(out),
            Self::Metrics(command) => command.run(out),
            Self::Eval(Eval::Autoferry(command)) => command.run(out),
            Self::Eval(Eval::Positions(command)) => command.run(out),
            Self::Eval(Eval::Williams15(command)) => command.run(out),
        }
    }
}
