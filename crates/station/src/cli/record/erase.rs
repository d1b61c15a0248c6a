//! `watchline record erase`: what the record keeps of a subject is erased for good, and that it was is written down.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use watch::erasure::{ErasedBy, Erasure, KeyId};
use watch::journal::{Entry, Input};
use watch::subject::Subject;

use crate::cli::output::{Output, spinner};
use crate::cli::taking::TwoPersons;
use crate::cli::{Answer, Outcome};
use crate::limits::ERASED_KEYS_MAX;
use crate::record::disk::RealDisk;
use crate::record::keyring::{Day, day_of};
use crate::record::note::Verifier;
use crate::record::recordings;
use crate::record::{Content, DataLock, Journal};
use crate::runtime::{check_erasable, of_date};
use crate::snapshot;
use crate::store::sqlite::forget;

/// Erases all that the record keeps of a subject, by destroying its keys. The station must be stopped.
///
/// A subject is CLASS/NAME: `detection/SENSOR` (what it saw), `equipment/SENSOR` (how it was), `field/UNIT` (where a unit or a phone was,
/// what it called for and wrote), `weather/STATION`, `footage/CAMERA`, `access/NAME` (who came and looked at what; of a day that lies
/// 184 days back at least, by the time of the record). What people decided and what was erased stays for good.
/// The record goes on to hold: leaves and checkpoints stay, and an entry says who erased, when and why, but not whom it was about.
/// Backups keep what was erased until they are destroyed.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: what a patrol's phone told on one day\n  watchline record erase ./night --subject field/patrol-2 --day 2026-11-20 \
    --by 'A. Popa' --by 'M. Ionescu' --reason 'request 41 of 2026'"
)]
pub(crate) struct Erase {
    /// A data directory.
    data: PathBuf,
    /// Whom or what it is about: CLASS/NAME.
    #[arg(long, value_name = "SUBJECT")]
    subject: Subject,
    /// One day (UTC) instead of all.
    #[arg(long, value_name = "DATE")]
    day: Option<Date>,
    #[command(flatten)]
    who: TwoPersons,
    /// Erases even where that ends the record: what came of the entries could then not be computed again, so that no station
    /// could go on with it, though it would still verify.
    #[arg(long)]
    end_record: bool,
}

/// What was erased.
#[derive(Debug, Serialize)]
struct Erased {
    /// Entries whose contents are gone.
    entries: u64,
    keys: usize,
    /// The entry that says so.
    entry: u64,
    /// Recordings of cameras that went with it.
    recordings: u64,
}

/// What a key keeps.
#[derive(Debug, Default, Clone, Copy)]
struct Kept {
    entries: u64,
    last: u64,
}

impl Erase {
    pub(super) fn run(self, out: &mut Output) -> Outcome {
        let (by, reason) = self.who.checked()?;
        let by = ErasedBy::People(by);
        let day = match self.day {
            Some(day) => Some(of_date(day).context("--day is no day")?),
            None => None,
        };
        // Of what stays for good nothing need be read.
        self.check_erasable(day, Day::MAX)?;
        let lock = DataLock::take(&self.data)?;
        let waiting = spinner("reading the record");
        let mut of_keys = std::collections::BTreeMap::<KeyId, Kept>::new();
        let mut last_at = Timestamp::MIN;
        let mut journal = Journal::open_bodies(Box::new(RealDisk), lock, |index, body, _| {
            let kept = of_keys.entry(body.leaf.key).or_default();
            (kept.entries, kept.last) = (kept.entries + 1, index);
            last_at = last_at.max(body.leaf.at);
            Ok(())
        })?;
        waiting.finish_and_clear();
        // By the record's own time: a clock that was put forward makes nothing older.
        self.check_erasable(day, day_of(last_at))?;
        let is_meant =
            |of: &Subject, on: Day| *of == self.subject && day.is_none_or(|day| day == on);
        let keys: Vec<KeyId> = journal
            .keys()
            .filter(|(_, subject, day)| is_meant(subject, *day))
            .map(|(id, _, _)| id)
            .collect();
        if keys.is_empty() {
            bail!("--subject {}: nothing is kept of it, or no more", self.subject);
        }
        if keys.len() > ERASED_KEYS_MAX {
            bail!(
                "--subject {}: it has {} keys, at most {ERASED_KEYS_MAX} are erased at once: give --day",
                self.subject,
                keys.len()
            );
        }
        let kept = keys.iter().filter_map(|id| of_keys.get(id));
        let entries = kept.clone().map(|kept| kept.entries).sum();
        self.check_goes_on(&journal.verifier(), kept.map(|kept| kept.last).max().unwrap_or(0))?;
        let count = keys.len();
        let erasure = Erasure { by, reason, keys };
        let entry = Entry::new(last_at.max(Timestamp::now()), Input::Erased(erasure));
        let index = journal.erase(&Content::of(&entry))?;
        journal.seal()?;
        drop(journal);
        forget(&self.data, &self.subject, day)?;
        let recordings = recordings::clear(&RealDisk, &self.data)?;
        let erased = Erased { entries, keys: count, entry: index, recordings };
        out.answer(&erased, |erased| {
            format!(
                "What {} entries said is erased: {} keys are destroyed, {} recordings went. Entry {} says so.",
                erased.entries, erased.keys, erased.recordings, erased.entry
            )
        })?;
        Ok(Answer::Yes)
    }

