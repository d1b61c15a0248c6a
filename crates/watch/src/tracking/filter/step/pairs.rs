//! Which measurements may be of which candidates, and which of them hang together.

use nalgebra::{Matrix2, Vector2};

use crate::tracking::bernoulli::{Belief, Bernoulli, GATE_SHARE, Look};
use crate::tracking::filter::found::{Place, Refined};
use crate::tracking::gate::{Extent, Groups, reach};
use crate::tracking::kinematics::{Correction, Still};
use crate::tracking::modes::HEIGHT_SHARE;
use crate::tracking::worlds::Worlds;

use super::{Candidate, Hit, Pairing, Source, Step, Together};

impl Step<'_> {
    /// Where the scan may say anything at all; everywhere if `None`.
    pub(in crate::tracking::filter) fn reach(&self) -> Option<Extent> {
        let (low, high) = self.scan.sees.bounds()?;
        let mut extent = Extent { low: low.to_vector(), high: high.to_vector() };
        let noise_m = reach(&self.work.noise_max_m2, self.config.gate);
        for (_, position) in &self.work.positions {
            extent.low = extent.low.inf(&(position - noise_m));
            extent.high = extent.high.sup(&(position + noise_m));
        }
        Some(extent)
    }

    pub(super) fn list_candidates(
        &mut self,
        (tracks, reached): (&[Bernoulli], &[bool]),
        open: &[Worlds],
    ) {
        let mut alone = reached.to_vec();
        for &member in open.iter().flat_map(|worlds| &worlds.members) {
            alone[member] = false;
        }
        self.work.candidate_of_track.resize(tracks.len(), usize::MAX);
        for track in (0..tracks.len()).filter(|&track| alone[track]) {
            self.work.candidate_of_track[track] = self.work.candidates.len();
            self.list(Source::Track(track), track, &tracks[track].belief, &tracks[track]);
        }
        if self.scan.worth() < 1.0 {
            // It says too little to tell worlds apart.
            return;
        }
        for (place, worlds) in open.iter().enumerate() {
            self.work.first_candidates.push(self.work.candidates.len());
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
        self.work.candidates.push(Candidate { source, family, look, open, barred, pairings: 0..0 });
    }

    pub(super) fn pair_positions(&mut self, number: usize, belief: &Belief, near: &[usize]) {
        let mut known: Option<Matrix2<f64>> = None;
        let mut covariances = None;
        let flight = belief.modes.flight();
        for &found in near {
            if self.owed.is_some() || !self.work.found[found].is_place_alone(flight) {
                self.pair_in_full(number, belief, found);
                known = None;
                continue;
            }
            let Place::Position { mean_m, noise_m2 } = self.work.found[found].place else {
                continue;
            };
            // Most sensors give every measurement of a scan the same noise: one gain serves them all.
            if known != Some(noise_m2) {
                self.prepare_gains(belief, &noise_m2);
                known = Some(noise_m2);
                covariances = None;
            }
            let first = self.work.hits.len();
            let mut nearest = f64::INFINITY;
            for (place, (share, state)) in belief.states().enumerate() {
                let mut correction = self.work.gains[place].correct(&state.mean, &mean_m);
                if share >= GATE_SHARE {
                    nearest = nearest.min(correction.distance2);
                }
                if let Some(weakly) = self.work.weak_gains.get(place) {
                    correction.mean = weakly.correct(&state.mean, &mean_m).mean;
                }
                let Correction { likelihood, mean, .. } = correction;
                self.work.hits.push(Hit { likelihood, mean, covariance: 0 });
            }
            if nearest > self.config.gate {
                self.work.hits.truncate(first);
                continue;
            }
            let covariance = *covariances.get_or_insert_with(|| {
                let (all, weak) = (&self.work.gains, &self.work.weak_gains);
                let gains = if weak.is_empty() { all } else { weak };
                self.work.covariances.extend(gains.iter().map(|gain| gain.covariance));
                self.work.covariances.len() - gains.len()
            });
            for (place, hit) in self.work.hits[first..].iter_mut().enumerate() {
                hit.covariance = covariance + place;
            }
            let own = &mut self.work.hits[first..];
            let still = belief.still.map(|still| {
                let chances = belief.states().map(|(chance, _)| chance);
                stand_or_move(&still, (&mean_m, &noise_m2), chances, own)
            });
            self.push_pairing(number, belief, found, (first, still, None));
        }
    }

    fn prepare_gains(&mut self, belief: &Belief, noise_m2: &Matrix2<f64>) {
        let worth = self.scan.worth();
        self.work.gains.clear();
        self.work.weak_gains.clear();
        for (_, state) in belief.states() {
            self.work.gains.push(state.position_gain(noise_m2));
            if worth < 1.0 {
                self.work.weak_gains.push(state.position_gain(&(noise_m2 / worth)));
            }
        }
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
        let (first, covariances) = (self.work.hits.len(), self.work.covariances.len());
        let mut nearest = f64::INFINITY;
        let tells_heights = self.work.found[found].tells_heights();
        let flying = belief.modes.flying(self.config).filter(|_| tells_heights);
        let mut flight = None;
        for (place, (share, state)) in belief.states().enumerate() {
            let measured = &self.work.found[found];
            let (owed, worth) = (self.owed.as_ref(), self.scan.worth());
            let corrected = if flying == Some(place) {
                let aloft = (state, belief.modes.flight());
                let flown = measured.corrected_aloft(aloft, owed, worth, self.config);
                let is_worth = belief.modes.flight().is_some() || share >= HEIGHT_SHARE;
                flight = flown.filter(|_| is_worth).and_then(|flown| flown.flight);
                flown.map(|flown| flown.refined)
            } else {
                measured.corrected((state, owed), worth, self.config)
            };
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
            self.work.hits.push(Hit {
                likelihood,
                mean: state.mean,
                covariance: self.work.covariances.len(),
            });
            self.work.covariances.push(state.covariance);
        }
        if nearest > self.config.gate {
            self.work.hits.truncate(first);
            self.work.covariances.truncate(covariances);
            return;
        }
        let own = &mut self.work.hits[first..];
        let still = match (belief.still, self.work.found[found].place) {
            (Some(still), Place::Position { mean_m, noise_m2 }) => {
                let chances = belief.states().map(|(chance, _)| chance);
                Some(stand_or_move(&still, (&mean_m, &noise_m2), chances, own))
            }
            (still, _) => still,
        };
        let flight = flight.map(|flight| {
            self.work.flights.push(flight);
            self.work.flights.len() - 1
        });
        self.push_pairing(number, belief, found, (first, still, flight));
    }

    /// Adds a pairing whose hits were stored last, from `first` on.
    fn push_pairing(
        &mut self,
        number: usize,
        belief: &Belief,
        found: usize,
        (first, still, flight): (usize, Option<Still>, Option<usize>),
    ) {
        let look = &self.work.candidates[number].look;
        let hits = first..self.work.hits.len();
        let measured = &self.work.found[found].classes;
        let seen = if belief.modes.is_empty() {
            let hit = look.hit(&belief.classes, measured, self.config).sum();
            belief.existence * hit * self.work.hits[first].likelihood
        } else {
            let both = belief.modes.iter().zip(&self.work.hits[hits.clone()]);
            let each = both.map(|(mode, hit)| {
                look.hit(&mode.weights, measured, self.config).sum() * hit.likelihood
            });
            belief.existence * each.sum::<f64>()
        };
        let weight = seen / (belief.p_miss(look) * self.work.found[found].background);
        if weight.is_finite() && weight > 0.0 {
            let pairing = Pairing { candidate: number, found, weight, still, hits, flight };
            self.work.pairings.push(pairing);
        }
    }

    /// Splits the pairings into sets that share neither track nor measurement.
    ///
    /// Tracks with a pairing that nothing else touches, which are most, come apart from the rest, by
    /// the pairing's number. Sets of worlds are there even when nothing was found of them.
    pub(super) fn together(&self, tracks: usize, open: &[Worlds]) -> (Vec<usize>, Vec<Together>) {
        let mut groups = Groups::default();
        groups.reset(tracks + self.work.found.len());
        for pairing in &self.work.pairings {
            groups.join(self.work.candidates[pairing.candidate].family, tracks + pairing.found);
        }
        let mut sizes = vec![0_usize; tracks];
        for pairing in &self.work.pairings {
            sizes[groups.root(self.work.candidates[pairing.candidate].family)] += 1;
        }
        let mut single = Vec::with_capacity(self.work.pairings.len());
        let mut places = vec![usize::MAX; tracks];
        let mut all: Vec<Together> = Vec::new();
        let mut of = |root: usize, all: &mut Vec<Together>| {
            if places[root] == usize::MAX {
                places[root] = all.len();
                all.push(Together::default());
            }
            places[root]
        };
        for (number, pairing) in self.work.pairings.iter().enumerate() {
            // Roots are least members and every set holds a track, so a root is a track.
            let candidate = &self.work.candidates[pairing.candidate];
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
