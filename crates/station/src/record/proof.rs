//! A proof that one entry is in a record, as a file that stands by itself (C2SP tlog-proof).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::note::{Checkpoint, NoteFault, Verifier};
use super::tree::{self, Hash, leaf};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// An entry, its place in the tree, what joins it to the root, and the checkpoint that signs the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) entry: Vec<u8>,
    /// Counted from 0, as trees do; entries are counted from 1.
    pub(crate) leaf: u64,
    pub(crate) path: Vec<Hash>,
    /// The signed note.
    pub(crate) checkpoint: String,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProofFault {
    #[error("proof: {0}")]
    Form(&'static str),
    #[error(transparent)]
    Note(#[from] NoteFault),
    #[error("proof: entry and path do not lead to the root that was signed")]
    Root,
}

impl Proof {
    pub(crate) fn to_text(&self) -> String {
        let path: String = self.path.iter().map(|hash| BASE64.encode(hash) + "\n").collect();
        let (entry, leaf) = (BASE64.encode(&self.entry), self.leaf);
        format!("{FIRST_LINE}\nextra {entry}\nindex {leaf}\n{path}\n{}", self.checkpoint)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, ProofFault> {
        let form = ProofFault::Form;
        let rest = text.strip_prefix(FIRST_LINE).and_then(|rest| rest.strip_prefix('\n'));
        let rest = rest.ok_or(form("it does not begin with c2sp.org/tlog-proof@v1"))?;
        let (head, checkpoint) = rest.split_once("\n\n").ok_or(form("it has no checkpoint"))?;
        let mut lines = head.lines();
        let mut field = |name: &'static str, missing| {
            lines.next().and_then(|line| line.strip_prefix(name)).ok_or(form(missing))
        };
        let entry = field("extra ", "its second line is not `extra ENTRY`")?;
        let leaf = field("index ", "its third line is not `index NUMBER`")?;
        let hash = |line: &str| BASE64.decode(line).ok()?.try_into().ok();
        Ok(Self {
            entry: BASE64.decode(entry).ok().ok_or(form("its entry is not base64"))?,
            leaf: leaf.parse().ok().ok_or(form("its index is no number"))?,
            path: lines
                .map(|line| hash(line).ok_or(form("a line is no hash")))
                .collect::<Result<_, _>>()?,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// The checkpoint under which the entry stands, if all of it holds.
    pub(crate) fn check(&self, by: &Verifier) -> Result<Checkpoint, ProofFault> {
        let checkpoint = by.open(&self.checkpoint)?;
        let place = (self.leaf, checkpoint.size);
        let root = tree::root_over(leaf(&self.entry), place, &self.path);
        if root == Some(checkpoint.root) { Ok(checkpoint) } else { Err(ProofFault::Root) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::note::Signer;
    use super::super::tree::Prover;
    use super::*;

    fn proof() -> (Signer, Proof) {
        let signer = Signer::from_seed([3; 32]);
        let mut prover = Prover::new(2);
        (0..5_u8).for_each(|at| prover.push(leaf(&[at; 4])));
        let (path, tree) = (prover.path().unwrap(), prover.tree());
        let checkpoint = signer.sign(tree.size(), tree.root());
        (signer, Proof { entry: vec![2; 4], leaf: 2, path, checkpoint })
    }

    #[test]
    fn a_proof_stands_by_itself_and_any_change_is_noticed() {
        let (signer, proof) = proof();
        let text = proof.to_text();
        let by = signer.verifier();

        assert_eq!(Proof::parse(&text).as_ref(), Ok(&proof));
        assert_eq!(proof.check(&by).unwrap().size, 5);
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let held = Proof::parse(&changed).and_then(|proof| proof.check(&by));
            assert!(held.is_err(), "byte {at}");
        }
        assert!(proof.check(&Signer::from_seed([4; 32]).verifier()).is_err());
    }

    #[test]
    fn what_is_no_proof_is_told_why() {
        for (text, names) in [
            ("", "begin"),
            ("c2sp.org/tlog-proof@v1\nextra AA==\nindex 1\n", "checkpoint"),
            ("c2sp.org/tlog-proof@v1\nindex 1\n\nx", "second line"),
            ("c2sp.org/tlog-proof@v1\nextra AA==\nindex x\n\nx", "no number"),
            ("c2sp.org/tlog-proof@v1\nextra AA==\nindex 1\nAA==\n\nx", "no hash"),
        ] {
            let fault = Proof::parse(text).unwrap_err().to_string();
            assert!(fault.contains(names), "{text:?}: {fault}");
        }
    }
}
