//! Tracks, where they were, and units as features.

use std::collections::BTreeSet;

use sight::geo::EnuPoint;
use sight::sector::{Sector, Unit};
use watch::detection::Behaviour;
use watch::dispatch::UnitState;
use watch::journal::TrackView;
use watch::tracking::TrailPoint;

use super::table::{Column, Feature, FeatureId, Geometry, Kind, PathPoint, Value, column};
use crate::api::EllipseView;
use crate::places::{place, round};
use crate::runtime::live::Picture;

pub(super) const TRACKS: &[Column<TrackView>] = &[
    column("at_time", Kind::Time, "When it was here", |t| Value::Time(t.at)),
    column("class", Kind::Text, "person, group, vehicle, animal, aircraft or unknown", |t| {
        Value::word(&t.class)
    }),
    column("class_probability", Kind::Number, "How sure that is, 0 to 1", |t| {
        Value::Number(round(t.class_probability, 3))
    }),
    column("existence", Kind::Number, "Chance that it is there at all, 0 to 1", |t| {
        Value::Number(round(t.existence, 4))
    }),
    column("motion", Kind::Text, "stop, walk, drive, road or fly", |t| {
        Value::maybe(t.motion, |motion| Value::word(&motion))
    }),
    column("speed_mps", Kind::Number, "Speed over ground", |t| {
        Value::Number(round(t.east_mps.hypot(t.north_mps), 2))
    }),
    column("course_deg", Kind::Number, "Where it goes, clockwise from grid north", |t| {
        let course = f64::atan2(t.east_mps, t.north_mps).to_degrees();
        Value::Number(round(course.rem_euclid(360.0), 1))
    }),
    column("ellipse_major_m", Kind::Number, "Longer semi-axis of what holds it with 95 %", |t| {
        Value::Number(EllipseView::of(t.covariance_m2).major_m)
    }),
    column("ellipse_minor_m", Kind::Number, "Shorter semi-axis of that", |t| {
        Value::Number(EllipseView::of(t.covariance_m2).minor_m)
    }),
    column("ellipse_azimuth_deg", Kind::Number, "Direction of the longer one", |t| {
        Value::Number(EllipseView::of(t.covariance_m2).azimuth_deg)
    }),
    column("above_sea_m", Kind::Number, "Height above sea of what flies", |t| {
        Value::maybe(t.height.as_ref(), |height| Value::Number(round(height.above_sea_m, 1)))
    }),
    column("above_ground_m", Kind::Number, "Height above ground of what flies", |t| {
        let above = t.height.as_ref().and_then(|height| height.above_ground_m);
        Value::maybe(above, |height_m| Value::Number(round(height_m, 1)))
    }),
    column("seen_by", Kind::Texts, "Sensors that saw it lately", |t| {
        Value::Texts(t.seen_by.iter().map(|sensor| sensor.0.clone()).collect())
    }),
    column("behaviours", Kind::Texts, "What sensors say that it does, each by its own word", |t| {
        let said = t.told.iter().flat_map(|told| &told.remarks.behaviours);
        let said: BTreeSet<Behaviour> = said.map(|(behaviour, _)| *behaviour).collect();
        Value::Texts(said.into_iter().map(|behaviour| behaviour.name().to_owned()).collect())
    }),
    column("last_seen_at", Kind::Time, "When a sensor last saw it", |t| {
        Value::Time(t.last_seen_at)
    }),
    column("pinned", Kind::Flag, "A person wants it in the picture", |t| Value::Flag(t.pinned)),
    column("lost", Kind::Flag, "Nobody follows it any more", |t| Value::Flag(t.lost)),
    column("identity", Kind::Text, "Its name along the whole line", |t| {
        Value::text(t.at_seam.identity.to_string())
    }),
];

/// Each track where it is.
pub(super) fn tracks(sector: &Sector, picture: &Picture) -> Vec<Feature> {
    let trail = |track: &TrackView| path(sector, picture.trail(track.id));
    picture.tracks.values().map(|track| track_with_path(sector, track, trail(track))).collect()
}

pub(super) fn track_with_path(sector: &Sector, track: &TrackView, path: Vec<PathPoint>) -> Feature {
    let here = place(&sector.frame, EnuPoint::new(track.east_m, track.north_m));
    let feature = Feature::of(FeatureId::Number(track.id.0), TRACKS, track);
    Feature { path, ..feature }.at(Some(Geometry::Point(here))).during(track.at, Some(track.at))
}

/// The columns of tracks hold for where they were, too.
pub(super) fn trails(sector: &Sector, picture: &Picture) -> Vec<Feature> {
    tracks(sector, picture).into_iter().filter_map(along_its_path).collect()
}

/// A track as the line that it went; `None` while it has been in one place only.
pub(super) fn along_its_path(track: Feature) -> Option<Feature> {
    let (first, last) = (track.path.first()?.at, track.path.last()?.at);
    let along: Vec<_> = track.path.iter().map(|point| point.place).collect();
    (along.len() > 1).then(|| track.at(Some(Geometry::Line(along))).during(first, Some(last)))
}

fn path(sector: &Sector, trail: &[TrailPoint]) -> Vec<PathPoint> {
    let point = |point: &TrailPoint| PathPoint {
        at: point.at,
        place: place(&sector.frame, EnuPoint::new(point.east_m, point.north_m)),
        height_m: point.height_m.map(|height_m| round(height_m, 1)),
    };
    trail.iter().map(point).collect()
}

/// A unit as planned and as last heard of.
pub(super) struct UnitRow {
    planned: Unit,
    state: Option<UnitState>,
}

pub(super) const UNITS: &[Column<UnitRow>] = &[
    column("name_en", Kind::Text, "Its name in English", |r| Value::text(&r.planned.name.en)),
    column("name_ar", Kind::Text, "Its name in Arabic", |r| Value::text(&r.planned.name.ar)),
    column("agency", Kind::Text, "Whose it is", |r| Value::text(&r.planned.agency)),
    column("mobility", Kind::Text, "foot or vehicle", |r| Value::word(&r.planned.mobility)),
    column("heard_at", Kind::Time, "When its place was last told", |r| {
        Value::maybe(r.state.as_ref().and_then(|state| state.heard_at), Value::Time)
    }),
    column("task", Kind::Whole, "The task that it has", |r| {
        Value::maybe(r.state.as_ref().and_then(|state| state.task), |task| Value::Whole(task.0))
    }),
];

pub(super) fn units(sector: &Sector, picture: &Picture) -> Vec<Feature> {
    let feature = |planned: &Unit| {
        let state = picture.units.get(&planned.id).cloned();
        let point = state.as_ref().map_or(planned.point, |state| state.point);
        let row = UnitRow { planned: planned.clone(), state };
        Feature::of(FeatureId::Name(planned.id.0.clone()), UNITS, &row)
            .at(Some(Geometry::Point(place(&sector.frame, point))))
    };
    sector.units.iter().map(feature).collect()
}
