//! Elevation grids: posts in degrees, voids kept as voids.

mod bilinear;
pub mod exercise;
pub mod geotiff;
mod hgt;
mod layout;
mod mosaic;
pub mod ray;
mod summary;
mod utm;

use std::io::Cursor;

use crate::geo::Wgs84;

pub use layout::Layout;
pub use mosaic::mosaic;
pub use summary::{Bounds, Summary};
pub use utm::UtmZone;

/// The value of a post whose height nobody knows. Never sea level.
pub const VOID: i16 = i16::MIN;

/// A regular grid of elevation posts, row-major, north row first, west column first.
///
/// Heights are metres above mean sea level as the source gives them. A post stands at the centre
/// of its cell (`.hgt` tiles put posts on the whole degree, so neighbouring tiles share an edge).
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
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
    pub posts_m: Vec<i16>,
}

/// A row and a column of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    pub row: usize,
    pub col: usize,
}

impl Grid {
    /// The post's height; `None` when it is void.
    pub fn post_m(&self, cell: Cell) -> Option<i16> {
        let height_m = self.posts_m[cell.row * self.width + cell.col];
        (height_m != VOID).then_some(height_m)
    }

    /// The cell whose post is nearest; `None` outside the grid.
    pub fn cell_at(&self, place: Wgs84) -> Option<Cell> {
        self.layout().cell_at(place)
    }

    /// Fractional (row, column) of a place; may lie outside the grid.
    pub fn position_of(&self, place: Wgs84) -> (f64, f64) {
        self.layout().position_of(place)
    }

    /// Longitude and latitude of a post.
    pub fn place_of(&self, cell: Cell) -> (f64, f64) {
        (
            self.west_deg + cell.col as f64 * self.lon_step_deg,
            self.north_deg - cell.row as f64 * self.lat_step_deg,
        )
    }

    /// Bilinear height; `None` outside the grid, where one of the four posts is void, and on a single row or column.
    pub fn height_m(&self, place: Wgs84) -> Option<f64> {
        let (row, col) = self.position_of(place);
        let (max_row, max_col) = (self.height as f64 - 1.0, self.width as f64 - 1.0);
        let too_thin = self.height < 2 || self.width < 2;
        if too_thin || !(row >= 0.0 && col >= 0.0 && row <= max_row && col <= max_col) {
            return None;
        }
        let (row0, col0) =
            (libm::floor(row).min(max_row - 1.0), libm::floor(col).min(max_col - 1.0));
        let (down, right) = (row - row0, col - col0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked above"
        )]
        let corner = |d_row: usize, d_col: usize| {
            self.post_m(Cell { row: row0 as usize + d_row, col: col0 as usize + d_col })
                .map(f64::from)
        };
        let upper = corner(0, 0)? * (1.0 - right) + corner(0, 1)? * right;
        let lower = corner(1, 0)? * (1.0 - right) + corner(1, 1)? * right;
        Some(upper * (1.0 - down) + lower * down)
    }
}

/// Why elevation cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TerrainError {
    #[error(
        "{file}: the file name must be a corner such as N42E001.hgt, .hgt.gz, .hgt.zip or end in .tif"
    )]
    Name { file: String },
    #[error(
        "{file}: the size must be 2884802 bytes (1201 x 1201 posts) or 25934402 bytes (3601 x 3601 posts), got {bytes}"
    )]
    Size { file: String, bytes: usize },
    #[error("{file}: the gzip stream is broken or cut short: {reason}")]
    Gzip { file: String, reason: String },
    #[error("{file}: the zip archive cannot be read: {reason}")]
    Zip { file: String, reason: String },
    #[error("{file}: unpacks to more than {limit} bytes, which no tile has")]
    TooLong { file: String, limit: usize },
    #[error("{file}: not a TIFF file that can be read: {reason}")]
    Tiff { file: String, reason: String },
    #[error("{file}: {tag} is {value}: {problem}")]
    Tag { file: String, tag: &'static str, value: String, problem: String },
    #[error(
        "{file}: the height at row {row}, column {col} is {value}, no height in metres on earth: give the mark of missing data with gdal_edit.py -a_nodata"
    )]
    Height { file: String, row: usize, col: usize, value: f64 },
    #[error("{file}: holds {posts} posts, more than {limit}: cut a window with gdalwarp -te")]
    TooManyPosts { file: String, posts: usize, limit: usize },
    #[error("no tiles were given")]
    NoTiles,
    #[error("the tiles span {posts} posts, more than {limit}: name tiles that adjoin")]
    TooLarge { posts: f64, limit: usize },
    #[error("the raster cannot be written: {reason}")]
    Write { reason: String },
    #[error("exercise terrain: {field} must be {must}, got {value}")]
    Exercise { field: &'static str, must: &'static str, value: f64 },
}

/// Reads one elevation tile; the file name gives its kind and, for `.hgt`, its corner.
///
/// Folders before the name are ignored. Errors name the file, what is wrong and the value found.
pub fn tile_from_bytes(file_name: &str, bytes: &[u8]) -> Result<Grid, TerrainError> {
    if is_geotiff(file_name) {
        let whole = geotiff::Source::open(file_name, Cursor::new(bytes))?.read(None)?;
        return whole.ok_or(TerrainError::NoTiles);
    }
    hgt::read(file_name, bytes)
}

/// The same, but only the posts within bounds; `None` when the tile lies beside them.
///
/// Of a `GeoTIFF` only the strips and tiles that are needed are unpacked.
pub fn tile_within(
    file_name: &str,
    bytes: &[u8],
    bounds: &Bounds,
) -> Result<Option<Grid>, TerrainError> {
    if is_geotiff(file_name) {
        return geotiff::Source::open(file_name, Cursor::new(bytes))?.read(Some(bounds));
    }
    Ok(hgt::read(file_name, bytes)?.within(bounds))
}

/// Whether a file's name says that it is a `GeoTIFF`.
pub fn is_geotiff(file_name: &str) -> bool {
    let name = file_name.to_ascii_lowercase();
    [".tif", ".tiff"].iter().any(|ending| name.ends_with(ending))
}
