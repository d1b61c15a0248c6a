//! Where a camera's bearing and elevation meet the ground.

use crate::geo::{Azimuth, EnuPoint, LocalFrame, WGS84_A_M, Wgs84, metres_per_degree};

use super::Grid;

/// Places along the ray are worked out this often and are linear between: off by 14 mm at 34 N.
const KNOT_M: f64 = 1_000.0;
/// Share of a cell that one step of the march covers.
const STEP_CELLS: f64 = 0.5;
/// Halvings of the last step: 15 m to under a millimetre.
const HALVINGS: u32 = 16;

/// A line of sight from a sensor head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ray {
    pub from: Wgs84,
    /// Height of the head above the (bilinear) ground.
    pub height_above_ground_m: f64,
    pub azimuth: Azimuth,
    /// Up from the local level; negative looks down.
    pub elevation_rad: f64,
    /// Refraction coefficient k (1/7 for optical and thermal, 1/4 for radar).
    pub refraction: f64,
    /// The ray is not followed further than this over the ground.
    pub range_max_m: f64,
}

/// Where a ray meets the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RayHit {
    pub place: Wgs84,
    /// Over the ground, from under the head to the hit.
    pub range_m: f64,
    /// Height of the ground there, as the grid gives it.
    pub height_m: f64,
}

/// Finds where the ray first goes under the ground; `None` when it does not within its range, or
/// starts outside the grid, on a void or with figures that are not finite.
///
/// The level falls away from the ray by `(1 - k) d² / 2R`. Voids hide nothing: a ray that enters
/// a void above ground and leaves it below is taken to hit at the void's far rim.
pub fn hit(grid: &Grid, ray: &Ray) -> Option<RayHit> {
    let track = Track::new(grid, ray)?;
    let mut above_m = 0.0;
    let mut knots = track.knots(0.0)?;
    let mut range_m = 0.0;
    while range_m < ray.range_max_m {
        range_m = (range_m + track.step_m).min(ray.range_max_m);
        while range_m > knots.end_m {
            knots = track.knots(knots.end_m)?;
        }
        if track.is_under(&knots, range_m) {
            return track.bisect(&knots, above_m, range_m);
        }
        above_m = range_m;
    }
    None
}

/// A ray laid over a grid.
struct Track<'a> {
    grid: &'a Grid,
    ray: &'a Ray,
    frame: LocalFrame,
    head_m: f64,
    slope: f64,
    drop_per_m2: f64,
    step_m: f64,
}

/// Two places on the ray, [`KNOT_M`] apart.
struct Knots {
    start_m: f64,
    end_m: f64,
    start: Wgs84,
    end: Wgs84,
}

impl<'a> Track<'a> {
    fn new(grid: &'a Grid, ray: &'a Ray) -> Option<Self> {
        let finite = ray.elevation_rad.abs() < std::f64::consts::FRAC_PI_2
            && ray.height_above_ground_m.is_finite()
            && ray.refraction.is_finite()
            && ray.range_max_m.is_finite();
        let head_m = grid.height_m(ray.from)? + ray.height_above_ground_m;
        let (lat_m, lon_m) = metres_per_degree(ray.from.lat_deg());
        let step_m = STEP_CELLS * (lat_m * grid.lat_step_deg).min(lon_m * grid.lon_step_deg);
        (finite && step_m > 0.0).then(|| Self {
            grid,
            ray,
            frame: LocalFrame::at(ray.from),
            head_m,
            slope: libm::tan(ray.elevation_rad),
            drop_per_m2: (1.0 - ray.refraction) / (2.0 * WGS84_A_M),
            step_m,
        })
    }

    fn knots(&self, start_m: f64) -> Option<Knots> {
        let end_m = start_m + KNOT_M;
        let at = |range_m: f64| {
            let ahead = range_m * self.ray.azimuth.unit();
            let place = self.frame.place(EnuPoint::new(ahead.x, ahead.y));
            Wgs84::new(place.lon_deg(), place.lat_deg()).ok()
        };
        Some(Knots { start_m, end_m, start: at(start_m)?, end: at(end_m)? })
    }

    fn is_under(&self, knots: &Knots, range_m: f64) -> bool {
        let ray_m = self.head_m + range_m * self.slope + self.drop_per_m2 * range_m * range_m;
        knots
            .place(range_m)
            .and_then(|place| self.grid.height_m(place))
            .is_some_and(|ground_m| ray_m <= ground_m)
    }

    fn bisect(&self, knots: &Knots, mut above_m: f64, mut under_m: f64) -> Option<RayHit> {
        for _ in 0..HALVINGS {
            let middle_m = f64::midpoint(above_m, under_m);
            if self.is_under(knots, middle_m) {
                under_m = middle_m;
            } else {
                above_m = middle_m;
            }
        }
        let place = knots.place(under_m)?;
        Some(RayHit { place, range_m: under_m, height_m: self.grid.height_m(place)? })
    }
}

