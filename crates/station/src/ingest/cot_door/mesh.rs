//! The picture by UDP, for phones without a server: each thing in a datagram of its own, to whoever listens.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{MissedTickBehavior, interval, sleep};
use wire::cot::frame::{Frame, StreamDecoder, Version, encode_datagram};
use wire::cot::takproto::encode_control;

use super::Heard;
use crate::disclosures::Giving;
use crate::ingest::cot::board::{Board, Encoded, Place};
use crate::ingest::door::{DoorBoard, DoorError, DoorLimits};
use crate::ingest::{Intake, limits};

/// How this way out is called among the doors.
const MESH_DOOR: &str = "cot-mesh";
const PROTOCOL: &str =
    "Cursor on Target to a mesh by UDP (TAK protocol 1, or 0 where some read no other)";

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

/// What goes out, and as whose word.
#[derive(Debug, Clone)]
pub struct Told {
    /// The station's own uid among phones.
    pub station: String,
    pub shown: Board,
    /// Who is heard in the mesh, and so what they all read.
    pub heard: Heard,
    /// Who is told.
    pub giving: Giving,
}

/// The open way out.
#[derive(Debug)]
pub struct Mesh<I> {
    socket: UdpSocket,
    to: SocketAddrV4,
    told: Told,
    board: DoorBoard,
    intake: I,
    /// How often it says what it reads.
    versions_every: Duration,
}

impl<I: Intake> Mesh<I> {
    pub async fn open(config: MeshConfig, told: Told, intake: I) -> Result<Self, DoorError> {
        let MeshConfig { to, interface, ttl } = config;
        let address = SocketAddrV4::new(interface, 0).into();
        let bind = |source| DoorError::Bind { door: MESH_DOOR, address, source };
        // Bound to the interface's address: what is sent to a group goes out there and nowhere else.
        let socket = UdpSocket::bind(address).await.map_err(bind)?;
        socket.set_multicast_ttl_v4(u32::from(ttl)).map_err(bind)?;
        // Other programs of this machine hear it only where the machine itself is the network; elsewhere the station
        // may so listen to the group that it speaks to.
        socket.set_multicast_loop_v4(interface.is_loopback()).map_err(bind)?;
        // Nobody sends anything here.
        let limits = DoorLimits { connections_max: 1, messages_per_s: 0.0 };
        let board = DoorBoard::new((MESH_DOOR, PROTOCOL), SocketAddr::from(to), limits);
        let versions_every = limits::MESH_VERSIONS_EVERY;
        Ok(Self { socket, to, told, board, intake, versions_every })
    }

    pub fn board(&self) -> &DoorBoard {
        &self.board
    }

    /// Sends what changes, until the future is dropped. What is lost on the way comes again when it is renewed.
    pub async fn serve(self) {
        let mut changes = self.told.shown.changes();
        let mut says = interval(self.versions_every);
        says.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Those who are shown nothing are not told that there is a station.
        let mut is_shown = false;
        let mut way = Way { place: Place::default(), version: Version::Protobuf };
        loop {
            changes.borrow_and_update();
            way.keep_to(self.told.heard.agreed(self.intake.now()));
            let (things, reached) = self.told.shown.next(way.place);
            if things.is_empty() {
                tokio::select! {
                    changed = changes.changed() => if changed.is_err() {
                        return;
                    },
                    _ = says.tick(), if is_shown => self.say_versions().await,
                    // Whoever comes and reads only XML is told what stands.
                    () = sleep(limits::SHOWN_INTERVAL) => {}
                }
                continue;
            }
            if !is_shown {
                is_shown = true;
                self.say_versions().await;
                says.reset();
            }
            way.place = reached;
            self.told.giving.gave(things.len(), self.intake.now());
            for thing in things {
                if let Some(datagram) = datagram(&thing, way.version) {
                    self.send(&datagram).await;
                }
            }
            // So that nobody's buffer overflows.
            tokio::select! {
                biased;
                _ = says.tick() => self.say_versions().await,
                () = sleep(limits::MESH_PAUSE) => {}
            }
        }
    }

    /// Says which versions the station reads, which it does whatever it speaks.
    async fn say_versions(&self) {
        self.send(&encode_datagram(&encode_control(&self.told.station))).await;
    }

    async fn send(&self, datagram: &[u8]) {
        match self.socket.send_to(datagram, self.to).await {
            Ok(_) => self.board.counters.send(1),
            Err(fault) => {
                let what = format!("cannot send to {}: {fault}", self.to);
                self.board.counters.fault(self.intake.now(), &what);
            }
        }
    }
}

/// How far the mesh has been told, and in which version.
struct Way {
    place: Place,
    version: Version,
}

