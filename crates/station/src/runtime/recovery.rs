//! From the files of a data directory back to the core that they lead to.

use std::path::Path;
use std::sync::Arc;

use ::watch::journal::{Entry, Input};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::clock::{Machine, StationClock};
use super::start::{StartError, StationConfig};
use super::stepper::{Stepper, hex};
use crate::limits::STORE_BATCH_MAX;
use crate::record::disk::Disk;
use crate::record::note::Verifier;
use crate::record::tree::{Hash, Tree};
use crate::record::{self, Content, DataLock, Journal, Opening, RecordError, seal};
use crate::snapshot::{self, LeftAside, Snapshot};
use crate::store::Stepped;
use crate::store::sqlite::{Projection, StoreError};

/// What the record held: the core it leads to and how far the query store has come.
pub(super) struct Recovered {
    pub(super) journal: Journal,
    pub(super) stepper: Stepper,
    pub(super) projection: Projection,
    pub(super) last_at: Timestamp,
    /// Over the entries that were not read, because a snapshot tells what they led to.
    pub(super) unread: Tree,
    /// The record's name in the query store.
    pub(super) record: Hash,
}

/// Where replay begins.
struct Beginning {
    stepper: Stepper,
    unread: Tree,
    /// What is known once the first entry is.
    known: Option<(Hash, CatchingUp)>,
}

/// Goes on from the newest snapshot that fits the record, or replays all of it, and brings the query store up to it; a new
/// record begins with its sector.
pub(super) fn recover(
    config: &StationConfig,
    disk: Box<dyn Disk>,
    lock: DataLock,
) -> Result<Recovered, StartError> {
    let directory = lock.directory().to_owned();
    let entries = record::entries(&directory)?;
    let by = seal::signer(&*disk, &directory)?.verifier();
    let from = |store| from_snapshot(config, (&*disk, &lock), (&by, entries), store);
    let mut asides = match from(Store::Whole) {
        Ok((opening, replayed)) => return finish(opening.go_on(disk, lock)?, replayed),
        Err(asides) => asides,
    };
    // Then there is no other way, for the record cannot be played from its beginning.
    if record::is_any_erased(&directory)? {
        match from(Store::Lacking) {
            Ok((opening, replayed)) => {
                tracing::warn!(
                    "the query store lacks what came before the snapshot: entries that it would be built from were erased"
                );
                return finish(opening.go_on(disk, lock)?, replayed);
            }
            Err(found) => asides = found,
        }
    }
    let mut whole = Beginning {
        stepper: Stepper::new(Arc::clone(&config.model)),
        unread: Tree::default(),
        known: None,
    };
    let opening =
        whole.replay((&*disk, &lock), entries).map_err(|error| no_beginning(error, &asides))?;
    let mut journal = opening.go_on(disk, lock)?;
    if journal.next_index() == 1 {
        whole.open(config, &directory, &mut journal)?;
    }
    finish(journal, whole)
}

fn finish(journal: Journal, from: Beginning) -> Result<Recovered, StartError> {
    let Beginning { stepper, unread, known } = from;
    let (record, catching_up) = known.expect("a record holds at least its opening by now");
    let (projection, last_at) = (catching_up.finish()?, stepper.core().now());
    Ok(Recovered { journal, stepper, projection, last_at, unread, record })
}

/// Why a station does not start; of an entry that was erased, with why no snapshot spares it.
fn no_beginning(error: RecordError, asides: &[LeftAside]) -> StartError {
    if let RecordError::Erased { index } = error
        && !asides.is_empty()
    {
        let asides: Vec<String> = asides.iter().map(LeftAside::to_string).collect();
        return StartError::NoSnapshot { index, why: asides.join("; ") };
    }
    error.into()
}

/// The newest snapshot that fits, and what the entries after it led to; or why none does.
fn from_snapshot(
    config: &StationConfig,
    (disk, lock): (&dyn Disk, &DataLock),
    (by, entries): (&Verifier, u64),
    store: Store,
) -> Result<(Opening, Beginning), Vec<LeftAside>> {
    let mut asides = Vec::new();
    // Newest first: each is read only when those before did not fit.
    for snapshot in snapshot::newest_first(lock.directory(), by, 0) {
        let gone_on = snapshot.and_then(|snapshot| {
            let after = snapshot.entries();
            let begun = Beginning::at(config, lock.directory(), (snapshot, entries), store);
            let replayed = begun.and_then(|mut beginning| {
                let opening = beginning.replay((disk, lock), entries)?;
                Ok((opening, beginning))
            });
            replayed.map_err(|error| LeftAside::new(after, &error))
        });
        match gone_on {
            Ok(gone_on) => return Ok(gone_on),
            Err(aside) => asides.push(aside),
        }
    }
    Err(asides)
}

