//! What a sensor's own ways do to a look: errors that all its looks share, speeds that it cannot see.

use nalgebra::Matrix4x3;

use crate::tracking::bernoulli::{Bernoulli, Look};
use crate::tracking::class::ClassWeights;
use crate::tracking::considered::{self, Considered};
use crate::tracking::kinematics::Gaussian;

use super::{Source, Step};

impl Step<'_> {
    /// What a candidate owes to the errors of the scan's sensor; of a track with one belief alone.
    pub(super) fn owed_by(&self, candidate: usize, tracks: &[Bernoulli]) -> Option<Matrix4x3<f64>> {
        let Source::Track(track) = self.work.candidates[candidate].source else { return None };
        let own = tracks[track].owed.iter().find(|owed| owed.sensor == self.sensor)?;
        Some(own.cross)
    }

    /// Carries what a track owes to sensors' errors over an update of its state.
    pub(super) fn consider(
        &self,
        track: &mut Bernoulli,
        before: &Gaussian,
        number: usize,
        (missed, shares): (f64, &[f64]),
    ) {
        let candidate = &self.work.candidates[self.work.candidate_of_track[number]];
        let pairings = &self.work.pairings[candidate.pairings.clone()];
        let Some(first) = pairings.first() else { return };
        let own = self.work.found[first.found].shared(before).map(|shared| {
            let known = track.owed.iter().find(|owed| owed.sensor == self.sensor);
            let cross = known.map_or_else(Matrix4x3::zeros, |owed| owed.cross);
            let mut total = missed;
            let mut after = cross * missed;
            for (pairing, &share) in pairings.iter().zip(shares) {
                let counted = self.work.found[pairing.found].counted(before, &cross);
                after += counted.map_or(cross, |counted| counted.cross) * share;
                total += share;
            }
            let cross = if total > 0.0 { after / total } else { cross };
            (Considered::new(self.sensor, self.scan.at, &shared, cross), shared)
        });
        if own.is_some() || !track.owed.is_empty() {
            let after = track.belief.state.covariance;
            considered::corrected(&mut track.owed, (&before.covariance, &after), own);
        }
    }

    /// What a radar can see of a thing that may move within its notch.
    pub(super) fn in_notch<'s>(
        &self,
        look: Look,
        states: impl Iterator<Item = (f64, &'s Gaussian)>,
        classes: &ClassWeights,
    ) -> Look {
        let Some(notch) = self.scan.notch else { return look };
        let mut share = 0.0;
        for (chance, state) in states {
            // On the radar itself no speed is away.
            let clear = state
                .radial(notch.origin)
                .map_or(1.0, |(mps, variance)| outside(mps, variance, notch.speed_mps));
            share += chance * clear;
        }
        look.beside_notch(share, &notch.counted, classes)
    }
}

/// Chance that a normal variable lies farther from zero than a bound.
fn outside(mean: f64, variance: f64, bound: f64) -> f64 {
    let scale = libm::sqrt(2.0 * variance.max(1e-12));
    0.5 * (libm::erfc((bound - mean) / scale) + libm::erfc((bound + mean) / scale))
}
