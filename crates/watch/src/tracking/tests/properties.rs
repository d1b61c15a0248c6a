//! What must hold whatever the sensors say.

use nalgebra::{Matrix4, Vector2};
use proptest::prelude::*;

use super::*;
use crate::tracking::vertical::Vertical;

/// Steps of the long walk in an ordinary test run; the ignored test takes a million.
const STEPS: u32 = 4_000;
/// After so many steps of a walk a tracker starts anew: by then it may believe none of such sensors any more, and is empty.
const FRESH: u32 = 10_000;

/// Numbers that look random and are the same everywhere (Knuth's multiplier).
pub(in crate::tracking) struct Dice(pub(in crate::tracking) u64);

impl Dice {
    pub(in crate::tracking) fn roll(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.roll()
    }

    /// A whole number from 0 on, less than `end`.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        self.roll();
        u32::try_from((self.0 >> 33) % u64::from(end)).unwrap_or(0)
    }

    /// Roughly normal: the sum of twelve rolls.
    pub(in crate::tracking) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.roll()).sum::<f64>() - 6.0
    }

    pub(super) fn place(&mut self) -> EnuPoint {
        EnuPoint::new(self.between(-1_000.0, 1_000.0), self.between(-1_000.0, 1_000.0))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_arrival_leaves_no_trace(seed in any::<u64>(), keys in prop::collection::vec(any::<u32>(), 40)) {
        let mut dice = Dice(seed);
        let scans: Vec<Scan> = (0..40).map(|n| some_scan(&mut dice, n * 150)).collect();
        let mut order: Vec<usize> = (0..scans.len()).collect();
        order.sort_by_key(|&place| (keys[place], place));
        let config = TrackerConfig { relief: Some(hills()), ..config() };
        let (mut in_order, mut shuffled) = (Tracker::new(config.clone()).unwrap(), Tracker::new(config).unwrap());

        for scan in &scans {
            observe(&mut in_order, scan);
        }
        // Every scan arrives twice, as it does over a link that repeats what was not acknowledged.
        for &place in order.iter().chain(&order) {
            observe(&mut shuffled, &scans[place]);
        }

        prop_assert_eq!(in_order.filter, shuffled.filter);
    }

    #[test]
    fn what_is_learned_does_not_depend_on_the_order_of_arrival(seed in any::<u64>(), delays in prop::collection::vec(0.0..9.5_f64, 160)) {
        let mut dice = Dice(seed);
        let scans: Vec<Scan> = (0..160).map(|n| some_scan(&mut dice, n * 400)).collect();
        let mut order: Vec<usize> = (0..scans.len()).collect();
        order.sort_by(|&a, &b| {
            let arrives = |n: usize| n as f64 * 0.4 + delays[n];
            arrives(a).total_cmp(&arrives(b))
        });
        let config = TrackerConfig { learning: Some(Learning { proof_hits: 2.0, ..Learning::default() }), relief: Some(hills()), ..config() };
        let (mut in_order, mut shuffled) = (Tracker::new(config.clone()).unwrap(), Tracker::new(config).unwrap());

        for scan in &scans {
            observe(&mut in_order, scan);
        }
        for place in order {
            observe(&mut shuffled, &scans[place]);
        }

        prop_assert_eq!(in_order.filter, shuffled.filter);
        prop_assert_eq!(in_order.learner, shuffled.learner);
    }
}

#[test]
fn nothing_a_sensor_says_makes_a_belief_senseless() {
    walk(STEPS);
}

#[test]
#[ignore = "takes most of an hour: cargo test -p watch --release -- --ignored senseless"]
fn nothing_a_sensor_says_makes_a_belief_senseless_in_a_million_steps() {
    walk(1_000_000);
}

#[test]
fn many_threads_find_what_one_finds() {
    let run = || {
        let mut dice = Dice(5);
        let mut tracker =
            Tracker::new(TrackerConfig { relief: Some(hills()), ..config() }).unwrap();
        for n in 0..60 {
            observe(&mut tracker, &some_scan(&mut dice, n * 200));
        }
        tracker.filter
    };
    let alone = run();

    let others: Vec<_> = (0..4).map(|_| std::thread::spawn(run)).collect();

    for other in others {
        assert_eq!(other.join().unwrap(), alone);
    }
}

