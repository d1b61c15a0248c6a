//! How things move and how a measurement corrects that: Gaussians over [east, east', north, north'].

mod drift;

pub(crate) use drift::{Drift, Turn};

use nalgebra::{Matrix2, Matrix4, Matrix4x2, Vector2, Vector4};
use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;

/// A normal distribution of position and velocity in the sector's plane.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Gaussian {
    pub(crate) mean: Vector4<f64>,
    pub(crate) covariance: Matrix4<f64>,
}

/// A mean and a covariance.
pub(crate) type Spread<'a> = (&'a Vector4<f64>, &'a Matrix4<f64>);

/// A thing that has stood where it is ever since it was first seen: a rock, a buoy, a parapet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Still {
    /// Chance that the thing is one, given that it exists.
    pub(crate) chance: f64,
    pub(crate) mean_m: Vector2<f64>,
    pub(crate) covariance_m2: Matrix2<f64>,
}

/// Most that a thing may be believed to be still: what starts to move must be able to show it.
const STILL_MAX: f64 = 0.999;

impl Still {
    /// What a place that was measured says of it, against what it says of the same thing moving.
    ///
    /// Returns the density of the measurement over both, and the belief after it.
    pub(crate) fn correct(
        &self,
        position_m: &Vector2<f64>,
        noise_m2: &Matrix2<f64>,
        moving: f64,
    ) -> (f64, Self) {
        let innovation = self.covariance_m2 + noise_m2;
        let determinant = innovation.determinant();
        let inverse =
            Matrix2::new(innovation.m22, -innovation.m12, -innovation.m21, innovation.m11)
                / determinant;
        let residual = position_m - self.mean_m;
        let distance2 = residual.dot(&(inverse * residual));
        let standing =
            libm::exp(-distance2 / 2.0) / (std::f64::consts::TAU * libm::sqrt(determinant));
        let gain = self.covariance_m2 * inverse;
        let both = self.chance * standing + (1.0 - self.chance) * moving;
        let chance = if both > 0.0 { self.chance * standing / both } else { 0.0 };
        let covariance_m2 = gain * noise_m2;
        let after = Self {
            chance: chance.min(STILL_MAX),
            mean_m: self.mean_m + gain * residual,
            covariance_m2: (covariance_m2 + covariance_m2.transpose()) / 2.0,
        };
        (both, after)
    }

    /// One belief in place of several with their weights; `None` when there is none.
    pub(crate) fn merged(parts: &[(f64, Option<Self>)]) -> Option<Self> {
        let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
        let stills = || parts.iter().filter_map(|(weight, still)| Some((*weight, (*still)?)));
        let weight_of = |(weight, still): (f64, Self)| weight * still.chance;
        let standing: f64 = stills().map(weight_of).sum();
        let first = stills().next()?.1;
        if !(standing > 0.0 && total > 0.0) {
            return Some(Self { chance: 0.0, ..first });
        }
        let mut mean_m = Vector2::zeros();
        for (weight, still) in stills() {
            mean_m += still.mean_m * (weight * still.chance / standing);
        }
        let mut covariance_m2 = Matrix2::zeros();
        for (weight, still) in stills() {
            let off = still.mean_m - mean_m;
            covariance_m2 +=
                (still.covariance_m2 + off * off.transpose()) * (weight * still.chance / standing);
        }
        Some(Self { chance: standing / total, mean_m, covariance_m2 })
    }
}

/// Everything of a position update that does not depend on where the measurement fell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PositionGain {
    gain: Matrix4x2<f64>,
    innovation_inverse: Matrix2<f64>,
    /// 1 / (2π √det S), the density at the predicted place.
    peak: f64,
    pub(crate) covariance: Matrix4<f64>,
}

/// One measurement's say on one state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Correction {
    /// Squared Mahalanobis distance of the measurement from its prediction.
    pub(crate) distance2: f64,
    /// Density of the measurement under the prediction.
    pub(crate) likelihood: f64,
    pub(crate) mean: Vector4<f64>,
}

