//! `watchline backup` and `watchline restore`: a copy of a record that is proven to hold, and back again.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use super::output::{Output, spinner};
use super::{Answer, Outcome};
use crate::record::audit::Audit;
use crate::record::disk::RealDisk;
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
struct Copied {
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
        if !self.data.join("record").is_dir() {
            bail!("{}: there is no record here", self.data.display());
        }
        let waiting = spinner("copying");
        let mut copied = Copied::to(&self.to);
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
            recordings::clear(&RealDisk, &self.to)?;
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
        let mut copied = Copied::to(&self.to);
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
        recordings::clear(&RealDisk, &self.to)?;
        copied.prove()?;
        waiting.finish_and_clear();
        out.answer(&copied, Copied::text)?;
        Ok(Answer::Yes)
    }
}

impl Copied {
    fn to(to: &Path) -> Self {
        let (files, bytes, there_before, entries, entries_signed) = (0, 0, 0, 0, 0);
        let (to, origin) = (to.to_owned(), String::new());
        Self { to, files, bytes, there_before, entries, entries_signed, origin }
    }

    /// Copies what is signed and then the entries, so that it tells of no more than there is; and has the checkpoint last, so
    /// that the copy holds at any time.
    fn record(&mut self, from: &Path) -> anyhow::Result<()> {
        let checkpoint = from.join(CHECKPOINT);
        let note = std::fs::read(&checkpoint)
            .with_context(|| format!("cannot read {}", checkpoint.display()))?;
        self.tree(from, Path::new("record/witnessed"))?;
        self.tree(from, Path::new("record"))?;
        self.put(Path::new(CHECKPOINT), |mut draft| draft.write_all(&note))?;
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
                std::fs::remove_file(entry.path()).with_context(read)?;
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
        let mut bytes = 0;
        self.put(part, |mut draft| {
            bytes = std::io::copy(&mut file, &mut draft)?;
            draft.set_permissions(found.permissions())
        })?;
        self.files += 1;
        self.bytes += bytes;
        Ok(())
    }

    /// Writes a file so that it is whole and durable or not there; nobody else may read it before it has its rights.
    fn put(
        &self,
        part: &Path,
        write: impl FnOnce(&File) -> std::io::Result<()>,
    ) -> anyhow::Result<()> {
        let target = self.to.join(part);
        let directory = target.parent().unwrap_or(Path::new("."));
        let draft = target.with_extension("draft");
        let put = || {
            std::fs::create_dir_all(directory)?;
            let mut options = std::fs::OpenOptions::new();
            let file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            write(&file)?;
            file.sync_all()?;
            std::fs::rename(&draft, &target)?;
            File::open(directory)?.sync_all()
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
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::record::tests::{answered, erase, night, recorded};
    use super::*;
    use crate::record::tests::append;

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
