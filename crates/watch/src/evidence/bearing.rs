//! Which tracks, alerts and stretch a late word bears on.

use jiff::Timestamp;
use nalgebra::{Matrix2, Vector2};
use sight::geo::EnuPoint;
use sight::sector::{Sector, Settings};

use super::{BearsOn, Link, Told, TrackLink};
use crate::alert::{Alert, Stage};
use crate::detection::Class;
use crate::detection::locate::mover_of;
use crate::journal::TrackId;
use crate::limits;
use crate::roster::seconds_between;
use crate::tracking::TrailPoint;

/// 99 % of the chi-square distribution with two degrees of freedom, for places.
const GATE_PLACE: f64 = 9.210_340_371_976_182;
/// The same with one, for directions.
const GATE_DIRECTION: f64 = 6.634_896_601_021_214;
/// Sigmas that a place told may be off when asked whether something is near it.
const NEAR_SIGMAS: f64 = 2.0;

/// A track that the word may be of.
pub(crate) struct Candidate {
    pub(crate) track: TrackId,
    pub(crate) class: Class,
    /// Where it was, oldest first.
    pub(crate) trail: Vec<TrailPoint>,
}

/// What is known at the moment when a word arrives.
pub(crate) struct Ground<'a> {
    pub(crate) sector: &'a Sector,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) alerts: Vec<&'a Alert>,
}

impl Ground<'_> {
    /// What a word about a time and a place bears on.
    pub(super) fn bearing_of(&self, told: &Told, at: Timestamp) -> BearsOn {
        let mut fits: Vec<(Link, f64, TrackId)> = self
            .candidates
            .iter()
            .filter_map(|candidate| {
                let (how, misfit) = candidate.fit(told, at, &self.sector.settings)?;
                Some((how, misfit, candidate.track))
            })
            .collect();
        fits.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
        fits.truncate(limits::EVIDENCE_TRACKS_MAX);
        let tracks: Vec<TrackLink> =
            fits.into_iter().map(|(how, _, track)| TrackLink { track, how }).collect();
        let is_meant = |alert: &&&Alert| {
            alert.track.is_some_and(|own| tracks.iter().any(|link| link.track == own))
                || self.is_near(alert, told, at)
        };
        let alerts = self.alerts.iter().filter(is_meant).map(|alert| alert.id).collect();
        let stretch = match told {
            Told::Place { point, .. } => {
                Some(self.sector.stretch_at(self.sector.line.chainage_m(*point)))
            }
            Told::Direction { .. } => None,
        };
        BearsOn { tracks, alerts, stretch }
    }

    /// Whether an alert about somebody was raised near there, and not long before or after.
    fn is_near(&self, alert: &Alert, told: &Told, at: Timestamp) -> bool {
        let (Some(point), Told::Place { point: there, sigma_m }) = (alert.point, told) else {
            return false;
        };
        let within_m = self.sector.settings.report_radius_m + NEAR_SIGMAS * sigma_m;
        alert.sensor.is_none()
            && !matches!(alert.stage, Stage::Closed { .. })
            && seconds_between(alert.raised_at, at).abs() <= limits::EVIDENCE_BEARS_S
            && point.distance_m(*there) <= within_m
    }
}

impl Candidate {
    /// How the track fits a word about `at`, and how ill in squared sigmas; `None` when it does not.
    fn fit(&self, told: &Told, at: Timestamp, settings: &Settings) -> Option<(Link, f64)> {
        let first = self.trail.first()?;
        let early_s = seconds_between(at, first.at);
        if early_s <= 0.0 {
            let (point, covariance) = self.place_at(at)?;
            let (misfit, gate) = told.misfit(point, covariance);
            return (misfit <= gate).then_some((Link::WasThere, misfit));
        }
        // First seen later: anywhere that its kind gets to in that time.
        if early_s > limits::EVIDENCE_BEARS_S {
            return None;
        }
        let reach_m = Settings::of(&settings.flat_speed_mps, mover_of(self.class)) * early_s;
        let spread = Matrix2::identity() * (reach_m * reach_m / GATE_PLACE);
        let (point, covariance) = place_of(first);
        let (misfit, gate) = told.misfit(point, covariance + spread);
        (misfit <= gate).then_some((Link::MayHaveCome, misfit))
    }

    /// Where it was, between the two points of its trail; `None` when it was over by then.
    fn place_at(&self, at: Timestamp) -> Option<(EnuPoint, Matrix2<f64>)> {
        let next = self.trail.partition_point(|point| point.at < at);
        let Some(after) = self.trail.get(next) else {
            let last = self.trail.last()?;
            let late_s = seconds_between(last.at, at);
            return (late_s <= limits::EVIDENCE_AFTER_S).then(|| place_of(last));
        };
        let (there, covariance) = place_of(after);
        let Some(before) = next.checked_sub(1).and_then(|place| self.trail.get(place)) else {
            return Some((there, covariance));
        };
        let (from, _) = place_of(before);
        let share = seconds_between(before.at, at) / seconds_between(before.at, after.at).max(1e-9);
        let point = from.to_vector() + (there.to_vector() - from.to_vector()) * share;
        Some((EnuPoint::new(point.x, point.y), covariance))
    }
}

impl Told {
    /// How ill a place with its error fits, in squared sigmas, and up to where it does.
    fn misfit(&self, point: EnuPoint, covariance: Matrix2<f64>) -> (f64, f64) {
        match *self {
            Self::Place { point: there, sigma_m } => {
                let apart = there.to_vector() - point.to_vector();
                let spread = covariance + Matrix2::identity() * (sigma_m * sigma_m);
                let misfit =
                    spread.cholesky().map_or(f64::INFINITY, |root| apart.dot(&root.solve(&apart)));
                (misfit, GATE_PLACE)
            }
            Self::Direction { from, azimuth, sigma_rad } => {
                let way = point.to_vector() - from.to_vector();
                let range_m = way.norm().max(1.0);
                let off_rad = from.azimuth_to(point).minus(azimuth);
                // The place's error across the way, seen from there.
                let across = Vector2::new(way.y, -way.x) / range_m;
                let across_rad2 = across.dot(&(covariance * across)) / (range_m * range_m);
                (off_rad * off_rad / (sigma_rad * sigma_rad + across_rad2), GATE_DIRECTION)
            }
        }
    }
}

fn place_of(point: &TrailPoint) -> (EnuPoint, Matrix2<f64>) {
    let [east_m2, across_m2, north_m2] = point.covariance_m2;
    let covariance = Matrix2::new(east_m2, across_m2, across_m2, north_m2);
    (EnuPoint::new(point.east_m, point.north_m), covariance)
}
