//! The SAPIENT door: one conversation per connection, and who is connected by which.

mod connection;
mod nodes;

use std::sync::Arc;

use super::Intake;
use super::door::{Counters, DoorBoard, DoorConfig, DoorError, DoorLimits, Listener};
use super::sapient::{DOOR, Directory};

pub use self::nodes::{Delivery, Nodes};

const PROTOCOL: &str = "SAPIENT (BSI Flex 335 v2.0)";

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
    limits: DoorLimits,
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
        let counters = Arc::clone(&listener.board().counters);
        let shared = Shared { directory, intake, nodes, limits: config.limits, counters };
        Ok(Self { listener, shared: Arc::new(shared) })
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
        let converse = |stream, peer| {
            let shared = Arc::clone(&self.shared);
            async move { connection::converse(&shared, stream, peer).await }
        };
        self.listener.serve(move || clock.intake.now(), converse).await;
    }
}

#[cfg(test)]
mod tests;
