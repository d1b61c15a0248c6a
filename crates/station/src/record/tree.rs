//! The Merkle tree over a record's entries, as RFC 6962 (section 2.1) defines it.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A node of the tree.
pub(crate) type Hash = [u8; 32];

/// What stands for one entry.
pub(crate) fn leaf(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// What stands for two nodes.
pub(super) fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// A tree that grows at its end. It holds as many hashes as its size has bits that are set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tree {
    size: u64,
    /// Roots of the largest whole trees that the leaves fill, from the left.
    peaks: Vec<Hash>,
}

impl Tree {
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Whether it can be one: what was read may be anything.
    pub(crate) fn is_sound(&self) -> bool {
        self.peaks.len() == self.size.count_ones() as usize
    }

    pub(crate) fn push(&mut self, leaf: Hash) {
        self.push_telling(leaf, |_, _, _| ());
    }

    /// Adds a leaf; `told` learns of each pair that is joined: which peak they were, counted from the left, and both.
    fn push_telling(&mut self, leaf: Hash, mut told: impl FnMut(usize, &Hash, &Hash)) {
        let mut right = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("a peak for every bit that is set");
            told(self.peaks.len(), &left, &right);
            right = node(&left, &right);
        }
        self.peaks.push(right);
        self.size += 1;
    }

    /// The root; that of no leaves is the hash of nothing.
    pub(crate) fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Sha256::digest([]).into() };
        peaks.fold(*last, |right, left| node(left, &right))
    }
}

/// A tree that grows and keeps the proof that one of its leaves is in it.
#[derive(Debug)]
pub(crate) struct Prover {
    tree: Tree,
    target: u64,
    /// The peak that the leaf lies under, once it is there.
    peak: Option<usize>,
    path: Vec<Hash>,
}

impl Prover {
    /// For the leaf of this number, counted from 0.
    pub(crate) fn new(target: u64) -> Self {
        Self { tree: Tree::default(), target, peak: None, path: Vec::new() }
    }

    pub(crate) fn push(&mut self, leaf: Hash) {
        let Self { tree, target, peak, path } = self;
        let is_target = tree.size == *target;
        if is_target {
            *peak = Some(tree.peaks.len());
        }
        tree.push_telling(leaf, |at, left, right| match *peak {
            Some(under) if under == at => path.push(*right),
            Some(under) if under == at + 1 => {
                path.push(*left);
                *peak = Some(at);
            }
            Some(_) | None => {}
        });
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// What the leaf is joined with on its way to the root, from the leaf upwards; `None` while it is not in the tree.
    pub(crate) fn path(&self) -> Option<Vec<Hash>> {
        let peak = self.peak?;
        let (left, right) = self.tree.peaks.split_at(peak);
        let mut path = self.path.clone();
        let mut beyond = right[1..].iter().rev();
        if let Some(last) = beyond.next() {
            path.push(beyond.fold(*last, |right, left| node(left, &right)));
        }
        path.extend(left.iter().rev());
        Some(path)
    }
}

/// The root that a leaf and its path lead to in a tree of a size; `None` when the path is not as long as it must be
/// (RFC 9162, section 2.1.3.2).
pub(crate) fn root_over(leaf: Hash, (index, size): (u64, u64), path: &[Hash]) -> Option<Hash> {
    let mut last = size.checked_sub(1).filter(|last| index <= *last)?;
    let (mut at, mut root) = (index, leaf);
    for beside in path {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            root = node(beside, &root);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            root = node(&root, beside);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(root)
}

/// Whether a tree grew from an older one, by the proof of it (RFC 9162, section 2.1.4.2). Every tree grew from none.
pub(crate) fn grew(
    (old_size, old_root): (u64, Hash),
    (size, root): (u64, Hash),
    proof: &[Hash],
) -> bool {
    if old_size == 0 || old_size >= size {
        let is_same = old_size == size && old_root == root;
        return proof.is_empty() && (old_size == 0 || is_same);
    }
    // The older tree is a whole one of its own: it begins the proof without being told.
    let itself = old_size.is_power_of_two().then_some(&old_root);
    let mut proof = itself.into_iter().chain(proof);
    let Some(first) = proof.next() else { return false };
    let shift = (old_size - 1).trailing_ones();
    let (mut at, mut last) = ((old_size - 1) >> shift, (size - 1) >> shift);
    let (mut old_there, mut there) = (*first, *first);
    for beside in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old_there = node(beside, &old_there);
            there = node(beside, &there);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            there = node(&there, beside);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && old_there == old_root && there == root
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::runtime::stepper::hex;

    /// The eight entries of the test tree that implementations of RFC 6962 share.
    const ENTRIES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];

    /// The root by its definition: split at the largest power of two below the number of leaves.
    fn root_of(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node(&root_of(left), &root_of(right))
            }
        }
    }

    #[test]
    fn the_test_tree_of_the_standard_has_its_root() {
        let mut tree = Tree::default();
        assert_eq!(
            hex(&tree.root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for entry in ENTRIES {
            tree.push(leaf(entry));
        }
        assert_eq!(
            hex(&tree.root()),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        );
    }

    proptest! {
        #[test]
        fn roots_are_those_of_the_definition_and_every_leaf_is_proven(size in 1..200_u64) {
            let leaves: Vec<Hash> = (0..size).map(|at| leaf(&at.to_le_bytes())).collect();
            for (target, of) in (0..).zip(leaves.iter().copied()) {
                let mut prover = Prover::new(target);
                for leaf in &leaves {
                    prover.push(*leaf);
                }
                let path = prover.path().unwrap();
                prop_assert_eq!(prover.tree().root(), root_of(&leaves));
                let place = (target, size);
                prop_assert_eq!(root_over(of, place, &path), Some(prover.tree().root()));
                // A path of another length, or for another place, leads nowhere or elsewhere.
                if !path.is_empty() {
                    prop_assert_eq!(root_over(of, place, &path[1..]), None);
                    let elsewhere = root_over(of, ((target + 1) % size, size), &path);
                    prop_assert_ne!(elsewhere, Some(prover.tree().root()));
                }
                prop_assert_eq!(root_over(of, place, &[&path[..], &[of]].concat()), None);
            }
        }
    }

    #[test]
    fn what_is_not_in_the_tree_has_no_path() {
        let mut prover = Prover::new(3);
        (0..3_u8).for_each(|at| prover.push(leaf(&[at])));
        assert_eq!(prover.path(), None);
        assert_eq!(root_over(leaf(b"x"), (3, 3), &[]), None);
        assert_eq!(root_over(leaf(b"x"), (0, 0), &[]), None);
    }
}
