//! What messages of brokers become, and which topics make no sense.

use sight::sector::{Sector, parse};
use watch::detection::ReportedWeather;

use super::*;

const NOW: &str = "2026-11-20T19:00:00Z";
/// A line that runs north along 41.5 E, with a fixed camera, one that pans, and a ground sensor.
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

[[sensor]]
id = "gate"
name = { en = "Gate", ar = "البوابة" }
node_id = "21986424-1e14-49a1-a02f-3e05a64e2f20"
kind = "visible-camera"
at = [41.51, 34.5]
height_m = 6.0
facing_deg = 270.0
field_deg = 5.0
range_max_m = 3000.0
revisit_s = 2.0
optics = { pixels_across = 1280, pixels_down = 720, pitch_um = 3.4, focal_mm = 50.0, netd_mk = 50.0 }

[[sensor]]
id = "tower"
name = { en = "Tower", ar = "البرج" }
node_id = "5d907f20-a971-46fb-ba75-82079ca20dc8"
kind = "thermal-camera"
at = [41.51, 34.51]
height_m = 20.0
facing_deg = 270.0
field_deg = 180.0
range_max_m = 8000.0
revisit_s = 60.0
optics = { pixels_across = 640, pixels_down = 512, pitch_um = 12.0, focal_mm = 100.0, netd_mk = 50.0 }

[[sensor]]
id = "ground-1"
name = { en = "Ground 1", ar = "أرضي ١" }
node_id = "63e73ddf-4ac1-4173-93b1-de759e3ce07f"
kind = "ground-sensor"
at = [41.502, 34.49]
height_m = 0.0
range_max_m = 200.0
revisit_s = 10.0
ground = { radius_m = 80.0, p_detect = 0.6 }
"#;
const LINE: &str = r#"{"type": "Feature", "properties": {}, "geometry":
    {"type": "LineString", "coordinates": [[41.5, 34.47], [41.5, 34.53]]}}"#;

fn sector() -> Sector {
    parse(SECTOR, &|_| Ok(LINE.as_bytes().to_vec())).unwrap()
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn id(name: &str) -> SensorId {
    SensorId(name.into())
}

fn mapping(text: &str) -> Mapping {
    toml::from_str(text).unwrap()
}

fn topics(kind: Kind) -> Result<Topics, TopicError> {
    let sector = sector();
    let stations = Stations::new(BTreeMap::from([("mast".to_owned(), sector.frame.origin())]));
    Topics::of_sector(vec![Topic { filter: "a/+".into(), kind }], &sector, &stations)
}

fn publish(topic: &str, payload: &[u8]) -> Publish {
    Publish {
        topic: topic.into(),
        payload: Some(payload.to_vec()),
        payload_bytes: payload.len(),
        id: Some(1),
        duplicate: false,
        retained: false,
    }
}

fn read(kind: Kind, payload: &str) -> Message {
    topics(kind).unwrap().read(&publish("a/b", payload.as_bytes()), now())
}

fn seen(message: &Message) -> &Sighting {
    let Some(Word::Seen(_, sighting)) = message.words.first() else { panic!("{message:?}") };
    sighting
}

fn cameras(camera: Camera) -> BTreeMap<String, Camera> {
    BTreeMap::from([("front".to_owned(), camera)])
}

fn frigate(camera: Camera) -> Kind {
    Kind::Frigate { cameras: cameras(camera), snapshots: Some("http://127.0.0.1:5000".into()) }
}

fn event(middle: f64, more: &str) -> String {
    format!(
        r#"{{"type": "update", "before": {{}}, "after": {{"id": "17.1-a", "camera": "front", "label": "person",
            "start_time": 1795287590.0, "frame_time": 1795287600.0, "score": 0.8,
            "box": [{}, 300, {}, 400]{more}}}}}"#,
        middle - 20.0,
        middle + 20.0
    )
}

#[test]
fn a_box_in_the_middle_is_where_the_camera_looks_and_one_at_the_edge_half_a_picture_aside() {
    let azimuth = |middle: f64| {
        let kind = frigate(Camera::new(id("gate"), 1_280));
        let message = read(kind, &event(middle, ""));
        let sighting = seen(&message);
        assert_eq!(
            (sighting.class.as_deref(), sighting.id.as_deref()),
            (Some("person"), Some("17.1-a"))
        );
        assert_eq!(sighting.time.as_second(), 1_795_287_600);
        let ReportedPosition::Polar { azimuth_deg, azimuth_sigma_deg, range_m, .. } =
            sighting.position
        else {
            panic!("{sighting:?}")
        };
        assert_eq!((azimuth_sigma_deg, range_m), (Some(0.5), None));
        azimuth_deg
    };
    let half_deg = sector().sensors[0].kind;
    let SensorKind::VisibleCamera(optics) = half_deg else { panic!("{half_deg:?}") };
    let half_deg = optics.view_rad(1_280).to_degrees() / 2.0;

    assert!((azimuth(640.0) - 270.0).abs() < 1e-9);
    assert!((azimuth(1_280.0) - 270.0 - half_deg).abs() < 1e-9);
    assert!((azimuth(0.0) - 270.0 + half_deg).abs() < 1e-9);
    // Straight lines stay straight: a quarter of the picture is more than a quarter of the angle.
    assert!(azimuth(960.0) - 270.0 > half_deg / 2.0);
}