/// A third of the ground lies under dust, through which one look in fifty finds anything. A tracker
/// that knows it holds on to what it cannot see; one that takes its misses for absence lets go.
#[test]
fn knowing_where_the_sensor_is_blind_is_worth_a_fifth_of_the_error() {
    let knowing = dusty(&|point| if in_dust(point) { 0.02 } else { 0.9 });
    let constant = dusty(&|_| 0.9);

    assert!(knowing < 0.8 * constant, "{knowing:.1} m with the map, {constant:.1} m without");
}

fn in_dust(point: EnuPoint) -> bool {
    point.east_m.abs() < 330.0
}

fn dusty(believed: &dyn Fn(EnuPoint) -> f64) -> f64 {
    // These walkers never stop: this is about what is seen of them, not about how they move.
    dusty_with(&TrackerConfig { motions: Vec::new(), ..config() }, (4.0, 330.0), believed)
}

/// With the shipped ways of moving, in belts that take people from half a minute to almost three to cross.
///
/// Whoever learns the dust from its misses needs no map for most of that; so neither side learns here. Who is out of sight
/// longer may have stopped by then, and nobody can say within fifty metres where he is: at 4 m/s, 165 seconds of dust leave
/// the map a tenth of the error.
#[test]
fn as_shipped_knowing_where_the_sensor_is_blind_is_worth_a_fifth_too() {
    for belt in [(4.0, 75.0), (4.0, 150.0), (1.4, 40.0), (1.4, 75.0), (1.4, 115.0)] {
        let in_dust = |point: EnuPoint| point.east_m.abs() < belt.1;
        let knowing = dusty_with(&config(), belt, &|point| if in_dust(point) { 0.02 } else { 0.9 });
        let constant = dusty_with(&config(), belt, &|_| 0.9);

        assert!(knowing < 0.8 * constant, "{belt:?}: {knowing:.1} of {constant:.1} m with the map");
    }
}

/// Rms GOSPA (cut-off 50 m) of eight walkers that cross dust of some width.
fn dusty_with(
    config: &TrackerConfig,
    (speed_mps, half_m): (f64, f64),
    believed: &dyn Fn(EnuPoint) -> f64,
) -> f64 {
    let in_dust = |point: EnuPoint| point.east_m.abs() < half_m;
    let mut dice = Dice(11);
    let mut tracker = Tracker::new(config.clone()).unwrap();
    let mut scorer = crate::metrics::Scorer::new(50.0, 2.0);
    for second in 0..if speed_mps > 2.0 { 400 } else { 900 } {
        let truth: Vec<(u64, EnuPoint)> = (0..8_u32)
            .map(|n| {
                let start = -900.0 + 60.0 * f64::from(n);
                let north_m = f64::from(n) * 220.0 - 800.0;
                (n.into(), EnuPoint::new(start + speed_mps * f64::from(second), north_m))
            })
            .filter(|(_, point)| point.east_m < 1_000.0)
            .collect();
        let mut seen = Vec::new();
        for (_, point) in &truth {
            if dice.roll() < if in_dust(*point) { 0.02 } else { 0.9 } {
                let off = Vector2::new(dice.normal(), dice.normal()) * 5.0;
                seen.push(EnuPoint::new(point.east_m + off.x, point.north_m + off.y));
            }
        }
        seen.push(dice.place());
        tracker.observe(&radar(second, &seen), &|_, point, _| believed(point)).unwrap();
        let found: Vec<_> = tracker.tracks().map(|track| (track.id, track.point())).collect();
        scorer.sample(&truth, &found);
    }
    scorer.score().gospa_rms
}

/// Scans of every kind, of things and of nothing, of figures from the absurd to the impossible.
fn walk(steps: u32) {
    let mut dice = Dice(3);
    for from in (0..steps).step_by(FRESH as usize) {
        let steps = FRESH.min(steps - from);
        let judged = walk_afresh(&mut dice, steps);
        assert!(judged > u64::from(steps), "only {judged} beliefs in {steps} steps");
    }
}

