//! Reports gathered into looks: what one sensor saw at one time in one direction, empty looks included.
//!
//! A sensor that works and reports nothing has still looked, and what it did not see is evidence. A
//! camera that pans over 200 degrees sees four at a time: its field of regard is cut into steps of
//! its field of view, and each step is looked at once a revisit. Doors deliver objects one by one,
//! and each with a time of its own, so looks are put together here, wait a little and then go to the
//! tracker in order of time. How long they wait follows from how late words have come lately.

mod gather;
mod lag;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sight::sector::SensorId;

use self::gather::{Taken, Waiting};
use self::lag::Lags;
use crate::detection::DetectionReport;
use crate::limits;
use crate::roster::seconds_between;

/// One step of one sensor's sweep; sensors that see all of their field at once have step 0 alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Step {
    pub sensor: SensorId,
    pub index: u16,
}

/// What one sensor saw in one step at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Look {
    pub at: Timestamp,
    pub step: Step,
    pub reports: Vec<DetectionReport>,
    /// When the last of its reports reached the station; of an empty look, its own time.
    pub arrived_at: Timestamp,
    /// How many reports of the same look went before these.
    pub before: u64,
}

/// How often a working sensor comes back to each of its steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sweep<'a> {
    pub sensor: &'a SensorId,
    pub steps: u16,
    pub revisit_s: f64,
}

impl Sweep<'_> {
    /// How long after the first report of a look others still belong to it.
    ///
    /// Who turns is over one step for its share of the turn, and half as long again where the turn is uneven. Who sees all
    /// at once tells it at once.
    pub fn span_s(&self) -> f64 {
        let (share, most_s) = if self.steps > 1 {
            (1.5 / f64::from(self.steps), limits::LOOK_SPAN_TURNING_MAX_S)
        } else {
            (0.5, limits::LOOK_SPAN_STARING_MAX_S)
        };
        (share * self.revisit_s).min(self.revisit_s / 2.0).min(most_s)
    }
}

/// Looks that wait for their turn, and when each step was last looked at.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Looks {
    waiting: BTreeMap<Step, Waiting>,
    /// Of each sensor, when each of its steps was last looked at.
    last_looked: BTreeMap<SensorId, Vec<Option<Timestamp>>>,
    /// Reports of each sensor that wait.
    waiting_of: BTreeMap<SensorId, usize>,
    /// Of all together.
    reports: usize,
    floods: BTreeMap<SensorId, Flood>,
    /// Looks that have gone to the tracker and whose stragglers may yet come, oldest first.
    taken: BTreeMap<Step, VecDeque<Taken>>,
    telling: BTreeMap<SensorId, Telling>,
    lags: Lags,
    /// Looks were taken up to here.
    until: Option<Timestamp>,
}

/// Of which step a sensor is telling.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Telling {
    index: u16,
    /// The step that it told of before.
    before: Option<u16>,
    /// When the last that it told of was seen.
    seen_at: Timestamp,
}

/// Reports of one sensor that found its share of the waiting room full, or their look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Flood {
    pub dropped: u64,
    /// When the last of them came.
    pub last_at: Option<Timestamp>,
}

impl Looks {
    /// Puts a report that has just arrived with what its sensor saw in this step; one that is already there changes nothing.
    ///
    /// At the edge of its step, it may be counted to the one beside. `span_s` after the first of a look its sensor is done
    /// with it; what it tells was seen `delay_s` before it says. Nobody waits for people, who have no pace: they tell of what
    /// they saw some time ago.
    pub fn add(
        &mut self,
        (step, beside): (Step, Option<u16>),
        report: DetectionReport,
        pace: Option<(f64, f64)>,
        now: Timestamp,
    ) {
        let sensor = step.sensor.clone();
        let seen_at = before(report.observed_at, pace.map_or(0.0, |(_, delay_s)| delay_s));
        if let Some((span_s, _)) = pace {
            self.lags.hear(&sensor, (seconds_between(seen_at, now), span_s), now);
        }
        let waiting = self.waiting_of.get(&sensor).copied().unwrap_or(0);
        let is_full = self.reports >= limits::REPORTS_WAITING_MAX;
        if is_full || waiting >= limits::SENSOR_REPORTS_WAITING_MAX {
            self.drop_of(&sensor, now);
            return;
        }
        let step = self.told_of(step, beside, seen_at);
        if self.waiting.entry(step).or_default().add(seen_at, report, now) {
            self.reports += 1;
            *self.waiting_of.entry(sensor).or_default() += 1;
        }
    }

