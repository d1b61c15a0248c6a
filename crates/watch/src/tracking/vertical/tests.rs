//! A height filter against closed forms and against its own promises.

use approx::assert_relative_eq;
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

use super::*;
use crate::tracking::tests::properties::Dice;

const Q_M2PS3: f64 = 0.5;

#[test]
fn two_half_steps_carry_a_height_as_one_step_does() {
    let (mut once, mut twice) = (start(), start());

    once.predict(4.0, Q_M2PS3);
    twice.predict(1.5, Q_M2PS3);
    twice.predict(2.5, Q_M2PS3);

    assert_relative_eq!(once.mean, twice.mean, epsilon = 1e-12);
    assert_relative_eq!(once.covariance, twice.covariance, epsilon = 1e-9);
}

#[test]
fn a_height_as_sure_as_the_belief_is_met_half_way() {
    let believed = Vertical::found(&Level { height_m: 100.0, variance_m2: 9.0 }, 3.0);

    let told = believed.heard(&Level { height_m: 106.0, variance_m2: 9.0 });

    assert_relative_eq!(told.after.mean.x, 103.0, epsilon = 1e-12);
    assert_relative_eq!(told.after.covariance.m11, 4.5, epsilon = 1e-12);
    assert_relative_eq!(told.distance2, 2.0, epsilon = 1e-12);
    let density = libm::exp(-1.0) / libm::sqrt(std::f64::consts::TAU * 18.0);
    assert_relative_eq!(told.likelihood, density, epsilon = 1e-15);
}

/// The closed form of the steady state: with the tracking index L = T^2 sqrt(q / T) / r, what a height filter settles
/// at solves the discrete Riccati equation. It is solved here by doubling, which shares nothing with the filter.
#[test]
fn after_many_looks_the_filter_is_as_sure_as_the_riccati_equation_has_it() {
    let (dt_s, variance_m2) = (0.5, 16.0);
    let mut filter = start();
    for _ in 0..400 {
        filter.predict(dt_s, Q_M2PS3);
        filter = filter.heard(&Level { height_m: 300.0, variance_m2 }).after;
    }

    let expected = riccati(dt_s, variance_m2);
    assert_relative_eq!(filter.covariance, expected, max_relative = 1e-6);
}

/// Structure-preserving doubling (Anderson, 1978) on the predicted covariance, then one update.
fn riccati(dt_s: f64, variance_m2: f64) -> Matrix2<f64> {
    let carry = Matrix2::new(1.0, dt_s, 0.0, 1.0);
    let q = Q_M2PS3;
    let noise = Matrix2::new(
        q * dt_s * dt_s * dt_s / 3.0,
        q * dt_s * dt_s / 2.0,
        q * dt_s * dt_s / 2.0,
        q * dt_s,
    );
    let seen = Matrix2::new(1.0 / variance_m2, 0.0, 0.0, 0.0);
    let (mut a, mut g, mut h) = (carry.transpose(), seen, noise);
    for _ in 0..40 {
        let inner = (Matrix2::identity() + g * h).try_inverse().unwrap();
        let (next_a, next_g, next_h) =
            (a * inner * a, g + a * inner * g * a.transpose(), h + a.transpose() * h * inner * a);
        (a, g, h) = (next_a, next_g, next_h);
    }
    let predicted = h;
    let innovation = predicted.m11 + variance_m2;
    let gain = predicted.column(0) / innovation;
    predicted - gain * predicted.row(0)
}

/// The normalised squared error of a filter that knows itself is two on average: chi-square with two degrees of freedom.
#[test]
fn over_many_climbs_the_error_is_as_large_as_it_is_believed_to_be() {
    let (runs, looks, dt_s, sigma_m) = (400, 40, 1.0, 8.0);
    let mut dice = Dice(20_261_126);
    let mut nees = 0.0;
    let mut within = 0;
    for _ in 0..runs {
        let mut truth = Vector2::new(200.0 + 20.0 * dice.normal(), 3.0 * dice.normal());
        let level =
            Level { height_m: truth.x + sigma_m * dice.normal(), variance_m2: sigma_m * sigma_m };
        let mut filter = Vertical::found(&level, 3.0);
        for _ in 0..looks {
            truth = climbed(truth, dt_s, &mut dice);
            filter.predict(dt_s, Q_M2PS3);
            let height_m = truth.x + sigma_m * dice.normal();
            filter = filter.heard(&Level { height_m, ..level }).after;
        }
        let off = truth - filter.mean;
        nees += off.dot(&(filter.covariance.try_inverse().unwrap() * off));
        within += i32::from(libm::fabs(off.x) < 1.96 * filter.sigmas().0);
    }

    // 800 degrees of freedom: 99.9 % lie within 2 +- 0.34.
    let mean = nees / f64::from(runs);
    assert!((1.66..2.34).contains(&mean), "NEES {mean}");
    // 95 % of 400, give or take three and a half standard deviations.
    assert!((365..=395).contains(&within), "{within} of {runs} within the 95 % interval");
}

/// One step of the process that the filter assumes.
fn climbed(truth: Vector2<f64>, dt_s: f64, dice: &mut Dice) -> Vector2<f64> {
    let (a, b) = (dice.normal(), dice.normal());
    let sigma = libm::sqrt(Q_M2PS3 * dt_s);
    // Cholesky factor of [dt^3 / 3, dt^2 / 2; dt^2 / 2, dt] is dt [1/2, 1/sqrt(12); 1/dt, 0] times sqrt(dt).
    let pushed = sigma * Vector2::new(dt_s * (a / 2.0 + b / libm::sqrt(12.0)), a);
    Vector2::new(truth.x + dt_s * truth.y, truth.y) + pushed
}

