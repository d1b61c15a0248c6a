//! Things that are seen in a direction only.

use nalgebra::{Matrix4, Vector2, Vector4};

use super::properties::Dice;
use super::*;

const SIGMA_RAD: f64 = 0.002;
const WEST: EnuPoint = EnuPoint { east_m: -4_000.0, north_m: -3_000.0 };
const EAST: EnuPoint = EnuPoint { east_m: 4_000.0, north_m: -3_000.0 };

fn wide() -> TrackerConfig {
    let area = Area {
        south_west: EnuPoint::new(-10_000.0, -10_000.0),
        north_east: EnuPoint::new(10_000.0, 10_000.0),
    };
    TrackerConfig {
        speed_sigma_mps: 2.0,
        acceleration_m2ps3: 0.02,
        ..TrackerConfig::for_area(area)
    }
}

/// What one camera sees of things at places, with its error.
fn look(sensor: &str, at_s: f64, origin: EnuPoint, places: &[EnuPoint], dice: &mut Dice) -> Scan {
    let measurement = |(id, place): (u64, &EnuPoint)| Measurement {
        id,
        sighting: Sighting::Bearing {
            origin,
            azimuth: Azimuth::from_radians(
                origin.azimuth_to(*place).radians() + SIGMA_RAD * dice.normal(),
            ),
            sigma_rad: SIGMA_RAD,
        },
        classes: ClassWeights::uniform(),
        aloft: None,
    };
    let measurements = (0..).zip(places).map(measurement).collect();
    Scan {
        sensor: SensorId(sensor.to_owned()),
        at: Timestamp::UNIX_EPOCH + SignedDuration::from_millis(milli(at_s)),
        clutter: Clutter { per_m2: 1e-8, per_rad: 0.01 },
        sees: Footprint::Disc { centre: origin, radius_m: 12_000.0 },
        ..scan("", 0, measurements)
    }
}

fn milli(at_s: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a test's few seconds")]
    let milli = (at_s * 1_000.0) as i64;
    milli
}

/// Squared error of a track in its own covariance.
fn nees(track: &TrackEstimate, place: EnuPoint, velocity: Vector2<f64>) -> f64 {
    let truth = Vector4::new(place.east_m, velocity.x, place.north_m, velocity.y);
    let off = track.mean - truth;
    let inverse: Matrix4<f64> = track.covariance.try_inverse().unwrap();
    off.dot(&(inverse * off))
}

#[test]
fn one_camera_starts_a_direction_and_no_track() {
    let mut tracker = Tracker::new(wide()).unwrap();
    let (place, mut dice) = (EnuPoint::new(500.0, 2_000.0), Dice(7));

    for second in 0..30 {
        observe(&mut tracker, &look("west", f64::from(second), WEST, &[place], &mut dice));
    }

    assert_eq!(tracker.held(), 0);
    let directions: Vec<_> = tracker.directions().collect();
    let [direction] = directions.as_slice() else { panic!("{} directions", directions.len()) };
    assert!(direction.existence > 0.95, "{direction:?}");
    assert!(direction.azimuth.minus(WEST.azimuth_to(place)).abs() < 2.0 * SIGMA_RAD);
    let range_m = WEST.distance_m(place);
    assert!(direction.ranges_m[0] < range_m && range_m < direction.ranges_m[1], "{direction:?}");
    assert!(direction.ranges_m[1] > 2.0 * direction.ranges_m[0], "the range stays open");
    assert_eq!(direction.seen_by.len(), 1);
}

#[test]
fn a_direction_that_is_looked_at_in_vain_ends() {
    let mut tracker = Tracker::new(wide()).unwrap();
    let (place, mut dice) = (EnuPoint::new(500.0, 2_000.0), Dice(7));
    observe(&mut tracker, &look("west", 0.0, WEST, &[place], &mut dice));
    assert_eq!(tracker.directions().count(), 1);

    for second in 1..8 {
        observe(&mut tracker, &look("west", f64::from(second), WEST, &[], &mut dice));
    }

    assert_eq!(tracker.directions().count(), 0);
}

