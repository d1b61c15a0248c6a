//! Places and bearings of every kind.

use watch::detection::{Class, DetectionReport as Reported, ReportedPosition};
use watch::journal::Input;
use wire::sapient::Content;
use wire::sapient::detection::{DetectionReport, Position, Velocity};
use wire::sapient::place::{
    EnuVelocity, EnuVelocityUnits, Location, LocationCoordinateSystem, LocationDatum, RangeBearing,
    RangeBearingCoordinateSystem, RangeBearingDatum, SpeedUnits,
};
use wire::sapient::registration::{
    Coordinates, Datum, DetectionDefinition, LocationType, VelocityDatum, VelocityType,
    VelocityUnits,
};

use super::super::Step;
use super::messages::*;

fn detect(change: impl FnOnce(&mut DetectionReport)) -> Step {
    let mut message = detection(Position::Location(location()));
    change(&mut message);
    say(&mut ready(TOWER), TOWER, Content::DetectionReport(message))
}

fn detected(step: &Step) -> &Reported {
    let Input::Detected(reported) = only(step) else { panic!("no detection: {step:?}") };
    reported
}

fn at(change: impl FnOnce(&mut Location)) -> Step {
    let mut place = location();
    change(&mut place);
    detect(|message| message.location = Some(Position::Location(place)))
}

fn seen(change: impl FnOnce(&mut RangeBearing)) -> Step {
    let mut polar = bearing();
    change(&mut polar);
    detect(|message| message.location = Some(Position::RangeBearing(polar)))
}

#[test]
fn a_detection_at_a_place_is_taken_over() {
    let step = detect(|message| message.report_id = Some(ULID.to_lowercase()));

    let got = detected(&step);
    assert_eq!(got.source, tower());
    assert_eq!((got.report_id.as_str(), got.object_id.as_str()), (ULID, ULID), "ids in capitals");
    assert_eq!(got.confidence, Some(0.75));
    assert_eq!(got.classes, [(Class::Person, 0.5)]);
    assert!(
        matches!(got.position, ReportedPosition::Place(place) if (place.lon_deg, place.lat_deg) == (41.1, 34.5))
    );
    assert!(step.replies.is_empty(), "detections are not answered");
}

#[test]
fn numbers_that_are_none_and_numbers_without_end_are_refused_by_their_field() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e308, -1e308] {
        for (field, step) in [
            ("location.x", at(|place| place.x = Some(number))),
            ("location.y", at(|place| place.y = Some(number))),
            ("location.x_error", at(|place| place.x_error = Some(number))),
            ("range_bearing.azimuth", seen(|polar| polar.azimuth = Some(number))),
            ("range_bearing.range", seen(|polar| polar.range = Some(number))),
            ("range_bearing.azimuth_error", seen(|polar| polar.azimuth_error = Some(number))),
        ] {
            let (told, reason, _) = rejection(&step);
            assert_eq!(told, format!("detection_report.{field}"), "{number}: {reason}");
        }
    }
}

/// Standard deviations east and north of a place with these errors.
fn sigmas(
    x_error: f64,
    y_error: f64,
    change: impl FnOnce(&mut Location),
) -> (Option<f64>, Option<f64>) {
    let step = at(|place| {
        place.x_error = Some(x_error);
        place.y_error = Some(y_error);
        change(place);
    });
    let ReportedPosition::Place(place) = detected(&step).position else { panic!() };
    (place.east_sigma_m, place.north_sigma_m)
}

#[test]
fn errors_in_degrees_become_metres_along_the_axes() {
    let (east_m, north_m) = sigmas(0.0001, 0.0001, |_| {});

    assert!((east_m.unwrap() - 9.18).abs() < 0.01, "{east_m:?}");
    assert!((north_m.unwrap() - 11.09).abs() < 0.01, "{north_m:?}");
}

#[test]
fn errors_in_metres_beside_degrees_are_told_by_their_size() {
    assert_eq!(sigmas(30.0, 0.5, |_| {}), (Some(30.0), Some(0.5)));
    let radians = |place: &mut Location| {
        place.x = Some(41.1_f64.to_radians());
        place.y = Some(34.5_f64.to_radians());
        place.coordinate_system = Some(LocationCoordinateSystem::LatLngRadM.into());
    };
    assert_eq!(sigmas(30.0, 0.5, radians), (Some(30.0), Some(0.5)));
}

