//! Those who send too much, by one connection, by many, and by datagrams.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UdpSocket;

use super::*;
use crate::ingest::cot_door::{DATAGRAM_DOOR, DATAGRAM_PROTOCOL, Datagrams, Heard};
use crate::ingest::datagram_door::{DatagramConfig, DatagramDoor};

/// How long anybody may wait because of somebody else; ten times what a busy machine takes.
const PROMPT: Duration = Duration::from_secs(2);
/// Another address of this machine, and so another source.
const ELSEWHERE: &str = "127.0.0.2:0";

/// Sends until the station stops reading for good: then the write waits, or fails when the test is over.
async fn flood(mut phone: Phone) {
    let event = xml("STRANGER", "a-f-G", "");
    for _ in 0..100_000 {
        if phone.stream.write_all(event.as_bytes()).await.is_err() {
            return;
        }
    }
}

impl Post {
    /// Sends without end from elsewhere, by so many connections, until the station has slowed that down.
    async fn flood_by(&self, connections: usize) -> Vec<tokio::task::JoinHandle<()>> {
        let mut floods = Vec::new();
        for _ in 0..connections {
            floods.push(tokio::spawn(flood(self.phone_from(ELSEWHERE).await)));
        }
        let slowed = async {
            while self.counters.throttled() == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, slowed).await.expect("the flood is slowed down");
        floods
    }
}

#[tokio::test]
async fn a_flood_of_a_hundred_thousand_events_slows_its_sender_alone() {
    let limits = DoorLimits { messages_per_s: 500.0, ..DoorLimits::default() };
    let mut post = Post::open_with(limits).await;
    let flood = post.flood_by(1).await;

    let waited = post.others_are_heard().await;

    assert!(waited < PROMPT, "another phone waited {waited:?}");
    assert!(flood.iter().all(|flood| !flood.is_finished()), "all of it was taken at once");
    assert!(post.counters.counts().rejected < 10_000);
}

#[tokio::test]
async fn one_who_opens_many_connections_has_one_budget_and_not_all_places() {
    let limits = DoorLimits { connections_max: 24, messages_per_s: 200.0 };
    let mut post = Post::open_with(limits).await;
    let began = Instant::now();
    let floods = post.flood_by(16).await;

    let waited = post.others_are_heard().await;
    assert!(waited < PROMPT, "another phone waited {waited:?}");
    tokio::time::sleep(Duration::from_secs(2)).await;

    // What one read takes is spent only afterwards: each connection may be that much ahead.
    let read_at_once = 16.0 * f64::from(64 * 1024) / xml("STRANGER", "a-f-G", "").len() as f64;
    let most = 200.0 * (began.elapsed().as_secs_f64() + 1.0) + read_at_once;
    let taken = post.counters.counts().messages();
    assert!((taken as f64) < most, "{taken} messages, {most} at most");
    assert!(floods.iter().all(|flood| !flood.is_finished()));
    assert_eq!(post.counters.connected(), 16);

    let mut one_more = post.phone_from(ELSEWHERE).await;
    let mut nothing = [0; 16];
    let turned_away = tokio::time::timeout(PATIENCE, one_more.stream.read(&mut nothing)).await;
    assert!(matches!(turned_away, Ok(Ok(0) | Err(_))), "{turned_away:?}");
    let told = post.counters.last_fault().unwrap().what;
    assert!(post.counters.turned_away() == 1, "{told}");
    let waited = post.others_are_heard().await;
    assert!(waited < PROMPT, "another phone waited {waited:?}");
}

#[tokio::test]
async fn a_datagram_is_taken_whole_and_a_storm_of_them_is_dropped_and_counted() {
    let (desk, mut taken) = Desk::new();
    let limits = DoorLimits { messages_per_s: 20.0, ..DoorLimits::default() };
    let config = DatagramConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        from: std::collections::BTreeSet::new(),
        group: None,
        limits,
    };
    let reader = Datagrams::new(phones(), Heard::default());
    let named = (DATAGRAM_DOOR, DATAGRAM_PROTOCOL);
    let door = DatagramDoor::open(named, config, reader, desk).await.unwrap();
    let board = door.board().clone();
    tokio::spawn(door.serve());
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let event = wire::cot::parse(xml(PHONE, "a-f-G-U-C", "").as_bytes()).unwrap();
    let datagram = wire::cot::frame::encode_datagram(&takproto::encode(&event, None));

    socket.send_to(&datagram, board.socket().unwrap()).await.unwrap();
    assert!(matches!(taken.recv().await, Some(Input::Status(_))));
    for _ in 0..100 {
        socket
            .send_to(xml(PHONE, "a-f-G-U-C", "").as_bytes(), board.socket().unwrap())
            .await
            .unwrap();
        tokio::task::yield_now().await;
    }
    while board.counters.throttled() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(board.counters.counts().accepted < 60);
}
