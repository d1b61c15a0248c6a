//! The few things that the record asks of a disk, so that tests can make each of them fail.

use std::fs::{File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    /// Its owner alone: it has a secret.
    Owner,
    Everybody,
}

/// Where segments, keys and lists live. The real one is [`RealDisk`].
pub(crate) trait Disk: Send + Sync + std::fmt::Debug {
    /// Opens a file for writing, made empty when it exists already.
    fn create(&self, path: &Path, rights: Rights) -> io::Result<Box<dyn DiskFile>>;
    /// Opens an existing file for writing.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes a directory whose parent is there.
    fn make_directory(&self, path: &Path) -> io::Result<()>;
    /// Removes a directory that is empty.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;
    /// Makes names in a directory durable.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
}

/// One file of a [`Disk`].
pub(crate) trait DiskFile: Send {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Cuts the file, or fills it with zeros, to a length.
    fn set_len(&self, length: u64) -> io::Result<()>;
    /// Makes the file's bytes and length durable.
    fn sync(&self) -> io::Result<()>;
}

/// Puts a file in the place of the last one of its name: it is durable when this returns, and never half there.
pub(crate) fn put(disk: &dyn Disk, path: &Path, rights: Rights, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let file = disk.create(&draft, rights)?;
    file.write_all_at(bytes, 0)?;
    file.sync()?;
    disk.rename(&draft, path)?;
    disk.sync_directory(path.parent().unwrap_or(Path::new(".")))
}

/// Makes a directory and its parents, and makes their names durable.
pub(crate) fn make_directories(disk: &dyn Disk, directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or_else(|| Path::new("."));
    make_directories(disk, parent)?;
    match disk.make_directory(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => disk.sync_directory(parent),
    }
}

/// Removes a directory and all that is in it; one that is not there is removed already.
pub(crate) fn remove_directories(disk: &dyn Disk, directory: &Path) -> io::Result<()> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_directories(disk, &entry.path())?;
        } else {
            disk.remove(&entry.path())?;
        }
    }
    disk.remove_directory(directory)
}

/// The operating system's files.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RealDisk;

impl Rights {
    /// Makes a file, or empties the one that is there, which may have had other rights.
    fn create(self, options: &mut OpenOptions, path: &Path) -> io::Result<File> {
        let options = options.create(true).truncate(true);
        match self {
            Self::Everybody => options.mode(0o644).open(path),
            Self::Owner => {
                let file = options.mode(0o600).open(path)?;
                file.set_permissions(Permissions::from_mode(0o600))?;
                Ok(file)
            }
        }
    }
}

impl Disk for RealDisk {
    fn create(&self, path: &Path, rights: Rights) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(rights.create(OpenOptions::new().write(true), path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OpenOptions::new().write(true).open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn make_directory(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_dir(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

impl DiskFile for File {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, offset)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        Self::set_len(self, length)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

#[cfg(test)]
pub(crate) mod faulty {
    //! A disk that fails when told to, and that forgets unsynced bytes like a power cut does.

    use std::sync::{Arc, Mutex};

    use super::*;

    /// What the disk shall do wrong.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub(crate) enum Fault {
        #[default]
        None,
        /// Each write stores half of its bytes, then there is no space; new files cannot be made.
        Full,
        /// Syncing fails, the new bytes are dropped from the cache, and the page they share with older ones is spoilt.
        SyncFails,
        /// Syncing a directory fails.
        DirectorySyncFails,
        /// Renaming fails.
        RenameFails,
    }

    /// A real disk behind a switch.
    #[derive(Debug, Clone, Default)]
    pub(crate) struct FaultyDisk {
        fault: Arc<Mutex<Fault>>,
    }

    struct FaultyFile {
        fault: Arc<Mutex<Fault>>,
        file: File,
        /// What the platters hold: bytes as of the last good sync.
        synced: Mutex<Vec<u8>>,
    }

    impl FaultyDisk {
        pub(crate) fn set(&self, fault: Fault) {
            *self.fault.lock().unwrap() = fault;
        }

        fn refuse(&self, faults: &[Fault], error: io::ErrorKind) -> io::Result<()> {
            if faults.contains(&*self.fault.lock().unwrap()) { Err(error.into()) } else { Ok(()) }
        }

        fn wrap(&self, file: File) -> Box<dyn DiskFile> {
            let synced = Mutex::new(bytes_of(&file));
            Box::new(FaultyFile { fault: Arc::clone(&self.fault), file, synced })
        }
    }

    impl Disk for FaultyDisk {
        fn create(&self, path: &Path, rights: Rights) -> io::Result<Box<dyn DiskFile>> {
            self.refuse(&[Fault::Full], io::ErrorKind::StorageFull)?;
            Ok(self.wrap(create_to_read(path, rights)?))
        }

        fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
            Ok(self.wrap(OpenOptions::new().read(true).write(true).open(path)?))
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.refuse(&[Fault::RenameFails], io::ErrorKind::Other)?;
            RealDisk.rename(from, to)
        }

        fn remove(&self, path: &Path) -> io::Result<()> {
            RealDisk.remove(path)
        }

        fn make_directory(&self, path: &Path) -> io::Result<()> {
            self.refuse(&[Fault::Full], io::ErrorKind::StorageFull)?;
            RealDisk.make_directory(path)
        }

        fn remove_directory(&self, path: &Path) -> io::Result<()> {
            RealDisk.remove_directory(path)
        }

        fn sync_directory(&self, path: &Path) -> io::Result<()> {
            self.refuse(&[Fault::DirectorySyncFails], io::ErrorKind::Other)?;
            RealDisk.sync_directory(path)
        }
    }

    impl DiskFile for FaultyFile {
        fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
            if *self.fault.lock().unwrap() == Fault::Full {
                FileExt::write_all_at(&self.file, &bytes[..bytes.len() / 2], offset)?;
                return Err(io::ErrorKind::StorageFull.into());
            }
            FileExt::write_all_at(&self.file, bytes, offset)
        }

        fn set_len(&self, length: u64) -> io::Result<()> {
            self.file.set_len(length)
        }

        fn sync(&self) -> io::Result<()> {
            let mut synced = self.synced.lock().unwrap();
            if *self.fault.lock().unwrap() == Fault::SyncFails {
                let damaged = synced.len() - synced.len() % 4_096;
                synced[damaged..].fill(0xEE);
                self.file.set_len(synced.len() as u64)?;
                FileExt::write_all_at(&self.file, &synced, 0)?;
                return Err(io::ErrorKind::Other.into());
            }
            *synced = bytes_of(&self.file);
            Ok(())
        }
    }

    /// Makes a file that the disk can read too.
    pub(crate) fn create_to_read(path: &Path, rights: Rights) -> io::Result<File> {
        rights.create(OpenOptions::new().read(true).write(true), path)
    }

    pub(crate) fn bytes_of(file: &File) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
        file.read_exact_at(&mut bytes, 0).unwrap();
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_that_a_crash_left_gives_its_rights_to_no_secret() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("record.draft"), "what is for everybody").unwrap();
        let path = home.path().join("record.key");

        put(&RealDisk, &path, Rights::Owner, b"secret").unwrap();

        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read(&path).unwrap(), b"secret");
    }
}
