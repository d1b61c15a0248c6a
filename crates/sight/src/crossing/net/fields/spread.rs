//! One field: the least key to every node from where it begins.

use super::super::{Net, TIME_BITS};
use super::{FIELD_TICKS_MAX, StepTolls, TOLLED, UNREACHED, key_of};
use crate::crossing::going::PASSED;
use crate::crossing::queue::MonotoneQueue;

/// Ticks of the longest step that crosses no barrier.
const STEP_TICKS_MAX: u64 = 1 << 16;

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

/// Whether a way came near to the longest time that a field follows.
///
/// Beyond it a step is refused, and then less hazard may lead to a greater key: only a field with room can be repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Left,
    UsedUp,
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
    pub(super) fn keys(&self) -> (Vec<u64>, Room) {
        let mut keys = vec![UNREACHED; self.net.len()];
        let mut queue = MonotoneQueue::new();
        for &seed in self.seeds {
            keys[seed as usize] = 0;
            queue.push(0, seed);
        }
        let room = self.settle(&mut queue, &mut keys);
        (keys, room)
    }

    /// Spreads what is queued until nothing is left.
    pub(super) fn settle(&self, queue: &mut MonotoneQueue, keys: &mut [u64]) -> Room {
        // From so many ticks on a step could be refused for its time.
        let longest = STEP_TICKS_MAX.max(self.tolls.longest());
        let slack = FIELD_TICKS_MAX.saturating_sub(longest);
        let mut room = Room::Left;
        while let Some((key, node)) = queue.pop() {
            if key > keys[node as usize] {
                continue;
            }
            if key & ((1 << TIME_BITS) - 1) > slack {
                room = Room::UsedUp;
            }
            self.relax((key, node), keys, queue);
        }
        room
    }

    /// Takes every step out of a node whose key is final.
    #[inline]
    fn relax(&self, (key, node): (u64, u32), keys: &mut [u64], queue: &mut MonotoneQueue) {
        let around = Around::new(self.net, self.hazard, node);
        for (step, ticks) in self.ticks[node as usize].iter().enumerate() {
            let to = around.at(step);
            let known = keys.get_mut(to as usize).filter(|known| *ticks > 0 && key < **known);
            let Some(known) = known else { continue };
            let there = self.after(key, around.step_key(step, *ticks, self.tolls));
            if there < *known && self.may_enter(to) {
                *known = there;
                queue.push(there, to);
            }
        }
    }

    /// The key after a step; [`UNREACHED`] where that is not followed.
    #[inline]
    pub(super) fn after(&self, key: u64, step: u64) -> u64 {
        let there = key.saturating_add(step);
        let is_in_time = there & ((1 << TIME_BITS) - 1) <= FIELD_TICKS_MAX;
        if is_in_time && there <= self.key_max { there } else { UNREACHED }
    }

    pub(super) fn may_enter(&self, node: u32) -> bool {
        self.side == Side::Both || self.net.is_far[node as usize]
    }
}
