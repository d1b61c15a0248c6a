//! Who comes in, who does not, and what takes two, at the real binary.

use std::net::SocketAddr;
use std::time::Instant;

use serde_json::{Value, json};
use station::record;
use watch::audit::{Audit, Audited, SignedOutBy};
use watch::journal::{self, Input};

use super::browser::{Answer, Stream, ask};
use super::sensor::Sensor;
use super::serve::{Home, Served, wait_until};

const PASSWORD: &str = "one cold night in november";

/// A browser in which somebody is signed in.
pub(crate) struct Seat {
    page: SocketAddr,
    pub(crate) cookie: String,
    proof: String,
    told: Value,
}

impl Seat {
    fn of(page: SocketAddr, answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.json);
        let cookies = answer.cookies();
        for cookie in &cookies {
            assert!(cookie.contains("; HttpOnly; SameSite=Strict; Path=/"), "{cookie}");
        }
        let pairs = cookies.iter().map(|cookie| cookie.split(';').next().unwrap());
        let proof = answer.json["proof"].as_str().unwrap().to_owned();
        let cookie = pairs.collect::<Vec<_>>().join("; ");
        Self { page, cookie, proof, told: answer.json.clone() }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        ask(self.page, "GET", path, &[("Cookie", &self.cookie)], b"")
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with(path, body, &[("Watchline-Session", &self.proof)])
    }

    fn post_with(&self, path: &str, body: &Value, more: &[(&str, &str)]) -> Answer {
        let headers = [
            ("Cookie", self.cookie.as_str()),
            ("Content-Type", "application/json"),
            ("Idempotency-Key", path),
        ];
        ask(self.page, "POST", path, &[&headers, more].concat(), body.to_string().as_bytes())
    }

    /// Invites somebody whose word is not a second person's, and lets them come.
    pub(crate) fn bring(&self, name: &str, roles: &[&str]) -> Self {
        let asked = json!({"name": name, "agency": "border-guard", "roles": roles});
        let invited = self.post("/api/people/invite", &asked);
        assert_eq!(invited.json["status"], "done", "{}", invited.json);
        enrol(self.page, invited.json["code"].as_str().unwrap())
    }

    /// The same where another administrator agrees.
    pub(crate) fn bring_agreed(&self, other: &Self, name: &str, roles: &[&str]) -> Self {
        let asked = json!({"name": name, "agency": "border-guard", "roles": roles, "reason": "a new shift"});
        let invited = self.post("/api/people/invite", &asked);
        let code = invited.json["code"].as_str().unwrap();
        assert_eq!(invited.json["status"], "waits", "{}", invited.json);
        assert_eq!(try_enrol(self.page, code).json["code"], "not-invited");
        other.confirm(&invited.json);
        enrol(self.page, code)
    }

    /// Lets a machine in, to which another administrator agrees; what it is told.
    pub(crate) fn let_in(&self, other: &Self, machine: Value) -> Value {
        let mut asked = machine;
        asked["reason"] = json!("a map of the shift");
        let told = self.post("/api/machines", &asked).json;
        assert_eq!(told["status"], "waits", "{told}");
        other.confirm(&told);
        told
    }

    pub(crate) fn confirm(&self, waits: &Value) {
        let answer = self.post(&confirmation(waits), &json!({}));
        assert_eq!(answer.status, 204, "{}", answer.json);
    }
}

pub(crate) fn confirmation(waits: &Value) -> String {
    format!("/api/confirmations/{}/confirm", waits["waits_for"])
}

fn post(page: SocketAddr, path: &str, body: &Value) -> Answer {
    let headers = [("Content-Type", "application/json")];
    ask(page, "POST", path, &headers, body.to_string().as_bytes())
}

fn try_enrol(page: SocketAddr, code: &str) -> Answer {
    post(page, "/api/identity/enrol", &json!({"code": code, "password": PASSWORD}))
}

