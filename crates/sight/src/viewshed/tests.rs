//! Cases whose answer is known by hand.

use approx::assert_relative_eq;
use proptest::prelude::*;

use super::*;
use crate::geo::Azimuth;
use crate::terrain::VOID;

/// Side of the square test grids, the observer in their middle.
const SIDE: usize = 201;
const MIDDLE: usize = 100;

#[test]
fn a_flat_plain_without_curvature_is_all_visible() {
    let grid = plain();

    let seen = viewshed(&grid, &Request { refraction: 1.0, ..request(&grid) });

    assert_eq!(seen.cells_visible(), seen.cells(&grid));
    assert!(seen.cells(&grid) > 10_000, "{}", seen.cells(&grid));
}

#[test]
fn on_a_bare_sphere_the_ground_ends_at_the_horizon() {
    let grid = Grid { lat_step_deg: 0.01, lon_step_deg: 0.01, ..plain() };
    let request = Request {
        target_height_m: 0.0,
        refraction: 0.0,
        radius_m: 60_000.0,
        observer_height_m: 40.0,
        ..request(&grid)
    };

    let seen = viewshed(&grid, &request);

    let horizon_m = (2.0 * crate::geo::WGS84_A_M * 40.0_f64).sqrt();
    let (lat_m, _) = metres_per_degree(grid.place_of(middle()).1);
    for rows in 1..50 {
        let range_m = rows as f64 * lat_m * 0.01;
        let visible = seen.is_visible(Cell { row: MIDDLE - rows, col: MIDDLE });
        // The horizon falls between posts, which are 1.1 km apart.
        if (range_m - horizon_m).abs() > 1_200.0 {
            assert_eq!(visible, range_m < horizon_m, "{range_m} of {horizon_m}");
        }
    }
}

#[test]
fn a_wall_hides_what_lies_behind_it_and_shows_itself() {
    let mut grid = plain();
    (0..SIDE).for_each(|row| grid.posts_m[row * SIDE + 120] = 150);

    let seen = viewshed(&grid, &request(&grid));

    assert!(seen.is_visible(Cell { row: MIDDLE, col: 119 }));
    assert!(seen.is_visible(Cell { row: MIDDLE, col: 120 }));
    assert!((121..180).all(|col| !seen.is_visible(Cell { row: MIDDLE, col })));
    assert!(seen.is_visible(Cell { row: MIDDLE, col: 40 }));
}

#[test]
fn of_a_cone_the_side_is_seen_whose_tangent_planes_pass_below_the_eye() {
    let (apex, reach, steep_m) = (Cell { row: MIDDLE, col: 140 }, 40.0, 200.0);
    let mut grid = plain();
    let around = |at: usize| {
        let rows = (at / SIDE) as f64 - apex.row as f64;
        let cols = (at % SIDE) as f64 - apex.col as f64;
        (libm::hypot(rows, cols), libm::atan2(rows, -cols).to_degrees().abs())
    };
    #[expect(clippy::cast_possible_truncation, reason = "at most 8 km")]
    let height_m = |at: usize| ((reach - around(at).0).max(0.0) * steep_m).round() as i16;
    grid.posts_m = (0..SIDE * SIDE).map(height_m).collect();
    let (lon_deg, lat_deg) = grid.place_of(Cell { row: MIDDLE, col: 60 });
    let flat = Request {
        observer: Wgs84::new(lon_deg, lat_deg).unwrap(),
        observer_height_m: 0.0,
        target_height_m: 0.0,
        refraction: 1.0,
        ..request(&grid)
    };

    // In index space, 80 cells from the apex and 40 of reach: 60 degrees either way are seen.
    for kernel in [Kernel::Exact, Kernel::Lattice { alpha: 1.0 }] {
        let seen = viewshed(&grid, &Request { kernel, ..flat });
        for at in (0..SIDE * SIDE).filter(|&at| (4.0..38.0).contains(&around(at).0)) {
            let visible = seen.is_visible(Cell { row: at / SIDE, col: at % SIDE });
            let turn_deg = around(at).1;
            if (turn_deg - 60.0).abs() > 4.0 {
                assert_eq!(visible, turn_deg < 60.0, "{turn_deg} degrees, {:?}", around(at).0);
            }
        }
    }
}

