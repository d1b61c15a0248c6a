//! Repair of a field after the hazard has changed at some nodes: the same keys as spread anew, for less work.

use super::patch::Work;
use super::spread::{Doing, Spread};
use super::tiles::{ChangedRow, Front};
use crate::lanes::Path;

impl Spread<'_> {
    /// Makes keys that were right for the hazard before right for the present one (after Ramalingam and Reps, 1996).
    ///
    /// Every key is the sum of a least way's steps, which are all above nought. First those keys are forgotten that no step
    /// out of a lesser key bears any more, nor a step that has become cheaper. From each of the others a chain of ever lesser
    /// keys leads to where the field begins, so that none is less than it should be, and all are lowered to what steps give.
    pub(super) fn repair<const R: usize, const C: usize>(&self, changed: &[u32], keys: &mut [u64]) {
        let tiling = self.tiling::<R, C>();
        let (mut doubted, mut lowered) = (Front::new(tiling), Front::new(tiling));
        let layout = &self.net.layout;
        let place = |node: &u32| (*node, layout.place_of(*node));
        let places: Vec<_> = changed.iter().map(place).collect();
        let is_together = |a: (usize, usize), b: (usize, usize)| {
            a.0 == b.0 && tiling.tile_at(a) == tiling.tile_at(b)
        };
        for nodes in places.chunk_by(|a, b| is_together(a.1, b.1)) {
            let least = nodes.iter().map(|(node, _)| keys[*node as usize]).min();
            let (first, last) = (nodes[0].1, nodes[nodes.len() - 1].1);
            let changed = ChangedRow {
                row: first.0,
                first_col: first.1,
                last_col: last.1,
                least: least.unwrap_or(0),
            };
            doubted.note(&changed, None);
            lowered.note(&changed, None);
        }
        let path = Path::widest();
        let forgotten = |changed: &ChangedRow| lowered.note(changed, None);
        self.work::<R, C>(Doing { path, work: Work::Forget }, keys, &mut doubted, forgotten);
        self.work::<R, C>(Doing { path, work: Work::Lower }, keys, &mut lowered, |_| ());
    }
}
