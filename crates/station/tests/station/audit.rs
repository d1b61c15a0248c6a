//! Who looked at what, when and why, at the real binary and from its record.

use serde_json::{Value, json};
use watch::audit::{Audit, Audited, Consultation, Consulted};
use watch::journal::TrackId;

use super::browser::{Answer, Stream, ask};
use super::identity::{Seat, audits, sign_in, station_with_amal_at};
use super::serve::{Home, Served, wait_until};

/// Looks that the record tells of, by whom.
fn looks(home: &Home) -> Vec<(String, Consultation)> {
    let told = audits(home).into_iter();
    told.filter_map(|audit| {
        let by = audit.by.as_ref().map(|by| by.0.clone());
        let by = by.or(audit.machine().map(str::to_owned)).unwrap_or_default();
        let Audited::Consulted(consultation) = audit.what else { return None };
        Some((by, consultation))
    })
    .collect()
}

fn wait_for(home: &Home, what: &str, is_it: impl Fn(&str, &Consultation) -> bool) {
    wait_until(what, || looks(home).iter().any(|(by, told)| is_it(by, told)));
}

/// A station with an operator, an officer and a monitor.
fn people() -> (Home, Served, [Seat; 4]) {
    let home = Home::new();
    let (station, seats) = people_at(&home);
    (home, station, seats)
}

fn people_at(home: &Home) -> (Served, [Seat; 4]) {
    let (station, amal) = station_with_amal_at(home);
    let badia = amal.bring("Badia", &["administrator"]);
    let hasan = amal.bring("Hasan", &["operator"]);
    let omar = amal.bring_agreed(&badia, "Omar", &["officer"]);
    let mona = amal.bring_agreed(&badia, "Mona", &["monitor"]);
    (station, [amal, hasan, omar, mona])
}

fn acts(answer: &Answer) -> &Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.json);
    answer.json["acts"].as_array().unwrap()
}

#[test]
fn who_looked_at_what_and_why_is_in_the_record_and_the_monitor_reads_it() {
    let (home, station, [amal, hasan, _, mona]) = people();
    let read = [("Cookie", hasan.cookie.as_str()), ("Watchline-Why", "سؤال of the shift")];
    for _ in 0..20 {
        assert_eq!(ask(station.page, "GET", "/api/messages", &read, b"").status, 200);
    }
    let asked = "/ogc/collections/alerts/items?stage=raised&limit=5&why=morning%20report";
    assert_eq!(hasan.get(asked).status, 200);
    assert_eq!(hasan.get("/ogc/collections/sensors/items").status, 200);
    assert_eq!(hasan.get("/api/tracks/99/lineage").status, 404, "nothing was told");
    let machine = json!({"name": "map", "agency": "border-guard", "scope": "read"});
    let badia = sign_in(station.page, "Badia");
    let token = amal.let_in(&badia, machine)["token"].clone();
    let token = format!("Bearer {}", token.as_str().unwrap());
    let by_machine = [("Authorization", token.as_str())];
    assert_eq!(ask(station.page, "GET", "/api/picture", &by_machine, b"").status, 200);

    let filter = "stage=raised";
    wait_for(&home, "the collection", |by, told| {
        let is_it = matches!(&told.what, Consulted::Features { collection, filter: asked }
            if collection == "alerts" && asked == filter);
        by == "Hasan" && is_it && told.why.as_deref() == Some("morning report")
    });
    wait_for(&home, "the machine", |by, told| by == "map" && told.what == Consulted::Picture);
    wait_for(&home, "the messages", |by, told| {
        let why = told.why.as_deref() == Some("سؤال of the shift");
        by == "Hasan" && told.what == Consulted::Messages && why
    });
    for seat in [&hasan, &amal] {
        assert_eq!(seat.get("/api/audit").status, 403);
    }
    assert_eq!(ask(station.page, "GET", "/api/audit", &by_machine, b"").status, 403);
    let told = mona.get("/api/audit?name=Hasan");
    let consulted = acts(&told).iter().filter(|act| act["by"] == "Hasan");
    let consulted: Vec<_> = consulted.map(|act| act["what"]["consulted"].clone()).collect();
    let messages = consulted.iter().filter(|told| told["what"] == "messages").count();
    assert!((1..=2).contains(&messages), "twenty looks are not twenty entries: {}", told.json);
    assert!(!consulted.iter().any(|told| told["what"]["track"].is_number()), "{}", told.json);
    assert_eq!(mona.get("/api/audit?limit=1").json["acts"].as_array().unwrap().len(), 1);
    assert_eq!(mona.get("/api/audit?of=x").json["code"], "query-wrong");
    assert_eq!(station.terminate(), Some(0));
    let sum = |told: &(String, Consultation)| {
        if told.1.what == Consulted::Messages { told.1.times } else { 0 }
    };
    assert_eq!(looks(&home).iter().map(sum).sum::<u32>(), 20, "none is lost at a clean stop");
    let told = home.people_history(&["--name", "map"]);
    assert!(told["acts"].as_array().unwrap().iter().any(|act| {
        act["what"]["consulted"]["what"] == "picture"
            && act["what"]["consulted"]["machine"] == "map"
    }));
}

