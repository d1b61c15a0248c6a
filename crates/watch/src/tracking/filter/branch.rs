//! One scan against tracks that must be judged together, world by world.

use std::collections::BTreeMap;

use crate::tracking::associate::best::{Options, best};
use crate::tracking::bernoulli::{Belief, Bernoulli, Seen};
use crate::tracking::worlds::{DEPTH, Thing, WORLDS_MAX, World, Worlds, renumber_pasts};

use super::step::{SHARE_MIN, Source, Step, Together};

/// Where a member's belief came from and what happened to it: the measurement, or a miss.
type Fate = (Option<usize>, Option<usize>);

/// Logarithm of a weight, the world that goes on, and the measurement of each of its members.
type Continuation = (f64, usize, Vec<Option<usize>>);

/// The worlds of a cluster as they are made.
pub(super) struct Branch<'a, 'b> {
    step: &'b mut Step<'a>,
    tracks: &'b mut [Bernoulli],
    open: &'b [Worlds],
    together: &'b Together,
    /// Numbers of the tracks, then of the measurements that may be new ones.
    members: Vec<usize>,
    known: usize,
    /// Worlds before the scan; their things are candidates.
    before: Vec<World>,
    things: Vec<Thing>,
    /// Place in `things` of what became of a candidate.
    places: BTreeMap<(usize, Fate), usize>,
}

impl<'a, 'b> Branch<'a, 'b> {
    pub(super) fn new(
        step: &'b mut Step<'a>,
        tracks: &'b mut [Bernoulli],
        open: &'b [Worlds],
        together: &'b Together,
    ) -> Self {
        let mut branch = Self {
            step,
            tracks,
            open,
            together,
            members: Vec::new(),
            known: 0,
            before: vec![World::new(1.0, Vec::new())],
            things: Vec::new(),
            places: BTreeMap::new(),
        };
        branch.gather();
        branch
    }

    /// All worlds before the scan: every way to combine those of the sets that now touch.
    fn gather(&mut self) {
        for &track in &self.together.alone {
            self.members.push(track);
            let candidate = self.step.candidate_of_track(track);
            self.combine(&[World::new(1.0, vec![Some(candidate)])]);
        }
        for &place in &self.together.open {
            let open = &self.open[place];
            self.members.extend(&open.members);
            let first = self.step.first_candidate(place);
            let worlds: Vec<World> =
                open.stories.iter().map(|world| world.renumbered(first)).collect();
            self.combine(&worlds);
        }
        self.known = self.members.len();
    }

    fn combine(&mut self, worlds: &[World]) {
        let mut combined: Vec<World> =
            self.before.iter().flat_map(|a| worlds.iter().map(|b| a.and(b))).collect();
        combined.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        combined.truncate(WORLDS_MAX);
        renumber_pasts(&mut combined);
        self.before = combined;
    }

    /// The worlds after the scan, and what they say of who caused what.
    ///
    /// `None`, with nothing changed, when tracks that were alone so far are too many to be told apart world by world.
    pub(super) fn grow(mut self) -> Option<Worlds> {
        let births: Vec<usize> = self
            .together
            .found
            .iter()
            .copied()
            .filter(|&found| self.step.may_be_new(found))
            .collect();
        self.members.extend(births.iter().map(|found| self.tracks.len() + found));
        let chosen = self.choose()?;
        let most = chosen.first().map_or(0.0, |(score, ..)| *score);
        let mut after = Worlds { members: self.members.clone(), ..Worlds::default() };
        for (score, place, picks) in chosen {
            let parent = self.before[place].clone();
            let mut things = self.follow(&parent, &picks);
            for (&found, member) in births.iter().zip(self.known..) {
                let claimed = picks.contains(&Some(found));
                things.push((!claimed).then(|| self.born(found, member)));
            }
            let mut world = parent.followed_by(place, things);
            world.weight = libm::exp(score - most);
            after.stories.push(world);
        }
        after.things = std::mem::take(&mut self.things);
        after.normalise();
        self.tell(&after);
        Some(after)
    }

