//! A proof that one entry is in a record, as a file that stands by itself (C2SP tlog-proof).
//!
//! Its `extra` line is the entry's leaf; where the content is disclosed, salt and content follow it. They are no part of what is
//! hashed into the tree, but the leaf tells their digest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::envelope::{self, Opened, SALT_BYTES};
use super::leaf::{LEAF_BYTES, Leaf};
use super::note::{Checkpoint, NoteFault, Verifier};
use super::tree::{self, Hash};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// An entry, its place in the tree, what joins it to the root, and the checkpoint that signs the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) entry: [u8; LEAF_BYTES],
    /// What the entry says, where that is disclosed.
    pub(crate) opened: Option<Opened>,
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
    #[error("proof: the content that it discloses is not the one that the entry was made of")]
    Content,
}

impl Proof {
    pub(crate) fn to_text(&self) -> String {
        let path: String = self.path.iter().map(|hash| BASE64.encode(hash) + "\n").collect();
        let mut extra = self.entry.to_vec();
        if let Some(Opened { salt, content }) = &self.opened {
            extra.extend(salt.iter().chain(content));
        }
        let (entry, leaf) = (BASE64.encode(extra), self.leaf);
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
        let extra = BASE64.decode(entry).ok().ok_or(form("its entry is not base64"))?;
        let (entry, opened) =
            extra.split_first_chunk().ok_or(form("its entry is shorter than a leaf"))?;
        let opened = match opened.split_first_chunk::<SALT_BYTES>() {
            Some((salt, content)) => Some(Opened { salt: *salt, content: content.to_vec() }),
            None if opened.is_empty() => None,
            None => return Err(form("the content that it discloses has no salt")),
        };
        Ok(Self {
            entry: *entry,
            opened,
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
        let root = tree::root_over(tree::leaf(&self.entry), place, &self.path);
        if root != Some(checkpoint.root) {
            return Err(ProofFault::Root);
        }
        let committed = self.says()?.commitment;
        let is_other =
            |Opened { salt, content }: &Opened| envelope::commitment(salt, content) != committed;
        if self.opened.as_ref().is_some_and(is_other) {
            return Err(ProofFault::Content);
        }
        Ok(checkpoint)
    }

    /// What the leaf says.
    pub(crate) fn says(&self) -> Result<Leaf, ProofFault> {
        Leaf::decode(&self.entry)
            .ok()
            .ok_or(ProofFault::Form("its entry is no leaf that this build can read"))
    }
}

#[cfg(test)]
mod tests {
    use watch::erasure::KeyId;
    use watch::subject::RetentionClass;

    use super::super::note::Signer;
    use super::super::tree::Prover;
    use super::*;

    fn proof() -> (Signer, Proof) {
        let signer = Signer::from_seed([3; 32]);
        let mut prover = Prover::new(2);
        let opened = Opened { salt: [8; SALT_BYTES], content: b"what was said".to_vec() };
        let entry = Leaf {
            class: RetentionClass::Detection,
            at: jiff::Timestamp::UNIX_EPOCH,
            key: KeyId([3; 16]),
            commitment: envelope::commitment(&opened.salt, &opened.content),
            envelope: [4; 32],
        };
        let entry = entry.encode();
        for at in 0..5_u8 {
            prover.push(if at == 2 { tree::leaf(&entry) } else { tree::leaf(&[at]) });
        }
        let (path, tree) = (prover.path().unwrap(), prover.tree());
        let checkpoint = signer.sign(tree.size(), tree.root());
        (signer, Proof { entry, opened: Some(opened), leaf: 2, path, checkpoint })
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
        // Without what it says it proves as much of the tree.
        let closed = Proof { opened: None, ..proof };
        assert_eq!(Proof::parse(&closed.to_text()).unwrap().check(&by).unwrap().size, 5);
    }

    #[test]
    fn a_proof_out_of_ten_million_entries_has_less_than_two_thousand_bytes() {
        const ENTRIES: u64 = 10_000_000;
        let (signer, proof) = proof();
        let place = (0, ENTRIES);
        let (hash, path) = (tree::leaf(&proof.entry), |length: usize| vec![[7; 32]; length]);
        // No shorter and no longer path joins the first entry to such a root.
        for length in [23, 25] {
            assert_eq!(tree::root_over(hash, place, &path(length)), None);
        }
        let root = tree::root_over(hash, place, &path(24)).unwrap();
        let checkpoint = signer.sign(ENTRIES, root);
        let deep = Proof { opened: None, leaf: 0, path: path(24), checkpoint, ..proof };
        let text = deep.to_text();

        let held = Proof::parse(&text).unwrap().check(&signer.verifier()).unwrap();

        assert_eq!(held.size, ENTRIES);
        assert!(text.len() < 2_000, "{} bytes", text.len());
    }

    #[test]
    fn another_content_or_another_salt_than_the_entry_was_made_of_is_noticed() {
        let (signer, proof) = proof();
        let Opened { salt, content } = proof.opened.clone().unwrap();
        let others = [
            Opened { salt: [9; SALT_BYTES], content: content.clone() },
            Opened { salt, content: b"what was sand".to_vec() },
            Opened { salt, content: Vec::new() },
        ];
        for other in others {
            let forged = Proof { opened: Some(other), ..proof.clone() };
            assert_eq!(forged.check(&signer.verifier()), Err(ProofFault::Content));
        }
    }

    #[test]
    fn what_is_no_proof_is_told_why() {
        let leaf = BASE64.encode([0; LEAF_BYTES]);
        let more = BASE64.encode([0; LEAF_BYTES + SALT_BYTES - 1]);
        for (text, names) in [
            ("", "begin"),
            ("c2sp.org/tlog-proof@v1\nextra AA==\nindex 1\n", "checkpoint"),
            ("c2sp.org/tlog-proof@v1\nindex 1\n\nx", "second line"),
            ("c2sp.org/tlog-proof@v1\nextra AA==\nindex 1\n\nx", "shorter than a leaf"),
            (&format!("c2sp.org/tlog-proof@v1\nextra {leaf}\nindex x\n\nx"), "no number"),
            (&format!("c2sp.org/tlog-proof@v1\nextra {leaf}\nindex 1\nAA==\n\nx"), "no hash"),
            (&format!("c2sp.org/tlog-proof@v1\nextra {more}\nindex 1\n\nx"), "no salt"),
        ] {
            let fault = Proof::parse(text).unwrap_err().to_string();
            assert!(fault.contains(names), "{text:?}: {fault}");
        }
    }
}
