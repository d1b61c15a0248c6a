//! The picture as people are shown it: a copy of what the core may tell, each member stamped with its last change.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::floor::Floor;
use jiff::Timestamp;
use sight::coverage::{Assessment, StretchAssessment};
use sight::sector::{SensorId, StretchId, UnitId};
use watch::Core;
use watch::alert::Alert;
use watch::counters::Counters;
use watch::dispatch::{Proposal, Task, UnitState};
use watch::evidence::{Evidence, EvidenceLog};
use watch::journal::{AlertId, SensorState, TaskId, TrackId, TrackView, WeatherState};
use watch::mark::Mark;
use watch::message::{Kept, Messages};
use watch::seam::SeamMessage;
use watch::tracking::{Direction, TrailPoint};

use crate::limits::TRACKS_ENDED_KEPT;
use crate::release::World;

/// The one picture of a station, written by the core's thread and read by everybody else.
#[derive(Debug)]
pub struct Live(RwLock<Picture>);

/// Everything that people are shown. `seq` is the index of the last entry that it includes.
#[derive(Debug, Clone)]
pub struct Picture {
    pub seq: u64,
    pub now: Timestamp,
    pub tracks: Shelf<TrackId, TrackView>,
    /// Where each track was, smoothed; it has changed only when the track has.
    trails: BTreeMap<TrackId, Stamped<Trail>>,
    /// What only directions are known of.
    pub directions: Stamped<Vec<Direction>>,
    pub alerts: Shelf<AlertId, Alert>,
    pub tasks: Shelf<TaskId, Task>,
    pub units: Shelf<UnitId, UnitState>,
    pub sensors: Shelf<SensorId, SensorState>,
    pub stretches: Shelf<StretchId, StretchAssessment>,
    pub weather: Stamped<Vec<WeatherState>>,
    pub counters: Stamped<Counters>,
    /// What came too late for the tracker, oldest first.
    pub evidence: Stamped<KeptEvidence>,
    /// What people in the field wrote and a parent asked.
    pub messages: Stamped<KeptMessages>,
    /// Sensors that people in the field marked.
    pub marks: Stamped<Arc<[Mark]>>,
    /// Suppressions, floods, load and nuisance of the desk, as of the second `floor_at`.
    pub floor: Stamped<Arc<Floor>>,
    floor_at: i64,
    /// The core's state hash and the entry after which it was taken.
    pub state_hash: Stamped<[u8; 32]>,
    pub coverage: Stamped<Option<Coverage>>,
    /// Tracks on offer to neighbouring sectors.
    pub hand_overs: Vec<SeamMessage>,
    /// Ways last proposed for each alert that is still shown.
    pub proposals: BTreeMap<AlertId, Vec<Proposal>>,
    tracks_ended: VecDeque<(u64, TrackId)>,
    /// Endings up to this entry may have been forgotten.
    ended_forgotten: u64,
}

/// Where a track was.
#[derive(Debug, Clone, PartialEq)]
struct Trail {
    /// The core's figure for it: equal when the trail is.
    version: u64,
    points: Vec<TrailPoint>,
}

/// What came too late for the tracker; equal when `version` is.
#[derive(Debug, Clone, Default)]
pub struct KeptEvidence {
    pub version: u64,
    /// How much made room for newer.
    pub forgotten: u64,
    pub kept: Arc<[Evidence]>,
}

/// What was written to the desk, oldest first; equal when `version` is.
#[derive(Debug, Clone, Default)]
pub struct KeptMessages {
    pub version: u64,
    pub kept: Arc<[Kept]>,
}

/// The assessment that coverage tiles are drawn from.
#[derive(Debug, Clone)]
pub struct Coverage {
    pub assessment: Arc<Assessment>,
    pub version: u64,
}

/// A value and the entry that last changed it.
#[derive(Debug, Clone)]
pub struct Stamped<T> {
    pub value: T,
    pub changed: u64,
}

/// Members by id, each stamped with the entry that last changed it.
#[derive(Debug, Clone)]
pub struct Shelf<K, V>(BTreeMap<K, Stamped<V>>);

impl Live {
    pub(super) fn new(picture: Picture) -> Self {
        Self(RwLock::new(picture))
    }

    /// The picture, held still while the guard lives: be quick.
    pub fn read(&self) -> RwLockReadGuard<'_, Picture> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The picture of another agency's world: nothing but what was released to it is in there.
    pub(crate) fn of_world(world: &World) -> Self {
        let live = Self::new(Picture::of(world.core(), world.core().entries()));
        live.put_world(world);
        live
    }

