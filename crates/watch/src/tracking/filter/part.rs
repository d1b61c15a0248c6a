//! A filter of some of the tracks, and its way back into the whole.

use super::Filter;
use super::keys::Keys;
use super::reach::Reached;
use super::trace::{Cells, Rest};
use crate::tracking::bernoulli::Bernoulli;
use crate::tracking::config::TrackerConfig;
use crate::tracking::scan::Scan;
use crate::tracking::worlds::Worlds;

impl Filter {
    /// The tracks with these keys alone.
    pub(crate) fn part(&self, active: &Keys) -> Self {
        let mut numbers = vec![usize::MAX; self.bernoullis.len()];
        let mut bernoullis = Vec::new();
        for (number, track) in self.bernoullis.iter().enumerate() {
            if active.contains(track.label.key()) {
                numbers[number] = bernoullis.len();
                bernoullis.push(track.clone());
            }
        }
        let inside = |worlds: &&Worlds| numbers[worlds.first_member()] != usize::MAX;
        let mut worlds: Vec<Worlds> = self.worlds.iter().filter(inside).cloned().collect();
        for worlds in &mut worlds {
            worlds.renumber(&numbers);
        }
        Self {
            at: self.at,
            bernoullis,
            worlds,
            banks: Vec::new(),
            undetected: self.undetected.clone(),
            sensors: self.sensors.clone(),
            placed: self.placed,
            placements: self.placements,
            bars: self.bars.clone(),
        }
    }

    /// Adds the keys of tracks whose worlds are shared with one that is there; returns whether there were any.
    pub(crate) fn spread(&self, active: &mut Keys) -> bool {
        let mut more = false;
        for worlds in &self.worlds {
            let key = |member: &usize| self.bernoullis[*member].label.key();
            if worlds.members.iter().any(|member| active.contains(key(member))) {
                for member in &worlds.members {
                    more |= active.insert(key(member));
                }
            }
        }
        more
    }

    /// Puts a part back: its tracks take the place of those with `active` keys, its cells that of the same cells.
    pub(crate) fn put_in(&mut self, part: Self, active: &Keys, dirty: &Cells) {
        self.at = self.at.max(part.at);
        self.undetected.take_over(&part.undetected, dirty);
        let mut numbers = vec![usize::MAX; self.bernoullis.len()];
        let mut kept = 0;
        for (number, track) in numbers.iter_mut().zip(&self.bernoullis) {
            if !active.contains(track.label.key()) {
                *number = kept;
                kept += 1;
            }
        }
        self.worlds.retain(|worlds| numbers[worlds.first_member()] != usize::MAX);
        for worlds in &mut self.worlds {
            worlds.renumber(&numbers);
        }
        self.bernoullis.retain(|track| !active.contains(track.label.key()));
        self.bernoullis.extend(part.bernoullis);
        for mut worlds in part.worlds {
            for member in &mut worlds.members {
                *member += kept;
            }
            self.worlds.push(worlds);
        }
        self.put_in_order();
    }

    pub(super) fn keys_of(&self, reached: &[bool]) -> impl Iterator<Item = u64> {
        let reached = self.bernoullis.iter().zip(reached).filter(|(_, reached)| **reached);
        reached.map(|(track, _)| track.label.key())
    }

    /// Measurements of a scan that may be of the part, and those that were, by their place in the scan.
    pub(super) fn wanted(
        &self,
        rest: &Rest<'_>,
        reached: &Reached,
        scan: &Scan,
        config: &TrackerConfig,
    ) -> Vec<u32> {
        let mut wanted = rest.own(scan.measurements.len());
        let trace = rest.trace;
        let mut is_open = vec![false; self.bernoullis.len()];
        for &member in reached.open.iter().flat_map(|worlds| &worlds.members) {
            is_open[member] = true;
        }
        let alone = self.bernoullis.iter().zip(&reached.tracks).zip(is_open);
        let alone = alone.filter(|((_, reached), open)| **reached && !open);
        let things = reached.open.iter().flat_map(|worlds| &worlds.things);
        let beliefs = alone
            .map(|((track, _), _): ((&Bernoulli, _), _)| &track.belief)
            .chain(things.map(|thing| &thing.belief));
        for belief in beliefs {
            let (centre, half) = belief.reach(&trace.noise_max_m2, config.gate);
            trace.grid.near(centre, half, |measurement| wanted[measurement] = true);
        }
        (0..).zip(wanted).filter(|(_, wanted)| *wanted).map(|(number, _)| number).collect()
    }
}
