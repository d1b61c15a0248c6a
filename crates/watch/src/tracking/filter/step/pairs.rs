//! Which measurements may be of which candidates, and which of them hang together.

use nalgebra::{Matrix2, Vector2};

use crate::tracking::bernoulli::{Belief, Bernoulli, Look};
use crate::tracking::filter::found::Place;
use crate::tracking::gate::Groups;
use crate::tracking::kinematics::PositionGain;
use crate::tracking::worlds::Worlds;

use super::{Candidate, Corrected, Pairing, Source, Step, Together};

impl Step<'_> {
    pub(super) fn positions(&self) -> (Vec<(usize, Vector2<f64>)>, Matrix2<f64>) {
        let mut noise_max_m2 = Matrix2::zeros();
        let mut positions = Vec::with_capacity(self.found.len());
        for (number, found) in self.found.iter().enumerate() {
            if let Place::Position { mean_m, noise_m2 } = found.place {
                positions.push((number, mean_m));
                noise_max_m2 = noise_m2.sup(&noise_max_m2);
            }
        }
        (positions, noise_max_m2)
    }

    pub(super) fn list_candidates(&mut self, tracks: &[Bernoulli], open: &[Worlds]) {
        let mut alone = vec![true; tracks.len()];
        for &member in open.iter().flat_map(|worlds| &worlds.members) {
            alone[member] = false;
        }
        self.candidate_of_track = vec![usize::MAX; tracks.len()];
        for track in (0..tracks.len()).filter(|&track| alone[track]) {
            self.candidate_of_track[track] = self.candidates.len();
            self.list(Source::Track(track), track, &tracks[track].belief);
        }
        if self.scan.worth() < 1.0 {
            // It says too little to tell worlds apart.
            return;
        }
        for (place, worlds) in open.iter().enumerate() {
            self.first_candidates.push(self.candidates.len());
            for (number, thing) in worlds.things.iter().enumerate() {
                let source = Source::Thing { worlds: place, thing: number };
                self.list(source, worlds.members[0], &thing.belief);
            }
        }
    }

    fn list(&mut self, source: Source, family: usize, belief: &Belief) {
        let look = Look::at(belief.state.point(), &belief.classes, self.scan, self.p_detect);
        self.candidates.push(Candidate { source, family, look, pairings: 0..0 });
    }

    pub(super) fn pair_positions(&mut self, number: usize, belief: &Belief, near: &[usize]) {
        let mut known: Option<(Matrix2<f64>, PositionGain, PositionGain)> = None;
        let mut stored = false;
        for &found in near {
            let Place::Position { mean_m, noise_m2 } = self.found[found].place else { continue };
            // Most sensors give every measurement of a scan the same noise: one gain serves them all.
            let (_, gain, weakly) =
                known.filter(|known| known.0 == noise_m2).unwrap_or_else(|| {
                    stored = false;
                    let gain = belief.state.position_gain(&noise_m2);
                    let worth = self.scan.worth();
                    let weakly = if worth < 1.0 {
                        belief.state.position_gain(&(noise_m2 / worth))
                    } else {
                        gain
                    };
                    (noise_m2, gain, weakly)
                });
            known = Some((noise_m2, gain, weakly));
            let mut correction = gain.correct(&belief.state.mean, &mean_m);
            if correction.distance2 > self.config.gate {
                continue;
            }
            if !stored {
                self.covariances.push(weakly.covariance);
                stored = true;
            }
            let still = belief.still.map(|still| {
                let (likelihood, after) = still.correct(&mean_m, &noise_m2, correction.likelihood);
                correction.likelihood = likelihood;
                after
            });
            if self.scan.worth() < 1.0 {
                correction.mean = weakly.correct(&belief.state.mean, &mean_m).mean;
            }
            self.push_pairing(number, belief, found, &Corrected { correction, still });
        }
    }

    /// Who caused a bearing is judged by its error; where that is, by what the look is worth.
    pub(super) fn pair_bearings(&mut self, number: usize, belief: &Belief, bearings: &[usize]) {
        for &found in bearings {
            let Place::Bearing { origin, azimuth_rad, variance_rad2 } = self.found[found].place
            else {
                continue;
            };
            let corrected =
                |variance| belief.state.bearing_correction(origin, azimuth_rad, variance);
            let Some((mut correction, mut covariance)) = corrected(variance_rad2) else {
                continue;
            };
            if correction.distance2 > self.config.gate {
                continue;
            }
            if self.scan.worth() < 1.0
                && let Some((weakly, after)) = corrected(variance_rad2 / self.scan.worth())
            {
                correction.mean = weakly.mean;
                covariance = after;
            }
            self.covariances.push(covariance);
            let still = belief.still;
            self.push_pairing(number, belief, found, &Corrected { correction, still });
        }
    }

    /// Adds a pairing whose covariance was stored last.
    fn push_pairing(
        &mut self,
        number: usize,
        belief: &Belief,
        found: usize,
        Corrected { correction, still }: &Corrected,
    ) {
        let look = &self.candidates[number].look;
        let hit = look.hit(&belief.classes, &self.found[found].classes, self.config).sum();
        let weight = belief.existence * hit * correction.likelihood
            / (belief.p_miss(look) * self.found[found].background);
        if weight.is_finite() && weight > 0.0 {
            self.pairings.push(Pairing {
                candidate: number,
                found,
                weight,
                mean: correction.mean,
                still: *still,
                covariance: self.covariances.len() - 1,
            });
        }
    }

    /// Splits the pairings into sets that share neither track nor measurement.
    ///
    /// Tracks with a pairing that nothing else touches, which are most, come apart from the rest, by
    /// the pairing's number. Sets of worlds are there even when nothing was found of them.
    pub(super) fn together(&self, tracks: usize, open: &[Worlds]) -> (Vec<usize>, Vec<Together>) {
        let mut groups = Groups::default();
        groups.reset(tracks + self.found.len());
        for pairing in &self.pairings {
            groups.join(self.candidates[pairing.candidate].family, tracks + pairing.found);
        }
        let mut sizes = vec![0_usize; tracks];
        for pairing in &self.pairings {
            sizes[groups.root(self.candidates[pairing.candidate].family)] += 1;
        }
        let mut single = Vec::with_capacity(self.pairings.len());
        let mut places = vec![usize::MAX; tracks];
        let mut all: Vec<Together> = Vec::new();
        let mut of = |root: usize, all: &mut Vec<Together>| {
            if places[root] == usize::MAX {
                places[root] = all.len();
                all.push(Together::default());
            }
            places[root]
        };
        for (number, pairing) in self.pairings.iter().enumerate() {
            // Roots are least members and every set holds a track, so a root is a track.
            let candidate = &self.candidates[pairing.candidate];
            let root = groups.root(candidate.family);
            if sizes[root] == 1 && matches!(candidate.source, Source::Track(_)) {
                single.push(number);
                continue;
            }
            let place = of(root, &mut all);
            let together = &mut all[place];
            together.found.push(pairing.found);
            if let Source::Track(track) = candidate.source {
                together.pairings.push(number);
                if together.alone.last() != Some(&track) {
                    together.alone.push(track);
                }
            }
        }
        for (number, worlds) in open.iter().enumerate() {
            let place = of(groups.root(worlds.members[0]), &mut all);
            all[place].open.push(number);
        }
        for together in &mut all {
            together.found.sort_unstable();
            together.found.dedup();
        }
        (single, all)
    }
}
