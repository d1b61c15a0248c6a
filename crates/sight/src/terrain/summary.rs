//! What a grid holds: bounds, spacing, heights, voids.

use serde::Serialize;

use super::{Grid, VOID};

/// The outermost posts of a grid, in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bounds {
    pub west_deg: f64,
    pub south_deg: f64,
    pub east_deg: f64,
    pub north_deg: f64,
}

/// A grid in figures. Heights are `None` when every post is void.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    pub bounds: Bounds,
    /// Degrees between columns and between rows.
    pub spacing_deg: [f64; 2],
    pub width: usize,
    pub height: usize,
    pub min_m: Option<i16>,
    pub max_m: Option<i16>,
    /// Posts without a height.
    pub voids: usize,
}

impl Grid {
    /// The outermost posts.
    pub fn bounds(&self) -> Bounds {
        Bounds {
            west_deg: self.west_deg,
            south_deg: self.north_deg - (self.height as f64 - 1.0) * self.lat_step_deg,
            east_deg: self.west_deg + (self.width as f64 - 1.0) * self.lon_step_deg,
            north_deg: self.north_deg,
        }
    }

    /// Counts voids and finds the lowest and highest post.
    pub fn summary(&self) -> Summary {
        let known = || self.posts_m.iter().copied().filter(|&post| post != VOID);
        Summary {
            bounds: self.bounds(),
            spacing_deg: [self.lon_step_deg, self.lat_step_deg],
            width: self.width,
            height: self.height,
            min_m: known().min(),
            max_m: known().max(),
            voids: self.posts_m.len() - known().count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voids_are_counted_and_never_taken_for_a_height() {
        let summary = grid(vec![VOID, 3, -4, VOID]).summary();

        assert_eq!((summary.min_m, summary.max_m, summary.voids), (Some(-4), Some(3), 2));
    }

    #[test]
    fn a_grid_of_voids_has_no_heights() {
        let summary = grid(vec![VOID; 4]).summary();

        assert_eq!((summary.min_m, summary.max_m, summary.voids), (None, None, 4));
    }

    fn grid(posts_m: Vec<i16>) -> Grid {
        Grid {
            west_deg: 0.0,
            north_deg: 1.0,
            lon_step_deg: 1.0,
            lat_step_deg: 1.0,
            width: 2,
            height: 2,
            posts_m,
        }
    }
}
