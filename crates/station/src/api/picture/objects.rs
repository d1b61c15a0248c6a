//! Tasks, units, sensors, stretches, weather and counters as JSON.

use serde::Serialize;
use sight::coverage::{Cause, Health, Repair, StretchAssessment, WatchState};
use sight::sector::Sector;
use watch::clocks::ClockReport;
use watch::counters::Counters;
use watch::detection::{Impairment, Source};
use watch::dispatch::{Proposal, Task, TaskKind, TaskStage, UnitState};
use watch::journal::{PersonId, SensorState, WeatherState};
use watch::looks::Flood;
use watch::pointing::{Aim, Pointing};
use watch::roster::Worth;

use super::super::sector::{LonLat, place, places, round};
use super::looks::LooksView;

#[derive(Debug, Serialize)]
pub(super) struct TaskView {
    id: u64,
    alert: u64,
    unit: String,
    kind: TaskKind,
    to: LonLat,
    stage: TaskStage,
    sent_at: String,
    by: PersonId,
    reason: String,
    travel_s: Option<f64>,
    /// Number of the entry by which it was sent.
    entry: Option<u64>,
}

impl TaskView {
    pub(super) fn of(task: &Task, sector: &Sector) -> Self {
        Self {
            id: task.id.0,
            alert: task.alert.0,
            unit: task.unit.0.clone(),
            kind: task.kind,
            to: place(&sector.frame, task.to),
            stage: task.stage,
            sent_at: task.sent_at.to_string(),
            by: task.by.clone(),
            reason: task.reason.clone(),
            travel_s: task.travel_s.map(|seconds| round(seconds, 0)),
            entry: task.entry,
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct UnitView {
    id: String,
    at: LonLat,
    heard_at: Option<String>,
    task: Option<u64>,
}

impl UnitView {
    pub(super) fn of(unit: &UnitState, sector: &Sector) -> Self {
        Self {
            id: unit.id.0.clone(),
            at: place(&sector.frame, unit.point),
            heard_at: unit.heard_at.map(|at| at.to_string()),
            task: unit.task.map(|task| task.0),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct SensorView {
    id: String,
    health: Health,
    note: String,
    heard_at: Option<String>,
    detections: u64,
    at: Option<LonLat>,
    height_m: Option<f64>,
    #[serde(flatten)]
    worth: Worth,
    clock: ClockReport,
    flood: Flood,
    /// Why it says that it may not be relied on, though it detects.
    impaired: Option<Impairment>,
    /// Whether it can be asked to follow what it told of.
    follows: bool,
    /// What the desk asked of it last.
    pointing: Option<PointingView>,
    looks: LooksView,
}

#[derive(Debug, Serialize)]
struct PointingView {
    id: u64,
    ask: &'static str,
    path: Vec<LonLat>,
    track: Option<u64>,
    stage: TaskStage,
    sent_at: String,
    by: String,
    reason: String,
    note: String,
}

impl PointingView {
    fn of(pointing: &Pointing) -> Self {
        let (ask, path, track) = match &pointing.aim {
            Aim::LookAt(place) => ("look-at", std::slice::from_ref(place), None),
            Aim::Patrol(path) => ("patrol", path.as_slice(), None),
            Aim::Release => ("release", &[][..], None),
            Aim::Follow(track) => ("follow", &[][..], Some(track.0)),
        };
        Self {
            id: pointing.id.0,
            ask,
            path: path.iter().map(|place| [place.lon_deg(), place.lat_deg()]).collect(),
            track,
            stage: pointing.stage,
            sent_at: pointing.sent_at.to_string(),
            by: pointing.by.0.clone(),
            reason: pointing.reason.clone(),
            note: pointing.note.clone(),
        }
    }
}

impl SensorView {
    pub(super) fn of(sensor: &SensorState, sector: &Sector) -> Self {
        let planned = sector.sensor(&sensor.id).map(|planned| (planned.point, planned.height_m));
        let moved = sensor.condition.moved_to.map(|moved| (moved.point, moved.height_m));
        let here = moved.or(planned);
        Self {
            id: sensor.id.0.clone(),
            health: sensor.health(),
            note: sensor.picture_lost.clone().unwrap_or_else(|| sensor.note.clone()),
            heard_at: sensor.heard_at.map(|at| at.to_string()),
            detections: sensor.detections,
            at: here.map(|(point, _)| place(&sector.frame, point)),
            height_m: here.map(|(_, height_m)| round(height_m, 1)),
            worth: sensor.worth,
            clock: sensor.clock,
            flood: sensor.flood,
            impaired: sensor.impaired,
            follows: sensor.follows,
            pointing: sensor.pointing.as_deref().map(PointingView::of),
            looks: LooksView::of(&sensor.view),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct StretchView {
    id: u32,
    state: WatchState,
    probability: f64,
    probability_high: f64,
    crossing_s: f64,
    reasons: Vec<ReasonView>,
    repair: Option<RepairView>,
}

#[derive(Debug, Serialize)]
struct ReasonView {
    cause: &'static str,
    sensor: Option<String>,
    probability_without: f64,
}

#[derive(Debug, Serialize)]
struct RepairView {
    kind: &'static str,
    at: Option<LonLat>,
    sensor: Option<String>,
    probability_with: f64,
}

impl StretchView {
    pub(super) fn of(stretch: &StretchAssessment, sector: &Sector) -> Self {
        let reasons = stretch.reasons.iter().map(|reason| {
            let (cause, sensor) = cause_of(&reason.cause);
            ReasonView { cause, sensor, probability_without: round(reason.probability_without, 4) }
        });
        Self {
            id: stretch.stretch.0,
            state: stretch.state,
            probability: round(stretch.probability, 4),
            probability_high: round(stretch.probability_high, 4),
            crossing_s: round(stretch.crossing_s, 0),
            reasons: reasons.collect(),
            repair: stretch.repair.as_ref().map(|repair| RepairView::of(repair, sector)),
        }
    }
}

impl RepairView {
    fn of(repair: &Repair, sector: &Sector) -> Self {
        match repair {
            Repair::RestoreSensor { sensor, probability_with } => Self {
                kind: "restore-sensor",
                at: None,
                sensor: Some(sensor.0.clone()),
                probability_with: round(*probability_with, 4),
            },
            Repair::MoveSensor { sensor, at, probability_with } => Self {
                kind: "move-sensor",
                at: Some(place(&sector.frame, *at)),
                sensor: Some(sensor.0.clone()),
                probability_with: round(*probability_with, 4),
            },
            Repair::PostObserver { at, probability_with } => Self {
                kind: "post-observer",
                at: Some(place(&sector.frame, *at)),
                sensor: None,
                probability_with: round(*probability_with, 4),
            },
        }
    }
}

fn cause_of(cause: &Cause) -> (&'static str, Option<String>) {
    match cause {
        Cause::Terrain => ("terrain", None),
        Cause::Dust => ("dust", None),
        Cause::Outage { sensor } => ("outage", Some(sensor.0.clone())),
        Cause::StaleHeartbeat { sensor } => ("stale-heartbeat", Some(sensor.0.clone())),
        Cause::NobodyAssigned => ("nobody-assigned", None),
        Cause::Obscured { sensor } => ("obscured", Some(sensor.0.clone())),
        Cause::Impaired { sensor } => ("impaired", Some(sensor.0.clone())),
        Cause::Quarantined { sensor } => ("quarantined", Some(sensor.0.clone())),
        Cause::LooksElsewhere { sensor } => ("looks-elsewhere", Some(sensor.0.clone())),
    }
}

#[derive(Debug, Serialize)]
pub(super) struct WeatherView {
    source: String,
    at: LonLat,
    /// Null where it tells the wind alone.
    visibility_m: Option<f64>,
    wind_mps: f64,
    ceiling_m: Option<f64>,
    dust: bool,
    /// How high it was told from, above sea.
    height_m: Option<f64>,
    observed_at: String,
    /// How far from the line it was measured.
    from_line_m: f64,
}

impl WeatherView {
    pub(super) fn of(weather: &WeatherState, sector: &Sector) -> Self {
        let source = match &weather.source {
            Source::Sensor(id) => id.0.clone(),
            Source::Unit(id) => id.0.clone(),
            Source::Weather(node_id) => node_id.clone(),
        };
        Self {
            source,
            at: place(&sector.frame, weather.at.point),
            visibility_m: weather.at.visibility_m.map(|visibility_m| round(visibility_m, 0)),
            wind_mps: round(weather.at.wind_mps, 1),
            ceiling_m: weather.at.ceiling_m.map(|ceiling_m| round(ceiling_m, 0)),
            dust: weather.at.dust,
            height_m: weather.height_m.map(|height_m| round(height_m, 0)),
            observed_at: weather.observed_at.to_string(),
            from_line_m: round(sector.line.signed_distance_m(weather.at.point).abs(), 0),
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct CountersView {
    accepted: u64,
    rejected: u64,
    dropped: u64,
    late: u64,
    mistimed: u64,
    shed: u64,
    rejections: Vec<RejectionView>,
}

#[derive(Debug, Serialize)]
struct RejectionView {
    door: String,
    field: String,
    reason: String,
    count: u64,
}

impl CountersView {
    pub(super) fn of(counters: &Counters, shed: u64) -> Self {
        let rejections =
            counters.rejections.iter().map(|((door, field, reason), count)| RejectionView {
                door: door.clone(),
                field: field.clone(),
                reason: reason.clone(),
                count: *count,
            });
        Self {
            accepted: counters.accepted,
            rejected: counters.rejected,
            dropped: counters.dropped,
            late: counters.late,
            mistimed: counters.mistimed,
            shed,
            rejections: rejections.collect(),
        }
    }
}

/// One unit that could go, as `POST /api/commands` answers a `propose`.
#[derive(Debug, Serialize)]
pub(in crate::api) struct ProposalView {
    unit: String,
    travel_s: Option<f64>,
    free: bool,
    path: Vec<LonLat>,
}

impl ProposalView {
    pub(in crate::api) fn of(proposal: &Proposal, sector: &Sector) -> Self {
        Self {
            unit: proposal.arrival.unit.0.clone(),
            travel_s: proposal.arrival.travel_s.map(|seconds| round(seconds, 0)),
            free: proposal.free,
            path: places(&sector.frame, &proposal.arrival.path),
        }
    }
}
