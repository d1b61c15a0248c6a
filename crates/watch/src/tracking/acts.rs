//! What people say of tracks: two are one, one is two, it is of that class, keep it. Each can be undone.
//!
//! People's words lie over what the filter believes and do not change it, so taking one back leaves
//! nothing behind. The one exception is a split by sensors: the filter then holds two things, and until it
//! is undone takes no sensor's measurements for those of the wrong one.

mod names;
mod overlay;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::SensorId;

use self::names::Names;
use super::bernoulli::Label;
use super::estimate::TrackEstimate;
use crate::detection::Class;
use crate::journal::{PersonId, TrackActId, TrackId};

/// Acts that are kept; beyond it the oldest about tracks that are no longer shown are forgotten.
const ACTS_MAX: usize = 1_024;

/// What a person may say of a track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrackAct {
    /// `other` is the same as `track`, whose number stays.
    Merge { track: TrackId, other: TrackId },
    /// From a moment on it is another than before: it goes on under a new number.
    SplitFrom { track: TrackId, from: Timestamp },
    /// These sensors see another than it is.
    SplitSensors { track: TrackId, sensors: Vec<SensorId> },
    /// It is of this class, whatever sensors say.
    Relabel { track: TrackId, class: Class },
    /// It stays in the picture, however faint.
    Pin { track: TrackId },
}

/// An act with who, when and why, as it stands with the track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrackActRecord {
    pub id: TrackActId,
    pub act: TrackAct,
    pub said: Said,
    /// The number that a split gave.
    pub gave: Option<TrackId>,
    /// When it is of no more effect, and who took it back.
    pub undone: Option<Said>,
}

/// Who said something, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub by: PersonId,
    pub at: Timestamp,
    pub reason: String,
    /// Number of the entry that it came of; `None` where the build that took it in did not keep it.
    #[serde(default)]
    pub entry: Option<u64>,
}

/// Why an act on a track was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActRefused {
    #[error("there is no track {}", .track.0)]
    TrackUnknown { field: &'static str, track: TrackId },
    #[error("tracks {} and {} are one already", .track.0, .other.0)]
    AlreadyMerged { track: TrackId, other: TrackId },
    #[error("track {} is kept already", .0.0)]
    AlreadyPinned(TrackId),
    #[error("track {} is not being followed now", .0.0)]
    NotFollowed(TrackId),
    #[error("must lie after the track was first seen and not after now, got {from}")]
    TimeWrong { from: Timestamp },
    #[error("sensor {sensor} has not seen track {}", .track.0)]
    SensorUnknown { track: TrackId, sensor: String },
    #[error("must name at least one of the track's sensors and leave it at least one")]
    SensorsWrong,
    #[error("there is no act {}", .0.0)]
    ActUnknown(TrackActId),
    #[error("act {} is undone already", .0.0)]
    NothingToUndo(TrackActId),
    #[error("{ACTS_MAX} acts on tracks that are still shown are kept; undo some first")]
    TooMany,
}

/// What people said of a track that is shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Spoken {
    /// Other numbers by which it is known.
    pub also: Vec<TrackId>,
    /// The class that a person gave.
    pub class: Option<Class>,
    pub pinned: bool,
    /// Nobody follows it any more; it is shown where it was last because it is pinned.
    pub lost: bool,
}

/// Measurements of a sensor that the filter must not take for a track's, from a moment on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bar {
    pub(crate) label: Label,
    pub(crate) sensor: SensorId,
    pub(crate) from: Timestamp,
    pub(crate) until: Option<Timestamp>,
}

/// All acts, and what follows from those in force.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Acts {
    records: BTreeMap<TrackActId, TrackActRecord>,
    last_id: u64,
    names: Names,
    /// What the tracker holds under its own numbers of pinned tracks, as it was last.
    last_known: BTreeMap<TrackId, TrackEstimate>,
    bars: Vec<(TrackActId, Bar)>,
}

