//! Signed notes (C2SP signed-note) over checkpoints of the tree (C2SP tlog-checkpoint), and the keys for them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use super::tree::Hash;

/// What stands before a key: Ed25519, of the kinds of key that signed notes know.
const ED25519: u8 = 1;
/// A signature's line begins with it.
const DASH: &str = "\u{2014} ";
/// Longest note that is read.
pub(crate) const NOTE_BYTES_MAX: usize = 64 * 1024;

/// Why a key or a note cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteFault {
    #[error("key: {0}")]
    Key(&'static str),
    #[error("checkpoint: {0}")]
    Note(&'static str),
    #[error("checkpoint: no signature by {0}")]
    Unsigned(String),
    #[error("checkpoint: the signature by {0} is false")]
    False(String),
}

/// Signs checkpoints of one record.
pub(crate) struct Signer {
    name: String,
    key: SigningKey,
}

/// Verifies them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verifier {
    name: String,
    key: VerifyingKey,
}

/// How far a record had come, and the root of the tree over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// The record's name, which is its key's.
    pub(crate) origin: String,
    pub(crate) size: u64,
    pub(crate) root: Hash,
}

impl Signer {
    /// A key from 32 bytes of chance, with a name that no other record has.
    pub(crate) fn from_seed(seed: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&seed);
        let digest = Sha256::digest(key.verifying_key().as_bytes());
        let name = format!("watchline/{}", crate::runtime::stepper::hex(&digest[..8]));
        Self { name, key }
    }

    /// Reads what [`Signer::to_text`] wrote.
    pub(crate) fn parse(text: &str) -> Result<Self, NoteFault> {
        let rest = text.trim().strip_prefix("PRIVATE+KEY+");
        let rest = rest.ok_or(NoteFault::Key("it does not begin with PRIVATE+KEY+"))?;
        let (name, id, seed) = split_key(rest)?;
        let key = SigningKey::from_bytes(&seed);
        if key_id(name, key.verifying_key().as_bytes()) != id {
            return Err(NoteFault::Key("its number is not that of its name and bytes"));
        }
        Ok(Self { name: name.to_owned(), key })
    }

    pub(crate) fn to_text(&self) -> String {
        let id = u32::from_be_bytes(key_id(&self.name, self.key.verifying_key().as_bytes()));
        let bytes = BASE64.encode([&[ED25519], &self.key.to_bytes()[..]].concat());
        format!("PRIVATE+KEY+{}+{id:08x}+{bytes}\n", self.name)
    }

    pub(crate) fn verifier(&self) -> Verifier {
        Verifier { name: self.name.clone(), key: self.key.verifying_key() }
    }

    /// A checkpoint of the record whose key this is, signed.
    pub(crate) fn sign(&self, size: u64, root: Hash) -> String {
        let origin = self.name.clone();
        let text = Checkpoint { origin, size, root }.to_text();
        let id = key_id(&self.name, self.key.verifying_key().as_bytes());
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let line = BASE64.encode([&id[..], &signature[..]].concat());
        format!("{text}\n{DASH}{} {line}\n", self.name)
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Verifier {
    pub(crate) fn parse(text: &str) -> Result<Self, NoteFault> {
        let (name, id, bytes) = split_key(text.trim())?;
        let key = VerifyingKey::from_bytes(&bytes)
            .ok()
            .filter(|key| !key.is_weak())
            .ok_or(NoteFault::Key("its bytes are no Ed25519 key"))?;
        if key_id(name, key.as_bytes()) != id {
            return Err(NoteFault::Key("its number is not that of its name and bytes"));
        }
        Ok(Self { name: name.to_owned(), key })
    }

    /// The record whose checkpoints it verifies.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn to_text(&self) -> String {
        let id = u32::from_be_bytes(key_id(&self.name, self.key.as_bytes()));
        let bytes = BASE64.encode([&[ED25519], &self.key.as_bytes()[..]].concat());
        format!("{}+{id:08x}+{bytes}\n", self.name)
    }

    /// The checkpoint that a signed note tells of.
    pub(crate) fn open(&self, note: &str) -> Result<Checkpoint, NoteFault> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(NoteFault::Note("it is longer than 64 KiB"));
        }
        let end = note.rfind("\n\n").ok_or(NoteFault::Note("no empty line before signatures"))?;
        let (text, signatures) = note.split_at(end + 1);
        let id = key_id(&self.name, self.key.as_bytes());
        let of_key = |line: &str| {
            let (name, signature) = line.strip_prefix(DASH)?.split_once(' ')?;
            let bytes = BASE64.decode(signature).ok().filter(|_| name == self.name)?;
            bytes.strip_prefix(&id[..])?.try_into().ok()
        };
        let signature: [u8; 64] = signatures
            .lines()
            .find_map(of_key)
            .ok_or_else(|| NoteFault::Unsigned(self.name.clone()))?;
        self.key
            .verify_strict(text.as_bytes(), &Signature::from_bytes(&signature))
            .ok()
            .ok_or_else(|| NoteFault::False(self.name.clone()))?;
        let checkpoint = Checkpoint::parse(text)?;
        if checkpoint.origin != self.name {
            return Err(NoteFault::Note("it is of another record than its key"));
        }
        Ok(checkpoint)
    }
}

