//! One table for each kind of message: what is done to one that is right, and the fault that is told.

mod orders;
mod reports;

use super::tests::{NODE, envelope, registration, status};
use super::*;
use crate::sapient::place::{Area, LocationOrRangeBearing, RangeBearingCone};
use crate::sapient::registration::{Command as MayBeAsked, Registration};
use crate::sapient::{Content, RegistrationAck};

const MISSING: &str = "mandatory, but missing";
const NO_ULID: &str = r#"must be a ulid, got "x""#;
const NO_UUID: &str = r#"must be a uuid, got "x""#;
const NO_CHOICE: &str = "must be one of the numbers of its enumeration, got 99";
const BLANK: &str = "mandatory, but blank";

type Row<T> = (fn(&mut T), &'static str, &'static str);

/// Each row makes one fault, and without any the message has none.
fn hold<T: Clone>(right: &T, content: fn(T) -> Content, rows: &[Row<T>]) {
    let told = |message: T| {
        validate(&envelope(content(message)))
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|fault| fault.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(told(right.clone()), [""; 0]);
    for (change, field, problem) in rows {
        let mut message = right.clone();
        change(&mut message);
        assert_eq!(told(message), [format!("{field}: {problem}")]);
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it fills optional fields")]
fn x() -> Option<String> {
    Some("x".to_owned())
}

#[expect(clippy::unnecessary_wraps, reason = "it fills optional fields")]
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn cone(change: fn(&mut RangeBearingCone)) -> LocationOrRangeBearing {
    let mut cone = RangeBearingCone {
        coordinate_system: Some(1),
        datum: Some(1),
        ..RangeBearingCone::default()
    };
    change(&mut cone);
    LocationOrRangeBearing { fov: Some(Area::RangeBearing(cone)) }
}

type Change = fn(&mut SapientMessage);

#[test]
fn the_envelope() {
    let right = envelope(Content::StatusReport(status()));
    let told = |change: Change| {
        let mut message = right.clone();
        change(&mut message);
        validate(&message)
            .unwrap_err()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ")
    };
    let rows: [(Change, &str); 8] = [
        (|m| m.timestamp = None, "timestamp: mandatory, but missing"),
        (
            |m| m.timestamp = Some(Timestamp { seconds: 253_402_300_800, nanos: 0 }),
            "timestamp: timestamp must be a moment of the calendar, got 253402300800 s and 0 ns",
        ),
        (
            |m| m.timestamp = Some(Timestamp { seconds: i64::MIN, nanos: 0 }),
            "timestamp: timestamp must be a moment of the calendar, got -9223372036854775808 s and 0 ns",
        ),
        (
            |m| m.timestamp = Some(Timestamp { seconds: 0, nanos: 1_000_000_000 }),
            "timestamp: timestamp must be a moment of the calendar, got 0 s and 1000000000 ns",
        ),
        (|m| m.node_id = None, "node_id: mandatory, but missing"),
        (|m| m.node_id = x(), r#"node_id: must be a uuid, got "x""#),
        (|m| m.destination_id = x(), r#"destination_id: must be a uuid, got "x""#),
        (|m| m.content = None, "content: mandatory, but missing"),
    ];
    for (change, expected) in rows {
        assert_eq!(told(change), expected);
    }
}

const REGISTRATIONS: &[Row<Registration>] = &[
    (
        |m| m.node_definition[0].node_type = Some(99),
        "registration.node_definition[0].node_type",
        NO_CHOICE,
    ),
    (|m| m.icd_version = None, "registration.icd_version", MISSING),
    (|m| m.capabilities.clear(), "registration.capabilities", MISSING),
    (|m| m.capabilities[0].category = None, "registration.capabilities[0].category", MISSING),
    (|m| m.status_definition = None, "registration.status_definition", MISSING),
    (
        |m| m.status_definition.as_mut().unwrap().status_interval = None,
        "registration.status_definition.status_interval",
        MISSING,
    ),
    (
        |m| {
            m.status_definition.as_mut().unwrap().status_interval.as_mut().unwrap().units =
                Some(99);
        },
        "registration.status_definition.status_interval.units",
        NO_CHOICE,
    ),
    (|m| m.mode_definition.clear(), "registration.mode_definition", MISSING),
    (
        |m| m.mode_definition[0].mode_name = text(" "),
        "registration.mode_definition[0].mode_name",
        BLANK,
    ),
    (
        |m| m.mode_definition[0].mode_type = None,
        "registration.mode_definition[0].mode_type",
        MISSING,
    ),
    (
        |m| m.mode_definition[0].settle_time = None,
        "registration.mode_definition[0].settle_time",
        MISSING,
    ),
    (
        |m| m.mode_definition[0].scan_type = Some(99),
        "registration.mode_definition[0].scan_type",
        NO_CHOICE,
    ),
    (
        |m| m.mode_definition[0].tracking_type = Some(99),
        "registration.mode_definition[0].tracking_type",
        NO_CHOICE,
    ),
    (|m| m.mode_definition[0].task = None, "registration.mode_definition[0].task", MISSING),
    (
        |m| m.mode_definition[0].task.as_mut().unwrap().region_definition = None,
        "registration.mode_definition[0].task.region_definition",
        MISSING,
    ),
    (
        |m| {
            let asked = MayBeAsked { units: text(""), completion_time: None, kind: Some(6) };
            m.mode_definition[0].task.as_mut().unwrap().command = vec![asked];
        },
        "registration.mode_definition[0].task.command[0].completion_time",
        MISSING,
    ),
    (
        |m| m.dependent_nodes = vec![NODE.into(), "x".into()],
        "registration.dependent_nodes[1]",
        NO_UUID,
    ),
    (|m| m.config_data.clear(), "registration.config_data", MISSING),
    (|m| m.config_data[0].manufacturer.clear(), "registration.config_data[0].manufacturer", BLANK),
];

const REGISTRATION_ACKS: &[Row<RegistrationAck>] =
    &[(|m| m.acceptance = None, "registration_ack.acceptance", MISSING)];

#[test]
fn registrations() {
    hold(&registration(), Content::Registration, REGISTRATIONS);
    let ack = RegistrationAck { acceptance: Some(false), ..RegistrationAck::default() };
    hold(&ack, Content::RegistrationAck, REGISTRATION_ACKS);
}
