//! The keys that contents of entries are kept under: one for each subject and day, wrapped under the station's master key.
//!
//! `DATA/keys/subjects/ID` is one key: version u8, nonce (24 bytes), then key, subject and day, encrypted (`XChaCha20-Poly1305`,
//! bound to the id) under `DATA/keys/master.key`. A file gets its name when it is durable, and before anything is kept under
//! its key. A key is destroyed by zeros over all of its file; the file stays, so that a key that was destroyed is told from
//! one that is missing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use watch::erasure::KeyId;
use watch::subject::Subject;

use super::disk::{self, Disk, Rights};
use super::envelope::{self, Key, Opened};
use super::leaf::Body;
use super::{RecordError, lock, seal};
use crate::limits::SUBJECTS_A_DAY_MAX;
use crate::runtime::stepper::hex;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const MASTER_FIRST: &str = "watchline-master-1 ";
/// Whom those share a key with that come when a day has too many subjects.
const OTHERS: &str = "others";
const DAY_S: i64 = 86_400;

/// Days since 1970 (UTC).
pub(crate) type Day = i64;

/// The day that a time is on.
pub(crate) fn day_of(at: jiff::Timestamp) -> Day {
    at.as_second().div_euclid(DAY_S)
}

/// What wraps keys of subjects.
struct Master(XChaCha20Poly1305);

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    Key(Key),
    /// Its file is all zeros.
    Destroyed,
    /// There is no such file, or it is not what it was.
    Missing,
}

/// A key as its file has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    key: Key,
    subject: Subject,
    day: Day,
}

/// Reads keys as they are asked for, while a station may be making others.
#[derive(Debug)]
pub(crate) struct Keys {
    directory: PathBuf,
    master: Master,
    known: BTreeMap<KeyId, Held>,
}

/// All keys of a record, for its one writer.
#[derive(Debug)]
pub(super) struct Keyring {
    keys: Keys,
    kept: BTreeMap<KeyId, Kept>,
    /// Under which key what comes is kept.
    current: BTreeMap<Day, BTreeMap<Subject, KeyId>>,
    /// Files of keys that never got their names.
    drafts: Vec<PathBuf>,
}

/// Why a content cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// Its key is destroyed.
    Erased,
    /// Its key is missing.
    KeyMissing,
    /// The key is there and the content is not.
    EnvelopeMissing,
    Changed(envelope::EnvelopeFault),
}

impl Closed {
    /// The same as an error of the entry with this index.
    pub(crate) fn of_entry(self, index: u64, id: KeyId) -> RecordError {
        let problem = match self {
            Self::Erased => return RecordError::Erased { index },
            Self::KeyMissing => {
                format!("its key keys/subjects/{id} is missing or damaged")
            }
            Self::EnvelopeMissing => {
                "its content is missing, and its key was not erased".to_owned()
            }
            Self::Changed(fault) => fault.to_string(),
        };
        RecordError::Unreadable { index, problem }
    }
}

fn directory(data: &Path) -> PathBuf {
    data.join("keys").join("subjects")
}

fn master_path(data: &Path) -> PathBuf {
    data.join("keys").join("master.key")
}

impl Master {
    /// Reads the master key; `None` when there is none.
    fn load(data: &Path) -> Result<Option<Self>, RecordError> {
        let path = master_path(data);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(RecordError::Io { doing: "read", path, source }),
        };
        let digits = text.strip_prefix(MASTER_FIRST).and_then(|rest| rest.strip_suffix('\n'));
        let problem = "it is not `watchline-master-1` and 64 lower-case hexadecimal digits";
        let key = digits.and_then(of_hex).ok_or(RecordError::Key { path, problem })?;
        Ok(Some(Self::new(&key)))
    }

    fn make(disk: &dyn Disk, data: &Path) -> Result<Self, RecordError> {
        let path = master_path(data);
        let key: Key = draw(&path)?;
        lock::make_directory(disk, &data.join("keys"))?;
        let text = format!("{MASTER_FIRST}{}\n", hex(&key));
        seal::put_durably(disk, &path, Rights::Owner, &text)?;
        Ok(Self::new(&key))
    }

    fn new(key: &Key) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    fn wrap(&self, id: KeyId, kept: &Kept, nonce: [u8; NONCE_BYTES]) -> Vec<u8> {
        let msg = postcard::to_allocvec(kept).expect("a key and its subject always encode");
        let wrapped = self.0.encrypt(&XNonce::from(nonce), Payload { msg: &msg, aad: &id.0 });
        let wrapped = wrapped.expect("a key and its subject are short");
        [&[VERSION], &nonce[..], &wrapped].concat()
    }

    fn unwrap(&self, id: KeyId, bytes: &[u8]) -> Option<Kept> {
        let (version, rest) = bytes.split_first()?;
        let (nonce, msg) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let plain = self.0.decrypt(&XNonce::from(*nonce), Payload { msg, aad: &id.0 }).ok()?;
        (*version == VERSION).then(|| postcard::from_bytes(&plain).ok()).flatten()
    }
}

