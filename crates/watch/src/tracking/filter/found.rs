//! Measurements of one scan, checked and brought to the forms that the filter computes with.

use nalgebra::{Matrix2, Vector2};
use sight::geo::EnuPoint;

use crate::tracking::DetectionChance;
use crate::tracking::bernoulli::Look;
use crate::tracking::class::ClassWeights;
use crate::tracking::config::TrackerConfig;
use crate::tracking::filter::Dropped;
use crate::tracking::scan::{Measurement, Scan, Sighting};
use crate::tracking::undetected::Undetected;

/// Least density of clutter: a sensor that claims to err never still may.
const CLUTTER_MIN: f64 = 1e-12;

/// Where a thing was found, in one of two forms.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Position { mean_m: Vector2<f64>, noise_m2: Matrix2<f64> },
    Bearing { origin: EnuPoint, azimuth_rad: f64, variance_rad2: f64 },
}

/// A measurement that can be computed with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) id: u64,
    pub(super) place: Place,
    pub(super) classes: ClassWeights,
    /// Density of what is not a known track: clutter and the undetected together.
    pub(super) background: f64,
    /// The undetected's part of it.
    pub(super) undetected: f64,
    /// Class probabilities of the undetected that it may be.
    pub(super) classes_born: ClassWeights,
    /// Chance that no track caused it.
    pub(super) unclaimed: f64,
}

/// Keeps the measurements that pass their checks, up to the limit.
pub(super) fn usable(scan: &Scan, config: &TrackerConfig, dropped: &mut Dropped) -> Vec<Found> {
    let mut found = Vec::with_capacity(scan.measurements.len().min(config.measurements_max));
    for measurement in &scan.measurements {
        if measurement.check().is_err() {
            dropped.invalid += 1;
        } else if found.len() == config.measurements_max {
            dropped.measurements += 1;
        } else {
            found.push(Found::new(measurement));
        }
    }
    found
}

impl Found {
    fn new(measurement: &Measurement) -> Self {
        Self {
            id: measurement.id,
            place: Place::of(&measurement.sighting),
            classes: measurement.classes,
            background: CLUTTER_MIN,
            undetected: 0.0,
            classes_born: ClassWeights::ZERO,
            unclaimed: 1.0,
        }
    }

    /// Weighs what else than a known track may have caused it.
    pub(super) fn weigh_background(
        &mut self,
        scan: &Scan,
        undetected: &Undetected,
        p_detect: &DetectionChance<'_>,
        config: &TrackerConfig,
    ) {
        let Place::Position { mean_m, .. } = self.place else {
            self.background = scan.clutter.per_rad.max(CLUTTER_MIN);
            return;
        };
        let point = EnuPoint::new(mean_m.x, mean_m.y);
        let prior = config.class_prior.normalised();
        let hit = Look::at(point, &prior, scan, p_detect).hit(&prior, &self.classes, config);
        self.undetected = undetected.per_m2(point) * hit.sum();
        self.background = self.undetected + scan.clutter.per_m2.max(CLUTTER_MIN);
        self.classes_born = hit.normalised();
    }

    /// Chance that it is a thing first seen now.
    pub(super) fn birth_existence(&self) -> f64 {
        self.unclaimed * self.undetected / self.background
    }
}

impl Place {
    /// Turns range and bearing into a position, without the bias of the bent error region
    /// (Mo, Song, Zhou and Bar-Shalom, "Unbiased converted measurements", 1998).
    fn of(sighting: &Sighting) -> Self {
        match *sighting {
            Sighting::Position { mean_m, covariance_m2 } => {
                Self::Position { mean_m, noise_m2: covariance_m2 }
            }
            Sighting::Bearing { origin, azimuth, sigma_rad } => Self::Bearing {
                origin,
                azimuth_rad: azimuth.radians(),
                variance_rad2: sigma_rad * sigma_rad,
            },
            Sighting::RangeBearing {
                origin,
                range_m,
                range_sigma_m,
                azimuth,
                azimuth_sigma_rad,
            } => {
                let along = azimuth.unit();
                let across = Vector2::new(along.y, -along.x);
                let variance = azimuth_sigma_rad * azimuth_sigma_rad;
                let across_sigma_m = range_m * azimuth_sigma_rad;
                Self::Position {
                    mean_m: origin.to_vector() + along * (range_m * libm::exp(variance / 2.0)),
                    noise_m2: along * along.transpose() * (range_sigma_m * range_sigma_m)
                        + across * across.transpose() * (across_sigma_m * across_sigma_m),
                }
            }
        }
    }
}
