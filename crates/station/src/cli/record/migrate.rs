//! `watchline record migrate`: a record of an earlier version is brought up to date.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::cli::output::{Output, spinner};
use crate::cli::taking::TwoPersons;
use crate::cli::{Answer, Outcome};
use crate::record::disk::RealDisk;
use crate::record::{DataLock, migration};

/// Brings a record that an earlier version wrote up to date. The station must be stopped.
///
/// The old record is kept, with the keys that signed it, in `DIR/record-format-1`, and still verifies with `tools/verify_record.py`. The new
/// one has another key and another name, so that it takes two people, and its last entries tell who they were and the root and the signed checkpoint of the old one: give the new
/// `record.vkey` to all who had the old one, witnesses among them. It may be killed and run again at any time. The old record keeps
/// in the clear what is erased later from the new one: destroy it when nobody needs it any more.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  watchline record migrate ./night --by 'A. Popa' --by 'M. Ionescu' --reason 'the new version' &&\n  watchline record verify ./night"
)]
pub(crate) struct Migrate {
    /// A data directory.
    data: PathBuf,
    #[command(flatten)]
    who: TwoPersons,
}

/// What was made of it.
#[derive(Debug, Serialize)]
struct Told {
    entries: u64,
    /// The new record's name.
    origin: String,
    /// Where the old one is.
    backup: PathBuf,
}

impl Migrate {
    pub(super) fn run(self, out: &mut Output) -> Outcome {
        let (by, reason) = self.who.checked()?;
        let lock = DataLock::take(&self.data)?;
        let waiting = spinner("migrating");
        let migrated = migration::migrate(&lock, (&by, &reason), &RealDisk)?;
        waiting.finish_and_clear();
        let told =
            Told { entries: migrated.entries, origin: migrated.origin, backup: migrated.backup };
        out.answer(&told, |told| {
            format!(
                "{} entries are now in the record {}; the old record is in {}.",
                told.entries,
                told.origin,
                told.backup.display()
            )
        })?;
        Ok(Answer::Yes)
    }
}
