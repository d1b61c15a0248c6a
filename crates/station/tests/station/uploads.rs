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

    assert_eq!(door(&station)["rejected"], json!(10));
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
