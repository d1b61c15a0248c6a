//! When a person is called: crossings predicted and happened, possible distress, sight lost, sensors lost.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::coverage::{Health, StretchAssessment, WatchState};
use sight::geo::EnuPoint;
use sight::sector::{Sector, SensorId, StretchId, ZoneKind};

use super::desk::{AlertDesk, Finding};
use super::{Alert, AlertKind, Priority, Stage};
use crate::clocks::ClockStanding;
use crate::detection::Class;
use crate::geometry::first_crossing;
use crate::journal::{AlertId, SensorState, TrackId, TrackView};
use crate::roster::seconds_between;

/// A crossing is predicted when the track would reach the line within this time.
const PREDICT_WITHIN_S: f64 = 1_500.0;
/// Slower than this towards the line, a track is not heading for it.
const HEADING_MIN_MPS: f64 = 0.3;
/// A course is believed when the speed is this many times its own error.
const HEADING_SIGMAS: f64 = 1.0;
/// A side of the line is believed when the track is this many sigmas beyond it.
const SIDE_SIGMAS: f64 = 1.0;
/// A track must have lived this long before it is predicted to do anything.
const TRACK_AGE_MIN_S: f64 = 20.0;
/// Another track this near to where an alert's event was last seen, and this soon, is the same event.
const SAME_EVENT_M: f64 = 350.0;
const SAME_EVENT_S: f64 = 300.0;
/// Someone who has stayed within this radius, known at least this well, for this long may need help.
const STILL_RADIUS_M: f64 = 60.0;
const STILL_FOR_S: f64 = 480.0;
/// Faster than this, a track is not still, whatever its place.
const STILL_MAX_MPS: f64 = 0.4;
/// Blind line beyond what the ground alone hides, before a person is called.
const SIGHT_LOST_MIN_M: f64 = 1_000.0;
/// The called person is told again when it has changed by so much.
const SIGHT_LOST_STEP_M: f64 = 1_000.0;
/// Tracks whose animal probability is above this call nobody.
const ANIMAL_MIN: f64 = 0.6;

/// What the rules remember from one tick to the next.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleMemory {
    tracks: BTreeMap<TrackId, TrackMemory>,
    /// When the track of an open alert was last alive.
    alert_seen: BTreeMap<AlertId, (Timestamp, EnuPoint)>,
    /// Stretches that were not watched in the first full assessment: hidden by the ground in clear air.
    hidden: Option<BTreeSet<StretchId>>,
    lost: BTreeSet<SensorId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct TrackMemory {
    first_seen_at: Timestamp,
    /// Was once believed to be beyond the line.
    was_beyond: bool,
    crossed: bool,
    still_since: Timestamp,
    still_at: EnuPoint,
}

