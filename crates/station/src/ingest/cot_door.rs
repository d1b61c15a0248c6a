//! The Cursor on Target doors: phones by TCP, and by datagrams those who send and want no answer.

mod connection;
mod datagrams;
mod mesh;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use sight::sector::UnitId;

use super::Intake;
use super::cot::board::Board;
use super::cot::{Correspondents, DOOR, Phones};
use super::door::{Counters, DoorBoard, DoorConfig, DoorError, Listener, Tls};
use crate::disclosures::Disclosures;

pub use self::datagrams::{DATAGRAM_DOOR, DATAGRAM_PROTOCOL, Datagrams, Group, Heard};
pub use self::mesh::{Mesh, MeshConfig, Told};

const PROTOCOL: &str = "Cursor on Target (TAK protocol 0 and 1)";
/// How the door by TLS is called.
pub const TLS_DOOR: &str = "cot-tls";
const TLS_PROTOCOL: &str = "Cursor on Target by TLS (TAK protocol 0 and 1)";

/// An open door.
#[derive(Debug)]
pub struct CotDoor<I> {
    listener: Listener,
    shared: Arc<Shared<I>>,
}

/// What stands beside a door: what phones are shown, and who can be answered.
#[derive(Debug, Clone)]
pub struct Beside {
    /// The station's own uid among phones.
    pub station: String,
    pub shown: Board,
    /// What phones of these units are shown instead, by certificate.
    pub elsewhere: BTreeMap<UnitId, Elsewhere>,
    pub correspondents: Correspondents,
    /// Where it is noted who is shown something.
    pub disclosures: Arc<Disclosures>,
}

/// What phones of a unit of another agency are shown.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    pub agency: String,
    pub shown: Board,
}

/// What all connections share.
#[derive(Debug)]
struct Shared<I> {
    phones: Arc<Phones>,
    intake: I,
    board: Board,
    elsewhere: BTreeMap<UnitId, Elsewhere>,
    correspondents: Correspondents,
    disclosures: Arc<Disclosures>,
    /// The station's own uid among phones.
    station: String,
    counters: Arc<Counters>,
}

impl<I: Intake> CotDoor<I> {
    /// Opens the door. Port 0 takes any free one: see [`CotDoor::board`].
    pub async fn open(
        config: DoorConfig,
        phones: Arc<Phones>,
        beside: Beside,
        intake: I,
    ) -> Result<Self, DoorError> {
        let listener = Listener::open((DOOR, PROTOCOL), config).await?;
        Ok(Self::behind(listener, (phones, beside), intake))
    }

    /// Opens a second door, by TLS: who comes by it is the phone that its certificate names.
    pub async fn open_tls(&self, config: DoorConfig, tls: Tls) -> Result<Self, DoorError>
    where
        I: Clone,
    {
        let listener = Listener::open_tls((TLS_DOOR, TLS_PROTOCOL), config, tls).await?;
        let Shared { phones, board, elsewhere, station, intake, .. } = &*self.shared;
        let beside = Beside {
            station: station.clone(),
            shown: board.clone(),
            elsewhere: elsewhere.clone(),
            correspondents: self.shared.correspondents.clone(),
            disclosures: Arc::clone(&self.shared.disclosures),
        };
        Ok(Self::behind(listener, (Arc::clone(phones), beside), intake.clone()))
    }

    fn behind(listener: Listener, (phones, beside): (Arc<Phones>, Beside), intake: I) -> Self {
        let counters = Arc::clone(&listener.board().counters);
        let Beside { station, shown: board, elsewhere, correspondents, disclosures } = beside;
        let shared = Arc::new(Shared {
            phones,
            intake,
            board,
            elsewhere,
            correspondents,
            disclosures,
            station,
            counters,
        });
        Self { listener, shared }
    }

    pub fn board(&self) -> &DoorBoard {
        self.listener.board()
    }

    /// Serves phones until the future is dropped, which ends all conversations.
    pub async fn serve(self) {
        let clock = Arc::clone(&self.shared);
        let converse = |stream, peer, budget| {
            let shared = Arc::clone(&self.shared);
            async move { connection::converse(&shared, stream, (peer, budget)).await }
        };
        self.listener.serve(move || clock.intake.now(), converse).await;
    }
}
