//! The exact kernel against the brute-force yardstick on real ground, at 90 m and resampled to 30 m.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::Read as _;

use sight::geo::Wgs84;
use sight::terrain::{Cell, Grid, VOID};
use sight::viewshed::{Kernel, Request, r3, viewshed};

/// Posts along a side of a crop.
const SIDE: usize = 200;
/// Crops with the place of their first post.
const CROPS: [(&str, f64, f64); 3] = [
    ("N42E001-r200-c400", 1.0 + 400.0 / 1_200.0, 43.0 - 200.0 / 1_200.0),
    ("N43E007-r0-c700", 7.0 + 700.0 / 1_200.0, 44.0),
    ("S29W072-r750-c800", -72.0 + 800.0 / 1_200.0, -28.0 - 750.0 / 1_200.0),
];

#[test]
fn no_cell_differs_from_the_yardstick_on_three_arc_second_tiles() {
    for crop in CROPS {
        compare(&read(crop), 34, 14_000.0);
    }
}

#[test]
fn no_cell_differs_from_the_yardstick_on_one_arc_second_resamplings() {
    for crop in CROPS {
        compare(&finer(&read(crop)), 34, 4_500.0);
    }
}

#[test]
fn the_lattice_differs_in_at_most_one_and_a_half_cells_of_a_thousand() {
    for crop in CROPS {
        let grid = finer(&read(crop));
        let share = differing_share(&grid, Kernel::Lattice { alpha: 1.0 });
        assert!(share <= 0.0015, "{share} in {crop:?}");
    }
}

#[test]
fn xdraw_is_close_enough_to_screen_candidates() {
    for crop in CROPS {
        let grid = finer(&read(crop));
        let share = differing_share(&grid, Kernel::Xdraw);
        assert!(share <= 0.02, "{share} in {crop:?}");
    }
}

#[test]
fn no_cell_differs_without_eye_or_target_height_over_a_level_sea() {
    let grid = read(CROPS[2]);
    for observer in observers(&grid, 6) {
        let request =
            Request { observer_height_m: 0.0, target_height_m: 0.0, ..request(observer, 9_000.0) };
        for refraction in [0.0, 1.0] {
            let request = Request { refraction, ..request };
            assert_eq!(viewshed(&grid, &request).differing(&r3(&grid, &request)), Some(0));
        }
    }
}

fn compare(grid: &Grid, count: usize, radius_m: f64) {
    for observer in observers(grid, count) {
        let request = request(observer, radius_m);

        let (fast, slow) = (viewshed(grid, &request), r3(grid, &request));

        assert_eq!(fast.differing(&slow), Some(0), "observer at {observer:?}");
        assert!(slow.cells_visible() >= 1);
    }
}

/// Share of cells that a kernel gets wrong, over several observers.
fn differing_share(grid: &Grid, kernel: Kernel) -> f64 {
    let (mut differing, mut cells) = (0, 0);
    for observer in observers(grid, 12) {
        let truth = r3(grid, &request(observer, 6_000.0));
        let fast = viewshed(grid, &Request { kernel, ..request(observer, 6_000.0) });
        differing += fast.differing(&truth).unwrap();
        cells += truth.cells(grid);
    }
    f64::from(u32::try_from(differing).unwrap()) / f64::from(u32::try_from(cells).unwrap())
}

fn request(observer: Wgs84, radius_m: f64) -> Request {
    Request {
        observer,
        observer_height_m: 10.0,
        target_height_m: 1.7,
        radius_m,
        refraction: 1.0 / 7.0,
        kernel: Kernel::Exact,
    }
}

/// Places with ground, strewn by a fixed rule.
fn observers(grid: &Grid, count: usize) -> Vec<Wgs84> {
    let mut state = 1_u64;
    let mut next = |limit: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % limit
    };
    std::iter::repeat_with(|| Cell { row: next(grid.height), col: next(grid.width) })
        .filter(|&cell| grid.post_m(cell).is_some())
        .map(|cell| grid.place_of(cell))
        .map(|(lon_deg, lat_deg)| Wgs84::new(lon_deg, lat_deg).unwrap())
        .take(count)
        .collect()
}

fn read((name, west_deg, north_deg): (&str, f64, f64)) -> Grid {
    let path = format!("{}/testdata/{name}.i16be.gz", env!("CARGO_MANIFEST_DIR"));
    let packed = std::fs::read(path).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    let posts_m = bytes.as_chunks::<2>().0.iter().map(|&post| i16::from_be_bytes(post)).collect();
    let step_deg = 1.0 / 1_200.0;
    Grid {
        west_deg,
        north_deg,
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width: SIDE,
        height: SIDE,
        posts_m,
    }
}

/// Three posts for one, bilinear: finer ground with the shapes of the real one.
fn finer(coarse: &Grid) -> Grid {
    let step_deg = coarse.lat_step_deg / 3.0;
    let side = 3 * (SIDE - 1) + 1;
    let mut grid = Grid {
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width: side,
        height: side,
        ..coarse.clone()
    };
    let post_m = |at: usize| {
        let (lon_deg, lat_deg) = grid.place_of(Cell { row: at / side, col: at % side });
        let height_m = coarse.height_m(Wgs84::new(lon_deg, lat_deg).unwrap());
        #[expect(clippy::cast_possible_truncation, reason = "between posts of a grid of i16")]
        height_m.map_or(VOID, |height_m| height_m.round() as i16)
    };
    grid.posts_m = (0..side * side).map(post_m).collect();
    grid
}
