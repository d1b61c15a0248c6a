//! `watchline report`: what a shift or a longer period came to, as a page that prints.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;
use watch::account::{Account, Gathering};
use watch::audit::Receiver;

use super::output::{Output, progress};
use super::taking::{GivenAs, Taking};
use super::{Answer, Outcome};
use crate::record;
use crate::report::{Language, Record, Report as Told, Span, Words, page};
use crate::runtime::again::{Again, replay_until};
use crate::runtime::stepper::hex;
use crate::shipped;

/// Accounts for a shift or a longer period, with the coverage actually achieved and what was not watched.
///
/// The record is played again up to the end of the period; a station may be running on it. Of time in which the station did not
/// run nothing is known, and that is told. Each measure stands with its definition and version, in English or Arabic.
///
/// Where people are listed at the station, a report takes two of them, or one monitor, and a reason; the record is told.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example: last night's shift\n  watchline report shift --data ./night --from 2026-11-20T19:00:00Z --to 2026-11-20T20:00:00Z --out shift.html"
)]
pub(crate) enum Report {
    /// With all alerts one by one.
    Shift(Period),
    /// In figures alone.
    Period(Period),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example: a month, in Arabic\n  watchline report period --data ./data --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z --lang ar --out month.html"
)]
pub(crate) struct Period {
    /// A data directory.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The sector the record is about: a file, or the name of one that ships.
    #[arg(long, default_value = "upper-euphrates")]
    sector: String,
    /// The beginning of the period.
    #[arg(long, value_name = "TIME")]
    from: Timestamp,
    /// The end of the period.
    #[arg(long, value_name = "TIME")]
    to: Timestamp,
    /// The language of the report.
    #[arg(long, value_enum, default_value = "en")]
    lang: Language,
    /// Where to write; the ending is .html.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    taking: Taking,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Written {
    span: Span,
    out: PathBuf,
    bytes: usize,
    #[serde(flatten)]
    record: Record,
    account: Account,
}

impl Report {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::Shift(period) => period.write(Span::Shift, out),
            Self::Period(period) => period.write(Span::Period, out),
        }
    }
}

impl Period {
    fn write(self, span: Span, out: &mut Output) -> Outcome {
        let is_html =
            self.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("html"));
        anyhow::ensure!(is_html, "--out {}: the ending must be .html", self.out.display());
        let taken = self.taking.checked(&self.data)?;
        let model = Arc::new(shipped::load_model(&self.sector)?);
        let (account, record) = self.gather(&model)?;
        let told = Told { span, sector: model.sector(), account: &account, record: record.clone() };
        let file = page(&told, &Words::of(self.lang));
        if let Some(taken) = taken {
            let to = Receiver::File { what: "report".into(), format: "html".into() };
            taken.note(to, GivenAs::default(), 1)?;
        }
        std::fs::write(&self.out, &file)
            .with_context(|| format!("--out {}", self.out.display()))?;
        let written = Written { span, bytes: file.len(), out: self.out, record, account };
        out.answer(&written, Written::text)?;
        Ok(Answer::Yes)
    }

    fn gather(&self, model: &Arc<sight::coverage::Model>) -> anyhow::Result<(Account, Record)> {
        let mut gathering = Gathering::of(model.sector(), (self.from, self.to))
            .map_err(|fault| anyhow::anyhow!("--{fault}"))?;
        let bar = progress("replaying", record::count(&self.data)?);
        let Again { stepper, after } = replay_until(model, &self.data, self.to, |at, outputs| {
            bar.inc(1);
            gathering.take(at, outputs);
        })?;
        bar.finish_and_clear();
        let core = stepper.core();
        anyhow::ensure!(
            core.now() >= self.from,
            "--from {}: the record ends before it, at {}",
            self.from,
            core.now()
        );
        let record = Record {
            entries: core.entries(),
            last_at: core.now(),
            state_hash: hex(&core.state_hash()),
            after_snapshot: (after > 0).then_some(after),
        };
        // No walk test is on any record yet.
        Ok((gathering.finish(None)?, record))
    }
}

impl Written {
    fn text(&self) -> String {
        let (account, line) = (&self.account, &self.account.line);
        let share =
            line.persistent.map_or("-".to_owned(), |share| format!("{:.1} %", share * 100.0));
        let at_most = account
            .none_seen
            .at_most
            .map_or("without bound".to_owned(), |n| format!("at most {n:.1}"));
        format!(
            "{} ({} bytes) of {} entries.\nCoverage achieved {share}: {:.1} km·h covered, {:.1} not covered, {:.1} not known.\n\
             {} alerts, {} of them open; {} crossings noticed. Had none been seen: {at_most} in {:.1} watched stretch-hours, without bound in \
             {:.1} others.",
            self.out.display(),
            self.bytes,
            self.record.entries,
            line.covered_mh / 1e3,
            line.uncovered_mh / 1e3,
            line.unknown_mh / 1e3,
            account.calls.raised,
            account.calls.open,
            account.calls.crossings_noticed,
            account.none_seen.watched_h,
            account.none_seen.unwatched_h
        )
    }
}
