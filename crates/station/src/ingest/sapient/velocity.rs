//! How fast a radar says that an object moves away from it.
//!
//! The standard has room for a velocity east, north and up only. A radar measures the part of it that
//! points away; the rest it has made up from its own track, which the station makes better itself. So
//! only the part along the bearing is taken over.

use watch::detection::ReportedPosition;
use wire::sapient::detection::Velocity;
use wire::sapient::place::{EnuVelocity, SpeedUnits};
use wire::sapient::registration::{Registration, VelocityUnits};

use super::{Refusal, limits};

/// Metres a second of one unit of a node's velocities; `None` when it announced none.
pub(super) fn unit_mps(registration: &Registration) -> Option<f64> {
    let mut detections =
        registration.mode_definition.iter().flat_map(|mode| &mode.detection_definition);
    detections.find_map(|detection| {
        let VelocityUnits::Enu(units) =
            detection.velocity_type.as_ref()?.velocity_units.as_ref()?;
        match units.east_north_rate_units() {
            SpeedUnits::Ms => Some(1.0),
            SpeedUnits::Kph => Some(1.0 / 3.6),
            SpeedUnits::Unspecified => None,
        }
    })
}

/// The position with the speed away, where both a range and a velocity are given.
pub(super) fn with_radial(
    position: ReportedPosition,
    velocity: Option<&Velocity>,
    unit_mps: Option<f64>,
) -> Result<ReportedPosition, Refusal> {
    let (Some(Velocity::Enu(velocity)), Some(unit_mps)) = (velocity, unit_mps) else {
        return Ok(position);
    };
    let ReportedPosition::Polar {
        azimuth_deg,
        azimuth_sigma_deg,
        elevation_deg,
        elevation_sigma_deg,
        range_m: Some(range_m),
        range_sigma_m,
    } = position
    else {
        return Ok(position);
    };
    let (radial, sigma) = along(velocity, azimuth_deg);
    let radial_mps = radial * unit_mps;
    if radial_mps.abs() > limits::RADIAL_MAX_MPS {
        let reason = format!(
            "must not exceed {} m/s away from the node or towards it, got {radial_mps:.1} m/s",
            limits::RADIAL_MAX_MPS
        );
        return Err(Refusal::new("detection_report.enu_velocity", reason));
    }
    Ok(ReportedPosition::Doppler {
        azimuth_deg,
        azimuth_sigma_deg,
        elevation_deg,
        elevation_sigma_deg,
        range_m,
        range_sigma_m,
        radial_mps,
        radial_sigma_mps: sigma.map(|sigma| sigma * unit_mps),
    })
}

/// The part of a velocity that points along a bearing, and its error where both are given.
fn along(velocity: &EnuVelocity, azimuth_deg: f64) -> (f64, Option<f64>) {
    let (sin, cos) = azimuth_deg.to_radians().sin_cos();
    let radial = velocity.east_rate() * sin + velocity.north_rate() * cos;
    let sigma = velocity
        .east_rate_error
        .zip(velocity.north_rate_error)
        .map(|(east, north)| (east * sin).hypot(north * cos));
    (radial, sigma.filter(|sigma| *sigma > 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polar(range_m: Option<f64>) -> ReportedPosition {
        ReportedPosition::Polar {
            azimuth_deg: 30.0,
            azimuth_sigma_deg: Some(0.5),
            elevation_deg: None,
            elevation_sigma_deg: None,
            range_m,
            range_sigma_m: Some(10.0),
        }
    }

    fn velocity(east: f64, north: f64) -> Velocity {
        Velocity::Enu(EnuVelocity {
            east_rate: Some(east),
            north_rate: Some(north),
            east_rate_error: Some(0.3),
            north_rate_error: Some(0.3),
            ..EnuVelocity::default()
        })
    }

    #[test]
    fn a_radar_s_velocity_is_kept_as_the_speed_away_from_it() {
        // 36 km/h towards 30 degrees is all away; the same to the side is none.
        for (east, north, expected_mps) in
            [(18.0, 31.176_914_536, 10.0), (31.176_914_536, -18.0, 0.0)]
        {
            let moving = velocity(east, north);
            let got = with_radial(polar(Some(900.0)), Some(&moving), Some(1.0 / 3.6)).unwrap();
            let ReportedPosition::Doppler { radial_mps, radial_sigma_mps, range_m, .. } = got
            else {
                panic!("{got:?}")
            };
            assert!((radial_mps - expected_mps).abs() < 1e-6, "{radial_mps}");
            assert!((radial_sigma_mps.unwrap() - 0.3 / 3.6).abs() < 1e-9);
            assert!((range_m - 900.0).abs() < 1e-9);
        }
    }

    #[test]
    fn without_a_range_or_a_unit_a_velocity_says_nothing() {
        let moving = velocity(1.0, 1.0);

        assert_eq!(with_radial(polar(None), Some(&moving), Some(1.0)).unwrap(), polar(None));
        let ranged = polar(Some(900.0));
        assert_eq!(with_radial(ranged, Some(&moving), None).unwrap(), ranged);
        assert_eq!(with_radial(ranged, None, Some(1.0)).unwrap(), ranged);
    }

    #[test]
    fn a_speed_that_nothing_here_has_is_named_with_its_field() {
        let refusal =
            with_radial(polar(Some(900.0)), Some(&velocity(0.0, 900.0)), Some(1.0)).unwrap_err();

        assert_eq!(refusal.field, "detection_report.enu_velocity");
        assert!(refusal.reason.contains("779.4 m/s"), "{}", refusal.reason);
    }
}
