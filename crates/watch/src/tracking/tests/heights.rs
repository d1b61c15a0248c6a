//! Heights: what flies has one, what walks stands on the ground, and what no sensor tells changes nothing.

use nalgebra::Vector2;

use super::properties::Dice;
use super::*;
use crate::tracking::motion::Mode;

const HEIGHT_SIGMA_M: f64 = 8.0;
/// Ground of the flat tests, above sea.
const GROUND_M: f64 = 200.0;

/// A radar's scan that tells heights too.
pub(super) fn radar_3d(second: i32, seen: &[(EnuPoint, f64)]) -> Scan {
    let places: Vec<EnuPoint> = seen.iter().map(|(place, _)| *place).collect();
    let mut scan = radar(second, &places);
    for (found, (_, height_m)) in scan.measurements.iter_mut().zip(seen) {
        let height_m = *height_m;
        found.aloft = Some(Aloft::Height { height_m, sigma_m: HEIGHT_SIGMA_M, range_m: None });
    }
    scan
}

pub(super) fn flat() -> TrackerConfig {
    TrackerConfig { relief: Some(Relief::new(|_| Some(GROUND_M))), ..config() }
}

fn slope() -> TrackerConfig {
    let height_m = |point: EnuPoint| 400.0 + 0.3 * point.east_m;
    TrackerConfig { relief: Some(Relief::new(move |point| Some(height_m(point)))), ..config() }
}

fn jittered(dice: &mut Dice, place: EnuPoint) -> EnuPoint {
    EnuPoint::new(place.east_m + 5.0 * dice.normal(), place.north_m + 5.0 * dice.normal())
}

pub(super) fn only(tracker: &Tracker) -> TrackEstimate {
    let tracks: Vec<_> = tracker.tracks().collect();
    let [track] = &tracks[..] else { panic!("{} tracks", tracks.len()) };
    track.clone()
}

fn flies(track: &TrackEstimate) -> f64 {
    track.modes.iter().find(|(mode, _)| *mode == Mode::Fly).map_or(0.0, |(_, chance)| *chance)
}

/// Sixty seconds of a drone that starts at 3 m/s upwards, with gusts as the model has them.
fn climb(dice: &mut Dice) -> (TrackEstimate, f64, f64) {
    let mut tracker = Tracker::new(flat()).unwrap();
    let (mut height_m, mut climb_mps) = (GROUND_M + 800.0, 3.0);
    for second in 0..60 {
        let place = EnuPoint::new(-400.0 + 12.0 * f64::from(second), 50.0);
        let seen = (jittered(dice, place), height_m + HEIGHT_SIGMA_M * dice.normal());
        observe(&mut tracker, &radar_3d(second, &[seen]));
        if second < 59 {
            // One second of white acceleration of 0.5 m2/s3 in its two components.
            let (push, lag) = (0.5_f64.sqrt() * dice.normal(), 0.5_f64.sqrt() * dice.normal());
            height_m += climb_mps + push / 2.0 + lag / 12.0_f64.sqrt();
            climb_mps += push;
        }
    }
    (only(&tracker), height_m, climb_mps)
}

#[test]
fn a_climbing_drone_s_height_lies_in_its_interval_as_often_as_it_should() {
    let mut dice = Dice(7);
    let (runs, mut within, mut nees) = (120, 0, 0.0);
    for _ in 0..runs {
        let (track, height_m, climb_mps) = climb(&mut dice);
        assert!(flies(&track) > 0.99, "{:?}", track.modes);
        assert_eq!(track.classes.most_likely().0, Class::Aircraft, "{:?}", track.classes);
        let height = track.height.unwrap();
        let off = Vector2::new(height_m - height.above_sea_m, climb_mps - height.climb_mps);
        let [of_height, both, of_climb] = height.covariance;
        let inverse = Matrix2::new(of_height, both, both, of_climb).try_inverse().unwrap();
        nees += off.dot(&(inverse * off));
        within += i32::from(off.x.abs() < 1.96 * height.sigma_m());
        let above_m = height.above_ground_m.unwrap();
        assert!((height.above_sea_m - GROUND_M - above_m).abs() < 1e-9);
    }

    // 114 of 120 are expected, give or take 2.4; the mean of 240 squares is 2 give or take 0.18.
    assert!((107..=120).contains(&within), "{within} of {runs}");
    let mean = nees / f64::from(runs);
    assert!((1.4..2.6).contains(&mean), "NEES {mean}");
}

