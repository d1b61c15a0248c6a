//! `watchline export`: what a record holds, as a file for other programs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use sight::coverage::Model;
use watch::Core;
use watch::alert::Alert;
use watch::audit::Receiver;

use super::output::{Output, progress};
use super::taking::{GivenAs, Taking};
use super::{Answer, Outcome, given};
use crate::export::{Format, Origin, Sheet, cap_archive, cap_message, write};
use crate::features::{Collection, Feature, FeatureId, History, Span, rows, watched_ground};
use crate::record;
use crate::runtime::again::{Again, replay_until};
use crate::runtime::live::{Live, Picture};
use crate::shipped;

/// Writes what a data directory's record holds as a file for maps, globes, receivers and tables.
///
/// The record is played again up to the end of the period; a station may be running on it. Tracks are all those of
/// the period with the way that they went; alerts, incidents and evidence those of the period; all else is as it
/// stood at its end. With `--as` it is what another agency is given of it, by the policy that is in force in the data directory: a
/// file for that agency has nothing that is withheld from it. The ending of --out chooses the form: .geojson, .kml, .kmz, .gpx, .csv, .parquet; alerts also as messages of
/// the Common Alerting Protocol: .cap.xml for one of them (--id), .cap.zip for all.
///
/// Files about people (tracks, trails, alerts, incidents, evidence, units) take two of those who are listed at the station, or one
/// monitor, and a reason: the record is told before the file is written. Where nobody is listed nobody is asked.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: a night's tracks for a hand-held receiver\n  watchline export --data ./night --what tracks --out night.gpx \\\n    --by 'Omar H' --by 'Sara K' --reason 'order 12'\n\n\
    Example: the line as it was watched at eight, for a globe\n  watchline export --data ./night --what stretches --to 2026-11-20T20:00:00Z --out eight.kmz\n\n\
    Example: an alert for another agency\n  watchline export --data ./night --what alerts --id 3 --out alert.cap.xml\n\n\
    Example: the night's tracks as the army is given them\n  \
    watchline export --data ./night --what tracks --as army --config station.toml --out army.geojson"
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
    /// Only the one with this id.
    #[arg(long)]
    id: Option<String>,
    /// Marks CAP messages as an exercise; those of generated ground and of sectors that ship always are.
    #[arg(long)]
    exercise: bool,
    /// The beginning of the period.
    #[arg(long, value_name = "TIME", default_value_t = Timestamp::MIN, hide_default_value = true)]
    from: Timestamp,
    /// The end of the period.
    #[arg(long, value_name = "TIME", default_value_t = Timestamp::MAX, hide_default_value = true)]
    to: Timestamp,
    /// As this agency is given it.
    #[arg(long = "as", value_name = "AGENCY", requires = "config")]
    agency: Option<String>,
    /// The station's configuration, for its sector, and for policy and labels where none was agreed to.
    #[arg(long, value_name = "FILE", requires = "agency", conflicts_with = "sector")]
    config: Option<PathBuf>,
    #[command(flatten)]
    taking: Taking,
}

/// What is made of the rows.
#[derive(Debug, Clone, Copy)]
enum Form {
    Sheet(Format),
    /// The message about one alert.
    Cap,
    /// Messages about several.
    CapArchive,
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
    /// Entries of which a snapshot alone tells what they led to, because some of them were erased: ways begin after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    after_snapshot: Option<u64>,
}

/// What a replay led to.
struct Played {
    /// What the sector is called that was played.
    sector: String,
    model: Arc<Model>,
    picture: Picture,
    history: History,
    watched: Vec<Feature>,
    /// The entries that a snapshot stood for.
    after: u64,
    given_as: GivenAs,
}

