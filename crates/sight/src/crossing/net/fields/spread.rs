//! One field: the least key to every node from where it begins.

use super::super::{Net, TIME_BITS};
use super::kernel::Settling;
use super::{StepTolls, TOLLED, UNREACHED, after, key_of};
use crate::crossing::going::PASSED;
use crate::crossing::queue::MonotoneQueue;
use crate::viewshed::{Path, lanes};

/// Where a field begins, which steps it takes, and how long they are.
#[derive(Clone, Copy)]
pub(super) struct Spread<'a> {
    pub(super) net: &'a Net,
    pub(super) seeds: &'a [u32],
    /// Ticks of a step out of a node, the way that the field spreads, by node and step.
    pub(super) ticks: &'a [[u16; 16]],
    /// Ticks of the same step taken into the node.
    pub(super) ticks_in: &'a [[u16; 16]],
    /// Tolls of the steps out of a node, and of those into it.
    pub(super) tolls: StepTolls<'a>,
    pub(super) tolls_in: StepTolls<'a>,
    /// No step takes fewer ticks.
    pub(super) least_ticks: u16,
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

/// The surroundings of a node: numbers of the nodes that its steps lead to, and the hazard there.
pub(super) struct Around<'a> {
    node: u32,
    offsets: &'a [i32; 16],
    hazard: &'a [u32],
    here: u32,
    near: [u32; 8],
}

impl<'a> Around<'a> {
    #[inline]
    pub(super) fn new(net: &'a Net, hazard: &'a [u32], node: u32) -> Self {
        let offsets = net.layout.offsets(node);
        // Where no step leads the number may be anybody's; then it is not used.
        let at = |step: usize| node.wrapping_add_signed(offsets[step]) as usize;
        let near = std::array::from_fn(|step| hazard.get(at(step)).copied().unwrap_or(0));
        Self { node, offsets, hazard, here: hazard[node as usize], near }
    }

    /// The node that a step leads to, if it leads anywhere.
    #[inline]
    pub(super) fn at(&self, step: usize) -> u32 {
        self.node.wrapping_add_signed(self.offsets[step])
    }

    /// Cost and time of a step in one key: cost decides, time breaks ties.
    ///
    /// A knight's move passes the same two nodes whichever way it goes, so it may be taken from either end.
    #[inline]
    pub(super) fn step_key(&self, step: usize, ticks: u16, tolls: StepTolls<'_>) -> u64 {
        let mean = match PASSED.get(step.wrapping_sub(8)) {
            None => u32::midpoint(self.here, self.near[step % 8]),
            Some((first, second)) => {
                let there = self.hazard.get(self.at(step) as usize).copied().unwrap_or(0);
                (self.here + there + self.near[*first] + self.near[*second]) / 4
            }
        };
        if ticks == TOLLED {
            return self.tolled_key(mean, step, tolls);
        }
        key_of(mean, u32::from(ticks))
    }

    /// The key of a step that crosses barriers: on the way and held up by them at the hazard that is there, and noticed by
    /// them.
    #[cold]
    fn tolled_key(&self, mean: u32, step: usize, tolls: StepTolls<'_>) -> u64 {
        let Some(tolled) = tolls.of(self.node, step) else {
            return key_of(mean, u32::from(TOLLED));
        };
        key_of(mean, tolled.ticks()) + (tolled.charge.cost() << TIME_BITS)
    }
}

impl Spread<'_> {
    /// Least keys from the seeds to each node (Dijkstra, 1959).
    pub(super) fn keys(&self) -> Vec<u64> {
        self.keys_by(Path::widest())
    }

    /// The same by a path of vectors; all give the same keys.
    pub(super) fn keys_by(&self, path: Path) -> Vec<u64> {
        let mut keys = vec![UNREACHED; self.net.len()];
        let mut queue = MonotoneQueue::loose(self.least_ticks);
        for &seed in self.seeds {
            keys[seed as usize] = 0;
            queue.push(0, seed);
        }
        lanes::run(path, Settling { spread: self, queue: &mut queue, keys: &mut keys });
        keys
    }

    /// Spreads what is queued until nothing is left.
    pub(super) fn settle(&self, queue: &mut MonotoneQueue, keys: &mut [u64]) {
        lanes::run(Path::widest(), Settling { spread: self, queue, keys });
    }

    /// The key after a step; [`UNREACHED`] where that is not followed.
    ///
    /// Beyond the longest time each step counts as one tick: a lesser key before a step is never the greater one after it,
    /// and a key after a step is greater than before.
    #[inline]
    pub(super) fn after(&self, key: u64, step: u64) -> u64 {
        let there = after(key, step);
        if there <= self.key_max { there } else { UNREACHED }
    }

    #[inline]
    pub(super) fn may_enter(&self, node: u32) -> bool {
        self.side == Side::Both || self.net.is_far[node as usize]
    }
}
