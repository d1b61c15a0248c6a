//! A disk that forgets what was not synced.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::super::disk::faulty::{bytes_of, create_to_read};
use super::super::disk::{Disk, DiskFile, Rights};

/// Ways in which the disk is left, for each moment, when nobody sets `WATCHLINE_WAYS`; `WATCHLINE_WAYS_SEED` chooses others.
const WAYS: u64 = 8;

/// All of them: nothing more than was synced, everything (as `kill -9` leaves it), and what chance has it.
pub(crate) fn ways() -> impl Iterator<Item = u64> {
    (0..2).chain(drawn_ways())
}

/// Three of them, other ones at each moment; all where somebody sets how many.
pub(crate) fn some_ways(moment: usize) -> impl Iterator<Item = u64> {
    let drawn = drawn_ways().count();
    let taken = if std::env::var_os("WATCHLINE_WAYS").is_some() { drawn } else { 1 };
    (0..2).chain(drawn_ways().cycle().skip(moment % drawn.max(1)).take(taken))
}

fn drawn_ways() -> impl Iterator<Item = u64> + Clone {
    let seed = setting("WATCHLINE_WAYS_SEED", 0);
    (2..setting("WATCHLINE_WAYS", WAYS)).map(move |way| seed * 1_000 + way)
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |set| set.parse().unwrap())
}

/// The disk, until its plug is pulled and as it is found then.
#[derive(Debug, Clone)]
pub(crate) struct Plugged(Arc<Mutex<Platters>>);

#[derive(Debug, Default)]
struct Platters {
    /// What may still be asked for before the plug is pulled.
    left: usize,
    asked: usize,
    /// Bytes of each file as of its last sync.
    synced: Vec<Vec<u8>>,
    /// Which file a path names.
    names: BTreeMap<PathBuf, usize>,
    /// What was there in the beginning, and what was done to names since.
    began: Names,
    changes: Vec<Change>,
}

/// Names on a disk.
#[derive(Debug, Clone, Default)]
struct Names {
    files: BTreeMap<PathBuf, usize>,
    directories: BTreeSet<PathBuf>,
}

/// What was done to a name, and whether the directory that it is in was synced since.
#[derive(Debug)]
struct Change {
    what: What,
    is_durable: bool,
}

#[derive(Debug)]
enum What {
    Named(PathBuf, usize),
    Gone(PathBuf),
    Made(PathBuf),
    /// From one directory into another, at once: a name is in one of them whatever happens.
    Moved(PathBuf, PathBuf),
}

struct PluggedFile {
    platters: Arc<Mutex<Platters>>,
    number: usize,
    file: File,
}

impl What {
    /// The directory that makes it durable.
    fn directory(&self) -> Option<&Path> {
        match self {
            Self::Named(path, _) | Self::Gone(path) | Self::Made(path) | Self::Moved(_, path) => {
                path.parent()
            }
        }
    }
}

impl Names {
    fn apply(&mut self, what: &What) {
        match what {
            What::Named(path, number) => drop(self.files.insert(path.clone(), *number)),
            What::Gone(path) => {
                self.files.remove(path);
                self.directories.remove(path);
            }
            What::Made(path) => drop(self.directories.insert(path.clone())),
            What::Moved(from, to) => {
                let moved = |path: &Path| path.strip_prefix(from).ok().map(|rest| under(to, rest));
                self.files = std::mem::take(&mut self.files)
                    .into_iter()
                    .map(|(path, number)| (moved(&path).unwrap_or(path), number))
                    .collect();
                self.directories = std::mem::take(&mut self.directories)
                    .into_iter()
                    .map(|path| moved(&path).unwrap_or(path))
                    .collect();
            }
        }
    }

    /// Files that a way of directories leads to.
    fn found(&self) -> impl Iterator<Item = (&PathBuf, usize)> {
        let top = self.directories.iter().map(|path| path.components().count()).min();
        let top = top.unwrap_or_default();
        let is_found = move |path: &Path| {
            path.ancestors()
                .skip(1)
                .take_while(|above| above.components().count() >= top)
                .all(|above| self.directories.contains(above))
        };
        let files = self.files.iter().filter(move |(path, _)| is_found(path));
        files.map(|(path, number)| (path, *number))
    }
}

/// A path below another; the other itself where nothing is below.
fn under(to: &Path, rest: &Path) -> PathBuf {
    if rest.as_os_str().is_empty() { to.to_owned() } else { to.join(rest) }
}

impl Platters {
    fn ask(&mut self) -> io::Result<()> {
        self.asked += 1;
        self.left = self.left.checked_sub(1).ok_or_else(|| io::Error::other("no power"))?;
        Ok(())
    }

    fn new_file(&mut self, path: &Path, synced: Vec<u8>) -> usize {
        self.synced.push(synced);
        let number = self.synced.len() - 1;
        self.names.insert(path.to_owned(), number);
        number
    }

    fn change(&mut self, what: What) {
        let mut now = Names { files: std::mem::take(&mut self.names), ..Names::default() };
        now.apply(&what);
        self.names = now.files;
        self.changes.push(Change { what, is_durable: false });
    }

    /// What is there of a directory already, all of it durable.
    fn begin_with(&mut self, directory: &Path) {
        self.began.directories.insert(directory.to_owned());
        for path in files_in(directory) {
            let number = self.new_file(&path, std::fs::read(&path).unwrap());
            self.began.files.insert(path, number);
        }
        for path in directories_in(directory) {
            self.begin_with(&path);
        }
    }
}

