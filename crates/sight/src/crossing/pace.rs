//! How long a step over the ground takes, by who takes it and how steep it is.

use crate::sector::{Mobility, Mover, Settings};

/// Travel times are counted in sixteenths of a second.
pub(crate) const TICKS_PER_S: f64 = 16.0;
/// Steepest slope that the table tells apart.
const SLOPE_MAX: f64 = 1.5;
/// Steps of slope per unit.
const SLOPE_STEPS: f64 = 200.0;
/// Nobody is taken to be slower than this, however steep the ground. An assumption.
const SLOWEST_MPS: f64 = 0.1;
/// Slope that stops a vehicle off the road. An assumption.
const VEHICLE_SLOPE_MAX: f64 = 0.6;

/// Who moves.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goer {
    Mover(Mover),
    Unit(Mobility),
}

/// Speed over ground of a slope (rise over run in the direction of travel); `None` where no way leads.
///
/// On foot: Tobler's hiking function `exp(-3.5 |s + 0.05|)` (DOMAIN 4), scaled to the speed on flat open ground.
/// Vehicles slow down linearly to a stop at a slope of 0.6 (an assumption); drones do not care.
pub fn speed_mps(mover: Mover, slope: f64, settings: &Settings) -> Option<f64> {
    speed(Goer::Mover(mover), slope, settings)
}

fn speed(goer: Goer, slope: f64, settings: &Settings) -> Option<f64> {
    let [foot_mps, vehicle_mps] = settings.unit_speed_mps;
    let on_foot = |flat_mps: f64| {
        let factor = libm::exp(-3.5 * ((slope + 0.05).abs() - 0.05));
        Some((flat_mps * factor).max(SLOWEST_MPS))
    };
    let driving = |flat_mps: f64| {
        let factor = 1.0 - slope.abs() / VEHICLE_SLOPE_MAX;
        (factor > 0.0).then(|| (flat_mps * factor).max(SLOWEST_MPS))
    };
    match goer {
        Goer::Mover(mover @ (Mover::Walker | Mover::Group | Mover::Donkey)) => {
            on_foot(settings.off_path_speed_mps(mover))
        }
        Goer::Mover(mover @ Mover::Vehicle) => driving(settings.off_path_speed_mps(mover)),
        Goer::Mover(mover @ Mover::Drone) => Some(settings.off_path_speed_mps(mover)),
        Goer::Unit(Mobility::Foot) => on_foot(foot_mps * settings.off_path_factor),
        Goer::Unit(Mobility::Vehicle) => driving(vehicle_mps),
    }
}

/// Ticks per metre by slope; `None` where no way leads.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    ticks_per_m: Vec<Option<f64>>,
}

impl Pace {
    pub(crate) fn new(goer: Goer, settings: &Settings) -> Self {
        let slope = |step: i32| f64::from(step) / SLOPE_STEPS - SLOPE_MAX;
        #[expect(clippy::cast_possible_truncation, reason = "a small constant")]
        let last = (2.0 * SLOPE_MAX * SLOPE_STEPS) as i32;
        let ticks_per_m = (0..=last)
            .map(|step| Some(TICKS_PER_S / speed(goer, slope(step), settings)?))
            .collect();
        Self { ticks_per_m }
    }

    /// Ticks of a step over `distance_m` that rises `rise_m`; `None` where no way leads.
    pub(crate) fn ticks(&self, distance_m: f64, rise_m: f64) -> Option<u32> {
        let slope = (rise_m / distance_m).clamp(-SLOPE_MAX, SLOPE_MAX);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the slope is clamped, and a step is short"
        )]
        let ticks = |per_m: f64| libm::round(per_m * distance_m).max(1.0) as u32;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the slope is clamped to the table"
        )]
        let step = libm::round((slope + SLOPE_MAX) * SLOPE_STEPS) as usize;
        self.ticks_per_m[step].map(ticks)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    /// Tobler (DOMAIN 4): 0 -> 5.04 km/h, -0.05 -> 6 km/h; x0.6 off the path.
    #[test]
    fn walkers_follow_tobler() {
        let settings = Settings::default();
        let kmh = |slope| speed_mps(Mover::Walker, slope, &settings).unwrap() * 3.6;

        assert_relative_eq!(kmh(0.0), 0.6 * 5.04, epsilon = 1e-9);
        assert_relative_eq!(kmh(-0.05), 0.6 * 6.0, epsilon = 0.01);
        assert!(kmh(0.3) < kmh(-0.3));
    }

    #[test]
    fn a_slope_stops_a_vehicle_and_not_a_walker() {
        let settings = Settings::default();

        assert_eq!(speed_mps(Mover::Vehicle, 0.7, &settings), None);
        assert!(speed_mps(Mover::Walker, 0.7, &settings).is_some());
    }

    #[test]
    fn the_table_agrees_with_the_function() {
        let settings = Settings::default();
        let pace = Pace::new(Goer::Mover(Mover::Walker), &settings);

        let ticks = pace.ticks(100.0, 10.0).unwrap();

        let exact = 100.0 / speed_mps(Mover::Walker, 0.1, &settings).unwrap();
        assert_relative_eq!(f64::from(ticks) / TICKS_PER_S, exact, epsilon = 0.1);
    }
}
