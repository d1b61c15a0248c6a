//! What tracks do: approach, loiter, head for the line, cross it, enter a zone, or lie still.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;
use sight::sector::{Alerting, Rule, Sector, Zone, ZoneKind};

use super::{RuleMemory, Scene, rank, worth_telling};
use crate::alert::desk::{AlertDesk, Finding};
use crate::alert::{Alert, AlertKind, Stage};
use crate::detection::Class;
use crate::geometry::first_crossing;
use crate::journal::{AlertId, TrackId, TrackView};
use crate::roster::seconds_between;

/// Slower than this towards the line, a track is not heading for it.
const HEADING_MIN_MPS: f64 = 0.3;
/// A course is believed when the speed is this many times its own error.
const HEADING_SIGMAS: f64 = 1.0;
/// A side of the line is believed when the track is this many sigmas beyond it.
const SIDE_SIGMAS: f64 = 1.0;
/// A track must have lived this long before it is predicted to do anything.
const TRACK_AGE_MIN_S: f64 = 20.0;
/// Faster than this, a track is not still, whatever its place.
const STILL_MAX_MPS: f64 = 0.4;
/// Tracks whose animal probability is above this call nobody.
const ANIMAL_MIN: f64 = 0.6;

/// What is remembered of one track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TrackMemory {
    first_seen_at: Timestamp,
    /// Was once believed to be beyond the line.
    was_beyond: bool,
    crossed: bool,
    still_since: Timestamp,
    still_at: EnuPoint,
    /// Since when it stays about one place, and which.
    #[serde(default)]
    about: Option<(Timestamp, EnuPoint)>,
    /// Farthest beyond the line that it was seen.
    #[serde(default)]
    farthest_m: f64,
    /// The zone that nobody may enter and that it is in.
    #[serde(default)]
    zone: Option<String>,
}

/// What is known of a track in this moment.
struct Look<'a> {
    track: &'a TrackView,
    point: EnuPoint,
    sigma_m: f64,
    /// Distance from the line, beyond it positive.
    signed_m: f64,
    beyond: bool,
    inside: bool,
}

impl TrackMemory {
    fn begin(look: &Look<'_>, now: Timestamp) -> Self {
        Self {
            first_seen_at: now,
            was_beyond: false,
            crossed: false,
            still_since: now,
            still_at: look.point,
            about: Some((now, look.point)),
            farthest_m: look.signed_m,
            zone: None,
        }
    }

    /// What is remembered of a track that a person found to be this one is remembered of it.
    fn join(&mut self, other: &Self) {
        self.first_seen_at = self.first_seen_at.min(other.first_seen_at);
        self.was_beyond |= other.was_beyond;
        self.crossed |= other.crossed;
        self.farthest_m = self.farthest_m.max(other.farthest_m);
    }

    fn take(&mut self, look: &Look<'_>, sector: &Sector, now: Timestamp) {
        let alerting = &sector.alerting;
        self.was_beyond |= look.beyond;
        self.crossed |= self.was_beyond && look.inside;
        self.farthest_m = self.farthest_m.max(look.signed_m);
        let still_m = alerting.still_radius_m;
        let speed_mps = libm::hypot(look.track.east_mps, look.track.north_mps);
        let moved = self.still_at.distance_m(look.point) > still_m;
        if moved || look.sigma_m > still_m || speed_mps > STILL_MAX_MPS {
            self.still_at = look.point;
            self.still_since = now;
        }
        let about = self.about.get_or_insert((now, look.point));
        if about.1.distance_m(look.point) > alerting.loiter_radius_m {
            *about = (now, look.point);
        }
        let zone = entered(sector, look, self.zone.as_deref());
        self.zone = zone.map(|zone| zone.id.clone());
    }
}

impl RuleMemory {
    /// Applies the track rules to every reported track.
    pub fn watch_tracks(&mut self, scene: &Scene<'_>, desk: &mut AlertDesk) {
        let numbers =
            |track: &TrackView| track.also.iter().copied().chain([track.id]).collect::<Vec<_>>();
        let alive: BTreeSet<TrackId> = scene.tracks.iter().flat_map(numbers).collect();
        self.tracks.retain(|id, _| alive.contains(id));
        let open: BTreeSet<AlertId> = desk.open().map(|alert| alert.id).collect();
        self.alert_seen.retain(|id, _| open.contains(id));
        // Where a track was when it was lost says nothing of what it does now, and for one that the
        // neighbour took and has in its ground the neighbour calls.
        let is_theirs = |track: &TrackView| {
            track.at_seam.handed_to.is_some() && track.at_seam.ground_of.is_some()
        };
        for track in scene.tracks.iter().filter(|track| !(track.lost || is_theirs(track))) {
            let Some(finding) = self.judge(scene, track) else { continue };
            self.tell(finding, track, scene, desk);
        }
    }

