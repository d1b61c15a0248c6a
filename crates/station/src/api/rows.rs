//! The rows that maps and exports are given, of the picture as it is.

use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::Mutex;

use super::problem::Problem;
use super::shown::Shown;
use crate::features::{Collection, Feature, pictures, rows, watched_ground};

/// The ground that is watched, of the coverage it was outlined from. Whoever asks while it is outlined waits for it.
#[derive(Debug, Default)]
pub(super) struct Watched(Mutex<Option<(u64, Arc<Vec<Feature>>)>>);

/// Every feature of a collection as things stand, in the order of their ids.
pub(super) async fn rows_of(shown: &Shown, of: Collection) -> Result<Vec<Feature>, Problem> {
    let watched = match of {
        Collection::Coverage => watched(shown).await?,
        Collection::Line
        | Collection::Stretches
        | Collection::Sensors
        | Collection::Tracks
        | Collection::Trails
        | Collection::Alerts
        | Collection::Units
        | Collection::Incidents
        | Collection::Evidence => Arc::default(),
    };
    let sector = shown.outlook.model().sector();
    let picture = shown.outlook.live().read();
    let mut rows = rows(of, sector, &picture, &watched);
    if of == Collection::Coverage {
        let seen = shown.outlook.pictures();
        let seen = seen.iter().map(|(sensor, ring)| (sensor, ring.as_slice()));
        rows.extend(pictures(sector, &picture, seen));
        rows.sort_by(|a, b| a.id.cmp(&b.id));
    }
    Ok(rows)
}

async fn watched(shown: &Shown) -> Result<Arc<Vec<Feature>>, Problem> {
    let Some(coverage) = shown.outlook.live().read().coverage.value.clone() else {
        return Ok(Arc::default());
    };
    let mut kept = shown.watched.0.lock().await;
    if let Some((version, features)) = kept.as_ref()
        && *version == coverage.version
    {
        return Ok(Arc::clone(features));
    }
    let model = Arc::clone(shown.outlook.model());
    let outlined =
        tokio::task::spawn_blocking(move || watched_ground(&model, &coverage.assessment));
    let features = Arc::new(outlined.await.map_err(|error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string())
    })?);
    *kept = Some((coverage.version, Arc::clone(&features)));
    Ok(features)
}