/// Everything a rule may look at.
pub struct Scene<'a> {
    pub sector: &'a Sector,
    pub tracks: &'a [TrackView],
    pub now: Timestamp,
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
            self.tell(finding, track, scene.now, desk);
        }
    }

    fn judge(&mut self, scene: &Scene<'_>, track: &TrackView) -> Option<Finding> {
        let point = EnuPoint::new(track.east_m, track.north_m);
        let located = scene.sector.line.beside(point);
        let sigma_m = libm::sqrt(f64::midpoint(track.covariance_m2[0], track.covariance_m2[2]));
        let beyond = located.signed_m > SIDE_SIGMAS * sigma_m;
        let inside = located.signed_m < -SIDE_SIGMAS * sigma_m;
        // What is remembered of a track that a person found to be this one is remembered of it.
        let others: Vec<TrackMemory> =
            track.also.iter().filter_map(|other| self.tracks.get(other).cloned()).collect();
        let memory = self.tracks.entry(track.id).or_insert_with(|| TrackMemory {
            first_seen_at: scene.now,
            was_beyond: false,
            crossed: false,
            still_since: scene.now,
            still_at: point,
        });
        for other in others {
            memory.first_seen_at = memory.first_seen_at.min(other.first_seen_at);
            memory.was_beyond |= other.was_beyond;
            memory.crossed |= other.crossed;
        }
        memory.was_beyond |= beyond;
        memory.crossed |= memory.was_beyond && inside;
        let moved = memory.still_at.distance_m(point) > STILL_RADIUS_M;
        if moved
            || sigma_m > STILL_RADIUS_M
            || libm::hypot(track.east_mps, track.north_mps) > STILL_MAX_MPS
        {
            memory.still_at = point;
            memory.still_since = scene.now;
        }
        let still_s = seconds_between(memory.still_since, scene.now);
        let age_s = seconds_between(memory.first_seen_at, scene.now);
        if age_s < TRACK_AGE_MIN_S || calls_nobody(track) || in_ordinary_zone(scene.sector, point) {
            return None;
        }
        let (kind, priority, rule) = if still_s >= STILL_FOR_S && is_human(track) {
            (
                AlertKind::PossibleDistress { still_s },
                Priority::High,
                "a person has stayed still for long",
            )
        } else if memory.crossed {
            (AlertKind::Crossed, Priority::High, "a track that was beyond the line is inside it")
        } else {
            let in_s = time_to_line(scene.sector, track).filter(|_| beyond)?;
            (AlertKind::CrossingPredicted { in_s }, Priority::Medium, "a track heads for the line")
        };
        Some(Finding {
            kind,
            priority,
            point: Some(point),
            stretch: Some(scene.sector.stretch_at(located.chainage_m)),
            track: Some(track.id),
            sensor: None,
            confidence: track.existence,
            rule,
        })
    }

    fn tell(
        &mut self,
        mut finding: Finding,
        track: &TrackView,
        now: Timestamp,
        desk: &mut AlertDesk,
    ) {
        let point = EnuPoint::new(track.east_m, track.north_m);
        let same = self.alert_of(track, point, now, desk);
        match same {
            Some(id) => {
                let alert = desk.get(id);
                // The number under which it was raised stays: a person may yet undo what made two numbers one.
                let own = alert.and_then(|alert| alert.track);
                finding.track = own.filter(|own| track.is_known_as(*own)).or(finding.track);
                let leads = alert.is_some_and(|alert| self.leads(alert, track));
                let graver = alert.is_some_and(|alert| rank(&finding.kind) > rank(&alert.kind));
                if leads || graver {
                    self.alert_seen.insert(id, (now, point));
                    if alert.is_some_and(|alert| worth_telling(alert, &finding, now)) {
                        desk.refresh(id, &finding, now);
                    }
                }
            }
            None if was_closed_for(track, &finding.kind, desk) => {}
            None => {
                desk.raise(finding, now);
                if let Some(alert) = desk.open().last() {
                    self.alert_seen.insert(alert.id, (now, point));
                }
            }
        }
    }

    /// Whether a track speaks for an alert: it is the alert's own, or that one is gone.
    fn leads(&self, alert: &Alert, track: &TrackView) -> bool {
        alert.track.is_none_or(|own| track.is_known_as(own) || !self.tracks.contains_key(&own))
    }

    /// The open alert that this track belongs to: its own, or that of an event nearby and just now.
    ///
    /// A group gives several tracks, and a track that is lost and found gets another number: one
    /// event is one alert.
    fn alert_of(
        &self,
        track: &TrackView,
        point: EnuPoint,
        now: Timestamp,
        desk: &AlertDesk,
    ) -> Option<AlertId> {
        let is_own = |alert: &&Alert| alert.track.is_some_and(|own| track.is_known_as(own));
        if let Some(own) = desk.open().find(is_own) {
            return Some(own.id);
        }
        let nearby = desk.open().filter(|alert| {
            self.alert_seen.get(&alert.id).is_some_and(|(at, last)| {
                seconds_between(*at, now) <= SAME_EVENT_S && last.distance_m(point) <= SAME_EVENT_M
            })
        });
        nearby.map(|alert| alert.id).next()
    }

    /// Calls a person when a sensor stops seeing, once per loss.
    pub fn watch_sensors<'a>(
        &mut self,
        sensors: impl Iterator<Item = &'a SensorState>,
        sector: &Sector,
        now: Timestamp,
        desk: &mut AlertDesk,
    ) {
        for sensor in sensors {
            let health = sensor.health();
            let lost = matches!(health, Health::Down | Health::Stale | Health::Quarantined);
            if !lost {
                self.lost.remove(&sensor.id);
                continue;
            }
            let known = !self.lost.insert(sensor.id.clone());
            let open = desk.open().any(|alert| {
                alert.sensor.as_ref() == Some(&sensor.id)
                    && matches!(alert.kind, AlertKind::SensorLost)
            });
            if known || open {
                continue;
            }
            let point =
                sector.sensors.iter().find(|planned| planned.id == sensor.id).map(|s| s.point);
            let finding = Finding {
                kind: AlertKind::SensorLost,
                priority: Priority::Low,
                point,
                stretch: point.map(|point| sector.stretch_at(sector.line.chainage_m(point))),
                track: None,
                sensor: Some(sensor.id.clone()),
                confidence: 1.0,
                rule: if sensor.clock.standing == ClockStanding::Off {
                    "a sensor's clock stepped: its times are not believed"
                } else if health == Health::Quarantined {
                    "a sensor is not believed: others contradict it, or a person does"
                } else {
                    "a sensor that was there stopped seeing"
                },
            };
            desk.raise(finding, now);
        }
    }

    /// Calls a person when line that the ground does not hide has gone blind or unknown.
    pub fn watch_sight(
        &mut self,
        sector: &Sector,
        assessed: &[StretchAssessment],
        now: Timestamp,
        desk: &mut AlertDesk,
    ) {
        let dark = |state: WatchState| matches!(state, WatchState::Blind | WatchState::Unknown);
        let sure = assessed.iter().any(|stretch| stretch.state != WatchState::Unknown);
        if self.hidden.is_none() && sure {
            self.hidden =
                Some(assessed.iter().filter(|s| dark(s.state)).map(|s| s.stretch).collect());
        }
        let Some(hidden) = &self.hidden else { return };
        let lost: Vec<_> = sector
            .stretches
            .iter()
            .zip(assessed)
            .filter(|(stretch, now)| dark(now.state) && !hidden.contains(&stretch.id))
            .map(|(stretch, _)| stretch)
            .collect();
        let length_m: f64 = lost.iter().map(|stretch| stretch.to_m - stretch.from_m).sum();
        let open = desk.open().find(|alert| matches!(alert.kind, AlertKind::SightLost { .. }));
        let middle = lost.get(lost.len() / 2);
        let finding = Finding {
            kind: AlertKind::SightLost { length_m },
            priority: Priority::Medium,
            point: middle.map(|stretch| stretch.points[stretch.points.len() / 2]),
            stretch: middle.map(|stretch| stretch.id),
            track: None,
            sensor: None,
            confidence: 1.0,
            rule: "stretches that were seen are blind or unknown",
        };
        match open.map(|alert| (alert.id, alert.kind)) {
            Some((id, AlertKind::SightLost { length_m: told_m }))
                if (told_m - length_m).abs() >= SIGHT_LOST_STEP_M =>
            {
                desk.refresh(id, &finding, now);
            }
            None if length_m >= SIGHT_LOST_MIN_M => desk.raise(finding, now),
            Some(_) | None => {}
        }
    }
}

