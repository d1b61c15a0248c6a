//! `watchline record compact`: what was erased is taken out of full segments, which frees the disk.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::cli::output::{Output, spinner};
use crate::cli::{Answer, Outcome};
use crate::record::compaction::compact;
use crate::record::disk::RealDisk;
use crate::record::recordings;

/// Takes what was erased out of all segments but the last, and so frees their bytes; recordings of cameras go with what the
/// record said of them. A station may be running.
///
/// Leaves stay, and with them tree, checkpoints and proofs: `record verify` holds as before. It may be killed and run again.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  watchline record compact ./night")]
pub(crate) struct Compact {
    /// A data directory.
    data: PathBuf,
}

/// What was gained.
#[derive(Debug, Serialize)]
struct Told {
    segments: u64,
    contents: u64,
    bytes_freed: u64,
    /// Recordings of cameras that went.
    recordings: u64,
}

impl Compact {
    pub(super) fn run(self, out: &mut Output) -> Outcome {
        let waiting = spinner("compacting");
        let compacted = compact(&RealDisk, &self.data)?;
        let recordings = recordings::clear(&RealDisk, &self.data)?;
        waiting.finish_and_clear();
        let told = Told {
            segments: compacted.segments,
            contents: compacted.envelopes,
            bytes_freed: compacted.bytes_freed,
            recordings,
        };
        out.answer(&told, |told| {
            format!(
                "{} erased contents were taken out of {} segments: {:.1} MB are free. {} recordings went.",
                told.contents,
                told.segments,
                told.bytes_freed as f64 / 1e6,
                told.recordings
            )
        })?;
        Ok(Answer::Yes)
    }
}