#[test]
fn two_cameras_make_a_track_where_their_lines_cross_that_knows_how_well_it_knows() {
    let velocity = Vector2::new(1.0, -0.7);
    let (mut sum, mut runs) = (0.0, 0.0);
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let mut tracker = Tracker::new(wide()).unwrap();
        let start = EnuPoint::new(dice.between(-2_500.0, 2_500.0), dice.between(0.0, 4_000.0));
        let place = |at_s: f64| {
            EnuPoint::new(start.east_m + velocity.x * at_s, start.north_m + velocity.y * at_s)
        };
        for second in 0..12 {
            let at_s = f64::from(second);
            observe(&mut tracker, &look("west", at_s, WEST, &[place(at_s)], &mut dice));
            let later_s = at_s + 0.5;
            observe(&mut tracker, &look("east", later_s, EAST, &[place(later_s)], &mut dice));
        }

        let tracks: Vec<_> = tracker.tracks().collect();

        let [track] = tracks.as_slice() else { panic!("{} tracks of seed {seed}", tracks.len()) };
        assert!(track.point().distance_m(place(11.5)) < 40.0, "{track:?}");
        assert_eq!(track.seen_by.len(), 2);
        assert!(track.lineage.0.len() > 10, "the bank's past is the track's");
        assert_eq!(tracker.directions().count(), 0);
        sum += nees(track, place(11.5), velocity);
        runs += 1.0;
    }
    // Four degrees of freedom, 60 runs: 95 % of the means lie in 3.3..4.75; the true process moves evenly,
    // which the filter does not know, so it may be a little too careful.
    let mean = sum / runs;
    assert!(mean > 2.2 && mean < 4.75, "{mean}");
}

#[test]
fn where_lines_cross_and_nobody_is_nothing_stays() {
    let starts = [EnuPoint::new(-1_200.0, 1_500.0), EnuPoint::new(1_400.0, 2_600.0)];
    let velocities = [Vector2::new(1.4, 0.6), Vector2::new(-1.1, -1.2)];
    let mut dice = Dice(3);
    let mut tracker = Tracker::new(wide()).unwrap();
    let places = |at_s: f64| -> Vec<EnuPoint> {
        let moved = |(start, v): (&EnuPoint, &Vector2<f64>)| {
            EnuPoint::new(start.east_m + v.x * at_s, start.north_m + v.y * at_s)
        };
        starts.iter().zip(&velocities).map(moved).collect()
    };
    for second in 0..120 {
        let at_s = f64::from(second);
        observe(&mut tracker, &look("west", at_s, WEST, &places(at_s), &mut dice));
        observe(&mut tracker, &look("east", at_s + 0.5, EAST, &places(at_s + 0.5), &mut dice));
    }

    let tracks: Vec<_> = tracker.tracks().collect();

    let truth = places(119.5);
    assert_eq!(tracks.len(), 2, "{tracks:#?}");
    for place in &truth {
        assert!(tracks.iter().any(|track| track.point().distance_m(*place) < 60.0), "{tracks:#?}");
    }
}

#[test]
fn a_radar_s_hit_gives_a_direction_its_range() {
    let mut tracker = Tracker::new(wide()).unwrap();
    let (place, mut dice) = (EnuPoint::new(500.0, 2_000.0), Dice(7));
    for second in 0..5 {
        observe(&mut tracker, &look("west", f64::from(second), WEST, &[place], &mut dice));
    }

    observe(&mut tracker, &radar(5, &[place]));
    observe(&mut tracker, &radar(6, &[place]));

    let tracks: Vec<_> = tracker.tracks().collect();
    let [track] = tracks.as_slice() else { panic!("{} tracks", tracks.len()) };
    assert!(track.existence > 0.9, "what the camera saw counts: {}", track.existence);
    assert_eq!(track.seen_by.len(), 2);
}

#[test]
fn clutter_in_all_directions_fills_no_more_banks_than_there_may_be() {
    let banks = Banks { most: 20, ..Banks::default() };
    let mut tracker = Tracker::new(TrackerConfig { banks, ..wide() }).unwrap();
    let mut dice = Dice(9);
    let mut dropped = 0;
    for second in 0..40 {
        let places: Vec<EnuPoint> = (0..30)
            .map(|_| {
                let ahead = Azimuth::from_degrees(dice.between(0.0, 360.0)).unit();
                EnuPoint::new(WEST.east_m + ahead.x, WEST.north_m + ahead.y)
            })
            .collect();
        let mut seen = look("west", f64::from(second), WEST, &places, &mut dice);
        seen.clutter.per_rad = 30.0 / std::f64::consts::TAU;
        let observed = observe(&mut tracker, &seen);
        dropped += observed.dropped.banks;
        assert!(tracker.directions().count() <= 20);
    }

    assert!(dropped > 0, "and what was dropped is counted");
    assert_eq!(tracker.tracks().count(), 0);
}

