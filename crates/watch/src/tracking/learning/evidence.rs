//! What speaks for and against a sensor: its innovations, what it missed and reported elsewhere, what others say.
//!
//! Only tracks that another sensor saw lately can judge: a track made by the sensor alone follows its errors.

use serde::{Deserialize, Serialize};

use super::tally::Word;
use super::trust::Finding;
use crate::metrics::{Consistency, chi_square_quantile, consistency_of_sum};

/// Comparisons after which older ones count for little.
const WINDOW: f64 = 100.0;
/// The same for words of other sensors, in hits.
const WORDS: f64 = 200.0;
/// Fewer comparisons than this say nothing.
const ENOUGH: f64 = 20.0;
/// A mean innovation this many of its own standard errors from zero is no chance, in as many looks as a sensor
/// takes in years (A).
const SURE_SIGMAS: f64 = 6.0;
/// A lean of fewer of the sensor's own standard deviations is let pass: poses and terrain are not perfect.
const BIAS_MIN: f64 = 1.0;
/// Errors that vary less than twice as much as claimed are let pass: movers turn.
const NOISE_MIN: f64 = 2.0;
const NOISE_MAX: f64 = 16.0;
/// From this many times the claimed variance on, the sensor is left out.
const NOISE_GRAVE: f64 = 8.0;
/// Reports that lie apart from what was missed, the same way each time: so many make a finding.
const STRAYS: f64 = 8.0;
const STRAYS_GRAVE: f64 = 16.0;
/// Share of what was missed that must lie so.
const STRAY_SHARE: f64 = 0.5;
/// How many times as often as anywhere else.
const STRAY_TIMES: f64 = 3.0;
/// Hits that others should have had before their silence counts; no track counts for more than six.
const DISPUTED: f64 = 15.0;
/// Share of all such hits below which the sensor makes up some of what it says.
const VOUCHED_MIN: f64 = 0.75;

/// How far from a missed track a report may lie and still be looked at as its displaced image: 12 degrees, 800 m.
const STRAY_RAD: f64 = 0.21;
const STRAY_M: f64 = 800.0;
/// Bins to either side of none.
const BINS: usize = 12;

/// Where a report that is nobody's lies from a track that was missed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) enum Stray {
    /// So far to the right of it, at about its range.
    Aside { rad: f64, weight: f64 },
    /// So much farther, in its direction.
    Beyond { m: f64, weight: f64 },
}

/// How often strays lay how far off, in bins, and how far those of a bin lay on the whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Strays {
    bins: [Moments; 2 * BINS + 1],
}

/// Weighted sums of a quantity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moments {
    pub(super) weight: f64,
    pub(super) sum: f64,
    pub(super) squares: f64,
}

/// Squared Mahalanobis lengths of innovations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Innovations {
    weight: f64,
    squares: f64,
    freedom: f64,
}

/// What one scan, or many, say of its sensor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Comparison {
    /// Of every sure pairing; nothing is judged by them.
    pub(crate) all: Innovations,
    /// Of tracks that another sensor saw lately; so are the rest.
    pub(crate) witnessed: Innovations,
    /// Across the line of sight, in standard deviations.
    pub(crate) across: Moments,
    /// Products of successive such innovations of one track.
    pub(crate) successive: Moments,
    /// Along the line of sight, in standard deviations.
    pub(crate) along: Moments,
    pub(crate) hits: f64,
    pub(crate) misses: f64,
}

/// What is remembered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Evidence {
    recent: Comparison,
    aside: Strays,
    beyond: Strays,
    /// All sure pairings ever, for the figures.
    all: Innovations,
    vouched: f64,
    disputed: f64,
}

/// What follows from it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Verdict {
    pub(super) finding: Option<Finding>,
    /// The finding is bad enough to leave the sensor out.
    pub(super) is_grave: bool,
    /// Others have seen enough of the same to judge.
    pub(super) is_comparable: bool,
    /// Times that the claimed variance must be taken.
    pub(super) noise: f64,
}

impl Moments {
    pub(crate) fn add(&mut self, value: f64, weight: f64) {
        self.weight += weight;
        self.sum += weight * value;
        self.squares += weight * value * value;
    }

