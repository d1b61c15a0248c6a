//! Heights against the ground under a state, and elevations as heights.

use approx::assert_relative_eq;
use nalgebra::Matrix4;
use sight::geo::EnuPoint;

use super::*;

#[test]
fn on_a_slope_a_height_is_as_unsure_as_the_place_times_the_slope_and_tells_the_place() {
    let slope = Relief::new(|point: EnuPoint| Some(100.0 + 0.2 * point.east_m));
    let level = Level { height_m: 110.0, variance_m2: 9.0 };

    let scalar = level.against(&state(0.0, 500.0, 50.0), &slope, 4.0).unwrap();

    assert_relative_eq!(scalar.residual, 10.0, epsilon = 1e-9);
    assert_relative_eq!(scalar.variance, 9.0 + 16.0, epsilon = 1e-9);
    // 50 m of place are 10 m of height on this slope: innovation 25 + 100.
    let (correction, covariance) = state(0.0, 500.0, 50.0).scalar_correction(&scalar);
    assert_relative_eq!(correction.distance2, 100.0 / 125.0, epsilon = 1e-9);
    // It lies half-way up the slope: 10 m of height are 50 m, taken by 100 / 125.
    assert_relative_eq!(correction.mean.x, 40.0, epsilon = 1e-9);
    assert!(covariance.m11 < 2_500.0 * 0.25);
    assert_relative_eq!(covariance.m33, 2_500.0, epsilon = 1e-6);
}

#[test]
fn a_ridge_within_the_spread_of_the_place_makes_a_height_less_telling() {
    let ridge =
        Relief::new(|point: EnuPoint| Some(200.0 - 0.3 * libm::fabs(point.north_m - 500.0)));
    let level = Level { height_m: 195.0, variance_m2: 1.0 };

    let on_it = level.against(&state(0.0, 500.0, 40.0), &ridge, 0.0).unwrap();

    assert!(on_it.variance > 20.0, "{}", on_it.variance);
    let none = Relief::new(|_| None);
    assert!(level.against(&state(0.0, 500.0, 40.0), &none, 0.0).is_none());
}

/// Seven degrees up at two kilometres, flat earth: tan(7 deg) 2 000 m = 245.6 m above the head.
#[test]
fn an_elevation_over_a_known_range_is_a_height_with_the_error_of_both() {
    let elevation = Elevation {
        origin: EnuPoint::new(0.0, 0.0),
        height_m: 230.0,
        rad: 7_f64.to_radians(),
        variance_rad2: 0.002 * 0.002,
        refraction: 1.0,
    };

    let (level, m_per_rad) = elevation.level(&state(0.0, 2_000.0, 30.0), 3.0).unwrap();

    assert_relative_eq!(level.height_m, 230.0 + 245.569, epsilon = 1e-3);
    assert_relative_eq!(m_per_rad, 2_000.0 / libm::pow(libm::cos(7_f64.to_radians()), 2.0));
    // 4.06 m of the angle, 30 m * tan(7 deg) = 3.68 m of the range, 3 m of the terrain under the head.
    let expected_m2 = 4.060 * 4.060 + 3.684 * 3.684 + 9.0;
    assert_relative_eq!(level.variance_m2, expected_m2, max_relative = 1e-3);
    // A range that may be anything makes no height of an angle.
    assert!(elevation.level(&state(0.0, 2_000.0, 700.0), 3.0).is_none());
}

fn state(east_m: f64, north_m: f64, sigma_m: f64) -> Gaussian {
    let variance = sigma_m * sigma_m;
    Gaussian {
        mean: Vector4::new(east_m, 1.0, north_m, -2.0),
        covariance: Matrix4::from_diagonal(&Vector4::new(variance, 4.0, variance, 4.0)),
    }
}
