//! The air over the sector: extinction and wind, interpolated between weather reports.

use rayon::prelude::*;

use crate::coverage::WeatherAt;
use crate::geo::EnuPoint;
use crate::sector::Settings;
use crate::sensor::{Added, Band, Obscurant, extinction_per_m};

/// Spacing of the raster on which several reports are interpolated.
const RASTER_M: f64 = 1_000.0;
/// Reports nearer than this count alike, so that no single point stands out. An assumption.
const SOFTENING_M: f64 = 2_000.0;

/// Reports that count at a place, where there are more.
const NEAREST: usize = 6;

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
    /// Height of the cloud base above ground; infinite where nobody tells of clouds.
    ceiling_m: f64,
}

/// The corners of the ground that the air is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Extent {
    pub(crate) south_west: EnuPoint,
    pub(crate) north_east: EnuPoint,
}

/// The state of the air everywhere in the sector.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Air {
    sky: Sky,
    /// All winds that are told, where some are told without a visibility; else the sky has them.
    winds: Vec<(EnuPoint, f64)>,
}

/// What is told by those who tell the visibility.
#[derive(Debug, Clone, PartialEq)]
enum Sky {
    /// The same everywhere.
    Uniform(Uniform),
    /// Interpolated between reports.
    Patchy(Patchy),
}

#[derive(Debug, Clone, PartialEq)]
struct Uniform(Sample);

#[derive(Debug, Clone, PartialEq)]
struct Patchy {
    origin: EnuPoint,
    rows: usize,
    cols: usize,
    thermal_per_m: Vec<f64>,
    visible_per_m: Vec<f64>,
    /// By which visibility is mixed: 3.912 over it.
    whole_per_m: Vec<f64>,
    wind_mps: Vec<f64>,
    /// What each report says of the cloud base, infinite where it tells of none.
    ceilings_m: Vec<(EnuPoint, f64)>,
}

impl Air {
    /// Clear air without wind.
    pub(crate) fn clear(settings: &Settings) -> Self {
        Self::uniform(Sample {
            thermal_per_m: 0.0,
            visible_per_m: 0.0,
            visibility_m: settings.clear_visibility_m,
            wind_mps: 0.0,
            ceiling_m: f64::INFINITY,
        })
    }

    fn uniform(sample: Sample) -> Self {
        Self { sky: Sky::Uniform(Uniform(sample)), winds: Vec::new() }
    }

    /// The worst that weather can do: no optical look gets anywhere and nothing flies.
    pub(crate) fn worst() -> Self {
        Self::uniform(Sample {
            thermal_per_m: 1.0,
            visible_per_m: 1.0,
            visibility_m: 0.0,
            wind_mps: f64::MAX,
            ceiling_m: 0.0,
        })
    }

    /// The air that reports tell of; clear where there are none.
    pub(crate) fn reported(
        weather: &[WeatherAt],
        settings: &Settings,
        end: End,
        extent: Extent,
    ) -> Self {
        let known: Vec<_> = weather
            .iter()
            .filter_map(|at| Some((at.point, sample(at, at.visibility_m?, settings, end))))
            .collect();
        let seen = match known.as_slice() {
            [] => Self::clear(settings),
            [(_, only)] => Self::uniform(*only),
            several => {
                let patchy = Patchy::new(several, extent);
                Self { sky: Sky::Patchy(patchy), winds: Vec::new() }
            }
        };
        if known.len() == weather.len() {
            return seen;
        }
        let winds = weather.iter().map(|at| (at.point, at.wind_mps.max(0.0))).collect();
        Self { winds, ..seen }
    }

    pub(crate) fn wind_mps(&self, point: EnuPoint) -> f64 {
        if !self.winds.is_empty() {
            return mixed(&self.winds, point, |wind_mps| [*wind_mps])[0];
        }
        match &self.sky {
            Sky::Uniform(Uniform(sample)) => sample.wind_mps,
            Sky::Patchy(patchy) => patchy.spot(point).of(&patchy.wind_mps),
        }
    }

