//! The desk of alerts over HTTP: what is shelved, suppressed, reset and found damaged, and the alerts from above.

use serde_json::{Value, json};
use watch::alert::suppression::How;

use super::serve::{Home, Served};

/// A barrier at the end of the sector file.
const BERM: &str = r#"
[[barrier]]
id = "berm"
name = { en = "Berm", ar = "ساتر" }
kind = "berm"
from_km = 0.5
to_km = 1
delay_s = 20

[[unit]]
id = "patrol-1"
"#;

fn served(home: &Home) -> Served {
    home.change_sector("[[unit]]\nid = \"patrol-1\"\n", BERM);
    home.serve()
}

fn because(mut act: Value) -> Value {
    act["by"] = "desk-1".into();
    act["reason"] = "the desk knows why".into();
    act
}

fn alert(station: &Served, wanted: &str, state: &str) -> Value {
    station.wait_for(&format!("{wanted} {state}"), |picture| {
        let alerts = picture["alerts"].as_array().unwrap();
        alerts.iter().find(|one| one["kind"] == wanted && one["state"] == state).cloned()
    })
}

#[test]
fn a_damaged_barrier_is_shelved_comes_back_is_repaired_reset_and_closed() {
    let home = Home::new();
    let station = served(&home);
    let word = |key: &str, condition: &str| {
        let told = json!({"command": "report-barrier", "barrier": "berm", "condition": condition});
        station.post(key, &because(told))
    };
    assert_eq!(word("a", "damaged").status, 200);
    let told = alert(&station, "barrier-damage", "unacknowledged");
    assert_eq!((&told["place"], &told["priority"]), (&json!("berm"), &json!("medium")));
    let id = told["id"].clone();
    let act = |key: &str, command: &str| {
        station.post(key, &because(json!({"command": command, "alert": id})))
    };

    let mut shelve = because(json!({"command": "shelve", "alert": id, "for_s": 999_999}));
    let refused = station.post("b", &shelve);
    assert_eq!(
        (refused.status, &refused.json["field"]),
        (409, &json!("for_s")),
        "{}",
        refused.json
    );
    shelve["for_s"] = 3.into();
    assert_eq!(station.post("c", &shelve).status, 200);
    let back = alert(&station, "barrier-damage", "unacknowledged");
    assert_eq!(back["calls"], 2, "it came back by itself: {back}");
    assert_eq!(word("d", "repaired").status, 200);
    alert(&station, "barrier-damage", "latched-unacknowledged");
    let early = station
        .post("e", &because(json!({"command": "close", "alert": id, "outcome": "restored"})));
    assert_eq!((early.status, &early.json["code"]), (409, &json!("stage-wrong")));
    let seen = json!({"command": "acknowledge", "alert": id, "by": "desk-1"});
    assert_eq!(station.post("f", &seen).status, 200);
    assert_eq!(act("g", "reset-alert").status, 200);
    let over = alert(&station, "barrier-damage", "normal");
    let words: Vec<&str> = over["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|act| act["what"].as_str().unwrap())
        .collect();
    assert_eq!(
        words,
        ["raised", "shelved", "unshelved", "returned", "acknowledged", "reset"],
        "{over}"
    );
    assert!(over["history"].as_array().unwrap().iter().all(|act| act["entry"].is_u64()));
    assert_eq!(act("h", "unshelve").json["code"], "stage-wrong");
    let stranger = json!({"command": "report-barrier", "barrier": "wall", "condition": "damaged"});
    let unknown = station.post("i", &because(stranger));
    assert_eq!((unknown.status, &unknown.json["code"]), (404, &json!("barrier-unknown")));
}

#[test]
fn what_is_suppressed_stands_with_its_reason_until_it_is_ended() {
    let home = Home::new();
    let station = served(&home);
    let suppress = json!({"command": "suppress", "how": How::OutOfService, "sensor": "tower-1", "for_s": 3_600});
    assert_eq!(station.post("a", &because(suppress.clone())).status, 200);

    let floor = || station.get("/api/floor").json;
    let kept = floor()["suppressions"][0].clone();
    assert_eq!((&kept["on"], &kept["sensor"]), (&json!("sensor"), &json!("tower-1")), "{kept}");
    assert_eq!(kept["reason"], "the desk knows why");
    assert!(kept["entry"].is_u64() && floor()["shifts"][0]["calls"].is_array());

    let end = json!({"command": "end-suppression", "suppression": kept["id"]});
    assert_eq!(station.post("b", &because(end.clone())).status, 200);
    assert_eq!(floor()["suppressions"], json!([]));
    for (number, (mut wrong, status, code)) in [
        (end, 404, "suppression-unknown"),
        (json!({"command": "suppress", "how": "by-design", "for_s": 60}), 400, "body-wrong"),
        (
            json!({"command": "suppress", "how": "by-design", "sensor": "mast", "for_s": 60}),
            404,
            "subject-unknown",
        ),
        (
            json!({"command": "suppress", "how": "by-design", "rule": "possible-distress",
                   "sensor": "tower-1", "for_s": 60}),
            409,
            "not-to-be-suppressed",
        ),
        (json!({"command": "acknowledge-many", "alerts": []}), 409, "alerts-wrong"),
    ]
    .into_iter()
    .enumerate()
    {
        wrong = because(wrong);
        let answer = station.post(&format!("wrong-{number}"), &wrong);
        assert_eq!((answer.status, &answer.json["code"]), (status, &json!(code)), "{wrong}");
    }
}
