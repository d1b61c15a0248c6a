//! Events in XML.

use proptest::prelude::*;

use super::xml::Node;
use super::*;

const SPOT: &str = r#"<?xml version="1.0"?>
<event version="2.0" uid="u-1" type="a-f-G-U-C" time="2026-11-20T19:00:00.250Z" start="2026-11-20T19:00:00Z"
 stale="2026-11-20T20:00:00+01:00" how="m-g" access="open"><point lat="34.5" lon="41" hae="212.5" ce="999999" le="-1"/>
<detail><contact callsign="P 1"/><x a="&amp;">y</x></detail></event>"#;

/// The fault of the spot with one text put in the place of another.
fn fault(from: &str, to: &str) -> String {
    assert!(SPOT.contains(from), "{from}");
    parse(SPOT.replace(from, to).as_bytes()).unwrap_err().to_string()
}

#[test]
fn an_event_is_read_with_its_times_place_and_details() {
    let event = parse(SPOT.as_bytes()).unwrap();

    assert_eq!(
        (event.uid.as_str(), event.kind.as_str(), event.how.as_str()),
        ("u-1", "a-f-G-U-C", "m-g")
    );
    assert_eq!(event.time.to_string(), "2026-11-20T19:00:00.25Z");
    assert_eq!(event.stale, event.start, "an offset is read");
    assert_eq!((event.access.as_deref(), event.qos.as_deref()), (Some("open"), None));
    let expected =
        Point { lat_deg: 34.5, lon_deg: 41.0, hae_m: Some(212.5), ce_m: None, le_m: None };
    assert_eq!(event.point, expected, "999999 and negative errors are unknown");
    assert_eq!(event.detail("contact").unwrap().attribute("callsign"), Some("P 1"));
    assert_eq!(event.detail("x").unwrap().text(), "y");
}

#[test]
fn an_event_without_detail_is_an_event() {
    let event = parse(br#"<event uid="u" type="t-x-c-t" time="2026-11-20T19:00:00Z" start="2026-11-20T19:00:00Z" stale="2026-11-20T19:00:00Z"><point lat="0" lon="0"/></event>"#).unwrap();

    assert!(event.detail.is_empty());
    assert_eq!(event.point.hae_m, None);
}

#[test]
fn what_is_wrong_is_said_with_field_and_value() {
    for (from, to, message) in [
        ("<event", "<evnt", "event is not xml: element \"evnt\""),
        (" uid=\"u-1\"", "", "event@uid is missing"),
        (" uid=\"u-1\"", " uid=\" \"", "event@uid is missing"),
        ("<point lat=\"34.5\"", "<point", "point@lat is missing"),
        ("lat=\"34.5\"", "lat=\"90.5\"", "point@lat must be degrees on the globe, got \"90.5\""),
        ("lon=\"41\"", "lon=\"NaN\"", "point@lon must be degrees on the globe, got \"NaN\""),
        ("hae=\"212.5\"", "hae=\"1e999\"", "point@hae must be a finite number, got \"inf\""),
        ("hae=\"212.5\"", "hae=\"high\"", "point@hae must be a number, got \"high\""),
        (
            "2026-11-20T19:00:00.250Z",
            "yesterday",
            "event@time must be a time such as 2026-11-20T19:00:00Z, got \"yesterday\"",
        ),
    ] {
        assert!(fault(from, to).starts_with(message), "{}", fault(from, to));
    }
    assert_eq!(parse(b"<a/>").unwrap_err().to_string(), "root element must be event, got \"a\"");
    assert_eq!(parse(&[0xff]), Err(CotError::NotText));
    assert_eq!(parse(&vec![b' '; 65_537]), Err(CotError::TooLong(65_537)));
}

#[test]
fn entities_are_neither_expanded_nor_fetched() {
    let laughs = "<!DOCTYPE event [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]>";
    let outside = "<!DOCTYPE event [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    for bomb in [laughs, outside, "<!DOCTYPE event SYSTEM \"http://192.0.2.1/e.dtd\">"] {
        let message = fault("<event", &format!("{bomb}<event"));
        assert!(message.contains("document type") && message.contains("is refused"), "{message}");
    }
    let message = fault("&amp;", "&lol;");
    assert!(message.starts_with("event is not xml: "), "{message}");
}

