//! What nobody takes alone: what entries say, letters, another authority; what is told of displays and of starts.

use std::net::UdpSocket;

use serde_json::{Value, json};
use watch::audit::{Disclosure, Receiver};

use super::identity::{confirmation, sign_in};
use super::serve::{Home, wait_until};
use super::two::{crew, disclosures, protections};

const TWO: [&str; 6] = ["--by", "Omar", "--by", "Sara", "--reason", "order 12"];

fn by(told: &Disclosure) -> Vec<&str> {
    told.by.iter().map(|by| by.0.as_str()).collect()
}

/// A command that one person alone is refused with no trace, and that two carry out; what the record tells of it.
fn takes_two(home: &Home, words: &[&str], file: Option<&str>) -> (Disclosure, String) {
    let before = disclosures(home).len();
    for (alone, why) in [
        (&[][..], "takes two"),
        (&["--by", "Omar", "--reason", "order 12"][..], "takes two"),
        (&["--by", "Omar", "--by", "omar", "--reason", "order 12"], "omar"),
        (&["--by", "Omar", "--by", "Hasan", "--reason", "order 12"], "takes two"),
        (&TWO[..4], "--reason"),
    ] {
        let (code, told) = home.watchline(&[words, alone].concat());
        assert_eq!((code, told.contains(why)), (Some(2), true), "{alone:?}: {told}");
        assert!(file.is_none_or(|file| !home.file(file).exists()), "{alone:?}");
    }
    let (code, told) = home.watchline(&[words, &TWO].concat());
    assert_eq!(code, Some(0), "{told}");
    wait_until("the station to take it up", || disclosures(home).len() == before + 1);
    let noted = disclosures(home).pop().unwrap();
    assert_eq!((by(&noted), noted.why.as_deref()), (vec!["Omar", "Sara"], Some("order 12")));
    (noted, told)
}

#[test]
fn what_entries_say_and_letters_of_a_station_take_two_at_the_command_line() {
    let home = Home::new();
    let (station, _seats) = crew(&home);
    let data = home.data().to_str().unwrap().to_owned();
    let [proof, letter, keys] = ["entry.tlog-proof", "letter", "keys"]
        .map(|name| home.file(name).to_str().unwrap().to_owned());
    let show = ["record", "show", &data, "--entry", "1", "--open"];
    let (noted, told) = takes_two(&home, &show, None);
    let (what, format) = ("entries from 1 on".to_owned(), "text".to_owned());
    assert_eq!(noted.to, Receiver::File { what, format });
    assert!(told.contains("Opened"), "{told}");

    let prove = ["record", "prove", &data, "--entry", "1", "--open", "--out", &proof];
    let (noted, _) = takes_two(&home, &prove, Some("entry.tlog-proof"));
    let (what, format) = ("entry 1".to_owned(), "proof".to_owned());
    assert_eq!(noted.to, Receiver::File { what, format });
    let record = home.data().join("keys/record.vkey");
    let (_, told) =
        home.watchline(&["record", "check", &proof, "--keys", record.to_str().unwrap()]);
    let checked: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(checked["holds"], json!(true), "{told}");
    assert!(told.contains("Opened"), "{told}");

    std::fs::create_dir(&keys).unwrap();
    let (code, told) = home.watchline(&["relay", "key", "--name", "north", "--out", &keys]);
    assert_eq!(code, Some(0), "{told}");
    let key = format!("{keys}/north.key");
    let write = ["relay", "write", "--key", &key, "--to", "south", "--field", "kind=people"];
    let write = [&write[..], &["--out", &letter, "--data", &data]].concat();
    let (noted, _) = takes_two(&home, &write, Some("letter"));
    assert_eq!(noted.to, Receiver::Letter { to: "south".into() });

    // What says nothing of anybody is anybody's.
    for words in [
        vec!["record", "show", &data, "--entry", "1"],
        vec!["record", "prove", &data, "--entry", "1", "--out", &proof],
    ] {
        let (code, told) = home.watchline(&words);
        assert_eq!((code, told.contains("Opened")), (Some(0), false), "{told}");
    }
    assert_eq!(disclosures(&home).len(), 3);
    assert_eq!(station.terminate(), Some(0));
}

