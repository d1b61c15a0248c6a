//! How often alerts turn out to be nothing, by sensor and weather: learned from what people say when they close them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::SensorId;

use super::{Alert, Outcome};
use crate::limits;
use crate::roster::seconds_between;

const DAY_S: f64 = 86_400.0;

/// What the air is like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Air {
    /// Nobody told of it lately.
    #[default]
    Unknown,
    Clear,
    /// Less than 5 km of sight without dust.
    Haze,
    /// Dust or sand in the air.
    Dust,
    /// Ten metres a second and more, in clear air.
    Wind,
}

/// What alerts of one sensor in one kind of air turned out to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Somebody, or something, that a person had to know of.
    pub real: u64,
    /// Animals, herders, lawful passage, or nothing at all.
    pub nuisance: u64,
    /// Tests count for neither.
    pub tests: u64,
}

/// Tallies by sensor and air.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Nuisance {
    tallies: BTreeMap<SensorId, BTreeMap<Air, Tally>>,
    /// Since when outcomes are counted.
    since: Option<Timestamp>,
    /// Outcomes of sensors beyond those that are told apart.
    pub beyond: u64,
}

impl Tally {
    /// Share of nuisance; with none or few known it lies near a half (Jeffreys' prior).
    pub fn share(&self) -> f64 {
        (self.nuisance as f64 + 0.5) / ((self.nuisance + self.real) as f64 + 1.0)
    }
}

impl Nuisance {
    /// Counting begins with the first entry.
    pub(super) fn begin(&mut self, now: Timestamp) {
        self.since.get_or_insert(now);
    }

    /// Counts what an alert turned out to be for each sensor that it came of.
    pub(super) fn learn(&mut self, alert: &Alert, outcome: Outcome) {
        let named = alert.sensor.iter().chain(&alert.origin.sensors);
        let sensors: std::collections::BTreeSet<&SensorId> = named.collect();
        for sensor in sensors {
            let full = self.tallies.len() >= limits::NUISANCE_SENSORS_MAX;
            if full && !self.tallies.contains_key(sensor) {
                self.beyond += 1;
                continue;
            }
            let by_air = self.tallies.entry(sensor.clone()).or_default();
            let tally = by_air.entry(alert.origin.air).or_default();
            match outcome.is_nuisance() {
                Some(false) => tally.real += 1,
                Some(true) => tally.nuisance += 1,
                None => tally.tests += 1,
            }
        }
    }

    /// Every sensor with its tallies, in the order of their names.
    pub fn tallies(&self) -> impl Iterator<Item = (&SensorId, &BTreeMap<Air, Tally>)> {
        self.tallies.iter()
    }

    /// Nuisance alerts a day, since counting began; `None` within the first hour.
    pub fn per_day(&self, tally: &Tally, now: Timestamp) -> Option<f64> {
        let days = seconds_between(self.since?, now) / DAY_S;
        (days >= 1.0 / 24.0).then(|| tally.nuisance as f64 / days)
    }
}
