//! One scan against all tracks: pair, correct, and what is new.

mod answers;
mod banks;
mod born;
mod lessons;
mod owed;
mod pairs;

use std::ops::Range;

use nalgebra::{Matrix4, Matrix4x3, Vector4};

use crate::tracking::DetectionChance;
use crate::tracking::associate::{self, Cluster, Edge, Marginals};
use crate::tracking::bernoulli::{Belief, Bernoulli, Label, Look};
use crate::tracking::class::ClassWeights;
use crate::tracking::config::TrackerConfig;
use crate::tracking::filter::Dropped;
use crate::tracking::filter::branch::Branch;
use crate::tracking::filter::found::{self, Found, Place, Seeing};
use crate::tracking::gate::Grid;
use crate::tracking::kinematics::{Gaussian, Mixture, PositionGain, Still};
use crate::tracking::learning::Figures;
use crate::tracking::modes::Modes;
use crate::tracking::scan::Scan;
use crate::tracking::undetected::Undetected;
use crate::tracking::worlds::Worlds;
use lessons::{Case, Lessons};

/// Share of a measurement that is enough to be remembered as lineage.
pub(super) const SHARE_MIN: f64 = 0.1;

/// Share of a measurement that cannot be told from none.
const SHARE_NONE: f64 = 1e-9;

/// A measurement that two tracks claim with at least this much each opens their worlds.
const CONTESTED: f64 = 0.1;
/// They do if they are more likely there than not.
const OPEN_EXISTENCE: f64 = 0.5;

/// One measurement in one candidate's gate.
#[derive(Debug, Clone)]
struct Pairing {
    candidate: usize,
    found: usize,
    weight: f64,
    still: Option<Still>,
    /// Places in [`Step::hits`], one for each of the candidate's states.
    hits: Range<usize>,
}

/// One of a candidate's states if it is the cause of a measurement.
#[derive(Debug, Clone, Copy)]
struct Hit {
    /// Density of the measurement under the state.
    likelihood: f64,
    mean: Vector4<f64>,
    /// Place in [`Step::covariances`].
    covariance: usize,
}

/// Position updates of one of a candidate's states, for the noise of one measurement.
#[derive(Debug, Clone, Copy)]
struct Gains {
    gain: PositionGain,
    /// The same of a look that is worth less than a fresh one.
    weakly: PositionGain,
}

/// Where a candidate's belief is kept.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    Track(usize),
    Thing { worlds: usize, thing: usize },
}

/// What a measurement may be of: a track, or one of the things that a track may be.
#[derive(Debug, Clone)]
struct Candidate {
    source: Source,
    /// Candidates of one family are judged together: the number of a track.
    family: usize,
    look: Look,
    /// Chance that nothing hides it, of which the look's chances hold account already.
    open: f64,
    /// The scan says nothing of it.
    barred: bool,
    pairings: Range<usize>,
}

/// Tracks and measurements that must be judged together, by their places in the scan.
#[derive(Debug, Default)]
pub(super) struct Together {
    /// Pairings of the candidates of `alone`.
    pairings: Vec<usize>,
    /// Tracks with one belief each.
    pub(super) alone: Vec<usize>,
    /// Sets of tracks with worlds.
    pub(super) open: Vec<usize>,
    pub(super) found: Vec<usize>,
}

pub(super) struct Step<'a> {
    scan: &'a Scan,
    sensor: u16,
    p_detect: &'a DetectionChance<'a>,
    config: &'a TrackerConfig,
    found: Vec<Found>,
    /// First tracks with one belief, then the things of each set of worlds.
    candidates: Vec<Candidate>,
    /// For each track its candidate, if it has one belief.
    candidate_of_track: Vec<usize>,
    /// For each set of worlds its first candidate.
    first_candidates: Vec<usize>,
    /// In the order of candidates, then of measurements.
    pairings: Vec<Pairing>,
    hits: Vec<Hit>,
    covariances: Vec<Matrix4<f64>>,
    /// Of the candidate that is being paired, one for each of its states.
    gains: Vec<Gains>,
    /// What that candidate owes to the errors of the scan's sensor.
    owed: Option<Matrix4x3<f64>>,
    mixture: Mixture,
    /// Measurements and their shares of the track in hand.
    shares: Vec<(usize, f64)>,
    lessons: Option<Lessons<'a>>,
    /// Tracks of which the scan says nothing.
    barred: &'a [Label],
    pub(super) dropped: Dropped,
}

