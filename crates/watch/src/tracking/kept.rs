//! What of a tracker its hash leaves out and its later answers depend on: written beside it and put back.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Tracker;
use super::bernoulli::Label;
use super::chronicle::Chronicle;
use super::config::TrackerConfig;
use super::history::History;
use super::learning::{Figures, Learner};
use super::undetected::Undetected;
use crate::journal::TrackId;
use crate::limits;

/// As it is read.
#[derive(Debug, Deserialize)]
pub(crate) struct Beside {
    history: History,
    chronicle: Chronicle,
    labels: BTreeMap<TrackId, Label>,
    epochs: Vec<(i64, Figures)>,
}

/// As it is written.
#[derive(Debug, Serialize)]
struct BesideOf<'a> {
    history: &'a History,
    chronicle: &'a Chronicle,
    labels: &'a BTreeMap<TrackId, Label>,
    epochs: Vec<(i64, &'a Figures)>,
}

impl Tracker {
    /// What its hash leaves out, but for what is worked out anew when it is missing.
    pub(crate) fn beside(&self) -> impl Serialize + '_ {
        BesideOf {
            history: &self.history,
            chronicle: &self.chronicle,
            labels: self.reports.labels(),
            epochs: self.learner.iter().flat_map(Learner::epochs).collect(),
        }
    }

    /// Makes a tracker whole that was read without it; `None` when it was not made for these figures.
    ///
    /// `config` are those of the sector, which alone know of its ground.
    pub(crate) fn with_beside(self, beside: Beside, config: TrackerConfig) -> Option<Self> {
        let Beside { mut history, chronicle, labels, epochs } = beside;
        let same = |a: &TrackerConfig, b: &TrackerConfig| {
            postcard::to_extend(a, Vec::new()).ok() == postcard::to_extend(b, Vec::new()).ok()
        };
        let learns = self.learner.is_some();
        if !same(&self.config, &config) || learns != config.learning.is_some() {
            return None;
        }
        let fresh = Undetected::new(&config);
        let Self { mut filter, mut reports, mut learner, .. } = self;
        let is_alike = filter.share_expected(&fresh)
            && history.resume((config.horizon_s, limits::TRACKER_PAST_BYTES_MAX), &fresh);
        if !is_alike {
            return None;
        }
        reports.set_labels(labels);
        if let Some(learner) = &mut learner {
            let epochs = epochs.into_iter().map(|(epoch, figures)| (epoch, Arc::new(figures)));
            learner.set_epochs(epochs.collect::<VecDeque<_>>());
        }
        Some(Self { config, filter, reports, learner, history, chronicle, ..self })
    }
}
