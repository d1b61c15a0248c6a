//! To whom the station gives something that is not shown on the page, so that the record can say it: the first of it within a
//! second, what follows together once an hour, and the rest when the station stops.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::time::Instant;
use watch::audit::{Disclosure, Receiver};

use crate::limits::{DISCLOSED_KEPT_MAX, DISCLOSED_WINDOW};

/// What was given of late, by who was given it and by which policy.
#[derive(Debug, Default)]
pub struct Disclosures(Mutex<Kept>);

/// One way out to one receiver.
#[derive(Debug, Clone)]
pub struct Giving {
    disclosures: Arc<Disclosures>,
    to: Given,
}

/// Who is given something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Given {
    to: Receiver,
    agency: Option<String>,
}

#[derive(Debug, Default)]
struct Kept {
    given: BTreeMap<Given, Last>,
    /// By which other agencies are given something, as it was at the last look.
    policy: Option<String>,
}

#[derive(Debug)]
struct Last {
    untold: Option<Untold>,
    /// When what is untold may be told.
    due: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Untold {
    count: u64,
    from: Timestamp,
    until: Timestamp,
}

impl Giving {
    /// A way out that nothing has gone by yet; `agency` is nothing where it is the station's own.
    pub fn to(disclosures: &Arc<Disclosures>, to: Receiver, agency: Option<String>) -> Self {
        Self { disclosures: Arc::clone(disclosures), to: Given { to, agency } }
    }

    /// So many messages went out by it.
    pub fn gave(&self, count: usize, at: Timestamp) {
        if count > 0 {
            let given = Untold { count: count as u64, from: at, until: at };
            self.disclosures.lock().add(&self.to, given, Instant::now());
        }
    }
}

impl Disclosures {
    /// What is to be told by now. Where other agencies are given something else than at the last look, all that went before.
    pub fn told(&self, policy: Option<&str>, now: Instant) -> Vec<Disclosure> {
        let mut kept = self.lock();
        let Kept { given, policy: before } = &mut *kept;
        let is_same = before.as_deref() == policy;
        let mut told = Vec::new();
        for (to, last) in given.iter_mut().filter(|(_, last)| !is_same || now >= last.due) {
            if let Some(untold) = last.untold.take() {
                told.push(to.disclosure(untold, before.as_deref()));
                last.due = now + DISCLOSED_WINDOW;
            }
        }
        given.retain(|_, last| last.untold.is_some() || now < last.due);
        *before = policy.map(str::to_owned);
        told
    }

    /// All that is not told yet: the station stops.
    pub fn finish(&self) -> Vec<Disclosure> {
        let mut kept = self.lock();
        let Kept { given, policy } = &mut *kept;
        let rest = given
            .iter_mut()
            .filter_map(|(to, last)| Some(to.disclosure(last.untold.take()?, policy.as_deref())));
        rest.collect()
    }

    /// What the record did not take is told again.
    pub fn give_back(&self, told: Vec<Disclosure>, now: Instant) {
        let mut kept = self.lock();
        for Disclosure { to, agency, count, from, until, .. } in told {
            kept.add(&Given { to, agency }, Untold { count, from, until }, now);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn add(&mut self, to: &Given, more: Untold, now: Instant) {
        let is_full = self.given.len() >= DISCLOSED_KEPT_MAX && !self.given.contains_key(to);
        let to = if is_full {
            Given { to: Receiver::Others, agency: to.agency.clone() }
        } else {
            to.clone()
        };
        let last = self.given.entry(to).or_insert(Last { untold: None, due: now });
        let untold = last.untold.get_or_insert(Untold { count: 0, ..more });
        untold.count = untold.count.saturating_add(more.count);
        untold.from = untold.from.min(more.from);
        untold.until = untold.until.max(more.until);
    }
}

impl Given {
    fn disclosure(&self, untold: Untold, policy: Option<&str>) -> Disclosure {
        let Self { to, agency } = self.clone();
        let policy = policy.filter(|_| agency.is_some()).map(str::to_owned);
        let Untold { count, from, until } = untold;
        Disclosure { to, agency, policy, by: Vec::new(), why: None, count, from, until }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn phone(disclosures: &Arc<Disclosures>, name: &str, agency: Option<&str>) -> Giving {
        let to = Receiver::Phone { name: name.to_owned() };
        Giving::to(disclosures, to, agency.map(str::to_owned))
    }

    fn told(told: &[Disclosure]) -> Vec<(u64, i64, i64)> {
        told.iter().map(|one| (one.count, one.from.as_second(), one.until.as_second())).collect()
    }

    #[test]
    fn the_first_is_told_at_once_and_an_hour_of_it_together() {
        let (disclosures, start) = (Arc::default(), Instant::now());
        let giving = phone(&disclosures, "ANDROID-1", None);
        let mut all = Vec::new();
        for second in 0..7_200_u64 {
            giving.gave(2, at(i64::try_from(second).unwrap()));
            let now = start + Duration::from_secs(second + 1);
            all.extend(disclosures.told(None, now));
        }
        all.extend(disclosures.finish());

        let counts: u64 = all.iter().map(|one| one.count).sum();
        assert_eq!((all.len(), counts), (3, 14_400), "{all:?}");
        assert_eq!(told(&all)[0], (2, 0, 0));
        assert_eq!(told(&all)[2].2, 7_199);
        giving.gave(0, at(9));
        assert_eq!(disclosures.finish(), []);
    }

    #[test]
    fn each_agency_is_told_apart_and_with_the_policy_that_held_then() {
        let (disclosures, now) = (Arc::default(), Instant::now());
        let (own, navy) = (phone(&disclosures, "A", None), phone(&disclosures, "A", Some("navy")));
        disclosures.told(Some("aa"), now);
        own.gave(1, at(1));
        navy.gave(1, at(1));
        assert_eq!(disclosures.told(Some("aa"), now + Duration::from_secs(1)).len(), 2);
        navy.gave(5, at(2));

        let before = disclosures.told(Some("bb"), now + Duration::from_secs(2));
        navy.gave(6, at(3));
        let after = disclosures.finish();

        let of = |told: &[Disclosure]| {
            told.iter().map(|one| (one.policy.clone(), one.count)).collect::<Vec<_>>()
        };
        assert_eq!(of(&before), [(Some("aa".to_owned()), 5)]);
        assert_eq!(of(&after), [(Some("bb".to_owned()), 6)]);
    }

    #[test]
    fn what_the_record_did_not_take_is_told_again_and_receivers_without_number_take_no_more_room() {
        let (disclosures, now) = (Arc::default(), Instant::now());
        for number in 0..2 * DISCLOSED_KEPT_MAX {
            phone(&disclosures, &number.to_string(), None).gave(1, at(0));
        }
        let later = now + Duration::from_mins(1);
        let all = disclosures.told(None, later);
        assert_eq!(all.len(), DISCLOSED_KEPT_MAX + 1);
        assert_eq!(all.iter().map(|one| one.count).sum::<u64>(), 2 * DISCLOSED_KEPT_MAX as u64);

        disclosures.give_back(all, later);

        assert_eq!(disclosures.finish().len(), DISCLOSED_KEPT_MAX + 1);
    }
}
