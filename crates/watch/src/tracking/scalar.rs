//! Measurements that are one number each, and how they correct a state.

use nalgebra::{Matrix4, Vector4};
use sight::geo::{EnuPoint, wrap_angle};

use super::kinematics::{Correction, Gaussian};
use super::relief::Relief;

/// One number that was measured, against what a state leads to expect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scalar {
    /// Measured less expected.
    pub(crate) residual: f64,
    /// How the expected number changes with the state.
    pub(crate) slope: Vector4<f64>,
    /// Of the measurement and of what the slope leaves out.
    pub(crate) variance: f64,
}

/// How fast the range grew when a radar looked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Radial {
    pub(crate) origin: EnuPoint,
    pub(crate) mps: f64,
    pub(crate) variance_m2ps2: f64,
}

/// How far above the local level a thing was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Elevation {
    pub(crate) origin: EnuPoint,
    /// Of the sensing head, above sea.
    pub(crate) height_m: f64,
    pub(crate) rad: f64,
    pub(crate) variance_rad2: f64,
    pub(crate) refraction: f64,
}

impl Gaussian {
    /// Kalman update with one number. Densities are of that number.
    pub(crate) fn scalar_correction(&self, scalar: &Scalar) -> (Correction, Matrix4<f64>) {
        let cross = self.covariance * scalar.slope;
        let innovation = scalar.slope.dot(&cross) + scalar.variance;
        let distance2 = scalar.residual * scalar.residual / innovation;
        let likelihood =
            libm::exp(-distance2 / 2.0) / libm::sqrt(std::f64::consts::TAU * innovation);
        let covariance = self.covariance - cross * cross.transpose() / innovation;
        let covariance = (covariance + covariance.transpose()) * 0.5;
        let mean = self.mean + cross * (scalar.residual / innovation);
        (Correction { distance2, likelihood, mean }, covariance)
    }

    /// Kalman update with a direction from `origin` (azimuth clockwise from north), whose slope is taken
    /// again at the place that each round gives: a wide state and a direction across it need that.
    ///
    /// Source: Bar-Shalom, Li and Kirubarajan, "Estimation with applications", 10.5.2.
    pub(crate) fn bearing_in_rounds(
        &self,
        (origin, azimuth_rad, variance_rad2): (EnuPoint, f64, f64),
        rounds: usize,
    ) -> Option<(Correction, Matrix4<f64>)> {
        let mut at = self.mean;
        let mut corrected = None;
        for _ in 0..rounds {
            let (east_m, north_m) = (at.x - origin.east_m, at.z - origin.north_m);
            let range2 = east_m * east_m + north_m * north_m;
            if range2 < 1.0 {
                return None;
            }
            let slope = Vector4::new(north_m / range2, 0.0, -east_m / range2, 0.0);
            let off_rad = wrap_angle(azimuth_rad - libm::atan2(east_m, north_m));
            let residual = off_rad - slope.dot(&(self.mean - at));
            let (correction, covariance) =
                self.scalar_correction(&Scalar { residual, slope, variance: variance_rad2 });
            at = correction.mean;
            corrected = Some((correction, covariance));
        }
        corrected
    }

    /// Mean and variance of the speed away from a point.
    pub(crate) fn radial(&self, origin: EnuPoint) -> Option<(f64, f64)> {
        let (slope, expected, curve2) = self.radial_slope(origin)?;
        Some((expected, slope.dot(&(self.covariance * slope)) + curve2))
    }

    /// Slope, expected value and second-order variance of the speed away from a point.
    ///
    /// The speed's own direction is not sure either: where the thing may stand a metre to the side, its
    /// speed across adds that share to the speed away.
    fn radial_slope(&self, origin: EnuPoint) -> Option<(Vector4<f64>, f64, f64)> {
        let (east_m, north_m) = (self.mean.x - origin.east_m, self.mean.z - origin.north_m);
        let range_m = libm::hypot(east_m, north_m);
        if range_m < 1.0 {
            return None;
        }
        let (east, north) = (east_m / range_m, north_m / range_m);
        let expected = east * self.mean.y + north * self.mean.w;
        let turned = Vector4::new(
            (self.mean.y - east * expected) / range_m,
            east,
            (self.mean.w - north * expected) / range_m,
            north,
        );
        let p = &self.covariance;
        let aside_m2 = north * north * p.m11 - 2.0 * north * east * p.m13 + east * east * p.m33;
        let across_m2ps2 = north * north * p.m22 - 2.0 * north * east * p.m24 + east * east * p.m44;
        Some((turned, expected, (aside_m2 * across_m2ps2).max(0.0) / (range_m * range_m)))
    }
}