    /// Height of the cloud base above ground, as the nearest report has it: cloud is there or it is not.
    pub(crate) fn ceiling_m(&self, point: EnuPoint) -> f64 {
        match &self.sky {
            Sky::Uniform(Uniform(sample)) => sample.ceiling_m,
            Sky::Patchy(patchy) => {
                let away = |at: EnuPoint| at.distance_m(point);
                let nearest =
                    patchy.ceilings_m.iter().min_by(|a, b| away(a.0).total_cmp(&away(b.0)));
                nearest.map_or(f64::INFINITY, |(_, ceiling_m)| *ceiling_m)
            }
        }
    }

    pub(crate) fn visibility_m(&self, point: EnuPoint) -> f64 {
        match &self.sky {
            Sky::Uniform(Uniform(sample)) => sample.visibility_m,
            Sky::Patchy(patchy) => {
                extinction_per_m(1.0) / patchy.spot(point).of(&patchy.whole_per_m)
            }
        }
    }

    /// Extinction that weather adds in a band at a point.
    pub(crate) fn per_m(&self, band: Band, point: EnuPoint) -> f64 {
        match &self.sky {
            Sky::Uniform(Uniform(sample)) => sample.per_m(band),
            Sky::Patchy(_) if band == Band::Unweakened => 0.0,
            Sky::Patchy(patchy) => patchy.spot(point).of(patchy.posts(band)),
        }
    }

    /// Extinction at equal steps away from a point: after half a step, after one and a half, and so on without end.
    pub(crate) fn along(
        &self,
        band: Band,
        from: EnuPoint,
        (east_m, north_m): (f64, f64),
    ) -> impl Iterator<Item = f64> {
        let (even, patchy) = match &self.sky {
            Sky::Uniform(Uniform(sample)) => (sample.per_m(band), None),
            Sky::Patchy(patchy) => (0.0, Some(patchy).filter(|_| band != Band::Unweakened)),
        };
        let start = patchy.map_or((0.0, 0.0), |patchy| {
            let (row_m, col_m) =
                (from.north_m - patchy.origin.north_m, from.east_m - patchy.origin.east_m);
            (row_m / RASTER_M, col_m / RASTER_M)
        });
        let step = (north_m / RASTER_M, east_m / RASTER_M);
        (0_u32..).map(move |number| {
            let steps = f64::from(number) + 0.5;
            let at = (start.0 + steps * step.0, start.1 + steps * step.1);
            patchy.map_or(even, |patchy| patchy.spot_at(at.0, at.1).of(patchy.posts(band)))
        })
    }

    /// The extinction that is the same everywhere; `None` where places differ.
    pub(crate) fn even_per_m(&self, band: Band) -> Option<f64> {
        match &self.sky {
            Sky::Uniform(Uniform(sample)) => Some(sample.per_m(band)),
            Sky::Patchy(_) => (band == Band::Unweakened).then_some(0.0),
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
        let posts: Vec<[f64; 4]> = (0..rows * cols)
            .into_par_iter()
            .map(|at| {
                let point = EnuPoint::new(
                    origin.east_m + (at % cols) as f64 * RASTER_M,
                    origin.north_m + (at / cols) as f64 * RASTER_M,
                );
                interpolated(known, point)
            })
            .collect();
        let raster = |of: usize| posts.iter().map(|post| post[of]).collect();
        Self {
            origin,
            rows,
            cols,
            thermal_per_m: raster(0),
            visible_per_m: raster(1),
            whole_per_m: raster(2),
            wind_mps: raster(3),
            ceilings_m: known.iter().map(|(from, sample)| (*from, sample.ceiling_m)).collect(),
        }
    }

    fn posts(&self, band: Band) -> &[f64] {
        match band {
            Band::Thermal => &self.thermal_per_m,
            Band::Visible => &self.visible_per_m,
            Band::Unweakened => &[],
        }
    }

    fn spot(&self, point: EnuPoint) -> Spot {
        self.spot_at(
            (point.north_m - self.origin.north_m) * (1.0 / RASTER_M),
            (point.east_m - self.origin.east_m) * (1.0 / RASTER_M),
        )
    }

    /// The place at a fractional row and column; off the raster its edge counts.
    #[inline]
    fn spot_at(&self, row: f64, col: f64) -> Spot {
        let position = |at: f64, count: usize| {
            let at = at.max(0.0).min((count - 1) as f64);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "held inside the raster"
            )]
            let below = (at as usize).min(count - 2);
            (below, at - below as f64)
        };
        let (row, down) = position(row, self.rows);
        let (col, right) = position(col, self.cols);
        Spot { at: row * self.cols + col, below: self.cols, down, right }
    }
}

