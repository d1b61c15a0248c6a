//! One scan against all tracks: pair, correct, and what is new.

mod answers;
mod banks;
mod born;
mod lessons;
mod owed;
mod pairs;
mod ties;
mod workings;

use std::ops::Range;

use nalgebra::{Matrix4x3, Vector4};

use crate::tracking::DetectionChance;
use crate::tracking::associate::{self, Cluster, Edge, Marginals};
use crate::tracking::bernoulli::{Belief, Bernoulli, Label, Look};
use crate::tracking::class::ClassWeights;
use crate::tracking::config::TrackerConfig;
use crate::tracking::filter::Given;
use crate::tracking::filter::branch::Branch;
use crate::tracking::filter::found::{self, Flights, Place, Seeing};
use crate::tracking::filter::trace::{Cells, Rest};
use crate::tracking::kinematics::{Gaussian, Spread, Still};
use crate::tracking::modes::Modes;
use crate::tracking::scan::Scan;
use crate::tracking::undetected::Undetected;
use crate::tracking::vertical::Vertical;
use crate::tracking::worlds::Worlds;
pub(crate) use lessons::tally_of;
use lessons::{Case, Lessons};
pub(crate) use workings::Workings;

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
    /// Place in [`Step::flights`], where it told how high the candidate flies if it does.
    flight: Option<usize>,
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
    work: Workings,
    /// What the candidate that is being paired owes to the errors of the scan's sensor.
    owed: Option<Matrix4x3<f64>>,
    lessons: Option<Lessons<'a>>,
    /// Tracks of which the scan says nothing.
    barred: &'a [Label],
    /// Of a part, what is known of all others.
    rest: Option<&'a Rest<'a>>,
}

