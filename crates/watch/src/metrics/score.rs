//! Scan after scan, estimates against the truth: rms GOSPA, its parts, identity switches.

use std::collections::BTreeMap;

use serde::Serialize;
use sight::geo::EnuPoint;

use super::distance::gospa;
use crate::journal::TrackId;

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
        }
    }

    /// Scores one sample; `truth` under the things' own numbers.
    pub fn sample(&mut self, truth: &[(u64, EnuPoint)], estimates: &[(TrackId, EnuPoint)]) {
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
        for (thing, track) in result.pairs {
            let (thing, track) = (truth[thing].0, estimates[track].0);
            if self.identities.insert(thing, track).is_some_and(|before| before != track) {
                self.switches += 1;
            }
        }
    }

    /// A new run begins: numbers mean other tracks from here on.
    pub fn forget_identities(&mut self) {
        self.identities.clear();
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
