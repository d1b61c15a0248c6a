//! `watchline sight`: what can be seen from where; one file per subcommand in `cli/sight/`.

use clap::Subcommand;

use super::{Outcome, Output};

/// What can be seen from where.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example: how each kilometre of a shipped sector is watched\n  watchline sight state --sector andorra"
)]
pub(crate) enum Sight {}

impl Sight {
    pub(crate) fn run(self, _out: &mut Output) -> Outcome {
        match self {}
    }
}
