//! People's words laid over what the tracker believes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Acts, Spoken};
use crate::journal::TrackId;
use crate::tracking::class::ClassWeights;
use crate::tracking::config::TrackerConfig;
use crate::tracking::estimate::TrackEstimate;
use crate::tracking::kinematics::Mixture;

impl Acts {
    /// What people see of the tracker's own estimates.
    pub(crate) fn laid_over(
        &self,
        own: Vec<TrackEstimate>,
        now: Option<Timestamp>,
        config: &TrackerConfig,
    ) -> Vec<TrackEstimate> {
        if self.are_none() {
            return own;
        }
        let mut order = Vec::new();
        let mut parts: BTreeMap<TrackId, Vec<TrackEstimate>> = BTreeMap::new();
        for estimate in own {
            let era = self.names.now_of(estimate.id);
            let part = TrackEstimate { id: era.shown, ..estimate }.since(era.from);
            if !parts.contains_key(&era.shown) {
                order.push(era.shown);
            }
            parts.entry(era.shown).or_default().push(part);
        }
        let mut shown: Vec<TrackEstimate> = order
            .into_iter()
            .filter_map(|id| parts.remove(&id).and_then(|parts| together(&parts, config)))
            .collect();
        shown.extend(self.lost(&shown, now, config));
        for estimate in &mut shown {
            estimate.spoken.also = self.names.also(estimate.id);
            estimate.spoken.class = self.names.class(estimate.id);
            estimate.spoken.pinned = self.names.is_pinned(estimate.id);
        }
        shown
    }

    /// Remembers what the tracker holds of pinned tracks, for the time when it holds it no longer.
    pub(crate) fn remember_pinned(&mut self, own: impl Iterator<Item = TrackEstimate>) {
        let names = &self.names;
        let is_pinned = |id: TrackId| names.is_pinned(names.shown_of(id));
        self.last_known.retain(|id, _| is_pinned(*id));
        self.last_known.extend(
            own.filter(|estimate| is_pinned(estimate.id)).map(|estimate| (estimate.id, estimate)),
        );
    }

    /// Pinned tracks that nobody follows any more, where they were last.
    fn lost(
        &self,
        followed: &[TrackEstimate],
        now: Option<Timestamp>,
        config: &TrackerConfig,
    ) -> Vec<TrackEstimate> {
        let mut lost: BTreeMap<TrackId, TrackEstimate> = BTreeMap::new();
        for (own, last) in &self.last_known {
            let id = self.names.shown_of(*own);
            let is_followed = followed.iter().any(|estimate| estimate.id == id);
            let newer = lost.get(&id).is_none_or(|known| known.at < last.at);
            if is_followed || !newer || !self.names.is_pinned(id) {
                continue;
            }
            let gone_s = now.map_or(0.0, |now| now.duration_since(last.at).as_secs_f64());
            let existence = last.existence * config.survival(gone_s.max(0.0));
            let spoken = Spoken { lost: true, ..Spoken::default() };
            lost.insert(id, TrackEstimate { id, existence, spoken, ..last.clone() });
        }
        lost.into_values().collect()
    }
}

impl TrackEstimate {
    /// Without what was seen of it before a moment.
    fn since(mut self, from: Option<Timestamp>) -> Self {
        if let Some(from) = from {
            self.lineage.0.retain(|seen| seen.at >= from);
            self.seen_by.retain(|(_, at)| *at >= from);
        }
        self
    }
}

/// One estimate of several that are about the same thing.
///
/// It is there if any of them is. Its place is that of all of them together where they agree, else that
/// of the likeliest: people may be wrong, and a place half way between two others is nobody's.
fn together(parts: &[TrackEstimate], config: &TrackerConfig) -> Option<TrackEstimate> {
    let surest = parts
        .iter()
        .reduce(|best, part| if part.existence > best.existence { part } else { best })?;
    let agreeing: Vec<&TrackEstimate> =
        parts.iter().filter(|part| agree(surest, part, config)).collect();
    let mut mixture = Mixture::default();
    let mut classes = ClassWeights::ZERO;
    for part in &agreeing {
        mixture.push(part.existence, part.mean, part.covariance);
        classes.add_scaled(&part.classes, part.existence);
    }
    let mut whole = surest.clone();
    whole.height = whole.height.or(agreeing.iter().find_map(|part| part.height));
    if let Some(state) = mixture.merged().filter(|_| agreeing.len() > 1) {
        (whole.mean, whole.covariance) = (state.mean, state.covariance);
        whole.classes = classes.normalised();
    }
    whole.existence = 1.0 - parts.iter().map(|part| 1.0 - part.existence).product::<f64>();
    for part in parts.iter().filter(|part| !std::ptr::eq(*part, surest)) {
        whole.last_seen_at = whole.last_seen_at.max(part.last_seen_at);
        for (sensor, at) in &part.seen_by {
            match whole.seen_by.iter_mut().find(|(known, _)| known == sensor) {
                Some((_, last)) => *last = (*last).max(*at),
                None => whole.seen_by.push((sensor.clone(), *at)),
            }
        }
        whole.lineage.0.extend(part.lineage.0.iter().cloned());
    }
    whole.lineage.0.sort_by_key(|seen| seen.at);
    Some(whole)
}

/// Whether two estimates may be of one place, and of one height where both have one, by the filter's own gate.
fn agree(one: &TrackEstimate, other: &TrackEstimate, config: &TrackerConfig) -> bool {
    let (a, b) = (one.position_covariance_m2(), other.position_covariance_m2());
    let [east, across, north] = [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
    let determinant = east * north - across * across;
    let (dx, dy) = (one.mean.x - other.mean.x, one.mean.z - other.mean.z);
    let distance2 = (north * dx * dx - 2.0 * across * dx * dy + east * dy * dy) / determinant;
    let apart = one.height.zip(other.height).map_or(0.0, |(one, other)| {
        let off_m = one.above_sea_m - other.above_sea_m;
        off_m * off_m / (one.covariance[0] + other.covariance[0])
    });
    distance2 + apart <= config.gate
}
