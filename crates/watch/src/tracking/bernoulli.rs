//! One thing that was seen at least once and may be there: existence, state, class, lineage.

use std::collections::VecDeque;

use jiff::Timestamp;
use nalgebra::{Matrix2, Vector2};
use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;
use sight::sector::SensorId;

use super::DetectionChance;
use super::class::{CLASSES, ClassWeights};
use super::config::TrackerConfig;
use super::considered::{self, Considered};
use super::gate::reach;
use super::kinematics::{Gaussian, Still};
use super::learning::Trial;
use super::modes::{Interval, Intervals, Modes};
use super::scan::Scan;
use crate::journal::TrackActId;

/// How many measurements a track remembers as its lineage.
const LINEAGE_MAX: usize = 16;

/// A way of moving that is less likely does not widen the gate.
pub(crate) const GATE_SHARE: f64 = 0.01;

/// Weight of a class below which the sight model is not asked about it.
const CLASS_WEIGHT_MIN: f64 = 1e-3;

/// A name that depends on nothing but the measurement that started the track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Label {
    pub(crate) at: Timestamp,
    /// FNV-1a hash of the sensor's name.
    pub(crate) sensor: u64,
    pub(crate) measurement: u64,
}

impl Label {
    pub(crate) fn new(at: Timestamp, sensor: &SensorId, measurement: u64) -> Self {
        Self { at, sensor: fnv1a(sensor.0.as_bytes()), measurement }
    }

    /// One figure for all of it.
    pub(crate) fn hash(&self) -> u64 {
        let at = self.at.as_nanosecond().to_le_bytes();
        let rest = [self.sensor.to_le_bytes(), self.measurement.to_le_bytes()].concat();
        fnv1a(&[&at[..], &rest].concat())
    }

    /// The label in short.
    ///
    /// Two of a million differ in it but for one chance in 10^7, and then a late scan takes one too many again.
    pub(crate) fn key(&self) -> u64 {
        let second = self.at.as_second().unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let part = u64::from(self.at.subsec_nanosecond().unsigned_abs());
        let mixed = second ^ part.rotate_left(32) ^ self.sensor ^ self.measurement.rotate_left(17);
        let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 29)
    }

    /// Of what a person split off.
    pub(crate) fn of_split(at: Timestamp, act: TrackActId) -> Self {
        Self { at, sensor: fnv1a(b"split by a person"), measurement: act.0 }
    }

    /// Of what a neighbour handed over.
    pub(crate) fn of_neighbour(at: Timestamp, sector: &str, number: u64) -> Self {
        let from = fnv1a(b"handed over by ") ^ fnv1a(sector.as_bytes());
        Self { at, sensor: from, measurement: number }
    }
}

/// Fowler-Noll-Vo hash, 64 bits, variant 1a.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A measurement as lineage keeps it: the sensor by its number in the filter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) sensor: u16,
    pub(crate) measurement: u64,
    pub(crate) at: Timestamp,
    /// Chance that the measurement was of this thing.
    pub(crate) share: f64,
}

/// What is believed of a thing: whether it is there, where, and of what class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Belief {
    /// Chance that it exists, in 0..=1.
    pub(crate) existence: f64,
    /// However it moves.
    pub(crate) state: Gaussian,
    /// However it moves.
    pub(crate) classes: ClassWeights,
    /// The same for each way of moving, where there are several.
    pub(crate) modes: Modes,
    /// Kept where fixtures are to be expected.
    pub(crate) still: Option<Still>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bernoulli {
    pub(crate) label: Label,
    /// The time of which it tells: of the last scan that reached it, or of the last sweep.
    pub(crate) at: Timestamp,
    /// Of a track whose past is open, the belief of the likeliest world.
    pub(crate) belief: Belief,
    /// The last time that a measurement was more likely of this thing than not.
    pub(crate) last_seen: Timestamp,
    /// Measurements that were likely of this thing, newest last.
    pub(crate) lineage: VecDeque<Seen>,
    /// When each sensor, by its number, last contributed.
    pub(crate) seen_by: Vec<(u16, Timestamp)>,
    /// What its error owes to errors that sensors share over all their looks.
    pub(crate) owed: Vec<Considered>,
    /// Where sensors are learned about.
    pub(crate) trial: Option<Box<Trial>>,
}

