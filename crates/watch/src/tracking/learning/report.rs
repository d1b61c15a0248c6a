//! What people are told a sensor is worth.

use serde::Serialize;
use sight::sector::SensorId;

use super::evidence::Innovations;
use super::trust::{Finding, Standing};
use super::{Learned, Learner, SensorFigures};
use crate::metrics::Consistency;

/// What a sensor was found to be worth, in force now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SensorReport {
    pub sensor: SensorId,
    pub standing: Standing,
    /// What was found against it, while it is doubted or left out.
    pub finding: Option<Finding>,
    /// Of what it should see under the weather as reported, the share that it sees in its worst direction; absent while
    /// it sees what it should.
    pub obscured_to: Option<f64>,
    /// False reports, times the sector's setting.
    pub clutter_times: f64,
    /// Places at which it errs far more often than that.
    pub clutter_spots: usize,
    /// Of the normalised innovations squared of its sure pairings; absent without any.
    pub nis: Option<Consistency>,
    /// What that was made of.
    #[serde(skip)]
    pub innovations: Innovations,
    /// Correlation of its successive innovations; absent while too few others saw the same.
    pub whiteness: Option<f64>,
}

impl Learner {
    /// Every sensor that has looked, by name.
    pub(crate) fn reports(&self, sensors: &[SensorId]) -> Vec<SensorReport> {
        let figures = self.epochs.back().map(|(_, figures)| figures);
        let mut names: Vec<&SensorId> = sensors.iter().chain(self.learned.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let nothing = Learned::default();
        let fresh = SensorFigures::fresh(&self.settings);
        let report = |sensor: &SensorId| {
            let learned = self.learned.get(sensor).unwrap_or(&nothing);
            let in_force = figures.map_or(&fresh, |figures| figures.of(sensor));
            let speaks_against =
                matches!(in_force.standing, Standing::Doubted | Standing::Quarantined);
            let innovations = self.innovations(sensor, learned);
            SensorReport {
                sensor: sensor.clone(),
                standing: in_force.standing,
                finding: learned.finding().filter(|_| speaks_against),
                obscured_to: in_force.sight.worst,
                clutter_times: in_force.clutter.scale,
                clutter_spots: in_force.clutter.spots,
                nis: innovations.consistency(),
                innovations,
                whiteness: learned.evidence.whiteness(),
            }
        };
        names.into_iter().map(report).collect()
    }

    /// Of all scans, those that may still be taken again included.
    fn innovations(&self, sensor: &SensorId, learned: &Learned) -> Innovations {
        let mut all = *learned.evidence.all();
        for ((_, of), tally) in &self.waiting {
            if of == sensor {
                all.join(&tally.comparison.all);
            }
        }
        all
    }
}

impl Learned {
    fn finding(&self) -> Option<Finding> {
        let ordered = self.order.filter(|decision| !decision.is_done);
        ordered.map_or(self.trust.finding, |_| Some(Finding::Ordered))
    }
}