    fn check_erasable(&self, day: Option<Day>, today: Day) -> anyhow::Result<()> {
        check_erasable(&self.subject, day, today)
            .map_err(|stays| anyhow::anyhow!("--subject {stays}"))
    }

    /// A station goes on from a snapshot that was taken after the last entry that is erased.
    fn check_goes_on(&self, by: &Verifier, last: u64) -> anyhow::Result<()> {
        if self.end_record || snapshot::newest_first(&self.data, by, last).any(|one| one.is_ok()) {
            return Ok(());
        }
        bail!(
            "what came of entry {last} could not be computed again, and no snapshot was taken after it, so that no station could \
             go on with this record: start the station and stop it, then erase; --end-record erases all the same"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::record::tests::{answered, night};

    fn who(by: &[&str], reason: &str) -> TwoPersons {
        let by = by.iter().map(|name| (*name).to_owned()).collect();
        TwoPersons { by, reason: reason.to_owned() }
    }

    fn erase(home: &std::path::Path) -> Erase {
        Erase {
            data: home.to_owned(),
            subject: "detection/tower-1".parse().unwrap(),
            day: None,
            who: who(&["A. Popa", "M. Ionescu"], "request 41"),
            end_record: true,
        }
    }

    #[test]
    fn two_people_erase_with_a_reason_and_what_must_stay_stays() {
        let home = tempfile::tempdir().unwrap();
        night(home.path());
        let refused = |erase: Erase| answered(|out| erase.run(out)).unwrap_err().to_string();
        let good = || erase(home.path());
        for (erase, why) in [
            (Erase { who: who(&["A. Popa"], "x"), ..good() }, "two people"),
            (Erase { who: who(&["A. Popa", " a. popa"], "x"), ..good() }, "one twice"),
            (Erase { who: who(&["A. Popa", ""], "x"), ..good() }, "1 to 64"),
            (Erase { who: who(&["A. Popa", "M. Ionescu"], " "), ..good() }, "--reason"),
            (Erase { subject: "decision/desk".parse().unwrap(), ..good() }, "stays for good"),
            (Erase { subject: "erasure/record".parse().unwrap(), ..good() }, "stays for good"),
            (Erase { subject: "access/Amal".parse().unwrap(), ..good() }, "for 184 days"),
            (Erase { subject: "detection/tower-9".parse().unwrap(), ..good() }, "nothing is kept"),
            (Erase { day: Some("2026-11-20".parse().unwrap()), ..good() }, "nothing is kept"),
            (Erase { end_record: false, ..good() }, "no snapshot"),
        ] {
            let told = refused(erase);
            assert!(told.contains(why), "{told}");
        }

        let (_, told) = answered(|out| good().run(out)).unwrap();

        assert_eq!((&told["entries"], &told["entry"]), (&10.into(), &11.into()));
        assert!(refused(good()).contains("nothing is kept"));
    }
    #[test]
    fn who_looked_at_what_is_erased_once_its_half_year_is_over_by_the_time_of_the_record() {
        let home = tempfile::tempdir().unwrap();
        let mut journal =
            Journal::open(DataLock::take(home.path()).unwrap(), |_, _| Ok(())).unwrap();
        let subject: Subject = "access/Amal".parse().unwrap();
        for day in [0, 1, 185] {
            let at = Timestamp::from_second(day * 86_400).unwrap();
            let looked = Content { at, subject: subject.clone(), bytes: vec![7; 40] };
            journal.append(&[looked]).unwrap();
        }
        journal.seal().unwrap();
        drop(journal);
        let of_day = |day: &str| Erase {
            subject: subject.clone(),
            day: Some(day.parse().unwrap()),
            ..erase(home.path())
        };

        // The machine's clock says that all of it is half a century old.
        let refused = answered(|out| of_day("1970-01-02").run(out)).unwrap_err().to_string();
        assert!(refused.contains("kept for 184 days"), "{refused}");
        let (_, told) = answered(|out| of_day("1970-01-01").run(out)).unwrap();

        assert_eq!((&told["entries"], &told["keys"]), (&1.into(), &1.into()));
    }
}
