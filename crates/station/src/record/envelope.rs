//! The content of one entry, kept under its subject's key: `XChaCha20-Poly1305` over 32 bytes of chance and the content.
//!
//! An envelope is nonce (24 bytes), ciphertext, tag (16 bytes). It is bound to the entry's number and leaf, so that it opens nowhere
//! else. No nonce is used twice: 16 of its bytes are drawn when the record is opened, the other 8 count from there.

use chacha20poly1305::aead::AeadInOut as _;
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};

use super::leaf::{Body, HEAD_BYTES, Leaf};
use super::tree::Hash;

pub(crate) const SALT_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const INDEX_BYTES: usize = size_of::<u64>();
/// What an envelope has beside its content.
pub(super) const OVERHEAD_BYTES: usize = NONCE_BYTES + SALT_BYTES + TAG_BYTES;

/// A key of one subject.
pub(super) type Key = [u8; 32];

/// Nonces of which none comes twice.
#[derive(Debug)]
pub(super) struct Nonces {
    drawn: [u8; 16],
    count: u64,
}

/// What an envelope holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) salt: [u8; SALT_BYTES],
    pub(crate) content: Vec<u8>,
}

/// Why an envelope gives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EnvelopeFault {
    #[error("its envelope is not the one that its leaf tells of")]
    Digest,
    #[error("its envelope does not open with its key")]
    Closed,
    #[error("what its envelope holds is not what its leaf tells of")]
    Commitment,
}

impl Nonces {
    pub(super) fn draw() -> Result<Self, getrandom::Error> {
        let mut drawn = [0; 16];
        getrandom::fill(&mut drawn)?;
        Ok(Self { drawn, count: 0 })
    }

    fn next(&mut self) -> [u8; NONCE_BYTES] {
        let mut nonce = [0; NONCE_BYTES];
        nonce[..16].copy_from_slice(&self.drawn);
        nonce[16..].copy_from_slice(&self.count.to_le_bytes());
        // A process that seals a billion entries a second would need centuries to come round.
        self.count = self.count.wrapping_add(1);
        nonce
    }
}

/// What a leaf says of a content.
pub(crate) fn commitment(salt: &[u8; SALT_BYTES], content: &[u8]) -> Hash {
    Sha256::new().chain_update(salt).chain_update(content).finalize().into()
}

/// Appends the body of an entry: its leaf, whose digests this fills in, and its envelope.
pub(super) fn close(
    (index, mut leaf): (u64, Leaf),
    (key, nonces): (&Key, &mut Nonces),
    (salt, content): (&[u8; SALT_BYTES], &[u8]),
    body: &mut Vec<u8>,
) -> Leaf {
    leaf.commitment = commitment(salt, content);
    let nonce = nonces.next();
    let mut envelope = Vec::with_capacity(OVERHEAD_BYTES + content.len());
    envelope.extend_from_slice(&nonce);
    envelope.extend_from_slice(salt);
    envelope.extend_from_slice(content);
    let tag = XChaCha20Poly1305::new(key.into())
        .encrypt_inout_detached(
            &XNonce::from(nonce),
            &bound_to(index, &leaf),
            (&mut envelope[NONCE_BYTES..]).into(),
        )
        .expect("an entry is far shorter than what one nonce may keep");
    envelope.extend_from_slice(&tag);
    leaf.envelope = Sha256::digest(&envelope).into();
    body.extend_from_slice(&leaf.encode());
    body.extend_from_slice(&envelope);
    leaf
}

/// Whether an envelope is the one that its leaf tells of; needs no key.
pub(super) fn is_whole(body: &Body<'_>) -> bool {
    body.envelope.is_none_or(|envelope| body.leaf.envelope == Hash::from(Sha256::digest(envelope)))
}

/// What an envelope holds, if nothing about it was changed.
pub(super) fn open(
    index: u64,
    leaf: &Leaf,
    envelope: &[u8],
    key: &Key,
) -> Result<Opened, EnvelopeFault> {
    let mut room = Vec::new();
    let (salt, content) = open_in(&mut room, (index, leaf), envelope, key)?;
    Ok(Opened { salt: *salt, content: content.to_vec() })
}

