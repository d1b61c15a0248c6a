//! Status and detection reports.

use super::super::tests::{NODE, ULID, detection, status};
use super::{BLANK, MISSING, NO_CHOICE, NO_ULID, NO_UUID, Row, cone, hold, text, x};
use crate::sapient::Content;
use crate::sapient::detection::{
    Behaviour, Classification, DerivedDetection, DetectionReport, Position, PredictedLocation,
    Signal, SubClass, TrackObjectInfo, Velocity,
};
use crate::sapient::link::{AssociatedDetection, AssociatedFile};
use crate::sapient::place::{
    Area, EnuVelocity, LocationList, LocationOrRangeBearing, RangeBearing,
};
use crate::sapient::status::{Power, Status, StatusReport};

const STATUS_REPORTS: &[Row<StatusReport>] = &[
    (|m| m.report_id = None, "status_report.report_id", MISSING),
    (|m| m.report_id = x(), "status_report.report_id", NO_ULID),
    (|m| m.system = None, "status_report.system", MISSING),
    // 4 is reserved.
    (
        |m| m.system = Some(4),
        "status_report.system",
        "must be one of the numbers of its enumeration, got 4",
    ),
    (|m| m.info = Some(99), "status_report.info", NO_CHOICE),
    (|m| m.active_task_id = x(), "status_report.active_task_id", NO_ULID),
    (|m| m.mode = text(" "), "status_report.mode", BLANK),
    (
        |m| m.power = Some(Power { source: 99, ..Power::default() }),
        "status_report.power.source",
        NO_CHOICE,
    ),
    (
        |m| m.power = Some(Power { status: 99, ..Power::default() }),
        "status_report.power.status",
        NO_CHOICE,
    ),
    (
        |m| m.field_of_view = Some(LocationOrRangeBearing::default()),
        "status_report.field_of_view.fov",
        MISSING,
    ),
    (
        |m| m.field_of_view = Some(cone(|cone| cone.azimuth = Some(361.0))),
        "status_report.field_of_view.range_bearing.azimuth",
        "must be -360 to 360, got 361",
    ),
    (
        |m| m.obscuration = vec![cone(|_| {}), cone(|cone| cone.elevation = Some(91.0))],
        "status_report.obscuration[1].range_bearing.elevation",
        "must be -90 to 90, got 91",
    ),
    (
        |m| m.coverage = vec![cone(|cone| cone.datum = None)],
        "status_report.coverage[0].range_bearing.datum",
        MISSING,
    ),
    (
        |m| {
            let list = LocationList { locations: vec![] };
            m.coverage = vec![LocationOrRangeBearing { fov: Some(Area::LocationList(list)) }];
        },
        "status_report.coverage[0].location_list.locations",
        MISSING,
    ),
    (
        |m| {
            m.status =
                vec![Status { status_level: Some(1), status_type: Some(4), status_value: None }];
        },
        "status_report.status[0].status_level",
        "must be one of the numbers of its enumeration, got 1",
    ),
];

#[test]
fn status_reports() {
    hold(&status(), Content::StatusReport, STATUS_REPORTS);
}

#[expect(clippy::unnecessary_wraps, reason = "it fills optional fields")]
fn polar(azimuth: f64, system: i32) -> Option<Position> {
    Some(Position::RangeBearing(RangeBearing {
        azimuth: Some(azimuth),
        coordinate_system: Some(system),
        datum: Some(1),
        ..RangeBearing::default()
    }))
}

const DETECTION_REPORTS: &[Row<DetectionReport>] = &[
    (|m| m.report_id = None, "detection_report.report_id", MISSING),
    (|m| m.object_id = x(), "detection_report.object_id", NO_ULID),
    (|m| m.task_id = x(), "detection_report.task_id", NO_ULID),
    (|m| m.location = None, "detection_report.location", MISSING),
    (
        |m| m.location = polar(-361.0, 1),
        "detection_report.range_bearing.azimuth",
        "must be -360 to 360, got -361",
    ),
    (
        |m| m.location = polar(1e308, 1),
        "detection_report.range_bearing.azimuth",
        "must be -360 to 360, got 1e308",
    ),
    (
        |m| m.location = polar(f64::NAN, 1),
        "detection_report.range_bearing.azimuth",
        "must be -360 to 360, got NaN",
    ),
    (
        |m| m.location = polar(0.0, 5),
        "detection_report.range_bearing.coordinate_system",
        "must be one of the numbers of its enumeration, got 5",
    ),
    (
        |m| m.detection_confidence = Some(1.5),
        "detection_report.detection_confidence",
        "must be 0 to 1, got 1.5",
    ),
    (
        |m| m.track_info = vec![TrackObjectInfo { kind: x(), value: None, error: None }],
        "detection_report.track_info[0].value",
        MISSING,
    ),
    (
        |m| m.object_info = vec![TrackObjectInfo { kind: text(""), value: x(), error: None }],
        "detection_report.object_info[0].type",
        BLANK,
    ),
    (
        |m| m.prediction_location = Some(PredictedLocation::default()),
        "detection_report.prediction_location.predicted_location",
        MISSING,
    ),
    (
        |m| m.classification = vec![Classification::default()],
        "detection_report.classification[0].type",
        MISSING,
    ),
    (
        |m| {
            let sub_class = vec![SubClass { kind: x(), ..SubClass::default() }];
            m.classification = vec![Classification { kind: x(), sub_class, confidence: None }];
        },
        "detection_report.classification[0].sub_class[0].level",
        MISSING,
    ),
    (
        |m| m.behaviour = vec![Behaviour { kind: x(), confidence: Some(-0.5) }],
        "detection_report.behaviour[0].confidence",
        "must be 0 to 1, got -0.5",
    ),
    (
        |m| m.associated_file = vec![AssociatedFile { kind: x(), url: None }],
        "detection_report.associated_file[0].url",
        MISSING,
    ),
    (
        |m| m.signal = vec![Signal { amplitude: Some(0.0), ..Signal::default() }],
        "detection_report.signal[0].centre_frequency",
        MISSING,
    ),
    (
        |m| {
            m.associated_detection = vec![AssociatedDetection {
                node_id: x(),
                object_id: text(ULID),
                ..AssociatedDetection::default()
            }];
        },
        "detection_report.associated_detection[0].node_id",
        NO_UUID,
    ),
    (
        |m| {
            m.derived_detection =
                vec![DerivedDetection { node_id: text(NODE), ..DerivedDetection::default() }];
        },
        "detection_report.derived_detection[0].object_id",
        MISSING,
    ),
    (
        |m| {
            m.velocity =
                Some(Velocity::Enu(EnuVelocity { east_rate: Some(0.0), ..EnuVelocity::default() }));
        },
        "detection_report.enu_velocity.north_rate",
        MISSING,
    ),
];

#[test]
fn detection_reports() {
    hold(&detection(), Content::DetectionReport, DETECTION_REPORTS);
}