#[test]
fn an_error_of_zero_says_nothing_and_one_beyond_reason_is_refused() {
    assert_eq!(sigmas(0.0, 0.0, |_| {}), (None, None));

    let (field, reason, _) = rejection(&at(|place| place.x_error = Some(30_000.0)));
    assert_eq!(field, "detection_report.location.x_error");
    assert_eq!(reason, "must be below 20000 m, got 30000 m");
}

/// A place 310 m up, give or take 12 m, changed.
fn high(datum: LocationDatum, change: impl FnOnce(&mut Location)) -> Step {
    at(|place| {
        place.datum = Some(datum.into());
        (place.z, place.z_error) = (Some(310.0), Some(12.0));
        change(place);
    })
}

#[test]
fn a_height_above_sea_is_kept_with_its_error_and_one_above_the_ellipsoid_is_not() {
    let heights = |step: &Step| {
        let ReportedPosition::Place(place) = detected(step).position else { panic!() };
        (place.height_m, place.height_sigma_m)
    };

    assert_eq!(heights(&high(LocationDatum::Wgs84G, |_| {})), (Some(310.0), Some(12.0)));
    let untold = high(LocationDatum::Wgs84G, |place| place.z_error = Some(0.0));
    assert_eq!(heights(&untold), (Some(310.0), None));
    assert_eq!(heights(&high(LocationDatum::Wgs84E, |_| {})), (None, None));
}

#[test]
fn a_height_that_cannot_be_is_refused_and_the_place_is_kept() {
    type Slip = fn(&mut Location);
    let slips: [(Slip, &str, &str); 2] = [
        (|place| place.z = Some(31_000.0), "z", "-500..=20000 m above sea, got 31000 m"),
        (|place| place.z_error = Some(9_000.0), "z_error", "at most 5000 m, got 9000 m"),
    ];
    for (slip, field, reason) in slips {
        let step = high(LocationDatum::Wgs84G, slip);

        let kept = step.inputs.iter().any(|input| {
            matches!(input, Input::Detected(report)
                if matches!(report.position, ReportedPosition::Place(place) if place.height_m.is_none()))
        });
        assert!(kept, "{step:?}");
        let refused = step.inputs.iter().any(|input| {
            matches!(input, Input::Rejected(refused)
                if refused.field == format!("detection_report.location.{field}")
                    && refused.reason.contains(reason))
        });
        assert!(refused, "{step:?}");
    }
}

#[test]
fn radians_and_utm_tell_the_same_place() {
    let radians = at(|place| {
        place.x = Some(41.1_f64.to_radians());
        place.y = Some(34.5_f64.to_radians());
        place.coordinate_system = Some(LocationCoordinateSystem::LatLngRadM.into());
    });
    // pyproj 3.7: EPSG:4326 (41.1, 34.5) is EPSG:32637.
    let utm = at(|place| {
        place.x = Some(692_802.413_593_763);
        place.y = Some(3_819_599.058_559_646);
        place.coordinate_system = Some(LocationCoordinateSystem::UtmM.into());
        place.utm_zone = Some("37N".into());
    });

    for step in [radians, utm] {
        let ReportedPosition::Place(place) = detected(&step).position else { panic!() };
        assert!(
            (place.lon_deg - 41.1).abs() < 1e-7 && (place.lat_deg - 34.5).abs() < 1e-7,
            "{place:?}"
        );
    }
}

#[test]
fn utm_without_a_zone_is_refused_clearly() {
    let (field, reason, _) = rejection(&at(|place| {
        place.coordinate_system = Some(LocationCoordinateSystem::UtmM.into());
    }));

    assert_eq!(field, "detection_report.location.utm_zone");
    assert_eq!(reason, "needed, as the registration announced no zone");
}

