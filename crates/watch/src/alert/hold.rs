//! On delay and off delay: what flickers neither calls again and again nor returns to normal each time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::Rule;

use crate::journal::AlertId;
use crate::limits;
use crate::roster::seconds_between;

/// Times of beginnings that are kept of an alert: as many as make it chatter.
const BEGINNINGS_KEPT: usize = 3;

/// What is found and not yet called for, and what is called for and no longer found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Holds {
    /// Since when something is found that has no alert yet, by rule and what it is found of.
    rising: BTreeMap<(Rule, String), Rising>,
    open: BTreeMap<AlertId, Held>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Rising {
    since: Timestamp,
    seen_at: Timestamp,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Held {
    /// When it was found last.
    found_at: Option<Timestamp>,
    /// Since when it is not found.
    fallen_at: Option<Timestamp>,
    /// When it began to be found, the newest last.
    began: VecDeque<Timestamp>,
}

impl Holds {
    /// Whether what a rule finds has lasted for its on delay.
    pub fn has_lasted(&mut self, key: (Rule, String), on_delay_s: f64, now: Timestamp) -> bool {
        if on_delay_s <= 0.0 {
            return true;
        }
        let full = self.rising.len() >= limits::ALERTS_OPEN_MAX;
        if full && !self.rising.contains_key(&key) {
            // More than can be told apart: it is called for at once rather than lost.
            return true;
        }
        let rising = self.rising.entry(key).or_insert(Rising { since: now, seen_at: now });
        rising.seen_at = now;
        seconds_between(rising.since, now) >= on_delay_s
    }

    /// What a rule found is of this alert.
    pub fn found(&mut self, alert: AlertId, now: Timestamp) {
        let held = self.open.entry(alert).or_default();
        if held.found_at.is_none() || held.fallen_at.is_some() {
            held.began.push_back(now);
            if held.began.len() > BEGINNINGS_KEPT {
                held.began.pop_front();
            }
        }
        held.found_at = Some(now);
        held.fallen_at = None;
    }

    /// Whether an alert was found in this moment.
    pub fn is_found(&self, alert: AlertId, now: Timestamp) -> bool {
        self.open.get(&alert).is_some_and(|held| held.found_at == Some(now))
    }

    /// Notes that an alert is not found; true once that has lasted for its off delay.
    pub fn has_fallen(&mut self, alert: AlertId, off_delay_s: f64, now: Timestamp) -> bool {
        let held = self.open.entry(alert).or_default();
        let fallen_at = *held.fallen_at.get_or_insert(now);
        seconds_between(fallen_at, now) >= off_delay_s
    }

    /// Whether an alert came again and again within a time (ISA-18.2: chattering).
    pub fn chatters(&self, alert: AlertId, within_s: f64) -> bool {
        self.open.get(&alert).is_some_and(|held| {
            let first = held.began.front().filter(|_| held.began.len() >= BEGINNINGS_KEPT);
            first.zip(held.began.back()).is_some_and(|(a, b)| seconds_between(*a, *b) <= within_s)
        })
    }

    /// Forgets alerts that are closed, and what was not found again.
    pub fn forget(&mut self, open: &BTreeSet<AlertId>, now: Timestamp) {
        self.open.retain(|alert, _| open.contains(alert));
        self.rising.retain(|_, rising| rising.seen_at == now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_is_found_now_and_then_never_lasts() {
        let mut holds = Holds::default();
        let key = (Rule::ZoneEntry, "depot".to_owned());
        for second in 0..30 {
            if second % 4 != 3 {
                assert!(!holds.has_lasted(key.clone(), 5.0, at(second)), "{second}");
            }
            holds.forget(&BTreeSet::new(), at(second));
        }
        assert!(
            (30..36).map(|second| holds.has_lasted(key.clone(), 5.0, at(second))).last().unwrap()
        );
    }

    #[test]
    fn an_alert_falls_once_it_was_away_for_its_delay_and_chatters_when_it_comes_thrice() {
        let mut holds = Holds::default();
        let alert = AlertId(1);
        holds.found(alert, at(0));
        assert!(!holds.has_fallen(alert, 10.0, at(1)) && !holds.has_fallen(alert, 10.0, at(9)));
        holds.found(alert, at(10));
        assert!(holds.is_found(alert, at(10)) && !holds.is_found(alert, at(11)));
        assert!(!holds.has_fallen(alert, 10.0, at(20)), "it was found between");
        assert!(holds.has_fallen(alert, 10.0, at(30)));
        assert!(!holds.chatters(alert, 60.0));
        holds.found(alert, at(31));
        assert!(holds.chatters(alert, 60.0) && !holds.chatters(alert, 30.0));
        holds.forget(&BTreeSet::new(), at(40));
        assert!(!holds.chatters(alert, 60.0), "what is closed is forgotten");
    }
}
