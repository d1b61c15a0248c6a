//! `watchline backup` and `watchline restore`: a copy of a record that is proven to hold, and back again.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use super::output::{Output, spinner};
use super::{Answer, Outcome};
use crate::limits::FILE_READ_BYTES;
use crate::record::audit::Audit;
use crate::record::disk::{self, Disk, RealDisk, Rights};
use crate::record::seal::{self, Following, Held};
use crate::record::{self, DataLock, Journal, RecordError, recordings};

const CHECKPOINT: &str = "record/checkpoint";
const SNAPSHOTS: &str = "store/snapshots";

/// Copies the record and its keys to another disk, and proves that the copy holds. A station may be running.
///
/// What is there already of an earlier backup is not copied again, but it is proven again. The copy is a data directory like
/// the one that it was made from: `record verify` and `tools/verify_record.py` read it as it is.
/// The keys are among it: who has them can sign as this station, speak to its sensors and read what its record says, what is erased
/// later included, until the copy is destroyed or made again in the same place. Keep the copy as safe as the station,
/// or leave them out.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  watchline backup ./night --to /media/usb/night")]
pub(crate) struct Backup {
    /// A data directory.
    data: PathBuf,
    /// Where the copy is made; made if it is not there.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Leaves the secret keys out: good enough to verify, neither to read nor to go on.
    #[arg(long)]
    without_keys: bool,
    /// Copies the recordings of cameras too.
    #[arg(long)]
    with_media: bool,
}

/// Puts a backup in the place of a data directory that is lost, and proves that it holds.
///
/// What the station recorded after the backup is gone, and a witness that saw it will say so. What the record says was erased
/// is erased again; of what was erased after the backup it cannot know.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  watchline restore /media/usb/night --to ./night")]
pub(crate) struct Restore {
    /// What `watchline backup` made.
    backup: PathBuf,
    /// The data directory; it must not hold a record.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

/// What was copied.
#[derive(Debug, Serialize)]
struct Copied<'a> {
    #[serde(skip)]
    disk: &'a dyn Disk,
    to: PathBuf,
    files: u64,
    bytes: u64,
    /// Files that were there already.
    there_before: u64,
    entries: u64,
    entries_signed: u64,
    origin: String,
}

impl Backup {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        self.run_on(&RealDisk, out)
    }

    /// On the disk that the copy is made on.
    fn run_on(&self, disk: &dyn Disk, out: &mut Output) -> Outcome {
        if !self.data.join("record").is_dir() {
            bail!("{}: there is no record here", self.data.display());
        }
        let waiting = spinner("copying");
        let mut copied = Copied::to(&self.to, disk);
        if !self.without_keys {
            copied.snapshots(&self.data)?;
        }
        copied.record(&self.data)?;
        if self.without_keys {
            copied.public_keys(&self.data)?;
        } else {
            copied.tree(&self.data, Path::new("keys"))?;
        }
        if self.with_media {
            copied.tree(&self.data, Path::new("store/media"))?;
        }
        if self.with_media && !self.without_keys {
            // A copy that was made here before may hold what is erased by now.
            recordings::clear(disk, &self.to)?;
        }
        waiting.set_message("proving the copy");
        copied.prove()?;
        waiting.finish_and_clear();
        out.answer(&copied, Copied::text)?;
        Ok(Answer::Yes)
    }
}

impl Restore {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let disk: &dyn Disk = &RealDisk;
        if self.to.join("record").exists() {
            bail!(
                "{}: there is a record here; a backup takes the place of nothing. Move it away first",
                self.to.display()
            );
        }
        if !self.backup.join("keys/record.key").exists() {
            bail!(
                "{}: it has no keys/record.key, so no station can go on from it; put the key there first",
                self.backup.display()
            );
        }
        let waiting = spinner("copying");
        let mut copied = Copied::to(&self.to, disk);
        copied.snapshots(&self.backup)?;
        copied.record(&self.backup)?;
        for part in ["keys", "store/media"] {
            copied.tree(&self.backup, Path::new(part))?;
        }
        waiting.set_message("proving the copy");
        // Opening it destroys the keys that the record says were erased, wherever they came from.
        let lock = DataLock::take(&self.to)?;
        let mut journal = Journal::open_bodies(Box::new(RealDisk), lock, |_, _, _| Ok(()))?;
        // Signing writes the hashes that snapshots are gone on from.
        journal.seal()?;
        drop(journal);
        recordings::clear(disk, &self.to)?;
        copied.prove()?;
        waiting.finish_and_clear();
        out.answer(&copied, Copied::text)?;
        Ok(Answer::Yes)
    }
}