/// Walks with a tracker of its own, and tells how many beliefs were looked at.
fn walk_afresh(dice: &mut Dice, steps: u32) -> u64 {
    let mut judged = 0;
    // Beyond the eastern edge nobody knows how high the ground is.
    let hills = hills();
    let known = move |point: EnuPoint| hills.height_m(point).filter(|_| point.east_m < 800.0);
    let relief = Some(Relief::new(known));
    let learning = Some(Learning { proof_hits: 2.0, ..Learning::default() });
    let config =
        TrackerConfig { fixture_prior: 0.3, tracks_max: 300, relief, learning, ..config() };
    let mut tracker = Tracker::new(config).unwrap();
    let mut milli = 0;
    for _ in 0..steps {
        milli += i64::from(dice.below(1_500));
        let pose = some_pose(dice);
        let scan = Scan { pose, ..some_scan(dice, milli) };
        let chance = dice.roll();
        // What is refused is refused; what is taken must leave sense.
        drop(tracker.observe(&scan, &move |_, _, _| chance));
        judged += tracker.filter.bernoullis().len() as u64;
        for belief in tracker.filter.bernoullis().iter().map(|bernoulli| &bernoulli.belief) {
            assert!((0.0..=1.0).contains(&belief.existence), "{belief:?}");
            assert!(belief.state.mean.iter().all(|value| value.is_finite()), "{belief:?}");
            assert!(is_positive_definite(&belief.state.covariance), "{belief:?}");
            assert!((belief.classes.sum() - 1.0).abs() < 1e-9, "{belief:?}");
            for mode in belief.modes.iter() {
                let chance = mode.weights.sum();
                assert!((0.0..=1.0 + 1e-9).contains(&chance), "{belief:?}");
                assert!(is_positive_definite(&mode.state.covariance), "{belief:?}");
                assert!(mode.turn.rate.is_finite() && mode.turn.variance >= 0.0, "{belief:?}");
            }
            assert!((belief.states().map(|(chance, _)| chance).sum::<f64>() - 1.0).abs() < 1e-9);
            assert!(belief.modes.flight().is_none_or(is_of_this_world), "{belief:?}");
            let still = belief.still.map_or(0.0, |still| still.chance);
            assert!((0.0..=1.0).contains(&still), "{belief:?}");
        }
    }
    judged
}

/// A height that can be, with a spread that is one.
fn is_of_this_world(flight: Vertical) -> bool {
    let (least_m, most_m) = limits::HEIGHT_M;
    let p = &flight.covariance;
    let is_spread = p.m11 > 0.0 && p.m22 > 0.0 && p.determinant() > -1e-9 * p.m11 * p.m22;
    (least_m..=most_m).contains(&flight.mean.x)
        && libm::fabs(flight.mean.y) <= limits::CLIMB_MAX_MPS
        && is_spread
        && p.iter().all(|value| value.is_finite())
}

fn is_positive_definite(covariance: &Matrix4<f64>) -> bool {
    // Scaled to its own diagonal, so that metres and metres a second weigh alike.
    let scale = covariance.diagonal().map(|variance| 1.0 / variance.sqrt());
    let scale = Matrix4::from_diagonal(&scale);
    (scale * covariance * scale).symmetric_eigenvalues().min() > 0.0
}

/// Of one scan in three, errors of place and heading that last.
fn some_pose(dice: &mut Dice) -> Pose {
    if dice.roll() < 0.67 {
        return Pose::default();
    }
    Pose {
        origin: (dice.roll() < 0.5).then(|| dice.place()),
        position_sigma_m: libm::pow(10.0, dice.between(-2.0, 2.0)),
        heading_sigma_rad: libm::pow(10.0, dice.between(-4.0, -1.0)),
        lasts_s: libm::pow(10.0, dice.between(-1.0, 3.0)),
    }
}

