//! The cameras of a station whose pictures it pulls.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ::watch::footage::PictureReport;
use ::watch::journal::Input;
use sight::coverage::Model;
use sight::sector::{SensorId, SensorKind};
use url::Url;

use super::Handle;
use super::start::StartError;
use crate::ingest::camera::{
    Camera, CameraLimits, CameraLink, Credentials, DOOR, Keep, PROTOCOL, Recorder, Shelf,
};
use crate::ingest::door::{Address, DoorBoard, DoorLimits};
use crate::ingest::limits;

/// Where RTSP is spoken unless something else is said (RFC 2326, 3.2).
const PORT: u16 = 554;

/// Cameras to pull; none unless they are set.
#[derive(Debug, Clone, PartialEq)]
pub struct CamerasConfig {
    /// By the sensors that they are.
    pub cameras: BTreeMap<String, CameraIn>,
    /// Of each camera.
    pub limits: CameraLimits,
    /// Length of a recording, seconds.
    pub file_s: f64,
    pub keep: Keep,
}

/// One camera.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraIn {
    pub url: Url,
    pub credentials: Option<Credentials>,
    pub records: bool,
}

/// A camera that is said to be what gives no pictures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "doors.rtsp.cameras must name cameras, drones or balloons of the sector, got {sensor:?}: it has {known}"
)]
pub struct UnknownCamera {
    sensor: String,
    known: String,
}

impl Default for CamerasConfig {
    fn default() -> Self {
        Self {
            cameras: BTreeMap::new(),
            limits: CameraLimits {
                bits_per_s: limits::CAMERA_BITS_PER_S_DEFAULT,
                stalled_after_s: limits::STALLED_AFTER_S_DEFAULT,
            },
            file_s: limits::FOOTAGE_FILE_S_DEFAULT,
            keep: Keep { bytes: 0, days: limits::KEEP_DAYS_DEFAULT },
        }
    }
}

/// Begins to pull what is set, and to keep it in the data directory.
pub(super) async fn open_cameras(
    config: &CamerasConfig,
    data: &Path,
    handle: &Handle,
) -> Result<(), StartError> {
    forgive(config, handle).await?;
    let Some(first) = config.cameras.values().next() else { return Ok(()) };
    let limits = DoorLimits {
        connections_max: config.cameras.len(),
        messages_per_s: config.limits.bits_per_s / 8.0,
    };
    let board = DoorBoard::new((DOOR, PROTOCOL), address_of(&first.url), limits);
    let media = data.join("store").join("media");
    for (sensor, camera) in &config.cameras {
        let id = camera_of(handle.model(), sensor)?;
        let shelf = Shelf::open(&media, &id, config.keep)
            .map_err(|source| StartError::Media { path: media.join(&id.0), source })?;
        let shown = Camera::new(id, shelf);
        let shown = Arc::new(if camera.records { shown.recorded() } else { shown });
        handle.cameras().add(Arc::clone(&shown));
        let counters = &board.counters;
        if camera.records {
            let (camera, counters) = (Arc::clone(&shown), Arc::clone(counters));
            let recorder = Recorder::new(camera, handle.clone(), counters, config.file_s);
            tokio::spawn(recorder.run());
        }
        let at = (camera.url.clone(), camera.credentials.clone());
        let way_in = (handle.clone(), Arc::clone(counters));
        tokio::spawn(CameraLink::new(shown, at, config.limits, way_in).run());
    }
    handle.door_opened(board);
    Ok(())
}

/// A sensor that is no longer to give pictures is not held to have lost them.
async fn forgive(config: &CamerasConfig, handle: &Handle) -> Result<(), StartError> {
    let forgiven: Vec<Input> = {
        let picture = handle.live().read();
        let lost = picture.sensors.values().filter(|sensor| sensor.picture_lost.is_some());
        let left = lost.filter(|sensor| !config.cameras.contains_key(&sensor.id.0));
        left.map(|sensor| Input::Pictured(PictureReport { sensor: sensor.id.clone(), lost: None }))
            .collect()
    };
    if !forgiven.is_empty() {
        handle.submit(forgiven).await.map_err(StartError::Told)?;
    }
    Ok(())
}

fn camera_of(model: &Model, sensor: &str) -> Result<SensorId, UnknownCamera> {
    let gives_pictures = |kind: &SensorKind| match kind {
        SensorKind::ThermalCamera(_)
        | SensorKind::VisibleCamera(_)
        | SensorKind::Drone(_)
        | SensorKind::Balloon(_) => true,
        SensorKind::Radar(_)
        | SensorKind::GroundSensor(_)
        | SensorKind::Observer(_)
        | SensorKind::Checkpoint(_) => false,
    };
    let id = SensorId(sensor.to_owned());
    if model.sector().sensor(&id).is_some_and(|sensor| gives_pictures(&sensor.kind)) {
        return Ok(id);
    }
    let sensors = model.sector().sensors.iter().filter(|sensor| gives_pictures(&sensor.kind));
    let known: Vec<&str> = sensors.map(|sensor| sensor.id.0.as_str()).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Err(UnknownCamera { sensor: sensor.to_owned(), known })
}

/// Of the first camera, for the board; a name is looked up only when it is connected to.
fn address_of(url: &Url) -> Address {
    let host = url.host_str().unwrap_or_default();
    Address::Named(format!("{host}:{}", url.port().unwrap_or(PORT)))
}
