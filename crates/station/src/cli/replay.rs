//! `watchline replay`: a record played again, to the identical state, or without some of its sensors.

mod given;
mod story;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use sight::coverage::Model;
use sight::sector::SensorId;
use watch::audit::Receiver;

use self::story::{Event, Story};
use super::output::{Output, spinner};
use super::taking::{GivenAs, Taking};
use super::{Answer, Outcome};
use crate::record::{self, RecordError};
use crate::runtime::again::{Again, replay_until};
use crate::runtime::stepper::{Stepper, hex};
use crate::runtime::without::{Night, lacking, replay_without};
use crate::shipped;

/// Nobody waits longer than this for the next line.
const PAUSE_MAX_S: f64 = 60.0;

/// Plays a record again from its beginning and tells the state it leads to.
///
/// Every heavy result is computed again and must be the one that was acted on. The same record and the same
/// build always give the same state hash. Where entries were erased it goes on from the first snapshot that was taken after them,
/// and tells so.
///
/// What happened (`--from`, `--speed`) is told to two of those who are listed at the station, or to one monitor, who say why; the
/// record is told. Where nobody is listed nobody is asked.
///
/// With `--without` it tells what the night would have shown without those sensors, beside what it showed with them: tracks,
/// alerts with their times, and the length of line that was not watched. What people did is left out of both, for it answered
/// to what they saw; so is what was erased, and it is told how many entries that are.
///
/// With `--as` it tells what the night comes to in the world of another agency: as it was at `--to` (now when left out), by the
/// policy that is in force in the data directory.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: the state that a demonstration had reached\n  watchline replay ./night --sector upper-euphrates\n\n\
    Example: as it stood at eight\n  watchline replay ./night --to 2026-11-20T20:00:00Z\n\n\
    Example: the hour from eight, sixty times as fast\n  watchline replay ./night --from 2026-11-20T20:00:00Z --to 2026-11-20T21:00:00Z --speed 60\n\n\
    Example: what the night would have shown without a tower\n  watchline replay ./night --without tower-4\n\n\
    Example: what the army was given of it\n  watchline replay ./night --as army --config station.toml"
)]
pub(crate) struct Replay {
    /// A data directory; a station may be running on it.
    data: PathBuf,
    /// The sector the record is about: a file, or the name of one that ships.
    #[arg(long, default_value = "upper-euphrates")]
    sector: String,
    /// Stop before the first entry taken after this time.
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
    /// Tell what happened from this time on: alerts, the line's watch state, sensors, tasks.
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Tell it line by line, so many times as fast as it happened; at once when left out.
    #[arg(long, value_name = "N")]
    speed: Option<f64>,
    /// A sensor that is taken never to have been there; may be given again.
    #[arg(long, value_name = "SENSOR", conflicts_with = "agency")]
    without: Vec<String>,
    /// As this agency is given it by a policy.
    #[arg(long = "as", value_name = "AGENCY", requires = "config")]
    agency: Option<String>,
    /// The station's configuration, for the sector, the policy and its labels.
    #[arg(long, value_name = "FILE", requires = "agency")]
    config: Option<PathBuf>,
    #[command(flatten)]
    taking: Taking,
}

/// Where a replay ended.
#[derive(Debug, Serialize)]
struct Replayed {
    entries: u64,
    /// Entries that were not played because a snapshot tells what they led to: some of them were erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    after_snapshot: Option<u64>,
    last_at: Timestamp,
    tracks: usize,
    alerts: usize,
    alerts_open: usize,
    tasks: usize,
    accepted: u64,
    rejected: u64,
    state_hash: String,
    /// What happened, from the time on that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<Event>,
    /// Events beyond those that are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    events_more: Option<u64>,
}

/// A night with and without some sensors.
#[derive(Debug, Serialize)]
struct Compared {
    without: Vec<String>,
    /// Both without acts of people.
    as_it_was: Night,
    without_them: Night,
}