#[test]
fn a_line_of_sight_to_the_ground_becomes_a_track_when_the_camera_comes_nearer() {
    // A drone 100 m up flies towards somebody: far off, two milliradians leave the range open.
    let relief = Relief::new(|_| Some(200.0));
    let mut tracker = Tracker::new(TrackerConfig { relief: Some(relief), ..wide() }).unwrap();
    let place = EnuPoint::new(0.0, 6_000.0);
    let mut dice = Dice(5);
    let mut known_at = None;
    for second in 0..140 {
        let origin = EnuPoint::new(0.0, 40.0 * f64::from(second));
        let down_rad = sight::geo::elevation_rad(origin.distance_m(place), 300.0, 200.0, 0.0);
        let mut seen = look("drone", f64::from(second), origin, &[place], &mut dice);
        let Sighting::Bearing { azimuth, .. } = seen.measurements[0].sighting else { panic!() };
        seen.measurements[0].sighting = Sighting::Sightline {
            origin,
            height_m: 300.0,
            azimuth,
            azimuth_sigma_rad: SIGMA_RAD,
            elevation_rad: down_rad + SIGMA_RAD * dice.normal(),
            elevation_sigma_rad: SIGMA_RAD,
            refraction: 0.0,
        };
        observe(&mut tracker, &seen);
        if known_at.is_none() && tracker.tracks().count() > 0 {
            known_at = Some(origin.distance_m(place));
        }
    }

    let known_at_m = known_at.unwrap();
    assert!(known_at_m > 500.0 && known_at_m < 6_000.0, "{known_at_m}");
    let track = tracker.tracks().next().unwrap();
    assert!(track.point().distance_m(place) < 30.0, "{track:?}");
}

#[test]
fn an_elevation_sharpens_the_range_of_a_track() {
    let relief = Relief::new(|_| Some(200.0));
    let config = TrackerConfig { relief: Some(relief), ..wide() };
    let mut tracker = Tracker::new(config).unwrap();
    let place = EnuPoint::new(0.0, 2_000.0);
    let spread = Matrix4::from_diagonal(&Vector4::new(1e4, 1.0, 1e4, 1.0));
    tracker.place_known(at(0), Vector4::new(0.0, 0.0, 2_000.0, 0.0), spread);
    let down_rad = sight::geo::elevation_rad(2_000.0, 300.0, 200.0, 0.0);
    let mut seen = look("tower", 1.0, EnuPoint::new(0.0, 0.0), &[place], &mut Dice(1));
    seen.measurements[0].sighting = Sighting::Sightline {
        origin: EnuPoint::new(0.0, 0.0),
        height_m: 300.0,
        azimuth: Azimuth::from_degrees(0.0),
        azimuth_sigma_rad: 0.001,
        elevation_rad: down_rad,
        elevation_sigma_rad: 0.001,
        refraction: 0.0,
    };

    observe(&mut tracker, &seen);

    // Range sigma: range² / height * sigma = 40 m; the ground's own 3 m add 60 m: 72 m of 100 m before.
    let sigma_m = tracker.tracks().next().unwrap().covariance.m33.sqrt();
    assert!((sigma_m - 58.5).abs() < 2.0, "{sigma_m}");
}

#[test]
fn a_radar_s_radial_speed_is_known_at_the_first_look() {
    let mut tracker = Tracker::new(wide()).unwrap();
    let origin = EnuPoint::new(0.0, -5_000.0);
    let place = EnuPoint::new(0.0, 0.0);
    let mut seen = radar(0, &[place]);
    seen.measurements[0].sighting = Sighting::Doppler {
        origin,
        range_m: 5_000.0,
        range_sigma_m: 10.0,
        azimuth: origin.azimuth_to(place),
        azimuth_sigma_rad: 0.005,
        radial_mps: -1.4,
        radial_sigma_mps: 0.1,
    };
    let sure = TrackerConfig { expected_per_m2: 1.0, ..wide() };
    let mut sure = Tracker::new(sure).unwrap();

    observe(&mut tracker, &seen);
    observe(&mut sure, &seen);

    let track = sure.tracks().next().unwrap();
    assert!((track.mean.w + 1.4).abs() < 0.02, "{}", track.mean.w);
    assert!(track.covariance.m44 < 0.011);
    assert!(track.covariance.m22 > 3.9, "across, nothing is known");
}

