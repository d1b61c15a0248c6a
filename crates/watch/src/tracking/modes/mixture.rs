//! One belief in place of several: the moments of mixtures, of states and of turns.

use nalgebra::{Matrix4, Vector4};

use super::{ModeBelief, Modes, scale_to_one, total_of};
use crate::tracking::class::ClassWeights;
use crate::tracking::config::TrackerConfig;
use crate::tracking::kinematics::{Gaussian, Spread, Turn, add_spread};
use crate::tracking::motion::MOTIONS_MAX;
use crate::tracking::vertical::Vertical;

/// What may have become of a thing in a scan, each with its share, gathered to be merged.
///
/// Kept from thing to thing, so that its room is taken once.
#[derive(Debug, Default)]
pub(crate) struct Blend {
    shares: Vec<f64>,
    /// The number of the first of its hits, if something was measured of it.
    hits: Vec<Option<usize>>,
    /// Whether the measurement left sense in the chances; where not, all is as before it.
    sound: Vec<bool>,
    /// Chances of the ways of moving, of one part after the other; turns alike.
    weights: Vec<ClassWeights>,
    turns: Vec<Turn>,
    /// How high it then flies; none where no height was ever measured of it.
    flights: Vec<Option<Vertical>>,
    /// Of the way that is being merged, the share of each part.
    own: Vec<f64>,
    merged: Vec<ModeBelief>,
}

impl Blend {
    pub(crate) fn clear(&mut self) {
        self.shares.clear();
        self.hits.clear();
        self.sound.clear();
        self.weights.clear();
        self.turns.clear();
        self.flights.clear();
    }

    /// Adds that nothing was found of it; `likelihood` says how likely that is of each class.
    pub(crate) fn push_missed(&mut self, share: f64, before: &Modes, likelihood: &ClassWeights) {
        let weighed = before.iter().map(|mode| mode.weights.times(likelihood));
        self.weights.extend(weighed);
        self.turns.extend(before.iter().map(|mode| mode.turn));
        self.hits.push(None);
        self.push(share, before, before.flight);
    }

    /// Adds that a measurement was of it: for each way its density and what is then believed of the state.
    ///
    /// Those have numbers from `first` on.
    pub(crate) fn push_hit<'a>(
        &mut self,
        share: f64,
        before: &Modes,
        likelihood: &ClassWeights,
        (first, hits, flight): (usize, impl Iterator<Item = (f64, Spread<'a>)>, Option<Vertical>),
    ) {
        for (mode, (density, after)) in before.iter().zip(hits) {
            let mut turn = mode.turn;
            turn.follow(&mode.state, after);
            self.turns.push(turn);
            self.weights.push(mode.weights.times(likelihood).scaled(density));
        }
        self.hits.push(Some(first));
        self.push(share, before, flight);
    }

    fn push(&mut self, share: f64, before: &Modes, flight: Option<Vertical>) {
        let first = self.shares.len() * before.ways.len();
        let own = &mut self.weights[first..];
        let total = own.iter().map(ClassWeights::sum).sum();
        let sound = scale_to_one(own.iter_mut(), total);
        if !sound {
            for ((own, turn), mode) in
                own.iter_mut().zip(&mut self.turns[first..]).zip(&before.ways)
            {
                (*own, *turn) = (mode.weights, mode.turn);
            }
        }
        self.shares.push(share);
        self.flights.push(if sound { flight } else { before.flight });
        self.sound.push(sound);
    }

    /// The way that leaves the ground, where a height is known in any part.
    pub(crate) fn flight_way(&self, config: &TrackerConfig) -> Option<u8> {
        let is_known = self.flights.iter().any(Option::is_some);
        if is_known { config.flying().map(|(motion, _)| motion) } else { None }
    }

    /// One belief in place of all parts; the first of them stands for what is left where there is no sense in them.
    ///
    /// `after` tells the state after a hit, by its number; `flying` is [`Blend::flight_way`].
    pub(crate) fn merge<'a>(
        &mut self,
        modes: &mut Modes,
        flying: Option<u8>,
        after: impl Fn(usize) -> Spread<'a>,
    ) {
        let ways = modes.ways.len();
        let mut flight = None;
        let total: f64 = self.shares.iter().sum();
        for share in &mut self.shares {
            *share /= total;
        }
        self.merged.clear();
        for (way, before) in modes.ways.iter().enumerate() {
            let weights_of = |part: usize| &self.weights[part * ways + way];
            let mut weights = ClassWeights::ZERO;
            for (part, share) in self.shares.iter().enumerate() {
                weights.add_scaled(weights_of(part), *share);
            }
            let whole = weights.sum();
            if whole < f64::MIN_POSITIVE || whole.is_nan() {
                continue;
            }
            let shares = self.shares.iter().enumerate();
            self.own.clear();
            self.own.extend(shares.map(|(part, share)| share * weights_of(part).sum() / whole));
            let state_of = |part: usize| match self.hits[part].filter(|_| self.sound[part]) {
                Some(first) => after(first + way),
                None => before.state.spread(),
            };
            let parts = || self.own.iter().enumerate();
            if flying == Some(before.motion) {
                flight =
                    Vertical::merged(&parts().map(|(part, share)| (*share, self.flights[part])));
            }
            let state = moments(parts().map(|(part, share)| (*share, state_of(part))));
            let turns = parts()
                .map(|(part, share)| (*share, state_of(part).0, &self.turns[part * ways + way]));
            let turn = turn_moments(turns, &state.mean);
            self.merged.push(ModeBelief { motion: before.motion, state, turn, weights });
        }
        let total = total_of(&self.merged);
        if scale_to_one(self.merged.iter_mut().map(|mode| &mut mode.weights), total) {
            std::mem::swap(&mut modes.ways, &mut self.merged);
            modes.flight = flight;
        } else {
            for (mode, weights) in modes.ways.iter_mut().zip(&self.weights) {
                mode.weights = *weights;
            }
        }
    }
}

