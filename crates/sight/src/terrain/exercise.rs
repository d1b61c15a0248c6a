//! Terrain generated from a seed: a desert plateau, wadis, an escarpment and a river valley.

mod drainage;
mod noise;
mod relief;

use rayon::prelude::*;

use crate::geo::{Wgs84, metres_per_degree};
use crate::sector::ExerciseTerrain;

use super::{Grid, TerrainError};
use drainage::Surface;
use relief::Relief;

/// Most posts that are generated: 4 square degrees at one arc-second.
const POSTS_MAX: f64 = 52e6;
/// Largest span of either side; the local plane is not made for more.
const SPAN_MAX_DEG: f64 = 3.0;
/// Where the river passes when the bounds hold it: near Abu Kamal, as the Euphrates does.
const FORD_DEG: (f64, f64) = (40.99, 34.425);
/// Ground worked out around the bounds, so that wadis enter them from outside.
const MARGIN_M: f64 = 6_000.0;
/// Spacing of the erosion grids, coarse to fine, and the share of all wear that each takes.
const LEVELS: [(f64, &[f64]); 3] = [(240.0, &[0.12; 6]), (120.0, &[0.07; 3]), (60.0, &[0.035; 2])];

/// Generates the terrain of a recipe; the same recipe gives the same posts on every machine.
///
/// Heights are plausible, not real: rain is routed over a seeded surface and wears it down by
/// stream power (see [`drainage`]), so wadis join as real ones do. Posts stand `spacing_arcsec`
/// apart from the south-west corner; the north and east edge are met to within half a spacing.
pub fn generate(recipe: &ExerciseTerrain) -> Result<Grid, TerrainError> {
    let mut grid = frame(recipe)?;
    let plane = Plane::of(recipe);
    let relief = Relief::new(recipe.seed);
    let surface = wear(&grid, &plane, &relief);
    let width = grid.width;
    let mut posts_m = vec![0; width * grid.height];
    posts_m.par_chunks_mut(width).enumerate().for_each(|(row, posts)| {
        let lat_deg = grid.north_deg - row as f64 * grid.lat_step_deg;
        for (col, post) in posts.iter_mut().enumerate() {
            let lon_deg = grid.west_deg + col as f64 * grid.lon_step_deg;
            let (east_m, north_m) = plane.point(lon_deg, lat_deg);
            let (bent_east_m, bent_north_m) = relief.bend(east_m, north_m);
            let height_m =
                surface.height_m(bent_east_m, bent_north_m) + relief.grain_m(east_m, north_m);
            #[expect(clippy::cast_possible_truncation, reason = "rounded, a few hundred metres")]
            let whole_m = libm::round(height_m) as i16;
            *post = whole_m;
        }
    });
    grid.posts_m = posts_m;
    Ok(grid)
}

