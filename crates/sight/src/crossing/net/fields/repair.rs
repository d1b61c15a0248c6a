//! Repair of a field after the hazard has changed at some nodes: the same keys as spread anew, for less work.

use std::cmp::Ordering;

use super::super::Hazard;
use super::patch::Work;
use super::spread::{Doing, Spread};
use super::tiles::{ChangedRow, Front, REACH};
use super::{HAZARD_MAX, UNREACHED};
use crate::lanes::Path;

/// Nodes whose hazard has changed, in order: where it has risen, and where it has fallen.
#[derive(Debug)]
pub(super) struct Changed {
    raised: Vec<u32>,
    lowered: Vec<u32>,
}

impl Changed {
    /// Puts the new hazard of some nodes in its place.
    pub(super) fn made(hazard: &mut Hazard, changes: &[(u32, u32)]) -> Self {
        let mut changed = Self { raised: Vec::new(), lowered: Vec::new() };
        for &(node, now) in changes {
            let now = now.min(HAZARD_MAX);
            let known = std::mem::replace(&mut hazard[node as usize], now);
            match now.cmp(&known) {
                Ordering::Greater => changed.raised.push(node),
                Ordering::Less => changed.lowered.push(node),
                Ordering::Equal => {}
            }
        }
        changed
    }
}

impl Spread<'_> {
    /// Makes keys that were right for the hazard before right for the present one (after Ramalingam and Reps, 1996).
    ///
    /// Every key is the sum of a least way's steps, which are all above nought. First those keys are forgotten that no step
    /// out of a lesser key bears any more, nor a step that has become cheaper. From each of the others a chain of ever lesser
    /// keys leads to where the field begins, so that none is less than it should be, and all are lowered to what steps give.
    /// No key loses its bearer where steps have become cheaper, and none can be lowered where they have become dearer.
    pub(super) fn repair<const R: usize, const C: usize>(
        &self,
        changed: &Changed,
        keys: &mut [u64],
    ) {
        let [mut doubted, mut lowered] =
            [&changed.raised, &changed.lowered].map(|nodes| self.front_at::<R, C>(nodes, keys));
        let path = Path::widest();
        let tiling = self.tiling::<R, C>();
        let mut forgotten = vec![0; tiling.count()];
        let told = |changed: &ChangedRow| {
            let tile = tiling.tile_at((changed.row, changed.first_col));
            forgotten[tile] |= 1_u64 << (changed.row - tiling.corner(tile).0);
        };
        self.work::<R, C>(Doing { path, work: Work::Forget }, keys, &mut doubted, told);
        for (tile, rows) in forgotten.into_iter().enumerate().filter(|(_, rows)| *rows != 0) {
            self.note_regrowth::<R, C>((tile, rows), keys, &mut lowered);
        }
        self.work::<R, C>(Doing { path, work: Work::Lower }, keys, &mut lowered, |_| ());
    }

    /// Notes those forgotten rows of a tile that have keys within reach to begin again from.
    fn note_regrowth<const R: usize, const C: usize>(
        &self,
        (tile, rows): (usize, u64),
        keys: &[u64],
        front: &mut Front,
    ) {
        let (top, left) = self.tiling::<R, C>().corner(tile);
        let runs = self.net.layout.runs();
        let least_in = |row: usize| {
            let run = (top + row).checked_sub(REACH).and_then(|row| runs.get(row))?;
            let from = run.first_col.max(left.saturating_sub(REACH));
            let until = run.end_col.min(left + C + REACH);
            let known = keys.get(
                run.first + from - run.first_col..run.first + until.max(from) - run.first_col,
            )?;
            known.iter().min().copied()
        };
        let least: Vec<u64> =
            (0..R + 2 * REACH).map(|row| least_in(row).unwrap_or(UNREACHED)).collect();
        let around = least.windows(2 * REACH + 1).map(|rows| rows.iter().min().copied());
        for (row, least) in around.enumerate() {
            let least = least.filter(|least| *least != UNREACHED);
            if rows >> row & 1 == 1
                && let Some(least) = least
            {
                front.note_tile((tile, 1 << row), least);
            }
        }
    }

    /// Tiles within reach of some nodes.
    fn front_at<const R: usize, const C: usize>(&self, nodes: &[u32], keys: &[u64]) -> Front {
        let (tiling, layout) = (self.tiling::<R, C>(), &self.net.layout);
        let mut front = Front::new(tiling);
        let places: Vec<_> = nodes.iter().map(|node| (*node, layout.place_of(*node))).collect();
        let is_together = |a: (usize, usize), b: (usize, usize)| {
            a.0 == b.0 && tiling.tile_at(a) == tiling.tile_at(b)
        };
        for nodes in places.chunk_by(|a, b| is_together(a.1, b.1)) {
            let least = nodes.iter().map(|(node, _)| keys[*node as usize]).min();
            let (first, last) = (nodes[0].1, nodes[nodes.len() - 1].1);
            front.note(
                &ChangedRow {
                    row: first.0,
                    first_col: first.1,
                    last_col: last.1,
                    least: least.unwrap_or(0),
                },
                None,
            );
        }
        front
    }
}