impl Modes {
    /// One belief in place of several with their shares; none of them is empty.
    ///
    /// `flying` is the way that leaves the ground.
    pub(crate) fn merged(parts: &[(f64, &Self)], flying: Option<u8>) -> Self {
        let total: f64 = parts.iter().map(|(share, _)| share).sum();
        let mut merged = Vec::with_capacity(MOTIONS_MAX);
        for motion in (0_u8..).take(MOTIONS_MAX) {
            let own = || {
                parts.iter().filter_map(|(share, modes)| {
                    let mode = modes.ways.iter().find(|mode| mode.motion == motion)?;
                    Some((share / total, mode))
                })
            };
            let mut weights = ClassWeights::ZERO;
            for (share, mode) in own() {
                weights.add_scaled(&mode.weights, share);
            }
            let whole = weights.sum();
            if whole >= f64::MIN_POSITIVE {
                let shares =
                    || own().map(|(share, mode)| (share * mode.weights.sum() / whole, mode));
                let state = moments(shares().map(|(share, mode)| (share, mode.state.spread())));
                let turns = shares().map(|(share, mode)| (share, &mode.state.mean, &mode.turn));
                let turn = turn_moments(turns, &state.mean);
                merged.push(ModeBelief { motion, state, turn, weights });
            }
        }
        let flight = flying.and_then(|flying| {
            Vertical::merged(&parts.iter().map(|(share, modes)| {
                let way = modes.ways.iter().find(|mode| mode.motion == flying);
                (share * way.map_or(0.0, |mode| mode.weights.sum()), modes.flight)
            }))
        });
        Self::of_sound(merged, flight)
            .unwrap_or_else(|| parts.first().map_or_else(Self::default, |part| part.1.clone()))
    }
}

/// Mean and covariance of a mixture whose shares add up to one.
///
/// Sums differences from its first part, so that shares which add up to a little less move nothing.
pub(super) fn moments<'a>(parts: impl Iterator<Item = (f64, Spread<'a>)> + Clone) -> Gaussian {
    let base = parts.clone().next().map_or_else(Vector4::zeros, |(_, (mean, _))| *mean);
    let mut mean = base;
    for (share, (own, _)) in parts.clone() {
        mean += (own - base) * share;
    }
    let mut covariance = Matrix4::zeros();
    for (share, (own_mean, own_covariance)) in parts {
        let off = own_mean - mean;
        add_spread(&mut covariance, own_covariance, &off, share);
    }
    Gaussian { mean, covariance }
}

/// The same of rates of turn that hang together with states; `mean` is that of all states.
pub(super) fn turn_moments<'a>(
    parts: impl Iterator<Item = (f64, &'a Vector4<f64>, &'a Turn)> + Clone,
    mean: &Vector4<f64>,
) -> Turn {
    let mut turn = Turn::NONE;
    if parts.clone().all(|(.., own)| *own == Turn::NONE) {
        return turn;
    }
    for (share, _, own) in parts.clone() {
        turn.rate += own.rate * share;
    }
    for (share, own_mean, own) in parts {
        let (off, off_rate) = (own_mean - mean, own.rate - turn.rate);
        turn.variance += share * (own.variance + off_rate * off_rate);
        turn.cross += (own.cross + off * off_rate) * share;
    }
    turn
}
