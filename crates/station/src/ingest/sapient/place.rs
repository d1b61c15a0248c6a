//! Places and bearings of every kind that SAPIENT allows, in the core's degrees and metres.

use sight::geo::{Azimuth, EnuPoint, LocalFrame, Wgs84, metres_per_degree};
use watch::detection::{ReportedPlace, ReportedPosition};
use wire::sapient::place::{
    Location, LocationCoordinateSystem, LocationDatum, RangeBearing, RangeBearingCoordinateSystem,
    RangeBearingDatum,
};

use super::{Refusal, limits, utm};
use crate::ingest::refuse_far;

/// What is needed to make sense of a node's coordinates.
#[derive(Debug, Clone, Copy)]
pub(in crate::ingest) struct Surroundings<'a> {
    pub(in crate::ingest) frame: &'a LocalFrame,
    /// Zone that the node announced for all its places.
    pub(in crate::ingest) utm_zone: Option<&'a str>,
}

/// Reads a place. A height above the ellipsoid is dropped: the core's are above mean sea level, and the station
/// has no geoid to turn one into the other.
pub(in crate::ingest) fn reported(
    location: &Location,
    path: &str,
    surroundings: Surroundings<'_>,
) -> Result<ReportedPlace, Refusal> {
    let (x, y) = (location.x(), location.y());
    let (place, metres_per_x, metres_per_y) = match location.coordinate_system() {
        LocationCoordinateSystem::LatLngDegM => of_degrees(x, y, 1.0, path)?,
        LocationCoordinateSystem::LatLngRadM => {
            of_degrees(x.to_degrees(), y.to_degrees(), 1_f64.to_degrees(), path)?
        }
        LocationCoordinateSystem::UtmM => {
            (of_utm(location, path, surroundings.utm_zone)?, 1.0, 1.0)
        }
        LocationCoordinateSystem::Unspecified => {
            return Err(Refusal::new(
                format!("{path}.coordinate_system"),
                "mandatory, but unspecified",
            ));
        }
    };
    refuse_far(place, path, surroundings.frame)?;
    let height = height_of(location, path).unwrap_or_default();
    Ok(ReportedPlace {
        lon_deg: place.lon_deg(),
        lat_deg: place.lat_deg(),
        height_m: height.map(|(height_m, _)| height_m),
        height_sigma_m: height.and_then(|(_, sigma_m)| sigma_m),
        east_sigma_m: sigma_m(location.x_error, metres_per_x, path, "x_error")?,
        north_sigma_m: sigma_m(location.y_error, metres_per_y, path, "y_error")?,
    })
}

/// A height above mean sea level with its error, as far as they are given.
///
/// A place is as good as ever without one, so that a slip is refused for itself ([`height_refused`]).
fn height_of(location: &Location, path: &str) -> Result<Option<(f64, Option<f64>)>, Refusal> {
    let sea_level = location.datum() == LocationDatum::Wgs84G;
    let Some(height_m) = location.z.filter(|_| sea_level) else { return Ok(None) };
    let (least_m, most_m) = watch::limits::HEIGHT_M;
    if !(least_m..=most_m).contains(&height_m) {
        let reason = format!("must lie in {least_m}..={most_m} m above sea, got {height_m} m");
        return Err(Refusal::new(format!("{path}.z"), reason));
    }
    // Nobody knows a height exactly: a zero says that the error was left out.
    let sigma_m = location.z_error.filter(|sigma_m| *sigma_m > 0.0);
    let most_m = watch::limits::HEIGHT_SIGMA_MAX_M;
    match sigma_m.filter(|sigma_m| *sigma_m > most_m) {
        Some(got_m) => {
            let reason = format!("must be at most {most_m} m, got {got_m} m");
            Err(Refusal::new(format!("{path}.z_error"), reason))
        }
        None => Ok(Some((height_m, sigma_m))),
    }
}

/// What is wrong with the height of a place, which is taken without it.
pub(super) fn height_refused(location: &Location, path: &str) -> Option<Refusal> {
    height_of(location, path).err()
}

/// A place from degrees, with the metres of one unit of x and of y there.
fn of_degrees(
    lon_deg: f64,
    lat_deg: f64,
    degrees_per_unit: f64,
    path: &str,
) -> Result<(Wgs84, f64, f64), Refusal> {
    let place =
        Wgs84::new(lon_deg, lat_deg).map_err(|fault| Refusal::new(path, fault.to_string()))?;
    let (north_m, east_m) = metres_per_degree(lat_deg);
    Ok((place, east_m * degrees_per_unit, north_m * degrees_per_unit))
}

fn of_utm(location: &Location, path: &str, announced: Option<&str>) -> Result<Wgs84, Refusal> {
    let field = format!("{path}.utm_zone");
    let text = location.utm_zone.as_deref().or(announced);
    let text =
        text.ok_or_else(|| Refusal::new(&*field, "needed, as the registration announced no zone"))?;
    let zone = utm::Zone::parse(text).ok_or_else(|| {
        let got = wire::text::clean(text, limits::NAME_CHARS);
        Refusal::new(&*field, format!("must be 1 to 60 and a hemisphere, such as 38N, got {got:?}"))
    })?;
    utm::place(zone, location.x(), location.y()).ok_or_else(|| {
        let reason = format!(
            "must lie in or near utm zone {text}, got {} east {} north",
            location.x(),
            location.y()
        );
        Refusal::new(path, reason)
    })
}

