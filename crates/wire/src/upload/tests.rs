//! Uploads as people make them, and as they should not.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const TABLE: &str = "\
time,lat_deg,lon_deg,error_m,class,confidence,id
2026-11-27T01:00:00Z,34.5,41.25,25,person,0.75,a-1
2026-11-27T01:00:05Z,34.6,41.35,,\"car, \"\"grey\"\"\",,
";

fn fault<T>(upload: &Upload<T>) -> String {
    assert_eq!((upload.left_out, upload.faults.len()), (1, 1));
    upload.faults[0].to_string()
}

#[test]
fn a_table_is_read_with_quotes_and_empty_cells() {
    let read = parse_csv(TABLE).unwrap();

    assert_eq!(read.left_out, 0);
    let first = Detection {
        time: "2026-11-27T01:00:00Z".parse().unwrap(),
        position: Position::Place { lat_deg: 34.5, lon_deg: 41.25, error_m: Some(25.0) },
        class: Some("person".into()),
        confidence: Some(0.75),
        id: Some("a-1".into()),
    };
    assert_eq!(read.rows[0], (2, first));
    assert_eq!(read.rows[1].1.class.as_deref(), Some("car, \"grey\""));
    let Position::Place { error_m, .. } = read.rows[1].1.position else { panic!("{read:?}") };
    assert_eq!((error_m, &read.rows[1].1.id), (None, &None));
    assert_eq!(parse_csv(&TABLE.replace('\n', "\r\n")), Ok(read));
}

#[test]
fn a_bad_row_is_told_by_its_line_and_the_others_kept() {
    for (from, to, message) in [
        ("34.5", "91", "row 2: lat_deg must be degrees on the globe, got \"91\""),
        ("41.25", "NaN", "row 2: lon_deg must be degrees on the globe, got \"NaN\""),
        ("41.25", "1e308", "row 2: lon_deg must be degrees on the globe, got \"1e308\""),
        ("41.25", "", "row 2: lon_deg must be there, got \"\""),
        (
            "01:00:05Z",
            "noon",
            "row 3: time must be a time such as 2026-11-20T19:00:00Z, got \"2026-11-27Tnoon\"",
        ),
        ("0.75", "75", "row 2: confidence must be a share between 0 and 1, got \"75\""),
        (",25,", ",0,", "row 2: error_m must be metres, 1 cm to 100 km, got \"0\""),
        (
            ",a-1",
            "",
            "row 2: row must be as many values as there are columns, got \"2026-11-27T01:00:00Z,34.5,41.25,25,person,0.75\"",
        ),
    ] {
        assert!(TABLE.contains(from), "{from}");
        let read = parse_csv(&TABLE.replacen(from, to, 1)).unwrap();
        assert_eq!((fault(&read).as_str(), read.rows.len()), (message, 1));
    }
}

#[test]
fn a_table_whose_columns_are_wrong_is_refused() {
    let error = |head: &str| parse_csv(head).unwrap_err().to_string();

    assert_eq!(error(""), "the table has no first line");
    assert_eq!(error("time,lat_deg"), "column lon_deg is missing");
    assert_eq!(error("time,time"), "column time stands twice");
    assert!(error("time,latitude").starts_with("column \"latitude\" is not known; there are "));
    let many = format!("time,lat_deg,lon_deg\n{}", "x,1,2\n".repeat(UPLOAD_ROWS_MAX + 1));
    assert_eq!(parse_csv(&many), Err(UploadError::TooManyRows));
    let rest = "x,1,2\n".repeat(100);
    let read = parse_csv(&format!("time,lat_deg,lon_deg\n{rest}")).unwrap();
    assert_eq!((read.left_out, read.faults.len()), (100, FAULTS_MAX));
}

