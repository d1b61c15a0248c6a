//! Alerts and late evidence as features.

use sight::geo::EnuPoint;
use sight::sector::Sector;
use watch::alert::{Alert, AlertKind, Stage};
use watch::detection::Source;
use watch::evidence::{Evidence, Told};

use super::table::{Column, Feature, FeatureId, Geometry, Kind, Value, column};
use crate::api::chainage_m;
use crate::places::{km, place, round};
use crate::runtime::live::Picture;

/// An alert and where along the line it is.
pub(super) struct AlertRow {
    alert: Alert,
    chainage_m: Option<f64>,
}

pub(super) const ALERTS: &[Column<AlertRow>] = &[
    column("kind", Kind::Text, "crossing-predicted, crossed, sight-lost, sensor-lost ...", |r| {
        Value::tag(&r.alert.kind, "kind")
    }),
    column("priority", Kind::Text, "low, medium or high", |r| Value::word(&r.alert.priority)),
    column("stage", Kind::Text, "raised, acknowledged, assigned or closed", |r| {
        Value::tag(&r.alert.stage, "stage")
    }),
    column(
        "state",
        Kind::Text,
        "Its state after ISA-18.2, such as unacknowledged or shelved",
        |r| Value::word(&r.alert.life.state),
    ),
    column("raised_at", Kind::Time, "When it was raised", |r| Value::Time(r.alert.raised_at)),
    column("changed_at", Kind::Time, "When anything about it last changed", |r| {
        Value::Time(r.alert.changed_at)
    }),
    column("km", Kind::Number, "Where along the line", |r| {
        Value::maybe(r.chainage_m, |chainage_m| Value::Number(km(chainage_m)))
    }),
    column("stretch", Kind::Whole, "The stretch that it is about", |r| {
        Value::maybe(r.alert.stretch, |stretch| Value::Whole(stretch.0.into()))
    }),
    column("track", Kind::Whole, "The track that it is about", |r| {
        Value::maybe(r.alert.track, |track| Value::Whole(track.0))
    }),
    column("sensor", Kind::Text, "The sensor that it is about", |r| {
        Value::maybe(r.alert.sensor.as_ref(), |sensor| Value::text(&sensor.0))
    }),
    column("caller", Kind::Text, "Who calls for help, by name", |r| {
        Value::maybe(r.alert.caller.as_ref(), |caller| Value::text(&caller.name))
    }),
    column("confidence", Kind::Number, "Chance that it is so, 0 to 1", |r| {
        Value::Number(round(r.alert.confidence, 4))
    }),
    column("in_s", Kind::Number, "Seconds until a predicted crossing or dust, when raised", |r| {
        Value::maybe(figures(&r.alert.kind).0, |s| Value::Number(round(s, 0)))
    }),
    column("still_s", Kind::Number, "Seconds without a movement", |r| {
        Value::maybe(figures(&r.alert.kind).1, |s| Value::Number(round(s, 0)))
    }),
    column("length_m", Kind::Number, "Metres of line that nobody sees", |r| {
        Value::maybe(figures(&r.alert.kind).2, |m| Value::Number(round(m, 0)))
    }),
    column("needs_help", Kind::Flag, "Whether somebody needs help, once a person has said", |r| {
        Value::maybe(r.alert.needs_help, Value::Flag)
    }),
    column("unit", Kind::Text, "The unit that it is assigned to", |r| {
        Value::maybe(unit(&r.alert.stage), Value::text)
    }),
    column("outcome", Kind::Text, "What it turned out to be", |r| {
        Value::tag(&r.alert.stage, "outcome")
    }),
];

pub(super) fn alerts(sector: &Sector, picture: &Picture) -> Vec<Feature> {
    picture.alerts.values().map(|alert| alert_of(alert, sector)).collect()
}

fn alert_of(alert: &Alert, sector: &Sector) -> Feature {
    let row = AlertRow { alert: alert.clone(), chainage_m: chainage_m(alert, sector) };
    Feature::of(FeatureId::Number(alert.id.0), ALERTS, &row)
        .at(point_of(alert, sector).map(|point| Geometry::Point(place(&sector.frame, point))))
        .during(alert.raised_at, closed_at(alert))
}

