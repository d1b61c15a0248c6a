//! What became of each track, for people: its trail and the measurements it was made of.
//!
//! It is written from what the filter believes after each scan and never read by it, so it is no part of
//! what decides the next answer.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sight::sector::SensorId;

use super::bernoulli::{Label, Seen};
use super::config::TrackerConfig;
use super::estimate::MeasurementRef;
use super::filter::Filter;
use super::filter::keys::Keys;
use super::scan::Scan;
use super::smooth::{Node, TrailPoint, smoothed};
use crate::journal::TrackId;

/// States that a lag is divided into; what lies closer together is taken for one.
const NODES_PER_LAG: f64 = 30.0;
/// Points of a trail that are final.
const TRAIL_MAX: usize = 64;
/// Least time between two points of a trail.
const TRAIL_SPACING_S: f64 = 5.0;
/// Measurements that are told of each track.
const SEEN_MAX: usize = 128;
/// So many more are kept: scans that are taken again may leave the track fewer of the newest.
const SEEN_SPARE: usize = 128;
/// What was last seen so long ago is forgotten.
const KEPT_S: f64 = 1_800.0;
/// Least time between two looks for what may be forgotten.
const SWEEP_S: f64 = 10.0;
/// Moments of a lag over which tracks are spread when what is known of them is made final.
const SETTLING_TURNS: u64 = 64;
/// Tracks beyond those that the tracker holds.
const PAGES_SPARE: usize = 1_024;

/// All pages, by the label of the track that each is about.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Chronicle {
    pages: BTreeMap<Label, Page>,
    /// Sensors in the order in which they were first noted; the filter's numbers do not outlive a late scan.
    sensors: Vec<SensorId>,
    swept: Option<Timestamp>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Page {
    /// The time of the scan that it was begun with; what is noted may be older.
    begun: Timestamp,
    /// At most one in each piece of the lag, oldest first.
    nodes: VecDeque<Node>,
    trail: VecDeque<TrailPoint>,
    seen: VecDeque<Seen>,
    /// How many were noted in all, those forgotten included.
    seen_ever: u64,
    /// Counts the pieces of time in which it grew, as long as points of a trail are apart.
    version: u64,
}

/// The measurements that a track was made of, as far as they are kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TrackLineage {
    /// Oldest first.
    pub measurements: Vec<Contribution>,
    /// How many older ones are no longer kept.
    pub forgotten: u64,
}

/// A measurement and the number under which the tracker itself knows what it was of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    pub track: TrackId,
    #[serde(flatten)]
    pub measurement: MeasurementRef,
}

/// A measurement that a track was made of, as it stands in the chronicle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Noted<'a> {
    pub(crate) sensor: &'a SensorId,
    pub(crate) at: Timestamp,
    pub(crate) id: u64,
    /// Chance that it was of the track.
    pub(crate) share: f64,
}

/// A stretch of time; open where `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Span {
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
}

impl Noted<'_> {
    fn to_measurement(self) -> MeasurementRef {
        MeasurementRef { sensor: self.sensor.clone(), at: self.at, id: self.id, share: self.share }
    }
}

impl Span {
    /// The part of it from a time on.
    pub(crate) fn since(self, since: Timestamp) -> Self {
        let from = self.from.max(Some(since).filter(|since| *since > Timestamp::MIN));
        Self { from, ..self }
    }

    pub(crate) fn holds(self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| at >= from) && self.until.is_none_or(|until| at < until)
    }
}