    pub(crate) fn refresh_world(&self, world: &World) {
        if self.read().seq != world.core().entries() {
            self.put_world(world);
        }
    }

    fn put_world(&self, world: &World) {
        let (core, tracks) = (world.core(), world.tracks());
        let hash = core.state_hash();
        let mut picture = self.write();
        picture.refresh(core, tracks.iter(), core.entries());
        picture.state_hash.set(hash, core.entries());
    }

    fn write(&self) -> RwLockWriteGuard<'_, Picture> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn refresh(&self, core: &Core, seq: u64, hash: Option<[u8; 32]>) {
        let mut picture = self.write();
        picture.refresh(core, core.tracks(), seq);
        if let Some(hash) = hash {
            picture.state_hash = Stamped { value: hash, changed: seq };
        }
    }

    pub(super) fn propose(&self, alert: AlertId, proposals: Vec<Proposal>) {
        let mut picture = self.write();
        picture.proposals.insert(alert, proposals);
    }
}

impl Picture {
    /// The picture of a core after the entry `seq`.
    pub fn of(core: &Core, seq: u64) -> Self {
        let mut picture = Self {
            seq,
            now: core.now(),
            tracks: Shelf::default(),
            trails: BTreeMap::new(),
            directions: Stamped { value: Vec::new(), changed: seq },
            alerts: Shelf::default(),
            tasks: Shelf::default(),
            units: Shelf::default(),
            sensors: Shelf::default(),
            stretches: Shelf::default(),
            weather: Stamped { value: Vec::new(), changed: seq },
            counters: Stamped { value: Counters::default(), changed: seq },
            evidence: Stamped { value: KeptEvidence::default(), changed: seq },
            messages: Stamped { value: KeptMessages::default(), changed: seq },
            marks: Stamped { value: Arc::default(), changed: seq },
            floor: Stamped { value: Arc::default(), changed: seq },
            floor_at: i64::MIN,
            state_hash: Stamped { value: core.state_hash(), changed: seq },
            coverage: Stamped { value: None, changed: seq },
            hand_overs: Vec::new(),
            proposals: BTreeMap::new(),
            tracks_ended: VecDeque::new(),
            ended_forgotten: seq,
        };
        picture.refresh(core, core.tracks(), seq);
        picture
    }

