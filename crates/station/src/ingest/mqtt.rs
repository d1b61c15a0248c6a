//! What messages of a broker mean: by topic, whose they are and how they are written.
//!
//! Topics and mappings are configuration, checked before the door opens.

mod camera;
mod fields;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use sight::geo::Wgs84;
use sight::sector::{Sector, Sensor, SensorId, SensorKind};
use watch::detection::{ReportedPlace, ReportedPosition, Source};
use wire::frigate;
use wire::limits::JSON_BYTES_MAX;
use wire::mapping::Mapping;
use wire::mqtt::{Publish, topic};
use wire::upload::members;

use self::fields::Fields;
use super::bulletins::Bulletin;
use super::gate::{Sighting, Word};
use super::limits;
use super::rejections::Refusal;
use super::sapient::class;
use super::snapshots::Snapshot;
use super::stations::Stations;

pub use self::camera::Camera;

/// How this door is called.
pub const DOOR: &str = "mqtt";

/// A topic that is subscribed to, and what is said there.
#[derive(Debug, Clone, PartialEq)]
pub struct Topic {
    /// A filter, with `+` and `#` as MQTT has them.
    pub filter: String,
    pub kind: Kind,
}

/// What the messages of a topic are.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A sensor tells where it sees somebody.
    Detection { sensor: SensorId, mapping: Mapping },
    /// A ground sensor tells that somebody is near; without a mapping, by any message.
    GroundSensor { sensor: SensorId, mapping: Option<Mapping> },
    /// A sensor tells that it works, by any message or by `works` of the mapping.
    Heartbeat { sensor: SensorId, mapping: Option<Mapping> },
    /// Reports as text, of the stations that they name.
    WeatherText,
    /// Measurements of one station.
    Weather { station: String, mapping: Mapping },
    /// Objects that Frigate follows, by its names of cameras.
    Frigate {
        cameras: BTreeMap<String, Camera>,
        /// Where people can look at its pictures, if that is told.
        snapshots: Option<String>,
    },
    /// Frigate's own word on whether its cameras give pictures.
    FrigateStats { cameras: BTreeMap<String, Camera> },
}

/// What a topic is configured for and cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("doors.mqtt.topics {filter:?}: {what}")]
pub struct TopicError {
    pub filter: String,
    pub what: String,
}

/// A message as far as it could be understood.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Message {
    pub(super) words: Vec<Word>,
    pub(super) refusals: Vec<Refusal>,
    /// Parts of it at fault that are not among them.
    pub(super) untold: usize,
    /// The picture that a recorder took of it.
    pub(super) snapshot: Option<Snapshot>,
    /// It says itself of when it tells; what does not is of when it arrives.
    pub(super) is_timed: bool,
}

/// The topics of a station.
#[derive(Debug, Clone)]
pub struct Topics {
    topics: Vec<Topic>,
    /// Where each sensor that is named stands.
    places: BTreeMap<SensorId, Wgs84>,
}

impl Topics {
    /// Holds the topics against the sector and its weather stations.
    pub fn of_sector(
        mut topics: Vec<Topic>,
        sector: &Sector,
        stations: &Stations,
    ) -> Result<Self, TopicError> {
        for topic in &mut topics {
            topic
                .prepare(sector, stations)
                .map_err(|what| TopicError { filter: topic.filter.clone(), what })?;
        }
        let places = sector.sensors.iter().map(|sensor| (sensor.id.clone(), sensor.place));
        Ok(Self { topics, places: places.collect() })
    }

    pub(super) fn filters(&self) -> impl Iterator<Item = &str> {
        self.topics.iter().map(|topic| topic.filter.as_str())
    }

    /// Reads a message; the first topic that it matches says how.
    pub(super) fn read(&self, publish: &Publish, now: Timestamp) -> Message {
        let of = self.topics.iter().find(|of| topic::matches(&publish.topic, &of.filter));
        let Some(of) = of else {
            return Err(Refusal::new("topic", "no topic of the configuration is meant")).into();
        };
        let Some(payload) = &publish.payload else {
            let got = publish.payload_bytes;
            let reason = format!("must hold at most {JSON_BYTES_MAX} bytes, got {got}");
            return Err(Refusal::new("payload", reason)).into();
        };
        match &of.kind {
            Kind::Detection { sensor, mapping } => detection(sensor, mapping, payload, now).into(),
            Kind::GroundSensor { sensor, mapping } => {
                self.near(sensor, mapping.as_ref(), payload, now).into()
            }
            Kind::Heartbeat { sensor, mapping } => {
                heartbeat(sensor, mapping.as_ref(), payload, now).into()
            }
            Kind::WeatherText => reports(payload),
            Kind::Weather { station, mapping } => measured(station, mapping, payload, now).into(),
            Kind::Frigate { cameras, snapshots } => {
                followed((cameras, snapshots.as_deref()), payload)
            }
            Kind::FrigateStats { cameras } => stats(cameras, payload, now).into(),
        }
    }

