//! Who looked at what of late, so that the record can say who was told of people, when and why.
//!
//! A first look is told within a second, what one reader looks at again within [`CONSULTED_WINDOW`] together, and the end of
//! a look that lasts when it ends. Each reader has a budget of things to look at: what is beyond it is counted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio::time::Instant;
use watch::audit::{Audit, Audited, Consultation, Consulted};
use watch::journal::PersonId;

use super::viewer::{Viewer, Who};
use crate::limits::{
    CONSULTED_AT_ONCE, CONSULTED_BEYOND_INTERVAL, CONSULTED_EVERY, CONSULTED_KEPT_MAX,
    CONSULTED_WINDOW, LOOK_LASTS,
};

/// Who looks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reader {
    Person(PersonId),
    Machine(String),
}

/// One thing that one reader looks at for one reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) reader: Reader,
    pub(super) what: Consulted,
    pub(super) why: Option<String>,
}

/// When something happens: in station time, and as the machine counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) at: Timestamp,
    pub(super) now: Instant,
}

/// Looks of late, no more than fit.
#[derive(Debug, Default)]
pub(super) struct Consultations {
    kept: BTreeMap<Key, Kept>,
    /// Of readers that looked at much of late.
    allowances: BTreeMap<Reader, Allowance>,
}

#[derive(Debug)]
struct Kept {
    untold: Option<Untold>,
    /// Looks that last still, and since when there are any.
    open: u32,
    open_since: Timestamp,
    /// When what is untold may be told.
    due: Instant,
}

#[derive(Debug)]
struct Untold {
    times: u32,
    from: Timestamp,
    to: Timestamp,
}

/// How much a reader may still look at that is told one by one.
#[derive(Debug)]
struct Allowance {
    /// When all of it was left, as if it grew without end.
    whole_at: Instant,
    beyond: Option<(u64, Timestamp, Timestamp)>,
    due: Instant,
}

impl Reader {
    /// Nobody where nobody is asked who they are.
    pub(super) fn of(viewer: &Viewer) -> Option<Self> {
        match viewer.who() {
            Who::Person(standing) => Some(Self::Person(standing.name.clone())),
            Who::Machine { name, .. } => Some(Self::Machine(name.clone())),
            Who::Anyone => None,
        }
    }

    fn apart(&self) -> (Option<PersonId>, Option<String>) {
        match self {
            Self::Person(name) => (Some(name.clone()), None),
            Self::Machine(name) => (None, Some(name.clone())),
        }
    }
}

impl Key {
    /// What the record is told of looks from one time to another.
    pub(super) fn audit(&self, times: u32, from: Timestamp, to: Timestamp) -> Audit {
        let (by, machine) = self.reader.apart();
        let (what, why) = (self.what.clone(), self.why.clone());
        let told = Consultation { what, machine, why, times, from, to };
        Audit { by, what: Audited::Consulted(told) }
    }
}

impl Consultations {
    /// Somebody begins to look. False where it is counted alone, and its end does not matter.
    pub(super) fn begin(&mut self, key: &Key, moment: Moment) -> bool {
        let Moment { at, now } = moment;
        if !self.kept.contains_key(key) {
            let is_full = self.kept.len() >= CONSULTED_KEPT_MAX;
            let allowance = self.allowances.entry(key.reader.clone());
            let allowance = allowance.or_insert_with(|| Allowance::whole(now));
            if is_full || !allowance.take(now) {
                allowance.count(1, at);
                return false;
            }
        }
        let kept = self.kept.entry(key.clone());
        let kept = kept.or_insert(Kept { untold: None, open: 0, open_since: at, due: now });
        if kept.open == 0 {
            kept.open_since = at;
        }
        kept.open += 1;
        let untold = kept.untold.get_or_insert(Untold { times: 0, from: at, to: at });
        untold.times = untold.times.saturating_add(1);
        untold.to = untold.to.max(at);
        true
    }

