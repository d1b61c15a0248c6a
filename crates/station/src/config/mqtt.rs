//! What the file says of a broker: `[doors.mqtt]`, and the mapping files that it names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sight::sector::SensorId;
use wire::mapping::Mapping;

use super::check;
use crate::ingest::limits;
use crate::ingest::mqtt::{Camera, Kind, Topic};
use crate::ingest::mqtt_door::{BrokerAt, BrokerConfig, BrokerTls};
use crate::runtime::MqttConfig;

const DOOR: &str = "doors.mqtt";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMqtt {
    /// Name or address, and port.
    broker: String,
    client_id: Option<String>,
    username: Option<String>,
    password_file: Option<PathBuf>,
    tls: Option<RawBrokerTls>,
    messages_per_s: Option<f64>,
    #[serde(default)]
    topics: Vec<RawTopic>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBrokerTls {
    ca: PathBuf,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum RawTopic {
    Detection {
        topic: String,
        sensor: String,
        mapping: PathBuf,
    },
    GroundSensor {
        topic: String,
        sensor: String,
        mapping: Option<PathBuf>,
    },
    Heartbeat {
        topic: String,
        sensor: String,
        mapping: Option<PathBuf>,
    },
    /// Text, or with a mapping what one station measured.
    Weather {
        topic: String,
        station: Option<String>,
        mapping: Option<PathBuf>,
    },
    /// `events` and `stats` under the recorder's prefix.
    Frigate {
        prefix: Option<String>,
        snapshots: Option<String>,
        cameras: BTreeMap<String, RawCamera>,
    },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCamera {
    sensor: String,
    pixels_across: u32,
    facing_deg: Option<f64>,
    view_deg: Option<f64>,
    sigma_deg: Option<f64>,
}

/// A mapping file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MappingFile {
    fields: Mapping,
}

impl RawMqtt {
    /// Paths are relative to where the configuration lies.
    pub(super) fn resolve(self, home: &Path) -> Result<MqttConfig, String> {
        let messages_per_s = self.messages_per_s.unwrap_or(limits::MQTT_MESSAGES_PER_S_DEFAULT);
        check(DOOR, "messages_per_s", &messages_per_s, &limits::MESSAGES_PER_S)?;
        check(DOOR, "topics", &self.topics.len(), &(1..=limits::TOPICS_MAX))?;
        let client_id = self.client_id.unwrap_or_else(|| "watchline".to_owned());
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !(1..=limits::NAME_CHARS).contains(&client_id.len()) || !client_id.chars().all(is_plain)
        {
            let most = limits::NAME_CHARS;
            return Err(format!(
                "{DOOR}.client_id must be 1 to {most} letters, digits, `-`, `_` or `.`, got {client_id:?}"
            ));
        }
        if self.password_file.is_some() && self.username.is_none() {
            return Err(format!("{DOOR}.password_file needs {DOOR}.username, and there is none"));
        }
        let broker = BrokerConfig {
            at: broker_at(&self.broker)?,
            client_id,
            username: self.username,
            password_file: self.password_file.map(|path| home.join(path)),
            tls: self.tls.map(|tls| tls.resolve(home)).transpose()?,
            messages_per_s,
        };
        let mut topics = Vec::new();
        for topic in self.topics {
            topics.extend(topic.resolve(home)?);
        }
        Ok(MqttConfig { broker, topics })
    }
}

/// A name or an address with a port, such as `127.0.0.1:1883` or `[::1]:1883`.
fn broker_at(text: &str) -> Result<BrokerAt, String> {
    let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let bare = |host: &str| {
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = inner.unwrap_or(host);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':');
        let fits = !host.is_empty() && host.len() <= 253 && host.chars().all(is_plain);
        (fits && (inner.is_some() || !host.contains(':'))).then(|| host.to_owned())
    };
    let found = parts.and_then(|(host, port)| Some(BrokerAt { host: bare(host)?, port }));
    found.ok_or_else(|| {
        format!("{DOOR}.broker must be a name or an address with a port, such as 127.0.0.1:1883, got {text:?}")
    })
}

impl RawBrokerTls {
    fn resolve(self, home: &Path) -> Result<BrokerTls, String> {
        let own = match (self.cert, self.key) {
            (Some(cert), Some(key)) => Some((home.join(cert), home.join(key))),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err(format!(
                    "{DOOR}.tls.cert and {DOOR}.tls.key go together, and one is missing"
                ));
            }
        };
        Ok(BrokerTls { ca: home.join(self.ca), own })
    }
}

