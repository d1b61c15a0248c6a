//! `watchline search`: looking for somebody, from the first plan to what is left; one file per subcommand in `cli/search/`.

mod case;
mod export;
mod plan;
mod record;
mod residual;
mod rounds;

use clap::Subcommand;

use super::{Outcome, Output};

/// Looking for somebody: where they may be, who looks where, and what is left when nothing was found.
///
/// `plan` opens a case file, `record` writes down what was swept in vain, `residual` says where to look next.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example: a herder who did not come home\n  watchline search plan --sector andorra --last-seen 1.55,42.52 \
        --hours-ago 3 --teams 4 --also dog:1 --hideouts 0.5 --light night --case herder.json\n  watchline search record --case herder.json --block BR55 --track-m 9000 --at-hours 2\n  \
        watchline search residual --case herder.json --at-hours 6"
)]
pub(crate) enum Search {
    Plan(plan::Plan),
    Record(record::Record),
    Residual(residual::Residual),
}

impl Search {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::Plan(command) => command.run(out),
            Self::Record(command) => command.run(out),
            Self::Residual(command) => command.run(out),
        }
    }
}
