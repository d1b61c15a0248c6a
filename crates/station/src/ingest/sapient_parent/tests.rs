//! The station's own door as the parent, on messages that go through the wire's bytes.

use std::sync::Arc;

use sight::geo::Wgs84;
use sight::sector::{Sector, SensorId, parse};
use watch::alert::{AlertKind, Priority, Stage};
use watch::detection::{Behaviour, Remarks, ReportedPosition, Source};
use watch::sayings::Told;
use watch::seam::AtSeam;
use wire::sapient::place::LocationList;
use wire::sapient::registration::NodeType;
use wire::sapient::status::Info;
use wire::sapient::task::{Command, Control, Order};
use wire::sapient::{AlertAck, RegistrationAck, encode_frame};

use super::*;
use crate::ingest::sapient::{Directory, Session};

mod asked;
mod returns;

const CHILD: &str = "2f0f6c5e-7c43-4d0a-9a52-6f1b0f7d3a11";
const OTHER: &str = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
const BELOW: &str = "0d2c3d5a-5b1e-4a53-9c60-7d2f1b6a9e10";
const CHILD_OF_NOBODY: &str = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const ULID: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

const SECTOR: &str = r#"
name = "small"
title = { en = "Small", ar = "صغير" }
terrain = { files = ["N34E041.tif"] }
[line]
file = "line.geojson"
far_side = "left"
far_depth_m = 1500
near_depth_m = 1500
"#;
const LINE: &str = r#"{"type":"LineString","coordinates":[[41.03,34.405],[41.03,34.455]]}"#;

fn sector() -> Sector {
    parse(SECTOR, &|_| Ok(LINE.as_bytes().to_vec())).unwrap()
}

fn now() -> Timestamp {
    "2026-11-20T19:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> Timestamp {
    now() + jiff::SignedDuration::from_secs(seconds)
}

/// The parent: a door whose sector has the child as a sensor.
fn parent(sector: &Sector) -> Session {
    Session::new(directory(sector), now())
}

fn directory(sector: &Sector) -> Arc<Directory> {
    let child = Source::Sensor(SensorId("west".into()));
    Arc::new(Directory::new("parent", sector.frame, [(CHILD, child)]))
}

fn hear(child: &mut Child<'_>, content: Content) -> Step {
    let message = SapientMessage {
        timestamp: Some(now().into()),
        node_id: Some(OTHER.into()),
        content: Some(content),
        ..SapientMessage::default()
    };
    child.receive(&encode_frame(&message).unwrap(), now())
}

/// A child that the parent has let in.
fn admitted(sector: &Sector) -> Child<'_> {
    let (mut child, _) = Child::begin(sector, CHILD.into(), now());
    let ack = RegistrationAck { acceptance: Some(true), ..RegistrationAck::default() };
    let admitted_by = Some(OTHER.to_owned());
    assert_eq!(
        hear(&mut child, Content::RegistrationAck(ack)),
        Step { taken: 1, admitted_by, ..Step::default() }
    );
    child
}

fn view(number: u64, east_m: f64) -> TrackView {
    TrackView {
        id: TrackId(number),
        at: now(),
        east_m,
        north_m: 200.0,
        east_mps: 1.2,
        north_mps: 0.1,
        speed_sigma_mps: 0.2,
        covariance_m2: [144.0, 0.0, 81.0],
        existence: 0.97,
        class: watch::detection::Class::Group,
        class_probability: 0.8,
        motion: None,
        height: None,
        seen_by: Vec::new(),
        last_seen_at: now(),
        also: vec![TrackId(99)],
        pinned: false,
        lost: false,
        acts: Vec::new(),
        at_seam: AtSeam::default(),
        told: Vec::new(),
    }
}

fn alarm(stage: Stage) -> Alert {
    Alert {
        id: AlertId(3),
        kind: AlertKind::Crossed,
        priority: Priority::High,
        stage,
        life: watch::alert::life::Life::default(),
        origin: watch::alert::Origin::default(),
        raised_at: now(),
        changed_at: now(),
        point: Some(sight::geo::EnuPoint::new(100.0, 0.0)),
        stretch: None,
        track: Some(TrackId(1)),
        sensor: None,
        confidence: 0.9,
        needs_help: None,
        tasks: Vec::new(),
        caller: None,
        history: Vec::new(),
    }
}

fn scene(tracks: Vec<TrackView>) -> Scene {
    Scene { tracks, dark_m: 1_500.0, line_m: 6_000.0, ..Scene::default() }
}