impl Chronicle {
    /// Notes what the filter has just made of a scan.
    pub(crate) fn note(&mut self, filter: &Filter, scan: &Scan, config: &TrackerConfig) {
        let Some(lag_s) = lag_s(config) else { return };
        let number = self.sensor_number(&scan.sensor);
        for bernoulli in filter.bernoullis() {
            let shares = |seen: &&Seen| {
                seen.at == scan.at && filter.sensor(seen.sensor) == Some(&scan.sensor)
            };
            let fresh = bernoulli.lineage.iter().rev().take_while(shares).count();
            if fresh == 0 || bernoulli.belief.mover() < config.end_below {
                continue;
            }
            let known = self.pages.contains_key(&bernoulli.label);
            let first = if known { bernoulli.lineage.len() - fresh } else { 0 };
            let seen = bernoulli.lineage.iter().skip(first).map(|seen| {
                let sensor = filter.sensor(seen.sensor).filter(|sensor| **sensor != scan.sensor);
                let sensor = sensor.map_or(number, |sensor| self.sensor_number(sensor));
                Seen { sensor, ..*seen }
            });
            let seen: Vec<Seen> = seen.collect();
            let page = self.pages.entry(bernoulli.label).or_insert_with(|| Page::begun(scan.at));
            page.note_seen(seen);
            let belief = &bernoulli.belief;
            let flight = belief.modes.aloft(config);
            page.note_state(Node { at: scan.at, state: belief.state, flight }, lag_s);
            page.settle(bernoulli.label, lag_s, config);
        }
        self.sweep(scan.at, config);
    }

    /// Takes back what was noted at `at` and after, because those scans are taken again: of all tracks, or of some.
    pub(crate) fn rewind(&mut self, at: Timestamp, only: Option<&Keys>) {
        let is_meant = |label: &Label| only.is_none_or(|only| only.contains(label.key()));
        for (_, page) in self.pages.iter_mut().filter(|(label, _)| is_meant(label)) {
            while page.nodes.back().is_some_and(|node| node.at >= at) {
                page.nodes.pop_back();
                page.version += 1;
            }
            while page.seen.back().is_some_and(|seen| seen.at >= at) {
                page.seen.pop_back();
                page.seen_ever -= 1;
            }
        }
        self.pages
            .retain(|label, page| !is_meant(label) || (page.begun < at && !page.seen.is_empty()));
    }

    /// When the track was first seen, as far as that is kept.
    pub(crate) fn first_seen(&self, label: Label) -> Option<Timestamp> {
        self.pages.get(&label)?.told().next().map(|seen| seen.at)
    }

    /// A figure that differs whenever the trail does.
    pub(crate) fn version(&self, label: Label) -> u64 {
        self.pages.get(&label).map_or(0, |page| page.version)
    }

    /// Where the track was, oldest first.
    pub(crate) fn trail(&self, label: Label, config: &TrackerConfig) -> Vec<TrailPoint> {
        let Some(page) = self.pages.get(&label) else { return Vec::new() };
        let nodes: Vec<Node> = page.nodes.iter().copied().collect();
        let mut points: Vec<TrailPoint> = page.trail.iter().copied().collect();
        for node in smoothed(&nodes, config) {
            push_spaced(&mut points, TrailPoint::of(&node));
        }
        points
    }

    /// Measurements of the track within a span of time, and how many older ones are forgotten.
    pub(crate) fn lineage(&self, label: Label, span: Span) -> (Vec<MeasurementRef>, u64) {
        let Some(page) = self.pages.get(&label) else { return (Vec::new(), 0) };
        let kept = self.noted(label, span).map(Noted::to_measurement);
        let forgotten = page.seen_ever - page.told().len() as u64;
        (kept.collect(), if span.from.is_none() { forgotten } else { 0 })
    }

