//! Sets of tracks by their labels in short, asked often and in no order.

/// Keys of tracks, hashed to their places by their own bits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    /// A power of two of them, at least twice as many as are taken; zero is free.
    slots: Vec<u64>,
    held: usize,
}

impl Extend<u64> for Keys {
    fn extend<I: IntoIterator<Item = u64>>(&mut self, keys: I) {
        for key in keys {
            self.insert(key);
        }
    }
}

impl Keys {
    /// Whether it is new.
    pub(crate) fn insert(&mut self, key: u64) -> bool {
        if 2 * (self.held + 1) > self.slots.len() {
            self.grow();
        }
        let slot = self.slot(key);
        let is_new = self.slots[slot] == 0;
        self.slots[slot] = key.max(1);
        self.held += usize::from(is_new);
        is_new
    }

    pub(crate) fn contains(&self, key: u64) -> bool {
        !self.slots.is_empty() && self.slots[self.slot(key)] != 0
    }

    /// Where a key is, or would be.
    fn slot(&self, key: u64) -> usize {
        let key = key.max(1);
        let last = self.slots.len() - 1;
        #[expect(clippy::cast_possible_truncation, reason = "masked to the slots")]
        let mut slot = key as usize & last;
        while self.slots[slot] != 0 && self.slots[slot] != key {
            slot = (slot + 1) & last;
        }
        slot
    }

    fn grow(&mut self) {
        let slots = vec![0; (2 * self.slots.len()).max(64)];
        let held = std::mem::replace(&mut self.slots, slots);
        for key in held.into_iter().filter(|key| *key != 0) {
            let slot = self.slot(key);
            self.slots[slot] = key;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let mut keys = Keys::default();
        assert!(!keys.contains(0));

        // Many that want the same place.
        assert!((0..500_u64).all(|n| keys.insert(n << 20)));

        assert!(!keys.insert(7 << 20));
        assert!((0..500_u64).all(|n| keys.contains(n << 20)));
        assert!((2..500_u64).all(|n| !keys.contains(n)));
    }
}
