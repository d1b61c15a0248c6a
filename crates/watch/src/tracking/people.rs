//! What people ask of tracks and say of them: acts and their undoing, trails, lineages.

use jiff::{SignedDuration, Timestamp};
use nalgebra::{Matrix2, Vector2};
use sight::sector::SensorId;

use super::acts::{ActRefused, Said, TrackAct, TrackActRecord};
use super::bernoulli::{Belief, Label};
use super::chronicle::{Contribution, Noted, Span, TrackLineage};
use super::kinematics::Gaussian;
use super::modes::Modes;
use super::placement::{Placed, Placement};
use super::smooth::TrailPoint;
use super::vertical::{Level, Vertical};
use super::{TrackEstimate, Tracker};
use crate::journal::{TrackActId, TrackId};
use crate::seam::{HandOver, PlaneState};

impl Tracker {
    /// Carries out what a person says of a track.
    pub fn act(&mut self, act: TrackAct, said: Said) -> Result<TrackActId, ActRefused> {
        self.check(&act, &said)?;
        let names = self.acts.names().clone();
        let reports = &self.reports;
        let is_shown = |id: TrackId| {
            names.is_pinned(id) || reports.shown().any(|own| names.shown_of(own) == id)
        };
        self.acts.make_room(&is_shown)?;
        let id = match &act {
            TrackAct::SplitFrom { .. } => {
                let gave = self.reports.next_id();
                self.acts.add(act, said, Some(gave))
            }
            TrackAct::SplitSensors { track, sensors } => {
                let (one, sensors) = (self.acts.names().of(*track), sensors.clone());
                self.split_by(one, &sensors, act, said)
            }
            TrackAct::Merge { .. } | TrackAct::Relabel { .. } | TrackAct::Pin { .. } => {
                self.acts.add(act, said, None)
            }
        };
        self.follow_acts();
        Ok(id)
    }

    /// Takes back what a person said.
    pub fn undo(&mut self, act: TrackActId, said: Said) -> Result<(), ActRefused> {
        let until = self.after_all_taken(said.at);
        self.acts.undo(act, said, until)?;
        self.follow_acts();
        Ok(())
    }

    /// An act that was done, undone or not.
    pub fn act_record(&self, id: TrackActId) -> Option<&TrackActRecord> {
        self.acts.record(id)
    }

    /// All that people said of a track, what they took back included, oldest first.
    pub fn acts_on(&self, track: TrackId) -> impl Iterator<Item = &TrackActRecord> {
        self.acts.about(track)
    }

    /// The track that a number means since people merged and split.
    pub fn meaning(&self, id: TrackId) -> TrackId {
        self.acts.names().of(id)
    }

    /// Where a track was, smoothed, oldest first and bounded; empty for one that is not known.
    pub fn trail(&self, track: TrackId) -> Vec<TrailPoint> {
        let mut whole: Vec<TrailPoint> = Vec::new();
        let mut parts = self.parts(track);
        // The part that is followed now says where it was; older ones lead up to it.
        parts.sort_by_key(|(own, label, _)| (!self.reports.is_shown(*own), self.since(*label)));
        for (_, label, span) in parts {
            let points = self.chronicle.trail(label, &self.config);
            let first = whole.first().map(|point| point.at);
            let before = |point: &&TrailPoint| first.is_none_or(|first| point.at < first);
            let mut older: Vec<TrailPoint> = points
                .iter()
                .filter(|point| span.holds(point.at))
                .filter(before)
                .copied()
                .collect();
            older.append(&mut whole);
            whole = older;
        }
        whole
    }

    /// A figure that differs whenever the trail of a track may.
    pub fn trail_version(&self, track: TrackId) -> u64 {
        let parts = self.parts(track);
        let versions = parts.iter().map(|(_, label, _)| self.chronicle.version(*label));
        versions.fold(parts.len() as u64, |sum, version| {
            sum.wrapping_mul(1 << 20).wrapping_add(version)
        })
    }

    /// The measurements that a track was made of, through merges and splits; `None` for one not known.
    pub fn lineage(&self, track: TrackId) -> Option<TrackLineage> {
        let parts = self.parts(self.meaning(track));
        if parts.is_empty() {
            return None;
        }
        let mut lineage = TrackLineage::default();
        for (own, label, span) in parts {
            let (measurements, forgotten) = self.chronicle.lineage(label, span);
            lineage.forgotten += forgotten;
            lineage.measurements.extend(
                measurements
                    .into_iter()
                    .map(|measurement| Contribution { track: own, measurement }),
            );
        }
        lineage.measurements.sort_by_key(|seen| seen.measurement.at);
        Some(lineage)
    }

