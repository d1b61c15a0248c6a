//! Messages that takproto made from XML (see `testdata/README.md`): all three forms are one event.

use std::path::{Path, PathBuf};

use wire::cot::frame::{Frame, StreamDecoder, decode_datagram, encode_datagram, encode_stream};
use wire::cot::{self, Event, takproto};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).expect("the file is checked in")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tak")
}

fn protobuf(frame: Frame<'_>) -> Event {
    let payload = match frame {
        Frame::Protobuf(payload) => payload,
        Frame::Xml(_) => &[],
    };
    let (_, event) = takproto::decode(payload).expect("a message");
    event.expect("an event")
}

/// The children of a detail in the order that protobuf gives them: untyped ones first.
fn sorted(mut event: Event) -> Event {
    let is_blank = |node: &cot::xml::Node| matches!(node, cot::xml::Node::Text(text) if text.trim().is_empty());
    event.detail.retain(|node| !is_blank(node));
    event.detail.sort_by_key(|node| match node {
        cot::xml::Node::Element(element) => element.name.clone(),
        cot::xml::Node::Text(text) => text.clone(),
    });
    for node in &mut event.detail {
        if let cot::xml::Node::Element(element) = node {
            element.attributes.sort();
        }
    }
    event
}

#[test]
fn takprotos_stream_and_datagram_are_the_event_of_the_xml() {
    for name in ["patrol", "sensor", "emergency"] {
        let expected = sorted(cot::parse(&file(&format!("{name}.xml"))).expect("an event"));

        let datagram = file(&format!("{name}.mesh"));
        let from_mesh = protobuf(decode_datagram(&datagram).expect("a datagram"));
        let mut stream = StreamDecoder::new();
        stream.push(&file(&format!("{name}.stream")));
        let from_stream = protobuf(stream.next_frame().expect("a frame").expect("a good one"));

        assert_eq!(sorted(from_mesh), expected);
        assert_eq!(sorted(from_stream), expected);
    }
}

#[test]
fn an_event_without_text_details_is_written_byte_for_byte_as_takproto_does() {
    let event = cot::parse(&file("patrol_typed.xml")).expect("an event");

    let payload = takproto::encode(&event, None);

    assert_eq!(encode_stream(&payload), file("patrol_typed.stream"));
    assert_eq!(encode_datagram(&payload), file("patrol_typed.mesh"));
}
