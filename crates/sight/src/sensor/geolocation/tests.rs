//! Points of pictures on a plane and on a slope, by hand.

use approx::assert_relative_eq;
use proptest::prelude::*;

use super::*;
use crate::geo::Azimuth;

const NO_ERRORS: Errors = Errors {
    position_m: 0.0,
    altitude_m: 0.0,
    heading_rad: 0.0,
    attitude_rad: 0.0,
    terrain_m: 0.0,
};
/// Straight rays: neither the earth nor the air bends them.
const STRAIGHT: (f64, f64) = (1.0, 8_000.0);
const HEIGHT_M: f64 = 300.0;

/// Ground at 100 m at the middle that rises to the north by `rise_m` each post.
fn ground(rise_m: i16) -> Grid {
    let step_deg = 1.0 / 3_600.0;
    let side = 801;
    let row = |row: i16| 100 + (400 - row) * rise_m;
    Grid {
        west_deg: 41.0 - 400.0 * step_deg,
        north_deg: 34.0 + 400.0 * step_deg,
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width: side,
        height: side,
        posts_m: (0..801).flat_map(|at| vec![row(at); 801]).collect(),
    }
}

fn camera(azimuth_deg: f64, elevation_deg: f64) -> Camera {
    Camera {
        place: Wgs84::new(41.0, 34.0).unwrap(),
        altitude_m: 100.0 + HEIGHT_M,
        pointing: Pointing {
            azimuth: Azimuth::from_degrees(azimuth_deg),
            elevation_rad: elevation_deg.to_radians(),
            roll_rad: 0.0,
        },
    }
}

fn located(grid: &Grid, camera: &Camera, errors: &Errors) -> Located {
    locate(grid, camera, (0.0, 0.0), errors, STRAIGHT).unwrap()
}

#[test]
fn on_a_plane_each_error_moves_the_hit_as_geometry_says() {
    let (down, grid) = (30.0_f64.to_radians(), ground(0));
    let north = camera(0.0, -30.0);
    let range_m = HEIGHT_M / down.tan();
    let sigmas = |errors: Errors| {
        let [east, cross, north] = located(&grid, &north, &errors).covariance_m2;
        assert!(cross.abs() < 0.02 * (east + north), "{cross}");
        (east.sqrt(), north.sqrt())
    };

    let exact = located(&grid, &north, &NO_ERRORS);
    assert_relative_eq!(exact.range_m, range_m, epsilon = 0.05);
    assert!(exact.sigma_max_m() < 0.01 && (exact.height_m - 100.0).abs() < 1e-9);
    let (east, north_m) = sigmas(Errors { altitude_m: 3.0, terrain_m: 4.0, ..NO_ERRORS });
    assert_relative_eq!(north_m, 5.0 / down.tan(), epsilon = 0.02);
    assert!(east < 0.01);
    let (east, north_m) = sigmas(Errors { heading_rad: 0.01, ..NO_ERRORS });
    assert_relative_eq!(east, range_m * 0.01, epsilon = 0.02);
    assert!(north_m < 0.1);
    // Along: h / sin² of a small angle; across: the slant range times it.
    let (east, north_m) = sigmas(Errors { attitude_rad: 0.001, ..NO_ERRORS });
    assert_relative_eq!(north_m, HEIGHT_M / down.sin().powi(2) * 0.001, max_relative = 0.01);
    assert_relative_eq!(east, HEIGHT_M / down.sin() * 0.001, max_relative = 0.01);
    let (east, north_m) = sigmas(Errors { position_m: 6.0, ..NO_ERRORS });
    assert_relative_eq!(east, 6.0, epsilon = 0.02);
    assert_relative_eq!(north_m, 6.0, epsilon = 0.02);
}

