//! Each rule of validation, on messages that are right but for one thing.

use proptest::prelude::*;

use super::*;
use crate::sapient::detection::{Classification, DetectionReport, Position};
use crate::sapient::place::{Location, LocationCoordinateSystem, LocationDatum};
use crate::sapient::registration::{
    Capability, ConfigurationData, Coordinates, Datum, Duration, LocationType, ModeDefinition,
    ModeType, NodeDefinition, NodeType, RegionDefinition, Registration, StatusDefinition,
    TaskDefinition, TimeUnits,
};
use crate::sapient::status::{Info, Power, Status, StatusReport, StatusType, System};
use crate::sapient::task::{Command, Control, Order, Task};
use crate::sapient::{Content, ICD_VERSION};

pub(super) const ULID: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
pub(super) const NODE: &str = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";

pub(super) fn envelope(content: Content) -> SapientMessage {
    SapientMessage {
        timestamp: Some(Timestamp { seconds: 1_790_000_000, nanos: 0 }),
        node_id: Some(NODE.into()),
        content: Some(content),
        ..Default::default()
    }
}

pub(super) fn location() -> Location {
    Location {
        x: Some(41.0),
        y: Some(34.5),
        coordinate_system: Some(LocationCoordinateSystem::LatLngDegM.into()),
        datum: Some(LocationDatum::Wgs84E.into()),
        ..Default::default()
    }
}