impl<'a> Step<'a> {
    pub(super) fn new(
        scan: &'a Scan,
        sensor: u16,
        p_detect: &'a DetectionChance<'a>,
        config: &'a TrackerConfig,
        figures: Option<&'a Figures>,
    ) -> Self {
        let mut dropped = Dropped::default();
        let lessons = Lessons::of(scan, sensor, config, figures);
        let noise = lessons.as_ref().map_or(1.0, |lessons| lessons.figures.noise);
        Self {
            scan,
            sensor,
            p_detect,
            config,
            found: found::usable(scan, config, noise, &mut dropped),
            candidates: Vec::new(),
            candidate_of_track: Vec::new(),
            first_candidates: Vec::new(),
            pairings: Vec::new(),
            hits: Vec::new(),
            covariances: Vec::new(),
            gains: Vec::new(),
            owed: None,
            mixture: Mixture::default(),
            shares: Vec::new(),
            lessons,
            barred: &[],
            dropped,
        }
    }

    /// The same, saying nothing of some tracks.
    pub(super) fn without(self, barred: &'a [Label]) -> Self {
        Self { barred, ..self }
    }

    /// Weighs every measurement against every candidate whose gate it lies in.
    pub(super) fn pair(&mut self, tracks: &[Bernoulli], open: &[Worlds], undetected: &Undetected) {
        self.weigh_backgrounds(undetected);
        self.list_candidates(tracks, open);
        let (positions, noise_max_m2) = self.positions();
        let mut grid = Grid::default();
        grid.build(&positions);
        let bearings: Vec<usize> = (0..self.found.len())
            .filter(|&found| matches!(self.found[found].place, Place::Bearing { .. }))
            .collect();
        let mut near = Vec::new();
        for number in 0..self.candidates.len() {
            let belief = self.candidates[number].source.belief(tracks, open);
            near.clear();
            let (centre, reach) = belief.reach(&noise_max_m2, self.config.gate);
            grid.near(centre, reach, |found| near.push(found));
            near.sort_unstable();
            self.owed = self.owed_by(number, tracks);
            let first = self.pairings.len();
            if !self.candidates[number].barred {
                self.pair_positions(number, belief, &near);
                self.pair_bearings(number, belief, &bearings);
            }
            self.candidates[number].pairings = first..self.pairings.len();
        }
    }

    /// Sets of open worlds, by number, that now touch more tracks than can be judged world by world.
    pub(super) fn crowded(&self, tracks: usize, open: &[Worlds]) -> Vec<usize> {
        if open.is_empty() || self.scan.worth() < 1.0 {
            return Vec::new();
        }
        let (_, many) = self.together(tracks, open);
        let is_crowded = |together: &Together| {
            let members = together.open.iter().map(|set| open[*set].members.len());
            let grows = !together.alone.is_empty() || together.open.len() > 1;
            grows && together.alone.len() + members.sum::<usize>() > self.config.open_tracks_max
        };
        let mut sets: Vec<usize> =
            many.into_iter().filter(is_crowded).flat_map(|together| together.open).collect();
        sets.sort_unstable();
        sets
    }

