//! What a shift came to, asked of a data directory.

use serde_json::{Value, json};
use watch::audit::{Audited, Receiver};

use super::identity::{audits, station_with_amal_at};
use super::sensor::Sensor;
use super::serve::{Home, wait_until};

#[test]
fn a_shift_is_accounted_for_by_two_persons_in_both_languages() {
    let home = Home::new();
    let (station, amal) = station_with_amal_at(&home);
    let badia = amal.bring("Badia", &["administrator"]);
    let [omar, _sara] = ["Omar", "Sara"].map(|name| amal.bring_agreed(&badia, name, &["officer"]));
    Sensor::connect(station.sapient).register_and_report();
    wait_until("a lost sensor", || {
        omar.get("/api/picture").json["alerts"][0]["kind"] == "sensor-lost"
    });
    let picture = omar.get("/api/picture").json;
    let to: jiff::Timestamp = picture["now"].as_str().unwrap().parse().unwrap();
    let from = (to - jiff::SignedDuration::from_hours(1)).to_string();
    // The record goes on for a moment: what is asked for ends later.
    let to = (to + jiff::SignedDuration::from_mins(1)).to_string();
    assert_eq!(station.terminate(), Some(0));

    let period = ["--from", &from, "--to", &to];
    let of = |first: &[&str]| home.report(&[first, &period].concat(), "shift.html");
    let (code, told) = of(&["shift", "--by", "Omar", "--reason", "hand-over"]);
    assert_eq!(code, Some(2), "one alone: {told}");
    assert!(!home.file("shift.html").exists());
    let two = ["--by", "Omar", "--by", "Sara", "--reason", "hand-over"];
    let (code, told) = of(&[&["shift"], &two[..]].concat());
    assert_eq!(code, Some(0), "{told}");
    let told: Value = serde_json::from_str(&told).unwrap();
    let account = &told["account"];
    assert_eq!(account["calls"]["by_kind"]["sensor-lost"], json!(1));
    assert_eq!(account["none_seen"]["at_most"], Value::Null, "nobody has tested it");
    let hours = |name: &str| account["line"][name].as_f64().unwrap();
    let all = hours("covered_mh") + hours("uncovered_mh") + hours("unknown_mh");
    assert!((all - hours("length_m") * 61.0 / 60.0).abs() < 1.0, "no line-hour is missing");
    assert!(account["silent_s"].as_f64().unwrap() > 3_000.0, "it did not run for most of it");
    let page = std::fs::read_to_string(home.file("shift.html")).unwrap();
    assert!(page.contains("dir=\"ltr\"") && page.contains("without bound: no"), "{page}");
    assert!(page.contains("Sensor lost") && !page.contains("<script"));

    let (code, told) = of(&[&["period", "--lang", "ar"], &two[..]].concat());
    assert_eq!(code, Some(0), "{told}");
    let page = std::fs::read_to_string(home.file("shift.html")).unwrap();
    assert!(page.contains("dir=\"rtl\"") && page.contains("فقدان مجسّ"), "{page}");
    assert!(!page.contains("{ $") && !page.contains("report-"), "every word is one of a language");
    let given = || {
        let told = audits(&home).into_iter();
        let is_report = |what: &Audited| matches!(what, Audited::Disclosed(one) if matches!(&one.to, Receiver::File { what, .. } if what == "report"));
        told.filter(|audit| is_report(&audit.what)).count()
    };
    let _station = home.serve();
    wait_until("the record to be told of both", || given() == 2);
}

#[test]
fn a_report_that_cannot_be_made_says_why() {
    let home = Home::new();
    home.serve().kill();
    let times = |from: &str, to: &str, file: &str| {
        home.report(&["period", "--from", from, "--to", to], file)
    };
    for (from, to, file, why) in [
        (
            "2026-01-02T00:00:00Z",
            "2026-01-01T00:00:00Z",
            "a.html",
            "to: must be later than 2026-01-02T00:00:00Z",
        ),
        ("2100-01-01T00:00:00Z", "2100-02-01T00:00:00Z", "a.html", "the record ends before it"),
        ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "a.docx", "the ending must be .html"),
    ] {
        let (code, told) = times(from, to, file);
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains(why), "{told}");
        assert!(!home.file(file).exists());
    }
}
