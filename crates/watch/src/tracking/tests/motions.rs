//! Things that stop, walk and drive, and what is believed of how they move.

use nalgebra::Vector2;
use proptest::prelude::*;

use super::properties::{Dice, some_scan};
use super::*;
use crate::detection::Class;
use crate::metrics::consistency;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Both ways through the filter give the same: that of one motion for all, and that of several.
    #[test]
    fn one_way_of_moving_alone_is_as_if_there_were_none(seed in any::<u64>()) {
        let none = TrackerConfig { motions: Vec::new(), fixture_prior: 0.2, ..config() };
        let alone = Motion {
            mode: Mode::Walk,
            acceleration_m2ps3: none.acceleration_m2ps3,
            speed_sigma_mps: none.speed_sigma_mps,
            slowing_s: None,
            turning: None,
            along_road: None,
            steep_deg: None,
            in_water: 1.0,
            shares: ClassWeights::uniform(),
            climbing: None,
        };
        let one = TrackerConfig { motions: vec![alone], ..none.clone() };
        let (mut none, mut one) = (Tracker::new(none).unwrap(), Tracker::new(one).unwrap());
        let mut dice = Dice(seed);

        for n in 0..60 {
            let scan = some_scan(&mut dice, n * 700);
            observe(&mut none, &scan);
            observe(&mut one, &scan);
        }

        prop_assert_eq!(none.held(), one.held());
        for (a, b) in none.filter.bernoullis().iter().zip(one.filter.bernoullis()) {
            let (a, b) = (&a.belief, &b.belief);
            prop_assert!((a.existence - b.existence).abs() < 1e-6, "{:?} {:?}", a, b);
            let sigma_m = a.state.position_sigma_m();
            prop_assert!((a.state.mean.x - b.state.mean.x).abs() < 1e-6 * sigma_m.max(1.0));
            prop_assert!((sigma_m / b.state.position_sigma_m() - 1.0).abs() < 1e-6);
            let (class, chance) = a.classes.most_likely();
            prop_assert!((chance - b.classes.get(class)).abs() < 1e-6);
        }
    }
}

#[test]
fn who_walks_walks_and_who_stands_has_stopped() {
    let mut tracker = tracker();
    let place = |second: i32| EnuPoint::new(1.4 * f64::from(second.min(60)), 200.0);

    for second in 0..=60 {
        observe(&mut tracker, &radar(second, &[place(second)]));
    }
    let walking = likeliest(&tracker);
    for second in 61..=90 {
        observe(&mut tracker, &radar(second, &[place(second)]));
    }

    assert_eq!(walking.0, Mode::Walk, "{walking:?}");
    let stopped = likeliest(&tracker);
    assert!(stopped.0 == Mode::Stop && stopped.1 > 0.9, "{stopped:?}");
    let track = tracker.tracks().next().unwrap();
    assert!(track.mean.y.abs() < 0.15, "{}", track.mean.y);
}

#[test]
fn what_goes_fifteen_metres_a_second_is_no_walker() {
    let mut tracker = tracker();

    for second in 0..12 {
        let place = EnuPoint::new(-500.0 + 15.0 * f64::from(second), 200.0);
        observe(&mut tracker, &radar(second, &[place]));
    }

    let track = tracker.tracks().next().unwrap();
    for class in [Class::Person, Class::Group, Class::Animal] {
        assert!(track.classes.get(class) < 0.01, "{:?}", track.classes);
    }
    assert_eq!(track.classes.most_likely().0, Class::Vehicle);
}

#[test]
fn what_a_camera_calls_a_drone_is_believed_to_fly() {
    let mut tracker = tracker();

    for second in 0..8 {
        let mut scan = radar(second, &[walker_at(f64::from(second))]);
        scan.measurements[0].classes =
            ClassWeights::from_confidences(&[(Class::Aircraft, 0.9)], 0.7);
        observe(&mut tracker, &scan);
    }

    assert_eq!(likeliest(&tracker).0, Mode::Fly);
}

/// Error and its own estimate over twenty runs of one who stands, walks, stands again and drives around bends.
#[test]
fn several_ways_of_moving_err_less_than_one_and_know_better_how_much() {
    let several = runs(&config());
    // One motion with the noise that errs least over these runs, of those tried.
    let one = [0.05, 0.2, 0.8, 3.0]
        .map(|acceleration_m2ps3| {
            runs(&TrackerConfig { motions: Vec::new(), acceleration_m2ps3, ..config() })
        })
        .into_iter()
        .min_by(|a, b| a.rms_m.total_cmp(&b.rms_m))
        .unwrap();

    assert!(several.rms_m < 0.9 * one.rms_m, "{several:?} {one:?}");
    assert!(several.rms_standing_m < 0.6 * one.rms_standing_m, "{several:?} {one:?}");
    // Two dimensions: an error as large as it is believed to be has 2 on average.
    assert!((1.6..2.5).contains(&several.nees), "{several:?}");
}

#[derive(Debug)]
struct Errors {
    rms_m: f64,
    rms_standing_m: f64,
    /// Mean normalised error squared of the position.
    nees: f64,
}

