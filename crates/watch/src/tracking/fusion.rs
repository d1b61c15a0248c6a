//! What stations tell each other of a track when there is no room for its detections.
//!
//! A tracklet says what a span of time taught a station of a track, with what it knew before taken
//! out: it can be added to what another station knows without counting anything twice, as long as
//! no detection went into both. Where that is not known, covariance intersection is safe whatever
//! the two have in common.
//! Sources: Drummond, "Tracklets and a hybrid fusion with process noise" (1997), the inverse filter;
//! Julier and Uhlmann, "A non-divergent estimation algorithm in the presence of unknown
//! correlations" (1997).

use std::collections::BTreeSet;

use jiff::Timestamp;
use nalgebra::{SMatrix, SVector};
use serde::{Deserialize, Serialize};
use sight::sector::SensorId;

/// Turns of the search for the best weight; each shrinks the bracket to 0.618 of itself.
const TURNS: u32 = 64;
/// Share of the earlier information that may be lost to rounding.
const LOSS_MAX: f64 = 1e-9;

/// A normal distribution of a state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate<const N: usize> {
    pub mean: SVector<f64, N>,
    pub covariance: SMatrix<f64, N, N>,
}

/// One measurement, wherever it is told of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MeasurementId {
    pub sensor: SensorId,
    pub at: Timestamp,
    pub id: u64,
}

/// What some measurements together say of a state: one measurement that stands for all of them.
///
/// Kept as information, since they may say nothing of some of the state.
#[derive(Debug, Clone, PartialEq)]
pub struct Tracklet<const N: usize> {
    /// Inverse of the covariance.
    pub information: SMatrix<f64, N, N>,
    /// The information times the mean.
    pub vector: SVector<f64, N>,
    pub sources: BTreeSet<MeasurementId>,
}

/// Why two beliefs cannot be put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FusionError {
    #[error("{field} must be a positive definite covariance of finite numbers")]
    Covariance { field: &'static str },
    #[error("after must know no less than before in any direction")]
    Forgot,
    #[error("sources share {shared} measurements: they would count twice")]
    Shared { shared: usize },
}

impl<const N: usize> Tracklet<N> {
    /// What was learnt from `before`, brought forward to the time of `after`, to `after`.
    ///
    /// Exact when nothing but the sources' measurements made the difference.
    pub fn between(
        before: &Estimate<N>,
        after: &Estimate<N>,
        sources: BTreeSet<MeasurementId>,
    ) -> Result<Self, FusionError> {
        let (known, knows) = (before.information("before")?, after.information("after")?);
        let mut information = knows - known;
        information = (information + information.transpose()) * 0.5;
        let slack = SMatrix::<f64, N, N>::from_diagonal(&(knows.diagonal() * LOSS_MAX));
        if (information + slack).cholesky().is_none() {
            return Err(FusionError::Forgot);
        }
        let vector = knows * after.mean - known * before.mean;
        Ok(Self { information, vector, sources })
    }

    /// Both together; refused when a measurement is in both.
    pub fn and(&self, other: &Self) -> Result<Self, FusionError> {
        let shared = self.sources.intersection(&other.sources).count();
        if shared > 0 {
            return Err(FusionError::Shared { shared });
        }
        Ok(Self {
            information: self.information + other.information,
            vector: self.vector + other.vector,
            sources: self.sources.union(&other.sources).cloned().collect(),
        })
    }

    /// What is known of the same time with the tracklet's measurements taken in; none of them may be in `known` already.
    pub fn added_to(&self, known: &Estimate<N>) -> Result<Estimate<N>, FusionError> {
        let information = known.information("known")?;
        let vector = information * known.mean + self.vector;
        Estimate::of_information(information + self.information, vector)
    }
}

