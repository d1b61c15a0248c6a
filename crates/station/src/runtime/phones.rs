//! The Cursor on Target doors of a station, and the picture that goes out by them.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::time::{MissedTickBehavior, interval};

use super::Handle;
use super::doors::{COT, not_open};
use super::start::StartError;
use crate::ingest::cot::Phones;
use crate::ingest::cot::board::{Board, Draft};
use crate::ingest::cot::outgoing::Scene;
use crate::ingest::cot_door::{Beside, CotDoor, Datagrams, Group, Mesh, MeshConfig};
use crate::ingest::door::{DoorBoard, DoorConfig, Tls};
use crate::ingest::limits::SHOWN_INTERVAL;

/// The Cursor on Target doors as they are to be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct CotConfig {
    pub tcp: DoorConfig,
    /// Datagrams, which have no limit of connections.
    pub udp: Option<(DoorConfig, Option<Group>)>,
    /// The picture by datagrams, to whoever listens.
    pub mesh: Option<MeshConfig>,
    /// Units by the uids of their devices.
    pub units: BTreeMap<String, String>,
    /// How sure a person's mark is of what it calls a thing (A).
    pub class_confidence: f64,
}

impl CotConfig {
    /// Whose devices are whose; an error names the unit that the sector does not have.
    pub(super) fn phones(&self, handle: &Handle) -> Result<Phones, StartError> {
        let sector = handle.model().sector();
        Ok(Phones::of_sector(sector, &self.units, self.class_confidence)?)
    }
}

/// Opens the doors and begins to show the picture by them.
pub(super) async fn open_cot(
    config: &CotConfig,
    phones: Phones,
    by_tls: Option<(DoorConfig, Tls)>,
    handle: &Handle,
) -> Result<DoorBoard, StartError> {
    let phones = Arc::new(phones);
    let shown = Board::default();
    let station = station_uid(handle);
    let correspondents = handle.correspondents().clone();
    let beside = Beside { station, shown: shown.clone(), correspondents };
    let door = CotDoor::open(config.tcp, Arc::clone(&phones), beside, handle.clone())
        .await
        .map_err(|error| not_open(COT, error))?;
    let board = door.board().clone();
    handle.door_opened(board.clone());
    if let Some((config, tls)) = by_tls {
        let door = door.open_tls(config, tls).await.map_err(|error| not_open(COT, error))?;
        handle.door_opened(door.board().clone());
        tokio::spawn(door.serve());
    }
    if let Some((udp, group)) = config.udp {
        let door = Datagrams::open(udp, group, Arc::clone(&phones), handle.clone())
            .await
            .map_err(|error| not_open(COT, error))?;
        handle.door_opened(door.board().clone());
        tokio::spawn(door.serve());
    }
    if let Some(mesh) = config.mesh {
        let mesh = Mesh::open(mesh, shown.clone(), handle.clone())
            .await
            .map_err(|error| not_open(COT, error))?;
        handle.door_opened(mesh.board().clone());
        tokio::spawn(mesh.serve());
    }
    tokio::spawn(show(handle.clone(), phones, shown, board.clone()));
    tokio::spawn(door.serve());
    Ok(board)
}

/// The station's own uid among phones.
pub(super) fn station_uid(handle: &Handle) -> String {
    format!("watchline.{}", handle.model().sector().name)
}

/// Makes the board anew as the picture changes.
async fn show(handle: Handle, phones: Arc<Phones>, shown: Board, board: DoorBoard) {
    let mut ticks = interval(SHOWN_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut left_out = 0;
    loop {
        ticks.tick().await;
        shown.show(drafts(&handle, &phones), handle.now());
        let now_left_out = shown.left_out();
        if now_left_out > left_out {
            let what = format!("{now_left_out} tracks are not shown: phones are told no more");
            board.counters.fault(handle.now(), &what);
        }
        left_out = now_left_out;
    }
}

fn drafts(handle: &Handle, phones: &Phones) -> Vec<Draft> {
    let scene = {
        // Copied, so that the picture is not held still while events are made of it.
        let picture = handle.live().read();
        Scene {
            sector: handle.model().sector(),
            phones,
            tracks: picture.tracks.values().cloned().collect(),
            alerts: picture.alerts.values().cloned().collect(),
            units: picture.units.values().cloned().collect(),
            sensors: picture.sensors.values().cloned().collect(),
            stretches: picture.stretches.values().cloned().collect(),
            now: handle.now(),
        }
    };
    scene.drafts()
}
