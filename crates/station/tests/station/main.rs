//! The real binary, from outside: sensors at its door, people at its desk, and `kill -9`.
#![cfg(test)]

mod alone;
mod audit;
mod browser;
mod certified;
mod doors;
mod files;
mod floor;
mod follow;
mod full;
mod identity;
mod killed;
mod labels;
mod maps;
mod phone;
mod release;
mod report;
mod secure;
mod sensor;
mod serve;
mod slow;
mod told;
mod two;
mod uploads;
mod witnessed;

use serde_json::{Value, json};
use station::runtime::stepper::{hex, replay_record};

use self::sensor::Sensor;
use self::serve::Home;

#[test]
fn a_killed_station_comes_back_with_the_picture_it_had() {
    let home = Home::new();
    let station = home.serve();
    Sensor::connect(station.sapient).register_and_report();
    let alert = station.wait_for("a lost sensor", |picture| {
        let alerts = picture["alerts"].as_array()?;
        alerts.iter().find(|alert| alert["kind"] == "sensor-lost").map(|alert| alert["id"].clone())
    });

    let act = json!({"command": "acknowledge", "alert": alert, "by": "desk-1"});
    let done = station.post("act-1", &act);
    assert_eq!((done.status, &done.json["status"]), (200, &json!("done")));
    let again = station.post("act-1", &act);
    assert_eq!(again.status, 200, "the same act again is the same act: {}", again.json);
    let before = station.get("/api/picture").json;
    assert_eq!(before["alerts"][0]["stage"], "acknowledged");
    let acts = before["alerts"][0]["history"].as_array().unwrap();
    assert_eq!(acts.iter().filter(|act| act["what"] == "acknowledged").count(), 1, "{acts:?}");
    station.kill();

    let hashes = hashes_of_record(&home);
    let hashed_at = usize::try_from(before["state_hash_seq"].as_u64().unwrap()).unwrap();
    assert_eq!(before["state_hash"], hashes[hashed_at - 1], "live and replayed differ");
    let station = home.serve();
    assert_eq!(station.hello["entries"], hashes.len());
    assert_eq!(&station.hello["state_hash"], hashes.last().unwrap());
    let after = station.get("/api/picture").json;
    assert_eq!(after["alerts"], before["alerts"]);
    assert_eq!(station.post("act-1", &act).status, 200, "the act is known after the restart too");
    assert_eq!(station.get("/api/picture").json["alerts"], before["alerts"]);
}

#[test]
fn the_query_store_is_built_again_when_it_is_gone() {
    let home = Home::new();
    let station = home.serve();
    let rows = |station: &serve::Served| station.get("/api/strip").json["rows"].clone();
    station.wait_for("an assessed line", |picture| {
        picture["stretches"].as_array().filter(|all| !all.is_empty()).map(|_| Value::Null)
    });
    serve::wait_until("the store follows", || rows(&station) != json!([]));
    let first = rows(&station)[0].clone();
    station.kill();
    std::fs::remove_dir_all(home.data().join("store")).unwrap();

    let station = home.serve();

    assert_eq!(rows(&station)[0], first);
}

#[test]
fn a_second_station_on_the_same_data_is_refused() {
    let home = Home::new();
    let _station = home.serve();

    let (code, told) = home.try_serve();

    assert_eq!(code, Some(2));
    assert!(told.contains("in use by another station (process "), "{told}");
}

#[test]
fn a_port_in_use_is_named() {
    let home = Home::new();
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    home.configure(&format!("127.0.0.1:{port}"), "127.0.0.1:0");

    let (code, told) = home.try_serve();

    assert_eq!(code, Some(2));
    assert!(told.contains(&format!("port {port} is in use")), "{told}");
}

#[test]
fn a_station_does_not_listen_to_the_world() {
    let home = Home::new();
    for (page, sapient) in [("0.0.0.0:0", "127.0.0.1:0"), ("127.0.0.1:0", "0.0.0.0:0")] {
        home.configure(page, sapient);

        let (code, told) = home.try_serve();

        assert_eq!(code, Some(2));
        assert!(told.contains("must listen on this machine alone"), "{told}");
    }
}

#[test]
fn a_changed_record_is_refused_with_file_and_entry() {
    let home = Home::new();
    let station = home.serve();
    for number in 0..5 {
        let act = json!({"command": "acknowledge", "alert": 1, "by": "desk-1"});
        station.post(&format!("key-{number}"), &act);
    }
    station.kill();
    let path = home.data().join("record/segment-0000000001");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&path, bytes).unwrap();

    let (code, told) = home.try_serve();

    assert_eq!(code, Some(2));
    assert!(told.contains("segment-0000000001 is damaged at byte"), "{told}");
    assert!(told.contains("entry 1 is not intact"), "{told}");
}

