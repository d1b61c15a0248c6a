//! Incidents: what happened, put together from the alerts that it raised.
//!
//! Alerts about one track are one incident, for they are about one mover; an alert about no track is one of its own.

use std::collections::BTreeMap;

use sight::sector::Sector;
use watch::alert::Alert;
use watch::journal::TrackId;

use super::happened::{closed_at, point_of};
use super::table::{Column, Feature, FeatureId, Geometry, Kind, Value, column, word};
use crate::api::chainage_m;
use crate::places::{km, place};
use crate::runtime::live::Picture;

/// Alerts of one incident, in the order in which they were raised; never none.
pub(super) struct Incident {
    alerts: Vec<Alert>,
    chainage_m: Option<f64>,
}

pub(super) const INCIDENTS: &[Column<Incident>] = &[
    column("began_at", Kind::Time, "When its first alert was raised", |i| {
        Value::maybe(i.alerts.first(), |first| Value::Time(first.raised_at))
    }),
    column("changed_at", Kind::Time, "When anything about it last changed", |i| {
        Value::maybe(i.alerts.iter().map(|alert| alert.changed_at).max(), Value::Time)
    }),
    column("open", Kind::Flag, "Whether an alert of it is not closed", |i| {
        Value::Flag(i.is_open())
    }),
    column("priority", Kind::Text, "The highest of its alerts", |i| {
        Value::maybe(i.alerts.iter().map(|alert| alert.priority).max(), |p| Value::word(&p))
    }),
    column("kinds", Kind::Texts, "What its alerts are about, in their order", |i| {
        Value::Texts(i.alerts.iter().filter_map(|alert| word(&alert.kind, Some("kind"))).collect())
    }),
    column("alerts", Kind::Texts, "Its alerts", |i| {
        Value::Texts(i.alerts.iter().map(|alert| alert.id.0.to_string()).collect())
    }),
    column("tasks", Kind::Texts, "Tasks that it led to", |i| {
        let tasks = i.alerts.iter().flat_map(|alert| &alert.tasks);
        Value::Texts(tasks.map(|task| task.0.to_string()).collect())
    }),
    column("track", Kind::Whole, "The track that it is about", |i| {
        Value::maybe(i.alerts.first().and_then(|alert| alert.track), |track| Value::Whole(track.0))
    }),
    column("km", Kind::Number, "Where along the line its last alert is", |i| {
        Value::maybe(i.chainage_m, |chainage_m| Value::Number(km(chainage_m)))
    }),
    column("needs_help", Kind::Flag, "Whether a person said that somebody needs help", |i| {
        Value::maybe(i.alerts.iter().filter_map(|alert| alert.needs_help).max(), Value::Flag)
    }),
    column("outcome", Kind::Text, "What its last closed alert turned out to be", |i| {
        let mut outcomes = i.alerts.iter().filter_map(|alert| word(&alert.stage, Some("outcome")));
        Value::maybe(outcomes.next_back(), Value::Text)
    }),
];

pub(super) fn incidents(sector: &Sector, picture: &Picture) -> Vec<Feature> {
    group(picture.alerts.values(), sector)
        .iter()
        .filter_map(|incident| {
            let (first, last) = (incident.alerts.first()?, incident.alerts.last()?);
            let point = point_of(last, sector).map(|point| place(&sector.frame, point));
            let ended = incident.alerts.iter().filter_map(closed_at).max();
            let until = if incident.is_open() { None } else { ended };
            let feature = Feature::of(FeatureId::Number(first.id.0), INCIDENTS, incident);
            Some(feature.at(point.map(Geometry::Point)).during(first.raised_at, until))
        })
        .collect()
}

/// Alerts come in the order of their numbers, which is that in which they were raised.
fn group<'a>(alerts: impl Iterator<Item = &'a Alert>, sector: &Sector) -> Vec<Incident> {
    let mut of_track: BTreeMap<TrackId, usize> = BTreeMap::new();
    let mut incidents: Vec<Incident> = Vec::new();
    for alert in alerts {
        let known = alert.track.map(|track| *of_track.entry(track).or_insert(incidents.len()));
        let chainage_m = chainage_m(alert, sector);
        match known.and_then(|at| incidents.get_mut(at)) {
            Some(incident) => {
                incident.alerts.push(alert.clone());
                incident.chainage_m = chainage_m.or(incident.chainage_m);
            }
            None => incidents.push(Incident { alerts: vec![alert.clone()], chainage_m }),
        }
    }
    incidents
}

impl Incident {
    fn is_open(&self) -> bool {
        self.alerts.iter().any(Alert::is_open)
    }
}
