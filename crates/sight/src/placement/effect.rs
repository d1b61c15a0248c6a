//! What pieces do to the least-detected crossings of a line, piece by piece.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::kit::Exposure;
use crate::coverage::WatchState;
use crate::coverage::assess::{probability, state_at};
use crate::coverage::scene::{Crossings, Scene, Sums};
use crate::sector::StretchId;

/// A chance that changes by less is not worth a word.
const CHANGE_MIN: f64 = 0.01;

/// How a stretch fares without and with something.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub stretch: StretchId,
    pub without: f64,
    pub with: f64,
}

/// What one piece, or all of them, does to the line.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Effect {
    /// Stretches whose chance of detection rises, in their order.
    pub changes: Vec<Change>,
    /// Line that rises from blind to degraded or watched, and line that becomes watched.
    pub no_longer_blind_m: f64,
    pub becomes_watched_m: f64,
}

impl Change {
    /// The states without and with it.
    pub fn states(&self) -> (WatchState, WatchState) {
        (state_at(self.without), state_at(self.with))
    }
}

/// The line without any piece, with all, and with all but each.
pub(crate) struct Effects {
    pub(crate) before: Vec<f64>,
    pub(crate) after: Vec<f64>,
    pub(crate) of_all: Effect,
    pub(crate) of_each: Vec<Effect>,
}

/// Sums with some exposures added.
pub(crate) fn with<'a>(base: &Sums, exposures: impl IntoIterator<Item = &'a Exposure>) -> Sums {
    let mut sums = base.clone();
    for (node, more) in exposures.into_iter().flatten() {
        sums[*node as usize] += i64::from(*more);
    }
    sums
}

/// Works out what all pieces and each of them change, all others being there.
pub(crate) fn effects(scene: &Scene<'_>, base: &Sums, exposures: &[Exposure]) -> Effects {
    let known = scene.fields(&with(base, exposures));
    // Nothing, all, and all but each.
    let chances: Vec<Vec<f64>> = (0..exposures.len() + 2)
        .into_par_iter()
        .map(|job| {
            let sums = match job {
                0 => base.clone(),
                1 => with(base, exposures),
                left_out => {
                    let others = exposures.iter().enumerate();
                    let others = others.filter(|(at, _)| at + 2 != left_out);
                    with(base, others.map(|(_, exposure)| exposure))
                }
            };
            chances(&scene.crossings_beside(&known, &sums))
        })
        .collect();
    let effect = |without: &[f64]| effect(scene, without, &chances[1]);
    Effects {
        of_all: effect(&chances[0]),
        of_each: chances[2..].iter().map(|without| effect(without)).collect(),
        before: chances[0].clone(),
        after: chances[1].clone(),
    }
}

pub(crate) fn chances(crossings: &Crossings) -> Vec<f64> {
    crossings.iter().map(|crossing| probability(*crossing)).collect()
}

/// What lies between two states of a line.
pub(crate) fn effect(scene: &Scene<'_>, without: &[f64], with: &[f64]) -> Effect {
    let mut effect = Effect::default();
    let each = scene.model.sector().stretches.iter().zip(without.iter().zip(with));
    for (stretch, (&without, &with)) in each {
        let change = Change { stretch: stretch.id, without, with };
        let length_m = stretch.to_m - stretch.from_m;
        let (before, after) = change.states();
        if before == WatchState::Blind && after != WatchState::Blind {
            effect.no_longer_blind_m += length_m;
        }
        if before != WatchState::Watched && after == WatchState::Watched {
            effect.becomes_watched_m += length_m;
        }
        if with - without >= CHANGE_MIN || before != after {
            effect.changes.push(change);
        }
    }
    effect
}