#[test]
fn a_void_hides_nothing_and_is_neither_visible_nor_counted() {
    let mut grid = plain();
    (0..SIDE).for_each(|row| grid.posts_m[row * SIDE + 120] = VOID);

    let seen = viewshed(&grid, &Request { refraction: 1.0, ..request(&grid) });

    assert!(!seen.is_visible(Cell { row: MIDDLE, col: 120 }));
    assert!(seen.is_visible(Cell { row: MIDDLE + 3, col: 140 }));
    assert_eq!(seen.cells_visible(), seen.cells(&grid));
    let at = (MIDDLE - seen.first_row) * seen.cols + 120 - seen.first_col;
    assert_eq!(seen.raster(&grid)[at], 255);
}

#[test]
fn a_post_beside_a_void_hides_nothing_in_between() {
    let posts_m = vec![8, 11, 0, 0, 0, VOID, 0, 10, 0, 0, VOID, 0];
    let grid = Grid { width: 4, height: 3, posts_m, ..plain() };
    let (lon_deg, lat_deg) = grid.place_of(Cell { row: 0, col: 0 });
    let observer = Wgs84::new(lon_deg, lat_deg).unwrap();
    let request = Request {
        observer,
        observer_height_m: 2.2,
        target_height_m: 0.0,
        radius_m: 100.0,
        refraction: 1.0,
        ..request(&grid)
    };

    let seen = viewshed(&grid, &request);

    // The line to it passes between the 11 m beside the eye and the void, then over ground at 0 m.
    assert!(seen.is_visible(Cell { row: 1, col: 3 }));
    assert!(!seen.is_visible(Cell { row: 0, col: 2 }));
}

#[test]
fn an_observer_in_a_pit_sees_the_eight_cells_around_it() {
    let mut grid = plain();
    grid.posts_m[MIDDLE * SIDE + MIDDLE] = -500;

    let seen = viewshed(&grid, &request(&grid));

    assert!((99..=101).all(|row| (99..=101).all(|col| seen.is_visible(Cell { row, col }))));
    assert_eq!(seen.cells_visible(), 9);
}

#[test]
fn observers_at_the_corner_see_the_part_of_the_disc_that_exists() {
    let grid = plain();
    let (lon_deg, lat_deg) = grid.place_of(Cell { row: 0, col: SIDE - 1 });
    let observer = Wgs84::new(lon_deg, lat_deg).unwrap();

    let seen = viewshed(&grid, &Request { observer, refraction: 1.0, ..request(&grid) });

    assert_eq!((seen.first_row, seen.first_col + seen.cols), (0, SIDE));
    assert!(seen.is_visible(Cell { row: 50, col: SIDE - 50 }));
    assert_eq!(seen.cells_visible(), seen.cells(&grid));
}

#[test]
fn observers_without_ground_see_nothing_and_are_told_why() {
    let mut grid = plain();
    let outside = Request { observer: Wgs84::new(0.0, 0.0).unwrap(), ..request(&grid) };
    assert_eq!(viewshed(&grid, &outside), Visible::nothing());
    assert!(matches!(outside.check(&grid), Err(ViewshedError::Outside { .. })));

    let unbounded = Request { radius_m: f64::NAN, ..request(&grid) };
    assert_eq!(viewshed(&grid, &unbounded), Visible::nothing());
    assert!(unbounded.check(&grid).unwrap_err().to_string().starts_with("radius must be"));

    grid.posts_m[MIDDLE * SIDE + MIDDLE] = VOID;
    assert!(matches!(request(&grid).check(&grid), Err(ViewshedError::OnVoid { .. })));
}