impl Gaussian {
    /// Of a thing found at a place, with any velocity of the spread given.
    pub(crate) fn found(
        place_m: Vector2<f64>,
        noise_m2: &Matrix2<f64>,
        speed_sigma_mps: f64,
    ) -> Self {
        let speed2 = speed_sigma_mps * speed_sigma_mps;
        let mut covariance =
            Matrix4::from_diagonal(&Vector4::new(noise_m2.m11, speed2, noise_m2.m22, speed2));
        covariance.m13 = noise_m2.m12;
        covariance.m31 = noise_m2.m12;
        Self { mean: Vector4::new(place_m.x, 0.0, place_m.y, 0.0), covariance }
    }

    /// The one Gaussian with the mean and covariance of a weighted sum of some; `None` without any weight.
    pub(crate) fn merged<'a>(
        parts: impl Iterator<Item = (f64, Spread<'a>)> + Clone,
    ) -> Option<Self> {
        let parts = parts.filter(|(weight, _)| *weight > 0.0);
        let mut all = parts.clone();
        if let (Some((_, (mean, covariance))), None) = (all.next(), all.next()) {
            return Some(Self { mean: *mean, covariance: *covariance });
        }
        let total: f64 = parts.clone().map(|part| part.0).sum();
        if !(total > 0.0 && total.is_finite()) {
            return None;
        }
        let mut mean = Vector4::zeros();
        for (weight, (own, _)) in parts.clone() {
            mean += own * (weight / total);
        }
        let mut covariance = Matrix4::zeros();
        for (weight, (own_mean, own_covariance)) in parts {
            add_spread(&mut covariance, own_covariance, &(own_mean - mean), weight / total);
        }
        Some(Self { mean, covariance })
    }

    pub(crate) fn spread(&self) -> Spread<'_> {
        (&self.mean, &self.covariance)
    }

    pub(crate) fn point(&self) -> EnuPoint {
        EnuPoint::new(self.mean.x, self.mean.z)
    }

    pub(crate) fn position_covariance(&self) -> Matrix2<f64> {
        let p = &self.covariance;
        Matrix2::new(p.m11, p.m13, p.m13, p.m33)
    }

    /// The larger axis of its one-sigma ellipse.
    pub(crate) fn position_sigma_m(&self) -> f64 {
        let p = self.position_covariance();
        let (mean, half) = (f64::midpoint(p.m11, p.m22), (p.m11 - p.m22) / 2.0);
        libm::sqrt(mean + libm::hypot(half, p.m12))
    }

    /// Whether that is longer than so many metres.
    pub(crate) fn is_wider_than(&self, sigma_m: f64) -> bool {
        // The trace bounds the larger axis; nearly always that settles it.
        let p = &self.covariance;
        let short = p.m11 + p.m33 <= 0.999 * sigma_m * sigma_m;
        !short && (self.position_sigma_m() > sigma_m || self.position_sigma_m().is_nan())
    }

    /// Constant velocity with white acceleration of spectral density `q`, exact in continuous time.
    ///
    /// Source: Bar-Shalom, Li and Kirubarajan, "Estimation with applications", 6.2.2.
    pub(crate) fn predict(&mut self, dt_s: f64, q_m2ps3: f64) {
        let (x, p) = (&mut self.mean, &mut self.covariance);
        x.x += dt_s * x.y;
        x.z += dt_s * x.w;
        for column in 0..4 {
            p[(0, column)] += dt_s * p[(1, column)];
            p[(2, column)] += dt_s * p[(3, column)];
        }
        for row in 0..4 {
            p[(row, 0)] += dt_s * p[(row, 1)];
            p[(row, 2)] += dt_s * p[(row, 3)];
        }
        let (q11, q12, q22) =
            (q_m2ps3 * dt_s * dt_s * dt_s / 3.0, q_m2ps3 * dt_s * dt_s / 2.0, q_m2ps3 * dt_s);
        p.m11 += q11;
        p.m12 += q12;
        p.m21 += q12;
        p.m22 += q22;
        p.m33 += q11;
        p.m34 += q12;
        p.m43 += q12;
        p.m44 += q22;
        symmetrise(p);
    }

    /// Prepares position updates with measurement noise `noise_m2`.
    pub(crate) fn position_gain(&self, noise_m2: &Matrix2<f64>) -> PositionGain {
        let p = &self.covariance;
        let cross = Matrix4x2::from_columns(&[p.column(0), p.column(2)]);
        let innovation = self.position_covariance() + noise_m2;
        let determinant = innovation.m11 * innovation.m22 - innovation.m12 * innovation.m12;
        let innovation_inverse =
            Matrix2::new(innovation.m22, -innovation.m12, -innovation.m12, innovation.m11)
                / determinant;
        let gain = cross * innovation_inverse;
        let mut covariance = p - gain * cross.transpose();
        symmetrise(&mut covariance);
        let peak = 1.0 / (std::f64::consts::TAU * libm::sqrt(determinant));
        PositionGain { gain, innovation_inverse, peak, covariance }
    }
}

