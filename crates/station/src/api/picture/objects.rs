//! Tracks, tasks, units, sensors, stretches, weather and counters as JSON.

use serde::Serialize;
use sight::coverage::{Cause, Health, Repair, StretchAssessment, WatchState};
use sight::geo::EnuPoint;
use sight::sector::Sector;
use watch::clocks::ClockReport;
use watch::counters::Counters;
use watch::detection::{Class, Source};
use watch::dispatch::{Proposal, Task, TaskKind, TaskStage, UnitState};
use watch::journal::{PersonId, SensorState, WeatherState};
use watch::looks::Flood;
use watch::roster::Worth;
use watch::seam::GlobalTrackId;
use watch::tracking::{Mode, TrackAct, TrackActRecord, TrailPoint};

use super::super::sector::{LonLat, place, places, round};

/// Standard deviations to the edge of the ellipse that holds a track with 95 %: sqrt of the chi-square quantile, 2 d.o.f.
const ELLIPSE_SIGMAS: f64 = 2.447_746_830_680_816;

#[derive(Debug, Serialize)]
pub(super) struct TrackView {
    id: u64,
    at_time: String,
    at: LonLat,
    east_mps: f64,
    north_mps: f64,
    ellipse: EllipseView,
    existence: f64,
    class: Class,
    class_probability: f64,
    motion: Option<Mode>,
    seen_by: Vec<String>,
    last_seen_at: String,
    also: Vec<u64>,
    pinned: bool,
    lost: bool,
    acts: Vec<TrackActView>,
    /// What people along the whole line call it.
    identity: GlobalTrackId,
    /// The neighbouring sector in whose ground it stands, and the one that took it.
    ground_of: Option<String>,
    handed_to: Option<String>,
    /// Given when it differs from what was told before.
    #[serde(skip_serializing_if = "Option::is_none")]
    trail: Option<Vec<TrailPointView>>,
}

/// Where a track was, smoothed.
#[derive(Debug, Serialize)]
struct TrailPointView {
    at_time: String,
    at: LonLat,
    /// East-east, east-north, north-north.
    covariance_m2: [f64; 3],
}

/// What a person said of a track.
#[derive(Debug, Default, Serialize)]
struct TrackActView {
    id: u64,
    act: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sensors: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Class>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gave: Option<u64>,
    track: u64,
    by: String,
    at: String,
    reason: String,
    undone: Option<UndoneView>,
}

#[derive(Debug, Serialize)]
struct UndoneView {
    by: String,
    at: String,
    reason: String,
}

/// Semi-axes of the ellipse that holds the track with 95 %, and the direction of the longer one.
#[derive(Debug, Serialize, PartialEq)]
struct EllipseView {
    major_m: f64,
    minor_m: f64,
    azimuth_deg: f64,
}

impl TrackView {
    /// `trail` is where it was, if that is to be told.
    pub(super) fn of(
        track: &watch::journal::TrackView,
        trail: Option<&[TrailPoint]>,
        sector: &Sector,
    ) -> Self {
        Self {
            id: track.id.0,
            at_time: track.at.to_string(),
            at: place(&sector.frame, EnuPoint::new(track.east_m, track.north_m)),
            east_mps: round(track.east_mps, 2),
            north_mps: round(track.north_mps, 2),
            ellipse: EllipseView::of(track.covariance_m2),
            existence: round(track.existence, 4),
            class: track.class,
            class_probability: round(track.class_probability, 3),
            motion: track.motion,
            seen_by: track.seen_by.iter().map(|sensor| sensor.0.clone()).collect(),
            last_seen_at: track.last_seen_at.to_string(),
            also: track.also.iter().map(|other| other.0).collect(),
            pinned: track.pinned,
            lost: track.lost,
            acts: track.acts.iter().map(TrackActView::of).collect(),
            identity: track.at_seam.identity.clone(),
            ground_of: track.at_seam.ground_of.clone(),
            handed_to: track.at_seam.handed_to.clone(),
            trail: trail
                .map(|trail| trail.iter().map(|point| TrailPointView::of(point, sector)).collect()),
        }
    }
}

impl TrailPointView {
    fn of(point: &TrailPoint, sector: &Sector) -> Self {
        Self {
            at_time: point.at.to_string(),
            at: place(&sector.frame, EnuPoint::new(point.east_m, point.north_m)),
            covariance_m2: point.covariance_m2.map(|value| round(value, 1)),
        }
    }
}