/// What a scan could have seen of a thing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// Chance of detection for each class.
    pub(crate) by_class: ClassWeights,
    /// The same over the thing's own class probabilities.
    pub(crate) p_detect: f64,
}

impl Look {
    pub(crate) const BLIND: Self = Self { by_class: ClassWeights::ZERO, p_detect: 0.0 };

    /// Asks the sight model about a thing at a point that may be of several classes.
    pub(crate) fn at(
        point: EnuPoint,
        classes: &ClassWeights,
        scan: &Scan,
        p_detect: &DetectionChance<'_>,
    ) -> Self {
        if !scan.sees.contains(point) {
            return Self::BLIND;
        }
        let mut by_class = ClassWeights::ZERO;
        let mut whole = 0.0;
        for class in CLASSES {
            let weight = classes.get(class);
            if weight > CLASS_WEIGHT_MIN {
                let chance = p_detect(scan, point, class);
                // NaN counts as blind; 1 is kept out so that a miss never divides by zero.
                let chance = if chance > 0.0 { chance.min(0.9999) } else { 0.0 };
                by_class.set(class, chance);
                whole += weight * chance;
            }
        }
        Self { by_class, p_detect: whole.min(0.9999) }
    }

    /// The same look at a thing of which a share moves outside a radar's notch.
    ///
    /// `counted` is the share that the chances already count with, by class; where that is none, nothing
    /// is known of how far the radar would see it, and it stays unseen.
    pub(crate) fn beside_notch(
        self,
        share: f64,
        counted: &ClassWeights,
        classes: &ClassWeights,
    ) -> Self {
        if self.p_detect <= 0.0 {
            return self;
        }
        let mut by_class = ClassWeights::ZERO;
        for class in CLASSES {
            let (chance, counted) = (self.by_class.get(class), counted.get(class));
            by_class.set(
                class,
                if counted > 0.0 { (chance / counted * share).min(0.9999) } else { 0.0 },
            );
        }
        Self { by_class, p_detect: classes.times(&by_class).sum().min(0.9999) }
    }

    /// The same look through what hides a share of it.
    pub(crate) fn dimmed(self, open: f64) -> Self {
        Self { by_class: self.by_class.scaled(open), p_detect: self.p_detect * open }
    }

    /// Class probabilities times the chance that each class gives this very measurement.
    ///
    /// The chance is never nothing, whatever the sight model says: the thing was measured.
    pub(crate) fn hit(
        &self,
        classes: &ClassWeights,
        measured: &ClassWeights,
        config: &TrackerConfig,
    ) -> ClassWeights {
        classes
            .times(measured)
            .times(&self.by_class.map(|chance| chance.max(config.p_detect_floor)))
    }
}

impl Belief {
    pub(crate) fn predict(&mut self, interval: &mut Interval<'_>) {
        self.existence *= interval.survival;
        if self.modes.is_empty() {
            self.state.predict(interval.dt_s, interval.config.acceleration_m2ps3);
        } else {
            self.modes.predict(interval, &self.state);
            self.state = self.modes.matched();
        }
    }

    /// The states that it may have, each with its chance.
    pub(crate) fn states(&self) -> impl Iterator<Item = (f64, &Gaussian)> {
        let alone = self.modes.is_empty().then_some((1.0, &self.state));
        alone.into_iter().chain(self.modes.iter().map(|mode| (mode.weights.sum(), &mode.state)))
    }

    /// The box in which the measurements lie that may be of it: its centre and half its sides.
    pub(crate) fn reach(&self, noise_m2: &Matrix2<f64>, gate: f64) -> (Vector2<f64>, Vector2<f64>) {
        let centre = Vector2::new(self.state.mean.x, self.state.mean.z);
        let mut widest = Vector2::zeros();
        for (share, state) in self.states() {
            if share >= GATE_SHARE {
                let own = reach(&(state.position_covariance() + noise_m2), gate);
                let off = Vector2::new(state.mean.x, state.mean.z) - centre;
                widest = widest.sup(&(own + off.abs()));
            }
        }
        (centre, widest)
    }

