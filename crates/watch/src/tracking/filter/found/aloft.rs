//! What a measurement says of a thing that may not be on the ground.

use nalgebra::{Matrix2, Matrix4x3, Vector2};
use sight::geo::EnuPoint;

use super::{CLUTTER_TILT_RAD, Found, Place, Refined};
use crate::tracking::class::{CLASSES, ClassWeights};
use crate::tracking::config::TrackerConfig;
use crate::tracking::kinematics::Gaussian;
use crate::tracking::motion::{Climbing, scaled_shares};
use crate::tracking::scalar::Elevation;
use crate::tracking::scan::{Aloft, Measurement, Pose, Sighting};
use crate::tracking::vertical::{Level, Vertical};

/// False reports of sensors that tell heights are spread over so much, where nothing is expected to fly (A).
const CLUTTER_HEIGHT_M: f64 = 1_000.0;
/// So many of them come from the ground, the others from birds and insects at any height (A).
const CLUTTER_GROUNDED: f64 = 0.5;
/// A slant range is laid down to a height only while most of it lies along the ground.
const RISE_SHARE_MAX: f64 = 0.8;

/// Whether the height of anything that may fly is known before a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tracking::filter) enum Flights {
    Unknown,
    Known,
}

/// What of a measurement holds where the thing flies.
#[derive(Debug, Clone, Copy)]
pub(in crate::tracking::filter) struct Airborne {
    said: Aloft,
    /// Where it then is, if that is known without its height and is another place.
    place: Option<Place>,
}

/// What a measurement makes of a state that flies.
#[derive(Debug, Clone, Copy)]
pub(in crate::tracking::filter) struct Flown {
    pub(in crate::tracking::filter) refined: Refined,
    /// As it was where no height was measured.
    pub(in crate::tracking::filter) flight: Option<Vertical>,
}

impl Airborne {
    /// `None` where it says nothing that counts: what depends on a known height does where there is one alone.
    pub(super) fn of(
        measurement: &Measurement,
        flights: Flights,
        noise: f64,
        pose: &Pose,
    ) -> Option<Box<Self>> {
        let said = measurement.aloft?;
        if said.waits() && flights == Flights::Unknown {
            return None;
        }
        let place = match (said, measurement.sighting) {
            (
                Aloft::Height { range_m: Some(range_m), .. },
                Sighting::RangeBearing {
                    origin, range_sigma_m, azimuth, azimuth_sigma_rad, ..
                }
                | Sighting::Doppler { origin, range_sigma_m, azimuth, azimuth_sigma_rad, .. },
            ) => Some(Place::of(&Sighting::RangeBearing {
                origin,
                range_m,
                range_sigma_m,
                azimuth,
                azimuth_sigma_rad,
            })),
            _ => None,
        };
        let place = place.map(|place| place.noisier(noise).with_errors(pose));
        Some(Box::new(Self { said, place }))
    }

    fn place(&self) -> Option<Place> {
        self.place
    }

    fn is_line(&self) -> bool {
        matches!(self.said, Aloft::Line { .. })
    }

    fn height(&self) -> Option<Level> {
        match self.said {
            Aloft::Height { height_m, sigma_m, .. } => {
                Some(Level { height_m, variance_m2: sigma_m * sigma_m })
            }
            Aloft::Slant { .. } | Aloft::Line { .. } => None,
        }
    }
}

impl Found {
    /// Whether it says another thing of what flies than of what is on the ground.
    pub(in crate::tracking::filter) fn tells_heights(&self) -> bool {
        self.aloft.is_some() || self.further.elevation.is_some()
    }

    /// Whether it is nothing but a place to a track, of which a height is known or not.
    pub(in crate::tracking::filter) fn is_place_alone(&self, flight: Option<Vertical>) -> bool {
        let waits = |aloft: &Airborne| flight.is_none() && aloft.said.waits();
        self.further.is_none() && self.aloft.as_deref().is_none_or(waits)
    }

    /// Whether it is a line of sight that what flies may be anywhere along.
    pub(in crate::tracking::filter) fn is_line(&self) -> bool {
        self.aloft.as_deref().is_some_and(Airborne::is_line)
    }

    /// The height above sea that it tells, where heights count.
    pub(super) fn height(&self, config: &TrackerConfig) -> Option<Level> {
        // One motion that serves everything is not bound to the ground.
        let counts = !config.motions.is_empty() && config.relief.is_some();
        self.aloft.as_ref().filter(|_| counts)?.height()
    }

