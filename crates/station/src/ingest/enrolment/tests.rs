//! Phones that come for their certificates on real sockets, and those who only try.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::*;
use crate::ingest::cot::Correspondents;
use crate::ingest::cot::board::Board;
use crate::ingest::cot::tests::phones;
use crate::ingest::cot_door::{Beside, CotDoor};
use crate::ingest::desk::Desk;
use crate::ingest::door::tests::Gate;
use crate::ingest::door::{DoorLimits, Holders};
use crate::pki::{Credential, Promise, invite};

const PATIENCE: Duration = Duration::from_secs(20);

struct Post {
    gate: Gate,
    board: DoorBoard,
    desk: Desk,
    taken: mpsc::Receiver<Input>,
    key: KeyPair,
}

impl Post {
    async fn open() -> Self {
        let gate = Gate::new();
        let (desk, taken) = Desk::new();
        let (tls, authority, standing) = gate.for_anybody();
        let phones = (*phones()).clone();
        let (sector, time) = ("drill & test".to_owned(), CivilTime::new(Timestamp::now));
        let office = Office { authority: Arc::new(authority), standing, phones, sector, time };
        let limits = DoorLimits { connections_max: 4, ..DoorLimits::default() };
        let config = DoorConfig { listen: "127.0.0.1:0".parse().unwrap(), limits };
        let door = EnrolmentDoor::open(config, tls, office, desk.clone()).await.unwrap();
        let board = door.board().clone();
        tokio::spawn(door.serve());
        Self { gate, board, desk, taken, key: KeyPair::generate().unwrap() }
    }

    fn invite(&self, name: &str) -> String {
        let holds = SignedDuration::from_hours(24);
        let promise = Promise { name, unit: "patrol-1", uid: None, days: 30, holds };
        invite(self.gate.data(), promise, Timestamp::now()).unwrap().0
    }

    /// One request on a connection of its own: its status, and all that came.
    async fn ask(&self, head: &str, body: &str) -> (u16, String) {
        let mut pipe = self.gate.come(self.board.socket().unwrap(), None).await.unwrap();
        let length = body.len();
        let text = format!(
            "{head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let heard = async {
            // One that is told no before all of it was read may not be able to say the rest.
            drop(pipe.write_all(text.as_bytes()).await);
            drop(pipe.flush().await);
            let mut heard = Vec::new();
            drop(pipe.read_to_end(&mut heard).await);
            String::from_utf8(heard).unwrap()
        };
        let heard = timeout(PATIENCE, heard).await.unwrap();
        (heard.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0), heard)
    }

    async fn sign(&self, name: &str, token: &str, more: &str, body: &str) -> (u16, String) {
        use base64::Engine as _;

        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{token}"));
        let head = format!(
            "POST /Marti/api/tls/signClient/v2?clientUid=ANDROID-9&version=3 HTTP/1.1\r\nAuthorization: Basic {basic}{more}"
        );
        self.ask(&head, body).await
    }

    fn request(&self) -> String {
        let mut asks = CertificateParams::default();
        asks.distinguished_name.push(rcgen::DnType::CommonName, "commander");
        asks.serialize_request(&self.key).unwrap().pem().unwrap()
    }

    fn journalled(&mut self) -> Vec<String> {
        let mut reasons = Vec::new();
        while let Ok(input) = self.taken.try_recv() {
            if let Input::Rejected(rejection) = input {
                assert_eq!(rejection.door, DOOR);
                reasons.push(format!("{}: {}", rejection.field, rejection.reason));
            }
        }
        reasons
    }
}

fn der_of(digits: &str) -> Vec<u8> {
    use base64::Engine as _;

    base64::engine::general_purpose::STANDARD.decode(digits.replace('\n', "")).unwrap()
}

