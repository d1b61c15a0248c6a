//! Measurements of one scan, checked and brought to the forms that the filter computes with.

mod aloft;

use nalgebra::{Matrix2, Matrix4x3, Vector2};
use sight::geo::{Azimuth, EnuPoint};

use crate::tracking::bank::{self, Cell};
use crate::tracking::bernoulli::Look;
use crate::tracking::class::ClassWeights;
use crate::tracking::config::TrackerConfig;
use crate::tracking::considered::{Counted, Shared};
use crate::tracking::kinematics::{Correction, Gaussian};
use crate::tracking::scalar::{Elevation, Radial, Scalar};
use crate::tracking::scan::{Measurement, Pose, Scan, Sighting};
use crate::tracking::undetected::{Fading, Undetected};
use aloft::Airborne;
pub(super) use aloft::Flights;

/// Chance that a thing is found where a measurement is, at least: who asks was just told of one (A).
const CHANCE_LEAST: f64 = 0.3;
/// Least density of clutter: a sensor that claims to err never still may.
const CLUTTER_MIN: f64 = 1e-12;
/// Angle up and down over which a camera's false reports are spread (A).
const CLUTTER_TILT_RAD: f64 = 0.2;
/// Range at which an error of a sensor's place is taken into its directions.
const PARALLAX_M: f64 = 1_000.0;
/// How often a bearing is taken against the place that the last round gave.
const BEARING_ROUNDS: usize = 3;

/// Where a thing was found, in one of two forms.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Position { mean_m: Vector2<f64>, noise_m2: Matrix2<f64> },
    Bearing { origin: EnuPoint, azimuth_rad: f64, variance_rad2: f64 },
}

/// What else was measured of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Further {
    elevation: Option<Elevation>,
    radial: Option<Radial>,
}

/// A measurement that can be computed with.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Its place in the scan.
    pub(super) number: u32,
    /// Of a part, that it turned out to be of others.
    pub(super) foreign: bool,
    pub(super) id: u64,
    pub(super) place: Place,
    /// Errors that it shares with all that its sensor reports; the place's noise holds them already.
    pub(super) pose: Pose,
    pub(super) further: Further,
    /// What of it holds where the thing flies.
    pub(super) aloft: Option<Box<Airborne>>,
    /// Of a bearing, the places along it where a thing not known yet may be; weights are expected numbers.
    pub(super) along: Vec<Cell>,
    pub(super) classes: ClassWeights,
    /// Density of what is not a known track: clutter and the undetected together.
    pub(super) background: f64,
    /// The undetected's part of it.
    pub(super) undetected: f64,
    /// The same by class, but for what its height says of that.
    pub(super) born: ClassWeights,
    /// Chance that a thing first seen there is found.
    pub(super) chance: f64,
    /// Chance that no track caused it.
    pub(super) unclaimed: f64,
}

/// What a scan could find of things that nobody has found yet.
pub(super) struct Seeing<'a> {
    pub(super) scan: &'a Scan,
    pub(super) undetected: &'a Undetected,
    pub(super) fading: Fading,
    /// What it could see of one at a point.
    pub(super) look: &'a dyn Fn(EnuPoint) -> Look,
}

/// Brings the measurements of a scan, which were checked before, to the forms that are computed with.
///
/// Their variances are taken so many times as claimed: `noise`. Where no height of anything that flies is known,
/// what depends on it is left out: `flights`.
pub(super) fn of_scan(
    (scan, flights): (&Scan, Flights),
    noise: f64,
    only: impl Iterator<Item = u32>,
    found: &mut Vec<Found>,
) {
    found.extend(only.map(|number| {
        let measurement = &scan.measurements[number as usize];
        let aloft = Airborne::of(measurement, flights, noise, &scan.pose);
        Found { number, aloft, ..Found::new(measurement, &scan.pose, noise) }
    }));
}

impl Found {
    fn new(measurement: &Measurement, pose: &Pose, noise: f64) -> Self {
        Self {
            number: 0,
            foreign: false,
            id: measurement.id,
            place: Place::of(&measurement.sighting).noisier(noise).with_errors(pose),
            pose: *pose,
            further: Further::of(&measurement.sighting),
            aloft: None,
            along: Vec::new(),
            classes: measurement.classes,
            background: CLUTTER_MIN,
            undetected: 0.0,
            born: ClassWeights::ZERO,
            chance: CHANCE_LEAST,
            unclaimed: 1.0,
        }
    }

