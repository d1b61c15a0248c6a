//! Ways over made-up ground.

use approx::assert_relative_eq;
use proptest::prelude::*;

use super::*;
use crate::coverage::Model;
use crate::crossing::net::{Asked, LeastDetected};
use crate::geo::EnuPoint;
use crate::sector::{Fault, Mover, Sector, parse};
use crate::terrain::Grid;

mod layers;

const LINE: &str = r#"{"type":"LineString","coordinates":[[41.008,34.9965],[41.010,34.9815]]}"#;

const SECTOR: &str = r#"
name = "small"
title = { en = "Small", ar = "صغير" }
terrain = { files = ["N34E041.tif"] }
[line]
file = "line.geojson"
far_side = "right"
far_depth_m = 400
near_depth_m = 300
[settings]
path_cell_m = 30
[[barrier]]
id = "fence"
name = { en = "Fence", ar = "سياج" }
kind = "fence"
from_km = 0
to_km = 0.8
delay_s = 60
"#;

#[test]
fn through_even_hazard_the_chance_follows_from_the_time_alone() {
    let (sector, model) = small(|_, _| 50);
    let times = model.net.times((Mover::Walker, Light::Day), &sector, &model.going);
    let hazard = vec![524_u32; model.net.len()];
    let per_s = 524.0 / 1_048_576.0;

    let fields = model.net.fields(&times, &hazard, Asked::All);
    let crossings = model.net.least_detected(&times, &fields, Asked::All);

    for (stretch, crossing) in sector.stretches.iter().zip(&crossings) {
        let crossing = crossing.unwrap();
        let fence_s = if stretch.to_m <= 800.0 { 60.0 } else { 0.0 };
        let walk_s = 700.0 / 0.84;
        if !(600.0..1_000.0).contains(&stretch.from_m) {
            assert_relative_eq!(crossing.time_s(), walk_s + fence_s, max_relative = 0.08);
        }
        let chance = 1.0 - (-per_s * crossing.time_s()).exp();
        assert_relative_eq!(crossing.probability(), chance, max_relative = 0.01);
    }
}

#[test]
fn a_unit_drives_the_straight_way_over_flat_ground() {
    let (_, model) = small(|_, _| 50);
    let (from, to) = (EnuPoint::new(700.0, -700.0), EnuPoint::new(700.0, 700.0));

    let arrival = &arrivals(&model, to, &[starter(from, Mobility::Vehicle)], Light::Day)[0];

    assert_relative_eq!(arrival.travel_s.unwrap(), 1_400.0 / 11.0, max_relative = 0.05);
    assert_eq!((arrival.path[0], *arrival.path.last().unwrap()), (from, to));
}

#[test]
fn a_goal_beyond_the_line_is_approached_to_the_line() {
    let (sector, model) = small(|_, _| 50);
    let beyond = EnuPoint::new(-600.0, 0.0);
    assert!(sector.line.is_far(beyond));

    let arrival = &arrivals(
        &model,
        beyond,
        &[starter(EnuPoint::new(700.0, 300.0), Mobility::Foot)],
        Light::Day,
    )[0];

    let end = *arrival.path.last().unwrap();
    assert!(!sector.line.is_far(end) && sector.line.signed_distance_m(end) > -60.0);
    assert!(arrival.travel_s.is_some());
}

#[test]
fn who_stands_beyond_the_line_or_off_the_ground_has_no_way() {
    let (_, model) = small(|_, _| 50);
    let far = EnuPoint::new(-600.0, 0.0);
    let off = EnuPoint::new(90_000.0, 0.0);

    for from in [far, off] {
        let arrival = &arrivals(
            &model,
            EnuPoint::new(500.0, 0.0),
            &[starter(from, Mobility::Foot)],
            Light::Day,
        )[0];

        assert_eq!((arrival.travel_s, arrival.path.len()), (None, 0));
    }
}

#[test]
fn a_cliff_stops_the_vehicle_and_slows_the_walker() {
    let (_, model) = small(|row, _| if row < 36 { 50 } else { 250 });
    let (from, to) = (EnuPoint::new(700.0, -700.0), EnuPoint::new(700.0, 700.0));

    let all = arrivals(
        &model,
        to,
        &[starter(from, Mobility::Vehicle), starter(from, Mobility::Foot)],
        Light::Day,
    );

    assert_eq!(all[0].travel_s, None);
    assert!(all[1].travel_s.unwrap() > 1_400.0 / 0.84);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn no_way_of_a_unit_crosses_the_line(
        east_m in 30.0..900.0_f64, north_m in -700.0..700.0_f64, to_east_m in -900.0..900.0_f64, to_north_m in -900.0..900.0_f64,
    ) {
        let (sector, model) = small(|row, col| 50 + i16::try_from((row * col) % 17).unwrap());
        let from = EnuPoint::new(east_m + 150.0, north_m);
        prop_assume!(!sector.line.is_far(from));

        for arrival in arrivals(&model, EnuPoint::new(to_east_m, to_north_m), &[starter(from, Mobility::Foot)], Light::Day) {
            for pair in arrival.path.windows(2) {
                prop_assert!(!sector.line.is_crossed(pair[0], pair[1]), "{pair:?}");
            }
            for point in &arrival.path {
                prop_assert!(!sector.line.is_far(*point), "{point:?}");
            }
        }
    }
}

fn starter(point: EnuPoint, mobility: Mobility) -> Starter {
    Starter { unit: UnitId("unit".to_owned()), mobility, point }
}

/// 72 x 72 posts, some 2.2 x 1.8 km.
pub(super) fn small(height_m: impl Fn(usize, usize) -> i16) -> (Sector, Model) {
    small_with("", height_m)
}

/// The same with more in its sector file.
pub(crate) fn small_with(more: &str, height_m: impl Fn(usize, usize) -> i16) -> (Sector, Model) {
    let sector = parse(&format!("{SECTOR}{more}"), &|_| Ok(LINE.as_bytes().to_vec())).unwrap();
    on_small_ground(sector, height_m)
}

/// The same on level ground, with files besides its line.
pub(crate) fn small_from(
    more: &str,
    read: &dyn Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<(Sector, Model), Vec<Fault>> {
    let read = |name: &str| {
        if name == "line.geojson" { Ok(LINE.as_bytes().to_vec()) } else { read(name) }
    };
    parse(&format!("{SECTOR}{more}"), &read).map(|sector| on_small_ground(sector, |_, _| 50))
}

/// What the least-detected crossings of a mover cost by day under an even hazard.
pub(crate) fn crossings_of(model: &Model, mover: Mover) -> Vec<Option<f64>> {
    let times = model.net.times((mover, Light::Day), model.sector(), &model.going);
    let fields = model.net.fields(&times, &vec![524; model.net.len()], Asked::All);
    let all = model.net.least_detected(&times, &fields, Asked::All);
    all.into_iter().map(|crossing| crossing.map(LeastDetected::probability)).collect()
}

fn on_small_ground(sector: Sector, height_m: impl Fn(usize, usize) -> i16) -> (Sector, Model) {
    let step = 1.0 / 3_600.0;
    let grid = Grid {
        west_deg: 41.0,
        north_deg: 35.0 - step,
        lon_step_deg: step,
        lat_step_deg: step,
        width: 72,
        height: 72,
        posts_m: (0..72 * 72).map(|at| height_m(at / 72, at % 72)).collect(),
    };
    (sector.clone(), Model::build(sector, grid).unwrap())
}
