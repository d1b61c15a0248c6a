//! Where a record is played again from: its beginning, or a snapshot where something was erased before it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use sight::coverage::Model;
use watch::journal::{self, Output};

use super::stepper::Stepper;
use crate::record::keyring::Held;
use crate::record::tree::Tree;
use crate::record::{self, RecordError, seal};
use crate::snapshot::{self, LeftAside, Snapshot};

/// What a record leads to.
#[derive(Debug)]
pub(crate) struct Again {
    pub(crate) stepper: Stepper,
    /// The entries that a snapshot stood for, where some of them were erased; 0 where all were played.
    pub(crate) after: u64,
}

/// Replays a data directory's record up to its last entry that was taken no later than `to`; `each` sees when every step was
/// taken and what it led to. Where entries were erased it goes on from the first snapshot that was taken after them.
pub(crate) fn replay_until(
    model: &Arc<Model>,
    data: &Path,
    to: Timestamp,
    mut each: impl FnMut(Timestamp, &[Output]),
) -> Result<Again, RecordError> {
    let Again { mut stepper, after } = begin(model, data)?;
    let from = stepper.core().now();
    if after > 0 && from > to {
        return Err(RecordError::BeforeErasure { entries: after, from, to });
    }
    let mut over = false;
    record::read_after(data, after, |_, payload| {
        over = over || journal::decode(payload)?.at > to;
        if !over {
            let (entry, outputs) = stepper.replay(payload)?;
            each(entry.at, &outputs);
        }
        Ok(())
    })?;
    Ok(Again { stepper, after })
}

fn begin(model: &Arc<Model>, data: &Path) -> Result<Again, RecordError> {
    if !record::is_any_erased(data)? {
        return Ok(Again { stepper: Stepper::new(Arc::clone(model)), after: 0 });
    }
    let by = seal::verifier(&data.join("keys").join("record.vkey"))?;
    let snapshots = snapshot::newest_first(data, &by, 0).filter_map(Result::ok);
    let mut snapshots: BTreeMap<u64, Snapshot> =
        snapshots.map(|snapshot| (snapshot.entries(), snapshot)).collect();
    let last = last_erased(data, &mut snapshots)?;
    if last == 0 {
        return Ok(Again { stepper: Stepper::new(Arc::clone(model)), after: 0 });
    }
    // The first of them has the most to tell after it.
    for (after, Snapshot { state, unanswered, .. }) in snapshots {
        match Stepper::restore(Arc::clone(model), &state, unanswered) {
            Ok(stepper) => return Ok(Again { stepper, after }),
            Err(fault) => drop(LeftAside::new(after, &fault)),
        }
    }
    Err(RecordError::Erased { index: last })
}

/// The last entry whose content was erased, or 0. Of the snapshots those stay that were taken of this record after it.
fn last_erased(data: &Path, snapshots: &mut BTreeMap<u64, Snapshot>) -> Result<u64, RecordError> {
    let mut keys = record::keys(data)?;
    let (mut tree, mut last, mut fitting) = (Tree::default(), 0, Vec::new());
    record::bodies(data, |index, body| {
        tree.push(body.hash());
        if *keys.get(body.leaf.key) == Held::Destroyed {
            last = index;
            fitting.clear();
        }
        if snapshots.get(&index).is_some_and(|snapshot| snapshot.tree == tree) {
            fitting.push(index);
        }
        Ok(())
    })?;
    snapshots.retain(|entries, _| fitting.contains(entries));
    Ok(last)
}