/// Thermal, visible and whole extinction and wind at a point.
fn interpolated(known: &[(EnuPoint, Sample)], point: EnuPoint) -> [f64; 4] {
    mixed(known, point, |sample| {
        // What adds up along a look is extinction, so visibilities are mixed through it.
        let whole_per_m = extinction_per_m(sample.visibility_m);
        [sample.thermal_per_m, sample.visible_per_m, whole_per_m, sample.wind_mps]
    })
}

/// Figures of what is known at some places, mixed at a point.
///
/// Weights fall to nothing at the report that comes next after the nearest few, so that a grid of reports keeps its
/// patches (Franke and Little's change to Shepard's weights, 1980).
fn mixed<T, const N: usize>(
    known: &[(EnuPoint, T)],
    point: EnuPoint,
    figures: impl Fn(&T) -> [f64; N],
) -> [f64; N] {
    let apart_m2 = |from: &EnuPoint| {
        let (east_m, north_m) = (from.east_m - point.east_m, from.north_m - point.north_m);
        east_m * east_m + north_m * north_m
    };
    let weight = |apart_m2: f64| 1.0 / (apart_m2 + SOFTENING_M * SOFTENING_M);
    let mut least = 0.0;
    if known.len() > NEAREST {
        let mut all_m2: Vec<f64> = known.iter().map(|(from, _)| apart_m2(from)).collect();
        let (_, next_m2, _) = all_m2.select_nth_unstable_by(NEAREST, f64::total_cmp);
        // A shade less, so that reports which are all equally far still count.
        least = weight(*next_m2) * (1.0 - 1e-9);
    }
    let mut total = 0.0;
    let mut mixed = [0.0; N];
    for (from, told) in known {
        let weight = (weight(apart_m2(from)) - least).max(0.0);
        total += weight;
        for (sum, figure) in mixed.iter_mut().zip(figures(told)) {
            *sum += weight * figure;
        }
    }
    mixed.map(|sum| sum / total)
}

/// A place between four posts of a raster.
struct Spot {
    at: usize,
    /// Posts from one row to the next.
    below: usize,
    down: f64,
    right: f64,
}

impl Spot {
    /// Linear between the posts.
    #[inline]
    fn of(&self, posts: &[f64]) -> f64 {
        let along = |at: usize| match posts.get(at..at + 2) {
            Some([left, right]) => left + (right - left) * self.right,
            _ => 0.0,
        };
        let (first, second) = (along(self.at), along(self.at + self.below));
        first + (second - first) * self.down
    }
}

