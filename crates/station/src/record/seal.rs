//! The seal of a record: a signed checkpoint of the tree over its entries, and the key that signs it.
//!
//! `DATA/record/checkpoint` is the newest one; it is written after the entries that it tells of are durable, so that it never
//! tells of more than there is. What follows it is protected by the frames' checksums alone. `DATA/keys/record.key` is the
//! secret; `record.vkey` beside it is for everybody who wants to verify.

use std::path::{Path, PathBuf};

use super::disk::{self, Disk, Rights};
use super::note::{Checkpoint, NOTE_BYTES_MAX, NoteFault, Signer, Verifier};
use super::tree::{Hash, Tree};
use super::{RecordError, lock};

const CHECKPOINT: &str = "checkpoint";

/// The tree over the entries of a record as they are read, held against a checkpoint.
#[derive(Debug)]
pub(crate) struct Following {
    tree: Tree,
    checkpoint: Option<Checkpoint>,
    /// The root when the tree was as large as the checkpoint says.
    root_there: Option<Hash>,
}

/// What entries are, held against a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// They are those that were signed, up to this one; 0 without a checkpoint.
    Sealed(u64),
    /// There are fewer than were signed.
    Missing { signed: u64, found: u64 },
    /// Some up to this one are others than were signed.
    Changed { signed: u64 },
}

impl Held {
    /// How entries stand to a checkpoint: so many were found, and their root was this when they were as many as it tells of.
    pub(crate) fn of(checkpoint: &Checkpoint, root_there: Option<Hash>, found: u64) -> Self {
        let signed = checkpoint.size;
        match root_there {
            None => Self::Missing { signed, found },
            Some(there) if there == checkpoint.root => Self::Sealed(signed),
            Some(_) => Self::Changed { signed },
        }
    }
}

impl Following {
    pub(crate) fn new(checkpoint: Option<Checkpoint>) -> Self {
        Self::after(Tree::default(), checkpoint)
    }

    /// After entries that the tree is over already.
    pub(super) fn after(tree: Tree, checkpoint: Option<Checkpoint>) -> Self {
        let mut following = Self { tree, checkpoint, root_there: None };
        following.look();
        following
    }

    /// Takes what stands for an entry, and hands it on.
    pub(crate) fn take(&mut self, leaf: Hash) -> Hash {
        self.tree.push(leaf);
        self.look();
        leaf
    }

    fn look(&mut self) {
        if self.checkpoint.as_ref().is_some_and(|signed| signed.size == self.tree.size()) {
            self.root_there = Some(self.tree.root());
        }
    }

    pub(crate) fn held(&self) -> Held {
        let Some(checkpoint) = &self.checkpoint else { return Held::Sealed(0) };
        Held::of(checkpoint, self.root_there, self.tree.size())
    }

    /// The tree, if the entries are those that were signed.
    pub(super) fn into_tree(self, directory: &Path) -> Result<Tree, RecordError> {
        let problem = match self.held() {
            Held::Sealed(_) => return Ok(self.tree),
            Held::Missing { signed, found } => {
                format!("{signed} entries were signed, {found} are there")
            }
            Held::Changed { signed } => {
                format!("entries 1 to {signed} are not those that were signed")
            }
        };
        Err(RecordError::Unsealed { path: directory.join(CHECKPOINT), problem })
    }
}

/// The key of a data directory's record; a new one for a record that has none and was never signed.
pub(crate) fn signer(disk: &dyn Disk, data: &Path) -> Result<Signer, RecordError> {
    let (directory, path) = (data.join("keys"), key_path(data));
    let fault = |source| RecordError::Note { path: path.clone(), source };
    match std::fs::read_to_string(&path) {
        Ok(text) => Signer::parse(&text).map_err(fault),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(RecordError::Io { doing: "read", path, source: error })
        }
        Err(_) if data.join("record").join(CHECKPOINT).exists() => Err(fault(NoteFault::Key(
            "it is missing; restore it from a copy: without it nothing more can be signed",
        ))),
        Err(_) => {
            lock::make_directory(disk, &directory)?;
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(|error| RecordError::Io {
                doing: "draw a key for",
                path: path.clone(),
                source: std::io::Error::other(error.to_string()),
            })?;
            let signer = Signer::from_seed(seed);
            let verifier = signer.verifier().to_text();
            put_durably(disk, &directory.join("record.vkey"), Rights::Everybody, &verifier)?;
            put_durably(disk, &path, Rights::Owner, &signer.to_text())?;
            Ok(signer)
        }
    }
}

/// Where a data directory keeps the secret key of its record.
fn key_path(data: &Path) -> PathBuf {
    data.join("keys").join("record.key")
}

/// What verifies a data directory's record, unless somebody who does not trust it brings a key of their own.
pub(crate) fn verifier(file: &Path) -> Result<Verifier, RecordError> {
    let path = || file.to_owned();
    let text = std::fs::read_to_string(file).map_err(|source| RecordError::Io {
        doing: "read",
        path: path(),
        source,
    })?;
    Verifier::parse(&text).map_err(|source| RecordError::Note { path: path(), source })
}

/// The newest checkpoint of a record; `None` when there is none yet.
pub(crate) fn newest(
    data: &Path,
    by: &Verifier,
) -> Result<Option<(String, Checkpoint)>, RecordError> {
    let path = data.join("record").join(CHECKPOINT);
    if path.exists() { opened(&path, by).map(Some) } else { Ok(None) }
}

/// A signed checkpoint in a file, and what it says.
pub(crate) fn opened(path: &Path, by: &Verifier) -> Result<(String, Checkpoint), RecordError> {
    use std::io::Read as _;

    let failed = |source| RecordError::Io { doing: "read", path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(NOTE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    let fault = |source| RecordError::Note { path: path.to_owned(), source };
    let note =
        String::from_utf8(bytes).ok().ok_or(fault(NoteFault::Note("it is not UTF-8 text")))?;
    let checkpoint = by.open(&note).map_err(fault)?;
    Ok((note, checkpoint))
}

/// Puts a checkpoint in the place of the last one and tells it.
pub(super) fn seal(
    disk: &dyn Disk,
    directory: &Path,
    (signer, tree): (&Signer, &Tree),
) -> Result<String, RecordError> {
    let path = directory.join(CHECKPOINT);
    let note = signer.sign(tree.size(), tree.root());
    disk::put(disk, &path, Rights::Everybody, note.as_bytes())
        .map_err(|source| RecordError::Io { doing: "sign", path, source })?;
    Ok(note)
}

/// Makes a file with its rights, durable before anything relies on it.
pub(crate) fn put_durably(
    disk: &dyn Disk,
    path: &Path,
    rights: Rights,
    text: &str,
) -> Result<(), RecordError> {
    disk::put(disk, path, rights, text.as_bytes()).map_err(|source| RecordError::Io {
        doing: "write",
        path: path.to_owned(),
        source,
    })
}