impl std::fmt::Debug for Master {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Master")
    }
}

impl Keys {
    /// The keys of a data directory; `None` for a copy that was made without them.
    pub(crate) fn load(data: &Path) -> Result<Option<Self>, RecordError> {
        let master = Master::load(data)?;
        Ok(master.map(|master| Self { directory: directory(data), master, known: BTreeMap::new() }))
    }

    pub(crate) fn get(&mut self, id: KeyId) -> &Held {
        let Self { directory, master, known } = self;
        known.entry(id).or_insert_with(|| match std::fs::read(directory.join(id.to_string())) {
            Ok(bytes) if is_destroyed(&bytes) => Held::Destroyed,
            Ok(bytes) => {
                master.unwrap(id, &bytes).map_or(Held::Missing, |kept| Held::Key(kept.key))
            }
            Err(_) => Held::Missing,
        })
    }

    /// The content of an entry.
    pub(crate) fn open(&mut self, index: u64, body: &Body<'_>) -> Result<Opened, Closed> {
        self.get(body.leaf.key).open(index, body)
    }
}

impl Held {
    /// The content of an entry under this key.
    pub(super) fn open(&self, index: u64, body: &Body<'_>) -> Result<Opened, Closed> {
        let (key, envelope) = self.key_and_envelope(body)?;
        envelope::open(index, &body.leaf, envelope, key).map_err(Closed::Changed)
    }

    /// The same in room that is used again.
    pub(super) fn open_in<'a>(
        &self,
        room: &'a mut Vec<u8>,
        index: u64,
        body: &Body<'_>,
    ) -> Result<&'a [u8], Closed> {
        let (key, envelope) = self.key_and_envelope(body)?;
        let opened = envelope::open_in(room, (index, &body.leaf), envelope, key);
        opened.map(|(_, content)| content).map_err(Closed::Changed)
    }

    fn key_and_envelope<'a>(&self, body: &Body<'a>) -> Result<(&Key, &'a [u8]), Closed> {
        let key = match self {
            Self::Key(key) => key,
            Self::Destroyed => return Err(Closed::Erased),
            Self::Missing => return Err(Closed::KeyMissing),
        };
        Ok((key, body.envelope.ok_or(Closed::EnvelopeMissing)?))
    }
}

impl Keyring {
    /// Opens the keys of a record, or begins with none for one that is new.
    pub(super) fn open(disk: &dyn Disk, data: &Path, is_new: IsNew) -> Result<Self, RecordError> {
        let master = match (Master::load(data)?, is_new) {
            (Some(master), _) => master,
            (None, IsNew::Yes) => Master::make(disk, data)?,
            (None, IsNew::No) => {
                let problem =
                    "it is missing; restore it from a copy: without it nothing can be read";
                return Err(RecordError::Key { path: master_path(data), problem });
            }
        };
        let directory = directory(data);
        lock::make_directory(disk, &directory)?;
        let keys = Keys { directory, master, known: BTreeMap::new() };
        let mut ring =
            Self { keys, kept: BTreeMap::new(), current: BTreeMap::new(), drafts: Vec::new() };
        ring.load()?;
        Ok(ring)
    }

