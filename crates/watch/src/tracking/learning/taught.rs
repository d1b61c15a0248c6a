//! What one scan taught, track by track and measurement by measurement, so that some of it can be taught anew.

use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;

use super::clutter::Loose;
use super::evidence::Comparison;
use super::tally::{Tally, Word};
use crate::tracking::bernoulli::Label;

/// What one look at one track says of sensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    of: Label,
    /// The sensor's cell, hits and expected hits.
    pub(crate) sight: Option<(usize, f64, f64)>,
    pub(crate) words: Vec<Word>,
    pub(crate) comparison: Comparison,
    /// Where it should have been found and was not.
    pub(crate) missed: Option<EnuPoint>,
}

/// All of it: sums are taken in the order of the labels, so that they do not depend on who was judged with whom.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Taught {
    /// By label.
    notes: Vec<Note>,
    /// For each measurement that was computed with.
    loose: Vec<Loose>,
    /// Those that tracks which others saw lately account for, or that are contested.
    taken: Vec<bool>,
    /// What a report of the scan is worth.
    weight: f64,
}

impl Note {
    pub(crate) fn of(label: Label) -> Self {
        let comparison = Comparison::default();
        Self { of: label, sight: None, words: Vec::new(), comparison, missed: None }
    }

    /// Whether the look said nothing, as of a track that is elsewhere. Such notes are not kept: they would be most of all that
    /// is kept of the past.
    pub(crate) fn says_nothing(&self) -> bool {
        *self == Self::of(self.of)
    }
}

impl Taught {
    pub(crate) fn new(
        mut notes: Vec<Note>,
        loose: Vec<Loose>,
        taken: Vec<bool>,
        weight: f64,
    ) -> Self {
        notes.sort_by_key(|note| note.of);
        Self { notes, loose, taken, weight }
    }

    /// Fills what a scan's figures leave open.
    pub(crate) fn tally(&self, mut tally: Tally) -> Tally {
        tally.loose.clone_from(&self.loose);
        for note in &self.notes {
            tally.sight.extend(note.sight);
            tally.words.extend(&note.words);
            tally.comparison.join(&note.comparison);
        }
        tally
    }

    pub(crate) fn weight(&self) -> f64 {
        self.weight
    }

    pub(crate) fn missed(&self) -> impl Iterator<Item = EnuPoint> + '_ {
        self.notes.iter().filter_map(|note| note.missed)
    }

    /// Measurements that nothing accounts for, by their place in the scan.
    pub(crate) fn free(&self) -> impl Iterator<Item = usize> + '_ {
        self.taken.iter().enumerate().filter(|(_, taken)| !**taken).map(|(place, _)| place)
    }

    /// Takes over what was taught anew: of tracks and of measurements, by their place in the scan.
    pub(crate) fn take_over(
        &mut self,
        anew: Self,
        measurements: &[u32],
        is_anew: impl Fn(&Label) -> bool,
    ) {
        self.notes.retain(|note| !is_anew(&note.of));
        self.notes.extend(anew.notes);
        self.notes.sort_by_key(|note| note.of);
        for ((&place, loose), taken) in measurements.iter().zip(anew.loose).zip(anew.taken) {
            self.loose[place as usize] = loose;
            self.taken[place as usize] = taken;
        }
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let words: usize = self.notes.iter().map(|note| note.words.len()).sum();
        self.notes.len() * size_of::<Note>()
            + words * size_of::<Word>()
            + self.loose.len() * (size_of::<Loose>() + size_of::<bool>())
    }
}
