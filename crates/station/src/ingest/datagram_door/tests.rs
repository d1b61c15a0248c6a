//! A door for datagrams on real sockets.

use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::*;
use crate::ingest::desk::Desk;

const PATIENCE: Duration = Duration::from_secs(20);

/// Takes every datagram as a node's going, and answers it.
#[derive(Debug, Default)]
struct Echo {
    counts: Counts,
    refused: Option<String>,
}

impl Reader for Echo {
    fn take(&mut self, datagram: &[u8], from: SocketAddr, _now: Timestamp, step: &mut Step) {
        if let Ok(text) = std::str::from_utf8(datagram) {
            // A word of many letters is many messages.
            self.counts.accepted += datagram.len() as u64;
            step.inputs.push(Input::Disconnected { node_id: text.to_owned() });
            step.replies.push((from, datagram.to_vec()));
        } else {
            self.counts.rejected += 1;
            self.refused = Some("no text".into());
        }
    }

    fn tick(&mut self, _now: Timestamp, _step: &mut Step) {}

    fn counts(&self) -> Counts {
        self.counts
    }

    fn take_refused(&mut self) -> Option<String> {
        self.refused.take()
    }
}

fn config(listen: &str, from: &[&str], messages_per_s: f64) -> DatagramConfig {
    DatagramConfig {
        listen: listen.parse().unwrap(),
        from: from.iter().map(|from| from.parse().unwrap()).collect(),
        group: None,
        limits: DoorLimits { connections_max: 4, messages_per_s },
    }
}

async fn open(config: DatagramConfig) -> (DoorBoard, mpsc::Receiver<Input>, UdpSocket) {
    let (desk, taken) = Desk::new();
    let door = DatagramDoor::open(("echo", "Echo"), config, Echo::default(), desk).await.unwrap();
    let board = door.board().clone();
    tokio::spawn(door.serve());
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.connect(board.socket().unwrap()).await.unwrap();
    (board, taken, socket)
}

async fn word(taken: &mut mpsc::Receiver<Input>) -> String {
    let input = tokio::time::timeout(PATIENCE, taken.recv()).await.unwrap().unwrap();
    let Input::Disconnected { node_id } = input else { panic!("{input:?}") };
    node_id
}

async fn until(what: impl Fn() -> bool) {
    let holds = async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, holds).await.unwrap();
}

#[tokio::test]
async fn a_datagram_is_stored_before_it_is_answered_and_a_broken_one_stops_nobody() {
    let (board, mut taken, socket) = open(config("127.0.0.1:0", &[], 1e3)).await;
    socket.send(&[0xff]).await.unwrap();
    socket.send(b"one").await.unwrap();

    assert_eq!(word(&mut taken).await, "one");
    let mut answer = [0; 8];
    let length = tokio::time::timeout(PATIENCE, socket.recv(&mut answer)).await.unwrap().unwrap();

    assert_eq!(&answer[..length], b"one");
    let counts = board.counters.counts();
    assert_eq!((counts.accepted, counts.rejected), (3, 1));
    assert_eq!(board.counters.bytes(), 4);
    assert!(board.counters.last_fault().unwrap().what.ends_with("127.0.0.1: no text"));
    until(|| board.counters.sent() == 1).await;
}

#[tokio::test]
async fn who_is_not_named_is_counted_and_dropped() {
    let (board, mut taken, socket) = open(config("127.0.0.1:0", &["10.0.0.5"], 1e3)).await;
    socket.send(b"stranger").await.unwrap();

    until(|| board.counters.turned_away() == 1).await;

    assert!(taken.try_recv().is_err());
    let fault = board.counters.last_fault().unwrap().what;
    assert_eq!(fault, "127.0.0.1 is not among those who may send: dropped");
}