/// Two beliefs about one thing whose errors may have anything in common: sure never to claim too much.
///
/// Of all mixtures of their information the one with the smallest determinant of the covariance;
/// returned with the weight of `a`.
pub fn intersect<const N: usize>(
    a: &Estimate<N>,
    b: &Estimate<N>,
) -> Result<(Estimate<N>, f64), FusionError> {
    let (of_a, of_b) = (a.information("a")?, b.information("b")?);
    let mixed = |weight: f64| of_a * weight + of_b * (1.0 - weight);
    let log_determinant = |weight: f64| {
        let root = mixed(weight).cholesky()?;
        Some(root.l_dirty().diagonal().iter().map(|value| libm::log(*value)).sum::<f64>())
    };
    // The logarithm of the determinant is concave in the weight: golden section finds its top.
    let worth = |weight: f64| log_determinant(weight).unwrap_or(f64::NEG_INFINITY);
    let section = (libm::sqrt(5.0) - 1.0) / 2.0;
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..TURNS {
        let (left, right) = (high - section * (high - low), low + section * (high - low));
        if worth(left) < worth(right) {
            low = left;
        } else {
            high = right;
        }
    }
    let inner = f64::midpoint(low, high);
    let best = [1.0, 0.0]
        .into_iter()
        .fold(inner, |best, end| if worth(end) >= worth(best) { end } else { best });
    let vector = of_a * a.mean * best + of_b * b.mean * (1.0 - best);
    Ok((Estimate::of_information(mixed(best), vector)?, best))
}

impl<const N: usize> Estimate<N> {
    fn information(&self, field: &'static str) -> Result<SMatrix<f64, N, N>, FusionError> {
        let finite = self.mean.iter().chain(self.covariance.iter()).all(|value| value.is_finite());
        let root = self.covariance.cholesky().filter(|_| finite);
        root.map(|root| root.inverse()).ok_or(FusionError::Covariance { field })
    }

