//! What came before: a file that is brought twice, a message that a broker sends again.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Debug;

use sha2::{Digest as _, Sha256};

use super::limits;

/// What tells one word from another: half of its SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key([u8; 16]);

impl Key {
    /// The same for the same values.
    pub(super) fn of(values: impl Debug) -> Self {
        let whole = Sha256::digest(format!("{values:?}"));
        let mut half = [0; 16];
        half.iter_mut().zip(&whole).for_each(|(to, from)| *to = *from);
        Self(half)
    }

    /// As a report is named.
    pub(super) fn name(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }
}

/// The newest keys.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    known: BTreeSet<Key>,
    order: VecDeque<Key>,
}

impl Repeats {
    /// Whether a key is new; it is known from then on.
    pub(super) fn is_new(&mut self, key: Key) -> bool {
        if !self.known.insert(key) {
            return false;
        }
        self.order.push_back(key);
        if self.order.len() > limits::REPEATS_KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }

    /// What was not stored after all may come again.
    pub(super) fn forget(&mut self, keys: &BTreeSet<Key>) {
        self.known.retain(|key| !keys.contains(key));
        self.order.retain(|key| !keys.contains(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_new_once_and_again_when_it_was_not_stored() {
        let mut repeats = Repeats::default();
        let key = Key::of(("radar-1", 1.5));

        assert!(repeats.is_new(key));
        assert!(!repeats.is_new(Key::of(("radar-1", 1.5))));
        assert!(repeats.is_new(Key::of(("radar-1", 1.6))));
        repeats.forget(&BTreeSet::from([key]));
        assert!(repeats.is_new(key));
    }

    #[test]
    fn no_more_is_kept_than_the_newest() {
        let mut repeats = Repeats::default();
        for number in 0..limits::REPEATS_KEPT + 5 {
            assert!(repeats.is_new(Key::of(number)));
        }

        assert_eq!(
            (repeats.known.len(), repeats.order.len()),
            (limits::REPEATS_KEPT, limits::REPEATS_KEPT)
        );
        assert!(!repeats.known.contains(&Key::of(4)) && repeats.known.contains(&Key::of(5)));
    }
}
