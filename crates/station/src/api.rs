//! The HTTP interface, as `docs/API.md` describes it.

mod cameras;
mod cap;
mod commands;
mod crossing;
mod doors;
mod drones;
mod evidence;
mod export;
mod forecast;
mod guard;
mod health;
mod ingest;
mod lineage;
mod messages;
mod ogc;
mod page;
mod picture;
mod problem;
mod ranges;
mod record;
mod rows;
mod seams;
pub mod sector;
mod stream;
mod strip;
mod tiles;

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use tokio::sync::{Semaphore, broadcast};

use self::crossing::Crossings;
use self::forecast::Forecasts;
use self::picture::{Around, PictureView};
use self::rows::Watched;
use self::sector::{Occasion, SectorView};
use self::stream::Broadcast;
use self::tiles::Tiles;
use crate::ingest::upload::UploadDoor;
use crate::limits::{BODY_BYTES_MAX, STREAM_MESSAGES_WAITING_MAX, STREAMS_MAX, VIEWERS_MAX};
use crate::runtime::Handle;
use crate::telemetry;

pub(crate) use self::picture::{EllipseView, chainage_m};

/// What the routes share.
#[derive(Debug)]
pub(crate) struct Api {
    handle: Handle,
    occasion: Occasion,
    data_directory: PathBuf,
    upload: Arc<UploadDoor<Handle>>,
    tiles: Tiles,
    crossings: Crossings,
    forecasts: Forecasts,
    watched: Watched,
    changes: broadcast::Sender<Broadcast>,
    streams: Arc<Semaphore>,
    viewers: Arc<Semaphore>,
}

impl Api {
    fn around(&self) -> Around<'_> {
        let (_, shed) = self.handle.load();
        Around { sector: self.handle.model().sector(), speed: self.handle.speed(), shed }
    }
}

/// The routes of a running station. Must be called within a tokio runtime, where the stream's writer is started.
pub(crate) fn router(
    (handle, upload): (Handle, Arc<UploadDoor<Handle>>),
    occasion: Occasion,
    data_directory: PathBuf,
) -> Router {
    let (changes, _) = broadcast::channel(STREAM_MESSAGES_WAITING_MAX);
    let api = Arc::new(Api {
        handle,
        occasion,
        data_directory,
        upload,
        tiles: Tiles::default(),
        crossings: Crossings::default(),
        forecasts: Forecasts::default(),
        watched: Watched::default(),
        changes: changes.clone(),
        streams: Arc::new(Semaphore::new(STREAMS_MAX)),
        viewers: Arc::new(Semaphore::new(VIEWERS_MAX)),
    });
    tokio::spawn(stream::publish(Arc::clone(&api), changes));
    Router::new()
        .route("/api/sector", get(sector_view))
        .route("/api/picture", get(picture_view))
        .route("/api/stream", get(stream::stream))
        .route("/api/commands", post(commands::command))
        .route("/api/ingest/detections", post(ingest::detections))
        .route("/api/ingest/weather", post(ingest::weather))
        .route("/api/ingest/tracks", post(ingest::tracks))
        .route("/api/tracks/{id}/lineage", get(lineage::lineage))
        .route("/api/alerts/{id}/cap", get(cap::cap))
        .route("/api/evidence", get(evidence::evidence))
        .route("/api/stretches/{id}/crossing", get(crossing::crossing))
        .route("/api/seams", get(seams::on_offer).post(seams::hear))
        .route("/api/strip", get(strip::strip))
        .route("/api/forecast", get(forecast::forecast))
        .route("/api/export", get(export::export))
        .route("/api/health", get(health::health))
        .route("/api/doors", get(doors::doors))
        .route("/api/drones", get(drones::drones))
        .route("/api/messages", get(messages::messages).post(messages::answer))
        .route("/api/cameras", get(cameras::cameras))
        .route("/api/cameras/{sensor}/live", get(cameras::live))
        .route("/api/cameras/{sensor}/recordings", get(cameras::recordings))
        .route("/api/cameras/{sensor}/recordings/{name}", get(cameras::recording))
        .route("/api/record", get(record::record))
        .route("/record/checkpoint", get(record::checkpoint))
        .route("/record/tile/{level}/{*rest}", get(record::tile))
        .route("/metrics", get(metrics))
        .route("/tiles/dem/{z}/{x}/{y}", get(tiles::dem))
        .route("/tiles/coverage/{z}/{x}/{y}", get(tiles::coverage))
        .route("/tiles/corridors/{z}/{x}/{y}", get(tiles::corridors))
        .route("/ogc/", get(ogc::landing))
        .nest("/ogc", ogc::routes())
        .fallback(get(page::page))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn(guard::guard))
        .with_state(api)
}

async fn sector_view(State(api): State<Arc<Api>>) -> Json<SectorView> {
    Json(SectorView::of(api.handle.model().sector(), api.occasion))
}

async fn picture_view(State(api): State<Arc<Api>>) -> Json<PictureView> {
    Json(PictureView::of(&api.handle.live().read(), api.around()))
}

async fn metrics(State(api): State<Arc<Api>>) -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, telemetry::metrics(&api.handle))
}