#[test]
fn ground_that_rises_towards_the_ray_holds_it_and_ground_that_falls_away_lets_it_go() {
    let (rise, down) = (3.0 / 30.82, 20.0_f64.to_radians());
    let sigma_rad = 0.001;
    let errors = Errors { attitude_rad: sigma_rad, ..NO_ERRORS };
    for (azimuth_deg, slope) in [(0.0, rise), (180.0, -rise)] {
        let got = located(&ground(3), &camera(azimuth_deg, -20.0), &errors);

        // The ray at -x tan(down) meets the slope at x = h / (tan(down) + slope).
        let steep = down.tan() + slope;
        assert_relative_eq!(got.range_m, HEIGHT_M / steep, max_relative = 2e-3);
        let along_m = HEIGHT_M / (down.cos() * steep).powi(2) * sigma_rad;
        assert_relative_eq!(got.covariance_m2[2].sqrt(), along_m, max_relative = 0.02);
    }
}

#[test]
fn straight_down_both_axes_have_the_error_of_the_attitude() {
    let errors = Errors { attitude_rad: 0.01, ..NO_ERRORS };

    let got = located(&ground(0), &camera(40.0, -90.0), &errors);

    assert!(got.range_m < 0.01);
    let [east, cross, north] = got.covariance_m2;
    assert_relative_eq!(east.sqrt(), 3.0, epsilon = 0.01);
    assert_relative_eq!(north.sqrt(), 3.0, epsilon = 0.01);
    assert!(cross.abs() < 0.01);
    assert_relative_eq!(got.sigma_max_m(), 3.0, epsilon = 0.01);
}

#[test]
fn a_ray_that_grazes_or_looks_up_or_starts_underground_places_nothing() {
    let errors = Errors { attitude_rad: 0.02, ..NO_ERRORS };
    let at = |camera: &Camera| locate(&ground(0), camera, (0.0, 0.0), &errors, STRAIGHT);

    // 3 degrees down it meets the ground at 5.7 km; a degree less and it would be beyond 8 km.
    assert!(locate(&ground(0), &camera(0.0, -3.0), (0.0, 0.0), &NO_ERRORS, STRAIGHT).is_some());
    assert_eq!(at(&camera(0.0, -3.0)), None);
    assert_eq!(at(&camera(0.0, 5.0)), None);
    assert_eq!(at(&Camera { altitude_m: 50.0, ..camera(0.0, -30.0) }), None);
    assert_eq!(at(&Camera { altitude_m: f64::NAN, ..camera(0.0, -30.0) }), None);
    let away = Wgs84::new(10.0, 10.0).unwrap();
    assert_eq!(at(&Camera { place: away, ..camera(0.0, -30.0) }), None);
}

#[test]
fn a_camera_turned_towards_a_place_meets_it() {
    let grid = ground(0);
    let there = LocalFrame::at(camera(0.0, 0.0).place).place(EnuPoint::new(700.0, -400.0));

    let turned = camera(0.0, 0.0).towards((there, 100.0), 0.0);
    let got = locate(&grid, &turned, (0.0, 0.0), &NO_ERRORS, (0.0, 8_000.0)).unwrap();

    let apart = LocalFrame::at(there).point(got.place);
    assert!(libm::hypot(apart.east_m, apart.north_m) < 0.5, "{apart:?}");
}

proptest! {
    #[test]
    fn whatever_is_located_has_a_covariance_that_can_be_computed_with(
        azimuth in 0.0..360.0, elevation in -90.0..5.0, right in -0.5..0.5, up in -0.5..0.5,
    ) {
        let errors = Errors {
            position_m: 4.0, altitude_m: 8.0, heading_rad: 0.02, attitude_rad: 0.005, terrain_m: 6.0,
        };
        let got = locate(&ground(2), &camera(azimuth, elevation), (right, up), &errors, (1.0 / 7.0, 8_000.0));
        if let Some(got) = got {
            let [east, cross, north] = got.covariance_m2;
            prop_assert!(east >= 15.0 && north >= 15.0, "{got:?}");
            prop_assert!(east * north - cross * cross > 0.0, "{got:?}");
            prop_assert!(got.sigma_max_m().is_finite());
        }
    }
}
