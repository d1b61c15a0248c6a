//! How late words come and how long looks last, so that looks wait no longer than it takes for them to be in order.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::SensorId;

use crate::limits;
use crate::roster::seconds_between;

/// What came in a while and in the one before counts.
const WHILE_S: f64 = 30.0;

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
    now: Range,
    before: Range,
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

/// The shortest and the longest lag of a while.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Range {
    least_s: f64,
    most_s: f64,
}

impl Range {
    /// Of nothing yet.
    const NONE: Self = Self { least_s: f64::MAX, most_s: 0.0 };

    fn with(self, other: Self) -> Self {
        Self { least_s: self.least_s.min(other.least_s), most_s: self.most_s.max(other.most_s) }
    }
}

impl Lags {
    /// A word has come so many seconds after what it tells of, from a sensor whose looks last so long.
    pub(super) fn hear(&mut self, sensor: &SensorId, (late_s, span_s): (f64, f64), now: Timestamp) {
        let new = Lag {
            since: now,
            now: Range::NONE,
            before: Range::NONE,
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
            *lag = Lag { before: last.now, looks_before: last.looks_now, ..new };
        }
        lag.span_s = span_s;
        // Words from the future are in time.
        let late_s = late_s.max(0.0);
        lag.now = lag.now.with(Range { least_s: late_s, most_s: late_s });
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
        let (all, lasts_s) = lately.fold((Range::NONE, 0.0_f64), |(all, lasts_s), lag| {
            (all.with(lag.now).with(lag.before), lasts_s.max(lag.lasts_s()))
        });
        all.most_s.min(all.least_s + limits::LOOK_HOLD_MAX_S) + lasts_s + limits::LOOK_HOLD_MARGIN_S
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
