//! Views over flat ground, where every cell in range is seen unless the view takes it away.

use std::sync::{Arc, OnceLock};

use proptest::prelude::*;

use super::*;
use crate::coverage::model::{Model, Stance};
use crate::coverage::reach::Ground;
use crate::coverage::tests::{TOWER, conditions, model};
use crate::coverage::{Cause, Health, Repair, WatchState, assess};

/// The tower looks west, 190 degrees wide, 6 km far.
fn tower() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| model(&[TOWER], |_, _| 100))
}

fn reach(view: Option<&View>) -> Arc<Reach> {
    tower().reach(0, Stance { moved: None, view }, 1.7, Ground::AsItIs).unwrap()
}

/// The cell so far from the tower.
fn cell(azimuth_deg: f64, range_m: f64) -> Cell {
    let sensor = tower().sensor(0);
    let way = Azimuth::from_degrees(azimuth_deg).unit() * range_m;
    let at = EnuPoint::new(sensor.point.east_m + way.x, sensor.point.north_m + way.y);
    tower().cell_at(at).unwrap()
}

fn cone(azimuth_deg: i32, width_deg: i32) -> Area {
    Area::Cone(Cone {
        azimuth_ddeg: azimuth_deg * 10,
        width_ddeg: width_deg * 10,
        elevation_ddeg: None,
        range_m: None,
    })
}

fn ring(corners: &[(f64, f64)]) -> Area {
    let corner = |(lon, lat): &(f64, f64)| Corner::at(Wgs84::new(*lon, *lat).unwrap());
    Area::Ring(corners.iter().map(corner).collect())
}

fn cells() -> impl Iterator<Item = Cell> {
    let (rows, cols) = (tower().grid().height, tower().grid().width);
    (0..rows * cols).map(move |at| Cell { row: at / cols, col: at % cols })
}

fn is_within(inner: &Reach, outer: &Reach) -> bool {
    cells().all(|cell| outer.holds(cell) || !inner.holds(cell))
}

#[test]
fn a_camera_that_was_turned_sees_where_it_looks_and_no_wider_than_planned() {
    let turned = View { field: Some(cone(90, 360)), turned: true, ..View::default() };

    let seen = reach(Some(&turned));

    for (azimuth_deg, is_seen) in [(90.0, true), (0.0, true), (180.0, true), (270.0, false)] {
        assert_eq!(seen.holds(cell(azimuth_deg, 1_000.0)), is_seen, "{azimuth_deg}");
    }
    assert!(!seen.holds(cell(350.0, 1_000.0)), "190 degrees are the widest that it ever sees");
}

#[test]
fn a_field_elsewhere_of_a_sensor_that_cannot_turn_adds_nothing() {
    let told = View { field: Some(cone(90, 100)), ..View::default() };

    let seen = reach(Some(&told));

    assert!(!seen.holds(cell(90.0, 1_000.0)) && !seen.holds(cell(270.0, 1_000.0)));
    assert!(is_within(&seen, &reach(None)));
}

#[test]
fn hidden_areas_are_lost_whatever_their_range_and_seen_ones_alone_are_left() {
    let short =
        Cone { azimuth_ddeg: 2_700, width_ddeg: 100, elevation_ddeg: None, range_m: Some(50) };
    let hidden = View { hidden: vec![Area::Cone(short)], ..View::default() };
    let seen =
        View { seen: vec![Area::Cone(Cone { range_m: Some(500), ..short })], ..hidden.clone() };
    let alone = View { hidden: Vec::new(), ..seen.clone() };

    assert!(!reach(Some(&hidden)).holds(cell(270.0, 1_000.0)));
    assert!(reach(Some(&hidden)).holds(cell(276.0, 1_000.0)));
    assert!(reach(Some(&alone)).holds(cell(270.0, 400.0)));
    assert!(
        !reach(Some(&alone)).holds(cell(270.0, 600.0))
            && !reach(Some(&alone)).holds(cell(284.0, 400.0))
    );
    assert!(!reach(Some(&seen)).holds(cell(270.0, 400.0)));
}

#[test]
fn a_ring_hides_what_lies_in_it_and_nothing_beside_it() {
    // A patch of smoke 1 to 2 km west of the tower at 41.037, 34.43.
    let patch = ring(&[(41.0153, 34.425), (41.0262, 34.425), (41.0262, 34.435), (41.0153, 34.435)]);
    let view = View { hidden: vec![patch], ..View::default() };

    let seen = reach(Some(&view));

    for (range_m, is_seen) in [(900.0, true), (1_100.0, false), (1_900.0, false), (2_100.0, true)] {
        assert_eq!(seen.holds(cell(270.0, range_m)), is_seen, "{range_m} m");
    }
}

#[test]
fn a_camera_that_looks_up_sees_nobody_on_the_ground() {
    let up = |low, high| Cone {
        azimuth_ddeg: 2_700,
        width_ddeg: 1_900,
        elevation_ddeg: Some((low, high)),
        range_m: None,
    };
    let view = |cone| View { field: Some(Area::Cone(cone)), turned: true, ..View::default() };

    // From 20 m above flat ground a walker's head at 1 km is seen 18.3 m / 1 km = 1.05 degrees below the horizontal.
    assert!(!reach(Some(&view(up(50, 400)))).holds(cell(270.0, 1_000.0)));
    assert!(reach(Some(&view(up(-12, 400)))).holds(cell(270.0, 1_000.0)));
    assert!(!reach(Some(&view(up(-9, 400)))).holds(cell(270.0, 1_000.0)));
}

