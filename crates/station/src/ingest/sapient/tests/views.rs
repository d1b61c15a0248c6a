//! Where sensors say that they look, and power.

use sight::coverage::View;
use sight::coverage::view::{Area, Cone, Corner};
use sight::sector::SensorId;
use watch::detection::ViewReport;
use watch::journal::Input;
use wire::sapient::Content;
use wire::sapient::place::{
    self, LocationList, LocationOrRangeBearing, RangeBearingCone, RangeBearingCoordinateSystem,
    RangeBearingDatum,
};
use wire::sapient::registration::ScanType;
use wire::sapient::status::{
    Info, Power, PowerSource, PowerStatus, StatusLevel, StatusReport, StatusType,
};

use super::super::{Session, Step};
use super::messages::*;

fn ready_to(scan: ScanType) -> Session {
    let mut session = session();
    let mut registration = registration();
    registration.mode_definition[0].scan_type = Some(scan.into());
    say(&mut session, TOWER, Content::Registration(registration));
    say(&mut session, TOWER, Content::StatusReport(status()));
    session
}

fn cone(azimuth: f64, extent: f64) -> RangeBearingCone {
    RangeBearingCone {
        azimuth: Some(azimuth),
        horizontal_extent: Some(extent),
        coordinate_system: Some(RangeBearingCoordinateSystem::DegreesM.into()),
        datum: Some(RangeBearingDatum::True.into()),
        ..RangeBearingCone::default()
    }
}

fn area(cone: RangeBearingCone) -> LocationOrRangeBearing {
    LocationOrRangeBearing { fov: Some(place::Area::RangeBearing(cone)) }
}

fn looking(cone: RangeBearingCone) -> StatusReport {
    StatusReport { field_of_view: Some(area(cone)), ..status() }
}

fn heard(session: &mut Session, status: StatusReport) -> Step {
    say(session, TOWER, Content::StatusReport(status))
}

fn viewed(step: &Step) -> Option<&View> {
    step.inputs.iter().find_map(|input| {
        let Input::Viewed(ViewReport { sensor, view }) = input else { return None };
        assert_eq!(*sensor, SensorId("tower-1".into()));
        Some(view)
    })
}

fn core_cone(azimuth_ddeg: i32, width_ddeg: i32) -> Cone {
    Cone { azimuth_ddeg, width_ddeg, elevation_ddeg: None, range_m: None }
}

#[test]
fn the_way_a_node_scans_says_what_its_field_of_view_means() {
    for (scan, field, turned) in [
        (ScanType::Steerable, true, true),
        (ScanType::Fixed, true, false),
        (ScanType::Unspecified, true, false),
        (ScanType::Scanning, false, false),
    ] {
        let step = heard(&mut ready_to(scan), looking(cone(-90.0, 12.5)));

        let field = field.then_some(Area::Cone(core_cone(2_700, 125)));
        let expected = View { field, turned, ..View::default() };
        assert_eq!(viewed(&step), Some(&expected).filter(|view| !view.is_plain()), "{scan:?}");
    }
}

#[test]
fn angles_and_ranges_come_in_any_unit_and_rings_in_any_coordinates() {
    let radians = RangeBearingCone {
        azimuth: Some(std::f64::consts::PI),
        elevation: Some(-0.1),
        vertical_extent: Some(4.0),
        range: Some(1.25),
        coordinate_system: Some(RangeBearingCoordinateSystem::RadiansKm.into()),
        ..cone(0.0, 30.0)
    };
    let corners = [(41.0, 34.4), (41.1, 34.4), (41.1, 34.5)];
    let ring = LocationList {
        locations: corners
            .iter()
            .map(|(x, y)| place::Location { x: Some(*x), y: Some(*y), ..location() })
            .collect(),
    };
    let ring = LocationOrRangeBearing { fov: Some(place::Area::LocationList(ring)) };
    let status = StatusReport { coverage: vec![ring], ..looking(radians) };

    let step = heard(&mut ready_to(ScanType::Fixed), status);

    let corner = |(lon, lat): &(f64, f64)| Corner::at(sight::geo::Wgs84::new(*lon, *lat).unwrap());
    let expected = View {
        field: Some(Area::Cone(Cone {
            elevation_ddeg: Some((-77, -37)),
            range_m: Some(1_250),
            ..core_cone(1_800, 300)
        })),
        seen: vec![Area::Ring(corners.iter().map(corner).collect())],
        ..View::default()
    };
    assert_eq!(viewed(&step), Some(&expected));
}

#[test]
fn a_view_is_journalled_when_it_is_news_and_a_mount_that_trembles_is_none() {
    let mut session = ready_to(ScanType::Steerable);
    assert!(viewed(&heard(&mut session, status())).is_none());
    assert!(viewed(&heard(&mut session, looking(cone(359.8, 10.0)))).is_some());
    assert!(viewed(&heard(&mut session, looking(cone(0.6, 10.0)))).is_none());
    assert!(viewed(&heard(&mut session, looking(cone(0.9, 10.0)))).is_some());

    let unchanged = StatusReport { info: Some(Info::Unchanged.into()), ..status() };
    assert!(viewed(&heard(&mut session, unchanged)).is_none());
    let plain = heard(&mut session, status());
    assert_eq!(viewed(&plain), Some(&View::default()), "new without a view: as planned again");
}

