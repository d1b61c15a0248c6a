//! The air over the sector: extinction interpolated between weather reports, and optical depths along looks.

use crate::coverage::WeatherAt;
use crate::geo::EnuPoint;
use crate::sector::Settings;
use crate::sensor::{Band, dust_extinction_per_m, extinction_per_m};

/// Spacing of the raster on which several reports are interpolated.
const RASTER_M: f64 = 1_000.0;
/// Reports nearer than this count alike, so that no single point stands out. An assumption.
const SOFTENING_M: f64 = 2_000.0;
/// Steps of a depth along a look.
const STEP_M: f64 = 200.0;
/// Directions of a depth table round a sensor: 2 degrees each.
const DIRECTIONS: usize = 180;

/// Which end of the ratio between thermal and visible extinction is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Worse,
    Middle,
    Better,
}

/// Extinction that weather adds to clear air, per metre, and the wind.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sample {
    thermal_per_m: f64,
    visible_per_m: f64,
    visibility_m: f64,
    wind_mps: f64,
}

/// The corners of the ground that the air is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Extent {
    pub(crate) south_west: EnuPoint,
    pub(crate) north_east: EnuPoint,
}

/// The state of the air everywhere in the sector.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Air {
    /// The same everywhere.
    Uniform(Uniform),
    /// Interpolated between reports.
    Patchy(Patchy),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Uniform(Sample);

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Patchy {
    origin: EnuPoint,
    rows: usize,
    cols: usize,
    samples: Vec<Sample>,
}

impl Air {
    /// Clear air without wind.
    pub(crate) fn clear(settings: &Settings) -> Self {
        Self::Uniform(Uniform(Sample {
            thermal_per_m: 0.0,
            visible_per_m: 0.0,
            visibility_m: settings.clear_visibility_m,
            wind_mps: 0.0,
        }))
    }

    /// The worst that weather can do: no optical look gets anywhere and nothing flies.
    pub(crate) fn worst() -> Self {
        Self::Uniform(Uniform(Sample {
            thermal_per_m: 1.0,
            visible_per_m: 1.0,
            visibility_m: 0.0,
            wind_mps: f64::MAX,
        }))
    }

    /// The air that reports tell of; clear where there are none.
    pub(crate) fn reported(
        weather: &[WeatherAt],
        settings: &Settings,
        end: End,
        extent: Extent,
    ) -> Self {
        match weather {
            [] => Self::clear(settings),
            [only] => Self::Uniform(Uniform(sample(only, settings, end))),
            several => {
                let known: Vec<_> =
                    several.iter().map(|at| (at.point, sample(at, settings, end))).collect();
                Self::Patchy(Patchy::new(&known, extent))
            }
        }
    }

    fn at(&self, point: EnuPoint) -> Sample {
        match self {
            Self::Uniform(Uniform(sample)) => *sample,
            Self::Patchy(patchy) => patchy.at(point),
        }
    }

    pub(crate) fn wind_mps(&self, point: EnuPoint) -> f64 {
        self.at(point).wind_mps
    }

    pub(crate) fn visibility_m(&self, point: EnuPoint) -> f64 {
        self.at(point).visibility_m
    }

    /// The optical depth that weather adds between two points.
    pub(crate) fn depth(&self, band: Band, from: EnuPoint, to: EnuPoint) -> f64 {
        let range_m = from.distance_m(to);
        match self {
            Self::Uniform(Uniform(sample)) => sample.per_m(band) * range_m,
            Self::Patchy(patchy) => {
                let (from, to) = (from.to_vector(), to.to_vector());
                let steps = libm::ceil(range_m / STEP_M).max(1.0);
                let mut depth = 0.0;
                let mut step = 0.5;
                while step < steps {
                    let middle = from.lerp(&to, step / steps);
                    let here = patchy.at(EnuPoint::new(middle.x, middle.y));
                    depth += here.per_m(band) * range_m / steps;
                    step += 1.0;
                }
                depth
            }
        }
    }

