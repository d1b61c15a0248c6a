//! Phones on real sockets, the ill-behaved among them.

mod floods;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use sight::sector::UnitId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use watch::audit::Receiver;
use watch::journal::Input;
use wire::cot::frame::{Frame, StreamDecoder};
use wire::cot::{Event, takproto};

use super::{Beside, CotDoor, Elsewhere};
use crate::ingest::Intake as _;
use crate::ingest::cot::board::{Board, Draft, Rank};
use crate::ingest::cot::tests::{phones, xml};
use crate::ingest::cot::{Correspondents, Reply, chat, protocol_event};
use crate::ingest::desk::Desk;
use crate::ingest::door::tests::{Gate, Pipe, connect_from};
use crate::ingest::door::{Counters, DoorConfig, DoorLimits, Holders};
use crate::pki::Identity;

const PATIENCE: Duration = Duration::from_secs(20);
const PHONE: &str = "ANDROID-1";

struct Post {
    address: std::net::SocketAddr,
    desk: Desk,
    taken: mpsc::Receiver<Input>,
    shown: Board,
    correspondents: Correspondents,
    counters: Arc<Counters>,
}

fn beside(shown: Board, correspondents: Correspondents) -> Beside {
    let elsewhere = std::collections::BTreeMap::new();
    let (station, disclosures) = ("watchline.test".to_owned(), Arc::default());
    Beside { station, shown, elsewhere, correspondents, disclosures }
}

impl Post {
    async fn open() -> Self {
        Self::open_with(DoorLimits { messages_per_s: 1e6, ..DoorLimits::default() }).await
    }

    async fn open_with(limits: DoorLimits) -> Self {
        let (desk, taken) = Desk::new();
        let shown = Board::default();
        let config = DoorConfig { listen: "127.0.0.1:0".parse().unwrap(), limits };
        let correspondents = Correspondents::default();
        let beside = beside(shown.clone(), correspondents.clone());
        let door = CotDoor::open(config, phones(), beside, desk.clone()).await.unwrap();
        let board = door.board().clone();
        tokio::spawn(door.serve());
        let (address, counters) = (board.socket().unwrap(), board.counters);
        Self { address, desk, taken, shown, correspondents, counters }
    }

    async fn phone(&self) -> Phone {
        self.phone_from("127.0.0.1:0").await
    }

    async fn phone_from(&self, from: &str) -> Phone {
        let stream = Box::new(connect_from(from, self.address).await);
        Phone { stream, decoder: StreamDecoder::new() }
    }

    /// Another phone's word arrives, whatever else goes on; says how long that took.
    async fn others_are_heard(&mut self) -> Duration {
        let began = Instant::now();
        // Closing with events unread would throw away what was sent.
        let mut other = self.phone().await;
        other.say(&xml(PHONE, "a-f-G-U-C", "")).await;
        let arrives =
            async { while !matches!(self.taken.recv().await.unwrap(), Input::Status(_)) {} };
        tokio::time::timeout(PATIENCE, arrives).await.expect("a well-behaved phone is heard");
        drop(other);
        began.elapsed()
    }

    fn show(&self, kind: &str, uids: impl Iterator<Item = String>, rank: Rank) {
        let drafts = uids.map(|uid| Draft {
            event: protocol_event(&uid, kind, self.desk.now()),
            of: None,
            seen_at: None,
            holds: SignedDuration::from_secs(60),
            rank,
        });
        self.shown.show(drafts.collect(), self.desk.now());
    }
}

struct Phone {
    stream: Box<dyn Pipe>,
    decoder: StreamDecoder,
}