#[test]
fn figures_beyond_what_kernels_compute_are_refused_by_name() {
    let grid = plain();
    let asked = request(&grid);
    for (request, name) in [
        (Request { observer_height_m: 1e7, ..asked }, "observer height"),
        (Request { target_height_m: -1e7, ..asked }, "target height"),
        (Request { refraction: f64::INFINITY, ..asked }, "refraction"),
        (Request { kernel: Kernel::Lattice { alpha: 0.5 }, ..asked }, "alpha"),
    ] {
        let error = request.check(&grid).unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
    }
    let wide = Grid { width: 40_000, height: 1, posts_m: vec![0; 40_000], ..plain() };
    let (lon_deg, lat_deg) = wide.place_of(Cell { row: 0, col: 0 });
    let observer = Wgs84::new(lon_deg, lat_deg).unwrap();
    let far = Request { observer, radius_m: 1e9, ..asked };
    assert!(far.check(&wide).unwrap_err().to_string().contains("16000"));
    assert!(Request { radius_m: 100_000.0, ..far }.check(&wide).is_ok());
}

#[test]
fn windows_start_at_a_whole_word_of_the_grid() {
    let grid = plain();

    let seen = viewshed(&grid, &Request { radius_m: 700.0, ..request(&grid) });

    assert_eq!(seen.first_col % 64, 0);
    assert_eq!(seen.row_words(0).len(), seen.cols.div_ceil(64));
    assert!(!seen.is_visible(Cell { row: MIDDLE, col: 64 }));
}

#[test]
fn a_sensor_sees_only_where_it_is_turned_to() {
    let grid = plain();
    let request = Request { refraction: 1.0, ..request(&grid) };
    let all = viewshed(&grid, &request);
    let cut = |limits: Limits| {
        limits.check().unwrap();
        let mut seen = all.clone();
        limits.cut(&grid, &request, &mut seen);
        seen
    };
    let quarter = (Azimuth::from_degrees(350.0), 90.0_f64.to_radians());

    let turned = cut(Limits { azimuths: quarter, ..Limits::default() });
    let far = cut(Limits { range_min_m: 500.0, ..Limits::default() });
    // Over level ground 8.3 m below the eye this is beyond 475 m.
    let level = cut(Limits { elevations_rad: (-1.0_f64.to_radians(), 0.1), ..Limits::default() });

    let sees = |seen: &Visible, rows: isize, cols: isize| {
        let at = |offset: isize| MIDDLE.strict_add_signed(offset);
        seen.is_visible(Cell { row: at(rows), col: at(cols) })
    };
    assert!(sees(&turned, -40, 0) && sees(&turned, -40, 40) && sees(&turned, 0, 0));
    assert!(!sees(&turned, 40, 0) && !sees(&turned, 0, -40) && !sees(&turned, -40, -40));
    assert!(sees(&far, -40, 0) && !sees(&far, -10, 0) && !sees(&far, 0, 0));
    assert!(sees(&level, -20, 0) && !sees(&level, -10, 0) && sees(&level, 0, 0));
    assert_eq!(cut(Limits::default()), all);
    let quarter = turned.cells_visible() * 4;
    assert!(quarter.abs_diff(all.cells_visible()) * 10 < all.cells_visible(), "{quarter}");
}

#[test]
fn limits_that_are_none_are_refused_by_name() {
    for (limits, name) in [
        (Limits { range_min_m: f64::NAN, ..Limits::default() }, "least range"),
        (Limits { elevations_rad: (0.2, 0.1), ..Limits::default() }, "highest elevation"),
        (
            Limits { azimuths: (Azimuth::from_degrees(0.0), 7.0), ..Limits::default() },
            "azimuth sweep",
        ),
    ] {
        let error = limits.check().unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
    }
}

