//! Places, areas and velocities.

use prost::{Enumeration, Message, Oneof};

/// A place on the globe.
#[derive(Clone, PartialEq, Message)]
pub struct Location {
    /// Mandatory: longitude or easting, by the coordinate system.
    #[prost(double, optional, tag = "1")]
    pub x: Option<f64>,
    /// Mandatory: latitude or northing, by the coordinate system.
    #[prost(double, optional, tag = "2")]
    pub y: Option<f64>,
    /// Height in metres above the datum.
    #[prost(double, optional, tag = "3")]
    pub z: Option<f64>,
    #[prost(double, optional, tag = "4")]
    pub x_error: Option<f64>,
    #[prost(double, optional, tag = "5")]
    pub y_error: Option<f64>,
    #[prost(double, optional, tag = "6")]
    pub z_error: Option<f64>,
    /// Mandatory.
    #[prost(enumeration = "LocationCoordinateSystem", optional, tag = "7")]
    pub coordinate_system: Option<i32>,
    /// Mandatory.
    #[prost(enumeration = "LocationDatum", optional, tag = "8")]
    pub datum: Option<i32>,
    /// For an adjacent UTM zone.
    #[prost(string, optional, tag = "9")]
    pub utm_zone: Option<String>,
}

/// Places in order: a path, or the ring of an area.
#[derive(Clone, PartialEq, Message)]
pub struct LocationList {
    /// Mandatory, at least one.
    #[prost(message, repeated, tag = "1")]
    pub locations: Vec<Location>,
}

/// A place as seen from the node.
#[derive(Clone, PartialEq, Message)]
pub struct RangeBearing {
    /// Above the horizon of the node.
    #[prost(double, optional, tag = "1")]
    pub elevation: Option<f64>,
    /// Clockwise from the datum.
    #[prost(double, optional, tag = "2")]
    pub azimuth: Option<f64>,
    /// Distance from the node.
    #[prost(double, optional, tag = "3")]
    pub range: Option<f64>,
    #[prost(double, optional, tag = "4")]
    pub elevation_error: Option<f64>,
    #[prost(double, optional, tag = "5")]
    pub azimuth_error: Option<f64>,
    #[prost(double, optional, tag = "6")]
    pub range_error: Option<f64>,
    /// Mandatory.
    #[prost(enumeration = "RangeBearingCoordinateSystem", optional, tag = "7")]
    pub coordinate_system: Option<i32>,
    /// Mandatory.
    #[prost(enumeration = "RangeBearingDatum", optional, tag = "8")]
    pub datum: Option<i32>,
}

/// A sector of view as seen from the node.
#[derive(Clone, PartialEq, Message)]
pub struct RangeBearingCone {
    #[prost(double, optional, tag = "1")]
    pub elevation: Option<f64>,
    #[prost(double, optional, tag = "2")]
    pub azimuth: Option<f64>,
    #[prost(double, optional, tag = "3")]
    pub range: Option<f64>,
    /// Degrees.
    #[prost(double, optional, tag = "4")]
    pub horizontal_extent: Option<f64>,
    /// Degrees.
    #[prost(double, optional, tag = "5")]
    pub vertical_extent: Option<f64>,
    #[prost(double, optional, tag = "6")]
    pub horizontal_extent_error: Option<f64>,
    #[prost(double, optional, tag = "7")]
    pub vertical_extent_error: Option<f64>,
    #[prost(double, optional, tag = "8")]
    pub elevation_error: Option<f64>,
    #[prost(double, optional, tag = "9")]
    pub azimuth_error: Option<f64>,
    #[prost(double, optional, tag = "10")]
    pub range_error: Option<f64>,
    /// Mandatory.
    #[prost(enumeration = "RangeBearingCoordinateSystem", optional, tag = "11")]
    pub coordinate_system: Option<i32>,
    /// Mandatory.
    #[prost(enumeration = "RangeBearingDatum", optional, tag = "12")]
    pub datum: Option<i32>,
}

/// An area: a cone from the node, or a ring of places.
#[derive(Clone, PartialEq, Message)]
pub struct LocationOrRangeBearing {
    /// Exactly one.
    #[prost(oneof = "Area", tags = "1, 2")]
    pub fov: Option<Area>,
}

/// A sector of view or a ring of places.
#[derive(Clone, PartialEq, Oneof)]
pub enum Area {
    #[prost(message, tag = "1")]
    RangeBearing(RangeBearingCone),
    #[prost(message, tag = "2")]
    LocationList(LocationList),
}

/// A velocity in a local east, north, up frame; its units come from the registration.
#[derive(Clone, PartialEq, Message)]
pub struct EnuVelocity {
    /// Mandatory.
    #[prost(double, optional, tag = "1")]
    pub east_rate: Option<f64>,
    /// Mandatory.
    #[prost(double, optional, tag = "2")]
    pub north_rate: Option<f64>,
    #[prost(double, optional, tag = "3")]
    pub up_rate: Option<f64>,
    #[prost(double, optional, tag = "4")]
    pub east_rate_error: Option<f64>,
    #[prost(double, optional, tag = "5")]
    pub north_rate_error: Option<f64>,
    #[prost(double, optional, tag = "6")]
    pub up_rate_error: Option<f64>,
}

/// Units of a velocity.
#[derive(Clone, PartialEq, Message)]
pub struct EnuVelocityUnits {
    /// Mandatory.
    #[prost(enumeration = "SpeedUnits", optional, tag = "1")]
    pub east_north_rate_units: Option<i32>,
    #[prost(enumeration = "SpeedUnits", optional, tag = "2")]
    pub up_rate_units: Option<i32>,
}

/// How a place is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum LocationCoordinateSystem {
    Unspecified = 0,
    LatLngDegM = 1,
    LatLngRadM = 2,
    UtmM = 5,
}

/// What heights are above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum LocationDatum {
    Unspecified = 0,
    Wgs84E = 1,
    Wgs84G = 2,
}

/// Units of angles and ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum RangeBearingCoordinateSystem {
    Unspecified = 0,
    DegreesM = 1,
    RadiansM = 2,
    DegreesKm = 3,
    RadiansKm = 4,
}

/// What azimuths are measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum RangeBearingDatum {
    Unspecified = 0,
    True = 1,
    Magnetic = 2,
    Grid = 3,
    Platform = 4,
}

/// Units of a speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub enum SpeedUnits {
    Unspecified = 0,
    Ms = 1,
    Kph = 2,
}
