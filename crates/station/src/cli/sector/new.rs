//! `watchline sector new`: a sector file to start from.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;

use crate::cli::{Answer, Outcome, Output};

/// Every field with a word about it; it passes `sector check` as it stands.
const SECTOR: &str = include_str!("new/sector.toml");
const LINE: &str = include_str!("new/line.geojson");

/// Writes a sector file to start from, with every field explained, and a line beside it. Never overwrites.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  watchline sector new my-sector/sector.toml")]
pub(crate) struct New {
    /// Where to write the sector file; `line.geojson` goes beside it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Written {
    sector: PathBuf,
    line: PathBuf,
}

impl New {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let line = self.file.with_file_name("line.geojson");
        if let Some(directory) = self.file.parent().filter(|path| !path.as_os_str().is_empty()) {
            std::fs::create_dir_all(directory)
                .with_context(|| format!("directory {}", directory.display()))?;
        }
        for path in [&self.file, &line] {
            anyhow::ensure!(
                !path.exists(),
                "{} is there already: choose another directory",
                path.display()
            );
        }
        write_new(&self.file, SECTOR)?;
        write_new(&line, LINE)?;
        out.answer(&Written { sector: self.file, line }, |written| {
            format!(
                "wrote {} and {}; change them, then\n  watchline sector check {}",
                written.sector.display(),
                written.line.display(),
                written.sector.display()
            )
        })?;
        Ok(Answer::Yes)
    }
}

fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Voice;

    #[test]
    fn what_is_written_passes_the_check_and_is_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("mine/sector.toml");
        let new = || New { file: file.clone() };
        let mut out = Output::to_writer(Voice::Human, Box::new(std::io::sink()));

        new().run(&mut out).unwrap();

        let sector = crate::shipped::find(file.to_str().unwrap()).unwrap().sector();
        assert_eq!(sector.unwrap().sensors.len(), 2);
        assert!(new().run(&mut out).unwrap_err().to_string().contains("is there already"));
    }
}
