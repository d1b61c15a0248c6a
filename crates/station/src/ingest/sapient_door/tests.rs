//! A real client on a real socket, and an intake that can be made to fail.

mod client;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use sight::geo::{EnuPoint, LocalFrame, Wgs84};
use sight::sector::{SensorId, UnitId};
use tokio::sync::mpsc;
use watch::detection::Source;
use watch::dispatch::{Task, TaskKind, TaskStage};
use watch::journal::{AlertId, Input, PersonId, TaskId};
use wire::sapient::Content;

use self::client::Client;
use super::{Delivery, Nodes, SapientDoor};
use crate::ingest::Intake as _;
use crate::ingest::desk::Desk;
use crate::ingest::door::tests::{Gate, connect_from};
use crate::ingest::door::{Counters, DoorConfig, DoorError, DoorLimits, Holders};
use crate::ingest::sapient::Directory;
use crate::pki::Identity;

const TOWER: &str = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
const PATROL: &str = "0d2c3d5a-5b1e-4a53-9c60-7d2f1b6a9e10";
const PATIENCE: Duration = Duration::from_secs(10);
/// How long anybody may wait because of somebody else; ten times what a busy machine takes.
const PROMPT: Duration = Duration::from_secs(2);
/// Another address of this machine, and so another source.
const ELSEWHERE: &str = "127.0.0.2:0";

/// A door that is open, and what came through it.
struct Post {
    address: std::net::SocketAddr,
    desk: Desk,
    taken: mpsc::Receiver<Input>,
    nodes: Nodes,
    counters: Arc<Counters>,
}

impl Post {
    async fn open() -> Self {
        Self::open_with(DoorLimits::default()).await
    }

    async fn open_with(limits: DoorLimits) -> Self {
        let (desk, receiver) = Desk::new();
        let config = DoorConfig { listen: "127.0.0.1:0".parse().unwrap(), limits };
        let door = SapientDoor::open(config, directory(), desk.clone()).await.unwrap();
        let (board, nodes) = (door.board().clone(), door.nodes());
        let (address, counters) = (board.socket().unwrap(), board.counters);
        tokio::spawn(door.serve());
        Self { address, desk, taken: receiver, nodes, counters }
    }

    async fn client(&self, node_id: &'static str) -> Client {
        Client::connect(self.address, node_id, self.desk.now()).await
    }

    async fn client_from(&self, from: &str, node_id: &'static str) -> Client {
        let stream = connect_from(from, self.address).await;
        Client::over(Box::new(stream), node_id, self.desk.now())
    }

    async fn next(&mut self) -> Input {
        tokio::time::timeout(PATIENCE, self.taken.recv()).await.expect("an input comes").unwrap()
    }
}

fn directory() -> Arc<Directory> {
    let frame = LocalFrame::at(Wgs84::new(41.0, 34.4).unwrap());
    let tower = Source::Sensor(SensorId("tower-1".into()));
    let patrol = Source::Unit(UnitId("patrol-1".into()));
    Arc::new(Directory::new("test", frame, [(TOWER, tower), (PATROL, patrol)]))
}

fn task(unit: &str) -> Task {
    Task {
        id: TaskId(1),
        alert: AlertId(1),
        unit: UnitId(unit.into()),
        kind: TaskKind::Observe,
        to: EnuPoint::new(10.0, 20.0),
        stage: TaskStage::Sent,
        sent_at: "2026-11-20T19:00:00Z".parse().unwrap(),
        by: PersonId("desk".into()),
        reason: "a look".into(),
        alternatives: vec![],
        travel_s: None,
        entry: None,
    }
}

fn kind(input: &Input) -> &'static str {
    match input {
        Input::Registered(_) => "registered",
        Input::Disconnected { .. } => "disconnected",
        Input::Status(_) => "status",
        Input::Detected(_) => "detected",
        Input::Rejected(_) => "rejected",
        Input::TaskReported { .. } => "task reported",
        Input::HandedOver(_) => "handed over",
        Input::Viewed(_) => "viewed",
        Input::PointingReported { .. } => "pointing reported",
        Input::Called(_)
        | Input::Wrote(_)
        | Input::Pictured(_)
        | Input::Recorded(_)
        | Input::Forecast(_) => "of another door",
        Input::Opened { .. }
        | Input::Tick
        | Input::Computed { .. }
        | Input::Commanded(_)
        | Input::Audited(_)
        | Input::Erased(_)
        | Input::Migrated(_)
        | Input::Marked(_)
        | Input::Traced(_)
        | Input::Started(_)
        | Input::Stopped => "no business of a door",
    }
}

#[tokio::test]
async fn a_node_registers_reports_and_detects_over_tcp() {
    let mut post = Post::open().await;
    let mut client = post.client(TOWER).await;

    assert!(client.register().await);
    client.say(client::status()).await;
    client.say(client::detection()).await;

    assert!(matches!(post.next().await, Input::Registered(_)));
    assert!(matches!(post.next().await, Input::Status(_)));
    assert!(matches!(post.next().await, Input::Detected(_)));
    assert_eq!(post.nodes.connected(), [TOWER]);
    drop(client);
    assert_eq!(post.next().await, Input::Disconnected { node_id: TOWER.into() });
}

