//! `GET /api/cameras`: how cameras are, what they see now, and what was recorded of them.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use jiff::Timestamp;
use serde::Serialize;
use sight::sector::SensorId;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::task::spawn_blocking;

use super::Api;
use super::problem::Problem;
use super::ranges::{self, Fixed};
use super::sector::round;
use crate::identity;
use crate::ingest::camera::fragments::Fragments;
use crate::ingest::camera::{AccessUnit, Camera, CameraState, Codec, Format, Kept};
use crate::limits::RECORDING_LOOK;

/// What the file of a recording is called where it is asked for.
pub(super) const FORMAT: &str = "mp4";
/// What stands between two pictures.
const BOUNDARY: &str = "picture";

#[derive(Debug, Serialize)]
pub(super) struct CamerasView {
    now: String,
    cameras: Vec<CameraView>,
}

#[derive(Debug, Serialize)]
struct CameraView {
    /// The sensor that it is in the sector file.
    sensor: String,
    /// As RFC 6381 has it, once a picture came.
    codec: Option<String>,
    /// `mp4` or `jpeg`: what the live view is.
    live: Option<&'static str>,
    width: Option<u16>,
    height: Option<u16>,
    frames_per_s: f64,
    bytes_per_s: f64,
    last_frame_at: Option<String>,
    lost: Option<String>,
    connections: u64,
    frames: u64,
    bytes: u64,
    records: bool,
    unrecorded: u64,
    recordings: usize,
    recorded_bytes: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct RecordingsView {
    recordings: Vec<RecordingView>,
}

#[derive(Debug, Serialize)]
struct RecordingView {
    name: String,
    began_at: String,
    ended_at: String,
    bytes: u64,
}

pub(super) async fn cameras(State(api): State<Arc<Api>>) -> Json<CamerasView> {
    let cameras = api.handle.cameras().all();
    let cameras = cameras.iter().map(|camera| CameraView::of(camera)).collect();
    Json(CamerasView { now: api.handle.now().to_string(), cameras })
}

/// What a camera sees now, for as long as it is asked for: fragmented MP4, or JPEG after JPEG.
pub(super) async fn live(
    State(api): State<Arc<Api>>,
    Path(sensor): Path<String>,
) -> Result<Response, Problem> {
    let camera = find(&api, sensor)?;
    let Some(format) = camera.state().format else {
        let detail = "no picture has come yet";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "camera-silent", detail));
    };
    let Ok(place) = Arc::clone(&api.viewers).try_acquire_owned() else {
        let detail = "too many live views are open; close one";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "views-full", detail));
    };
    let kind = match format.codec {
        Codec::H264 | Codec::H265 => format!("video/mp4; codecs=\"{}\"", format.name),
        Codec::Jpeg => format!("multipart/x-mixed-replace; boundary={BOUNDARY}"),
    };
    let viewer = Viewer { units: camera.units(), fragments: None, format, _place: place };
    let body = stream::unfold(viewer, |mut viewer| async move {
        let bytes = viewer.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(bytes)), viewer))
    });
    let head = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store".to_owned())];
    Ok((head, Body::from_stream(body)).into_response())
}

pub(super) async fn recordings(
    State(api): State<Arc<Api>>,
    Path(sensor): Path<String>,
) -> Result<Json<RecordingsView>, Problem> {
    let recordings =
        find(&api, sensor)?.shelf().recordings().into_iter().map(|(name, kept)| RecordingView {
            name,
            began_at: kept.began_at.to_string(),
            ended_at: kept.ended_at.to_string(),
            bytes: kept.bytes,
        });
    Ok(Json(RecordingsView { recordings: recordings.collect() }))
}

