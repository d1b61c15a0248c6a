//! One thing that the record asks of its disk fails, whichever it is, and then all is well again: the station goes on.

use super::power::{self, files_in};
use super::*;
use crate::record::disk::{Disk, DiskFile};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex};

/// How it fails.
#[derive(Debug, Clone, Copy)]
enum How {
    /// A write stores half of its bytes, then there is no room; nothing new can be made.
    NoRoom,
    /// The device gives an error: half of a write is stored, a sync forgets what it was to make durable.
    Broken,
}

/// A disk of whose requests one fails.
#[derive(Debug, Clone)]
struct Once(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    how: How,
    /// Requests until the one that fails.
    left: usize,
    asked: usize,
    has_failed: bool,
}

struct OnceFile {
    state: Arc<Mutex<State>>,
    file: File,
    /// Bytes as of the last good sync.
    synced: Mutex<Vec<u8>>,
}

impl State {
    fn ask(&mut self) -> io::Result<()> {
        self.asked += 1;
        if self.has_failed || self.left > 0 {
            self.left = self.left.saturating_sub(1);
            return Ok(());
        }
        self.has_failed = true;
        Err(match self.how {
            How::NoRoom => io::ErrorKind::StorageFull.into(),
            // EIO
            How::Broken => io::Error::from_raw_os_error(5),
        })
    }
}

impl Once {
    fn after(left: usize, how: How) -> Self {
        Self(Arc::new(Mutex::new(State { how, left, asked: 0, has_failed: false })))
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }

    fn ask(&self) -> io::Result<()> {
        self.0.lock().unwrap().ask()
    }

    fn wrap(&self, file: File) -> Box<dyn DiskFile> {
        let synced = Mutex::new(bytes_of(&file));
        Box::new(OnceFile { state: Arc::clone(&self.0), file, synced })
    }
}

impl Disk for Once {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.ask()?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        Ok(self.wrap(options.open(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.ask()?;
        Ok(self.wrap(OpenOptions::new().read(true).write(true).open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.ask()?;
        RealDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.ask()?;
        RealDisk.remove(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.ask()?;
        RealDisk.sync_directory(path)
    }
}

impl DiskFile for OnceFile {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if let Err(error) = self.state.lock().unwrap().ask() {
            FileExt::write_all_at(&self.file, &bytes[..bytes.len() / 2], offset)?;
            return Err(error);
        }
        FileExt::write_all_at(&self.file, bytes, offset)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.state.lock().unwrap().ask()?;
        self.file.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        let mut synced = self.synced.lock().unwrap();
        if let Err(error) = self.state.lock().unwrap().ask() {
            // What was to be durable is marked as if it were, and is not: the next sync would not tell.
            self.file.set_len(synced.len() as u64)?;
            FileExt::write_all_at(&self.file, &synced, 0)?;
            return Err(error);
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

/// What came of a watch: what was acknowledged, and how often something was refused.
struct Kept {
    acknowledged: Vec<Vec<u8>>,
    refused: usize,
}

/// A watch through several segments, subjects and days that is signed as it goes. What is refused is brought again, as a
/// sender does; a station that cannot start is started again.
fn watch(home: &Path, disk: &Once) -> Kept {
    let mut kept = Kept { acknowledged: Vec::new(), refused: 0 };
    let mut journal = loop {
        let lock = DataLock::take(home).unwrap();
        match Journal::open_on(Box::new(disk.clone()), lock, |_, _| Ok(())) {
            Ok(journal) => break journal,
            Err(_) => kept.refused += 1,
        }
        assert!(kept.refused < 3, "it does not start");
    };
    journal.segment_bytes_max = 300;
    for round in 0..5_u64 {
        let batch: Vec<Vec<u8>> = (0..=round).map(|at| sized(100 * round + at, 60)).collect();
        let contents: Vec<Content> = power::contents(round, &batch);
        let mut tries = 0;
        while journal.append(&contents).is_err() {
            kept.refused += 1;
            tries += 1;
            assert!(tries < 3, "it does not recover in round {round}");
        }
        kept.acknowledged.extend(batch);
        if journal.seal().is_err() {
            kept.refused += 1;
            journal.seal().expect("the next checkpoint is signed again");
        }
    }
    kept
}

#[test]
fn whichever_request_fails_once_the_station_goes_on_and_what_it_acknowledged_is_there_once() {
    for how in [How::NoRoom, How::Broken] {
        let whole = {
            let home = tempfile::tempdir().unwrap();
            let disk = Once::after(usize::MAX, how);
            assert_eq!(watch(home.path(), &disk).acknowledged.len(), 15);
            assert!(files_in(&home.path().join("record")).len() > 3, "several segments");
            disk.asked()
        };
        assert!(whole > 40, "{whole}");
        let mut told = 0;
        for moment in 0..whole {
            let home = tempfile::tempdir().unwrap();
            let disk = Once::after(moment, how);

            let kept = watch(home.path(), &disk);

            assert!(disk.0.lock().unwrap().has_failed, "{how:?} at {moment} was never asked for");
            told += kept.refused.min(1);
            let found = reopen(home.path()).1;
            assert_eq!(found, kept.acknowledged, "{how:?} at {moment}");
        }
        // What fails unnoticed is what nothing depends on: files that are removed, tiles that are made again.
        assert!(told > whole / 2, "{how:?}: {told} of {whole} were told");
    }
}
