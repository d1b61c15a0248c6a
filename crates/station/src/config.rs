//! The station's configuration file, `station.toml`.

mod cameras;
mod drones;
mod mesh;
mod mqtt;
mod nmea;
mod page;
mod parent;
mod plain;
mod radars;
mod record;
mod release;
#[cfg(test)]
mod tests;
mod tls;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use self::tls::{RawEnrolment, RawListen, RawTls};
use crate::identity::SignIn;
use crate::ingest::cot_door::MeshConfig;
use crate::ingest::datagram_door::DatagramConfig;
use crate::ingest::door::{DoorConfig, DoorLimits};
use crate::ingest::limits;
use crate::release::ReleaseConfig;
use crate::runtime::{
    AsterixConfig, CamerasConfig, CotConfig, DronesConfig, KeepDays, PageTls, ParentConfig,
    PlainConfig, TlsConfig, WitnessIn,
};

/// Where the page and the interface listen when the file does not say.
pub const LISTEN_DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8_080);
/// Where the SAPIENT door listens when the file does not say.
pub const SAPIENT_LISTEN_DEFAULT: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5_020);

/// Where the Cursor on Target door listens when the file does not say.
pub const COT_LISTEN_DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8_087);

/// A resolved configuration: paths are relative to nothing but the working directory any more.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Name of a shipped sector or path of a sector file.
    pub sector: String,
    /// The data directory.
    pub data: PathBuf,
    pub listen: SocketAddr,
    /// Whose certificate the page shows, where it speaks TLS.
    pub page_tls: Option<PageTls>,
    pub sapient_listen: SocketAddr,
    pub cot_listen: SocketAddr,
    pub doors: Doors,
    /// Who signs that they have seen the record.
    pub witnesses: Vec<WitnessIn>,
    /// For how long the record keeps what entries say.
    pub keep: KeepDays,
    /// Whether people must sign in.
    pub sign_in: SignIn,
    /// What other agencies are given.
    pub release: ReleaseConfig,
}

/// What the doors let senders take.
#[derive(Debug, Clone, PartialEq)]
pub struct Doors {
    pub sapient: DoorLimits,
    /// Where sensors are let in by TLS, if they are.
    pub sapient_tls: Option<SocketAddr>,
    pub cot: CotDoors,
    pub asterix: AsterixConfig,
    /// The fusion node above this station.
    pub parent: Option<ParentConfig>,
    pub drones: DronesConfig,
    pub cameras: CamerasConfig,
    pub plain: PlainConfig,
    /// Names and addresses by which others know this station.
    pub tls_names: Vec<String>,
}

/// The doors for phones.
#[derive(Debug, Clone, PartialEq)]
pub struct CotDoors {
    pub limits: DoorLimits,
    /// Where phones are let in by TLS, if they are.
    pub tls_listen: Option<SocketAddr>,
    /// Where phones get their certificates, if they do.
    pub enrolment: Option<DoorConfig>,
    /// Units by the uids of their devices.
    pub units: BTreeMap<String, String>,
    /// How sure a person's mark is of what it calls a thing (A).
    pub class_confidence: f64,
    /// Where datagrams are taken and from whom, if they are.
    pub udp: Option<DatagramConfig>,
    /// Where the picture goes by UDP, if it does.
    pub mesh: Option<MeshConfig>,
    /// Whose phones listen there.
    pub mesh_agency: Option<String>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("configuration {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("configuration {}: {}", path.display(), problem.trim_end())]
    Faulty { path: PathBuf, problem: String },
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    sector: String,
    data: PathBuf,
    listen: Option<SocketAddr>,
    sapient_listen: Option<SocketAddr>,
    cot_listen: Option<SocketAddr>,
    #[serde(default)]
    page: page::RawPage,
    #[serde(default)]
    doors: RawDoors,
    #[serde(default)]
    record: record::RawRecord,
    #[serde(default)]
    identity: RawIdentity,
    #[serde(default)]
    release: release::RawRelease,
}

/// `[identity]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIdentity {
    #[serde(default)]
    sign_in: SignIn,
    /// The station's own agency.
    agency: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDoors {
    #[serde(default)]
    sapient: RawSapient,
    #[serde(default)]
    cot: RawCot,
    #[serde(default)]
    asterix: radars::RawAsterix,
    #[serde(default)]
    sapient_parent: parent::RawParent,
    #[serde(default)]
    mavlink: drones::RawMavlink,
    #[serde(default)]
    klv: drones::RawKlv,
    #[serde(default)]
    rtsp: cameras::RawRtsp,
    #[serde(default)]
    upload: plain::RawUpload,
    #[serde(default)]
    weather: plain::RawWeather,
    mqtt: Option<mqtt::RawMqtt>,
    #[serde(default)]
    nmea: nmea::RawNmea,
    #[serde(default)]
    tls: RawTls,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSapient {
    connections_max: Option<usize>,
    messages_per_s: Option<f64>,
    tls: Option<RawListen>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCot {
    tls: Option<RawListen>,
    enrolment: Option<RawEnrolment>,
    connections_max: Option<usize>,
    messages_per_s: Option<f64>,
    class_confidence: Option<f64>,
    #[serde(default)]
    units: BTreeMap<String, String>,
    udp_listen: Option<SocketAddr>,
    #[serde(default)]
    from: BTreeSet<IpAddr>,
    multicast: Option<Ipv4Addr>,
    multicast_interface: Option<Ipv4Addr>,
    mesh: Option<mesh::RawMesh>,
}

struct RawLimits {
    connections_max: Option<usize>,
    messages_per_s: Option<f64>,
}

impl Config {
    /// Reads a configuration file; its paths are relative to where it lies.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let raw: RawConfig = toml::from_str(&text).map_err(|error| ConfigError::Faulty {
            path: path.to_owned(),
            problem: error.to_string(),
        })?;
        let home = path.parent().unwrap_or_else(|| Path::new(""));
        raw.resolve(home).map_err(|problem| ConfigError::Faulty { path: path.to_owned(), problem })
    }
}

