//! What the tracker finds out about its sensors.

use super::properties::Dice;
use super::*;

/// A sensor of the stage: a radar when it knows ranges, else a camera.
#[derive(Clone, Copy)]
struct Eye {
    name: &'static str,
    stand: EnuPoint,
    range_sigma_m: Option<f64>,
    azimuth_sigma_rad: f64,
    p: f64,
    /// How far to the right it points of where it thinks.
    turned_rad: f64,
}

const REACH_M: f64 = 6_000.0;
const CLUTTER: Clutter = Clutter { per_m2: 1e-9, per_rad: 0.002 };

fn west_radar() -> Eye {
    Eye {
        name: "radar-west",
        stand: EnuPoint::new(-3_000.0, 0.0),
        range_sigma_m: Some(8.0),
        azimuth_sigma_rad: 0.005,
        p: 0.9,
        turned_rad: 0.0,
    }
}

fn south_radar() -> Eye {
    Eye { name: "radar-south", stand: EnuPoint::new(0.0, -3_000.0), ..west_radar() }
}

fn camera() -> Eye {
    Eye {
        name: "camera",
        stand: EnuPoint::new(500.0, -2_500.0),
        range_sigma_m: None,
        azimuth_sigma_rad: 0.002,
        ..west_radar()
    }
}

impl Eye {
    /// What it reports of things that it may miss, and of what it makes up.
    fn look(&self, milli: i64, things: &[EnuPoint], made_up: &[EnuPoint], dice: &mut Dice) -> Scan {
        let seen: Vec<EnuPoint> = things.iter().copied().filter(|_| dice.roll() < self.p).collect();
        let mut sighting = |place: &EnuPoint| {
            let off = self.turned_rad + self.azimuth_sigma_rad * dice.normal();
            let azimuth = Azimuth::from_radians(self.stand.azimuth_to(*place).radians() + off);
            match self.range_sigma_m {
                Some(range_sigma_m) => Sighting::RangeBearing {
                    origin: self.stand,
                    range_m: self.stand.distance_m(*place) + range_sigma_m * dice.normal(),
                    range_sigma_m,
                    azimuth,
                    azimuth_sigma_rad: self.azimuth_sigma_rad,
                },
                None => Sighting::Bearing {
                    origin: self.stand,
                    azimuth,
                    sigma_rad: self.azimuth_sigma_rad,
                },
            }
        };
        let sightings: Vec<Sighting> = seen.iter().chain(made_up).map(&mut sighting).collect();
        let measurements = (0..)
            .zip(sightings)
            .map(|(id, sighting)| Measurement {
                id,
                sighting,
                classes: ClassWeights::uniform(),
                aloft: None,
            })
            .collect();
        Scan {
            sensor: SensorId(self.name.to_owned()),
            at: Timestamp::UNIX_EPOCH + SignedDuration::from_millis(milli),
            measurements,
            clutter: CLUTTER,
            sees: Footprint::Disc { centre: self.stand, radius_m: REACH_M },
            repeats: 1.0,
            pose: Pose::default(),
            notch: None,
        }
    }
}

fn stage(learning: Option<Learning>) -> Tracker {
    let area = Area {
        south_west: EnuPoint::new(-4_000.0, -4_000.0),
        north_east: EnuPoint::new(4_000.0, 4_000.0),
    };
    Tracker::new(TrackerConfig { expected_per_m2: 2e-8, learning, ..TrackerConfig::for_area(area) })
        .unwrap()
}

/// The same for things that keep their velocity.
fn steady(tracker: Tracker) -> Tracker {
    Tracker::new(TrackerConfig { motions: Vec::new(), ..tracker.config }).unwrap()
}

fn learning() -> Tracker {
    stage(Some(Learning::default()))
}

fn report(tracker: &Tracker, sensor: &str) -> SensorReport {
    let reports = tracker.sensor_reports();
    reports.into_iter().find(|report| report.sensor.0 == sensor).unwrap()
}

/// Walkers that go back and forth on lines of their own.
fn walkers(count: u32, second: f64) -> Vec<EnuPoint> {
    let walker = |n: u32| {
        let way = (1.4 * second + 300.0 * f64::from(n)) % 4_000.0;
        let east_m = if way < 2_000.0 { way } else { 4_000.0 - way } - 1_000.0;
        EnuPoint::new(east_m, 350.0 * f64::from(n) - 1_000.0)
    };
    (0..count).map(walker).collect()
}

