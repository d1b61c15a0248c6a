//! Who may speak at the door: the sensors and units of the sector, by node id.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use sight::geo::{LocalFrame, Wgs84};
use sight::sector::{Sector, SensorId, SensorKind, UnitId};
use watch::detection::Source;
use wire::sapient::ids::canonical_uuid;

use super::memory::Memory;
use crate::ingest::sapient_exchange::Exchange;

/// The nodes that a sector knows, and the station's own name among them.
#[derive(Debug)]
pub struct Directory {
    sources: BTreeMap<String, Source>,
    node_ids: BTreeMap<UnitId, String>,
    sensor_nodes: BTreeMap<SensorId, String>,
    /// Where the nodes stand that do not move.
    places: BTreeMap<String, Wgs84>,
    frame: LocalFrame,
    station_node_id: String,
    memory: Memory,
    exchange: Exchange,
}

impl Directory {
    pub fn of_sector(sector: &Sector) -> Self {
        let sensors = sector
            .sensors
            .iter()
            .map(|sensor| (sensor.node_id.as_str(), Source::Sensor(sensor.id.clone())));
        let units =
            sector.units.iter().map(|unit| (unit.node_id.as_str(), Source::Unit(unit.id.clone())));
        let directory = Self::new(&sector.name, sector.frame, sensors.chain(units));
        let fixed = sector.sensors.iter().filter(|sensor| !moves(&sensor.kind));
        let places = fixed.map(|sensor| (canonical(&sensor.node_id), sensor.place)).collect();
        Self { places, ..directory }
    }

    /// A directory of these nodes; `name` is the sector's and decides the station's own node id.
    pub fn new<'a>(
        name: &str,
        frame: LocalFrame,
        nodes: impl IntoIterator<Item = (&'a str, Source)>,
    ) -> Self {
        let sources: BTreeMap<String, Source> =
            nodes.into_iter().map(|(node_id, source)| (canonical(node_id), source)).collect();
        let units = sources.iter().filter_map(|(node_id, source)| match source {
            Source::Unit(unit) => Some((unit.clone(), node_id.clone())),
            Source::Sensor(_) | Source::Weather(_) => None,
        });
        let sensors = sources.iter().filter_map(|(node_id, source)| match source {
            Source::Sensor(sensor) => Some((sensor.clone(), node_id.clone())),
            Source::Unit(_) | Source::Weather(_) => None,
        });
        Self {
            node_ids: units.collect(),
            sensor_nodes: sensors.collect(),
            sources,
            places: BTreeMap::new(),
            frame,
            station_node_id: station_node_id(name),
            memory: Memory::default(),
            exchange: Exchange::default(),
        }
    }

    /// The way to the parent; closed where there is none.
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The sensor or unit with this node id, in canonical spelling.
    pub fn source(&self, node_id: &str) -> Option<&Source> {
        self.sources.get(node_id)
    }

    pub fn node_of_unit(&self, unit: &UnitId) -> Option<&str> {
        self.node_ids.get(unit).map(String::as_str)
    }

    pub fn node_of_sensor(&self, sensor: &SensorId) -> Option<&str> {
        self.sensor_nodes.get(sensor).map(String::as_str)
    }

    /// Where the sector file has a node that does not move.
    pub(super) fn stands(&self, node_id: &str) -> Option<Wgs84> {
        self.places.get(node_id).copied()
    }

    /// What is remembered of nodes from one connection to the next.
    pub(super) fn memory(&self) -> &Memory {
        &self.memory
    }

    pub fn frame(&self) -> &LocalFrame {
        &self.frame
    }

    /// The node id by which the station itself speaks.
    pub fn station_node_id(&self) -> &str {
        &self.station_node_id
    }
}

/// A node id as the sector file has it, whose reader has refused those that are no UUIDs.
fn canonical(node_id: &str) -> String {
    canonical_uuid(node_id).unwrap_or_else(|| node_id.to_owned())
}

fn moves(kind: &SensorKind) -> bool {
    match kind {
        SensorKind::Balloon(_)
        | SensorKind::Drone(_)
        | SensorKind::Observer(_)
        | SensorKind::Checkpoint(_) => true,
        SensorKind::ThermalCamera(_)
        | SensorKind::VisibleCamera(_)
        | SensorKind::Radar(_)
        | SensorKind::GroundSensor(_) => false,
    }
}

/// A UUID of version 4's form drawn from the sector's name, so that a restarted station is the same node.
fn station_node_id(sector: &str) -> String {
    let mut bytes = Sha256::digest(format!("watchline station of {sector}"));
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let (high, _) = bytes.split_first_chunk::<16>().expect("a digest holds 32 bytes");
    canonical_uuid(&format!("{:032x}", u128::from_be_bytes(*high)))
        .expect("32 hexadecimal digits are a uuid")
}
