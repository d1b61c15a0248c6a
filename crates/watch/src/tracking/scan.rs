//! One look of one sensor: what it found, what it could have found, how often it errs.

mod aloft;

use jiff::Timestamp;
use nalgebra::{Matrix2, Vector2};
use serde::{Deserialize, Serialize};
use sight::geo::{Azimuth, EnuPoint};
use sight::sector::SensorId;

pub use self::aloft::Aloft;
use super::class::ClassWeights;

/// All that one sensor reports of one look, in the sector's frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    pub sensor: SensorId,
    /// When the sensor looked, not when the report came.
    pub at: Timestamp,
    pub measurements: Vec<Measurement>,
    pub clutter: Clutter,
    pub sees: Footprint,
    /// How many looks in a row repeat each other's errors; at least 1, which says that each is fresh.
    ///
    /// What one of them says counts for that much less: a camera whose heading is off for ten
    /// seconds does not tell more by looking eighty times in them.
    pub repeats: f64,
    /// How well the sensor knows its own place and pointing, beyond what each measurement claims.
    #[serde(default)]
    pub pose: Pose,
    /// Of a radar: the radial speeds that it cannot tell from the ground.
    #[serde(default)]
    pub notch: Option<Notch>,
}

/// Errors that all measurements of a sensor share and that stay for a while, so that looking often
/// does not average them away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// Where the sensor stands; what it reports lies off by the same.
    pub origin: Option<EnuPoint>,
    /// Of its place, one sigma of each axis.
    pub position_sigma_m: f64,
    /// Of its pointing, one sigma.
    pub heading_sigma_rad: f64,
    /// Time in which such an error fades to 1/e; above 0 where there is one.
    pub lasts_s: f64,
}

/// Radial speeds that a radar filters out with the ground's echo.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Notch {
    pub origin: EnuPoint,
    /// Slower than this towards or away from it is not found.
    pub speed_mps: f64,
    /// Share of movers outside the notch that the chance of detection already counts with, by class.
    pub counted: ClassWeights,
}

/// One thing that a sensor found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Unique within the sensor's scan; kept as lineage.
    pub id: u64,
    pub sighting: Sighting,
    /// Likelihood of what the sensor says about the kind of thing, for each class; only ratios matter.
    pub classes: ClassWeights,
    /// What it says of a thing that need not be on the ground; the sighting is where it is if it is.
    #[serde(default)]
    pub aloft: Option<Aloft>,
}

/// How a thing was located.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Sighting {
    /// East and north, with their covariance.
    Position { mean_m: Vector2<f64>, covariance_m2: Matrix2<f64> },
    /// A direction only: sharpens tracks; by itself it starts a bank of ranges, not a track.
    Bearing { origin: EnuPoint, azimuth: Azimuth, sigma_rad: f64 },
    RangeBearing {
        origin: EnuPoint,
        range_m: f64,
        range_sigma_m: f64,
        azimuth: Azimuth,
        azimuth_sigma_rad: f64,
    },
    /// A direction and how far it points above or below the local level: where it meets the ground says
    /// something of the range, however little.
    Sightline {
        origin: EnuPoint,
        /// Of the sensing head, above sea.
        height_m: f64,
        azimuth: Azimuth,
        azimuth_sigma_rad: f64,
        elevation_rad: f64,
        elevation_sigma_rad: f64,
        /// Share of the earth's curve that the air bends the ray by (1/7 for optical sensors).
        refraction: f64,
    },
    /// Range, bearing and how fast the range grows.
    Doppler {
        origin: EnuPoint,
        range_m: f64,
        range_sigma_m: f64,
        azimuth: Azimuth,
        azimuth_sigma_rad: f64,
        radial_mps: f64,
        radial_sigma_mps: f64,
    },
}

/// How many measurements of nothing a scan holds on average.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Clutter {
    /// For sightings with a range, per square metre of ground.
    pub per_m2: f64,
    /// For directions, per radian.
    pub per_rad: f64,
}

/// Where a scan could have found anything at all; elsewhere nobody is asked for a chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Footprint {
    Everywhere,
    Disc {
        centre: EnuPoint,
        radius_m: f64,
    },
    /// A piece of a disc, `width_rad` wide around `facing`.
    Wedge {
        centre: EnuPoint,
        radius_m: f64,
        facing: Azimuth,
        width_rad: f64,
    },
}