#[test]
fn a_parent_of_our_own_kind_admits_the_child_and_takes_its_tracks_and_alerts() {
    let sector = sector();
    let mut parent = parent(&sector);
    let (mut child, first) = Child::begin(&sector, CHILD.into(), now());
    let Some(Content::Registration(told)) = &first.content else { panic!("{first:?}") };
    assert_eq!(told.node_definition[0].node_type(), NodeType::FusionNode);

    let asked = parent.receive(&encode_frame(&first).unwrap(), now());
    assert!(matches!(asked.inputs.as_slice(), [Input::Registered(node)] if node.name == "Small"));
    assert_eq!(child.tell(&scene(Vec::new()), now()), Step::default(), "not before it is let in");
    child.receive(&encode_frame(&asked.replies[0]).unwrap(), now());

    let mut picture = scene(vec![view(1, -300.0)]);
    picture.alerts = vec![alarm(Stage::Raised)];
    let said = child.tell(&picture, now());
    let frames: Vec<u8> =
        said.messages.iter().flat_map(|message| encode_frame(message).unwrap()).collect();
    let taken = parent.receive(&frames, now());

    let [Input::Status(status), Input::Detected(seen), Input::Wrote(wrote)] =
        taken.inputs.as_slice()
    else {
        panic!("{taken:?}")
    };
    assert!(status.detecting);
    let words = "warning: other (0 of 0 sensors at work; 1.5 of 6.0 km of line blind or unknown)";
    assert_eq!(status.note, words);
    assert_eq!(seen.classes, [(watch::detection::Class::Group, f64::from(0.8_f32))]);
    let ReportedPosition::Place(place) = seen.position else { panic!("{seen:?}") };
    let point = sector.frame.point(Wgs84::new(place.lon_deg, place.lat_deg).unwrap());
    assert!(point.distance_m(sight::geo::EnuPoint::new(-300.0, 200.0)) < 1e-6);
    assert!((place.east_sigma_m.unwrap() - 12.0).abs() < 1e-6, "{place:?}");
    assert!((place.north_sigma_m.unwrap() - 9.0).abs() < 1e-6, "{place:?}");
    assert_eq!(wrote.text, "critical, high priority: somebody crossed the line");
    let answer = child.receive(&encode_frame(&taken.replies[0]).unwrap(), now());
    assert_eq!(answer, Step { taken: 1, ..Step::default() });
}

#[test]
fn what_has_not_changed_is_not_told_again_and_what_ended_is_told_once() {
    let sector = sector();
    let mut child = admitted(&sector);
    let (one, two) = (view(1, -300.0), view(2, 50.0));
    assert_eq!(child.tell(&scene(vec![one.clone(), two.clone()]), now()).messages.len(), 3);

    assert!(child.tell(&scene(vec![one.clone(), two]), after(1)).messages.is_empty());
    let step = child.tell(&scene(vec![view(1, -298.0)]), after(2));
    let [moved, ended] = step.messages.as_slice() else { panic!("{step:?}") };
    for (message, lost) in [(moved, false), (ended, true)] {
        assert!(wire::sapient::validate(message).is_ok());
        let Some(Content::DetectionReport(report)) = &message.content else { panic!() };
        assert_eq!(report.state.as_deref() == Some("lost object"), lost);
    }
    let status = child.tell(&scene(vec![view(1, -298.0)]), after(5)).messages;
    assert!(matches!(
        status.as_slice(),
        [SapientMessage { content: Some(Content::StatusReport(status)), .. }]
            if status.info() == Info::Unchanged
    ));
}

#[test]
fn an_alert_is_told_again_as_it_goes_on_and_a_rejection_is_told_to_people() {
    let sector = sector();
    let mut child = admitted(&sector);
    let mut picture = scene(Vec::new());
    picture.alerts = vec![alarm(Stage::Raised)];
    assert_eq!(child.tell(&picture, now()).messages.len(), 2);
    let outcome = watch::alert::Outcome::Person;
    let by = watch::journal::PersonId("officer-9".into());
    picture.alerts =
        vec![Alert { changed_at: after(1), ..alarm(Stage::Closed { outcome, by, at: after(1) }) }];

    let told = child.tell(&picture, after(1)).messages;

    let Some(Content::Alert(alert)) = &told[0].content else { panic!("{told:?}") };
    assert_eq!(alert.status(), wire::sapient::alert::AlertStatus::Clear);
    assert!(!format!("{told:?}").contains("officer"));
    let ack = AlertAck {
        alert_id: alert.alert_id.clone(),
        alert_ack_status: Some(AlertAckStatus::Rejected.into()),
        reason: vec!["test".into()],
    };
    let step = hear(&mut child, Content::AlertAck(ack));
    assert!(step.faults[0].starts_with("the parent rejects alert "), "{step:?}");
}

