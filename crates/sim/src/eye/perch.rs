//! Where a sensor is: on a mast, on a tether, on an orbit, or on the ground because of the weather.

use std::f64::consts::TAU;

use sight::geo::EnuPoint;
use sight::sector::{PlatformLimits, Sensor, SensorKind};

use super::Scene;
use crate::chance::Chance;
use crate::ground::Stand;

/// Radius of a drone's orbit (A).
const ORBIT_M: f64 = 1_200.0;
/// Speed of a small fixed-wing drone (A).
const DRONE_MPS: f64 = 16.0;
/// How long the weather must be good again before anything goes up (A).
const WAIT_S: f64 = 300.0;
/// Time to reel a balloon in or let it up, s (A).
const REEL_S: f64 = 240.0;

/// What carries a sensor and what it does.
#[derive(Debug, Clone)]
pub(crate) enum Perch {
    Mast { point: EnuPoint, height_m: f64 },
    Platform(Platform),
}

/// A drone or balloon.
#[derive(Debug, Clone)]
pub(crate) struct Platform {
    home: EnuPoint,
    height_m: f64,
    limits: PlatformLimits,
    orbits: bool,
    phase: f64,
    /// Time on orbit so far.
    flown_s: f64,
    last_s: f64,
    grounded: Option<Grounded>,
    good_since_s: Option<f64>,
    up_since_s: f64,
}

/// Why a platform is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grounded {
    Wind,
    Visibility,
    /// The weather is good again, but not for long enough.
    Waiting,
}

/// An eye's place at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub stand: Stand,
    pub height_m: f64,
}

impl Perch {
    pub(super) fn new(sensor: &Sensor, chance: &mut Chance) -> Self {
        let (limits, orbits) = match sensor.kind {
            SensorKind::Drone(limits) => (limits, true),
            SensorKind::Balloon(limits) => (limits, false),
            SensorKind::ThermalCamera(_)
            | SensorKind::VisibleCamera(_)
            | SensorKind::Radar(_)
            | SensorKind::GroundSensor(_)
            | SensorKind::Observer(_)
            | SensorKind::Checkpoint(_) => {
                return Self::Mast { point: sensor.point, height_m: sensor.height_m };
            }
        };
        Self::Platform(Platform {
            home: sensor.point,
            height_m: sensor.height_m,
            limits,
            orbits,
            phase: chance.between(0.0, TAU),
            flown_s: 0.0,
            last_s: 0.0,
            grounded: None,
            good_since_s: None,
            up_since_s: -REEL_S,
        })
    }

    /// Lets the weather act. Called at least as often as the sensor looks or speaks.
    pub(crate) fn weather(&mut self, scene: &Scene<'_>, at_s: f64) {
        let Self::Platform(platform) = self else { return };
        let aloft_s = if platform.grounded.is_none() { at_s - platform.last_s } else { 0.0 };
        platform.flown_s += aloft_s;
        platform.last_s = at_s;
        let here = scene.weather.at(platform.point(), at_s);
        let home = scene.weather.at(platform.home, at_s);
        let wind_mps = here.wind_mps.max(home.wind_mps);
        let visibility_m = here.visibility_m.min(home.visibility_m);
        platform.grounded = if wind_mps > platform.limits.wind_limit_mps {
            platform.good_since_s = None;
            Some(Grounded::Wind)
        } else if visibility_m < platform.limits.visibility_limit_m {
            platform.good_since_s = None;
            Some(Grounded::Visibility)
        } else if platform.grounded.is_some() {
            let since_s = *platform.good_since_s.get_or_insert(at_s);
            let waits = at_s - since_s < WAIT_S;
            if !waits {
                platform.up_since_s = at_s;
            }
            waits.then_some(Grounded::Waiting)
        } else {
            None
        };
    }

    pub(crate) fn grounded(&self) -> Option<Grounded> {
        match self {
            Self::Mast { .. } => None,
            Self::Platform(platform) => platform.grounded,
        }
    }

    /// Where the eye is; `None` off the terrain, on the ground or still on its way up.
    pub(super) fn place(&mut self, scene: &Scene<'_>, at_s: f64) -> Option<Place> {
        self.weather(scene, at_s);
        let (point, height_m) = match self {
            Self::Mast { point, height_m } => (*point, *height_m),
            Self::Platform(platform) => {
                let up = platform.grounded.is_none() && at_s - platform.up_since_s >= REEL_S;
                up.then(|| (platform.point(), platform.height_m))?
            }
        };
        Some(Place { stand: scene.ground.stand(point)?, height_m })
    }

    /// Where its status report puts it: point and height above ground.
    pub(crate) fn reported(&self) -> (EnuPoint, f64) {
        match self {
            Self::Mast { point, height_m } => (*point, *height_m),
            Self::Platform(platform) if platform.grounded.is_some() => (platform.home, 1.0),
            Self::Platform(platform) => (platform.point(), platform.height_m),
        }
    }

    pub(crate) fn moves(&self) -> bool {
        matches!(self, Self::Platform(_))
    }
}

impl Platform {
    fn point(&self) -> EnuPoint {
        if !self.orbits || self.grounded.is_some() {
            return self.home;
        }
        let (sin, cos) = libm::sincos(self.phase + self.flown_s * DRONE_MPS / ORBIT_M);
        EnuPoint::new(self.home.east_m + ORBIT_M * sin, self.home.north_m + ORBIT_M * cos)
    }
}
