//! Category 034: whether a radar is alive, whether it may be used, and whether it is jammed.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sight::geo::Wgs84;
use watch::detection::{Registration, Rejection, StatusReport};
use watch::journal::Input;
use wire::asterix::service::{Kind, Place, Service};
use wire::asterix::{Record, time};

use super::radars::{Radar, node_id};
use super::{DOOR, RadarReader, in_words};
use crate::ingest::datagram_door::Step;
use crate::ingest::liveness::Liveness;
use crate::ingest::rejections::Refusal;
use crate::ingest::{limits, seconds};

/// How a radar fares.
#[derive(Debug, Default)]
pub(super) struct Life {
    liveness: Liveness,
    /// Of one turn of the antenna, as it says itself.
    pub(super) period_s: Option<f64>,
    not_operational: bool,
    jammed: Option<(f64, Timestamp)>,
    /// What was said not to fit.
    remarked: BTreeSet<&'static str>,
}

impl Life {
    /// True once, when a radar that was heard no longer is.
    pub(super) fn falls_silent(&mut self, turn_s: f64, now: Timestamp) -> bool {
        let limit_s = (turn_s * limits::MISSED_STATUS_MAX).max(limits::QUIET_MIN.as_secs_f64());
        let silent = self.liveness.falls_silent(limit_s, now);
        if silent {
            (self.not_operational, self.jammed) = (false, None);
            self.remarked.clear();
        }
        silent
    }

    /// True when it was not there before.
    fn hear(&mut self, service: &Service, now: Timestamp) -> bool {
        self.period_s = service.period_s.filter(|period_s| *period_s > 0.0).or(self.period_s);
        if let Some(operational) = service.operational {
            self.not_operational = !operational;
        }
        if service.kind == Kind::JammingStrobe {
            // Tens of degrees are enough to send somebody to look, and do not flicker.
            let about = service.azimuth_deg.unwrap_or_default() / 10.0;
            self.jammed = Some((about.round() * 10.0, now));
        }
        self.jammed = self.jammed.filter(|(_, at)| seconds(*at, now) <= limits::JAMMING_SHOWN_S);
        self.liveness.hear(now)
    }

    fn note(&self) -> String {
        let stopped = self.not_operational.then(|| "says that it must not be used".to_owned());
        let jammed =
            self.jammed.map(|(azimuth_deg, _)| format!("jammed from about {azimuth_deg}°"));
        stopped.into_iter().chain(jammed).collect::<Vec<_>>().join("; ")
    }
}

impl RadarReader {
    /// A service message. Every kind of it says that the radar is there.
    pub(super) fn take_service(
        &mut self,
        record: &Record,
        now: Timestamp,
        step: &mut Step,
    ) -> Result<bool, Refusal> {
        let service = Service::from_record(record)
            .map_err(|fault| Refusal::new("category 034", fault.to_string()))?;
        let radar = self.radars.by_source.get_mut(&service.source).ok_or_else(|| {
            let source = in_words(service.source);
            Refusal::new("I034/010", format!("{source} is no radar of the configuration"))
        })?;
        let observed_at = match service.time_of_day_s {
            Some(seconds) => time::moment(now, seconds).ok_or_else(|| {
                Refusal::new("I034/030", format!("must be a time of day, got {seconds} s"))
            })?,
            None => now,
        };
        if radar.life.hear(&service, now) {
            step.inputs.push(Input::Registered(Registration {
                source: radar.speaker(),
                node_id: node_id(service.source),
                name: radar.sensor.name.en.clone(),
                status_interval_s: radar.turn_s(),
                follows: false,
            }));
        }
        let (detecting, note) = (!radar.life.not_operational, radar.life.note());
        if let Some(number) = radar.life.liveness.news((detecting, &note), now) {
            step.inputs.push(Input::Status(StatusReport {
                source: radar.speaker(),
                report_id: format!("{}-{number}", node_id(service.source)),
                observed_at,
                detecting,
                note,
                location: None,
                weather: None,
                impaired: None,
            }));
        }
        for (field, reason) in remarks(radar, &service).into_iter().flatten() {
            if radar.life.remarked.insert(field) {
                let (door, source) = (DOOR.to_owned(), Some(radar.speaker()));
                let field = field.to_owned();
                step.inputs.push(Input::Rejected(Rejection { door, source, field, reason }));
            }
        }
        Ok(true)
    }
}

/// What does not fit between what the radar says of itself and what the sector file says.
fn remarks(radar: &Radar, service: &Service) -> [Option<(&'static str, String)>; 2] {
    let turns = matches!(service.kind, Kind::NorthMarker | Kind::SectorCrossing);
    let at_once = turns && radar.figures.sectors <= 1;
    let id = &radar.sensor.id.0;
    let unturned = at_once.then(|| {
        let reason = format!(
            "{id} turns, but by the sector file it sees all of its field at once: set radar.sectors"
        );
        ("I034/000", reason)
    });
    let elsewhere = service.place.and_then(|place| apart_m(radar, place)).map(|apart_m| {
        (
            "I034/120",
            format!("{id} says that it stands {apart_m:.0} m from its place in the sector file"),
        )
    });
    [unturned, elsewhere]
}

/// How far a radar says to stand from where the sector file has it, if that is more than surveys differ by.
fn apart_m(radar: &Radar, Place { lat_deg, lon_deg, .. }: Place) -> Option<f64> {
    let told = Wgs84::new(lon_deg, lat_deg).ok()?;
    let apart_m = (told.to_ecef(0.0) - radar.sensor.place.to_ecef(0.0)).norm();
    (apart_m > limits::RADAR_APART_MAX_M).then_some(apart_m)
}
