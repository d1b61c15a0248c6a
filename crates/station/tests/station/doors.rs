//! Every door at once: what each refused is told alike by the interface, the metrics and the doctor.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};

use jiff::Timestamp;
use serde_json::Value;

use super::browser::ask;
use super::phone::event;
use super::serve::{Home, Served, wait_until};

/// A drone that can come by `MAVLink` and by its video, and that has a camera.
const DRONE: &str = r#"
[[sensor]]
id = "drone-1"
name = { en = "Drone 1", ar = "المسيّرة ١" }
node_id = "6f1c2b7e-31a5-4f6e-9c55-0a1f4f3f1d03"
kind = "drone"
at = [41.01, 34.415]
height_m = 100
range_max_m = 3000
revisit_s = 40
optics = { pixels_across = 640, pixels_down = 512, pitch_um = 12.0, focal_mm = 35.0, netd_mk = 50.0 }
limits = { wind_mps = 12.0, visibility_m = 2000.0 }

[[unit]]
"#;

/// All doors that there are. Nobody listens at `NOBODY`.
const DOORS: &str = r#"
agency = "border-guard"
[doors.tls]
names = ["localhost"]
[doors.sapient.tls]
listen = "127.0.0.1:0"
[doors.sapient_parent]
connect = "NOBODY"
[doors.cot]
udp_listen = "127.0.0.1:0"
[doors.cot.mesh]
to = "239.2.3.1:6969"
interface = "127.0.0.1"
[doors.cot.tls]
listen = "127.0.0.1:0"
[doors.cot.enrolment]
listen = "127.0.0.1:0"
[doors.asterix]
listen = "127.0.0.1:0"
[doors.asterix.radars."25/201"]
sensor = "tower-1"
[doors.asterix.out]
to = ["127.0.0.1:9"]
sac = 25
sic = 1
[doors.nmea]
listen = "127.0.0.1:0"
[doors.nmea.units]
"127.0.0.1" = "patrol-1"
[doors.nmea.connect]
"NOBODY" = "patrol-1"
[doors.mavlink]
listen = "127.0.0.1:0"
connect = ["NOBODY"]
[doors.mavlink.systems]
1 = "drone-1"
[doors.klv]
listen = "127.0.0.1:0"
[doors.klv.assets]
"127.0.0.1" = "drone-1"
[doors.klv.connect]
"NOBODY" = "drone-1"
[doors.rtsp.cameras.drone-1]
url = "rtsp://NOBODY/live"
[doors.weather]
path = "reports.txt"
poll_s = 1
[doors.weather.stations]
ORXX = [41.0, 34.42]
[doors.mqtt]
broker = "NOBODY"
[[doors.mqtt.topics]]
kind = "heartbeat"
topic = "alive"
sensor = "tower-1"
"#;

/// What a door must come to: a message refused, somebody turned away, a failure told, or a trouble that lasts.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sign {
    Refused,
    TurnedAway,
    Error,
    Trouble,
    /// It only sends, and nothing went wrong.
    Well,
}

const SIGNS: [(&str, Sign); 20] = [
    ("sapient", Sign::Refused),
    ("sapient-tls", Sign::TurnedAway),
    ("sapient-parent", Sign::Error),
    ("cot", Sign::Refused),
    ("cot-tls", Sign::TurnedAway),
    ("cot-enrolment", Sign::TurnedAway),
    ("cot-mesh", Sign::Well),
    ("cot-udp", Sign::Refused),
    ("asterix", Sign::Refused),
    ("asterix-out", Sign::Well),
    ("mavlink", Sign::Refused),
    ("mavlink-tcp", Sign::Error),
    ("klv", Sign::Refused),
    ("klv-tcp", Sign::Error),
    ("rtsp", Sign::Error),
    ("upload", Sign::Refused),
    ("mqtt", Sign::Trouble),
    ("weather", Sign::Refused),
    ("nmea", Sign::Refused),
    ("nmea-tcp", Sign::Error),
];

fn doors(station: &Served) -> BTreeMap<String, Value> {
    let told = station.get("/api/doors").json["doors"].clone();
    let named = |door: &Value| (door["name"].as_str().unwrap().to_owned(), door.clone());
    told.as_array().unwrap().iter().map(named).collect()
}

/// The value of one door's metric; `None` where the station tells none.
fn metric(metrics: &str, name: &str, door: &str) -> Option<f64> {
    let head = format!("watchline_door_{name}{{door=\"{door}\"}} ");
    metrics.lines().find_map(|line| line.strip_prefix(&head)).map(|value| value.parse().unwrap())
}

