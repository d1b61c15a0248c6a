//! `GeoTIFF`: elevation and classes read a window at a time, rasters written; what cannot be honoured is an error that names the tag.

mod chunk;
mod classes;
mod keys;
mod palette;
mod read;
mod resample;
mod tags;
mod unzstd;
mod write;

pub use palette::as_numbers;
pub use read::Source;
pub use write::{Samples, write};

/// Numbers of the `GeoKeys` that are used (OGC 19-008r4, annex D).
mod key {
    pub(super) const MODEL_TYPE: u16 = 1024;
    pub(super) const RASTER_TYPE: u16 = 1025;
    pub(super) const GEODETIC_CRS: u16 = 2048;
    pub(super) const PRIME_MERIDIAN: u16 = 2051;
    pub(super) const ANGULAR_UNITS: u16 = 2054;
    pub(super) const PROJECTED_CRS: u16 = 3072;
    pub(super) const LINEAR_UNITS: u16 = 3076;
    pub(super) const VERTICAL: u16 = 4096;
    pub(super) const VERTICAL_UNITS: u16 = 4099;
}

/// `GTModelTypeGeoKey`: easting and northing of a projection.
const MODEL_PROJECTED: u16 = 1;
/// `GTModelTypeGeoKey`: longitude and latitude.
const MODEL_GEOGRAPHIC: u16 = 2;
/// `GTRasterTypeGeoKey`: a pixel is an area and the tie point its corner.
const PIXEL_IS_AREA: u16 = 1;
/// `GTRasterTypeGeoKey`: a pixel is a point and the tie point is it.
const PIXEL_IS_POINT: u16 = 2;
/// EPSG's number of the degree.
const DEGREE: u16 = 9102;
/// EPSG's number of the metre.
const METRE: u16 = 9001;
/// EPSG's number of Greenwich.
const GREENWICH: u16 = 8901;
/// EPSG's number of WGS84 in longitude and latitude.
const WGS84: u16 = 4326;

/// Most bytes that one strip or tile may unpack to: a one-strip file of a 1 arc-second tile in doubles fits.
const CHUNK_BYTES_MAX: usize = budget(128 << 20, 256 << 10);
/// Most bytes of one tag's values.
const TAG_BYTES_MAX: usize = budget(16 << 20, 256 << 10);
/// Most posts that are read from one file at once; more are read by windows.
const POSTS_MAX: usize = budget(400_000_000, 100_000);
/// The same for a projected file, whose posts are kept in full while they are resampled.
const PROJECTED_POSTS_MAX: usize = budget(100_000_000, 4_000);
/// Most posts that are kept of one raster of classes, a byte each.
const CLASSES_MAX: usize = budget(200_000_000, 4_000);
/// How many times as long as wide a projected pixel may be: the grid that it is laid onto has the steps of both sides,
/// and so may hold far more posts than the file holds pixels.
const PIXEL_ASPECT_MAX: f64 = 20.0;
/// Heights beyond these are no heights on earth: the unit or the missing-data mark is another.
const HEIGHTS_M: std::ops::RangeInclusive<f64> = -12_000.0..=9_000.0;

/// A file of some hundred bytes may rightly unpack to a budget's worth of memory and time. Fuzzing tries whether any
/// goes beyond, and so has budgets that fill within the time of one input.
const fn budget(stations: usize, fuzzed: usize) -> usize {
    if cfg!(fuzzing) { fuzzed } else { stations }
}

#[cfg(test)]
mod tests;
