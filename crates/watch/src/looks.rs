//! Reports gathered into looks: what one sensor saw at one time in one direction, empty looks included.
//!
//! A sensor that works and reports nothing has still looked, and what it did not see is evidence. A
//! camera that pans over 200 degrees sees four at a time: its field of regard is cut into steps of
//! its field of view, and each step is looked at once a revisit. Doors deliver objects one by one,
//! so looks wait a little and then go to the tracker in order of time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sight::sector::SensorId;

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
}

/// How often a working sensor comes back to each of its steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sweep<'a> {
    pub sensor: &'a SensorId,
    pub steps: u16,
    pub revisit_s: f64,
}

/// Looks that wait for their turn, and when each step was last looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Looks {
    waiting: BTreeMap<(Timestamp, Step), Gathered>,
    last_looked: BTreeMap<Step, Timestamp>,
    /// Reports of each sensor that wait.
    waiting_of: BTreeMap<SensorId, usize>,
    floods: BTreeMap<SensorId, Flood>,
}

/// Reports of one sensor that found its share of the waiting room full, or their look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Flood {
    pub dropped: u64,
    /// When the last of them came.
    pub last_at: Option<Timestamp>,
}

/// Reports of one look so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Gathered {
    reports: Vec<DetectionReport>,
    arrived_at: Timestamp,
}

impl Looks {
    /// Puts a report that has just arrived into its look; one that is already there changes nothing.
    pub fn add(&mut self, step: Step, report: DetectionReport, now: Timestamp) {
        let waiting = self.waiting_of.get(&step.sensor).copied().unwrap_or(0);
        let key = (report.observed_at, step);
        let room = self.waiting.len() < limits::LOOKS_WAITING_MAX;
        let is_full = waiting >= limits::SENSOR_REPORTS_WAITING_MAX
            || !(room || self.waiting.contains_key(&key));
        if is_full {
            self.drop_of(&key.1.sensor, now);
            return;
        }
        let sensor = key.1.sensor.clone();
        let gathered = self
            .waiting
            .entry(key)
            .or_insert_with(|| Gathered { reports: Vec::new(), arrived_at: now });
        let repeated = gathered.reports.iter().any(|known| known.report_id == report.report_id);
        if gathered.reports.len() >= limits::LOOK_DETECTIONS_MAX {
            self.drop_of(&sensor, now);
        } else if !repeated {
            gathered.reports.push(report);
            gathered.arrived_at = now;
            *self.waiting_of.entry(sensor).or_default() += 1;
        }
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
        let until = before(now, limits::LOOK_HOLD_S);
        let later =
            self.waiting.split_off(&(until, Step { sensor: SensorId(String::new()), index: 0 }));
        let due = std::mem::replace(&mut self.waiting, later);
        for ((_, step), gathered) in &due {
            if let Some(waiting) = self.waiting_of.get_mut(&step.sensor) {
                *waiting = waiting.saturating_sub(gathered.reports.len());
            }
        }
        let mut looks: Vec<Look> = due
            .into_iter()
            .map(|((at, step), Gathered { reports, arrived_at })| Look {
                at,
                step,
                reports: in_order(reports),
                arrived_at,
            })
            .collect();
        for look in &looks {
            let last = self.last_looked.entry(look.step.clone()).or_insert(look.at);
            *last = (*last).max(look.at);
        }
        for sweep in sweeps {
            for index in 0..sweep.steps {
                looks.extend(self.empty_look(sweep, index, until));
            }
        }
        looks.sort_by(|a, b| (a.at, &a.step).cmp(&(b.at, &b.step)));
        looks
    }

    /// The empty look that a step owes, if nothing came from it for a revisit.
    ///
    /// A step heard of for the first time counts as looked at some time within the last revisit,
    /// spread over the steps, so that a sweep's empty looks do not all fall on one instant.
    fn empty_look(&mut self, sweep: Sweep<'_>, index: u16, until: Timestamp) -> Option<Look> {
        let step = Step { sensor: sweep.sensor.clone(), index };
        let share = f64::from(index + 1) / f64::from(sweep.steps);
        let last = *self
            .last_looked
            .entry(step.clone())
            .or_insert_with(|| before(until, (1.0 - share) * sweep.revisit_s));
        if seconds_between(last, until) < sweep.revisit_s {
            return None;
        }
        self.last_looked.insert(step.clone(), until);
        Some(Look { at: until, step, reports: Vec::new(), arrived_at: until })
    }
}

/// Reports of one look by their ids, so that the order of arrival leaves no trace.
fn in_order(mut reports: Vec<DetectionReport>) -> Vec<DetectionReport> {
    reports.sort_by(|a, b| a.report_id.cmp(&b.report_id));
    reports
}

fn before(at: Timestamp, seconds: f64) -> Timestamp {
    at.checked_sub(SignedDuration::from_secs_f64(seconds)).unwrap_or(Timestamp::MIN)
}