/// Why a scan or a measurement cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, thiserror::Error)]
pub enum ScanError {
    #[error("{field} must be finite, got {value}")]
    NotFinite { field: &'static str, value: f64 },
    #[error("{field} must be positive and finite, got {value}")]
    NotPositive { field: &'static str, value: f64 },
    #[error(
        "covariance_m2 must be symmetric and positive definite, its determinant is {determinant}"
    )]
    Covariance { determinant: f64 },
    #[error("{field} must lie in {least_m}..={most_m} m above sea, got {value}")]
    Height { field: &'static str, value: f64, least_m: f64, most_m: f64 },
    #[error("classes must be likelihoods with at least one above zero")]
    Classes,
}

impl Scan {
    /// Whether every measurement says where a thing is, and not only in which direction.
    pub(crate) fn has_places_alone(&self) -> bool {
        self.measurements.iter().all(|measurement| match measurement.sighting {
            Sighting::Position { .. }
            | Sighting::RangeBearing { .. }
            | Sighting::Doppler { .. } => true,
            Sighting::Bearing { .. } | Sighting::Sightline { .. } => false,
        })
    }

    /// Whether any measurement says more of what has a known height.
    pub(crate) fn waits_for_heights(&self) -> bool {
        self.measurements.iter().any(|found| found.aloft.is_some_and(|aloft| aloft.waits()))
    }

    /// Whether any measurement is a line of sight that what flies may be anywhere along.
    pub(crate) fn has_lines(&self) -> bool {
        self.measurements.iter().any(|found| matches!(found.aloft, Some(Aloft::Line { .. })))
    }

    /// How much of a fresh look this one is worth, in 0..=1.
    pub(crate) fn worth(&self) -> f64 {
        1.0 / self.repeats.max(1.0)
    }

    /// Judges the scan as a whole; single measurements are judged when they are used.
    pub(crate) fn check(&self) -> Result<(), ScanError> {
        non_negative("clutter.per_m2", self.clutter.per_m2)?;
        non_negative("clutter.per_rad", self.clutter.per_rad)?;
        positive("repeats", self.repeats)?;
        self.pose.check()?;
        if let Some(notch) = &self.notch {
            finite("notch.origin.east_m", notch.origin.east_m)?;
            finite("notch.origin.north_m", notch.origin.north_m)?;
            non_negative("notch.speed_mps", notch.speed_mps)?;
        }
        match self.sees {
            Footprint::Everywhere => Ok(()),
            Footprint::Disc { radius_m, .. } => positive("sees.radius_m", radius_m),
            Footprint::Wedge { radius_m, width_rad, .. } => {
                positive("sees.radius_m", radius_m)?;
                positive("sees.width_rad", width_rad)
            }
        }
    }
}

impl Pose {
    fn check(&self) -> Result<(), ScanError> {
        non_negative("pose.position_sigma_m", self.position_sigma_m)?;
        non_negative("pose.heading_sigma_rad", self.heading_sigma_rad)?;
        if let Some(origin) = self.origin {
            finite("pose.origin.east_m", origin.east_m)?;
            finite("pose.origin.north_m", origin.north_m)?;
        }
        if self.is_sure() { Ok(()) } else { positive("pose.lasts_s", self.lasts_s) }
    }

    /// There is nothing to consider.
    pub(crate) fn is_sure(&self) -> bool {
        self.position_sigma_m <= 0.0 && self.heading_sigma_rad <= 0.0
    }
}

impl Measurement {
    /// Judges one measurement, so that nothing later can divide by zero or yield NaN.
    pub(crate) fn check(&self) -> Result<(), ScanError> {
        if !self.classes.is_likelihood() {
            return Err(ScanError::Classes);
        }
        if let Some(aloft) = &self.aloft {
            aloft.check()?;
        }
        match self.sighting {
            Sighting::Position { mean_m, covariance_m2 } => {
                finite("mean_m.east", mean_m.x)?;
                finite("mean_m.north", mean_m.y)?;
                check_covariance(&covariance_m2)
            }
            Sighting::Bearing { origin, azimuth, sigma_rad } => {
                check_origin(origin, azimuth)?;
                positive("sigma_rad", sigma_rad)
            }
            Sighting::RangeBearing {
                origin,
                range_m,
                range_sigma_m,
                azimuth,
                azimuth_sigma_rad,
            } => {
                check_origin(origin, azimuth)?;
                positive("range_m", range_m)?;
                positive("range_sigma_m", range_sigma_m)?;
                positive("azimuth_sigma_rad", azimuth_sigma_rad)
            }
            Sighting::Sightline {
                origin,
                height_m,
                azimuth,
                azimuth_sigma_rad,
                elevation_rad,
                elevation_sigma_rad,
                refraction,
            } => {
                check_origin(origin, azimuth)?;
                finite("height_m", height_m)?;
                positive("azimuth_sigma_rad", azimuth_sigma_rad)?;
                finite("elevation_rad", elevation_rad)?;
                positive("elevation_sigma_rad", elevation_sigma_rad)?;
                finite("refraction", refraction)
            }
            Sighting::Doppler {
                origin,
                range_m,
                range_sigma_m,
                azimuth,
                azimuth_sigma_rad,
                radial_mps,
                radial_sigma_mps,
            } => {
                check_origin(origin, azimuth)?;
                positive("range_m", range_m)?;
                positive("range_sigma_m", range_sigma_m)?;
                positive("azimuth_sigma_rad", azimuth_sigma_rad)?;
                finite("radial_mps", radial_mps)?;
                positive("radial_sigma_mps", radial_sigma_mps)
            }
        }
    }
}

impl Footprint {
    /// Whether the sensor could find anything at a point.
    pub fn contains(&self, point: EnuPoint) -> bool {
        match *self {
            Self::Everywhere => true,
            Self::Disc { centre, radius_m } => within(centre, radius_m, point),
            Self::Wedge { centre, radius_m, facing, width_rad } => {
                within(centre, radius_m, point)
                    && libm::fabs(centre.azimuth_to(point).minus(facing)) <= width_rad / 2.0
            }
        }
    }