    /// Depths all round a sensor, out to a range.
    pub(crate) fn depths(&self, band: Band, from: EnuPoint, range_max_m: f64) -> Depths {
        match self {
            Self::Uniform(Uniform(sample)) => Depths::Even { per_m: sample.per_m(band) },
            Self::Patchy(_) if band == Band::Unweakened => Depths::Even { per_m: 0.0 },
            Self::Patchy(patchy) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a sector file allows 100 km"
                )]
                let steps = libm::ceil(range_max_m / STEP_M).max(1.0) as usize;
                let mut table = Vec::with_capacity(DIRECTIONS * (steps + 1));
                for direction in 0..DIRECTIONS {
                    let (sin, cos) =
                        libm::sincos(std::f64::consts::TAU * direction as f64 / DIRECTIONS as f64);
                    let mut depth = 0.0;
                    table.push(depth);
                    for step in 0..steps {
                        let range_m = (step as f64 + 0.5) * STEP_M;
                        let at = EnuPoint::new(
                            from.east_m + sin * range_m,
                            from.north_m + cos * range_m,
                        );
                        depth += patchy.at(at).per_m(band) * STEP_M;
                        table.push(depth);
                    }
                }
                Depths::Polar { steps, table }
            }
        }
    }
}

/// Optical depths round a sensor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Depths {
    Even {
        per_m: f64,
    },
    /// By direction, then by range in steps, from 0 at the sensor.
    Polar {
        steps: usize,
        table: Vec<f64>,
    },
}

impl Depths {
    /// The depth towards an offset from the sensor.
    pub(crate) fn towards(&self, east_m: f64, north_m: f64) -> f64 {
        let range_m = libm::hypot(east_m, north_m);
        match self {
            Self::Even { per_m } => per_m * range_m,
            Self::Polar { steps, table } => {
                let turn = libm::atan2(east_m, north_m) / std::f64::consts::TAU;
                let direction = libm::round((turn - libm::floor(turn)) * DIRECTIONS as f64);
                let step = (range_m / STEP_M).min(*steps as f64 - 1e-6);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "both are small and not negative"
                )]
                let (direction, below) = (direction as usize % DIRECTIONS, step as usize);
                let row = &table[direction * (steps + 1)..][..=*steps];
                row[below] + (row[below + 1] - row[below]) * (step - below as f64)
            }
        }
    }
}

impl Sample {
    fn per_m(&self, band: Band) -> f64 {
        match band {
            Band::Thermal => self.thermal_per_m,
            Band::Visible => self.visible_per_m,
            Band::Unweakened => 0.0,
        }
    }

    fn mixed(parts: impl Iterator<Item = (f64, Self)>) -> Self {
        let mut sum =
            Self { thermal_per_m: 0.0, visible_per_m: 0.0, visibility_m: 0.0, wind_mps: 0.0 };
        let mut total_extinction = 0.0;
        for (weight, part) in parts {
            sum.thermal_per_m += weight * part.thermal_per_m;
            sum.visible_per_m += weight * part.visible_per_m;
            sum.wind_mps += weight * part.wind_mps;
            total_extinction += weight * extinction_per_m(part.visibility_m);
        }
        // What adds up along a look is extinction, so visibilities are mixed through it.
        Self { visibility_m: extinction_per_m(1.0) / total_extinction, ..sum }
    }
}

impl Patchy {
    /// Weighs reports by inverse squared distance (Shepard, 1968), softened near each.
    fn new(known: &[(EnuPoint, Sample)], extent: Extent) -> Self {
        let count = |low: f64, high: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a sector is at most some hundred kilometres wide"
            )]
            let cells = libm::ceil(((high - low) / RASTER_M).clamp(1.0, 1_000.0)) as usize;
            cells + 1
        };
        let origin = extent.south_west;
        let rows = count(origin.north_m, extent.north_east.north_m);
        let cols = count(origin.east_m, extent.north_east.east_m);
        let samples = (0..rows * cols)
            .map(|at| {
                let point = EnuPoint::new(
                    origin.east_m + (at % cols) as f64 * RASTER_M,
                    origin.north_m + (at / cols) as f64 * RASTER_M,
                );
                let weight = |from: EnuPoint| {
                    let distance_m = from.distance_m(point);
                    1.0 / (distance_m * distance_m + SOFTENING_M * SOFTENING_M)
                };
                let total: f64 = known.iter().map(|(from, _)| weight(*from)).sum();
                Sample::mixed(known.iter().map(|(from, sample)| (weight(*from) / total, *sample)))
            })
            .collect();
        Self { origin, rows, cols, samples }
    }

    fn at(&self, point: EnuPoint) -> Sample {
        let position = |metres: f64, count: usize| {
            let at = (metres / RASTER_M).clamp(0.0, count as f64 - 1.0);
            let below = libm::floor(at).min(count as f64 - 2.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to the raster"
            )]
            (below as usize, at - below)
        };
        let (row, down) = position(point.north_m - self.origin.north_m, self.rows);
        let (col, right) = position(point.east_m - self.origin.east_m, self.cols);
        let corner =
            |d_row: usize, d_col: usize| self.samples[(row + d_row) * self.cols + col + d_col];
        Sample::mixed(
            [
                ((1.0 - down) * (1.0 - right), corner(0, 0)),
                ((1.0 - down) * right, corner(0, 1)),
                (down * (1.0 - right), corner(1, 0)),
                (down * right, corner(1, 1)),
            ]
            .into_iter(),
        )
    }
}

