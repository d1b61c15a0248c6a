//! What a measured height says of a thing on the ground, and what an elevation says of the height of one that is not.

use nalgebra::Vector4;

use super::kinematics::Gaussian;
use super::relief::Relief;
use super::scalar::{Elevation, SHARE_MAX, STEP_MIN_M, Scalar, Slope};
use super::vertical::Level;

/// Slopes are taken over no longer steps than this: beyond it is other ground.
const STEP_MAX_M: f64 = 300.0;

impl Level {
    /// The height of the ground under a state, as a pseudo-measurement, against the height that was measured.
    ///
    /// Its variance is the sensor's, the terrain's own, the slope's by how far the place may be off (through the scalar's
    /// slope), and what bends within that (central differences to second order, as for [`Elevation`]). `None` where
    /// ground is missing.
    pub(crate) fn against(
        &self,
        state: &Gaussian,
        relief: &Relief,
        height_sigma_m: f64,
    ) -> Option<Scalar> {
        let here = state.mean;
        let at = |east_m: f64, north_m: f64| {
            relief.height_m(sight::geo::EnuPoint::new(here.x + east_m, here.z + north_m))
        };
        let middle = at(0.0, 0.0)?;
        let (east_m, north_m) =
            (libm::sqrt(state.covariance.m11.max(0.0)), libm::sqrt(state.covariance.m33.max(0.0)));
        let step_m = east_m.clamp(STEP_MIN_M, STEP_MAX_M);
        let east = Slope::of((at(-step_m, 0.0)?, middle, at(step_m, 0.0)?), step_m);
        let step_m = north_m.clamp(STEP_MIN_M, STEP_MAX_M);
        let north = Slope::of((at(0.0, -step_m)?, middle, at(0.0, step_m)?), step_m);
        let (bend, side_bend) = (east.bend(east_m), north.bend(north_m));
        Some(Scalar {
            residual: self.height_m - middle - bend - side_bend,
            slope: Vector4::new(east.per_m, 0.0, north.per_m, 0.0),
            variance: self.variance_m2
                + height_sigma_m * height_sigma_m
                + 2.0 * (bend * bend + side_bend * side_bend),
        })
    }
}

impl Elevation {
    /// The height at which a thing at a place is seen, and how many metres of it a radian is.
    ///
    /// Its variance holds what the range is not sure of, times the elevation, and the terrain on which the sensor stands.
    /// `None` where the range is too open for that to mean anything.
    pub(crate) fn level(&self, state: &Gaussian, height_sigma_m: f64) -> Option<(Level, f64)> {
        let (east_m, north_m) =
            (state.mean.x - self.origin.east_m, state.mean.z - self.origin.north_m);
        let range_m = libm::hypot(east_m, north_m);
        if range_m < STEP_MIN_M {
            return None;
        }
        let (east, north) = (east_m / range_m, north_m / range_m);
        let p = &state.covariance;
        let along_m2 = east * east * p.m11 + 2.0 * east * north * p.m13 + north * north * p.m33;
        let along_m = libm::sqrt(along_m2.max(0.0));
        if along_m > SHARE_MAX * range_m {
            return None;
        }
        let (tan, cos) = (libm::tan(self.rad), libm::cos(self.rad));
        let m_per_rad = range_m / (cos * cos).max(1e-6);
        let height_m = sight::geo::height_seen_m(range_m, self.height_m, self.rad, self.refraction);
        let variance_m2 = m_per_rad * m_per_rad * self.variance_rad2
            + tan * tan * along_m2.max(0.0)
            + height_sigma_m * height_sigma_m;
        let is_sound = height_m.is_finite() && variance_m2.is_finite();
        is_sound.then_some((Level { height_m, variance_m2 }, m_per_rad))
    }
}

#[cfg(test)]
mod tests;
