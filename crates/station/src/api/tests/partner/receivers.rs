//! Receivers of another agency beside the interface: phones that listen to a mesh, a display of tracks, a node above the station.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sight::coverage::Model;
use wire::asterix::Source;
use wire::asterix::track::Origin;
use wire::sapient::registration::RegistrationAck;
use wire::sapient::{Content, SapientMessage, encode_frame};

use super::super::super::Outlook;
use super::PATIENCE;
use super::nights::PARTNER;
use crate::ingest::asterix::outgoing::Tracks;
use crate::ingest::cot::Phones;
use crate::ingest::cot::board::{Board, Place};
use crate::ingest::cot_door::MeshConfig;
use crate::ingest::door::DoorConfig;
use crate::ingest::sapient_parent::Child;
use crate::runtime::{
    AsterixConfig, CotConfig, Handle, ParentConfig, StationConfig, TracksOut, datagrams, drafts,
    scene,
};

/// As whom the station speaks to the node above it.
const NODE: &str = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
const ABOVE: &str = "6ba7b811-9dad-41d1-80b4-00c04fd430c8";
/// Everything is told anew within this time.
const LISTENED: Duration = Duration::from_secs(3);

/// Where they listen.
pub(super) struct Receivers {
    mesh: UdpSocket,
    tracks: UdpSocket,
    parent: SocketAddr,
    to_parent: Arc<Mutex<Vec<u8>>>,
}

/// What they heard.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Heard {
    pub(super) mesh: String,
    pub(super) tracks: Vec<u8>,
    pub(super) parent: String,
}

impl Receivers {
    pub(super) fn open() -> Self {
        let bind = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let above = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let parent = above.local_addr().unwrap();
        let to_parent = Arc::default();
        let kept = Arc::clone(&to_parent);
        std::thread::spawn(move || {
            for stream in above.incoming() {
                let_in(stream.unwrap(), &kept);
            }
        });
        Self { mesh: bind(), tracks: bind(), parent, to_parent }
    }

    /// The same configuration with all of them as receivers of the partner's.
    pub(super) fn named_in(&self, config: StationConfig) -> StationConfig {
        let agency = Some(PARTNER.to_owned());
        let SocketAddr::V4(to) = self.mesh.local_addr().unwrap() else { panic!("not of IPv4") };
        let cot = CotConfig {
            tcp: DoorConfig::at((Ipv4Addr::LOCALHOST, 0).into()),
            udp: None,
            mesh: Some(MeshConfig { to, interface: Ipv4Addr::LOCALHOST, ttl: 1 }),
            mesh_agency: agency.clone(),
            units: std::collections::BTreeMap::default(),
            class_confidence: 0.8,
        };
        let out = TracksOut {
            to: vec![self.tracks.local_addr().unwrap()],
            source: Source { sac: 1, sic: 2 },
            agency: agency.clone(),
        };
        let parent = ParentConfig {
            connect: self.parent,
            node_id: Some(NODE.into()),
            tls: None,
            hands_on: true,
            agency,
        };
        let asterix = AsterixConfig { out: Some(out), ..AsterixConfig::default() };
        let sapient = Some(DoorConfig::at((Ipv4Addr::LOCALHOST, 0).into()));
        StationConfig { cot: Some(cot), asterix, parent: Some(parent), sapient, ..config }
    }

    /// Waits until the station came to the node above it and was let in.
    pub(super) fn wait_for_parent(&self) {
        let began = Instant::now();
        while self.to_parent.lock().unwrap().is_empty() {
            assert!(began.elapsed() < PATIENCE, "nobody came");
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }

    /// All that came, for as long as it takes that everything is told.
    pub(super) fn heard(&self) -> Heard {
        std::thread::park_timeout(LISTENED);
        let parent = self.to_parent.lock().unwrap().clone();
        let mesh = all_of(&self.mesh);
        Heard {
            mesh: String::from_utf8_lossy(&mesh).into_owned(),
            tracks: all_of(&self.tracks),
            parent: String::from_utf8_lossy(&parent).into_owned(),
        }
    }
}

/// Lets the station in and keeps what it says.
fn let_in(mut stream: TcpStream, kept: &Mutex<Vec<u8>>) {
    let mut buffer = vec![0; 65_536];
    let mut is_in = false;
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        kept.lock().unwrap().extend_from_slice(&buffer[..length]);
        if !is_in {
            stream.write_all(&admission()).unwrap();
            is_in = true;
        }
    }
}

fn admission() -> Vec<u8> {
    let ack = RegistrationAck { acceptance: Some(true), ..RegistrationAck::default() };
    let message = SapientMessage {
        timestamp: Some(Timestamp::now().into()),
        node_id: Some(ABOVE.into()),
        destination_id: Some(NODE.into()),
        content: Some(Content::RegistrationAck(ack)),
        additional_information: None,
    };
    encode_frame(&message).unwrap()
}

fn all_of(socket: &UdpSocket) -> Vec<u8> {
    socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let mut buffer = vec![0; 65_536];
    let mut all = Vec::new();
    while let Ok(length) = socket.recv(&mut buffer) {
        all.extend_from_slice(&buffer[..length]);
    }
    all
}

/// What such receivers are told of a world as it goes on, byte by byte.
pub(super) struct Told<'a> {
    handle: &'a Handle,
    phones: Phones,
    board: Board,
    place: Place,
    tracks: Tracks,
    child: Child<'a>,
    /// The registration, until it is told.
    first: Option<SapientMessage>,
}

impl<'a> Told<'a> {
    pub(super) fn of(model: &'a Model, (handle, begins): (&'a Handle, Timestamp)) -> Self {
        let own = handle.model().sector();
        let (mut child, first) = Child::begin(model.sector(), NODE.into(), begins);
        child.receive(&admission(), begins);
        Self {
            handle,
            phones: Phones::of_sector(own, &std::collections::BTreeMap::default(), 0.8).unwrap(),
            board: Board::default(),
            place: Place::default(),
            tracks: Tracks::new(Source { sac: 1, sic: 2 }, Origin::Simulated),
            child,
            first: Some(first),
        }
    }

    pub(super) fn since(&mut self, outlook: &Outlook, now: Timestamp) -> Vec<(String, String)> {
        let mut told = Vec::new();
        self.board.show(drafts(outlook, &self.phones), now);
        loop {
            let (things, reached) = self.board.next(self.place);
            self.place = reached;
            if things.is_empty() {
                break;
            }
            for thing in things {
                told.push(("cot".to_owned(), format!("{thing:?}")));
            }
        }
        let (datagrams, left_out) = datagrams(Some(outlook), &mut self.tracks, (self.handle, now));
        told.push(("asterix".to_owned(), format!("{datagrams:?} {left_out}")));
        let step = self.child.tell(&scene(outlook), now);
        let messages = self.first.take().into_iter().chain(step.messages);
        let frames = messages.map(|message| encode_frame(&message).unwrap());
        told.push(("sapient".to_owned(), format!("{:?}", frames.collect::<Vec<_>>())));
        told
    }
}