#[test]
fn when_the_program_started_and_how_its_run_before_ended_is_told_by_show_and_verify() {
    let home = Home::new();
    // Who is answered is answered after the start is written down.
    let act = json!({"command": "acknowledge", "alert": 999, "by": "desk-1"});
    let started = |key: &str| {
        let station = home.serve();
        assert_eq!(station.post(key, &act).json["code"], "alert-unknown");
        station
    };
    assert_eq!(started("one").terminate(), Some(0));
    started("two").kill();
    let station = started("three");
    let data = home.data().to_str().unwrap().to_owned();
    let mut starts = Vec::new();
    wait_until("three starts under a checkpoint", || {
        let (code, told) = home.watchline(&["record", "verify", &data]);
        assert_eq!(code, Some(0), "{told}");
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["times"]["leaps"], json!([]), "{told}");
        starts = told["times"]["starts"].as_array().unwrap().clone();
        starts.len() == 3
    });
    let told = |start: &Value| (start["number"].clone(), start["last_ended"].clone());
    let wanted = [(1, Value::Null), (2, json!("cleanly")), (3, json!("uncleanly"))];
    let wanted = wanted.map(|(number, ended)| (json!(number), ended));
    assert_eq!(starts.iter().map(told).collect::<Vec<_>>(), wanted);

    let entry = starts[2]["entry"].to_string();
    let (_, shown) = home.watchline(&["record", "show", &data, "--entry", &entry]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["times"]["starts"], json!([starts[2]]));
    assert!(shown["entries"][0]["since_start_ms"].is_u64(), "{shown}");
    assert_eq!(shown["entries"][0]["says"], Value::Null);
    drop(station);
}

#[test]
fn what_a_display_of_tracks_is_sent_is_in_the_record() {
    let home = Home::new();
    super::add_seam(&home);
    let display = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = display.local_addr().unwrap().to_string();
    home.configure_more(&format!("[doors.asterix.out]\nto = [\"{address}\"]\nsac = 25\nsic = 1\n"));
    let station = home.serve();
    let now = station.get("/api/picture").json["now"].clone();
    let offer = super::offer(&station.get("/api/sector").json, &now);
    assert_eq!(station.post_seam(&offer).status, 200);
    let mut told = [0; 1_500];
    display.set_read_timeout(Some(std::time::Duration::from_mins(1))).unwrap();
    let (mut blocks, mut bytes) = (0, 0);
    while blocks == 0 || told[0] != 62 {
        bytes = display.recv(&mut told).unwrap();
        blocks += 1;
    }
    assert!(bytes > 3, "a block of category 62");
    let to_display = |home: &Home| {
        let told = disclosures(home).into_iter();
        let receiver = Receiver::Display { address: address.clone() };
        told.filter(|one| one.to == receiver).map(|one| one.count).collect::<Vec<_>>()
    };
    wait_until("the first of it in the record", || !to_display(&home).is_empty());
    assert_eq!(station.terminate(), Some(0));

    display.set_nonblocking(true).unwrap();
    while display.recv(&mut told).is_ok() {
        blocks += 1;
    }
    let counted = to_display(&home).iter().sum::<u64>();
    assert!(counted.abs_diff(blocks) <= 2, "{counted} of {blocks}: but for the last of a stop");
}

#[test]
fn another_authority_comes_where_two_agreed_to_it_and_the_record_names_it() {
    let home = Home::new();
    home.configure_more(
        "[doors.tls]\nnames = [\"localhost\"]\n[doors.sapient.tls]\nlisten = \"127.0.0.1:0\"\n",
    );
    let (station, [amal, _, omar, ..]) = crew(&home);
    let held = amal.get("/api/record/protection").json["authority"].clone();
    assert!(held.is_string());
    let wanted = json!({"keep_days": {}, "witnesses": [], "authority": "another", "reason": "the key was lost"});
    let waits = omar.post("/api/record/protection", &wanted).json;
    assert_eq!(omar.post(&confirmation(&waits), &json!({})).json["code"], "same-person");
    assert_eq!(amal.get("/api/record/protection").json["authority"], held, "not yet");
    amal.confirm(&waits);
    assert_eq!(amal.get("/api/record/protection").json["authority"], Value::Null);
    assert_eq!(station.terminate(), Some(0));
    std::fs::remove_file(home.data().join("keys/doors-ca.pem")).unwrap();

    home.serve().kill();
    let station = home.serve();

    let amal = sign_in(station.page, "Amal");
    let now = amal.get("/api/record/protection").json["authority"].clone();
    assert!(now.is_string() && now != held, "{now}");
    assert_eq!(station.terminate(), Some(0));
    let told: Vec<_> = protections(&home).into_iter().map(|one| json!(one.authority)).collect();
    assert_eq!(told, [held.clone(), Value::Null, now]);
    // And from here on it takes two again.
    std::fs::remove_file(home.data().join("keys/doors-ca.pem")).unwrap();
    assert_eq!(home.try_serve().0, Some(2));
}