#[test]
fn a_walker_on_a_slope_whose_height_is_measured_stays_a_walker() {
    let (config, mut dice) = (slope(), Dice(11));
    let ground = config.relief.clone().unwrap();
    let (mut told, mut untold) =
        (Tracker::new(config.clone()).unwrap(), Tracker::new(config).unwrap());
    for second in 0..60 {
        let place = EnuPoint::new(-100.0 + 1.4 * f64::from(second), 0.0);
        let height_m = ground.height_m(place).unwrap() + HEIGHT_SIGMA_M * dice.normal();
        let mut scan = radar_3d(second, &[(jittered(&mut dice, place), height_m)]);
        observe(&mut told, &scan);
        scan.measurements[0].aloft = None;
        observe(&mut untold, &scan);
    }

    let (told, untold) = (only(&told), only(&untold));
    assert!(flies(&told) < 1e-3, "{:?}", told.modes);
    assert!(flies(&told) < flies(&untold) / 10.0, "{:?} {:?}", told.modes, untold.modes);
    assert!(told.classes.get(Class::Aircraft) < 1e-3 * untold.classes.get(Class::Aircraft));
    assert_eq!(told.height, None);
    // On a slope a height says where one stands along it.
    assert!(told.covariance.m11 < untold.covariance.m11);
}

#[test]
fn eighty_metres_up_slow_as_a_walker_is_an_aircraft() {
    let mut tracker = Tracker::new(flat()).unwrap();
    let mut dice = Dice(13);
    for second in 0..12 {
        let seen = (
            jittered(&mut dice, walker_at(f64::from(second))),
            GROUND_M + 80.0 + 8.0 * dice.normal(),
        );
        observe(&mut tracker, &radar_3d(second, &[seen]));
    }

    let track = only(&tracker);
    assert!(flies(&track) > 0.99 && track.classes.most_likely().0 == Class::Aircraft);
    assert!((track.height.unwrap().above_ground_m.unwrap() - 80.0).abs() < 10.0);
}

/// Both are where the other is, and eighty metres apart all the same.
#[test]
fn a_drone_that_hangs_over_a_walker_is_a_second_track() {
    let mut tracker = Tracker::new(flat()).unwrap();
    let mut dice = Dice(17);
    for second in 0..40 {
        let place = walker_at(f64::from(second));
        let mut seen = |above_m: f64| {
            (jittered(&mut dice, place), GROUND_M + above_m + HEIGHT_SIGMA_M * dice.normal())
        };
        let seen = [seen(0.0), seen(80.0)];
        observe(&mut tracker, &radar_3d(second, &seen));
    }

    let tracks: Vec<_> = tracker.tracks().collect();
    assert_eq!(tracks.len(), 2);
    let aloft: Vec<bool> = tracks.iter().map(|track| flies(track) > 0.9).collect();
    assert_ne!(aloft[0], aloft[1], "{:?}", tracks.iter().map(|t| &t.modes).collect::<Vec<_>>());
    for track in tracks {
        assert!(track.point().distance_m(walker_at(39.0)) < 10.0);
    }
}

/// A radar without elevation, a camera on a mast: as long as no height is known, all is as if they had said nothing of one.
#[test]
fn what_waits_for_a_height_changes_nothing_until_there_is_one() {
    let (mut plain, mut waiting) = (Tracker::new(slope()).unwrap(), Tracker::new(slope()).unwrap());
    let mut dice = Dice(19);
    for second in 0..40 {
        let places = [walker_at(f64::from(second)), dice.place()];
        let mut scan = radar(second, &places.map(|place| jittered(&mut dice, place)));
        observe(&mut plain, &scan);
        let origin = EnuPoint::new(-500.0, -300.0);
        scan.measurements[0].aloft = Some(Aloft::Slant { origin, head_m: 420.0, range_m: 700.0 });
        scan.measurements[1].aloft = Some(line(origin, 420.0, places[1], 400.0));
        observe(&mut waiting, &scan);
    }

    assert_eq!(plain.filter, waiting.filter);
}

/// The line of sight from a head to what is at a place and a height, as a camera that errs by 2 mrad tells it.
fn line(origin: EnuPoint, head_m: f64, place: EnuPoint, height_m: f64) -> Aloft {
    let range_m = origin.distance_m(place);
    Aloft::Line {
        origin,
        head_m,
        azimuth: origin.azimuth_to(place),
        azimuth_sigma_rad: 0.002,
        elevation_rad: sight::geo::elevation_rad(range_m, head_m, height_m, 1.0 / 7.0),
        elevation_sigma_rad: 0.002,
        refraction: 1.0 / 7.0,
        ground_m2_per_rad2: 40.0 * 5.0 / (0.002 * 0.002),
    }
}