    /// Somebody is near a ground sensor, which knows no more of where than where it stands itself.
    fn near(
        &self,
        sensor: &SensorId,
        mapping: Option<&Mapping>,
        payload: &[u8],
        now: Timestamp,
    ) -> Result<(Vec<Word>, bool), Refusal> {
        let mut fields = Fields::read(mapping, payload)?;
        let time = fields.time("time");
        let at = time.unwrap_or(now);
        if fields.flag("active") == Some(false) {
            return Ok((vec![Word::Alive(sensor.clone(), at, Ok(()))], time.is_some()));
        }
        let place =
            self.places.get(sensor).ok_or_else(|| Refusal::new("sensor", "is not known"))?;
        let position = ReportedPosition::Place(place_of(place.lat_deg(), place.lon_deg(), None));
        let sighting = fields.sighting(at, position);
        Ok((vec![Word::Seen(Source::Sensor(sensor.clone()), sighting)], time.is_some()))
    }
}

impl From<Result<(Vec<Word>, bool), Refusal>> for Message {
    fn from(read: Result<(Vec<Word>, bool), Refusal>) -> Self {
        match read {
            Ok((words, is_timed)) => Self { words, is_timed, ..Self::default() },
            Err(refusal) => Self { refusals: vec![refusal], ..Self::default() },
        }
    }
}

fn detection(
    sensor: &SensorId,
    mapping: &Mapping,
    payload: &[u8],
    now: Timestamp,
) -> Result<(Vec<Word>, bool), Refusal> {
    let mut fields = Fields::read(Some(mapping), payload)?;
    let time = fields.time("time");
    let position = fields.position()?;
    let sighting = fields.sighting(time.unwrap_or(now), position);
    Ok((vec![Word::Seen(Source::Sensor(sensor.clone()), sighting)], time.is_some()))
}

fn heartbeat(
    sensor: &SensorId,
    mapping: Option<&Mapping>,
    payload: &[u8],
    now: Timestamp,
) -> Result<(Vec<Word>, bool), Refusal> {
    let mut fields = Fields::read(mapping, payload)?;
    let time = fields.time("time");
    let works = match fields.flag("works") {
        Some(false) => {
            Err(fields.text("note").unwrap_or_else(|| "says that it does not work".into()))
        }
        Some(true) | None => Ok(()),
    };
    Ok((vec![Word::Alive(sensor.clone(), time.unwrap_or(now), works)], time.is_some()))
}

fn measured(
    station: &str,
    mapping: &Mapping,
    payload: &[u8],
    now: Timestamp,
) -> Result<(Vec<Word>, bool), Refusal> {
    let fields = Fields::read(Some(mapping), payload)?;
    let time = fields.time("time");
    let weather = fields.weather()?;
    let at = time.unwrap_or(now);
    Ok((vec![Word::Measured(station.to_owned(), at, weather)], time.is_some()))
}

fn reports(payload: &[u8]) -> Message {
    let text = std::str::from_utf8(payload).map_err(|fault| fault.to_string());
    let bulletin = match text.and_then(Bulletin::read) {
        Ok(bulletin) => bulletin,
        Err(fault) => return Err(Refusal::new("payload", fault)).into(),
    };
    let untold = bulletin.untold();
    let none = std::iter::repeat_n(Word::Nothing, bulletin.passed_over);
    Message {
        words: bulletin.words.into_iter().map(|(_, word)| word).chain(none).collect(),
        refusals: bulletin.faults.into_iter().map(|(_, refusal)| refusal).collect(),
        untold,
        is_timed: true,
        snapshot: None,
    }
}

