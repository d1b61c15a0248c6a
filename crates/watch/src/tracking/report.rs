//! Which tracks people are shown, under which number. Numbers stay when scans are taken again.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::bernoulli::Label;
use super::config::TrackerConfig;
use super::filter::Filter;
use crate::journal::TrackId;

/// Tracks that have ended and whose numbers are still understood.
const PAST_MAX: usize = 1_024;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reports {
    last_id: u64,
    /// In the order of labels, each once.
    shown: Vec<(Label, TrackId)>,
    /// Those that ended last, oldest first.
    past: VecDeque<(TrackId, Label)>,
    /// The labels of all of them, by number.
    #[serde(skip)]
    labels: BTreeMap<TrackId, Label>,
}

impl Reports {
    /// Shows what has become likely enough and ends what no longer is; returns what ended.
    ///
    /// What `is_kept`, if anything, goes on as long as the filter holds it.
    pub(crate) fn refresh(
        &mut self,
        filter: &Filter,
        now: Timestamp,
        config: &TrackerConfig,
        is_kept: Option<&dyn Fn(TrackId) -> bool>,
    ) -> Vec<TrackId> {
        let mut shown = Vec::with_capacity(self.shown.len() + 16);
        let mut goes_on = vec![false; self.shown.len()];
        let mut next = 0;
        let mut known_since = (now, 1.0);
        let mut survival = |at: Timestamp| {
            if known_since.0 != at {
                let elapsed_s = now.duration_since(at).as_secs_f64().max(0.0);
                known_since = (at, config.survival(elapsed_s));
            }
            known_since.1
        };
        for bernoulli in filter.bernoullis() {
            let existence = bernoulli.belief.mover() * survival(bernoulli.at);
            if existence < config.end_below && is_kept.is_none() {
                continue;
            }
            let known = self.place_of(bernoulli.label, &mut next).filter(|place| !goes_on[*place]);
            let kept = |place: usize| is_kept.is_some_and(|is_kept| is_kept(self.shown[place].1));
            if existence < config.end_below && !known.is_some_and(kept) {
                continue;
            }
            if let Some(place) = known {
                goes_on[place] = true;
                shown.push(self.shown[place]);
            } else if existence > config.report_above {
                let id = self.next_id();
                self.labels.insert(id, bernoulli.label);
                shown.push((bernoulli.label, id));
            }
        }
        // Tracks come nearly in this order already.
        shown.sort_by_key(|(label, _)| *label);
        shown.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                *earlier = *later;
            }
            same
        });
        let before = std::mem::replace(&mut self.shown, shown);
        let ended = before.into_iter().zip(goes_on).filter(|(_, goes_on)| !goes_on);
        let mut ended: Vec<(TrackId, Label)> = ended.map(|((label, id), _)| (id, label)).collect();
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
        match self.shown.binary_search_by_key(&label, |(known, _)| *known) {
            Ok(place) => self.shown[place].1 = id,
            Err(place) => self.shown.insert(place, (label, id)),
        }
        id
    }

    pub(crate) fn id_of(&self, label: Label) -> Option<TrackId> {
        self.place_of(label, &mut 0).map(|place| self.shown[place].1)
    }

    /// The place of a label among those shown; `next` is where it most likely is, and then the place after it.
    fn place_of(&self, label: Label, next: &mut usize) -> Option<usize> {
        let is_next = self.shown.get(*next).is_some_and(|(known, _)| *known == label);
        let place = if is_next {
            *next
        } else {
            self.shown.binary_search_by_key(&label, |(known, _)| *known).ok()?
        };
        *next = place + 1;
        Some(place)
    }

    /// The label of a track that is shown or ended not long ago.
    pub(crate) fn label_of(&self, id: TrackId) -> Option<Label> {
        self.labels.get(&id).copied()
    }

    /// Whether the tracker follows it now.
    pub(crate) fn is_shown(&self, id: TrackId) -> bool {
        self.label_of(id).is_some_and(|label| self.id_of(label) == Some(id))
    }

    /// Of every number that is still understood.
    pub(crate) fn labels(&self) -> &BTreeMap<TrackId, Label> {
        &self.labels
    }

    pub(crate) fn set_labels(&mut self, labels: BTreeMap<TrackId, Label>) {
        self.labels = labels;
    }

    pub(crate) fn shown(&self) -> impl Iterator<Item = TrackId> + '_ {
        self.shown.iter().map(|(_, id)| *id)
    }

    /// A number that was never given before.
    pub(crate) fn next_id(&mut self) -> TrackId {
        self.last_id += 1;
        TrackId(self.last_id)
    }
}