fn enrol(page: SocketAddr, code: &str) -> Seat {
    Seat::of(page, &try_enrol(page, code))
}

fn try_sign_in(page: SocketAddr, name: &str, password: &str) -> Answer {
    post(page, "/api/identity/sign-in", &json!({"name": name, "password": password}))
}

pub(crate) fn sign_in(page: SocketAddr, name: &str) -> Seat {
    Seat::of(page, &try_sign_in(page, name, PASSWORD))
}

fn first(code: &Value) -> Value {
    json!({"code": code, "password": PASSWORD, "name": "Amal", "agency": "border-guard"})
}

/// A station that asks people, and its first administrator.
fn station_with_amal() -> (Home, Served, Seat) {
    let home = Home::new();
    let (station, amal) = station_with_amal_at(&home);
    (home, station, amal)
}

/// The same in a home that is there already.
pub(crate) fn station_with_amal_at(home: &Home) -> (Served, Seat) {
    home.ask_people();
    let station = home.serve();
    let came = post(station.page, "/api/identity/enrol", &first(&station.hello["first_code"]));
    let amal = Seat::of(station.page, &came);
    (station, amal)
}

/// What the record says of people.
pub(crate) fn audits(home: &Home) -> Vec<Audit> {
    let mut audits = Vec::new();
    record::read(&home.data(), |_, payload| {
        if let Input::Audited(audit) = journal::decode(payload).unwrap().input {
            audits.push(audit);
        }
        Ok(())
    })
    .unwrap();
    audits
}

#[test]
fn a_station_with_nobody_tells_a_code_that_makes_the_first_administrator_once() {
    let home = Home::new();
    home.ask_people();
    let station = home.serve();
    let code = station.hello["first_code"].clone();
    let wrong = post(station.page, "/api/identity/enrol", &first(&json!("0000-0000-0000")));
    assert_eq!((wrong.status, &wrong.json["code"]), (401, &json!("not-invited")));
    assert_eq!(station.get("/api/identity").json["first"], json!(true));

    let amal = Seat::of(station.page, &post(station.page, "/api/identity/enrol", &first(&code)));

    assert_eq!(amal.told["who"]["roles"], json!(["administrator"]));
    let again = post(station.page, "/api/identity/enrol", &first(&code));
    assert_eq!((again.status, &again.json["code"]), (401, &json!("not-invited")));
    station.terminate();
    let station = home.serve();
    assert_eq!(station.hello["first_code"], Value::Null);
    assert_eq!(
        ask(station.page, "GET", "/api/people", &[("Cookie", &amal.cookie)], b"").status,
        401
    );
    assert_eq!(sign_in(station.page, "amal").told["who"]["name"], "Amal");
    station.terminate();
    let people = std::fs::read_to_string(home.data().join("keys/people.json")).unwrap();
    for secret in [PASSWORD, code.as_str().unwrap()] {
        assert!(!people.contains(secret), "{people}");
    }
    let told = home.people_history(&["--name", "Amal"]);
    let acts = told["acts"].as_array().unwrap();
    assert!(acts.iter().any(|act| act["what"] == "signed-in" && act["by"] == "Amal"), "{told}");
    assert!(acts.iter().any(|act| act["what"]["enrolled"]["name"] == "Amal"), "{told}");
    let audits = audits(&home);
    let by_amal = |audit: &&Audit| audit.by.as_ref().is_some_and(|by| by.0 == "Amal");
    let signed_in = audits.iter().filter(by_amal).filter(|a| a.what == Audited::SignedIn).count();
    assert_eq!(signed_in, 2, "{audits:?}");
    assert!(audits.iter().any(|audit| matches!(&audit.what, Audited::Enrolled(_))));
    let found =
        |audit: &Audit| matches!(&audit.what, Audited::Found { people } if people.len() == 1);
    assert!(audits.iter().any(found), "who stood in the list at the second start: {audits:?}");
    let failed = |audit: &Audit| matches!(audit.what, Audited::SignInsFailed { .. });
    assert!(audits.iter().any(failed), "{audits:?}");
}

