//! The watch over small made-up ground, checked against what must be so.

mod dust;
mod heading;
mod live;
mod uneven;

use std::sync::OnceLock;

use approx::assert_relative_eq;
use proptest::prelude::*;

use super::live::worse_air;
use super::reach::{Ground, Reach, Stand};
use super::*;
use crate::geo::Wgs84;
use crate::sector::{Sector, Sensor, parse};
use crate::terrain::{Cell, Grid};
use crate::viewshed::{Kernel, viewshed, viewshed_far};

/// Some 6 km of line from south to north in the middle of 6 x 6 km of ground, the far side west.
const LINE: &str = r#"{"type":"LineString","coordinates":[[41.03,34.405],[41.03,34.455]]}"#;

const HEAD: &str = r#"
name = "small"
title = { en = "Small", ar = "صغير" }
terrain = { files = ["N34E041.tif"] }
[line]
file = "line.geojson"
far_side = "left"
far_depth_m = 1500
near_depth_m = 1000
"#;

#[test]
fn nobody_watching_leaves_every_stretch_blind() {
    let model = &model(&[], |_, _| 100);

    let assessment = assess(model, &conditions(model, Health::Working));

    assert_eq!(assessment.stretches.len(), 22);
    for stretch in &assessment.stretches {
        assert_eq!(stretch.state, WatchState::Blind);
        assert!(stretch.probability <= 0.0);
        assert_eq!(stretch.reasons[0].cause, Cause::Terrain);
        assert!(matches!(stretch.repair, Some(Repair::PostObserver { .. })), "{stretch:?}");
        // 2.5 km at Tobler's 0.84 m/s over flat open ground.
        assert_relative_eq!(stretch.crossing_s, 2_500.0 / 0.84, max_relative = 0.05);
    }
}

#[test]
fn a_tower_in_clear_air_watches_the_line_before_it() {
    let model = flat();

    let assessment = assess(model, &conditions(model, Health::Working));

    assert!(assessment.stretches.iter().all(|stretch| stretch.state == WatchState::Watched));
    assert!(assessment.stretches.iter().all(|stretch| stretch.reasons.is_empty()));
}

#[test]
fn a_sensor_that_is_down_is_the_reason_and_the_repair() {
    let model = flat();

    let assessment = assess(model, &conditions(model, Health::Down));

    let stretch = &assessment.stretches[11];
    assert_eq!(stretch.state, WatchState::Blind);
    let outage = Cause::Outage { sensor: SensorId("tower".to_owned()) };
    assert_eq!(stretch.reasons[0].cause, outage);
    assert!(stretch.reasons[0].probability_without > 0.9);
    assert!(stretch.repair.is_some());
}

#[test]
fn a_stale_heartbeat_makes_the_state_unknown_with_both_ends_told() {
    let model = flat();

    let assessment = assess(model, &conditions(model, Health::Stale));

    let stretch = &assessment.stretches[11];
    assert_eq!(stretch.state, WatchState::Unknown);
    assert!(stretch.probability < 0.5 && stretch.probability_high > 0.9);
    let stale = Cause::StaleHeartbeat { sensor: SensorId("tower".to_owned()) };
    assert_eq!(stretch.reasons[0].cause, stale);
}

#[test]
fn a_sensor_that_sees_less_than_its_weather_explains_leaves_the_state_unknown() {
    let model = flat();

    let assessment = assess(model, &conditions(model, Health::Obscured));

    let stretch = &assessment.stretches[11];
    assert_eq!(stretch.state, WatchState::Unknown);
    let obscured = Cause::Obscured { sensor: SensorId("tower".to_owned()) };
    assert_eq!(stretch.reasons[0].cause, obscured);
}

