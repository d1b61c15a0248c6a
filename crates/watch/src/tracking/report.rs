//! Which tracks people are shown, under which number. Numbers stay when scans are taken again.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use super::bernoulli::Label;
use super::config::TrackerConfig;
use super::filter::Filter;
use crate::journal::TrackId;

/// Tracks that have ended and whose numbers are still understood.
const PAST_MAX: usize = 1_024;

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Reports {
    last_id: u64,
    shown: BTreeMap<Label, TrackId>,
    /// Those that ended last, oldest first.
    past: VecDeque<(TrackId, Label)>,
    /// The labels of all of them, by number.
    #[serde(skip)]
    labels: BTreeMap<TrackId, Label>,
}

impl Reports {
    /// Shows what has become likely enough and ends what no longer is; returns what ended.
    ///
    /// `survival` is the chance to be still there since the filter's own time. What `is_kept` goes on as
    /// long as the filter holds it.
    pub(crate) fn refresh(
        &mut self,
        filter: &Filter,
        survival: f64,
        config: &TrackerConfig,
        is_kept: &dyn Fn(TrackId) -> bool,
    ) -> Vec<TrackId> {
        let mut shown = BTreeMap::new();
        for bernoulli in filter.bernoullis() {
            let existence = bernoulli.belief.mover() * survival;
            let known = self.shown.get(&bernoulli.label).copied();
            if existence < config.end_below && !known.is_some_and(is_kept) {
                continue;
            }
            if let Some(id) = known {
                self.shown.remove(&bernoulli.label);
                shown.insert(bernoulli.label, id);
            } else if existence > config.report_above {
                let id = self.next_id();
                self.labels.insert(id, bernoulli.label);
                shown.insert(bernoulli.label, id);
            }
        }
        let ended = std::mem::replace(&mut self.shown, shown);
        let mut ended: Vec<(TrackId, Label)> =
            ended.into_iter().map(|(label, id)| (id, label)).collect();
        ended.sort_unstable();
        self.past.extend(&ended);
        let over = self.past.len().saturating_sub(PAST_MAX);
        for (id, _) in self.past.drain(..over) {
            self.labels.remove(&id);
        }
        ended.into_iter().map(|(id, _)| id).collect()
    }

    /// Shows a track that is there by somebody's word, under a number of its own.
    pub(crate) fn show(&mut self, label: Label) -> TrackId {
        let id = self.next_id();
        self.labels.insert(id, label);
        self.shown.insert(label, id);
        id
    }

    pub(crate) fn id_of(&self, label: Label) -> Option<TrackId> {
        self.shown.get(&label).copied()
    }

    /// The label of a track that is shown or ended not long ago.
    pub(crate) fn label_of(&self, id: TrackId) -> Option<Label> {
        self.labels.get(&id).copied()
    }

    /// Whether the tracker follows it now.
    pub(crate) fn is_shown(&self, id: TrackId) -> bool {
        self.label_of(id).is_some_and(|label| self.id_of(label) == Some(id))
    }

    pub(crate) fn shown(&self) -> impl Iterator<Item = TrackId> + '_ {
        self.shown.values().copied()
    }

    /// A number that was never given before.
    pub(crate) fn next_id(&mut self) -> TrackId {
        self.last_id += 1;
        TrackId(self.last_id)
    }
}
