//! `GET /api/tracks/{id}/lineage`: the measurements that a track was made of.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use sight::sector::SensorId;
use watch::journal::TrackId;
use watch::tracking::TrackLineage;

use super::problem::Problem;
use super::sector::round;
use super::shown::Seen;
use crate::ingest::snapshots::{Snapshot, Snapshots};
use crate::limits::SNAPSHOTS_TOLD;

#[derive(Debug, Serialize)]
pub(super) struct LineageView {
    track: u64,
    /// Oldest first.
    measurements: Vec<MeasurementView>,
    /// How many older ones the station no longer keeps; the record has them all.
    forgotten: u64,
    /// Pictures that recorders took when these sensors saw it, oldest first.
    snapshots: Vec<SnapshotView>,
}

#[derive(Debug, Serialize)]
pub(super) struct SnapshotView {
    sensor: String,
    /// The recorder's names.
    camera: String,
    event: String,
    at: String,
    /// Where a person can look at it.
    href: Option<String>,
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
    Seen(shown): Seen,
    Path(id): Path<String>,
) -> Result<Json<LineageView>, Problem> {
    let track = id.parse().map(TrackId).map_err(|_not_a_number| {
        let detail = "must be a track's number";
        Problem::bad_request("track-wrong", "track", detail)
    })?;
    let lineage = shown.outlook.lineage(track).await?.ok_or_else(|| {
        let detail = format!("there is no track {}, or it ended long ago", track.0);
        Problem::new(StatusCode::NOT_FOUND, "track-unknown", detail).at("track")
    })?;
    let kept = shown.outlook.snapshots();
    let snapshots = kept.map(|kept| snapshots(&lineage, kept)).unwrap_or_default();
    Ok(Json(LineageView::of(track, lineage, snapshots)))
}

/// The newest pictures of when each sensor saw the track; another that it saw at the same time may be in them as well.
fn snapshots(lineage: &TrackLineage, kept: &Snapshots) -> Vec<SnapshotView> {
    let mut seen_at: BTreeMap<&SensorId, Vec<Timestamp>> = BTreeMap::new();
    for seen in &lineage.measurements {
        seen_at.entry(&seen.measurement.sensor).or_default().push(seen.measurement.at);
    }
    let mut found: Vec<Snapshot> =
        seen_at.iter().flat_map(|(sensor, seen_at)| kept.of(sensor, seen_at)).collect();
    found.sort_by_key(|snapshot| snapshot.at);
    let surplus = found.len().saturating_sub(SNAPSHOTS_TOLD);
    found.drain(..surplus);
    found.into_iter().map(SnapshotView::of).collect()
}

impl SnapshotView {
    pub(super) fn of(snapshot: Snapshot) -> Self {
        let Snapshot { sensor, at, camera, event, href, .. } = snapshot;
        Self { sensor: sensor.0, camera, event, at: at.to_string(), href }
    }
}

impl LineageView {
    fn of(track: TrackId, lineage: TrackLineage, snapshots: Vec<SnapshotView>) -> Self {
        let measurements = lineage.measurements.into_iter().map(|seen| MeasurementView {
            track: seen.track.0,
            sensor: seen.measurement.sensor.0,
            at: seen.measurement.at.to_string(),
            id: seen.measurement.id,
            share: round(seen.measurement.share, 3),
        });
        Self {
            track: track.0,
            measurements: measurements.collect(),
            forgotten: lineage.forgotten,
            snapshots,
        }
    }
}
