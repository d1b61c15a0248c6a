//! False alarms: wind in bushes, warm stones, noise.

use sight::geo::EnuPoint;
use sight::sector::{Sensor, SensorKind};

use super::fix::Target;
use super::glance::Glance;
use crate::chance::Chance;
use crate::scenario;

/// Wind at which false alarms are twice as many as in calm air (A).
const DOUBLING_WIND_MPS: f64 = 9.0;
/// Draws of a spot before a false alarm is given up.
const TRIES: u32 = 12;

/// False alarms of one sensor, a Poisson process whose rate grows with the wind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nuisance {
    calm_per_s: f64,
    /// Alarms' worth of waiting left.
    left: f64,
    last_s: f64,
}

impl Nuisance {
    pub(crate) fn of(sensor: &Sensor, rates: &scenario::Nuisance) -> Self {
        let per_h = match sensor.kind {
            SensorKind::ThermalCamera(_)
            | SensorKind::VisibleCamera(_)
            | SensorKind::Balloon(_)
            | SensorKind::Drone(_) => rates.camera_per_h,
            SensorKind::Radar(_) => rates.radar_per_h,
            SensorKind::GroundSensor(_) => rates.ground_per_h,
            SensorKind::Observer(_) | SensorKind::Checkpoint(_) => 0.1 * rates.camera_per_h,
        };
        Self { calm_per_s: per_h / 3_600.0, left: 0.0, last_s: 0.0 }
    }

    pub(super) fn start(&mut self, chance: &mut Chance) {
        self.left = chance.wait_s(1.0);
    }

    /// False alarms since it was asked last.
    pub(super) fn due(&mut self, at_s: f64, wind_mps: f64, chance: &mut Chance) -> u32 {
        let gusty = wind_mps / DOUBLING_WIND_MPS;
        self.left -= self.calm_per_s * (1.0 + gusty * gusty) * (at_s - self.last_s).max(0.0);
        self.last_s = at_s;
        let mut alarms = 0;
        while self.left <= 0.0 {
            self.left += chance.wait_s(1.0);
            alarms += 1;
        }
        alarms
    }
}

/// A spot in sight at which nothing is; `None` when none was found.
pub(super) fn spot(sensor: &Sensor, glance: &Glance<'_>, chance: &mut Chance) -> Option<Target> {
    let (ground, place) = (glance.scene.ground, &glance.place);
    let eye = place.stand.point;
    if matches!(sensor.kind, SensorKind::GroundSensor(_)) {
        return Some(Target { stand: place.stand, lowest_m: 0.0 });
    }
    (0..TRIES).find_map(|_| {
        let azimuth = glance.pan.at(chance.share());
        let range_m = sensor.range_max_m * chance.between(0.005, 0.7).sqrt();
        let (sin, cos) = libm::sincos(azimuth.radians());
        let point = EnuPoint::new(eye.east_m + range_m * sin, eye.north_m + range_m * cos);
        let stand = ground.stand(point)?;
        let visible = ground.lowest_visible_m(
            (&place.stand, place.height_m),
            (&stand, 0.5),
            glance.refraction,
        );
        visible.map(|lowest_m| Target { stand, lowest_m })
    })
}