fn near(tracker: &Tracker, point: EnuPoint, reach_m: f64) -> usize {
    tracker.tracks().filter(|track| track.point().distance_m(point) < reach_m).count()
}

#[test]
fn what_looks_taught_is_counted_as_it_becomes_final_and_not_all_at_once() {
    let (mut tracker, mut dice) = (learning(), Dice(5));
    let horizon = tracker.config.horizon_s;
    let mut most = 0;
    for second in 0..60 {
        let things = walkers(3, f64::from(second));
        observe(
            &mut tracker,
            &west_radar().look(1_000 * i64::from(second), &things, &[], &mut dice),
        );
        most = most.max(tracker.learner.as_ref().unwrap().waiting());
    }

    let most = most as f64;
    assert!((horizon..=horizon + 2.0).contains(&most), "{most} waited, {horizon} s may come late");
}

#[test]
fn of_what_a_look_could_not_see_nothing_is_kept() {
    let (mut tracker, mut dice) = (learning(), Dice(5));
    for second in 0..30 {
        let things = walkers(3, f64::from(second));
        observe(
            &mut tracker,
            &west_radar().look(1_000 * i64::from(second), &things, &[], &mut dice),
        );
    }
    let kept = |tracker: &Tracker| {
        let piece = tracker.history.pieces.back().unwrap();
        piece.turns.last().unwrap().trace.taught.as_ref().unwrap().bytes()
    };
    assert!(kept(&tracker) > 0);

    let elsewhere = west_radar().look(30_000, &[], &[], &mut dice);
    tracker.observe(&elsewhere, &|_, _, _| 0.0).unwrap();

    assert_eq!(tracker.tracks().count(), 3);
    assert_eq!(kept(&tracker), 0);
}

/// A windmill sends twenty false reports a minute; in its sixth minute somebody walks by beneath it.
fn windmill(mut tracker: Tracker) -> (usize, usize, usize) {
    let mut dice = Dice(21);
    let mill = EnuPoint::new(640.0, 730.0);
    let radar = west_radar();
    let (mut first, mut last, mut walker) = (0, 0, 0);
    for look in 0..216_i64 {
        let second = 5.0 * look as f64;
        let mut made_up = Vec::new();
        for _ in 0..20 {
            if dice.roll() < 1.0 / 12.0 {
                let (east_m, north_m) = (dice.between(-60.0, 60.0), dice.between(-60.0, 60.0));
                made_up.push(EnuPoint::new(mill.east_m + east_m, mill.north_m + north_m));
            }
        }
        let walks = (second > 480.0)
            .then(|| EnuPoint::new(mill.east_m - 700.0 + 1.4 * (second - 480.0), mill.north_m));
        let things: Vec<EnuPoint> = walks.into_iter().collect();
        observe(&mut tracker, &radar.look(5_000 * look, &things, &made_up, &mut dice));
        let at_the_mill = near(&tracker, mill, 250.0);
        match look {
            0..36 => first += at_the_mill,
            60..96 => last += at_the_mill,
            116.. => walker += usize::from(near(&tracker, things[0], 60.0) > 0),
            _ => {}
        }
    }
    (first, last, walker)
}

#[test]
fn a_windmill_stops_making_tracks_and_a_walker_beneath_it_does_not() {
    let (first, last, walker) = windmill(learning());
    let (.., blunt, _) = windmill(stage(None));

    let told = format!("{first} tracks' looks first, {last} later, {blunt} without learning");
    assert!(blunt > 60 && last * 4 < blunt, "{told}");
    assert!(walker >= 85, "the walker was tracked in {walker} looks of 100");
}

