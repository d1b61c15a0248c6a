//! Chances kept, luck that lasts, errors as large as they are said to be.

use std::sync::Arc;

use approx::assert_relative_eq;

use super::*;
use crate::chance::Purpose;
use crate::fixture;
use crate::mover;
use crate::scenario;

/// A still, flat night with a person who sits in the open at a range from an eye.
struct Range {
    ground: Ground,
    weather: Weather,
    night: Night,
    movers: Vec<Mover>,
}

impl Range {
    /// `beyond_m` west of the line at km 2.5, abreast of the first tower.
    fn new(beyond_m: f64, seed: u64) -> Self {
        let ground = fixture::ground(|_, _| 200.0);
        let scenario = fixture::scenario(&format!(
            r#"
            [[mover]]
            name = "target"
            kind = "walker"
            from = {{ km = 2.5, beyond_m = {beyond_m} }}
            to = {{ km = 2.5, beyond_m = {} }}
            then = "sits"
            "#,
            beyond_m + 1.0
        ));
        let weather = Weather::new(&scenario, &ground).unwrap();
        let settings = &ground.sector().settings;
        let night = Night::draw(settings, &mut Chance::new(seed, Purpose::Night));
        let movers = mover::all(&scenario, &ground, seed).unwrap();
        Self { ground, weather, night, movers }
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            ground: &self.ground,
            weather: &self.weather,
            night: &self.night,
            movers: &self.movers,
        }
    }
}

/// An eye that stares at all of its field at once.
fn eye(sensor: &Sensor, seed: u64) -> Eye {
    let quiet = scenario::Nuisance { camera_per_h: 0.0, radar_per_h: 0.0, ground_per_h: 0.0 };
    let mut eye = Eye::new(
        sensor.clone(),
        Nuisance::of(sensor, &quiet),
        Chance::new(seed, Purpose::Sensor(0)),
    );
    eye.sweep = Sweep::staring(sensor);
    eye
}

/// What one look of the eye intends for the only body.
fn intended(eye: &mut Eye, scene: &Scene<'_>, at_ms: i64) -> f64 {
    let place = eye.perch.place(scene, seconds(at_ms)).unwrap();
    let glance = Glance::new(scene, &eye.sensor, (place, eye.sweep.turn()), at_ms);
    glance.candidates(&eye.sensor, &scene.movers[0])[0].probability
}

#[test]
fn over_many_looks_the_hit_rate_is_the_intended_chance_and_misses_come_in_runs() {
    let range = Range::new(3_500.0, 3);
    let sensor = &fixture::sector().sensors[0];
    let mut eye = eye(sensor, 11);
    let wanted = intended(&mut eye, &range.scene(), 100_000);
    assert!((0.3..0.8).contains(&wanted), "{wanted} tells nothing");

    let looks = 40_000;
    let hits: Vec<bool> = (0..looks)
        .map(|look| !eye.look(&range.scene(), 100_000 + look * 8_000).is_empty())
        .collect();

    let rate = hits.iter().filter(|hit| **hit).count() as f64 / hits.len() as f64;
    // Neighbouring looks share luck: variance grows by (1 + a) / (1 - a) with a = e^(-8/25).
    let inflation = (1.0 + 0.726) / (1.0 - 0.726);
    let sigma = (wanted * (1.0 - wanted) / looks as f64 * inflation).sqrt();
    assert!((rate - wanted).abs() < 4.0 * sigma, "{rate} against {wanted} +- {sigma}");

    let agreement = |lag: usize| {
        let pairs = hits.iter().zip(&hits[lag..]);
        let same: Vec<f64> = pairs
            .map(|(a, b)| (f64::from(u8::from(*a)) - rate) * (f64::from(u8::from(*b)) - rate))
            .collect();
        same.iter().sum::<f64>() / same.len() as f64 / (rate * (1.0 - rate))
    };
    assert!(agreement(1) > 0.2, "looks 8 s apart share luck: {}", agreement(1));
    assert!(agreement(30).abs() < 0.05, "looks 4 min apart do not: {}", agreement(30));
}

#[test]
fn errors_of_bearing_are_as_large_as_they_are_said_to_be() {
    let range = Range::new(1_500.0, 3);
    let sensor = &fixture::sector().sensors[0];
    let (mut sum2, mut count) = (0.0, 0.0);
    for camera in 0..400 {
        let mut eye = eye(sensor, camera);
        let truth = sensor.point.azimuth_to(range.movers[0].at(100.0).unwrap().point).radians();
        for sighting in eye.look(&range.scene(), 100_000) {
            let Fix::Bearing { azimuth_rad, azimuth_sigma_rad, .. } = sighting.fix else {
                panic!("a camera gives bearings")
            };
            sum2 += ((azimuth_rad - truth) / azimuth_sigma_rad).powi(2);
            count += 1.0;
        }
    }
    assert!(count > 350.0);
    assert_relative_eq!(sum2 / count, 1.0, epsilon = 4.0 * (2.0_f64 / count).sqrt());
}

