//! Tracks, what people said of them, and directions that nobody can place yet, as JSON.

use serde::Serialize;
use sight::geo::EnuPoint;
use sight::sector::Sector;
use watch::detection::{Behaviour, Class, Relation};
use watch::sayings::Told;
use watch::seam::GlobalTrackId;
use watch::tracking::{Direction, Height, Mode, TrackAct, TrackActRecord, TrailPoint};

use super::super::sector::{LonLat, place, round};

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
    height: Option<HeightView>,
    seen_by: Vec<String>,
    last_seen_at: String,
    also: Vec<u64>,
    pinned: bool,
    lost: bool,
    acts: Vec<TrackActView>,
    /// What each sensor said of it when it told of it last, the newest first.
    told: Vec<ToldView>,
    /// What people along the whole line call it.
    identity: GlobalTrackId,
    /// The neighbouring sector in whose ground it stands, and the one that took it.
    ground_of: Option<String>,
    handed_to: Option<String>,
    /// Given when it differs from what was told before.
    #[serde(skip_serializing_if = "Option::is_none")]
    trail: Option<Vec<TrailPointView>>,
}

/// What a sensor said of a track beside its place and class.
#[derive(Debug, Serialize)]
struct ToldView {
    sensor: String,
    at: String,
    /// How the sensor calls it.
    object_id: String,
    behaviours: Vec<BehaviourView>,
    /// Other nodes' detections that it was made from or belongs with.
    origins: Vec<OriginView>,
}

#[derive(Debug, Serialize)]
struct BehaviourView {
    behaviour: Behaviour,
    confidence: Option<f64>,
}

#[derive(Debug, Serialize)]
struct OriginView {
    relation: Relation,
    node_id: String,
    object_id: String,
    at: Option<String>,
}

/// How high what flies is, and how it climbs.
#[derive(Debug, Serialize, PartialEq)]
struct HeightView {
    above_sea_m: f64,
    above_ground_m: Option<f64>,
    sigma_m: f64,
    climb_mps: f64,
    climb_sigma_mps: f64,
}

/// Where a track was, smoothed.
#[derive(Debug, Serialize)]
struct TrailPointView {
    at_time: String,
    at: LonLat,
    /// East-east, east-north, north-north.
    covariance_m2: [f64; 3],
    /// Above sea, where it flew.
    #[serde(skip_serializing_if = "Option::is_none")]
    height_m: Option<f64>,
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
    /// Number of the entry that it came of.
    entry: Option<u64>,
    undone: Option<UndoneView>,
}

#[derive(Debug, Serialize)]
struct UndoneView {
    by: String,
    at: String,
    reason: String,
    entry: Option<u64>,
}

/// Semi-axes of the ellipse that holds the track with 95 %, and the direction of the longer one.
#[derive(Debug, Serialize, PartialEq)]
pub(crate) struct EllipseView {
    pub(crate) major_m: f64,
    pub(crate) minor_m: f64,
    pub(crate) azimuth_deg: f64,
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
            height: track.height.as_ref().map(HeightView::of),
            seen_by: track.seen_by.iter().map(|sensor| sensor.0.clone()).collect(),
            last_seen_at: track.last_seen_at.to_string(),
            also: track.also.iter().map(|other| other.0).collect(),
            pinned: track.pinned,
            lost: track.lost,
            acts: track.acts.iter().map(TrackActView::of).collect(),
            told: track.told.iter().map(ToldView::of).collect(),
            identity: track.at_seam.identity.clone(),
            ground_of: track.at_seam.ground_of.clone(),
            handed_to: track.at_seam.handed_to.clone(),
            trail: trail
                .map(|trail| trail.iter().map(|point| TrailPointView::of(point, sector)).collect()),
        }
    }
}

impl ToldView {
    fn of(told: &Told) -> Self {
        let behaviours = told.remarks.behaviours.iter().map(|(behaviour, confidence)| {
            let confidence = confidence.map(|confidence| round(confidence, 3));
            BehaviourView { behaviour: *behaviour, confidence }
        });
        let origins = told.remarks.origins.iter().map(|origin| OriginView {
            relation: origin.relation,
            node_id: origin.node_id.clone(),
            object_id: origin.object_id.clone(),
            at: origin.at.map(|at| at.to_string()),
        });
        Self {
            sensor: told.sensor.0.clone(),
            at: told.at.to_string(),
            object_id: told.object_id.clone(),
            behaviours: behaviours.collect(),
            origins: origins.collect(),
        }
    }
}

impl HeightView {
    fn of(height: &Height) -> Self {
        Self {
            above_sea_m: round(height.above_sea_m, 1),
            above_ground_m: height.above_ground_m.map(|height_m| round(height_m, 1)),
            sigma_m: round(height.sigma_m(), 1),
            climb_mps: round(height.climb_mps, 2),
            climb_sigma_mps: round(height.climb_sigma_mps(), 2),
        }
    }
}

impl TrailPointView {
    fn of(point: &TrailPoint, sector: &Sector) -> Self {
        Self {
            at_time: point.at.to_string(),
            at: place(&sector.frame, EnuPoint::new(point.east_m, point.north_m)),
            covariance_m2: point.covariance_m2.map(|value| round(value, 1)),
            height_m: point.height_m.map(|height_m| round(height_m, 1)),
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
            entry: record.said.entry,
            gave: record.gave.map(|gave| gave.0),
            undone: record.undone.as_ref().map(|undone| UndoneView {
                by: undone.by.0.clone(),
                at: undone.at.to_string(),
                reason: undone.reason.clone(),
                entry: undone.entry,
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
    pub(crate) fn of([east, across, north]: [f64; 3]) -> Self {
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

/// Something in a direction, at a range that is not known yet.
#[derive(Debug, Serialize)]
pub(super) struct DirectionView {
    id: String,
    /// Where the sensor stood that saw it last.
    from: LonLat,
    /// From true north.
    azimuth_deg: f64,
    /// Nine times of ten it is no farther to either side, and between these ranges.
    half_width_deg: f64,
    ranges_m: [f64; 2],
    existence: f64,
    class: Class,
    class_probability: f64,
    seen_by: Vec<String>,
    first_seen_at: String,
    last_seen_at: String,
}

impl DirectionView {
    pub(super) fn of(direction: &Direction, sector: &Sector) -> Self {
        let (frame, origin) = (&sector.frame, direction.origin);
        let (class, class_probability) = direction.classes.most_likely();
        let azimuth = frame.true_azimuth(frame.place(origin), direction.azimuth);
        Self {
            id: direction.id.to_string(),
            from: place(frame, origin),
            azimuth_deg: round(azimuth.degrees(), 2),
            half_width_deg: round(direction.half_width_rad.to_degrees(), 2),
            ranges_m: direction.ranges_m.map(|range_m| round(range_m, 0)),
            existence: round(direction.existence, 4),
            class,
            class_probability: round(class_probability, 3),
            seen_by: direction.seen_by.iter().map(|(sensor, _)| sensor.0.clone()).collect(),
            first_seen_at: direction.first_seen_at.to_string(),
            last_seen_at: direction.last_seen_at.to_string(),
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
