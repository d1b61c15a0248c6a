//! Scan after scan, estimates against the truth: rms GOSPA, its parts, identity switches.

use std::collections::BTreeMap;

use nalgebra::Matrix2;
use serde::Serialize;
use sight::geo::EnuPoint;

use super::consistency::{Consistency, consistency};
use super::distance::gospa;
use crate::journal::TrackId;
use crate::tracking::{Innovations, SensorReport, TrackEstimate};

/// Adds up scores over scans.
#[derive(Debug, Clone)]
pub struct Scorer {
    cutoff_m: f64,
    order: f64,
    samples: usize,
    power: f64,
    localisation: f64,
    pairs: usize,
    missed: f64,
    false_tracks: f64,
    identities: BTreeMap<u64, TrackId>,
    switches: usize,
    tracks: usize,
    /// Squared Mahalanobis lengths of the errors of found things.
    errors2: Vec<f64>,
}

/// The score of a whole run.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Score {
    /// Root of the mean, over samples, of the p-th power of GOSPA (alpha 2); the rms for p = 2.
    pub gospa_rms: f64,
    /// Mean p-th power distance of found things, rooted, in m.
    pub localisation: f64,
    /// Things without an estimate, per sample.
    pub missed: f64,
    /// Estimates without a thing, per sample.
    #[serde(rename = "false")]
    pub false_tracks: f64,
    /// How often a thing was found under another number than the last time.
    pub id_switches: usize,
    pub samples: usize,
    /// Estimates in the last sample.
    pub tracks: usize,
    /// Whether the errors of found things are as large as the estimates say; absent where nobody asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nees: Option<Consistency>,
    /// The same of the innovations of each sensor.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub nis: BTreeMap<String, Consistency>,
}

impl Scorer {
    /// Cut-off distance `c` in m and order `p` of GOSPA.
    pub fn new(cutoff_m: f64, order: f64) -> Self {
        Self {
            cutoff_m,
            order,
            samples: 0,
            power: 0.0,
            localisation: 0.0,
            pairs: 0,
            missed: 0.0,
            false_tracks: 0.0,
            identities: BTreeMap::new(),
            switches: 0,
            tracks: 0,
            errors2: Vec::new(),
        }
    }

    /// Scores one sample of a tracker's estimates, and their errors against their covariances.
    pub fn sample_tracks(&mut self, truth: &[(u64, EnuPoint)], tracks: &[TrackEstimate]) {
        let estimates: Vec<_> = tracks.iter().map(|track| (track.id, track.point())).collect();
        for (thing, track) in self.sample(truth, &estimates) {
            let [east, across, north] = tracks[track].position_covariance_m2();
            let covariance = Matrix2::new(east, across, across, north);
            let error = truth[thing].1.to_vector() - tracks[track].point().to_vector();
            let error2 = covariance.try_inverse().map(|inverse| error.dot(&(inverse * error)));
            self.errors2.extend(error2);
        }
    }

    /// Scores one sample; `truth` under the things' own numbers.
    ///
    /// Returns the pairs (truth, estimate) that were found.
    pub fn sample(
        &mut self,
        truth: &[(u64, EnuPoint)],
        estimates: &[(TrackId, EnuPoint)],
    ) -> Vec<(usize, usize)> {
        let truth_points: Vec<_> = truth.iter().map(|(_, point)| *point).collect();
        let estimate_points: Vec<_> = estimates.iter().map(|(_, point)| *point).collect();
        let result = gospa(&truth_points, &estimate_points, self.cutoff_m, self.order);
        self.samples += 1;
        self.tracks = estimates.len();
        self.power += result.power();
        self.localisation += result.localisation;
        self.pairs += result.pairs.len();
        self.missed += (truth.len() - result.pairs.len()) as f64;
        self.false_tracks += (estimates.len() - result.pairs.len()) as f64;
        for &(thing, track) in &result.pairs {
            let (thing, track) = (truth[thing].0, estimates[track].0);
            if self.identities.insert(thing, track).is_some_and(|before| before != track) {
                self.switches += 1;
            }
        }
        result.pairs
    }

    /// A new run begins: numbers mean other tracks from here on.
    pub fn forget_identities(&mut self) {
        self.identities.clear();
    }

    /// The score, with the consistency of the sensors that one tracker or several report on.
    pub fn score_of(&self, reports: Vec<SensorReport>) -> Score {
        let mut sums: BTreeMap<String, Innovations> = BTreeMap::new();
        for report in reports {
            sums.entry(report.sensor.0).or_default().join(&report.innovations);
        }
        let nis = sums.into_iter().filter_map(|(sensor, sum)| Some((sensor, sum.consistency()?)));
        Score { nis: nis.collect(), ..self.score() }
    }

    pub fn score(&self) -> Score {
        let samples = self.samples.max(1) as f64;
        Score {
            gospa_rms: libm::pow(self.power / samples, 1.0 / self.order),
            localisation: libm::pow(self.localisation / self.pairs.max(1) as f64, 1.0 / self.order),
            missed: self.missed / samples,
            false_tracks: self.false_tracks / samples,
            id_switches: self.switches,
            samples: self.samples,
            tracks: self.tracks,
            nees: consistency(&self.errors2, 2),
            nis: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn a_thing_found_under_a_new_number_is_a_switch() {
        let mut scorer = Scorer::new(10.0, 2.0);
        let here = EnuPoint::new(1.0, 1.0);

        scorer.sample(&[(5, here)], &[(TrackId(1), here)]);
        scorer.sample(&[(5, here)], &[]);
        scorer.sample(&[(5, here)], &[(TrackId(2), here)]);

        assert_eq!(scorer.score().id_switches, 1);
        assert_relative_eq!(scorer.score().missed, 1.0 / 3.0);
    }

    #[test]
    fn the_score_is_the_root_of_the_mean_square() {
        let mut scorer = Scorer::new(10.0, 2.0);
        let truth = [(1, EnuPoint::new(0.0, 0.0))];

        scorer.sample(&truth, &[(TrackId(1), EnuPoint::new(3.0, 4.0))]);
        scorer.sample(&truth, &[(TrackId(1), EnuPoint::new(0.0, 0.0))]);

        assert_relative_eq!(scorer.score().gospa_rms, libm::sqrt(12.5));
    }
}
