//! A sensor that is asked to follow what it told of, and says whether it does.

use jiff::Timestamp;
use serde_json::{Value, json};
use wire::sapient::task::{Control, Order, TaskStatus};

use super::sensor::{Sensor, ulid};
use super::serve::{Home, Served, wait_until};

fn tower(station: &Served) -> Value {
    let picture = station.get("/api/picture").json;
    let mut sensors = picture["sensors"].as_array().unwrap().iter();
    sensors.find(|sensor| sensor["id"] == "tower-1").unwrap().clone()
}

#[test]
fn a_sensor_is_asked_to_follow_by_its_own_name_of_the_object_and_its_answers_are_seen() {
    let home = Home::new();
    let station = home.serve();
    let mut radar = Sensor::connect(station.sapient);
    radar.register();
    station.wait_for("a sensor that can follow", |picture| {
        picture["sensors"].as_array()?.iter().find(|sensor| sensor["follows"] == true).cloned()
    });

    let (began, mut reports, mut track) = (Timestamp::now(), 0, Value::Null);
    wait_until("a track", || {
        reports += 1;
        let now = Timestamp::now();
        let walked_m = 1.3 * now.duration_since(began).as_secs_f64();
        radar.see(now, reports, &[(270.0, 900.0 - walked_m)]);
        radar.is_well();
        track = station.get("/api/picture").json["tracks"][0]["id"].clone();
        track.is_u64()
    });

    let follow = |track: &Value| {
        json!({"command": "follow-track", "sensor": "tower-1", "track": track,
               "reason": "it must not be lost from sight", "by": "desk-1"})
    };
    let refused = station.post("follow-0", &follow(&json!(999)));
    assert_eq!((refused.status, &refused.json["code"]), (404, &json!("track-unknown")));
    let done = station.post("follow-1", &follow(&track));
    assert_eq!(done.status, 200, "{}", done.json);
    let task = radar.asked();
    assert_eq!(task.control(), Control::Start);
    let Some(Order::Follow(followed)) = task.command.clone().and_then(|asked| asked.command) else {
        panic!("{task:?}")
    };
    // It names what it sees anew in every report: one of those that it told lately is meant.
    let told = (1..=reports).map(ulid).any(|name| name == followed.follow_object_id);
    assert!(told, "{followed:?}");
    let pointing = tower(&station)["pointing"].clone();
    assert_eq!((&pointing["ask"], &pointing["track"]), (&json!("follow"), &track), "{pointing}");
    assert_eq!((&pointing["stage"], &pointing["by"]), (&json!("sent"), &json!("desk-1")));

    radar.answer(&task, TaskStatus::Accepted, "locked on");
    wait_until("its acceptance", || tower(&station)["pointing"]["stage"] == "accepted");
    assert_eq!(tower(&station)["pointing"]["note"], "locked on");
    radar.answer(&task, TaskStatus::Failed, "lost behind the ridge");
    wait_until("its failure", || tower(&station)["pointing"]["stage"] == "declined");
    assert_eq!(tower(&station)["pointing"]["note"], "failed: lost behind the ridge");
}
