//! How long each sensor was at work, and what kept it from it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sight::coverage::Health;
use sight::sector::{Sector, SensorId, Text};

use crate::measures::availability::{Standing, Times};

/// One sensor's period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SensorTimes {
    pub id: SensorId,
    pub name: Text,
    #[serde(flatten)]
    pub times: Times,
    pub availability: Option<f64>,
}

#[derive(Debug)]
struct Known {
    name: Text,
    standing: Standing,
    since: Timestamp,
    times: Times,
}

/// Follows the health of all sensors.
#[derive(Debug)]
pub(super) struct SensorStory {
    period: (Timestamp, Timestamp),
    sensors: BTreeMap<SensorId, Known>,
}

/// What a health counts as. A sensor that works and is not believed, or may not be relied on, is not at work.
fn standing(health: Health) -> Standing {
    match health {
        Health::Working => Standing::Up,
        Health::Down | Health::Impaired | Health::Quarantined => Standing::Failed,
        Health::Obscured => Standing::Weather,
        Health::Stale | Health::NeverHeard => Standing::Unknown,
    }
}

impl SensorStory {
    pub(super) fn of(sector: &Sector, period: (Timestamp, Timestamp)) -> Self {
        let known = |sensor: &sight::sector::Sensor| {
            let (name, times) = (sensor.name.clone(), Times::default());
            let known = Known { name, standing: Standing::Unknown, since: period.0, times };
            (sensor.id.clone(), known)
        };
        Self { period, sensors: sector.sensors.iter().map(known).collect() }
    }

    pub(super) fn take(&mut self, at: Timestamp, id: &SensorId, health: Health) {
        if let Some(known) = self.sensors.get_mut(id) {
            known.turn(standing(health), at, self.period);
        }
    }

    /// Nothing is known of that time.
    pub(super) fn silence(&mut self, from: Timestamp, to: Timestamp) {
        for known in self.sensors.values_mut() {
            let before = known.standing;
            known.turn(Standing::Unknown, from, self.period);
            known.turn(before, to, self.period);
        }
    }

    /// After a last silence up to the end of the period.
    pub(super) fn finish(self) -> Vec<SensorTimes> {
        let told = |(id, known): (SensorId, Known)| {
            let Known { name, times, .. } = known;
            SensorTimes { id, name, availability: times.availability(), times }
        };
        self.sensors.into_iter().map(told).collect()
    }
}

impl Known {
    /// It stands otherwise from then on.
    fn turn(&mut self, standing: Standing, at: Timestamp, (from, to): (Timestamp, Timestamp)) {
        let at = at.clamp(from, to).max(self.since);
        self.times.add(self.standing, at.duration_since(self.since).as_secs_f64());
        (self.standing, self.since) = (standing, at);
    }
}
