//! The picture by UDP, for phones without a server: each thing in a datagram of its own, to whoever listens.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use tokio::net::UdpSocket;
use tokio::time::sleep;
use wire::cot::frame::{Frame, StreamDecoder, encode_datagram};

use crate::ingest::cot::board::{Board, Encoded, Place};
use crate::ingest::door::{DoorBoard, DoorError, DoorLimits};
use crate::ingest::{Intake, limits};

/// How this way out is called among the doors.
const MESH_DOOR: &str = "cot-mesh";
const PROTOCOL: &str = "Cursor on Target to a mesh (TAK protocol 1 by UDP)";

/// Where the picture goes, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeshConfig {
    /// A multicast group, as a rule, and its port.
    pub to: SocketAddrV4,
    /// The address of the interface by which it goes out.
    pub interface: Ipv4Addr,
    /// Networks that it may cross.
    pub ttl: u8,
}

/// The open way out.
#[derive(Debug)]
pub struct Mesh<I> {
    socket: UdpSocket,
    to: SocketAddrV4,
    shown: Board,
    board: DoorBoard,
    intake: I,
}

impl<I: Intake> Mesh<I> {
    pub async fn open(config: MeshConfig, shown: Board, intake: I) -> Result<Self, DoorError> {
        let MeshConfig { to, interface, ttl } = config;
        let address = SocketAddrV4::new(interface, 0).into();
        let bind = |source| DoorError::Bind { door: MESH_DOOR, address, source };
        // Bound to the interface's address: what is sent to a group goes out there and nowhere else.
        let socket = UdpSocket::bind(address).await.map_err(bind)?;
        socket.set_multicast_ttl_v4(u32::from(ttl)).map_err(bind)?;
        // Other programs of this machine hear it only where the machine itself is the network.
        socket.set_multicast_loop_v4(interface.is_loopback()).map_err(bind)?;
        // Nobody sends anything here.
        let limits = DoorLimits { connections_max: 1, messages_per_s: 0.0 };
        let board = DoorBoard::new((MESH_DOOR, PROTOCOL), SocketAddr::from(to), limits);
        Ok(Self { socket, to, shown, board, intake })
    }

    pub fn board(&self) -> &DoorBoard {
        &self.board
    }

    /// Sends what changes, until the future is dropped. What is lost on the way comes again when it is renewed.
    pub async fn serve(self) {
        let mut changes = self.shown.changes();
        let mut place = Place::default();
        loop {
            changes.borrow_and_update();
            let (things, reached) = self.shown.next(place);
            if things.is_empty() {
                if changes.changed().await.is_err() {
                    return;
                }
                continue;
            }
            place = reached;
            for thing in things {
                self.send(&thing).await;
            }
            // So that nobody's buffer overflows.
            sleep(limits::MESH_PAUSE).await;
        }
    }

    async fn send(&self, thing: &Encoded) {
        let Some(datagram) = datagram(thing) else { return };
        match self.socket.send_to(&datagram, self.to).await {
            Ok(_) => self.board.counters.send(1),
            Err(fault) => {
                let what = format!("cannot send to {}: {fault}", self.to);
                self.board.counters.fault(self.intake.now(), &what);
            }
        }
    }
}

/// The same message in the frame of a mesh.
fn datagram(thing: &Encoded) -> Option<Vec<u8>> {
    let mut decoder = StreamDecoder::new();
    decoder.push(&thing.protobuf);
    match decoder.next_frame()? {
        Ok(Frame::Protobuf(message)) => Some(encode_datagram(message)),
        Ok(Frame::Xml(_)) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::SignedDuration;
    use wire::cot::frame::decode_datagram;
    use wire::cot::takproto;

    use super::*;
    use crate::ingest::cot::board::{Draft, Rank};
    use crate::ingest::cot::protocol_event;
    use crate::ingest::desk::Desk;

    #[tokio::test]
    async fn the_picture_goes_to_a_group_as_mesh_frames_and_its_ends_too() {
        let group = Ipv4Addr::new(239, 2, 3, 1);
        let ear = UdpSocket::bind("0.0.0.0:0").await.unwrap();
        ear.join_multicast_v4(group, Ipv4Addr::LOCALHOST).unwrap();
        let to = SocketAddrV4::new(group, ear.local_addr().unwrap().port());
        let (desk, _taken) = Desk::new();
        let shown = Board::default();
        let config = MeshConfig { to, interface: Ipv4Addr::LOCALHOST, ttl: 1 };
        let mesh = Mesh::open(config, shown.clone(), desk.clone()).await.unwrap();
        let board = mesh.board().clone();
        tokio::spawn(mesh.serve());
        let event = protocol_event("t1", "a-u-G", desk.now());
        let draft =
            Draft { event, seen_at: None, holds: SignedDuration::from_secs(60), rank: Rank::Track };

        let mut heard = Vec::new();
        for drafts in [vec![draft], Vec::new()] {
            shown.show(drafts, desk.now());
            let mut buffer = vec![0; 65_536];
            let read = tokio::time::timeout(Duration::from_secs(10), ear.recv(&mut buffer));
            let length = read.await.unwrap().unwrap();
            let Ok(Frame::Protobuf(message)) = decode_datagram(&buffer[..length]) else {
                panic!("no mesh frame: {:?}", &buffer[..length.min(16)])
            };
            heard.push(takproto::decode(message).unwrap().1.unwrap().kind);
        }

        assert_eq!(heard, ["a-u-G", "t-x-d-d"]);
        assert_eq!(board.counters.sent(), 2);
    }
}
