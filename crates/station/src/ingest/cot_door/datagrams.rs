//! Events by UDP: each datagram whole or not at all, from one sender or to a multicast group.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::UdpSocket;
use tokio::time::Instant;
use wire::cot::frame::decode_datagram;

use crate::ingest::cot::{Phones, Session, Step};
use crate::ingest::door::{Budget, DoorBoard, DoorConfig, DoorError};
use crate::ingest::store::store;
use crate::ingest::{Intake, limits};

/// How this door is called.
pub const DATAGRAM_DOOR: &str = "cot-udp";
const PROTOCOL: &str = "Cursor on Target by UDP (TAK protocol 0 and 1)";

/// A multicast group to listen to, by this interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    pub address: Ipv4Addr,
    pub interface: Ipv4Addr,
}

/// An open door for datagrams.
#[derive(Debug)]
pub struct Datagrams<I> {
    socket: UdpSocket,
    board: DoorBoard,
    phones: Arc<Phones>,
    intake: I,
}

/// One sender, as far as an address tells senders apart.
struct Sender {
    session: Session,
    budget: Budget,
    heard_at: Instant,
}

impl<I: Intake> Datagrams<I> {
    /// Opens the door; a group is joined by its interface alone.
    pub async fn open(
        config: DoorConfig,
        group: Option<Group>,
        phones: Arc<Phones>,
        intake: I,
    ) -> Result<Self, DoorError> {
        let DoorConfig { listen: address, limits } = config;
        let door = DATAGRAM_DOOR;
        // A socket takes its group's datagrams only where it listens to all addresses.
        let by_group = group.is_some_and(|group| group.interface.is_loopback());
        if !(address.ip().is_loopback() || by_group && address.ip().is_unspecified()) {
            return Err(DoorError::NotLoopback { door, address });
        }
        let bind = |source| DoorError::Bind { door, address, source };
        let socket = UdpSocket::bind(address).await.map_err(bind)?;
        if let Some(Group { address, interface }) = group {
            socket.join_multicast_v4(address, interface).map_err(bind)?;
        }
        let address = socket.local_addr().map_err(bind)?;
        let board = DoorBoard::new((door, PROTOCOL), address, limits);
        Ok(Self { socket, board, phones, intake })
    }

    pub fn board(&self) -> &DoorBoard {
        &self.board
    }

    /// Takes datagrams until the future is dropped.
    pub async fn serve(self) {
        let mut senders: BTreeMap<IpAddr, Sender> = BTreeMap::new();
        let mut buffer = vec![0; limits::READ_BYTES];
        loop {
            match self.socket.recv_from(&mut buffer).await {
                Ok((length, from)) => {
                    let datagram = buffer.get(..length).unwrap_or_default();
                    self.take(&mut senders, datagram, from).await;
                }
                Err(fault) => {
                    self.board.counters.fault(self.intake.now(), &format!("cannot read: {fault}"));
                    tokio::time::sleep(limits::ACCEPT_RETRY).await;
                }
            }
        }
    }

    async fn take(
        &self,
        senders: &mut BTreeMap<IpAddr, Sender>,
        datagram: &[u8],
        from: SocketAddr,
    ) {
        let (now, read_at) = (self.intake.now(), Instant::now());
        // Somebody from outside cannot speak to a door that is for this machine alone.
        if !from.ip().is_loopback() {
            self.board.counters.turn_away();
            self.board.counters.fault(now, &format!("{from} is not of this machine"));
            return;
        }
        make_room(senders, from.ip());
        let sender = senders.entry(from.ip()).or_insert_with(|| Sender {
            session: Session::new(Arc::clone(&self.phones), now),
            budget: Budget::new(self.board.limits.messages_per_s, read_at),
            heard_at: read_at,
        });
        sender.heard_at = read_at;
        // Nobody can be made to wait here: what is too much is dropped before it is read.
        if let Some(pause) = sender.budget.spend(1, datagram.len(), read_at) {
            sender.budget.give_back(1, datagram.len());
            self.board.counters.throttle(now, &from.to_string(), pause);
            return;
        }
        let before = sender.session.counts();
        let mut step = Step::default();
        sender.session.take_frame(decode_datagram(datagram), now, &mut step);
        self.board.counters.add(before, sender.session.counts(), datagram.len());
        if let Some(refused) = sender.session.take_refused() {
            self.board.counters.fault(now, &format!("{from}: {refused}"));
        }
        if let Err(fault) = store(&self.intake, step.inputs).await {
            self.board.counters.fault(now, &fault.to_string());
        }
    }
}

/// Forgets whoever has been silent longest when there are too many senders.
fn make_room(senders: &mut BTreeMap<IpAddr, Sender>, newcomer: IpAddr) {
    if senders.len() < limits::CONNECTIONS_MAX || senders.contains_key(&newcomer) {
        return;
    }
    let silent = senders.iter().min_by_key(|(_, sender)| sender.heard_at).map(|(from, _)| *from);
    if let Some(silent) = silent {
        senders.remove(&silent);
    }
}