/// One recording or a part of it, as it was when its digest was written into the record.
pub(super) async fn recording(
    State(api): State<Arc<Api>>,
    viewer: identity::Viewer,
    Path((sensor, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let camera = find(&api, sensor)?;
    if camera.shelf().kept(&name).is_some_and(|kept| is_old(&kept, api.handle.now())) {
        let what = format!("recordings/{}/{name}", camera.sensor().0);
        api.warden.hold_export(&viewer, (&what, FORMAT))?;
    }
    let path = camera.shelf().path(&name).ok_or_else(|| {
        let detail = "there is no recording of this name, or none any more";
        Problem::new(StatusCode::NOT_FOUND, "recording-unknown", detail).at("name")
    })?;
    let (file, length) = open(path).await.map_err(|fault| {
        Problem::new(StatusCode::NOT_FOUND, "recording-unknown", fault.to_string()).at("name")
    })?;
    // Its digest stands in the record: whatever has this name has these bytes.
    let fixed = Fixed { file, length, kind: "video/mp4", tag: name };
    ranges::answer(&headers, fixed).await
}

/// Whether who fetches it looks at the past and not at the watch that goes on.
fn is_old(kept: &Kept, now: Timestamp) -> bool {
    now.duration_since(kept.ended_at) > RECORDING_LOOK
}

async fn open(path: PathBuf) -> std::io::Result<(std::fs::File, u64)> {
    let opened = spawn_blocking(move || {
        let file = std::fs::File::open(path)?;
        let length = file.metadata()?.len();
        Ok((file, length))
    });
    opened.await.unwrap_or_else(|fault| Err(std::io::Error::other(fault)))
}

fn find(api: &Api, sensor: String) -> Result<Arc<Camera>, Problem> {
    api.handle.cameras().camera(&SensorId(sensor)).ok_or_else(|| {
        let detail = "no camera of this name is set in doors.rtsp.cameras";
        Problem::new(StatusCode::NOT_FOUND, "camera-unknown", detail).at("sensor")
    })
}

/// One who watches.
struct Viewer {
    units: Receiver<Arc<AccessUnit>>,
    /// What was begun to be shown; `None` until a picture that can be decoded by itself.
    fragments: Option<Fragments>,
    format: Arc<Format>,
    _place: OwnedSemaphorePermit,
}

impl Viewer {
    /// The next bytes; `None` when what was begun cannot go on, and must be asked for anew.
    async fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let unit = match self.units.recv().await {
                Ok(unit) => unit,
                Err(RecvError::Lagged(_)) if self.format.codec == Codec::Jpeg => continue,
                // What follows cannot be decoded without what was missed.
                Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
            };
            if *unit.format != *self.format {
                return None;
            }
            if self.format.codec == Codec::Jpeg {
                return Some(part(&unit.data));
            }
            match &mut self.fragments {
                Some(fragments) if fragments.goes_on(&unit.format) => {
                    return Some(fragments.push(unit));
                }
                // Another connection's clock begins anew.
                Some(_) => return None,
                None if unit.is_key => {
                    let (fragments, head) = Fragments::begin(unit);
                    self.fragments = Some(fragments);
                    return Some(head);
                }
                None => {}
            }
        }
    }
}

/// One picture of many (RFC 2046, 5.1).
fn part(jpeg: &[u8]) -> Vec<u8> {
    let length = jpeg.len();
    let head =
        format!("--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), jpeg, b"\r\n"].concat()
}

impl CameraView {
    fn of(camera: &Camera) -> Self {
        let state: CameraState = camera.state();
        let format = state.format.as_deref();
        Self {
            sensor: camera.sensor().0.clone(),
            codec: format.map(|format| format.name.clone()),
            live: format.map(|format| match format.codec {
                Codec::H264 | Codec::H265 => "mp4",
                Codec::Jpeg => "jpeg",
            }),
            width: format.map(|format| format.track.width),
            height: format.map(|format| format.track.height),
            frames_per_s: round(state.frames_per_s, 1),
            bytes_per_s: round(state.bytes_per_s, 0),
            last_frame_at: state.last_at.map(|at| at.to_string()),
            lost: state.lost,
            connections: state.connections,
            frames: state.frames,
            bytes: state.bytes,
            records: state.records,
            unrecorded: state.unrecorded,
            recordings: state.files,
            recorded_bytes: state.file_bytes,
        }
    }
}
