//! `GET /api/tracks/{id}/lineage`: the measurements that a track was made of.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;
use watch::journal::TrackId;
use watch::tracking::TrackLineage;

use super::Api;
use super::problem::Problem;
use super::sector::round;

#[derive(Debug, Serialize)]
pub(super) struct LineageView {
    track: u64,
    /// Oldest first.
    measurements: Vec<MeasurementView>,
    /// How many older ones the station no longer keeps; the record has them all.
    forgotten: u64,
}

#[derive(Debug, Serialize)]
struct MeasurementView {
    /// The number under which the tracker itself knew what it was of.
    track: u64,
    sensor: String,
    at: String,
    id: u64,
    share: f64,
}

pub(super) async fn lineage(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
) -> Result<Json<LineageView>, Problem> {
    let track = id.parse().map(TrackId).map_err(|_not_a_number| {
        let detail = "must be a track's number";
        Problem::bad_request("track-wrong", "track", detail)
    })?;
    let lineage = api.handle.lineage(track).await?.ok_or_else(|| {
        let detail = format!("there is no track {}, or it ended long ago", track.0);
        Problem::new(StatusCode::NOT_FOUND, "track-unknown", detail).at("track")
    })?;
    Ok(Json(LineageView::of(track, lineage)))
}

impl LineageView {
    fn of(track: TrackId, lineage: TrackLineage) -> Self {
        let measurements = lineage.measurements.into_iter().map(|seen| MeasurementView {
            track: seen.track.0,
            sensor: seen.measurement.sensor.0,
            at: seen.measurement.at.to_string(),
            id: seen.measurement.id,
            share: round(seen.measurement.share, 3),
        });
        Self { track: track.0, measurements: measurements.collect(), forgotten: lineage.forgotten }
    }
}