/// Seen from below, 400 m away and 250 m up, a range reaches 312 m over the ground and not 400.
#[test]
fn a_slant_range_of_what_flies_is_laid_down_to_its_height() {
    let origin = EnuPoint::new(0.0, 0.0);
    let head_m = GROUND_M + 10.0;
    let over_ground_m = |told: bool| {
        let mut tracker = Tracker::new(flat()).unwrap();
        let mut dice = Dice(23);
        let place = EnuPoint::new(0.0, 312.0);
        let height_m = head_m + 250.0;
        for second in 0..30 {
            observe(&mut tracker, &radar_3d(second, &[(jittered(&mut dice, place), height_m)]));
        }
        let slant_m = libm::hypot(312.0, 250.0);
        for second in 30..38 {
            let mut scan = radar(second, &[]);
            scan.sensor = SensorId("flat radar".into());
            // Laid down onto the ground by somebody who knows no better.
            let range_m = libm::sqrt(slant_m * slant_m - 100.0);
            scan.measurements.push(Measurement {
                id: 0,
                sighting: Sighting::RangeBearing {
                    origin,
                    range_m: range_m.min(312.0 + 25.0),
                    range_sigma_m: 8.0,
                    azimuth: Azimuth::from_degrees(0.0),
                    azimuth_sigma_rad: 0.01,
                },
                classes: ClassWeights::uniform(),
                aloft: told.then_some(Aloft::Slant { origin, head_m, range_m: slant_m }),
            });
            observe(&mut tracker, &scan);
        }
        only(&tracker).point().distance_m(origin)
    };

    assert!((over_ground_m(true) - 312.0).abs() < 3.0, "{}", over_ground_m(true));
    assert!(over_ground_m(false) > 322.0, "{}", over_ground_m(false));
}

/// A camera on a mast looks down at a low drone: its line of sight ends on the ground, 600 m behind it.
#[test]
fn a_camera_s_look_at_a_drone_of_known_height_is_no_ghost_on_the_ground_behind_it() {
    let origin = EnuPoint::new(0.0, -900.0);
    let (head_m, height_m) = (GROUND_M + 120.0, GROUND_M + 60.0);
    let ghosts = |told: bool| {
        let mut tracker = Tracker::new(flat()).unwrap();
        let mut dice = Dice(29);
        let (place, behind) = (EnuPoint::new(0.0, -300.0), EnuPoint::new(0.0, 300.0));
        for second in 0..60 {
            if second % 2 == 0 {
                observe(&mut tracker, &radar_3d(second, &[(jittered(&mut dice, place), height_m)]));
                continue;
            }
            let mut scan = radar(second, &[jittered(&mut dice, behind)]);
            scan.sensor = SensorId("mast".into());
            let east_m = 2.0 * dice.normal();
            let seen = EnuPoint::new(place.east_m + east_m, place.north_m);
            scan.measurements[0].aloft =
                told.then(|| line(origin, head_m, seen, height_m + 1.2 * dice.normal()));
            observe(&mut tracker, &scan);
        }
        let far = |track: &TrackEstimate| track.point().distance_m(place) > 100.0;
        let height = tracker.tracks().find(|track| !far(track)).and_then(|track| track.height);
        (tracker.tracks().filter(far).count(), height)
    };

    let (with, height) = ghosts(true);
    assert_eq!(with, 0);
    let height = height.unwrap();
    assert!((height.above_ground_m.unwrap() - 60.0).abs() < 3.0 * height.sigma_m());
    assert_eq!(ghosts(false).0, 1, "as if the drone had been in front of nothing");
}

