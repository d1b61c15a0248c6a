//! What may not be kept never reaches the journal, and its dropping shows.

use watch::detection::Class;
use watch::journal::Input;
use wire::sapient::Content;
use wire::sapient::detection::{
    Classification, DetectionReport, Position, SubClass, TrackObjectInfo,
};

use super::super::{Session, Step};
use super::messages::*;

fn sub(kind: &str, below: Vec<SubClass>) -> SubClass {
    SubClass { kind: Some(kind.into()), level: Some(1), sub_class: below, ..Default::default() }
}

fn classed(kind: &str, below: Vec<SubClass>) -> Classification {
    Classification { sub_class: below, ..class(kind, Some(1.0)) }
}

fn detect(session: &mut Session, change: impl FnOnce(&mut DetectionReport)) -> Step {
    let mut message = detection(Position::Location(location()));
    message.classification.clear();
    change(&mut message);
    say(session, TOWER, Content::DetectionReport(message))
}

/// Classes journalled, and reasons of the rejections that stand beside them.
fn outcome(step: &Step) -> (Vec<(Class, f64)>, Vec<String>) {
    let [Input::Detected(detected), rejected @ ..] = step.inputs.as_slice() else {
        panic!("{step:?}")
    };
    let reasons = rejected.iter().map(|input| {
        let Input::Rejected(rejection) = input else { panic!("{step:?}") };
        format!("{}: {}", rejection.field, rejection.reason)
    });
    (detected.classes.clone(), reasons.collect())
}

fn read(classification: Classification) -> (Class, Vec<String>) {
    let step = detect(&mut ready(TOWER), |message| message.classification = vec![classification]);
    let (classes, reasons) = outcome(&step);
    assert!(step.replies.is_empty(), "the sender did nothing wrong");
    (classes[0].0, reasons)
}

#[test]
fn the_classes_of_the_standard_are_ours() {
    for (kind, expected) in [
        ("Human", Class::Person),
        ("person", Class::Person),
        ("Group of people", Class::Group),
        ("Land Vehicle", Class::Vehicle),
        ("Sea Vessel", Class::Vehicle),
        ("Air Vehicle", Class::Aircraft),
        ("UAV Rotary Wing", Class::Aircraft),
        ("Animal", Class::Animal),
        ("Group of animals", Class::Animal),
        ("donkey", Class::Animal),
        ("Fixed Object", Class::Unknown),
        ("Unknown", Class::Unknown),
        ("بشر", Class::Unknown),
    ] {
        assert_eq!(read(classed(kind, vec![])), (expected, vec![]), "{kind}");
    }
    assert_eq!(read(classed("Human", vec![sub("Group", vec![])])), (Class::Group, vec![]));
    assert_eq!(read(classed("Animal", vec![sub("Horse", vec![])])), (Class::Animal, vec![]));
}

#[test]
fn a_group_told_beside_the_object_makes_persons_a_group_and_animals_none() {
    let step = detect(&mut ready(TOWER), |message| {
        message.classification = vec![class("Human", Some(0.5)), class("Animal", Some(0.25))];
        message.object_info = vec![TrackObjectInfo {
            kind: Some("group".into()),
            value: Some("several".into()),
            error: None,
        }];
    });

    assert_eq!(outcome(&step), (vec![(Class::Group, 0.5), (Class::Animal, 0.25)], vec![]));
}

#[test]
fn sex_weapons_and_sides_are_dropped_and_the_dropping_is_journalled() {
    let reason = |what: &str| vec![format!("detection_report.classification: redacted: {what}")];

    for (classification, class, what) in [
        (classed("Human", vec![sub("Female", vec![])]), Class::Person, "sex"),
        (classed("Man", vec![]), Class::Person, "sex"),
        (classed("Equipment", vec![sub("Weapon", vec![])]), Class::Unknown, "weapon"),
        (
            classed("Equipment", vec![sub("Other", vec![sub("IED/mine", vec![])])]),
            Class::Unknown,
            "weapon",
        ),
        (classed("Land Vehicle", vec![sub("Military", vec![])]), Class::Vehicle, "side"),
        (classed("Soldier", vec![]), Class::Person, "side"),
        (classed("hostile person", vec![]), Class::Person, "side"),
    ] {
        assert_eq!(read(classification), (class, reason(what)));
    }
}

#[test]
fn identities_are_dropped() {
    let step = detect(&mut ready(TOWER), |message| {
        message.id = Some("AB-123-CD".into());
        message.object_info = vec![TrackObjectInfo {
            kind: Some("number plate".into()),
            value: Some("AB-123-CD".into()),
            error: None,
        }];
    });

    let (_, reasons) = outcome(&step);
    assert_eq!(
        reasons,
        [
            "detection_report.object_info: redacted: identity",
            "detection_report.id: redacted: identity"
        ]
    );
}

#[test]
fn nothing_of_a_redacted_value_is_in_what_is_journalled() {
    let canary = "Qx7female-weapon-AB123CD";
    let step = detect(&mut ready(TOWER), |message| {
        message.classification = vec![classed(canary, vec![sub(canary, vec![])])];
        message.id = Some(canary.into());
        message.colour = Some(canary.into());
        message.state = Some(canary.into());
        message.object_info = vec![TrackObjectInfo {
            kind: Some(canary.into()),
            value: Some(canary.into()),
            error: None,
        }];
    });

    let journalled = format!("{:?}", step.inputs);
    for piece in ["Qx7", "female", "AB123CD"] {
        assert!(!journalled.contains(piece), "{piece} in {journalled}");
    }
}

#[test]
fn redaction_is_counted_each_time_and_journalled_once_a_minute() {
    let mut session = ready(TOWER);
    let mut journalled = 0;
    for _ in 0..100 {
        let step = detect(&mut session, |message| message.id = Some("AB-123-CD".into()));
        journalled += outcome(&step).1.len();
    }

    assert_eq!(journalled, 1);
    assert_eq!(session.counts().redacted, 100);
}

#[test]
fn confidences_of_one_class_add_up_to_one_at_most() {
    let step = detect(&mut ready(TOWER), |message| {
        message.classification = vec![
            class("Human", Some(0.75)),
            class("Walker", Some(0.5)),
            class("Animal", Some(0.25)),
            class("Dog", None),
        ];
    });

    assert_eq!(outcome(&step).0, [(Class::Person, 1.0), (Class::Animal, 1.0)]);
}
