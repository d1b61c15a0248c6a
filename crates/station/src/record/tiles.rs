//! Hashes of whole subtrees on disk, of which tiles (C2SP tlog-tiles) and proofs are made.
//!
//! `DATA/store/tiles/level-L` holds, one after the other, the roots of all whole subtrees of 256^L leaves. They follow from
//! the entries, so they are written anew whenever the entries are read; nobody relies on them but through proofs, which hold
//! or do not.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use super::tree::{Hash, Tree, node};

/// Leaves under one hash of the next level, and hashes in a tile.
pub(crate) const WIDTH: usize = 256;
const HEIGHT: u32 = WIDTH.ilog2();
const HASH_BYTES: usize = size_of::<Hash>();
/// Leaves that may wait to be written.
const WAITING_MAX: usize = 1 << 16;

/// Writes them as leaves come.
#[derive(Debug)]
pub(crate) struct TileWriter {
    directory: PathBuf,
    levels: Vec<Level>,
    waiting: usize,
    /// A write failed: nothing is written any more until the entries are read again.
    problem: Option<std::io::Error>,
}

#[derive(Debug)]
struct Level {
    file: File,
    bytes: u64,
    /// The hashes of the last tile, which is not full.
    last: Vec<Hash>,
    waiting: Vec<u8>,
}

/// Reads them, while somebody writes too.
#[derive(Debug, Clone)]
pub(crate) struct Tiles(PathBuf);

fn directory(data: &Path) -> PathBuf {
    data.join("store").join("tiles")
}

fn path_of(directory: &Path, level: usize) -> PathBuf {
    directory.join(format!("level-{level}"))
}

impl TileWriter {
    /// Begins with no leaves.
    pub(crate) fn begin(data: &Path) -> Self {
        let directory = directory(data);
        let made = std::fs::create_dir_all(&directory);
        Self { directory, levels: Vec::new(), waiting: 0, problem: made.err() }
    }

    /// Goes on after the leaves that a tree is over, when their hashes are there and lead to its root.
    pub(super) fn resume(data: &Path, tree: &Tree) -> std::io::Result<Self> {
        let (tiles, size) = (Tiles::of(data), tree.size());
        let mut writer = Self::begin(data);
        for (number, under) in
            (0..).zip(std::iter::successors(Some(size), |n| Some(n / WIDTH as u64)))
        {
            if under == 0 {
                break;
            }
            let file = File::options().write(true).open(path_of(&writer.directory, number))?;
            let (bytes, begun) = (under * HASH_BYTES as u64, under % WIDTH as u64);
            let mut last =
                tiles.hashes(number, under - begun, usize::try_from(begun).unwrap_or(0))?;
            last.reserve(WIDTH);
            // What lies beyond follows from entries that are read again.
            file.set_len(bytes)?;
            writer.levels.push(Level { file, bytes, last, waiting: Vec::new() });
        }
        if tiles.root(size)? != tree.root() {
            return Err(std::io::Error::other("they do not lead to the root of the tree"));
        }
        Ok(writer)
    }

    pub(crate) fn push(&mut self, leaf: Hash) {
        if self.problem.is_some() {
            return;
        }
        let mut hash = leaf;
        for number in 0.. {
            let Some(level) = self.level(number) else { return };
            level.waiting.extend(hash);
            level.last.push(hash);
            if level.last.len() < WIDTH {
                break;
            }
            hash = whole(&std::mem::take(&mut level.last));
        }
        self.waiting += 1;
        if self.waiting >= WAITING_MAX {
            self.flush();
        }
    }

    fn level(&mut self, number: usize) -> Option<&mut Level> {
        if number == self.levels.len() {
            match File::create(path_of(&self.directory, number)) {
                Ok(file) => {
                    let (last, waiting) = (Vec::with_capacity(WIDTH), Vec::new());
                    self.levels.push(Level { file, bytes: 0, last, waiting });
                }
                Err(error) => {
                    self.give_up(error);
                    return None;
                }
            }
        }
        self.levels.get_mut(number)
    }

    /// Writes what waits. Not synced: what a crash takes with it is written again from the entries.
    pub(crate) fn flush(&mut self) {
        let written = self.levels.iter_mut().try_for_each(|level| {
            level.file.write_all_at(&level.waiting, level.bytes)?;
            level.bytes += level.waiting.len() as u64;
            level.waiting.clear();
            Ok(())
        });
        self.waiting = 0;
        if let Err(error) = written {
            self.give_up(error);
        }
    }

    fn give_up(&mut self, error: std::io::Error) {
        tracing::error!(
            "record: cannot write {}: {error}; witnesses get no proofs until the station is started again",
            self.directory.display()
        );
        self.levels.clear();
        self.problem = Some(error);
    }
}

impl Tiles {
    pub(crate) fn of(data: &Path) -> Self {
        Self(directory(data))
    }

    /// Makes what is written of so many leaves durable.
    pub(crate) fn sync(&self, leaves: u64) -> std::io::Result<()> {
        let levels = std::iter::successors(Some(leaves), |n| Some(n / WIDTH as u64));
        (0..)
            .zip(levels.take_while(|under| *under > 0))
            .try_for_each(|(level, _)| File::open(path_of(&self.0, level))?.sync_data())
    }

