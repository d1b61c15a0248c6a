//! Signed notes (C2SP signed-note) over checkpoints of the tree (C2SP tlog-checkpoint).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

use super::keys::{Kind, Public, Secret};
use super::tree::Hash;

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
    #[error("no signature by {0}")]
    Unsigned(String),
    #[error("the signature by {0} is false")]
    False(String),
}

/// Signs checkpoints of one record, or somebody's letters.
#[derive(Debug)]
pub(crate) struct Signer(Secret);

/// Verifies them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verifier(Public);

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
        Self(Secret::named_after_itself(Kind::Record, "watchline", seed))
    }

    /// A key of a name that somebody chose.
    pub(crate) fn named(name: &str, seed: [u8; 32]) -> Result<Self, NoteFault> {
        let signer = Self(Secret::new(Kind::Record, name.to_owned(), seed));
        // Only names that can be read back are names.
        Self::parse(&signer.to_text())
    }

    /// Reads what [`Signer::to_text`] wrote.
    pub(crate) fn parse(text: &str) -> Result<Self, NoteFault> {
        Secret::parse(Kind::Record, text).map(Self)
    }

    pub(crate) fn to_text(&self) -> String {
        self.0.to_text()
    }

    pub(crate) fn verifier(&self) -> Verifier {
        Verifier(self.0.public())
    }

    /// Vouches for bytes beside the record that this station itself relies on.
    pub(crate) fn vouch(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(&vouched(bytes))
    }

    /// A checkpoint of the record whose key this is, signed.
    pub(crate) fn sign(&self, size: u64, root: Hash) -> String {
        let origin = self.0.public().name().to_owned();
        let text = Checkpoint { origin, size, root }.to_text();
        format!("{text}\n{}", self.sign_text(&text))
    }

    /// The line by which it signs a text.
    pub(crate) fn sign_text(&self, text: &str) -> String {
        signature_line(&self.0.public(), &self.0.sign(text.as_bytes()))
    }
}

/// What is signed of bytes that are no checkpoint, and cannot be taken for one.
fn vouched(bytes: &[u8]) -> Vec<u8> {
    [b"watchline snapshot\n", &*Sha256::digest(bytes)].concat()
}

impl Verifier {
    pub(crate) fn parse(text: &str) -> Result<Self, NoteFault> {
        Public::parse(Kind::Record, text).map(Self)
    }

    /// Whether the record's key has vouched for the bytes.
    pub(crate) fn has_vouched(&self, bytes: &[u8], signature: &[u8; 64]) -> bool {
        self.0.has_signed(&vouched(bytes), signature)
    }

    /// The record whose checkpoints it verifies.
    pub(crate) fn name(&self) -> &str {
        self.0.name()
    }

    pub(crate) fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// Whether the lines below a text hold its signature.
    pub(crate) fn check_text(&self, text: &str, signatures: &str) -> Result<(), NoteFault> {
        let signature = signature_of(&self.0, signatures)
            .and_then(|signature| signature.try_into().ok())
            .ok_or_else(|| NoteFault::Unsigned(self.name().to_owned()))?;
        if !self.0.has_signed(text.as_bytes(), &signature) {
            return Err(NoteFault::False(self.name().to_owned()));
        }
        Ok(())
    }

    /// The checkpoint that a signed note tells of.
    pub(crate) fn open(&self, note: &str) -> Result<Checkpoint, NoteFault> {
        let (text, signatures) = parts(note)?;
        self.check_text(text, signatures)?;
        let checkpoint = Checkpoint::parse(text)?;
        if checkpoint.origin != self.name() {
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

/// What is signed of a note, with its last line's end, and the lines of those who signed it.
pub(crate) fn parts(note: &str) -> Result<(&str, &str), NoteFault> {
    if note.len() > NOTE_BYTES_MAX {
        return Err(NoteFault::Note("it is longer than 64 KiB"));
    }
    let end = note.rfind("\n\n").ok_or(NoteFault::Note("no empty line before signatures"))?;
    let (text, signatures) = note.split_at(end + 1);
    Ok((text, signatures.trim_start_matches('\n')))
}

/// The line by which a key signs.
pub(super) fn signature_line(by: &Public, signature: &[u8]) -> String {
    let bytes = BASE64.encode([&by.id()[..], signature].concat());
    format!("{DASH}{} {bytes}\n", by.name())
}

/// Whether a line is somebody's signature, be it a true one or not.
pub(crate) fn is_signature(line: &str) -> bool {
    let parts = line.strip_prefix(DASH).and_then(|rest| rest.split_once(' '));
    parts.is_some_and(|(name, bytes)| !name.is_empty() && BASE64.decode(bytes).is_ok())
}

/// What a key has put below a note.
pub(super) fn signature_of(by: &Public, signatures: &str) -> Option<Vec<u8>> {
    signatures.lines().find_map(|line| {
        let (name, signature) = line.strip_prefix(DASH)?.split_once(' ')?;
        let bytes = BASE64.decode(signature).ok().filter(|_| name == by.name())?;
        bytes.strip_prefix(&by.id()[..]).map(<[u8]>::to_vec)
    })
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
