//! Where somebody may be, on flat ground beside a straight line.

use approx::assert_abs_diff_eq;
use sight::coverage::Model;
use sight::crossing::Light;
use sight::geo::EnuPoint;
use sight::search::{Block, Clue, Sighting, likely_ground};
use sight::sector::Mover;

use super::model;

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
    let seen = Sighting { at, elapsed_s: 1_800.0, mover: Mover::Walker, light: Light::Day };
    let seen = Clue::LastSeen { seen, weight: 1.0 };

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