#[test]
fn an_elevation_above_the_ground_gives_a_radar_s_track_a_height() {
    let origin = EnuPoint::new(0.0, -800.0);
    let head_m = GROUND_M + 10.0;
    let mut tracker = Tracker::new(flat()).unwrap();
    let mut dice = Dice(31);
    for second in 0..40 {
        let place = EnuPoint::new(-200.0 + 10.0 * f64::from(second), 200.0);
        if second % 2 == 0 {
            observe(&mut tracker, &radar(second, &[jittered(&mut dice, place)]));
            continue;
        }
        let mut scan = camera(second, origin, &[]);
        let elevation_rad = sight::geo::elevation_rad(
            origin.distance_m(place),
            head_m,
            GROUND_M + 120.0,
            1.0 / 7.0,
        );
        scan.measurements.push(Measurement {
            id: 0,
            sighting: Sighting::Sightline {
                origin,
                height_m: head_m,
                azimuth: origin.azimuth_to(place),
                azimuth_sigma_rad: 0.002,
                elevation_rad: elevation_rad + 0.002 * dice.normal(),
                elevation_sigma_rad: 0.002,
                refraction: 1.0 / 7.0,
            },
            classes: ClassWeights::uniform(),
            aloft: None,
        });
        observe(&mut tracker, &scan);
    }

    let track = only(&tracker);
    assert!(flies(&track) > 0.99, "{:?}", track.modes);
    let height = track.height.unwrap();
    assert!((height.above_ground_m.unwrap() - 120.0).abs() < 3.0 * height.sigma_m(), "{height:?}");
}

#[test]
fn a_drone_that_lands_and_stands_is_on_the_ground() {
    let mut tracker = Tracker::new(flat()).unwrap();
    let mut dice = Dice(37);
    let mut highest_m = f64::NEG_INFINITY;
    for second in 0..90 {
        let above_m = (60.0 - 2.0 * f64::from(second)).max(0.0);
        let seen = (
            jittered(&mut dice, EnuPoint::new(0.0, 0.0)),
            GROUND_M + above_m + HEIGHT_SIGMA_M * dice.normal(),
        );
        observe(&mut tracker, &radar_3d(second, &[seen]));
        if let Some(height) = tracker.tracks().next().and_then(|track| track.height) {
            highest_m = highest_m.max(height.above_ground_m.unwrap());
            assert!(height.above_ground_m.unwrap() >= -flat().height_sigma_m - 1e-9);
        }
    }

    assert!(highest_m > 40.0);
    if let Some(height) = only(&tracker).height {
        assert!(height.above_ground_m.unwrap().abs() < 6.0, "{height:?}");
    }
}

#[test]
fn the_trail_of_what_flew_has_smoothed_heights() {
    let mut tracker = Tracker::new(flat()).unwrap();
    let mut dice = Dice(41);
    let (mut raw, mut kept) = (Vec::new(), Vec::new());
    for second in 0..70 {
        let height_m = GROUND_M + 50.0 + 2.0 * f64::from(second);
        let place = EnuPoint::new(-300.0 + 8.0 * f64::from(second), 0.0);
        let seen = (jittered(&mut dice, place), height_m + HEIGHT_SIGMA_M * dice.normal());
        observe(&mut tracker, &radar_3d(second, &[seen]));
        if let Some(height) = tracker.tracks().next().and_then(|track| track.height) {
            raw.push((at(second), height.above_sea_m - height_m));
        }
    }

    for point in tracker.trail(only(&tracker).id) {
        let second = point.at.duration_since(at(0)).as_secs_f64();
        if let Some(height_m) = point.height_m
            && let Some((_, off_m)) = raw.iter().find(|(at, _)| *at == point.at)
        {
            kept.push((height_m - GROUND_M - 50.0 - 2.0 * second, *off_m));
        }
    }
    assert!(kept.len() >= 10, "{}", kept.len());
    let rms = |of: &dyn Fn(&(f64, f64)) -> f64| {
        libm::sqrt(kept.iter().map(|pair| of(pair).powi(2)).sum::<f64>() / kept.len() as f64)
    };
    let (smooth, filtered) = (rms(&|pair| pair.0), rms(&|pair| pair.1));
    assert!(smooth < 0.9 * filtered, "{smooth} {filtered}");
}

#[test]
fn heights_that_cannot_be_are_counted_and_passed_over() {
    let mut tracker = Tracker::new(flat()).unwrap();
    let place = EnuPoint::new(0.0, 0.0);

    let observed = observe(&mut tracker, &radar_3d(0, &[(place, 30_000.0), (place, f64::NAN)]));

    assert_eq!(observed.dropped.invalid, 2);
    let mut faulty = radar_3d(1, &[(place, 300.0)]).measurements[0];
    faulty.aloft = Some(Aloft::Height { height_m: -900.0, sigma_m: 8.0, range_m: None });
    let fault = faulty.check().unwrap_err().to_string();
    assert!(
        fault.starts_with("aloft.height_m must lie in -500..=20000 m above sea, got -900"),
        "{fault}"
    );
}
