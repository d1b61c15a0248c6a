//! What a night would have shown without some of its sensors: its record played again on a sector that lacks them.
//!
//! What the sensors told is left out. So are the acts of the desk and the answers to them, for those were about what
//! people saw then; tracks and alerts that come to be otherwise have other numbers. To be fair to the night as it was, it is
//! played again in the same way, and the two are held against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use sight::coverage::{Model, WatchState};
use sight::sector::{Sector, SensorId};
use watch::Core;
use watch::detection::Source;
use watch::heavy::{Computer, HeavyRequest};
use watch::journal::{self, AlertId, Entry, Input, Output, TrackId};
use watch::subject::RetentionClass;

use super::stepper::hex;
use crate::record::{self, RecordError};

/// What a night came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Night {
    /// Tracks that were shown.
    pub(crate) tracks: usize,
    /// Alerts that were raised, by kind.
    pub(crate) alerts: BTreeMap<String, Vec<Timestamp>>,
    /// Mean length of line that was not watched: degraded, blind or unknown.
    pub(crate) not_watched_m: f64,
    /// Mean length of line that was blind.
    pub(crate) blind_m: f64,
    /// Inputs that were left out because of the sensors, and acts of people that were.
    pub(crate) left_out: u64,
    pub(crate) acts_left_out: u64,
    /// Entries that nobody can play any more.
    pub(crate) erased: u64,
    pub(crate) state_hash: String,
}

/// A night that is played again.
struct Replaying {
    model: Arc<Model>,
    core: Core,
    computer: Computer,
    without: BTreeSet<SensorId>,
    /// Nodes that speak for those sensors.
    nodes: BTreeSet<String>,
    tracks: BTreeSet<TrackId>,
    alerts: BTreeMap<AlertId, (String, Timestamp)>,
    unwatched: Mean,
    blind: Mean,
    left_out: u64,
    acts_left_out: u64,
}

/// A mean over time of what holds until it changes.
#[derive(Debug, Default)]
struct Mean {
    now: Option<(Timestamp, f64)>,
    sum: f64,
    over_s: f64,
}

/// A sector that lacks some sensors; the error names one that it does not have.
pub(crate) fn lacking(mut sector: Sector, sensors: &[SensorId]) -> Result<Sector, SensorId> {
    for id in sensors {
        let at = sector.sensors.iter().position(|sensor| sensor.id == *id);
        sector.sensors.remove(at.ok_or_else(|| id.clone())?);
    }
    Ok(sector)
}

/// Plays a data directory's record again up to `to`, with a model that lacks the sensors. No snapshot could spare it what was
/// erased, for it would hold what those sensors told: both nights are played without that.
pub(crate) fn replay_without(
    model: Arc<Model>,
    data: &Path,
    (without, nodes): (BTreeSet<SensorId>, BTreeSet<String>),
    to: Timestamp,
) -> Result<Night, RecordError> {
    let mut replaying = Replaying {
        core: Core::new(Arc::clone(&model)),
        computer: Computer::new(Arc::clone(&model)),
        model,
        without,
        nodes,
        tracks: BTreeSet::new(),
        alerts: BTreeMap::new(),
        unwatched: Mean::default(),
        blind: Mean::default(),
        left_out: 0,
        acts_left_out: 0,
    };
    let mut over = false;
    let erased = record::read_classes(data, &RetentionClass::ALL, |_, payload| {
        let entry = journal::decode(payload)?;
        over = over || entry.at > to;
        if !over {
            replaying.take(&entry);
        }
        Ok(())
    })?;
    Ok(Night { erased, ..replaying.finish() })
}

impl Replaying {
    fn take(&mut self, entry: &Entry) {
        match self.kind_of(&entry.input) {
            Kind::Kept => self.step(entry),
            Kind::OfSensor => self.left_out += 1,
            Kind::Act => self.acts_left_out += 1,
            // Heavy results are computed as they are asked for.
            Kind::Result => {}
        }
    }

    fn kind_of(&self, input: &Input) -> Kind {
        let of = |is_left_out: bool| if is_left_out { Kind::OfSensor } else { Kind::Kept };
        let source = |source: &Source| match source {
            Source::Sensor(sensor) => of(self.without.contains(sensor)),
            Source::Unit(_) | Source::Weather(_) => Kind::Kept,
        };
        match input {
            Input::Registered(registration) => source(&registration.source),
            Input::Status(status) => source(&status.source),
            Input::Detected(report) => source(&report.source),
            Input::Disconnected { node_id } => of(self.nodes.contains(node_id)),
            Input::Viewed(view) => of(self.without.contains(&view.sensor)),
            Input::Pictured(picture) => of(self.without.contains(&picture.sensor)),
            Input::Recorded(recording) => of(self.without.contains(&recording.sensor)),
            Input::Computed { .. } => Kind::Result,
            Input::Commanded(_) | Input::TaskReported { .. } | Input::PointingReported { .. } => {
                Kind::Act
            }
            Input::Opened { .. }
            | Input::Tick
            | Input::Rejected(_)
            | Input::HandedOver(_)
            | Input::Called(_)
            | Input::Wrote(_)
            | Input::Forecast(_)
            | Input::Audited(_)
            | Input::Erased(_)
            | Input::Migrated(_)
            | Input::Marked(_)
            | Input::Traced(_)
            | Input::Started(_)
            | Input::Stopped => Kind::Kept,
        }
    }

