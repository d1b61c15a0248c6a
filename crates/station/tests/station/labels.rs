//! Labels of one track, alert or message at the real binary: one person withholds by them, and it takes two to give.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::browser::Answer;
use super::identity::{confirmation, station_with_amal_at};
use super::phone::event;
use super::release::{PATROL, Partner, TOWER, home_with_policy};
use super::sensor::Sensor;
use super::serve::wait_until;

const LABELS: &str = "/api/labels";

fn labelled(on: &Value, label: &str, reason: &str) -> Value {
    json!({"on": on, "labels": [label], "reason": reason})
}

#[test]
fn one_person_withholds_a_single_track_at_once_and_it_takes_two_to_give_one() {
    const BY_LABEL: &str = "forbid(principal, action, resource) when { resource.labels.contains(\"sealed\") };\n\
        permit(principal == Agency::\"navy\", action, resource is Sensor)\n\
        when { resource.labels.contains(\"wanted\") };\n";
    let home = home_with_policy();
    home.write("policy.cedar", &format!("{TOWER}{BY_LABEL}"));
    let (station, amal) = station_with_amal_at(&home);
    let badia = amal.bring("Badia", &["administrator"]);
    let omar = amal.bring_agreed(&badia, "Omar", &["officer"]);
    let lama = amal.bring("Lama", &["operator"]);
    let army = Partner::let_in(&amal, &badia);
    let mut radar = Sensor::connect(station.sapient);
    radar.register();
    let (began, mut reports) = (Timestamp::now(), 0);
    let mut walk = || {
        reports += 1;
        let now = Timestamp::now();
        let walked_m = 1.3 * now.duration_since(began).as_secs_f64();
        radar.see_again(now, (reports, 1_000_000), 900.0 - walked_m);
        radar.is_well();
    };
    let tracks = |answer: &Answer| answer.json["tracks"].as_array().map_or(0, Vec::len);
    let mut track = Value::Null;
    wait_until("a track that its sensor calls by a name, here and there", || {
        walk();
        let shown = lama.get("/api/picture").json["tracks"][0].clone();
        track = shown["id"].clone();
        !shown["told"][0]["object_id"].is_null() && tracks(&army.get(&station, "/api/picture")) > 0
    });
    let on = json!({"track": track});
    let sealed = labelled(&on, "sealed", "who it is must not be known there");
    assert_eq!(lama.post(LABELS, &sealed).status, 403);
    for (body, code) in [
        (labelled(&json!({"track": 999}), "sealed", "x"), "track-unknown"),
        (labelled(&json!({"alert": 999}), "sealed", "x"), "alert-unknown"),
        (labelled(&json!({"message": 999}), "sealed", "x"), "message-unknown"),
        (json!({"on": on, "labels": [], "reason": "x"}), "labels-wrong"),
        (labelled(&on, "sealed", ""), "reason-wrong"),
    ] {
        assert_eq!(omar.post(LABELS, &body).json["code"], code, "{body}");
    }

    // A label by which somebody is given more.
    let waits = omar.post(LABELS, &labelled(&on, "wanted", "they look for this boat")).json;
    assert_eq!(waits["status"], "waits", "{waits}");

    let done = omar.post(LABELS, &sealed).json;

    assert_eq!(done["status"], "done", "{done}");
    wait_until("the army's new world", || army.knows(&station) == Some((1, 0)));
    let until = Instant::now() + Duration::from_secs(5);
    while Instant::now() < until {
        walk();
        assert_eq!(tracks(&army.get(&station, "/api/picture")), 0);
    }
    assert!(tracks(&lama.get("/api/picture")) > 0);
    assert!(army.get(&station, "/api/identity").json["recalled_at"].is_string());
    let in_force = amal.get("/api/release").json["in_force"].clone();
    assert_eq!(in_force["by"], json!(["Omar"]));
    let told = home.people_history(&["--name", "Omar"])["acts"].to_string();
    assert!(told.contains("who it is must not be known there"), "{told}");
    // Who agrees to what was proposed before must not undo it.
    assert_eq!(amal.post(&confirmation(&waits), &json!({})).json["code"], "confirmation-unknown");
}

