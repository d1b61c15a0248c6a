//! What nodes and the parent of the station say to one another.

use watch::journal::Input;
use wire::sapient::detection::Position;
use wire::sapient::status::StatusReport;
use wire::sapient::task::TaskStatus;
use wire::sapient::{Content, Error, SapientMessage, TaskAck};

use super::super::limits;
use super::messages::*;

const PARENT: &str = "3f1b2c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d";

fn to(destination: &str, node_id: &str, content: Content) -> Vec<u8> {
    let destination_id = Some(destination.to_owned());
    let message = SapientMessage { destination_id, ..envelope(node_id, content) };
    wire::sapient::encode_frame(&message).unwrap()
}

fn answer(task_id: &str) -> Content {
    Content::TaskAck(TaskAck {
        task_id: Some(task_id.into()),
        task_status: Some(TaskStatus::Completed.into()),
        ..TaskAck::default()
    })
}

fn fresh_status() -> Content {
    Content::StatusReport(StatusReport { report_id: Some(fresh_ulid()), ..status() })
}

#[test]
fn a_report_addressed_to_the_parent_is_used_here_and_handed_on_as_it_came() {
    let mut session = ready(TOWER);
    let _up = session.directory.exchange().open(PARENT);

    let step = session.receive(&to(&PARENT.to_uppercase(), TOWER, fresh_status()), now());
    let unaddressed = say(&mut session, TOWER, fresh_status());
    let elsewhere = session.receive(&to(STRANGER, TOWER, fresh_status()), now());

    assert!(matches!(step.inputs.as_slice(), [Input::Status(_)]), "{step:?}");
    let [handed_on] = step.onward.as_slice() else { panic!("{step:?}") };
    assert_eq!(handed_on.node_id.as_deref(), Some(TOWER));
    assert_eq!(handed_on.destination_id.as_deref(), Some(PARENT.to_uppercase().as_str()));
    assert!(unaddressed.onward.is_empty() && elsewhere.onward.is_empty());
    session.directory.exchange().close();
    let away = session.receive(&to(PARENT, TOWER, fresh_status()), now());
    assert!(away.onward.is_empty());
}

#[test]
fn what_may_not_be_kept_is_not_handed_on_and_nobody_speaks_as_another() {
    let mut session = ready(TOWER);
    let _up = session.directory.exchange().open(PARENT);
    let mut report = detection(Position::Location(location()));
    report.id = Some("a name".into());

    let redacted = session.receive(&to(PARENT, TOWER, Content::DetectionReport(report)), now());
    let other = session.receive(&to(PARENT, PATROL, fresh_status()), now());
    let mut stranger = super::messages::session();
    let _up = stranger.directory.exchange().open(PARENT);
    let nobody = stranger.receive(&to(PARENT, TOWER, fresh_status()), now());

    assert!(session.counts().redacted > 0 && redacted.onward.is_empty(), "{redacted:?}");
    assert!(other.onward.is_empty() && rejection(&other).0 == "node_id", "{other:?}");
    assert!(nobody.onward.is_empty(), "{nobody:?}");
}

#[test]
fn a_registration_for_the_parent_goes_up_when_the_station_has_let_the_node_in() {
    let mut session = session();
    let _up = session.directory.exchange().open(PARENT);
    let registers = |node: &str| to(PARENT, node, Content::Registration(registration()));

    let stranger = session.receive(&registers(STRANGER), now());
    let tower = session.receive(&registers(TOWER), now());

    assert!(stranger.onward.is_empty(), "{stranger:?}");
    assert!(matches!(tower.inputs.as_slice(), [Input::Registered(_)]), "{tower:?}");
    assert_eq!(tower.replies.len(), 1, "the station answers for itself");
    let [handed_on] = tower.onward.as_slice() else { panic!("{tower:?}") };
    assert_eq!(handed_on.content, Some(Content::Registration(registration())));
}

#[test]
fn an_answer_goes_where_the_question_came_from() {
    let mut session = ready(TOWER);
    let exchange = session.directory.exchange().clone();
    let _up = exchange.open(PARENT);
    exchange.asked(TOWER, ULID);

    let asked = say(&mut session, TOWER, answer(&ULID.to_lowercase()));
    let other = say(&mut session, TOWER, answer(&fresh_ulid()));
    let fault = Error { packet: Some(vec![1]), error_message: vec!["no".into()] };
    let error = session.receive(&to(PARENT, TOWER, Content::Error(fault)), now());

    assert!(asked.inputs.is_empty() && asked.onward.len() == 1, "{asked:?}");
    assert_eq!(rejection(&other).0, "task_ack.task_id");
    assert!(error.inputs.is_empty() && error.onward.len() == 1, "{error:?}");
    assert!(exchange.is_asked(TOWER, ULID) && !exchange.is_asked(PATROL, ULID));
}

#[test]
fn a_parent_that_takes_nothing_holds_nobody_up() {
    let exchange = session().directory.exchange().clone();
    let message = || envelope(TOWER, fresh_status());

    assert_eq!(exchange.pass_up(message()), Err("the parent is not connected"));
    let up = exchange.open(PARENT);
    while exchange.pass_up(message()).is_ok() {}
    assert_eq!(up.len(), limits::PASSED_UP_WAITING_MAX);
    for _ in 0..2 * limits::PASSED_TASKS_REMEMBERED_MAX {
        exchange.asked(TOWER, &fresh_ulid());
    }
    exchange.asked(TOWER, ULID);
    assert!(exchange.is_asked(TOWER, ULID));
}
