//! Floods of alerts: more in ten minutes than one operator can take in.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::{Alerting, Rule};

use super::{Alert, Priority};
use crate::journal::AlertId;
use crate::limits;
use crate::roster::seconds_between;

/// Over which calls are counted (ISA-18.2, EEMUA 191).
pub const WINDOW_S: f64 = 600.0;

/// Calls of the last ten minutes, and since when they are a flood.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Flood {
    calls: VecDeque<Timestamp>,
    since: Option<Timestamp>,
    /// Floods so far.
    pub floods: u64,
}

/// Alerts of one rule and priority that wait together in a flood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub rule: Rule,
    pub priority: Priority,
    /// Oldest first.
    pub alerts: Vec<AlertId>,
}

impl Flood {
    /// A person is called.
    pub(super) fn called(&mut self, now: Timestamp) {
        if self.calls.len() >= limits::FLOOD_CALLS_KEPT {
            self.calls.pop_front();
        }
        self.calls.push_back(now);
    }

    /// Begins and ends floods as time passes.
    pub(super) fn tick(&mut self, alerting: &Alerting, now: Timestamp) {
        let is_over = |at: &Timestamp| seconds_between(*at, now) >= WINDOW_S;
        while self.calls.front().is_some_and(is_over) {
            self.calls.pop_front();
        }
        let count = self.calls.len() as u64;
        match self.since {
            None if count > alerting.flood_begins => {
                self.since = Some(now);
                self.floods += 1;
            }
            Some(_) if count < alerting.flood_ends => self.since = None,
            None | Some(_) => {}
        }
    }

    /// Since when it is a flood.
    pub fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// Calls within the last ten minutes.
    pub fn calls(&self) -> usize {
        self.calls.len()
    }
}

/// What waits below the highest priority, by rule and priority: the gravest first. Each alert is in one of them.
pub fn groups<'a>(waiting: impl Iterator<Item = &'a Alert>) -> Vec<Group> {
    let mut groups: BTreeMap<(std::cmp::Reverse<Priority>, Rule), Vec<AlertId>> = BTreeMap::new();
    for alert in waiting.filter(|alert| alert.priority < Priority::High) {
        let key = (std::cmp::Reverse(alert.priority), alert.kind.rule());
        groups.entry(key).or_default().push(alert.id);
    }
    let group = |((std::cmp::Reverse(priority), rule), alerts)| Group { rule, priority, alerts };
    groups.into_iter().map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_begins_beyond_ten_in_ten_minutes_and_ends_below_five() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let (mut flood, alerting) = (Flood::default(), Alerting::default());
        for second in 0..10 {
            flood.called(at(second));
        }
        flood.tick(&alerting, at(10));
        assert_eq!((flood.since(), flood.calls()), (None, 10));

        flood.called(at(11));
        flood.tick(&alerting, at(11));
        assert_eq!((flood.since(), flood.floods), (Some(at(11)), 1));

        flood.tick(&alerting, at(605));
        assert_eq!((flood.since(), flood.calls()), (Some(at(11)), 5), "five are as many as may be");
        flood.tick(&alerting, at(606));
        assert_eq!((flood.since(), flood.floods), (None, 1));
    }
}