/// One report as extinction: dust by its ratio, which rises where it is raised on the spot; anything else as fog.
fn sample(weather: &WeatherAt, visibility_m: f64, settings: &Settings, end: End) -> Sample {
    let obscurant = if weather.dust { Obscurant::Dust } else { Obscurant::Fog };
    let added = Added::by(visibility_m, obscurant, settings);
    let [low, high] = added.thermal_ratio;
    let ratio = match end {
        End::Worse => high,
        End::Middle => f64::midpoint(low, high),
        End::Better => low,
    };
    Sample {
        thermal_per_m: ratio * added.particles_per_m,
        visible_per_m: added.visible_per_m,
        visibility_m: visibility_m.clamp(1.0, settings.clear_visibility_m),
        wind_mps: weather.wind_mps.max(0.0),
        ceiling_m: weather.ceiling_m.unwrap_or(f64::INFINITY),
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn nobody_reporting_means_clear_air() {
        let air = Air::reported(&[], &Settings::default(), End::Worse, extent());

        assert_eq!(air.even_per_m(Band::Thermal), Some(0.0));
    }

    #[test]
    fn raised_dust_takes_its_whole_interval() {
        let depth = |end| {
            let weather = [dust(0.0, 300.0)];
            let air = Air::reported(&weather, &Settings::default(), end, extent());
            air.even_per_m(Band::Thermal).unwrap() * 300.0
        };

        // 3.912 less the air's own share, times the ratio.
        assert_relative_eq!(depth(End::Worse), 3.88, epsilon = 0.01);
        assert_relative_eq!(depth(End::Better), 0.4 * depth(End::Worse), epsilon = 1e-9);
    }

    #[test]
    fn between_two_reports_the_air_thickens_towards_the_dust() {
        let weather = [dust(-20e3, 40_000.0), dust(20e3, 500.0)];
        let air = Air::reported(&weather, &Settings::default(), End::Worse, extent());

        let west = air.per_m(Band::Visible, at(-14e3));
        let east = air.per_m(Band::Visible, at(14e3));

        assert!(west < 0.2 * east, "{west} {east}");
        assert!(air.visibility_m(at(20e3)) < 600.0);
        assert_eq!(air.even_per_m(Band::Visible), None);
    }

    #[test]
    fn a_grid_of_reports_keeps_its_patches() {
        // One post in dust in a grid of 13 x 13 clear ones, 4 km apart.
        let mut weather = Vec::new();
        for at in 0..169 {
            let visibility_m = if at == 84 { 500.0 } else { 40_000.0 };
            let point =
                EnuPoint::new(f64::from(at % 13) * 4e3 - 24e3, f64::from(at / 13) * 4e3 - 24e3);
            weather.push(WeatherAt { point, ..dust(0.0, visibility_m) });
        }
        let air = Air::reported(&weather, &Settings::default(), End::Worse, extent());

        assert!(air.visibility_m(at(0.0)) < 1_500.0, "{}", air.visibility_m(at(0.0)));
        assert!(air.visibility_m(at(9e3)) > 30_000.0, "{}", air.visibility_m(at(9e3)));
    }

    #[test]
    fn the_nearest_report_tells_of_the_clouds() {
        let mut weather = [dust(-20e3, 9_000.0), dust(20e3, 9_000.0)];
        weather[1].ceiling_m = Some(150.0);
        let air = Air::reported(&weather, &Settings::default(), End::Worse, extent());

        assert!(air.ceiling_m(at(-1e3)).is_infinite());
        assert_relative_eq!(air.ceiling_m(at(1e3)), 150.0);
    }

    #[test]
    fn a_wind_told_alone_is_mixed_with_the_others_and_leaves_sight_as_it_is() {
        let masts = [dust(-20e3, 9_000.0), dust(20e3, 500.0)];
        let drone = WeatherAt { visibility_m: None, wind_mps: 17.0, ..dust(0.0, 0.0) };
        let reported = |weather: &[WeatherAt]| {
            Air::reported(weather, &Settings::default(), End::Worse, extent())
        };
        let (before, after) = (reported(&masts), reported(&[masts[0], drone, masts[1]]));

        assert_eq!(after.sky, before.sky);
        assert!(after.wind_mps(at(0.0)) > 16.5, "{}", after.wind_mps(at(0.0)));
        assert!(after.wind_mps(at(20e3)) < 5.5, "{}", after.wind_mps(at(20e3)));
        let alone = reported(&[drone]);
        assert_eq!(alone.even_per_m(Band::Visible), Some(0.0), "clear, as nobody tells more");
        assert_relative_eq!(alone.wind_mps(at(9e3)), 17.0);
    }

    fn at(east_m: f64) -> EnuPoint {
        EnuPoint::new(east_m, 0.0)
    }

    fn dust(east_m: f64, visibility_m: f64) -> WeatherAt {
        WeatherAt {
            point: at(east_m),
            visibility_m: Some(visibility_m),
            wind_mps: 5.0,
            ceiling_m: None,
            dust: true,
        }
    }

    fn extent() -> Extent {
        Extent { south_west: EnuPoint::new(-30e3, -30e3), north_east: EnuPoint::new(30e3, 30e3) }
    }
}