    fn refresh<'a>(&mut self, core: &Core, tracks: impl Iterator<Item = &'a TrackView>, seq: u64) {
        (self.seq, self.now) = (seq, core.now());
        let ended = self.tracks.update(tracks.map(|track| (track.id, track)), seq);
        self.trails.retain(|id, _| !ended.contains(id));
        self.refresh_trails(core, seq);
        self.remember_ended(ended, seq);
        self.directions.set(core.directions().collect(), seq);
        self.hand_overs = core.hand_overs().collect();
        let gone = self.alerts.update(core.alerts().map(|alert| (alert.id, alert)), seq);
        self.proposals.retain(|alert, _| !gone.contains(alert));
        self.tasks.update(core.tasks().map(|task| (task.id, task)), seq);
        self.units.update(core.roster().units().map(|unit| (unit.id.clone(), unit)), seq);
        self.sensors.update(core.roster().sensors().map(|s| (s.id.clone(), s)), seq);
        self.stretches.update(core.stretches().iter().map(|s| (s.stretch, s)), seq);
        self.weather.set(core.weather().states().cloned().collect(), seq);
        if self.counters.value != *core.counters() {
            self.counters = Stamped { value: core.counters().clone(), changed: seq };
        }
        if self.evidence.value.version != core.evidence().ever() {
            self.evidence = Stamped { value: KeptEvidence::of(core.evidence()), changed: seq };
        }
        if self.messages.value.version != core.messages().version() {
            let value = KeptMessages::of(core.messages());
            self.messages = Stamped { value, changed: seq };
        }
        if !core.marks().eq(self.marks.value.iter()) {
            self.marks = Stamped { value: core.marks().cloned().collect(), changed: seq };
        }
        self.refresh_floor(core, seq);
        let version = self.coverage.value.as_ref().map(|coverage| coverage.version);
        if let Some((assessment, newer)) = core.assessment().filter(|(_, v)| Some(*v) != version) {
            let coverage = Coverage { assessment: Arc::clone(assessment), version: newer };
            self.coverage = Stamped { value: Some(coverage), changed: seq };
        }
    }

    /// Once a second, and whenever suppressions are others: what it tells of changes no faster.
    fn refresh_floor(&mut self, core: &Core, seq: u64) {
        let second = core.now().as_second();
        let suppressions = core.alert_desk().suppressions().kept();
        if self.floor_at != second || self.floor.value.suppressions != suppressions {
            self.floor_at = second;
            let floor = Floor::of(core);
            if *self.floor.value != floor {
                self.floor = Stamped { value: Arc::new(floor), changed: seq };
            }
        }
    }

    fn refresh_trails(&mut self, core: &Core, seq: u64) {
        for track in core.tracks() {
            let version = core.trail_version(track.id);
            if self.trails.get(&track.id).is_none_or(|known| known.value.version != version) {
                let trail = Trail { version, points: core.trail(track.id) };
                self.trails.insert(track.id, Stamped { value: trail, changed: seq });
            }
        }
    }

    /// Where a track was, oldest first.
    pub fn trail(&self, track: TrackId) -> &[TrailPoint] {
        self.trails.get(&track).map_or(&[], |trail| &trail.value.points)
    }

    /// The same, if an entry after `since` changed it.
    pub fn trail_since(&self, track: TrackId, since: u64) -> Option<&[TrailPoint]> {
        let trail = self.trails.get(&track).filter(|trail| trail.changed > since)?;
        Some(&trail.value.points)
    }

    /// Tracks that ended after the entry `since`; `None` when that is too long ago to tell.
    pub fn tracks_ended_since(&self, since: u64) -> Option<impl Iterator<Item = TrackId>> {
        let told = self.tracks_ended.iter().rev().take_while(move |(at, _)| *at > since);
        (since >= self.ended_forgotten).then(|| told.map(|(_, id)| *id))
    }

    fn remember_ended(&mut self, ended: BTreeSet<TrackId>, seq: u64) {
        self.tracks_ended.extend(ended.into_iter().map(|id| (seq, id)));
        let surplus = self.tracks_ended.len().saturating_sub(TRACKS_ENDED_KEPT);
        if let Some((at, _)) = self.tracks_ended.drain(..surplus).next_back() {
            self.ended_forgotten = at;
        }
    }
}

impl KeptEvidence {
    fn of(log: &EvidenceLog) -> Self {
        let kept = log.kept().into_iter().cloned().collect();
        Self { version: log.ever(), forgotten: log.forgotten(), kept }
    }
}

impl KeptMessages {
    fn of(messages: &Messages) -> Self {
        let kept = messages.kept().cloned().collect();
        Self { version: messages.version(), kept }
    }
}

impl<T: PartialEq> Stamped<T> {
    fn set(&mut self, value: T, seq: u64) {
        if self.value != value {
            *self = Self { value, changed: seq };
        }
    }
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord + Clone, V: PartialEq + Clone> Shelf<K, V> {
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.values().map(|stamped| &stamped.value)
    }

    /// Members that an entry after `since` changed.
    pub fn changed_since(&self, since: u64) -> impl Iterator<Item = &V> {
        self.0.values().filter(move |stamped| stamped.changed > since).map(|stamped| &stamped.value)
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key).map(|stamped| &stamped.value)
    }

    /// Takes over all members as they are now, stamps those that differ, and returns the ids that are gone.
    fn update<'a>(&mut self, now: impl Iterator<Item = (K, &'a V)>, seq: u64) -> BTreeSet<K>
    where
        V: 'a,
    {
        let mut gone: BTreeSet<K> = self.0.keys().cloned().collect();
        for (key, value) in now {
            gone.remove(&key);
            if self.get(&key) != Some(value) {
                self.0.insert(key, Stamped { value: value.clone(), changed: seq });
            }
        }
        self.0.retain(|key, _| !gone.contains(key));
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shelf_tells_what_changed_since_and_what_is_gone() {
        let mut shelf = Shelf::default();
        shelf.update([(1, &"one"), (2, &"two")].into_iter(), 10);

        let gone = shelf.update([(1, &"one"), (3, &"three")].into_iter(), 11);

        assert_eq!(gone, BTreeSet::from([2]));
        assert_eq!(shelf.changed_since(10).collect::<Vec<_>>(), [&"three"]);
        assert_eq!(shelf.values().collect::<Vec<_>>(), [&"one", &"three"]);
    }
}