#[test]
fn a_record_of_another_sector_is_refused() {
    let home = Home::new();
    home.serve().kill();
    home.change_sector("height_m = 20", "height_m = 30");

    let (code, told) = home.try_serve();

    assert_eq!(code, Some(2));
    assert!(told.contains("restore that sector file or choose another data directory"), "{told}");
}

#[test]
fn a_faulty_sector_file_is_told_field_by_field() {
    let home = Home::new();
    home.change_sector("height_m = 20", "height_m = -20");

    let (code, told) = home.try_serve();

    assert_eq!(code, Some(2));
    assert!(told.contains("sensor[0].height_m = -20"), "{told}");
}

#[test]
fn an_act_that_cannot_be_done_says_which_field_and_why_and_is_counted() {
    let home = Home::new();
    let station = home.serve();
    let wrongs = [
        (json!({"command": "strike", "alert": 1, "by": "d"}), 400, "body-wrong", "body"),
        (json!({"command": "acknowledge", "alert": 1, "by": " "}), 400, "person-wrong", "by"),
        (json!({"command": "acknowledge", "alert": 1}), 400, "body-wrong", "body"),
        (json!({"command": "acknowledge", "alert": 77, "by": "d"}), 404, "alert-unknown", "alert"),
    ];
    for (number, (act, status, code, field)) in wrongs.into_iter().enumerate() {
        let answer = station.post(&number.to_string(), &act);

        assert_eq!(answer.status, status, "{}", answer.json);
        assert_eq!((&answer.json["code"], &answer.json["field"]), (&json!(code), &json!(field)));
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    let answer = station.post(&"k".repeat(65), &json!({}));
    assert_eq!((answer.status, &answer.json["code"]), (400, &json!("key-wrong")));
    let counters = station.wait_for("counted rejections", |picture| {
        Some(picture["counters"].clone()).filter(|counters| counters["rejected"] == 4)
    });
    assert_eq!(counters["rejections"].as_array().unwrap().len(), 4, "{counters}");
}

#[test]
fn pages_of_other_sites_are_refused() {
    let home = Home::new();
    let station = home.serve();

    let foreign = station.get_with("/api/picture", &[("Host", "watchline.example")]);
    assert_eq!((foreign.status, &foreign.json["code"]), (403, &json!("host-foreign")));
    let other = station.get_with("/api/picture", &[("Origin", "http://watchline.example")]);
    assert_eq!((other.status, &other.json["code"]), (403, &json!("origin-foreign")));
    let own = station.get("/");
    assert_eq!(own.status, 200);
    let policy = own.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'self';"), "{policy}");
}

#[test]
fn the_stream_begins_with_the_whole_picture_and_goes_on_with_changes() {
    let home = Home::new();
    let station = home.serve();
    let mut stream = browser::Stream::open(station.page);

    let picture = stream.next();
    assert_eq!(picture["type"], "picture");
    assert_eq!(picture["units"][0]["id"], "patrol-1");
    let mut seq = picture["seq"].as_u64().unwrap();
    Sensor::connect(station.sapient).register_and_report();
    let mut healths = Vec::new();
    while !healths.contains(&json!("down")) {
        let changes = stream.next();
        assert_eq!(changes["type"], "changes");
        assert!(changes["seq"].as_u64().unwrap() >= seq, "{changes}");
        seq = changes["seq"].as_u64().unwrap();
        let sensors = changes["sensors"].as_array().cloned().unwrap_or_default();
        healths.extend(sensors.iter().map(|sensor| sensor["health"].clone()));
    }
}

#[test]
fn terrain_coverage_and_corridors_come_as_tiles() {
    let home = Home::new();
    let station = home.serve();
    let version = station.wait_for("coverage", |picture| {
        Some(picture["coverage_version"].clone()).filter(|version| version != &json!(0))
    });

    // The tile of zoom 10 over 41.01 E 34.42 N.
    let dem = station.get("/tiles/dem/10/628/407.png");
    let coverage = station.get(&format!("/tiles/coverage/10/628/407.png?v={version}"));

    let corridors = station.get(&format!("/tiles/corridors/10/628/407.png?v={version}"));

    for tile in [&dem, &coverage, &corridors] {
        assert_eq!((tile.status, tile.header("content-type")), (200, Some("image/png")));
        assert!(tile.body.starts_with(b"\x89PNG\r\n"));
    }
    assert_eq!(station.get("/tiles/dem/10/1/1.png").status, 204);
    assert_eq!(station.get("/tiles/dem/10/628/407.jpg").json["field"], "y");
}

#[test]
fn a_stretch_says_how_it_would_be_crossed_and_whether_they_would_be_met() {
    let home = Home::new();
    let station = home.serve();
    let version = station.wait_for("coverage", |picture| {
        Some(picture["coverage_version"].clone()).filter(|version| version != &json!(0))
    });

    let stretch = station.get("/api/sector").json["stretches"][1].clone();

    let told = station.get(&format!("/api/stretches/{}/crossing", stretch["id"])).json;

    assert_eq!(told["stretch"], stretch["id"], "{told}");
    assert!(told["coverage_version"].as_u64() >= version.as_u64());
    let crossing = &told["crossing"];
    let figure = |name: &str| crossing[name].as_f64().unwrap_or_else(|| panic!("{name}: {told}"));
    let span = ["from_km", "to_km"].map(|end| stretch[end].as_f64().unwrap());
    assert!((span[0] - 0.01..=span[1] + 0.01).contains(&figure("km")), "{told}");
    assert!(figure("p_interrupt") <= figure("p_detect"), "met only after being detected");
    let legs = crossing["legs"].as_array().unwrap();
    let sum = |name: &str| legs.iter().map(|leg| leg[name].as_f64().unwrap()).sum::<f64>();
    assert!((sum("p_interrupt") - figure("p_interrupt")).abs() < 0.01, "{told}");
    assert!((sum("delay_s") - figure("crossing_s")).abs() <= legs.len() as f64, "{told}");
    assert!(crossing["way"].as_array().unwrap().len() > legs.len(), "{told}");
    let unknown = station.get("/api/stretches/9999/crossing");
    assert_eq!((unknown.status, &unknown.json["field"]), (404, &json!("stretch")));
}

#[test]
fn a_station_that_is_asked_to_stop_stops_well() {
    let home = Home::new();
    let station = home.serve();

    assert_eq!(station.terminate(), Some(0));
}

#[test]
fn a_track_that_a_neighbour_hands_over_keeps_its_identity() {
    let home = Home::new();
    let (station, offer) = station_with_a_seam(&home);

    let taken = station.post_seam(&offer);
    let again = station.post_seam(&offer);

    let identity = json!({"sector": "east", "number": 7});
    assert_eq!(taken.status, 200, "{}", taken.json);
    assert_eq!(taken.json["answers"][0]["word"]["taken"]["known_as"], identity);
    assert_eq!(again.json["answers"], taken.json["answers"]);
    let stranger = station.post_seam(&json!({"from": "east"}));
    assert_eq!((stranger.status, &stranger.json["code"]), (400, &json!("body-wrong")));
    assert_eq!(station.get("/api/seams").json, json!({"offers": []}));
    let id = station.wait_for("a track", |picture| picture["tracks"][0].get("id").cloned());
    let tracks = station.get("/api/picture").json["tracks"].clone();
    assert_eq!(tracks.as_array().unwrap().len(), 1, "a repeat is the same offer");
    assert_eq!(tracks[0]["identity"], identity);
    let lineage = station.get(&format!("/api/tracks/{id}/lineage")).json;
    let nothing = json!({"track": id, "measurements": [], "forgotten": 0, "snapshots": []});
    assert_eq!(lineage, nothing);
    assert_eq!(station.get("/api/tracks/99/lineage").json["code"], "track-unknown");
}

#[test]
fn people_say_what_a_track_is_and_take_it_back() {
    let home = Home::new();
    let (station, offer) = station_with_a_seam(&home);
    assert_eq!(station.post_seam(&offer).status, 200);
    let id = station.wait_for("a track", |picture| picture["tracks"][0].get("id").cloned());
    let track = || station.get("/api/picture").json["tracks"][0].clone();

    let relabel = because(json!({"command": "relabel-track", "track": id, "class": "animal"}));
    assert_eq!(station.post("a", &relabel).status, 200);

    let said = track();
    assert_eq!((&said["class"], &said["class_probability"]), (&json!("animal"), &json!(1.0)));
    let act = &said["acts"][0];
    assert_eq!((&act["by"], &act["act"]), (&json!("desk-1"), &json!("relabel")));
    let undo = because(json!({"command": "undo-track-act", "act": act["id"]}));
    assert_eq!(station.post("b", &undo).status, 200);
    assert_eq!(track()["class"], "person");

    let wrongs = [
        (
            json!({"command": "relabel-track", "track": id, "class": "target"}),
            (400, "class-not-allowed", "class"),
        ),
        (json!({"command": "split-track", "track": id}), (400, "body-wrong", "from")),
        (
            json!({"command": "merge-tracks", "track": id, "other": 99}),
            (404, "track-unknown", "other"),
        ),
        (
            json!({"command": "merge-tracks", "track": id, "other": id}),
            (409, "already-merged", "other"),
        ),
        (json!({"command": "undo-track-act", "act": act["id"]}), (409, "nothing-to-undo", "act")),
        (json!({"command": "undo-track-act", "act": 99}), (404, "act-unknown", "act")),
    ];
    for (number, (what, (status, code, field))) in wrongs.into_iter().enumerate() {
        let answer = station.post(&format!("wrong-{number}"), &because(what));
        assert_eq!(answer.status, status, "{}", answer.json);
        assert_eq!((&answer.json["code"], &answer.json["field"]), (&json!(code), &json!(field)));
    }
    let mut silent = because(json!({"command": "pin-track", "track": id}));
    silent["reason"] = " ".into();
    assert_eq!(station.post("silent", &silent).json["code"], "reason-missing");
}

/// A station whose line goes on as the sector `east`, and a track that `east` offers at the seam.
fn station_with_a_seam(home: &Home) -> (serve::Served, Value) {
    add_seam(home);
    let station = home.serve();
    let sector = station.get("/api/sector").json;
    let offer = offer(&sector, &station.get("/api/picture").json["now"]);
    (station, offer)
}

/// A neighbour at the end of the line, for stations that are served from now on.
fn add_seam(home: &Home) {
    home.change_sector("[line]", "[[seam]]\nneighbour = \"east\"\nend = \"end\"\n\n[line]");
}

/// A track that the neighbour hands over.
fn offer(sector: &Value, now: &Value) -> Value {
    let end = sector["line"]["coordinates"].as_array().unwrap().last().unwrap().clone();
    json!({"from": "east", "to": sector["name"], "word": {"offer": {
        "identity": {"sector": "east", "number": 7}, "turn": 1, "since": now, "at": now,
        "lon_deg": end[0], "lat_deg": end[1], "east_mps": -1.0, "north_mps": 0.0,
        "covariance": [100, 0, 0, 0, 1, 0, 0, 100, 0, 1],
        "existence": 0.98, "classes": [0.9, 0.02, 0.02, 0.02, 0.02, 0.02], "sources": ["east/tower"],
    }}})
}

/// An act of the desk with somebody who answers for it.
fn because(mut act: Value) -> Value {
    act["by"] = "desk-1".into();
    act["reason"] = "seen on camera".into();
    act
}

/// The state hash after each entry of a home's record.
fn hashes_of_record(home: &Home) -> Vec<Value> {
    let mut hashes = Vec::new();
    replay_record(home.model(), &home.data(), |_, _, _, core| {
        hashes.push(hex(&core.state_hash()).into());
        true
    })
    .unwrap();
    hashes
}

#[test]
fn a_night_is_played_again_without_one_of_its_sensors() {
    let home = Home::new();
    let station = home.serve();
    Sensor::connect(station.sapient).register_and_report();
    station.wait_for("a lost sensor", |picture| {
        let alerts = picture["alerts"].as_array()?;
        alerts.iter().find(|alert| alert["kind"] == "sensor-lost").cloned()
    });
    let sensor = station.get("/api/sector").json["sensors"][0]["id"].as_str().unwrap().to_owned();
    station.terminate();

    let (code, told) = home.replay(&["--without", &sensor]);

    assert_eq!(code, Some(0), "{told}");
    let told: Value = serde_json::from_str(&told).unwrap();
    let (with, without) = (&told["as_it_was"], &told["without_them"]);
    assert_eq!(with["alerts"]["sensor-lost"].as_array().map(Vec::len), Some(1), "{told}");
    assert_eq!(without["alerts"]["sensor-lost"], Value::Null, "{told}");
    assert!(without["left_out"].as_u64() > Some(0), "{told}");
    assert!(without["blind_m"].as_f64() >= with["blind_m"].as_f64(), "{told}");
    let again: Value = serde_json::from_str(&home.replay(&["--without", &sensor]).1).unwrap();
    assert_eq!(again, told);

    let (_, whole) = home.replay(&[]);
    let (code, told) = home.replay(&["--from", "2000-01-01T00:00:00Z"]);
    let (whole, story): (Value, Value) =
        (serde_json::from_str(&whole).unwrap(), serde_json::from_str(&told).unwrap());
    assert_eq!((code, &story["state_hash"]), (Some(0), &whole["state_hash"]));
    let events = story["events"].as_array().unwrap();
    let is_told = |word: &str| events.iter().any(|event| event["event"] == word);
    assert!(["alert", "line", "sensor"].into_iter().all(is_told), "{story}");
    let lost = events.iter().find(|event| event["kind"] == "sensor-lost").unwrap();
    assert_eq!(lost["stage"], "raised");
    let (_, later) = home.replay(&["--from", "2100-01-01T00:00:00Z"]);
    assert_eq!(serde_json::from_str::<Value>(&later).unwrap()["events"], Value::Null);
    assert_eq!(home.replay(&["--speed", "0"]).0, Some(2));

    let (code, told) = home.replay(&["--without", "tower-99"]);
    assert_eq!(code, Some(2));
    assert!(told.contains("--without tower-99: the sector has no sensor"), "{told}");
}