impl Checkpoint {
    fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root))
    }

    fn parse(text: &str) -> Result<Self, NoteFault> {
        let mut lines = text.lines();
        let mut line = |missing| lines.next().ok_or(NoteFault::Note(missing));
        let origin = line("no origin")?.to_owned();
        let size = line("no size")?;
        let plain = size == "0" || !size.starts_with(['0', '+']);
        let size = size.parse().ok().filter(|_| plain);
        let root = BASE64.decode(line("no root")?).ok().and_then(|root| root.try_into().ok());
        Ok(Self {
            origin,
            size: size.ok_or(NoteFault::Note("its size is no number"))?,
            root: root.ok_or(NoteFault::Note("its root is no hash"))?,
        })
    }
}

/// A key's number: what tells it from others of its name.
fn key_id(name: &str, public: &[u8; 32]) -> [u8; 4] {
    let digest = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', ED25519])
        .chain_update(public)
        .finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

/// Name, number and bytes of `NAME+NUMBER+BYTES`.
fn split_key(text: &str) -> Result<(&str, [u8; 4], [u8; 32]), NoteFault> {
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
    let bytes = bytes.as_deref().and_then(|bytes| bytes.strip_prefix(&[ED25519]));
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    let bytes = bytes.ok_or(NoteFault::Key("its bytes are no Ed25519 key"))?;
    Ok((name, id.to_be_bytes(), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key and the note of the example in the specification of signed notes' reference implementation.
    const EXAMPLE_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const EXAMPLE_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_that_others_signed_is_verified() {
        let verifier = Verifier::parse(EXAMPLE_KEY).unwrap();
        // Its text is no checkpoint; that is found out only once the signature holds.
        assert!(matches!(verifier.open(EXAMPLE_NOTE), Err(NoteFault::Note(_))));
        let changed = EXAMPLE_NOTE.replace("answer", "question");
        assert_eq!(verifier.open(&changed), Err(NoteFault::False("PeterNeumann".to_owned())));
        assert_eq!(verifier.to_text().trim(), EXAMPLE_KEY);
    }

    #[test]
    fn a_checkpoint_comes_back_as_it_was_signed_and_any_change_is_noticed() {
        let signer = Signer::from_seed([7; 32]);
        let note = signer.sign(12, [9; 32]);
        let verifier = Verifier::parse(&signer.verifier().to_text()).unwrap();

        let opened = verifier.open(&note).unwrap();

        assert_eq!((opened.size, opened.root), (12, [9; 32]));
        assert!(verifier.open(&signer.sign(13, [9; 32])).is_ok());
        for at in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[at] ^= 1;
            let opened = String::from_utf8(bytes).map(|changed| verifier.open(&changed));
            assert!(!matches!(opened, Ok(Ok(_))), "byte {at}");
        }
        let other = Signer::from_seed([8; 32]);
        assert!(matches!(other.verifier().open(&note), Err(NoteFault::Unsigned(_))));
    }

    #[test]
    fn keys_come_back_as_they_were_written_and_bad_ones_are_named() {
        let signer = Signer::from_seed([1; 32]);
        let again = Signer::parse(&signer.to_text()).unwrap();
        assert_eq!(again.verifier(), signer.verifier());
        for (text, names) in [
            ("", "NAME+NUMBER+BYTES"),
            ("a b+00000000+AA==", "space"),
            ("a+0+AA==", "eight"),
            ("a+00000000+AA==", "Ed25519"),
            (&EXAMPLE_KEY.replace("c74f", "c74e"), "number"),
        ] {
            let fault = Verifier::parse(text).unwrap_err().to_string();
            assert!(fault.contains(names), "{text}: {fault}");
        }
        assert!(Signer::parse(EXAMPLE_KEY).is_err());
    }
}
