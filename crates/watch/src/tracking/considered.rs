//! Errors that all measurements of one sensor share, and what tracks owe to them.
//!
//! A drone that believes to stand five metres from where it does puts everything five metres off, however
//! often it looks. Taken for noise, eighty looks would make a track sure to half a metre. So each track
//! keeps how its error hangs together with the errors of the sensors that see it, and each update
//! counts with that: what they share is considered and never averaged away, while what one look says
//! against the last - the velocity - is as good as ever. The shared errors themselves are not estimated.
//! Source: Schmidt, "Application of state-space methods to navigation problems" (1966).

use jiff::Timestamp;
use nalgebra::{
    Matrix2, Matrix2x3, Matrix3, Matrix4, Matrix4x2, Matrix4x3, RowVector3, Vector2, Vector3,
    Vector4,
};
use serde::{Deserialize, Serialize};
use sight::geo::{EnuPoint, wrap_angle};

use super::kinematics::{Correction, Gaussian};
use super::scan::Pose;

/// Sensors whose shared errors one track keeps in mind; the one that saw it longest ago gives way.
const SENSORS_MAX: usize = 4;
/// After so many times the span in which an error fades, nothing is left of it.
const FADED: f64 = 5.0;
/// A track cannot hang more closely on a shared error than this share of it.
const BOUND: f64 = 0.95;

/// How what a sensor measured moves with its own errors: of place east, place north, and heading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shared {
    /// Of a place, both axes; of a direction, the first row alone.
    slope: Matrix2x3<f64>,
    /// Variances of the errors.
    spread: Vector3<f64>,
    lasts_s: f64,
}

/// How a track's error hangs together with the errors of one sensor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Considered {
    pub(crate) sensor: u16,
    at: Timestamp,
    lasts_s: f64,
    /// Covariance of the state's error and the sensor's.
    pub(crate) cross: Matrix4x3<f64>,
}

impl Shared {
    /// Of a place that a sensor reports: it moves with the sensor and swings with its heading.
    pub(crate) fn of_place(place: EnuPoint, pose: &Pose) -> Option<Self> {
        let origin = pose.origin.unwrap_or(place);
        let (east_m, north_m) = (place.east_m - origin.east_m, place.north_m - origin.north_m);
        let slope = Matrix2x3::new(1.0, 0.0, north_m, 0.0, 1.0, -east_m);
        Self::new(slope, pose)
    }

    /// Of a direction in which it sees a thing at a point.
    pub(crate) fn of_direction(origin: EnuPoint, point: EnuPoint, pose: &Pose) -> Option<Self> {
        let (east_m, north_m) = (point.east_m - origin.east_m, point.north_m - origin.north_m);
        let range2 = (east_m * east_m + north_m * north_m).max(1.0);
        let row = RowVector3::new(-north_m / range2, east_m / range2, 1.0);
        Self::new(Matrix2x3::from_rows(&[row, RowVector3::zeros()]), pose)
    }

    fn new(slope: Matrix2x3<f64>, pose: &Pose) -> Option<Self> {
        let place_m2 = pose.position_sigma_m * pose.position_sigma_m;
        let heading_rad2 = pose.heading_sigma_rad * pose.heading_sigma_rad;
        let spread = Vector3::new(place_m2, place_m2, heading_rad2);
        (!pose.is_sure()).then_some(Self { slope, spread, lasts_s: pose.lasts_s })
    }

    /// What the errors add to the covariance of a measurement.
    pub(crate) fn noise(&self) -> Matrix2<f64> {
        let noise = self.slope * self.errors() * self.slope.transpose();
        (noise + noise.transpose()) * 0.5
    }

    /// Of a state that was put where a measurement fell.
    pub(crate) fn at_birth(&self) -> Matrix4x3<f64> {
        let owed = self.slope * self.errors();
        let mut cross = Matrix4x3::zeros();
        cross.set_row(0, &-owed.row(0));
        cross.set_row(2, &-owed.row(1));
        cross
    }

    /// An update of a state by a place, counting with what the state already owes to the sensor.
    ///
    /// `noise_m2` holds [`Shared::noise`]. `None` where rounding has left no sense in the figures.
    pub(crate) fn place_correction(
        &self,
        (state, cross): (&Gaussian, &Matrix4x3<f64>),
        place_m: &Vector2<f64>,
        noise_m2: &Matrix2<f64>,
    ) -> Option<Counted> {
        let p = &state.covariance;
        let owed = place_rows(cross) * self.slope.transpose();
        let innovation = state.position_covariance() + noise_m2 + owed + owed.transpose();
        let determinant = innovation.determinant();
        let inverse = innovation.try_inverse().filter(|_| determinant > 0.0)?;
        let both =
            Matrix4x2::from_columns(&[p.column(0), p.column(2)]) + cross * self.slope.transpose();
        let gain = both * inverse;
        let residual = place_m - state.point().to_vector();
        let distance2 = residual.dot(&(inverse * residual));
        let peak = 1.0 / (std::f64::consts::TAU * libm::sqrt(determinant));
        Some(Counted {
            correction: Correction {
                distance2,
                likelihood: peak * libm::exp(-distance2 / 2.0),
                mean: state.mean + gain * residual,
            },
            covariance: even(&(p - gain * both.transpose())),
            cross: cross - gain * (place_rows(cross) + self.slope * self.errors()),
        })
    }

