//! One scan against all tracks: pair, correct, and what is new.

mod answers;
mod pairs;

use std::ops::Range;

use nalgebra::{Matrix4, Vector2, Vector4};

use crate::tracking::DetectionChance;
use crate::tracking::associate::{self, Cluster, Edge, Marginals};
use crate::tracking::bernoulli::{Belief, Bernoulli, Label, Look, Seen};
use crate::tracking::config::TrackerConfig;
use crate::tracking::filter::Dropped;
use crate::tracking::filter::branch::Branch;
use crate::tracking::filter::found::{self, Found, Place};
use crate::tracking::gate::{Grid, reach};
use crate::tracking::kinematics::{Correction, Gaussian, Mixture, Still};
use crate::tracking::scan::Scan;
use crate::tracking::undetected::Undetected;
use crate::tracking::worlds::Worlds;

/// Share of a measurement that is enough to be remembered as lineage.
pub(super) const SHARE_MIN: f64 = 0.1;

/// A measurement that two tracks claim with at least this much each opens their worlds.
const CONTESTED: f64 = 0.1;
/// They do if they are more likely there than not.
const OPEN_EXISTENCE: f64 = 0.5;

/// One measurement in one candidate's gate, and the candidate's state if it is the cause.
#[derive(Debug, Clone, Copy)]
struct Pairing {
    candidate: usize,
    found: usize,
    weight: f64,
    mean: Vector4<f64>,
    still: Option<Still>,
    /// Place in [`Step::covariances`].
    covariance: usize,
}

/// What one measurement says of one candidate.
struct Corrected {
    correction: Correction,
    still: Option<Still>,
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
    covariances: Vec<Matrix4<f64>>,
    mixture: Mixture,
    pub(super) dropped: Dropped,
}

impl<'a> Step<'a> {
    pub(super) fn new(
        scan: &'a Scan,
        sensor: u16,
        p_detect: &'a DetectionChance<'a>,
        config: &'a TrackerConfig,
    ) -> Self {
        let mut dropped = Dropped::default();
        Self {
            scan,
            sensor,
            p_detect,
            config,
            found: found::usable(scan, config, &mut dropped),
            candidates: Vec::new(),
            candidate_of_track: Vec::new(),
            first_candidates: Vec::new(),
            pairings: Vec::new(),
            covariances: Vec::new(),
            mixture: Mixture::default(),
            dropped,
        }
    }

    /// Weighs every measurement against every candidate whose gate it lies in.
    pub(super) fn pair(&mut self, tracks: &[Bernoulli], open: &[Worlds], undetected: &Undetected) {
        for found in &mut self.found {
            found.weigh_background(self.scan, undetected, self.p_detect, self.config);
        }
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
            let reach =
                reach(&(belief.state.position_covariance() + noise_max_m2), self.config.gate);
            grid.near(Vector2::new(belief.state.mean.x, belief.state.mean.z), reach, |found| {
                near.push(found);
            });
            near.sort_unstable();
            let first = self.pairings.len();
            self.pair_positions(number, belief, &near);
            self.pair_bearings(number, belief, &bearings);
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
            let look = &self.candidates[self.candidate_of_track[number]].look;
            track.belief = track.belief.tempered(track.belief.missed(look), self.scan.worth());
        }
        opened
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
        let Candidate { look, pairings, .. } =
            self.candidates[self.candidate_of_track[number]].clone();
        let belief = track.belief;
        let still_there = missed * belief.existence_missed(&look);
        self.mixture.clear();
        self.mixture.push(still_there, belief.state.mean, belief.state.covariance);
        let mut existence = still_there;
        let mut classes = belief.classes_missed(&look).normalised().scaled(still_there);
        let mut stills = Vec::new();
        if belief.still.is_some() {
            stills.push((still_there, belief.still));
        }
        for (pairing, &share) in self.pairings[pairings].iter().zip(shares) {
            let found = &self.found[pairing.found];
            existence += share;
            self.mixture.push(share, pairing.mean, self.covariances[pairing.covariance]);
            if belief.still.is_some() {
                stills.push((share, pairing.still));
            }
            classes.add_scaled(
                &look.hit(&belief.classes, &found.classes, self.config).normalised(),
                share,
            );
            if share > SHARE_MIN {
                track.remember(self.seen(pairing.found, share));
            }
        }
        let after = Belief {
            existence: existence.clamp(0.0, 1.0),
            state: self.mixture.merged().unwrap_or(belief.state),
            classes: classes.normalised(),
            still: belief.still.and_then(|_| Still::merged(&stills)),
        };
        track.belief = belief.tempered(after, self.scan.worth());
    }

    fn birth(&self, found: &Found) -> Option<Bernoulli> {
        let Place::Position { mean_m, noise_m2 } = found.place else { return None };
        let existence = found.birth_existence();
        if existence < self.config.recycle_below {
            return None;
        }
        let speed2 = self.config.speed_sigma_mps * self.config.speed_sigma_mps;
        let mut covariance =
            Matrix4::from_diagonal(&Vector4::new(noise_m2.m11, speed2, noise_m2.m22, speed2));
        covariance.m13 = noise_m2.m12;
        covariance.m31 = noise_m2.m12;
        let at = self.scan.at;
        let mut track = Bernoulli {
            label: Label::new(at, &self.scan.sensor, found.id),
            belief: Belief {
                existence,
                state: Gaussian { mean: Vector4::new(mean_m.x, 0.0, mean_m.y, 0.0), covariance },
                classes: found.classes_born,
                still: (self.config.fixture_prior > 0.0).then_some(Still {
                    chance: self.config.fixture_prior,
                    mean_m,
                    covariance_m2: noise_m2,
                }),
            },
            last_seen: at,
            lineage: Vec::new(),
            seen_by: Vec::new(),
        };
        track.remember(Seen {
            sensor: self.sensor,
            measurement: found.id,
            at,
            share: found.unclaimed,
        });
        Some(track)
    }
}
