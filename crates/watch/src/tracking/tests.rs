//! The tracker as a whole, through its public face.

use jiff::{SignedDuration, Timestamp};
use nalgebra::Matrix2;
use sight::geo::{Azimuth, EnuPoint};
use sight::sector::SensorId;

use super::*;

mod acts;
mod arrival;
mod bearings;
mod chronicle;
mod crowds;
mod handed;
mod heights;
mod kept;
mod late;
mod learning;
mod motions;
pub(in crate::tracking) mod properties;
mod roads;

const NOISE_M2: f64 = 25.0;

#[test]
fn a_walker_seen_by_a_radar_becomes_one_track_that_keeps_its_number() {
    let mut tracker = tracker();
    for second in 0..20 {
        observe(&mut tracker, &radar(second, &[walker_at(f64::from(second))]));
    }

    let tracks: Vec<_> = tracker.tracks().collect();

    let [track] = tracks.as_slice() else { panic!("{} tracks", tracks.len()) };
    assert_eq!(track.id, TrackId(1));
    assert!(track.existence > 0.99);
    assert!(track.point().distance_m(walker_at(19.0)) < 8.0);
    assert!((track.mean.y - 1.4).abs() < 0.5);
    assert_eq!(track.seen_by[0].0, SensorId("radar".to_owned()));
    assert_eq!(track.lineage.0.last().unwrap().at, at(19));
}

#[test]
fn misses_where_the_sensor_could_see_end_a_track() {
    let mut tracker = confirmed();

    let ended: Vec<_> =
        (10..20).flat_map(|second| observe(&mut tracker, &radar(second, &[])).ended).collect();

    assert_eq!(ended, [TrackId(1)]);
    assert_eq!(tracker.tracks().count(), 0);
}

#[test]
fn misses_where_the_sensor_is_blind_do_not() {
    let mut tracker = confirmed();

    for second in 10..20 {
        tracker.observe(&radar(second, &[]), &|_, _, _| 0.0).unwrap();
    }

    assert!(tracker.tracks().next().unwrap().existence > 0.95);
}

#[test]
fn one_report_amid_clutter_is_not_yet_a_track() {
    let mut tracker = tracker();

    observe(&mut tracker, &radar(0, &[EnuPoint::new(300.0, 300.0)]));

    assert_eq!(tracker.tracks().count(), 0);
    assert_eq!(tracker.held(), 1);
}

#[test]
fn a_bearing_sharpens_a_track_and_starts_none() {
    let mut tracker = confirmed();
    let track = tracker.tracks().next().unwrap();
    let origin = EnuPoint::new(0.0, -3_000.0);
    let towards = origin.azimuth_to(track.point());

    observe(&mut tracker, &camera(10, origin, &[towards, Azimuth::from_degrees(60.0)]));

    let after: Vec<_> = tracker.tracks().collect();
    assert_eq!(after.len(), 1);
    assert_eq!(tracker.held(), 1);
    assert!(after[0].covariance.m11 < track.covariance.m11);
    assert_eq!(after[0].seen_by.len(), 2);
}

#[test]
fn a_report_of_class_moves_the_class() {
    let mut tracker = confirmed();
    let mut scan = radar(10, &[walker_at(10.0)]);
    scan.measurements[0].classes = ClassWeights::from_confidences(&[(Class::Animal, 0.9)], 1.0);

    observe(&mut tracker, &scan);

    assert_eq!(tracker.tracks().next().unwrap().classes.most_likely().0, Class::Animal);
}

#[test]
fn a_late_scan_gives_what_the_same_scan_in_order_gives() {
    let scans: Vec<_> = (0..12)
        .flat_map(|second| {
            let place = walker_at(f64::from(second));
            [
                radar(second, &[place]),
                camera(
                    second,
                    EnuPoint::new(0.0, -900.0),
                    &[EnuPoint::new(0.0, -900.0).azimuth_to(place)],
                ),
            ]
        })
        .collect();
    let mut in_order = tracker();
    let mut shuffled = tracker();
    for scan in &scans {
        observe(&mut in_order, scan);
    }
    for chunk in scans.chunks(7) {
        for scan in chunk.iter().rev() {
            observe(&mut shuffled, scan);
        }
    }

    assert_eq!(in_order.filter.bernoullis(), shuffled.filter.bernoullis());
    let (one, other) = (in_order.tracks().next().unwrap(), shuffled.tracks().next().unwrap());
    assert_eq!(TrackEstimate { id: other.id, ..one }, other);
}

