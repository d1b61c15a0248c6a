//! Smoothing for display: where a track was, judged by what was seen of it afterwards too.
//!
//! Source: Rauch, Tung and Striebel, "Maximum likelihood estimates of linear dynamic systems" (1965).
//! Between kept states the constant-velocity model applies; a state is one Gaussian (of several motion
//! models, their moments), and beside it a height where it flew. The filter never reads any of it.

use jiff::Timestamp;
use nalgebra::Matrix4;
use serde::{Deserialize, Serialize};

use super::config::TrackerConfig;
use super::kinematics::Gaussian;
use super::vertical::Vertical;

/// What the filter believed right after it saw something of a track.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) at: Timestamp,
    pub(crate) state: Gaussian,
    /// Where it flew, and a height was known.
    pub(crate) flight: Option<Vertical>,
}

/// A place where a track was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrailPoint {
    pub at: Timestamp,
    pub east_m: f64,
    pub north_m: f64,
    /// Position covariance: east-east, east-north, north-north.
    pub covariance_m2: [f64; 3],
    /// Above sea, where it flew and a height was known.
    pub height_m: Option<f64>,
}

impl TrailPoint {
    pub(crate) fn of(node: &Node) -> Self {
        let (mean, p) = (&node.state.mean, &node.state.covariance);
        Self {
            at: node.at,
            east_m: mean.x,
            north_m: mean.z,
            covariance_m2: [p.m11, p.m13, p.m33],
            height_m: node.flight.map(|flight| flight.mean.x),
        }
    }
}

/// The same states, each judged by all that follow it; the last one stays what it is.
pub(crate) fn smoothed(nodes: &[Node], config: &TrackerConfig) -> Vec<Node> {
    let mut after = nodes.to_vec();
    for place in (0..nodes.len().saturating_sub(1)).rev() {
        let (here, next) = (nodes[place], after[place + 1]);
        let dt_s = next.at.duration_since(here.at).as_secs_f64();
        let mut predicted = here.state;
        predicted.predict(dt_s, config.acceleration_m2ps3);
        // A covariance that cannot be inverted leaves the filtered state as it is.
        let Some(factor) = predicted.covariance.cholesky() else { continue };
        let gain = here.state.covariance * transition(dt_s).transpose() * factor.inverse();
        let state = &mut after[place].state;
        state.mean += gain * (next.state.mean - predicted.mean);
        let change = gain * (next.state.covariance - predicted.covariance) * gain.transpose();
        state.covariance += (change + change.transpose()) / 2.0;
        if let (Some(then), Some(later), Some((_, climbing))) =
            (here.flight, next.flight, config.flying())
        {
            after[place].flight = Some(then.smoothed(&later, dt_s, climbing.acceleration_m2ps3));
        }
    }
    after
}