#[test]
fn points_of_a_collection_are_read_and_other_shapes_told() {
    let point = |lon: f64| {
        json!({
            "type": "Feature", "id": 7, "geometry": { "type": "Point", "coordinates": [lon, 34.5, 200] },
            "properties": { "time": "2026-11-27T01:00:00Z", "confidence": 0.5, "class": null },
        })
    };
    let line = json!({ "type": "Feature", "geometry": { "type": "LineString", "coordinates": [] }, "properties": {} });
    let all =
        json!({ "type": "FeatureCollection", "features": [point(41.25), line, point(-41.0)] });
    let read = parse_geojson(&all.to_string()).unwrap();

    assert_eq!(read.rows.len(), 2);
    let there = Position::Place { lat_deg: 34.5, lon_deg: -41.0, error_m: None };
    assert_eq!(read.rows[1].1.position, there);
    assert_eq!((read.rows[0].1.id.as_deref(), &read.rows[0].1.class), (Some("7"), &None));
    assert_eq!(fault(&read), "row 2: geometry must be a point, got \"LineString\"");
    for (geometry, told) in
        [(json!({ "type": "Point" }), "a Point without coordinates"), (Value::Null, "null")]
    {
        let feature = json!({ "type": "Feature", "geometry": geometry, "properties": {} });
        assert_eq!(
            fault(&parse_geojson(&feature.to_string()).unwrap()),
            format!("row 1: geometry must be a point, got \"{told}\"")
        );
    }
    assert_eq!(parse_geojson(&point(1.0).to_string()).unwrap().rows.len(), 1);
    assert_eq!(
        fault(&parse_geojson(&point(181.0).to_string()).unwrap()),
        "row 1: lon_deg must be degrees on the globe, got \"181.0\""
    );
    assert_eq!(
        parse_geojson("{}").unwrap_err().to_string(),
        "type must be FeatureCollection or Feature, got \"\""
    );
    assert!(parse_geojson("[").unwrap_err().to_string().starts_with("upload is not json: "));
}

proptest! {
    #[test]
    fn arbitrary_tables_never_panic(rest in "[0-9a-zé\",\r\n.-]{0,80}") {
        let read = parse_csv(&format!("time,lat_deg,lon_deg\n{rest}")).unwrap();
        prop_assert!(read.rows.len() + read.left_out <= rest.lines().count() + 1);
    }
}

#[test]
fn plain_json_is_read_as_one_object_as_a_list_and_under_its_name() {
    let one = json!({"time": "2026-11-27T01:00:00Z", "lat_deg": 34.5, "lon_deg": 41.25,
                     "error_m": 25, "class": "person", "confidence": 0.75, "id": "a-1"});
    let as_table = (1, parse_csv(TABLE).unwrap().rows[0].1.clone());
    for text in [one.clone(), json!([one]), json!({"detections": [one]})] {
        assert_eq!(parse_json(&text.to_string()).unwrap().rows, std::slice::from_ref(&as_table));
    }
    assert_eq!(parse_json("[]"), Ok(Upload::default()));
}

#[test]
fn a_json_row_that_is_wrong_is_told_and_the_others_kept() {
    let good = json!({"time": "2026-11-27T01:00:00Z", "lat_deg": 34.5, "lon_deg": 41.25});
    for (member, value, message) in [
        ("lat_deg", json!(1e308), "row 1: lat_deg must be degrees on the globe, got"),
        ("lat_deg", json!("NaN"), "row 1: lat_deg must be degrees on the globe, got \"NaN\""),
        ("time", json!(5), "row 1: time must be a time such as 2026-11-20T19:00:00Z, got \"5\""),
        ("time", json!(null), "row 1: time must be a time such as 2026-11-20T19:00:00Z, got \"\""),
        ("certainty", json!(1), "row 1: row must be of members time, "),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        let read = parse_json(&json!([bad, good]).to_string()).unwrap();
        assert!(fault(&read).starts_with(message), "{}", fault(&read));
        assert_eq!(read.rows.len(), 1);
    }
    let read = parse_json(&json!([7]).to_string()).unwrap();
    assert_eq!(fault(&read), "row 1: row must be an object, got \"7\"");
}

#[test]
fn json_that_is_no_upload_is_refused() {
    assert_eq!(parse_json("3"), Err(UploadError::Shape { list: "detections" }));
    assert_eq!(parse_json("{\"detections\": 3}"), Err(UploadError::Shape { list: "detections" }));
    let deep = "[".repeat(100_000);
    assert!(matches!(parse_json(&deep), Err(UploadError::Json(_))));
    let many = format!("[{}]", vec!["0"; UPLOAD_ROWS_MAX + 1].join(","));
    assert_eq!(parse_json(&many), Err(UploadError::TooManyRows));
}