/// One report as extinction: dust by its ratio, which rises where it is raised on the spot; anything else as fog.
fn sample(weather: &WeatherAt, settings: &Settings, end: End) -> Sample {
    let visibility_m = weather.visibility_m.clamp(1.0, settings.clear_visibility_m);
    let [low, high] = if !weather.dust {
        settings.fog_ratio
    } else if visibility_m < settings.raised_dust_visibility_m {
        [settings.dust_ratio[0], settings.raised_dust_ratio.max(settings.dust_ratio[1])]
    } else {
        settings.dust_ratio
    };
    let ratio = match end {
        End::Worse => high,
        End::Middle => f64::midpoint(low, high),
        End::Better => low,
    };
    let clear = settings.clear_visibility_m;
    let added = |of: fn(f64) -> f64| (of(visibility_m) - of(clear)).max(0.0);
    Sample {
        thermal_per_m: ratio * added(dust_extinction_per_m),
        visible_per_m: added(extinction_per_m),
        visibility_m,
        wind_mps: weather.wind_mps.max(0.0),
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn nobody_reporting_means_clear_air() {
        let air = Air::reported(&[], &Settings::default(), End::Worse, extent());

        assert_relative_eq!(air.depth(Band::Thermal, at(0.0), at(5e3)), 0.0);
    }

    #[test]
    fn raised_dust_takes_its_whole_interval() {
        let depth = |end| {
            let weather = [dust(0.0, 300.0)];
            let air = Air::reported(&weather, &Settings::default(), end, extent());
            air.depth(Band::Thermal, at(0.0), at(300.0))
        };

        // 3.912 less the air's own share, times the ratio.
        assert_relative_eq!(depth(End::Worse), 3.88, epsilon = 0.01);
        assert_relative_eq!(depth(End::Better), 0.4 * depth(End::Worse), epsilon = 1e-9);
    }

    #[test]
    fn between_two_reports_the_depth_grows_towards_the_dust() {
        let weather = [dust(-20e3, 40_000.0), dust(20e3, 500.0)];
        let air = Air::reported(&weather, &Settings::default(), End::Worse, extent());

        let west = air.depth(Band::Visible, at(-15e3), at(-13e3));
        let east = air.depth(Band::Visible, at(13e3), at(15e3));

        assert!(west < 0.2 * east, "{west} {east}");
        assert!(air.visibility_m(at(20e3)) < 600.0);
    }

    #[test]
    fn the_table_round_a_sensor_agrees_with_the_single_look() {
        let weather = [dust(-20e3, 10_000.0), dust(20e3, 500.0)];
        let air = Air::reported(&weather, &Settings::default(), End::Worse, extent());
        let depths = air.depths(Band::Thermal, at(0.0), 9_000.0);

        for (east_m, north_m) in [(5_000.0, 0.0), (-3_000.0, 4_000.0), (100.0, -8_000.0)] {
            let single = air.depth(Band::Thermal, at(0.0), EnuPoint::new(east_m, north_m));

            assert_relative_eq!(depths.towards(east_m, north_m), single, max_relative = 0.03);
        }
    }

    fn at(east_m: f64) -> EnuPoint {
        EnuPoint::new(east_m, 0.0)
    }

    fn dust(east_m: f64, visibility_m: f64) -> WeatherAt {
        WeatherAt { point: at(east_m), visibility_m, wind_mps: 5.0, dust: true }
    }

    fn extent() -> Extent {
        Extent { south_west: EnuPoint::new(-30e3, -30e3), north_east: EnuPoint::new(30e3, 30e3) }
    }
}