    /// What was seen of a track since a time, oldest first, as it stands in the chronicle; `None` for one not known.
    pub(crate) fn noted_since(&self, track: TrackId, since: Timestamp) -> Option<Vec<Noted<'_>>> {
        let parts = self.parts(self.meaning(track));
        if parts.is_empty() {
            return None;
        }
        let noted = parts
            .iter()
            .flat_map(|(_, label, span)| self.chronicle.noted(*label, span.since(since)));
        let mut noted: Vec<Noted<'_>> = noted.collect();
        noted.sort_by_key(|seen| seen.at);
        Some(noted)
    }

    /// When a track was first seen, as far as that is kept.
    pub(crate) fn first_seen(&self, track: TrackId) -> Option<Timestamp> {
        let parts = self.parts(self.meaning(track));
        parts.iter().filter_map(|(_, label, span)| span.from.or(self.since(*label))).min()
    }

    /// Tracks that may be of the same as what is offered, by the filter's gate, the nearest first.
    pub(crate) fn like(&self, offer: &HandOver, state: &PlaneState) -> Vec<TrackId> {
        let mut near: Vec<(f64, TrackId)> = self
            .tracks()
            .filter(|track| !track.spoken.lost)
            .filter_map(|track| {
                let dt_s = track.at.duration_since(offer.at).as_secs_f64();
                let mut other = Gaussian { mean: state.mean, covariance: state.covariance };
                other.predict(dt_s.max(0.0), self.config.acceleration_m2ps3);
                let both =
                    Gaussian { mean: track.mean, covariance: track.covariance + other.covariance };
                let gain = both.position_gain(&Matrix2::zeros());
                let there = Vector2::new(other.mean.x, other.mean.z);
                let mut distance2 = gain.correct(&both.mean, &there).distance2;
                if let (Some(own), Some(mut flight)) = (track.height, flight_of(offer)) {
                    flight.predict(dt_s.max(0.0), self.climb_m2ps3());
                    let level = Level { height_m: own.above_sea_m, variance_m2: own.covariance[0] };
                    distance2 += flight.heard(&level).distance2;
                }
                (distance2 <= self.config.gate).then_some((distance2, track.id))
            })
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.into_iter().map(|(_, id)| id).collect()
    }

    /// Takes what a neighbour hands over for one of our tracks, or as a new one; returns its number.
    pub(crate) fn take_over(
        &mut self,
        offer: &HandOver,
        state: &PlaneState,
        onto: Option<TrackId>,
    ) -> TrackId {
        let own = onto.and_then(|id| Some((id, *self.labels_now(id).first()?)));
        let label = Label::of_neighbour(offer.at, &offer.identity.sector, offer.identity.number);
        let belief = Box::new(Belief {
            existence: offer.existence,
            state: Gaussian { mean: state.mean, covariance: state.covariance },
            classes: offer.classes.normalised(),
            modes: Modes::default().flying_so(flight_of(offer)),
            still: None,
        });
        let what =
            Placed::Handed { onto: own.map(|(_, label)| label), label, at: offer.at, belief };
        self.placements.push(Placement { after: self.history.newest(), what });
        let id = own.map_or_else(|| self.reports.show(label), |(id, _)| id);
        self.now = self.now.max(Some(offer.at));
        self.follow_acts();
        id
    }

    /// Spectral density of the vertical acceleration of what flies.
    fn climb_m2ps3(&self) -> f64 {
        self.config.flying().map_or(0.0, |(_, climbing)| climbing.acceleration_m2ps3)
    }

    fn check(&self, act: &TrackAct, said: &Said) -> Result<(), ActRefused> {
        let names = self.acts.names();
        let (track, other) = act.tracks();
        for (field, id) in [("track", Some(track)), ("other", other)] {
            if let Some(id) = id.filter(|id| self.parts(names.of(*id)).is_empty()) {
                return Err(ActRefused::TrackUnknown { field, track: id });
            }
        }
        let shown = names.of(track);
        let is_followed = !self.labels_now(shown).is_empty();
        match act {
            TrackAct::Merge { other, .. } if names.of(*other) == shown => {
                Err(ActRefused::AlreadyMerged { track, other: *other })
            }
            TrackAct::SplitFrom { from, .. } => {
                let since = self
                    .parts(shown)
                    .iter()
                    .filter_map(|(_, label, span)| span.from.or(self.since(*label)))
                    .min();
                let may = since.is_some_and(|since| *from > since) && *from <= said.at;
                if may { Ok(()) } else { Err(ActRefused::TimeWrong { from: *from }) }
            }
            TrackAct::SplitSensors { sensors, .. } => self.check_sensors(shown, sensors),
            TrackAct::Pin { .. } if names.is_pinned(shown) => Err(ActRefused::AlreadyPinned(track)),
            TrackAct::Pin { .. } | TrackAct::Relabel { .. }
                if !is_followed && !names.is_pinned(shown) =>
            {
                Err(ActRefused::NotFollowed(track))
            }
            TrackAct::Merge { .. } | TrackAct::Relabel { .. } | TrackAct::Pin { .. } => Ok(()),
        }
    }

    fn check_sensors(&self, shown: TrackId, sensors: &[SensorId]) -> Result<(), ActRefused> {
        let estimate = self.tracks().find(|estimate| estimate.id == shown && !estimate.spoken.lost);
        let Some(TrackEstimate { seen_by, .. }) = estimate else {
            return Err(ActRefused::NotFollowed(shown));
        };
        let saw = |sensor: &SensorId| seen_by.iter().any(|(known, _)| known == sensor);
        if let Some(stranger) = sensors.iter().find(|sensor| !saw(sensor)) {
            return Err(ActRefused::SensorUnknown { track: shown, sensor: stranger.0.clone() });
        }
        let left = seen_by.iter().filter(|(sensor, _)| !sensors.contains(sensor)).count();
        if sensors.is_empty() || left == 0 { Err(ActRefused::SensorsWrong) } else { Ok(()) }
    }

    /// What the tracker knows of a track: its own number, its label, and the time for which it counts.
    fn parts(&self, shown: TrackId) -> Vec<(TrackId, Label, Span)> {
        let known = self.acts.names().parts(shown).into_iter();
        known.filter_map(|(own, span)| Some((own, self.reports.label_of(own)?, span))).collect()
    }

    /// Labels of what is followed now as a track.
    fn labels_now(&self, shown: TrackId) -> Vec<Label> {
        let parts = self.parts(shown).into_iter();
        parts
            .filter(|(own, _, span)| span.until.is_none() && self.reports.is_shown(*own))
            .map(|(_, label, _)| label)
            .collect()
    }

    fn since(&self, label: Label) -> Option<Timestamp> {
        self.chronicle.first_seen(label)
    }

    /// Makes two of one: the second is like the first, and from now on each has its own sensors.
    fn split_by(
        &mut self,
        one: TrackId,
        sensors: &[SensorId],
        act: TrackAct,
        said: Said,
    ) -> TrackActId {
        let firsts = self.labels_now(one);
        let seen_by = self.tracks().find(|track| track.id == one).map(|track| track.sensors());
        let mut others: Vec<SensorId> =
            seen_by.into_iter().flatten().filter(|sensor| !sensors.contains(sensor)).collect();
        others.sort_unstable();
        let from = self.after_all_taken(said.at);
        let second = Label::of_split(said.at, self.acts.next_id());
        let gave = self.reports.show(second);
        let id = self.acts.add(act, said, Some(gave));
        if let Some(first) = firsts.first() {
            let what = Placed::Copy { of: *first, label: second };
            self.placements.push(Placement { after: self.history.newest(), what });
        }
        self.acts.bar(id, &firsts, sensors, from);
        self.acts.bar(id, &[second], &others, from);
        id
    }

    /// When a person's word begins to hold: no scan that was taken already is judged otherwise when it is taken again.
    fn after_all_taken(&self, said_at: Timestamp) -> Timestamp {
        let newest = self.history.newest();
        let after = newest.and_then(|(at, _)| at.checked_add(SignedDuration::from_nanos(1)).ok());
        after.map_or(said_at, |after| after.max(said_at))
    }

    fn follow_acts(&mut self) {
        self.filter.set_bars(self.acts.bars());
        self.filter.place(&self.placements, None, &self.config);
        self.refresh_reports();
    }
}

/// The height that an offer tells, which was checked before.
fn flight_of(offer: &HandOver) -> Option<Vertical> {
    let height = offer.height?;
    let [of_height, both, of_climb] = height.covariance;
    Some(Vertical {
        mean: Vector2::new(height.above_sea_m, height.climb_mps),
        covariance: Matrix2::new(of_height, both, both, of_climb),
    })
}
