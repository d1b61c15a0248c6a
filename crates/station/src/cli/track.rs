//! `watchline track`: the tracker on recorded and simulated scans; one file per subcommand in `cli/track/`.

mod autoferry;
mod metrics;
mod positions;
mod run;
mod source;
mod williams15;

use clap::Subcommand;

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