    fn judge(&mut self, scene: &Scene<'_>, track: &TrackView) -> Option<Finding> {
        let point = EnuPoint::new(track.east_m, track.north_m);
        let located = scene.sector.line.beside(point);
        let sigma_m = libm::sqrt(f64::midpoint(track.covariance_m2[0], track.covariance_m2[2]));
        let signed_m = located.signed_m;
        let (beyond, inside) =
            (signed_m > SIDE_SIGMAS * sigma_m, signed_m < -SIDE_SIGMAS * sigma_m);
        let look = Look { track, point, sigma_m, signed_m, beyond, inside };
        let others: Vec<TrackMemory> =
            track.also.iter().filter_map(|other| self.tracks.get(other).cloned()).collect();
        let begun = || TrackMemory::begin(&look, scene.now);
        let memory = self.tracks.entry(track.id).or_insert_with(begun);
        for other in &others {
            memory.join(other);
        }
        memory.take(&look, scene.sector, scene.now);
        let age_s = seconds_between(memory.first_seen_at, scene.now);
        if age_s < TRACK_AGE_MIN_S || calls_nobody(track) || in_ordinary_zone(scene.sector, point) {
            return None;
        }
        let (kind, left_s, rule) = gravest(scene, &look, memory)?;
        let finding = Finding::of(kind, &scene.sector.alerting, left_s, rule);
        Some(Finding {
            point: Some(point),
            stretch: Some(scene.sector.stretch_at(located.chainage_m)),
            track: Some(track.id),
            place: memory.zone.clone(),
            sensors: track.seen_by.clone(),
            confidence: track.existence,
            ..finding
        })
    }

    fn tell(
        &mut self,
        mut finding: Finding,
        track: &TrackView,
        scene: &Scene<'_>,
        desk: &mut AlertDesk,
    ) {
        let now = scene.now;
        let point = EnuPoint::new(track.east_m, track.north_m);
        match self.alert_of(track, point, now, desk) {
            Some(id) => {
                let alert = desk.get(id);
                // The number under which it was raised stays: a person may yet undo what made two numbers one.
                let own = alert.and_then(|alert| alert.track);
                finding.track = own.filter(|own| track.is_known_as(*own)).or(finding.track);
                let leads = alert.is_some_and(|alert| self.leads(alert, track));
                let rank_of = |alert: &Alert| rank(&alert.kind);
                let known = alert.map_or(0, rank_of);
                let graver = rank(&finding.kind) > known;
                if leads || graver {
                    self.alert_seen.insert(id, (now, point));
                    if alert.is_some_and(|alert| worth_telling(alert, &finding, now)) {
                        desk.refresh(id, &finding, now);
                    }
                }
                if rank(&finding.kind) >= known {
                    desk.found(id, now);
                }
            }
            None if was_closed_for(track, &finding.kind, desk) => {}
            None => {
                let of = track.id.0.to_string();
                self.raise(finding, &of, (&scene.sector.alerting, now), desk);
            }
        }
    }

    /// Whether a track speaks for an alert: it is the alert's own, or that one is gone.
    fn leads(&self, alert: &Alert, track: &TrackView) -> bool {
        alert.track.is_none_or(|own| track.is_known_as(own) || !self.tracks.contains_key(&own))
    }

    /// The open alert that this track belongs to: its own, or that of an event nearby and just now.
    fn alert_of(
        &self,
        track: &TrackView,
        point: EnuPoint,
        now: Timestamp,
        desk: &AlertDesk,
    ) -> Option<AlertId> {
        let is_own = |alert: &&Alert| alert.track.is_some_and(|own| track.is_known_as(own));
        let own = desk.open().find(is_own).map(|own| own.id);
        own.or_else(|| self.event_near(point, now, desk))
    }
}

