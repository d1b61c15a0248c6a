//! A monotone priority queue for shortest paths.

/// A radix heap (Ahuja, Mehlhorn, Orlin and Tarjan, 1990): keys never fall below the last one taken.
pub(crate) struct RadixHeap {
    last: u64,
    buckets: Vec<Vec<(u64, u32)>>,
}

impl RadixHeap {
    pub(crate) fn new() -> Self {
        Self { last: 0, buckets: vec![Vec::new(); 65] }
    }

    /// Adds an item; `key` must not lie below the last key taken.
    pub(crate) fn push(&mut self, key: u64, item: u32) {
        debug_assert!(key >= self.last, "keys of a monotone queue never fall");
        self.buckets[bucket(key, self.last)].push((key, item));
    }

    /// Takes the least key and one item that bears it.
    pub(crate) fn pop(&mut self) -> Option<(u64, u32)> {
        if self.buckets[0].is_empty() {
            let full = self.buckets.iter().position(|bucket| !bucket.is_empty())?;
            let items = std::mem::take(&mut self.buckets[full]);
            self.last = items.iter().map(|(key, _)| *key).min()?;
            for &(key, item) in &items {
                self.buckets[bucket(key, self.last)].push((key, item));
            }
            // Hands the memory back to the bucket, which will be filled again.
            self.buckets[full] = items;
            self.buckets[full].clear();
        }
        self.buckets[0].pop()
    }
}

/// 0 when equal to the last key, else one more than the place of the highest bit that differs.
fn bucket(key: u64, last: u64) -> usize {
    (64 - (key ^ last).leading_zeros()) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::BinaryHeap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn keys_come_out_as_from_a_binary_heap(
            steps in prop::collection::vec((0..1_u64 << 40, prop::bool::ANY), 1..300),
        ) {
            let (mut radix, mut binary) = (RadixHeap::new(), BinaryHeap::new());
            let mut last = 0;
            for (more, take) in steps {
                radix.push(last + more, 7);
                binary.push(std::cmp::Reverse(last + more));
                if take {
                    let expected = binary.pop().map(|std::cmp::Reverse(key)| key);
                    prop_assert_eq!(radix.pop().map(|(key, _)| key), expected);
                    last = expected.unwrap_or(last);
                }
            }
            while let Some(std::cmp::Reverse(key)) = binary.pop() {
                prop_assert_eq!(radix.pop(), Some((key, 7)));
            }
            prop_assert_eq!(radix.pop(), None);
        }
    }
}
