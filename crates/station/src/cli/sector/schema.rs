//! `watchline sector schema`: what may stand in a sector file, for editors and other programs.

use sight::sector::SCHEMA;

use crate::cli::{Answer, Outcome, Output};

/// Writes the JSON schema of the sector file: every field with its meaning, bounds and default.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: completion and checks in an editor that reads schemas\n  \
        watchline sector schema > sector.schema.json")]
pub(crate) struct Schema {}

impl Schema {
    #[expect(clippy::unused_self, reason = "every command is run the same way")]
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        out.bytes(SCHEMA.as_bytes())?;
        Ok(Answer::Yes)
    }
}