#[test]
fn a_sensor_that_says_it_may_not_be_relied_on_leaves_the_state_unknown() {
    let model = flat();

    let assessment = assess(model, &conditions(model, Health::Impaired));

    let stretch = &assessment.stretches[11];
    assert_eq!(stretch.state, WatchState::Unknown);
    assert!(stretch.probability < 0.5 && stretch.probability_high > 0.9);
    let impaired = Cause::Impaired { sensor: SensorId("tower".to_owned()) };
    assert_eq!(stretch.reasons[0].cause, impaired);
    assert!(matches!(stretch.repair, Some(Repair::RestoreSensor { .. })));
}

#[test]
fn a_sensor_that_is_not_believed_watches_nothing() {
    let model = flat();

    let assessment = assess(model, &conditions(model, Health::Quarantined));

    let stretch = &assessment.stretches[11];
    assert_eq!(stretch.state, WatchState::Blind);
    assert!(stretch.probability_high < 0.5);
    let quarantined = Cause::Quarantined { sensor: SensorId("tower".to_owned()) };
    assert_eq!(stretch.reasons[0].cause, quarantined);
    assert!(matches!(stretch.repair, Some(Repair::RestoreSensor { .. })));
}

#[test]
fn an_observer_who_never_came_is_nobody_assigned() {
    let model = &model(&[OBSERVER], |_, _| 100);

    let assessment = assess(model, &conditions(model, Health::NeverHeard));

    assert_eq!(assessment.stretches[11].reasons[0].cause, Cause::NobodyAssigned);
}

#[test]
fn heavy_dust_blinds_the_thermal_camera_and_says_so() {
    let model = flat();
    let mut conditions = conditions(model, Health::Working);
    conditions.weather = vec![dust(200.0)];

    let assessment = assess(model, &conditions);

    let last = assessment.stretches.last().unwrap();
    assert_eq!(last.state, WatchState::Blind);
    assert_eq!(last.reasons[0].cause, Cause::Dust);
    assert!(last.reasons[0].probability_without > 0.9);
    assert!(last.probability_high >= last.probability);
}

#[test]
fn weather_that_is_too_old_leaves_the_state_unknown() {
    let model = flat();
    let mut conditions = conditions(model, Health::Working);
    conditions.weather_stale = true;

    let assessment = assess(model, &conditions);

    assert!(assessment.stretches.iter().all(|stretch| stretch.state == WatchState::Unknown));
}

#[test]
fn a_patrol_that_watches_nothing_is_moved_to_the_gap() {
    // It stands behind the near edge; whoever moves it takes nothing from any stretch.
    let idle = OBSERVER.replace("at = [41.0305, 34.43]", "at = [41.0595, 34.43]");
    let model = &model(&[&idle], |_, _| 100);

    let assessment = assess(model, &conditions(model, Health::Working));

    let mut moves = 0;
    for stretch in &assessment.stretches {
        if let Some(Repair::MoveSensor { sensor, at, probability_with }) = &stretch.repair {
            assert_eq!(sensor.0, "observer");
            assert!(*probability_with > stretch.probability);
            // Just inside the line: no task leads across it.
            assert!(!model.sector().line.is_far(*at));
            moves += 1;
        }
    }
    assert!(moves >= 4, "{moves} stretches would be helped");
}

#[test]
fn a_patrol_that_holds_its_stretches_is_not_taken_from_them() {
    // It makes the middle of the line better than blind, and would leave it blind.
    let keen = OBSERVER.replace("revisit_s = 30", "revisit_s = 2");
    let model = &model(&[&keen], |_, _| 100);

    let assessment = assess(model, &conditions(model, Health::Working));

    assert!(assessment.stretches.iter().any(|stretch| stretch.state != WatchState::Blind));
    let moved = |repair: &Option<Repair>| matches!(repair, Some(Repair::MoveSensor { .. }));
    assert!(!assessment.stretches.iter().any(|stretch| moved(&stretch.repair)));
}

