//! What one sensor looks through: the mean extinction along each of its looks.

use crate::coverage::air::Air;
use crate::geo::EnuPoint;
use crate::sensor::Band;

/// Directions in each quarter round a sensor: a degree each on the mean.
const RAYS: usize = 90;
/// Distance between two entries along a direction.
const RING_M: f64 = 200.0;

/// Mean extinction from a sensor to everywhere round it.
///
/// The depth of a look is its mean extinction times its length. The mean changes slowly from look to look, also near
/// the sensor, so that what lies between the entries of a table can be interpolated; depths themselves could not.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Haze {
    Even { per_m: f64 },
    Patchy(Round),
}

/// A table of 360 directions by 200 m, by quarter, direction and ring.
///
/// Quarters are north, east, south and west; a direction is the tangent of the turn from the quarter's middle, and a
/// ring a distance along that middle, so that no angle needs be computed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Round {
    rings: usize,
    mean_per_m: Vec<f32>,
}

impl Haze {
    /// What a sensor at `from` looks through out to a range.
    pub(crate) fn new(air: &Air, band: Band, from: EnuPoint, range_max_m: f64) -> Self {
        match air.even_per_m(band) {
            Some(per_m) => Self::Even { per_m },
            None => Self::Patchy(Round::new(air, band, from, range_max_m)),
        }
    }

    /// Mean extinction of the look that ends at an offset from the sensor.
    pub(crate) fn mean_per_m(&self, east_m: f64, north_m: f64) -> f64 {
        match self {
            Self::Even { per_m } => *per_m,
            Self::Patchy(round) => round.mean_per_m(east_m, north_m),
        }
    }
}

impl Round {
    fn new(air: &Air, band: Band, from: EnuPoint, range_max_m: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a sector file allows 100 km"
        )]
        let rings = libm::ceil(range_max_m / RING_M).max(1.0) as usize;
        let mut mean_per_m = Vec::with_capacity(4 * (RAYS + 1) * (rings + 1));
        let here = narrow(air.per_m(band, from));
        // One over the number of each ring: there are many directions, and divisions are slow.
        let shares: Vec<f64> = (1..=rings).map(|ring| 1.0 / ring as f64).collect();
        for quarter in 0..4 {
            for ray in 0..=RAYS {
                let (east, north) = toward(quarter, ray as f64 / (RAYS / 2) as f64 - 1.0);
                let mut sum = 0.0;
                mean_per_m.push(here);
                let step_m = (east * RING_M, north * RING_M);
                for (share, per_m) in shares.iter().zip(air.along(band, from, step_m)) {
                    sum += per_m;
                    mean_per_m.push(narrow(sum * share));
                }
            }
        }
        Self { rings, mean_per_m }
    }

    /// Linear between the four entries round the look's end.
    fn mean_per_m(&self, east_m: f64, north_m: f64) -> f64 {
        let (quarter, along_m, across_m) = if north_m.abs() >= east_m.abs() {
            if north_m >= 0.0 { (0, north_m, east_m) } else { (2, -north_m, east_m) }
        } else if east_m >= 0.0 {
            (1, east_m, north_m)
        } else {
            (3, -east_m, north_m)
        };
        let tangent = if along_m > 0.0 { across_m / along_m } else { 0.0 };
        let (ray, aside) = between((tangent + 1.0) * (RAYS / 2) as f64, RAYS);
        let (ring, out) = between(along_m / RING_M, self.rings);
        let on_ray = |ray: usize| {
            let at = (quarter * (RAYS + 1) + ray) * (self.rings + 1) + ring;
            let (near, far) = (f64::from(self.mean_per_m[at]), f64::from(self.mean_per_m[at + 1]));
            near + (far - near) * out
        };
        let (left, right) = (on_ray(ray), on_ray(ray + 1));
        left + (right - left) * aside
    }
}

/// East and north per metre along a quarter's middle, at a tangent from it.
fn toward(quarter: usize, tangent: f64) -> (f64, f64) {
    match quarter {
        0 => (tangent, 1.0),
        1 => (1.0, tangent),
        2 => (tangent, -1.0),
        _ => (-1.0, tangent),
    }
}

/// The entry below a position and the share of the one above; the position is held inside 0..=last.
fn between(position: f64, last: usize) -> (usize, f64) {
    let held = position.clamp(0.0, last as f64);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held above 0")]
    let below = (held as usize).min(last - 1);
    (below, held - below as f64)
}

#[expect(clippy::cast_possible_truncation, reason = "seven digits are plenty for an extinction")]
fn narrow(per_m: f64) -> f32 {
    per_m as f32
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::*;
    use crate::coverage::WeatherAt;
    use crate::coverage::air::{End, Extent};
    use crate::sector::Settings;

    #[test]
    fn near_the_sensor_the_mean_is_the_air_that_it_stands_in() {
        let air = edge_of_dust();
        let from = EnuPoint::new(1_234.0, -567.0);
        let haze = Haze::new(&air, Band::Thermal, from, 8_000.0);

        let here = air.per_m(Band::Thermal, from);

        assert_relative_eq!(haze.mean_per_m(0.0, 0.0), here, max_relative = 1e-6);
        assert_relative_eq!(haze.mean_per_m(3.0, -4.0), here, max_relative = 0.01);
    }

    proptest! {
        #[test]
        fn every_look_into_the_edge_of_dust_has_its_own_depth(
            north_m in -8_000.0..8_000.0_f64, east_m in -8_000.0..8_000.0_f64, from_m in -9e3..9e3_f64,
        ) {
            let air = edge_of_dust();
            let from = EnuPoint::new(from_m, 0.3 * from_m);
            let haze = Haze::new(&air, Band::Visible, from, 8_000.0);
            let range_m = libm::hypot(east_m, north_m);
            prop_assume!(range_m < 8_000.0);

            let depth = haze.mean_per_m(east_m, north_m) * range_m;

            let summed = depth_in_small_steps(&air, Band::Visible, from, (east_m, north_m));
            prop_assert!((depth - summed).abs() < 0.02 + 0.01 * summed, "{} {}", depth, summed);
        }
    }

    /// The depth of a look as a sum over steps of a metre.
    fn depth_in_small_steps(
        air: &Air,
        band: Band,
        from: EnuPoint,
        (east_m, north_m): (f64, f64),
    ) -> f64 {
        let range_m = libm::hypot(east_m, north_m);
        let steps = libm::ceil(range_m).max(1.0);
        let mut depth = 0.0;
        let mut step = 0.5;
        while step < steps {
            let share = step / steps;
            let at = EnuPoint::new(from.east_m + east_m * share, from.north_m + north_m * share);
            depth += air.per_m(band, at) * range_m / steps;
            step += 1.0;
        }
        depth
    }

    /// Clear in the west, 300 m of sight in the east, five kilometres apart.
    fn edge_of_dust() -> Air {
        let report = |east_m: f64, visibility_m: f64| WeatherAt {
            point: EnuPoint::new(east_m, 0.0),
            visibility_m: Some(visibility_m),
            wind_mps: 9.0,
            ceiling_m: None,
            dust: true,
        };
        let extent = Extent {
            south_west: EnuPoint::new(-30e3, -30e3),
            north_east: EnuPoint::new(30e3, 30e3),
        };
        let weather = [report(-2_500.0, 40_000.0), report(2_500.0, 300.0)];
        Air::reported(&weather, &Settings::default(), End::Worse, extent)
    }
}
