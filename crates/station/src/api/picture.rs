//! `GET /api/picture` and the stream's messages: domain objects become JSON here and nowhere else.

mod alert;
mod looks;
mod moves;
mod objects;
mod track;

use serde::Serialize;
use sight::sector::Sector;

use self::alert::AlertView;
use self::looks::MarkView;
use self::objects::{CountersView, SensorView, StretchView, TaskView, UnitView, WeatherView};
use self::track::{DirectionView, TrackView};
use crate::runtime::live::Picture;
use crate::runtime::stepper::hex;

pub(crate) use self::alert::chainage_m;
pub(super) use self::moves::MovesView;
pub(super) use self::objects::ProposalView;
pub(crate) use self::track::EllipseView;

/// The whole picture.
#[derive(Debug, Serialize)]
pub(super) struct PictureView {
    seq: u64,
    now: String,
    speed: f64,
    /// The core's state hash, and the entry of the record after which it was taken.
    state_hash: String,
    state_hash_seq: u64,
    coverage_version: u64,
    /// Counts what came too late for the tracker and is kept as evidence; see `GET /api/evidence`.
    evidence_version: u64,
    /// Counts what people in the field wrote; see `GET /api/messages`.
    messages_version: u64,
    tracks: Vec<TrackView>,
    /// What only directions are known of, in the order in which they were first seen.
    directions: Vec<DirectionView>,
    /// Sensors that people in the field marked.
    marks: Vec<MarkView>,
    alerts: Vec<AlertView>,
    tasks: Vec<TaskView>,
    units: Vec<UnitView>,
    sensors: Vec<SensorView>,
    stretches: Vec<StretchView>,
    weather: Vec<WeatherView>,
    counters: CountersView,
}

/// What changed after an entry; members that are `None` or empty did not.
#[derive(Debug, Default, Serialize)]
pub(super) struct ChangesView {
    seq: u64,
    now: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tracks: Vec<TrackView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tracks_ended: Vec<u64>,
    /// All of them, when any changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    directions: Option<Vec<DirectionView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marks: Option<Vec<MarkView>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alerts: Vec<AlertView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tasks: Vec<TaskView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    units: Vec<UnitView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sensors: Vec<SensorView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stretches: Vec<StretchView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weather: Option<Vec<WeatherView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counters: Option<CountersView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage_version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence_version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages_version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_hash_seq: Option<u64>,
}

/// What stands beside the picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) sector: &'a Sector,
    pub(super) speed: f64,
    /// Inputs that the station refused because too many waited.
    pub(super) shed: u64,
}

impl PictureView {
    pub(super) fn of(picture: &Picture, around: Around<'_>) -> Self {
        let sector = around.sector;
        Self {
            seq: picture.seq,
            now: picture.now.to_string(),
            speed: around.speed,
            state_hash: hex(&picture.state_hash.value),
            state_hash_seq: picture.state_hash.changed,
            coverage_version: coverage_version(picture),
            evidence_version: picture.evidence.value.version,
            messages_version: picture.messages.value.version,
            tracks: picture
                .tracks
                .values()
                .map(|t| TrackView::of(t, Some(picture.trail(t.id)), sector))
                .collect(),
            directions: directions(picture, sector),
            marks: marks(picture),
            alerts: picture.alerts.values().map(|a| AlertView::of(a, sector)).collect(),
            tasks: picture.tasks.values().map(|t| TaskView::of(t, sector)).collect(),
            units: picture.units.values().map(|u| UnitView::of(u, sector)).collect(),
            sensors: picture.sensors.values().map(|s| SensorView::of(s, sector)).collect(),
            stretches: picture.stretches.values().map(|s| StretchView::of(s, sector)).collect(),
            weather: picture.weather.value.iter().map(|w| WeatherView::of(w, sector)).collect(),
            counters: CountersView::of(&picture.counters.value, around.shed),
        }
    }
}

impl ChangesView {
    /// Of what changed that which cannot wait, and is never much: alerts, who is sent, and how they are.
    pub(super) fn urgent(picture: &Picture, since: u64, around: Around<'_>) -> Self {
        let sector = around.sector;
        Self {
            seq: picture.seq,
            now: picture.now.to_string(),
            alerts: picture.alerts.changed_since(since).map(|a| AlertView::of(a, sector)).collect(),
            tasks: picture.tasks.changed_since(since).map(|t| TaskView::of(t, sector)).collect(),
            units: picture.units.changed_since(since).map(|u| UnitView::of(u, sector)).collect(),
            ..Self::default()
        }
    }

    /// Whether there is anything urgent in it.
    pub(super) fn is_urgent(&self) -> bool {
        !(self.alerts.is_empty() && self.tasks.is_empty() && self.units.is_empty())
    }

    /// What changed after the entry `since`; `None` when only a whole picture can tell.
    pub(super) fn since(picture: &Picture, since: u64, around: Around<'_>) -> Option<Self> {
        let sector = around.sector;
        let changed = |at: u64| at > since;
        let hash_changed = changed(picture.state_hash.changed);
        Some(Self {
            seq: picture.seq,
            now: picture.now.to_string(),
            tracks: picture
                .tracks
                .changed_since(since)
                .map(|t| TrackView::of(t, picture.trail_since(t.id, since), sector))
                .collect(),
            tracks_ended: picture.tracks_ended_since(since)?.map(|id| id.0).collect(),
            directions: changed(picture.directions.changed).then(|| directions(picture, sector)),
            marks: changed(picture.marks.changed).then(|| marks(picture)),
            alerts: picture.alerts.changed_since(since).map(|a| AlertView::of(a, sector)).collect(),
            tasks: picture.tasks.changed_since(since).map(|t| TaskView::of(t, sector)).collect(),
            units: picture.units.changed_since(since).map(|u| UnitView::of(u, sector)).collect(),
            sensors: picture
                .sensors
                .changed_since(since)
                .map(|s| SensorView::of(s, sector))
                .collect(),
            stretches: picture
                .stretches
                .changed_since(since)
                .map(|s| StretchView::of(s, sector))
                .collect(),
            weather: changed(picture.weather.changed).then(|| {
                picture.weather.value.iter().map(|w| WeatherView::of(w, sector)).collect()
            }),
            counters: changed(picture.counters.changed)
                .then(|| CountersView::of(&picture.counters.value, around.shed)),
            coverage_version: changed(picture.coverage.changed).then(|| coverage_version(picture)),
            evidence_version: changed(picture.evidence.changed)
                .then_some(picture.evidence.value.version),
            messages_version: changed(picture.messages.changed)
                .then_some(picture.messages.value.version),
            state_hash: hash_changed.then(|| hex(&picture.state_hash.value)),
            state_hash_seq: hash_changed.then_some(picture.state_hash.changed),
        })
    }
}

fn directions(picture: &Picture, sector: &Sector) -> Vec<DirectionView> {
    picture.directions.value.iter().map(|known| DirectionView::of(known, sector)).collect()
}

fn marks(picture: &Picture) -> Vec<MarkView> {
    picture.marks.value.iter().map(MarkView::of).collect()
}

/// 0 before the first assessment.
fn coverage_version(picture: &Picture) -> u64 {
    picture.coverage.value.as_ref().map_or(0, |coverage| coverage.version)
}
