//! Whether what entries say is still there: intact, erased, missing or changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;
use watch::erasure::KeyId;
use watch::subject::RetentionClass;

use super::keyring::{Closed, Keys};
use super::leaf::Body;
use super::{RecordError, envelope, erasing};

/// What became of the contents of a record's entries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Contents {
    /// They open, and are what their leaves tell of.
    pub(crate) intact: u64,
    /// Their keys are destroyed, and the record says so.
    pub(crate) erased: u64,
    /// They or their keys are not there, and the record does not say that they were erased.
    pub(crate) missing: u64,
    /// They are not what their leaves tell of.
    pub(crate) changed: u64,
    /// There are no keys to open them with; their envelopes are what their leaves tell of.
    pub(crate) unopened: u64,
    /// Of those that are intact: the record says that they were erased, but their keys are still there.
    pub(crate) to_be_erased: u64,
    /// The first that is missing or changed, and why.
    #[serde(skip)]
    pub(crate) first_bad: Option<(u64, String)>,
}

impl Contents {
    pub(crate) fn text(&self) -> String {
        let Self { intact, erased, missing, changed, unopened, to_be_erased, .. } = self;
        let all = format!(
            "What entries say: {intact} intact, {erased} erased, {missing} missing, {changed} changed."
        );
        let unopened = (*unopened > 0).then(|| {
            format!(" {unopened} could not be opened without keys; their envelopes are unchanged.")
        });
        let to_be_erased = (*to_be_erased > 0).then(|| {
            format!(
                " {to_be_erased} of the intact ones were to be erased, and their keys are still here: \
                 the station's next start destroys them."
            )
        });
        all + &unopened.unwrap_or_default() + &to_be_erased.unwrap_or_default()
    }
}

/// Takes in entries one after the other.
#[derive(Debug)]
pub(crate) struct Audit {
    /// `None` for a copy that was made without keys.
    keys: Option<Keys>,
    contents: Contents,
    /// Entries under keys that are not there, by key: the first one and how many.
    without_key: BTreeMap<KeyId, (u64, u64)>,
    /// Entries that opened, by key.
    opened: BTreeMap<KeyId, u64>,
    /// Keys that were destroyed as the record has it.
    erased: BTreeSet<KeyId>,
}

impl Audit {
    pub(crate) fn of(data: &Path) -> Result<Self, RecordError> {
        Ok(Self {
            keys: Keys::load(data)?,
            contents: Contents::default(),
            without_key: BTreeMap::new(),
            opened: BTreeMap::new(),
            erased: BTreeSet::new(),
        })
    }

    pub(crate) fn take(&mut self, index: u64, body: &Body<'_>) {
        let Some(keys) = &mut self.keys else {
            if envelope::is_whole(body) {
                self.contents.unopened += 1;
            } else {
                self.contents.changed += 1;
                self.bad(index, envelope::EnvelopeFault::Digest.to_string());
            }
            return;
        };
        let id = body.leaf.key;
        match keys.open(index, body) {
            Ok(opened) => {
                self.contents.intact += 1;
                *self.opened.entry(id).or_default() += 1;
                if body.leaf.class == RetentionClass::Erasure {
                    self.erased.extend(erasing::keys_of(&opened.content));
                }
            }
            Err(Closed::Erased | Closed::KeyMissing) if envelope::is_whole(body) => {
                self.without_key.entry(id).or_insert((index, 0)).1 += 1;
            }
            Err(Closed::Erased | Closed::KeyMissing) => {
                self.contents.changed += 1;
                self.bad(index, envelope::EnvelopeFault::Digest.to_string());
            }
            Err(Closed::EnvelopeMissing) => {
                self.contents.missing += 1;
                self.bad(index, "its content is missing, and its key is there".to_owned());
            }
            Err(Closed::Changed(fault)) => {
                self.contents.changed += 1;
                self.bad(index, fault.to_string());
            }
        }
    }

    fn bad(&mut self, index: u64, problem: String) {
        let first = self.contents.first_bad.get_or_insert_with(|| (index, problem.clone()));
        if index < first.0 {
            *first = (index, problem);
        }
    }

    /// What became of all that was taken in.
    pub(crate) fn finish(mut self) -> Contents {
        for (id, (first, count)) in std::mem::take(&mut self.without_key) {
            if self.erased.contains(&id) {
                self.contents.erased += count;
            } else {
                self.contents.missing += count;
                self.bad(
                    first,
                    format!(
                        "its key {id} is missing, and the record does not say that it was erased"
                    ),
                );
            }
        }
        let to_be_erased = self.opened.iter().filter(|(id, _)| self.erased.contains(*id));
        self.contents.to_be_erased = to_be_erased.map(|(_, count)| count).sum();
        self.contents
    }
}
