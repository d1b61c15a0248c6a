//! What one person alone may not do with the record and with files, and who was given something beside the page.

use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};

use serde_json::{Value, json};
use watch::audit::{Audited, Disclosure, Protection, Receiver};

use super::identity::{Seat, audits, confirmation, sign_in, station_with_amal_at};
use super::sensor::Sensor;
use super::serve::{Home, Served, wait_until};

/// A station with two administrators, an operator, two officers and a monitor.
pub(crate) fn crew(home: &Home) -> (Served, [Seat; 5]) {
    let (station, amal) = station_with_amal_at(home);
    let badia = amal.bring("Badia", &["administrator"]);
    let hasan = amal.bring("Hasan", &["operator"]);
    let [omar, sara] = ["Omar", "Sara"].map(|name| amal.bring_agreed(&badia, name, &["officer"]));
    let mona = amal.bring_agreed(&badia, "Mona", &["monitor"]);
    (station, [amal, hasan, omar, sara, mona])
}

fn keep(home: &Home, detection: u16, before: Option<u16>) {
    let line = |days: u16| format!("[record.keep_days]\ndetection = {days}\n");
    match before {
        None => home.configure_more(&line(detection)),
        Some(before) => {
            let known = std::fs::read_to_string(home.file("station.toml")).unwrap();
            home.write("station.toml", &known.replace(&line(before), &line(detection)));
        }
    }
}

pub(crate) fn protections(home: &Home) -> Vec<Protection> {
    let told = audits(home).into_iter();
    told.filter_map(|audit| {
        let Audited::Protecting(protection) = audit.what else { return None };
        Some(protection)
    })
    .collect()
}

pub(crate) fn disclosures(home: &Home) -> Vec<Disclosure> {
    let told = audits(home).into_iter();
    told.filter_map(|audit| {
        let Audited::Disclosed(disclosure) = audit.what else { return None };
        Some(disclosure)
    })
    .collect()
}

#[test]
fn two_persons_and_no_settings_file_alone_let_the_record_keep_less() {
    let home = Home::new();
    keep(&home, 30, None);
    let (station, [amal, hasan, omar, ..]) = crew(&home);
    let held = amal.get("/api/record/protection").json;
    assert_eq!((&held["keep_days"], &held["by"]), (&json!({"detection": 30}), &json!([])));
    let wanted = |days: u16| json!({"keep_days": {"detection": days}, "witnesses": [], "reason": "the new law"});
    for (body, field) in [
        (wanted(0), "keep_days"),
        (wanted(30), "keep_days"),
        (wanted(60), "record.keep_days"),
        (json!({"keep_days": {}, "witnesses": ["x"], "reason": "y"}), "witnesses"),
    ] {
        assert_eq!(omar.post("/api/record/protection", &body).json["field"], field, "{body}");
    }
    assert_eq!(hasan.post("/api/record/protection", &wanted(7)).status, 403);
    assert_eq!(station.terminate(), Some(0));

    // One person alone.
    keep(&home, 7, Some(30));
    let (code, told) = home.try_serve();
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("`detection` is kept for 7 days instead of 30 days"), "{told}");
    assert!(told.contains("takes two people"), "{told}");
    keep(&home, 30, Some(7));
    let station = home.serve();
    let [omar, amal] = ["Omar", "Amal"].map(|name| sign_in(station.page, name));
    let waits = omar.post("/api/record/protection", &wanted(7)).json;
    assert_eq!(omar.post(&confirmation(&waits), &json!({})).json["code"], "same-person");
    let told = amal.get("/api/confirmations").json["confirmations"][0].clone();
    assert_eq!((&told["act"], &told["keep_days"]["detection"]), (&json!("protect"), &json!(7)));
    amal.confirm(&waits);
    assert_eq!(amal.get("/api/record/protection").json["by"], json!(["Omar", "Amal"]));
    assert_eq!(station.terminate(), Some(0));

    keep(&home, 7, Some(30));
    home.serve().kill();
    // Longer is anybody's.
    keep(&home, 90, Some(7));
    home.serve().kill();
    keep(&home, 7, Some(90));
    assert_eq!(home.try_serve().0, Some(2));
    let days = protections(&home).into_iter().map(|one| one.keep_days["detection"]);
    assert_eq!(days.collect::<Vec<_>>(), [30, 7, 90]);
}

