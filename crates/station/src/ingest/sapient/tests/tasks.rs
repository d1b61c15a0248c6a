//! Tasks out and their answers in.

use proptest::prelude::*;
use sight::geo::{EnuPoint, Wgs84};
use sight::sector::{SensorId, UnitId};
use watch::dispatch::{Task, TaskKind, TaskStage};
use watch::journal::{AlertId, Input, PersonId, PointingId, TaskId, TrackId};
use watch::pointing::{Aim, Pointing};
use wire::sapient::place::Area;
use wire::sapient::task::{Control, Order, TaskStatus};
use wire::sapient::{Content, TaskAck};

use super::super::{task_of_ulid, task_ulid};
use super::messages::*;

fn task() -> Task {
    Task {
        id: TaskId(7),
        alert: AlertId(3),
        unit: UnitId("patrol-1".into()),
        kind: TaskKind::Assist,
        to: EnuPoint::new(1_000.0, -2_000.0),
        stage: TaskStage::Sent,
        sent_at: now(),
        by: PersonId("officer-9".into()),
        reason: "a family without water".into(),
        alternatives: vec![],
        travel_s: None,
        entry: None,
    }
}

fn ack(task_id: &str, status: TaskStatus, reason: &[&str]) -> Content {
    Content::TaskAck(TaskAck {
        task_id: Some(task_id.into()),
        task_status: Some(status.into()),
        associated_file: None,
        reason: reason.iter().map(ToString::to_string).collect(),
    })
}

#[test]
fn a_task_is_an_order_to_go_to_its_place() {
    let session = ready(PATROL);

    let message = session.task(&task(), now()).unwrap();

    assert!(wire::sapient::validate(&message).is_ok());
    assert_eq!(message.destination_id.as_deref(), Some(PATROL));
    let Some(Content::Task(sent)) = message.content else { panic!() };
    assert_eq!(sent.task_description.as_deref(), Some("assist"));
    assert_eq!(task_of_ulid(sent.task_id()), Some(TaskId(7)));
    let Some(Order::MoveTo(path)) = sent.command.unwrap().command else { panic!() };
    let [place] = path.locations.as_slice() else { panic!() };
    let point = directory().frame().point(Wgs84::new(place.x(), place.y()).unwrap());
    assert!(point.distance_m(task().to) < 1e-6);
}

#[test]
fn neither_the_officer_nor_the_reason_goes_over_the_wire() {
    let message = format!("{:?}", ready(PATROL).task(&task(), now()).unwrap());

    assert!(!message.contains("officer") && !message.contains("family"), "{message}");
}

#[test]
fn a_task_waits_for_a_registration() {
    assert_eq!(session().task(&task(), now()), None);
}

#[test]
fn answers_of_a_unit_are_stages_of_the_task() {
    let ulid = task_ulid(TaskId(7), now());
    for (status, reason, stage, note) in [
        (TaskStatus::Accepted, &[][..], TaskStage::Accepted, ""),
        (TaskStatus::Accepted, &["On scene"], TaskStage::OnScene, "On scene"),
        (TaskStatus::Completed, &["on scene"], TaskStage::OnScene, "on scene"),
        (TaskStatus::Rejected, &["no fuel", "night"], TaskStage::Declined, "no fuel; night"),
        (TaskStatus::Failed, &["bridge\u{202e} out"], TaskStage::Declined, "failed: bridge out"),
        (TaskStatus::Completed, &[], TaskStage::Done, ""),
    ] {
        let step = say(&mut ready(PATROL), PATROL, ack(&ulid.to_lowercase(), status, reason));

        assert_eq!(only(&step), &Input::TaskReported { task: TaskId(7), stage, note: note.into() });
    }
}

#[test]
fn a_task_that_is_not_ours_is_refused() {
    let (field, _, _) =
        rejection(&say(&mut ready(PATROL), PATROL, ack(ULID, TaskStatus::Accepted, &[])));

    assert_eq!(field, "task_ack.task_id");
}

#[test]
fn a_sensor_cannot_answer_a_units_task_nor_a_unit_a_sensors() {
    let ulid = task_ulid(TaskId(7), now());
    let told = say(&mut ready(TOWER), TOWER, ack(&ulid, TaskStatus::Completed, &[]));
    assert_eq!(rejection(&told).0, "task_ack.task_id");

    let Some(Content::Task(sent)) =
        ready(TOWER).pointing(&pointing(Aim::LookAt(there())), now()).unwrap().content
    else {
        panic!()
    };
    let told = say(&mut ready(PATROL), PATROL, ack(sent.task_id(), TaskStatus::Completed, &[]));
    assert_eq!(rejection(&told).0, "task_ack.task_id");
}

fn there() -> Wgs84 {
    Wgs84::new(41.02, 34.41).unwrap()
}

fn pointing(aim: Aim) -> Pointing {
    Pointing {
        id: PointingId(5),
        sensor: SensorId("tower-1".into()),
        aim,
        object: Some(ULID.into()),
        stage: TaskStage::Sent,
        sent_at: now(),
        by: PersonId("officer-9".into()),
        reason: "a light seen".into(),
        note: String::new(),
        stops: Some(PointingId(4)),
    }
}

#[test]
fn a_sensor_is_asked_to_look_to_patrol_to_follow_and_to_stop_and_its_answer_is_a_stage() {
    let sent = |aim| {
        let message = ready(TOWER).pointing(&pointing(aim), now()).unwrap();
        assert!(wire::sapient::validate(&message).is_ok());
        assert!(!format!("{message:?}").contains("officer"));
        let Some(Content::Task(task)) = message.content else { panic!() };
        task
    };
    let look = sent(Aim::LookAt(there()));
    let Some(Order::LookAt(area)) = look.command.unwrap().command else { panic!() };
    let Some(Area::LocationList(list)) = area.fov else { panic!() };
    assert_eq!((list.locations[0].x(), list.locations[0].y()), (41.02, 34.41));
    let patrol = sent(Aim::Patrol(vec![there(), there()]));
    let Some(Order::Patrol(path)) = patrol.command.unwrap().command else { panic!() };
    assert_eq!(path.locations.len(), 2);
    let follow = sent(Aim::Follow(TrackId(9)));
    let Some(Order::Follow(followed)) = follow.command.unwrap().command else { panic!() };
    assert_eq!(
        (follow.control, followed.follow_object_id.as_str()),
        (Some(Control::Start.into()), ULID)
    );
    let stop = sent(Aim::Release);
    assert_eq!((stop.control(), stop.command), (Control::Stop, None));
    assert_ne!(stop.task_id, look.task_id, "it stops the order before");

    let id = look.task_id.unwrap();
    let step = say(&mut ready(TOWER), TOWER, ack(&id, TaskStatus::Rejected, &["stow pin in"]));

    let note = "stow pin in".to_owned();
    let expected =
        Input::PointingReported { pointing: PointingId(5), stage: TaskStage::Declined, note };
    assert_eq!(only(&step), &expected);
}

proptest! {
    #[test]
    fn a_task_id_comes_back_from_its_ulid(number in any::<u64>(), second in 0_i64..100_000_000_000) {
        let at = jiff::Timestamp::from_second(second).unwrap();

        prop_assert_eq!(task_of_ulid(&task_ulid(TaskId(number), at)), Some(TaskId(number)));
    }
}