    /// A look that began then is over.
    pub(super) fn end(&mut self, key: &Key, began: Moment, moment: Moment) {
        let Some(kept) = self.kept.get_mut(key) else { return };
        kept.open = kept.open.saturating_sub(1);
        if moment.now.saturating_duration_since(began.now) >= LOOK_LASTS {
            let untold = Untold { times: 0, from: began.at, to: moment.at };
            let untold = kept.untold.get_or_insert(untold);
            untold.from = untold.from.min(began.at);
            untold.to = untold.to.max(moment.at);
        }
    }

    /// What is to be told by now, and forgets what was told long enough ago.
    pub(super) fn told(&mut self, now: Instant) -> Vec<Audit> {
        let mut told = Vec::new();
        for (key, kept) in &mut self.kept {
            if now >= kept.due
                && let Some(Untold { times, from, to }) = kept.untold.take()
            {
                told.push(key.audit(times, from, to));
                kept.due = now + CONSULTED_WINDOW;
            }
        }
        self.kept.retain(|_, kept| kept.open > 0 || kept.untold.is_some() || now < kept.due);
        for (reader, allowance) in &mut self.allowances {
            if now >= allowance.due {
                told.extend(allowance.told(reader));
                allowance.due = now + CONSULTED_BEYOND_INTERVAL;
            }
        }
        self.allowances.retain(|_, one| one.beyond.is_some() || now < one.whole_at);
        told
    }

    /// Ends everything: the station stops.
    pub(super) fn finish(&mut self, moment: Moment) -> Vec<Audit> {
        let mut told = Vec::new();
        for (key, kept) in std::mem::take(&mut self.kept) {
            let mut last = kept.untold;
            if kept.open > 0 {
                let (from, to) = (kept.open_since, moment.at);
                last.get_or_insert(Untold { times: 0, from, to }).to = to;
            }
            told.extend(last.map(|Untold { times, from, to }| key.audit(times, from, to)));
        }
        for (reader, mut allowance) in std::mem::take(&mut self.allowances) {
            told.extend(allowance.told(&reader));
        }
        told
    }

    /// Counts what could not be told one by one after all.
    pub(super) fn give_up(&mut self, audit: &Audit, now: Instant) {
        let (count, from, to) = if let Audited::Consulted(told) = &audit.what {
            (u64::from(told.times), told.from, told.to)
        } else if let Audited::ConsultedBeyond { count, from, to, .. } = &audit.what {
            (*count, *from, *to)
        } else {
            return;
        };
        let reader = match (&audit.by, audit.machine()) {
            (Some(name), _) => Reader::Person(name.clone()),
            (None, Some(name)) => Reader::Machine(name.to_owned()),
            (None, None) => return,
        };
        let allowance = self.allowances.entry(reader).or_insert_with(|| Allowance::whole(now));
        allowance.count(count, from);
        allowance.count(0, to);
    }
}

impl Allowance {
    fn whole(now: Instant) -> Self {
        Self { whole_at: now, beyond: None, due: now + CONSULTED_BEYOND_INTERVAL }
    }

    /// Takes one off; false where nothing is left.
    fn take(&mut self, now: Instant) -> bool {
        let whole_at = self.whole_at.max(now) + CONSULTED_EVERY;
        let is_left = whole_at.duration_since(now) <= CONSULTED_EVERY * CONSULTED_AT_ONCE;
        if is_left {
            self.whole_at = whole_at;
        }
        is_left
    }

    fn count(&mut self, count: u64, at: Timestamp) {
        let (so_far, from, to) = self.beyond.unwrap_or((0, at, at));
        self.beyond = Some((so_far.saturating_add(count), from.min(at), to.max(at)));
    }