impl<'a> Copied<'a> {
    fn to(to: &Path, disk: &'a dyn Disk) -> Self {
        let (files, bytes, there_before, entries, entries_signed) = (0, 0, 0, 0, 0);
        let (to, origin) = (to.to_owned(), String::new());
        Self { disk, to, files, bytes, there_before, entries, entries_signed, origin }
    }

    /// Copies what is signed and then the entries, so that it tells of no more than there is; and has the checkpoint last, so
    /// that the copy holds at any time.
    fn record(&mut self, from: &Path) -> anyhow::Result<()> {
        let checkpoint = from.join(CHECKPOINT);
        let note = std::fs::read(&checkpoint)
            .with_context(|| format!("cannot read {}", checkpoint.display()))?;
        let rights = Rights::Everybody;
        self.tree(from, Path::new("record/witnessed"))?;
        self.tree(from, Path::new("record"))?;
        self.put(Path::new(CHECKPOINT), (rights, &mut note.as_slice()))?;
        self.files += 1;
        Ok(())
    }

    /// Copies snapshots, without which no station goes on with a record from which something was erased. They come first, so that
    /// none is ahead of the record.
    fn snapshots(&mut self, from: &Path) -> anyhow::Result<()> {
        let (source, target) = (from.join(SNAPSHOTS), self.to.join(SNAPSHOTS));
        // One that is being replaced is not there any more at the second try.
        let part = Path::new(SNAPSHOTS);
        self.tree(from, part).or_else(|_| self.tree(from, part))?;
        if !target.is_dir() {
            return Ok(());
        }
        let read = || format!("cannot read {}", target.display());
        for entry in std::fs::read_dir(&target).with_context(read)? {
            let entry = entry.with_context(read)?;
            if !source.join(entry.file_name()).exists() {
                self.disk.remove(&entry.path()).with_context(read)?;
            }
        }
        Ok(())
    }

    /// Copies a directory but the checkpoint; one that is not there is empty.
    fn tree(&mut self, from: &Path, part: &Path) -> anyhow::Result<()> {
        let directory = from.join(part);
        if !directory.is_dir() {
            return Ok(());
        }
        let read = || format!("cannot read {}", directory.display());
        for entry in std::fs::read_dir(&directory).with_context(read)? {
            let entry = entry.with_context(read)?;
            let part = part.join(entry.file_name());
            let kind = entry.file_type().with_context(read)?;
            if kind.is_dir() {
                self.tree(from, &part)?;
            } else if kind.is_file() && !is_unfinished(&part) && part != Path::new(CHECKPOINT) {
                self.file(from, &part)?;
            }
        }
        Ok(())
    }

    fn public_keys(&mut self, from: &Path) -> anyhow::Result<()> {
        for name in ["keys/record.vkey", "keys/witnesses.vkey"] {
            if from.join(name).exists() {
                self.file(from, Path::new(name))?;
            }
        }
        Ok(())
    }

    /// Copies one file.
    fn file(&mut self, from: &Path, part: &Path) -> anyhow::Result<()> {
        let (source, target) = (from.join(part), self.to.join(part));
        let mut file =
            File::open(&source).with_context(|| format!("cannot read {}", source.display()))?;
        let found = file.metadata()?;
        let is_there = target.metadata().is_ok_and(|there| there.len() == found.len());
        if is_there && is_segment(part) {
            self.there_before += 1;
            return Ok(());
        }
        let is_secret = !is_for_others(found.permissions().mode());
        let rights = if is_secret { Rights::Owner } else { Rights::Everybody };
        self.bytes += self.put(part, (rights, &mut file))?;
        self.files += 1;
        Ok(())
    }

