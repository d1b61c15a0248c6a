//! Mappings as a configuration has them, and payloads that fit and do not.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn mapping(fields: Value) -> Mapping {
    let mapping: Mapping = serde_json::from_value(fields).unwrap();
    mapping.check().unwrap();
    mapping
}

/// A ground sensor that writes hundredths of a degree and tells what it heard by a letter.
fn ground_sensor() -> Mapping {
    mapping(json!({
        "lat_deg": { "pointer": "/gps/0", "scale": 1e-2, "range": [-90, 90] },
        "time": { "pointer": "/ms", "kind": "unix_time", "scale": 1e-3 },
        "class": { "pointer": "/c", "kind": "text", "words": { "P": "person", "V": "vehicle" } },
        "battery": { "pointer": "/bat", "optional": true },
        "confidence": { "value": 0.6 },
        "temperature_c": { "pointer": "/t~1f", "scale": 0.555_555_555_555_555_6, "offset": -17.777_777_777_777_78, "value": 32 },
    }))
}

fn read(payload: &Value) -> Result<BTreeMap<String, Read>, MappingError> {
    ground_sensor().read(payload.to_string().as_bytes())
}

#[test]
fn fields_are_found_scaled_and_named() {
    let read = read(&json!({ "gps": ["3450"], "ms": 1_795_740_000_250_i64, "c": "V", "t/f": 50 }))
        .unwrap();

    assert_eq!(read["lat_deg"], Read::Number(34.5));
    assert_eq!(read["time"], Read::Time(Timestamp::from_millisecond(1_795_740_000_250).unwrap()));
    assert_eq!(read["class"], Read::Text("vehicle".into()));
    assert_eq!(read["confidence"], Read::Number(0.6));
    assert!(matches!(read["temperature_c"], Read::Number(c) if (c - 10.0).abs() < 1e-9));
    assert!(!read.contains_key("battery"));
}

#[test]
fn what_does_not_fit_is_said_with_field_and_value() {
    let good = json!({ "gps": [3450], "ms": 1, "c": "P" });
    for (field, value, message) in [
        ("gps", json!([9_100]), "lat_deg must be a number between -90 and 90, got 9100"),
        ("gps", json!([]), "lat_deg is missing: nothing stands at \"/gps/0\""),
        ("gps", json!(["NaN"]), "lat_deg must be a number between -90 and 90, got \"NaN\""),
        ("gps", json!([1e308]), "lat_deg must be a number between -90 and 90, got 1e+308"),
        ("ms", json!(-5), "time must be seconds since 1970, got -5"),
        ("c", json!("X"), "class must be one of [\"P\", \"V\"], got \"X\""),
        ("c", Value::Null, "class is missing: nothing stands at \"/c\""),
    ] {
        let mut payload = good.clone();
        payload[field] = value;
        assert_eq!(read(&payload).unwrap_err().to_string(), message);
    }
    assert!(ground_sensor().read(b"{").unwrap_err().to_string().starts_with("payload is not json"));
    let long = vec![b' '; JSON_BYTES_MAX + 1];
    assert_eq!(ground_sensor().read(&long), Err(MappingError::TooLong(JSON_BYTES_MAX + 1)));
}

#[test]
fn a_mapping_that_makes_no_sense_is_refused_with_its_field() {
    for (field, message) in [
        (json!({}), "field x: give a pointer or a value"),
        (json!({ "pointer": "a" }), "field x: a pointer begins with /"),
        (
            json!({ "pointer": "/a", "scale": 0 }),
            "field x: scale and offset must be finite, and scale not zero",
        ),
        (
            json!({ "pointer": "/a", "range": [2, 1] }),
            "field x: range must go from a finite number to one that is not less",
        ),
        (json!({ "pointer": "/a", "words": { "a": "b" } }), "field x: only a text has words"),
    ] {
        let mapping: Mapping = serde_json::from_value(json!({ "x": field })).unwrap();
        assert_eq!(mapping.check().unwrap_err().to_string(), message);
    }
    assert!(serde_json::from_value::<Mapping>(json!({ "x": { "pointr": "/a" } })).is_err());
    let many: serde_json::Map<String, Value> =
        (0..=MAPPING_FIELDS_MAX).map(|at| (at.to_string(), json!({ "value": 1 }))).collect();
    let many: Mapping = serde_json::from_value(Value::Object(many)).unwrap();
    assert_eq!(many.check(), Err(MappingError::TooManyFields(MAPPING_FIELDS_MAX + 1)));
}

proptest! {
    #[test]
    fn arbitrary_payloads_never_panic(payload in "[\\[\\]{}\":,0-9a-cemnptrsul/-]{0,60}") {
        drop(ground_sensor().read(payload.as_bytes()));
    }
}
