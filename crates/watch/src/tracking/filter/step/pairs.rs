//! Which measurements may be of which candidates, and which of them hang together.

use nalgebra::{Matrix2, Vector2};

use crate::tracking::bernoulli::{Belief, Bernoulli, GATE_SHARE, Look};
use crate::tracking::filter::found::{Place, Refined};
use crate::tracking::gate::Groups;
use crate::tracking::kinematics::{Correction, Still};
use crate::tracking::worlds::Worlds;

use super::{Candidate, Gains, Hit, Pairing, Source, Step, Together};

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
            self.list(Source::Track(track), track, &tracks[track].belief, &tracks[track]);
        }
        if self.scan.worth() < 1.0 {
            // It says too little to tell worlds apart.
            return;
        }
        for (place, worlds) in open.iter().enumerate() {
            self.first_candidates.push(self.candidates.len());
            for (number, thing) in worlds.things.iter().enumerate() {
                let source = Source::Thing { worlds: place, thing: number };
                let track = &tracks[worlds.members[thing.member]];
                self.list(source, worlds.members[0], &thing.belief, track);
            }
        }
    }

    fn list(&mut self, source: Source, family: usize, belief: &Belief, track: &Bernoulli) {
        let barred = self.barred.contains(&track.label);
        let mut open = 1.0;
        let mut look = Look::BLIND;
        if !barred {
            let point = belief.state.point();
            let seen = Look::at(point, &belief.classes, self.scan, self.p_detect);
            look = self.in_notch(seen, belief.states(), &belief.classes);
            if let Some(lessons) = self.lessons.as_ref().filter(|_| look.p_detect > 0.0) {
                open = lessons.open(track, point, self.scan);
                look = look.dimmed(open);
            }
        }
        self.candidates.push(Candidate { source, family, look, open, barred, pairings: 0..0 });
    }

    pub(super) fn pair_positions(&mut self, number: usize, belief: &Belief, near: &[usize]) {
        let mut known: Option<Matrix2<f64>> = None;
        let mut covariances = None;
        for &found in near {
            if self.owed.is_some() || !self.found[found].further.is_none() {
                self.pair_in_full(number, belief, found);
                known = None;
                continue;
            }
            let Place::Position { mean_m, noise_m2 } = self.found[found].place else { continue };
            // Most sensors give every measurement of a scan the same noise: one gain serves them all.
            if known != Some(noise_m2) {
                self.prepare_gains(belief, &noise_m2);
                known = Some(noise_m2);
                covariances = None;
            }
            let first = self.hits.len();
            let mut nearest = f64::INFINITY;
            for (Gains { gain, weakly }, (share, state)) in self.gains.iter().zip(belief.states()) {
                let mut correction = gain.correct(&state.mean, &mean_m);
                if share >= GATE_SHARE {
                    nearest = nearest.min(correction.distance2);
                }
                if self.scan.worth() < 1.0 {
                    correction.mean = weakly.correct(&state.mean, &mean_m).mean;
                }
                let Correction { likelihood, mean, .. } = correction;
                self.hits.push(Hit { likelihood, mean, covariance: 0 });
            }
            if nearest > self.config.gate {
                self.hits.truncate(first);
                continue;
            }
            let covariance = *covariances.get_or_insert_with(|| {
                self.covariances.extend(self.gains.iter().map(|gains| gains.weakly.covariance));
                self.covariances.len() - self.gains.len()
            });
            for (place, hit) in self.hits[first..].iter_mut().enumerate() {
                hit.covariance = covariance + place;
            }
            let own = &mut self.hits[first..];
            let still = belief.still.map(|still| {
                let chances = belief.states().map(|(chance, _)| chance);
                stand_or_move(&still, (&mean_m, &noise_m2), chances, own)
            });
            self.push_pairing(number, belief, found, (first, still));
        }
    }

    fn prepare_gains(&mut self, belief: &Belief, noise_m2: &Matrix2<f64>) {
        let worth = self.scan.worth();
        self.gains.clear();
        self.gains.extend(belief.states().map(|(_, state)| {
            let gain = state.position_gain(noise_m2);
            let weakly = if worth < 1.0 { state.position_gain(&(noise_m2 / worth)) } else { gain };
            Gains { gain, weakly }
        }));
    }

    pub(super) fn pair_bearings(&mut self, number: usize, belief: &Belief, bearings: &[usize]) {
        for &found in bearings {
            self.pair_in_full(number, belief, found);
        }
    }

    /// Pairs a measurement of more than a place.
    ///
    /// Who caused it is judged by its error; where that is, by what the look is worth.
    fn pair_in_full(&mut self, number: usize, belief: &Belief, found: usize) {
        let (first, covariances) = (self.hits.len(), self.covariances.len());
        let mut nearest = f64::INFINITY;
        for (share, state) in belief.states() {
            let corrected = self.found[found].corrected(
                (state, self.owed.as_ref()),
                self.scan.worth(),
                self.config,
            );
            // A state on the sensor itself has no direction: it is not what was seen.
            let refined = corrected.unwrap_or(Refined {
                state: *state,
                distance2: f64::INFINITY,
                likelihood: 0.0,
            });
            if share >= GATE_SHARE {
                nearest = nearest.min(refined.distance2);
            }
            let Refined { likelihood, state, .. } = refined;
            self.hits.push(Hit {
                likelihood,
                mean: state.mean,
                covariance: self.covariances.len(),
            });
            self.covariances.push(state.covariance);
        }
        if nearest > self.config.gate {
            self.hits.truncate(first);
            self.covariances.truncate(covariances);
            return;
        }
        let own = &mut self.hits[first..];
        let still = match (belief.still, self.found[found].place) {
            (Some(still), Place::Position { mean_m, noise_m2 }) => {
                let chances = belief.states().map(|(chance, _)| chance);
                Some(stand_or_move(&still, (&mean_m, &noise_m2), chances, own))
            }
            (still, _) => still,
        };
        self.push_pairing(number, belief, found, (first, still));
    }

    /// Adds a pairing whose hits were stored last, from `first` on.
    fn push_pairing(
        &mut self,
        number: usize,
        belief: &Belief,
        found: usize,
        (first, still): (usize, Option<Still>),
    ) {
        let look = &self.candidates[number].look;
        let hits = first..self.hits.len();
        let measured = &self.found[found].classes;
        let seen = if belief.modes.is_empty() {
            let hit = look.hit(&belief.classes, measured, self.config).sum();
            belief.existence * hit * self.hits[first].likelihood
        } else {
            let both = belief.modes.iter().zip(&self.hits[hits.clone()]);
            let each = both.map(|(mode, hit)| {
                look.hit(&mode.weights, measured, self.config).sum() * hit.likelihood
            });
            belief.existence * each.sum::<f64>()
        };
        let weight = seen / (belief.p_miss(look) * self.found[found].background);
        if weight.is_finite() && weight > 0.0 {
            self.pairings.push(Pairing { candidate: number, found, weight, still, hits });
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

/// The belief in a fixture after a measurement that it or the thing as a mover may have caused.
///
/// Each hit's density becomes that of both together.
fn stand_or_move(
    still: &Still,
    (position_m, noise_m2): (&Vector2<f64>, &Matrix2<f64>),
    chances: impl Iterator<Item = f64>,
    hits: &mut [Hit],
) -> Still {
    let moving = chances.zip(&*hits).map(|(chance, hit)| chance * hit.likelihood).sum();
    let (likelihood, after) = still.correct(position_m, noise_m2, moving);
    for hit in hits {
        // Standing says nothing of the ways of moving: all gain or lose alike.
        let alike = if moving > 0.0 { hit.likelihood / moving } else { 1.0 };
        hit.likelihood = likelihood * alike;
    }
    after
}