#[test]
fn who_opened_a_track_is_told_of_that_track() {
    let home = Home::new();
    super::add_seam(&home);
    let (station, [amal, hasan, omar, mona]) = people_at(&home);
    let feed = json!({"name": "east", "agency": "border-guard", "scope": "feed"});
    let badia = sign_in(station.page, "Badia");
    let token = amal.let_in(&badia, feed)["token"].clone();
    let now = omar.get("/api/picture").json["now"].clone();
    let offer = super::offer(&omar.get("/api/sector").json, &now);
    let headers = [
        ("Authorization", &*format!("Bearer {}", token.as_str().unwrap())),
        ("Content-Type", "application/json"),
    ];
    let taken = ask(station.page, "POST", "/api/seams", &headers, offer.to_string().as_bytes());
    assert_eq!(taken.status, 200, "{}", taken.json);
    let mut track = Value::Null;
    wait_until("a track", || {
        track = omar.get("/api/picture").json["tracks"][0]["id"].clone();
        !track.is_null()
    });
    assert_eq!(hasan.get(&format!("/api/tracks/{track}/lineage?why=alert%203")).status, 200);

    let number = TrackId(track.as_u64().unwrap());
    wait_for(&home, "the look", |by, told| by == "Hasan" && told.what == Consulted::Track(number));

    let told = mona.get(&format!("/api/audit?track={track}"));
    let told = acts(&told);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (&told[0]["by"], &told[0]["what"]["consulted"]["why"]),
        (&json!("Hasan"), &json!("alert 3"))
    );
    let offline = home.people_history(&["--track", &track.to_string()]);
    assert_eq!(offline["acts"].as_array().unwrap(), told);
}

#[test]
fn a_picture_that_is_watched_is_told_from_when_to_when() {
    let (home, station, [_, hasan, ..]) = people();
    let mut stream = Stream::open_with(station.page, &[("Cookie", &hasan.cookie)]);
    assert_eq!(stream.next()["type"], "picture");
    let is_picture =
        |by: &str, told: &Consultation| by == "Hasan" && told.what == Consulted::Picture;
    wait_for(&home, "that it began", |by, told| is_picture(by, told) && told.times == 1);
    let began = std::time::Instant::now();
    while began.elapsed() < station::limits::LOOK_LASTS {
        stream.next();
    }
    drop(stream);
    std::thread::park_timeout(std::time::Duration::from_secs(1));
    assert_eq!(station.terminate(), Some(0));

    let told: Vec<_> = looks(&home).into_iter().filter(|(by, told)| is_picture(by, told)).collect();
    let [first, .., last] = &told[..] else { panic!("{told:?}") };
    assert_eq!((first.1.times, last.1.times), (1, 0), "{told:?}");
    let lasted = last.1.to.duration_since(last.1.from);
    assert!((5..30).contains(&lasted.as_secs()), "{told:?}");
}

#[test]
fn a_file_about_people_leaves_only_with_a_reason_that_the_record_has() {
    let (home, _station, [_, _, omar, mona]) = people();
    let tracks = "/api/export?what=tracks&format=csv";
    assert_eq!(mona.get(tracks).json["code"], "why-missing");
    assert_eq!(mona.get(&format!("{tracks}&why=%20")).json["code"], "why-wrong");
    assert_eq!(omar.get("/api/alerts/1/cap").json["code"], "why-missing");
    assert_eq!(omar.get("/api/alerts/1/cap?why=x").status, 404);
    assert!(looks(&home).is_empty(), "what was refused was not given");

    assert_eq!(mona.get(&format!("{tracks}&why=yearly%20report")).status, 200);

    // It stood there before the file was given.
    let given = looks(&home);
    let [(by, told)] = &given[..] else { panic!("{given:?}") };
    assert_eq!((by.as_str(), told.why.as_deref()), ("Mona", Some("yearly report")));
    let (what, format) = ("tracks".to_owned(), "csv".to_owned());
    assert_eq!(told.what, Consulted::File { what, format });
}

#[test]
fn a_flood_of_looks_neither_fills_the_record_nor_goes_unsaid() {
    let (home, station, [_, hasan, _, mona]) = people();
    let reads = 2_000;
    let asked = |number| format!("/ogc/collections/alerts/items?bbox=1,2,3.{number:04},4");
    let flood = || {
        for number in 0..reads / 4 {
            assert_eq!(hasan.get(&asked(number)).status, 200);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(flood);
        }
        assert_eq!(mona.get("/api/messages").status, 200);
    });
    assert_eq!(station.terminate(), Some(0));

    let told = looks(&home);
    let of_hasan: Vec<_> = told.iter().filter(|(by, _)| by == "Hasan").collect();
    assert!(of_hasan.len() < 700, "{}", of_hasan.len());
    let one_by_one: u32 = of_hasan.iter().map(|(_, told)| told.times).sum();
    let beyond: u64 = audits(&home)
        .iter()
        .map(
            |Audit { what, .. }| {
                if let Audited::ConsultedBeyond { count, .. } = what { *count } else { 0 }
            },
        )
        .sum();
    assert_eq!(u64::from(one_by_one) + beyond, reads, "every look is counted");
    assert!(beyond > 0);
    assert!(told.iter().any(|(by, told)| by == "Mona" && told.what == Consulted::Messages));
}
