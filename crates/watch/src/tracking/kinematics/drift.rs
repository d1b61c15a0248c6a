//! What one way of moving does to a belief in a given time.

use nalgebra::{Matrix4, Vector2, Vector4};
use serde::{Deserialize, Serialize};

use super::{Gaussian, Spread, symmetrise};
use crate::tracking::ground::{Ground, GroundMap};
use crate::tracking::motion::{AlongRoad, Motion, Turning};

/// A share of the memory below which fading cannot be told from keeping; saves the difference of near equals.
const SHORT: f64 = 1e-3;

/// Turns, of the thing or of its road, are taken in pieces of this length at most, s.
const PIECE_S: f64 = 2.0;

/// Most pieces of one span; they grow longer beyond.
const PIECES_MAX: u32 = 16;

/// No wheel turns faster, rad/s.
const RATE_MAX_RADPS: f64 = 2.0;

/// A rate of turn, and how it hangs together with the state that turns (counter-clockwise, rad/s).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) rate: f64,
    pub(crate) variance: f64,
    /// Covariance with the state.
    pub(crate) cross: Vector4<f64>,
}

/// The motion of one mode over one span of time, ready to be applied to many states.
#[derive(Debug, Clone)]
pub(crate) struct Drift {
    /// How far a velocity of 1 m/s carries, in m.
    carry: f64,
    /// What is left of velocity.
    keep: f64,
    /// Position, covariance and velocity parts of the noise of one axis.
    noise: [f64; 3],
    /// Parts of the span, each taken with the figures above, and what turns in each of them.
    pieces: u32,
    turning: Option<TurnDrift>,
    steering: Option<Steering>,
}

#[derive(Debug, Clone, Copy)]
struct TurnDrift {
    dt_s: f64,
    /// What is left of the rate, and its mean over the piece.
    keep: f64,
    mean: f64,
    noise: f64,
}

impl Drift {
    pub(crate) fn over(dt_s: f64, motion: &Motion) -> Self {
        let bends = motion.turning.is_some() || motion.along_road.is_some();
        let pieces = if bends { pieces_of(dt_s) } else { 1 };
        let piece_s = dt_s / f64::from(pieces);
        let (carry, keep, noise) =
            fading(piece_s, motion.acceleration_m2ps3, motion.slowing_s.unwrap_or(f64::INFINITY));
        let turning = motion.turning.map(|turning| TurnDrift::over(piece_s, turning));
        let steering = motion.along_road.map(|road| Steering::over(piece_s, road));
        Self { carry, keep, noise, pieces, turning, steering }
    }

    pub(crate) fn apply(&self, state: &mut Gaussian, turn: &mut Turn, ground: &GroundMap) {
        for _ in 0..self.pieces {
            match &self.turning {
                Some(turning) => turning.apply(state, turn),
                None => self.carry_on(state),
            }
            self.add_noise(&mut state.covariance);
            if let Some(steering) = &self.steering {
                steering.apply(state, &ground.at(state.point()));
            }
        }
    }

    /// Straight on, as far as velocity lasts.
    fn carry_on(&self, state: &mut Gaussian) {
        let (x, p) = (&mut state.mean, &mut state.covariance);
        x.x += self.carry * x.y;
        x.z += self.carry * x.w;
        x.y *= self.keep;
        x.w *= self.keep;
        for column in 0..4 {
            p[(0, column)] += self.carry * p[(1, column)];
            p[(2, column)] += self.carry * p[(3, column)];
            p[(1, column)] *= self.keep;
            p[(3, column)] *= self.keep;
        }
        for row in 0..4 {
            p[(row, 0)] += self.carry * p[(row, 1)];
            p[(row, 2)] += self.carry * p[(row, 3)];
            p[(row, 1)] *= self.keep;
            p[(row, 3)] *= self.keep;
        }
    }

    fn add_noise(&self, p: &mut Matrix4<f64>) {
        let [place, both, speed] = self.noise;
        p.m11 += place;
        p.m12 += both;
        p.m21 += both;
        p.m22 += speed;
        p.m33 += place;
        p.m34 += both;
        p.m43 += both;
        p.m44 += speed;
        symmetrise(p);
    }
}

fn pieces_of(dt_s: f64) -> u32 {
    (1..PIECES_MAX).find(|pieces| dt_s <= PIECE_S * f64::from(*pieces)).unwrap_or(PIECES_MAX)
}