    fn join(&mut self, other: &Self) {
        self.weight += other.weight;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    fn fade(&mut self, kept: f64) {
        self.weight *= kept;
        self.sum *= kept;
        self.squares *= kept;
    }

    fn mean(&self) -> f64 {
        if self.weight > 0.0 { self.sum / self.weight } else { 0.0 }
    }

    fn sigma(&self) -> f64 {
        let mean = self.mean();
        let variance = self.squares / self.weight.max(f64::MIN_POSITIVE) - mean * mean;
        libm::sqrt(variance.max(0.0))
    }
}

impl Innovations {
    pub(crate) fn add(&mut self, squared: f64, freedom: f64, weight: f64) {
        self.weight += weight;
        self.squares += weight * squared;
        self.freedom += weight * freedom;
    }

    /// Adds those of another.
    pub fn join(&mut self, other: &Self) {
        self.weight += other.weight;
        self.squares += other.squares;
        self.freedom += other.freedom;
    }

    pub(super) fn without(&self, part: &Self) -> Self {
        Self {
            weight: self.weight - part.weight,
            squares: self.squares - part.squares,
            freedom: self.freedom - part.freedom,
        }
    }

    fn fade(&mut self, kept: f64) {
        self.weight *= kept;
        self.squares *= kept;
        self.freedom *= kept;
    }

    /// Mean of the squares per degree of freedom; 1 of a sensor that is right about itself.
    pub(super) fn ratio(&self) -> Option<f64> {
        (self.freedom >= ENOUGH).then(|| self.squares / self.freedom)
    }

    /// The mean with its 95 % bounds; `None` without any.
    pub fn consistency(&self) -> Option<Consistency> {
        consistency_of_sum(self.squares, self.weight, self.freedom)
    }
}

impl Strays {
    fn add(&mut self, value: f64, reach: f64, weight: f64) {
        let place = libm::round(value / reach * BINS as f64) + BINS as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "held in the bins' range"
        )]
        if (0.0..=2.0 * BINS as f64).contains(&place) {
            self.bins[place as usize].add(value, weight);
        }
    }

    fn fade(&mut self, kept: f64) {
        self.bins.iter_mut().for_each(|bin| bin.fade(kept));
    }

    /// Where most lie, within a bin to either side, if that is no chance: how far off, and how many.
    fn heap(&self, misses: f64) -> Option<(f64, f64)> {
        let around = |middle: usize| {
            let mut heap = Moments::default();
            for bin in &self.bins[middle - 1..=middle + 1] {
                heap.join(bin);
            }
            heap
        };
        let heaps = (1..2 * BINS).map(around);
        let heap = heaps.max_by(|a, b| a.weight.total_cmp(&b.weight))?;
        let all: f64 = self.bins.iter().map(|bin| bin.weight).sum();
        let elsewhere = (all - heap.weight) * 3.0 / (2.0 * BINS as f64 - 2.0);
        let is_no_chance = heap.weight >= STRAYS
            && heap.weight >= STRAY_SHARE * misses
            && heap.weight >= STRAY_TIMES * elsewhere;
        is_no_chance.then(|| (heap.mean(), heap.weight))
    }
}

impl Comparison {
    pub(super) fn join(&mut self, other: &Self) {
        self.all.join(&other.all);
        self.witnessed.join(&other.witnessed);
        self.across.join(&other.across);
        self.successive.join(&other.successive);
        self.along.join(&other.along);
        self.hits += other.hits;
        self.misses += other.misses;
    }

    fn fade(&mut self, kept: f64) {
        self.witnessed.fade(kept);
        self.across.fade(kept);
        self.successive.fade(kept);
        self.along.fade(kept);
        self.hits *= kept;
        self.misses *= kept;
    }

    fn weight(&self) -> f64 {
        self.hits + self.misses
    }
}

impl Evidence {
    pub(super) fn add(&mut self, new: &Comparison, strays: &[Stray]) {
        let kept = libm::pow(1.0 - 1.0 / WINDOW, new.weight());
        self.recent.fade(kept);
        self.aside.fade(kept);
        self.beyond.fade(kept);
        self.recent.join(new);
        self.all.join(&new.all);
        for stray in strays {
            match *stray {
                Stray::Aside { rad, weight } => self.aside.add(rad, STRAY_RAD, weight),
                Stray::Beyond { m, weight } => self.beyond.add(m, STRAY_M, weight),
            }
        }
    }