/// Seconds until the track, going on as it goes, reaches the line.
fn time_to_line(sector: &Sector, track: &TrackView) -> Option<f64> {
    let here = EnuPoint::new(track.east_m, track.north_m);
    let speed_mps = libm::hypot(track.east_mps, track.north_mps);
    let there = EnuPoint::new(
        here.east_m + track.east_mps * PREDICT_WITHIN_S,
        here.north_m + track.north_mps * PREDICT_WITHIN_S,
    );
    let share = first_crossing(&sector.line, here, there)?;
    let closing_mps = sector.line.beside(here).signed_m / (share * PREDICT_WITHIN_S).max(1.0);
    let known = speed_mps >= HEADING_SIGMAS * track.speed_sigma_mps;
    (known && closing_mps >= HEADING_MIN_MPS).then_some(share * PREDICT_WITHIN_S)
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

/// An alert is refreshed when it becomes a graver kind, or every ten seconds while it goes on.
fn worth_telling(alert: &Alert, finding: &Finding, now: Timestamp) -> bool {
    const GOES_ON_S: f64 = 10.0;
    let (known, found) = (rank(&alert.kind), rank(&finding.kind));
    found > known || (found == known && seconds_between(alert.changed_at, now) >= GOES_ON_S)
}

/// How grave a kind of alert is against the others about the same event.
fn rank(kind: &AlertKind) -> u8 {
    match kind {
        AlertKind::SensorLost | AlertKind::SightLost { .. } => 0,
        AlertKind::CrossingPredicted { .. } => 1,
        AlertKind::Crossed => 2,
        AlertKind::PossibleDistress { .. } => 3,
        AlertKind::CalledForHelp { .. } => 4,
    }
}

/// A track whose alert a person has closed calls again only for something graver.
fn was_closed_for(track: &TrackView, kind: &AlertKind, desk: &AlertDesk) -> bool {
    desk.alerts().any(|alert| {
        let closed = matches!(alert.stage, Stage::Closed { .. });
        let no_graver = match kind {
            AlertKind::CrossingPredicted { .. } => true,
            AlertKind::Crossed | AlertKind::PossibleDistress { .. } => {
                std::mem::discriminant(kind) == std::mem::discriminant(&alert.kind)
            }
            AlertKind::SightLost { .. }
            | AlertKind::SensorLost
            | AlertKind::CalledForHelp { .. } => false,
        };
        closed && alert.track.is_some_and(|own| track.is_known_as(own)) && no_graver
    })
}