    /// The same measurements, oldest first, as they stand here.
    pub(crate) fn noted(&self, label: Label, span: Span) -> impl Iterator<Item = Noted<'_>> {
        let told = self.pages.get(&label).into_iter().flat_map(Page::told);
        told.filter(move |seen| span.holds(seen.at)).filter_map(|seen| {
            let sensor = self.sensors.get(usize::from(seen.sensor))?;
            Some(Noted { sensor, at: seen.at, id: seen.measurement, share: seen.share })
        })
    }

    /// States that wait to be made final, by track.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> Vec<usize> {
        self.pages.values().map(|page| page.nodes.len()).collect()
    }

    fn sensor_number(&mut self, sensor: &SensorId) -> u16 {
        let place = self.sensors.iter().position(|known| known == sensor).unwrap_or_else(|| {
            self.sensors.push(sensor.clone());
            self.sensors.len() - 1
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    fn sweep(&mut self, now: Timestamp, config: &TrackerConfig) {
        let since = |then: Timestamp| now.duration_since(then).as_secs_f64();
        let over = self.pages.len().saturating_sub(config.tracks_max + PAGES_SPARE);
        if over == 0 && self.swept.is_some_and(|swept| since(swept) < SWEEP_S) {
            return;
        }
        self.swept = Some(now);
        self.pages.retain(|_, page| since(page.last_at()) <= KEPT_S);
        let over = self.pages.len().saturating_sub(config.tracks_max + PAGES_SPARE);
        let mut oldest: Vec<(Timestamp, Label)> =
            self.pages.iter().map(|(label, page)| (page.last_at(), *label)).collect();
        oldest.sort_unstable();
        for (_, label) in &oldest[..over] {
            self.pages.remove(label);
        }
    }
}

impl Page {
    fn begun(begun: Timestamp) -> Self {
        let (nodes, trail, seen) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        Self { begun, nodes, trail, seen, seen_ever: 0, version: 0 }
    }

    fn last_at(&self) -> Timestamp {
        self.seen.back().map_or(Timestamp::MIN, |seen| seen.at)
    }

    fn note_seen(&mut self, seen: Vec<Seen>) {
        self.seen_ever += seen.len() as u64;
        self.seen.extend(seen);
        let over = self.seen.len().saturating_sub(SEEN_MAX + SEEN_SPARE);
        self.seen.drain(..over);
    }

    /// The newest measurements, oldest first.
    fn told(&self) -> impl ExactSizeIterator<Item = &Seen> {
        self.seen.iter().skip(self.seen.len().saturating_sub(SEEN_MAX))
    }

    fn note_state(&mut self, node: Node, lag_s: f64) {
        let last = self.nodes.back().map(|last| last.at);
        let same =
            |length_s| last.is_some_and(|last| piece(last, length_s) >= piece(node.at, length_s));
        if same(lag_s / NODES_PER_LAG) {
            return;
        }
        if !same(TRAIL_SPACING_S) {
            self.version += 1;
        }
        self.nodes.push_back(node);
    }

    /// Makes final what has been judged by at least the lag of its future, in which no late scan can change anything.
    ///
    /// It is done a lag at a time, counted from a moment that is the track's own, so that it does not depend on when which
    /// scan came, and that tracks that began together are not all worked out together. At most three lags and the horizon
    /// of states wait.
    fn settle(&mut self, label: Label, lag_s: f64, config: &TrackerConfig) {
        let turn = (label.key() % SETTLING_TURNS) as f64 / SETTLING_TURNS as f64;
        let since_s = |node: &Node| node.at.duration_since(label.at).as_secs_f64() + turn * lag_s;
        let Some(newest_s) = self.nodes.back().map(since_s) else { return };
        while let Some(first_s) = self.nodes.front().map(since_s) {
            let end_s = (libm::floor(first_s / lag_s) + 2.0) * lag_s;
            if newest_s < end_s + config.horizon_s {
                return;
            }
            let judged = self.nodes.iter().take_while(|node| since_s(node) < end_s);
            let judged: Vec<Node> = judged.copied().collect();
            let old = judged.partition_point(|node| since_s(node) < end_s - lag_s);
            let mut trail: Vec<TrailPoint> = self.trail.iter().copied().collect();
            for node in &smoothed(&judged, config)[..old] {
                push_spaced(&mut trail, TrailPoint::of(node));
            }
            let over = trail.len().saturating_sub(TRAIL_MAX);
            self.trail = trail.drain(over..).collect();
            self.nodes.drain(..old);
        }
    }
}

/// How long a state waits for what is seen later; `None` when trails are not wanted.
fn lag_s(config: &TrackerConfig) -> Option<f64> {
    // What a late scan may still change must not be final.
    (config.smoothing_lag_s > 0.0).then(|| config.smoothing_lag_s.max(config.horizon_s))
}

/// Which piece of time a moment lies in, all pieces being equally long.
fn piece(at: Timestamp, length_s: f64) -> f64 {
    libm::floor(at.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64() / length_s)
}

fn push_spaced(points: &mut Vec<TrailPoint>, point: TrailPoint) {
    let spaced = points.last().is_none_or(|last| {
        point.at.duration_since(last.at) >= SignedDuration::from_secs_f64(TRAIL_SPACING_S)
    });
    if spaced {
        points.push(point);
    }
}
