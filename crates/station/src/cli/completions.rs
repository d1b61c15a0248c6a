//! `watchline completions`: what a shell needs to complete commands and options.

use clap_complete::Shell;

use super::{Answer, Outcome, Output};

/// Prints the completion script of a shell.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  watchline completions bash > ~/.local/share/bash-completion/completions/watchline"
)]
pub(crate) struct Completions {
    /// The shell that will read the script.
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::tree(), "watchline", &mut script);
        out.bytes(&script)?;
        Ok(Answer::Yes)
    }
}
