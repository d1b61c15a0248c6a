//! `watchline patrol`: where patrols and checkpoints are to be when, so that nobody can learn it.

mod files;
mod payoffs;
mod plan;
mod told;

use clap::Subcommand;

use super::{Outcome, Output};

/// Schedules of patrols and mobile checkpoints that a watcher cannot learn.
#[derive(Debug, Subcommand)]
pub(crate) enum Patrol {
    Plan(Box<plan::Plan>),
}

impl Patrol {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::Plan(command) => command.run(out),
        }
    }
}
