//! Machines by certificates at the page, with rustls by itself at the other end.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use station::pki::{Authority, Identity, Subject, Terms};
use watch::audit::Audited;

use super::browser::{Answer, ask_by};
use super::identity::audits;
use super::secure::{Line, NAMES, Page, Shows};
use super::serve::{Home, Served, wait_until};

const PASSWORD: &str = "one cold night in november";
const HOST: &str = "localhost";

/// A station whose page speaks TLS, and its first administrator.
struct Post {
    home: Home,
    page: Page,
    cookie: String,
    proof: String,
    /// Cookie and proof of a second administrator.
    badia: (String, String),
    station: Served,
}

impl Post {
    fn new() -> Self {
        let home = Home::new();
        home.secure_page("127.0.0.1:0", NAMES);
        home.ask_people();
        let station = home.serve();
        let page = Page::of(&station, &home.data().join("keys/doors-ca.pem"));
        let code = station.hello["first_code"].clone();
        let first =
            json!({"code": code, "password": PASSWORD, "name": "Amal", "agency": "border-guard"});
        let (cookie, proof) = come(&page, &first);
        let nobody = (String::new(), String::new());
        let mut post = Self { home, page, cookie, proof, badia: nobody, station };
        let second = json!({"name": "Badia", "agency": "border-guard", "roles": ["administrator"]});
        let invited = post.amal(("POST", "/api/people/invite"), &second);
        let came = json!({"code": invited.json["code"], "password": PASSWORD});
        post.badia = come(&post.page, &came);
        post
    }

    /// Asks as Amal.
    fn amal(&self, asked: (&str, &str), body: &Value) -> Answer {
        self.signed_in((&self.cookie, &self.proof), asked, body)
    }

    /// Asks as somebody with a cookie and a proof.
    fn signed_in(
        &self,
        (cookie, proof): (&str, &str),
        asked: (&str, &str),
        body: &Value,
    ) -> Answer {
        let headers = [
            ("Cookie", cookie),
            ("Watchline-Session", proof),
            ("Content-Type", "application/json"),
        ];
        self.by(Shows::nothing(), asked, &headers, body.to_string().as_bytes())
    }