/// The known answer: all heights at once by least squares, which shares nothing with the recursion but the model.
#[test]
fn smoothed_heights_are_those_of_all_looks_at_once() {
    let times_s = [0.0, 1.0, 3.0, 3.5, 6.0];
    let heights_m = [100.0, 106.0, 109.0, 115.0, 119.0];
    let variance_m2 = 9.0;
    let mut filtered = vec![start()];
    for (place, height_m) in heights_m.iter().enumerate() {
        let mut state = *filtered.last().unwrap();
        if place > 0 {
            state.predict(times_s[place] - times_s[place - 1], Q_M2PS3);
        }
        let after = state.heard(&Level { height_m: *height_m, variance_m2 }).after;
        if place == 0 {
            filtered[0] = after;
        } else {
            filtered.push(after);
        }
    }
    let mut smoothed = filtered.clone();
    for place in (0..times_s.len() - 1).rev() {
        let dt_s = times_s[place + 1] - times_s[place];
        smoothed[place] = filtered[place].smoothed(&smoothed[place + 1], dt_s, Q_M2PS3);
    }

    let (means, covariance) = at_once(&times_s, &heights_m, variance_m2);
    for (place, own) in smoothed.iter().enumerate() {
        assert_relative_eq!(
            own.mean,
            means.fixed_rows::<2>(2 * place).into_owned(),
            epsilon = 1e-8
        );
        let block = covariance.fixed_view::<2, 2>(2 * place, 2 * place).into_owned();
        assert_relative_eq!(own.covariance, block, epsilon = 1e-8);
    }
}

fn at_once(times_s: &[f64], heights_m: &[f64], variance_m2: f64) -> (DVector<f64>, DMatrix<f64>) {
    let size = 2 * times_s.len();
    let (mut information, mut vector) = (DMatrix::zeros(size, size), DVector::zeros(size));
    let mut add = |at: usize, other: usize, block: Matrix2<f64>| {
        for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            information[(at + row, other + column)] += block[(row, column)];
        }
    };
    let prior = start().covariance.try_inverse().unwrap();
    add(0, 0, prior);
    for (place, pair) in times_s.windows(2).enumerate() {
        let dt_s = pair[1] - pair[0];
        let mut noise = Vertical { mean: Vector2::zeros(), covariance: Matrix2::zeros() };
        noise.predict(dt_s, Q_M2PS3);
        let (q, f) = (noise.covariance.try_inverse().unwrap(), Matrix2::new(1.0, dt_s, 0.0, 1.0));
        add(2 * place, 2 * place, f.transpose() * q * f);
        add(2 * place, 2 * place + 2, -f.transpose() * q);
        add(2 * place + 2, 2 * place, -q * f);
        add(2 * place + 2, 2 * place + 2, q);
    }
    vector.fixed_rows_mut::<2>(0).copy_from(&(prior * start().mean));
    for (place, height_m) in heights_m.iter().enumerate() {
        information[(2 * place, 2 * place)] += 1.0 / variance_m2;
        vector[2 * place] += height_m / variance_m2;
    }
    let covariance = information.try_inverse().unwrap();
    (&covariance * vector, covariance)
}

#[test]
fn of_two_who_may_share_their_errors_the_surer_is_believed() {
    let sure = Vertical::found(&Level { height_m: 100.0, variance_m2: 4.0 }, 3.0);
    let unsure = Vertical::found(&Level { height_m: 130.0, variance_m2: 400.0 }, 3.0);

    assert_eq!(Vertical::surer(Some(unsure), Some(sure)), Some(sure));
    assert_eq!(Vertical::surer(Some(unsure), None), Some(unsure));
    assert_eq!(Vertical::surer(None, None), None);
}

#[test]
fn a_height_that_is_more_likely_unknown_is_unknown() {
    let known = Some(start());

    assert_eq!(Vertical::merged(&[(0.3, known), (0.7, None)].into_iter()), None);
    assert_eq!(Vertical::merged(&[(0.7, known), (0.3, None)].into_iter()), known);
}

#[test]
fn what_has_come_down_stays_on_the_ground_and_nothing_leaves_the_sky() {
    let sinking = Vertical { mean: Vector2::new(180.0, -4.0), ..start() };

    let landed = sinking.within_bounds(Some(197.0));

    assert_relative_eq!(landed.mean, Vector2::new(197.0, 0.0));
    let rising = Vertical { mean: Vector2::new(1e6, 1e6), ..start() }.within_bounds(None);
    assert_relative_eq!(rising.mean, Vector2::new(limits::HEIGHT_M.1, 0.0));
}

proptest! {
    #[test]
    fn however_it_is_looked_at_the_spread_stays_positive_and_the_height_finite(
        steps in prop::collection::vec((0.0_f64..600.0, -500.0_f64..20_000.0, -8.0_f64..8.0), 1..60),
    ) {
        let mut filter = start();
        for (dt_s, height_m, decades) in steps {
            filter.predict(dt_s, Q_M2PS3);
            let variance_m2 = libm::pow(10.0, decades);
            filter = filter.heard(&Level { height_m, variance_m2 }).after.within_bounds(Some(0.0));

            let p = filter.covariance;
            prop_assert!(p.m11 > 0.0 && p.m22 > 0.0 && p.determinant() >= -1e-9 * p.m11 * p.m22, "{p}");
            prop_assert!((0.0..=20_000.0).contains(&filter.mean.x) && filter.mean.y.is_finite());
        }
    }
}

fn start() -> Vertical {
    Vertical { mean: Vector2::new(90.0, 2.0), covariance: Matrix2::new(40.0, 3.0, 3.0, 9.0) }
}