#[test]
fn a_detection_in_json_has_a_place_or_a_direction_and_not_both() {
    let good = json!({"time": "2026-11-27T01:00:00Z", "azimuth_deg": 285.5, "azimuth_error_deg": 0.5,
                      "elevation_deg": -2, "range_m": 900, "range_error_m": 5, "class": "person"});
    let read = parse_json(&good.to_string()).unwrap();
    let direction = Direction {
        azimuth_deg: 285.5,
        azimuth_error_deg: Some(0.5),
        elevation_deg: Some(-2.0),
        elevation_error_deg: None,
        range_m: Some(900.0),
        range_error_m: Some(5.0),
    };
    assert_eq!(read.rows[0].1.position, Position::Direction(direction));
    for (change, message) in [
        (json!({"azimuth_deg": 1e308}), "azimuth_deg must be degrees from north, -360 to 720, got"),
        (json!({"azimuth_deg": "NaN"}), "azimuth_deg must be degrees from north"),
        (
            json!({"azimuth_deg": null}),
            "lat_deg must be there with lon_deg, or azimuth_deg instead",
        ),
        (json!({"range_m": -1}), "range_m must be metres, 0 to 1000 km, got \"-1\""),
        (json!({"error_m": 5}), "error_m must be left out where azimuth_deg tells the direction"),
        (
            json!({"lat_deg": 34.5, "lon_deg": 41.25}),
            "azimuth_deg must be left out where lat_deg and lon_deg tell the place, got \"285.5\"",
        ),
        (
            json!({"bearing": 1}),
            "row must be of members time, lat_deg, lon_deg, error_m, azimuth_deg, ",
        ),
    ] {
        let told = fault(&parse_json(&changed(&good, &change).to_string()).unwrap());
        assert!(told.contains(message), "{told}");
    }
}

#[test]
fn alarms_status_and_weather_are_read_without_a_mapping_and_faults_named() {
    let at = json!("2026-11-27T01:00:00Z");
    let alarm = json!({"time": at, "class": "person", "confidence": 0.5, "id": "a"});
    let read = parse_alarms(&json!({"alarms": [alarm, {"time": at, "active": false}]}).to_string());
    let active: Vec<bool> = read.unwrap().rows.into_iter().map(|(_, alarm)| alarm.active).collect();
    assert_eq!(active, [true, false]);

    let ill = json!({"time": at, "works": false, "note": "no\u{202e} power"});
    let read = parse_status(&json!([{"time": at}, ill]).to_string()).unwrap().rows;
    assert_eq!((read[0].1.works, &read[0].1.note), (true, &None));
    assert_eq!((read[1].1.works, read[1].1.note.as_deref()), (false, Some("no power")));

    let weather = json!({"time": at, "visibility_m": 1200, "wind_mps": 14.5, "dust": true});
    let read = parse_weather(&weather.to_string()).unwrap().rows;
    assert!(read[0].1.dust && read[0].1.ceiling_m.is_none(), "{read:?}");

    let wrong = |text: &str, field: &str, value: Value| {
        let told = match text {
            "alarm" => {
                fault(&parse_alarms(&changed(&alarm, &json!({field: value})).to_string()).unwrap())
            }
            "status" => {
                fault(&parse_status(&changed(&ill, &json!({field: value})).to_string()).unwrap())
            }
            _ => fault(
                &parse_weather(&changed(&weather, &json!({field: value})).to_string()).unwrap(),
            ),
        };
        assert!(told.contains(field), "{told}");
    };
    for (kind, field, value) in [
        ("alarm", "active", json!("perhaps")),
        ("alarm", "confidence", json!(1.5)),
        ("alarm", "time", json!("0000")),
        ("alarm", "lat_deg", json!(1)),
        ("status", "works", json!(1)),
        ("status", "time", json!(null)),
        ("weather", "visibility_m", json!(1e308)),
        ("weather", "wind_mps", json!(null)),
        ("weather", "wind_mps", json!(-1)),
        ("weather", "dust", json!("some")),
        ("weather", "ceiling_m", json!("low")),
    ] {
        wrong(kind, field, value);
    }
    assert_eq!(parse_alarms("3"), Err(UploadError::Shape { list: "alarms" }));
}

/// An object with some members set to others.
fn changed(object: &Value, change: &Value) -> Value {
    let mut object = object.clone();
    for (name, value) in change.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}
