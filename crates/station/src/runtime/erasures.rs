//! Erasures that two people agreed to, carried out by the core's thread between batches.
//!
//! What came of an entry that is erased cannot be computed again, so nothing is erased before a snapshot is durable that holds
//! what it led to. From the moment at which an erasure is taken up its keys keep nothing more, so that no such entry follows that
//! snapshot; then the entry that says so is written, the keys are destroyed, and another snapshot is taken.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::sync::oneshot;
use watch::audit::GraveAct;
use watch::erasure::{ErasedBy, Erasure, KeyId};
use watch::journal::PersonId;
use watch::subject::Subject;

use super::keeper::Keeper;
use crate::identity::Grave;
use crate::limits::{ERASED_KEYS_MAX, GRAVES_MAX};
use crate::record::keyring::{Day, day_of};

/// What two people agreed to erase.
#[derive(Debug, Clone)]
pub(crate) struct WantedErasure {
    subject: Subject,
    /// Of one day instead of all.
    day: Option<Day>,
    by: [PersonId; 2],
    reason: String,
}

/// Erasures that the core's thread has not taken up yet.
#[derive(Debug, Default)]
pub(super) struct Erasures(Mutex<Vec<Asked>>);

#[derive(Debug)]
struct Asked {
    wanted: WantedErasure,
    reply: oneshot::Sender<u32>,
}

/// Those that it has, in order.
#[derive(Debug, Default)]
pub(super) struct Erasing {
    waiting: Vec<Waiting>,
    /// How many of those are in the batch that is being written.
    in_batch: usize,
}

#[derive(Debug)]
struct Waiting {
    wanted: WantedErasure,
    keys: Vec<KeyId>,
    /// Entries up to this one may be under these keys.
    up_to: u64,
    reply: oneshot::Sender<u32>,
}

impl WantedErasure {
    /// What was agreed to; `None` when that is no erasure, or not agreed to.
    pub(crate) fn of(grave: Grave) -> Option<Self> {
        let Grave { act: GraveAct::Erase { day, .. }, about, by, reason, confirmed_by, .. } = grave
        else {
            return None;
        };
        let day = match day {
            Some(day) => Some(of_date(day)?),
            None => None,
        };
        Some(Self { subject: about?, day, by: [by, confirmed_by?], reason })
    }

    fn is_of(&self, subject: &Subject, day: Day) -> bool {
        *subject == self.subject && self.day.is_none_or(|wanted| wanted == day)
    }
}

/// Why two people may not have something erased.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stays {
    #[error("{0}: this class stays for good")]
    ForGood(Subject),
    #[error(
        "{subject}: it is kept for {days} days, for whoever looked must be found: name a day that lies further back than that"
    )]
    Yet { subject: Subject, days: u16 },
}

/// Refuses to erase what must stay, be it for good or for so many days; `today` is the last day that is known.
pub(crate) fn check_erasable(subject: &Subject, day: Option<Day>, today: Day) -> Result<(), Stays> {
    if subject.class.stays_for_good() {
        return Err(Stays::ForGood(subject.clone()));
    }
    let Some(days) = subject.class.days_before_erasure() else { return Ok(()) };
    if day.is_some_and(|day| today.saturating_sub(day) > Day::from(days)) {
        return Ok(());
    }
    Err(Stays::Yet { subject: subject.clone(), days })
}

/// The day that a date is; `None` beyond the calendar.
pub(crate) fn of_date(date: Date) -> Option<Day> {
    Some(day_of(date.to_zoned(TimeZone::UTC).ok()?.timestamp()))
}

impl Erasures {
    /// Asks for an erasure; `None` when too many wait.
    pub(super) fn ask(&self, wanted: WantedErasure) -> Option<oneshot::Receiver<u32>> {
        let mut asked = self.lock();
        if asked.len() >= GRAVES_MAX {
            return None;
        }
        let (reply, done) = oneshot::channel();
        asked.push(Asked { wanted, reply });
        Some(done)
    }

    fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Erasing {
    /// What may be written down now that a snapshot of so many entries is durable.
    pub(super) fn ready(&mut self, written: u64) -> Vec<Erasure> {
        self.in_batch = self.waiting.iter().take_while(|one| one.up_to <= written).count();
        let ready = self.waiting.iter().take(self.in_batch).flat_map(|one| {
            let WantedErasure { by, reason, .. } = &one.wanted;
            one.keys.chunks(ERASED_KEYS_MAX).map(|keys| Erasure {
                by: ErasedBy::People(by.clone()),
                reason: reason.clone(),
                keys: keys.to_vec(),
            })
        });
        ready.collect()
    }
}

impl Keeper {
    /// Takes up what was asked for since the last batch.
    pub(super) fn take_erasures(&mut self) {
        for Asked { wanted, reply } in self.shared.erasures.take() {
            let meant = self.journal.keys().filter(|(_, subject, day)| wanted.is_of(subject, *day));
            let keys: Vec<KeyId> = meant.map(|(id, _, _)| id).collect();
            self.journal.retire(&keys);
            let up_to = self.journal.next_index() - 1;
            self.snapshots.want(up_to);
            self.erasing.waiting.push(Waiting { wanted, keys, up_to, reply });
        }
    }

    /// Tells who waits that what was in the batch is erased, the last entry of which is durable.
    pub(super) fn tell_erased(&mut self, last: u64) {
        let Erasing { waiting, in_batch } = &mut self.erasing;
        let in_batch = std::mem::take(in_batch);
        if in_batch == 0 {
            return;
        }
        // Of the snapshots that are kept none is to be of before it.
        self.snapshots.want(last);
        for Waiting { wanted, keys, reply, .. } in waiting.drain(..in_batch) {
            if let Err(problem) = self.store.forget(wanted.subject, wanted.day) {
                self.shared.health.store_fails(&problem.to_string());
            }
            let count = u32::try_from(keys.len()).unwrap_or(u32::MAX);
            if reply.send(count).is_err() {
                tracing::warn!("{count} keys are destroyed, and who asked for it is gone");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use watch::subject::RetentionClass;

    use super::*;

    #[test]
    fn who_looked_at_what_stays_for_half_a_year_and_decisions_for_good() {
        let looked = Subject::new(RetentionClass::Access, "Amal");
        for (day, may) in
            [(None, false), (Some(1_000), false), (Some(816), false), (Some(815), true)]
        {
            assert_eq!(check_erasable(&looked, day, 1_000).is_ok(), may, "{day:?}");
        }
        // A clock that is put back makes nothing older.
        assert!(check_erasable(&looked, Some(1_000), 3).is_err());
        let decided = Subject::new(RetentionClass::Decision, "Amal");
        assert_eq!(check_erasable(&decided, Some(0), 1_000), Err(Stays::ForGood(decided)));
        let seen = Subject::new(RetentionClass::Detection, "tower-1");
        assert_eq!(check_erasable(&seen, None, 0), Ok(()));
    }
}