/// Brings every door something that it cannot use. Who hangs up on what it is told takes back what it has not been heard to
/// say, so the connections stay.
fn knock(station: &Served) -> Vec<TcpStream> {
    let at = |door: &str| -> SocketAddr {
        doors(station)[door]["address"].as_str().unwrap().parse().unwrap()
    };
    let come = |address: SocketAddr, words: &[u8]| {
        let mut stranger = TcpStream::connect(address).unwrap();
        stranger.write_all(words).unwrap();
        stranger
    };
    let no_frame = [5, 0, 0, 0, 1, 2, 3, 4, 5];
    let by_stream = ["sapient", "sapient-tls", "cot-tls", "cot-enrolment"];
    let mut strangers: Vec<_> = by_stream.map(|door| come(at(door), &no_frame)).into();
    let stranger = event("STRANGER", "a-f-G-U-C", "");
    strangers.push(come(station.cot, stranger.as_bytes()));
    let damaged: Vec<u8> = [[0x47; 1].as_slice(), &[0xff; 400]].concat();
    for (door, datagram) in [
        ("cot-udp", stranger.as_bytes()),
        ("asterix", &[48, 0, 2]),
        ("nmea", b"$GPRMC,1*00\r\n"),
        ("mavlink", b"no message"),
        ("klv", &damaged),
    ] {
        UdpSocket::bind("127.0.0.1:0").unwrap().send_to(datagram, at(door)).unwrap();
    }
    let form = [("Content-Type", "application/json")];
    let path = "/api/ingest/detections?sensor=tower-1";
    assert_eq!(ask(station.page, "POST", path, &form, b"{").status, 400);
    strangers
}

/// Whether a door came to what it must.
fn has_come(door: &Value, sign: Sign) -> bool {
    let errs = door["last_error"].is_object();
    match sign {
        Sign::Refused => door["rejected"].as_u64() > Some(0) && errs,
        Sign::TurnedAway => door["turned_away"].as_u64() > Some(0) && errs,
        Sign::Error => errs,
        Sign::Trouble => door["trouble"].is_string(),
        Sign::Well => !errs,
    }
}

#[test]
fn every_door_tells_its_counts_its_rate_and_its_last_error_in_all_three_places() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let home = Home::new();
    home.change_sector("\n[[unit]]\n", DRONE);
    home.write("reports.txt", "METAR OSDZ 201830Z 24010MPS 9999\n");
    home.configure_more(&DOORS.replace("NOBODY", &nobody.to_string()));
    let station = home.serve();
    // The doctor asks the page where the configuration says that it is.
    home.configure(&station.page.to_string(), &station.sapient.to_string());
    let began = Timestamp::now();

    let _strangers = knock(&station);

    for (name, sign) in SIGNS {
        wait_until(name, || doors(&station).get(name).is_some_and(|door| has_come(door, sign)));
    }
    let known: Vec<String> = doors(&station).into_keys().collect();
    let mut named: Vec<&str> = SIGNS.iter().map(|(name, _)| *name).collect();
    named.sort_unstable();
    assert_eq!(known, named, "every door is among the signs");
    for (name, sign) in SIGNS {
        // Doors that come back to where nobody is have a new error every few seconds.
        wait_until(&format!("{name} to tell the same everywhere"), || {
            let before = doors(&station)[name].clone();
            let metrics = String::from_utf8(station.get("/metrics").body).unwrap();
            let (_, doctor) = home.doctor();
            if doors(&station)[name] != before {
                return false;
            }
            check_metrics(name, &before, &metrics, began);
            check_doctor(name, &before, &doctor, sign);
            true
        });
    }
}

fn check_metrics(name: &str, door: &Value, metrics: &str, began: Timestamp) {
    for (metric_name, field) in [
        ("connected", "connected"),
        ("connections_total", "connections"),
        ("turned_away_total", "turned_away"),
        ("throttled_total", "throttled"),
        ("cut_off_total", "cut_off"),
        ("messages_accepted_total", "accepted"),
        ("messages_rejected_total", "rejected"),
        ("messages_ignored_total", "ignored"),
        ("values_redacted_total", "redacted"),
        ("messages_sent_total", "sent"),
        ("bytes_total", "bytes"),
        ("messages_per_second", "messages_per_s"),
    ] {
        let told = metric(metrics, metric_name, name);
        assert_eq!(told, door[field].as_f64(), "{metric_name} of {name}: {door}");
    }
    let works = metric(metrics, "works", name).unwrap();
    assert_eq!(works > 0.5, door["trouble"].is_null(), "{door}");
    let failed_at = metric(metrics, "last_error_timestamp_seconds", name);
    let Some(at) = door["last_error"]["at"].as_str() else {
        return assert_eq!(failed_at, None, "{door}");
    };
    let at: Timestamp = at.parse().unwrap();
    assert!((at.as_millisecond() as f64 / 1e3 - failed_at.unwrap()).abs() < 1e-3, "{door}");
    assert!(at.as_second() + 1 >= began.as_second(), "{door}");
}

fn check_doctor(name: &str, door: &Value, doctor: &str, sign: Sign) {
    let told: Value = serde_json::from_str(doctor).unwrap();
    let named = format!("running: door {name}");
    let checks = told["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == named.as_str()).unwrap();
    assert_eq!(check["ok"], sign == Sign::Well, "{check}");
    let detail = check["detail"].as_str().unwrap();
    for words in [
        format!("{} rejected", door["rejected"]),
        format!("{} ignored", door["ignored"]),
        format!("{} sent", door["sent"]),
        format!("{} messages/s", door["messages_per_s"].as_f64().unwrap()),
        door["last_error"]["at"].as_str().unwrap_or_default().to_owned(),
        door["last_error"]["what"].as_str().unwrap_or_default().to_owned(),
        door["trouble"].as_str().unwrap_or_default().to_owned(),
    ] {
        assert!(detail.contains(&words), "{words:?} in {detail}");
    }
}