    /// Where it was if it flies at a height, and how many of its own units there make one of the place that it has on the ground.
    pub(in crate::tracking::filter) fn place_aloft(
        &self,
        flight: Option<&Vertical>,
    ) -> (Place, f64) {
        let aside = match (self.aloft.as_deref(), flight) {
            (Some(Airborne { place: Some(place), .. }), _) => Some((*place, 1.0)),
            (
                Some(Airborne { said: Aloft::Slant { origin, head_m, range_m }, .. }),
                Some(flight),
            ) => {
                let slant = (*origin, *head_m, *range_m);
                self.laid_to(flight, slant).map(|place| (place, 1.0))
            }
            (
                Some(Airborne {
                    said: Aloft::Line { origin, azimuth, azimuth_sigma_rad, ground_m2_per_rad2, .. },
                    ..
                }),
                Some(_),
            ) => {
                let place = Place::Bearing {
                    origin: *origin,
                    azimuth_rad: azimuth.radians(),
                    variance_rad2: azimuth_sigma_rad * azimuth_sigma_rad,
                };
                Some((place.with_errors(&self.pose), 1.0 / ground_m2_per_rad2))
            }
            _ => None,
        };
        aside.unwrap_or((self.place, 1.0))
    }

    /// A slant range laid down to the height of what flies, not to the ground.
    fn laid_to(
        &self,
        flight: &Vertical,
        (origin, head_m, range_m): (EnuPoint, f64, f64),
    ) -> Option<Place> {
        let Place::Position { mean_m, noise_m2 } = self.place else { return None };
        let rise_m = flight.mean.x - head_m;
        let away = mean_m - origin.to_vector();
        let laid_m = away.norm();
        if libm::fabs(rise_m) > RISE_SHARE_MAX * range_m || laid_m < 1.0 {
            return None;
        }
        let along = away / laid_m;
        let level_m = libm::sqrt(range_m * range_m - rise_m * rise_m);
        let (sigma_m, _) = flight.sigmas();
        let along_sigma_m = rise_m / level_m * sigma_m;
        Some(Place::Position {
            mean_m: origin.to_vector() + along * level_m,
            noise_m2: noise_m2 + along * along.transpose() * (along_sigma_m * along_sigma_m),
        })
    }

    /// What the height that it tells makes of a state that is on the ground and took in the rest.
    pub(super) fn on_ground(
        &self,
        mut refined: Refined,
        worth: f64,
        config: &TrackerConfig,
    ) -> Refined {
        if let (Some(level), Some(relief)) = (self.height(config), &config.relief) {
            match level.against(&refined.state, relief, config.height_sigma_m) {
                Some(scalar) => refined.take(&scalar, worth),
                // Where there is no ground to compare it with, it says as much of a false report.
                None => refined.likelihood /= ceiling_m(config),
            }
        }
        refined
    }

    /// What it makes of a state that flies and caused it; `None` where the state lies on the sensor.
    pub(in crate::tracking::filter) fn corrected_aloft(
        &self,
        (state, flight): (&Gaussian, Option<Vertical>),
        owed: Option<&Matrix4x3<f64>>,
        worth: f64,
        config: &TrackerConfig,
    ) -> Option<Flown> {
        let (place, per) = self.place_aloft(flight.as_ref());
        let placed = self.placed(&place, (state, owed), (worth, config))?;
        let (refined, is_near) = placed;
        if !is_near {
            return Some(Flown { refined, flight });
        }
        let refined = self.further.level_only(refined, worth, config);
        let mut flown = self.raised((refined, flight), worth, config);
        flown.refined.likelihood *= per;
        Some(flown)
    }

    /// What its height, or its elevation from where the state is now, makes of one that flies.
    pub(in crate::tracking::filter) fn raised(
        &self,
        (mut refined, flight): (Refined, Option<Vertical>),
        worth: f64,
        config: &TrackerConfig,
    ) -> Flown {
        let (Some((_, climbing)), Some(relief)) = (config.flying(), &config.relief) else {
            return Flown { refined, flight };
        };
        let ground_m = relief.height_m(refined.state.point());
        let seen = match self.elevation(flight) {
            None => self.height(config).map(|level| (level, 1.0)),
            Some(elevation) => {
                let seen = elevation.level(&refined.state, config.height_sigma_m);
                if seen.is_none() {
                    refined.likelihood /= CLUTTER_TILT_RAD;
                }
                seen
            }
        };
        let Some((level, per)) = seen else { return Flown { refined, flight } };
        let flight = refined.rise(&level, (flight, ground_m), (&climbing, worth), config);
        refined.likelihood *= per;
        Flown { refined, flight: Some(flight) }
    }

    /// The elevation by which what flies is judged; that of a line on the ground counts once a height is known.
    fn elevation(&self, flight: Option<Vertical>) -> Option<Elevation> {
        match self.aloft.as_deref() {
            Some(Airborne {
                said:
                    Aloft::Line {
                        origin, head_m, elevation_rad, elevation_sigma_rad, refraction, ..
                    },
                ..
            }) => flight.map(|_| Elevation {
                origin: *origin,
                height_m: *head_m,
                rad: *elevation_rad,
                variance_rad2: elevation_sigma_rad * elevation_sigma_rad,
                refraction: *refraction,
            }),
            _ => self.further.elevation,
        }
    }

