//! `watchline sector`: write, check and show sector files; one file per subcommand in `cli/sector/`.

mod check;
mod new;
mod schema;
mod show;

use clap::Subcommand;

use super::{Outcome, Output};

/// Writes, checks and shows sector files.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: a sector of your own\n  \
        watchline sector new my-sector/sector.toml\n  \
        watchline sector check my-sector/sector.toml")]
pub(crate) enum Sector {
    New(new::New),
    Check(check::Check),
    Show(show::Show),
    Schema(schema::Schema),
}

impl Sector {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::New(command) => command.run(out),
            Self::Check(command) => command.run(out),
            Self::Show(command) => command.run(out),
            Self::Schema(command) => command.run(out),
        }
    }
}
