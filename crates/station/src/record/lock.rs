//! One station per data directory: an advisory lock that the operating system releases whatever happens.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::RecordError;
use super::disk::{self, Disk, RealDisk};

/// Name of the lock file in the data directory. It stays when the station ends; only the lock counts.
const LOCK_FILE: &str = "lock";

/// The right to write to a data directory, held until dropped.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
    directory: PathBuf,
}

impl DataLock {
    /// Makes the data directory when it is missing and takes its lock.
    pub fn take(directory: &Path) -> Result<Self, RecordError> {
        make_directory(&RealDisk, directory)?;
        let path = directory.join(LOCK_FILE);
        let failed = |source| RecordError::Io { doing: "lock", path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).map_err(failed)?;
                let holder = holder.trim().to_owned();
                return Err(RecordError::InUse { directory: directory.to_owned(), holder });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "process {}", std::process::id()))
            .map_err(failed)?;
        Ok(Self { _file: file, directory: directory.to_owned() })
    }

    /// The directory that is locked.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

/// Makes a directory and its parents, and makes their names durable.
pub(super) fn make_directory(disk: &dyn Disk, directory: &Path) -> Result<(), RecordError> {
    disk::make_directories(disk, directory).map_err(|source| RecordError::Io {
        doing: "make directory",
        path: directory.to_owned(),
        source,
    })
}
