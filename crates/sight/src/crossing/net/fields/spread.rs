//! One field: the least key to every node from where it begins.

use super::super::{Net, TIME_BITS};
use super::{FIELD_TICKS_MAX, UNREACHED, key_of};
use crate::crossing::going::PASSED;
use crate::crossing::queue::MonotoneQueue;

/// Which steps a field takes, and how long they are.
pub(super) struct Spread<'a> {
    pub(super) net: &'a Net,
    /// Ticks of a step towards where the field spreads, by node and step.
    pub(super) ticks: &'a [[u16; 16]],
    pub(super) hazard: &'a [u32],
    /// Keys above it are not followed.
    pub(super) key_max: u64,
    pub(super) side: Side,
}

/// The nodes that a field enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Far,
    Both,
}

/// The nodes that a field is wanted at.
pub(super) struct Ends {
    is_end: Vec<bool>,
    left: usize,
}

impl Ends {
    pub(super) fn of(nodes: usize, ends: impl Iterator<Item = u32>) -> Self {
        let mut is_end = vec![false; nodes];
        ends.for_each(|end| is_end[end as usize] = true);
        let left = is_end.iter().filter(|is_end| **is_end).count();
        Self { is_end, left }
    }

    /// Crosses a node off the list; true when it was the last.
    fn reach(&mut self, node: u32) -> bool {
        self.left -= usize::from(std::mem::take(&mut self.is_end[node as usize]));
        self.left == 0
    }
}

impl Spread<'_> {
    /// Least keys from the seeds to each node, until all ends are reached (Dijkstra, 1959).
    ///
    /// Keys of the ends are final; others may be too high, or not reached.
    pub(super) fn keys(&self, seeds: &[u32], mut ends: Ends) -> Vec<u64> {
        let mut keys = vec![UNREACHED; self.net.len()];
        if ends.left == 0 {
            return keys;
        }
        let mut queue = MonotoneQueue::new();
        for &seed in seeds {
            keys[seed as usize] = 0;
            queue.push(0, seed);
        }
        self.settle(&mut queue, &mut keys, |node| ends.reach(node));
        keys
    }

    /// Spreads what is queued until `is_last` says so or nothing is left.
    pub(super) fn settle(
        &self,
        queue: &mut MonotoneQueue,
        keys: &mut [u64],
        mut is_last: impl FnMut(u32) -> bool,
    ) {
        while let Some((key, node)) = queue.pop() {
            if key > keys[node as usize] {
                continue;
            }
            if is_last(node) {
                break;
            }
            self.relax((key, node), keys, queue);
        }
    }

    /// Takes every step out of a node whose key is final.
    #[inline]
    fn relax(&self, (key, node): (u64, u32), keys: &mut [u64], queue: &mut MonotoneQueue) {
        let offsets = self.net.layout.offsets(node);
        let at = |step: usize| node.wrapping_add_signed(offsets[step]) as usize;
        // Where no step leads the number may be anybody's; it is not used.
        let hazard = |at: usize| self.hazard.get(at).copied().unwrap_or(0);
        let here = self.hazard[node as usize];
        let near: [u32; 8] = std::array::from_fn(|step| hazard(at(step)));
        for (step, ticks) in self.ticks[node as usize].iter().enumerate() {
            let to = at(step);
            let Some(known) = keys.get_mut(to).filter(|known| *ticks > 0 && key < **known) else {
                continue;
            };
            let mean = match PASSED.get(step.wrapping_sub(8)) {
                None => u32::midpoint(here, near[step % 8]),
                Some((first, second)) => (here + hazard(to) + near[*first] + near[*second]) / 4,
            };
            let there = key.saturating_add(key_of(mean, u32::from(*ticks)));
            let is_in_time = there & ((1 << TIME_BITS) - 1) <= FIELD_TICKS_MAX;
            let may = self.side == Side::Both || self.net.is_far[to];
            if there < *known && there <= self.key_max && is_in_time && may {
                *known = there;
                #[expect(clippy::cast_possible_truncation, reason = "nodes have 32-bit numbers")]
                queue.push(there, to as u32);
            }
        }
    }
}