fn runs(config: &TrackerConfig) -> Errors {
    let mut dice = Dice(29);
    let (mut all, mut standing, mut normalised) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..20 {
        let mut tracker = Tracker::new(config.clone()).unwrap();
        let mut here = EnuPoint::new(-300.0, -300.0);
        let mut heading: f64 = dice.between(0.0, std::f64::consts::TAU);
        for second in 0..300 {
            let (speed, rate): (f64, f64) = match second {
                0..60 | 120..180 => (0.0, 0.0),
                60..120 => (1.4, 0.0),
                180..240 if second % 30 < 15 => (8.0, 0.12),
                _ => (8.0, 0.0),
            };
            heading += rate;
            here.east_m += speed * heading.sin();
            here.north_m += speed * heading.cos();
            let off = (5.0 * dice.normal(), 5.0 * dice.normal());
            observe(
                &mut tracker,
                &radar(second, &[EnuPoint::new(here.east_m + off.0, here.north_m + off.1)]),
            );
            let Some(track) = tracker.tracks().next() else { continue };
            if second < 10 {
                continue;
            }
            let error = Vector2::new(track.mean.x - here.east_m, track.mean.z - here.north_m);
            all.push(error.norm_squared());
            if speed.abs() < f64::EPSILON {
                standing.push(error.norm_squared());
            }
            let [east, both, north] = track.position_covariance_m2();
            let inverse = Matrix2::new(east, both, both, north).try_inverse().unwrap();
            normalised.push(error.dot(&(inverse * error)));
        }
    }
    let rms = |errors2: &[f64]| (errors2.iter().sum::<f64>() / errors2.len() as f64).sqrt();
    Errors {
        rms_m: rms(&all),
        rms_standing_m: rms(&standing),
        nees: consistency(&normalised, 2).unwrap().mean,
    }
}

fn likeliest(tracker: &Tracker) -> (Mode, f64) {
    let track = tracker.tracks().next().unwrap();
    track.modes.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap()
}

/// People who stand, walk and change their mind as the shipped figures say: over all of them an error is
/// as large as it is believed to be. Not so over those alone who never stop: what is believed of one who may
/// stand at any time is right on average over both, and errs by a tenth more than it says where he walks on.
#[test]
fn who_moves_as_the_figures_say_errs_as_much_as_is_believed() {
    const RUNS: usize = 150;
    let mut person = ClassWeights::ZERO;
    person.set(Class::Person, 1.0);
    let config = TrackerConfig { class_prior: person, ..config() };
    let mut dice = Dice(5);

    let (mut walked, mut each) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let errors = one_person(&config, &mut dice);
        walked.extend(errors.iter().filter(|(walks, _)| *walks).map(|(_, error)| *error));
        let all: Vec<f64> = errors.into_iter().map(|(_, error)| error).collect();
        each.push(mean(&all));
    }

    let all = mean(&each);
    let spread = mean(&each.iter().map(|one| (one - all) * (one - all)).collect::<Vec<_>>());
    // Runs are independent, their samples are not.
    let standard_error = (spread / RUNS as f64).sqrt();
    assert!(standard_error < 0.06, "{standard_error}");
    assert!((all - 2.0).abs() < 3.0 * standard_error, "{all} +- {standard_error}");
    assert!((2.0..2.4).contains(&mean(&walked)), "{}", mean(&walked));
}

/// Two minutes of one person seen by a radar: whether he walks, and his squared error by what is believed of it.
fn one_person(config: &TrackerConfig, dice: &mut Dice) -> Vec<(bool, f64)> {
    const STEP_S: f64 = 0.05;
    let (stop, walk) = (&config.motions[0], &config.motions[1]);
    let (stays, decides) = (stop.shares.get(Class::Person), -1.0 / config.decides_after_s[0]);
    let mut tracker = Tracker::new(config.clone()).unwrap();
    let mut stands = dice.roll() < stays;
    let sigma = if stands { stop.speed_sigma_mps } else { walk.speed_sigma_mps };
    let mut place = Vector2::zeros();
    let mut velocity = Vector2::new(dice.normal(), dice.normal()) * sigma;
    let mut errors = Vec::new();
    for second in 0..120 {
        if dice.roll() > decides.exp() {
            let stood = std::mem::replace(&mut stands, dice.roll() < stays);
            if stood && !stands {
                velocity += Vector2::new(dice.normal(), dice.normal()) * walk.speed_sigma_mps;
            }
        }
        let now = if stands { stop } else { walk };
        for _ in 0..20 {
            place += velocity * STEP_S;
            velocity *= now.slowing_s.map_or(1.0, |slowing_s| (-STEP_S / slowing_s).exp());
            let push = (now.acceleration_m2ps3 * STEP_S).sqrt();
            velocity += Vector2::new(dice.normal(), dice.normal()) * push;
        }
        let seen = place + Vector2::new(dice.normal(), dice.normal()) * 5.0;
        let found = [EnuPoint::new(seen.x, seen.y)];
        observe(&mut tracker, &radar(second, if dice.roll() < 0.95 { &found } else { &[] }));
        let Some(track) = tracker.tracks().next().filter(|_| second >= 10) else { continue };
        let error = Vector2::new(track.mean.x, track.mean.z) - place;
        let [east, both, north] = track.position_covariance_m2();
        let inverse = Matrix2::new(east, both, both, north).try_inverse().unwrap();
        errors.push((!stands, error.dot(&(inverse * error))));
    }
    errors
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