impl Knots {
    fn place(&self, range_m: f64) -> Option<Wgs84> {
        let share = (range_m - self.start_m) / (self.end_m - self.start_m);
        let along = |a: f64, b: f64| a + share * (b - a);
        Wgs84::new(
            along(self.start.lon_deg(), self.end.lon_deg()),
            along(self.start.lat_deg(), self.end.lat_deg()),
        )
        .ok()
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::*;
    use crate::terrain::{Cell, VOID};

    #[test]
    fn on_flat_ground_the_range_is_height_over_slope() {
        let ray = Ray { refraction: 1.0, ..ray(90.0, -0.02) };

        let hit = hit(&plain(), &ray).unwrap();

        assert_relative_eq!(hit.range_m, 30.0 / 0.02_f64.tan(), epsilon = 0.01);
        assert_relative_eq!(hit.height_m, 100.0);
        let frame = LocalFrame::at(ray.from);
        assert_relative_eq!(frame.point(hit.place).east_m, hit.range_m, epsilon = 0.1);
        assert_relative_eq!(frame.point(hit.place).north_m, 0.0, epsilon = 0.1);
    }

    #[test]
    fn the_curved_earth_falls_away_from_the_ray() {
        let curved = hit(&plain(), &ray(0.0, -0.004)).unwrap();
        let flat = hit(&plain(), &Ray { refraction: 1.0, ..ray(0.0, -0.004) }).unwrap();

        let drop_m = (6.0 / 7.0) * curved.range_m * curved.range_m / (2.0 * WGS84_A_M);
        assert_relative_eq!((30.0 + drop_m) / 0.004_f64.tan(), curved.range_m, epsilon = 0.1);
        assert!(curved.range_m > flat.range_m + 500.0);
    }

    #[test]
    fn a_wall_stops_a_level_ray_and_a_void_wall_does_not() {
        let mut walled = plain();
        let void = VOID;
        let set = |grid: &mut Grid, height_m: i16| {
            (0..grid.height).for_each(|row| grid.posts_m[row * grid.width + 220] = height_m);
        };
        set(&mut walled, 400);
        let hit_wall = hit(&walled, &ray(90.0, 0.0)).unwrap();
        set(&mut walled, void);

        assert!((hit_wall.range_m - 20.0 * 25.6).abs() < 30.0, "{}", hit_wall.range_m);
        assert_eq!(hit(&walled, &ray(90.0, 0.0)), None);
    }

    #[test]
    fn rays_that_cannot_be_followed_hit_nothing() {
        let mut holed = plain();
        let at = holed.cell_at(ray(0.0, 0.0).from).unwrap();
        let Cell { row, col } = at;
        holed.posts_m[row * holed.width + col] = VOID;

        assert_eq!(hit(&holed, &ray(0.0, -0.1)), None);
        assert_eq!(hit(&plain(), &ray(0.0, f64::NAN)), None);
        assert_eq!(hit(&plain(), &ray(0.0, 0.05)), None);
        let away = Ray { from: Wgs84::new(10.0, 10.0).unwrap(), ..ray(0.0, -0.1) };
        assert_eq!(hit(&plain(), &away), None);
    }

    proptest! {
        #[test]
        fn a_steeper_look_never_lands_further(azimuth_deg in 0.0..360.0, down in 0.01_f64..0.5, more in 0.0_f64..0.2) {
            let near = hit(&plain(), &ray(azimuth_deg, -down - more)).unwrap();
            let far = hit(&plain(), &ray(azimuth_deg, -down)).unwrap();

            prop_assert!(near.range_m <= far.range_m + 0.01);
        }
    }

    /// A level plain at 100 m around 41 E 34 N, posts one arc-second apart.
    fn plain() -> Grid {
        let step_deg = 1.0 / 3_600.0;
        let side = 800;
        Grid {
            west_deg: 41.0 - 200.0 * step_deg,
            north_deg: 34.0 + 400.0 * step_deg,
            lon_step_deg: step_deg,
            lat_step_deg: step_deg,
            width: side,
            height: side,
            posts_m: vec![100; side * side],
        }
    }

    fn ray(azimuth_deg: f64, elevation_rad: f64) -> Ray {
        Ray {
            from: Wgs84::new(41.0, 34.0).unwrap(),
            height_above_ground_m: 30.0,
            azimuth: Azimuth::from_degrees(azimuth_deg),
            elevation_rad,
            refraction: 1.0 / 7.0,
            range_max_m: 12_000.0,
        }
    }
}