/// The gravest thing that a track does, the time left where that tells it, and the rule in words.
fn gravest(
    scene: &Scene<'_>,
    look: &Look<'_>,
    memory: &TrackMemory,
) -> Option<(AlertKind, Option<f64>, &'static str)> {
    let alerting = &scene.sector.alerting;
    let watched = |rule: Rule| alerting.rule(rule).watched;
    let still_s = seconds_between(memory.still_since, scene.now);
    if still_s >= alerting.still_for_s && is_human(look.track) {
        let kind = AlertKind::PossibleDistress { still_s };
        return Some((kind, None, "a person has stayed still for long"));
    }
    if memory.crossed && watched(Rule::Crossed) {
        let words = "a track that was beyond the line is inside it";
        return Some((AlertKind::Crossed, None, words));
    }
    if memory.zone.is_some() && watched(Rule::ZoneEntry) {
        return Some((AlertKind::ZoneEntry, None, "a track is in a zone that nobody may enter"));
    }
    let heading = time_to_line(scene.sector, look.track).filter(|_| look.beyond);
    if let Some(in_s) = heading.filter(|_| watched(Rule::CrossingPredicted)) {
        let kind = AlertKind::CrossingPredicted { in_s };
        return Some((kind, Some(in_s), "a track heads for the line"));
    }
    if let Some(kind) = loitering(alerting, look, memory, scene.now) {
        return Some((kind, None, "a track has stayed about one place for long"));
    }
    let nearer = memory.farthest_m - look.signed_m >= alerting.approach_nearer_m;
    let near = look.beyond && look.signed_m <= alerting.approach_within_m;
    (near && nearer && watched(Rule::Approach)).then_some((
        AlertKind::Approach { distance_m: look.signed_m },
        None,
        "a track beyond the line has come nearer",
    ))
}

fn loitering(
    alerting: &Alerting,
    look: &Look<'_>,
    memory: &TrackMemory,
    now: Timestamp,
) -> Option<AlertKind> {
    let (since, _) = memory.about?;
    let for_s = seconds_between(since, now);
    let lasts = for_s >= alerting.loiter_for_s && look.sigma_m <= alerting.loiter_radius_m;
    let near = look.signed_m.abs() <= alerting.loiter_within_m;
    let who = is_human(look.track) || look.track.class == Class::Vehicle;
    let watched = alerting.rule(Rule::Loitering).watched;
    (lasts && near && who && watched).then_some(AlertKind::Loitering { for_s })
}

/// The zone that nobody may enter and that a track is in, surely; one that it was in it leaves by the zone's band.
fn entered<'a>(sector: &'a Sector, look: &Look<'_>, was_in: Option<&str>) -> Option<&'a Zone> {
    let restricted = || sector.zones.iter().filter(|zone| zone.kind == ZoneKind::Restricted);
    let around = |reach_m: f64| {
        let at = move |east_m: f64, north_m: f64| {
            EnuPoint::new(look.point.east_m + east_m, look.point.north_m + north_m)
        };
        [at(0.0, 0.0), at(reach_m, 0.0), at(-reach_m, 0.0), at(0.0, reach_m), at(0.0, -reach_m)]
    };
    let left = |zone: &&Zone| {
        let near = around(sector.alerting.zone_band_m);
        was_in == Some(&*zone.id) && near.iter().any(|point| zone.contains(*point))
    };
    let inside =
        |zone: &&Zone| around(SIDE_SIGMAS * look.sigma_m).iter().all(|point| zone.contains(*point));
    restricted().find(left).or_else(|| restricted().find(inside))
}

/// Seconds until the track, going on as it goes, reaches the line.
fn time_to_line(sector: &Sector, track: &TrackView) -> Option<f64> {
    let within_s = sector.alerting.predict_within_s;
    let here = EnuPoint::new(track.east_m, track.north_m);
    let speed_mps = libm::hypot(track.east_mps, track.north_mps);
    let there = EnuPoint::new(
        here.east_m + track.east_mps * within_s,
        here.north_m + track.north_mps * within_s,
    );
    let share = first_crossing(&sector.line, here, there)?;
    let closing_mps = sector.line.beside(here).signed_m / (share * within_s).max(1.0);
    let known = speed_mps >= HEADING_SIGMAS * track.speed_sigma_mps;
    (known && closing_mps >= HEADING_MIN_MPS).then_some(share * within_s)
}

fn calls_nobody(track: &TrackView) -> bool {
    track.class == Class::Animal && track.class_probability >= ANIMAL_MIN
}

fn is_human(track: &TrackView) -> bool {
    matches!(track.class, Class::Person | Class::Group)
}

fn in_ordinary_zone(sector: &Sector, point: EnuPoint) -> bool {
    sector.zones.iter().any(|zone| zone.kind == ZoneKind::Ordinary && zone.contains(point))
}

/// A track whose alert a person has closed calls again only for something graver.
fn was_closed_for(track: &TrackView, kind: &AlertKind, desk: &AlertDesk) -> bool {
    desk.alerts().any(|alert| {
        let closed = matches!(alert.stage, Stage::Closed { .. });
        let no_graver = rank(kind) <= rank(&AlertKind::CrossingPredicted { in_s: 0.0 })
            || std::mem::discriminant(kind) == std::mem::discriminant(&alert.kind);
        closed && alert.track.is_some_and(|own| track.is_known_as(own)) && no_graver
    })
}
