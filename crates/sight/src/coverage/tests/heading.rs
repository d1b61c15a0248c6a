//! What is promised of a radar depends on how the way leads past it.

use approx::assert_relative_eq;

use super::*;
use crate::coverage::air::Air;
use crate::coverage::heading::Leg;
use crate::coverage::live::is_relied_on;
use crate::coverage::scene::{Assumed, Scene, Views};

pub(super) const RADAR: &str = r#"
[[sensor]]
id = "radar"
name = { en = "Radar", ar = "رادار" }
node_id = "00000000-0000-4000-8000-000000000004"
kind = "radar"
at = [41.032, 34.43]
height_m = 20
range_max_m = 4000
revisit_s = 10
radar = { walker_half_range_m = 3000, notch_mps = 0.3, range_sigma_m = 8, azimuth_sigma_deg = 0.5 }
"#;

fn radar(notch_mps: f64) -> String {
    RADAR.replace("notch_mps = 0.3", &format!("notch_mps = {notch_mps:?}"))
}

fn watched() -> (Model, Conditions) {
    watched_with(0.3)
}

fn watched_with(notch_mps: f64) -> (Model, Conditions) {
    let model = model(&[&radar(notch_mps)], |_, _| 100);
    let conditions = conditions(&model, Health::Working);
    (model, conditions)
}

/// A way about the radar at so many metres, from an azimuth to another, at a walker's 0.84 m/s.
fn way(model: &Model, points: impl Iterator<Item = (f64, f64)>) -> Vec<Waypoint> {
    let radar = model.sector().sensors[0].point;
    let mut way: Vec<Waypoint> = Vec::new();
    for (range_m, azimuth_deg) in points {
        let azimuth = f64::to_radians(azimuth_deg);
        let point = EnuPoint::new(
            radar.east_m + range_m * libm::sin(azimuth),
            radar.north_m + range_m * libm::cos(azimuth),
        );
        let at_s = way.last().map_or(0.0, |last| last.at_s + last.point.distance_m(point) / 0.84);
        way.push(Waypoint { point, at_s, detected: 0.0 });
    }
    way
}

#[test]
fn who_walks_round_a_radar_is_never_found_and_who_walks_up_to_it_is() {
    let (model, conditions) = watched();
    let round = way(&model, (0..20).map(|step| (900.0, 230.0 + 4.0 * f64::from(step))));
    let towards = way(&model, (0..14).map(|step| (1_200.0 - 80.0 * f64::from(step), 270.0)));

    let promises = promises_along(&model, &conditions, &[&round, &towards]);

    assert!(promises[0].low <= 0.0 && promises[0].high > 0.999, "{promises:?}");
    assert!(promises[1].low > 0.999, "{promises:?}");
}

/// 0.85 of 0.84 m/s are 0.714 m/s; 0.3 of them is the sine of 24.8 degrees off the tangent.
#[test]
fn the_notch_ends_where_a_slow_walker_comes_nearer_fast_enough() {
    let (model, conditions) = watched();
    let scene = Scene::new(&model, &conditions);
    let working = [true];
    let air = Air::clear(&model.sector().settings);
    let sums = scene.sums(&Assumed {
        air: &air,
        ground: Ground::AsItIs,
        working: &working,
        views: Views::AsTold,
    });
    let beams = scene.beams(&working, Ground::AsItIs, Views::AsTold);
    let beams: Vec<_> = beams.iter().collect();
    let radar = model.sector().sensors[0].point;
    let middle = EnuPoint::new(radar.east_m - 1_000.0, radar.north_m);
    let node = model.node_at(middle).unwrap();
    let hazard = |off_tangent_deg: f64, speed_mps: f64| {
        let off = off_tangent_deg.to_radians();
        let (east_m, north_m) = (40.0 * libm::sin(off), 40.0 * libm::cos(off));
        let leg = Leg {
            from: EnuPoint::new(middle.east_m - east_m, middle.north_m - north_m),
            to: EnuPoint::new(middle.east_m + east_m, middle.north_m + north_m),
            takes_s: 80.0 / speed_mps,
        };
        scene.hazard_without(&scene.hidden_from(&leg, &beams), (node, sums[node as usize]))
    };

    assert_eq!(hazard(24.0, 0.84), Some(0));
    // Where nothing is lost the hazard is what it is over all headings.
    assert_eq!(hazard(26.0, 0.84), None);
    assert_eq!(hazard(90.0, 0.84), None);
    // Loaded uphill nobody clears it in any direction.
    assert_eq!(hazard(90.0, 0.35), Some(0));
}

#[test]
fn without_a_notch_or_a_radar_headings_change_nothing() {
    let no_notch = radar(0.0);
    for sensors in [&[TOWER][..], &[&no_notch], &[TOWER, BALLOON, &no_notch]] {
        let model = model(sensors, |_, _| 100);
        let conditions =
            Conditions { weather: vec![dust(900.0)], ..conditions(&model, Health::Working) };
        let scene = Scene::new(&model, &conditions);
        let air = worse_air(&model, &conditions);
        let working = scene.working(is_relied_on);
        let sums = scene.sums(&Assumed {
            air: &air,
            ground: Ground::AsItIs,
            working: &working,
            views: Views::AsTold,
        });
        let plain = scene.crossings(&scene.fields(&sums));

        let told = assess(&model, &conditions).stretches;

        for (told, plain) in told.iter().zip(plain) {
            assert_relative_eq!(
                told.probability,
                plain.unwrap().probability(),
                max_relative = 1e-5
            );
        }
    }
}

#[test]
fn stretches_that_lie_beside_a_radar_are_promised_less_than_those_before_it() {
    // Within 57 degrees of the tangent a slow walker hides in it.
    let (model, conditions) = watched_with(0.6);
    let scene = Scene::new(&model, &conditions);
    let air = worse_air(&model, &conditions);
    let sums = scene.sums(&Assumed {
        air: &air,
        ground: Ground::AsItIs,
        working: &[true],
        views: Views::AsTold,
    });
    let plain = scene.crossings(&scene.fields(&sums));

    let told = assess(&model, &conditions).stretches;

    let mut less = 0;
    for (told, plain) in told.iter().zip(plain) {
        let plain = plain.unwrap().probability();
        assert!(told.probability <= plain, "{} {plain}", told.probability);
        less += usize::from(told.probability < 0.9 * plain);
    }
    assert!(less > 0 && less < told.len(), "{less} of {}", told.len());
}

#[test]
fn a_camera_far_away_is_no_reason_for_what_a_radar_cannot_see() {
    let far = TOWER.replace("41.037, 34.43", "41.055, 34.402").replace("6000", "900");
    let model = model(&[&radar(0.6), &far], |_, _| 100);
    let mut conditions = conditions(&model, Health::Working);
    let tower = SensorId("tower".to_owned());
    conditions.sensors.get_mut(&tower).unwrap().health = Health::Down;

    let told = assess(&model, &conditions).stretches;

    let weak: Vec<_> = told.iter().filter(|each| each.state != WatchState::Watched).collect();
    assert!(!weak.is_empty());
    for stretch in weak {
        for reason in &stretch.reasons {
            let gains = reason.probability_without > stretch.probability + 0.01;
            let blames = reason.cause == Cause::Outage { sensor: tower.clone() };
            assert!(!(gains && blames), "{stretch:?}");
        }
    }
}
