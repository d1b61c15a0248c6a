//! What other agencies are given at the real binary, and that no one person changes it.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::browser::{Answer, Stream, ask};
use super::identity::{Seat, confirmation, sign_in, station_with_amal_at};
use super::phone::event;
use super::sensor::Sensor;
use super::serve::{Home, Served, wait_until};

pub(crate) const TOWER: &str = "permit(principal == Agency::\"army\", action, resource is Sensor)\n\
    when { resource.labels.contains(\"shared\") };\n";
const PASSWORD_LINE: &str = "one cold night in november\n";
pub(crate) const PATROL: &str =
    "permit(principal == Agency::\"army\", action, resource is Unit);\n";

/// A policy that ends so many seconds from now.
fn until(seconds: i64) -> String {
    let until = Timestamp::now() + SignedDuration::from_secs(seconds);
    format!("@until(\"{until}\")\n{TOWER}{PATROL}")
}

/// A machine of another agency.
pub(crate) struct Partner {
    token: String,
}

impl Partner {
    pub(crate) fn let_in(amal: &Seat, badia: &Seat) -> Self {
        let asked = json!({"name": "army map", "agency": "army", "scope": "read"});
        let told = amal.let_in(badia, asked);
        Self { token: format!("Bearer {}", told["token"].as_str().unwrap()) }
    }

    pub(crate) fn get(&self, station: &Served, path: &str) -> Answer {
        ask(station.page, "GET", path, &[("Authorization", &self.token)], b"")
    }

    /// Sensors and units of its sector; nothing where it is given nothing.
    pub(crate) fn knows(&self, station: &Served) -> Option<(usize, usize)> {
        let answer = self.get(station, "/api/sector");
        let count = |what: &str| answer.json[what].as_array().unwrap().len();
        (answer.status == 200).then(|| (count("sensors"), count("units")))
    }
}

/// A home whose file gives the army what is shared of sensors.
pub(crate) fn home_with_policy() -> Home {
    let home = Home::new();
    home.write("policy.cedar", TOWER);
    home.configure_more(
        "[release]\npolicy = \"policy.cedar\"\n[release.labels]\ntower-1 = [\"shared\"]\n",
    );
    home
}

/// Whether two times are those of one recall: when it was done, and when it was written down.
fn is_about(one: &Value, other: &Value) -> bool {
    let [one, other] = [one, other].map(|at| at.as_str().unwrap().parse::<Timestamp>().unwrap());
    one.duration_since(other).abs() < SignedDuration::from_secs(1)
}

fn proposed(policy: &str) -> Value {
    json!({"policy": policy, "reason": "agreed at the table on Monday"})
}

#[test]
fn two_persons_change_what_other_agencies_are_given_while_the_station_runs() {
    let home = home_with_policy();
    let (station, amal) = station_with_amal_at(&home);
    let badia = amal.bring("Badia", &["administrator"]);
    let omar = amal.bring_agreed(&badia, "Omar", &["officer"]);
    let lama = amal.bring("Lama", &["operator"]);
    let army = Partner::let_in(&amal, &badia);
    wait_until("the army's world", || army.knows(&station) == Some((1, 0)));
    let mut watching = Stream::open_with(station.page, &[("Authorization", &army.token)]);
    assert_eq!(watching.next()["type"], "picture");
    for (body, field) in [
        (proposed("permit(principal, action, resource == Sensor::\"tower-9\");"), "policy"),
        (json!({"policy": PATROL, "labels": {"tower-9": ["x"]}, "reason": "why"}), "labels"),
        (json!({"policy": PATROL, "reason": ""}), "reason"),
        (proposed(TOWER), "policy"),
    ] {
        assert_eq!(omar.post("/api/release", &body).json["field"], json!(field), "{body}");
    }
    assert_eq!(lama.post("/api/release", &proposed(PATROL)).status, 403);

    let waits = omar.post("/api/release", &proposed(PATROL)).json;

    assert_eq!(omar.post(&confirmation(&waits), &json!({})).json["code"], "same-person");
    assert_eq!(lama.post(&confirmation(&waits), &json!({})).status, 403);
    assert_eq!(army.knows(&station), Some((1, 0)));
    let told = amal.get("/api/confirmations").json["confirmations"][0].clone();
    assert_eq!((&told["act"], &told["policy"]), (&json!("release"), &json!(PATROL)));
    assert_eq!(told["labels"], json!({"tower-1": ["shared"]}));
    amal.confirm(&waits);
    let now = army.knows(&station);
    assert!(now.is_none() || now == Some((0, 1)), "at once: {now:?}");
    assert_eq!(watching.closed_with(), 1012);
    let recalled_at = army.get(&station, "/api/identity").json["recalled_at"].clone();
    assert!(recalled_at.is_string(), "that something was is told, and not what");
    wait_until("the army's new world", || army.knows(&station) == Some((0, 1)));
    let in_force = amal.get("/api/release").json["in_force"].clone();
    assert_eq!((&in_force["policy"], &in_force["by"]), (&json!(PATROL), &json!(["Omar", "Amal"])));
    let acts = home.people_history(&[])["acts"].clone();
    let by = |name: &str, what: &str| {
        let all = acts.as_array().unwrap().iter();
        let mut told = all.filter(|act| act["by"] == name).map(|act| act["what"].clone());
        told.find(|told| told.to_string().contains(what))
            .unwrap_or_else(|| panic!("{what}: {acts:#?}"))
    };
    let agreed = &by("Omar", "principal == Agency")["proposed"]["act"]["release"];
    assert_eq!((&agreed["text"], &agreed["sha256"]), (&json!(PATROL), &in_force["sha256"]));
    assert!(by("Amal", "confirmed")["confirmed"]["number"] == waits["waits_for"]);
    assert_eq!(by("Amal", "releasing")["releasing"]["policy"], in_force["sha256"]);
    assert_eq!(by("Amal", "recalled")["recalled"]["agency"], "army");

    // The file is behind, which holds up nothing and gives nothing.
    station.kill();
    let station = home.serve();
    wait_until("the army's world", || army.knows(&station) == Some((0, 1)));
    assert_eq!(sign_in(station.page, "Amal").get("/api/release").json["in_force"], in_force);
    let still = army.get(&station, "/api/identity").json["recalled_at"].clone();
    assert!(is_about(&still, &recalled_at), "{still}: a restart does not make it unsaid");
}

