//! What is past its age is erased: by the days that the station's settings keep each class, and never early.
//!
//! A clock that is put forward must not erase anything. So a day counts as passed only if the record was written on it: what is
//! kept for thirty days goes when there are more than thirty later days with entries, and as many by the calendar. A clock that
//! jumps makes one such day, however far it jumps; a station that stood still keeps things longer.

mod traces;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use jiff::Timestamp;
use sight::geo::LocalFrame;
use watch::erasure::{ErasedBy, Erasure, KeyId};
use watch::subject::RetentionClass;
use watch::trace::Trace;

use self::traces::{Reading, Tracing};
use crate::limits::{ERASED_KEYS_MAX, KEEP_DAYS_MAX};
use crate::record::Journal;
use crate::record::compaction::{Compacted, compact};
use crate::record::disk::RealDisk;
use crate::record::keyring::{Day, day_of};
use crate::record::recordings;

/// Days for which classes are kept; one that is not named stays for good.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeepDays(BTreeMap<RetentionClass, u16>);

impl KeepDays {
    /// The days that settings give by the names of classes.
    pub fn of(told: &BTreeMap<String, u16>) -> Result<Self, String> {
        let mut keep = Self::default();
        for (name, days) in told {
            let field = format!("record.keep_days.{name}");
            let class = RetentionClass::ALL.into_iter().find(|class| class.name() == name);
            let class = class.ok_or_else(|| {
                let classes = RetentionClass::ALL.into_iter().filter(|one| !one.stays_for_good());
                let names: Vec<&str> = classes.map(RetentionClass::name).collect();
                format!("{field}: there is no such class; there are {}", names.join(", "))
            })?;
            if class.stays_for_good() {
                return Err(format!("{field}: what is of this class stays for good"));
            }
            let least = class.least_days();
            if !(least..=KEEP_DAYS_MAX).contains(days) {
                let most = KEEP_DAYS_MAX;
                return Err(format!("{field} must be {least} to {most}, got {days}"));
            }
            keep.keep(class, *days);
        }
        Ok(keep)
    }

    /// The same as settings have it.
    pub fn told(&self) -> BTreeMap<String, u16> {
        self.0.iter().map(|(class, days)| (class.name().to_owned(), *days)).collect()
    }

    pub fn keep(&mut self, class: RetentionClass, days: u16) {
        self.0.insert(class, days);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is past its age: keys, each with its class and day, of days before `covered`, from which on what entries say may
    /// still be needed.
    pub(super) fn past_age(
        &self,
        keys: &[(KeyId, RetentionClass, Day)],
        covered: Day,
    ) -> Vec<Erasure> {
        let kept_from = self.kept_from(keys, covered);
        let of_class = |(class, days): (&RetentionClass, &u16)| {
            let is_past = |day: Day| kept_from.get(class).is_some_and(|from| day < *from);
            let past = keys.iter().filter(|(_, of, day)| of == class && is_past(*day));
            let past: Vec<KeyId> = past.map(|(id, _, _)| *id).collect();
            let rule = format!("record.keep_days.{} = {days}", class.name());
            let erasure = |keys: &[KeyId]| Erasure {
                by: ErasedBy::Rule(rule.clone()),
                reason: "it is past its age".to_owned(),
                keys: keys.to_vec(),
            };
            past.chunks(ERASED_KEYS_MAX).map(erasure).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of_class).collect()
    }

    /// The first day of each class that is not past its age.
    fn kept_from(
        &self,
        keys: &[(KeyId, RetentionClass, Day)],
        covered: Day,
    ) -> BTreeMap<RetentionClass, Day> {
        let written_on: BTreeSet<Day> = keys
            .iter()
            .filter(|(_, class, _)| *class == RetentionClass::Station)
            .map(|(_, _, day)| *day)
            .collect();
        let from = |(class, days): (&RetentionClass, &u16)| {
            let today = *written_on.last()?;
            // Of so many days that were written on, and of as many by the calendar, none goes.
            let written = *written_on.iter().nth_back(usize::from(*days))?;
            Some((*class, written.min(today - Day::from(*days)).min(covered)))
        };
        self.0.iter().filter_map(from).collect()
    }
}

/// What is past its age.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Due {
    /// What is to be written down before.
    pub(super) traces: Vec<Trace>,
    pub(super) erasures: Vec<Erasure>,
    /// What the query store need not hold any more: classes, and the first days that are kept.
    pub(super) kept_from: BTreeMap<RetentionClass, Day>,
}

