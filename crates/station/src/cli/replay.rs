//! `watchline replay`: a record played again, to the identical state.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use super::output::{Output, spinner};
use super::{Answer, Outcome};
use crate::runtime::stepper::{hex, replay_until};
use crate::shipped;

/// Plays a record again from its beginning and tells the state it leads to.
///
/// Every heavy result is computed again and must be the one that was acted on. The same record and the same
/// build always give the same state hash.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: the state that a demonstration had reached\n  watchline replay ./night --sector upper-euphrates\n\n\
    Example: as it stood at eight\n  watchline replay ./night --to 2026-11-20T20:00:00Z"
)]
pub(crate) struct Replay {
    /// A data directory; a station may be running on it.
    data: PathBuf,
    /// The sector the record is about: a file, or the name of one that ships.
    #[arg(long, default_value = "upper-euphrates")]
    sector: String,
    /// Stop before the first entry taken after this time.
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
}

/// Where a replay ended.
#[derive(Debug, Serialize)]
struct Replayed {
    entries: u64,
    last_at: Timestamp,
    tracks: usize,
    alerts: usize,
    alerts_open: usize,
    tasks: usize,
    accepted: u64,
    rejected: u64,
    state_hash: String,
}

impl Replay {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let model = Arc::new(shipped::load_model(&self.sector)?);
        let waiting = spinner("replaying");
        let to = self.to.unwrap_or(Timestamp::MAX);
        let stepper = replay_until(model, &self.data, to, |_| {})?;
        waiting.finish_and_clear();
        let core = stepper.core();
        let replayed = Replayed {
            entries: core.entries(),
            last_at: core.now(),
            tracks: core.tracks().count(),
            alerts: core.alerts().count(),
            alerts_open: core.alerts().filter(|alert| alert.is_open()).count(),
            tasks: core.tasks().count(),
            accepted: core.counters().accepted,
            rejected: core.counters().rejected,
            state_hash: hex(&core.state_hash()),
        };
        out.answer(&replayed, |replayed| {
            format!(
                "{} entries, the last at {}.\n{} tracks, {} alerts ({} open), {} tasks; {} messages used, {} rejected.\nState hash {}",
                replayed.entries, replayed.last_at, replayed.tracks, replayed.alerts, replayed.alerts_open,
                replayed.tasks, replayed.accepted, replayed.rejected, replayed.state_hash
            )
        })?;
        Ok(Answer::Yes)
    }
}
