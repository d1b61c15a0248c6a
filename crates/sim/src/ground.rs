//! The ground of a sector as the simulator stands on it: heights, the line, and what hides what.

use std::ops::RangeInclusive;
use std::sync::Arc;

use sight::coverage::Model;
use sight::geo::{EnuPoint, Wgs84};
use sight::sector::{Sector, Side};
use sight::terrain::{Grid, VOID};

use crate::scenario::Spot;

/// Mean radius of the earth, for the drop of the ground with distance.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// Shares of a step that belong to it: a step that ends on the line touches it, rounding or not.
const ON_STEP: RangeInclusive<f64> = -1e-7..=1.0 + 1e-7;

/// A sector and its terrain.
#[derive(Debug, Clone)]
pub(crate) struct Ground {
    site: Site,
    /// Distance between two samples of a line of sight: half a post.
    step_m: f64,
}

/// Whose sector and terrain they are.
#[derive(Debug, Clone)]
enum Site {
    /// The planner's; nothing but its sector and its grid is used.
    Planned(Arc<Model>),
    Plain(Arc<Sector>, Arc<Grid>),
}

/// Something that stands or floats somewhere over the ground.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stand {
    pub point: EnuPoint,
    /// Height of the ground below, above mean sea level.
    pub ground_m: f64,
    row: f64,
    col: f64,
}

/// A step over the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LineHit {
    /// Share of the step before the line.
    pub share: f64,
    pub chainage_m: f64,
    pub point: EnuPoint,
    /// From beyond to inside.
    pub inward: bool,
}

impl Ground {
    pub(crate) fn new(sector: Arc<Sector>, grid: Arc<Grid>) -> Self {
        Self::of(Site::Plain(sector, grid))
    }

    pub(crate) fn planned(model: Arc<Model>) -> Self {
        Self::of(Site::Planned(model))
    }

    fn of(site: Site) -> Self {
        let mut ground = Self { site, step_m: 0.0 };
        let (north_m, _) = sight::geo::metres_per_degree(ground.sector().frame.origin().lat_deg());
        ground.step_m = ground.grid().lat_step_deg * north_m / 2.0;
        ground
    }

    pub(crate) fn sector(&self) -> &Sector {
        match &self.site {
            Site::Planned(model) => model.sector(),
            Site::Plain(sector, _) => sector,
        }
    }

    fn grid(&self) -> &Grid {
        match &self.site {
            Site::Planned(model) => model.grid(),
            Site::Plain(_, grid) => grid,
        }
    }

    /// Where a point stands; `None` off the terrain or in a void.
    pub(crate) fn stand(&self, point: EnuPoint) -> Option<Stand> {
        let (row, col) = self.grid().position_of(self.place(point));
        let ground_m = height_at(self.grid(), row, col)?;
        Some(Stand { point, ground_m, row, col })
    }

    pub(crate) fn place(&self, point: EnuPoint) -> Wgs84 {
        self.sector().frame.place(point)
    }

    /// Height above the target's ground from which upward it can be seen, at most `limit_m`;
    /// `None` when even its top is hidden. Posts that are void hide nothing.
    ///
    /// The ground sinks below the tangent of the eye by `(1 - k) d² / 2R` (DOMAIN 2).
    pub(crate) fn lowest_visible_m(
        &self,
        (eye, eye_m): (&Stand, f64),
        (target, limit_m): (&Stand, f64),
        refraction: f64,
    ) -> Option<f64> {
        let distance_m = eye.point.distance_m(target.point);
        if distance_m < self.step_m {
            return Some(0.0);
        }
        let drop_per_m2 = (1.0 - refraction) / (2.0 * EARTH_RADIUS_M);
        let eye_asl_m = eye.ground_m + eye_m;
        let target_asl_m = target.ground_m - drop_per_m2 * distance_m * distance_m - eye_asl_m;
        let slope_limit = (target_asl_m + limit_m) / distance_m;
        let steps = (distance_m / self.step_m).ceil();
        let grid = self.grid();
        let mut steepest = f64::NEG_INFINITY;
        let mut step = 1.0;
        while step < steps {
            let share = step / steps;
            let along_m = distance_m * share;
            let row = eye.row + share * (target.row - eye.row);
            let col = eye.col + share * (target.col - eye.col);
            if let Some(height_m) = height_at(grid, row, col) {
                let over_m = height_m - drop_per_m2 * along_m * along_m - eye_asl_m;
                steepest = steepest.max(over_m / along_m);
            }
            if steepest > slope_limit {
                return None;
            }
            step += 1.0;
        }
        Some((steepest * distance_m - target_asl_m).max(0.0))
    }