/// What the query store must tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Store {
    /// Of all that came before a snapshot, for it can be built from the record.
    Whole,
    /// Of what it can, for entries were erased.
    Lacking,
}

impl Beginning {
    /// After the entries that led to a snapshot.
    fn at(
        config: &StationConfig,
        directory: &Path,
        (snapshot, entries): (Snapshot, u64),
        store: Store,
    ) -> Result<Self, StartError> {
        let Snapshot { tree: unread, record, unanswered, state } = snapshot;
        if entries < unread.size() {
            let problem = format!("{entries} entries are there");
            return Err(RecordError::Beginning { entries: unread.size(), problem }.into());
        }
        let catching_up = CatchingUp::open(directory, &hex(&record), entries)?;
        let applied = catching_up.projection.applied();
        if applied < unread.size() && store == Store::Whole {
            return Err(StartError::StoreBehind { applied });
        }
        let stepper = Stepper::restore(Arc::clone(&config.model), &state, unanswered)?;
        if stepper.core().entries() != unread.size() {
            let problem = format!("its core has heard {} entries", stepper.core().entries());
            return Err(RecordError::Beginning { entries: unread.size(), problem }.into());
        }
        Ok(Self { stepper, unread, known: Some((record, catching_up)) })
    }

    /// Replays what follows.
    fn replay(
        &mut self,
        (disk, lock): (&dyn Disk, &DataLock),
        entries: u64,
    ) -> Result<Opening, RecordError> {
        let directory = lock.directory();
        let Self { stepper, unread, known } = self;
        Opening::read(disk, lock, unread, |index, payload| {
            let (entry, outputs) = stepper.replay(payload)?;
            if known.is_none() {
                let record = name_of(payload);
                *known = Some((record, CatchingUp::open(directory, &hex(&record), entries)?));
            }
            if let Some((_, catching_up)) = known {
                catching_up.take(Stepped { index, entry, outputs: Arc::new(outputs) })?;
            }
            Ok(())
        })
    }

    /// Records the first entry of all.
    fn open(
        &mut self,
        config: &StationConfig,
        directory: &Path,
        journal: &mut Journal,
    ) -> Result<(), StartError> {
        let entry = opening(config);
        let content = Content::of(&entry);
        journal.append(std::slice::from_ref(&content))?;
        let outputs = Arc::new(self.stepper.step(&entry, None));
        let record = name_of(&content.bytes);
        let mut fresh = CatchingUp::open(directory, &hex(&record), 1)?;
        fresh.take(Stepped { index: 1, entry, outputs })?;
        self.known = Some((record, fresh));
        Ok(())
    }
}

/// What a record is known by in the query store: the digest of its first entry.
fn name_of(first_payload: &[u8]) -> Hash {
    Sha256::digest(first_payload).into()
}

fn opening(config: &StationConfig) -> Entry {
    let sector = config.model.sector();
    let input = Input::Opened { sector: sector.name.clone(), sector_digest: sector.digest() };
    Entry::new(StationClock::start(config.clock, None, Box::new(Machine)).now(), input)
}

/// Feeds the query store with replayed steps, many in one transaction.
struct CatchingUp {
    projection: Projection,
    steps: Vec<Stepped>,
}

impl CatchingUp {
    fn open(directory: &Path, record: &str, entries: u64) -> Result<Self, StoreError> {
        Ok(Self { projection: Projection::open(directory, record, entries)?, steps: Vec::new() })
    }

    fn take(&mut self, step: Stepped) -> Result<(), StoreError> {
        if step.index <= self.projection.applied() {
            return Ok(());
        }
        self.steps.push(step);
        if self.steps.len() >= STORE_BATCH_MAX {
            self.projection.apply(&self.steps)?;
            self.steps.clear();
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Projection, StoreError> {
        self.projection.apply(&self.steps)?;
        Ok(self.projection)
    }
}
