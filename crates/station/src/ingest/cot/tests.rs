//! What phones say, and what becomes of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use sight::coverage::view::Cone;
use sight::sector::{Sector, UnitId, parse};
use watch::call::{CallKind, CallWord};
use watch::detection::{Class, ReportedPosition, Source};
use watch::journal::Input;
use watch::mark::Mark;
use wire::cot::Event;
use wire::cot::frame::encode_stream;
use wire::cot::takproto;

use super::{Phones, Session, Step, UnknownUnit};

const NOW: &str = "2026-11-20T19:00:00Z";
const PHONE: &str = "ANDROID-1";
/// A line that runs north along 41.5 E, and one patrol.
const SECTOR: &str = r#"
name = "flat"
title = { en = "Flat", ar = "منبسط" }

[terrain]
files = ["N34E041.hgt"]

[line]
file = "line.geojson"
far_side = "left"
far_depth_m = 3000.0
near_depth_m = 2000.0

[[unit]]
id = "patrol-1"
name = { en = "Patrol", ar = "دورية" }
agency = "border-guard"
node_id = "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f02"
mobility = "vehicle"
at = [41.515, 34.49]
"#;
const LINE: &str = r#"{"type": "Feature", "properties": {}, "geometry":
    {"type": "LineString", "coordinates": [[41.5, 34.47], [41.5, 34.53]]}}"#;

pub(in crate::ingest) fn sector() -> Sector {
    parse(SECTOR, &|_| Ok(LINE.as_bytes().to_vec())).unwrap()
}

pub(in crate::ingest) fn phones() -> Arc<Phones> {
    let devices = BTreeMap::from([(PHONE.to_owned(), "patrol-1".to_owned())]);
    Arc::new(Phones::of_sector(&sector(), &devices, 0.8).unwrap())
}

/// An event as a phone writes it.
pub(in crate::ingest) fn xml(uid: &str, kind: &str, detail: &str) -> String {
    xml_at(uid, kind, detail, (NOW, "41.51"))
}

