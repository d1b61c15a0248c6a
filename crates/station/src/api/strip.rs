//! `GET /api/strip`: the watch state of the line as it was.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Api;
use super::problem::Problem;
use crate::store::sqlite;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Since {
    since: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct StripView {
    rows: Vec<RowView>,
}

#[derive(Debug, Serialize)]
struct RowView {
    at: String,
    states: String,
}

pub(super) async fn strip(
    State(api): State<Arc<Api>>,
    Query(query): Query<Since>,
) -> Result<Json<StripView>, Problem> {
    let since = match query.since {
        None => Timestamp::MIN,
        Some(text) => text.parse().map_err(|error| {
            let detail =
                format!("must be a time such as 2026-11-20T19:00:00Z, got `{text}`: {error}");
            Problem::bad_request("time-wrong", "since", detail)
        })?,
    };
    let rows = tokio::task::spawn_blocking(move || sqlite::strip(&api.data_directory, since))
        .await
        .map_err(|error| {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string())
        })?
        .map_err(|error| {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "store-failing", error.to_string())
        })?;
    let rows = rows.into_iter().map(|row| RowView { at: row.at.to_string(), states: row.states });
    Ok(Json(StripView { rows: rows.collect() }))
}
