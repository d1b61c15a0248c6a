//! `watchline crossing`: where somebody would pass and whether they are met; one file per subcommand in `cli/crossing/`.

mod chart;
mod corridor;
mod easi;
mod hours;
mod interrupt;
mod isochrones;
mod profile;
mod readiness;
mod timeline;
mod ways;

use clap::Subcommand;

use super::{Outcome, Output};

/// Where somebody would pass, and the chance of meeting them in time.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: the chance that a response meets whoever follows a path\n  \
        watchline crossing easi path.csv --response-s 300 --response-sd-s 90 --p-comm 0.95")]
pub(crate) enum Crossing {
    Profile(profile::Profile),
    Corridor(corridor::Corridor),
    Interrupt(interrupt::Interrupt),
    Isochrones(isochrones::Isochrones),
    Easi(easi::Easi),
}

impl Crossing {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::Profile(command) => command.run(out),
            Self::Corridor(command) => command.run(out),
            Self::Interrupt(command) => command.run(out),
            Self::Isochrones(command) => command.run(out),
            Self::Easi(command) => command.run(out),
        }
    }
}
