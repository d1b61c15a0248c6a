//! A field spreads: all sixteen steps out of a node at once, in vectors where the processor has them.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use super::spread::{Around, Beyond, Spread};
use super::{FIELD_TICKS_MAX, STEP_COST_MAX, TIME_BITS, TOLLED, UNREACHED};
use crate::crossing::queue::MonotoneQueue;
use crate::viewshed::lanes::{Job, Lanes};

/// Up to it a key has room for any step's cost.
const ROOMY_KEY_MAX: u64 = 1 << 63;
/// The low bits of a key.
const TIME: u64 = (1 << TIME_BITS) - 1;
/// Nodes worked on together, so that one's memory comes while another is worked out.
const BATCH: usize = 8;

/// Spreads what is queued until nothing is left.
pub(super) struct Settling<'a, 'b> {
    pub(super) spread: &'a Spread<'a>,
    pub(super) queue: &'b mut MonotoneQueue,
    pub(super) keys: &'b mut [u64],
    pub(super) beyond: Beyond<'b>,
}

impl Job for Settling<'_, '_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Self { spread, queue, keys, beyond: mut others } = self;
        let mut batch = [(0, 0); BATCH];
        let mut beyond = [Led { node: 0, better: 0, keys: [0; 16] }; BATCH];
        loop {
            let taken = queue.take(&mut batch, |node| {
                lanes.fetch(spread.ticks, node as usize);
                lanes.fetch(keys, node as usize);
            });
            if taken == 0 {
                break;
            }
            let mut count = 0;
            for at in 0..taken.min(BATCH) {
                let (key, node) = batch[at];
                batch[count] = (key, node);
                // Since it was queued a lesser key may have come.
                count += usize::from(key <= keys[node as usize]);
            }
            for (beyond, item) in beyond.iter_mut().zip(&batch[..count]) {
                spread.look_beyond(lanes, *item, keys, beyond);
            }
            for beyond in &beyond[..count] {
                spread.step_beyond(beyond, keys, (queue, &mut others));
            }
        }
    }
}

/// What the steps out of a node lead to.
#[derive(Clone, Copy)]
struct Led {
    node: u32,
    /// The steps that give a lesser key than is known, one bit each.
    better: u16,
    /// The keys that the steps give.
    keys: [u64; 16],
}

/// The values that the sixteen steps out of a node lead to; where none leads anything.
#[inline(always)]
fn around<T: Copy + Default>(values: &[T], node: u32, offsets: &[i32; 16]) -> [T; 16] {
    let row = |middle: i32| -> [T; 5] {
        let from = node.wrapping_add_signed(middle).wrapping_sub(2) as usize;
        match values.get(from..).and_then(|values| values.first_chunk()) {
            Some(row) => *row,
            None => [T::default(); 5],
        }
    };
    let [above_2, above, here, below, below_2] =
        [row(offsets[13] + 1), row(offsets[6]), row(0), row(offsets[2]), row(offsets[9] - 1)];
    [
        here[3], below[3], below[2], below[1], here[1], above[1], above[2], above[3], below[4],
        below_2[3], below_2[1], below[0], above[0], above_2[1], above_2[3], above[4],
    ]
}

impl Spread<'_> {
    /// Works out where the steps out of a node give a lesser key than is known.
    #[inline(always)]
    fn look_beyond<L: Lanes>(
        &self,
        lanes: L,
        (key, node): (u64, u32),
        known: &[u64],
        beyond: &mut Led,
    ) {
        let ticks = &self.ticks[node as usize];
        let mut is_tolled = false;
        for ticks in ticks {
            is_tolled |= *ticks == TOLLED;
        }
        let is_plain = !is_tolled
            && key < ROOMY_KEY_MAX
            && (key & TIME) + u64::from(TOLLED) <= FIELD_TICKS_MAX;
        if is_plain {
            self.plain_keys((key, node), ticks, &mut beyond.keys);
        } else {
            self.odd_keys((key, node), ticks, &mut beyond.keys);
        }
        let known = around(known, node, self.net.layout.offsets(node));
        let limits = known.map(|known| known.min(self.key_max + 1));
        (beyond.node, beyond.better) = (node, lanes.less_wide(&beyond.keys, &limits));
    }

    /// Takes the steps that give a lesser key than is known by now.
    #[inline(always)]
    fn step_beyond(
        &self,
        beyond: &Led,
        keys: &mut [u64],
        (queue, others): (&mut MonotoneQueue, &mut Beyond<'_>),
    ) {
        let offsets = self.net.layout.offsets(beyond.node);
        let mut better = beyond.better;
        while better != 0 {
            let step = better.trailing_zeros() as usize % 16;
            better &= better - 1;
            let to = beyond.node.wrapping_add_signed(offsets[step]);
            let (known, there) = (&mut keys[to as usize], beyond.keys[step]);
            if there < *known && self.may_enter(to) {
                *known = there;
                let part = others.parts.of(&self.net.layout, to);
                if part == others.number {
                    queue.push(there, to);
                } else {
                    others.waiting[part].push((there, to));
                }
            }
        }
    }

    /// The keys where no step crosses a barrier and neither cost nor time comes near its limit.
    #[inline(always)]
    fn plain_keys(&self, (key, node): (u64, u32), ticks: &[u16; 16], keys: &mut [u64; 16]) {
        let here = self.hazard[node as usize];
        let there = around(self.hazard, node, self.net.layout.offsets(node));
        let mut mean = [0; 16];
        for step in 0..8 {
            mean[step] = u32::midpoint(here, there[step]);
            // A knight's move passes between two neighbours that follow each other round the node.
            let passed = there[step] + there[(step + 1) % 8];
            mean[8 + step] = (here + there[8 + step] + passed) / 4;
        }
        for step in 0..16 {
            let ticks = u64::from(ticks[step]);
            let cost = (u64::from(mean[step]) * ticks).min(STEP_COST_MAX);
            let there = key + ((cost << TIME_BITS) + ticks);
            keys[step] = if ticks > 0 { there } else { UNREACHED };
        }
    }

    /// The keys step by step.
    #[cold]
    #[inline(never)]
    fn odd_keys(&self, (key, node): (u64, u32), ticks: &[u16; 16], keys: &mut [u64; 16]) {
        let around = Around::new(self.net, self.hazard, node);
        for (step, (there, ticks)) in keys.iter_mut().zip(ticks).enumerate() {
            let more = (*ticks > 0).then(|| around.step_key(step, *ticks, self.tolls));
            *there = more.map_or(UNREACHED, |more| self.after(key, more));
        }
    }
}