#[tokio::test]
async fn too_many_datagrams_are_dropped_and_the_next_second_s_are_taken() {
    let (board, mut taken, socket) = open(config("127.0.0.1:0", &[], 5.0)).await;
    for number in 0..40 {
        socket.send(format!("{number}").as_bytes()).await.unwrap();
    }
    until(|| board.counters.throttled() >= 30).await;
    for number in 0..4 {
        assert_eq!(word(&mut taken).await, number.to_string());
    }
    tokio::time::sleep(Duration::from_millis(700)).await;
    socket.send(b"later").await.unwrap();
    while word(&mut taken).await != "later" {}
}

#[tokio::test]
async fn many_messages_in_one_datagram_cost_as_much_as_many_datagrams() {
    let (board, mut taken, socket) = open(config("127.0.0.1:0", &[], 100.0)).await;
    socket.send("a".repeat(150).as_bytes()).await.unwrap();
    socket.send(b"too soon").await.unwrap();
    until(|| board.counters.throttled() == 2).await;
    assert_eq!(word(&mut taken).await.len(), 150);

    tokio::time::sleep(Duration::from_millis(800)).await;
    socket.send(b"later").await.unwrap();
    assert_eq!(word(&mut taken).await, "later");
}

#[tokio::test]
async fn off_this_machine_a_door_opens_for_named_senders_alone() {
    let (desk, _taken) = Desk::new();
    let everybody = config("0.0.0.0:0", &[], 1e3);
    let door = DatagramDoor::open(("echo", "Echo"), everybody, Echo::default(), desk).await;
    assert!(matches!(door.unwrap_err(), DoorError::NotLoopback { door: "echo", .. }));

    let (board, mut taken, _) = open(config("0.0.0.0:0", &["127.0.0.1"], 1e3)).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(b"named", ("127.0.0.1", board.socket().unwrap().port())).await.unwrap();
    assert_eq!(word(&mut taken).await, "named");
}

#[tokio::test]
async fn radars_are_heard_through_it_by_their_own_bytes() {
    use crate::ingest::asterix::tests::{now, reader};

    let (desk, mut taken) = Desk::new();
    assert_eq!(desk.now(), now());
    let config = config("127.0.0.1:0", &[], 1e3);
    let door = DatagramDoor::open(("asterix", "ASTERIX"), config, reader(), desk).await.unwrap();
    let address = door.board().socket().unwrap();
    tokio::spawn(door.serve());
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    // A north mark of 25/201 at 19:00:00, then a plot at 1 NM and 90 degrees.
    let mark = [34, 0, 10, 0xe0, 25, 201, 1, 0x85, 0x98, 0x00];
    socket.send_to(&mark, address).await.unwrap();
    let plot = [48, 0, 14, 0xf0, 25, 201, 0x85, 0x98, 0x00, 0x20, 0x01, 0x00, 0x40, 0x00];
    socket.send_to(&plot, address).await.unwrap();

    let mut heard = Vec::new();
    while !matches!(heard.last(), Some(Input::Detected(_))) {
        heard.push(tokio::time::timeout(PATIENCE, taken.recv()).await.unwrap().unwrap());
    }
    assert!(matches!(
        heard.as_slice(),
        [Input::Registered(_), Input::Status(_), Input::Detected(_)]
    ));
}

#[tokio::test]
async fn a_group_that_is_joined_is_heard_and_one_that_is_not_is_not() {
    let group =
        |last: u8| Group { address: [239, 2, 3, last].into(), interface: [127, 0, 0, 1].into() };
    let config =
        DatagramConfig { group: Some(group(7)), ..config("0.0.0.0:0", &["127.0.0.1"], 1e3) };
    let (board, mut taken, _) = open(config).await;
    let port = board.socket().unwrap().port();
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();

    for (group, said) in [(group(8), "elsewhere"), (group(7), "here")] {
        socket.send_to(said.as_bytes(), (group.address, port)).await.unwrap();
    }

    assert_eq!(word(&mut taken).await, "here");
    assert_eq!(board.counters.counts().messages(), "here".len() as u64);
}