    /// Moves every track by what was found of it, or by not being found.
    ///
    /// Returns the sets of tracks that stay open. Measurements that may be new things are their
    /// members under the numbers that follow the tracks'.
    pub(super) fn correct(&mut self, tracks: &mut [Bernoulli], open: &[Worlds]) -> Vec<Worlds> {
        let mut left_alone: Vec<bool> =
            self.candidate_of_track.iter().map(|&candidate| candidate != usize::MAX).collect();
        let mut marginals = Marginals::default();
        let tempered = self.scan.worth() < 1.0;
        let mut opened = if tempered { open.to_vec() } else { Vec::new() };
        let judged = if tempered { &[] } else { open };
        let (single, many) = self.together(tracks.len(), judged);
        for number in single {
            let Pairing { candidate, found, weight, .. } = self.pairings[number];
            let Source::Track(track) = self.candidates[candidate].source else { continue };
            left_alone[track] = false;
            let left = 1.0 / (1.0 + weight);
            self.found[found].unclaimed = left;
            self.correct_one(&mut tracks[track], track, left, &[weight * left]);
        }
        for together in many {
            for &track in &together.alone {
                left_alone[track] = false;
            }
            if !together.open.is_empty() {
                opened.extend(Branch::new(self, tracks, open, &together).grow());
                continue;
            }
            let cluster = self.cluster(&together);
            associate::solve(&cluster, &mut marginals);
            let few = !tempered && (2..=self.config.open_tracks_max).contains(&cluster.rows);
            let there = |row: usize| tracks[together.alone[row]].belief.existence >= OPEN_EXISTENCE;
            let contested = few && marginals.contested(&cluster, CONTESTED, &there);
            let grown =
                if contested { Branch::new(self, tracks, open, &together).grow() } else { None };
            match grown {
                Some(worlds) => opened.push(worlds),
                None => self.correct_alone(tracks, &together, &cluster, &marginals),
            }
        }
        for (number, track) in tracks.iter_mut().enumerate().filter(|(n, _)| left_alone[*n]) {
            let Candidate { look, open, .. } = self.candidates[self.candidate_of_track[number]];
            let (state, existence) = (track.belief.state, track.belief.existence);
            let missed = track.belief.missed(&look);
            track.belief = track.belief.tempered(missed, self.scan.worth());
            self.note(track, &Case { state, existence, look, open, shares: &[] });
        }
        opened
    }

    /// Weighs what else than known tracks the measurements may be of.
    fn weigh_backgrounds(&mut self, undetected: &Undetected) {
        let prior = self.config.class_prior.normalised();
        let mut all = std::mem::take(&mut self.found);
        let look =
            |point| Look::at(point, &prior, self.scan, self.p_detect).dimmed(self.share(point));
        let seeing = Seeing { scan: self.scan, undetected, look: &look };
        for found in &mut all {
            found.weigh_background(self.clutter(&found.place), &seeing, self.config);
        }
        self.found = all;
    }

