//! Files that are whole or not there, and secret ones that nobody else may read.

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::PkiError;
use crate::limits::KEY_FILE_BYTES_MAX;
use crate::record::disk::{self, Disk, RealDisk, Rights};

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
    write_on(&RealDisk, path, text)
}

fn write_on(disk: &dyn Disk, path: &Path, text: &str) -> Result<(), PkiError> {
    disk::put(disk, path, Rights::Owner, text.as_bytes()).map_err(|source| PkiError::Io {
        doing: "write",
        path: path.to_owned(),
        source,
    })
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
        self.write_on(&RealDisk, list)
    }

    fn write_on<T: Serialize>(&self, disk: &dyn Disk, list: &T) -> Result<(), PkiError> {
        let text = serde_json::to_string_pretty(list).map_err(|fault| self.damaged(&fault))?;
        make_home(self.0.parent().unwrap_or(Path::new("."))).map_err(|source| PkiError::Io {
            doing: "make the folder of",
            path: self.0.clone(),
            source,
        })?;
        write_on(disk, &self.0, &text)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::once::{HOW, Once};
    use crate::record::tests::plugged::{Plugged, home_of, ways};

    const BEFORE: [&str; 2] = ["anna", "bela"];
    const AFTER: [&str; 3] = ["anna", "bela", "a third of a longer name"];

    fn list_of(home: &Path) -> SecretFile {
        SecretFile::at(home.join("keys/people.json"))
    }

    fn home_with_a_list() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        list_of(home.path()).write(&BEFORE).unwrap();
        home
    }

    fn read_from(home: &Path) -> Vec<String> {
        list_of(home).read().unwrap()
    }

    #[test]
    fn whenever_the_plug_is_pulled_a_list_is_the_last_one_or_the_new_one() {
        let mut pulled = 0;
        for moment in 0.. {
            let home = home_with_a_list();
            let disk = Plugged::until(home.path(), moment);
            let is_written = list_of(home.path()).write_on(&disk, &AFTER).is_ok();
            for way in ways() {
                let left = home_of(home.path(), &disk.left_in(way));
                let found = read_from(left.path());
                let when = format!("pulled after {moment}, left in way {way}: {found:?}");
                assert!(found == AFTER || (!is_written && found == BEFORE), "{when}");
                list_of(left.path()).write(&BEFORE).unwrap();
                assert_eq!(read_from(left.path()), BEFORE, "{when}");
                pulled += 1;
            }
            if is_written {
                assert!(moment > 4, "{moment} requests");
                println!("counted: {pulled} lists after the plug was pulled");
                break;
            }
        }
    }

    #[test]
    fn whichever_request_fails_once_a_list_is_the_last_one_or_the_new_one() {
        for how in HOW {
            for moment in 0.. {
                let home = home_with_a_list();
                let disk = Once::after(moment, how);
                let written = list_of(home.path()).write_on(&disk, &AFTER);
                let found = read_from(home.path());
                let when = format!("{how:?} at {moment}: {found:?}");
                assert!(found == AFTER || (written.is_err() && found == BEFORE), "{when}");
                assert_eq!(written.is_err(), disk.has_failed(), "{when}");
                list_of(home.path()).write(&AFTER).unwrap();
                assert_eq!(read_from(home.path()), AFTER, "{when}");
                if !disk.has_failed() {
                    assert!(moment > 4, "{moment} requests");
                    println!("counted: {moment} lists of which a request failed");
                    break;
                }
            }
        }
    }
}
