//! Which track a number means, once people have merged and split.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{TrackAct, TrackActRecord};
use crate::detection::Class;
use crate::journal::TrackId;
use crate::tracking::chronicle::Span;

/// A stretch of what the tracker holds under one number, and the track that people see in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Era {
    pub(crate) from: Option<Timestamp>,
    pub(crate) shown: TrackId,
}

/// What follows from all acts in force, in their order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Names {
    /// For each number that the tracker gave and an act touched: its eras, oldest first, never empty.
    eras: BTreeMap<TrackId, Vec<Era>>,
    /// For each number that people may use and an act touched: the track it means.
    meanings: BTreeMap<TrackId, TrackId>,
    /// Tracks that acts are about.
    touched: BTreeSet<TrackId>,
    classes: BTreeMap<TrackId, Class>,
    pinned: BTreeSet<TrackId>,
}

impl Names {
    pub(crate) fn after<'a>(records: impl Iterator<Item = &'a TrackActRecord> + Clone) -> Self {
        let mut names = Self::default();
        for record in records.clone() {
            names.move_tracks(record);
        }
        for record in records.clone() {
            let (one, other) = record.act.tracks();
            let about = [Some(one), other, record.gave].into_iter().flatten();
            let means: Vec<TrackId> = about.map(|id| names.of(id)).collect();
            names.touched.extend(means);
        }
        for record in records.filter(|record| record.undone.is_none()) {
            match record.act {
                TrackAct::Relabel { track, class } => {
                    names.classes.insert(names.of(track), class);
                }
                TrackAct::Pin { track } => {
                    names.pinned.insert(names.of(track));
                }
                TrackAct::Merge { .. }
                | TrackAct::SplitFrom { .. }
                | TrackAct::SplitSensors { .. } => {}
            }
        }
        names
    }

    /// The track that a number means.
    pub(crate) fn of(&self, id: TrackId) -> TrackId {
        self.meanings.get(&id).copied().unwrap_or(id)
    }

    /// The track that people see now in what the tracker holds under a number of its own.
    pub(crate) fn shown_of(&self, own: TrackId) -> TrackId {
        self.now_of(own).shown
    }

    pub(crate) fn now_of(&self, own: TrackId) -> Era {
        let last = self.eras.get(&own).and_then(|eras| eras.last());
        last.copied().unwrap_or(Era { from: None, shown: own })
    }

    /// Numbers other than its own that mean a track.
    pub(crate) fn also(&self, shown: TrackId) -> Vec<TrackId> {
        let same = self.meanings.iter().filter(|(id, means)| **means == shown && **id != shown);
        same.map(|(id, _)| *id).collect()
    }

    /// What the tracker holds of a track: numbers of its own, each with the time for which it counts.
    pub(crate) fn parts(&self, shown: TrackId) -> Vec<(TrackId, Span)> {
        let mut parts = Vec::new();
        if !self.eras.contains_key(&shown) {
            parts.push((shown, Span::default()));
        }
        for (own, eras) in &self.eras {
            for (place, era) in eras.iter().enumerate().filter(|(_, era)| era.shown == shown) {
                let until = eras.get(place + 1).and_then(|next| next.from);
                parts.push((*own, Span { from: era.from, until }));
            }
        }
        parts
    }

    pub(crate) fn is_touched(&self, shown: TrackId) -> bool {
        self.touched.contains(&shown)
    }

    pub(crate) fn class(&self, shown: TrackId) -> Option<Class> {
        self.classes.get(&shown).copied()
    }

    pub(crate) fn is_pinned(&self, shown: TrackId) -> bool {
        self.pinned.contains(&shown)
    }

    pub(crate) fn has_pinned(&self) -> bool {
        !self.pinned.is_empty()
    }

    fn move_tracks(&mut self, record: &TrackActRecord) {
        let in_force = record.undone.is_none();
        match record.act {
            TrackAct::Merge { track, other } if in_force => {
                let (into, from) = (self.known(track), self.known(other));
                for era in self.eras.values_mut().flatten().filter(|era| era.shown == from) {
                    era.shown = into;
                }
                for means in self.meanings.values_mut().filter(|means| **means == from) {
                    *means = into;
                }
            }
            TrackAct::SplitFrom { track, from } => {
                let before = self.known(track);
                let Some(gave) = record.gave else { return };
                // The number of a split that was undone means what it was split from.
                self.meanings.insert(gave, if in_force { gave } else { before });
                let now = |eras: &&mut Vec<Era>| eras.last().is_some_and(|era| era.shown == before);
                for eras in self.eras.values_mut().filter(now).filter(|_| in_force) {
                    eras.push(Era { from: Some(from), shown: gave });
                }
            }
            TrackAct::SplitSensors { track, .. } => {
                let Some(gave) = record.gave else { return };
                let shown = if in_force { gave } else { self.known(track) };
                self.known(track);
                self.meanings.insert(gave, shown);
                self.eras.insert(gave, vec![Era { from: None, shown }]);
            }
            TrackAct::Merge { .. } | TrackAct::Relabel { .. } | TrackAct::Pin { .. } => {}
        }
    }

    /// The track that a number means, which acts touch from now on.
    fn known(&mut self, id: TrackId) -> TrackId {
        let means = *self.meanings.entry(id).or_insert(id);
        self.eras.entry(means).or_insert_with(|| vec![Era { from: None, shown: means }]);
        means
    }
}
