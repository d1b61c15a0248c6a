//! Events through protobuf and back.

use proptest::prelude::*;

use super::super::xml::{self, Element, Node};
use super::*;

/// An event with these children in its detail.
fn event(detail: &str) -> Event {
    let children = xml::parse(&format!("<detail>{detail}</detail>")).unwrap().children;
    Event {
        uid: "u-1".into(),
        kind: "a-f-G".into(),
        how: "m-g".into(),
        time: "2026-11-20T19:00:00.25Z".parse().unwrap(),
        start: "2026-11-20T19:00:00Z".parse().unwrap(),
        stale: "2026-11-20T19:05:00Z".parse().unwrap(),
        access: None,
        qos: None,
        opex: None,
        point: Point { lat_deg: 34.5, lon_deg: 41.0, hae_m: None, ce_m: Some(5.0), le_m: None },
        detail: children,
    }
}

fn detail_of(text: &str) -> Detail {
    let bytes = encode(&event(text), None);
    TakMessage::decode(bytes.as_slice()).unwrap().cot_event.unwrap().detail.unwrap_or_default()
}

/// Children of a detail, whatever their order.
fn sorted(event: &Event) -> Vec<String> {
    let holder =
        |node: &Node| Element { children: vec![node.clone()], ..Element::new("d") }.to_string();
    let mut children: Vec<String> = event.detail.iter().map(holder).collect();
    children.sort();
    children
}

#[test]
fn known_details_travel_typed_and_others_as_text() {
    let detail = detail_of(
        r#"<contact callsign="P 1"/><track speed="1.5" course="20"/><remarks>a &lt; b</remarks>"#,
    );

    assert_eq!(detail.contact, Some(Contact { endpoint: String::new(), callsign: "P 1".into() }));
    assert_eq!(detail.track, Some(Track { speed: 1.5, course: 20.0 }));
    assert_eq!(detail.xml_detail, "<remarks>a &lt; b</remarks>");
}

#[test]
fn an_element_that_a_message_cannot_hold_whole_stays_text() {
    for text in [
        r#"<status readiness="true"/>"#,
        r#"<status battery="low"/>"#,
        r#"<status battery="-1"/>"#,
        "<status/>",
        r#"<track speed="1" course="2" slope="3"/>"#,
        r#"<track speed="1"/>"#,
        r#"<track speed="NaN" course="2"/>"#,
        r#"<contact callsign="P 1" phone="1"/>"#,
        r#"<contact callsign=""/>"#,
        r#"<contact callsign="P 1"><x/></contact>"#,
        r#"<contact callsign="P 1"/><contact callsign="P 2"/>"#,
    ] {
        assert_eq!(detail_of(text), Detail { xml_detail: text.into(), ..Detail::default() });
    }
}

#[test]
fn an_element_that_came_both_ways_is_the_one_in_the_text() {
    let detail = Detail {
        xml_detail: r#"<contact callsign="text" phone="1"/>"#.into(),
        contact: Some(Contact { endpoint: String::new(), callsign: "typed".into() }),
        status: Some(Status { battery: 0 }),
        ..Detail::default()
    };

    let nodes = detail.into_nodes().unwrap();

    let expected = [
        Node::Element(Element::new("contact").with("callsign", "text").with("phone", "1")),
        Node::Element(Element::new("status").with("battery", "0")),
    ];
    assert_eq!(nodes, expected);
}

#[test]
fn text_cannot_break_out_of_the_detail() {
    for text in ["</detail><evil/>", "</detail><detail>", "<!DOCTYPE a>", "<a>"] {
        let detail = Detail { xml_detail: text.into(), ..Detail::default() };

        assert!(matches!(detail.into_nodes(), Err(CotError::Xml(_))), "{text}");
    }
}

#[test]
fn an_event_in_protobuf_is_checked_like_one_in_xml() {
    let message = |change: fn(&mut CotEvent)| {
        let mut event = message_of(&event(""));
        change(&mut event);
        decode(&TakMessage { tak_control: None, cot_event: Some(event) }.encode_to_vec())
            .unwrap_err()
            .to_string()
    };

    assert_eq!(message(|event| event.uid.clear()), "event@uid is missing");
    assert_eq!(
        message(|event| event.lat = 91.0),
        r#"point@lat must be degrees on the globe, got "91""#
    );
    assert_eq!(
        message(|event| event.lon = f64::NAN),
        r#"point@lon must be degrees on the globe, got "NaN""#
    );
    assert_eq!(
        message(|event| event.hae = f64::INFINITY),
        r#"point@hae must be a finite number, got "inf""#
    );
    assert_eq!(
        message(|event| event.stale_time = u64::MAX),
        r#"event@stale must be milliseconds since 1970, got "18446744073709551615""#
    );
}

#[test]
fn a_message_may_hold_a_word_on_versions_and_no_event() {
    let control =
        TakControl { min_proto_version: 1, max_proto_version: 1, contact_uid: "u-1".into() };
    let bytes = TakMessage { tak_control: Some(control.clone()), cot_event: None }.encode_to_vec();

    assert_eq!(decode(&bytes), Ok((Some(control), None)));
    assert_eq!(decode(&[]), Ok((None, None)));
}

proptest! {
    #[test]
    fn an_event_comes_back_from_protobuf_with_all_its_details(event in super::super::tests::event()) {
        let (_, back) = decode(&encode(&event, None)).unwrap();
        let back = back.unwrap();

        prop_assert_eq!(sorted(&back), sorted(&event));
        prop_assert_eq!(Event { detail: vec![], ..back }, Event { detail: vec![], ..event });
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok((_, Some(event))) = decode(&bytes) {
            drop(event.to_xml());
        }
    }
}