#[tokio::test]
async fn a_phone_is_told_what_to_ask_for_gets_it_once_and_comes_in_by_it_at_once() {
    let post = Post::open().await;
    let beside = Beside {
        station: "watchline.test".to_owned(),
        shown: Board::default(),
        correspondents: Correspondents::default(),
        elsewhere: std::collections::BTreeMap::new(),
        disclosures: Arc::default(),
    };
    let config = DoorConfig::at("127.0.0.1:0".parse().unwrap());
    let plain = CotDoor::open(config, phones(), beside, post.desk.clone()).await.unwrap();
    let door = plain.open_tls(config, post.gate.tls(Holders::Phones)).await.unwrap();
    let phones_at = door.board().socket().unwrap();
    tokio::spawn(door.serve());
    let token = post.invite("hawk-1");

    let (status, config) = post.ask("GET /Marti/api/tls/config HTTP/1.1", "").await;
    let json = "\r\nAccept: application/json";
    let (signed, answer) = post.sign("hawk-1", &token, json, &post.request()).await;
    let (again, _) = post.sign("hawk-1", &token, json, &post.request()).await;

    assert_eq!((status, signed, again), (200, 200, 401));
    assert!(config.contains("<ns2:certificateConfig xmlns="), "{config}");
    assert!(config.contains("<nameEntry name=\"OU\" value=\"drill &amp; test\"/>"), "{config}");
    assert!(answer.contains("content-type: application/json\r\n"), "{answer}");
    let body: serde_json::Value =
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let of = |field: &str| der_of(body[field].as_str().unwrap());
    let (_, authority, _) = post.gate.for_anybody();
    assert_eq!(of("ca0"), authority.certificate().to_vec());
    let key = PrivateKeyDer::Pkcs8(post.key.serialize_der().into());
    let credential = Credential { certificate: CertificateDer::from(of("signedCert")), key };
    let mut pipe = post.gate.come(phones_at, Some(credential)).await.unwrap();
    let mut hello = [0; 5];
    timeout(PATIENCE, pipe.read_exact(&mut hello)).await.unwrap().unwrap();
    assert_eq!(&hello, b"<?xml");
    assert_eq!(post.board.counters.counts().accepted, 1);
}

#[tokio::test]
async fn the_answer_is_xml_for_who_accepts_that_and_bare_digits_are_a_request_too() {
    let post = Post::open().await;
    let token = post.invite("hawk-1");
    let bare: String = post.request().lines().filter(|line| !line.starts_with("---")).collect();

    let (status, answer) = post.sign("hawk-1", &token, "\r\nAccept: application/xml", &bare).await;

    assert_eq!(status, 200);
    let xml = answer.split_once("\r\n\r\n").unwrap().1;
    let read = wire::cot::xml::parse(xml).unwrap();
    assert_eq!(read.name, "enrollment");
    let certificate = der_of(&read.child("signedCert").unwrap().text());
    let subject = crate::pki::Subject::of_certificate(&certificate).unwrap();
    assert_eq!(subject.identity, crate::pki::Identity::phone("ANDROID-9", "patrol-1").unwrap());
    assert!(read.child("ca").is_some());
}

#[tokio::test]
async fn tokens_tried_in_a_loop_are_all_answered_alike_then_not_listened_to_and_written_down() {
    let mut post = Post::open().await;
    let token = post.invite("hawk-1");
    let mut answers = BTreeSet::new();
    for name in ["hawk-1", "hawk-2", "hawk-1", "", "nobody"] {
        let (status, answer) = post.sign(name, "0000-0000-0000-0000-0000", "", "x").await;
        let date = |line: &&str| !line.starts_with("date:");
        answers.insert((status, answer.lines().filter(date).collect::<Vec<_>>().join("\n")));
    }

    let (status, answer) = post.sign("hawk-1", &token, "", &post.request()).await;

    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers.first().unwrap().0, 401);
    assert_eq!(status, 429, "the right token does not help who has tried too often: {answer}");
    assert!(answer.contains("retry-after: 12"), "{answer}");
    assert_eq!(post.board.counters.counts().rejected, 6);
    let journalled = post.journalled();
    assert_eq!(journalled.len(), 6);
    assert!(journalled[0].contains("127.0.0.1") && !journalled[5].contains(&token));
}

#[tokio::test]
async fn huge_broken_and_nameless_requests_are_refused_and_the_invitation_stays_open() {
    let mut post = Post::open().await;
    let token = post.invite("hawk-1");

    let (huge, _) = post.sign("hawk-1", &token, "", &"A".repeat(1 << 20)).await;
    let (broken, told) = post.sign("hawk-1", &token, "", "AAAA").await;
    let (nobody, ask) = post.ask("POST /Marti/api/tls/signClient/v2 HTTP/1.1", "AAAA").await;
    let (attributes, _) = post.ask(&format!("GET /{} HTTP/1.1", "a".repeat(80_000)), "").await;
    let (elsewhere, _) = post.ask("GET /api/picture HTTP/1.1", "").await;
    let (good, _) = post.sign("hawk-1", &token, "", &post.request()).await;

    assert_eq!((huge, broken, nobody, elsewhere, good), (413, 400, 401, 404, 200));
    assert!(attributes >= 400, "{attributes}");
    assert!(told.contains("signing request: must be PKCS #10"), "{told}");
    assert!(ask.contains("www-authenticate: Basic realm"), "{ask}");
    assert_eq!(post.journalled().len(), 3);
}
