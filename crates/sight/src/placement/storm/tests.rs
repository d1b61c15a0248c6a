//! Moves over small made-up ground, checked against what must be so.

use approx::assert_relative_eq;

use super::*;
use crate::coverage::WeatherAt;
use crate::coverage::tests::{conditions, model};

const PATROL: &str = r#"
[[sensor]]
id = "patrol"
name = { en = "Patrol", ar = "دورية" }
node_id = "00000000-0000-4000-8000-000000000001"
kind = "observer"
at = [41.058, 34.43]
height_m = 2.5
range_max_m = 2400
revisit_s = 30
observer = { walker_half_range_m = 700 }
"#;

#[test]
fn a_patrol_that_watches_nothing_is_worth_moving_and_travel_time_is_paid_for() {
    let model = &model(&[PATROL], |_, _| 100);

    let hour = buy_back(model, &ask(model, 3_600.0));
    let quarter = buy_back(model, &ask(model, 900.0));

    let best = &hour.moves[0];
    assert!(matches!(&best.who, Who::Sensor { sensor } if sensor.0 == "patrol"), "{best:?}");
    assert!(!model.sector().line.is_far(best.to), "nobody is sent over the line");
    assert!(best.lowered.is_empty() && !best.raised.is_empty());
    let stretches = &model.sector().stretches;
    let gained_km: f64 = (0..stretches.len())
        .filter_map(|at| best.raised.iter().find(|change| change.stretch == stretches[at].id))
        .map(|change| (change.with - change.without) * 0.25)
        .sum();
    let there_h = (3_600.0 - best.travel_s) / 3_600.0;
    assert!(best.travel_s > 100.0, "{}", best.travel_s);
    assert_relative_eq!(best.bought_kmh, gained_km * there_h, max_relative = 0.1);
    assert!(quarter.moves.iter().all(|short| short.bought_kmh < best.bought_kmh / 3.0));
}

#[test]
fn a_unit_without_a_task_may_be_posted_and_leaves_nothing_behind() {
    let model = &model(&[], |_, _| 100);
    let point = model.sector().line.point_at(2_000.0);
    let unit = Starter {
        unit: UnitId("foot-1".to_owned()),
        mobility: Mobility::Foot,
        point: EnuPoint::new(point.east_m + 900.0, point.north_m),
    };

    let answer = buy_back(model, &StormAsk { units: vec![unit], ..ask(model, 3_600.0) });

    assert!(matches!(&answer.moves[0].who, Who::Unit { unit } if unit.0 == "foot-1"));
    assert!(answer.moves[0].lowered.is_empty());
    assert_relative_eq!(answer.unwatched_km, answer.line_km);
    assert!(answer.moves.windows(2).all(|pair| pair[0].bought_kmh >= pair[1].bought_kmh));
}

#[test]
fn a_drone_that_the_storm_keeps_down_is_not_proposed() {
    let drone = r#"
[[sensor]]
id = "drone"
name = { en = "Drone", ar = "طائرة" }
node_id = "00000000-0000-4000-8000-000000000002"
kind = "drone"
at = [41.05, 34.43]
height_m = 120
range_max_m = 3500
revisit_s = 40
optics = { pixels_across = 640, pixels_down = 512, pitch_um = 12, focal_mm = 35 }
limits = { wind_mps = 12, visibility_m = 2000 }
"#;
    let model = &model(&[drone], |_, _| 100);
    let mut stormy = ask(model, 3_600.0);
    stormy.conditions.weather = vec![WeatherAt {
        point: EnuPoint::new(0.0, 0.0),
        visibility_m: Some(800.0),
        wind_mps: 14.0,
        ceiling_m: None,
        dust: true,
    }];

    let answer = buy_back(model, &stormy);

    assert_eq!((answer.movers, answer.moves.len()), (0, 0));
    assert!(answer.places > 0);
}

fn ask(model: &Model, horizon_s: f64) -> StormAsk {
    StormAsk {
        conditions: conditions(model, Health::Working),
        units: Vec::new(),
        horizon_s,
        drone_mps: 15.0,
    }
}