    /// The angle above the horizontal at which an eye sees a height above the target's ground, refraction included.
    pub(crate) fn elevation_rad(
        (eye, eye_m): (&Stand, f64),
        (target, above_m): (&Stand, f64),
        refraction: f64,
    ) -> f64 {
        let distance_m = eye.point.distance_m(target.point);
        let drop_m = (1.0 - refraction) * distance_m * distance_m / (2.0 * EARTH_RADIUS_M);
        let rise_m = target.ground_m + above_m - drop_m - eye.ground_m - eye_m;
        libm::atan2(rise_m, distance_m)
    }

    /// The point of a spot; `None` when its km post is not on the line.
    pub(crate) fn point_of(&self, spot: Spot) -> Option<EnuPoint> {
        let Sector { frame, line, .. } = self.sector();
        match spot {
            Spot::Place(place) => Some(frame.point(place)),
            Spot::Line { chainage_m, beyond_m } => {
                if !(line.start_m..=line.end_m()).contains(&chainage_m) {
                    return None;
                }
                let (on_line, along) =
                    (line.point_at(chainage_m), line.direction_at(chainage_m).unit());
                // Left of the direction of travel is (-y, x).
                let left_m = if line.far_side == Side::Left { beyond_m } else { -beyond_m };
                Some(EnuPoint::new(
                    on_line.east_m - left_m * along.y,
                    on_line.north_m + left_m * along.x,
                ))
            }
        }
    }

    /// Signed distance from the line: positive beyond it, negative inside.
    pub(crate) fn beyond_m(&self, point: EnuPoint) -> f64 {
        self.sector().line.signed_distance_m(point)
    }

    /// Where a straight step crosses the line first.
    pub(crate) fn line_hit(&self, from: EnuPoint, to: EnuPoint) -> Option<LineHit> {
        let step = to.to_vector() - from.to_vector();
        let line = &self.sector().line;
        let mut first: Option<LineHit> = None;
        let mut behind_m = line.start_m;
        for (a, b) in line.segments() {
            let chainage_m = behind_m;
            behind_m += a.distance_m(b);
            let (a, along) = (a.to_vector(), b.to_vector() - a.to_vector());
            let across = step.x * along.y - step.y * along.x;
            if across == 0.0 {
                continue;
            }
            let offset = a - from.to_vector();
            let share = (offset.x * along.y - offset.y * along.x) / across;
            let on_line = (offset.x * step.y - offset.y * step.x) / across;
            if ON_STEP.contains(&share)
                && ON_STEP.contains(&on_line)
                && first.is_none_or(|hit| share < hit.share)
            {
                // `along × step < 0` walks from left to right.
                let from_left = across > 0.0;
                let point = from.to_vector() + share * step;
                first = Some(LineHit {
                    share,
                    chainage_m: chainage_m + on_line * along.norm(),
                    point: EnuPoint::new(point.x, point.y),
                    inward: from_left == (line.far_side == Side::Left),
                });
            }
        }
        first
    }
}