/// The same in room that is used again, for whoever opens many.
pub(super) fn open_in<'a>(
    room: &'a mut Vec<u8>,
    (index, leaf): (u64, &Leaf),
    envelope: &[u8],
    key: &Key,
) -> Result<(&'a [u8; SALT_BYTES], &'a [u8]), EnvelopeFault> {
    if leaf.envelope != Hash::from(Sha256::digest(envelope)) {
        return Err(EnvelopeFault::Digest);
    }
    let (nonce, rest) = envelope.split_first_chunk::<NONCE_BYTES>().ok_or(EnvelopeFault::Closed)?;
    let (kept, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(EnvelopeFault::Closed)?;
    room.clear();
    room.extend_from_slice(kept);
    XChaCha20Poly1305::new(key.into())
        .decrypt_inout_detached(
            &XNonce::from(*nonce),
            &bound_to(index, leaf),
            room.as_mut_slice().into(),
            &(*tag).into(),
        )
        .ok()
        .ok_or(EnvelopeFault::Closed)?;
    let (salt, content) =
        room.split_first_chunk::<SALT_BYTES>().ok_or(EnvelopeFault::Commitment)?;
    if commitment(salt, content) != leaf.commitment {
        return Err(EnvelopeFault::Commitment);
    }
    Ok((salt, content))
}

fn bound_to(index: u64, leaf: &Leaf) -> [u8; INDEX_BYTES + HEAD_BYTES] {
    let mut bytes = [0; INDEX_BYTES + HEAD_BYTES];
    bytes[..INDEX_BYTES].copy_from_slice(&index.to_le_bytes());
    bytes[INDEX_BYTES..].copy_from_slice(&leaf.head());
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use proptest::prelude::*;
    use watch::erasure::KeyId;
    use watch::subject::RetentionClass;

    use super::*;

    fn closed(index: u64, content: &[u8], nonces: &mut Nonces) -> Vec<u8> {
        let leaf = Leaf {
            class: RetentionClass::Field,
            at: Timestamp::UNIX_EPOCH,
            key: KeyId([7; 16]),
            commitment: [0; 32],
            envelope: [0; 32],
        };
        let mut body = Vec::new();
        close((index, leaf), (&[5; 32], nonces), (&[9; SALT_BYTES], content), &mut body);
        body
    }

    fn opened(index: u64, body: &[u8], key: &Key) -> Result<Opened, EnvelopeFault> {
        let body = Body::decode(body).unwrap();
        open(index, &body.leaf, body.envelope.unwrap(), key)
    }

    proptest! {
        #[test]
        fn what_was_closed_opens_at_its_place_with_its_key_alone(
            content in prop::collection::vec(any::<u8>(), 1..400), at in any::<prop::sample::Index>(), bit in 0..8_u8,
        ) {
            let body = closed(12, &content, &mut Nonces::draw().unwrap());
            prop_assert_eq!(body.len(), super::super::leaf::LEAF_BYTES + OVERHEAD_BYTES + content.len());
            prop_assert_eq!(opened(12, &body, &[5; 32]).unwrap().content, content);
            prop_assert!(opened(13, &body, &[5; 32]).is_err());
            prop_assert!(opened(12, &body, &[6; 32]).is_err());
            let mut changed = body.clone();
            changed[at.index(body.len())] ^= 1 << bit;
            if let Ok(changed) = Body::decode(&changed) {
                prop_assert!(open(12, &changed.leaf, changed.envelope.unwrap(), &[5; 32]).is_err());
            }
        }

        #[test]
        fn any_envelope_is_opened_or_refused(envelope in prop::collection::vec(any::<u8>(), 0..100)) {
            let body = closed(1, b"x", &mut Nonces::draw().unwrap());
            let mut leaf = Body::decode(&body).unwrap().leaf;
            leaf.envelope = Sha256::digest(&envelope).into();
            prop_assert_eq!(open(1, &leaf, &envelope, &[5; 32]), Err(EnvelopeFault::Closed));
        }
    }

    #[test]
    fn no_nonce_comes_twice_whether_a_write_succeeds_or_not() {
        let mut nonces = BTreeSet::new();
        for _ in 0..50 {
            let mut of_one_start = Nonces::draw().unwrap();
            (0..100).for_each(|_| assert!(nonces.insert(of_one_start.next())));
        }
    }
}
