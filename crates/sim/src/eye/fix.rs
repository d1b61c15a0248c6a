//! Where a sensor puts what it sees, with its errors.

use nalgebra::Vector2;
use sight::geo::EnuPoint;
use sight::sector::{Sensor, SensorKind};

use super::glance::Glance;
use crate::chance::Chance;
use crate::ground::{Ground, Stand};

/// Random pointing error of a fixed camera, one sigma (THERMAL.md counts with 1 mrad).
const CAMERA_NOISE_RAD: f64 = 0.8e-3;
/// Constant pointing error of a fixed camera, one sigma over cameras (A).
const CAMERA_BIAS_RAD: f64 = 0.5e-3;
/// Pointing error of a flying camera (A).
const PLATFORM_NOISE_RAD: f64 = 2.0e-3;
/// Place error of the platform itself (A).
const PLATFORM_PLACE_M: f64 = 8.0;
/// A person's error of place: at least this, and this share of the range (A).
const OBSERVER_PLACE_M: f64 = 40.0;
const OBSERVER_RANGE_SHARE: f64 = 0.12;

/// Where an object is said to be. Sigmas are what the sensor believes of itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fix {
    Bearing {
        azimuth_rad: f64,
        azimuth_sigma_rad: f64,
        elevation_rad: f64,
        elevation_sigma_rad: f64,
    },
    Polar {
        azimuth_rad: f64,
        azimuth_sigma_rad: f64,
        range_m: f64,
        range_sigma_m: f64,
    },
    Place {
        point: EnuPoint,
        east_sigma_m: f64,
        north_sigma_m: f64,
    },
}

/// The constant error of one sensor, which it does not know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bias {
    azimuth_rad: f64,
    elevation_rad: f64,
}

/// What is measured.
pub(super) struct Target {
    pub stand: Stand,
    /// Height above ground of the lowest part in sight, which the sensor takes for the feet.
    pub lowest_m: f64,
}

impl Bias {
    pub(super) fn draw(chance: &mut Chance) -> Self {
        Self {
            azimuth_rad: CAMERA_BIAS_RAD * chance.normal(),
            elevation_rad: CAMERA_BIAS_RAD * chance.normal(),
        }
    }

    pub(super) fn measure(
        &self,
        sensor: &Sensor,
        glance: &Glance<'_>,
        target: &Target,
        chance: &mut Chance,
    ) -> Fix {
        let place = &glance.place;
        let (eye, seen) = (place.stand.point, target.stand.point);
        let range_m = eye.distance_m(seen);
        let ground = glance.scene.ground;
        let on_plane = eye.azimuth_to(seen);
        // Sensors point by true north, which the sector's plane has at its origin alone.
        let frame = &ground.sector().frame;
        let azimuth_rad = frame.true_azimuth(ground.place(eye), on_plane).radians();
        match &sensor.kind {
            SensorKind::ThermalCamera(_) | SensorKind::VisibleCamera(_) => {
                let feet = (&target.stand, target.lowest_m);
                let eye = (&place.stand, place.height_m);
                let elevation_rad = Ground::elevation_rad(eye, feet, glance.refraction);
                let sigma_rad = libm::hypot(CAMERA_NOISE_RAD, CAMERA_BIAS_RAD);
                Fix::Bearing {
                    azimuth_rad: azimuth_rad
                        + self.azimuth_rad
                        + CAMERA_NOISE_RAD * chance.normal(),
                    azimuth_sigma_rad: sigma_rad,
                    elevation_rad: elevation_rad
                        + self.elevation_rad
                        + CAMERA_NOISE_RAD * chance.normal(),
                    elevation_sigma_rad: sigma_rad,
                }
            }
            SensorKind::Radar(figures) => {
                let azimuth_sigma_rad = figures.azimuth_sigma_deg.to_radians();
                let rise_m = place.stand.ground_m + place.height_m - target.stand.ground_m;
                let slant_m = libm::hypot(range_m, rise_m);
                let noisy_m = slant_m + figures.range_sigma_m * chance.normal();
                Fix::Polar {
                    azimuth_rad: azimuth_rad + azimuth_sigma_rad * chance.normal(),
                    azimuth_sigma_rad,
                    range_m: noisy_m.max(1.0),
                    range_sigma_m: figures.range_sigma_m,
                }
            }
            SensorKind::GroundSensor(figures) => {
                // It knows only that something is near itself.
                let sigma_m = figures.radius_m / 2.0;
                Fix::Place { point: eye, east_sigma_m: sigma_m, north_sigma_m: sigma_m }
            }
            SensorKind::Balloon(_) | SensorKind::Drone(_) => {
                let above_m =
                    (place.stand.ground_m + place.height_m - target.stand.ground_m).max(10.0);
                let across_m = libm::hypot(PLATFORM_PLACE_M, PLATFORM_NOISE_RAD * range_m);
                // An error of depression stretches by 1 / sin² of the depression.
                let stretch_m = PLATFORM_NOISE_RAD * (range_m * range_m / above_m + above_m);
                let along_m = libm::hypot(PLATFORM_PLACE_M, stretch_m);
                spread(seen, on_plane.radians(), (along_m, across_m), chance)
            }
            SensorKind::Observer(_) | SensorKind::Checkpoint(_) => by_eye(eye, seen, chance),
        }
    }
}

/// A place told by a person who estimates the distance.
pub(crate) fn by_eye(eye: EnuPoint, seen: EnuPoint, chance: &mut Chance) -> Fix {
    let along_m = libm::hypot(OBSERVER_PLACE_M, OBSERVER_RANGE_SHARE * eye.distance_m(seen));
    spread(seen, eye.azimuth_to(seen).radians(), (along_m, 0.6 * along_m), chance)
}

/// Scatters a place along and across a direction and says so in east and north.
fn spread(
    seen: EnuPoint,
    azimuth_rad: f64,
    (along_m, across_m): (f64, f64),
    chance: &mut Chance,
) -> Fix {
    let (sin, cos) = libm::sincos(azimuth_rad);
    let (ahead, aside) = (Vector2::new(sin, cos), Vector2::new(cos, -sin));
    let error = along_m * chance.normal() * ahead + across_m * chance.normal() * aside;
    Fix::Place {
        point: EnuPoint::new(seen.east_m + error.x, seen.north_m + error.y),
        east_sigma_m: libm::hypot(along_m * sin, across_m * cos),
        north_sigma_m: libm::hypot(along_m * cos, across_m * sin),
    }
}