#[test]
fn an_event_s_picture_is_told_where_a_person_can_look_at_it() {
    let kind = || frigate(Camera::new(id("gate"), 1_280));
    let told = read(kind(), &event(640.0, r#", "has_snapshot": true"#)).snapshot.unwrap();
    assert_eq!((told.sensor, told.camera.as_str(), told.is_kept), (id("gate"), "front", true));
    assert_eq!(told.at.as_second(), 1_795_287_600);
    assert_eq!(told.href.unwrap(), "http://127.0.0.1:5000/api/events/17.1-a/snapshot.jpg");

    let strange = event(640.0, "").replace("17.1-a", "../../x?y");
    let told = read(kind(), &strange).snapshot.unwrap();
    assert_eq!((told.event.as_str(), told.is_kept, told.href), ("../../x?y", false, None));
    assert_eq!(read(kind(), &event(640.0, r#", "stationary": true"#)).snapshot, None);
}

#[test]
fn what_the_recorder_takes_for_a_mistake_or_for_ground_says_nothing() {
    let kind = || frigate(Camera::new(id("gate"), 1_280));
    for more in [r#", "false_positive": true"#, r#", "stationary": true"#] {
        assert_eq!(read(kind(), &event(640.0, more)).words, [Word::Nothing]);
    }
    for label in ["face", "license_plate"] {
        let event = event(640.0, "").replace("person", label);
        assert_eq!(read(kind(), &event).words, [Word::Nothing], "{label}");
    }
    let ended = event(640.0, "").replace("\"frame_time\": 1795287600.0, ", "");
    assert_eq!(read(kind(), &ended).words, [Word::Nothing], "without a picture's time");
    let outside = read(kind(), &event(5_000.0, ""));
    assert_eq!(outside.refusals[0].field, "box");
    let other = read(kind(), &event(640.0, "").replace("front", "back"));
    assert_eq!(other.refusals[0].field, "camera");
}

#[test]
fn a_camera_that_pans_must_be_told_where_it_looks() {
    let mut camera = Camera::new(id("tower"), 640);
    let error = topics(frigate(camera.clone())).unwrap_err().to_string();
    assert!(error.contains("180 degrees") && error.contains("facing_deg"), "{error}");

    camera.facing_deg = Some(350.0);
    camera.view_deg = Some(40.0);
    let message = read(frigate(camera), &event(640.0, ""));
    let ReportedPosition::Polar { azimuth_deg, .. } = seen(&message).position else { panic!() };
    assert!((azimuth_deg - 10.0).abs() < 1e-9, "over north: {azimuth_deg}");

    let radar = Camera::new(id("ground-1"), 640);
    let error = topics(frigate(radar)).unwrap_err().to_string();
    assert!(error.contains("must be a camera"), "{error}");
}

#[test]
fn the_recorder_tells_which_cameras_work() {
    let kind = || Kind::FrigateStats { cameras: cameras(Camera::new(id("gate"), 1_280)) };
    let works = |payload: &str| {
        let message = read(kind(), payload);
        let Some(Word::Alive(sensor, _, works)) = message.words.first() else { panic!() };
        assert_eq!((sensor, message.is_timed), (&id("gate"), false));
        works.clone()
    };
    assert_eq!(works(r#"{"cameras": {"front": {"camera_fps": 5}}}"#), Ok(()));
    assert!(works(r#"{"cameras": {"front": {"camera_fps": 0}}}"#).is_err());
    assert!(works(r#"{"cameras": {}}"#).is_err());
}

#[test]
fn a_ground_sensor_says_by_any_message_or_by_its_mapping_that_somebody_is_near() {
    let sensor = id("ground-1");
    let message = read(Kind::GroundSensor { sensor: sensor.clone(), mapping: None }, "1");
    let ReportedPosition::Place(place) = seen(&message).position else { panic!("{message:?}") };
    assert!((place.lon_deg - 41.502).abs() < 1e-12 && !message.is_timed);

    let map = mapping(
        "active = { pointer = \"/alarm\", kind = \"flag\" }\n\
         time = { pointer = \"/t\", kind = \"unix_time\" }\n\
         class = { pointer = \"/c\", kind = \"text\", optional = true }\n",
    );
    let kind = || Kind::GroundSensor { sensor: sensor.clone(), mapping: Some(map.clone()) };
    let message = read(kind(), r#"{"alarm": true, "t": 1795287600, "c": "footsteps of a person"}"#);
    assert_eq!(seen(&message).class.as_deref(), Some("footsteps of a person"));
    assert!(message.is_timed);
    let quiet = read(kind(), r#"{"alarm": false, "t": 1795287600}"#);
    assert!(matches!(quiet.words[0], Word::Alive(_, _, Ok(()))), "{quiet:?}");
    let wrong = read(kind(), r#"{"alarm": 3, "t": 1795287600}"#);
    assert!(wrong.words.is_empty() && wrong.refusals[0].reason.contains("active"), "{wrong:?}");
}

#[test]
fn a_sensor_s_place_and_direction_are_read_by_its_mapping() {
    let place = mapping(
        "lat_deg = { pointer = \"/p/0\" }\nlon_deg = { pointer = \"/p/1\" }\nerror_m = { value = 15 }\n",
    );
    let kind = |mapping| Kind::Detection { sensor: id("tower"), mapping };
    let message = read(kind(place.clone()), r#"{"p": [34.5, 41.49]}"#);
    let ReportedPosition::Place(at) = seen(&message).position else { panic!("{message:?}") };
    assert_eq!((at.lat_deg, at.lon_deg, at.east_sigma_m), (34.5, 41.49, Some(15.0)));
    assert_eq!((seen(&message).time, message.is_timed), (now(), false));
    for (payload, words) in [
        (r#"{"p": [91, 41.49]}"#, "must be between -90 and 90, got 91"),
        (r#"{"p": [1e308, 41.49]}"#, "must be between -90 and 90"),
        (r#"{"p": ["NaN", 41.49]}"#, "lat_deg must be a number"),
        (r#"{"p": []}"#, "lat_deg is missing"),
        ("{", "payload is not json"),
    ] {
        let message = read(kind(place.clone()), payload);
        assert!(message.refusals[0].reason.contains(words), "{message:?}");
    }
    let deep = "[".repeat(100_000);
    assert!(read(kind(place), &deep).refusals[0].reason.contains("recursion"));

    let bearing = mapping(
        "azimuth_deg = { pointer = \"/az\" }\nrange_m = { pointer = \"/r\", optional = true }\n",
    );
    let message = read(kind(bearing), r#"{"az": -10}"#);
    let ReportedPosition::Polar { azimuth_deg, range_m, .. } = seen(&message).position else {
        panic!()
    };
    assert_eq!((azimuth_deg, range_m), (350.0, None));
}

#[test]
fn weather_comes_as_text_or_by_a_mapping() {
    let message =
        read(Kind::WeatherText, "METAR LESU 201900Z 24010MPS 9999=\nLEGE 201900Z NIL=\nx y=");
    assert!(matches!(message.words[..], [Word::Report(_), Word::Nothing]), "{message:?}");
    assert_eq!((message.refusals.len(), message.is_timed), (1, true));
    assert_eq!(
        topics(Kind::WeatherText).unwrap().read(&publish("a/b", &[0xff]), now()).refusals.len(),
        1
    );

    let map = mapping(
        "visibility_m = { pointer = \"/vis\", scale = 1000 }\nwind_mps = { pointer = \"/wind\" }\n\
         dust = { pointer = \"/dust\", kind = \"flag\", optional = true }\n",
    );
    let kind = Kind::Weather { station: "mast".into(), mapping: map };
    let message = read(kind, r#"{"vis": 0.8, "wind": 12, "dust": true}"#);
    let weather =
        ReportedWeather { visibility_m: Some(800.0), wind_mps: 12.0, ceiling_m: None, dust: true };
    assert_eq!(message.words, [Word::Measured("mast".into(), now(), weather)]);
}

#[test]
fn topics_that_make_no_sense_are_refused_by_name() {
    let map = mapping("lat_deg = { pointer = \"/a\" }\n");
    let kind =
        |mapping: &Mapping| Kind::Detection { sensor: id("tower"), mapping: mapping.clone() };
    let error_of = |kind| topics(kind).unwrap_err().to_string();

    assert!(error_of(kind(&map)).contains("map lat_deg and lon_deg, or azimuth_deg"));
    assert!(
        error_of(kind(&mapping("lad_deg = { value = 1 }\n")))
            .contains("\"lad_deg\" must be one of")
    );
    assert!(
        error_of(kind(&mapping("azimuth_deg = { value = \"x\", kind = \"text\" }\n")))
            .contains("must be a number")
    );
    assert!(
        error_of(Kind::Detection { sensor: id("x"), mapping: map }).contains("no sensor \"x\"")
    );
    let sensor = id("tower");
    assert!(
        error_of(Kind::GroundSensor { sensor, mapping: None }).contains("must be a ground sensor")
    );
    let wrong = Topic { filter: "a/#/b".into(), kind: Kind::WeatherText };
    let error =
        Topics::of_sector(vec![wrong], &sector(), &Stations::default()).unwrap_err().to_string();
    assert!(error.starts_with("doors.mqtt.topics \"a/#/b\": may have `+`"), "{error}");
    let elsewhere =
        Kind::Weather { station: "x".into(), mapping: mapping("visibility_m = { value = 1 }") };
    assert!(error_of(elsewhere).contains("doors.weather.stations, got \"x\""));
    let message = topics(Kind::WeatherText).unwrap().read(&publish("b/c", b""), now());
    assert_eq!(message.refusals[0].field, "topic");
}
