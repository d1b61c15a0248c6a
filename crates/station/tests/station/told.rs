//! What sensors tell that moves no track: too late, by a wrong clock, at no range, too much.

use std::io::Write as _;

use serde_json::json;

use super::sensor::Sensor;
use super::serve::{Home, wait_until};

#[test]
fn a_word_that_comes_minutes_late_is_kept_and_can_be_asked_for() {
    let home = Home::new();
    let station = home.serve();
    let mut radar = Sensor::connect(station.sapient);
    radar.register();
    let now = jiff::Timestamp::now();
    let seen_at = now - jiff::SignedDuration::from_mins(5);
    radar.see(now, 1, &[(270.0, 900.0)]);
    station.wait_for("a sensor that reports", |picture| {
        picture["sensors"].as_array()?.iter().find(|sensor| sensor["detections"] == 1).cloned()
    });
    // Its look has had its turn when its hold is over.
    std::thread::park_timeout(std::time::Duration::from_secs(4));

    radar.see(seen_at, 2, &[(270.0, 1_200.0)]);

    station.wait_for("evidence", |picture| {
        Some(picture["evidence_version"].clone()).filter(|version| version == 1)
    });
    let told = station.get("/api/evidence").json;
    let [word] = &told["evidence"].as_array().unwrap()[..] else { panic!("{told}") };
    assert_eq!((&word["sensor"], &word["why"]), (&json!("tower-1"), &json!("late")));
    let observed_at: jiff::Timestamp = word["observed_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(observed_at.as_second(), seen_at.as_second());
    assert!(word["at"].is_array() && word["stretch"].is_u64(), "{word}");
    let counters = station.get("/api/picture").json["counters"].clone();
    assert_eq!((&counters["late"], &counters["rejected"]), (&json!(1), &json!(0)), "{counters}");
}

#[test]
fn a_clock_put_forward_is_told_by_health_and_doctor_and_kept_out_of_the_tracks() {
    let home = Home::new();
    let station = home.serve();
    home.configure(&station.page.to_string(), &station.sapient.to_string());
    let (right, told) = home.doctor();
    assert!(right && told.contains("running: clocks"), "{told}");
    let mut radar = Sensor::connect(station.sapient);
    radar.register();

    let ahead = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(300);
    radar.see(ahead, 1, &[(270.0, 900.0), (271.0, 950.0), (272.0, 990.0), (273.0, 999.0)]);

    let sensor = station.wait_for("a clock that is off", |picture| {
        picture["sensors"].as_array()?.iter().find(|s| s["clock"]["standing"] == "off").cloned()
    });
    assert_eq!(sensor["health"], "quarantined", "{sensor}");
    let ahead_s = sensor["clock"]["ahead_s"].as_f64().unwrap();
    assert!((290.0..=300.0).contains(&ahead_s), "{sensor}");
    let health = station.get("/api/health").json;
    let clocks = health["checks"].as_array().unwrap().iter().find(|c| c["name"] == "clocks");
    assert!(clocks.unwrap()["detail"].as_str().unwrap().starts_with("tower-1 is "), "{health}");
    let (right, told) = home.doctor();
    assert!(!right && told.contains("tower-1 is ") && told.contains("correct-clock"), "{told}");
    let act =
        json!({"command": "correct-clock", "sensor": "tower-1", "reason": "set wrong", "by": "d"});
    assert_eq!(station.post("k1", &act).status, 200);
    assert_eq!(station.post("k2", &act).json["code"], "clock-right");
}

#[test]
fn what_is_seen_at_no_range_is_shown_as_a_direction_and_as_no_track() {
    let home = Home::new();
    let station = home.serve();
    let mut camera = Sensor::connect(station.sapient);
    camera.register();
    station.wait_for("an assessment", |picture| {
        Some(picture["coverage_version"].clone()).filter(|version| *version != 0)
    });

    let begun = jiff::Timestamp::now();
    for look in 0..4_i64 {
        let at = begun - jiff::SignedDuration::from_secs(2 * (3 - look));
        camera.see_towards(at, look.unsigned_abs(), 270.0);
    }

    let direction =
        station.wait_for("a direction", |picture| picture["directions"].get(0).cloned());
    let picture = station.get("/api/picture").json;
    let sensors = picture["sensors"].as_array().unwrap();
    let tower = sensors.iter().find(|sensor| sensor["id"] == "tower-1").unwrap();
    assert_eq!(direction["seen_by"], json!(["tower-1"]), "{direction}");
    assert_eq!(direction["from"], tower["at"], "{direction}");
    let azimuth_deg = direction["azimuth_deg"].as_f64().unwrap();
    assert!((azimuth_deg - 270.0).abs() < 1.0, "{direction}");
    let [near_m, far_m] = [0, 1].map(|end| direction["ranges_m"][end].as_f64().unwrap());
    assert!(near_m < far_m, "{direction}");
    assert_eq!(picture["tracks"], json!([]), "nobody knows where it is");
}

#[test]
fn a_flood_of_a_hundred_thousand_reports_is_counted_told_and_kept_within_bounds() {
    let home = Home::new();
    let station = home.serve();
    home.configure(&station.page.to_string(), &station.sapient.to_string());
    let mut radar = Sensor::connect(station.sapient);
    radar.register();
    let before_kib = station.resident_kib();

    for look in 0..100 {
        let thing = |number: u32| (f64::from(number % 360), 200.0 + 3.0 * f64::from(number));
        let things: Vec<(f64, f64)> = (0..1_000).map(thing).collect();
        radar.see(jiff::Timestamp::now(), 1 + 1_000 * look, &things);
    }

    let sensor = station.wait_for("a flood that is over", |picture| {
        picture["sensors"].as_array()?.iter().find(|s| s["detections"] == 100_000).cloned()
    });
    assert!(sensor["flood"]["dropped"].as_u64().unwrap() > 10_000, "{sensor}");
    let grown_kib = station.resident_kib().saturating_sub(before_kib);
    assert!(grown_kib < 256 << 10, "grown by {grown_kib} KiB");
    let (right, told) = home.doctor();
    assert!(!right && told.contains("tower-1: "), "{told}");
    assert_eq!(station.get("/api/health").status, 200, "the station itself works");
}

#[test]
fn what_a_door_refuses_is_told_with_its_reason_by_the_interface_the_metrics_and_the_doctor() {
    let home = Home::new();
    let station = home.serve();
    home.configure(&station.page.to_string(), &station.sapient.to_string());
    let (right, told) = home.doctor();
    assert!(right && told.contains("running: door sapient"), "{told}");
    let mut stranger = std::net::TcpStream::connect(station.sapient).unwrap();
    stranger.write_all(&[5, 0, 0, 0, 1, 2, 3, 4, 5]).unwrap();

    let mut door = json!(null);
    wait_until("a refused message", || {
        let doors = station.get("/api/doors").json["doors"].clone();
        let mut doors = doors.as_array().cloned().unwrap_or_default().into_iter();
        door = doors.find(|door| door["name"] == "sapient").unwrap_or_default();
        door["rejected"] == 1
    });

    assert_eq!(door["connected"], 1, "{door}");
    assert_eq!(door["address"], station.sapient.to_string());
    let what = door["last_error"]["what"].as_str().unwrap();
    assert!(what.contains(": message: "), "{door}");
    let metrics = String::from_utf8(station.get("/metrics").body).unwrap();
    assert!(metrics.contains("watchline_door_messages_rejected_total{door=\"sapient\"} 1\n"));
    let (right, told) = home.doctor();
    assert!(!right && told.contains("1 rejected") && told.contains("message: "), "{told}");
}
