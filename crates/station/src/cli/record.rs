//! `watchline record`: whether a record is what was signed, and proofs of single entries for those who do not have it.

mod compact;
mod erase;
mod footage;
mod migrate;
mod show;
mod traces;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;
use watch::audit::Receiver;
use watch::journal;
use watch::subject::RetentionClass;

use self::compact::Compact;
use self::erase::Erase;
use self::footage::Footage;
use self::migrate::Migrate;
use self::show::Show;
use self::traces::Traces;
use super::output::{Output, spinner};
use super::taking::{GivenAs, Taking};
use super::{Answer, Outcome};
use crate::record::audit::{Audit, Contents};
use crate::record::envelope::Opened;
use crate::record::leaf::{Body, LEAF_BYTES};
use crate::record::note::{Checkpoint, Verifier};
use crate::record::proof::{Proof, ProofFault};
use crate::record::seal::{self, Held};
use crate::record::times::Times;
use crate::record::tree::{Hash, Prover, Tree};
use crate::record::witnessed::{self, Witnessed};
use crate::record::{self, RecordError};
use crate::runtime::stepper::hex;

/// Verifies a record and proves what stands in it, without a station.
///
/// What this cannot show: that a sensor told the truth, what happened before the first checkpoint, or that entries after
/// the last checkpoint are all that there were. An older checkpoint that somebody else kept shows a record that was
/// cut short or begun anew.
#[derive(Debug, Subcommand)]
pub(crate) enum Record {
    Verify(Verify),
    Prove(Prove),
    Check(Check),
    Show(Show),
    Footage(Footage),
    Erase(Erase),
    Compact(Compact),
    Migrate(Migrate),
    Traces(Traces),
}

/// Holds every entry against the checkpoint that was signed. Exit 1 when anything was changed, dropped, reordered or cut off.
///
/// Tells each start of the program besides, and where the times of entries went otherwise than the machine counted.
#[derive(Debug, Args)]
#[command(after_help = "Example: a night, and a checkpoint of it that another agency kept\n  \
    watchline record verify ./night --keys their-copy.vkey --from yesterday.checkpoint")]
pub(crate) struct Verify {
    /// A data directory; a station may be running on it.
    data: PathBuf,
    /// Public key of the record: NAME+NUMBER+BYTES. Without it the data directory's own, which proves less.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// An older checkpoint of this record, which must lead to it.
    #[arg(long, value_name = "CHECKPOINT")]
    from: Option<PathBuf>,
    /// Public keys of witnesses, one in a line. Without it those that the data directory knows, which proves less.
    #[arg(long, value_name = "FILE")]
    witnesses: Option<PathBuf>,
}

/// Writes a proof that an entry is in the record, for `record check` anywhere.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  watchline record prove ./night --entry 1204 --out entry-1204.tlog-proof"
)]
pub(crate) struct Prove {
    /// A data directory; a station may be running on it.
    data: PathBuf,
    /// Number of the entry, from 1.
    #[arg(long, value_name = "NUMBER")]
    entry: u64,
    /// Discloses what the entry says, so that whoever has the proof can read it and check it. Without it the proof tells only
    /// when the entry was taken and of which kind it is.
    #[arg(long)]
    open: bool,
    /// Where to write the proof.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    taking: Taking,
}

/// Verifies such a proof with nothing but the public key of the record. Exit 1 when it does not hold.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  watchline record check entry-1204.tlog-proof --keys record.vkey"
)]
pub(crate) struct Check {
    /// What `record prove` wrote.
    file: PathBuf,
    /// Public key of the record: NAME+NUMBER+BYTES.
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
}

/// What a record is worth.
#[derive(Debug, Serialize)]
struct Verified {
    holds: bool,
    origin: String,
    entries: u64,
    /// Entries under the last checkpoint.
    entries_signed: u64,
    root: String,
    /// What became of what the entries say.
    contents: Contents,
    /// Starts of the program, and where the times of entries went otherwise than the machine counted.
    times: Times,
    /// Who has seen how much of it, and when.
    witnessed: Vec<Seen>,
    /// First entry that is not what it was; of entries that were changed together with their checksums the first that may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_bad_entry: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// What a witness has signed.
#[derive(Debug, Serialize)]
struct Seen {
    witness: String,
    entries: u64,
    at: Timestamp,
}

/// What a proof shows.
#[derive(Debug, Serialize)]
struct Checked {
    holds: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    entry: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    /// What kind of entry it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<RetentionClass>,
    /// What it says, where the proof discloses that.
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<serde_json::Value>,
    origin: String,
    entries_signed: u64,
}

impl Record {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::Verify(command) => command.run(out),
            Self::Prove(command) => command.run(out),
            Self::Check(command) => command.run(out),
            Self::Show(command) => command.run(out),
            Self::Footage(command) => command.run(out),
            Self::Erase(command) => command.run(out),
            Self::Compact(command) => command.run(out),
            Self::Migrate(command) => command.run(out),
            Self::Traces(command) => command.run(out),
        }
    }
}