#[test]
fn another_authority_for_sensors_and_phones_takes_two() {
    let home = Home::new();
    home.secure_page("127.0.0.1:0", "");
    home.ask_people();
    home.serve().kill();
    let path = home.data().join("keys/doors-ca.pem");
    let held = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();

    let (code, told) = home.try_serve();

    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("keys/doors-ca.pem: the certificate is missing instead of"), "{told}");
    assert!(!path.exists(), "nothing was made in its place");
    std::fs::write(&path, held).unwrap();
    home.serve().kill();
    assert_eq!(protections(&home).len(), 1);
}

#[test]
fn files_about_people_take_two_at_the_command_line_and_the_record_says_who_and_why() {
    let home = Home::new();
    let (station, _) = crew(&home);
    let alone = ["--what", "tracks", "--by", "Omar", "--reason", "order 12"];
    for (arguments, file, why) in [
        (&["--what", "units"][..], "a.csv", "takes two"),
        (&alone[..], "a.csv", "takes two"),
        (&["--what", "tracks", "--by", "Omar", "--by", "Omar", "--reason", "x"], "a.csv", "two"),
        (&["--what", "tracks", "--by", "Omar", "--by", "Hasan", "--reason", "x"], "a.csv", "two"),
        (&["--what", "tracks", "--by", "Omar", "--by", "Zad", "--reason", "x"], "a.csv", "Zad"),
        (&["--what", "tracks", "--by", "Omar", "--by", "Sara"], "a.csv", "--reason"),
    ] {
        let (code, told) = home.export(arguments, file);
        assert_eq!((code, told.contains(why)), (Some(2), true), "{told}");
        assert!(!home.file(file).exists());
    }
    assert_eq!(home.replay(&["--from", "2020-01-01T00:00:00Z"]).0, Some(2));
    assert_eq!(home.replay(&[]).0, Some(0), "the state alone tells of nobody");
    assert_eq!(home.export(&["--what", "sensors"], "sensors.csv").0, Some(0));

    let two = ["--what", "tracks", "--by", "Sara", "--by", "Omar", "--reason", "order 12"];
    let (code, told) = home.export(&two, "tracks.csv");
    assert_eq!(code, Some(0), "{told}");
    wait_until("the station to take it up", || disclosures(&home).len() == 1);
    assert_eq!(station.terminate(), Some(0));
    let monitor = ["--what", "units", "--by", "Mona", "--reason", "the yearly report"];
    assert_eq!(home.export(&monitor, "units.csv").0, Some(0));

    // The station stands still; it is written down when it starts.
    let waiting = home.people_history(&["--name", "Mona"])["unwritten"].clone();
    assert_eq!(waiting[0]["what"]["disclosed"]["why"], "the yearly report", "{waiting}");
    let station = home.serve();
    wait_until("the start to take it up", || disclosures(&home).len() == 2);
    let told = disclosures(&home);
    let by = |one: &Disclosure| one.by.iter().map(|by| by.0.clone()).collect::<Vec<_>>();
    assert_eq!(
        (by(&told[0]), by(&told[1])),
        (vec!["Sara".into(), "Omar".into()], vec!["Mona".into()])
    );
    let (what, format) = ("tracks".to_owned(), "csv".to_owned());
    assert_eq!(told[0].to, Receiver::File { what, format });
    assert_eq!(home.people_history(&[])["unwritten"], Value::Null);
    let mona = sign_in(station.page, "Mona");
    let asked = mona.get("/api/audit?name=Sara").json;
    let acts = asked["acts"].as_array().unwrap();
    assert!(acts.iter().any(|act| act["what"]["disclosed"]["why"] == "order 12"), "{asked}");
}

