//! How a sensor looks round: all at once, or pan by pan with a narrow field of view.

use sight::geo::{Azimuth, EnuPoint};
use sight::sector::{Optics, Sensor, SensorKind};

/// Narrowest field of view that is believed.
const VIEW_MIN_RAD: f64 = 1e-3;
/// Most pans in one sweep.
const PANS_MAX: u32 = 360;

/// The sweep of one sensor: its field of regard cut into pans, each held for the same time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sweep {
    left_rad: f64,
    width_rad: f64,
    pans: u32,
    next: u32,
    pub interval_ms: i64,
}

impl Sweep {
    pub(super) fn of(sensor: &Sensor) -> Self {
        let pans = optics(sensor).map_or(1, |optics| pans(sensor.field_rad, &optics));
        let middle_rad = sensor.facing.map_or(0.0, Azimuth::radians);
        #[expect(clippy::cast_possible_truncation, reason = "revisits are minutes at most")]
        let interval_ms = (1_000.0 * sensor.revisit_s / f64::from(pans)).round() as i64;
        Self {
            left_rad: middle_rad - sensor.field_rad / 2.0,
            width_rad: sensor.field_rad,
            pans,
            next: 0,
            interval_ms: interval_ms.max(50),
        }
    }

    /// All of the field before the sensor at every look.
    #[cfg(test)]
    pub(super) fn staring(sensor: &Sensor) -> Self {
        Self { pans: 1, ..Self::of(sensor) }
    }

    /// Turns to the next pan and gives the one that was before the camera till now.
    pub(super) fn turn(&mut self) -> Pan {
        let width_rad = self.width_rad / f64::from(self.pans);
        let left_rad = self.left_rad + f64::from(self.next) * width_rad;
        self.next = (self.next + 1) % self.pans;
        Pan { left: Azimuth::from_radians(left_rad), width_rad }
    }
}

/// What is before a sensor at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pan {
    left: Azimuth,
    pub width_rad: f64,
}

impl Pan {
    /// True when the target lies in this pan; the right edge belongs to the next one.
    pub(super) fn holds(&self, eye: EnuPoint, target: EnuPoint) -> bool {
        let from_left_rad = eye.azimuth_to(target).radians() - self.left.radians();
        let turn = Azimuth::from_radians(from_left_rad).radians();
        turn < self.width_rad || self.width_rad >= std::f64::consts::TAU
    }

    /// True when nothing within `spread_m` of a middle can lie in this pan.
    pub(super) fn misses(&self, eye: EnuPoint, middle: EnuPoint, spread_m: f64) -> bool {
        let distance_m = eye.distance_m(middle);
        if self.width_rad > 1.0 || distance_m <= 2.0 * spread_m {
            return false;
        }
        // Half the angle of the spread is at most asin(1/2): the chord is within 5 % of the arc.
        let spread_rad = 1.05 * spread_m / distance_m;
        let off_rad = eye.azimuth_to(middle).minus(self.at(0.5)).abs();
        off_rad > 0.5 * self.width_rad + spread_rad
    }

    /// An azimuth in it, by its share of the width.
    pub(super) fn at(&self, share: f64) -> Azimuth {
        Azimuth::from_radians(self.left.radians() + share * self.width_rad)
    }
}

fn optics(sensor: &Sensor) -> Option<Optics> {
    match sensor.kind {
        SensorKind::ThermalCamera(optics) | SensorKind::VisibleCamera(optics) => Some(optics),
        SensorKind::Balloon(platform) | SensorKind::Drone(platform) => Some(platform.optics),
        SensorKind::Radar(_)
        | SensorKind::GroundSensor(_)
        | SensorKind::Observer(_)
        | SensorKind::Checkpoint(_) => None,
    }
}

fn pans(field_rad: f64, optics: &Optics) -> u32 {
    let half_mm = f64::from(optics.pixels_across) * optics.pitch_um / 2_000.0;
    let view_rad = 2.0 * libm::atan2(half_mm, optics.focal_mm);
    let pans = (field_rad / view_rad.max(VIEW_MIN_RAD)).ceil();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let pans = pans.clamp(1.0, f64::from(PANS_MAX)) as u32;
    pans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn every_direction_in_the_field_is_looked_at_once_a_sweep() {
        for sensor in fixture::sector().sensors {
            let mut sweep = Sweep::of(&sensor);
            let pans: Vec<Pan> = (0..sweep.pans).map(|_| sweep.turn()).collect();
            let middle_rad = sensor.facing.map_or(0.0, Azimuth::radians);
            for step in 0..1_000 {
                let off_rad = sensor.field_rad * (f64::from(step) / 1_000.0 - 0.4999);
                let (sin, cos) = libm::sincos(middle_rad + off_rad);
                let target = EnuPoint::new(1_000.0 * sin, 1_000.0 * cos);
                let eye = EnuPoint::new(0.0, 0.0);

                let seen = pans.iter().filter(|pan| pan.holds(eye, target)).count();

                assert_eq!(seen, 1, "{} at {off_rad}", sensor.id.0);
            }
        }
    }

    #[test]
    fn a_long_lens_takes_many_pans_and_a_radar_one() {
        let sensors = fixture::sector().sensors;

        // 640 pixels of 15 um at 150 mm see 3.67 degrees of 180.
        assert_eq!(Sweep::of(&sensors[0]).pans, 50);
        assert_eq!(Sweep::of(&sensors[0]).interval_ms, 160);
        assert_eq!(Sweep::of(&sensors[1]).pans, 1);
    }
}
