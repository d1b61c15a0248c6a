//! Rules of the coordinates that a node announces.

use crate::sapient::place::{
    LocationCoordinateSystem, LocationDatum, RangeBearingCoordinateSystem, RangeBearingDatum,
};
use crate::sapient::registration::{
    Coordinates, Datum, LocationType, VelocityDatum, VelocityType, VelocityUnits,
};
use crate::sapient::validate::{Check, Problem, Walk};

impl Check for LocationType {
    fn check(&self, walk: &mut Walk) {
        match &self.coordinates {
            None => walk.fault("coordinates", Problem::Missing),
            Some(Coordinates::LocationUnits(units)) => {
                walk.choice::<LocationCoordinateSystem>("location_units", Some(*units));
            }
            Some(Coordinates::RangeBearingUnits(units)) => {
                walk.choice::<RangeBearingCoordinateSystem>("range_bearing_units", Some(*units));
            }
        }
        match &self.datum {
            None => walk.fault("datum", Problem::Missing),
            Some(Datum::LocationDatum(datum)) => {
                walk.choice::<LocationDatum>("location_datum", Some(*datum));
            }
            Some(Datum::RangeBearingDatum(datum)) => {
                walk.choice::<RangeBearingDatum>("range_bearing_datum", Some(*datum));
            }
        }
        if !one_family(self) {
            walk.fault("datum", Problem::Rule("must be of the same family as the units"));
        }
        let utm = Some(Coordinates::LocationUnits(LocationCoordinateSystem::UtmM as i32));
        if self.coordinates == utm {
            walk.text("zone", self.zone.as_ref());
        }
    }
}

/// False when units of places come with a datum of bearings, or the other way round.
fn one_family(coordinates: &LocationType) -> bool {
    !matches!(
        (&coordinates.coordinates, &coordinates.datum),
        (Some(Coordinates::LocationUnits(_)), Some(Datum::RangeBearingDatum(_)))
            | (Some(Coordinates::RangeBearingUnits(_)), Some(Datum::LocationDatum(_)))
    )
}

impl Check for VelocityType {
    fn check(&self, walk: &mut Walk) {
        match &self.velocity_units {
            None => walk.fault("velocity_units", Problem::Missing),
            Some(VelocityUnits::Enu(units)) => walk.part("enu_velocity_units", Some(units)),
        }
        match &self.datum {
            None => walk.fault("datum", Problem::Missing),
            Some(VelocityDatum::LocationDatum(datum)) => {
                walk.choice::<LocationDatum>("location_datum", Some(*datum));
            }
            Some(VelocityDatum::RangeBearingDatum(datum)) => {
                walk.choice::<RangeBearingDatum>("range_bearing_datum", Some(*datum));
            }
        }
    }
}