    /// How likely what was told of its height is of each class at a place, and of a false report; `None` where nothing was.
    pub(super) fn heights_by_class(
        &self,
        state: &Gaussian,
        config: &TrackerConfig,
    ) -> Option<(ClassWeights, f64)> {
        self.height(config)?;
        let start = Refined { state: *state, distance2: 0.0, likelihood: 1.0 };
        let ground = self.on_ground(start, 1.0, config).likelihood;
        let false_report = CLUTTER_GROUNDED * ground + (1.0 - CLUTTER_GROUNDED) / ceiling_m(config);
        let Some((motion, _)) = config.flying() else {
            return Some((ClassWeights::uniform().scaled(ground), false_report));
        };
        let aloft = self.raised((start, None), 1.0, config).refined.likelihood;
        let shares = &scaled_shares(&config.motions)[usize::from(motion)];
        let mut heights = ClassWeights::ZERO;
        for class in CLASSES {
            let flies = shares.get(class);
            heights.set(class, flies * aloft + (1.0 - flies) * ground);
        }
        Some((heights, false_report))
    }

    /// What it makes of a state that was put where it fell, on the ground.
    pub(in crate::tracking::filter) fn first_on_ground(
        &self,
        state: &Gaussian,
        config: &TrackerConfig,
    ) -> Refined {
        self.on_ground(self.further.refined(state, 1.0, config), 1.0, config)
    }

    /// The same if it flies: it may have fallen at another place then.
    pub(in crate::tracking::filter) fn first_aloft(
        &self,
        state: &Gaussian,
        config: &TrackerConfig,
    ) -> Flown {
        let mut state = *state;
        let aside = self.aloft.as_deref().and_then(Airborne::place);
        if let Some(Place::Position { mean_m, noise_m2 }) = aside {
            let speed_sigma_mps = libm::sqrt(state.covariance.m22);
            state = Gaussian::found(mean_m, &noise_m2, speed_sigma_mps);
        }
        let start = Refined { state, distance2: 0.0, likelihood: 1.0 };
        self.raised((self.further.level_only(start, 1.0, config), None), 1.0, config)
    }

    /// All places at which a track may have caused it, with their noise.
    pub(in crate::tracking::filter) fn positions(
        &self,
    ) -> impl Iterator<Item = (Vector2<f64>, Matrix2<f64>)> {
        let aloft = self.aloft.as_deref().and_then(Airborne::place);
        [Some(self.place), aloft].into_iter().flatten().filter_map(|place| match place {
            Place::Position { mean_m, noise_m2 } => Some((mean_m, noise_m2)),
            Place::Bearing { .. } => None,
        })
    }
}

impl Refined {
    /// Takes a height of what flies over ground of a height; returns what is then believed of its flight.
    ///
    /// Without ground to tell it from one that does not fly, it says as much of a false report as of this one.
    fn rise(
        &mut self,
        level: &Level,
        (flight, ground_m): (Option<Vertical>, Option<f64>),
        (climbing, worth): (&Climbing, f64),
        config: &TrackerConfig,
    ) -> Vertical {
        let weaker = Level { variance_m2: level.variance_m2 / worth, ..*level };
        let floor_m = ground_m.map(|ground_m| ground_m - config.height_sigma_m);
        let (likelihood, distance2, after) = if let Some(flight) = flight {
            let told = flight.heard(level);
            let after = if worth < 1.0 { flight.heard(&weaker).after } else { told.after };
            (told.likelihood, told.distance2, after)
        } else {
            // Any height up to the ceiling was as likely, none below the ground.
            let sigma_m = libm::hypot(libm::sqrt(level.variance_m2), config.height_sigma_m);
            let above = ground_m.map_or(0.0, |ground_m| (level.height_m - ground_m) / sigma_m);
            let likelihood =
                0.5 * libm::erfc(-above / std::f64::consts::SQRT_2) / climbing.ceiling_m;
            let below = above.min(0.0);
            (likelihood, below * below, Vertical::found(&weaker, climbing.speed_sigma_mps))
        };
        if ground_m.is_some() {
            self.likelihood *= likelihood;
            self.distance2 += distance2;
        } else {
            self.likelihood /= climbing.ceiling_m;
        }
        after.within_bounds(floor_m)
    }
}

fn ceiling_m(config: &TrackerConfig) -> f64 {
    config.flying().map_or(CLUTTER_HEIGHT_M, |(_, climbing)| climbing.ceiling_m)
}
