//! Payloads as the recorder writes them, and as they should not be.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn payload() -> Value {
    let state = json!({
        "id": "1795740000.25-abcdef", "camera": "north_mast", "label": "person", "sub_label": null,
        "frame_time": 1_795_740_002.5, "start_time": 1_795_740_000.25, "end_time": null, "score": 0.79, "top_score": 0.95,
        "false_positive": false, "stationary": false, "box": [424, 500, 536, 712], "area": 23_744,
        "region": [264, 450, 667, 853], "current_zones": ["gate"], "entered_zones": ["yard", "gate"],
        "has_clip": true, "has_snapshot": true, "attributes": {},
    });
    json!({ "type": "update", "before": state, "after": state })
}

fn read(payload: &Value) -> Result<Event, FrigateError> {
    parse(payload.to_string().as_bytes())
}

#[test]
fn an_update_is_read() {
    let event = read(&payload()).unwrap();

    assert_eq!(
        (event.kind, event.camera.as_str(), event.label.as_str()),
        (Kind::Update, "north_mast", "person")
    );
    assert_eq!(event.started.as_microsecond(), 1_795_740_000_250_000);
    assert_eq!((event.ended, event.score, event.top_score), (None, Some(0.79), Some(0.95)));
    assert_eq!(event.bounds, Some(Bounds { left: 424.0, top: 500.0, right: 536.0, bottom: 712.0 }));
    assert_eq!(event.zones, ["gate"]);
    assert!(event.has_snapshot && !event.stationary && !event.false_positive);
}

#[test]
fn what_is_wrong_is_said_with_field_and_value() {
    for (field, value, message) in [
        ("camera", Value::Null, "camera is missing"),
        ("label", json!(7), "label must be a text, got 7"),
        ("start_time", json!("noon"), "start_time must be seconds since 1970, got \"noon\""),
        ("end_time", json!(1e300), "end_time must be seconds since 1970, got 1e+300"),
        ("score", json!(1.5), "score must be a share between 0 and 1, got 1.5"),
        ("box", json!([1, 2, 3]), "box must be left, top, right and bottom in pixels, got [1,2,3]"),
        (
            "box",
            json!([3, 2, 1, 4]),
            "box must be left, top, right and bottom in pixels, got [3,2,1,4]",
        ),
        ("current_zones", json!([1]), "current_zones must be a list of at most 64 names, got [1]"),
        ("has_snapshot", json!("yes"), "has_snapshot must be true or false, got \"yes\""),
    ] {
        let mut payload = payload();
        payload["after"][field] = value;
        assert_eq!(read(&payload).unwrap_err().to_string(), message);
    }
    assert_eq!(read(&json!({ "type": "new" })), Err(FrigateError::Missing { field: "after" }));
    assert_eq!(read(&json!([])), Err(FrigateError::Missing { field: "type" }));
    assert!(parse(b"{\"type\":").unwrap_err().to_string().starts_with("payload is not json: "));
    assert_eq!(
        parse(&vec![b' '; JSON_BYTES_MAX + 1]),
        Err(FrigateError::TooLong(JSON_BYTES_MAX + 1))
    );
    assert!(
        parse("[".repeat(200_000).as_bytes()).unwrap_err().to_string().contains("recursion limit")
    );
}

proptest! {
    #[test]
    fn a_changed_byte_never_panics(at in any::<prop::sample::Index>(), with in any::<u8>()) {
        let mut bytes = payload().to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = with;
        drop(parse(&bytes));
    }
}

#[test]
fn statistics_tell_which_cameras_give_pictures() {
    let told = json!({"cameras": {"gate": {"camera_fps": 5.1, "process_fps": 5.0}, "well": {"camera_fps": 0}}});
    let told = stats(told.to_string().as_bytes()).unwrap();
    assert_eq!(told.into_iter().collect::<Vec<_>>(), [("gate".into(), 5.1), ("well".into(), 0.0)]);

    for (payload, message) in [
        (json!({}), "cameras is missing"),
        (json!({"cameras": 3}), "cameras must be at most 1024 cameras by name, got 3"),
        (json!({"cameras": {"gate": {}}}), "camera_fps must be pictures a second, got null"),
    ] {
        assert_eq!(stats(payload.to_string().as_bytes()).unwrap_err().to_string(), message);
    }
}