impl Export {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let form = self.form()?;
        anyhow::ensure!(
            self.from <= self.to,
            "--from {} lies after --to {}: turn them round",
            self.from,
            self.to
        );
        let taken =
            if self.what.is_about_people() { self.taking.checked(&self.data)? } else { None };
        let played = match (&self.agency, &self.config) {
            (Some(agency), Some(config)) => self.play_as(agency, config)?,
            _ => self.play()?,
        };
        let features = self.features(&played);
        let file = self
            .file(form, &features, &played)
            .with_context(|| format!("--out {}", self.out.display()))?;
        if let Some(taken) = taken {
            let to = Receiver::File { what: self.what.name().into(), format: form.name().into() };
            taken.note(to, played.given_as.clone(), features.len() as u64)?;
        }
        std::fs::write(&self.out, &file)
            .with_context(|| format!("--out {}", self.out.display()))?;
        let exported = Exported {
            what: self.what.name(),
            format: form.name(),
            features: features.len(),
            entries: played.picture.seq,
            as_of: played.picture.now,
            bytes: file.len(),
            after_snapshot: (played.after > 0).then_some(played.after),
            out: self.out,
        };
        out.answer(&exported, |told| {
            let spared = told.after_snapshot.map_or_else(String::new, |after| {
                format!("; of the first {after} entries some were erased: ways begin after them")
            });
            format!(
                "{} {} as of {}, after {} entries: {} ({} bytes){spared}",
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

    fn play(&self) -> anyhow::Result<Played> {
        let model = Arc::new(shipped::load_model(&self.sector)?);
        let entries = record::count(&self.data)?;
        let bar = progress("replaying", entries);
        let mut history = History::default();
        let again = replay_until(&model, &self.data, self.to, |_, outputs| {
            bar.inc(1);
            history.take(outputs);
        })?;
        let Again { stepper, after } = again;
        bar.finish_and_clear();
        let core = stepper.core();
        let watched = self.watched(&model, core);
        let (sector, picture) = (self.sector.clone(), Picture::of(core, core.entries()));
        Ok(Played { sector, model, picture, history, watched, after, given_as: GivenAs::default() })
    }

    /// The same of the world of another agency.
    fn play_as(&self, agency: &str, config: &Path) -> anyhow::Result<Played> {
        let mut history = History::default();
        let to = (self.to < Timestamp::MAX).then_some(self.to);
        let told = |outputs: &[watch::journal::Output]| history.take(outputs);
        let given::Given { world, sector, policy, .. } =
            given::play((agency, config), (&self.data, to), told)?;
        let model = Arc::clone(world.model());
        let watched = self.watched(&model, world.core());
        let picture = Live::of_world(&world).read().clone();
        let policy = Some(policy.written().sha256.clone());
        let given_as = GivenAs { agency: Some(agency.to_owned()), policy };
        Ok(Played { sector, model, picture, history, watched, after: 0, given_as })
    }

    fn watched(&self, model: &Model, core: &Core) -> Vec<Feature> {
        match core.assessment() {
            Some((assessment, _)) if self.what == Collection::Coverage => {
                watched_ground(model, assessment)
            }
            Some(_) | None => Vec::new(),
        }
    }

    fn form(&self) -> anyhow::Result<Form> {
        let name = self.out.to_string_lossy().to_ascii_lowercase();
        let cap = [(".cap.xml", Form::Cap), (".cap.zip", Form::CapArchive)];
        if let Some((ending, form)) = cap.into_iter().find(|(ending, _)| name.ends_with(ending)) {
            anyhow::ensure!(
                self.what == Collection::Alerts,
                "--out {}: {ending} holds alerts alone, not {}: choose another ending or --what alerts",
                self.out.display(),
                self.what.name()
            );
            return Ok(form);
        }
        let format = Format::of_file(&self.out).with_context(|| {
            let endings = Format::ALL.map(Format::name).join(", .");
            format!(
                "--out {}: the ending must be .{endings}, .cap.xml or .cap.zip",
                self.out.display()
            )
        })?;
        Ok(Form::Sheet(format))
    }

    fn file(&self, form: Form, features: &[Feature], played: &Played) -> anyhow::Result<Vec<u8>> {
        let sector = played.model.sector();
        if let Form::Sheet(format) = form {
            let fields = self.what.fields();
            let made_at = played.picture.now;
            let sheet =
                Sheet { of: self.what, fields: &fields, features, sector: &sector.name, made_at };
            return Ok(write(&sheet, format)?);
        }
        let invented = shipped::names().contains(&played.sector);
        let origin = Origin { sector, is_exercise: self.exercise || invented };
        let chosen = |alert: &&Alert| {
            features.iter().any(|feature| feature.id == FeatureId::Number(alert.id.0))
        };
        let alerts: Vec<Alert> = played.picture.alerts.values().filter(chosen).cloned().collect();
        match (form, alerts.as_slice()) {
            (Form::Cap, [only]) => Ok(cap_message(only, origin).into_bytes()),
            (Form::Cap, several) => anyhow::bail!(
                "a CAP message is about one alert, and {} are chosen: name one with --id or write a .cap.zip",
                several.len()
            ),
            (Form::Sheet(_) | Form::CapArchive, all) => Ok(cap_archive(all, origin)),
        }
    }

    /// Those of the period, or the one that was asked for.
    fn features(&self, played: &Played) -> Vec<Feature> {
        let mut features = self.all_features(played);
        if let Some(id) = &self.id {
            features.retain(|feature| feature.id.to_string() == *id);
        }
        features
    }

    fn all_features(&self, played: &Played) -> Vec<Feature> {
        let (sector, period) = (played.model.sector(), (self.from, self.to));
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

impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Sheet(format) => format.name(),
            Self::Cap => "cap",
            Self::CapArchive => "cap-zip",
        }
    }
}
