//! What a witness has seen of each record, durable before it signs anything.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::request::Request;
use crate::record::cosign::{Cosigner, Witness};
use crate::record::disk::{self, Disk, RealDisk, Rights};
use crate::record::note::{self, Checkpoint, NoteFault, Verifier};
use crate::record::seal::{opened, put_durably};
use crate::record::tree::grew;
use crate::record::{DataLock, RecordError};
use crate::runtime::stepper::hex;

/// Why a witness does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LedgerError {
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error("witness: {}: {source}", path.display())]
    Note { path: PathBuf, source: NoteFault },
    #[error("witness: cannot read or write {}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
}

/// Why a checkpoint is not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the request cannot be read: {0}")]
    Malformed(&'static str),
    #[error("the record {0} is none that this witness knows")]
    Unknown(String),
    #[error("{0}")]
    Unsigned(NoteFault),
    /// Not what was seen last.
    #[error("this witness has seen {seen} entries of the record")]
    Seen { seen: u64 },
    #[error("the record has not grown from what this witness saw: somebody changed its past")]
    Inconsistent,
    #[error("this witness cannot store what it saw: {0}")]
    NotStored(String),
}

/// The records that a witness knows, and the newest checkpoint of each.
#[derive(Debug)]
pub(crate) struct Ledger {
    _lock: DataLock,
    disk: Box<dyn Disk>,
    directory: PathBuf,
    cosigner: Cosigner,
    records: BTreeMap<String, Mutex<Seen>>,
}

/// A record as a witness knows it.
#[derive(Debug)]
struct Seen {
    by: Verifier,
    newest: Option<(Checkpoint, Timestamp)>,
    refused: u64,
}

/// The same for whoever looks after the witness.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct SeenView {
    pub(crate) origin: String,
    /// Entries under the newest checkpoint that was signed.
    pub(crate) entries: u64,
    pub(crate) at: Option<Timestamp>,
    /// Checkpoints that were not signed since the start.
    pub(crate) refused: u64,
}

impl Ledger {
    /// Takes a data directory, makes its key if there is none, and reads what was seen before.
    pub(crate) fn open(
        data: &Path,
        name: Option<String>,
        records: impl IntoIterator<Item = Verifier>,
    ) -> Result<Self, LedgerError> {
        Self::open_on(Box::new(RealDisk), data, name, records)
    }

    fn open_on(
        disk: Box<dyn Disk>,
        data: &Path,
        name: Option<String>,
        records: impl IntoIterator<Item = Verifier>,
    ) -> Result<Self, LedgerError> {
        let lock = DataLock::take(data)?;
        let cosigner = cosigner(&*disk, data, name)?;
        let directory = data.join("seen");
        let failed = |path: &Path| {
            let path = path.to_owned();
            |source| LedgerError::Io { path, source }
        };
        disk::make_directories(&*disk, &directory).map_err(failed(&directory))?;
        let mut known = BTreeMap::new();
        for by in records {
            let path = path_of(&directory, by.name());
            let newest = if path.exists() {
                let (note, checkpoint) = opened(&path, &by)?;
                let at = cosigner.witness().saw(&note);
                Some((checkpoint, at.map_err(|source| LedgerError::Note { path, source })?))
            } else {
                None
            };
            known.insert(by.name().to_owned(), Mutex::new(Seen { by, newest, refused: 0 }));
        }
        Ok(Self { _lock: lock, disk, directory, cosigner, records: known })
    }

    pub(crate) fn witness(&self) -> Witness {
        self.cosigner.witness()
    }

    /// Signs a checkpoint that follows from the last one; the signature is given out only once it is on the disk.
    pub(crate) fn cosign(&self, text: &str, now: Timestamp) -> Result<String, Refused> {
        let request = Request::parse(text).map_err(Refused::Malformed)?;
        let origin = request.checkpoint.lines().next().unwrap_or_default();
        let record = self.records.get(origin).ok_or_else(|| Refused::Unknown(origin.to_owned()))?;
        let mut seen = record.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = self.judge(&mut seen, &request, now);
        seen.refused += u64::from(answer.is_err());
        answer
    }