    /// The likeliest ways to go on from all worlds.
    fn choose(&mut self) -> Option<Vec<Continuation>> {
        let mut all = Vec::new();
        for (place, world) in self.before.iter().enumerate() {
            let mut rows: Vec<Options> = Vec::new();
            let mut score = libm::log(world.weight);
            for &candidate in world.things.iter().flatten() {
                score += libm::log(self.step.p_miss(candidate, self.tracks, self.open));
                rows.push(self.step.options(candidate));
            }
            let best = best(&rows, WORLDS_MAX, DEPTH);
            if best.given_up && self.together.open.is_empty() {
                return None;
            }
            for choice in best.choices {
                let mut columns = choice.column_of_row.into_iter();
                let picks = world.things.iter().map(|thing| thing.and_then(|_| columns.next()?));
                all.push((score + choice.score, place, picks.collect()));
            }
        }
        all.sort_by(|a: &Continuation, b| {
            b.0.total_cmp(&a.0).then_with(|| (a.1, &a.2).cmp(&(b.1, &b.2)))
        });
        all.truncate(WORLDS_MAX);
        let floor = all.first().map_or(0.0, |(score, ..)| score - DEPTH);
        all.retain(|(score, ..)| *score >= floor);
        Some(all)
    }

    /// What becomes of every known member of a world.
    fn follow(&mut self, parent: &World, picks: &[Option<usize>]) -> Vec<Option<usize>> {
        let mut things = Vec::with_capacity(self.members.len());
        for (member, (candidate, pick)) in parent.things.iter().zip(picks).enumerate() {
            let thing = candidate.map(|candidate| {
                let fate = (member, (Some(candidate), *pick));
                let belief = |step: &Step<'_>, tracks: &[Bernoulli], open: &[Worlds]| match pick {
                    Some(found) => step.belief_hit(candidate, *found, tracks, open),
                    None => step.belief_missed(candidate, tracks, open),
                };
                *self.places.entry(fate).or_insert_with(|| {
                    let belief = belief(self.step, self.tracks, self.open);
                    self.things.push(Thing { member, belief });
                    self.things.len() - 1
                })
            });
            things.push(thing);
        }
        things
    }

    fn born(&mut self, found: usize, member: usize) -> usize {
        *self.places.entry((member, (None, Some(found)))).or_insert_with(|| {
            let belief: Belief = self.step.belief_born(found);
            self.things.push(Thing { member, belief });
            self.things.len() - 1
        })
    }

    /// Notes which measurements are whose, as far as the worlds agree.
    fn tell(&mut self, after: &Worlds) {
        let mut of_thing = vec![0.0; after.things.len()];
        for world in &after.stories {
            for &thing in world.things.iter().flatten() {
                of_thing[thing] += world.weight;
            }
        }
        let mut claimed: BTreeMap<usize, f64> = BTreeMap::new();
        let mut shares: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for (&(member, fate), &thing) in &self.places {
            if let (Some(_), Some(found)) = fate {
                *claimed.entry(found).or_default() += of_thing[thing];
                *shares.entry((member, found)).or_default() += of_thing[thing];
            }
        }
        self.step.note_contested(&self.together.found);
        for &found in &self.together.found {
            let claimed = claimed.get(&found).copied().unwrap_or(0.0);
            self.step.set_unclaimed(found, (1.0 - claimed).clamp(0.0, 1.0));
        }
        for &member in &self.members[..self.known] {
            // Worlds do not keep what their states owe to sensors' errors.
            self.tracks[member].owed.clear();
        }
        for ((member, found), share) in shares {
            if share > SHARE_MIN {
                let seen: Seen = self.step.seen(found, share);
                let track = &mut self.tracks[self.members[member]];
                track.remember(seen);
                self.step.note_share(track, found, share);
            }
        }
    }
}

impl Source {
    pub(super) fn belief<'t>(self, tracks: &'t [Bernoulli], open: &'t [Worlds]) -> &'t Belief {
        match self {
            Self::Track(track) => &tracks[track].belief,
            Self::Thing { worlds, thing } => &open[worlds].things[thing].belief,
        }
    }
}
