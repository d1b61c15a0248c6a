//! The SAPIENT door: one conversation per connection, and who is connected by which.

mod connection;
mod nodes;

use std::sync::Arc;

use super::Intake;
use super::door::{Counters, DoorBoard, DoorConfig, DoorError, Listener, Tls};
use super::sapient::{DOOR, Directory};

pub use self::nodes::{Delivery, Nodes};

const PROTOCOL: &str = "SAPIENT (BSI Flex 335 v2.0)";
/// How the door by TLS is called.
pub const TLS_DOOR: &str = "sapient-tls";
const TLS_PROTOCOL: &str = "SAPIENT (BSI Flex 335 v2.0) by TLS";

/// An open door.
#[derive(Debug)]
pub struct SapientDoor<I> {
    listener: Listener,
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

impl<I: Intake> SapientDoor<I> {
    /// Opens the door. Port 0 takes any free one: see [`SapientDoor::board`].
    pub async fn open(
        config: DoorConfig,
        directory: Arc<Directory>,
        intake: I,
    ) -> Result<Self, DoorError> {
        let listener = Listener::open((DOOR, PROTOCOL), config).await?;
        let nodes = Nodes::new(Arc::clone(&directory));
        Ok(Self::behind(listener, (directory, nodes), intake))
    }

    /// Opens a second door to the same nodes, by TLS: who comes by it speaks for what its certificate names.
    pub async fn open_tls(&self, config: DoorConfig, tls: Tls) -> Result<Self, DoorError>
    where
        I: Clone,
    {
        let listener = Listener::open_tls((TLS_DOOR, TLS_PROTOCOL), config, tls).await?;
        let Shared { directory, nodes, intake, .. } = &*self.shared;
        let beside = (Arc::clone(directory), nodes.clone());
        Ok(Self::behind(listener, beside, intake.clone()))
    }

    fn behind(listener: Listener, (directory, nodes): (Arc<Directory>, Nodes), intake: I) -> Self {
        let counters = Arc::clone(&listener.board().counters);
        let shared = Shared { directory, intake, nodes, counters };
        Self { listener, shared: Arc::new(shared) }
    }

    pub fn board(&self) -> &DoorBoard {
        self.listener.board()
    }

    /// The way to the nodes that are connected.
    pub fn nodes(&self) -> Nodes {
        self.shared.nodes.clone()
    }

    /// Serves connections until the future is dropped, which ends them all.
    pub async fn serve(self) {
        let clock = Arc::clone(&self.shared);
        let converse = |stream, peer, budget| {
            let shared = Arc::clone(&self.shared);
            async move { connection::converse(&shared, stream, (peer, budget)).await }
        };
        self.listener.serve(move || clock.intake.now(), converse).await;
    }
}

#[cfg(test)]
mod tests;