#[test]
fn a_stretch_is_lost_with_the_view_and_the_reason_is_told() {
    let mut now = conditions(tower(), Health::Working);
    let as_planned = assess(tower(), &now);
    let id = tower().sector().sensors[0].id.clone();
    let away = View { field: Some(cone(90, 20)), turned: true, ..View::default() };
    now.views.insert(id.clone(), away);

    let turned = assess(tower(), &now);

    let (at, before) = as_planned
        .stretches
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.probability.total_cmp(&b.1.probability))
        .unwrap();
    let after = &turned.stretches[at];
    assert!(before.state != WatchState::Blind && after.state == WatchState::Blind, "{after:?}");
    let dearest = &after.reasons[0];
    assert_eq!(dearest.cause, Cause::LooksElsewhere { sensor: id.clone() });
    assert_eq!(dearest.probability_without.to_bits(), before.probability.to_bits());
    assert!(matches!(&after.repair, Some(Repair::RestoreSensor { sensor, .. }) if *sensor == id));
}

#[test]
fn a_view_that_takes_nothing_away_is_no_reason() {
    let mut now = conditions(tower(), Health::Working);
    let as_planned = assess(tower(), &now);
    let id = tower().sector().sensors[0].id.clone();
    now.views.insert(id, View { field: Some(cone(270, 200)), ..View::default() });

    assert_eq!(assess(tower(), &now).stretches, as_planned.stretches);
}

#[test]
fn a_look_is_what_the_word_leaves_of_the_plan() {
    let sensor = tower().sensor(0);
    let look = |field: Area, turned: bool| {
        let view = View { field: Some(field), turned, ..View::default() };
        match view.look(sensor) {
            Look::Sweep(sweep) => {
                assert!(sweep.range_m <= sensor.range_max_m);
                let (middle, width) = (sweep.middle.degrees(), sweep.width_rad.to_degrees());
                format!("{middle:.1} {width:.1}")
            }
            Look::Ring(ring) => format!("{} corners", ring.len()),
            Look::Nowhere => "nowhere".to_owned(),
        }
    };
    // As planned it looks to 270 degrees, 190 wide: from 175 to 365.
    let planned = Look::Sweep(Sweep {
        middle: Azimuth::from_degrees(270.0),
        width_rad: sensor.field_rad,
        range_m: sensor.range_max_m,
    });
    assert_eq!(View::default().look(sensor), planned);
    assert_eq!(look(cone(270, 20), false), "270.0 20.0");
    assert_eq!(look(cone(180, 20), false), "182.5 15.0", "it looks beyond its plan to one side");
    assert_eq!(look(cone(0, 40), false), "352.5 25.0", "across the north");
    assert_eq!(look(cone(0, 360), false), "270.0 190.0");
    assert_eq!(look(cone(100, 340), false), "222.5 95.0", "the wider of two pieces");
    assert_eq!(look(cone(90, 20), false), "nowhere", "it looks where it may not");
    assert_eq!(look(cone(90, 20), true), "90.0 20.0", "it was turned there");
    assert_eq!(look(cone(90, 300), true), "90.0 190.0", "and is no wider than before");
    let corners = [(41.0, 34.4), (41.01, 34.4), (41.0, 34.41)];
    assert_eq!(look(ring(&corners), false), "3 corners");
    assert_eq!(look(ring(&[]), false), "nowhere");
}

pub(in crate::coverage) fn any_view() -> impl Strategy<Value = View> {
    let any_cone = (
        0..3_600_i32,
        0..=3_600_i32,
        prop::option::of((-900..0_i32, 0..900_i32)),
        prop::option::of(0..8_000_u32),
    );
    let any_cone = any_cone.prop_map(|(azimuth_ddeg, width_ddeg, elevation_ddeg, range_m)| {
        Area::Cone(Cone { azimuth_ddeg, width_ddeg, elevation_ddeg, range_m })
    });
    let corner = (41_000_000..41_060_000_i32, 34_400_000..34_460_000_i32)
        .prop_map(|(lon_udeg, lat_udeg)| Corner { lon_udeg, lat_udeg });
    let any_ring = prop::collection::vec(corner, 3..8).prop_map(Area::Ring);
    let area = prop_oneof![any_cone, any_ring].boxed();
    let areas = || prop::collection::vec(area.clone(), 0..3);
    (prop::option::of(area.clone()), prop::bool::ANY, areas(), areas())
        .prop_map(|(field, turned, seen, hidden)| View { field, turned, seen, hidden })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_view_ever_adds_a_cell_that_physics_hides(view in any_view()) {
        let all_round = View { field: Some(cone(0, 360)), turned: true, ..View::default() };
        let wide = [cone(45, 190), cone(135, 190), cone(225, 190), cone(315, 190)];
        let seen = reach(Some(&view));
        if !view.is_turned() {
            prop_assert!(is_within(&seen, &reach(None)));
        }
        let turned = wide.into_iter().map(|field| View { field: Some(field), ..all_round.clone() });
        let turned: Vec<_> = turned.map(|view| reach(Some(&view))).collect();
        let anywhere = |cell: &Cell| turned.iter().any(|reach| reach.holds(*cell));
        prop_assert!(cells().filter(|cell| seen.holds(*cell)).all(|cell| anywhere(&cell)));
    }
}