#[test]
fn bearings_are_degrees_and_metres_whatever_they_came_in() {
    for (system, azimuth, elevation, range) in [
        (RangeBearingCoordinateSystem::DegreesM, 270.0, -2.0, 1_500.0),
        (RangeBearingCoordinateSystem::DegreesKm, -90.0, -2.0, 1.5),
        (
            RangeBearingCoordinateSystem::RadiansM,
            270_f64.to_radians(),
            -2_f64.to_radians(),
            1_500.0,
        ),
        (RangeBearingCoordinateSystem::RadiansKm, -90_f64.to_radians(), -2_f64.to_radians(), 1.5),
    ] {
        let step = seen(|polar| {
            polar.coordinate_system = Some(system.into());
            polar.azimuth = Some(azimuth);
            polar.elevation = Some(elevation);
            polar.range = Some(range);
        });

        let ReportedPosition::Polar {
            azimuth_deg, elevation_deg, range_m, azimuth_sigma_deg, ..
        } = detected(&step).position
        else {
            panic!()
        };
        assert!((azimuth_deg - 270.0).abs() < 1e-9, "{system:?}");
        assert!((elevation_deg.unwrap() + 2.0).abs() < 1e-9, "{system:?}");
        assert!((range_m.unwrap() - 1_500.0).abs() < 1e-9, "{system:?}");
        assert_eq!(azimuth_sigma_deg, None);
    }
}

#[test]
fn bearings_that_are_not_from_true_north_are_refused_clearly() {
    for (datum, word) in [
        (RangeBearingDatum::Magnetic, "magnetic"),
        (RangeBearingDatum::Grid, "grid"),
        (RangeBearingDatum::Platform, "platform"),
    ] {
        let (field, reason, told) = rejection(&seen(|polar| polar.datum = Some(datum.into())));

        assert_eq!(field, "detection_report.range_bearing.datum");
        assert!(reason.starts_with("must be true north: ") && reason.ends_with(word), "{reason}");
        assert_eq!(told.len(), 1);
    }
}

#[test]
fn a_range_without_a_bearing_places_nothing() {
    let (field, _, _) = rejection(&seen(|polar| {
        polar.azimuth = None;
        polar.range = Some(900.0);
    }));

    assert_eq!(field, "detection_report.range_bearing.azimuth");
}

#[test]
fn an_object_reported_lost_is_not_seen() {
    let mut session = ready(TOWER);
    let lost = DetectionReport {
        state: Some("Object lost".into()),
        ..detection(Position::Location(location()))
    };

    let step = say(&mut session, TOWER, Content::DetectionReport(lost));

    assert_eq!(step, Step::default());
    assert_eq!(session.counts().ignored, 1);
}

#[test]
fn a_velocity_in_announced_units_beside_a_range_becomes_a_radial_speed() {
    let mut introduced = registration();
    let polar = LocationType {
        coordinates: Some(Coordinates::RangeBearingUnits(
            RangeBearingCoordinateSystem::DegreesM.into(),
        )),
        datum: Some(Datum::RangeBearingDatum(RangeBearingDatum::True.into())),
        zone: None,
    };
    introduced.mode_definition[0].detection_definition = vec![DetectionDefinition {
        location_type: Some(polar),
        velocity_type: Some(VelocityType {
            velocity_units: Some(VelocityUnits::Enu(EnuVelocityUnits {
                east_north_rate_units: Some(SpeedUnits::Ms.into()),
                up_rate_units: None,
            })),
            datum: Some(VelocityDatum::RangeBearingDatum(RangeBearingDatum::True.into())),
            zone: None,
        }),
        ..DetectionDefinition::default()
    }];
    let mut session = session();
    say(&mut session, TOWER, Content::Registration(introduced));
    say(&mut session, TOWER, Content::StatusReport(status()));
    let mut polar = bearing();
    polar.range = Some(1_200.0);
    let mut message = detection(Position::RangeBearing(polar));
    let velocity = |east_rate| {
        Some(Velocity::Enu(EnuVelocity {
            east_rate: Some(east_rate),
            north_rate: Some(0.5),
            ..EnuVelocity::default()
        }))
    };
    message.velocity = velocity(-2.0);
    let step = say(&mut session, TOWER, Content::DetectionReport(message.clone()));
    message.velocity = velocity(-900.0);
    message.report_id = Some(fresh_ulid());
    let absurd = say(&mut session, TOWER, Content::DetectionReport(message));

    let ReportedPosition::Doppler { radial_mps, range_m, .. } = detected(&step).position else {
        panic!("{step:?}")
    };
    // It looks west: two metres a second to the west is away.
    assert!((radial_mps - 2.0).abs() < 1e-9 && (range_m - 1_200.0).abs() < 1e-9);
    let kept = absurd.inputs.iter().any(|input| {
        matches!(input, Input::Detected(report) if matches!(report.position, ReportedPosition::Polar { .. }))
    });
    assert!(kept, "an absurd velocity loses nothing else: {absurd:?}");
    assert!(absurd.inputs.iter().any(|input| matches!(input, Input::Rejected(_))));
}
