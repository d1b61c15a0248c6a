//! `watchline export`: what a record holds, as a file for other programs.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use sight::coverage::Model;

use super::output::{Output, progress};
use super::{Answer, Outcome};
use crate::export::{Format, Sheet, write};
use crate::features::{Collection, Feature, History, Span, rows, watched_ground};
use crate::record;
use crate::runtime::live::Picture;
use crate::runtime::stepper::replay_until;
use crate::shipped;

/// Writes what a data directory's record holds as a file for maps, globes, receivers and tables.
///
/// The record is played again up to the end of the period; a station may be running on it. Tracks are all those of
/// the period with the way that they went; alerts, incidents and evidence those of the period; all else is as it
/// stood at its end. The ending of --out chooses the form: .geojson, .kml, .kmz, .gpx or .csv.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: a night's tracks for a hand-held receiver\n  watchline export --data ./night --what tracks --out night.gpx\n\n\
    Example: the line as it was watched at eight, for a globe\n  watchline export --data ./night --what stretches --to 2026-11-20T20:00:00Z --out eight.kmz"
)]
pub(crate) struct Export {
    /// A data directory.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The sector the record is about: a file, or the name of one that ships.
    #[arg(long, default_value = "upper-euphrates")]
    sector: String,
    #[arg(long, value_enum)]
    what: Collection,
    /// Where to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The beginning of the period.
    #[arg(long, value_name = "TIME", default_value_t = Timestamp::MIN, hide_default_value = true)]
    from: Timestamp,
    /// The end of the period.
    #[arg(long, value_name = "TIME", default_value_t = Timestamp::MAX, hide_default_value = true)]
    to: Timestamp,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Exported {
    what: &'static str,
    format: &'static str,
    out: PathBuf,
    features: usize,
    entries: u64,
    /// The last entry's time, at which everything stood as written.
    as_of: Timestamp,
    bytes: usize,
}

/// What a replay led to.
struct Played {
    picture: Picture,
    history: History,
    watched: Vec<Feature>,
}

impl Export {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let format = Format::of_file(&self.out).with_context(|| {
            let endings = Format::ALL.map(Format::name).join(", .");
            format!("--out {}: the ending must be .{endings}", self.out.display())
        })?;
        anyhow::ensure!(
            self.from <= self.to,
            "--from {} lies after --to {}: turn them round",
            self.from,
            self.to
        );
        let model = Arc::new(shipped::load_model(&self.sector)?);
        let played = self.play(&model)?;
        let features = self.features(&model, &played);
        let sheet = Sheet {
            of: self.what,
            fields: &self.what.fields(),
            features: &features,
            sector: &model.sector().name,
            made_at: played.picture.now,
        };
        let file =
            write(&sheet, format).with_context(|| format!("--out {}", self.out.display()))?;
        std::fs::write(&self.out, &file)
            .with_context(|| format!("--out {}", self.out.display()))?;
        let exported = Exported {
            what: self.what.name(),
            format: format.name(),
            features: features.len(),
            entries: played.picture.seq,
            as_of: played.picture.now,
            bytes: file.len(),
            out: self.out,
        };
        out.answer(&exported, |told| {
            format!(
                "{} {} as of {}, after {} entries: {} ({} bytes)",
                told.features,
                told.what,
                told.as_of,
                told.entries,
                told.out.display(),
                told.bytes
            )
        })?;
        Ok(Answer::Yes)
    }

    fn play(&self, model: &Arc<Model>) -> anyhow::Result<Played> {
        let entries = record::read(&self.data, |_, _| Ok(()))?;
        let bar = progress("replaying", entries);
        let mut history = History::default();
        let stepper = replay_until(Arc::clone(model), &self.data, self.to, |outputs| {
            bar.inc(1);
            history.take(outputs);
        })?;
        bar.finish_and_clear();
        let core = stepper.core();
        let watched = match core.assessment() {
            Some((assessment, _)) if self.what == Collection::Coverage => {
                watched_ground(model, assessment)
            }
            Some(_) | None => Vec::new(),
        };
        Ok(Played { picture: Picture::of(core, core.entries()), history, watched })
    }

    fn features(&self, model: &Model, played: &Played) -> Vec<Feature> {
        let (sector, period) = (model.sector(), (self.from, self.to));
        match self.what {
            Collection::Tracks => played.history.tracks(sector, period),
            Collection::Trails => played.history.trails(sector, period),
            Collection::Alerts | Collection::Incidents | Collection::Evidence => {
                let mut rows = rows(self.what, sector, &played.picture, &[]);
                rows.retain(|row| row.span.is_none_or(|span| self.holds(span)));
                rows
            }
            Collection::Line
            | Collection::Stretches
            | Collection::Sensors
            | Collection::Coverage
            | Collection::Units => rows(self.what, sector, &played.picture, &played.watched),
        }
    }

    fn holds(&self, span: Span) -> bool {
        span.since <= self.to && span.until.is_none_or(|until| until >= self.from)
    }
}