#[test]
fn a_sensor_that_errs_a_tenth_as_often_as_set_is_found_out() {
    let mut tracker = learning();
    let mut dice = Dice(5);
    let radar = west_radar();
    let set_per_look = CLUTTER.per_m2 * std::f64::consts::PI * REACH_M * REACH_M;
    for look in 0..400_i64 {
        let made_up: Vec<EnuPoint> = (dice.roll() < set_per_look / 10.0)
            .then(|| EnuPoint::new(dice.between(-3e3, 3e3), dice.between(-3e3, 3e3)))
            .into_iter()
            .collect();
        let things = walkers(3, 5.0 * look as f64);
        observe(&mut tracker, &radar.look(5_000 * look, &things, &made_up, &mut dice));
    }

    let times = report(&tracker, "radar-west").clutter_times;

    assert!((0.03..0.3).contains(&times), "{times}");
}

#[test]
fn movers_are_no_clutter_however_many_there_are() {
    let mut tracker = learning();
    let mut dice = Dice(6);
    for look in 0..200_i64 {
        let things = walkers(6, 5.0 * look as f64);
        observe(&mut tracker, &west_radar().look(5_000 * look, &things, &[], &mut dice));
    }

    let report = report(&tracker, "radar-west");

    assert!(report.clutter_times < 2.0 && report.clutter_spots == 0, "{report:?}");
    assert_eq!(tracker.tracks().count(), 6);
}

fn in_dust(point: EnuPoint) -> bool {
    point.east_m.abs() < 330.0
}

/// Walkers follow each other through ground of which the middle lies under dust. Returns the rms GOSPA (cut-off 50 m)
/// of the ground about it, and the tracker.
fn dusty(mut tracker: Tracker, believed: &dyn Fn(EnuPoint) -> f64) -> (f64, Tracker) {
    let mut dice = Dice(11);
    let mut scorer = crate::metrics::Scorer::new(50.0, 2.0);
    let radar = Eye { stand: EnuPoint::new(-2_000.0, 0.0), ..west_radar() };
    for second in 0..900_u32 {
        let walker = |n: u32| {
            let start = -900.0 - 300.0 * f64::from(n);
            EnuPoint::new(start + 4.0 * f64::from(second), f64::from(n) * 100.0 - 350.0)
        };
        let things: Vec<(u64, EnuPoint)> = (0..8).map(|n| (n.into(), walker(n))).collect();
        let seen: Vec<EnuPoint> = things
            .iter()
            .map(|(_, point)| *point)
            .filter(|point| dice.roll() < if in_dust(*point) { 0.02 } else { 1.0 })
            .collect();
        let scan = radar.look(i64::from(second) * 1_000, &seen, &[], &mut dice);
        tracker.observe(&scan, &|_, point, _| believed(point)).unwrap();
        let scored = |point: EnuPoint| point.east_m.abs() < 1_000.0;
        let found: Vec<_> = tracker.tracks().map(|track| (track.id, track.point())).collect();
        let found: Vec<_> = found.into_iter().filter(|(_, point)| scored(*point)).collect();
        let things: Vec<_> = things.into_iter().filter(|(_, point)| scored(*point)).collect();
        scorer.sample(&things, &found);
    }
    (scorer.score().gospa_rms, tracker)
}

#[test]
fn dust_that_nobody_reports_is_found_out_and_most_of_the_loss_made_good() {
    let tracker = |learning| steady(stage(learning));
    let (knowing, _) = dusty(tracker(None), &|point| if in_dust(point) { 0.02 * 0.9 } else { 0.9 });
    let (blunt, _) = dusty(tracker(None), &|_| 0.9);
    let (learned, tracker) = dusty(tracker(Some(Learning::default())), &|_| 0.9);

    let told = format!("{knowing:.1} m knowing, {learned:.1} m learned, {blunt:.1} m blunt");
    assert!(knowing < 0.8 * blunt, "{told}");
    assert!(blunt - learned > 0.5 * (blunt - knowing), "{told}");
    let report = report(&tracker, "radar-west");
    assert!(report.obscured_to.is_some_and(|share| share < 0.6), "{report:?}");
}

/// Four walkers seen by two radars once in five seconds and by a camera each second.
fn watched_by(
    eyes: &[(Eye, i64)],
    seconds: i64,
    mut each: impl FnMut(i64, &mut Tracker),
) -> Tracker {
    let mut tracker = learning();
    let mut dice = Dice(8);
    for second in 0..seconds {
        let things = walkers(4, second as f64);
        for (place, (eye, every_s)) in (0..).zip(eyes) {
            if second % every_s == 0 {
                let scan = eye.look(1_000 * second + 50 * place, &things, &[], &mut dice);
                observe(&mut tracker, &scan);
            }
        }
        each(second, &mut tracker);
    }
    tracker
}

