//! How late words come and how long looks last, so that looks wait no longer than it takes for them to be in order.

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

/// So many looks of several words tell how long a sensor's looks last; until then they last as long as they may.
const LOOKS_TOLD: u32 = 16;
/// Of more than so many one may last longer: it is taken in two pieces, the first of them anew.
const LOOKS_MANY: u32 = 64;

/// How late the words of each sensor came lately, and how long its looks lasted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lags(BTreeMap<SensorId, Lag>);

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Lag {
    /// When the present while began.
    since: Timestamp,
    /// The longest of it, and of the one before.
    now_s: f64,
    before_s: f64,
    newest: Newest,
    /// How long its looks last at most.
    span_s: f64,
    looks_now: Lasted,
    looks_before: Lasted,
}

/// How many looks of several words there were in a while, and how long the longest lasted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Lasted {
    looks: u32,
    most_s: f64,
    /// The longest but one.
    next_s: f64,
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
            looks_now: Lasted::default(),
            looks_before: Lasted::default(),
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

    /// A look of several words of a sensor has lasted so long.
    pub(super) fn hear_look(&mut self, sensor: &SensorId, lasted_s: f64) {
        if let Some(lag) = self.0.get_mut(sensor) {
            let Lasted { looks, most_s, next_s } = lag.looks_now;
            lag.looks_now = Lasted {
                looks: looks.saturating_add(1),
                most_s: most_s.max(lasted_s),
                next_s: next_s.max(lasted_s.min(most_s)),
            };
        }
    }

    pub(super) fn span_s(&self, sensor: &SensorId) -> f64 {
        self.0.get(sensor).map_or(0.0, |lag| lag.span_s)
    }

    /// Long enough for the slowest of those that were heard lately, and for a look to be over.
    ///
    /// What all lag by is the station's own: it is behind with its work, and comes no sooner to it by giving up the order.
    /// Beyond that nobody is waited for longer than the limit.
    pub(super) fn hold_s(&self, now: Timestamp) -> f64 {
        let lately = self.0.values().filter(|lag| seconds_between(lag.since, now) < 2.0 * WHILE_S);
        let (mut least_s, mut most_s, mut lasts_s) = (f64::MAX, 0.0_f64, 0.0_f64);
        for lag in lately {
            least_s = least_s.min(lag.newest.now_s).min(lag.newest.before_s);
            most_s = most_s.max(lag.now_s).max(lag.before_s);
            lasts_s = lasts_s.max(lag.lasts_s());
        }
        most_s.min(least_s + limits::LOOK_HOLD_MAX_S) + lasts_s + limits::LOOK_HOLD_MARGIN_S
    }
}

impl Lag {
    /// How long a look of the sensor is to be expected to last.
    fn lasts_s(&self) -> f64 {
        let (now, before) = (self.looks_now, self.looks_before);
        let longest_s = match now.looks.saturating_add(before.looks) {
            ..LOOKS_TOLD => self.span_s,
            LOOKS_TOLD..=LOOKS_MANY => now.most_s.max(before.most_s),
            _ => now.next_s.max(before.next_s),
        };
        longest_s.min(self.span_s)
    }
}