impl Radial {
    /// `None` where the state lies on the radar.
    pub(crate) fn against(&self, state: &Gaussian) -> Option<Scalar> {
        let (slope, expected, curve2) = state.radial_slope(self.origin)?;
        Some(Scalar {
            residual: self.mps - expected,
            slope,
            variance: self.variance_m2ps2 + curve2,
        })
    }
}

/// Relative range error beyond which the ground along a line of sight is no slope any more.
pub(super) const SHARE_MAX: f64 = 0.3;
/// Steps by which slopes are taken are at least this long: terrain is not known in more detail.
pub(super) const STEP_MIN_M: f64 = 15.0;

impl Elevation {
    /// What a thing on the ground is expected to show, against what was seen.
    ///
    /// The ground's slope under the state is taken over one sigma of it to either side, along the line of
    /// sight and across, and what bends within that counts as noise (central differences to second order:
    /// Nørgaard, Poulsen and Ravn, "New developments in state estimation for nonlinear systems",
    /// 2000). `None` where ground is missing or the range too open for a slope to mean anything.
    pub(crate) fn against(
        &self,
        state: &Gaussian,
        relief: &Relief,
        height_sigma_m: f64,
    ) -> Option<Scalar> {
        let (east_m, north_m) =
            (state.mean.x - self.origin.east_m, state.mean.z - self.origin.north_m);
        let range_m = libm::hypot(east_m, north_m);
        let (east, north) = (east_m / range_m, north_m / range_m);
        let p = &state.covariance;
        let both = 2.0 * east * north * p.m13;
        let along_m = libm::sqrt((east * east * p.m11 + both + north * north * p.m33).max(0.0));
        let across_m = libm::sqrt((north * north * p.m11 - both + east * east * p.m33).max(0.0));
        if range_m < STEP_MIN_M || along_m.max(across_m) > SHARE_MAX * range_m {
            return None;
        }
        let here = state.point();
        let at = |east_m: f64, north_m: f64| {
            self.expected(EnuPoint::new(here.east_m + east_m, here.north_m + north_m), relief)
        };
        let middle = at(0.0, 0.0)?;
        let step_m = along_m.clamp(STEP_MIN_M, 0.5 * range_m.max(2.0 * STEP_MIN_M));
        let ahead = Slope::of(
            (at(-step_m * east, -step_m * north)?, middle, at(step_m * east, step_m * north)?),
            step_m,
        );
        let step_m = across_m.max(STEP_MIN_M);
        let aside = Slope::of(
            (at(-step_m * north, step_m * east)?, middle, at(step_m * north, -step_m * east)?),
            step_m,
        );
        let (bend, side_bend) = (ahead.bend(along_m), aside.bend(across_m));
        let height_rad = height_sigma_m / range_m;
        Some(Scalar {
            residual: self.rad - middle - bend - side_bend,
            slope: Vector4::new(
                ahead.per_m * east + aside.per_m * north,
                0.0,
                ahead.per_m * north - aside.per_m * east,
                0.0,
            ),
            variance: self.variance_rad2
                + height_rad * height_rad
                + 2.0 * (bend * bend + side_bend * side_bend),
        })
    }

    /// The angle at which the ground at a point is seen.
    pub(crate) fn expected(&self, point: EnuPoint, relief: &Relief) -> Option<f64> {
        let to_m = relief.height_m(point)?;
        let range_m = self.origin.distance_m(point);
        Some(sight::geo::elevation_rad(range_m, self.height_m, to_m, self.refraction))
    }
}

/// A number at three places in a row.
pub(super) struct Slope {
    pub(super) per_m: f64,
    /// Half the second derivative.
    curve_per_m2: f64,
}

impl Slope {
    pub(super) fn of((before, middle, after): (f64, f64, f64), step_m: f64) -> Self {
        Self {
            per_m: (after - before) / (2.0 * step_m),
            curve_per_m2: (after + before - 2.0 * middle) / (2.0 * step_m * step_m),
        }
    }