fn transition(dt_s: f64) -> Matrix4<f64> {
    let mut transition = Matrix4::identity();
    transition.m12 = dt_s;
    transition.m34 = dt_s;
    transition
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use jiff::SignedDuration;
    use nalgebra::{DMatrix, DVector, Matrix2, Vector2, Vector4};
    use sight::geo::EnuPoint;

    use super::*;
    use crate::tracking::Area;

    const Q_M2PS3: f64 = 0.3;
    const NOISE_M2: f64 = 25.0;

    /// The known answer: the joint Gaussian of all states, solved at once in its information form,
    /// which shares nothing with the recursion but the model.
    #[test]
    fn smoothing_equals_the_joint_solution_of_all_states_at_once() {
        let times_s = [0.0, 1.0, 2.5, 3.0, 7.0, 8.0, 8.5, 12.0, 13.0, 20.0];
        let measured: Vec<Vector2<f64>> = (0..times_s.len())
            .map(|n| Vector2::new(7.0 * n as f64 + (n * n % 5) as f64, 3.0 - (n * 7 % 4) as f64))
            .collect();
        let prior = Gaussian {
            mean: Vector4::new(1.0, 0.5, -2.0, 0.0),
            covariance: Matrix4::from_diagonal(&Vector4::new(100.0, 16.0, 90.0, 16.0)),
        };

        let found = smoothed(&filtered(&times_s, &measured, prior), &config());

        let (means, covariance) = joint(&times_s, &measured, prior);
        for (n, node) in found.iter().enumerate() {
            let mean = means.fixed_rows::<4>(4 * n);
            let block = covariance.fixed_view::<4, 4>(4 * n, 4 * n);
            assert_relative_eq!(node.state.mean, mean.into_owned(), epsilon = 1e-9);
            assert_relative_eq!(node.state.covariance, block.into_owned(), epsilon = 1e-9);
        }
    }

    #[test]
    fn the_last_state_is_what_the_filter_has() {
        let node = Node {
            at: Timestamp::UNIX_EPOCH,
            state: Gaussian { mean: Vector4::zeros(), covariance: Matrix4::identity() },
            flight: None,
        };

        assert_eq!(smoothed(&[node], &config()), [node]);
        assert_eq!(smoothed(&[], &config()), []);
    }

    fn config() -> TrackerConfig {
        let corner = EnuPoint::new(1_000.0, 1_000.0);
        let area = Area { south_west: EnuPoint::new(0.0, 0.0), north_east: corner };
        TrackerConfig { acceleration_m2ps3: Q_M2PS3, ..TrackerConfig::for_area(area) }
    }

    fn filtered(times_s: &[f64], measured: &[Vector2<f64>], prior: Gaussian) -> Vec<Node> {
        let mut state = prior;
        let mut last_s = times_s[0];
        let mut nodes = Vec::new();
        for (time_s, place) in times_s.iter().zip(measured) {
            state.predict(time_s - last_s, Q_M2PS3);
            last_s = *time_s;
            let gain = state.position_gain(&(Matrix2::identity() * NOISE_M2));
            state = Gaussian {
                mean: gain.correct(&state.mean, place).mean,
                covariance: gain.covariance,
            };
            let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs_f64(*time_s);
            nodes.push(Node { at, state, flight: None });
        }
        nodes
    }

    fn joint(
        times_s: &[f64],
        measured: &[Vector2<f64>],
        prior: Gaussian,
    ) -> (DVector<f64>, DMatrix<f64>) {
        let size = 4 * times_s.len();
        let mut information = DMatrix::zeros(size, size);
        let mut vector = DVector::zeros(size);
        let first = prior.covariance.try_inverse().unwrap();
        add(&mut information, 0, 0, &first);
        vector.fixed_rows_mut::<4>(0).copy_from(&(first * prior.mean));
        for (n, place) in measured.iter().enumerate() {
            for (axis, value) in [(0, place.x), (2, place.y)] {
                information[(4 * n + axis, 4 * n + axis)] += 1.0 / NOISE_M2;
                vector[4 * n + axis] += value / NOISE_M2;
            }
        }
        for (n, pair) in times_s.windows(2).enumerate() {
            let dt_s = pair[1] - pair[0];
            let f = transition(dt_s);
            let mut noise = Gaussian { mean: Vector4::zeros(), covariance: Matrix4::zeros() };
            noise.predict(dt_s, Q_M2PS3);
            let q = noise.covariance.try_inverse().unwrap();
            add(&mut information, 4 * n, 4 * n, &(f.transpose() * q * f));
            add(&mut information, 4 * n, 4 * n + 4, &(-f.transpose() * q));
            add(&mut information, 4 * n + 4, 4 * n, &(-q * f));
            add(&mut information, 4 * n + 4, 4 * n + 4, &q);
        }
        let covariance = information.try_inverse().unwrap();
        (&covariance * vector, covariance)
    }

    fn add(to: &mut DMatrix<f64>, row: usize, column: usize, block: &Matrix4<f64>) {
        let mut view = to.fixed_view_mut::<4, 4>(row, column);
        view += block;
    }
}
