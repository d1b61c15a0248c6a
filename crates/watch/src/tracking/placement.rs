//! Tracks that come into the filter other than by a scan: a person says that one is two, a neighbour hands one over.
//!
//! Each takes its place in the filter's own time, so that scans that are taken again meet it where it was.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::SensorId;

use super::bernoulli::{Belief, Bernoulli, Label};
use super::class::ClassWeights;
use super::config::TrackerConfig;
use super::fusion::{self, Estimate};
use super::kinematics::Gaussian;
use super::modes::Modes;
use super::scan::Scan;
use super::vertical::Vertical;

/// What is put in, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Placement {
    /// The newest scan when it was put in; `None` before the first one.
    pub(crate) after: Option<(Timestamp, SensorId)>,
    pub(crate) what: Placed,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Placed {
    /// A second thing that is believed to be like another.
    Copy { of: Label, label: Label },
    /// What a neighbour knows of a thing at a time; it is one of ours, or a new one.
    Handed { onto: Option<Label>, label: Label, at: Timestamp, belief: Box<Belief> },
}

/// All that is put in and may have to be put in again, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Placements {
    /// How many are no longer kept.
    gone: u64,
    kept: VecDeque<Placement>,
}

impl Placements {
    pub(crate) fn push(&mut self, placement: Placement) {
        self.kept.push_back(placement);
    }

    /// The next one, after so many, that comes before a scan; before all that is yet to come if `None`.
    pub(crate) fn due(&self, done: u64, before: Option<&Scan>) -> Option<&Placement> {
        let place = usize::try_from(done.saturating_sub(self.gone)).ok()?;
        self.kept.get(place).filter(|next| {
            let Some((scan, (at, sensor))) = before.zip(next.after.as_ref()) else { return true };
            (*at, sensor) < (scan.at, &scan.sensor)
        })
    }

    /// Lets go of those that no kept state of the filter lacks.
    pub(crate) fn forget_before(&mut self, at: Timestamp) {
        let is_old = |first: &Placement| first.after.as_ref().is_none_or(|(after, _)| *after < at);
        while self.kept.front().is_some_and(is_old) {
            self.kept.pop_front();
            self.gone += 1;
        }
    }
}

impl Bernoulli {
    /// Something that no measurement here began.
    ///
    /// `at` is the time of which the belief tells.
    pub(crate) fn placed(
        label: Label,
        (at, belief): (Timestamp, Belief),
        last_seen: Timestamp,
    ) -> Self {
        Self {
            label,
            at,
            belief,
            last_seen,
            lineage: VecDeque::new(),
            seen_by: Vec::new(),
            owed: Vec::new(),
            trial: None,
        }
    }
}

impl Belief {
    /// What two say of one thing who may have it from the same sensors: never surer than either can answer for.
    pub(crate) fn shared_with(&self, other: &Self, config: &TrackerConfig) -> Self {
        let mut classes = ClassWeights::ZERO;
        classes.add_scaled(&self.classes, 0.5);
        classes.add_scaled(&other.classes, 0.5);
        let classes = classes.normalised();
        let state = covariance_intersection(&self.state, &other.state).unwrap_or(self.state);
        Self {
            existence: self.existence.max(other.existence),
            state,
            classes,
            modes: Modes::known(state, &classes, config)
                .with_flight(Vertical::surer(self.modes.flight(), other.modes.flight()), config),
            still: self.still,
        }
    }
}

/// Two estimates of one state whose errors may hang together in any way; `None` when a covariance has no inverse.
fn covariance_intersection(one: &Gaussian, other: &Gaussian) -> Option<Gaussian> {
    let of = |state: &Gaussian| Estimate { mean: state.mean, covariance: state.covariance };
    let (both, _) = fusion::intersect(&of(one), &of(other)).ok()?;
    Some(Gaussian { mean: both.mean, covariance: both.covariance })
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use nalgebra::{Matrix4, Vector4};

    use super::*;

    #[test]
    fn an_estimate_met_with_itself_is_no_surer() {
        let one = Gaussian {
            mean: Vector4::new(3.0, 1.0, -2.0, 0.5),
            covariance: Matrix4::from_diagonal(&Vector4::new(25.0, 1.0, 16.0, 2.0)),
        };

        let both = covariance_intersection(&one, &one).unwrap();

        assert_relative_eq!(both.mean, one.mean, epsilon = 1e-9);
        assert_relative_eq!(both.covariance, one.covariance, epsilon = 1e-9);
    }

    /// Two that know different axes well: by symmetry each counts half, so variances are the harmonic
    /// mean of 1 and 9, doubled: 2 / (1 + 1/9) = 1.8.
    #[test]
    fn two_that_know_different_axes_make_up_for_each_other() {
        let along = |east: f64, north: f64| Gaussian {
            mean: Vector4::zeros(),
            covariance: Matrix4::from_diagonal(&Vector4::new(east, 1.0, north, 1.0)),
        };

        let both = covariance_intersection(&along(1.0, 9.0), &along(9.0, 1.0)).unwrap();

        assert_relative_eq!(both.covariance.m11, 1.8, epsilon = 1e-4);
        assert_relative_eq!(both.covariance.m33, 1.8, epsilon = 1e-4);
        assert_relative_eq!(both.covariance.m22, 1.0, epsilon = 1e-9);
    }

    #[test]
    fn what_has_no_inverse_is_left_alone() {
        let flat = Gaussian { mean: Vector4::zeros(), covariance: Matrix4::zeros() };

        assert_eq!(covariance_intersection(&flat, &flat), None);
    }
}