    /// How far the mean over a spread lies off the middle.
    pub(super) fn bend(&self, sigma_m: f64) -> f64 {
        self.curve_per_m2 * sigma_m * sigma_m
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    fn state(east_m: f64, north_m: f64, sigma_m: f64) -> Gaussian {
        let variance = sigma_m * sigma_m;
        Gaussian {
            mean: Vector4::new(east_m, 1.0, north_m, -2.0),
            covariance: Matrix4::from_diagonal(&Vector4::new(variance, 4.0, variance, 4.0)),
        }
    }

    #[test]
    fn one_number_as_sure_as_the_state_meets_it_half_way() {
        let scalar =
            Scalar { residual: 2.0, slope: Vector4::new(0.0, 1.0, 0.0, 0.0), variance: 4.0 };

        let (correction, covariance) = state(0.0, 0.0, 10.0).scalar_correction(&scalar);

        assert_relative_eq!(correction.mean.y, 2.0, epsilon = 1e-12);
        assert_relative_eq!(covariance.m22, 2.0, epsilon = 1e-12);
        assert_relative_eq!(correction.distance2, 0.5, epsilon = 1e-12);
    }

    #[test]
    fn a_bearing_narrows_across_and_leaves_the_range_alone() {
        let state = Gaussian {
            mean: Vector4::new(0.0, 0.0, 1_000.0, 0.0),
            covariance: Matrix4::from_diagonal(&Vector4::new(2_500.0, 1.0, 2_500.0, 1.0)),
        };

        let (correction, covariance) =
            state.bearing_in_rounds((EnuPoint::new(0.0, 0.0), 0.05, 1e-4), 1).unwrap();

        assert!(correction.mean.x > 40.0 && correction.mean.x < 50.0);
        assert!(covariance.m11 < 100.0);
        assert_relative_eq!(covariance.m33, 2_500.0, epsilon = 1e-9);
    }

    #[test]
    fn the_speed_away_is_the_part_of_the_velocity_that_points_away() {
        let (mps, variance) = state(0.0, 1_000.0, 10.0).radial(EnuPoint::new(0.0, 0.0)).unwrap();

        assert_relative_eq!(mps, -2.0, epsilon = 1e-12);
        // Four of the speed itself, a whisker of the direction: (1 m/s and 2 m/s across) / 1000 m * 10 m.
        assert!(variance > 4.0 && variance < 4.001, "{variance}");
    }

    #[test]
    fn a_radial_speed_s_slope_is_its_derivative() {
        let origin = EnuPoint::new(-300.0, 200.0);
        let here = state(400.0, 900.0, 1.0);
        let (slope, expected, _) = here.radial_slope(origin).unwrap();

        for axis in 0..4 {
            let mut moved = here;
            moved.mean[axis] += 1e-4;
            let (_, after, _) = moved.radial_slope(origin).unwrap();
            assert_relative_eq!((after - expected) / 1e-4, slope[axis], epsilon = 1e-6);
        }
    }

    #[test]
    fn on_a_plain_the_elevation_tells_the_range_as_the_textbook_has_it() {
        let sensor = Elevation {
            origin: EnuPoint::new(0.0, 0.0),
            height_m: 130.0,
            rad: -0.03,
            variance_rad2: 1e-6,
            refraction: 1.0 / 7.0,
        };
        let plain = Relief::new(|_| Some(100.0));
        // 30 m above the ground, depression 30 mrad: 1 km less what the curve takes.
        let scalar = sensor.against(&state(0.0, 1_000.0, 20.0), &plain, 0.0).unwrap();

        assert!(scalar.residual.abs() < 1e-4, "{}", scalar.residual);
        // d(elevation)/d(range) = height / range².
        assert_relative_eq!(scalar.slope.z, 30.0 / 1e6, epsilon = 1e-6);
        assert_relative_eq!(scalar.slope.x, 0.0, epsilon = 1e-9);
    }

    #[test]
    fn on_a_slope_the_elevation_tells_the_side_too() {
        let sensor = Elevation {
            origin: EnuPoint::new(0.0, 0.0),
            height_m: 130.0,
            rad: 0.0,
            variance_rad2: 1e-6,
            refraction: 0.0,
        };
        let slope = Relief::new(|point: EnuPoint| Some(100.0 + 0.1 * point.east_m));

        let scalar = sensor.against(&state(0.0, 1_000.0, 20.0), &slope, 0.0).unwrap();

        assert_relative_eq!(scalar.slope.x, 0.1 / 1_000.0, max_relative = 0.01);
    }

    #[test]
    fn a_ridge_within_the_spread_counts_as_noise() {
        let sensor = Elevation {
            origin: EnuPoint::new(0.0, 0.0),
            height_m: 130.0,
            rad: 0.0,
            variance_rad2: 1e-6,
            refraction: 0.0,
        };
        let ridge =
            Relief::new(|point: EnuPoint| Some(100.0 - 0.2 * (point.north_m - 1_000.0).abs()));

        let scalar = sensor.against(&state(0.0, 1_000.0, 50.0), &ridge, 0.0).unwrap();

        assert!(scalar.variance > 5e-5, "{}", scalar.variance);
    }
}
