//! The least-detected crossing through every node: forward to it and backward from it, the line crossed once in between.

use super::spread::{Side, Spread};
use super::{Asked, Hazard, Net, Times, after};

impl Net {
    /// Key of the least-detected crossing that leads through each node; [`super::UNREACHED`] where none does.
    ///
    /// A node is passed before the line is first crossed or after it. Before: the forward field to the node meets a field
    /// over the far side that begins behind the ways over, at what is left from there. After: a field that begins behind
    /// the ways over, at what it took to get there, meets the backward field.
    pub(crate) fn through(&self, times: &Times, hazard: &Hazard) -> Vec<u64> {
        let fields = self.fields(times, hazard, Asked::All);
        let of = (times, &times.tolls);
        let [ahead, back] = self.spreads(of, &fields.hazard, fields.key_max);
        let over: Vec<Option<u64>> = (0..super::super::index(self.ways_over.len()))
            .map(|way_over| self.way_over_key(of, &fields.hazard, way_over))
            .collect();
        let ways =
            || self.ways_over.iter().zip(&over).filter_map(|(way, over)| Some((way, (*over)?)));
        let (after, before) = rayon::join(
            || {
                let arrived = ways()
                    .map(|(way, over)| (way.near, after(fields.forward[way.far as usize], over)));
                Spread { side: Side::Both, ..ahead }.keys_from(arrived)
            },
            || {
                let left = ways()
                    .map(|(way, over)| (way.far, after(fields.backward[way.near as usize], over)));
                Spread { side: Side::Far, ..back }.keys_from(left)
            },
        );
        let each = before.into_iter().zip(after).zip(fields.forward.iter().zip(&fields.backward));
        each.map(|((before, after), (forward, backward))| {
            sum(*forward, before).min(sum(after, *backward))
        })
        .collect()
    }
}

/// Both keys together; [`super::UNREACHED`] where either is.
fn sum(one: u64, other: u64) -> u64 {
    one.saturating_add(other)
}
