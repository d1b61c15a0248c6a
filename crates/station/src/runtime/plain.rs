//! The doors at which nobody registers: uploads, weather in files, what a broker brings, receivers of patrols.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use sight::coverage::Model;
use sight::geo::Wgs84;

use super::Handle;
use super::doors::not_open;
use super::start::StartError;
use crate::ingest::datagram_door::{DatagramConfig, DatagramDoor};
use crate::ingest::door::{DoorBoard, DoorLimits};
use crate::ingest::machine_link::MachineLink;
use crate::ingest::mqtt::{Topic, Topics};
use crate::ingest::mqtt_door::{BrokerConfig, MqttDoor};
use crate::ingest::receivers::{self, Framed, Framing, NmeaReader, Sender};
use crate::ingest::stations::Stations;
use crate::ingest::upload::{UploadConfig, UploadDoor};
use crate::ingest::weather_folder::{FolderConfig, WeatherFolder};

/// The doors at which the configuration says who speaks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlainConfig {
    pub upload: UploadConfig,
    /// Places of the weather stations whose reports are taken.
    pub stations: BTreeMap<String, Wgs84>,
    /// Where reports and forecasts lie as files, if they do.
    pub folder: Option<FolderConfig>,
    pub nmea: Option<NmeaConfig>,
    /// The broker that the station goes to, if there is one.
    pub mqtt: Option<MqttConfig>,
}

/// A broker, and what the station hears there.
#[derive(Debug, Clone, PartialEq)]
pub struct MqttConfig {
    pub broker: BrokerConfig,
    pub topics: Vec<Topic>,
}

/// Receivers of patrols.
#[derive(Debug, Clone, PartialEq)]
pub struct NmeaConfig {
    /// Where datagrams are taken, if they are.
    pub datagrams: Option<DatagramConfig>,
    /// Units of the sector by who sends datagrams.
    pub units: BTreeMap<Sender, String>,
    /// The same of receivers to connect to.
    pub connect: BTreeMap<SocketAddr, String>,
    /// Of one receiver.
    pub limits: DoorLimits,
    /// Places in quicker succession are passed over (A).
    pub position_step_s: f64,
}

impl PlainConfig {
    pub(super) fn stations(&self) -> Arc<Stations> {
        Arc::new(Stations::new(self.stations.clone()))
    }
}

/// Opens the door for uploads, which stands at the page's address.
pub(super) fn open_upload(
    config: UploadConfig,
    address: SocketAddr,
    handle: &Handle,
) -> Arc<UploadDoor<Handle>> {
    let door = Arc::new(UploadDoor::new(config, address, beside(handle), handle.clone()));
    handle.door_opened(door.board().clone());
    door
}

/// Opens the other doors.
pub(super) async fn open_plain(config: &PlainConfig, handle: &Handle) -> Result<(), StartError> {
    if let Some(folder) = &config.folder {
        let door = WeatherFolder::new(folder.clone(), beside(handle), handle.clone());
        handle.door_opened(door.board().clone());
        tokio::spawn(door.serve());
    }
    if let Some(MqttConfig { broker, topics }) = &config.mqtt {
        let sector = handle.model().sector();
        let topics = Topics::of_sector(topics.clone(), sector, handle.stations())?;
        let (model, stations) = beside(handle);
        let kept = (model, stations, handle.snapshots().clone());
        let door = MqttDoor::new(broker, topics, kept, handle.clone())?;
        handle.door_opened(door.board().clone());
        tokio::spawn(door.serve());
    }
    if let Some(config) = &config.nmea {
        open_nmea(config, handle).await?;
    }
    Ok(())
}

async fn open_nmea(config: &NmeaConfig, handle: &Handle) -> Result<(), StartError> {
    let reader = |units: &BTreeMap<Sender, String>| {
        NmeaReader::new(handle.model(), units, config.position_step_s, handle.now())
    };
    if let Some(datagrams) = &config.datagrams {
        let name = (receivers::DOOR, receivers::PROTOCOL);
        let reader = Framed(reader(&config.units)?, Framing::Datagrams);
        let door = DatagramDoor::open(name, datagrams.clone(), reader, handle.clone())
            .await
            .map_err(|error| not_open("NMEA door", error))?;
        handle.door_opened(door.board().clone());
        tokio::spawn(door.serve());
    }
    if config.connect.is_empty() {
        return Ok(());
    }
    let name = (receivers::LINK_DOOR, receivers::LINK_PROTOCOL);
    let addresses: Vec<String> = config.connect.keys().map(ToString::to_string).collect();
    let limits = DoorLimits { connections_max: addresses.len(), ..config.limits };
    let board = DoorBoard::new(name, addresses.join(", "), limits);
    handle.door_opened(board.clone());
    for (address, unit) in &config.connect {
        let units = BTreeMap::from([(Sender::Address(address.ip().to_canonical()), unit.clone())]);
        let reader = Framed(reader(&units)?, Framing::Stream);
        tokio::spawn(MachineLink::new(*address, reader, handle.clone(), &board).run());
    }
    Ok(())
}

/// What every gate is held against.
fn beside(handle: &Handle) -> (Arc<Model>, Arc<Stations>) {
    (Arc::clone(handle.model()), Arc::clone(handle.stations()))
}