impl PositionGain {
    pub(crate) fn correct(&self, mean: &Vector4<f64>, position_m: &Vector2<f64>) -> Correction {
        let residual = Vector2::new(position_m.x - mean.x, position_m.y - mean.z);
        let distance2 = residual.dot(&(self.innovation_inverse * residual));
        Correction {
            distance2,
            likelihood: self.peak * libm::exp(-distance2 / 2.0),
            mean: mean + self.gain * residual,
        }
    }
}

/// Moments of a weighted sum of Gaussians, gathered one by one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mixture {
    parts: Vec<(f64, Vector4<f64>, Matrix4<f64>)>,
}

impl Mixture {
    pub(crate) fn push(&mut self, weight: f64, mean: Vector4<f64>, covariance: Matrix4<f64>) {
        self.parts.push((weight, mean, covariance));
    }

    /// The one Gaussian with the mixture's mean and covariance; `None` without any weight.
    pub(crate) fn merged(&self) -> Option<Gaussian> {
        let parts = self.parts.iter();
        Gaussian::merged(parts.map(|(weight, mean, covariance)| (*weight, (mean, covariance))))
    }
}

/// Adds the share of one part of a mixture to its covariance; `off` is how far its mean lies from the whole's.
pub(crate) fn add_spread(
    sum: &mut Matrix4<f64>,
    own: &Matrix4<f64>,
    off: &Vector4<f64>,
    share: f64,
) {
    for column in 0..4 {
        for row in 0..4 {
            sum[(row, column)] += (own[(row, column)] + off[row] * off[column]) * share;
        }
    }
}

fn symmetrise(p: &mut Matrix4<f64>) {
    for row in 0..4 {
        for column in 0..row {
            let mean = 0.5 * (p[(row, column)] + p[(column, row)]);
            p[(row, column)] = mean;
            p[(column, row)] = mean;
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn two_half_steps_predict_what_one_step_does() {
        let mut once = start();
        let mut twice = start();

        once.predict(2.0, 0.3);
        twice.predict(1.0, 0.3);
        twice.predict(1.0, 0.3);

        assert_relative_eq!(once.mean, twice.mean, epsilon = 1e-12);
        assert_relative_eq!(once.covariance, twice.covariance, epsilon = 1e-9);
    }

    #[test]
    fn a_measurement_as_sure_as_the_state_meets_it_half_way() {
        let state = Gaussian {
            mean: Vector4::zeros(),
            covariance: Matrix4::from_diagonal(&Vector4::new(4.0, 1.0, 4.0, 1.0)),
        };

        let gain = state.position_gain(&(Matrix2::identity() * 4.0));
        let correction = gain.correct(&state.mean, &Vector2::new(2.0, 0.0));

        assert_relative_eq!(correction.mean, Vector4::new(1.0, 0.0, 0.0, 0.0), epsilon = 1e-12);
        assert_relative_eq!(correction.distance2, 0.5, epsilon = 1e-12);
        assert_relative_eq!(gain.covariance.m11, 2.0, epsilon = 1e-12);
        assert_relative_eq!(
            correction.likelihood,
            libm::exp(-0.25) / (std::f64::consts::TAU * 8.0),
            epsilon = 1e-12
        );
    }

    fn start() -> Gaussian {
        let mut state = Gaussian {
            mean: Vector4::new(1.0, 2.0, 3.0, -4.0),
            covariance: Matrix4::from_diagonal(&Vector4::new(4.0, 1.0, 9.0, 2.0)),
        };
        state.covariance.m13 = 0.5;
        state.covariance.m31 = 0.5;
        state
    }
}