#[test]
fn a_task_is_told_to_the_desk_and_one_for_a_node_below_is_rejected() {
    let sector = sector();
    let mut child = admitted(&sector);
    let place = wire::sapient::place::Location {
        x: Some(41.02),
        y: Some(34.42),
        coordinate_system: Some(1),
        datum: Some(1),
        ..Default::default()
    };
    let task = Task {
        task_id: Some(ULID.into()),
        task_name: Some("smoke".into()),
        control: Some(Control::Start.into()),
        command: Some(Command {
            command: Some(Order::MoveTo(LocationList { locations: vec![place] })),
            command_parameter: None,
        }),
        ..Task::default()
    };

    let step = hear(&mut child, Content::Task(task.clone()));

    let [Input::Wrote(message)] = step.inputs.as_slice() else { panic!("{step:?}") };
    assert_eq!(message.text, "task move to: smoke");
    assert!(message.place.is_some());
    let status = |step: &Step| match &step.messages[0].content {
        Some(Content::TaskAck(ack)) => ack.task_status(),
        other => panic!("{other:?}"),
    };
    assert_eq!(status(&step), TaskStatus::Accepted);

    let below = SapientMessage {
        timestamp: Some(now().into()),
        node_id: Some(OTHER.into()),
        destination_id: Some(OTHER.into()),
        content: Some(Content::Task(task)),
        ..SapientMessage::default()
    };
    let step = child.receive(&encode_frame(&below).unwrap(), now());
    assert_eq!((step.inputs.len(), status(&step)), (0, TaskStatus::Rejected));
}

#[test]
fn a_parent_that_refuses_is_silent_or_talks_nonsense_is_left_or_told() {
    let sector = sector();
    let (mut child, _) = Child::begin(&sector, CHILD.into(), now());
    let no = RegistrationAck { acceptance: Some(false), ack_response_reason: vec!["no".into()] };
    let step = hear(&mut child, Content::RegistrationAck(no));
    assert_eq!(step.close.as_deref(), Some("the parent does not let this station in: no"));

    let (mut child, _) = Child::begin(&sector, CHILD.into(), now());
    assert_eq!(child.tell(&Scene::default(), after(60)).close, None);
    let step = child.tell(&Scene::default(), after(61));
    assert_eq!(step.close.as_deref(), Some("the parent did not answer within 60 s"));

    let mut child = admitted(&sector);
    let step = child.receive(&[3, 0, 0, 0, 1, 2, 3], now());
    assert_eq!((step.faults.len(), step.messages.len(), step.close), (1, 1, None));
    let step = child.receive(&u32::MAX.to_le_bytes(), now());
    assert!(step.close.is_some());
}

#[test]
fn words_for_a_sensor_are_handed_on_where_that_is_set_and_the_desk_is_told_of_tasks() {
    let sector = sector();
    let mut child = admitted(&sector);
    child.below = BTreeMap::from([(BELOW.to_owned(), SensorId("tower-1".into()))]);
    let task = Task {
        task_id: Some(ULID.into()),
        control: Some(Control::Start.into()),
        command: Some(Command {
            command: Some(Order::Request("Status".into())),
            command_parameter: None,
        }),
        ..Task::default()
    };
    let mut say = |from: &str, to: &str, content: Content| {
        let message = SapientMessage {
            timestamp: Some(now().into()),
            node_id: Some(from.into()),
            destination_id: Some(to.into()),
            content: Some(content),
            ..SapientMessage::default()
        };
        child.receive(&encode_frame(&message).unwrap(), now())
    };

    let passed = say(OTHER, &BELOW.to_uppercase(), Content::Task(task.clone()));
    let unit = say(OTHER, CHILD_OF_NOBODY, Content::Task(task.clone()));
    let somebody = say(CHILD_OF_NOBODY, BELOW, Content::Task(task.clone()));
    let ack = say(
        OTHER,
        BELOW,
        Content::AlertAck(AlertAck {
            alert_id: Some(ULID.into()),
            alert_ack_status: Some(AlertAckStatus::Accepted.into()),
            reason: Vec::new(),
        }),
    );

    let let_in = RegistrationAck { acceptance: Some(true), ack_response_reason: Vec::new() };
    let let_in = say(OTHER, BELOW, Content::RegistrationAck(let_in));

    assert!(matches!(let_in.down.as_slice(), [(to, _)] if to == BELOW), "{let_in:?}");
    assert_eq!(let_in.admitted_by, None, "it is not the station that is let in");
    let [(to, message)] = passed.down.as_slice() else { panic!("{passed:?}") };
    assert_eq!((to.as_str(), message.node_id.as_deref()), (BELOW, Some(OTHER)));
    let [Input::Wrote(told)] = passed.inputs.as_slice() else { panic!("{passed:?}") };
    assert_eq!(told.text, "to tower-1: task request");
    assert!(passed.messages.is_empty());
    for refused in [&unit, &somebody] {
        assert!(refused.down.is_empty() && refused.messages.len() == 1, "{refused:?}");
    }
    assert_eq!((ack.down.len(), ack.inputs.len()), (1, 0));
    let missed = child.undelivered(&task, now());
    assert!(wire::sapient::validate(&missed).is_ok());
    assert!(
        matches!(missed.content, Some(Content::TaskAck(ack)) if ack.task_status() == TaskStatus::Rejected)
    );
}

