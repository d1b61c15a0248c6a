//! Things that a scan shows for the first time.

use std::collections::VecDeque;

use crate::tracking::bernoulli::{Belief, Bernoulli, Label, Seen};
use crate::tracking::class::ClassWeights;
use crate::tracking::considered::Considered;
use crate::tracking::filter::found::{Found, Place};
use crate::tracking::kinematics::{Gaussian, Still};
use crate::tracking::modes::{HEIGHT_SHARE, Modes};

use super::Step;

impl Step<'_> {
    pub(super) fn birth(&self, found: &Found) -> Option<Bernoulli> {
        let Place::Position { mean_m, noise_m2 } = found.place else { return None };
        let existence = found.birth_existence();
        if existence < self.config.recycle_below {
            return None;
        }
        let modes = Modes::born(mean_m, &noise_m2, &found.born.normalised(), self.config);
        let state = Gaussian::found(mean_m, &noise_m2, self.config.speed_sigma_mps);
        let mut track = self.first_seen(found, existence, (state, modes));
        track.belief.still = (self.config.fixture_prior > 0.0).then_some(Still {
            chance: self.config.fixture_prior,
            mean_m,
            covariance_m2: noise_m2,
        });
        Some(track)
    }

    /// A thing that a measurement shows for the first time.
    pub(super) fn first_seen(
        &self,
        found: &Found,
        existence: f64,
        (state, modes): (Gaussian, Modes),
    ) -> Bernoulli {
        let at = self.scan.at;
        let classes = found.born.normalised();
        let belief = if modes.is_empty() {
            let state = found.first_on_ground(&state, self.config).state;
            Belief { existence, state, classes, modes, still: None }
        } else {
            Belief::of_modes(existence, self.modes_first_seen(found, &modes), None)
        };
        let mut track = Bernoulli {
            label: Label::new(at, &self.scan.sensor, found.id),
            at,
            belief,
            last_seen: at,
            lineage: VecDeque::new(),
            seen_by: Vec::new(),
            owed: Vec::new(),
            trial: self.lessons.as_ref().map(|_| Box::default()),
        };
        if let Some(shared) = found.shared(&track.belief.state)
            && matches!(found.place, Place::Position { .. })
        {
            track.owed.push(Considered::new(self.sensor, at, &shared, shared.at_birth()));
        }
        track.remember(Seen {
            sensor: self.sensor,
            measurement: found.id,
            at,
            share: found.unclaimed,
        });
        track
    }

    /// What else than a place was measured, way by way.
    fn modes_first_seen(&self, found: &Found, modes: &Modes) -> Modes {
        let flying = modes.flying(self.config).filter(|_| found.tells_heights());
        let mut flight = None;
        let hits = modes.iter().enumerate().map(|(place, mode)| {
            let refined = if flying == Some(place) {
                let flown = found.first_aloft(&mode.state, self.config);
                flight = flown.flight.filter(|_| mode.weights.sum() >= HEIGHT_SHARE);
                flown.refined
            } else {
                found.first_on_ground(&mode.state, self.config)
            };
            (refined.state, refined.likelihood)
        });
        let hits: Vec<_> = hits.collect();
        modes.corrected(&ClassWeights::uniform(), hits.into_iter(), flight)
    }
}
