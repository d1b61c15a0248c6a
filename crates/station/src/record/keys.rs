//! Keys of signed notes (C2SP signed-note): a name, a number that tells it from others of that name, and Ed25519.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use super::note::NoteFault;

#[cfg(test)]
mod tests;

/// What a key signs; the byte that stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Checkpoints of its own record.
    Record = 1,
    /// That it has seen another's checkpoint, and when (cosignature/v1).
    Witness = 4,
}

/// A key that signs.
pub(super) struct Secret {
    kind: Kind,
    name: String,
    key: SigningKey,
}

/// A key that verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Public {
    kind: Kind,
    name: String,
    key: VerifyingKey,
}

impl Secret {
    /// A key from 32 bytes of chance.
    pub(super) fn new(kind: Kind, name: String, seed: [u8; 32]) -> Self {
        Self { kind, name, key: SigningKey::from_bytes(&seed) }
    }

    /// A key of a name that no other has.
    pub(super) fn named_after_itself(kind: Kind, family: &str, seed: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&seed);
        let digest = Sha256::digest(key.verifying_key().as_bytes());
        let name = format!("{family}/{}", crate::runtime::stepper::hex(&digest[..8]));
        Self { kind, name, key }
    }

    /// Reads what [`Secret::to_text`] wrote.
    pub(super) fn parse(kind: Kind, text: &str) -> Result<Self, NoteFault> {
        let rest = text.trim().strip_prefix("PRIVATE+KEY+");
        let rest = rest.ok_or(NoteFault::Key("it does not begin with PRIVATE+KEY+"))?;
        let (name, id, seed) = split(kind, rest)?;
        let secret = Self::new(kind, name.to_owned(), seed);
        if secret.public().id() != id {
            return Err(NoteFault::Key("its number is not that of its name and bytes"));
        }
        Ok(secret)
    }

    pub(super) fn to_text(&self) -> String {
        let id = u32::from_be_bytes(self.public().id());
        let bytes = BASE64.encode([&[self.kind as u8], &self.key.to_bytes()[..]].concat());
        format!("PRIVATE+KEY+{}+{id:08x}+{bytes}\n", self.name)
    }

    pub(super) fn public(&self) -> Public {
        Public { kind: self.kind, name: self.name.clone(), key: self.key.verifying_key() }
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Public {
    /// Reads `NAME+NUMBER+BYTES`.
    pub(crate) fn parse(kind: Kind, text: &str) -> Result<Self, NoteFault> {
        let (name, id, bytes) = split(kind, text.trim())?;
        let key = VerifyingKey::from_bytes(&bytes)
            .ok()
            .filter(|key| !key.is_weak())
            .ok_or(NoteFault::Key("its bytes are no Ed25519 key"))?;
        let public = Self { kind, name: name.to_owned(), key };
        if public.id() != id {
            return Err(NoteFault::Key("its number is not that of its name and bytes"));
        }
        Ok(public)
    }

    pub(crate) fn to_text(&self) -> String {
        let id = u32::from_be_bytes(self.id());
        let bytes = BASE64.encode([&[self.kind as u8], &self.key.as_bytes()[..]].concat());
        format!("{}+{id:08x}+{bytes}\n", self.name)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What tells it from others of its name.
    pub(super) fn id(&self) -> [u8; 4] {
        let digest = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', self.kind as u8])
            .chain_update(self.key.as_bytes())
            .finalize();
        [digest[0], digest[1], digest[2], digest[3]]
    }

    /// Whether it signed the message.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

/// Name, number and bytes of `NAME+NUMBER+BYTES`.
fn split(kind: Kind, text: &str) -> Result<(&str, [u8; 4], [u8; 32]), NoteFault> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(bytes)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(NoteFault::Key("it is not NAME+NUMBER+BYTES"));
    };
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err(NoteFault::Key("its name is empty or has a space"));
    }
    let id = u32::from_str_radix(id, 16).ok().filter(|_| id.len() == 8);
    let id = id.ok_or(NoteFault::Key("its number is not eight hexadecimal digits"))?;
    let bytes = BASE64.decode(bytes).ok();
    let bytes = bytes.as_deref().and_then(|bytes| bytes.strip_prefix(&[kind as u8]));
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    let wrong = match kind {
        Kind::Record => "its bytes are no Ed25519 key of a record",
        Kind::Witness => "its bytes are no Ed25519 key of a witness",
    };
    Ok((name, id.to_be_bytes(), bytes.ok_or(NoteFault::Key(wrong))?))
}