#[test]
fn a_message_is_given_once_two_agree_and_one_call_of_a_unit_is_withheld_by_one() {
    const BY_LABEL: &str = "forbid(principal, action, resource) when { resource.labels.contains(\"sealed\") };\n\
        permit(principal == Agency::\"army\", action, resource is Message);\n";
    let home = home_with_policy();
    home.write("policy.cedar", &format!("{TOWER}{PATROL}{BY_LABEL}"));
    home.know_phone("ANDROID-1");
    let (station, amal) = station_with_amal_at(&home);
    let badia = amal.bring("Badia", &["administrator"]);
    let omar = amal.bring_agreed(&badia, "Omar", &["officer"]);
    let army = Partner::let_in(&amal, &badia);
    wait_until("the army's world", || army.knows(&station).is_some());
    let mut phone = TcpStream::connect(station.cot).unwrap();
    let link = "<link uid='ANDROID-1'/>";
    for text in ["two by the well", "of which they need not know"] {
        let chat = format!("<__chat senderCallsign='HAWK'/>{link}<remarks>{text}</remarks>");
        let uid = format!("GeoChat.ANDROID-1.desk.{}", text.len());
        phone.write_all(event(&uid, "b-t-f", &chat).as_bytes()).unwrap();
    }
    for uid in ["ANDROID-1-9-1-1", "ANDROID-1-9-1-2"] {
        let call = format!("<emergency type='911 Alert'>{uid}</emergency>{link}");
        phone.write_all(event(uid, "b-a-o-tbl", &call).as_bytes()).unwrap();
    }
    let count = |answer: &Answer, what: &str| answer.json[what].as_array().map_or(0, Vec::len);
    let given = |path: &str, what: &str| count(&army.get(&station, path), what);
    wait_until("both messages at the desk, and both calls at the army's", || {
        count(&omar.get("/api/messages"), "messages") == 2 && given("/api/picture", "alerts") == 2
    });
    assert_eq!(given("/api/messages", "messages"), 0, "a policy that permits all gives none");

    let on = json!({"message": 1});
    let waits = omar.post(LABELS, &labelled(&on, "shared", "they asked who is there")).json;
    assert_eq!((&waits["status"], given("/api/messages", "messages")), (&json!("waits"), 0));
    amal.confirm(&waits);

    wait_until("the message at the army's", || given("/api/messages", "messages") == 1);
    let told = army.get(&station, "/api/messages").json["messages"][0].clone();
    let of = |field: &str| told[field].clone();
    assert_eq!((of("text"), of("name")), (json!("two by the well"), json!("HAWK")));
    assert_eq!((of("phone"), of("unit")), (Value::Null, json!("patrol-1")));
    let done = omar.post(LABELS, &labelled(&on, "sealed", "it was a mistake")).json;
    assert_eq!(done["status"], "done", "{done}");
    wait_until("it is recalled", || given("/api/messages", "messages") == 0);

    let alerts = omar.get("/api/picture").json["alerts"].clone();
    let mut alerts = alerts.as_array().unwrap().iter();
    let one = alerts.find(|alert| alert["caller"]["name"] == "ANDROID-1-9-1-2").unwrap();
    let on = json!({"alert": one["id"]});
    let done = omar.post(LABELS, &labelled(&on, "sealed", "a drill of our own")).json;
    assert_eq!(done["status"], "done", "{done}");

    wait_until("the other call alone", || given("/api/picture", "alerts") == 1);
    let left = army.get(&station, "/api/picture").json["alerts"][0].clone();
    assert_eq!(left["caller"]["name"], "ANDROID-1-9-1-1");
    assert_eq!(count(&omar.get("/api/picture"), "alerts"), 2);
}
