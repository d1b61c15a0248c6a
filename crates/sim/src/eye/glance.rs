//! One look from one place at one moment: who stands before the sensor, and with what chance it finds them.

use sight::geo::EnuPoint;
use sight::sector::{Optics, Sensor, SensorKind};

use super::Scene;
use super::perch::Place;
use super::seconds;
use super::sweep::Pan;
use crate::ground::Stand;
use crate::mover::{Figure, Mover};
use crate::physics::{self, Aspect};

/// How often a radar tells a class by speed and echo (A).
const RADAR_RECOGNISES: f64 = 0.45;
/// How often a seismic sensor tells a class (A).
const GROUND_RECOGNISES: f64 = 0.3;
/// How often a person tells what they see (A).
const OBSERVER_RECOGNISES: f64 = 0.85;

/// A look before it is known what it finds.
pub(super) struct Glance<'a> {
    pub scene: &'a Scene<'a>,
    pub place: Place,
    pub pan: Pan,
    pub at_ms: i64,
    pub at_s: f64,
    pub refraction: f64,
}

/// One body as it stands before the sensor.
pub(super) struct Candidate<'a> {
    pub figure: Figure<'a>,
    pub stand: Stand,
    /// Height of its lowest part in sight.
    pub lowest_m: f64,
    pub probability: f64,
    /// Chance that its class is told right.
    pub recognised: f64,
}

/// What a body shows to a sensor at this moment.
struct Shown {
    aspect: Aspect,
    slant_m: f64,
    /// Speed away from the sensor.
    radial_mps: f64,
    speed_mps: f64,
    point: EnuPoint,
}

impl<'a> Glance<'a> {
    pub(super) fn new(
        scene: &'a Scene<'a>,
        sensor: &Sensor,
        (place, pan): (Place, Pan),
        at_ms: i64,
    ) -> Self {
        let settings = &scene.ground.sector().settings;
        let radar = matches!(sensor.kind, SensorKind::Radar(_));
        let refraction = if radar { settings.radar_refraction } else { settings.refraction };
        Self { scene, place, pan, at_ms, at_s: seconds(at_ms), refraction }
    }

    /// The bodies of a mover that are in reach and not hidden.
    pub(super) fn candidates<'m>(&self, sensor: &Sensor, mover: &'m Mover) -> Vec<Candidate<'m>> {
        let (eye, spread_m) = (self.place.stand.point, mover.spread_m);
        let near = mover.at(self.at_s).is_some_and(|middle| {
            middle.point.distance_m(eye) <= sensor.range_max_m + spread_m
                && !self.pan.misses(eye, middle.point, spread_m)
        });
        if !near {
            return Vec::new();
        }
        mover.figures(self.at_s).filter_map(|figure| self.candidate(sensor, figure)).collect()
    }

    /// A body with its chance; `None` when it is out of reach or hidden.
    pub(super) fn candidate<'m>(
        &self,
        sensor: &Sensor,
        figure: Figure<'m>,
    ) -> Option<Candidate<'m>> {
        let (eye, point) = (self.place.stand.point, figure.motion.point);
        let range_m = eye.distance_m(point);
        let hidden = sensor.is_obscured(eye.azimuth_to(point));
        if range_m > sensor.range_max_m || hidden || !self.pan.holds(eye, point) {
            return None;
        }
        let stand = self.scene.ground.stand(point)?;
        // A seismic sensor feels the ground: nothing on it hides anything.
        let lowest_m = if matches!(sensor.kind, SensorKind::GroundSensor(_)) {
            0.0
        } else {
            let eye = (&self.place.stand, self.place.height_m);
            let target = (&stand, figure.height_m);
            self.scene.ground.lowest_visible_m(eye, target, self.refraction)?
        };
        let exposed = (1.0 - lowest_m / figure.height_m).clamp(0.0, 1.0);
        let rise_m = self.place.stand.ground_m + self.place.height_m - stand.ground_m;
        let toward = (point.to_vector() - eye.to_vector()) / range_m.max(1e-6);
        let shown = Shown {
            aspect: Aspect {
                // A critical dimension is the root of an area.
                dimension_m: figure.aspect.dimension_m * exposed.sqrt(),
                warmth: figure.aspect.warmth,
                echo: figure.aspect.echo * exposed,
            },
            slant_m: libm::hypot(range_m, rise_m),
            radial_mps: figure.motion.velocity_mps.dot(&toward),
            speed_mps: figure.motion.velocity_mps.norm(),
            point,
        };
        let (probability, recognised) = self.chances(sensor, &shown);
        Some(Candidate { figure, stand, lowest_m, probability, recognised })
    }

    /// Chance of being found, and of being told for what it is.
    fn chances(&self, sensor: &Sensor, shown: &Shown) -> (f64, f64) {
        let (night, aspect, slant_m) = (self.scene.night, &shown.aspect, shown.slant_m);
        let depth = || self.scene.weather.depth(self.place.stand.point, shown.point, self.at_s);
        let thermal = |optics: &Optics| {
            let cycles = physics::thermal_cycles(optics, night, aspect, slant_m, depth());
            (physics::thermal_chance(cycles, night), physics::recognised(cycles, night))
        };
        match &sensor.kind {
            SensorKind::ThermalCamera(optics) => thermal(optics),
            SensorKind::Balloon(platform) | SensorKind::Drone(platform) => {
                thermal(&platform.optics)
            }
            SensorKind::VisibleCamera(optics) => {
                let found = physics::visible_chance(optics, night, aspect, slant_m, depth());
                (found, 0.5 * found)
            }
            SensorKind::Radar(figures) => {
                let found = physics::radar_chance(figures, aspect, slant_m, shown.radial_mps);
                (found, RADAR_RECOGNISES)
            }
            SensorKind::GroundSensor(figures) => {
                let found = physics::ground_chance(figures, aspect, slant_m, shown.speed_mps);
                (found, GROUND_RECOGNISES)
            }
            SensorKind::Observer(figures) => {
                let half_m = figures.walker_half_range_m;
                let found = physics::observer_chance(half_m, aspect, slant_m, depth());
                (found, OBSERVER_RECOGNISES)
            }
            SensorKind::Checkpoint(figures) => {
                // Who comes up to the bar is stopped; who passes further off is not their business.
                let found = if slant_m <= figures.radius_m { figures.p_detect } else { 0.0 };
                (found, OBSERVER_RECOGNISES)
            }
        }
    }
}
