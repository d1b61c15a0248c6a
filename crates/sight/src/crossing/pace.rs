//! How long a step over the ground takes: by who takes it, how steep it is, what they stand on and whether it is dark.

use serde::{Deserialize, Serialize};

use crate::sector::{GroundKind, Mobility, Mover, RoadClass, Settings};

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

/// Whether people see where they tread.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Light {
    #[default]
    Day,
    /// After civil twilight.
    Night,
}

/// What is under feet or wheels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Footing {
    Road(RoadClass),
    Ground(GroundKind),
}

impl Footing {
    pub(crate) const OPEN: Self = Self::Ground(GroundKind::Open);
    const ALL: [Self; 12] = [
        Self::Road(RoadClass::Paved),
        Self::Road(RoadClass::Track),
        Self::Ground(GroundKind::Open),
        Self::Ground(GroundKind::Sand),
        Self::Ground(GroundKind::Rock),
        Self::Ground(GroundKind::Wadi),
        Self::Ground(GroundKind::Scrub),
        Self::Ground(GroundKind::Field),
        Self::Ground(GroundKind::BuiltUp),
        Self::Ground(GroundKind::ShallowWater),
        Self::Ground(GroundKind::WadingWater),
        Self::Ground(GroundKind::DeepWater),
    ];

    /// Its number in [`Self::ALL`].
    fn number(self) -> usize {
        match self {
            Self::Road(class) => class as usize,
            Self::Ground(kind) => 2 + kind as usize,
        }
    }
}

/// Speed over open ground of a slope (rise over run in the direction of travel) by day; `None` where no way leads.
///
/// On foot: Tobler's hiking function `exp(-3.5 |s + 0.05|)` (DOMAIN 4), scaled to the speed on flat open ground.
/// Vehicles slow down linearly to a stop at a slope of 0.6 (an assumption); drones do not care.
pub fn speed_mps(mover: Mover, slope: f64, settings: &Settings) -> Option<f64> {
    speed_over_mps(mover, Footing::OPEN, Light::Day, slope, settings)
}

/// The same over other footing, and in the dark.
///
/// Each kind of ground and the dark leave a share of the speed (settings). A road is no steeper than `road_slope_max`,
/// whatever the ground's heights say, and nobody is slower on a road than on open ground beside it.
pub fn speed_over_mps(
    mover: Mover,
    footing: Footing,
    light: Light,
    slope: f64,
    settings: &Settings,
) -> Option<f64> {
    Gait::of(Goer::Mover(mover), light, settings).speed_mps(footing, slope, settings)
}

/// How somebody moves, slope and footing apart.
#[derive(Debug, Clone, Copy)]
struct Gait {
    /// Whose shares on each kind of ground are theirs.
    like: Mover,
    flat_mps: f64,
    road_mps: f64,
    track_share: f64,
    /// Share of the speed that the dark leaves.
    light_share: f64,
}

impl Gait {
    fn of(goer: Goer, light: Light, settings: &Settings) -> Self {
        let [foot_mps, vehicle_mps] = settings.unit_speed_mps;
        let [foot_road_mps, vehicle_road_mps] = settings.unit_road_speed_mps;
        let (like, flat_mps, road_mps, night_share) = match goer {
            Goer::Mover(mover) => (
                mover,
                settings.off_path_speed_mps(mover),
                Settings::of(&settings.road_speed_mps, mover),
                Settings::of(&settings.night_speed_share, mover),
            ),
            Goer::Unit(Mobility::Foot) => (
                Mover::Walker,
                foot_mps * settings.off_path_factor,
                foot_road_mps,
                settings.unit_night_speed_share[0],
            ),
            Goer::Unit(Mobility::Vehicle) => {
                (Mover::Vehicle, vehicle_mps, vehicle_road_mps, settings.unit_night_speed_share[1])
            }
        };
        let light_share = if light == Light::Night { night_share } else { 1.0 };
        let track_share = Settings::of(&settings.track_speed_share, like);
        Self { like, flat_mps, road_mps, track_share, light_share }
    }

    fn speed_mps(&self, footing: Footing, slope: f64, settings: &Settings) -> Option<f64> {
        if self.like == Mover::Drone {
            return Some(self.flat_mps * self.light_share);
        }
        match footing {
            Footing::Ground(kind) => {
                let share = settings.ground_share(kind, self.like);
                self.on_slope(self.flat_mps * share, slope)
            }
            Footing::Road(class) => {
                let steepest = settings.road_slope_max;
                let share = if class == RoadClass::Track { self.track_share } else { 1.0 };
                let road = self.on_slope(self.road_mps * share, slope.clamp(-steepest, steepest));
                let beside = self.on_slope(self.flat_mps, slope);
                road.into_iter().chain(beside).reduce(f64::max)
            }
        }
    }

    fn on_slope(&self, flat_mps: f64, slope: f64) -> Option<f64> {
        let factor = if self.like == Mover::Vehicle {
            1.0 - slope.abs() / VEHICLE_SLOPE_MAX
        } else {
            libm::exp(-3.5 * ((slope + 0.05).abs() - 0.05))
        };
        let mps = flat_mps * self.light_share;
        (mps > 0.0 && factor > 0.0).then(|| (mps * factor).max(SLOWEST_MPS))
    }
}

