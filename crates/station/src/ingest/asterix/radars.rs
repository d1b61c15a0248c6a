//! Which radar of the sector sends by which source, and how each fares.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use sight::coverage::Model;
use sight::sector::{RadarFigures, Sensor, SensorId, SensorKind};
use watch::detection::Source as Speaker;
use watch::journal::Input;
use wire::asterix::Source;

use super::in_words;
use super::recent::Recent;
use super::service::Life;
use crate::ingest::datagram_door::Step;
use crate::ingest::{limits, seconds};

/// Which way a radar's maker counts radial speeds; ASTERIX does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RadarSign {
    /// Positive while the range grows.
    Away,
    /// Positive while it shrinks.
    Toward,
}

/// What the configuration says of one radar.
#[derive(Debug, Clone, PartialEq)]
pub struct RadarSettings {
    /// Its id in the sector file.
    pub sensor: String,
    /// Errors that stand in for those of the sector file.
    pub range_sigma_m: Option<f64>,
    pub azimuth_sigma_deg: Option<f64>,
    /// Without it radial speeds are not used.
    pub radial_positive: Option<RadarSign>,
}

/// A source that is said to be what is no radar of the sector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "doors.asterix.radars.\"{origin}\".sensor must be a radar of the sector, got {sensor:?}: it has {known}"
)]
pub struct UnknownRadar {
    origin: String,
    sensor: String,
    known: String,
}

/// The radars that may speak.
#[derive(Debug)]
pub struct Radars {
    pub(super) model: Arc<Model>,
    /// How sure an answering transponder is of an aircraft.
    pub(super) transponder_confidence: f64,
    pub(super) by_source: BTreeMap<Source, Radar>,
}

/// One radar.
#[derive(Debug)]
pub(super) struct Radar {
    pub(super) sensor: Sensor,
    pub(super) figures: RadarFigures,
    pub(super) settings: RadarSettings,
    /// Of its head, above sea; `None` off the terrain.
    pub(super) head_m: Option<f64>,
    pub(super) life: Life,
    pub(super) recent: Recent,
    /// When the beam last began to report each part of its turn.
    passes: BTreeMap<u16, Timestamp>,
}

impl Radars {
    pub fn of_model(
        model: &Arc<Model>,
        settings: &BTreeMap<Source, RadarSettings>,
        transponder_confidence: f64,
    ) -> Result<Self, UnknownRadar> {
        let radars = settings.iter().map(|(source, settings)| {
            let radar = Radar::of_model(model, settings);
            Ok((*source, radar.ok_or_else(|| unknown(model, *source, &settings.sensor))?))
        });
        let by_source = radars.collect::<Result<_, UnknownRadar>>()?;
        Ok(Self { model: Arc::clone(model), transponder_confidence, by_source })
    }

    /// Tells of radars that have fallen silent.
    pub(super) fn find_lost(&mut self, now: Timestamp, step: &mut Step) {
        for (source, radar) in &mut self.by_source {
            let turn_s = radar.turn_s();
            if radar.life.falls_silent(turn_s, now) {
                step.inputs.push(Input::Disconnected { node_id: node_id(*source) });
            }
        }
    }
}

impl Radar {
    fn of_model(model: &Model, settings: &RadarSettings) -> Option<Self> {
        let sensor = model.sector().sensor(&SensorId(settings.sensor.clone()))?.clone();
        let SensorKind::Radar(figures) = sensor.kind else { return None };
        let ground_m = model.grid().height_m(sensor.place);
        Some(Self {
            figures,
            settings: settings.clone(),
            head_m: ground_m.map(|ground_m| ground_m + sensor.height_m),
            sensor,
            life: Life::default(),
            recent: Recent::default(),
            passes: BTreeMap::new(),
        })
    }

    pub(super) fn speaker(&self) -> Speaker {
        Speaker::Sensor(self.sensor.id.clone())
    }

    /// Time of one turn, as it says itself or else the sector file.
    pub(super) fn turn_s(&self) -> f64 {
        self.life.period_s.unwrap_or(self.sensor.revisit_s)
    }

    /// The time for all that is seen in one part of one turn, so that it makes one look.
    ///
    /// A beam stays in one part for a turn's time over the number of parts, which is as much as a time may be off.
    pub(super) fn time_of_pass(&mut self, part: u16, seen_at: Timestamp) -> Timestamp {
        if self.figures.sectors <= 1 {
            return seen_at;
        }
        let same_s = self.turn_s() / 2.0;
        let began = self.passes.entry(part).or_insert(seen_at);
        if seconds(*began, seen_at).abs() >= same_s {
            *began = seen_at;
        }
        *began
    }

    pub(super) fn range_sigma_m(&self) -> f64 {
        self.settings.range_sigma_m.unwrap_or(self.figures.range_sigma_m)
    }

    pub(super) fn azimuth_sigma_deg(&self) -> f64 {
        self.settings.azimuth_sigma_deg.unwrap_or(self.figures.azimuth_sigma_deg)
    }

    /// The range beyond which nobody asked for what it sees.
    pub(super) fn range_max_m(&self) -> f64 {
        (self.sensor.range_max_m * limits::RANGE_SPARE).min(limits::PLACE_DISTANCE_MAX_M)
    }
}

/// The name by which a radar comes and goes in the record.
pub(super) fn node_id(source: Source) -> String {
    format!("asterix-{}-{}", source.sac, source.sic)
}

fn unknown(model: &Model, source: Source, sensor: &str) -> UnknownRadar {
    let radars = model.sector().sensors.iter();
    let known: Vec<&str> = radars
        .filter(|sensor| matches!(sensor.kind, SensorKind::Radar(_)))
        .map(|sensor| sensor.id.0.as_str())
        .collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    UnknownRadar { origin: in_words(source), sensor: sensor.to_owned(), known }
}
