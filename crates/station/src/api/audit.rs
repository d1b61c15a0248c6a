//! `GET /api/audit`: who looked at what, who did what about people, as the record says it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use tokio::task::spawn_blocking;
use watch::journal::TrackId;

use super::Api;
use super::problem::Problem;
use crate::identity::history::{Acts, Wanted};
use crate::limits::AUDIT_ROWS_DEFAULT;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    name: Option<String>,
    track: Option<u64>,
    since: Option<Timestamp>,
    limit: Option<usize>,
}

/// Reads the record itself, one question at a time: what is erased there is not told here either.
pub(super) async fn audit(
    State(api): State<Arc<Api>>,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Acts>, Problem> {
    let Query(Asked { name, track, since, limit }) =
        asked.map_err(|error| Problem::bad_request("query-wrong", "query", error.body_text()))?;
    let Ok(_turn) = api.audits.try_acquire() else {
        let detail = "somebody else is reading the record; ask again";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail));
    };
    let wanted = Wanted { name, track: track.map(TrackId), since, newest: None };
    let wanted = wanted.bounded(limit.unwrap_or(AUDIT_ROWS_DEFAULT));
    let data = api.data_directory.clone();
    let unread = |why: String| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "not-read", why);
    match spawn_blocking(move || Acts::read(&data, &wanted)).await {
        Ok(Ok(acts)) => Ok(Json(acts)),
        Ok(Err(error)) => Err(unread(error.to_string())),
        Err(error) => Err(unread(error.to_string())),
    }
}