impl RawConfig {
    fn resolve(self, home: &Path) -> Result<Config, String> {
        let beside = home.join(&self.sector);
        let sector =
            if beside.exists() { beside.to_string_lossy().into_owned() } else { self.sector };
        Ok(Config {
            sector,
            data: home.join(self.data),
            listen: self.listen.unwrap_or(LISTEN_DEFAULT),
            page_tls: self.page.resolve(home)?,
            sapient_listen: self.sapient_listen.unwrap_or(SAPIENT_LISTEN_DEFAULT),
            cot_listen: self.cot_listen.unwrap_or(COT_LISTEN_DEFAULT),
            doors: Doors {
                sapient_tls: self.doors.sapient.tls.as_ref().map(|tls| tls.listen),
                sapient: self.doors.sapient.resolve()?,
                cot: self.doors.cot.resolve()?,
                asterix: self.doors.asterix.resolve()?,
                parent: self.doors.sapient_parent.resolve(home)?,
                drones: DronesConfig {
                    mavlink: self.doors.mavlink.resolve()?,
                    klv: self.doors.klv.resolve()?,
                },
                plain: PlainConfig {
                    mqtt: self.doors.mqtt.map(|mqtt| mqtt.resolve(home)).transpose()?,
                    nmea: self.doors.nmea.resolve()?,
                    ..plain::resolve(&self.doors.upload, self.doors.weather, home)?
                },
                cameras: self.doors.rtsp.resolve(home)?,
                tls_names: self.doors.tls.resolve()?,
            },
            keep: self.record.keep()?,
            witnesses: self.record.resolve()?,
            sign_in: self.identity.sign_in,
            release: self.release.resolve(home, self.identity.agency)?,
        })
    }
}

impl RawSapient {
    fn resolve(self) -> Result<DoorLimits, String> {
        let Self { connections_max, messages_per_s, tls: _ } = self;
        let told = RawLimits { connections_max, messages_per_s };
        told.resolve("doors.sapient", limits::MESSAGES_PER_S_DEFAULT)
    }
}

impl RawLimits {
    fn resolve(self, door: &str, messages_per_s: f64) -> Result<DoorLimits, String> {
        let told = DoorLimits {
            connections_max: self.connections_max.unwrap_or(limits::CONNECTIONS_MAX),
            messages_per_s: self.messages_per_s.unwrap_or(messages_per_s),
        };
        check(door, "connections_max", &told.connections_max, &limits::CONNECTIONS)?;
        check(door, "messages_per_s", &told.messages_per_s, &limits::MESSAGES_PER_S)?;
        Ok(told)
    }
}

impl RawCot {
    fn resolve(self) -> Result<CotDoors, String> {
        const DOOR: &str = "doors.cot";
        let told = RawLimits {
            connections_max: self.connections_max,
            messages_per_s: self.messages_per_s,
        };
        let class_confidence = self.class_confidence.unwrap_or(limits::CLASS_CONFIDENCE_DEFAULT);
        check(DOOR, "class_confidence", &class_confidence, &limits::CONFIDENCE)?;
        let limits = told.resolve(DOOR, limits::COT_MESSAGES_PER_S_DEFAULT)?;
        let udp = mesh::RawUdp {
            listen: self.udp_listen,
            from: self.from,
            group: (self.multicast, self.multicast_interface),
        };
        let udp = udp.resolve(limits)?;
        let mesh_agency = self.mesh.as_ref().and_then(|mesh| mesh.agency.clone());
        let mesh = self.mesh.map(|mesh| mesh.resolve(udp.as_ref())).transpose()?;
        Ok(CotDoors {
            limits,
            enrolment: tls::enrolment(self.enrolment.as_ref(), self.tls.as_ref())?,
            tls_listen: self.tls.map(|tls| tls.listen),
            units: self.units,
            class_confidence,
            udp,
            mesh,
            mesh_agency,
        })
    }
}

impl Config {
    /// The doors for phones as the station opens them.
    pub fn cot(&self) -> CotConfig {
        let CotDoors { limits, units, class_confidence, udp, mesh, mesh_agency, .. } =
            &self.doors.cot;
        let at = |listen| DoorConfig { listen, limits: *limits };
        CotConfig {
            tcp: at(self.cot_listen),
            udp: udp.clone(),
            mesh: *mesh,
            mesh_agency: mesh_agency.clone(),
            units: units.clone(),
            class_confidence: *class_confidence,
        }
    }

    /// The doors by TLS as the station opens them.
    pub fn tls(&self) -> TlsConfig {
        tls::tls(&self.doors, (self.listen, self.page_tls.as_ref()))
    }
}

fn check<T: PartialOrd + Display>(
    door: &str,
    field: &str,
    told: &T,
    range: &RangeInclusive<T>,
) -> Result<(), String> {
    if range.contains(told) {
        return Ok(());
    }
    Err(format!("{door}.{field} must be {} to {}, got {told}", range.start(), range.end()))
}
