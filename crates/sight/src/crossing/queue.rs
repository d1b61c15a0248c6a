//! A monotone priority queue for shortest paths.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Bits of a key that one level of buckets tells apart.
const DIGIT_BITS: u32 = 6;
const DIGITS: usize = 1 << DIGIT_BITS;
const LEVELS: usize = u64::BITS.div_ceil(DIGIT_BITS) as usize;
/// A bucket with no more items is emptied as it is, or put in order as a whole, instead of being dealt out to finer ones.
const FEW: usize = 64;
/// Items in order beyond which those are dealt out to buckets again.
const MANY: usize = 512;

/// A multi-level bucket queue (Denardo and Fox, 1979).
///
/// Keys never fall below the first that the open bucket may hold. An item lies on the level of the highest digit in which its
/// key differs from `base`, in the bucket of its own digit there.
///
/// The least key comes first, by a binary heap over the open bucket.
pub(crate) struct MonotoneQueue {
    /// No key in the buckets is less.
    base: u64,
    /// Keys up to it belong into the heap.
    open_max: u64,
    heap: BinaryHeap<Reverse<(u64, u32)>>,
    levels: Vec<Level>,
}

struct Level {
    /// Buckets that hold something, one bit each.
    full: u64,
    buckets: Vec<Vec<(u64, u32)>>,
}

impl MonotoneQueue {
    pub(crate) fn new() -> Self {
        let level = || Level { full: 0, buckets: vec![Vec::new(); DIGITS] };
        Self {
            base: 0,
            open_max: 0,
            heap: BinaryHeap::new(),
            levels: (0..LEVELS).map(|_| level()).collect(),
        }
    }

    /// Adds an item.
    #[inline]
    pub(crate) fn push(&mut self, key: u64, item: u32) {
        if key <= self.open_max {
            self.heap.push(Reverse((key, item)));
        } else {
            self.put(key, item);
        }
    }

    /// Takes the least key and one item that bears it.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(u64, u32)> {
        while self.heap.is_empty() {
            self.open_next()?;
        }
        let Reverse((key, item)) = self.heap.pop()?;
        if self.heap.len() > MANY && key < self.open_max {
            self.deal_out(key);
        }
        Some((key, item))
    }

    #[inline]
    fn put(&mut self, key: u64, item: u32) {
        let (level, digit) = self.place(key);
        let level = &mut self.levels[level];
        level.full |= 1 << digit;
        level.buckets[digit].push((key, item));
    }

    /// Level and bucket of a key.
    #[inline]
    fn place(&self, key: u64) -> (usize, usize) {
        let level = ((key ^ self.base) | 1).ilog2() / DIGIT_BITS;
        #[expect(clippy::cast_possible_truncation, reason = "cut to one digit")]
        let digit = (key >> (level * DIGIT_BITS)) as usize % DIGITS;
        (level as usize, digit)
    }

    /// Opens the first bucket that holds something: puts it in order, or deals it out to finer ones.
    #[inline]
    fn open_next(&mut self) -> Option<()> {
        let (at, digit) = self.levels.iter().enumerate().find_map(|(at, level)| {
            (level.full != 0).then(|| (at, level.full.trailing_zeros() as usize))
        })?;
        let level = &mut self.levels[at];
        level.full &= level.full - 1;
        let mut items = std::mem::take(&mut level.buckets[digit]);
        let low_bits = DIGIT_BITS * u32::try_from(at).unwrap_or(0);
        let below = 1_u64.checked_shl(low_bits).map_or(u64::MAX, |bit| bit - 1);
        let above = u64::MAX.checked_shl(low_bits + DIGIT_BITS).unwrap_or(0);
        self.base = (self.base & above) | (digit as u64) << low_bits;
        if at == 0 || items.len() <= FEW {
            self.open_max = self.base | below;
            self.heap.extend(items.drain(..).map(Reverse));
        } else {
            // Nothing goes to the heap until a bucket is fine enough.
            self.open_max = 0;
            items.drain(..).for_each(|(key, item)| self.put(key, item));
        }
        // Hands the memory back to the bucket, which may be filled again.
        self.levels[at].buckets[digit] = items;
        Some(())
    }

    /// Deals the heap out to buckets.
    fn deal_out(&mut self, last: u64) {
        (self.base, self.open_max) = (last, last);
        for Reverse((key, item)) in std::mem::take(&mut self.heap).into_vec() {
            self.push(key, item);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_come_out_as_from_a_binary_heap(
            steps in prop::collection::vec((0..60_u32, 0..1_u64 << 40, 1..400_usize, prop::bool::ANY), 1..60),
        ) {
            let (mut queue, mut binary) = (MonotoneQueue::new(), BinaryHeap::new());
            let mut last = 0;
            for (coarse, more, count, take) in steps {
                for at in 0..count as u64 {
                    // Sums near each other, far apart, and equal.
                    let key = last + ((more * (at / 3)) >> coarse.min(40));
                    queue.push(key, 7);
                    binary.push(Reverse(key));
                }
                for _ in 0..if take { count } else { count / 2 } {
                    let expected = binary.pop().map(|Reverse(key)| key);
                    prop_assert_eq!(queue.pop().map(|(key, _)| key), expected);
                    last = expected.unwrap_or(last);
                }
            }
            while let Some(Reverse(key)) = binary.pop() {
                prop_assert_eq!(queue.pop(), Some((key, 7)));
            }
            prop_assert_eq!(queue.pop(), None);
        }
    }
}