impl Way {
    /// Goes on in the version that all read; whoever could not read the last one is told everything from the beginning.
    fn keep_to(&mut self, agreed: Version) {
        if (self.version, agreed) == (Version::Protobuf, Version::Xml) {
            self.place = Place::default();
        }
        self.version = agreed;
    }
}

/// The same event in a datagram of a mesh.
fn datagram(thing: &Encoded, version: Version) -> Option<Vec<u8>> {
    if version == Version::Xml {
        return Some(thing.xml.clone());
    }
    let mut decoder = StreamDecoder::new();
    decoder.push(&thing.protobuf);
    match decoder.next_frame()? {
        Ok(Frame::Protobuf(message)) => Some(encode_datagram(message)),
        Ok(Frame::Xml(_)) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::SignedDuration;
    use watch::audit::Receiver;
    use wire::cot::Message;
    use wire::cot::frame::decode_datagram;

    use super::*;
    use crate::ingest::cot::board::{Draft, Rank};
    use crate::ingest::cot::protocol_event;
    use crate::ingest::cot::tests::{phones, xml};
    use crate::ingest::cot_door::{DATAGRAM_DOOR, DATAGRAM_PROTOCOL, Datagrams, Group};
    use crate::ingest::datagram_door::{DatagramConfig, DatagramDoor};
    use crate::ingest::desk::Desk;

    const PATIENCE: Duration = Duration::from_secs(20);
    const PHONE: &str = "ANDROID-1";

    /// A group of this machine, a phone that listens to it, and the way out to it.
    struct Net {
        ear: UdpSocket,
        shown: Board,
        heard: Heard,
        board: DoorBoard,
        desk: Desk,
    }

    impl Net {
        async fn open(group: [u8; 4], heard: Heard) -> Self {
            Self::open_saying(group, heard, limits::MESH_VERSIONS_EVERY).await
        }

        async fn open_saying(group: [u8; 4], heard: Heard, every: Duration) -> Self {
            let group = Ipv4Addr::from(group);
            let ear = UdpSocket::bind("0.0.0.0:0").await.unwrap();
            ear.join_multicast_v4(group, Ipv4Addr::LOCALHOST).unwrap();
            let to = SocketAddrV4::new(group, ear.local_addr().unwrap().port());
            let (desk, _taken) = Desk::new();
            let shown = Board::default();
            let config = MeshConfig { to, interface: Ipv4Addr::LOCALHOST, ttl: 1 };
            let station = "watchline.test".to_owned();
            let to = Receiver::Mesh { group: to.to_string() };
            let giving = Giving::to(&Arc::default(), to, None);
            let told = Told { station, shown: shown.clone(), heard: heard.clone(), giving };
            let mesh = Mesh::open(config, told, desk.clone()).await.unwrap();
            let mesh = Mesh { versions_every: every, ..mesh };
            let board = mesh.board().clone();
            tokio::spawn(mesh.serve());
            Self { ear, shown, heard, board, desk }
        }

        fn show(&self, uids: &[&str]) {
            let draft = |uid: &&str| Draft {
                event: protocol_event(uid, "a-u-G", self.desk.now()),
                of: None,
                seen_at: None,
                holds: SignedDuration::from_secs(60),
                rank: Rank::Track,
            };
            self.shown.show(uids.iter().map(draft).collect(), self.desk.now());
        }

        /// The next message and in what it was written.
        async fn hear(&self) -> (Message, Version) {
            let mut buffer = vec![0; 65_536];
            let read = tokio::time::timeout(PATIENCE, self.ear.recv(&mut buffer));
            let length = read.await.expect("something comes").unwrap();
            let frame = decode_datagram(&buffer[..length]).unwrap();
            (Message::read(frame).unwrap(), frame.version())
        }

        /// The next event, whatever is said of versions meanwhile.
        async fn hear_event(&self) -> (String, String, Version) {
            loop {
                let (message, version) = self.hear().await;
                if let Some(event) = message.event {
                    return (event.uid, event.kind, version);
                }
            }
        }
    }

    #[tokio::test]
    async fn the_picture_goes_to_a_group_as_mesh_frames_and_its_ends_too() {
        let net = Net::open([239, 2, 3, 1], Heard::default()).await;
        net.show(&["t1"]);
        let (first, version) = net.hear().await;
        let control = first.control.expect("what it reads is said first");
        assert_eq!((control.max_proto_version, version), (1, Version::Protobuf));
        assert_eq!((control.contact_uid.as_str(), first.event), ("watchline.test", None));

        let mut heard = Vec::new();
        for uids in [&["t1"][..], &[]] {
            net.show(uids);
            heard.push(net.hear_event().await);
        }

        let protobuf = |kind: &str| ("t1".to_owned(), kind.to_owned(), Version::Protobuf);
        assert_eq!(heard, [protobuf("a-u-G"), protobuf("t-x-d-d")]);
        assert_eq!(net.board.counters.sent(), 3);
    }

    #[tokio::test]
    async fn one_phone_that_reads_only_xml_is_told_all_of_it_in_xml_until_it_says_that_it_reads_more()
     {
        let heard = Heard::default();
        let (desk, _taken) = Desk::new();
        let config = DatagramConfig {
            listen: "127.0.0.1:0".parse().unwrap(),
            from: std::collections::BTreeSet::new(),
            group: None,
            limits: DoorLimits::default(),
        };
        let reader = Datagrams::new(phones(), heard.clone());
        let named = (DATAGRAM_DOOR, DATAGRAM_PROTOCOL);
        let door = DatagramDoor::open(named, config, reader, desk).await.unwrap();
        let to = door.board().socket().unwrap();
        tokio::spawn(door.serve());
        let net = Net::open([239, 2, 3, 4], heard).await;
        let phone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        net.show(&["t1"]);
        assert_eq!(net.hear_event().await.2, Version::Protobuf);

        phone.send_to(xml(PHONE, "a-f-G-U-C", "").as_bytes(), to).await.unwrap();

        let again = ("t1".to_owned(), "a-u-G".to_owned(), Version::Xml);
        assert_eq!(net.hear_event().await, again, "it could not read what was told before");
        net.show(&["t1", "t2"]);
        assert_eq!(net.hear_event().await.2, Version::Xml);

        phone.send_to(&encode_datagram(&encode_control(PHONE)), to).await.unwrap();
        let agreed = async {
            while net.heard.agreed(net.desk.now()) == Version::Xml {
                sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, agreed).await.unwrap();
        net.show(&["t1", "t2", "t3"]);
        let protobuf = ("t3".to_owned(), "a-u-G".to_owned(), Version::Protobuf);
        assert_eq!(net.hear_event().await, protobuf);
    }

    #[tokio::test]
    async fn what_it_reads_is_said_again_and_again_though_nothing_changes() {
        // Half of what TAK protocol 1 allows: one may be lost.
        assert!(2 * limits::MESH_VERSIONS_EVERY <= Duration::from_mins(1));
        let every = Duration::from_millis(50);
        let net = Net::open_saying([239, 2, 3, 5], Heard::default(), every).await;

        net.show(&["t1"]);

        let mut heard = Vec::new();
        while heard.len() < 5 {
            heard.push(net.hear().await.0.control.is_some());
        }

        assert_eq!(heard, [true, false, true, true, true]);
    }

    #[tokio::test]
    async fn where_nothing_is_shown_nothing_is_said_at_all() {
        let every = Duration::from_millis(20);
        let net = Net::open_saying([239, 2, 3, 10], Heard::default(), every).await;

        let heard = tokio::time::timeout(20 * every, net.hear()).await;

        assert!(heard.is_err(), "{heard:?}");
        assert_eq!(net.board.counters.sent(), 0);
    }

    async fn one_is_dealt_with(board: &DoorBoard) {
        while board.counters.counts().messages() + board.counters.turned_away() == 0 {
            sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn a_group_is_joined_and_named_senders_alone_are_heard_by_it() {
        let group = Group { address: [239, 2, 3, 6].into(), interface: Ipv4Addr::LOCALHOST };
        for (from, is_heard) in [("127.0.0.1", true), ("10.0.0.5", false)] {
            let (desk, mut taken) = Desk::new();
            let config = DatagramConfig {
                listen: "0.0.0.0:0".parse().unwrap(),
                from: [from.parse().unwrap()].into(),
                group: Some(group),
                limits: DoorLimits::default(),
            };
            let reader = Datagrams::new(phones(), Heard::default());
            let named = (DATAGRAM_DOOR, DATAGRAM_PROTOCOL);
            let door = DatagramDoor::open(named, config, reader, desk).await.unwrap();
            let board = door.board().clone();
            tokio::spawn(door.serve());
            // Sent to the group, not to the door: only who joined hears it.
            let phone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            phone.set_multicast_loop_v4(true).unwrap();
            let to = (group.address, board.socket().unwrap().port());
            phone.send_to(xml(PHONE, "a-f-G-U-C", "").as_bytes(), to).await.unwrap();

            let dealt_with = one_is_dealt_with(&board);
            tokio::time::timeout(PATIENCE, dealt_with).await.expect("the group is heard");
            assert_eq!(board.counters.counts().accepted == 1, is_heard);
            assert_eq!(board.counters.turned_away() == 0, is_heard);
            if is_heard {
                assert!(tokio::time::timeout(PATIENCE, taken.recv()).await.unwrap().is_some());
            }
            assert!(taken.try_recv().is_err(), "nothing else is taken");
        }
    }
}