/// A checkpoint that entries are held against.
struct Signed {
    /// What it is called.
    what: String,
    checkpoint: Checkpoint,
    /// The root of as many entries as it tells of.
    root_there: Option<Hash>,
}

impl Signed {
    fn new(what: String, checkpoint: Checkpoint) -> Self {
        let mut signed = Self { what, checkpoint, root_there: None };
        signed.look(&Tree::default());
        signed
    }

    fn look(&mut self, tree: &Tree) {
        if tree.size() == self.checkpoint.size {
            self.root_there = Some(tree.root());
        }
    }
}

impl Verify {
    fn run(self, out: &mut Output) -> Outcome {
        let keys = self.keys.clone().unwrap_or_else(|| public_key(&self.data));
        let by = seal::verifier(&keys)?;
        let mut verified = Verified {
            holds: false,
            origin: by.name().to_owned(),
            entries: 0,
            entries_signed: 0,
            root: String::new(),
            contents: Contents::default(),
            times: Times::default(),
            witnessed: Vec::new(),
            first_bad_entry: None,
            problem: None,
        };
        match self.signed(&by, &mut verified) {
            Ok(Some(signed)) => {
                let waiting = spinner("verifying");
                verified.hold(&self.data, signed)?;
                waiting.finish_and_clear();
            }
            Ok(None) => {
                verified.problem = Some(format!(
                    "nothing is signed: {} has no record/checkpoint; it was taken away, or the station never ran for a second",
                    self.data.display()
                ));
            }
            Err(error @ RecordError::Note { .. }) => verified.problem = Some(error.to_string()),
            Err(error) => return Err(error.into()),
        }
        verified.holds = verified.problem.is_none();
        let holds = verified.holds;
        out.answer(&verified, Verified::text)?;
        Ok(if holds { Answer::Yes } else { Answer::No })
    }

    /// All that was signed of the record, the newest checkpoint last; `None` without that one.
    fn signed(
        &self,
        by: &Verifier,
        verified: &mut Verified,
    ) -> Result<Option<Vec<Signed>>, RecordError> {
        let mut signed = Vec::new();
        if let Some(from) = &self.from {
            let (_, older) = seal::opened(from, by)?;
            signed.push(Signed::new("the older checkpoint".to_owned(), older));
        }
        let own = self.witnesses.as_deref().map(witnessed::of_keys).transpose()?;
        for kept in Witnessed::all(&self.data, by, &own.unwrap_or_default())? {
            let Witnessed { checkpoint, witness, at } = kept;
            verified.witnessed.push(Seen {
                witness: witness.clone(),
                entries: checkpoint.size,
                at,
            });
            signed.push(Signed::new(format!("the checkpoint that {witness} saw"), checkpoint));
        }
        let Some((_, newest)) = seal::newest(&self.data, by)? else { return Ok(None) };
        signed.push(Signed::new("the checkpoint".to_owned(), newest));
        Ok(Some(signed))
    }
}

