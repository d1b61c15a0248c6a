//! A phone at the Cursor on Target door: its place, its call for help, and what it is shown.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::serve::Home;

pub(crate) fn event(uid: &str, kind: &str, detail: &str) -> String {
    let now = Timestamp::now();
    let stale = now + SignedDuration::from_mins(5);
    format!(
        "<event version='2.0' uid='{uid}' type='{kind}' how='m-g' time='{now}' start='{now}' stale='{stale}'>\
         <point lat='34.415' lon='41.021' hae='9999999.0' ce='9' le='9999999.0'/><detail>{detail}</detail></event>"
    )
}

/// Reads until an event holds all of these.
fn read_until(phone: &mut BufReader<TcpStream>, wanted: &[&str]) -> String {
    let mut all = String::new();
    loop {
        let mut text = Vec::new();
        assert!(phone.read_until(b'>', &mut text).unwrap() > 0, "closed after {all}");
        all += &String::from_utf8(text).unwrap();
        let Some((_, last)) = all.rsplit_once("<event ") else { continue };
        if !last.contains("</event>") {
            continue;
        }
        if wanted.iter().all(|word| last.contains(word)) {
            return last.to_owned();
        }
        all.clear();
    }
}

#[test]
fn a_call_for_help_by_phone_stays_until_acknowledged_and_the_phone_is_told() {
    let home = Home::new();
    home.know_phone("ANDROID-1");
    let station = home.serve();
    let mut phone = TcpStream::connect(station.cot).unwrap();
    phone.set_read_timeout(Some(std::time::Duration::from_mins(1))).unwrap();
    let mut heard = BufReader::new(phone.try_clone().unwrap());
    phone.write_all(event("ANDROID-1", "a-f-G-U-C", "").as_bytes()).unwrap();
    let unit = station.wait_for("a unit that was heard", |picture| {
        picture["units"].as_array()?.iter().find(|unit| unit["heard_at"].is_string()).cloned()
    });
    assert_eq!(unit["at"], json!([41.021, 34.415]));

    let call = "<emergency type='911 Alert'>HAWK</emergency><link uid='ANDROID-1' relation='p-p'/>";
    phone.write_all(event("ANDROID-1-9-1-1", "b-a-o-tbl", call).as_bytes()).unwrap();
    let alert = station.wait_for("an alert", |picture| {
        picture["alerts"].as_array()?.iter().find(|a| a["kind"] == "called-for-help").cloned()
    });
    assert_eq!((&alert["call"], &alert["priority"]), (&json!("emergency"), &json!("high")));
    assert_eq!(alert["caller"]["name"], "HAWK");
    read_until(&mut heard, &["b-a-o-tbl", "waits for the desk", "HAWK"]);
    let off = "<emergency cancel='true'>HAWK</emergency>";
    phone.write_all(event("ANDROID-1-9-1-1", "b-a-o-can", off).as_bytes()).unwrap();
    read_until(&mut heard, &["waits for the desk; called off by the device"]);
    let act = json!({"command": "acknowledge", "alert": alert["id"], "by": "desk-1"});
    assert_eq!(station.post("k1", &act).status, 200);

    read_until(&mut heard, &["b-a-o-tbl", "acknowledged by desk-1"]);
    let chat =
        "<__chat senderCallsign='HAWK'/><link uid='ANDROID-1'/><remarks>two by the well</remarks>";
    phone.write_all(event("GeoChat.ANDROID-1.desk.1", "b-t-f", chat).as_bytes()).unwrap();
    station.wait_for("a message", |picture| {
        Some(picture["messages_version"].clone()).filter(|version| version == 1)
    });
    let told = station.get("/api/messages").json;
    assert_eq!(told["messages"][0]["text"], "two by the well");
    assert_eq!(told["messages"][0]["unit"], unit["id"]);

    let answer = |key: &str, message: u64, text: &str| {
        let body = json!({"message": message, "text": text, "by": "desk-1"});
        station.answer(key, &body)
    };
    let sent = answer("a1", 1, "stay & wait");
    assert_eq!((sent.status, &sent.json["phone"]), (200, &json!("ANDROID-1")));
    let read = read_until(&mut heard, &["b-t-f", "stay &amp; wait"]);
    assert!(read.contains("GeoChat.watchline.") && !read.contains("desk-1"), "{read}");
    assert_eq!(answer("a1", 1, "stay & wait").status, 200);
    read_until(&mut heard, &["b-t-f", "stay &amp; wait"]);
    station.wait_for("the answer among the messages", |picture| {
        Some(picture["messages_version"].clone()).filter(|version| version == 2)
    });
    let told = station.get("/api/messages").json;
    let of = |at: usize, field: &str| told["messages"][at][field].clone();
    assert_eq!(
        (of(1, "door"), of(1, "name"), of(1, "phone")),
        (json!("desk"), json!("desk-1"), json!(null))
    );
    assert!(told["messages"][2].is_null(), "the same key is one answer: {told}");
    for (message, text, code) in [
        (1, "", "text-wrong"),
        (1, &*"x".repeat(241), "text-wrong"),
        (2, "no", "no-phone"),
        (7, "no", "message-unknown"),
    ] {
        assert_eq!(answer("a2", message, text).json["code"], code);
    }
    drop((phone, heard));
    let away = (0..100).find_map(|turn| {
        std::thread::park_timeout(std::time::Duration::from_millis(50));
        let told = answer(&format!("b{turn}"), 1, "still there?");
        (told.status == 409).then_some(told)
    });
    assert_eq!(away.unwrap().json["code"], "phone-away");
}
