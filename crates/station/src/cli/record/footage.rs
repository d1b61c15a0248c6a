//! `watchline record footage`: whether recordings of cameras are what the record says of them.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use watch::footage::Recording;
use watch::journal::{self, Input};
use watch::subject::RetentionClass;

use crate::cli::output::{Output, spinner};
use crate::cli::{Answer, Outcome};
use crate::limits::FILE_READ_BYTES;
use crate::record::{self, recordings};
use crate::runtime::stepper::hex;

/// Holds every recording of a camera against the digest that was written into the record when it was complete. Exit 1
/// when one was changed, or when there is one that no entry names.
///
/// Whether the record itself holds is for `record verify` to say. Recordings that are no longer there were deleted for
/// their age or their bytes, or by somebody: the record does not tell which. Those of which the record's word was erased went
/// with it; one that is still there, from a copy perhaps, is among those that no entry names.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  watchline record verify ./night && watchline record footage ./night"
)]
pub(crate) struct Footage {
    /// A data directory; a station may be running on it.
    data: PathBuf,
    /// A folder with copies of recordings, such as a disk that was handed on, instead of the data directory's own.
    #[arg(long, value_name = "DIRECTORY")]
    media: Option<PathBuf>,
}

/// What recordings are worth.
#[derive(Debug, Default, Serialize)]
struct Proven {
    holds: bool,
    /// As they were when they were completed.
    intact: u64,
    /// In the record and no longer there.
    gone: u64,
    /// Entries that told of recordings and were erased.
    erased: u64,
    changed: Vec<Changed>,
    /// Complete recordings that no entry names, or none that can still be read.
    unnamed: Vec<String>,
}

/// A recording that is not what the record says.
#[derive(Debug, PartialEq, Serialize)]
struct Changed {
    file: String,
    /// The entry of the record that tells of it.
    entry: u64,
    began_at: Timestamp,
    ended_at: Timestamp,
    /// As the record has it.
    sha256: String,
    problem: String,
}

impl Footage {
    pub(super) fn run(self, out: &mut Output) -> Outcome {
        let media = self.media.unwrap_or_else(|| self.data.join(recordings::MEDIA));
        let mut told: Vec<(u64, Recording)> = Vec::new();
        let work = spinner("reading the record");
        let mut proven = Proven::default();
        // Before the record is read: what is complete later is of entries that come later.
        let mut unnamed =
            recordings::complete(&media).with_context(|| media.display().to_string())?;
        let footage = [RetentionClass::Footage];
        proven.erased = record::read_classes(&self.data, &footage, |index, content| {
            if let Input::Recorded(recording) = journal::read(content)?.input {
                told.push((index, recording));
            }
            Ok(())
        })?;
        work.set_message("reading recordings");
        for (entry, recording) in told {
            unnamed.remove(&recording.file);
            proven.hold(&media, entry, &recording)?;
        }
        work.finish_and_clear();
        proven.unnamed = unnamed.into_iter().collect();
        proven.holds = proven.changed.is_empty() && proven.unnamed.is_empty();
        out.answer(&proven, Proven::text)?;
        Ok(if proven.holds { Answer::Yes } else { Answer::No })
    }
}

impl Proven {
    fn hold(&mut self, media: &Path, entry: u64, recording: &Recording) -> anyhow::Result<()> {
        let path = media.join(&recording.file);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {
                self.gone += 1;
                return Ok(());
            }
            Err(fault) => return Err(fault).with_context(|| path.display().to_string()),
        };
        let (bytes, found) = digest_of(&mut file).with_context(|| path.display().to_string())?;
        if found == recording.sha256 {
            self.intact += 1;
            return Ok(());
        }
        let problem = if bytes == recording.bytes {
            format!("its SHA-256 is {}", hex(&found))
        } else {
            format!("it has {bytes} bytes, and had {}", recording.bytes)
        };
        self.changed.push(Changed {
            file: recording.file.clone(),
            entry,
            began_at: recording.began_at,
            ended_at: recording.ended_at,
            sha256: hex(&recording.sha256),
            problem,
        });
        Ok(())
    }

    fn text(&self) -> String {
        let Self { intact, gone, erased, changed, unnamed, .. } = self;
        let all = format!(
            "{intact} recordings are what they were, {gone} are no longer there; of {erased} the record's word was erased."
        );
        let lines = changed.iter().map(|changed| {
            format!("\nCHANGED: {} (entry {}): {}", changed.file, changed.entry, changed.problem)
        });
        let unnamed = unnamed.iter().map(|file| format!("\nNOT IN THE RECORD: {file}"));
        all + &lines.chain(unnamed).collect::<String>()
    }
}

/// Length and SHA-256 of a file, read piece by piece.
fn digest_of(file: &mut File) -> std::io::Result<(u64, [u8; 32])> {
    let mut digest = Sha256::new();
    let mut piece = vec![0; FILE_READ_BYTES];
    let mut bytes = 0;
    loop {
        match file.read(&mut piece)? {
            0 => return Ok((bytes, digest.finalize().into())),
            length => {
                digest.update(piece.get(..length).unwrap_or_default());
                bytes += length as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::record::tests::{answered, erase, recorded};
    use crate::record::disk::RealDisk;

    fn asked(home: &Path) -> (Answer, serde_json::Value) {
        let footage = Footage { data: home.to_owned(), media: None };
        answered(|out| footage.run(out)).unwrap()
    }

    #[test]
    fn a_recording_that_was_changed_is_named_and_one_that_is_gone_is_counted() {
        let home = tempfile::tempdir().unwrap();
        recorded(home.path(), &["one", "two", "three"]);
        let media = home.path().join("store/media/tower-1");

        let (answer, told) = asked(home.path());
        assert_eq!((answer, &told["intact"]), (Answer::Yes, &3.into()));

        std::fs::write(media.join("two.mp4"), "owt").unwrap();
        std::fs::remove_file(media.join("three.mp4")).unwrap();
        let (answer, told) = asked(home.path());
        assert_eq!((answer, &told["intact"], &told["gone"]), (Answer::No, &1.into(), &1.into()));
        assert_eq!(
            (&told["changed"][0]["file"], &told["changed"][0]["entry"]),
            (&"tower-1/two.mp4".into(), &2.into())
        );
        assert_eq!(told["unnamed"], serde_json::json!([]));
    }

    #[test]
    fn what_is_erased_has_no_recordings_left_and_one_that_comes_back_is_named() {
        let home = tempfile::tempdir().unwrap();
        recorded(home.path(), &["one", "two"]);
        let media = home.path().join("store/media/tower-1");
        std::fs::write(media.join("begun.part"), "is being written").unwrap();

        erase(home.path(), "footage/tower-1");
        recordings::clear(&RealDisk, home.path()).unwrap();

        let (answer, told) = asked(home.path());
        assert_eq!((answer, &told["erased"], &told["gone"]), (Answer::Yes, &2.into(), &0.into()));
        assert!(!media.join("one.mp4").exists() && !media.join("two.mp4").exists());
        std::fs::write(media.join("one.mp4"), "one").unwrap();
        let (answer, told) = asked(home.path());
        let back = serde_json::json!(["tower-1/one.mp4"]);
        assert_eq!((answer, &told["unnamed"]), (Answer::No, &back));
    }
}
