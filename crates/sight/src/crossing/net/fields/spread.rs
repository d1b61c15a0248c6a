//! One field: the least key to every node from where it begins.

use super::super::{Layout, Net, TIME_BITS};
use super::kernel::Settling;
use super::{StepTolls, TOLLED, UNREACHED, after, key_of};
use crate::crossing::going::PASSED;
use crate::crossing::queue::MonotoneQueue;
use crate::viewshed::{Path, lanes};

/// Nodes that settle together at most: what a front over so many needs stays in a processor's caches.
const PART_NODES: usize = 2 << 20;

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

/// Parts of the ground, side by side along its longer side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    pub(super) count: usize,
    width: usize,
    is_by_row: bool,
}

/// What steps give to nodes outside the part that settles.
pub(super) struct Beyond<'a> {
    pub(super) parts: Parts,
    pub(super) number: usize,
    /// Keys and nodes by part.
    pub(super) waiting: &'a mut [Vec<(u64, u32)>],
}

impl Parts {
    /// Everything at once.
    fn one() -> Self {
        Self { count: 1, width: usize::MAX, is_by_row: true }
    }

    fn new(layout: &Layout, part_nodes: usize) -> Self {
        let (rows, cols) = layout.size();
        let is_by_row = rows > cols;
        let side = rows.max(cols).max(1);
        let width = side.div_ceil((layout.len() / part_nodes).clamp(1, side));
        Self { count: side.div_ceil(width), width, is_by_row }
    }

    #[inline]
    pub(super) fn of(self, layout: &Layout, node: u32) -> usize {
        if self.count == 1 {
            return 0;
        }
        let at = if self.is_by_row { layout.row_of(node) } else { layout.col_of(node) };
        at / self.width
    }
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
        self.keys_by(Path::widest(), PART_NODES)
    }

    /// The same by a path of vectors and in parts of so many nodes; all give the same keys.
    ///
    /// A part of the ground settles at a time, so that what it needs stays near. What its steps give to other parts waits for
    /// them; where that is less than they knew, they settle again from there.
    pub(super) fn keys_by(&self, path: Path, part_nodes: usize) -> Vec<u64> {
        let parts = Parts::new(&self.net.layout, part_nodes);
        let mut keys = vec![UNREACHED; self.net.len()];
        let mut waiting = vec![Vec::new(); parts.count];
        for &seed in self.seeds {
            keys[seed as usize] = 0;
            waiting[parts.of(&self.net.layout, seed)].push((0, seed));
        }
        let mut is_forth = true;
        while waiting.iter().any(|items| !items.is_empty()) {
            for at in 0..parts.count {
                let number = if is_forth { at } else { parts.count - 1 - at };
                if waiting[number].is_empty() {
                    continue;
                }
                let mut queue = MonotoneQueue::loose(self.least_ticks);
                for (key, node) in std::mem::take(&mut waiting[number]) {
                    queue.push(key, node);
                }
                let beyond = Beyond { parts, number, waiting: &mut waiting };
                let (queue, keys) = (&mut queue, &mut keys[..]);
                lanes::run(path, Settling { spread: self, queue, keys, beyond });
            }
            is_forth = !is_forth;
        }
        keys
    }

    /// Spreads what is queued until nothing is left.
    pub(super) fn settle(&self, queue: &mut MonotoneQueue, keys: &mut [u64]) {
        let beyond = Beyond { parts: Parts::one(), number: 0, waiting: &mut [] };
        lanes::run(Path::widest(), Settling { spread: self, queue, keys, beyond });
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