#[test]
fn a_view_that_cannot_be_read_is_refused_and_the_one_before_stays() {
    let ring = |corners: usize| LocationOrRangeBearing {
        fov: Some(place::Area::LocationList(LocationList { locations: vec![location(); corners] })),
    };
    let magnetic =
        RangeBearingCone { datum: Some(RangeBearingDatum::Magnetic.into()), ..cone(1.0, 2.0) };
    for (status, field, reason) in [
        (
            looking(RangeBearingCone { azimuth: None, ..cone(0.0, 10.0) }),
            "status_report.field_of_view.range_bearing.azimuth",
            "needed: without it nobody knows where that is",
        ),
        (
            looking(RangeBearingCone { horizontal_extent: None, ..cone(0.0, 10.0) }),
            "status_report.field_of_view.range_bearing.horizontal_extent",
            "needed: without it nobody knows where that is",
        ),
        (
            StatusReport { coverage: vec![area(cone(0.0, 1.0)), area(magnetic)], ..status() },
            "status_report.coverage[1].range_bearing.datum",
            "must be true north: the station has no model of the magnetic field, got magnetic",
        ),
        (
            StatusReport { obscuration: vec![ring(2)], ..status() },
            "status_report.obscuration[0].location_list",
            "must have 3 to 64 corners, got 2",
        ),
        (
            StatusReport { obscuration: vec![area(cone(0.0, 1.0)); 33], ..status() },
            "status_report.obscuration and coverage",
            "must be at most 32 areas, got 33",
        ),
    ] {
        let mut session = ready_to(ScanType::Fixed);
        heard(&mut session, looking(cone(40.0, 10.0)));

        let step = heard(&mut session, status);

        assert!(matches!(step.inputs[0], Input::Status(_)), "the rest still counts");
        let Input::Rejected(rejected) = &step.inputs[1] else { panic!("{step:?}") };
        assert_eq!((rejected.field.as_str(), rejected.reason.as_str()), (field, reason));
        assert!(viewed(&step).is_none());
        let again = heard(&mut session, looking(cone(40.0, 10.0)));
        assert!(viewed(&again).is_none(), "the view before is still known");
    }
}

#[test]
fn not_detecting_in_some_areas_costs_those_alone_unless_it_is_an_error() {
    let told = |level, obscuration: Vec<_>| StatusReport {
        status: vec![line(StatusType::NotDetecting, level, "sun in the west")],
        obscuration,
        ..status()
    };
    let west = || vec![area(cone(270.0, 20.0))];
    for (level, areas, detecting) in [
        (StatusLevel::WarningStatus, west(), true),
        (StatusLevel::ErrorStatus, west(), false),
        (StatusLevel::WarningStatus, Vec::new(), false),
    ] {
        let step = heard(&mut ready_to(ScanType::Fixed), told(level, areas));

        let Input::Status(status) = &step.inputs[0] else { panic!("{step:?}") };
        assert_eq!(status.detecting, detecting, "{level:?}");
        assert_eq!(status.note, "not detecting (sun in the west)");
    }
}

#[test]
fn a_broken_mount_that_does_not_say_where_it_looks_counts_for_nothing() {
    let broken = |fov: Option<LocationOrRangeBearing>| StatusReport {
        status: vec![line(StatusType::PtzStatus, StatusLevel::ErrorStatus, "pan motor")],
        field_of_view: fov,
        ..status()
    };
    for (fov, detecting) in [(None, false), (Some(area(cone(10.0, 10.0))), true)] {
        let step = heard(&mut ready_to(ScanType::Steerable), broken(fov));

        let Input::Status(status) = &step.inputs[0] else { panic!("{step:?}") };
        assert_eq!(status.detecting, detecting);
        assert_eq!(status.note, "pan, tilt and zoom (pan motor)");
    }
}

#[test]
fn power_stands_in_the_note_when_people_should_know() {
    let power = |source: PowerSource, status: PowerStatus, level| Power {
        level,
        source: source.into(),
        status: status.into(),
    };
    for (power, note) in [
        (power(PowerSource::Mains, PowerStatus::Ok, Some(100)), ""),
        (power(PowerSource::Mains, PowerStatus::Fault, None), "power fault"),
        (power(PowerSource::InternalBattery, PowerStatus::Ok, None), "on battery"),
        (
            power(PowerSource::ExternalBattery, PowerStatus::Ok, Some(71)),
            "on battery, 80 % or less",
        ),
        (power(PowerSource::SolarPv, PowerStatus::Ok, Some(20)), "battery low, 20 % or less"),
        (
            power(PowerSource::InternalBattery, PowerStatus::Fault, Some(3)),
            "power fault; battery low, 10 % or less",
        ),
    ] {
        let status = StatusReport { power: Some(power), ..status() };

        let step = heard(&mut ready_to(ScanType::Fixed), status);

        let Input::Status(status) = &step.inputs[0] else { panic!("{step:?}") };
        assert_eq!((status.detecting, status.note.as_str()), (true, note));
    }
}

#[test]
fn unchanged_repeats_a_warning_once_however_often_it_comes() {
    let mut session = ready_to(ScanType::Fixed);
    let warned = StatusReport {
        system: Some(wire::sapient::status::System::Warning.into()),
        status: vec![line(StatusType::Clutter, StatusLevel::WarningStatus, "rain")],
        ..status()
    };
    heard(&mut session, warned.clone());
    let unchanged =
        StatusReport { info: Some(Info::Unchanged.into()), status: Vec::new(), ..warned };
    for _ in 0..3 {
        let step = heard(&mut session, unchanged.clone());

        let Input::Status(status) = &step.inputs[0] else { panic!("{step:?}") };
        assert_eq!(status.note, "warning: clutter (rain)");
    }
}
