//! The ground before rain wears it: river course, valley floor, plateau, escarpment, mesas.

use super::noise;

/// The river's heading at the ford, degrees clockwise from north.
const HEADING_DEG: f64 = 122.0;
/// The course bends towards north-east on both sides by `u² / BEND_M`.
const BEND_M: f64 = 170_000.0;
/// The river's level at the ford and its fall.
const LEVEL_M: f64 = 168.0;
const FALL: f64 = 0.000_3;
/// Width over which the valley's side rises.
const BLUFF_M: f64 = 1_100.0;

/// A seeded surface over a plane of metres around the ford.
pub(super) struct Relief {
    seed: u64,
    /// Unit vector down the river: east, north.
    down: (f64, f64),
}

/// Where a point lies with respect to the river.
#[expect(clippy::struct_field_names, reason = "the postfix is the unit")]
struct Reach {
    /// Metres down the river's axis from the ford.
    along_m: f64,
    /// Metres from the middle of the floor, positive to the north-east.
    across_m: f64,
    /// Metres outside the floor; negative on it.
    beyond_m: f64,
}

impl Relief {
    pub(super) fn new(seed: u64) -> Self {
        let (sin, cos) = libm::sincos(HEADING_DEG.to_radians());
        Self { seed, down: (sin, cos) }
    }

    /// Whether a point is on the valley floor, which takes up all wadis.
    pub(super) fn is_floor(&self, east_m: f64, north_m: f64) -> bool {
        self.reach(east_m, north_m).beyond_m <= 0.0
    }

    /// Height before wear.
    pub(super) fn height_m(&self, east_m: f64, north_m: f64) -> f64 {
        let reach = self.reach(east_m, north_m);
        if reach.beyond_m <= 0.0 {
            self.floor_m(&reach)
        } else {
            self.upland_m(&reach, east_m, north_m)
        }
    }

    /// Unevenness that gives each finer erosion grid its own rills.
    pub(super) fn seams_m(&self, east_m: f64, north_m: f64, spacing_m: f64) -> f64 {
        let wave_m = 4.0 * spacing_m;
        0.006 * spacing_m * self.plane(40, wave_m, east_m, north_m)
    }

    /// Stones and hummocks below the erosion grids: under a metre, less on the floor.
    pub(super) fn grain_m(&self, east_m: f64, north_m: f64) -> f64 {
        let share = if self.is_floor(east_m, north_m) { 0.3 } else { 1.0 };
        share
            * (0.7 * self.plane(50, 170.0, east_m, north_m)
                + 0.5 * self.plane(51, 70.0, east_m, north_m))
    }

    /// Bends the plane a little, so that wadis do not keep to the eight ways of the erosion grid.
    pub(super) fn bend(&self, east_m: f64, north_m: f64) -> (f64, f64) {
        let sway_m = |part| 110.0 * self.plane(part, 800.0, east_m, north_m);
        (east_m + sway_m(60), north_m + sway_m(61))
    }

    fn reach(&self, east_m: f64, north_m: f64) -> Reach {
        let along_m = east_m * self.down.0 + north_m * self.down.1;
        let left_m = north_m * self.down.0 - east_m * self.down.1;
        let slant = (self.course_m(along_m + 50.0) - self.course_m(along_m - 50.0)) / 100.0;
        let across_m = (left_m - self.course_m(along_m)) / libm::sqrt(1.0 + slant * slant);
        let side = if across_m > 0.0 { 1 } else { 2 };
        let half_width_m = 2_300.0
            + 900.0 * self.line(side, 9_000.0, along_m)
            + 250.0 * self.line(side + 2, 1_700.0, along_m);
        Reach { along_m, across_m, beyond_m: across_m.abs() - half_width_m }
    }

    /// Middle of the floor, metres left of the straight axis.
    fn course_m(&self, along_m: f64) -> f64 {
        let wander = |along_m: f64| {
            2_400.0 * self.line(5, 17_000.0, along_m) + 500.0 * self.line(6, 6_000.0, along_m)
        };
        along_m * along_m / BEND_M + wander(along_m) - wander(0.0)
    }

    /// Fields, a river terrace and the river itself.
    fn floor_m(&self, reach: &Reach) -> f64 {
        let level_m = LEVEL_M - FALL * reach.along_m;
        let bed_m = 1_300.0 * self.line(7, 5_500.0, reach.along_m)
            + 350.0 * self.line(8, 1_900.0, reach.along_m);
        let from_bed_m = (reach.across_m - bed_m).abs();
        let bank = ease(130.0, 230.0, from_bed_m);
        let terrace = ease(1_300.0, 1_500.0, from_bed_m);
        level_m + 3.0 * bank + 5.0 * terrace + 0.8 * bank * self.line(9, 700.0, reach.across_m)
    }

    fn upland_m(&self, reach: &Reach, east_m: f64, north_m: f64) -> f64 {
        let away_m = reach.beyond_m;
        let rolling = 11.0 * self.plane(20, 14_000.0, east_m, north_m)
            + 5.0 * self.plane(21, 4_000.0, east_m, north_m)
            + 3.0 * self.plane(22, 1_300.0, east_m, north_m)
            + 1.5 * self.plane(23, 500.0, east_m, north_m);
        let climb_m = 75.0 * (1.0 - libm::exp(-away_m / 15_000.0));
        let settled = ease(0.0, 6_000.0, away_m);
        LEVEL_M - FALL * reach.along_m
            + 8.0
            + 62.0 * ease(0.0, BLUFF_M, away_m)
            + climb_m
            + rolling * (0.25 + 0.75 * settled)
            + self.steps_m(reach, east_m, north_m)
    }

    /// The escarpment south-west of the river and scattered mesas north-east of it.
    fn steps_m(&self, reach: &Reach, east_m: f64, north_m: f64) -> f64 {
        if reach.across_m < 0.0 {
            let foot_m = 9_500.0
                + 2_500.0 * self.line(10, 11_000.0, reach.along_m)
                + 900.0 * self.plane(24, 2_600.0, east_m, north_m);
            return 42.0 * ease(foot_m, foot_m + 700.0, reach.beyond_m);
        }
        let crown = self.plane(25, 5_200.0, east_m, north_m)
            + 0.25 * self.plane(26, 1_500.0, east_m, north_m);
        24.0 * ease(0.52, 0.62, crown) * ease(1_500.0, 4_000.0, reach.beyond_m)
    }

    fn plane(&self, part: u64, wave_m: f64, east_m: f64, north_m: f64) -> f64 {
        // Turned a little for each part, so that lattices do not line up.
        let (sin, cos) = libm::sincos(part as f64);
        let (x, y) = (east_m * cos - north_m * sin, east_m * sin + north_m * cos);
        noise::plane(self.part(part), x / wave_m, y / wave_m)
    }

    fn line(&self, part: u64, wave_m: f64, along_m: f64) -> f64 {
        noise::line(self.part(part), along_m / wave_m)
    }

    fn part(&self, part: u64) -> u64 {
        self.seed ^ part.wrapping_mul(0xa076_1d64_78bd_642f)
    }
}

/// Smooth step from 0 below `low` to 1 above `high`.
fn ease(low: f64, high: f64, value: f64) -> f64 {
    let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}