    /// Weighs what else than a known track may have caused it: things not found yet, and false reports
    /// of a density.
    pub(super) fn weigh_background(
        &mut self,
        clutter: f64,
        seeing: &Seeing<'_>,
        config: &TrackerConfig,
    ) {
        let prior = config.class_prior.normalised();
        let mut born = ClassWeights::ZERO;
        let mut heights = None;
        match self.place {
            Place::Position { mean_m, noise_m2 } => {
                let point = EnuPoint::new(mean_m.x, mean_m.y);
                let look = (seeing.look)(point);
                self.chance = look.p_detect.max(CHANCE_LEAST);
                let hit = look.hit(&prior, &self.classes, config);
                let mut expected = seeing.undetected.per_m2(point, &seeing.fading);
                if !self.further.is_none() {
                    let state = Gaussian::found(mean_m, &noise_m2, config.speed_sigma_mps);
                    expected *= self.further.refined(&state, 1.0, config).likelihood;
                }
                if self.aloft.is_some() {
                    let state = Gaussian::found(mean_m, &noise_m2, config.speed_sigma_mps);
                    heights = self.heights_by_class(&state, config);
                }
                born = hit.scaled(expected);
            }
            Place::Bearing { origin, azimuth_rad, variance_rad2 } => {
                self.along.clear();
                let azimuth = Azimuth::from_radians(azimuth_rad);
                let spread = (libm::sqrt(variance_rad2), config.speed_sigma_mps);
                let reach_m = seeing.scan.sees.reach_m(origin);
                for (from_m, to_m) in bank::ranges(reach_m, &config.banks) {
                    let state = bank::cell_at(origin, azimuth, spread, (from_m, to_m));
                    let look = (seeing.look)(state.point());
                    if look.p_detect <= 0.0 {
                        continue;
                    }
                    let hit = look.hit(&prior, &self.classes, config);
                    let further = self.further.refined(&state, 1.0, config);
                    let area_m2 = (to_m * to_m - from_m * from_m) / 2.0;
                    let per_m2 = seeing.undetected.per_m2(state.point(), &seeing.fading);
                    let expected = per_m2 * area_m2 * further.likelihood;
                    born.add_scaled(&hit, expected);
                    let weight = expected * hit.sum();
                    self.along.push(Cell { weight, state: further.state });
                }
            }
        }
        let (heights, false_report) = heights.unwrap_or((ClassWeights::uniform(), 1.0));
        self.undetected = born.times(&heights).sum();
        self.born = born;
        let clutter = self.further.clutter(clutter, config) * false_report;
        self.background = self.undetected + clutter.max(CLUTTER_MIN);
    }

    /// What it makes of a state that caused it, in the gate or not; `None` where the state lies on the sensor.
    ///
    /// `worth` in 0..=1 is what the look is worth: it moves the state by so much less, and is as
    /// likely as ever.
    pub(super) fn corrected(
        &self,
        (state, owed): (&Gaussian, Option<&Matrix4x3<f64>>),
        worth: f64,
        config: &TrackerConfig,
    ) -> Option<Refined> {
        let (refined, is_near) = self.placed(&self.place, (state, owed), (worth, config))?;
        if !is_near {
            return Some(refined);
        }
        let mut further = self.further.refined(&refined.state, worth, config);
        further.distance2 += refined.distance2;
        further.likelihood *= refined.likelihood;
        Some(self.on_ground(further, worth, config))
    }

    /// What its place, or that which it has if the thing flies, makes of a state; and whether that is in the gate.
    fn placed(
        &self,
        place: &Place,
        (state, owed): (&Gaussian, Option<&Matrix4x3<f64>>),
        (worth, config): (f64, &TrackerConfig),
    ) -> Option<(Refined, bool)> {
        let counted = owed.and_then(|owed| self.counted_at(place, state, owed));
        let correct = |worth: f64| match *place {
            Place::Position { mean_m, noise_m2 } => {
                let gain = state.position_gain(&(noise_m2 / worth));
                Some((gain.correct(&state.mean, &mean_m), gain.covariance))
            }
            Place::Bearing { origin, azimuth_rad, variance_rad2 } => state
                .bearing_in_rounds((origin, azimuth_rad, variance_rad2 / worth), BEARING_ROUNDS),
        };
        let (first, covariance) = match counted {
            Some(counted) => (counted.correction, counted.covariance),
            None => correct(1.0)?,
        };
        let weakly = if worth < 1.0 { correct(worth)? } else { (first, covariance) };
        let state = Gaussian { mean: weakly.0.mean, covariance: weakly.1 };
        let Correction { distance2, likelihood, .. } = first;
        // Too far off already for anything else to matter.
        let is_near = distance2 <= config.gate;
        Some((Refined { state, distance2, likelihood }, is_near))
    }

