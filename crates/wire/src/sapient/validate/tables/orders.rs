//! Tasks, alerts, their answers, and errors.

use super::super::tests::{NODE, ULID, location};
use super::{BLANK, MISSING, NO_CHOICE, NO_ULID, Row, cone, hold, text, x};
use crate::sapient::Content;
use crate::sapient::alert::{Alert, AlertAck, AlertAckStatus};
use crate::sapient::detection::Position;
use crate::sapient::envelope::Error;
use crate::sapient::link::{AssociatedDetection, AssociatedFile};
use crate::sapient::place::{LocationList, LocationOrRangeBearing, RangeBearing};
use crate::sapient::task::{
    BehaviourFilter, ClassFilter, Command, Control, FollowObject, Order, Parameter, Region, Task,
    TaskAck, TaskStatus,
};

#[expect(clippy::unnecessary_wraps, reason = "it fills optional fields")]
fn asks(order: Order) -> Option<Command> {
    Some(Command { command: Some(order), command_parameter: None })
}

fn region() -> Region {
    Region {
        kind: Some(1),
        region_id: text(ULID),
        region_name: x(),
        region_area: Some(cone(|_| {})),
        ..Region::default()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it fills optional fields")]
fn parameter() -> Option<Parameter> {
    Some(Parameter { name: x(), operator: Some(1), value: Some(0.0) })
}

const TASKS: &[Row<Task>] = &[
    (|m| m.task_id = None, "task.task_id", MISSING),
    (
        |m| m.control = Some(4),
        "task.control",
        "must be one of the numbers of its enumeration, got 4",
    ),
    (
        |m| m.region[0].kind = Some(0),
        "task.region[0].type",
        "must be one of the numbers of its enumeration, got 0",
    ),
    (|m| m.region[0].region_id = None, "task.region[0].region_id", MISSING),
    (|m| m.region[0].region_area = None, "task.region[0].region_area", MISSING),
    (
        |m| {
            m.region[0].class_filter =
                vec![ClassFilter { parameter: parameter(), ..ClassFilter::default() }];
        },
        "task.region[0].class_filter[0].type",
        MISSING,
    ),
    (
        |m| m.region[0].behaviour_filter = vec![BehaviourFilter::default()],
        "task.region[0].behaviour_filter[0].parameter",
        MISSING,
    ),
    (|m| m.command = asks(Order::Request(" ".into())), "task.command.request", BLANK),
    (
        |m| m.command = asks(Order::DetectionThreshold(0)),
        "task.command.detection_threshold",
        "must be one of the numbers of its enumeration, got 0",
    ),
    (
        |m| m.command = asks(Order::LookAt(LocationOrRangeBearing::default())),
        "task.command.look_at.fov",
        MISSING,
    ),
    (
        |m| m.command = asks(Order::Patrol(LocationList::default())),
        "task.command.patrol.locations",
        MISSING,
    ),
    (
        |m| m.command = asks(Order::Follow(FollowObject { follow_object_id: "x".into() })),
        "task.command.follow.follow_object_id",
        NO_ULID,
    ),
];

const TASK_ACKS: &[Row<TaskAck>] = &[
    (|m| m.task_id = x(), "task_ack.task_id", NO_ULID),
    (|m| m.task_status = None, "task_ack.task_status", MISSING),
    (
        |m| m.associated_file = Some(AssociatedFile { kind: None, url: x() }),
        "task_ack.associated_file.type",
        MISSING,
    ),
];

#[test]
fn tasks_and_their_answers() {
    let right = Task {
        task_id: text(ULID),
        control: Some(Control::Start.into()),
        region: vec![region()],
        command: asks(Order::LookAt(cone(|_| {}))),
        ..Task::default()
    };
    hold(&right, Content::Task, TASKS);
    let ack = TaskAck {
        task_id: text(ULID),
        task_status: Some(TaskStatus::Accepted.into()),
        ..TaskAck::default()
    };
    hold(&ack, Content::TaskAck, TASK_ACKS);
}

const ALERTS: &[Row<Alert>] = &[
    (|m| m.alert_id = None, "alert.alert_id", MISSING),
    (|m| m.alert_type = Some(99), "alert.alert_type", NO_CHOICE),
    (|m| m.status = Some(99), "alert.status", NO_CHOICE),
    (
        |m| {
            m.location = Some(Position::RangeBearing(RangeBearing {
                coordinate_system: Some(1),
                ..RangeBearing::default()
            }));
        },
        "alert.range_bearing.datum",
        MISSING,
    ),
    (|m| m.region_id = x(), "alert.region_id", NO_ULID),
    (|m| m.priority = Some(99), "alert.priority", NO_CHOICE),
    (|m| m.ranking = Some(2.0), "alert.ranking", "must be 0 to 1, got 2"),
    (|m| m.confidence = Some(-1.0), "alert.confidence", "must be 0 to 1, got -1"),
    (
        |m| m.associated_file = vec![AssociatedFile { kind: x(), url: text("") }],
        "alert.associated_file[0].url",
        BLANK,
    ),
    (
        |m| {
            m.associated_detection = vec![AssociatedDetection {
                node_id: text(NODE),
                object_id: x(),
                ..AssociatedDetection::default()
            }];
        },
        "alert.associated_detection[0].object_id",
        NO_ULID,
    ),
];

const ALERT_ACKS: &[Row<AlertAck>] = &[
    (|m| m.alert_id = x(), "alert_ack.alert_id", NO_ULID),
    (
        |m| m.alert_ack_status = Some(0),
        "alert_ack.alert_ack_status",
        "must be one of the numbers of its enumeration, got 0",
    ),
];

const ERRORS: &[Row<Error>] = &[(|m| m.packet = None, "error.packet", MISSING)];

#[test]
fn alerts_their_answers_and_errors() {
    let right = Alert {
        alert_id: text(ULID),
        location: Some(Position::Location(location())),
        ..Alert::default()
    };
    hold(&right, Content::Alert, ALERTS);
    let ack = AlertAck {
        alert_id: text(ULID),
        alert_ack_status: Some(AlertAckStatus::Accepted.into()),
        ..AlertAck::default()
    };
    hold(&ack, Content::AlertAck, ALERT_ACKS);
    let error = Error { packet: Some(vec![1]), ..Error::default() };
    hold(&error, Content::Error, ERRORS);
}