#[test]
fn a_recording_of_another_day_takes_two_and_one_of_today_takes_nobody_else() {
    let home = Home::new();
    home.change_sector(
        "kind = \"radar\"\nat = [41.01, 34.415]\nheight_m = 20\nrange_max_m = 4000\nrevisit_s = 4\nradar = { walker_half_range_m = 3000 }",
        "kind = \"thermal-camera\"\nat = [41.01, 34.415]\nheight_m = 20\nrange_max_m = 4000\nrevisit_s = 4\n\
         optics = { pixels_across = 640, pixels_down = 512, pitch_um = 12.0, focal_mm = 100.0, netd_mk = 50.0 }",
    );
    home.configure_more("[doors.rtsp.cameras.tower-1]\nurl = \"rtsp://127.0.0.1:9/one\"\n");
    let media = home.data().join("store/media/tower-1");
    std::fs::create_dir_all(&media).unwrap();
    let named = |hours: i64| {
        let at = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(hours);
        let at = at.strftime("%Y%m%dT%H%M%S.000Z");
        let name = format!("{at}_{at}.mp4");
        std::fs::write(media.join(&name), "pictures").unwrap();
        name
    };
    let (old, new) = (named(30), named(1));
    let (_station, [_, hasan, omar, sara, mona]) = crew(&home);
    let path = |name: &str| format!("/api/cameras/tower-1/recordings/{name}");

    assert_eq!(omar.get(&path(&new)).status, 200);
    let refused = omar.get(&path(&old));
    assert_eq!((refused.status, &refused.json["code"]), (403, &json!("second-person-needed")));
    let what = format!("recordings/tower-1/{old}");
    let waits = omar
        .post("/api/exports", &json!({"what": what, "format": "mp4", "reason": "for the court"}))
        .json;
    assert_eq!(omar.post(&confirmation(&waits), &json!({})).json["code"], "same-person");
    assert_eq!(omar.get(&path(&old)).status, 403, "nobody agreed yet");
    mona.confirm(&waits);

    assert_eq!(omar.get(&path(&old)).status, 200);
    for other in [&sara, &hasan] {
        assert_eq!(other.get(&path(&old)).status, 403, "it was agreed for whoever asked");
    }
}

#[test]
fn who_is_given_something_beside_the_page_is_in_the_record_from_when_to_when() {
    let home = Home::new();
    let display = UdpSocket::bind("127.0.0.1:0").unwrap();
    let parent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (display_at, parent_at) = (display.local_addr().unwrap(), parent.local_addr().unwrap());
    let ear = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let group = format!("239.2.3.9:{}", ear.local_addr().unwrap().port());
    home.configure_more(&format!(
        "[doors.cot.mesh]\nto = \"{group}\"\ninterface = \"127.0.0.1\"\n\
         [doors.asterix.out]\nto = [\"{display_at}\"]\nsac = 25\nsic = 1\n\
         [doors.sapient_parent]\nconnect = \"{parent_at}\"\n"
    ));
    let station = home.serve();
    let mut phone = TcpStream::connect(station.cot).unwrap();
    let (mut above, _) = parent.accept().unwrap();
    above.read_exact(&mut [0; 4]).unwrap();
    Sensor::connect(station.sapient).register_and_report();
    let mut heard = [0; 1_024];
    assert!(phone.read(&mut heard).unwrap() > 0);

    let receivers = [
        Receiver::Mesh { group },
        Receiver::Parent { address: parent_at.to_string() },
        Receiver::OwnMachine,
    ];
    for receiver in receivers {
        wait_until(&format!("{receiver:?}"), || {
            disclosures(&home).iter().any(|one| one.to == receiver && one.count > 0)
        });
    }
    std::thread::park_timeout(std::time::Duration::from_secs(3));
    assert_eq!(station.terminate(), Some(0));

    let told = disclosures(&home);
    assert!(told.len() <= 8, "the first and the rest of each: {told:?}");
    assert!(told.iter().all(|one| one.policy.is_none() && one.from <= one.until), "{told:?}");
}
