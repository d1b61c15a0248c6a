//! Files that are whole or not there, and secret ones that nobody else may read.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::PkiError;
use crate::limits::KEY_FILE_BYTES_MAX;

/// Rights of a file with a secret.
pub(super) const SECRET: u32 = 0o600;

/// Where a data directory keeps its keys.
pub(super) fn home(data: &Path) -> PathBuf {
    data.join("keys")
}

/// What a file holds; `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>, PkiError> {
    let failed = |source| PkiError::Io { doing: "read", path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut text = String::new();
    file.take(KEY_FILE_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
    Ok(Some(text))
}

/// Puts a file in the place of the last one, durable before it is relied on.
pub(super) fn write(path: &Path, text: &str) -> Result<(), PkiError> {
    let draft = path.with_extension("draft");
    let put = || {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(SECRET).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&draft, path)?;
        File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    };
    put().map_err(|source| PkiError::Io { doing: "write", path: path.to_owned(), source })
}

/// A list with secrets, kept as JSON.
#[derive(Debug)]
pub struct SecretFile(PathBuf);

impl SecretFile {
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// What it holds; nothing where it was never written.
    pub fn read<T: Default + DeserializeOwned>(&self) -> Result<T, PkiError> {
        let Some(text) = read(&self.0)? else { return Ok(T::default()) };
        serde_json::from_str(&text).map_err(|fault| self.damaged(&fault))
    }

    /// Puts this in the place of what it held; it is durable when this returns.
    pub fn write<T: Serialize>(&self, list: &T) -> Result<(), PkiError> {
        let text = serde_json::to_string_pretty(list).map_err(|fault| self.damaged(&fault))?;
        make_home(self.0.parent().unwrap_or(Path::new("."))).map_err(|source| PkiError::Io {
            doing: "make the folder of",
            path: self.0.clone(),
            source,
        })?;
        write(&self.0, &text)
    }

    fn damaged(&self, fault: &serde_json::Error) -> PkiError {
        PkiError::Damaged { path: self.0.clone(), problem: fault.to_string() }
    }
}

fn make_home(directory: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// Held while the files of a data directory's authority are looked at and changed, by whatever process.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits until nobody else changes them; makes their directory when it is missing.
    pub(super) fn take(data: &Path) -> Result<Self, PkiError> {
        let directory = home(data);
        let path = directory.join("doors.lock");
        let locked = || {
            make_home(&directory)?;
            let mut options = OpenOptions::new();
            let file = options.write(true).create(true).truncate(false).mode(SECRET).open(&path)?;
            file.lock()?;
            Ok(Self { _file: file })
        };
        locked().map_err(|source| PkiError::Io { doing: "lock", path: path.clone(), source })
    }
}