impl Acts {
    /// Nobody has said anything of any track.
    pub(crate) fn are_none(&self) -> bool {
        self.records.is_empty()
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    pub(crate) fn record(&self, id: TrackActId) -> Option<&TrackActRecord> {
        self.records.get(&id)
    }

    /// Acts about a shown track, those undone included, oldest first.
    pub(crate) fn about(&self, shown: TrackId) -> impl Iterator<Item = &TrackActRecord> {
        let touched = self.names.is_touched(shown);
        self.records.values().take_while(move |_| touched).filter(move |record| {
            let (one, other) = record.act.tracks();
            let is_it = |id: Option<TrackId>| id.is_some_and(|id| self.names.of(id) == shown);
            is_it(Some(one)) || is_it(other) || is_it(record.gave)
        })
    }

    pub(crate) fn bars(&self) -> Vec<Bar> {
        self.bars.iter().map(|(_, bar)| bar.clone()).collect()
    }

    /// Makes room for one act more; `is_shown` says whose acts must not be forgotten.
    pub(crate) fn make_room(
        &mut self,
        is_shown: &dyn Fn(TrackId) -> bool,
    ) -> Result<(), ActRefused> {
        let has_room = self.records.len() < ACTS_MAX || self.forget_oldest(is_shown);
        if has_room { Ok(()) } else { Err(ActRefused::TooMany) }
    }

    /// The number that the next act will have.
    pub(crate) fn next_id(&self) -> TrackActId {
        TrackActId(self.last_id + 1)
    }

    /// Files an act that may be done.
    pub(crate) fn add(&mut self, act: TrackAct, said: Said, gave: Option<TrackId>) -> TrackActId {
        self.last_id += 1;
        let id = TrackActId(self.last_id);
        self.records.insert(id, TrackActRecord { id, act, said, gave, undone: None });
        self.names = Names::after(self.records.values());
        id
    }

    /// Keeps sensors away from tracks, as a split by sensors asks.
    pub(crate) fn bar(
        &mut self,
        act: TrackActId,
        labels: &[Label],
        sensors: &[SensorId],
        from: Timestamp,
    ) {
        for &label in labels {
            for sensor in sensors {
                let bar = Bar { label, sensor: sensor.clone(), from, until: None };
                self.bars.push((act, bar));
            }
        }
    }

    /// Takes an act back; what it keeps sensors from, it keeps them from up to `until`.
    pub(crate) fn undo(
        &mut self,
        id: TrackActId,
        said: Said,
        until: Timestamp,
    ) -> Result<(), ActRefused> {
        let record = self.records.get_mut(&id).ok_or(ActRefused::ActUnknown(id))?;
        if record.undone.is_some() {
            return Err(ActRefused::NothingToUndo(id));
        }
        for (_, bar) in self.bars.iter_mut().filter(|(act, _)| *act == id) {
            bar.until = Some(until);
        }
        record.undone = Some(said);
        self.names = Names::after(self.records.values());
        Ok(())
    }

    fn forget_oldest(&mut self, is_shown: &dyn Fn(TrackId) -> bool) -> bool {
        let is_over = |record: &TrackActRecord| {
            let (one, other) = record.act.tracks();
            let ids = [Some(one), other, record.gave];
            record.undone.is_some()
                || !ids.into_iter().flatten().any(|id| is_shown(self.names.of(id)))
        };
        let Some(id) = self.records.values().find(|record| is_over(record)).map(|record| record.id)
        else {
            return false;
        };
        self.records.remove(&id);
        self.bars.retain(|(act, _)| *act != id);
        self.names = Names::after(self.records.values());
        true
    }
}

impl TrackAct {
    /// The track that it is about and, of a merge, the other one.
    pub fn tracks(&self) -> (TrackId, Option<TrackId>) {
        match self {
            Self::Merge { track, other } => (*track, Some(*other)),
            Self::SplitFrom { track, .. }
            | Self::SplitSensors { track, .. }
            | Self::Relabel { track, .. }
            | Self::Pin { track } => (*track, None),
        }
    }
}