    fn of_information(
        information: SMatrix<f64, N, N>,
        vector: SVector<f64, N>,
    ) -> Result<Self, FusionError> {
        let both = (information + information.transpose()) * 0.5;
        let root = both.cholesky().ok_or(FusionError::Covariance { field: "sum" })?;
        let inverse = root.inverse();
        let covariance = (inverse + inverse.transpose()) * 0.5;
        Ok(Self { mean: covariance * vector, covariance })
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use jiff::SignedDuration;
    use nalgebra::{Matrix2, Matrix4, RowVector4, Vector2, Vector4};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tracklet_of_measurements_equals_the_measurements_themselves() {
        let prior = start();
        let mut alone = prior;
        let mut behind = prior;
        for step in 0..5 {
            alone = carried(&alone);
            behind = carried(&behind);
            alone = measured(&alone, 40.0 + 1.3 * f64::from(step));
        }

        let learnt = Tracklet::between(&behind, &alone, sources(0..5)).unwrap();
        let other = Estimate {
            mean: Vector4::new(30.0, 1.0, -20.0, 0.5),
            covariance: Matrix4::from_diagonal(&Vector4::new(400.0, 9.0, 250.0, 4.0)),
        };
        let mut batch = other;
        for step in 0..5 {
            batch = carried(&batch);
            batch = measured(&batch, 40.0 + 1.3 * f64::from(step));
        }
        let mut late = other;
        for _ in 0..5 {
            late = carried(&late);
        }
        let told = learnt.added_to(&late).unwrap();

        assert_relative_eq!(told.mean, batch.mean, epsilon = 1e-6);
        assert_relative_eq!(told.covariance, batch.covariance, epsilon = 1e-6);
    }

    #[test]
    fn tracklets_that_share_a_measurement_are_not_added() {
        let (prior, after) = (start(), measured(&start(), 12.0));
        let one = Tracklet::between(&prior, &after, sources(0..3)).unwrap();
        let two = Tracklet::between(&prior, &after, sources(2..4)).unwrap();
        let three = Tracklet::between(&prior, &after, sources(7..8)).unwrap();

        assert_eq!(one.and(&two), Err(FusionError::Shared { shared: 1 }));
        assert_eq!(one.and(&three).unwrap().sources.len(), 4);
    }

    #[test]
    fn who_knows_less_than_before_has_no_tracklet() {
        let (prior, after) = (start(), measured(&start(), 12.0));

        let forgot = Tracklet::between(&after, &prior, BTreeSet::new());

        assert_eq!(forgot, Err(FusionError::Forgot));
    }

    #[test]
    fn of_mirrored_beliefs_the_intersection_weighs_both_alike() {
        let a = plane(Vector2::new(1.0, 0.0), Matrix2::new(1.0, 0.0, 0.0, 4.0));
        let b = plane(Vector2::new(0.0, 1.0), Matrix2::new(4.0, 0.0, 0.0, 1.0));

        let (both, weight) = intersect(&a, &b).unwrap();

        assert_relative_eq!(weight, 0.5, epsilon = 1e-6);
        assert_relative_eq!(both.covariance, Matrix2::identity() * 1.6, epsilon = 1e-6);
        assert_relative_eq!(both.mean, Vector2::new(0.8, 0.8), epsilon = 1e-6);
    }

    #[test]
    fn of_one_belief_that_is_better_in_every_direction_nothing_is_added() {
        let a = plane(Vector2::new(1.0, 0.0), Matrix2::new(1.0, 0.2, 0.2, 2.0));
        let b = plane(Vector2::new(9.0, 9.0), Matrix2::new(7.0, 0.0, 0.0, 8.0));

        let (both, weight) = intersect(&a, &b).unwrap();

        assert_relative_eq!(weight, 1.0);
        assert_relative_eq!(both.mean, a.mean, epsilon = 1e-12);
    }

    #[test]
    fn what_is_no_covariance_is_named() {
        let flat = plane(Vector2::zeros(), Matrix2::new(1.0, 1.0, 1.0, 1.0));
        let sound = plane(Vector2::zeros(), Matrix2::identity());

        assert_eq!(intersect(&sound, &flat).unwrap_err(), FusionError::Covariance { field: "b" });
    }

    proptest! {
        /// In two dimensions the best weight is the root of a linear equation in the eigenvalues of
        /// one information relative to the other (Reinhardt, Noack and Hanebeck, 2012).
        #[test]
        fn the_weight_is_that_of_the_closed_form(
            a in (0.5_f64..9.0, 0.5_f64..9.0, -0.4_f64..0.4),
            b in (0.5_f64..9.0, 0.5_f64..9.0, -0.4_f64..0.4),
        ) {
            let matrix = |(x, y, c): (f64, f64, f64)| Matrix2::new(x, c, c, y);
            let (a, b) = (plane(Vector2::zeros(), matrix(a)), plane(Vector2::zeros(), matrix(b)));
            let root = a.covariance.cholesky().unwrap().l();
            let relative = root.transpose() * b.covariance.try_inverse().unwrap() * root;
            let eigen = relative.symmetric_eigenvalues();
            let (p, q) = (1.0 - eigen[0], 1.0 - eigen[1]);
            let top = if (p * q).abs() > 1e-9 {
                -(p * eigen[1] + q * eigen[0]) / (2.0 * p * q)
            } else {
                f64::NAN
            };
            // Where the parabola opens upwards, or its top lies outside, the better end is best.
            let closed = if p * q < 0.0 && (0.0..=1.0).contains(&top) {
                top
            } else if a.covariance.determinant() <= b.covariance.determinant() {
                1.0
            } else {
                0.0
            };

            let (_, weight) = intersect(&a, &b).unwrap();

            prop_assert!((weight - closed).abs() < 1e-4, "{} {}", weight, closed);
        }
    }

    fn plane(mean: Vector2<f64>, covariance: Matrix2<f64>) -> Estimate<2> {
        Estimate { mean, covariance }
    }

    fn start() -> Estimate<4> {
        Estimate {
            mean: Vector4::new(10.0, 1.2, -5.0, 0.3),
            covariance: Matrix4::from_diagonal(&Vector4::new(100.0, 4.0, 100.0, 4.0)),
        }
    }

    fn carried(from: &Estimate<4>) -> Estimate<4> {
        let mut step = Matrix4::identity();
        step[(0, 1)] = 1.0;
        step[(2, 3)] = 1.0;
        Estimate { mean: step * from.mean, covariance: step * from.covariance * step.transpose() }
    }

    /// A measurement of east and north together along one slanted axis, with an error of 3 m.
    fn measured(from: &Estimate<4>, value: f64) -> Estimate<4> {
        let axis = RowVector4::new(0.8, 0.0, 0.6, 0.0);
        let cross = from.covariance * axis.transpose();
        let innovation = (axis * cross)[0] + 9.0;
        let residual = value - (axis * from.mean)[0];
        Estimate {
            mean: from.mean + cross * (residual / innovation),
            covariance: from.covariance - cross * cross.transpose() / innovation,
        }
    }

    fn sources(ids: std::ops::Range<u64>) -> BTreeSet<MeasurementId> {
        let named = |id| MeasurementId {
            sensor: SensorId("radar".into()),
            at: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(3),
            id,
        };
        ids.map(named).collect()
    }
}