#[test]
fn a_ridge_before_the_line_is_named_as_terrain() {
    // A tower inside the near edge, and a wall 60 m high before it that hides the whole strip.
    let tower = TOWER.replace("at = [41.037, 34.43]", "at = [41.045, 34.43]");
    let model = &model(&[&tower], |_, col| if col == 155 { 160 } else { 100 });

    let assessment = assess(model, &conditions(model, Health::Working));

    let hidden = assessment.stretches.iter().find(|stretch| stretch.state != WatchState::Watched);
    let reason = &hidden.unwrap().reasons[0];
    assert_eq!(reason.cause, Cause::Terrain);
    assert!(reason.probability_without > 0.9, "{reason:?}");
}

#[test]
fn a_balloon_over_its_wind_limit_is_grounded_and_sees_nothing() {
    let model = &model(&[BALLOON], |_, _| 100);
    let mut conditions = conditions(model, Health::Working);
    let balloon = SensorId("balloon".to_owned());
    let before_line = model.sector().line.point_at(3_000.0);
    let calm = assess(model, &conditions);
    assert!(calm.p_look(model, &balloon, before_line, Mover::Walker) > 0.5);
    assert!(calm.grounded.is_empty());

    conditions.weather =
        vec![WeatherAt { wind_mps: 25.0, visibility_m: Some(9_000.0), dust: false, ..dust(0.0) }];
    let windy = assess(model, &conditions);

    assert_eq!(windy.grounded, std::slice::from_ref(&balloon));
    assert!(windy.p_look(model, &balloon, before_line, Mover::Walker) <= 0.0);
    assert!(windy.stretches.iter().all(|stretch| stretch.state == WatchState::Blind));
}

#[test]
fn a_balloon_in_the_clouds_sees_nothing_and_one_below_them_does() {
    let model = &model(&[BALLOON], |_, _| 100);
    let mut conditions = conditions(model, Health::Working);
    let at = |ceiling_m: f64| WeatherAt {
        ceiling_m: Some(ceiling_m),
        visibility_m: Some(20_000.0),
        dust: false,
        ..dust(0.0)
    };
    conditions.weather = vec![at(199.0)];
    let low = assess(model, &conditions);
    conditions.weather = vec![at(400.0)];
    let high = assess(model, &conditions);
    let hauled = MovedTo { point: model.sector().sensors[0].point, height_m: 120.0 };
    conditions.weather = vec![at(199.0)];
    conditions.sensors.values_mut().for_each(|sensor| sensor.moved_to = Some(hauled));
    let hauled_down = assess(model, &conditions);

    assert_eq!(low.grounded, [SensorId("balloon".to_owned())]);
    assert!(low.field().rates.iter().all(|rate| *rate == 0));
    assert!(high.grounded.is_empty());
    assert!(hauled_down.grounded.is_empty());
    assert!(hauled_down.field().rates.iter().any(|rate| *rate > 0));
}

#[test]
fn a_look_behind_the_camera_or_from_a_sensor_that_is_down_finds_nothing() {
    let model = flat();
    let assessment = assess(model, &conditions(model, Health::Working));
    let tower = SensorId("tower".to_owned());
    let before = model.sector().line.point_at(3_000.0);
    let behind = EnuPoint::new(2_000.0, 0.0);

    assert!(assessment.p_look(model, &tower, before, Mover::Walker) > 0.9);
    assert!(assessment.p_look(model, &tower, before, Mover::Vehicle) > 0.9);
    assert!(assessment.p_look(model, &tower, behind, Mover::Walker) <= 0.0);
    let down = assess(model, &conditions(model, Health::Down));
    assert!(down.p_look(model, &tower, before, Mover::Walker) <= 0.0);
    let nobody = SensorId("nobody".to_owned());
    assert!(assessment.p_look(model, &nobody, before, Mover::Walker) <= 0.0);
}

