//! What is sent to a witness: the size that it saw last, the proof from there, and the new checkpoint.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::record::note::NOTE_BYTES_MAX;
use crate::record::tree::Hash;

/// Longest request that is read: a note and a proof.
pub(crate) const REQUEST_BYTES_MAX: usize = NOTE_BYTES_MAX + 4 * 1024;
/// Hashes that a proof may hold: no tree has more levels.
const PROOF_MAX: usize = 63;

/// A checkpoint, and how its record grew since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// How many entries the witness knows of; 0 when none.
    pub(crate) old: u64,
    pub(crate) proof: Vec<Hash>,
    /// The signed note.
    pub(crate) checkpoint: String,
}

impl Request {
    pub(crate) fn to_text(&self) -> String {
        let proof: String = self.proof.iter().map(|hash| BASE64.encode(hash) + "\n").collect();
        format!("old {}\n{proof}\n{}", self.old, self.checkpoint)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or("it has no checkpoint")?;
        let mut lines = head.lines();
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old = old.filter(|old| *old == "0" || !old.starts_with(['0', '+']));
        let old = old.and_then(|old| old.parse().ok());
        let hash = |line: &str| BASE64.decode(line).ok()?.try_into().ok();
        let proof: Option<Vec<Hash>> = lines.map(hash).collect();
        let proof = proof.ok_or("a line of its proof is no hash")?;
        if proof.len() > PROOF_MAX {
            return Err("its proof has more than 63 hashes");
        }
        let old = old.ok_or("it does not begin with `old SIZE`")?;
        Ok(Self { old, proof, checkpoint: checkpoint.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_comes_back_as_it_was_written_and_bad_ones_are_named() {
        let request = Request {
            old: 12,
            proof: vec![[1; 32], [2; 32]],
            checkpoint: "a\n13\nAAAA\n\n\u{2014} a b\n".to_owned(),
        };
        assert_eq!(Request::parse(&request.to_text()), Ok(request.clone()));
        let none = Request { old: 0, proof: Vec::new(), ..request };
        assert_eq!(Request::parse(&none.to_text()), Ok(none));
        let many = format!("old 1\n{}\nx", (BASE64.encode([0; 32]) + "\n").repeat(64));
        for (text, names) in [
            ("", "no checkpoint"),
            ("new 1\n\nx", "old SIZE"),
            ("old +1\n\nx", "old SIZE"),
            ("old 01\n\nx", "old SIZE"),
            ("old 1\nAA==\n\nx", "no hash"),
            (&many, "63"),
        ] {
            assert!(Request::parse(text).unwrap_err().contains(names), "{text}");
        }
    }
}
