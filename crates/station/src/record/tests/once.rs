//! One thing that the record asks of its disk fails, whichever it is, and then all is well again: the station goes on.

use super::plugged::{Plugged, files_in, home_of};
use super::power;
use super::*;
use crate::record::disk::faulty::{bytes_of, create_to_read};
use crate::record::disk::{Disk, DiskFile, Rights};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex};

/// How it fails.
#[derive(Debug, Clone, Copy)]
pub(crate) enum How {
    /// A write stores half of its bytes, then there is no room; nothing new can be made.
    NoRoom,
    /// The device gives an error: half of a write is stored, a sync forgets what it was to make durable.
    Broken,
}

/// All of them.
pub(crate) const HOW: [How; 2] = [How::NoRoom, How::Broken];

/// A disk of whose requests one fails.
#[derive(Debug, Clone)]
pub(crate) struct Once(Arc<Mutex<State>>);

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
    pub(crate) fn after(left: usize, how: How) -> Self {
        Self(Arc::new(Mutex::new(State { how, left, asked: 0, has_failed: false })))
    }

    pub(crate) fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }

    /// Whether that which was to fail was asked for.
    pub(crate) fn has_failed(&self) -> bool {
        self.0.lock().unwrap().has_failed
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
    fn create(&self, path: &Path, rights: Rights) -> io::Result<Box<dyn DiskFile>> {
        self.ask()?;
        Ok(self.wrap(create_to_read(path, rights)?))
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

    fn make_directory(&self, path: &Path) -> io::Result<()> {
        self.ask()?;
        RealDisk.make_directory(path)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.ask()?;
        RealDisk.remove_directory(path)
    }

    fn sync_directory(&self, _: &Path) -> io::Result<()> {
        self.ask()
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
    let mut watches = 0;
    for how in HOW {
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

            assert!(disk.has_failed(), "{how:?} at {moment} was never asked for");
            told += kept.refused.min(1);
            let found = reopen(home.path()).1;
            assert_eq!(found, kept.acknowledged, "{how:?} at {moment}");
        }
        // What fails unnoticed is what nothing depends on: files that are removed, tiles that are made again.
        assert!(told > whole / 2, "{how:?}: {told} of {whole} were told");
        watches += whole;
    }
    println!("counted: {watches} watches of which a request failed");
}

#[test]
fn whichever_request_of_an_erasure_fails_once_it_is_whole_when_it_is_asked_for_again() {
    let home = power::watched_home();
    let before = Plugged::of(home.path()).left_in(1);
    for how in HOW {
        for moment in 0.. {
            let home = home_of(home.path(), &before);
            let disk = Once::after(moment, how);
            let when = format!("{how:?} at {moment}");
            if power::erase(home.path(), disk.clone()).is_err() {
                let erased = power::erased_after_a_start(home.path(), &when);
                assert!([0, 9].contains(&erased), "{when}: {erased} erased");
                if erased == 0 {
                    power::erase(home.path(), disk.clone()).unwrap();
                }
            }
            assert_eq!(power::erased_after_a_start(home.path(), &when), 9, "{when}");
            if !disk.has_failed() {
                assert!(moment > 15, "{moment} requests");
                println!("counted: {moment} erasures of which a request failed");
                break;
            }
        }
    }
}