/// Velocity as an Ornstein-Uhlenbeck process: what it carries, what is left of it, and the noise.
///
/// Exact in continuous time. Source: Gillespie, "Exact numerical simulation of the Ornstein-Uhlenbeck
/// process and its integral" (1996).
fn fading(dt_s: f64, q_m2ps3: f64, slowing_s: f64) -> (f64, f64, [f64; 3]) {
    let gone = -libm::expm1(-dt_s / slowing_s);
    let keep = 1.0 - gone;
    if dt_s < SHORT * slowing_s {
        let carry = if slowing_s.is_finite() { slowing_s * gone } else { dt_s };
        let noise =
            [q_m2ps3 * dt_s * dt_s * dt_s / 3.0, q_m2ps3 * dt_s * dt_s / 2.0, q_m2ps3 * dt_s];
        return (carry, keep, noise);
    }
    let variance = q_m2ps3 * slowing_s / 2.0;
    let place = variance * slowing_s * (2.0 * dt_s - slowing_s * gone * (2.0 + gone));
    let noise = [place, variance * slowing_s * gone * gone, variance * gone * (1.0 + keep)];
    (slowing_s * gone, keep, noise)
}

impl TurnDrift {
    fn over(dt_s: f64, Turning { sigma_radps, memory_s }: Turning) -> Self {
        let gone = -libm::expm1(-dt_s / memory_s);
        let keep = 1.0 - gone;
        Self {
            dt_s,
            keep,
            mean: if dt_s > 0.0 { memory_s * gone / dt_s } else { 1.0 },
            noise: sigma_radps * sigma_radps * gone * (1.0 + keep),
        }
    }

    /// Coordinated turn with unknown rate, linearised at the mean.
    ///
    /// Source: Bar-Shalom, Li and Kirubarajan, "Estimation with applications", 11.7.2.
    fn apply(&self, state: &mut Gaussian, turn: &mut Turn) {
        let dt_s = self.dt_s;
        let angle = turn.rate * self.mean * dt_s;
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        let [along, aside, d_along, d_aside] = arc(angle, sin, cos);
        let (along, aside) = (along * dt_s, aside * dt_s);
        let step = Matrix4::new(
            1.0, along, 0.0, -aside, //
            0.0, cos, 0.0, -sin, //
            0.0, aside, 1.0, along, //
            0.0, sin, 0.0, cos,
        );
        let (d_along, d_aside) = (d_along * dt_s * dt_s, d_aside * dt_s * dt_s);
        let (east, north) = (state.mean.y, state.mean.w);
        let by_rate = self.mean
            * Vector4::new(
                d_along * east - d_aside * north,
                -dt_s * (sin * east + cos * north),
                d_aside * east + d_along * north,
                dt_s * (cos * east - sin * north),
            );
        state.mean = step * state.mean;
        let cross = step * turn.cross;
        let both = cross * by_rate.transpose();
        state.covariance = step * state.covariance * step.transpose()
            + both
            + both.transpose()
            + by_rate * by_rate.transpose() * turn.variance;
        turn.cross = (cross + by_rate * turn.variance) * self.keep;
        turn.variance = turn.variance * self.keep * self.keep + self.noise;
        turn.rate *= self.keep;
    }
}

/// sin a / a and (1 - cos a) / a, and how each changes with a.
fn arc(a: f64, sin: f64, cos: f64) -> [f64; 4] {
    if libm::fabs(a) < 1e-3 {
        return [1.0 - a * a / 6.0, a / 2.0, -a / 3.0, 0.5 - a * a / 8.0];
    }
    [sin / a, (1.0 - cos) / a, (a * cos - sin) / (a * a), (a * sin - 1.0 + cos) / (a * a)]
}

/// What keeping to a road does in one piece of a span.
#[derive(Debug, Clone, Copy)]
struct Steering {
    /// What is left of being off its middle and out of its direction.
    keep: f64,
    /// Variances across the road that come in their place: of position and velocity.
    noise: [f64; 2],
    /// Farther from the middle nothing is steered.
    reach_m: f64,
}

impl Steering {
    fn over(dt_s: f64, road: AlongRoad) -> Self {
        let keep = libm::exp(-dt_s / road.steering_s);
        let new = 1.0 - keep * keep;
        Self {
            keep,
            noise: [road.spread_m * road.spread_m * new, road.sway_mps * road.sway_mps * new],
            reach_m: 4.0 * road.spread_m,
        }
    }