    /// What it makes of a state that owes to its sensor's errors already.
    pub(super) fn counted(&self, state: &Gaussian, owed: &Matrix4x3<f64>) -> Option<Counted> {
        self.counted_at(&self.place, state, owed)
    }

    fn counted_at(
        &self,
        place: &Place,
        state: &Gaussian,
        owed: &Matrix4x3<f64>,
    ) -> Option<Counted> {
        let shared = self.shared_at(place, state)?;
        let owed = &shared.within(owed, &state.covariance);
        match *place {
            Place::Position { mean_m, noise_m2 } => {
                shared.place_correction((state, owed), &mean_m, &noise_m2)
            }
            Place::Bearing { origin, azimuth_rad, variance_rad2 } => {
                // It holds the error of the sensor's place as it is at a kilometre: nearer that is more.
                let nearer_rad2 = (shared.noise().m11 - parallax_rad2(&self.pose)).max(0.0);
                let variance_rad2 = variance_rad2 + nearer_rad2;
                shared.direction_correction((state, owed), (origin, azimuth_rad), variance_rad2)
            }
        }
    }

    /// How it moves with its sensor's errors, if that has any; a direction by where the thing is.
    pub(super) fn shared(&self, state: &Gaussian) -> Option<Shared> {
        self.shared_at(&self.place, state)
    }

    fn shared_at(&self, place: &Place, state: &Gaussian) -> Option<Shared> {
        match *place {
            Place::Position { mean_m, .. } => {
                Shared::of_place(EnuPoint::new(mean_m.x, mean_m.y), &self.pose)
            }
            Place::Bearing { origin, .. } => {
                Shared::of_direction(origin, state.point(), &self.pose)
            }
        }
    }

    /// Chance that it is a thing first seen now.
    pub(super) fn birth_existence(&self) -> f64 {
        self.unclaimed * self.undetected / self.background
    }
}

/// What measurements make of a state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refined {
    pub(super) state: Gaussian,
    /// Squared Mahalanobis distance of what was measured.
    pub(super) distance2: f64,
    /// Density of what was measured.
    pub(super) likelihood: f64,
}

impl Further {
    fn of(sighting: &Sighting) -> Self {
        match *sighting {
            Sighting::Position { .. }
            | Sighting::Bearing { .. }
            | Sighting::RangeBearing { .. } => Self::default(),
            Sighting::Sightline {
                origin,
                height_m,
                elevation_rad: rad,
                elevation_sigma_rad,
                refraction,
                ..
            } => {
                let variance_rad2 = elevation_sigma_rad * elevation_sigma_rad;
                let elevation = Elevation { origin, height_m, rad, variance_rad2, refraction };
                Self { elevation: Some(elevation), radial: None }
            }
            Sighting::Doppler { origin, radial_mps: mps, radial_sigma_mps, .. } => {
                let variance_m2ps2 = radial_sigma_mps * radial_sigma_mps;
                Self { elevation: None, radial: Some(Radial { origin, mps, variance_m2ps2 }) }
            }
        }
    }

    pub(super) fn is_none(&self) -> bool {
        self.elevation.is_none() && self.radial.is_none()
    }

    /// Density of false reports of all that was measured, from that of its place.
    fn clutter(&self, place: f64, config: &TrackerConfig) -> f64 {
        let tilt = if self.elevation.is_some() && config.relief.is_some() {
            CLUTTER_TILT_RAD
        } else {
            1.0
        };
        let radial = self.radial.map_or(1.0, |_| 2.0 * config.clutter_radial_mps);
        place / (tilt * radial)
    }

