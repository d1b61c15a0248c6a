//! Tracks whose pasts hang together, and the worlds that may be behind what was seen of them.
//!
//! Where two things come so close that a measurement may be of either, one answer per track
//! forgets that only one of them can have caused it: a thing that has gone keeps half a life of
//! its neighbour's. Among such tracks, and only there, whole worlds are kept: who caused what, with
//! one weight for all of it (García-Fernández, Williams, Granström and Svensson, "Poisson
//! multi-Bernoulli mixture filter: direct derivation and implementation", 2018). When the worlds
//! agree, or grow old, each track goes its own way again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::bernoulli::{Belief, Bernoulli};
use super::class::ClassWeights;
use super::config::TrackerConfig;
use super::kinematics::{Mixture, Still};
use super::modes::{Interval, Modes};

/// Most tracks that worlds are kept of; larger clusters are judged track by track.
pub(crate) const MEMBERS_MAX: usize = 8;
/// Most worlds of one set of tracks.
pub(crate) const WORLDS_MAX: usize = 20;
/// Logarithm of the smallest weight, relative to the likeliest, at which a world is kept.
pub(crate) const DEPTH: f64 = 6.9;
/// After so many scans the likeliest world decides what happened.
const PAST: usize = 5;
/// A world this likely is taken for what happened.
const SURE: f64 = 0.999;

/// What is believed of one track in some of the worlds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Thing {
    /// Place in [`Worlds::members`].
    pub(crate) member: usize,
    pub(crate) belief: Belief,
}

/// One story of who caused what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct World {
    pub(crate) weight: f64,
    /// For each member its thing in this world; `None` where it never was.
    pub(crate) things: Vec<Option<usize>>,
    /// From which world of each of the last scans it came, newest first.
    past: [usize; PAST],
}

/// Tracks that are believed in together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Worlds {
    /// Numbers of the tracks.
    pub(crate) members: Vec<usize>,
    pub(crate) things: Vec<Thing>,
    /// Likeliest first; their weights add up to one.
    pub(crate) stories: Vec<World>,
}

impl World {
    pub(crate) fn new(weight: f64, things: Vec<Option<usize>>) -> Self {
        Self { weight, things, past: [0; PAST] }
    }

    /// The same with its things counted from `first`.
    pub(crate) fn renumbered(&self, first: usize) -> Self {
        let things = self.things.iter().map(|thing| thing.map(|thing| first + thing)).collect();
        Self { things, ..self.clone() }
    }

    /// This world and one of other tracks, both true.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let mut past = self.past;
        for (one, two) in past.iter_mut().zip(other.past) {
            *one = one.wrapping_mul(WORLDS_MAX).wrapping_add(two);
        }
        let things = self.things.iter().chain(&other.things).copied().collect();
        Self { weight: self.weight * other.weight, things, past }
    }

    /// The world that follows from this one, which stood at `place` among its like.
    pub(crate) fn followed_by(&self, place: usize, things: Vec<Option<usize>>) -> Self {
        let mut past = [place; PAST];
        past[1..].copy_from_slice(&self.past[..PAST - 1]);
        Self { weight: 0.0, things, past }
    }
}