    /// Turns the velocity into the road's direction and draws the place to its middle, each by its
    /// share: across the road an Ornstein-Uhlenbeck process, along it nothing.
    fn apply(&self, state: &mut Gaussian, ground: &Ground) {
        let Some(road) = ground.road else { return };
        let aside = Vector2::new(-road.along.y, road.along.x);
        let off_m = (state.point().to_vector() - road.point.to_vector()).dot(&aside);
        if libm::fabs(off_m) > self.reach_m + state.position_sigma_m() {
            return;
        }
        let gone = 1.0 - self.keep;
        let (along_mps, aside_mps) = {
            let velocity = Vector2::new(state.mean.y, state.mean.w);
            (velocity.dot(&road.along), velocity.dot(&aside))
        };
        // Towards the road's nearer direction; turning keeps the speed, only what is left is across.
        let angle =
            -gone * libm::atan2(libm::copysign(1.0, along_mps) * aside_mps, libm::fabs(along_mps));
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        let turn = Matrix4::new(
            1.0, 0.0, 0.0, 0.0, //
            0.0, cos, 0.0, -sin, //
            0.0, 0.0, 1.0, 0.0, //
            0.0, sin, 0.0, cos,
        );
        let across = aside * aside.transpose();
        let [place, speed] = self.noise;
        let mut draw = Matrix4::<f64>::identity();
        let mut noise = Matrix4::<f64>::zeros();
        for (row, column) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let part = across[(row, column)];
            draw[(2 * row, 2 * column)] -= gone * part;
            draw[(2 * row + 1, 2 * column + 1)] -= gone * part;
            noise[(2 * row, 2 * column)] = place * part;
            noise[(2 * row + 1, 2 * column + 1)] = speed * part;
        }
        state.mean = turn * state.mean;
        state.mean.x -= gone * off_m * aside.x;
        state.mean.z -= gone * off_m * aside.y;
        let step = draw * turn;
        state.covariance = step * state.covariance * step.transpose() + noise;
        symmetrise(&mut state.covariance);
    }
}

impl Turn {
    pub(crate) const NONE: Self =
        Self { rate: 0.0, variance: 0.0, cross: Vector4::new(0.0, 0.0, 0.0, 0.0) };

    /// What is known of the turn of a thing that was not turning so far.
    pub(crate) fn unknown(turning: Option<Turning>) -> Self {
        let sigma = turning.map_or(0.0, |turning| turning.sigma_radps);
        Self { variance: sigma * sigma, ..Self::NONE }
    }

