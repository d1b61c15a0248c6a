//! From the files of a data directory back to the core that they lead to.

use std::path::Path;
use std::sync::Arc;

use ::watch::journal::{self, Entry, Input};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::clock::StationClock;
use super::start::{StartError, StationConfig};
use super::stepper::{Stepper, hex};
use crate::limits::STORE_BATCH_MAX;
use crate::record::disk::Disk;
use crate::record::{DataLock, Journal, RecordError};
use crate::store::Stepped;
use crate::store::sqlite::{Projection, StoreError};

/// What the record held: the core it leads to and how far the query store has come.
pub(super) struct Recovered {
    pub(super) journal: Journal,
    pub(super) stepper: Stepper,
    pub(super) projection: Projection,
    pub(super) last_at: Timestamp,
}

/// Replays the record and brings the query store up to it; a new record begins with its sector.
pub(super) fn recover(
    config: &StationConfig,
    disk: Box<dyn Disk>,
    lock: DataLock,
) -> Result<Recovered, StartError> {
    let directory = lock.directory().to_owned();
    let mut stepper = Stepper::new(Arc::clone(&config.model));
    let mut last_at = Timestamp::MIN;
    let mut first = None;
    let mut catching_up = None;
    let entries = count_entries(&directory)?;
    let mut journal = Journal::open_on(disk, lock, |index, payload| {
        let (entry, outputs) = stepper.replay(payload)?;
        last_at = last_at.max(entry.at);
        first.get_or_insert_with(|| name_of(payload));
        if catching_up.is_none() {
            let name = first.as_deref().unwrap_or_default();
            catching_up = Some(CatchingUp::open(&directory, name, entries)?);
        }
        if let Some(catching_up) = &mut catching_up {
            catching_up.take(Stepped { index, entry, outputs: Arc::new(outputs) })?;
        }
        Ok(())
    })?;
    if journal.next_index() == 1 {
        let entry = opening(config);
        let payload = journal::encode(&entry);
        journal.append(std::slice::from_ref(&payload))?;
        let outputs = Arc::new(stepper.step(&entry, None));
        last_at = entry.at;
        let mut fresh = CatchingUp::open(&directory, &name_of(&payload), 1)?;
        fresh.take(Stepped { index: 1, entry, outputs })?;
        catching_up = Some(fresh);
    }
    let catching_up = catching_up.expect("a record holds at least its opening by now");
    Ok(Recovered { journal, stepper, projection: catching_up.finish()?, last_at })
}

/// How many entries a record holds, so that a query store ahead of it is recognised; 0 when there is none yet.
fn count_entries(directory: &Path) -> Result<u64, StartError> {
    match crate::record::read(directory, |_, _| Ok(())) {
        Ok(entries) => Ok(entries),
        Err(RecordError::Absent { .. }) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// A record's name in the query store: the digest of its first entry.
fn name_of(first_payload: &[u8]) -> String {
    hex(&Sha256::digest(first_payload))
}

fn opening(config: &StationConfig) -> Entry {
    let sector = config.model.sector();
    let input = Input::Opened { sector: sector.name.clone(), sector_digest: sector.digest() };
    Entry { at: StationClock::start(config.clock, None).now(), input }
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
