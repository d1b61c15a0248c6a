//! How high a thing flies and how fast it climbs: a normal distribution over [height, climb rate].
//!
//! It stands beside the state in the plane, not in it. A level place and a height are measured by different axes of a
//! sensor, and no motion leads from one into the other, so that what one tells of the other is left out: each is as
//! sure as it says, the two together are at most a little surer. What a height owes to the place at which it was
//! measured (elevation times range) is in its variance.

use nalgebra::{Matrix2, Vector2};
use serde::{Deserialize, Serialize};

use crate::limits;

/// Height above sea and climb rate of a thing, if it flies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Vertical {
    pub(crate) mean: Vector2<f64>,
    pub(crate) covariance: Matrix2<f64>,
}

/// A height above sea that was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Level {
    pub(crate) height_m: f64,
    pub(crate) variance_m2: f64,
}

/// What a height that was measured says of one that was expected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    /// Squared Mahalanobis distance of the measurement from its prediction.
    pub(crate) distance2: f64,
    /// Density of the measurement under the prediction, per metre.
    pub(crate) likelihood: f64,
    pub(crate) after: Vertical,
}

impl Vertical {
    /// Of a thing found at a height, with any climb of the spread given.
    pub(crate) fn found(level: &Level, climb_sigma_mps: f64) -> Self {
        let climb2 = climb_sigma_mps * climb_sigma_mps;
        Self {
            mean: Vector2::new(level.height_m, 0.0),
            covariance: Matrix2::new(level.variance_m2, 0.0, 0.0, climb2),
        }
    }

    /// Nearly constant climb: white vertical acceleration of spectral density `q`, exact in continuous time.
    ///
    /// Source: Bar-Shalom, Li and Kirubarajan, "Estimation with applications", 6.2.2.
    pub(crate) fn predict(&mut self, dt_s: f64, q_m2ps3: f64) {
        let (x, p) = (&mut self.mean, &mut self.covariance);
        x.x += dt_s * x.y;
        let both = p.m12 + dt_s * p.m22 + q_m2ps3 * dt_s * dt_s / 2.0;
        p.m11 += dt_s * (2.0 * p.m12 + dt_s * p.m22) + q_m2ps3 * dt_s * dt_s * dt_s / 3.0;
        (p.m12, p.m21) = (both, both);
        p.m22 += q_m2ps3 * dt_s;
    }

    /// Kalman update with a height.
    pub(crate) fn heard(&self, level: &Level) -> Told {
        let p = &self.covariance;
        let innovation = p.m11 + level.variance_m2;
        let residual = level.height_m - self.mean.x;
        let distance2 = residual * residual / innovation;
        let gain = Vector2::new(p.m11, p.m12) / innovation;
        // P11 R / S is never negative, however small R is; P22 - P12 P12 / S is not either.
        let m11 = p.m11 * level.variance_m2 / innovation;
        let m12 = p.m12 * level.variance_m2 / innovation;
        let m22 = (p.m22 - gain.y * p.m12).max(f64::MIN_POSITIVE);
        let likelihood =
            libm::exp(-distance2 / 2.0) / libm::sqrt(std::f64::consts::TAU * innovation);
        let mean = self.mean + gain * residual;
        Told {
            distance2,
            likelihood,
            after: Self { mean, covariance: Matrix2::new(m11, m12, m12, m22) },
        }
    }

    /// Within what can be: not below the ground, nor higher or faster than anything here flies.
    ///
    /// What has come down onto the ground does not go on down.
    pub(crate) fn within_bounds(mut self, floor_m: Option<f64>) -> Self {
        let (least_m, most_m) = limits::HEIGHT_M;
        let floor_m = floor_m.map_or(least_m, |floor_m| floor_m.clamp(least_m, most_m));
        self.mean.y = self.mean.y.clamp(-limits::CLIMB_MAX_MPS, limits::CLIMB_MAX_MPS);
        if self.mean.x < floor_m {
            self.mean.y = self.mean.y.max(0.0);
        } else if self.mean.x > most_m {
            self.mean.y = self.mean.y.min(0.0);
        }
        self.mean.x = self.mean.x.clamp(floor_m, most_m);
        self
    }

    /// The one with the mean and spread of several that are known, by their shares.
    ///
    /// `None` where the height is more likely not known than known.
    pub(crate) fn merged(
        parts: &(impl Iterator<Item = (f64, Option<Self>)> + Clone),
    ) -> Option<Self> {
        let known = || parts.clone().filter_map(|(share, own)| Some((share, own?)));
        let whole: f64 = parts.clone().map(|(share, _)| share).sum();
        let total: f64 = known().map(|(share, _)| share).sum();
        if !(total > 0.0 && total >= 0.5 * whole && total.is_finite()) {
            return None;
        }
        let base = known().next()?.1.mean;
        let mut mean = base;
        for (share, own) in known() {
            mean += (own.mean - base) * (share / total);
        }
        let mut covariance = Matrix2::zeros();
        for (share, own) in known() {
            let off = own.mean - mean;
            covariance += (own.covariance + off * off.transpose()) * (share / total);
        }
        Some(Self { mean, covariance })
    }

    /// What two say whose errors may hang together in any way: the surer of them.
    ///
    /// It is one end of covariance intersection (Julier and Uhlmann, 1997), which is never surer than either can answer for.
    pub(crate) fn surer(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let (Some(a), Some(b)) = (one, other) else { return one.or(other) };
        Some(if b.covariance.m11 < a.covariance.m11 { b } else { a })
    }

    /// This one, of the past, judged by what was believed `dt_s` later once all that followed was known.
    ///
    /// Source: Rauch, Tung and Striebel (1965).
    pub(crate) fn smoothed(&self, later: &Self, dt_s: f64, q_m2ps3: f64) -> Self {
        let mut predicted = *self;
        predicted.predict(dt_s, q_m2ps3);
        let Some(inverse) = predicted.covariance.try_inverse() else { return *self };
        let carry = Matrix2::new(1.0, 0.0, dt_s, 1.0);
        let gain = self.covariance * carry * inverse;
        let change = gain * (later.covariance - predicted.covariance) * gain.transpose();
        Self {
            mean: self.mean + gain * (later.mean - predicted.mean),
            covariance: self.covariance + (change + change.transpose()) / 2.0,
        }
    }

    /// Standard deviations of the height and of the climb.
    pub(crate) fn sigmas(&self) -> (f64, f64) {
        (libm::sqrt(self.covariance.m11.max(0.0)), libm::sqrt(self.covariance.m22.max(0.0)))
    }
}

#[cfg(test)]
mod tests;