    /// The step that a report at the edge of two is counted to: the one that its sensor is telling of, and when it has gone
    /// on since, the one that it has not told of yet.
    ///
    /// What a sensor tells of one part of its turn at once is so one look, though the places at its ends are not sure.
    fn told_of(&mut self, step: Step, beside: Option<u16>, seen_at: Timestamp) -> Step {
        let last = self.telling.get(&step.sensor).copied();
        let own = step.index;
        let index = match (last, beside) {
            (Some(last), Some(beside)) if last.index == own || last.index == beside => {
                let other = if last.index == own { beside } else { own };
                let goes_on = seconds_between(last.seen_at, seen_at) < limits::LOOK_SPAN_LEAST_S;
                if goes_on || last.before == Some(other) { last.index } else { other }
            }
            _ => own,
        };
        let before = match last {
            Some(last) if last.index == index => last.before,
            Some(last) => Some(last.index),
            None => None,
        };
        let telling = Telling { index, before, seen_at };
        match self.telling.get_mut(&step.sensor) {
            Some(known) => *known = telling,
            None => drop(self.telling.insert(step.sensor.clone(), telling)),
        }
        Step { index, ..step }
    }

    /// How long after they were seen looks go to the tracker.
    pub fn hold_s(&self, now: Timestamp) -> f64 {
        self.lags.hold_s(now)
    }

    /// What a sensor told beyond what is kept of it.
    pub fn flood(&self, sensor: &SensorId) -> Flood {
        self.floods.get(sensor).copied().unwrap_or_default()
    }

    fn drop_of(&mut self, sensor: &SensorId, now: Timestamp) {
        let flood = self.floods.entry(sensor.clone()).or_default();
        flood.dropped += 1;
        flood.last_at = Some(now);
    }

    /// Takes the looks whose hold is over, oldest first, with an empty look for each step of a
    /// working sensor in which nothing was reported for a whole revisit.
    pub fn take_due<'a>(
        &mut self,
        sweeps: impl Iterator<Item = Sweep<'a>>,
        now: Timestamp,
    ) -> Vec<Look> {
        let until = before(now, self.hold_s(now));
        let since = self.until.unwrap_or(until);
        self.until = Some(since.max(until));
        let mut looks = self.take_until(until, now);
        for look in &looks {
            let last = self.last_looked.entry(look.step.sensor.clone()).or_default();
            let index = usize::from(look.step.index);
            last.resize(last.len().max(index + 1), None);
            last[index] = last[index].max(Some(look.at));
        }
        for sweep in sweeps {
            let last = self.last_looked.entry(sweep.sensor.clone()).or_default();
            last.resize(last.len().max(usize::from(sweep.steps)), None);
            let steps = (0..sweep.steps).zip(last);
            looks.extend(
                steps.filter_map(|(index, last)| empty_look(sweep, index, last, (since, until))),
            );
        }
        looks.sort_by(|a, b| (a.at, &a.step).cmp(&(b.at, &b.step)));
        looks
    }
}

/// The empty look that a step owes, if nothing came from it for a revisit: of the time when that was over, but later than
/// what was taken already. Of several revisits it owes one look, the last.
///
/// A step heard of for the first time counts as looked at some time within the last revisit,
/// spread over the steps, so that a sweep's empty looks do not all fall on one instant.
fn empty_look(
    sweep: Sweep<'_>,
    index: u16,
    last: &mut Option<Timestamp>,
    (since, until): (Timestamp, Timestamp),
) -> Option<Look> {
    let share = f64::from(index + 1) / f64::from(sweep.steps);
    let looked = *last.get_or_insert_with(|| before(until, (1.0 - share) * sweep.revisit_s));
    let owed_s = seconds_between(looked, until);
    if owed_s < sweep.revisit_s {
        return None;
    }
    let revisit = SignedDuration::from_secs_f64(sweep.revisit_s);
    let own = looked.checked_add(revisit).ok().filter(|_| owed_s < 2.0 * sweep.revisit_s);
    let apart_by = SignedDuration::from_micros(i64::from(index) + 1);
    let seen_at = own.unwrap_or(until).max(since.checked_add(apart_by).unwrap_or(until));
    if seen_at > until {
        return None;
    }
    *last = Some(seen_at);
    let (step, at) = (Step { sensor: sweep.sensor.clone(), index }, apart(seen_at, index));
    Some(Look { at, step, reports: Vec::new(), arrived_at: seen_at, before: 0 })
}

/// A microsecond earlier for each step: one sensor's looks at one instant are different scans.
fn apart(at: Timestamp, index: u16) -> Timestamp {
    at.checked_sub(SignedDuration::from_micros(i64::from(index))).unwrap_or(Timestamp::MIN)
}

fn before(at: Timestamp, seconds: f64) -> Timestamp {
    at.checked_sub(SignedDuration::from_secs_f64(seconds)).unwrap_or(Timestamp::MIN)
}