/// Applies the rule of a station, and frees the disk of what was erased.
#[derive(Debug)]
pub(super) struct Retention {
    keep: KeepDays,
    data: PathBuf,
    /// The day of the last look, and what was covered then.
    looked: Option<(Day, Day)>,
    freeing: Option<JoinHandle<()>>,
    /// What is due once it is known what is to stay of it.
    waiting: Option<Due>,
    tracing: Tracing,
}

impl Retention {
    pub(super) fn new(keep: KeepDays, data: PathBuf) -> Self {
        Self { keep, data, looked: None, freeing: None, waiting: None, tracing: Tracing::default() }
    }

    /// What is to be erased now. It is looked for once a day, and when more has become possible; what is to stay of tracks is
    /// read first, beside the core's thread.
    pub(super) fn due(
        &mut self,
        journal: &Journal,
        (covered, now): (Day, Timestamp),
        frame: &LocalFrame,
    ) -> Due {
        if let Some(due) = self.waiting.take() {
            return self.traced(due, now);
        }
        let looking = Some((day_of(now), covered));
        if self.keep.is_empty() || self.looked == looking || self.tracing.waits(now) {
            return Due::default();
        }
        self.looked = looking;
        let keys = journal.keys().map(|(id, subject, day)| (id, subject.class, day));
        let keys: Vec<_> = keys.collect();
        let due = Due {
            traces: Vec::new(),
            erasures: self.keep.past_age(&keys, covered),
            kept_from: self.keep.kept_from(&keys, covered),
        };
        match due.kept_from.get(&RetentionClass::Detection) {
            Some(before) if !due.erasures.is_empty() => {
                let until = (*before, journal.next_index() - 1);
                self.tracing.begin(self.data.clone(), *frame, until);
                self.waiting = Some(due);
                Due::default()
            }
            Some(_) | None => due,
        }
    }

    /// What was due could not be written down: it is looked for again.
    pub(super) fn look_again(&mut self) {
        self.looked = None;
    }

    fn traced(&mut self, due: Due, now: Timestamp) -> Due {
        match self.tracing.poll(now) {
            Reading::NotYet => {
                self.waiting = Some(due);
                Due::default()
            }
            Reading::Read(traces) => Due { traces, ..due },
            Reading::Again => {
                self.looked = None;
                Due::default()
            }
            Reading::GivenUp => due,
        }
    }

    /// Takes what was erased out of full segments, and recordings with it, beside the core's thread; a thread that is at it is
    /// left to it.
    pub(super) fn free(&mut self) {
        self.beside(|data| {
            match compact(&RealDisk, data) {
                Ok(Compacted { envelopes, segments, .. }) => tracing::info!(
                    "record: {envelopes} erased contents taken out of {segments} segments"
                ),
                Err(error) => {
                    tracing::error!("{error}; `watchline record compact` tries again");
                }
            }
            clear_recordings(data);
        });
    }

    /// Ends what a crash may have left: recordings of which the record's word was erased.
    pub(super) fn resume(&mut self) {
        self.beside(clear_recordings);
    }

    fn beside(&mut self, work: fn(&Path)) {
        if self.freeing.as_ref().is_some_and(|freeing| !freeing.is_finished()) {
            return;
        }
        let data = self.data.clone();
        match std::thread::Builder::new().name("compact".into()).spawn(move || work(&data)) {
            Ok(freeing) => self.freeing = Some(freeing),
            Err(error) => tracing::error!("cannot start a thread: {error}"),
        }
    }

    /// Waits for the end of what was begun, so that nobody else finds it half done.
    pub(super) fn finish(self) {
        if self.freeing.is_some_and(|freeing| freeing.join().is_err()) {
            tracing::error!("the thread that frees the disk panicked");
        }
    }
}