    /// Asks with a certificate.
    fn by(
        &self,
        shows: Arc<Shows>,
        asked: (&str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let line = self.page.connect_with(HOST, shows);
        let host = format!("{HOST}:{}", self.page.to.port());
        ask_by(line, self.page.to, asked, &[&[("Host", host.as_str())], headers].concat(), body)
    }

    /// What is told of a machine to which nobody has agreed yet.
    fn propose(&self, name: &str, scope: &str) -> Value {
        let wanted = json!({"name": name, "agency": "border-guard", "scope": scope, "credential": "certificate", "reason": "a map"});
        let told = self.amal(("POST", "/api/machines"), &wanted);
        assert_eq!((told.status, &told.json["token"]), (200, &Value::Null), "{}", told.json);
        told.json
    }

    fn promise(&self, name: &str, scope: &str) -> String {
        let told = self.propose(name, scope);
        let (cookie, proof) = &self.badia;
        let agree = super::identity::confirmation(&told);
        let agreed = self.signed_in((cookie, proof), ("POST", &agree), &json!({}));
        assert_eq!(agreed.status, 204, "{}", agreed.json);
        told["code"].as_str().unwrap().to_owned()
    }

    fn try_enrol(&self, code: &str, request: &str) -> Answer {
        let headers = [("Watchline-Code", code), ("Content-Type", "application/pkcs10")];
        let asked = ("POST", "/api/machines/enrol");
        self.by(Shows::nothing(), asked, &headers, request.as_bytes())
    }

    /// A machine that has its certificate.
    fn machine(&self, name: &str, scope: &str) -> (Arc<Shows>, Subject) {
        let (code, key) = (self.promise(name, scope), KeyPair::generate().unwrap());
        let told = self.try_enrol(&code, &request(&key));
        assert_eq!(told.status, 200, "{}", told.json);
        let chain = String::from_utf8(told.body).unwrap();
        let own = CertificateDer::from_pem_slice(chain.as_bytes()).unwrap();
        let shows = Shows::this(&chain, PrivateKeyDer::try_from(key.serialize_der()).unwrap());
        (shows, Subject::of_certificate(&own).unwrap())
    }

    /// Whether the station goes on speaking with whoever shows this.
    fn greets(&self, shows: &Arc<Shows>) -> bool {
        self.greeted(shows).is_some()
    }

    /// A connection that shows this, once the station has answered it anything at all.
    fn greeted(&self, shows: &Arc<Shows>) -> Option<Line> {
        let mut line = self.page.connect_with(HOST, Arc::<Shows>::clone(shows));
        let health = b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
        line.write_all(health).ok()?;
        let mut said = [0; 12];
        line.read_exact(&mut said).ok()?;
        assert!(said.starts_with(b"HTTP/1.1 "), "{said:?}");
        Some(line)
    }
}

/// Enrols somebody: their cookie, and the proof of their session.
fn come(page: &Page, who: &Value) -> (String, String) {
    let came = page.ask(HOST, ("POST", "/api/identity/enrol"), &who.to_string());
    let pairs = came.cookies().into_iter().map(|cookie| cookie.split(';').next().unwrap());
    let cookie = pairs.collect::<Vec<_>>().join("; ");
    (cookie, came.json["proof"].as_str().unwrap().to_owned())
}

fn request(key: &KeyPair) -> String {
    CertificateParams::default().serialize_request(key).unwrap().pem().unwrap()
}

const WEATHER: &[u8] = b"METAR ORXX 271200Z 27010KT 9999 20/10 Q1010=";

#[test]
fn a_code_is_good_for_nothing_until_a_second_administrator_agrees() {
    let post = Post::new();
    let told = post.propose("map", "read");
    let code = told["code"].as_str().unwrap();
    let asks = || post.try_enrol(code, &request(&KeyPair::generate().unwrap())).status;

    assert_eq!(asks(), 401);
    let (cookie, proof) = &post.badia;
    let agree = super::identity::confirmation(&told);
    assert_eq!(post.signed_in((cookie, proof), ("POST", &agree), &json!({})).status, 204);

    assert_eq!((asks(), asks()), (200, 401), "once");
}

#[test]
fn a_machine_is_whom_its_certificate_names_and_no_token_is_good_for_it() {
    let post = Post::new();
    let person = Shows::nothing();
    assert!(post.greets(&person) && !person.was_asked(), "no machine has one");
    let (code, key) = (post.promise("map", "read"), KeyPair::generate().unwrap());

    let faulty = post.try_enrol(&code, "no request");
    assert_eq!((faulty.status, &faulty.json["code"]), (400, &json!("request-wrong")));
    let guessed = post.try_enrol("0000-0000-0000-0000-0000", &request(&key));
    assert_eq!((guessed.status, &guessed.json["code"]), (401, &json!("not-invited")));
    let told = post.try_enrol(&code, &request(&key));
    assert_eq!(told.status, 200, "what was faulty left the code open: {}", told.json);
    assert_eq!(told.header("content-type"), Some("application/pem-certificate-chain"));
    let again = post.try_enrol(&code, &request(&key));
    assert_eq!((again.status, &again.json["code"]), (401, &json!("not-invited")));
    let chain = String::from_utf8(told.body).unwrap();
    let map = Shows::this(&chain, PrivateKeyDer::try_from(key.serialize_der()).unwrap());

    let picture = ("GET", "/api/picture");
    assert_eq!(post.by(Arc::clone(&map), picture, &[], b"").status, 200);
    let who = post.by(Arc::clone(&map), ("GET", "/api/identity"), &[], b"").json["who"].clone();
    assert_eq!(who, json!({"kind": "machine", "name": "map", "agency": "border-guard"}));
    let weather = ("POST", "/api/ingest/weather");
    assert_eq!(post.by(Arc::clone(&map), weather, &[], WEATHER).status, 403, "it reads");
    let bearer = format!("Bearer {code}");
    let besides = post.by(Arc::clone(&map), picture, &[("Authorization", &bearer)], b"");
    assert_eq!((besides.status, &besides.json["code"]), (401, &json!("token-wrong")));
    let alone = post.by(Shows::nothing(), picture, &[("Authorization", &bearer)], b"");
    assert_eq!((alone.status, &alone.json["code"]), (401, &json!("token-wrong")));
    assert_eq!(post.by(Shows::nothing(), picture, &[], b"").json["code"], "sign-in-needed");
    let cookie = [("Cookie", post.cookie.as_str())];
    let person = post.by(Arc::clone(&map), ("GET", "/api/people"), &cookie, b"");
    assert_eq!(person.status, 403, "a machine stays a machine");

    let (mast, _) = post.machine("mast", "feed");
    let plain = [("Content-Type", "text/plain")];
    assert_eq!(post.by(Arc::clone(&mast), weather, &plain, WEATHER).status, 200);
    assert_eq!(post.by(mast, picture, &[], b"").status, 403);
    let listed = post.amal(("GET", "/api/people"), &json!({})).json["machines"].clone();
    assert_eq!(
        (&listed[0]["credential"], &listed[0]["name"]),
        (&json!("certificate"), &json!("map"))
    );
    let serial = listed[0]["certificate"].as_str().unwrap().to_owned();
    assert_eq!(post.station.terminate(), Some(0));
    let certified = audits(&post.home).into_iter().find_map(|audit| {
        let Audited::MachineCertified { name, serial, .. } = audit.what else { return None };
        (name == "map").then_some(serial)
    });
    assert_eq!(certified, Some(serial));
}

#[test]
fn a_machine_that_is_shut_out_is_out_with_its_connections_whoever_is_called_so_after_it() {
    let post = Post::new();
    let (map, _) = post.machine("map", "read");
    let (mast, _) = post.machine("mast", "feed");
    let mut idle = post.greeted(&map).unwrap();
    let mut others = post.greeted(&mast).unwrap();
    let mut stream = post.page.connect_with(HOST, Arc::<Shows>::clone(&map));
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: d2F0Y2hsaW5lIGlzIGhlcmU=";
    write!(stream, "GET /api/stream HTTP/1.1\r\nHost: localhost\r\n{upgrade}\r\n\r\n").unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 101");

    let revoked = post.amal(("POST", "/api/machines/revoke"), &json!({"name": "map"}));

    assert_eq!(revoked.status, 204, "{}", revoked.json);
    assert!(!post.greets(&map), "not even a greeting any more");
    let mut rest = Vec::new();
    drop(idle.read_to_end(&mut rest));
    drop(stream.read_to_end(&mut rest));
    let (newcomer, _) = post.machine("map", "read");
    assert!(!post.greets(&map) && post.greets(&newcomer));
    others
        .write_all(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    rest.clear();
    drop(others.read_to_end(&mut rest));
    assert!(String::from_utf8(rest).unwrap().contains("HTTP/1.1 200"), "others go on");
}

#[test]
fn certificates_of_others_those_that_ran_out_and_those_of_no_machine_open_nothing() {
    let post = Post::new();
    let (map, subject) = post.machine("map", "read");
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let foreign = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let (mut params, key) = (CertificateParams::default(), KeyPair::generate().unwrap());
    params.subject_alt_names = vec![SanType::URI("watchline:machine?name=map".try_into().unwrap())];
    params.serial_number = Some(serial_of(&subject).into());
    let forged = params.signed_by(&key, &foreign).unwrap().pem();
    let forged = Shows::this(&forged, PrivateKeyDer::try_from(key.serialize_der()).unwrap());
    assert!(!post.greets(&forged), "the same name and number, by another authority");

    let authority = Authority::read(&post.home.data()).unwrap().unwrap();
    let issued = |identity: Identity, days_ago: i64| {
        let now = Timestamp::now() - SignedDuration::from_hours(24 * days_ago);
        let issued = authority.issue_with_key(&identity, Terms { now, days: 10, by: "test" });
        let issued = issued.unwrap();
        Shows::this(&station::pki::pem("CERTIFICATE", &issued.certificate), issued.key)
    };
    let late = issued(Identity::machine("map").unwrap(), 11);
    let nobodys = issued(Identity::machine("map").unwrap(), 0);
    let phone = issued(Identity::phone("ANDROID-1", "patrol-1").unwrap(), 0);
    wait_until("the station to know the list", || post.greets(&nobodys));
    assert!(!post.greets(&late), "it ran out");
    let picture = ("GET", "/api/picture");
    let refused = post.by(nobodys, picture, &[], b"");
    assert_eq!((refused.status, &refused.json["code"]), (401, &json!("certificate-wrong")));
    let stranger = post.by(Arc::clone(&phone), picture, &[], b"");
    assert_eq!((stranger.status, &stranger.json["code"]), (401, &json!("sign-in-needed")));
    let cookie = [("Cookie", post.cookie.as_str())];
    let amal = post.by(phone, ("GET", "/api/people"), &cookie, b"");
    assert_eq!(amal.status, 200, "a phone's certificate keeps nobody from signing in");
    assert_eq!(post.by(map, picture, &[], b"").status, 200);
}

/// Of hexadecimal digits.
fn serial_of(subject: &Subject) -> Vec<u8> {
    let digits = subject.serial.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

#[test]
fn what_was_shut_out_while_the_station_stood_still_is_out_when_it_runs_again() {
    let post = Post::new();
    let (map, subject) = post.machine("map", "read");
    let Post { home, station, .. } = post;
    station.terminate();
    let mut revoke = std::process::Command::new(env!("CARGO_BIN_EXE_watchline"));
    revoke.args(["people", "revoke", "map", "--machine", "--data"]).arg(home.data());
    assert!(revoke.status().unwrap().success());

    let station = home.serve();

    let page = Page::of(&station, &home.data().join("keys/doors-ca.pem"));
    let mut line = page.connect_with(HOST, map);
    let asked = line.write_all(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut said = [0; 12];
    // No machine has a certificate any more, so that nobody is asked for one.
    assert!(asked.is_ok() && line.read_exact(&mut said).is_ok());
    let register = station::pki::Register::read(&home.data()).unwrap();
    let listed = register.certificates.iter().find(|one| one.serial == subject.serial).unwrap();
    assert!(listed.revoked_at.is_some());
}

#[test]
fn where_the_page_speaks_no_tls_no_certificate_is_promised() {
    let home = Home::new();
    let (_station, amal) = super::identity::station_with_amal_at(&home);
    let wanted =
        json!({"name": "map", "agency": "a", "scope": "read", "credential": "certificate"});

    let refused = amal.post("/api/machines", &wanted);

    assert_eq!((refused.status, &refused.json["code"]), (409, &json!("tls-off")));
}
