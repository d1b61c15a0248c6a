//! How late words come, so that looks wait no longer than it takes for them to be whole and in order.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::SensorId;

use crate::limits;
use crate::roster::seconds_between;

/// What came in a while and in the one before counts.
const WHILE_S: f64 = 30.0;
/// So many words and as many before them tell how late a sensor's words come at least just now.
const NEWEST_WORDS: u32 = 16;
/// So many looks tell how late a sensor's are whole; until then the latest word tells it, and looks last as long as they may.
const LOOKS_TOLD: u32 = 16;
/// One look in so many is not waited for: it is put where it belongs when it comes.
const LOOKS_PER_LATE: u32 = 32;
/// The latest of a while that are remembered.
const LATEST: usize = 16;

/// How late the words of each sensor came lately, and how late its looks were whole.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lags(BTreeMap<SensorId, Lag>);

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Lag {
    /// When the present while began.
    since: Timestamp,
    /// The latest word of it, and of the one before.
    now_s: f64,
    before_s: f64,
    newest: Newest,
    /// How long its looks last at most.
    span_s: f64,
    looks_now: Whole,
    looks_before: Whole,
}

/// How many looks were taken in a while, and how long after their own times the latest of them were whole, longest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Whole {
    looks: u32,
    latest_s: [f64; LATEST],
}

impl Whole {
    fn hear(&mut self, late_s: f64) {
        self.looks = self.looks.saturating_add(1);
        let place = self.latest_s.partition_point(|later_s| *later_s >= late_s);
        if let Some(earlier @ [_, ..]) = self.latest_s.get_mut(place..) {
            earlier.rotate_right(1);
            earlier[0] = late_s;
        }
    }

    /// How late all were whole but one in so many; `None` of too few.
    fn late_s(&self, before: &Self) -> Option<f64> {
        let looks = self.looks.saturating_add(before.looks);
        if looks < LOOKS_TOLD {
            return None;
        }
        let mut latest_s = [self.latest_s, before.latest_s].concat();
        latest_s.sort_by(|a, b| b.total_cmp(a));
        let left = usize::try_from(looks / LOOKS_PER_LATE).unwrap_or(LATEST);
        latest_s.get(left.min(LATEST - 1)).copied()
    }
}

/// The shortest lag of the newest words of a sensor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Newest {
    words: u32,
    now_s: f64,
    before_s: f64,
}

impl Newest {
    /// Of nothing yet.
    const NONE: Self = Self { words: 0, now_s: f64::MAX, before_s: f64::MAX };

    fn hear(&mut self, late_s: f64) {
        if self.words == NEWEST_WORDS {
            *self = Self { before_s: self.now_s, ..Self::NONE };
        }
        self.words += 1;
        self.now_s = self.now_s.min(late_s);
    }

    fn least_s(&self) -> f64 {
        self.now_s.min(self.before_s)
    }
}

impl Lags {
    /// A word has come so many seconds after what it tells of, from a sensor whose looks last so long.
    pub(super) fn hear(&mut self, sensor: &SensorId, (late_s, span_s): (f64, f64), now: Timestamp) {
        let new = Lag {
            since: now,
            now_s: 0.0,
            before_s: 0.0,
            newest: Newest::NONE,
            span_s,
            looks_now: Whole::default(),
            looks_before: Whole::default(),
        };
        let lag = match self.0.get_mut(sensor) {
            Some(lag) => lag,
            None => self.0.entry(sensor.clone()).or_insert(new),
        };
        let age_s = seconds_between(lag.since, now);
        if age_s >= WHILE_S {
            let last = if age_s < 2.0 * WHILE_S { *lag } else { new };
            let (before_s, newest) = (last.now_s, lag.newest);
            *lag = Lag { before_s, newest, looks_before: last.looks_now, ..new };
        }
        lag.span_s = span_s;
        // Words from the future are in time.
        let late_s = late_s.max(0.0);
        lag.now_s = lag.now_s.max(late_s);
        lag.newest.hear(late_s);
    }

    /// A look of a sensor, or what came late of it, has been whole so long after its time.
    pub(super) fn hear_look(&mut self, sensor: &SensorId, late_s: f64) {
        if let Some(lag) = self.0.get_mut(sensor) {
            lag.looks_now.hear(late_s.max(0.0));
        }
    }

    pub(super) fn span_s(&self, sensor: &SensorId) -> f64 {
        self.0.get(sensor).map_or(0.0, |lag| lag.span_s)
    }

    /// Long enough for the looks of the slowest of those that were heard lately to be whole.
    ///
    /// What all lag by is the station's own: it is behind with its work, and comes no sooner to it by giving up the order.
    /// Beyond that nobody is waited for longer than the limit.
    pub(super) fn hold_s(&self, now: Timestamp) -> f64 {
        let lately =
            || self.0.values().filter(|lag| seconds_between(lag.since, now) < 2.0 * WHILE_S);
        let least_s = lately().map(|lag| lag.newest.least_s()).fold(f64::MAX, f64::min);
        let most_s = least_s + limits::LOOK_HOLD_MAX_S;
        lately().map(|lag| lag.hold_s(most_s)).fold(0.0, f64::max) + limits::LOOK_HOLD_MARGIN_S
    }
}

impl Lag {
    /// How long after their times looks are to be expected to be whole, where words are waited for no longer than the most.
    fn hold_s(&self, most_s: f64) -> f64 {
        match self.looks_now.late_s(&self.looks_before) {
            // A sensor that falls behind is waited for before many of its looks have come late.
            Some(late_s) => late_s.max(self.newest.least_s()).min(most_s + self.span_s),
            None => self.now_s.max(self.before_s).min(most_s) + self.span_s,
        }
    }
}
