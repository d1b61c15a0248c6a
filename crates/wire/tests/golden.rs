//! Frames that another encoder wrote (see `testdata/README.md`), read and written again.

use std::collections::BTreeSet;
use std::path::Path;

use wire::sapient::detection::Position;
use wire::sapient::status::System;
use wire::sapient::{
    Content, FrameDecoder, SapientMessage, Timestamp, decode, encode_frame, validate,
};

/// The frames of a file: each message with the bytes it was read from.
fn frames(name: &str) -> Vec<(SapientMessage, Vec<u8>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/sapient").join(name);
    let mut decoder = FrameDecoder::new();
    decoder.push(&std::fs::read(path).expect("the file is checked in"));
    let mut frames = Vec::new();
    while let Some(frame) = decoder.next_frame() {
        let payload = frame.expect("frames are short").to_vec();
        frames.push((decode(&payload).expect("a message"), payload));
    }
    assert_eq!(decoder.pending(), 0, "{name} ends with a whole frame");
    frames
}

fn only(name: &str) -> SapientMessage {
    let mut frames = frames(name);
    assert_eq!(frames.len(), 1);
    frames.remove(0).0
}

fn content_name(message: &SapientMessage) -> &'static str {
    match message.content {
        Some(Content::Registration(_)) => "registration",
        Some(Content::RegistrationAck(_)) => "registration_ack",
        Some(Content::StatusReport(_)) => "status_report",
        Some(Content::DetectionReport(_)) => "detection_report",
        Some(Content::Task(_)) => "task",
        Some(Content::TaskAck(_)) => "task_ack",
        Some(Content::Alert(_)) => "alert",
        Some(Content::AlertAck(_)) => "alert_ack",
        Some(Content::Error(_)) => "error",
        None => "nothing",
    }
}

#[test]
fn every_field_of_every_message_comes_back_byte_for_byte() {
    let frames = frames("every_field.frames");

    for (message, payload) in &frames {
        let written = encode_frame(message).unwrap();
        assert!(written[4..] == payload[..], "{message:#?}");
    }
    let contents: BTreeSet<_> = frames.iter().map(|(message, _)| content_name(message)).collect();
    assert_eq!(contents.len(), 9, "{contents:?}");
}

#[test]
fn every_field_of_every_message_is_valid() {
    for (message, _) in frames("every_field.frames") {
        assert_eq!(validate(&message), Ok(()), "{}", content_name(&message));
    }
}

#[test]
fn a_refusal_says_false_and_is_not_silent() {
    let message = only("registration_refused.frame");

    assert_eq!(message.timestamp, Some(Timestamp { seconds: 1_795_201_200, nanos: 250_000_000 }));
    let Some(Content::RegistrationAck(ack)) = message.content else { panic!("{message:?}") };
    assert_eq!(ack.acceptance, Some(false));
    assert_eq!(ack.ack_response_reason, ["node_id: unknown"]);
}

#[test]
fn zeros_that_were_sent_are_told_from_nothing() {
    let message = only("detection_at_a_place.frame");

    let Some(Content::DetectionReport(report)) = message.content else { panic!("{message:?}") };
    assert_eq!(report.detection_confidence, Some(0.0));
    assert_eq!(report.classification[0].kind.as_deref(), Some("Human"));
    assert_eq!(report.classification[0].confidence, Some(0.75));
    let Some(Position::Location(place)) = report.location else { panic!("{report:?}") };
    assert_eq!(
        (place.x, place.y, place.z, place.x_error),
        (Some(41.031_25), Some(34.406_25), Some(0.0), None)
    );
}

#[test]
fn bearings_and_goodbyes_are_read() {
    let message = only("detection_by_bearing.frame");
    let Some(Content::DetectionReport(report)) = message.content else { panic!("{message:?}") };
    let Some(Position::RangeBearing(polar)) = report.location else { panic!("{report:?}") };
    assert_eq!((polar.azimuth, polar.elevation, polar.range), (Some(271.5), Some(-1.25), None));

    let message = only("goodbye.frame");
    let Some(Content::StatusReport(status)) = message.content else { panic!("{message:?}") };
    assert_eq!(status.system(), System::Goodbye);
}