    /// Writes a file so that it is whole and durable or not there; nobody else may read it before it has its rights. Tells how
    /// many bytes it has.
    fn put(&self, part: &Path, (rights, from): (Rights, &mut dyn Read)) -> anyhow::Result<u64> {
        let target = self.to.join(part);
        let directory = target.parent().unwrap_or(Path::new("."));
        let draft = target.with_extension("draft");
        let mut put = || {
            disk::make_directories(self.disk, directory)?;
            let file = self.disk.create(&draft, rights)?;
            let mut piece = vec![0; FILE_READ_BYTES];
            let mut bytes = 0;
            loop {
                match from.read(&mut piece)? {
                    0 => break,
                    length => {
                        file.write_all_at(piece.get(..length).unwrap_or_default(), bytes)?;
                        bytes += length as u64;
                    }
                }
            }
            file.sync()?;
            self.disk.rename(&draft, &target)?;
            self.disk.sync_directory(directory)?;
            Ok::<u64, std::io::Error>(bytes)
        };
        put().with_context(|| format!("cannot write {}", target.display()))
    }

    /// Reads the whole copy and holds it against its checkpoint.
    fn prove(&mut self) -> anyhow::Result<()> {
        let by = seal::verifier(&self.to.join("keys/record.vkey"))?;
        let newest = seal::newest(&self.to, &by)?.map(|(_, checkpoint)| checkpoint);
        let mut following = Following::new(newest);
        let mut audit = Audit::of(&self.to)?;
        let mut follow = |leaf| {
            following.take(leaf);
        };
        self.entries = record::bodies(&self.to, |index, body| {
            audit.take(index, body, &mut follow);
            Ok(())
        })?;
        if let Some((index, problem)) = audit.finish(&mut follow).first_bad {
            return Err(RecordError::Unreadable { index, problem }.into());
        }
        by.name().clone_into(&mut self.origin);
        match following.held() {
            Held::Sealed(signed) => self.entries_signed = signed,
            Held::Missing { .. } | Held::Changed { .. } => {
                let path = self.to.join(CHECKPOINT);
                let problem = "the copy is not what was signed".to_owned();
                return Err(RecordError::Unsealed { path, problem }.into());
            }
        }
        Ok(())
    }

    fn text(&self) -> String {
        let Self { files, there_before, entries, entries_signed, origin, .. } = self;
        format!(
            "{}: {files} files of {:.1} MB copied, {there_before} were there; it holds: {entries} entries, {entries_signed} of them signed by {origin}.",
            self.to.display(),
            self.bytes as f64 / 1e6
        )
    }
}

/// Whether anybody but its owner may do anything with a file of this mode.
fn is_for_others(mode: u32) -> bool {
    mode.trailing_zeros() < 6
}

/// What is not complete has no place in a copy.
fn is_unfinished(part: &Path) -> bool {
    part.extension().is_some_and(|kind| kind == "draft" || kind == "part" || kind == "compact")
}