    /// How far from a point of it anything could be found; unbounded footprints end at 100 km.
    pub(crate) fn reach_m(&self, from: EnuPoint) -> f64 {
        match *self {
            Self::Everywhere => 1e5,
            Self::Disc { centre, radius_m } | Self::Wedge { centre, radius_m, .. } => {
                radius_m + centre.distance_m(from)
            }
        }
    }

    /// South-west and north-east corners of the smallest box around it; `None` when unbounded.
    pub(crate) fn bounds(&self) -> Option<(EnuPoint, EnuPoint)> {
        match *self {
            Self::Everywhere => None,
            Self::Disc { centre, radius_m } | Self::Wedge { centre, radius_m, .. } => Some((
                EnuPoint::new(centre.east_m - radius_m, centre.north_m - radius_m),
                EnuPoint::new(centre.east_m + radius_m, centre.north_m + radius_m),
            )),
        }
    }
}

fn within(centre: EnuPoint, radius_m: f64, point: EnuPoint) -> bool {
    let (east_m, north_m) = (point.east_m - centre.east_m, point.north_m - centre.north_m);
    east_m * east_m + north_m * north_m <= radius_m * radius_m
}

fn check_origin(origin: EnuPoint, azimuth: Azimuth) -> Result<(), ScanError> {
    finite("origin.east_m", origin.east_m)?;
    finite("origin.north_m", origin.north_m)?;
    finite("azimuth", azimuth.radians())
}

fn check_covariance(covariance: &Matrix2<f64>) -> Result<(), ScanError> {
    positive("covariance_m2.east", covariance.m11)?;
    positive("covariance_m2.north", covariance.m22)?;
    let determinant = covariance.m11 * covariance.m22 - covariance.m12 * covariance.m21;
    let asymmetry = libm::fabs(covariance.m12 - covariance.m21);
    // A sliver with a relative determinant below 1e-12 cannot be inverted to any useful digits.
    let smallest = 1e-12 * covariance.m11 * covariance.m22;
    if determinant > smallest && asymmetry <= 1e-9 * (covariance.m11 + covariance.m22) {
        Ok(())
    } else {
        Err(ScanError::Covariance { determinant })
    }
}

fn finite(field: &'static str, value: f64) -> Result<(), ScanError> {
    if value.is_finite() { Ok(()) } else { Err(ScanError::NotFinite { field, value }) }
}

fn positive(field: &'static str, value: f64) -> Result<(), ScanError> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(ScanError::NotPositive { field, value })
    }
}

fn non_negative(field: &'static str, value: f64) -> Result<(), ScanError> {
    if value.is_finite() && value >= 0.0 {
        Ok(())
    } else {
        Err(ScanError::NotPositive { field, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_covariance_without_inverse_is_refused_by_name() {
        let flat = Measurement {
            id: 1,
            sighting: Sighting::Position {
                mean_m: Vector2::new(1.0, 2.0),
                covariance_m2: Matrix2::new(4.0, 4.0, 4.0, 4.0),
            },
            classes: ClassWeights::uniform(),
            aloft: None,
        };

        assert_eq!(flat.check(), Err(ScanError::Covariance { determinant: 0.0 }));
    }

    #[test]
    fn a_wedge_sees_to_its_edges_and_not_behind() {
        let wedge = Footprint::Wedge {
            centre: EnuPoint::new(0.0, 0.0),
            radius_m: 100.0,
            facing: Azimuth::from_degrees(350.0),
            width_rad: 40_f64.to_radians(),
        };

        assert!(wedge.contains(EnuPoint::new(10.0, 90.0)));
        assert!(!wedge.contains(EnuPoint::new(0.0, -50.0)));
        assert!(!wedge.contains(EnuPoint::new(0.0, 101.0)));
    }
}