#[test]
fn whoever_guesses_waits_and_is_not_told_whether_the_name_is_right() {
    let (_home, station, amal) = station_with_amal();
    let mut told = Vec::new();
    for name in ["Amal", "nobody", "Amal", "nobody", "Amal"] {
        let answer = try_sign_in(station.page, name, "a guess that is long enough");
        told.push((answer.status, answer.json));
    }
    assert_eq!(told[0].0, 401);
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");

    let answer = try_sign_in(station.page, "Amal", PASSWORD);
    assert_eq!((answer.status, &answer.json["code"]), (429, &json!("wait")), "{}", answer.json);
    // She comes from a browser in which she signed in before, and is not held up.
    let own = ("Cookie", amal.cookie.as_str());
    let body = json!({"name": "Amal", "password": PASSWORD}).to_string();
    let headers = [own, ("Content-Type", "application/json")];
    let answer = ask(station.page, "POST", "/api/identity/sign-in", &headers, body.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.json);
}

#[test]
fn a_cookie_that_somebody_planted_is_no_session_after_the_sign_in_either() {
    let (_home, station, _amal) = station_with_amal();
    let port = station.page.port();
    let planted = format!("watchline-session-{port}=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let planted = ("Cookie", planted.as_str());
    let body = json!({"name": "Amal", "password": PASSWORD}).to_string();
    let headers = [planted, ("Content-Type", "application/json")];

    let answer = ask(station.page, "POST", "/api/identity/sign-in", &headers, body.as_bytes());

    let seat = Seat::of(station.page, &answer);
    assert!(!seat.cookie.contains("AAAAAAAAAAAAAAAA"));
    assert_eq!(station.get_with("/api/people", &[planted]).status, 401);
    assert_eq!(seat.get("/api/people").status, 200);
}

#[test]
fn a_request_that_another_page_makes_a_browser_send_changes_nothing() {
    let (_home, _station, amal) = station_with_amal();
    let asked = json!({"name": "Bilal", "agency": "border-guard", "roles": ["operator"]});

    let without = amal.post_with("/api/people/invite", &asked, &[]);
    let guessed = amal.post_with("/api/people/invite", &asked, &[("Watchline-Session", "guessed")]);
    let form = [("Watchline-Session", amal.proof.as_str()), ("Cookie", amal.cookie.as_str())];
    let form = ask(amal.page, "POST", "/api/people/invite", &form, asked.to_string().as_bytes());

    assert_eq!((without.status, &without.json["code"]), (403, &json!("proof-wrong")));
    assert_eq!((guessed.status, &guessed.json["code"]), (403, &json!("proof-wrong")));
    assert_eq!((form.status, &form.json["code"]), (415, &json!("type-unknown")));
    assert_eq!(amal.get("/api/people").json["invitations"], json!([]));
    assert_eq!(amal.post("/api/people/invite", &asked).status, 200);
}

#[test]
fn a_cookie_that_was_stolen_is_worth_nothing_after_the_sign_out() {
    let (home, station, amal) = station_with_amal();
    assert_eq!(amal.get("/api/people").status, 200);

    assert_eq!(amal.post("/api/identity/sign-out", &json!({})).status, 204);

    assert_eq!(amal.get("/api/people").status, 401);
    assert_eq!(amal.post("/api/people/revoke", &json!({"name": "Amal"})).status, 401);
    let out = Audited::SignedOut { by: SignedOutBy::Person };
    wait_until("it is on the record", || audits(&home).iter().any(|audit| audit.what == out));
    drop(station);
}

#[test]
fn whoever_is_revoked_is_out_while_they_watch() {
    let (home, station, amal) = station_with_amal();
    let badia = amal.bring("Badia", &["administrator"]);
    let hasan = amal.bring("Hasan", &["operator"]);
    let mut stream = Stream::open_with(station.page, &[("Cookie", &hasan.cookie)]);
    assert_eq!(stream.next()["type"], "picture");
    let asked = json!({"name": "Hasan", "reason": "left the service"});

    let waits = amal.post("/api/people/revoke", &asked).json;
    assert_eq!(hasan.get("/api/picture").status, 200, "one person alone takes nobody's place");
    badia.confirm(&waits);

    assert_eq!(stream.closed_with(), 1008);
    assert_eq!(hasan.get("/api/picture").status, 401);
    assert_eq!(try_sign_in(station.page, "Hasan", PASSWORD).json["code"], "not-known");
    let again = json!({"name": "hasan", "agency": "border-guard", "roles": ["operator"]});
    assert_eq!(amal.post("/api/people/invite", &again).json["code"], "name-taken");
    let told = audits(&home);
    let proposed = |audit: &Audit| {
        audit.by.as_ref().is_some_and(|by| by.0 == "Amal")
            && matches!(&audit.what, Audited::Proposed { reason, .. } if reason == "left the service")
    };
    let confirmed = |audit: &Audit| {
        audit.by.as_ref().is_some_and(|by| by.0 == "Badia")
            && matches!(audit.what, Audited::Confirmed { .. })
    };
    assert!(told.iter().any(proposed) && told.iter().any(confirmed), "{told:?}");
}

#[test]
fn who_has_fewer_roles_is_signed_out_and_may_do_less() {
    let (_home, station, amal) = station_with_amal();
    let hasan = amal.bring("Hasan", &["operator", "planner"]);
    let act = json!({"command": "acknowledge", "alert": 999});
    assert_eq!(hasan.post("/api/commands", &act).json["code"], "alert-unknown");

    let fewer = json!({"name": "Hasan", "roles": ["planner"]});
    assert_eq!(amal.post("/api/people/roles", &fewer).json["status"], "done");

    assert_eq!(hasan.post("/api/commands", &act).status, 401);
    let hasan = sign_in(station.page, "Hasan");
    let refused = hasan.post("/api/commands", &act);
    assert_eq!((refused.status, &refused.json["code"]), (403, &json!("not-allowed")));
    assert_eq!(hasan.get("/api/picture").status, 200);
    assert_eq!(hasan.get("/api/people").status, 403);
}

#[test]
fn two_persons_who_are_one_are_one() {
    let (_home, station, amal) = station_with_amal();
    // Alone she can call a second administrator, and nobody besides.
    let officer = json!({"name": "Omar", "agency": "a", "roles": ["officer"], "reason": "needed"});
    let waits = amal.post("/api/people/invite", &officer).json;
    let amal_again = sign_in(station.page, "Amal");
    for seat in [&amal, &amal_again] {
        let refused = seat.post(&confirmation(&waits), &json!({}));
        assert_eq!((refused.status, &refused.json["code"]), (403, &json!("same-person")));
    }
    let badia = amal.bring("Badia", &["administrator"]);
    let third = json!({"name": "Third", "agency": "a", "roles": ["administrator"], "reason": "x"});
    assert_eq!(amal.post("/api/people/invite", &third).json["status"], "waits");
    // Nor does she become the other by another password of hers.
    let forgotten = amal.post("/api/people/password", &json!({"name": "Badia", "reason": "x"}));
    assert_eq!(forgotten.json["status"], "waits");
    let code = forgotten.json["code"].as_str().unwrap();
    assert_eq!(try_enrol(station.page, code).json["code"], "not-invited");
    let about_her = badia.post(&confirmation(&forgotten.json), &json!({}));
    assert_eq!(about_her.json["code"], "same-person");
    // And of two, neither is the last.
    let revoked = amal.post("/api/people/revoke", &json!({"name": "Amal", "reason": "x"})).json;
    assert_eq!(amal.post(&confirmation(&revoked), &json!({})).status, 403);
    badia.confirm(&waits);
    assert_eq!(badia.post(&confirmation(&waits), &json!({})).json["code"], "confirmation-unknown");
}

#[test]
fn an_act_of_the_desk_is_of_who_is_signed_in_whatever_it_says() {
    let (_home, station, amal) = station_with_amal();
    let badia = amal.bring("Badia", &["administrator"]);
    let omar = amal.bring_agreed(&badia, "Omar", &["officer"]);
    Sensor::connect(station.sapient).register_and_report();
    let mut alert = Value::Null;
    wait_until("a lost sensor", || {
        alert = omar.get("/api/picture").json["alerts"][0]["id"].clone();
        !alert.is_null()
    });

    let act = json!({"command": "acknowledge", "alert": alert, "by": "somebody else"});
    let refused = omar.post("/api/commands", &act);
    let act = json!({"command": "acknowledge", "alert": alert});
    let done = omar.post("/api/commands", &act);

    assert_eq!((refused.status, &refused.json["code"]), (400, &json!("person-wrong")));
    assert_eq!(done.status, 200, "{}", done.json);
    assert_eq!(omar.get("/api/picture").json["alerts"][0]["history"][1]["by"], "Omar");
}

#[test]
fn files_about_people_take_two_but_for_the_monitor() {
    let (_home, _station, amal) = station_with_amal();
    let badia = amal.bring("Badia", &["administrator"]);
    let omar = amal.bring_agreed(&badia, "Omar", &["officer"]);
    let mona = amal.bring_agreed(&badia, "Mona", &["monitor"]);
    let tracks = "/api/export?what=tracks&format=csv";

    let silent = mona.get(tracks);
    assert_eq!((silent.status, &silent.json["code"]), (400, &json!("why-missing")));
    assert_eq!(mona.get(&format!("{tracks}&why=for%20the%20yearly%20report")).status, 200);
    assert_eq!(omar.get("/api/export?what=sensors&format=csv").status, 200);
    let refused = omar.get(tracks);
    assert_eq!((refused.status, &refused.json["code"]), (403, &json!("second-person-needed")));
    let asked = json!({"what": "tracks", "format": "csv", "reason": "for the court"});
    let waits = omar.post("/api/exports", &asked).json;
    let told = |seat: &Seat| seat.get("/api/confirmations").json["confirmations"].clone();
    assert_eq!(
        (&told(&mona)[0]["act"], &told(&omar)[0]["what"]),
        (&json!("export"), &json!("tracks"))
    );
    assert_eq!(told(&amal), json!([]), "it is no affair of those who agree to people");
    assert_eq!(omar.post(&confirmation(&waits), &json!({})).json["code"], "same-person");
    assert_eq!(amal.post(&confirmation(&waits), &json!({})).json["code"], "not-allowed");
    mona.confirm(&waits);
    assert_eq!(omar.get("/api/export?what=tracks&format=kml").status, 403);
    assert_eq!(omar.get(tracks).status, 200);
    assert_eq!(omar.get(tracks).status, 403, "once");
}

#[test]
fn two_persons_erase_what_is_kept_of_somebody_while_the_station_runs() {
    let (home, station, amal) = station_with_amal();
    let badia = amal.bring("Badia", &["administrator"]);
    let omar = amal.bring_agreed(&badia, "Omar", &["officer"]);
    let lama = amal.bring("Lama", &["operator"]);
    Sensor::connect(station.sapient).register_and_report();
    wait_until("a lost sensor", || {
        omar.get("/api/picture").json["alerts"][0]["kind"] == "sensor-lost"
    });
    let wrong = |body: &Value| omar.post("/api/erasures", body).json["field"].clone();
    let because = "request 41 of 2026";
    let tower_1 = json!({"subject": "equipment/tower-1", "reason": because});
    for (body, field) in [
        (json!({"subject": "tower-1", "reason": because}), "subject"),
        (json!({"subject": "decision/Omar", "reason": because}), "subject"),
        (json!({"subject": "equipment/tower-1", "day": "the 5th", "reason": because}), "day"),
        (json!({"subject": "equipment/tower-1", "reason": ""}), "reason"),
    ] {
        assert_eq!(wrong(&body), json!(field), "{body}");
    }
    assert_eq!(lama.post("/api/erasures", &tower_1).status, 403);

    let waits = omar.post("/api/erasures", &tower_1).json;

    assert_eq!(omar.post(&confirmation(&waits), &json!({})).json["code"], "same-person");
    assert_eq!(lama.post(&confirmation(&waits), &json!({})).status, 403);
    let told = amal.get("/api/confirmations").json["confirmations"][0].clone();
    assert_eq!((&told["act"], &told["subject"]), (&json!("erase"), &tower_1["subject"]));
    amal.confirm(&waits);
    wait_until("the erasure", || amal.get("/api/confirmations").json["confirmations"] == json!([]));
    let contents = home.verified()["contents"].clone();
    assert!(contents["erased"].as_u64() > Some(0), "{contents}");
    assert_eq!((&contents["missing"], &contents["changed"]), (&json!(0), &json!(0)));
    let acts = home.people_history(&["--name", "Omar"])["acts"].clone();
    let acts = acts.as_array().unwrap();
    let keys = acts.iter().find_map(|act| act["what"]["carried-out"]["keys"].as_u64());
    assert!(keys > Some(0), "{acts:?}");
    assert!(
        !acts.iter().any(|act| act.to_string().contains("tower-1")),
        "whom it was about is not said"
    );

    // The plug is pulled now: what was erased is not needed to start.
    station.kill();
    let station = home.serve();
    assert_eq!(home.verified()["contents"]["erased"], contents["erased"]);
    let again = sign_in(station.page, "Omar");
    assert_eq!(again.get("/api/confirmations").json["confirmations"], json!([]));
}

#[test]
fn machines_read_or_feed_by_tokens_of_their_own_until_they_are_shut_out() {
    let (_home, station, amal) = station_with_amal();
    let badia = amal.bring("Badia", &["administrator"]);
    let token = |name: &str, scope: &str| {
        let asked = json!({"name": name, "agency": "border-guard", "scope": scope});
        let told = amal.let_in(&badia, asked);
        format!("Bearer {}", told["token"].as_str().unwrap())
    };
    let (reads, feeds) = (token("map", "read"), token("mast", "feed"));
    let as_machine = |token: &str, method: &str, path: &str| {
        let headers = [("Authorization", token), ("Content-Type", "text/plain")];
        ask(station.page, method, path, &headers, b"METAR ORXX 271200Z 27010KT 9999 20/10 Q1010=")
    };

    assert_eq!(as_machine(&reads, "GET", "/ogc/collections/sensors/items").status, 200);
    assert_eq!(as_machine(&reads, "POST", "/api/ingest/weather").status, 403);
    assert_eq!(as_machine(&feeds, "GET", "/api/picture").status, 403);
    assert_eq!(as_machine(&feeds, "POST", "/api/ingest/weather").status, 200);
    assert_eq!(as_machine("Bearer guessed", "GET", "/api/picture").json["code"], "token-wrong");
    let mut stream = Stream::open_with(station.page, &[("Authorization", &reads)]);
    assert_eq!(stream.next()["type"], "picture");
    assert_eq!(amal.post("/api/machines/revoke", &json!({"name": "map"})).status, 204);
    assert_eq!(stream.closed_with(), 1008);
    assert_eq!(as_machine(&reads, "GET", "/api/picture").status, 401);
}

#[test]
fn a_machine_is_nobody_until_a_second_administrator_agrees_to_it() {
    let (home, station, amal) = station_with_amal();
    let reads = |told: &Value| {
        let token = format!("Bearer {}", told["token"].as_str().unwrap());
        ask(station.page, "GET", "/api/sector", &[("Authorization", &token)], b"").status
    };
    let asked = |name: &str, reason: &str| {
        let of = json!({"name": name, "agency": "army", "scope": "read", "reason": reason});
        amal.post("/api/machines", &of)
    };
    assert_eq!(asked("map", " ").json["field"], "reason");
    let waits = asked("map", "for the army").json;
    assert_eq!((&waits["status"], reads(&waits)), (&json!("waits"), 401));
    assert_eq!(amal.post(&confirmation(&waits), &json!({})).json["code"], "same-person");
    let badia = amal.bring("Badia", &["administrator"]);
    let lama = amal.bring("Lama", &["operator"]);
    assert_eq!(lama.post(&confirmation(&waits), &json!({})).status, 403);
    let told = badia.get("/api/confirmations").json["confirmations"][0].clone();
    assert_eq!((&told["act"], &told["name"]), (&json!("let-in"), &json!("map")), "{told}");
    assert_eq!((&told["credential"], &told["days"]), (&json!("token"), &json!(90)), "{told}");
    assert_eq!(amal.get("/api/people").json["machines"][0]["waits_for"], waits["waits_for"]);
    assert_eq!(asked("map", "again").json["code"], "name-taken");

    // One that is declined never comes, and its name is free.
    let decline = format!("/api/confirmations/{}/decline", waits["waits_for"]);
    assert_eq!(badia.post(&decline, &json!({})).status, 204);
    assert_eq!(reads(&waits), 401);
    let again = asked("map", "again").json;
    badia.confirm(&again);

    assert_eq!(
        (reads(&waits), reads(&again)),
        (401, 403),
        "the army's, and nothing is given to it"
    );
    let shut_out = asked("other", "by mistake").json;
    assert_eq!(amal.post("/api/machines/revoke", &json!({"name": "other"})).status, 204);
    assert_eq!(badia.post(&confirmation(&shut_out), &json!({})).json["code"], "machine-unknown");
    assert_eq!(reads(&shut_out), 401);
    let acts = home.people_history(&["--name", "map"])["acts"].to_string();
    assert!(acts.contains("\"let-in\"") && acts.contains("machine-let-in"), "{acts}");
}

#[test]
fn the_doctor_is_told_how_a_station_is_that_tells_strangers_nothing() {
    let (home, station, _amal) = station_with_amal();

    let stranger = station.get("/api/health");
    let (_, told) = home.doctor();

    // The doctor's own configuration names port 0, so that it finds no station; strangers learn whether it is well.
    assert_eq!((stranger.status, &stranger.json["checks"]), (200, &json!([])));
    assert!(told.contains("required; 1 people"), "{told}");
    assert_eq!(station.get("/metrics").status, 401);
    assert_eq!(station.get("/record/checkpoint").status, 401);
    assert_eq!(station.get("/").status, 200, "the page itself is no secret");
}

#[test]
fn an_hour_of_guessing_would_not_starve_the_desk() {
    let (_home, station, amal) = station_with_amal();
    let began = Instant::now();
    let guessing: Vec<_> = (0..64)
        .map(|number| {
            let page = station.page;
            std::thread::spawn(move || {
                try_sign_in(page, &format!("name {number}"), "a guess that is long enough").status
            })
        })
        .collect();
    assert_eq!(amal.get("/api/people").status, 200);
    let answered = guessing.into_iter().map(|guess| guess.join().unwrap());
    let told: Vec<u16> = answered.collect();
    assert!(told.iter().all(|status| [401, 429, 503].contains(status)), "{told:?}");
    assert!(told.iter().filter(|status| **status == 401).count() <= 5, "{told:?}");
    assert!(began.elapsed().as_secs() < 30);
}
