//! Things that a scan shows for the first time.

use std::collections::VecDeque;

use crate::tracking::bernoulli::{Belief, Bernoulli, Label, Seen};
use crate::tracking::class::ClassWeights;
use crate::tracking::considered::Considered;
use crate::tracking::filter::found::{Found, Place};
use crate::tracking::kinematics::{Gaussian, Still};
use crate::tracking::modes::Modes;

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
        let further = |state: &Gaussian| {
            let refined = found.further.refined(state, 1.0, self.config);
            (refined.state, refined.likelihood)
        };
        let classes = found.born.normalised();
        let belief = if modes.is_empty() {
            Belief { existence, state: further(&state).0, classes, modes, still: None }
        } else {
            let alike = ClassWeights::uniform();
            let hits: Vec<_> = modes.iter().map(|mode| further(&mode.state)).collect();
            Belief::of_modes(existence, modes.corrected(&alike, hits.into_iter()), None)
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
}