/// Root of the mean square distance of walkers to their nearest tracks.
fn error_m(tracker: &Tracker, second: i64) -> f64 {
    let things = walkers(4, second as f64);
    let nearest = |thing: &EnuPoint| {
        tracker.tracks().map(|track| track.point().distance_m(*thing)).fold(200.0, f64::min)
    };
    (things.iter().map(|thing| nearest(thing).powi(2)).sum::<f64>() / things.len() as f64).sqrt()
}

#[test]
fn a_camera_that_was_knocked_is_left_out_and_harms_no_track() {
    let knocked = Eye { turned_rad: 5_f64.to_radians(), ..camera() };
    let (mut with, mut without) = (Vec::new(), Vec::new());
    let mut flagged = None;
    watched_by(&[(west_radar(), 5), (south_radar(), 5), (knocked, 1)], 400, |second, tracker| {
        if second > 100 {
            with.push(error_m(tracker, second));
        }
        if second > 0 && report(tracker, "camera").standing >= Standing::Doubted {
            flagged.get_or_insert(second);
        }
        if second == 399 {
            let report = report(tracker, "camera");
            assert_eq!(report.standing, Standing::Quarantined, "{report:?}");
            assert!(
                matches!(report.finding, Some(Finding::Turned { azimuth_deg }) if (azimuth_deg - 5.0).abs() < 0.3),
                "{report:?}"
            );
        }
    });
    let tracker = watched_by(&[(west_radar(), 5), (south_radar(), 5)], 400, |second, tracker| {
        if second > 100 {
            without.push(error_m(tracker, second));
        }
    });

    let mean = |errors: &[f64]| errors.iter().sum::<f64>() / errors.len() as f64;
    assert!(flagged.is_some_and(|second| second < 120), "flagged at {flagged:?}");
    assert!(mean(&with) < 1.1 * mean(&without) + 1.0, "{} and {}", mean(&with), mean(&without));
    assert_eq!(report(&tracker, "radar-west").standing, Standing::Trusted);
}

#[test]
fn a_camera_set_straight_again_is_trusted_again_in_time() {
    let mut tracker = learning();
    let mut dice = Dice(8);
    let mut worst = Standing::Unverified;
    for second in 0..1_500_i64 {
        let turned_rad = if second < 300 { 0.06 } else { 0.0 };
        let things = walkers(4, second as f64);
        for (eye, every_s) in [(west_radar(), 5), (south_radar(), 5)] {
            if second % every_s == 0 {
                observe(&mut tracker, &eye.look(1_000 * second, &things, &[], &mut dice));
            }
        }
        let eye = Eye { turned_rad, ..camera() };
        observe(&mut tracker, &eye.look(1_000 * second + 500, &things, &[], &mut dice));
        worst = worst.max(report(&tracker, "camera").standing);
    }

    assert_eq!(worst, Standing::Quarantined);
    assert_eq!(report(&tracker, "camera").standing, Standing::Trusted);
}

#[test]
fn a_radar_whose_walkers_nobody_else_sees_is_doubted_then_left_out() {
    let mut tracker = learning();
    let mut dice = Dice(9);
    let mut seen = Vec::new();
    for second in 0..900_i64 {
        let things = walkers(4, second as f64);
        // Ghosts walk north where both the others look, for three minutes each.
        let ghosts: Vec<EnuPoint> = (0..4)
            .map(|n| {
                let way = (1.3 * second as f64 + 60.0 * f64::from(n)) % 240.0;
                EnuPoint::new(400.0 * f64::from(n) - 750.0, way - 120.0)
            })
            .collect();
        if second % 5 == 0 {
            observe(&mut tracker, &west_radar().look(1_000 * second, &things, &ghosts, &mut dice));
            let honest = south_radar().look(1_000 * second + 20, &things, &[], &mut dice);
            observe(&mut tracker, &honest);
        }
        observe(&mut tracker, &camera().look(1_000 * second + 40, &things, &[], &mut dice));
        let standing = report(&tracker, "radar-west").standing;
        if seen.last() != Some(&standing) {
            seen.push(standing);
        }
    }

    assert!(seen.ends_with(&[Standing::Doubted, Standing::Quarantined]), "{seen:?}");
    assert!(matches!(
        report(&tracker, "radar-west").finding,
        Some(Finding::Contradicted { share }) if share < 0.75
    ));
    for honest in ["radar-south", "camera"] {
        assert!(report(&tracker, honest).standing <= Standing::Trusted, "{honest}");
    }
    assert_eq!(tracker.tracks().count(), 4, "the ghosts are gone and the walkers are not");
}

