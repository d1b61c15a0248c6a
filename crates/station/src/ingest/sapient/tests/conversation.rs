//! Order, framing, silence and abuse.

use proptest::prelude::*;
use watch::journal::Input;
use wire::sapient::detection::Position;
use wire::sapient::{Content, Error, RegistrationAck, SapientMessage, encode_frame};

use super::super::{Session, Step};
use super::messages::*;

fn frame(node_id: &str, content: Content) -> Vec<u8> {
    encode_frame(&envelope(node_id, content)).unwrap()
}

fn seen() -> Content {
    Content::DetectionReport(detection(Position::Location(location())))
}

#[test]
fn messages_out_of_order_are_refused_and_the_connection_goes_on() {
    let mut session = session();

    let (_, reason, _) = rejection(&say(&mut session, TOWER, seen()));
    assert_eq!(reason, "a registration must come first");
    say(&mut session, TOWER, Content::Registration(registration()));
    let (_, reason, _) = rejection(&say(&mut session, TOWER, seen()));
    assert_eq!(reason, "a status report must come before detections");
    say(&mut session, TOWER, Content::StatusReport(status()));

    assert!(matches!(only(&say(&mut session, TOWER, seen())), Input::Detected(_)));
    assert_eq!(session.counts().accepted, 3);
    assert_eq!(session.counts().rejected, 2);
}

#[test]
fn many_messages_in_one_read_are_answered_in_order() {
    let mut bytes = frame(TOWER, Content::Registration(registration()));
    bytes.extend(frame(TOWER, Content::StatusReport(status())));
    bytes.extend([3, 0, 0, 0, 0xff, 0xff, 0xff]);
    bytes.extend(frame(TOWER, seen()));

    let step = session().receive(&bytes, now());

    assert!(matches!(
        step.inputs.as_slice(),
        [Input::Registered(_), Input::Status(_), Input::Rejected(_), Input::Detected(_)]
    ));
    let [ack, error] = step.replies.as_slice() else { panic!("{step:?}") };
    assert!(matches!(ack.content, Some(Content::RegistrationAck(_))));
    let Some(Content::Error(error)) = &error.content else { panic!("{error:?}") };
    assert_eq!(error.packet.as_deref(), Some(&[0xff; 3][..]));
    assert!(error.error_message[0].starts_with("message: not a sapient message: "), "{error:?}");
}

#[test]
fn a_large_bad_message_is_given_back_only_in_part() {
    let mut session = ready(TOWER);
    let mut bytes = 100_000_u32.to_le_bytes().to_vec();
    bytes.resize(100_004, 0xff);

    let step = session.receive(&bytes, now());

    let Some(Content::Error(error)) = &step.replies[0].content else { panic!() };
    assert_eq!(error.packet.as_ref().unwrap().len(), 1_024);
    assert!(wire::sapient::validate(&step.replies[0]).is_ok());
}

#[test]
fn a_stream_out_of_step_is_closed() {
    let mut session = ready(TOWER);

    let step = session.receive(b"GET / HTTP/1.1\r\n\r\n", now());

    assert!(step.close.is_some());
    assert!(matches!(step.inputs.as_slice(), [Input::Rejected(_), Input::Disconnected { .. }]));
    assert_eq!(session.receive(&frame(TOWER, seen()), now()), Step::default());
}

#[test]
fn one_connection_speaks_for_one_node() {
    let (field, _, _) = rejection(&say(&mut ready(TOWER), PATROL, seen()));

    assert_eq!(field, "node_id");
}

#[test]
fn what_only_a_station_says_is_refused_from_a_node() {
    let ack = RegistrationAck { acceptance: Some(true), ack_response_reason: vec![] };

    let (field, _, _) = rejection(&say(&mut ready(TOWER), TOWER, Content::RegistrationAck(ack)));

    assert_eq!(field, "registration_ack");
}

#[test]
fn an_error_from_a_node_is_journalled_and_never_answered() {
    let error =
        Error { packet: Some(vec![1]), error_message: vec!["task.region:\u{7} what?".into()] };

    let step = say(&mut ready(TOWER), TOWER, Content::Error(error));

    assert!(matches!(
        only(&step),
        Input::Rejected(rejection) if rejection.reason == "the node could not use our message: task.region: what?"
    ));
    assert!(step.replies.is_empty());
}

#[test]
fn clocks_far_off_are_refused_with_both_times() {
    for off_s in [86_401_i64, -86_401] {
        let mut message = envelope(TOWER, Content::Registration(registration()));
        message.timestamp = Some(after(off_s as f64).into());
        let step = session().receive(&encode_frame(&message).unwrap(), now());

        let (field, reason, _) = rejection(&step);
        assert_eq!(field, "timestamp");
        assert!(reason.contains("2026-11-20T19:00:00Z"), "{reason}");
    }
}

