//! What every door shares: a listener, limits on connections and rates, and what is told of them.

mod budget;
mod counters;
mod deadline;
mod handshakes;
mod sources;
mod stream;
#[cfg(test)]
pub(in crate::ingest) mod tests;
mod tls;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::handshakes::Handshakes;
use self::sources::Sources;
use super::limits;

pub use self::budget::Budget;
pub use self::counters::{Counters, Counts, Fault};
pub use self::deadline::Deadline;
pub use self::sources::SourceBudget;
pub use self::stream::{Peer, Stream};
pub use self::tls::{CivilTime, Holders, Served, Standing, Tls, TlsError};

/// Why a door does not open.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    #[error("{door} door must listen on loopback: it has no tls, got {address}")]
    NotLoopback { door: &'static str, address: SocketAddr },
    #[error("{door} door cannot listen on {address}: {source}")]
    Bind { door: &'static str, address: SocketAddr, source: std::io::Error },
}

/// What a door lets one sender and all together take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DoorLimits {
    /// Connections open at a time.
    pub connections_max: usize,
    /// Messages that one source may send in a second, by however many connections; who sends more is read more slowly, and
    /// that is told.
    pub messages_per_s: f64,
}

impl Default for DoorLimits {
    fn default() -> Self {
        Self {
            connections_max: limits::CONNECTIONS_MAX,
            messages_per_s: limits::MESSAGES_PER_S_DEFAULT,
        }
    }
}

/// Where a door listens, and what it lets senders take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DoorConfig {
    pub listen: SocketAddr,
    pub limits: DoorLimits,
}

impl DoorConfig {
    /// A door with the limits that hold when nobody sets others.
    pub fn at(listen: SocketAddr) -> Self {
        Self { listen, limits: DoorLimits::default() }
    }
}

/// Where a door is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// Where it listens, or whom it connects to.
    Socket(SocketAddr),
    /// What else it looks at, by name: a broker, a folder.
    Named(String),
}

/// How a door is: what it is called, where it is, what came through it.
#[derive(Debug, Clone)]
pub struct DoorBoard {
    /// `sapient` ... as in rejections.
    pub name: &'static str,
    /// The protocol in full.
    pub protocol: &'static str,
    pub address: Address,
    pub limits: DoorLimits,
    pub counters: Arc<Counters>,
}

impl DoorBoard {
    /// A board on which nothing is counted yet, of a door by its name and its protocol.
    pub fn new(
        (name, protocol): (&'static str, &'static str),
        address: impl Into<Address>,
        limits: DoorLimits,
    ) -> Self {
        Self { name, protocol, address: address.into(), limits, counters: Arc::default() }
    }

    /// Where it listens, or whom it connects to; `None` where that is no socket.
    pub fn socket(&self) -> Option<SocketAddr> {
        match self.address {
            Address::Socket(address) => Some(address),
            Address::Named(_) => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(address) => address.fmt(f),
            Self::Named(name) => f.write_str(name),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Socket(address)
    }
}

impl From<String> for Address {
    fn from(name: String) -> Self {
        Self::Named(name)
    }
}

/// An open TCP door, whatever is spoken at it.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    board: DoorBoard,
    tls: Option<Tls>,
}

impl Listener {
    /// Listens. Port 0 takes any free one: the board has it.
    pub async fn open(
        named: (&'static str, &'static str),
        config: DoorConfig,
    ) -> Result<Self, DoorError> {
        let address = config.listen;
        if !address.ip().is_loopback() {
            return Err(DoorError::NotLoopback { door: named.0, address });
        }
        Self::bind(named, config, None).await
    }

    /// The same by TLS, from wherever people come.
    pub async fn open_tls(
        named: (&'static str, &'static str),
        config: DoorConfig,
        tls: Tls,
    ) -> Result<Self, DoorError> {
        Self::bind(named, config, Some(tls)).await
    }

