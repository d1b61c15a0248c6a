//! Web Mercator tiles: where a pixel's centre lies.

use std::f64::consts::PI;

/// Pixels along a tile's side.
pub(super) const SIDE: u32 = 256;

/// One tile of the world, counted from the north-west.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tile {
    z: u8,
    x: u32,
    y: u32,
}

impl Tile {
    /// `None` when the zoom level has no such tile.
    pub(super) fn new(z: u8, x: u32, y: u32) -> Option<Self> {
        let side = 1_u32.checked_shl(u32::from(z))?;
        (x < side && y < side).then_some(Self { z, x, y })
    }

    /// Longitude of the centre of a pixel column, degrees.
    pub(super) fn lon_deg(self, column: u32) -> f64 {
        self.share(self.x, f64::from(column) + 0.5) * 360.0 - 180.0
    }

    /// Latitude of the centre of a pixel row, degrees (EPSG 3857 inverse).
    pub(super) fn lat_deg(self, row: u32) -> f64 {
        let north = PI * (1.0 - 2.0 * self.share(self.y, f64::from(row) + 0.5));
        north.sinh().atan().to_degrees()
    }

    /// How far across the world a pixel lies, 0 to 1.
    fn share(self, tile: u32, pixel: f64) -> f64 {
        (f64::from(tile) + pixel / f64::from(SIDE)) / f64::from(1_u32 << self.z)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_the_world_is_where_four_tiles_meet() {
        let south_east = Tile::new(1, 1, 1).unwrap();
        let half_pixel = 180.0 / 512.0;

        assert!((south_east.lon_deg(0) - half_pixel).abs() < 1e-12);
        assert!(south_east.lat_deg(0) < 0.0 && south_east.lat_deg(0) > -half_pixel);
    }

    #[test]
    fn the_world_ends_at_85_degrees() {
        let north = Tile::new(0, 0, 0).unwrap().lat_deg(0);

        assert!((84.9..85.06).contains(&north), "{north}");
    }

    #[test]
    fn a_tile_beyond_the_world_does_not_exist() {
        assert_eq!(Tile::new(3, 8, 0), None);
        assert_eq!(Tile::new(40, 0, 0), None);
    }
}