/// What the parent is told in an Error.
fn told_error(step: &Step) -> &wire::sapient::Error {
    match step.messages.as_slice() {
        [SapientMessage { content: Some(Content::Error(error)), .. }] => error,
        other => panic!("not one error: {other:?}"),
    }
}

#[test]
fn a_message_that_cannot_be_used_is_answered_with_an_error_that_names_each_field() {
    let sector = sector();
    let mut child = admitted(&sector);
    let nothing = Task { task_id: Some("x".into()), ..Task::default() };

    let step = hear(&mut child, Content::Task(nothing));

    let error = told_error(&step);
    let fields: Vec<&str> =
        error.error_message.iter().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(fields, ["task.task_id", "task.control"]);
    assert!(!error.packet().is_empty());
    assert!(wire::sapient::validate(&step.messages[0]).is_ok());
    let step = child.receive(&(2_u32 << 20).to_le_bytes(), now());
    assert!(told_error(&step).error_message[0].starts_with("frame: "), "{step:?}");
    assert_eq!(step.close, None, "what is too long is passed over");
    let mut child = admitted(&sector);
    let step = hear(&mut child, Content::Error(wire::sapient::Error::default()));
    assert_eq!((step.messages.len(), step.faults.len()), (0, 1), "an error is not answered");
    let status = wire::sapient::StatusReport {
        report_id: Some(ULID.into()),
        system: Some(1),
        info: Some(1),
        mode: Some("x".into()),
        ..Default::default()
    };
    let step = hear(&mut child, Content::StatusReport(status));
    assert!(told_error(&step).error_message[0].starts_with("content: "), "{step:?}");
}

#[test]
fn a_track_names_what_its_sensors_said_and_their_detections_that_it_was_made_from() {
    let tower = r#"
[[sensor]]
id = "tower-1"
name = { en = "Tower", ar = "برج" }
node_id = "0d2c3d5a-5b1e-4a53-9c60-7d2f1b6a9e10"
kind = "radar"
at = [41.035, 34.43]
height_m = 10.0
range_max_m = 3000.0
revisit_s = 4.0
radar = { walker_half_range_m = 2000.0, notch_mps = 0.3, range_sigma_m = 8.0, azimuth_sigma_deg = 0.4 }
"#;
    let sector = parse(&format!("{SECTOR}{tower}"), &|_| Ok(LINE.as_bytes().to_vec())).unwrap();
    let mut child = admitted(&sector);
    let told = |sensor: &str, object_id: &str, confidence| Told {
        sensor: SensorId(sensor.into()),
        at: after(-2),
        object_id: object_id.into(),
        remarks: Remarks {
            behaviours: vec![(Behaviour::Walking, confidence)],
            origins: Vec::new(),
        },
    };
    let mut seen = view(1, -300.0);
    seen.told = vec![
        told("tower-1", ULID, Some(0.25)),
        told("tower-1", "by no ulid", Some(0.5)),
        told("patrol-1", ULID, None),
    ];

    let said = child.tell(&scene(vec![seen]), now());

    let report = said.messages.iter().find_map(|message| match &message.content {
        Some(Content::DetectionReport(report)) => Some((message, report)),
        _ => None,
    });
    let (message, report) = report.unwrap();
    assert!(wire::sapient::validate(message).is_ok());
    let [derived] = report.derived_detection.as_slice() else { panic!("{report:?}") };
    assert_eq!((derived.node_id(), derived.object_id()), (BELOW, ULID));
    assert_eq!(derived.timestamp, Some(after(-2).into()));
    let [walks] = report.behaviour.as_slice() else { panic!("{report:?}") };
    assert_eq!((walks.kind(), walks.confidence), ("walking", Some(0.5)));
}
