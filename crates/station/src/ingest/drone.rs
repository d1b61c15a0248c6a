//! Drones of the sector, whichever way they tell of themselves: `MAVLink`, or the metadata of their video.

mod dwelt;
pub mod klv;
pub mod mavlink;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use sight::coverage::Model;
use sight::geo::Wgs84;
use sight::sector::{Sensor, SensorId, SensorKind};
use sight::sensor::footprint::outline;
use sight::sensor::geolocation::Camera;
use watch::detection::{
    Registration, ReportedPlace, ReportedWeather, Source as Speaker, StatusReport, ViewReport,
};
use watch::journal::Input;

use self::dwelt::Dwelt;
use super::datagram_door::Step;
use super::liveness::Liveness;
use super::rejections::Refusal;
use super::{limits, refuse_far, seconds};

/// An asset that is said to be what is no drone of the sector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} must be a drone or balloon of the sector, got {sensor:?}: it has {known}")]
pub struct UnknownDrone {
    path: String,
    sensor: String,
    known: String,
}

/// What people are shown of drones; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct DroneBoard(Arc<Mutex<BTreeMap<SensorId, DroneView>>>);

/// A drone as it told of itself last. Nothing of it decides anything: what does goes through the record.
#[derive(Debug, Clone, PartialEq)]
pub struct DroneView {
    /// `mavlink` ...
    pub door: &'static str,
    pub heard_at: Timestamp,
    pub place: Option<Wgs84>,
    /// Above mean sea level.
    pub altitude_m: Option<f64>,
    pub heading_deg: Option<f64>,
    pub battery_percent: Option<u8>,
    pub wind: Option<Wind>,
    /// Outline of what its camera sees on the ground, and when it saw that.
    pub footprint: Option<(Vec<Wgs84>, Timestamp)>,
}

/// Wind as a drone estimates it where it flies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wind {
    pub speed_mps: f64,
    /// Where it comes from.
    pub from_deg: f64,
}

impl DroneBoard {
    /// Drones by the ids of their sensors.
    pub fn shown(&self) -> BTreeMap<SensorId, DroneView> {
        self.views().clone()
    }

    /// Outlines of what their cameras see now, as long as that is fresh.
    pub fn pictures(&self, now: Timestamp) -> Vec<(SensorId, Vec<Wgs84>)> {
        let is_fresh = |at: Timestamp| seconds(at, now) <= limits::DRONE_SILENT_S;
        let views = self.views();
        let fresh = views.iter().filter_map(|(id, view)| {
            let (ring, _) = view.footprint.as_ref().filter(|(_, at)| is_fresh(*at))?;
            Some((id.clone(), ring.clone()))
        });
        fresh.collect()
    }

    fn show(&self, id: &SensorId, view: DroneView) {
        self.views().insert(id.clone(), view);
    }

    fn hide(&self, id: &SensorId) {
        self.views().remove(id);
    }

    fn views(&self) -> MutexGuard<'_, BTreeMap<SensorId, DroneView>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a drone that tells where its camera looks is taken to watch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Watches {
    /// Only the ground on which its picture has rested of late.
    #[default]
    Picture,
    /// What the sector file says, wherever it looks.
    Planned,
}

/// One drone.
#[derive(Debug)]
struct Drone {
    door: &'static str,
    sensor: Sensor,
    node_id: String,
    /// Half of its picture, as tangents of angles, by the sector file.
    half_picture: (f64, f64),
    liveness: Liveness,
    outlined_at: Option<Timestamp>,
    /// What it watches, by its picture; `None` where the sector file says so.
    dwelt: Option<Dwelt>,
    view: Option<DroneView>,
}

/// What a drone says of itself at one time.
struct Word {
    observed_at: Timestamp,
    detecting: bool,
    note: String,
    location: Option<ReportedPlace>,
    /// What it makes of the weather where it is.
    weather: Option<ReportedWeather>,
}

impl Drone {
    fn of_model(
        model: &Model,
        door: &'static str,
        (path, id): (&str, &str),
        node: &str,
    ) -> Result<Self, UnknownDrone> {
        let sensor = model.sector().sensor(&SensorId(id.to_owned()));
        let platform = sensor.and_then(|sensor| match sensor.kind {
            SensorKind::Drone(platform) | SensorKind::Balloon(platform) => Some((sensor, platform)),
            SensorKind::ThermalCamera(_)
            | SensorKind::VisibleCamera(_)
            | SensorKind::Radar(_)
            | SensorKind::GroundSensor(_)
            | SensorKind::Observer(_)
            | SensorKind::Checkpoint(_) => None,
        });
        let (sensor, platform) = platform.ok_or_else(|| unknown(model, path, id))?;
        let optics = platform.optics;
        let half =
            |pixels: u32| f64::from(pixels) * optics.pitch_um * 1e-3 / (2.0 * optics.focal_mm);
        Ok(Self {
            door,
            sensor: sensor.clone(),
            node_id: format!("{door}-{node}"),
            half_picture: (half(optics.pixels_across), half(optics.pixels_down)),
            liveness: Liveness::default(),
            outlined_at: None,
            dwelt: None,
            view: None,
        })
    }

