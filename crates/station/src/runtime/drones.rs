//! The doors of a station for drones: `MAVLink`, and the metadata of their video.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::Handle;
use super::doors::not_open;
use super::start::StartError;
use crate::ingest::datagram_door::{DatagramConfig, DatagramDoor};
use crate::ingest::door::{DoorBoard, DoorLimits};
use crate::ingest::drone::Watches;
use crate::ingest::drone::klv::{self, KlvReader, KlvSettings};
use crate::ingest::drone::mavlink::{self, MavlinkReader};
use crate::ingest::machine_link::MachineLink;

const MAVLINK: &str = "MAVLink door";
const KLV: &str = "KLV door";

/// The doors for drones as they are to be opened; none of them unless it is set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DronesConfig {
    pub mavlink: Option<MavlinkIn>,
    pub klv: Option<KlvIn>,
}

/// Drones that speak `MAVLink`.
#[derive(Debug, Clone, PartialEq)]
pub struct MavlinkIn {
    /// Where datagrams are taken, if they are.
    pub datagrams: Option<DatagramConfig>,
    /// Machines to connect to.
    pub connect: Vec<SocketAddr>,
    /// Of one machine.
    pub limits: DoorLimits,
    /// Sensors of the sector by system id.
    pub systems: BTreeMap<u8, String>,
    pub watches: Watches,
}

/// Drones whose video comes with metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct KlvIn {
    /// Where datagrams are taken, if they are.
    pub datagrams: Option<DatagramConfig>,
    /// Sensors of the sector by the address that their datagrams come from.
    pub assets: BTreeMap<IpAddr, String>,
    /// The same of machines to connect to.
    pub connect: BTreeMap<SocketAddr, String>,
    /// Of one machine.
    pub limits: DoorLimits,
    pub settings: KlvSettings,
}

/// Opens what is set.
pub(super) async fn open_drones(config: &DronesConfig, handle: &Handle) -> Result<(), StartError> {
    if let Some(config) = &config.mavlink {
        open_mavlink(config, handle).await?;
    }
    if let Some(config) = &config.klv {
        open_klv(config, handle).await?;
    }
    Ok(())
}

async fn open_klv(config: &KlvIn, handle: &Handle) -> Result<(), StartError> {
    let reader = |assets: &BTreeMap<IpAddr, String>| {
        let board = handle.drones().clone();
        KlvReader::new(handle.model(), assets, config.settings, board, handle.now())
    };
    if let Some(datagrams) = &config.datagrams {
        let name = (klv::DOOR, klv::PROTOCOL);
        let reader = reader(&config.assets)?;
        let door = DatagramDoor::open(name, datagrams.clone(), reader, handle.clone())
            .await
            .map_err(|error| not_open(KLV, error))?;
        handle.door_opened(door.board().clone());
        tokio::spawn(door.serve());
    }
    if let Some(first) = config.connect.keys().next() {
        let name = (klv::LINK_DOOR, klv::LINK_PROTOCOL);
        let board = link_board(name, (*first, config.connect.len()), config.limits);
        handle.door_opened(board.clone());
        for (address, asset) in &config.connect {
            let assets = BTreeMap::from([(address.ip().to_canonical(), asset.clone())]);
            let link = MachineLink::new(*address, reader(&assets)?, handle.clone(), &board);
            tokio::spawn(link.run());
        }
    }
    Ok(())
}

/// A board that all links of one protocol share.
fn link_board(
    (name, protocol): (&'static str, &'static str),
    (address, links): (SocketAddr, usize),
    limits: DoorLimits,
) -> DoorBoard {
    let limits = DoorLimits { connections_max: links, ..limits };
    DoorBoard::new((name, protocol), address, limits)
}

async fn open_mavlink(config: &MavlinkIn, handle: &Handle) -> Result<(), StartError> {
    let reader = || {
        let assets = (&config.systems, config.watches);
        MavlinkReader::new(handle.model(), assets, handle.drones().clone(), handle.now())
    };
    if let Some(datagrams) = &config.datagrams {
        let name = (mavlink::DOOR, mavlink::PROTOCOL);
        let door = DatagramDoor::open(name, datagrams.clone(), reader()?, handle.clone())
            .await
            .map_err(|error| not_open(MAVLINK, error))?;
        handle.door_opened(door.board().clone());
        tokio::spawn(door.serve());
    }
    if let Some(first) = config.connect.first() {
        let name = (mavlink::LINK_DOOR, mavlink::LINK_PROTOCOL);
        let board = link_board(name, (*first, config.connect.len()), config.limits);
        handle.door_opened(board.clone());
        for address in &config.connect {
            let link = MachineLink::new(*address, reader()?, handle.clone(), &board);
            tokio::spawn(link.run());
        }
    }
    Ok(())
}
