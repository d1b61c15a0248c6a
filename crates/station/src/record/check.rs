//! Whether the entries that a station did not read when it started are still those that were signed.

use std::ops::ControlFlow;
use std::path::Path;

use super::tree::Tree;
use super::{RecordError, reading, segment};

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    /// They are those that the tree is over.
    Hold,
    /// Not all were read, for whoever asked has gone.
    GivenUp,
}

/// Ends the reading of a record, which may be written meanwhile.
#[derive(Debug, thiserror::Error)]
#[error("enough was read")]
struct Enough;

/// Reads the entries that a tree is over and holds them against it.
///
/// `each` is called after every entry and may break off.
pub(crate) fn check(
    data: &Path,
    known: &Tree,
    mut each: impl FnMut() -> ControlFlow<()>,
) -> Result<Checked, RecordError> {
    if *known == Tree::default() {
        return Ok(Checked::Hold);
    }
    let directory = data.join("record");
    let mut tree = Tree::default();
    let mut is_given_up = false;
    let read = segment::read(&directory, 0, &mut |index, bytes| {
        tree.push(reading::body(index, bytes)?.hash());
        is_given_up = each().is_break();
        // What follows may be half written.
        if is_given_up || tree.size() == known.size() { Err(enough(index)) } else { Ok(()) }
    });
    match read {
        Err(RecordError::Refused { source, .. }) if source.is::<Enough>() => {}
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    if tree == *known {
        return Ok(Checked::Hold);
    }
    if is_given_up {
        return Ok(Checked::GivenUp);
    }
    let signed = known.size();
    let problem = format!("entries 1 to {signed} are not those that were signed");
    Err(RecordError::Unsealed { path: directory.join("checkpoint"), problem })
}

fn enough(index: u64) -> RecordError {
    RecordError::Refused { index, source: Enough.into() }
}