pub(super) fn detection() -> DetectionReport {
    DetectionReport {
        report_id: Some(ULID.into()),
        object_id: Some(ULID.to_lowercase()),
        location: Some(Position::Location(location())),
        detection_confidence: Some(0.0),
        ..Default::default()
    }
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

fn degrees() -> LocationType {
    LocationType {
        coordinates: Some(Coordinates::LocationUnits(LocationCoordinateSystem::LatLngDegM.into())),
        datum: Some(Datum::LocationDatum(LocationDatum::Wgs84G.into())),
        zone: None,
    }
}

fn seconds(value: f32) -> Duration {
    Duration { units: Some(TimeUnits::Seconds.into()), value: Some(value) }
}

pub(super) fn registration() -> Registration {
    Registration {
        node_definition: vec![NodeDefinition {
            node_type: Some(NodeType::Radar.into()),
            node_sub_type: vec![],
        }],
        icd_version: Some(ICD_VERSION.into()),
        capabilities: vec![Capability {
            category: Some("range".into()),
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
            settle_time: Some(seconds(0.0)),
            task: Some(TaskDefinition {
                region_definition: Some(RegionDefinition {
                    region_type: vec![1],
                    region_area: vec![degrees()],
                    ..Default::default()
                }),
                ..Default::default()
            }),
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

/// The faults of a message, as a sender is told them.
fn faults(content: Content) -> Vec<String> {
    validate(&envelope(content)).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn faults_of_registration(change: impl FnOnce(&mut Registration)) -> Vec<String> {
    let mut message = registration();
    change(&mut message);
    faults(Content::Registration(message))
}

fn faults_of_detection(change: impl FnOnce(&mut DetectionReport)) -> Vec<String> {
    let mut message = detection();
    change(&mut message);
    faults(Content::DetectionReport(message))
}

#[test]
fn right_messages_have_no_faults() {
    assert_eq!(faults(Content::Registration(registration())), [""; 0]);
    assert_eq!(faults(Content::DetectionReport(detection())), [""; 0]);
    assert_eq!(faults(Content::StatusReport(status())), [""; 0]);
}

#[test]
fn an_empty_envelope_lacks_its_three_mandatory_parts() {
    let told: Vec<String> =
        validate(&SapientMessage::default()).unwrap_err().iter().map(ToString::to_string).collect();

    assert_eq!(
        told,
        [
            "timestamp: mandatory, but missing",
            "node_id: mandatory, but missing",
            "content: mandatory, but missing"
        ]
    );
}

#[test]
fn a_place_off_the_globe_is_named_by_its_path() {
    let told = faults_of_detection(|message| {
        message.location = Some(Position::Location(Location { x: Some(181.0), ..location() }));
    });

    assert_eq!(told, ["detection_report.location.x: must be -180 to 180, got 181"]);
}

#[test]
fn numbers_that_are_none_are_refused() {
    let told = faults_of_detection(|message| {
        message.location = Some(Position::Location(Location {
            y: Some(f64::NAN),
            z: Some(f64::INFINITY),
            x_error: Some(-1.0),
            ..location()
        }));
    });

    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[0], "detection_report.location.y: must be a finite number, got NaN");
    assert!(told[2].starts_with("detection_report.location.x_error: must be 0 to"), "{told:?}");
}

#[test]
fn the_number_of_a_repeated_part_is_in_its_path() {
    let class = |confidence| Classification {
        kind: Some("Human".into()),
        confidence: Some(confidence),
        ..Default::default()
    };
    let told = faults_of_detection(|message| message.classification = vec![class(1.0), class(1.5)]);

    assert_eq!(told, ["detection_report.classification[1].confidence: must be 0 to 1, got 1.5"]);
}

#[test]
fn a_mandatory_choice_is_neither_unspecified_nor_unknown() {
    for number in [0, 77] {
        let told = faults_of_detection(|message| {
            message.location =
                Some(Position::Location(Location { datum: Some(number), ..location() }));
        });

        let expected = format!(
            "detection_report.location.datum: must be one of the numbers of its enumeration, got {number}"
        );
        assert_eq!(told, [expected]);
    }
}

#[test]
fn ids_are_told_with_their_value_cleaned() {
    let told = faults_of_detection(|message| message.object_id = Some("x\u{202e}\n1".into()));

    assert_eq!(told, [r#"detection_report.object_id: must be a ulid, got "x 1""#]);
}

#[test]
fn the_version_must_be_ours_but_may_have_underscores() {
    assert_eq!(
        faults_of_registration(|message| message.icd_version = Some("BSI_Flex_335_v2.0".into())),
        [""; 0]
    );
    assert_eq!(
        faults_of_registration(|message| message.icd_version = Some("BSI Flex 335 v1.0".into())),
        [r#"registration.icd_version: must be "BSI Flex 335 v2.0", got "BSI Flex 335 v1.0""#]
    );
}

#[test]
fn mandatory_lists_hold_at_least_one() {
    let told = faults_of_registration(|message| {
        message.node_definition.clear();
        message.mode_definition[0]
            .task
            .as_mut()
            .unwrap()
            .region_definition
            .as_mut()
            .unwrap()
            .region_type
            .clear();
    });

    assert_eq!(
        told,
        [
            "registration.node_definition: mandatory, but missing",
            "registration.mode_definition[0].task.region_definition.region_type: mandatory, but missing"
        ]
    );
}

#[test]
fn units_and_datum_are_of_one_family_and_utm_has_a_zone() {
    let told = faults_of_registration(|message| {
        let definition = message.status_definition.as_mut().unwrap();
        definition.coverage_definition = Some(LocationType {
            datum: Some(Datum::RangeBearingDatum(1)),
            coordinates: Some(Coordinates::LocationUnits(LocationCoordinateSystem::UtmM.into())),
            zone: None,
        });
        definition.location_definition = Some(LocationType {
            coordinates: Some(Coordinates::RangeBearingUnits(1)),
            datum: Some(Datum::RangeBearingDatum(1)),
            zone: None,
        });
    });

    assert_eq!(
        told,
        [
            "registration.status_definition.coverage_definition.datum: must be of the same family as the units",
            "registration.status_definition.coverage_definition.zone: mandatory, but missing",
            "registration.status_definition.location_definition: must be of the location family, not range and bearing",
        ]
    );
}

#[test]
fn blank_mandatory_text_is_not_text() {
    let told = faults_of_registration(|message| {
        message.config_data[0].model = " ".into();
        message.capabilities[0].kind = Some(String::new());
    });

    assert_eq!(
        told,
        [
            "registration.capabilities[0].type: mandatory, but blank",
            "registration.config_data[0].model: mandatory, but blank"
        ]
    );
}

#[test]
fn a_status_line_needs_a_type_and_a_battery_has_a_hundred_percent() {
    let told = faults(Content::StatusReport(StatusReport {
        power: Some(Power { level: Some(101), ..Default::default() }),
        status: vec![
            Status { status_type: Some(StatusType::Weather.into()), ..Default::default() },
            Status::default(),
        ],
        ..status()
    }));

    assert_eq!(
        told,
        [
            "status_report.power.level: must be 0 to 100, got 101",
            "status_report.status[1].status_type: mandatory, but missing"
        ]
    );
}

#[test]
fn a_command_asks_exactly_one_thing() {
    let task = |command| {
        faults(Content::Task(Task {
            task_id: Some(ULID.into()),
            control: Some(Control::Start.into()),
            command: Some(Command { command, command_parameter: None }),
            ..Default::default()
        }))
    };

    assert_eq!(task(None), ["task.command.command: mandatory, but missing"]);
    assert_eq!(
        task(Some(Order::MoveTo(crate::sapient::place::LocationList::default()))),
        ["task.command.move_to.locations: mandatory, but missing"]
    );
    assert_eq!(task(Some(Order::Request("Registration".into()))), [""; 0]);
}

#[test]
fn not_more_faults_are_told_than_a_person_reads() {
    let told = faults_of_detection(|message| {
        message.classification = vec![Classification::default(); 1_000];
    });

    assert_eq!(told.len(), FAULTS_MAX);
}

proptest! {
    #[test]
    fn whatever_decodes_can_be_judged_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(message) = crate::sapient::decode(&bytes) {
            drop(validate(&message));
            // Bytes, not messages: a number that is none equals nothing.
            let bytes = crate::sapient::encode(&message);
            prop_assert_eq!(crate::sapient::decode(&bytes).map(|again| crate::sapient::encode(&again)), Ok(bytes));
        }
    }
}