#[test]
fn years_zero_and_9999_and_moments_that_are_none_are_refused_and_the_next_report_is_taken() {
    for (seconds, nanos) in [
        (-62_167_219_200, 0),
        (-62_167_219_201, 999_999_999),
        (253_402_207_200, 0),
        (253_402_300_799, 0),
        (i64::MIN, 0),
        (i64::MAX, 999_999_999),
        (0, -1),
        (0, i32::MAX),
    ] {
        let mut session = ready(TOWER);
        let mut message = envelope(TOWER, seen());
        message.timestamp = Some(wire::sapient::link::Timestamp { seconds, nanos });

        let step = session.receive(&encode_frame(&message).unwrap(), now());

        let (field, _, told) = rejection(&step);
        assert_eq!(field, "timestamp", "{seconds} {nanos}: {told:?}");
        let step = say(&mut session, TOWER, seen());
        assert!(matches!(only(&step), Input::Detected(_)), "{step:?}");
    }
}

#[test]
fn late_reports_are_an_ordinary_case() {
    let mut session = ready(TOWER);
    let mut message = envelope(TOWER, seen());
    message.timestamp = Some(after(-3_600.0).into());

    let step = session.receive(&encode_frame(&message).unwrap(), now());

    assert!(
        matches!(only(&step), Input::Detected(detected) if detected.observed_at == after(-3_600.0))
    );
}

#[test]
fn a_flood_of_bad_messages_is_answered_but_not_all_journalled() {
    let mut session = ready(TOWER);
    let bad = [1, 0, 0, 0, 0xff].repeat(1_000);

    let step = session.receive(&bad, now());
    assert_eq!(step.inputs.len(), 60);
    assert_eq!(step.replies.len(), 1_000);

    let later = session.receive(&bad[..5], after(1.0));
    let Input::Rejected(rejection) = only(&later) else { panic!() };
    assert!(
        rejection.reason.ends_with("(after 940 rejections that were not journalled)"),
        "{rejection:?}"
    );
}

#[test]
fn a_connection_that_never_registers_is_closed() {
    let mut session = session();

    assert_eq!(session.tick(after(60.0)), Step::default());
    let step = session.tick(after(61.0));

    assert!(step.inputs.is_empty() && step.close.is_some());
}

#[test]
fn a_lost_connection_disconnects_its_node_once() {
    let mut session = ready(TOWER);

    assert_eq!(only(&session.hang_up(now())), &Input::Disconnected { node_id: TOWER.into() });
    assert_eq!(session.hang_up(now()), Step::default());
    assert_eq!(super::messages::session().hang_up(now()).inputs, []);
}

#[test]
fn a_superseded_connection_ends_without_disconnecting_its_node() {
    let mut session = ready(TOWER);

    assert!(session.supersede().inputs.is_empty());
    assert_eq!(session.hang_up(now()), Step::default());
}

fn speak(session: &mut Session, chunks: &[Vec<u8>]) -> Vec<Step> {
    chunks.iter().map(|chunk| session.receive(chunk, now())).collect()
}

proptest! {
    #[test]
    fn bytes_may_come_in_any_pieces(cuts in prop::collection::vec(1_usize..400, 1..40)) {
        let mut stream = frame(TOWER, Content::Registration(registration()));
        stream.extend(frame(TOWER, Content::StatusReport(status())));
        stream.extend(frame(TOWER, seen()));
        let whole = session().receive(&stream, now());

        let mut rest = stream.as_slice();
        let mut chunks = Vec::new();
        for cut in cuts {
            let (chunk, after) = rest.split_at(cut.min(rest.len()));
            chunks.push(chunk.to_vec());
            rest = after;
        }
        chunks.push(rest.to_vec());
        let steps = speak(&mut session(), &chunks);

        let inputs: Vec<Input> = steps.iter().flat_map(|step| step.inputs.clone()).collect();
        let replies: Vec<SapientMessage> = steps.into_iter().flat_map(|step| step.replies).collect();
        prop_assert_eq!(inputs, whole.inputs);
        prop_assert_eq!(replies, whole.replies);
    }

    #[test]
    fn a_changed_byte_never_panics_and_never_loses_the_next_message(at in 4_usize..200, with in any::<u8>()) {
        let mut session = ready(TOWER);
        let mut broken = frame(TOWER, seen());
        let at = at.min(broken.len() - 1);
        broken[at] = with;
        session.receive(&broken, now());

        let step = session.receive(&frame(TOWER, seen()), now());

        prop_assert!(matches!(step.inputs.first(), Some(Input::Detected(_))), "{:?}", step);
    }
}
