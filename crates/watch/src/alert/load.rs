//! What a shift asks of its operators, as ISA-18.2 and EEMUA 191 measure it. It says what a desk can bear, not what a person is worth.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::Alerting;

use super::Priority;
use super::flood::WINDOW_S;
use crate::journal::PersonId;
use crate::limits;
use crate::roster::seconds_between;

/// How long alerts waited, in whole steps: of a second up to a minute, of ten up to ten minutes, of a minute up to an hour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits(BTreeMap<u32, u64>);

/// What one person at the desk did in a shift.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    pub acknowledged: u64,
    pub closed: u64,
    pub shelved: u64,
    pub waits: Waits,
}

/// One shift.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    pub from: Timestamp,
    pub until: Timestamp,
    /// When it was first looked at: a station may begin within a shift.
    pub begun: Timestamp,
    /// Calls by priority: low, medium, high.
    pub calls: [u64; 3],
    pub waits: Waits,
    pub operators: BTreeMap<PersonId, Operator>,
    /// Calls of the ten minutes that go on, and when they began.
    window: (Timestamp, u64),
    /// Most calls of ten minutes, which are counted one after the other.
    pub most_in_window: u64,
    /// Ten minutes with more calls than a flood begins with.
    pub windows_in_flood: u64,
}

/// The last shifts, the newest last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Load {
    shifts: VecDeque<Shift>,
}

impl Waits {
    fn add(&mut self, wait_s: f64) {
        let step = if wait_s < 60.0 {
            1.0
        } else if wait_s < 600.0 {
            10.0
        } else if wait_s < 3_600.0 {
            60.0
        } else {
            600.0
        };
        let told = libm::floor(wait_s.clamp(0.0, 86_400.0) / step) * step;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it lies between nought and a day of seconds"
        )]
        let told_s = told as u32;
        *self.0.entry(told_s).or_default() += 1;
    }

    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The wait that this share of them does not exceed, to the step; `None` where there is none.
    pub fn quantile_s(&self, share: f64) -> Option<u32> {
        let wanted = share * self.count() as f64;
        let mut seen = 0;
        self.0.iter().find_map(|(wait_s, count)| {
            seen += count;
            (seen as f64 >= wanted).then_some(*wait_s)
        })
    }
}

impl Shift {
    fn at(alerting: &Alerting, now: Timestamp) -> Self {
        let length_s = i64::try_from(alerting.shift_hours * 3_600).unwrap_or(28_800).max(3_600);
        let first_s = i64::try_from(alerting.shift_begins_hour * 3_600).unwrap_or_default();
        let from_s = (now.as_second() - first_s).div_euclid(length_s) * length_s + first_s;
        let moment = |second| Timestamp::from_second(second).unwrap_or(now);
        Self {
            from: moment(from_s),
            until: moment(from_s + length_s),
            begun: now,
            calls: [0; 3],
            waits: Waits::default(),
            operators: BTreeMap::new(),
            window: (now, 0),
            most_in_window: 0,
            windows_in_flood: 0,
        }
    }

    fn operator(&mut self, by: &PersonId) -> &mut Operator {
        let full = self.operators.len() >= limits::OPERATORS_MAX;
        let pooled = PersonId(String::new());
        let key = if full && !self.operators.contains_key(by) { pooled } else { by.clone() };
        self.operators.entry(key).or_default()
    }

    /// Calls in ten minutes for each who acted in the shift, on average until now or its end.
    pub fn calls_per_operator(&self, now: Timestamp) -> f64 {
        let lasted_s = seconds_between(self.begun, now.min(self.until)).max(WINDOW_S);
        let calls: u64 = self.calls.iter().sum();
        calls as f64 / (lasted_s / WINDOW_S) / self.operators.len().max(1) as f64
    }

    /// Shares of low, medium and high calls; `None` while there were none.
    pub fn shares(&self) -> Option<[f64; 3]> {
        let calls: u64 = self.calls.iter().sum();
        (calls > 0).then(|| self.calls.map(|count| count as f64 / calls as f64))
    }
}

impl Load {
    /// The last shifts, the newest last.
    pub fn shifts(&self) -> impl Iterator<Item = &Shift> {
        self.shifts.iter()
    }

