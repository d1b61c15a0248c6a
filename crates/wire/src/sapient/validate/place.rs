//! Rules of places, areas, velocities and links between messages.

use std::f64::consts::{FRAC_PI_2, PI, TAU};
use std::ops::RangeInclusive;

use super::{Check, Problem, Walk};
use crate::sapient::link::{AssociatedDetection, AssociatedFile, AssociationRelation};
use crate::sapient::place::{
    Area, EnuVelocity, EnuVelocityUnits, Location, LocationCoordinateSystem, LocationDatum,
    LocationList, LocationOrRangeBearing, RangeBearing, RangeBearingCone,
    RangeBearingCoordinateSystem, RangeBearingDatum, SpeedUnits,
};

/// Any error or length: finite and not negative.
const NOT_NEGATIVE: RangeInclusive<f64> = 0.0..=f64::MAX;

impl Check for Location {
    fn check(&self, walk: &mut Walk) {
        walk.number("x", self.x);
        walk.number("y", self.y);
        let ranges = match self.coordinate_system() {
            LocationCoordinateSystem::LatLngDegM => Some((-180.0..=180.0, -90.0..=90.0)),
            LocationCoordinateSystem::LatLngRadM => Some((-PI..=PI, -FRAC_PI_2..=FRAC_PI_2)),
            LocationCoordinateSystem::UtmM | LocationCoordinateSystem::Unspecified => None,
        };
        if let Some((lon, lat)) = ranges {
            walk.within_if("x", self.x.filter(|x| x.is_finite()), lon);
            walk.within_if("y", self.y.filter(|y| y.is_finite()), lat);
        }
        walk.number_if("z", self.z);
        walk.within_if("x_error", self.x_error, NOT_NEGATIVE);
        walk.within_if("y_error", self.y_error, NOT_NEGATIVE);
        walk.within_if("z_error", self.z_error, NOT_NEGATIVE);
        walk.choice::<LocationCoordinateSystem>("coordinate_system", self.coordinate_system);
        walk.choice::<LocationDatum>("datum", self.datum);
    }
}

impl Check for LocationList {
    fn check(&self, walk: &mut Walk) {
        walk.some_parts("locations", &self.locations);
    }
}

/// Largest azimuth and elevation in the units of a coordinate system.
fn angle_limits(
    system: RangeBearingCoordinateSystem,
) -> (RangeInclusive<f64>, RangeInclusive<f64>) {
    match system {
        RangeBearingCoordinateSystem::RadiansM | RangeBearingCoordinateSystem::RadiansKm => {
            (-TAU..=TAU, -FRAC_PI_2..=FRAC_PI_2)
        }
        RangeBearingCoordinateSystem::DegreesM
        | RangeBearingCoordinateSystem::DegreesKm
        | RangeBearingCoordinateSystem::Unspecified => (-360.0..=360.0, -90.0..=90.0),
    }
}

impl Check for RangeBearing {
    fn check(&self, walk: &mut Walk) {
        let (azimuths, elevations) = angle_limits(self.coordinate_system());
        walk.within_if("elevation", self.elevation, elevations);
        walk.within_if("azimuth", self.azimuth, azimuths);
        walk.within_if("range", self.range, NOT_NEGATIVE);
        walk.within_if("elevation_error", self.elevation_error, NOT_NEGATIVE);
        walk.within_if("azimuth_error", self.azimuth_error, NOT_NEGATIVE);
        walk.within_if("range_error", self.range_error, NOT_NEGATIVE);
        walk.choice::<RangeBearingCoordinateSystem>("coordinate_system", self.coordinate_system);
        walk.choice::<RangeBearingDatum>("datum", self.datum);
    }
}

impl Check for RangeBearingCone {
    fn check(&self, walk: &mut Walk) {
        let (azimuths, elevations) = angle_limits(self.coordinate_system());
        walk.within_if("elevation", self.elevation, elevations);
        walk.within_if("azimuth", self.azimuth, azimuths);
        for (name, value) in [
            ("range", self.range),
            ("horizontal_extent", self.horizontal_extent),
            ("vertical_extent", self.vertical_extent),
            ("horizontal_extent_error", self.horizontal_extent_error),
            ("vertical_extent_error", self.vertical_extent_error),
            ("elevation_error", self.elevation_error),
            ("azimuth_error", self.azimuth_error),
            ("range_error", self.range_error),
        ] {
            walk.within_if(name, value, NOT_NEGATIVE);
        }
        walk.choice::<RangeBearingCoordinateSystem>("coordinate_system", self.coordinate_system);
        walk.choice::<RangeBearingDatum>("datum", self.datum);
    }
}

impl Check for LocationOrRangeBearing {
    fn check(&self, walk: &mut Walk) {
        match &self.fov {
            None => walk.fault("fov", Problem::Missing),
            Some(Area::RangeBearing(cone)) => walk.part("range_bearing", Some(cone)),
            Some(Area::LocationList(ring)) => walk.part("location_list", Some(ring)),
        }
    }
}

impl Check for EnuVelocity {
    fn check(&self, walk: &mut Walk) {
        walk.number("east_rate", self.east_rate);
        walk.number("north_rate", self.north_rate);
        walk.number_if("up_rate", self.up_rate);
        walk.within_if("east_rate_error", self.east_rate_error, NOT_NEGATIVE);
        walk.within_if("north_rate_error", self.north_rate_error, NOT_NEGATIVE);
        walk.within_if("up_rate_error", self.up_rate_error, NOT_NEGATIVE);
    }
}

impl Check for EnuVelocityUnits {
    fn check(&self, walk: &mut Walk) {
        walk.choice::<SpeedUnits>("east_north_rate_units", self.east_north_rate_units);
        walk.choice_if::<SpeedUnits>("up_rate_units", self.up_rate_units);
    }
}

impl Check for AssociatedDetection {
    fn check(&self, walk: &mut Walk) {
        walk.moment_if("timestamp", self.timestamp);
        walk.uuid("node_id", self.node_id.as_ref());
        walk.ulid("object_id", self.object_id.as_ref());
        walk.choice_if::<AssociationRelation>("association_type", self.association_type);
    }
}

impl Check for AssociatedFile {
    fn check(&self, walk: &mut Walk) {
        walk.text("type", self.kind.as_ref());
        walk.text("url", self.url.as_ref());
    }
}