    /// A belief that says of state and class what its ways of moving say.
    pub(crate) fn of_modes(existence: f64, modes: Modes, still: Option<Still>) -> Self {
        Self { existence, state: modes.matched(), classes: modes.classes(), modes, still }
    }

    /// Chance that the scan finds nothing of it.
    pub(crate) fn p_miss(&self, look: &Look) -> f64 {
        1.0 - self.existence * look.p_detect
    }

    /// Existence after a sure miss.
    pub(crate) fn existence_missed(&self, look: &Look) -> f64 {
        self.existence * (1.0 - look.p_detect) / self.p_miss(look)
    }

    /// Class probabilities (not scaled) after a sure miss.
    pub(crate) fn classes_missed(&self, look: &Look) -> ClassWeights {
        self.classes.times(&look.by_class.map(|chance| 1.0 - chance))
    }

    /// The belief after a sure miss.
    pub(crate) fn missed(&self, look: &Look) -> Self {
        let mut missed = self.clone();
        missed.miss(look);
        missed
    }

    /// Takes in a sure miss.
    pub(crate) fn miss(&mut self, look: &Look) {
        self.existence = self.existence_missed(look);
        if self.modes.is_empty() {
            self.classes = self.classes_missed(look).normalised();
        } else {
            self.modes.weigh(&look.by_class.map(|chance| 1.0 - chance));
            self.heed_modes();
        }
    }

    /// Says of state and class what its ways of moving say.
    pub(crate) fn heed_modes(&mut self) {
        self.state = self.modes.matched();
        self.classes = self.modes.classes();
    }

    /// This belief after a look that told what `after` believes but is worth less than a fresh one.
    ///
    /// Odds move by the power of what the look is worth; the state is left as `after` has it.
    pub(crate) fn tempered(&self, after: Self, worth: f64) -> Self {
        if worth >= 1.0 {
            return after;
        }
        let odds = |chance: f64| chance / (1.0 - chance).max(f64::MIN_POSITIVE);
        let blend =
            |before: f64, after: f64| libm::pow(before, 1.0 - worth) * libm::pow(after, worth);
        let odds = blend(odds(self.existence), odds(after.existence));
        let existence = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
        if !self.modes.is_empty() {
            let modes = self.modes.tempered(after.modes, worth);
            return Self::of_modes(existence, modes, after.still);
        }
        let mut classes = self.classes;
        for class in CLASSES {
            classes.set(class, blend(self.classes.get(class), after.classes.get(class)));
        }
        Self { existence, classes: classes.normalised(), ..after }
    }

    /// Chance that it is there and no fixture of the place.
    pub(crate) fn mover(&self) -> f64 {
        self.existence * (1.0 - self.still.map_or(0.0, |still| still.chance))
    }
}

impl Bernoulli {
    /// Bytes with what it holds on the heap.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.belief.modes.bytes()
            + self.lineage.len() * size_of::<Seen>()
            + self.seen_by.len() * size_of::<(u16, Timestamp)>()
            + self.owed.len() * size_of::<Considered>()
            + self.trial.as_ref().map_or(0, |trial| trial.bytes())
    }

    /// Lets time pass until the end of some intervals.
    pub(crate) fn carry(&mut self, intervals: &mut Intervals<'_>) {
        let end = intervals.end();
        if let Some(interval) = intervals.since(self.at) {
            self.at = end;
            self.belief.predict(interval);
            if !self.owed.is_empty() {
                considered::predict(&mut self.owed, end, interval.dt_s);
            }
        }
    }

    pub(crate) fn remember(&mut self, seen: Seen) {
        if seen.share > 0.5 {
            self.last_seen = seen.at;
        }
        match self.seen_by.iter_mut().find(|(sensor, _)| *sensor == seen.sensor) {
            Some((_, at)) => *at = seen.at,
            None => self.seen_by.push((seen.sensor, seen.at)),
        }
        if self.lineage.len() == LINEAGE_MAX {
            self.lineage.pop_front();
        }
        self.lineage.push_back(seen);
    }
}
