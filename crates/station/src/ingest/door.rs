//! The SAPIENT door: a TCP listener, one task per connection, and who is connected by which.

mod connection;
mod counters;
mod nodes;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::sapient::Directory;
use super::{Intake, limits};

pub use self::counters::Counters;
pub use self::nodes::{Delivery, Nodes};

/// Why the door does not open.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    #[error("sapient door must listen on loopback until it has tls, got {0}")]
    NotLoopback(SocketAddr),
    #[error("sapient door cannot listen on {address}: {source}")]
    Bind { address: SocketAddr, source: std::io::Error },
}

/// An open door.
#[derive(Debug)]
pub struct Door<I> {
    listener: TcpListener,
    shared: Arc<Shared<I>>,
}

/// What all connections share.
#[derive(Debug)]
struct Shared<I> {
    directory: Arc<Directory>,
    intake: I,
    nodes: Nodes,
    counters: Arc<Counters>,
}

impl<I: Intake> Door<I> {
    /// Opens the door. Port 0 takes any free one: see [`Door::address`].
    pub async fn open(
        address: SocketAddr,
        directory: Arc<Directory>,
        intake: I,
    ) -> Result<Self, DoorError> {
        if !address.ip().is_loopback() {
            return Err(DoorError::NotLoopback(address));
        }
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| DoorError::Bind { address, source })?;
        let nodes = Nodes::new(Arc::clone(&directory));
        let counters = Arc::new(Counters::default());
        Ok(Self { listener, shared: Arc::new(Shared { directory, intake, nodes, counters }) })
    }

    /// Where the door listens.
    pub fn address(&self) -> Result<SocketAddr, std::io::Error> {
        self.listener.local_addr()
    }

    /// The way to the nodes that are connected.
    pub fn nodes(&self) -> Nodes {
        self.shared.nodes.clone()
    }

    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.shared.counters)
    }

    /// Serves connections until the future is dropped, which ends them all.
    pub async fn serve(self) {
        let places = Arc::new(Semaphore::new(limits::CONNECTIONS_MAX));
        let mut connections = JoinSet::new();
        loop {
            // Tasks that have ended are taken out as new ones come, so the set does not grow.
            while connections.try_join_next().is_some() {}
            let (stream, peer) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(fault) => {
                    tracing::warn!(%fault, "sapient door cannot accept");
                    tokio::time::sleep(limits::ACCEPT_RETRY).await;
                    continue;
                }
            };
            let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                self.shared.counters.turn_away();
                tracing::warn!(%peer, limit = limits::CONNECTIONS_MAX, "sapient door is full");
                continue;
            };
            let shared = Arc::clone(&self.shared);
            connections.spawn(async move {
                serve_one(&shared, stream, peer).await;
                drop(place);
            });
        }
    }
}

async fn serve_one<I: Intake>(shared: &Shared<I>, stream: TcpStream, peer: SocketAddr) {
    // Replies are small and answer at once: waiting to fill a packet would only delay them.
    if let Err(fault) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %fault, "no-delay not set");
    }
    shared.counters.open();
    let end = connection::converse(shared, stream).await;
    shared.counters.close(&end);
    tracing::info!(%peer, %end, "sapient connection ended");
}

#[cfg(test)]
mod tests;