#[test]
fn the_rate_of_a_cell_is_that_of_the_range_law() {
    let model = flat();
    let assessment = assess(model, &conditions(model, Health::Working));
    let tower = SensorId("tower".to_owned());
    let at = model.sector().line.point_at(5_000.0);
    let cell = model.grid().cell_at(model.sector().frame.place(at)).unwrap();
    let (lon_deg, lat_deg) = model.grid().place_of(cell);
    let middle = model.sector().frame.point(Wgs84::new(lon_deg, lat_deg).unwrap());

    let p_look = assessment.p_look(model, &tower, middle, Mover::Walker);

    // 60 s between looks; a rate table's step of range is some 10 m.
    assert_relative_eq!(assessment.field().probability(cell, 60.0), p_look, max_relative = 0.02);
}

#[test]
fn the_same_conditions_give_the_same_digest_and_others_another() {
    let model = flat();
    let clear = conditions(model, Health::Working);
    let dusty = Conditions { weather: vec![dust(900.0)], ..clear.clone() };

    assert_eq!(assess(model, &clear).digest(), assess(&flat_anew(), &clear).digest());
    assert_ne!(assess(model, &clear).digest(), assess(model, &dusty).digest());
}

#[test]
fn a_sensor_on_a_void_is_a_fault_that_names_it() {
    let sector = sector(&[TOWER]);
    let mut grid = grid(|_, _| 100);
    let cell = grid.cell_at(sector.sensors[0].place).unwrap();
    grid.posts_m[cell.row * grid.width + cell.col] = crate::terrain::VOID;

    let faults = Model::build(sector, grid).unwrap_err();

    assert_eq!(faults[0].field, "sensor[0].at");
}

#[test]
fn a_balloon_that_sees_beyond_forty_kilometres_looks_along_geodesics() {
    let balloon = BALLOON.replace("range_max_m = 5000", "range_max_m = 60000");
    let sensor = &sector(&[&balloon]).sensors[0];
    let (side, step) = (1_201, 1.0 / 1_200.0);
    // Ridges and hollows everywhere, so that lines a cell apart see differently.
    let rough = |at: usize| i16::try_from((at * 7_919 + at / side * 104_729) % 400).unwrap();
    let wide = Grid {
        west_deg: 40.54,
        north_deg: 34.92,
        lon_step_deg: step,
        lat_step_deg: step,
        width: side,
        height: side,
        posts_m: (0..side * side).map(rough).collect(),
    };
    let stand = Stand {
        place: sensor.place,
        height_m: 200.0,
        target_height_m: 1.7,
        refraction: 1.0 / 7.0,
        ground: Ground::AsItIs,
    };
    let request = stand.request(&wide, sensor.range_max_m, Kernel::Exact);

    let reach = Reach::new(&wide, sensor, &stand);

    let (far, near) = (viewshed_far(&wide, &request), viewshed(&wide, &request));
    let cells = || (0..side * side).map(|at| Cell { row: at / side, col: at % side });
    assert!(cells().all(|cell| reach.holds(cell) == far.is_visible(cell)));
    assert!(cells().any(|cell| reach.holds(cell) != near.is_visible(cell)));
}

/// A mast 40 m from a summit of 20 m stands 10 m below it; a wall 16 m high hides what such a mast sees over from the summit.
#[test]
fn a_mast_beside_a_summit_sees_no_more_than_from_where_it_stands() {
    let step = 1.0 / 1_200.0;
    let summit = Cell { row: 20, col: 20 };
    let height = |row: usize, col: usize| match (row, col) {
        (20, 20) => 20,
        (_, 24) => 16,
        _ => 0,
    };
    let grid = Grid {
        west_deg: 41.0,
        north_deg: 34.5,
        lon_step_deg: step,
        lat_step_deg: step,
        width: 41,
        height: 41,
        posts_m: (0..41 * 41).map(|at| height(at / 41, at % 41)).collect(),
    };
    let tower = flat().sector().sensors[0].clone();
    let sensor = &Sensor { facing: None, field_rad: std::f64::consts::TAU, ..tower };
    let seen_from = |col: f64| {
        let place = Wgs84::new(grid.west_deg + col * step, grid.place_of(summit).1).unwrap();
        assert_eq!(grid.cell_at(place), Some(summit));
        let stand = Stand {
            place,
            height_m: 5.0,
            target_height_m: 1.0,
            refraction: 1.0 / 7.0,
            ground: Ground::AsItIs,
        };
        let reach = Reach::new(&grid, sensor, &stand);
        (25..41).filter(|col| reach.holds(Cell { row: 20, col: *col })).count()
    };

    assert!(seen_from(20.0) > 8);
    assert_eq!(seen_from(20.49), 0);
}