    fn told(&mut self, reader: &Reader) -> Option<Audit> {
        let (count, from, to) = self.beyond.take()?;
        let (by, machine) = reader.apart();
        Some(Audit { by, what: Audited::ConsultedBeyond { machine, count, from, to } })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use watch::journal::TrackId;

    use super::*;

    fn key(name: &str, track: u64) -> Key {
        let reader = Reader::Person(PersonId(name.to_owned()));
        Key { reader, what: Consulted::Track(TrackId(track)), why: None }
    }

    /// So many seconds after the start.
    fn after(start: Instant, seconds: u64) -> Moment {
        let at = Timestamp::from_second(1_000 + i64::try_from(seconds).unwrap()).unwrap();
        Moment { at, now: start + Duration::from_secs(seconds) }
    }

    fn looks(told: &[Audit]) -> Vec<(u32, i64, i64)> {
        let look = |audit: &Audit| {
            let Audited::Consulted(one) = &audit.what else { panic!("{audit:?}") };
            (one.times, one.from.as_second(), one.to.as_second())
        };
        told.iter().map(look).collect()
    }

    #[test]
    fn a_first_look_is_told_at_once_and_those_that_follow_together() {
        let (mut looked, start) = (Consultations::default(), Instant::now());
        let hasan = key("Hasan", 7);
        for second in 0..100 {
            let moment = after(start, second);
            assert!(looked.begin(&hasan, moment));
            looked.end(&hasan, moment, moment);
            let told = looked.told(moment.now);
            assert_eq!(looks(&told), if second == 0 { vec![(1, 1_000, 1_000)] } else { vec![] });
        }
        let later = start + CONSULTED_WINDOW;
        assert_eq!(looks(&looked.told(later)), [(99, 1_001, 1_099)]);
        assert_eq!(looks(&looked.told(later + CONSULTED_WINDOW)), []);
        assert!(looked.kept.is_empty(), "what was told is forgotten");
    }

    #[test]
    fn a_look_that_lasts_is_told_with_its_beginning_and_its_end() {
        let (mut looked, start) = (Consultations::default(), Instant::now());
        let hasan = key("Hasan", 7);
        looked.begin(&hasan, after(start, 0));
        assert_eq!(looks(&looked.told(start)), [(1, 1_000, 1_000)]);
        let end = after(start, 3_600);
        assert_eq!(looks(&looked.told(end.now)), [], "it lasts");

        looked.end(&hasan, after(start, 0), end);

        assert_eq!(looks(&looked.told(end.now)), [(0, 1_000, 4_600)]);
    }

    #[test]
    fn a_station_that_stops_tells_what_lasts_still() {
        let (mut looked, start) = (Consultations::default(), Instant::now());
        looked.begin(&key("Hasan", 7), after(start, 0));
        assert_eq!(looked.told(start).len(), 1);

        assert_eq!(looks(&looked.finish(after(start, 60))), [(0, 1_000, 1_060)]);
    }

    #[test]
    fn a_flood_of_looks_is_told_as_a_number_and_hides_nobody_elses() {
        let (mut looked, start) = (Consultations::default(), Instant::now());
        for track in 0..100_000 {
            looked.begin(&key("Hasan", track), after(start, 0));
        }
        assert!(looked.begin(&key("Omar", 7), after(start, 1)), "his own budget");

        let told = looked.told(start + CONSULTED_BEYOND_INTERVAL);

        let alone = |audit: &&Audit| matches!(audit.what, Audited::Consulted(_));
        assert_eq!(told.iter().filter(alone).count(), CONSULTED_AT_ONCE as usize + 1);
        let beyond: Vec<_> = told.iter().filter(|audit| !alone(audit)).collect();
        let [Audit { by, what: Audited::ConsultedBeyond { count, .. } }] = beyond[..] else {
            panic!("{beyond:?}");
        };
        assert_eq!(by.as_ref().unwrap().0, "Hasan");
        assert_eq!(*count, 100_000 - u64::from(CONSULTED_AT_ONCE));
    }

    #[test]
    fn readers_without_number_take_no_more_room_than_there_is() {
        let (mut looked, now) = (Consultations::default(), Instant::now());
        for reader in 0..2 * CONSULTED_KEPT_MAX {
            looked.begin(&key(&format!("{reader}"), 1), after(now, 0));
        }
        assert_eq!(looked.kept.len(), CONSULTED_KEPT_MAX);
    }
}
