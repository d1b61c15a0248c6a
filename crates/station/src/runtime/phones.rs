//! The Cursor on Target doors of a station, and the picture that goes out by them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ::watch::audit::Receiver;
use sight::sector::UnitId;
use tokio::time::{MissedTickBehavior, interval};

use super::Handle;
use super::doors::{COT, not_open};
use super::start::{StartError, StationConfig};
use crate::api::Outlook;
use crate::ingest::cot::Phones;
use crate::ingest::cot::board::{Board, Draft};
use crate::ingest::cot::outgoing::Scene;
use crate::ingest::cot_door::{
    Beside, CotDoor, DATAGRAM_DOOR, DATAGRAM_PROTOCOL, Datagrams, Elsewhere, Heard, Mesh,
    MeshConfig, Told,
};
use crate::ingest::datagram_door::{DatagramConfig, DatagramDoor};
use crate::ingest::door::{DoorBoard, DoorConfig, Tls};
use crate::ingest::limits::SHOWN_INTERVAL;

/// The Cursor on Target doors as they are to be opened.
#[derive(Debug, Clone, PartialEq)]
pub struct CotConfig {
    pub tcp: DoorConfig,
    /// Datagrams of named senders.
    pub udp: Option<DatagramConfig>,
    /// The picture by datagrams, to whoever listens.
    pub mesh: Option<MeshConfig>,
    /// Whose phones listen there; the station's own agency's where nothing is said.
    pub mesh_agency: Option<String>,
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

/// A phone that comes by TLS is of the agency of its unit, so that one must know which of them is the station's own: its phones
/// are shown the station's own picture.
pub(super) fn check_agencies(config: &StationConfig) -> Result<(), StartError> {
    let units = config.model.sector().units.iter();
    let agencies: BTreeSet<&str> = units.map(|unit| unit.agency.as_str()).collect();
    let is_clear = config.tls.cot.is_none() || config.release.agency.is_some();
    if is_clear || agencies.is_empty() {
        return Ok(());
    }
    let agencies = agencies.into_iter().collect::<Vec<_>>().join(", ");
    Err(StartError::NobodysPhones { agencies })
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
    // Of whoever comes on this machine nothing says whose they are.
    let elsewhere = by_tls.as_ref().map(|_| elsewhere(handle, &phones)).unwrap_or_default();
    let disclosures = handle.disclosures().clone();
    let beside = Beside { station, shown: shown.clone(), elsewhere, correspondents, disclosures };
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
    open_datagrams(config, &phones, &shown, handle).await?;
    tokio::spawn(show((handle.clone(), None), phones, shown, Some(board.clone())));
    tokio::spawn(door.serve());
    Ok(board)
}

/// Opens the ways by datagrams, in and out: what goes out is in what those read who are heard.
async fn open_datagrams(
    config: &CotConfig,
    phones: &Arc<Phones>,
    shown: &Board,
    handle: &Handle,
) -> Result<(), StartError> {
    let heard = Heard::default();
    if let Some(udp) = &config.udp {
        let named = (DATAGRAM_DOOR, DATAGRAM_PROTOCOL);
        let reader = Datagrams::new(Arc::clone(phones), heard.clone());
        let door = DatagramDoor::open(named, udp.clone(), reader, handle.clone())
            .await
            .map_err(|error| not_open(COT, error))?;
        handle.door_opened(door.board().clone());
        tokio::spawn(door.serve());
    }
    if let Some(mesh) = config.mesh {
        let shown = match &config.mesh_agency {
            None => shown.clone(),
            agency => show_to(agency.clone(), handle, phones),
        };
        let to = Receiver::Mesh { group: mesh.to.to_string() };
        let giving = handle.giving(to, config.mesh_agency.as_deref());
        let told = Told { station: station_uid(handle), shown, heard, giving };
        let mesh =
            Mesh::open(mesh, told, handle.clone()).await.map_err(|error| not_open(COT, error))?;
        handle.door_opened(mesh.board().clone());
        tokio::spawn(mesh.serve());
    }
    Ok(())
}

/// The station's own uid among phones.
pub(super) fn station_uid(handle: &Handle) -> String {
    format!("watchline.{}", handle.model().sector().name)
}

/// What phones of units of other agencies are shown, when a certificate says whose they are.
fn elsewhere(handle: &Handle, phones: &Arc<Phones>) -> BTreeMap<UnitId, Elsewhere> {
    let mut boards: BTreeMap<&str, Board> = BTreeMap::new();
    let units = handle.model().sector().units.iter();
    let others = units.filter(|unit| !handle.partners().is_own(Some(&unit.agency)));
    let mut elsewhere = BTreeMap::new();
    for unit in others {
        let shown = boards
            .entry(&unit.agency)
            .or_insert_with(|| show_to(Some(unit.agency.clone()), handle, phones));
        let (agency, shown) = (unit.agency.clone(), shown.clone());
        elsewhere.insert(unit.id.clone(), Elsewhere { agency, shown });
    }
    elsewhere
}

/// A board of what an agency is given.
fn show_to(agency: Option<String>, handle: &Handle, phones: &Arc<Phones>) -> Board {
    let shown = Board::default();
    tokio::spawn(show((handle.clone(), agency), Arc::clone(phones), shown.clone(), None));
    shown
}

/// Makes the board anew as the picture changes.
async fn show(
    (handle, agency): (Handle, Option<String>),
    phones: Arc<Phones>,
    shown: Board,
    board: Option<DoorBoard>,
) {
    let mut ticks = interval(SHOWN_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut left_out = 0;
    loop {
        ticks.tick().await;
        let outlook = Outlook::to(agency.as_deref(), &handle);
        let drafts = outlook.map(|outlook| drafts(&outlook, &phones)).unwrap_or_default();
        shown.show(drafts, handle.now());
        let now_left_out = shown.left_out();
        if let Some(board) = board.as_ref().filter(|_| now_left_out > left_out) {
            let what = format!("{now_left_out} tracks are not shown: phones are told no more");
            board.counters.fault(handle.now(), &what);
        }
        left_out = now_left_out;
    }
}

/// What phones of an outlook are shown.
pub(crate) fn drafts(outlook: &Outlook, phones: &Phones) -> Vec<Draft> {
    let pictures = outlook.pictures();
    let scene = {
        // Copied, so that the picture is not held still while events are made of it.
        let picture = outlook.live().read();
        Scene {
            sector: outlook.model().sector(),
            phones,
            tracks: picture.tracks.values().cloned().collect(),
            alerts: picture.alerts.values().cloned().collect(),
            units: picture.units.values().cloned().collect(),
            sensors: picture.sensors.values().cloned().collect(),
            pictures,
            marks: Arc::clone(&picture.marks.value),
            stretches: picture.stretches.values().cloned().collect(),
            now: picture.now,
        }
    };
    scene.drafts()
}
