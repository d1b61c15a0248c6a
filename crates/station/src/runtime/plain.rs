//! The doors at which nobody registers: uploads, and what a broker brings.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use sight::geo::Wgs84;

use super::Handle;
use super::start::StartError;
use crate::ingest::mqtt::{Topic, Topics};
use crate::ingest::mqtt_door::{BrokerConfig, MqttDoor};
use crate::ingest::stations::Stations;
use crate::ingest::upload::{UploadConfig, UploadDoor};

/// The doors at which the configuration says who speaks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlainConfig {
    pub upload: UploadConfig,
    /// Places of the weather stations whose reports are taken.
    pub stations: BTreeMap<String, Wgs84>,
    /// The broker that the station goes to, if there is one.
    pub mqtt: Option<MqttConfig>,
}

/// A broker, and what the station hears there.
#[derive(Debug, Clone, PartialEq)]
pub struct MqttConfig {
    pub broker: BrokerConfig,
    pub topics: Vec<Topic>,
}

impl PlainConfig {
    pub(super) fn stations(&self) -> Arc<Stations> {
        Arc::new(Stations::new(self.stations.clone()))
    }
}

/// Opens the door for uploads, which stands at the page's address.
pub(super) fn open_upload(
    config: &PlainConfig,
    address: SocketAddr,
    stations: &Arc<Stations>,
    handle: &Handle,
) -> Arc<UploadDoor<Handle>> {
    let beside = (Arc::clone(handle.model()), Arc::clone(stations));
    let door = Arc::new(UploadDoor::new(config.upload, address, beside, handle.clone()));
    handle.door_opened(door.board().clone());
    door
}

/// Opens the other doors; must be called within a tokio runtime.
pub(super) fn open_plain(
    config: &PlainConfig,
    stations: &Arc<Stations>,
    handle: &Handle,
) -> Result<(), StartError> {
    if let Some(MqttConfig { broker, topics }) = &config.mqtt {
        let topics = Topics::of_sector(topics.clone(), handle.model().sector(), stations)?;
        let beside = (Arc::clone(handle.model()), Arc::clone(stations));
        let door = MqttDoor::new(broker, topics, beside, handle.clone())?;
        handle.door_opened(door.board().clone());
        tokio::spawn(door.serve());
    }
    Ok(())
}