/// A standard deviation in metres.
///
/// The standard does not say whether errors beside degrees are in degrees or in metres, and senders
/// differ. As degrees, anything from 20 km up is useless; as metres, so is anything below 0.2 m.
/// The first limit therefore tells the two apart.
fn sigma_m(
    error: Option<f64>,
    metres_per_unit: f64,
    path: &str,
    name: &str,
) -> Result<Option<f64>, Refusal> {
    let Some(error) = error else { return Ok(None) };
    let as_units_m = error * metres_per_unit;
    let sigma_m = if as_units_m < limits::SIGMA_MAX_M { as_units_m } else { error };
    if sigma_m < limits::SIGMA_MAX_M {
        // Nobody knows a place exactly: a zero says that the error was left out.
        return Ok(Some(sigma_m).filter(|sigma_m| *sigma_m > 0.0));
    }
    let reason = format!("must be below {} m, got {sigma_m:.0} m", limits::SIGMA_MAX_M);
    Err(Refusal::new(format!("{path}.{name}"), reason))
}

/// Reads a bearing, with or without elevation and range.
pub(super) fn polar(polar: &RangeBearing, path: &str) -> Result<ReportedPosition, Refusal> {
    if let Some(reason) = why_no_true_north(polar.datum()) {
        return Err(Refusal::new(format!("{path}.datum"), reason));
    }
    let (degrees, metres) = match polar.coordinate_system() {
        RangeBearingCoordinateSystem::DegreesM => (1.0, 1.0),
        RangeBearingCoordinateSystem::RadiansM => (1_f64.to_degrees(), 1.0),
        RangeBearingCoordinateSystem::DegreesKm => (1.0, 1_000.0),
        RangeBearingCoordinateSystem::RadiansKm => (1_f64.to_degrees(), 1_000.0),
        RangeBearingCoordinateSystem::Unspecified => {
            return Err(Refusal::new(
                format!("{path}.coordinate_system"),
                "mandatory, but unspecified",
            ));
        }
    };
    let azimuth = polar.azimuth.ok_or_else(|| {
        Refusal::new(
            format!("{path}.azimuth"),
            "needed: a range or an elevation alone places nothing",
        )
    })?;
    let scaled = |value: Option<f64>, unit: f64| value.map(|value| value * unit);
    let sigma = |value: Option<f64>, unit: f64| scaled(value, unit).filter(|sigma| *sigma > 0.0);
    for (field, told, unit, most) in [
        ("range", polar.range, metres, (limits::DISTANCE_MAX_M, "m")),
        ("range_error", polar.range_error, metres, (limits::DISTANCE_MAX_M, "m")),
        ("azimuth_error", polar.azimuth_error, degrees, (180.0, "degrees")),
        ("elevation_error", polar.elevation_error, degrees, (180.0, "degrees")),
    ] {
        if let Some(told) = scaled(told, unit).filter(|told| *told > most.0) {
            let reason = format!("must be at most {} {}, got {told:e}", most.0, most.1);
            return Err(Refusal::new(format!("{path}.{field}"), reason));
        }
    }
    Ok(ReportedPosition::Polar {
        azimuth_deg: (azimuth * degrees).rem_euclid(360.0),
        azimuth_sigma_deg: sigma(polar.azimuth_error, degrees),
        elevation_deg: scaled(polar.elevation, degrees),
        elevation_sigma_deg: sigma(polar.elevation_error, degrees),
        range_m: scaled(polar.range, metres),
        range_sigma_m: sigma(polar.range_error, metres),
    })
}

/// The place that is seen from another at a bearing and a range.
pub(super) fn seen_from(
    here: Option<Wgs84>,
    told: &RangeBearing,
    path: &str,
    frame: &LocalFrame,
) -> Result<ReportedPlace, Refusal> {
    let needed = |field: &str, why: &str| Refusal::new(format!("{path}{field}"), why);
    let ReportedPosition::Polar {
        azimuth_deg,
        azimuth_sigma_deg,
        elevation_deg,
        range_m: Some(range_m),
        range_sigma_m,
        ..
    } = polar(told, path)?
    else {
        return Err(needed(".range", "needed: a bearing alone is no place"));
    };
    let here = here.ok_or_else(|| needed("", "the node has not said where it is"))?;
    let ground_m = range_m * elevation_deg.unwrap_or_default().to_radians().cos();
    let along = frame.plane_azimuth(here, Azimuth::from_degrees(azimuth_deg)).unit();
    let from = frame.point(here);
    let point = EnuPoint::new(from.east_m + ground_m * along.x, from.north_m + ground_m * along.y);
    let place = frame.place(point);
    refuse_far(place, path, frame)?;
    let (sin, cos) = azimuth_deg.to_radians().sin_cos();
    let errors = range_sigma_m.zip(azimuth_sigma_deg).map(|(along_m, across_deg)| {
        let across_m = ground_m * across_deg.to_radians();
        ((along_m * sin).hypot(across_m * cos), (along_m * cos).hypot(across_m * sin))
    });
    Ok(ReportedPlace {
        lon_deg: place.lon_deg(),
        lat_deg: place.lat_deg(),
        height_m: None,
        height_sigma_m: None,
        east_sigma_m: errors.map(|(east_m, _)| east_m),
        north_sigma_m: errors.map(|(_, north_m)| north_m),
    })
}

/// Why bearings from this datum cannot be turned to true north; `None` when they are.
pub(super) fn why_no_true_north(datum: RangeBearingDatum) -> Option<&'static str> {
    match datum {
        RangeBearingDatum::True => None,
        RangeBearingDatum::Magnetic => {
            Some("must be true north: the station has no model of the magnetic field, got magnetic")
        }
        RangeBearingDatum::Grid => {
            Some("must be true north: a bearing does not name its grid, got grid")
        }
        RangeBearingDatum::Platform => Some(
            "must be true north: the station does not know the platform's heading, got platform",
        ),
        RangeBearingDatum::Unspecified => Some("must be true north, got unspecified"),
    }
}
