//! Alerts of nodes, told to the desk and answered.

use watch::journal::Input;
use watch::message::Message;
use wire::sapient::Content;
use wire::sapient::alert::{Alert, AlertAckStatus, AlertStatus, AlertType, DiscretePriority};
use wire::sapient::detection::Position;
use wire::sapient::place::Location;

use super::super::{Session, Step};
use super::messages::*;

fn alert() -> Alert {
    Alert {
        alert_id: Some(ULID.to_lowercase()),
        alert_type: Some(AlertType::Warning.into()),
        description: Some("gate open".into()),
        location: Some(Position::Location(location())),
        ..Alert::default()
    }
}

fn told(session: &mut Session, alert: Alert) -> Step {
    say(session, TOWER, Content::Alert(alert))
}

fn message(step: &Step) -> &Message {
    match step.inputs.first() {
        Some(Input::Wrote(message)) => message,
        other => panic!("no message: {other:?}"),
    }
}

fn answer(step: &Step) -> (AlertAckStatus, &str) {
    match step.replies.last().and_then(|reply| reply.content.as_ref()) {
        Some(Content::AlertAck(ack)) => (ack.alert_ack_status(), ack.reason[0].as_str()),
        other => panic!("no answer: {other:?}"),
    }
}

#[test]
fn an_alert_is_a_message_at_the_desk_and_accepted() {
    let step = told(&mut ready(TOWER), alert());

    let message = message(&step);
    assert_eq!(message.text, "warning: gate open");
    assert_eq!((message.door.as_str(), message.name.as_str()), ("sapient", "Tower one"));
    assert_eq!(message.id, format!("{ULID} Unspecified"));
    let place = message.place.unwrap();
    assert_eq!((place.lon_deg, place.lat_deg), (41.1, 34.5));
    assert_eq!(answer(&step), (AlertAckStatus::Accepted, "told to the desk"));
    assert_eq!(step.replies.len(), 1);
}

#[test]
fn an_alert_that_is_taken_back_is_told_too_and_answered_as_cancelled() {
    let over = Alert { status: Some(AlertStatus::Clear.into()), ..alert() };

    let step = told(&mut ready(TOWER), over);

    assert_eq!(message(&step).text, "warning over: gate open");
    assert_eq!(answer(&step).0, AlertAckStatus::Cancelled);
}

#[test]
fn what_may_not_be_kept_of_anybody_is_left_out_and_told_as_a_redaction() {
    let words = "Armed men (2) at the gate, rifles";
    let step = told(&mut ready(TOWER), Alert { description: Some(words.into()), ..alert() });

    assert_eq!(message(&step).text, "warning: [redacted] [redacted] (2) at the gate, [redacted]");
    let Input::Rejected(redacted) = &step.inputs[1] else { panic!("{step:?}") };
    assert_eq!(redacted.field, "alert.description");
    assert!(redacted.reason.starts_with("redacted: "));
}

#[test]
fn a_place_that_is_none_is_refused_and_the_words_still_count() {
    let far = Location { x: Some(-41.0), ..location() };
    let step =
        told(&mut ready(TOWER), Alert { location: Some(Position::Location(far)), ..alert() });

    assert!(
        matches!(&step.inputs[0], Input::Rejected(rejected) if rejected.field == "alert.location")
    );
    assert!(matches!(&step.inputs[1], Input::Wrote(message) if message.place.is_none()));
    assert_eq!(answer(&step).0, AlertAckStatus::Accepted);
}

#[test]
fn a_node_that_cries_without_end_is_answered_as_rejected() {
    let mut session = ready(TOWER);
    for _ in 0..30 {
        assert_eq!(answer(&told(&mut session, alert())).0, AlertAckStatus::Accepted);
    }

    let step = told(&mut session, alert());

    let reason = "at most 30 alerts a minute are told to the desk";
    assert_eq!(answer(&step), (AlertAckStatus::Rejected, reason));
    assert!(!step.inputs.iter().any(|input| matches!(input, Input::Wrote(_))));
}

#[test]
fn an_alert_waits_for_a_registration() {
    let (field, reason, _) = rejection(&told(&mut session(), alert()));

    assert_eq!((field.as_str(), reason.as_str()), ("content", "a registration must come first"));
}

/// A session of a node of a sector that says where it stands.
fn standing() -> Session {
    let mut session = ready(TOWER);
    let status = wire::sapient::StatusReport { node_location: Some(location()), ..status() };
    say(&mut session, TOWER, Content::StatusReport(status));
    session
}

fn at_bearing(change: impl FnOnce(&mut wire::sapient::place::RangeBearing)) -> Alert {
    let mut polar = bearing();
    (polar.range, polar.range_error, polar.azimuth_error) = (Some(2_000.0), Some(20.0), Some(1.0));
    change(&mut polar);
    Alert { location: Some(Position::RangeBearing(polar)), ..alert() }
}

#[test]
fn an_alert_at_a_bearing_and_a_range_is_placed_from_where_its_node_is() {
    let step = told(&mut standing(), at_bearing(|_| {}));

    let place = message(&step).place.unwrap();
    let (_, east_m) = sight::geo::metres_per_degree(34.5);
    assert!(((41.1 - place.lon_deg) * east_m - 2_000.0).abs() < 5.0, "{place:?}");
    assert!((place.lat_deg - 34.5).abs() < 1e-4, "{place:?}");
    assert!((place.east_sigma_m.unwrap() - 20.0).abs() < 0.1, "{place:?}");
    assert!((place.north_sigma_m.unwrap() - 34.9).abs() < 0.1, "{place:?}");
}

#[test]
fn a_bearing_from_nowhere_or_without_a_range_is_refused_and_the_words_still_count() {
    let refused = |session: &mut Session, alert| {
        let step = told(session, alert);
        let Input::Rejected(rejected) = &step.inputs[0] else { panic!("{step:?}") };
        assert!(matches!(&step.inputs[1], Input::Wrote(message) if message.place.is_none()));
        assert_eq!(answer(&step).0, AlertAckStatus::Accepted);
        rejected.field.clone()
    };

    assert_eq!(refused(&mut ready(TOWER), at_bearing(|_| {})), "alert.range_bearing");
    let without = at_bearing(|polar| polar.range = None);
    assert_eq!(refused(&mut standing(), without), "alert.range_bearing.range");
    let magnetic = at_bearing(|polar| polar.datum = Some(2));
    assert_eq!(refused(&mut standing(), magnetic), "alert.range_bearing.datum");
    let far = at_bearing(|polar| polar.range = Some(9e5));
    assert_eq!(refused(&mut standing(), far), "alert.range_bearing");
    let beyond = at_bearing(|polar| polar.range = Some(1e7));
    assert_eq!(refused(&mut standing(), beyond), "alert.range_bearing.range");
}

#[test]
fn how_soon_an_alert_must_be_seen_is_told_with_its_words() {
    let high = Alert { priority: Some(DiscretePriority::High.into()), ..alert() };

    let step = told(&mut ready(TOWER), high);

    assert_eq!(message(&step).text, "warning, high priority: gate open");
}