    async fn bind(
        (name, protocol): (&'static str, &'static str),
        DoorConfig { listen: address, limits }: DoorConfig,
        tls: Option<Tls>,
    ) -> Result<Self, DoorError> {
        let bind = |source| DoorError::Bind { door: name, address, source };
        let socket = TcpListener::bind(address).await.map_err(bind)?;
        let address = socket.local_addr().map_err(bind)?;
        let board = DoorBoard::new((name, protocol), address, limits);
        Ok(Self { socket, board, tls })
    }

    pub fn board(&self) -> &DoorBoard {
        &self.board
    }

    /// Holds a conversation with each that comes, until the future is dropped, which ends them all.
    ///
    /// `converse` keeps to the budget of its source and says why its conversation ended; `now` is station time.
    pub async fn serve<F>(
        self,
        now: impl Fn() -> Timestamp,
        converse: impl Fn(Stream, Peer, SourceBudget) -> F,
    ) where
        F: Future<Output = String> + Send + 'static,
    {
        let Self { socket, board, tls } = self;
        let DoorBoard { name, limits, counters, .. } = board;
        let turn_away = |what: &str| {
            counters.turn_away();
            counters.fault(now(), what);
            tracing::warn!("{name} door: {what}");
        };
        let places = Arc::new(Semaphore::new(limits.connections_max));
        let sources = Sources::new(limits);
        let mut connections = JoinSet::new();
        let mut greeter = Greeter::new(socket, tls);
        loop {
            // Tasks that have ended are taken out as new ones come, so the set does not grow.
            while connections.try_join_next().is_some() {}
            let (stream, peer) = match greeter.next().await {
                Ok(Some(greeted)) => greeted,
                Ok(None) => continue,
                Err(Turned::Away(what)) => {
                    turn_away(&what);
                    continue;
                }
                Err(Turned::Deaf(fault)) => {
                    tracing::warn!(%fault, "{name} door cannot accept");
                    counters.fault(now(), &format!("cannot accept: {fault}"));
                    tokio::time::sleep(limits::ACCEPT_RETRY).await;
                    continue;
                }
            };
            let from = peer.address;
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                let limit = limits.connections_max;
                turn_away(&format!("full: {from} was turned away, {limit} are let in"));
                continue;
            };
            let own_place = match sources.admit(&peer, Instant::now()) {
                Ok(own_place) => own_place,
                Err(open) => {
                    turn_away(&format!(
                        "{from} was turned away: its source has {open} connections"
                    ));
                    continue;
                }
            };
            counters.open();
            let conversation = converse(stream, peer, own_place.budget());
            let counters = Arc::clone(&counters);
            connections.spawn(async move {
                let end = conversation.await;
                counters.close(&end);
                tracing::info!(peer = %from, %end, "{name} connection ended");
                drop((place, own_place));
            });
        }
    }
}

/// Lets people in one after the other, once they have shown who they are where that is asked.
struct Greeter {
    socket: TcpListener,
    handshakes: Option<Handshakes>,
}

/// Why nobody came in.
enum Turned {
    /// This one may not.
    Away(String),
    /// The system gives no connections just now.
    Deaf(std::io::Error),
}

impl Greeter {
    fn new(socket: TcpListener, tls: Option<Tls>) -> Self {
        Self { socket, handshakes: tls.map(Handshakes::new) }
    }

    /// The next one who may come in; `None` when one only begins to.
    async fn next(&mut self) -> Result<Option<(Stream, Peer)>, Turned> {
        let accepted = match &mut self.handshakes {
            None => self.socket.accept().await,
            Some(handshakes) => tokio::select! {
                Some(greeted) = handshakes.next() => {
                    return greeted.map(Some).map_err(Turned::Away);
                }
                accepted = self.socket.accept() => accepted,
            },
        };
        let (stream, address) = accepted.map_err(Turned::Deaf)?;
        // Replies are small and answer at once: waiting to fill a packet would only delay them.
        if let Err(fault) = stream.set_nodelay(true) {
            tracing::debug!(peer = %address, %fault, "no-delay not set");
        }
        match &mut self.handshakes {
            None => Ok(Some((Stream::Plain(stream), Peer { address, subject: None }))),
            Some(handshakes) => {
                handshakes.begin(stream, address).map_err(Turned::Away)?;
                Ok(None)
            }
        }
    }
}
