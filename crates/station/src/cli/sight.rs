//! `watchline sight`: what can be seen from where; one file per subcommand in `cli/sight/`.

pub(super) mod assumed;
mod check;
mod coverage;
pub(super) mod picture;
pub(super) mod state;
mod viewshed;
mod weather;

use clap::Subcommand;

use super::{Outcome, Output};

/// What can be seen from where.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example: how each kilometre of a shipped sector is watched\n  watchline sight state --sector andorra"
)]
pub(crate) enum Sight {
    Coverage(coverage::Coverage),
    State(state::State),
    Viewshed(viewshed::Viewshed),
    Check(check::Check),
}

impl Sight {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::Coverage(command) => command.run(out),
            Self::State(command) => command.run(out),
            Self::Viewshed(command) => command.run(out),
            Self::Check(command) => command.run(out),
        }
    }
}
