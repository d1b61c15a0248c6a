//! Where the posts of a grid or of a window of it lie.

use crate::geo::{Wgs84, metres_per_degree};

use super::{Bounds, Cell, Grid};

/// Rows of posts from the north, columns from the west, evenly spaced in degrees.
///
/// A post stands at the centre of its cell, so cells reach half a step beyond the outermost posts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layout {
    /// Longitude of the westmost column of posts.
    pub west_deg: f64,
    /// Latitude of the northmost row of posts.
    pub north_deg: f64,
    /// Degrees between columns, positive eastward.
    pub lon_step_deg: f64,
    /// Degrees between rows, positive although rows run south.
    pub lat_step_deg: f64,
    pub width: usize,
    pub height: usize,
}

impl Grid {
    /// Where the grid's posts lie.
    pub fn layout(&self) -> Layout {
        Layout {
            west_deg: self.west_deg,
            north_deg: self.north_deg,
            lon_step_deg: self.lon_step_deg,
            lat_step_deg: self.lat_step_deg,
            width: self.width,
            height: self.height,
        }
    }
}

impl Grid {
    /// The posts within bounds; `None` when there are none.
    #[must_use]
    pub fn within(&self, bounds: &Bounds) -> Option<Self> {
        let (layout, (row0, col0)) = self.layout().within(bounds)?;
        let rows = row0..row0 + layout.height;
        let posts_m = rows
            .flat_map(|row| &self.posts_m[row * self.width + col0..][..layout.width])
            .copied()
            .collect();
        Some(Self::of(&layout, posts_m))
    }

    /// A grid of posts that lie as a layout says.
    pub(super) fn of(layout: &Layout, posts_m: Vec<i16>) -> Self {
        Self {
            west_deg: layout.west_deg,
            north_deg: layout.north_deg,
            lon_step_deg: layout.lon_step_deg,
            lat_step_deg: layout.lat_step_deg,
            width: layout.width,
            height: layout.height,
            posts_m,
        }
    }
}

impl Layout {
    /// The layout of a window: `rows` by `cols` posts, the first of them at `first` (row, column).
    #[must_use]
    pub fn window(&self, first: (usize, usize), (rows, cols): (usize, usize)) -> Self {
        let (lon_deg, lat_deg) = self.corner(first.0 as f64, first.1 as f64);
        Self { west_deg: lon_deg, north_deg: lat_deg, width: cols, height: rows, ..*self }
    }

    /// The part within bounds, posts on them included, and the row and column of its first post; `None` when there is
    /// none.
    pub fn within(&self, bounds: &Bounds) -> Option<(Self, (usize, usize))> {
        let (row, rows) = span(
            (self.north_deg - bounds.north_deg) / self.lat_step_deg,
            (self.north_deg - bounds.south_deg) / self.lat_step_deg,
            self.height,
        )?;
        let (col, cols) = span(
            (bounds.west_deg - self.west_deg) / self.lon_step_deg,
            (bounds.east_deg - self.west_deg) / self.lon_step_deg,
            self.width,
        )?;
        Some((self.window((row, col), (rows, cols)), (row, col)))
    }

    /// The cell whose post is nearest; `None` outside the grid.
    pub fn cell_at(&self, place: Wgs84) -> Option<Cell> {
        let (row, col) = self.position_of(place);
        let (row, col) = (libm::round(row), libm::round(col));
        let inside =
            row >= 0.0 && col >= 0.0 && row < self.height as f64 && col < self.width as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above"
        )]
        inside.then_some(Cell { row: row as usize, col: col as usize })
    }

    /// Fractional (row, column) of a place; may lie outside the grid.
    pub fn position_of(&self, place: Wgs84) -> (f64, f64) {
        (
            (self.north_deg - place.lat_deg()) / self.lat_step_deg,
            (place.lon_deg() - self.west_deg) / self.lon_step_deg,
        )
    }

    /// Longitude and latitude at a fractional row and column of posts; cell corners lie at halves.
    pub fn corner(&self, row: f64, col: f64) -> (f64, f64) {
        (self.west_deg + col * self.lon_step_deg, self.north_deg - row * self.lat_step_deg)
    }

    /// Square metres of a cell of this row on the ellipsoid (metres per degree at the row's middle).
    pub fn cell_area_m2(&self, row: usize) -> f64 {
        let lat_deg = self.north_deg - row as f64 * self.lat_step_deg;
        let (north_m, east_m) = metres_per_degree(lat_deg);
        self.lat_step_deg * north_m * self.lon_step_deg * east_m
    }
}

/// First index and number of the indices between two positions, a billionth of a step aside counted in.
fn span(low: f64, high: f64, count: usize) -> Option<(usize, usize)> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative; beyond any grid it saturates"
    )]
    let index = |value: f64| value as usize;
    let first = index(libm::ceil(low - 1e-9).max(0.0));
    let end = index((libm::floor(high + 1e-9) + 1.0).clamp(0.0, count as f64));
    (first < end).then(|| (first, end - first))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn a_window_starts_at_its_first_post() {
        let window = layout().window((2, 3), (4, 5));

        assert_relative_eq!(window.west_deg, 1.3, epsilon = 1e-12);
        assert_relative_eq!(window.north_deg, 42.8, epsilon = 1e-12);
        assert_eq!((window.height, window.width), (4, 5));
        assert_relative_eq!(window.corner(-0.5, -0.5).0, 1.25, epsilon = 1e-12);
    }

    #[test]
    fn cells_shrink_towards_the_pole() {
        let layout = layout();

        assert!(layout.cell_area_m2(0) < layout.cell_area_m2(9));
        let equator = Layout { north_deg: 0.0, ..layout };
        assert_relative_eq!(equator.cell_area_m2(0), 11_057.43 * 11_131.95, max_relative = 1e-6);
    }

    fn layout() -> Layout {
        Layout {
            west_deg: 1.0,
            north_deg: 43.0,
            lon_step_deg: 0.1,
            lat_step_deg: 0.1,
            width: 10,
            height: 10,
        }
    }
}