#[test]
fn a_radar_never_reports_who_sits_still() {
    let range = Range::new(1_500.0, 3);
    let mut eye = eye(&fixture::sector().sensors[1], 1);

    assert!((0..500).all(|look| eye.look(&range.scene(), 100_000 + look * 3_000).is_empty()));
}

#[test]
fn a_camera_does_not_see_behind_itself() {
    let mut sensor = fixture::sector().sensors[0].clone();
    sensor.facing = Some(sight::geo::Azimuth::from_degrees(90.0));
    let range = Range::new(1_000.0, 3);

    assert!(eye(&sensor, 1).look(&range.scene(), 100_000).is_empty());
}

#[test]
fn false_alarms_come_at_their_rate() {
    let range = Range::new(1_500.0, 3);
    let scene = Scene { movers: &[], ..range.scene() };
    let sensor = &fixture::sector().sensors[1];
    let rates = scenario::Nuisance { camera_per_h: 0.0, radar_per_h: 8.0, ground_per_h: 0.0 };
    let mut eye =
        Eye::new(sensor.clone(), Nuisance::of(sensor, &rates), Chance::new(5, Purpose::Sensor(0)));
    let hours = 200;

    let alarms: usize = (0..hours * 1_200).map(|look| eye.look(&scene, look * 3_000).len()).sum();

    // Light wind of 3 m/s adds a ninth.
    let expected = 8.0 * hours as f64 * (1.0 + 1.0 / 9.0);
    assert!((alarms as f64 - expected).abs() < 4.0 * expected.sqrt(), "{alarms} for {expected}");
}

#[test]
fn what_is_called_a_class_with_a_confidence_is_it_that_often() {
    let mut chance = Chance::new(1, Purpose::Night);
    let (mut right, mut said) = (0.0, 0.0);
    let truths = [Label::Person, Label::Group, Label::Vehicle, Label::Animal, Label::Unknown];
    for _ in 0..20_000 {
        // Truth drawn as the sensor expects it.
        let declared = Opinion::of_nothing(&mut chance);
        let truth = declared.0.first().map_or(Label::Unknown, |best| best.0);
        let opinion = Opinion::about(truth, 0.6, &mut chance);
        let (best, confidence) = opinion.0[0];
        assert!(truths.contains(&best));
        right += f64::from(u8::from(best == truth));
        said += confidence;
    }
    assert_relative_eq!(right / 20_000.0, said / 20_000.0, epsilon = 0.05);
}

#[test]
fn the_same_object_keeps_its_name_and_a_new_one_gets_a_new_name() {
    let range = Range::new(1_500.0, 3);
    let mut eye = eye(&fixture::sector().sensors[0], 1);
    let mut names = Vec::new();
    for at_ms in [100_000, 108_000, 116_000, 400_000] {
        names.extend(eye.look(&range.scene(), at_ms).first().map(|first| first.object));
    }

    assert_eq!(names.len(), 4, "a person at 1.5 km is seen every time with this seed");
    assert_eq!(names[0], names[1]);
    assert_eq!(names[0], names[2]);
    assert_ne!(names[0], names[3]);
}

#[test]
fn a_hill_hides_a_walker_from_a_camera_but_not_from_a_ground_sensor() {
    let sector = Arc::new(fixture::sector());
    let ridge =
        |east_m: f64, _: f64| if (-700.0..-500.0).contains(&east_m) { 300.0 } else { 200.0 };
    let mut range = Range::new(1_500.0, 3);
    range.ground = Ground::new(sector, Arc::new(fixture::grid(ridge)));
    let sensors = fixture::sector().sensors;

    assert!(eye(&sensors[0], 1).look(&range.scene(), 100_000).is_empty());
    let point = range.movers[0].at(100.0).unwrap().point;
    let mut near = sensors[5].clone();
    near.point = EnuPoint::new(point.east_m + 20.0, point.north_m);
    let place = perch::Place { stand: range.ground.stand(near.point).unwrap(), height_m: 0.1 };
    let scene = range.scene();
    let glance = Glance::new(&scene, &near, (place, Sweep::staring(&near).turn()), 100_000);
    let mut figure = range.movers[0].figures(100.0).next().unwrap();
    assert!(glance.candidate(&near, figure).unwrap().probability < 1e-9, "it sits still");
    figure.motion.velocity_mps = Vector2::new(1.0, 0.0);
    assert!(glance.candidate(&near, figure).unwrap().probability > 0.8);
}