impl TrackActView {
    fn of(record: &TrackActRecord) -> Self {
        let view = Self {
            id: record.id.0,
            track: record.act.tracks().0.0,
            by: record.said.by.0.clone(),
            at: record.said.at.to_string(),
            reason: record.said.reason.clone(),
            gave: record.gave.map(|gave| gave.0),
            undone: record.undone.as_ref().map(|undone| UndoneView {
                by: undone.by.0.clone(),
                at: undone.at.to_string(),
                reason: undone.reason.clone(),
            }),
            ..Self::default()
        };
        match &record.act {
            TrackAct::Merge { other, .. } => Self { act: "merge", other: Some(other.0), ..view },
            TrackAct::SplitFrom { from, .. } => {
                Self { act: "split", from: Some(from.to_string()), ..view }
            }
            TrackAct::SplitSensors { sensors, .. } => {
                let sensors = sensors.iter().map(|sensor| sensor.0.clone()).collect();
                Self { act: "split-sensors", sensors: Some(sensors), ..view }
            }
            TrackAct::Relabel { class, .. } => Self { act: "relabel", class: Some(*class), ..view },
            TrackAct::Pin { .. } => Self { act: "pin", ..view },
        }
    }
}

impl EllipseView {
    /// Eigenvalues and main axis of a symmetric 2 x 2 matrix in closed form.
    fn of([east, across, north]: [f64; 3]) -> Self {
        let (middle, half) = (f64::midpoint(east, north), (north - east) / 2.0);
        let radius = half.hypot(across);
        let axis_m = |variance: f64| round(ELLIPSE_SIGMAS * variance.max(0.0).sqrt(), 1);
        let azimuth_deg = f64::atan2(across, half).to_degrees() / 2.0;
        Self {
            major_m: axis_m(middle + radius),
            minor_m: axis_m(middle - radius),
            azimuth_deg: round(azimuth_deg.rem_euclid(180.0), 1),
        }
    }
}

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
}

impl SensorView {
    pub(super) fn of(sensor: &SensorState, sector: &Sector) -> Self {
        let planned = sector.sensor(&sensor.id).map(|planned| (planned.point, planned.height_m));
        let moved = sensor.condition.moved_to.map(|moved| (moved.point, moved.height_m));
        let here = moved.or(planned);
        Self {
            id: sensor.id.0.clone(),
            health: sensor.health(),
            note: sensor.note.clone(),
            heard_at: sensor.heard_at.map(|at| at.to_string()),
            detections: sensor.detections,
            at: here.map(|(point, _)| place(&sector.frame, point)),
            height_m: here.map(|(_, height_m)| round(height_m, 1)),
            worth: sensor.worth,
            clock: sensor.clock,
            flood: sensor.flood,
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
        Cause::Quarantined { sensor } => ("quarantined", Some(sensor.0.clone())),
    }
}

#[derive(Debug, Serialize)]
pub(super) struct WeatherView {
    source: String,
    at: LonLat,
    visibility_m: f64,
    wind_mps: f64,
    dust: bool,
    observed_at: String,
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
            visibility_m: round(weather.at.visibility_m, 0),
            wind_mps: round(weather.at.wind_mps, 1),
            dust: weather.at.dust,
            observed_at: weather.observed_at.to_string(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_lies_north_east_makes_an_ellipse_that_points_there() {
        let ellipse = EllipseView::of([50.0, 30.0, 50.0]);

        let expected = EllipseView {
            major_m: round(ELLIPSE_SIGMAS * 80.0_f64.sqrt(), 1),
            minor_m: round(ELLIPSE_SIGMAS * 20.0_f64.sqrt(), 1),
            azimuth_deg: 45.0,
        };
        assert_eq!(ellipse, expected);
    }

    #[test]
    fn an_error_along_a_meridian_has_azimuth_zero_and_along_a_parallel_ninety() {
        assert!(EllipseView::of([1.0, 0.0, 9.0]).azimuth_deg.abs() < 1e-9);
        assert!((EllipseView::of([9.0, 0.0, 1.0]).azimuth_deg - 90.0).abs() < 1e-9);
    }
}
