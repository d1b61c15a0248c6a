//! What every door shares: a listener, limits on connections and rates, and what is told of them.

mod budget;
mod counters;
mod deadline;

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::limits;

pub use self::budget::Budget;
pub use self::counters::{Counters, Counts, Fault};
pub use self::deadline::Deadline;

/// Why a door does not open.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    #[error("{door} door must listen on loopback until it has tls, got {address}")]
    NotLoopback { door: &'static str, address: SocketAddr },
    #[error("{door} door cannot listen on {address}: {source}")]
    Bind { door: &'static str, address: SocketAddr, source: std::io::Error },
}

/// What a door lets one sender and all together take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DoorLimits {
    /// Connections open at a time.
    pub connections_max: usize,
    /// Messages that one connection may send in a second; who sends more is read more slowly, and that is told.
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

/// How a door is: what it is called, where it listens, what came through it.
#[derive(Debug, Clone)]
pub struct DoorBoard {
    /// `sapient` ... as in rejections.
    pub name: &'static str,
    /// The protocol in full.
    pub protocol: &'static str,
    pub address: SocketAddr,
    pub limits: DoorLimits,
    pub counters: Arc<Counters>,
}

/// An open TCP door, whatever is spoken at it.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    board: DoorBoard,
}

impl Listener {
    /// Listens. Port 0 takes any free one: the board has it.
    pub async fn open(
        (name, protocol): (&'static str, &'static str),
        DoorConfig { listen: address, limits }: DoorConfig,
    ) -> Result<Self, DoorError> {
        if !address.ip().is_loopback() {
            return Err(DoorError::NotLoopback { door: name, address });
        }
        let bind = |source| DoorError::Bind { door: name, address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let counters = Arc::new(Counters::default());
        Ok(Self { listener, board: DoorBoard { name, protocol, address, limits, counters } })
    }

    pub fn board(&self) -> &DoorBoard {
        &self.board
    }

    /// Holds a conversation with each that comes, until the future is dropped, which ends them all.
    ///
    /// `converse` says why its conversation ended; `now` is station time.
    pub async fn serve<F>(
        self,
        now: impl Fn() -> Timestamp,
        converse: impl Fn(TcpStream, SocketAddr) -> F,
    ) where
        F: Future<Output = String> + Send + 'static,
    {
        let DoorBoard { name, limits, counters, .. } = self.board;
        let places = Arc::new(Semaphore::new(limits.connections_max));
        let mut connections = JoinSet::new();
        loop {
            // Tasks that have ended are taken out as new ones come, so the set does not grow.
            while connections.try_join_next().is_some() {}
            let (stream, peer) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(fault) => {
                    tracing::warn!(%fault, "{name} door cannot accept");
                    counters.fault(now(), &format!("cannot accept: {fault}"));
                    tokio::time::sleep(limits::ACCEPT_RETRY).await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                counters.turn_away();
                let limit = limits.connections_max;
                counters.fault(now(), &format!("full: {peer} was turned away, {limit} are let in"));
                tracing::warn!(%peer, limit, "{name} door is full");
                continue;
            };
            // Replies are small and answer at once: waiting to fill a packet would only delay them.
            if let Err(fault) = stream.set_nodelay(true) {
                tracing::debug!(%peer, %fault, "no-delay not set");
            }
            counters.open();
            let conversation = converse(stream, peer);
            let counters = Arc::clone(&counters);
            connections.spawn(async move {
                let end = conversation.await;
                counters.close(&end);
                tracing::info!(%peer, %end, "{name} connection ended");
                drop(place);
            });
        }
    }
}