#[test]
fn honest_sensors_are_never_flagged_in_ten_thousand_looks() {
    let mut looks = 0;
    let mut standings = BTreeSet::new();
    let eyes = [(west_radar(), 1), (south_radar(), 1), (camera(), 1)];
    let tracker = watched_by(&eyes, 3_400, |second, tracker| {
        looks += 3;
        if second % 10 == 0 {
            standings.extend(tracker.sensor_reports().into_iter().map(|report| report.standing));
        }
    });

    assert!(looks > 10_000);
    assert!(!standings.iter().any(|standing| *standing >= Standing::Doubted), "{standings:?}");
    for (eye, _) in eyes {
        let report = report(&tracker, eye.name);
        assert_eq!(report.standing, Standing::Trusted, "{report:?}");
        assert_eq!(report.obscured_to, None);
        let nis = report.nis.unwrap();
        let per_dimension = nis.mean / if eye.range_sigma_m.is_some() { 2.0 } else { 1.0 };
        assert!((0.6..1.4).contains(&per_dimension), "{nis:?}");
    }
}

#[test]
fn a_sensor_alone_over_its_ground_is_unverified() {
    let tracker = watched_by(&[(west_radar(), 5)], 600, |_, _| {});

    assert_eq!(report(&tracker, "radar-west").standing, Standing::Unverified);
}

#[test]
fn a_sensor_that_errs_more_than_it_says_is_weighed_by_what_was_found() {
    let mut tracker = learning();
    let mut dice = Dice(4);
    for look in 0..300_i64 {
        let things = walkers(4, 5.0 * look as f64);
        for eye in [south_radar(), Eye { name: "third", ..camera() }] {
            observe(&mut tracker, &eye.look(5_000 * look, &things, &[], &mut dice));
        }
        let loose = Eye { azimuth_sigma_rad: 0.015, range_sigma_m: Some(24.0), ..west_radar() };
        let mut scan = loose.look(5_000 * look + 20, &things, &[], &mut dice);
        for measurement in &mut scan.measurements {
            if let Sighting::RangeBearing { range_sigma_m, azimuth_sigma_rad, .. } =
                &mut measurement.sighting
            {
                (*range_sigma_m, *azimuth_sigma_rad) = (8.0, 0.005);
            }
        }
        observe(&mut tracker, &scan);
    }

    let report = report(&tracker, "radar-west");

    assert!(report.standing >= Standing::Doubted, "{report:?}");
    assert!(matches!(report.finding, Some(Finding::Noisy { times }) if times > 2.0), "{report:?}");
}

#[test]
fn a_person_leaves_a_sensor_out_and_takes_it_back() {
    let camera_id = SensorId("camera".to_owned());
    let eyes = [(west_radar(), 5), (camera(), 1)];
    let mut standings = Vec::new();
    watched_by(&eyes, 400, |second, tracker| {
        if second == 100 {
            tracker.order(&camera_id, Order::Quarantine, at(100));
        }
        if second == 250 {
            tracker.order(&camera_id, Order::Trust, at(250));
        }
        if [99, 111, 240, 261, 390].contains(&second) {
            standings.push(report(tracker, "camera").standing);
        }
    });

    let [before, left_out, still, taken_back, later] = standings[..] else { panic!() };
    assert!(before <= Standing::Trusted);
    assert_eq!((left_out, still), (Standing::Quarantined, Standing::Quarantined));
    assert_eq!(taken_back, Standing::Unverified);
    assert_eq!(later, Standing::Trusted);
}
