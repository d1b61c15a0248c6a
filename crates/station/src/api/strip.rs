//! `GET /api/strip`: the watch state of the line as it was.

use axum::Json;
use axum::extract::Query;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::shown::Seen;

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
    Seen(shown): Seen,
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
    let rows = shown.outlook.strip(since).await?.into_iter();
    let rows = rows.map(|row| RowView { at: row.at.to_string(), states: row.states });
    Ok(Json(StripView { rows: rows.collect() }))
}
