//! Files that other programs read, made of the rows that maps are given.

mod geojson;

pub(crate) use self::geojson::GeoJson;
