//! Whether what entries say is still there: intact, erased, missing or changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use serde::Serialize;
use watch::erasure::KeyId;
use watch::subject::RetentionClass;

use super::envelope::EnvelopeFault;
use super::keyring::{Closed, Held, Keys};
use super::leaf::{Body, Leaf};
use super::times::{Counted, Times};
use super::tree::Hash;
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
    /// Starts, and how time went.
    #[serde(skip)]
    pub(crate) times: Times,
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

/// Entries that are opened together, on all cores.
const TOGETHER_MAX: usize = 4_096;
/// And their bytes.
const TOGETHER_BYTES_MAX: usize = 16 << 20;

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
    /// Entries that are yet to be opened: each with its number and where it ends in the bytes of all.
    waiting: Vec<(u64, usize)>,
    waiting_bytes: Vec<u8>,
}

/// What became of one content.
#[derive(Debug)]
enum Found {
    /// It opens; the keys that it says are destroyed, and what it tells of clocks.
    Intact(Vec<KeyId>, Counted),
    KeyMissing,
    EnvelopeMissing,
    Changed(EnvelopeFault),
    Unopened,
}

impl Found {
    /// Looks at an entry with what is known of its key, if keys are known at all.
    fn of((index, body): (u64, &Body<'_>), held: Option<&Held>, room: &mut Vec<u8>) -> Self {
        let whole_or = |found| {
            if envelope::is_whole(body) { found } else { Self::Changed(EnvelopeFault::Digest) }
        };
        let Some(held) = held else { return whole_or(Self::Unopened) };
        match held.open_in(room, index, body) {
            Ok(content) => {
                let is_erasure = body.leaf.class == RetentionClass::Erasure;
                let erased = if is_erasure { erasing::keys_of(content) } else { Vec::new() };
                Self::Intact(erased, Counted::of(body.leaf.class, content))
            }
            Err(Closed::Erased | Closed::KeyMissing) => whole_or(Self::KeyMissing),
            Err(Closed::EnvelopeMissing) => Self::EnvelopeMissing,
            Err(Closed::Changed(fault)) => Self::Changed(fault),
        }
    }
}

impl Audit {
    pub(crate) fn of(data: &Path) -> Result<Self, RecordError> {
        Ok(Self {
            keys: Keys::load(data)?,
            contents: Contents::default(),
            without_key: BTreeMap::new(),
            opened: BTreeMap::new(),
            erased: BTreeSet::new(),
            waiting: Vec::new(),
            waiting_bytes: Vec::new(),
        })
    }

    /// Takes in an entry; `each` learns what stands in the tree for this and others that were waiting, in order.
    pub(crate) fn take(&mut self, index: u64, body: &Body<'_>, each: &mut impl FnMut(Hash)) {
        self.waiting_bytes.extend_from_slice(body.leaf_bytes);
        self.waiting_bytes.extend_from_slice(body.envelope.unwrap_or_default());
        self.waiting.push((index, self.waiting_bytes.len()));
        let is_full = self.waiting_bytes.len() >= TOGETHER_BYTES_MAX;
        if self.waiting.len() >= TOGETHER_MAX || is_full {
            self.look(each);
        }
    }

    /// Opens what waits.
    fn look(&mut self, each: &mut impl FnMut(Hash)) {
        let (mut waiting, mut bytes) =
            (std::mem::take(&mut self.waiting), std::mem::take(&mut self.waiting_bytes));
        let begins = std::iter::once(0).chain(waiting.iter().map(|(_, end)| *end));
        // Each was decoded before it was taken in.
        let bodies = begins
            .zip(&waiting)
            .filter_map(|(begin, (at, end))| Some((*at, Body::decode(&bytes[begin..*end]).ok()?)));
        let held: Vec<(u64, Body<'_>, Option<Held>)> = bodies
            .map(|(index, body)| {
                let key = self.keys.as_mut().map(|keys| keys.get(body.leaf.key).clone());
                (index, body, key)
            })
            .collect();
        let found: Vec<(Hash, Found)> = held
            .par_iter()
            .map_init(Vec::new, |room, (index, body, key)| {
                (body.hash(), Found::of((*index, body), key.as_ref(), room))
            })
            .collect();
        for ((index, body, _), (hash, found)) in held.iter().zip(found) {
            each(hash);
            self.note(*index, &body.leaf, found);
        }
        drop(held);
        waiting.clear();
        bytes.clear();
        (self.waiting, self.waiting_bytes) = (waiting, bytes);
    }

    fn note(&mut self, index: u64, leaf: &Leaf, found: Found) {
        let key = leaf.key;
        match found {
            Found::Intact(erased, counted) => {
                self.contents.intact += 1;
                self.contents.times.take(index, leaf.at, counted);
                *self.opened.entry(key).or_default() += 1;
                self.erased.extend(erased);
            }
            Found::KeyMissing => self.without_key.entry(key).or_insert((index, 0)).1 += 1,
            Found::EnvelopeMissing => {
                self.contents.missing += 1;
                self.bad(index, "its content is missing, and its key is there".to_owned());
            }
            Found::Changed(fault) => {
                self.contents.changed += 1;
                self.bad(index, fault.to_string());
            }
            Found::Unopened => self.contents.unopened += 1,
        }
    }

    fn bad(&mut self, index: u64, problem: String) {
        let first = self.contents.first_bad.get_or_insert_with(|| (index, problem.clone()));
        if index < first.0 {
            *first = (index, problem);
        }
    }

    /// What became of all that was taken in.
    pub(crate) fn finish(mut self, each: &mut impl FnMut(Hash)) -> Contents {
        self.look(each);
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