/// Where an alert is: its own place, its sensor's, or the middle of its stretch.
pub(crate) fn point_of(alert: &Alert, sector: &Sector) -> Option<EnuPoint> {
    let of_sensor = || Some(sector.sensor(alert.sensor.as_ref()?)?.point);
    let of_stretch = || {
        let wanted = alert.stretch?;
        let stretch = sector.stretches.iter().find(|stretch| stretch.id == wanted)?;
        stretch.points.get(stretch.points.len() / 2).copied()
    };
    alert.point.or_else(of_sensor).or_else(of_stretch)
}

pub(super) fn closed_at(alert: &Alert) -> Option<jiff::Timestamp> {
    match &alert.stage {
        Stage::Closed { at, .. } => Some(*at),
        Stage::Raised | Stage::Acknowledged { .. } | Stage::Assigned { .. } => None,
    }
}

/// `in_s`, `still_s` and `length_m` of the kinds that have one.
fn figures(kind: &AlertKind) -> (Option<f64>, Option<f64>, Option<f64>) {
    match kind {
        AlertKind::CrossingPredicted { in_s } | AlertKind::DustAhead { in_s, .. } => {
            (Some(*in_s), None, None)
        }
        AlertKind::PossibleDistress { still_s } => (None, Some(*still_s), None),
        AlertKind::SightLost { length_m } | AlertKind::Unwatched { length_m, .. } => {
            (None, None, Some(*length_m))
        }
        AlertKind::Crossed
        | AlertKind::SensorLost
        | AlertKind::CalledForHelp { .. }
        | AlertKind::Approach { .. }
        | AlertKind::Loitering { .. }
        | AlertKind::ZoneEntry
        | AlertKind::BarrierDamage
        | AlertKind::GroundPattern { .. } => (None, None, None),
    }
}

fn unit(stage: &Stage) -> Option<&str> {
    match stage {
        Stage::Assigned { unit, .. } => Some(&unit.0),
        Stage::Raised | Stage::Acknowledged { .. } | Stage::Closed { .. } => None,
    }
}

pub(super) const EVIDENCE: &[Column<Evidence>] = &[
    column("source", Kind::Text, "The sensor or unit that told it", |e| match &e.source {
        Source::Sensor(id) => Value::text(&id.0),
        Source::Unit(id) => Value::text(&id.0),
        Source::Weather(id) => Value::text(id),
    }),
    column("report_id", Kind::Text, "The report's own name", |e| Value::text(&e.report_id)),
    column("observed_at", Kind::Time, "When it was seen", |e| Value::Time(e.observed_at)),
    column("arrived_at", Kind::Time, "When it came", |e| Value::Time(e.arrived_at)),
    column("why", Kind::Text, "late, or told by a clock that is not believed", |e| {
        Value::word(&e.why)
    }),
    column("sigma_m", Kind::Number, "Error of its place, one sigma", |e| match e.told {
        Told::Place { sigma_m, .. } => Value::Number(round(sigma_m, 0)),
        Told::Direction { .. } => Value::Nothing,
    }),
    column("class", Kind::Text, "What it was called", |e| {
        Value::maybe(e.class, |(class, _)| Value::word(&class))
    }),
    column("tracks", Kind::Texts, "Tracks that it bears on, the likeliest first", |e| {
        Value::Texts(e.bears_on.tracks.iter().map(|link| link.track.0.to_string()).collect())
    }),
    column("alerts", Kind::Texts, "Open alerts that it bears on", |e| {
        Value::Texts(e.bears_on.alerts.iter().map(|alert| alert.0.to_string()).collect())
    }),
    column("stretch", Kind::Whole, "The stretch abreast", |e| {
        Value::maybe(e.bears_on.stretch, |stretch| Value::Whole(stretch.0.into()))
    }),
];

pub(super) fn evidence(sector: &Sector, picture: &Picture) -> Vec<Feature> {
    let feature = |piece: &Evidence| {
        let point = match piece.told {
            Told::Place { point, .. } => Some(Geometry::Point(place(&sector.frame, point))),
            Told::Direction { .. } => None,
        };
        Feature::of(FeatureId::Number(piece.id), EVIDENCE, piece)
            .at(point)
            .during(piece.observed_at, Some(piece.observed_at))
    };
    picture.evidence.value.kept.iter().map(feature).collect()
}
