//! Drawn tiles: the least recently used gives way.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;

use super::mercator::Tile;
use crate::limits::TILES_KEPT;

/// What is drawn on which tile; coverage and corridors by the coverage's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TileKey {
    Dem(Tile),
    Coverage(Tile, u64),
    Corridors(Tile, u64),
}

/// A tile as a PNG, or the knowledge that there is nothing on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drawn(pub(super) Option<Bytes>);

/// Up to [`TILES_KEPT`] drawn tiles.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Shelf>);

#[derive(Debug, Default)]
struct Shelf {
    tiles: BTreeMap<TileKey, (u64, Drawn)>,
    by_use: BTreeMap<u64, TileKey>,
    uses: u64,
}

impl Kept {
    pub(super) fn get(&self, key: TileKey) -> Option<Drawn> {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, drawn) = shelf.tiles.get(&key)?.clone();
        shelf.put(key, drawn.clone());
        Some(drawn)
    }

    pub(super) fn put(&self, key: TileKey, drawn: Drawn) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(key, drawn);
    }
}

impl Shelf {
    fn put(&mut self, key: TileKey, drawn: Drawn) {
        self.uses += 1;
        if let Some((before, _)) = self.tiles.insert(key, (self.uses, drawn)) {
            self.by_use.remove(&before);
        }
        self.by_use.insert(self.uses, key);
        if self.tiles.len() > TILES_KEPT
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            self.tiles.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_gives_way() {
        let kept = Kept::default();
        let key = |version| TileKey::Coverage(Tile::new(6, 1, 1).unwrap(), version);
        for version in 0..TILES_KEPT as u64 {
            kept.put(key(version), Drawn(None));
        }
        assert!(kept.get(key(0)).is_some());

        kept.put(key(9_999), Drawn(Some(Bytes::from_static(b"new"))));

        assert!(kept.get(key(0)).is_some());
        assert!(kept.get(key(1)).is_none());
        assert_eq!(kept.get(key(9_999)), Some(Drawn(Some(Bytes::from_static(b"new")))));
    }
}
