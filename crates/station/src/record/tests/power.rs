//! The plug is pulled after every single thing that the record asks of its disk.
//!
//! What was not synced may be there, be gone or be torn, and so may names in a directory. Whatever is left, a station must
//! start on it, with everything that was acknowledged and nothing that was never written; and so after a second pull, while it
//! starts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use watch::erasure::{ErasedBy, Erasure};
use watch::journal::{Entry, Input, PersonId};

use super::super::audit::Audit;
use super::super::disk::{Disk, DiskFile};
use super::*;

const PARTS: [&str; 2] = ["record", "keys/subjects"];
/// Ways in which the disk is left, for each moment.
pub(crate) const WAYS: u64 = 8;

/// A disk that forgets what was not synced.
#[derive(Debug, Clone)]
pub(crate) struct Plugged(Arc<Mutex<Platters>>);

#[derive(Debug, Default)]
pub(crate) struct Platters {
    /// What may still be asked for before the plug is pulled.
    left: usize,
    asked: usize,
    /// Bytes of each file as of its last sync.
    synced: Vec<Vec<u8>>,
    /// Which file a path names, and which it named when its directory was last synced.
    names: BTreeMap<PathBuf, usize>,
    names_synced: BTreeMap<PathBuf, usize>,
}

struct PluggedFile {
    platters: Arc<Mutex<Platters>>,
    number: usize,
    file: File,
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
}

impl Plugged {
    /// Of directories, whose plug is pulled when so much has been asked of it.
    pub(crate) fn until(directories: &[PathBuf], left: usize) -> Self {
        let mut platters = Platters { left, ..Platters::default() };
        for path in directories.iter().flat_map(|directory| files_in(directory)) {
            platters.new_file(&path, std::fs::read(&path).unwrap());
        }
        platters.names_synced = platters.names.clone();
        Self(Arc::new(Mutex::new(platters)))
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
        let paths: BTreeSet<&PathBuf> =
            platters.names.keys().chain(platters.names_synced.keys()).collect();
        let mut left = BTreeMap::new();
        for path in paths {
            let names = if pick(2) == 0 { &platters.names_synced } else { &platters.names };
            let Some(number) = names.get(path) else { continue };
            let synced = &platters.synced[*number];
            // What a file that was since replaced or removed had beyond its last sync is gone anyway.
            let now = platters.names.iter().find(|(_, file)| *file == number);
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
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    paths.collect()
}

impl Disk for Plugged {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut platters = self.0.lock().unwrap();
        platters.ask()?;
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(true).open(path)?;
        let number = platters.new_file(path, Vec::new());
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
        let number = platters.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        platters.names.insert(to.to_owned(), number);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut platters = self.0.lock().unwrap();
        platters.ask()?;
        std::fs::remove_file(path)?;
        platters.names.remove(path);
        Ok(())
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let mut platters = self.0.lock().unwrap();
        platters.ask()?;
        let is_in = |file: &Path| file.parent() == Some(path);
        platters.names_synced.retain(|file, _| !is_in(file));
        let here: Vec<(PathBuf, usize)> = platters
            .names
            .iter()
            .filter(|(file, _)| is_in(file))
            .map(|(file, number)| (file.clone(), *number))
            .collect();
        platters.names_synced.extend(here);
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
        let mut bytes = vec![0; usize::try_from(self.file.metadata()?.len()).unwrap()];
        self.file.read_exact_at(&mut bytes, 0)?;
        platters.synced[self.number] = bytes;
        Ok(())
    }
}

/// Where the record asks its disk for something.
fn parts(home: &Path) -> [PathBuf; 2] {
    PARTS.map(|part| home.join(part))
}

/// What a station did until the plug was pulled.
struct Watch {
    acknowledged: Vec<Vec<u8>>,
    /// And what it had tried to store beyond that.
    tried: Vec<Vec<u8>>,
}

/// Begins a record or goes on with it, through several segments, and signs it now and then.
fn watch(home: &Path, disk: &Plugged, known: &[Vec<u8>]) -> Watch {
    let mut watch = Watch { acknowledged: known.to_vec(), tried: known.to_vec() };
    let lock = DataLock::take(home).unwrap();
    let opened = Journal::open_on(Box::new(disk.clone()), lock, |_, _| Ok(()));
    let Ok(mut journal) = opened else { return watch };
    journal.segment_bytes_max = 300;
    for round in 0..5_u64 {
        let batch: Vec<Vec<u8>> = (0..=round).map(|at| sized(100 * round + at, 60)).collect();
        watch.tried.extend(batch.clone());
        if journal.append(&contents(round, &batch)).is_err() || journal.seal().is_err() {
            return watch;
        }
        watch.acknowledged.extend(batch);
    }
    watch
}

/// What a round stores: of two sensors by turns, and of another day every other round, so that keys are made on the way.
pub(crate) fn contents(round: u64, batch: &[Vec<u8>]) -> Vec<Content> {
    let contents = (0..).zip(batch).map(|(at, bytes)| Content {
        at: Timestamp::from_second(i64::try_from(round / 2).unwrap() * 86_400).unwrap(),
        subject: Subject::new(RetentionClass::Detection, ["tower-1", "tower-2"][at % 2]),
        bytes: bytes.clone(),
    });
    contents.collect()
}

/// A home in which the disk was left as it is told, with the master key and that which signs, which are durable before anything
/// is stored.
fn home_of(from: &Path, left: &BTreeMap<PathBuf, Vec<u8>>) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    for part in PARTS {
        std::fs::create_dir_all(home.path().join(part)).unwrap();
    }
    for path in files_in(&from.join("keys")) {
        std::fs::copy(&path, home.path().join("keys").join(path.file_name().unwrap())).unwrap();
    }
    for (path, bytes) in left {
        std::fs::write(home.path().join(path.strip_prefix(from).unwrap()), bytes).unwrap();
    }
    home
}