#[test]
fn eighty_thousand_attributes_and_deep_nesting_are_refused_early() {
    let many: String =
        (0..5_000).flat_map(|at| [" a".to_owned(), at.to_string(), "=\"\"".to_owned()]).collect();
    let message = fault("<detail>", &format!("<detail{many}>"));
    assert!(message.contains("at most 64 attributes"), "{message}");
    let all = many.repeat(16);
    let whole = SPOT.replace("<detail>", &format!("<detail{all}>"));
    assert!(matches!(parse(whole.as_bytes()), Err(CotError::TooLong(_))));
    let deep = format!("<detail>{}", "<d>".repeat(10_000));
    let message = fault("<detail>", &deep);
    assert!(message.contains("at most 32 elements inside each other"), "{message}");
}

#[test]
fn places_that_are_no_numbers_or_huge_are_refused_in_both_encodings() {
    for (from, name) in [("lat=\"34.5\"", "lat"), ("lon=\"41\"", "lon")] {
        for got in ["NaN", "inf", "-inf", "1e308", "1e999", "-1e308"] {
            let message = fault(from, &format!("{name}=\"{got}\""));
            assert!(message.starts_with(&format!("point@{name}")), "{message}");
        }
    }
    let mut event = parse(SPOT.as_bytes()).unwrap();
    for lat_deg in [f64::NAN, f64::INFINITY, 1e308] {
        event.point.lat_deg = lat_deg;
        assert!(takproto::decode(&takproto::encode(&event, None)).is_err(), "{lat_deg}");
    }
    event.point = Point { lat_deg: 1.0, hae_m: Some(f64::NAN), ..event.point };
    assert!(takproto::decode(&takproto::encode(&event, None)).is_err());
}

#[test]
fn years_zero_and_9999_are_read_or_refused_and_never_panic() {
    for year in ["0000", "9999", "-0001", "10000"] {
        let text = SPOT.replace("2026-11-20T19:00:00.250Z", &format!("{year}-12-31T23:59:59Z"));
        if let Ok(event) = parse(text.as_bytes()) {
            drop(takproto::encode(&event, None));
            assert_eq!(parse(event.to_xml().as_bytes()), Ok(event));
        }
    }
}

#[test]
fn an_event_is_written_as_a_stream_wants_it() {
    let xml = parse(SPOT.as_bytes()).unwrap().to_xml();

    assert!(xml.starts_with(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<event version=\"2.0\" "
    ));
    assert!(xml.ends_with("</detail></event>"), "{xml}");
    assert!(
        xml.contains(r#"<point lat="34.5" lon="41" hae="212.5" ce="9999999.0" le="9999999.0"/>"#),
        "{xml}"
    );
}

prop_compose! {
    pub(super) fn event()(
        uid in "[!-~é]{1,20}",
        kind in "[a-z](-[A-Za-z]){0,5}",
        how in "([mh](-[a-z]){1,3})?",
        times_ms in prop::array::uniform3(0_i64..4_000_000_000_000),
        access in prop::option::of("[a-z]{1,8}"),
        lat_deg in -90.0..90.0,
        lon_deg in -180.0..180.0,
        hae_m in prop::option::of(-500.0..9_000.0),
        errors_m in prop::array::uniform2(prop::option::of(0.0..5_000.0)),
        callsign in "[ -~é]{1,12}",
        battery in prop::option::of(0_u32..101),
        slope in prop::option::of(Just("1")),
        others in prop::collection::vec(("(remarks|link|sensor|contact|x)", "[ -~\n]{1,12}"), 0..4),
    ) -> Event {
        let moment = |unix_ms: i64| Timestamp::from_millisecond(unix_ms).unwrap();
        let mut detail = vec![Node::Element(Element::new("contact").with("callsign", callsign))];
        detail.extend(battery.map(|battery| Node::Element(Element::new("status").with("battery", battery.to_string()))));
        let mut track = Element::new("track").with("speed", "1.5").with("course", "20");
        if let Some(slope) = slope {
            track = track.with("slope", slope);
        }
        detail.push(Node::Element(track));
        for (name, text) in others {
            detail.push(Node::Element(Element { children: vec![Node::Text(text)], ..Element::new(&name) }));
        }
        Event {
            uid, kind, how,
            time: moment(times_ms[0]), start: moment(times_ms[1]), stale: moment(times_ms[2]),
            access, qos: None, opex: None,
            point: Point { lat_deg, lon_deg, hae_m, ce_m: errors_m[0], le_m: errors_m[1] },
            detail,
        }
    }
}

proptest! {
    #[test]
    fn an_event_comes_back_from_its_xml(event in event()) {
        prop_assert_eq!(parse(event.to_xml().as_bytes()), Ok(event));
    }

    #[test]
    fn a_changed_byte_never_panics(event in event(), at in 0_usize..400, with in any::<u8>()) {
        let mut bytes = event.to_xml().into_bytes();
        let at = at.min(bytes.len() - 1);
        bytes[at] = with;
        drop(parse(&bytes));
    }
}
