//! Where somebody may be, on flat ground beside a straight line.

#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use approx::assert_abs_diff_eq;
use sight::coverage::Model;
use sight::geo::EnuPoint;
use sight::search::{Block, Clue, likely_ground};
use sight::sector::{Mover, parse};
use sight::terrain::Grid;

/// Beyond the line, which runs north along 41.5 E, is west.
const SECTOR: &str = r#"
name = "flat"
title = { en = "Flat", ar = "منبسط" }

[terrain]
files = ["N34E041.hgt"]

[line]
file = "line.geojson"
far_side = "left"
far_depth_m = 3000.0
near_depth_m = 2000.0
"#;

const LINE: &str = r#"{"type": "Feature", "properties": {}, "geometry":
    {"type": "LineString", "coordinates": [[41.5, 34.47], [41.5, 34.53]]}}"#;

fn model() -> Model {
    let sector = parse(SECTOR, &|_| Ok(LINE.as_bytes().to_vec())).unwrap();
    let (width, height, step_deg) = (241, 241, 1.0 / 1_200.0);
    let grid = Grid {
        west_deg: 41.4,
        north_deg: 34.6,
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width,
        height,
        posts_m: vec![200; width * height],
    };
    Model::build(sector, grid).unwrap()
}

/// A point so far east of the middle of the line.
fn east_of_line(model: &Model, metres: f64) -> EnuPoint {
    let line = &model.sector().line;
    let middle = line.point_at(line.length_m / 2.0);
    EnuPoint::new(middle.east_m + metres, middle.north_m)
}

fn sum(blocks: &[Block]) -> f64 {
    blocks.iter().map(|block| block.prior).sum()
}

#[test]
fn somebody_seen_far_inside_is_all_on_our_side_and_most_likely_near() {
    let model = model();
    let at = east_of_line(&model, 4_000.0);
    let seen = Clue::LastSeen { at, elapsed_s: 1_800.0, mover: Mover::Walker, weight: 1.0 };

    let blocks = likely_ground(&model, &[seen], 500.0).unwrap();

    assert_abs_diff_eq!(sum(&blocks), 1.0, epsilon = 1e-3);
    let densest =
        blocks.iter().max_by(|a, b| (a.prior / a.area_m2).total_cmp(&(b.prior / b.area_m2)));
    assert!(densest.unwrap().middle.distance_m(at) < 500.0);
    // 1 800 s at 0.6 x 5.04 km/h is 1 512 m.
    assert!(blocks.iter().all(|block| block.middle.distance_m(at) < 1_512.0 + 500.0));
}

#[test]
fn nobody_is_sent_beyond_the_line() {
    let model = model();
    let tip = Clue::Place { at: east_of_line(&model, 0.0), sigma_m: 400.0, weight: 1.0 };

    let blocks = likely_ground(&model, &[tip], 500.0).unwrap();

    assert_abs_diff_eq!(sum(&blocks), 0.5, epsilon = 0.1);
    assert!(blocks.iter().all(|block| !model.sector().line.is_far(block.middle)));
}

#[test]
fn a_clue_that_cannot_be_weighed_is_refused_by_field_and_value() {
    let model = model();
    let tip = |weight| Clue::Place { at: east_of_line(&model, 0.0), sigma_m: 400.0, weight };

    let refused = |clue, block_m| likely_ground(&model, &[clue], block_m).unwrap_err().to_string();

    assert_eq!(refused(tip(-1.0), 500.0), "weight must be finite and positive, got -1");
    assert!(refused(tip(1.0), f64::NAN).starts_with("block_m must be"));
}
