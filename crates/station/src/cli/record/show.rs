//! `watchline record show`: what entries say, and how sure they are.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use watch::audit::Receiver;
use watch::subject::RetentionClass;

use super::{public_key, said};
use crate::cli::output::Output;
use crate::cli::taking::{GivenAs, Taking};
use crate::cli::{Answer, Outcome};
use crate::record::envelope::Opened;
use crate::record::keyring::Closed;
use crate::record::leaf::Body;
use crate::record::times::{Counted, Times};
use crate::record::witnessed::Witnessed;
use crate::record::{self, seal};

/// The most entries that are shown at once.
const COUNT_MAX: u64 = 1_000;

/// Tells how sure entries are - on this post, signed, witnessed - and with --open what they say.
///
/// Whether the record holds is for `record verify` to say: this reads checkpoints and entries, and holds nothing against them.
#[derive(Debug, Args)]
#[command(after_help = "Example: an act that the page showed as entry 1204\n  \
    watchline record show ./night --entry 1204 --open")]
pub(crate) struct Show {
    /// A data directory; a station may be running on it.
    data: PathBuf,
    /// Number of the first entry, from 1.
    #[arg(long, value_name = "NUMBER")]
    entry: u64,
    /// How many entries from there on.
    #[arg(long, value_name = "COUNT", default_value_t = 1,
        value_parser = clap::value_parser!(u64).range(1..=COUNT_MAX))]
    count: u64,
    /// Tells what they say, too. Where people are listed at the station this takes two of them, as `record prove --open` does.
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    taking: Taking,
}

#[derive(Debug, Serialize)]
struct Shown {
    /// On this post: entries that a pulled plug cannot take.
    entries_here: u64,
    entries_signed: u64,
    /// No centre takes in what stations write yet.
    entries_at_centre: Option<u64>,
    /// Under the newest checkpoint that any witness has signed; nothing where none ever did.
    entries_witnessed: Option<u64>,
    entries: Vec<Line>,
    /// Starts of the program among these entries, and where their times went otherwise than the machine counted.
    times: Times,
}

#[derive(Debug, Serialize)]
struct Line {
    entry: u64,
    at: Timestamp,
    /// What the machine had counted since the program started; nothing where no running station took it, or that cannot be read.
    since_start_ms: Option<u64>,
    class: RetentionClass,
    /// Nothing where it cannot be read, or was not asked for.
    says: Option<serde_json::Value>,
    /// Why not.
    unread: Option<String>,
    signed: bool,
    witnessed_by: Vec<String>,
}

impl Show {
    pub(super) fn run(self, out: &mut Output) -> Outcome {
        let taken = if self.open { self.taking.checked(&self.data)? } else { None };
        if let Some(taken) = taken {
            let what = format!("entries from {} on", self.entry);
            let to = Receiver::File { what, format: "text".into() };
            taken.note(to, GivenAs::default(), self.count)?;
        }
        let by = seal::verifier(&public_key(&self.data))?;
        let signed = seal::newest(&self.data, &by)?.map_or(0, |(_, newest)| newest.size);
        let witnessed = Witnessed::all(&self.data, &by, &[])?;
        let mut keys = record::keys(&self.data)?;
        let (mut entries, mut times) = (Vec::new(), Times::default());
        let Some(after) = self.entry.checked_sub(1) else {
            bail!("--entry 0: entries are counted from 1")
        };
        let here = record::bodies_after(&self.data, after, |index, body| {
            if index > after && index <= after.saturating_add(self.count) {
                let opened = keys.open(index, body);
                // What it tells of clocks is about the station and nobody else.
                let counted = |opened: &Opened| Counted::of(body.leaf.class, &opened.content);
                let counted = opened.as_ref().map(counted).unwrap_or_default();
                let since_start_ms = counted.since_start_ms;
                times.take(index, body.leaf.at, counted);
                let (says, unread) = match self.open.then_some(opened) {
                    None => (None, None),
                    Some(Ok(opened)) => (Some(said(&opened.content)), None),
                    Some(Err(Closed::Erased)) => (None, Some("it was erased".to_owned())),
                    Some(Err(why)) => (None, Some(why.of_entry(index, body.leaf.key).to_string())),
                };
                let line = Line::of(index, body, signed, &witnessed);
                entries.push(Line { since_start_ms, says, unread, ..line });
            }
            Ok(())
        })?;
        if entries.is_empty() {
            bail!("--entry {}: the record has {here} entries", self.entry);
        }
        let shown = Shown {
            entries_here: here,
            entries_signed: signed,
            entries_at_centre: None,
            entries_witnessed: witnessed.iter().map(|seen| seen.checkpoint.size).max(),
            entries,
            times,
        };
        out.answer(&shown, Shown::text)?;
        Ok(Answer::Yes)
    }
}

impl Line {
    /// What its leaf tells of it, and who has seen it.
    fn of(index: u64, body: &Body<'_>, signed: u64, witnessed: &[Witnessed]) -> Self {
        let saw = |seen: &&Witnessed| seen.checkpoint.size >= index;
        Self {
            entry: index,
            at: body.leaf.at,
            class: body.leaf.class,
            since_start_ms: None,
            says: None,
            unread: None,
            signed: signed >= index,
            witnessed_by: witnessed.iter().filter(saw).map(|seen| seen.witness.clone()).collect(),
        }
    }

    fn text(&self) -> String {
        let Self { entry, at, since_start_ms, class, says, unread, signed, witnessed_by } = self;
        let signed = if *signed { "signed" } else { "not signed yet" };
        let seen = match witnessed_by.as_slice() {
            [] => "not witnessed".to_owned(),
            names => format!("witnessed by {}", names.join(", ")),
        };
        let said = says.as_ref().map(ToString::to_string).or_else(|| unread.clone());
        let class = class.name();
        let counted = since_start_ms.map_or_else(String::new, |counted| {
            let seconds = SignedDuration::from_millis(i64::try_from(counted).unwrap_or(i64::MAX));
            format!(", {:.3} s after its start", seconds.as_secs_f64())
        });
        format!(
            "Entry {entry} ({class}, {at}{counted}): on this post, {signed}, {seen}; there is no centre.\n{}",
            said.unwrap_or_default()
        )
    }
}

impl Shown {
    fn text(&self) -> String {
        let lines: Vec<String> = self.entries.iter().map(Line::text).collect();
        lines.join("\n") + &self.times.text()
    }
}
