//! Clients that are slow on purpose, or say more than a request has.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use station::limits::{PAGE_HEAD_BYTES, PAGE_HEAD_WITHIN, PAGE_HEADERS_MAX};

use super::browser::{Stream, ask};
use super::sensor::Sensor;
use super::serve::Home;

const SLOW: usize = 400;

#[test]
fn who_sends_a_request_by_the_byte_holds_up_nobody_and_is_sent_away() {
    let home = Home::new();
    let station = home.serve();
    let began = Instant::now();
    let mut slow: Vec<TcpStream> = (0..SLOW)
        .map(|_| {
            let mut stream = TcpStream::connect(station.page).unwrap();
            stream.write_all(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").unwrap();
            stream
        })
        .collect();
    let mut sent_away = 0;
    while !slow.is_empty() {
        let asked = Instant::now();
        assert_eq!(station.get("/api/health").status, 200);
        assert!(asked.elapsed() < Duration::from_secs(5), "others wait for them");
        let before = slow.len();
        // Another byte: whoever is cut off notices.
        slow.retain_mut(|stream| {
            stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
            let is_open = !matches!(stream.read(&mut [0; 64]), Ok(0));
            stream.write_all(b"a").is_ok() && is_open
        });
        sent_away += before - slow.len();
        assert!(began.elapsed() < 4 * PAGE_HEAD_WITHIN, "{} are still there", slow.len());
        std::thread::park_timeout(Duration::from_millis(500));
    }
    assert_eq!(sent_away, SLOW);
    assert!(began.elapsed() >= PAGE_HEAD_WITHIN / 2, "nobody is sent away at once");
}

#[test]
fn more_than_a_request_has_is_refused() {
    let home = Home::new();
    let station = home.serve();
    let long = "x".repeat(2 * PAGE_HEAD_BYTES);
    let names: Vec<String> = (0..PAGE_HEADERS_MAX).map(|number| format!("X-{number}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();

    for (headers, path) in [
        (vec![("X-Long", long.as_str())], "/api/health"),
        (many, "/api/health"),
        (Vec::new(), &*format!("/{long}")),
    ] {
        let refused = ask(station.page, "GET", path, &headers, b"");
        assert!([414, 431].contains(&refused.status), "{}", refused.status);
    }
    assert_eq!(station.get("/api/health").status, 200);
}

#[test]
fn of_hundreds_who_watch_some_read_nothing_and_all_others_are_told_the_alarm() {
    let home = Home::new();
    let station = home.serve();
    let mut reading: Vec<Stream> = (0..200).map(|_| Stream::open(station.page)).collect();
    // A picture waits for each of them, and nobody takes it.
    let _deaf: Vec<Stream> = (0..200).map(|_| Stream::open(station.page)).collect();

    Sensor::connect(station.sapient).register_and_report();

    for stream in &mut reading {
        let is_told = |told: &serde_json::Value| {
            told["alerts"].as_array().is_some_and(|alerts| !alerts.is_empty())
        };
        while !is_told(&stream.next()) {}
    }
    assert_eq!(station.get("/api/health").status, 200);
}