pub(in crate::coverage) const TOWER: &str = r#"
[[sensor]]
id = "tower"
name = { en = "Tower", ar = "برج" }
node_id = "00000000-0000-4000-8000-000000000001"
kind = "thermal-camera"
at = [41.037, 34.43]
height_m = 20
facing_deg = 270
field_deg = 190
range_max_m = 6000
revisit_s = 60
optics = { pixels_across = 640, pixels_down = 512, pitch_um = 12, focal_mm = 75 }
"#;

const BALLOON: &str = r#"
[[sensor]]
id = "balloon"
name = { en = "Balloon", ar = "منطاد" }
node_id = "00000000-0000-4000-8000-000000000002"
kind = "balloon"
at = [41.04, 34.42]
height_m = 200
range_max_m = 5000
revisit_s = 90
optics = { pixels_across = 640, pixels_down = 512, pitch_um = 12, focal_mm = 100 }
limits = { wind_mps = 20, visibility_m = 1500 }
"#;

const OBSERVER: &str = r#"
[[sensor]]
id = "observer"
name = { en = "Observer", ar = "مراقب" }
node_id = "00000000-0000-4000-8000-000000000003"
kind = "observer"
at = [41.0305, 34.43]
height_m = 2
range_max_m = 2400
revisit_s = 30
observer = { walker_half_range_m = 700 }
"#;

pub(crate) fn sector(sensors: &[&str]) -> Sector {
    let toml = format!("{HEAD}{}", sensors.concat());
    parse(&toml, &|_| Ok(LINE.as_bytes().to_vec())).unwrap()
}

pub(crate) fn grid(height_m: impl Fn(usize, usize) -> i16) -> Grid {
    let (width, height) = (220, 220);
    let step = 1.0 / 3_600.0;
    Grid {
        west_deg: 41.0,
        north_deg: 34.46,
        lon_step_deg: step,
        lat_step_deg: step,
        width,
        height,
        posts_m: (0..width * height).map(|at| height_m(at / width, at % width)).collect(),
    }
}

pub(crate) fn model(sensors: &[&str], height_m: impl Fn(usize, usize) -> i16) -> Model {
    Model::build(sector(sensors), grid(height_m)).unwrap()
}

fn flat() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(flat_anew)
}

fn flat_anew() -> Model {
    model(&[TOWER], |_, _| 100)
}

pub(crate) fn conditions(model: &Model, health: Health) -> Conditions {
    let each = model.sector().sensors.iter();
    Conditions {
        mover: Mover::Walker,
        light: Light::Day,
        weather: Vec::new(),
        weather_stale: false,
        sensors: each
            .map(|sensor| (sensor.id.clone(), SensorCondition { health, moved_to: None }))
            .collect(),
        views: BTreeMap::new(),
    }
}

pub(crate) fn dust(visibility_m: f64) -> WeatherAt {
    dust_at(0.0, visibility_m)
}

fn dust_at(north_m: f64, visibility_m: f64) -> WeatherAt {
    WeatherAt {
        point: EnuPoint::new(0.0, north_m),
        visibility_m: Some(visibility_m),
        wind_mps: 8.0,
        ceiling_m: None,
        dust: true,
    }
}

#[test]
fn ground_on_which_nobody_looks_has_no_rate() {
    let model = flat();
    let assessment = assess(model, &conditions(model, Health::Working));

    assert!(assessment.field().probability(Cell { row: 110, col: 219 }, 3_600.0) <= 0.0);
}