#[tokio::test]
async fn by_tls_a_node_is_whom_its_certificate_names_and_no_other() {
    let gate = Gate::new();
    let (desk, mut taken) = Desk::new();
    let config = DoorConfig::at("127.0.0.1:0".parse().unwrap());
    let plain = SapientDoor::open(config, directory(), desk.clone()).await.unwrap();
    let door = plain.open_tls(config, gate.tls(Holders::Nodes)).await.unwrap();
    let (board, nodes) = (door.board().clone(), plain.nodes());
    tokio::spawn(door.serve());
    let certificate = || gate.issue(&Identity::nodes(&[TOWER.to_owned()]).unwrap());
    let pipe = async || gate.come(board.socket().unwrap(), Some(certificate())).await.unwrap();

    // The patrol may go on without registering anew, for it was here a moment ago; but by its own certificate alone.
    let at = plain.board().socket().unwrap();
    tokio::spawn(plain.serve());
    let mut patrol = Client::connect(at, PATROL, desk.now()).await;
    assert!(patrol.register().await);
    drop(patrol);
    while !matches!(taken.recv().await, Some(Input::Disconnected { .. })) {}
    let mut other = Client::over(pipe().await, PATROL, desk.now());
    other.say(client::status()).await;
    assert_eq!(other.error().await, ["content: a registration must come first"]);
    let Some(Input::Rejected(_)) = taken.recv().await else { panic!("no rejection") };
    assert!(!other.register().await, "the tower's certificate let a patrol in");
    let mut tower = Client::over(pipe().await, TOWER, desk.now());
    assert!(tower.register().await);
    tower.say(client::status()).await;
    tower.say(client::detection()).await;

    let Some(Input::Rejected(rejection)) = taken.recv().await else { panic!("no rejection") };
    assert_eq!(rejection.field, "node_id");
    assert!(rejection.reason.contains(TOWER) && rejection.reason.contains(PATROL));
    let mut kinds = Vec::new();
    for _ in 0..3 {
        let input = tokio::time::timeout(PATIENCE, taken.recv()).await.expect("an input comes");
        kinds.push(kind(&input.unwrap()));
    }
    assert_eq!(kinds, ["registered", "status", "detected"]);
    // Both doors lead to the same nodes.
    assert_eq!(nodes.connected(), [TOWER]);
}

#[tokio::test]
async fn the_connection_goes_on_after_bad_oversized_and_broken_frames() {
    let mut post = Post::open().await;
    let mut client = post.client(TOWER).await;
    client.register().await;
    client.say(client::status()).await;

    client.send(&[5, 0, 0, 0, 1, 2, 3, 4, 5]).await;
    let first = client.error().await;
    assert!(first[0].starts_with("message: "), "{first:?}");

    let oversized = 1_048_577_u32;
    client.send(&oversized.to_le_bytes()).await;
    client.send(&vec![7; oversized as usize]).await;
    assert_eq!(client.error().await, ["frame: frame length must be at most 1048576, got 1048577"]);

    client.say(Content::DetectionReport(wire::sapient::DetectionReport::default())).await;
    let third = client.error().await;
    assert_eq!(third[0], "detection_report.report_id: mandatory, but missing");

    client.say(client::detection()).await;
    let mut kinds = Vec::new();
    for _ in 0..6 {
        kinds.push(kind(&post.next().await));
    }
    assert_eq!(kinds, ["registered", "status", "rejected", "rejected", "rejected", "detected"]);
    assert_eq!((post.counters.counts().accepted, post.counters.counts().rejected), (3, 3));
}

#[tokio::test]
async fn a_frame_cut_off_by_the_end_of_the_connection_changes_nothing() {
    let mut post = Post::open().await;
    let mut client = post.client(TOWER).await;
    client.register().await;
    let frame = client.frame(client::status());
    client.send(&frame[..frame.len() - 1]).await;
    drop(client);

    assert!(matches!(post.next().await, Input::Registered(_)));
    assert!(matches!(post.next().await, Input::Disconnected { .. }));
}

