//! What a parent asks, and how it is told what becomes of it.

use watch::message::{Asked, AskedKind};
use wire::sapient::place::{Area, LocationList};
use wire::sapient::task::{Command, Control, Order};

use super::*;

fn place(lon_deg: f64) -> wire::sapient::place::Location {
    wire::sapient::place::Location {
        x: Some(lon_deg),
        y: Some(34.42),
        coordinate_system: Some(1),
        datum: Some(1),
        ..Default::default()
    }
}

fn task(order: Order) -> Task {
    Task {
        task_id: Some(ULID.into()),
        control: Some(Control::Start.into()),
        command: Some(Command { command: Some(order), command_parameter: None }),
        ..Task::default()
    }
}

/// What the desk is asked by a step, and how the parent is answered.
fn asked_by(step: &Step) -> (Option<&Asked>, TaskStatus, &str) {
    let asked = match step.inputs.as_slice() {
        [Input::Wrote(message)] => message.asked.as_ref(),
        [] => None,
        other => panic!("{other:?}"),
    };
    match &step.messages[0].content {
        Some(Content::TaskAck(ack)) => (asked, ack.task_status(), ack.reason[0].as_str()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_parent_asks_keeps_its_kind_and_all_its_places() {
    let sector = sector();
    let list = |count: u8| LocationList {
        locations: (0..count).map(|nth| place(41.02 + 0.001 * f64::from(nth))).collect(),
    };
    let look =
        wire::sapient::place::LocationOrRangeBearing { fov: Some(Area::LocationList(list(2))) };
    let mut child = admitted(&sector);
    child.tell(&scene(vec![view(7, -300.0)]), now());
    let follow = |follow_object_id: String| {
        Order::Follow(wire::sapient::task::FollowObject { follow_object_id })
    };
    for (order, kind, places, track) in [
        (Order::LookAt(look), AskedKind::LookAt, 2, None),
        (Order::MoveTo(list(1)), AskedKind::MoveTo, 1, None),
        (Order::Patrol(list(16)), AskedKind::Patrol, 16, None),
        (follow(said::track_id(TrackId(7))), AskedKind::Follow, 0, Some(TrackId(7))),
        (Order::Request("Status".into()), AskedKind::Other, 0, None),
    ] {
        let step = hear(&mut child, Content::Task(task(order)));
        let (asked, status, _) = asked_by(&step);
        let asked = asked.unwrap();
        assert_eq!((asked.kind, asked.places.len(), asked.track), (kind, places, track));
        assert_eq!((asked.task.as_str(), status), (ULID, TaskStatus::Accepted));
    }
    let cone = wire::sapient::place::RangeBearingCone {
        coordinate_system: Some(1),
        datum: Some(1),
        ..Default::default()
    };
    let cone = wire::sapient::place::LocationOrRangeBearing { fov: Some(Area::RangeBearing(cone)) };
    let far = LocationList { locations: vec![place(41.02), place(-41.02)] };
    for (order, reason) in [
        (Order::LookAt(cone), "task.command.look_at.range_bearing: must be places"),
        (Order::Patrol(list(17)), "task.command.patrol.locations: must hold at most 16 places"),
        (Order::Patrol(far), "task.command.patrol.locations[1]: "),
        (follow(ULID.into()), "task.command.follow.follow_object_id: must be an object"),
    ] {
        let step = hear(&mut child, Content::Task(task(order)));
        let (asked, status, why) = asked_by(&step);
        assert_eq!((asked, status), (None, TaskStatus::Rejected));
        assert!(why.starts_with(reason), "{why}");
        assert_eq!(step.faults.len(), 1);
    }
}

#[test]
fn a_parent_that_stops_or_pauses_a_task_is_told_to_the_desk_beside_it() {
    let sector = sector();
    let mut child = admitted(&sector);
    let mut ids = Vec::new();
    for (control, kind) in [
        (Control::Start, Some(AskedKind::Other)),
        (Control::Stop, Some(AskedKind::Stop)),
        (Control::Pause, None),
    ] {
        let order = Task { control: Some(control.into()), ..task(Order::Request("Status".into())) };
        let step = hear(&mut child, Content::Task(order));
        let [Input::Wrote(message)] = step.inputs.as_slice() else { panic!("{step:?}") };
        assert_eq!(message.asked.as_ref().map(|asked| asked.kind), kind);
        ids.push(message.id.clone());
    }
    ids.dedup();
    assert_eq!(ids.len(), 3, "one is not taken for another: {ids:?}");
}

fn stands(stage: AskedStage, changed_at: Timestamp) -> Kept {
    let asked =
        Asked { task: ULID.into(), kind: AskedKind::Other, places: Vec::new(), track: None };
    Kept {
        number: 1,
        arrived_at: now(),
        message: watch::message::Message {
            door: DOOR.into(),
            id: ULID.into(),
            name: "parent".into(),
            unit: None,
            text: "task request".into(),
            written_at: now(),
            place: None,
            asked: Some(asked),
        },
        standing: Some(watch::message::Standing {
            stage,
            became: None,
            by: None,
            note: if stage == AskedStage::Failed { "no wind".into() } else { String::new() },
            changed_at,
            entry: None,
        }),
        entry: None,
    }
}

/// How a parent is told that what it asked goes on.
fn acks(child: &mut Child<'_>, asked: Kept, at: Timestamp) -> Vec<(TaskStatus, String)> {
    let scene = Scene { asked: vec![asked], ..scene(Vec::new()) };
    let told = child.tell(&scene, at).messages.into_iter();
    told.filter_map(|message| match message.content {
        Some(Content::TaskAck(ack)) => {
            assert_eq!(ack.task_id(), ULID);
            Some((ack.task_status(), ack.reason[0].clone()))
        }
        _ => None,
    })
    .collect()
}

#[test]
fn what_became_of_a_task_is_told_once_as_it_goes_on() {
    let sector = sector();
    let mut child = admitted(&sector);
    assert_eq!(acks(&mut child, stands(AskedStage::Told, now()), now()), []);
    let taken = acks(&mut child, stands(AskedStage::TakenOn, after(1)), after(1));
    assert_eq!(taken, [(TaskStatus::Accepted, "taken on".to_owned())]);
    assert_eq!(acks(&mut child, stands(AskedStage::TakenOn, after(1)), after(2)), []);
    let failed = acks(&mut child, stands(AskedStage::Failed, after(3)), after(3));
    assert_eq!(failed, [(TaskStatus::Failed, "no wind".to_owned())]);
    assert_eq!(acks(&mut child, stands(AskedStage::Failed, after(3)), after(4)), []);

    for (stage, status) in
        [(AskedStage::Done, TaskStatus::Completed), (AskedStage::Declined, TaskStatus::Rejected)]
    {
        let mut child = admitted(&sector);
        let told = acks(&mut child, stands(stage, after(-5)), now());
        assert_eq!(told[0].0, status, "told by a later connection, too");
        let mut child = admitted(&sector);
        assert_eq!(acks(&mut child, stands(stage, after(-4_000)), now()), [], "not for ever");
    }
    let mut child = admitted(&sector);
    assert_eq!(acks(&mut child, stands(AskedStage::Withdrawn, now()), now()), []);
}
