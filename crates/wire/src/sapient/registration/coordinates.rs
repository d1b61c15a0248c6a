//! Coordinates and units that a node announces.

use prost::{Message, Oneof};

use crate::sapient::place::{
    EnuVelocityUnits, LocationCoordinateSystem, LocationDatum, RangeBearingCoordinateSystem,
    RangeBearingDatum,
};

/// The coordinates in which a kind of report will give places.
#[derive(Clone, PartialEq, Message)]
pub struct LocationType {
    /// Exactly one.
    #[prost(oneof = "Coordinates", tags = "1, 2")]
    pub coordinates: Option<Coordinates>,
    /// Exactly one.
    #[prost(oneof = "Datum", tags = "3, 4")]
    pub datum: Option<Datum>,
    /// Mandatory when places are in UTM.
    #[prost(string, optional, tag = "5")]
    pub zone: Option<String>,
}

/// Units of places, of one family.
#[derive(Clone, PartialEq, Oneof)]
pub enum Coordinates {
    #[prost(enumeration = "LocationCoordinateSystem", tag = "1")]
    LocationUnits(i32),
    #[prost(enumeration = "RangeBearingCoordinateSystem", tag = "2")]
    RangeBearingUnits(i32),
}

/// Datum of places, of the same family as the units.
#[derive(Clone, PartialEq, Oneof)]
pub enum Datum {
    #[prost(enumeration = "LocationDatum", tag = "3")]
    LocationDatum(i32),
    #[prost(enumeration = "RangeBearingDatum", tag = "4")]
    RangeBearingDatum(i32),
}

/// The units and datum in which velocities will be given.
#[derive(Clone, PartialEq, Message)]
pub struct VelocityType {
    /// Exactly one.
    #[prost(oneof = "VelocityUnits", tags = "4")]
    pub velocity_units: Option<VelocityUnits>,
    /// Exactly one.
    #[prost(oneof = "VelocityDatum", tags = "6, 7")]
    pub datum: Option<VelocityDatum>,
    /// UTM zone, such as 30N.
    #[prost(string, optional, tag = "8")]
    pub zone: Option<String>,
}

/// Units of velocities.
#[derive(Clone, PartialEq, Oneof)]
pub enum VelocityUnits {
    #[prost(message, tag = "4")]
    Enu(EnuVelocityUnits),
}

/// Datum of velocities.
#[derive(Clone, PartialEq, Oneof)]
pub enum VelocityDatum {
    #[prost(enumeration = "LocationDatum", tag = "6")]
    LocationDatum(i32),
    #[prost(enumeration = "RangeBearingDatum", tag = "7")]
    RangeBearingDatum(i32),
}