    /// The same by a direction; `variance_rad2` holds the first of [`Shared::noise`].
    pub(crate) fn direction_correction(
        &self,
        (state, cross): (&Gaussian, &Matrix4x3<f64>),
        (origin, azimuth_rad): (EnuPoint, f64),
        variance_rad2: f64,
    ) -> Option<Counted> {
        let row = self.slope.row(0).into_owned();
        let own = row.transpose();
        let (east_m, north_m) = (state.mean.x - origin.east_m, state.mean.z - origin.north_m);
        let slope = Vector4::new(-own.x, 0.0, -own.y, 0.0);
        let owed = slope.dot(&(cross * own));
        let both = state.covariance * slope + cross * own;
        let innovation = slope.dot(&(state.covariance * slope)) + variance_rad2 + 2.0 * owed;
        if innovation <= 0.0 {
            return None;
        }
        let gain = both / innovation;
        let residual = wrap_angle(azimuth_rad - libm::atan2(east_m, north_m));
        let distance2 = residual * residual / innovation;
        Some(Counted {
            correction: Correction {
                distance2,
                likelihood: libm::exp(-distance2 / 2.0)
                    / libm::sqrt(std::f64::consts::TAU * innovation),
                mean: state.mean + gain * residual,
            },
            covariance: even(&(state.covariance - gain * both.transpose())),
            cross: cross - gain * (slope.transpose() * cross + row * self.errors()),
        })
    }

    /// What is owed, kept within what the state's and the sensor's own errors allow together.
    ///
    /// A track owes as a whole; one of its ways of moving may know its state too well to owe as much.
    pub(crate) fn within(
        &self,
        cross: &Matrix4x3<f64>,
        covariance: &Matrix4<f64>,
    ) -> Matrix4x3<f64> {
        let Some(inverse) = covariance.try_inverse() else { return Matrix4x3::zeros() };
        let scale = self.spread.map(|v| if v > 0.0 { 1.0 / libm::sqrt(v) } else { 0.0 });
        let scaled = cross * Matrix3::from_diagonal(&scale);
        let most = (scaled.transpose() * inverse * scaled).symmetric_eigenvalues().max();
        if !most.is_finite() {
            return Matrix4x3::zeros();
        }
        if most > BOUND { cross * libm::sqrt(BOUND / most) } else { *cross }
    }

    fn errors(&self) -> Matrix3<f64> {
        Matrix3::from_diagonal(&self.spread)
    }
}

/// A state after an update, and what it owes to the sensor then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    pub(crate) correction: Correction,
    pub(crate) covariance: Matrix4<f64>,
    pub(crate) cross: Matrix4x3<f64>,
}

impl Considered {
    pub(crate) fn new(sensor: u16, at: Timestamp, shared: &Shared, cross: Matrix4x3<f64>) -> Self {
        Self { sensor, at, lasts_s: shared.lasts_s, cross }
    }

    /// The sensor's errors fade, the state moves on.
    fn predict(&mut self, dt_s: f64) {
        let fading = libm::exp(-dt_s / self.lasts_s);
        for (place, velocity) in [(0, 1), (2, 3)] {
            let moved = self.cross.row(place) + self.cross.row(velocity) * dt_s;
            self.cross.set_row(place, &moved);
        }
        self.cross *= fading;
    }
}

/// Lets time pass for all that a track owes; what has faded is let go.
pub(crate) fn predict(owed: &mut Vec<Considered>, now: Timestamp, dt_s: f64) {
    for considered in owed.iter_mut() {
        considered.predict(dt_s);
    }
    owed.retain(|considered| {
        now.duration_since(considered.at).as_secs_f64() <= FADED * considered.lasts_s
    });
}

/// What a track owes after its state was corrected by a sensor: `own` is what it owes to that one, if it has errors.
pub(crate) fn corrected(
    owed: &mut Vec<Considered>,
    (before, after): (&Matrix4<f64>, &Matrix4<f64>),
    own: Option<(Considered, Shared)>,
) {
    // An update takes the same share of what is owed to others as of the state's error: P' P^-1 = I - K H.
    let left = before.try_inverse().map(|inverse| after * inverse);
    for considered in owed.iter_mut() {
        considered.cross = left.map_or_else(Matrix4x3::zeros, |left| left * considered.cross);
    }
    if let Some((own, shared)) = own {
        owed.retain(|considered| considered.sensor != own.sensor);
        if owed.len() == SENSORS_MAX {
            owed.remove(0);
        }
        owed.push(Considered { cross: shared.within(&own.cross, after), ..own });
    }
}

fn even(covariance: &Matrix4<f64>) -> Matrix4<f64> {
    (covariance + covariance.transpose()) * 0.5
}

fn place_rows(cross: &Matrix4x3<f64>) -> Matrix2x3<f64> {
    Matrix2x3::from_rows(&[cross.row(0).into_owned(), cross.row(2).into_owned()])
}