/// Bilinear height at a fractional row and column.
fn height_at(grid: &Grid, row: f64, col: f64) -> Option<f64> {
    let inside = row >= 0.0
        && col >= 0.0
        && row <= grid.height as f64 - 1.0
        && col <= grid.width as f64 - 1.0;
    if !inside {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside")]
    let (row0, col0) = (
        (row as usize).min(grid.height.saturating_sub(2)),
        (col as usize).min(grid.width.saturating_sub(2)),
    );
    let (down, right) = (row - row0 as f64, col - col0 as f64);
    let upper = grid.posts_m.get(row0 * grid.width + col0..)?.get(..2)?;
    let lower = grid.posts_m.get((row0 + 1) * grid.width + col0..)?.get(..2)?;
    if upper.contains(&VOID) || lower.contains(&VOID) {
        return None;
    }
    let across = |pair: &[i16]| {
        let (west, east) = (f64::from(pair[0]), f64::from(pair[1]));
        west + right * (east - west)
    };
    let (north, south) = (across(upper), across(lower));
    Some(north + down * (south - north))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::*;
    use crate::fixture;

    fn lowest(ground: &Ground, eye_m: f64, from: (f64, f64), to: (f64, f64)) -> Option<f64> {
        let eye = ground.stand(EnuPoint::new(from.0, from.1)).unwrap();
        let target = ground.stand(EnuPoint::new(to.0, to.1)).unwrap();
        ground.lowest_visible_m((&eye, eye_m), (&target, 1e6), 1.0 / 7.0)
    }

    #[test]
    fn over_flat_ground_the_horizon_is_where_the_formula_puts_it() {
        let ground = fixture::ground(|_, _| 0.0);
        // An eye at 2 m: the horizon with k = 1/7 lies at sqrt(2 h R / (1 - k)) = 5.45 km.
        let horizon_m = (2.0 * 2.0 * EARTH_RADIUS_M * 7.0 / 6.0).sqrt();

        assert_eq!(lowest(&ground, 2.0, (-6_000.0, 0.0), (-700.0, 0.0)), Some(0.0));
        let hidden_m = lowest(&ground, 2.0, (-8_000.0, 0.0), (4_000.0, 0.0)).unwrap();
        let past_m: f64 = 12_000.0 - horizon_m;
        let expected_m = past_m * past_m * 6.0 / 7.0 / (2.0 * EARTH_RADIUS_M);
        assert_relative_eq!(hidden_m, expected_m, epsilon = 0.05);
    }

    #[test]
    fn a_wall_half_way_hides_twice_as_much_as_it_overtops_the_eye() {
        let wall = |east_m: f64, _: f64| if east_m.abs() < 60.0 { 20.0 } else { 0.0 };
        let ground = fixture::ground(wall);

        let hidden_m = lowest(&ground, 10.0, (-1_000.0, 0.0), (1_000.0, 0.0)).unwrap();

        // The near edge of a wall 20 m high, some 950 m away, overtops an eye of 10 m by 10 m, at twice the distance by 20 m more.
        assert!((30.0..32.0).contains(&hidden_m), "{hidden_m}");
        assert!(lowest(&ground, 40.0, (-1_000.0, 0.0), (1_000.0, 0.0)).unwrap() < 3.0);
    }

    #[test]
    fn voids_hide_nothing_and_nobody_stands_in_one() {
        let mut grid = fixture::grid(|_, _| 0.0);
        for row in 0..grid.height {
            for post in &mut grid.posts_m[row * grid.width + 178..row * grid.width + 182] {
                *post = VOID;
            }
        }
        let ground = Ground::new(Arc::new(fixture::sector()), Arc::new(grid));

        assert!(ground.stand(EnuPoint::new(0.0, 0.0)).is_none());
        assert_eq!(lowest(&ground, 2.0, (-900.0, 0.0), (900.0, 0.0)), Some(0.0));
    }

    #[test]
    fn km_posts_and_sides_agree_with_a_line_that_runs_north() {
        let ground = fixture::ground(|_, _| 0.0);
        let west = Spot::Line { chainage_m: 2_500.0, beyond_m: 700.0 };

        let point = ground.point_of(west).unwrap();

        assert_relative_eq!(point.east_m, -700.0, epsilon = 1e-9);
        assert_relative_eq!(point.north_m, -2_500.0, epsilon = 1e-9);
        assert_relative_eq!(ground.beyond_m(point), 700.0, epsilon = 1e-9);
        assert!(ground.point_of(Spot::Line { chainage_m: 10_001.0, beyond_m: 0.0 }).is_none());
    }

    proptest! {
        #[test]
        fn a_step_over_the_line_is_found_on_it(
            north_m in -4_900.0_f64..4_900.0,
            from_m in 1.0_f64..900.0,
            to_m in 1.0_f64..900.0,
        ) {
            let ground = fixture::ground(|_, _| 0.0);
            let (west, east) = (EnuPoint::new(-from_m, north_m), EnuPoint::new(to_m, north_m));

            let hit = ground.line_hit(west, east).unwrap();

            prop_assert!(hit.inward);
            prop_assert!((hit.chainage_m - north_m - 5_000.0).abs() < 1e-6);
            prop_assert!((hit.share - from_m / (from_m + to_m)).abs() < 1e-9);
            prop_assert!(!ground.line_hit(east, west).unwrap().inward);
            prop_assert!(ground.line_hit(west, EnuPoint::new(-0.5, north_m)).is_none());
        }
    }
}