    fn judge(&self, seen: &mut Seen, request: &Request, now: Timestamp) -> Result<String, Refused> {
        let checkpoint = seen.by.open(&request.checkpoint).map_err(Refused::Unsigned)?;
        if request.old > checkpoint.size {
            return Err(Refused::Malformed("it is older than the size that it follows"));
        }
        let known = seen.newest.as_ref().map(|(known, _)| (known.size, known.root));
        let (size, root) = known.unwrap_or_default();
        if request.old != size
            || (size == checkpoint.size && known.is_some_and(|_| root != checkpoint.root))
        {
            return Err(Refused::Seen { seen: size });
        }
        if !grew((size, root), (checkpoint.size, checkpoint.root), &request.proof) {
            return Err(Refused::Inconsistent);
        }
        let line = self.cosigner.cosign(&request.checkpoint, now).map_err(Refused::Unsigned)?;
        // Signatures of others are not kept.
        let (text, signatures) = note::parts(&request.checkpoint).map_err(Refused::Unsigned)?;
        let signed_by = |own: &&str| seen.by.open(&format!("{text}\n{own}\n")).is_ok();
        let own = signatures.lines().find(signed_by).unwrap_or_default();
        let note = format!("{text}\n{own}\n{line}");
        let path = path_of(&self.directory, &checkpoint.origin);
        put_durably(&*self.disk, &path, Rights::Everybody, &note)
            .map_err(|error| Refused::NotStored(error.to_string()))?;
        seen.newest = Some((checkpoint, now));
        Ok(line)
    }

    /// What was seen, by record.
    pub(crate) fn seen(&self) -> Vec<SeenView> {
        let view = |(origin, record): (&String, &Mutex<Seen>)| {
            let seen = record.lock().unwrap_or_else(PoisonError::into_inner);
            SeenView {
                origin: origin.clone(),
                entries: seen.newest.as_ref().map_or(0, |(checkpoint, _)| checkpoint.size),
                at: seen.newest.as_ref().map(|(_, at)| *at),
                refused: seen.refused,
            }
        };
        self.records.iter().map(view).collect()
    }
}

/// The file of a record, whose name may hold what no file name may.
fn path_of(directory: &Path, origin: &str) -> PathBuf {
    directory.join(hex(&Sha256::digest(origin)[..16]))
}

fn cosigner(disk: &dyn Disk, data: &Path, name: Option<String>) -> Result<Cosigner, LedgerError> {
    let path = data.join("keys").join("witness.key");
    let cosigner = match std::fs::read_to_string(&path) {
        Ok(text) => Cosigner::parse(&text)
            .map_err(|source| LedgerError::Note { path: path.clone(), source })?,
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(LedgerError::Io { path, source: error });
        }
        Err(_) => {
            let mut seed = [0; 32];
            let failed = |source| LedgerError::Io { path: path.clone(), source };
            getrandom::fill(&mut seed)
                .map_err(|error| failed(std::io::Error::other(error.to_string())))?;
            let cosigner = Cosigner::from_seed(name.clone(), seed);
            disk::make_directories(disk, &data.join("keys")).map_err(failed)?;
            put_durably(disk, &path, Rights::Owner, &cosigner.to_text())?;
            cosigner
        }
    };
    let witness = cosigner.witness();
    if name.is_some_and(|name| name != witness.name()) {
        let source = NoteFault::Key("it has another name than the configuration");
        return Err(LedgerError::Note { path, source });
    }
    put_durably(
        disk,
        &data.join("keys").join("witness.vkey"),
        Rights::Everybody,
        &witness.to_text(),
    )?;
    Ok(cosigner)
}

#[cfg(test)]
mod tests;
