//! What worlds ask of a scan.

use crate::tracking::associate::best::Options;
use crate::tracking::bernoulli::{Belief, Bernoulli, Seen};
use crate::tracking::filter::found::Found;
use crate::tracking::kinematics::Gaussian;
use crate::tracking::worlds::Worlds;

use super::{Candidate, Step};

impl Step<'_> {
    pub(in crate::tracking::filter) fn candidate_of_track(&self, track: usize) -> usize {
        self.work.candidate_of_track[track]
    }

    pub(in crate::tracking::filter) fn first_candidate(&self, worlds: usize) -> usize {
        self.work.first_candidates[worlds]
    }

    /// The measurements that may be of a candidate, with the logarithms of their weights.
    pub(in crate::tracking::filter) fn options(&self, candidate: usize) -> Options {
        let pairings = &self.work.pairings[self.work.candidates[candidate].pairings.clone()];
        pairings.iter().map(|pairing| (pairing.found, libm::log(pairing.weight))).collect()
    }

    pub(in crate::tracking::filter) fn p_miss(
        &self,
        candidate: usize,
        tracks: &[Bernoulli],
        open: &[Worlds],
    ) -> f64 {
        let Candidate { source, look, .. } = &self.work.candidates[candidate];
        source.belief(tracks, open).p_miss(look)
    }

    pub(in crate::tracking::filter) fn belief_missed(
        &self,
        candidate: usize,
        tracks: &[Bernoulli],
        open: &[Worlds],
    ) -> Belief {
        let Candidate { source, look, .. } = &self.work.candidates[candidate];
        source.belief(tracks, open).missed(look)
    }

    /// The belief in a candidate that caused a measurement for sure.
    pub(in crate::tracking::filter) fn belief_hit(
        &self,
        candidate: usize,
        found: usize,
        tracks: &[Bernoulli],
        open: &[Worlds],
    ) -> Belief {
        let Candidate { source, look, pairings, .. } = &self.work.candidates[candidate];
        let belief = source.belief(tracks, open);
        let mut own = self.work.pairings[pairings.clone()].iter();
        let Some(pairing) = own.find(|pairing| pairing.found == found) else {
            return belief.clone();
        };
        let still = pairing.still;
        if !belief.modes.is_empty() {
            return Belief::of_modes(1.0, self.modes_hit(belief, look, pairing), still);
        }
        let classes = look.hit(&belief.classes, &self.work.found[found].classes, self.config);
        let hit = &self.work.hits[pairing.hits.start];
        let state = Gaussian { mean: hit.mean, covariance: self.work.covariances[hit.covariance] };
        Belief { existence: 1.0, state, classes: classes.normalised(), still, ..belief.clone() }
    }

    /// Whether a measurement that nobody claims would start a track.
    pub(in crate::tracking::filter) fn may_be_new(&self, found: usize) -> bool {
        let alone = Found { unclaimed: 1.0, ..self.work.found[found].clone() };
        self.birth(&alone).is_some()
    }

    /// The belief in the thing that a measurement shows, if no track caused it.
    pub(in crate::tracking::filter) fn belief_born(&self, found: usize) -> Belief {
        let alone = Found { unclaimed: 1.0, ..self.work.found[found].clone() };
        self.birth(&alone).expect("asked only of what may be new").belief
    }

    pub(in crate::tracking::filter) fn set_unclaimed(&mut self, found: usize, unclaimed: f64) {
        self.work.found[found].unclaimed = unclaimed;
    }

    pub(in crate::tracking::filter) fn seen(&self, found: usize, share: f64) -> Seen {
        Seen {
            sensor: self.sensor,
            measurement: self.work.found[found].id,
            at: self.scan.at,
            share,
        }
    }
}