    /// Draws the rate after its state, which something was learned about.
    ///
    /// Given the state the rate does not depend on what was measured, so it follows by regression.
    pub(crate) fn follow(&mut self, before: &Gaussian, (mean, covariance): Spread<'_>) {
        if self.variance <= 0.0 {
            return;
        }
        let Some(cholesky) = before.covariance.cholesky() else { return };
        let slope = cholesky.solve(&self.cross);
        let own = (self.variance - slope.dot(&self.cross)).max(0.0);
        self.rate =
            (self.rate + slope.dot(&(mean - before.mean))).clamp(-RATE_MAX_RADPS, RATE_MAX_RADPS);
        self.cross = covariance * slope;
        self.variance = own + slope.dot(&self.cross);
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::tracking::class::ClassWeights;
    use crate::tracking::ground::RoadNear;
    use crate::tracking::motion::Mode;
    use sight::geo::EnuPoint;

    #[test]
    fn two_half_steps_of_what_slows_are_one_step() {
        for slowing_s in [None, Some(2.0), Some(1e4)] {
            let motion = Motion { slowing_s, ..motion() };
            let (mut once, mut twice) = (start(), start());
            let mut turn = Turn::NONE;

            Drift::over(3.0, &motion).apply(&mut once, &mut turn, &flat());
            Drift::over(1.0, &motion).apply(&mut twice, &mut turn, &flat());
            Drift::over(2.0, &motion).apply(&mut twice, &mut turn, &flat());

            assert_relative_eq!(once.mean, twice.mean, max_relative = 1e-9);
            assert_relative_eq!(once.covariance, twice.covariance, max_relative = 1e-3);
        }
    }

    #[test]
    fn what_slows_comes_to_rest_with_the_sway_that_it_keeps() {
        let motion = Motion { slowing_s: Some(2.0), ..motion() };
        let mut state = start();

        Drift::over(100.0, &motion).apply(&mut state, &mut Turn::NONE.clone(), &flat());

        assert_relative_eq!(state.mean, Vector4::new(5.0, 0.0, -5.0, 0.0), epsilon = 1e-9);
        assert_relative_eq!(state.covariance.m22, 0.3 * 2.0 / 2.0, max_relative = 1e-9);
    }

    #[test]
    fn a_quarter_turn_leads_around_a_quarter_of_the_circle() {
        let turning = Turning { sigma_radps: 0.1, memory_s: 1e6 };
        let motion = Motion { turning: Some(turning), ..motion() };
        let rate = std::f64::consts::FRAC_PI_2 / 2.0;
        let mut turn = Turn { rate, ..Turn::unknown(Some(turning)) };
        let mut state = Gaussian { mean: Vector4::new(0.0, 10.0, 0.0, 0.0), ..start() };

        Drift::over(2.0, &motion).apply(&mut state, &mut turn, &flat());

        let radius = 10.0 / rate;
        assert_relative_eq!(
            state.mean,
            Vector4::new(radius, 0.0, radius, 10.0),
            max_relative = 1e-3,
            epsilon = 1e-3
        );
    }

    #[test]
    fn the_rate_moves_the_state_as_its_slope_says() {
        let turning = Turning { sigma_radps: 0.1, memory_s: 8.0 };
        let motion = Motion { turning: Some(turning), ..motion() };
        let drift = Drift::over(1.5, &motion);
        for rate in [-0.4, 0.0, 1e-4, 0.2] {
            let after = |rate| {
                let mut state = start();
                let mut turn = Turn { rate, ..Turn::unknown(Some(turning)) };
                drift.apply(&mut state, &mut turn, &flat());
                (state, turn)
            };
            let (state, turn) = after(rate);

            let slope = (after(rate + 1e-6).0.mean - after(rate - 1e-6).0.mean) / 2e-6;
            let keep = libm::exp(-1.5 / 8.0);

            let expected = slope * (0.01 * keep);
            assert_relative_eq!(turn.cross, expected, max_relative = 1e-4, epsilon = 1e-6);
            assert!(state.covariance.cholesky().is_some());
        }
    }

    #[test]
    fn the_rate_follows_its_state_as_one_filter_of_both_would_have_it() {
        let before = start();
        let cross = Vector4::new(0.3, 0.05, -0.2, 0.04);
        let mut turn = Turn { rate: 0.1, variance: 0.05, cross };
        let noise = nalgebra::Matrix2::identity() * 4.0;
        let gain = before.position_gain(&noise);
        let seen = Vector2::new(3.0, 1.0);
        let after =
            Gaussian { mean: gain.correct(&before.mean, &seen).mean, covariance: gain.covariance };

        turn.follow(&before, after.spread());

        // The gain of the rate itself: cross' H' S^-1.
        let innovation = (before.position_covariance() + noise).try_inverse().unwrap();
        let row = Vector2::new(cross.x, cross.z);
        let residual = Vector2::new(seen.x - before.mean.x, seen.y - before.mean.z);
        assert_relative_eq!(
            turn.rate,
            0.1 + row.dot(&(innovation * residual)),
            max_relative = 1e-9
        );
        assert_relative_eq!(
            turn.variance,
            0.05 - row.dot(&(innovation * row)),
            max_relative = 1e-9
        );
    }

    #[test]
    fn what_follows_a_road_goes_around_its_bend_and_does_not_slow_down() {
        let radius_m = 60.0;
        let map = GroundMap::new(move |point| {
            let out = point.to_vector() / point.to_vector().norm();
            let on = out * radius_m;
            let road =
                RoadNear { point: EnuPoint::new(on.x, on.y), along: Vector2::new(-out.y, out.x) };
            Ground { road: Some(road), ..Ground::default() }
        });
        let road = AlongRoad { spread_m: 5.0, steering_s: 2.0, sway_mps: 0.5 };
        let drift = Drift::over(1.0, &Motion { along_road: Some(road), ..motion() });
        let mut state = Gaussian { mean: Vector4::new(radius_m, 0.0, 0.0, 8.0), ..start() };

        for _ in 0..30 {
            drift.apply(&mut state, &mut Turn::NONE.clone(), &map);
        }

        let off_m = state.point().to_vector().norm() - radius_m;
        assert!(off_m.abs() < 10.0, "{off_m}");
        assert_relative_eq!(libm::hypot(state.mean.y, state.mean.w), 8.0, max_relative = 0.02);
        let out = state.point().to_vector().normalize();
        let across = out.dot(&(state.position_covariance() * out));
        let along = Vector2::new(-out.y, out.x);
        let along = along.dot(&(state.position_covariance() * along));
        assert!(across < 0.2 * along, "{across} {along}");
        assert!(state.covariance.cholesky().is_some());
    }

    fn flat() -> GroundMap {
        GroundMap::default()
    }

    fn motion() -> Motion {
        Motion {
            mode: Mode::Drive,
            acceleration_m2ps3: 0.3,
            speed_sigma_mps: 5.0,
            slowing_s: None,
            turning: None,
            along_road: None,
            steep_deg: None,
            in_water: 1.0,
            shares: ClassWeights::uniform(),
            climbing: None,
        }
    }

    fn start() -> Gaussian {
        let mut state = Gaussian {
            mean: Vector4::new(1.0, 2.0, 3.0, -4.0),
            covariance: Matrix4::from_diagonal(&Vector4::new(4.0, 1.0, 9.0, 2.0)),
        };
        state.covariance.m13 = 0.5;
        state.covariance.m31 = 0.5;
        state
    }
}