#[test]
fn who_walks_across_a_radar_s_sight_is_not_missed_by_it() {
    let origin = EnuPoint::new(0.0, -5_000.0);
    let counted = ClassWeights::uniform().map(|_| 0.7);
    let notch = Some(Notch { origin, speed_mps: 0.5, counted });
    let existence = |east_mps: f64, north_mps: f64| {
        let mut tracker = Tracker::new(wide()).unwrap();
        let spread = Matrix4::from_diagonal(&Vector4::new(100.0, 0.01, 100.0, 0.01));
        tracker.place_known(at(0), Vector4::new(0.0, east_mps, 0.0, north_mps), spread);
        for look in 1..8 {
            // So soon after each other that nobody turns between them.
            let at = at(0) + SignedDuration::from_millis(50 * look);
            let scan = Scan { at, notch, ..radar(0, &[]) };
            tracker.observe(&scan, &|_, _, _| 0.7 * 0.9).unwrap();
        }
        tracker.filter.bernoullis().first().map_or(0.0, |thing| thing.belief.existence)
    };

    let (across, away) = (existence(1.4, 0.0), existence(0.0, 1.4));
    assert!(across > 0.8, "{across}");
    assert!(away < 0.05, "{away}");
}

/// A drone that is off by the same all the time, its noise small against that.
fn from_drone(second: i32, place: EnuPoint, off: Vector2<f64>, dice: &mut Dice) -> Scan {
    let noise = Vector2::new(dice.normal(), dice.normal());
    let mean_m = place.to_vector() + off + noise;
    let sighting = Sighting::Position { mean_m, covariance_m2: Matrix2::identity() };
    let measurement =
        Measurement { id: 0, sighting, classes: ClassWeights::uniform(), aloft: None };
    let pose = Pose {
        origin: Some(EnuPoint::new(0.0, -500.0)),
        position_sigma_m: 6.0,
        heading_sigma_rad: 0.0,
        lasts_s: 1e5,
    };
    Scan { pose, ..scan("drone", second, vec![measurement]) }
}

#[test]
fn looking_often_does_not_average_away_what_all_looks_share() {
    let (mut sum, runs) = (0.0, 40_u32);
    for seed in 0..runs {
        let mut dice = Dice(u64::from(seed));
        let off = Vector2::new(dice.normal(), dice.normal()) * 6.0;
        let mut tracker = tracker();
        for second in 0..80 {
            let seen = from_drone(second, walker_at(f64::from(second)), off, &mut dice);
            observe(&mut tracker, &seen);
        }
        let track = tracker.tracks().next().unwrap();
        let sigma_m = track.covariance.m11.sqrt();
        assert!(sigma_m > 5.0 && sigma_m < 7.5, "{sigma_m}");
        assert!(track.covariance.m22.sqrt() < 1.0, "its speed is as sure as the noise lets it be");
        let error = track.point().to_vector() - walker_at(79.0).to_vector();
        let place = Matrix2::new(
            track.covariance.m11,
            track.covariance.m13,
            track.covariance.m31,
            track.covariance.m33,
        );
        sum += error.dot(&(place.try_inverse().unwrap() * error));
    }
    // Two degrees of freedom, 40 runs: 95 % of the means lie in 1.4..2.7.
    let mean = sum / f64::from(runs);
    assert!(mean > 1.2 && mean < 2.9, "{mean}");
}

#[test]
fn another_sensor_that_is_sure_of_its_place_makes_the_track_sure() {
    let mut dice = Dice(4);
    let mut tracker = tracker();
    for second in 0..40 {
        let place = walker_at(f64::from(second));
        observe(&mut tracker, &from_drone(second, place, Vector2::new(7.0, -5.0), &mut dice));
        let mut seen = radar(second, &[place]);
        seen.at += SignedDuration::from_millis(500);
        observe(&mut tracker, &seen);
    }

    let track = tracker.tracks().next().unwrap();
    assert!(track.covariance.m11.sqrt() < 3.0);
    assert!(track.point().distance_m(walker_at(39.5)) < 5.0, "{track:?}");
}
