//! Files brought to a running station: what they hold is seen in the picture, and nothing bad in them harms.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::browser::{Answer, ask};
use super::serve::{Home, Served, wait_until};

fn bring(station: &Served, path: &str, kind: &str, body: &str) -> Answer {
    ask(station.page, "POST", path, &[("Content-Type", kind)], body.as_bytes())
}

fn counted(answer: &Answer) -> [u64; 3] {
    assert_eq!(answer.status, 200, "{}", answer.json);
    ["accepted", "repeated", "rejected"].map(|name| answer.json[name].as_u64().unwrap())
}

fn door(station: &Served) -> Value {
    let doors = station.get("/api/doors").json["doors"].clone();
    doors.as_array().unwrap().iter().find(|door| door["name"] == "upload").unwrap().clone()
}

#[test]
fn a_forecast_stands_again_after_a_restart() {
    let home = Home::new();
    home.configure_more("[doors.weather.stations]\nORXX = [41.0, 34.42]\n");
    let station = home.serve();
    let now = Timestamp::now();
    let until = now + SignedDuration::from_hours(12);
    let period = format!("{}/{}", now.strftime("%d%H"), until.strftime("%d%H"));
    let taf = format!("TAF ORXX {} {period} 27009MPS 1200 BLDU", now.strftime("%d%H%MZ"));
    let told = bring(&station, "/api/ingest/weather", "text/plain", &taf);
    assert_eq!(counted(&told), [1, 0, 0]);
    let before = station.get("/api/forecast?hours=2").json["stations"].clone();
    assert_eq!(before[0]["station"], "ORXX", "{before}");
    station.kill();

    let station = home.serve();
    assert_eq!(station.get("/api/forecast?hours=2").json["stations"], before);
    let told = bring(&station, "/api/ingest/weather", "text/plain", &taf);
    assert_eq!(counted(&told), [0, 1, 0], "it is known");
}

#[test]
fn what_is_brought_as_a_file_is_seen_in_the_picture() {
    let home = Home::new();
    home.configure_more("[doors.weather.stations]\nORXX = [41.0, 34.42]\n");
    let station = home.serve();
    let began = Timestamp::now();

    let mut rows = 0;
    let mut track = None;
    wait_until("a track", || {
        let now = Timestamp::now();
        let walked_deg = now.duration_since(began).as_secs_f64() * 1.3e-5;
        let row = json!({"time": now.to_string(), "lat_deg": 34.425, "lon_deg": 41.0 + walked_deg,
                         "error_m": 15, "class": "person", "confidence": 0.9, "id": "walker"});
        let told = bring(
            &station,
            "/api/ingest/detections?sensor=tower-1",
            "application/json",
            &row.to_string(),
        );
        assert_eq!(counted(&told), [1, 0, 0]);
        rows += 1;
        track = station.get("/api/picture").json["tracks"].get(0).cloned();
        track.is_some()
    });
    let track = track.unwrap();
    assert_eq!(track["seen_by"], json!(["tower-1"]), "{track}");
    assert!((track["at"][1].as_f64().unwrap() - 34.425).abs() < 1e-3, "{track}");

    let report = began.strftime("METAR ORXX %d%H%MZ 27009MPS 1200 BLDU OVC004").to_string();
    let told = bring(&station, "/api/ingest/weather", "text/plain", &report);
    assert_eq!(counted(&told), [1, 0, 0]);
    let weather = station.wait_for("weather", |picture| picture["weather"].get(0).cloned());
    assert_eq!((&weather["source"], &weather["dust"]), (&json!("ORXX"), &json!(true)), "{weather}");
    assert_eq!(weather["ceiling_m"], json!(122.0), "{weather}");
    assert!(weather["from_line_m"].as_f64().unwrap() > 0.0, "{weather}");

    let at = |seconds: i64| Timestamp::now() - SignedDuration::from_secs(seconds);
    let track = |points: &[(f64, Timestamp)]| {
        let point = |(lon, at): &(f64, Timestamp)| {
            format!("<trkpt lat='34.416' lon='{lon}'><time>{at}</time></trkpt>")
        };
        let points = points.iter().map(point).collect::<Vec<_>>().concat();
        format!("<gpx><trk><trkseg>{points}</trkseg></trk></gpx>")
    };
    let path = "/api/ingest/tracks?unit=patrol-1";
    let here = track(&[(41.030, at(60)), (41.031, at(30))]);
    assert_eq!(counted(&bring(&station, path, "application/gpx+xml", &here)), [2, 0, 0]);
    station.wait_for("the patrol's place", |picture| {
        let lon = picture["units"][0]["at"][0].as_f64()?;
        ((lon - 41.031).abs() < 1e-5).then_some(Value::Null)
    });
    // Where it was an hour ago is not where it is.
    let before = track(&[(41.045, at(3_600))]);
    assert_eq!(counted(&bring(&station, path, "application/gpx+xml", &before)), [1, 0, 0]);
    let units = station.get("/api/picture").json["units"].clone();
    assert!((units[0]["at"][0].as_f64().unwrap() - 41.031).abs() < 1e-5, "{units}");

    assert_eq!(door(&station)["accepted"], json!(rows + 4));
    let metrics = String::from_utf8(station.get("/metrics").body).unwrap();
    assert!(metrics.contains("watchline_door_messages_accepted_total{door=\"upload\"}"));
}

