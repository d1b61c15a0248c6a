//! A door for datagrams of machines: who may send, how much, and a reader that says what it means.
//!
//! Datagrams carry no proof of who sent them, so off this machine a door opens only for the addresses that the
//! configuration names; all others are counted and dropped before they are read.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;
use tokio::net::UdpSocket;
use tokio::time::{Instant, MissedTickBehavior, interval};
use watch::journal::Input;

use super::cot_door::Group;
use super::door::{Budget, Counts, DoorBoard, DoorError, DoorLimits};
use super::store::store;
use super::{Intake, limits};

/// Where datagrams are taken, and from whom.
#[derive(Debug, Clone, PartialEq)]
pub struct DatagramConfig {
    pub listen: SocketAddr,
    /// Who may send; empty lets in this machine alone.
    pub from: BTreeSet<IpAddr>,
    /// A multicast group to join.
    pub group: Option<Group>,
    /// Its rate is of one address; connections there are none.
    pub limits: DoorLimits,
}

impl DatagramConfig {
    /// Whether the door would stand open to people whom nobody named.
    pub fn is_open_to_strangers(&self) -> bool {
        self.from.is_empty() && !self.listen.ip().is_loopback()
    }

    fn lets_in(&self, address: IpAddr) -> bool {
        if self.from.is_empty() { address.is_loopback() } else { self.from.contains(&address) }
    }
}

/// What a reader makes of what came.
#[derive(Debug, Default, PartialEq)]
pub struct Step {
    /// To be journalled and made durable.
    pub inputs: Vec<Input>,
    /// Datagrams for whoever sent.
    pub replies: Vec<(SocketAddr, Vec<u8>)>,
}

/// Makes inputs of datagrams.
pub trait Reader: Send + 'static {
    fn take(&mut self, datagram: &[u8], from: SocketAddr, now: Timestamp, step: &mut Step);

    /// Looks at the clock.
    fn tick(&mut self, now: Timestamp, step: &mut Step);

    fn counts(&self) -> Counts;

    /// Why something was refused last, if it was since it was last asked.
    fn take_refused(&mut self) -> Option<String>;
}

/// An open door.
#[derive(Debug)]
pub struct DatagramDoor<R, I> {
    socket: UdpSocket,
    config: DatagramConfig,
    board: DoorBoard,
    reader: R,
    intake: I,
    budgets: BTreeMap<IpAddr, (Budget, Instant)>,
}

impl<R: Reader, I: Intake> DatagramDoor<R, I> {
    /// Opens the door. Port 0 takes any free one: the board has it.
    pub async fn open(
        (name, protocol): (&'static str, &'static str),
        config: DatagramConfig,
        reader: R,
        intake: I,
    ) -> Result<Self, DoorError> {
        let address = config.listen;
        if config.is_open_to_strangers() {
            return Err(DoorError::NotLoopback { door: name, address });
        }
        let bind = |source| DoorError::Bind { door: name, address, source };
        let socket = UdpSocket::bind(address).await.map_err(bind)?;
        if let Some(Group { address, interface }) = config.group {
            socket.join_multicast_v4(address, interface).map_err(bind)?;
        }
        let address = socket.local_addr().map_err(bind)?;
        let board = DoorBoard::new((name, protocol), address, config.limits);
        Ok(Self { socket, config, board, reader, intake, budgets: BTreeMap::new() })
    }

    pub fn board(&self) -> &DoorBoard {
        &self.board
    }

    /// Takes datagrams until the future is dropped.
    pub async fn serve(mut self) {
        let mut buffer = vec![0; limits::READ_BYTES];
        let mut ticks = interval(limits::TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let mut step = Step::default();
            tokio::select! {
                received = self.socket.recv_from(&mut buffer) => match received {
                    Ok((length, from)) => {
                        self.take(buffer.get(..length).unwrap_or_default(), from, &mut step);
                        self.take_waiting(&mut buffer, &mut step);
                    }
                    Err(fault) => {
                        self.fault(&format!("cannot read: {fault}"));
                        tokio::time::sleep(limits::ACCEPT_RETRY).await;
                    }
                },
                _ = ticks.tick() => self.reader.tick(self.intake.now(), &mut step),
            }
            self.finish(step).await;
        }
    }

    /// Takes what has come meanwhile, so that it is made durable together.
    fn take_waiting(&mut self, buffer: &mut [u8], step: &mut Step) {
        for _ in 1..limits::DATAGRAMS_TOGETHER {
            let Ok((length, from)) = self.socket.try_recv_from(buffer) else { return };
            self.take(buffer.get(..length).unwrap_or_default(), from, step);
        }
    }

    fn take(&mut self, datagram: &[u8], from: SocketAddr, step: &mut Step) {
        let (now, read_at) = (self.intake.now(), Instant::now());
        let address = from.ip().to_canonical();
        if !self.config.lets_in(address) {
            self.board.counters.turn_away();
            self.fault(&format!("{address} is not among those who may send: dropped"));
            return;
        }
        self.make_room(address);
        let per_s = self.board.limits.messages_per_s;
        let fresh = || (Budget::new(per_s, read_at), read_at);
        let (budget, heard_at) = self.budgets.entry(address).or_insert_with(fresh);
        *heard_at = read_at;
        // Nobody can be made to wait here: what is too much is dropped before it is read.
        if let Some(pause) = budget.spend(1, datagram.len(), read_at) {
            budget.give_back(1, datagram.len());
            self.board.counters.throttle(now, &address.to_string(), pause);
            return;
        }
        let before = self.reader.counts();
        self.reader.take(datagram, from, now, step);
        let after = self.reader.counts();
        self.board.counters.add(before, after, datagram.len());
        // One datagram may hold thousands of messages: what follows it is dropped until they are paid for.
        let more = (after.messages() - before.messages()).saturating_sub(1);
        if let Some(pause) = budget.spend(more, 0, read_at) {
            self.board.counters.throttle(now, &address.to_string(), pause);
        }
        if let Some(refused) = self.reader.take_refused() {
            self.board.counters.fault(now, &format!("{address}: {refused}"));
        }
    }

    /// Forgets whoever has been silent longest when there are too many senders.
    fn make_room(&mut self, newcomer: IpAddr) {
        let full = self.budgets.len() >= self.board.limits.connections_max;
        if full && !self.budgets.contains_key(&newcomer) {
            let silent = self.budgets.iter().min_by_key(|(_, (_, heard_at))| *heard_at);
            if let Some(silent) = silent.map(|(address, _)| *address) {
                self.budgets.remove(&silent);
            }
        }
    }

    /// Makes inputs durable, then answers.
    async fn finish(&mut self, step: Step) {
        if let Err(fault) = store(&self.intake, step.inputs).await {
            self.fault(&fault.to_string());
        }
        for (to, datagram) in step.replies {
            match self.socket.send_to(&datagram, to).await {
                Ok(_) => self.board.counters.send(1),
                Err(fault) => self.fault(&format!("cannot send to {to}: {fault}")),
            }
        }
    }

    fn fault(&self, what: &str) {
        self.board.counters.fault(self.intake.now(), what);
    }
}