impl Phone {
    async fn say(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// The next event, and whether it came in protobuf.
    async fn hear(&mut self) -> (Event, bool) {
        let heard = async {
            loop {
                match self.decoder.next_frame() {
                    Some(Ok(Frame::Xml(bytes))) => {
                        return (wire::cot::parse(bytes).unwrap(), false);
                    }
                    Some(Ok(Frame::Protobuf(bytes))) => {
                        return (takproto::decode(bytes).unwrap().1.unwrap(), true);
                    }
                    Some(Err(fault)) => panic!("{fault}"),
                    None => {
                        let mut buffer = vec![0; 65_536];
                        let length = self.stream.read(&mut buffer).await.unwrap();
                        assert!(length > 0, "the station closed the connection");
                        self.decoder.push(&buffer[..length]);
                    }
                }
            }
        };
        tokio::time::timeout(PATIENCE, heard).await.expect("an event comes")
    }
}

#[tokio::test]
async fn a_phone_is_offered_protobuf_and_is_sent_it_once_it_has_agreed() {
    let post = Post::open().await;
    let mut phone = post.phone().await;
    let (offer, _) = phone.hear().await;
    assert_eq!(offer.kind, "t-x-takp-v");
    post.show("a-u-G", std::iter::once("t1".to_owned()), Rank::Track);
    assert!(!phone.hear().await.1);

    let ask = "<TakControl><TakRequest version='1'/></TakControl>";
    phone.say(&xml(&offer.uid, "t-x-takp-q", ask)).await;
    let (answer, in_protobuf) = phone.hear().await;
    assert_eq!((answer.kind.as_str(), in_protobuf), ("t-x-takp-r", false));
    post.show("a-u-G", ["t1".to_owned(), "t2".to_owned()].into_iter(), Rank::Track);

    let (event, in_protobuf) = phone.hear().await;
    assert_eq!((event.uid.as_str(), in_protobuf), ("t2", true));
}

#[tokio::test]
async fn a_phone_is_not_shown_itself_and_others_are_shown_it() {
    let mut post = Post::open().await;
    let mut own = post.phone().await;
    own.say(&xml(PHONE, "a-f-G-U-C", "")).await;
    assert!(matches!(post.taken.recv().await, Some(Input::Status(_))));
    let mut other = post.phone().await;
    own.hear().await;
    other.hear().await;

    post.show("a-f-G-U", [PHONE.to_owned(), "unit-2".to_owned()].into_iter(), Rank::Unit);

    assert_eq!(own.hear().await.0.uid, "unit-2");
    assert_eq!(other.hear().await.0.uid, PHONE);
}

#[tokio::test]
async fn an_answer_goes_to_the_phone_that_wrote_and_to_no_other() {
    let mut post = Post::open().await;
    let mut writer = post.phone().await;
    let mut other = post.phone().await;
    let chat = format!("GeoChat.{PHONE}.All Chat Rooms.7");
    writer.say(&xml(&chat, "b-t-f", "<remarks>any water?</remarks>")).await;
    other.say(&xml("STRANGER", "a-f-G-U-C", "")).await;
    assert!(matches!(post.taken.recv().await, Some(Input::Wrote(_) | Input::Rejected(_))));
    let reached = async {
        while !post.correspondents.is_reached(PHONE) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, reached).await.unwrap();
    let event =
        chat::answer("watchline.test", (PHONE, "HAWK"), ("1", "at the well"), post.desk.now());
    let reply = || Reply { event: event.clone(), then_protobuf: false };

    assert!(post.correspondents.send(PHONE, reply()));
    assert!(!post.correspondents.send("STRANGER", reply()), "nobody of the sector");
    post.show("a-u-G", std::iter::once("t1".to_owned()), Rank::Track);

    let mut heard = Vec::new();
    while heard.len() < 3 {
        heard.push(writer.hear().await.0.uid);
    }
    assert!(heard.contains(&format!("GeoChat.watchline.test.{PHONE}.1")), "{heard:?}");
    other.hear().await;
    assert_eq!(other.hear().await.0.uid, "t1");
    drop(writer);
    let gone = async {
        while post.correspondents.is_reached(PHONE) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
}

#[tokio::test]
async fn garbage_oversize_and_deep_events_end_nothing_and_harm_nobody() {
    let mut post = Post::open().await;
    let mut phone = post.phone().await;
    phone.say(&format!("<event>{}</event>", "x".repeat(200_000))).await;
    phone.say(&format!("<event>{}</event>", "<a>".repeat(1_000))).await;
    phone.say("<!DOCTYPE x [<!ENTITY a \"aaaa\">]><event uid='&a;'></event>").await;
    phone.stream.write_all(&[0xbf, 0xff, 0xff, 0xff, 0x7f]).await.unwrap();
    post.others_are_heard().await;

    let told = post.counters.last_fault().unwrap().what;
    assert!(post.counters.counts().rejected >= 3, "{told}");
    assert!(told.contains("event: "), "{told}");
}

#[tokio::test]
async fn a_phone_that_takes_nothing_is_cut_off_and_others_are_told_the_alarm() {
    let mut post = Post::open().await;
    let slow = post.phone().await;
    // More than the buffers of both ends hold.
    for round in 0..40 {
        let kind = format!("a-u-G-{round}-{}", "x".repeat(4_000));
        post.show(&kind, (0..500).map(|number| format!("t{number}")), Rank::Track);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut other = post.phone().await;
    post.show("b-a-o-tbl", std::iter::once("alarm".to_owned()), Rank::Alarm);
    while other.hear().await.0.uid != "alarm" {}
    post.others_are_heard().await;

    let cut_off = async {
        while post.counters.cut_off() == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, cut_off).await.expect("the slow phone is cut off");
    assert!(post.counters.last_fault().unwrap().what.contains("took nothing"));
    drop(slow);
}

#[tokio::test]
async fn by_tls_a_phone_is_whom_its_certificate_names_whatever_uids_it_writes() {
    let gate = Gate::new();
    let (desk, mut taken) = Desk::new();
    let config = DoorConfig::at("127.0.0.1:0".parse().unwrap());
    let beside = beside(Board::default(), Correspondents::default());
    let plain = CotDoor::open(config, phones(), beside, desk.clone()).await.unwrap();
    let door = plain.open_tls(config, gate.tls(Holders::Phones)).await.unwrap();
    let board = door.board().clone();
    tokio::spawn(door.serve());
    // It is in no table: its certificate says whose phone it is.
    let certificate = gate.issue(&Identity::phone("ANDROID-7", "patrol-1").unwrap());
    let pipe = gate.come(board.socket().unwrap(), Some(certificate)).await.unwrap();
    let mut phone = Phone { stream: pipe, decoder: StreamDecoder::new() };
    let link = format!("<link uid='{PHONE}' relation='p-p' type='a-f-G'/>");
    let call = |uid: &str, kind: &str| {
        let cancel = if kind == "b-a-o-can" { "cancel='true'" } else { "" };
        xml(uid, kind, &format!("<emergency {cancel}>HAWK</emergency>{link}"))
    };

    // Its own place; the place, a mark and a call of the phone that the table does know; and a call of its own.
    phone.say(&xml("ANDROID-7", "a-f-G-U-C", "")).await;
    phone.say(&xml(PHONE, "a-f-G-U-C", "")).await;
    phone.say(&xml("mark-1", "a-u-G", &link)).await;
    phone.say(&call(&format!("{PHONE}-9-1-1"), "b-a-o-can")).await;
    phone.say(&call("ANDROID-7-9-1-1", "b-a-o-tbl")).await;
    phone.say(&call("ANDROID-7-9-1-1", "b-a-o-can")).await;

    let mut told = Vec::new();
    while told.len() < 6 {
        let input = tokio::time::timeout(PATIENCE, taken.recv()).await.expect("an input comes");
        let input = input.unwrap();
        told.push(if let Input::Status(status) = &input {
            format!("{:?}", status.source)
        } else if let Input::Called(call) = &input {
            format!("{} {:?} {:?}", call.device, call.unit, call.word)
        } else if let Input::Rejected(rejection) = &input {
            rejection.field.clone()
        } else {
            format!("{input:?}")
        });
    }
    let unit = "UnitId(\"patrol-1\")";
    let expected = [
        format!("Unit({unit})"),
        "event@uid".to_owned(),
        "link@uid".to_owned(),
        "event@uid".to_owned(),
        format!("ANDROID-7-9-1-1 Some({unit}) Raised(Emergency)"),
        format!("ANDROID-7-9-1-1 Some({unit}) CalledOff"),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_phone_of_another_agency_by_tls_is_shown_what_its_agency_is_given_and_not_a_word_of_the_rest()
 {
    let gate = Gate::new();
    let (desk, _taken) = Desk::new();
    let config = DoorConfig::at("127.0.0.1:0".parse().unwrap());
    let (own, given) = (Board::default(), Board::default());
    let elsewhere =
        [(UnitId("patrol-1".into()), Elsewhere { agency: "army".into(), shown: given.clone() })]
            .into();
    let beside = Beside { elsewhere, ..beside(own.clone(), Correspondents::default()) };
    let disclosures = Arc::clone(&beside.disclosures);
    let plain = CotDoor::open(config, phones(), beside, desk.clone()).await.unwrap();
    let door = plain.open_tls(config, gate.tls(Holders::Phones)).await.unwrap();
    let (by_tls, on_this_machine) = (door.board().clone(), plain.board().clone());
    tokio::spawn(door.serve());
    tokio::spawn(plain.serve());
    let certificate = gate.issue(&Identity::phone("ANDROID-7", "patrol-1").unwrap());
    let pipe = gate.come(by_tls.socket().unwrap(), Some(certificate)).await.unwrap();
    let mut phone = Phone { stream: pipe, decoder: StreamDecoder::new() };
    let stream = Box::new(TcpStream::connect(on_this_machine.socket().unwrap()).await.unwrap());
    let mut own_phone = Phone { stream, decoder: StreamDecoder::new() };
    let draft = |uid: String| Draft {
        event: protocol_event(&uid, "a-u-G", desk.now()),
        of: None,
        seen_at: None,
        holds: SignedDuration::from_secs(60),
        rank: Rank::Track,
    };
    // Whoever it writes that it is, and however often it asks.
    phone.say(&xml(PHONE, "a-f-G-U-C", "")).await;

    let (mut heard, mut heard_here) = (Vec::new(), Vec::new());
    for round in 0..5 {
        own.show((0..=round).map(|at| draft(format!("canary-{at}"))).collect(), desk.now());
        given.show((0..=round).map(|at| draft(format!("given-{at}"))).collect(), desk.now());
        let hears = |heard: &[Event], word: &str| {
            heard.iter().any(|event| event.uid == format!("{word}-{round}"))
        };
        while !hears(&heard_here, "canary") {
            heard_here.push(own_phone.hear().await.0);
        }
        while !hears(&heard, "given") {
            heard.push(phone.hear().await.0);
        }
    }

    let told = format!("{heard:?}");
    assert!(!told.contains("canary"), "{told}");
    assert!(!format!("{heard_here:?}").contains("given"), "{heard_here:?}");
    let told = disclosures.finish().into_iter().map(|one| (one.to, one.agency, one.count > 0));
    let phone = Receiver::Phone { name: "ANDROID-7".into() };
    let army = Some("army".to_owned());
    let expected = [(phone, army, true), (Receiver::OwnMachine, None, true)];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_phone_of_a_unit_that_the_sector_does_not_have_is_told_of_and_sent_away() {
    let gate = Gate::new();
    let (desk, _taken) = Desk::new();
    let config = DoorConfig::at("127.0.0.1:0".parse().unwrap());
    let beside = beside(Board::default(), Correspondents::default());
    let plain = CotDoor::open(config, phones(), beside, desk.clone()).await.unwrap();
    let door = plain.open_tls(config, gate.tls(Holders::Phones)).await.unwrap();
    let board = door.board().clone();
    tokio::spawn(door.serve());
    let certificate = gate.issue(&Identity::phone("ANDROID-7", "patrol-9").unwrap());
    let mut pipe = gate.come(board.socket().unwrap(), Some(certificate)).await.unwrap();

    let mut rest = Vec::new();
    drop(tokio::time::timeout(PATIENCE, pipe.read_to_end(&mut rest)).await.unwrap());

    assert!(rest.is_empty());
    let fault = board.counters.last_fault().unwrap().what;
    assert!(fault.contains("phone ANDROID-7 of patrol-9: the sector has no such unit"), "{fault}");
}