impl Verified {
    /// Reads all entries and holds them against what was signed, the newest checkpoint last.
    fn hold(&mut self, data: &Path, mut signed: Vec<Signed>) -> anyhow::Result<()> {
        let mut tree = Tree::default();
        let mut audit = match Audit::of(data) {
            Err(error @ RecordError::Key { .. }) => {
                self.problem = Some(error.to_string());
                return Ok(());
            }
            audit => audit?,
        };
        let mut grow = |leaf| {
            tree.push(leaf);
            for signed in &mut signed {
                signed.look(&tree);
            }
        };
        let read = record::bodies(data, |index, body| {
            audit.take(index, body, &mut grow);
            Ok(())
        });
        self.contents = audit.finish(&mut grow);
        self.times = std::mem::take(&mut self.contents.times);
        self.entries = tree.size();
        self.root = hex(&tree.root());
        match read {
            Ok(_) => {}
            Err(error @ (RecordError::Corrupt { index, .. } | RecordError::Leaf { index, .. })) => {
                self.first_bad_entry = Some(index);
                self.problem = Some(error.to_string());
                return Ok(());
            }
            Err(error @ (RecordError::Header { .. } | RecordError::Missing { .. })) => {
                self.first_bad_entry = Some(self.entries + 1);
                self.problem = Some(error.to_string());
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
        for Signed { what, checkpoint, root_there } in signed {
            self.take(&what, Held::of(&checkpoint, root_there, self.entries));
        }
        if let Some((index, problem)) = &self.contents.first_bad {
            let first = self.first_bad_entry.get_or_insert(*index);
            *first = (*first).min(*index);
            self.problem.get_or_insert_with(|| format!("entry {index}: {problem}"));
        }
        Ok(())
    }

    /// Takes in how the entries stand to one checkpoint.
    fn take(&mut self, what: &str, held: Held) {
        match held {
            Held::Sealed(signed) => self.entries_signed = self.entries_signed.max(signed),
            Held::Missing { signed, found } => {
                self.first_bad_entry.get_or_insert(found + 1);
                let problem = format!("{what} tells of {signed} entries, {found} are there");
                self.problem.get_or_insert(problem);
            }
            Held::Changed { signed } => {
                let first = self.entries_signed + 1;
                self.first_bad_entry.get_or_insert(first);
                let problem = format!(
                    "between entry {first} and {signed} something is not what {what} signed"
                );
                self.problem.get_or_insert(problem);
            }
        }
    }

    fn text(&self) -> String {
        let Self { entries, entries_signed, origin, root, .. } = self;
        match &self.problem {
            None => {
                let seen = |Seen { witness, entries, at }: &Seen| {
                    format!("\nSeen by {witness} up to entry {entries} at {at}.")
                };
                let seen: String = self.witnessed.iter().map(seen).collect();
                let contents = self.contents.text() + &self.times.text();
                format!(
                    "The record holds: {entries} entries, {entries_signed} of them signed by {origin}.{seen}\n{contents}\nRoot {root}"
                )
            }
            Some(problem) => format!("The record does NOT hold: {problem}"),
        }
    }
}

impl Prove {
    fn run(self, out: &mut Output) -> Outcome {
        let by = seal::verifier(&public_key(&self.data))?;
        let Some((note, checkpoint)) = seal::newest(&self.data, &by)? else {
            bail!("{}: nothing has been signed yet; start the station once", self.data.display());
        };
        if self.entry == 0 || self.entry > checkpoint.size {
            bail!("--entry {}: entries 1 to {} have been signed", self.entry, checkpoint.size);
        }
        let taken = if self.open { self.taking.checked(&self.data)? } else { None };
        let mut prover = Prover::new(self.entry - 1);
        let mut entry = [0; LEAF_BYTES];
        let mut opened = None;
        record::bodies(&self.data, |index, body| {
            if index <= checkpoint.size {
                prover.push(body.hash());
            }
            if index == self.entry {
                entry = *body.leaf_bytes;
                opened = self.open.then(|| self.opened(body)).transpose()?;
            }
            Ok(())
        })?;
        let path = prover.path().context("the record ends before its checkpoint")?;
        if prover.tree().root() != checkpoint.root {
            bail!("the record is not what was signed; see `watchline record verify`");
        }
        let proof = Proof { entry, opened, leaf: self.entry - 1, path, checkpoint: note };
        let text = proof.to_text();
        if let Some(taken) = taken {
            let to =
                Receiver::File { what: format!("entry {}", self.entry), format: "proof".into() };
            taken.note(to, GivenAs::default(), 1)?;
        }
        std::fs::write(&self.out, &text)
            .with_context(|| format!("cannot write {}", self.out.display()))?;
        let proven = serde_json::json!({
            "entry": self.entry, "bytes": text.len(), "entries_signed": checkpoint.size, "origin": checkpoint.origin,
        });
        out.answer(&proven, |_| {
            format!("{}: entry {} of {}", self.out.display(), self.entry, checkpoint.origin)
        })?;
        Ok(Answer::Yes)
    }
}

impl Prove {
    /// What the entry says.
    fn opened(&self, body: &Body<'_>) -> Result<Opened, RecordError> {
        let opened = record::keys(&self.data)?.open(self.entry, body);
        opened.map_err(|why| why.of_entry(self.entry, body.leaf.key))
    }
}

impl Check {
    fn run(self, out: &mut Output) -> Outcome {
        let by = seal::verifier(&self.keys)?;
        let text = std::fs::read_to_string(&self.file)
            .with_context(|| format!("cannot read {}", self.file.display()))?;
        let proof = Proof::parse(&text)
            .map_err(|fault| anyhow::anyhow!("{}: {fault}", self.file.display()))?;
        let held = proof.check(&by);
        let checked = Checked {
            holds: held.is_ok(),
            problem: held.as_ref().err().map(ProofFault::to_string),
            entry: proof.leaf + 1,
            at: proof.says().ok().map(|leaf| leaf.at),
            class: proof.says().ok().map(|leaf| leaf.class),
            says: proof
                .opened
                .as_ref()
                .filter(|_| held.is_ok())
                .map(|opened| said(&opened.content)),
            origin: by.name().to_owned(),
            entries_signed: held.as_ref().map_or(0, |checkpoint| checkpoint.size),
        };
        out.answer(&checked, |checked| match &checked.problem {
            None => format!(
                "Entry {} stands in the record {}, under a checkpoint of {} entries.{}",
                checked.entry,
                checked.origin,
                checked.entries_signed,
                checked.at.map_or_else(String::new, |at| format!(" It was taken at {at}."))
                    + &checked
                        .says
                        .as_ref()
                        .map_or_else(String::new, |says| format!("\nIt says: {says}"))
            ),
            Some(problem) => format!("The proof does NOT hold: {problem}"),
        })?;
        Ok(if checked.holds { Answer::Yes } else { Answer::No })
    }
}

/// A content for people to read; what is no entry of the journal of this build as digits.
fn said(content: &[u8]) -> serde_json::Value {
    let entry = journal::read(content).ok().and_then(|entry| serde_json::to_value(entry).ok());
    entry.unwrap_or_else(|| hex(content).into())
}

/// Where a data directory keeps the public key of its record.
fn public_key(data: &Path) -> PathBuf {
    data.join("keys").join("record.vkey")
}

#[cfg(test)]
pub(super) mod tests;