#[test]
fn an_upload_that_cannot_be_taken_says_why_and_is_counted() {
    let home = Home::new();
    let station = home.serve();
    let sensor = "/api/ingest/detections?sensor=tower-1";
    for (path, kind, body, status, code, field) in [
        ("/api/ingest/detections", "text/csv", "", 400, "source-wrong", "sensor"),
        ("/api/ingest/detections?sensor=x", "text/csv", "", 404, "sensor-unknown", "sensor"),
        ("/api/ingest/tracks?unit=x", "text/plain", "", 404, "unit-unknown", "unit"),
        ("/api/ingest/tracks?sensor=tower-1", "text/plain", "", 400, "source-wrong", "unit"),
        ("/api/ingest/weather?unit=patrol-1", "text/plain", "", 400, "source-wrong", "sensor"),
        (
            "/api/ingest/alarms?sensor=tower-1",
            "application/json",
            "{}",
            400,
            "source-wrong",
            "sensor",
        ),
        (
            "/api/ingest/alarms?unit=patrol-1",
            "application/json",
            "{}",
            400,
            "source-wrong",
            "sensor",
        ),
        ("/api/ingest/status?sensor=tower-1", "text/csv", "", 415, "type-unknown", "Content-Type"),
        ("/api/ingest/status?sensor=tower-1", "application/json", "[", 400, "upload-wrong", "body"),
        ("/api/ingest/weather", "application/json", "{}", 400, "source-wrong", "station"),
        (
            "/api/ingest/weather?station=x",
            "application/json",
            "{}",
            404,
            "station-unknown",
            "station",
        ),
        ("/api/ingest/detections?colour=red", "text/csv", "", 400, "query-wrong", "query"),
        (sensor, "image/png", "", 415, "type-unknown", "Content-Type"),
        (sensor, "application/json", "{", 400, "upload-wrong", "body"),
        (sensor, "text/csv", "time,lat_deg", 400, "upload-wrong", "body"),
        (
            "/api/ingest/tracks?unit=patrol-1",
            "text/xml",
            "<!DOCTYPE a><gpx/>",
            400,
            "upload-wrong",
            "body",
        ),
    ] {
        let answer = bring(&station, path, kind, body);
        assert_eq!((answer.status, &answer.json["code"]), (status, &json!(code)), "{path} {body}");
        assert_eq!(answer.json["field"], field, "{path} {body}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }

    assert_eq!(door(&station)["rejected"], json!(16));
    station.wait_for("the rejections in the picture", |picture| {
        let told = picture["counters"]["rejections"].as_array()?;
        told.iter().any(|told| told["door"] == "upload").then_some(Value::Null)
    });
}

#[test]
fn a_body_without_end_is_cut_off_and_one_that_is_too_long_is_not_read() {
    let home = Home::new();
    let station = home.serve();
    let head =
        "POST /api/ingest/weather HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n";
    let post = |more: &str| {
        let mut stream = TcpStream::connect(station.page).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream.write_all(format!("{head}{more}\r\n\r\n").as_bytes()).unwrap();
        stream
    };
    let answered = |mut stream: TcpStream| {
        let mut told = String::new();
        stream.read_to_string(&mut told).unwrap();
        told
    };

    // Four that never end, by the byte: as many as are let in.
    let mut slow: Vec<TcpStream> = (0..4).map(|_| post("Transfer-Encoding: chunked")).collect();
    for stream in &mut slow {
        stream.write_all(b"1\r\nM\r\n").unwrap();
    }
    wait_until("four places taken", || door(&station)["connected"] == 4);
    let busy = bring(&station, "/api/ingest/weather", "text/plain", "x");
    assert_eq!((busy.status, &busy.json["code"]), (503, &json!("busy")));
    assert_eq!(station.get("/api/picture").status, 200, "others are served");
    for stream in slow {
        let told = answered(stream);
        assert!(told.starts_with("HTTP/1.1 408") && told.contains("body-late"), "{told}");
    }
    let door_now = door(&station);
    assert_eq!((&door_now["cut_off"], &door_now["turned_away"]), (&json!(4), &json!(1)));

    let told = answered(post("Content-Length: 99999999999"));
    assert!(told.starts_with("HTTP/1.1 413") && told.contains("body-too-long"), "{told}");
    let mut endless = post("Transfer-Encoding: chunked");
    let piece = [b"100000\r\n".as_slice(), &vec![b'x'; 1 << 20], b"\r\n"].concat();
    // The station stops reading once it has had enough.
    while endless.write_all(&piece).is_ok() {}
    wait_until("the refusal", || door(&station)["rejected"] == 6);
    assert!(station.resident_kib() < 2 << 20);
}

#[test]
fn directions_status_alarms_and_weather_come_by_json_without_a_mapping() {
    const GROUND: &str = "[[sensor]]\nid = \"ground-1\"\nname = { en = \"Ground 1\", ar = \"أرضي ١\" }\n\
        node_id = \"6f1c2b7e-31a5-4f6e-9c55-0a1f4f3f1d04\"\nkind = \"ground-sensor\"\nat = [41.012, 34.417]\n\
        height_m = 0\nrange_max_m = 100\nrevisit_s = 1\nground = { radius_m = 80.0, p_detect = 0.6 }\n\n[[unit]]\n";
    let home = Home::new();
    home.change_sector("[[unit]]\n", GROUND);
    home.configure_more("[doors.weather.stations]\nORXX = [41.0, 34.42]\n");
    let station = home.serve();
    let json = "application/json";
    let now = || Timestamp::now().to_string();

    let weather = json!({"time": now(), "visibility_m": 1200, "wind_mps": 9, "dust": true});
    let path = "/api/ingest/weather?station=ORXX";
    assert_eq!(counted(&bring(&station, path, json, &weather.to_string())), [1, 0, 0]);
    let told = station.wait_for("weather", |picture| picture["weather"].get(0).cloned());
    assert_eq!((&told["source"], &told["visibility_m"]), (&json!("ORXX"), &json!(1200.0)));

    let health = |id: &str, health: &str| {
        station.wait_for(&format!("{id} {health}"), |picture| {
            let sensors = picture["sensors"].as_array()?;
            sensors.iter().find(|s| s["id"] == id && s["health"] == health).cloned()
        })
    };
    let path = "/api/ingest/status?sensor=tower-1";
    let well = json!({"time": now()});
    assert_eq!(counted(&bring(&station, path, json, &well.to_string())), [1, 0, 0]);
    health("tower-1", "working");
    let ill = json!({"status": [{"time": now(), "works": false, "note": "no power"}]});
    assert_eq!(counted(&bring(&station, path, json, &ill.to_string())), [1, 0, 0]);
    assert_eq!(health("tower-1", "down")["note"], "no power");

    let alarm = json!({"time": now(), "class": "vehicle"});
    let path = "/api/ingest/alarms?sensor=ground-1";
    assert_eq!(counted(&bring(&station, path, json, &alarm.to_string())), [1, 0, 0]);
    assert_eq!(health("ground-1", "working")["detections"], 1);

    let seen = json!({"time": now(), "azimuth_deg": 285, "azimuth_error_deg": 0.5});
    let path = "/api/ingest/detections?sensor=tower-1";
    assert_eq!(counted(&bring(&station, path, json, &seen.to_string())), [1, 0, 0]);
    station.wait_for("the direction's sensor", |picture| {
        picture["sensors"]
            .as_array()?
            .iter()
            .find(|s| s["id"] == "tower-1" && s["detections"] == 1)
            .cloned()
    });
    let wrong = json!({"time": now(), "azimuth_deg": 1e9});
    let told = bring(&station, path, json, &wrong.to_string());
    assert_eq!(counted(&told), [0, 0, 1]);
    assert_eq!(told.json["faults"][0]["field"], "azimuth_deg", "{}", told.json);
}