impl RawTopic {
    fn resolve(self, home: &Path) -> Result<Vec<Topic>, String> {
        let one = |filter: String, kind| Ok(vec![Topic { filter, kind }]);
        let maybe = |path: Option<PathBuf>| path.map(|path| mapping(home, &path)).transpose();
        match self {
            Self::Detection { topic, sensor, mapping: path } => {
                let (sensor, mapping) = (SensorId(sensor), mapping(home, &path)?);
                one(topic, Kind::Detection { sensor, mapping })
            }
            Self::GroundSensor { topic, sensor, mapping } => {
                let (sensor, mapping) = (SensorId(sensor), maybe(mapping)?);
                one(topic, Kind::GroundSensor { sensor, mapping })
            }
            Self::Heartbeat { topic, sensor, mapping } => {
                let (sensor, mapping) = (SensorId(sensor), maybe(mapping)?);
                one(topic, Kind::Heartbeat { sensor, mapping })
            }
            Self::Weather { topic, station, mapping } => match (station, maybe(mapping)?) {
                (Some(station), Some(mapping)) => one(topic, Kind::Weather { station, mapping }),
                (None, None) => one(topic, Kind::WeatherText),
                (Some(_), None) | (None, Some(_)) => Err(format!(
                    "{DOOR}.topics {topic:?}: weather has a station and a mapping, or neither and is text"
                )),
            },
            Self::Frigate { prefix, snapshots, cameras } => {
                let prefix = prefix.unwrap_or_else(|| "frigate".to_owned());
                let cameras = resolve_cameras(cameras)?;
                let snapshots = snapshots.as_deref().map(address).transpose()?;
                let events = Kind::Frigate { cameras: cameras.clone(), snapshots };
                let stats = Kind::FrigateStats { cameras };
                Ok(vec![
                    Topic { filter: format!("{prefix}/events"), kind: events },
                    Topic { filter: format!("{prefix}/stats"), kind: stats },
                ])
            }
        }
    }
}

/// An address that people can follow, without what could make another one of it.
fn address(text: &str) -> Result<String, String> {
    let (most, address) = (limits::HREF_CHARS, text.trim_end_matches('/'));
    let rest = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://"));
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':' | '/' | '[' | ']');
    let fits = |rest: &str| !rest.is_empty() && rest.len() <= most && rest.chars().all(is_plain);
    if rest.is_some_and(fits) {
        return Ok(address.to_owned());
    }
    Err(format!(
        "{DOOR}.topics.snapshots must be an address such as http://127.0.0.1:5000 without user or query, got {text:?}"
    ))
}

fn resolve_cameras(
    cameras: BTreeMap<String, RawCamera>,
) -> Result<BTreeMap<String, Camera>, String> {
    let field = format!("{DOOR}.topics.cameras");
    check(&field, "(their number)", &cameras.len(), &(1..=wire::limits::FRIGATE_CAMERAS_MAX))?;
    let resolve = |(name, raw): (String, RawCamera)| {
        let field = format!("{field}.{name}");
        check(&field, "pixels_across", &raw.pixels_across, &limits::CAMERA_PIXELS)?;
        let mut camera = Camera::new(SensorId(raw.sensor), raw.pixels_across);
        if let Some(facing_deg) = raw.facing_deg {
            check(&field, "facing_deg", &facing_deg, &limits::CAMERA_FACING_DEG)?;
            camera.facing_deg = Some(facing_deg);
        }
        if let Some(view_deg) = raw.view_deg {
            check(&field, "view_deg", &view_deg, &limits::CAMERA_VIEW_DEG)?;
            camera.view_deg = Some(view_deg);
        }
        if let Some(sigma_deg) = raw.sigma_deg {
            check(&field, "sigma_deg", &sigma_deg, &limits::CAMERA_SIGMA_DEG)?;
            camera.sigma_deg = sigma_deg;
        }
        Ok((name, camera))
    };
    cameras.into_iter().map(resolve).collect()
}

/// Reads a mapping file.
fn mapping(home: &Path, path: &Path) -> Result<Mapping, String> {
    let path = home.join(path);
    let fault = |what: String| format!("{DOOR}.topics: mapping {}: {what}", path.display());
    let text = std::fs::read_to_string(&path).map_err(|error| fault(error.to_string()))?;
    let file: MappingFile = toml::from_str(&text).map_err(|error| fault(error.to_string()))?;
    Ok(file.fields)
}
