//! The few things that the record asks of a disk, so that tests can make each of them fail.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Where segments live. The real one is [`RealDisk`].
pub(crate) trait Disk: Send {
    /// Opens a file for writing, made empty when it exists already.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Opens an existing file for writing.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
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

/// The operating system's files.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        Ok(Box::new(file))
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
        fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
            self.refuse(&[Fault::Full], io::ErrorKind::StorageFull)?;
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(true);
            Ok(self.wrap(options.open(path)?))
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

    fn bytes_of(file: &File) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
        file.read_exact_at(&mut bytes, 0).unwrap();
        bytes
    }
}
