//! `watchline terrain`: elevation files; one file per subcommand in `cli/terrain/`.

pub(crate) mod ground;
mod import;
mod info;

use clap::Subcommand;

use super::{Outcome, Output};

/// Looks into elevation files and brings them into the form that a sector names.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: what a tile holds\n  watchline terrain info N34E041.hgt")]
pub(crate) enum Terrain {
    Info(info::Info),
    Import(import::Import),
}

impl Terrain {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::Info(command) => command.run(out),
            Self::Import(command) => command.run(out),
        }
    }
}