    /// Takes an entry, and at once what it asks to be computed.
    fn step(&mut self, entry: &Entry) {
        let mut asked = self.core_step(entry, None);
        while let Some((id, request)) = asked.pop() {
            let result = self.computer.compute(&request);
            let input = Input::Computed { request: id, digest: result.digest() };
            let computed = Entry::new(entry.at, input);
            asked.extend(self.core_step(&computed, Some(result)));
        }
    }

    fn core_step(
        &mut self,
        entry: &Entry,
        result: Option<watch::heavy::HeavyResult>,
    ) -> Vec<(journal::RequestId, HeavyRequest)> {
        let mut asked = Vec::new();
        for output in self.core.step(entry, result) {
            match output {
                Output::Compute { id, request } => asked.push((id, request)),
                Output::Track(track) => {
                    self.tracks.insert(track.id);
                }
                Output::Alert(alert) => {
                    let kind = serde_json::to_value(alert.kind).unwrap_or_default();
                    let kind = kind["kind"].as_str().unwrap_or_default().to_owned();
                    self.alerts.entry(alert.id).or_insert((kind, alert.raised_at));
                }
                Output::Stretches(stretches) => self.assessed(&stretches, entry.at),
                Output::TrackEnded(_)
                | Output::Task(_)
                | Output::Unit(_)
                | Output::Sensor(_)
                | Output::Weather(_)
                | Output::Proposals { .. }
                | Output::Moves { .. }
                | Output::SendTask(_)
                | Output::SendPointing(_)
                | Output::HandOver(_)
                | Output::CommandDone { .. } => {}
            }
        }
        asked
    }

    fn assessed(&mut self, stretches: &[sight::coverage::StretchAssessment], at: Timestamp) {
        let length_m = |counts: fn(WatchState) -> bool| {
            let counted = stretches.iter().filter(|stretch| counts(stretch.state));
            let lengths = counted.filter_map(|assessed| {
                let sector = self.model.sector();
                let stretch = sector.stretches.iter().find(|one| one.id == assessed.stretch)?;
                Some(stretch.to_m - stretch.from_m)
            });
            lengths.sum::<f64>()
        };
        let unwatched_m = length_m(|state| state != WatchState::Watched);
        let blind_m = length_m(|state| state == WatchState::Blind);
        self.unwatched.change(unwatched_m, at);
        self.blind.change(blind_m, at);
    }

    fn finish(mut self) -> Night {
        let now = self.core.now();
        let mut alerts: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
        for (kind, raised_at) in self.alerts.into_values() {
            alerts.entry(kind).or_default().push(raised_at);
        }
        Night {
            tracks: self.tracks.len(),
            alerts,
            not_watched_m: self.unwatched.at(now),
            blind_m: self.blind.at(now),
            left_out: self.left_out,
            acts_left_out: self.acts_left_out,
            erased: 0,
            state_hash: hex(&self.core.state_hash()),
        }
    }
}

/// What becomes of an input.
enum Kind {
    Kept,
    OfSensor,
    Act,
    Result,
}

impl Mean {
    fn change(&mut self, to: f64, at: Timestamp) {
        self.pass(at);
        self.now = Some((at, to));
    }

    fn pass(&mut self, at: Timestamp) {
        if let Some((since, value)) = self.now {
            let for_s = at.duration_since(since).as_secs_f64().max(0.0);
            self.sum += value * for_s;
            self.over_s += for_s;
            self.now = Some((at, value));
        }
    }

    /// The mean up to a time; what holds now when no time has passed, and 0 of nothing.
    fn at(&mut self, now: Timestamp) -> f64 {
        self.pass(now);
        if self.over_s > 0.0 {
            self.sum / self.over_s
        } else {
            self.now.map_or(0.0, |(_, value)| value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_weighs_by_how_long_something_held() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let mut mean = Mean::default();
        assert!(mean.at(at(0)).abs() < f64::EPSILON);
        mean.change(10.0, at(0));
        assert!((mean.at(at(0)) - 10.0).abs() < 1e-9);
        mean.change(40.0, at(30));
        assert!((mean.at(at(40)) - 17.5).abs() < 1e-9);
    }
}