    fn speaker(&self) -> Speaker {
        Speaker::Sensor(self.sensor.id.clone())
    }

    /// Notes that it is there.
    fn hear(&mut self, now: Timestamp, step: &mut Step) {
        if self.liveness.hear(now) {
            step.inputs.push(Input::Registered(Registration {
                source: self.speaker(),
                node_id: self.node_id.clone(),
                name: self.sensor.name.en.clone(),
                status_interval_s: limits::MACHINE_STATUS_EVERY_S,
                follows: false,
            }));
        }
        let door = self.door;
        let view = self.view.get_or_insert(DroneView {
            door,
            heard_at: now,
            place: None,
            altitude_m: None,
            heading_deg: None,
            battery_percent: None,
            wind: None,
            footprint: None,
        });
        view.heard_at = now;
    }

    fn find_lost(&mut self, board: &DroneBoard, now: Timestamp, step: &mut Step) -> bool {
        let lost = self.liveness.falls_silent(limits::DRONE_SILENT_S, now);
        if lost {
            step.inputs.push(Input::Disconnected { node_id: self.node_id.clone() });
            (self.view, self.outlined_at) = (None, None);
            self.dwelt = self.dwelt.take().map(|_| Dwelt::default());
            board.hide(&self.sensor.id);
        }
        lost
    }

    /// Tells the core what is news; true when it was told.
    fn tell(&mut self, word: Word, now: Timestamp, step: &mut Step) -> bool {
        let Word { observed_at, detecting, note, location, weather } = word;
        let number = self.liveness.news((detecting, &note), now);
        if let Some(number) = number {
            step.inputs.push(Input::Status(StatusReport {
                source: self.speaker(),
                report_id: format!("{}-{number}", self.node_id),
                observed_at,
                detecting,
                note,
                location,
                weather,
                impaired: None,
            }));
        }
        number.is_some()
    }

    fn watching(self, watches: Watches) -> Self {
        let dwelt = match watches {
            Watches::Picture => Some(Dwelt::default()),
            Watches::Planned => None,
        };
        Self { dwelt, ..self }
    }

    /// Shows what the camera sees on the ground, and tells what it has rested on; at most once a second, for every ray
    /// is cast on terrain.
    fn outline(
        &mut self,
        model: &Model,
        (camera, half_picture): (&Camera, (f64, f64)),
        now: Timestamp,
        step: &mut Step,
    ) {
        if !self.outline_is_due(now) {
            return;
        }
        let reach = (model.sector().settings.refraction, self.sensor.range_max_m);
        let ring = camera
            .pose(model.grid())
            .and_then(|pose| outline(model.grid(), &pose, half_picture, reach));
        self.rest_on(ring, now, step);
    }

    /// The same where the drone tells the ground that its camera sees itself.
    fn outline_told(&mut self, ring: Vec<Wgs84>, now: Timestamp, step: &mut Step) {
        if self.outline_is_due(now) {
            self.rest_on(Some(ring), now, step);
        }
    }

    fn outline_is_due(&self, now: Timestamp) -> bool {
        let lately = |at: Timestamp| (0.0..limits::OUTLINE_EVERY_S).contains(&seconds(at, now));
        !self.outlined_at.is_some_and(lately)
    }

    fn rest_on(&mut self, ring: Option<Vec<Wgs84>>, now: Timestamp, step: &mut Step) {
        self.outlined_at = Some(now);
        if let Some((dwelt, ring)) = self.dwelt.as_mut().zip(ring.as_ref())
            && let Some(view) = dwelt.take(ring, self.sensor.revisit_s, now)
        {
            let sensor = self.sensor.id.clone();
            step.inputs.push(Input::Viewed(ViewReport { sensor, view }));
        }
        if let Some(view) = &mut self.view {
            view.footprint = ring.map(|ring| (ring, now));
        }
    }

    fn show(&self, board: &DroneBoard) {
        if let Some(view) = &self.view {
            board.show(&self.sensor.id, view.clone());
        }
    }
}

/// A drone's place in the core's terms; one far from the sector is a receiver without a fix, or a slip.
fn located(
    model: &Model,
    (place, altitude_m): (Wgs84, Option<f64>),
    field: &str,
) -> Result<ReportedPlace, Refusal> {
    refuse_far(place, field, &model.sector().frame)?;
    let (least_m, most_m) = watch::limits::HEIGHT_M;
    Ok(ReportedPlace {
        lon_deg: place.lon_deg(),
        lat_deg: place.lat_deg(),
        height_m: altitude_m.filter(|height_m| (least_m..=most_m).contains(height_m)),
        height_sigma_m: None,
        east_sigma_m: None,
        north_sigma_m: None,
    })
}

fn unknown(model: &Model, path: &str, sensor: &str) -> UnknownDrone {
    let is_drone =
        |sensor: &&Sensor| matches!(sensor.kind, SensorKind::Drone(_) | SensorKind::Balloon(_));
    let drones = model.sector().sensors.iter().filter(is_drone);
    let known: Vec<&str> = drones.map(|sensor| sensor.id.0.as_str()).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    UnknownDrone { path: path.to_owned(), sensor: sensor.to_owned(), known }
}