    /// Things that are first seen now: what no track claims and clutter does not explain.
    pub(super) fn births(&self) -> impl Iterator<Item = (usize, Bernoulli)> + '_ {
        let born = |(number, found)| Some((number, self.birth(found)?));
        self.found.iter().enumerate().filter_map(born)
    }

    fn cluster(&self, together: &Together) -> Cluster {
        let mut row = 0;
        let edges = together.pairings.iter().map(|&number| {
            let pairing = &self.pairings[number];
            while self.candidate_of_track[together.alone[row]] != pairing.candidate {
                row += 1;
            }
            // The set's measurements are sorted and hold this one, so the search cannot fail.
            let column = together.found.partition_point(|&found| found < pairing.found);
            Edge { row, column, weight: pairing.weight }
        });
        Cluster {
            edges: edges.collect(),
            rows: together.alone.len(),
            columns: together.found.len(),
        }
    }

    fn correct_alone(
        &mut self,
        tracks: &mut [Bernoulli],
        together: &Together,
        cluster: &Cluster,
        marginals: &Marginals,
    ) {
        for (found, unclaimed) in together.found.iter().zip(&marginals.unclaimed) {
            self.found[*found].unclaimed = *unclaimed;
        }
        let mut start = 0;
        for (row, &track) in together.alone.iter().enumerate() {
            let own = cluster.edges[start..].iter().take_while(|edge| edge.row == row).count();
            let shares = &marginals.paired[start..start + own];
            self.correct_one(&mut tracks[track], track, marginals.missed[row], shares);
            start += own;
        }
    }

    fn correct_one(&mut self, track: &mut Bernoulli, number: usize, missed: f64, shares: &[f64]) {
        let Candidate { look, open, pairings, .. } =
            self.candidates[self.candidate_of_track[number]].clone();
        self.shares.clear();
        let was = track.belief.existence;
        let still_there = missed * track.belief.existence_missed(&look);
        let mut existence = still_there;
        let mut stills = Vec::new();
        if track.belief.still.is_some() {
            stills.push((still_there, track.belief.still));
        }
        for (pairing, &share) in self.pairings[pairings.clone()].iter().zip(shares) {
            existence += share;
            self.shares.push((pairing.found, share));
            if track.belief.still.is_some() {
                stills.push((share, pairing.still));
            }
            if share > SHARE_MIN {
                track.remember(self.seen(pairing.found, share));
            }
        }
        let belief = &track.belief;
        let existence = existence.clamp(0.0, 1.0);
        let still = belief.still.and_then(|_| Still::merged(&stills));
        let after = if belief.modes.is_empty() {
            let (state, classes) = self.merged(belief, &look, pairings, (still_there, shares));
            Belief { existence, state, classes, still, ..belief.clone() }
        } else {
            let modes = self.merged_modes(belief, &look, pairings, (still_there, shares));
            Belief::of_modes(existence, modes, still)
        };
        let state = belief.state;
        track.belief = belief.tempered(after, self.scan.worth());
        self.consider(track, &state, number, (still_there, shares));
        let shares = std::mem::take(&mut self.shares);
        let case = Case { state, existence: was, look, open, shares: &shares };
        self.note(track, &case);
        self.shares = shares;
    }

    /// State and classes of a thing that was missed or was one of its measurements, by their shares.
    fn merged(
        &mut self,
        belief: &Belief,
        look: &Look,
        pairings: Range<usize>,
        (missed, shares): (f64, &[f64]),
    ) -> (Gaussian, ClassWeights) {
        self.mixture.clear();
        self.mixture.push(missed, belief.state.mean, belief.state.covariance);
        let mut classes = belief.classes_missed(look).normalised().scaled(missed);
        for (pairing, &share) in self.pairings[pairings].iter().zip(shares) {
            let hit = &self.hits[pairing.hits.start];
            self.mixture.push(share, hit.mean, self.covariances[hit.covariance]);
            let measured = &self.found[pairing.found].classes;
            classes
                .add_scaled(&look.hit(&belief.classes, measured, self.config).normalised(), share);
        }
        (self.mixture.merged().unwrap_or(belief.state), classes.normalised())
    }

    /// The same for each way of moving.
    fn merged_modes(
        &self,
        belief: &Belief,
        look: &Look,
        pairings: Range<usize>,
        (missed, shares): (f64, &[f64]),
    ) -> Modes {
        let pairings = self.pairings[pairings].iter().zip(shares);
        let likely = pairings.filter(|(_, share)| **share > SHARE_NONE);
        let hits: Vec<(f64, Modes)> = likely
            .map(|(pairing, share)| (*share, self.modes_hit(belief, look, pairing)))
            .collect();
        let unseen = belief.modes.given(&look.by_class.map(|chance| 1.0 - chance));
        let mut parts = vec![(missed.max(SHARE_NONE), &unseen)];
        parts.extend(hits.iter().map(|(share, modes)| (*share, modes)));
        Modes::merged(&parts)
    }

    /// The ways of moving of a thing that caused a measurement for sure.
    fn modes_hit(&self, belief: &Belief, look: &Look, pairing: &Pairing) -> Modes {
        let hits = self.hits[pairing.hits.clone()].iter().map(|hit| {
            let covariance = self.covariances[hit.covariance];
            (Gaussian { mean: hit.mean, covariance }, hit.likelihood)
        });
        let measured = &self.found[pairing.found].classes;
        belief.modes.corrected(&look.hit(&ClassWeights::uniform(), measured, self.config), hits)
    }
}
