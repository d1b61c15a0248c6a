//! The thread that reads what a station did not read when it started from a snapshot, little by little.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use super::Shared;
use super::health::Unread;
use crate::limits::{CHECK_REST, CHECK_STRETCH, CHECK_TRIES};
use crate::record::check::{Checked, check};
use crate::record::tree::Tree;
use crate::snapshot;

/// Entries between two looks at the clock.
const LOOK_EVERY: u64 = 64;

/// Starts to read the entries that a tree is over.
pub(super) fn start(
    shared: &Arc<Shared>,
    (data, known): (PathBuf, Tree),
) -> std::io::Result<JoinHandle<()>> {
    let shared = Arc::clone(shared);
    shared.health.unread(Unread::Pending { entries: known.size() });
    let run = move || {
        if let Some(found) = read(&shared, &data, &known) {
            if matches!(found, Unread::Changed { .. })
                && let Err(error) = snapshot::forget(&data)
            {
                // The next start goes on from one, and finds the same.
                tracing::error!("snapshots: {error}");
            }
            shared.health.unread(found);
        }
    };
    std::thread::Builder::new().name("record check".into()).spawn(run)
}

/// What the entries turned out to be; `None` when the station stopped before that was known.
fn read(shared: &Shared, data: &Path, known: &Tree) -> Option<Unread> {
    let mut problem = String::new();
    for _ in 0..CHECK_TRIES {
        match check(data, known, paced(shared)) {
            Ok(Checked::Hold) => return Some(Unread::Held { entries: known.size() }),
            Ok(Checked::GivenUp) => return None,
            Err(error) => problem = error.to_string(),
        }
    }
    Some(Unread::Changed { problem })
}

/// Works a while and rests a while, until the station stops.
fn paced(shared: &Shared) -> impl FnMut() -> ControlFlow<()> {
    let (mut entries, mut began) = (0_u64, Instant::now());
    move || {
        entries += 1;
        if !entries.is_multiple_of(LOOK_EVERY) {
            return ControlFlow::Continue(());
        }
        if began.elapsed() >= CHECK_STRETCH {
            std::thread::park_timeout(CHECK_REST);
            began = Instant::now();
        }
        if shared.intake.is_stopping() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
