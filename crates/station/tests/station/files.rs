//! Exports from outside: of a running station, and of the record that it left.

use serde_json::{Value, json};

use super::sensor::Sensor;
use super::serve::Home;
use super::station_with_a_seam;

#[test]
fn a_running_station_gives_files_and_says_what_it_cannot_give() {
    let home = Home::new();
    let station = home.serve();

    let units = station.get("/api/export?what=units&format=csv");

    assert_eq!(units.header("content-type"), Some("text/csv; charset=utf-8"));
    let attached = units.header("content-disposition");
    assert_eq!(attached, Some("attachment; filename=\"watchline-units.csv\""));
    let table = String::from_utf8(units.body).unwrap();
    assert!(table.contains("patrol-1,41.02,34.415,POINT (41.02 34.415),Patrol 1,"), "{table}");
    let again = station.get("/api/export?what=units&format=geojson").json;
    let offered = station.get("/ogc/collections/units/items").json;
    assert_eq!(again["features"], offered["features"]);
    for (query, code, field) in [
        ("what=cats&format=csv", "what-unknown", "what"),
        ("what=units&format=shp", "format-unknown", "format"),
        ("what=units", "query-wrong", "query"),
        ("what=units&format=csv&colour=red", "query-wrong", "query"),
        ("what=coverage&format=gpx", "format-wrong", "format"),
    ] {
        let answer = station.get(&format!("/api/export?{query}"));
        assert_eq!((answer.status, &answer.json["code"]), (400, &json!(code)), "{query}");
        assert_eq!(answer.json["field"], field, "{query}");
    }
}

#[test]
fn a_record_gives_the_tracks_of_a_period() {
    let home = Home::new();
    let (station, offer) = station_with_a_seam(&home);
    assert_eq!(station.post_seam(&offer).status, 200);
    station.wait_for("a track", |picture| picture["tracks"][0].get("id").cloned());
    station.kill();

    let (code, told) = home.export(&["--what", "tracks"], "tracks.geojson");

    assert_eq!(code, Some(0), "{told}");
    let summary: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&summary["features"], &summary["format"]), (&json!(1), &json!("geojson")));
    let file = std::fs::read(home.file("tracks.geojson")).unwrap();
    let file: Value = serde_json::from_slice(&file).unwrap();
    assert_eq!(file["features"][0]["properties"]["identity"], "east/7", "{file}");
    let before = ["--what", "tracks", "--to", "2020-01-01T00:00:00Z"];
    let (code, told) = home.export(&before, "before.kml");
    assert_eq!((code, told.contains("\"features\": 0")), (Some(0), true), "{told}");
}

#[test]
fn an_export_that_cannot_be_says_what_to_do() {
    let home = Home::new();
    home.serve().kill();
    for (arguments, file, told) in [
        (&["--what", "units"][..], "units.shp", "the ending must be .geojson, .kml"),
        (&["--what", "coverage"][..], "coverage.gpx", "choose .geojson, .kml, .kmz or .csv"),
        (
            &["--what", "units", "--from", "2026-01-02T00:00:00Z", "--to", "2026-01-01T00:00:00Z"]
                [..],
            "units.csv",
            "turn them round",
        ),
    ] {
        let (code, complained) = home.export(arguments, file);

        assert_eq!(code, Some(2), "{complained}");
        assert!(complained.contains(told), "{complained}");
    }
}

#[test]
fn an_alert_is_told_as_a_cap_message_by_the_station_and_from_its_record() {
    let home = Home::new();
    let station = home.serve();
    Sensor::connect(station.sapient).register_and_report();
    let id = station.wait_for("a lost sensor", |picture| {
        let alerts = picture["alerts"].as_array()?;
        alerts.iter().find(|alert| alert["kind"] == "sensor-lost").map(|alert| alert["id"].clone())
    });

    let live = station.get(&format!("/api/alerts/{id}/cap"));

    assert_eq!(live.header("content-type"), Some("application/cap+xml; charset=utf-8"));
    let live = String::from_utf8(live.body).unwrap();
    assert!(live.contains("<msgType>Alert</msgType>"), "{live}");
    // The drill's ground is generated.
    assert!(live.contains("<status>Exercise</status>"), "{live}");
    assert!(live.contains("<circle>34.415,41.01 0.4</circle>"), "{live}");
    assert_eq!(station.get("/api/alerts/999/cap").json["code"], "alert-unknown");
    station.kill();
    let (code, told) = home.export(&["--what", "alerts", "--id", &id.to_string()], "alert.cap.xml");
    assert_eq!(code, Some(0), "{told}");
    let kept = std::fs::read_to_string(home.file("alert.cap.xml")).unwrap();
    assert_eq!(kept, live);
    let (code, told) = home.export(&["--what", "units"], "units.cap.xml");
    assert_eq!((code, told.contains("holds alerts alone")), (Some(2), true), "{told}");
}