    /// Goes on to the shift and the ten minutes of now.
    pub(super) fn begin(&mut self, alerting: &Alerting, now: Timestamp) {
        if self.shifts.back().is_none_or(|shift| shift.until <= now) {
            if let Some(over) = self.shifts.back_mut() {
                over.windows_in_flood += u64::from(over.window.1 > alerting.flood_begins);
            }
            self.shifts.push_back(Shift::at(alerting, now));
            if self.shifts.len() > limits::SHIFTS_KEPT {
                self.shifts.pop_front();
            }
        }
        let Some(shift) = self.shifts.back_mut() else { return };
        if seconds_between(shift.window.0, now) >= WINDOW_S {
            shift.windows_in_flood += u64::from(shift.window.1 > alerting.flood_begins);
            shift.window = (now, 0);
        }
    }

    /// A person is called.
    pub(super) fn called(&mut self, priority: Priority) {
        let Some(shift) = self.shifts.back_mut() else { return };
        shift.calls[priority as usize] += 1;
        shift.window.1 += 1;
        shift.most_in_window = shift.most_in_window.max(shift.window.1);
    }

    pub(super) fn acknowledged(&mut self, by: &PersonId, waited_s: f64) {
        let Some(shift) = self.shifts.back_mut() else { return };
        shift.waits.add(waited_s);
        let operator = shift.operator(by);
        operator.acknowledged += 1;
        operator.waits.add(waited_s);
    }

    pub(super) fn closed(&mut self, by: &PersonId) {
        if let Some(shift) = self.shifts.back_mut() {
            shift.operator(by).closed += 1;
        }
    }

    pub(super) fn shelved(&mut self, by: &PersonId) {
        if let Some(shift) = self.shifts.back_mut() {
            shift.operator(by).shelved += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    #[test]
    fn a_shift_counts_calls_waits_and_who_answered() {
        let (mut load, alerting) = (Load::default(), Alerting::default());
        let (one, other) = (PersonId("one".into()), PersonId("other".into()));
        load.begin(&alerting, at("2026-11-20T19:00:00Z"));
        for wait_s in 1..=10 {
            load.called(Priority::Low);
            load.acknowledged(&one, f64::from(wait_s));
        }
        load.called(Priority::High);
        load.acknowledged(&other, 125.0);
        load.closed(&other);
        load.shelved(&one);
        load.begin(&alerting, at("2026-11-20T20:00:00Z"));

        let shift = load.shifts().next().unwrap();
        assert_eq!(shift.from, at("2026-11-20T14:00:00Z"));
        assert_eq!(shift.until, at("2026-11-20T22:00:00Z"));
        assert_eq!(
            (shift.calls, shift.most_in_window, shift.windows_in_flood),
            ([10, 0, 1], 11, 1)
        );
        assert_eq!((shift.waits.quantile_s(0.5), shift.waits.quantile_s(0.9)), (Some(6), Some(10)));
        assert_eq!(shift.waits.quantile_s(1.0), Some(120), "to ten seconds");
        assert_eq!(shift.operators[&other].waits.quantile_s(0.5), Some(120));
        assert_eq!((shift.operators[&other].closed, shift.operators[&one].shelved), (1, 1));
        let per_operator = shift.calls_per_operator(at("2026-11-20T20:00:00Z"));
        assert!((per_operator - 11.0 / 6.0 / 2.0).abs() < 1e-9, "{per_operator}");
        assert!((shift.shares().unwrap()[0] - 10.0 / 11.0).abs() < 1e-9);
    }

    #[test]
    fn shifts_and_operators_are_bounded() {
        let (mut load, alerting) = (Load::default(), Alerting::default());
        for day in 1..=28 {
            load.begin(&alerting, at(&format!("2026-11-{day:02}T01:00:00Z")));
        }
        assert_eq!(load.shifts().count(), limits::SHIFTS_KEPT);
        for number in 0..200 {
            load.acknowledged(&PersonId(format!("{number}")), 1.0);
        }
        let shift = load.shifts().last().unwrap();
        assert_eq!(shift.operators.len(), limits::OPERATORS_MAX + 1);
        assert_eq!(shift.waits.count(), 200, "nothing is lost");
    }
}
