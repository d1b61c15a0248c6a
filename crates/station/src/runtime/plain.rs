//! The doors at which nobody registers: uploads.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use sight::geo::Wgs84;

use super::Handle;
use crate::ingest::stations::Stations;
use crate::ingest::upload::{UploadConfig, UploadDoor};

/// The doors at which the configuration says who speaks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlainConfig {
    pub upload: UploadConfig,
    /// Places of the weather stations whose reports are taken.
    pub stations: BTreeMap<String, Wgs84>,
}

/// Opens the door for uploads, which stands at the page's address.
pub(super) fn open_upload(
    config: &PlainConfig,
    address: SocketAddr,
    handle: &Handle,
) -> Arc<UploadDoor<Handle>> {
    let stations = Arc::new(Stations::new(config.stations.clone()));
    let beside = (Arc::clone(handle.model()), stations);
    let door = Arc::new(UploadDoor::new(config.upload, address, beside, handle.clone()));
    handle.door_opened(door.board().clone());
    door
}