/// What Frigate says of an object. What it takes for a mistake or for part of the ground says nothing, nor does what
/// would say who somebody is.
fn followed(
    (cameras, snapshots): (&BTreeMap<String, Camera>, Option<&str>),
    payload: &[u8],
) -> Message {
    let event = match frigate::parse(payload) {
        Ok(event) => event,
        Err(fault) => return Err(Refusal::new("payload", fault.to_string())).into(),
    };
    let Some(camera) = cameras.get(&event.camera) else {
        let reason = format!("must be one of {:?}, got {:?}", cameras.keys(), event.camera);
        return Err(Refusal::new("camera", reason)).into();
    };
    let says_nothing =
        event.false_positive || event.stationary || class::tells_identity(&event.label);
    let (Some(bounds), Some(time), false) = (event.bounds, event.seen, says_nothing) else {
        return Ok((vec![Word::Nothing], true)).into();
    };
    let position = match camera.bearing(bounds) {
        Ok(position) => position,
        Err(refusal) => return Err(refusal).into(),
    };
    let snapshot = Snapshot::of(&event, (&camera.sensor, snapshots));
    let sighting = Sighting {
        time,
        position,
        class: Some(event.label),
        confidence: event.score.or(event.top_score),
        id: Some(event.id),
    };
    let words = vec![Word::Seen(Source::Sensor(camera.sensor.clone()), sighting)];
    Message { words, snapshot, is_timed: true, ..Message::default() }
}

fn stats(
    cameras: &BTreeMap<String, Camera>,
    payload: &[u8],
    now: Timestamp,
) -> Result<(Vec<Word>, bool), Refusal> {
    let told =
        frigate::stats(payload).map_err(|fault| Refusal::new("payload", fault.to_string()))?;
    let alive = |(name, camera): (&String, &Camera)| {
        let works = match told.get(name) {
            Some(pictures_per_s) if *pictures_per_s > 0.0 => Ok(()),
            Some(_) => Err("gives no pictures".to_owned()),
            None => Err("is not known to the recorder".to_owned()),
        };
        Word::Alive(camera.sensor.clone(), now, works)
    };
    Ok((cameras.iter().map(alive).collect(), false))
}

fn place_of(lat_deg: f64, lon_deg: f64, sigma_m: Option<f64>) -> ReportedPlace {
    ReportedPlace {
        lon_deg,
        lat_deg,
        height_m: None,
        height_sigma_m: None,
        east_sigma_m: sigma_m,
        north_sigma_m: sigma_m,
    }
}

impl Topic {
    /// Checks a topic, and takes from the sector what cameras need to know of themselves.
    fn prepare(&mut self, sector: &Sector, stations: &Stations) -> Result<(), String> {
        if let Some(fault) = topic::filter_fault(&self.filter) {
            return Err(fault.to_owned());
        }
        match &mut self.kind {
            Kind::Detection { sensor, mapping } => {
                known(sensor, sector)?;
                fields::check(mapping, &members::DETECTION)?;
                fields::check_position(mapping)
            }
            Kind::GroundSensor { sensor, mapping } => {
                if !matches!(known(sensor, sector)?.kind, SensorKind::GroundSensor(_)) {
                    return Err(format!("{:?} must be a ground sensor of the sector", sensor.0));
                }
                check_all(mapping.as_ref(), &members::ALARM)
            }
            Kind::Heartbeat { sensor, mapping } => {
                known(sensor, sector)?;
                check_all(mapping.as_ref(), &members::STATUS)
            }
            Kind::WeatherText => Ok(()),
            Kind::Weather { station, mapping } => {
                stations.place(station).map_err(|refusal| refusal.reason)?;
                fields::check(mapping, &members::WEATHER)?;
                fields::check_weather(mapping)
            }
            Kind::Frigate { cameras, .. } | Kind::FrigateStats { cameras } => {
                for camera in cameras.values_mut() {
                    camera.aim(known(&camera.sensor, sector)?)?;
                }
                Ok(())
            }
        }
    }
}

fn known<'a>(id: &SensorId, sector: &'a Sector) -> Result<&'a Sensor, String> {
    sector.sensor(id).ok_or_else(|| format!("the sector has no sensor {:?}", id.0))
}

fn check_all(mapping: Option<&Mapping>, known: &[&str]) -> Result<(), String> {
    mapping.map_or(Ok(()), |mapping| fields::check(mapping, known))
}

/// A name that a message gives, fit to be shown.
pub(super) fn shown(name: &str) -> String {
    wire::text::clean(name, limits::NAME_CHARS)
}