#[test]
fn a_scan_told_twice_or_in_pieces_counts_once() {
    let places = [walker_at(3.0), EnuPoint::new(-400.0, 50.0)];
    let whole = radar(3, &places);
    let mut once = confirmed_until(3);
    let mut pieces = confirmed_until(3);
    observe(&mut once, &whole);

    observe(&mut pieces, &Scan { measurements: whole.measurements[1..].to_vec(), ..whole.clone() });
    observe(&mut pieces, &Scan { measurements: whole.measurements[..1].to_vec(), ..whole.clone() });
    let again = observe(&mut pieces, &whole);

    assert_eq!(again.scans_taken, 0);
    assert_eq!(again.dropped.repeated, 2);
    assert_eq!(once.filter, pieces.filter);
}

#[test]
fn a_scan_beyond_the_horizon_is_handed_back() {
    let mut tracker = confirmed_until(40);

    let refused = tracker.observe(&radar(5, &[]), &|_, _, _| 0.9).unwrap_err();

    assert!(matches!(refused, ScanRefused::TooLate { late_s, .. } if (late_s - 34.0).abs() < 1e-9));
}

#[test]
fn measurements_that_cannot_be_computed_with_are_counted_and_passed_over() {
    let mut tracker = confirmed();
    let mut scan = radar(10, &[walker_at(10.0), EnuPoint::new(f64::NAN, 0.0)]);
    scan.measurements.push(Measurement {
        id: 7,
        sighting: Sighting::Bearing {
            origin: EnuPoint::new(0.0, 0.0),
            azimuth: Azimuth::from_radians(f64::NAN),
            sigma_rad: 0.1,
        },
        classes: ClassWeights::uniform(),
        aloft: None,
    });

    let observed = observe(&mut tracker, &scan);

    assert_eq!(observed.dropped.invalid, 2);
    assert_eq!(tracker.tracks().count(), 1);
}

#[test]
fn a_flood_of_clutter_stays_within_the_limits_and_is_counted() {
    let mut tracker =
        Tracker::new(TrackerConfig { tracks_max: 50, measurements_max: 80, ..config() }).unwrap();
    let flood: Vec<_> = (0..100)
        .map(|n| EnuPoint::new(f64::from(n) * 17.0 - 900.0, f64::from(n % 10) * 90.0))
        .collect();

    let observed = observe(&mut tracker, &radar(0, &flood));

    assert_eq!(observed.dropped.measurements, 20);
    assert_eq!(observed.dropped.tracks, 30);
    assert_eq!(tracker.held(), 50);
}

#[test]
fn time_alone_carries_a_track_on_and_fades_it() {
    let mut tracker = confirmed();
    let before = tracker.tracks().next().unwrap();

    let ended = tracker.advance(at(19));

    let after = tracker.tracks().next().unwrap();
    assert!(ended.is_empty());
    assert_eq!(after.at, at(19));
    let gone_m = after.mean.x - before.mean.x;
    assert!((0.8..=1.0).contains(&(gone_m / (10.0 * before.mean.y))), "it may have stopped");
    assert!(after.existence < before.existence);
    assert!(after.covariance.m11 > before.covariance.m11);
}

#[test]
fn what_was_looked_at_in_vain_is_expected_to_hold_fewer() {
    let mut tracker = tracker();
    let (seen, unseen) = (EnuPoint::new(100.0, 100.0), EnuPoint::new(-900.0, 900.0));
    let sees = Footprint::Disc { centre: seen, radius_m: 400.0 };

    observe(&mut tracker, &Scan { sees, ..radar(0, &[]) });

    assert!(tracker.undetected_per_m2(seen) < 0.2 * tracker.undetected_per_m2(unseen));
}

#[test]
fn what_never_moved_is_a_fixture_and_what_moves_is_not() {
    let config = TrackerConfig { fixture_prior: 0.5, ..config() };
    let mut tracker = Tracker::new(config).unwrap();
    let rock = EnuPoint::new(-300.0, 50.0);
    for second in 0..40 {
        // The radar errs by a metre or two, here and there.
        let off = f64::from(second % 5) - 2.0;
        let seen = EnuPoint::new(rock.east_m + off, rock.north_m - 2.0 * off);
        observe(&mut tracker, &radar(second, &[walker_at(f64::from(second)), seen]));
    }

    let tracks: Vec<_> = tracker.tracks().collect();

    let [track] = tracks.as_slice() else { panic!("{} tracks", tracks.len()) };
    assert!(track.point().distance_m(walker_at(39.0)) < 8.0);
    assert_eq!(tracker.held(), 2, "the fixture is known, only not reported");
}

