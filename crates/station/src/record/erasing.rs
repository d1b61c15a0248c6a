//! Contents are erased: it is written down who did it and why, and then their keys are destroyed.

use watch::erasure::KeyId;
use watch::journal::{self, Input};
use watch::subject::Subject;

use super::keyring::Day;
use super::{Content, Journal, RecordError};

/// The keys that an entry says are destroyed.
pub(super) fn keys_of(content: &[u8]) -> Vec<KeyId> {
    match journal::read(content).map(|entry| entry.input) {
        Ok(Input::Erased(erasure)) => erasure.keys,
        Ok(_) | Err(_) => Vec::new(),
    }
}

impl Journal {
    /// The keys of a record, with whom each is of and the day.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (KeyId, &Subject, Day)> {
        self.keyring.list()
    }

    /// Keeps nothing more under these keys: what comes of their subjects has other ones.
    pub(crate) fn retire(&mut self, keys: &[KeyId]) {
        self.keyring.retire(keys);
    }

    /// Destroys keys of which an entry that is durable says so. What fails is owed: it is done at the next call, or when the record
    /// is opened again.
    pub(crate) fn destroy(&mut self, keys: &[KeyId]) -> Result<(), RecordError> {
        self.owed.extend(keys);
        self.keyring.destroy(&*self.disk, &self.owed)?;
        self.owed.clear();
        Ok(())
    }

    /// Whether keys are yet to be destroyed.
    pub(crate) fn owes_erasure(&self) -> bool {
        !self.owed.is_empty()
    }

    /// Writes down that contents are erased, and erases them. Returns the entry's index.
    pub(crate) fn erase(&mut self, said: &Content) -> Result<u64, RecordError> {
        let index = self.append(std::slice::from_ref(said))?;
        self.destroy(&keys_of(&said.bytes))?;
        Ok(index)
    }
}
