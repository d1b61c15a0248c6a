//! How late words come, so that looks wait no longer than it takes for them to be in order.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::SensorId;

use crate::limits;
use crate::roster::seconds_between;

/// What came in a while and in the one before counts.
const WHILE_S: f64 = 30.0;

/// How late the words of each sensor came lately.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lags(BTreeMap<SensorId, Lag>);

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Lag {
    /// When the present while began.
    since: Timestamp,
    now: Range,
    before: Range,
    /// How long its looks last.
    span_s: f64,
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
        let new = Lag { since: now, now: Range::NONE, before: Range::NONE, span_s };
        let lag = match self.0.get_mut(sensor) {
            Some(lag) => lag,
            None => self.0.entry(sensor.clone()).or_insert(new),
        };
        let age_s = seconds_between(lag.since, now);
        if age_s >= WHILE_S {
            let before = if age_s < 2.0 * WHILE_S { lag.now } else { Range::NONE };
            *lag = Lag { before, ..new };
        }
        lag.span_s = span_s;
        // Words from the future are in time.
        let late_s = late_s.max(0.0);
        lag.now = lag.now.with(Range { least_s: late_s, most_s: late_s });
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
        let (all, span_s) = lately.fold((Range::NONE, 0.0_f64), |(all, span_s), lag| {
            (all.with(lag.now).with(lag.before), span_s.max(lag.span_s))
        });
        all.most_s.min(all.least_s + limits::LOOK_HOLD_MAX_S) + span_s + limits::LOOK_HOLD_MARGIN_S
    }
}
