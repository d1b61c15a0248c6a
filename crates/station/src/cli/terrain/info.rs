//! `watchline terrain info`: what elevation files hold.

use std::path::PathBuf;

use serde::Serialize;
use sight::terrain::Summary;

use super::ground::{FileFigures, Ground, table};
use crate::cli::{Answer, Outcome, Output};

/// Bounds, spacing, heights and voids of elevation files, each and joined.
///
/// Reads .hgt (1 and 3 arc-seconds), .hgt.gz, .hgt.zip and .tif (WGS84 longitude and latitude or UTM). A projected file is laid
/// onto a geographic grid; what a tag asks that cannot be honoured is an error that names it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  watchline terrain info N34E040.hgt N34E041.tif")]
pub(crate) struct Info {
    /// Elevation files: .hgt, .hgt.gz, .hgt.zip, .tif.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// The answer: the files joined, then each.
#[derive(Debug, Serialize)]
struct Answered {
    #[serde(flatten)]
    whole: Summary,
    /// Of a single projected file.
    #[serde(skip_serializing_if = "Option::is_none")]
    spacing_m: Option<[f64; 2]>,
    files: Vec<FileFigures>,
}

impl Info {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let ground = Ground::read(&self.files, None)?;
        let spacing_m = match ground.files.as_slice() {
            [only] => only.spacing_m,
            _ => None,
        };
        let answer = Answered { whole: ground.grid.summary(), spacing_m, files: ground.files };
        out.answer(&answer, |answer| {
            let each =
                answer.files.iter().map(|file| (file.file.display().to_string(), &file.summary));
            let whole = (answer.files.len() > 1).then(|| ("joined".to_owned(), &answer.whole));
            table(each.chain(whole))
        })?;
        Ok(Answer::Yes)
    }
}
