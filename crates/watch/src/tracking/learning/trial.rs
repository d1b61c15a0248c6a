//! How a track stands up to being looked at: whether it is proved, whether it moves, who sees it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;

use super::Learning;

/// Sensors whose view of a track is remembered; the one that looked longest ago goes first.
const VIEWS: usize = 8;
/// Squared innovations per degree of freedom above which a track is not proved by its hits: it hops.
const STRAIN_MAX: f64 = 2.0;
/// Hits over which they are averaged.
const STRAIN_HITS: f64 = 20.0;
/// What was found as far as this from where it began moves.
const MOVED_M: f64 = 300.0;
/// Most hits that one track's silence with another sensor may count for: a rock is one lie, not a hundred.
const WORD_MAX: f64 = 6.0;

/// What is remembered of a track for the sake of learning.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trial {
    hits: f64,
    strain: f64,
    /// Where it was first found for sure, and how far from there since.
    first: Option<EnuPoint>,
    gone_m: f64,
    views: Vec<View>,
    disputed: f64,
    vouched: f64,
}

/// One sensor's view of the track.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct View {
    sensor: u16,
    at: Timestamp,
    /// Chance that nothing hides the track from it.
    open: f64,
    hit_at: Option<Timestamp>,
    /// Its last innovation across the line of sight, in standard deviations.
    across: Option<f64>,
}

/// One look at a track: who, when, and what share of the model's chance is to be expected there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight {
    pub(crate) sensor: u16,
    pub(crate) at: Timestamp,
    pub(crate) share: f64,
}

impl Trial {
    /// Bytes with what it holds on the heap.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.views.len() * size_of::<View>()
    }

    /// Found often enough to be there.
    pub(crate) fn is_known(&self, learning: &Learning) -> bool {
        self.hits >= learning.proof_hits
    }

    /// And where it was expected.
    pub(crate) fn is_proved(&self, learning: &Learning) -> bool {
        self.is_known(learning) && self.strain < STRAIN_MAX
    }

    /// Chance that nothing hides the track from a sensor now.
    ///
    /// It drifts from what the last look left to the share that is to be expected, in the time that a
    /// thing stays hidden: a two-state Markov chain.
    pub(crate) fn open(&self, sight: &Sight, learning: &Learning) -> f64 {
        let Some(view) = self.view(sight.sensor) else { return sight.share };
        let elapsed_s = sight.at.duration_since(view.at).as_secs_f64().max(0.0);
        let left = libm::exp(-elapsed_s / learning.hidden_s);
        sight.share + (view.open - sight.share) * left
    }

    /// Takes in what a look found: `open` is the chance that nothing hides the track, after it.
    pub(crate) fn looked(&mut self, sight: &Sight, open: f64, hit: f64) {
        let view = self.view_mut(sight);
        view.at = sight.at;
        view.open = open;
        if hit > 0.5 {
            view.hit_at = Some(sight.at);
        }
    }

    /// Whether it was seen to move: what does so is no false report.
    pub(crate) fn is_mover(&self, learning: &Learning) -> bool {
        self.gone_m > MOVED_M && self.is_proved(learning)
    }

    /// Counts a sure hit with its squared innovation per degree of freedom, and where the track is by it.
    pub(crate) fn hit(&mut self, strain: f64, weight: f64, at: EnuPoint) {
        self.hits += weight;
        self.strain += (strain - self.strain) * (weight / self.hits.min(STRAIN_HITS)).min(1.0);
        let first = *self.first.get_or_insert(at);
        self.gone_m = self.gone_m.max(first.distance_m(at));
    }

    /// Whether a sensor ever found it.
    pub(crate) fn is_seen_by(&self, sensor: u16) -> bool {
        self.view(sensor).is_some_and(|view| view.hit_at.is_some())
    }

    /// Other sensors that found it no longer than so many seconds ago.
    pub(crate) fn witnesses(
        &self,
        sight: &Sight,
        within_s: f64,
    ) -> impl Iterator<Item = u16> + use<'_> {
        let Sight { sensor, at, .. } = *sight;
        self.views.iter().filter_map(move |view| {
            let ago_s = at.duration_since(view.hit_at?).as_secs_f64();
            (view.sensor != sensor && ago_s <= within_s).then_some(view.sensor)
        })
    }

    /// The innovation before this one, of the same sensor; keeps this one.
    pub(crate) fn successive(&mut self, sight: &Sight, across: f64) -> Option<f64> {
        self.view_mut(sight).across.replace(across)
    }

    /// How much of a dispute about this track still counts.
    pub(crate) fn dispute(&mut self, hits: f64) -> f64 {
        let counted = hits.min(WORD_MAX - self.disputed).max(0.0);
        self.disputed += counted;
        counted
    }

    /// The same in its favour.
    pub(crate) fn vouch(&mut self, hits: f64) -> f64 {
        let counted = hits.min(WORD_MAX - self.vouched).max(0.0);
        self.vouched += counted;
        counted
    }

    fn view(&self, sensor: u16) -> Option<&View> {
        self.views.iter().find(|view| view.sensor == sensor)
    }

    fn view_mut(&mut self, sight: &Sight) -> &mut View {
        let known = self.views.iter().position(|view| view.sensor == sight.sensor);
        let place = known.unwrap_or_else(|| {
            if self.views.len() == VIEWS {
                let oldest = (0..VIEWS).min_by_key(|place| self.views[*place].at).unwrap_or(0);
                self.views.remove(oldest);
            }
            self.views.push(View {
                sensor: sight.sensor,
                at: sight.at,
                open: sight.share,
                hit_at: None,
                across: None,
            });
            self.views.len() - 1
        });
        &mut self.views[place]
    }
}