impl<'a> Step<'a> {
    pub(super) fn new(
        scan: &'a Scan,
        sensor: u16,
        given: &Given<'a>,
        (barred, flights): (&'a [Label], Flights),
        work: Workings,
    ) -> Self {
        let only = (0..).zip(&scan.measurements).map(|(number, _)| number);
        Self::of_some((scan, only), sensor, given, (barred, flights), work)
    }

    /// The same of a part: of these measurements alone.
    pub(super) fn of_part(
        scan: &'a Scan,
        sensor: u16,
        given: &Given<'a>,
        ((barred, flights), only, rest): ((&'a [Label], Flights), Vec<u32>, &'a Rest<'a>),
        work: Workings,
    ) -> Self {
        let only = (scan, only.into_iter());
        let mut step = Self::of_some(only, sensor, given, (barred, flights), work);
        step.work.noise_max_m2 = rest.trace.noise_max_m2;
        Self { rest: Some(rest), ..step }
    }

    fn of_some(
        (scan, only): (&'a Scan, impl Iterator<Item = u32>),
        sensor: u16,
        given: &Given<'a>,
        (barred, flights): (&'a [Label], Flights),
        mut work: Workings,
    ) -> Self {
        let figures = given.figures.map(|figures| figures.of(&scan.sensor));
        let noise = figures.map_or(1.0, |figures| figures.noise);
        work.found.clear();
        found::of_scan((scan, flights), noise, only, &mut work.found);
        work.list_positions();
        let lessons = Lessons::of((scan, work.found.len()), sensor, given);
        Self {
            scan,
            sensor,
            p_detect: given.p_detect,
            config: given.config,
            work,
            owed: None,
            lessons,
            barred,
            rest: None,
        }
    }

    /// The room that the step took, for the next one.
    pub(super) fn into_workings(self) -> Workings {
        self.work
    }

    /// Weighs every measurement against every candidate whose gate it lies in.
    ///
    /// Tracks that the scan does not `reach` are left out.
    pub(super) fn pair(
        &mut self,
        (tracks, reached): (&[Bernoulli], &[bool]),
        open: &[Worlds],
        undetected: &Undetected,
    ) {
        self.work.clear_pairs();
        self.weigh_backgrounds(undetected);
        self.list_candidates((tracks, reached), open);
        let noise_max_m2 = self.work.noise_max_m2;
        let mut grid = std::mem::take(&mut self.work.grid);
        grid.build(&self.work.positions);
        let bearings: Vec<usize> = (0..self.work.found.len())
            .filter(|&found| matches!(self.work.found[found].place, Place::Bearing { .. }))
            .collect();
        let lines: Vec<usize> =
            (0..self.work.found.len()).filter(|&found| self.work.found[found].is_line()).collect();
        let mut near = std::mem::take(&mut self.work.near);
        for number in 0..self.work.candidates.len() {
            let belief = self.work.candidates[number].source.belief(tracks, open);
            near.clear();
            let (centre, reach) = belief.reach(&noise_max_m2, self.config.gate);
            grid.near(centre, reach, |found| near.push(found));
            if belief.modes.flight().is_some() {
                near.extend(&lines);
            }
            near.sort_unstable();
            near.dedup();
            self.owed = self.owed_by(number, tracks);
            let first = self.work.pairings.len();
            if !self.work.candidates[number].barred {
                self.pair_positions(number, belief, &near);
                self.pair_bearings(number, belief, &bearings);
            }
            self.work.candidates[number].pairings = first..self.work.pairings.len();
        }
        (self.work.grid, self.work.near) = (grid, near);
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
            self.work.candidate_of_track.iter().map(|&candidate| candidate != usize::MAX).collect();
        let mut marginals = Marginals::default();
        let tempered = self.scan.worth() < 1.0;
        let mut opened = if tempered { open.to_vec() } else { Vec::new() };
        let judged = if tempered { &[] } else { open };
        let (single, many) = self.together(tracks.len(), judged);
        for number in single {
            let Pairing { candidate, found, weight, .. } = self.work.pairings[number];
            let Source::Track(track) = self.work.candidates[candidate].source else { continue };
            left_alone[track] = false;
            let left = 1.0 / (1.0 + weight);
            self.work.found[found].unclaimed = left;
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
            let Candidate { look, open, .. } =
                self.work.candidates[self.work.candidate_of_track[number]];
            let (state, existence) = (track.belief.state, track.belief.existence);
            if tempered {
                let missed = track.belief.missed(&look);
                track.belief = track.belief.tempered(missed, self.scan.worth());
            } else if look.p_detect > 0.0 {
                track.belief.miss(&look);
            }
            self.note(track, &Case { state, existence, look, open, shares: &[] });
        }
        opened
    }

    /// Weighs what else than known tracks the measurements may be of.
    fn weigh_backgrounds(&mut self, undetected: &Undetected) {
        let prior = self.config.class_prior.normalised();
        let mut all = std::mem::take(&mut self.work.found);
        let look =
            |point| Look::at(point, &prior, self.scan, self.p_detect).dimmed(self.share(point));
        let fading = undetected.fading(self.scan.at);
        let seeing = Seeing { scan: self.scan, undetected, fading, look: &look };
        for found in &mut all {
            found.weigh_background(self.clutter(&found.place), &seeing, self.config);
        }
        self.work.found = all;
    }

    /// Lowers what is expected where the scan looked; returns the cells that it lowered.
    pub(super) fn lower(
        &mut self,
        undetected: &mut Undetected,
        given: &Given<'_>,
        only: Option<&Cells>,
    ) -> Vec<u32> {
        let mut chances = std::mem::take(&mut self.work.chances);
        let lowered =
            undetected.miss(self.scan, given, (only, &mut chances), |point| self.share(point));
        self.work.chances = chances;
        lowered
    }

    /// Things that are first seen now: what no track claims and clutter does not explain.
    pub(super) fn births(&self) -> impl Iterator<Item = (usize, Bernoulli)> + '_ {
        let born = |(number, found)| Some((number, self.birth(found)?));
        let own = self.work.found.iter().enumerate().filter(|(_, found)| !found.foreign);
        own.filter_map(born)
    }

    fn cluster(&self, together: &Together) -> Cluster {
        let mut row = 0;
        let edges = together.pairings.iter().map(|&number| {
            let pairing = &self.work.pairings[number];
            while self.work.candidate_of_track[together.alone[row]] != pairing.candidate {
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
            self.work.found[*found].unclaimed = *unclaimed;
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
        let candidate = &self.work.candidates[self.work.candidate_of_track[number]];
        let (look, open, pairings) = (candidate.look, candidate.open, candidate.pairings.clone());
        let worth = self.scan.worth();
        let whole = (worth < 1.0).then(|| track.belief.clone());
        let (state, was) = (track.belief.state, track.belief.existence);
        let still_there = missed * track.belief.existence_missed(&look);
        let mut existence = still_there;
        self.work.shares.clear();
        for (pairing, &share) in self.work.pairings[pairings.clone()].iter().zip(shares) {
            existence += share;
            self.work.shares.push((pairing.found, share));
            if share > SHARE_MIN {
                track.remember(self.seen(pairing.found, share));
            }
        }
        let still = self.merged_still(&track.belief, pairings.clone(), (still_there, shares));
        if track.belief.modes.is_empty() {
            let both = self.merged(&track.belief, &look, pairings, (still_there, shares));
            (track.belief.state, track.belief.classes) = both;
        } else {
            self.merge_modes(&mut track.belief, &look, pairings, (still_there, shares));
        }
        track.belief.existence = existence.clamp(0.0, 1.0);
        track.belief.still = still;
        if let Some(whole) = whole {
            track.belief = whole.tempered(track.belief.clone(), worth);
        }
        self.consider(track, &state, number, (still_there, shares));
        let shares = std::mem::take(&mut self.work.shares);
        let case = Case { state, existence: was, look, open, shares: &shares };
        self.note(track, &case);
        self.work.shares = shares;
    }

    /// What is then believed of a fixture.
    fn merged_still(
        &self,
        belief: &Belief,
        pairings: Range<usize>,
        (missed, shares): (f64, &[f64]),
    ) -> Option<Still> {
        belief.still?;
        let mut stills = vec![(missed, belief.still)];
        let found = self.work.pairings[pairings].iter().zip(shares);
        stills.extend(found.map(|(pairing, &share)| (share, pairing.still)));
        Still::merged(&stills)
    }

    /// State and classes of a thing that was missed or was one of its measurements, by their shares.
    fn merged(
        &self,
        belief: &Belief,
        look: &Look,
        pairings: Range<usize>,
        (missed, shares): (f64, &[f64]),
    ) -> (Gaussian, ClassWeights) {
        let pairings = &self.work.pairings[pairings];
        let mut classes = belief.classes_missed(look).normalised().scaled(missed);
        for (pairing, &share) in pairings.iter().zip(shares) {
            let measured = &self.work.found[pairing.found].classes;
            let hit = look.hit(&belief.classes, measured, self.config).normalised();
            classes.add_scaled(&hit, share);
        }
        let hits = pairings.iter().zip(shares).map(|(pairing, &share)| {
            let hit = &self.work.hits[pairing.hits.start];
            (share, self.spread(hit))
        });
        let all = std::iter::once((missed, belief.state.spread())).chain(hits);
        (Gaussian::merged(all).unwrap_or(belief.state), classes.normalised())
    }

    /// The same for each way of moving.
    fn merge_modes(
        &mut self,
        belief: &mut Belief,
        look: &Look,
        pairings: Range<usize>,
        (missed, shares): (f64, &[f64]),
    ) {
        let likely = |(_, share): &(&Pairing, &f64)| **share > SHARE_NONE;
        let pairings = || self.work.pairings[pairings.clone()].iter().zip(shares).filter(likely);
        let mut blend = std::mem::take(&mut self.work.blend);
        blend.clear();
        let unseen = look.by_class.map(|chance| 1.0 - chance);
        blend.push_missed(missed.max(SHARE_NONE), &belief.modes, &unseen);
        for (pairing, &share) in pairings() {
            let measured = &self.work.found[pairing.found].classes;
            let likelihood = look.hit(&ClassWeights::uniform(), measured, self.config);
            let hits = self.work.hits[pairing.hits.clone()].iter();
            let hits = hits.map(|hit| (hit.likelihood, self.spread(hit)));
            let flight = self.flight_after(&belief.modes, pairing);
            blend.push_hit(share, &belief.modes, &likelihood, (pairing.hits.start, hits, flight));
        }
        let flying = blend.flight_way(self.config);
        blend.merge(&mut belief.modes, flying, |hit| self.spread(&self.work.hits[hit]));
        self.work.blend = blend;
        belief.heed_modes();
    }

    fn spread<'s>(&'s self, hit: &'s Hit) -> Spread<'s> {
        (&hit.mean, &self.work.covariances[hit.covariance])
    }

    /// The ways of moving of a thing that caused a measurement for sure.
    fn modes_hit(&self, belief: &Belief, look: &Look, pairing: &Pairing) -> Modes {
        let hits = self.work.hits[pairing.hits.clone()].iter().map(|hit| {
            let covariance = self.work.covariances[hit.covariance];
            (Gaussian { mean: hit.mean, covariance }, hit.likelihood)
        });
        let measured = &self.work.found[pairing.found].classes;
        let likelihood = look.hit(&ClassWeights::uniform(), measured, self.config);
        belief.modes.corrected(&likelihood, hits, self.flight_after(&belief.modes, pairing))
    }

    /// How high a thing that caused a measurement is, if it flies.
    fn flight_after(&self, before: &Modes, pairing: &Pairing) -> Option<Vertical> {
        pairing.flight.map_or(before.flight(), |place| Some(self.work.flights[place]))
    }
}