/// Checks a recipe and lays out its posts.
fn frame(recipe: &ExerciseTerrain) -> Result<Grid, TerrainError> {
    let fault = |field, must, value| Err(TerrainError::Exercise { field, must, value });
    for (field, lon_deg, lat_deg) in [
        ("south-west corner", recipe.west_deg, recipe.south_deg),
        ("north-east corner", recipe.east_deg, recipe.north_deg),
    ] {
        if Wgs84::new(lon_deg, lat_deg).is_err() || lat_deg.abs() > 80.0 {
            return fault(field, "on the globe, within 80 degrees of the equator", lat_deg);
        }
    }
    let (lon_span_deg, lat_span_deg) =
        (recipe.east_deg - recipe.west_deg, recipe.north_deg - recipe.south_deg);
    for (field, value) in
        [("east_deg - west_deg", lon_span_deg), ("north_deg - south_deg", lat_span_deg)]
    {
        if !(value > 0.0 && value <= SPAN_MAX_DEG) {
            return fault(field, "more than 0 and at most 3", value);
        }
    }
    if !(0.1..=60.0).contains(&recipe.spacing_arcsec) {
        return fault("spacing_arcsec", "between 0.1 and 60", recipe.spacing_arcsec);
    }
    let step_deg = recipe.spacing_arcsec / 3_600.0;
    let (cols, rows) =
        (libm::round(lon_span_deg / step_deg) + 1.0, libm::round(lat_span_deg / step_deg) + 1.0);
    if rows * cols > POSTS_MAX {
        return fault("number of posts", "at most 52 million", rows * cols);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let (width, height) = (cols as usize, rows as usize);
    Ok(Grid {
        west_deg: recipe.west_deg,
        north_deg: recipe.south_deg + (rows - 1.0) * step_deg,
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width,
        height,
        posts_m: Vec::new(),
    })
}

/// Metres east and north of the ford; degrees are taken as square, which is enough for invention.
struct Plane {
    ford_deg: (f64, f64),
    metres_per_degree: (f64, f64),
}

impl Plane {
    fn of(recipe: &ExerciseTerrain) -> Self {
        let holds_ford = (recipe.west_deg..recipe.east_deg).contains(&FORD_DEG.0)
            && (recipe.south_deg..recipe.north_deg).contains(&FORD_DEG.1);
        let middle_deg = (
            f64::midpoint(recipe.west_deg, recipe.east_deg),
            f64::midpoint(recipe.south_deg, recipe.north_deg),
        );
        let ford_deg = if holds_ford { FORD_DEG } else { middle_deg };
        let (lat_m, lon_m) = metres_per_degree(ford_deg.1);
        Self { ford_deg, metres_per_degree: (lon_m, lat_m) }
    }

    fn point(&self, lon_deg: f64, lat_deg: f64) -> (f64, f64) {
        (
            (lon_deg - self.ford_deg.0) * self.metres_per_degree.0,
            (lat_deg - self.ford_deg.1) * self.metres_per_degree.1,
        )
    }
}

/// Lays the relief over the grid's surroundings and wears it down, coarse to fine.
fn wear(grid: &Grid, plane: &Plane, relief: &Relief) -> Surface {
    let bounds = grid.bounds();
    let (west_m, south_m) = plane.point(bounds.west_deg, bounds.south_deg);
    let (east_m, north_m) = plane.point(bounds.east_deg, bounds.north_deg);
    let low = (west_m - MARGIN_M, south_m - MARGIN_M);
    let high = (east_m + MARGIN_M, north_m + MARGIN_M);
    let lay = |spacing_m: f64, height_m: &(dyn Fn(f64, f64) -> f64 + Sync)| {
        Surface::new(low, high, spacing_m, height_m, &|east_m, north_m| {
            relief.is_floor(east_m, north_m)
        })
    };
    let mut surface = lay(LEVELS[0].0, &|east_m, north_m| relief.height_m(east_m, north_m));
    for (level, (spacing_m, wears)) in LEVELS.into_iter().enumerate() {
        if level > 0 {
            let coarse = surface;
            surface = lay(spacing_m, &|east_m, north_m| {
                let base = relief.is_floor(east_m, north_m);
                if base {
                    relief.height_m(east_m, north_m)
                } else {
                    coarse.height_m(east_m, north_m) + relief.seams_m(east_m, north_m, spacing_m)
                }
            });
        }
        for &time in wears {
            surface.wear(time);
        }
    }
    surface
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_gives_the_same_posts_twice_and_its_seed_changes_them() {
        let once = generate(&recipe(7)).unwrap();

        assert_eq!(once, generate(&recipe(7)).unwrap());
        assert_ne!(once.posts_m, generate(&recipe(8)).unwrap().posts_m);
    }

    #[test]
    fn the_ground_is_a_plateau_with_a_valley_a_hundred_metres_below() {
        let grid = generate(&recipe(7)).unwrap();
        let mut sorted = grid.posts_m.clone();
        sorted.sort_unstable();
        let share = |share: usize| sorted[sorted.len() * share / 100];

        assert_eq!(grid.summary().voids, 0);
        assert!((150..200).contains(&share(1)), "floor {}", share(1));
        assert!((250..360).contains(&share(95)), "plateau {}", share(95));
        assert!(share(95) - share(1) >= 80);
        assert!(sorted[sorted.len() - 1] < 450);
    }

    #[test]
    fn the_valley_floor_is_flat() {
        let grid = generate(&recipe(7)).unwrap();
        let ford = grid.cell_at(Wgs84::new(FORD_DEG.0, FORD_DEG.1).unwrap()).unwrap();
        let around: Vec<i16> = (0..5)
            .flat_map(|row| (0..5).map(move |col| (row, col)))
            .map(|(row, col)| grid.posts_m[(ford.row + row - 2) * grid.width + ford.col + col - 2])
            .collect();

        let spread = around.iter().max().unwrap() - around.iter().min().unwrap();

        assert!(spread <= 8, "{around:?}");
    }

    #[test]
    fn posts_run_from_the_south_west_corner_to_the_edges() {
        let grid = generate(&recipe(7)).unwrap();
        let bounds = grid.bounds();

        assert!((bounds.south_deg - 34.3).abs() < 1e-9);
        assert!((bounds.north_deg - 34.5).abs() < 1e-3);
        assert!((bounds.east_deg - 41.1).abs() < 1e-3);
    }

    #[test]
    fn recipes_that_cannot_be_followed_name_the_field() {
        for (recipe, field) in [
            (ExerciseTerrain { east_deg: 40.0, ..recipe(1) }, "east_deg - west_deg"),
            (ExerciseTerrain { north_deg: f64::NAN, ..recipe(1) }, "north-east corner"),
            (ExerciseTerrain { spacing_arcsec: 0.0, ..recipe(1) }, "spacing_arcsec"),
            (ExerciseTerrain { spacing_arcsec: 0.1, ..recipe(1) }, "number of posts"),
        ] {
            let error = generate(&recipe).unwrap_err();
            assert!(error.to_string().contains(field), "{error}");
        }
    }

    fn recipe(seed: u64) -> ExerciseTerrain {
        ExerciseTerrain {
            seed,
            west_deg: 40.85,
            south_deg: 34.3,
            east_deg: 41.1,
            north_deg: 34.5,
            spacing_arcsec: 3.0,
        }
    }
}