/// Ticks per metre by footing and slope; `None` where no way leads.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    ticks_per_m: Vec<Option<f64>>,
}

/// Slopes that the table tells apart.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small constant")]
const SLOPES: usize = (2.0 * SLOPE_MAX * SLOPE_STEPS) as usize + 1;

impl Pace {
    pub(crate) fn new(goer: Goer, light: Light, settings: &Settings) -> Self {
        let gait = Gait::of(goer, light, settings);
        let slope = |step: usize| step as f64 / SLOPE_STEPS - SLOPE_MAX;
        let ticks_per_m = Footing::ALL
            .into_iter()
            .flat_map(|footing| (0..SLOPES).map(move |step| (footing, slope(step))))
            .map(|(footing, slope)| Some(TICKS_PER_S / gait.speed_mps(footing, slope, settings)?))
            .collect();
        Self { ticks_per_m }
    }

    /// Ticks of a step over `distance_m` that rises `rise_m`, an equal share of it over each footing; `None` where no way
    /// leads over one of them.
    pub(crate) fn ticks(&self, distance_m: f64, rise_m: f64, footings: &[Footing]) -> Option<u32> {
        let slope = (rise_m / distance_m).clamp(-SLOPE_MAX, SLOPE_MAX);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the slope is clamped to the table"
        )]
        let step = libm::round((slope + SLOPE_MAX) * SLOPE_STEPS) as usize;
        let mut per_m = 0.0;
        for footing in footings {
            per_m += self.ticks_per_m[footing.number() * SLOPES + step]?;
        }
        let mean_per_m = per_m / footings.len() as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the slope is clamped, and a step is short"
        )]
        let ticks = libm::round(mean_per_m * distance_m).max(1.0) as u32;
        Some(ticks)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

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

    /// Tobler on a path: 5.04 km/h on the flat, 6 km/h a little downhill.
    #[test]
    fn on_a_road_walkers_keep_all_of_their_speed() {
        let settings = Settings::default();
        let road = Footing::Road(RoadClass::Track);
        let kmh = |slope| {
            3.6 * speed_over_mps(Mover::Walker, road, Light::Day, slope, &settings).unwrap()
        };

        assert_relative_eq!(kmh(0.0), 5.04, epsilon = 1e-9);
        assert_relative_eq!(kmh(-0.05), 6.0, epsilon = 0.02);
    }

    #[test]
    fn a_slope_stops_a_vehicle_off_the_road_and_not_a_walker() {
        let settings = Settings::default();

        assert_eq!(speed_mps(Mover::Vehicle, 0.7, &settings), None);
        assert!(speed_mps(Mover::Walker, 0.7, &settings).is_some());
        let road = Footing::Road(RoadClass::Paved);
        assert!(speed_over_mps(Mover::Vehicle, road, Light::Day, 0.7, &settings).is_some());
    }

    #[test]
    fn water_drowns_vehicles_before_people_and_neither_before_drones() {
        let settings = Settings::default();
        let speed =
            |mover, kind| speed_over_mps(mover, Footing::Ground(kind), Light::Day, 0.0, &settings);

        assert!(speed(Mover::Vehicle, GroundKind::ShallowWater).is_some());
        assert_eq!(speed(Mover::Vehicle, GroundKind::WadingWater), None);
        assert!(speed(Mover::Walker, GroundKind::WadingWater).is_some());
        for mover in [Mover::Walker, Mover::Group, Mover::Donkey, Mover::Vehicle] {
            assert_eq!(speed(mover, GroundKind::DeepWater), None);
        }
        assert!(speed(Mover::Drone, GroundKind::DeepWater).is_some());
    }

    #[test]
    fn the_table_agrees_with_the_function() {
        let settings = Settings::default();
        let pace = Pace::new(Goer::Mover(Mover::Walker), Light::Night, &settings);

        for footing in Footing::ALL {
            let exact = speed_over_mps(Mover::Walker, footing, Light::Night, 0.1, &settings);
            let ticks = pace.ticks(100.0, 10.0, &[footing]);
            assert_eq!(ticks.is_some(), exact.is_some());
            if let (Some(ticks), Some(mps)) = (ticks, exact) {
                assert_relative_eq!(f64::from(ticks) / TICKS_PER_S, 100.0 / mps, epsilon = 0.1);
            }
        }
    }

    #[test]
    fn every_footing_has_its_own_number() {
        for (number, footing) in Footing::ALL.into_iter().enumerate() {
            assert_eq!(footing.number(), number);
        }
    }

    proptest! {
        #[test]
        fn a_road_never_slows_and_the_dark_never_speeds(slope in -1.5..1.5_f64, mover in 0..5_usize) {
            let settings = Settings::default();
            let mover = Mover::ALL[mover];
            let speed = |footing, light| {
                speed_over_mps(mover, footing, light, slope, &settings).unwrap_or(0.0)
            };

            let open = speed(Footing::OPEN, Light::Day);
            for class in [RoadClass::Paved, RoadClass::Track] {
                prop_assert!(speed(Footing::Road(class), Light::Day) >= open);
            }
            for footing in Footing::ALL {
                prop_assert!(speed(footing, Light::Night) <= speed(footing, Light::Day));
            }
        }
    }
}