#[test]
fn least_heights_behind_a_wall_grow_with_distance() {
    let mut grid = plain();
    (0..SIDE).for_each(|row| grid.posts_m[row * SIDE + 120] = 150);
    let request = Request { refraction: 1.0, ..request(&grid) };

    let least = minimum_heights(&grid, &request);

    let at = |col: usize| least.at(Cell { row: MIDDLE, col }).unwrap();
    assert_relative_eq!(at(110), 0.0);
    // The line of sight rises 40 m in 20 cells: at twice the distance it is 90 m above ground.
    assert_relative_eq!(at(140), 90.0, epsilon = 1e-3);
    assert_relative_eq!(at(160), 130.0, epsilon = 1e-3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_exact_kernel_equals_the_yardstick_on_rough_ground_with_voids(
        (width, height, posts_m, from) in rough(),
        observer_height_m in 0.0..30.0,
        target_height_m in prop_oneof![Just(0.0), 0.0..20.0],
        radius_m in 100.0..1_500.0,
        refraction in prop_oneof![Just(1.0), 0.0..1.0],
    ) {
        let grid = Grid { width, height, posts_m, ..plain() };
        let (lon_deg, lat_deg) = grid.place_of(Cell { row: from / width, col: from % width });
        let observer = Wgs84::new(lon_deg, lat_deg).unwrap();
        let kernel = Kernel::Exact;
        let request = Request { observer, observer_height_m, target_height_m, radius_m, refraction, kernel };

        let slow = picture(&grid, &r3(&grid, &request));

        let relief = Relief::new(&grid);
        for path in Path::available() {
            prop_assert_eq!(&picture(&grid, &relief.viewshed_by(&request, path)), &slow, "{:?}", path);
        }
        prop_assert_eq!(picture(&grid, &viewshed(&grid, &request)), slow);
    }

    #[test]
    fn every_path_gives_the_same_bits(
        (width, height, posts_m, from) in rough(),
        observer_height_m in 0.0..30.0,
        radius_m in 100.0..1_500.0,
        kernel in prop_oneof![Just(Kernel::Xdraw), (1.0..3.0).prop_map(|alpha| Kernel::Lattice { alpha })],
    ) {
        let grid = Grid { width, height, posts_m, ..plain() };
        let (lon_deg, lat_deg) = grid.place_of(Cell { row: from / width, col: from % width });
        let observer = Wgs84::new(lon_deg, lat_deg).unwrap();
        let request = Request { observer, observer_height_m, radius_m, kernel, ..request(&grid) };
        let relief = Relief::new(&grid);

        let results: Vec<Visible> =
            Path::available().into_iter().map(|path| relief.viewshed_by(&request, path)).collect();

        for other in &results[1..] {
            prop_assert_eq!(picture(&grid, other), picture(&grid, &results[0]));
        }
    }

    #[test]
    fn a_target_is_seen_from_its_least_height_on(
        (width, height, posts_m, from) in rough(),
        observer_height_m in 0.0..30.0,
        radius_m in 100.0..1_500.0,
        target_height_m in 0.0..50.0,
    ) {
        let grid = Grid { width, height, posts_m, ..plain() };
        let (lon_deg, lat_deg) = grid.place_of(Cell { row: from / width, col: from % width });
        let observer = Wgs84::new(lon_deg, lat_deg).unwrap();
        let request =
            Request { observer, observer_height_m, target_height_m, radius_m, ..request(&grid) };

        let (least, seen) = (minimum_heights(&grid, &request), r3(&grid, &request));

        for cell in (0..width * height).map(|at| Cell { row: at / width, col: at % width }) {
            let expected = seen.is_inside(cell) && grid.post_m(cell).is_some();
            prop_assert_eq!(least.at(cell).is_some(), expected);
            let Some(metres) = least.at(cell).map(f64::from) else { continue };
            // Nearer than that, f32 does not tell.
            if (metres - target_height_m).abs() > 1e-3 {
                prop_assert_eq!(seen.is_visible(cell), target_height_m > metres, "{:?} {}", cell, metres);
            }
        }
    }

    #[test]
    fn two_places_see_each_other_when_heights_are_swapped(
        posts_m in proptest::collection::vec(0_i16..60, 31 * 31),
        from in 0_usize..961,
        to in 0_usize..961,
    ) {
        let grid = Grid { width: 31, height: 31, posts_m, ..plain() };
        let cell = |at: usize| Cell { row: at / 31, col: at % 31 };
        let sees = |from: usize, to: usize, observer_height_m: f64, target_height_m: f64| {
            let (lon_deg, lat_deg) = grid.place_of(cell(from));
            let observer = Wgs84::new(lon_deg, lat_deg).unwrap();
            // Level geometry: reciprocity holds for straight lines over a flat datum.
            let request = Request { observer, observer_height_m, target_height_m, refraction: 1.0, ..request(&grid) };
            viewshed(&grid, &request).is_visible(cell(to))
        };

        prop_assert_eq!(sees(from, to, 7.3, 1.9), sees(to, from, 1.9, 7.3));
    }

    #[test]
    fn a_higher_eye_sees_whatever_a_lower_one_does(
        posts_m in proptest::collection::vec(0_i16..60, 41 * 41),
        more_m in 0.0..20.0,
    ) {
        let grid = Grid { width: 41, height: 41, posts_m, ..plain() };
        let (lon_deg, lat_deg) = grid.place_of(Cell { row: 20, col: 20 });
        let low = Request { observer: Wgs84::new(lon_deg, lat_deg).unwrap(), ..request(&grid) };
        let high = Request { observer_height_m: low.observer_height_m + more_m, ..low };

        let (low, high) = (viewshed(&grid, &low), viewshed(&grid, &high));

        for cell in (0..41 * 41).map(|at| Cell { row: at / 41, col: at % 41 }) {
            prop_assert!(!low.is_visible(cell) || high.is_visible(cell), "at {:?}", cell);
        }
    }

    #[test]
    fn a_higher_target_is_seen_wherever_a_lower_one_is(
        posts_m in proptest::collection::vec(0_i16..60, 41 * 41),
        more_m in 0.0..20.0,
    ) {
        let grid = Grid { width: 41, height: 41, posts_m, ..plain() };
        let (lon_deg, lat_deg) = grid.place_of(Cell { row: 20, col: 20 });
        let low = Request { observer: Wgs84::new(lon_deg, lat_deg).unwrap(), ..request(&grid) };
        let high = Request { target_height_m: low.target_height_m + more_m, ..low };

        let (low, high) = (viewshed(&grid, &low), viewshed(&grid, &high));

        for cell in (0..41 * 41).map(|at| Cell { row: at / 41, col: at % 41 }) {
            prop_assert!(!low.is_visible(cell) || high.is_visible(cell), "at {:?}", cell);
        }
    }
}

/// A small grid of rough or terraced ground, some of it void, and an index of a post.
fn rough() -> impl Strategy<Value = (usize, usize, Vec<i16>, usize)> {
    let post = prop_oneof![8 => 0_i16..40, 2 => Just(10_i16), 1 => -200_i16..900, 1 => Just(VOID)];
    let posts = move |cells| proptest::collection::vec(post.clone(), cells);
    (2_usize..70, 2_usize..70).prop_flat_map(move |(width, height)| {
        (Just(width), Just(height), posts(width * height), 0..width * height)
    })
}

/// A window as lines of text: seen, hidden, not counted.
fn picture(grid: &Grid, seen: &Visible) -> Vec<String> {
    let letter = |value: &u8| match value {
        0 => '-',
        1 => '#',
        _ => ' ',
    };
    let raster = seen.raster(grid);
    raster.chunks(seen.cols.max(1)).map(|row| row.iter().map(letter).collect()).collect()
}

fn plain() -> Grid {
    Grid {
        west_deg: 41.0,
        north_deg: 34.0,
        lon_step_deg: 1.0 / 3_600.0,
        lat_step_deg: 1.0 / 3_600.0,
        width: SIDE,
        height: SIDE,
        posts_m: vec![100; SIDE * SIDE],
    }
}

fn middle() -> Cell {
    Cell { row: MIDDLE, col: MIDDLE }
}

fn request(grid: &Grid) -> Request {
    let (lon_deg, lat_deg) = grid.place_of(middle());
    Request {
        observer: Wgs84::new(lon_deg, lat_deg).unwrap(),
        observer_height_m: 10.0,
        target_height_m: 1.7,
        radius_m: 20_000.0,
        refraction: 1.0 / 7.0,
        kernel: Kernel::Exact,
    }
}