    /// Hashes of a level, from one on.
    pub(crate) fn hashes(
        &self,
        level: usize,
        first: u64,
        count: usize,
    ) -> std::io::Result<Vec<Hash>> {
        let file = File::open(path_of(&self.0, level))?;
        let mut bytes = vec![0; count * HASH_BYTES];
        file.read_exact_at(&mut bytes, first * HASH_BYTES as u64)?;
        Ok(bytes.as_chunks().0.to_vec())
    }

    /// The root of the whole subtree of 2^height leaves with this number.
    fn subtree(&self, height: u32, number: u64) -> std::io::Result<Hash> {
        let below = height % HEIGHT;
        let level = (height / HEIGHT) as usize;
        Ok(whole(&self.hashes(level, number << below, 1 << below)?))
    }

    /// The root over leaves `first..first + count`, where `first` is a multiple of the power of two at or above `count`.
    fn over(&self, first: u64, count: u64) -> std::io::Result<Hash> {
        if count.is_power_of_two() {
            let height = count.ilog2();
            return self.subtree(height, first >> height);
        }
        let left = split_at(count);
        Ok(node(&self.over(first, left)?, &self.over(first + left, count - left)?))
    }

    /// The root of the tree when it had so many leaves.
    pub(crate) fn root(&self, size: u64) -> std::io::Result<Hash> {
        if size == 0 { Ok(Tree::default().root()) } else { self.over(0, size) }
    }

    /// That the tree of a size grew from that of an older size (RFC 9162, 2.1.4.1).
    pub(crate) fn consistency(&self, old: u64, size: u64) -> std::io::Result<Vec<Hash>> {
        let mut path = Vec::new();
        if old == 0 || old >= size {
            return Ok(path);
        }
        let (mut first, mut count) = (0, size);
        // Down to the subtree that ends where the older tree did.
        while first + count != old {
            let left = split_at(count);
            if old <= first + left {
                path.push(self.over(first + left, count - left)?);
                count = left;
            } else {
                path.push(self.over(first, left)?);
                (first, count) = (first + left, count - left);
            }
        }
        if first > 0 {
            path.push(self.over(first, count)?);
        }
        path.reverse();
        Ok(path)
    }
}

/// The largest power of two below a number of leaves above one.
fn split_at(count: u64) -> u64 {
    count.next_power_of_two() / 2
}

/// The root over a power of two of hashes.
fn whole(hashes: &[Hash]) -> Hash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.chunks_exact(2).map(|pair| node(&pair[0], &pair[1])).collect();
    }
    row.first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tree::{grew, leaf};
    use super::*;

    fn leaves(size: u64) -> Vec<Hash> {
        (0..size).map(|at| leaf(&at.to_le_bytes())).collect()
    }

    fn written(leaves: &[Hash]) -> (tempfile::TempDir, Tiles) {
        let data = tempfile::tempdir().unwrap();
        let mut writer = TileWriter::begin(data.path());
        for leaf in leaves {
            writer.push(*leaf);
        }
        writer.flush();
        let tiles = Tiles::of(data.path());
        (data, tiles)
    }

    fn root_at(leaves: &[Hash], size: u64) -> Hash {
        let mut tree = Tree::default();
        leaves[..usize::try_from(size).unwrap()].iter().for_each(|leaf| tree.push(*leaf));
        tree.root()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn proofs_from_tiles_are_those_of_the_tree(size in 1..1_500_u64, pick in 0..1_000_000_u64) {
            let leaves = leaves(size);
            let (_data, tiles) = written(&leaves);
            let root = root_at(&leaves, size);
            prop_assert_eq!(tiles.root(size).unwrap(), root);

            let old = pick % (size + 1);
            let before = root_at(&leaves, old);
            let proof = tiles.consistency(old, size).unwrap();
            prop_assert!(grew((old, before), (size, root), &proof));
            // Neither another past, nor another present, nor another way holds.
            if old > 0 {
                prop_assert!(!grew((old, leaf(b"other")), (size, root), &proof));
            }
            if old > 0 && old < size {
                prop_assert!(!grew((old, before), (size, leaf(b"other")), &proof));
                prop_assert!(!grew((old, before), (size, root), &proof[1..]));
                prop_assert!(!grew((old, before), (size, root), &[&proof[..], &[root]].concat()));
            }
        }
    }

    #[test]
    fn a_tree_that_shrank_or_stayed_otherwise_did_not_grow() {
        let leaves = leaves(300);
        let (at_200, at_300) = (root_at(&leaves, 200), root_at(&leaves, 300));
        assert!(grew((300, at_300), (300, at_300), &[]));
        assert!(!grew((300, at_200), (300, at_300), &[]));
        assert!(!grew((300, at_300), (200, at_200), &[]));
    }

    #[test]
    fn a_full_tile_is_one_hash_of_the_next_level() {
        let leaves = leaves(600);
        let (_data, tiles) = written(&leaves);
        assert_eq!(tiles.hashes(0, 256, WIDTH).unwrap(), leaves[256..512]);
        assert_eq!(tiles.hashes(1, 1, 1).unwrap()[0], whole(&leaves[256..512]));
        assert!(tiles.hashes(1, 2, 1).is_err());
    }
}
