//! What a sensor says an object does, and what its detection was made from.

use watch::detection::{Behaviour, DetectionReport as Reported, Origin, Relation};
use watch::journal::Input;
use wire::sapient::Content;
use wire::sapient::detection::{self, DerivedDetection, DetectionReport, Position};
use wire::sapient::link::{AssociatedDetection, AssociationRelation};

use super::super::Step;
use super::messages::*;

fn detect(change: impl FnOnce(&mut DetectionReport)) -> Step {
    let mut message = detection(Position::Location(location()));
    change(&mut message);
    say(&mut ready(TOWER), TOWER, Content::DetectionReport(message))
}

fn detected(step: &Step) -> &Reported {
    let found = step.inputs.iter().find_map(|input| {
        if let Input::Detected(reported) = input { Some(reported) } else { None }
    });
    found.unwrap_or_else(|| panic!("no detection: {step:?}"))
}

fn behaviour(kind: &str, confidence: Option<f32>) -> detection::Behaviour {
    detection::Behaviour { kind: Some(kind.into()), confidence }
}

#[test]
fn behaviours_are_kept_with_their_confidence_and_each_once() {
    let step = detect(|message| {
        message.behaviour = vec![
            behaviour("Walking", Some(0.25)),
            behaviour(" digging", None),
            behaviour("WALKING", Some(0.5)),
        ];
    });

    let said = [(Behaviour::Walking, Some(0.5)), (Behaviour::Digging, None)];
    assert_eq!(detected(&step).remarks.behaviours, said);
    assert_eq!((step.inputs.len(), step.replies.len()), (1, 0));
}

#[test]
fn a_behaviour_that_the_standard_does_not_know_is_refused_by_itself() {
    let step = detect(|message| {
        message.behaviour = vec![behaviour("running", None), behaviour("flying low", None)];
    });

    assert_eq!(detected(&step).remarks.behaviours, [(Behaviour::Running, None)]);
    let Some(Content::Error(error)) = &step.replies[0].content else { panic!("{step:?}") };
    let line = &error.error_message[0];
    assert!(
        line.starts_with("detection_report.behaviour[1].type: must be one of walking, "),
        "{line}"
    );
    assert!(line.ends_with("got \"flying low\""), "{line}");
}

#[test]
fn a_behaviour_that_tells_what_may_not_be_kept_is_dropped_and_counted() {
    let step = detect(|message| message.behaviour = vec![behaviour("carries a rifle", Some(1.0))]);

    assert!(detected(&step).remarks.is_empty());
    let redacted = |input: &Input| {
        matches!(input, Input::Rejected(rejection)
            if rejection.field == "detection_report.behaviour" && rejection.reason == "redacted: weapon")
    };
    assert!(step.inputs.iter().any(redacted), "{step:?}");
    assert!(!format!("{step:?}").contains("rifle"));
}

fn derived(object_id: &str) -> DerivedDetection {
    DerivedDetection {
        timestamp: Some(now().into()),
        node_id: Some(PATROL.to_uppercase()),
        object_id: Some(object_id.to_lowercase()),
    }
}

#[test]
fn what_a_detection_was_made_from_and_belongs_with_is_kept() {
    let sibling = AssociatedDetection {
        timestamp: None,
        node_id: Some(STRANGER.into()),
        object_id: Some(ULID.into()),
        association_type: Some(AssociationRelation::Sibling.into()),
    };

    let step = detect(|message| {
        message.derived_detection = vec![derived(ULID)];
        message.associated_detection = vec![sibling];
    });

    let origin = |relation, node_id: &str, at| Origin {
        relation,
        node_id: node_id.into(),
        object_id: ULID.into(),
        at,
    };
    let origins =
        [origin(Relation::Derived, PATROL, Some(now())), origin(Relation::Sibling, STRANGER, None)];
    assert_eq!(detected(&step).remarks.origins, origins);
    assert!(step.replies.is_empty());
}

#[test]
fn no_more_origins_are_kept_than_there_is_room_for_and_the_sender_is_told() {
    let step = detect(|message| message.derived_detection = vec![derived(ULID); 20]);

    assert_eq!(detected(&step).remarks.origins.len(), 16);
    let Some(Content::Error(error)) = &step.replies[0].content else { panic!("{step:?}") };
    let line = &error.error_message[0];
    assert!(line.starts_with("detection_report.derived_detection: "), "{line}");
}