#[tokio::test]
async fn nothing_is_acknowledged_before_it_is_durable() {
    let mut post = Post::open().await;
    post.desk.failures.store(4, Ordering::SeqCst);
    let mut client = post.client(TOWER).await;
    client.say(client::registration()).await;

    let early = tokio::time::timeout(Duration::from_millis(50), client.read()).await;
    assert!(early.is_err(), "answered before it was stored: {early:?}");
    let late = client.read().await;

    assert!(matches!(late.content, Some(Content::RegistrationAck(_))));
    assert!(matches!(post.next().await, Input::Registered(_)));
    assert_eq!(post.desk.failures.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_node_that_comes_back_takes_its_place_and_is_not_disconnected() {
    let mut post = Post::open().await;
    let mut old = post.client(TOWER).await;
    old.register().await;
    let mut new = post.client(TOWER).await;
    new.register().await;

    assert!(old.is_closed().await);
    assert!(matches!(post.next().await, Input::Registered(_)));
    assert!(matches!(post.next().await, Input::Registered(_)));
    new.say(client::status()).await;
    assert!(matches!(post.next().await, Input::Status(_)));
    assert_eq!(post.nodes.connected(), [TOWER]);
}

#[tokio::test]
async fn a_node_may_register_again_by_the_same_connection() {
    let mut post = Post::open().await;
    let mut client = post.client(TOWER).await;
    assert!(client.register().await);
    assert!(client.register().await);
    client.say(client::status()).await;

    let kinds = [kind(&post.next().await), kind(&post.next().await), kind(&post.next().await)];
    assert_eq!(kinds, ["registered", "registered", "status"]);
}

#[tokio::test]
async fn a_task_reaches_its_unit_at_once_or_when_it_connects() {
    let mut post = Post::open().await;
    assert_eq!(post.nodes.send_task(&task("nobody")), Delivery::NoSuchUnit);
    assert_eq!(post.nodes.send_task(&task("patrol-1")), Delivery::Waiting);

    let mut client = post.client(PATROL).await;
    assert!(client.register().await);
    let first = client.read().await;
    assert_eq!(post.nodes.send_task(&task("patrol-1")), Delivery::Sent);
    let second = client.read().await;

    assert_eq!(first.content, second.content);
    let Some(Content::Task(sent)) = second.content else { panic!("{second:?}") };
    client.say(client::task_ack(sent.task_id())).await;
    assert!(matches!(post.next().await, Input::Registered(_)));
    let expected =
        Input::TaskReported { task: TaskId(1), stage: TaskStage::Accepted, note: String::new() };
    assert_eq!(post.next().await, expected);
}

#[tokio::test]
async fn one_slow_client_does_not_hold_up_another() {
    let mut post = Post::open().await;
    let mut slow = post.client(PATROL).await;
    slow.send(&[200, 0, 0, 0, 1]).await;

    let began = Instant::now();
    let mut client = post.client(TOWER).await;
    assert!(client.register().await);
    assert!(matches!(post.next().await, Input::Registered(_)));
    assert!(began.elapsed() < PROMPT, "it waited {:?}", began.elapsed());
}

#[tokio::test]
async fn a_node_that_falls_silent_is_disconnected() {
    let mut post = Post::open().await;
    let mut client = post.client(TOWER).await;
    client.register().await;
    *post.desk.now.lock().unwrap() += jiff::SignedDuration::from_secs(60);

    assert!(client.is_closed().await);
    assert!(matches!(post.next().await, Input::Registered(_)));
    assert!(matches!(post.next().await, Input::Disconnected { .. }));
    assert_eq!(post.counters.last_end(), "3 status intervals of 5 s missed");
}

#[tokio::test]
async fn the_door_opens_on_loopback_alone_and_names_a_port_in_use() {
    let post = Post::open().await;

    let open = async |address| {
        SapientDoor::open(DoorConfig::at(address), directory(), post.desk.clone()).await
    };
    let outside = open("0.0.0.0:0".parse().unwrap()).await;
    assert!(matches!(outside, Err(DoorError::NotLoopback { door: "sapient", .. })));
    let taken = open(post.address).await.unwrap_err();
    let told = taken.to_string();
    assert!(
        told.starts_with(&format!("sapient door cannot listen on {}: ", post.address)),
        "{told}"
    );
}

#[tokio::test]
async fn a_node_that_floods_is_read_more_slowly_and_holds_up_nobody() {
    let limits = DoorLimits { messages_per_s: 50.0, ..DoorLimits::default() };
    let mut post = Post::open_with(limits).await;
    let mut flooder = post.client_from(ELSEWHERE, TOWER).await;
    flooder.register().await;
    flooder.say(client::status()).await;
    for _ in 0..100 {
        flooder.say(client::detection()).await;
    }

    let began = Instant::now();
    let mut client = post.client(PATROL).await;
    assert!(client.register().await);
    assert!(began.elapsed() < PROMPT, "it waited {:?}", began.elapsed());

    // Nothing of the flood is lost.
    let mut detections = 0;
    while detections < 100 {
        detections += usize::from(kind(&post.next().await) == "detected");
    }
    assert!(post.counters.throttled() > 0);
    let fault = post.counters.last_fault().unwrap();
    assert!(fault.what.starts_with(&format!("{TOWER} sends too fast: ")), "{fault:?}");
}

#[tokio::test]
async fn who_comes_when_the_door_is_full_is_turned_away_and_that_is_told() {
    let limits = DoorLimits { connections_max: 1, ..DoorLimits::default() };
    let post = Post::open_with(limits).await;
    let mut first = post.client(TOWER).await;
    assert!(first.register().await);

    let mut second = post.client(PATROL).await;

    assert!(second.is_closed().await);
    assert_eq!(post.counters.turned_away(), 1);
    assert!(post.counters.last_fault().unwrap().what.starts_with("full: "));
}
