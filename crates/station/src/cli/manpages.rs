//! `watchline manpages`: the manual pages, generated from the same text as `--help`.

use std::path::PathBuf;

use anyhow::Context as _;

use super::{Answer, Outcome, Output};

/// Writes one manual page per command.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  watchline manpages --out target/man")]
pub(crate) struct Manpages {
    /// The directory to write into; made when missing.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Manpages {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        std::fs::create_dir_all(&self.out)
            .and_then(|()| clap_mangen::generate_to(super::tree(), &self.out))
            .with_context(|| format!("write manual pages to {}", self.out.display()))?;
        out.line(format_args!("manual pages written to {}", self.out.display()))?;
        Ok(Answer::Yes)
    }
}
