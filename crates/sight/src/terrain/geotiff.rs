//! `GeoTIFF`: the tags that say where pixels lie, and the writer.

mod write;

pub use write::{Samples, write};

/// Numbers of the `GeoKeys` that are used (OGC 19-008r4, annex D).
mod key {
    pub(super) const MODEL_TYPE: u16 = 1024;
    pub(super) const RASTER_TYPE: u16 = 1025;
    pub(super) const GEODETIC_CRS: u16 = 2048;
    pub(super) const ANGULAR_UNITS: u16 = 2054;
}

/// `GTModelTypeGeoKey`: longitude and latitude.
const MODEL_GEOGRAPHIC: u16 = 2;
/// `GTRasterTypeGeoKey`: a pixel is an area and the tie point its corner.
const PIXEL_IS_AREA: u16 = 1;
/// `GeogAngularUnitsGeoKey`: EPSG's number of the degree.
const DEGREE: u16 = 9102;
/// EPSG's number of WGS84 in longitude and latitude.
const WGS84: u16 = 4326;
