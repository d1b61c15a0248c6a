//! What the tree holds of one entry, for good, and that tells nothing of anybody; and the body of an entry that begins with it.
//!
//! A leaf is 90 bytes: version u8, retention class u8, milliseconds since 1970 i64, key id, SHA-256 of salt and content, SHA-256 of
//! the envelope that lies behind it (numbers little-endian). The salt makes the first digest tell nothing of a content that is
//! easy to guess; the second lets anybody find that an envelope was changed without being able to open it.

use jiff::Timestamp;
use watch::erasure::KeyId;
use watch::subject::RetentionClass;

use super::tree::{self, Hash};

/// Bytes of a leaf.
pub(crate) const LEAF_BYTES: usize = 90;
/// Bytes of it that an envelope is bound to: all but the digest of that envelope.
pub(super) const HEAD_BYTES: usize = LEAF_BYTES - size_of::<Hash>();
const VERSION: u8 = 2;

/// A leaf of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) class: RetentionClass,
    /// When the entry was taken.
    pub(crate) at: Timestamp,
    /// The key that its content is kept under.
    pub(crate) key: KeyId,
    /// SHA-256 of 32 bytes of chance and the content.
    pub(crate) commitment: Hash,
    /// SHA-256 of the envelope.
    pub(crate) envelope: Hash,
}

/// An entry as it lies in a segment: its leaf, and the envelope unless it was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Body<'a> {
    pub(crate) leaf: Leaf,
    pub(crate) leaf_bytes: &'a [u8; LEAF_BYTES],
    pub(crate) envelope: Option<&'a [u8]>,
}

/// Why bytes are no leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LeafFault {
    #[error("it has {0} bytes, a leaf has {LEAF_BYTES}")]
    Short(usize),
    #[error("its leaf has version {0}, this build reads {VERSION}")]
    Version(u8),
    #[error("its leaf names retention class {0}, which this build does not know")]
    Class(u8),
    #[error("its leaf was taken {0} ms after 1970, which is no time")]
    Time(i64),
}

impl Leaf {
    pub(super) fn encode(&self) -> [u8; LEAF_BYTES] {
        let mut bytes = [0; LEAF_BYTES];
        bytes[..HEAD_BYTES].copy_from_slice(&self.head());
        bytes[HEAD_BYTES..].copy_from_slice(&self.envelope);
        bytes
    }

    /// What an envelope is bound to.
    pub(super) fn head(&self) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        (bytes[0], bytes[1]) = (VERSION, self.class.number());
        bytes[2..10].copy_from_slice(&self.at.as_millisecond().to_le_bytes());
        bytes[10..26].copy_from_slice(&self.key.0);
        bytes[26..].copy_from_slice(&self.commitment);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8; LEAF_BYTES]) -> Result<Self, LeafFault> {
        let [version, class, rest @ ..] = bytes;
        if *version != VERSION {
            return Err(LeafFault::Version(*version));
        }
        let class = RetentionClass::of_number(*class).ok_or(LeafFault::Class(*class))?;
        let (at, rest) = first(rest);
        let at = i64::from_le_bytes(at);
        let at = Timestamp::from_millisecond(at).ok().ok_or(LeafFault::Time(at))?;
        let (key, rest) = first(rest);
        let (commitment, rest) = first(rest);
        let (envelope, _) = first(rest);
        Ok(Self { class, at, key: KeyId(key), commitment, envelope })
    }
}

impl<'a> Body<'a> {
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, LeafFault> {
        let (leaf_bytes, envelope) =
            bytes.split_first_chunk().ok_or(LeafFault::Short(bytes.len()))?;
        let leaf = Leaf::decode(leaf_bytes)?;
        Ok(Self { leaf, leaf_bytes, envelope: (!envelope.is_empty()).then_some(envelope) })
    }

    /// What stands for the entry in the tree.
    pub(crate) fn hash(&self) -> Hash {
        tree::leaf(self.leaf_bytes)
    }
}

/// The first bytes of a leaf's rest, and what is behind them.
fn first<const N: usize>(bytes: &[u8]) -> ([u8; N], &[u8]) {
    let (taken, rest) = bytes.split_first_chunk().expect("the fields of a leaf fill it");
    (*taken, rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaves() -> impl Strategy<Value = Leaf> {
        let class = prop::sample::select(RetentionClass::ALL.to_vec());
        let at = -100_000_000_000_000_i64..100_000_000_000_000;
        (class, at, any::<[u8; 16]>(), any::<[u8; 32]>(), any::<[u8; 32]>()).prop_map(
            |(class, at, key, commitment, envelope)| Leaf {
                class,
                at: Timestamp::from_millisecond(at).unwrap(),
                key: KeyId(key),
                commitment,
                envelope,
            },
        )
    }

    proptest! {
        #[test]
        fn a_leaf_comes_back_as_it_was_written(leaf in leaves()) {
            prop_assert_eq!(Leaf::decode(&leaf.encode()), Ok(leaf));
        }

        #[test]
        fn any_bytes_are_a_leaf_or_are_told_why_not(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(body) = Body::decode(&bytes) {
                prop_assert_eq!(&body.leaf.encode(), body.leaf_bytes);
            }
        }
    }

    #[test]
    fn a_leaf_of_a_later_version_is_refused_and_never_misread() {
        let mut bytes = [0; LEAF_BYTES];
        (bytes[0], bytes[1]) = (3, 1);
        assert_eq!(Leaf::decode(&bytes), Err(LeafFault::Version(3)));
        (bytes[0], bytes[1]) = (2, 99);
        assert_eq!(Leaf::decode(&bytes), Err(LeafFault::Class(99)));
    }
}