#[test]
fn what_is_over_while_the_station_does_not_run_is_told_to_the_record_at_its_next_start() {
    let home = home_with_policy();
    let ends = Instant::now() + Duration::from_secs(45);
    home.write("policy.cedar", &until(45));
    let (station, amal) = station_with_amal_at(&home);
    let badia = amal.bring("Badia", &["administrator"]);
    let army = Partner::let_in(&amal, &badia);
    wait_until("the army's world", || army.knows(&station) == Some((1, 1)));
    station.kill();
    assert!(Instant::now() < ends, "it is not over yet");
    while Instant::now() < ends {
        std::thread::park_timeout(Duration::from_millis(200));
    }

    let station = home.serve();

    let told = army.get(&station, "/api/identity").json["recalled_at"].clone();
    assert!(told.is_string(), "{told}");
    wait_until("a world of what is left", || army.knows(&station) == Some((0, 1)));
    let recalled = || {
        let acts = home.people_history(&[])["acts"].clone();
        let is_one = |act: &&Value| act["what"] == json!({"recalled": {"agency": "army"}});
        acts.as_array().unwrap().iter().filter(is_one).count()
    };
    assert_eq!(recalled(), 1);
    station.kill();
    let station = home.serve();
    let still = army.get(&station, "/api/identity").json["recalled_at"].clone();
    assert!(is_about(&still, &told), "{still}, {told}");
    assert_eq!(recalled(), 1, "it is over once");
}

#[test]
fn two_persons_change_what_other_agencies_are_given_at_the_command_line() {
    let home = home_with_policy();
    let (station, amal) = station_with_amal_at(&home);
    let badia = amal.bring("Badia", &["administrator"]);
    amal.bring_agreed(&badia, "Omar", &["officer"]);
    home.write("new.cedar", PATROL);
    // Where the station is found; the port of a test is any that was free.
    let config = std::fs::read_to_string(home.file("station.toml")).unwrap();
    let listen = format!("listen = \"{}\"", station.page);
    home.write("asked.toml", &config.replacen("listen = \"127.0.0.1:0\"", &listen, 1));
    let (asked, new) = (home.file("asked.toml"), home.file("new.cedar"));
    let (asked, new) = (asked.to_str().unwrap(), new.to_str().unwrap());
    let propose = ["propose", "--config", asked, "--policy", new, "--reason", "order 12"];
    let by = |name: &'static str| ["--name", name];

    let (code, told) = home.release(&[&propose, &by("Omar")[..]].concat(), "not this one\n");
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("name or password is wrong"), "{told}");
    let (code, told) = home.release(&[&propose, &by("Omar")[..]].concat(), "");
    assert!(code == Some(2) && told.contains("on standard input"), "{told}");
    let (code, told) = home.release(&[&propose, &by("Omar")[..]].concat(), PASSWORD_LINE);
    assert_eq!(code, Some(0), "{told}");
    let waits: Value = serde_json::from_str(&told).unwrap();
    let number = waits["waits_for"].to_string();
    let agree = ["agree", number.as_str(), "--config", asked];
    let (code, told) = home.release(&[&agree, &by("Omar")[..]].concat(), PASSWORD_LINE);
    assert!(code == Some(2) && told.contains("another person must agree"), "{told}");
    assert_eq!(home.release_shown(), TOWER, "one person changes nothing");
    let (code, told) = home.release(&[&agree, &by("Badia")[..]].concat(), PASSWORD_LINE);

    assert_eq!(code, Some(0), "{told}");
    let in_force = amal.get("/api/release").json["in_force"].clone();
    assert_eq!((&in_force["policy"], &in_force["by"]), (&json!(PATROL), &json!(["Omar", "Badia"])));
    assert_eq!(in_force["sha256"], waits["sha256"]);
    assert_eq!(in_force["labels"], json!({"tower-1": ["shared"]}));
}

