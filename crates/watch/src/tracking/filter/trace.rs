//! What a scan did, in as few words as tell later which tracks it coupled.

use jiff::Timestamp;
use nalgebra::Matrix2;
use serde::{Deserialize, Serialize};

use super::keys::Keys;
use crate::tracking::gate::{Extent, Grid};
use crate::tracking::learning::Taught;
use crate::tracking::undetected::Undetected;

/// The key of all directions together: whoever shares a measurement with one of them is coupled to all.
pub(crate) const DIRECTIONS: u64 = u64::MAX;

/// What tied tracks to measurements, and so to each other, when a scan was taken.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Trace {
    /// Where the scan might have said anything; everywhere if `None`.
    pub(super) extent: Option<Extent>,
    /// The measured places, by the measurements' place in the scan.
    pub(super) grid: Grid,
    /// At least as large as the noise of each.
    pub(super) noise_max_m2: Matrix2<f64>,
    /// Measurements, the cells of the undetected by which they were weighed, and what was expected there.
    pub(super) cells: Vec<(u32, u32, f64)>,
    /// Measurements with the keys of those that they may be of or that they began.
    pub(super) claims: Vec<(u32, u64)>,
    /// Keys of directions that have become tracks.
    pub(super) risen: Vec<u64>,
    /// Keys of those that were given back to the undetected, and the cells.
    pub(super) recycled: Vec<(u64, u32)>,
    /// So many tracks were held before any was given up.
    pub(super) most: usize,
    /// Where sensors are learned about.
    pub(crate) taught: Option<Taught>,
}

/// What is known of the tracks that a part leaves out.
#[derive(Clone, Copy)]
pub(crate) struct Rest<'a> {
    /// What the scan did to all tracks when it was last taken.
    pub(crate) trace: &'a Trace,
    /// The tracks of the part.
    pub(crate) active: &'a Keys,
    /// The cells of the part; the others are as they were.
    pub(crate) dirty: &'a Cells,
}

/// What a part turned out to touch beyond itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Contacts {
    pub(crate) keys: Vec<u64>,
    pub(crate) cells: Vec<u32>,
}

/// Some of the cells of the undetected.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cells {
    held: Vec<bool>,
}

impl Cells {
    /// Whether it is new.
    pub(crate) fn insert(&mut self, cell: u32) -> bool {
        let cell = cell as usize;
        if self.held.len() <= cell {
            self.held.resize(cell + 1, false);
        }
        !std::mem::replace(&mut self.held[cell], true)
    }

    pub(crate) fn contains(&self, cell: u32) -> bool {
        self.held.get(cell as usize).copied().unwrap_or(false)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.held.iter().enumerate().filter(|(_, held)| **held).map(|(cell, _)| cell)
    }
}

impl Rest<'_> {
    /// For each measurement whether it is of the part, by what was known.
    pub(super) fn own(&self, measurements: usize) -> Vec<bool> {
        let mut own = vec![false; measurements];
        for &(found, key) in &self.trace.claims {
            own[found as usize] |= self.active.contains(key);
        }
        for &(found, cell, _) in &self.trace.cells {
            own[found as usize] |= self.dirty.contains(cell);
        }
        own
    }

    /// Puts back what was expected where measurements fell, in cells that are as they were: the part does not follow them.
    pub(super) fn recall(&self, undetected: &mut Undetected, at: Timestamp) {
        let fading = undetected.fading(at);
        for &(_, cell, per_m2) in &self.trace.cells {
            if !self.dirty.contains(cell) {
                undetected.put(cell as usize, per_m2, &fading);
            }
        }
    }

    /// Refuses to give tracks back to cells that are not of the part.
    pub(super) fn allow(&self, recycled: &[(u64, u32)]) -> Result<(), Contacts> {
        let cells = recycled.iter().map(|(_, cell)| *cell);
        let cells: Vec<u32> = cells.filter(|cell| !self.dirty.contains(*cell)).collect();
        if cells.is_empty() { Ok(()) } else { Err(Contacts { cells, keys: Vec::new() }) }
    }
}

impl Trace {
    /// Adds what must be taken again because it was tied to what is; returns whether there was any.
    pub(crate) fn spread(&self, active: &mut Keys, dirty: &mut Cells, measurements: usize) -> bool {
        let own = Rest { trace: self, active, dirty }.own(measurements);
        let is_risen = self.risen.iter().any(|key| active.contains(*key));
        let mut more = is_risen && active.insert(DIRECTIONS);
        for &(found, key) in &self.claims {
            more |= own[found as usize] && active.insert(key);
        }
        for &(key, cell) in &self.recycled {
            more |= active.contains(key) && dirty.insert(cell);
            more |= dirty.contains(cell) && active.insert(key);
        }
        more
    }

    /// Keys of all that it tied to anything, and the cells to which anything was given back.
    pub(crate) fn touched(&self) -> (impl Iterator<Item = u64>, impl Iterator<Item = u32>) {
        let gone = self.recycled.iter().map(|(key, _)| *key);
        let keys = self.claims.iter().map(|(_, key)| *key).chain(gone);
        (keys, self.recycled.iter().map(|(_, cell)| *cell))
    }

    /// Whether a part of so many tracks cannot bring all of them to the limit.
    pub(crate) fn has_room(&self, part: usize, tracks_max: usize) -> bool {
        self.most + part <= tracks_max
    }

    /// Takes over what became of a part.
    pub(crate) fn take_over(&mut self, part: Self, active: &Keys, measurements: &[u32]) {
        self.cells.retain(|(found, ..)| measurements.binary_search(found).is_err());
        self.cells.extend(part.cells);
        self.claims.retain(|(_, key)| !active.contains(*key));
        self.claims.extend(part.claims);
        self.recycled.retain(|(key, _)| !active.contains(*key));
        self.recycled.extend(part.recycled);
        self.most += part.most;
        if let Some((whole, anew)) = self.taught.as_mut().zip(part.taught) {
            whole.take_over(anew, measurements, |label| active.contains(label.key()));
        }
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.grid.bytes()
            + self.cells.len() * size_of::<(u32, u32, f64)>()
            + self.claims.len() * size_of::<(u32, u64)>()
            + self.risen.len() * size_of::<u64>()
            + self.recycled.len() * size_of::<(u64, u32)>()
            + self.taught.as_ref().map_or(0, Taught::bytes)
    }
}