impl Replay {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let to = self.to.unwrap_or(Timestamp::MAX);
        if let (Some(agency), Some(config)) = (&self.agency, &self.config) {
            return given::tell(agency, config, (&self.data, self.to), out);
        }
        if self.without.is_empty() { self.again(to, out) } else { self.compare(to, out) }
    }

    fn again(&self, to: Timestamp, out: &mut Output) -> Outcome {
        anyhow::ensure!(
            self.speed.is_none_or(|speed| speed.is_finite() && speed > 0.0),
            "--speed must be positive, got {}",
            self.speed.unwrap_or_default()
        );
        let tells = self.from.is_some() || self.speed.is_some();
        if tells && let Some(taken) = self.taking.checked(&self.data)? {
            let to = Receiver::File { what: "what happened".into(), format: "lines".into() };
            taken.note(to, GivenAs::default(), 1)?;
        }
        let model = Arc::new(shipped::load_model(&self.sector)?);
        let sector = model.sector().clone();
        let mut story = Story::from(self.from);
        let waiting = spinner("replaying");
        let Again { stepper, after } = replay_until(&model, &self.data, to, |at, outputs| {
            if tells {
                story.take(outputs, at, &sector);
            }
        })?;
        waiting.finish_and_clear();
        self.tell(&story, out)?;
        let core = stepper.core();
        let replayed = Replayed {
            entries: core.entries(),
            after_snapshot: (after > 0).then_some(after),
            last_at: core.now(),
            tracks: core.tracks().count(),
            alerts: core.alerts().count(),
            alerts_open: core.alerts().filter(|alert| alert.is_open()).count(),
            tasks: core.tasks().count(),
            accepted: core.counters().accepted,
            rejected: core.counters().rejected,
            state_hash: hex(&core.state_hash()),
            events: story.events,
            events_more: (story.more > 0).then_some(story.more),
        };
        out.answer(&replayed, |replayed| {
            let spared = replayed.after_snapshot.map_or_else(String::new, |after| {
                format!(" (of the first {after}, some of which were erased, a snapshot told)")
            });
            format!(
                "{} entries{spared}, the last at {}.\n{} tracks, {} alerts ({} open), {} tasks; {} messages used, {} rejected.\nState hash {}",
                replayed.entries, replayed.last_at, replayed.tracks, replayed.alerts, replayed.alerts_open,
                replayed.tasks, replayed.accepted, replayed.rejected, replayed.state_hash
            )
        })?;
        Ok(Answer::Yes)
    }

    /// Tells people what happened, as fast as it did times the speed.
    fn tell(&self, story: &Story, out: &mut Output) -> anyhow::Result<()> {
        let mut last = None;
        for event in &story.events {
            if let (Some(speed), Some(last), false) = (self.speed, last, out.is_json()) {
                let pause_s = event.at.duration_since(last).as_secs_f64() / speed;
                out.flush()?;
                #[expect(
                    clippy::disallowed_methods,
                    reason = "people watch a night go by; nothing depends on how long it takes"
                )]
                std::thread::sleep(Duration::from_secs_f64(pause_s.clamp(0.0, PAUSE_MAX_S)));
            }
            last = Some(event.at);
            out.line(event)?;
        }
        if story.more > 0 {
            out.line(format_args!(
                "and {} more: a later --from or an earlier --to tells them",
                story.more
            ))?;
        }
        Ok(())
    }

    fn compare(&self, to: Timestamp, out: &mut Output) -> Outcome {
        let sensors: Vec<SensorId> = self.without.iter().cloned().map(SensorId).collect();
        let model = shipped::load_model(&self.sector)?;
        let sector = lacking(model.sector().clone(), &sensors).map_err(|unknown| {
            anyhow::anyhow!("--without {}: the sector has no sensor of this name", unknown.0)
        })?;
        let nodes: BTreeSet<String> = model
            .sector()
            .sensors
            .iter()
            .filter(|sensor| sensors.contains(&sensor.id))
            .map(|sensor| sensor.node_id.clone())
            .collect();
        let lacking = Model::build(sector, model.grid().clone())
            .map_err(|faults| anyhow::anyhow!("without them the sector has faults: {faults:?}"))?;
        let model = Arc::new(model);
        check_sector(&model, &self.data)?;
        let waiting = spinner("replaying as it was");
        let as_it_was = replay_without(model, &self.data, Default::default(), to)?;
        waiting.set_message("replaying without");
        let without = (sensors.into_iter().collect(), nodes);
        let without_them = replay_without(Arc::new(lacking), &self.data, without, to)?;
        waiting.finish_and_clear();
        let compared = Compared { without: self.without.clone(), as_it_was, without_them };
        out.answer(&compared, Compared::text)?;
        Ok(Answer::Yes)
    }
}

impl Compared {
    fn text(&self) -> String {
        let (with, without) = (&self.as_it_was, &self.without_them);
        let mut rows = vec![
            ("tracks".to_owned(), with.tracks.to_string(), without.tracks.to_string()),
            (
                "line not watched, mean".to_owned(),
                km(with.not_watched_m),
                km(without.not_watched_m),
            ),
            ("line blind, mean".to_owned(), km(with.blind_m), km(without.blind_m)),
        ];
        let kinds: BTreeSet<&String> = with.alerts.keys().chain(without.alerts.keys()).collect();
        for kind in kinds {
            let count = |night: &Night| night.alerts.get(kind).map_or(0, Vec::len).to_string();
            rows.push((format!("alerts: {kind}"), count(with), count(without)));
        }
        let table = rows.iter().fold(String::new(), |table, (what, with, without)| {
            table + &format!("{what:32}{with:>14}{without:>14}\n")
        });
        format!(
            "{:32}{:>14}{:>14}\n{table}Without {}: {} inputs of theirs and {} acts of people left out, and {} entries that were erased.",
            "",
            "as it was",
            "without",
            self.without.join(", "),
            without.left_out,
            without.acts_left_out,
            without.erased
        )
    }
}

/// Whether it is a record of this sector at all.
fn check_sector(model: &Arc<Model>, data: &Path) -> Result<(), RecordError> {
    let mut stepper = Stepper::new(Arc::clone(model));
    let mut keys = record::keys(data)?;
    record::bodies(data, |index, body| {
        if index == 1 {
            let opened =
                keys.open(index, body).map_err(|why| why.of_entry(index, body.leaf.key))?;
            stepper
                .replay(&opened.content)
                .map_err(|fault| RecordError::Refused { index, source: fault.into() })?;
        }
        Ok(())
    })?;
    Ok(())
}

fn km(metres: f64) -> String {
    format!("{:.2} km", metres / 1_000.0)
}