#[test]
fn a_file_that_one_person_changed_refuses_the_start_until_what_is_in_force_is_put_back() {
    let home = home_with_policy();
    let (station, _amal) = station_with_amal_at(&home);
    assert_eq!(station.terminate(), Some(0));
    home.write("policy.cedar", PATROL);

    let (code, told) = home.try_serve();

    assert_eq!(code, Some(2), "{told}");
    for part in ["release.policy: file and labels were changed", "takes two people", "release show"]
    {
        assert!(told.contains(part), "{told}");
    }
    home.write("policy.cedar", home.release_shown().trim_end_matches('\n'));
    assert!(home.try_serve().1.contains("takes two people"), "a byte less is another policy");
    home.write("policy.cedar", &home.release_shown());
    assert_eq!(home.serve().terminate(), Some(0));
}

#[test]
fn what_is_over_ends_while_it_is_watched_and_is_told_to_the_record() {
    let home = home_with_policy();
    home.write("policy.cedar", &until(25));
    let (station, amal) = station_with_amal_at(&home);
    let badia = amal.bring("Badia", &["administrator"]);
    let army = Partner::let_in(&amal, &badia);
    wait_until("the army's world", || army.knows(&station) == Some((1, 1)));
    assert_eq!(army.get(&station, "/api/identity").json["recalled_at"], Value::Null);
    let mut watching = Stream::open_with(station.page, &[("Authorization", &army.token)]);
    assert_eq!(watching.next()["type"], "picture");

    assert_eq!(watching.closed_with(), 1012);

    wait_until("a world of what is left", || army.knows(&station) == Some((0, 1)));
    assert!(army.get(&station, "/api/identity").json["recalled_at"].is_string());
    let recalled = json!({"recalled": {"agency": "army"}});
    wait_until("the record to be told", || {
        let acts = home.people_history(&[])["acts"].clone();
        acts.as_array().unwrap().iter().any(|act| act["what"] == recalled && act["by"].is_null())
    });
}

#[test]
fn a_night_and_its_files_as_they_are_given_to_an_agency_hold_nothing_that_is_withheld() {
    let home = Home::new();
    home.know_phone("ANDROID-1");
    home.write("policy.cedar", PATROL);
    home.configure_more("[release]\npolicy = \"policy.cedar\"\n");
    let station = home.serve();
    Sensor::connect(station.sapient).register_and_report();
    let mut phone = TcpStream::connect(station.cot).unwrap();
    phone.write_all(event("ANDROID-1", "a-f-G-U-C", "").as_bytes()).unwrap();
    station.wait_for("a lost sensor, a unit that was heard and a line", |picture| {
        let alerts = picture["alerts"].as_array()?;
        let lost = alerts.iter().find(|alert| alert["kind"] == "sensor-lost")?;
        let is_assessed = !picture["stretches"].as_array()?.is_empty();
        (picture["units"][0]["heard_at"].is_string() && is_assessed).then(|| lost.clone())
    });
    station.terminate();
    let config = home.file("station.toml");
    let as_army = ["--as", "army", "--config", config.to_str().unwrap()];

    let (code, told) = home.replay_only(&as_army);

    assert_eq!(code, Some(0), "{told}");
    let night: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&night["sensors"], &night["units"]), (&json!([]), &json!(["patrol-1"])));
    assert!(night["passed"].as_u64() > Some(0), "{night}");
    assert_eq!(home.replay_only(&as_army).1, told, "again the same");
    let mut given = String::new();
    for what in [
        "tracks",
        "trails",
        "alerts",
        "incidents",
        "evidence",
        "line",
        "stretches",
        "sensors",
        "coverage",
        "units",
    ] {
        let own = home.export(&["--what", what], "own.geojson");
        assert_eq!(own.0, Some(0), "{}", own.1);
        let (code, told) =
            home.export_only(&[&["--what", what], &as_army[..]].concat(), "army.geojson");
        assert_eq!(code, Some(0), "{told}");
        given += &std::fs::read_to_string(home.file("army.geojson")).unwrap();
        if what == "sensors" {
            assert!(std::fs::read_to_string(home.file("own.geojson")).unwrap().contains("tower-1"));
        }
    }
    assert!(given.contains("patrol-1") && !given.contains("tower-1"), "{given}");
    let navy = ["--as", "navy", "--config", config.to_str().unwrap()];
    let (code, told) = home.replay_only(&navy);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("the policy gives navy nothing"), "{told}");
}
