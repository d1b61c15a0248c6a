//! Which tracks people are shown, under which number. Numbers stay when scans are taken again.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bernoulli::Label;
use super::config::TrackerConfig;
use super::filter::Filter;
use crate::journal::TrackId;

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Reports {
    last_id: u64,
    shown: BTreeMap<Label, TrackId>,
}

impl Reports {
    /// Shows what has become likely enough and ends what no longer is; returns what ended.
    ///
    /// `survival` is the chance to be still there since the filter's own time.
    pub(crate) fn refresh(
        &mut self,
        filter: &Filter,
        survival: f64,
        config: &TrackerConfig,
    ) -> Vec<TrackId> {
        let mut shown = BTreeMap::new();
        for bernoulli in filter.bernoullis() {
            let existence = bernoulli.belief.mover() * survival;
            if existence < config.end_below {
                continue;
            }
            if let Some(id) = self.shown.remove(&bernoulli.label) {
                shown.insert(bernoulli.label, id);
            } else if existence > config.report_above {
                self.last_id += 1;
                shown.insert(bernoulli.label, TrackId(self.last_id));
            }
        }
        let mut ended: Vec<TrackId> =
            std::mem::replace(&mut self.shown, shown).into_values().collect();
        ended.sort_unstable();
        ended
    }

    pub(crate) fn id_of(&self, label: Label) -> Option<TrackId> {
        self.shown.get(&label).copied()
    }
}