pub(super) fn some_scan(dice: &mut Dice, milli: i64) -> Scan {
    let count = dice.below(6);
    let measurements = (0..count)
        .map(|id| Measurement {
            id: id.into(),
            sighting: some_sighting(dice),
            classes: ClassWeights::from_confidences(&[(CLASSES[id as usize], dice.roll())], 0.4),
            aloft: some_aloft(dice),
        })
        .collect();
    let sensor = ["radar", "camera", "drone"][dice.below(3) as usize];
    let sees = if dice.roll() < 0.5 {
        Footprint::Everywhere
    } else {
        Footprint::Disc { centre: dice.place(), radius_m: dice.between(1.0, 2_000.0) }
    };
    Scan {
        sensor: SensorId(sensor.to_owned()),
        at: Timestamp::UNIX_EPOCH + SignedDuration::from_millis(milli),
        measurements,
        clutter: Clutter { per_m2: dice.roll() * 1e-5, per_rad: dice.roll() },
        sees,
        repeats: if dice.roll() < 0.7 { 1.0 } else { dice.between(1.0, 50.0) },
        pose: Pose::default(),
        notch: None,
    }
}

/// Of three measurements in five, what it is if it flies; now and then of another world.
fn some_aloft(dice: &mut Dice) -> Option<Aloft> {
    let origin = dice.place();
    let head_m = dice.between(100.0, 500.0);
    match dice.below(5) {
        0 => Some(Aloft::Height {
            height_m: if dice.roll() < 0.9 {
                dice.between(0.0, 900.0)
            } else {
                1e6 * dice.normal()
            },
            sigma_m: libm::pow(10.0, dice.between(-2.0, 3.0)),
            range_m: (dice.roll() < 0.5).then(|| dice.between(1.0, 2_000.0)),
        }),
        1 => Some(Aloft::Slant { origin, head_m, range_m: dice.between(1.0, 2_000.0) }),
        2 => Some(Aloft::Line {
            origin,
            head_m,
            azimuth: Azimuth::from_radians(dice.between(-3.0, 3.0)),
            azimuth_sigma_rad: libm::pow(10.0, dice.between(-5.0, 0.0)),
            elevation_rad: dice.between(-1.6, 1.6),
            elevation_sigma_rad: libm::pow(10.0, dice.between(-5.0, 0.0)),
            refraction: dice.between(-1.0, 1.0),
            ground_m2_per_rad2: libm::pow(10.0, dice.between(0.0, 8.0)),
        }),
        _ => None,
    }
}

fn some_sighting(dice: &mut Dice) -> Sighting {
    // Most is near one of four places, so that tracks form, meet and are fought over.
    let place = if dice.roll() < 0.7 {
        let home = (dice.roll() * 4.0).floor() * 25.0;
        EnuPoint::new(home + 8.0 * dice.normal(), 100.0 + 8.0 * dice.normal())
    } else {
        dice.place()
    };
    let sigma_m = libm::pow(10.0, dice.between(-2.0, 3.0));
    let origin = dice.place();
    match dice.below(5) {
        0 => Sighting::Position {
            mean_m: place.to_vector(),
            covariance_m2: Matrix2::identity() * (sigma_m * sigma_m),
        },
        1 => Sighting::Bearing {
            origin,
            azimuth: origin.azimuth_to(place),
            sigma_rad: libm::pow(10.0, dice.between(-5.0, 0.0)),
        },
        2 => Sighting::RangeBearing {
            origin,
            range_m: origin.distance_m(place).max(1.0),
            range_sigma_m: sigma_m,
            azimuth: origin.azimuth_to(place),
            azimuth_sigma_rad: libm::pow(10.0, dice.between(-5.0, -0.3)),
        },
        3 => Sighting::Sightline {
            origin,
            height_m: dice.between(-100.0, 2_000.0),
            azimuth: origin.azimuth_to(place),
            azimuth_sigma_rad: libm::pow(10.0, dice.between(-5.0, 0.0)),
            elevation_rad: dice.between(-0.5, 0.5),
            elevation_sigma_rad: libm::pow(10.0, dice.between(-5.0, 0.0)),
            refraction: dice.between(-1.0, 1.0),
        },
        _ => Sighting::Doppler {
            origin,
            range_m: origin.distance_m(place).max(1.0),
            range_sigma_m: sigma_m,
            azimuth: origin.azimuth_to(place),
            azimuth_sigma_rad: libm::pow(10.0, dice.between(-5.0, -0.3)),
            radial_mps: 10.0 * dice.normal(),
            radial_sigma_mps: libm::pow(10.0, dice.between(-2.0, 1.0)),
        },
    }
}
