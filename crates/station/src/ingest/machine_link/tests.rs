//! A machine that is connected to, on real sockets.

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use watch::journal::Input;

use super::*;
use crate::ingest::desk::Desk;
use crate::ingest::door::{Counts, DoorLimits};

const PATIENCE: Duration = Duration::from_secs(20);

/// Takes each read as a node's going, and greets the machine at each tick.
#[derive(Debug, Default)]
struct Greeter(Counts);

impl Reader for Greeter {
    fn take(&mut self, bytes: &[u8], _: SocketAddr, _: jiff::Timestamp, step: &mut Step) {
        self.0.accepted += 1;
        let node_id = String::from_utf8_lossy(bytes).into_owned();
        step.inputs.push(Input::Disconnected { node_id });
    }

    fn tick(&mut self, _now: jiff::Timestamp, step: &mut Step) {
        step.replies.push((SocketAddr::from(([127, 0, 0, 1], 1)), b"hello".to_vec()));
    }

    fn counts(&self) -> Counts {
        self.0
    }

    fn take_refused(&mut self) -> Option<String> {
        None
    }
}

async fn word(taken: &mut mpsc::Receiver<Input>) -> String {
    let input = timeout(PATIENCE, taken.recv()).await.unwrap().unwrap();
    let Input::Disconnected { node_id } = input else { panic!("{input:?}") };
    node_id
}

#[tokio::test]
async fn a_machine_is_read_greeted_and_connected_again_when_it_hangs_up() {
    let machine = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (desk, mut taken) = Desk::new();
    let limits = DoorLimits { connections_max: 1, messages_per_s: 1e3 };
    let board = DoorBoard::new(("link", "Link"), machine.local_addr().unwrap(), limits);
    let link = MachineLink::new(board.socket().unwrap(), Greeter::default(), desk, &board);
    tokio::spawn(link.run());

    for told in ["first", "second"] {
        let (mut stream, _) = timeout(PATIENCE, machine.accept()).await.unwrap().unwrap();
        stream.write_all(told.as_bytes()).await.unwrap();
        assert_eq!(word(&mut taken).await, told);
        let mut heard = [0; 5];
        timeout(PATIENCE, stream.read_exact(&mut heard)).await.unwrap().unwrap();
        assert_eq!(&heard, b"hello");
    }

    assert_eq!(board.counters.connections(), 2);
    let fault = board.counters.last_fault().unwrap().what;
    assert!(
        fault.ends_with("the machine closed the connection") || fault.contains("failed"),
        "{fault}"
    );
}