#[test]
fn a_look_that_repeats_others_tells_no_more_than_its_share() {
    let origin = EnuPoint::new(0.0, -3_000.0);
    let (mut often, mut once) = (confirmed(), confirmed());
    let towards = origin.azimuth_to(EnuPoint::new(30.0, 200.0));
    for milli in 0..50 {
        let mut scan = camera(10, origin, &[towards]);
        scan.at += SignedDuration::from_millis(milli);
        observe(&mut often, &Scan { repeats: 50.0, ..scan });
    }
    observe(&mut once, &camera(10, origin, &[towards]));

    let (often, once) = (often.tracks().next().unwrap(), once.tracks().next().unwrap());

    assert!((often.mean.x - once.mean.x).abs() < 0.5);
    assert!((often.covariance.m11 / once.covariance.m11 - 1.0).abs() < 0.1);
}

#[test]
fn misses_that_repeat_each_other_end_a_track_no_sooner_than_one_does() {
    let mut tracker = confirmed();

    for milli in 0..20 {
        let mut scan = radar(10, &[]);
        scan.at += SignedDuration::from_millis(milli);
        observe(&mut tracker, &Scan { repeats: 20.0, ..scan });
    }

    assert!(tracker.tracks().next().unwrap().existence > 0.9);
}

fn config() -> TrackerConfig {
    let area = Area {
        south_west: EnuPoint::new(-1_000.0, -1_000.0),
        north_east: EnuPoint::new(1_000.0, 1_000.0),
    };
    TrackerConfig { cell_m: 250.0, expected_per_m2: 1e-6, ..TrackerConfig::for_area(area) }
}

fn tracker() -> Tracker {
    Tracker::new(config()).unwrap()
}

fn confirmed() -> Tracker {
    confirmed_until(10)
}

fn confirmed_until(end: i32) -> Tracker {
    let mut tracker = tracker();
    for second in 0..end {
        observe(&mut tracker, &radar(second, &[walker_at(f64::from(second))]));
    }
    tracker
}

fn observe(tracker: &mut Tracker, scan: &Scan) -> Observed {
    tracker.observe(scan, &|_, _, _| 0.9).unwrap()
}

/// Ground between 20 m and 380 m above sea.
fn hills() -> Relief {
    let height_m = |point: EnuPoint| {
        200.0 + 100.0 * libm::sin(point.east_m / 300.0) + 80.0 * libm::cos(point.north_m / 170.0)
    };
    Relief::new(move |point| Some(height_m(point)))
}

fn at(second: i32) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(i64::from(second))
}

fn walker_at(second: f64) -> EnuPoint {
    EnuPoint::new(1.4 * second, 200.0)
}

fn radar(second: i32, places: &[EnuPoint]) -> Scan {
    let measurement = |(id, place): (u64, &EnuPoint)| Measurement {
        id,
        sighting: Sighting::Position {
            mean_m: place.to_vector(),
            covariance_m2: Matrix2::identity() * NOISE_M2,
        },
        classes: ClassWeights::uniform(),
        aloft: None,
    };
    scan("radar", second, (0..).zip(places).map(measurement).collect())
}

fn camera(second: i32, origin: EnuPoint, azimuths: &[Azimuth]) -> Scan {
    let measurement = |(id, azimuth): (u64, &Azimuth)| Measurement {
        id,
        sighting: Sighting::Bearing { origin, azimuth: *azimuth, sigma_rad: 0.0005 },
        classes: ClassWeights::uniform(),
        aloft: None,
    };
    scan("camera", second, (0..).zip(azimuths).map(measurement).collect())
}

fn scan(sensor: &str, second: i32, measurements: Vec<Measurement>) -> Scan {
    Scan {
        sensor: SensorId(sensor.to_owned()),
        at: at(second),
        measurements,
        clutter: Clutter { per_m2: 1e-6, per_rad: 0.1 },
        sees: Footprint::Everywhere,
        repeats: 1.0,
        pose: Pose::default(),
        notch: None,
    }
}
