//! Nodes that were cut off and come back, and reports that come twice.

use std::sync::Arc;

use watch::journal::Input;
use wire::sapient::status::System;
use wire::sapient::{Content, StatusReport, encode_frame};

use super::super::{Directory, Session, Step};
use super::messages::*;
use wire::sapient::detection::Position;

fn registered(directory: &Arc<Directory>) -> Session {
    let mut session = Session::new(Arc::clone(directory), now());
    say(&mut session, TOWER, Content::Registration(registration()));
    say(&mut session, TOWER, Content::StatusReport(status()));
    session
}

fn hear(session: &mut Session, content: Content, seconds: f64) -> Step {
    let mut message = envelope(TOWER, content);
    message.timestamp = Some(after(seconds).into());
    session.receive(&encode_frame(&message).unwrap(), after(seconds))
}

#[test]
fn a_node_that_was_cut_off_for_two_minutes_goes_on_without_registering() {
    for (away_s, goes_on) in [(1.0, true), (120.0, true), (120.5, false)] {
        let directory = directory();
        registered(&directory).hang_up(now());
        let mut again = Session::new(Arc::clone(&directory), after(away_s));

        let step = hear(&mut again, Content::StatusReport(status()), away_s);

        let is_taken = matches!(
            step.inputs.as_slice(),
            [Input::Registered(node), Input::Status(_)] if node.name == "Tower one"
        );
        assert_eq!(is_taken, goes_on, "{away_s} s: {step:?}");
        assert_eq!(again.node_id().is_some(), goes_on);
    }
}

#[test]
fn it_owes_its_status_before_anything_else_and_is_waited_for_once() {
    let directory = directory();
    registered(&directory).hang_up(now());
    let mut again = Session::new(Arc::clone(&directory), now());

    let early =
        hear(&mut again, Content::DetectionReport(detection(Position::Location(location()))), 1.0);

    assert!(matches!(early.inputs.as_slice(), [Input::Registered(_), Input::Rejected(_)]));
    let mut third = Session::new(Arc::clone(&directory), now());
    let step = hear(&mut third, Content::StatusReport(status()), 2.0);
    assert_eq!(rejection(&step).1, "a registration must come first");
}

#[test]
fn a_node_that_said_goodbye_registers_again() {
    let directory = directory();
    let goodbye = StatusReport { system: Some(System::Goodbye.into()), ..status() };
    say(&mut registered(&directory), TOWER, Content::StatusReport(goodbye));
    let mut again = Session::new(Arc::clone(&directory), now());

    let step = hear(&mut again, Content::StatusReport(status()), 1.0);

    assert_eq!(rejection(&step).1, "a registration must come first");
}

#[test]
fn a_report_that_comes_twice_by_whatever_connection_counts_once() {
    let directory = directory();
    let mut session = registered(&directory);
    let report = Content::DetectionReport(detection(Position::Location(location())));
    let heartbeat =
        Content::StatusReport(StatusReport { report_id: Some(fresh_ulid()), ..status() });
    assert_eq!(hear(&mut session, report.clone(), 1.0).inputs.len(), 1);
    assert_eq!(hear(&mut session, heartbeat.clone(), 1.0).inputs.len(), 1);

    assert_eq!(hear(&mut session, report.clone(), 1.0), Step::default());
    assert_eq!(hear(&mut session, heartbeat, 1.0), Step::default());
    assert_eq!(session.counts().ignored, 2);

    session.hang_up(after(2.0));
    let mut again = registered(&directory);
    assert_eq!(hear(&mut again, report.clone(), 1.0), Step::default());
    // A sender that uses one id for all its reports is believed by the time.
    assert_eq!(hear(&mut again, report, 1.5).inputs.len(), 1);
}

#[test]
fn only_so_many_reports_are_remembered() {
    let directory = directory();
    let mut session = registered(&directory);
    let first = detection(Position::Location(location()));
    hear(&mut session, Content::DetectionReport(first.clone()), 0.0);
    for _ in 0..crate::ingest::limits::REPORTS_REMEMBERED_MAX {
        let next = detection(Position::Location(location()));
        hear(&mut session, Content::DetectionReport(next), 0.0);
    }

    assert_eq!(hear(&mut session, Content::DetectionReport(first), 0.0).inputs.len(), 1);
}