fn clear_recordings(data: &Path) {
    match recordings::clear(&RealDisk, data) {
        Ok(0) => {}
        Ok(cleared) => tracing::info!("{cleared} recordings went with the record's word of them"),
        Err(error) => tracing::error!("recordings: {error}; the next start tries again"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sight::geo::Wgs84;
    use sight::sector::SensorId;
    use watch::journal::{Entry, Input, TrackId};
    use watch::subject::Subject;

    use super::*;
    use crate::record::audit::Audit;
    use crate::record::tests::recordings::{home_that_owes, is_cleared};
    use crate::record::{Content, DataLock, bodies};
    use crate::store::sqlite::Projection;

    /// A key of the station itself and one of a sensor for each day.
    fn of_days(days: impl IntoIterator<Item = Day>) -> Vec<(KeyId, RetentionClass, Day)> {
        let id = |day: Day, more: u8| {
            let mut id = [more; 16];
            id[..8].copy_from_slice(&day.to_le_bytes());
            KeyId(id)
        };
        let both = |day| {
            [
                (id(day, 0), RetentionClass::Station, day),
                (id(day, 1), RetentionClass::Detection, day),
            ]
        };
        days.into_iter().flat_map(both).collect()
    }

    fn erased_days(
        keep: u16,
        keys: &[(KeyId, RetentionClass, Day)],
        covered: Day,
    ) -> BTreeSet<Day> {
        let mut days = KeepDays::default();
        days.keep(RetentionClass::Detection, keep);
        let erased: BTreeSet<KeyId> =
            days.past_age(keys, covered).into_iter().flat_map(|erasure| erasure.keys).collect();
        keys.iter().filter(|(id, _, _)| erased.contains(id)).map(|(_, _, day)| *day).collect()
    }

    #[test]
    fn what_is_past_its_age_goes_and_nothing_newer() {
        let keys = of_days(100..=140);
        assert_eq!(erased_days(30, &keys, 140), (100..=109).collect());
        // Not what a start would have to read again.
        assert_eq!(erased_days(30, &keys, 105), (100..=104).collect());
        assert_eq!(erased_days(300, &keys, 140), BTreeSet::new());
    }

    #[test]
    fn the_rule_names_itself_and_touches_no_other_class() {
        let mut keep = KeepDays::default();
        keep.keep(RetentionClass::Field, 1);
        assert_eq!(keep.past_age(&of_days(0..=40), 40), Vec::new());
        keep.keep(RetentionClass::Detection, 7);
        let erasures = keep.past_age(&of_days(0..=40), 40);
        let [erasure] = &erasures[..] else { panic!("{erasures:?}") };
        assert_eq!(erasure.by, ErasedBy::Rule("record.keep_days.detection = 7".into()));
        assert_eq!(erasure.keys.len(), 33);
    }

    #[test]
    fn many_keys_are_erased_by_several_entries() {
        let many = 2 * ERASED_KEYS_MAX + 1;
        let mut keys = of_days(0..=40);
        let more = (0..many as u64).map(|number| {
            let mut id = [9; 16];
            id[..8].copy_from_slice(&number.to_le_bytes());
            (KeyId(id), RetentionClass::Detection, 3)
        });
        keys.extend(more);
        let mut keep = KeepDays::default();
        keep.keep(RetentionClass::Detection, 30);
        let erasures = keep.past_age(&keys, 40);
        assert_eq!(erasures.len(), 3);
        assert!(erasures.iter().all(|erasure| erasure.keys.len() <= ERASED_KEYS_MAX));
    }

    #[test]
    fn what_is_past_its_age_is_erased_from_the_record_and_frees_its_disk() {
        let home = tempfile::tempdir().unwrap();
        let mut journal =
            Journal::open(DataLock::take(home.path()).unwrap(), |_, _| Ok(())).unwrap();
        journal.set_segment_bytes_max(2_000);
        let at = |day: Day| Timestamp::from_second(day * 86_400).unwrap();
        for day in 0..=40 {
            let content = |class, name| {
                let subject = Subject::new(class, name);
                Content { at: at(day), subject, bytes: vec![7; 100] }
            };
            let seen = content(RetentionClass::Detection, "tower-1");
            journal.append(&[content(RetentionClass::Station, "station"), seen]).unwrap();
        }
        let projection = Projection::open(home.path(), "r", 82).unwrap();
        let store = rusqlite::Connection::open(home.path().join("store/watchline.sqlite")).unwrap();
        store
            .execute_batch(
                "UPDATE progress SET applied = 82;
                 INSERT INTO track_sensors VALUES (7, 'tower-1');
                 INSERT INTO track_points VALUES (7, 777600000, 0, 0, 1), (7, 864000000, 0, 0, 1)",
            )
            .unwrap();
        drop(projection);
        let mut keep = KeepDays::default();
        keep.keep(RetentionClass::Detection, 30);
        let mut retention = Retention::new(keep, home.path().to_owned());
        let frame = LocalFrame::at(Wgs84::new(40.9, 34.5).unwrap());

        let nothing = retention.due(&journal, (Day::MIN, at(40)), &frame).erasures;
        assert_eq!(nothing, Vec::new(), "nothing is covered");
        let due = loop {
            let due = retention.due(&journal, (40, at(40)), &frame);
            if !due.erasures.is_empty() {
                break due;
            }
            std::thread::yield_now();
        };
        let [Trace { track: TrackId(7), seen_by, places }] = &due.traces[..] else {
            panic!("{due:?}")
        };
        assert_eq!((seen_by.as_slice(), places.len()), (&[SensorId("tower-1".into())][..], 1));
        assert_eq!(places[0].at, at(9), "the day that goes, and none that stays");
        let [erasure] = &due.erasures[..] else { panic!("{due:?}") };
        assert_eq!(due.kept_from, [(RetentionClass::Detection, 10)].into());
        assert_eq!(erasure.keys.len(), 10);
        let entry = Entry::new(at(40), Input::Erased(erasure.clone()));
        journal.erase(&Content::of(&entry)).unwrap();
        retention.free();
        assert_eq!(retention.due(&journal, (40, at(40)), &frame), Due::default(), "once a day");
        let more = retention.due(&journal, (41, at(41)), &frame).erasures;
        assert_eq!(more, Vec::new(), "nothing more is past its age");
        retention.finish();

        let mut audit = Audit::of(home.path()).unwrap();
        let mut without_envelope = 0;
        bodies(home.path(), |index, body| {
            audit.take(index, body, &mut |_| ());
            without_envelope += u64::from(body.envelope.is_none());
            Ok(())
        })
        .unwrap();
        let contents = audit.finish(&mut |_| ());
        assert_eq!((contents.intact, contents.erased, contents.missing), (73, 10, 0));
        assert_eq!(without_envelope, 10);
    }

    #[test]
    fn what_could_not_be_written_down_is_looked_for_again_on_the_same_day() {
        let home = tempfile::tempdir().unwrap();
        let mut journal =
            Journal::open(DataLock::take(home.path()).unwrap(), |_, _| Ok(())).unwrap();
        let at = |day: Day| Timestamp::from_second(day * 86_400).unwrap();
        for day in 0..=3 {
            let content = |class, name| {
                let subject = Subject::new(class, name);
                Content { at: at(day), subject, bytes: vec![7; 40] }
            };
            let was = content(RetentionClass::Equipment, "tower-1");
            journal.append(&[content(RetentionClass::Station, "station"), was]).unwrap();
        }
        let mut keep = KeepDays::default();
        keep.keep(RetentionClass::Equipment, 1);
        let mut retention = Retention::new(keep, home.path().to_owned());
        let frame = LocalFrame::at(Wgs84::new(40.9, 34.5).unwrap());
        let mut due = || retention.due(&journal, (3, at(3)), &frame);

        let first = due();
        assert_eq!(first.erasures.iter().map(|erasure| erasure.keys.len()).sum::<usize>(), 2);
        assert_eq!(due(), Due::default(), "it is taken to be written down");
        retention.look_again();

        assert_eq!(retention.due(&journal, (3, at(3)), &frame), first);
    }

    #[test]
    fn a_start_ends_what_a_crash_left_of_erased_recordings() {
        let home = home_that_owes();
        assert!(!is_cleared(home.path()));
        let mut retention = Retention::new(KeepDays::default(), home.path().to_owned());
        retention.resume();
        retention.finish();
        assert!(is_cleared(home.path()));
    }

    #[test]
    fn what_frees_the_disk_takes_recordings_too() {
        let home = home_that_owes();
        let mut retention = Retention::new(KeepDays::default(), home.path().to_owned());
        retention.free();
        retention.finish();
        assert!(is_cleared(home.path()));
    }

    proptest! {
        /// A clock that jumps three years, flaps or stands still: what has not been on the record for so many days stays.
        #[test]
        fn a_clock_that_jumps_erases_nothing_early(
            steps in prop::collection::vec(prop_oneof![4 => Just(1_i64), 1 => Just(1_095), 1 => 2..40_i64], 1..60),
            keep in 1..40_u16,
        ) {
            let days: Vec<Day> = steps.iter().scan(20_000, |day, step| { *day += step; Some(*day) }).collect();
            let erased = erased_days(keep, &of_days(days.iter().copied()), Day::MAX);
            for (position, day) in days.iter().enumerate() {
                let later = days.len() - position - 1;
                prop_assert_eq!(erased.contains(day), later > usize::from(keep), "{} of {:?}", day, days);
            }
        }
    }
}