    fn load(&mut self) -> Result<(), RecordError> {
        let directory = self.keys.directory.clone();
        let failed = |source| RecordError::Io { doing: "list", path: directory.clone(), source };
        for entry in std::fs::read_dir(&directory).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let Some(id) = of_hex(name).map(KeyId) else {
                if path.extension().is_some_and(|kind| kind == "draft") {
                    self.drafts.push(path);
                }
                continue;
            };
            let bytes = std::fs::read(&path).map_err(|source| RecordError::Io {
                doing: "read",
                path,
                source,
            })?;
            match self.keys.master.unwrap(id, &bytes) {
                Some(kept) => self.insert(id, kept),
                None if is_destroyed(&bytes) => drop(self.keys.known.insert(id, Held::Destroyed)),
                None => drop(self.keys.known.insert(id, Held::Missing)),
            }
        }
        Ok(())
    }

    /// Removes what is left of keys that never got their names: nothing was ever kept under them.
    pub(super) fn tidy(&mut self, disk: &dyn Disk) {
        for draft in self.drafts.drain(..) {
            drop(disk.remove(&draft));
        }
    }

    fn insert(&mut self, id: KeyId, kept: Kept) {
        self.keys.known.insert(id, Held::Key(kept.key));
        self.current.entry(kept.day).or_default().insert(kept.subject.clone(), id);
        self.kept.insert(id, kept);
    }

    /// Whom or what a content is kept with: itself, unless its day has too many.
    fn shared_with(&self, subject: &Subject, day: Day) -> Subject {
        let of_day = self.current.get(&day);
        let is_full = of_day.is_some_and(|of_day| of_day.len() >= SUBJECTS_A_DAY_MAX);
        if is_full && !of_day.is_some_and(|of_day| of_day.contains_key(subject)) {
            return Subject::new(subject.class, OTHERS);
        }
        subject.clone()
    }

    /// The key for what comes of a subject on a day.
    fn find(&self, subject: &Subject, day: Day) -> Option<KeyId> {
        self.current.get(&day)?.get(subject).copied()
    }

    /// The key for what comes of a subject on a day; one that is new is durable when this returns.
    pub(super) fn key_for(
        &mut self,
        disk: &dyn Disk,
        subject: &Subject,
        day: Day,
    ) -> Result<(KeyId, Key), RecordError> {
        let id = if let Some(id) = self.find(subject, day) {
            id
        } else {
            let subject = self.shared_with(subject, day);
            let shared = self.find(&subject, day);
            shared.map_or_else(|| self.make(disk, subject, day), Ok)?
        };
        let kept = self.kept.get(&id).expect("what is current is kept");
        Ok((id, kept.key))
    }

    fn make(&mut self, disk: &dyn Disk, subject: Subject, day: Day) -> Result<KeyId, RecordError> {
        let id = KeyId(draw(&self.keys.directory)?);
        let path = self.keys.directory.join(id.to_string());
        let kept = Kept { key: draw(&path)?, subject, day };
        let bytes = self.keys.master.wrap(id, &kept, draw(&path)?);
        disk::put(disk, &path, Rights::Owner, &bytes).map_err(|source| RecordError::Io {
            doing: "make key",
            path,
            source,
        })?;
        self.insert(id, kept);
        Ok(id)
    }

    /// Keeps nothing more under these keys.
    pub(super) fn retire(&mut self, ids: &[KeyId]) {
        for id in ids {
            if let Some(kept) = self.kept.get(id)
                && let Some(of_day) = self.current.get_mut(&kept.day)
                && of_day.get(&kept.subject) == Some(id)
            {
                of_day.remove(&kept.subject);
            }
        }
    }

    /// Destroys keys for good. One that is not there is destroyed already.
    pub(super) fn destroy(&mut self, disk: &dyn Disk, ids: &[KeyId]) -> Result<(), RecordError> {
        for id in ids {
            if matches!(self.keys.known.get(id), None | Some(Held::Destroyed)) {
                continue;
            }
            let path = self.keys.directory.join(id.to_string());
            let overwrite = || {
                let bytes = std::fs::metadata(&path)?.len();
                let file = disk.open(&path)?;
                file.write_all_at(&vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)], 0)?;
                file.sync()
            };
            overwrite().map_err(|source| RecordError::Io {
                doing: "destroy key",
                path: path.clone(),
                source,
            })?;
            self.keys.known.insert(*id, Held::Destroyed);
            self.retire(&[*id]);
            self.kept.remove(id);
        }
        Ok(())
    }

    /// The content of an entry.
    pub(super) fn open_entry(&mut self, index: u64, body: &Body<'_>) -> Result<Opened, Closed> {
        self.keys.open(index, body)
    }

    /// Keys, with whom they are of and the day.
    pub(super) fn list(&self) -> impl Iterator<Item = (KeyId, &Subject, Day)> {
        self.kept.iter().map(|(id, kept)| (*id, &kept.subject, kept.day))
    }
}

/// Whether a key of a data directory is destroyed.
pub(crate) fn is_any_erased(data: &Path) -> Result<bool, RecordError> {
    let directory = directory(data);
    if !directory.is_dir() {
        return Ok(false);
    }
    let failed = |source| RecordError::Io { doing: "read", path: directory.clone(), source };
    for entry in std::fs::read_dir(&directory).map_err(failed)? {
        let bytes = std::fs::read(entry.map_err(failed)?.path()).map_err(failed)?;
        if is_destroyed(&bytes) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a record begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IsNew {
    Yes,
    No,
}

fn is_destroyed(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

fn draw<const N: usize>(path: &Path) -> Result<[u8; N], RecordError> {
    let mut drawn = [0; N];
    getrandom::fill(&mut drawn).map_err(|error| RecordError::Io {
        doing: "draw a key for",
        path: path.to_owned(),
        source: std::io::Error::other(error.to_string()),
    })?;
    Ok(drawn)
}

/// The bytes of lower-case hexadecimal digits, if there are as many as it takes.
fn of_hex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let is_lower = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    let digits = digits.as_bytes();
    if digits.len() != 2 * N || !digits.iter().copied().all(is_lower) {
        return None;
    }
    let value = |digit: u8| if digit <= b'9' { digit - b'0' } else { digit - b'a' + 10 };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        *byte = value(pair[0]) << 4 | value(pair[1]);
    }
    Some(bytes)
}