    /// Corrects a state by elevation and radial speed, one after the other, each against what the last left.
    ///
    /// An elevation that cannot be told from its state says as much of a false report as of this one.
    pub(super) fn refined(&self, state: &Gaussian, worth: f64, config: &TrackerConfig) -> Refined {
        let mut refined = Refined { state: *state, distance2: 0.0, likelihood: 1.0 };
        if let (Some(elevation), Some(relief)) = (&self.elevation, &config.relief) {
            match elevation.against(state, relief, config.height_sigma_m) {
                Some(scalar) => refined.take(&scalar, worth),
                None => refined.likelihood /= CLUTTER_TILT_RAD,
            }
        }
        self.level_only(refined, worth, config)
    }

    /// Corrects what it may be by the radial speed alone: an elevation is another thing for what flies.
    fn level_only(&self, mut refined: Refined, worth: f64, config: &TrackerConfig) -> Refined {
        if let Some(radial) = &self.radial {
            match radial.against(&refined.state) {
                Some(scalar) => refined.take(&scalar, worth),
                None => refined.likelihood /= 2.0 * config.clutter_radial_mps,
            }
        }
        refined
    }
}

impl Refined {
    fn take(&mut self, scalar: &Scalar, worth: f64) {
        let (correction, covariance) = self.state.scalar_correction(scalar);
        self.distance2 += correction.distance2;
        self.likelihood *= correction.likelihood;
        self.state = if worth < 1.0 {
            let weaker = Scalar { variance: scalar.variance / worth, ..*scalar };
            let (correction, covariance) = self.state.scalar_correction(&weaker);
            Gaussian { mean: correction.mean, covariance }
        } else {
            Gaussian { mean: correction.mean, covariance }
        };
    }
}

/// What the errors of a sensor's place and heading add to a direction, at a kilometre.
fn parallax_rad2(pose: &Pose) -> f64 {
    let aside_rad = pose.position_sigma_m / PARALLAX_M;
    pose.heading_sigma_rad * pose.heading_sigma_rad + aside_rad * aside_rad
}

impl Place {
    /// The same with the errors of the sensor's own place and heading in its noise.
    ///
    /// A direction takes the error of the place as it is at a kilometre: farther off it is less.
    fn with_errors(self, pose: &Pose) -> Self {
        match self {
            Self::Position { mean_m, noise_m2 } => {
                let shared = Shared::of_place(EnuPoint::new(mean_m.x, mean_m.y), pose);
                let shared_m2 = shared.map_or_else(Matrix2::zeros, |shared| shared.noise());
                Self::Position { mean_m, noise_m2: noise_m2 + shared_m2 }
            }
            Self::Bearing { origin, azimuth_rad, variance_rad2 } => {
                let variance_rad2 = variance_rad2 + parallax_rad2(pose);
                Self::Bearing { origin, azimuth_rad, variance_rad2 }
            }
        }
    }

    /// The same with so many times the variance.
    fn noisier(self, times: f64) -> Self {
        match self {
            Self::Position { mean_m, noise_m2 } => {
                Self::Position { mean_m, noise_m2: noise_m2 * times }
            }
            Self::Bearing { origin, azimuth_rad, variance_rad2 } => {
                Self::Bearing { origin, azimuth_rad, variance_rad2: variance_rad2 * times }
            }
        }
    }

    /// Turns range and bearing into a position, without the bias of the bent error region
    /// (Mo, Song, Zhou and Bar-Shalom, "Unbiased converted measurements", 1998).
    pub(super) fn of(sighting: &Sighting) -> Self {
        match *sighting {
            Sighting::Position { mean_m, covariance_m2 } => {
                Self::Position { mean_m, noise_m2: covariance_m2 }
            }
            Sighting::Bearing { origin, azimuth, sigma_rad } => Self::Bearing {
                origin,
                azimuth_rad: azimuth.radians(),
                variance_rad2: sigma_rad * sigma_rad,
            },
            Sighting::Sightline { origin, azimuth, azimuth_sigma_rad, .. } => Self::Bearing {
                origin,
                azimuth_rad: azimuth.radians(),
                variance_rad2: azimuth_sigma_rad * azimuth_sigma_rad,
            },
            Sighting::RangeBearing {
                origin,
                range_m,
                range_sigma_m,
                azimuth,
                azimuth_sigma_rad,
            }
            | Sighting::Doppler {
                origin,
                range_m,
                range_sigma_m,
                azimuth,
                azimuth_sigma_rad,
                ..
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
