//! `watchline thermal`: what cameras can find; one file per subcommand in `cli/thermal/`.

mod range;

use clap::Subcommand;

use super::{Outcome, Output};

/// What a thermal or visible camera can find.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example: how far a camera sees a person in dust\n  \
        watchline thermal range --sensor camera.toml --mover walker --visibility 1000")]
pub(crate) enum Thermal {
    Range(range::Range),
}

impl Thermal {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::Range(command) => command.run(out),
        }
    }
}