/// Segments only grow, so one of the same length is the same; the proof finds out if it is not.
fn is_segment(part: &Path) -> bool {
    part.parent() == Some(Path::new("record"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::record::tests::{answered, erase, night, recorded};
    use super::*;
    use crate::record::tests::append;
    use crate::record::tests::once::{HOW, Once};
    use crate::record::tests::plugged::{Plugged, home_of, some_ways};

    fn back_up(data: &Path, to: &Path) -> anyhow::Result<serde_json::Value> {
        let (data, to) = (data.to_owned(), to.to_owned());
        let backup = Backup { data, to, without_keys: false, with_media: false };
        answered(|out| backup.run(out)).map(|(_, told)| told)
    }

    #[test]
    fn a_backup_goes_on_where_the_station_was() {
        let (home, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        night(home.path());
        let to = disk.path().join("copy");

        let told = back_up(home.path(), &to).unwrap();

        assert_eq!((&told["entries"], &told["entries_signed"]), (&10.into(), &8.into()));
        // A second one copies only what has grown.
        let mut journal =
            Journal::open(DataLock::take(home.path()).unwrap(), |_, _| Ok(())).unwrap();
        append(&mut journal, &[vec![7; 40]]).unwrap();
        journal.seal().unwrap();
        drop(journal);
        let told = back_up(home.path(), &to).unwrap();
        assert_eq!(told["entries_signed"], 11);
        let told = back_up(home.path(), &to).unwrap();
        assert_eq!(told["there_before"], 1);

        let back = home.path().join("back");
        let restore = Restore { backup: to.clone(), to: back.clone() };
        let (_, told) = answered(|out| restore.run(out)).unwrap();
        assert_eq!(told["entries"], 11);
        let mode = back.join("keys/record.key").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let mut count = 0;
        let mut journal = Journal::open(DataLock::take(&back).unwrap(), |_, _| {
            count += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(count, 11);
        append(&mut journal, &[vec![8; 40]]).unwrap();
        journal.seal().unwrap();
        drop(journal);
        let again = Restore { backup: to, to: back };
        let refused = answered(|out| again.run(out)).unwrap_err().to_string();
        assert!(refused.contains("there is a record here"), "{refused}");
    }

    #[test]
    fn a_copy_that_does_not_hold_is_told() {
        let (home, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        night(home.path());
        back_up(home.path(), disk.path()).unwrap();
        let segment = disk.path().join("record/segment-0000000001");
        let mut bytes = std::fs::read(&segment).unwrap();
        let middle = bytes.len() / 3;
        bytes[middle] ^= 1;
        std::fs::write(&segment, bytes).unwrap();

        let refused = back_up(home.path(), disk.path()).unwrap_err().to_string();

        assert!(refused.contains("damaged"), "{refused}");
    }

    #[test]
    fn snapshots_come_along_and_older_ones_make_room() {
        let (home, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        night(home.path());
        let to = disk.path().join("copy");
        let kept = |home: &Path| home.join(SNAPSHOTS);
        std::fs::create_dir_all(kept(home.path())).unwrap();
        std::fs::write(kept(home.path()).join("5"), "five").unwrap();
        back_up(home.path(), &to).unwrap();
        assert_eq!(std::fs::read(kept(&to).join("5")).unwrap(), b"five");
        std::fs::rename(kept(home.path()).join("5"), kept(home.path()).join("8")).unwrap();
        back_up(home.path(), &to).unwrap();
        assert!(kept(&to).join("8").exists() && !kept(&to).join("5").exists());

        let back = home.path().join("back");
        let restore = Restore { backup: to, to: back.clone() };
        answered(|out| restore.run(out)).unwrap();

        assert!(kept(&back).join("8").exists());
    }

    #[test]
    fn what_was_erased_does_not_come_back_with_a_backup() {
        let (home, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        night(home.path());
        let to = disk.path().join("copy");
        back_up(home.path(), &to).unwrap();
        let key = std::fs::read_dir(to.join("keys/subjects")).unwrap().next().unwrap().unwrap();
        let kept = std::fs::read(key.path()).unwrap();
        erase(home.path(), "detection/tower-1");
        back_up(home.path(), &to).unwrap();
        let is_destroyed = |path: &Path| std::fs::read(path).unwrap().iter().all(|byte| *byte == 0);
        assert!(is_destroyed(&key.path()), "a backup made again erases too");
        // Somebody puts the key back that an older copy still had.
        std::fs::write(key.path(), kept).unwrap();

        let back = home.path().join("back");
        let restore = Restore { backup: to, to: back.clone() };
        answered(|out| restore.run(out)).unwrap();

        assert!(is_destroyed(&back.join("keys/subjects").join(key.file_name())));
    }

    /// Every file of a copy.
    fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let Ok(entries) = std::fs::read_dir(directory) else { return found };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                found.extend(files(&path));
            } else {
                found.insert(path.clone(), std::fs::read(&path).unwrap());
            }
        }
        found
    }

    /// A night, a copy of it, and more of the night that the copy lacks.
    fn copied_and_gone_on(home: &Path, to: &Path) {
        night(home);
        back_up(home, to).unwrap();
        let mut journal = Journal::open(DataLock::take(home).unwrap(), |_, _| Ok(())).unwrap();
        append(&mut journal, &[b"more".to_vec(), b"and more".to_vec()]).unwrap();
        journal.seal().unwrap();
    }

    fn again(home: &Path, to: &Path, disk: &dyn Disk) -> anyhow::Result<()> {
        let (data, to) = (home.to_owned(), to.to_owned());
        let backup = Backup { data, to, without_keys: false, with_media: false };
        answered(|out| backup.run_on(disk, out)).map(drop)
    }

    /// Each file is as it was or as it is to be, and drafts are none.
    fn assert_whole(to: &Path, before: &Files, after: &Files, when: &str) {
        for (path, bytes) in files(to) {
            let name = path.strip_prefix(to).unwrap().to_owned();
            if is_unfinished(&name) {
                continue;
            }
            let is_one = before.get(&name) == Some(&bytes) || after.get(&name) == Some(&bytes);
            assert!(is_one, "{when}: {} is torn", name.display());
        }
    }

    type Files = BTreeMap<PathBuf, Vec<u8>>;

    fn below(to: &Path) -> Files {
        let all = files(to).into_iter();
        all.map(|(path, bytes)| (path.strip_prefix(to).unwrap().to_owned(), bytes)).collect()
    }

    #[test]
    fn whatever_fails_no_file_of_a_copy_is_torn_and_the_next_one_holds() {
        let (home, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let to = disk.path().join("copy");
        copied_and_gone_on(home.path(), &to);
        let before = below(&to);
        let whole = tempfile::tempdir().unwrap();
        for (name, bytes) in &before {
            let path = whole.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        again(home.path(), whole.path(), &RealDisk).unwrap();
        let after = below(whole.path());
        assert_ne!(before, after);
        let mut tried = 0;
        for how in HOW {
            for moment in 0.. {
                let copy = home_of(&to, &files(&to));
                let disk = Once::after(moment, how);
                let when = format!("{how:?} at {moment}");
                let told = again(home.path(), copy.path(), &disk);
                assert_eq!(told.is_err(), disk.has_failed(), "{when} is told: {told:?}");
                assert_whole(copy.path(), &before, &after, &when);
                again(home.path(), copy.path(), &RealDisk).unwrap();
                tried += 1;
                if !disk.has_failed() {
                    assert!(moment > 10, "{moment} requests");
                    break;
                }
            }
        }
        let requests = {
            let copy = home_of(&to, &files(&to));
            let disk = Plugged::of(copy.path());
            again(home.path(), copy.path(), &disk).unwrap();
            disk.asked()
        };
        for moment in 0..requests {
            let copy = home_of(&to, &files(&to));
            let disk = Plugged::until(copy.path(), moment);
            drop(again(home.path(), copy.path(), &disk));
            for way in some_ways(moment) {
                let left = home_of(copy.path(), &disk.left_in(way));
                let when = format!("pulled at {moment}, way {way}");
                assert_whole(left.path(), &before, &after, &when);
                again(home.path(), left.path(), &RealDisk).unwrap();
                tried += 1;
            }
        }
        println!("counted: {tried} copies of which a request failed or the plug was pulled");
    }

    #[test]
    fn recordings_that_were_erased_go_from_a_backup_that_is_made_again() {
        let (home, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        recorded(home.path(), &["one", "two"]);
        let (to, back) = (disk.path().join("copy"), disk.path().join("back"));
        let back_up = || {
            let (data, to) = (home.path().to_owned(), to.clone());
            let backup = Backup { data, to, without_keys: false, with_media: true };
            answered(|out| backup.run(out)).unwrap();
        };
        back_up();
        let one = |home: &Path| home.join("store/media/tower-1/one.mp4");
        assert!(one(&to).exists());

        erase(home.path(), "footage/tower-1");
        back_up();

        assert!(!one(&to).exists());
        let restore = Restore { backup: to, to: back.clone() };
        answered(|out| restore.run(out)).unwrap();
        assert!(!one(&back).exists());
    }

    #[test]
    fn a_copy_that_lacks_a_key_is_told() {
        let (home, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        night(home.path());
        let key = std::fs::read_dir(home.path().join("keys/subjects")).unwrap().next().unwrap();
        std::fs::remove_file(key.unwrap().path()).unwrap();

        let refused = back_up(home.path(), disk.path()).unwrap_err().to_string();

        assert!(refused.contains("entry 1 cannot be read"), "{refused}");
    }

    #[test]
    fn without_keys_it_can_be_verified_and_not_gone_on_with() {
        let (home, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        night(home.path());
        let (data, to) = (home.path().to_owned(), disk.path().join("copy"));
        let backup = Backup { data, to: to.clone(), without_keys: true, with_media: false };

        let (_, told) = answered(|out| backup.run(out)).unwrap();

        assert_eq!(told["entries_signed"], 8);
        assert!(!to.join("keys/record.key").exists());
        let restore = Restore { backup: to, to: disk.path().join("back") };
        let refused = answered(|out| restore.run(out)).unwrap_err().to_string();
        assert!(refused.contains("keys/record.key"), "{refused}");
    }
}
