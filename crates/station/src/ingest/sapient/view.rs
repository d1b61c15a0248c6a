//! Where a sensor says that it looks: field of view, obscuration and coverage of a status.

use sight::coverage::View;
use sight::coverage::view::{Area, Cone, Corner};
use sight::geo::Wgs84;
use wire::sapient::place::{
    self, LocationList, LocationOrRangeBearing, RangeBearingCone, RangeBearingCoordinateSystem,
};
use wire::sapient::registration::ScanType;
use wire::sapient::status::StatusReport;

use super::place::{Surroundings, reported, why_no_true_north};
use super::{Refusal, limits};

const FIELD: &str = "status_report.field_of_view";
const DDEG_PER_DEG: f64 = 10.0;
const WHOLE_TURN_DEG: f64 = 360.0;

/// True when a status says anything of where the sensor looks.
pub(super) fn is_told(status: &StatusReport) -> bool {
    status.field_of_view.is_some() || !status.obscuration.is_empty() || !status.coverage.is_empty()
}

/// Reads where a sensor looks that scans in this way.
///
/// A scanning sensor looks somewhere else at every moment: its field of view says nothing of what it covers.
pub(super) fn read(
    status: &StatusReport,
    scan: ScanType,
    surroundings: Surroundings<'_>,
) -> Result<View, Refusal> {
    let areas = status.obscuration.len() + status.coverage.len();
    if areas > limits::VIEW_AREAS_MAX {
        let reason = format!("must be at most {} areas, got {areas}", limits::VIEW_AREAS_MAX);
        return Err(Refusal::new("status_report.obscuration and coverage", reason));
    }
    let one = |area: &LocationOrRangeBearing, field: &str| read_area(area, field, surroundings);
    let many = |name: &str, areas: &[LocationOrRangeBearing]| {
        let each = areas.iter().enumerate();
        each.map(|(at, area)| one(area, &format!("status_report.{name}[{at}]")))
            .collect::<Result<Vec<Area>, Refusal>>()
    };
    let field = match scan {
        ScanType::Scanning => None,
        ScanType::Fixed | ScanType::Steerable | ScanType::Unspecified => {
            status.field_of_view.as_ref().map(|area| one(area, FIELD)).transpose()?
        }
    };
    Ok(View {
        turned: scan == ScanType::Steerable && field.is_some(),
        field,
        seen: many("coverage", &status.coverage)?,
        hidden: many("obscuration", &status.obscuration)?,
    })
}

/// True when two views differ by more than a mount trembles.
pub(super) fn differ(a: &View, b: &View) -> bool {
    let (Some(Area::Cone(before)), Some(Area::Cone(after))) = (&a.field, &b.field) else {
        return a != b;
    };
    let half_turn = 1_800;
    let turn = (before.azimuth_ddeg - after.azimuth_ddeg + half_turn).rem_euclid(2 * half_turn);
    let near = |a: i32, b: i32| (a - b).abs() < limits::VIEW_STEP_DDEG;
    let elevations = match (before.elevation_ddeg, after.elevation_ddeg) {
        (Some(a), Some(b)) => near(a.0, b.0) && near(a.1, b.1),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    let ranges = match (before.range_m, after.range_m) {
        (Some(a), Some(b)) => a.abs_diff(b) < limits::VIEW_STEP_M,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    let field =
        near(turn, half_turn) && near(before.width_ddeg, after.width_ddeg) && elevations && ranges;
    !field || (a.turned, &a.seen, &a.hidden) != (b.turned, &b.seen, &b.hidden)
}

fn read_area(
    area: &LocationOrRangeBearing,
    field: &str,
    surroundings: Surroundings<'_>,
) -> Result<Area, Refusal> {
    match &area.fov {
        Some(place::Area::RangeBearing(cone)) => {
            cone_of(cone, &format!("{field}.range_bearing")).map(Area::Cone)
        }
        Some(place::Area::LocationList(ring)) => {
            ring_of(ring, &format!("{field}.location_list"), surroundings).map(Area::Ring)
        }
        None => Err(Refusal::new(format!("{field}.fov"), "mandatory, but missing")),
    }
}

/// The extents are degrees whatever the units of azimuth and elevation, as the standard has it.
fn cone_of(cone: &RangeBearingCone, field: &str) -> Result<Cone, Refusal> {
    if let Some(reason) = why_no_true_north(cone.datum()) {
        return Err(Refusal::new(format!("{field}.datum"), reason));
    }
    let (degrees, metres) = match cone.coordinate_system() {
        RangeBearingCoordinateSystem::DegreesM | RangeBearingCoordinateSystem::Unspecified => {
            (1.0, 1.0)
        }
        RangeBearingCoordinateSystem::RadiansM => (1_f64.to_degrees(), 1.0),
        RangeBearingCoordinateSystem::DegreesKm => (1.0, 1_000.0),
        RangeBearingCoordinateSystem::RadiansKm => (1_f64.to_degrees(), 1_000.0),
    };
    let needed = |name: &str| {
        let reason = "needed: without it nobody knows where that is";
        Refusal::new(format!("{field}.{name}"), reason)
    };
    let width_deg = cone.horizontal_extent.ok_or_else(|| needed("horizontal_extent"))?;
    let all_round = width_deg >= WHOLE_TURN_DEG;
    let azimuth = cone.azimuth.or(all_round.then_some(0.0)).ok_or_else(|| needed("azimuth"))?;
    let elevation_ddeg = cone.elevation.zip(cone.vertical_extent).map(|(middle, extent)| {
        let (middle_deg, half_deg) = (middle * degrees, extent.min(WHOLE_TURN_DEG) / 2.0);
        (ddeg(middle_deg - half_deg), ddeg(middle_deg + half_deg))
    });
    Ok(Cone {
        azimuth_ddeg: ddeg((azimuth * degrees).rem_euclid(WHOLE_TURN_DEG)),
        width_ddeg: ddeg(width_deg.min(WHOLE_TURN_DEG)),
        elevation_ddeg,
        range_m: cone.range.map(|range| whole_m(range * metres)),
    })
}

fn ring_of(
    ring: &LocationList,
    field: &str,
    surroundings: Surroundings<'_>,
) -> Result<Vec<Corner>, Refusal> {
    let corners = ring.locations.len();
    if !limits::VIEW_CORNERS.contains(&corners) {
        let (least, most) = (limits::VIEW_CORNERS.start(), limits::VIEW_CORNERS.end());
        let reason = format!("must have {least} to {most} corners, got {corners}");
        return Err(Refusal::new(field, reason));
    }
    let corner = |(at, location)| {
        let path = format!("{field}.locations[{at}]");
        let place = reported(location, &path, surroundings)?;
        let place = Wgs84::new(place.lon_deg, place.lat_deg);
        place.map(Corner::at).map_err(|fault| Refusal::new(path, fault.to_string()))
    };
    ring.locations.iter().enumerate().map(corner).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "the rules of the message bound all angles")]
fn ddeg(degrees: f64) -> i32 {
    (degrees * DDEG_PER_DEG).round() as i32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative by the rules of the message, and a float that is too large becomes the largest"
)]
fn whole_m(metres: f64) -> u32 {
    metres.round() as u32
}