impl Plugged {
    /// Of a directory, whose plug is pulled when so much has been asked of it.
    pub(crate) fn until(directory: &Path, left: usize) -> Self {
        let mut platters = Platters { left, ..Platters::default() };
        platters.begin_with(directory);
        Self(Arc::new(Mutex::new(platters)))
    }

    /// Of a directory, whose plug is never pulled.
    pub(crate) fn of(directory: &Path) -> Self {
        Self::until(directory, usize::MAX)
    }

    pub(crate) fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }

    /// What is on the disk when power comes back, in one of the ways that it may be left.
    pub(crate) fn left_in(&self, way: u64) -> BTreeMap<PathBuf, Vec<u8>> {
        let platters = self.0.lock().unwrap();
        let mut chance = way;
        let mut pick = |ways: u64| {
            // The first ways of all are: nothing more than was synced, and everything.
            if way < 2 {
                return way * (ways - 1);
            }
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(way);
            (chance >> 33) % ways
        };
        let mut names = platters.began.clone();
        for change in &platters.changes {
            if change.is_durable || pick(2) == 1 {
                names.apply(&change.what);
            }
        }
        let mut left = BTreeMap::new();
        for (path, number) in names.found() {
            let synced = &platters.synced[number];
            // What a file that was since replaced or removed had beyond its last sync is gone anyway.
            let now = platters.names.iter().find(|(_, file)| **file == number);
            let now = now.map_or_else(|| synced.clone(), |(path, _)| std::fs::read(path).unwrap());
            let bytes = match pick(3) {
                0 => synced.clone(),
                1 => torn(synced, &now),
                _ => now,
            };
            left.insert(path.clone(), bytes);
        }
        left
    }
}

/// New length and zeros where the second half of what is new should be.
fn torn(synced: &[u8], now: &[u8]) -> Vec<u8> {
    let mut bytes = now.to_vec();
    let half = synced.len() + now.len().saturating_sub(synced.len()) / 2;
    if let Some(rest) = bytes.get_mut(half..) {
        rest.fill(0);
    }
    bytes
}

pub(crate) fn files_in(directory: &Path) -> Vec<PathBuf> {
    entries_of(directory).into_iter().filter(|path| path.is_file()).collect()
}

fn directories_in(directory: &Path) -> Vec<PathBuf> {
    entries_of(directory).into_iter().filter(|path| path.is_dir()).collect()
}

fn entries_of(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// A home in which the disk of another was left as it is told.
pub(crate) fn home_of(from: &Path, left: &BTreeMap<PathBuf, Vec<u8>>) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for (path, bytes) in left {
        let path = home.path().join(path.strip_prefix(from).unwrap());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    home
}

impl Disk for Plugged {
    fn create(&self, path: &Path, rights: Rights) -> io::Result<Box<dyn DiskFile>> {
        let mut platters = self.0.lock().unwrap();
        platters.ask()?;
        let file = create_to_read(path, rights)?;
        let number = platters.new_file(path, Vec::new());
        platters.change(What::Named(path.to_owned(), number));
        Ok(Box::new(PluggedFile { platters: Arc::clone(&self.0), number, file }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut platters = self.0.lock().unwrap();
        platters.ask()?;
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let number = *platters.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(PluggedFile { platters: Arc::clone(&self.0), number, file }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut platters = self.0.lock().unwrap();
        platters.ask()?;
        std::fs::rename(from, to)?;
        let (from, to) = (from.to_owned(), to.to_owned());
        if from.parent() != to.parent() {
            platters.change(What::Moved(from, to));
            return Ok(());
        }
        let number = *platters.names.get(&from).ok_or(io::ErrorKind::NotFound)?;
        // Harsher than a disk is: both may be there, or neither.
        platters.change(What::Gone(from));
        platters.change(What::Named(to, number));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut platters = self.0.lock().unwrap();
        platters.ask()?;
        std::fs::remove_file(path)?;
        platters.change(What::Gone(path.to_owned()));
        Ok(())
    }

    fn make_directory(&self, path: &Path) -> io::Result<()> {
        let mut platters = self.0.lock().unwrap();
        platters.ask()?;
        std::fs::create_dir(path)?;
        platters.change(What::Made(path.to_owned()));
        Ok(())
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        let mut platters = self.0.lock().unwrap();
        platters.ask()?;
        std::fs::remove_dir(path)?;
        platters.change(What::Gone(path.to_owned()));
        Ok(())
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let mut platters = self.0.lock().unwrap();
        platters.ask()?;
        for change in &mut platters.changes {
            change.is_durable |= change.what.directory() == Some(path);
        }
        Ok(())
    }
}

impl DiskFile for PluggedFile {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if let Err(error) = self.platters.lock().unwrap().ask() {
            FileExt::write_all_at(&self.file, &bytes[..bytes.len() / 2], offset)?;
            return Err(error);
        }
        FileExt::write_all_at(&self.file, bytes, offset)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.platters.lock().unwrap().ask()?;
        self.file.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        let mut platters = self.platters.lock().unwrap();
        platters.ask()?;
        platters.synced[self.number] = bytes_of(&self.file);
        Ok(())
    }
}
