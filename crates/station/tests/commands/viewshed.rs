//! `watchline sight viewshed` and `watchline sight check` on a tile made for the test.

use std::path::Path;

use super::{answer, complaint};

/// Posts along a side of a three arc-second tile.
const SIDE: usize = 1_201;

#[test]
fn a_wall_halves_what_is_seen_and_the_rasters_say_so() {
    let directory = tempfile::tempdir().unwrap();
    write_tile(directory.path());
    let look = "sight viewshed --terrain N42E001.hgt --at 1.5,42.5 --height 10 --radius 10000";

    let exact = answer(directory.path(), &format!("{look} --out seen.png"));
    let lattice = answer(directory.path(), &format!("{look} --kernel lattice --out seen.tif"));

    let (cells, seen) =
        (exact["cells"].as_u64().unwrap(), exact["cells_visible"].as_u64().unwrap());
    assert!(cells > 40_000 && seen * 10 > cells * 4 && seen * 10 < cells * 6, "{seen} of {cells}");
    let lattice_seen = lattice["cells_visible"].as_u64().unwrap();
    assert!(lattice_seen.abs_diff(seen) * 100 < cells, "{lattice_seen} and {seen}");
    assert!(exact["cpu_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(exact["kernel"], "exact");
    assert!(directory.path().join("seen.png").is_file());
    assert!(directory.path().join("seen.tif").is_file());
}

#[test]
fn brute_force_finds_no_cell_that_the_exact_kernel_gets_wrong() {
    let directory = tempfile::tempdir().unwrap();
    write_tile(directory.path());

    let check =
        answer(directory.path(), "sight check --terrain N42E001.hgt --samples 3 --radius 6000");

    assert_eq!(check["holds"], true);
    assert_eq!(check["kernels"][0]["kernel"], "exact");
    assert_eq!(check["kernels"][0]["cells_differing"], 0);
    assert_eq!(check["cells_differing_between_paths"], 0);
    assert!(check["cells"].as_u64().unwrap() > 10_000);
}

#[test]
fn directions_least_heights_and_long_ranges_can_be_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    write_tile(directory.path());
    let look = "sight viewshed --terrain N42E001.hgt --at 1.5,42.5 --height 10 --radius 10000";

    let all = answer(directory.path(), &format!("{look} --out seen.png"));
    let west = answer(directory.path(), &format!("{look} --azimuth 225,315 --out west.csv"));
    let far = "sight viewshed --terrain N42E001.hgt --at 1.5,42.5 --height 500 --radius 45000";
    let far = answer(directory.path(), &format!("{far} --out far.png"));
    answer(directory.path(), &format!("{look} --minimum-height --out least.csv"));

    let seen = |answer: &serde_json::Value| answer["cells_visible"].as_u64().unwrap();
    assert!(seen(&west) * 3 < seen(&all) * 2 && seen(&west) * 3 > seen(&all), "{all} {west}");
    assert_eq!(
        (&all["window"], &far["window"]),
        (&"degrees".into(), &"azimuthal-equidistant".into())
    );
    assert!(seen(&far) * 4 > far["cells"].as_u64().unwrap(), "{far}");
    let least = std::fs::read_to_string(directory.path().join("least.csv")).unwrap();
    let heights =
        least.lines().skip(1).map(|row| row.split(',').next_back().unwrap().parse::<f64>());
    let highest = heights.map(Result::unwrap).fold(0.0, f64::max);
    // The wall stands 790 m above the eye 450 m away, so that it hides much more ten km further.
    assert!(highest > 10_000.0, "{highest}");
}

#[test]
fn an_observer_who_cannot_look_is_told_why() {
    let directory = tempfile::tempdir().unwrap();
    write_tile(directory.path());
    let look = "sight viewshed --terrain N42E001.hgt --height 10";

    let outside = complaint(directory.path(), &format!("{look} --at 2.05,42.5 --out seen.png"));
    let ending = complaint(directory.path(), &format!("{look} --at 1.5,42.5 --out seen.jpg"));

    assert!(outside.contains("outside the terrain"), "{outside}");
    assert!(ending.contains("--out seen.jpg"), "{ending}");
}

/// Rolling ground with a high wall from north to south, a little east of the middle.
pub(super) fn write_tile(directory: &Path) {
    let post_m = |row: usize, col: usize| match col {
        605 => 900,
        _ => 100 + i16::try_from((row / 7 + col / 5) % 3).unwrap(),
    };
    let posts = (0..SIDE * SIDE).flat_map(|at| post_m(at / SIDE, at % SIDE).to_be_bytes());
    std::fs::write(directory.join("N42E001.hgt"), posts.collect::<Vec<u8>>()).unwrap();
}