impl Worlds {
    /// Bytes with what they hold on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let things =
            self.things.iter().map(|thing| size_of::<Thing>() + thing.belief.modes.bytes());
        let story = size_of::<World>() + self.members.len() * size_of::<Option<usize>>();
        size_of::<Self>() + things.sum::<usize>() + self.stories.len() * story
    }

    /// The least number of a track; no other worlds have it.
    pub(crate) fn first_member(&self) -> usize {
        self.members.iter().copied().min().unwrap_or(usize::MAX)
    }

    /// Gives the tracks other numbers.
    pub(crate) fn renumber(&mut self, numbers: &[usize]) {
        for member in &mut self.members {
            *member = numbers[*member];
        }
    }

    pub(crate) fn predict(&mut self, interval: &mut Interval<'_>) {
        for thing in &mut self.things {
            thing.belief.predict(interval);
        }
    }

    /// Brings the worlds to their fewest and tells the tracks what is believed of them.
    ///
    /// Tracks about which all worlds agree, or that hardly exist, leave; when too few or too many
    /// are left, all do. Returns whether anything is left to be kept open.
    pub(crate) fn settle(&mut self, tracks: &mut [Bernoulli], config: &TrackerConfig) -> bool {
        self.forget_old_branches();
        for member in (0..self.members.len()).rev() {
            let marginal = self.marginal(member, config);
            let faint = marginal.as_ref().is_none_or(|belief| {
                belief.existence < config.recycle_below
                    || belief.state.position_sigma_m() > config.lost_sigma_m
            });
            if faint || self.agree_on(member) {
                tell(&mut tracks[self.members[member]], marginal);
                self.release(member);
            }
        }
        self.join_equal_worlds();
        let sure = self.stories.first().is_none_or(|best| best.weight > SURE);
        let stays_open = !sure && self.members.len() <= MEMBERS_MAX;
        for (member, &track) in self.members.iter().enumerate() {
            let belief =
                if stays_open { self.likeliest(member) } else { self.marginal(member, config) };
            tell(&mut tracks[track], belief);
        }
        stays_open
    }

    /// Tells the tracks what all worlds together say of them, and ends the worlds.
    pub(crate) fn close(self, tracks: &mut [Bernoulli], config: &TrackerConfig) {
        for (member, &track) in self.members.iter().enumerate() {
            tell(&mut tracks[track], self.marginal(member, config));
        }
    }

    /// Gives members from `known` on their numbers as tracks; those that did not become one leave.
    pub(crate) fn renumber_births(
        &mut self,
        known: usize,
        number: impl Fn(usize) -> Option<usize>,
    ) {
        for member in (0..self.members.len()).rev() {
            let old = self.members[member];
            match if old < known { Some(old) } else { number(old) } {
                Some(new) => self.members[member] = new,
                None => self.release(member),
            }
        }
    }

    /// Scales the weights to a sum of one, likeliest first.
    pub(crate) fn normalise(&mut self) {
        let total: f64 = self.stories.iter().map(|world| world.weight).sum();
        for world in &mut self.stories {
            world.weight /= total;
        }
        self.stories
            .sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.things.cmp(&b.things)));
    }

    /// What all worlds together say of a member; `None` when none of them has it.
    fn marginal(&self, member: usize, config: &TrackerConfig) -> Option<Belief> {
        let mut mixture = Mixture::default();
        let mut existence = 0.0;
        let mut classes = ClassWeights::ZERO;
        let mut stills = Vec::new();
        let mut modes = Vec::new();
        let mut first = None;
        for world in &self.stories {
            let Some(thing) = world.things[member] else { continue };
            let belief = &self.things[thing].belief;
            first = first.or(Some(belief));
            let share = world.weight * belief.existence;
            existence += share;
            mixture.push(share, belief.state.mean, belief.state.covariance);
            classes.add_scaled(&belief.classes, share);
            modes.push((share, &belief.modes));
            stills.push((share, belief.still));
        }
        let first = first?;
        let existence = existence.clamp(0.0, 1.0);
        let still = Still::merged(&stills);
        if !first.modes.is_empty() {
            let flying = config.flying().map(|(motion, _)| motion);
            return Some(Belief::of_modes(existence, Modes::merged(&modes, flying), still));
        }
        let state = mixture.merged().unwrap_or(first.state);
        let classes = classes.normalised();
        Some(Belief { existence, state, classes, still, ..first.clone() })
    }

    /// A member's belief in the likeliest world; without a chance where it never was.
    fn likeliest(&self, member: usize) -> Option<Belief> {
        self.stories.iter().enumerate().find_map(|(place, world)| {
            let belief = self.things[world.things[member]?].belief.clone();
            Some(if place == 0 { belief } else { Belief { existence: 0.0, ..belief } })
        })
    }

    fn agree_on(&self, member: usize) -> bool {
        let first = self.stories.first().map(|world| world.things[member]);
        self.stories.iter().all(|world| Some(world.things[member]) == first)
    }

    fn release(&mut self, member: usize) {
        self.members.remove(member);
        for world in &mut self.stories {
            world.things.remove(member);
        }
        let mut places = vec![usize::MAX; self.things.len()];
        let mut kept = Vec::with_capacity(self.things.len());
        for (place, thing) in self.things.drain(..).enumerate() {
            if thing.member != member {
                places[place] = kept.len();
                let later = usize::from(thing.member > member);
                kept.push(Thing { member: thing.member - later, ..thing });
            }
        }
        self.things = kept;
        for thing in self.stories.iter_mut().flat_map(|world| world.things.iter_mut().flatten()) {
            *thing = places[*thing];
        }
    }

    /// Keeps only what follows from the likeliest world's forebear of [`PAST`] scans ago.
    fn forget_old_branches(&mut self) {
        let Some(best) = self.stories.first() else { return };
        let forebear = best.past[PAST - 1];
        self.stories.retain(|world| world.past[PAST - 1] == forebear);
        self.normalise();
    }

    fn join_equal_worlds(&mut self) {
        let mut joined: Vec<World> = Vec::with_capacity(self.stories.len());
        for world in self.stories.drain(..) {
            match joined.iter_mut().find(|known| known.things == world.things) {
                Some(known) => known.weight += world.weight,
                None => joined.push(world),
            }
        }
        self.stories = joined;
        self.normalise();
    }
}

/// A track that is in no world any more is not there.
fn tell(track: &mut Bernoulli, belief: Option<Belief>) {
    match belief {
        Some(belief) => track.belief = belief,
        None => track.belief.existence = 0.0,
    }
}

/// Gives the forebears of each age small numbers again, so that those of sets that join later cannot be mistaken.
pub(crate) fn renumber_pasts(worlds: &mut [World]) {
    for age in 0..PAST {
        let known: BTreeSet<usize> = worlds.iter().map(|world| world.past[age]).collect();
        for world in &mut *worlds {
            world.past[age] = known.range(..world.past[age]).count();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_that_join_one_after_the_other_keep_their_forebears_apart() {
        let set = |pasts: std::ops::Range<usize>| -> Vec<World> {
            pasts.map(|past| World { past: [past; PAST], ..World::new(1.0, Vec::new()) }).collect()
        };
        let joined = |one: &[World], two: &[World]| {
            let mut all: Vec<World> =
                one.iter().flat_map(|a| two.iter().map(|b| a.and(b))).collect();
            renumber_pasts(&mut all);
            all
        };

        let all = joined(&joined(&set(0..3), &set(17..20)), &set(18..20));

        let pasts: BTreeSet<usize> = all.iter().map(|world| world.past[PAST - 1]).collect();
        assert_eq!(pasts, (0..18).collect());
    }
}