    pub(super) fn hear(&mut self, word: &Word) {
        let kept = libm::pow(1.0 - 1.0 / WORDS, word.vouched + word.disputed);
        self.vouched = kept * self.vouched + word.vouched;
        self.disputed = kept * self.disputed + word.disputed;
    }

    pub(super) fn witnessed(&self) -> &Innovations {
        &self.recent.witnessed
    }

    pub(super) fn all(&self) -> &Innovations {
        &self.all
    }

    /// Judges, given how far the innovations of all the other sensors are from what they claim.
    pub(super) fn verdict(&self, others: f64) -> Verdict {
        let recent = &self.recent;
        let noise = recent.witnessed.ratio().map_or(1.0, |ratio| ratio / others.max(1.0));
        let is_comparable = recent.weight() >= ENOUGH || self.vouched + self.disputed >= DISPUTED;
        let (finding, is_grave) = self
            .turned()
            .or_else(|| self.alone())
            .or_else(|| self.biased())
            .or_else(|| self.noisy(noise))
            .map_or((None, false), |(finding, grave)| (Some(finding), grave));
        let noise = if finding.is_some() { noise.clamp(NOISE_MIN, NOISE_MAX) } else { 1.0 };
        Verdict { finding, is_grave, is_comparable, noise }
    }

    /// What it should have reported it reported elsewhere, the same way each time.
    fn turned(&self) -> Option<(Finding, bool)> {
        if self.recent.misses <= self.recent.hits {
            return None;
        }
        if let Some((rad, count)) = self.aside.heap(self.recent.misses) {
            let finding = Finding::Turned { azimuth_deg: rad.to_degrees() };
            return Some((finding, count >= STRAYS_GRAVE));
        }
        let (range_m, count) = self.beyond.heap(self.recent.misses)?;
        Some((Finding::Displaced { range_m }, count >= STRAYS_GRAVE))
    }

    /// Nobody else sees much of what it reports, though they should.
    fn alone(&self) -> Option<(Finding, bool)> {
        let share = self.vouched / (self.vouched + self.disputed).max(f64::MIN_POSITIVE);
        (self.disputed >= DISPUTED && share < VOUCHED_MIN)
            .then_some((Finding::Contradicted { share }, true))
    }

    /// Its errors lean one way.
    fn biased(&self) -> Option<(Finding, bool)> {
        let leans = |moments: &Moments| {
            let fresh = moments.weight * self.freshness();
            let mean = moments.mean();
            let sure = fresh >= ENOUGH && libm::fabs(mean) * libm::sqrt(fresh) > SURE_SIGMAS;
            (sure && libm::fabs(mean) > BIAS_MIN).then_some(mean)
        };
        let across = leans(&self.recent.across).map(|sigmas| Finding::LeansAcross { sigmas });
        let found = across
            .or_else(|| leans(&self.recent.along).map(|sigmas| Finding::LeansAlong { sigmas }));
        found.map(|finding| (finding, false))
    }

    /// Its errors are larger than it says.
    fn noisy(&self, noise: f64) -> Option<(Finding, bool)> {
        let recent = &self.recent.witnessed;
        let fresh = recent.freedom * self.freshness();
        let sure = fresh >= ENOUGH && noise > chi_square_quantile(fresh, SURE_SIGMAS) / fresh;
        (sure && noise > NOISE_MIN)
            .then_some((Finding::Noisy { times: noise }, noise > NOISE_GRAVE))
    }

    /// How much of a fresh comparison each is worth, given how alike successive errors are.
    ///
    /// Source: Bayley and Hammersley, "The effective number of independent observations in an
    /// autocorrelated time series" (1946), for a first-order process.
    fn freshness(&self) -> f64 {
        let alike = self.whiteness().unwrap_or(0.0).clamp(0.0, 0.95);
        (1.0 - alike) / (1.0 + alike)
    }

    /// Correlation of successive innovations of a track about their mean; near 0 of a sensor whose errors are fresh.
    pub(super) fn whiteness(&self) -> Option<f64> {
        let (pairs, across) = (&self.recent.successive, &self.recent.across);
        let mean = across.mean();
        let variance = across.sigma() * across.sigma();
        (pairs.weight >= ENOUGH && variance > 0.0).then(|| (pairs.mean() - mean * mean) / variance)
    }
}
