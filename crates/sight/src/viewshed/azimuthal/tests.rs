//! The projection against arcs known otherwise, and long ranges against short ones.

use approx::assert_relative_eq;
use proptest::prelude::*;

use super::*;
use crate::viewshed::Kernel;

#[test]
fn a_degree_of_the_meridian_has_its_length() {
    let around = Around::new(Wgs84::new(41.0, 34.0).unwrap());

    let (east_m, north_m) = around.offset(41.0, 35.0);

    let steps = 1_000_u32;
    let step_deg = 1.0 / f64::from(steps);
    let arc_m: f64 = (0..steps)
        .map(|step| metres_per_degree(34.0 + (f64::from(step) + 0.5) * step_deg).0 * step_deg)
        .sum();
    assert_relative_eq!(north_m, arc_m, epsilon = 0.1);
    assert_relative_eq!(east_m, 0.0, epsilon = 1e-6);
}

#[test]
fn a_straight_line_in_degrees_leaves_the_geodesic_as_the_docs_say() {
    let observer = Wgs84::new(41.0, 34.0).unwrap();
    let around = Around::new(observer);
    let (_, lon_m) = metres_per_degree(34.0);
    for (range_m, apart_m) in [(40_000.0, 21.0), (100_000.0, 132.0)] {
        let (x, y) = around.offset(41.0 + range_m / lon_m, 34.0);
        let (middle_x, middle_y) = around.offset(41.0 + range_m / 2.0 / lon_m, 34.0);
        let off_m = (middle_y * x - middle_x * y).abs() / libm::hypot(x, y);
        assert_relative_eq!(off_m, apart_m, max_relative = 0.02);
    }
}

#[test]
fn far_and_near_agree_where_both_hold() {
    let side = 301;
    let step_deg = 1.0 / 1_200.0;
    let hill_m = |row: usize, col: usize| {
        300.0 + 150.0 * libm::sin(row as f64 / 19.0) * libm::cos(col as f64 / 23.0)
    };
    #[expect(clippy::cast_possible_truncation, reason = "below 500")]
    let posts_m = (0..side * side).map(|at| hill_m(at / side, at % side).round() as i16).collect();
    let grid = Grid {
        west_deg: 41.0,
        north_deg: 34.2,
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width: side,
        height: side,
        posts_m,
    };
    let (lon_deg, lat_deg) = grid.place_of(Cell { row: 140, col: 160 });
    let request = Request {
        observer: Wgs84::new(lon_deg, lat_deg).unwrap(),
        observer_height_m: 60.0,
        target_height_m: 2.0,
        radius_m: 10_000.0,
        refraction: 1.0 / 7.0,
        kernel: Kernel::Exact,
    };

    let (near, far) = (viewshed(&grid, &request), viewshed_far(&grid, &request));

    let (differing, cells) = (near.differing(&far).unwrap(), near.cells(&grid));
    assert!(differing * 40 < cells, "{differing} of {cells}");
    assert!(far.cells_visible() * 10 > cells && far.cells_visible() * 10 < cells * 9);
    // The least height tells the same of each cell, but for rounding.
    let least = minimum_heights_far(&grid, &request);
    let all = (0..side * side).map(|at| Cell { row: at / side, col: at % side });
    let odd = all.filter(|cell| {
        least.at(*cell).is_some_and(|least_m| least_m <= 2.0) != far.is_visible(*cell)
    });
    let odd = odd.count();
    assert!(odd * 1_000 < cells, "{odd} of {cells}");
}

#[test]
fn voids_and_refused_requests_show_nothing() {
    let grid = Grid {
        west_deg: 41.0,
        north_deg: 34.0,
        lon_step_deg: 0.01,
        lat_step_deg: 0.01,
        width: 101,
        height: 101,
        posts_m: (0..101 * 101).map(|at| if at % 101 > 60 { VOID } else { 10 }).collect(),
    };
    let (lon_deg, lat_deg) = grid.place_of(Cell { row: 50, col: 50 });
    let request = Request {
        observer: Wgs84::new(lon_deg, lat_deg).unwrap(),
        observer_height_m: 1_000.0,
        target_height_m: 2.0,
        radius_m: 45_000.0,
        refraction: 1.0 / 7.0,
        kernel: Kernel::Exact,
    };

    let seen = viewshed_far(&grid, &request);

    assert!(seen.is_visible(Cell { row: 50, col: 20 }));
    assert!((61..101).all(|col| !seen.is_visible(Cell { row: 50, col })));
    let nowhere = Request { observer: Wgs84::new(0.0, 0.0).unwrap(), ..request };
    assert_eq!(viewshed_far(&grid, &nowhere), Visible::nothing());
}

#[test]
fn an_observer_beside_a_void_or_on_the_edge_looks_far_too() {
    let mut posts_m = vec![10; 101 * 101];
    posts_m[50 * 101 + 51] = VOID;
    let grid = Grid {
        west_deg: 41.0,
        north_deg: 34.0,
        lon_step_deg: 0.01,
        lat_step_deg: 0.01,
        width: 101,
        height: 101,
        posts_m,
    };
    for (row, col) in [(50, 50), (0, 0), (100, 100)] {
        let (lon_deg, lat_deg) = grid.place_of(Cell { row, col });
        let request = Request {
            observer: Wgs84::new(lon_deg, lat_deg).unwrap(),
            observer_height_m: 1_000.0,
            target_height_m: 2.0,
            radius_m: 1e7,
            refraction: 1.0 / 7.0,
            kernel: Kernel::Exact,
        };

        let seen = viewshed_far(&grid, &request);

        assert!(seen.cells_visible() > 2_000, "{} from {row}, {col}", seen.cells_visible());
        // A radius beyond the terrain does not coarsen the window.
        assert!(far_cell_m(&grid, &request).unwrap() < 1_000.0);
    }
}

proptest! {
    #[test]
    fn places_come_back_from_their_offsets(east_m in -2e5..2e5, north_m in -2e5..2e5, lat_deg in -65.0..65.0) {
        let around = Around::new(Wgs84::new(41.0, lat_deg).unwrap());

        let (lon_deg, lat_deg) = around.place(east_m, north_m);
        let (east_got_m, north_got_m) = around.offset(lon_deg, lat_deg);

        prop_assert!((east_m - east_got_m).abs() < 0.01 && (north_m - north_got_m).abs() < 0.01,
            "{} {}", east_m - east_got_m, north_m - north_got_m);
    }
}