fn xml_at(uid: &str, kind: &str, detail: &str, (time, lon): (&str, &str)) -> String {
    format!(
        "<?xml version='1.0'?>\n<event version='2.0' uid='{uid}' type='{kind}' how='m-g' time='{time}' start='{time}' \
         stale='2026-11-20T19:05:00Z'><point lat='34.5' lon='{lon}' hae='9999999.0' ce='12' le='9999999.0'/>\
         <detail>{detail}</detail></event>"
    )
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn session() -> Session {
    Session::new(phones(), now())
}

fn hear(session: &mut Session, text: &str) -> Step {
    session.receive(text.as_bytes(), now())
}

fn refused(session: &mut Session, text: &str) -> String {
    let step = hear(session, text);
    assert!(step.inputs.iter().all(|input| matches!(input, Input::Rejected(_))), "{step:?}");
    session.take_refused().unwrap()
}

#[test]
fn a_known_phones_place_moves_its_unit_in_either_encoding() {
    let mut session = session();
    let text = xml(PHONE, "a-f-G-U-C", "<contact callsign='HAWK'/>");
    let step = hear(&mut session, &text);
    let event = wire::cot::parse(text.as_bytes()).unwrap();
    let again = session.receive(&encode_stream(&takproto::encode(&event, None)), now());

    let [Input::Status(status)] = &step.inputs[..] else { panic!("{step:?}") };
    assert_eq!(status.source, Source::Unit(UnitId("patrol-1".into())));
    let place = status.location.unwrap();
    assert_eq!((place.lon_deg, place.lat_deg, place.east_sigma_m), (41.51, 34.5, Some(12.0)));
    assert_eq!(again, step);
    assert_eq!((session.own_uid(), session.counts().accepted), (Some(PHONE), 2));
}

#[test]
fn a_stranger_a_slip_of_time_or_place_and_broken_xml_are_refused_with_their_field() {
    let mut session = session();
    for (text, told) in [
        (xml("X", "a-f-G-U-C", ""), "event@uid: no unit of the sector has the device \"X\""),
        (xml_at(PHONE, "a-f-G", "", ("2026-11-10T19:00:00Z", "41.5")), "event@time: must be"),
        (xml_at(PHONE, "a-f-G", "", (NOW, "51.5")), "point: must be within 300 km"),
        (xml_at(PHONE, "a-f-G", "", (NOW, "NaN")), "event: point@lon must be"),
        (xml(PHONE, "a-f-G", "<x>"), "event: event is not xml"),
        (xml("X", "b-t-f", "<remarks>hello</remarks>"), "link@uid: no unit"),
        (xml(PHONE, "b-t-f", "<remarks> \u{202e} </remarks>"), "remarks: must hold the message"),
    ] {
        let refusal = refused(&mut session, &text);
        assert!(refusal.starts_with(told), "{refusal}");
    }
    assert_eq!(hear(&mut session, &xml(PHONE, "a-f-G", "")).inputs.len(), 1, "it goes on");
}

#[test]
fn anybody_may_call_for_help_and_take_it_back_but_nobody_is_a_crowd() {
    let mut session = session();
    let call = xml("STRANGER-9-1-1", "b-a-o-tbl", "<emergency type='911 Alert'>OWL</emergency>");
    let step = hear(&mut session, &call);
    let [Input::Called(call)] = &step.inputs[..] else { panic!("{step:?}") };
    assert_eq!((call.name.as_str(), &call.unit), ("OWL", &None));
    assert_eq!(call.word, CallWord::Raised(CallKind::Emergency));

    let linked = format!("<link uid='{PHONE}' relation='p-p' type='a-f-G'/>");
    let step = hear(&mut session, &xml("Y-9-1-1", "b-a-o-opn", &linked));
    let [Input::Called(call)] = &step.inputs[..] else { panic!("{step:?}") };
    assert_eq!(call.unit, Some(UnitId("patrol-1".into())));
    assert_eq!(call.word, CallWord::Raised(CallKind::InContact));

    let off = xml("Y-9-1-1", "b-a-o-can", "<emergency cancel='true'>OWL</emergency>");
    let step = hear(&mut session, &off);
    let [Input::Called(call)] = &step.inputs[..] else { panic!("{step:?}") };
    assert_eq!((call.device.as_str(), call.word), ("Y-9-1-1", CallWord::CalledOff));

    for number in 0..20 {
        hear(&mut session, &xml(&format!("crowd-{number}"), "b-a-o-tbl", ""));
    }
    assert_eq!(session.counts().accepted, 3 + 14);
    assert!(session.take_refused().unwrap().contains("at most 16 devices"));
}

#[test]
fn a_mark_is_one_sighting_however_often_it_is_repeated_and_has_no_side() {
    let mut session = session();
    let link = format!("<link uid='{PHONE}' relation='p-p'/>");
    let step = hear(&mut session, &xml("mark-1", "a-h-G-E-V-A", &link));
    let [Input::Rejected(told), Input::Detected(report)] = &step.inputs[..] else {
        panic!("{step:?}")
    };
    assert_eq!((told.field.as_str(), told.reason.as_str()), ("event@type", "redacted: side"));
    assert_eq!(report.classes, [(Class::Vehicle, 0.8)]);
    assert_eq!(report.source, Source::Unit(UnitId("patrol-1".into())));
    assert!(matches!(report.position, ReportedPosition::Place(_)));
    assert!(!format!("{report:?}").contains("a-h"), "{report:?}");

    assert_eq!(hear(&mut session, &xml("mark-1", "a-h-G-E-V-A", &link)).inputs, []);
    let moved = xml_at("mark-1", "a-h-G-E-V-A", &link, (NOW, "41.52"));
    assert_eq!(hear(&mut session, &moved).inputs.len(), 1);
    assert_eq!(session.counts().redacted, 2);
}

#[test]
fn chat_and_notes_reach_the_desk_without_what_hides_or_turns_them() {
    let mut session = session();
    let chat = format!(
        "<__chat senderCallsign='HA\u{202e}WK' chatroom='desk'/><link uid='{PHONE}' relation='p-p'/>\
         <remarks>tracks &lt;b&gt; at the wadi\u{7}</remarks>"
    );
    // A control character is no XML at all.
    assert!(refused(&mut session, &xml("GeoChat.x", "b-t-f", &chat)).starts_with("event: "));
    let step = hear(&mut session, &xml("GeoChat.x", "b-t-f", &chat.replace('\u{7}', "")));
    let [Input::Wrote(message)] = &step.inputs[..] else { panic!("{step:?}") };
    assert_eq!((message.name.as_str(), message.text.as_str()), ("HAWK", "tracks <b> at the wadi"));

    let note = format!(
        "<contact callsign='Well'/><link uid='{PHONE}' relation='p-p'/><remarks>dry</remarks>"
    );
    let step = hear(&mut session, &xml("spot-1", "b-m-p-s-m", &note));
    let [Input::Wrote(message)] = &step.inputs[..] else { panic!("{step:?}") };
    assert_eq!(message.text, "Well: dry");
    assert!((message.place.unwrap().lon_deg - 41.51).abs() < 1e-9);
}

#[test]
fn a_ping_is_answered_and_protobuf_agreed_upon() {
    let mut session = session();
    let pong = hear(&mut session, &xml("ping", "t-x-c-t", ""));
    assert_eq!(pong.replies[0].event.kind, "t-x-c-t-r");

    let ask = |version| {
        xml(
            "station",
            "t-x-takp-q",
            &format!("<TakControl><TakRequest version='{version}'/></TakControl>"),
        )
    };
    let no = hear(&mut session, &ask(2));
    assert!(!no.replies[0].then_protobuf && no.replies[0].event.to_xml().contains("false"));
    let yes = hear(&mut session, &ask(1));
    assert!(yes.replies[0].then_protobuf && yes.replies[0].event.to_xml().contains("true"));
    assert_eq!((yes.inputs, session.counts().ignored), (Vec::new(), 3));
}

#[test]
fn what_says_nothing_to_a_border_is_passed_over_and_a_deletion_deletes_no_alarm() {
    let mut session = session();
    for kind in ["u-d-f", "b-i-v", "t-x-d-d", "b-t-f-d"] {
        assert_eq!(hear(&mut session, &xml("x", kind, "")), Step::default());
    }
    assert_eq!(session.counts().ignored, 4);
}

#[test]
fn a_device_of_a_unit_that_is_not_there_is_named() {
    let devices = BTreeMap::from([("A".to_owned(), "patrol-9".to_owned())]);
    let error = Phones::of_sector(&sector(), &devices, 0.8).unwrap_err();

    assert_eq!(error, UnknownUnit { uid: "A".into(), unit: "patrol-9".into() });
}

/// A sensor point of the known phone.
fn point(attributes: &str, time: &str, stale: &str) -> String {
    let detail = format!(
        "<contact callsign='Mast'/><sensor {attributes}/><link uid='{PHONE}' relation='p-p'/>\
         <remarks>on the hill</remarks>"
    );
    let text = xml_at("point-1", "b-m-p-s-p-loc", &detail, (time, "41.51"));
    text.replace("2026-11-20T19:05:00Z", stale)
}

const SEES: &str = "azimuth='-90' fov='40.5' range='2500' vfov='30' elevation='-10' model='FLIR'";

fn marked(step: &Step) -> &Mark {
    let [Input::Marked(mark)] = &step.inputs[..] else { panic!("{step:?}") };
    mark
}

#[test]
fn a_sensor_point_is_kept_with_its_view_until_it_is_stale_or_deleted() {
    let mut session = session();
    let hold = "2026-11-20T20:00:00Z";
    let step = hear(&mut session, &point(SEES, NOW, hold));
    let mark = marked(&step).clone();
    assert_eq!((mark.id.as_str(), mark.name.as_str()), ("point-1", "Mast (FLIR)"));
    assert_eq!((mark.device.as_str(), mark.unit.0.as_str()), (PHONE, "patrol-1"));
    let looks = Cone {
        azimuth_ddeg: 2_700,
        width_ddeg: 405,
        elevation_ddeg: Some((-250, 50)),
        range_m: Some(2_500),
    };
    assert_eq!((mark.looks, mark.until), (looks, hold.parse().unwrap()));

    // The same again, a little longer; then turned; then for much longer.
    let again = point(SEES, "2026-11-20T19:00:10Z", "2026-11-20T20:00:10Z");
    assert_eq!(hear(&mut session, &again).inputs, []);
    let turned = point(&SEES.replace("-90", "10"), "2026-11-20T19:00:20Z", hold);
    assert_eq!(marked(&hear(&mut session, &turned)).looks.azimuth_ddeg, 100);
    let longer = point(&SEES.replace("-90", "10"), "2026-11-20T19:00:30Z", "2026-11-20T23:00:00Z");
    assert_eq!(hear(&mut session, &longer).inputs.len(), 1);

    let deletion = |uid: &str| xml("x", "t-x-d-d", &format!("<link uid='{uid}' relation='none'/>"));
    assert_eq!(hear(&mut session, &deletion("point-9")).inputs, []);
    let step = hear(&mut session, &deletion("point-1"));
    let gone = marked(&step);
    assert!(gone.until == gone.told_at && gone.told_at > "2026-11-20T19:00:30Z".parse().unwrap());
    assert_eq!(hear(&mut session, &deletion("point-1")).inputs, [], "it is gone already");
}

#[test]
fn a_sensor_point_without_a_whole_view_is_a_note_and_one_with_a_view_that_cannot_be_is_refused() {
    let mut session = session();
    for attributes in ["azimuth='1' fov='2'", "azimuth='1' fov='2' range='3' hideFov='true'"] {
        let mut session = self::session();
        let step = hear(&mut session, &point(attributes, NOW, "2026-11-20T20:00:00Z"));
        let [Input::Wrote(note)] = &step.inputs[..] else { panic!("{step:?}") };
        assert_eq!(note.text, "Mast: on the hill");
    }
    for (from, to, told) in [
        ("'-90'", "'NaN'", "sensor@azimuth: must be -360 to 360, got \"NaN\""),
        ("'40.5'", "'0'", "sensor@fov: must be 0.1 to 360, got \"0\""),
        ("'2500'", "'1e308'", "sensor@range: must be 1 to 300000, got \"1e308\""),
        ("'30'", "'x'", "sensor@vfov: must be 0 to 180, got \"x\""),
        ("'-10'", "'-91'", "sensor@elevation: must be -90 to 90, got \"-91\""),
    ] {
        let text = point(&SEES.replace(from, to), NOW, "2026-11-20T20:00:00Z");
        assert_eq!(refused(&mut session, &text), told);
    }
    let stranger = point(SEES, NOW, "2026-11-20T20:00:00Z").replace(PHONE, "STRANGER");
    assert!(refused(&mut session, &stranger).starts_with("link@uid: no unit"));
}

/// What becomes of an event with one of its figures changed: an input, or a refusal that names the field.
fn outcome(from: &str, to: &str) -> String {
    let text = xml(PHONE, "a-f-G-U-C", "").replace("ce='12'", "ce='12.5'");
    assert!(text.contains(from), "{from}");
    let mut session = session();
    let step = hear(&mut session, &text.replace(from, to));
    match (&step.inputs[..], session.take_refused()) {
        ([Input::Status(status)], None) => {
            let place = status.location.unwrap();
            format!("taken, height {:?}, error {:?}", place.height_m, place.east_sigma_m)
        }
        ([Input::Rejected(rejection)], Some(refused)) => {
            assert!(refused.starts_with(&rejection.field), "{refused}");
            refused
        }
        (inputs, refused) => panic!("{to}: {inputs:?} {refused:?}"),
    }
}

#[test]
fn years_and_figures_at_the_ends_of_what_can_be_written_have_one_outcome_each() {
    let time = |at: &str| outcome(&format!("time='{NOW}' start"), &format!("time='{at}' start"));
    let slip = "event@time: must be at most 86400 s ahead of and 86400 s behind";
    for year in ["0000-01-01T00:00:00Z", "9999-12-30T00:00:00Z", "0001-01-01T00:00:00Z"] {
        assert!(time(year).starts_with(slip), "{}", time(year));
    }
    let no_time = "event: event@time must be a time such as";
    for year in ["10000-01-01T00:00:00Z", "99999999999-01-01T00:00:00Z", "2026-02-30T00:00:00Z"] {
        assert!(time(year).starts_with(no_time), "{}", time(year));
    }
    // When it goes stale is the phone's affair: no place of a unit ends by it.
    let taken = "taken, height None, error Some(12.5)";
    let stale = |at: &str| outcome("stale='2026-11-20T19:05:00Z'", &format!("stale='{at}'"));
    assert_eq!(stale("9999-12-30T00:00:00Z"), taken);
    assert_eq!(stale("0000-01-01T00:00:00Z"), taken);

    let degrees = ["NaN", "inf", "1e308", "-1e308", "90.0000001"];
    for figure in degrees {
        let told = outcome("lat='34.5'", &format!("lat='{figure}'"));
        assert!(told.starts_with("event: point@lat must be degrees on the globe"), "{told}");
    }
    assert!(outcome("lat='34.5'", "lat='1e-308'").starts_with("point: must be within 300 km"));
    for (field, figure) in [("hae", "9999999.0"), ("le", "9999999.0"), ("ce", "12.5")] {
        for wrong in ["NaN", "inf", "-inf", "1e309"] {
            let told = outcome(&format!("{field}='{figure}'"), &format!("{field}='{wrong}'"));
            assert!(told.starts_with(&format!("event: point@{field} must be a finite")), "{told}");
        }
        // Whatever is larger than any true figure is unknown.
        let told = outcome(&format!("{field}='{figure}'"), &format!("{field}='1e308'"));
        let error = if field == "ce" { "None" } else { "Some(12.5)" };
        assert_eq!(told, format!("taken, height None, error {error}"));
    }
}

#[test]
fn the_same_ends_come_back_from_protobuf_as_they_went_in() {
    let text = xml(PHONE, "a-f-G-U-C", "").replace("2026-11-20T19:05:00Z", "9999-12-30T00:00:00Z");
    let event =
        wire::cot::parse(text.replace("hae='9999999.0'", "hae='1e308'").as_bytes()).unwrap();
    assert_eq!(event.point.hae_m, None);

    let (_, again) = takproto::decode(&takproto::encode(&event, None)).unwrap();

    assert_eq!(again.unwrap(), event);
    // Protobuf has no times before 1970: such an event is refused where it would be acted on.
    let old = Event { time: "0000-01-01T00:00:00Z".parse().unwrap(), ..event };
    let step = session().receive(&encode_stream(&takproto::encode(&old, None)), now());
    let [Input::Rejected(rejection)] = &step.inputs[..] else { panic!("{step:?}") };
    assert_eq!(rejection.field, "event@time");
}
