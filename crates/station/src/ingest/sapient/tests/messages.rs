//! Nodes of a small sector, and right messages from them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use sight::geo::{LocalFrame, Wgs84};
use sight::sector::{SensorId, UnitId};
use watch::detection::Source;
use watch::journal::Input;
use wire::sapient::detection::{Classification, DetectionReport, Position};
use wire::sapient::place::{
    Location, LocationCoordinateSystem, LocationDatum, RangeBearing, RangeBearingCoordinateSystem,
    RangeBearingDatum,
};
use wire::sapient::registration::{
    Capability, ConfigurationData, Coordinates, Datum, Duration, LocationType, ModeDefinition,
    ModeType, NodeDefinition, NodeType, RegionDefinition, Registration, StatusDefinition,
    TaskDefinition, TimeUnits,
};
use wire::sapient::status::{Info, Status, StatusLevel, StatusReport, StatusType, System};
use wire::sapient::{Content, ICD_VERSION, SapientMessage, encode_frame};

use super::super::{Directory, Session, Step};

pub(super) const TOWER: &str = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
pub(super) const PATROL: &str = "0d2c3d5a-5b1e-4a53-9c60-7d2f1b6a9e10";
pub(super) const STRANGER: &str = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
pub(super) const ULID: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

pub(super) fn now() -> Timestamp {
    "2026-11-20T19:00:00Z".parse().unwrap()
}

pub(super) fn after(seconds: f64) -> Timestamp {
    now() + jiff::SignedDuration::from_secs_f64(seconds)
}

pub(super) fn tower() -> Source {
    Source::Sensor(SensorId("tower-1".into()))
}

pub(super) fn patrol() -> Source {
    Source::Unit(UnitId("patrol-1".into()))
}

pub(super) fn directory() -> Arc<Directory> {
    let frame = LocalFrame::at(Wgs84::new(41.0, 34.4).unwrap());
    Arc::new(Directory::new("test", frame, [(TOWER, tower()), (PATROL, patrol())]))
}

pub(super) fn session() -> Session {
    Session::new(directory(), now())
}

/// A session whose node has registered and sent its first status.
pub(super) fn ready(node_id: &str) -> Session {
    let mut session = session();
    say(&mut session, node_id, Content::Registration(registration()));
    say(&mut session, node_id, Content::StatusReport(status()));
    session
}

pub(super) fn envelope(node_id: &str, content: Content) -> SapientMessage {
    SapientMessage {
        timestamp: Some(now().into()),
        node_id: Some(node_id.into()),
        content: Some(content),
        ..Default::default()
    }
}

/// An id that no other report has.
pub(super) fn fresh_ulid() -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    wire::sapient::ids::ulid(0, u128::from(LAST.fetch_add(1, Ordering::Relaxed)))
}

/// Says something; a status is never the same twice.
pub(super) fn say(session: &mut Session, node_id: &str, mut content: Content) -> Step {
    if let Content::StatusReport(status) = &mut content {
        status.report_id = Some(fresh_ulid());
    }
    let frame = encode_frame(&envelope(node_id, content)).unwrap();
    session.receive(&frame, now())
}

/// The one input of a step.
pub(super) fn only(step: &Step) -> &Input {
    assert_eq!(step.inputs.len(), 1, "{step:?}");
    &step.inputs[0]
}

/// Field and reason of the one rejection of a step, and what its sender is told.
pub(super) fn rejection(step: &Step) -> (String, String, Vec<String>) {
    let Input::Rejected(rejection) = only(step) else { panic!("no rejection: {step:?}") };
    let told = match step.replies.as_slice() {
        [SapientMessage { content: Some(Content::Error(error)), .. }] => {
            error.error_message.clone()
        }
        [SapientMessage { content: Some(Content::RegistrationAck(ack)), .. }] => {
            assert_eq!(ack.acceptance, Some(false));
            ack.ack_response_reason.clone()
        }
        [SapientMessage { content: Some(Content::AlertAck(ack)), .. }] => ack.reason.clone(),
        replies => panic!("not one error: {replies:?}"),
    };
    (rejection.field.clone(), rejection.reason.clone(), told)
}

pub(super) fn seconds(value: f32) -> Duration {
    Duration { units: Some(TimeUnits::Seconds.into()), value: Some(value) }
}

pub(super) fn registration() -> Registration {
    let degrees = LocationType {
        coordinates: Some(Coordinates::LocationUnits(LocationCoordinateSystem::LatLngDegM.into())),
        datum: Some(Datum::LocationDatum(LocationDatum::Wgs84G.into())),
        zone: None,
    };
    let region =
        RegionDefinition { region_type: vec![1], region_area: vec![degrees], ..Default::default() };
    Registration {
        node_definition: vec![node(NodeType::Camera)],
        icd_version: Some(ICD_VERSION.into()),
        name: Some("Tower one".into()),
        capabilities: vec![Capability {
            category: Some("detection".into()),
            kind: Some("walker".into()),
            ..Default::default()
        }],
        status_definition: Some(StatusDefinition {
            status_interval: Some(seconds(5.0)),
            ..Default::default()
        }),
        mode_definition: vec![ModeDefinition {
            mode_name: Some("watch".into()),
            mode_type: Some(ModeType::Permanent.into()),
            settle_time: Some(seconds(1.0)),
            task: Some(TaskDefinition { region_definition: Some(region), ..Default::default() }),
            ..Default::default()
        }],
        config_data: vec![ConfigurationData {
            manufacturer: "a maker".into(),
            model: "one".into(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

pub(super) fn node(kind: NodeType) -> NodeDefinition {
    NodeDefinition { node_type: Some(kind.into()), node_sub_type: vec![] }
}

pub(super) fn status() -> StatusReport {
    StatusReport {
        report_id: Some(ULID.into()),
        system: Some(System::Ok.into()),
        info: Some(Info::New.into()),
        mode: Some("watch".into()),
        ..Default::default()
    }
}

pub(super) fn line(kind: StatusType, level: StatusLevel, value: &str) -> Status {
    Status {
        status_level: Some(level.into()),
        status_value: Some(value.into()),
        status_type: Some(kind.into()),
    }
}

pub(super) fn location() -> Location {
    Location {
        x: Some(41.1),
        y: Some(34.5),
        z: Some(210.0),
        coordinate_system: Some(LocationCoordinateSystem::LatLngDegM.into()),
        datum: Some(LocationDatum::Wgs84G.into()),
        ..Default::default()
    }
}

pub(super) fn bearing() -> RangeBearing {
    RangeBearing {
        azimuth: Some(270.0),
        coordinate_system: Some(RangeBearingCoordinateSystem::DegreesM.into()),
        datum: Some(RangeBearingDatum::True.into()),
        ..Default::default()
    }
}

pub(super) fn detection(position: Position) -> DetectionReport {
    DetectionReport {
        report_id: Some(fresh_ulid()),
        object_id: Some(ULID.into()),
        location: Some(position),
        detection_confidence: Some(0.75),
        classification: vec![class("Human", Some(0.5))],
        ..Default::default()
    }
}

pub(super) fn class(kind: &str, confidence: Option<f32>) -> Classification {
    Classification { kind: Some(kind.into()), confidence, ..Default::default() }
}