/// Opens what was left and holds it against what was done.
fn assert_goes_on(home: &Path, watch: &Watch, when: &str) -> Vec<Vec<u8>> {
    let (mut journal, found) = reopen(home);
    assert!(found.starts_with(&watch.acknowledged), "{when}: something acknowledged is lost");
    assert!(watch.tried.starts_with(&found), "{when}: something that nobody wrote is there");
    append(&mut journal, &[b"after".to_vec()]).unwrap();
    journal.seal().unwrap();
    drop(journal);
    assert_eq!(reopen(home).1.last().unwrap(), b"after", "{when}");
    found
}

#[test]
fn whenever_the_plug_is_pulled_nothing_acknowledged_is_lost_and_the_station_starts() {
    let whole = {
        let home = tempfile::tempdir().unwrap();
        let disk = Plugged::until(&parts(home.path()), usize::MAX);
        assert_eq!(watch(home.path(), &disk, &[]).acknowledged.len(), 15);
        assert!(files_in(&home.path().join("record")).len() > 3, "several segments");
        disk.asked()
    };
    assert!(whole > 40, "{whole}");
    for moment in 0..=whole {
        let home = tempfile::tempdir().unwrap();
        let disk = Plugged::until(&parts(home.path()), moment);
        let before = watch(home.path(), &disk, &[]);
        for way in 0..WAYS {
            let left = home_of(home.path(), &disk.left_in(way));
            assert_goes_on(
                left.path(),
                &before,
                &format!("pulled after {moment}, left in way {way}"),
            );
        }
    }
}

#[test]
fn a_plug_that_is_pulled_again_while_the_station_starts_loses_nothing_either() {
    // In the middle of the first watch: a batch is written and not synced.
    for moment in [13, 22, 31, 40] {
        let first = tempfile::tempdir().unwrap();
        let disk = Plugged::until(&parts(first.path()), moment);
        let before = watch(first.path(), &disk, &[]);
        for way in (0..WAYS).step_by(3) {
            let left = disk.left_in(way);
            let known = assert_goes_on(
                home_of(first.path(), &left).path(),
                &before,
                &format!("pulled after {moment}, left in way {way}"),
            );
            for again in 0..12 {
                let second = home_of(first.path(), &left);
                let disk = Plugged::until(&parts(second.path()), again);
                let mut then = watch(second.path(), &disk, &known);
                // What was not acknowledged and was found once may be lost now.
                if then.acknowledged == known {
                    then.acknowledged.clone_from(&before.acknowledged);
                }
                for way in (0..WAYS).step_by(3) {
                    let left = home_of(second.path(), &disk.left_in(way));
                    assert_goes_on(left.path(), &then, &format!("{moment}, then {again}, {way}"));
                }
            }
        }
    }
}

/// What an erasure of the first sensor's keys says.
fn erasure(journal: &Journal) -> Content {
    let keys = journal.keys().filter(|(_, subject, _)| subject.name == "tower-1");
    let by = ErasedBy::People([PersonId("a".into()), PersonId("b".into())]);
    let erasure =
        Erasure { by, reason: "their right".into(), keys: keys.map(|(id, _, _)| id).collect() };
    Content::of(&Entry { at: Timestamp::UNIX_EPOCH, input: Input::Erased(erasure) })
}

/// Opens a record whatever became of its contents, erases what the first sensor saw, and tells whether that was done.
fn erase(home: &Path, disk: &Plugged) -> bool {
    let lock = DataLock::take(home).unwrap();
    let opened = Journal::open_bodies(Box::new(disk.clone()), lock, |_, _, _| Ok(()));
    let Ok(mut journal) = opened else { return false };
    let said = erasure(&journal);
    journal.erase(&said).is_ok() && journal.seal().is_ok()
}

#[test]
fn whenever_the_plug_is_pulled_an_erasure_is_whole_or_was_not_begun_and_nothing_is_missing() {
    let home = tempfile::tempdir().unwrap();
    watch(home.path(), &Plugged::until(&parts(home.path()), usize::MAX), &[]);
    let before = Plugged::until(&parts(home.path()), usize::MAX).left_in(1);
    let whole = {
        let home = home_of(home.path(), &before);
        let disk = Plugged::until(&parts(home.path()), usize::MAX);
        assert!(erase(home.path(), &disk));
        disk.asked()
    };
    let (mut none, mut all) = (0, 0);
    for moment in 0..=whole {
        let first = home_of(home.path(), &before);
        let disk = Plugged::until(&parts(first.path()), moment);
        let is_done = erase(first.path(), &disk);
        for way in 0..WAYS {
            let left = home_of(first.path(), &disk.left_in(way));
            let when = format!("pulled after {moment}, left in way {way}");
            let lock = DataLock::take(left.path()).unwrap();
            let opened = Journal::open_bodies(Box::new(RealDisk), lock, |_, _, _| Ok(()));
            drop(opened.unwrap_or_else(|error| panic!("{when}: {error}")));
            let mut audit = Audit::of(left.path()).unwrap();
            bodies(left.path(), |index, body| {
                audit.take(index, body, &mut |_| ());
                Ok(())
            })
            .unwrap();
            let contents = audit.finish(&mut |_| ());
            assert_eq!(
                contents.missing + contents.changed + contents.to_be_erased,
                0,
                "{when}: {contents:?}"
            );
            match contents.erased {
                0 => none += 1,
                9 => all += 1,
                some => panic!("{when}: {some} erased"),
            }
            assert!(contents.erased == 9 || !is_done, "{when}");
        }
    }
    assert!(none > 0 && all > 0, "{none} {all}");
}
